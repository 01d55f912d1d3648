"""What a Node.js app needs around it: backing services, environment variables, places to write to."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from scaffold.model import EnvironmentVariable, Fact, ProjectWarning, Service, Writable
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...environment import Read, make_variables, services_read
from ...hints import Hints
from ...placing import Writes
from ...services import SQL
from ..code.layout import SUFFIXES
from ..code.module import Module
from ..code.source import Source
from ..packages.manifest import Manifest
from .bundled import find_bundled
from .connections import Connections, find_connections
from .keys import find_keys
from .prisma import Datasource, find_datasource
from .reads import Reads, read_environment
from .writes import find_writes

#: https://www.npmjs.com/package/dotenv-safe: every name of the example must be set
_STRICT = ("dotenv-safe",)


class App(Protocol):
    """What of the app is needed here."""

    @property
    def entry(self) -> Module | None: ...
    @property
    def facts(self) -> Mapping[str, Fact]: ...


class Settings(NamedTuple):
    """What a Node.js app needs around it."""

    services: tuple[Service, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    writable: tuple[Writable, ...] = ()
    keep: tuple[str, ...] = ()  # database files and keys that come with the sources
    warnings: tuple[ProjectWarning, ...] = ()
    at_build: tuple[EnvironmentVariable, ...] = ()  # what a bundler puts into its output


def find_settings(
    tree: Tree,
    source: Source,
    manifest: Manifest | None,
    packages: object = None,
    hints: Hints | None = None,
    app: App | None = None,
) -> Settings:
    """Everything that the code of SOURCE needs around it."""
    hints = hints or Hints()
    modules = program(source, app)
    datasource = find_datasource(tree, manifest)
    reads = read_environment(source, modules)
    at_run = (*_of_prisma(datasource), *_stated(manifest, hints, reads))
    connections = find_connections(source, modules, manifest, at_run, datasource)
    services = services_read(connections.drivers, connections.connections, at_run, hints)
    variables = _variables(at_run, services, connections, hints, app)
    led = {one.name for one in variables if one.value and "://" in one.value}
    has_sql = any(service.name in SQL for service in services)
    examples = {name: fact.value for name, fact in hints.environment.items()}
    writes = find_writes(tree, modules, at_run, datasource, examples, taken=led, has_server=has_sql)
    keys, exposed = find_keys(tree, modules)
    return Settings(
        services=services,
        environment=tuple(_with_value(one, writes, connections, services) for one in variables),
        writable=tuple(writes.writable),
        keep=(*writes.keep, *keys),
        warnings=(*connections.warnings, *writes.told(has_sql), *exposed),
        at_build=find_bundled(tree, reads.at_build, hints.environment),
    )


def program(source: Source, app: App | None) -> tuple[Module, ...]:
    """Return the modules that the app's processes run, those of the main one first."""
    own = source.program(app.entry if app else None)
    processes = app.facts["processes"].value if app and "processes" in app.facts else {}
    words = dict.fromkeys(word for argv in processes.values() for word in argv)
    entries = [entry for word in words if word.endswith(SUFFIXES) and (entry := source.at(word))]
    others = [module for entry in entries for module in source.program(entry)]
    return tuple({module.path: module for module in (*own, *others)}.values())


def _of_prisma(datasource: Datasource | None) -> Iterable[Read]:
    """The variable of Prisma's URL: the client does not start without it."""
    if datasource and datasource.variable:
        name = str(datasource.variable.value)
        yield Read(name, datasource.source, required=True, shape="url", service=datasource.service)


def _stated(manifest: Manifest | None, hints: Hints, reads: Reads) -> Iterable[Read]:
    """What the code reads; with dotenv-safe, what the example names is required."""
    strict = manifest is not None and manifest.has(*_STRICT) is not None
    for read in reads.at_run:
        needed = strict and read.name in hints.environment and read.default is None
        yield read._replace(required=True) if needed else read


def _variables(
    reads: Iterable[Read],
    services: tuple[Service, ...],
    connections: Connections,
    hints: Hints,
    app: App | None,
) -> tuple[EnvironmentVariable, ...]:
    facts = app.facts if app else {}
    port = facts["port"].value if "port" in facts else None
    stated = facts["run_environment"].value if "run_environment" in facts else {}
    left = (read for read in reads if read.name not in stated)
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
    names = [service.name for service in services]
    for switch in connections.switches:
        if switch.name == variable.name and variable.value is None and (value := switch.value(names)):
            return variable._replace(value=value)
    moved: Mapping[str, str] = writes.values
    return variable._replace(value=moved[variable.name]) if variable.name in moved else variable
