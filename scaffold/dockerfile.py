"""Reads Dockerfiles as BuildKit does, for checks and hints. Builds nothing, and never fails on any text.

https://docs.docker.com/reference/dockerfile/, and what is not said there is in
https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from scaffold.nouns import NamedTuple
from scaffold.shellwords import expand, split_words

_DIRECTIVE = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
_DIRECTIVES = ("syntax", "escape", "check")
_WORD = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")
_FLAG = re.compile(r"--([a-zA-Z][\w.-]*)(?:=(\S*))?(?:\s+|$)")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]+)")

#: The instructions that there are; a file with others is none that builds.
INSTRUCTIONS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip

#: What a person writes has fewer; what comes after is a flaw, and is not looked at.
MOST_STAGES = 500

_WITH_HEREDOC = ("RUN", "COPY", "ADD")


class Heredoc(NamedTuple):
    """A here-document of a RUN, COPY or ADD."""

    name: str  # "EOF"
    text: str
    line: int  # of its first line


class Instruction(NamedTuple):
    """One instruction: `EXPOSE 8000`."""

    name: str  # upper case
    text: str  # the rest, continuation lines joined, without flags
    line: int
    flags: tuple[tuple[str, str], ...] = ()  # (("mount", "type=cache,target=/root/.cache"),)
    heredocs: tuple[Heredoc, ...] = ()
    escape: str = "\\"

    @property
    def words(self) -> tuple[str, ...] | None:
        """The words of the exec form, None in the shell form."""
        if not self.text.startswith("["):
            return None
        try:
            words = json.loads(self.text)
        except (ValueError, RecursionError):
            return None
        return tuple(words) if all(isinstance(word, str) for word in words) else None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words of it, in whichever form; quotes stay in the shell form."""
        return self.words or tuple(split_words(self.text, self.escape))

    @property
    def pairs(self) -> Mapping[str, str]:
        """The names and values of an ENV, ARG or LABEL, without quotes, variables as they are written."""
        words = split_words(self.text, self.escape)
        if self.name != "ARG" and words and "=" not in words[0]:
            name, _, value = self.text.partition(" ")
            return {name: _unquoted(value.strip())}
        pairs = (word.partition("=") for word in words)
        return {_unquoted(name): _unquoted(value) for name, _, value in pairs}

    def flag(self, name: str) -> str | None:
        """Return the value of --NAME=value, or None."""
        return next((value for key, value in self.flags if key == name), None)

    @property
    def mounts(self) -> tuple[Mapping[str, str], ...]:
        """The options of each --mount."""
        given = (value for key, value in self.flags if key == "mount")
        return tuple(_options(value) for value in given)

    @property
    def shell(self) -> str:
        """What a RUN gives to a shell: its line, or its here-documents; "" in the exec form."""
        if self.words is not None:
            return ""
        return "\n".join((self.text, *(heredoc.text for heredoc in self.heredocs)))

    @property
    def whole(self) -> str:
        """The instruction on one line, flags included."""
        flags = (f"--{key}={value}" if value else f"--{key}" for key, value in self.flags)
        return " ".join((self.name, *flags, self.text)).rstrip()


class Stage(NamedTuple):
    """A FROM, and what follows it."""

    number: int
    name: str  # "" where it has none
    base: str | None  # the image or stage it stands on, variables filled in; None where one is not known
    parent: int | None  # the number of the stage that it stands on, if it is one
    origin: Instruction  # the FROM
    instructions: tuple[Instruction, ...]
    escape: str = "\\"

    @property
    def written(self) -> str:
        """The image as the FROM has it."""
        return next(iter(split_words(self.origin.text, self.escape)), "")

    def all(self, *names: str) -> tuple[Instruction, ...]:
        """Every instruction of these names, in order."""
        return tuple(i for i in self.instructions if i.name in names)


class Reference(NamedTuple):
    """A place that names an image which is no stage of the file."""

    where: str  # "FROM" "COPY --from" "RUN --mount" "# syntax"
    written: str
    image: str | None  # variables filled in; None where one is not known
    line: int
    text: str  # the whole instruction
    stage: Stage | None = None  # the stage that stands on it


