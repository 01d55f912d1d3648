"""Where names in Go come from, and of which type values are, through packages and structs. Runs nothing.

A type is its package's path and its name, whether it is pointed to or not: "github.com/gin-gonic/gin.Engine".
What a function of nobody's here gives back is called after it: "database/sql.Open()".
"""

import re

from scaffold.nouns import NamedTuple

from ...named import is_named
from .code import RANGED, Binding, Call, Code
from .program import Program, Spot
from .syntax import (
    FUNCTIONS,
    Node,
    arguments_of,
    callee_of,
    entries_of,
    field,
    items_of,
    names_of,
    text_of,
    unwrap,
)

MAX_DEPTH = 16
_BUILTIN = frozenset(
    {
        "string", "bool", "byte", "rune", "error", "any", "int", "int8", "int16", "int32", "int64", "uint",
        "uint8", "uint16", "uint32", "uint64", "uintptr", "float32", "float64", "complex64", "complex128",
    }
)  # fmt: skip
_LISTS = frozenset({"slice_type", "array_type", "implicit_length_array_type", "channel_type"})

_GIN, _ECHO, _FIBER = "github.com/gin-gonic/gin", "github.com/labstack/echo", "github.com/gofiber/fiber"
_CHI, _MUX = "github.com/go-chi/chi", "github.com/gorilla/mux"
_FLAGS = "github.com/spf13/pflag"
#: What functions of libraries give back that is worth a name.
_RESULTS: tuple[tuple[str, str], ...] = (
    (rf"{_GIN}\.(Default|New|Engine\.Delims|Engine\.With)", f"{_GIN}.Engine"),
    (rf"{_GIN}\.(Engine|RouterGroup|IRouter)\.Group", f"{_GIN}.RouterGroup"),
    (rf"{_ECHO}\.New", f"{_ECHO}.Echo"),
    (rf"{_ECHO}\.(Echo|Group)\.Group", f"{_ECHO}.Group"),
    (rf"{_FIBER}\.New", f"{_FIBER}.App"),
    (rf"{_FIBER}\.Ctx\.(Status|Type)", f"{_FIBER}.Ctx"),
    (r"github\.com/go-ozzo/ozzo-routing\.(Router|RouteGroup)\.Group",
    "github.com/go-ozzo/ozzo-routing.RouteGroup"),
    (rf"{_FIBER}\.(App|Router|Group)\.Group", f"{_FIBER}.Group"),
    (rf"{_CHI}\.(NewRouter|NewMux)", f"{_CHI}.Mux"),
    (rf"{_CHI}\.(Mux|Router)\.(With|Group|Route)", f"{_CHI}.Mux"),
    (rf"{_MUX}\.(NewRouter|Router\.(StrictSlash|UseEncodedPath|SkipClean)|Route\.Subrouter)",
     f"{_MUX}.Router"),
    (rf"{_MUX}\.(Router|Route)\.\w+", f"{_MUX}.Route"),
    (r"github\.com/julienschmidt/httprouter\.New", "github.com/julienschmidt/httprouter.Router"),
    (r"net/http\.NewServeMux", "net/http.ServeMux"),
    (r"google\.golang\.org/grpc\.NewServer", "google.golang.org/grpc.Server"),
    (r"flag\.NewFlagSet", "flag.FlagSet"),
    (rf"{re.escape(_FLAGS)}\.NewFlagSet|github\.com/spf13/cobra\.Command\.(Flags|PersistentFlags|LocalFlags)",
     f"{_FLAGS}.FlagSet"),
    (r"github\.com/spf13/viper\.(New|NewWithOptions|GetViper)", "github.com/spf13/viper.Viper"),
    (r"github\.com/kataras/iris\.(New|Default)", "github.com/kataras/iris.Application"),
    (r"github\.com/kataras/iris\.(Application|Party)\.Party", "github.com/kataras/iris.Party"),
    (r"github\.com/bmizerany/pat\.New", "github.com/bmizerany/pat.PatternServeMux"),
)  # fmt: skip


class Field(NamedTuple):
    """A field of a struct."""

    name: str
    type: str
    tag: str  # `env:"PORT"`
    spot: Spot
    is_embedded: bool = False


def type_of(code: Code, node: Node | None, depth: int = 0) -> str:
    """Return the type of the value that NODE is; "" where nobody can tell."""
    if node is None or depth > MAX_DEPTH:
        return ""
    key = (code.path, node.start_byte, node.end_byte, node.type)
    known = code.program.types
    if key not in known:
        known[key] = ""
        known[key] = _type(code, node, depth + 1)
    return known[key]


