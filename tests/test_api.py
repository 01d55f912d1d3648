"""The function that generators call: the same as the command, as values, with nothing printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from example import EXAMPLES, ROOT, Example

from scaffold import api
from scaffold.api import LeftAlone, Outcome, SeveralApps, apply, init, look, plan_project
from scaffold.errors import CannotWrite, Conflict, NothingFound, ScaffoldError, WrongUse
from scaffold.report import outcome_as_json

WEB = {"requirements.txt": "fastapi\n", "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return what writes a project into a folder of its own."""

    def make(files: Mapping[str, str], name: str = "shop") -> Path:
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text, "utf-8")
        return tmp_path / name

    return make


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def statuses(outcome: Outcome) -> dict[str, str]:
    return {change.path: change.status for change in outcome.changes}


def test_what_is_written_is_what_the_command_writes_and_nothing_is_printed(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    here, there = make(WEB, "here"), make(WEB, "there")
    answers = {"port": 9000, "name": "shop"}
    outcome = init(here, answers)
    assert capfd.readouterr() == ("", "")
    done = subprocess.run(
        [sys.executable, "-m", "scaffold", "init", "--json", "--answers", "-", str(there)],
        input=json.dumps(answers).encode(),
        capture_output=True,
        check=True,
    )
    assert contents(here) == contents(there)
    assert outcome_as_json(outcome) == json.loads(done.stdout)


def test_an_outcome_says_what_was_taken_defaulted_written_and_warned_of(make: Make) -> None:
    outcome = init(make(WEB), {"port": 9000})
    assert outcome.taken["port"] == (9000, "answer: file")
    assert outcome.defaulted["kind"].value == "web"
    assert "port" not in outcome.defaulted
    assert set(outcome.rendered) < set(outcome.written)
    assert set(statuses(outcome).values()) == {"create"}
    assert "lock-missing" in {warning.code for warning in outcome.warnings}


def test_a_dry_run_writes_nothing(make: Make) -> None:
    root = make(WEB)
    outcome = init(root, dry_run=True)
    assert outcome.written == ()
    assert set(contents(root)) == set(WEB)
    assert init(root).rendered == outcome.rendered


def test_a_plan_can_be_looked_at_before_it_is_applied(make: Make) -> None:
    root = make(WEB)
    outcome = plan_project(look(root), compose=False)
    assert set(contents(root)) == set(WEB)
    assert set(apply(outcome).written) > {"Dockerfile", ".dockerignore"}
    assert not (root / "compose.yaml").exists()


def test_files_of_others_are_an_error_that_has_the_outcome(make: Make) -> None:
    root = make({**WEB, "Dockerfile": "FROM scratch\n"})
    with pytest.raises(Conflict) as caught:
        init(root)
    assert isinstance(caught.value, LeftAlone)
    assert [change.path for change in caught.value.outcome.conflicts] == ["Dockerfile"]
    assert caught.value.outcome.written == ()
    assert statuses(init(root, force=True))["Dockerfile"] == "replace"


def test_several_apps_are_an_error_that_has_them(make: Make) -> None:
    root = make({f"services/{name}/{path}": text for name in ("a", "b") for path, text in WEB.items()})
    with pytest.raises(SeveralApps, match="services/a, services/b") as caught:
        init(root)
    for finding in caught.value.findings:
        assert init(root / finding.path).written
    assert init(root / "services" / "a", {}).plan.values["port"].value == 8000


ERRORS = {
    "no folder": ("gone", {}, WrongUse),
    "nothing to containerise": ("empty", {}, NothingFound),
    "an answer to nothing": ("shop", {"prot": 1}, WrongUse),
    "a wrong answer": ("shop", {"port": "many"}, WrongUse),
    "an answer of another stack": ("shop", {"stack": "node"}, NothingFound),
}


@pytest.mark.parametrize(("name", "answers", "error"), ERRORS.values(), ids=ERRORS)
def test_what_goes_wrong_is_an_error_of_its_kind(
    make: Make, name: str, answers: dict[str, object], error: type[Exception]
) -> None:
    root = make(WEB)
    make({"notes.txt": ""}, "empty")
    before = contents(root)
    with pytest.raises(error) as caught:
        init(root.with_name(name), answers)
    assert "\n" not in str(caught.value)
    assert contents(root) == before


def test_what_cannot_be_written_is_an_error_and_nothing_is(make: Make) -> None:
    root = make(WEB)
    (root / "compose.yaml").mkdir()
    before = contents(root)
    with pytest.raises(CannotWrite):
        init(root)
    assert contents(root) == before


# -- many times


def test_threads_come_to_what_one_call_alone_comes_to(tmp_path: Path) -> None:
    several = EXAMPLES[:: max(1, len(EXAMPLES) // 8)]

    def run(example: Example, name: str) -> dict[str, bytes]:
        root = Path(shutil.copytree(example.folder, tmp_path / name))
        init(root)
        return contents(root)

    alone = {example.name: run(example, f"{example.name}-alone") for example in several}
    jobs = [(example, number) for number in range(4) for example in several]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda job: run(job[0], f"{job[0].name}-{job[1]}"), jobs))
    for (example, _), files in zip(jobs, done, strict=True):
        assert files == alone[example.name], example.name


def test_a_call_leaves_the_process_as_it_was(make: Make) -> None:
    script = """
import gc, os, signal, sys, threading
def state():
    handler = signal.getsignal(signal.SIGINT)
    return os.getcwd(), dict(os.environ), gc.isenabled(), handler, threading.active_count()
before = state()
from scaffold.api import init
for _ in range(3):
    init(sys.argv[1])
assert state() == before
assert not {"questionary", "cookiecutter", "argparse"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script, make(WEB)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_package_alone_loads_nothing() -> None:
    script = (
        "import sys, scaffold; print(sorted(name for name in sys.modules if name.startswith('scaffold')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=os.sep)
    assert done.stdout == "['scaffold']\n"


# -- the page

PAGE = ROOT / "docs/api.md"


def test_the_code_of_the_page_prints_what_the_page_shows(tmp_path: Path) -> None:
    """All of it runs in one process and one folder, as somebody would who reads it."""
    page = PAGE.read_text("utf-8")
    (name,) = re.findall(r"<!-- in: (\S+) -->", page)
    (example,) = (each for each in EXAMPLES if each.name == name)
    codes = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL)
    assert len(codes) == page.count("```python")
    script = "\nprint('\\x1e', end='')\n".join(code for code, _ in codes)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=example.copy(tmp_path / name),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split("\x1e") == [printed for _, printed in codes]


def test_the_page_names_every_function_error_and_field() -> None:
    page = PAGE.read_text("utf-8")
    errors = {error.__name__ for error in ScaffoldError.__subclasses__()}
    values = {name for name in vars(Outcome) if isinstance(vars(Outcome)[name], property)}
    words = {*api.__all__, *errors, *Outcome._fields, *values} - {"Change", "Folder"}
    assert {word for word in words if not re.search(rf"\b{word}\b", page)} == set()
