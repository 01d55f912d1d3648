"""How a program is developed in a container: what reloads it, reachable, with a debugger. Runs none."""

import re
from collections.abc import Callable, Mapping

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from .bins import bin_file, package_of
from .entry import Entry
from .evidence import Evidence, telling_steps
from .programs import Program, read_program
from .scripts import Start, steps_of

DEBUGGER = "--inspect=0.0.0.0:9229"
_SCRIPTS = ("dev", "develop", "start:dev", "dev:server", "watch", "start:debug", "serve", "start", "docs:dev")
_ALL = "0.0.0.0"  # noqa: S104  the host's port is on 127.0.0.1


class Server(NamedTuple):
    """A framework's own server for development."""

    commands: tuple[str, ...]  # its programs, the usual one first
    words: tuple[str, ...]  # what it is told
    where: Callable[[int], tuple[str, ...]]  # how it is told the address
    verbs: frozenset[str] = frozenset({"dev"})  # what scripts tell it; "" for nothing
    variables: tuple[str, ...] = ()


def _host_port(port: int) -> tuple[str, ...]:
    return ("--host", _ALL, "--port", str(port))


def _capital(port: int) -> tuple[str, ...]:
    return ("-H", _ALL, "-p", str(port))


def _port_alone(port: int) -> tuple[str, ...]:
    return (f"--port={port}",)


_VITE = Server(("vite",), (), _host_port, frozenset({"", "dev", "serve"}))
#: Their options: `--help` of each, and its documentation.
_SERVERS: Mapping[str, Server] = {
    "next": Server(("next",), ("dev",), _capital),
    "nuxt": Server(("nuxt", "nuxi"), ("dev",), _host_port),
    "sveltekit": Server(("vite",), ("dev",), _host_port, frozenset({"", "dev", "serve"})),
    "tanstack-start": Server(("vite", "vinxi"), ("dev",), _host_port, frozenset({"", "dev"})),
    "solid-start": Server(("vinxi", "vite"), ("dev",), _host_port, frozenset({"", "dev"})),
    "react-router": Server(("react-router",), ("dev",), _host_port),
    "remix": Server(("remix",), ("vite:dev",), _host_port, frozenset({"vite:dev"})),
    "astro": Server(("astro",), ("dev",), _host_port, frozenset({"dev", "start"})),
    "gatsby": Server(("gatsby",), ("develop",), _capital, frozenset({"develop"})),
    "angular": Server(("ng",), ("serve",), _host_port, frozenset({"serve"})),
    "nitro": Server(("nitro", "nitropack"), ("dev",), _host_port),
    "docusaurus": Server(("docusaurus",), ("start", "--no-open"), _host_port, frozenset({"start"})),
    "vitepress": Server(("vitepress",), ("dev",), _host_port, frozenset({"dev"})),
    "vuepress": Server(("vuepress",), ("dev",), _host_port),
    "eleventy": Server(("eleventy",), ("--serve",), _port_alone, frozenset({""})),
    "expo": Server(("expo",), ("start", "--web"), _port_alone, frozenset({"start"})),
    "vue-cli": Server(("vue-cli-service",), ("serve",), _host_port, frozenset({"serve"})),
    "create-react-app": Server(("react-scripts", "craco", "react-app-rewired"), ("start",), lambda port: (),
                               frozenset({"start"}), ("HOST=0.0.0.0", "PORT={port}", "BROWSER=none")),
    "rsbuild": Server(("rsbuild",), ("dev",), _host_port),
    "vite": _VITE,
}  # fmt: skip
#: Options that say where a server listens, or that open a browser nobody sees.
_WHERE = frozenset({"--host", "-H", "--hostname", "--port", "-p", "-l", "--listen"})
_OPENS = r"\bopen\s*:(?!\s*false\b)"
_DROPPED = frozenset({"--open", "-o", "--no-open", "--web", "--inspect", "--strictPort"})


def serve_framework(evidence: Evidence, name: str, port: int) -> Fact | None:
    """Return the command of a framework's own development server."""
    server = _SERVERS.get(name)
    if server is None:
        return None
    step = _told(evidence, server)
    command = (
        step.name if step else next((c for c in server.commands if bin_file(evidence, c)), server.commands[0])
    )
    file = bin_file(evidence, command)
    if file is None:
        return None
    words = _kept(step, server) if step else server.words
    debugger = () if name == "next" else (DEBUGGER,)
    variables = tuple(one.format(port=port) for one in server.variables) + _without_browser(evidence)
    inspected: tuple[str, ...] = ()
    if name == "next":
        variables, inspected = _inspected(evidence)
    argv = ("node", *debugger, file, *words, *server.where(port), *inspected)
    return Fact(
        ("env", *variables, *argv) if variables else argv, step.source if step else f"default: {name}"
    )


def _without_browser(evidence: Evidence) -> tuple[str, ...]:
    """What keeps a server from opening a browser as its configuration says: Vite ends where there is none.

    https://vite.dev/config/server-options#server-open
    """
    config = evidence.config("vite.config", "app.config", "astro.config", "svelte.config", "vue.config")
    opens = config is not None and re.search(_OPENS, config.module.text) is not None
    return ("BROWSER=none",) if opens else ()


