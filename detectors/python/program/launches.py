"""Where code serves by itself, and what it binds: `uvicorn.run("shop:app", port=9000)`. Runs nothing."""

import ast
from collections.abc import Iterator, Mapping

from scaffold.model import Fact, Value
from scaffold.nouns import NamedTuple

from ..code.source import Module, Source, argument, calls, literal, origin, place

MAX_DEPTH = 8

#: What is read as loopback when it stands as a literal.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Call(NamedTuple):
    """How a function that serves is called."""

    target: int | None  # the position of the application
    host: tuple[str, int | None]  # the name and position of the host argument
    port: tuple[str, int | None]
    framework: str = ""
    loopback: bool = False  # it binds 127.0.0.1 where nobody says a host
    module: str = ""  # what must be imported, where the name alone says little


_NAMED = (("host", None), ("port", None))
#: By the origin of the callee, or by its last part behind "*.".
_CALLS: Mapping[str, Call] = {
    "uvicorn.run": Call(0, *_NAMED, loopback=True),
    "uvicorn.Config": Call(0, *_NAMED, loopback=True),
    "hypercorn.run.run": Call(None, *_NAMED),
    "waitress.serve": Call(0, *_NAMED),
    "granian.Granian": Call(0, ("address", 1), ("port", 2), loopback=True),
    "bottle.run": Call(0, *_NAMED, "bottle", loopback=True),
    "aiohttp.web.run_app": Call(0, *_NAMED, "aiohttp"),
    "aiohttp.web.TCPSite": Call(0, ("host", 1), ("port", 2), "aiohttp"),
    "fasthtml.common.serve": Call(None, *_NAMED, "fasthtml"),
    "gevent.pywsgi.WSGIServer": Call(1, ("listener", 0), ("listener", 0)),
    "eventlet.listen": Call(None, ("addr", 0), ("addr", 0)),
    "wsgiref.simple_server.make_server": Call(2, ("host", 0), ("port", 1)),
    "werkzeug.serving.run_simple": Call(2, ("hostname", 0), ("port", 1)),
    "werkzeug.run_simple": Call(2, ("hostname", 0), ("port", 1)),
    "http.server.HTTPServer": Call(None, ("server_address", 0), ("server_address", 0)),
    "http.server.ThreadingHTTPServer": Call(None, ("server_address", 0), ("server_address", 0)),
    "socketserver.TCPServer": Call(None, ("server_address", 0), ("server_address", 0)),
    "socketserver.ThreadingTCPServer": Call(None, ("server_address", 0), ("server_address", 0)),
    "asyncio.start_server": Call(None, ("host", 1), ("port", 2)),
    "websockets.serve": Call(None, ("host", 1), ("port", 2)),
    "websockets.server.serve": Call(None, ("host", 1), ("port", 2)),
    "websockets.asyncio.server.serve": Call(None, ("host", 1), ("port", 2)),
    "flask_socketio.SocketIO().run": Call(0, ("host", 1), ("port", 2), "flask", loopback=True),
    "flask.Flask().run": Call(-1, ("host", 0), ("port", 1), "flask", loopback=True),
    "quart.Quart().run": Call(-1, ("host", 0), ("port", 1), "quart", loopback=True),
    "sanic.Sanic().run": Call(-1, ("host", 0), ("port", 1), "sanic", loopback=True),
    "sanic.Sanic().prepare": Call(-1, ("host", 0), ("port", 1), "sanic", loopback=True),
    "bottle.Bottle().run": Call(-1, *_NAMED, "bottle", loopback=True),
    "dash.Dash().run": Call(-1, ("host", 0), ("port", 1), "dash", loopback=True),
    "dash.Dash().run_server": Call(-1, ("host", 0), ("port", 1), "dash", loopback=True),
    "*.run": Call(-1, *_NAMED, module="flask quart sanic dash bottle apiflask connexion"),
    "*.run_server": Call(-1, *_NAMED, module="dash"),
    "*.launch": Call(None, ("server_name", None), ("server_port", None), "gradio", True, "gradio"),
    "*.listen": Call(None, ("address", 1), ("port", 0), "tornado", module="tornado"),
    "*.add_insecure_port": Call(None, ("address", 0), ("address", 0), module="grpc"),
}
_LAST = frozenset(name.rpartition(".")[2] for name in _CALLS)

