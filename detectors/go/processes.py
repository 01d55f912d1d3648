"""What runs beside the main program: workers that are started elsewhere, and what migrates the database."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ..commands import Command
from ..services import SQL
from .app import BIN, MAIN, App, Evidence, arguments_of
from .code.folding import fold
from .code.program import Program
from .code.settable import flags_of
from .code.source import Source
from .code.subcommands import find_commands
from .code.syntax import field, find, statements_of, text_of
from .packages.modules import Modules
from .program.builds import Built
from .program.mains import Candidate, started_by
from .settings.drivers import DRIVERS

#: Targets of a Makefile that bring a database up to date, the plainest first.
_TARGETS = (
    "migrate", "migrate-up", "migrate_up", "migrateup", "db-migrate", "db_migrate", "migrations",
    "migration-up", "db-up", "migrate-db", "migrate/up", "migrations/up", "db/migrate",
    "db/migrations/up",
)  # fmt: skip
_FOLDERS = frozenset({"migrate", "migrations", "migrator", "migration", "dbmigrate", "db-migrate"})
#: Subcommands and flags that bring a database up to date, and then end.
_COMMANDS = ("migrate", "migrations", "migrate-up", "run-migrations", "db-migrate", "migrate-db")
_UP = frozenset({("migrate", "up"), ("migrations", "up"), ("db", "up"), ("migration", "up")})
#: Conditions that are a flag's own value.
_NAMES = frozenset({"identifier", "selector_expression", "unary_expression"})
#: What reads arguments: nobody knows which the program would need.
_ARGUMENTS = ("os.Args", "flag.Arg", "cobra.Command", "cli.App", "cli.Command", "kong.", "kingpin.")
#: Libraries that programs apply migrations by.
_LIBRARIES = (
    "github.com/golang-migrate/migrate", "github.com/pressly/goose", "github.com/rubenv/sql-migrate",
    "github.com/go-gormigrate/gormigrate", "ariga.io/atlas", "github.com/amacneil/dbmate/pkg",
    "github.com/jackc/tern", "github.com/uptrace/bun/migrate", "github.com/lopezator/migrator",
)  # fmt: skip
#: Tools that apply migrations, as modules of Go.
_TOOLS = {
    "github.com/pressly/goose/cmd/goose": "goose",
    "github.com/golang-migrate/migrate/cmd/migrate": "migrate",
    "github.com/rubenv/sql-migrate/sql-migrate": "sql-migrate",
    "ariga.io/atlas/cmd/atlas": "atlas",
    "github.com/amacneil/dbmate": "dbmate",
}


class Processes(NamedTuple):
    """The processes of an app, and the programs that they need."""

    facts: Mapping[str, Fact]
    programs: tuple[Candidate, ...] = ()  # beside the main one
    warnings: tuple[ProjectWarning, ...] = ()


class _Process(NamedTuple):
    name: str
    argv: tuple[str, ...]
    source: str
    candidate: Candidate | None  # None: the main one


def find_processes(evidence: Evidence, app: App, source: Source, modules: Modules) -> Processes:
    """Return every process that is stated, the main one first."""
    start = app.facts["start"]
    name = {"web": "web", "worker": "worker"}.get(app.facts["kind"].value, "app")
    others = [one for one in _others(evidence, app) if one.name != name]
    migration = next(_migrations(evidence, app, source, modules), None)
    found: dict[str, tuple[str, ...]] = {name: start.value}
    if migration is not None:
        found["migrate"] = migration.argv
    for one in others:
        found.setdefault(one.name, one.argv)
    told = (one for one in (migration, *others) if one and found.get(one.name) == one.argv)
    programs = [one.candidate for one in told if one.candidate]
    facts = {"processes": evidence.answers.get("processes") or Fact(found, start.source)}
    if programs:
        facts["binaries"] = Fact(tuple(map(_binary, dict.fromkeys(programs))), programs[0].source)
    unmade = (
        () if migration or _migrates_itself(app.program) else tuple(_unmade(app.program, source, modules))
    )
    return Processes(facts, tuple(programs), unmade)


def _binary(candidate: Candidate) -> dict[str, Any]:
    return {"name": candidate.name, "package": candidate.main, "tags": ()}


# -- what other platforms start


def _others(evidence: Evidence, app: App) -> Iterator[_Process]:
    hints = evidence.hints
    for command in (*hints.procfile.values(), *hints.commands):
        if command.process in {"web", "app", "api", "server", "release", "migrate"}:
            continue
        made = _process(
            evidence, app, command, re.sub(r"[^a-z0-9-]+", "-", command.process.lower()).strip("-")
        )
        if made and made.argv != app.facts["start"].value:
            yield made


def _process(evidence: Evidence, app: App, command: Command, name: str) -> _Process | None:
    """COMMAND as the image runs it; None where it is no program of the repository, or needs a shell."""
    candidate = started_by(command, evidence.candidates, evidence.builds)
    if candidate is None and len(evidence.candidates) == 1:
        candidate = app.main
    words = arguments_of(command, candidate) if candidate else None
    if candidate is None or words is None or any("$" in word for word in words):
        return None
    is_main = candidate == app.main
    if is_main and not words and command.process in MAIN:
        return None
    return _Process(name, (f"{BIN}/{candidate.name}", *words), command.source, None if is_main else candidate)


# -- migrations


def _migrations(evidence: Evidence, app: App, source: Source, modules: Modules) -> Iterator[_Process]:
    hints = evidence.hints
    stated = [hints.procfile[name] for name in ("release", "migrate") if name in hints.procfile]
    stated += [one for one in hints.commands if one.process == "migrate"]
    for command in stated:
        made = _process(evidence, app, command, "migrate")
        if made and made.argv != app.facts["start"].value:
            yield made
    yield from _of_targets(evidence, app)
    yield from _of_commands(app)
    yield from _of_folders(evidence, app, source, modules)


def _of_targets(evidence: Evidence, app: App) -> Iterator[_Process]:
    """Yield what a Makefile runs to bring the database up to date."""
    for target in _TARGETS:
        for one in evidence.builds:
            if one.target == target and one.verb == "run" and not any("$" in word for word in one.arguments):
                yield from _run(evidence, app, one)


def _run(evidence: Evidence, app: App, built: Built) -> Iterator[_Process]:
    for candidate in evidence.candidates:
        if candidate.folder in built.folders and (candidate != app.main or built.arguments):
            argv = (f"{BIN}/{candidate.name}", *built.arguments)
            yield _Process("migrate", argv, built.source, None if candidate == app.main else candidate)


def _of_commands(app: App) -> Iterator[_Process]:
    """Yield the program itself with the subcommand, or the flag, by which it does nothing else."""
    if not _has_database(app.program):
        return
    start = f"{BIN}/{app.main.name}"
    for words, place in find_commands(app.program):
        if words[-1] in _COMMANDS or words[-2:] in _UP:
            yield _Process("migrate", (start, *words), place, None)
    for name in _COMMANDS:
        setting = flags_of(app.program).get(name)
        if setting and not app.serving.command and _ends_with(app.program, f"--{name}"):
            yield _Process("migrate", (start, f"--{name}"), setting.place, None)


def _ends_with(program: Program, flag: str) -> bool:
    """Whether the program is at its end after what it does for FLAG: `if *migrate { …; return }`."""
    for code in program.mentioning("igrat"):
        for node in find(code.root, {"if_statement": "if"}).get("if", []):
            condition, last = field(node, "condition"), statements_of(field(node, "consequence"))[-1:]
            if condition is None or condition.type not in _NAMES or not last:
                continue
            if re.match(r"return\b|os\.Exit\(", text_of(last[0])) and fold(code, condition).flags == {flag}:
                return True
    return False


def _of_folders(evidence: Evidence, app: App, source: Source, modules: Modules) -> Iterator[_Process]:
    """Yield a program of the repository that is called after it, where it needs to be told nothing."""
    for one in evidence.candidates:
        if one.folder.rpartition("/")[2] not in _FOLDERS or one == app.main or _migrates_itself(app.program):
            continue
        program = Program.of(source, one.folder, modules.paths)
        if not any(True for _ in program.mentioning(*_ARGUMENTS)):
            yield _Process("migrate", (f"{BIN}/{one.name}",), one.source, one)


def _migrates_itself(program: Program) -> bool:
    """Whether the program brings its database up to date when it starts."""
    return any(path.startswith(_LIBRARIES) for path in program.imports)


def _unmade(program: Program, source: Source, modules: Modules) -> Iterator[ProjectWarning]:
    """Yield a warning for each tool that would apply the project's migrations, and that nothing here runs."""
    tools = tuple(_tools(source, modules))
    yield from tools
    # https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md
    scripts = (*source.tree.glob("*.up.sql"), *source.tree.glob("**/*.up.sql"))
    if scripts and not tools and _has_database(program):
        said = "no program here applies this: run golang-migrate beside the app, or add a program that does"
        yield ProjectWarning("migrations", said, scripts[0])


def _has_database(program: Program) -> bool:
    return any(DRIVERS.get(path) in SQL for path in program.imports)


def _tools(source: Source, modules: Modules) -> Iterator[ProjectWarning]:
    from .code.code import plain

    for name, place in _tool_paths(source, modules):
        tool = _TOOLS.get(plain(name))
        if tool:
            said = (
                f"{tool} brings the database up to date, and the image does not have it:"
                " run it beside the app, or add a program to the repository that does"
            )
            yield ProjectWarning("migrations", said, place)


def _tool_paths(source: Source, modules: Modules) -> Iterable[tuple[str, str]]:
    """What go.mod names as tools, and what files for tools import: https://go.dev/wiki/Modules#tools"""
    for module in modules.members:
        if module.manifest:
            yield from ((str(one.value), one.source) for one in module.manifest.tools)
    for path in source.tree.glob("**/tools.go"):
        for number, line in enumerate(source.tree.text(path).splitlines(), start=1):
            match = re.match(r'\s*(?:import\s+)?_\s+"([^"]+)"', line)
            if match:
                yield match[1], f"{path}:{number}"
