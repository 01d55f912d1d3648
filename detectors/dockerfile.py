"""Dockerfiles that are already there, read for what they say. Builds nothing."""

import json
import re
from collections.abc import Iterator, Mapping

from scaffold.nouns import NamedTuple

_HEREDOC = r"<<-?\s*[\"']?(\w+)[\"']?"
_ENV_PAIR = r"\b(\w+)=(\"[^\"]*\"|'[^']*'|\S*)"
_WORD = r"[A-Za-z]+"


class Instruction(NamedTuple):
    """One instruction: `EXPOSE 8000`."""

    name: str  # upper case
    text: str  # the rest, continuation lines joined
    line: int

    @property
    def words(self) -> tuple[str, ...] | None:
        """The words of the exec form, None in the shell form."""
        if not self.text.startswith("["):
            return None
        try:
            words = json.loads(self.text)
        except ValueError:
            return None
        return tuple(words) if all(isinstance(word, str) for word in words) else None

    @property
    def pairs(self) -> Mapping[str, str]:
        """The names and values of an ENV, ARG or LABEL."""
        if "=" in self.text.partition(" ")[0]:
            return {name: value.strip("\"'") for name, value in re.findall(_ENV_PAIR, self.text)}
        name, _, value = self.text.partition(" ")
        return {name: value.strip().strip("\"'")}


def read_instructions(text: str) -> tuple[Instruction, ...]:
    """The instructions of a Dockerfile; whatever is none is left out."""
    return tuple(_instructions(text.splitlines()))


def _instructions(lines: list[str]) -> Iterator[Instruction]:
    position = 0
    while position < len(lines):
        start = position
        text, position = _joined(lines, position)
        name, _, rest = text.partition(" ")
        if not re.fullmatch(_WORD, name):
            continue
        for end in re.findall(_HEREDOC, rest) if name.upper() in {"RUN", "COPY", "ADD"} else ():
            while position < len(lines) and lines[position].strip() != end:
                position += 1
            position += 1
        yield Instruction(name.upper(), rest.strip(), start + 1)


def _joined(lines: list[str], position: int) -> tuple[str, int]:
    """The instruction that starts at POSITION without its comments, and where the next one starts."""
    parts: list[str] = []
    while position < len(lines):
        line = lines[position].strip()
        position += 1
        if line.startswith("#"):
            if not parts:
                return "", position
            continue
        if not line.endswith("\\"):
            parts.append(line)
            break
        parts.append(line[:-1].strip())
    return " ".join(part for part in parts if part), position
