"""What is found of a program, and the parts that every kind of program has."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scaffold.model import Ambiguity, Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from .code.source import Module
from .program.entry import Entry, Programs
from .program.evidence import Build, Evidence
from .program.processes import find_migration, other_processes
from .program.trials import find_test, find_test_files
from .serving.serve import Serving

_SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL")
#: Variables that the image, the template or the port say already.
_SAID = frozenset({"NODE_ENV", "PORT", "HOST", "HOSTNAME", "NODE_OPTIONS", "PATH", "BROWSER"})


class App(NamedTuple):
    """Facts about the program, each absent where nothing states it."""

    kind: Fact
    framework: Fact | None = None
    main: Fact | None = None
    port: Fact | None = None
    start: Fact | None = None
    processes: Fact | None = None
    dev: Fact | None = None
    dev_port: Fact | None = None  # where development serves elsewhere than production
    debug_port: Fact | None = None
    test: Fact | None = None
    health: Fact | None = None
    build: Fact | None = None
    copies: Fact | None = None
    excludes: Fact | None = None
    production: Fact | None = None
    run_environment: Fact | None = None
    build_environment: Fact | None = None
    dev_environment: Fact | None = None
    test_files: Fact | None = None
    writable: Fact | None = None
    environment: Fact | None = None
    site: Fact | None = None
    spa: Fact | None = None
    fallback: Fact | None = None
    not_found: Fact | None = None
    immutable: Fact | None = None
    base_path: Fact | None = None
    server_package: Fact | None = None
    kept: Fact | None = None  # dependencies for development that the image needs all the same
    prune: Fact | None = None
    member: Fact | None = None  # of the workspace's member that is started
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()
    entry: Module | None = None

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts that are there, by their keys in a finding."""
        return {name: value for name, value in self._asdict().items() if isinstance(value, Fact)}


def with_processes(
    evidence: Evidence, programs: Programs, app: App, start: Fact, build: Build | None, entry: Entry | None
) -> App:
    name = {"web": "web", "worker": "worker"}.get(app.kind.value, "app")
    modules = evidence.source.program(app.entry) if app.entry else evidence.source.modules
    migration = find_migration(programs, build, modules)
    processes: dict[str, tuple[str, ...]] = {name: start.value}
    if migration.argv:
        processes["migrate"] = migration.argv.value
        app = _with_tool(evidence, app, migration.argv)
    if migration.kept:
        app = app._replace(kept=migration.kept, prune=Fact(True, migration.kept.source))
    for key, fact in other_processes(programs, entry).items():
        processes.setdefault(key, fact.value)
    said = evidence.answers.get("processes")
    return app._replace(
        start=start,
        processes=said or Fact(processes, start.source),
        warnings=(*app.warnings, *migration.warnings),
    )


#: What tools for databases read at the root when they apply migrations.
_READ_BY_TOOLS = ("prisma", "prisma.config.ts", "drizzle", "drizzle.config.ts", "migrations", "package.json")


def _with_tool(evidence: Evidence, app: App, migration: Fact) -> App:
    """A self-contained output with the tool that brings the database up to date, and what that reads."""
    if app.production is None or app.production.value or app.copies is None:
        return app
    there = (one for one in _READ_BY_TOOLS if one in evidence.tree or evidence.tree.names(one))
    copies = (*app.copies.value, *((one, one) for one in there))
    return app._replace(
        production=Fact(True, migration.source), copies=Fact(tuple(dict.fromkeys(copies)), app.copies.source)
    )


def port_said(argv: Iterable[str], environment: Iterable[tuple[str, str]]) -> int | None:
    words = tuple(argv)
    said = dict(environment).get("PORT", "")
    for word, after in zip(words, (*words[1:], ""), strict=False):
        key, _, value = word.partition("=")
        if key in {"-p", "--port"}:
            said = value or after
    number = said.removeprefix("${PORT:-").removesuffix("}")
    return int(number) if number.isdecimal() and 0 < int(number) < 65536 else None


def find_tests(evidence: Evidence) -> dict[str, Any]:
    found = {
        "test": evidence.answers.get("test") or find_test(evidence),
        "test_files": find_test_files(evidence.source),
    }
    return {key: fact for key, fact in found.items() if fact}


def run_environment_of(
    evidence: Evidence,
    port: Fact | None,
    base: Mapping[str, str],
    entry: Entry | None,
    serving: Serving,
    port_variable: str = "PORT",
) -> dict[str, str]:
    """What the image sets: the port by its variable, the address, and what the start script puts in front."""
    start = entry.program.start if entry and entry.program else None
    said = {
        key: value
        for key, value in (start.environment if start else ())
        if key not in _SAID and "$" not in value and not any(word in key for word in _SECRET)
    }
    variable = serving.variable if serving.listens else (port_variable if base else None)
    own = {variable: str(port.value)} if variable and port else {}
    return {**said, **base, **dict(serving.environment), **own}


def environment_fact(found: Mapping[str, str], source: str) -> Fact | None:
    return Fact(dict(found), source) if found else None


def excluded_sources(evidence: Evidence, entry: Entry) -> Fact | None:
    """The folder of what was compiled, where the program itself does not read it."""
    if entry.built is None or entry.module is None or entry.built.root in {".", ""} or entry.main is None:
        return None
    root = entry.built.root.partition("/")[0]
    if str(entry.main.value).startswith(f"{root}/") or entry.built.out.startswith(f"{root}/"):
        return None
    return excluded(evidence, (root,), entry.main.source)


def excluded(evidence: Evidence, folders: tuple[str, ...], source: str) -> Fact | None:
    kept = tuple(one for one in folders if evidence.tree.names(one) and not _is_read(evidence, one))
    return Fact(kept, source) if kept else None


def _is_read(evidence: Evidence, folder: str) -> bool:
    """Whether code names a folder as a path, or it holds files that a compiler leaves alone."""
    named = rf"""['"`](\./)?{re.escape(folder)}(/[^'"`]*)?['"`]"""
    imported = r"""(from|require\(|import\(?)\s*$"""
    for module in evidence.source.modules:
        for match in re.finditer(named, module.text):
            if not re.search(imported, module.text[: match.start()]):
                return True
    return False
