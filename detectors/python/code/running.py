"""Which Python code runs when a module is imported or a server starts, with no environment variable set."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scaffold.nouns import NamedTuple

from .folding import MAX_DEPTH, UNKNOWN, Folded
from .source import Module, is_main_guard, literal

if TYPE_CHECKING:
    from .reader import Reader

#: Functions that a server calls when it starts.
_STARTS = frozenset(
    {"create_app", "make_app", "build_app", "get_app", "create_application", "get_application", "lifespan"}
)


class Context(NamedTuple):
    """What stands around an expression."""

    parents: tuple[ast.AST, ...]
    runs: bool  # when the module is imported, or when the server starts

    @property
    def function(self) -> str | None:
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return next((node.name for node in reversed(self.parents) if isinstance(node, functions)), None)


def truth(reader: "Reader", module: Module, node: ast.AST, depth: int = 0) -> bool | None:
    """Whether a condition holds where no variable is set; None where only a run can tell."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = reader.truth(module, node.operand, depth + 1)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        return _both(
            [reader.truth(module, value, depth + 1) for value in node.values], isinstance(node.op, ast.And)
        )
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _truth_of_comparison(reader, module, node, depth + 1)
    if isinstance(node, ast.NamedExpr):
        return reader.truth(module, node.value, depth + 1)
    if isinstance(node, ast.Name) and len(module.assigned.get(node.id, ())) == 1:
        value = module.assigned[node.id][0]
        return reader.truth(module, value, depth + 1)
    if isinstance(node, ast.Constant):
        return bool(node.value)
    return _truth_of_text(reader, reader.fold(module, node, depth + 1))


def _truth_of_text(reader: "Reader", folded: Folded) -> bool | None:
    if not folded.names or UNKNOWN in (folded.text or ""):
        return None
    if folded.text is None:
        return False
    return folded.text.lower() not in {"", "0", "false", "no", "off", "none"}


def _truth_of_membership(reader: "Reader", module: Module, node: ast.Compare, depth: int) -> bool | None:
    right = node.comparators[0]
    is_outside = isinstance(node.ops[0], ast.NotIn)
    if reader.origin(module, right) == "os.environ":
        return is_outside
    left, values = reader.fold(module, node.left, depth), literal(module, right)
    if not isinstance(values, tuple) or not left.names or UNKNOWN in (left.text or ""):
        return None
    return (left.text in values) != is_outside


def _truth_of_comparison(reader: "Reader", module: Module, node: ast.Compare, depth: int) -> bool | None:
    operator, right = node.ops[0], node.comparators[0]
    if isinstance(operator, (ast.In, ast.NotIn)):
        return _truth_of_membership(reader, module, node, depth)
    left, other = reader.fold(module, node.left, depth), reader.fold(module, right, depth)
    if isinstance(operator, (ast.Is, ast.IsNot)) and isinstance(right, ast.Constant) and right.value is None:
        if left.text is None and left.names:
            return isinstance(operator, ast.Is)
        return None
    if not isinstance(operator, (ast.Eq, ast.NotEq)) or UNKNOWN in f"{left.text}{other.text}":
        return None
    if not left.names | other.names:
        return None  # nothing that a variable decides: a name may hold anything by then
    if any(one.text is None and not one.names for one in (left, other)):
        return None
    return (left.text == other.text) == isinstance(operator, ast.Eq)


def walk(reader: "Reader", module: Module, entry: str | None = None) -> Iterator[tuple[ast.AST, Context]]:
    """Every node of MODULE with what stands around it; ENTRY is the file that is run as a program."""
    yield from _walk(reader, module, module.body, Context((), True), _started(reader, module, entry), entry)


def _walk(
    reader: "Reader",
    module: Module,
    node: ast.AST,
    context: Context,
    started: frozenset[str],
    entry: str | None,
) -> Iterator[tuple[ast.AST, Context]]:
    stack = [(node, context)]
    while stack:
        node, context = stack.pop()
        yield node, context
        parents = (*context.parents, node)
        idle = _idle(reader, module, node, entry)
        children = []
        for child in ast.iter_child_nodes(node):
            runs = context.runs and id(child) not in idle
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                runs = context.runs and child.name in started
            elif isinstance(child, ast.Lambda):
                runs = False
            children.append((child, Context(parents, runs)))
        stack.extend(reversed(children))


def _idle(reader: "Reader", module: Module, node: ast.AST, entry: str | None) -> frozenset[int]:
    """The statements of an `if` that do not run where no variable is set."""
    if isinstance(node, ast.IfExp):
        decided = reader.truth(module, node.test)
        return frozenset() if decided is None else frozenset([id(node.orelse if decided else node.body)])
    if not isinstance(node, ast.If):
        return frozenset()
    if is_main_guard(node):
        return frozenset() if module.path == entry else frozenset(map(id, node.body))
    decided = reader.truth(module, node.test)
    if decided is None:
        return frozenset()
    return frozenset(map(id, node.orelse if decided else node.body))


def _started(reader: "Reader", module: Module, entry: str | None) -> frozenset[str]:
    """The functions that an import of MODULE (or the start of the server) calls."""
    called = {*_STARTS}
    bodies: list[ast.AST] = [
        stmt for stmt in module.statements if not isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    bodies += module.main_block if module.path == entry else ()
    seen: set[str] = set()
    while bodies:
        called |= {name for body in bodies for name in _called_names(body)}
        new = [name for name in called if name in module.functions and name not in seen]
        seen.update(new)
        bodies = [module.functions[name] for name in new]
    return frozenset(called)


def _called_names(body: ast.AST) -> Iterator[str]:
    for node in ast.walk(body):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr


def _both(values: list[bool | None], conjunction: bool) -> bool | None:
    deciding = not conjunction
    if deciding in values:
        return deciding
    return None if None in values else conjunction
