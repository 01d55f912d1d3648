"""Start commands that a project states (Procfile, Dockerfile …), read for what they serve. Runs nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scaffold.nouns import NamedTuple

if TYPE_CHECKING:
    from detectors.commands import Command

#: What stands before the real command: it is there in the image without them.
_RUNNERS = frozenset({"poetry", "uv", "pipenv", "pdm", "hatch", "rye"})
_WRAPPERS = frozenset(
    {"ddtrace-run", "opentelemetry-instrument", "tini", "dumb-init", "gosu", "honcho", "--"}
)

SERVERS = frozenset({"gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve", "sanic"})
#: Servers for development: their target is served by a production server instead.
_FRONT = frozenset({"flask", "fastapi", "quart", "litestar"})

#: Options that take no value; all others of a server do.
_FLAGS = frozenset(
    {
        "--reload", "--preload", "--factory", "--proxy-headers", "--no-proxy-headers", "--no-access-log",
        "--access-log", "--daemon", "-D", "--capture-output", "--enable-stdio-inheritance", "--no-sendfile",
        "--spew", "--debug", "--dev", "--no-control-socket", "--single-process", "--fast",
        "--no-server-header", "--server-header", "--call",
        "--respawn-failed-workers", "--http2", "--use-colors", "--no-use-colors",
        "--no-date-header", "-d", "-v",
    }
)  # fmt: skip
#: Options that say where to bind, which we say ourselves.
_BINDS = frozenset(
    {
        "-b",
        "--bind",
        "--host",
        "-p",
        "--port",
        "-H",
        "-P",
        "--listen",
        "--uds",
        "-u",
        "--fd",
        "--endpoint",
        "-e",
    }
)
#: Options that say where a target is imported from.
_FOLDERS = frozenset({"--chdir", "--app-dir"})
#: Options of a development server, and what would put the process in the background.
_DROPPED = frozenset({"--reload", "--debug", "--dev", "--daemon", "-D", "-d", "--pid", "--spew"})
_BIND = r"(?:.*[:=])?(\d{2,5})$"
_PORT_OPTIONS = frozenset({"-b", "--bind", "-p", "--port", "-P", "--listen", "--server.port"})


class Start(NamedTuple):
    """What a start command serves or runs."""

    process: str
    server: str | None  # "gunicorn"; None for a development server or a script
    target: str | None  # "shop.main:app"
    script: str | None  # "src/bot.py"
    module: str | None  # python -m MODULE
    factory: bool
    options: tuple[str, ...]  # what else is said to the server, without where to bind
    port: int | None
    folder: str
    source: str
    exact: bool  # whether the options can be taken as they are
    argv: tuple[str, ...]


def read_start(command: "Command") -> Start:
    """Read a command; what it serves stays None where it is no known form."""
    argv = _plain(command.argv)
    name = argv[0].rpartition("/")[2] if argv else ""
    if (
        name.startswith("python")
        and len(argv) > 2
        and argv[1] == "-m"
        and argv[2] in {*SERVERS, *_FRONT, "celery"}
    ):
        argv, name = argv[2:], argv[2]
    if name in SERVERS:
        return _served(command, name, argv)
    if name in _FRONT:
        return _make(command, argv, target=_front_target(argv))
    if name == "streamlit" and len(argv) > 2:
        return _make(command, argv, script=argv[2])
    if name.startswith("python"):
        return _python(command, argv)
    return _make(command, argv)


def _plain(argv: tuple[str, ...]) -> tuple[str, ...]:
    while argv:
        name = argv[0].rpartition("/")[2]
        if name in _RUNNERS and argv[1:2] == ("run",):
            argv = _past_options(argv[2:])
        elif name == "newrelic-admin" and argv[1:2] == ("run-program",):
            argv = argv[2:]
        elif name in _WRAPPERS:
            argv = argv[1:]
        else:
            return argv
    return argv


def _past_options(argv: tuple[str, ...]) -> tuple[str, ...]:
    """What follows the options of `uv run --no-dev …`."""
    while argv and argv[0].startswith("-") and argv[0] != "-m":
        argv = argv[1:]
    return argv


def _make(
    command: "Command",
    argv: tuple[str, ...],
    target: str | None = None,
    script: str | None = None,
    module: str | None = None,
) -> Start:
    return Start(
        command.process,
        None,
        target,
        script,
        module,
        False,
        (),
        _port(argv),
        command.folder,
        command.source,
        False,
        argv,
    )


def _python(command: "Command", argv: tuple[str, ...]) -> Start:
    rest = [word for word in argv[1:] if word not in {"-u", "-O", "-B", "-OO"}]
    if rest[:1] == ["-m"] and len(rest) > 1:
        return _make(command, argv, module=rest[1])
    return _make(command, argv, script=rest[0] if rest else None)


def _served(command: "Command", name: str, argv: tuple[str, ...]) -> Start:
    positional, options = _split(argv[1:])
    target = positional[-1] if positional else None
    factory = "--factory" in argv or bool(target and target.endswith(")"))
    kept = tuple(
        word for option in options for word in option if option[0] not in {*_BINDS, *_DROPPED, *_FOLDERS}
    )
    return Start(
        process=command.process,
        server=name,
        target=target,
        script=None,
        module=None,
        factory=factory,
        options=kept,
        port=_port(argv),
        folder=_folder(command, options),
        source=command.source,
        exact=command.folder in {".", ""} and not any("$" in word or "`" in word for word in kept),
        argv=argv,
    )


def _folder(command: "Command", options: list[tuple[str, ...]]) -> str:
    """Where the target is imported from: we say that by PYTHONPATH."""
    return next(
        (option[1] for option in options if option[0] in _FOLDERS and len(option) > 1), command.folder
    )


def _split(words: tuple[str, ...]) -> tuple[list[str], list[tuple[str, ...]]]:
    positional: list[str] = []
    options: list[tuple[str, ...]] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            positional.append(word)
        elif "=" in word and word.startswith("--"):
            options.append(tuple(word.split("=", 1)))
        elif word in _FLAGS or not rest:
            options.append((word,))
        else:
            options.append((word, rest.pop(0)))
    return positional, options


def _front_target(argv: tuple[str, ...]) -> str | None:
    for flag in ("--app", "-A"):
        if flag in argv[:-1]:
            return argv[argv.index(flag) + 1]
    words = [word for word in argv[2:] if not word.startswith("-")]
    return words[0] if argv[0] == "fastapi" and words else None


def _port(argv: tuple[str, ...]) -> int | None:
    for option, value in _options(argv):
        match = re.match(_BIND, value) if option in _PORT_OPTIONS else None
        if match and int(match[1]) < 65536:
            return int(match[1])
    return None


def _options(argv: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word, after in zip(argv, (*argv[1:], ""), strict=False):  # of no words there are none
        option, _, value = word.partition("=")
        yield (option, value) if value else (word, after)


def find_starts(procfile: "Mapping[str, Command]", commands: "tuple[Command, ...]") -> tuple[Start, ...]:
    """Every stated start of the main process, the most trusted first: a Procfile's `web`, else all it has."""
    named = (
        [procfile["web"]] if "web" in procfile else [procfile[name] for name in procfile if name != "release"]
    )
    return tuple(read_start(command) for command in (*named, *commands))
