"""What a README tells people to run: it decides between equals, and finds what nothing else names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scaffold.model import Fact
from scaffold.reading.tree import Tree

READMES = ("README.md", "README.rst", "README.txt", "README")

#: A line that starts something, and what stands in it for the program: a file, or a module and its object.
_STARTS = r"\b(python3?|uvicorn|gunicorn|hypercorn|granian|streamlit|flask|fastapi|waitress-serve)\b"
_WORD = r"(?<![\w./-])[\w./-]+\.py\b|(?<![\w.])[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?"


def documented(tree: Tree, names: Iterable[str]) -> Fact | None:
    """Return the first of NAMES (paths, or targets like `shop:app`) that a README starts."""
    wanted = set(names)
    return next((fact for fact in _started(tree) if fact.value in wanted), None)


def _started(tree: Tree) -> Iterator[Fact]:
    for path in READMES:
        for number, line in enumerate(tree.text(path).splitlines(), start=1):
            if re.search(_STARTS, line):
                yield from (
                    Fact(word.removeprefix("./"), f"{path}:{number}") for word in re.findall(_WORD, line)
                )
