"""The program of a Python project: what it is, how it is started, served, developed and tested."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scaffold.model import Ambiguity, Answers, Fact, Health, ProjectWarning
from scaffold.nouns import NamedTuple

from .code.layout import imported_names
from .code.source import Module, Source
from .program.django import (
    Django,
    answers_this_computer,
    build_environment,
    find_django,
    gateway,
    has_database,
    named_settings,
    setting_value,
    static_root,
)
from .program.entry import Entry, Evidence, find_entry, find_program, is_program, read_evidence, run_argv
from .program.frameworks import BY_NAME
from .program.starts import Start
from .program.trials import find_test, find_test_files
from .program.workers import Worker, find_migration, find_worker, never_ends, other_processes
from .serving.routes import find_django_health, find_health
from .serving.serve import DEBUGGER, Order, Served, find_port, serve, watched, with_dash_server

if TYPE_CHECKING:
    from detectors.hints import Hints
    from scaffold.reading.tree import Tree

    from .packages.project import Project

MAX_REACHED = 600


class App(NamedTuple):
    """Facts about the program, each absent where nothing states it."""

    kind: Fact
    framework: Fact | None = None
    main: Fact | None = None
    server: Fact | None = None
    port: Fact | None = None
    start: Fact | None = None
    processes: Fact | None = None
    dev: Fact | None = None
    test: Fact | None = None
    health: Fact | None = None
    additions: Fact | None = None
    dev_additions: Fact | None = None
    python_path: Fact | None = None
    run_environment: Fact | None = None
    collectstatic: Fact | None = None
    build_environment: Fact | None = None
    test_files: Fact | None = None
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts that are there, by their keys in a finding."""
        return {name: value for name, value in self._asdict().items() if isinstance(value, Fact)}


def find_app(
    tree: "Tree",
    source: Source,
    project: "Project | None",
    answers: Answers,
    hints: "Hints | None" = None,
    python: str | None = None,
) -> App:
    """Return what the program in TREE is. PYTHON is the release of its image: our tools must run on it."""
    evidence = read_evidence(source, project, answers, hints)
    entry = _with_django(evidence, find_entry(evidence))
    worker = find_worker(source, project)
    if entry is None or _is_said(answers, "kind", {"worker", "cli", "library"}):
        return _no_web(evidence, worker, hints, python)
    return _web(evidence, entry, worker, hints, python)


def _is_said(answers: Answers, key: str, values: set[str]) -> bool:
    answer = answers.get(key)
    return answer is not None and answer.value in values


# -- web


def _web(
    evidence: Evidence, entry: Entry, worker: Worker | None, hints: "Hints | None", python: str | None
) -> App:
    source, project, answers = evidence.source, evidence.project, evidence.answers
    django = find_django(source, entry.candidate) if entry.framework == "django" else None
    entry = with_dash_server(entry, project) if entry.framework == "dash" else entry
    port = find_port(entry, source, answers, hints)
    common = _common(evidence, django)
    kind = answers.get("kind") or Fact("web", entry.because)
    framework = answers.get("framework") or (
        Fact(entry.framework, entry.because) if entry.framework else None
    )
    base = App(kind, framework, entry.main, port=port, ambiguities=entry.ambiguities, **common)
    if entry.main is None:
        return base
    served = serve(Order(entry, entry.main, port, project, source, answers, python))
    if django and django.manage:
        served = served._replace(dev=_runserver(django, port, served), dev_additions=served.dev_additions[:1])
    start = answers.get("start") or served.start
    processes, migration_warnings = _processes(evidence, entry, start, worker, django, hints, port)
    environment = dict(_environment(served, django))
    return base._replace(
        server=served.server,
        start=start,
        processes=processes,
        dev=served.dev,
        health=_health(evidence, entry, django),
        additions=_additions(served, entry),
        dev_additions=_dev_additions(served.dev_additions, common.get("test"), evidence, python),
        python_path=_python_path(source, entry, start),
        run_environment=Fact(environment, entry.main.source) if environment else None,
        warnings=(*served.warnings, *migration_warnings),
    )


