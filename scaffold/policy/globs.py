"""Patterns with wildcards, which whoever is checked may have written: none takes long, whatever it is.

`?` is one character of a name, `*` any number of them, `**` anything, and `**/` any number of folders. A
regular expression would try each wildcard with each other one: twelve of them took minutes.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

#: No pattern is longer, and no name that one could stand for.
LONGEST = 1_000
LONGEST_NAME = 4_096

#: Stands before a `**/`, which may be no folder at all.
_OR_NONE = ""


def is_path_of(pattern: str, path: str) -> bool:
    """Say whether PATTERN stands for the whole of PATH; `**/` in it may be no folder at all."""
    return len(path) in _ends(_words(pattern, or_none=True), path)


def ends_of(pattern: str, text: str) -> Iterator[int]:
    """Yield each length of what TEXT begins with that PATTERN stands for."""
    return _ends(_words(pattern), text)


@lru_cache(maxsize=256)
def _words(pattern: str, *, or_none: bool = False) -> tuple[str, ...]:
    if len(pattern) > LONGEST:
        return ("no character",)
    found = re.findall(r"\*\*/|\*\*|.", pattern, re.DOTALL)
    folders = (_OR_NONE, "**", "/") if or_none else ("**", "/")
    return tuple(word for each in found for word in (folders if each == "**/" else (each,)))


def _ends(words: tuple[str, ...], text: str) -> Iterator[int]:
    places = _reached(words, [0] if len(text) <= LONGEST_NAME else [])
    for at, character in enumerate(text):
        if len(words) in places:
            yield at
        places = _reached(words, _after(words, places, character))
        if not places:
            return
    if len(words) in places:
        yield len(text)


def _after(words: tuple[str, ...], places: Iterable[int], character: str) -> Iterator[int]:
    """Yield where in WORDS one can be once CHARACTER is read at PLACES."""
    for at in places:
        word = words[at] if at < len(words) else None
        if word == "**" or (word == "*" and character != "/"):
            yield at
        elif word == character or (word == "?" and character != "/"):
            yield at + 1


def _reached(words: tuple[str, ...], places: Iterable[int]) -> set[int]:
    """Return PLACES with those that are reached from there with no character."""
    reached, open_ = set[int](), list(places)
    while open_:
        at = open_.pop()
        if at in reached:
            continue
        reached.add(at)
        word = words[at] if at < len(words) else None
        if word in ("*", "**", _OR_NONE):
            open_.append(at + 1)
        if word == _OR_NONE:
            open_.append(at + 3)
    return reached
