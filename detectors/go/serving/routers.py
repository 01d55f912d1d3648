"""Routers of Go programs: which prefixes stand before their routes, and what guards them. Serves nothing."""

import re
from collections.abc import Iterator

from scaffold.nouns import NamedTuple

from ...health import GUARD
from ...named import is_named
from ..code.code import Binding, Call, Code
from ..code.folding import fold, parameters_of
from ..code.origins import called, callee, declared, function_at, package_named, returned, type_of
from ..code.program import Program, Spot
from ..code.syntax import FUNCTIONS, Node, above, arguments_of, callee_of, field, items_of, text_of, unwrap

MAX_DEPTH = 10

#: Types that are applications by themselves.
_ROOTS = (
    r"github\.com/gin-gonic/gin\.Engine",
    r"github\.com/labstack/echo\.Echo",
    r"github\.com/gofiber/fiber\.App",
    r"github\.com/go-chi/chi\.(Mux|Router)",
    r"github\.com/gorilla/mux\.Router",
    r"net/http\.ServeMux",
    r"github\.com/julienschmidt/httprouter\.Router",
    r"github\.com/kataras/iris\.Application",
    r"github\.com/bmizerany/pat\.PatternServeMux",
    r"github\.com/buaazp/fasthttprouter\.\w+(\(\))?",
    r"github\.com/fasthttp/router\.\w+(\(\))?",
    r"github\.com/go-martini/martini\.\w+(\(\))?",
    r"goji\.io\.(Mux|NewMux\(\))",
    r"github\.com/dimfeld/httptreemux\.\w+(\(\))?",
    r"github\.com/uptrace/bunrouter\.\w+(\(\))?",
    r"github\.com/cloudwego/hertz/pkg/app/server\.(Hertz|Default\(\)|New\(\))",
    r"github\.com/beego/beego/server/web.*",
    r"github\.com/go-ozzo/ozzo-routing\.(Router|New\(\))",
    r"github\.com/gobuffalo/buffalo\.(App|New\(\))",
    r"gofr\.dev/pkg/gofr\.New\(\)",
    r"github\.com/go-fuego/fuego\.\w+(\(\))?",
)
#: Packages whose functions route for the whole program.
_GLOBAL = frozenset({"net/http", "github.com/beego/beego", "github.com/beego/beego/server/web",
                     "github.com/astaxie/beego"})  # fmt: skip
_PARTS = (
    r"github\.com/gin-gonic/gin\.(RouterGroup|IRouter|IRoutes)",
    r"github\.com/labstack/echo\.Group",
    r"github\.com/gofiber/fiber\.(Router|Group)",
    r"github\.com/kataras/iris\.Party",
    r"github\.com/gorilla/mux\.Route",
    r"github\.com/go-ozzo/ozzo-routing\.RouteGroup",
    r"github\.com/kataras/iris/core/router\.Party",
    r"github\.com/go-chi/chi\.Router",
)
#: Methods that make a router below another one: with a prefix first, or with none.
_BELOW = frozenset({"Group", "Route", "Party", "PathPrefix", "With", "Subrouter", "StrictSlash", "Path",
                    "Methods", "Host", "Schemes", "Version"})  # fmt: skip
_PREFIXED = frozenset({"Group", "Route", "Party", "PathPrefix"})


class Place(NamedTuple):
    """Where the routes of a router begin, and which application that is of."""

    prefix: str
    root: tuple[str, int]  # the file and the start of what makes the application; ("", 0) is nobody's


_NOBODYS = ("", 0)


def is_router(code: Code, node: Node | None) -> bool:
    """Whether NODE is something that routes are added to."""
    if node is None:
        return False
    if package_named(code, node) in _GLOBAL:
        return True
    made = type_of(code, node)
    return any(is_named(pattern, made) for pattern in (*_ROOTS, *_PARTS))


def _is_root(code: Code, node: Node) -> bool:
    made = type_of(code, node)
    return any(is_named(pattern, made) for pattern in _ROOTS)


def places_of(code: Code, node: Node, depth: int = 0) -> Iterator[Place]:
    """Yield where routes begin that are added to NODE; nowhere where a guard stands before them."""
    if depth > MAX_DEPTH or _is_guarded(code, node):
        return
    node = unwrap(node)
    if package_named(code, node) in _GLOBAL:
        yield Place("", ("net/http", 0))
    elif node.type == "call_expression":
        yield from _of_call(code, node, depth + 1)
    elif node.type == "identifier":
        yield from _of_name(code, node, depth + 1)
    elif node.type == "selector_expression":
        yield from _of_member(code, node, depth + 1)


