"""What becomes of a project: planned by what init, update and adopt each do, then written. Prints nothing."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence

from scaffold import __version__
from scaffold.answers import STACK
from scaffold.detect import detect
from scaffold.errors import Conflict, NothingFound
from scaffold.model import Fact, Finding, Plan, ProjectWarning, Value
from scaffold.nouns import NamedTuple
from scaffold.plan import REQUIRED, make_plan
from scaffold.project import Folder, Person, ask_what_is_open, choose_stack, find_app, no_record
from scaffold.record import POLICY, Record
from scaffold.writing.changes import COMPOSE, ONE_SET, Change, adopt, apply_changes, compare, record_changes
from scaffold.writing.contents import content_of, text_of

#: What Compose reads with nothing named: the first of them that is there.
#: https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file
_READ_FIRST = tuple(name for name in COMPOSE if "override" not in name)


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
    def new(self) -> Mapping[str, Fact]:
        """What could be answered for the first time, as the pack asks it only now, and was not."""
        record = self.folder.record
        known = record.variables if record is not None else ()
        return {key: fact for key, fact in self.defaulted.items() if known and key not in known}

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The files that are left as they are, because they are not ours, or cannot be merged."""
        return tuple(change for change in self.changes if change.status == "conflict")


class LeftAlone(Conflict):
    """Files of the user's were left alone; the others are written, unless one holds the whole set back."""

    def __init__(self, outcome: Outcome, force: str = "--force") -> None:
        """Keep OUTCOME, and say of each file why, and that FORCE would replace it."""
        self.outcome = outcome
        conflicts = sorted(outcome.conflicts, key=lambda change: change.ours)
        reasons = dict.fromkeys(change.why for change in conflicts)
        said = [f"{', '.join(c.path for c in outcome.conflicts if c.why == why)}: {why}" for why in reasons]
        rest = "; nothing else was written either" if any(c.held for c in outcome.changes) else ""
        adopts = "" if all(c.ours for c in conflicts) else "scaffold adopt takes over what is not ours; "
        super().__init__(
            f"left alone: {'; '.join(said)}{rest}"
            f" ({adopts}{force} replaces, and keeps what was there as NAME.orig)"
        )


def plan_project(
    folder: Folder, person: Person | None = None, *, force: bool = False, compose: bool = True
) -> Outcome:
    """Return what writing into FOLDER changes, with what PERSON answers where the project says nothing.

    Raises what `init` does, but no LeftAlone: the outcome says what is left alone.
    """
    folder, finding = ask_what_is_open(*find_app(folder, person), person)
    made = _make(folder, finding)
    left_out = set() if compose else set(filter(_is_compose, made.texts))
    rendered = _wanted(made.texts, folder, left_out)
    return _compared(folder, finding, made, rendered, force=force)


def plan_update(folder: Folder, person: Person | None = None) -> Outcome:
    """Return what bringing the files of FOLDER, which has a record, up to its pack and its project changes.

    What somebody deleted stays deleted, and what was left out stays so. Raises what `update` does, but no
    LeftAlone.
    """
    if folder.record is None:
        raise no_record(folder.root)
    folder, finding = ask_what_is_open(*choose_stack(folder, person), person)
    record = folder.record
    assert record is not None
    made = _make(folder, finding)
    rendered = _wanted(made.texts, folder, record.left_out)
    return _compared(folder, finding, made, rendered, restore=False)


def plan_adoption(folder: Folder, person: Person | None = None) -> Outcome:
    """Return what taking over the files of FOLDER comes to: each stays as it is, and is ours from now on.

    Raises what `adopt` does.
    """
    folder, finding = ask_what_is_open(*find_app(folder, person), person)
    made = _make(folder, finding)
    changes = adopt(made.texts, folder.root, folder.record)
    beside = {change.path for change in changes if change.status == "beside"}
    rendered = _wanted(made.texts, folder, beside=beside)
    changes = tuple(c for c in changes if c.path in rendered or c.path in beside)
    if not changes:
        raise NothingFound(
            f"{folder.root}: there is nothing to take over; `scaffold init` writes what is not there"
        )
    ours = {*(change.path for change in changes), *(folder.record.files if folder.record else ())}
    yours = [_beside_ours(name, made.texts, rendered) for name in sorted(beside)]
    changes = (*(change for change in changes if change.path not in beside), *yours)
    return _outcome(folder, finding, made, rendered, changes, left_out=made.texts.keys() - ours)


