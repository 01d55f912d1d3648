"""Words as shells have them, and the variables in them. Runs nothing, and never fails on any text."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")
_OPERATOR = re.compile(r":?[-+?]")

#: A word: each of its parts begins with another letter, so that no text is slow.
_BACKSLASH = re.compile(r"""(?:\\.?|"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s\\"'])+""", re.DOTALL)
_BACKTICK = re.compile(r"""(?:`.?|"(?:`.|[^"`])*"?|'[^']*'?|[^\s`"'])+""", re.DOTALL)

_CLOSED = re.compile(r"""(?:\\.?|"(?:\\.|[^"\\])*"|'[^']*'|[^\\"'])*""", re.DOTALL)
_CLOSED_BACKTICK = re.compile(r"""(?:`.?|"(?:`.|[^"`])*"|'[^']*'|[^`"'])*""", re.DOTALL)

#: A value that doubles with each line is none that anybody needs.
_LONGEST = 100_000

#: Variables inside of the defaults of variables go no deeper in what a person wrote.
_DEEPEST = 20


class _Unknown(Exception):
    """A variable whose value nobody knows."""


def split_words(text: str, escape: str = "\\") -> list[str]:
    """Return the words of TEXT, with their quotes and variables as they are written."""
    return (_BACKTICK if escape == "`" else _BACKSLASH).findall(text)


def is_closed(text: str, escape: str = "\\") -> bool:
    """Say whether every quote that TEXT opens is closed."""
    return (_CLOSED_BACKTICK if escape == "`" else _CLOSED).fullmatch(text) is not None


def expand(text: str, values: Mapping[str, str | None], escape: str = "\\") -> str | None:
    """Return TEXT with its variables filled in from VALUES, and no quotes; None where one is not known.

    https://docs.docker.com/reference/dockerfile/#environment-replacement
    """
    if not any(mark in text for mark in ("$", '"', "'", escape)):
        return text  # as most are
    try:
        filled = _Filler(text, values, escape).fill("", 0)
    except _Unknown:
        return None
    return filled if len(filled) <= _LONGEST else None


class _Filler:
    """Goes through a text once, from left to right."""

    def __init__(self, text: str, values: Mapping[str, str | None], escape: str) -> None:
        self.text = text
        self.values = values
        self.escape = escape
        self.at = 0

    def fill(self, until: str, depth: int) -> str:
        """Return what stands before UNTIL, or the end, and go behind it."""
        if depth > _DEEPEST:
            raise _Unknown
        out: list[str] = []
        is_quoted = False
        while self.at < len(self.text):
            letter = self.text[self.at]
            self.at += 1
            if letter == until and not is_quoted:
                break
            if letter == self.escape:
                out.append(self.text[self.at : self.at + 1])
                self.at += 1
            elif letter == '"':
                is_quoted = not is_quoted
            elif letter == "'" and not is_quoted:
                end = self.text.find("'", self.at)
                end = len(self.text) if end < 0 else end
                out.append(self.text[self.at : end])
                self.at = end + 1
            else:
                out.append(self.variable(depth) if letter == "$" else letter)
        return "".join(out)

    def variable(self, depth: int) -> str:
        """Return the value of the variable whose name stands here, behind the dollar."""
        is_braced = self.text[self.at : self.at + 1] == "{"
        self.at += is_braced
        name = _NAME.match(self.text, self.at)
        if name is None:
            raise _Unknown
        self.at = name.end()
        value = self.values.get(name[0])
        if is_braced and self.text[self.at : self.at + 1] != "}":
            return self.otherwise(value, depth)
        self.at += is_braced
        if value is None:
            raise _Unknown
        return value

    def otherwise(self, value: str | None, depth: int) -> str:
        """Return what `${X:-word}` and its like come to, for the VALUE of X."""
        operator = _OPERATOR.match(self.text, self.at)
        if operator is None:  # a pattern to cut out or replace: for BuildKit alone
            raise _Unknown
        self.at = operator.end()
        start = self.at
        try:
            word: str | None = self.fill("}", depth + 1)
        except _Unknown:  # it may not be needed
            self.at = _closing(self.text, start) + 1
            word = None
        is_set = bool(value) if operator[0].startswith(":") else value is not None
        match operator[0][-1]:
            case "-":
                chosen = value if is_set else word
            case "+":
                chosen = word if is_set else ""
            case _:
                chosen = value if is_set else None
        if chosen is None:
            raise _Unknown
        return chosen


def _closing(text: str, at: int) -> int:
    """Return where the brace closes that was opened before AT, or the end."""
    depth = 1
    for number, letter in enumerate(text[at:], start=at):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return number
    return len(text)