def _of_call(code: Code, call: Node, depth: int) -> Iterator[Place]:
    """`r.Group("/api")`, `chi.NewRouter()`, `newRouter()`."""
    function = callee_of(call)
    base = field(function, "operand") if function is not None else None
    name = text_of(field(function, "field")) if function is not None else ""
    if base is not None and name in _BELOW and is_router(code, base):
        prefix = _prefix(code, call, name)
        if prefix is not None:
            yield from (Place(f"{one.prefix}{prefix}", one.root) for one in places_of(code, base, depth))
        return
    spot = called(code, call)
    if spot is not None:
        for values in returned(spot.node)[:3]:
            first = next(iter(items_of(values)), None)
            if first is not None and is_router(spot.code, first):
                yield from places_of(spot.code, first, depth)
                return
        return
    if _is_root(code, call):
        yield from _of_root(code, call, depth)


def _prefix(code: Code, call: Node, name: str) -> str | None:
    """What a call adds to the paths below it; None where a guard is among what it is given."""
    arguments = arguments_of(call)
    if any(re.search(GUARD, text_of(one)) for one in arguments if one.type not in FUNCTIONS and
           "string_literal" not in one.type):  # fmt: skip
        return None
    if name not in _PREFIXED or not arguments or arguments[0].type in FUNCTIONS:
        return ""
    text = fold(code, arguments[0]).text
    return None if text is None else slashed(text)


def slashed(path: str) -> str:
    """Return PATH with one slash before it and none after it."""
    inside = path.strip("/")
    return f"/{inside}" if inside else ""


def _of_root(code: Code, made: Node, depth: int) -> Iterator[Place]:
    """An application, and everywhere it is mounted in another one."""
    mounts = list(_mounts(code, made, depth))
    yield from mounts
    if not mounts:
        yield Place("", (code.path, made.start_byte))


def _mounts(code: Code, made: Node, depth: int) -> Iterator[Place]:
    for call in code.program.calls("Mount", "Handle"):
        prefix, handler = _mounted(call)
        if handler is None or not _leads_to(call.code, handler, Spot(code, made)):
            continue
        function = callee_of(call.node)
        base = field(function, "operand") if function is not None else None
        if base is not None and is_router(call.code, base):
            for one in places_of(call.code, base, depth + 1):
                yield Place(f"{one.prefix}{slashed(prefix)}", one.root)


def _mounted(call: Call) -> tuple[str, Node | None]:
    """(prefix, router) of `r.Mount("/api", api)` and `mux.Handle("/api/", http.StripPrefix("/api", api))`."""
    if len(call.arguments) < 2:
        return "", None
    prefix, handler = fold(call.code, call.arguments[0]).text or "{}", unwrap(call.arguments[1])
    if call.name == "Mount":
        return prefix, handler
    if handler.type != "call_expression" or callee(call.code, handler) != "net/http.StripPrefix":
        return prefix, handler if prefix.strip("/") == "" else None
    given = arguments_of(handler)
    return prefix, given[1] if len(given) > 1 else None


def _leads_to(code: Code, node: Node, wanted: Spot, depth: int = 0) -> bool:
    """Whether NODE is the router that WANTED makes."""
    node = unwrap(node)
    if depth > 5:
        return False
    if code is wanted.code and node.start_byte == wanted.node.start_byte and node.type == wanted.node.type:
        return node.end_byte == wanted.node.end_byte
    if node.type == "identifier" and (found := declared(code, node)) and found[1].value is not None:
        return _leads_to(found[0], found[1].value, wanted, depth + 1)
    if node.type != "call_expression":
        return False
    spot = called(code, node)
    if spot is None:
        return any(_leads_to(code, one, wanted, depth + 1) for one in arguments_of(node))
    firsts = (next(iter(items_of(values)), None) for values in returned(spot.node)[:3])
    return any(one is not None and _leads_to(spot.code, one, wanted, depth + 1) for one in firsts)


def _of_name(code: Code, node: Node, depth: int) -> Iterator[Place]:
    found = declared(code, node)
    if found is None:
        return
    home, binding = found
    if binding.is_parameter:
        yield from _of_parameter(home, binding, depth)
    elif binding.value is not None and binding.which == 0:
        yield from places_of(home, binding.value, depth)
    else:
        changes = [one for one in home.assigned.get(binding.name, ()) if one.which == 0]
        for one in changes[:1]:
            yield from places_of(one.code, one.value, depth)
        if not changes and _is_root(code, node):
            yield Place("", _NOBODYS)


