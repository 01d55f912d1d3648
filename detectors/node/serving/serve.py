"""Whether JavaScript code listens, on which port and address, and which variables say so. Starts nothing."""

import re

from scaffold.model import Answers, Fact, Health, ProjectWarning
from scaffold.nouns import NamedTuple

from ...hints import Hints
from ...services import LOCAL_HOSTS
from ..code.folding import EMPTY, Folded
from ..code.module import Module
from ..code.source import Source
from ..packages.manifest import Manifest
from .binds import Bind, find_binds, fold_bound
from .routes import find_health_path

_FRAMEWORKS = ("express", "fastify", "koa", "hono", "@nestjs/core", "next", "@hapi/hapi", "restify", "polka")
_ALL = "0.0.0.0"  # noqa: S104  a container's port is published by who runs it
_USUAL = 3000
#: What the health check can ask. It knows no certificate: of "https" it only sees that something listens.
_ASKED = frozenset({"http", "fastify", "hapi"})
_BROWSED = _ASKED | {"https"}


class Serving(NamedTuple):
    """How a program is reached."""

    listens: Fact | None = None  # "http" "socket" "grpc" "tcp", and where it binds
    port: Fact | None = None
    health: Fact | None = None
    variable: str | None = None  # that holds the port
    environment: tuple[tuple[str, str], ...] = ()  # that makes it bind what it should
    warnings: tuple[ProjectWarning, ...] = ()


def find_serving(
    source: Source, manifest: Manifest, entry: Module | None, answers: Answers, hints: Hints | None = None
) -> Serving:
    """Return how the program is reached that ENTRY starts; without an entry, all modules are looked at."""
    modules = source.program(entry)
    binds = [bind for module in modules for bind in find_binds(module)]
    if not binds:
        answer = answers.get("port")
        return Serving(port=answer) if answer else Serving()
    # the nearest to the entry that a browser can ask; elsewhere servers are for side matters
    best = min(
        binds,
        key=lambda bind: (bind.kind not in _ASKED, bind.kind not in _BROWSED, entry is None and bind.rank),
    )
    stated, place = fold_bound(best.port, modules) if best.port else (EMPTY, best.place)
    variable = _variable(stated.names)
    port = _port(Fact(_number(stated), place), variable or best.usual, manifest, answers, hints)
    listens = Fact("http" if best.kind in _BROWSED else best.kind, best.place)
    environment, warnings = _reachable(best, modules, variable, port)
    return Serving(listens, port, _health(source, modules, best), variable, environment, warnings)


def _port(
    stated: Fact, usual: str | int | None, manifest: Manifest, answers: Answers, hints: Hints | None
) -> Fact | None:
    """The port: as answered, as the code says, as hinted, as is USUAL where a variable can say it."""
    if answer := answers.get("port"):
        return answer
    if stated.value:
        return stated
    if hints and hints.port:
        return hints.port
    if usual is None:
        return None
    name = next((one for one in _FRAMEWORKS if manifest.has_any(one)), "node")
    known = {"@nestjs/core": "nest", "@hapi/hapi": "hapi"}.get(name, name)
    return Fact(usual if isinstance(usual, int) else _USUAL, f"default: {known}")


def _number(folded: Folded) -> int | None:
    match = re.fullmatch(r"(?:.*:)?(\d{2,5})", folded.text or "")
    return int(match[1]) if match and 0 < int(match[1]) < 65536 else None


def _variable(names: frozenset[str]) -> str | None:
    """The variable of several that holds the port."""
    ports = sorted(
        (name for name in names if "PORT" in name.upper()), key=lambda name: (name != "PORT", name)
    )
    return ports[0] if ports else None


def _reachable(
    bind: Bind, modules: tuple[Module, ...], variable: str | None, port: Fact | None
) -> tuple[tuple[tuple[str, str], ...], tuple[ProjectWarning, ...]]:
    """(the environment that puts right what is bound, what cannot be put right)."""
    environment: list[tuple[str, str]] = []
    if variable and port:
        environment.append((variable, str(port.value)))
    host = Folded("localhost") if bind.kind == "fastify" else EMPTY
    if bind.host:
        host, _ = fold_bound(bind.host, modules)
    is_local = host.text in LOCAL_HOSTS - {_ALL} or (bind.kind == "fastify" and host.value is None)
    named = sorted(name for name in host.names if name != "NODE_ENV")
    if named and (is_local or host.value is None):
        return (*environment, (named[0], _ALL)), ()
    message = "binds 127.0.0.1, which nothing outside the container reaches: bind 0.0.0.0"
    warnings = (ProjectWarning("loopback", message, bind.place),) if is_local else ()
    return tuple(environment), warnings


def _health(source: Source, modules: tuple[Module, ...], bind: Bind) -> Fact:
    found = find_health_path(source, modules) if bind.kind in _ASKED else None
    return Fact(Health(str(found.value)), found.source) if found else Fact(Health(None), bind.place)