def _inspected(evidence: Evidence) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(variables, options) for the process in which Next.js serves: it is one of its own.

    16.1 has an option for it. 15 gives that process the port after its own; older ones refuse an address.
    """
    version = evidence.version("next")
    if version >= (16, 1):
        return (), (DEBUGGER,)
    return (("NODE_OPTIONS=--inspect=0.0.0.0:9228",), ()) if version >= (15,) else ((), ())


def _told(evidence: Evidence, server: Server) -> Start | None:
    """The step of a script that starts the framework's server."""
    for name in _SCRIPTS:
        start = evidence.script(name)
        for step in steps_of(start) if start else ():
            known = step.name in server.commands and package_of(step.name) and step.folder == "."
            if known and _verb(step) in server.verbs:
                return step
    return None


def _verb(step: Start) -> str:
    first = step.argv[1] if len(step.argv) > 1 else ""
    return "" if first.startswith("-") else first


def _kept(step: Start, server: Server) -> tuple[str, ...]:
    """What a script tells the server, without where it listens."""
    words = list(step.argv[1:])
    kept: list[str] = []
    while words:
        word = words.pop(0)
        key, equals, _ = word.partition("=")
        if key in _WHERE:
            if not equals and words and not words[0].startswith("-"):
                words.pop(0)
        elif key not in _DROPPED and "$" not in word:
            kept.append(word)
    missing = [word for word in server.words[1:] if word.startswith("-") and word not in kept]
    return (*(kept or server.words[:1]), *missing)


# -- a program of the project's own


def _nest(evidence: Evidence) -> tuple[str, ...]:
    """From a shell, Nest ends the program by `ps`, which slim images lack; since 11 it needs no shell."""
    alone = ("--no-shell",) if evidence.version("@nestjs/cli") >= (11,) else ()
    return ("start", "--watch", "--debug", "0.0.0.0:9229", *alone)


def serve_program(evidence: Evidence, entry: Entry) -> Fact:
    """Return the command that runs the program anew when a file changes, with a debugger."""
    if any(step.name == "nest" for step in telling_steps(evidence)) or evidence.manifest.has_any(
        "@nestjs/cli"
    ):
        file = bin_file(evidence, "nest")
        if file and evidence.manifest.has_any("@nestjs/core"):
            return Fact(("node", file, *_nest(evidence)), "default: nest")
    program = _developed(evidence) or entry.program
    if program is None or entry.main is None:
        return Fact(entry.argv, entry.source)
    source = program.source if program.start else entry.source
    if program.tool == "bun" or entry.argv[:1] == ("bun",):
        return Fact(("bun", "--watch", DEBUGGER, program.file, *program.arguments), source)
    return Fact(_watched(evidence, program, entry), source)


def _developed(evidence: Evidence) -> Program | None:
    """The program that scripts for development run."""
    for name in _SCRIPTS[:6]:
        start = evidence.script(name)
        program = read_program(start, evidence.source, evidence.manifest) if start else None
        if program and _is_there(evidence, program):
            return program
    return None


def _is_there(evidence: Evidence, program: Program) -> bool:
    return evidence.source.at(program.file) is not None or program.file in evidence.tree


def _watched(evidence: Evidence, program: Program, entry: Entry) -> tuple[str, ...]:
    file = program.file
    if not _is_there(evidence, program) or (entry.built and program is entry.program):
        file = entry.module.path if entry.module else file
    typed = file.endswith((".ts", ".mts", ".cts", ".tsx"))
    requires = tuple(word for pair in program.requires for word in pair)
    has = evidence.manifest.has_any
    is_stated = program.start is not None and file == program.file
    runs_itself = not typed or is_stated or (entry.main is not None and entry.main.value == file)
    if program.tool in {"", "esm"} and runs_itself:
        return ("node", "--watch", DEBUGGER, *program.options, *requires, file, *program.arguments)
    if program.tool == "tsx" or (not program.tool and has("tsx")):
        runner = bin_file(evidence, "tsx") or "node_modules/tsx/dist/cli.mjs"
        return ("node", runner, "watch", DEBUGGER, *requires, file, *program.arguments)
    hook = {"ts-node": "ts-node/register", "babel": "@babel/register", "swc": "@swc-node/register"}
    tool = program.tool or next((one for one in hook if has(one)), "")
    if tool in hook and has(hook[tool].removesuffix("/register"), hook[tool]):
        # they tell node of each file that they read, so that it watches all of them
        return ("node", "--watch", DEBUGGER, *requires, "-r", hook[tool], file, *program.arguments)
    return _compiled_watch(evidence, entry) if typed else ("node", "--watch", DEBUGGER, file)


def _compiled_watch(evidence: Evidence, entry: Entry) -> tuple[str, ...]:
    """The compiler writes what node runs: both watch."""
    built = entry.main.value if entry.main else ""
    if entry.built is None or entry.built.tool != "tsc" or not evidence.manifest.has_any("typescript"):
        return ("node", "--watch", "--experimental-transform-types", DEBUGGER, entry.module.path) if (
            entry.module and int(evidence.major) >= 22
        ) else ("node", "--watch", DEBUGGER, str(built))  # fmt: skip
    compiler = "node node_modules/typescript/bin/tsc"
    watch = f"{compiler} --watch --preserveWatchOutput --noEmitOnError false"
    return ("sh", "-c", f"{compiler}; {watch} & exec node --watch {DEBUGGER} '{built}'")
