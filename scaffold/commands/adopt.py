"""`scaffold adopt`: take over the Docker files that a project has, and change none of them."""

import json
import sys
from argparse import Namespace

from scaffold.api import Outcome, SeveralApps, apply, plan_adoption
from scaffold.commands import command_to_write
from scaffold.commands.terminal import each_has_a_command, look_at, person, style_on
from scaffold.errors import ScaffoldError
from scaffold.report import (
    error_as_json,
    outcome_as_json,
    tell_adopted,
    tell_diff,
    tell_files,
    tell_how_to_write,
    tell_plan,
    tell_record,
    tell_warnings,
)


def run(options: Namespace) -> int:
    """Take over and report; with --json one object, whatever happens."""
    try:
        outcome = _adopt(options)
    except ScaffoldError as error:
        if options.json:
            print(json.dumps(error_as_json(error), indent=2))
        raise
    if options.json:
        print(json.dumps(outcome_as_json(outcome), indent=2))
    _tell(outcome, options)
    return 0


def _adopt(options: Namespace) -> Outcome:
    """Look, ask, plan, write the record."""
    folder, whom = look_at(options), person(options)
    try:
        outcome = plan_adoption(folder, whom)
    except SeveralApps as error:
        raise each_has_a_command(error, options) from None
    return outcome if options.dry_run or options.diff else apply(outcome)


def _tell(outcome: Outcome, options: Namespace) -> None:
    is_a_look = options.dry_run or options.diff
    screen = sys.stderr if options.json or options.diff else sys.stdout
    style = style_on(screen)
    files = tell_files(outcome.changes, style) + tell_record(outcome.written)
    after = tell_adopted(outcome, options.program)
    if is_a_look:
        after = "nothing was written: this was only a look\n\n" + tell_how_to_write(command_to_write(options))
    parts = (tell_plan(outcome.plan, style), files, after, tell_warnings(outcome.warnings, style))
    print("\n".join(part for part in parts if part), end="", file=screen)
    if options.diff:
        print(tell_diff(outcome.changes, style_on(sys.stdout)), end="")
