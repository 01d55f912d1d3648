"""What writing would change, and the writing, of all of it or nothing: the only writing to a project's disk.

No edit is ever lost. A file that we did not write is left alone; Dockerfile, .dockerignore and the compose
files are one set, in which a single stranger holds everything back. A file that we wrote and somebody edited
stays theirs.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from scaffold.errors import CannotWrite, Conflict
from scaffold.paths import printable
from scaffold.record import Record, digest, is_writable, record_files

Status: TypeAlias = Literal["create", "identical", "update", "edited", "conflict", "replace"]

#: The names that Compose reads without being told to: one that is not ours is read in place of ours, or over.
#: https://docs.docker.com/compose/how-tos/multiple-compose-files/merge/
COMPOSE = tuple(
    f"{stem}{suffix}"
    for stem in ("compose", "docker-compose", "compose.override", "docker-compose.override")
    for suffix in (".yaml", ".yml")
)

#: What is read in place of a file that we write, by that file.
#: https://docs.docker.com/build/concepts/context/#filename-and-location
SHADOWS: Mapping[str, tuple[str, ...]] = {
    ".dockerignore": ("Dockerfile.dockerignore",),
    **dict.fromkeys(COMPOSE, COMPOSE),
}

#: Files that are written together or not at all.
ONE_SET = frozenset({"Dockerfile", ".dockerignore", "Dockerfile.dockerignore", *COMPOSE})

#: What existing files are compared up to; nothing that we write comes near.
MOST_BYTES = 5_000_000

NEW_FILE = 0o644
NEW_FOLDER = 0o755

_DONE = ("create", "update", "replace")


class Change(NamedTuple):
    """What writing one file does."""

    path: str
    status: Status
    before: str | None  # with Unix line ends; None: it is not there
    after: str | None  # what we would write; None: nothing, it only stands in the way of ours
    kept: str | None = None  # where `replace` keeps what was there
    held: bool = False  # not done, because a file that is not ours holds the whole set back
    ours: bool = False  # a conflict in what we wrote and somebody edited since, not in a stranger's file


# -- comparing

#: What is at a path: its text with Unix line ends, or None.
Reader: TypeAlias = Callable[[str], str | None]


def compare(
    rendered: Mapping[str, str], root: Path | Mapping[str, str], record: Record | None, *, force: bool = False
) -> tuple[Change, ...]:
    """Return what writing RENDERED into ROOT (a folder, or its texts) changes; FORCE replaces conflicts."""
    for path in rendered:
        if not is_writable(path):
            raise CannotWrite(f"{printable(path)}: is no path that may be written")
    read = _reader(root)
    ours = record.files if record else {}
    changes = [
        _change(path, read(path), _encodable(rendered[path]), ours.get(path)) for path in sorted(rendered)
    ]
    changes += _strangers_in_the_way(rendered, read, ours)
    if force:
        return tuple(_replaced(change, read) for change in changes)
    return tuple(_held(changes, ours))


def _change(path: str, before: str | None, after: str, pristine: str | None) -> Change:
    if before is None:
        return Change(path, "create", None, after)
    if before == after:
        return Change(path, "identical", before, after)
    if pristine is None:
        return Change(path, "conflict", before, after)
    if digest(before) == pristine:
        return Change(path, "update", before, after)
    return _edited(path, before, after, pristine)


def _encodable(text: str) -> str:
    r"""Return TEXT as UTF-8 can hold it: a project's JSON may say `"\ud800"`."""
    return text.encode("utf-8", "replace").decode()


def _edited(path: str, before: str, after: str, pristine: str) -> Change:
    """Return what becomes of a file that we wrote and somebody edited: where a three-way merge belongs."""
    return Change(path, "edited" if digest(after) == pristine else "conflict", before, after, ours=True)


def _strangers_in_the_way(
    rendered: Mapping[str, str], read: Reader, ours: Mapping[str, str]
) -> Iterator[Change]:
    names = {name for path in rendered for name in SHADOWS.get(path, ())}
    for name in sorted(names - rendered.keys() - ours.keys()):
        before = read(name)
        if before is not None:
            yield Change(name, "conflict", before, None)


def _held(changes: list[Change], ours: Mapping[str, str]) -> list[Change]:
    strangers = (c for c in changes if c.status == "conflict" and c.path in ONE_SET and c.path not in ours)
    if not any(strangers):
        return changes
    return [change._replace(held=change.status in _DONE) for change in changes]


def _replaced(change: Change, read: Reader) -> Change:
    if change.status != "conflict":
        return change
    return change._replace(status="replace", kept=_free_name(f"{change.path}.orig", read))


def _free_name(name: str, read: Reader) -> str:
    candidates = (f"{name}.{number}" if number else name for number in range(MOST_BYTES))
    return next(candidate for candidate in candidates if _is_free(candidate, read))


