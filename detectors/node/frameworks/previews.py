"""Servers that show pages while they are written: browser-sync and its kind. Runs none."""

import re
from collections.abc import Iterator, Mapping

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ..program.evidence import Evidence
from ..program.scripts import Start, steps_of
from .outputs import option

#: Scripts that people start to write with, the most telling first.
_SCRIPTS = ("dev", "develop", "serve", "start:dev", "watch", "start", "preview")
#: Commands that listen on every address, and the port that each takes by itself: its README.
_COMMANDS: Mapping[str, int] = {
    "browser-sync": 3000,
    "live-server": 8080,
    "lite-server": 3000,
    "http-server": 8080,
    "serve": 3000,
    "ws": 8000,
    "parcel": 1234,
}
#: The same as libraries, in a gulpfile or a script.
_LIBRARIES: Mapping[str, int] = {"browser-sync": 3000, "gulp-connect": 8080, "live-server": 8080}
_PORT_OPTIONS = ("--port", "-p", "-l", "--listen")
_RUNNERS: Mapping[str, str] = {"gulp": "gulpfile", "grunt": "Gruntfile"}
#: Programs that do something whenever a file changes.
_WATCHERS = frozenset({"gulp", "grunt", "nodemon", "onchange", "chokidar", "watch", "parcel"})
_WATCHES = frozenset({"watch", "--watch", "-w"})


class Preview(NamedTuple):
    """How a project shows its pages in development."""

    command: Fact
    port: Fact


class _Server(NamedTuple):
    port: int
    source: str


def find_preview(evidence: "Evidence", *, is_built: bool) -> Preview | None:
    """Return the script that serves the pages and follows each edit, where the project has one.

    A server whose port is a secret of its configuration, or that serves what nothing builds anew, is none.
    """
    for name in _SCRIPTS:
        start = evidence.script(name)
        steps = steps_of(start) if start else ()
        server = next(_servers(evidence, steps), None)
        if server and (not is_built or _is_watching(evidence, steps)):
            command = Fact(evidence.run(name), evidence.manifest.place("scripts", name))
            return Preview(command, Fact(server.port, server.source))
    return None


def _servers(evidence: "Evidence", steps: "tuple[Start, ...]") -> Iterator[_Server]:
    for step in steps:
        if step.folder != ".":
            continue
        if step.name in _COMMANDS and not _builds(step):
            stated = option(step, *_PORT_OPTIONS) or ""
            yield _Server(int(stated) if stated.isdecimal() else _COMMANDS[step.name], step.source)
        elif path := _program(evidence, step):
            yield from _in_program(evidence, path)


def _builds(step: "Start") -> bool:
    """`parcel build` ends; `browser-sync --proxy` needs another server."""
    return any(word in {"build", "watch", "reload"} or word.startswith("--proxy") for word in step.argv[1:])


def _program(evidence: "Evidence", step: "Start") -> str | None:
    """The file that a step runs: `node scripts/start.js`, or the gulpfile."""
    if step.name == "node" and len(step.argv) > 1:
        path = step.argv[1].removeprefix("./")
        return evidence.tree.first(path, f"{path}.js")
    stem = _RUNNERS.get(step.name)
    return evidence.tree.first(*(f"{stem}.{end}" for end in ("js", "mjs", "cjs", "ts"))) if stem else None


def _in_program(evidence: "Evidence", path: str) -> Iterator[_Server]:
    text = evidence.tree.text(path)
    for name, usual in _LIBRARIES.items():
        if name in text and not re.search(r"\bproxy\s*:|--proxy\b", text):
            stated = re.search(r"\bport\s*:\s*(\d{2,5})\b|--port[= ](\d{2,5})\b", text)
            port = int(stated[1] or stated[2]) if stated else usual
            line = evidence.tree.line_of(path, re.escape(name))
            yield _Server(port, f"{path}:{line}" if line else path)


def _is_watching(evidence: "Evidence", steps: "tuple[Start, ...]") -> bool:
    for step in steps:
        path = _program(evidence, step)
        if step.name in _WATCHERS or not _WATCHES.isdisjoint(step.argv):
            return True
        if path and re.search(r"\bwatch\b", evidence.tree.text(path)):
            return True
    return False
