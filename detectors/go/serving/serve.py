"""Whether a Go program listens, on which port and address, and what of it can be set. Starts nothing."""

import re
from collections.abc import Iterator, Mapping

from scaffold.model import Answers, Fact, Health, ProjectWarning
from scaffold.nouns import NamedTuple

from ...environment import words_of
from ...hints import Hints
from ...services import LOCAL_HOSTS
from ..code.program import Program
from ..code.reads import read_environment
from ..code.subcommands import find_subcommand
from ..code.values import Folded
from .binds import Bind, find_binds
from .frameworks import find_framework, usual_port
from .routes import find_health_path

_ALL = "0.0.0.0"  # noqa: S104  a container's port is published by who runs it
#: A port that no project states: where it comes out again, it was put in.
_TRIAL = 54_321
_ADDRESS = r"(?:tcp4?://)?(?P<host>[^:/]*|\[[^]]*\]):(?P<port>\d{1,5}|https?)"
#: What subcommands that serve are called; others may listen for a moment, as a login does.
_SERVES = r"(?i)(serve|server|start|run|web|api|http|httpd|daemon|up|listen|service|all|standalone)"
_NAMED = {"http": 80, "https": 443}


#: What the setting of a server's own address is made of, and what makes it one.
_ADDRESS_NAMES = frozenset({"LISTEN", "BIND", "ADDR", "ADDRESS"})
_ADDRESS_WORDS = _ADDRESS_NAMES | {"HTTP", "SERVER", "WEB", "APP", "API", "ADDRESSES", "ADDRS", "ON", "HOST"}


class Serving(NamedTuple):
    """How a program is reached."""

    listens: Fact | None = None  # "http" "grpc" "tcp", and where it binds
    port: Fact | None = None
    health: Fact | None = None
    variable: str | None = None  # that holds the port
    flag: str | None = None  # that holds the port: "--port"
    environment: tuple[tuple[str, str], ...] = ()  # that makes it bind what it should
    arguments: tuple[str, ...] = ()  # that make it bind what it should, where no variable does
    command: tuple[str, ...] = ()  # the subcommand that serves
    warnings: tuple[ProjectWarning, ...] = ()


class _Setter(NamedTuple):
    """A variable or a flag, and what it has to be like: ":{}" for an address."""

    name: str
    form: str

    def value(self, port: int) -> str:
        return self.form.replace("{}", str(port))


def find_serving(program: Program, answers: Answers, hints: Hints | None = None) -> Serving:
    """Return how PROGRAM is reached."""
    binds = find_binds(program)
    if not binds:
        answer = answers.get("port")
        return Serving(port=answer) if answer else Serving()
    best = _best(binds)
    address = best.address()
    by_port = _port_setter(program, best, address)
    if by_port is None and address.text is None and (named := _named(program, answers)):
        return named._replace(listens=Fact(best.kind, best.place), health=_health(program, best))
    port = _port(program, best, address, by_port, answers, hints)
    number = port.value if port and isinstance(port.value, int) else 0
    by_host = _host_setter(program, best, address, number)
    environment, arguments = _set(by_port, by_host, number, _port_of(address) is None or "port" in answers)
    if by_host:
        environment = (*environment, *_made_room(program, binds, number))
    warnings = () if by_host else tuple(_unreachable(best, address))
    is_name = by_port is not None and not by_port.name.startswith("-")
    return Serving(
        listens=Fact(best.kind, best.place),
        port=port,
        health=_health(program, best),
        variable=by_port.name if by_port and is_name else None,
        flag=by_port.name if by_port and not is_name else None,
        environment=environment,
        arguments=arguments,
        command=find_subcommand(program, best.call),
        warnings=warnings,
    )


def _best(binds: list[Bind]) -> Bind:
    """The bind for users: of the first kind, one whose port is known before one that only a run can tell."""
    first = [one for one in binds if (one.is_beside, one.kind) == (binds[0].is_beside, binds[0].kind)]
    if len(first) == 1:
        return first[0]
    return min(first, key=lambda one: (not _is_to_serve(one), not _is_settled(one.address())))


def _is_to_serve(bind: Bind) -> bool:
    """Whether the subcommand that leads to a bind is none, or one that is called after serving."""
    words = find_subcommand(bind.call.code.program, bind.call)
    return not words or bool(re.fullmatch(_SERVES, words[-1]))


def _is_settled(address: Folded) -> bool:
    return _port_of(address) is not None or bool(address.names or address.flags)


def _port(
    program: Program,
    bind: Bind,
    address: Folded,
    setter: _Setter | None,
    answers: Answers,
    hints: Hints | None,
) -> Fact | None:
    """The port: as answered, as the code says, as hinted, as is usual where something can say it."""
    if answer := answers.get("port"):
        return answer
    framework = find_framework(program)
    name = framework.value if framework else "go"
    stated = _port_of(address)
    if stated:
        return Fact(stated, f"default: {name}" if bind.is_bare else bind.address_place)
    if hints and (shown := _shown(setter, hints) or hints.port):
        return shown
    return Fact(usual_port(name), f"default: {name}") if setter else None


