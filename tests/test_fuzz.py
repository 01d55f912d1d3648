"""Fuzzing for half a minute, and what fuzzing ever found; and that it finds what is there to be found."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from random import Random

import fuzz
import pytest
from fuzzing import oracle
from fuzzing.mutators import CANARY
from fuzzing.oracle import judge
from fuzzing.seeds import seeds, tokens
from fuzzing.shrink import shrunk

from scaffold.detect import detect
from scaffold.reading.tree import Tree

#: How long the short run takes.
SECONDS = 30

#: Seeds of stacks that there is no detector for.
UNKNOWN = {"docker", "others"}

#: The smallest projects that once ended in an exception, took too long or wrote what they should not have.
FOUND: Mapping[str, Mapping[str, str | bytes]] = {
    "build-system is no table": {"pyproject.toml": '"build-system" = "0"'},
    "the default project of Angular is no name": {
        "package.json": '{"scripts": {"build": "ng build"}, "devDependencies": {"@angular/cli": "19"}}',
        "angular.json": '{"defaultProject": {"a": []}, "projects": {"ng": {"projectType": "application"}}}',
    },
    "a package of a workspace has no name": {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["a"]\n[project]\nname = "a"\nversion = "1"\n',
        "uv.lock": 'manifest = { members = ["a"] }\n[[package]]\nname = { a = 1 }\n',
    },
    "a line of blanks among the requirements": {"requirements.txt": "flask\n-r a" + "\r" * 30_000 + "x"},
    "tests of empty lines": {"requirements.txt": "flask\n", "tests/test_a.py": "\n" * 60_000 + "x"},
    "a scheme of empty lines": {
        "package.json": '{"dependencies": {"@prisma/client": "6"}, "scripts": {"start": "node x.js"}}',
        "prisma/schema.prisma": "generator a {" + "\n" * 60_000 + "}",
    },
    "a long line of dots among the requirements": {
        "requirements.txt": "flask\nredis://" + "a." * 20_000 + "\n"
    },
    "a long line of at signs among the requirements": {
        "requirements.txt": "flask\ngit+https://a" + "@" * 60_000 + "/x\n"
    },
    "a constraint of Go that is a thousand deep": {
        "go.mod": "module a\ngo 1.26\n",
        "main.go": "//go:build "
        + "(" * 2_000
        + "linux"
        + ")" * 2_000
        + "\n\npackage main\n\nfunc main() {}\n",
    },
    "a variable of thousands of letters": {
        "requirements.txt": "flask\n",
        "main.py": f"import flask, os\napp = flask.Flask(__name__)\nkey = os.environ['{'A' * 3_000}']\n",
    },
    "an index of thousands of letters": {
        "requirements.txt": "--index-url https://${" + "A" * 3_000 + "}@pypi.acme.com/simple\nflask\n",
        "main.py": "import flask\napp = flask.Flask(__name__)\n",
    },
    "a process of thousands of letters": {
        "requirements.txt": "flask\n",
        "main.py": "import flask\napp = flask.Flask(__name__)\n",
        "Procfile": "web: flask run\n" + "a" * 3_000 + ": python x.py\n",
    },
    "a range from a version to none": {
        "package.json": '{"dependencies": {"next": "15.0.   - x==6"}, "scripts": {"start": "next start"}}',
    },
    "a start command of no words": {
        "requirements.txt": "flask\n",
        "railway.toml": 'deploy = {startCommand = "--"}\n',
    },
    "a workspace of Go without a module, beside something else": {
        "go.work": "go 1.24\nuse ./lib\n",
        "package.json": '{"dependencies": {"astro": "7"}}',
        "requirements.in": "flask\n",
    },
    "a package.json of nothing, beside Python": {"requirements.txt": "flask\n", "package.json": "null"},
    "a workspace of thousands of brackets": {
        "package.json": '{"scripts": {"start": "node a.js"}, "workspaces": ["apps' + "[" * 20_000 + '"]}',
        "apps/a/package.json": '{"name": "a"}',
    },
    "a process is called null": {
        "requirements.txt": "flask\ngunicorn\n",
        "Procfile": "web: gunicorn app:app\nnull: python job.py\n",
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
        "job.py": "print()\n",
    },
    "a folder with a very long name is written to": {
        "requirements.txt": "streamlit\n",
        "app.py": "import streamlit as st\nst.title('x')\nopen('data" + "/a" * 600 + "/x', 'w')\n",
    },
}


def test_a_short_run_finds_nothing() -> None:
    outcome = fuzz.fuzz(sys.maxsize, SECONDS, seed=0, jobs=os.cpu_count() or 1)
    assert [fuzz.explain(found, seed=0) for found in outcome.found] == []
    assert outcome.runs > 0


@pytest.mark.parametrize("files", FOUND.values(), ids=FOUND)
def test_what_fuzzing_found_stays_mended(files: Mapping[str, str | bytes]) -> None:
    failure = judge(files, Random(0))
    assert failure is None, failure.trace or failure.said


# -- that it would find something


@pytest.mark.parametrize(("name", "files"), seeds(), ids=[name for name, _ in seeds()])
def test_a_seed_is_understood(name: str, files: Mapping[str, str]) -> None:
    assert bool(detect(Tree(files)).deployable) == (name not in UNKNOWN)
    assert judge(files, Random(0)) is None


def test_the_words_that_readers_know_are_tried() -> None:
    assert {"packageManager", "requires-python", "startCommand", "knexfile.js"} <= set(tokens())


def test_a_run_is_the_same_again_and_another_with_another_seed() -> None:
    assert fuzz.project(1, 7)[:2] == fuzz.project(1, 7)[:2]
    assert fuzz.project(1, 7)[:2] != fuzz.project(2, 7)[:2]


def fails_with(monkeypatch: pytest.MonkeyPatch, reader: object) -> str:
    """Return what is said of a project whose reader does this."""
    monkeypatch.setattr(oracle, "detect", reader)
    failure = judge({"index.html": "x"}, Random(0))
    assert failure
    return failure.said


def test_an_exception_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def reader(tree: Tree) -> None:
        raise KeyError("x")

    assert fails_with(monkeypatch, reader) == "KeyError: 'x'"


def test_what_takes_long_is_a_failure_and_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def reader(tree: Tree) -> object:
        end = time.process_time() + 10
        while time.process_time() < end:
            pass
        return detect(tree)

    monkeypatch.setattr(oracle, "STUCK", 0.2)
    assert fails_with(monkeypatch, reader).startswith("Stuck: still at it")
    monkeypatch.setattr(oracle, "SLOW", 0.0)
    assert fails_with(monkeypatch, detect).startswith("took ")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", f"# syntax=docker/dockerfile:1\nFROM x AS prod\nRUN a\n{CANARY} x\n"),
        ("Dockerfile", "FROM x AS prod\n"),
        ("Dockerfile", "# syntax=docker/dockerfile:1\nFROM x AS prod\nCMD a\n"),
        ("Dockerfile", "# syntax=docker/dockerfile:1\nFROM x AS prod\nb\n"),
        ("Dockerfile", "# syntax=docker/dockerfile:1\nFROM x AS prod\n# \x1b\n"),
        ("compose.yaml", 'services: {a: {image: "${X:?}"}}\n'),
        ("compose.yaml", "services: {a: {}}\nb: {}\n"),
        ("compose.yaml", "services: {a: b}\n"),
        ("compose.yaml", "services: {a\n"),
    ],
)
def test_a_file_that_a_project_could_have_spoilt_is_a_failure(
    path: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracle, "render", lambda plan: {path: text})
    assert judge(dict(seeds())["examples/static-html"], Random(0))


def test_a_process_that_dies_is_a_failure_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def deadly(files: object, random: Random) -> None:
        if files == fuzz.project(0, 3)[1]:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(fuzz, "judge", deadly)
    outcome = fuzz.fuzz(8, 60, seed=0, jobs=2)
    assert [(found.case, found.failure.said) for found in outcome.found] == [(3, "the process ended with -9")]
    assert outcome.runs >= 6


def test_a_failure_is_made_small() -> None:
    files: Mapping[str, str | bytes] = {"a": "1\n2 x 3\n", "b": b"1y", "c": "z"}
    least = shrunk(files, lambda less: "x" in str(less.get("a")) and "y" in str(less.get("b")))
    assert least == {"a": "x", "b": b"y"}
