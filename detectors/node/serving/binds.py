"""The places in JavaScript code that bind a port: what they speak, on which port and address. Binds none."""

import re
from collections.abc import Iterator

from scaffold.nouns import NamedTuple

from ...named import is_named
from ..code.folding import Folded, fold
from ..code.module import Call, Module, class_around, parameters_of
from ..code.names import Alias
from ..code.origins import NAMES, Spot, follow, member
from ..code.syntax import (
    CLASSES,
    FUNCTIONS,
    Node,
    callee_of,
    field,
    name_of,
    property_of,
    text_of,
    unwrap,
)

_WORDS = (
    "listen(", "listenAsync(", "serve(", "startStandaloneServer", "WebSocketServer", "Server(", "bindAsync",
    ".bind(", "createMicroservice", "socket.io", "hapi", ".start(",
)  # fmt: skip


#: What binds, what a browser would ask first: how it is called, what it speaks, its usual port.
_KINDS: tuple[tuple[str, str, int | None], ...] = (
    (r"@nestjs/core\.NestFactory\.create\(\)\.listen(Async)?", "http", None),
    (r"(express|koa|polka|connect|restify\.createServer|feathers|@feathersjs/\w+(\.\w+)?|uWebSockets\.js\.\w+"
     r"|ultimate-express|hyper-express\.Server|find-my-way|json-server\.create|micro|elysia\.Elysia|@tinyhttp/app\.App"
     r"|@adonisjs/.*|express\.(Application|Express)|moleculer-web.*)\(\).*\.(listen|start)", "http", None),
    (r"fastify(\.\w+)?\(\).*\.listen|fastify\.FastifyInstance\(\)\.listen", "fastify", None),
    (r"(https\.(createServer|Server)|http2\.createSecureServer)\(\)(\..*)?\.listen", "https", None),
    (r"http2?\.(createServer|Server)\(\)(\..*)?\.listen|http-shutdown\(\)\.listen"
     r"|stoppable\(\)\.listen|@godaddy/terminus\.createTerminus\(\)\.listen", "http", None),
    (r"@hapi/hapi\.(server|Server)\(\)|@hapi/hapi\.(server|Server)", "hapi", None),
    (r"@hono/node-server\.(serve|createAdaptorServer\(\)\.listen)|srvx\.serve|listhen\.listen", "http", 3000),
    (r"Bun\.serve", "http", 3000),
    (r"@apollo/server/standalone\.startStandaloneServer|apollo-server(-\w+)?\.ApolloServer\(\)\.listen"
     r"|graphql-yoga\.(\w+)\(\)\.(listen|start)", "http", 4000),
    (r"next\(\).*\.listen", "http", 3000),
    (r"socket\.io(\.Server)?\(\)\.listen|socket\.io(\.Server)?", "socket", None),
    (r"ws\.(WebSocketServer|Server|WebSocket\.Server)|ws\.default\.Server|isomorphic-ws\.\w+", "socket",
    None),
    (r"@grpc/grpc-js\.Server\(\)\.bindAsync|grpc\.Server\(\)\.bind(Async)?", "grpc", None),
    (r"net\.(createServer|Server)\(\)(\..*)?\.listen|tls\.createServer\(\)\.listen", "tcp", None),
    (r"@nestjs/core\.NestFactory\.createMicroservice", "micro", 3000),
)  # fmt: skip


#: The last words of those.
_NAMES = frozenset(
    {"listen", "listenAsync", "start", "serve", "server", "Server", "bind", "bindAsync",
    "createMicroservice", "io",
     "startStandaloneServer", "createTerminus", "WebSocketServer", "ws", "WebSocket"}
)  # fmt: skip
_LISTENERS = r"(?i).*(app|server|http|fastify|koa|express|api|io|instance|hapi)"


class Bind(NamedTuple):
    """One place that binds."""

    kind: str  # "http" "https" "fastify" "hapi" "socket" "grpc" "tcp" "micro"
    rank: int  # 0: what a browser would rather ask
    place: str
    port: Spot | None
    host: Spot | None
    usual: int | None


