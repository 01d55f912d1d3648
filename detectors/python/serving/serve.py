"""How an application is served: the production server, its command and port, the development server."""

import ast
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from scaffold.model import Answers, Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ..code.source import Module, Source
from ..packages.dependencies import first_numbers
from ..program.entry import Entry, run_argv
from ..program.frameworks import BY_NAME, FLASK_APP
from ..program.launches import Bind, read_setting

if TYPE_CHECKING:
    from detectors.hints import Hints

    from ..packages.project import Project

Argv = tuple[str, ...]

#: The servers by what they serve; the first that production has is used. uvicorn before gunicorn: one process
#: with one loop is what a container wants; gunicorn where it is all there is, or where a Procfile says so.
SERVERS: Mapping[str, Argv] = {
    "asgi": ("uvicorn", "gunicorn", "hypercorn", "granian", "daphne"),
    "wsgi": ("gunicorn", "waitress", "granian"),
}
_ADDED = {"asgi": "uvicorn", "wsgi": "gunicorn"}
#: Servers that come with a framework or with one of its extras.
_BROUGHT: Mapping[str, tuple[tuple[str, str | None], ...]] = {
    "uvicorn": (("fastapi", "standard"), ("fastapi", "all"), ("litestar", "standard"),
                ("python-fasthtml", None),
                ("uvicorn-worker", None), ("fastapi-cli", None), ("gradio", None)),
    "gunicorn": (("uvicorn-worker", None), ("functions-framework", None)),
    "hypercorn": (("quart", None),),
}  # fmt: skip
#: gunicorn serves ASGI by itself since then: https://gunicorn.org/asgi
_GUNICORN_ASGI = (25, 1)
#: Dash objects are WSGI applications since then; before, only their `.server` is.
_DASH_WSGI = (3, 0)

DEBUGGER: Argv = ("python", "-Xfrozen_modules=off", "-m", "debugpy", "--listen", "0.0.0.0:5678")
_HOST = "0.0.0.0"  # noqa: S104  a container's port is published by who runs it


