"""Projects that are understood, so that a fuzzed one gets far: examples, and small ones of every manifest."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from example import EXAMPLES, ROOT, Example

#: Paths and texts.
Files = Mapping[str, str]

#: A lock file that is longer is left out of an example: small ones of the same kind are below.
LONGEST = 12_000

#: A string of a detector that is longer is no word of a manifest's language.
LONGEST_TOKEN = 40


@cache
def seeds() -> tuple[tuple[str, Files], ...]:
    """Return every seed with its name, the same on any machine."""
    small = tomllib.loads((Path(__file__).parent / "seeds.toml").read_text("utf-8"))
    return (*((f"examples/{e.name}", _short(e)) for e in EXAMPLES), *sorted(small.items()))


def _short(example: Example) -> Files:
    paths = (path for path in sorted(example.folder.rglob("*")) if path.is_file())
    named = {path.relative_to(example.folder).as_posix(): path for path in paths}
    left_out = {"test.toml", *(name for name in named if _is_built(name))}
    texts = {name: path.read_text("utf-8") for name, path in named.items() if name not in left_out}
    return {name: text for name, text in texts.items() if len(text) <= LONGEST}


def _is_built(path: str) -> bool:
    parts = set(path.split("/"))
    return bool(parts & {"node_modules", "__pycache__", ".venv", "dist", "build"}) or path.endswith(".pyc")


@cache
def tokens() -> tuple[str, ...]:
    """Return the words that readers know: the strings of the detectors, and what seeds are written with."""
    readers = (*sorted((ROOT / "detectors").rglob("*.py")), *sorted((ROOT / "scaffold/policy").glob("*.py")))
    found = {word for path in readers for word in _strings(path)}
    found |= {name for _, files in seeds() for name in files}
    return tuple(sorted(found))


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and 0 < len(node.value) <= LONGEST_TOKEN
        ):
            yield node.value
