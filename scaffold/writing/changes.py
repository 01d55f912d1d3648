"""What writing would change, and the writing, of all of it or nothing: all that is written to a project.

No edit is ever lost. A file that we did not write is left alone; Dockerfile, .dockerignore and the compose
files are one set, in which a single stranger holds everything back. Into a file that we wrote and somebody
edited what is new is merged, or it is left alone. One that we write no more goes where nobody edited it.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from scaffold.errors import CannotWrite, Conflict
from scaffold.model import USUAL_BUMP, Bump
from scaffold.nouns import NamedTuple
from scaffold.paths import printable
from scaffold.record import BASE, POLICY, Record, digest, is_writable, read_record, record_files
from scaffold.writing.atomic import Write, write_together
from scaffold.writing.contents import MOST_BYTES, Reader, content_of, place_of, reader_of, text_of, unix

Status: TypeAlias = Literal[
    "create", "identical", "update", "edited", "merged", "conflict", "replace", "delete",
    "missing", "adopted", "beside",
]  # fmt: skip

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

_DONE = ("create", "update", "merged", "replace", "delete")


class Change(NamedTuple):
    """What writing one file does."""

    path: str
    status: Status
    before: str | None  # with Unix line ends; None: it is not there
    after: str | None  # what we would write, merged with the line ends that are there; None: nothing
    kept: str | None = None  # where `replace` keeps what was there
    held: bool = False  # not done, because a file that is not ours holds the whole set back
    ours: bool = False  # we wrote it and somebody edited it since: it is not a stranger's file
    why: str = ""  # what the status alone does not say
    pristine: str | None = None  # what is ours in it from now on, where that is not `after`


def is_as_it_was(changes: Iterable[Change]) -> bool:
    """Say whether CHANGES change nothing."""
    return all(change.status in ("identical", "edited", "missing", "beside") for change in changes)


# -- comparing


def compare(
    rendered: Mapping[str, str],
    root: Path | Mapping[str, str],
    record: Record | None,
    *,
    force: bool = False,
    restore: bool = True,
    bump: Bump = USUAL_BUMP,
    dropped: Collection[str] = (),
) -> tuple[Change, ...]:
    """Return what writing RENDERED into ROOT (a folder, or its texts) changes; FORCE replaces conflicts.

    RESTORE files of ours that were deleted, or else leave them missing. BUMP is how far a bot may raise an
    image in files of ours. DROPPED are files of the record that we write no more.
    """
    for path in rendered:
        if not is_writable(path):
            raise CannotWrite(f"{printable(path)}: is no path that may be written")
    read = reader_of(root)
    ours = record.files if record else {}
    changes = [
        _change(path, read(path), _encodable(rendered[path]), record, bump) for path in sorted(rendered)
    ]
    if not restore:
        changes = [_left_missing(change) if change.path in ours else change for change in changes]
    changes += _dropped(dropped, read, record.base if record else {})
    changes += _strangers_in_the_way(rendered, read, {*ours, *(record.beside if record else ())})
    if force:
        return tuple(_replaced(change, read) for change in changes)
    return tuple(_held(changes, ours))


def _change(path: str, there: str | None, after: str, record: Record | None, bump: Bump) -> Change:
    if there is None:
        return Change(path, "create", None, after)
    before = unix(there)
    if before == after:
        return Change(path, "identical", before, after)
    if record is None or path not in record.files:
        return Change(path, "conflict", before, after, why="not written by us")
    if digest(before) == record.files[path]:
        return Change(path, "update", before, after)
    if digest(after) == record.files[path]:
        return Change(path, "edited", before, before, ours=True)
    return _merged(path, there, after, record.base.get(path), bump)


def _left_missing(change: Change) -> Change:
    if change.status != "create":
        return change
    return Change(
        change.path,
        "missing",
        None,
        None,
        why="deleted since it was written; `scaffold init` writes it again",
    )


def _encodable(text: str) -> str:
    r"""Return TEXT as UTF-8 can hold it: a project's JSON may say `"\ud800"`."""
    return text.encode("utf-8", "replace").decode()


