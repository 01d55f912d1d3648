"""The merge: what both sides added is in it, and it is what git makes of them, or there is a reason."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from histories import Lines, Merge, history
from hypothesis import given
from hypothesis import strategies as st

from scaffold.writing.merge import BOM, MOST_CELLS, merge

#: How many histories are played: `make merges` plays more.
HOW_MANY = int(os.environ.get("HISTORIES", "1000"))

FEW = st.lists(st.sampled_from(["a", "b", "c", "", "x y"]), max_size=8).map(lambda lines: text_of(lines))


def text_of(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def merged(base: Lines, mine: Lines, theirs: Lines) -> Lines | None:
    text = merge(text_of(base), text_of(mine), text_of(theirs)).text
    return None if text is None else lines_of(text)


def lines_of(text: str) -> Lines:
    assert text.endswith("\n") or not text
    return tuple(text.split("\n")[:-1])


# -- in sentences

BASE = "one\ntwo\nthree\nfour\nfive\n"

#: What both sides make of BASE, and what becomes of it.
MERGES = {
    "edits in two places": ("ONE two three four five", "one two three 4 five", "ONE two three 4 five"),
    "a line that was added": (
        "one two mine three four five",
        "one two three 4 five",
        "one two mine three 4 five",
    ),
    "a line that was deleted": ("one three four five", "one two three 4 five", "one three 4 five"),
    "the same edit": ("one 2 three four five", "one 2 three four five", "one 2 three four five"),
    "the same edit, and one more": ("one 2 three four five", "one 2 three four 5", "one 2 three four 5"),
    "both ends": ("0 one two three four five", "one two three four five 6", "0 one two three four five 6"),
    "theirs by hand, and more": (
        "one 2 mine three four 5",
        "one 2 three four five",
        "one 2 mine three four 5",
    ),
    "theirs by hand, around more": ("one 2 mine 3 four five", "one 2 3 four five", "one 2 mine 3 four five"),
}


@pytest.mark.parametrize(("mine", "theirs", "result"), MERGES.values(), ids=MERGES)
def test_what_can_be_merged(mine: str, theirs: str, result: str) -> None:
    assert merge(BASE, text_of(mine.split()), text_of(theirs.split())).text == text_of(result.split())


CONFLICTS = {
    "the same line": ("one two 3 four five", "one two THREE four five", [(3, 3)]),
    "lines beside each other": ("one two 3 four five", "one two three 4 five", [(3, 4)]),
    "a line added where one was changed": ("one two mine three four five", "one two 3 four five", [(3, 4)]),
    "two lines added in one place": ("one mine two three four five", "one 1a two three four five", [(2, 2)]),
    "a line deleted that was changed": ("one two four five", "one two 3 four five", [(3, 3)]),
    "a line changed that was deleted": ("one two 3 four five", "one two four five", [(3, 3)]),
    "all deleted": ("", "one two 3 four five", [(1, 1)]),
    "the old line beside the new one": ("one two 2 three four five", "one 2 three four five", [(2, 3)]),
    "part of theirs": ("one 2 three four five", "one 2 2a three four five", [(2, 2)]),
    "two of them": ("1 two three four 5", "ONE two three four FIVE", [(1, 1), (5, 5)]),
}  # fmt: skip


@pytest.mark.parametrize(("mine", "theirs", "places"), CONFLICTS.values(), ids=CONFLICTS)
def test_what_cannot_be_merged(mine: str, theirs: str, places: list[tuple[int, int]]) -> None:
    assert merge(BASE, text_of(mine.split()), text_of(theirs.split())) == (None, tuple(places))


def test_an_edit_of_what_was_copied_is_a_conflict_because_nobody_knows_which_is_the_old_one() -> None:
    copied = "web:\n  init: true\n  port: 1\nweb:\n  init: true\n  port: 1\n"
    assert merge(copied[:30], copied, copied[:30].replace("true", "false")).text is None


def test_a_line_that_repeats_is_no_doubt_where_others_say_which_it_is() -> None:
    base = "a\nUSER 0\nb\nc\nUSER 0\nd\n"
    mine, theirs = base.replace("b\n", "b\nmine\n"), base.replace("USER 0\nd", "USER 1\nd")
    assert merge(base, mine, theirs).text == "a\nUSER 0\nb\nmine\nc\nUSER 1\nd\n"


def test_a_block_between_blank_lines_is_merged_beside_a_change_above_it() -> None:
    base = "FROM a\n\nUSER 1\n"
    mine = "FROM a\n\nRUN mine\n\nUSER 1\n"
    assert merge(base, mine, "FROM b\n\nUSER 1\n").text == "FROM b\n\nRUN mine\n\nUSER 1\n"
    assert merge(base, mine, "FROM a\n\nUSER 2\n").text is None, "beside a change below it, as in git"


def test_an_empty_text_is_one_too() -> None:
    assert merge("", "", "a\n").text == "a\n"
    assert merge("", "a\n", "").text == "a\n"
    assert merge("a\n", "", "a\n").text == ""
    assert merge("a\n", "a\n", "").text == ""
    assert merge("", "a\n", "b\n").text is None
    assert merge("", "", "").text == ""


# -- line ends and the like


def test_lines_of_theirs_end_as_most_of_mine() -> None:
    assert merge("a\nb\n", "a\r\nb\r\n", "a\nb\nc\n").text == "a\r\nb\r\nc\r\n"
    assert merge("a\nb\nc\n", "a\nb\r\nc\n", "a\nb\nc\nd\n").text == "a\nb\r\nc\nd\n"
    assert merge("a\nb\nc\n", "a\r\nb\r\nc\n", "a\nb\nc\nd\n").text == "a\r\nb\r\nc\nd\r\n"


def test_a_last_line_without_an_end_stays_one() -> None:
    assert merge("a\nb\nc\n", "a\nb\nc", "A\nb\nc\n").text == "A\nb\nc"
    assert merge("a\nb\nc\n", "a\nb\nc", "a\nb\nc\nd\n").text == "a\nb\nc\nd"
    assert merge("a\nb\nc\n", "a\nb\nc\nd", "a\nb\n").text is None
    assert merge("a\n\nb\n", "a\n\nb", "a\n\n").text == "a\n\n", "a blank line would else be lost"


def test_a_byte_order_mark_is_kept_and_no_edit() -> None:
    assert merge("a\nb\n", f"{BOM}a\nb\n", "A\nb\n").text == f"{BOM}A\nb\n"
    assert merge("a\nb\n", f"{BOM}a\nB\n", "a\nb\n").text == f"{BOM}a\nB\n"


def test_what_some_take_for_line_ends_is_none() -> None:
    odd = "a\x0b\x0c\x85\u2028\rb\n"
    assert merge(f"{odd}x\ny\n", f"{odd}x\ny\nz\n", f"{odd.upper()}x\ny\n").text == f"{odd.upper()}x\ny\nz\n"


@given(base=FEW, mine=FEW, theirs=FEW)
def test_windows_line_ends_change_nothing_else(base: str, mine: str, theirs: str) -> None:
    unix = merge(base, mine, theirs)
    windows = merge(base, mine.replace("\n", "\r\n"), theirs)
    assert windows.conflicts == unix.conflicts
    if unix.text is not None and mine:
        assert windows.text == unix.text.replace("\n", "\r\n")


@given(base=FEW, mine=FEW, theirs=FEW, seed=st.integers(0, 1000))
def test_mixed_line_ends_stay_with_the_lines_that_only_mine_has(
    base: str, mine: str, theirs: str, seed: int
) -> None:
    pick = random.Random(seed)
    mixed = [line + pick.choice(["\n", "\r\n"]) for line in lines_of(mine)]
    text = merge(base, "".join(mixed), theirs).text
    assert (text is None) == (merge(base, mine, theirs).text is None)
    if text is not None:
        assert text.replace("\r\n", "\n") == merge(base, mine, theirs).text
        others = {*lines_of(base), *lines_of(theirs)}
        own = Counter(line for line in mixed if line.rstrip("\r\n") not in others)
        assert not own - Counter(text.splitlines(keepends=True))


# -- rules


@given(base=FEW, mine=FEW, theirs=FEW)
def test_what_a_side_added_is_there_as_often(base: str, mine: str, theirs: str) -> None:
    text = merge(base, mine, theirs).text
    assert text is None or not lost(lines_of(base), lines_of(mine), lines_of(theirs), lines_of(text))


@given(base=FEW, other=FEW)
def test_one_side_that_did_nothing_takes_what_the_other_has(base: str, other: str) -> None:
    assert merge(base, other, base).text == other
    assert merge(base, base, other).text == other
    assert merge(base, other, other).text == other


@given(base=FEW, mine=FEW, theirs=FEW)
def test_both_directions_come_to_the_same(base: str, mine: str, theirs: str) -> None:
    there, back = merge(base, mine, theirs).text, merge(base, theirs, mine).text
    assert None in (there, back) or there == back


@given(base=FEW, mine=FEW, theirs=FEW)
def test_what_was_merged_is_merged(base: str, mine: str, theirs: str) -> None:
    text = merge(base, mine, theirs).text
    if text is not None:
        assert merge(theirs, text, theirs).text == text
        assert merge(base, text, theirs).text in (text, None), "and nothing of theirs comes a second time"


@given(base=FEW, mine=FEW, theirs=FEW)
def test_a_conflict_is_a_place_in_mine(base: str, mine: str, theirs: str) -> None:
    text, conflicts = merge(base, mine, theirs)
    assert (text is None) == bool(conflicts)
    for first, last in conflicts:
        assert 1 <= first <= last <= max(first, len(lines_of(mine)))
    assert list(conflicts) == sorted(set(conflicts))


def test_a_text_that_is_too_long_for_the_table_is_one_edit_and_takes_no_time() -> None:
    base = text_of(map(str, range(2 * MOST_CELLS // 1000)))
    began = time.monotonic()
    assert merge(base, base + "mine\n", "theirs\n" + base) == (None, ((1, len(lines_of(base)) + 1),))
    assert merge(base, base + "mine\n", base).text == base + "mine\n"
    assert time.monotonic() - began < 5


# -- against git


@pytest.fixture
def by_git(tmp_path: Path) -> Merge:
    """Return what `git merge-file` makes of three texts; None is a conflict."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed: nothing to compare with")
    nobodys = {
        **os.environ,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "HOME": str(tmp_path),
    }
    names = ("mine", "base", "theirs")

    def by_git(base: Lines, mine: Lines, theirs: Lines) -> Lines | None:
        for name, lines in zip(names, (mine, base, theirs), strict=True):
            (tmp_path / name).write_text(text_of(lines), "utf-8")
        done = subprocess.run(
            ["git", "merge-file", "--stdout", "--quiet", *names],
            cwd=tmp_path,
            env=nobodys,
            capture_output=True,
        )
        assert 0 <= done.returncode < 128, done.stderr  # the number of conflicts, or an error
        return lines_of(done.stdout.decode()) if done.returncode == 0 else None

    return by_git


