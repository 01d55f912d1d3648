"""Schemas of environment variables: zod, Joi, envalid, convict, t3-env and JSON schema. Reads no variable."""

from collections.abc import Callable, Iterator

from scaffold.nouns import NamedTuple

from ...named import is_named
from .literals import constant
from .module import Module, entry
from .names import Alias
from .origins import Spot, follow, member, origin
from .syntax import Node, arguments_of, callee_of, entries_of, field, property_of, spreads_of, string_of

Holds = Callable[[Module, Node], bool]

#: Methods and functions that check all variables against a schema.
_PARSERS = frozenset({"parse", "parseAsync", "safeParse", "safeParseAsync", "validate", "validateSync",
                      "assert",
                      "attempt", "check"})  # fmt: skip
#: Functions that take the variables and then the schema: envalid, znv, envsafe, valibot.
_CLEANERS = (r"envalid\.cleanEnv|znv\.parseEnv|envsafe\.envsafe|cleanEnv|parseEnv|envsafe|"
                       r"valibot(\.\w+)*\.(safeParse|parse)")  # fmt: skip
#: Functions that take one object with the parts of a schema in it.
_MAKERS = (r"@t3-oss/env-\w+\.createEnv|@julr/vite-plugin-validate-env.*|env-schema|createEnv|"
                     r"@adonisjs/core/env\.Env\.create|convict")  # fmt: skip
_OBJECTS = frozenset({"object", "strictObject", "looseObject", "extend", "merge", "keys", "append",
                      "shape", "concat",
                      "Object", "safeExtend"})  # fmt: skip
_SHAPES = {"number": "integer", "num": "integer", "int": "integer", "port": "integer", "boolean": "boolean",
           "bool": "boolean", "stringbool": "boolean", "url": "url", "uri": "url", "httpUrl": "url",
           "email": "email", "json": "json", "makeInteger": "integer", "Number": "integer",
           "Boolean": "boolean", "Integer": "integer"}  # fmt: skip
_OPTIONAL = frozenset({"optional", "nullish", "nullable", "catch", "Optional"})
_JSON_SHAPES = {"integer": "integer", "number": "integer", "boolean": "boolean"}


class Schema(NamedTuple):
    """The object that a schema is, and of which library."""

    module: Module
    node: Node
    kind: str  # "zod" (and all that chain calls) "joi" "envalid" "convict" "json"
    needed: tuple[str, ...] = ()  # of JSON schema


class Field(NamedTuple):
    """What a schema says of one variable."""

    name: str
    place: str
    default: Spot | None = None
    required: bool = False
    shape: str = "text"
    choices: tuple[str, ...] = ()


def schemas_of(module: Module, call: Node, holds: Holds) -> Iterator[Schema]:
    """Yield the schemas that CALL checks the variables against; HOLDS tells what holds them."""
    function, arguments = callee_of(call), arguments_of(call)
    if function is None or not arguments:
        return
    name = origin(module, function)
    if is_named(_MAKERS, name) and arguments:
        yield from _made(module, arguments, name)
    elif len(arguments) > 1 and is_named(_CLEANERS, name):
        yield from _cleaned(module, arguments, name)
    elif property_of(function) in _PARSERS:
        base = field(function, "object")
        if base is not None and _is_given(module, arguments, holds):
            candidates = (base, *arguments) if arguments else (base,)
            for one in candidates:
                yield from objects(module, one)


def _is_given(module: Module, arguments: tuple[Node, ...], holds: Holds) -> bool:
    """Whether the variables are among ARGUMENTS, or an object that is put together from them."""
    for argument in arguments:
        spot = follow(module, argument)
        if holds(module, argument) or (spot.node.type == "object" and _names_one(spot, holds)):
            return True
    return False


def _names_one(spot: Spot, holds: Holds) -> bool:
    values = (value for _, value in entries_of(spot.node))
    inner = (field(value, "object") for value in values if value.type == "member_expression")
    return any(one is not None and holds(spot.module, one) for one in inner) or any(
        holds(spot.module, one) for one in spreads_of(spot.node)
    )


