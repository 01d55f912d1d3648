"""One pack over another: what it replaces, what it leaves as it is, and what it cannot replace."""

from __future__ import annotations

import re
from typing import Any

import pytest
from goplans import gin_postgres
from nodeplans import express_npm
from packing import acme, over
from plans import fastapi_uv, flask_poetry, plan

from scaffold.errors import WrongUse
from scaffold.fetching.overlays import lay_over
from scaffold.forms import answers_schema
from scaffold.model import Fact, Finding, Pin, Plan, Runtime, Service
from scaffold.packs import Pack, builtin, references
from scaffold.plan import make_plan
from scaffold.render import render


def with_toml(*lines: str, **files: str) -> Pack:
    """Return a pack whose pack.toml has these LINES too."""
    return over({"pack.toml": "\n".join(('name = "acme"', 'version = "1"', *lines)), **files})


def with_template(path: str, *lines: str, toml: str = "") -> Pack:
    return with_toml(toml, **{path: "".join(f"{line}\n" for line in lines)})


def planned(pack: Pack, **answers: Any) -> Plan:
    facts = {
        "kind": Fact("web", "x.py:1"),
        "port": Fact(8000, "x.py:1"),
        "start": Fact(("python", "x.py"), "x.py:1"),
        "runtime": Fact(Runtime("3.14", None, "3.14"), "x.py:1"),
    }
    finding = Finding("python", "x.py", facts)
    return make_plan(finding, pack, {key: Fact(value, "answer: flag") for key, value in answers.items()})


# -- images


def test_an_image_is_replaced_and_follows_the_release() -> None:
    pack = with_toml('images.python.base = "registry.example.com/python:{release}-{suite}"')
    values = {"runtime": Fact(Runtime("3.14", None, "3.14"), "x")}
    found = references(pack, "python", values)["images"].value
    assert found["base"] == "registry.example.com/python:3.14-trixie"
    assert found["uv"] == references(builtin(), "python", values)["images"].value["uv"]


def test_the_image_of_a_service_is_replaced() -> None:
    pack = with_toml('images.services.postgres = "registry.example.com/postgres:18"')
    services = {"services": Fact((Service("postgres", "x.py:1"), Service("redis", "x.py:2")), "x")}
    found = references(pack, "python", services)["images"].value
    assert found["postgres"] == "registry.example.com/postgres:18"
    assert found["redis"].startswith("redis:")


# -- variables


def test_a_default_is_replaced_and_what_is_found_still_goes_before_it() -> None:
    pack = with_toml('[variables.final]\ndefault = "distroless"')
    assert planned(pack).values["final"] == Fact("distroless", "default: pack")
    assert planned(pack, final="slim").values["final"].value == "slim"
    assert planned(builtin()).values["final"].value == "slim"


def test_a_new_variable_is_answered_by_everybody_who_answers() -> None:
    pack = with_toml('[variables.team]\ntype = "string"\nabout = "Who owns it"\ndefault = "core"')
    assert planned(pack).values["team"].value == "core"
    assert planned(pack, team="shop").values["team"].value == "shop"
    asked = answers_schema("python", pack.variables("python"))["properties"]["team"]
    assert (asked["description"], asked["default"]) == ("Who owns it", "core")


def test_a_variable_that_is_required_is_missed_by_its_flag() -> None:
    pack = with_toml('[variables.team]\ntype = "string"\nabout = "Who owns it"\nrequired = true')
    with pytest.raises(WrongUse, match="--set team=STRING"):
        planned(pack)
    assert planned(pack, team="shop").values["team"].value == "shop"


def test_a_variable_is_for_the_stacks_that_the_pack_is_for() -> None:
    pack = with_toml('stacks = ["go"]', '[variables.team]\ntype = "string"\nabout = "x"')
    assert "team" in {variable.name for variable in pack.variables("go")}
    assert "team" not in {variable.name for variable in pack.variables("python")}


