"""Patterns of what code calls, and of what type it is: tables have hundreds, of which a program meets few."""

from __future__ import annotations

import re
from functools import cache

_TEXT = r"[\w@/-]*(?:\\[.-][\w@/-]*)*"
#: How a choice begins: with one of several texts in brackets, or with a text; none of them optional.
_HEAD = rf"\(({_TEXT}(?:\|{_TEXT})*)\)(?![?*{{])|({_TEXT})(?![?*{{])"
_PIECES = r"(\\.|\[[^]]*\]|[()|])"


def is_named(pattern: str, name: str) -> bool:
    """Whether PATTERN is NAME; where that begins otherwise, which takes longer, it is not even compiled."""
    return name.startswith(_beginnings(pattern)) and re.fullmatch(pattern, name) is not None


@cache
def _beginnings(pattern: str) -> tuple[str, ...]:
    """Return texts, with one of which all that PATTERN stands for begins."""
    found: list[str] = []
    for choice in _choices(pattern):
        head = re.match(_HEAD, choice)
        text = (head[1] or head[2]) if head else ""
        found += text.replace("\\", "").split("|")
    return ("",) if "" in found else tuple(found)


def _choices(pattern: str) -> list[str]:
    """Return what PATTERN has between those `|` that stand in no brackets."""
    depth, found = 0, [""]
    for piece in re.split(_PIECES, pattern):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found
