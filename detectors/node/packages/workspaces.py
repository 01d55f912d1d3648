"""The members of a workspace: which folders belong to it, and what their package.json says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .manifest import Manifest, read_manifest, table, words

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

#: https://pnpm.io/pnpm-workspace_yaml
PNPM_WORKSPACE = "pnpm-workspace.yaml"


def find_members(tree: Tree, manifest: Manifest) -> tuple[Manifest, ...]:
    """Return the members of the workspace whose root is MANIFEST, by folder."""
    patterns = _patterns(tree, manifest)
    taken = {path for pattern in patterns if not pattern.startswith("!") for path in _glob(tree, pattern)}
    left = {path for pattern in patterns if pattern.startswith("!") for path in _glob(tree, pattern[1:])}
    found = (read_manifest(tree, path) for path in sorted(taken - left - {"package.json"}))
    return tuple(member for member in found if member)


def _patterns(tree: Tree, manifest: Manifest) -> tuple[str, ...]:
    if PNPM_WORKSPACE in tree:
        stated = words(table(tree.yaml(PNPM_WORKSPACE)).get("packages"))
        return tuple(stated) or manifest.workspaces
    return manifest.workspaces


def _glob(tree: Tree, pattern: str) -> Iterable[str]:
    folder = pattern.strip().removeprefix("./").strip("/")
    return tree.glob(f"{folder}/package.json") if folder not in ("", ".") else ()
