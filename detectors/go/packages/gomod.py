"""go.mod as Go reads it: what a module is called, needs, replaces and leaves out. Runs no `go`.

https://go.dev/ref/mod#go-mod-file
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

MANIFEST = "go.mod"

#: https://go.dev/ref/mod#go-mod-file-lexical
_LEXEME = r"""(?x)
    (?P<comment> //.*)
  | (?P<string> "(?:\\.|[^"\\])*" | `[^`]*`)
  | (?P<mark> => | [()\[\],{}])
  | (?P<word> (?!["`])(?:(?!//)[^\s()\[\],{}])+)
"""
_INDIRECT = r"//\s*indirect(;|\s*$)"


_Made = TypeVar("_Made")


class Line(NamedTuple):
    """One statement: `require example.com/a v1.2.3 // indirect`, alone or within a block."""

    verb: str  # "require"
    words: tuple[str, ...]  # without quotes; marks such as "=>" are words of their own
    comment: str  # "// indirect"
    source: str  # "go.mod:7"


class Requirement(NamedTuple):
    """A module that is needed."""

    path: str  # "github.com/gin-gonic/gin"
    version: str  # "v1.10.0"
    is_indirect: bool
    source: str


class Replacement(NamedTuple):
    """A module that another one, or a folder, stands in for."""

    path: str
    version: str  # "": in every version
    target: str  # "../shared", or a module's path
    target_version: str  # "" for a folder
    source: str

    @property
    def is_local(self) -> bool:
        """Whether a folder stands in for it: https://go.dev/ref/mod#go-mod-file-replace"""
        return self.target in {".", ".."} or self.target.startswith(("./", "../", "/"))


class Manifest(NamedTuple):
    """A go.mod, and what it says; each thing with its place."""

    path: str  # "api/go.mod"
    module: Fact | None  # "example.com/shop"
    go: Fact | None = None  # "1.26": the least Go that it compiles with
    toolchain: Fact | None = None  # "1.27.1": the Go that its authors use
    requires: tuple[Requirement, ...] = ()
    replaces: tuple[Replacement, ...] = ()
    tools: tuple[Fact, ...] = ()  # packages of commands that `go tool` runs
    ignores: tuple[Fact, ...] = ()  # folders that are no part of it

    def required(self, path: str) -> Requirement | None:
        """Return the requirement of the module PATH, of whatever major version: `PATH/v2` too."""
        return next((one for one in self.requires if plain_path(one.path) == plain_path(path)), None)


def plain_path(path: str) -> str:
    """Return a module's path without its major version: "example.com/a/v2" is "example.com/a"."""
    return re.sub(r"(/v[0-9]+|(?<=\w)\.v[0-9]+)$", "", path)


def read_manifest(tree: Tree, path: str = MANIFEST) -> Manifest | None:
    """Return the go.mod at PATH; None where there is none. What is no statement is a warning."""
    if path not in tree:
        return None
    lines = tuple(read_lines(tree, path))
    stated = _Stated(lines)
    return Manifest(
        path=path,
        module=stated.first("module"),
        go=stated.first("go"),
        toolchain=stated.toolchain(),
        requires=tuple(stated.each("require", _requirement)),
        replaces=tuple(read_replacements(lines)),
        tools=tuple(stated.each("tool", _named)),
        ignores=tuple(stated.each("ignore", _named)),
    )


def read_toolchain(lines: Iterable[Line]) -> Fact | None:
    """Return the release of a line `toolchain go1.27.1`; `default` is none."""
    return _Stated(tuple(lines)).toolchain()


def read_first(lines: Iterable[Line], verb: str) -> Fact | None:
    """Return the one word of the first statement of VERB."""
    return _Stated(tuple(lines)).first(verb)


def read_replacements(lines: Iterable[Line]) -> Iterator[Replacement]:
    """Yield what the statements `replace` say."""
    return _Stated(tuple(lines)).each("replace", _replacement)


class _Stated(NamedTuple):
    """The statements of a file."""

    lines: tuple[Line, ...]

    def first(self, verb: str) -> Fact | None:
        return next(
            (Fact(one.words[0], one.source) for one in self.lines if one.verb == verb and one.words), None
        )

    def toolchain(self) -> Fact | None:
        said = self.first("toolchain")
        match = re.match(r"go(\d[\w.]*)", str(said.value)) if said else None
        return Fact(match[1], said.source) if said and match else None

    def each(self, verb: str, make: Callable[[Line], _Made | None]) -> Iterator[_Made]:
        made = (make(one) for one in self.lines if one.verb == verb)
        return (one for one in made if one is not None)


def _requirement(line: Line) -> Requirement | None:
    if len(line.words) != 2:
        return None
    return Requirement(
        line.words[0], line.words[1], re.match(_INDIRECT, line.comment) is not None, line.source
    )


def _replacement(line: Line) -> Replacement | None:
    if "=>" not in line.words:
        return None
    at = line.words.index("=>")
    old, new = line.words[:at], line.words[at + 1 :]
    if not 1 <= len(old) <= 2 or not 1 <= len(new) <= 2:
        return None
    return Replacement(old[0], "".join(old[1:]), new[0], "".join(new[1:]), line.source)


def _named(line: Line) -> Fact | None:
    return Fact(line.words[0], line.source) if line.words else None


# -- lines


def read_lines(tree: Tree, path: str) -> Iterator[Line]:
    """Yield the statements of the go.mod or go.work at PATH; a line that is none is a warning."""
    block = ""
    for number, text in enumerate(tree.text(path).split("\n"), start=1):
        source = f"{path}:{number}"
        words, comment = _split(text)
        if words is None:
            tree.warn(ProjectWarning("unparsable", f"cannot be parsed: {text.strip()[:60]!r}", source))
        elif block and words == (")",):
            block = ""
        elif not block and len(words) == 2 and words[1] == "(":
            block = words[0]
        elif words:
            verb, rest = (block, words) if block else (words[0], words[1:])
            yield Line(verb, rest, comment, source)


def _split(text: str) -> tuple[tuple[str, ...] | None, str]:
    """Return the words of a line and its comment; no words where it is none of Go's."""
    words: list[str] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = re.compile(_LEXEME).match(text, position)
        if match is None:
            return None, ""
        if match["comment"]:
            return tuple(words), match["comment"].strip()
        word = _unquoted(match["string"]) if match["string"] else match[0]
        if word is None:
            return None, ""
        words.append(word)
        position = match.end()
    return tuple(words), ""


def _unquoted(text: str) -> str | None:
    """Return what a string says: those of Go that can stand here are those of JSON, or raw ones."""
    if text.startswith("`"):
        return text[1:-1]
    try:
        return str(json.loads(text))
    except ValueError:
        return None
