"""What each command does: a module for each, with one function `run`. Here is what they have in common."""

from __future__ import annotations

import os
import shlex
import sys
from argparse import Namespace
from pathlib import PurePosixPath

from scaffold.answers import Said, listen
from scaffold.detect import looked_for
from scaffold.errors import NothingFound

#: The flags that are a variable's own.
NAMED = ("stack", "kind", "final")


def said_in(options: Namespace) -> tuple[Said, ...]:
    """Return what the command was told, by flags, environment and file."""
    named = {name: getattr(options, name, None) for name in NAMED}
    return listen(options.set, named, options.answers, os.environ, getattr(sys.stdin, "buffer", None))


def nothing_found(options: Namespace) -> NothingFound:
    """Return the error that says what was looked for."""
    stack = f"no {options.stack} app" if options.stack else "nothing to containerise"
    return NothingFound(f"{stack} in {shlex.quote(options.path)}; looked for {'; '.join(looked_for())}")


def command_for(options: Namespace, path: str) -> str:
    """Return the command that initialises the app at PATH, one of several."""
    return f"scaffold init {shlex.quote(str(PurePosixPath(options.path, path)))}"