class Dockerfile:
    """What a Dockerfile says."""

    def __init__(self, text: str, given: Mapping[str, str] = MappingProxyType({})) -> None:
        """Read TEXT, which may be anything; GIVEN are build arguments, by name."""
        self.given = given
        lines = text.removeprefix("\ufeff").split("\n")
        self.directives = dict(_directives(lines))
        marked = self.directives.get("escape", ("\\", 0))[0]
        self.escape = marked if marked in ("\\", "`") else "\\"
        self.flaws: list[tuple[int, str]] = []
        self.instructions = tuple(_instructions(lines, self.escape, self.flaws))
        self.arguments = self._global_arguments()
        self.stages = tuple(self._stages())
        self._names = {"scratch", *(stage.name.lower() for stage in self.stages if stage.name)}

    def _global_arguments(self) -> dict[str, str | None]:
        """Return the values of the ARGs before the first FROM, which a FROM may use."""
        values: dict[str, str | None] = {}
        for instruction in self.instructions:
            if instruction.name == "FROM":
                break
            if instruction.name == "ARG":
                _take_arguments(instruction, values, {})
                values |= {name: value for name, value in self.given.items() if name in values}
        return values

    def _stages(self) -> Iterator[Stage]:
        starts = [at for at, each in enumerate(self.instructions) if each.name == "FROM"]
        if len(starts) > MOST_STAGES:
            line = self.instructions[starts[MOST_STAGES]].line
            self.flaws.append((line, f"has more than {MOST_STAGES} stages before it"))
            starts = starts[:MOST_STAGES]
        known: dict[str, int] = {}
        for number, start in enumerate(starts):
            end = starts[number + 1] if number + 1 < len(starts) else len(self.instructions)
            origin = self.instructions[start]
            words = split_words(origin.text, self.escape)
            base = expand(words[0], self.arguments, self.escape) if words else None
            is_named = len(words) > 2 and words[1].upper() == "AS"
            name = words[2] if is_named else ""
            parent = known.get(base.lower()) if base else None
            yield Stage(number, name, base, parent, origin, self.instructions[start + 1 : end], self.escape)
            if name:
                known[name.lower()] = number

    @property
    def final(self) -> Stage | None:
        """The stage that a build without --target makes."""
        return self.stages[-1] if self.stages else None

    def lineage(self, stage: Stage) -> tuple[Stage, ...]:
        """Return STAGE and the stages that it stands on, nearest first."""
        found = [stage]
        while found[-1].parent is not None:
            found.append(self.stages[found[-1].parent])
        return tuple(found)

    def with_values(self, stage: Stage) -> Iterator[tuple[Instruction, Mapping[str, str | None]]]:
        """Yield the instructions of STAGE, each with the variables seen there; they change as it goes on."""
        values: dict[str, str | None] = {}
        for each in reversed(self.lineage(stage)[1:]):
            for instruction in each.all("ENV"):
                _take_environment(instruction, values)
        for instruction in stage.instructions:
            yield instruction, values
            if instruction.name == "ARG":
                _take_arguments(instruction, values, self.arguments)
            elif instruction.name == "ENV":
                _take_environment(instruction, values)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every image that is named: by FROM, COPY --from, RUN --mount and # syntax, those in ONBUILD too."""
        return tuple(self._references())

    def _references(self) -> Iterator[Reference]:
        if "syntax" in self.directives:
            value, line = self.directives["syntax"]
            image = value.split(" ")[0]
            yield Reference("# syntax", image, image, line, f"# syntax={value}")
        for stage in self.stages:
            if stage.parent is None and stage.base != "scratch":
                origin = stage.origin
                yield Reference("FROM", stage.written, stage.base, origin.line, origin.whole, stage)
            for instruction, values in self.with_values(stage):
                yield from self._inside(instruction, values)

    def _inside(self, instruction: Instruction, values: Mapping[str, str | None]) -> Iterator[Reference]:
        if instruction.name == "ONBUILD":
            inner = _instruction(instruction.text, instruction.line, self.escape)
            if inner is not None:
                yield from self._inside(inner, values)
            return
        given = [("COPY --from", instruction.flag("from"))] if instruction.name in ("COPY", "ADD") else []
        given += [("RUN --mount", mount.get("from")) for mount in instruction.mounts]
        for where, written in given:
            if not written:
                continue
            image = expand(written, values, self.escape)
            if image is None or not self._is_stage(image):
                yield Reference(where, written, image, instruction.line, instruction.whole)

    def _is_stage(self, name: str) -> bool:
        if name.isdecimal():
            return int(name[:9]) < len(self.stages)
        return name.lower() in self._names


