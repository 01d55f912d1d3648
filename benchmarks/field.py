"""Scaffolds, builds and runs projects that nobody here wrote, and tells of it in docs/field-report.md.

    python benchmarks/field.py [NAME…] [--set strangers|corpus] [--sources FOLDER] [--again] [--brief]
    python benchmarks/field.py --own URL|FOLDER…     projects of your own: printed, and in no report
    python benchmarks/field.py --report              the page anew from what is known

benchmarks/field.toml names the projects; without NAME all of them are tried that were not yet. Each is done
to as a person would who edits nothing: its own Docker files are left out, then `scaffold init --yes`,
`docker build`, `docker compose up`, a request, `docker stop`, a build after an edit, and development with
`--watch`. --sources is a folder with clones as OWNER+NAME/repo, asked before the network. --brief ends with
the answer: no build after an edit, and no development. Results are in benchmarks/field.json.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # examples and strangers are built in the same workshop

from field_page import SETS, Row, cells, is_served, page  # noqa: E402
from workshop import (  # noqa: E402
    BASE,
    DEV,
    KILLED,
    STOP_SECONDS,
    Copy,
    Running,
    Workshop,
    check_is_hardened,
    health,
    inspect,
    must,
    run,
    scaffold,
    steps_of,
    wait_until,
)

LIST = ROOT / "benchmarks" / "field.toml"
RESULTS = ROOT / "benchmarks" / "field.json"
PAGE = ROOT / "docs" / "field-report.md"

#: The Docker files that a project has already: what they say is what we are to find out.
THEIRS = re.compile(
    r"(?i)(.*\.)?(docker|container)file(\..*)?|(docker-)?compose([.-].*)?\.ya?ml|\.dockerignore|docker-bake\..*"
)

#: How long the first answer may take, and a program that is no server to its end; seconds.
ANSWER_SECONDS = 90
END_SECONDS = 60

#: What a line of no meaning is, in the languages of pages; `//` elsewhere.
MARKS = {".py": "# {}", **dict.fromkeys((".html", ".vue", ".svelte", ".astro"), "<!-- {} -->")}
SOURCES = frozenset(
    {".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".vue", ".svelte", ".astro", ".go", ".html"}
)
NO_SOURCE = re.compile(r"test|spec|config|mock|vendor|example|\.d\.ts$", re.IGNORECASE)
PRUNED = frozenset({".git", "node_modules", ".venv", "__pycache__", "dist", "docs"})


class Chosen(NamedTuple):
    """A project that was chosen: a folder of a repository at a commit."""

    url: str
    commit: str = "HEAD"
    folder: str = "."
    kind: str = "web"
    page: str = "/"
    set: str = "own"
    why: str = ""
    needs: str = ""
    note: str = ""  # what came of it and why, in a person's words; written afterwards

    @property
    def repository(self) -> str:
        """OWNER/NAME, or the name of a folder of this computer."""
        parts = self.url.rstrip("/").removesuffix(".git").split("/")
        return "/".join(parts[-2:] if "://" in self.url else parts[-1:])

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return self.repository if self.folder == "." else f"{self.repository}/{self.folder}"


def read_list(path: Path = LIST) -> list[Chosen]:
    """Return the projects of the list, in its order."""
    data = tomllib.loads(path.read_text("utf-8"))
    rows = []
    for each in ("strangers", "corpus"):
        for repository in data[each]:
            common = {k: v for k, v in repository.items() if k not in ("projects", "chosen")}
            rows += [Chosen(**{**common, **one, "set": each}) for one in repository.get("projects", [{}])]
    return rows


# -- its sources


def clone(chosen: Chosen, sources: Path | None, scratch: Path) -> tuple[Path, str]:
    """Return a git folder that has the commit, and the commit's own name; nothing of it is run."""
    kept = (sources or scratch) / chosen.repository.replace("/", "+") / "repo"
    if "://" not in chosen.url:
        kept = Path(chosen.url)
    if not kept.exists():
        kept.mkdir(parents=True)
        must("git", "init", "--quiet", "--bare", str(kept))
        must(
            "git", "-C", str(kept), "fetch", "--quiet", "--depth", "1", chosen.url, chosen.commit, seconds=900
        )
    folder = must("git", "-C", str(kept), "rev-parse", "--absolute-git-dir").stdout.strip()
    asked = (
        "FETCH_HEAD" if chosen.commit == "HEAD" and (Path(folder) / "FETCH_HEAD").exists() else chosen.commit
    )
    return Path(folder), must("git", "--git-dir", folder, "rev-parse", f"{asked}^{{commit}}").stdout.strip()


