"""Ignore files: git itself is the judge."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scaffold.reading import ignore
from scaffold.reading.ignore import IgnoreFile
from scaffold.reading.tree import Tree

ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "*", "**", "?", "/", "[ab]", "[!a]", "[^b]", "[a-b]", "[]a]", "\\", "\\*", "\\a",
     "!", "#", " ", "-"]
)  # fmt: skip
UNCLOSED = st.sampled_from(["", "", "", "[", "[a", "[!"])


def is_read_as_git_does(line: str) -> bool:
    r"""Whether LINE has no `\/`, which pathspec splits before it looks for backslashes."""
    return "\\/" not in line


def is_read_alike_by_every_git(line: str) -> bool:
    """Whether LINE has no `a**/b`, which git long took for `a` and then `**/b`."""
    # https://lore.kernel.org/git/20251014003404.GC1507@coredump.intra.peff.net/
    return not re.search(r"[^/*]\*\*+/|/.*[^/*]\*\*+ *$", line.removeprefix("!"))


# What ATOMS do not have within brackets, as pathspec 1.1 reads it otherwise than git:
# classes (https://github.com/cpburnz/python-pathspec/pull/128), ranges the wrong way round (…/pull/123),
# backslashes (…/issues/115), slashes. A bracket that is not closed is the last, or it would get one of these.
LINES = st.builds(lambda atoms, end: "".join(atoms) + end, st.lists(ATOMS, min_size=1, max_size=6), UNCLOSED)
PATTERNS = LINES.filter(is_read_as_git_does).filter(is_read_alike_by_every_git)
PLAIN = st.lists(
    st.sampled_from(["a", "b.", "*", "**", "?", "/", "/**/", "**/", "[ab]", "[!a-b]", " ", "-", "!", "$"]),
    min_size=1,
).map("".join)
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


@given(rules(PATTERNS), st.sampled_from(["", "c/", "b/a/", "a/ab/b/"]))
@example("**/a\n!**/b/\n", "c/")
@example("/a/ab\na/**/b\n", "a/ab/b/")
def test_a_name_is_judged_the_same_among_others_and_alone(lines: str, folder: str) -> None:
    names = sorted({part for path in FILES for part in path.split("/")} | {"a/", "ab/", "c/", "b.b/"})
    file = IgnoreFile(lines)
    said = file.verdicts(folder, names)
    assert said.keys() <= set(names)
    for name in names:
        bare = name.removesuffix("/")
        assert said.get(name) == file.verdict(folder + bare, bare, name.endswith("/"))


def test_many_names_in_a_folder_are_searched_in_a_moment() -> None:
    names = [f"page-{number}.html" for number in range(20_000)]
    start = time.perf_counter()
    assert IgnoreFile("*.log\n*-[0-9]*.tmp\n/*.bak\n").verdicts("", names) == {}
    assert time.perf_counter() - start < 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "line", ["", "/", "!/", "//", "!", "!!", "\\", "!\\", "x\\", "[", "[x", "[!]", "[y-x]", "[x-\\]]", "x\t"]
)
def test_a_line_that_is_no_pattern_is_left_out(line: str) -> None:
    for is_folder in (True, False):
        assert IgnoreFile(f"[[y]\n{line}").verdict("a/x", "x", is_folder) is None
        assert IgnoreFile(f"x\n{line}").verdict("a/x", "x", is_folder) is True


USUAL = "# made\r\n\n*.py[cod]\n/dist/\n!.env.example\n.env.*\n**/build\na/**/b\nTemporary Items\n \nout/**\n"


def test_usual_patterns_do_not_wait_for_pathspec() -> None:
    code = f"import sys; from scaffold.reading import ignore; ignore.IgnoreFile({USUAL!r})"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'pathspec' not in sys.modules"], check=True)


@settings(max_examples=1000)
@given(PLAIN)
@example("a/**/b?/**")
@example("/*")
@example("**/*/")
def test_a_plain_pattern_is_translated_as_pathspec_does(pattern: str) -> None:
    found = re.fullmatch(ignore._PLAIN, pattern)
    own = ignore._plain(found) if found else None
    assert own is None or own == ignore._by_pathspec(pattern)


@pytest.mark.parametrize(
    "pattern", ["*a" * 30 + "b", "**/a/" * 30 + "b", "*[!b]" * 30 + "b", "a*?*" * 20, "[a-z]*" * 30 + "!"]
)
@pytest.mark.parametrize("path", ["a" * 250, "a/" * 120 + "a"])
def test_no_pattern_takes_exponential_time(pattern: str, path: str) -> None:
    start = time.perf_counter()
    IgnoreFile(f"{pattern}\n/{pattern}\n").verdict(path, path.rpartition("/")[2], is_folder=False)
    assert time.perf_counter() - start < 1
