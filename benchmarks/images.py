"""Sizes of images, cold builds, and rebuilds after an edit: of our files, of docker init's, and of peers'.

    python benchmarks/images.py [--runs N] [--project EXAMPLE ...] [--published]

For each project every generator gets a copy of its own. In each round each is built from nothing, again after
one line of the source was edited, and again with nothing edited; the median of the rounds counts. From
nothing: no layer of an earlier build is used, and the cache mounts are empty, as each round gives them names
that never were. Nothing that is somebody else's is touched. An image counts when it answers as the project's
test.toml says, before the edit and after.

Where no image can be pulled, the lab (SCAFFOLD_LAB, by default ../shared/lab) makes stand-ins for all.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import report
import results
from measure import EXAMPLES, ROOT, copy, install, machine
from peers import Peer, install_peers

LAB = Path(os.environ.get("SCAFFOLD_LAB", ROOT.parent / "shared" / "lab"))
DOCKER_INIT = Path(__file__).with_name("docker-init")
BUILD_SECONDS = 600
ANSWER_SECONDS = 60


class Service(NamedTuple):
    """What a project needs beside it to answer."""

    alias: str
    image: str
    environment: tuple[str, ...] = ()


class Project(NamedTuple):
    """An example, and which of docker init's templates fits it."""

    stack: str
    example: str
    template: str | None  # a folder of docker-init/
    services: tuple[Service, ...] = ()
    environment: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()  # what our image runs once, before any image is asked: a migration


PROJECTS = (
    Project("python", "python-fastapi-uv", "python"),
    Project(
        "node",
        "node-express-npm-redis",
        "node",
        (Service("redis", "redis:8-trixie"),),
        ("REDIS_URL=redis://redis:6379",),
    ),
    Project("node", "node-next-npm", "node-build"),
    Project("node", "node-vite-npm", "vite"),
    Project(
        "go",
        "go-gin-postgres",
        "go-cmd",
        (
            Service(
                "postgres",
                "postgres:18-trixie",
                ("POSTGRES_USER=app", "POSTGRES_PASSWORD=local", "POSTGRES_DB=app"),
            ),
        ),
        ("DATABASE_URL=postgres://app:local@postgres:5432/app?sslmode=disable",),
        ("/usr/local/bin/migrate",),
    ),
    Project("go", "go-http-templates", "go"),
    Project("static", "static-html", None),
)


class Generator(NamedTuple):
    """Somebody who writes a Dockerfile into a folder; what `write` returns is what is to be said of it."""

    name: str
    write: Callable[[Path], str]


class Failure(Exception):
    """Why there is nothing to measure, in words that the table can hold."""


# -- who writes


def generators(project: Project, scaffold: Path, peers: list[Peer], published: bool) -> Iterator[Generator]:
    """Yield all that can write something for PROJECT, ourselves first."""
    yield Generator(
        "docker-scaffold", lambda folder: _run_generator(folder, str(scaffold), "init", "--yes", ".")
    )
    yield Generator("docker init", lambda folder: _lay_docker_init(folder, project.template, published))
    for peer in peers:
        yield Generator(peer.name, lambda folder, peer=peer: _run_peer(folder, peer))  # type: ignore[misc]


def _run_generator(folder: Path, *argv: str) -> str:
    done = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode or not (folder / "Dockerfile").is_file():
        raise Failure("writes nothing")
    return ""


def _run_peer(folder: Path, peer: Peer) -> str:
    if peer.needs and not (folder / peer.needs).is_file():
        raise Failure(f"needs a {peer.needs}")
    return _run_generator(folder, *peer.argv)


def _lay_docker_init(folder: Path, template: str | None, published: bool) -> str:
    """Lay docker init's files down: as they are written, or where that cannot be built, for Debian."""
    if template is None:
        raise Failure("has no template")
    for path in (DOCKER_INIT / template).iterdir():
        shutil.copy(path, folder / path.name)
    if published or "alpine" not in (folder / "Dockerfile").read_text("utf-8"):
        fetch_images(folder / "Dockerfile")
        if docker("build", "--quiet", str(folder)).returncode == 0:
            return ""
        said = "as written it does not build"
    else:
        said = "Debian in place of Alpine"
    shutil.copy(folder / "Dockerfile.debian", folder / "Dockerfile")
    return said


# -- what Docker does


def docker(*words: str, seconds: float = BUILD_SECONDS) -> subprocess.CompletedProcess[str]:
    """Run docker to its end; Failure where that takes too long."""
    try:
        return _docker(words, seconds)
    except subprocess.TimeoutExpired:
        raise Failure(f"not done after {seconds:.0f} s") from None


