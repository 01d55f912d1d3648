"""The schemas: that they are schemas, that real outputs keep them, and that a form can be made of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from example import EXAMPLES, Example

from scaffold import api
from scaffold.answers import STACK, Said, settle
from scaffold.detect import detect
from scaffold.errors import NothingFound, WrongUse
from scaffold.forms import answers_schema, form_schema
from scaffold.model import Variable
from scaffold.packs import builtin
from scaffold.reading.tree import Tree
from scaffold.report import detection_as_json, error_as_json
from scaffold.schema import check_schema, detect_schema, init_schema, new_schema

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
    {"processes": [1]},
    {"processes": {"web": 5}},
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


# -- a form


@pytest.mark.parametrize("stack", STACKS)
def test_what_makers_of_forms_read_is_the_dialect_and_every_field_has_a_type(stack: str) -> None:
    schema = answers_schema(stack, builtin().variables(stack))
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    for name, property_ in schema["properties"].items():
        assert "type" in property_ or all("title" in each for each in property_["anyOf"]), name


def test_a_form_is_not_filled_with_what_the_project_may_say_otherwise() -> None:
    properties = answers_schema("python", builtin().variables("python"))["properties"]
    assert [name for name, property_ in properties.items() if "default" in property_] == []
    assert properties["name"]["description"].endswith("(else: app)")


def test_a_variable_of_a_packs_own_has_its_default() -> None:
    team = Variable("team", "string", "Whose it is", default="web", answerable=True)
    assert answers_schema("python", (team,))["properties"]["team"]["default"] == "web"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_a_form_of_a_project_that_is_sent_back_changes_nothing(example: Example, tmp_path: Path) -> None:
    folder = example.copy(tmp_path / example.name)
    usual = api.init(folder, dry_run=True)
    schema = form_schema(usual.folder.pack, usual.finding)
    sent = {key: each["default"] for key, each in schema["properties"].items() if "default" in each}
    assert {"name", "kind", "final"} & sent.keys()
    jsonschema.Draft7Validator(schema).validate(sent)
    sent = json.loads(json.dumps(sent))
    assert api.init(folder, sent, dry_run=True).rendered == usual.rendered


def test_a_form_of_a_project_says_what_was_found_and_where() -> None:
    (example,) = (e for e in EXAMPLES if e.name == "python-fastapi-uv")
    outcome = api.init(example.folder, dry_run=True)
    properties = form_schema(outcome.folder.pack, outcome.finding)["properties"]
    assert properties["name"]["default"] == "shop"
    assert properties["health"]["description"].endswith("Found: GET /healthz (src/shop/main.py:18)")
    assert "default" not in properties["health"]


def test_a_form_asks_for_what_a_pack_requires() -> None:
    (example,) = (e for e in EXAMPLES if e.name == "go-cli")
    team = Variable("team", "string", "Whose it is", answerable=True, required=True)
    outcome = api.init(example.folder, dry_run=True)
    pack = outcome.folder.pack
    go = pack.stacks["go"]
    asking = pack._replace(stacks={**pack.stacks, "go": go._replace(variables=(*go.variables, team))})
    schema = form_schema(asking, outcome.finding)
    assert schema["required"] == ["team"]
    assert not jsonschema.Draft7Validator(schema).is_valid({"name": "x"})
