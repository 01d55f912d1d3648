"""Changes: no edit is ever lost, and writing is done whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.errors import CannotWrite, Conflict, ScaffoldError
from scaffold.model import Pin
from scaffold.reading.formats import repeated_key
from scaffold.record import Record, digest, read_record
from scaffold.writing.changes import COMPOSE, Change, apply_changes, compare, record_changes, unified
from scaffold.writing.contents import MOST_BYTES

NEW = Record(tool="0.1.0", packs=(Pin("docker-scaffold", "1"),))
OURS = {
    "Dockerfile": "FROM a\n",
    ".dockerignore": "*\n",
    "compose.yaml": "name: a\n",
    "compose.dev.yaml": "x: 1\n",
}
LATER = {path: text + "# later\n" for path, text in OURS.items()}


#: Files that are long enough for two edits.
LONG = {
    "Dockerfile": "FROM a\nRUN one\nRUN two\nUSER 1\nCMD x\n",
    "compose.yaml": "services:\n  web:\n    image: a\n    init: true\n    tty: true\n    tmpfs: [/tmp]\n",
}
NEWER = {
    "Dockerfile": LONG["Dockerfile"].replace("CMD x", "CMD y"),
    "compose.yaml": LONG["compose.yaml"].replace("[/tmp]", "[/tmp, /run]"),
}


def init(
    root: Path, rendered: Mapping[str, str], *, force: bool = False, dropped: Collection[str] = ()
) -> tuple[Change, ...]:
    """Do what the command does."""
    previous = read_record(root)
    changes = compare(rendered, root, previous, force=force, dropped=dropped)
    apply_changes(root, changes, record_changes(changes, previous, NEW))
    return changes


def texts(root: Path) -> dict[str, str]:
    """Return every file below ROOT but the record, byte for byte."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and ".scaffold" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes().decode() for path in files}


def everything(root: Path) -> dict[str, tuple[bytes, int]]:
    """Return all that is below ROOT, with modes."""
    return {
        str(path.relative_to(root)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mode)
        for path in sorted(root.rglob("*"))
    }


def statuses(changes: tuple[Change, ...]) -> dict[str, str]:
    return {change.path: change.status for change in changes}


# -- what a bot does

PINNED = "FROM python:3.14.1-slim AS base\nRUN one\nRUN two\nCMD x\n"


def test_an_image_that_a_bot_raised_stays_raised_and_is_in_nobodys_way(tmp_path: Path) -> None:
    init(tmp_path, {"Dockerfile": PINNED})
    raised = PINNED.replace("3.14.1", "3.14.5")
    (tmp_path / "Dockerfile").write_text(raised)
    assert statuses(init(tmp_path, {"Dockerfile": PINNED})) == {"Dockerfile": "edited"}
    assert texts(tmp_path) == {"Dockerfile": raised}
    beside = "# Python\n" + PINNED.replace("RUN one", "RUN uno")  # on both sides of the line
    assert statuses(init(tmp_path, {"Dockerfile": beside})) == {"Dockerfile": "merged"}
    assert texts(tmp_path) == {"Dockerfile": beside.replace("3.14.1", "3.14.5")}


@pytest.mark.parametrize(
    ("ours", "result"), [("3.14.9", "3.14.9"), ("3.14.3", "3.14.5"), ("3.15.0", "3.15.0")]
)
def test_the_newer_one_of_two_raised_images_stands(tmp_path: Path, ours: str, result: str) -> None:
    init(tmp_path, {"Dockerfile": PINNED})
    (tmp_path / "Dockerfile").write_text(PINNED.replace("3.14.1", "3.14.5"))
    init(tmp_path, {"Dockerfile": PINNED.replace("3.14.1", ours)})
    assert texts(tmp_path) == {"Dockerfile": PINNED.replace("3.14.1", result)}


@pytest.mark.parametrize("evil", ["evil/python:3.14.5-slim", "python:3.15.0-slim", "python:3.14.0-slim"])
def test_an_image_that_no_bot_may_have_set_is_an_edit_like_any_other(tmp_path: Path, evil: str) -> None:
    init(tmp_path, {"Dockerfile": PINNED})
    edited = PINNED.replace("python:3.14.1-slim", evil)
    (tmp_path / "Dockerfile").write_text(edited)
    changes = init(tmp_path, {"Dockerfile": PINNED.replace("3.14.1", "3.14.9")})
    assert statuses(changes) == {"Dockerfile": "conflict"}
    assert texts(tmp_path) == {"Dockerfile": edited}


