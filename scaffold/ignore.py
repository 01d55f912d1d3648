"""What a `.gitignore` names, by git's own rules. Knows patterns and paths, and reads no disk.

Measured before it was written: importing pathspec takes as long as the interpreter's own start, and asking it
takes 80 µs a file, which is eight seconds for a large project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

#: https://git-scm.com/docs/gitignore and git's wildmatch.c, which reads these as in the C locale.
POSIX_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\s", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip

_WILD = re.compile(r"[*?\[\\]")
_EXTENSION = re.compile(r"\*(\.[^.*?\[\\]+)")
_NEVER = "(?!)"
_STAR = "[^/]*"
_FOLDERS = "(?:[^/]+/)*"
_REST = ".*"


class _Rule(NamedTuple):
    order: int
    pattern: str
    ignores: bool
    folders_only: bool
    anchored: bool  # matched with the path from the ignore file's folder, not with the name alone


class IgnoreFile:
    """The rules of one ignore file, for paths relative to its folder."""

    __slots__ = ("_by_extension", "_by_name", "_by_path", "_wild_names", "_wild_paths")

    def __init__(self, text: str) -> None:
        """Read the rules in TEXT; a line that is no pattern is left out, as git does."""
        rules = list(_rules(text.split("\n")))
        self._by_name: dict[str, list[_Rule]] = {}
        self._by_extension: dict[str, list[_Rule]] = {}
        self._by_path: dict[str, list[_Rule]] = {}
        wild = [rule for rule in rules if not self._is_filed(rule)]
        self._wild_names = _Alternatives([rule for rule in wild if not rule.anchored])
        self._wild_paths = _Alternatives([rule for rule in wild if rule.anchored])

    def _is_filed(self, rule: _Rule) -> bool:
        # Most patterns are plain names or extensions: those are looked up, so that a walk stays fast.
        if not _WILD.search(rule.pattern):
            table = self._by_path if rule.anchored else self._by_name
            table.setdefault(rule.pattern, []).append(rule)
            return True
        if not rule.anchored and (extension := _EXTENSION.fullmatch(rule.pattern)):
            self._by_extension.setdefault(extension[1], []).append(rule)
            return True
        return False

    def verdict(self, path: str, name: str, is_folder: bool) -> bool | None:
        """Return whether PATH (whose last part is NAME) is ignored, or None where no rule speaks of it."""
        rules = [*self._by_name.get(name, ()), *self._by_path.get(path, ())]
        dot = name.rfind(".")
        if dot >= 0:
            rules += self._by_extension.get(name[dot:], ())
        rules += self._wild_names.matching(name)
        rules += self._wild_paths.matching(path)
        if not rules:
            return None
        speaking = [rule for rule in rules if is_folder or not rule.folders_only]
        return max(speaking, key=lambda rule: rule.order).ignores if speaking else None


class _Alternatives:
    """Rules with wildcards: one expression says whether any of them matches, and seldom does one."""

    __slots__ = ("_any", "_rules")

    def __init__(self, rules: list[_Rule]) -> None:
        self._rules = [(rule, expression(rule.pattern)) for rule in rules]
        self._any = re.compile("|".join(f"(?:{regex})" for _, regex in self._rules) or _NEVER, re.DOTALL)

    def matching(self, text: str) -> Iterable[_Rule]:
        if not self._any.fullmatch(text):
            return ()
        return [rule for rule, regex in self._rules if re.fullmatch(regex, text, re.DOTALL)]


def _rules(lines: Iterable[str]) -> Iterable[_Rule]:
    for order, raw in enumerate(lines):
        line = _without_trailing_spaces(raw.removesuffix("\r"))
        if not line or line.startswith("#"):
            continue
        negated = line.startswith("!")
        pattern = line[1:] if negated else line
        folders_only = pattern.endswith("/")
        pattern = pattern[:-1] if folders_only else pattern
        anchored = "/" in pattern
        pattern = pattern.removeprefix("/")
        if pattern:
            yield _Rule(order, _plain(pattern), not negated, folders_only, anchored)


def _without_trailing_spaces(line: str) -> str:
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if backslashes % 2 and len(bare) < len(line) else bare


def _plain(pattern: str) -> str:
    r"""Undo the escapes of a pattern (`\#notes`) that has no other special character."""
    bare = re.sub(r"\\([^*?\[\\])", r"\1", pattern)
    return bare if not _WILD.search(bare) else pattern


def expression(pattern: str) -> str:
    """Return PATTERN (git's wildmatch) as a regular expression for a whole path."""
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        piece, at = _piece(pattern, at)
        pieces.append(piece)
    groups = _split(pieces, (_FOLDERS, _REST))
    return "".join(
        _group(wild, body, is_last=at == len(groups) - 1) for at, (wild, body) in enumerate(groups)
    )


# No pattern may take exponential time. What a wildcard is followed by, up to the next one, may be taken where
# it first matches, as the next wildcard takes the rest: so all but the last are atomic, as `fnmatch` does it.


def _group(wild: str, body: list[str], is_last: bool) -> str:
    stars = _split(body, (_STAR,))
    regex = "".join(_starred(wild, rest, at == len(stars) - 1) for at, (wild, rest) in enumerate(stars))
    return f"(?>{_FOLDERS}?{regex})" if wild == _FOLDERS and not is_last else wild + regex


def _starred(star: str, rest: list[str], is_last: bool) -> str:
    regex = "".join(rest)
    return f"(?>{_STAR}?{regex})" if star and not is_last else star + regex


def _split(pieces: list[str], wild: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Return PIECES in groups, each with the wildcard before it; the first has none."""
    groups: list[tuple[str, list[str]]] = [("", [])]
    for piece in pieces:
        if piece in wild:
            groups.append((piece, []))
        else:
            groups[-1][1].append(piece)
    return groups


def _piece(pattern: str, at: int) -> tuple[str, int]:
    char = pattern[at]
    if char == "*":
        return _stars(pattern, at)
    if char == "?":
        return "[^/]", at + 1
    if char == "[":
        return _bracket(pattern, at)
    if char == "\\":
        return (re.escape(pattern[at + 1]), at + 2) if at + 1 < len(pattern) else (_NEVER, at + 1)
    return re.escape(char), at + 1


def _stars(pattern: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(pattern) and pattern[end] == "*":
        end += 1
    opens = at == 0 or pattern[at - 1] == "/"
    if end - at >= 2 and opens:
        if pattern.startswith("/", end):
            return _FOLDERS, end + 1
        if end == len(pattern):
            return _REST, end
    return _STAR, end


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    negated = pattern[at + 1 : at + 2] in ("!", "^") and pattern[at + 1 : at + 2] != ""
    start = at = at + 1 + negated
    members: list[str] = []
    while at < len(pattern) and (pattern[at] != "]" or at == start):
        member, at = _member(pattern, at)
        if member is None:
            return _NEVER, len(pattern)
        members.append(member)
    if at >= len(pattern):  # git: a bracket that is never closed matches nothing
        return _NEVER, at
    members = [member for member in members if member]
    if not members:
        return ("[^/]" if negated else _NEVER), at + 1
    return f"(?!/)[{'^' if negated else ''}{''.join(members)}]", at + 1


def _member(pattern: str, at: int) -> tuple[str | None, int]:
    """Return one member of a bracket as `re` writes it; None where the bracket is no valid one."""
    if pattern.startswith("[:", at):
        end = pattern.find("]", at + 2)
        if end < 0 or pattern[end - 1] != ":":
            return (None, at) if end < 0 else (re.escape("["), at + 1)
        return POSIX_CLASSES.get(pattern[at + 2 : end - 1]), end + 1
    first, at = _bracket_char(pattern, at)
    if pattern.startswith("-", at) and at + 1 < len(pattern) and pattern[at + 1] != "]":
        last, at = _bracket_char(pattern, at + 1)
        # git takes the first character by itself too, which counts in a range that is the wrong way round.
        return re.escape(first) + (f"{re.escape(first)}-{re.escape(last)}" if first <= last else ""), at
    return re.escape(first), at


def _bracket_char(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\" and at + 1 < len(pattern):
        return pattern[at + 1], at + 2
    return pattern[at], at + 1
