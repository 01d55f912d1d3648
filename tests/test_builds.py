"""Every example, built and run by a real Docker Engine from what `scaffold init --yes` wrote, unedited."""

from __future__ import annotations

import gzip
import json
import os
import re
import secrets
import shutil
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from composefile import read_compose
from example import EXAMPLES, Example
from workshop import (
    BASE,
    DEV,
    KILLED,
    PROD,
    STOP_SECONDS,
    Project,
    Running,
    Workshop,
    check_is_hardened,
    health,
    inspect,
    must,
    run,
    steps_of,
    wait_until,
)

#: How much more than its base and its files an image may weigh.
LEAN = 1.05


# -- builds: whatever has an opinion about the files is silent


def check_builds(project: Project) -> None:
    """The image builds, and neither linter nor Compose has anything to say."""
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert hadolint, "hadolint is not installed: pip install -e '.[dev]'"
    linted = must(hadolint, str(project.folder / "Dockerfile"), cwd=project.folder.parent)
    assert linted.stdout + linted.stderr == ""
    checked = must("docker", "build", "--check", ".", **project.context)
    assert "no warnings found" in checked.stdout + checked.stderr
    for files in sorted({BASE, DEV, PROD}, key=len):
        if all((project.folder / name).exists() for name in files):
            check_compose_is_silent(project, files)
    assert project.built
    assert inspect(project.image)["Os"] == "linux"


def check_compose_is_silent(project: Project, files: tuple[str, ...]) -> None:
    """The files are valid as they are, with nothing set in the environment."""
    named = [word for name in files for word in ("-f", name)]
    done = must("docker", "compose", *named, "config", "-q", cwd=project.folder)
    assert done.stdout + done.stderr == "", files


# -- base: compose.yaml as it is


def check_base(project: Project) -> None:
    """It answers (or ends well) on this computer, hardened."""
    assert project.built
    if project.example.port is None:
        check_output(project)
        return
    check_answers(project.base)
    if project.example.kept:
        check_is_kept(project.base)
    for container in project.base.containers(*project.base.apps):
        check_is_hardened(container)
    assert health(project.base.containers(project.base.main)[0]) == "healthy"


def check_output(project: Project) -> None:
    """A program that ends has said what it should, and ended well."""
    with project.running(BASE, "base") as running:
        running.compose("up", "-d", "--build", seconds=900)
        (container,) = running.containers(running.main)
        assert must("docker", "wait", container).stdout.strip() == "0", running.logs()
        assert (project.example.stdout or "?") in must("docker", "logs", container).stdout
        check_is_hardened(container)


def check_answers(running: Running, built: bool = True) -> None:
    """The page shows what it should; so does the socket, where there is one; or the call is answered."""
    example = example_of(running)
    if example.grpc:
        running.answers_by_grpc(example.grpc, example.grpc.expect)
        return
    assert example.http
    page = running.shows(example.http.path, example.http.expect)
    if built:
        assert re.search(example.http.expect_built, page), page[:600]
    if example.socket:
        running.shows_by_socket(example.socket, example.socket.expect)


def example_of(running: Running) -> Example:
    """Return the example that this is a copy of."""
    assert isinstance(running.project, Project)
    return running.project.example


def check_is_kept(running: Running) -> None:
    """What was written is still there in a new container."""
    kept = example_of(running).kept
    assert kept
    assert kept.expect not in running.get(kept.path)
    running.get(kept.post, kept.form)
    assert kept.expect in running.get(kept.path)
    running.up("--force-recreate")
    running.shows(kept.path, kept.expect)


# -- cached: what the web server of a site lets a browser keep


def check_cached(project: Project) -> None:
    """A page is asked for again, what has a hash in its name is not, and what is not there is not kept."""
    running, http = project.base, project.example.http
    assert http
    page = running.shows(http.path, http.expect)
    check_is_asked_for_again(running, http.path)
    for address in set(re.findall(r'(?:src|href)="(/[^"?#]+)"', page)):
        _, said = running.head(address)
        kept = bool(http.cached) and re.fullmatch(http.cached, address)
        assert said["Cache-Control"] == ("public, max-age=31536000, immutable" if kept else "no-cache"), (
            address
        )
        assert said["X-Content-Type-Options"] == "nosniff", address
    if http.cached:
        check_is_kept_for_good(running, re.findall(http.cached, page)[0])


