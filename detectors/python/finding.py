"""A Python project as a whole: what each reading found, put together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scaffold.model import (
    Answers,
    EnvironmentVariable,
    Fact,
    Finding,
    ProjectWarning,
    Runtime,
    Service,
    Writable,
)
from scaffold.paths import printable
from scaffold.reading.tree import Tree

from ..hints import read_hints
from ..placing import leave_out
from .app import App, find_app
from .code.source import Source
from .packages.native import add_tools, apt_packages, choose_final
from .packages.project import Project, read_project
from .runtime import find_runtime
from .settings.settings import Settings, find_settings

#: The facts that an answer replaces as it is: nothing else follows from them.
#: What git ignores that a browser wants.
_MADE = r"^[^#!]*(?:^|/)(?:static|assets|public)/.*\w|^[^#!]*\bbundle\b"
_PLAIN = frozenset({"name", "framework", "processes", "dev", "test", "keep", "apt_build", "apt_runtime"})


def find_python(tree: Tree, answers: Answers) -> Finding | None:
    """Return what TREE is; None where nothing of it is a project."""
    project = read_project(tree, answers)
    if project is None:
        return None
    source, hints = Source(tree), read_hints(tree)
    runtime, cautions = find_runtime(tree, project, answers, hints)
    app = find_app(tree, source, project, answers, hints, runtime.value.image)
    settings = find_settings(tree, source, project, app, hints)
    facts = {
        **project.facts,
        "runtime": runtime,
        **app.facts,
        **_shared(project, app, settings),
        **_additions(source, app, runtime.value),
        **_around(settings),
        **leave_out(tree, settings.writable),
        **_native(project, source, answers, runtime.value),
        **{key: fact for key, fact in answers.items() if key in _PLAIN},
    }
    heard = (*project.warnings, *cautions, *app.warnings, *_deaf(source, app), *settings.warnings)
    warnings = dict.fromkeys((*heard, *_unmade(tree)))
    refused = next((warning for warning in warnings if warning.code == "literal-secret"), None)
    found = Finding("python", project.because, facts, ".", app.ambiguities, tuple(warnings))
    return found._replace(refused=refused)


def _unmade(tree: Tree) -> Iterator[ProjectWarning]:
    """Warn of what a script of package.json makes for the browser, and git ignores: no image makes it."""
    manifest = tree.json("package.json") if "package.json" in tree else None
    scripts = manifest.get("scripts") if isinstance(manifest, dict) else None
    if isinstance(scripts, dict) and "build" in scripts:
        for number, line in enumerate(tree.text(".gitignore").splitlines(), start=1):
            if re.search(_MADE, line.strip()):
                said = (
                    f"{printable(line.strip())} is made by `npm run build`, which no image does: run it first"
                )
                yield ProjectWarning("assets", said, f".gitignore:{number}")
                return


def _deaf(source: Source, app: App) -> tuple[ProjectWarning, ...]:
    """What is to be said of a program that no server runs, where nothing in it hears the signal to end."""
    if app.start is None or app.start.value[:1] != ("python",) or app.kind.value not in ("web", "worker"):
        return ()
    from .signals import find_deaf  # few start so

    return find_deaf(source, app)


def _shared(project: Project, app: App, settings: Settings) -> dict[str, Fact]:
    """The facts that more than one reading has a part of."""
    found: dict[str, Fact] = {}
    build = [fact for fact in (project.facts.get("build_environment"), app.build_environment) if fact]
    if build:
        merged: dict[str, str] = {}
        for fact in build:
            merged |= fact.value
        found["build_environment"] = Fact(merged, build[0].source)
    if keep := (*project.keep, *settings.keep):
        found["keep"] = Fact(tuple(dict.fromkeys(keep)), project.because)
    return found


def _additions(source: Source, app: App, runtime: Runtime) -> dict[str, Fact]:
    """What production needs beyond the project's dependencies: a server, and tools that the code starts."""
    facts = [fact for fact in (app.additions, add_tools(source, runtime.image)) if fact]
    words = tuple(dict.fromkeys(word for fact in facts for word in fact.value))
    return {"additions": Fact(words, facts[0].source)} if facts else {}


def _around(settings: Settings) -> dict[str, Fact]:
    """The facts of what the app needs around it, each with the source of its first item."""
    groups: dict[str, tuple[Service | EnvironmentVariable | Writable, ...]] = {
        "services": settings.services,
        "environment": settings.environment,
        "writable": settings.writable,
    }
    return {key: Fact(items, items[0].source) for key, items in groups.items() if items}


def _native(project: Project, source: Source, answers: Answers, runtime: Runtime) -> Mapping[str, Fact]:
    """The facts that follow from what is not Python in the dependencies."""
    if runtime.image is None:
        return {}
    build, run = apt_packages(project, source, runtime)
    final = choose_final(project, source, answers, runtime)
    found = {"apt_build": build, "apt_runtime": run, "final": final}
    return {key: fact for key, fact in found.items() if fact is not None}