def _docker(words: tuple[str, ...], seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=seconds,
    )  # fmt: skip


def fetch_images(dockerfile: Path) -> None:
    """Have what DOCKERFILE builds on, so that no build waits for it."""
    if (LAB / "images").exists():
        subprocess.run([LAB / "images", "for", dockerfile], capture_output=True, timeout=1800)


def with_own_caches(dockerfile: str, run: str) -> str:
    """Return DOCKERFILE with cache mounts that are named for RUN: empty at first, and its own."""

    def named(mount: re.Match[str]) -> str:
        options = mount[1].split(",")
        old = dict(option.partition("=")[::2] for option in options)
        name = old.get("id") or old.get("target") or old.get("dst") or old.get("destination", "")
        kept = [option for option in options if not option.startswith("id=")]
        return "--mount=" + ",".join([*kept, f"id={run}-{name.strip('/').replace('/', '-')}"])

    return re.sub(r"--mount=(\S*\btype=cache\b\S*)", named, dockerfile)


def build(folder: Path, tag: str, *words: str) -> float:
    """Build FOLDER as TAG, and return the seconds; Failure where it does not build."""
    began = time.perf_counter()
    done = docker("build", "--tag", tag, *words, str(folder))
    seconds = time.perf_counter() - began
    if done.returncode:
        print(done.stderr[-1500:], file=sys.stderr)
        raise Failure("does not build")
    return seconds


def size(tag: str) -> int:
    """Return the bytes of an image, as `docker image inspect` says."""
    return int(docker("image", "inspect", "--format", "{{.Size}}", tag).stdout)


# -- whether it answers


@contextmanager
def surroundings(project: Project, name: str) -> Iterator[str]:
    """A network with the services of PROJECT; its name."""
    docker("network", "create", name)
    started = []
    try:
        for service in project.services:
            if (LAB / "images").exists():
                subprocess.run([LAB / "images", "ensure", service.image], capture_output=True, timeout=1800)
            words = ("run", "--detach", "--rm", "--network", name, "--network-alias", service.alias)
            started.append(docker(*words, *settings(service.environment), service.image).stdout.strip())
        yield name
    finally:
        for container in started:
            docker("rm", "--force", "--volumes", container)
        docker("network", "rm", name)


def settings(environment: tuple[str, ...]) -> tuple[str, ...]:
    """Return ENVIRONMENT as docker's words."""
    return tuple(word for pair in environment for word in ("--env", pair))


def run_until_done(project: Project, tag: str, network: str) -> None:
    """Run what prepares PROJECT, in the image TAG; Failure where it never ends well."""
    words = ("run", "--rm", "--network", network, *settings(project.environment), tag, *project.prepare)
    end = time.monotonic() + ANSWER_SECONDS
    while project.prepare and docker(*words).returncode:
        if time.monotonic() > end:
            raise Failure("cannot be prepared")
        time.sleep(1)


def must_answer(project: Project, tag: str, network: str, path: str, expected: str) -> None:
    """Start TAG and ask it for PATH until it says what is EXPECTED; Failure where it never does."""
    ports = json.loads(docker("image", "inspect", tag).stdout)[0]["Config"].get("ExposedPorts") or {}
    port = next(iter(ports), "").partition("/")[0]
    if not port:
        raise Failure("does not say its port")
    words = ("run", "--detach", "--init", "--network", network, "--publish", f"127.0.0.1::{port}")
    container = docker(*words, *settings(project.environment), tag).stdout.strip()
    try:
        if not _answers(container, port, path, expected):
            print(docker("logs", "--tail", "15", container).stderr, file=sys.stderr)
            raise Failure("does not serve")
    finally:
        docker("rm", "--force", "--volumes", container)


def _answers(container: str, port: str, path: str, expected: str) -> bool:
    end = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < end:
        published = docker("port", container, f"{port}/tcp").stdout.strip().splitlines()
        if not published:  # it has ended
            return False
        try:
            with urllib.request.urlopen(f"http://{published[0]}{path}", timeout=5) as answer:
                if expected in answer.read().decode("utf-8", "replace"):
                    return True
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.3)
    return False


# -- measuring


