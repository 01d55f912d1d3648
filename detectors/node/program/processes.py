"""What runs beside the web server: workers, migrations, and what a Procfile names. Decides no entry."""

import re
from collections.abc import Iterable, Iterator

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ..code.source import Module
from ..code.syntax import Node
from .bins import bin_file, package_of
from .entry import Entry, Programs, settle
from .evidence import Build, Evidence, is_migration
from .programs import read_program
from .scripts import Start, resolve_argv, steps_of

#: Scripts that start a second process, and what we call it.
_WORKERS = {
    "worker": ("start:worker:prod", "worker:prod", "start:worker", "worker", "start:workers", "workers"),
    "queue": ("start:queue", "queue"),
    "scheduler": ("start:scheduler", "scheduler", "start:cron", "cron"),
}
#: Scripts that bring a database up to date, the most fit for production first.
_MIGRATES = (
    "migrate:deploy", "db:migrate:deploy", "db:deploy", "prisma:deploy", "prisma:migrate:deploy",
    "migrate:prod", "migration:run:prod", "migrations:run:prod", "db:migrate:prod", "typeorm:migrate:prod",
    "db:migrate", "migrate", "migrate:up", "migrate:latest", "migration:run", "migrations:run",
    "migration:up", "db:migrate:up",
    "typeorm:migrate", "prisma:migrate", "knex:migrate", "drizzle:migrate", "migrate:run",
)  # fmt: skip
#: What a program says that brings its database up to date itself.
_MIGRATES_ITSELF = ("runMigrations(", ".migrate.latest(", "/migrator", "migrationsRun")
#: What a program does that does not end by itself: https://docs.bullmq.io, discord.js.org, telegraf.js.org …
_ENDLESS = (
    r"bullmq\.(\w+\.)?Worker|bull(\.default|\.Queue)?\(\)\.process|bee-queue(\.\w+)?\(\)\.process"
    r"|(discord\.js|discord\.js-selfbot-v13|eris|oceanic\.js)\.\w+(\(\))?\.(login|connect)"
    r"|telegraf\.Telegraf\(\)\.(launch|startPolling)|grammy\.Bot\(\)\.start|@grammyjs/runner\.run"
    r"|node-telegram-bot-api(\.\w+)?|whatsapp-web\.js\.Client\(\)\.initialize|tmi\.js\.(Client|client)\(\)\.connect"
    r"|(amqplib|amqp-connection-manager).*\.(consume|addSetup)|kafkajs\.Kafka\(\)\.consumer\(\)\.run"
    r"|node-cron\.schedule|cron\.(CronJob|job)(\.from)?|node-schedule\.scheduleJob|croner\.Cron|toad-scheduler\..*"
    r"|agenda\.Agenda\(\)\.start|agenda\(\)\.start|pg-boss(\.\w+)?\(\)\.(work|start)|graphile-worker\.run"
    r"|@temporalio/worker\.Worker\.create(\(\)\.run)?|sqs-consumer\.Consumer\.create(\(\)\.start)?|bree\(\)\.start"
    r"|@slack/bolt\.App\(\)\.start|mqtt\.(connect|connectAsync)|nats\.connect\(\)\.subscribe"
    r"|(redis\.createClient|ioredis(\.\w+)?)\(\)(\.duplicate\(\))?\.p?[sS]ubscribe|chokidar\.watch"
    r"|mineflayer\.createBot|setInterval"
)
_TYPED = (".ts", ".mts", ".cts")


class Migration(NamedTuple):
    """How the database is brought up to date."""

    argv: Fact | None
    warnings: tuple[ProjectWarning, ...] = ()
    kept: Fact | None = None  # tools for development alone that it needs, each with its range


def find_endless(modules: Iterable[Module]) -> Fact | None:
    """Return what keeps a program running that serves nobody."""
    for module in modules:
        for call in module.calls():
            callee = call.callee or _named(call.node)
            if callee and re.fullmatch(_ENDLESS, callee):
                return Fact(callee, call.place)
    return None


def _named(node: Node) -> str:
    """The plain name that a call calls: `setInterval`."""
    from ..code.syntax import callee_of, text_of

    callee = callee_of(node)
    return text_of(callee) if callee is not None and callee.type == "identifier" else ""


# -- other processes


