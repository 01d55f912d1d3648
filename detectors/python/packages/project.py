"""A Python project as its files describe it: what it needs, what installs that, whether it is a package.

Reads manifests and lock files only: no code (setup.py is read as text), no network, nothing is run.
"""

from __future__ import annotations

import re

from scaffold.model import Answers, Fact, ProjectWarning
from scaffold.reading.tree import Tree

from .dependencies import Dependency, Locked, Project, Script, parse_dependency, words
from .draft import Draft
from .manifests import place
from .requirements import production_files, read_requirements
from .signs import LOCKS, answered, signs

__all__ = ["Dependency", "Locked", "Project", "Script", "read_project"]

#: Files at the top that are code, but not a program: what other tools run.
_ASIDE = frozenset(
    {"conftest.py", "noxfile.py", "fabfile.py", "tasks.py", "dodo.py", "setup.py", "conanfile.py"}
)
_PROGRAMS = ("src/main.py", "src/app.py", "app/main.py", "app/app.py", "src/__main__.py")


def read_project(tree: Tree, answers: Answers) -> Project | None:
    """Return the Python project in TREE, or None where there is none."""
    found = list(signs(tree))
    manager = answered(answers) or (found[0] if found else None)
    if manager is None:
        return _conda(tree) or _bare(tree)
    draft = Draft(tree, manager, answers)
    warnings = _disagreement(tree, draft, found)
    return draft.finish(warnings)


def _bare(tree: Tree) -> Project | None:
    """Return a project that is code only: it needs nothing, or does not say what."""
    top = [name for name in tree.names() if name.endswith(".py") and name not in _ASIDE]
    main = tree.first(
        "main.py", "app.py", "manage.py", "bot.py", "server.py", "start.py", "run.py", *top, *_PROGRAMS
    )
    main = main or next(iter(tree.glob("*/__main__.py")), None)
    return Project(main, installable=Fact(False, main)) if main else None


def _conda(tree: Tree) -> Project | None:
    """Return what an environment.yml says, with a warning: conda's packages are out of our reach."""
    path = tree.first("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
    data = tree.yaml(path) if path else None
    if path is None or not isinstance(data, dict) or not isinstance(data.get("dependencies"), list):
        return None
    plain: list[str] = []
    for entry in data["dependencies"]:
        plain += words(entry.get("pip")) if isinstance(entry, dict) else words([entry])
    made = [_conda_dependency(text, place(tree, path, text)) for text in plain]
    items = tuple(item for item in made if item and item.name != "python")
    python = next((item for item in made if item and item.name == "python" and item.specifier), None)
    return Project(
        path,
        dependencies=items,
        requires_python=Fact(python.specifier, python.source) if python else None,
        installable=Fact(False, path),
        warnings=(
            ProjectWarning(
                "conda",
                "is for conda, which has packages of its own: list what the program needs in "
                "requirements.txt or pyproject.toml, and it is installed from there",
                path,
            ),
        ),
    )


def _conda_dependency(text: str, source: str) -> Dependency | None:
    """Return a line of environment.yml: "conda-forge::numpy=1.26=py312_0", or a requirement of pip."""
    plain = text.rpartition("::")[2].strip()
    match = re.fullmatch(r"([A-Za-z0-9._-]+)\s*=\s*([0-9][\w.]*)(=.*)?", plain)
    return parse_dependency(f"{match[1]}=={match[2]}.*" if match else plain, source)


def _disagreement(tree: Tree, draft: Draft, found: list[Fact]) -> list[ProjectWarning]:
    """Warn where files of another tool say something else than those that are used."""
    if draft.tool == "pip":
        return []
    warnings = [
        ProjectWarning(
            "several-managers",
            f"{fact.source} is for {fact.value}; {draft.manager.source} is what is used, for {draft.tool}",
            fact.source,
        )
        for fact in found
        if fact.value not in (draft.tool, "pip") and fact.source == LOCKS[fact.value]
    ]
    if difference := _difference(tree, draft):
        warnings.append(difference)
    return warnings


def _difference(tree: Tree, draft: Draft) -> ProjectWarning | None:
    held = draft.lock.packages if draft.lock else {}
    for item in read_requirements(tree, *production_files(tree)).dependencies if held else ():
        other = held.get(item.name)
        if item.pin and (other is None or other.version != item.pin):
            said = f"{other.version} in {draft.lock.path}" if other and draft.lock else "not there"
            return ProjectWarning(
                "managers-disagree",
                f"{item.name} is {item.pin} here and {said}; {draft.tool} is what is used",
                item.source,
            )
    return None
