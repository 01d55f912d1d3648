"""What Python expressions come to where no environment variable is set. Runs nothing.

Wider than a literal: through variables' defaults, `or`, f-strings, `settings.X` and `app.config["X"]`.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import TYPE_CHECKING

from scaffold.nouns import NamedTuple

from .source import HOME, Module, argument, literal
from .syntax import run_on_import

if TYPE_CHECKING:
    from .reader import Reader

MAX_DEPTH = 12
#: A part of a text that only a run can tell.
UNKNOWN = "{}"
_TEXT_METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "format", "replace", "removeprefix",
     "removesuffix", "split",
     "unicode_string", "get_secret_value", "render_as_string", "resolve", "absolute", "as_posix",
     "expanduser",
     "encoded_string"}
)  # fmt: skip
_UPDATES = frozenset({"update", "from_mapping"})
_SETTINGS_NAMES = r"(?i)(settings?|conf|config|cfg|configuration|options?)(_\w+)?"


#: What gives a text on as it is.
_AS_IT_IS = frozenset({"str", "int", "bool", "float", "os.fspath", "pathlib.Path", "os.path.expanduser"})
#: What stands for a step in paths: https://docs.python.org/3/library/os.html#os.pardir
_STEPS = {"curdir": ".", "pardir": ".."}


class Folded(NamedTuple):
    """What an expression comes to where no variable is set: its text, and the variables that change it."""

    text: str | None  # "{}" stands for a part that only a run can tell
    names: frozenset[str] = frozenset()

    @property
    def is_known(self) -> bool:
        return self.text is not None and UNKNOWN not in self.text


NOTHING = Folded(None)


def setting(reader: "Reader", name: str, depth: int = 0) -> Folded:
    """What the project's configuration has under NAME."""
    if name in reader.variables:
        read = reader.variables[name]
        return Folded(read.default, frozenset({read.name}))
    folded = [reader.fold(module, value, depth + 1) for module, value in reader.named.get(name, ())]
    return next((one for one in folded if one.text or one.names), NOTHING)


def fold(reader: "Reader", module: Module, node: ast.AST | None, depth: int = 0) -> Folded:
    """What NODE comes to where no variable is set."""
    if node is None or depth > MAX_DEPTH:
        return NOTHING
    if isinstance(node, ast.Constant):
        return Folded(None if node.value is None or isinstance(node.value, bytes) else str(node.value))
    read = reader.read_at(module, node, depth)
    if read is not None:
        return Folded(read.default, frozenset({read.name}))
    value = literal(module, node)
    if isinstance(value, (str, int, float)):
        return Folded(str(value))
    return _fold_parts(reader, module, node, depth + 1)


def _fold_parts(reader: "Reader", module: Module, node: ast.AST, depth: int) -> Folded:
    if isinstance(node, ast.Name):
        return _fold_name(reader, module, node.id, depth)
    if isinstance(node, ast.Attribute):
        return _fold_attribute(reader, module, node, depth)
    if isinstance(node, ast.Subscript):
        name = literal(module, node.slice)
        return reader.setting(name, depth) if isinstance(name, str) and is_config(node.value) else NOTHING
    if isinstance(node, ast.BoolOp):
        return _first([reader.fold(module, value, depth) for value in node.values])
    if isinstance(node, ast.IfExp):
        return _fold_choice(reader, module, node, depth)
    if isinstance(node, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.FormattedValue) else one for one in node.values)
        return _joined([reader.fold(module, part, depth) for part in parts])
    if isinstance(node, ast.BinOp):
        return _fold_operation(reader, module, node, depth)
    return _fold_call(reader, module, node, depth) if isinstance(node, ast.Call) else NOTHING


def _fold_name(reader: "Reader", module: Module, name: str, depth: int) -> Folded:
    """Each name once: `x = x + y` would be followed for ever."""
    key = (module.path, name)
    if key not in reader.folded_names:
        reader.folded_names[key] = NOTHING
        reader.folded_names[key] = _fold_new_name(reader, module, name, depth)
    return reader.folded_names[key]


def _fold_new_name(reader: "Reader", module: Module, name: str, depth: int) -> Folded:
    values = module.assigned.get(name, ())
    if not values:
        for dotted in (module.aliases.get(name), *(f"{star}.{name}" for star in module.stars)):
            made = reader.source.definition(dotted) if dotted else None
            if made and made[1] in made[0].assigned:
                return _fold_name(reader, made[0], made[1], depth + 1)
    folded = [reader.fold(module, value, depth) for value in (values or reader.locals(module).get(name, ()))]
    return next((one for one in folded if one.text or one.names), NOTHING)


