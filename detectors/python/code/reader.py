"""One project's code as settings are read from it: what is found out once, and the questions asked of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property

from ...environment import Read
from .fields import find_fields
from .folding import Folded, find_configured, find_locals, fold, setting
from .reads import Rule, find_wrappers, read_at
from .running import truth
from .source import Module, Source, origin


class Reader:
    """Reads expressions of one project's modules: which variables they name, what they come to."""

    def __init__(self, source: Source, modules: tuple[Module, ...] | None = None) -> None:
        self.source = source
        self.folded_names: dict[tuple[str, str], Folded] = {}
        self._locals: dict[str, Mapping[str, tuple[ast.expr, ...]]] = {}
        self.modules = source.modules if modules is None else modules

    def origin(self, module: Module, node: ast.AST) -> str:
        """The dotted origin of a name, through `from .base import *` as well."""
        name = origin(module, node) or ""
        head, dot, rest = name.partition(".")
        bare = head.removesuffix("()")
        if module.stars and bare and bare not in module.aliases and bare not in module.assigned:
            for star in module.stars:
                if made := self.source.definition(f"{star}.{bare}"):
                    values = made[0].assigned.get(made[1], ())
                    if len(values) == 1:
                        call = "()" if head.endswith("()") else ""
                        return f"{origin(made[0], values[0]) or ''}{call}{dot}{rest}"
        return name

    def read_at(self, module: Module, node: ast.AST, depth: int = 0) -> Read | None:
        """The variable that NODE itself reads."""
        return read_at(self, module, node, depth)

    def fold(self, module: Module, node: ast.AST | None, depth: int = 0) -> Folded:
        """What NODE comes to where no variable is set."""
        return fold(self, module, node, depth)

    def setting(self, name: str, depth: int = 0) -> Folded:
        """What the project's configuration has under NAME."""
        return setting(self, name, depth)

    def truth(self, module: Module, node: ast.AST, depth: int = 0) -> bool | None:
        """Whether a condition holds where no variable is set; None where only a run can tell."""
        return truth(self, module, node, depth)

    @cached_property
    def has_sections(self) -> bool:
        """Whether `config.get(a, b)` may name a section and an option: then B is no default.

        https://docs.python.org/3/library/configparser.html#configparser.ConfigParser.get
        """
        return any(module.mentions("configparser") for module in self.modules)

    @cached_property
    def wrappers(self) -> Mapping[str, Rule]:
        """The project's own functions that read a variable, by dotted name."""
        return find_wrappers(self)

    @cached_property
    def fields(self) -> Mapping[str, tuple[tuple[Read, str], ...]]:
        """The fields of settings classes, by class."""
        return find_fields(self)

    @cached_property
    def variables(self) -> Mapping[str, Read]:
        """The fields of settings classes, by their own names."""
        return {name: read for fields in self.fields.values() for read, name in fields}

    @cached_property
    def named(self) -> Mapping[str, tuple[tuple[Module, ast.expr], ...]]:
        """Values of configuration, by name."""
        return find_configured(self.modules)

    def locals(self, module: Module) -> Mapping[str, tuple[ast.expr, ...]]:
        """The values of names inside functions, and the defaults of parameters: near enough."""
        if module.path not in self._locals:
            self._locals[module.path] = find_locals(module)
        return self._locals[module.path]
