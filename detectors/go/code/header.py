"""The head of a Go file, without its syntax: package, imports, constraints, and what it embeds.

Every Go file of a repository is looked at this way; only those of the program are parsed.
"""

import re

from scaffold.nouns import NamedTuple

from .constraints import constraint_of

_PACKAGE = re.compile(r"^[ \t]*package[ \t]+(\w+)", re.MULTILINE)
_BLANK = re.compile(r"(?:\s|;|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_KEYWORD = re.compile(r"import\b[ \t]*")
_SPEC = re.compile(r"(?:([\w.]+)[ \t]*)?(?:\"([^\"\n]*)\"|`([^`]*)`)")
_MAIN = re.compile(r"^func[ \t]+main[ \t]*\([ \t]*\)", re.MULTILINE)
_EMBED = re.compile(r"^//go:embed[ \t]+(.+)$", re.MULTILINE)
_PATTERN = re.compile(r"\"([^\"]*)\"|`([^`]*)`|(\S+)")


class Import(NamedTuple):
    """A package that a file imports."""

    path: str  # "github.com/gin-gonic/gin"
    name: str | None  # as it is called here, where that is stated; "_" and "." too
    line: int


class Embed(NamedTuple):
    """A pattern of `//go:embed`, relative to the folder of its file."""

    pattern: str
    line: int


class Header(NamedTuple):
    """What the head of a file says."""

    package: str
    imports: tuple[Import, ...] = ()
    constraint: str | None = None
    embeds: tuple[Embed, ...] = ()
    has_main: bool = False


def read_header(text: str) -> Header:
    """Return the head of a file of Go; its package is "" where it has no package clause."""
    package = _package(text)
    if package is None:
        return Header("")
    imports = tuple(_imports(text, package.end()))
    return Header(
        package[1],
        imports,
        constraint_of(text[: package.start()]),
        tuple(_embeds(text)) if any(one.path == "embed" for one in imports) else (),
        package[1] == "main" and _MAIN.search(text) is not None,
    )


def _package(text: str) -> re.Match[str] | None:
    """The package clause; one in a comment before it is none."""
    place = _blank_end(text, 0)
    return _PACKAGE.match(text, place)


def _blank_end(text: str, place: int) -> int:
    match = _BLANK.match(text, place)
    return match.end() if match else place


def _imports(text: str, place: int) -> list[Import]:
    """The imports that follow the package clause; nothing else may stand between them."""
    found: list[Import] = []
    line, counted = 1, 0
    while keyword := _KEYWORD.match(text, place := _blank_end(text, place)):
        place = keyword.end()
        in_brackets = text.startswith("(", place)
        place = _blank_end(text, place + in_brackets)
        while spec := _SPEC.match(text, place):
            line, counted = line + text.count("\n", counted, place), place
            found.append(Import(spec[2] or spec[3] or "", spec[1], line))
            place = spec.end()
            if not in_brackets:
                break
            place = _blank_end(text, place)
        if in_brackets:
            place += text.startswith(")", place)
    return found


def _embeds(text: str) -> list[Embed]:
    found: list[Embed] = []
    for match in _EMBED.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found += [Embed(pattern, line) for pattern in _patterns(match[1])]
    return found


def _patterns(text: str) -> list[str]:
    """The patterns of one line, in quotes or not."""
    return [quoted or raw or word for quoted, raw, word in _PATTERN.findall(text)]
