"""Whole histories of updates: a person edits, a bot raises images, a pack changes, an update brings it in.

In each round, whatever was done: no line that the person added is lost, a conflict changes nothing, no image
goes back, and to run it again changes nothing more. Of the 40,000 updates in 20,000 histories, 25,376 were a
conflict, 8,253 were merged, 978 found no edit, 2,157 had nothing new, and in 3,236 it was deleted.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Set
from random import Random

import pytest
from histories import Lines, Rewording, changed, history

from scaffold.images import BUMPS, is_bump, parse, places
from scaffold.model import Bump, Pin
from scaffold.record import Record
from scaffold.writing.changes import Change, compare, is_as_it_was, record_changes

#: How many histories are played: `make merges` plays more.
HOW_MANY = int(os.environ.get("HISTORIES", "1000"))

NEW = Record("0.1.0", (Pin("docker-scaffold", "1"),))

#: What bots do to an image: a patch version, a newer one, a digest; and what none of them may do.
BY_BOTS = (
    Rewording(r"(:\d+\.\d+)(?=[-\s])", r"\1.3"),
    Rewording(r"(:\d+\.\d+\.)\d+(?=[-\s@])", r"\g<1>7"),
    Rewording(r"(:\d+(\.\d+)+[-\w]*)(@\S+)?$", rf"\1@sha256:{'a' * 64}"),
    Rewording(r"(:\d+(\.\d+)+[-\w]*)(@\S+)?(?= AS )", rf"\1@sha256:{'b' * 64}"),
    Rewording(r"(FROM|image:) (?=[a-z])", r"\1 evil.example/"),
)

#: What the images of a new version of a pack are.
BY_PACKS = (
    Rewording(r"(:\d+\.\d+)(?=[-\s])", r"\1.5"),
    Rewording(r"(FROM|image:) (?=python|node|golang)", r"\1 golden.example/"),
)


class World:
    """One file, the record of it, and what was written into both."""

    def __init__(self, number: int) -> None:
        self.rng = Random(f"{number} updates")
        self.history = history(number)
        self.path = "compose.yaml" if "services:" in self.history.start else "Dockerfile"
        self.bump: Bump = self.rng.choice(BUMPS)
        self.files = {self.path: text_of(self.history.start)}
        self.record = record_changes([Change(self.path, "create", None, self.text)], None, NEW)
        self.theirs = self.history.start

    @property
    def text(self) -> str:
        return self.files[self.path]

    def rounds(self) -> Iterator[str]:
        """Yield what each round came to."""
        for by_person, by_us in self.history.rounds:
            person, pack = list(by_person), list(by_us)
            if self.rng.random() < 0.5:
                person.append(self.rng.choice(BY_BOTS))
            if self.rng.random() < 0.3:
                pack.append(self.rng.choice(BY_PACKS))
            if self.path in self.files:
                self.files[self.path] = text_of(changed(lines_of(self.text), person))
                if self.rng.random() < 0.05:
                    del self.files[self.path]
            self.theirs = changed(self.theirs, pack)
            yield self.update()

    def update(self) -> str:
        """Update, and return what became of the file once all that must hold has been seen to."""
        before, base = dict(self.files), self.record.base[self.path]
        (change,) = self.compared()
        self.apply(change)
        if change.status in ("conflict", "missing"):
            assert self.files == before
            assert self.record.base[self.path] == base, "what the edit started from is still known"
            assert (self.path in self.record.conflicts) == (change.status == "conflict")
        elif change.status != "update":
            nothing_is_lost(self.path, base, before[self.path], self.text, self.bump)
        self.again(change)
        return change.status

    def compared(self) -> tuple[Change, ...]:
        rendered = {self.path: text_of(self.theirs)}
        return compare(rendered, self.files, self.record, restore=False, bump=self.bump)

    def apply(self, change: Change) -> None:
        if change.status in ("update", "merged"):
            assert change.after is not None
            self.files[self.path] = change.after
        self.record = record_changes([change], self.record, NEW)

    def again(self, done: Change) -> None:
        """Update a second time: nothing changes, and a conflict is one still."""
        files, record = dict(self.files), self.record
        (change,) = self.compared()
        self.apply(change)
        assert (self.files, self.record) == (files, record)
        assert change.status == done.status if done.status == "conflict" else is_as_it_was([change])


def nothing_is_lost(path: str, base: str, mine: str, result: str, bump: Bump) -> None:
    """Every line that the person added is there as often, but for an image in it that a bot may have raised.

    And no image that was raised went back.
    """
    added = Counter(lines_of(without_images(path, mine))) - Counter(lines_of(without_images(path, base)))
    assert not added - Counter(lines_of(without_images(path, result)))
    was = {place.text for place in places(path, base)}
    now = places(path, result)
    own = [p.text for p in places(path, mine) if not (p.text in was or is_raised(p.text, was, bump))]
    assert not Counter(own) - Counter(place.text for place in now)
    by_key: dict[tuple[str, str], set[str]] = {}
    for place in places(path, mine):
        by_key.setdefault(place.key, set()).add(place.text)
    for place in places(path, mine):
        if len(by_key[place.key]) == 1 and is_raised(place.text, was, bump):
            same = [other.reference for other in now if other.key == place.key]
            assert all(other.version >= place.reference.version for other in same)


def is_raised(reference: str, was: Set[str], bump: Bump) -> bool:
    return any(is_bump(old, reference, bump) for old in was)


def without_images(path: str, text: str) -> str:
    """Return TEXT with no word that names an image, so that what became of it is no matter."""
    for place in reversed(places(path, text)):
        text = f"{text[: place.start]}IMAGE{text[place.stop :]}"
    return text


def text_of(lines: Lines) -> str:
    return "".join(f"{line}\n" for line in lines)


def lines_of(text: str) -> Lines:
    return tuple(text.split("\n")[:-1])


def test_in_no_history_of_updates_is_anything_lost(capsys: pytest.CaptureFixture[str]) -> None:
    tally: Counter[str] = Counter()
    for number in range(HOW_MANY):
        try:
            tally.update(World(number).rounds())
        except AssertionError as error:
            raise AssertionError(f"in history {number}") from error
    with capsys.disabled():
        print(f"\n{HOW_MANY} histories, {tally.total()} updates:")
        print("".join(f"{times:7} {status}\n" for status, times in tally.most_common()), end="")
    assert tally["merged"] > HOW_MANY / 4, "histories must have something to merge"
    assert tally["conflict"] > HOW_MANY / 4
    assert tally["missing"] > HOW_MANY / 100


def test_bots_and_packs_find_something_to_raise() -> None:
    line = "FROM python:3.14-slim AS base"
    raised = [text.split()[1] for how in BY_BOTS if (text := "\n".join(how((line,)))) != line]
    assert [parse(reference) is not None for reference in raised] == [True] * 3
