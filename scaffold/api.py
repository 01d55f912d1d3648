"""The same as the commands, in process: from a folder to what is written, as values. Nothing is printed.

`init` does all of it. Where something is to happen in between there are its steps: `look` at the folder,
`plan_project`, which reads and writes nothing but makes an Outcome of it, and `apply`.

No state is kept, the working directory stays, and neither terminal nor environment is read: it can be called
from threads, many times. Two calls at once for one folder are as two commands at once: the later one may find
that a file was changed in the meantime, and then writes nothing.

Every error is a `scaffold.errors.ScaffoldError`, one line for a person, with the exit code of the command.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from scaffold import __version__
from scaffold.answers import STACK, from_mapping
from scaffold.changes import Change, apply_changes, compare, record_changes
from scaffold.detect import detect
from scaffold.errors import Conflict
from scaffold.model import Fact, Finding, Plan, ProjectWarning, Value
from scaffold.nouns import NamedTuple
from scaffold.packs import Pack
from scaffold.plan import make_plan
from scaffold.project import Folder, Person, SeveralApps, ask_what_is_open, find_app, look
from scaffold.record import Record

__all__ = ["Folder", "LeftAlone", "Outcome", "Person", "SeveralApps", "apply", "init", "look", "plan_project"]


class Outcome(NamedTuple):
    """What becomes of a project: all that was found, and what writing it changes."""

    folder: Folder
    finding: Finding
    plan: Plan
    rendered: Mapping[str, str]  # the text of each file, as the pack has it
    changes: tuple[Change, ...]
    record: Record  # what is kept of it once it is written
    warnings: tuple[ProjectWarning, ...]
    written: tuple[str, ...] = ()  # empty until it is applied

    @property
    def taken(self) -> Mapping[str, Fact]:
        """The answers that somebody gave, now or earlier."""
        return self.plan.answered

    @property
    def defaulted(self) -> Mapping[str, Fact]:
        """What could be answered, was not, and has its value from the project or the pack."""
        answerable = {v.name for v in self.folder.variables(self.plan.stack) if v.answerable}
        return {k: f for k, f in self.plan.values.items() if k in answerable and k not in self.plan.answered}

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The files that are left as they are, because they are not ours, or cannot be merged."""
        return tuple(change for change in self.changes if change.status == "conflict")


class LeftAlone(Conflict):
    """Files of the user's were left alone; the others are written, unless one holds the whole set back."""

    def __init__(self, outcome: Outcome) -> None:
        """Keep OUTCOME, and say of each file why."""
        self.outcome = outcome
        conflicts = sorted(outcome.conflicts, key=lambda change: change.ours)
        reasons = dict.fromkeys(change.why for change in conflicts)
        said = [f"{', '.join(c.path for c in outcome.conflicts if c.why == why)}: {why}" for why in reasons]
        rest = "; nothing else was written either" if any(c.held for c in outcome.changes) else ""
        super().__init__(
            f"left alone: {'; '.join(said)}{rest} (--force replaces, and keeps what was there as NAME.orig)"
        )


def init(
    root: str | os.PathLike[str],
    answers: Mapping[str, Value] | None = None,
    *,
    pack: Pack | None = None,
    force: bool = False,
    compose: bool = True,
    dry_run: bool = False,
) -> Outcome:
    """Write the Docker files of the project in ROOT, as `scaffold init --yes` does, and return what happened.

    ANSWERS are those of an answers file: `{"port": 9000}`, or `{"services/api": {"port": 9000}}` for one app
    of several. FORCE replaces files of others; without COMPOSE there is no Compose file; DRY_RUN writes
    nothing.

    WrongUse: ROOT is no folder, or an answer is wrong or missing. NothingFound: there is nothing to
    containerise, or there are several candidates; SeveralApps has them. LeftAlone, a Conflict: a file of the
    user's stays as it is; it has the outcome. CannotWrite: the disk or the folder takes no file, and all is
    as it was.
    """
    folder = look(Path(root), from_mapping(answers or {}, "answers"), pack)
    outcome = plan_project(folder, force=force, compose=compose)
    if not dry_run:
        outcome = apply(outcome)
    if outcome.conflicts:
        raise LeftAlone(outcome)
    return outcome


