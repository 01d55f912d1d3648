"""What JavaScript expressions come to in production where no environment variable is set. Runs nothing."""

import re
from posixpath import dirname, normpath

from scaffold.model import Value
from scaffold.nouns import NamedTuple

from .layout import is_aside
from .literals import NOTHING, constant
from .module import Module, identity, returned
from .origins import NAMES, Spot, follow, member, origin
from .syntax import (
    FUNCTIONS,
    Node,
    above,
    arguments_of,
    callee_of,
    field,
    fragment_of,
    property_of,
    string_of,
    text_of,
    unwrap,
)  # fmt: skip
from .variables import Variable, variable_at

#: Where the app lies in the image.
HOME = "/app"
MAX_DEPTH = 24
#: A part of a text that only a run can tell.
UNKNOWN = "{}"
#: What the image sets: code may ask for it.
_STATED = {"NODE_ENV": "production"}
#: What a bundler calls a configuration with.
_GIVEN = {"mode": "production", "command": "build"}
#: Calls that give back what they are given.
_CASTS = frozenset(
    {"Number", "parseInt", "parseFloat", "String", "Boolean", "Number.parseInt", "Number.parseFloat",
    "BigInt",
     "url.fileURLToPath", "fileURLToPath", "path.normalize", "normalizePort", "encodeURIComponent"}
)  # fmt: skip
_TEXT_METHODS = frozenset(
    {"trim", "toString", "toLowerCase", "toUpperCase", "valueOf", "trimEnd", "trimStart"}
)
_CAST_NAME = r"(?i).*(port|parse|normali[sz]e|toint|num|cast)"


class Folded(NamedTuple):
    """What an expression comes to, and the variables that change it."""

    value: Value = NOTHING  # None: undefined
    names: frozenset[str] = frozenset()

    @property
    def text(self) -> str | None:
        """Its value as text; "{}" stands for a part that only a run can tell."""
        if self.value is None or self.value is NOTHING or isinstance(self.value, (dict, tuple)):
            return None
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)

    @property
    def is_known(self) -> bool:
        """Whether all of it is known."""
        return self.value is not NOTHING and UNKNOWN not in (self.text or "")


EMPTY = Folded()


def fold(module: Module, node: Node | None, depth: int = 0) -> Folded:
    """Return what NODE comes to."""
    if node is None or depth > MAX_DEPTH:
        return EMPTY
    node = unwrap(node)
    known = module.source.folded
    key = identity(module, node)
    if key not in known:
        known[key] = EMPTY  # what depends on itself is known to nobody
        known[key] = _fold(module, node, depth + 1)
    return known[key]


def _fold(module: Module, node: Node, depth: int) -> Folded:
    kind = node.type
    if kind in {"string", "number", "true", "false", "null", "undefined"}:
        return Folded(constant(node))
    if kind == "template_string":
        return _joined([_part(module, one, depth) for one in node.named_children])
    if kind == "binary_expression":
        return _fold_operation(module, node, depth)
    if kind == "ternary_expression":
        return _fold_choice(module, node, depth)
    if kind in {"unary_expression", "assignment_expression"}:
        return _fold_unary(module, node, depth)
    read = variable_at(module, node)
    if read is not None:
        return fold_variable(read, depth)
    if kind in NAMES or kind in {"member_expression", "subscript_expression"}:
        return _fold_name(module, node, depth)
    return _fold_call(module, node, depth) if kind in {"call_expression", "new_expression"} else EMPTY


def fold_variable(read: Variable, depth: int = 0) -> Folded:
    """Return what a variable comes to where it is not set."""
    names = frozenset({read.name})
    if read.name in _STATED:
        return Folded(_STATED[read.name], names)
    if read.default is None:
        return Folded(None, names)
    folded = fold(*read.default, depth + 1)
    return Folded(folded.value, names | folded.names)


def _part(module: Module, node: Node, depth: int) -> Folded:
    if node.type == "template_substitution":
        return fold(module, node.named_children[0], depth) if node.named_children else EMPTY
    return Folded(fragment_of(node))


# -- names


