"""The one door to the detectors: which folders are asked, with which answers, and what stays undecided."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from scaffold.detect import DEPTH, Detection, detect, looked_for
from scaffold.errors import WrongUse
from scaffold.model import Ambiguity, Answers, Fact, Finding, ProjectWarning
from scaffold.reading.tree import Tree
from scaffold.report import detection_as_json


@dataclass
class Toy:
    """Toy: a `toy.txt` with lines of `key value`."""

    stack: str = "python"
    manifest: str = "toy.txt"

    def detect(self, tree: Tree, answers: Answers) -> Finding | None:
        if self.manifest not in tree:
            return None
        stated = [line.split(" ", 1) for line in tree.text(self.manifest).splitlines()]
        facts = {key: Fact(value, f"{self.manifest}:{at}") for at, (key, value) in enumerate(stated, 1)}
        facts = {**facts, **answers}
        open_ = tuple(
            Ambiguity(k, tuple(f.value.split("|"))) for k, f in facts.items() if "|" in str(f.value)
        )
        warnings = (ProjectWarning("old", "is old", f"{self.manifest}:1"),) if "old" in facts else ()
        return Finding(self.stack, self.manifest, facts, ambiguities=open_, warnings=warnings)


TOYS = (Toy(),)
TWO = (Toy(), Toy("node", "other.txt"))


def found(files: dict[str, str], **answers: str) -> Detection:
    return detect(
        Tree(files),
        {key.replace("__", "."): Fact(value, "answer: flag") for key, value in answers.items()},
        TOYS,
    )


def paths(detection: Detection) -> list[str]:
    return [finding.path for finding in detection.findings]


def test_an_empty_project_is_nothing() -> None:
    assert found({}) == Detection((), ())


def test_what_is_at_the_root_is_the_project() -> None:
    assert paths(found({"toy.txt": "kind web", "api/toy.txt": "kind web"})) == ["."]


def test_where_the_root_is_nothing_the_topmost_folders_are_the_apps() -> None:
    files = {"services/api/toy.txt": "", "services/api/vendored/toy.txt": "", "web/toy.txt": "", "README": ""}
    assert paths(found(files)) == ["web", "services/api"]


def test_a_library_at_the_root_does_not_hide_the_apps_below() -> None:
    detection = found({"toy.txt": "kind library", "api/toy.txt": "kind web"})
    assert paths(detection) == [".", "api"]
    assert [finding.path for finding in detection.deployable] == ["api"]


def test_the_examples_of_a_library_are_no_apps() -> None:
    assert paths(
        found({"toy.txt": "kind library", "examples/toy.txt": "kind web", "docs/a/toy.txt": "kind web"})
    ) == ["."]


def test_examples_are_apps_where_there_is_nothing_else() -> None:
    assert paths(found({"examples/one/toy.txt": "", "examples/two/toy.txt": ""})) == [
        "examples/one",
        "examples/two",
    ]


def test_examples_are_no_apps_beside_real_ones() -> None:
    assert paths(found({"examples/one/toy.txt": "", "app/toy.txt": ""})) == ["app"]


def test_hidden_folders_are_not_looked_into() -> None:
    assert found({".github/toy.txt": ""}).findings == ()


def test_looking_ends_at_a_depth() -> None:
    deep = "/".join("abcdefgh"[:DEPTH])
    assert paths(found({f"{deep}/toy.txt": ""})) == [deep]
    assert paths(found({f"{deep}/z/toy.txt": ""})) == []


# -- answers


def test_an_answer_reaches_the_detector_as_a_fact() -> None:
    assert found({"toy.txt": "port 1"}, port="2").findings[0].facts["port"] == Fact("2", "answer: flag")


def test_an_answer_for_one_app_comes_before_one_for_all() -> None:
    detection = found({"a/toy.txt": "", "b/toy.txt": ""}, port="1", b__port="2")
    assert [finding.facts["port"].value for finding in detection.findings] == ["1", "2"]


def test_an_app_is_named_by_its_folder_or_by_its_name() -> None:
    files = {"services/a/toy.txt": "name shop", "b/toy.txt": ""}
    assert found(files, shop__port="1").findings[1].facts["port"].value == "1"
    answers = {"services/a.port": Fact("2", "answer: flag")}
    assert detect(Tree(files), answers, TOYS).findings[1].facts["port"].value == "2"


def test_an_answer_for_no_app_names_the_apps() -> None:
    with pytest.raises(WrongUse, match=r"an app 'ap', and no such app \(there are: a, shop, b"):
        found({"a/toy.txt": "name shop", "b/toy.txt": ""}, ap__port="1")


# -- what stays open


def test_an_ambiguity_of_one_app_is_asked_plainly() -> None:
    assert found({"toy.txt": "main x|y"}).ambiguities == (Ambiguity("main", ("x", "y")),)


def test_an_ambiguity_of_one_app_of_several_names_the_app() -> None:
    assert [a.flag for a in found({"a/toy.txt": "main x|y", "b/toy.txt": ""}).ambiguities] == [
        "--set a.main=x"
    ]


def test_two_stacks_in_one_folder_are_a_question() -> None:
    tree = Tree({"toy.txt": "", "other.txt": ""})
    assert detect(tree, {}, TWO).ambiguities == (Ambiguity("stack", ("python", "node")),)
    only = detect(tree, {"stack": Fact("node", "answer: flag")}, TWO)
    assert [finding.stack for finding in only.findings] == ["node"]
    assert only.ambiguities == ()


# -- warnings


def test_warnings_name_the_place_from_the_root() -> None:
    assert [w.source for w in found({"a/toy.txt": "old yes"}).warnings] == ["a/toy.txt:1"]


def test_a_warning_that_the_tree_has_too_is_said_once() -> None:
    @dataclass
    class Loud(Toy):
        def detect(self, tree: Tree, answers: Answers) -> Finding | None:
            finding = super().detect(tree, answers)
            for warning in finding.warnings if finding else ():
                tree.warn(warning)
            return finding

    detection = detect(Tree({"a/toy.txt": "old yes"}), {}, (Loud(),))
    assert [w.source for w in detection.warnings] == ["a/toy.txt:1"]


def test_what_was_looked_for_is_what_the_detectors_say_of_themselves() -> None:
    assert looked_for(TOYS) == ("Toy: a `toy.txt` with lines of `key value`",)
    assert all(line and line != "?" for line in looked_for())


def test_the_answer_of_detect_is_the_contract() -> None:
    facts = detection_as_json(found({"toy.txt": "kind web\nport 1", "x": ""}))
    assert facts == {
        "schema": 1,
        "apps": [
            {
                "path": ".",
                "name": "app",
                "stack": "python",
                "framework": None,
                "kind": "web",
                "package_manager": None,
                "runtime": {"version": None, "constraint": None, "image": None, "source": None},
                "port": "1",
                "start": [],
                "processes": {},
                "services": [],
                "environment": [],
                "facts": {
                    "kind": {"value": "web", "source": "toy.txt:1"},
                    "port": {"value": "1", "source": "toy.txt:2"},
                },
            }
        ],
        "ambiguous": [],
        "warnings": [],
    }
