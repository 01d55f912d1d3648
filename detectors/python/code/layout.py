"""Folders of Python files: which are tests, which are aside, from where each is imported. Parses no code."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property

from scaffold.model import Value
from scaffold.reading.tree import Tree

#: Generated tables and vendored bundles: nobody starts a program there.
MAX_BYTES = 400_000

TEST_FOLDERS = frozenset({"tests", "test", "testing", "e2e", "__tests__"})
TEST_FILE = r"(?:test_.*|.*_tests?|tests?|conftest)\.py$"
#: Folders whose programs are not the project's own.
ASIDE_FOLDERS = frozenset(
    {
        "docs", "doc", "examples", "example", "samples", "migrations", "versions", "alembic", "benchmarks",
        "site-packages",
    }
)  # fmt: skip
ASIDE_FILES = frozenset(
    {"setup.py", "noxfile.py", "tasks_invoke.py", "docs.py", "fabfile.py", "dodo.py", "versioneer.py"}
)

#: A folder with one of these is the working directory of what is in it.
ROOT_MARKERS = (
    "manage.py", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "uv.lock",
    "poetry.lock", "Procfile", "alembic.ini", "gunicorn.conf.py",
)  # fmt: skip
#: Folders that hold packages and are none themselves, by the packaging guide's "src layout".
SOURCE_FOLDERS = frozenset({"src", "lib", "python"})

_IMPORT = r"(?m)^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import\b[ \t]*\(?([\w ,]*)|import[ \t]+([\w., \t]+))"
_REQUIREMENT = r"(?m)^[ \t]*[\"']?([A-Za-z][\w.-]*)"


class Layout:
    """From which folder each folder's modules are imported, read from what imports what."""

    def __init__(self, tree: Tree, files: tuple[str, ...]) -> None:
        self._tree = tree
        self._files = frozenset(files)
        self._folders = frozenset(ancestor for path in files for ancestor in ancestors(folder_of(path)))
        self._roots: dict[str, str] = {}

    def root(self, folder: str) -> str:
        """The folder that FOLDER's modules are imported from."""
        if folder not in self._roots:
            self._roots[folder] = self._decide(folder)
        return self._roots[folder]

    def find(self, root: str, dotted: str) -> str | None:
        """The file that `import DOTTED` reads where ROOT is on the path."""
        path = join(root, dotted.replace(".", "/"))
        return next((file for file in (f"{path}/__init__.py", f"{path}.py") if file in self._files), None)

    def _decide(self, folder: str) -> str:
        for place in ancestors(folder):
            votes = self._votes.get(place, frozenset())
            above = [root for root in votes if root in ancestors(folder)]
            if above and (place == folder or place != "."):
                return min(above, key=depth_of)
        return self._usual(folder)

    def _usual(self, folder: str) -> str:
        """The root where no import tells: the folder above the topmost package."""
        base = folder
        while base != "." and join(base, "__init__.py") in self._files:
            base = parent(base)
        if base != folder or base == ".":
            return base
        name = base.rpartition("/")[2]
        own = name in SOURCE_FOLDERS or not name.isidentifier()
        if own or any(join(base, marker) in self._tree for marker in ROOT_MARKERS):
            return parent(base) if base in self._relative and name.isidentifier() else base
        return self._usual(parent(base))

    @cached_property
    def _relative(self) -> frozenset[str]:
        """Folders whose modules say `from .x import`, that is whose modules are in a package."""
        return frozenset(folder for folder, dots, _ in self._statements if dots)

    @cached_property
    def _statements(self) -> tuple[tuple[str, str, str], ...]:
        """(folder, dots, dotted name) of every import statement, by its text."""
        return tuple(
            (folder_of(path), dots, name)
            for path in sorted(self._files)
            for dots, name in imported_names(self._tree.text(path)[:MAX_BYTES])
        )

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Names whose import is not the project's: of the standard library and of what is installed."""
        return frozenset(sys.stdlib_module_names) | _declared(self._tree)

    @cached_property
    def _votes(self) -> Mapping[str, frozenset[str]]:
        votes: dict[str, set[str]] = {}
        for folder, name in {(folder, name) for folder, dots, name in self._statements if not dots and name}:
            if name.split(".")[0] in self.foreign:
                continue
            for place, root in self._votes_of(folder, name):
                votes.setdefault(place, set()).add(root)
        return {place: frozenset(roots) for place, roots in votes.items()}

    def _votes_of(self, folder: str, name: str) -> Iterator[tuple[str, str]]:
        roots = [root for root in ancestors(folder) if self._holds(root, name)]
        if not roots:
            roots = [root for root in self._usual_roots if self._holds(root, name)]
        if len(roots) != 1:
            return
        (root,) = roots
        target = self.find(root, name)
        yield (folder_of(target) if target else join(root, name.replace(".", "/"))), root
        if root in ancestors(folder):
            yield folder, root

    @cached_property
    def _usual_roots(self) -> tuple[str, ...]:
        return tuple(
            sorted({self._usual(folder) for folder in self._folders}, key=lambda root: (depth_of(root), root))
        )

    def _holds(self, root: str, name: str) -> bool:
        return self.find(root, name) is not None or join(root, name.replace(".", "/")) in self._folders


