"""Ignore files: git itself is the judge."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scaffold.ignore import IgnoreFile
from scaffold.tree import Tree

ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "*", "**", "?", "/", "[ab]", "[!a]", "[^b]", "[a-b]", "[b-a]", "[]a]",
     "[[:alpha:]]", "[[:nope:]]", "[a", "\\", "\\*", "\\a", "!", "#", " ", "-"]
)  # fmt: skip
PATTERNS = st.lists(ATOMS, min_size=1, max_size=6).map("".join)
FILES = [
    "a", "b/a", "b/b", "ab/a/b", "ab/b", "a.b", "c/a/ab/b", "c/b", "-", "*x", "c/[a", " b", "#a", "!b",
    "c/a b", "b.b/ab", "c/.a", "c/]",
]  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    for path in FILES:
        if path != "a" and path != "ab":
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
    (root / "a").touch()
    return root


def git(root: Path, *arguments: str) -> str:
    clean = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    run = ["git", "-c", "core.quotePath=false", *arguments]
    return subprocess.run(run, cwd=root, env=clean, check=True, capture_output=True, text=True).stdout


def kept_by_git(root: Path, rules: str, nested: str) -> set[str]:
    (root / ".gitignore").write_text(rules, newline="")
    (root / "c/.gitignore").write_text(nested, newline="")
    listed = git(root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return {path for path in listed if path and not path.endswith(".gitignore")}


def rules(patterns: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(patterns, max_size=4).map("\n".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules(PATTERNS), rules(PATTERNS))
@example("*\n!*/\n!c/**\n", "")
@example("/*\n!/c\n/c/*\n!/c/b\n", "")
@example("**/a\nb/**\n", "!b\n")
@example("c/**/b\n", "")
@example("a**b\n/**/ab/\n", "")
@example("/c[!x]b\n", "")
@example("ab/\r\n# a\r\n\\#a \r\n\\ b\r\n", "")
def test_what_git_keeps_is_in_the_tree(repository: Path, outer: str, nested: str) -> None:
    expected = kept_by_git(repository, outer, nested)
    tree = Tree.at(repository)
    assert {path for path in tree.paths if not path.endswith(".gitignore")} == expected


@pytest.mark.parametrize("pattern", ["*a" * 30 + "b", "**/a/" * 30 + "b", "a*?*" * 20, "[a-z]*" * 30 + "!"])
@pytest.mark.parametrize("path", ["a" * 250, "a/" * 120 + "a"])
def test_no_pattern_takes_exponential_time(pattern: str, path: str) -> None:
    start = time.perf_counter()
    IgnoreFile(f"{pattern}\n/{pattern}\n").verdict(path, path.rpartition("/")[2], is_folder=False)
    assert time.perf_counter() - start < 1
