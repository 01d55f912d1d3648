"""Reads a Dockerfile and a .dockerignore as far as the invariants need: BuildKit is the judge."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its continued lines joined and its comments left out."""

    word: str  # "RUN"
    flags: tuple[str, ...]  # ("--mount=type=cache,target=/root/.cache",)
    rest: str

    @property
    def is_exec_form(self) -> bool:
        """Whether what it runs is a JSON array, not a line for a shell."""
        text = self.rest.removeprefix("CMD").strip() if self.word == "HEALTHCHECK" else self.rest
        try:
            return isinstance(json.loads(text), list)
        except ValueError:
            return False

    def flag(self, name: str) -> str | None:
        """The value of --name=value."""
        start = f"--{name}="
        return next((f.removeprefix(start) for f in self.flags if f.startswith(start)), None)

    @property
    def mounts(self) -> tuple[dict[str, str], ...]:
        """The options of each --mount."""
        given = [f.removeprefix("--mount=") for f in self.flags if f.startswith("--mount=")]
        return tuple({k: v for k, _, v in (o.partition("=") for o in m.split(","))} for m in given)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words of a COPY or an ENV, whether as JSON or not."""
        if self.rest.startswith("["):
            return tuple(json.loads(self.rest))
        return tuple(shlex.split(self.rest))


@dataclass(frozen=True, slots=True)
class Stage:
    """A FROM, and what follows it."""

    name: str
    image: str  # with the defaults of the ARGs before the first FROM filled in
    instructions: tuple[Instruction, ...]

    def all(self, word: str) -> tuple[Instruction, ...]:
        """Every instruction of this word."""
        return tuple(i for i in self.instructions if i.word == word)


def read_stages(text: str) -> tuple[Stage, ...]:
    """Read a Dockerfile."""
    arguments: dict[str, str] = {}
    stages: list[tuple[str, str, list[Instruction]]] = []
    for each in read_instructions(text):
        if each.word == "FROM":
            words = _filled(each.rest, arguments).split()
            stages.append((words[2] if len(words) > 2 else "", words[0], []))
        elif stages:
            stages[-1][2].append(each)
        elif each.word == "ARG":
            name, _, value = each.rest.partition("=")
            arguments[name] = value.strip("\"'")
    return tuple(Stage(name, image, tuple(body)) for name, image, body in stages)


def read_instructions(text: str) -> Iterator[Instruction]:
    """Yield each instruction; of a here-document only the line that opens it."""
    lines = iter(text.splitlines())
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = _joined(line, lines)
        if opened := re.match(r"(?:RUN|COPY|ADD) (?!.*\[)(?:.*\s)?<<-?\"?'?(\w+)", whole):
            while next(lines).strip() != opened[1]:
                pass
        yield _instruction(whole)


def _joined(line: str, following: Iterator[str]) -> str:
    while line.rstrip().endswith("\\"):
        more = next(following)
        if not more.lstrip().startswith("#"):
            line = f"{line.rstrip()[:-1]} {more.strip()}"
    return line.strip()


def _instruction(text: str) -> Instruction:
    word, _, rest = text.partition(" ")
    flags: list[str] = []
    while (rest := rest.lstrip()).startswith("--"):
        flag, _, rest = rest.partition(" ")
        flags.append(flag)
    return Instruction(word.upper(), tuple(flags), rest)


def _filled(text: str, arguments: dict[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda m: arguments.get(m[1], m[0]), text)


class Ignore:
    """What a .dockerignore keeps out of the context.

    https://docs.docker.com/build/concepts/context/#dockerignore-files
    """

    def __init__(self, text: str) -> None:
        """Read the patterns; the last that matches decides."""
        lines = [line.strip() for line in text.splitlines()]
        patterns = [line for line in lines if line and not line.startswith("#")]
        self._rules = [(not p.startswith("!"), _regex(p.removeprefix("!").strip("/"))) for p in patterns]

    def __contains__(self, path: str) -> bool:
        """Say whether PATH, or a folder that it is in, is left out."""
        out = False
        parts = path.split("/")
        above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
        for excludes, rule in self._rules:
            if any(rule.fullmatch(each) for each in above):
                out = excludes
        return out


def _regex(pattern: str) -> re.Pattern[str]:
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]]+\])", pattern)
    return re.compile("".join(words.get(p) or (p if p.startswith("[") else re.escape(p)) for p in parts))