def is_test_folder(name: str) -> bool:
    """Whether a folder of that name holds tests: `tests`, `tests_e2e`."""
    return name in TEST_FOLDERS or name.startswith("tests_")


def is_test(path: str) -> bool:
    """Whether a file is there to test the program."""
    *folders, name = path.split("/")
    return any(map(is_test_folder, folders)) or re.match(TEST_FILE, name) is not None


def is_aside(path: str) -> bool:
    *folders, name = path.split("/")
    return not ASIDE_FOLDERS.isdisjoint(folders) or name in ASIDE_FILES


def dotted_name(path: str, root: str) -> str:
    inner = path if root == "." else path.removeprefix(f"{root}/")
    parts = inner.removesuffix(".py").split("/")
    if len(parts) > 1 and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0] or "."


def parent(path: str) -> str:
    above = path.rpartition("/")[0]
    return above or ("/" if path.startswith("/") else ".")


def ancestors(folder: str) -> tuple[str, ...]:
    found = [folder]
    while found[-1] not in (".", "/"):
        found.append(parent(found[-1]))
    return tuple(found)


def join(folder: str, name: str) -> str:
    if name.startswith("/"):
        return name
    if name in ("", "."):
        return folder
    if name == ".." or name.startswith("../"):
        return join(parent(folder), name[3:])
    return name if folder in (".", "") else f"{folder.rstrip('/')}/{name}"


def depth_of(folder: str) -> int:
    return 0 if folder == "." else folder.count("/") + 1


def imported_names(text: str) -> Iterator[tuple[str, str]]:
    """(dots, dotted name) of each import statement in TEXT, by its looks: parsing all takes too long."""
    for dots, base, names, plain in re.findall(_IMPORT, text):
        if plain:
            yield from (("", part.split()[0].strip(".")) for part in plain.split(",") if part.split())
            continue
        yield dots, base
        if base and not dots:
            yield from ((dots, f"{base}.{part.split()[0]}") for part in names.split(",") if part.split())


def _declared(tree: Tree) -> frozenset[str]:
    """Names of distributions that the manifests list: their imports are not the project's own modules."""
    files = (
        *tree.glob("*requirements*.txt"),
        *tree.glob("requirements/*.txt"),
        *tree.glob("requirements/*.in"),
    )
    names = {name for path in files for name in re.findall(_REQUIREMENT, tree.text(path))}
    if "pyproject.toml" in tree:
        names |= set(_declared_in_pyproject(tree.toml("pyproject.toml")))
    if "Pipfile" in tree:
        names |= set(_table(tree.toml("Pipfile").get("packages")))
    return frozenset(name.lower().replace("-", "_") for name in names)


def _declared_in_pyproject(manifest: Mapping[str, Value]) -> Iterator[str]:
    listed = _table(manifest.get("project")).get("dependencies")
    for entry in listed if isinstance(listed, list) else ():
        yield from re.findall(_REQUIREMENT, str(entry))[:1]
    yield from _table(_table(_table(manifest.get("tool")).get("poetry")).get("dependencies"))


def _table(value: object) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}