def _additions(served: Served, entry: Entry) -> Fact | None:
    default = f"default: {entry.framework or entry.interface}"
    return Fact(served.additions, default) if served.additions else None


def _runserver(django: Django, port: Fact, served: Served) -> Fact:
    """Django's own development server: it serves static files and reloads."""
    settings = ("env", f"DJANGO_SETTINGS_MODULE={django.developed}") if django.developed else ()
    argv = (*settings, *DEBUGGER, str(django.manage), "runserver", f"0.0.0.0:{port.value}")
    return Fact(argv, served.dev.source)


def _with_django(evidence: Evidence, entry: Entry | None) -> Entry | None:
    """A Django project without a gateway of its own is served through Django's."""
    if entry is not None or "main" in evidence.answers:
        return entry
    django = find_django(evidence.source, None)
    if django is None or django.settings is None:
        return entry
    stated = gateway(django, evidence.source)
    main = stated or Fact("django.core.wsgi:get_wsgi_application()", django.settings.source)
    module = evidence.source.at(django.manage) if django.manage else None
    return Entry("web", "django", BY_NAME["django"].interface, main, module, because=main.source)


def _environment(served: Served, django: Django | None) -> Iterator[tuple[str, str]]:
    if django and django.settings:
        yield "DJANGO_SETTINGS_MODULE", str(django.settings.value)
    yield from served.environment


def _common(evidence: Evidence, django: Django | None) -> dict[str, Any]:
    """What does not depend on how the program is served."""
    source, project = evidence.source, evidence.project
    found = {
        "test": find_test(source, project, django.manage if django else None),
        "test_files": find_test_files(source),
    }
    root = static_root(django) if django and django.manage else None
    # What was collected and committed is whole: collected anew, it would lack what only its own tools make.
    is_collected = bool(source.tree.glob("**/staticfiles.json"))
    if root and not is_collected and django and django.manage:
        found["collectstatic"] = Fact(("python", django.manage, "collectstatic", "--noinput"), root.source)
        dummies = {**named_settings(django, source), **build_environment(django)}
        found["build_environment"] = Fact(dummies, django.chain[0].path) if dummies else None
    return {key: fact for key, fact in found.items() if fact}


def _dev_additions(
    extra: tuple[str, ...], test: Fact | None, evidence: Evidence, python: str | None
) -> Fact | None:
    from scaffold.catalogue import tool

    project = evidence.project
    listed = project is not None and (project.has("pytest") or project.has_dev("pytest"))
    pytest = (f"pytest=={tool('pytest', python)}",) if test and "pytest" in test.value and not listed else ()
    wanted = [item for item in (*extra, *pytest) if not _is_listed(project, item)]
    return Fact(tuple(dict.fromkeys(wanted)), "default: python") if wanted else None


def _is_listed(project: "Project | None", requirement: str) -> bool:
    name = requirement.partition("==")[0]
    return project is not None and bool(project.has(name) or project.has_dev(name))


def _processes(
    evidence: Evidence,
    entry: Entry,
    start: Fact,
    worker: Worker | None,
    django: Django | None,
    hints: "Hints | None",
    port: Fact,
) -> tuple[Fact, tuple[ProjectWarning, ...]]:
    """Every process: the web server, what the code says, and what the Procfile says beside it."""
    flask = str(entry.main.value) if entry.framework == "flask" and entry.main else None
    manage = django.manage if django and has_database(evidence.source) else None
    migration, warnings = find_migration(evidence.source, evidence.project, manage, flask)
    found: dict[str, tuple[str, ...]] = {"web": start.value}
    if worker:
        found["worker"] = worker.start
        if worker.beat:
            found["beat"] = worker.beat
    if migration:
        found["migrate"] = migration.value
    for name, fact in other_processes(hints, port.value).items():
        if name not in {"web", "beat"} and not (name == "migrate" and migration):
            found[name] = fact.value
    return Fact(found, start.source), warnings


