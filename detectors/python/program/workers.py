"""Programs that serve nobody: queues, bots, loops; and what brings a database's schema up to date."""

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ..code.source import Module, Source, calls, origin, place
from .frameworks import FLASK_APP

if TYPE_CHECKING:
    from detectors.hints import Hints

    from ..packages.project import Project

_CELERY = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
_BEAT = (
    "beat_schedule",
    "CELERY_BEAT_SCHEDULE",
    "CELERYBEAT_SCHEDULE",
    "add_periodic_task",
    "django_celery_beat",
)

#: What a program that never ends is made with: bots, brokers' clients, schedulers.
_ENDLESS = frozenset(
    {
        "discord", "nextcord", "disnake", "telegram",
        "telebot", "aiogram", "pyrogram", "telethon", "slack_bolt",
        "slack_sdk.socket_mode", "twitchio", "mastodon", "schedule", "apscheduler.schedulers.blocking",
        "pika", "aio_pika", "kombu", "kafka", "aiokafka", "confluent_kafka", "paho.mqtt", "nats",
        "temporalio.worker", "praw",
    }
)  # fmt: skip
_RUNS_FOREVER = frozenset(
    {
        "run_polling", "infinity_polling", "start_polling", "polling", "loop_forever", "run_forever",
        "start_consuming", "run_until_disconnected", "idle",
    }
)  # fmt: skip

#: What brings a schema up to date from within a program.
_UPGRADES = frozenset({"alembic.command.upgrade", "flask_migrate.upgrade"})

#: A cache in the database has a table that no migration makes:
#: https://docs.djangoproject.com/en/stable/topics/cache/#creating-the-cache-table
_WITH_CACHE = (
    "python", "-c", "from django.core.management import execute_from_command_line as run;"
    " run(['manage.py', 'migrate', '--noinput']); run(['manage.py', 'createcachetable'])",
)  # fmt: skip

Argv = tuple[str, ...]


class Worker(NamedTuple):
    """A queue's worker: what it runs, and with what."""

    framework: str  # "celery" "rq" "dramatiq" "arq"
    target: str  # "shop.celery:app"
    start: Argv
    beat: Argv | None
    source: str
    module: Module


def find_worker(source: Source, project: "Project | None") -> Worker | None:
    """Return the queue that the code works for."""
    found = (find(source, project) for find in (_celery, _dramatiq, _arq))
    return next((worker for worker in found if worker), None)


# -- Celery


def _celery(source: Source, project: "Project | None") -> Worker | None:
    found = [
        entry for module in source.modules if module.mentions("elery") for entry in _celery_objects(module)
    ]
    if not found:
        return None
    module, name, where = min(found, key=_celery_rank)
    target = f"{module.name}:{name}"
    start = ("celery", "-A", target, "worker", "--loglevel", "INFO")
    return Worker("celery", target, start, _beat(source, project, target), where, module)


def _celery_objects(module: Module) -> Iterator[tuple[Module, str, str]]:
    for name, values in module.assigned.items():
        for value in values:
            if module.importable and (_makes_celery(module, value) or _is_extension(value)):
                yield module, name, place(module, value)


def _makes_celery(module: Module, value: ast.expr, depth: int = 0) -> bool:
    """Whether VALUE is `Celery(…)`, or calls a local function that returns one."""
    if not isinstance(value, ast.Call):
        return False
    called = origin(module, value.func) or ""
    if called in _CELERY:
        return True
    made = module.source.definition(called) or module.source.definition(f"{module.name}.{called}")
    if made is None or depth > 3:
        return False
    home, name = made
    if name in home.classes:
        return any(origin(home, base) in _CELERY for base in home.classes[name].bases)
    return name in home.functions and _returns_celery(home, home.functions[name], depth)


def _returns_celery(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, depth: int) -> bool:
    if function.returns is not None and origin(module, function.returns) in _CELERY:
        return True
    values = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
    made = (values.get(value.id, value) if isinstance(value, ast.Name) else value for value in returned)
    return any(_makes_celery(module, value, depth + 1) for value in made)


def _is_extension(value: ast.expr) -> bool:
    """`celery_app = flask_app.extensions["celery"]`, as Flask's own documentation has it."""
    return (
        isinstance(value, ast.Subscript)
        and isinstance(value.slice, ast.Constant)
        and value.slice.value == "celery"
        and isinstance(value.value, ast.Attribute)
        and value.value.attr == "extensions"
    )


def _celery_rank(found: tuple[Module, str, str]) -> tuple[int, int, str, str]:
    module, name, _ = found
    stem = module.name.rpartition(".")[2]
    conventional = 0 if stem in {"celery", "celery_app", "worker", "make_celery", "celery_worker"} else 1
    return conventional, module.path.count("/"), module.path, name


def _beat(source: Source, project: "Project | None", target: str) -> Argv | None:
    if not any(module.mentions(*_BEAT) for module in source.modules):
        return None
    start = ("celery", "-A", target, "beat", "--loglevel", "INFO", "--pidfile=")
    if project and project.has("django-celery-beat"):
        return (*start, "--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")
    return (*start, "--schedule", "/tmp/celerybeat-schedule")  # noqa: S108  the one folder that is writable


# -- other queues


