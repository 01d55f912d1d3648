"""What is installed is the three folders, inside of one package, and works wherever it is called."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from example import EXAMPLES, ROOT

import scaffold
from scaffold.skeleton.starters import starters

#: Files of the repository's folders that are no part of the program.
LITTER = {"__pycache__", ".mypy_cache", ".ruff_cache"}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source archive, and the wheel that was made from it."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", out, ROOT], check=True, capture_output=True, text=True
    )
    return out


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the commands of an environment that has the wheel and what it needs."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run(
        [folder / "python", "-m", "pip", "install", "--quiet", wheel],
        check=True,
        capture_output=True,
        text=True,
    )
    return folder


def files_of(folder: str, *suffixes: str) -> set[str]:
    """Return the files of a folder of the repository, by path from there; with no SUFFIXES, all."""
    root = ROOT / folder
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and (not suffixes or path.suffix in suffixes) and not LITTER & set(path.parts)
    }


def test_a_wheel_brings_one_package_and_nothing_with_a_common_name(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"scaffold", f"docker_scaffold-{scaffold.__version__}.dist-info"}


def test_a_wheel_holds_every_file_of_the_folders_and_no_other(wheel: Path) -> None:
    wanted = (
        {f"scaffold/{path}" for path in files_of("scaffold", ".py", ".toml", ".typed")}
        | {f"scaffold/detectors/{path}" for path in files_of("detectors", ".py", ".toml")}
        | {f"scaffold/templates/{path}" for path in files_of("templates", ".py", ".toml", ".j2")}
        | {f"scaffold/templates/starters/{path}" for path in files_of("templates/starters")}
    )
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("scaffold/")}
    assert held == wanted


def test_no_template_begins_with_a_dot() -> None:
    dotted = [path for path in (ROOT / "templates").rglob(".*") if path.is_file()]
    assert [path for path in dotted if "starters" not in path.parts] == []


def test_the_source_archive_has_what_tests_need(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {f"examples/{example.name}/test.toml" for example in EXAMPLES} <= names
    assert {f"tests/golden/{example.name}/.dockerignore" for example in EXAMPLES} <= names
    assert {"tests/conftest.py", "Makefile", "LICENSE", "README.md", ".pre-commit-hooks.yaml"} <= names
    assert [name for name in names if "__pycache__" in name] == []


@pytest.mark.parametrize("command", ["scaffold", "docker-scaffold"])
def test_both_commands_say_their_version(installed: Path, command: str, tmp_path: Path) -> None:
    done = subprocess.run([installed / command, "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"docker-scaffold {scaffold.__version__}\n")


def test_what_is_installed_writes_the_same_bytes(installed: Path, tmp_path: Path) -> None:
    example = EXAMPLES[0]
    folder = example.copy(tmp_path / "project")
    subprocess.run([installed / "scaffold", "init", "--yes"], cwd=folder, check=True, capture_output=True)
    reviewed = Path(__file__).parent / "golden" / example.name / "Dockerfile"
    assert (folder / "Dockerfile").read_bytes() == reviewed.read_bytes()


@pytest.mark.parametrize("starter", starters())
def test_what_is_installed_makes_the_same_project_of_a_starter(
    installed: Path, starter: str, tmp_path: Path
) -> None:
    made = [tmp_path / "installed", tmp_path / "here"]
    commands = [[str(installed / "scaffold")], [sys.executable, "-P", "-m", "scaffold"]]
    for command, folder in zip(commands, made, strict=True):
        subprocess.run([*command, "new", starter, folder], check=True, capture_output=True)
    one, other = (
        {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} for folder in made
    )
    assert one == other
    assert Path(".gitignore") in one


def test_a_project_with_packages_called_as_ours_runs_no_code_of_its_own(
    installed: Path, tmp_path: Path
) -> None:
    for name in ("detectors", "templates", "jinja2", "yaml"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('code of the project was executed')\n")
    (tmp_path / "requirements.txt").write_text("flask==3.1.3\n")
    (tmp_path / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    done = subprocess.run(
        [installed / "scaffold", "init", "--yes"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "was executed" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "Dockerfile").exists()
