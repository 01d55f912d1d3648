"""HTTP paths that JavaScript answers to GET, with no parameters and no login: what a health check may ask."""

import re
from collections.abc import Iterator
from posixpath import dirname

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ...health import GUARD, best_path, says_health
from ...named import is_named
from ..code.folding import HOME, fold
from ..code.module import Call, Module
from ..code.names import Alias
from ..code.origins import NAMES, Spot, follow, member, origin, result
from ..code.source import Source
from ..code.syntax import (
    FUNCTIONS,
    Node,
    above,
    arguments_of,
    callee_of,
    field,
    find,
    property_of,
    string_of,
    text_of,
)  # fmt: skip
from .nest import nest_paths, slashed

MAX_DEPTH = 6

#: What a module that routes, or hands an application on, has in its text.
_LIKELY = (
    *(f"{sign}{word}" for sign in "\"'`/" for word in ("health", "live", "alive", "ping", "up",
    "heartbeat", "ready",
                                                       "status")),
    '"/"', "'/'", "`/`", ".use(", ".route(", ".register(", ".mount(", ".routes(", ".prefix(", "basePath(",
    "createServer", "setGlobalPrefix", "@Controller", "(app", "(fastify", "(server", "(router", "(api",
    "static",
)  # fmt: skip
_ROUTE_METHODS = frozenset({"get", "all", "route"})
#: Methods that give back what they are called on.
_CHAINED = frozenset({"get", "post", "put", "patch", "delete", "all", "use", "route", "basePath",
                      "options", "on",
                      "head", "onError", "notFound", "set", "prefix", "mount",
                      "withTypeProvider"})  # fmt: skip
_ROUTERS = (
    r"express\.Router\(\)|express-promise-router(\.\w+)?\(\)|(@koa/router|koa-router|koa-better-router)(\.\w+)?\(\)"
    r"|router(\.\w+)?\(\)|polka(\.\w+)?\(\)|hono(/\w+)?\.Hono\(\)|@hono/zod-openapi\.OpenAPIHono\(\)|express\(\)\.Router\(\)|elysia\.Elysia\(\)"
)
#: Routers that are whole applications where nobody takes them in.
_WHOLE = r"(hono|@hono|elysia|polka|router).*"
_APPS = "|".join(
    rf"{maker}\(\).*"
    for maker in (
        *(
            r"express(\.(Application|Express))?",
            "koa",
            r"fastify(\.\w+)?",
            r"@hapi/hapi\.[sS]erver",
            "feathers.*",
        ),
        *(r"restify\.createServer", "polka", "find-my-way", "ultimate-express", r"hyper-express\.Server"),
        *(r"@nestjs/core\.NestFactory\.create", "@feathersjs/express"),
    )
)
#: Packages that make applications.
_MAKERS = frozenset({"express", "koa", "fastify", "@hapi/hapi", "restify", "polka", "find-my-way", "hono"})
_APP_NAMES = frozenset(
    {"app", "server", "fastify", "api", "application", "expressApp", "instance", "router", "hono"}
)

#: Who a route belongs to: (module's path, what). An application is the empty owner.
Owner = tuple[str, str]
APP: Owner = ("", "")


class Route(NamedTuple):
    """A path as one owner has it."""

    owner: Owner
    path: str
    source: str
    at: tuple[str, int]


class _Inclusion(NamedTuple):
    """Where an owner is taken in by another one."""

    above: Owner
    prefix: str
    at: tuple[str, int]


def find_health_path(source: Source, modules: tuple[Module, ...]) -> Fact | None:
    """Return the best path to ask of the program that MODULES are, with its place."""
    likely = [one for one in modules if not _MAKERS.isdisjoint(one.packages) or one.mentions(*_LIKELY)]
    router = _Router(source, likely)
    paths = dict(reversed(list(router.paths())))
    for path, place in [*nest_paths(likely), *_static(source, likely), *_plain(likely)]:
        paths.setdefault(path, place)
    best = best_path(list(paths))
    return Fact(best, paths[best]) if best else None