def _fold_name(module: Module, node: Node, depth: int) -> Folded:
    text = text_of(node)
    if text in {"__dirname", "import.meta.dirname", "import.meta.dir"}:
        return Folded(f"{HOME}/{dirname(module.path)}".rstrip("/"))
    if text in {"__filename", "import.meta.filename", "import.meta.url", "import.meta.path"}:
        return Folded(f"{HOME}/{module.path}")
    spot = follow(module, node)
    if spot != Spot(module, node):
        folded = fold(spot.module, spot.node, depth)
        return _changed(module, node, folded, depth)
    if node.type in NAMES:
        return _fold_binding(module, node, depth)
    return _fold_member(module, node, depth)


def _changed(module: Module, node: Node, folded: Folded, depth: int) -> Folded:
    """A default that stands where the name is taken apart: `const { port = 3000 } = options`."""
    if folded.value is None or folded.value is NOTHING:
        binding = module.binding(text_of(node), node.start_byte) if node.type in NAMES else None
        if binding and binding.default is not None:
            other = fold(module, binding.default, depth)
            return Folded(other.value, other.names | folded.names)
    return folded


def _fold_binding(module: Module, node: Node, depth: int) -> Folded:
    """A name that leads nowhere: a parameter, or a part of something unknown."""
    name = text_of(node)
    binding = module.binding(name, node.start_byte)
    if binding is None:
        return EMPTY
    if name in _GIVEN and binding.value is None and is_aside(module.path):
        return Folded(_GIVEN[name], frozenset({"NODE_ENV"}))
    if binding.default is not None:
        return fold(module, binding.default, depth)
    return EMPTY


def _fold_member(module: Module, node: Node, depth: int) -> Folded:
    """A part of something that is no object of the project's: `url.port`, `this.port`, `Database.folder`."""
    base = field(node, "object")
    if base is not None and property_of(node) in {"href", "pathname"}:
        return fold(module, base, depth)
    given = [one for one in module.parts("assigned") if text_of(field(one, "left")) == text_of(node)]
    return fold(module, field(given[0], "right"), depth) if len(given) == 1 else EMPTY


# -- operators


def _fold_operation(module: Module, node: Node, depth: int) -> Folded:
    operator = text_of(field(node, "operator"))
    left, right = fold(module, field(node, "left"), depth), fold(module, field(node, "right"), depth)
    if operator == "+":
        return _added(left, right)
    if operator in {"||", "??"}:
        return _either(left, right, operator)
    if operator == "&&":
        if left.value is NOTHING:
            return Folded(right.value, left.names | right.names)
        return Folded(right.value if left.value else left.value, left.names | right.names)
    if operator in {"===", "==", "!==", "!="}:
        decided = truth(module, node, depth)
        return Folded(NOTHING if decided is None else decided, left.names | right.names)
    return _counted(operator, left, right)


def _either(left: Folded, right: Folded, operator: str) -> Folded:
    names = left.names | right.names
    if left.value is NOTHING:
        return Folded(right.value, names)
    goes_on = left.value is None or (operator == "||" and not left.value)
    return Folded(right.value if goes_on else left.value, names)


def _added(left: Folded, right: Folded) -> Folded:
    if _is_number(left.value) and _is_number(right.value):
        return Folded(left.value + right.value, left.names | right.names)
    return _joined([left, right])


def _counted(operator: str, left: Folded, right: Folded) -> Folded:
    """`5 * 60`, `PORT - 1`: settings are worked out that way."""
    if not (_is_number(left.value) and _is_number(right.value)):
        return Folded(NOTHING, left.names | right.names)
    if operator == "*":
        return Folded(left.value * right.value, left.names | right.names)
    if operator == "-":
        return Folded(left.value - right.value, left.names | right.names)
    return Folded(NOTHING, left.names | right.names)


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def _fold_unary(module: Module, node: Node, depth: int) -> Folded:
    if node.type == "assignment_expression":
        return fold(module, field(node, "right"), depth)
    operator, folded = text_of(field(node, "operator")), fold(module, field(node, "argument"), depth)
    if operator == "+":
        return folded
    if operator == "-" and _is_number(folded.value):
        return Folded(-folded.value, folded.names)
    if operator == "!":
        decided = truth(module, node, depth)
        return Folded(NOTHING if decided is None else decided, folded.names)
    return Folded(NOTHING, folded.names)


