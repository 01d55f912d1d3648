"""Which package manager a project is installed with: what speaks for each. Decides nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from scaffold.model import Answers, Fact
from scaffold.reading.tree import Tree

from .dependencies import table
from .manifests import PIPFILE, PYPROJECT, SETUP_CFG, SETUP_PY, place, read_setup
from .package import backend
from .requirements import production_files

#: Each tool's lock file, and the manifest that it makes sense beside.
LOCKS = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock", "pipenv": "Pipfile.lock"}
_MANIFESTS = {"uv": PYPROJECT, "poetry": PYPROJECT, "pdm": PYPROJECT, "pipenv": PIPFILE}


def answered(answers: Answers) -> Fact | None:
    fact = answers.get("package_manager")
    return fact if fact and fact.value in ("uv", "poetry", "pdm", "pipenv", "pip") else None


def signs(tree: Tree) -> Iterator[Fact]:
    """Yield the package managers that TREE speaks of: by a lock, then a table, then requirements."""
    tables = list(_tables(tree))
    stated = [fact.value for fact in tables]
    locks = [Fact(name, path) for name, path in LOCKS.items() if path in tree and _MANIFESTS[name] in tree]
    yield from sorted(
        locks, key=lambda fact: stated.index(fact.value) if fact.value in stated else len(stated)
    )
    requirements = production_files(tree)
    has_project = isinstance(tree.toml(PYPROJECT).get("project"), dict)
    for fact in tables:
        # uv's table is settings too, for `uv pip install -r requirements.txt`
        if has_project or fact.value != "uv" or not requirements:
            yield fact
    if requirements:
        yield Fact("pip", requirements[0])
    if plain := _plain(tree):
        yield Fact("pip", plain)


def _tables(tree: Tree) -> Iterator[Fact]:
    data = tree.toml(PYPROJECT)
    section = table(data, "tool", "poetry")
    if any(key in section for key in ("name", "dependencies", "package-mode", "group", "dev-dependencies")):
        yield Fact("poetry", place(tree, PYPROJECT, "[tool.poetry"))
    if "pdm" in table(data, "tool"):
        yield Fact("pdm", place(tree, PYPROJECT, "[tool.pdm"))
    if "uv" in table(data, "tool") or backend(tree) == "uv_build":
        yield Fact("uv", place(tree, PYPROJECT, "[tool.uv" if "uv" in table(data, "tool") else "uv_build"))
    if backend(tree) == "poetry" and "poetry" not in table(data, "tool"):
        yield Fact("poetry", place(tree, PYPROJECT, "poetry"))
    if PIPFILE in tree:
        yield Fact("pipenv", PIPFILE)


def _plain(tree: Tree) -> str | None:
    """Return a manifest that pip itself installs from."""
    data = tree.toml(PYPROJECT)
    if data.get("project") or data.get("build-system"):
        return PYPROJECT if data.get("project") or SETUP_PY not in tree else SETUP_PY
    setup = read_setup(tree) if SETUP_PY in tree or SETUP_CFG in tree else None
    return setup.path if setup and (setup.name or setup.dependencies) else None
