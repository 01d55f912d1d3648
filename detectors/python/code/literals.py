"""Constants that Python code states, folded without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from scaffold.model import Value

from .layout import ancestors, join, parent
from .module import MAX_DEPTH, Module, origin

#: Where the project stands in the image: what `__file__` and relative paths are seen from.
HOME = "/app"


def literal(module: Module, node: ast.AST | None, depth: int = 0) -> Value | None:
    """The constant that NODE is: strings, numbers, paths, tuples and dicts of them; None where it is none.

    `__file__` is where the image has the file, a path is a string.
    """
    if node is None or depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.Constant):
        return None if isinstance(node.value, (bytes, complex, type(...))) else node.value
    fold = _FOLDS.get(type(node))
    try:
        return fold(module, node, depth + 1) if fold else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _fold_name(module: Module, node: ast.Name, depth: int) -> Value | None:
    if node.id == "__file__":
        return f"{HOME}/{module.path}"
    if node.id == "__name__":
        return module.name
    return _fold_definition(module, node.id, depth)


def _fold_definition(module: Module, name: str, depth: int) -> Value | None:
    values = module.assigned.get(name, ())
    if len(values) == 1:
        if name not in module.constants:
            module.constants[name] = None  # a name that is made of itself
            module.constants[name] = literal(module, values[0], depth)
        return module.constants[name]
    if values or name not in module.aliases:
        return None
    made = module.source.definition(module.aliases[name])
    return _fold_definition(*made, depth + 1) if made and depth < MAX_DEPTH else None


def _fold_attribute(module: Module, node: ast.Attribute, depth: int) -> Value | None:
    base = literal(module, node.value, depth)
    if isinstance(base, str) and node.attr == "parent":
        return parent(base)
    if isinstance(base, str) and node.attr == "name":
        return base.rpartition("/")[2]
    dotted = origin(module, node)
    made = module.source.definition(dotted) if dotted and base is None else None
    return _fold_definition(*made, depth + 1) if made and depth < MAX_DEPTH else None


def _fold_subscript(module: Module, node: ast.Subscript, depth: int) -> Value | None:
    index = literal(module, node.slice, depth)
    if isinstance(node.value, ast.Attribute) and node.value.attr == "parents" and isinstance(index, int):
        base = literal(module, node.value.value, depth)
        return ancestors(parent(base))[index] if isinstance(base, str) else None
    return None


def _fold_sum(module: Module, node: ast.BinOp, depth: int) -> Value | None:
    left: Value = literal(module, node.left, depth)
    right: Value = literal(module, node.right, depth)
    if isinstance(node.op, ast.Div) and isinstance(left, str) and isinstance(right, str):
        return join(left, right)
    if isinstance(node.op, ast.Add):
        return _bounded(left + right) if type(left) is type(right) and isinstance(left, _ADDABLE) else None
    if isinstance(node.op, ast.Mult) and _is_small_number(left) and _is_small_number(right):
        return left * right
    return None


_ADDABLE = (str, int, float, tuple)
#: Nothing that a project states is longer, and doubling a text twenty times makes a gigabyte.
_LONGEST = 10_000


def _bounded(value: Value) -> Value | None:
    return None if isinstance(value, (str, tuple)) and len(value) > _LONGEST else value


def _is_small_number(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 2**64


def _fold_text(module: Module, node: ast.JoinedStr, depth: int) -> Value | None:
    parts = [
        literal(module, part.value if isinstance(part, ast.FormattedValue) else part, depth)
        for part in node.values
    ]
    return None if None in parts else _bounded("".join(str(part) for part in parts))


def _fold_sequence(module: Module, node: ast.List | ast.Tuple | ast.Set, depth: int) -> Value | None:
    parts = [literal(module, part, depth) for part in node.elts]
    return None if None in parts else _bounded(tuple(parts))


def _fold_dict(module: Module, node: ast.Dict, depth: int) -> Value | None:
    pairs = [
        (literal(module, key, depth), literal(module, value, depth))
        for key, value in zip(node.keys, node.values, strict=True)
    ]
    return None if any(None in pair for pair in pairs) else dict(pairs)


def _fold_unary(module: Module, node: ast.UnaryOp, depth: int) -> Value | None:
    value = literal(module, node.operand, depth)
    if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
        return -value
    return not value if isinstance(node.op, ast.Not) and value is not None else None


#: Calls that give back the path they are given.
_SAME_PATH = frozenset(
    {
        "str", "os.fspath", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.path.abspath",
        "os.path.realpath", "os.path.normpath",
    }
)  # fmt: skip
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "__str__"})


def _fold_call(module: Module, node: ast.Call, depth: int) -> Value | None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in {*_SAME_METHODS, "joinpath"}:
        base = literal(module, node.func.value, depth)
        if isinstance(base, str):
            return _joined(
                module,
                [node.func.value, *node.args] if node.func.attr == "joinpath" else [node.func.value],
                depth,
            )
    name = origin(module, node.func)
    if name in {"os.getcwd", "pathlib.Path.cwd"}:
        return HOME
    if name == "os.path.dirname" and node.args:
        value = literal(module, node.args[0], depth)
        return parent(value) if isinstance(value, str) else None
    if name == "os.path.join" or name in _SAME_PATH:
        return _joined(module, node.args, depth)
    return None


def _joined(module: Module, nodes: Iterable[ast.expr], depth: int) -> str | None:
    parts = [literal(module, node, depth) for node in nodes]
    if not parts or not all(isinstance(part, (str, int)) for part in parts):
        return None
    path = str(parts[0])
    for part in parts[1:]:
        path = join(path, str(part))
    return path if len(path) <= _LONGEST else None


_FOLDS: Mapping[type[ast.AST], Value] = {
    ast.Name: _fold_name,
    ast.Attribute: _fold_attribute,
    ast.Subscript: _fold_subscript,
    ast.BinOp: _fold_sum,
    ast.JoinedStr: _fold_text,
    ast.List: _fold_sequence,
    ast.Tuple: _fold_sequence,
    ast.Set: _fold_sequence,
    ast.Dict: _fold_dict,
    ast.UnaryOp: _fold_unary,
    ast.Call: _fold_call,
}
