"""What compose.yaml sets for the environment variables that the code reads: by name, by default, by service.

Knows no language: a detector brings what the code reads, this module says what to give it on this computer.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scaffold.model import EnvironmentVariable, Fact, Service
from scaffold.nouns import NamedTuple

from .services import (
    LOCAL_HOSTS,
    PORTS,
    SCHEMES,
    SQL,
    Connection,
    find_services,
    is_remote,
    service_of_url,
    split_url,
)

if TYPE_CHECKING:
    from .hints import Hints

#: Placeholders that are long enough for every framework's check, and that say what they are.
SECRET = "local-only-secret-key-change-me-0123456789abcdef"  # noqa: S105
#: 32 bytes in URL-safe base64, which is what Fernet takes: "local-only-secret-key-0123456789".
FERNET_KEY = "bG9jYWwtb25seS1zZWNyZXQta2V5LTAxMjM0NTY3ODk="
PLACEHOLDER = "change-me"
#: Where files go that an app's own setting can move.
DATA = "/data"

#: Names that the operating system, Docker or a platform sets: nothing for a compose file to do.
IGNORED = frozenset(
    {
        "PATH", "HOME", "USER", "USERNAME", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TERM", "LANG", "LANGUAGE",
        "LC_ALL",
        "LC_CTYPE", "HOSTNAME", "TMPDIR", "TMP", "TEMP", "TZ", "DISPLAY", "EDITOR", "VISUAL", "PAGER",
        "COLUMNS",
        "LINES", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "CI", "GITHUB_ACTIONS", "GITLAB_CI", "TRAVIS",
        "VIRTUAL_ENV",
        "CONDA_PREFIX", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE",
        "PYTEST_CURRENT_TEST", "DYNO", "KUBERNETES_SERVICE_HOST", "RENDER", "VERCEL", "WERKZEUG_RUN_MAIN",
        "FLASK_RUN_FROM_CLI",
        "RUN_MAIN", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES", "PROGRAMDATA", "WINDIR", "SYSTEMROOT",
        "COMSPEC",
        "USERPROFILE", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "NODE_PATH", "GOPATH", "JAVA_HOME",
    }
)  # fmt: skip

_SERVICE_WORDS: Mapping[str, str] = {
    "PG": "postgres", "POSTGRES": "postgres", "POSTGRESQL": "postgres", "PSQL": "postgres",
    "MYSQL": "mysql", "MARIADB": "mariadb", "MONGO": "mongodb", "MONGODB": "mongodb",
    "REDIS": "redis", "VALKEY": "redis", "AMQP": "rabbitmq", "RABBIT": "rabbitmq", "RABBITMQ": "rabbitmq",
    "CLOUDAMQP": "rabbitmq", "MEMCACHED": "memcached", "MEMCACHE": "memcached", "MEMCACHIER": "memcached",
    "KAFKA": "kafka", "NATS": "nats", "ELASTIC": "elasticsearch", "ELASTICSEARCH": "elasticsearch",
    "OPENSEARCH": "opensearch", "ES": "elasticsearch",
    "MINIO": "minio", "S3": "minio", "AWS": "minio",
}  # fmt: skip
#: Words for a role that one of several services plays, best first.
_ROLES: Mapping[str, tuple[str, ...]] = {
    "DB": (*SQL, "mongodb"), "DATABASE": (*SQL, "mongodb"), "SQLALCHEMY": SQL, "SQL": SQL, "RDS": SQL,
    "JDBC": SQL, "BROKER": ("redis", "rabbitmq"), "CELERY": ("redis", "rabbitmq"), "CACHE": ("redis",
    "memcached"),
    "RESULT": ("redis",), "QUEUE": ("redis", "rabbitmq"),
}  # fmt: skip
#: What a word says about the part of a connection that is meant; the last such word of a name decides.
_PARTS: Mapping[str, str] = {
    "URL": "url", "URI": "url", "DSN": "url", "BACKEND": "url", "BROKER": "url", "STRING": "url",
    "HOST": "host", "HOSTNAME": "host", "SERVER": "host", "ADDR": "address", "ADDRESS": "address",
    "HOSTS": "address", "SERVERS": "address", "BROKERS": "address", "ENDPOINT": "endpoint", "PORT": "port",
    "USER": "user", "USERNAME": "user", "LOGIN": "user", "PASSWORD": "password", "PASS": "password",
    "PASSWD": "password", "PWD": "password", "NAME": "database", "DBNAME": "database", "BUCKET": "database",
    "KEY": "key",
}  # fmt: skip
#: Words that make a variable of a service something else than a part of its connection.
_ASIDE = frozenset(
    {
        "TEST", "TESTING", "POOL", "TIMEOUT", "MAX", "MIN", "ECHO", "SSL", "SSLMODE", "TLS", "CERT",
        "RETRY", "PREFIX",
        "TTL", "EXPIRE", "ENABLED", "ENABLE", "USE", "REGION", "SCHEMA", "EMAIL", "SMTP", "MAIL", "CDN",
        "PUBLIC",
        "SECONDS", "SIZE", "FILE", "LIMIT", "INTERVAL", "ENGINE", "TYPE", "REPLICA", "SET", "VHOST", "DRIVER",
    }
)  # fmt: skip
#: What has a name that is not a database's: REDIS_CONNECTION_NAME.
_NAMED = frozenset(
    {"APP", "APPLICATION", "CLIENT", "CLUSTER", "CONNECTION", "CONSUMER", "CONTAINER", "INSTANCE", "SERVICE"}
)
_RUNS_TOGETHER = r"(PG|DB|REDIS|MYSQL|MONGO)(HOST|PORT|USER|PASSWORD|DATABASE|URL|NAME|PASS)"

_SECRET_WORDS = frozenset(
    {
        "SECRET",
        "TOKEN",
        "PASSWORD",
        "PASS",
        "PASSWD",
        "PWD",
        "KEY",
        "KEYS",
        "APIKEY",
        "CREDENTIALS",
        "SALT",
        "SECRETS",
    }
)
#: Last words that make a name with a secret word in it something harmless: JWT_SECRET_ALGORITHM, TOKEN_URL.
_HARMLESS = frozenset(
    {
        "MINUTES", "SECONDS", "HOURS", "DAYS", "EXPIRE", "EXPIRES", "EXPIRY", "TIMEOUT", "LENGTH",
        "ALGORITHM", "URL",
        "URI", "TTL", "LIFETIME", "FILE", "PATH", "HEADER", "TYPE", "ENABLED", "AGE", "PREFIX", "NAME",
        "DIR", "SIZE", "IN", "EXPIRATION",
    }
)  # fmt: skip
_FLAG = r"(ENABLE|USE|IS|HAS|ALLOW|DISABLE)_|.*(DEBUG|ENABLED|DISABLED|VERBOSE)$"
_NUMBER = (
    r".*(PORT|TIMEOUT|COUNT|LIMIT|SIZE|SECONDS|MINUTES|HOURS|DAYS|LENGTH|INTERVAL|RETRIES|WORKERS|TTL|MAX|MIN"
    r"|NUM|ID)$"
)
_UNFILLED = r"(?i)[<>{}$]|\b(your|xxx+|changeme|change[-_ ]me|replace|todo)\b"


class Read(NamedTuple):
    """An environment variable as the code reads it."""

    name: str
    source: str
    required: bool = False
    default: str | None = None
    has_answer: bool = False  # the code goes on without it, with what only a run can tell
    #: "text" "integer" "number" "boolean" "list" (by commas) "json-list" "json" "url" "email" "path"
    #: "duration" (of Go)
    shape: str = "text"
    choices: tuple[str, ...] = ()  # the values that the code takes, where it names them
    scheme: str | None = None  # the URL scheme that the code wants: "postgresql+asyncpg"
    service: str | None = None  # the service it leads to, where the code says so: a field of type RedisDsn


def words_of(name: str) -> tuple[str, ...]:
    """The words of a variable's name: PGHOST is PG and HOST."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).upper()
    name = re.sub(r"(^|_)S_3(_|$)", r"\1S3\2", name)
    return tuple(word for part in name.split("_") if part for word in _split_word(part))