def apply(outcome: Outcome) -> Outcome:
    """Write what OUTCOME plans and its record, all or nothing, and return it with what was written.

    Conflict: a file was changed since it was planned. CannotWrite: the disk or the folder takes no file.
    """
    written = apply_changes(outcome.folder.root, outcome.changes, outcome.record)
    return outcome._replace(written=written)


# -- what is written


class _Made(NamedTuple):
    """What comes of a finding."""

    plan: Plan
    kept: Plan  # as it is planned from the record the next time
    texts: Mapping[str, str]


def _make(folder: Folder, finding: Finding) -> _Made:
    from scaffold.render import render

    plan = make_plan(finding, folder.pack, folder.answers)
    kept = _as_recorded(folder, plan)
    return _Made(plan, kept, render(kept, folder.pack))


def _compared(
    folder: Folder,
    finding: Finding,
    made: _Made,
    rendered: Mapping[str, str],
    *,
    force: bool = False,
    restore: bool = True,
) -> Outcome:
    dropped = folder.record.files.keys() - made.texts.keys() if folder.record is not None else ()
    bump = folder.pack.bump
    changes = compare(
        rendered, folder.root, folder.record, force=force, restore=restore, bump=bump, dropped=dropped
    )
    yours = [_beside_ours(name, made.texts, rendered) for name in sorted(_beside(folder))]
    return _outcome(folder, finding, made, rendered, (*changes, *yours))


def _outcome(
    folder: Folder,
    finding: Finding,
    made: _Made,
    rendered: Mapping[str, str],
    changes: tuple[Change, ...],
    left_out: Collection[str] | None = None,
) -> Outcome:
    said = [*folder.pack.notes, *folder.notes, *folder.detection.warnings, *made.plan.warnings]
    if _has_own_policy(folder):
        kept = f"is yours, and stays as it is: what {folder.pack.name} has for it is not written"
        said.append(ProjectWarning("own-policy", f"{POLICY} {kept}", POLICY))
    warnings = tuple(dict.fromkeys(said))
    record = _record_of(folder, made.kept, changes)
    left_out = made.texts.keys() - rendered.keys() if left_out is None else left_out
    record = record._replace(left_out=tuple(sorted(set(left_out) - record.files.keys())))
    return Outcome(folder, finding, made.plan, rendered, changes, record, warnings)


def _wanted(
    texts: Mapping[str, str], folder: Folder, left_out: Collection[str] = (), beside: Collection[str] = ()
) -> dict[str, str]:
    """Return those of TEXTS that are not LEFT OUT, and in whose place the user has no file BESIDE them."""
    names, out = {*beside, *_beside(folder)}, set(left_out)
    is_adopted = folder.record is not None and "compose.yaml" in folder.record.files
    is_there = os.path.lexists(folder.root / "compose.yaml")
    if not (is_adopted or is_there or names.isdisjoint(_READ_FIRST)):
        out |= set(filter(_is_compose, texts))
    if "Dockerfile.dockerignore" in names:
        out.add(".dockerignore")
    return {path: text for path, text in texts.items() if path not in out}


def _beside(folder: Folder) -> set[str]:
    """Return what lies beside our files, as an earlier `adopt` found it, as long as it is there."""
    names = folder.record.beside if folder.record is not None else ()
    return {name for name in names if name in ONE_SET and os.path.lexists(folder.root / name)}


def _beside_ours(name: str, texts: Mapping[str, str], rendered: Mapping[str, str]) -> Change:
    gone = sorted(texts.keys() - rendered.keys())
    for_it = [path for path in gone if (_is_compose(path) if name in _READ_FIRST else name.endswith(path))]
    why = f"stays yours; for it we leave out {', '.join(for_it)}" if for_it else "stays yours"
    return Change(name, "beside", None, None, why=why)


def _is_compose(path: str) -> bool:
    return path.startswith("compose.")


# -- what is kept