def _fold_choice(module: Module, node: Node, depth: int) -> Folded:
    condition = field(node, "condition")
    decided = truth(module, condition, depth) if condition is not None else None
    body, other = (fold(module, field(node, name), depth) for name in ("consequence", "alternative"))
    names = (
        body.names
        | other.names
        | (fold(module, condition, depth).names if condition is not None else frozenset())
    )
    if decided is None:
        return Folded(body.value if body.text else other.value, names)
    return Folded((body if decided else other).value, names)


def _joined(values: list[Folded]) -> Folded:
    names = frozenset(name for value in values for name in value.names)
    if all(value.text is None for value in values):
        return Folded(NOTHING, names)
    return Folded("".join(UNKNOWN if value.text is None else value.text for value in values), names)


# -- conditions


def truth(module: Module, node: Node | None, depth: int = 0) -> bool | None:
    """Whether a condition holds; None where only a run can tell."""
    if node is None or depth > MAX_DEPTH:
        return None
    node = unwrap(node)
    if node.type == "unary_expression" and text_of(field(node, "operator")) == "!":
        inner = truth(module, field(node, "argument"), depth + 1)
        return None if inner is None else not inner
    if node.type == "binary_expression":
        return _truth_of_operation(module, node, depth + 1)
    folded = fold(module, node, depth + 1)
    if folded.value is NOTHING or UNKNOWN in (folded.text or ""):
        return None
    return bool(folded.value) if folded.names or node.type in {"true", "false"} else None


def _truth_of_operation(module: Module, node: Node, depth: int) -> bool | None:
    operator = text_of(field(node, "operator"))
    left, right = field(node, "left"), field(node, "right")
    if operator in {"&&", "||"}:
        return _both([truth(module, one, depth) for one in (left, right)], operator == "&&")
    if operator not in {"===", "==", "!==", "!="}:
        return None
    one, other = fold(module, left, depth), fold(module, right, depth)
    if not (one.is_known and other.is_known) or not one.names | other.names:
        return None
    return (one.text == other.text) == operator.startswith("==")


def _both(values: list[bool | None], conjunction: bool) -> bool | None:
    deciding = not conjunction
    if deciding in values:
        return deciding
    return None if None in values else conjunction


# -- calls


def _fold_call(module: Module, node: Node, depth: int) -> Folded:
    function, arguments = callee_of(node), arguments_of(node)
    if function is None:
        return EMPTY
    called = origin(module, function)
    if called in {"path.join", "path.resolve", "path.default.join", "path.posix.join"}:
        return _path([fold(module, one, depth) for one in arguments], called.endswith("resolve"))
    if called == "process.cwd":
        return Folded(HOME)
    if (called in _CASTS or called in {"url.URL", "URL"}) and arguments:
        return _fold_cast(module, called, arguments, depth)
    if called == "path.dirname" and arguments:
        folded = fold(module, arguments[0], depth)
        return Folded(dirname(folded.text), folded.names) if folded.text else folded
    if function.type == "member_expression":
        return _fold_method(module, node, function, depth)
    return _fold_own(module, node, function, depth)


def _fold_cast(module: Module, called: str, arguments: tuple[Node, ...], depth: int) -> Folded:
    folded = fold(module, arguments[0], depth)
    if called.endswith("URL") and len(arguments) > 1:
        base = fold(module, arguments[1], depth)
        return _path([Folded(dirname(base.text or "") or HOME), folded], False)
    text = folded.text
    if called not in {"String", "Boolean"} and text and re.fullmatch(r"\d{1,15}", text):
        return Folded(int(text), folded.names)
    if called == "Number" and folded.value is None:
        return Folded(NOTHING, folded.names)  # NaN
    return folded


def _fold_method(module: Module, node: Node, function: Node, depth: int) -> Folded:
    name, base, arguments = property_of(function), field(function, "object"), arguments_of(node)
    if base is None:
        return EMPTY
    if name in _TEXT_METHODS:
        return fold(module, base, depth)
    if name in {"replace", "replaceAll"} and len(arguments) == 2:
        folded, old, new = (
            fold(module, base, depth),
            string_of(arguments[0]),
            fold(module, arguments[1], depth),
        )
        if folded.text and old:
            text = folded.text.replace(old, new.text or UNKNOWN)
            return Folded(text, folded.names | new.names)
        return folded
    if name in {"get", "getOrThrow"} and arguments and (key := string_of(arguments[0])):
        found = _setting(module, base, key, depth)
        if found is not EMPTY:
            return found
        return fold(module, arguments[1], depth) if len(arguments) > 1 else EMPTY
    if name in {"includes", "find", "map", "filter", "shift", "at"}:
        return _fold_list(module, base, name, arguments, depth)
    return _fold_own(module, node, function, depth)


