"""A Go program: its main package with what that imports of the repository, and what is declared in them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from scaffold.nouns import NamedTuple

from .code import Binding, Call, Code, plain, usual_names
from .source import Package, Source, folder_of
from .syntax import Node, above, field, items_of, text_of, unwrap
from .values import Folded

__all__ = ["Program", "Spot"]

_NAME = re.compile(r"[A-Za-z_]\w*")
#: Lines that are comments, and texts in quotes: what they name is not used there.
_SAID = re.compile(r"^[ \t]*//.*$|\"(?:[^\"\\\n]|\\.)*\"", re.MULTILINE)


class Spot(NamedTuple):
    """A node, and the file that it stands in."""

    code: Code
    node: Node


class Program:
    """What a main package runs: PACKAGES of SOURCE, the main one first; MODULES are folders by path."""

    def __init__(self, source: Source, packages: tuple[Package, ...], modules: Mapping[str, str]) -> None:
        self.source = source
        self.tree = source.tree
        self.packages = packages
        self.modules = modules
        self._homes = {folder: module for module, folder in reversed([*modules.items()])}
        self._by_folder = {package.folder: package for package in packages}
        #: what was found out about nodes; filled by origins.py and folding.py
        self.folded: dict[object, Folded] = {}
        self.types: dict[object, str] = {}
        self.kept: dict[str, Any] = {}  # by the module that keeps it
        self.given: Mapping[str, str] = {}  # variables and flags that are set, for as long as somebody tries
        self.effort = 0  # how many expressions were worked out
        self.structs: dict[str, Spot] = {}  # types without a name
        self._callers: dict[str, tuple[Call, ...]] = {}
        self._mentioning: dict[tuple[str, ...], tuple[Code, ...]] = {}

    @classmethod
    def of(cls, source: Source, folder: str, modules: Mapping[str, str]) -> "Program":
        """The program whose main package is in FOLDER."""
        return cls(source, source.reachable(folder, modules), modules)

    @contextmanager
    def setting(self, given: Mapping[str, str]) -> Iterator[None]:
        """Fold as if the variables and flags GIVEN were set: "PORT", "--port"."""
        before = self.folded, self.given, self.kept.pop("loaded", None)
        self.folded, self.given = {}, given
        try:
            yield
        finally:
            self.folded, self.given, loaded = before
            self.kept.pop("loaded", None)
            if loaded is not None:
                self.kept["loaded"] = loaded

    def told(self, *names: Iterable[str]) -> str | None:
        """What one of NAMES is set to, where somebody tries."""
        return next((self.given[one] for each in names for one in each if one in self.given), None)

    def path_of(self, folder: str) -> str:
        """How the package in FOLDER is imported."""
        owners = [
            one for one in self._homes if one in {".", ""} or folder == one or folder.startswith(f"{one}/")
        ]
        owner = max(owners, key=lambda one: len(one.strip("."))) if owners else None
        if owner is None:
            return folder
        inside = folder if owner in {".", ""} else folder[len(owner) :].strip("/")
        return plain(self._homes[owner] if inside in {"", "."} else f"{self._homes[owner]}/{inside}")

    def names_of(self, path: str) -> tuple[str, ...]:
        """What a package that is imported as PATH may be called."""
        folder = folder_of(path, self.modules)
        package = self._by_folder.get(folder) if folder else None
        return (package.name,) if package else usual_names(path)

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """Its files, those of the main package first."""
        return tuple(Code(self, package, file) for package in self.packages for file in package.files)

    @cached_property
    def _by_home(self) -> Mapping[str, tuple[Code, ...]]:
        found: dict[str, list[Code]] = {}
        for code in self.codes:
            found.setdefault(code.home, []).append(code)
        return {home: tuple(codes) for home, codes in found.items()}

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """The packages that it imports, without numbers of major versions, and the first place of each."""
        found: dict[str, str] = {}
        for code in self.codes:
            for one in code.file.imports:
                found.setdefault(plain(one.path), f"{code.path}:{one.line}")
        return found

    def is_own(self, home: str) -> bool:
        """Whether HOME is a package of the program."""
        return home in self._by_home

    def mentioning(self, *words: str) -> Iterator[Code]:
        """Yield the files with one of WORDS in their text."""
        if words not in self._mentioning:
            self._mentioning[words] = tuple(code for code in self.codes if code.mentions(*words))
        return iter(self._mentioning[words])

    # -- what is declared

    def function(self, home: str, name: str) -> Spot | None:
        """The function NAME of a package."""
        return self._functions(home).get(name)

    def method(self, type_name: str, name: str) -> Spot | None:
        """The method NAME of a type of the program; of an interface, that of the one type made for it."""
        home, _, own = type_name.rpartition(".")
        functions = self._functions(home)
        if found := functions.get(f"{own}.{name}"):
            return found
        made = self.type(type_name)
        if made is None or made.node.type != "interface_type":
            return None
        names = (field(one, "name") for one in made.node.named_children)
        asked = {text_of(one) for one in names if one is not None}
        types = {full.rpartition(".")[0] for full in functions if full.endswith(f".{name}")}
        fit = [one for one in types if all(f"{one}.{each}" in functions for each in asked)]
        return functions[f"{fit[0]}.{name}"] if len(fit) == 1 else None

    def _functions(self, home: str) -> Mapping[str, Spot]:
        key = f"functions {home}"
        if key not in self.kept:
            self.kept[key] = {
                _full_name(node): Spot(code, node)
                for code in self._by_home.get(home, ())
                for node in code.parts("function")
            }
        found: Mapping[str, Spot] = self.kept[key]
        return found

    def type(self, type_name: str) -> Spot | None:
        """What a type of the program is made of."""
        if type_name in self.structs:
            return self.structs[type_name]
        home, _, own = type_name.rpartition(".")
        key = f"types {home}"
        if key not in self.kept:
            self.kept[key] = {
                text_of(field(node, "name")): Spot(code, made)
                for code in self._by_home.get(home, ())
                for node in code.parts("type")
                if (made := field(node, "type")) is not None
            }
        found: Spot | None = self.kept[key].get(own)
        return found

    def variable(self, home: str, name: str) -> tuple[Code, Binding] | None:
        """The variable or the constant NAME of a package."""
        for code in self._by_home.get(home, ()):
            if name in code.top:
                return code, code.top[name]
        return None

    def siblings(self, code: Code) -> tuple[Code, ...]:
        """The files of the package of CODE."""
        return self._by_home.get(code.home, ())

    # -- where things are used

    def calls(self, *names: str) -> Iterator[Call]:
        """Yield the calls of functions or methods called so, whoever has them."""
        for code in self.having(*names):
            for name in names:
                yield from (call for call in code.named_calls.get(name, ()) if not code.is_dead(call.node))

    def callers(self, name: str) -> tuple[Call, ...]:
        """All calls of what is called NAME."""
        if name not in self._callers:
            self._callers[name] = tuple(self.calls(name))
        return self._callers[name]

    @cached_property
    def _words(self) -> Mapping[str, Counter[int]]:
        """How often each name stands in each file, by its place; comments and texts do not count."""
        found: dict[str, Counter[int]] = {}
        for index, code in enumerate(self.codes):
            for word in _NAME.findall(_SAID.sub("", code.file.text)):
                found.setdefault(word, Counter())[index] += 1
        return found

    def is_used(self, name: str, home: str) -> bool:
        """Whether the NAME that the package HOME declares stands anywhere else: in it, or as `home.Name`."""
        counts = self._words.get(name, Counter())
        own = sum(count for place, count in counts.items() if self.codes[place].home == home)
        return own > 1 or any(_names(self.codes[place], home, name) for place in counts)

    def having(self, *names: str) -> Iterator[Code]:
        """Yield the files with one of NAMES, whole, in their text."""
        places = {place for name in names for place in self._words.get(name, {})}
        return (self.codes[place] for place in sorted(places))

    def literals(self, word: str) -> tuple[Spot, ...]:
        """All literals of types that are called WORD: `Config{…}`, `config.Config{…}`."""
        key = f"literals {word}"
        if key not in self.kept:
            self.kept[key] = tuple(
                Spot(code, node)
                for code in self.having(word)
                for node in code.parts("literal")
                if _type_word(node) == word
            )
        found: tuple[Spot, ...] = self.kept[key]
        return found


def _names(code: Code, home: str, name: str) -> bool:
    """Whether a file names what the package HOME has under NAME."""
    called = [short for short, path in code.names.items() if path == home]
    is_dotted = any(one.name == "." and plain(one.path) == home for one in code.file.imports)
    return is_dotted or any(code.mentions(f"{short}.{name}") for short in called)


def _type_word(literal: Node) -> str:
    """The last word of the type of a literal; that of its elements, where they leave theirs out."""
    made = field(literal, "type")
    while made is not None and made.type in {"slice_type", "array_type", "map_type", "pointer_type"}:
        made = field(made, "element", "value") or next(iter(made.named_children), None)
    return text_of(made).rpartition(".")[2]


def _full_name(function: Node) -> str:
    """`Run`, or `Server.Run` of a method."""
    name = text_of(field(function, "name"))
    receiver = items_of(field(function, "receiver"))
    if not receiver:
        return name
    made = field(receiver[0], "type")
    owner = text_of(unwrap(made)).partition("[")[0] if made is not None else ""
    return f"{owner}.{name}"


def enclosing_function(node: Node) -> Node | None:
    """Return the function of the package that NODE stands in: not the one without a name around it."""
    return next(
        (one for one in above(node) if one.type in {"function_declaration", "method_declaration"}), None
    )