def test_a_stack_of_a_pack_has_its_own_file() -> None:
    pack = with_toml(
        "", **{"python/stack.toml": '[variables.port]\ndefault = 9000\n[images]\nbase = "x:1"\n'}
    )
    assert next(v.default for v in pack.variables("python") if v.name == "port") == 9000
    assert next(v.default for v in pack.variables("node") if v.name == "port") is None
    assert pack.stacks["python"].images["base"] == {"ref": "x:1"}


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[variables.port]\ndefault = "abc"', "variables.port.default: port: is a number from 1 to 65535"),
        ('[variables.team]\ntype = "integer"\nabout = "x"\ndefault = true', "team: is a number from 0"),
        ('[variables.team]\ntype = "names"\nabout = "x"\ndefault = [1]', "team: is a list of names"),
        ('[variables.team]\ntype = "string"\nabout = "x"\ndefault = "a\\nb"', "team: is text of one line"),
    ],
)
def test_a_default_that_nobody_could_answer_is_a_mistake(toml: str, said: str) -> None:
    with pytest.raises(WrongUse, match=re.escape(said)):
        with_toml(toml)


@pytest.mark.parametrize(("type_", "default"), [("string", '""'), ("names", "[]"), ("words", "[]")])
def test_a_default_may_be_nothing(type_: str, default: str) -> None:
    assert with_toml(f'[variables.team]\ntype = "{type_}"\nabout = "x"\ndefault = {default}')


def test_a_pack_can_bring_a_stack() -> None:
    stack = (
        '[outputs]\nDockerfile = { template = "rust/Dockerfile.j2" }\n[images]\nbase = "rust:1-slim-trixie"\n'
    )
    files = {"rust/stack.toml": stack, "rust/Dockerfile.j2": "FROM {{ images.base | plain }}\n"}
    pack = with_toml("", **files)
    assert [variable.name for variable in pack.variables("rust")][:2] == ["name", "kind"]
    values = {"kind": Fact("web", "x"), "images": Fact({"base": "rust:1-slim-trixie"}, "x")}
    assert render(Plan("rust", ".", values), pack) == {"Dockerfile": "FROM rust:1-slim-trixie\n"}


# -- files


def test_a_file_is_added_for_the_kinds_that_get_it() -> None:
    pack = with_toml(
        '[outputs."certs/acme.crt"]\ntemplate = "acme.crt"\nkinds = ["web"]', **{"acme.crt": "CERTIFICATE\n"}
    )
    assert render(flask_poetry(), pack)["certs/acme.crt"] == "CERTIFICATE\n"
    assert "certs/acme.crt" not in render(
        plan(kind="worker", start=("x",), processes={"worker": ("x",)}), pack
    )


def test_a_partial_is_replaced_by_a_file_at_its_path() -> None:
    path = "compose/services/postgres.yaml.j2"
    files = render(gin_postgres(), with_template(path, "  postgres: { image: x }"))
    assert "  postgres: { image: x }\n" in files["compose.yaml"]
    assert files["Dockerfile"] == render(gin_postgres())["Dockerfile"]


def test_the_nearest_policy_holds() -> None:
    below = over({**acme(), "policy.toml": "# below\n"})
    assert over(acme(), below).policy == "# below\n"
    assert over({**acme(), "policy.toml": "# above\n"}, below).policy == "# above\n"


def test_a_template_that_is_no_text_is_told_by_its_name() -> None:
    files = {"pack.toml": acme()["pack.toml"].encode(), "python/Dockerfile.j2": b"\xff\xfe"}
    with pytest.raises(WrongUse, match=r"acme/python/Dockerfile\.j2: is not UTF-8"):
        lay_over(builtin(), Pin("acme", "1"), files, "acme")


def test_a_policy_that_check_cannot_read_is_refused() -> None:
    with pytest.raises(WrongUse, match=r"acme/policy\.toml.*nothing"):
        over({**acme(), "policy.toml": "[rules.nothing]\n"})


def test_a_file_that_extends_itself_is_told() -> None:
    with pytest.raises(WrongUse, match=r'say {% extends "parent" %}'):
        render(flask_poetry(), with_template("python/Dockerfile.j2", '{% extends "python/Dockerfile.j2" %}'))


# -- blocks


