"""What .ci/run does before the tests: on a machine without a Docker Engine, it has the lab start one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run_ci(folder: Path, docker: str) -> tuple[int, str, list[str]]:
    """The exit status, the errors, and what was started in which order, where `docker` is that script."""
    started = folder / "started"
    program(folder / "bin/docker", docker)
    program(folder / "bin/make", f'echo "make $* CI=$CI" >> {started}')
    environment = {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "SCAFFOLD_LAB": str(folder / "lab"),
    }
    done = subprocess.run(
        ["bash", ROOT / ".ci/run"], env=environment, capture_output=True, text=True, check=False, cwd=folder
    )
    return done.returncode, done.stderr, started.read_text().splitlines() if started.exists() else []


@pytest.mark.parametrize(("answers", "before"), [(False, ["engine up"]), (True, [])])
def test_an_engine_is_started_only_where_none_answers(
    tmp_path: Path, answers: bool, before: list[str]
) -> None:
    program(tmp_path / "lab/engine", f'echo "engine $*" >> {tmp_path / "started"}')
    status, errors, started = run_ci(tmp_path, "exit 0" if answers else "exit 1")
    assert (status, errors) == (0, "")
    assert started == [*before, "make --no-print-directory lint types test CI=true"]


def test_without_an_engine_and_a_lab_it_says_so_and_fails(tmp_path: Path) -> None:
    status, errors, started = run_ci(tmp_path, "exit 1")
    assert status == 1
    assert errors == f"no Docker Engine answers, and there is no lab in {tmp_path / 'lab'}\n"
    assert started == []