def plan_project(
    folder: Folder, person: Person | None = None, *, force: bool = False, compose: bool = True
) -> Outcome:
    """Return what writing into FOLDER changes, with what PERSON answers where the project says nothing.

    Raises what `init` does, but no LeftAlone: the outcome says what is left alone.
    """
    from scaffold.render import render

    folder, finding = ask_what_is_open(*find_app(folder, person), person)
    plan = make_plan(finding, folder.pack, folder.answers)
    kept = _as_recorded(folder, plan)
    texts = render(kept, folder.pack)
    rendered = {path: text for path, text in texts.items() if compose or not path.startswith("compose.")}
    dropped = folder.record.files.keys() - texts.keys() if folder.record is not None else ()
    changes = compare(rendered, folder.root, folder.record, force=force, dropped=dropped)
    warnings = tuple(dict.fromkeys([*folder.detection.warnings, *plan.warnings]))
    record = _record_of(folder, kept, changes)
    return Outcome(folder, finding, plan, rendered, changes, record, warnings)


def apply(outcome: Outcome) -> Outcome:
    """Write what OUTCOME plans and its record, all or nothing, and return it with what was written.

    Conflict: a file was changed since it was planned. CannotWrite: the disk or the folder takes no file.
    """
    written = apply_changes(outcome.folder.root, outcome.changes, outcome.record)
    return outcome._replace(written=written)


# -- what is kept


def _record_of(folder: Folder, plan: Plan, changes: Iterable[Change]) -> Record:
    changes = tuple(changes)
    answers = {key: fact.value for key, fact in sorted(plan.answered.items())}
    if folder.record is not None and _changes_nothing(changes):
        answers = dict(folder.record.answers)
    new = Record(__version__, folder.pack.pins, answers, policy=folder.pack.policy)
    return record_changes(changes, folder.record, new)


def _changes_nothing(changes: Iterable[Change]) -> bool:
    """Whether conflicts left no file to write: then none is made from the answers, and none is recorded."""
    statuses = {change.status for change in changes}
    return "conflict" in statuses and statuses <= {"conflict", "identical", "edited"}


def _as_recorded(folder: Folder, plan: Plan) -> Plan:
    """Return PLAN as the next init will make it from the record, so that the files are the same then.

    An answer that is what would have been offered is not kept: a later change of the code then still shows.
    """
    if not plan.answered:
        return plan
    offered = _offered(folder, plan)
    own = {
        key for key, fact in plan.answered.items() if offered.get(key) not in (fact.value, _value(plan, key))
    }
    kept = _planned_again(folder, plan, own)
    if any(_value(kept, key) != _value(plan, key) for key in plan.answered):
        return _planned_again(folder, plan, set(plan.answered))
    return kept


def _planned_again(folder: Folder, plan: Plan, keys: set[str]) -> Plan:
    answers = {key: Fact(fact.value, "answer: record") for key, fact in plan.answered.items() if key in keys}
    again = next(f for f in detect(folder.tree, answers).findings if (f.path, f.stack) == (".", plan.stack))
    return make_plan(again, folder.pack, answers)


def _offered(folder: Folder, plan: Plan) -> dict[str, Value]:
    """Return the values that there would be if nobody had answered."""
    here = [finding for finding in detect(folder.tree).findings if finding.path == "."]
    facts = next((finding.facts for finding in here if finding.stack == plan.stack), {})
    usual = {v.name: v.default for v in folder.variables(plan.stack) if v.default is not None}
    only = {STACK.name: plan.stack} if len(here) == 1 else {}
    return {**usual, **{key: fact.value for key, fact in facts.items()}, **only}


def _value(plan: Plan, key: str) -> Value:
    return plan.values[key].value if key in plan.values else None
