"""Where a project comes to stand: a folder that is not there yet, or is empty. All of it, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scaffold.errors import CannotWrite, Conflict


def refuse_taken(target: Path) -> None:
    """Refuse a folder that has something in it. Conflict: TARGET is not empty, or is a file."""
    if target.is_symlink() and not target.is_dir():
        raise Conflict(f"{target}: is there already, and is no folder")
    if not target.exists():
        return
    if not target.is_dir():
        raise Conflict(f"{target}: is there already, and is no folder")
    if any(target.iterdir()):
        raise Conflict(f"{target}: is there already, and not empty")


@contextmanager
def settled(project: Path, target: Path) -> Iterator[None]:
    """Move what is in PROJECT to TARGET. What then fails, or is interrupted, leaves nothing there.

    Conflict: TARGET is not empty. CannotWrite: the disk or the folder takes no file.
    """
    refuse_taken(target)
    made = next((p for p in reversed((target, *target.parents)) if not p.exists()), None)
    try:
        _move(project, target)
        yield
    except BaseException:
        _clear(target, made)
        raise


def _move(project: Path, target: Path) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for child in sorted(project.iterdir()):
            shutil.move(child, target / child.name)
    except OSError as error:
        raise CannotWrite(f"{target}: cannot be written: {error.strerror or error}") from error


def _clear(target: Path, made: Path | None) -> None:
    """Take away the folder that was MADE for TARGET, or what is now in the one that was empty."""
    if made is not None:
        shutil.rmtree(made, ignore_errors=True)
        return
    for child in target.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child, ignore_errors=True)
        else:
            child.unlink(missing_ok=True)
