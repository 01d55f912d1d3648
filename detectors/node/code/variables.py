"""Which environment variable an expression of JavaScript reads. Folds no defaults: folding.py does."""

import re
from collections.abc import Iterator

from scaffold.nouns import NamedTuple

from .module import Module, identity, parameters_of, plain
from .names import Binding
from .origins import NAMES, Spot, follow, origin
from .schemas import Field, field_of, schemas_of
from .syntax import (
    FUNCTIONS,
    Node,
    arguments_of,
    below,
    callee_of,
    field,
    property_of,
    string_of,
    text_of,
    unwrap,
)  # fmt: skip

#: Objects that hold the variables. import.meta.env is filled in when a bundler builds.
_HOLDERS = frozenset(
    {"process.env", "Bun.env", "globalThis.process.env", "global.process.env", "process.process.env"}
)
_BUILT_HOLDERS = frozenset({"import.meta.env"})
_ENV_MODULES = frozenset({"process", "$env/dynamic/private", "std-env"})
#: https://svelte.dev/docs/kit/$env-static-private: the value is in the output
_BUILT_MODULES = frozenset({"$env/static/private", "$env/static/public", "$env/dynamic/public"})

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,120}"
_UPPER = r"[A-Z][A-Z0-9_]{1,120}"
_CONFIG_NAME = r"(?i)(?:this\.)?_?(?:config|configService|conf|env|envService|nestConfig)"
#: env-var: https://github.com/evanshortiss/env-var
_SHAPES = {"asPortNumber": "integer", "asInt": "integer", "asIntPositive": "integer", "asBool": "boolean",
           "asFloat": "number", "asArray": "list", "asUrlString": "url", "asUrlObject": "url",
           "asJson": "json", "asJsonObject": "json", "asEmailString": "email"}  # fmt: skip


class Variable(NamedTuple):
    """A variable as an expression reads it."""

    name: str
    default: Spot | None = None
    required: bool = False
    shape: str = "text"
    choices: tuple[str, ...] = ()
    built: bool = False  # its value is put into the output when that is built


def variable_at(module: Module, node: Node) -> Variable | None:
    """Return the variable that NODE itself reads."""
    node = unwrap(node)
    if node.type in {"member_expression", "subscript_expression"}:
        return _of_member(module, node)
    if node.type in NAMES:
        return _of_name(module, node)
    return _of_call(module, node) if node.type == "call_expression" else None


def holds_variables(module: Module, node: Node) -> bool:
    """Whether NODE is the object of all variables: `process.env`, and what stands for it."""
    spot = follow(module, node)
    text = text_of(spot.node)
    if spot.node.type == "member_expression" and (text in _HOLDERS or text in _BUILT_HOLDERS):
        return True
    if spot.node.type not in NAMES:
        return _is_made_of(spot)
    binding = spot.module.binding(text, spot.node.start_byte)
    if binding is None:
        return False
    if binding.alias:
        return binding.alias.name == "env" and plain(binding.alias.specifier) in _ENV_MODULES
    if binding.keys != ("env",) or binding.value is None:
        return False
    return origin(spot.module, binding.value) == "process"


def _is_made_of(spot: Spot) -> bool:
    """Whether an object takes over all variables: `{ ...process.env, more }`."""
    if spot.node.type == "member_expression":
        return origin(spot.module, spot.node) in _HOLDERS
    if spot.node.type != "object":
        return False
    spreads = (child for child in spot.node.named_children if child.type == "spread_element")
    return any(text_of(child).removeprefix("...").strip() in _HOLDERS for child in spreads)


def is_built(module: Module, node: Node) -> bool:
    """Whether NODE holds the variables of the build."""
    return text_of(follow(module, node).node) in _BUILT_HOLDERS


# -- process.env.PORT, env.PORT, const { PORT } = process.env


def _of_member(module: Module, node: Node) -> Variable | None:
    key, base = property_of(node), field(node, "object")
    if not key or base is None or not re.fullmatch(_NAME, key):
        return None
    if holds_variables(module, base):
        return Variable(key, built=is_built(module, base))
    return _of_schema(module, base, (key,)) or _of_fastify(module, base, key)


