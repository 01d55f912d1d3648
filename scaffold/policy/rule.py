"""What a rule is, and what it is given to look at."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from scaffold.dockerfiles.dockerfile import Dockerfile
from scaffold.nouns import NamedTuple

if TYPE_CHECKING:
    from scaffold.policy.composefile import ComposeFile
    from scaffold.reading.tree import Tree

#: What a rule looks at; those about a "record" are checked by scaffold.checking, not from here.
Kind: TypeAlias = Literal["dockerfile", "compose", "image", "record"]


class Found(NamedTuple):
    """A place that is not as a rule wants it."""

    line: int | None
    message: str
    text: str = ""  # what stands there


class ImageUse(NamedTuple):
    """An image that a file names, wherever it does."""

    where: str  # "FROM" "COPY --from" "RUN --mount" "# syntax" "image"
    written: str
    image: str | None  # variables filled in; None where one is not known
    line: int
    text: str


class Subject(NamedTuple):
    """A file, and what it stands in."""

    path: str
    tree: "Tree"
    dockerfile: Dockerfile = Dockerfile("")
    compose: "ComposeFile | None" = None
    images: tuple[ImageUse, ...] = ()
    contexts: tuple[str, ...] = ()  # the folders that Compose files build it in, "" for the tree's own


#: The values of a rule's parameters, by name.
Parameters: TypeAlias = Mapping[str, Any]

Check: TypeAlias = Callable[[Subject, Parameters], Iterator[Found]]


class Parameter(NamedTuple):
    """A value that a policy can give to a rule."""

    type: str  # "texts", "bump", or "formats": a table of names and LABEL_FORMATS
    default: Any = ()


_NONE: Mapping[str, Parameter] = MappingProxyType({})


class Rule(NamedTuple):
    """What is asked of a file; the words for it stand in rules.toml."""

    id: str  # "user-root": stable, and the anchor in docs/rules.md
    kind: Kind
    severity: str  # "error" "warning" "note", or "off": only where a policy asks for it
    check: Check | None = None
    parameters: Mapping[str, Parameter] = _NONE