def _merged(path: str, there: str, new: str, base: str | None, bump: Bump) -> Change:
    """Return what becomes of a file that we wrote as BASE and somebody edited, where there is a NEW one."""
    from scaffold.images import aligned
    from scaffold.writing.flaws import flaw
    from scaffold.writing.merge import merge

    change = Change(path, "conflict", unix(there), new, ours=True)
    if base is None:
        return change._replace(why=f"edited, and {BASE}{path} is not there as we wrote it")
    if len(there.encode("utf-8", "surrogateescape")) >= MOST_BYTES:
        return change._replace(why="edited, and too large to be merged")
    text, conflicts = merge(*aligned(path, base, there, new, bump))
    if text is None:
        return change._replace(why=f"edited {_tell_lines(conflicts)}, where there is something new")
    if worse := flaw(path, unix(text), unix(there), new):
        return change._replace(why=f"edited, and with what is new it would {worse}")
    if text == there:  # somebody did by hand what is new
        return change._replace(status="edited", after=change.before, pristine=new)
    return change._replace(status="merged", after=text, pristine=new)


def _tell_lines(places: Sequence[tuple[int, int]]) -> str:
    told = [f"{first}-{last}" if first < last else f"{first}" for first, last in places]
    is_one = len(told) == 1 and "-" not in told[0]
    return f"at line {told[0]}" if is_one else f"at lines {', '.join(told)}"


def _dropped(paths: Collection[str], read: Reader, base: Mapping[str, str]) -> Iterator[Change]:
    for path in sorted(paths):
        there = read(path)
        if there is None:
            yield Change(path, "delete", None, None, why="written no more, and deleted before")
            continue
        before = unix(there)
        # Nothing goes on a digest's word: a record may be a stranger's, and name what it never wrote.
        if before == base.get(path):
            yield Change(path, "delete", before, None, why="written no more")
        else:
            yield Change(path, "edited", before, before, ours=True, why="written by us no more")


def _strangers_in_the_way(
    rendered: Collection[str], read: Reader, known: Collection[str]
) -> Iterator[Change]:
    names = {name for path in rendered for name in SHADOWS.get(path, ())}
    for name in sorted(names.difference(rendered, known)):
        before = read(name)
        if before is not None:
            yield Change(name, "conflict", unix(before), None, why="not written by us")


def _held(changes: list[Change], ours: Mapping[str, str]) -> list[Change]:
    strangers = (c for c in changes if c.status == "conflict" and c.path in ONE_SET and c.path not in ours)
    if not any(strangers):
        return changes
    return [change._replace(held=change.status in _DONE) for change in changes]


def _replaced(change: Change, read: Reader) -> Change:
    if change.status != "conflict":
        return change
    return change._replace(status="replace", kept=_free_name(f"{change.path}.orig", read), why="")


def _free_name(name: str, read: Reader) -> str:
    candidates = (f"{name}.{number}" if number else name for number in range(MOST_BYTES))
    return next(candidate for candidate in candidates if _is_free(candidate, read))


def _is_free(name: str, read: Reader) -> bool:
    try:
        return read(name) is None
    except CannotWrite:  # a folder, or a link
        return False


# -- without writing


def adopt(
    rendered: Mapping[str, str], root: Path | Mapping[str, str], record: Record | None
) -> tuple[Change, ...]:
    """Return what of RENDERED is in ROOT and not ours yet, as it is there, and what is there in its place.

    What is rendered is ours from then on, so that what differs from it counts as an edit.
    """
    read, ours = reader_of(root), record.files if record else {}
    there = ((path, read(path)) for path in sorted(rendered) if path not in ours)
    found = [_adopted(path, text, _encodable(rendered[path])) for path, text in there if text is not None]
    strangers = _strangers_in_the_way(rendered, read, {*ours, *(record.beside if record else ())})
    return (*found, *(stranger._replace(status="beside", why="stays yours") for stranger in strangers))


