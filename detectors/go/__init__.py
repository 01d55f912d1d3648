"""Go: modules and workspaces; web servers, gRPC services, workers and command-line programs."""

from __future__ import annotations

from scaffold.model import Answers, Finding
from scaffold.reading.tree import Tree

MANIFESTS = ("go.mod", "go.work")


def detect(tree: Tree, answers: Answers) -> Finding | None:
    """Return what TREE is as a Go project, or None where it is none."""
    if tree.first(*MANIFESTS) is None and not _is_near(tree):
        return None
    from .project import find_project  # what other projects need not wait for

    return find_project(tree, answers)


def _is_near(tree: Tree) -> bool:
    """Whether there is Go with no manifest: beside the root, or in modules below it that are told apart."""
    return bool(tree.glob("*.go")) or bool(tree.glob("**/go.mod"))
