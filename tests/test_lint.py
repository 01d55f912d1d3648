"""Lint: what is wrong with a pack is found with its file and line, and what is right is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from example import ROOT
from packing import acme, write

from scaffold.cli import main
from scaffold.lint import RULES, lint


def problems(tmp_path: Path, **files: str) -> list[tuple[str, str, int | None]]:
    """Return rule, file and line of each problem of a pack with these FILES."""
    write(tmp_path / "acme", {**acme(), **files})
    return [(p.rule, p.path, p.line) for p in lint("acme", tmp_path)]


@pytest.fixture(autouse=True)
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCAFFOLD_CACHE", str(tmp_path / "cache"))


def toml(*lines: str) -> str:
    return "\n".join(('name = "acme"', 'version = "1"', *lines, ""))


def block(*lines: str) -> str:
    return "\n".join(('{% extends "parent" %}', "{% block labels %}", *lines, "{% endblock %}", ""))


AT = "acme/Dockerfile.j2"

CASES: dict[str, tuple[dict[str, str], tuple[str, int | None]]] = {
    "bad-pack": ({"pack.toml": toml("varaibles = 1")}, ("pack.toml", None)),
    "bad-template": ({"Dockerfile.j2": block("{% if %}")}, (AT, 3)),
    "unknown-block": ({"Dockerfile.j2": block().replace("labels", "lables")}, (AT, 2)),
    "extends-itself": ({"Dockerfile.j2": block().replace("parent", "Dockerfile.j2")}, (AT, 1)),
    "unscoped-block": (
        {
            "Dockerfile.j2": block(
                "{% for x in manifests %}", "{% block one %}{{ x | word }}{% endblock %}", "{% endfor %}"
            )
        },
        (AT, 4),
    ),
    "unknown-variable": ({"Dockerfile.j2": block("{{ tema | word }}")}, (AT, 3)),
    "unknown-template": ({"Dockerfile.j2": block('{% include "shared/nothing.j2" %}')}, (AT, 3)),
    "unused-file": ({"pyhton/Dockerfile.j2": ""}, ("acme/pyhton/Dockerfile.j2", None)),
    "unused-variable": (
        {"pack.toml": toml("[variables.team]", 'type = "string"', 'about = "x"')}, ("acme/pack.toml", 3)
    ),
    "unquoted": ({"Dockerfile.j2": block("{{ name }}")}, (AT, 3)),
    "mixed-quoting": ({"Dockerfile.j2": block('{{ ((name | word) ~ "x") | word }}')}, (AT, 3)),
    "skipped-layer": ({"Dockerfile.j2": block("{{ super.super() }}")}, (AT, 3)),
    "image-without-tag": (
        {"pack.toml": toml('images.python.base = "registry.example.com/x"')}, ("acme/pack.toml", 3)
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_what_it_is_for(tmp_path: Path, rule: str) -> None:
    files, (path, line) = CASES[rule]
    assert problems(tmp_path, **files) == [(rule, path, line)]


@pytest.mark.parametrize("name", ["acme", "registry/x:5000/y:1", "a@sha256:0"])
def test_a_tag_is_told_from_a_port(tmp_path: Path, name: str) -> None:
    found = problems(tmp_path, **{"pack.toml": toml(f'images.python.base = "{name}"')})
    assert bool(found) == (name == "acme")


def test_latest_is_no_version(tmp_path: Path) -> None:
    found = problems(tmp_path, **{"pack.toml": toml('images.services.redis = "redis:latest"')})
    assert found == [("image-without-tag", "acme/pack.toml", 3)]


def test_a_policy_is_read(tmp_path: Path) -> None:
    assert [p[:2] for p in problems(tmp_path, **{"policy.toml": "[rules.nothing]\n"})] == [
        ("bad-pack", "acme/policy.toml")
    ]


@pytest.mark.parametrize("parent", ["python/Dockerfile.j2", "Dockerfile.j2"])
def test_a_stacks_file_that_extends_itself_is_found(tmp_path: Path, parent: str) -> None:
    own = {"python/Dockerfile.j2": block().replace("parent", parent)}
    found = problems(tmp_path, **own, **{"Dockerfile.j2": block().replace("parent", "python/Dockerfile.j2")})
    assert "extends-itself" in [rule for rule, _, _ in found]


def test_what_is_extended_and_is_nowhere_is_found(tmp_path: Path) -> None:
    found = problems(tmp_path, **{"Dockerfile.j2": block().replace("parent", "python/nothing.j2")})
    assert ("unknown-template", AT, 1) in found


def test_what_is_written_and_is_nowhere_is_found(tmp_path: Path) -> None:
    own = {"pack.toml": toml("[outputs.Makefile]", 'template = "Makefile.j2"')}
    assert problems(tmp_path, **own) == [("unknown-template", "acme/pack.toml", 4)]
    stack = {"python/stack.toml": '[outputs.Makefile]\ntemplate = "nothing.j2"\n'}
    assert ("unknown-template", "acme/python/stack.toml", None) in problems(
        tmp_path, **{"pack.toml": toml()}, **stack
    )


def test_nothing_is_said_of_what_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path) == []
    text = block(
        "{% set greeting = 'hello ' ~ name %}", "{{ super() -}}",
        "LABEL a={{ greeting | word }} port={{ port }}",
        "{% for x in manifests %}# {{ x | comment }} {{ loop.index0 | plain }}", "{% endfor %}",
        "{{ m.labels(name, none, none, none) -}}",
    )  # fmt: skip
    assert problems(tmp_path, **{"Dockerfile.j2": text}) == []


@pytest.mark.parametrize("pack", sorted(path.name for path in (ROOT / "examples/packs").iterdir()))
def test_the_packs_that_we_ship_have_no_problems(pack: str) -> None:
    assert lint(str(ROOT / "examples/packs" / pack), ROOT) == ()


# -- the command


def test_errors_are_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "acme", {**acme(), "Dockerfile.j2": block().replace("labels", "lables")})
    assert main(["pack", "lint", "acme"]) == 1
    assert capsys.readouterr().out == (
        "error: acme/Dockerfile.j2:2: there is no block 'lables'; did you mean \"labels\"? (unknown-block)\n"
    )
    assert main(["pack", "lint", "acme", "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)["problems"]
    assert (told["rule"], told["path"], told["line"]) == ("unknown-block", "acme/Dockerfile.j2", 2)


def test_warnings_are_none(tmp_path: Path) -> None:
    write(tmp_path / "acme", {**acme(), "python/unused.j2": ""})
    assert main(["pack", "lint", "acme"]) == 0


def test_what_is_wrong_in_the_toml_is_one_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "acme", {"pack.toml": "name = \n"})
    assert main(["pack", "lint", "acme"]) == 1
    assert "pack.toml:1: is not TOML" in capsys.readouterr().out
