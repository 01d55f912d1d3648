"""docs/recipes.md, run by the engines of the services that it is for: `make recipes` installs and runs them.

What is not here is answered on this computer: registries and Gitea for Renovate, three actions of GitHub's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import elsewhere
import engines
import pytest
import recipes
from elsewhere import Elsewhere
from recipes import FILES, lay, run, run_well, spoil

reason = engines.why_not()
pytestmark = [pytest.mark.engines, pytest.mark.skipif(bool(reason), reason=reason)]

WORKFLOW = ".github/workflows/docker-files.yml"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A person's shell that has the engines, but this program only where it gets installed."""
    environment = recipes.person(tmp_path / "home")
    path = [*map(str, engines.folders()), os.environ["PATH"]]
    return {**environment, "PATH": os.pathsep.join(path)}


@pytest.fixture
def host(tmp_path: Path, environment: Mapping[str, str]) -> Path:
    """What the page calls its host, with this repository."""
    recipes.publish(tmp_path / "host", environment)
    return tmp_path / "host"


# -- GitHub

#: What stands in for the actions of the workflow. Python's makes the environment that the next steps use.
ACTIONS = {
    "checkout/action.yml": "{name: a, runs: {using: composite, steps: []}}",
    "setup-python/action.yml": """\
name: a
inputs: {python-version: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        "$PYTHON" -m venv "$RUNNER_TEMP/python"
        echo "$RUNNER_TEMP/python/bin" >> "$GITHUB_PATH"
""",
    "codeql-action/upload-sarif/action.yml": """\
name: a
inputs: {sarif_file: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      run: cp "${{ inputs.sarif_file }}" "$UPLOADED"
""",
}


@dataclass(frozen=True)
class Ran:
    """How a workflow went: its exit code, the commands that it gave to the runner, what was uploaded."""

    code: int
    commands: list[tuple[str, dict[str, str]]]
    uploaded: Any


@pytest.fixture
def run_workflow(tmp_path: Path, host: Path, environment: Mapping[str, str]) -> Callable[[Path], Ran]:
    """Run the workflow of a repository, as by a push, on this computer."""
    actions = lay(tmp_path / "actions", ACTIONS)
    uploaded = tmp_path / "uploaded.sarif"
    stands_in = {f"actions/{name}@v6": actions / name for name in ("checkout", "setup-python")}
    stands_in["github/codeql-action@v4"] = actions / "codeql-action"
    command = ["act", "push", "--json", "--no-cache-server", "--platform", "ubuntu-latest=-self-hosted"]
    for action, folder in stands_in.items():
        command += ["--local-repository", f"{action}={folder}"]
    for name, value in {"UPLOADED": str(uploaded), "PYTHON": sys.executable}.items():
        command += ["--env", f"{name}={value}"]

    def run_workflow(folder: Path) -> Ran:
        done = run(command, folder, environment)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        commands = [(line["command"], line.get("kvPairs", {})) for line in lines if "command" in line]
        return Ran(done.returncode, commands, json.loads(uploaded.read_text()))

    return run_workflow


def test_actionlint_finds_nothing_in_the_workflow(tmp_path: Path, environment: Mapping[str, str]) -> None:
    lay(tmp_path, recipes.recipes(WORKFLOW))
    done = run(["actionlint", WORKFLOW], tmp_path, environment)
    assert (done.returncode, done.stdout) == (0, "")


def test_github_shows_problems_beside_their_lines(
    tmp_path: Path, run_workflow: Callable[[Path], Ran], environment: Mapping[str, str]
) -> None:
    folder = committed(tmp_path, environment, WORKFLOW)
    ran = run_workflow(folder)
    assert (ran.code, ran.uploaded["runs"][0]["results"]) == (0, [])
    spoil(folder)
    last = len((folder / "Dockerfile").read_text().splitlines())
    ran = run_workflow(folder)
    assert ran.code == 1
    shown = [where for command, where in ran.commands if command == "error"]
    assert shown == [
        {"file": "Dockerfile", "line": str(last - 1), "title": "secret-in-image"},
        {"file": "Dockerfile", "line": str(last), "title": "user-root"},
    ]
    errors = {each["ruleId"] for each in ran.uploaded["runs"][0]["results"] if each["level"] == "error"}
    assert errors == {"secret-in-image", "user-root"}


def committed(tmp_path: Path, environment: Mapping[str, str], *names: str) -> Path:
    """Return a repository with Docker files of ours, written by the program of this one, and recipes."""
    program = {
        **environment,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]]),
    }
    return recipes.repository(tmp_path / "project", recipes.recipes(*names), program)


# -- GitLab


