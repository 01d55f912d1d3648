"""Tables of our own: kept parsed beside our modules."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scaffold import tables


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with a table beside it, in a folder in which Python keeps compiled modules."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "known.toml").write_text("a = 1\n")
    return str(tmp_path / "module.py")


def read(module: str) -> object:
    tables.read_table.cache_clear()
    return tables.read_table(module, "known.toml")


def test_a_table_is_parsed_once(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(module) == {"a": 1}
    monkeypatch.setattr(tables, "_parsed", None)
    assert read(module) == {"a": 1}


def test_a_table_that_was_changed_is_parsed_again(module: str) -> None:
    assert read(module) == {"a": 1}
    path = Path(module).with_name("known.toml")
    path.write_text("a = 2\n")
    os.utime(path, ns=(1, 1))
    assert read(module) == {"a": 2}


@pytest.mark.parametrize("spoilt", [b"", b"\xe9", b"[", b"i\1\0\0\0"])
def test_what_was_kept_and_is_spoilt_is_as_if_it_were_gone(module: str, spoilt: bytes) -> None:
    assert read(module) == {"a": 1}
    (kept,) = (Path(module).parent / "__pycache__").iterdir()
    kept.write_bytes(spoilt)
    assert read(module) == {"a": 1}


def test_where_nothing_may_be_kept_a_table_is_read_all_the_same(module: str) -> None:
    (Path(module).parent / "__pycache__").rmdir()
    assert read(module) == {"a": 1}
    assert [path.name for path in Path(module).parent.iterdir()] == ["known.toml"]