def _type(code: Code, node: Node, depth: int) -> str:
    kind = node.type
    if kind in {"type_assertion_expression", "type_conversion_expression"}:
        return named_type(code, field(node, "type"))
    if kind == "composite_literal":
        return _type_of_literal(code, node)
    if kind in {"unary_expression", "parenthesized_expression", "literal_element", "variadic_argument"}:
        inner = field(node, "operand") or next(iter(node.named_children), None)
        return type_of(code, inner, depth)
    if kind == "identifier":
        return _type_of_name(code, node, depth)
    if kind == "selector_expression":
        return _type_of_member(code, node, depth)
    if kind == "call_expression":
        return type_of_result(code, node, 0, depth)
    if kind in {"index_expression", "slice_expression"}:
        held = type_of(code, field(node, "operand"), depth)
        return held.removeprefix("[]") if kind == "index_expression" else held
    return "string" if "string_literal" in kind else ""


def _type_of_literal(code: Code, node: Node) -> str:
    """The type of a literal; that of an element, where its list says it for all."""
    return named_type(code, field(node, "type"))


def _type_of_name(code: Code, node: Node, depth: int) -> str:
    found = declared(code, node)
    if found is None:
        return ""
    home, binding = found
    if binding.type is not None:
        return named_type(home, binding.type)
    if binding.value is None:
        return ""
    if binding.which < 0:  # of a range: the key or what it leads to
        held = type_of(home, binding.value, depth)
        return held.removeprefix("[]") if binding.which == RANGED - 1 else ""
    value = unwrap(binding.value)
    if value.type == "call_expression":
        return type_of_result(home, value, binding.which, depth)
    return type_of(home, binding.value, depth) if binding.which == 0 else ""


def _type_of_member(code: Code, node: Node, depth: int) -> str:
    home = package_named(code, field(node, "operand"))
    name = text_of(field(node, "field"))
    if home is not None:
        found = code.program.variable(home, name)
        if found is None:
            return f"{home}.{name}"
        other, binding = found
        return named_type(other, binding.type) or type_of(other, binding.value, depth)
    part = field_of(code.program, type_of(code, field(node, "operand"), depth), name)
    return part.type if part else ""


def type_of_result(code: Code, call: Node, index: int = 0, depth: int = 0) -> str:
    """Return the type of what a call gives back at INDEX."""
    spot = called(code, call, depth)
    if spot:
        results = results_of(spot.node)
        return named_type(spot.code, results[index]) if index < len(results) else ""
    name = callee(code, call, depth)
    if name == "new" and arguments_of(call):
        return named_type(code, arguments_of(call)[0])
    if not name or index > 0:
        return ""
    if made := type_argument(code, call):
        return made
    if name.rpartition(".")[2] == "Must" and arguments_of(call):
        return type_of(code, arguments_of(call)[0], depth)
    return next((made for pattern, made in _RESULTS if is_named(pattern, name)), f"{name}()")


def type_argument(code: Code, call: Node) -> str:
    """Return the type that a call names in brackets: `env.ParseAs[Config]()`."""
    function = callee_of(call)
    given = field(call, "type_arguments")
    if given is not None:
        inner = next(iter(given.named_children), None)
        return named_type(code, next(iter(inner.named_children), None) if inner is not None else None)
    if function is not None and function.type == "index_expression":
        return named_type(code, field(function, "index"))
    return ""


def results_of(function: Node) -> tuple[Node, ...]:
    """Return the types of what a function gives back, each by itself."""
    result = field(function, "result")
    if result is None:
        return ()
    if result.type != "parameter_list":
        return (result,)
    found: list[Node] = []
    for one in items_of(result):
        made = field(one, "type") or one
        found += [made] * max(1, len(names_of(one)))
    return tuple(found)


def named_type(code: Code, node: Node | None) -> str:
    """Return the type that NODE writes down."""
    if node is None:
        return ""
    node = unwrap(node)
    if node.type in _LISTS:
        inner = field(node, "element") or next(iter(node.named_children), None)
        return f"[]{named_type(code, inner)}"
    if node.type == "map_type":
        return f"[]{named_type(code, field(node, 'value'))}"
    if node.type == "generic_type":
        return named_type(code, field(node, "type"))
    if node.type == "qualified_type":
        home = code.names.get(text_of(field(node, "package")))
        return _resolved(code.program, f"{home}.{text_of(field(node, 'name'))}") if home else ""
    if node.type == "struct_type":
        name = f"struct:{code.path}:{node.start_byte}"
        code.program.structs[name] = Spot(code, node)
        return name
    text = text_of(node)
    if node.type not in {"type_identifier", "identifier"} or text in _BUILTIN:
        return text if text in _BUILTIN else ""
    return _resolved(code.program, f"{code.home}.{text}")