def read_instructions(text: str) -> tuple[Instruction, ...]:
    """The instructions of a Dockerfile; whatever is none is left out."""
    return Dockerfile(text).instructions


# -- lines


def _directives(lines: list[str]) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield the parser directives: their names, values and lines. Any other line ends them."""
    first = 1 if lines[0].startswith("#!") else 0
    mark = "//" if lines[first : first + 1] and lines[first].startswith("//") else "#"
    seen: set[str] = set()
    for number, line in enumerate(lines[first:], start=first + 1):
        match = _DIRECTIVE.match(line.removeprefix(mark)) if line.startswith(mark) else None
        name = match[1].lower() if match else ""
        if match is None or name not in _DIRECTIVES or name in seen:
            return
        seen.add(name)
        yield name, (match[2], number)


def _instructions(lines: list[str], escape: str, flaws: list[tuple[int, str]]) -> Iterator[Instruction]:
    at = 0
    while at < len(lines):
        start = at
        text, at = _joined(lines, at, escape)
        if not text:
            continue
        instruction = _instruction(text, start + 1, escape)
        if instruction is None:
            flaws.append((start + 1, "is no instruction"))
            continue
        names = _heredocs(instruction) if "<<" in text else []
        found: list[Heredoc] = []
        for name, dash in names:
            body, at, is_closed = _body(lines, at, name, dash)
            found.append(Heredoc(name, "\n".join(body), at - len(body)))
            if not is_closed:
                flaws.append((start + 1, f"opens a here-document that no line {name} ends"))
        if instruction.name not in INSTRUCTIONS:
            flaws.append((start + 1, f"has an instruction that there is not: {instruction.name}"))
        yield instruction._replace(heredocs=tuple(found)) if found else instruction


def _joined(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """Return the instruction that starts at AT without its comments, and where the next one starts."""
    parts: list[str] = []
    while at < len(lines):
        line = lines[at].strip()
        at += 1
        if line.startswith("#") or not line:
            if not parts:
                return "", at
            continue
        if not line.endswith(escape) or line.endswith(escape * 2):
            parts.append(line)
            break
        parts.append(line[:-1].strip())
    return " ".join(part for part in parts if part), at


def _instruction(text: str, line: int, escape: str) -> Instruction | None:
    match = _WORD.match(text)
    if match is None:
        return None
    at = match.end()
    flags: list[tuple[str, str]] = []
    while flag := _FLAG.match(text, at):
        flags.append((flag[1], flag[2] or ""))
        at = flag.end()
    return Instruction(match[1].upper(), text[at:].strip(), line, tuple(flags), (), escape)


def _heredocs(instruction: Instruction) -> list[tuple[str, bool]]:
    """Return the names of the here-documents that it opens, and whether leading tabs do not count."""
    name, text = instruction.name, instruction.text
    if name == "ONBUILD":
        inner = _WORD.match(text)
        name = inner[1].upper() if inner else ""
    if name not in _WITH_HEREDOC or instruction.words is not None:
        return []
    matches = (_HEREDOC.fullmatch(word) for word in split_words(text, instruction.escape))
    return [(_unquoted(match[2]), bool(match[1])) for match in matches if match]


def _body(lines: list[str], at: int, name: str, dash: bool) -> tuple[list[str], int, bool]:
    """Return the lines of a here-document, where the next thing starts, and whether it was closed."""
    body: list[str] = []
    while at < len(lines):
        line = lines[at].lstrip("\t") if dash else lines[at]
        at += 1
        if line == name:
            return body, at, True
        body.append(line)
    return body, at, False


# -- values


def _take_arguments(
    instruction: Instruction, values: dict[str, str | None], outer: Mapping[str, str | None]
) -> None:
    for word in split_words(instruction.text, instruction.escape):
        name, equals, value = word.partition("=")
        if equals:
            values[name] = expand(value, values, instruction.escape)
        elif name in outer or name not in values:
            values[name] = outer.get(name)


def _take_environment(instruction: Instruction, values: dict[str, str | None]) -> None:
    before = dict(values)  # one ENV sees nothing of itself
    for name, value in instruction.pairs.items():
        values[name] = expand(value, before, instruction.escape)


def _options(mount: str) -> dict[str, str]:
    return {key: value for key, _, value in (option.partition("=") for option in mount.split(","))}


def _unquoted(word: str) -> str:
    """Return WORD without the quotes around it."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    return word.replace('"', "").replace("'", "") if "=" not in word else word
