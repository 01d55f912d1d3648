"""The terminal that a command was called on: who can be asked there, and what a person is told meanwhile."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from scaffold.answers import STACK, Said
from scaffold.commands import PACK_VARIABLE, command_for, said_in
from scaffold.errors import NothingFound
from scaffold.model import Fact, Finding, Variable
from scaffold.project import Folder, SeveralApps, look
from scaffold.prompts import Terminal, ask, can_ask, choose, open_terminal
from scaffold.report import Style, style_of, tell_app

#: After so many seconds a person wants to know what takes so long.
PATIENCE = 1.0


def look_at(options: Namespace, said: Sequence[Said] | None = None) -> Folder:
    """Read the folder that the command was given, with what it was told, which may have been SAID before."""
    said, root = said_in(options) if said is None else said, Path(options.path)
    with patience(f"reading {root}", sys.stderr):
        usual = os.environ.get(PACK_VARIABLE)
        return look(root, said, options.pack, usual, asks=options.command == "update")


class Typist:
    """A person on a terminal, who is shown what was found before the first question about it."""

    def __init__(self, terminal: Terminal) -> None:
        """Ask on TERMINAL."""
        self._terminal = terminal
        self._is_shown = False

    def choose_app(self, findings: Sequence[Finding]) -> str:
        """Show every app, and ask which."""
        for finding in findings:
            say(tell_app(finding, style_on(sys.stderr)))
        paths = dict.fromkeys(finding.path for finding in findings)
        return choose("Which app?", list(paths), self._terminal)

    def choose_stack(self, stacks: Sequence[str]) -> str:
        """Ask which of STACKS it is."""
        return choose(STACK.about, stacks, self._terminal)

    def answer(self, finding: Finding, variable: Variable, candidates: Sequence[str]) -> Fact:
        """Ask for one VARIABLE."""
        if not self._is_shown:
            say(tell_app(finding, style_on(sys.stderr)))
            self._is_shown = True
        among = {variable.name: candidates} if candidates else {}
        return ask([variable], among, self._terminal)[variable.name]


def person(options: Namespace) -> Typist | None:
    """Return whom one can ask, or None."""
    terminal = terminal_of(options)
    return Typist(terminal) if terminal is not None else None


def terminal_of(options: Namespace) -> Terminal | None:
    """Return where a person can be asked, or None: there is none, or nothing is to be asked."""
    if options.yes or options.json or options.answers == "-":
        return None
    return open_terminal(sys.stdin, sys.stderr) if can_ask(sys.stdin, sys.stderr, os.environ) else None


def each_has_a_command(error: SeveralApps, options: Namespace) -> NothingFound:
    """Say which command there is for each of several apps, and return the error that points there."""
    for finding in error.findings:
        say(f"  {command_for(options, finding)}\n")
    return NothingFound(
        f"{len(error.findings)} apps here, and nothing that decides: each has a command of its own, above"
    )


# -- how it is said


def style_on(stream: TextIO | None) -> Style:
    """Return how much STREAM takes."""
    return style_of(stream, os.environ)


def say(text: str) -> None:
    """Print TEXT for a person."""
    print(text, end="", file=sys.stderr)


@contextmanager
def patience(text: str, screen: TextIO | None) -> Iterator[None]:
    """Say TEXT on a terminal where what follows takes long."""
    if screen is None or not screen.isatty():
        yield
        return
    from threading import Timer

    timer = Timer(PATIENCE, say, [f"scaffold: {text} …\n"])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
