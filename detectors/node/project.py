"""A Node.js project as a whole: what each reading found, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scaffold.catalogue import default_release
from scaffold.model import Answers, Fact, Finding, ProjectWarning
from scaffold.reading.tree import Tree

from ..hints import read_hints
from ..placing import leave_out
from .app import App, find_app
from .code.source import Source
from .packages.installs import find_installs
from .packages.manifest import Manifest, is_around_pages, read_manifest
from .packages.native import Native, choose_final, find_native
from .packages.packages import Packages, find_held, read_packages
from .packages.workspaces import find_members
from .runtime import find_runtime
from .serving.signals import find_deaf
from .settings.bundled import COMMITTED
from .settings.settings import Settings, find_settings, program
from .settings.shells import find_shell_out

#: The facts that an answer replaces as it is: nothing else follows from them.
_PLAIN = frozenset(
    {"name", "framework", "processes", "dev", "test", "keep", "apt_build", "apt_runtime", "build", "copies",
     "excludes", "install_scripts", "drop_scripts", "allow_builds"}
)  # fmt: skip

#: What a site needs once it is built: the web server is not the project's.
_OF_RUNNING = frozenset(
    {"port", "start", "processes", "health", "services", "environment", "writable", "final", "apt_runtime",
     "browser", "browser_of", "run_environment", "main"}
)  # fmt: skip

#: What the commands of an install are made from: they say it themselves.
_OF_INSTALLS = frozenset({"berry", "yarn_path", "ignore_engines", "kept"})
#: What nothing that is written can put right: a layer would hold the credential, and no image has bun.
_REFUSED = frozenset({"literal-secret", "bun-runtime"})
#: What .dockerignore takes for the outputs of builds, and projects also call folders of their sources.
_OUTPUTS = ("build", "dist", "out", "coverage", "_site")


def find_project(tree: Tree, answers: Answers) -> Finding | None:
    """Return what TREE is; None where its package.json is for tools alone, or of apps that lie below."""
    manifest = read_manifest(tree)
    if manifest is None or _is_of_pages(tree, manifest, answers):
        return None
    hints, held, source = read_hints(tree), find_held(tree, manifest, answers), Source(tree)
    runtime, cautions = find_runtime(tree, manifest, answers, hints, held.versions)
    major = runtime.value.image or default_release("node")
    packages = read_packages(tree, manifest, answers, hints, major, held)
    app = find_app(tree, source, manifest, packages, answers, hints, major)
    if app is None:
        return None
    settings = find_settings(tree, source, manifest, packages, hints, app)
    native = find_native(packages, manifest, runtime.value, app.kept.value if app.kept else ())
    facts = {
        "runtime": runtime,
        **_of_manifest(manifest),
        **packages.facts,
        **_of_system(native),
        **app.facts,
        **_around(settings, app),
        **_kept(tree, manifest, settings, app),
        **leave_out(tree, settings.writable),
        **_environments(packages, app, native),
        **_final(source, packages, app, native, runtime, answers),
        **({} if app.kept else _without_packages(manifest, packages)),
        **{key: fact for key, fact in answers.items() if key in _PLAIN},
    }
    facts |= find_installs(facts)
    facts = {key: fact for key, fact in facts.items() if key not in _OF_INSTALLS}
    if app.kind.value == "static":
        facts = {key: fact for key, fact in facts.items() if key not in _OF_RUNNING or key in answers}
    alone, from_root = _of_siblings(tree, manifest)
    running = settings.warnings if app.kind.value != "static" else ()  # a web server runs none of its code
    deaf = find_deaf(source.program(app.entry)) if _stays(app) else ()
    heard = (*packages.warnings, *alone, *cautions, *app.warnings, *deaf, *running)
    warnings = dict.fromkeys((*heard, *(native.warnings if "browser" in facts else ())))
    refused = next((warning for warning in warnings if warning.code in _REFUSED), None)
    return Finding("node", manifest.path, facts, ".", app.ambiguities, tuple(warnings), from_root, refused)


def _is_of_pages(tree: Tree, manifest: Manifest, answers: Answers) -> bool:
    """Whether the project is plain pages, which need nothing of Node.js to be served."""
    return not {"kind", "main", "start", "stack"} & answers.keys() and is_around_pages(tree, manifest)


def _stays(app: App) -> bool:
    """Whether a program of the project's own runs until it is stopped."""
    return app.main is not None and app.entry is not None and app.kind.value in ("web", "worker")


def _of_manifest(manifest: Manifest) -> dict[str, Fact]:
    return {"name": manifest.name} if manifest.name else {}