class _Router:
    """Who has which route, and under which prefixes."""

    def __init__(self, source: Source, modules: list[Module]) -> None:
        self._source = source
        self._included: dict[Owner, list[_Inclusion]] = {}
        self._own: dict[Owner, str | None] = {}
        self._guards: list[tuple[Owner, str, tuple[str, int]]] = []
        self._routes: list[Route] = []
        self._apps: dict[Owner, None] = {}  # those that the code makes, the nearest to the entry first
        for module in modules:
            for call in module.calls():
                self._read(module, call)

    def _read(self, module: Module, call: Call) -> None:
        function = callee_of(call.node)
        if is_named(_APPS, f"{call.callee}()"):
            self._apps[(module.path, f"app{call.node.start_byte}")] = None
        if function is None or call.node.type != "call_expression":
            return
        name = property_of(function)
        base = field(function, "object")
        if base is not None and name in {
            "use",
            "route",
            "register",
            "mount",
            "prefix",
            "basePath",
            "get",
            "all",
        }:
            owner = owner_of(module, base)
            if owner is not None:
                self._note(module, call, owner, name or "")
                return
        self._hand_over(module, call, function)

    def _note(self, module: Module, call: Call, owner: Owner, name: str) -> None:
        at = (module.path, call.node.start_byte)
        if name in {"prefix", "basePath"} and call.arguments:
            self._own[owner] = string_of(call.arguments[0])
        if name in {"use", "mount", "register"} or (name == "route" and len(call.arguments) > 1):
            self._include(module, call, owner, at)
        if name in _ROUTE_METHODS:
            self._routes += [Route(owner, path, call.place, at) for path in _routed(module, call, name)]

    def _include(self, module: Module, call: Call, owner: Owner, at: tuple[str, int]) -> None:
        first = fold(module, call.arguments[0]).text if call.arguments else None
        prefix = first or ""
        given = call.arguments[1:] if first is not None else call.arguments
        if property_of(callee_of(call.node) or call.node) == "register":
            stated = member(module, given[1], "prefix") if len(given) > 1 else None
            prefix = (fold(*stated).text or "{}") if stated else ""
            self._load(module, call, owner, prefix, at)
            given = given[:1]
        for one in given:
            inner = _taken_in(module, one)
            if inner is not None and inner != owner:
                self._included.setdefault(inner, []).append(_Inclusion(owner, prefix, at))
            elif _guards(module, one):
                self._guards.append((owner, prefix, at))

    def _load(self, module: Module, call: Call, owner: Owner, prefix: str, at: tuple[str, int]) -> None:
        """@fastify/autoload: every file of a folder is a plugin, and its folder is its prefix.

        https://github.com/fastify/fastify-autoload#configuration
        """
        if len(call.arguments) < 2 or "autoload" not in module.origin(call.arguments[0]):
            return
        stated = member(module, call.arguments[1], "dir")
        folder = (fold(*stated).text or "").removeprefix(f"{HOME}/") if stated else ""
        for other in self._source.modules if folder else ():
            made = other.exports.get("default")
            if other.path.startswith(f"{folder}/") and made is not None and not isinstance(made, Alias):
                inner = _taken_in(other, made)
                rest = dirname(other.path.removeprefix(f"{folder}/"))
                if inner is not None:
                    self._included.setdefault(inner, []).append(_Inclusion(owner, f"{prefix}/{rest}", at))

    def _hand_over(self, module: Module, call: Call, function: Node) -> None:
        """`require("./routes")(app)`: the function's parameter is the application."""
        if not call.arguments or len(call.arguments) > 6:
            return
        called = follow(module, function)
        if called.node.type not in FUNCTIONS:
            return
        names = _parameter_names(called.node)
        for index, argument in enumerate(call.arguments[: len(names)]):
            owner = owner_of(module, argument) if argument.type in {*NAMES, "member_expression"} else None
            if owner is not None and names[index]:
                inner = _of_parameter(called, names[index])
                at = (module.path, call.node.start_byte)
                self._included.setdefault(inner, []).append(_Inclusion(owner, "", at))

    def paths(self) -> Iterator[tuple[str, str]]:
        """Every path that is worth asking, with its place."""
        for route in self._routes:
            if says_health(route.path.rstrip("/")) or route.path in {"", "/"}:
                for prefix in self._prefixes(route.owner, route.path, route.at, 0):
                    path = f"{prefix}{slashed(route.path)}" or "/"
                    if not re.search(r"[:*{}()\[\]+?]", path):
                        yield path, route.source

    def _prefixes(self, owner: Owner, path: str, at: tuple[str, int], depth: int) -> Iterator[str]:
        if self._is_guarded(owner, path, at) or depth > MAX_DEPTH:
            return
        own = self._own.get(owner, owner[1].partition("|")[2])
        if own is None:
            return
        above = self._included.get(owner, ())
        if self._is_app(owner) or (not above and _is_whole(owner)):
            yield slashed(own)
            return
        for inclusion in above:
            inner = f"{slashed(inclusion.prefix)}{slashed(own)}"
            for prefix in self._prefixes(inclusion.above, inner + path, inclusion.at, depth + 1):
                yield f"{prefix}{inner}"

    def _is_app(self, owner: Owner) -> bool:
        """Whether OWNER is the application: of several, the first, as others are for side matters."""
        return owner == APP or owner == next(iter(self._apps), None)

    def _is_guarded(self, owner: Owner, path: str, at: tuple[str, int]) -> bool:
        """Whether a guard stands before it, in the same file."""
        return any(
            one == owner and where[0] == at[0] and where[1] < at[1] and path.startswith(prefix.rstrip("/"))
            for one, prefix, where in self._guards
        )