def check_is_asked_for_again(running: Running, path: str) -> None:
    """The browser asks, and is told that nothing has changed."""
    status, said = running.head(path)
    assert (status, said["Cache-Control"]) == (200, "no-cache")
    assert running.head(path, **{"If-None-Match": said["ETag"]})[0] == 304


def check_is_kept_for_good(running: Running, address: str) -> None:
    """It comes compressed; of another version there is nothing, not even the page of unknown paths."""
    assert running.head(address)[1]["Content-Encoding"] == "gzip"
    folder, _, name = address.rpartition("/")
    status, said = running.head(f"{folder}/other-{name}")
    assert (status, said["Cache-Control"]) == (404, None)


# -- stop


def check_stop(project: Project) -> None:
    """SIGTERM ends each process of the project in time; nothing has to be killed."""
    running = project.base
    alive = [c for c in running.containers(*running.apps) if inspect(c)["State"]["Running"]]
    assert alive
    for container in alive:
        began = time.monotonic()
        must("docker", "stop", "-t", str(STOP_SECONDS), container)
        took = time.monotonic() - began
        assert took < STOP_SECONDS, f"{took:.1f} s"
        assert inspect(container)["State"]["ExitCode"] != KILLED


# -- prod: compose.yaml and compose.prod.yaml with the image just built


def check_prod(project: Project) -> None:
    """The same answer, with nothing in the merged file that is of this computer only."""
    assert project.built
    local = Running(project, BASE, "prod").config()["services"]
    with project.running(PROD, "prod") as running:
        merged = running.config()
        check_nothing_is_local(merged, local, running.main)
        provide(running, merged, local)
        migrate(running)
        running.up()
        assert inspect(running.containers(running.main)[0])["Config"]["Image"] == project.image
        check_answers(running)
        for container in running.containers(*running.apps):
            check_is_hardened(container)


def check_nothing_is_local(merged: Mapping[str, Any], local: Mapping[str, Any], main: str) -> None:
    """No build, no published database, no password of compose.yaml."""
    services = merged["services"]
    assert [name for name, service in services.items() if "build" in service] == []
    assert [name for name, service in services.items() if service.get("ports")] == [main]
    known = passwords({"services": local})
    assert known & passwords(merged) == set()


def passwords(data: Any) -> set[str]:
    """Return the passwords that stand in a document, in an environment or in an address."""
    named = {value for key, value in settings_in(data) if re.search(r"PASSWORD$|SECRET|TOKEN", key)}
    return named | {found for text in texts(data) if (found := password_in(text))}


def settings_in(data: Any) -> Iterator[tuple[str, str]]:
    """Yield every variable of every environment, of services and of what they are made from."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key == "environment" and isinstance(value, Mapping):
                yield from ((name, str(text)) for name, text in value.items() if text)
            else:
                yield from settings_in(value)


def password_in(text: str) -> str | None:
    """Return the password of an address: postgres://app:PASSWORD@db/app."""
    return urlsplit(text).password if "://" in text and "@" in text else None


def texts(data: Any) -> Iterator[str]:
    """Yield every text of a document."""
    if isinstance(data, Mapping):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)
    elif data is not None:
        yield str(data)


def provide(running: Running, merged: Mapping[str, Any], local: Mapping[str, Any]) -> None:
    """Lay down what a host has to have: the secrets' files, and the application's own settings."""
    password = secrets.token_hex(12)
    for path in [Path(s["file"]) for s in merged.get("secrets", {}).values() if "file" in s]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(password)
    overlay = read_compose((running.project.folder / PROD[1]).read_text("utf-8"))["services"]
    for name, service in overlay.items():
        settings = settings_of(local.get(name, {}), merged["services"].get(name, {}), password)
        for entry in service.get("env_file") or []:
            path = running.project.folder / (entry["path"] if isinstance(entry, dict) else entry)
            path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))


