"""`scaffold init`: from a folder to the files in it, one step after the other."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from scaffold.api import LeftAlone, Outcome, SeveralApps, apply, plan_project
from scaffold.commands import command_to_write
from scaffold.commands.terminal import each_has_a_command, look_at, person, style_on
from scaffold.errors import ScaffoldError
from scaffold.report import (
    error_as_json,
    outcome_as_json,
    tell_diff,
    tell_files,
    tell_how_to_write,
    tell_next,
    tell_placeholders,
    tell_plan,
    tell_record,
    tell_warnings,
)
from scaffold.writing.changes import Change, is_as_it_was

#: What becomes of a file that then has what the plan says, and nothing else.
_AS_RENDERED = ("create", "identical", "update", "replace")


def run(options: Namespace) -> int:
    """Write and report; with --json one object, whatever happens."""
    try:
        outcome = _init(options)
    except ScaffoldError as error:
        if options.json:
            print(json.dumps(error_as_json(error), indent=2))
        raise
    if outcome.conflicts:
        raise LeftAlone(outcome)
    return 0


def _init(options: Namespace) -> Outcome:
    """Look, ask, plan, write, report."""
    folder, whom = look_at(options), person(options)
    try:
        outcome = plan_project(folder, whom, force=options.force, compose=not options.no_compose)
    except SeveralApps as error:
        raise each_has_a_command(error, options) from None
    if not (options.dry_run or options.diff):
        outcome = apply(outcome)
    if options.json:
        print(json.dumps(outcome_as_json(outcome), indent=2))
    tell(outcome, options)
    return outcome


def tell(outcome: Outcome, options: Namespace) -> None:
    """Say in words what became of a project, on standard error where the other carries data."""
    plan, changes, written = outcome.plan, outcome.changes, outcome.written
    screen = sys.stderr if options.json or options.diff else sys.stdout
    style = style_on(screen)
    files = tell_files(changes, style) + tell_record(written)
    result = _tell_result(changes, written, options)
    composed = any(c.path == "compose.yaml" and c.status in _AS_RENDERED for c in changes)
    around = (tell_placeholders(plan, style, composed=composed), tell_warnings(outcome.warnings, style))
    if outcome.conflicts:
        diff = "" if options.diff else tell_diff(outcome.conflicts, style)
        parts = (tell_plan(plan, style), *around, diff, files, result)
    else:
        parts = (tell_plan(plan, style), files, result, *around, _tell_next(outcome, options))
    print("\n".join(part for part in parts if part), end="", file=screen)
    if options.diff:
        print(tell_diff(changes, style_on(sys.stdout)), end="")


def _tell_next(outcome: Outcome, options: Namespace) -> str:
    """Return what comes next: nothing where nothing changed, the writing after a look, else the first run."""
    if is_as_it_was(outcome.changes):
        return ""
    if options.dry_run or options.diff:
        return tell_how_to_write(command_to_write(options))
    paths = [change.path for change in outcome.changes if change.after is not None]
    return tell_next(outcome.plan, paths, str(outcome.folder.root))


def _tell_result(changes: Sequence[Change], written: Sequence[str], options: Namespace) -> str:
    if is_as_it_was(changes) and not written:
        return "nothing changed\n"
    return "nothing was written: this was only a look\n" if options.dry_run or options.diff else ""