def _is_made(owner: Owner) -> bool:
    """Whether OWNER is an application, by the call that makes it."""
    return owner[1].startswith("app")


def _is_whole(owner: Owner) -> bool:
    return owner[1].startswith("whole")


# -- owners


def owner_of(module: Module, node: Node) -> Owner | None:
    """Return whose routes are added to NODE."""
    node = _head(module, node)
    name = text_of(node)
    if node.type in NAMES:
        function = module.owner_of(name, node.start_byte)
        if function is not None and (name in _APP_NAMES or _is_typed(module, node)):
            return _of_parameter(Spot(module, function), name)
    spot = result(module, node)
    made = origin(module, node)
    head = _head(*spot)
    if is_named(_ROUTERS, origin(spot.module, head)) or is_named(_ROUTERS, made):
        whole = "whole" if is_named(_WHOLE, made) else "router"
        return spot.module.path, f"{whole}{head.start_byte}|{_own_prefix(spot.module, head)}"
    if is_named(_APPS, made) and spot.node.type in {"call_expression", "new_expression"}:
        return spot.module.path, f"app{head.start_byte}"
    if is_named(_APPS, made) or (not made and name.rpartition(".")[2] in _APP_NAMES):
        return APP
    return None


def _head(module: Module, node: Node) -> Node:
    """What a chain of calls starts from: `new Hono().get(…).post(…)`."""
    for _ in range(40):
        node = follow(module, node).node if node.type in NAMES and _is_chain(module, node) else node
        function = callee_of(node) if node.type == "call_expression" else None
        base = field(function, "object") if function is not None else None
        if function is None or base is None or property_of(function) not in _CHAINED:
            return node
        node = base
    return node


def _is_chain(module: Module, node: Node) -> bool:
    spot = follow(module, node)
    return spot.module is module and spot.node.type == "call_expression"


def _own_prefix(module: Module, node: Node) -> str:
    """`new Router({ prefix: "/api" })`."""
    for argument in arguments_of(node):
        stated = member(module, argument, "prefix")
        if stated:
            return fold(*stated).text or ""
    return ""


def _is_typed(module: Module, node: Node) -> bool:
    made = origin(module, node)
    return bool(is_named(_APPS, made) or is_named(_ROUTERS, made))


def _of_parameter(spot: Spot, name: str) -> Owner:
    """The owner that a parameter stands for; one called `app` is the application where nobody says which."""
    function = spot.node
    return (
        spot.module.path,
        f"{'whole' if name in {'app', 'expressApp', 'server'} else 'given'}{function.start_byte}",
    )


def _parameter_names(function: Node) -> list[str]:
    given = field(function, "parameters")
    if given is None:
        single = field(function, "parameter")
        return [text_of(single)] if single is not None else []
    targets = (field(one, "pattern", "left") or one for one in given.named_children if one.type != "comment")
    return [text_of(one) if one.type == "identifier" else "" for one in targets]


def _taken_in(module: Module, node: Node) -> Owner | None:
    """The router, or the plugin, that `use` or `register` is given."""
    spot = result(module, node)
    if spot.node.type in FUNCTIONS:
        return _of_plugin(spot)
    if spot.node.type == "call_expression":
        function = callee_of(spot.node)
        name = property_of(function) if function is not None else None
        if function is not None and name in {"routes", "middleware", "callback"}:
            base = field(function, "object")
            return owner_of(spot.module, base) if base is not None else None
        for argument in arguments_of(spot.node):  # fp(async function (fastify) { … })
            inner = follow(spot.module, argument)
            if inner.node.type in FUNCTIONS and "fastify-plugin" in origin(spot.module, function):
                return _of_plugin(inner)
    owner = owner_of(module, node)
    return owner if owner is not None and owner != APP and not _is_made(owner) else None


