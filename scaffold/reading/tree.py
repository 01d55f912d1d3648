"""The project as the detectors see it: read once, bounded, never written.

What is left out of every tree: version control, dependency and build folders, what the project's own ignore
files name, links that lead out of it, and whatever lies beyond the limits (which is said as a warning).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scaffold.model import ProjectWarning
from scaffold.paths import normal, order
from scaffold.reading import formats
from scaffold.reading.store import Disk, Memory, Store
from scaffold.reading.walk import PRUNED, Limits, walk

__all__ = ["PRUNED", "Limits", "Tree"]

#: Sources that are no place in the project, so that no folder is put before them.
_NO_PLACE = ("default: ", "answer: ")

#: The prefix of a tree that is not there: no path can begin so.
_NOWHERE = "\0/"


class Tree:
    """The files of a project by POSIX path relative to its root; contents are read when asked for."""

    __slots__ = ("_globs", "_index", "_paths", "_prefix", "_project")

    def __init__(self, files: Mapping[str, str | bytes], limits: Limits | None = None) -> None:
        """Make a tree of texts: what tests use, and a real implementation."""
        self._open_whole(_Project(Memory(files), limits or Limits()))

    @classmethod
    def at(cls, root: str | os.PathLike[str], limits: Limits | None = None) -> Tree:
        """Read the project in the folder ROOT."""
        tree = cls.__new__(cls)
        tree._open_whole(_Project(Disk(root), limits or Limits()))
        return tree

    def _open_whole(self, project: _Project) -> None:
        self._open(project, "")
        project.whole = self

    def _open(self, project: _Project, prefix: str) -> None:
        self._project = project
        self._index = project.index
        self._prefix = prefix  # "" or "apps/web/"
        self._paths: tuple[str, ...] | None = None
        self._globs: dict[str, tuple[str, ...]] = {}

    # -- what is there

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted: shallow first, then by name."""
        if self._paths is None:
            self._paths = tuple(self._walk())
        return self._paths

    def _walk(self) -> list[str]:
        start, names = len(self._prefix), self._index.names
        found: list[str] = []
        for folder in self._index.folders_from(self._prefix):
            inside = folder[start:]
            found += [inside + name for name in names[folder] if name[-1] != "/"]
        return found

    def __contains__(self, path: object) -> bool:
        """Whether PATH is a file of the tree."""
        return isinstance(path, str) and self._key(path) is not None

    def _key(self, path: str) -> str | None:
        """Return PATH as the project knows it, or None where it is no file of this tree."""
        files = self._index.files
        if path and self._prefix + path in files:
            return self._prefix + path
        inside = normal(path)
        if not inside or inside == path:
            return None
        return self._prefix + inside if self._prefix + inside in files else None

    def first(self, *paths: str) -> str | None:
        """Return the first of PATHS that is a file."""
        return next((path for path in paths if path in self), None)

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return the files that PATTERN names: `*` stays inside a folder, `**` is any number of folders."""
        if pattern not in self._globs:
            self._globs[pattern] = tuple(self._matching(pattern))
        return self._globs[pattern]

    def _matching(self, pattern: str) -> list[str]:
        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        if pattern.startswith("/") or not parts or self._prefix not in self._index.names:
            return []
        *above, last = [*parts, "*"] if parts[-1] == "**" else parts
        folders: Iterable[str] = [self._prefix]
        for part in above:
            folders = self._index.step(folders, part)
        start = len(self._prefix)
        paths = (folder + name for folder in folders for name in self._index.files_named(folder, last))
        return [path[start:] for path in sorted(paths, key=order)]

    def names(self, folder: str = ".") -> tuple[str, ...]:
        """Return the entries of FOLDER, files and folders; those of folders end in "/"."""
        return self._index.names.get(self._folder(folder), ())

    def below(self, folder: str) -> Tree:
        """Return the tree of FOLDER, with paths relative to it; contents, limits and warnings are shared."""
        tree = type(self).__new__(type(self))
        tree._open(self._project, self._folder(folder))
        return tree

    @property
    def whole(self) -> Tree:
        """The tree of the whole project, of which this may be a folder."""
        return self._project.whole

    @property
    def recorded(self) -> tuple[str, ...]:
        """The folders in which scaffold keeps a record, "." for the tree's own."""
        start = len(self._prefix)
        folders = (f for f in self._index.recorded if f.startswith(self._prefix))
        return tuple(sorted(folder[start:].removesuffix("/") or "." for folder in folders))

    def _folder(self, folder: str) -> str:
        inside = normal(folder)
        if inside is None:
            return _NOWHERE
        return f"{self._prefix}{inside}/" if inside else self._prefix

    def is_ignored(self, path: str) -> bool:
        """Whether the tree's own ignore files (git) name PATH, where "/" ends a folder."""
        inside = normal(path)
        return bool(inside) and self._index.is_ignored(f"{self._prefix}{inside}", path.endswith("/"))

    # -- what it says; a file that is missing is empty, one that cannot be parsed is empty and a warning

    def text(self, path: str) -> str:
        """Return the text at PATH with Unix line ends, or "" where there is none."""
        key = self._key(path)
        return "" if key is None else self._project.text(key)

    def toml(self, path: str) -> dict[str, Any]:
        """Return the TOML at PATH; it is shared, and not to be changed."""
        parsed: dict[str, Any] = self._parsed(path, formats.read_toml)
        return parsed

    def json(self, path: str) -> Any:
        """Return the JSON at PATH (a comment is an error); it is shared, and not to be changed."""
        return self._parsed(path, formats.read_json)

    def yaml(self, path: str, part: Callable[[str], str] | None = None) -> Any:
        """Return the first YAML document at PATH, None for unknown tags; shared, and not to be changed.

        PART gives what of a long text is to be read; it keeps the line of each thing.
        """
        if part is None:
            return self._parsed(path, formats.read_yaml)
        return self._parsed(path, lambda text: formats.read_yaml(part(text)))

    def _parsed(self, path: str, read: Callable[[str], Any]) -> Any:
        key = self._key(path)
        return {} if key is None else self._project.parsed(key, read)

    def line_of(self, path: str, pattern: str) -> int | None:
        """Return the number of the first line at PATH in which the regular expression PATTERN is found."""
        search = re.compile(pattern).search
        lines = enumerate(self.text(path).split("\n"), start=1)
        return next((number for number, line in lines if search(line)), None)

    # -- what its owner should know

    def warn(self, warning: ProjectWarning) -> None:
        """Note WARNING, whose source is relative to this tree."""
        self._project.warn(warning.code, warning.message, _placed(warning.source, self._prefix))

    @property
    def warnings(self) -> tuple[ProjectWarning, ...]:
        """All warnings of this tree so far, each once, sorted by place."""
        own = [_seen_from(self._prefix, warning) for warning in self._project.warnings]
        return tuple(sorted((warning for warning in own if warning), key=_place))