def _is_free(name: str, read: Reader) -> bool:
    try:
        return read(name) is None
    except CannotWrite:  # a folder, or a link
        return False


def _reader(root: Path | Mapping[str, str]) -> Reader:
    if isinstance(root, Path):
        return lambda path: _text(_content(root, path))
    return lambda path: _text(root[path].encode("utf-8", "surrogateescape")) if path in root else None


def _text(content: bytes | None) -> str | None:
    # Whatever the bytes are, different ones are different texts.
    return None if content is None else content.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _content(root: Path, path: str) -> bytes | None:
    place = _place(root, path)
    try:
        with place.open("rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot(path, error) from None


def _place(root: Path, path: str) -> Path:
    """Return where PATH really is, which a link must not lead out of ROOT."""
    real_root = Path(os.path.realpath(root))
    place = Path(os.path.realpath(real_root / path))
    if not place.is_relative_to(real_root) or place.is_symlink():
        raise CannotWrite(f"{path}: is a link that leads out of the project; put a file in its place")
    try:
        is_odd = place.exists() and not place.is_file()
    except OSError as error:
        raise _cannot(path, error) from None
    if is_odd:
        raise CannotWrite(f"{path}: is not an ordinary file; move it away")
    return place


def _cannot(path: str, error: OSError) -> CannotWrite:
    return CannotWrite(f"{path}: {(error.strerror or 'cannot be written').lower()}; nothing was written")


def unified(change: Change) -> str:
    """Return CHANGE as a diff, safe to print: from what is there to what we would write."""
    from difflib import unified_diff

    before, after = _lines(change.before), _lines(change.after)
    names = (change.path if change.before is not None else "/dev/null", change.path)
    diff = unified_diff(
        before, after, names[0], names[1] if change.after is not None else "/dev/null", lineterm=""
    )
    return "".join(f"{line}\n" for line in diff)


def _lines(text: str | None) -> list[str]:
    if not text:
        return []
    lines = ["\t".join(printable(part) for part in line.split("\t")) for line in text.split("\n")]
    if lines[-1]:
        return [*lines[:-1], lines[-1] + "\n\\ No newline at end of file"]
    return lines[:-1]


# -- the record of it


def record_changes(changes: Sequence[Change], previous: Record | None, new: Record) -> Record:
    """Return NEW with the files that are ours once CHANGES are applied.

    A file that was left alone keeps the pristine text that its edit started from.
    """
    files = dict(previous.files) if previous else {}
    base = dict(previous.base) if previous else {}
    for change in changes:
        if change.after is not None and change.status in ("identical", *_DONE):
            files[change.path] = digest(change.after)
            base[change.path] = change.after
    return new._replace(files=files, base=base)


# -- writing


def apply_changes(root: Path, changes: Sequence[Change], record: Record | None = None) -> tuple[str, ...]:
    """Write CHANGES and RECORD into ROOT, all of it or nothing, and return the paths that were written."""
    if any(change.held for change in changes):
        return ()
    planned = [change for change in changes if change.status in _DONE]
    for change in planned:
        if _text(_content(root, change.path)) != change.before:
            raise Conflict(f"{change.path}: was changed in the meantime; nothing was written, run it again")
    writes = [_write_of(root, change) for change in planned] + _record_writes(root, record)
    _write_together(Path(os.path.realpath(root)), writes)
    return tuple(write.path for write in writes)


def _write_of(root: Path, change: Change) -> "_Write":
    place = _place(root, change.path)
    # Names that nobody has: what an earlier run left when it was killed is no obstacle, and stays.
    mark = f"{os.urandom(4).hex()}.scaffold"
    return _Write(
        path=change.path,
        place=place,
        text=change.after,
        temporary=place.with_name(f".{place.name}.new-{mark}"),
        backup=place.with_name(f".{place.name}.old-{mark}"),
        kept=Path(os.path.realpath(root)) / change.kept if change.kept else None,
    )


def _record_writes(root: Path, record: Record | None) -> "list[_Write]":
    texts = record_files(record) if record else {}
    changed = (path for path, text in texts.items() if _text(_content(root, path)) != text)
    return [_write_of(root, Change(path, "update", None, texts[path])) for path in changed]


class _Write(NamedTuple):
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


def _write_together(root: Path, writes: Sequence[_Write]) -> None:
    folders: list[Path] = []
    begun: list[_Write] = []
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
            raise _cannot(path, error) from None
        raise
    with _uninterrupted():
        replaced = {write.place.parent for write in writes if write.replaces}
        for write in writes:
            write.tidy()
    _sync_folders(replaced)


def _undo(writes: Sequence[_Write], begun: Sequence[_Write], folders: Sequence[Path]) -> None:
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