def other_processes(programs: Programs, main: Entry | None) -> dict[str, Fact]:
    """Return the commands of processes beside the main one, by their names."""
    evidence = programs.evidence
    found: dict[str, Fact] = {}
    for name, command in (evidence.hints.procfile if evidence.hints else {}).items():
        if name in {"web", "release", "migrate"}:
            continue
        start = resolve_argv(evidence.tree, evidence.manifest, command.argv, command.source, command.folder,
                             command.environment)  # fmt: skip
        if start and (argv := _argv(programs, start)):
            found[name] = Fact(argv, command.source)
    for name, scripts in _WORKERS.items():
        starts = (start for script in scripts if (start := evidence.script(script)))
        known = next(((argv, start) for start in starts if (argv := _argv(programs, start))), None)
        if known and name not in found and (main is None or known[0] != main.argv):
            found[name] = Fact(known[0], known[1].source)
    return found


def _argv(programs: Programs, start: Start) -> tuple[str, ...] | None:
    program = read_program(start, programs.evidence.source, programs.evidence.manifest)
    if program is None or program.watches:
        return None
    entry = settle(programs, program, start.source)
    return entry.argv if entry and not entry.build else None


# -- migrations


def find_migration(programs: Programs, build: Build | None, modules: Iterable[Module]) -> Migration:
    """Return the command that brings the database up to date, as the image can run it."""
    evidence = programs.evidence
    stated = next(_stated(evidence, build), None) or _by_convention(evidence, tuple(modules))
    if stated is None:
        return Migration(None)
    migration = _runs(programs, stated)
    rest = [step for step in _release_steps(evidence) if step.argv != stated.argv]
    also = (one for step in rest if stated in _released(evidence) for one in _left_out(step).warnings)
    return migration._replace(warnings=(*migration.warnings, *also))


def _runs(programs: Programs, stated: Start) -> Migration:
    """How the image can run what migrates."""
    evidence = programs.evidence
    program = read_program(stated, evidence.source, evidence.manifest)
    if program is not None:
        entry = settle(programs, program, stated.source)
        return Migration(Fact(entry.argv, stated.source)) if entry and not entry.build else _left_out(stated)
    argv = _by_node(programs, stated)
    if argv is None:
        return _left_out(stated)
    kept = _needed_tools(evidence, stated.name)
    if kept and not _reads_typescript(evidence, stated.name):
        return _left_out(stated)
    return Migration(Fact(argv, stated.source), kept=Fact(kept, stated.source) if kept else None)


def _stated(evidence: Evidence, build: Build | None) -> Iterator[Start]:
    """The migrations that people run: before the start, in the build, by a script."""
    released = _released(evidence)
    yield from (step for step in released if _is_runnable(evidence, step))
    for name in ("start:prod", "start"):
        start = evidence.script(name)
        yield from (step for step in (start.before if start else ()) if is_migration(step))
    yield from build.migrations if build else ()
    for name in _MIGRATES:
        start = evidence.script(name)
        if start:
            told = [_by_tool(step) for step in steps_of(start)]
            known = [step for step in told if _is_runnable(evidence, step)]
            yield from (_for_production(step) for step in known[-1:] if step.argv[1:2] != ("generate",))
    yield from released  # by what is not known here: it is left out, and said


def _released(evidence: Evidence) -> tuple[Start, ...]:
    """What the Procfile runs once for each new version: the step that migrates, else the last."""
    steps = _release_steps(evidence)
    migrating = [step for step in steps if is_migration(step) or _tool_applies(step)]
    return (*migrating, *steps[-1:])[:1]


def _release_steps(evidence: Evidence) -> tuple[Start, ...]:
    """Every step of it; `migrate` is what stands first in a `release`, too."""
    procfile = evidence.hints.procfile if evidence.hints else {}
    found: list[Start] = []
    for one in (procfile[name] for name in ("migrate", "release") if name in procfile):
        start = resolve_argv(evidence.tree, evidence.manifest, one.argv, one.source, one.folder,
                             one.environment)  # fmt: skip
        found += map(_by_tool, steps_of(start) if start else (Start(one.argv, one.source),))
    return tuple(found)


def _is_runnable(evidence: Evidence, step: Start) -> bool:
    return package_of(step.name) is not None or _is_file(evidence, step)


def _by_tool(step: Start) -> Start:
    """`ts-node ./node_modules/typeorm/cli.js migration:run` is typeorm."""
    for index, word in enumerate(step.argv):
        if "node_modules/typeorm/cli" in word:
            return step._replace(argv=("typeorm", *step.argv[index + 1 :]))
    return step


def _tool_applies(step: Start) -> bool:
    """Whether a tool for databases is told to apply what is there."""
    applies = {"migration:run", "migrate:latest", "db:migrate", "migrate", "up", "push"}
    return package_of(step.name) is not None and not applies.isdisjoint(step.argv)