class _Project:
    """What is shared by a tree and all trees below it: the index, and everything that was read."""

    whole: Tree

    def __init__(self, store: Store, limits: Limits) -> None:
        self.index = walk(store, limits)
        self.warnings: dict[ProjectWarning, None] = dict.fromkeys(self.index.warnings)
        self._store = store
        self._limits = limits
        self._left = limits.total_bytes
        self._texts: dict[str, str] = {}
        self._data: dict[tuple[str, Callable[[str], Any]], Any] = {}

    def text(self, path: str) -> str:
        target = self.index.files[path]
        if target not in self._texts:
            self._texts[target] = self._decoded(path, self._content(path, target))
        return self._texts[target]

    def _content(self, path: str, target: str) -> bytes:
        try:
            content = self._store.read(target, self._limits.file_bytes + 1)
        except OSError as error:
            self.warn("unreadable", f"cannot be read: {formats.explain(error)[0]}", path)
            return b""
        if len(content) > self._limits.file_bytes:
            self.warn("too-large", f"is larger than {self._limits.file_bytes} bytes and was not read", path)
            return b""
        if len(content) > self._left:
            self.warn(
                "too-large", "the project is too large; this and what comes after it was not read", path
            )
            self._left = 0
            return b""
        self._left -= len(content)
        return content

    def _decoded(self, path: str, content: bytes) -> str:
        try:
            return formats.decode(content)
        except (ValueError, LookupError):
            self.warn(
                "undecodable", "is not UTF-8 text, nor what it says it is, and was taken as empty", path
            )
            return ""

    def parsed(self, path: str, read: Callable[[str], Any]) -> Any:
        key = (self.index.files[path], read)
        if key not in self._data:
            self._data[key] = self._parse(path, read)
        return self._data[key]

    def _parse(self, path: str, read: Callable[[str], Any]) -> Any:
        text = self.text(path)
        if not text.strip():
            return {}
        try:
            return read(text)
        except Exception as error:  # a parser's own bugs too, and no stack or memory left: no file may end us
            reason, line = formats.explain(error)
            self.warn("unparsable", f"cannot be parsed: {reason}", f"{path}:{line}" if line else path)
            return {}

    def warn(self, code: str, message: str, source: str) -> None:
        self.warnings[ProjectWarning(code, message, source)] = None


def _placed(source: str, prefix: str) -> str:
    return source if source.startswith(_NO_PLACE) else prefix + source


def _seen_from(prefix: str, warning: ProjectWarning) -> ProjectWarning | None:
    if not prefix or warning.source.startswith(_NO_PLACE):
        return warning
    inside = warning.source.removeprefix(prefix)
    return ProjectWarning(warning.code, warning.message, inside) if inside != warning.source else None


def _place(warning: ProjectWarning) -> tuple[str, int, str, str]:
    path, _, line = warning.source.rpartition(":")
    if path and line.isdecimal():
        return path, int(line), warning.code, warning.message
    return warning.source, 0, warning.code, warning.message