def lay_down(chosen: Chosen, to: Path, sources: Path | None, scratch: Path) -> None:
    """Write the project's folder to TO, alone, as it was before anybody containerised it."""
    git, commit = clone(chosen, sources, scratch)
    whole = Path(tempfile.mkdtemp(dir=scratch))
    index = {"GIT_INDEX_FILE": str(whole / ".index")}
    tree = (whole / "tree").absolute()
    tree.mkdir()
    own = ("git", "--git-dir", str(git), "--work-tree", str(tree), "-c", "core.hooksPath=/dev/null")
    must(*own, "read-tree", commit, env=index)
    # A mirror may lack the largest files: they are said, not mourned.
    done = run(*own, "checkout-index", "--all", "--force", "--quiet", env=index, seconds=900)
    for line in done.stderr.splitlines():
        print(f"  {line}", file=sys.stderr)
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(tree / chosen.folder, to, ignore=_theirs, symlinks=True)
    shutil.rmtree(whole)
    must("git", "init", "--quiet", str(to))
    must("git", "-C", str(to), "add", "--force", "--all")  # as in a clone: what is tracked is not ignored


def _theirs(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if THEIRS.fullmatch(name) and not (Path(folder) / name).is_dir()]


# -- what is done to each, in this order


def detected(copy: Copy, chosen: Chosen) -> Row:
    """What `detect` says of it."""
    done = run(sys.executable, "-P", "-m", "scaffold", "detect", "--json", ".", cwd=copy.folder)
    apps = json.loads(done.stdout)["apps"] if done.stdout else []
    shown = ("path", "stack", "framework", "kind", "package_manager", "port", "services")
    copy.stack = apps[0]["stack"] if apps else ""
    return {"found": [{key: app[key] for key in shown} for app in apps]}


def written(copy: Copy, chosen: Chosen) -> Row:
    """What `init` takes."""
    began = time.monotonic()
    scaffold("init", "--yes", ".", cwd=copy.folder)
    return {"init_s": _since(began)}


def images(copy: Copy, chosen: Chosen) -> Row:
    """Nothing: base images are there, or can be pulled."""
    files = [str(path) for name in ("Dockerfile", *DEV) if (path := copy.folder / name).exists()]
    Workshop(copy.folder.parent).fetch_images("for", *files)
    return {}


def built(copy: Copy, chosen: Chosen) -> Row:
    """How long a build takes that no layer is there for, and how large the image is."""
    began = time.monotonic()
    copy.build("--no-cache")
    return {"cold_s": _since(began), "size_mb": round(inspect(copy.image)["Size"] / 1e6, 1)}


def served(copy: Copy, chosen: Chosen) -> Row:
    """How it answers on this computer by compose.yaml, and how it ends."""
    with copy.running(BASE, "base") as running:
        running.up("--build", healthy=False)
        if running.config()["services"][running.main].get("ports"):
            row = {"status": _answered(running, chosen), **_health(running)}
        else:
            row = _worked(running, chosen)
        containers = running.containers(*running.apps)
        return {**row, "hardened": _is_hardened(containers), **_stopped(running)}


def _answered(running: Running, chosen: Chosen) -> int:
    """Return the status of the page, which has to come."""
    status, said = 0, ""
    end = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < end and not _is_good(chosen, status):
        status, said = ask(running.port, chosen.page)
        assert _is_alive(running), f"it ended; {running.logs()}"
        time.sleep(0.5)
    assert _is_good(chosen, status), f"{chosen.page}: {status or said}\n{running.logs()}"
    return status


def ask(port: int, page: str) -> tuple[int, str]:
    """Return the status of a page, or 0 and what went wrong."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", page, headers={"Accept": "*/*"})  # as curl does: without, Vite 4 says 404
        return connection.getresponse().status, ""
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error) or type(error).__name__
    finally:
        connection.close()


def _is_good(chosen: Chosen, status: int) -> bool:
    """A site's page is there; a program says anything but that it failed."""
    return status == 200 if chosen.kind == "static" else 0 < status < 500


def _is_alive(running: Running) -> bool:
    """Say whether it can still answer: what it depends on may have to come up first."""
    states = [inspect(container)["State"] for container in running.containers(running.main)]
    return not states or any(state["Status"] not in ("exited", "dead") for state in states)


