"""The program of a Node.js project: what it is, and which of several things it could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.model import Answers, Fact

from .frameworks.frameworks import find_framework
from .frameworks.outputs import Output
from .frameworks.sites import served
from .members import find_member, lift, only_member
from .own import make_commanded, make_own
from .program.entry import Entry, find_entry, read_programs, stated_starts
from .program.evidence import Evidence, Packages, find_build
from .program.scripts import members
from .rendered import make_rendered
from .serving.serve import find_serving
from .shape import App

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

    from ..hints import Hints
    from .code.source import Module, Source
    from .packages.manifest import Manifest

__all__ = ["App", "find_app"]

#: What a script of a front end starts for development, not in production.
_DEV_SERVERS = ("webpack-dev-server", "react-dev-utils", "webpack-dev-middleware", "browser-sync")
#: Folders that builds without a framework fill.
_FILLED = ("dist", "build", "public", "_site")
#: Manifests of other stacks: beside them, a package.json that serves nothing builds their assets.
_OTHERS = ("pyproject.toml", "requirements.txt", "manage.py", "Pipfile", "setup.py", "go.mod", "Cargo.toml",
           "composer.json", "Gemfile", "pom.xml", "build.gradle", "build.gradle.kts", "mix.exs", "deno.json",
           "deno.jsonc", "*.csproj", "*.sln", "artisan")  # fmt: skip


def find_app(
    tree: Tree,
    source: Source,
    manifest: Manifest,
    packages: Packages,
    answers: Answers,
    hints: Hints | None = None,
    major: str = "24",
) -> App | None:
    """Return what the program in TREE is; None where it is a part of another, or the apps lie below."""
    evidence = Evidence(tree, source, manifest, packages, answers, hints, major)
    member = find_member(evidence)
    if member is not None:
        inner = _app(member.evidence)
        return lift(member, inner, find_build(evidence))
    app = _app(evidence)
    if app.kind.value == "library" and _is_workspace(evidence):
        only = only_member(evidence, _is_app)
        return lift(only, _app(only.evidence), None) if only else None
    if app.kind.value == "library" and (_is_beside(tree) or manifest.is_for_tools):
        return None
    return None if _builds_assets(tree, app) else app


def _is_app(evidence: Evidence) -> bool:
    return _app(evidence).kind.value in {"web", "worker", "static"}


def _is_workspace(evidence: Evidence) -> bool:
    workspaces = evidence.packages.facts.get("workspaces")
    told = evidence.tree.first("nx.json", "lerna.json", "turbo.json", "rush.json", "workspace.json")
    return bool(workspaces and workspaces.value) or (told is not None and bool(members(evidence.tree)))


def _is_beside(tree: Tree) -> bool:
    return any(tree.glob(pattern) if "*" in pattern else pattern in tree for pattern in _OTHERS)


def _builds_assets(tree: Tree, app: App) -> bool:
    """Whether a build makes the assets of another stack's pages: it has no page of its own."""
    return app.kind.value in {"static", "cli"} and _is_beside(tree) and "index.html" not in tree and (
        app.framework is None or app.framework.value == "vite"
    )  # fmt: skip


def _app(evidence: Evidence) -> App:
    build = find_build(evidence)
    match = find_framework(evidence, build)
    output = match.framework.make(evidence, match.step) if match else None
    programs = read_programs(evidence, build)
    entry = find_entry(programs)
    kind = evidence.answers.get("kind")
    if output and _is_own(evidence, output, entry, kind):
        return make_rendered(evidence, programs, match, output, entry, build)
    if told := _folder_told(evidence):
        return make_rendered(evidence, programs, None, told, None, build)
    command = make_commanded(evidence, programs, build) if entry is None or not entry.is_stated else None
    site = _folder_served(evidence) if command is None else None
    if site and not (entry and entry.is_stated):
        return make_rendered(evidence, programs, None, site, None, build)
    filled = _folder_filled(evidence, entry) if build and command is None else None
    if filled:
        return make_rendered(evidence, programs, None, filled, None, build)
    if command:
        return command
    return make_own(evidence, programs, entry, build, match)


# -- which of the two


def _is_own(evidence: Evidence, output: Output, entry: Entry | None, kind: Fact | None) -> bool:
    """Whether the framework's output is what runs, not a program of the project's own."""
    if kind is not None and kind.value in {"web", "static"} and kind.value != output.kind:
        return False
    if entry is None or not entry.is_stated or entry.main is None:
        return not (entry and entry.main and "main" in evidence.answers)
    file = str(entry.main.value)
    if any(file == folder or file.startswith(f"{folder}/") for folder in output.folders):
        return entry.module is None or output.kind == "web"
    if entry.module is None:
        return True
    if _is_for_development(entry.module):
        return True
    return not _listens(evidence, entry.module)


def _is_for_development(module: Module) -> bool:
    """Whether a program is a front end's server for development."""
    return any(specifier.startswith(_DEV_SERVERS) for specifier in module.imports)


def _folder_told(evidence: Evidence) -> Output | None:
    """Return the pages that somebody says a build of the project's own makes: nothing of it runs then."""
    kind, site = evidence.answers.get("kind"), evidence.answers.get("site")
    if kind is None or kind.value != "static" or site is None:
        return None
    return Output("", "static", kind.source, site=str(site.value))


def _folder_filled(evidence: Evidence, entry: Entry | None) -> Output | None:
    """Return the pages that the project commits as its build made them, where nothing of it serves."""
    if evidence.manifest.bin or (entry and entry.module and _listens(evidence, entry.module)):
        return None
    for folder in _FILLED:
        if f"{folder}/index.html" in evidence.tree:
            page = "404.html" if f"{folder}/404.html" in evidence.tree else None
            return Output("", "static", f"{folder}/index.html", site=folder, not_found=page)
    return None


def _listens(evidence: Evidence, module: Module) -> bool:
    found = find_serving(evidence.source, evidence.manifest, module, evidence.answers, evidence.hints)
    return found.listens is not None


def _folder_served(evidence: Evidence) -> Output | None:
    for start in stated_starts(evidence):
        if start.folder == "." and (site := served(evidence, start)):
            return site
    return None
