"""An application that a program completes before a server of its own serves it. Runs nothing of it.

No import of any module gives such an application whole: what it answers is registered by a function, which
hands it to gevent's or Tornado's server. A server of ours would serve it empty.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scaffold.model import Value
from scaffold.nouns import NamedTuple

from ..code.module import Module, calls, origin
from .launches import Bind, Launch, read_setting

if TYPE_CHECKING:
    from ..code.source import Source
    from .frameworks import Candidate

#: How an application is told what it answers; decorators say some of it by the method.
_REGISTERS = frozenset(
    {"add_resource", "add_route", "add_url_rule", "include_router", "mount", "register_blueprint", "route"}
)
_METHODS = frozenset({"delete", "get", "patch", "post", "put", "websocket"})
#: Parts of applications: what they are told is of no use before an application has them.
_PARTS = r".*\b(Blueprint|APIRouter)\(\).*"
#: Frameworks whose applications are made first, and filled later.
_FILLED = frozenset({"flask", "quart"})
#: What serves such applications, and nothing beside them.
_SERVERS = ("WSGIServer", "make_server", "run_simple", "tornado", "waitress")
_READERS = frozenset({"os.environ.get", "os.getenv"})
_MOST = 400


class OwnServer(NamedTuple):
    """The program that completes an application, and where it serves it."""

    program: Module
    launch: Launch


def find_own_server(source: "Source", candidate: "Candidate", launches: Iterable[Launch]) -> OwnServer | None:
    """Return the program that serves CANDIDATE by itself, where no import gives it whole."""
    if candidate.factory or candidate.framework.name not in _FILLED:
        return None
    open_ended = (one for one in launches if not one.known and one.target is None and not one.first)
    serving = [one for one in open_ended if one.module.mentions(*_SERVERS)]
    if not serving or any(map(_registers, source.modules)):
        return None
    for launch in serving:
        programs = [one for one in source.modules if _serves(source, one, launch)]
        if len(programs) == 1:
            return OwnServer(programs[0], _with_port(source, launch))
    return None


def _serves(source: "Source", program: Module, launch: Launch) -> bool:
    """Whether PROGRAM lies at the root, does something when it is run, and reaches LAUNCH."""
    is_program = bool(program.main_block) and "/" not in program.path
    return is_program and launch.module.path in _reached(source, program)


def _registers(module: Module) -> bool:
    """Whether an import of MODULE tells an application what it answers."""
    if not module.mentions(*_REGISTERS, *(f".{method}(" for method in _METHODS)):
        return False
    return any(_is_whole(module, function) for function in _told(module))


def _told(module: Module) -> Iterator[ast.Attribute]:
    """The methods that an import of MODULE registers something by: in its statements, and as decorators."""
    for stmt in module.statements:
        is_made = isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        nodes = stmt.decorator_list if is_made else ast.walk(stmt)  # type: ignore[attr-defined]
        names = _REGISTERS | _METHODS if is_made else _REGISTERS
        called = (node.func for node in nodes if isinstance(node, ast.Call))
        yield from (one for one in called if isinstance(one, ast.Attribute) and one.attr in names)


def _is_whole(module: Module, function: ast.Attribute) -> bool:
    return not re.fullmatch(_PARTS, origin(module, function.value) or "")


def _reached(source: "Source", program: Module) -> frozenset[str]:
    """The files that PROGRAM imports, and those that these import."""
    seen = {program.path}
    rest = [program]
    while rest and len(seen) < _MOST:
        module = rest.pop()
        for name in sorted(module.imports):
            found = source.imported_by(module, name)
            if found and found.path not in seen:
                seen.add(found.path)
                rest.append(found)
    return frozenset(seen)


# -- where it listens


def _with_port(source: "Source", launch: Launch) -> Launch:
    """LAUNCH with the one variable that can say its port: what it binds is a setting that is stored."""
    found = {variable: value for module in source.modules for variable, value in _ports(module)}
    if (launch.port is not None and launch.port.variable) or len(found) != 1:
        return launch
    ((variable, value),) = found.items()
    number = int(str(value)) if str(value).isdecimal() else None
    return launch._replace(port=Bind(number, variable))


def _ports(module: Module) -> Iterator[tuple[str, Value | None]]:
    """The variables of MODULE that hold a port, with their defaults."""
    if not module.mentions("PORT"):
        return
    for name, call in calls(module):
        value, variable = read_setting(module, call) if name in _READERS else (None, None)
        if variable and re.fullmatch(r"(\w+_)?PORT", variable):
            yield variable, value
