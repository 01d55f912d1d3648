"""package.json as it is written: what it says, and where. Resolves nothing.

Everything in it may have the wrong type: what has is passed over.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import join, normpath
from types import MappingProxyType
from typing import Any

from scaffold.model import Fact
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...commands import read_steps
from ...markup import is_complete

_NO_STRINGS: Mapping[str, str] = MappingProxyType({})
_NO_PLACES: Mapping[tuple[str, ...], int] = MappingProxyType({})

#: Keys that lie deeper are nobody's place ("exports" maps, lint rules).
_DEPTH = 4
#: Keys and scripts of a manifest that something comes of.
_PRODUCT = frozenset(
    {"main", "module", "bin", "exports", "browser", "files", "workspaces", "start", "build", "dev", "serve"}
)
#: Programs that show pages as they are, and those that make parts of them while somebody writes.
_SHOWING = frozenset(
    {"browser-sync", "grunt", "gulp", "http-server", "lite-server", "live-server", "serve"}
)  # fmt: skip
_MARK = r'"((?:[^"\\\n]|\\.)*)"|[{}\[\]:\n]'


class Manifest(NamedTuple):
    """A package.json."""

    path: str
    name: Fact | None
    scripts: Mapping[str, str] = _NO_STRINGS
    dependencies: Mapping[str, str] = _NO_STRINGS
    dev_dependencies: Mapping[str, str] = _NO_STRINGS
    optional_dependencies: Mapping[str, str] = _NO_STRINGS
    peer_dependencies: Mapping[str, str] = _NO_STRINGS
    engines: Mapping[str, str] = _NO_STRINGS
    main: str | None = None
    bin: Mapping[str, str] = _NO_STRINGS
    type: str = "commonjs"
    workspaces: tuple[str, ...] = ()  # patterns
    data: Mapping[str, Any] = MappingProxyType({})  # all of it, as it is written
    lines: Mapping[tuple[str, ...], int] = _NO_PLACES  # ("dependencies", "express"): 12

    @property
    def folder(self) -> str:
        """The folder that it describes: "." or "packages/api"."""
        return self.path.rpartition("/")[0] or "."

    def has(self, *names: str) -> Fact | None:
        """Return the range of the first of NAMES that production installs."""
        return self._among(names, ("dependencies", "optionalDependencies"))

    def has_any(self, *names: str) -> Fact | None:
        """Return the range of the first of NAMES that is asked for at all."""
        kinds = ("dependencies", "optionalDependencies", "devDependencies", "peerDependencies")
        return self._among(names, kinds)

    def _among(self, names: Iterable[str], kinds: Iterable[str]) -> Fact | None:
        for name in names:
            for kind in kinds:
                if name in self.asked(kind):
                    return Fact(self.asked(kind)[name], self.place(kind, name))
        return None

    @property
    def is_for_tools(self) -> bool:
        """Whether it is there for tools of those who write, and nothing is run, built or published by it."""
        return not (self.dependencies or _PRODUCT & self.data.keys() or _PRODUCT & self.scripts.keys())

    def first(self, is_wanted: Callable[[str, str], bool]) -> Fact | None:
        """Return the first package that is asked for, by name and range, with its place."""
        for kind in ("dependencies", "optionalDependencies", "devDependencies"):
            for name, text in self.asked(kind).items():
                if is_wanted(name, text):
                    return Fact(name, self.place(kind, name))
        return None

    def asked(self, kind: str) -> Mapping[str, str]:
        """Return the dependencies of a KIND, by the key of package.json: "devDependencies"."""
        return {
            "dependencies": self.dependencies,
            "devDependencies": self.dev_dependencies,
            "optionalDependencies": self.optional_dependencies,
            "peerDependencies": self.peer_dependencies,
        }[kind]

    def script(self, *names: str) -> Fact | None:
        """Return the text of the first of the scripts NAMES that is there."""
        for name in names:
            if self.scripts.get(name, "").strip():
                return Fact(self.scripts[name], self.place("scripts", name))
        return None

    def place(self, *keys: str) -> str:
        """Return where a key stands: place("engines", "node") is "package.json:9"."""
        line = self.lines.get(keys)
        return f"{self.path}:{line}" if line else self.path


def is_around_pages(tree: Tree, manifest: Manifest) -> bool:
    """Whether MANIFEST lies beside a page that is whole, and what it starts shows pages and builds none."""
    made = (_PRODUCT & manifest.data.keys()) - {"main"}
    built = any(name.startswith("build") for name in manifest.scripts) or manifest.main in tree.paths
    started = [manifest.scripts[name] for name in ("start", "dev", "serve") if name in manifest.scripts]
    argvs = [step.argv for text in started for step in read_steps(text, {})]
    words = [argv[1:] if argv[0] == "npx" else argv for argv in argvs]
    shows = words and all(argv and argv[0].rpartition("/")[2] in _SHOWING for argv in words)
    return bool(shows and not made and not built) and is_complete(
        tree, normpath(join(manifest.folder, "index.html"))
    )


def read_manifest(tree: Tree, path: str = "package.json") -> Manifest | None:
    """Return the package.json at PATH, or None where there is none that is a JSON object."""
    data = tree.json(path) if path in tree else None
    if not isinstance(data, dict) or not data:
        return None
    lines = _lines(tree.text(path))
    return Manifest(
        path=path,
        name=_name(data, path, lines),
        scripts=strings(data.get("scripts")),
        dependencies=strings(data.get("dependencies")),
        dev_dependencies=strings(data.get("devDependencies")),
        optional_dependencies=strings(data.get("optionalDependencies")),
        peer_dependencies=strings(data.get("peerDependencies")),
        engines=strings(data.get("engines")),
        main=_text(data.get("main")),
        bin=_bin(data),
        type="module" if data.get("type") == "module" else "commonjs",
        workspaces=_workspaces(data.get("workspaces")),
        data=data,
        lines=lines,
    )


def _name(data: Mapping[str, Any], path: str, lines: Mapping[tuple[str, ...], int]) -> Fact | None:
    name = _text(data.get("name"))
    line = lines.get(("name",))
    return Fact(name, f"{path}:{line}" if line else path) if name else None


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _bin(data: Mapping[str, Any]) -> Mapping[str, str]:
    said = data.get("bin")
    if isinstance(said, str) and said:
        return {str(_text(data.get("name")) or "app").rpartition("/")[2]: said}
    return strings(said)


def _workspaces(said: Any) -> tuple[str, ...]:
    return tuple(words(said.get("packages") if isinstance(said, dict) else said))


def table(value: Any, *keys: str) -> dict[str, Any]:
    """Return the table in VALUE below KEYS, or an empty one."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def strings(value: Any) -> dict[str, str]:
    """Return the entries of a table whose keys and values are text."""
    return {key: text for key, text in table(value).items() if isinstance(key, str) and isinstance(text, str)}


def words(value: Any) -> list[str]:
    """Return the texts of a list."""
    return [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []


# -- where what stands


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of each key of the JSON in TEXT, by the keys that lead to it; the last one counts."""
    found: dict[tuple[str, ...], int] = {}
    path: list[str] = []  # a key for each open brace, "" in a list or before the first key
    waiting = ""  # the last string: a key if a colon follows
    at = 0
    for sign, string, line in _tokens(text):
        if string is not None:
            waiting, at = string, line
        elif sign == ":" and path:
            path[-1] = waiting
            if len(path) <= _DEPTH:
                found[tuple(path)] = at
        elif sign in "{[":
            path.append("")
        elif sign in "}]" and path:
            path.pop()
    return found


def _tokens(text: str) -> Iterator[tuple[str, str | None, int]]:
    line = 1
    for match in re.finditer(_MARK, text):
        if match[0] == "\n":
            line += 1
        else:
            yield match[0], match[1], line