def _of_parameter(code: Code, binding: Binding, depth: int) -> Iterator[Place]:
    """A parameter is what its function's callers give it: `r.Route("/api", func(r chi.Router) { … })`."""
    function = binding.scope
    if function is None:
        return
    if function.type == "func_literal":
        yield from _of_given(code, function, depth)
        return
    names = [one.start_byte for one in parameters_of(function)]
    if binding.node.start_byte not in names:
        return
    index, some = names.index(binding.node.start_byte), False
    for call in _callers(code, function, index):
        some = True
        yield from places_of(call.code, call.arguments[index], depth)
    handed = list(_handed(code, function))
    for other in handed:
        yield from _of_given(other.code, other.node, depth)
    if not some and not handed and _is_root(code, binding.node):
        yield Place("", _NOBODYS)


def _callers(code: Code, function: Node, index: int) -> Iterator[Call]:
    """The calls of a function; by its name alone, where they go through an interface."""
    for call in code.program.callers(text_of(field(function, "name"))):
        spot = called(call.code, call.node)
        same = spot is not None and spot.code is code and spot.node.start_byte == function.start_byte
        loose = spot is None and function.type == "method_declaration"
        if index < len(call.arguments) and (same or (loose and is_router(call.code, call.arguments[index]))):
            yield call


def _of_given(code: Code, function: Node, depth: int) -> Iterator[Place]:
    """A function that a router is told to call: `r.Route(prefix, FUNCTION)`, `r.Group(FUNCTION)`."""
    call = next((one for one in above(function) if one.type == "call_expression"), None)
    made = callee_of(call) if call is not None else None
    base = field(made, "operand") if made is not None else None
    if call is None or base is None or text_of(field(made or call, "field")) not in _PREFIXED:
        return
    prefix = _prefix(code, call, text_of(field(made or call, "field")))
    if prefix is not None and is_router(code, base):
        yield from (Place(f"{one.prefix}{prefix}", one.root) for one in places_of(code, base, depth))


def _handed(code: Code, function: Node) -> Iterator[Spot]:
    """Where a function is handed on by its name: `r.Route("/api", api.Routes)`."""
    name = text_of(field(function, "name"))
    for word in ("Route", "Group"):
        for call in code.program.callers(word):
            for one in call.arguments[-1:]:
                if one.type in {"identifier", "selector_expression"} and text_of(one).endswith(name):
                    spot = function_at(call.code, one)
                    if spot and spot.code is code and spot.node.start_byte == function.start_byte:
                        yield Spot(call.code, one)


def _of_member(code: Code, node: Node, depth: int) -> Iterator[Place]:
    """`s.router`: what it is given, somewhere in the program."""
    name = text_of(field(node, "field"))
    for value in _given_to(code.program, name):
        if is_router(value.code, value.node) and not _is_member(value.node, name):
            yield from places_of(value.code, value.node, depth)
            return
    if _is_root(code, node):
        yield Place("", _NOBODYS)


def _is_member(node: Node, name: str) -> bool:
    return node.type == "selector_expression" and text_of(field(node, "field")) == name


def _given_to(program: Program, name: str) -> Iterator[Spot]:
    """What fields called NAME are given: by assignments, and in literals."""
    for code in program.having(name):
        for one in code.assigned.get(name, ()):
            yield Spot(code, one.value)
        for literal in code.parts("literal"):
            for part in items_of(field(literal, "body")):
                if part.type == "keyed_element" and text_of(field(part, "key")) == name:
                    value = field(part, "value")
                    if value is not None:
                        yield Spot(code, unwrap(value))


def _is_guarded(code: Code, node: Node) -> bool:
    """Whether a guard is put before what NODE routes, earlier in the same function: `api.Use(auth)`."""
    function = next((one for one in above(node) if one.type in FUNCTIONS), None)
    base = text_of(unwrap(node))
    if function is None or not code.mentions(".Use("):
        return False
    for call in code.calls:
        made = callee_of(call.node)
        if call.name != "Use" or made is None or text_of(field(made, "operand")) != base:
            continue
        before = function.start_byte <= call.node.start_byte < node.start_byte
        around = next((one for one in above(call.node) if one.type in FUNCTIONS), None)
        same = around is not None and around.start_byte == function.start_byte
        if before and same and any(re.search(GUARD, text_of(one)) for one in call.arguments):
            return True
    return False