def _health(running: Running) -> Row:
    """What the image's own check says in the end; nothing where it has none."""
    (container,) = running.containers(running.main)
    if not inspect(container)["Config"].get("Healthcheck"):
        return {}
    with suppress(AssertionError):
        wait_until("healthy", lambda: health(container) == "healthy", ANSWER_SECONDS)
    return {"health": health(container)}


def _worked(running: Running, chosen: Chosen) -> Row:
    """No server: it ended well; a worker may also be at work still."""
    assert chosen.kind in ("cli", "worker"), "it publishes no port"
    (container,) = running.containers(running.main)
    end = time.monotonic() + END_SECONDS
    while (state := inspect(container)["State"])["Running"] and time.monotonic() < end:
        time.sleep(0.5)
    assert state["Running"] if chosen.kind == "worker" and state["Running"] else state["ExitCode"] == 0, (
        running.logs()
    )
    return {"status": "at work" if state["Running"] else "exit 0"}


def _is_hardened(containers: Iterable[str]) -> bool:
    try:
        for container in containers:
            check_is_hardened(container)
    except AssertionError:
        return False
    return True


def _stopped(running: Running) -> Row:
    """How long SIGTERM takes, and whether Docker had to kill."""
    containers = [c for c in running.containers(running.main) if inspect(c)["State"]["Running"]]
    began = time.monotonic()
    for container in containers:
        must("docker", "stop", "-t", str(STOP_SECONDS), container)
    killed = any(inspect(container)["State"]["ExitCode"] == KILLED for container in containers)
    return {"stop_s": _since(began), "killed": killed} if containers else {}


def rebuilt(copy: Copy, chosen: Chosen) -> Row:
    """How long a build takes after one line of source was edited, and whether it installs anew."""
    with _edited(copy.folder):
        began = time.monotonic()
        steps = steps_of(copy.build(tag="edited"), ("base", "deps", "prod-deps"))
    return {"rebuild_s": _since(began), "reinstalls": not all(steps.values())}


def developed(copy: Copy, chosen: Chosen) -> Row:
    """Whether it answers in development, an edit arrives, and the same container answers after it."""
    if not (copy.folder / DEV[-1]).exists() or chosen.kind in ("cli", "worker"):
        return {}
    with copy.running(DEV, "dev") as running, running.watched() as log:
        wait_until("watching", lambda: "Watch enabled" in log.read_text(errors="replace"), 900)
        _answered(running, chosen)
        (before,) = running.containers(running.main)
        heard = running.logs()
        with _edited(copy.folder) as path:
            where = path.relative_to(copy.folder).as_posix()
            wait_until("the edit arrives", lambda: _has_arrived(before, where), 60)
            time.sleep(3)
            _answered(running, chosen)
        assert running.containers(running.main) == (before,), "another container"
        return {"dev": "reloads" if running.logs() != heard else "takes edits"}


def _has_arrived(container: str, path: str) -> bool:
    """Say whether the container's copy of the file ends with our line; of a site, it has one folder alone."""
    folder, parts = inspect(container)["Config"]["WorkingDir"] or "/", Path(path).parts
    tails = ("/".join(parts[at:]) for at in range(len(parts)))
    told = (run("docker", "exec", container, "cat", f"{folder}/{tail}").stdout for tail in tails)
    return any(text.rstrip().endswith(_mark(Path(path))) for text in told)


class _edited:  # noqa: N801  it is used as a function
    """One line at the end of a source file, for a while."""

    def __init__(self, folder: Path) -> None:
        self.path = source_of(folder)
        self.before = self.path.read_bytes()

    def __enter__(self) -> Path:
        self.path.write_bytes(self.before + f"\n{_mark(self.path)}\n".encode())
        return self.path

    def __exit__(self, *exception: object) -> None:
        self.path.write_bytes(self.before)


def _mark(path: Path) -> str:
    return MARKS.get(path.suffix, "// {}").format("edited by a person")


def source_of(folder: Path) -> Path:
    """Return the file nearest to the root, of the language that there is most of; no test, no settings."""
    by_suffix: dict[str, list[Path]] = {}
    for path in _files(folder):
        if path.suffix in SOURCES and not NO_SOURCE.search(path.relative_to(folder).as_posix()):
            by_suffix.setdefault(path.suffix, []).append(path)
    assert by_suffix, "no source file that could be edited"
    most = max(by_suffix.values(), key=len)
    return min(most, key=lambda path: (len(path.parts), path.name))


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - PRUNED)
        yield from (Path(root) / name for name in sorted(names))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