def _resolved(program: Program, name: str, depth: int = 0) -> str:
    """A type that is only another name is the other one: `type Config = config.Config`."""
    spot = program.type(name)
    if spot is None or depth > MAX_DEPTH or spot.node.type not in {"type_identifier", "qualified_type"}:
        return name
    if spot.node.type == "type_identifier" and text_of(spot.node) in _BUILTIN:
        return name
    other = named_type(spot.code, spot.node) if text_of(spot.node) != name.rpartition(".")[2] else ""
    return other or name


# -- structs


def fields_of(program: Program, type_name: str) -> tuple[Field, ...]:
    """Return the fields of a struct of the program, in order."""
    key = f"fields {type_name}"
    if key not in program.kept:
        spot = program.type(type_name)
        program.kept[key] = tuple(_fields(spot)) if spot and spot.node.type == "struct_type" else ()
    found: tuple[Field, ...] = program.kept[key]
    return found


def _fields(spot: Spot) -> list[Field]:
    found: list[Field] = []
    lists = [one for one in spot.node.named_children if one.type == "field_declaration_list"]
    for one in items_of(lists[0]) if lists else ():
        made = named_type(spot.code, field(one, "type"))
        tag = text_of(field(one, "tag"))[1:-1]
        names = names_of(one)
        for name in names:
            found.append(Field(text_of(name), made, tag, Spot(spot.code, one)))
        if not names:
            last = made.rpartition(".")[2] if made else text_of(field(one, "type")).rpartition(".")[2]
            found.append(Field(last, made, tag, Spot(spot.code, one), is_embedded=True))
    return found


def field_of(program: Program, type_name: str, name: str, depth: int = 0) -> Field | None:
    """Return the field NAME of a struct, or of what is embedded in it."""
    if depth > 6 or not type_name:
        return None
    fields = fields_of(program, type_name)
    own = next((one for one in fields if one.name == name), None)
    if own:
        return own
    embedded = (one for one in fields if one.is_embedded)
    found = (field_of(program, one.type, name, depth + 1) for one in embedded)
    return next((one for one in found if one), None)


def owner_of_field(program: Program, type_name: str, name: str, depth: int = 0) -> str:
    """Return the struct that the field NAME of a value is really declared in."""
    fields = fields_of(program, type_name)
    if depth > 6 or any(one.name == name for one in fields):
        return type_name
    for one in fields:
        if one.is_embedded and field_of(program, one.type, name):
            return owner_of_field(program, one.type, name, depth + 1)
    others = (one.type for one in fields if one.is_embedded and one.type and program.type(one.type) is None)
    return next(others, type_name)  # of a library, whose fields nobody here knows


# -- names


def declared(code: Code, node: Node) -> tuple[Code, Binding] | None:
    """Return what a name stands for, and the file that declares it."""
    name = text_of(node)
    binding = code.binding(name, node)
    return (code, binding) if binding else code.program.variable(code.home, name)


def package_named(code: Code, node: Node | None) -> str | None:
    """Return the path of the package that NODE names, where it is one: `http` in `http.Get`."""
    if node is None or node.type != "identifier":
        return None
    name = text_of(node)
    return code.names.get(name) if code.binding(name, node) is None else None


def callee(code: Code, call: Node, depth: int = 0) -> str:
    """Return what a call calls: "net/http.ListenAndServe", "github.com/gin-gonic/gin.Engine.Run"."""
    return origin(code, callee_of(call), depth)


def origin(code: Code, node: Node | None, depth: int = 0) -> str:
    """Return the full name of a function, a method or a variable that NODE names; "" if nobody can tell."""
    if node is None or depth > MAX_DEPTH:
        return ""
    if node.type in {"index_expression", "type_instantiation_expression", "parenthesized_expression"}:
        return origin(code, field(node, "operand") or next(iter(node.named_children), None), depth + 1)
    if node.type == "identifier":
        name = text_of(node)
        if code.binding(name, node) is not None:
            return ""
        return f"{code.home}.{name}" if code.program.function(code.home, name) else name
    if node.type != "selector_expression":
        return ""
    name = text_of(field(node, "field"))
    home = package_named(code, field(node, "operand"))
    if home is not None:
        return f"{home}.{name}"
    held = type_of(code, field(node, "operand"), depth + 1)
    return f"{holder(code.program, held, name)}.{name}" if held else ""


