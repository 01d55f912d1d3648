"""Backing services by their common names: which schemes, ports and images are theirs, and which an app needs.

Knows no language: detectors bring the evidence, this module weighs it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from scaffold.model import EnvironmentVariable, Fact, Service
from scaffold.nouns import NamedTuple

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from .hints import Hints

#: URL schemes, without the driver after `+`. `mongodb+srv` is not here: it names a cluster that somebody
#: hosts.
SCHEMES: Mapping[str, str] = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "postgis": "postgres",
    "psql": "postgres",
    "asyncpg": "postgres",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mysqlgis": "mysql",
    "mariadb": "mariadb",
    "mongodb": "mongodb",
    "redis": "redis",
    "rediss": "redis",
    "rediscache": "redis",
    "redis-cache": "redis",
    "valkey": "redis",
    "amqp": "rabbitmq",
    "amqps": "rabbitmq",
    "pyamqp": "rabbitmq",
    "librabbitmq": "rabbitmq",
    "memcached": "memcached",
    "memcache": "memcached",
    "memcache+memcached": "memcached",
    "pymemcache": "memcached",
    "pymemcached": "memcached",
    "pylibmc": "memcached",
    "pymemcachecache": "memcached",
    "kafka": "kafka",
    "nats": "nats",
    "elasticsearch": "elasticsearch",
    "elasticsearch7": "elasticsearch",
    "minio": "minio",
}

#: The ports that the official images listen on.
PORTS: Mapping[str, int] = {
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "mongodb": 27017,
    "redis": 6379,
    "rabbitmq": 5672,
    "memcached": 11211,
    "kafka": 9092,
    "nats": 4222,
    "elasticsearch": 9200,
    "opensearch": 9200,
    "minio": 9000,
}

SQL = ("postgres", "mysql", "mariadb")

#: Services that apps can mostly do without: code that could use one is not enough.
_EXTRAS = frozenset({"elasticsearch", "opensearch", "minio"})

#: The last part of an image's name, and the service it runs. First match wins.
_IMAGES = (
    (r"postg(res|is)|timescaledb|pgvector|supabase/postgres", "postgres"),
    (r"mariadb", "mariadb"),
    (r"(^|/)(mysql|mysql-server|percona)", "mysql"),
    (r"(^|/)(mongo|mongodb|mongodb-community-server)$", "mongodb"),
    (r"(^|/)(redis|valkey|keydb|dragonfly|redis-stack|redis-stack-server)$", "redis"),
    (r"(^|/)rabbitmq", "rabbitmq"),
    (r"(^|/)memcached$", "memcached"),
    (r"(^|/)(kafka|cp-kafka|kafka-native|redpanda)$", "kafka"),
    (r"(^|/)nats$", "nats"),
    (r"(^|/)elasticsearch", "elasticsearch"),
    (r"(^|/)opensearch$", "opensearch"),
    (r"(^|/)minio$", "minio"),
)
#: Tools for a database, not one: pgadmin, exporters, proxies, web front ends.
_NO_SERVICE = r"admin|exporter|express|commander|proxy|insight|backup|operator|connector|-ui$|web$"

#: What the local service is started with. No user: it asks for no password.
#: MinIO refuses a password shorter than eight characters:
#: https://min.io/docs/minio/linux/reference/minio-server
_LOCAL = {
    "postgres": ("app", "local", "app"),
    "mysql": ("app", "local", "app"),
    "mariadb": ("app", "local", "app"),
    "rabbitmq": ("app", "local", ""),
    "minio": ("app", "local-only", "app"),
    "mongodb": ("", "", "app"),
}
_NO_LOGIN = ("", "", "")

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  names to recognise
_HOST = r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?"


class Connection(NamedTuple):
    """One place where the code (or its configuration) connects to a backing service."""

    service: str | None  # None: a database of some kind, the driver says which
    source: str
    host: str | None = None
    user: str | None = None
    password: str | None = None
    database: str | None = None
    certain: bool = True  # False: only if a driver among the direct dependencies says so too


def service_of_image(image: str) -> str | None:
    """The service that an image runs: `bitnami/postgresql:15` is postgres."""
    name = image.partition("@")[0].lower()
    head, _, last = name.rpartition("/")
    name = f"{head}/{last.partition(':')[0]}".strip("/")
    if re.search(_NO_SERVICE, last.partition(":")[0]):
        return None
    return next((service for pattern, service in _IMAGES if re.search(pattern, name)), None)


def split_url(text: str) -> "SplitResult | None":
    """The parts of a URL, or None where TEXT is none."""
    if "://" not in text or len(text) > 2_000:
        return None
    from urllib.parse import urlsplit  # seldom needed, and not for nothing

    try:
        parts = urlsplit(text.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts


def service_of_url(text: str) -> str | None:
    """The service that a URL leads to, by its scheme or else by its well-known port."""
    parts = split_url(text)
    if parts is None:
        return None
    scheme = parts.scheme.lower()
    if scheme in {"http", "https"}:
        return "elasticsearch" if parts.port == PORTS["elasticsearch"] else None
    if scheme == "mongodb+srv":
        return None
    return SCHEMES.get(scheme) or SCHEMES.get(scheme.partition("+")[0])


def connection_of_url(text: str, source: str) -> Connection | None:
    """The connection that a URL states; parts that could not be folded (`{}`) are left out."""
    service = service_of_url(text)
    parts = split_url(text)
    if service is None or parts is None:
        return None
    from urllib.parse import unquote

    host = parts.hostname
    if host and is_remote(host):
        return None
    database = parts.path.lstrip("/").partition("/")[0]
    return Connection(
        service=service,
        source=source,
        host=_known(host),
        user=_known(unquote(parts.username or "")),
        password=_known(unquote(parts.password or "")),
        database=_known(database) if service not in {"redis", "elasticsearch"} else None,
    )


def _known(text: str | None) -> str | None:
    return text if text and not re.search(r"[{}<>$%\s]", text) else None


def is_remote(host: str) -> bool:
    """Whether HOST is a name of the wide world, which no service of ours can stand for."""
    return "." in host and host not in LOCAL_HOSTS and not host.endswith((".local", ".internal"))


def is_alias(host: str | None) -> bool:
    """Whether HOST can be a name in the network of a compose file."""
    return bool(host) and host not in LOCAL_HOSTS and bool(re.fullmatch(_HOST, host or ""))


def is_led_to(service: Service, variables: Iterable[EnvironmentVariable]) -> bool:
    """Whether the code has a name for SERVICE, or one of VARIABLES is set to it."""
    return bool(service.hosts) or any(
        re.search(rf"(?:^|[@/]){re.escape(service.name)}(?:$|[:/])", one.value or "") for one in variables
    )


def find_services(
    drivers: Mapping[str, Fact], connections: Iterable[Connection], hints: "Hints | None" = None
) -> tuple[Service, ...]:
    """The services that the code needs, each once, with the names and credentials that the code has for it.

    DRIVERS are direct dependencies by the service they speak to. One counts only together with a connection:
    libraries are left behind in requirement files long after the code stopped using them.
    """
    stated = {service.name: service for service in hints.services} if hints else {}
    grouped: dict[str, list[Connection]] = {}
    for connection in connections:
        name = _decided(connection, drivers, stated)
        if name:
            grouped.setdefault(name, []).append(connection)
    for name in _alternatives(grouped, stated):
        del grouped[name]
    services = [_merge(name, found, stated.get(name)) for name, found in grouped.items()]
    return tuple(_without_clashes(sorted(services, key=lambda service: _order(service.name))))


def _alternatives(grouped: Mapping[str, list[Connection]], stated: Mapping[str, Service]) -> list[str]:
    """The SQL databases that the code could use instead of the one it gets: an app needs one of them."""
    databases = [name for name in SQL if name in grouped]
    certain = [name for name in databases if any(one.certain and one.service for one in grouped[name])]
    chosen = certain or [name for name in databases if name in stated][:1] or databases[:1]
    return [name for name in databases if name not in chosen]


def _order(name: str) -> int:
    return list(PORTS).index(name) if name in PORTS else len(PORTS)


def _decided(
    connection: Connection, drivers: Mapping[str, Fact], stated: Mapping[str, Service]
) -> str | None:
    if connection.service is None:
        candidates = [name for name in (*SQL, "mongodb") if name in drivers]
        both = [name for name in candidates if name in stated]
        return next(iter(both or candidates), None)
    if connection.certain or (connection.service in drivers and connection.service not in _EXTRAS):
        return connection.service
    return None


def _merge(name: str, connections: list[Connection], stated: Service | None) -> Service:
    user, password, database = _LOCAL.get(name, _NO_LOGIN)
    named = [one for one in map(_without_file, connections) if one.user or one.password or one.database]
    # user and password belong together: those of one connection, never of two
    login = next((one for one in named if one.password), next((one for one in named if one.user), None))
    hosts = [one.host for one in connections if one.host and is_alias(one.host)]
    return Service(
        name=name,
        source=connections[0].source,
        hosts=tuple(dict.fromkeys([*hosts, *(stated.hosts if stated else ())])),
        user=(login.user if login else None) or user,
        password=(login.password if login else None) or password,
        database=next((one.database for one in named if one.database), None) or database,
    )


def _without_file(connection: Connection) -> Connection:
    """CONNECTION without the name of a file, which its database has where none is set up."""
    is_file = re.search(r"/|\.(db|sqlite3?)$", connection.database or "")
    return connection._replace(database=None) if is_file else connection


def _without_clashes(services: Iterable[Service]) -> Iterator[Service]:
    """Leave each host name to the first service that has it: two containers cannot share one."""
    services = list(services)
    taken = {service.name for service in services}
    for service in services:
        hosts = tuple(host for host in service.hosts if host not in taken)
        taken.update(hosts)
        yield service._replace(hosts=hosts)
