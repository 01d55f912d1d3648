"""The catalogue: dated, sourced, and the only place that names a tag or a version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import tomli
from example import ROOT

from scaffold.catalogue import (
    codenames,
    default_release,
    has_distroless,
    has_image,
    image,
    npm_of,
    releases,
    tool,
    tools,
    updated,
)

CATALOGUE = tomli.loads((ROOT / "scaffold/catalogue.toml").read_text("utf-8"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.j2"))


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every row that must say where it is published."""
    yield from CATALOGUE["images"].items()
    yield from CATALOGUE["tools"].items()
    for stack in ("go", "node", "python"):
        yield from ((f"{stack} {row['version']}", row) for row in CATALOGUE[stack]["releases"])


def test_it_says_its_day() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", updated())


@pytest.mark.parametrize(
    ("name", "row"), list(rows()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_row_has_a_public_page_as_its_source(name: str, row: dict[str, Any]) -> None:
    assert re.match(r"https://\S+$", row["source"]), name


@pytest.mark.parametrize("name", sorted(CATALOGUE["images"]))
def test_every_image_has_a_tag_that_is_no_moving_word(name: str) -> None:
    _, colon, tag = CATALOGUE["images"][name]["ref"].rpartition(":")
    assert colon
    assert tag not in {"latest", "stable", "slim"}


def test_releases_are_newest_first_and_know_which_have_ended() -> None:
    found = releases("python")
    assert [r.version for r in found] == sorted((r.version for r in found), key=numbers, reverse=True)
    assert [r.version for r in found if r.ended] == ["3.10", "3.9", "3.8", "3.7"]


def test_the_releases_of_node_are_newest_first_and_know_which_have_ended() -> None:
    found = releases("node")
    assert [r.version for r in found] == sorted((r.version for r in found), key=numbers, reverse=True)
    assert [r.version for r in found if not r.ended] == ["26", "24", "22"]


def test_the_releases_of_go_are_newest_first_and_two_of_them_live() -> None:
    found = releases("go")
    assert [r.version for r in found] == sorted((r.version for r in found), key=numbers, reverse=True)
    assert [r.version for r in found if not r.ended] == ["1.27", "1.26"]


@pytest.mark.parametrize("name", ["air", "delve"])
def test_a_tool_of_go_compiles_with_every_release(name: str) -> None:
    for release in releases("go"):
        chosen = next(t for t in tools(name) if t.version == tool(name, release.version))
        assert chosen.runs_on(release.version)


def test_a_release_of_node_has_the_npm_that_its_image_brings_and_may_have_a_distroless_one() -> None:
    assert (npm_of("14"), npm_of("24"), npm_of("7")) == ("6", "11", None)
    assert (has_distroless("24"), has_distroless("20")) == (True, False)


def test_long_term_support_has_names() -> None:
    assert (codenames()["iron"], codenames()["jod"]) == ("20", "22")


@pytest.mark.parametrize("stack", ["go", "node", "python"])
def test_the_default_is_a_release_that_lives(stack: str) -> None:
    assert default_release(stack) in {r.version for r in releases(stack) if not r.ended}


def test_a_release_has_the_newest_suite_that_it_was_published_for() -> None:
    assert {r.version: r.suite for r in releases("python")}["3.8"] == "bookworm"
    assert {r.version: r.suite for r in releases("python")}["3.9"] == "trixie"


def test_an_image_takes_its_parts() -> None:
    assert image("python", version="3.12", suite="trixie") == "python:3.12-slim-trixie"
    assert image("postgres").startswith("postgres:")


def test_what_nobody_publishes_has_no_image() -> None:
    assert not has_image("minio")
    with pytest.raises(LookupError, match="minio"):
        image("minio")


@pytest.mark.parametrize("name", sorted(CATALOGUE["tools"]))
def test_versions_of_a_tool_are_newest_first_and_so_are_the_pythons_they_need(name: str) -> None:
    listed = CATALOGUE["tools"][name]["versions"]
    # of Node's tools a later line may run on an older release again: pnpm 12 is a binary of its own
    for part in ("version",) if "node" in listed[0] else ("version", *{"python", "go"} & listed[0].keys()):
        assert listed == sorted(listed, key=lambda row: numbers(row[part]), reverse=True)


def test_a_tool_of_node_is_the_newest_that_runs_on_the_release() -> None:
    assert tool("pnpm", "24") == tool("pnpm")
    assert numbers(tool("pnpm", "16"))[0] == 8
    assert {row.lock for row in tools("@yarnpkg/cli-dist")} >= {"6", "8", "9", "10"}


def test_a_tool_is_the_newest_that_runs_on_the_python() -> None:
    assert numbers(tool("gunicorn", "3.9")) < numbers(tool("gunicorn", "3.10"))
    assert tool("gunicorn", "3.14") == tool("gunicorn")


def test_a_python_older_than_all_gets_the_oldest() -> None:
    assert tool("poetry", "3.6") == CATALOGUE["tools"]["poetry"]["versions"][-1]["version"]


def test_a_tool_that_is_not_listed_is_an_error() -> None:
    with pytest.raises(LookupError, match="left-pad"):
        tool("left-pad")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_names_a_tag_or_a_version_itself(path: Any) -> None:
    text = path.read_text("utf-8")
    images = re.findall(r"^ *(?:FROM|image:) +(?:--platform=\S+ +)?(\S+)", text, re.MULTILINE)
    stages = set(re.findall(r" AS (\w+)", text))
    assert [i for i in images if i not in stages and not i.startswith(("{{", "${IMAGE"))] == []
    assert re.findall(r"==(?! ?\{\{| ?\"| ?start)\S+|@v?\d\S*", text) == []
