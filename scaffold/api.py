"""The same as the commands, in process: from a folder to what is written, as values. Nothing is printed.

`init`, `update` and `adopt` do all of it. Where something is to happen in between there are their steps:
`look` at the folder; `plan_project`, `plan_update` or `plan_adoption`, which write nothing but make an
Outcome of it; and `apply`. `edits` tells what was edited since.

No state is kept, the working directory stays, no terminal is read, and of the environment only where the
cache of packs lies: it can be called from threads, many times. Two calls at once for one folder are as two
commands at once: the later one may find that a file was changed in the meantime, and then writes nothing.

Every error is a `scaffold.errors.ScaffoldError`, one line for a person, with the exit code of the command.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from scaffold.answers import from_mapping
from scaffold.model import Value
from scaffold.outcome import (
    LeftAlone,
    Outcome,
    apply,
    plan_adoption,
    plan_project,
    plan_update,
)
from scaffold.packs import Pack
from scaffold.project import Folder, Person, SeveralApps, look, no_record
from scaffold.record import read_record
from scaffold.writing.changes import Change, read_edits

__all__ = [
    "Change", "Folder", "LeftAlone", "Outcome", "Person", "SeveralApps", "adopt", "apply", "edits", "init",
    "look", "plan_adoption", "plan_project", "plan_update", "update",
]  # fmt: skip


def init(
    root: str | os.PathLike[str],
    answers: Mapping[str, Value] | None = None,
    *,
    pack: Pack | str | None = None,
    force: bool = False,
    compose: bool = True,
    dry_run: bool = False,
) -> Outcome:
    """Write the Docker files of the project in ROOT, as `scaffold init --yes` does, and return what happened.

    ANSWERS are those of an answers file: `{"port": 9000}`, or `{"services/api": {"port": 9000}}` for one app
    of several. PACK is the source of a pack, such as "git+https://example.com/packs.git@v1"; without it the
    recorded one is taken, or the built-in one. FORCE replaces files of others; without COMPOSE there is no
    Compose file; DRY_RUN writes nothing.

    WrongUse: ROOT is no folder, or an answer is wrong or missing. NothingFound: there is nothing to
    containerise, or there are several candidates; SeveralApps has them. LeftAlone, a Conflict: a file of the
    user's stays as it is; it has the outcome. UntrustedPack: the pack holds what none may have, or is not
    what was recorded. Unreachable: its source does not answer. CannotWrite: the disk or the folder takes no
    file, and all is as it was.
    """
    folder = look(root, from_mapping(answers or {}, "answers"), pack)
    outcome = plan_project(folder, force=force, compose=compose)
    if not dry_run:
        outcome = apply(outcome)
    if outcome.conflicts:
        raise LeftAlone(outcome)
    return outcome


def update(
    root: str | os.PathLike[str],
    answers: Mapping[str, Value] | None = None,
    *,
    pack: Pack | str | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Bring the files in ROOT up to date, as `scaffold update --yes` does, and return what happened.

    They are those of the record's pack as its source has it now, or of a newer PACK. ANSWERS and DRY_RUN are
    as for `init`.

    WrongUse: there is no record, or an answer is wrong or missing. NothingFound: what is in ROOT is no app
    any more. LeftAlone, a Conflict: what is new cannot be merged into a file that was edited, and it stays as
    it is; the others are written. CannotWrite: the disk or the folder takes no file, and all is as it was.
    """
    outcome = plan_update(look(root, from_mapping(answers or {}, "answers"), pack, asks=True))
    if not dry_run:
        outcome = apply(outcome)
    if outcome.conflicts:
        raise LeftAlone(outcome, "scaffold init --force")
    return outcome


def adopt(
    root: str | os.PathLike[str],
    answers: Mapping[str, Value] | None = None,
    *,
    pack: Pack | str | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Take over the Docker files that are in ROOT, as `scaffold adopt --yes` does, and return what happened.

    None of them is changed; only the record is written. ANSWERS, PACK and DRY_RUN are as for `init`.

    Raises what `init` does, but no LeftAlone; NothingFound too where there is no file to take over.
    """
    outcome = plan_adoption(look(root, from_mapping(answers or {}, "answers"), pack))
    return outcome if dry_run else apply(outcome)


def edits(root: str | os.PathLike[str]) -> tuple[Change, ...]:
    """Return what was changed in the files in ROOT since they were written: one for each file of the record.

    `before` is the text as it was written, `after` the one that is there; the status is `identical`, `edited`
    or `missing`.

    WrongUse: ROOT is no folder, or has no record. CannotWrite: a file is no ordinary one, or cannot be read.
    """
    record = read_record(Path(root))
    if record is None:
        raise no_record(Path(root))
    return read_edits(Path(root), record)
