"""From the lines of a Dockerfile to its instructions, as BuildKit reads them. Never fails on any text.

https://docs.docker.com/reference/dockerfile/, and what is not said there is in
https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser
"""

import json
import re
from collections.abc import Iterator, Mapping

from scaffold.dockerfiles.shellwords import is_closed, split_words
from scaffold.nouns import NamedTuple

_DIRECTIVE = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$")
_DIRECTIVES = ("syntax", "escape", "check")
_WORD = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")
_HEREDOC = re.compile(r"""\d*<<(-?)((?:[^\s<"']|"[^"<]*"|'[^'<]*')+)""")

#: The instructions that there are; a file with others is none that builds.
INSTRUCTIONS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip

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


class Read(NamedTuple):
    """What the lines of a file say, one by one."""

    directives: Mapping[str, tuple[str, int]]  # "syntax": its value and line
    escape: str
    instructions: tuple[Instruction, ...]
    flaws: tuple[tuple[int, str], ...]  # lines, and what is wrong with them


def read(text: str) -> Read:
    """Return what TEXT says, which may be anything."""
    lines = text.removeprefix("\ufeff").split("\n")
    directives = dict(_directives(lines))
    is_plain = lines[0].startswith("#") and not lines[0].startswith("#!")  # only "syntax" is seen elsewhere
    marked = directives.get("escape", ("\\", 0))[0] if is_plain else ""
    escape = marked if marked in ("\\", "`") else "\\"
    flaws: list[tuple[int, str]] = []
    instructions = tuple(_instructions(lines, escape, flaws))
    return Read(directives, escape, instructions, tuple(flaws))


def read_instructions(text: str) -> tuple[Instruction, ...]:
    """Return the instructions of a Dockerfile; whatever is none is left out."""
    return read(text).instructions


def read_one(text: str, line: int, escape: str) -> Instruction | None:
    """Return the instruction that stands behind ONBUILD, or None."""
    return _instruction(text, line, escape)


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
        yield name, (match[2].rstrip(), number)


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
    """Return the instruction that starts at AT without its comments, and where the next one starts.

    Nothing is put between two lines: `RUN a\\` and `<<EOF` are one word, and open no here-document.
    """
    text = ""
    start = at
    while at < len(lines):
        line = lines[at]
        at += 1
        bare = line.strip()
        if bare.startswith("#") or not bare:
            if at == start + 1:
                return "", at
            continue
        line = line.rstrip()
        is_open = line.endswith(escape) and not line.endswith(escape * 2)
        line = line[:-1] if is_open else line
        if line[:1].isspace():
            text, line = text.rstrip(), f" {line.lstrip()}"
        text += line
        if not is_open:
            break
    return text.strip(), at


def _instruction(text: str, line: int, escape: str) -> Instruction | None:
    match = _WORD.match(text)
    if match is None:
        return None
    at = match.end()
    flags: list[tuple[str, str]] = []
    while text.startswith("--", at):
        flag, at = _flag(text, at, escape)
        if flag == "--":
            break
        name, _, value = flag.removeprefix("--").partition("=")
        flags.append((name, value))
    return Instruction(match[1].upper(), text[at:].strip(), line, tuple(flags), (), escape)


def _flag(text: str, at: int, escape: str) -> tuple[str, int]:
    """Return the word that starts at AT without its quotes (they may be anywhere), and what comes next."""
    word = quote = ""
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == escape:
            word += text[at : at + 1]
            at += 1
        elif quote:
            word, quote = (word, "") if letter == quote else (word + letter, quote)
        elif letter in "\"'":
            quote = letter
        elif letter.isspace():
            break
        else:
            word += letter
    while text[at : at + 1].isspace():
        at += 1
    return word, at


def _heredocs(instruction: Instruction) -> list[tuple[str, bool]]:
    """Return the names of the here-documents that it opens, and whether leading tabs do not count."""
    name, text = instruction.name, instruction.text
    if name == "ONBUILD":
        inner = _WORD.match(text)
        name = inner[1].upper() if inner else ""
    if name not in _WITH_HEREDOC or instruction.words is not None:
        return []
    if not is_closed(text, instruction.escape):  # BuildKit then looks for none, whatever stands there
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


def _options(mount: str) -> dict[str, str]:
    return {key: value for key, _, value in (option.partition("=") for option in mount.split(","))}


def _unquoted(word: str) -> str:
    """Return WORD without the quotes around it."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    return word.replace('"', "").replace("'", "") if "=" not in word else word
