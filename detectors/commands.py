"""Shell command lines taken apart, as Procfiles, Dockerfiles and platform files have them. Runs nothing."""

import re
import shlex
from collections.abc import Iterator, Mapping

from scaffold.nouns import NamedTuple

#: Commands that bring a database's schema up to date: they run once, before the process they stand in front
#: of.
MIGRATIONS = (
    r"\bmanage(\.py)? migrate\b|\balembic\b.* upgrade\b|\bdb upgrade\b|\baerich upgrade\b"
    r"|\bmigrations?[ :](up|run)\b"
    r"|\bmigrate(:deploy|:latest|:up| deploy| up)?$|\bdb:(migrate|prepare)\b"
    r"|\bprisma (migrate deploy|db push)\b"
)
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_PREFIXES = frozenset({"exec", "nohup", "time", "command", "env"})
_ASSIGNMENT = r"(?s)([A-Za-z_][A-Za-z0-9_]*)=(.*)"
_VARIABLE = r"\$(?:\{(\w+)(?::?-([^{}]*))?\}|(\w+))"
_REDIRECTION = r"\s\d?>>?\s*(&\d|[^\s;&|]+)"
_FEEDERS = frozenset({"yes", "echo", "printf"})
_MAX_NESTING = 4


class Command(NamedTuple):
    """A command as the project states it."""

    process: str  # "web"
    argv: tuple[str, ...]
    source: str
    folder: str = "."  # where it is run: `cd src && …`
    environment: tuple[tuple[str, str], ...] = ()  # what stands before it: `FOO=1 …`


class Step(NamedTuple):
    """One command of a command line."""

    argv: tuple[str, ...]
    folder: str
    environment: tuple[tuple[str, str], ...]


def expand(word: str, variables: Mapping[str, str]) -> str:
    """WORD with `$NAME` and `${NAME:-default}` filled in; a name that nobody states stays as it is."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        return variables.get(name) or (match[2] if match[2] is not None else match[0])

    return re.sub(_VARIABLE, value, word)


def read_steps(text: str, variables: Mapping[str, str]) -> tuple[Step, ...]:
    """The commands of a command line, in order; what is piped into or runs on failure is left out."""
    return tuple(_steps(_words(text), variables, ".", 0))


def read_commands(process: str, text: str, source: str, variables: Mapping[str, str]) -> tuple[Command, ...]:
    """The long-running command of TEXT as PROCESS, and a migration in front of it as `migrate`."""
    return _named(process, read_steps(text, variables), source)


def read_argv(
    process: str, argv: tuple[str, ...], source: str, variables: Mapping[str, str]
) -> tuple[Command, ...]:
    """The same for a command that is already in words."""
    return _named(process, tuple(_steps(list(argv), variables, ".", 0)), source)


def _named(process: str, steps: tuple[Step, ...], source: str) -> tuple[Command, ...]:
    if not steps:
        return ()
    *before, last = steps
    migrations = [step for step in before if re.search(MIGRATIONS, " ".join(step.argv))][:1]
    named = [("migrate", step) for step in migrations] + [(process, last)]
    return tuple(Command(name, step.argv, source, step.folder, step.environment) for name, step in named)


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(re.sub(_REDIRECTION, " ", text), posix=True, punctuation_chars="&|;")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # a quote that is never closed
        return []


def _steps(words: list[str], variables: Mapping[str, str], folder: str, nesting: int) -> Iterator[Step]:
    exported: dict[str, str] = {}
    for argv in _segments(words):
        assigned, rest = _without_prefixes(argv, variables)
        if not rest or rest[0] == "export":
            exported.update(assigned)
        elif rest[0] == "cd":
            folder = rest[1].strip("/") if len(rest) > 1 else folder
        elif rest[0].rpartition("/")[2] in _SHELLS and _script(rest) and nesting < _MAX_NESTING:
            yield from _steps(_words(_script(rest)), {**variables, **exported}, folder, nesting + 1)
        else:
            yield Step(tuple(rest), folder, tuple({**exported, **assigned}.items()))


def _segments(words: list[str]) -> Iterator[list[str]]:
    segment: list[str] = []
    fed = False  # by a pipe: what feeds it is the command, unless it only says yes
    for word in [*words, ";"]:
        if not word or word.strip("&|;"):
            segment.append(word)
            continue
        if segment and not fed and not (word == "|" and segment[0] in _FEEDERS):
            yield segment
            fed = word in {"|", "||"}
        elif word not in {"|", "||"}:
            fed = False
        segment = []


def _without_prefixes(argv: list[str], variables: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    assigned: dict[str, str] = {}
    words = list(argv)
    exporting = words[:1] == ["export"]
    while words and (exporting or words[0] in _PREFIXES or re.fullmatch(_ASSIGNMENT, words[0])):
        match = re.fullmatch(_ASSIGNMENT, words.pop(0))
        if match:
            assigned[match[1]] = expand(match[2], variables)
    known = {**variables, **assigned}
    return assigned, [expand(word, known) for word in words]


def _script(argv: list[str]) -> str:
    """The text of `sh -c TEXT`, or nothing."""
    for position, word in enumerate(argv[1:], start=1):
        if not word.startswith("-"):
            return ""
        if word.endswith("c") and position + 1 < len(argv):
            return argv[position + 1]
    return ""
