"""Rules on what Compose gives to a container: rights, the host's folders and ports."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from scaffold.dockerfiles.shellwords import expand
from scaffold.policy.composefile import ComposeFile, Path
from scaffold.policy.images import read
from scaffold.policy.rule import Found, Parameter, Parameters, Rule, Subject

_NAMESPACES = ("network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup")
_SOCKETS = re.compile(r"(?:docker|containerd|podman|crio|cri-dockerd)\.sock$")
_SOCKET_FOLDERS = ("/var/run", "/run")

#: Folders of the host whose contents rule it, and those where this one alone is meant.
_SENSITIVE = (
    "/etc",
    "/root",
    "/proc",
    "/sys",
    "/boot",
    "/dev",
    "/var/lib/docker",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
)
_WHOLE = ("/", "/home", "/var", *_SOCKET_FOLDERS)

#: What a clock or a name service needs, and what cannot be written to.
_HARMLESS = ("/etc/localtime", "/etc/timezone", "/dev/null", "/dev/shm")  # noqa: S108  a mount, not a file of ours

#: With one of these a container is as good as on the host.
#: https://man7.org/linux/man-pages/man7/capabilities.7.html
_CAPABILITIES = frozenset(
    {
        "ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "SYS_TIME", "DAC_READ_SEARCH", "NET_ADMIN",
        "BPF", "PERFMON", "MAC_ADMIN", "MAC_OVERRIDE", "AUDIT_CONTROL", "SYSLOG",
    }
)  # fmt: skip

_UNCONFINED = re.compile(
    r"(?:seccomp|apparmor|systempaths)[:=]unconfined|label[:=]disable|no-new-privileges[:=]false"
)

#: Services that trust whoever reaches them, by the last part of their image's name, and the ports they have.
_DATABASES = frozenset(
    {
        "postgres", "postgis", "timescaledb", "pgvector", "mysql", "mariadb", "mongo", "mongodb", "redis",
        "valkey", "memcached", "rabbitmq", "kafka", "elasticsearch", "opensearch", "cassandra", "clickhouse",
        "influxdb", "couchdb", "neo4j", "cockroach", "mssql", "minio", "etcd", "consul", "nats", "zookeeper",
    }
)  # fmt: skip
_DATABASE_PORTS = frozenset(
    (1433, 1521, 2181, 2379, 3306, 5432, 5672, 5984, 6379, 7687, 8086, 9042, 9092, 9200, 11211, 15672, 27017)
)


#: What is longer is no port and no path; a pattern must not be slow on it.
_LONGEST = 5_000


def _each(subject: Subject) -> Iterator[tuple[ComposeFile, str, dict[str, Any]]]:
    if subject.compose is not None:
        for name, service in subject.compose.services.items():
            yield subject.compose, name, service


def _found(compose: ComposeFile, path: Path, service: str, message: str, text: str = "") -> Found:
    return Found(compose.line(*path), f"{service}: {message}", f"{service} {text or message}")


def _privileged(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, name, service in _each(subject):
        if service.get("privileged") is True or service.get("privileged") == "true":
            yield _found(compose, ("services", name, "privileged"), name, "runs privileged")


def _host_namespace(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, name, service in _each(subject):
        for key in _NAMESPACES:
            if service.get(key) == "host":
                yield _found(
                    compose, ("services", name, key), name, f"shares the host's {key.removesuffix('_mode')}"
                )


def _mounts(subject: Subject) -> Iterator[tuple[ComposeFile, Path, str, str]]:
    """Yield each folder or file of the host that is mounted: where, in which service, and what."""
    for compose, name, _ in _each(subject):
        for path, item in compose.items(name, "volumes"):
            source = item.get("source") if isinstance(item, dict) else _source(str(item))
            if isinstance(source, str) and source:
                yield compose, path, name, source if source == "/" else source.rstrip("/")


def _source(volume: str) -> str:
    """Return the host's side of a volume in the short form; "" where there is none."""
    source, colon, _ = _filled(volume).partition(":")
    return source if colon else ""


