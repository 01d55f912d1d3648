"""Node.js: npm, yarn, pnpm and bun; web frameworks, workers, command-line programs and built sites."""

from __future__ import annotations

from scaffold.model import Answers, Finding
from scaffold.reading.tree import Tree

MANIFEST = "package.json"


def detect(tree: Tree, answers: Answers) -> Finding | None:
    """Return what TREE is as a Node.js project, or None where it is none."""
    if MANIFEST not in tree:
        return None
    from .project import find_project  # what other projects need not wait for

    return find_project(tree, answers)
