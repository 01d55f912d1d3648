"""`scaffold init`: from a folder to the files in it, one step after the other."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from scaffold import __version__
from scaffold.answers import STACK, Said, from_record
from scaffold.changes import Change, apply_changes, compare, record_changes
from scaffold.commands import command_for, command_to_write, nothing_found, said_in, settled
from scaffold.detect import Detection, detect, name_of
from scaffold.errors import Conflict, NothingFound, ScaffoldError
from scaffold.model import Answers, Fact, Finding, Plan, Value, Variable
from scaffold.packs import builtin
from scaffold.plan import make_plan, missing
from scaffold.prompts import Terminal, ask, can_ask, choose, open_terminal
from scaffold.record import Record, read_record
from scaffold.render import render
from scaffold.report import (
    Style,
    error_as_json,
    init_as_json,
    style_of,
    tell_app,
    tell_diff,
    tell_files,
    tell_how_to_write,
    tell_next,
    tell_placeholders,
    tell_plan,
    tell_record,
    tell_warnings,
)
from scaffold.tree import Tree

#: What becomes of a file that then has what the plan says, and nothing else.
_AS_RENDERED = ("create", "identical", "update", "replace")

#: After so many seconds a person wants to know what takes so long.
PATIENCE = 1.0


class Folder(NamedTuple):
    """A folder that was looked at: what was said of it, and what is in it."""

    root: Path
    tree: Tree
    said: tuple[Said, ...]
    record: Record | None
    answers: Answers
    detection: Detection

    def asked_again(self, prompted: Mapping[str, Fact]) -> "Folder":
        """Return the folder as the detectors see it with more answers."""
        answers = {**self.answers, **prompted}
        return self._replace(answers=answers, detection=detect(self.tree, answers))


def run(options: Namespace) -> int:
    """Write and report; with --json one object, whatever happens."""
    try:
        changes = _init(options)
    except ScaffoldError as error:
        if options.json:
            print(json.dumps(error_as_json(error), indent=2))
        raise
    _refuse_conflicts(changes)
    return 0


def _init(options: Namespace) -> Sequence[Change]:
    """Detect, ask, plan, render, compare, write, report."""
    folder, finding = _ask_what_is_open(*_find_app(options), options)
    plan = make_plan(finding, builtin(), folder.answers)
    kept = _as_recorded(folder, plan)
    texts = render(kept)
    rendered = {path: text for path, text in texts.items() if _is_wanted(path, options)}
    dropped = folder.record.files.keys() - texts.keys() if folder.record is not None else ()
    changes = compare(rendered, folder.root, folder.record, force=options.force, dropped=dropped)
    written = () if options.dry_run or options.diff else _write(folder, kept, changes)
    _report(folder, plan, changes, written, options)
    return changes


def _is_wanted(path: str, options: Namespace) -> bool:
    return not (options.no_compose and path.startswith("compose."))


def _write(folder: Folder, plan: Plan, changes: Sequence[Change]) -> tuple[str, ...]:
    """Write files and record, and return the paths that were written."""
    answers = {key: fact.value for key, fact in sorted(plan.answered.items())}
    if folder.record is not None and _changes_nothing(changes):
        answers = dict(folder.record.answers)
    new = Record(__version__, builtin().pins, answers)
    return apply_changes(folder.root, changes, record_changes(changes, folder.record, new))


# -- what is kept of the answers


def _changes_nothing(changes: Sequence[Change]) -> bool:
    """Whether conflicts left no file to write: then none is made from the answers, and none is recorded."""
    return {change.status for change in changes} <= {"conflict", "identical", "edited"} and any(
        change.status == "conflict" for change in changes
    )


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
    return make_plan(again, builtin(), answers)


def _offered(folder: Folder, plan: Plan) -> dict[str, Value]:
    """Return the values that there would be if nobody had answered."""
    here = [finding for finding in detect(folder.tree).findings if finding.path == "."]
    facts = next((finding.facts for finding in here if finding.stack == plan.stack), {})
    usual = {v.name: v.default for v in builtin().variables(plan.stack) if v.default is not None}
    only = {STACK.name: plan.stack} if len(here) == 1 else {}
    return {**usual, **{key: fact.value for key, fact in facts.items()}, **only}


def _value(plan: Plan, key: str) -> Value:
    return plan.values[key].value if key in plan.values else None


def _refuse_conflicts(changes: Sequence[Change]) -> None:
    conflicts = [change for change in changes if change.status == "conflict"]
    if not conflicts:
        return
    reasons = dict.fromkeys(change.why for change in sorted(conflicts, key=lambda change: change.ours))
    said = [f"{', '.join(c.path for c in conflicts if c.why == why)}: {why}" for why in reasons]
    rest = "; nothing else was written either" if any(change.held for change in changes) else ""
    raise Conflict(
        f"left alone: {'; '.join(said)}{rest} (--force replaces, and keeps what was there as NAME.orig)"
    )


# -- which app


def _find_app(options: Namespace) -> tuple[Folder, Finding]:
    """Return the one app here. One that lies below is looked at as if we had been called there."""
    folder = _look(Path(options.path), said_in(options))
    findings = folder.detection.deployable or folder.detection.findings
    if not findings:
        raise nothing_found(options)
    path = _choose_path({finding.path: finding for finding in findings}, folder, options)
    answers = next((finding.from_root for finding in findings if finding.path == path), {})
    if answers:  # its own folder is not enough for it
        said = tuple(Said(key, value, "prompt", "the app that was chosen") for key, value in answers.items())
        return _choose_stack(_look(folder.root, (*folder.said, *said)), options)
    if path != ".":
        names = {path, *(name_of(finding) for finding in findings if finding.path == path)}
        folder = _look(folder.root / path, tuple(_said_of(folder.said, names)))
    return _choose_stack(folder, options)


def _look(root: Path, said: tuple[Said, ...]) -> Folder:
    with _patience(f"reading {root}", sys.stderr):
        tree = Tree.at(root)
        record = read_record(root)
        recorded = from_record(record.answers) if record is not None else ()
        answers = settled((*said, *recorded))
        return Folder(root, tree, said, record, answers, detect(tree, answers))


def _said_of(said: tuple[Said, ...], names: set[str]) -> Iterator[Said]:
    """Yield what was said of all apps, and of the one that is called by NAMES; for it alone comes first."""
    own = [one._replace(key=one.variable) for one in said if one.app in names]
    known = {(one.key, one.by) for one in own}
    yield from own
    yield from (one for one in said if not one.app and (one.key, one.by) not in known)


def _choose_path(apps: Mapping[str, Finding], folder: Folder, options: Namespace) -> str:
    if len(apps) == 1:
        return next(iter(apps))
    terminal = _terminal(options)
    if terminal is not None:
        for finding in folder.detection.deployable:
            _say(tell_app(finding, _style(sys.stderr)))
        return choose("Which app?", list(apps), terminal)
    for finding in apps.values():
        _say(f"  {command_for(options, finding)}\n")
    raise NothingFound(
        f"{len(apps)} apps here, and nothing that decides: each has a command of its own, above"
    )


def _choose_stack(folder: Folder, options: Namespace) -> tuple[Folder, Finding]:
    """Return what one detector found: the only one, or the one that was asked for."""
    here = [finding for finding in folder.detection.findings if finding.path == "."]
    stacks = [finding.stack for finding in here]
    if len(stacks) == 1:
        return folder, here[0]
    if not stacks:
        raise nothing_found(options)
    terminal = _terminal(options)
    if terminal is None:
        found = "; ".join(f"--stack {finding.stack} ({finding.because})" for finding in here)
        raise NothingFound(f"this is several things at once; say which: {found}")
    folder = folder.asked_again({STACK.name: Fact(choose(STACK.about, stacks, terminal), "answer: prompt")})
    return folder, folder.detection.findings[0]


# -- what is open


def _ask_what_is_open(folder: Folder, finding: Finding, options: Namespace) -> tuple[Folder, Finding]:
    """Ask until nothing is open; an answer can close other questions, and open new ones."""
    terminal, shown = _terminal(options), False
    while terminal is not None and (questions := _open_questions(finding, folder.answers)):
        if not shown:
            _say(tell_app(finding, _style(sys.stderr)))
            shown = True
        candidates = {ambiguity.key: ambiguity.candidates for ambiguity in finding.ambiguities}
        folder = folder.asked_again(ask(questions[:1], candidates, terminal))
        finding = next(
            f for f in folder.detection.findings if f.stack == finding.stack and f.path == finding.path
        )
    return folder, finding


def _open_questions(finding: Finding, answers: Answers) -> list[Variable]:
    """Return what is ambiguous, then what is missing, each once; of a library nothing is asked."""
    known = {variable.name: variable for variable in builtin().variables(finding.stack)}
    keys = [ambiguity.key for ambiguity in finding.ambiguities]
    keys += [variable.name for variable in missing(finding, tuple(known.values()), answers)]
    return [known[key] for key in dict.fromkeys(keys) if key in known and key not in answers]


def _terminal(options: Namespace) -> Terminal | None:
    """Return where a person can be asked, or None."""
    if options.yes or options.json or options.answers == "-":
        return None
    return open_terminal(sys.stdin, sys.stderr) if can_ask(sys.stdin, sys.stderr, os.environ) else None


# -- how it is said


def _report(
    folder: Folder, plan: Plan, changes: Sequence[Change], written: Sequence[str], options: Namespace
) -> None:
    warnings = tuple(dict.fromkeys([*folder.detection.warnings, *plan.warnings]))
    if options.json:
        print(
            json.dumps(
                init_as_json(plan, builtin().variables(plan.stack), changes, written, warnings), indent=2
            )
        )
    screen = sys.stderr if options.json or options.diff else sys.stdout
    style = _style(screen)
    conflicts = [change for change in changes if change.status == "conflict"]
    files = tell_files(changes, style) + tell_record(written)
    outcome = _tell_outcome(changes, written, options)
    composed = any(c.path == "compose.yaml" and c.status in _AS_RENDERED for c in changes)
    around = (tell_placeholders(plan, style, composed=composed), tell_warnings(warnings, style))
    parts = (
        (tell_plan(plan, style), *around, "" if options.diff else tell_diff(conflicts, style), files, outcome)
        if conflicts
        else (tell_plan(plan, style), files, outcome, *around, _tell_next(folder, plan, changes, options))
    )
    print("\n".join(part for part in parts if part), end="", file=screen)
    if options.diff:
        print(tell_diff(changes, _style(sys.stdout)), end="")


def _tell_next(folder: Folder, plan: Plan, changes: Sequence[Change], options: Namespace) -> str:
    """Return what comes next: nothing where nothing changed, the writing after a look, else the first run."""
    if _is_as_it_was(changes):
        return ""
    if options.dry_run or options.diff:
        return tell_how_to_write(command_to_write(options))
    return tell_next(plan, [change.path for change in changes if change.after is not None], str(folder.root))


def _is_as_it_was(changes: Sequence[Change]) -> bool:
    return all(change.status in ("identical", "edited") for change in changes)


def _tell_outcome(changes: Sequence[Change], written: Sequence[str], options: Namespace) -> str:
    if _is_as_it_was(changes) and not written:
        return "nothing changed\n"
    return "nothing was written: this was only a look\n" if options.dry_run or options.diff else ""


def _style(stream: TextIO | None) -> Style:
    return style_of(stream, os.environ)


def _say(text: str) -> None:
    print(text, end="", file=sys.stderr)


@contextmanager
def _patience(text: str, screen: TextIO | None) -> Iterator[None]:
    """Say TEXT on a terminal where what follows takes long."""
    if screen is None or not screen.isatty():
        yield
        return
    from threading import Timer

    timer = Timer(PATIENCE, _say, [f"scaffold: {text} …\n"])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
