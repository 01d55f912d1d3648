"""One Python file: how it is imported, and what its code says. Runs nothing of it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from scaffold.model import ProjectWarning, Value

from .layout import MAX_BYTES, dotted_name
from .syntax import assignments, is_main_guard, is_typing_guard, run_on_import

if TYPE_CHECKING:
    from .source import Source

#: How far a name is followed: through re-exports, aliases and expressions.
MAX_DEPTH = 24


class Module:
    """One Python file: where it is, how it is imported, and what its code says (parsed on first use)."""

    def __init__(self, source: Source, path: str, root: str) -> None:
        self.source = source
        self.path = path
        self.root = root
        self.name = dotted_name(path, root)
        self.constants: dict[str, Value | None] = {}

    def below(self, root: str) -> Module:
        """The same file as imported from another root."""
        return Module(self.source, self.path, root)

    def __repr__(self) -> str:
        return f"Module({self.path!r}, {self.name!r})"

    @property
    def importable(self) -> bool:
        """Whether a server can import it: `import_module` takes any name without a dot in its parts."""
        return self.path.removesuffix(".py").count(".") == 0 and self.name != "__main__"

    @property
    def package(self) -> str:
        """The package that its relative imports start from."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    @cached_property
    def text(self) -> str:
        """Its text, or nothing where it is too long to have been written by a person."""
        text = self.source.tree.text(self.path)
        return text if len(text) <= MAX_BYTES else ""

    def mentions(self, *words: str) -> bool:
        """Whether one of WORDS is in its text: cheap, so that most modules need not be parsed."""
        return any(word in self.text for word in words)

    @cached_property
    def body(self) -> ast.Module:
        """Its syntax tree; empty, with a warning, where it is not Python."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None) or 1
            what = getattr(error, "msg", None) or type(error).__name__
            message = f"cannot be read as Python: {what}"
            self.source.tree.warn(ProjectWarning("unparsable", message, f"{self.path}:{line}"))
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of it."""
        return tuple(ast.walk(self.body))

    @cached_property
    def _imported(self) -> tuple[tuple[str, str, str], ...]:
        """(local name, dotted origin, module imported), in the order of the text."""
        found = (node for node in self.nodes if isinstance(node, (ast.Import, ast.ImportFrom)))
        return tuple(
            entry for node in sorted(found, key=lambda node: node.lineno) for entry in self._entries(node)
        )

    def _entries(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
        if isinstance(node, ast.Import):
            for name in node.names:
                local = name.asname or name.name.split(".")[0]
                yield local, name.name if name.asname else local, name.name
            return
        base = self.absolute(node.module or "", node.level)
        for name in node.names:
            yield name.asname or name.name, f"{base}.{name.name}".strip("."), base

    def absolute(self, dotted: str, level: int) -> str:
        """The absolute name of a relative import."""
        if not level:
            return dotted
        parts = self.package.split(".")
        kept = parts[: len(parts) - level + 1]
        return ".".join([*kept, dotted]).strip(".")

    @cached_property
    def imports(self) -> frozenset[str]:
        """What it imports when it runs: `from a.b import c` is both `a.b` and `a.b.c`."""
        idle = {
            id(child)
            for node in self.nodes
            if is_typing_guard(node)
            for stmt in node.body
            for child in ast.walk(stmt)
        }
        return frozenset(
            name
            for node in self.nodes
            if isinstance(node, (ast.Import, ast.ImportFrom)) and id(node) not in idle
            for _, dotted, module in self._entries(node)
            for name in (dotted, module)
            if name
        )

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """What each imported name stands for: `np` for `numpy`, `FastAPI` for `fastapi.FastAPI`."""
        return {local: dotted for local, dotted, _ in reversed(self._imported) if local != "*"}

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules that it imports everything from."""
        return tuple(module for local, _, module in self._imported if local == "*")

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """What runs when it is imported, `if` and `try` opened, `if __name__ == "__main__"` left out."""
        return tuple(run_on_import(self.body.body))

    @cached_property
    def main_block(self) -> tuple[ast.stmt, ...]:
        """What runs only when it is the program."""
        return tuple(stmt for node in self.body.body if is_main_guard(node) for stmt in node.body)

    @cached_property
    def assigned(self) -> Mapping[str, tuple[ast.expr, ...]]:
        """The values of each name that an import of it leaves, in order."""
        found: dict[str, list[ast.expr]] = {}
        for stmt in self.statements:
            for name, value in assignments(stmt):
                found.setdefault(name, []).append(value)
        return {name: tuple(values) for name, values in found.items()}

    @cached_property
    def functions(self) -> Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions that an import of it leaves."""
        return {
            stmt.name: stmt
            for stmt in self.statements
            if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef))
        }

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """The classes that an import of it leaves."""
        return {stmt.name: stmt for stmt in self.statements if isinstance(stmt, ast.ClassDef)}


def origin(module: Module, node: ast.AST, depth: int = 0) -> str | None:
    """The dotted origin of a name, through imports and aliases: `os.environ.get`, `fastapi.FastAPI`.

    An object is its class and `()`: with `env = environ.Env()`, `env.str` is `environ.Env().str`.
    """
    if depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.Name):
        return _origin_of_name(module, node.id, depth)
    if isinstance(node, ast.Attribute):
        base = origin(module, node.value, depth + 1)
        return f"{base}.{node.attr}" if base else None
    if isinstance(node, ast.Call):
        base = origin(module, node.func, depth + 1)
        return f"{base}()" if base else None
    return None


def _origin_of_name(module: Module, name: str, depth: int) -> str:
    if name in module.aliases:
        dotted = module.aliases[name]
        made = module.source.definition(dotted)
        return _origin_of_definition(*made, depth) if made else dotted
    return _origin_of_definition(module, name, depth)


def _origin_of_definition(module: Module, name: str, depth: int) -> str:
    values = module.assigned.get(name, ())
    if len(values) == 1 and isinstance(values[0], (ast.Name, ast.Attribute, ast.Call)):
        return origin(module, values[0], depth + 1) or name
    return f"{module.name}.{name}" if name in module.functions or name in module.classes or values else name


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call whose callee has a name, with its origin."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and (name := origin(module, node.func)):
            yield name, node


def place(module: Module, node: ast.AST) -> str:
    """Where NODE stands: `src/shop/main.py:12`."""
    return f"{module.path}:{getattr(node, 'lineno', 1)}"


def argument(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """The argument that CALL gives by NAME, or at POSITION."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if (
        position is not None
        and position < len(call.args)
        and not isinstance(call.args[position], ast.Starred)
    ):
        return call.args[position]
    return None