def find_binds(module: Module) -> Iterator[Bind]:
    """Yield every place in MODULE that binds."""
    if module.mentions(*_WORDS):
        for call in module.calls():
            rank = _rank_of(module, call)
            bind = _bound(module, call, rank) if rank is not None else None
            if bind is not None:
                yield bind
    yield from _exported(module)


def _rank_of(module: Module, call: Call) -> int | None:
    """Which kind a call is of; the last for one that is only called like it."""
    function = callee_of(call.node)
    if _NAMES.isdisjoint({property_of(function) if function is not None else None, _last_word(call.callee)}):
        return None
    found = next((rank for rank, kind in enumerate(_KINDS) if is_named(kind[0], call.callee)), None)
    if found is not None:
        return found
    base = field(function, "object") if function is not None else None
    if function is None or base is None or property_of(function) not in {"listen", "listenAsync"}:
        return None
    if call.arguments and call.arguments[0].type in FUNCTIONS:
        return None
    known = call.callee and not call.callee.startswith((".", text_of(base).partition(".")[0]))
    if known and "#" not in call.callee and not call.callee.startswith(("http", "https")):
        return None  # something else of a library listens: for events
    is_own = follow(module, function).node.type in FUNCTIONS
    return len(_KINDS) if is_named(_LISTENERS, text_of(base)) and not is_own else None


def _last_word(callee: str) -> str:
    return callee.rpartition(".")[2].removesuffix("()")


def _bound(module: Module, call: Call, rank: int) -> Bind | None:
    kind, usual = (_KINDS[rank][1], _KINDS[rank][2]) if rank < len(_KINDS) else ("http", None)
    options = _options(module, call)
    port, host = _part(options, "port"), _part(options, "host") or _part(options, "hostname")
    if kind == "micro":
        inner = _part(options, "options")
        port, host = _within(inner, "port"), _within(inner, "host")
    elif port is None and not options and call.arguments:
        port, host = _in_words(module, call)
    if kind in {"socket", "hapi", "micro", "grpc"} and (
        port is None or (kind == "socket" and not _is_port(port))
    ):
        return None
    return Bind(kind, rank, call.place, port, host, usual)


def _in_words(module: Module, call: Call) -> tuple[Spot | None, Spot | None]:
    """(port, host) of `listen(3000, "0.0.0.0", done)`; uWebSockets.js may have the host first."""
    words = [one for one in call.arguments if one.type not in FUNCTIONS]
    if call.callee.startswith("uWebSockets"):
        words = words[-1:]
    port = Spot(module, words[0]) if words else None
    return port, Spot(module, words[1]) if len(words) > 1 and _is_host(module, words[1]) else None


def _is_host(module: Module, node: Node) -> bool:
    """Whether an argument is an address: by what it comes to, or, of what was given on, by its name."""
    folded = fold(module, node)
    if folded.text:
        return not folded.text.isdigit()
    return bool(folded.names and folded.value is None) or _is_called_host(node)


def _is_called_host(node: Node) -> bool:
    return (property_of(node) or text_of(node)).lower() in {"host", "hostname", "address"}


def _options(module: Module, call: Call) -> tuple[Spot, ...]:
    """The objects among the arguments, and `listen` in them."""
    spots = [follow(module, one) for one in call.arguments if one.type not in FUNCTIONS]
    objects = [spot for spot in spots if spot.node.type == "object"]
    inner = (member(*spot, "listen") for spot in objects)
    return (*objects, *(one for one in inner if one and one.node.type == "object"))


def _part(options: tuple[Spot, ...], name: str) -> Spot | None:
    found = (_value_of(spot, name) for spot in options)
    return next((one for one in found if one), None)


def _value_of(spot: Spot, name: str) -> Spot | None:
    """The value under NAME as it stands there: what it leads to may be a variable that is folded later."""
    for child in spot.node.named_children:
        if child.type == "pair" and name_of(field(child, "key")) == name:
            value = field(child, "value")
            return Spot(spot.module, value) if value is not None else None
        if child.type == "shorthand_property_identifier" and text_of(child) == name:
            return Spot(spot.module, child)
    return member(*spot, name)


