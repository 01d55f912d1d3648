"""pydantic's settings classes: each field is an environment variable, with its name, type and default."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...environment import Read
from .folding import MAX_DEPTH, target_of
from .reads import is_name
from .source import Module, argument, literal, place

if TYPE_CHECKING:
    from .reader import Reader

#: pydantic's types for the URLs of services.
_DSN = {"PostgresDsn": "postgres", "CockroachDsn": "postgres", "RedisDsn": "redis", "AmqpDsn": "rabbitmq",
        "MongoDsn": "mongodb", "KafkaDsn": "kafka", "MySQLDsn": "mysql", "MariaDBDsn": "mariadb"}  # fmt: skip
_SHAPES = {"int": "integer", "PositiveInt": "integer", "NonNegativeInt": "integer", "float": "number",
           "bool": "boolean", "list": "json-list", "List": "json-list", "set": "json-list",
           "Set": "json-list",
           "tuple": "json-list", "Tuple": "json-list", "Sequence": "json-list", "frozenset": "json-list",
           "dict": "json", "Dict": "json", "AnyHttpUrl": "url", "HttpUrl": "url", "AnyUrl": "url",
           "EmailStr": "email", "Path": "path", "DirectoryPath": "path"}  # fmt: skip
_SETTINGS = frozenset({"pydantic.BaseSettings", "pydantic_settings.BaseSettings", "pydantic.v1.BaseSettings"})


def find_fields(reader: Reader) -> Mapping[str, tuple[tuple[Read, str], ...]]:
    """The fields of settings classes as variables, by the class: (variable, name of the field)."""
    found: dict[str, tuple[tuple[Read, str], ...]] = {}
    for module in reader.modules:
        if module.mentions("Settings", "pydantic"):
            for node in module.classes.values():
                if not node.name.startswith("Test") and _is_settings(reader, module, node):
                    prefix = _option(reader, module, node, "env_prefix")
                    found[f"{module.name}.{node.name}"] = tuple(_fields_of(reader, module, node, prefix, 0))
    return found


def _is_settings(reader: Reader, module: Module, node: ast.ClassDef, depth: int = 0) -> bool:
    for base in node.bases:
        name = reader.origin(module, base)
        if name in _SETTINGS:
            return True
        made = _class(reader, module, base)
        if made and depth < MAX_DEPTH and _is_settings(reader, *made, depth + 1):
            return True
    return False


def _class(reader: Reader, module: Module, node: ast.AST) -> tuple[Module, ast.ClassDef] | None:
    if isinstance(node, ast.Name) and node.id in module.classes:
        return module, module.classes[node.id]
    made = reader.source.definition(reader.origin(module, node) or "")
    found = made[0].classes.get(made[1]) if made else None
    return (made[0], found) if made and found else None


def _option(reader: Reader, module: Module, node: ast.ClassDef, name: str, depth: int = 0) -> str:
    """`env_prefix` and its kind: in `model_config` or in `class Config`, of the class or of its bases."""
    for stmt in node.body:
        if isinstance(stmt, ast.ClassDef) and stmt.name == "Config":
            for inner in stmt.body:
                if isinstance(inner, ast.Assign) and target_of(inner) == name:
                    return str(literal(module, inner.value) or "")
        if isinstance(stmt, (ast.Assign, ast.AnnAssign)) and target_of(stmt) == "model_config":
            value = _entry(stmt.value, name)
            if value is not None:
                return str(literal(module, value) or "")
    bases = (_class(reader, module, base) for base in node.bases)
    inherited = (_option(reader, *base, name, depth + 1) for base in bases if base and depth < MAX_DEPTH)
    return next((option for option in inherited if option), "")


def _fields_of(
    reader: Reader, module: Module, node: ast.ClassDef, prefix: str, depth: int
) -> Iterator[tuple[Read, str]]:
    delimiter = _option(reader, module, node, "env_nested_delimiter")
    for stmt in node.body:
        name = target_of(stmt) if isinstance(stmt, ast.AnnAssign) else None
        if not isinstance(stmt, ast.AnnAssign) or not name or name == "model_config" or name.startswith("_"):
            continue
        if "ClassVar" in ast.dump(stmt.annotation):
            continue
        nested = _class(reader, module, _bare(stmt.annotation))
        if nested and not _is_enum(nested[1]):
            if delimiter and depth < 3 and not _is_settings(reader, *nested):
                yield from _nested(reader, stmt, nested, (f"{prefix}{name}", delimiter), depth)
            continue
        yield _field(reader, module, stmt, name, prefix), name


def _nested(
    reader: Reader,
    stmt: ast.AnnAssign,
    nested: tuple[Module, ast.ClassDef],
    names: tuple[str, str],
    depth: int,
) -> Iterator[tuple[Read, str]]:
    """The fields of a model inside settings; NAMES are the prefix of them all and the delimiter."""
    prefix, delimiter = names
    for read, name in _fields_of(reader, *nested, f"{prefix}{delimiter}", depth + 1):
        yield read._replace(required=read.required and stmt.value is None), name


def _field(reader: Reader, module: Module, stmt: ast.AnnAssign, name: str, prefix: str) -> Read:
    default = stmt.value
    variable = f"{prefix}{name}".upper()
    if isinstance(default, ast.Call) and reader.origin(module, default.func).endswith("Field"):
        variable = _alias(reader, module, default) or variable
        factory = argument(default, "default_factory")
        default = argument(default, "default", 0) or factory
    read = Read(variable, place(module, stmt), required=default is None or _is_ellipsis(default))
    if not read.required and default is not None:
        read = read._replace(default=_default_of_field(reader, module, default))
    return _with_type(reader, module, stmt.annotation, read)


def _default_of_field(reader: Reader, module: Module, default: ast.expr) -> str | None:
    if isinstance(default, ast.Call) and (inner := reader.read_at(module, default)):
        return inner.default
    value = literal(module, default)
    if isinstance(value, (bool, int, float)):
        return str(value)
    return reader.fold(module, default).text


def _alias(reader: Reader, module: Module, call: ast.Call) -> str | None:
    for keyword in ("validation_alias", "env", "alias"):
        value = argument(call, keyword)
        if isinstance(value, ast.Call) and value.args:
            value = value.args[0]  # AliasChoices("A", "B")
        if isinstance(value, (ast.List, ast.Tuple)) and value.elts:
            value = value.elts[0]
        name = literal(module, value)
        if is_name(name):
            return str(name).upper()
    return None


def _with_type(reader: Reader, module: Module, annotation: ast.expr, read: Read) -> Read:
    bare = _bare(annotation)
    name = bare.attr if isinstance(bare, ast.Attribute) else bare.id if isinstance(bare, ast.Name) else ""
    if name == "Literal" and isinstance(annotation, ast.Subscript):
        choices = literal(module, annotation.slice)
        choices = choices if isinstance(choices, tuple) else (choices,)
        return read._replace(choices=tuple(str(choice) for choice in choices if choice is not None))
    made = _class(reader, module, bare)
    if made and _is_enum(made[1]):
        values = [literal(made[0], stmt.value) for stmt in made[1].body if isinstance(stmt, ast.Assign)]
        return read._replace(choices=tuple(str(value) for value in values if value is not None))
    return read._replace(service=_DSN.get(name), shape=_SHAPES.get(name, read.shape))


def _entry(node: ast.AST | None, name: str) -> ast.expr | None:
    """The value of a key in `{"key": …}` or `SettingsConfigDict(key=…)`."""
    if isinstance(node, ast.Call):
        return argument(node, name)
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return value
    return None


def _bare(annotation: ast.expr) -> ast.expr:
    """The type itself: without Optional, Annotated, `| None` and parameters."""
    if isinstance(annotation, ast.BinOp):
        sides = [side for side in (annotation.left, annotation.right) if not isinstance(side, ast.Constant)]
        return _bare(sides[0]) if sides else annotation
    if isinstance(annotation, ast.Subscript):
        name = (
            annotation.value.attr
            if isinstance(annotation.value, ast.Attribute)
            else (annotation.value.id if isinstance(annotation.value, ast.Name) else "")
        )
        if name in {"Optional", "Annotated", "Union"}:
            inner = annotation.slice
            return _bare(inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner)
        return annotation.value
    return annotation


def _is_enum(node: ast.ClassDef) -> bool:
    return any("Enum" in ast.dump(base) for base in node.bases)


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
