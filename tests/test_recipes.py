"""docs/recipes.md: every recipe in it is run as it stands there.

Here by what this repository brings along; test_engines.py has the services' own engines do it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import engines
import pytest
import recipes
import yaml
from example import ROOT
from recipes import FILES, example, lay, run, spoil

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/')\ndef index():\n    return {}\n"
PROJECT = {"requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n", "main.py": APP}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return recipes.person(tmp_path / "home")


def test_the_page_has_every_recipe() -> None:
    assert set(FILES) == {
        "hooks/post_gen_project.py", "copier.yml", ".pre-commit-config.yaml", "renovate.json",
        ".github/workflows/docker-files.yml", ".gitlab-ci.yml", "config.json",
    }  # fmt: skip


def test_the_page_says_which_engines_it_was_run_by() -> None:
    rows = dict(re.findall(r"^\| ([\w-]+) (\d[\w.]+) \|", recipes.PAGE.read_text("utf-8"), re.MULTILINE))
    assert rows == engines.versions()


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        (".github/workflows/docker-files.yml", "github-workflows"),
        (".gitlab-ci.yml", "gitlab-ci"),
        ("renovate.json", "renovate"),
    ],
)
def test_a_file_is_as_the_schema_of_its_service_says(
    name: str, schema: str, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    lay(tmp_path, {name: FILES[name]})
    done = run(["check-jsonschema", "--builtin-schema", f"vendor.{schema}", name], tmp_path, environment)
    assert done.returncode == 0, done.stdout


# -- generators


@pytest.fixture
def cookie(tmp_path: Path) -> Path:
    """A template of cookiecutter's with the hook of the page."""
    context = json.dumps({"slug": "tide", "port": 9000})
    files = {f"{{{{cookiecutter.slug}}}}/{path}": text for path, text in PROJECT.items()}
    hook = FILES["hooks/post_gen_project.py"]
    return lay(
        tmp_path / "template", {**files, "cookiecutter.json": context, "hooks/post_gen_project.py": hook}
    )


