"""Files written together, all of them or none: an interrupt or a full disk leaves everything as it was."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from scaffold.errors import CannotWrite
from scaffold.nouns import NamedTuple

NEW_FILE = 0o644
NEW_FOLDER = 0o755


class Write(NamedTuple):
    """One file of a batch. Nothing of it is there under its own name until all files are ready."""

    path: str
    place: Path
    text: str | None  # None: what is there is only moved away
    temporary: Path
    backup: Path
    kept: Path | None  # what the backup is called in the end; None: it goes

    @property
    def replaces(self) -> bool:
        """Whether there was a file. What replaces one is on the disk before that goes: the power may fail.

        A new file that is lost with the power takes nothing along, and the next run writes it; waiting for
        the disk took longer than all other writing.
        """
        return self.backup.exists()

    def prepare(self) -> None:
        mode = NEW_FILE
        if self.place.exists():
            mode = stat.S_IMODE(self.place.stat().st_mode)
            _duplicate(self.place, self.backup)
        if self.text is not None:
            _write_new(self.temporary, self.text.encode("utf-8", "surrogateescape"), mode, self.replaces)

    def commit(self) -> None:
        if self.kept:
            _rename_to_new(self.backup, self.kept)
        if self.text is None:
            self.place.unlink()
        else:
            self.temporary.replace(self.place)

    def undo(self) -> None:
        """Put back what was there. How far it had come is read from the disk: an interrupt leaves no note."""
        if self.kept and self.kept.exists():
            if not self.backup.exists():
                self.kept.replace(self.backup)
            elif self.kept.samefile(self.backup):
                self.kept.unlink()
        if self.backup.exists():
            # Of two names for one file neither is removed by a rename; `tidy` removes the backup then.
            self.backup.replace(self.place)
        elif self.text is not None and not self.temporary.exists():
            self.place.unlink()

    def tidy(self) -> None:
        for leftover in (self.temporary, self.backup):
            with suppress(OSError):
                leftover.unlink()


def write_together(root: Path, writes: Sequence[Write]) -> None:
    """Write all WRITES into the folder ROOT. CannotWrite: one could not be, and none is."""
    folders: list[Path] = []
    begun: list[Write] = []
    path = "."
    try:
        for write in writes:
            path = write.path
            _make_folders(write.place.parent, root, folders)
            write.prepare()
        for write in writes:
            path = write.path
            begun.append(write)
            write.commit()
    except BaseException as error:  # an interrupt too
        _undo(writes, begun, folders)
        if isinstance(error, OSError):
            raise cannot_write(path, error) from None
        raise
    with _uninterrupted():
        replaced = {write.place.parent for write in writes if write.replaces}
        for write in writes:
            write.tidy()
    _sync_folders(replaced)


def _undo(writes: Sequence[Write], begun: Sequence[Write], folders: Sequence[Path]) -> None:
    with _uninterrupted():
        for write in reversed(begun):
            with suppress(OSError):
                write.undo()
        for write in writes:
            if write.place.exists() or not write.backup.exists():
                write.tidy()  # else the backup is all there is of the file, and stays
        for folder in reversed(folders):
            with suppress(OSError):
                folder.rmdir()


def _make_folders(folder: Path, root: Path, made: list[Path]) -> None:
    """Make FOLDER inside ROOT, and note in MADE what was not there."""
    if folder.exists():  # as nearly all do
        return
    for above in reversed((folder, *folder.parents)):
        if above.is_relative_to(root) and not above.exists():
            made.append(above)
            above.mkdir()
            above.chmod(NEW_FOLDER)


def _write_new(place: Path, content: bytes, mode: int, waits: bool = True) -> None:
    """Write a file, and where it WAITS return only when the disk has it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(place, flags, 0o600), "wb") as file:
        file.write(content)
        if waits:
            file.flush()
            os.fsync(file.fileno())
    place.chmod(mode)  # whatever the umask is


def _duplicate(place: Path, copy: Path) -> None:
    """Give the file at PLACE a second name, or copy it where the disk knows no second names."""
    try:
        copy.hardlink_to(place)
    except OSError:
        _write_new(copy, place.read_bytes(), stat.S_IMODE(place.stat().st_mode))


def _rename_to_new(place: Path, name: Path) -> None:
    """Rename the file at PLACE, and never over a file that is there."""
    try:
        name.hardlink_to(place)
    except FileExistsError:
        raise
    except OSError:
        if name.exists():
            raise FileExistsError(17, f"{name.name} is there") from None
        place.rename(name)
    else:
        place.unlink()


def _sync_folders(folders: set[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # Windows does not open folders
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no second Ctrl-C end what must be finished; it takes a moment."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler if former is None else former)


def cannot_write(path: str, error: OSError) -> CannotWrite:
    """Return the error that says why PATH cannot be written, or read before it is."""
    return CannotWrite(f"{path}: {(error.strerror or 'cannot be written').lower()}; nothing was written")