def _of_fastify(module: Module, base: Node, key: str) -> Variable | None:
    """@fastify/env hangs what it has read on the server: `fastify.config.PORT`."""
    if property_of(base) not in {"config", "env"} or not re.fullmatch(_UPPER, key):
        return None
    fields = (field_of(schema, (key,)) for schema in module.source.fastify_schemas)
    found = next((one for one in fields if one), None)
    return variable_of(found) if found else None


def _of_name(module: Module, node: Node) -> Variable | None:
    """A name that is taken out of the variables: `const { PORT = 3000 } = process.env`."""
    binding = module.binding(text_of(node), node.start_byte)
    if binding is None:
        return None
    if binding.alias:
        return _of_import(module, binding)
    if not binding.keys or binding.value is None:
        return None
    default = Spot(module, binding.default) if binding.default is not None else None
    if len(binding.keys) == 1 and holds_variables(module, binding.value):
        built = is_built(module, binding.value)
        return Variable(binding.keys[0], default, built=built)
    if binding.keys[0] == "env" and origin(module, binding.value) == "process":
        return Variable(binding.keys[1], default) if len(binding.keys) == 2 else None
    found = _of_schema(module, binding.value, binding.keys)
    return found._replace(default=found.default or default) if found else None


def _of_import(module: Module, binding: Binding) -> Variable | None:
    alias = binding.alias
    if alias is None:
        return None
    if alias.specifier in _BUILT_MODULES:
        return Variable(alias.name, built=True)
    other = module.source.resolve(module, alias.specifier)
    found = module.source.exported(other, alias.name) if other else None
    return variable_at(*found) if found and found[1].type in NAMES else None


# -- what a schema says of it


def _of_schema(module: Module, base: Node, keys: tuple[str, ...]) -> Variable | None:
    for spot in _parsed(module, base):
        for schema in schemas_of(spot.module, spot.node, holds_variables):
            rest = keys[1:] if keys[0] in {"data", "value", "parsed"} and len(keys) > 1 else keys
            if found := field_of(schema, rest):
                return variable_of(found)
    return None


def variable_of(one: Field) -> Variable:
    """Return the variable that a field of a schema describes."""
    return Variable(one.name, one.default, one.required, one.shape, one.choices)


def _parsed(module: Module, base: Node) -> Iterator[Spot]:
    """The calls whose result BASE is, or is the `data` of."""
    spot = follow(module, base)
    if spot.node.type in {"call_expression", "new_expression"}:
        yield spot
    elif spot.node.type == "member_expression" and property_of(spot.node) in {"data", "value", "parsed"}:
        inner = field(spot.node, "object")
        if inner is not None:
            yield follow(spot.module, inner)
    elif spot.node.type in NAMES:
        binding = spot.module.binding(text_of(spot.node), spot.node.start_byte)
        if binding and binding.value is not None and binding.keys in {("data",), ("value",), ("parsed",)}:
            yield follow(spot.module, binding.value)


# -- calls


def _of_call(module: Module, call: Node) -> Variable | None:
    function = callee_of(call)
    if function is None:
        return None
    if function.type == "member_expression":
        found = _of_chain(module, call) or _of_service(module, call) or _of_convict(module, call)
        if found:
            return found
    return _of_wrapper(module, call)


def _of_chain(module: Module, call: Node) -> Variable | None:
    """env-var: `env.get("PORT").default(3000).asPortNumber()`."""
    if not module.mentions("env-var"):
        return None
    shape, default, strict = "text", None, False
    node: Node | None = call
    while node is not None and node.type == "call_expression":
        function = callee_of(node)
        name = property_of(function) if function is not None else None
        arguments = arguments_of(node)
        if name == "get" and origin(module, field(function, "object") if function else None).startswith(
            "env-var"
        ):
            key = string_of(arguments[0]) if arguments else None
            return Variable(key, default, strict and default is None, shape) if key else None
        if name == "default" and arguments:
            default = Spot(module, arguments[0])
        strict = strict or (name == "required" and (not arguments or text_of(arguments[0]) != "false"))
        shape = _SHAPES.get(name or "", shape)
        node = field(function, "object") if function is not None else None
    return None


