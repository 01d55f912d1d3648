"""What is at the paths of a project that we may write to: read exactly, and never through a link out."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from scaffold.errors import CannotWrite
from scaffold.writing.atomic import cannot_write

#: What existing files are compared up to; nothing that we write comes near.
MOST_BYTES = 5_000_000

#: What is at a path: its text, or None.
Reader: TypeAlias = Callable[[str], str | None]


def reader_of(root: Path | Mapping[str, str]) -> Reader:
    """Return what reads the texts in ROOT: a folder, or its texts."""
    if isinstance(root, Path):
        return lambda path: _exact(content_of(root, path))
    return lambda path: _exact(root[path].encode("utf-8", "surrogateescape")) if path in root else None


def _exact(content: bytes | None) -> str | None:
    # Whatever the bytes are, different ones are different texts.
    return None if content is None else content.decode("utf-8", "surrogateescape")


def text_of(content: bytes | None) -> str | None:
    """Return CONTENT as text with Unix line ends; different bytes are different texts."""
    text = _exact(content)
    return None if text is None else unix(text)


def unix(text: str) -> str:
    """Return TEXT with Unix line ends: others are no edit."""
    return text.replace("\r\n", "\n")


def content_of(root: Path, path: str) -> bytes | None:
    """Return the first MOST_BYTES of what is at PATH in ROOT, or None. CannotWrite: it is no usual file."""
    place = place_of(root, path)
    try:
        with place.open("rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_write(path, error) from None


def place_of(root: Path, path: str) -> Path:
    """Return where PATH really is, which a link must not lead out of ROOT."""
    real_root = Path(os.path.realpath(root))
    place = Path(os.path.realpath(real_root / path))
    if not place.is_relative_to(real_root) or place.is_symlink():
        raise CannotWrite(f"{path}: is a link that leads out of the project; put a file in its place")
    try:
        is_odd = place.exists() and not place.is_file()
    except OSError as error:
        raise cannot_write(path, error) from None
    if is_odd:
        raise CannotWrite(f"{path}: is not an ordinary file; move it away")
    return place
