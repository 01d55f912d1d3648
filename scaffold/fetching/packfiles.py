"""The files of a pack: data only, within limits, with nothing that leads out; and the digest that tells them.

A pack is somebody else's. What is no ordinary file of ordinary size is refused whole: exit code 4, nothing
written. `tests/` at the top of a pack is its author's, and no part of it; nor is what begins with a dot.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from scaffold.errors import UntrustedPack
from scaffold.paths import is_odd, normal, printable

#: The built-in pack has 50 files and 200 kB.
MOST_FILES = 500
MOST_BYTES = 256_000  # of one file
MOST_BYTES_TOGETHER = 4_000_000
DEEPEST = 10

#: What an author has beside the pack.
TESTS = "tests"


def files_in(folder: Path, name: str) -> dict[str, bytes]:
    """Return every file of a pack in FOLDER; UntrustedPack where one cannot be a pack's."""
    files: dict[str, bytes] = {}
    for path in _walk(folder, "", name):
        with _ordinary(folder / path, path, name).open("rb") as file:
            add(files, path, file.read(MOST_BYTES + 1), name)
    return files


def add(files: dict[str, bytes], path: str, content: bytes, name: str) -> None:
    """Add one file to those of the pack that is called NAME in messages, or refuse it."""
    if not is_pack_path(path):
        raise refused(name, f"{printable(path)}: is no path that a pack may have")
    if len(content) > MOST_BYTES:
        raise refused(name, f"{path}: is larger than {MOST_BYTES:,} bytes")
    if len(files) >= MOST_FILES:
        raise refused(name, f"has more than {MOST_FILES} files")
    if sum(map(len, files.values())) + len(content) > MOST_BYTES_TOGETHER:
        raise refused(name, f"is larger than {MOST_BYTES_TOGETHER:,} bytes")
    files[path] = content


def is_pack_path(path: str) -> bool:
    """Whether a pack may have a file at PATH: inside of it, and the same on every system."""
    return bool(path) and normal(path) == path and not set('\\:*?"<>|') & set(path) and not is_odd(path)


def is_apart(path: str) -> bool:
    """Whether PATH, from the top of a pack, is no part of it: its tests, and what begins with a dot."""
    parts = path.split("/")
    return parts[0] == TESTS or any(part.startswith(".") and part != ".." for part in parts)


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over every path and content."""
    import hashlib

    whole = hashlib.sha256()
    for path, content in sorted(files.items()):
        whole.update(f"{path}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def refused(name: str, why: str) -> UntrustedPack:
    """Return the error that says why the pack called NAME is not taken."""
    return UntrustedPack(f"{name}: {why}; nothing of it was used")


def _walk(folder: Path, under: str, name: str) -> Iterator[str]:
    if under.count("/") > DEEPEST:
        raise refused(name, f"{under}: is nested too deep")
    with os.scandir(folder / under) as entries:
        found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for entry, is_folder in found:
        path = f"{under}{entry}"
        if is_apart(path):
            continue
        if is_folder:
            yield from _walk(folder, f"{path}/", name)
        else:
            yield path


def _ordinary(file: Path, path: str, name: str) -> Path:
    if not stat.S_ISREG(os.lstat(file).st_mode):
        raise refused(name, f"{printable(path)}: is a link, or no ordinary file")
    return file
