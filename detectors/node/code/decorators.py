"""Decorators of classes and their fields, and the variables that class-validator's say a program needs."""

from collections.abc import Iterator

from scaffold.nouns import NamedTuple

from .literals import constant
from .module import Module
from .origins import Spot, follow
from .schemas import Field
from .syntax import Node, arguments_of, callee_of, field, find, name_of, string_of, text_of

#: What class-validator's decorators say of a value: https://github.com/typestack/class-validator#validation-decorators
_SHAPES = {"IsInt": "integer", "IsNumber": "integer", "IsPort": "integer", "IsPositive": "integer",
           "IsNumberString": "integer", "IsBoolean": "boolean", "IsBooleanString": "boolean", "IsUrl": "url",
           "IsURL": "url", "IsEmail": "email", "IsJSON": "json"}  # fmt: skip
_LAX = frozenset({"IsOptional", "ValidateIf", "Allow"})


class Decorator(NamedTuple):
    """A decorator, called or not."""

    name: str
    arguments: tuple[Node, ...]


def decorators_of(node: Node) -> Iterator[Decorator]:
    """Yield the decorators of a class or a field: its own children, or those of the export around it."""
    parent = node.parent
    around = parent.children if parent is not None and parent.type == "export_statement" else []
    yield from (decorator_of(one) for one in (*around, *node.children) if one.type == "decorator")


def decorator_of(node: Node) -> Decorator:
    """Return what a decorator is called, and with what."""
    inner = node.named_children[-1] if node.named_children else node
    if inner.type == "call_expression":
        return Decorator(text_of(callee_of(inner)), arguments_of(inner))
    return Decorator(text_of(inner), ())


def validated_variables(module: Module) -> Iterator[Field]:
    """Yield the fields of classes that class-validator checks variables against: their names are in capitals.

    https://docs.nestjs.com/techniques/configuration#custom-validate-function
    """
    if "class-validator" not in module.imports:
        return
    for node in module.parts("class"):
        body = field(node, "body")
        inner = body.named_children if body is not None else []
        fields = [one for one in inner if one.type in {"public_field_definition", "field_definition"}]
        if fields and all(name_of(field(one, "name")).isupper() for one in fields):
            yield from (_field(module, one) for one in fields)


def _field(module: Module, node: Node) -> Field:
    found = list(decorators_of(node))
    value = field(node, "value")
    lax = value is not None or not found or any(one.name in _LAX for one in found)
    return Field(
        name_of(field(node, "name")),
        module.place(node),
        Spot(module, value) if value is not None else None,
        not lax,
        next((_SHAPES[one.name] for one in found if one.name in _SHAPES), "text"),
        next((values for one in found if (values := _choices(module, one))), ()),
    )


def _choices(module: Module, decorator: Decorator) -> tuple[str, ...]:
    """The values that `@IsIn([…])` or `@IsEnum(Kind)` takes."""
    if decorator.name not in {"IsEnum", "IsIn"} or not decorator.arguments:
        return ()
    home, node = follow(module, decorator.arguments[0])
    value = constant(node)
    if isinstance(value, tuple):
        return tuple(one for one in value if isinstance(one, str))
    body = field(node, "body") if node.type == "enum_declaration" else _enum(home, text_of(node))
    values = (field(one, "value") for one in body.named_children) if body is not None else ()
    return tuple(text for one in values if one is not None and (text := string_of(one)) is not None)


def _enum(module: Module, name: str) -> Node | None:
    """The body of the enum NAME, in MODULE or where that has it from."""
    for one in (module, *module.source.modules):
        if one.mentions(f"enum {name}"):
            for node in find(one.syntax.root, {"enum_declaration": "enum"}).get("enum", []):
                if text_of(field(node, "name")) == name:
                    return field(node, "body")
    return None
