"""Random edit histories: a text that we wrote, what a person makes of it, and what we would write later.

A quarter of them each: texts of three lines that repeat all the time, texts in which some lines do, texts in
which none does, and files that we write, with edits as people make them and changes as new versions bring
them. A history has a number, and is the same each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from example import ROOT

Lines = tuple[str, ...]
Merge = Callable[[Lines, Lines, Lines], Lines | None]

#: The files that we write for the examples, by name.
GOLDENS = {
    name: [
        tuple(path.read_text("utf-8").splitlines()) for path in sorted(ROOT.glob(f"tests/golden/*/{name}"))
    ]
    for name in ("Dockerfile", "compose.yaml", "compose.dev.yaml", "compose.prod.yaml")
}


@dataclass(frozen=True)
class Rewording:
    """A change that is made wherever a text has it, as a new version makes it."""

    pattern: str
    by: str
    count: int = 0

    def __call__(self, lines: Lines) -> Lines:
        text = re.sub(self.pattern, self.by, "\n".join(lines), count=self.count, flags=re.MULTILINE)
        return tuple(text.split("\n"))


#: What people do to a Dockerfile or a Compose file.
BY_PEOPLE = (
    Rewording(r"^(WORKDIR .*)$", r"\1\nRUN apt-get update && apt-get install --yes curl", 1),
    Rewording(r"^(FROM .* AS prod)$", r"\1\nENV FEATURE=on", 1),
    Rewording(r"^(\s*image: .*)$", r"\1\n    hostname: shop", 1),
    Rewording(r"\b(3000|5000|8000|8080|8501)\b", "9100"),
    Rewording(r"^USER .*$", "USER 1234:1234"),
    Rewording(r"^HEALTHCHECK (.*\n)*?(?=\S)", "", 1),  # a block is deleted
    Rewording(r"^    tmpfs: .*$", "    tmpfs: [/tmp, /var/cache]"),
    Rewording(r"\Z", "\nLABEL team=shop"),
    Rewording(r"\Z", "\n  mail:\n    image: axllent/mailpit:v1.20"),
    Rewording(r"\A", "# Ours\n"),
    Rewording(r"^#.*\n", ""),  # all comments
)

#: What new versions, or other facts of the project, do to them.
BY_US = (
    Rewording(r"\b(3000|5000|8000|8080|8501)\b", "9000"),
    Rewording(r"-trixie", "-forky"),
    Rewording(r":(3\.\d+|2\d)(?=[-\s])", ":99"),
    Rewording(r"^(USER .*)$", r"# Nobody\n\1"),
    Rewording(r"^(# .*)$", r"\1."),
    Rewording(r"^    init: true\n", "    init: true\n    stop_grace_period: 15s\n"),
    Rewording(r"cap_drop: \[ALL\]", "cap_drop:\n      - ALL"),
    Rewording(r"^(FROM .* AS prod)$", r"\1\nLABEL org.opencontainers.image.vendor=shop", 1),
    Rewording(r"^(\s*security_opt: .*)$", r"\1\n    pids_limit: 512"),
    Rewording(r"\Z", "\n# The end"),
)

Change = Callable[[Lines], Lines]
Round = tuple[Sequence[Change], Sequence[Change]]


@dataclass(frozen=True)
class History:
    """Where it starts, and what the person and we do, round after round."""

    start: Lines
    rounds: Sequence[Round]
    is_by_hand: bool  # whether the person puts the edit into the new text where there was a conflict

    def play(self, merge: Merge) -> Iterator[tuple[Lines, Lines, Lines, Lines | None]]:
        """Yield the three texts of each round and what MERGE makes of them; None is a conflict."""
        base = mine = theirs = self.start
        for by_person, by_us in self.rounds:
            mine, theirs = changed(mine, by_person), changed(theirs, by_us)
            merged = merge(base, mine, theirs)
            yield base, mine, theirs, merged
            if merged is not None:
                base, mine = theirs, merged
            elif self.is_by_hand:
                mine = changed(theirs, by_person)


def changed(lines: Lines, changes: Sequence[Change]) -> Lines:
    for change in changes:
        lines = change(lines)
    return lines


# -- at random


def history(number: int) -> History:
    """Return the history of that NUMBER."""
    rng = Random(number)
    if number % 4 == 0:
        return of_a_file(rng)
    words = (["a", "b", "c"], ["", "  }", *"abcdef"], [f"RUN step {n}" for n in range(9999)])[number % 4 - 1]
    rounds = [(edits(rng, words), edits(rng, words)) for _ in range(rng.randint(1, 3))]
    return History(tuple(rng.choices(words, k=rng.randint(0, 30))), rounds, is_by_hand=rng.random() < 0.5)


def of_a_file(rng: Random) -> History:
    """Return what happens to a file that we write; a new version can also be that of another project."""
    files = rng.choice(list(GOLDENS.values()))
    other = rng.choice(files)
    words = ["", *{line: None for file in files for line in file}]

    def by_person() -> Sequence[Change]:
        return rng.sample(BY_PEOPLE, rng.randint(1, 3)) if rng.random() < 0.7 else edits(rng, words)

    def by_us() -> Sequence[Change]:
        versions: tuple[Change, ...] = (*BY_US, lambda _: other)
        return rng.sample(versions, rng.randint(1, 3)) if rng.random() < 0.7 else edits(rng, words)

    rounds = [(by_person(), by_us()) for _ in range(rng.randint(1, 3))]
    return History(rng.choice(files), rounds, is_by_hand=rng.random() < 0.5)


def edits(rng: Random, words: Sequence[str]) -> Sequence[Change]:
    return [edit(rng, words) for _ in range(rng.randint(1, 3))]


def edit(rng: Random, words: Sequence[str]) -> Change:
    """Return an edit at a random place: some lines are added, removed, replaced, copied or moved."""
    kind = rng.choice(["add", "add", "remove", "replace", "copy", "move"])
    place, other_place, size = rng.random(), rng.random(), rng.randint(1, 3)
    new = tuple(rng.choices(words, k=rng.randint(1, 3)))

    def change(lines: Lines) -> Lines:
        at = round(place * len(lines))
        before, block, after = lines[:at], lines[at : at + size], lines[at + size :]
        match kind:
            case "add":
                return before + new + block + after
            case "remove":
                return before + after
            case "replace":
                return before + new + after
            case "copy":
                return before + block + block + after
            case _:
                rest = before + after
                to = round(other_place * len(rest))
                return rest[:to] + block + rest[to:]

    return change
