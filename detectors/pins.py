"""Versions of tools as asdf (.tool-versions) and mise state them. Says what stands there, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

#: https://mise.jdx.dev/configuration.html
_MISE = ("mise.toml", ".mise.toml", "mise/config.toml", ".config/mise.toml", ".mise/config.toml")


def tool_versions(tree: Tree) -> Iterator[tuple[str, str, str]]:
    """Yield each tool with its version and the place: ("nodejs", "20.11.1", ".tool-versions:1")."""
    for text, place in lines(tree, ".tool-versions"):
        found = text.split()
        if len(found) > 1:
            yield found[0], found[1], place
    for path in _MISE:
        for name, said in _table(tree.toml(path).get("tools")).items():
            if text := _version(said):
                number = tree.line_of(path, rf"^\s*[\"']?{name}[\"']?\s*=") if name.isalnum() else None
                yield name, text, f"{path}:{number}" if number else path


def lines(tree: Tree, path: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of PATH that say something, each with its place."""
    for number, line in enumerate(tree.text(path).splitlines(), start=1):
        if text := line.partition("#")[0].strip():
            yield text, f"{path}:{number}"


def _version(said: Any) -> str:
    said = said[0] if isinstance(said, list) and said else said
    said = said.get("version") if isinstance(said, dict) else said
    return said.removeprefix("prefix:") if isinstance(said, str) else ""


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