def settings_of(local: Mapping[str, Any], merged: Mapping[str, Any], password: str) -> dict[str, str]:
    """Return what compose.yaml sets and production does not, with production's password in it."""
    here, there = local.get("environment") or {}, merged.get("environment") or {}
    missing = {key: str(value) for key, value in here.items() if key not in there}
    return {
        k: v.replace(f":{p}@", f":{password}@") if (p := password_in(v)) else v for k, v in missing.items()
    }


def migrate(running: Running) -> None:
    """Run what stands under a profile, once, as one does before a release."""
    everything = running.compose("--profile", "*", "config", "--services").split()
    for name in sorted(set(everything) - set(running.config()["services"])):
        running.compose("--profile", "*", "run", "--rm", "-T", name)


# -- rebuild


def check_rebuild(project: Project) -> None:
    """A line of source changes: every step that installs dependencies comes from the cache."""
    assert project.built
    with project.edited():
        steps = steps_of(project.build(tag="edited"), ("base", "deps", "prod-deps"))
    assert steps, "no RUN step of the stages that install was seen"
    assert [step for step, cached in steps.items() if not cached] == []


# -- dev


def check_dev(project: Project) -> None:
    """A file edited here, once, shows in the page there, in the same container; a debugger is answered."""
    with project.running(DEV, "dev") as running, running.watched() as log:
        wait_until("watching", lambda: "Watch enabled" in log.read_text(errors="replace"), 600)
        check_answers(running, built=False)
        if project.example.is_a_program:
            wait_until("the debugger answers", running.debugger_answers, 30)
        before = running.containers(running.main)
        with project.edited():
            wait_for_the_edit(running)
        assert running.containers(running.main) == before
        assert "Rebuilding" not in log.read_text(errors="replace")


def wait_for_the_edit(running: Running) -> None:
    """Wait until what is shown is what the edited source says."""
    example = example_of(running)

    def edited(text: str) -> str:
        return text.replace(example.edit.old, example.edit.new)

    if example.grpc:
        running.answers_by_grpc(example.grpc, edited(example.grpc.expect))
    elif example.socket:
        running.shows_by_socket(example.socket, edited(example.socket.expect))
    else:
        assert example.http
        running.shows(example.http.path, edited(example.http.expect))


# -- test


def check_test(project: Project) -> None:
    """The stage `test` runs the tests: it fails when they do."""
    project.build("--target", "test", tag="test")
    with project.edited():
        broken = run(*project.build_command("broken", "--target", "test"), **project.context, seconds=900)
    assert broken.returncode != 0, "the tests do not notice that the page has changed"
    assert project.example.edit.old in broken.stderr, "what failed was not the tests"


# -- secrets


def check_secrets(project: Project) -> None:
    """Neither a build secret nor a private file is in any layer, nor in what is said of the image."""
    assert project.built
    if project.example.is_a_program:
        project.build("--target", "test", tag="test")
    for tag in ("prod", "test") if project.example.is_a_program else ("prod",):
        path = project.folder.parent / f"{project.name}-{tag}.tar"
        must("docker", "save", "-o", str(path), f"{project.name}:{tag}")
        found = [text for blob in blobs(path) for text in project.private_texts if text.encode() in blob]
        path.unlink()
        assert found == [], tag


def blobs(image: Path) -> Iterator[bytes]:
    """Yield each layer of a saved image, and its configuration and history, unpacked."""
    with tarfile.open(image) as archive:
        for member in archive:
            if member.isfile() and (opened := archive.extractfile(member)):
                data = opened.read()
                yield gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


# -- lean: of Node.js, whose development dependencies outweigh everything else, and of Go, whose tools do


def check_lean(project: Project) -> None:
    """The final image is its base and what the app needs of its own."""
    assert project.built
    added = exported(project)
    (check_packages if project.example.stack == "node" else check_programs)(project, added)
    base, whole = (inspect(image)["Size"] for image in (final_base(project), project.image))
    assert whole <= (base + sum(size for size, _ in added.values())) * LEAN