def test_how_far_an_image_may_be_raised_can_be_said(tmp_path: Path) -> None:
    init(tmp_path, {"Dockerfile": PINNED})
    (tmp_path / "Dockerfile").write_text(PINNED.replace("3.14.1", "3.14.5"))
    newer, record = {"Dockerfile": PINNED.replace("3.14.1", "3.14.9")}, read_record(tmp_path)
    assert statuses(compare(newer, tmp_path, record, bump="digest")) == {"Dockerfile": "conflict"}
    assert statuses(compare(newer, tmp_path, record, bump="minor")) == {"Dockerfile": "merged"}


# -- comparing


def test_a_file_that_was_deleted_can_be_left_missing(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "compose.yaml").unlink()
    changes = compare(LATER, tmp_path, read_record(tmp_path), restore=False)
    assert statuses(changes)["compose.yaml"] == "missing"
    assert "compose.yaml" not in apply_changes(tmp_path, changes)
    assert not (tmp_path / "compose.yaml").exists()


def test_a_stranger_that_was_accepted_holds_nothing_back(tmp_path: Path) -> None:
    (tmp_path / "compose.override.yaml").write_text("services: {}\n")
    accepted = NEW._replace(beside=("compose.override.yaml",))
    assert set(statuses(compare(OURS, tmp_path, accepted)).values()) == {"create"}
    assert "conflict" in statuses(compare(OURS, tmp_path, NEW)).values()


def test_into_an_empty_folder_everything_is_created(tmp_path: Path) -> None:
    assert set(statuses(init(tmp_path, OURS)).values()) == {"create"}
    assert texts(tmp_path) == OURS


