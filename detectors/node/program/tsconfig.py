"""tsconfig.json: what it says over what it extends, and which files it compiles. Compiles none."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from posixpath import dirname, join, normpath
from typing import Any

from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ..code.source import Source, config
from ..packages.manifest import table, words

_MAX_EXTENDS = 6
#: What TypeScript's own files are called.
TYPED = (".ts", ".tsx", ".mts", ".cts")


class TsConfig(NamedTuple):
    """A tsconfig.json, with what it extends."""

    path: str
    options: Mapping[str, Any]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    listed: tuple[str, ...]  # "files"
    references: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder that its paths are relative to."""
        return dirname(self.path)

    def text(self, key: str) -> str | None:
        """Return a compiler option that is a path, relative to the tree."""
        value = self.options.get(key)
        return value if isinstance(value, str) and value else None


def read_tsconfig(tree: Tree, path: str, depth: int = 0) -> TsConfig | None:
    """Return the configuration at PATH, over those that it extends: https://www.typescriptlang.org/tsconfig/."""
    if path not in tree or depth > _MAX_EXTENDS:
        return None
    data = config(tree, path)
    folder = dirname(path)
    options: dict[str, Any] = {}
    said: dict[str, tuple[str, ...]] = {"include": (), "exclude": (), "files": ()}
    extended = data.get("extends")
    for other in [extended] if isinstance(extended, str) else words(extended):
        base = read_tsconfig(tree, _extended(folder, other), depth + 1) if other.startswith(".") else None
        if base:
            options |= base.options
            said = {"include": base.include, "exclude": base.exclude, "files": base.listed}
    options |= _placed(folder, table(data.get("compilerOptions")))
    for key in said:
        if isinstance(data.get(key), list):
            said[key] = tuple(_join(folder, word) for word in words(data[key]))
    references = data.get("references")
    return TsConfig(
        path,
        options,
        said["include"],
        said["exclude"],
        said["files"],
        tuple(_reference(tree, folder, one) for one in references) if isinstance(references, list) else (),
    )


def _extended(folder: str, other: str) -> str:
    path = _join(folder, other)
    return path if path.endswith(".json") else f"{path}.json"


def _placed(folder: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with their paths made relative to the tree."""
    paths = {"outDir", "rootDir", "baseUrl", "outFile"}
    return {
        key: _join(folder, value.replace("${configDir}", ".")) if key in paths and isinstance(value, str)
        else value
        for key, value in options.items()
    }  # fmt: skip


def _reference(tree: Tree, folder: str, one: Any) -> str:
    said = table(one).get("path")
    path = _join(folder, said) if isinstance(said, str) else ""
    return path if path.endswith(".json") else _join(path, "tsconfig.json")


def compiled_files(source: Source, tsconfig: TsConfig) -> tuple[str, ...]:
    """Return what a tsconfig.json compiles."""
    suffixes = (*TYPED, ".js", ".jsx", ".mjs") if tsconfig.options.get("allowJs") is True else TYPED
    patterns = tsconfig.include or (() if tsconfig.listed else (_join(tsconfig.folder, "**/*"),))
    out = tsconfig.text("outDir")
    excluded = (*tsconfig.exclude, *((out,) if out and out != "." else ()))
    tree = source.tree
    found = dict.fromkeys(path for path in tsconfig.listed if path in tree)
    for pattern in patterns:
        found.update(
            (path, None)
            for path in _included(tree, pattern)
            if path.endswith(suffixes) and not _excluded(path, excluded)
        )
    return tuple(path for path in found if not path.endswith((".d.ts", ".d.mts", ".d.cts")))


def _included(tree: Tree, pattern: str) -> tuple[str, ...]:
    if pattern in tree:
        return (pattern,)
    last = pattern.rpartition("/")[2]
    if "*" not in last and "." not in last:
        pattern = _join(pattern, "**/*")
    elif last == "**":
        pattern = f"{pattern}/*"
    return tree.glob(pattern)


def _excluded(path: str, patterns: Iterable[str]) -> bool:
    for pattern in patterns:
        plain = pattern.removeprefix("**/")
        if path == pattern or path.startswith(f"{pattern.removesuffix('/**/*').removesuffix('/**')}/"):
            return True
        if fnmatchcase(path, pattern) or (plain != pattern and fnmatchcase(path, plain)):
            return True
    return False


def _join(*parts: str) -> str:
    return normpath(join(*parts))