def _split_word(part: str) -> tuple[str, ...]:
    match = re.fullmatch(_RUNS_TOGETHER, part)
    return match.groups() if match else (part,)


def names_service(name: str, available: Iterable[str]) -> str | None:
    """The service among AVAILABLE that a variable's name speaks of."""
    words, available = words_of(name), set(available)
    for word in words:
        service = _SERVICE_WORDS.get(word)
        if service in available:
            return service
        if service in SQL:
            return next(
                (other for other in SQL if other in available and {service, other} < {*SQL[1:]}), None
            )
    for word in sorted(words, key=lambda word: word != "RESULT"):
        for service in _ROLES.get(word, ()):
            if service in available:
                return service
    return None


def names_part(name: str) -> str | None:
    """The part of a connection that a variable's name speaks of: "url" "host" "port" "user" …"""
    words = words_of(name)
    if len(words) < 2 or _ASIDE.intersection(words):
        return None  # a lone DB may be a name, a URL or a kind
    if words[-2:] in {("KEY", "ID"), ("ACCESS", "KEY")} and "SECRET" not in words:
        return "user"
    if words[-1] == "NAME" and words[-2] in _NAMED:
        return None
    if words[-1:] == ("KEY",):
        return "password" if "SECRET" in words else None
    for word in reversed(words):
        if word in _PARTS:
            return _PARTS[word]
    return "database" if words[-1:] in {("DB",), ("DATABASE",)} else None