#: Each step, and what is said of a project that it fails for; after the last four it can go on.
STEPS: Mapping[str, Callable[[Copy, Chosen], Row]] = {
    "detect": detected,
    "init": written,
    "base images": images,
    "build": built,
    "run": served,
    "rebuild": rebuilt,
    "dev": developed,
}
OPTIONAL = frozenset({"rebuild", "dev"})


def tried(chosen: Chosen, sources: Path | None, scratch: Path, *, brief: bool = False) -> Row:
    """Do everything to one project, or what it takes to an answer; what failed is in `failed`, by step.

    Why is in a log.
    """
    folder = scratch / re.sub(r"[^a-z0-9]+", "-", chosen.name.lower()).strip("-")[-40:].strip("-")
    log = folder.with_suffix(".log")
    log.unlink(missing_ok=True)
    row: Row = {
        "project": chosen.name,
        "set": chosen.set,
        "tried": f"{datetime.now(UTC):%Y-%m-%d}",
        "failed": [],
    }
    lay_down(chosen, folder, sources, scratch)
    copy = Copy(folder=folder)
    try:
        for name, step in STEPS.items():
            if brief and name in OPTIONAL:
                break
            try:
                row |= step(copy, chosen)
            except Exception as error:  # one project must not end the run
                row["failed"].append(name)
                with log.open("a") as file:
                    file.write(f"== {name}\n{type(error).__name__}: {error}\n")
                if name not in OPTIONAL:
                    break
    finally:
        copy.close()
    if row["failed"]:
        print(f"  why: {log}", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return row


# -- what is kept


def known() -> dict[str, Row]:
    """Return the results so far, by project."""
    return {row["project"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}


def keep(rows: Mapping[str, Row], order: Sequence[Chosen]) -> None:
    """Write the results, in the order of the list, and the page."""
    kept = [rows[chosen.name] for chosen in order if chosen.name in rows]
    RESULTS.write_text("[\n" + ",\n".join(json.dumps(row) for row in kept) + "\n]\n")
    PAGE.write_text(page(kept, {chosen.name: chosen.note for chosen in order}), "utf-8")


# -- the command


def main() -> int:
    """Try what is asked; return 1 where a project of one's own is not served."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="projects of the list, by a part of their names")
    parser.add_argument("--set", choices=tuple(SETS), help="only these")
    parser.add_argument("--own", action="store_true", help="NAME is a URL or a git folder; no report")
    parser.add_argument("--sources", type=Path, help="a folder with clones, as OWNER+NAME/repo")
    parser.add_argument("--again", action="store_true", help="also what was tried before")
    parser.add_argument("--brief", action="store_true", help="end with the answer")
    parser.add_argument("--report", action="store_true", help="only write the page")
    asked = parser.parse_args()
    scratch = Path(tempfile.gettempdir()) / "scaffold-field"
    scratch.mkdir(exist_ok=True)
    if asked.own:
        rows = [tried(Chosen(url), asked.sources, scratch) for url in asked.names]
        print(json.dumps(rows, indent=1))
        return int(not all(map(is_served, rows)))
    order = read_list()
    if not asked.report:
        try_all(_wanted(order, asked), asked.sources, scratch, order, brief=asked.brief)
    keep(known(), order)
    return 0


def _wanted(order: Iterable[Chosen], asked: argparse.Namespace) -> list[Chosen]:
    done = set() if asked.again else set(known())
    return [
        chosen
        for chosen in order
        if (not asked.names or any(name in chosen.name for name in asked.names))
        and asked.set in (None, chosen.set)
        and chosen.name not in done
    ]


def try_all(
    wanted: Iterable[Chosen],
    sources: Path | None,
    scratch: Path,
    order: Sequence[Chosen],
    *,
    brief: bool = False,
) -> None:
    """Try each, and keep what came of it at once: a run may be ended and gone on with."""
    for chosen in wanted:
        print(chosen.name, file=sys.stderr, flush=True)
        row = tried(chosen, sources, scratch, brief=brief)
        keep({**known(), chosen.name: row}, order)
        print(f"  {' | '.join(cells(row)[1:])}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