def test_a_second_init_changes_nothing(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    before = everything(tmp_path)
    changed = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    changes = init(tmp_path, OURS)
    assert set(statuses(changes).values()) == {"identical"}
    assert apply_changes(tmp_path, changes, read_record(tmp_path)) == ()
    assert everything(tmp_path) == before
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == changed


def test_a_file_of_ours_that_nobody_touched_is_updated(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    assert set(statuses(init(tmp_path, LATER)).values()) == {"update"}
    assert texts(tmp_path) == LATER
    assert set(statuses(init(tmp_path, LATER)).values()) == {"identical"}


def test_an_edit_stays_where_we_have_nothing_new(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    changes = init(tmp_path, OURS)
    assert statuses(changes)["Dockerfile"] == "edited"
    assert texts(tmp_path) == OURS | {"Dockerfile": "FROM mine\n"}


def test_an_edit_against_something_new_is_a_conflict_and_the_others_are_written(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    for _ in range(2):  # and it is one until somebody decides
        assert statuses(init(tmp_path, LATER))["Dockerfile"] == "conflict"
        assert texts(tmp_path) == LATER | {"Dockerfile": "FROM mine\n"}
    record = read_record(tmp_path)
    assert record is not None
    assert record.base["Dockerfile"] == OURS["Dockerfile"], "where the edit started from"
    assert record.base["compose.yaml"] == LATER["compose.yaml"]


def test_a_conflict_that_the_user_solved_is_over(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    init(tmp_path, LATER)
    (tmp_path / "Dockerfile").write_text(LATER["Dockerfile"])
    assert statuses(init(tmp_path, LATER))["Dockerfile"] == "identical"
    assert statuses(init(tmp_path, OURS))["Dockerfile"] == "update"


STRANGERS = ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore", *COMPOSE]


@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_member_of_the_set_means_that_nothing_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("theirs\n")
    changes = init(tmp_path, OURS)
    assert statuses(changes)[name] == "conflict"
    assert {change.path for change in changes} == {*OURS, name}
    assert all(change.held for change in changes if change.status != "conflict")
    assert everything(tmp_path).keys() == {name}
    assert texts(tmp_path) == {name: "theirs\n"}


def test_a_stranger_that_arrives_later_holds_the_set_too(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "docker-compose.override.yml").write_text("theirs\n")
    before = everything(tmp_path)
    assert statuses(init(tmp_path, LATER))["docker-compose.override.yml"] == "conflict"
    assert everything(tmp_path) == before


def test_a_stranger_outside_of_the_set_is_left_alone_and_the_others_are_written(tmp_path: Path) -> None:
    (tmp_path / "compose.dev.yaml").write_text("theirs\n")
    assert statuses(init(tmp_path, OURS))["compose.dev.yaml"] == "conflict"
    assert texts(tmp_path) == OURS | {"compose.dev.yaml": "theirs\n"}
    record = read_record(tmp_path)
    assert record is not None
    assert "compose.dev.yaml" not in record.files


def test_a_compose_file_is_no_stranger_where_we_write_none(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text("theirs\n")
    assert statuses(init(tmp_path, {"Dockerfile": "FROM a\n"})) == {"Dockerfile": "create"}


def test_a_file_that_happens_to_be_what_we_write_is_adopted(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(OURS["Dockerfile"].replace("\n", "\r\n").encode())
    assert statuses(init(tmp_path, OURS))["Dockerfile"] == "identical"
    assert (tmp_path / "Dockerfile").read_bytes() == b"FROM a\r\n", "and left as it is"
    assert statuses(init(tmp_path, LATER))["Dockerfile"] == "update"


def test_line_ends_are_no_edit(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    for path in OURS:
        (tmp_path / path).write_bytes((tmp_path / path).read_bytes().replace(b"\n", b"\r\n"))
    assert set(statuses(init(tmp_path, OURS)).values()) == {"identical"}
    assert set(statuses(init(tmp_path, LATER)).values()) == {"update"}
    assert texts(tmp_path) == LATER


def test_a_file_that_was_deleted_is_written_again(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "Dockerfile").unlink()
    assert statuses(init(tmp_path, OURS))["Dockerfile"] == "create"
    assert texts(tmp_path) == OURS


def test_force_replaces_and_keeps_what_was_there(tmp_path: Path) -> None:
    theirs = {
        "Dockerfile": "FROM theirs\n",
        "docker-compose.yml": "theirs\n",
        "Dockerfile.dockerignore": "t\n",
    }
    for name, text in {**theirs, "Dockerfile.orig": "older\n", "Dockerfile.orig.1": "old\n"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "docker-compose.yml.orig").mkdir()
    changes = init(tmp_path, OURS, force=True)
    assert statuses(changes)["Dockerfile"] == statuses(changes)["docker-compose.yml"] == "replace"
    assert texts(tmp_path) == OURS | {
        "Dockerfile.orig": "older\n",
        "Dockerfile.orig.1": "old\n",
        "Dockerfile.orig.2": "FROM theirs\n",
        "docker-compose.yml.orig.1": "theirs\n",
        "Dockerfile.dockerignore.orig": "t\n",
    }
    assert set(statuses(init(tmp_path, OURS)).values()) == {"identical"}


def test_force_leaves_an_edit_alone_that_nothing_speaks_against(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    assert statuses(init(tmp_path, OURS, force=True))["Dockerfile"] == "edited"
    assert statuses(init(tmp_path, LATER, force=True))["Dockerfile"] == "replace"
    assert texts(tmp_path) == LATER | {"Dockerfile.orig": "FROM mine\n"}


def test_bytes_that_are_no_text_are_kept_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"\xff\xfe\0F\0")
    init(tmp_path, OURS, force=True)
    assert (tmp_path / "Dockerfile.orig").read_bytes() == b"\xff\xfe\0F\0"


def test_texts_can_be_compared_without_a_disk() -> None:
    changes = compare(OURS, {"Dockerfile": "FROM a\r\n", "compose.yml": "theirs\n"}, None)
    assert statuses(changes) == {
        "Dockerfile": "identical", ".dockerignore": "create", "compose.yaml": "create",
        "compose.dev.yaml": "create", "compose.yml": "conflict",
    }  # fmt: skip


@settings(deadline=None)
@given(
    there=st.dictionaries(st.sampled_from([*OURS, "compose.yml"]), st.sampled_from(["a", "b", "c"])),
    first=st.dictionaries(st.sampled_from(list(OURS)), st.sampled_from(["a", "b", "d"])),
    edits=st.dictionaries(st.sampled_from(list(OURS)), st.sampled_from(["a", "e"])),
    second=st.dictionaries(st.sampled_from(list(OURS)), st.sampled_from(["a", "d", "f"])),
    force=st.booleans(),
)
def test_no_text_of_the_users_is_ever_lost(
    there: dict[str, str],
    first: dict[str, str],
    edits: dict[str, str],
    second: dict[str, str],
    force: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("project")
    for path, text in there.items():
        (root / path).write_text(text)
    init(root, first, force=force)
    assert set(there.values()) <= set(texts(root).values())
    for path, text in edits.items():
        (root / path).write_text(text)
    before = texts(root)
    record = read_record(root)
    theirs = {text for path, text in before.items() if record is None or record.base.get(path) != text}
    init(root, second, force=force)
    assert theirs <= set(texts(root).values())


# -- merging


def edit(root: Path, path: str, old: str, new: str) -> None:
    content = (root / path).read_bytes()
    assert content.count(old.encode()) == 1
    (root / path).write_bytes(content.replace(old.encode(), new.encode()))


def change_of(changes: tuple[Change, ...], path: str) -> Change:
    return next(change for change in changes if change.path == path)


def test_what_is_new_is_merged_into_an_edited_file(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN one\nRUN mine\n")
    (tmp_path / "Dockerfile").chmod(0o600)
    assert statuses(init(tmp_path, NEWER)) == {"Dockerfile": "merged", "compose.yaml": "update"}
    assert texts(tmp_path)["Dockerfile"] == "FROM a\nRUN one\nRUN mine\nRUN two\nUSER 1\nCMD y\n"
    assert stat.S_IMODE((tmp_path / "Dockerfile").stat().st_mode) == 0o600
    record = read_record(tmp_path)
    assert record is not None
    assert record.base == NEWER, "the next edit starts from what is new"
    assert record.files == {path: digest(text) for path, text in NEWER.items()}


def test_a_merge_that_is_done_is_an_edited_file_and_nothing_is_written(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN mine\n")
    init(tmp_path, NEWER)
    before = everything(tmp_path)
    changes = init(tmp_path, NEWER)
    assert statuses(changes) == {"Dockerfile": "edited", "compose.yaml": "identical"}
    assert apply_changes(tmp_path, changes, read_record(tmp_path)) == ()
    assert everything(tmp_path) == before


def test_an_edit_survives_version_after_version(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN one\nRUN mine\n")
    for command in ("y", "z", "x", "y"):
        later = {**LONG, "Dockerfile": LONG["Dockerfile"].replace("CMD x", f"CMD {command}")}
        init(tmp_path, later)
        assert texts(tmp_path)["Dockerfile"] == f"FROM a\nRUN one\nRUN mine\nRUN two\nUSER 1\nCMD {command}\n"


def test_an_edit_that_is_taken_back_after_a_merge_leaves_a_file_of_ours(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN mine\n")
    init(tmp_path, NEWER)
    edit(tmp_path, "Dockerfile", "RUN mine\n", "RUN one\n")
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "identical"
    assert statuses(init(tmp_path, LONG))["Dockerfile"] == "update"


def test_a_conflict_says_where_leaves_the_bytes_and_is_noted(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "CMD x\n", "CMD mine\r\n# caf\xe9")
    mine = (tmp_path / "Dockerfile").read_bytes()
    changes = init(tmp_path, NEWER)
    assert statuses(changes) == {"Dockerfile": "conflict", "compose.yaml": "update"}
    assert change_of(changes, "Dockerfile").why == "edited at lines 5-6, where there is something new"
    assert (tmp_path / "Dockerfile").read_bytes() == mine
    record = read_record(tmp_path)
    assert record is not None
    assert record.conflicts == ("Dockerfile",)
    assert record.base["Dockerfile"] == LONG["Dockerfile"]
    before = everything(tmp_path)
    assert statuses(init(tmp_path, NEWER)) == {"Dockerfile": "conflict", "compose.yaml": "identical"}
    assert everything(tmp_path) == before


def test_what_was_done_by_hand_after_a_conflict_ends_it(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "CMD x\n", "CMD x\n# mine\n")
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "conflict"
    edit(tmp_path, "Dockerfile", "CMD x\n", "CMD y\n")
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "edited"
    assert texts(tmp_path)["Dockerfile"] == NEWER["Dockerfile"] + "# mine\n"
    record = read_record(tmp_path)
    assert record is not None
    assert record.conflicts == ()
    assert record.base == NEWER
    before = everything(tmp_path)
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "edited"
    assert everything(tmp_path) == before


def test_a_conflict_is_forgotten_where_what_was_new_is_no_more(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "CMD x\n", "CMD mine\n")
    init(tmp_path, NEWER)
    assert statuses(init(tmp_path, LONG))["Dockerfile"] == "edited"
    record = read_record(tmp_path)
    assert record is not None
    assert record.conflicts == ()


@pytest.mark.parametrize("there", [None, "FROM tampered\n", "\ud800"])
def test_nothing_is_merged_from_a_text_that_is_not_the_recorded_one(
    tmp_path: Path, there: str | None
) -> None:
    init(tmp_path, LONG)
    (tmp_path / ".scaffold/base/Dockerfile").unlink()
    if there is not None:
        (tmp_path / ".scaffold/base/Dockerfile").write_text(there, errors="surrogatepass")
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN mine\n")
    for _ in range(2):
        change = change_of(init(tmp_path, NEWER), "Dockerfile")
        assert change.status == "conflict"
        assert change.why == "edited, and .scaffold/base/Dockerfile is not there as we wrote it"
    assert texts(tmp_path)["Dockerfile"] == LONG["Dockerfile"].replace("RUN one", "RUN mine")


def test_a_file_that_was_not_edited_needs_no_text_to_merge_with(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    (tmp_path / ".scaffold/base/Dockerfile").unlink()
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "update"
    assert (tmp_path / ".scaffold/base/Dockerfile").read_text() == NEWER["Dockerfile"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_are_kept(tmp_path: Path, mark: str) -> None:
    init(tmp_path, LONG)
    mine = mark + LONG["Dockerfile"].replace("RUN one\n", "RUN mine\n").replace("\n", "\r\n")
    (tmp_path / "Dockerfile").write_bytes(mine.encode())
    changes = init(tmp_path, NEWER)
    assert change_of(changes, "Dockerfile").status == "merged"
    assert (tmp_path / "Dockerfile").read_bytes().decode() == mine.replace("CMD x", "CMD y")
    assert unified(change_of(changes, "Dockerfile")).endswith("-CMD x\n+CMD y\n")
    before = everything(tmp_path)
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "edited"
    assert everything(tmp_path) == before


def test_bytes_that_are_no_text_are_merged_as_they_are(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    mine = LONG["Dockerfile"].encode().replace(b"RUN one", b"# caf\xe9\rx\nRUN one")
    (tmp_path / "Dockerfile").write_bytes(mine)
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "merged"
    assert (tmp_path / "Dockerfile").read_bytes() == mine.replace(b"CMD x", b"CMD y")


def test_a_file_of_which_only_a_part_was_read_is_not_merged(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    mine = LONG["Dockerfile"] + "#" * MOST_BYTES + "the end\n"
    (tmp_path / "Dockerfile").write_text(mine)
    later = {**LONG, "Dockerfile": "# later\n" + LONG["Dockerfile"]}
    assert change_of(init(tmp_path, later), "Dockerfile").why == "edited, and too large to be merged"
    assert (tmp_path / "Dockerfile").read_text() == mine


@pytest.mark.parametrize(
    ("old", "mine", "new", "why"),
    [
        # a key that both added, in two places
        ("    image: a\n", "    image: a\n    user: me\n", ("tmpfs: [/tmp]", "tmpfs: [/tmp]\n    user: you"),
         "edited, and with what is new it would have the key user twice (line 8)"),
        # what stood below it has another indentation now
        ("  web:\n", "  web: {}\n", ("tmpfs: [/tmp]", "tmpfs: []"),
         "edited, and with what is new it would be no YAML: "),
    ],
)  # fmt: skip
def test_a_merge_that_is_no_good_yaml_is_a_conflict(
    tmp_path: Path, old: str, mine: str, new: tuple[str, str], why: str
) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "compose.yaml", old, mine)
    there = (tmp_path / "compose.yaml").read_bytes()
    change = change_of(
        init(tmp_path, {**LONG, "compose.yaml": LONG["compose.yaml"].replace(*new)}), "compose.yaml"
    )
    assert change.status == "conflict"
    assert change.why.startswith(why)
    assert (tmp_path / "compose.yaml").read_bytes() == there


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", None),
        ("a: 1\nb: {c: 1, d: 1}\nc: [{a: 1}, {a: 1}]\n", None),
        ("x: &x {a: 1}\ny: {<<: *x, b: 1}\nz: [*x, *x]\n", None),
        ("? [a, b]\n: 1\n? [a, b]\n: 1\n", None),
        ("a: 1\nb: 1\na: 2\n", ("a", 3)),
        ("a:\n  - {b: 1,\n     b: 2}\n", ("b", 3)),
        ("a: !override\n  b: 1\n  'b': 1\n", ("b", 3)),
        ("a: 1\n---\na: 1\na: 1\n", None),  # of several documents the first one is read
    ],
)
def test_a_key_that_is_there_twice(text: str, key: tuple[str, int] | None) -> None:
    assert repeated_key(text) == key


def test_tags_of_compose_are_good_yaml(tmp_path: Path) -> None:
    overlay = (
        "services:\n  web:\n    ports: !override\n      - 80:80\n    build: !reset null\n    init: true\n"
    )
    init(tmp_path, {"compose.dev.yaml": overlay})
    edit(tmp_path, "compose.dev.yaml", "80:80", "81:80")
    assert statuses(init(tmp_path, {"compose.dev.yaml": overlay + "    tty: true\n"})) == {
        "compose.dev.yaml": "merged"
    }


def test_a_merge_is_held_back_by_a_stranger_like_all_else(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN mine\n")
    (tmp_path / "docker-compose.yml").write_text("theirs\n")
    before = everything(tmp_path)
    change = change_of(init(tmp_path, NEWER), "Dockerfile")
    assert (change.status, change.held) == ("merged", True)
    assert everything(tmp_path) == before


def test_force_merges_what_can_be_merged(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN mine\n")
    edit(tmp_path, "compose.yaml", "[/tmp]", "[/tmp, /mine]")
    assert statuses(init(tmp_path, NEWER, force=True)) == {"Dockerfile": "merged", "compose.yaml": "replace"}
    assert set(texts(tmp_path)) == {*LONG, "compose.yaml.orig"}


# -- what we write no more


def test_a_file_that_we_write_no_more_goes_where_nobody_edited_it(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    rest = {path: text for path, text in OURS.items() if path != "compose.dev.yaml"}
    (tmp_path / "compose.dev.yaml").write_bytes(b"x: 1\r\n")
    assert statuses(init(tmp_path, rest, dropped=["compose.dev.yaml"]))["compose.dev.yaml"] == "delete"
    assert texts(tmp_path) == rest
    assert not (tmp_path / ".scaffold/base/compose.dev.yaml").exists()
    record = read_record(tmp_path)
    assert record is not None
    assert record.files.keys() == record.base.keys() == rest.keys()
    assert set(statuses(init(tmp_path, OURS)).values()) == {"identical", "create"}


def test_a_file_that_we_write_no_more_stays_where_somebody_edited_it(tmp_path: Path) -> None:
    init(tmp_path, LONG)
    edit(tmp_path, "Dockerfile", "RUN one\n", "RUN mine\n")
    before = everything(tmp_path)
    for force in (False, True):
        change = change_of(init(tmp_path, {}, dropped=["Dockerfile"], force=force), "Dockerfile")
        assert (change.status, change.why) == ("edited", "written by us no more")
        assert unified(change) == ""
        assert everything(tmp_path) == before
    assert statuses(init(tmp_path, NEWER))["Dockerfile"] == "merged", "where we write it again"


def test_no_file_goes_on_the_word_of_a_digest(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x\n")
    record = NEW._replace(files={"main.py": digest("x\n")})
    changes = compare({}, tmp_path, record, dropped=["main.py"])
    assert statuses(changes) == {"main.py": "edited"}
    apply_changes(tmp_path, changes, record)
    assert texts(tmp_path) == {"main.py": "x\n"}


def test_a_file_that_is_written_no_more_and_gone_is_forgotten(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "compose.dev.yaml").unlink()
    assert statuses(init(tmp_path, {}, dropped=["compose.dev.yaml"])) == {"compose.dev.yaml": "delete"}
    record = read_record(tmp_path)
    assert record is not None
    assert "compose.dev.yaml" not in record.files
    assert not (tmp_path / ".scaffold" / "base" / "compose.dev.yaml").exists()


def test_what_goes_is_held_back_by_a_stranger_too(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "docker-compose.yml").write_text("theirs\n")
    before = everything(tmp_path)
    rest = {"compose.yaml": OURS["compose.yaml"]}
    assert change_of(init(tmp_path, rest, dropped=["Dockerfile"]), "Dockerfile").held
    assert everything(tmp_path) == before


# -- links and what is no file


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "outside").write_text("theirs\n")
    (project / "Dockerfile").symlink_to("../outside")
    for force in (False, True):
        with pytest.raises(CannotWrite, match="Dockerfile: is a link that leads out of the project"):
            init(project, OURS, force=force)
    assert (tmp_path / "outside").read_text() == "theirs\n"
    assert list(project.iterdir()) == [project / "Dockerfile"]


@pytest.mark.parametrize("link", [".scaffold", ".github"])
def test_nothing_is_written_into_a_linked_folder_that_leads_out(tmp_path: Path, link: str) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (project / link).symlink_to(outside)
    rendered = {".github/workflows/image.yml": "on: push\n"}
    record = record_changes(compare(rendered, {}, None), None, NEW)
    with pytest.raises(CannotWrite, match="leads out of the project"):
        apply_changes(project, compare(rendered, {}, None), record)
    assert list(outside.iterdir()) == []
    assert [path.name for path in project.iterdir()] == [link]


def test_a_link_inside_the_project_stays_one(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/Dockerfile").write_text(OURS["Dockerfile"])
    (tmp_path / "Dockerfile").symlink_to("docker/Dockerfile")
    init(tmp_path, OURS)
    init(tmp_path, LATER)
    assert (tmp_path / "Dockerfile").is_symlink()
    assert (tmp_path / "docker/Dockerfile").read_text() == LATER["Dockerfile"]


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), os.mkfifo, lambda p: p.symlink_to(p.name)])
def test_what_is_no_file_is_said_and_nothing_is_written(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "Dockerfile")
    with pytest.raises(CannotWrite, match=r"^Dockerfile: is "):
        init(tmp_path, OURS)
    assert [path.name for path in tmp_path.iterdir()] == ["Dockerfile"]


@pytest.mark.parametrize("path", ["../x", "/etc/x", ".git/config", ".scaffold/record.json", "a\nb"])
def test_a_path_that_a_pack_may_not_write_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(CannotWrite, match="is no path that may be written"):
        compare({path: ""}, tmp_path, None)


# -- writing


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    former = os.umask(umask)
    try:
        init(tmp_path, {**OURS, ".github/workflows/image.yml": "on: push\n"})
    finally:
        os.umask(former)
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {True: 0o755, False: 0o644}


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    (tmp_path / "Dockerfile").chmod(0o600)
    init(tmp_path, LATER)
    assert stat.S_IMODE((tmp_path / "Dockerfile").stat().st_mode) == 0o600


def test_what_utf_8_cannot_hold_is_replaced_and_stays_so(tmp_path: Path) -> None:
    rendered = {"Dockerfile": "# caf\ud800é\n"}
    init(tmp_path, rendered)
    assert (tmp_path / "Dockerfile").read_text() == "# caf?é\n"
    assert statuses(init(tmp_path, rendered)) == {"Dockerfile": "identical"}


def test_an_edit_that_is_made_while_we_ask_is_not_overwritten(tmp_path: Path) -> None:
    init(tmp_path, OURS)
    changes = compare(LATER, tmp_path, read_record(tmp_path))
    (tmp_path / "compose.yaml").write_text("just edited\n")
    with pytest.raises(Conflict, match=r"^compose\.yaml: was changed in the meantime"):
        apply_changes(tmp_path, changes)
    assert texts(tmp_path) == OURS | {"compose.yaml": "just edited\n"}


CALLS = ["open", "fsync", "link", "replace", "unlink", "mkdir", "chmod"]
FULL, DENIED = OSError(28, "No space left on device"), PermissionError(13, "Permission denied")


def fail_at(patch: pytest.MonkeyPatch, name: str, number: int, error: BaseException, when: str) -> list[int]:
    """Have the call of that NUMBER fail before or after it did its work; return the calls that are made."""
    real: Any = getattr(os, name)
    calls: list[int] = []

    def failing(*arguments: Any, **named: Any) -> Any:
        calls.append(len(calls))
        # Where interrupts are held back there is none.
        is_held = isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        if calls[-1] != number or is_held:
            return real(*arguments, **named)
        if when == "after":
            real(*arguments, **named)
        raise error

    patch.setattr(os, name, failing)
    return calls


def mixed(root: Path) -> None:
    """Make a project in which one init creates, updates, merges, replaces, deletes and moves away."""
    init(root, {"Dockerfile": OURS["Dockerfile"], "bake.txt": "a\nb\nc\n", "old.txt": "old\n"})
    (root / "bake.txt").write_text("mine\na\nb\nc\n")
    (root / "compose.yaml").write_text("theirs\n")
    (root / "docker-compose.yml").write_text("theirs too\n")
    (root / "docker-compose.yml").chmod(0o600)


WANTED = {**LATER, ".github/workflows/image.yml": "on: push\n", "bake.txt": "a\nb\nC\n"}
GOT = {**WANTED, "bake.txt": "mine\na\nb\nC\n"}


def attempt(root: Path, previous: Record | None) -> str:
    """Do it, and return what was said if it failed. Without PREVIOUS the plan would be another."""
    try:
        changes = compare(WANTED, root, previous, force=True, dropped=["old.txt"])
        apply_changes(root, changes, record_changes(changes, previous, NEW))
    except (ScaffoldError, KeyboardInterrupt) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("error", "when"),
    [(FULL, "before"), (DENIED, "before"), (KeyboardInterrupt(), "before"), (KeyboardInterrupt(), "after")],
    ids=["full", "denied", "interrupted before", "interrupted after"],
)
@pytest.mark.parametrize("name", CALLS)
def test_a_failure_at_any_moment_leaves_all_or_nothing(
    name: str, when: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    mixed(tmp_path / "project")
    nothing = everything(tmp_path / "project")
    previous = read_record(tmp_path / "project")
    with monkeypatch.context() as patch:
        calls = fail_at(patch, name, -1, error, when)
        attempt(tmp_path / "project", previous)
    whole = everything(tmp_path / "project")
    assert calls
    assert whole != nothing
    for number in calls:
        root = tmp_path / f"{number}"
        root.mkdir()
        mixed(root)
        with monkeypatch.context() as patch:
            fail_at(patch, name, number, error, when)
            said = attempt(root, previous)
        there = everything(root)
        if name == "unlink" and isinstance(
            error, OSError
        ):  # what the disk does not let go of is left over, under a name of its own
            there = {
                path: what
                for path, what in there.items()
                if not path.endswith(".scaffold") or path == ".scaffold"
            }
        assert there in (nothing, whole), (name, number)
        assert said.isprintable()
        assert str(tmp_path) not in said


def test_a_full_disk_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, "open", 2, FULL, "before")
    with pytest.raises(CannotWrite) as error:
        init(tmp_path, OURS)
    assert str(error.value) == "Dockerfile: no space left on device; nothing was written"
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_second_names_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    mixed(tmp_path)
    init(tmp_path, WANTED, force=True, dropped=["old.txt"])
    kept = {"compose.yaml.orig": "theirs\n", "docker-compose.yml.orig": "theirs too\n"}
    assert texts(tmp_path) == GOT | kept
    assert stat.S_IMODE((tmp_path / "docker-compose.yml.orig").stat().st_mode) == 0o600


def test_a_file_that_took_the_kept_name_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("theirs\n")
    changes = compare(OURS, tmp_path, None, force=True)
    (tmp_path / "Dockerfile.orig").write_text("precious\n")
    with pytest.raises(CannotWrite):
        apply_changes(tmp_path, changes)
    assert texts(tmp_path) == {"Dockerfile": "theirs\n", "Dockerfile.orig": "precious\n"}


def test_a_project_that_is_gone_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite):
        apply_changes(tmp_path / "file", compare(OURS, {}, None))


# -- the diff


def test_the_diff_is_from_theirs_to_ours() -> None:
    diff = unified(Change("Dockerfile", "conflict", "FROM mine\n", "FROM a\nUSER 1\n"))
    assert diff == "--- Dockerfile\n+++ Dockerfile\n@@ -1 +1,2 @@\n-FROM mine\n+FROM a\n+USER 1\n"


def test_the_diff_of_a_new_file_a_file_in_the_way_and_one_without_a_last_line_end() -> None:
    assert unified(Change("a", "create", None, "x\n")) == "--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n"
    assert unified(Change("a", "conflict", "x\n", None)) == "--- a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    assert "-x\n\\ No newline at end of file\n+x\n" in unified(Change("a", "conflict", "x", "x\n"))
    assert unified(Change("a", "identical", "x\n", "x\n")) == ""


def test_a_diff_cannot_speak_to_the_terminal() -> None:
    diff = unified(Change("a", "conflict", "\x1b]0;evil\x07\ttab\udcff\n", "x\n"))
    assert "-\\x1b]0;evil\\x07\ttab\\udcff\n" in diff
