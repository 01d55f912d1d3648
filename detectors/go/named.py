"""Patterns of what is called and of what type it is: tables have hundreds, of which a program meets few."""

from __future__ import annotations

import re
from functools import cache

_TEXT = r"[\w/-]*(?:\\[.-][\w/-]*)*"
#: How a pattern begins: with one of several texts in brackets, or with a text; none of them optional.
_HEAD = rf"\(({_TEXT}(?:\|{_TEXT})*)\)(?![?*{{])|({_TEXT})(?![?*{{])"
#: A choice that is perhaps in no brackets.
_CHOICE = r"^[^(]*\||\)[^()]*\|"


def is_named(pattern: str, name: str) -> bool:
    """Whether PATTERN is NAME; where that begins otherwise, which takes longer, it is not even compiled."""
    return name.startswith(_beginnings(pattern)) and re.fullmatch(pattern, name) is not None


@cache
def _beginnings(pattern: str) -> tuple[str, ...]:
    """Return texts, with one of which all that PATTERN stands for begins."""
    head = re.match(_HEAD, pattern)
    if head is None or re.search(_CHOICE, pattern):
        return ("",)
    return tuple((head[1] or head[2]).replace("\\", "").split("|"))
