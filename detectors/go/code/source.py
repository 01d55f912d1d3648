"""The Go of a tree: which packages there are, and which of them a program is made of. Runs none of it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from posixpath import dirname
from typing import TYPE_CHECKING

from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .constraints import takes
from .header import Embed, Header, Import, read_header

if TYPE_CHECKING:
    from .syntax import Node

__all__ = ["Embed", "File", "Import", "Package", "Source"]

MAX_FILES = 20_000
#: How many packages of a repository one program is read from.
MAX_REACHED = 1_500

#: Folders that `./...` does not name: https://pkg.go.dev/cmd/go#hdr-Package_lists_and_patterns
_LEFT_OUT = frozenset({"testdata", "vendor", "node_modules"})


class File:
    """A file of Go. Its head is read at once, its syntax when it is first asked for."""

    def __init__(self, tree: Tree, path: str) -> None:
        self._tree = tree
        self.path = path

    @cached_property
    def _header(self) -> Header:
        return read_header(self.text)

    @cached_property
    def text(self) -> str:
        """What stands in it."""
        return self._tree.text(self.path)

    @property
    def package(self) -> str:
        """The name in its package clause; "" where it has none."""
        return self._header.package

    @property
    def imports(self) -> tuple[Import, ...]:
        """What it imports, in order."""
        return self._header.imports

    @property
    def constraint(self) -> str | None:
        """The expression of its build constraint."""
        return self._header.constraint

    @property
    def embeds(self) -> tuple[Embed, ...]:
        """What it embeds."""
        return self._header.embeds

    @property
    def has_main(self) -> bool:
        """Whether it has the function that a program begins with."""
        return self._header.has_main

    @property
    def cgo(self) -> bool:
        """Whether it calls C."""
        return any(one.path == "C" for one in self.imports)

    @cached_property
    def root(self) -> "Node":
        """Its syntax."""
        from .syntax import parse

        return parse(self.text)

    def mentions(self, *words: str) -> bool:
        """Whether one of WORDS is in its text."""
        text = self.text
        return any(word in text for word in words)


class Package(NamedTuple):
    """A folder of Go as it is built: without tests, and files that are for other systems."""

    folder: str  # "." is the root
    name: str
    files: tuple[File, ...]

    @property
    def has_main(self) -> bool:
        """Whether it is a program."""
        return any(file.has_main for file in self.files)


class Source:
    """All Go of a tree, read when it is first asked for.

    CGO says whether files that call C, or are for builds that do, are taken; TAGS are those of the build.
    """

    def __init__(self, tree: Tree, *, cgo: bool = True, tags: Collection[str] = ()) -> None:
        self.tree = tree
        self.cgo = cgo
        self.tags = frozenset(tags)
        self._files: dict[str, File] = {}
        self._packages: dict[str, Package | None] = {}

    def built(self, *, cgo: bool | None = None, tags: Collection[str] | None = None) -> "Source":
        """The same as another build takes it; what was read is shared."""
        other = Source(
            self.tree, cgo=self.cgo if cgo is None else cgo, tags=self.tags if tags is None else tags
        )
        other._files = self._files
        return other

    @cached_property
    def folders(self) -> Mapping[str, tuple[str, ...]]:
        """The folders with Go in them, and the paths of all their files, tests too."""
        found: dict[str, list[str]] = {}
        paths = [path for path in self.tree.paths if path.endswith(".go")]
        for path in paths[:MAX_FILES]:
            folder = dirname(path) or "."
            if is_listed(folder) and not path.rpartition("/")[2].startswith(("_", ".")):
                found.setdefault(folder, []).append(path)
        return {folder: tuple(files) for folder, files in found.items()}

    def has_tests(self, folder: str) -> bool:
        """Whether there are tests in FOLDER itself."""
        return any(path.endswith("_test.go") for path in self.folders.get(folder, ()))

    def package(self, folder: str) -> Package | None:
        """The package in FOLDER as it is built; None where nothing is."""
        if folder not in self._packages:
            self._packages[folder] = self._package(folder)
        return self._packages[folder]

    def _package(self, folder: str) -> Package | None:
        paths = [path for path in self.folders.get(folder, ()) if not path.endswith("_test.go")]
        files = [file for path in paths if self._takes(file := self._file(path))]
        if not files:
            return None
        ((name, _),) = Counter(file.package for file in files).most_common(1)
        return Package(folder, name, tuple(file for file in files if file.package == name))

    def _takes(self, file: File) -> bool:
        if file.package in {"", "documentation"} or (file.cgo and not self.cgo):
            return False
        return takes(file.path, file.constraint, cgo=self.cgo, tags=self.tags)

    def _file(self, path: str) -> File:
        if path not in self._files:
            self._files[path] = File(self.tree, path)
        return self._files[path]

    def packages(self) -> Iterator[Package]:
        """Every package of the tree, shallow folders first."""
        for folder in self.folders:
            if package := self.package(folder):
                yield package

    def reachable(self, folder: str, modules: Mapping[str, str]) -> tuple[Package, ...]:
        """The package in FOLDER and those of the repository that it imports, the nearest first.

        MODULES are the folders of the repository's modules, by their paths: what go.mod and go.work say.
        """
        waiting, found = [folder], dict[str, Package]()
        while waiting and len(found) < MAX_REACHED:
            here = waiting.pop(0)
            package = self.package(here) if here not in found else None
            if package is None:
                continue
            found[here] = package
            paths = dict.fromkeys(one.path for file in package.files for one in file.imports)
            waiting += [there for path in paths if (there := folder_of(path, modules))]
        return tuple(found.values())


def is_listed(folder: str) -> bool:
    """Whether `./...` names FOLDER."""
    return not any(
        part in _LEFT_OUT or (part[:1] in {"_", "."} and part != ".") for part in folder.split("/")
    )


def folder_of(path: str, modules: Mapping[str, str]) -> str | None:
    """Return the folder of the package that is imported as PATH; None where it is not the repository's.

    Of modules one inside the other, the longest path has it.
    """
    owners = [module for module in modules if path == module or path.startswith(f"{module}/")]
    if not owners:
        return None
    owner = max(owners, key=len)
    inside, folder = path[len(owner) :].strip("/"), modules[owner].strip("/") or "."
    if folder == ".":
        return inside or "."
    return f"{folder}/{inside}" if inside else folder
