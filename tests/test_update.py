"""update, adopt and diff: what is new comes in, what the user did stays, a conflict is never a success."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from packing import write

from scaffold import api
from scaffold.cli import main
from scaffold.errors import NothingFound, WrongUse
from scaffold.record import read_record
from scaffold.schema import diff_schema, update_schema

WEB = {
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
}
MINE = "ENV MINE=1"

#: A pack whose template is a few lines, so that a test can say what becomes of each.
PLAIN = {
    "pack.toml": 'name = "plain"\nversion = "1.0.0"\nstacks = ["python"]\n',
    "Dockerfile.j2": "FROM python:3.14.1-slim AS base\nRUN one\nRUN two\nUSER 1000\nCMD run\n",
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_CACHE", str(tmp_path / "cache"))


class Project:
    """A project beside a pack that it is written from."""

    def __init__(self, root: Path) -> None:
        self.root, self.pack = root / "project", root / "pack"
        write(self.root, WEB)
        write(self.pack, PLAIN)

    def init(self, **options: Any) -> api.Outcome:
        return api.init(self.root, pack=str(self.pack), **options)

    def repack(self, old: str, new: str, file: str = "Dockerfile.j2") -> None:
        """Give the pack a new version."""
        text = (self.pack / file).read_text("utf-8")
        assert old in text
        write(self.pack, {file: text.replace(old, new)})

    def edit(self, old: str, new: str, file: str = "Dockerfile") -> None:
        text = self[file]
        assert old in text
        (self.root / file).write_text(text.replace(old, new), "utf-8")

    def __getitem__(self, file: str) -> str:
        return (self.root / file).read_text("utf-8")

    def run(self, *words: str) -> int:
        return main([*words, str(self.root)])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def contents(root: Path) -> Mapping[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def statuses(outcome: api.Outcome) -> dict[str, str]:
    return {change.path: change.status for change in outcome.changes}


# -- what is new comes in


def test_a_file_that_nobody_touched_is_what_the_pack_has_now(project: Project) -> None:
    project.init()
    project.repack("RUN two", "RUN zwei")
    assert statuses(api.update(project.root))["Dockerfile"] == "update"
    assert "RUN zwei" in project["Dockerfile"]
    assert api.update(project.root).written == ()


def test_what_is_new_is_merged_with_every_line_that_the_user_added(project: Project) -> None:
    project.init()
    project.edit("RUN one\n", f"RUN one\n{MINE}\n")
    project.repack("CMD run", "CMD start")
    assert statuses(api.update(project.root))["Dockerfile"] == "merged"
    assert project["Dockerfile"] == PLAIN["Dockerfile.j2"].replace("one\n", f"one\n{MINE}\n").replace(
        "CMD run", "CMD start"
    )


def test_the_project_counts_too(project: Project) -> None:
    api.init(project.root)
    write(project.root, {".python-version": "3.12\n"})
    api.update(project.root)
    assert "FROM python:3.12" in project["Dockerfile"]


def test_another_pack_can_be_named(project: Project, tmp_path: Path) -> None:
    project.init()
    write(tmp_path / "new", {**PLAIN, "Dockerfile.j2": "FROM new:1\n"})
    assert project.run("update", "--pack", str(tmp_path / "new")) == 0
    assert project["Dockerfile"] == "FROM new:1\n"
    record = read_record(project.root)
    assert record is not None
    assert record.packs[0].source == "../new"


def test_an_answer_can_be_changed(project: Project) -> None:
    api.init(project.root)
    api.update(project.root, {"port": 9000})
    assert "EXPOSE 9000" in project["Dockerfile"]
    assert "EXPOSE 9000" in api.update(project.root).rendered["Dockerfile"], "and is kept"


def test_a_question_that_is_new_is_said_with_the_answer_that_was_taken(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.init()
    assert api.update(project.root).new == {}
    table = '[variables.team]\ntype = "string"\nabout = "Who runs it"\ndefault = "platform"\n'
    write(project.pack, {"pack.toml": PLAIN["pack.toml"].replace("1.0.0", "1.1.0") + table})
    assert project.run("update") == 0
    said = capsys.readouterr().out
    assert "plain 1.0.0 → plain 1.1.0" in said
    assert "new: team is platform (default: pack); --set team=VALUE says otherwise" in said
    assert project.run("update") == 0
    assert "new:" not in capsys.readouterr().out, "once is enough"


def test_a_question_that_is_new_and_has_no_default_names_its_flag(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.init()
    table = '[variables.team]\ntype = "string"\nabout = "Who runs it"\nrequired = true\n'
    write(project.pack, {"pack.toml": PLAIN["pack.toml"] + table})
    before = contents(project.root)
    assert project.run("update") == 2
    assert "--set team=" in capsys.readouterr().err
    assert contents(project.root) == before
    assert project.run("update", "--set", "team=shop") == 0


# -- what the user did stays


def test_a_conflict_is_5_leaves_the_file_byte_for_byte_and_is_the_same_again(project: Project) -> None:
    project.init()
    project.edit("RUN two", "RUN mine")
    write(project.root, {"Dockerfile": project["Dockerfile"].replace("\n", "\r\n")})
    mine = (project.root / "Dockerfile").read_bytes()
    project.repack("RUN two", "RUN theirs")
    write(project.pack, {"python/dockerignore.j2": "# new\n*\n"})
    assert project.run("update") == 5
    assert (project.root / "Dockerfile").read_bytes() == mine
    assert project[".dockerignore"] == "# new\n*\n", "and the others are written"
    record = read_record(project.root)
    assert record is not None
    assert record.conflicts == ("Dockerfile",)
    assert record.base["Dockerfile"] == PLAIN["Dockerfile.j2"], "what the edit started from"
    before = contents(project.root)
    for _ in range(2):
        assert project.run("update") == 5
        assert contents(project.root) == before


def test_a_file_of_the_users_where_the_pack_has_a_new_one_is_a_conflict_until_it_is_settled(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.init()
    write(project.root, {"Makefile": "mine:\n"})
    table = PLAIN["pack.toml"] + '[outputs.Makefile]\ntemplate = "Makefile.j2"\n'
    write(project.pack, {"pack.toml": table, "Makefile.j2": "theirs:\n"})
    for _ in range(2):
        assert project.run("update") == 5
        assert project["Makefile"] == "mine:\n"
        capsys.readouterr()
        assert project.run("check") == 1
        assert "Makefile" in (said := capsys.readouterr().out)
        assert "scaffold adopt" in said
    assert project.run("adopt") == 0
    assert project.run("update") == 0
    assert project["Makefile"] == "mine:\n"
    assert (record := read_record(project.root)) is not None
    assert record.strangers == ()


def test_a_file_of_the_users_is_no_conflict_where_it_is_gone_or_the_pack_has_none(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.init()
    write(project.root, {"Makefile": "mine:\n"})
    table = PLAIN["pack.toml"] + '[outputs.Makefile]\ntemplate = "Makefile.j2"\n'
    write(project.pack, {"pack.toml": table, "Makefile.j2": "theirs:\n"})
    assert project.run("update") == 5
    (project.root / "Makefile").rename(project.root / "Makefile.mine")
    capsys.readouterr()
    project.run("check")
    assert "Makefile" not in capsys.readouterr().out
    write(project.pack, PLAIN)
    assert project.run("update") == 0
    assert (record := read_record(project.root)) is not None
    assert record.strangers == ()


def test_a_conflict_that_was_settled_by_hand_is_over(project: Project) -> None:
    project.init()
    project.edit("RUN two", "RUN mine")
    project.repack("RUN two", "RUN theirs")
    assert project.run("update") == 5
    project.edit("RUN mine", "RUN theirs\nRUN mine")
    assert project.run("update") == 0
    record = read_record(project.root)
    assert record is not None
    assert record.conflicts == ()
    assert "RUN theirs\nRUN mine\n" in project["Dockerfile"]


def test_a_file_that_is_dropped_goes_only_where_nobody_touched_it(project: Project) -> None:
    write(project.pack, {"a.j2": "a\n", "b.j2": "b\n"})
    table = '[outputs."a.txt"]\ntemplate = "a.j2"\n[outputs."b.txt"]\ntemplate = "b.j2"\n'
    write(project.pack, {"pack.toml": PLAIN["pack.toml"] + table})
    project.init()
    project.edit("b", f"b\n{MINE}", "b.txt")
    write(project.pack, PLAIN)
    assert {k: v for k, v in statuses(api.update(project.root)).items() if k.endswith(".txt")} == {
        "a.txt": "delete",
        "b.txt": "edited",
    }
    assert not (project.root / "a.txt").exists()
    assert project["b.txt"] == f"b\n{MINE}\n"


def test_what_was_deleted_stays_deleted_and_is_said(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.init()
    (project.root / "compose.prod.yaml").unlink()
    project.repack("RUN two", "RUN zwei")
    assert project.run("update") == 0
    assert "missing    compose.prod.yaml (deleted since it was written" in capsys.readouterr().out
    assert not (project.root / "compose.prod.yaml").exists()
    project.init()
    assert (project.root / "compose.prod.yaml").exists()


def test_what_was_left_out_stays_out_and_what_the_pack_has_new_comes_in(project: Project) -> None:
    project.init(compose=False)
    write(
        project.pack,
        {"a.j2": "a\n", "pack.toml": PLAIN["pack.toml"] + '[outputs."a.txt"]\ntemplate = "a.j2"\n'},
    )
    assert api.update(project.root).written[0] == "a.txt"
    assert not list(project.root.glob("compose*"))


def test_an_image_that_a_bot_raised_is_not_reverted(project: Project) -> None:
    project.init()
    project.edit("3.14.1", "3.14.7")
    project.repack("RUN one", "RUN uno")  # the line beside it
    api.update(project.root)
    assert project["Dockerfile"].startswith("FROM python:3.14.7-slim AS base\nRUN uno\n")
    project.repack("3.14.1", "3.14.5")
    api.update(project.root)
    assert "FROM python:3.14.7-slim" in project["Dockerfile"]
    project.repack("3.14.5", "3.15.0")
    api.update(project.root)
    assert "FROM python:3.15.0-slim" in project["Dockerfile"]


def test_a_pack_can_say_how_far_a_bot_may_raise_an_image(project: Project) -> None:
    write(project.pack, {"pack.toml": PLAIN["pack.toml"] + 'bump = "none"\n'})
    project.init()
    project.edit("3.14.1", "3.14.7")
    project.repack("3.14.1", "3.14.9")
    assert project.run("update") == 5
    assert project.run("check", "--fail-on", "warning") == 1, "and then it is drift"
    record = read_record(project.root)
    assert record is not None
    assert record.bump == "none"
    write(project.pack, {"pack.toml": PLAIN["pack.toml"] + 'bump = "often"\n'})
    assert project.run("update") == 2


# -- only to look, and for programs


@pytest.mark.parametrize("look", ["--dry-run", "--diff"])
def test_a_look_writes_nothing(project: Project, look: str, capsys: pytest.CaptureFixture[str]) -> None:
    project.init()
    project.repack("RUN two", "RUN zwei")
    before = contents(project.root)
    assert project.run("update", look) == 0
    said = capsys.readouterr()
    assert contents(project.root) == before
    assert "this was only a look" in said.out + said.err
    assert f"scaffold update {project.root}" in said.out + said.err
    assert (look == "--diff") == ("+RUN zwei" in said.out)


def test_json_is_one_object_whatever_happens(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    for code in (2, 0, 5):
        if code == 0:
            project.init()
        if code == 5:
            project.edit("RUN two", "RUN mine")
            project.repack("RUN two", "RUN theirs")
        capsys.readouterr()
        assert project.run("update", "--json") == code
        told = json.loads(capsys.readouterr().out)
        jsonschema.validate(told, update_schema())
        assert ("error" in told) == (code == 2)
    assert next(file["status"] for file in told["files"] if file["path"] == "Dockerfile") == "conflict"
    assert [pack["name"] for pack in told["packs"]] == ["plain", "docker-scaffold"]


def test_without_a_record_nothing_is_touched_and_the_ways_are_named(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(project.root)
    for command in ("update", "diff"):
        assert project.run(command) == 2
        said = capsys.readouterr().err
        assert "scaffold init" in said
        assert "scaffold adopt" in said
    assert contents(project.root) == before
    with pytest.raises(WrongUse):
        api.update(project.root)


def test_where_there_is_no_app_any_more_nothing_is_touched(project: Project) -> None:
    project.init()
    for path in WEB:
        (project.root / path).unlink()
    before = contents(project.root)
    assert project.run("update") == 3
    assert contents(project.root) == before


def test_a_look_shows_no_edit_that_stays(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.init()
    project.edit("RUN one\n", f"RUN one\n{MINE}\n")
    for command in ("init", "update"):
        assert project.run(command, "--diff") == 0
        assert capsys.readouterr().out == ""
        assert project.run(command, "--json") == 0
        files = {file["path"]: file for file in json.loads(capsys.readouterr().out)["files"]}
        assert (files["Dockerfile"]["status"], files["Dockerfile"]["diff"]) == ("edited", "")


# -- answers that a newer pack asks otherwise

TEAM = '[variables.team]\ntype = "choice"\nabout = "Whose"\nchoices = ["shop", "core"]\nrequired = true\n'


@pytest.fixture
def answered(project: Project) -> Project:
    """A project for which somebody answered what its pack asks."""
    write(project.pack, {"pack.toml": PLAIN["pack.toml"] + TEAM})
    project.repack("RUN one", "RUN {{ team | word }}")
    project.init(answers={"team": "shop"})
    return project


def recorded_answers(project: Project) -> dict[str, Any]:
    return dict(json.loads(project[".scaffold/record.json"])["answers"])


def test_an_answer_that_the_pack_asks_for_no_more_leaves_the_record(
    answered: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    write(answered.pack, PLAIN)
    assert answered.run("update") == 0
    assert "team was answered, and plain 1.0.0 asks it no more (answer-dropped)" in capsys.readouterr().out
    assert recorded_answers(answered) == {}
    assert answered.run("update") == 0
    assert "answer-dropped" not in capsys.readouterr().out


def test_it_leaves_the_record_too_where_a_conflict_leaves_nothing_to_write(answered: Project) -> None:
    answered.edit("RUN shop", "RUN mine")
    write(answered.pack, PLAIN)
    for path in (".dockerignore", "compose.yaml"):
        (answered.root / path).unlink(missing_ok=True)
    assert [answered.run("update") for _ in range(2)] == [5, 5]
    assert answered.run("init") == 5


def test_an_answer_that_the_pack_takes_no_more_is_asked_for_anew(
    answered: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    answered.repack('["shop", "core"]', '["store", "core"]', "pack.toml")
    assert answered.run("update") == 2
    assert "answer it anew: --set team=CHOICE" in capsys.readouterr().err
    assert answered.run("update", "--set", "team=store") == 0
    assert recorded_answers(answered) == {"team": "store"}


def test_a_key_that_was_never_asked_is_a_mistake_in_the_record(answered: Project) -> None:
    text = answered[".scaffold/record.json"].replace('"team": "shop"', '"tema": "shop"')
    (answered.root / ".scaffold/record.json").write_text(text, "utf-8")
    assert answered.run("update") == 2


# -- many at once


@pytest.fixture
def three(project: Project) -> Path:
    """A repository of three projects: one to update, one in conflict, one whose record is broken."""
    for name in ("a", "b", "c"):
        root = write(project.root / "services" / name, WEB)
        api.init(root, pack=str(project.pack))
    for path in WEB:
        (project.root / path).unlink()
    text = (project.root / "services/b/Dockerfile").read_text("utf-8")
    write(project.root, {"services/b/Dockerfile": text.replace("RUN two", "RUN mine")})
    project.repack("RUN two", "RUN theirs")
    return project.root


def test_every_project_of_a_repository_is_updated(
    project: Project, three: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(three, {"node_modules/x/.scaffold/record.json": "{}"})
    write(three, {"services/.scaffold/deviations.toml": ""})  # no record
    before = contents(three)
    assert project.run("update", "--recursive", "--diff") == 5
    assert "--- services/c/Dockerfile\n" in capsys.readouterr().out
    assert contents(three) == before
    assert project.run("update", "--recursive") == 5
    said = capsys.readouterr()
    assert said.out.count(": plain 1.0.0\n") == 3
    assert said.out.index("services/a: ") < said.out.index("services/b: ") < said.out.index("services/c: ")
    assert "left alone: files in services/b" in said.err
    for name, line in (("a", "RUN theirs"), ("b", "RUN mine"), ("c", "RUN theirs")):
        assert line in (three / "services" / name / "Dockerfile").read_text("utf-8")


def test_what_goes_wrong_in_one_project_keeps_no_other_back(
    project: Project, three: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(three, {"services/a/.scaffold/record.json": "{"})
    assert project.run("update", "--recursive", "--json") == 2
    said = capsys.readouterr()
    told = json.loads(said.out)
    jsonschema.validate(told, update_schema())
    assert [(p["path"], "error" in p) for p in told["projects"]] == [
        ("services/a", True),
        ("services/b", False),
        ("services/c", False),
    ]
    assert "services/a: .scaffold/record.json: cannot be parsed" in said.err
    assert "RUN theirs" in (three / "services/c/Dockerfile").read_text("utf-8")


def test_answers_on_standard_input_are_those_of_every_project(
    project: Project, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b'{"description": "tides"}')))
    assert project.run("update", "--recursive", "--answers", "-") == 5
    for name in "ac":
        record = json.loads((three / "services" / name / ".scaffold/record.json").read_text("utf-8"))
        assert record["answers"] == {"description": "tides"}


def test_where_nothing_is_recorded_recursion_says_so(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.run("update", "--recursive") == 2
    capsys.readouterr()
    assert project.run("update", "--recursive", "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == 2


# -- adopt

THEIRS = {
    "Dockerfile": "FROM python:3.13\r\nCOPY . /app\r\nCMD run\r\n",
    "compose.yaml": "services:\n  web:\n    build: .\n",
}


def test_files_that_are_there_are_taken_over_byte_for_byte(project: Project) -> None:
    write(project.root, THEIRS)
    before = contents(project.root)
    outcome = api.adopt(project.root, pack=str(project.pack))
    assert statuses(outcome) == {"Dockerfile": "adopted", "compose.yaml": "adopted"}
    after = contents(project.root)
    assert {path: text for path, text in after.items() if not path.startswith(".scaffold/")} == before
    record = read_record(project.root)
    assert record is not None
    assert record.base["Dockerfile"] == PLAIN["Dockerfile.j2"], "today's render is what an edit is seen from"
    assert set(record.files) == {"Dockerfile", "compose.yaml"}


def test_after_that_the_difference_shows_and_updates_bring_what_is_new(project: Project) -> None:
    theirs = PLAIN["Dockerfile.j2"].replace("RUN one", "RUN mine")
    write(project.root, {"Dockerfile": theirs})
    api.adopt(project.root, pack=str(project.pack))
    (edit,) = api.edits(project.root)
    assert (edit.path, edit.status, edit.before, edit.after) == (
        "Dockerfile",
        "edited",
        PLAIN["Dockerfile.j2"],
        theirs,
    )
    assert statuses(api.update(project.root)) == {"Dockerfile": "edited"}, "and nothing is brought in"
    project.repack("CMD run", "CMD start")
    assert statuses(api.update(project.root)) == {"Dockerfile": "merged"}
    assert project["Dockerfile"] == theirs.replace("CMD run", "CMD start")
    assert project.init().written, "what was not there is written when it is asked for"
    assert "RUN mine" in project["Dockerfile"]
    assert (project.root / "compose.yaml").exists()


def test_compose_under_another_name_stays_theirs_and_ours_is_left_out(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project.root, {"Dockerfile": "FROM a\n", "docker-compose.yml": "services: {}\n"})
    assert project.run("init") == 5
    assert "scaffold adopt takes over what is not ours" in capsys.readouterr().err
    assert project.run("adopt") == 0
    assert "beside   docker-compose.yml (stays yours; for it we leave out" in capsys.readouterr().out
    for command in ("update", "init", "update"):
        assert project.run(command) == 0
        assert not list(project.root.glob("compose*"))
    assert (project.root / ".dockerignore").exists(), "init wrote what nothing speaks against"
    write(project.root, {"compose.yml": "services: {}\n"})
    (project.root / "docker-compose.yml").unlink()
    assert project.run("init") == 5, "but another stranger is one"


def test_an_override_file_stays_theirs_and_is_no_obstacle(project: Project) -> None:
    write(project.root, {"compose.yaml": "services: {}\n", "compose.override.yaml": "services: {}\n"})
    outcome = api.adopt(project.root)
    assert statuses(outcome) == {"compose.yaml": "adopted", "compose.override.yaml": "beside"}
    assert api.init(project.root).conflicts == ()


def test_an_ignore_file_of_the_dockerfiles_own_is_left_to_them(project: Project) -> None:
    write(project.root, {"Dockerfile": "FROM a\n", "Dockerfile.dockerignore": "*\n"})
    api.adopt(project.root)
    api.init(project.root)
    assert not (project.root / ".dockerignore").exists()


def test_where_there_is_nothing_to_take_over_it_says_so(project: Project) -> None:
    with pytest.raises(NothingFound, match="nothing to take over"):
        api.adopt(project.root)
    project.init()
    assert project.run("adopt") == 3
    project.edit("RUN one", "RUN mine")
    assert project.run("adopt") == 3, "an edited file is ours already"


def test_only_to_look_at_what_would_be_taken_over(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project.root, THEIRS)
    before = contents(project.root)
    for look in ("--dry-run", "--diff"):
        assert project.run("adopt", look) == 0
    assert contents(project.root) == before
    said = capsys.readouterr().out
    assert "-FROM python:3.13\n" in said, "from theirs to the pack's"
    assert project.run("adopt", "--json") == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), update_schema())


# -- diff


def test_diff_shows_what_was_changed_since_it_was_written(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.init()
    assert project.run("diff") == 0
    assert capsys.readouterr().out == ""
    project.edit("RUN one\n", f"RUN one\n{MINE}\n")
    (project.root / "compose.yaml").unlink()
    project.repack("RUN two", "RUN zwei")  # what the pack has now is no matter
    assert project.run("diff") == 1
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if line.startswith("+") and line[1:2] != "+"] == [f"+{MINE}"]
    assert "--- compose.yaml\n+++ /dev/null\n" in said
    assert project.run("diff", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, diff_schema())
    assert {file["path"]: file["status"] for file in told["files"]} == {
        ".dockerignore": "identical",
        "Dockerfile": "edited",
        "compose.dev.yaml": "identical",
        "compose.prod.yaml": "identical",
        "compose.yaml": "missing",
    }


def test_line_ends_are_no_difference(project: Project) -> None:
    project.init()
    (project.root / "Dockerfile").write_bytes(project["Dockerfile"].replace("\n", "\r\n").encode())
    assert project.run("diff") == 0


def test_diff_needs_neither_the_pack_nor_the_project(project: Project) -> None:
    project.init()
    shutil.rmtree(project.pack)
    for path in WEB:
        (project.root / path).unlink()
    assert project.run("diff") == 0


def test_where_the_text_that_was_written_is_gone_diff_says_so(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.init()
    (project.root / ".scaffold/base/Dockerfile").unlink()
    assert project.run("diff") == 0, "it is still what the record says"
    project.edit("RUN one", "RUN mine")
    assert project.run("diff") == 1
    assert ".scaffold/base/Dockerfile is not there as we wrote it" in capsys.readouterr().err


# -- what only the user's own files say


@pytest.mark.parametrize("command", ["adopt", "init --force"])
def test_what_only_the_users_dockerfile_says_is_kept_when_that_is_ours(
    project: Project, command: str
) -> None:
    start = '["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "9999"]'
    write(project.root, {"Dockerfile": f"FROM python:3.13\nEXPOSE 9999\nCMD {start}\n"})
    assert project.run(*command.split()) == 0
    (project.root / "Dockerfile.orig").unlink(missing_ok=True)
    record = read_record(project.root)
    assert record is not None
    assert record.answers == {"port": 9999, "start": tuple(json.loads(start))}
    for _ in range(2):
        assert project.run("init") == 0
        again = read_record(project.root)
        assert again is not None
        assert again.answers == record.answers
    (project.root / "Dockerfile").unlink()
    assert project.run("init") == 0
    assert "EXPOSE 9999" in project["Dockerfile"], "although nothing but the record says so now"
    assert api.update(project.root).written == ()
