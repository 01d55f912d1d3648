"""Reports: tables that fit the screen, and nothing in them that a terminal would act on."""

from __future__ import annotations

import ast
import io
import json
import re

import pytest
from example import ROOT

from scaffold.detect import Detection
from scaffold.model import (
    BuildSecret,
    EnvironmentVariable,
    Fact,
    Finding,
    Health,
    Plan,
    ProjectWarning,
    Runtime,
    Service,
    Value,
    Writable,
)
from scaffold.report import (
    Style,
    as_json,
    detection_as_json,
    say,
    style_of,
    table,
    tell_app,
    tell_detection,
    tell_next,
    tell_placeholders,
)

#: The constants of what the detectors set, and with them what they set where nobody knows a value.
PLACEHOLDERS_OF = {
    ast.unparse(node.targets[0]): node.value.value
    for node in ast.parse((ROOT / "detectors" / "environment.py").read_text("utf-8")).body
    if isinstance(node, ast.Assign)
    and isinstance(node.value, ast.Constant)
    and isinstance(node.value.value, str)
}

ROWS = [
    ("start", "gunicorn -k asgi --bind 0.0.0.0:8000 --workers 4 shop.main:app", "shop/main.py:12"),
    ("port", "1", "x"),
]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


# -- tables


@pytest.mark.parametrize("width", [60, 72, 80, 120])
def test_a_table_is_no_wider_than_the_screen(width: int) -> None:
    lines = table(ROWS, Style(width)).splitlines()
    assert max(map(len, lines)) <= width
    assert "".join(" ".join(lines).split()).count("shop.main:app") == 1


def test_a_narrow_screen_has_each_source_on_a_line_of_its_own() -> None:
    assert "  port   1\n         x\n" in table(ROWS, Style(40))


def test_a_program_that_reads_a_table_gets_every_value_on_one_line() -> None:
    assert len(table(ROWS, Style()).splitlines()) == 2


def test_columns_are_aligned() -> None:
    first, second = table([("a", "1", "x"), ("bcd", "22", "y")], Style()).splitlines()
    assert first.index("x") == second.index("y")


def test_an_empty_table_is_nothing() -> None:
    assert table([], Style(80)) == ""


def test_what_a_terminal_would_act_on_is_shown_as_text() -> None:
    shown = table([("name", "\x1b]0;owned\x07\nRUN evil\u202e", "\x1b[2J")], Style(80))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert len(shown.splitlines()) == 1


# -- screens


def test_a_pipe_has_neither_width_nor_colour() -> None:
    assert style_of(io.StringIO(), {}) == Style(None, False)
    assert style_of(None, {}) == Style(None, False)


@pytest.mark.parametrize(
    ("environment", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(environment: dict[str, str], colour: bool) -> None:
    assert style_of(Screen(), environment).colour is colour


# -- values


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (8000, "8000"),
        (("python", "my app.py"), "python 'my app.py'"),
        (Runtime("3.13", None, "3.13"), "3.13"),
        (Runtime("3.12.4", ">=3.12", "3.12"), "3.12.4 (from >=3.12)"),
        (Runtime("3.7", None, "3.9"), "3.7, built with 3.9"),
        (Runtime("2.7", None, None), "2.7, no image"),
        (Health("/healthz"), "GET /healthz"),
        (Health(None), "TCP connect"),
        (Service("postgres", "x"), "postgres"),
        (EnvironmentVariable("KEY", True, "x"), "KEY (required)"),
        (Writable("/app/media", "x"), "/app/media"),
        (BuildSecret("TOKEN", "x"), "TOKEN"),
    ],
)
def test_a_value_is_said_as_a_person_would(value: Value, said: str) -> None:
    assert say(value) == said


def test_items_with_sources_have_a_row_each() -> None:
    services = (Service("postgres", "a.py:1"), Service("redis", "b.py:2"))
    shown = tell_app(Finding("python", "x", {"services": Fact(services, "settings")}), Style())
    assert [line.split() for line in shown.splitlines()[2:]] == [
        ["services", "postgres", "a.py:1"],
        ["redis", "b.py:2"],
    ]


def test_the_main_process_is_shown_once_as_the_start_command() -> None:
    facts = {
        "start": Fact(("gunicorn", "shop:app"), "x"),
        "processes": Fact({"web": ("gunicorn", "shop:app"), "migrate": ("migrate",)}, "x"),
    }
    shown = tell_app(Finding("python", "x", facts), Style())
    assert shown.count("gunicorn shop:app") == 1
    assert "migrate: migrate" in shown
    alone = {**facts, "processes": Fact({"web": ("gunicorn", "shop:app")}, "x")}
    assert "processes" not in tell_app(Finding("python", "x", alone), Style())


def test_a_library_has_no_final_stage() -> None:
    facts = {"kind": Fact("library", "x"), "final": Fact("slim", "x")}
    assert "final stage" not in tell_app(Finding("python", "x", facts), Style())
    assert "final stage" in tell_app(Finding("python", "x", {**facts, "kind": Fact("cli", "x")}), Style())


