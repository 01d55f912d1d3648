"""A program of the project's own as an app: a server, a worker, a command, or a library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scaffold.model import Answers, Fact, Health, ProjectWarning

from .frameworks.frameworks import Match, library_of
from .frameworks.outputs import ALL
from .program.bins import bin_file
from .program.dev import serve_program
from .program.entry import Entry, Programs, read_programs, settle, stated_starts
from .program.evidence import Build, Evidence, find_build
from .program.processes import find_endless
from .program.programs import Program
from .rendered import NAMES
from .serving.serve import Serving, find_serving
from .shape import (
    App,
    environment_fact,
    excluded_sources,
    find_tests,
    port_said,
    run_environment_of,
    with_processes,
)  # fmt: skip

if TYPE_CHECKING:
    from .code.source import Module
    from .packages.manifest import Manifest

#: Servers that are started by a command of their own, and where they listen by custom.
_COMMANDS = {"strapi": 1337, "json-server": 3000, "keystone": 3000, "directus": 8055, "medusa": 9000,
             "functions-framework": 8080, "graphql-inspector": 4000, "vike": 3000}  # fmt: skip
#: Frameworks that a program of the project's own may serve: it is named for what it renders.
_RENDERERS = frozenset({"next", "nuxt", "remix", "react-router", "sveltekit", "astro", "angular",
                        "solid-start", "tanstack-start"})  # fmt: skip


def make_commanded(evidence: Evidence, programs: Programs, build: Build | None) -> App | None:
    """A server that comes as a command: `functions-framework`, `strapi start`."""
    for start in stated_starts(evidence):
        if start.name not in _COMMANDS or start.folder != ".":
            continue
        file = bin_file(evidence, start.name)
        words = start.argv[1:]
        argv = ("node", file, *words) if file else (f"node_modules/.bin/{start.name}", *words)
        port = evidence.answers.get("port") or Fact(
            port_said(start.argv, start.environment) or _COMMANDS[start.name], start.source
        )
        named = Fact(start.name, start.source) if start.name in NAMES else None
        module = evidence.source.at(evidence.manifest.main or "index.js") or evidence.source.find("index")
        base = App(
            kind=evidence.answers.get("kind") or Fact("web", start.source),
            framework=evidence.answers.get("framework") or named,
            port=port,
            health=Fact(Health(None), start.source),
            build=_build_fact(build, ()),
            copies=Fact(ALL, start.source),
            production=Fact(True, start.source),
            run_environment=Fact({"PORT": str(port.value), "HOST": "0.0.0.0"}, start.source),  # noqa: S104
            dev=Fact(argv, start.source),
            entry=module,
            **find_tests(evidence),
        )
        return with_processes(evidence, programs, base, Fact(argv, start.source), build, None)
    return None


def _put_in_front(entry: Entry, serving: Serving) -> Fact | None:
    """The port that the start script gives to the program: `PORT=4000 node server.js`."""
    start = entry.program.start if entry.program else None
    said = dict(start.environment).get(serving.variable or "", "") if start else ""
    return Fact(int(said), start.source) if start and said.isdecimal() and 0 < int(said) < 65536 else None


def make_own(
    evidence: Evidence, programs: Programs, entry: Entry | None, build: Build | None, match: Match | None
) -> App:
    answers = evidence.answers
    if entry is None or _says(answers, "library"):
        return _nothing(evidence, entry)
    module = entry.module
    modules = evidence.source.program(module) if module else ()
    serving = _serving(evidence, module)
    kind = answers.get("kind") or _kind(evidence, entry, serving, modules)
    if kind.value == "library":
        return _nothing(evidence, entry)
    web = kind.value == "web"
    port = (answers.get("port") or _put_in_front(entry, serving) or serving.port) if web else None
    environment = run_environment_of(evidence, port, {}, entry, serving)
    base = App(
        kind=kind,
        framework=answers.get("framework") or _framework(evidence, modules, match),
        main=entry.main,
        port=port,
        health=serving.health if web else None,
        build=_build_fact(build, entry.build) if _needs_build(entry, build, match) else None,
        copies=Fact(ALL, entry.source),
        excludes=excluded_sources(evidence, entry),
        production=Fact(True, entry.source),
        run_environment=environment_fact(environment, entry.source),
        dev=serve_program(evidence, entry),
        ambiguities=entry.ambiguities,
        warnings=(*_told(evidence, entry), *(serving.warnings if web else ())),
        entry=module,
        **find_tests(evidence),
    )
    start = answers.get("start") or (Fact(entry.argv, entry.source) if entry.main else None)
    return with_processes(evidence, programs, base, start, build, entry) if start else base


def _told(evidence: Evidence, entry: Entry) -> tuple[ProjectWarning, ...]:
    """What is to be said of how the program is started: nothing, where somebody says it."""
    return () if "start" in evidence.answers else entry.warnings


def _serving(evidence: Evidence, module: Module | None) -> Serving:
    if module is None:
        return Serving()
    return find_serving(evidence.source, evidence.manifest, module, evidence.answers, evidence.hints)


def _framework(evidence: Evidence, modules: Iterable[Module], match: Match | None) -> Fact | None:
    """What the program renders with, else what it serves with."""
    if match and match.framework.name in _RENDERERS:
        return Fact(match.framework.name, match.source)
    library = library_of(evidence, modules)
    return library[1] if library else None


def _says(answers: Answers, kind: str) -> bool:
    return "kind" in answers and answers["kind"].value == kind


def _kind(evidence: Evidence, entry: Entry, serving: Serving, modules: Iterable[Module]) -> Fact:
    """Web where it listens, worker where it never ends, else cli; what is only imported is a library."""
    if serving.listens and serving.listens.value != "micro":
        return Fact("web", serving.listens.source)
    endless = find_endless(modules)
    if endless or serving.listens:
        return Fact("worker", (endless or serving.listens).source)  # type: ignore[union-attr]
    procfile = evidence.hints.procfile if evidence.hints else {}
    if entry.program and entry.program.start and "worker" in procfile and "web" not in procfile:
        return Fact("worker", procfile["worker"].source)
    if not entry.is_stated and _is_library(evidence.manifest):
        return Fact("library", evidence.manifest.path)
    return Fact("cli", entry.source)


def _is_library(manifest: Manifest) -> bool:
    """Whether a package is made to be imported."""
    data = manifest.data
    if manifest.bin or data.get("private") is True:
        return False
    return any(key in data for key in ("exports", "module", "types", "typings", "files", "peerDependencies"))


def _needs_build(entry: Entry, build: Build | None, match: Match | None) -> bool:
    """Whether the build is a part of the image: always, but where it only checks types or makes a package."""
    return bool(entry.build) or (build is not None and bool(build.commands))


def _build_fact(build: Build | None, more: tuple[tuple[str, ...], ...]) -> Fact | None:
    commands = (*(build.commands if build else ()), *more)
    return Fact(commands, build.source if build else "package.json") if commands else None


def _nothing(evidence: Evidence, entry: Entry | None) -> App:
    """A library, or a command: nothing in it is started by itself."""
    answer = evidence.answers.get("kind")
    manifest = evidence.manifest
    source = manifest.place("main") if manifest.main else manifest.path
    if manifest.bin and not _says(evidence.answers, "library") and (app := _command(evidence, answer)):
        return app
    return App(answer or Fact("library", source), **find_tests(evidence))


def _command(evidence: Evidence, answer: Fact | None) -> App | None:
    """The first of the package's commands."""
    build = find_build(evidence)
    programs = read_programs(evidence, build)
    place = evidence.manifest.place("bin")
    for path in evidence.manifest.bin.values():
        entry = settle(programs, Program(path.removeprefix("./")), place)
        if entry and entry.main:
            start = Fact(entry.argv, place)
            return App(
                kind=answer or Fact("cli", place),
                main=entry.main,
                start=start,
                processes=Fact({"app": entry.argv}, place),
                build=_build_fact(build, entry.build),
                copies=Fact(ALL, place),
                excludes=excluded_sources(evidence, entry),
                production=Fact(True, place),
                entry=entry.module,
                warnings=entry.warnings,
                **find_tests(evidence),
            )
    return None