#: Calls that read an environment variable, with the position of its default.
_READERS = frozenset({"os.environ.get", "os.getenv", "environ.get", "getenv", "decouple.config"})
_READER_METHODS = frozenset({"int", "get", "getenv", "config", "env", "integer", "str", "__call__"})


class Bind(NamedTuple):
    """A value that a server is given: the constant, or an environment variable and its default."""

    value: Value | None
    variable: str | None = None


class Launch(NamedTuple):
    """One place where code serves by itself."""

    module: Module
    framework: str
    target: str | None  # "shop.main:app" as a string, or the dotted name of an object
    host: Bind | None  # None: nothing is said
    port: Bind | None
    loopback: bool  # bound to this machine only, by a literal or by nothing said
    first: bool  # under `if __name__ == "__main__"`, or run on import
    known: bool  # whether the code says what it binds; else somebody on the command line does
    source: str

    @property
    def port_fact(self) -> Fact | None:
        """The port it binds, where it is known."""
        value = self.port.value if self.port else None
        return Fact(value, self.source) if isinstance(value, int) and 0 < value < 65536 else None


def find_launches(source: Source) -> tuple[Launch, ...]:
    """Return every place where the program's own code serves, in the modules' order."""
    words = tuple(f"{last}(" for last in sorted(_LAST))
    return tuple(
        found for module in source.modules if module.mentions(*words) for found in _in_module(module)
    )


def _in_module(module: Module) -> Iterator[Launch]:
    first = {id(node) for stmt in (*module.main_block, *_run(module)) for node in ast.walk(stmt)}
    for name, call in calls(module):
        if name.rpartition(".")[2] in _LAST and (known := _known(module, name, call)):
            yield _launch(module, call, known, id(call) in first)


def _run(module: Module) -> Iterator[ast.stmt]:
    """The statements of a plain script."""
    yield from (stmt for stmt in module.statements if isinstance(stmt, (ast.Expr, ast.Assign)))


def _known(module: Module, name: str, call: ast.Call) -> Call | None:
    starred = (f"{star}.{name}" for star in module.stars) if "." not in name else ()
    for dotted in (name, *starred):
        if dotted in _CALLS:
            return _CALLS[dotted]
    known = _CALLS.get(f"*.{name.rpartition('.')[2]}") if isinstance(call.func, ast.Attribute) else None
    roots = {imported.split(".")[0] for imported in module.imports}
    if known and not roots.isdisjoint(known.module.split()):
        return known
    # an application from another module: `from shop import app; app.run(port=9000)`
    says_port = known is not None and name.endswith(".run") and argument(call, "port") is not None
    return known if says_port else None


def _launch(module: Module, call: ast.Call, known: Call, first: bool) -> Launch:
    host, port = _bind(module, call, known.host, 0), _bind(module, call, known.port, 1)
    loopback = host.value in LOOPBACK if host else known.loopback
    says = not any(keyword.arg is None for keyword in call.keywords) and _is_known(port)
    target = _target(module, call, known)
    return Launch(module, known.framework, target, host, port, loopback, first, says, place(module, call))


def _is_known(bind: Bind | None) -> bool:
    return bind is None or bind.value is not None or bind.variable is not None


def _target(module: Module, call: ast.Call, known: Call) -> str | None:
    if known.target is None:
        return None
    if known.target < 0:
        node: ast.expr | None = call.func.value if isinstance(call.func, ast.Attribute) else None
    else:
        node = argument(call, "app", known.target) or argument(call, "target", known.target)
    text = literal(module, node)
    if isinstance(text, str):
        return text
    return f"{module.name}.{node.id}" if isinstance(node, ast.Name) else None