def is_secret(name: str) -> bool:
    """Whether a variable's name says that its value is a credential."""
    words = words_of(name)
    return bool(_SECRET_WORDS.intersection(words)) and words[-1] not in _HARMLESS and "PUBLIC" not in words


def url_of(service: Service, scheme: str | None = None, default: str | None = None) -> str:
    """The URL of the local SERVICE, with the scheme, the database number and the options of DEFAULT."""
    from urllib.parse import quote

    parts = split_url(default or "")
    if parts is not None and SCHEMES.get(parts.scheme.partition("+")[0]) != service.name:
        parts = None if parts.scheme not in {"http", "https"} else parts
    scheme = (parts.scheme if parts else None) or scheme or _USUAL_SCHEMES.get(service.name, service.name)
    path = (parts.path if parts and service.name not in (*SQL, "mongodb") else None) or _path_of(service)
    login = f"{quote(service.user, safe='')}:{quote(service.password, safe='')}@" if service.user else ""
    if service.name == "redis" and service.password:
        login = f":{quote(service.password, safe='')}@"
    if service.name in {"elasticsearch", "opensearch", "minio"}:
        login = ""
    query = f"?{parts.query}" if parts and _is_harmless(parts.query) else ""
    if service.name == "mongodb" and login:
        query = query or "?authSource=admin"  # the image makes its first user there
    return f"{scheme}://{login}{service.name}:{PORTS[service.name]}{path}{query}"


_SEARCH = frozenset({"elasticsearch", "opensearch"})
_USUAL_SCHEMES: Mapping[str, str] = {
    "postgres": "postgresql", "rabbitmq": "amqp", "elasticsearch": "http", "opensearch": "http",
    "minio": "http",
}  # fmt: skip


def _path_of(service: Service) -> str:
    if service.name in (*SQL, "mongodb"):
        return f"/{service.database}"
    # no number for Redis: code appends one ("…" + "/1"), and none is 0
    return "//" if service.name == "rabbitmq" else ""


def _is_harmless(query: str) -> bool:
    """Whether the options of a default URL still hold here: those about TLS do not."""
    return bool(query) and "{" not in query and not re.search(r"ssl|tls|host=|auth", query, re.IGNORECASE)


