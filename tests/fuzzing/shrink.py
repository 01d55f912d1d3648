"""A failure made small enough to read: fewer files, fewer lines, fewer characters, and the same failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Files = Mapping[str, str | bytes]

_T = TypeVar("_T")


def shrunk(files: Files, fails: Callable[[Files], bool], seconds: float = 30) -> Files:
    """Return the least of FILES that still FAILS, as far as that is found in time."""
    end = time.monotonic() + seconds

    def still(less: Files) -> bool:
        return time.monotonic() < end and fails(less)

    names = _fewer(sorted(files), lambda some: still({name: files[name] for name in some}))
    kept = {name: files[name] for name in names}
    for name in names:
        for parts in (_lines, _characters):
            kept[name] = _less(kept, name, parts(kept[name]), still)
    return kept


def _less(kept: Files, name: str, parts: list[str | bytes], still: Callable[[Files], bool]) -> str | bytes:
    return _joined(_fewer(parts, lambda some: still({**kept, name: _joined(some)})))


def _lines(text: str | bytes) -> list[str | bytes]:
    return list(text.splitlines(keepends=True))


def _characters(text: str | bytes) -> list[str | bytes]:
    return [text[n : n + 1] for n in range(len(text))]


def _joined(parts: Sequence[str | bytes]) -> str | bytes:
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if texts else b"".join(part for part in parts if isinstance(part, bytes))


def _fewer(parts: list[_T], still: Callable[[list[_T]], bool]) -> list[_T]:
    """Return the parts that are needed: halves are left out first, then quarters, then single ones."""
    size = max(1, len(parts) // 2)
    while size:
        at = 0
        while at < len(parts):
            less = parts[:at] + parts[at + size :]
            if still(less):
                parts = less
            else:
                at += size
        size //= 2
    return parts