def _bind(module: Module, call: ast.Call, where: tuple[str, int | None], part: int) -> Bind | None:
    node = argument(call, *where)
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 2:
        node = node.elts[part]
    if node is None:
        return None
    value, variable = read_setting(module, node)
    if isinstance(value, str) and ":" in value and part == 1:
        value = value.rpartition(":")[2]
    return Bind(_port(value) if part == 1 else value, variable)


def _port(value: Value | None) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 6:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_setting(module: Module, node: ast.AST | None, depth: int = 0) -> tuple[Value | None, str | None]:
    """(the constant or default that NODE is, the environment variable that it comes from)."""
    if node is None or depth > MAX_DEPTH:
        return None, None
    value = literal(module, node)
    if value is not None:
        return value, None
    if isinstance(node, ast.BoolOp):
        found = [read_setting(module, part, depth + 1) for part in node.values]
        return _either([value for value, _ in found]), _either([variable for _, variable in found])
    if isinstance(node, ast.IfExp):
        return read_setting(module, node.orelse, depth + 1)
    if isinstance(node, ast.Call):
        return _read_call(module, node, depth)
    if isinstance(node, ast.Subscript) and origin(module, node.value) == "os.environ":
        return None, _text(literal(module, node.slice))
    return _read_name(module, node, depth)


def _read_call(module: Module, call: ast.Call, depth: int) -> tuple[Value | None, str | None]:
    name = origin(module, call.func) or ""
    if name in {"int", "str"} and call.args:
        return read_setting(module, call.args[0], depth + 1)
    if isinstance(call.func, ast.Attribute) and call.func.attr in {"split", "strip"}:
        return read_setting(module, call.func.value, depth + 1)
    if name in _READERS or name.rpartition(".")[2] in _READER_METHODS:
        variable = _text(literal(module, argument(call, "key", 0)))
        default, _ = read_setting(module, argument(call, "default", 1), depth + 1)
        return (default, variable) if variable else (None, None)
    return None, None


def _read_name(module: Module, node: ast.AST, depth: int) -> tuple[Value | None, str | None]:
    if isinstance(node, ast.Name):
        values = _local(module, node) or module.assigned.get(node.id, ())
        if len(values) > 1:  # what it is by then
            values = tuple(value for value in values if value.lineno < node.lineno)
        if len(values) == 1:
            return read_setting(module, values[0], depth + 1)
        made = module.source.definition(module.aliases[node.id]) if node.id in module.aliases else None
        if made and len(made[0].assigned.get(made[1], ())) == 1:
            return read_setting(made[0], made[0].assigned[made[1]][0], depth + 1)
    if isinstance(node, ast.Attribute):
        return _read_attribute(module, node, depth)
    return None, None


def _local(module: Module, name: ast.Name) -> tuple[ast.expr, ...]:
    """The values that the main block, or any function, gives NAME."""
    nodes = (node for node in module.nodes if isinstance(node, ast.Assign) and len(node.targets) == 1)
    return tuple(
        node.value
        for node in nodes
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id == name.id
    )


def _read_attribute(module: Module, node: ast.Attribute, depth: int) -> tuple[Value | None, str | None]:
    """`settings.PORT`, where `settings = Settings()` and the class gives it a default (pydantic)."""
    owner = (origin(module, node.value) or "").removesuffix("()")
    made = module.source.definition(owner) or module.source.definition(f"{module.name}.{owner}")
    if made is None:
        found = module.source.definition(f"{owner}.{node.attr}")
        values = found[0].assigned.get(found[1], ()) if found else ()
        return read_setting(found[0], values[0], depth + 1) if found and len(values) == 1 else (None, None)
    home, name = made
    statements = home.classes[name].body if name in home.classes else []
    for stmt in statements:
        if (
            isinstance(stmt, (ast.AnnAssign, ast.Assign))
            and stmt.value is not None
            and _names(stmt, node.attr)
        ):
            value, variable = read_setting(home, stmt.value, depth + 1)
            return value, variable or node.attr.upper()
    return None, None


def _names(stmt: ast.AnnAssign | ast.Assign, name: str) -> bool:
    targets = stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _either(found: list[Value | None]) -> Value | None:
    return next((value for value in found if value is not None), None)


def _text(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None