# -- health


def _health(evidence: Evidence, entry: Entry, django: Django | None) -> Fact:
    """A path that the code answers to GET, else a TCP connect."""
    source = evidence.source
    nothing = Fact(Health(None), f"default: {entry.framework or 'python'}")
    if entry.framework == "streamlit":
        return Fact(Health("/_stcore/health"), "default: streamlit")
    if entry.framework in {"gradio", "dash", "functions-framework"}:
        return Fact(Health("/"), f"default: {entry.framework}")
    if django:
        urls = setting_value(django, "ROOT_URLCONF")
        module = source.module(urls) if isinstance(urls, str) else None
        found = find_django_health(source, module) if answers_this_computer(django) else None
    else:
        found = find_health(source, _mains(entry))
    return Fact(Health(str(found.value)), found.source) if found else nothing


def _mains(entry: Entry) -> frozenset[str]:
    """The dotted names of the application object."""
    home, _, name = str(entry.main.value if entry.main else "").removesuffix("()").partition(":")
    return frozenset({f"{home}.{name}", entry.candidate.home if entry.candidate else ""})


# -- what must be on the path


def _python_path(source: Source, entry: Entry, start: Fact) -> Fact | None:
    """The folders that the program imports from, beside the one it is started in."""
    if entry.module is None or start.value[0] == entry.command:
        return None  # an installed command needs no path
    roots = {entry.module.root} | reached_roots(source, entry.module)
    runs_script = start.value[0] == "streamlit" or (
        start.value[0] == "python" and start.value[1:2] != ("-m",)
    )
    if runs_script:
        own = entry.module.path.rpartition("/")[0] or "."
        roots = roots - {own}
    else:
        roots = roots - {"."}
    return Fact(tuple(sorted(roots)), entry.module.path) if roots else None


def reached_roots(source: Source, main: Module) -> set[str]:
    """The roots of the modules that MAIN imports, and those that these import."""
    seen = {main.path}
    rest = [main]
    roots: set[str] = set()
    while rest and len(seen) < MAX_REACHED:
        module = rest.pop()
        for dots, name in imported_names(module.text):
            found = source.imported_by(module, module.absolute(name, len(dots)))
            if found and found.path not in seen:
                seen.add(found.path)
                roots.add(found.root)
                rest.append(found)
    return roots


# -- what serves nobody


def _no_web(evidence: Evidence, worker: Worker | None, hints: "Hints | None", python: str | None) -> App:
    if worker and not _is_said(evidence.answers, "kind", {"cli", "library"}):
        return _worker(evidence, worker, hints, python)
    entry = None if _is_said(evidence.answers, "kind", {"library"}) else find_program(evidence)
    if entry is None:
        return _nothing(evidence)
    endless = never_ends(entry.module) if entry.module else None
    started = entry.start.source if entry.start and entry.start.process == "worker" else None
    kind = Fact("worker", endless or started or "") if endless or started else Fact("cli", entry.because)
    kind = evidence.answers.get("kind") or kind
    common = _common(evidence, None)
    base = App(kind, None, entry.main, ambiguities=entry.ambiguities, **common)
    if entry.main is None:
        return base
    argv = _program_argv(evidence, entry)
    start = evidence.answers.get("start") or Fact(argv, entry.main.source)
    name = "worker" if kind.value == "worker" else "app"
    migration, warnings = find_migration(evidence.source, evidence.project, None, None)
    processes = {name: start.value, **({"migrate": migration.value} if migration else {})}
    processes |= {
        key: fact.value for key, fact in other_processes(hints, None).items() if key not in processes
    }
    return base._replace(
        start=start,
        processes=Fact(processes, start.source),
        dev=_dev(argv, entry, kind),
        dev_additions=_dev_additions(_tools(kind, python), common.get("test"), evidence, python),
        python_path=_python_path(evidence.source, entry, start),
        warnings=warnings,
    )


