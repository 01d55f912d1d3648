"""What a Go program needs around it: backing services, environment variables, places to write to."""

from collections.abc import Iterable, Mapping

from scaffold.model import EnvironmentVariable, Fact, ProjectWarning, Service, Writable
from scaffold.nouns import NamedTuple

from ...environment import Read, make_variables, points_nowhere, services_read, url_of, words_of
from ...hints import Hints
from ...placing import Writes
from ...services import PORTS, SQL
from ..code.program import Program
from ..code.reads import read_environment
from ..serving.serve import Serving
from .connections import Connections, Use, find_connections
from .writes import find_writes

#: lib/pq insists on TLS where nothing is said: https://pkg.go.dev/github.com/lib/pq#hdr-Connection_String_Parameters
_NO_TLS = "sslmode=disable"
_SAFE = frozenset({"disable", "prefer", "allow"})


class Settings(NamedTuple):
    """What a Go program needs around it."""

    services: tuple[Service, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    writable: tuple[Writable, ...] = ()
    keep: tuple[str, ...] = ()  # database files that come with the sources
    warnings: tuple[ProjectWarning, ...] = ()


def find_settings(program: Program, hints: Hints | None = None, serving: Serving | None = None) -> Settings:
    """Return everything that PROGRAM needs around it."""
    hints, serving = hints or Hints(), serving or Serving()
    reads = read_environment(program)
    examples = {name: str(fact.value) for name, fact in hints.environment.items()}
    connections = find_connections(program, reads, examples)
    services = services_read(connections.drivers, connections.connections, reads, hints)
    variables = _variables(reads, services, hints, serving)
    led = {one.name for one in variables if one.value and "://" in one.value}
    has_sql = any(service.name in SQL for service in services)
    writes = find_writes(program, reads, taken=led, has_server=has_sql)
    fitted = tuple(_fitted(one, connections, services, writes) for one in variables)
    return Settings(
        services=services,
        environment=(*fitted, *_without_tls(connections, services, fitted)),
        writable=tuple(writes.writable),
        keep=tuple(writes.keep),
        warnings=(*connections.warnings, *writes.told(has_sql)),
    )


def _variables(
    reads: Iterable[Read], services: tuple[Service, ...], hints: Hints, serving: Serving
) -> tuple[EnvironmentVariable, ...]:
    """Those that the code reads; what makes it listen where it should is not said twice."""
    port = serving.port.value if serving.port else None
    stated = {name for name, _ in serving.environment}
    left = (read for read in reads if read.name not in stated)
    return make_variables(
        left,
        services,
        schemes={"postgres": "postgres"},
        examples=hints.environment,
        port=port if isinstance(port, int) and serving.variable in {None, "PORT"} else None,
    )


def _fitted(
    variable: EnvironmentVariable, connections: Connections, services: tuple[Service, ...], writes: Writes
) -> EnvironmentVariable:
    """The variable with the value that the library wants which is given it."""
    if variable.name in writes.values:
        return variable._replace(value=writes.values[variable.name])
    by_name = {service.name: service for service in services}
    if variable.name in connections.switches and variable.value is None and not variable.default:
        words = connections.switches[variable.name]
        return variable._replace(value=next((words[name] for name in by_name if name in words), None))
    if _is_tls(variable, by_name):
        return variable._replace(value="disable", secret=False)
    use = next((one for one in connections.uses if one.name == variable.name), None)
    service = by_name.get(use.service) if use else None
    if use is None or service is None:
        return variable
    if not (variable.required or variable.value or points_nowhere(_host_of(use), services, "address")):
        return variable
    value = _value(use, service)
    value = value.partition("?")[0] if variable.name in connections.extended else value
    return variable._replace(value=value, secret=variable.secret or bool(service.user))


def _is_tls(variable: EnvironmentVariable, by_name: Mapping[str, Service]) -> bool:
    """Whether a variable says which TLS a connection to PostgreSQL has: the local one has none."""
    words = words_of(variable.name)
    named = "SSLMODE" in words or words[-2:] == ("SSL", "MODE")
    return named and "postgres" in by_name and variable.default not in _SAFE


def _host_of(use: Use) -> str | None:
    """The host of the address that is the default; None where there is none."""
    default = use.default or ""
    if "(" in default:
        return default.partition("(")[2].partition(")")[0]
    if "host=" in default:
        return default.partition("host=")[2].partition(" ")[0]
    return default or None


def _value(use: Use, service: Service) -> str:
    """What a variable of a client is set to for the local SERVICE."""
    address = f"{service.name}:{PORTS[service.name]}"
    if use.form == "address":
        is_search = service.name in {"elasticsearch", "opensearch"}
        return f"http://{address}" if is_search else address
    if use.form == "dsn" and service.name in {"mysql", "mariadb"}:
        query = (use.default or "").partition("?")[2] or "parseTime=true"
        return f"{service.user}:{service.password}@tcp({address})/{service.database}?{query}"
    url = url_of(service, "postgres" if service.name == "postgres" else None, use.default)
    if service.name != "postgres" or "sslmode" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}{_NO_TLS}"


def _without_tls(
    connections: Connections, services: tuple[Service, ...], variables: tuple[EnvironmentVariable, ...]
) -> tuple[EnvironmentVariable, ...]:
    """The variable of lib/pq that lets a connection without TLS be, where the code does not say."""
    is_local = any(service.name == "postgres" for service in services)
    said = any(_NO_TLS in (one.value or "") or one.name == "PGSSLMODE" for one in variables)
    if connections.wants_ssl is None or not is_local or said:
        return ()
    source = connections.wants_ssl.source
    return (EnvironmentVariable("PGSSLMODE", False, source, value="disable"),)


def facts_of(settings: Settings) -> Mapping[str, Fact]:
    """Return what a finding states of SETTINGS."""
    found: dict[str, Fact] = {}
    for name in ("services", "environment", "writable"):
        values = getattr(settings, name)
        if values:
            found[name] = Fact(values, values[0].source)
    return found