def _made(module: Module, arguments: tuple[Node, ...], name: str) -> Iterator[Schema]:
    for argument in arguments:
        home, node = follow(module, argument)
        if node.type != "object":
            continue
        if name == "convict":
            yield Schema(home, node, "convict")
        elif (schema := entry(node, "schema")) is not None:
            yield from objects(home, schema)
        else:
            for part in ("server", "shared", "client"):
                if (inner := entry(node, part)) is not None and follow(home, inner).node.type == "object":
                    yield Schema(*follow(home, inner), "zod")


def _cleaned(module: Module, arguments: tuple[Node, ...], name: str) -> Iterator[Schema]:
    if name.startswith("valibot"):
        yield from objects(module, arguments[0])
        return
    home, node = follow(module, arguments[1] if "envsafe" not in name else arguments[0])
    if node.type == "object":
        yield Schema(home, node, "zod" if "znv" in name or "parseEnv" in name else "envalid")


def find_fastify_schemas(module: Module) -> Iterator[Schema]:
    """What @fastify/env is given in MODULE: by `register`, or as an autoloader's `autoConfig`."""
    made = module.exports.get("autoConfig")
    schema = member(module, made, "schema") if made is not None and not isinstance(made, Alias) else None
    yield from objects(*schema) if schema else ()
    for call in module.calls():
        is_registered = call.callee.endswith(".register") and len(call.arguments) > 1
        if is_registered and origin(module, call.arguments[0]) in {"@fastify/env", "fastify-env"}:
            schema = member(module, call.arguments[1], "schema")
            yield from objects(*schema) if schema else ()


def objects(module: Module, node: Node, depth: int = 0) -> Iterator[Schema]:
    """Yield the objects of fields in a schema: `z.object({…}).extend({…})`, a JSON schema."""
    home, node = follow(module, node)
    if depth > 8:
        return
    if node.type == "object":
        properties = entry(node, "properties")
        if properties is not None and (spot := follow(home, properties)).node.type == "object":
            listed = entry(node, "required")
            needed = constant(follow(home, listed).node) if listed is not None else ()
            yield Schema(*spot, "json", needed if isinstance(needed, tuple) else ())
        return
    while node.type == "call_expression":
        function = callee_of(node)
        if function is None:
            return
        name = property_of(function)
        if name in _OBJECTS:
            for argument in arguments_of(node):
                inner = follow(home, argument)
                if inner.node.type == "object":
                    yield Schema(*inner, _kind(home, function))
                else:
                    yield from objects(home, argument, depth + 1)
        base = field(function, "object")
        if base is None:
            return
        home, node = follow(home, base)


def _kind(module: Module, function: Node) -> str:
    text = origin(module, function).lower()
    return "joi" if "joi" in text or text.startswith("yup") else "zod"


# -- fields


def fields_of(schema: Schema) -> Iterator[Field]:
    """Yield what SCHEMA says of each variable."""
    for key, value in entries_of(schema.node):
        if schema.kind == "convict":
            yield from _nested(schema, value, 0)
        elif found := field_of(schema, (key,)):
            yield found
    for other in spreads_of(schema.node):
        spot = follow(schema.module, other)
        if spot.node.type == "object":
            yield from fields_of(schema._replace(module=spot.module, node=spot.node))


def _nested(schema: Schema, node: Node, depth: int) -> Iterator[Field]:
    if node.type != "object" or depth > 6:
        return
    found = _of_convict(schema.module, node)
    if found:
        yield found
        return
    for _, value in entries_of(node):
        yield from _nested(schema, value, depth + 1)


