"""Which release of Go a project is built with, and why."""

from __future__ import annotations

import pytest
from goapps import SERVER, find, module, warnings

from scaffold.catalogue import default_release, releases
from scaffold.model import Fact, Runtime

DEFAULT = default_release("go")
LIVING = [row.version for row in releases("go") if not row.ended]
ENDED = [row.version for row in releases("go") if row.ended]


def fact(files: dict[str, str], **answers: object) -> Fact:
    return find({"main.go": SERVER, **files}, **answers).facts["runtime"]


def test_a_project_that_states_nothing_gets_the_default() -> None:
    assert fact({"go.mod": "module example.com/a\n"}) == Fact(Runtime(DEFAULT, None, DEFAULT), "default: go")


@pytest.mark.parametrize("line", ["1.11", "1.18", "1.21.0", f"{LIVING[-1]}.1", DEFAULT])
def test_a_go_line_is_the_least_and_the_default_compiles_it(line: str) -> None:
    assert fact({"go.mod": module(go=line)}) == Fact(Runtime(line, None, DEFAULT), "go.mod:3")


def test_the_newest_that_is_asked_for_is_taken_where_the_default_is_older() -> None:
    newest = max(LIVING, key=lambda one: tuple(map(int, one.split("."))))
    assert fact({"go.mod": module(go=f"{newest}.0")}).value.image == newest


def test_of_modules_that_are_built_together_the_highest_line_counts() -> None:
    files = {
        "go.work": "go 1.22\nuse (\n\t./api\n\t./shared\n)\n",
        "api/go.mod": module("example.com/api", "1.23"),
        "api/main.go": SERVER,
        "shared/go.mod": module("example.com/shared", "1.24.1"),
        "shared/a.go": "package shared\n",
    }
    found = find({**files, "go.mod": ""}).facts["runtime"]
    assert found == Fact(Runtime("1.24.1", None, DEFAULT), "shared/go.mod:3")


@pytest.mark.parametrize(
    ("files", "source"),
    [
        ({".go-version": f"{LIVING[-1]}.2\n"}, ".go-version:1"),
        ({".tool-versions": f"nodejs 22\ngolang {LIVING[-1]}.2\n"}, ".tool-versions:2"),
        ({"mise.toml": f'[tools]\ngo = "{LIVING[-1]}.2"\n'}, "mise.toml:2"),
        ({"go.mod": module("example.com/a", "1.20", f"toolchain go{LIVING[-1]}.2")}, "go.mod:4"),
    ],
)
def test_a_pin_of_a_release_that_lives_is_what_it_is_built_with(files: dict[str, str], source: str) -> None:
    least = ">=1.20" if "go.mod" in files else ">=1.26"
    assert fact(files) == Fact(Runtime(f"{LIVING[-1]}.2", least, LIVING[-1]), source)


def test_a_pin_comes_before_the_toolchain_line() -> None:
    files = {
        ".go-version": f"go{LIVING[-1]}\n",
        "go.mod": module("example.com/a", "1.20", f"toolchain go{LIVING[0]}.1"),
    }
    assert fact(files).source == ".go-version:1"


def test_a_pin_of_a_release_that_ended_is_built_with_one_that_lives_and_said() -> None:
    files = {"main.go": SERVER, ".go-version": f"{ENDED[0]}.3\n", "go.mod": module(go="1.18")}
    assert fact(files).value == Runtime(f"{ENDED[0]}.3", ">=1.18", DEFAULT)
    assert warnings(files)["end-of-life"].source == ".go-version:1"


def test_an_old_toolchain_line_is_no_warning() -> None:
    files = {"main.go": SERVER, "go.mod": module("example.com/a", "1.21", f"toolchain go{ENDED[0]}.4")}
    assert fact(files).value.image == DEFAULT
    assert warnings(files) == {}


def test_a_pin_below_the_go_line_loses() -> None:
    files = {"main.go": SERVER, ".go-version": "1.20\n", "go.mod": module(go="1.22")}
    assert fact(files) == Fact(Runtime("1.22", None, DEFAULT), "go.mod:3")
    assert warnings(files)["runtime-disagrees"].source == ".go-version:1"


def test_a_release_newer_than_all_images_is_fetched_by_go_itself() -> None:
    files = {"main.go": SERVER, "go.mod": module(go="1.99.0")}
    found = find(files)
    assert found.facts["runtime"].value == Runtime("1.99.0", None, LIVING[0])
    assert found.facts["build_environment"] == Fact({"GOTOOLCHAIN": "auto"}, "go.mod:3")
    assert "GOTOOLCHAIN=auto" in warnings(files)["unsupported-runtime"].message


def test_a_newer_pin_fetches_nothing_where_the_go_line_does_not_ask_for_it() -> None:
    files = {"main.go": SERVER, ".go-version": "1.99\n", "go.mod": module(go="1.20")}
    found = find(files)
    assert found.facts["runtime"].value == Runtime("1.99", ">=1.20", LIVING[0])
    assert "build_environment" not in found.facts
    assert "unsupported-runtime" in warnings(files)


def test_what_other_platforms_are_told_counts_where_nothing_else_does() -> None:
    files = {"go.mod": "module example.com/a\n", "Dockerfile": "FROM golang:1.21-alpine\n"}
    assert fact(files) == Fact(Runtime("1.21", None, DEFAULT), "Dockerfile:1")


def test_an_answer_is_taken_as_it_is() -> None:
    assert fact({}, runtime=LIVING[-1]) == Fact(Runtime(LIVING[-1], ">=1.26", LIVING[-1]), "answer: flag")
    assert fact({}, runtime="1.4").value.image is None
    assert fact({}, runtime="newest").value.image is None


@pytest.mark.parametrize("text", ["latest", "stable", ""])
def test_words_for_the_newest_say_nothing(text: str) -> None:
    assert fact({".go-version": f"{text}\n"}).source == "go.mod:3"
