"""Which files git has although an ignore file names them: what is tracked is never ignored. Runs no git.

https://git-scm.com/docs/gitignore says so, https://git-scm.com/docs/index-format says where paths are.
"""

from __future__ import annotations

from scaffold.reading.store import Store

INDEX = ".git/index"
#: A larger index is of a project where looking would keep somebody waiting.
MOST_BYTES = 2_000_000
#: How many names are looked up: a folder with thousands of ignored files has no tracked ones among them.
MOST_LOOKUPS = 200
#: Lengths that the twelve bits before a path can tell.
_LENGTH = 0xFFF


class Tracked:
    """The paths of git's index; none where there is no index, or one that is not read."""

    def __init__(self, store: Store) -> None:
        """Read nothing yet: most projects ignore nothing that is tracked."""
        self._store = store
        self._left = MOST_LOOKUPS
        self._content: bytes | None = None

    def has(self, path: str) -> bool:
        """Whether PATH is tracked; of a folder, which ends in "/", whether something in it is."""
        if self._left <= 0:
            return False
        self._left -= 1
        content, wanted = self._read(), path.encode("utf-8", "surrogateescape")
        at = content.find(wanted)
        while at >= 0:
            if _is_path(content, at, wanted):
                return True
            at = content.find(wanted, at + 1)
        return False

    def _read(self) -> bytes:
        if self._content is None:
            try:
                content = self._store.read(INDEX, MOST_BYTES + 1)
            except (OSError, KeyError):
                content = b""
            self._content = content if content[:4] == b"DIRC" and len(content) <= MOST_BYTES else b""
        return self._content


def _is_path(content: bytes, at: int, wanted: bytes) -> bool:
    """Whether a path begins at AT: its length stands before it, and a zero after it."""
    length = int.from_bytes(content[at - 2 : at], "big") & _LENGTH
    if not wanted.endswith(b"/") and length != len(wanted):
        return False
    return length >= len(wanted) and content[at + length : at + length + 1] == b"\0"