def field_of(schema: Schema, keys: tuple[str, ...]) -> Field | None:
    """Return what SCHEMA says of the variable under KEYS."""
    node: Node | None = schema.node
    for key in keys:
        spot = follow(schema.module, node) if node is not None else None
        node = entry(spot.node, key) if spot and spot.node.type == "object" else None
    if node is None:
        return None
    if schema.kind == "convict":
        return _of_convict(schema.module, node)
    if schema.kind == "json":
        return _of_json(schema, keys[-1], node)
    return _of_calls(schema, keys[-1], node) if len(keys) == 1 else None


def _of_convict(module: Module, node: Node) -> Field | None:
    variable, default, form = (entry(node, key) for key in ("env", "default", "format"))
    name = string_of(variable) if variable is not None else None
    if not name:
        return None
    said = string_of(form) if form is not None else None
    shape = {"port": "integer", "int": "integer", "nat": "integer", "url": "url", "Boolean": "boolean"}.get(
        said or ""
    )
    return Field(
        name,
        module.place(node),
        Spot(module, default) if default is not None else None,
        False,
        shape or "text",
    )


def _of_json(schema: Schema, name: str, node: Node) -> Field | None:
    home, value = follow(schema.module, node)
    if value.type == "call_expression":
        return _of_calls(schema, name, node)
    default = entry(value, "default") if value.type == "object" else None
    kind = entry(value, "type") if value.type == "object" else None
    shape = _JSON_SHAPES.get(string_of(kind) or "" if kind is not None else "", "text")
    made = Spot(home, default) if default is not None else None
    return Field(name, home.place(value), made, name in schema.needed and made is None, shape)


class _Link(NamedTuple):
    """One call of a chain."""

    name: str
    arguments: tuple[Node, ...]


def _links(module: Module, node: Node) -> Iterator[_Link]:
    """The calls of `z.coerce.number().default(3000)`, the last one first."""
    for _ in range(30):
        node = follow(module, node).node
        if node.type == "call_expression":
            function = callee_of(node)
            if function is None:
                return
            name = property_of(function) or origin(module, function).rpartition(".")[2]
            yield _Link(name, arguments_of(node))
            base = field(function, "object")
        else:
            base = field(node, "object") if node.type == "member_expression" else None
        if base is None:
            return
        node = base


def _of_calls(schema: Schema, name: str, node: Node) -> Field | None:
    home = follow(schema.module, node).module
    links = list(_links(schema.module, node))
    if not links:
        return None
    links += [one for link in links if link.name in {"preprocess", "pipe", "optional"}
              for argument in link.arguments for one in _links(home, argument)]  # fmt: skip
    default = next((found for link in links if (found := _default(home, link))), None)
    names = {link.name for link in links}
    strict = "required" in names if schema.kind == "joi" else not names & _OPTIONAL
    shape = next((_SHAPES[link.name] for link in links if link.name in _SHAPES), "text")
    place = schema.module.place(node)
    return Field(
        name, place, default, strict and default is None and not _is_lax(links), shape, _choices(links)
    )


def _default(module: Module, link: _Link) -> Spot | None:
    if link.name in {"default", "prefault", "catch"} and link.arguments:
        return Spot(module, link.arguments[0])
    for argument in link.arguments:  # envalid: port({ default: 3000 })
        if argument.type == "object" and (value := entry(argument, "default")) is not None:
            return Spot(module, value)
    return None


def _is_lax(links: list[_Link]) -> bool:
    """envsafe and Adonis: `str({ optional: true })`, `Env.schema.string.optional()`."""
    options = (argument for link in links for argument in link.arguments if argument.type == "object")
    said = (entry(one, key) for one in options for key in ("optional", "isOptional"))
    return any(one is not None and constant(one) is True for one in said)


def _choices(links: list[_Link]) -> tuple[str, ...]:
    for link in links:
        if link.name in {"enum", "valid", "picklist", "literal", "oneOf"}:
            values = [constant(argument) for argument in link.arguments]
            flat = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
            return tuple(one for one in flat if isinstance(one, str))
        for argument in link.arguments:
            if argument.type == "object" and (said := entry(argument, "choices")) is not None:
                value = constant(said)
                return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple) else ()
    return ()