def _is_file(evidence: Evidence, step: Start) -> bool:
    return read_program(step, evidence.source, evidence.manifest) is not None


def _for_production(step: Start) -> Start:
    """`prisma migrate dev` asks questions and makes migrations: `deploy` applies those that are there."""
    if step.name == "prisma" and step.argv[1:3] == ("migrate", "dev"):
        return step._replace(argv=("prisma", "migrate", "deploy", *_schema(step.argv)))
    return step


def _schema(argv: tuple[str, ...]) -> tuple[str, ...]:
    at = argv.index("--schema") if "--schema" in argv else -1
    return argv[at : at + 2] if at >= 0 else tuple(word for word in argv if word.startswith("--schema="))


def _by_convention(evidence: Evidence, modules: tuple[Module, ...]) -> Start | None:
    """Migrations that lie where the tool has them, unless the program applies them itself."""
    tree, manifest = evidence.tree, evidence.manifest
    if any(module.mentions(*_MIGRATES_ITSELF) for module in modules):
        return None
    rules = (
        ("prisma", "prisma", "prisma/migrations/*/migration.sql", ("migrate", "deploy")),
        ("knex", "knex", "migrations/*", ("migrate:latest",)),
        ("sequelize-cli", "sequelize", "migrations/*", ("db:migrate",)),
        ("drizzle-kit", "drizzle-kit", "drizzle/*.sql", ("migrate",)),
        ("migrate-mongo", "migrate-mongo", "migrations/*", ("up",)),
        ("node-pg-migrate", "node-pg-migrate", "migrations/*", ("up",)),
    )
    for package, command, pattern, words in rules:
        files = tree.glob(pattern)
        if files and manifest.has_any(package) and _configured(evidence, package):
            return Start((command, *words), files[0])
    return None


def _configured(evidence: Evidence, package: str) -> bool:
    """Whether the tool's own configuration is there: a folder `migrations` alone says little."""
    stems = {"knex": "knexfile", "migrate-mongo": "migrate-mongo-config"}
    return package not in stems or evidence.config(stems[package]) is not None


def _by_node(programs: Programs, start: Start) -> tuple[str, ...] | None:
    """The command as node runs it in the image; None where nobody knows its tool's file."""
    evidence = programs.evidence
    name = start.name
    file = bin_file(evidence, name)
    if file is None or start.folder != ".":
        return None
    words = tuple(_compiled(programs, word) for word in start.argv[1:])
    fits = not any("$" in word or word.endswith(".ts") for word in words)
    return ("node", file, *words) if fits or name in {"prisma", "drizzle-kit"} else None


#: What the tools read before they do anything.
_CONFIGS = {"prisma": "prisma.config", "drizzle-kit": "drizzle.config", "knex": "knexfile"}


def _needed_tools(evidence: Evidence, command: str) -> dict[str, str]:
    """What migrations need of the dependencies for development: the tool, and what its configuration does."""
    config = evidence.config(_CONFIGS[command]) if command in _CONFIGS else None
    imports = (specifier.split("/") for specifier in (config.module.imports if config else ()))
    names = ["/".join(parts[: 2 if parts[0].startswith("@") else 1]) for parts in imports]
    wanted = dict.fromkeys((str(package_of(command)), *names))
    asked = {name: evidence.manifest.has_any(name) for name in wanted if evidence.manifest.has(name) is None}
    return {name: str(fact.value) for name, fact in asked.items() if fact}


def _reads_typescript(evidence: Evidence, command: str) -> bool:
    """Whether the tool does so by itself, or is given none."""
    config = evidence.config(_CONFIGS[command]) if command in _CONFIGS else None
    typed = config is not None and config.path.endswith(_TYPED)
    return command in {"prisma", "drizzle-kit"} or not (typed or evidence.tree.glob("**/migrations/*.ts"))


def _compiled(programs: Programs, word: str) -> str:
    """A source file among the words, as the build writes it."""
    option, equals, value = word.rpartition("=")
    plain = value.removeprefix("./")
    outputs = (one.output_of(plain) for one in programs.compilations if plain.endswith(".ts"))
    made = next((output for output in outputs if output), value)
    return f"{option}{equals}{made}"


def _left_out(start: Start) -> Migration:
    said = (
        f"`{' '.join(start.argv)}` prepares a new version, and needs what the final image does not have: "
        "run it from the stage dev, or make its tool a dependency"
    )
    return Migration(None, (ProjectWarning("migrations", said, start.source),))