def _fold_attribute(reader: "Reader", module: Module, node: ast.Attribute, depth: int) -> Folded:
    if node.attr == "parent":
        base = reader.fold(module, node.value, depth)
        return base._replace(text=base.text.rpartition("/")[0]) if base.text else base
    if node.attr in _STEPS and reader.origin(module, node) == f"os.{node.attr}":
        return Folded(_STEPS[node.attr])
    if node.attr == "instance_path":
        return Folded(f"{HOME}/instance")
    if isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}:
        return reader.setting(node.attr, depth)
    return reader.setting(node.attr, depth) if is_config(node.value) else NOTHING


def _fold_choice(reader: "Reader", module: Module, node: ast.IfExp, depth: int) -> Folded:
    decided = reader.truth(module, node.test, depth)
    body, other = reader.fold(module, node.body, depth), reader.fold(module, node.orelse, depth)
    if decided is None:
        return body if body.text else other
    return body if decided else other


def _fold_operation(reader: "Reader", module: Module, node: ast.BinOp, depth: int) -> Folded:
    left, right = reader.fold(module, node.left, depth), reader.fold(module, node.right, depth)
    if isinstance(node.op, ast.Div):
        return _path([left, right])
    if isinstance(node.op, ast.Add):
        return _joined([left, right])
    if isinstance(node.op, ast.Mod) and left.text:
        return left._replace(text=re.sub(r"%(\(\w+\))?[sdr]", UNKNOWN, left.text))
    return NOTHING


def _fold_call(reader: "Reader", module: Module, node: ast.Call, depth: int) -> Folded:
    called = reader.origin(module, node.func)
    if called == "os.path.join":
        return _path([reader.fold(module, part, depth) for part in node.args])
    if called in _AS_IT_IS and node.args:
        return reader.fold(module, node.args[0], depth)
    if called in {"os.path.abspath", "os.path.realpath", "os.path.normpath"} and node.args:
        base = reader.fold(module, node.args[0], depth)
        return base._replace(text=normpath(base.text)) if base.is_known and base.text else base
    if called == "os.path.dirname" and node.args:
        base = reader.fold(module, node.args[0], depth)
        return base._replace(text=base.text.rpartition("/")[0]) if base.text else base
    if called.endswith(("URL.create", "Dsn.build", "Url.build")):
        return _fold_url(reader, module, node, depth)
    return _fold_method(reader, module, node, called, depth)


def _fold_method(reader: "Reader", module: Module, node: ast.Call, called: str, depth: int) -> Folded:
    if not isinstance(node.func, ast.Attribute):
        return NOTHING
    base, method = node.func.value, node.func.attr
    if method == "get" and is_config(base) and node.args:
        name = str(literal(module, node.args[0]) or "")
        found = reader.setting(name, depth)
        if found.text or found.names or (reader.has_sections and not name.isupper()):
            return found
        return reader.fold(module, argument(node, "default", 1), depth)
    if method == "joinpath":
        return _path([reader.fold(module, part, depth) for part in (base, *node.args)])
    if method == "format":
        return _fold_format(reader, module, node, base, depth)
    folded = reader.fold(module, base, depth) if method in _TEXT_METHODS else NOTHING
    if method == "replace" and folded.text and len(node.args) == 2:
        old, new = (literal(module, one) for one in node.args)
        if isinstance(old, str) and isinstance(new, str):
            return folded._replace(text=folded.text.replace(old, new))
    return folded


def _fold_format(reader: "Reader", module: Module, node: ast.Call, base: ast.expr, depth: int) -> Folded:
    parts = [reader.fold(module, part, depth) for part in (*node.args, *(one.value for one in node.keywords))]
    text = reader.fold(module, base, depth).text or ""
    names = frozenset(name for part in parts for name in part.names)
    for part in parts:
        text = re.sub(r"\{[^{}]*\}", lambda _, part=part: part.text or "\0", text, count=1)  # type: ignore[misc]
    return Folded(re.sub(r"\{[^{}]*\}|\0", UNKNOWN, text), names)


def _fold_url(reader: "Reader", module: Module, node: ast.Call, depth: int) -> Folded:
    given = {one.arg: reader.fold(module, one.value, depth) for one in node.keywords if one.arg}
    scheme = (
        given.get("drivername")
        or given.get("scheme")
        or (reader.fold(module, node.args[0], depth) if node.args else NOTHING)
    )
    user = given.get("username") or given.get("user") or NOTHING
    path = given.get("database") or given.get("path") or NOTHING
    host, port, password = (given.get(name) or NOTHING for name in ("host", "port", "password"))
    names = frozenset(name for part in given.values() for name in part.names)
    login = f"{user.text or UNKNOWN}:{password.text or UNKNOWN}@" if user is not NOTHING else ""
    address = f"{host.text or UNKNOWN}" + (f":{port.text}" if port.is_known else "")
    text = f"{scheme.text or UNKNOWN}://{login}{address}/{(path.text or UNKNOWN).lstrip('/')}"
    return Folded(text, names)


