"""Python sources as a tree has them: which modules there are, how each is imported. Runs none of them.

A module is named as its own project imports it: `app/main.py` is `app.main` where the code says
`from app.x import`, and `main` below `app` where the code says `from x import`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from scaffold.reading.tree import Tree

from .layout import Layout, depth_of, folder_of, is_aside, is_test
from .literals import HOME, literal
from .module import MAX_DEPTH, Module, argument, calls, origin, place
from .syntax import is_main_guard

__all__ = ["HOME", "Module", "Source", "argument", "calls", "is_main_guard", "literal", "origin", "place"]

MAX_MODULES = 4_000


class Source:
    """All Python files of a tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        files = [path for path in tree.paths if path.endswith(".py") and "{" not in path]
        self._files = tuple(files[:MAX_MODULES])
        self._known = frozenset(self._files)
        self._cache: dict[str, Module] = {}

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.tree, self._files)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The program's own modules, shallow first: no tests, migrations, docs, examples or build scripts."""
        return tuple(self._module(path) for path in self._files if not is_test(path) and not is_aside(path))

    @cached_property
    def tests(self) -> tuple[str, ...]:
        """The paths of test files."""
        return tuple(path for path in self._files if is_test(path))

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders that modules are imported from, shallow first."""
        found = {module.root for module in self.modules}
        return tuple(sorted(found, key=lambda root: (depth_of(root), root)))

    @cached_property
    def _by_name(self) -> Mapping[str, Module]:
        every = (self._module(path) for path in reversed(self._files))
        return {module.name: module for module in every}

    def at(self, path: str) -> Module | None:
        """The module of a file, tests and all."""
        return self._module(path) if path in self._known else None

    def module(self, dotted: str, root: str | None = None) -> Module | None:
        """The module that DOTTED imports: by its own name, else as a file below ROOT or any root."""
        if root is None and dotted in self._by_name:
            return self._by_name[dotted]
        for folder in (root,) if root is not None else (".", *self.roots):
            if path := self._layout.find(folder, dotted):
                return self._module(path)
        return None

    def _module(self, path: str) -> Module:
        if path not in self._cache:
            folder = folder_of(path)
            root = self._layout.root(folder)
            # `__main__` is the server's own name: a module of that name is imported from above its folder
            named = path.endswith("/__main__.py") and root == folder
            self._cache[path] = Module(self, path, "." if named else root)
        return self._cache[path]

    def definition(self, dotted: str, depth: int = 0) -> tuple[Module, str] | None:
        """Where `pkg.module.name` is really made: the module and the name there, through re-exports."""
        home, _, name = dotted.rpartition(".")
        module = self.module(home) if home else None
        if module is None or depth > MAX_DEPTH:
            return None
        if name in module.assigned or name in module.functions or name in module.classes:
            return module, name
        if name in module.aliases:
            return self.definition(module.aliases[name], depth + 1)
        starred = (self.definition(f"{star}.{name}", depth + 1) for star in module.stars)
        return next((found for found in starred if found), None)

    def imported_by(self, module: Module, dotted: str) -> Module | None:
        """The module that `import DOTTED` reads in MODULE: below its root, the project's, or any other."""
        if dotted.split(".")[0] in self._layout.foreign:
            return None
        for folder in dict.fromkeys((module.root, ".", *self.roots)):
            if path := self._layout.find(folder, dotted):
                found = self._module(path)
                return found if found.root == folder else found.below(folder)
        return None