def test_a_cookiecutter_hook_writes_docker_files(
    cookie: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    done = run(["cookiecutter", "--no-input", str(cookie)], tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert "EXPOSE 9000" in (tmp_path / "tide/Dockerfile").read_text()
    record = json.loads((tmp_path / "tide/.scaffold/record.json").read_text())
    assert record["answers"] == {"name": "tide", "port": 9000}


def test_a_cookiecutter_hook_that_fails_leaves_no_project(
    cookie: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    done = run(["cookiecutter", "--no-input", str(cookie), "port=high"], tmp_path, environment)
    assert done.returncode != 0
    assert "port: is a number" in done.stderr
    assert not (tmp_path / "tide").exists()


def test_the_hook_and_new_go_together(cookie: Path, tmp_path: Path, environment: Mapping[str, str]) -> None:
    done = run(["scaffold", "new", str(cookie), "--trust", "--json"], tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert {file["status"] for file in json.loads(done.stdout)["files"]} == {"identical"}


def test_a_copier_task_writes_docker_files(tmp_path: Path, environment: Mapping[str, str]) -> None:
    template = lay(tmp_path / "template", {**PROJECT, "copier.yml": FILES["copier.yml"]})
    answers = ["--defaults", "--data", "slug=it's tide", "--data", "port=9000"]
    command = ["copier", "copy", "--trust", *answers, str(template), str(tmp_path / "tide")]
    done = run(command, tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert "EXPOSE 9000" in (tmp_path / "tide/Dockerfile").read_text()
    assert json.loads((tmp_path / "tide/.scaffold/record.json").read_text())["answers"] == {
        "name": "it's tide", "port": 9000
    }  # fmt: skip


# -- checks


@pytest.fixture
def checked(tmp_path: Path, environment: Mapping[str, str]) -> Path:
    """A git repository with Docker files of ours."""
    return recipes.repository(tmp_path / "checked", {}, environment)


def is_set_up(line: str) -> bool:
    """Whether a line only installs the program: this one is installed."""
    return line.startswith("pip install ")


@pytest.fixture
def hooked(checked: Path, tmp_path: Path, environment: Mapping[str, str]) -> Path:
    """A repository with the hook of the page, and this one at the host that it names."""
    recipes.publish(tmp_path / "host", environment)
    lay(checked, recipes.recipes(".pre-commit-config.yaml"))
    recipes.run_well(("git add .", "pre-commit install"), checked, environment)
    return checked


def test_the_hook_of_pre_commit_checks_what_is_committed(
    hooked: Path, environment: Mapping[str, str]
) -> None:
    done = run("git commit -m one", hooked, environment)
    assert done.returncode == 0, done.stderr
    assert "(no files to check)Skipped" in done.stderr  # but for pre-commit's own file, nothing is committed
    (hooked / "Dockerfile").write_text((hooked / "Dockerfile").read_text() + "USER root\n")
    done = run("git commit -am two", hooked, environment)
    assert done.returncode == 1
    assert "(user-root)" in done.stderr
    run("git checkout HEAD -- Dockerfile", hooked, environment)
    done = run("pre-commit run --all-files", hooked, environment)
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def test_what_pre_commit_reads_is_valid(tmp_path: Path, environment: Mapping[str, str]) -> None:
    lay(tmp_path, recipes.recipes(".pre-commit-config.yaml"))
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    for command in (["validate-config"], ["validate-manifest", manifest]):
        done = run(["pre-commit", *command], tmp_path, environment)
        assert (done.returncode, done.stdout) == (0, ""), done.stdout


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("Dockerfile", True),
        ("services/api/Dockerfile.prod", True),
        ("api.Dockerfile", True),
        ("Containerfile", True),
        ("compose.dev.yaml", True),
        ("docker-compose.yml", True),
        ("a/.scaffold/record.json", True),
        (".scaffold/policy.toml", True),
        ("src/main.py", False),
        ("docs/dockerfiles.md", False),
        ("composer.json", False),
    ],
)
def test_the_hook_of_pre_commit_runs_for_docker_files_alone(path: str, matches: bool) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert bool(re.search(hook["files"], path)) is matches


def test_the_workflow_of_github_checks(checked: Path, environment: Mapping[str, str]) -> None:
    (job,) = yaml.safe_load(FILES[".github/workflows/docker-files.yml"])["jobs"].values()
    lines = [step["run"] for step in job["steps"] if "run" in step]
    assert [run(line, checked, environment).returncode for line in lines if not is_set_up(line)] == [0, 0]
    spoil(checked)
    done = [run(line, checked, environment) for line in lines if not is_set_up(line)]
    assert [each.returncode for each in done] == [1, 0]
    assert "::error file=Dockerfile" in done[0].stdout
    uploaded = next(s["with"]["sarif_file"] for s in job["steps"] if "upload-sarif" in s.get("uses", ""))
    assert json.loads((checked / uploaded).read_text())["runs"][0]["results"]


def test_the_job_of_gitlab_checks(checked: Path, environment: Mapping[str, str]) -> None:
    (job,) = yaml.safe_load(FILES[".gitlab-ci.yml"]).values()
    lines = [line for line in job["script"] if not is_set_up(line)]
    assert [run(line, checked, environment).returncode for line in lines] == [0, 0]
    spoil(checked)
    assert [run(line, checked, environment).returncode for line in lines] == [0, 1]
    (kept,) = job["artifacts"]["paths"]
    assert json.loads((checked / kept).read_text())["failed"] is False


# -- Renovate

RENOVATE: Mapping[str, Any] = json.loads(FILES["renovate.json"])

#: The files that Renovate reads images from: https://docs.renovatebot.com/modules/manager/dockerfile/
#: https://docs.renovatebot.com/modules/manager/docker-compose/
NATIVE = (r"(^|/|\.)([Dd]ocker|[Cc]ontainer)file$", r"(^|/)([Dd]ocker|[Cc]ontainer)file[^/]*$",
          r"(^|/)(?:docker-)?compose[^/]*\.ya?ml$")  # fmt: skip


def globbed(pattern: str, path: str) -> bool:
    """Whether a path fits a glob of minimatch's, as far as `**/`, `/**` and `*` go."""
    text = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"/\*\*", "/.*").replace(r"\*", "[^/]*")
    return re.fullmatch(text, path) is not None


def enabled(path: str) -> bool:
    rules = [rule for rule in RENOVATE["packageRules"] if not rule.get("enabled", True)]
    return not any(globbed(pattern, path) for rule in rules for pattern in rule.get("matchFileNames", ()))


def test_renovate_raises_images_and_leaves_the_base_alone(checked: Path) -> None:
    paths = [p.relative_to(checked).as_posix() for p in checked.rglob("*") if p.is_file()]
    read = [path for path in paths if any(re.search(pattern, path) for pattern in NATIVE)]
    assert ".scaffold/base/Dockerfile" in read
    assert sorted(filter(enabled, read)) == [
        "Dockerfile",
        "compose.dev.yaml",
        "compose.prod.yaml",
        "compose.yaml",
    ]
    assert not enabled("services/api/.scaffold/base/Dockerfile")


@pytest.mark.parametrize(("raised", "code"), [(False, 0), (True, 5)])
def test_a_minor_version_is_raised_where_the_project_says_it(
    checked: Path, environment: Mapping[str, str], raised: bool, code: int
) -> None:
    dockerfile, minor = checked / "Dockerfile", "python:3.14-slim-trixie"
    if raised:
        dockerfile.write_text(
            dockerfile.read_text().replace("python:3.13-slim-trixie", f"{minor}@sha256:{64 * '0'}")
        )
    (checked / ".python-version").write_text("3.14\n")
    assert run("scaffold update --yes", checked, environment).returncode == code
    assert f"FROM {minor}" in dockerfile.read_text()


def test_the_pattern_of_the_custom_manager_is_one_of_re2() -> None:
    (manager,) = RENOVATE["customManagers"]
    (pattern,) = manager["matchStrings"]
    assert not re.search(r"\(\?[=!]|\(\?<[=!]", pattern), "re2 looks neither ahead nor behind"


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("git checkout -- shop/.scaffold/record.json", True),
        ("scaffold update --yes --pack git+https://git.example.com/packs@v1.1.0 shop/.scaffold/..", True),
        ("git checkout -- a;id", False),
        ("git checkout -- a b", False),
        ("scaffold update --yes --pack git+https://git.example.com/$(id)@v1.1.0 .scaffold/..", False),
        ("scaffold update --yes --pack git+https://git.example.com/a|id@v1.1.0 .scaffold/..", False),
        ("scaffold update --yes --pack git+https://git.example.com/packs@v1.1.0 .scaffold/..\nid", False),
    ],
)
def test_a_record_can_have_renovate_run_nothing_else(line: str, allowed: bool) -> None:
    patterns = json.loads(FILES["config.json"])["allowedCommands"]
    # what ends JavaScript's pattern is the end of the text, and no line end before it
    assert any(re.search(pattern.replace("$", r"\Z"), line) for pattern in patterns) is allowed


