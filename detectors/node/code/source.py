"""The JavaScript and TypeScript of a tree: which files are the program's, where imports lead. Runs none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from posixpath import dirname
from typing import TYPE_CHECKING, Any

from scaffold.reading.tree import Tree

from .layout import SUFFIXES, Layout, is_aside, is_test
from .literals import read_config
from .module import Call, Module
from .names import Alias

if TYPE_CHECKING:
    from .folding import Folded
    from .origins import Spot
    from .schemas import Schema
    from .syntax import Node
    from .variables import Wrapper

__all__ = ["Call", "Module", "Source", "config"]

MAX_MODULES = 6_000

#: Packages that load whole folders: what is in them is imported where nobody can read it.
_LOADERS = frozenset(
    {"@fastify/autoload", "fastify-autoload", "require-all", "consign", "express-load", "require-dir",
    "awilix",
     "sequelize-import", "feathers-plugin", "@adonisjs/core", "sails", "@strapi/strapi", "moleculer"}
)  # fmt: skip
#: Folders of programs that a person runs by hand: what they need, the app does not.
_BY_HAND = frozenset({"scripts", "script", "tools", "hack", "devtools", "ci", ".github", "seed", "seeds"})


class Source:
    """All files of JavaScript and TypeScript in a tree, parsed when they are first asked for."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.layout = Layout(tree)
        files = [path for path in tree.paths if path.endswith(SUFFIXES) and not path.endswith(".d.ts")]
        self._files = tuple(files[:MAX_MODULES])
        self._known = frozenset(self._files)
        self._cache: dict[str, Module] = {}
        #: what was found out about nodes, by what was asked; filled by origins.py and folding.py
        self.followed: dict[object, Spot | None] = {}
        self.folded: dict[object, Folded] = {}
        self.origins: dict[object, str] = {}
        self._kept: dict[str, tuple[tuple[Module, Node], ...]] = {}
        self.wrappers: dict[object, Wrapper | None] = {}

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The program's own modules, shallow first: no tests, examples, build outputs or configurations.

        Folders with a package.json of their own are other programs, unless all of the code is in them.
        """
        paths = [
            path for path in self._files if not is_test(path) and not is_aside(path, self.layout.home(path))
        ]
        own = [path for path in paths if self.layout.home(path) == "."]
        return tuple(self._module(path) for path in own or paths)

    @cached_property
    def tests(self) -> tuple[str, ...]:
        """The paths of test files."""
        return tuple(path for path in self._files if is_test(path))

    def at(self, path: str) -> Module | None:
        """The module of a file, whatever it is: a test, a configuration, a file of JSON."""
        if path in self._known or (path in self.tree and _is_code(path)):
            return self._module(path)
        return None

    def find(self, path: str) -> Module | None:
        """The module that a path without suffix, or a folder, stands for: `src` is src/index.ts."""
        file = self.layout.file(path)
        return self.at(file) if file else None

    def resolve(self, module: Module, specifier: str) -> Module | None:
        """The module that an import of SPECIFIER reads in MODULE, where it is one of the project."""
        file = self.layout.find(module.path, specifier)
        return self.at(file) if file else None

    def program(self, entry: Module | None) -> tuple[Module, ...]:
        """The modules that run when ENTRY does: what it imports, and the folders that it loads whole.

        Without an entry, all modules but those that a person runs by hand.
        """
        if entry is None:
            return tuple(module for module in self.modules if not _BY_HAND & {*module.path.split("/")[:-1]})
        found = {module.path: module for module in self._reached(entry)}
        loaders = [module for module in found.values() if _loads_folders(module)]
        for loader in loaders:
            found.update((one.path, one) for one in self._beside(loader) if one.path not in found)
        return tuple(found.values())

    def _beside(self, loader: Module) -> Iterator[Module]:
        """The modules in the folder of LOADER and below, of the same package."""
        folder, home = dirname(loader.path), self.layout.home(loader.path)
        for path in self._files:
            if folder and not path.startswith(f"{folder}/"):
                continue
            by_hand = _BY_HAND & {*path.removeprefix(f"{folder}/").split("/")[:-1]}
            if not (by_hand or is_test(path) or is_aside(path, home)) and self.layout.home(path) == home:
                yield self._module(path)

    def _reached(self, entry: Module) -> Iterator[Module]:
        """ENTRY and what it imports, the nearest first."""
        waiting, seen = [entry], {entry.path}
        while waiting:
            module = waiting.pop(0)
            yield module
            for specifier in module.near_imports:
                other = self.resolve(module, specifier)
                if other and other.path not in seen and not other.path.endswith(".json"):
                    seen.add(other.path)
                    waiting.append(other)

    def exported(self, module: Module, name: str, depth: int = 0) -> tuple[Module, Node] | None:
        """Where what MODULE gives out as NAME is made, through modules that only give it on."""
        if depth > 12:
            return None
        found = module.exports.get(name)
        if isinstance(found, Alias):
            other = self.resolve(module, found.specifier)
            return self.exported(other, found.name, depth + 1) if other else None
        if found is not None:
            return module, found
        others = (self.resolve(module, star) for star in module.stars)
        given = (self.exported(other, name, depth + 1) for other in others if other)
        return next((one for one in given if one), None) or self._of_whole(module, name)

    def _of_whole(self, module: Module, name: str) -> tuple[Module, Node] | None:
        """What `module.exports = { name: … }` gives out."""
        from .origins import member

        whole = module.exports.get("default") if module.mentions("module.exports") else None
        return member(module, whole, name) if whole is not None and not isinstance(whole, Alias) else None

    def kept(self, key: str) -> tuple[tuple[Module, Node], ...]:
        """What is kept under a name: `app.set("port", 3000)`."""
        from .registries import find_kept

        if key not in self._kept:
            self._kept[key] = tuple(find_kept(self.modules, key))
        return self._kept[key]

    @cached_property
    def fastify_schemas(self) -> tuple[Schema, ...]:
        """The schemas of variables that @fastify/env is given."""
        from .schemas import find_fastify_schemas

        likely = (module for module in self.modules if module.mentions("@fastify/env", "fastify-env"))
        return tuple(schema for module in likely for schema in find_fastify_schemas(module))

    @cached_property
    def registered(self) -> Mapping[str, list[tuple[Module, Node]]]:
        """Nest's configuration by its namespace; "" has none."""
        from .registries import find_registered

        return _grouped(find_registered(self))

    def _module(self, path: str) -> Module:
        if path not in self._cache:
            self._cache[path] = Module(self, path)
        return self._cache[path]


def _loads_folders(module: Module) -> bool:
    """Whether a module imports what only a run can name."""
    return not _LOADERS.isdisjoint(module.near_imports) or module.loads_folders


def _is_code(path: str) -> bool:
    """Whether PATH may be a module: bin/www has no suffix."""
    return path.endswith((".json", *SUFFIXES)) or "." not in path.rpartition("/")[2]


def _grouped(found: Iterable[tuple[str, Module, Node]]) -> Mapping[str, list[tuple[Module, Node]]]:
    grouped: dict[str, list[tuple[Module, Node]]] = {}
    for name, module, node in found:
        grouped.setdefault(name, []).append((module, node))
    return grouped


def config(tree: Tree, path: str) -> dict[str, Any]:
    """Return the object in a file of JSON that may have comments: tsconfig.json, angular.json."""
    return read_config(tree, path)
