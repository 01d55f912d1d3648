"""Which release of Node.js a project is built with, and why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nodepackages import manifest, runtime

from scaffold.catalogue import default_release, releases
from scaffold.model import Runtime

DEFAULT = default_release("node")
NEWEST = next(row.version for row in releases("node") if not row.ended)


def test_a_project_that_states_nothing_gets_the_default() -> None:
    assert runtime(manifest()) == (Runtime(DEFAULT, None, DEFAULT), "default: node", [])


@pytest.mark.parametrize(
    ("files", "version", "source"),
    [
        ({".nvmrc": "v22.11.0\n"}, "22.11.0", ".nvmrc:1"),
        ({".nvmrc": "22"}, "22", ".nvmrc:1"),
        ({".nvmrc": "# why\nlts/jod\n"}, "22", ".nvmrc:2"),
        ({".nvmrc": "lts/*"}, DEFAULT, ".nvmrc:1"),
        ({".nvmrc": "node"}, NEWEST, ".nvmrc:1"),
        ({".node-version": "22.1\r\n"}, "22.1", ".node-version:1"),
        ({".tool-versions": "python 3.12\nnodejs 22.4.1 20.1.0\n"}, "22.4.1", ".tool-versions:2"),
        ({"mise.toml": '[tools]\nnode = "22"\n'}, "22", "mise.toml:2"),
        ({".mise.toml": '[tools]\nnode = { version = "lts" }\n'}, DEFAULT, ".mise.toml:2"),
        ({".npmrc": "use-node-version=22.2.0\n"}, "22.2.0", ".npmrc:1"),
        ({"pnpm-workspace.yaml": "useNodeVersion: 22.3.0\n"}, "22.3.0", "pnpm-workspace.yaml:1"),
        (manifest(volta={"node": "22.5.1"}), "22.5.1", "package.json:7"),
        (manifest(engines={"node": "22.x"}), "22", "package.json:7"),
        (manifest(engines={"node": "22.19.0"}), "22.19.0", "package.json:7"),
        (manifest(devEngines={"runtime": {"name": "node", "version": "22"}}), "22", "package.json:7"),
        ({".nvmrc": "22", ".node-version": "24"}, "22", ".nvmrc:1"),
        ({".nvmrc": "22", **manifest(engines={"node": ">=20"})}, "22", ".nvmrc:1"),
    ],
)
def test_a_version_is_taken_as_it_is_stated(files: dict[str, str], version: str, source: str) -> None:
    found, place, said = runtime({**manifest(), **files})
    assert (found.version, found.image, place, said) == (version, version.split(".")[0], source, [])


@pytest.mark.parametrize(
    ("text", "image"),
    [
        (">=18", DEFAULT), (">= 18.17.0", DEFAULT), ("*", DEFAULT), (">=18 <23", "22"), ("^22.11.0", "22"),
        ("18 || 20 || 22", "22"), ("<=22", "22"), (">=26", "26"), ("^22 || ^24 || ^26", DEFAULT),
        ("22 - 26", DEFAULT),
    ],
)  # fmt: skip
def test_a_range_gets_the_default_or_the_newest_that_lives(text: str, image: str) -> None:
    found, _, said = runtime(manifest(engines={"node": text}))
    assert (found.version, found.image, said) == (image, image, [])


def test_a_range_is_kept_as_it_is_written() -> None:
    assert runtime(manifest(engines={"node": ">= 18.17.0"}))[0].constraint == ">= 18.17.0"


@pytest.mark.parametrize(
    ("text", "image"), [("18 || 20", "20"), (">=18 <20", "18"), ("^16", "16"), ("14.x", "14")]
)
def test_a_release_that_has_ended_is_said(text: str, image: str) -> None:
    found, _, said = runtime(manifest(engines={"node": text}))
    assert (found.image, said) == (image, ["end-of-life"])


def test_a_release_without_an_image_is_said() -> None:
    found, _, said = runtime({**manifest(), ".nvmrc": "0.12"})
    assert (found.version, found.image, said) == ("0.12", None, ["unsupported-runtime"])


def test_a_range_that_nothing_is_in_is_said() -> None:
    assert runtime(manifest(engines={"node": ">=99"}))[2] == ["unsupported-runtime"]


def test_what_is_no_version_is_said_and_the_next_file_is_asked() -> None:
    found, place, said = runtime({**manifest(), ".nvmrc": "some_version", ".node-version": "22"})
    assert (found.image, place, said) == ("22", ".node-version:1", ["unparsable"])


def test_a_pin_that_engines_forbid_is_built_with_and_said() -> None:
    found, place, said = runtime({**manifest(engines={"node": "22"}), ".nvmrc": "24"})
    assert (found.image, place, said) == ("24", ".nvmrc:1", ["runtime-disagrees"])


def test_a_pin_that_engines_allow_is_not_said() -> None:
    assert runtime({**manifest(engines={"node": "^22.11.0"}), ".nvmrc": "22"})[2] == []


def test_an_answer_comes_first() -> None:
    found, place, said = runtime({**manifest(engines={"node": "22"}), ".nvmrc": "22"}, runtime="26")
    assert (found.image, place, said) == ("26", "answer: flag", [])


def test_an_image_that_somebody_wrote_before_is_a_hint() -> None:
    files = {**manifest(), "Dockerfile": "FROM node:22-alpine\n"}
    assert runtime(files)[:2] == (Runtime("22", None, "22"), "Dockerfile:1")
    assert runtime({**files, **manifest(engines={"node": ">=24"})})[0].image == DEFAULT


def test_a_package_that_fails_on_newer_releases_holds_the_default_back() -> None:
    found, place, _ = runtime(manifest(devDependencies={"node-sass": "^7.0.1"}))
    assert (found.image, place) == (
        "16",
        "package.json:7: node-sass 7 does not work on Node.js 18 or later",
    )


def test_a_locked_version_decides_what_a_package_works_on() -> None:
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/node-sass": {"version": "9.0.0"}}}
    files = {**manifest(devDependencies={"node-sass": ">=4"}), "package-lock.json": json.dumps(lock)}
    assert runtime(files)[0].image == "20"


def test_a_release_that_is_stated_stays_though_a_package_may_fail() -> None:
    files = {**manifest(devDependencies={"node-sass": "^7.0.1"}), ".nvmrc": "22"}
    found, _, said = runtime(files)
    assert (found.image, said) == ("22", ["old-pin"])


@given(st.text(max_size=40))
def test_no_text_is_too_odd_for_a_version(text: str) -> None:
    assert runtime({**manifest(engines={"node": text}), ".nvmrc": text})[1]
