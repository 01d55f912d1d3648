"""Patterns of what code calls, and of what type it is: tables have hundreds, of which a program meets few."""

from __future__ import annotations

import re
from functools import cache

_TEXT = r"[\w@/-]*(?:\\[.-][\w@/-]*)*"
#: How a choice begins: with one of several texts in brackets, or with a text; none of them optional.
_HEAD = rf"\(({_TEXT}(?:\|{_TEXT})*)\)(?![?*{{])|({_TEXT})(?![?*{{])"
_PIECES = r"(\\.|\[[^]]*\]|[()|])"


def is_named(pattern: str, name: str) -> bool:
    """Whether PATTERN is NAME; what of it begins otherwise, which takes longer, is not even compiled."""
    return any(
        name.startswith(beginnings) and re.fullmatch(choice, name) is not None
        for choice, beginnings in _choices(pattern)
    )


@cache
def _choices(pattern: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each choice that PATTERN gives, and texts with one of which all that it stands for begins."""
    choices = [pattern] if pattern.startswith("(?") else _split(pattern)
    heads = ((choice, re.match(_HEAD, choice)) for choice in choices)
    return tuple((choice, _texts((head[1] or head[2]) if head else "")) for choice, head in heads)


def _texts(head: str) -> tuple[str, ...]:
    return tuple(head.replace("\\", "").split("|"))


def _split(pattern: str) -> list[str]:
    """Return what PATTERN has between those `|` that stand in no brackets."""
    depth, found = 0, [""]
    for piece in re.split(_PIECES, pattern):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found
