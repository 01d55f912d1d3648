"""`scaffold check`: drift, packs, deviations, baselines, outputs, and the complaints about other tools."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from example import EXAMPLES, FOLDER
from test_cli import Make, Run, lay_down, make, run, snapshot
from test_schema import closed

from scaffold import __version__
from scaffold.checking.check import Asked, Checked, check
from scaffold.checking.deviations import baseline_text, read_baseline
from scaffold.checking.drift import Expected
from scaffold.checking.report import checked_as_json, tell_checked, tell_github
from scaffold.checking.sarif import as_sarif
from scaffold.errors import WrongUse
from scaffold.policy.settings import read_policy
from scaffold.problems import Problem, settled
from scaffold.report import Style
from scaffold.schema import check_schema

__all__ = ["make", "run"]

TODAY = date(2026, 11, 27)

FINE = 'FROM python:3.14-slim\nWORKDIR /app\nUSER 65532:65532\nCMD ["python"]\n'
BAD = 'FROM python\nUSER 65532:65532\nCMD ["python"]\n'

WEB = {
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
    '@app.get("/")\ndef index():\n    return {}\n',
}


@pytest.fixture
def ours(make: Make, run: Run) -> Path:
    """A project whose files were written by us."""
    root = make(WEB)
    assert run("init", "--yes", root).code == 0
    return root


def checked(root: Path, **asked: Any) -> Checked:
    return check(str(root), Asked(**asked), TODAY)


def rules(root: Path, **asked: Any) -> dict[str, str]:
    """Return the rules that find something that counts, with the severity of each."""
    return {p.rule: p.severity for p in checked(root, **asked).problems if not p.accepted}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def deviation(**parts: object) -> str:
    """Return an entry that is as it should be, but for PARTS; None leaves one out."""
    whole: dict[str, object] = {
        "rule": "image-tag",
        "path": "Dockerfile",
        "reason": "the mirror has one tag",
        "owner": "@team-shop",
        "expires": date(2027, 1, 31),
        **parts,
    }
    lines = [f"{key} = {_toml(value)}\n" for key, value in whole.items() if value is not None]
    return "[[deviation]]\n" + "".join(lines)


def _toml(value: object) -> str:
    return str(value) if isinstance(value, date) else json.dumps(value)


# -- the command


def test_files_of_ours_pass(ours: Path, run: Run) -> None:
    ended = run("check", ours)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "nothing to mend in 4 files\n"


def test_files_of_anybody_are_checked_with_no_record(make: Make, run: Run) -> None:
    root = make(
        {"a/b/Dockerfile": BAD, "compose.yml": "services: {db: {image: postgres:18, privileged: true}}"}
    )
    ended = run("check", root)
    assert ended.code == 1
    assert "error: a/b/Dockerfile:1: FROM: python has no tag (image-tag)\n" in ended.out
    assert "error: compose.yml:1: db: runs privileged (compose-privileged)\n" in ended.out
    assert "scaffold check --explain RULE" in ended.out


def test_nothing_to_check_is_3_and_says_what_was_looked_for(make: Make, run: Run) -> None:
    ended = run("check", make({"README": ""}))
    assert (ended.code, ended.out) == (3, "")
    assert "Dockerfiles" in ended.err


def test_it_writes_nothing(ours: Path, run: Run) -> None:
    before = snapshot(ours)
    for form in ("text", "json", "sarif", "github"):
        run("check", ours, "--format", form)
    assert snapshot(ours) == before


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("note", 1), ("never", 0)])
def test_fail_on_decides_from_where_it_ends_with_1(make: Make, run: Run, fail_on: str, code: int) -> None:
    root = make({"Dockerfile": FINE.replace('["python"]', "python")})
    assert run("check", root, "--fail-on", fail_on).code == code
    assert run("check", root).code == 0


def test_a_policy_can_say_on_what_it_fails(make: Make, run: Run) -> None:
    root = make(
        {"Dockerfile": FINE.replace('["python"]', "python"), ".scaffold/policy.toml": 'fail_on = "warning"'}
    )
    assert run("check", root).code == 1
    assert run("check", root, "--fail-on", "error").code == 0


@pytest.mark.parametrize("given", ["policy.toml", "inside"])
def test_a_bad_policy_is_2_and_names_the_right_one(make: Make, run: Run, given: str) -> None:
    files = {"Dockerfile": BAD, "policy.toml": "[rules.user-rot]\n"}
    if given == "inside":
        files[".scaffold/policy.toml"] = files.pop("policy.toml")
    root = make(files)
    ended = run("check", root, *(() if given == "inside" else ("--policy", root / "policy.toml")))
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean user-root" in ended.err


@pytest.mark.parametrize("content", [b"\xff", b"\0", b"# " + b"x" * 2_000_000, None])
def test_a_policy_that_cannot_be_read_is_not_taken_for_none(
    make: Make, run: Run, content: bytes | None
) -> None:
    root = make({"Dockerfile": FINE, ".scaffold/policy.toml": content or b""})
    if content is None:
        (root / ".scaffold/policy.toml").unlink()
        (root / ".scaffold/policy.toml").symlink_to(root / "Dockerfile")
    assert run("check", root).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--policy", "nowhere.toml"),
        ("--baseline", "nowhere.json"),
        ("--expect-pack", "acme@x"),
        ("--expect-pack", "@1"),
        ("--expect-pack", "acme@"),
        ("--explain", "user-rot"),
        ("--fail-on", "sometimes"),
    ],
)
def test_what_is_no_file_no_pack_and_no_rule_is_wrong_use(
    ours: Path, run: Run, arguments: tuple[str, ...]
) -> None:
    ended = run("check", ours, *arguments)
    assert (ended.code, ended.out) == (2, "")


def test_a_rule_explains_itself(run: Run) -> None:
    ended = run("check", "--explain", "user-root")
    assert ended.code == 0
    assert all(text in ended.out for text in ("user-root (error)", "To mend it", "DL3002"))


def test_an_error_is_an_object_too_where_one_is_asked_for(make: Make, run: Run) -> None:
    ended = run("check", make({}), "--format", "json")
    assert ended.code == 3
    assert json.loads(ended.out)["error"]["code"] == 3


def test_a_terminal_has_colours(make: Make) -> None:
    text = tell_checked(checked(make({"Dockerfile": BAD})), Style(colour=True))
    assert "\x1b[31merror:\x1b[0m Dockerfile:1: " in text


# -- drift


def test_an_edit_is_a_warning_with_its_line(ours: Path) -> None:
    edit(ours / "Dockerfile", "EXPOSE 8000\n", "EXPOSE 8001\n")
    (problem,) = [p for p in checked(ours).problems if p.rule == "drift-modified"]
    line = (ours / "Dockerfile").read_text("utf-8").split("\n").index("EXPOSE 8001") + 1
    assert (problem.severity, problem.path, problem.line) == ("warning", "Dockerfile", line)
    assert problem.message == "edited: 1 new and 1 gone lines"


def test_line_ends_of_windows_are_no_edit(ours: Path) -> None:
    path = ours / "Dockerfile"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert rules(ours) == {}


def test_an_image_that_a_bot_raised_is_a_note_and_no_edit(ours: Path) -> None:
    text = (ours / "Dockerfile").read_text("utf-8")
    old = next(line for line in text.split("\n") if line.startswith("FROM python:"))
    image = old.split()[1]
    edit(ours / "Dockerfile", image, f"{image}@sha256:{'a' * 64}")
    assert rules(ours) == {"drift-image": "note"}


@pytest.mark.parametrize(("bump", "found"), [("minor", "drift-image"), ("none", "drift-modified")])
def test_a_policy_says_how_far_an_image_may_be_raised(ours: Path, bump: str, found: str) -> None:
    edit(ours / "Dockerfile", "FROM python:3.14-", "FROM python:3.15-")
    assert rules(ours) == {"drift-modified": "warning"}
    policy = read_policy(f'[rules.drift-image]\nbump = "{bump}"\n', "p")
    assert set(rules(ours, policy=policy)) == {found}


def test_a_file_of_an_older_version_is_a_note(ours: Path) -> None:
    edit(ours / ".scaffold/record.json", f'"tool": "{__version__}"', '"tool": "0.0.1"')
    assert rules(ours) == {"drift-outdated": "note"}


def test_a_pack_of_the_repository_that_was_changed_since_is_a_note(make: Make, run: Run) -> None:
    pack = 'name = "acme"\nversion = "1"\n'
    root = make({**WEB, "packs/acme/pack.toml": pack})
    assert run("init", "--yes", "--pack", root / "packs/acme", root).code == 0
    assert rules(root) == {}
    (root / "packs/acme/pack.toml").write_text(pack.replace('"1"', '"2"'), "utf-8")
    assert rules(root) == {"drift-outdated": "note"}


def test_a_conflict_in_the_record_is_an_error(ours: Path) -> None:
    path = ours / ".scaffold/record.json"
    record = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**record, "conflicts": ["Dockerfile"]}), "utf-8")
    assert rules(ours) == {"drift-conflict": "error"}


def test_a_record_that_is_none_is_an_error_and_no_crash(ours: Path) -> None:
    (ours / ".scaffold/record.json").write_text("{", "utf-8")
    assert rules(ours)["drift-record"] == "error"


def test_a_record_that_was_deleted_is_an_error(ours: Path) -> None:
    (ours / ".scaffold/record.json").unlink()
    assert rules(ours)["drift-record"] == "error"


def test_a_pristine_text_that_was_changed_with_its_file_is_an_error(ours: Path) -> None:
    for path in (ours / "Dockerfile", ours / ".scaffold/base/Dockerfile"):
        path.write_text(path.read_text("utf-8") + "# mine\n", "utf-8")
    assert rules(ours) == {"drift-record": "error", "drift-modified": "warning"}


def test_a_file_that_became_a_link_is_an_error(ours: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("FROM evil:1\n", "utf-8")
    (ours / "Dockerfile").unlink()
    (ours / "Dockerfile").symlink_to(tmp_path / "elsewhere")
    assert rules(ours)["drift-missing"] == "error"


def test_a_link_that_leads_out_is_not_passed_over(make: Make, tmp_path: Path) -> None:
    root = make({"README": ""})
    (tmp_path / "elsewhere").write_text("FROM evil\n", "utf-8")
    (root / "Dockerfile").symlink_to(tmp_path / "elsewhere")
    assert rules(root) == {"unreadable": "error"}


@pytest.mark.parametrize("mark", ["<<<<<<< ours", ">>>>>>> theirs"])
def test_the_marks_of_a_merge_are_a_conflict(make: Make, mark: str) -> None:
    root = make({"Dockerfile": f"{FINE}{mark}\n"})
    assert [(p.rule, p.line) for p in checked(root).problems if p.severity == "error"] == [
        ("drift-conflict", 5)
    ]


# -- many folders


def test_each_folder_of_a_repository_has_its_own_record_and_policy(make: Make, run: Run) -> None:
    root = make({f"{app}/{path}": text for app in ("api", "site") for path, text in WEB.items()})
    for app in ("api", "site"):
        run("init", "--yes", root / app)
    (root / "api/.scaffold/policy.toml").write_text('[rules.drift-missing]\nseverity = "note"\n')
    for app in ("api", "site"):
        (root / app / "Dockerfile").unlink()
    found = {p.path: p.severity for p in checked(root).problems if p.rule == "drift-missing"}
    assert found == {"api/Dockerfile": "note", "site/Dockerfile": "error"}
    assert [one.folder for one in checked(root).managed] == ["api", "site"]


# -- from outside


def test_a_policy_from_outside_goes_before_all_that_is_inside(make: Make, run: Run) -> None:
    root = make({"Dockerfile": BAD, ".scaffold/policy.toml": '[rules.image-tag]\nseverity = "off"\n'})
    assert run("check", root).code == 0
    policy = lay_down(root.parent / "outside", {"policy.toml": "[rules.image-digest]\n"}) / "policy.toml"
    ended = run("check", root, "--policy", policy)
    assert ended.code == 1
    assert "image-tag" in ended.out
    assert "image-digest" in ended.out


@pytest.mark.parametrize(
    ("expected", "is_wrong"),
    [
        ("docker-scaffold", False),
        ("docker-scaffold@1", False),
        ("docker-scaffold@>=1,<2", False),
        ("docker-scaffold@>=2", True),
        ("docker-scaffold@2", True),
        ("acme", True),
    ],
)
def test_the_pack_that_is_expected(ours: Path, expected: str, is_wrong: bool) -> None:
    name, _, versions = expected.partition("@")
    assert ("drift-wrong-pack" in rules(ours, expected=(Expected(name, versions),))) == is_wrong


def test_one_of_the_packs_that_are_expected_is_enough(ours: Path, run: Run) -> None:
    assert run("check", ours, "--expect-pack", "acme", "--expect-pack", "docker-scaffold").code == 0


def test_where_a_pack_is_expected_a_file_with_no_record_is_an_error(make: Make) -> None:
    root = make({"Dockerfile": FINE})
    assert rules(root) == {"unmanaged": "note"}
    assert rules(root, expected=(Expected("acme", ""),)) == {"drift-wrong-pack": "error"}


def test_where_a_pack_is_expected_nothing_at_all_is_an_error(make: Make, run: Run) -> None:
    assert run("check", make({"README": ""}), "--expect-pack", "acme").code == 1


# -- the complaints about others: golden-packs.md, 2.3 and 2.4


def test_an_evil_base_image_does_not_pass_unnoticed(ours: Path, run: Run) -> None:
    edit(ours / "Dockerfile", "FROM python:", "FROM evil.example/python:")
    ended = run("check", ours)
    assert ended.code == 1
    assert "evil.example/python" in ended.out
    assert "drift-foreign-image" in ended.out


@pytest.mark.parametrize(
    "line",
    [
        "COPY --from=evil.example/x:1 /x /x\n",
        "RUN --mount=type=bind,from=evil.example/x:1,target=/x /x/y\n",
        "FROM evil.example/x:1\n",
    ],
)
def test_an_evil_image_by_another_way_does_not_pass_unnoticed(ours: Path, run: Run, line: str) -> None:
    with (ours / "Dockerfile").open("a") as file:
        file.write(line)
    ended = run("check", ours)
    assert ended.code == 1
    assert "evil.example/x:1 is no image that the template has (drift-foreign-image)" in ended.out


def test_an_evil_image_in_a_hand_written_file_is_refused_by_an_allow_list(make: Make, run: Run) -> None:
    policy = '[rules.image-allowed]\nallow = ["registry.example.com/golden/*"]\n'
    root = make({"Dockerfile": FINE, ".scaffold/policy.toml": policy})
    ended = run("check", root)
    assert ended.code == 1
    assert "python:3.14-slim is none of the images that are allowed" in ended.out


def test_a_deleted_dockerfile_does_not_pass_unnoticed(ours: Path, run: Run) -> None:
    (ours / "Dockerfile").unlink()
    ended = run("check", ours)
    assert ended.code == 1
    assert "error: Dockerfile: is not there any more (drift-missing)\n" in ended.out


def test_a_moved_dockerfile_does_not_pass_unnoticed(ours: Path, run: Run) -> None:
    (ours / "docker").mkdir()
    (ours / "Dockerfile").rename(ours / "docker/Dockerfile")
    edit(ours / "docker/Dockerfile", "EXPOSE 8000\n", "EXPOSE 8001\n")
    ended = run("check", ours)
    assert ended.code == 1
    assert "docker/Dockerfile is nearly the same; was it moved? (drift-missing)" in ended.out


def test_a_crash_is_not_reported_as_1(ours: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("scaffold.commands.check.check", crash)
    assert run("check", ours).code == 70


def test_a_conflict_is_not_reported_as_success(ours: Path, run: Run) -> None:
    edit(ours / "Dockerfile", "FROM python:3.14", "FROM python:3.13")
    (ours / ".python-version").write_text("3.12\n")
    assert run("init", "--yes", ours).code == 5
    ended = run("check", ours)
    assert ended.code == 1
    assert "drift-conflict" in ended.out


def test_hunks_that_were_rejected_are_not_passed_over(make: Make, run: Run) -> None:
    ended = run("check", make({"Dockerfile": FINE, "Dockerfile.rej": "@@ -1 +1 @@\n"}))
    assert ended.code == 1
    assert "Dockerfile.rej holds changes" in ended.out


# -- deviations


def deviating(root: Path, text: str, **asked: Any) -> Checked:
    return checked(lay_down(root, {".scaffold/deviations.toml": text}), **asked)


@pytest.fixture
def untagged(make: Make) -> Path:
    return make({"Dockerfile": BAD})


def test_a_declared_deviation_is_accepted_with_its_reason(untagged: Path) -> None:
    found = deviating(untagged, deviation())
    (problem,) = [p for p in found.problems if p.rule == "image-tag"]
    assert problem.accepted == "the mirror has one tag (@team-shop, until 2027-01-31)"
    assert found.failing == ()


@pytest.mark.parametrize(
    ("path", "is_of"),
    [
        ("*", True),
        ("Docker*", True),
        ("**", True),
        ("a/*", False),
        ("**/Dockerfile", True),
        ("Dockerfile.x", False),
    ],
)
def test_a_deviation_is_of_the_paths_that_it_names(untagged: Path, path: str, is_of: bool) -> None:
    found = deviating(untagged, deviation(path=path))
    assert bool(found.failing) != is_of
    assert ("deviation-unused" in {p.rule for p in found.problems}) != is_of


@pytest.mark.parametrize(
    ("parts", "rule", "told"),
    [
        ({"expires": date(2026, 11, 26)}, "deviation-expired", "ended on 2026-11-26"),
        ({"expires": TODAY + timedelta(days=181)}, "deviation-invalid", "180 days"),
        ({"owner": None}, "deviation-invalid", "has no owner"),
        ({"reason": " "}, "deviation-invalid", "says nothing for reason"),
        ({"rule": "image-tg"}, "deviation-invalid", "there is no rule 'image-tg'"),
        ({"rule": "deviation-expired"}, "deviation-invalid", "nobody can deviate"),
        ({"expires": "2027-01-31"}, "deviation-invalid", "which is no day"),
        ({"expiry": "x"}, "deviation-invalid", "has expiry, which there is not"),
    ],
)
def test_a_deviation_that_is_over_or_says_too_little_is_an_error(
    untagged: Path, parts: Mapping[str, object], rule: str, told: str
) -> None:
    found = deviating(untagged, deviation(**parts))
    (problem,) = [p for p in found.problems if p.rule.startswith("deviation-")]
    assert (problem.rule, problem.severity, problem.line) == (rule, "error", 1)
    assert told in problem.message
    assert {p.rule for p in found.failing} == {rule, "image-tag"}


def test_a_file_of_deviations_that_is_no_text_is_an_error(untagged: Path) -> None:
    lay_down(untagged, {".scaffold/deviations.toml": b"\xff\xff"})
    assert "deviation-invalid" in {p.rule for p in checked(untagged).failing}


def test_a_policy_that_a_pack_brings_holds_where_it_was_written(make: Make, run: Run) -> None:
    policy = '[rules.image-allowed]\nallow = ["registry.example.com/*"]\n'
    root = make(
        {**WEB, "packs/acme/pack.toml": 'name = "acme"\nversion = "1"\n', "packs/acme/policy.toml": policy}
    )
    assert run("init", "--yes", "--pack", root / "packs/acme", root).code == 0
    ended = run("check", root)
    assert ended.code == 1
    assert "is none of the images that are allowed: registry.example.com/* (image-allowed)" in ended.out


@pytest.mark.parametrize("text", ["[[deviation]", "deviation = 1", "x = 1", "a = " + "[" * 5000])
def test_a_file_of_deviations_that_is_none_is_an_error_and_no_crash(untagged: Path, text: str) -> None:
    assert "deviation-invalid" in {p.rule for p in deviating(untagged, text).failing}


def test_a_policy_says_from_what_nobody_may_deviate(untagged: Path) -> None:
    policy = read_policy('[deviations]\nnever = ["image-tag"]\n', "p")
    assert {p.rule for p in deviating(untagged, deviation(), policy=policy).failing} == {
        "image-tag",
        "deviation-invalid",
    }


def test_a_deviation_speaks_for_its_own_folder(make: Make) -> None:
    root = make({"a/Dockerfile": BAD, "b/Dockerfile": BAD, "a/.scaffold/deviations.toml": deviation()})
    assert {p.path for p in checked(root).failing} == {"b/Dockerfile"}


def test_a_deviation_of_a_file_that_is_gone(ours: Path) -> None:
    (ours / "Dockerfile").unlink()
    assert deviating(ours, deviation(rule="drift-missing")).failing == ()


# -- baselines


def test_a_baseline_accepts_what_was_there_and_nothing_new(untagged: Path, run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    ended = run("check", untagged, "--write-baseline", baseline)
    assert (ended.code, ended.out) == (0, "")
    assert run("check", untagged, "--baseline", baseline).code == 0
    edit(untagged / "Dockerfile", "FROM python\n", "# moved\n\nFROM python\n")
    assert run("check", untagged, "--baseline", baseline).code == 0
    edit(untagged / "Dockerfile", "USER", "COPY --from=busybox /x /x\nUSER")
    ended = run("check", untagged, "--baseline", baseline)
    assert ended.code == 1
    assert "busybox" in ended.out
    assert "python has no tag" not in ended.out


def test_a_baseline_that_is_written_anew_keeps_what_it_accepted(
    untagged: Path, run: Run, tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.json"
    run("check", untagged, "--write-baseline", baseline)
    edit(untagged / "Dockerfile", "USER", "COPY --from=busybox /x /x\nUSER")
    assert run("check", untagged, "--baseline", baseline, "--write-baseline", baseline).code == 0
    assert run("check", untagged, "--baseline", baseline).code == 0


def test_a_second_problem_of_the_same_kind_is_a_new_one(make: Make) -> None:
    line = "RUN sudo a\n"
    root = make({"Dockerfile": f"FROM a:1\n{line}USER 1\n"})
    before = read_baseline(baseline_text(checked(root).problems).encode(), "b")
    edit(root / "Dockerfile", line, line * 2)
    assert len(checked(root, baseline=before).failing) == 1


def test_a_baseline_is_the_same_bytes_each_time(untagged: Path) -> None:
    first, second = (baseline_text(checked(untagged).problems) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"schema": 2}', b'{"schema": 1, "problems": [1]}', b"\xff"]
)
def test_what_is_no_baseline_is_wrong_use(content: bytes) -> None:
    with pytest.raises(WrongUse, match=r"b\.json"):
        read_baseline(content, "b.json")


def test_a_baseline_that_cannot_be_written_is_73_and_leaves_nothing(
    untagged: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    before = snapshot(tmp_path)
    assert run("check", untagged, "--write-baseline", tmp_path / "folder").code == 73
    assert snapshot(tmp_path) == before


def test_fingerprints_do_not_hang_on_lines_but_on_what_stands_there() -> None:
    def fingerprint(line: int, text: str, path: str = "Dockerfile") -> str:
        (problem,) = settled([Problem("image-tag", "error", path, line, "x", text)])
        return problem.fingerprint

    assert fingerprint(1, "FROM  a") == fingerprint(9, "FROM a")
    assert fingerprint(1, "FROM a") != fingerprint(1, "FROM b")
    assert fingerprint(1, "FROM a") != fingerprint(1, "FROM a", "b/Dockerfile")


# -- outputs


def test_json_keeps_the_schema(make: Make, run: Run) -> None:
    root = make({"Dockerfile": BAD, ".scaffold/deviations.toml": deviation(expires=date(2026, 11, 30))})
    jsonschema.validate(json.loads(run("check", root, "--format", "json").out), closed(check_schema()))
    jsonschema.validate(json.loads(run("check", make({}), "--format", "json").out), closed(check_schema()))
    told = checked_as_json(deviating(root, deviation()))
    assert [p["rule"] for p in told["problems"] if p["accepted"]] == ["image-tag"]
    assert (told["failed"], told["counts"]["accepted"]) == (False, 1)


def test_sarif_keeps_the_schema_and_says_what_is_accepted(untagged: Path) -> None:
    (untagged / "a b").mkdir()
    (untagged / "a b" / "Dockerfile").write_text("FROM é\nUSER 0\n", "utf-8")
    told = as_sarif(deviating(untagged, deviation()))
    jsonschema.validate(told, SARIF, format_checker=jsonschema.FormatChecker())
    (run,) = told["runs"]
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(names[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    accepted = [result["ruleId"] for result in run["results"] if result["suppressions"]]
    assert accepted == ["image-tag"]
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert uris == {"Dockerfile", "a%20b/Dockerfile"}


def test_sarif_of_nothing_wrong_is_a_run_with_no_results(ours: Path, run: Run) -> None:
    told = json.loads(run("check", ours, "--format", "sarif").out)
    jsonschema.validate(told, SARIF)
    assert told["runs"][0]["results"] == []


#: The parts of SARIF 2.1.0 that we write, closed: what is not named here is refused.
#: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json
TEXT = {"type": "string", "minLength": 1}
MESSAGE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": TEXT, "markdown": TEXT},
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def part(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def several(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


REPORTING_DESCRIPTOR = part(
    "id",
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=part("", level=LEVEL),
    properties=part("", tags=several(TEXT, uniqueItems=True)),
)
PHYSICAL_LOCATION = part(
    "artifactLocation",
    artifactLocation=part(
        "uri", uri={**TEXT, "format": "uri-reference", "pattern": "^[^ /][^ ]*$"}, uriBaseId=TEXT
    ),
    region=part("", startLine={"type": "integer", "minimum": 1}),
)
RESULT = part(
    "message",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level=LEVEL,
    message=MESSAGE,
    locations=several(part("", physicalLocation=PHYSICAL_LOCATION), uniqueItems=True),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions=several(
        part("kind", kind={"enum": ["inSource", "external"]}, justification=TEXT), uniqueItems=True
    ),
)
DRIVER = part("name", name=TEXT, semanticVersion=TEXT, rules=several(REPORTING_DESCRIPTOR, uniqueItems=True))
SARIF = part(
    "version runs",
    version={"enum": ["2.1.0"]},
    runs=several(
        part(
            "tool",
            tool=part("driver", driver=DRIVER),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            originalUriBaseIds={"type": "object", "additionalProperties": part("", description=MESSAGE)},
            results=several(RESULT),
        ),
        minItems=1,
    ),
    **{"$schema": {"type": "string", "format": "uri"}},
)


def test_annotations_for_github_are_one_line_each_whatever_a_project_contains(make: Make) -> None:
    odd = "x%0A::error::y\nz"
    root = make({"a,b:c%/Dockerfile": "FROM 100%:latest\nUSER 1\n"})
    lines = tell_github(checked(root)).splitlines()
    assert lines[0].startswith("::notice file=a%2Cb%3Ac%25/Dockerfile,line=1,title=unmanaged::")
    assert lines[1].startswith(
        "::error file=a%2Cb%3Ac%25/Dockerfile,line=1,title=image-tag::FROM: 100%25:latest has no tag. "
    )
    problem = Problem("user-root", "error", odd, 2, odd, "")
    text = tell_github(Checked((), (), (problem,), (), "error"))
    assert text.count("\n") == 1
    assert text.startswith(
        "::error file=x%250A%3A%3Aerror%3A%3Ay%0Az,line=2,title=user-root::x%250A::error::y%0Az."
    )


def test_what_is_accepted_is_no_annotation(untagged: Path) -> None:
    assert "image-tag" not in tell_github(deviating(untagged, deviation()))


def test_places_are_those_of_where_it_was_called(
    make: Make, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make({"apps/shop/Dockerfile": BAD})
    monkeypatch.chdir(root)
    assert "error: apps/shop/Dockerfile:1: " in run("check", "./apps/shop").out
    assert "file=apps/shop/Dockerfile,line=1" in run("check", "apps/shop", "--format", "github").out
    assert '"uri": "apps/shop/Dockerfile"' in run("check", "apps", "--format", "sarif").out
    assert '"path": "Dockerfile"' in run("check", "apps/shop", "--format", "json").out


# -- how long it takes, and what it loads


def ten_apps(root: Path, run: Run) -> Path:
    """Write a repository of ten applications, each with all files of ours."""
    examples = [e for e in EXAMPLES if not e.name.startswith("python-private")][:10]
    for example in examples:
        folder = root / example.name
        subprocess.run(["cp", "-r", str(FOLDER / example.name), str(folder)], check=True)
        assert run("init", "--yes", folder).code == 0, example.name
    return root


LOADED = "import sys; from scaffold.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"


def test_check_loads_neither_templates_nor_prompts_nor_parsers_of_code(tmp_path: Path, run: Run) -> None:
    root = ten_apps(tmp_path, run)
    command = [sys.executable, "-P", "-c", LOADED, "check", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    packages = {name.partition(".")[0] for name in done.stderr.split()}
    assert "scaffold" in packages
    heavy = {
        "jinja2",
        "cookiecutter",
        "questionary",
        "prompt_toolkit",
        "tree_sitter",
        "requests",
        "packaging",
    }
    assert packages & heavy == set()
    assert not any(name.startswith("scaffold.detectors.") for name in done.stderr.split())


def test_check_of_ten_applications_takes_no_more_than_15_starts_of_the_interpreter(
    tmp_path: Path, run: Run
) -> None:
    root = ten_apps(tmp_path, run)
    bare = min(cpu(["-c", "pass"]) for _ in range(7))
    assert min(cpu(["-m", "scaffold", "check", str(root)]) for _ in range(7)) <= 15 * bare


def cpu(arguments: list[str]) -> float:
    """Return the seconds of processor time that a run of the interpreter takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)  # os.times() counts in hundredths
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_no_command_of_a_project_is_run_and_no_network_is_asked(
    ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("not here")

    for name in ("subprocess.Popen", "os.system", "socket.socket.connect"):
        monkeypatch.setattr(name, refuse)
    assert isinstance(checked(ours), Checked)