def test_an_empty_fact_is_not_shown() -> None:
    assert "services" not in tell_app(Finding("python", "x", {"services": Fact((), "nowhere")}), Style())


def test_nouns_become_json() -> None:
    value = {"a": (Health("/"), {"b", "a"}), "r": Runtime("3", None, None)}
    told = as_json(value)
    assert json.loads(json.dumps(told)) == told
    assert told["a"] == [{"path": "/"}, ["a", "b"]]


def test_detect_says_what_programs_ask_for() -> None:
    facts = {
        "kind": Fact("web", "x"),
        "runtime": Fact(Runtime("3.12.4", ">=3.12", "3.12"), "pyproject.toml:6"),
        "services": Fact((Service("postgres", "a.py:1"),), "x"),
        "environment": Fact((EnvironmentVariable("KEY", True, "a.py:2", secret=True),), "x"),
        "processes": Fact({"web": ("python", "x.py")}, "x"),
        "start": Fact(("python", "x.py"), "x"),
    }
    warning = ProjectWarning("end-of-life", "is old", "runtime.txt:1")
    told = detection_as_json(Detection((Finding("python", "x", facts),), (warning,)))
    app = told["apps"][0]
    assert app["runtime"] == {
        "version": "3.12.4",
        "constraint": ">=3.12",
        "image": "3.12",
        "source": "pyproject.toml:6",
    }
    assert app["services"] == ["postgres"]
    assert app["environment"] == [{"name": "KEY", "required": True, "source": "a.py:2"}]
    assert app["processes"] == {"web": ["python", "x.py"]}
    assert app["start"] == ["python", "x.py"]
    assert told["warnings"] == [{"code": "end-of-life", "message": "is old", "source": "runtime.txt:1"}]
    assert "warning: runtime.txt:1: is old (end-of-life)" in tell_detection(
        Detection((), (warning,)), Style()
    )


# -- what comes next


def plan(**values: Value) -> Plan:
    return Plan("python", ".", {key: Fact(value, "x") for key, value in {"name": "shop", **values}.items()})


def test_the_next_step_is_compose_with_the_address() -> None:
    told = tell_next(plan(kind="web", port=9000), ["Dockerfile", "compose.yaml", "compose.dev.yaml"], ".")
    assert "docker compose up --build" in told
    assert "http://127.0.0.1:9000" in told
    assert re.search("up --build --watch +with hot reload and a debugger\n", told)
    assert "cd " not in told
    assert "production" not in told


def test_a_worker_is_not_said_to_have_a_debuggers_port() -> None:
    told = tell_next(plan(kind="worker"), ["compose.yaml", "compose.dev.yaml"], ".")
    assert re.search("up --build --watch +with reload\n", told)
    assert "debugger" not in told


def test_production_has_its_line_and_the_file_that_it_reads() -> None:
    files = ["compose.yaml", "compose.prod.yaml"]
    told = tell_next(plan(kind="web", port=1), files, ".")
    assert re.search("-f compose.prod.yaml up --detach --wait +in production\n", told)
    variable = EnvironmentVariable("KEY", True, "a.py:1")
    told = tell_next(plan(kind="web", port=1, environment=(variable,)), files, ".")
    assert "in production, with production.env beside it" in told


def test_without_compose_the_next_step_is_docker() -> None:
    told = tell_next(plan(port=9000), ["Dockerfile"], "my app")
    assert "docker run --rm --init -p 127.0.0.1:9000:9000 shop" in told
    assert "cd 'my app'" in told


def test_what_the_code_needs_is_named_with_what_it_has_for_now() -> None:
    known = EnvironmentVariable("DATABASE_URL", True, "a.py:1", value="postgres://…")
    token = EnvironmentVariable("TOKEN", True, "bot.py:3", value=PLACEHOLDERS_OF["SECRET"], secret=True)
    optional = EnvironmentVariable("DEBUG", False, "a.py:2")
    unknown = EnvironmentVariable("STRIPE_KEY", True, "a.py:3", secret=True)
    told = tell_placeholders(plan(environment=(known, optional, unknown, token)), Style())
    assert told.startswith("to set: ")
    assert [" ".join(line.split()) for line in told.splitlines()[1:]] == [
        "DATABASE_URL a local value a.py:1",
        "STRIPE_KEY a placeholder a.py:3",
        "TOKEN a placeholder bot.py:3",
    ]
    assert tell_placeholders(plan(environment=(optional,)), Style()) == ""
    assert tell_placeholders(plan(), Style()) == ""


@pytest.mark.parametrize("name", ["SECRET", "FERNET_KEY", "PLACEHOLDER"])
def test_every_placeholder_is_known_as_one(name: str) -> None:
    variable = EnvironmentVariable("KEY", True, "a.py:1", value=PLACEHOLDERS_OF[name])
    assert "a placeholder" in tell_placeholders(plan(environment=(variable,)), Style())