class Contest:
    """One project: all generators' copies of it, and what was measured of each."""

    def __init__(self, project: Project, scratch: Path, network: str) -> None:
        self.project = project
        self.scratch = scratch
        self.network = network
        self.id = network
        self.success = tomllib.loads((EXAMPLES / project.example / "test.toml").read_text("utf-8"))
        self.rows: dict[str, dict[str, Any]] = {}
        self.folders: dict[str, Path] = {}

    def enter(self, generator: Generator) -> None:
        """Have GENERATOR write into a copy of the project."""
        row: dict[str, Any] = {
            "note": "",
            "failure": None,
            "cold": [],
            "rebuild": [],
            "same": [],
            "size": None,
        }
        self.rows[generator.name] = row
        folder = copy(self.project.example, self.scratch / f"{self.project.example}-{len(self.rows)}")
        try:
            row["note"] = generator.write(folder)
            fetch_images(folder / "Dockerfile")
            self.folders[generator.name] = folder
        except Failure as failure:
            row["failure"] = str(failure)

    def round(self, number: int) -> None:
        """Build every copy from nothing, and again after an edit."""
        for name, folder in list(self.folders.items()):
            tag = f"{self.id}-{list(self.rows).index(name)}"
            try:
                self._build_twice(self.rows[name], folder, tag, number)
            except Failure as failure:
                self.rows[name]["failure"] = str(failure)
                del self.folders[name]
            finally:
                docker("image", "rm", "--force", tag)

    def _build_twice(self, row: dict[str, Any], folder: Path, tag: str, number: int) -> None:
        dockerfile, edited = folder / "Dockerfile", folder / self.success["edit"]["file"]
        written, source = dockerfile.read_text("utf-8"), edited.read_text("utf-8")
        # no two edits are the same, so that none is found in the cache
        new = f"{self.success['edit']['new']} ({number})"
        try:
            dockerfile.write_text(with_own_caches(written, f"{tag}-{number}"), "utf-8")
            row["cold"].append(build(folder, tag, "--no-cache"))
            row["size"] = size(tag)
            if number == 0:
                if tag.endswith("-0"):  # ours, which comes first
                    run_until_done(self.project, tag, self.network)
                self._must_answer(tag, self.success["http"]["expect"])
            edited.write_text(source.replace(self.success["edit"]["old"], new), "utf-8")
            row["rebuild"].append(build(folder, tag))
            row["same"].append(build(folder, tag))
            if number == 0:
                self._must_answer(tag, new)
        finally:
            dockerfile.write_text(written, "utf-8")
            edited.write_text(source, "utf-8")

    def _must_answer(self, tag: str, expected: str) -> None:
        must_answer(self.project, tag, self.network, self.success["http"]["path"], expected)

    def outcome(self) -> dict[str, Any]:
        """Return the medians."""
        rows = {
            name: {
                "note": row["note"],
                "failure": row["failure"],
                "size": row["size"],
                "cold": statistics.median(row["cold"]) if row["cold"] else None,
                "rebuild": statistics.median(row["rebuild"]) if row["rebuild"] else None,
                "same": statistics.median(row["same"]) if row["same"] else None,
            }
            for name, row in self.rows.items()
        }
        return {"stack": self.project.stack, "rows": rows}


def measure(
    project: Project, scratch: Path, runs: int, write: Callable[[Project], Iterator[Generator]]
) -> Any:
    """Return what came of PROJECT, after RUNS rounds."""
    name = f"bench-{secrets.token_hex(4)}"
    with surroundings(project, name) as network:
        contest = Contest(project, scratch, network)
        for generator in write(project):
            contest.enter(generator)
        for number in range(runs):
            print(f"{project.example}: round {number + 1} of {runs}", file=sys.stderr, flush=True)
            contest.round(number)
        # what this run left in the engine's cache, and nothing else
        docker("builder", "prune", "--force", "--filter", f"description~={name}")
        return contest.outcome()


def main() -> int:
    """Measure, write down and print; return 1 where a bound is broken."""
    words = arguments()
    there = [project for project in PROJECTS if (EXAMPLES / project.example).is_dir()]
    chosen = [project for project in there if not words.project or project.example in words.project]
    if docker("version").returncode:
        print("no Docker Engine answers: nothing to measure", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        scaffold = install(scratch) / "scaffold"
        peers, absent = install_peers(scratch)
        measured: dict[str, Any] = {
            "machine": machine(),
            "runs": words.runs,
            "images": "published" if words.published else "stand-ins",
            "peers": {peer.name: peer.version for peer in peers},
            "absent": absent,
            "projects": {},
        }
        parts = results.load()
        for project in chosen:
            measured["projects"][project.example] = measure(
                project, scratch, words.runs, lambda p: generators(p, scaffold, peers, words.published)
            )
            parts = results.save("images", measured)  # an hour of work is not lost with the last project
    return report.write("images", parts)


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3, help="rounds to take the median of (default: 3)")
    parser.add_argument("--project", action="append", help="only this example; can be given again")
    parser.add_argument(
        "--published",
        action="store_true",
        help="docker init's files on the images that they name, not on stand-ins",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
