"""What people complain about in cruft and copier, each as a test: what they do, and what is to be done.

The complaints, and what the two of them were seen to do (cruft 2.16.0, copier 9.19.1), are from their issues.
Neither of them is run here: each docstring says what it does, and so why the test would fail on it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from packing import Git, acme, write

from scaffold import api
from scaffold.cli import main
from scaffold.errors import UntrustedPack
from scaffold.record import read_record

WEB = {
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
}
PACK = {
    "pack.toml": 'name = "golden"\nversion = "1.0.0"\n[outputs."extra.txt"]\ntemplate = "extra.j2"\n',
    "Dockerfile.j2": "FROM python:3.14.1-slim AS base\nRUN one\nRUN two\nUSER 1000\nCMD run\n",
    "extra.j2": "one\ntwo\nthree\n",
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that was written from the pack beside it."""
    write(tmp_path / "pack", PACK)
    write(tmp_path / "project", WEB)
    api.init(tmp_path / "project", pack=str(tmp_path / "pack"))
    return tmp_path / "project"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def contents(root: Path) -> Mapping[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def rules_of(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> set[str]:
    """Return the rules that `check` finds broken."""
    capsys.readouterr()
    main(["check", "--format", "json", *words, str(root)])
    return {problem["rule"] for problem in json.loads(capsys.readouterr().out)["problems"]}


def test_a_conflict_is_reported_as_success(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both put conflict markers into the file, end with 0, and note the new version; their checks pass.

    https://github.com/renovatebot/renovate/issues/31600 https://github.com/cruft/cruft/issues/47
    """
    change(root / "Dockerfile", "RUN two", "RUN mine")
    change(root.parent / "pack/Dockerfile.j2", "RUN two", "RUN theirs")
    mine = (root / "Dockerfile").read_bytes()
    assert main(["update", str(root)]) == 5
    assert (root / "Dockerfile").read_bytes() == mine, "no marker"
    assert not [*root.rglob("*.rej"), *root.rglob("*.orig")]
    assert "drift-conflict" in rules_of(root, capsys)
    assert main(["update", str(root)]) == 5


def test_a_second_failing_file_loses_the_change_of_the_first(root: Path) -> None:
    """Cruft applies all of a patch, or leaves `.rej` files beside unchanged ones, and says "Good work!".

    https://github.com/cruft/cruft/issues/49 https://github.com/cruft/cruft/issues/206
    """
    for name, file, old in (("Dockerfile", "Dockerfile.j2", "RUN one"), ("extra.txt", "extra.j2", "two")):
        change(root / name, old, "mine")
        change(root.parent / "pack" / file, old, "theirs")
    change(root.parent / "pack/Dockerfile.j2", "CMD run", "CMD start")
    (root / "compose.dev.yaml").write_text((root / "compose.dev.yaml").read_text() + "# mine\n")
    assert main(["update", str(root)]) == 5
    record = read_record(root)
    assert record is not None
    assert record.conflicts == ("Dockerfile", "extra.txt")
    change(root / "extra.txt", "mine", "theirs\nmine")
    assert main(["update", str(root)]) == 5, "each is one of its own"
    change(root / "Dockerfile", "mine", "theirs\nRUN mine")
    assert main(["update", str(root)]) == 0
    assert "CMD start" in (root / "Dockerfile").read_text(), "what was new is not lost"


def test_without_git_a_conflict_leaves_rejects_and_success(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without git cruft writes `.rej` and ends with 0; copier refuses to update.

    https://github.com/copier-org/copier/issues/2396
    """
    monkeypatch.setenv("PATH", "")
    change(root / "Dockerfile", "RUN one", "RUN one\nRUN mine")
    change(root.parent / "pack/Dockerfile.j2", "CMD run", "CMD start")
    assert main(["update", str(root)]) == 0
    assert "RUN mine" in (root / "Dockerfile").read_text()
    assert "CMD start" in (root / "Dockerfile").read_text()


def test_an_edited_file_that_the_template_drops_is_deleted(root: Path) -> None:
    """Copier deletes it, edits and all, and ends with 0. https://github.com/copier-org/copier/issues/1721"""
    change(root / "extra.txt", "two", "two\nmine")
    write(root.parent / "pack", {"pack.toml": 'name = "golden"\nversion = "2.0.0"\n'})
    assert main(["update", str(root)]) == 0
    assert (root / "extra.txt").read_text() == "one\ntwo\nmine\nthree\n"


def test_a_deleted_dockerfile_is_not_noticed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both never update it again, and their checks pass. https://github.com/copier-org/copier/issues/1735"""
    (root / "Dockerfile").unlink()
    assert main(["update", str(root)]) == 0
    assert "missing    Dockerfile (deleted since it was written" in capsys.readouterr().out
    assert "drift-missing" in rules_of(root, capsys)
    assert main(["diff", str(root)]) == 1


def test_a_dockerfile_that_was_moved_keeps_its_old_base_unnoticed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both end with 0 and leave the moved file as it is for good."""
    (root / "docker").mkdir()
    (root / "Dockerfile").rename(root / "docker/Dockerfile")
    assert "drift-missing" in rules_of(root, capsys)


def test_a_base_image_of_a_stranger_is_not_noticed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both compare versions of the template, not files. https://github.com/cruft/cruft/issues/58"""
    change(root / "Dockerfile", "python:3.14.1-slim", "evil/python:3.14.9-slim")
    assert main(["diff", str(root)]) == 1
    assert {"drift-modified", "drift-foreign-image"} <= rules_of(root, capsys)
    change(root.parent / "pack/Dockerfile.j2", "3.14.1", "3.14.2")
    assert main(["update", str(root)]) == 5


def test_what_a_bot_raised_is_reverted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The template lags behind, and to render it again takes the bump back.

    https://pkg.go.dev/github.com/intentdriven/abcd@v0.7.0/cmd/scaffold-sync
    """
    change(root / "Dockerfile", "3.14.1", "3.14.9")
    change(root.parent / "pack/Dockerfile.j2", "CMD run", "CMD start")
    assert main(["update", str(root)]) == 0
    assert "python:3.14.9-slim" in (root / "Dockerfile").read_text()
    assert not {"drift-modified", "drift-foreign-image"} & rules_of(root, capsys)


def test_a_moved_tag_is_not_noticed(tmp_path: Path) -> None:
    """Both fetch whatever the tag is now. https://github.com/copier-org/copier/pull/2354"""
    packs = Git(tmp_path / "packs")
    packs.commit(acme(), "v1")
    root = write(tmp_path / "project", WEB)
    api.init(root, pack=f"{packs.source}@v1")
    packs.commit(acme(team="evil"), "v1")
    before = contents(root)
    with pytest.raises(UntrustedPack):
        api.update(root)
    assert contents(root) == before


def test_an_update_twice_is_not_the_same(root: Path) -> None:
    """Copier applies the same patch to what it made of it. https://github.com/copier-org/copier/issues/2768"""
    change(root / "Dockerfile", "RUN one", "RUN one\nRUN mine")
    change(root.parent / "pack/Dockerfile.j2", "RUN two", "RUN two\nRUN three\nRUN three")
    first = main(["update", str(root)])
    before = contents(root)
    for _ in range(2):
        assert main(["update", str(root)]) == first
        assert contents(root) == before


def test_an_update_needs_the_old_template(root: Path) -> None:
    """Both render the old version anew, so that it must still be there and run; else copier loses the edits.

    https://copier.readthedocs.io/en/stable/updating/
    """
    change(root / "Dockerfile", "RUN one", "RUN one\nRUN mine")
    shutil.rmtree(root.parent / "pack")
    write(root.parent / "new", {**PACK, "Dockerfile.j2": PACK["Dockerfile.j2"].replace("CMD run", "CMD new")})
    assert main(["update", "--pack", str(root.parent / "new"), str(root)]) == 0
    assert "RUN mine" in (root / "Dockerfile").read_text()
    assert "CMD new" in (root / "Dockerfile").read_text()


def test_an_update_demands_a_clean_working_tree(root: Path) -> None:
    """Both refuse where git has something uncommitted. https://github.com/cruft/cruft/issues/91"""
    git = Git(root.parent / "repository")
    shutil.move(root, git.folder / "app")
    git("add", "--all")
    change(git.folder / "app/main.py", "app = FastAPI()", "app = FastAPI()\n\n# not committed")
    change(root.parent / "pack/Dockerfile.j2", "CMD run", "CMD start")
    pack = ["--pack", str(root.parent / "pack")]
    assert main(["update", *pack, str(git.folder / "app")]) == 0
    assert "CMD start" in (git.folder / "app/Dockerfile").read_text()


def test_a_new_question_is_answered_silently(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cruft takes the default and says nothing. https://github.com/cruft/cruft/issues/57"""
    table = '[variables.team]\ntype = "string"\nabout = "Who runs it"\ndefault = "platform"\n'
    write(root.parent / "pack", {"pack.toml": PACK["pack.toml"] + table})
    assert main(["update", "--json", str(root)]) == 0
    assert json.loads(capsys.readouterr().out)["answers"]["new"] == ["team"]


def test_an_answer_cannot_be_changed_later(root: Path) -> None:
    """Cruft's answers are written once. https://github.com/cruft/cruft/issues/232"""
    change(root / "compose.yaml", "services:", "# mine\nservices:")
    assert main(["update", "--set", "port=9000", str(root)]) == 0
    text = (root / "compose.yaml").read_text()
    assert "9000" in text
    assert "# mine" in text


def test_several_projects_of_one_repository_cannot_be_kept(root: Path) -> None:
    """Each of the two knows one template for each folder. https://github.com/cruft/cruft/issues/227"""
    repository = root.parent / "many"
    for name in ("a", "b"):
        shutil.copytree(root, repository / name)
    pack = ["--pack", str(root.parent / "pack")]
    change(root.parent / "pack/Dockerfile.j2", "CMD run", "CMD start")
    assert main(["update", "--recursive", *pack, str(repository)]) == 0
    assert all("CMD start" in (repository / name / "Dockerfile").read_text() for name in ("a", "b"))


def test_a_repository_that_has_files_already_cannot_be_adopted(root: Path) -> None:
    """Copier needs an answers file that it wrote. https://github.com/copier-org/copier/issues/1517"""
    shutil.rmtree(root / ".scaffold")
    change(root / "Dockerfile", "RUN one", "RUN mine")
    pack = ["--pack", str(root.parent / "pack")]
    before = contents(root)
    assert main(["adopt", *pack, str(root)]) == 0
    assert {p: c for p, c in contents(root).items() if not p.startswith(".scaffold")} == before
    change(root.parent / "pack/Dockerfile.j2", "CMD run", "CMD start")
    assert main(["update", str(root)]) == 0
    text = (root / "Dockerfile").read_text()
    assert "RUN mine" in text
    assert "CMD start" in text


def test_nothing_shows_what_an_update_would_do(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Copier's `--pretend` prints no difference. https://github.com/copier-org/copier/issues/343"""
    change(root.parent / "pack/Dockerfile.j2", "CMD run", "CMD start")
    before = contents(root)
    assert main(["update", "--diff", str(root)]) == 0
    assert "-CMD run\n+CMD start\n" in capsys.readouterr().out
    assert contents(root) == before


def test_the_path_of_the_template_is_of_one_computer(root: Path, tmp_path: Path) -> None:
    """Cruft keeps an absolute path, copier one as it was typed. https://github.com/copier-org/copier/pull/2717"""
    elsewhere = tmp_path / "elsewhere"
    for name in ("project", "pack"):
        shutil.copytree(root.parent / name, elsewhere / name)
    change(elsewhere / "pack/Dockerfile.j2", "CMD run", "CMD start")
    assert main(["update", str(elsewhere / "project")]) == 0
    assert "CMD start" in (elsewhere / "project/Dockerfile").read_text()
    assert str(tmp_path) not in (root / ".scaffold/record.json").read_text()
