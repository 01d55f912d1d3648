"""What a Python app needs around it: backing services, environment variables, places to write to."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from scaffold.model import EnvironmentVariable, Fact, ProjectWarning, Service, Writable
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...environment import Read, make_variables, services_read
from ...hints import Hints
from ...placing import Writes
from ...services import SQL, is_led_to
from ..code.reader import Reader
from ..code.reads import read_environment
from ..code.source import Module, Source
from .connections import Connections, Dependency, find_connections
from .writes import find_writes

#: Folders of programs that a person runs by hand: what they need, the app does not.
_BY_HAND = frozenset(
    {"scripts", "script", "tools", "bin", "hack", "utils_scripts", "devtools", "ci", ".github"}
)
_SETTINGS_PACKAGES = frozenset({"settings", "config", "configs", "conf"})


class Project(Protocol):
    """What of project.py is needed here."""

    @property
    def dependencies(self) -> Iterable[Dependency]: ...


class App(Protocol):
    """What of the app is needed here."""

    @property
    def main(self) -> Fact | None: ...
    @property
    def port(self) -> Fact | None: ...
    @property
    def run_environment(self) -> Fact | None: ...


class Settings(NamedTuple):
    """What a Python app needs around it."""

    services: tuple[Service, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    writable: tuple[Writable, ...] = ()
    keep: tuple[
        str, ...
    ] = ()  # database files that come with the sources, whatever .dockerignore says of their kind
    warnings: tuple[ProjectWarning, ...] = ()


def find_settings(
    tree: Tree, source: Source, project: Project | None, app: App | None, hints: Hints | None = None
) -> Settings:
    """Everything that the code of SOURCE needs around it."""
    hints = hints or Hints()
    reader = Reader(source, _modules(source, app))
    reads = read_environment(reader, _entry(source, app))
    connections = find_connections(reader, project.dependencies if project else (), reads)
    services = services_read(connections.drivers, connections.connections, reads, hints)
    variables = _variables(reads, services, connections, hints, app)
    led = {one.name for one in variables if one.value and "://" in one.value}
    has_sql = any(service.name in SQL for service in services)
    writes = find_writes(tree, reader, reads, taken=led, has_server=has_sql)
    if writes.has_database:
        services = tuple(one for one in services if one.name not in SQL or is_led_to(one, variables))
        has_sql = any(service.name in SQL for service in services)
    return Settings(
        services=services,
        environment=tuple(_with_value(one, writes, connections, services) for one in variables),
        writable=tuple(writes.writable),
        keep=tuple(writes.keep),
        warnings=(*connections.warnings, *writes.told(has_sql)),
    )


def _variables(
    reads: Iterable[Read],
    services: tuple[Service, ...],
    connections: Connections,
    hints: Hints,
    app: App | None,
) -> tuple[EnvironmentVariable, ...]:
    port = app.port.value if app and app.port else None
    stated = app.run_environment.value if app and app.run_environment else {}
    left = (read for read in reads if read.name not in stated and read.name != "DJANGO_SETTINGS_MODULE")
    return make_variables(
        left,
        services,
        schemes=connections.schemes,
        examples=hints.environment,
        port=port if isinstance(port, int) else None,
    )


def _with_value(
    variable: EnvironmentVariable, writes: Writes, connections: Connections, services: tuple[Service, ...]
) -> EnvironmentVariable:
    names = {service.name for service in services}
    for switch in connections.switches:
        if switch.name == variable.name and switch.service in names and variable.value is None:
            return variable._replace(value=switch.value)
    moved: Mapping[str, str] = writes.values
    return variable._replace(value=moved[variable.name]) if variable.name in moved else variable


# -- which modules count


def _modules(source: Source, app: App | None) -> tuple[Module, ...]:
    modules = tuple(module for module in source.modules if not _is_by_hand(module.path))
    used = _settings_in_use(source, app)
    if not used:
        return modules
    package = next(iter(used.values())).name.rpartition(".")[0]
    others = (one for one in modules if one.path not in used and not _is_sibling(one, package))
    return (*used.values(), *others)


def _is_by_hand(path: str) -> bool:
    return any(part in _BY_HAND for part in path.split("/")[:-1]) or "/management/commands/" in f"/{path}"


def _settings_in_use(source: Source, app: App | None) -> dict[str, Module]:
    """The Django settings in use and what they import of their package, wherever they stand, by path."""
    stated = app.run_environment.value.get("DJANGO_SETTINGS_MODULE") if app and app.run_environment else None
    module = source.module(stated) if isinstance(stated, str) else None
    used: dict[str, Module] = {}
    waiting = [module] if module else []
    while waiting:
        one = waiting.pop()
        if one.path not in used:
            used[one.path] = one
            near = (source.module(name) for name in sorted(one.imports) if name.startswith(f"{one.package}."))
            waiting += [other for other in (*near, *map(source.module, one.stars)) if other]
    return used


def _is_sibling(module: Module, package: str) -> bool:
    """Whether MODULE holds settings for another occasion: settings/test.py beside settings/production.py."""
    parent, _, name = module.name.rpartition(".")
    if parent != package or module.path.endswith("__init__.py"):
        return False
    return package.rpartition(".")[2] in _SETTINGS_PACKAGES or "settings" in name


def _entry(source: Source, app: App | None) -> str | None:
    """The file that is run as a program, where there is one."""
    main = str(app.main.value) if app and app.main else ""
    if main.endswith(".py"):
        return main
    name = main.removeprefix("-m ").partition(":")[0]
    if not main.startswith("-m "):
        return None
    module = source.module(f"{name}.__main__") or source.module(name)
    return module.path if module else None