def _of_service(module: Module, call: Node) -> Variable | None:
    """Nest: `configService.get<number>("PORT", 3000)`; also Adonis' `env.get("PORT")`."""
    function, arguments = callee_of(call), arguments_of(call)
    name = property_of(function) if function is not None else None
    if name not in {"get", "getOrThrow"} or not arguments or function is None:
        return None
    base, key = field(function, "object"), string_of(arguments[0])
    if base is None or not key or not re.fullmatch(_UPPER, key) or not _is_service(module, base):
        return None
    default = Spot(module, arguments[1]) if len(arguments) > 1 and arguments[1].type != "object" else None
    return Variable(key, default, required=name == "getOrThrow")


def _is_service(module: Module, base: Node) -> bool:
    made = origin(module, base)
    if made.startswith("@nestjs/config.ConfigService"):
        return True
    if made.endswith(".get()") and "ConfigService" in text_of(follow(module, base).node):
        return True
    named = re.fullmatch(_CONFIG_NAME, text_of(base)) is not None
    return named and (module.mentions("ConfigService", "@nestjs/config") or _adonis(module, base))


def _adonis(module: Module, base: Node) -> bool:
    return origin(module, base) in {"#start/env", "@adonisjs/core/services/env", "@ioc:Adonis/Core/Env"}


def _of_convict(module: Module, call: Node) -> Variable | None:
    """convict: `config.get("db.port")`, where the schema names a variable for it."""
    function, arguments = callee_of(call), arguments_of(call)
    if function is None or property_of(function) != "get" or not arguments:
        return None
    base, key = field(function, "object"), string_of(arguments[0])
    return _of_schema(module, base, tuple(key.split("."))) if base is not None and key else None


# -- functions of the project that read a variable by a name they are given


class Wrapper(NamedTuple):
    """How a function reads a variable: which parameter is the name, which the default."""

    name: int
    default: int | None
    fallback: Spot | None
    strict: bool


def _of_wrapper(module: Module, call: Node) -> Variable | None:
    function, arguments = callee_of(call), arguments_of(call)
    key = string_of(arguments[0]) if arguments else None
    if function is None or (key is None and len(arguments) < 2):
        return None
    if function.type not in NAMES and function.type != "member_expression":
        return None
    spot = follow(module, function)
    if spot.node.type not in FUNCTIONS or not spot.module.mentions("env"):
        return None
    wrapper = wrapper_of(spot)
    if wrapper is None or wrapper.name >= len(arguments):
        return None
    name = string_of(arguments[wrapper.name])
    if not name or not re.fullmatch(_NAME, name):
        return None
    given = wrapper.default is not None and wrapper.default < len(arguments)
    default = Spot(module, arguments[wrapper.default or 0]) if given else wrapper.fallback
    return Variable(name, default, required=wrapper.strict and default is None)


def wrapper_of(spot: Spot) -> Wrapper | None:
    """Return how the function at SPOT reads a variable that it is given the name of."""
    known = spot.module.source.wrappers
    key = identity(spot.module, spot.node)
    if key not in known:
        known[key] = None
        known[key] = _read_wrapper(spot)
    return known[key]


def _read_wrapper(spot: Spot) -> Wrapper | None:
    names = [name for name, _ in parameters_of(spot.node)]
    body = field(spot.node, "body")
    if body is None or not names or body.end_byte - body.start_byte > 3_000:
        return None
    inside = list(below(body))
    index = next((at for one in inside if (at := _name_of_read(spot.module, one, names)) is not None), None)
    if index is None:
        return None
    strict = any(one.type == "throw_statement" for one in inside)
    default = next(
        (names.index(one) for one in names if re.search(r"default|fallback|def$", one, re.I)), None
    )
    if default is None and len(names) == 2:
        default = 1 - index
    stated = parameters_of(spot.node)[default][1] if default is not None else None
    return Wrapper(index, default, Spot(spot.module, stated) if stated is not None else None, strict)


def _name_of_read(module: Module, node: Node, names: list[str]) -> int | None:
    """The parameter by whose value NODE reads a variable."""
    if node.type == "subscript_expression":
        base, index = field(node, "object"), field(node, "index")
        if (
            base is not None
            and index is not None
            and text_of(index) in names
            and holds_variables(module, base)
        ):
            return names.index(text_of(index))
    return None


def in_wrapper(module: Module, node: Node) -> bool:
    """Whether NODE stands in a function that reads what it is given the name of."""
    around = module.enclosing(node)
    return around is not None and wrapper_of(Spot(module, around)) is not None