def _fold_list(module: Module, base: Node, name: str, arguments: tuple[Node, ...], depth: int) -> Folded:
    """`["a", "b"].includes(x)`; `[process.env.A, process.env.B, 3000].find(Boolean)` is the first one."""
    home, node = follow(module, base)
    inner = callee_of(node) if node.type == "call_expression" else None
    if inner is not None and property_of(inner) in {"map", "filter"}:  # [a, b].map(Number).find(Boolean)
        home, node = follow(home, field(inner, "object") or node)
    if node.type != "array":
        return EMPTY
    items = [fold(home, one, depth) for one in node.named_children if one.type != "comment"]
    if name == "includes":
        wanted = fold(module, arguments[0], depth) if arguments else EMPTY
        known = wanted.is_known and all(item.is_known for item in items)
        value = wanted.text in {item.text for item in items}
        return Folded(value, wanted.names) if known and wanted.names else EMPTY
    if name not in {"find", "shift", "at"}:
        return EMPTY
    names = frozenset(one for item in items for one in item.names)
    return Folded(next((item.value for item in items if item.text), NOTHING), names)


def _fold_own(module: Module, node: Node, function: Node, depth: int) -> Folded:
    """A call of a function of the project: what it returns, or what it is given to make better."""
    spot = follow(module, function)
    arguments = arguments_of(node)
    if spot.node.type in FUNCTIONS:
        results = (one for one in returned(spot.module, spot.node) if _is_reached(spot.module, one, depth))
        for result in results:
            folded = fold(spot.module, result, depth)
            if folded.text and folded.value is not False:  # which says that it could not be done
                return folded
    if len(arguments) == 1 and re.fullmatch(_CAST_NAME, text_of(function).rpartition(".")[2]):
        return fold(module, arguments[0], depth)
    return EMPTY


def _is_reached(module: Module, node: Node, depth: int) -> bool:
    """Whether no condition in its function keeps NODE from being reached in production."""
    for one in above(node):
        if one.type in FUNCTIONS:
            break
        if one.type == "if_statement":
            decided = truth(module, field(one, "condition"), depth)
            body = field(one, "consequence")
            inside = body is not None and body.start_byte <= node.start_byte < body.end_byte
            if decided is not None and decided != inside:
                return False
    return True


def _setting(module: Module, base: Node, key: str, depth: int) -> Folded:
    """`app.get("port")` after `app.set("port", 3000)`; `config.get("app.port")` of what is registered."""
    for home, call in module.source.kept(key):
        folded = fold(home, call, depth)
        if folded.text or folded.names:
            return folded
    first, _, rest = key.partition(".")
    roots = [*module.source.registered.get(first, ()), *module.source.registered.get("", ())]
    for home, value in roots:
        keys = (
            rest.split(".")
            if rest and (home, value) in module.source.registered.get(first, ())
            else key.split(".")
        )
        spot: Spot | None = Spot(home, value)
        for one in keys:
            spot = member(spot.module, spot.node, one) if spot else None
        if spot:
            folded = fold(spot.module, spot.node, depth)
            return Folded(folded.value, folded.names | _named_for(module, key))
    return EMPTY


def _named_for(module: Module, key: str) -> frozenset[str]:
    """The variable that the package `config` reads instead of a setting."""
    value = module.source.tree.json("config/custom-environment-variables.json")
    for one in key.split("."):
        value = value.get(one) if isinstance(value, dict) else None
    name = value.get("__name") if isinstance(value, dict) else value
    return frozenset({name}) if isinstance(name, str) else frozenset()


def _path(values: list[Folded], absolute: bool) -> Folded:
    names = frozenset(name for value in values for name in value.names)
    path = HOME if absolute else ""
    for value in values:
        part = UNKNOWN if value.text is None else value.text
        if part.startswith("/") and (absolute or not path):
            path = part
        else:
            path = f"{path.rstrip('/')}/{part.lstrip('/')}" if path else part
    if not path:
        return Folded(NOTHING, names)
    clean = path if UNKNOWN in path else normpath(path)
    return Folded(clean, names)
