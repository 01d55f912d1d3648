"""Where names in JavaScript come from: through imports, assignments, objects and classes. Runs nothing."""

from collections.abc import Iterator

from scaffold.nouns import NamedTuple

from .module import Module, class_around, entry, identity, member_of, plain, required, returned
from .names import WHOLE, Alias, Binding
from .syntax import (
    CLASSES,
    FUNCTIONS,
    Node,
    arguments_of,
    callee_of,
    field,
    property_of,
    spreads_of,
    text_of,
    unwrap,
)  # fmt: skip

MAX_DEPTH = 20
NAMES = frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"})
#: Calls that give back what they are given, more or less.
_PASSED_ON = frozenset(
    {"Object.freeze", "Object.assign", "Object.seal", "structuredClone", "Promise.resolve", "registerAs",
     "@nestjs/config.registerAs", "deepmerge", "lodash.merge", "_.merge", "lodash.defaultsDeep"}
)  # fmt: skip


class Spot(NamedTuple):
    """An expression, and the module that it stands in."""

    module: Module
    node: Node


def follow(module: Module, node: Node, depth: int = 0) -> Spot:
    """Return the expression that NODE stands for in the end; NODE where nobody can tell."""
    node = unwrap(node)
    here = Spot(module, node)
    if depth > MAX_DEPTH:
        return here
    if node.type not in NAMES and node.type not in {"member_expression", "subscript_expression",
                                                    "call_expression"}:  # fmt: skip
        return here
    known = module.source.followed
    key = ("follow", *identity(module, node))
    if key not in known:
        known[key] = None  # a name that stands for itself is followed once
        known[key] = _followed(module, node, depth)
    return known[key] or here


def _followed(module: Module, node: Node, depth: int) -> Spot | None:
    if node.type in NAMES:
        return _named(module, node, depth)
    if node.type == "call_expression":
        specifier = required(node)
        return _whole(module, specifier, depth) if specifier else None
    base, key = field(node, "object"), property_of(node)
    return member(module, base, key, depth + 1) if base is not None and key else None


def _named(module: Module, node: Node, depth: int) -> Spot | None:
    binding = module.binding(text_of(node), node.start_byte)
    if binding is None:
        return None
    if binding.alias:
        return _imported(module, binding.alias, depth)
    if binding.value is None or binding.value.type in {"undefined", "null"}:
        return None
    spot: Spot | None = follow(module, binding.value, depth + 1)
    for key in binding.keys:
        spot = member(spot.module, spot.node, key, depth + 1) if spot else None
    return spot


def _imported(module: Module, alias: Alias, depth: int) -> Spot | None:
    if alias.name == WHOLE:
        return _whole(module, alias.specifier, depth)
    other = module.source.resolve(module, alias.specifier)
    found = module.source.exported(other, alias.name) if other else None
    return follow(*found, depth + 1) if found else None


def _whole(module: Module, specifier: str, depth: int) -> Spot | None:
    """What `module.exports` of a module of the project is."""
    other = module.source.resolve(module, specifier)
    if other is None or (other.syntax.grammar != "javascript" and not other.mentions("module.exports")):
        return None
    made = other.exports.get("default") if other.mentions("module.exports") or _is_json(other) else None
    return follow(other, made, depth + 1) if made is not None and not isinstance(made, Alias) else None


def _is_json(module: Module) -> bool:
    return module.path.endswith(".json")


def namespace(module: Module, node: Node) -> Module | None:
    """Return the module of the project that NODE stands for as a whole."""
    node = unwrap(node)
    specifier = required(node) if node.type == "call_expression" else None
    if node.type in NAMES:
        binding = module.binding(text_of(node), node.start_byte)
        if binding and binding.alias and binding.alias.name == WHOLE:
            specifier = binding.alias.specifier
        elif binding and binding.value is not None and not binding.keys:
            value = unwrap(binding.value)
            specifier = required(value) if value.type == "call_expression" else None
    return module.source.resolve(module, specifier) if specifier else None


def member(module: Module, node: Node, key: str, depth: int = 0) -> Spot | None:
    """Return what NODE has under KEY, followed to its end."""
    if depth > MAX_DEPTH:
        return None
    known = module.source.followed
    name = ("member", key, *identity(module, node))
    if name not in known:
        known[name] = None
        known[name] = _member(module, node, key, depth + 1)
    return known[name]


def _member(module: Module, node: Node, key: str, depth: int) -> Spot | None:
    if text_of(node) == "this":
        values = [one.value for one in module.members.get(key, ()) if one.value is not None]
        return (
            follow(module, values[0], depth) if values else _of_class(module, class_around(node), key, depth)
        )
    home, value = follow(module, node, depth)
    if value.type == "object":
        return _of_object(home, value, key, depth)
    if value.type == "array" and key.isdigit():
        items = value.named_children
        return follow(home, items[int(key)], depth) if int(key) < len(items) else None
    if value.type in CLASSES:
        return _of_class(home, value, key, depth)
    if value.type == "new_expression":
        made = callee_of(value)
        spot = follow(home, made, depth) if made is not None else None
        return _of_class(spot.module, spot.node, key, depth) if spot and spot.node.type in CLASSES else None
    other = namespace(home, value)
    if other:
        found = home.source.exported(other, key)
        return follow(*found, depth) if found else None
    return _of_call(home, value, key, depth) if value.type == "call_expression" else None


