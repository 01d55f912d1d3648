"""Plans: what was said beats what was found beats what is usual, and what is missing is named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.errors import NothingFound, WrongUse
from scaffold.model import (
    Ambiguity,
    Fact,
    Finding,
    Health,
    Plan,
    ProjectWarning,
    Runtime,
    Service,
    Value,
    Variable,
)
from scaffold.packs import Pack, Stack, builtin
from scaffold.plan import image_name, make_plan, missing

VARIABLES = (
    Variable("name", "string", "Its name", answerable=True),
    Variable("kind", "choice", "What it is", choices=("web", "worker", "cli", "library"), answerable=True),
    Variable("port", "integer", "The port", question="Which port?", example="8000", answerable=True),
    Variable(
        "start", "words", "The command", question="What starts it?", example="python main.py", answerable=True
    ),
    Variable("runtime", "data", "The release", answerable=True),
    Variable("health", "string", "The health route", answerable=True),
    Variable("services", "words", "The services", answerable=True),
    Variable("processes", "data", "The processes", answerable=True),
    Variable(
        "final", "choice", "The final stage", default="slim", choices=("distroless", "slim"), answerable=True
    ),
)
TOY = Pack("toy", "1", {"python": Stack("python", VARIABLES, (), {}, ())}, layers=builtin().layers)
WEB: dict[str, Value] = {"kind": "web", "port": 8000, "start": ("python", "main.py")}


def finding(*ambiguities: Ambiguity, **values: Value) -> Finding:
    return Finding(
        "python", "toy.txt", {k: Fact(v, "toy.txt:1") for k, v in values.items()}, ambiguities=ambiguities
    )


def planned(found: Finding, **answers: Value) -> Plan:
    return make_plan(found, TOY, {key: Fact(value, "answer: flag") for key, value in answers.items()})


# -- where a value comes from


def test_what_was_found_is_taken_with_its_source() -> None:
    assert planned(finding(**WEB)).values["port"] == Fact(8000, "toy.txt:1")


def test_an_answer_beats_what_was_found() -> None:
    assert planned(finding(**WEB), port=9000).values["port"] == Fact(9000, "answer: flag")


def test_a_default_of_the_pack_is_taken_last() -> None:
    assert planned(finding(**WEB)).values["final"] == Fact("slim", "default: pack")
    assert planned(finding(**WEB, final="distroless")).values["final"] == Fact("distroless", "toy.txt:1")


def test_an_answer_is_what_the_detector_made_of_it() -> None:
    runtime = Fact(Runtime("3.12", None, "3.12"), "answer: flag")
    found = Finding("python", "toy.txt", {**finding(**WEB).facts, "runtime": runtime})
    assert planned(found, runtime="3.12").values["runtime"] == runtime


def test_a_plan_remembers_what_was_answered() -> None:
    assert planned(finding(**WEB), port=9000).answered == {"port": Fact(9000, "answer: flag")}


def test_what_nobody_states_and_nobody_needs_is_absent() -> None:
    assert "port" not in planned(finding(kind="worker", start=("python", "x.py"))).values


def test_words_become_nouns() -> None:
    answers = {
        "health": "/healthz",
        "services": ("redis",),
        "processes": {"web": ["a", "b"], "job": "c 'd e'"},
    }
    values = planned(finding(**WEB), **answers, start=("a", "b")).values
    assert values["health"].value == Health("/healthz")
    assert values["services"].value == (Service("redis", "answer: flag"),)
    assert values["processes"].value == {"web": ("a", "b"), "job": ("c", "d e")}


@pytest.mark.parametrize("processes", [[], {}, "x", {"web": 1}, {"web": []}, {"web": "'"}])
def test_processes_are_names_and_commands(processes: Value) -> None:
    with pytest.raises(WrongUse, match="processes: "):
        planned(finding(**WEB), processes=processes)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"services": ("postgers",)}, 'did you mean "postgres"?'),
        ({"health": "healthz"}, "is a path such as /healthz"),
        ({"processes": {"send mail": ["x"]}}, "'send mail' is no name of a process, such as web"),
        ({"runtime": "newest"}, "'newest' is no release"),
    ],
)
def test_a_word_that_is_no_such_noun_is_refused(answers: dict[str, Value], said: str) -> None:
    with pytest.raises(WrongUse) as caught:
        planned(finding(**WEB), **answers)
    assert said in str(caught.value)


def test_the_main_process_is_what_start_says() -> None:
    found = finding(**WEB, processes={"web": ("python", "main.py"), "migrate": ("m",)})
    assert planned(found).values["processes"].source == "toy.txt:1"
    changed = planned(found, start=("other",)).values["processes"]
    assert changed == Fact({"web": ("other",), "migrate": ("m",)}, "answer: flag")
    assert planned(finding(kind="cli", start=("x",))).values["processes"].value == {"app": ("x",)}


# -- what cannot be planned


def test_a_web_app_needs_a_port_and_a_start_and_the_flags_are_named() -> None:
    with pytest.raises(WrongUse) as caught:
        planned(finding(kind="web"))
    assert str(caught.value) == (
        "the project does not say its port and start;"
        " say it with --set port=8000, --set 'start=python main.py'"
    )


def test_a_worker_needs_no_port() -> None:
    assert [variable.name for variable in missing(finding(kind="worker"), VARIABLES, {})] == ["start"]


def test_what_nobody_calls_anything_needs_a_kind_first() -> None:
    assert [variable.name for variable in missing(finding(), VARIABLES, {})] == ["kind"]


def test_an_answer_fills_what_is_missing() -> None:
    assert planned(finding(kind="cli"), start=("x",)).values["start"].value == ("x",)


def test_an_open_question_names_candidates_and_flag() -> None:
    with pytest.raises(NothingFound, match=r"main is one of a\.py, b\.py \(--set main=a\.py\)"):
        planned(finding(Ambiguity("main", ("a.py", "b.py")), kind="cli"))


def test_a_process_that_starts_a_backing_service_is_that_service() -> None:
    """A Procfile for development has `redis: redis-server` beside the app."""
    commands = {"web": ("python", "main.py"), "redis": ("redis-server",), "worker": ("python", "work.py")}
    plan = planned(finding(**WEB, services=(Service("redis", "toy.txt:2"),), processes=commands))
    assert set(plan.values["processes"].value) == {"web", "worker"}
    assert set(planned(finding(**WEB, processes=commands)).values["processes"].value) == commands.keys()


def test_a_credential_in_the_repository_is_refused_with_its_place() -> None:
    warning = ProjectWarning("literal-secret", "a credential stands here: revoke it", ".toyrc:1")
    with pytest.raises(
        NothingFound, match=r"^\.toyrc:1: a credential stands here: revoke it \(literal-secret\)$"
    ):
        planned(finding(**WEB)._replace(refused=warning))


def test_a_library_is_nothing_to_run_and_the_flag_is_named() -> None:
    with pytest.raises(NothingFound, match=r"no app object, no script and no console command.*--kind web"):
        planned(finding(kind="library"))


def test_a_release_without_an_image_is_refused_with_its_place() -> None:
    with pytest.raises(NothingFound, match=r"no image for python 2\.7 \(toy\.txt:1\).*--set runtime"):
        planned(finding(**WEB, runtime=Runtime("2.7", None, None)))


# -- names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shop", "shop"),
        ("My Shop", "my-shop"),
        ("@acme/shop.api", "acme-shop-api"),
        ("shop__v2", "shop-v2"),
        ("Café", "cafe"),
        ("-x-", "x"),
        ("", "app"),
        ("店", "app"),
        ("$(rm -rf /)", "rm-rf"),
        ("a\nRUN evil", "a-run-evil"),
        ("a" * 62 + "-b", "a" * 62),
    ],
)
def test_a_name_becomes_one_that_an_image_can_have(text: str, name: str) -> None:
    assert image_name(text) == name


@given(st.text())
def test_any_name_does(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", image_name(text))
    assert image_name(image_name(text)) == image_name(text)


def test_a_plan_has_a_name_whatever_the_manifest_says() -> None:
    assert planned(finding(**WEB)).values["name"] == Fact("app", "default: nameless")
    assert planned(finding(**WEB, name="My Shop")).values["name"] == Fact("my-shop", "toy.txt:1")
