"""Where the files of a tree are: on this computer, or in memory. Lists and reads, and knows no rule."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from itertools import islice
from typing import Literal, Protocol, TypeAlias

from scaffold.errors import WrongUse
from scaffold.paths import normal, printable

Kind: TypeAlias = Literal["file", "folder", "link", "other"]


class Store(Protocol):
    """Files by POSIX path; a folder is "" or ends in "/"."""

    def entries(self, folder: str, most: int) -> dict[str, Kind] | None:
        """Return what is in FOLDER, names and their kinds; None where there is more than MOST."""

    def target(self, link: str) -> str | None:
        """Return the path that LINK leads to, or None where it leads out, or to itself."""

    def read(self, path: str, most: int) -> bytes:
        """Return the first MOST bytes of the file at PATH."""


class Disk:
    """A folder of this computer. Nothing outside of it is ever opened, whatever a link in it says."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        """Look whether ROOT is a folder."""
        try:
            self._root = os.path.realpath(root)
            mode = os.stat(self._root).st_mode
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise WrongUse(f"{printable(str(root))}: {reason}; name the folder of a project") from None
        if not stat.S_ISDIR(mode):
            raise WrongUse(f"{printable(str(root))}: is not a folder; name the folder of a project")

    def entries(self, folder: str, most: int) -> dict[str, Kind] | None:
        """Return what is in FOLDER, names and their kinds; None where there is more than MOST."""
        found: dict[str, Kind] = {}
        with os.scandir(os.path.join(self._root, folder)) as entries:
            for entry in islice(entries, most + 1):
                found[entry.name] = _kind(entry)
        return None if len(found) > most else found

    def target(self, link: str) -> str | None:
        """Return the path that LINK leads to, or None where it leads out, or to itself."""
        try:
            real = _resolved(os.path.join(self._root, link))
            inside = os.path.relpath(real, self._root).replace(os.sep, "/")
        except (OSError, ValueError):
            return None
        return None if inside == ".." or inside.startswith("../") else inside

    def read(self, path: str, most: int) -> bytes:
        """Return the first MOST bytes of the file at PATH."""
        # Neither a link nor a pipe that took the file's place since the walk is followed or waited for.
        flags = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
        with os.fdopen(os.open(os.path.join(self._root, path), os.O_RDONLY | flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError("not an ordinary file")
            return file.read(most)


class Memory:
    """Texts by path."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        """Take FILES as they are; a path that is none inside a tree is the caller's mistake."""
        self._files = {path: _as_bytes(content) for path, content in files.items()}
        self._folders: dict[str, dict[str, Kind]] = {"": {}}
        for path in self._files:
            if not path or normal(path) != path:
                raise ValueError(f"{path!r} is no path inside a tree")
            self._place(path, "file")

    def _place(self, path: str, kind: Kind) -> None:
        above, slash, name = path.rpartition("/")
        if above + slash not in self._folders:
            self._folders[above + slash] = {}
            self._place(above, "folder")
        self._folders[above + slash][name] = kind

    def entries(self, folder: str, most: int) -> dict[str, Kind] | None:
        """Return what is in FOLDER, names and their kinds; None where there is more than MOST."""
        found = self._folders[folder]
        return None if len(found) > most else found

    def target(self, link: str) -> str | None:
        """Return None: there are no links among texts."""
        return None

    def read(self, path: str, most: int) -> bytes:
        """Return the first MOST bytes of the file at PATH."""
        return self._files[path][:most]


def _resolved(link: str) -> str:
    try:
        return os.path.realpath(link, strict=True)
    except FileNotFoundError:
        return os.path.realpath(link)


def _as_bytes(content: str | bytes) -> bytes:
    return content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content


def _kind(entry: os.DirEntry[str]) -> Kind:
    try:
        if entry.is_file(follow_symlinks=False):  # first, as most are
            return "file"
        if entry.is_dir(follow_symlinks=False):
            # A Windows junction is a link to a folder; DirEntry.is_junction is 3.12's.
            return "other" if getattr(entry, "is_junction", bool)() else "folder"
        return "link" if entry.is_symlink() else "other"
    except OSError:
        return "other"