#: What may come out. Two texts that are not the same are not among it.
TOLERATED = {
    "the same text",
    "a conflict in both",
    "a conflict only here: it is in doubt what was edited",
    "a conflict only in git: what is new was done by hand",
}


def compared(base: Lines, mine: Lines, theirs: Lines, ours: Lines | None, gits: Lines | None) -> str:
    """Return in which way our merge and git's are the same, or why not."""
    if ours == gits:
        return "a conflict in both" if ours is None else "the same text"
    if ours is None:
        is_clear = not (is_in_doubt(base, mine) or is_in_doubt(base, theirs))
        return f"a conflict only here: it is {'clear' if is_clear else 'in doubt'} what was edited"
    if gits is not None:
        return "another text"
    is_by_hand = bool((set(mine) & set(theirs)) - set(base))
    return f"a conflict only in git: what is new was {'done' if is_by_hand else 'not done'} by hand"


def is_in_doubt(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether A and B have several longest common subsequences: together they have more pairs than each."""
    ahead, back = common(a, b), common(a[::-1], b[::-1])
    longest = ahead[0][0]
    pairs = sum(
        one == other and back[len(a) - i][len(b) - j] + 1 + ahead[i + 1][j + 1] == longest
        for i, one in enumerate(a)
        for j, other in enumerate(b)
    )
    return pairs > longest


def common(a: Sequence[str], b: Sequence[str]) -> list[list[int]]:
    """Return how long the longest common subsequence of each two ends of A and B is."""
    lengths = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in reversed(range(len(a))):
        for j in reversed(range(len(b))):
            same = lengths[i + 1][j + 1] + (a[i] == b[j])
            lengths[i][j] = max(same, lengths[i + 1][j], lengths[i][j + 1])
    return lengths


def lost(base: Lines, mine: Lines, theirs: Lines, result: Lines) -> Counter[str]:
    """Return the lines that a side added and that RESULT has not, or not as often."""
    there = Counter(result)
    added = (Counter(side) - Counter(base) for side in (mine, theirs))
    return sum((each - there for each in added), Counter())


def test_no_line_is_lost_and_git_says_the_same(by_git: Merge, capsys: pytest.CaptureFixture[str]) -> None:
    tally: Counter[str] = Counter()
    for number in range(HOW_MANY):
        for base, mine, theirs, ours in history(number).play(merged):
            assert ours is None or not lost(base, mine, theirs, ours), f"in history {number}"
            kind = compared(base, mine, theirs, ours, by_git(base, mine, theirs))
            assert kind in TOLERATED, f"history {number}: {kind}: {base} {mine} {theirs} {ours}"
            tally[kind] += 1
    with capsys.disabled():
        print(f"\n{HOW_MANY} histories, {tally.total()} merges:")
        print("".join(f"{number:7} {what}\n" for what, number in tally.most_common()), end="")
    assert tally["the same text"] > HOW_MANY / 2, "histories must have something to merge"
    assert tally["a conflict in both"] > HOW_MANY / 4
