"""HTTP paths that Go code answers to GET, with no parameters and no login: what a health check may ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scaffold.model import Fact

from ...health import GUARD, best_path, says_health
from ..code.code import Call, Code
from ..code.folding import fold
from ..code.origins import callee
from ..code.program import Program
from ..code.syntax import FUNCTIONS, Node, arguments_of, callee_of, field, text_of
from .routers import Place, is_router, places_of, slashed

_VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"})
#: Methods and functions that route GET: their path is first, or behind a verb.
_ROUTES = frozenset(
    {"GET", "Get", "Any", "All", "ANY", "Handle", "HandleFunc", "Handler", "HandlerFunc", "Method",
     "MethodFunc", "Add", "Match", "To", "Path", "Router", "RouterFunc", "Static", "StaticFile", "StaticFS",
     "File",
     "GetFunc"}
)  # fmt: skip
_STATIC = frozenset({"Static", "StaticFS"})
_HEARTBEAT = r"github\.com/go-chi/chi/middleware\.Heartbeat"
#: https://docs.gofiber.io/api/middleware/healthcheck
_FIBER = r"github\.com/gofiber/fiber/middleware/healthcheck\.New"
_CHAINED = frozenset({"Methods", "Name", "Handler", "HandlerFunc", "Queries", "Headers", "Schemes", "Host"})


def find_health_path(program: Program, others: Sequence[tuple[str, int]] = ()) -> Fact | None:
    """Return the best path to ask of PROGRAM, with its place; not of OTHERS, applications at another port."""
    found: dict[str, str] = {}
    for path, place in (*_routed(program, others), *_of_middleware(program), *_of_everything(program)):
        found.setdefault(path, place)
    best = best_path(list(found))
    return Fact(best, found[best]) if best else None


def _routed(program: Program, others: Sequence[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    for call in program.calls(*_ROUTES):
        path = _path(call) if _is_routing(call) else None
        if path is None or not (says_health(path.rstrip("/")) or path.strip("/") == "" or "/" in path[1:]):
            continue
        for place in _places(call):
            whole = f"{place.prefix}{path if path != '/' or not place.prefix else ''}" or "/"
            is_told = says_health(whole.rstrip("/")) or whole == "/"
            if place.root not in others and is_told and not re.search(r"[:*{}()\[\]+?<>]", whole):
                yield whole, call.place


def _is_routing(call: Call) -> bool:
    function = callee_of(call.node)
    return function is not None and is_router(call.code, field(function, "operand"))


def _places(call: Call) -> list[Place]:
    function = callee_of(call.node)
    base = field(function, "operand") if function is not None else None
    return list(places_of(call.code, base)) if base is not None else []


def _path(call: Call) -> str | None:
    """The path that a call routes for GET; None where it routes none, or one behind a login."""
    arguments = call.arguments
    texts = [fold(call.code, one).text for one in arguments[:2]]
    if not texts or texts[0] is None:
        return None
    verbs = {word.strip() for word in texts[0].upper().split(",")}
    has_verb = verbs <= _VERBS and len(texts) > 1
    path = texts[1] if has_verb else texts[0]
    if has_verb and "GET" not in verbs:
        return None
    if path is None or not _is_for_get(call) or _is_guarded(arguments):
        return None
    return _plain(path)


def _plain(pattern: str) -> str | None:
    """The path of a pattern of Go 1.22: `GET /healthz`, `example.com/`, `/{$}`."""
    verb, _, rest = pattern.rpartition(" ")
    if verb.strip() not in {"", "GET"}:
        return None
    if not rest.startswith("/") and rest:
        rest = f"/{rest.partition('/')[2]}" if "." in rest.partition("/")[0] else f"/{rest}"
    return rest.replace("{$}", "") or "/"


def _is_for_get(call: Call) -> bool:
    """Whether what is chained to a route leaves GET in: `r.HandleFunc("/x", h).Methods("POST")`."""
    node: Node = call.node
    while (
        node.parent is not None
        and node.parent.type == "selector_expression"
        and node.parent.parent is not None
    ):
        name, outer = text_of(field(node.parent, "field")), node.parent.parent
        if outer.type != "call_expression" or name not in _CHAINED:
            break
        if name == "Methods" and not any("GET" in text_of(one).upper() for one in arguments_of(outer)):
            return False
        node = outer
    return True


def _is_guarded(arguments: Sequence[Node]) -> bool:
    """Whether a middleware before the handler is a guard: `r.GET("/x", auth, handler)`."""
    handlers = [one for one in arguments if one.type not in FUNCTIONS and "string_literal" not in one.type]
    return any(re.search(GUARD, _called(one)) for one in handlers)


def _called(handler: Node) -> str:
    """How a handler is called; what it is given does not matter."""
    return text_of(callee_of(handler)) if handler.type == "call_expression" else text_of(handler)


def _of_middleware(program: Program) -> Iterator[tuple[str, str]]:
    """Paths that a middleware answers."""
    for call in program.calls("Heartbeat", "New"):
        name = callee(call.code, call.node)
        if re.fullmatch(_HEARTBEAT, name) and call.arguments:
            text = fold(call.code, call.arguments[0]).text
            if text:
                yield slashed(text), call.place
        elif re.fullmatch(_FIBER, name) and not call.arguments:
            yield "/livez", call.place


def _of_everything(program: Program) -> Iterator[tuple[str, str]]:
    """A server with one handler for all: `http.ListenAndServe(":8080", http.HandlerFunc(handle))`."""
    for call in program.calls("ListenAndServe", "ListenAndServeTLS"):
        if callee(call.code, call.node).startswith("net/http.") and len(call.arguments) > 1:
            handler = call.arguments[-1]
            if _is_whole(call.code, handler):
                yield "/", call.place


def _is_whole(code: Code, handler: Node) -> bool:
    if handler.type not in {"call_expression", "type_conversion_expression"}:
        return False
    function = callee_of(handler) or field(handler, "type")
    return text_of(function) in {"http.HandlerFunc", "http.FileServer", "http.FileServerFS"}
