"""HTTP paths that code answers to GET, with no parameters and no login: what a health check may ask."""

import ast
import re
from collections.abc import Iterator

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ...health import GUARD, best_path, says_health
from ..code.source import Module, Source, argument, calls, literal, origin, place
from ..program.launches import read_setting

MAX_DEPTH = 6

#: Methods of an application or router that route GET by a decorator or a call.
_ROUTE_METHODS = frozenset(
    {"get", "route", "api_route", "add_url_rule", "add_get", "add_route", "add_api_route"}
)
#: Calls that are a route by themselves, by the last part of their name.
_ROUTE_CALLS = frozenset(
    {"Route", "APIRoute", "path", "re_path", "url", "get", "head", "route", "HTTPRouteHandler", "rt"}
)
_INCLUDES = frozenset(
    {"include_router", "register_blueprint", "mount", "blueprint", "add_subapp", "register"}
)
_ROUTERS = frozenset({"APIRouter", "Blueprint", "Router", "APIBlueprint", "Mount", "Controller"})
#: What a module that routes or includes mentions: the others need no parsing.
_WORDS = ("/", "route", "Route", "register", "mount", "include")
_PREFIXES = ("prefix", "url_prefix", "path")

#: (module's path, name): who a route belongs to. An application is the empty owner.
Owner = tuple[str, str]
APP: Owner = ("", "")


class Route(NamedTuple):
    """A path as one owner has it."""

    owner: Owner
    path: str
    source: str


def find_health(source: Source, mains: frozenset[str]) -> Fact | None:
    """Return the best path to ask, with its place. MAINS are the application's names."""
    modules = [module for module in source.modules if module.mentions(*_WORDS)]
    found = [route for module in modules for route in _routes(module, mains)]
    interesting = [route for route in found if says_health(route.path.rstrip("/")) or route.path in {"/", ""}]
    if not interesting:
        return None
    prefixes = _Prefixes(modules, mains)
    paths = {
        f"{prefix}{route.path}" or "/": route.source
        for route in reversed(interesting)
        for prefix in prefixes.of(route.owner)
    }
    best = best_path(paths)
    return Fact(best, paths[best]) if best else None


# -- routes


def _routes(module: Module, mains: frozenset[str]) -> Iterator[Route]:
    inside = {id(node) for node in _controlled(module)}
    for node in module.nodes:
        if id(node) in inside:
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _decorated(module, node, mains)
        elif isinstance(node, ast.Call):
            yield from _called(module, node, mains)
        elif isinstance(node, ast.Tuple) and module.mentions("tornado"):
            yield from _tornado(module, node)


def _controlled(module: Module) -> Iterator[ast.AST]:
    """The methods of classes that have a path of their own (Litestar): such a prefix is not followed."""
    for name in module.classes:
        body = module.classes[name].body
        if any(
            isinstance(stmt, (ast.Assign, ast.AnnAssign)) and "path" in ast.unparse(stmt) for stmt in body
        ):
            yield from body


def _decorated(
    module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, mains: frozenset[str]
) -> Iterator[Route]:
    if _is_guarded(function) or _needs_parameters(function):
        return
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and (path := _routed(module, decorator)):
            yield Route(_owner(module, decorator.func, mains), _clean(path), place(module, decorator))


def _routed(module: Module, call: ast.Call) -> str | None:
    """The path that a decorator or a call routes to GET."""
    name = (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )
    if name not in _ROUTE_METHODS and name not in _ROUTE_CALLS:
        return None
    if not _takes_get(module, call):
        return None
    path = literal(module, argument(call, "path", 0) or argument(call, "rule"))
    if path is None and name == "get" and not call.args and not isinstance(call.func, ast.Attribute):
        return "/"  # Litestar: @get()
    return path if isinstance(path, str) and not re.search(r"[{<(*:]", path) else None


def _takes_get(module: Module, call: ast.Call) -> bool:
    methods = literal(module, argument(call, "methods"))
    if isinstance(methods, tuple):
        return "GET" in {str(method).upper() for method in methods}
    dependencies = argument(call, "dependencies")
    return dependencies is None or not re.search(GUARD, ast.unparse(dependencies))


def _called(module: Module, call: ast.Call, mains: frozenset[str]) -> Iterator[Route]:
    """`app.add_url_rule("/health", …)`, `Route("/health", handler)`, `web.get("/health", handler)`."""
    adds = isinstance(call.func, ast.Attribute) and call.func.attr.startswith("add_")
    last = (origin(module, call.func) or "").rpartition(".")[2]
    listed = last in _ROUTE_CALLS and len(call.args) > 1
    if not (adds or listed) or isinstance(call.args[1] if len(call.args) > 1 else None, ast.Constant):
        return
    if path := _routed(module, call):
        owner = _owner(module, call.func, mains) if adds else APP
        yield Route(owner, _clean(path), place(module, call))


def _tornado(module: Module, node: ast.Tuple) -> Iterator[Route]:
    path = literal(module, node.elts[0]) if len(node.elts) >= 2 else None
    handler = node.elts[1] if len(node.elts) >= 2 else None
    if isinstance(path, str) and path.startswith("/") and isinstance(handler, (ast.Name, ast.Attribute)):
        plain = path.removesuffix("$").removesuffix("/?")
        if not re.search(r"[(\[*?]", plain):
            yield Route(APP, plain or "/", place(module, node))


def _clean(path: str) -> str:
    return path if path.startswith("/") or not path else f"/{path}"