def services_read(
    drivers: Mapping[str, Fact], connections: Iterable[Connection], reads: Iterable[Read], hints: "Hints"
) -> tuple[Service, ...]:
    """Return the services that CONNECTIONS lead to, with what READS say of their logins."""
    connections, reads = tuple(connections), tuple(reads)
    first = find_services(drivers, connections, hints)
    by_parts = login_reads(reads, [service.name for service in first])
    return find_services(drivers, [*connections, *by_parts], hints)


def login_reads(reads: Iterable[Read], available: Iterable[str]) -> tuple[Connection, ...]:
    """What the defaults of DB_HOST, DB_USER, DB_NAME and their kind say about a service, put together."""
    available = tuple(available)
    found: dict[str, dict[str, Read]] = {}
    for read in reads:
        service, part = read.service or names_service(read.name, available), names_part(read.name)
        if service and part in {"host", "user", "password", "database"} and read.default:
            found.setdefault(service, {}).setdefault(part, read)
    return tuple(
        Connection(
            service,
            next(iter(parts.values())).source,
            host=_default(parts, "host"),
            user=_default(parts, "user"),
            password=_default(parts, "password"),
            database=_default(parts, "database") if service in (*SQL, "mongodb") else None,
        )
        for service, parts in found.items()
    )


def _default(parts: Mapping[str, Read], part: str) -> str | None:
    return parts[part].default if part in parts else None


def value_for(
    read: Read,
    services: Iterable[Service],
    schemes: Mapping[str, str] | None = None,
    example: str | None = None,
) -> str | None:
    """What a local service wants in the variable, or None where it is none of a service."""
    by_name = {service.name: service for service in services}
    stated = service_of_url(read.default or "") or service_of_url(example or "")
    name = read.service or (stated if stated in by_name else None) or names_service(read.name, by_name)
    service = by_name.get(name or "")
    if service is None:
        return None
    part = "url" if read.service or (stated and stated == name) else names_part(read.name)
    if part == "password" and read.shape == "path":
        return None  # it is read from a file of that name
    scheme = read.scheme or _scheme_of(example, service) or (schemes or {}).get(service.name)
    return _value_of_part(part, service, scheme, read.default)


def _scheme_of(example: str | None, service: Service) -> str | None:
    parts = split_url(example or "")
    return parts.scheme if parts and service_of_url(example or "") == service.name else None


def _value_of_part(part: str | None, service: Service, scheme: str | None, default: str | None) -> str | None:
    address = f"{service.name}:{PORTS[service.name]}"
    if part == "url":
        return (
            address
            if service.name in {"memcached", "kafka"} and not scheme
            else url_of(service, scheme, default)
        )
    if part == "endpoint":
        has_scheme = service.name in _SEARCH or (service.name == "minio" and "://" in (default or "http://"))
        return f"http://{address}" if has_scheme else address
    values: Mapping[str | None, str] = {
        "host": service.name,
        "address": f"http://{address}" if service.name in _SEARCH else address,
        "port": str(PORTS[service.name]),
        "user": service.user,
        "password": service.password,
        "database": "0" if service.name == "redis" else service.database,
    }
    return values.get(part) or None


def points_nowhere(default: str | None, services: Iterable[Service], part: str | None = "url") -> bool:
    """Whether DEFAULT leads to no service of the compose file: to this computer, a file, nothing."""
    if not default:
        return True
    names = {name for service in services for name in (service.name, *service.hosts)}
    parts = split_url(default)
    if parts is not None:
        host = parts.hostname or "localhost"
        return host not in names and not is_remote(host)
    host = default.partition(":")[0]
    if part in {"host", "address", "endpoint"}:
        return host not in names and not is_remote(host)
    return part == "url" and host in LOCAL_HOSTS


def make_variables(
    reads: Iterable[Read],
    services: Iterable[Service],
    *,
    schemes: Mapping[str, str] | None = None,
    examples: Mapping[str, Fact] | None = None,
    port: int | None = None,
) -> tuple[EnvironmentVariable, ...]:
    """The variables that the code reads, with what compose.yaml sets, by name."""
    services = tuple(services)
    merged = _merge(reads)
    return tuple(
        _variable(read, services, schemes or {}, (examples or {}).get(read.name), port)
        for read in sorted(merged, key=lambda read: read.name)
        if read.name not in IGNORED
    )