def _dev(argv: tuple[str, ...], entry: Entry, kind: Fact) -> Fact:
    command = (
        run_argv(entry.module) if entry.module and argv[0] != "python" and is_program(entry.module) else argv
    )
    main = entry.main.source if entry.main else entry.because
    if kind.value == "worker":
        return Fact(watched(command), main)
    return Fact((*DEBUGGER, *command[1:]) if command[0] == "python" else command, main)


def _tools(kind: Fact, python: str | None) -> tuple[str, ...]:
    from scaffold.catalogue import tool

    names = ("debugpy", "watchfiles") if kind.value == "worker" else ("debugpy",)
    return tuple(f"{name}=={tool(name, python)}" for name in names)


def _program_argv(evidence: Evidence, entry: Entry) -> tuple[str, ...]:
    """The argv of a program: a console command where it is installed, else its module or file."""
    if entry.command:
        return _console_argv(evidence, entry, entry.command)
    if entry.start and entry.module:
        as_file = ("python", entry.module.path) if entry.start.script else run_argv(entry.module)
        return (*as_file, *_arguments(entry.start))
    return run_argv(entry.module) if entry.module else ("python", *_words(entry))


def _words(entry: Entry) -> list[str]:
    return str(entry.main.value).split() if entry.main else []


def _arguments(start: Start) -> tuple[str, ...]:
    """What a stated command says to its script, where it can be said without a shell."""
    named = start.script or start.module
    words = start.argv[start.argv.index(named) + 1 :] if named in start.argv else ()
    return () if any("$" in word or "`" in word for word in words) else words


def _console_argv(evidence: Evidence, entry: Entry, command: str) -> tuple[str, ...]:
    """The command itself, or what it stands for where the project is not installed."""
    project = evidence.project
    if project and project.installable and project.installable.value:
        return (command,)
    if entry.module and is_program(entry.module):
        return run_argv(entry.module)
    target = next((one.target for one in (project.scripts if project else ()) if one.name == command), "")
    home, _, name = target.partition(":")
    return ("python", "-c", f"import sys; from {home} import {name or 'main'}; sys.exit({name or 'main'}())")


def _worker(evidence: Evidence, worker: Worker, hints: "Hints | None", python: str | None) -> App:
    common = _common(evidence, None)
    answers = evidence.answers
    start = answers.get("start") or Fact(worker.start, worker.source)
    migration, warnings = find_migration(evidence.source, evidence.project, None, None)
    found: dict[str, tuple[str, ...]] = {"worker": start.value}
    if worker.beat:
        found["beat"] = worker.beat
    if migration:
        found["migrate"] = migration.value
    found |= {key: fact.value for key, fact in other_processes(hints, None).items() if key not in found}
    kind = Fact("worker", answers["kind"].source if "kind" in answers else worker.source)
    entry = Entry("worker", worker.framework, "", Fact(worker.target, worker.source), worker.module)
    return App(
        kind,
        Fact(worker.framework, worker.source),
        entry.main,
        start=start,
        processes=Fact(found, worker.source),
        dev=Fact(watched(worker.start), worker.source),
        dev_additions=_dev_additions(_tools(kind, python), common.get("test"), evidence, python),
        python_path=_python_path(evidence.source, entry, start),
        warnings=warnings,
        **common,
    )


def _nothing(evidence: Evidence) -> App:
    """A library: nothing in it is started."""
    project = evidence.project
    source = (
        project.because if project else (evidence.source.modules[0].path if evidence.source.modules else "")
    )
    kind = evidence.answers.get("kind") or Fact("library", source)
    return App(kind, **_common(evidence, None))