def check_packages(project: Project, added: Mapping[str, tuple[int, str]]) -> None:
    """No package is for development alone."""
    manifests = {path: text for path, (_, text) in added.items() if path.endswith("/package.json") and text}
    installed = {path.removesuffix("/package.json").rpartition("node_modules/")[2] for path in manifests}
    own = json.loads((project.folder / "package.json").read_text("utf-8"))
    wanted = {name for path, text in manifests.items() if "node_modules/" in path for name in asked_by(text)}
    alone = (installed & own.get("devDependencies", {}).keys()) - wanted - own.get("dependencies", {}).keys()
    assert alone == set(), "for development alone, and in the final image"


def check_programs(project: Project, added: Mapping[str, tuple[int, str]]) -> None:
    """There are the programs that are started, the health check, and no source."""
    config = inspect(project.image)["Config"]
    processes = [config["Entrypoint"] or config["Cmd"], (config.get("Healthcheck") or {}).get("Test", ())[1:]]
    services = Running(project, BASE, "lean").config()["services"].values()
    processes += [service["command"] for service in services if service.get("command") and "build" in service]
    started = {argv[0].removeprefix("/") for argv in processes if argv}
    assert {path for path in added if path.startswith("usr/local/bin/")} == started
    assert [path for path in added if path.endswith((".go", "go.mod", "go.sum"))] == []


def exported(project: Project) -> dict[str, tuple[int, str]]:
    """Return the size of each file of the app in the final image, and the text of each package.json."""
    there = files_of(project, final_base(project))
    return {
        path: row
        for path, row in files_of(project, project.image).items()
        if path.startswith(("app/", "usr/local/bin/")) and path not in there
    }


def files_of(project: Project, image: str) -> dict[str, tuple[int, str]]:
    """Return the size of each file of an image, and the text of each package.json."""
    path = project.folder.parent / f"{project.name}-files.tar"
    container = must("docker", "create", image, "any").stdout.strip()
    must("docker", "export", "-o", str(path), container)
    must("docker", "rm", container)
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        found = {member.name: (member.size, text_of(archive, member)) for member in members}
    path.unlink()
    return found


def text_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    """Return what a package.json says; of other files nothing is read."""
    opened = archive.extractfile(member) if member.name.endswith("/package.json") else None
    return opened.read().decode(errors="replace") if opened else ""


def asked_by(manifest: str) -> Iterator[str]:
    """Yield the packages that an installed package needs."""
    data = json.loads(manifest)
    for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
        yield from data.get(kind) or {}


def final_base(project: Project) -> str:
    """Return the image that the last stage is made from."""
    text = (project.folder / "Dockerfile").read_text("utf-8")
    return str(re.findall(r"^FROM (\S+) AS prod$", text, re.MULTILINE)[-1])


# -- all of them

CHECKS: Mapping[str, Callable[[Project], None]] = {
    "builds": check_builds,
    "base": check_base,
    "cached": check_cached,
    "stop": check_stop,
    "prod": check_prod,
    "rebuild": check_rebuild,
    "dev": check_dev,
    "test": check_test,
    "secrets": check_secrets,
    "lean": check_lean,
}

#: A program that runs to its end is no server: nothing to stop, to reload, or to put on a host.
OF_SERVERS = frozenset({"stop", "prod", "dev"})

#: Plain pages test nothing.
OF_PROGRAMS = frozenset({"test"})


def applies(check: str, example: Example) -> bool:
    """Say whether a check has something to look at."""
    if check == "lean":
        return example.stack in ("go", "node")
    if check == "cached":
        return example.is_a_site
    if check == "rebuild":
        return example.has_dependencies
    return bool(example.port or check not in OF_SERVERS) and (
        example.is_a_program or check not in OF_PROGRAMS
    )


CELLS = [(e, check) for e in EXAMPLES for check in CHECKS if applies(check, e)]


@pytest.mark.docker
@pytest.mark.parametrize(("example", "check"), CELLS, ids=[f"{e.name}-{check}" for e, check in CELLS])
def test_an_example(workshop: Workshop, example: Example, check: str) -> None:
    CHECKS[check](workshop.project(example))


def test_every_example_says_what_success_is() -> None:
    assert {e.name for e in EXAMPLES} == {
        f.name for f in EXAMPLES[0].folder.parent.iterdir() if f.is_dir() and f.name != "packs"
    }