def _socket(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, path, name, source in _mounts(subject):
        if _SOCKETS.search(source):
            yield _found(compose, path, name, f"has the engine's socket {source}", source)


def _host_mount(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, path, name, source in _mounts(subject):
        is_below = any(source == folder or source.startswith(f"{folder}/") for folder in _SENSITIVE)
        if (is_below or source in _WHOLE) and source not in _HARMLESS:
            yield _found(compose, path, name, f"has the host's {source}", source)


def _capabilities(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, name, _service in _each(subject):
        for path, item in compose.items(name, "cap_add"):
            capability = str(item).upper().removeprefix("CAP_")
            if capability in _CAPABILITIES:
                yield _found(compose, path, name, f"is given {capability}", capability)


def _unconfined(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, name, _service in _each(subject):
        for path, item in compose.items(name, "security_opt"):
            if _UNCONFINED.search(str(item)):
                yield _found(compose, path, name, f"turns a protection off: {item}", str(item))


def _root(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, name, service in _each(subject):
        user = str(service.get("user") or "").partition(":")[0]
        if user == "root" or (user.isdecimal() and int(user[:20]) == 0):
            yield _found(compose, ("services", name, "user"), name, "runs as root")


def _ports(subject: Subject, _: Parameters) -> Iterator[Found]:
    for compose, name, service in _each(subject):
        image = read(str(service.get("image") or "x")).name.rpartition("/")[2]
        for path, item in compose.items(name, "ports"):
            host, target = _published(item)
            if host in ("", "0.0.0.0", "::") and (image in _DATABASES or target in _DATABASE_PORTS):  # noqa: S104
                yield _found(
                    compose, path, name, f"port {target or item} is open on every interface", f"{target}"
                )


def _published(item: Any) -> tuple[str, int]:
    """Return the host's address that a port is published on, "" for all of them, and the container's port."""
    if isinstance(item, dict):
        return str(item.get("host_ip") or ""), _number(str(item.get("target") or ""))
    host, _, target = _filled(str(item)).rpartition(":")
    address = host.rpartition(":")[0] if ":" in host else ""
    return address.strip("[]"), _number(target)


def _filled(text: str) -> str:
    """Return TEXT with the defaults of its variables; of one that has none, its place is what counts."""
    text = text[:_LONGEST]
    filled = expand(text, {}, escape="\0")
    return re.sub(r"\$\{[^}]*\}|\$\w+", "0", text) if filled is None else filled


def _number(text: str) -> int:
    digits = re.match(r"\d{1,5}", text)
    return int(digits[0]) if digits else 0


def _hardening(subject: Subject, parameters: Parameters) -> Iterator[Found]:
    asked = tuple(parameters["ask"])
    for compose, name, service in _each(subject):
        if not ("image" in service or "build" in service) or name in compose.overlaid or "extends" in service:
            continue
        lacking = [what for what in asked if what in _HARDENED and not _HARDENED[what](service)]
        if lacking:
            yield _found(compose, ("services", name), name, f"lacks {', '.join(lacking)}")


def _has(service: dict[str, Any], key: str, pattern: str) -> bool:
    value = service.get(key)
    items = value if isinstance(value, list) else [value]
    return any(re.fullmatch(pattern, str(item), re.IGNORECASE) for item in items)


_HARDENED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "read_only": lambda service: service.get("read_only") is True,
    "cap_drop": lambda service: _has(service, "cap_drop", "ALL"),
    "no-new-privileges": lambda service: _has(service, "security_opt", r"no-new-privileges(?:[:=]true)?"),
}


RULES = (
    Rule("compose-privileged", "compose", "error", _privileged),
    Rule("compose-host-namespace", "compose", "error", _host_namespace),
    Rule("compose-docker-socket", "compose", "error", _socket),
    Rule("compose-host-mount", "compose", "warning", _host_mount),
    Rule("compose-capabilities", "compose", "error", _capabilities),
    Rule("compose-unconfined", "compose", "error", _unconfined),
    Rule("compose-root", "compose", "warning", _root),
    Rule("compose-database-port", "compose", "warning", _ports),
    Rule("compose-hardening", "compose", "note", _hardening, {"ask": Parameter("texts", tuple(_HARDENED))}),
)
