"""The record: that it comes back as it was written, and that no record of a stranger's does harm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.errors import WrongUse
from scaffold.model import Pin, Value
from scaffold.record import RECORD, Record, digest, is_writable, read_record, record_files

SHOP = Record(
    tool="0.1.0",
    packs=(Pin("docker-scaffold", "1"),),
    answers={"port": 9000, "start": ("gunicorn", "shop:app")},
    files={"Dockerfile": digest("FROM x\n"), ".dockerignore": digest("*\n")},
    base={"Dockerfile": "FROM x\n", ".dockerignore": "*\n"},
)


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, newline="")


def told(**other: Any) -> dict[str, Any]:
    return {**json.loads(record_files(SHOP)[RECORD]), **other}


def test_what_an_update_needs_to_know_is_kept(tmp_path: Path) -> None:
    known = SHOP._replace(
        variables=("name", "port"), beside=("docker-compose.yml",), left_out=("compose.yaml",), bump="digest"
    )
    write(tmp_path, record_files(known))
    assert read_record(tmp_path) == known


def test_no_record_is_none(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    (tmp_path / ".scaffold").mkdir()
    assert read_record(tmp_path) is None


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, record_files(SHOP))
    assert read_record(tmp_path) == SHOP


def test_conflicts_come_back_and_are_not_there_where_there_are_none(tmp_path: Path) -> None:
    assert "conflicts" not in told()
    write(tmp_path, record_files(SHOP._replace(conflicts=("Dockerfile",))))
    assert read_record(tmp_path) == SHOP._replace(conflicts=("Dockerfile",))


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(answers=st.dictionaries(st.text(), VALUES, max_size=4), tool=st.text(), text=st.text())
def test_any_answers_come_back(
    answers: dict[str, Value], tool: str, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("record")
    record = SHOP._replace(answers=answers, tool=tool, files={"a/b": digest(text)}, base={})
    write(root, record_files(record))
    assert read_record(root) == record


def test_the_same_record_is_the_same_bytes() -> None:
    backwards = SHOP._replace(
        answers=dict(reversed(list(SHOP.answers.items()))),
        files=dict(reversed(list(SHOP.files.items()))),
        base=dict(reversed(list(SHOP.base.items()))),
    )
    assert list(record_files(backwards).items()) == list(record_files(SHOP).items())
    assert record_files(SHOP)[RECORD].endswith("}\n")
    assert record_files(SHOP)[RECORD].isascii()


def test_pristine_texts_survive_windows_line_ends(tmp_path: Path) -> None:
    write(tmp_path, {path: text.replace("\n", "\r\n") for path, text in record_files(SHOP).items()})
    assert read_record(tmp_path) == SHOP


@pytest.mark.parametrize("there", [None, "FROM tampered\n", "\ud800"])
def test_a_pristine_text_that_is_gone_or_changed_is_not_there(tmp_path: Path, there: str | None) -> None:
    write(tmp_path, record_files(SHOP))
    (tmp_path / ".scaffold/base/Dockerfile").unlink()
    if there is not None:
        (tmp_path / ".scaffold/base/Dockerfile").write_text(there, errors="surrogatepass")
    record = read_record(tmp_path)
    assert record is not None
    assert record.base == {".dockerignore": "*\n"}
    assert record.files == SHOP.files


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        '{"schema": ' + "9" * 5_000 + "}",
        json.dumps(told()) + " " * 1_000_000,
        "\0",
        json.dumps(told(schema="1")),
        json.dumps(told(schema=True)),
        json.dumps(told(tool=1)),
        json.dumps(told(variables="port")),
        json.dumps(told(beside=[1])),
        json.dumps(told(left_out={})),
        json.dumps(told(bump="always")),
        json.dumps(told(bump=["patch"])),
        json.dumps(told(pack="built-in")),
        json.dumps(told(packs=[])),
        json.dumps(told(packs=[{"name": "x"}])),
        json.dumps(told(packs=[{"name": "x", "version": "1", "digest": 1}])),
        json.dumps(told(packs=[{"name": "x", "version": "\u202e"}])),
        json.dumps(told(answers=[])),
        json.dumps(told(files=["Dockerfile"])),
        json.dumps(told(files={"Dockerfile": "abc"})),
        json.dumps(told(files={"Dockerfile": None})),
        json.dumps(told(conflicts="Dockerfile")),
        json.dumps(told(conflicts=[1])),
        json.dumps(told(conflicts=["compose.yaml"])),
        json.dumps(told(strangers=["../Makefile"])),
        json.dumps(told(files={f"f{number}": "0" * 64 for number in range(2000)})),
    ],
)
def test_a_record_that_is_none_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    write(tmp_path, {RECORD: content})
    with pytest.raises(WrongUse) as error:
        read_record(tmp_path)
    assert str(error.value).startswith(".scaffold/record.json: ")
    assert str(error.value).endswith("; delete it or restore it from version control")
    assert str(error.value).isprintable()
    assert str(tmp_path) not in str(error.value)


BAD_PATHS = ["../x", "/etc/passwd", "a/../../x", "a//b", "./a", "", ".", "..", "a\\..\\b", "a\nb", "\ud800",
             ".git/hooks/pre-commit", ".GIT/config", ".scaffold/record.json", "C:\\x"]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_record_that_names_a_file_we_would_never_write_is_refused(tmp_path: Path, path: str) -> None:
    assert not is_writable(path)
    write(tmp_path, {RECORD: json.dumps(told(files={path: "0" * 64}))})
    with pytest.raises(WrongUse, match="names a file that we would never write"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    "path", ["Dockerfile", ".dockerignore", ".github/workflows/image.yml", "ops/naïve.yaml"]
)
def test_a_path_inside_the_project_may_be_written(path: str) -> None:
    assert is_writable(path)


def test_a_record_of_a_newer_version_is_refused_and_not_to_be_deleted(tmp_path: Path) -> None:
    write(tmp_path, {RECORD: json.dumps({"schema": 2})})
    with pytest.raises(WrongUse, match="newer scaffold") as error:
        read_record(tmp_path)
    assert "delete" not in str(error.value)


@pytest.mark.parametrize("link", [".scaffold", ".scaffold/record.json", ".scaffold/base"])
def test_a_record_behind_a_link_is_refused(tmp_path: Path, link: str) -> None:
    write(tmp_path / "outside", record_files(SHOP))
    project = tmp_path / "project"
    (project / link).parent.mkdir(parents=True)
    (project / link).symlink_to(tmp_path / "outside" / link)
    with pytest.raises(WrongUse, match="is a link"):
        read_record(project)


def test_a_pristine_text_behind_a_link_is_not_there(tmp_path: Path) -> None:
    record = SHOP._replace(files={"Dockerfile": SHOP.files["Dockerfile"], "ops/a": digest("a\n")}, base={})
    write(tmp_path, record_files(record))
    write(tmp_path / "elsewhere", {"a": "a\n", "Dockerfile": "FROM x\n"})
    (tmp_path / ".scaffold/base").mkdir()
    (tmp_path / ".scaffold/base/ops").symlink_to("../../elsewhere")
    (tmp_path / ".scaffold/base/Dockerfile").symlink_to("../../elsewhere/Dockerfile")
    assert read_record(tmp_path) == record


def test_a_record_that_cannot_be_read_is_not_to_be_deleted(tmp_path: Path) -> None:
    (tmp_path / RECORD).mkdir(parents=True)
    with pytest.raises(WrongUse, match="cannot be read: ") as error:
        read_record(tmp_path)
    assert "delete" not in str(error.value)