def holder(program: Program, type_name: str, method: str, depth: int = 0) -> str:
    """Return the type whose METHOD a value has: its own, or that of something embedded in it."""
    if depth > 6 or program.method(type_name, method):
        return type_name
    embedded = [one.type for one in fields_of(program, type_name) if one.is_embedded and one.type]
    for one in embedded:
        found = holder(program, one, method, depth + 1)
        if program.method(found, method) or not program.is_own(found.rpartition(".")[0]):
            return found
    return type_name


def called(code: Code, call: Node, depth: int = 0) -> Spot | None:
    """Return the function of the program that a call runs; one without a name too."""
    function = callee_of(call)
    if function is None or depth > MAX_DEPTH:
        return None
    return function_at(code, function, depth)


def callers_of(code: Code, function: Node) -> tuple[Call, ...]:
    """Return the calls of a function of CODE that are known to be of it and of no other."""
    key = f"callers {code.path} {function.start_byte}"
    kept = code.program.kept
    if key not in kept:
        kept[key] = ()
        calls = code.program.callers(text_of(field(function, "name")))
        spots = ((call, called(call.code, call.node)) for call in calls)
        kept[key] = tuple(
            call for call, spot in spots
            if spot and spot.code is code and spot.node.start_byte == function.start_byte
        )  # fmt: skip
    found: tuple[Call, ...] = kept[key]
    return found


def function_at(code: Code, node: Node, depth: int = 0) -> Spot | None:
    """Return the function of the program that NODE stands for."""
    node = unwrap(node)
    if node.type == "index_expression":  # get[string]("PORT")
        node = field(node, "operand") or node
    if node.type in FUNCTIONS:
        return Spot(code, node)
    if node.type == "identifier":
        found = declared(code, node)
        if found:
            home, binding = found
            value = binding.value
            return function_at(home, value, depth + 1) if value is not None and depth < MAX_DEPTH else None
        return code.program.function(code.home, text_of(node))
    name = origin(code, node, depth)
    if not name:
        return None
    base, _, own = name.rpartition(".")
    return code.program.function(base, own) or code.program.method(base, own)


def made_of(code: Code, node: Node | None, depth: int = 0) -> Spot | None:
    """Return the literal of a struct that NODE stands for: through names, `&` and functions that make it."""
    if node is None or depth > MAX_DEPTH:
        return None
    node = unwrap(node)
    if node.type == "composite_literal":
        return Spot(code, node)
    if node.type == "identifier":
        found = declared(code, node)
        return _made_of_name(*found, depth) if found and found[1].which == 0 else None
    if node.type == "selector_expression":
        return _made_of_member(code, node, depth)
    if node.type != "call_expression":
        return None
    spot = called(code, node, depth)
    for one in returned(spot.node) if spot else ():
        values = items_of(one)
        if spot and values and (made := made_of(spot.code, values[0], depth + 1)):
            return made
    return None


def _made_of_name(code: Code, binding: Binding, depth: int) -> Spot | None:
    """What a variable begins with; one that begins with nothing is what it is given last."""
    if binding.value is not None:
        return made_of(code, binding.value, depth + 1)
    changes = [one for one in code.assigned.get(binding.name, ()) if one.which == 0]
    own = [one for one in changes if one.target.type == "identifier" and _is_of(code, one.target, binding)]
    found = (made_of(code, one.value, depth + 1) for one in reversed(own))
    return next((one for one in found if one), None)


def _is_of(code: Code, name: Node, binding: Binding) -> bool:
    """Whether NAME is the variable that BINDING declares."""
    found = code.binding(binding.name, name) or code.top.get(binding.name)
    return found is not None and found.node.start_byte == binding.node.start_byte


def _made_of_member(code: Code, node: Node, depth: int) -> Spot | None:
    home, name = package_named(code, field(node, "operand")), text_of(field(node, "field"))
    if home is not None:
        found = code.program.variable(home, name)
        return made_of(found[0], found[1].value, depth + 1) if found else None
    base = made_of(code, field(node, "operand"), depth + 1)
    value = entry(base.node, name) if base else None
    return made_of(base.code, value, depth + 1) if base and value is not None else None


def entry(literal: Node, name: str) -> Node | None:
    """Return the value of a struct's literal under NAME."""
    return next((value for key, value in entries_of(literal) if text_of(key) == name), None)


def returned(function: Node) -> list[Node]:
    """Return what a function gives back: the lists of its returns, not those of functions inside of it."""
    found: list[Node] = []
    body = field(function, "body")
    stack = [body] if body is not None else []
    while stack:
        node = stack.pop()
        if node.type == "return_statement":
            found += [one for one in node.named_children if one.type == "expression_list"]
        elif node.type != "func_literal":
            stack.extend(reversed(node.named_children))
    return found