def _record_of(folder: Folder, plan: Plan, changes: Sequence[Change]) -> Record:
    answers = {key: fact.value for key, fact in sorted(plan.answered.items())}
    if folder.record is not None and _changes_nothing(changes):
        answers = {key: said for key, said in folder.record.answers.items() if key in folder.answers}
    new = Record(
        __version__,
        folder.pack.pins,
        answers,
        variables=tuple(sorted(v.name for v in folder.variables(plan.stack) if v.answerable)),
        beside=tuple(sorted(change.path for change in changes if change.status == "beside")),
        strangers=tuple(sorted(change.path for change in changes if _is_a_strangers(change))),
        bump=folder.pack.bump,
        policy=None if _has_own_policy(folder) else folder.pack.policy,
    )
    return record_changes(changes, folder.record, new)


def _is_a_strangers(change: Change) -> bool:
    """Whether a file of the user's stands where one of ours would be."""
    return change.status == "conflict" and not change.ours and change.after is not None


def _has_own_policy(folder: Folder) -> bool:
    """Whether a policy of the user's own is where that of the pack would be."""
    there = text_of(content_of(folder.root, POLICY)) if folder.pack.policy is not None else None
    ours = {folder.pack.policy, folder.record.policy if folder.record is not None else None}
    return there is not None and there not in ours


def _changes_nothing(changes: Iterable[Change]) -> bool:
    """Whether conflicts left no file to write: then none is made from the answers, and none is recorded."""
    statuses = {change.status for change in changes}
    return "conflict" in statuses and statuses <= {"conflict", "identical", "edited", "missing"}


def _as_recorded(folder: Folder, plan: Plan) -> Plan:
    """Return PLAN as the next init will make it from the record, so that the files are the same then.

    An answer that is what would have been offered is not kept: a later change of the code then still shows.
    """
    kept = _with_answers_kept(folder, plan, {})
    if lost := _lost(folder, plan):
        with_lost = _with_answers_kept(folder, plan, lost)
        if all(_value(with_lost, key) == fact.value for key, fact in kept.values.items()):
            return with_lost
    return kept


def _with_answers_kept(folder: Folder, plan: Plan, lost: Mapping[str, Fact]) -> Plan:
    if not plan.answered and not lost:
        return plan
    offered = _offered(folder, plan)
    own = {
        key: fact
        for key, fact in plan.answered.items()
        if offered.get(key) not in (fact.value, _value(plan, key))
    }
    kept = _planned_again(folder, plan, {**own, **lost})
    if any(_value(kept, key) != _value(plan, key) for key in plan.answered):
        return _planned_again(folder, plan, {**plan.answered, **lost})
    return kept


def _lost(folder: Folder, plan: Plan) -> dict[str, Fact]:
    """Return what the app cannot do without, and only a file says that is ours from now on.

    A detector asks no file of ours, so that the next init would not know it.
    """
    kind = str(plan.values["kind"].value)
    needed = {key: plan.values[key] for key in REQUIRED.get(kind, ()) if key in plan.values}
    return {key: fact for key, fact in needed.items() if _is_ours(fact, folder, plan)}


def _is_ours(fact: Fact, folder: Folder, plan: Plan) -> bool:
    """Whether it is a file that we write, or took over, that states FACT."""
    paths = {output.path for output in folder.pack.outputs(plan.stack, str(plan.values["kind"].value))}
    return fact.source.partition(":")[0] in paths


def _planned_again(folder: Folder, plan: Plan, answered: Mapping[str, Fact]) -> Plan:
    answers = {key: Fact(fact.value, "answer: record") for key, fact in answered.items()}
    again = next(f for f in detect(folder.tree, answers).findings if (f.path, f.stack) == (".", plan.stack))
    return make_plan(again, folder.pack, answers)


def _offered(folder: Folder, plan: Plan) -> dict[str, Value]:
    """Return the values that there would be if nobody had answered, and no file of ours had to say them."""
    here = [finding for finding in detect(folder.tree).findings if finding.path == "."]
    facts = next((finding.facts for finding in here if finding.stack == plan.stack), {})
    usual = {v.name: v.default for v in folder.variables(plan.stack) if v.default is not None}
    only = {STACK.name: plan.stack} if len(here) == 1 else {}
    found = {key: fact.value for key, fact in facts.items() if not _is_ours(fact, folder, plan)}
    return {**usual, **found, **only}


def _value(plan: Plan, key: str) -> Value:
    return plan.values[key].value if key in plan.values else None