def _of_plugin(spot: Spot) -> Owner | None:
    names = _parameter_names(spot.node)
    return _of_parameter(spot, names[0]) if names and names[0] in _APP_NAMES else None


def _guards(module: Module, node: Node) -> bool:
    """Whether a middleware asks who is there."""
    text = text_of(callee_of(node) if node.type == "call_expression" else node)
    if node.type in FUNCTIONS or re.search(
        r"(?i)initialize|session|route|controller|cors|helmet|limit|csrf", text
    ):
        return False
    return re.search(GUARD, text) is not None


# -- routes


def _routed(module: Module, call: Call, name: str) -> Iterator[str]:
    """The paths that a call routes to GET."""
    if not call.arguments:
        return
    first = follow(module, call.arguments[0])
    if name == "route" and first.node.type == "object":
        yield from _of_options(first)
        return
    path = fold(module, call.arguments[0]).text
    if path is None or "{}" in path or (name == "route" and not _chains_get(call.node)):
        return
    handlers = call.arguments[1:]
    if (name != "route" and not handlers) or any(_asks(module, one) for one in handlers[:-1]):
        return
    if handlers and handlers[-1].type in {"string", "number", "true", "false"}:
        return  # cache.get("status", 1)
    yield path


def _of_options(spot: Spot) -> Iterator[str]:
    """fastify and hapi: `{ method: "GET", url: "/health" }`."""
    method = member(*spot, "method")
    values = (
        method.node.named_children
        if method and method.node.type == "array"
        else [method.node]
        if method
        else []
    )
    said = {str(string_of(one)).upper() for one in values}
    path = member(*spot, "url") or member(*spot, "path")
    guarded = any(member(*spot, key) for key in ("preHandler", "onRequest", "preValidation"))
    if path and said & {"GET", "*"} and not guarded and (text := fold(*path).text):
        yield text


def _chains_get(node: Node) -> bool:
    """`router.route("/health").get(handler)`."""
    names = [property_of(one) for one in above(node) if one.type == "member_expression"]
    return "get" in names[:6]


def _asks(module: Module, node: Node) -> bool:
    """Whether a middleware of one route asks who is there."""
    if node.type == "object":
        return any(member(module, node, key) for key in ("preHandler", "onRequest", "preValidation"))
    return node.type not in FUNCTIONS and re.search(GUARD, text_of(node)) is not None


# -- files, and plain http


def _static(source: Source, modules: list[Module]) -> Iterator[tuple[str, str]]:
    """A folder that is served, with an index.html in it."""
    for module in modules:
        if not module.mentions("static", "serve"):
            continue
        for call in module.calls():
            if call.callee in {
                "express.static",
                "koa-static",
                "serve-static",
                "sirv",
                "@hono/node-server/serve-static.serveStatic",
            }:
                text = fold(module, call.arguments[0]).text if call.arguments else None
                folder = (text or "{}").removeprefix(f"{HOME}/").strip("./")
                parent = call.node.parent
                outer = parent.parent if parent is not None else None
                alone = outer is not None and len(arguments_of(outer)) == 1
                if alone and f"{folder}/index.html" in source.tree:
                    yield "/", call.place


def _plain(modules: list[Module]) -> Iterator[tuple[str, str]]:
    """`http.createServer((request, response) => …)`: what it compares the URL to, or everything."""
    for module in modules:
        if not module.mentions("createServer"):
            continue
        for call in module.calls():
            if call.callee in {"http.createServer", "http2.createServer", "http.Server"} and call.arguments:
                spot = follow(module, call.arguments[-1])
                if spot.node.type in FUNCTIONS:
                    yield from _compared(spot)


def _compared(spot: Spot) -> Iterator[tuple[str, str]]:
    body = text_of(spot.node)
    if not re.search(r"\burl\b|\bpathname\b|\bheaders\b|upgrade", body):
        yield "/", spot.module.place(spot.node)
        return
    for node in find(spot.node, {"binary_expression": "one", "switch_case": "one"}).get("one", []):
        value = field(node, "right", "value")
        text = string_of(value) if value is not None else None
        if text and text.startswith("/") and (text == "/" or says_health(text)):
            yield text, spot.module.place(node)
