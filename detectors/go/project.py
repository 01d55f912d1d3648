"""A Go project as a whole: what each reading found, put together."""

from collections.abc import Iterator, Mapping

from scaffold.model import Ambiguity, Answers, Fact, Finding, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ..hints import Hints, read_hints
from ..placing import leave_out
from .app import App, Evidence, make_app
from .code.program import Program
from .code.source import Source
from .image.carried import carry
from .image.files import find_files
from .image.keep import find_keep
from .image.lacks import find_lacks
from .native import find_native
from .packages.modules import Modules
from .packages.private import find_private
from .processes import find_processes
from .program.builds import Built, read_builds
from .program.layout import OTHERS, Layout, choose_modules
from .program.mains import Candidate, Choice, choose, find_mains, is_library
from .program.trials import find_test
from .runtime import Chosen, find_runtime
from .serving.serve import find_serving
from .settings.settings import Settings, facts_of, find_settings
from .stamps import find_stamps, find_tags

#: The facts that an answer replaces as it is: nothing else follows from them.
_PLAIN = frozenset(
    {"name", "framework", "dev", "test", "keep", "tags", "stamps", "files", "private", "health_command"}
)
#: Where a module's path says where its source is.
_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"})


class _Project(NamedTuple):
    """All that is known before anything is decided about the program."""

    tree: Tree
    modules: Modules
    source: Source
    answers: Answers
    hints: Hints
    builds: tuple[Built, ...]


def find_project(tree: Tree, answers: Answers) -> Finding | None:
    """Return what TREE is; None where its Go is of apps that lie below, or of no program and no module."""
    source = Source(tree)
    layout = choose_modules(tree, source, answers)
    if layout is None:
        return None
    project = _Project(tree, layout.modules, source, answers, read_hints(tree), tuple(read_builds(tree)))
    candidates = find_mains(source, layout.modules)
    evidence = Evidence(answers, project.hints, project.builds, candidates)
    choice = _choose(project, candidates)
    runtime = find_runtime(tree, layout.modules, answers, project.hints)
    if choice.main is None:
        return _without_program(project, layout, choice, runtime)
    return _of_program(project, layout, evidence, choice, runtime)


def _choose(project: _Project, candidates: tuple[Candidate, ...]) -> Choice:
    helpers_only = all(one.is_helper for one in candidates)
    if "main" not in project.answers and helpers_only and is_library(project.source, project.modules):
        return Choice(None)

    def serves(one: Candidate) -> Fact | None:
        return find_serving(Program.of(project.source, one.folder, project.modules.paths), {}).listens

    return choose(candidates, project.answers, project.hints, project.builds, serves)


# -- a program


def _of_program(
    project: _Project, layout: Layout, evidence: Evidence, choice: Choice, runtime: Chosen
) -> Finding:
    main = choice.main
    assert main is not None
    tags = project.answers.get("tags") or find_tags(project.builds, main)
    source = project.source.built(tags=tags.value) if tags else project.source
    program = Program.of(source, main.folder, project.modules.paths)
    app = make_app(evidence, main, program)
    processes = find_processes(evidence, app, source, project.modules)
    around = _find_around(project, app, _joined(program, processes.programs))
    found: dict[str, Fact | None] = {
        "runtime": runtime.fact,
        **_of_modules(project, layout),
        "main": Fact(main.main, choice.source),
        **app.facts,
        **processes.facts,
        "tags": tags,
        "stamps": find_stamps(program, project.builds, main),
        **find_private(project.tree, project.modules),
        "test": find_test(project.source, project.modules),
        **around.facts,
        "build_environment": _fetching(runtime),
        **{key: fact for key, fact in project.answers.items() if key in _PLAIN},
    }
    said = (*layout.warnings, *runtime.warnings, *app.warnings, *processes.warnings, *around.warnings)
    facts = {key: fact for key, fact in found.items() if fact is not None}
    return _finding(project, layout, facts, (*project.modules.lock().warnings, *said))


class _Around(NamedTuple):
    """What the programs need around them, in the build and when they run."""

    facts: Mapping[str, Fact | None]
    warnings: tuple[ProjectWarning, ...]


def _find_around(project: _Project, app: App, whole: Program) -> _Around:
    """Return what WHOLE needs: all programs of the image together, of which APP is the main one."""
    is_tool = app.facts["kind"].value == "cli"
    native = find_native(whole, _built_as(project, app.main), project.answers, is_tool)
    settings = find_settings(whole, project.hints, app.serving)
    carried = carry(find_files(whole))
    facts = {
        **native.facts,
        **facts_of(settings),
        "files": carried.fact,
        "keep": find_keep(whole, (*settings.keep, *carried.sources)),
        "leave_out": _left_out(project, settings),
    }
    lacks = find_lacks(whole, project.modules)
    return _Around(facts, (*native.warnings, *settings.warnings, *carried.warnings, *lacks))


