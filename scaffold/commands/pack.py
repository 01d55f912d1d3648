"""`scaffold pack`: make a pack, find what is wrong with it, and see what it does to projects."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scaffold.answers import from_flags
from scaffold.cases import Case, accept, case_of, cases_of, compared, effect, told
from scaffold.errors import EXIT_FINDINGS, CannotWrite, WrongUse
from scaffold.fetching.overlays import NAME
from scaffold.fetching.sources import load
from scaffold.lint import lint
from scaffold.packs import Pack
from scaffold.paths import printable
from scaffold.problems import Problem
from scaffold.report import style_of

_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}


def run(options: Namespace) -> int:
    """Do what the first word says."""
    match options.action:
        case "new":
            return _new(Path(_one(options, "FOLDER")))
        case "lint":
            return _lint(_one(options, "SOURCE"), options)
        case "test":
            return _test(_one(options, "FOLDER"), options)
        case _:
            return _diff(options)


def _one(options: Namespace, word: str) -> str:
    if len(options.source) != 1:
        raise WrongUse(f"scaffold pack {options.action} takes one {word}")
    return str(options.source[0])


# -- new

PACK_TOML = """\
# What this pack changes of the one that it stands on.

name = "{name}"
version = "0.1.0"
description = "What it is for"

# The stacks that it is for; without this line, all.
# stacks = ["python", "node"]

# Other images, by the names that templates have for them.
# images.python.base = "registry.example.com/python:{{release}}-slim-{{suite}}"

# Another default, or a variable of its own, which templates read by its name.
# [variables.final]
# default = "distroless"
"""

DOCKERFILE = """\
{% extends "parent" %}
{# In a block, super() is what the pack below says. #}
{% block labels %}
{{ super() -}}
LABEL com.example.owner=platform
{% endblock %}
"""

#: A case to begin with: the smallest project that has a server.
PROJECT = {
    "requirements.txt": "flask==3.1.2\n",
    "app.py": (
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n"
        '@app.get("/")\ndef home() -> str:\n    return "hello"\n'
    ),
}


def _new(folder: Path) -> int:
    """Write a pack to begin with, and what it makes of a first project."""
    name = folder.absolute().name.lower()
    if not NAME.fullmatch(name):
        raise WrongUse(
            f"{printable(str(folder))}: a pack is called in small letters and digits, such as acme"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(f"{printable(str(folder))}: is there, and no empty folder")
    files = {"pack.toml": PACK_TOML.format(name=name), "Dockerfile.j2": DOCKERFILE}
    files |= {f"tests/web/project/{path}": text for path, text in PROJECT.items()}
    with _writing(folder):
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8", newline="")
        for case in cases_of(folder):
            accept(case, _pack(str(folder)))
    for path in sorted(files):
        print(f"  create  {path}")
    print("  create  tests/web/expected/\n")
    print(f"next: change it, look at what it does, and accept that:\n  scaffold pack test {folder}")
    print(f"  scaffold pack test {folder} --update\nin a project:\n  scaffold init --pack {folder}")
    return 0


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"{printable(str(folder))}: {(error.strerror or '').lower()}") from None


# -- lint


def _lint(source: str, options: Namespace) -> int:
    """Print each problem; errors are findings."""
    problems = lint(source, Path())
    if options.json:
        print(json.dumps({"schema": 1, "problems": [_as_json(problem) for problem in problems]}, indent=2))
    else:
        style = style_of(sys.stdout, os.environ)
        for problem in problems:
            head = style.paint(f"{problem.severity}:", _COLOURS[problem.severity])
            print(f"{head} {printable(_said(problem))} ({problem.rule})")
        if not problems:
            print("nothing to mend")
    return EXIT_FINDINGS if any(problem.severity == "error" for problem in problems) else 0


def _said(problem: Problem) -> str:
    """Return the problem after its place, which some messages name themselves."""
    named = problem.message.startswith(problem.path)
    return problem.message if named else f"{problem.place}: {problem.message}"


def _as_json(problem: Problem) -> dict[str, str | int | None]:
    keys = ("rule", "severity", "path", "line", "message")
    return {key: getattr(problem, key) for key in keys}


# -- test and diff


def _pack(source: str) -> Pack:
    return load(source, Path())


def _test(source: str, options: Namespace) -> int:
    """Compare what the pack makes of its cases with what was reviewed; or take it for reviewed."""
    cases, pack = cases_of(Path(source)), _pack(source)
    if not cases:
        raise WrongUse(f"{source}: has no cases: make tests/NAME/project, or tests/NAME/case.toml")
    if options.update:
        with _writing(Path(source)):
            for case in cases:
                accept(case, pack)
        print(f"{_count(cases)} written anew: review the difference")
        return 0
    differences = [(case, compared(case, pack)) for case in cases]
    for case, changes in differences:
        print(f"  {'DIFFERS' if changes else 'ok'}  {case.name}")
    print("".join(told(changes) for _, changes in differences), end="")
    return EXIT_FINDINGS if any(changes for _, changes in differences) else 0


def _count(cases: tuple[Case, ...]) -> str:
    return f"{len(cases)} case{'' if len(cases) == 1 else 's'}"


def _diff(options: Namespace) -> int:
    """Show what one pack, or version of it, changes beside another."""
    if len(options.source) != 2:
        raise WrongUse("scaffold pack diff takes two sources: the old one and the new one")
    old, new = options.source
    answers = {said.key: said.value for said in from_flags(options.set, {})}
    cases = [case_of(project, answers) for project in options.project]
    cases = cases or [*cases_of(Path(new))] or [*cases_of(Path(old))]
    if not cases:
        raise WrongUse("neither pack is a folder with cases; name a project: --project PATH")
    print(effect(cases, _pack(old), _pack(new)), end="")
    return 0
