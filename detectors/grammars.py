"""What tree-sitter reads: the grammars of languages, and the nodes of a tree by their types."""

from __future__ import annotations

from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tree_sitter import Language, Node


def grammar(package: str, name: str = "language") -> Language:
    """Return the language that NAME makes in PACKAGE: grammar("tree_sitter_go")."""
    from tree_sitter import Language

    return Language(getattr(_binding(package), name)())


def find(node: Node, kinds: Mapping[str, str]) -> dict[str, list[Node]]:
    """Return NODE and what is in it by the names that KINDS has for their types, in the order of the text.

    To make a query takes the parser longer than most files take to be walked through.
    """
    found: dict[str, list[Node]] = {}
    stack = [node]
    while stack:
        one = stack.pop()
        if kind := kinds.get(one.type):
            found.setdefault(kind, []).append(one)
        stack.extend(reversed(one.named_children))
    return found


def _binding(package: str) -> ModuleType:
    """Return the compiled part of a grammar's package, which is all that is needed of it.

    The package itself first imports what reads its files: half as long as the interpreter takes to start.
    """
    from importlib.util import module_from_spec

    home = PathFinder.find_spec(package)
    found = PathFinder.find_spec(f"{package}._binding", home.submodule_search_locations) if home else None
    if found is None or found.loader is None:
        return import_module(package)
    binding = module_from_spec(found)
    found.loader.exec_module(binding)
    return binding