def _within(spot: Spot | None, name: str) -> Spot | None:
    inner = follow(*spot) if spot else None
    return _value_of(inner, name) if inner and inner.node.type == "object" else None


def _is_port(spot: Spot) -> bool:
    folded = fold(*spot)
    return re.fullmatch(r"\d{2,5}", folded.text or "") is not None or any(
        "PORT" in one for one in folded.names
    )


def _exported(module: Module) -> Iterator[Bind]:
    """Bun serves what a program gives out: `export default { port: 3000, fetch: app.fetch }`."""
    if not (module.mentions("fetch") and module.mentions("port:", "port,")):
        return
    made = module.exports.get("default")
    if made is None or isinstance(made, Alias):
        return
    spot = follow(module, made)
    if spot.node.type == "object" and member(*spot, "fetch"):
        port = _value_of(spot, "port")
        if port:
            yield Bind("http", 5, module.place(spot.node), port, None, 3000)


def fold_bound(spot: Spot, modules: tuple[Module, ...], depth: int = 0) -> tuple[Folded, str]:
    """Return what a port or an address comes to, and where; a parameter is what its function is given."""
    folded = fold(*spot)
    home, node = follow(*spot)
    if folded.text or folded.names or depth > 3:
        return folded, home.place(node)
    for given in _given(home, node, modules):
        found, place = fold_bound(given, modules, depth + 1)
        if found.text or found.names:
            return found, place
    return folded, home.place(node)


def _given(module: Module, node: Node, modules: tuple[Module, ...]) -> Iterator[Spot]:
    """What the parameter that NODE is, is given."""
    function = module.owner_of(text_of(node), node.start_byte) if node.type in NAMES else None
    if function is None:
        yield from _given_member(module, node, modules)
        return
    names = [name for name, _ in parameters_of(function)]
    called = _name_of(module, function)
    if text_of(node) not in names:
        return
    index = names.index(text_of(node))
    for other in modules:
        if other.mentions(called):
            for call in other.calls():
                if len(call.arguments) > index and _calls(other, call.node, Spot(module, function)):
                    yield Spot(other, call.arguments[index])


def _name_of(module: Module, function: Node) -> str:
    """What a file that calls FUNCTION must have in its text: its name, its class, the file that it is in."""
    name = text_of(field(function, "name"))
    if name == "constructor":
        name = text_of(field(class_around(function) or function, "name"))
    return name or module.path.rpartition("/")[2].partition(".")[0]


def _given_member(module: Module, node: Node, modules: tuple[Module, ...]) -> Iterator[Spot]:
    """`this.port`, which the constructor was given; `config.site.port` of a `config` that was given."""
    root, keys = _taken_apart(node)
    for given in _given(module, root, modules) if keys and root.type in NAMES else ():
        spot: Spot | None = given
        for name in keys:
            spot = member(*spot, name) if spot else None
        if spot:
            yield spot
    key = (
        property_of(node)
        if node.type == "member_expression" and text_of(field(node, "object")) == "this"
        else None
    )
    for one in module.members.get(key or "", ()):
        if one.value is not None:
            yield from _given(module, one.value, modules)


def _taken_apart(node: Node) -> tuple[Node, tuple[str, ...]]:
    """Return what a chain of members begins with, and the keys that lead on."""
    keys: list[str] = []
    while node.type == "member_expression" and (base := field(node, "object")) is not None:
        keys.append(property_of(node) or "")
        node = unwrap(base)
    return node, tuple(reversed(keys))


def _calls(module: Module, call: Node, function: Spot) -> bool:
    """Whether CALL is one of FUNCTION: by its name, as a method, or by `new` for a constructor."""
    callee = callee_of(call)
    if callee is None:
        return False
    name = text_of(field(function.node, "name"))
    if function.node.type == "method_definition" and name == "constructor":
        made = follow(module, callee)
        around = made.node.type in CLASSES and made.module.path == function.module.path
        return around and made.node.start_byte <= function.node.start_byte < made.node.end_byte
    if function.node.type == "method_definition":
        return property_of(callee) == name and follow(module, callee).node in {function.node, callee}
    return follow(module, callee) == function