def _left_out(project: _Project, settings: Settings) -> Fact | None:
    """Return what one developer alone has: data, and a go.work that git ignores, with folders of others."""
    found = leave_out(project.tree, settings.writable).get("leave_out")
    if project.modules.workspace or not project.tree.is_ignored("go.work"):
        return found
    names = ("go.work", "go.work.sum")
    return Fact((*found.value, *names), found.source) if found else Fact(names, ".gitignore")


def _joined(program: Program, others: tuple[Candidate, ...]) -> Program:
    """Return PROGRAM and OTHERS as one: they are built for one image."""
    if not others:
        return program
    source, modules = program.source, program.modules
    reached = (package for one in others for package in source.reachable(one.folder, modules))
    return Program(source, tuple(dict.fromkeys((*program.packages, *reached))), modules)


def _built_as(project: _Project, main: Candidate) -> Iterator[Built]:
    return (one for one in project.builds if main.folder in one.folders or "..." in "".join(one.packages))


def _of_modules(project: _Project, layout: Layout) -> dict[str, Fact | None]:
    modules = project.modules
    source, lock = modules.source, modules.lock()
    manifests = modules.manifests(lock.is_vendored)
    return {
        **_named(modules),
        "package_manager": Fact("go", source or "default: go"),
        "manifests": Fact(manifests, source) if manifests else None,
        "module": Fact(layout.folder, source) if layout.folder != "." else None,
        "workspace": Fact(True, source) if modules.workspace else None,
        "from_sums": modules.unpruned(),
        "vendored": Fact(True, "vendor/modules.txt") if lock.is_vendored else None,
        "locked": Fact(lock.is_locked, source) if source else Fact(False, "default: go"),
    }


def _named(modules: Modules) -> dict[str, Fact | None]:
    """The name that the module's path ends with, and where its source is; a workspace may have no module."""
    at_root = (one for one in modules.members if one.folder == ".")
    root = next(at_root, next(iter(modules.members), None))
    stated = root.manifest.module if root and root.manifest else None
    if root is None or stated is None:
        return {}
    host, *parts = str(stated.value).split("/")
    hosted = f"https://{host}/{parts[0]}/{parts[1]}" if host in _HOSTS and len(parts) > 1 else None
    return {
        "name": Fact(Candidate(root.folder, root, "").name, stated.source),
        "repository": Fact(hosted, stated.source) if hosted else None,
    }


def _fetching(runtime: Chosen) -> Fact | None:
    return Fact({"GOTOOLCHAIN": "auto"}, runtime.fetches) if runtime.fetches else None


# -- none


def _without_program(project: _Project, layout: Layout, choice: Choice, runtime: Chosen) -> Finding | None:
    """Return a library, or a question: which of several programs."""
    modules = project.modules
    if not modules.source or (not choice.open and not _has_packages(project)):
        return None
    found = {"runtime": runtime.fact, **_of_modules(project, layout)}
    if not choice.open:
        found["kind"] = project.answers.get("kind") or Fact("library", modules.source)
    else:
        kinds = [_kind(project, one) for one in choice.open]
        if len({kind.value for kind in kinds}) == 1:
            found["kind"] = project.answers.get("kind") or kinds[0]
    facts = {key: fact for key, fact in found.items() if fact is not None}
    open_ones = tuple(one.main for one in choice.open)
    ambiguities = (Ambiguity("main", open_ones),) if open_ones else ()
    return _finding(project, layout, facts, runtime.warnings)._replace(ambiguities=ambiguities)


def _has_packages(project: _Project) -> bool:
    """Whether there is Go that others could import: a go.mod may be for a site's theme, or for tools."""
    if project.answers.get("kind") or project.answers.get("stack"):
        return True
    if project.tree.first(*OTHERS):
        return False
    return any(project.modules.owner(one.folder) for one in project.source.packages())


def _kind(project: _Project, candidate: Candidate) -> Fact:
    program = Program.of(project.source, candidate.folder, project.modules.paths)
    return make_app(Evidence({}, project.hints, (), ()), candidate, program).facts["kind"]


def _finding(
    project: _Project, layout: Layout, facts: Mapping[str, Fact], warnings: tuple[ProjectWarning, ...]
) -> Finding:
    because = project.modules.source or next(iter(project.tree.glob("*.go")))
    said = tuple(dict.fromkeys(warnings))
    return Finding("go", because, facts, ".", (), said, layout.from_root)
