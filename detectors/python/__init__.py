"""Python: uv, poetry, pdm, pipenv and pip; web frameworks, workers, console scripts and plain scripts."""

from __future__ import annotations

from scaffold.model import Answers, Finding
from scaffold.reading.tree import Tree

#: How the names of files end that show a Python project; requirement files have many names.
_SIGNS = (".py", "pyproject.toml", "Pipfile", "setup.cfg", "environment.yml", "environment.yaml",
          "conda.yml", "conda.yaml")  # fmt: skip


def detect(tree: Tree, answers: Answers) -> Finding | None:
    """Return what TREE is as a Python project, or None where it is none."""
    paths = "\n".join((*tree.paths, ""))  # searched at once: each folder of a large repository is asked about
    if "requirements" not in paths and not any(f"{sign}\n" in paths for sign in _SIGNS):
        return None
    from .finding import find_python  # what other projects need not wait for

    return find_python(tree, answers)
