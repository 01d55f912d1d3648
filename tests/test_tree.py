"""The tree: what is in it, what is left out, and that nothing in a project can end us."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.errors import WrongUse
from scaffold.model import ProjectWarning
from scaffold.reading.tree import PRUNED, Limits, Tree

Plant = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Write files into a folder of this test's own."""

    def write(files: dict[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


def codes(tree: Tree) -> list[tuple[str, str]]:
    return [(warning.code, warning.source) for warning in tree.warnings]


# -- what is there


def test_an_empty_project_is_an_empty_tree(tmp_path: Path) -> None:
    for tree in (Tree({}), Tree.at(tmp_path)):
        assert tree.paths == ()
        assert tree.names() == ()
        assert tree.glob("**/*") == ()
        assert tree.warnings == ()


def test_paths_come_shallow_first_then_by_name() -> None:
    tree = Tree({"b/a.py": "", "a-b/z.py": "", "a/z.py": "", "z.py": "", "B.py": "", "a/a/a/x": ""})
    assert tree.paths == ("B.py", "z.py", "a/z.py", "a-b/z.py", "b/a.py", "a/a/a/x")


def test_a_tree_from_disk_equals_a_tree_of_the_same_texts(plant: Plant) -> None:
    files: dict[str, str | bytes] = {"a.py": "x", "src/b/c.toml": "k = 1", ".gitignore": "*.log", "x.log": ""}
    disk, memory = Tree.at(plant(files)), Tree(files)
    assert disk.paths == memory.paths == (".gitignore", "a.py", "src/b/c.toml")
    assert disk.toml("src/b/c.toml") == memory.toml("src/b/c.toml") == {"k": 1}


def test_only_files_are_in_a_tree() -> None:
    tree = Tree({"src/main.py": ""})
    assert "src/main.py" in tree
    assert "./src/../src/main.py" in tree
    assert "src" not in tree
    assert "" not in tree
    assert "main.py" not in tree


def test_first_is_the_first_that_exists() -> None:
    tree = Tree({"setup.py": "", "setup.cfg": ""})
    assert tree.first("pyproject.toml", "setup.cfg", "setup.py") == "setup.cfg"
    assert tree.first("Pipfile") is None


def test_names_are_the_entries_of_one_folder_by_name() -> None:
    tree = Tree({"a.py": "", "a/x/y.py": "", "a/b.py": "", "z.py": ""})
    assert tree.names() == ("a/", "a.py", "z.py")
    assert tree.names("a") == tree.names("./a/") == ("b.py", "x/")
    assert tree.names("nowhere") == tree.names("..") == ()


def test_a_folder_without_a_file_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty/emptier").mkdir(parents=True)
    assert Tree.at(tmp_path).names() == ()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.py", ["app.py"]),
        ("**/*.py", ["app.py", "src/main.py", "src/shop/main.py"]),
        ("**/main.py", ["src/main.py", "src/shop/main.py"]),
        ("src/*/main.py", ["src/shop/main.py"]),
        ("src/**", ["src/main.py", "src/shop/main.py"]),
        ("./src/*.py", ["src/main.py"]),
        ("src/m?in.py", ["src/main.py"]),
        ("src/[a-m]*.py", ["src/main.py"]),
        ("*", [".env.example", "app.py"]),
        ("SRC/*.py", []),
        ("../*", []),
        ("/app.py", []),
        ("", []),
        ("src", []),
    ],
)
def test_glob(pattern: str, expected: list[str]) -> None:
    tree = Tree({"app.py": "", ".env.example": "", "src/main.py": "", "src/shop/main.py": ""})
    assert list(tree.glob(pattern)) == expected


