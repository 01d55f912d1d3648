"""A framework's own output as an app: its server, or its pages on a web server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scaffold.model import Ambiguity, Fact

from .frameworks import angular
from .frameworks.frameworks import Match
from .frameworks.outputs import Output
from .frameworks.pages import find_page
from .frameworks.previews import find_preview
from .program.bins import bin_file
from .program.dev import serve_framework
from .program.entry import Entry, Programs, stated_starts
from .program.evidence import Build, Evidence
from .program.programs import Program, read_program
from .serving.serve import Serving, find_serving
from .shape import (
    App,
    environment_fact,
    excluded,
    find_tests,
    port_said,
    run_environment_of,
    with_processes,
)  # fmt: skip

if TYPE_CHECKING:
    from .code.source import Module

#: Frameworks as `framework` may name them; others are not named.
NAMES = frozenset(
    {
        "express", "fastify", "koa", "hono", "nest", "next", "nuxt", "nitro", "remix", "react-router",
        "sveltekit", "astro", "gatsby", "angular", "vue-cli", "create-react-app", "vite", "solid-start",
        "tanstack-start", "eleventy", "docusaurus", "vitepress", "functions-framework", "expo",
    }
)  # fmt: skip
#: The web server of static sites listens there.
_SITE_PORT = 8080


def make_rendered(
    evidence: Evidence,
    programs: Programs,
    match: Match | None,
    output: Output,
    entry: Entry | None,
    build: Build | None,
) -> App:
    commands = build.commands if build else _framework_build(evidence, output)
    ambiguities = _several(evidence, match)
    if output.kind == "static":
        return _site(evidence, output, build, commands)._replace(ambiguities=ambiguities)
    base = _server(evidence, match, output, entry, build, commands)._replace(ambiguities=ambiguities)
    stated = _framework_start(evidence, output)
    return with_processes(evidence, programs, base, stated, build, None) if stated else base


def _server(
    evidence: Evidence,
    match: Match | None,
    output: Output,
    entry: Entry | None,
    build: Build | None,
    commands: tuple[tuple[str, ...], ...],
) -> App:
    server = _server_module(evidence, output)
    serving = find_serving(evidence.source, evidence.manifest, server, {}, None) if server else Serving()
    port = _port(evidence, output, serving)
    environment = run_environment_of(
        evidence, port, output.run_environment, entry, serving, output.port_variable
    )
    return App(
        kind=evidence.answers.get("kind") or Fact("web", output.source),
        framework=_framework(evidence, output, match),
        port=port,
        health=find_page(evidence, output.framework, output.base_path),
        build=Fact(commands, build.source if build else f"default: {output.framework}") if commands else None,
        copies=Fact(output.copies, output.source),
        excludes=excluded(evidence, output.excludes, output.source),
        production=Fact(output.production, output.source),
        run_environment=Fact(environment, output.source),
        dev=serve_framework(evidence, output.framework, port.value),
        warnings=output.warnings,
        entry=server,
        **_around(output),
        **find_tests(evidence),
    )


def _several(evidence: Evidence, match: Match | None) -> tuple[Ambiguity, ...]:
    """The projects of an Angular workspace, where more than one could be the app."""
    if match is None or match.framework.name != "angular":
        return ()
    return angular.choose(evidence, match.step)[1]


def _around(output: Output) -> dict[str, Any]:
    """What the build, the server and its development need."""
    source = output.source
    found = {
        "server_package": Fact(output.server_package, source) if output.server_package else None,
        "build_environment": environment_fact(output.build_environment, source),
        "dev_environment": environment_fact(output.dev_environment, f"default: {output.framework}"),
        "writable": Fact(output.writable, source) if output.writable else None,
        "environment": Fact(output.environment, source) if output.environment else None,
    }
    return {key: fact for key, fact in found.items() if fact}


def _framework_build(evidence: Evidence, output: Output) -> tuple[tuple[str, ...], ...]:
    return (evidence.execute(output.command),) if output.command else ()


def _framework_start(evidence: Evidence, output: Output) -> Fact | None:
    """The framework's own server, with the options that the project's start gives node."""
    answer = evidence.answers.get("start")
    if answer or output.file is None:
        return answer or _stated_server(evidence)
    program = next(_own_programs(evidence, output), None)
    options = program.options if program else ()
    source = program.source if program else output.source
    return Fact(("node", *options, output.file, *output.arguments), source)


def _own_programs(evidence: Evidence, output: Output) -> Iterator[Program]:
    """The stated programs that run the framework's output: `node build`."""
    for start in stated_starts(evidence):
        program = read_program(start, evidence.source, evidence.manifest)
        if program and any(f"{program.file}/".startswith(f"{folder}/") for folder in output.folders):
            yield program


def _stated_server(evidence: Evidence) -> Fact | None:
    """A server of another package that the project starts: `srvx`, `vike`."""
    for start in stated_starts(evidence):
        file = bin_file(evidence, start.name)
        if file and start.folder == ".":
            return Fact(("node", file, *start.argv[1:]), start.source)
    return None


def _server_module(evidence: Evidence, output: Output) -> Module | None:
    """A server of the framework's whose source is the project's: its port is there."""
    if output.framework != "angular":
        return None
    return next(
        (found for path in ("src/server.ts", "server.ts") if (found := evidence.source.at(path))), None
    )


def _port(evidence: Evidence, output: Output, serving: Serving) -> Fact:
    """The port: answered, given to the start, in the code, or the framework's."""
    if answer := evidence.answers.get("port"):
        return answer
    for start in stated_starts(evidence):
        said = port_said(start.argv, start.environment)
        if said:
            return Fact(said, start.source)
        break
    if serving.port and not serving.port.source.startswith("default: "):
        return serving.port
    return Fact(output.port or 3000, f"default: {output.framework}")


def _framework(evidence: Evidence, output: Output, match: Match | None) -> Fact | None:
    if answer := evidence.answers.get("framework"):
        return answer
    if output.framework not in NAMES:
        return None
    return Fact(output.framework, match.source if match else output.source)


def _site(
    evidence: Evidence, output: Output, build: Build | None, commands: tuple[tuple[str, ...], ...]
) -> App:
    source = output.source
    answers = evidence.answers
    port = answers.get("port")
    dev = answers.get("dev") or serve_framework(
        evidence, output.framework, port.value if port else _SITE_PORT
    )
    preview = find_preview(evidence, is_built=bool(commands)) if dev is None else None
    return App(
        kind=answers.get("kind") or Fact("static", source),
        framework=_framework(evidence, output, None),
        build=Fact(commands, build.source if build else f"default: {output.framework}") if commands else None,
        production=Fact(False, source),
        site=answers.get("site") or Fact(output.site, source),
        spa=answers.get("spa") or Fact(output.spa, source),
        fallback=Fact(output.fallback, source) if output.fallback else None,
        not_found=Fact(output.not_found, source) if output.not_found else None,
        immutable=Fact(output.immutable, source),
        base_path=Fact(output.base_path, source),
        dev=preview.command if preview else dev,
        dev_port=preview.port if preview else None,
        debug_port=Fact(None, source) if dev is None else None,
        warnings=output.warnings,
        **_around(output),
        **find_tests(evidence),
    )
