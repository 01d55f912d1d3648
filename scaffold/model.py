"""The nouns: plain frozen data, and the one protocol that a detector keeps.

They are named tuples: a data class costs ten times as much at each start, and `dataclasses` alone as much as
the interpreter. Their annotations are types and not text (no `from __future__`): text is compiled one by one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from scaffold.nouns import NamedTuple

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

#: Data as JSON has it, with tuples for arrays; or one of the nouns below.
Value: TypeAlias = Any

#: How far a bot may raise an image: each allows what stands before it. See scaffold.images.
Bump: TypeAlias = Literal["none", "digest", "patch", "minor"]

#: What is allowed where neither a pack nor a policy says so.
USUAL_BUMP: Bump = "patch"

_NONE: Mapping[str, Any] = MappingProxyType({})


class Fact(NamedTuple):
    """A value, and the place that says so.

    A source is `path[:line]` in the project, `default: X` (the convention of a framework that was found)
    or `answer: flag|environment|file|prompt|record`.
    """

    value: Value
    source: str


#: What somebody said, by the variable it answers. An answer is a fact: it comes before what the project says.
Answers: TypeAlias = Mapping[str, Fact]


class ProjectWarning(NamedTuple):
    """Something about the project that its owner should know."""

    code: str  # "end-of-life"
    message: str
    source: str


class Ambiguity(NamedTuple):
    """A question that the project does not answer: several candidates, and nothing that decides."""

    key: str  # the variable
    candidates: tuple[str, ...]

    @property
    def flag(self) -> str:
        """The flag that decides it, with the first candidate as the example."""
        return f"--set {self.key}={self.candidates[0]}"


class Runtime(NamedTuple):
    """The language's release: what the project states, and what the image is built with."""

    version: str  # "3.12.4": as stated, or the newest release of the catalogue inside the constraint
    constraint: str | None  # ">=3.12": as the project writes it
    image: str | None  # "3.12": the release of the base image; None where no image is to be had


class Health(NamedTuple):
    """How to see that a web process is well."""

    path: str | None  # an HTTP path that the code answers; None: a TCP connect is all that is honest


class Service(NamedTuple):
    """A backing service that the code connects to."""

    name: str  # "postgres": the name of its template in templates/compose/services
    source: str
    hosts: tuple[str, ...] = ()  # the names that the code has for it, beside its own
    user: str = "app"
    password: str = "local"  # noqa: S105  the fixed password of the local compose.yaml, labelled as local there
    database: str = "app"


class EnvironmentVariable(NamedTuple):
    """An environment variable that the code reads."""

    name: str
    required: bool  # the code fails without it
    source: str
    default: str | None = None  # what the code takes where it is not set
    value: str | None = None  # what compose.yaml sets; None: left to the code's default
    secret: bool = False  # its value is a credential: never in an image, never in the production files


class Writable(NamedTuple):
    """A folder (or file) that the running program writes to."""

    path: str  # absolute, in the container: "/app/media"
    source: str
    link: str | None = None  # a file beside the source (an SQLite database) that must lead here


class BuildSecret(NamedTuple):
    """A credential that the build needs, by BuildKit secret mount."""

    id: str  # "UV_INDEX_ACME_PASSWORD"
    source: str
    target: str | None = None  # a file to mount it at; None: an environment variable named as the id


class Finding(NamedTuple):
    """What one detector makes of one folder."""

    stack: str  # "python": also the folder in templates/
    because: str  # the file that shows it: "pyproject.toml"
    facts: Mapping[str, Fact]
    path: str = "."
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()
    from_root: Mapping[str, str] = (
        _NONE  # answers by which its root makes it: alone, the folder lacks something
    )
    refused: ProjectWarning | None = None  # nothing is written before this is put right


class Detector(Protocol):
    """A module in detectors/ that recognises one stack."""

    def detect(self, tree: "Tree", answers: Answers) -> Finding | None:
        """Return what TREE is, or None where it is not this stack.

        ANSWERS come before what the tree says, and whatever follows from them follows from the answer.
        Reads TREE and nothing else, runs nothing, and never raises for what a project contains.
        """


class Variable(NamedTuple):
    """A value that templates need, as a pack declares it."""

    name: str
    type: str  # "string" "integer" "words" (a command) "names" (a list) "pairs" "choice" "data"
    about: str
    question: str | None = None  # None: found or derived, never asked
    default: Value = None
    choices: tuple[str, ...] = ()
    example: str | None = None
    answerable: bool = False
    required: bool = False  # no plan without it, whatever the kind of app: the pack cannot know it


class Pin(NamedTuple):
    """Which pack it is, and where it came from: enough to get the same again, or to see that it is not."""

    name: str  # "acme"
    version: str
    source: str | None = None  # "git+https://example.com/packs.git"; None: the built-in pack
    ref: str | None = None  # "v1": what was asked for
    commit: str | None = None  # what it was then
    digest: str | None = None  # SHA-256 over every path and content


class Plan(NamedTuple):
    """Everything the templates are given, each value with its source: plain data, the hourglass's waist."""

    stack: str
    path: str
    values: Mapping[str, Fact]
    warnings: tuple[ProjectWarning, ...] = ()
    answered: Mapping[str, Fact] = _NONE


def is_noun(value: Value) -> bool:
    """Say whether VALUE is one of the nouns, and not an array of values."""
    return isinstance(value, tuple) and hasattr(value, "_fields")