def _is_guarded(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a decorator or a dependency asks who is there."""
    for decorator in function.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(named, (ast.Name, ast.Attribute)) and re.search(GUARD, ast.unparse(named)):
            return True
    arguments = function.args
    defaults = [*arguments.defaults, *(value for value in arguments.kw_defaults if value)]
    notes = [one.annotation for one in (*arguments.args, *arguments.kwonlyargs) if one.annotation]
    return any(re.search(GUARD, ast.unparse(node)) for node in (*defaults, *notes))


def _needs_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a query parameter is required: a plain type with no default."""
    arguments = function.args
    without = arguments.args[: len(arguments.args) - len(arguments.defaults)]
    return any(
        isinstance(one.annotation, ast.Name) and one.annotation.id in {"str", "int", "float"}
        for one in without
    )


def _owner(module: Module, func: ast.expr, mains: frozenset[str]) -> Owner:
    """Whose route it is: the name before the method, followed to where it is made."""
    node = func.value if isinstance(func, ast.Attribute) else func
    if isinstance(node, ast.Attribute) and node.attr == "router":
        node = node.value  # aiohttp: app.router.add_get
    if not isinstance(node, ast.Name):
        return APP
    return _known(module, node.id, mains)


def _known(module: Module, name: str, mains: frozenset[str]) -> Owner:
    made = module.source.definition(f"{module.name}.{name}")
    home, local = made or (module, name)
    if f"{home.name}.{local}" in mains or not _is_router(home, local):
        return APP
    return home.path, local


def _is_router(module: Module, name: str) -> bool:
    return any(
        isinstance(value, ast.Call) and _makes_router(module, value) for value in _values(module, name)
    )


def _values(module: Module, name: str) -> tuple[ast.expr, ...]:
    if name in module.assigned:
        return module.assigned[name]
    return tuple(
        node.value
        for node in module.nodes
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    )


def _makes_router(module: Module, call: ast.Call) -> bool:
    return (origin(module, call.func) or "").rpartition(".")[2] in _ROUTERS


# -- prefixes


class _Prefixes:
    """Under which prefixes the application has each router."""

    def __init__(self, modules: list[Module], mains: frozenset[str]) -> None:
        self._own: dict[Owner, str | None] = {}
        self._included: dict[Owner, list[tuple[Owner, str | None]]] = {}
        for module in modules:
            self._read(module, mains)

    def _read(self, module: Module, mains: frozenset[str]) -> None:
        for name, values in module.assigned.items():
            for value in values:
                if isinstance(value, ast.Call) and _makes_router(module, value):
                    self._own[(module.path, name)] = _prefix(module, value)
        for name, call in calls(module):
            if name.rpartition(".")[2] in _INCLUDES:
                self._include(module, call, mains)

    def _include(self, module: Module, call: ast.Call, mains: frozenset[str]) -> None:
        prefix = _prefix(module, call)
        for node in call.args[:2]:
            owner = _included(module, node, mains)
            if owner:
                self._included.setdefault(owner, []).append((_owner(module, call.func, mains), prefix))

    def of(self, owner: Owner, depth: int = 0) -> Iterator[str]:
        """The prefixes of OWNER; none where a prefix is no constant or nothing includes it."""
        if owner == APP:
            yield ""
            return
        own = self._own.get(owner, "")
        for parent, prefix in self._included.get(owner, ()) if depth < MAX_DEPTH and own is not None else ():
            if prefix is not None:
                for above in self.of(parent, depth + 1):
                    yield f"{above}{_slashed(prefix)}{_slashed(own or '')}"


def _slashed(prefix: str) -> str:
    return f"/{prefix.strip('/')}" if prefix.strip("/") else ""


def _prefix(module: Module, call: ast.Call) -> str | None:
    """The prefix that a call states; "" where it states none, None where it is no constant."""
    for name in _PREFIXES:
        node = argument(call, name)
        if node is not None:
            value, _ = read_setting(module, node)
            return value if isinstance(value, str) else None
    return ""


def _included(module: Module, node: ast.expr, mains: frozenset[str]) -> Owner | None:
    if isinstance(node, ast.Name):
        owner = _known(module, node.id, mains)
        return owner if owner != APP else None
    if isinstance(node, ast.Attribute):  # app.include_router(users.router)
        dotted = origin(module, node) or ""
        made = module.source.definition(dotted)
        if made is None and isinstance(node.value, ast.Name) and node.value.id in module.aliases:
            made = module.source.definition(f"{module.aliases[node.value.id]}.{node.attr}")
        return (made[0].path, made[1]) if made and _is_router(*made) else None
    return None


# -- Django


def find_django_health(source: Source, urls: Module | None) -> Fact | None:
    """Return the best path in URLS and what it includes."""
    found = dict(_urls(source, urls, "/", 0)) if urls else {}
    best = best_path(found)
    return Fact(best, found[best]) if best else None


def _urls(source: Source, module: Module, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH:
        return
    for value in module.assigned.get("urlpatterns", ()):
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and (origin(module, node.func) or "").rpartition(".")[2] in {
                "path",
                "url",
                "re_path",
            }:
                yield from _url(source, module, node, prefix, depth)


def _url(
    source: Source, module: Module, call: ast.Call, prefix: str, depth: int
) -> Iterator[tuple[str, str]]:
    text = literal(module, argument(call, "route", 0) or argument(call, "regex"))
    if not isinstance(text, str):
        return
    path = text.removeprefix("^").removesuffix("$")
    if re.search(r"[<(\[*+?\\{]", path):
        return
    view = argument(call, "view", 1)
    if isinstance(view, ast.Call) and (origin(module, view.func) or "").endswith("include"):
        home = literal(module, view.args[0]) if view.args else None
        inner = source.module(home) if isinstance(home, str) else None
        if inner:
            yield from _urls(source, inner, f"{prefix}{path}", depth + 1)
    elif view is not None and not re.search(GUARD, ast.unparse(view)):
        yield f"{prefix}{path}", place(module, call)