def _adopted(path: str, there: str, ours: str) -> Change:
    before = unix(there)
    if before == ours:
        return Change(path, "identical", before, ours)
    return Change(path, "adopted", before, ours, why="stays as it is", pristine=ours)


def read_edits(root: Path, record: Record) -> tuple[Change, ...]:
    """Return for each file of RECORD what was made of it in ROOT since it was written."""
    read = reader_of(root)
    return tuple(_edit(path, read(path), record) for path in sorted(record.files))


def _edit(path: str, there: str | None, record: Record) -> Change:
    base = record.base.get(path)
    if there is None:
        return Change(path, "missing", base, None, ours=True)
    after = unix(there)
    if digest(after) == record.files[path]:
        return Change(path, "identical", after, after, ours=True)
    why = f"{BASE}{path} is not there as we wrote it" if base is None else ""
    return Change(path, "edited", base, after, ours=True, why=why)


def unified(change: Change) -> str:
    """Return CHANGE as a diff, safe to print: from what is there to what we would write."""
    from difflib import unified_diff

    before, after = _lines(change.before), _lines(change.after and unix(change.after))
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

    A file that was left alone keeps the pristine text that its edit started from; a conflict is noted.
    """
    files = dict(previous.files) if previous else {}
    base = dict(previous.base) if previous else {}
    conflicts = set(previous.conflicts) if previous else set()
    for change in changes:
        path, text = change.path, _pristine(change)
        if text is not None:
            files[path], base[path] = digest(text), text
        elif change.status == "delete":
            files.pop(path)
            base.pop(path, None)
        conflicts.discard(path)
        if change.status == "conflict" and change.ours:
            conflicts.add(path)
    return new._replace(files=files, base=base, conflicts=tuple(sorted(conflicts)))


def _pristine(change: Change) -> str | None:
    """Return what is ours in a file from now on, or None where that stays as it was."""
    if change.pristine is None and change.status in ("identical", *_DONE):
        return change.after
    return change.pristine


# -- writing


def apply_changes(root: Path, changes: Sequence[Change], record: Record | None = None) -> tuple[str, ...]:
    """Write CHANGES and RECORD into ROOT, all of it or nothing, and return the paths that were written."""
    if any(change.held for change in changes):
        return ()
    done = [change for change in changes if change.status in _DONE]
    planned = [change for change in done if change.before is not None or change.after is not None]
    for change in planned:
        if text_of(content_of(root, change.path)) != change.before:
            raise Conflict(f"{change.path}: was changed in the meantime; nothing was written, run it again")
    writes = [_write_of(root, change) for change in planned] + _record_writes(root, record, done)
    write_together(Path(os.path.realpath(root)), writes)
    return tuple(write.path for write in writes)


def _write_of(root: Path, change: Change) -> Write:
    place = place_of(root, change.path)
    # Names that nobody has: what an earlier run left when it was killed is no obstacle, and stays.
    mark = f"{os.urandom(4).hex()}.scaffold"
    return Write(
        path=change.path,
        place=place,
        text=change.after,
        temporary=place.with_name(f".{place.name}.new-{mark}"),
        backup=place.with_name(f".{place.name}.old-{mark}"),
        kept=Path(os.path.realpath(root)) / change.kept if change.kept else None,
    )


def _has_a_packs_policy(root: Path) -> bool:
    """Whether the policy that is there is an earlier pack's, and nobody's own."""
    earlier = read_record(root) if os.path.lexists(root / POLICY) else None
    return earlier is not None and earlier.policy is not None


def _record_writes(root: Path, record: Record | None, done: Sequence[Change]) -> list[Write]:
    texts = record_files(record) if record else {}
    writes = [
        Change(path, "update", None, text)
        for path, text in texts.items()
        if text_of(content_of(root, path)) != text
    ]
    gone = [BASE + change.path for change in done if change.status == "delete"]
    gone += [POLICY] if record and record.policy is None and _has_a_packs_policy(root) else []
    writes += [Change(path, "delete", None, None) for path in gone if content_of(root, path) is not None]
    return [_write_of(root, change) for change in writes]