def test_a_file_at_the_top_goes_for_every_stack() -> None:
    pack = over(acme())
    for each in (fastapi_uv(), express_npm(), gin_postgres()):
        assert (
            render(each, pack)["Dockerfile"] == render(each)["Dockerfile"] + "LABEL com.acme.team=platform\n"
        )


def test_a_file_at_the_top_goes_for_the_stacks_that_are_named() -> None:
    pack = over(acme(stacks='stacks = ["node"]'))
    assert "com.acme" in render(express_npm(), pack)["Dockerfile"]
    assert "com.acme" not in render(fastapi_uv(), pack)["Dockerfile"]


def test_a_file_at_the_top_goes_for_files_that_stacks_share_too() -> None:
    lines = ('{% extends "parent" %}', "{% block header %}", "# Ask the platform team.", "{% endblock %}")
    pack = with_template("compose.yaml.j2", *lines)
    for each in (fastapi_uv(), gin_postgres()):
        assert "# Ask the platform team.\n" in render(each, pack)["compose.yaml"]


def test_packs_stand_on_one_another() -> None:
    top = over(acme(team="shop"), over(acme(team="base")))
    assert render(flask_poetry(), top)["Dockerfile"].endswith(
        "LABEL com.acme.team=base\nLABEL com.acme.team=shop\n"
    )
    assert [pin.name for pin in top.pins] == ["acme", "acme", "docker-scaffold"]


def test_a_stacks_own_file_goes_before_the_one_at_the_top_and_extends_it() -> None:
    files = {**acme(), "python/Dockerfile.j2": acme(team="python")["Dockerfile.j2"]}
    assert render(flask_poetry(), over(files))["Dockerfile"].endswith(
        "LABEL com.acme.team=platform\nLABEL com.acme.team=python\n"
    )


def test_a_block_that_is_not_there_is_an_error_with_its_line() -> None:
    pack = with_template(
        "Dockerfile.j2", '{% extends "parent" %}', "", "{% block lables %}", "{% endblock %}"
    )
    with pytest.raises(WrongUse) as error:
        render(flask_poetry(), pack)
    assert str(error.value) == "acme/Dockerfile.j2:3: there is no block 'lables'; did you mean \"labels\"?"


def test_a_block_that_another_stack_has_is_an_error_for_this_one() -> None:
    lines = ('{% extends "parent" %}', "{% block health_program %}", "{% endblock %}")
    pack = with_template("Dockerfile.j2", *lines)
    assert render(gin_postgres(), pack)
    with pytest.raises(WrongUse, match="there is no block 'health_program'"):
        render(flask_poetry(), pack)


def test_a_block_inside_of_a_block_is_one_for_the_next_pack() -> None:
    inner = ("{% block labels %}", "{% block team %}", "LABEL team=base", "{% endblock %}", "{% endblock %}")
    below = with_template("Dockerfile.j2", '{% extends "parent" %}', *inner)
    own = "".join(
        f"{line}\n"
        for line in ('{% extends "parent" %}', "{% block team %}", "LABEL team=x", "{% endblock %}")
    )
    top = over({"pack.toml": acme()["pack.toml"], "Dockerfile.j2": own}, below)
    assert render(flask_poetry(), top)["Dockerfile"].endswith("LABEL team=x\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ tema }}", "'tema' is undefined"),
        ("{{ name }}", "'notes' passed no quoting filter"),
        ("{% if %}", "Expected an expression"),
        ("{% raw %}", "Missing end of raw directive"),
        ("{# no end", "Missing end of comment tag"),
        ("{{ name | upper }}", "No filter named 'upper'"),
        ('{% include "shared/nothing.j2" %}', "there is no template 'shared/nothing.j2'"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_mistake_in_a_template_is_told_by_its_file_and_line(line: str, said: str) -> None:
    lines = ('{% extends "parent" %}', "{% block labels %}", line, "{% endblock %}")
    with pytest.raises(WrongUse) as error:
        render(flask_poetry(), with_template("Dockerfile.j2", *lines))
    assert str(error.value).startswith("acme/Dockerfile.j2:3: ")
    assert said in str(error.value)