def test_gitlab_fails_the_job_and_keeps_what_it_found(
    tmp_path: Path, host: Path, environment: dict[str, str]
) -> None:
    folder = committed(tmp_path, environment, ".gitlab-ci.yml")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "image"], check=True)
    environment["PATH"] = os.pathsep.join([str(tmp_path / "image/bin"), environment["PATH"]])
    command = ["gitlab-ci-local", "--force-shell-executor"]
    done = run(command, folder, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    spoil(folder)
    done = run(command, folder, environment)
    assert done.returncode == 1
    assert "(user-root)" in done.stdout
    kept = json.loads((folder / ".gitlab-ci-local/artifacts/docker-files/check.json").read_text())
    assert {"secret-in-image", "user-root"} <= {problem["rule"] for problem in kept["problems"]}


# -- Renovate

#: What a pack of the company's has at v1.1.0, in place of the image of Python's.
IMAGES = '[images]\npython.base = "registry.example.com/python:{release}-slim-{suite}"\n'
PACK = f"{recipes.HOST}platform/packs"


@pytest.fixture
def installed(environment: dict[str, str]) -> dict[str, str]:
    """The shell of who runs Renovate, and has installed the program beside it."""
    program = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([str(engines.folders()[2]), environment["PATH"], program])
    return environment


@pytest.fixture
def projects(tmp_path: Path, installed: Mapping[str, str]) -> Path:
    """A repository with Renovate's file and two projects, written with a pack that has a newer tag since."""
    pack = lay(tmp_path / "host/platform/packs", {"pack.toml": 'name = "acme"\nversion = "1.0.0"\n'})
    run_well(("git init -q", "git add .", "git commit -qm a", "git tag v1.0.0"), pack, installed)
    lay(pack, {"pack.toml": f'name = "acme"\nversion = "1.1.0"\n{IMAGES}'})
    run_well(("git commit -qam b", "git tag v1.1.0"), pack, installed)
    recipes.keep_at_host(tmp_path / "host", installed)
    folder = lay(tmp_path / "projects", recipes.recipes("renovate.json"))
    for name, to in (
        ("python-fastapi-uv", folder / "shop"),
        ("python-django-postgres", folder / "admin/notes"),
    ):
        recipes.example(name, to)
    run_well(
        (
            "git init -q -b main",
            f"scaffold init --yes --pack git+{PACK}@v1.0.0 shop",
            "scaffold init --yes admin/notes",
            "git add .",
            "git commit -qm a",
        ),
        folder,
        installed,
    )
    return folder


@dataclass(frozen=True)
class Renovated:
    """What Renovate made of a repository: a folder for each branch, and what it said."""

    folders: Mapping[str, Path]
    files: Mapping[str, list[str]]  # those that a branch changes
    elsewhere: Elsewhere


@pytest.fixture
def renovate(tmp_path: Path, installed: Mapping[str, str]) -> Callable[[Path], Renovated]:
    """Run Renovate as it runs on a server, with the page's two files."""

    def renovate(folder: Path) -> Renovated:
        origin = tmp_path / "origin.git"
        run_well((f"git clone -q --bare . {origin}",), folder, installed)
        there = Elsewhere(elsewhere.images(folder), origin)
        with elsewhere.serve(there) as address:
            done = run(
                ["renovate", elsewhere.NAME], tmp_path, {**installed, **settings(tmp_path, address, there)}
            )
            assert done.returncode == 0, done.stdout
        return renovated(tmp_path, origin, there, installed)

    return renovate


def settings(folder: Path, address: str, there: Elsewhere) -> dict[str, str]:
    """Return how Renovate is called: with the page's file for it, and what this computer is like."""
    config = json.loads(FILES["config.json"])
    hosts = {name.partition("/")[0] for name in there.tags} | {elsewhere.HUB}
    # a name and password: or else Renovate asks Google for some
    known = {"hostType": "docker", "insecureRegistry": True, "username": "a", "password": "a"}
    config["hostRules"] = [{**known, "matchHost": name} for name in sorted(hosts)]
    config["enabledManagers"] = ["dockerfile", "docker-compose", "custom.regex"]  # others need a network
    config |= {"onboarding": False, "prHourlyLimit": 0, "prConcurrentLimit": 0}
    (folder / "config.json").write_text(json.dumps(config))
    return {
        "RENOVATE_CONFIG_FILE": str(folder / "config.json"),
        "RENOVATE_PLATFORM": "gitea",
        "RENOVATE_ENDPOINT": f"{address}/",
        "RENOVATE_TOKEN": "a",
        "RENOVATE_BASE_DIR": str(folder / "renovate"),
        "RENOVATE_X_DOCKER_HUB_TAGS_DISABLE": "true",
        "HTTP_PROXY": address,
        "NO_PROXY": "127.0.0.1",
        "LOG_LEVEL": "info",
    }


def renovated(tmp_path: Path, origin: Path, there: Elsewhere, environment: Mapping[str, str]) -> Renovated:
    listed = run(f"git --git-dir {origin} branch --format '%(refname:short)'", tmp_path, environment)
    folders, files = {}, {}
    for branch in set(listed.stdout.split()) - {"main"}:
        name = branch.removeprefix("renovate/")
        folders[name] = tmp_path / "branches" / name
        run_well((f"git clone -q -b {branch} {origin} {folders[name]}",), tmp_path, environment)
        changed = run("git diff --name-only origin/main", folders[name], environment)
        files[name] = changed.stdout.split()
    return Renovated(folders, files, there)


def test_renovate_finds_both_files_valid(tmp_path: Path, installed: Mapping[str, str]) -> None:
    lay(tmp_path, recipes.recipes("renovate.json", "config.json"))
    for command in (["--no-global", "renovate.json"], ["config.json"]):
        done = run(["renovate-config-validator", "--strict", *command], tmp_path, installed)
        assert done.returncode == 0, done.stdout


def test_renovate_raises_what_is_in_range_and_that_is_no_drift(
    projects: Path, renovate: Callable[[Path], Renovated], installed: Mapping[str, str]
) -> None:
    uv = re.search(r"ghcr.io/astral-sh/uv:(\d+\.\d+)\.(\d+)", (projects / "shop/Dockerfile").read_text())
    assert uv
    patch = f"ghcr.io-astral-sh-uv-{uv[1]}.x"
    done = renovate(projects)
    raised = {name: files for name, files in done.files.items() if not name.startswith("acme")}
    assert raised == {
        patch: ["shop/Dockerfile"],
        "pin-dependencies": ["admin/notes/Dockerfile", "admin/notes/compose.yaml", "shop/Dockerfile"],
    }
    newest = f"ghcr.io/astral-sh/uv:{uv[1]}.{int(uv[2]) + 1}@sha256:"
    assert newest in (done.folders[patch] / "shop/Dockerfile").read_text()
    for name in raised:
        assert drift(done.folders[name], installed) == {"drift-image"}
        run_well(("scaffold update --recursive", "scaffold init --yes shop"), done.folders[name], installed)
        assert (
            run("git diff --name-only -- '*Dockerfile' '*.yaml'", done.folders[name], installed).stdout == ""
        )


def test_renovate_asks_for_no_image_that_is_built_here(
    projects: Path, renovate: Callable[[Path], Renovated]
) -> None:
    asked = set(renovate(projects).elsewhere.asked)
    assert asked == set(elsewhere.images(projects))


def drift(folder: Path, environment: Mapping[str, str]) -> set[str]:
    """Return the rules of drift that a check finds broken where it passes."""
    done = run("scaffold check --format json --fail-on warning", folder, environment)
    assert done.returncode == 0, done.stdout
    return {p["rule"] for p in json.loads(done.stdout)["problems"] if p["rule"].startswith("drift-")}


def test_renovate_raises_the_pack_and_with_it_the_files(
    projects: Path, renovate: Callable[[Path], Renovated], installed: Mapping[str, str]
) -> None:
    done = renovate(projects)
    folder = done.folders["acme-1.x"]
    assert done.files["acme-1.x"] == [
        "shop/.scaffold/base/Dockerfile", "shop/.scaffold/record.json", "shop/Dockerfile"
    ]  # fmt: skip
    assert "FROM registry.example.com/python:" in (folder / "shop/Dockerfile").read_text()
    (pack, _) = json.loads((folder / "shop/.scaffold/record.json").read_text())["packs"]
    assert (pack["ref"], pack["version"]) == ("v1.1.0", "1.1.0")
    run_well(("scaffold check --fail-on warning",), folder, installed)


def test_renovate_says_where_a_newer_pack_is_in_conflict(
    projects: Path, renovate: Callable[[Path], Renovated], installed: Mapping[str, str]
) -> None:
    dockerfile = projects / "shop/Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("FROM python:", "FROM docker.io/library/python:"))
    run_well(("git commit -qam mine",), projects, installed)
    done = renovate(projects)
    assert done.files["acme-1.x"] == ["shop/.scaffold/record.json"]
    states = [body for path, body in done.elsewhere.said if "/statuses/" in path]
    assert {(s["context"], s["state"]) for s in states} == {("renovate/artifacts", "failure")}
    (comment,) = (body["body"] for path, body in done.elsewhere.said if path.endswith("/comments"))
    assert "scaffold update" in comment
    assert "conflict" in comment
