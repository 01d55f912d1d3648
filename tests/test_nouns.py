"""A noun is what `typing` makes of the same class."""

from __future__ import annotations

import copy
import pickle
import re
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scaffold import nouns

ROOT = Path(__file__).parent.parent


class Own(nouns.NamedTuple):
    name: str
    size: int = 1
    parts: tuple[str, ...] = ()

    def doubled(self) -> Own:
        return self._replace(size=2 * self.size)


class Usual(typing.NamedTuple):
    name: str
    size: int = 1
    parts: tuple[str, ...] = ()

    def doubled(self) -> Usual:
        return self._replace(size=2 * self.size)


@pytest.mark.parametrize(
    "use",
    [
        lambda noun: noun("a"),
        lambda noun: noun("a", 2, ("b",)),
        lambda noun: noun("a", parts=("b",)),
        lambda noun: noun(size=3, name="a"),
        lambda noun: noun("a").doubled(),
        lambda noun: noun("a")._asdict(),
        lambda noun: noun("a").size,
        lambda noun: noun._fields,
        lambda noun: noun._field_defaults,
        lambda noun: noun._make(["a", 2, ()]),
        lambda noun: noun("a") == ("a", 1, ()),
        lambda noun: hash(noun("a")) == hash(("a", 1, ())),
        lambda noun: copy.deepcopy(noun("a")),
        lambda noun: pickle.loads(pickle.dumps(noun("a"))),
        lambda noun: noun.__mro__[1:],
        lambda noun: noun.__match_args__,
    ],
)
def test_a_noun_is_as_typing_makes_it(use: Callable[[Any], object]) -> None:
    assert use(Own) == use(Usual)


def test_a_noun_shows_itself_as_typing_makes_it() -> None:
    assert repr(Own("a", parts=("b",))) == repr(Usual("a", parts=("b",))).replace("Usual", "Own")


@pytest.mark.parametrize(
    "use",
    [
        lambda noun: noun(),
        lambda noun: noun(size=1),
        lambda noun: noun("a", 1, (), None),
        lambda noun: noun("a", name="b"),
        lambda noun: noun("a", colour="red"),
        lambda noun: noun("a")._replace(colour="red"),
        lambda noun: noun._make(["a", 1, (), None]),
    ],
)
def test_a_noun_refuses_what_typing_refuses(use: Callable[[Any], object]) -> None:
    for noun in (Own, Usual):
        with pytest.raises((TypeError, ValueError)):
            use(noun)


def test_a_noun_cannot_be_changed() -> None:
    for change in ("size", "colour"):
        with pytest.raises(AttributeError):
            setattr(Own("a"), change, 2)


def test_every_noun_is_made_fast() -> None:
    own = [path for name in ("scaffold", "detectors") for path in (ROOT / name).rglob("*.py")]
    usual = [
        path for path in own if re.search(r"(?m)^from typing import .*NamedTuple", path.read_text("utf-8"))
    ]
    assert usual == []