NAMES = st.sampled_from(["a", "b", "ab", "a.py", ".b", "b.py", "c-1"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(["*", "**", "a", "b", "a*", "*.py", "?", "[ab]", "[!a]*", ".b"])


def files_only(paths: list[str]) -> dict[str, str | bytes]:
    """Drop the paths that would have to be a file and a folder at once."""
    return {path: "" for path in paths if not any(other.startswith(path + "/") for other in paths)}


@settings(deadline=None)
@given(paths=st.lists(PATHS, max_size=12), pattern=st.lists(PARTS, min_size=1, max_size=5).map("/".join))
def test_glob_agrees_with_pathlib(
    paths: list[str], pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("glob")
    files = files_only(paths)
    for path in files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    # A `**` at the end is folders only before Python 3.13, and files too since.
    asked = pattern + "/*" if pattern.endswith("**") else pattern
    expected = {p.relative_to(root).as_posix() for p in root.glob(asked) if p.is_file()}
    assert set(Tree(files).glob(pattern)) == expected


@settings(deadline=None)
@given(st.lists(PATHS, max_size=12))
def test_paths_are_always_in_order_and_below_agrees(paths: list[str]) -> None:
    files = files_only(paths)
    tree = Tree(files)
    assert list(tree.paths) == sorted(files, key=lambda path: (path.count("/"), path.split("/")))
    for folder in ("a", "b/a"):
        inside = [path.removeprefix(folder + "/") for path in files if path.startswith(folder + "/")]
        assert sorted(tree.below(folder).paths) == sorted(inside)


def test_many_stars_in_a_pattern_take_no_time() -> None:
    tree = Tree({"/".join(["a"] * 12) + f"/{i}.py": "" for i in range(50)})
    start = time.perf_counter()
    assert len(tree.glob("/".join(["**"] * 40 + ["*.py"]))) == 50
    assert tree.glob("**/a/" * 12 + "b") == ()
    assert time.perf_counter() - start < 1


def test_below_sees_its_folder_only() -> None:
    tree = Tree({"a.py": "", "apps/web/app.py": "x", "apps/web/src/b.py": "", "apps/webs/c.py": ""})
    web = tree.below("apps/web")
    assert web.paths == ("app.py", "src/b.py")
    assert web.text("app.py") == "x"
    assert web.names() == ("app.py", "src/")
    assert web.glob("**/*.py") == ("app.py", "src/b.py")
    assert web.below("src").paths == ("b.py",)
    assert "../../a.py" not in web
    assert web.text("../../a.py") == ""


def test_below_a_folder_that_is_not_there_is_nothing() -> None:
    tree = Tree({"a.py": ""})
    for folder in ("..", "/", "nowhere", "a.py", "../a"):
        assert tree.below(folder).paths == ()
        assert tree.below(folder).glob("**/*") == ()
    assert tree.below(".").paths == ("a.py",)


# -- what is left out


@pytest.mark.parametrize("name", sorted(PRUNED))
def test_folders_that_nobody_wrote_are_pruned(name: str) -> None:
    assert Tree({f"src/{name}/x.py": "", "src/a.py": ""}).paths == ("src/a.py",)


def test_a_file_named_as_a_pruned_folder_stays() -> None:
    assert Tree({"venv": "", ".cache": "", ".git": "gitdir: ../x"}).paths == (".cache", "venv")


@pytest.mark.parametrize("marker", ["pyvenv.cfg", "CACHEDIR.TAG"])
def test_a_folder_that_says_it_is_no_source_is_pruned(marker: str) -> None:
    assert Tree({f"env/{marker}": "", "env/lib/x.py": "", "a.py": ""}).paths == ("a.py",)
    assert Tree({marker: "", "a.py": ""}).paths == tuple(sorted(("a.py", marker))), "the root was asked for"


def test_ignored_files_are_left_out_with_nested_files_and_negations() -> None:
    tree = Tree(
        {
            ".gitignore": "*.log\n!keep.log\nbuild/\n.env\n/out\n",
            "a.log": "", "keep.log": "", "build/x.py": "", ".env": "", "out": "", "src/out/b.py": "",
            "src/.gitignore": "keep.log\n!a.log\n", "src/keep.log": "", "src/a.log": "", "src/b.log": "",
        }
    )  # fmt: skip
    assert tree.paths == (".gitignore", "keep.log", "src/.gitignore", "src/a.log", "src/out/b.py")


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_what_git_tracks_is_not_ignored(tmp_path: Path) -> None:
    ignored = "shop\nbuild\n*.gen.go\n"
    files = {".gitignore": ignored, "cmd/shop/main.go": "", "docs/build/a.md": "", "a.gen.go": ""}
    untracked = ("build/x.go", "shop", "lib/a.gen.go")
    for path in (*files, *untracked):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(files.get(path, ""))
    assert Tree.at(tmp_path).paths == (".gitignore",)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "add", "--force", *files], check=True)
    assert Tree.at(tmp_path).paths == tuple(sorted(files))


@pytest.mark.parametrize("index", [b"", b"DIRC", b"DIRC" + b"cmd/", b"cmd/" * 9, b"DIRC\xff\xffcmd/x"])
def test_an_index_that_is_none_tracks_nothing(index: bytes) -> None:
    files: dict[str, str | bytes] = {".gitignore": "cmd\n", "cmd/x.go": "", ".git/index": index}
    assert Tree(files).paths == (".gitignore",)


def test_is_ignored_speaks_of_files_that_are_not_there_too() -> None:
    ignored = ".env*\n!.env.example\n/secrets/\n"
    tree = Tree({".gitignore": ignored, "apps/web/.gitignore": "local.py\n", "apps/web/a": ""})
    web = tree.below("apps/web")
    assert tree.is_ignored(".env.local")
    assert not tree.is_ignored(".env.example")
    assert tree.is_ignored("secrets/key.pem")
    assert tree.is_ignored("secrets/")
    assert not tree.is_ignored("secrets"), "the pattern names a folder"
    assert web.is_ignored("local.py")
    assert web.is_ignored(".env")
    assert not tree.is_ignored("local.py")
    assert not tree.is_ignored("../.env")


def test_an_ignore_file_with_windows_line_ends_a_bom_or_odd_bytes_counts() -> None:
    tree = Tree({".gitignore": b"\xef\xbb\xbf*.log\r\n\xff\xfe*\r\nb\\ \r\n", "a.log": "", "b ": "", "b": ""})
    assert tree.paths == (".gitignore", "b")


def test_a_huge_ignore_file_is_not_heeded_and_said() -> None:
    tree = Tree({".gitignore": "*.py\n" + "#" * 200_000, "a.py": ""})
    assert tree.paths == (".gitignore", "a.py")
    assert codes(tree) == [("too-large", ".gitignore")]


def test_no_configuration_of_the_machine_counts(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant({"a.py": "", ".git/info/exclude": "*.py\n", "home/.config/git/ignore": "*.py\n"})
    monkeypatch.setenv("HOME", str(root / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(root / "home/.config"))
    assert "a.py" in Tree.at(root)


def test_a_link_inside_the_tree_is_the_file_that_it_leads_to(plant: Plant) -> None:
    root = plant({"real/a.toml": "k = 1", ".gitignore": ".env\n", ".env": "SECRET=1", "dist/x": ""})
    (root / "a.toml").symlink_to("real/a.toml")
    (root / "again.toml").symlink_to("a.toml")
    (root / "absolute.toml").symlink_to(root / "real/a.toml")
    (root / "linked").symlink_to("real")
    (root / "secret").symlink_to(".env")
    (root / "only/links").mkdir(parents=True)
    (root / "only/links/a.toml").symlink_to("../../real/a.toml")
    tree = Tree.at(root)
    links = ("a.toml", "absolute.toml", "again.toml")
    assert tree.paths == (".gitignore", *links, "dist/x", "real/a.toml", "only/links/a.toml")
    assert [tree.toml(path) for path in (*links, "only/links/a.toml")] == [{"k": 1}] * 4
    assert tree.names("only") == ("links/",)
    assert tree.warnings == (), "a link to a folder or to an ignored file is nobody's mistake"


def test_links_out_and_in_circles_are_skipped_and_said(plant: Plant, tmp_path: Path) -> None:
    root = plant({"a.py": ""})
    (tmp_path / "outside.txt").write_text("secret")
    (tmp_path / "project-two").mkdir()
    (tmp_path / "project-two/x").write_text("secret")
    for name, target in {
        "out": "../outside.txt", "passwd": "/etc/passwd", "two": "../project-two/x", "nowhere": "../gone",
        "loop": "loop", "ping": "pong", "pong": "ping", "up": "..",
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    (root / "dangling").symlink_to("not-made-yet")
    tree = Tree.at(root)
    assert tree.paths == ("a.py",)
    skipped = ["loop", "nowhere", "out", "passwd", "ping", "pong", "two", "up"]
    assert codes(tree) == [("link-out", name) for name in skipped]


def test_a_root_that_is_a_link_is_read(plant: Plant, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(plant({"a.py": ""}))
    assert Tree.at(tmp_path / "link").paths == ("a.py",)


def test_a_file_that_became_a_link_or_a_pipe_since_is_not_followed(plant: Plant, tmp_path: Path) -> None:
    root = plant({"a": "x", "b": "y"})
    (tmp_path / "outside").write_text("secret")
    tree = Tree.at(root)
    (root / "a").unlink()
    (root / "a").symlink_to(tmp_path / "outside")
    (root / "b").unlink()
    os.mkfifo(root / "b")
    assert (tree.text("a"), tree.text("b")) == ("", "")
    assert codes(tree) == [("unreadable", "a"), ("unreadable", "b")]


def test_pipes_and_sockets_are_no_files(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant({"a.py": ""})
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert Tree.at(root).paths == ("a.py",)


def test_names_that_cannot_stand_in_a_dockerfile_are_left_out_and_said(plant: Plant) -> None:
    root = plant({"a.py": "", "naïve 文.py": ""})
    for name in (b"new\nline.py", b"bell\x07/x.py", b"\xff\xfe.py", "\u202eyp.exe".encode()):
        path = Path(os.fsdecode(os.fsencode(root) + b"/" + name))
        path.parent.mkdir(exist_ok=True)
        path.touch()
    tree = Tree.at(root)
    assert tree.paths == ("a.py", "naïve 文.py")
    assert [code for code, _ in codes(tree)] == ["odd-name"] * 4
    assert "new\\nline.py" in [source for _, source in codes(tree)]
    assert all(warning.source.isprintable() for warning in tree.warnings)


# -- limits


def test_files_beyond_the_limit_are_left_out_deepest_first_and_said_once() -> None:
    files: dict[str, str | bytes] = {"top.py": "", "a/1.py": "", "a/2.py": "", "b/1.py": ""}
    tree = Tree(files, Limits(files=4))
    assert tree.paths == ("top.py", "a/1.py")
    assert codes(tree) == [("too-many-files", "a/2.py")]
    assert Tree(files, Limits(files=6)).warnings == ()


def test_a_limit_that_is_reached_between_two_folders_is_said_too() -> None:
    tree = Tree({"a/1.py": "", "b/1.py": ""}, Limits(files=3))
    assert tree.paths == ("a/1.py",)
    assert codes(tree) == [("too-many-files", "b/")]


def test_a_folder_with_more_entries_than_the_limit_is_not_listed(plant: Plant) -> None:
    root = plant({"a.py": "", **{f"many/{i}.csv": "" for i in range(30)}})
    tree = Tree.at(root, Limits(files=20))
    assert tree.paths == ("a.py",)
    assert codes(tree) == [("too-many-files", "many/")]


def test_folders_beyond_the_depth_are_left_out_and_said() -> None:
    tree = Tree({"a/b/c.py": "", "a/b/c/d.py": ""}, Limits(depth=2))
    assert tree.paths == ("a/b/c.py",)
    assert codes(tree) == [("too-deep", "a/b/c/")]


def test_a_file_that_is_too_large_is_there_but_empty(plant: Plant) -> None:
    tree = Tree.at(plant({"big.toml": "k = 1 #" + "x" * 100, "fits.toml": "k = 1"}), Limits(file_bytes=5))
    assert "big.toml" in tree
    assert (tree.toml("big.toml"), tree.toml("fits.toml")) == ({}, {"k": 1})
    assert codes(tree) == [("too-large", "big.toml")]


def test_a_project_is_not_read_beyond_its_bytes() -> None:
    tree = Tree({"a": "12345", "b": "12345", "c": "1"}, Limits(total_bytes=8))
    assert [tree.text(path) for path in tree.paths] == ["12345", "", ""]
    assert codes(tree) == [("too-large", "b"), ("too-large", "c")]


def test_a_kind_of_trouble_names_a_few_places_only(plant: Plant) -> None:
    root = plant({"a.py": ""})
    for number in range(30):
        (root / f"link{number:02}").symlink_to("/etc/passwd")
    warnings = Tree.at(root).warnings
    assert len(warnings) == 10
    assert warnings[-1].message.endswith("(and 20 more like it)")


@settings(deadline=None)
@given(st.integers(1, 8), st.integers(0, 3), st.lists(PATHS, max_size=12))
def test_walking_is_bounded(files: int, depth: int, paths: list[str]) -> None:
    tree = Tree(files_only(paths), Limits(files=files, depth=depth))
    assert len(tree.paths) <= files
    assert all(path.count("/") <= depth for path in tree.paths)
    left_out = set(files_only(paths)) - set(tree.paths)
    assert bool(left_out) == bool(tree.warnings)


def test_a_large_project_is_walked_in_a_moment() -> None:
    ignored = "\n".join(f"*.{i}\nname{i}/\n/docs/{i}?\n" for i in range(60))
    files: dict[str, str | bytes] = {f"p{i % 100}/m{i % 7}/f{i}.py": "" for i in range(30_000)}
    start = time.perf_counter()
    tree = Tree({".gitignore": ignored, **files})
    assert len(tree.paths) == 30_001
    assert len(tree.glob("**/*.py")) == 30_000
    assert time.perf_counter() - start < 5


# -- what cannot be read


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, path: str) -> None:
    """Have the disk refuse one path: permissions do not stop the superuser, whom tests may run as."""
    real: Any = getattr(os, name)

    def refusing(target: Any, *rest: Any, **named: Any) -> Any:
        if str(target).rstrip("/").endswith(path):
            raise PermissionError(13, "Permission denied", str(target))
        return real(target, *rest, **named)

    monkeypatch.setattr(os, name, refusing)


def test_a_folder_that_cannot_be_read_is_said(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant({"a.py": "", "locked/b.py": ""})
    refuse(monkeypatch, "scandir", "locked")
    tree = Tree.at(root)
    assert tree.paths == ("a.py",)
    assert codes(tree) == [("unreadable", "locked/")]


def test_a_file_that_cannot_be_read_is_empty_and_said(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant({"a.toml": "k = 1"})
    tree = Tree.at(root)
    refuse(monkeypatch, "open", "a.toml")
    assert tree.toml("a.toml") == {}
    assert codes(tree) == [("unreadable", "a.toml")]
    assert str(root) not in str(tree.warnings), "no path of this machine"


def test_a_file_that_is_gone_since_is_empty_and_said(plant: Plant) -> None:
    root = plant({"a.py": "x"})
    tree = Tree.at(root)
    (root / "a.py").unlink()
    assert tree.text("a.py") == ""
    assert codes(tree) == [("unreadable", "a.py")]


@pytest.mark.parametrize("name", ["nowhere", "file", "nul\0", "file/x"])
def test_a_root_that_is_no_folder_is_wrong_use(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WrongUse) as error:
        Tree.at(tmp_path / name)
    assert "\n" not in str(error.value)
    assert "name the folder" in str(error.value)


def test_texts_must_lie_inside_the_tree() -> None:
    for path in ("/etc/passwd", "../x", "a//b", "./a", ""):
        with pytest.raises(ValueError, match="no path inside a tree"):
            Tree({path: ""})


# -- what it says


def test_a_file_is_read_once_and_when_asked(plant: Plant) -> None:
    root = plant({"a.py": "old", "b.py": "old"})
    tree = Tree.at(root)
    assert tree.text("a.py") == "old"
    for name in ("a.py", "b.py"):
        (root / name).write_text("new")
    assert tree.text("a.py") == "old"
    assert tree.text("b.py") == "new"


@pytest.mark.parametrize(
    "content",
    [
        "k = 'é'\n".encode(),
        "k = 'é'\r\n".encode(),
        "k = 'é'\n".encode("utf-8-sig"),
        "k = 'é'\r\n".encode("utf-16"),
        b"\xfe\xff" + "k = 'é'\n".encode("utf-16-be"),
        "k = 'é'\n".encode("utf-32"),
        "# coding: latin-1\nk = 'é'\n".encode("latin-1"),
    ],
)
def test_every_encoding_that_a_file_declares_is_read(content: bytes) -> None:
    tree = Tree({"a.toml": content})
    assert tree.toml("a.toml") == {"k": "é"}
    assert "\r" not in tree.text("a.toml")
    assert tree.warnings == ()


@pytest.mark.parametrize(
    "content",
    [
        b"k = 'caf\xe9'",
        b"\x7fELF\0\0",
        b"\xff\xfea",
        b"# coding: nonsense\n\xe9",
        b"# coding: hex\n\xe9",
        b"\xef\xbb\xbf\xe9",
    ],
)
def test_what_is_no_text_is_empty_and_said(content: bytes) -> None:
    tree = Tree({"a.toml": content})
    assert tree.text("a.toml") == ""
    assert tree.toml("a.toml") == {}
    assert codes(tree) == [("undecodable", "a.toml")]


def test_what_is_missing_or_empty_is_empty_without_a_word() -> None:
    tree = Tree({"empty.json": " \n", "empty.yaml": "# nothing\n", "null.yaml": "---\n"})
    assert tree.text("x") == ""
    assert tree.toml("x") == tree.json("x") == tree.yaml("x") == {}
    assert tree.json("empty.json") == tree.yaml("empty.yaml") == tree.yaml("null.yaml") == {}
    assert tree.warnings == ()


@pytest.mark.parametrize(
    ("path", "content", "source"),
    [
        ("a.toml", "[a]\nb = \n", "a.toml:2"),
        ("a.toml", "a = 1\na = 2\n", "a.toml:2"),
        ("a.toml", "x = " + "[" * 100_000, "a.toml"),
        ("a.toml", "x = " + "9" * 5_000, "a.toml"),
        ("a.json", '{\n  "a": 1,\n  b\n}', "a.json:3"),
        ("a.json", "{} // comment", "a.json:1"),
        ("a.json", "[" * 100_000, "a.json"),
        ("a.json", "9" * 5_000, "a.json"),
        ("a.yaml", "a: 1\n\tb: 2\n", "a.yaml:2"),
        ("a.yaml", "a: [1\nb: 2\n", "a.yaml:2"),
        ("a.yaml", "a: *nobody\n", "a.yaml:1"),
        ("a.yaml", "? [a]\n: b\n", "a.yaml:1"),
        ("a.yaml", "a: 2024-99-99", "a.yaml"),
        ("a.yaml", "a: " + "9" * 5_000, "a.yaml"),
        ("a.yaml", "!!int ''", "a.yaml"),
        ("a.yaml", "a: &a [*a]", "a.yaml"),
        ("a.yaml", "a: &a\n  <<: *a\n", "a.yaml"),
    ],
)
def test_what_cannot_be_parsed_is_empty_and_said(path: str, content: str, source: str) -> None:
    tree = Tree({path: content})
    assert getattr(tree, path.rpartition(".")[2])(path) == {}
    assert codes(tree) == [("unparsable", source)]
    assert tree.warnings[0].message.startswith("cannot be parsed: ")
    assert tree.warnings[0].message.isprintable()


@pytest.mark.parametrize("opening", ["[", "- "])
def test_yaml_nested_too_deep_is_unparsable(opening: str) -> None:
    tree = Tree({"a.yaml": opening * 100_000})
    assert tree.yaml("a.yaml") == {}
    ((code, source),) = codes(tree)
    assert code == "unparsable"
    assert source in ("a.yaml", "a.yaml:1")  # libyaml itself refuses it since 0.2.6, and says where


def bomb(levels: int, line: str) -> str:
    return "a0: &a0 {k: v}\n" + "".join(line.format(i=i, j=i - 1) for i in range(1, levels))


@pytest.mark.parametrize(
    "line",
    [
        "a{i}: &a{i} [*a{j}, *a{j}, *a{j}, *a{j}, *a{j}]\n",
        "a{i}: &a{i} {{<<: [*a{j}, *a{j}, *a{j}, *a{j}, *a{j}]}}\n",
    ],
)
def test_a_yaml_bomb_is_refused_in_no_time(line: str) -> None:
    start = time.perf_counter()
    tree = Tree({"a.yaml": bomb(30, line)})
    assert tree.yaml("a.yaml") == {}
    assert codes(tree) == [("unparsable", "a.yaml")]
    assert time.perf_counter() - start < 1


def test_aliases_and_merges_as_people_write_them_are_read() -> None:
    text = "x: &x {a: 1}\n" + "".join(f"s{i}:\n  <<: *x\n  n: {i}\n" for i in range(500))
    assert Tree({"a.yaml": text}).yaml("a.yaml")["s499"] == {"a": 1, "n": 499}


def test_yaml_is_data_and_never_code() -> None:
    text = "a: !!python/object/apply:os.getcwd []\nb: !Ref X\nc: !override [1]\nd: 1\n"
    tree = Tree({"a.yaml": text})
    assert tree.yaml("a.yaml") == {"a": None, "b": None, "c": None, "d": 1}
    assert tree.warnings == ()


def test_of_several_yaml_documents_the_first_is_read() -> None:
    assert Tree({"a.yaml": "a: 1\n---\nb: 2\n---\n" + "[" * 1000}).yaml("a.yaml") == {"a": 1}


def test_a_file_is_parsed_once() -> None:
    tree = Tree({"sub/a.toml": "k = 1"})
    assert tree.toml("sub/a.toml") is tree.below("sub").toml("a.toml")


def test_line_of_is_the_first_line_that_matches() -> None:
    tree = Tree({"a.py": "import os\r\nPORT = 1\r\nPORT = 2\r\n"})
    assert tree.line_of("a.py", r"^PORT = \d$") == 2
    assert tree.line_of("a.py", "HOST") is None
    assert tree.line_of("b.py", "PORT") is None


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["toml", "json", "yaml", "text"]))
def test_no_content_ends_us(content: bytes, kind: str) -> None:
    tree = Tree({"a": content, ".gitignore": content})
    getattr(tree, kind)("a")
    assert all(warning.message.isprintable() for warning in tree.warnings)


# -- warnings


def test_warnings_are_shared_each_once_and_sorted_by_place() -> None:
    tree = Tree({"b.py": "", "apps/web/a.py": ""})
    web = tree.below("apps").below("web")
    web.warn(ProjectWarning("x", "m", "a.py:10"))
    web.warn(ProjectWarning("x", "m", "a.py:9"))
    web.warn(ProjectWarning("x", "m", "a.py:9"))
    tree.warn(ProjectWarning("x", "m", "b.py"))
    web.warn(ProjectWarning("x", "m", "default: flask"))
    inside = ["apps/web/a.py:9", "apps/web/a.py:10"]
    assert [w.source for w in tree.warnings] == [*inside, "b.py", "default: flask"]
    assert [w.source for w in web.warnings] == ["a.py:9", "a.py:10", "default: flask"]


def test_reading_below_warns_with_the_path_from_the_root() -> None:
    tree = Tree({"apps/web/a.toml": "x ="})
    assert tree.below("apps/web").toml("a.toml") == {}
    assert codes(tree) == [("unparsable", "apps/web/a.toml:1")]
    assert codes(tree.below("apps/web")) == [("unparsable", "a.toml:1")]


def test_posix_paths_are_what_the_api_speaks(plant: Plant) -> None:
    tree = Tree.at(plant({"a/b/c.py": ""}))
    assert [PurePosixPath(path).parts for path in tree.paths] == [("a", "b", "c.py")]


def test_folders_with_a_record_are_known_although_what_is_in_them_is_no_part_of_the_tree() -> None:
    tree = Tree({"a/.scaffold/record.json": "{}", ".scaffold/record.json": "{}", "b/c": ""})
    assert tree.recorded == (".", "a")
    assert tree.below("a").recorded == (".",)
    assert tree.paths == ("b/c",)
