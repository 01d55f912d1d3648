"""The schemas: that they are schemas, that real outputs keep them, and that a form can be made of one."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from scaffold.answers import STACK, Said, settle
from scaffold.detect import detect
from scaffold.errors import NothingFound, WrongUse
from scaffold.packs import builtin
from scaffold.report import detection_as_json, error_as_json
from scaffold.schema import answers_schema, check_schema, detect_schema, init_schema, new_schema
from scaffold.tree import Tree

STACKS = sorted(builtin().stacks)


def closed(schema: Any) -> Any:
    """Return SCHEMA so that it refuses what it does not name: outputs may grow, but not past their schema."""
    if isinstance(schema, dict):
        shut = {"additionalProperties": False} if "properties" in schema else {}
        return {**shut, **{key: closed(value) for key, value in schema.items()}}
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


def accepts(schema: Any, value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize(
    "schema",
    [
        detect_schema(),
        init_schema(),
        check_schema(),
        new_schema(),
        *(answers_schema(s, builtin().variables(s)) for s in STACKS),
    ],
)
def test_a_schema_is_a_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_what_detect_says_of_nothing_keeps_the_schema() -> None:
    jsonschema.validate(detection_as_json(detect(Tree({}))), closed(detect_schema()))


def test_an_error_of_init_keeps_the_schema_and_is_not_half_a_report() -> None:
    error = error_as_json(NothingFound("nothing here"))
    jsonschema.validate(error, closed(init_schema()))
    assert not accepts(init_schema(), {"schema": 1})
    assert not accepts(init_schema(), {"schema": 1, "error": {"code": 3}})


def test_a_closed_schema_refuses_more() -> None:
    answer = {**detection_as_json(detect(Tree({}))), "more": 1}
    assert accepts(detect_schema(), answer)
    assert not accepts(closed(detect_schema()), answer)


# -- answers


@pytest.mark.parametrize("stack", STACKS)
def test_every_example_keeps_the_schema_and_is_an_answer(stack: str) -> None:
    schema = answers_schema(stack, builtin().variables(stack))
    for name, property_ in schema["properties"].items():
        for example in property_.get("examples", []):
            assert accepts(schema, {name: example})
            assert settle([Said(name, example, "file", "example")], builtin().variables(stack)).keys() == {
                name
            }


@pytest.mark.parametrize("stack", STACKS)
def test_a_form_can_be_made_of_it(stack: str) -> None:
    for property_ in answers_schema(stack, builtin().variables(stack))["properties"].values():
        assert property_["title"]
        assert property_["description"]


@pytest.mark.parametrize("stack", STACKS)
def test_exactly_what_can_be_answered_is_in_it(stack: str) -> None:
    answerable = {variable.name for variable in (STACK, *builtin().variables(stack)) if variable.answerable}
    assert answers_schema(stack, builtin().variables(stack))["properties"].keys() == answerable


#: What both the schema and the program refuse.
WRONG: list[dict[str, Any]] = [
    {"prot": 1},
    {"port": 0},
    {"port": 65536},
    {"port": True},
    {"port": 8000.5},
    {"kind": "wep"},
    {"kind": None},
    {"name": ""},
    {"name": 1},
    {"start": []},
    {"start": [1]},
    {"start": 5},
    {"services": []},
    {"services": [1]},
    {"server": "foo"},
    {"framework": "rails"},
    {"package_manager": "cargo"},
    {"stack": "cobol"},
    {"api": {"prot": 1}},
    {"api": {"port": 0}},
    {"api": {"deep": {"port": 1}}},
]


@pytest.mark.parametrize("answers", WRONG)
def test_what_the_schema_refuses_the_program_refuses_too(answers: dict[str, Any]) -> None:
    from io import BytesIO
    from json import dumps

    from scaffold.answers import from_file

    assert not accepts(answers_schema("python", builtin().variables("python")), answers)
    with pytest.raises(WrongUse):
        settle(from_file("-", BytesIO(dumps(answers).encode())), builtin().all_variables())
