"""What each command does: a module for each, with one function `run`. Here is what they have in common."""

from __future__ import annotations

import os
import posixpath
import shlex
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from scaffold.answers import Said, listen
from scaffold.model import Finding

if TYPE_CHECKING:
    from scaffold.packs import Pack

#: The flags that are a variable's own.
NAMED = ("stack", "kind", "final")

#: The source of the pack for a project with no record.
PACK_VARIABLE = "SCAFFOLD_PACK"

#: The flags that say what is written, and how, and no answer.
SWITCHES = ("force", "no_compose", "recursive", "yes")


def said_in(options: Namespace) -> tuple[Said, ...]:
    """Return what the command was told, by flags, environment and file."""
    named = {name: getattr(options, name, None) for name in NAMED}
    return listen(options.set, named, options.answers, os.environ, getattr(sys.stdin, "buffer", None))


def pack_in(options: Namespace) -> Pack:
    """Return the pack that the command was told of, or else the built-in one."""
    source = options.pack or os.environ.get(PACK_VARIABLE)
    if not source:
        from scaffold.packs import builtin

        return builtin()
    from pathlib import Path

    from scaffold.fetching.sources import load

    return load(source, Path())


def command_for(options: Namespace, finding: Finding) -> str:
    """Return the command that initialises the app of FINDING, one of several."""
    if finding.from_root:
        pairs = [word for key, value in finding.from_root.items() for word in ("--set", f"{key}={value}")]
        return f"{options.program} init {shlex.join([options.path, *pairs])}"
    path = finding.path
    return f"{options.program} init {shlex.quote(posixpath.normpath(posixpath.join(options.path, path)))}"


def command_to_write(options: Namespace) -> str:
    """Return the command that writes what was only looked at: the same, with the same answers."""
    words = [*options.program.split(), options.command, *([] if options.path == "." else [options.path])]
    for name in NAMED:
        words += [f"--{name}", value] if (value := getattr(options, name, None)) is not None else []
    words += [word for pair in options.set for word in ("--set", pair)]
    words += ["--answers", options.answers] if options.answers is not None else []
    words += ["--pack", options.pack] if getattr(options, "pack", None) is not None else []
    for name in SWITCHES:
        words += [f"--{name.replace('_', '-')}"] * getattr(options, name, False)
    return shlex.join(words)