def _dramatiq(source: Source, project: "Project | None") -> Worker | None:
    modules = [
        module
        for module in source.modules
        if module.mentions("dramatiq")
        and "dramatiq.actor" in {origin(module, node) for node in _decorators(module)}
    ]
    if not modules:
        return None
    names = tuple(module.name for module in modules)
    return Worker("dramatiq", names[0], ("dramatiq", *names), None, modules[0].path, modules[0])


def _decorators(module: Module) -> Iterator[ast.expr]:
    for function in module.functions.values():
        for node in function.decorator_list:
            yield node.func if isinstance(node, ast.Call) else node


def _arq(source: Source, project: "Project | None") -> Worker | None:
    for module in source.modules if project is None or project.has("arq") else ():
        if module.mentions("WorkerSettings") and "WorkerSettings" in module.classes:
            target = f"{module.name}.WorkerSettings"
            where = place(module, module.classes["WorkerSettings"])
            return Worker("arq", target, ("arq", target), None, where, module)
    return None


# -- programs that never end


def never_ends(module: Module) -> str | None:
    """The place that shows that a program runs until it is stopped."""
    for name in sorted(module.imports):
        if any(name == root or name.startswith(f"{root}.") for root in _ENDLESS) and _is_started(module):
            return module.path
    for stmt in (*module.main_block, *module.statements, *_functions_of(module)):
        for node in ast.walk(stmt):
            if isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
                return (
                    None
                    if any(isinstance(inner, ast.Break) for inner in ast.walk(node))
                    else place(module, node)
                )
    return None


def _functions_of(module: Module) -> tuple[ast.stmt, ...]:
    return tuple(module.functions.values())


def _is_started(module: Module) -> bool:
    """Whether something is called that runs for good: `bot.run(token)`, `app.run_polling()`."""
    names = {name.rpartition(".")[2] for name, _ in calls(module)}
    return not names.isdisjoint({*_RUNS_FOREVER, "run", "start", "start_polling"})


# -- the database's schema


def find_migration(
    source: Source, project: "Project | None", manage: str | None, flask: str | None
) -> tuple[Fact | None, tuple[ProjectWarning, ...]]:
    """Return the command that brings the schema up to date, for Django, Flask-Migrate or Alembic."""
    if manage:
        cached = next((one for one in source.modules if one.mentions("backends.db.DatabaseCache")), None)
        argv = _WITH_CACHE if cached and "/" not in manage else ("python", manage, "migrate", "--noinput")
        return Fact(argv, manage), ()
    tree = source.tree
    if flask and "migrations/env.py" in tree and project and project.has("flask-migrate"):
        return Fact(_flask_migrate(project, flask), "migrations/env.py"), ()
    inis = [path for path in tree.paths if path.rpartition("/")[2] == "alembic.ini"]
    if not inis or project is None or not project.has("alembic"):
        return None, ()
    return _alembic(source, inis[0])


def _flask_migrate(project: "Project", app: str) -> tuple[str, ...]:
    """`flask db upgrade`; an older Flask is told the application by nothing that every image could run."""
    if project.at_least("flask", FLASK_APP):
        return ("flask", "--app", app, "db", "upgrade")
    module, _, name = app.partition(":")
    pushed = f"m.{name or 'app'}.app_context().push()"
    return ("python", "-c", f"import {module} as m, flask_migrate; {pushed}; flask_migrate.upgrade()")


def _alembic(source: Source, ini: str) -> tuple[Fact | None, tuple[ProjectWarning, ...]]:
    """`alembic upgrade head`, where its scripts are found from the project's own folder."""
    tree = source.tree
    where = next(
        (
            line
            for line in tree.text(ini).splitlines()
            if line.replace(" ", "").startswith("script_location=")
        ),
        "",
    )
    location = where.partition("=")[2].strip()
    folder = ini.rpartition("/")[0]
    here = f"{folder}/" if folder else ""
    location = location.replace("%(here)s/", here).replace("%(here)s", folder or ".").removeprefix("./")
    if location and f"{location}/env.py" not in tree and ":" not in location:
        if any(called in _UPGRADES for module in source.modules for called, _ in calls(module)):
            return None, ()  # the program does it itself
        message = f"its scripts are in {location!r} of another working directory; migrations are left out"
        return None, (ProjectWarning("migrations-elsewhere", message, ini),)
    argv = (
        ("alembic", "upgrade", "head") if ini == "alembic.ini" else ("alembic", "-c", ini, "upgrade", "head")
    )
    return Fact(argv, ini), ()


# -- what the Procfile says


def other_processes(hints: "Hints | None", port: int | None) -> Mapping[str, Fact]:
    """The Procfile's process types beside `web`, as they run without a shell; `release` is `migrate`."""
    found: dict[str, Fact] = {}
    for name, command in (hints.procfile if hints else {}).items():
        words = tuple(_with_port(word, port) for word in command.argv)
        exact = not any("$" in word or "`" in word for word in words)
        if name != "web" and exact and words and command.folder in {".", ""}:
            found["migrate" if name == "release" else name] = Fact(words, command.source)
    return found


def _with_port(word: str, port: int | None) -> str:
    if port is None:
        return word
    return word.replace("${PORT}", str(port)).replace("$PORT", str(port))