class Served(NamedTuple):
    """The two ways an application is served, and what they add."""

    server: Fact
    start: Fact
    dev: Fact
    additions: Argv = ()
    dev_additions: Argv = ()
    environment: tuple[tuple[str, str], ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()


class Order(NamedTuple):
    """Everything that a command is made of."""

    entry: Entry
    main: Fact
    port: Fact
    project: "Project | None"
    source: Source
    answers: Answers
    python: str | None  # the release that the image has: which tools run on it

    @property
    def target(self) -> str:
        """The import string without a call."""
        return str(self.main.value).removesuffix("()")

    @property
    def factory(self) -> bool:
        """Whether the import string is called."""
        return str(self.main.value).endswith("()")

    @property
    def bind(self) -> str:
        """Address and port."""
        return f"{_HOST}:{self.port.value}"

    def has(self, name: str) -> bool:
        """Whether production has a package, or something that brings it."""
        if self.project is None:
            return False
        return self.project.has(name) is not None or any(
            self._brings(package, extra) for package, extra in _BROUGHT.get(name, ())
        )

    def _brings(self, package: str, extra: str | None) -> bool:
        if self.project is None or not self.project.has(package):
            return False
        asked = self.project.asks(package)
        return extra is None or (asked is not None and extra in asked.extras)

    def at_least(self, name: str, version: tuple[int, ...]) -> bool:
        """Whether a package is known to be that new; an unpinned one is the newest."""
        return self.project is None or self.project.at_least(name, version)

    def tool(self, name: str) -> str:
        """A package of ours, at the catalogue's version."""
        from scaffold.catalogue import tool

        return f"{name}=={tool(name, self.python)}"


def serve(order: Order) -> Served:
    """Return how ORDER's application is served."""
    special = _OWN.get(order.entry.interface) or _OWN.get(order.entry.framework)
    return special(order) if special else _with_server(order)


# -- gunicorn, uvicorn and their kind


def _with_server(order: Order) -> Served:
    server, source, added = _choose(order)
    head, tail = _COMMANDS[server](order)
    kept = _kept_options(order, server)
    argv = (*head, *(_usual(order, server) if kept is None else kept), *tail)
    warnings = (_added_warning(order, server, added),) if added else ()
    dev, extra = _develop(order, server)
    return Served(
        Fact(server, source),
        Fact(argv, order.main.source),
        Fact(dev, order.main.source),
        additions=(added,) if added else (),
        dev_additions=(order.tool("debugpy"), *extra),
        environment=(),
        warnings=warnings,
    )


def _choose(order: Order) -> tuple[str, str, str | None]:
    """(server, what says so, what must be added for it)."""
    answer = order.answers.get("server")
    if answer:
        name = str(answer.value)
        return name, answer.source, None if order.has(name) else order.tool(name)
    start = order.entry.start
    stated = (
        {"waitress-serve": "waitress"}.get(start.server, start.server) if start and start.server else None
    )
    if start and stated in SERVERS.get(order.entry.interface, ()) and _can(order, stated):
        return stated, start.source, None if order.has(stated) else order.tool(stated)
    for name in SERVERS[order.entry.interface]:
        if order.has(name) and _can(order, name):
            return name, _source_of(order, name), None
    name = _ADDED[order.entry.interface] if _can(order, _ADDED[order.entry.interface]) else "waitress"
    return name, f"default: {order.entry.framework or order.entry.interface}", order.tool(name)


def _source_of(order: Order, name: str) -> str:
    found = order.project.has(name) if order.project else None
    if found:
        return found.source
    brought = (
        package for package, _ in _BROUGHT.get(name, ()) if order.project and order.project.has(package)
    )
    fact = next((fact for package in brought if order.project and (fact := order.project.has(package))), None)
    return fact.source if fact else f"default: {order.entry.framework}"


def _can(order: Order, server: str) -> bool:
    """Whether a server takes such an application."""
    if server == "gunicorn" and order.entry.interface == "asgi":
        return (
            order.has("uvicorn") or order.has("uvicorn-worker") or order.at_least("gunicorn", _GUNICORN_ASGI)
        )
    if server == "gunicorn" and order.main.value.endswith(".server"):
        return False  # it takes a name or a call, no attribute
    if server == "daphne":
        return not str(order.main.value).endswith(")")
    if server == "granian":
        return "(" not in str(order.main.value) or order.factory
    return True


def _added_warning(order: Order, server: str, added: str) -> ProjectWarning:
    because = order.project.because if order.project else order.main.source
    message = f"no production server among the dependencies: {added} is added to the image"
    return ProjectWarning("server-added", message, because)


#: A command in two parts: options stand between.
Parts = tuple[Argv, Argv]


def _gunicorn(order: Order) -> Parts:
    return ("gunicorn", "--bind", order.bind), (str(order.main.value),)


def _uvicorn(order: Order) -> Parts:
    factory = ("--factory",) if order.factory else ()
    return ("uvicorn", order.target, *factory, "--host", _HOST, "--port", str(order.port.value)), ()


def _hypercorn(order: Order) -> Parts:
    return ("hypercorn", "--bind", order.bind), (str(order.main.value),)


def _daphne(order: Order) -> Parts:
    return ("daphne", "-b", _HOST, "-p", str(order.port.value)), (order.target,)


def _granian(order: Order) -> Parts:
    factory = ("--factory",) if order.factory else ()
    where = ("--host", _HOST, "--port", str(order.port.value))
    return ("granian", "--interface", order.entry.interface, *where, *factory), (order.target,)


def _waitress(order: Order) -> Parts:
    call = ("--call",) if order.factory else ()
    return ("waitress-serve", f"--listen={order.bind}", *call), (order.target,)


_COMMANDS: Mapping[str, Callable[[Order], Parts]] = {
    "gunicorn": _gunicorn,
    "uvicorn": _uvicorn,
    "hypercorn": _hypercorn,
    "daphne": _daphne,
    "granian": _granian,
    "waitress": _waitress,
}


def _kept_options(order: Order, server: str) -> Argv | None:
    """What the Procfile says to the same server, where it can be said without a shell."""
    start = order.entry.start
    stated = start.server if start else None
    if start is None or {"waitress-serve": "waitress"}.get(stated or "", stated) != server or not start.exact:
        return None
    if not start.source.startswith("Procfile"):
        return None
    usual = _usual(order, server)
    said = {word.partition("=")[0] for word in start.options}
    pairs = [usual[index : index + 2] for index in range(0, len(usual), 2)]
    return tuple(word for pair in pairs if not _says(said, pair[0]) for word in pair) + start.options


def _says(said: set[str], option: str) -> bool:
    return not said.isdisjoint({option, *_SHORT.get(option, ())})


_SHORT = {"--worker-class": ("-k",), "--access-logfile": ()}


def _usual(order: Order, server: str) -> Argv:
    """What a container wants beside where to bind: heartbeats in memory, the log on the terminal."""
    if server == "gunicorn":
        worker = _worker_class(order)
        kind = ("--worker-class", worker) if worker else ()
        return (*kind, "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-")  # noqa: S108
    return ("--access-logfile", "-") if server == "hypercorn" else ()


def _worker_class(order: Order) -> str | None:
    if order.entry.framework == "aiohttp":
        return "aiohttp.GunicornWebWorker"
    if order.entry.interface != "asgi":
        module = order.entry.module
        patches = module is not None and module.mentions("monkey.patch_all(") and order.has("gevent")
        return "gevent" if patches else None  # which patches before anything else is imported
    if order.has("uvicorn-worker"):
        return "uvicorn_worker.UvicornWorker"
    return "uvicorn.workers.UvicornWorker" if order.has("uvicorn") else "asgi"


# -- development


def _develop(order: Order, server: str) -> tuple[Argv, Argv]:
    """(argv, what it needs beyond the debugger)."""
    framework = order.entry.framework
    port = str(order.port.value)
    if framework == "flask" and order.at_least("flask", FLASK_APP):
        run = (
            "-m",
            "flask",
            "--app",
            str(order.main.value),
            "run",
            "--debug",
            "--host",
            _HOST,
            "--port",
            port,
        )
        return (*DEBUGGER, *run), ()
    if order.entry.interface == "asgi":
        factory = ("--factory",) if order.factory else ()
        run = ("-m", "uvicorn", order.target, *factory, "--host", _HOST, "--port", port, "--reload")
        return (*DEBUGGER, *run), () if order.has("uvicorn") else (order.tool("uvicorn"),)
    worker = _worker_class(order)
    kind = ("--worker-class", worker) if worker else ()
    if server == "waitress" and order.target.endswith(".server"):
        return watched(("waitress", f"--listen={order.bind}", order.target)), (order.tool("watchfiles"),)
    run = ("-m", "gunicorn", "--bind", f"{_HOST}:{port}", "--reload", *kind, str(order.main.value))
    return (*DEBUGGER, *run), () if order.has("gunicorn") or server == "gunicorn" else (
        order.tool("gunicorn"),
    )


def watched(command: Argv) -> Argv:
    """COMMAND under the debugger, started again whenever a source changes."""
    import shlex

    debugged = (*DEBUGGER, *command[1:]) if command[0] == "python" else (*DEBUGGER, "-m", *command)
    return ("watchfiles", "--filter", "python", shlex.join(debugged))


def with_dash_server(entry: Entry, project: "Project | None") -> Entry:
    """A Dash object is called through its `.server`: where the module has one, and always before Dash 3."""
    module, main = entry.module, entry.main
    if module is None or main is None or main.source.startswith("answer:"):
        return entry
    home, _, name = str(main.value).partition(":")
    for other, values in module.assigned.items():
        if any(
            isinstance(value, ast.Attribute) and ast.unparse(value) == f"{name}.server" for value in values
        ):
            return entry._replace(main=Fact(f"{home}:{other}", main.source))
    asked = project.has("dash") if project else None
    old = asked is not None and asked.value and first_numbers(str(asked.value)) < _DASH_WSGI
    return entry._replace(main=Fact(f"{main.value}.server", main.source)) if old else entry


# -- what serves itself


def _streamlit(order: Order) -> Served:
    script = str(order.main.value)
    options = (f"--server.address={_HOST}", f"--server.port={order.port.value}", "--server.headless=true")
    quiet = "--browser.gatherUsageStats=false"
    start = ("streamlit", "run", script, *options, quiet)
    dev = (*DEBUGGER, "-m", "streamlit", "run", script, *options, "--server.runOnSave=true", quiet)
    return _own(order, "streamlit", start, dev)


def _functions(order: Order) -> Served:
    module = order.entry.module
    name = _function_target(module) if module else None
    target = (f"--target={name}",) if name else ()
    options = (*target, f"--source={order.main.value}", f"--host={_HOST}", f"--port={order.port.value}")
    start = ("functions-framework", *options)
    dev = (*DEBUGGER, "-m", "functions_framework", *options, "--debug")
    return _own(order, "functions-framework", start, dev)


def _function_target(module: Module) -> str | None:
    for name, function in module.functions.items():
        decorators = (ast.unparse(node) for node in function.decorator_list)
        if any(text.startswith("functions_framework.") for text in decorators):
            return name
    return None


def _sanic(order: Order) -> Served:
    """One process: its worker manager is made for whole machines, and no debugger follows it."""
    factory = ("--factory",) if order.factory else ()
    where = ("--host", _HOST, "--port", str(order.port.value))
    start = ("sanic", order.target, *where, *factory, "--single-process")
    served = _own(order, "sanic", start, watched(start))
    return served._replace(dev_additions=(*served.dev_additions, order.tool("watchfiles")))


def _aiohttp(order: Order) -> Served:
    """aiohttp serves itself from a script, and under gunicorn where only an object is there."""
    launch = order.entry.launch
    if launch and launch.first and not launch.loopback:
        return _script(order)
    added = None if order.has("gunicorn") else order.tool("gunicorn")
    worker = ("--worker-class", "aiohttp.GunicornWebWorker")
    target = str(order.main.value).removesuffix("()")
    where = ("--bind", order.bind, *worker)
    start = ("gunicorn", *where, "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-", target)  # noqa: S108
    dev = (*DEBUGGER, "-m", "gunicorn", *where, "--reload", target)
    warnings = (_added_warning(order, "gunicorn", added),) if added else ()
    return _own(order, "gunicorn", start, dev)._replace(
        additions=(added,) if added else (), warnings=warnings
    )


def _script(order: Order) -> Served:
    """A program that binds by itself: its own settings put right what it binds."""
    module, command = order.entry.module, order.entry.command
    start = (command,) if command else run_argv(module) if module else ("python", str(order.main.value))
    dev = watched(run_argv(module) if module and not command else start)
    name = order.entry.framework or "python"
    served = _own(order, name, start, dev)
    environment, warnings = _bindings(order)
    extra = (*served.dev_additions, order.tool("watchfiles"))
    return served._replace(dev_additions=extra, environment=environment, warnings=warnings)


def _own(order: Order, server: str, start: Argv, dev: Argv) -> Served:
    return Served(
        Fact(server, order.main.source),
        Fact(start, order.main.source),
        Fact(dev, order.main.source),
        dev_additions=(order.tool("debugpy"),),
    )


#: The environment variables by which a framework says where a script binds.
_SETTINGS = {"gradio": ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT")}


def _bindings(order: Order) -> tuple[tuple[tuple[str, str], ...], tuple[ProjectWarning, ...]]:
    """(the environment that puts right where a script binds, what cannot be put right)."""
    launch = order.entry.launch
    if launch is None:
        return (), ()
    host, port = _SETTINGS.get(order.entry.framework, (None, None))
    host_variable = _variable(launch.host, host)
    port_variable = _variable(launch.port, port)
    environment: list[tuple[str, str]] = []
    if host_variable and launch.loopback:
        environment.append((host_variable, _HOST))
    if port_variable and (launch.port_fact is None or launch.port_fact.value != order.port.value):
        environment.append((port_variable, str(order.port.value)))
    stuck = launch.loopback and not host_variable
    message = "binds 127.0.0.1, which nothing outside the container reaches: bind 0.0.0.0"
    return tuple(environment), (ProjectWarning("loopback", message, launch.source),) if stuck else ()


def _variable(bind: Bind | None, usual: str | None) -> str | None:
    return usual if bind is None else bind.variable


_OWN: Mapping[str, Callable[[Order], Served]] = {
    "streamlit": _streamlit,
    "functions-framework": _functions,
    "script": _script,
    "sanic": _sanic,
    "aiohttp": _aiohttp,
}


# -- the port


def find_port(entry: Entry, source: Source, answers: Answers, hints: "Hints | None") -> Fact:
    """Return the port that is bound: as answered, as started, as the code says, as hinted, as is usual."""
    if answer := answers.get("port"):
        return answer
    start = entry.start
    if start and start.port:
        return Fact(start.port, start.source)
    for found in (
        _configured(source, start.options if start else ()),
        entry.launch and entry.launch.port_fact,
    ):
        if found:
            return found
    if hints and hints.port:
        return hints.port
    framework = BY_NAME.get(entry.framework)
    name = entry.framework or "python"
    usual = _SCRIPT_PORTS.get(name) if entry.interface == "script" else None
    return Fact(usual or (framework.port if framework else 8000), f"default: {name}")


#: What a program binds that serves itself and says no port.
_SCRIPT_PORTS = {"flask": 5000, "quart": 5000, "fasthtml": 5001, "python": 8000}

_CONFIGURATIONS = (
    "gunicorn.conf.py",
    "gunicorn_config.py",
    "gunicorn_conf.py",
    "config/gunicorn.py",
    "gunicorn.py",
)


def _configured(source: Source, options: Argv) -> Fact | None:
    """The port that gunicorn's own file binds."""
    named = [options[index + 1] for index, word in enumerate(options[:-1]) if word in {"-c", "--config"}]
    paths = [*(name.removeprefix("python:").removeprefix("file:") for name in named), *_CONFIGURATIONS[:1]]
    for path in paths:
        module = source.at(path)
        values = module.assigned.get("bind", ()) if module else ()
        if module and len(values) == 1 and (port := _port_of(module, values[0])):
            return Fact(port, f"{path}:{values[0].lineno}")
    return None


def _port_of(module: Module, node: ast.expr) -> int | None:
    value, _ = read_setting(module, node)
    if isinstance(value, tuple) and value:
        value = value[0]
    if isinstance(node, ast.JoinedStr) and value is None and isinstance(node.values[-1], ast.FormattedValue):
        value, _ = read_setting(module, node.values[-1].value)
    match = re.fullmatch(r"(?:.*:)?(\d{2,5})", str(value))
    return int(match[1]) if match and int(match[1]) < 65536 else None