def _of_siblings(tree: Tree, manifest: Manifest) -> tuple[tuple[ProjectWarning, ...], Mapping[str, str]]:
    """Warn where this folder lacks packages of its workspace: a registry may have others of their names."""
    root = read_manifest(tree.whole) if tree.whole is not tree else None
    members = find_members(tree.whole, root) if root else ()
    names = {str(one.name.value) for one in members if one.name}
    needed = manifest.first(lambda name, text: name in names or text.startswith("workspace:"))
    if needed is None:
        return (), {}
    own = next((one.folder for one in members if one.data == manifest.data), None)
    said = (
        f"needs {needed.value} of its workspace, which this folder alone does not have:"
        " at the workspace's root, scaffold init --set member=FOLDER"
    )
    return (ProjectWarning("workspace-member", said, needed.source),), {"member": own} if own else {}


def _without_packages(manifest: Manifest, packages: Packages) -> dict[str, Fact]:
    """Where production depends on nothing, an install makes no folder that could be taken along."""
    kinds = ("dependencies", "optionalDependencies", "peerDependencies")
    if any(one.asked(kind) for one in (manifest, *packages.members) for kind in kinds):
        return {}
    return {"production": Fact(False, f"{manifest.path}: production depends on nothing")}


def _of_system(native: Native) -> dict[str, Fact]:
    """The facts of what comes from Debian."""
    keys = ("compiles", "apt_build", "apt_runtime", "browser", "browser_of")
    found = {key: getattr(native, key) for key in keys}
    return {key: fact for key, fact in found.items() if fact is not None}


def _around(settings: Settings, app: App) -> dict[str, Fact]:
    """The facts of what the app needs around it, each with the source of its first item."""
    groups: dict[str, tuple[Any, ...]] = {
        "services": settings.services,
        "environment": _joined(app.environment, settings.environment),
        "build_arguments": settings.at_build if app.build is not None and app.build.value else (),
        "writable": _joined(app.writable, settings.writable),
    }
    return {key: Fact(items, items[0].source) for key, items in groups.items() if items}


def _kept(tree: Tree, manifest: Manifest, settings: Settings, app: App) -> dict[str, Fact]:
    """What must enter the build although files of its name seldom should."""
    found = dict.fromkeys(settings.keep, manifest.path)
    found |= {folder: file for folder in _OUTPUTS if (file := _of_source(tree, folder, manifest, app))}
    if app.build is not None and app.build.value and COMMITTED in tree:
        found[COMMITTED] = COMMITTED
    return {"keep": Fact(tuple(found), next(iter(found.values())))} if found else {}


def _of_source(tree: Tree, folder: str, manifest: Manifest, app: App) -> str | None:
    """Return a file in FOLDER that is no output: it is committed, or a script runs it."""
    files = [path for path in tree.paths if path.startswith(f"{folder}/")]
    words = {word.removeprefix("./") for text in manifest.scripts.values() for word in text.split()}
    words |= set(app.start.value) if app.start else set()
    run = next((path for path in files if path in words or path.rpartition(".")[0] in words), None)
    return run or (files[0] if files and ".gitignore" in tree else None)


def _joined(first: Fact | None, rest: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the items of both, one for each name (or path)."""
    items = {_called(item): item for item in reversed((*(first.value if first else ()), *rest))}
    return tuple(items.values())[::-1]


def _called(item: Any) -> str:
    return str(getattr(item, "name", None) or item.path)


def _environments(packages: Packages, app: App, native: Native) -> dict[str, Fact]:
    """The facts that more than one reading has a part of."""
    parts: dict[str, tuple[Fact | None, ...]] = {
        "build_environment": (
            packages.facts.get("build_environment"),
            app.build_environment,
            _without_tokens(packages),
        ),
        "run_environment": (native.run_environment, app.run_environment),
        "install_environment": (packages.facts.get("install_environment"), native.install_environment),
        "dev_environment": (packages.facts.get("dev_environment"), app.dev_environment),
    }
    return {key: fact for key, facts in parts.items() if (fact := _merged(facts)) is not None}


def _without_tokens(packages: Packages) -> Fact | None:
    """Yarn 2 and later stop at a variable in their settings that is not set, whatever they are to run."""
    secrets = packages.facts.get("secrets")
    if secrets is None or not packages.facts["berry"].value:
        return None
    names = [secret.id for secret in secrets.value if secret.target is None]
    return Fact(dict.fromkeys(names, ""), secrets.source) if names else None


def _merged(facts: tuple[Fact | None, ...]) -> Fact | None:
    found = [fact for fact in facts if fact is not None]
    merged: Mapping[str, str] = {key: value for fact in found for key, value in fact.value.items()}
    return Fact(merged, found[0].source) if merged else None


def _final(
    source: Source, packages: Packages, app: App, native: Native, runtime: Fact, answers: Answers
) -> dict[str, Fact]:
    """The fact of what the final image is made from, where something of the project runs in it."""
    if app.start is None:
        return {}
    shell_out = find_shell_out(program(source, app))
    return {"final": choose_final(packages, native, runtime.value, app.start.value, shell_out, answers)}