def _first(values: list[Folded]) -> Folded:
    names: frozenset[str] = frozenset()
    for value in values:
        names |= value.names
        if value.text:
            return Folded(value.text, names)
    return Folded(None, names)


def _joined(values: list[Folded]) -> Folded:
    names = frozenset(name for value in values for name in value.names)
    if all(value.text is None for value in values):
        return Folded(None, names)
    return Folded("".join(UNKNOWN if value.text is None else value.text for value in values), names)


def _path(values: list[Folded]) -> Folded:
    names = frozenset(name for value in values for name in value.names)
    path = ""
    for value in values:
        part = UNKNOWN if value.text is None else value.text
        path = part if part.startswith("/") or not path else f"{path.rstrip('/')}/{part}"
    return Folded(path or None, names)


def is_config(node: ast.AST) -> bool:
    """Whether an expression is called like configuration: `settings`, `app.config`, `get_settings()`."""
    while True:  # a chain of names may be as long as a line
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            if _is_name_of_settings(node.attr):
                return True
            node = node.value
        else:
            return isinstance(node, ast.Name) and _is_name_of_settings(node.id)


def _is_name_of_settings(name: str) -> bool:
    return bool(re.fullmatch(_SETTINGS_NAMES, name.removeprefix("get_"))) or name.endswith(
        ("Config", "Settings")
    )


def target_of(stmt: ast.stmt) -> str | None:
    target = stmt.targets[0] if isinstance(stmt, ast.Assign) else getattr(stmt, "target", None)
    return target.id if isinstance(target, ast.Name) else None


# -- configuration and names inside functions


def find_configured(modules: tuple[Module, ...]) -> Mapping[str, tuple[tuple[Module, ast.expr], ...]]:
    """Values of configuration by name: class attributes, `app.config[...]`, names in capitals."""
    found: dict[str, list[tuple[Module, ast.expr]]] = {}
    for module in modules:
        for name, value in _configured(module):
            found.setdefault(name, []).append((module, value))
    return {name: tuple(values) for name, values in found.items()}


def _configured(module: Module) -> Iterator[tuple[str, ast.expr]]:
    for name, values in module.assigned.items():
        if name.isupper():
            yield from ((name, value) for value in values)
    for node in module.classes.values():
        if not node.name.startswith("Test") and not node.name.endswith("TestConfig"):
            for stmt in run_on_import(node.body):
                target = target_of(stmt) if isinstance(stmt, (ast.Assign, ast.AnnAssign)) else None
                if target and isinstance(stmt, (ast.Assign, ast.AnnAssign)) and stmt.value is not None:
                    yield target, stmt.value
                elif isinstance(stmt, ast.FunctionDef) and _is_property(stmt):
                    yield stmt.name, stmt.body[-1].value  # type: ignore[attr-defined]
    if module.mentions("config", "self."):
        yield from _assigned_in_functions(module)


def _is_property(node: ast.FunctionDef) -> bool:
    """Whether a method is a setting that is put together from others."""
    wanted = {"property", "computed_field", "cached_property"}
    names = {name.id for one in node.decorator_list for name in ast.walk(one) if isinstance(name, ast.Name)}
    return bool(names & wanted) and isinstance(node.body[-1], ast.Return) and node.body[-1].value is not None


def _assigned_in_functions(module: Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Subscript) and is_config(target.value):
                name = literal(module, target.slice)
                if isinstance(name, str):
                    yield name, node.value
            elif isinstance(target, ast.Attribute) and isinstance(target.value, (ast.Name, ast.Attribute)):
                yield target.attr, node.value
        elif isinstance(node, ast.Call) and _updates_config(node.func):
            yield from _given(node)


def _updates_config(node: ast.expr) -> bool:
    """Whether NODE is `app.config.update` or its kind."""
    return isinstance(node, ast.Attribute) and node.attr in _UPDATES and is_config(node.value)


def _given(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)
    for table in call.args:
        if isinstance(table, ast.Dict):
            for key, value in zip(table.keys, table.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def find_locals(module: Module) -> Mapping[str, tuple[ast.expr, ...]]:
    found: dict[str, list[ast.expr]] = {}
    for node in module.nodes:
        if isinstance(node, ast.Assign) and (name := target_of(node)):
            found.setdefault(name, []).append(node.value)
        elif isinstance(node, ast.arguments):
            names = [*node.posonlyargs, *node.args]
            for one, default in zip(names[len(names) - len(node.defaults) :], node.defaults, strict=True):
                found.setdefault(one.arg, []).append(default)
            for one, other in zip(node.kwonlyargs, node.kw_defaults, strict=True):
                if other is not None:
                    found.setdefault(one.arg, []).append(other)
    return {name: tuple(values) for name, values in found.items()}