def _of_object(module: Module, node: Node, key: str, depth: int) -> Spot | None:
    value = entry(node, key)
    if value is not None:
        if value.type == "shorthand_property_identifier":
            return follow(module, value, depth)
        return follow(module, value, depth)
    found = (member(module, other, key, depth) for other in spreads_of(node))
    return next((one for one in found if one), None)


def _of_class(module: Module, node: Node | None, key: str, depth: int) -> Spot | None:
    value = member_of(node, key) if node is not None else None
    if value is None:
        return None
    if value.type == "method_definition":
        if not any(child.type == "get" for child in value.children):
            return Spot(module, value)
        results = returned(module, value)
        return follow(module, results[0], depth) if results else None
    return follow(module, value, depth)


def _of_call(module: Module, call: Node, key: str, depth: int) -> Spot | None:
    """What the result of a call has under KEY: of a function of the project, or of what it passes on."""
    function = callee_of(call)
    if function is None:
        return None
    called = follow(module, function, depth)
    if called.node.type in FUNCTIONS:
        results = returned(called.module, called.node)
        found = (member(called.module, result, key, depth) for result in results)
        return next((one for one in found if one), None)
    if called.node.type == "call_expression" and _passes_on(called.module, callee_of(called.node)):
        return member(called.module, called.node, key, depth)  # registerAs("db", () => ({ … }))()
    if not _passes_on(module, function):
        return None
    for argument in arguments_of(call):
        spot = follow(module, argument, depth)
        is_function = spot.node.type in FUNCTIONS
        for value in returned(*spot) if is_function else (argument,):
            if given := member(spot.module if is_function else module, value, key, depth):
                return given
    return None


def _passes_on(module: Module, function: Node | None) -> bool:
    return function is not None and (
        text_of(function) in _PASSED_ON or origin(module, function) in _PASSED_ON
    )


# -- names of what is not the project's


def origin(module: Module, node: Node | None, depth: int = 0) -> str:
    """Return where NODE comes from: "express().listen", "http.createServer()"; "" if nobody can tell.

    A name that only a type tells about is an instance of that type: `app: FastifyInstance` is
    "fastify.FastifyInstance()".
    """
    if node is None or depth > MAX_DEPTH:
        return ""
    known = module.source.origins
    key = identity(module, node)
    if key not in known:
        known[key] = ""
        known[key] = _origin(module, node, depth)
    return known[key]


def _origin(module: Module, node: Node, depth: int) -> str:
    home, value = follow(module, node)
    kind = value.type
    if kind == "call_expression":
        specifier = required(value)
        return plain(specifier) if specifier else _made(home, value, depth)
    if kind == "new_expression":
        return _made(home, value, depth)
    if kind in {"member_expression", "subscript_expression"}:
        return _of_member(home, value, depth)
    if kind in NAMES:
        return _of_name(home, value, depth)
    if kind in CLASSES or kind in FUNCTIONS:
        return f"{home.path}#{text_of(field(value, 'name'))}"
    return ""


def result(module: Module, call: Node, depth: int = 0) -> Spot:
    """Return what a call of the project's own functions gives back; CALL where it is none."""
    spot = follow(module, call)
    function = callee_of(spot.node) if spot.node.type == "call_expression" else None
    called = follow(spot.module, function) if function is not None else None
    if called is None or called.node.type not in FUNCTIONS or depth > 6:
        return spot
    for given in returned(called.module, called.node):
        if given.type not in {"undefined", "null", "true", "false", "string"}:
            return result(called.module, given, depth + 1)
    return spot


def _made(module: Module, call: Node, depth: int) -> str:
    own = result(module, call)
    if own.node != call and own != Spot(module, call):
        return origin(*own, depth + 1)
    callee = origin(module, callee_of(call), depth + 1)
    return f"{callee}()" if callee else ""


def _of_member(module: Module, node: Node, depth: int) -> str:
    key, base = property_of(node), field(node, "object")
    if key is None or base is None:
        return ""
    if text_of(base) == "this":
        typed = [one for one in module.members.get(key, ()) if one.type is not None]
        return _of_type(module, typed[0], depth) if typed else ""
    above = origin(module, base, depth + 1)
    return f"{above}.{key}" if above else ""


def _of_name(module: Module, node: Node, depth: int) -> str:
    name = text_of(node)
    binding = module.binding(name, node.start_byte)
    if binding is None:
        return name
    if binding.alias:
        return _of_alias(binding.alias)
    if binding.type is not None and binding.value is None:
        return _of_type(module, binding, depth)
    if binding.value is None or binding.value.type in {"undefined", "null"}:
        return _of_type(module, binding, depth) if binding.type is not None else ""
    base = origin(module, binding.value, depth + 1)
    return ".".join((base, *binding.keys)) if base else ""


def _of_alias(alias: Alias) -> str:
    base = plain(alias.specifier)
    return base if alias.name in {WHOLE, "default"} else f"{base}.{alias.name}"


def _of_type(module: Module, binding: Binding, depth: int) -> str:
    name = next(iter(_type_names(binding.type)), None) if binding.type is not None else None
    if name is None:
        return ""
    head = name.named_children[0] if name.type == "nested_type_identifier" else name
    found = module.binding(text_of(head), name.start_byte)
    if found is None or found.alias is None:
        return ""
    rest = f".{text_of(name.named_children[-1])}" if head is not name else ""
    return f"{_of_alias(found.alias)}{rest}()" if depth <= MAX_DEPTH else ""


def _type_names(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type in {"type_identifier", "nested_type_identifier"}:
            yield one
        else:
            stack.extend(reversed(one.named_children))