def found_by_renovate(record: str) -> re.Match[str] | None:
    """Return what the custom manager makes of a record."""
    (manager,) = RENOVATE["customManagers"]
    (pattern,) = manager["matchStrings"]
    return re.search(pattern.replace("(?<", "(?P<"), record)


@pytest.fixture
def packed(tmp_path: Path, environment: Mapping[str, str]) -> tuple[Path, str]:
    """A project in a repository, written with a pack at v1.0.0, and the pack's URL, which has v1.1.0 too."""
    pack = lay(tmp_path / "pack", {"pack.toml": 'name = "acme"\nversion = "1.0.0"\n'})
    for command in ("git init -q", "git add .", "git commit -qm a", "git tag v1.0.0"):
        assert run(command, pack, environment).returncode == 0
    images = '[images]\npython.base = "registry.example.com/python:{release}-slim-{suite}"\n'
    lay(pack, {"pack.toml": f'name = "acme"\nversion = "1.1.0"\n{images}'})
    for command in ("git commit -qam b", "git tag v1.1.0"):
        assert run(command, pack, environment).returncode == 0
    url = f"file://{pack}"
    root = tmp_path / "repository"
    folder = example("python-fastapi-uv", root / "shop")
    commands = (
        "git init -q",
        f"scaffold init --yes --pack git+{url}@v1.0.0 shop",
        "git add .",
        "git commit -qm a",
    )
    for command in commands:
        done = run(command, root, environment)
        assert done.returncode == 0, done.stderr
    return folder, url


def test_renovate_raises_the_pack(packed: tuple[Path, str], environment: Mapping[str, str]) -> None:
    folder, url = packed
    record = folder / ".scaffold/record.json"
    real = re.sub(r'"git\+file:[^"]+"', '"git+https://git.example.com/platform/packs"', record.read_text())
    found = found_by_renovate(real)
    assert found
    assert found.groupdict() == {
        "depName": "acme", "currentValue": "v1.0.0", "packageName": "https://git.example.com/platform/packs"
    }  # fmt: skip
    record.write_text(record.read_text().replace('"v1.0.0"', '"v1.1.0"'))  # what Renovate does first
    values = {"packageFile": "shop/.scaffold/record.json", "packageFileDir": "shop/.scaffold",
              "packageName": url, "newValue": "v1.1.0"}  # fmt: skip
    for line in next(
        r["postUpgradeTasks"]["commands"] for r in RENOVATE["packageRules"] if "postUpgradeTasks" in r
    ):
        command = re.sub(r"\{\{\{(\w+)\}\}\}", lambda match: values[match[1]], line)
        done = run(shlex.split(command), folder.parent, environment)
        assert done.returncode == 0, done.stderr
    raised = json.loads(record.read_text())["packs"][0]
    assert (raised["ref"], raised["version"]) == ("v1.1.0", "1.1.0")
    assert "FROM registry.example.com/python:3.13-slim-trixie" in (folder / "Dockerfile").read_text()
    checked = run(["scaffold", "check", "shop"], folder.parent, environment)
    assert checked.returncode == 0, checked.stdout


def test_the_ref_alone_would_be_a_record_of_something_else(
    packed: tuple[Path, str], environment: Mapping[str, str]
) -> None:
    folder, _ = packed
    record = folder / ".scaffold/record.json"
    record.write_text(record.read_text().replace('"v1.0.0"', '"v1.1.0"'))
    assert run(["scaffold", "update", "--yes", "shop"], folder.parent, environment).returncode == 4
