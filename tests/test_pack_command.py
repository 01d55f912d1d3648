"""`scaffold pack`: a pack is begun, tested on its cases, and shown by what it does to projects."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from example import EXAMPLES
from packing import acme, write

from scaffold.cli import main

EXAMPLE = next(example for example in EXAMPLES if example.name == "python-cli-uv")


@pytest.fixture(autouse=True)
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCAFFOLD_CACHE", str(tmp_path / "cache"))


def test_a_new_pack_is_right_and_its_case_is_as_reviewed() -> None:
    assert main(["pack", "new", "acme"]) == 0
    assert main(["pack", "lint", "acme"]) == 0
    assert main(["pack", "test", "acme"]) == 0


def test_a_new_pack_writes_over_nothing(tmp_path: Path) -> None:
    write(tmp_path / "acme", {"mine.txt": "x"})
    assert main(["pack", "new", "acme"]) == 2
    assert [path.name for path in (tmp_path / "acme").iterdir()] == ["mine.txt"]
    assert main(["pack", "new", "Ac me"]) == 2
    assert main(["pack", "new", "acme/mine.txt"]) == 2


def test_what_differs_from_what_was_reviewed_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["pack", "new", "acme"])
    template = tmp_path / "acme/Dockerfile.j2"
    template.write_text(template.read_text().replace("platform", "shop"))
    capsys.readouterr()
    assert main(["pack", "test", "acme"]) == 1
    assert "-LABEL com.example.owner=platform\n+LABEL com.example.owner=shop\n" in capsys.readouterr().out
    assert main(["pack", "test", "acme", "--update"]) == 0
    assert main(["pack", "test", "acme"]) == 0


@pytest.mark.parametrize("change", ["less", "more"])
def test_a_file_that_is_missing_or_new_is_a_finding(tmp_path: Path, change: str) -> None:
    main(["pack", "new", "acme"])
    expected = tmp_path / "acme/tests/web/expected"
    (expected / "Dockerfile").write_bytes(b"\xff\n")
    (expected / "compose.yaml").unlink() if change == "less" else (expected / "x").write_text("x\n")
    assert main(["pack", "test", "acme"]) == 1
    assert main(["pack", "test", "acme", "--update"]) == 0
    assert (expected / "compose.yaml").exists()
    assert not (expected / "x").exists()


def test_a_case_names_a_project_and_answers(tmp_path: Path) -> None:
    EXAMPLE.copy(tmp_path / "project")
    case = 'project = "../../../project"\n[answers]\ndescription = "A word"\n'
    write(tmp_path / "acme", {**acme(), "tests/word/case.toml": case})
    assert main(["pack", "test", "acme", "--update"]) == 0
    text = (tmp_path / "acme/tests/word/expected/Dockerfile").read_text("utf-8")
    assert 'description="A word"' in text
    assert "com.acme.team=platform" in text
    assert not (tmp_path / "project/Dockerfile").exists()


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("project = ", "case.toml:1: is not TOML"),
        ('projcet = "x"', "has answers, a table, and project, a folder"),
        ('project = "nowhere"', "there is no folder 'nowhere'"),
        ('answers = { prot = 1 }\nproject = "."', "prot"),
    ],
)
def test_a_case_that_is_wrong_is_told(
    tmp_path: Path, case: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "acme", {**acme(), "tests/x/case.toml": f"{case}\n", "tests/x/main.py": "print(1)\n"})
    assert main(["pack", "test", "acme"]) in (2, 3)
    assert said in capsys.readouterr().err


def test_a_pack_with_no_cases_is_told() -> None:
    write(Path("acme"), acme())
    assert main(["pack", "test", "acme"]) == 2


def test_the_effect_of_a_newer_pack_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    EXAMPLE.copy(tmp_path / "project")
    write(tmp_path / "old", acme())
    write(tmp_path / "new", acme("2.0.0", team="shop"))
    assert main(["pack", "diff", "old", "new", "--project", "project"]) == 0
    said = capsys.readouterr().out
    assert "--- project/Dockerfile\n+++ project/Dockerfile\n" in said
    assert "-LABEL com.acme.team=platform\n+LABEL com.acme.team=shop\n" in said
    assert main(["pack", "diff", "old", "old", "--project", "project"]) == 0
    assert capsys.readouterr().out == ""


def test_the_cases_of_the_new_pack_are_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    main(["pack", "new", "acme"])
    capsys.readouterr()
    assert main(["pack", "diff", "docker-scaffold", "acme"]) == 0
    assert "+++ web/Dockerfile\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["new"], ["lint"], ["lint", "a", "b"], ["test"], ["diff", "a"], ["diff", "a", "b", "--project", "x"]],
)
def test_what_makes_no_sense_is_wrong_use(words: list[str]) -> None:
    assert main(["pack", *words]) == 2


def test_nothing_is_written_into_the_pack_but_what_was_asked(tmp_path: Path) -> None:
    main(["pack", "new", "acme"])
    shutil.rmtree(tmp_path / "acme/tests/web/expected")
    before = sorted(path for path in (tmp_path / "acme").rglob("*"))
    assert main(["pack", "test", "acme"]) == 1
    assert sorted(path for path in (tmp_path / "acme").rglob("*")) == before


def test_a_newer_pack_that_asks_more_is_shown_beside_the_older(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asks = '[variables.team]\ntype = "string"\nabout = "Whose"\nrequired = true\n'
    write(tmp_path / "old", acme())
    new = write(tmp_path / "new", acme("2.0.0", "{{ team | word }}", asks=asks))
    EXAMPLE.copy(tmp_path / "project")
    write(new / "tests/one", {"case.toml": 'project = "../../../project"\n[answers]\nteam = "shop"\n'})
    for named in ((), ("--project", "project", "--set", "team=shop")):
        assert main(["pack", "diff", "old", "new", *named]) == 0
        assert "-LABEL com.acme.team=platform\n+LABEL com.acme.team=shop\n" in capsys.readouterr().out
    assert main(["pack", "diff", "old", "new", "--project", "project", "--set", "tema=shop"]) == 2
    assert "there is no 'tema'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [("test", "--update", "acme"), ("lint", "--json", "acme"), ("diff", "acme", "--set", "a=b", "acme")],
)
def test_a_source_may_come_after_a_flag(words: tuple[str, ...]) -> None:
    main(["pack", "new", "acme"])
    assert main(["pack", *words]) == 0


@pytest.mark.parametrize("words", [("lint", "acme", "--jsn"), ("lint", "--jsn", "acme")])
def test_a_flag_that_there_is_not_is_wrong_use(words: tuple[str, ...]) -> None:
    main(["pack", "new", "acme"])
    with pytest.raises(SystemExit) as ended:
        main(["pack", *words])
    assert ended.value.code == 2
