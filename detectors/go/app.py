"""The program of a Go project: what it is, how it is reached, and how it starts."""

import re
from collections.abc import Iterable, Iterator, Mapping

from scaffold.model import Answers, Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ..commands import Command
from ..hints import Hints
from .code.program import Program
from .program.builds import Built
from .program.endless import find_endless
from .program.mains import Candidate, is_package, started_by
from .serving.binds import find_binds
from .serving.frameworks import find_framework
from .serving.health import find_health_command
from .serving.serve import Serving, find_serving

#: Where the image has the programs.
BIN = "/usr/local/bin"
#: What the commands of other platforms call the main process.
MAIN = frozenset({"web", "app", "api", "server", "worker"})
#: Subcommands that are there to serve; others may listen for a moment, as a login does.
_SERVES = r"(?i)(serve|server|start|run|web|api|http|httpd|daemon|up|listen|service|grpc|all|standalone)"
#: What reads subcommands: the words after a program's name are then its own.
_COMMANDS = (
    "github.com/spf13/cobra", "github.com/urfave/cli", "github.com/alecthomas/kong",
    "github.com/alecthomas/kingpin", "github.com/mitchellh/cli", "github.com/peterbourgon/ff/ffcli",
    "github.com/google/subcommands", "github.com/jessevdk/go-flags",
)  # fmt: skip
_RUNS = frozenset({"run", "start", "serve", "server"})
#: It has a mode for production: https://gin-gonic.com/en/docs/deployment/
_GIN = "github.com/gin-gonic/gin"
_PORT = r"\$\{?PORT(:-\d+)?\}?"


class Evidence(NamedTuple):
    """What is known around a program."""

    answers: Answers
    hints: Hints
    builds: tuple[Built, ...]
    candidates: tuple[Candidate, ...]


class App(NamedTuple):
    """A program, and the facts about it."""

    main: Candidate
    program: Program
    facts: Mapping[str, Fact]
    serving: Serving
    warnings: tuple[ProjectWarning, ...] = ()


def make_app(evidence: Evidence, main: Candidate, program: Program) -> App:
    """Return the facts of PROGRAM, each absent where nothing states it."""
    serving = find_serving(program, evidence.answers, evidence.hints)
    stated = stated_command(evidence, main)
    kind = evidence.answers.get("kind") or _kind(program, main, serving, stated)
    is_web = kind.value == "web"
    if not is_web:
        serving = Serving()
    start = evidence.answers.get("start") or _start(evidence, main, program, serving, stated)
    facts = {
        "kind": kind,
        "framework": find_framework(program),
        "start": start,
        **(_of_server(program, main, serving, start) if is_web else {}),
    }
    found = {key: fact for key, fact in facts.items() if fact is not None}
    return App(main, program, found, serving, serving.warnings)


def _of_server(program: Program, main: Candidate, serving: Serving, start: Fact) -> dict[str, Fact | None]:
    """The facts of what is reached from outside."""
    environment = dict(serving.environment)
    if any(path.startswith(_GIN) for path in program.imports):
        environment["GIN_MODE"] = "release"
    place = serving.listens.source if serving.listens else main.source
    words = find_health_command(program)
    own = Fact((start.value[0], *words.value), words.source) if words else None
    return {
        "port": serving.port,
        "health": serving.health,
        "health_command": own,
        "run_environment": Fact(environment, place) if environment else None,
    }


# -- what it is


def _kind(program: Program, main: Candidate, serving: Serving, stated: Command | None) -> Fact:
    endless = find_endless(program, _SERVES)
    if serving.listens and _is_for_users(program, serving, stated, endless is not None):
        return Fact("web", serving.listens.source)
    if endless is not None:
        return Fact("worker", endless.source)
    if stated is not None and stated.process in {"web", "worker"}:
        return Fact("worker", stated.source)
    return Fact("cli", main.source)


def _is_for_users(program: Program, serving: Serving, stated: Command | None, goes_on: bool) -> bool:
    """Whether what listens is what the program is for: not a worker's metrics, nor a command's login."""
    if goes_on and all(bind.is_beside for bind in find_binds(program)):
        return False
    if serving.listens and serving.listens.value == "tcp" and serving.port is None:
        return False  # it listens for a peer, at a port of the moment
    words = serving.command
    if not words or re.fullmatch(_SERVES, words[-1]):
        return True
    return stated is not None and words[-1] in stated.argv


# -- how it starts


def stated_command(evidence: Evidence, main: Candidate) -> Command | None:
    """Return the command that another platform starts MAIN with."""
    hints = evidence.hints
    commands = [one for name, one in hints.procfile.items() if name in MAIN]
    for command in (*commands, *(one for one in hints.commands if one.process in MAIN)):
        if started_by(command, evidence.candidates, evidence.builds) == main:
            return command
        if len(evidence.candidates) == 1 and arguments_of(command, main) is not None:
            return command
    return None


def arguments_of(command: Command, main: Candidate) -> tuple[str, ...] | None:
    """Return what COMMAND gives the program; None where it starts something else."""
    name = command.argv[0].rpartition("/")[2]
    if command.argv[:2] == ("go", "run"):
        rest = list(command.argv[2:])
        while rest and (rest[0].startswith("-") or rest[0].endswith(".go")) and not is_package(rest[0], main):
            rest.pop(0)
        while rest and is_package(rest[0], main):
            rest.pop(0)
        return tuple(rest)
    is_program = re.fullmatch(r"[\w.-]+", name) and not name.endswith((".sh", ".py", ".js", ".rb"))
    is_tool = name in {
        "go",
        "air",
        "make",
        "task",
        "npm",
        "node",
        "python",
        "sh",
        "bash",
        "dlv",
        "docker",
        "gow",
        "reflex",
    }
    return command.argv[1:] if is_program and not is_tool else None


def _start(
    evidence: Evidence, main: Candidate, program: Program, serving: Serving, stated: Command | None
) -> Fact:
    own = (f"{BIN}/{main.name}",)
    given = _filled(arguments_of(stated, main) or (), serving) if stated else None
    if stated is not None and given is not None:
        said = _missing(serving, given)
        return Fact((*own, *given, *said), stated.source)
    words, source = serving.command, main.source
    if not words and any(path in program.imports for path in _COMMANDS):
        words, source = next(_run_words(evidence.builds, main), ((), source))
    return Fact((*own, *words, *serving.arguments), source)


def _filled(words: Iterable[str], serving: Serving) -> tuple[str, ...] | None:
    """WORDS with the port in its place; None where only a shell could fill in the rest."""
    port = str(serving.port.value) if serving.port else ""
    found = tuple(re.sub(_PORT, port, word) if port else word for word in words)
    return None if any("$" in word or "`" in word for word in found) else found


def _missing(serving: Serving, given: tuple[str, ...]) -> tuple[str, ...]:
    """What the program must be told to be reached, and is not told."""
    text = " ".join(given)
    return tuple(one for one in serving.arguments if one.partition("=")[0] not in text)


def _run_words(builds: Iterable[Built], main: Candidate) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the subcommand by which people run the program."""
    for one in builds:
        is_run = one.verb == "run" and (one.target in _RUNS or one.file == "readme")
        if is_run and main.folder in one.folders and one.arguments:
            words: list[str] = []
            for word in one.arguments:
                if not re.fullmatch(r"[a-z][\w-]*", word):
                    break
                words.append(word)
            if words:
                yield tuple(words), one.source
