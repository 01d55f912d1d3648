"""What the linker sets in a program, and the tags that it is built with, as those who build it say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scaffold.model import Fact

from .code.code import plain
from .native import LINKING_TAGS

if TYPE_CHECKING:
    from .code.program import Program
    from .program.builds import Built
    from .program.mains import Candidate

#: The files that say how a program is built for others to run.
_FOR_USERS = ("docker", "release", "make", "script", "ci")
#: Tags of files that are no part of what users get.
_FOR_DEVELOPERS = frozenset(
    {"dev", "debug", "integration", "e2e", "test", "tests", "tools", "tool", "wireinject", "unit", "mage"}
)
_REVISION = r"(?i)commit|revision|\bsha|git_?hash|rev\b|hash"
_VERSION = r"(?i)version|\btag|release|describe"
_TIME = r"(?i)date|time|stamp|built|user|host|branch|dirty|go_?version"
#: What goreleaser sets where it is not told: https://goreleaser.com/customization/builds/go/
_USUAL = {"main.version": "{{.Version}}", "main.commit": "{{.Commit}}"}


def find_tags(builds: Iterable[Built], main: Candidate) -> Fact | None:
    """Return the tags that MAIN is built with for its users."""
    for one in _of_main(builds, main):
        tags = tuple(tag for tag in one.tags if tag not in LINKING_TAGS | _FOR_DEVELOPERS)
        if tags:
            return Fact(tags, one.source)
    return None


def find_stamps(program: Program, builds: Iterable[Built], main: Candidate) -> Fact | None:
    """Return the variables of PROGRAM that are set when it is linked: to VERSION, or to REVISION."""
    for one in _of_main(builds, main):
        stated = one.stamps or (_USUAL if one.file == "release" else {})
        pairs = ((name, _argument(name, value)) for name, value in stated.items())
        found = {name: argument for name, argument in pairs if argument and _is_there(program, name)}
        if found:
            return Fact(found, one.source)
    return None


def _of_main(builds: Iterable[Built], main: Candidate) -> Iterator[Built]:
    own = [one for one in builds if main.folder in one.folders or main.import_path in one.packages]
    own += [one for one in builds if one.verb == "build" and "..." in "".join(one.packages)]
    return (one for file in _FOR_USERS for one in own if one.file == file)


def _argument(name: str, value: str) -> str | None:
    """The argument of the build that a variable is set from, by its own name, else by its value."""
    for text in (name.rpartition(".")[2], value):
        if re.search(_TIME, text):
            return None
        if re.search(_REVISION, text):
            return "REVISION"
        if re.search(_VERSION, text):
            return "VERSION"
    return None


def _is_there(program: Program, name: str) -> bool:
    """Whether a variable NAME is declared: what is not is no error for the linker, and does nothing."""
    path, _, variable = name.rpartition(".")
    home = program.codes[0].home if path == "main" and program.codes else plain(path)
    found = program.variable(home, variable)
    return found is not None and not found[1].is_const
