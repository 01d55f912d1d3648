"""Statements of Python code: what an import of it runs, and which names that leaves."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard


def is_main_guard(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether NODE is `if __name__ == "__main__":`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return names and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def is_typing_guard(node: ast.AST) -> TypeGuard[ast.If]:
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def run_on_import(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for stmt in body:
        if is_main_guard(stmt):
            yield from run_on_import(stmt.orelse)
        elif not is_typing_guard(stmt):
            yield stmt
            if not isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from run_on_import(_inner(stmt))


def _inner(stmt: ast.stmt) -> Iterator[ast.stmt]:
    for field in ("body", "handlers", "orelse", "finalbody"):
        for child in getattr(stmt, field, ()):
            if isinstance(child, ast.ExceptHandler):
                yield from child.body
            elif isinstance(child, ast.stmt):
                yield child


def assignments(stmt: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(stmt, ast.Assign):
        for target in stmt.targets:
            yield from _targets(target, stmt.value)
    elif isinstance(stmt, ast.AnnAssign) and stmt.value is not None:
        yield from _targets(stmt.target, stmt.value)
    elif isinstance(stmt, ast.AugAssign):
        # a value that grows is no constant: two values, so that no reader takes it for one
        yield from _targets(stmt.target, stmt.value)
        yield from _targets(stmt.target, stmt.value)
    elif isinstance(stmt, (ast.With, ast.AsyncWith)):
        for item in stmt.items:
            if item.optional_vars is not None:
                yield from _targets(item.optional_vars, item.context_expr)


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        for index, one in enumerate(target.elts):
            part = (
                value.elts[index]
                if same and isinstance(value, (ast.Tuple, ast.List))
                else _item(value, index)
            )
            yield from _targets(one, part)


def _item(value: ast.expr, index: int) -> ast.expr:
    item = ast.Subscript(value=value, slice=ast.Constant(index), ctx=ast.Load())
    return ast.fix_missing_locations(ast.copy_location(item, value))