def _merge(reads: Iterable[Read]) -> Iterable[Read]:
    """One of each name: required wins, then the one with a default; the first place is where it is from."""
    merged: dict[str, Read] = {}
    for read in reads:
        before = merged.get(read.name)
        if before is None or _weight(read) > _weight(before):
            merged[read.name] = read
    return merged.values()


def _weight(read: Read) -> tuple[bool, bool, bool, bool]:
    return read.required, bool(read.service or read.scheme), read.default is not None, read.shape != "text"


def _variable(
    read: Read,
    services: tuple[Service, ...],
    schemes: Mapping[str, str],
    example: Fact | None,
    port: int | None,
) -> EnvironmentVariable:
    text = example.value if example else None
    value = _value(read, services, schemes, text, port)
    holds_login = bool(value and "://" in value and "@" in value)
    return EnvironmentVariable(
        name=read.name,
        required=read.required,
        source=read.source,
        default=read.default,
        value=value,
        secret=is_secret(read.name) or holds_login,
    )


def _value(
    read: Read,
    services: tuple[Service, ...],
    schemes: Mapping[str, str],
    example: str | None,
    port: int | None,
) -> str | None:
    if read.name == "PORT":
        return str(port) if port else None
    of_service = value_for(read, services, schemes, example)
    if of_service is not None and (
        read.required or points_nowhere(read.default, services, names_part(read.name))
    ):
        return _shaped(of_service, read)
    return placeholder(read, example) if read.required else None


def _shaped(value: str, read: Read) -> str:
    return f'["{value}"]' if read.shape == "json-list" else value


def placeholder(read: Read, example: str | None = None) -> str:
    """What lets the code start where it wants a variable that nobody here knows the value of."""
    if read.choices:
        return read.choices[0]
    if example and not re.search(_UNFILLED, example) and not is_secret(read.name):
        return example
    words = words_of(read.name)
    if words[-2:] == ("ALLOWED", "HOSTS") or words[-1:] == ("ORIGINS",):
        return _host_list(read, origins=words[-1] == "ORIGINS")
    return _by_shape(read) or _by_name(read.name, words)


def _host_list(read: Read, origins: bool) -> str:
    hosts = ["localhost", "127.0.0.1"]
    values = [f"http://{host}" for host in hosts] if origins else hosts
    if read.shape in {"json", "json-list"}:
        return "[" + ", ".join(f'"{value}"' for value in values) + "]"
    return ",".join(values)


def _by_shape(read: Read) -> str | None:
    shapes = {
        "integer": "1", "number": "1", "boolean": "false", "json": "{}", "json-list": "[]",
        "url": "http://localhost", "email": "user@example.com", "path": DATA,
        "duration": "30s",
    }  # fmt: skip
    return shapes.get(read.shape)


def _by_name(name: str, words: tuple[str, ...]) -> str:
    if {"FERNET", "ENCRYPTION"}.intersection(words) and "KEY" in words:
        return FERNET_KEY
    if is_secret(name):
        return SECRET
    if words[-2:] == ("EXPIRES", "IN"):
        return "1h"  # as jsonwebtoken takes it: https://github.com/auth0/node-jsonwebtoken#usage
    if re.match(_FLAG, "_".join(words)):
        return "false"
    if words[-1:] in {("URL",), ("URI",), ("ORIGIN",)}:
        return "http://localhost"
    if words[-1:] in {("EMAIL",), ("SENDER",), ("FROM",), ("SUPERUSER",), ("ADMIN",)}:
        return "user@example.com"
    if words[-1:] in {("HOST",), ("DOMAIN",), ("HOSTNAME",)} or words == ("SERVER", "NAME"):
        return "localhost"
    return "1" if re.match(_NUMBER, "_".join(words)) else PLACEHOLDER
