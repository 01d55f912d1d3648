"""Packs: what a folder of templates declares."""

from __future__ import annotations

import subprocess
import sys

import pytest
from plans import every_service, plan

from scaffold.model import Fact, Runtime, Service
from scaffold.packs import builtin, references, without_image


def paths(kind: str) -> set[str]:
    return {output.path for output in builtin().outputs("python", kind)}


def test_a_server_gets_overlays() -> None:
    assert paths("web") == paths("worker")
    assert {"compose.dev.yaml", "compose.prod.yaml"} <= paths("web")


def test_a_program_that_ends_gets_a_base_alone() -> None:
    assert paths("cli") == {"Dockerfile", ".dockerignore", "compose.yaml"}


def test_every_output_has_its_template() -> None:
    for stack in builtin().stacks.values():
        for output in stack.outputs:
            assert builtin().layers[0].text(output.template) is not None


def test_every_variable_is_said_once_with_what_it_is_about() -> None:
    declared = builtin().variables("python")
    assert len({v.name for v in declared}) == len(declared)
    assert [v.name for v in declared if not v.about] == []


def test_what_is_asked_can_be_answered() -> None:
    assert [v.name for v in builtin().all_variables() if v.question and not v.answerable] == []


def test_what_can_be_answered_has_an_example() -> None:
    assert [v.name for v in builtin().all_variables() if v.answerable and v.example is None] == []


def test_lists_are_frozen() -> None:
    assert [v.name for v in builtin().all_variables() if isinstance(v.default, list)] == []


def test_the_variables_that_all_stacks_share_come_first() -> None:
    assert [v.name for v in builtin().variables("python")][:2] == ["name", "kind"]


def test_an_unknown_stack_is_an_error() -> None:
    with pytest.raises(LookupError):
        builtin().variables("cobol")


def test_references_follow_the_release() -> None:
    facts = {"runtime": Fact(Runtime("3.8.2", None, "3.8"), ".python-version:1")}
    found = references(builtin(), "python", facts)
    assert found["images"].value["base"] == "python:3.8-slim-bookworm"
    assert found["tools"].value["poetry"] == "1.8.5"


def test_references_name_an_image_for_each_service_that_has_one() -> None:
    found = every_service().values["images"].value
    assert "postgres" in found
    assert "minio" not in found


def test_a_service_without_an_image_is_told() -> None:
    assert without_image(builtin(), every_service().values) == ("minio",)
    assert without_image(builtin(), plan(services=(Service("redis", "x.py:1"),)).values) == ()


def test_every_image_of_a_service_has_a_template() -> None:
    there = builtin().names("compose/services")
    for name in every_service().values["images"].value.keys() - set(builtin().stacks["python"].images):
        assert f"{name}.yaml.j2" in there


def test_reading_a_pack_needs_no_template_engine() -> None:
    code = "import sys, scaffold.packs as p; p.builtin().all_variables(); sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
