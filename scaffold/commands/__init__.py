"""What each command does: a module for each, with one function `run`. Here is what they have in common."""

from __future__ import annotations

import os
import posixpath
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scaffold.answers import STACK, Said, listen, settle
from scaffold.detect import looked_for
from scaffold.errors import NothingFound, WrongUse
from scaffold.model import Answers, Finding

if TYPE_CHECKING:
    from scaffold.packs import Pack

#: The flags that are a variable's own.
NAMED = ("stack", "kind", "final")


def said_in(options: Namespace) -> tuple[Said, ...]:
    """Return what the command was told, by flags, environment and file."""
    named = {name: getattr(options, name, None) for name in NAMED}
    return listen(options.set, named, options.answers, os.environ, getattr(sys.stdin, "buffer", None))


def settled(said: Iterable[Said], pack: Pack | None = None) -> Answers:
    """Return SAID as answers: checked with PACK's variables, and for no stack that it has nothing for."""
    if not (said := tuple(said)):  # then no pack need be read
        return {}
    from scaffold.packs import builtin

    pack = pack or builtin()
    answers = settle(said, pack.all_variables())
    for key, fact in answers.items():
        if key.rpartition(".")[2] == STACK.name:
            refuse_unknown_stack(str(fact.value), "--stack", pack)
    return answers


def refuse_unknown_stack(stack: str, place: str, pack: Pack) -> None:
    """Refuse a STACK that is one, and that PACK has no templates for."""
    if stack not in pack.stacks:
        raise WrongUse(f"{place}: there is no pack for {stack} (there are: {', '.join(pack.stacks)})")


def nothing_found(options: Namespace) -> NothingFound:
    """Return the error that says what was looked for."""
    stack = f"no {options.stack} app" if options.stack else "nothing to containerise"
    return NothingFound(f"{stack} in {shlex.quote(options.path)}; looked for {'; '.join(looked_for())}")


def command_for(options: Namespace, finding: Finding) -> str:
    """Return the command that initialises the app of FINDING, one of several."""
    if finding.from_root:
        pairs = [word for key, value in finding.from_root.items() for word in ("--set", f"{key}={value}")]
        return f"{options.program} init {shlex.join([options.path, *pairs])}"
    path = finding.path
    return f"{options.program} init {shlex.quote(posixpath.normpath(posixpath.join(options.path, path)))}"


def command_to_write(options: Namespace) -> str:
    """Return the command that writes what was only looked at: the same, with the same answers."""
    words = [*options.program.split(), "init", *([] if options.path == "." else [options.path])]
    for name in NAMED:
        words += [f"--{name}", value] if (value := getattr(options, name)) is not None else []
    words += [word for pair in options.set for word in ("--set", pair)]
    words += ["--answers", options.answers] if options.answers is not None else []
    words += ["--force"] * options.force + ["--no-compose"] * options.no_compose + ["--yes"] * options.yes
    return shlex.join(words)
