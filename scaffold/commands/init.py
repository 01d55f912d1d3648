"""`scaffold init`: from a folder to the files in it, one step after the other."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from scaffold.answers import STACK
from scaffold.api import Folder, LeftAlone, Outcome, SeveralApps, apply, look, plan_project
from scaffold.changes import Change
from scaffold.commands import command_for, command_to_write, said_in
from scaffold.errors import NothingFound, ScaffoldError
from scaffold.model import Fact, Finding, Variable
from scaffold.prompts import Terminal, ask, can_ask, choose, open_terminal
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

#: What becomes of a file that then has what the plan says, and nothing else.
_AS_RENDERED = ("create", "identical", "update", "replace")

#: After so many seconds a person wants to know what takes so long.
PATIENCE = 1.0


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
    folder, person = _look(options), _person(options)
    try:
        outcome = plan_project(folder, person, force=options.force, compose=not options.no_compose)
    except SeveralApps as error:
        for finding in error.findings:
            _say(f"  {command_for(options, finding)}\n")
        raise NothingFound(
            f"{len(error.findings)} apps here, and nothing that decides: each has a command of its own, above"
        ) from None
    if not (options.dry_run or options.diff):
        outcome = apply(outcome)
    _report(outcome, options)
    return outcome


def _look(options: Namespace) -> Folder:
    said, root = said_in(options), Path(options.path)
    with _patience(f"reading {root}", sys.stderr):
        return look(root, said)


# -- who is asked


class Typist:
    """A person on a terminal, who is shown what was found before the first question about it."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._is_shown = False

    def choose_app(self, findings: Sequence[Finding]) -> str:
        """Show every app, and ask which."""
        for finding in findings:
            _say(tell_app(finding, _style(sys.stderr)))
        paths = dict.fromkeys(finding.path for finding in findings)
        return choose("Which app?", list(paths), self._terminal)

    def choose_stack(self, stacks: Sequence[str]) -> str:
        """Ask which of STACKS it is."""
        return choose(STACK.about, stacks, self._terminal)

    def answer(self, finding: Finding, variable: Variable, candidates: Sequence[str]) -> Fact:
        """Ask for one VARIABLE."""
        if not self._is_shown:
            _say(tell_app(finding, _style(sys.stderr)))
            self._is_shown = True
        among = {variable.name: candidates} if candidates else {}
        return ask([variable], among, self._terminal)[variable.name]


def _person(options: Namespace) -> Typist | None:
    """Return whom one can ask, or None."""
    if options.yes or options.json or options.answers == "-":
        return None
    if not can_ask(sys.stdin, sys.stderr, os.environ):
        return None
    return Typist(open_terminal(sys.stdin, sys.stderr))


# -- how it is said


def _report(outcome: Outcome, options: Namespace) -> None:
    plan, changes, written = outcome.plan, outcome.changes, outcome.written
    if options.json:
        print(json.dumps(init_as_json(outcome), indent=2))
    screen = sys.stderr if options.json or options.diff else sys.stdout
    style = _style(screen)
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
        print(tell_diff(changes, _style(sys.stdout)), end="")


def _tell_next(outcome: Outcome, options: Namespace) -> str:
    """Return what comes next: nothing where nothing changed, the writing after a look, else the first run."""
    if _is_as_it_was(outcome.changes):
        return ""
    if options.dry_run or options.diff:
        return tell_how_to_write(command_to_write(options))
    paths = [change.path for change in outcome.changes if change.after is not None]
    return tell_next(outcome.plan, paths, str(outcome.folder.root))


def _is_as_it_was(changes: Sequence[Change]) -> bool:
    return all(change.status in ("identical", "edited") for change in changes)


def _tell_result(changes: Sequence[Change], written: Sequence[str], options: Namespace) -> str:
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
