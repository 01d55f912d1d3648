"""Python: uv, poetry, pdm, pipenv and pip; web frameworks, workers, console scripts and plain scripts."""

from __future__ import annotations

from scaffold.model import Answers, Finding
from scaffold.tree import Tree

#: How the names of files end that show a Python project; requirement files have many names.
_SIGNS = (".py", "pyproject.toml", "Pipfile", "setup.cfg", "environment.yml", "environment.yaml",
          "conda.yml", "conda.yaml")  # fmt: skip


def detect(tree: Tree, answers: Answers) -> Finding | None:
    """Return what TREE is as a Python project, or None where it is none."""
    if not any(path.endswith(_SIGNS) or "requirements" in path for path in tree.paths):
        return None
    from .finding import find_python  # what other projects need not wait for

    return find_python(tree, answers)