def _shown(setter: _Setter | None, hints: Hints) -> Fact | None:
    """The port that `.env.example` and its kind give the variable that sets it."""
    example = hints.environment.get(setter.name) if setter else None
    match = re.fullmatch(r"(?:[^:]*:)?(\d{1,5})", str(example.value)) if example else None
    number = int(match[1]) if match else 0
    return Fact(number, example.source) if example and 0 < number < 65536 else None


def _named(program: Program, answers: Answers) -> Serving | None:
    """How it is reached by a setting for it, where nobody can follow that to what binds."""
    for read in read_environment(program):
        words, parts = set(words_of(read.name)), _parts(Folded(read.default or ""))
        number = int(parts["port"]) if parts and parts["port"].isdigit() else 0
        if not 0 < number < 65536 or not parts or not (words <= _ADDRESS_WORDS and words & _ADDRESS_NAMES):
            continue
        port = answers.get("port") or Fact(number, read.source)
        value = f"{_ALL}:{port.value}" if parts["host"] else f":{port.value}"
        return Serving(port=port, variable=read.name, environment=((read.name, value),))
    return None


def _parts(address: Folded) -> re.Match[str] | None:
    return re.fullmatch(_ADDRESS, address.text or "")


def _port_of(address: Folded) -> int | None:
    """The port of an address, of which the host may be unknown."""
    found = _parts(address)
    number = int(_NAMED.get(found["port"], found["port"])) if found else 0
    return number if 0 < number < 65536 else None


def _host_of(address: Folded) -> str | None:
    found = _parts(address)
    return found["host"].strip("[]") if found else None


def _is_local(address: Folded) -> bool:
    host = _host_of(address)
    return host in LOCAL_HOSTS - {_ALL}


# -- what can be set: each variable and flag is tried


def _port_setter(program: Program, bind: Bind, address: Folded) -> _Setter | None:
    """What sets the port: where it is set to one that no project has, the address has it."""
    for name in _settable(address):
        for form in ("{}", ":{}", f"{_ALL}:{{}}"):
            tried = _tried(program, bind, {name: form.replace("{}", str(_TRIAL))})
            if _port_of(tried) == _TRIAL:
                return _Setter(name, form)
    return None


def _host_setter(program: Program, bind: Bind, address: Folded, port: int) -> _Setter | None:
    """What makes a server that binds this computer alone bind all of its addresses."""
    if not _is_local(address):
        return None
    for name in _settable(address):
        for form in (_ALL, f"{_ALL}:{{}}", ":{}"):
            tried = _tried(program, bind, {name: form.replace("{}", str(port))})
            if _port_of(tried) and _host_of(tried) in {"", _ALL}:
                return _Setter(name, form)
    return None


def _made_room(program: Program, binds: list[Bind], port: int) -> Iterator[tuple[str, str]]:
    """What turns off a server of its own for IPv6 at PORT: where Go binds 0.0.0.0, that is IPv6 too.

    https://pkg.go.dev/net#Listen
    """
    others = (one for one in binds if _is_local(address := one.address()) and _port_of(address) == port)
    for bind in others:
        address = bind.address()
        for name in sorted(address.names) if (_host_of(address) or "").count(":") else ():
            off = next((value for value in ("-", "") if _is_off(program, bind, {name: value})), None)
            if off is not None:
                yield name, off
                return


def _is_off(program: Program, bind: Bind, given: Mapping[str, str]) -> bool:
    with program.setting(given):
        return bind.is_made() is False


def _settable(address: Folded) -> Iterator[str]:
    """Variables before flags, and those that are called after a port first."""

    def rank(name: str) -> tuple[bool, bool, str]:
        return name != "PORT", "PORT" not in name.upper(), name

    yield from sorted(address.names, key=rank)
    yield from sorted(address.flags, key=rank)


def _tried(program: Program, bind: Bind, given: Mapping[str, str]) -> Folded:
    with program.setting(given):
        return bind.address()


def _set(
    by_port: _Setter | None, by_host: _Setter | None, port: int, is_needed: bool
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """(environment, arguments) that set port and address; a flag for the port only where it IS NEEDED."""
    setters = [one for one in (by_host, by_port) if one is not None]
    values: dict[str, str] = {}
    for one in setters if port else ():
        if one.name.startswith("-") and one is by_port and one is not by_host and not is_needed:
            continue
        values.setdefault(one.name, one.value(port))
    environment = tuple((name, value) for name, value in values.items() if not name.startswith("-"))
    return environment, tuple(f"{name}={value}" for name, value in values.items() if name.startswith("-"))


def _unreachable(bind: Bind, address: Folded) -> Iterator[ProjectWarning]:
    if _is_local(address):
        message = "binds 127.0.0.1, which nothing outside the container reaches: bind 0.0.0.0"
        yield ProjectWarning("loopback", message, bind.address_place)


def _health(program: Program, bind: Bind) -> Fact:
    found = find_health_path(program) if bind.kind == "http" else None
    return Fact(Health(str(found.value)), found.source) if found else Fact(Health(None), bind.place)
