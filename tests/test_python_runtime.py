"""Which release of Python a project is built with, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.catalogue import default_release, releases
from scaffold.model import Fact, ProjectWarning, Runtime
from scaffold.reading.tree import Tree

if TYPE_CHECKING:  # in the repository, where checkers read, detectors/ is beside the package
    from detectors.python.packages.project import read_project
    from detectors.python.packages.wheels import has_wheel
    from detectors.python.runtime import find_runtime
else:
    from scaffold.detectors.python.packages.project import read_project
    from scaffold.detectors.python.packages.wheels import has_wheel
    from scaffold.detectors.python.runtime import find_runtime

DEFAULT = default_release("python")
LIVING = [row.version for row in releases("python") if not row.ended]


def find(files: dict[str, str], **answers: str) -> tuple[Fact, tuple[ProjectWarning, ...]]:
    tree = Tree({"main.py": "", **files})
    said = {key: Fact(value, "answer: flag") for key, value in answers.items()}
    project = read_project(tree, said)
    assert project is not None
    return find_runtime(tree, project, said)


def runtime(files: dict[str, str], **answers: str) -> Runtime:
    value = find(files, **answers)[0].value
    assert isinstance(value, Runtime)
    return value


def manifest(constraint: str) -> dict[str, str]:
    return {"pyproject.toml": f'[project]\nname = "shop"\nrequires-python = "{constraint}"\n'}


# -- what is stated


def test_a_project_that_states_nothing_gets_the_default() -> None:
    assert find({}) == (Fact(Runtime(DEFAULT, None, DEFAULT), "default: python"), ())


@pytest.mark.parametrize(
    ("files", "version", "image", "source"),
    [
        ({".python-version": "3.12\n"}, "3.12", "3.12", ".python-version:1"),
        ({".python-version": "# why\n\n3.12.4\n3.11\n"}, "3.12.4", "3.12", ".python-version:3"),
        ({".python-version": "3.12.4\r\n"}, "3.12.4", "3.12", ".python-version:1"),
        ({".python-version": "cpython-3.12\n"}, "3.12", "3.12", ".python-version:1"),
        ({".python-version": "3.13-dev"}, "3.13", "3.13", ".python-version:1"),
        ({".python-version": "3.13t"}, "3.13", "3.13", ".python-version:1"),
        ({"runtime.txt": "python-3.11.4"}, "3.11.4", "3.11", "runtime.txt:1"),
        ({"runtime.txt": "python-3.12.x"}, "3.12", "3.12", "runtime.txt:1"),
        ({".tool-versions": "nodejs 22\npython 3.12.3 3.11\n"}, "3.12.3", "3.12", ".tool-versions:2"),
        ({"mise.toml": '[tools]\npython = "3.12"\n'}, "3.12", "3.12", "mise.toml:2"),
        ({".mise.toml": '[tools]\npython = ["3.12", "3.11"]\n'}, "3.12", "3.12", ".mise.toml:2"),
        ({"mise.toml": '[tools]\npython = {version = "3.12"}\n'}, "3.12", "3.12", "mise.toml:2"),
        ({"Pipfile": '[requires]\npython_version = "3.12"\n'}, "3.12", "3.12", "Pipfile:2"),
        (
            {"Pipfile": '[requires]\npython_full_version = "3.12.4"\npython_version = "3.12"\n'},
            "3.12.4",
            "3.12",
            "Pipfile:2",
        ),
        ({"Dockerfile": "FROM python:3.12-slim\n"}, "3.12", "3.12", "Dockerfile:1"),
    ],
)
def test_a_version_that_a_file_states_is_taken(
    files: dict[str, str], version: str, image: str, source: str
) -> None:
    fact, warnings = find(files)
    assert fact == Fact(Runtime(version, None, image), source)
    assert warnings == ()


@pytest.mark.parametrize(("text", "image"), [("3", DEFAULT), (">=3.11,<3.13", "3.12"), ("==3.12.*", "3.12")])
def test_a_file_may_state_a_constraint(text: str, image: str) -> None:
    assert runtime({".python-version": text}).image == image


def test_the_strongest_file_wins() -> None:
    files = {".python-version": "3.13", "runtime.txt": "python-3.12", ".tool-versions": "python 3.11"}
    assert runtime({**files, "Dockerfile": "FROM python:3.11"}).image == "3.13"


def test_an_answer_comes_first() -> None:
    fact, _ = find({".python-version": "3.13", **manifest(">=3.13")}, runtime="3.12")
    assert (fact.value.image, fact.source) == ("3.12", "answer: flag")


@pytest.mark.parametrize("text", ["pypy3.9-7.3.9", "miniconda3-latest", "anaconda3-2023.03"])
def test_another_python_is_said_and_the_next_statement_taken(text: str) -> None:
    fact, warnings = find({".python-version": text, "runtime.txt": "python-3.12"})
    assert fact.value.image == "3.12"
    assert [w.code for w in warnings] == ["unsupported-runtime"]


@pytest.mark.parametrize(
    "text", ["latest", "system", "three", ">=", "$(id)", "3.12; rm -rf /", "3.12\x1b[31m"]
)
def test_what_is_no_version_is_never_pasted(text: str) -> None:
    """Field failure: a version like `>=` pasted into an image's tag."""
    fact, warnings = find({".python-version": text})
    assert fact.value.image == DEFAULT
    assert "\x1b" not in repr(warnings).replace("\\x1b", "")


# -- constraints


@pytest.mark.parametrize(
    ("constraint", "image"),
    [
        (">=3.8", DEFAULT),
        ("~=3.11.2", "3.11"),
        (">=3.9,<3.13", "3.12"),
        ("==3.12.4", "3.12"),
        (">=3.12.4", DEFAULT),
        ("<3.13", "3.12"),
        ("==3.15.*", "3.15"),
    ],
)
def test_the_newest_release_inside_the_constraint_is_taken(constraint: str, image: str) -> None:
    fact, warnings = find(manifest(constraint))
    assert (fact.value.image, fact.value.constraint, warnings) == (image, constraint, ())
    assert fact.source == "pyproject.toml:3"


@pytest.mark.parametrize(
    ("constraint", "image"), [("^3.8", DEFAULT), ("~3.12", "3.12"), ("*", DEFAULT), ("3.11 || 3.12", "3.12")]
)
def test_constraints_of_poetry_are_understood(constraint: str, image: str) -> None:
    text = f'[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "{constraint}"\n'
    assert runtime({"pyproject.toml": text}).image == image


def test_only_an_ended_release_fits_and_that_is_said_with_the_date() -> None:
    fact, warnings = find(manifest(">=3.8,<3.10"))
    assert fact.value.image == "3.9"
    assert [(w.code, w.source) for w in warnings] == [("end-of-life", "pyproject.toml:3")]
    assert "2025-10-31" in warnings[0].message


def test_an_ended_release_that_is_stated_is_taken_and_said() -> None:
    fact, warnings = find({"runtime.txt": "python-3.9.2"})
    assert fact.value == Runtime("3.9.2", None, "3.9")
    assert [w.code for w in warnings] == ["end-of-life"]


@pytest.mark.parametrize(
    "files",
    [
        {".python-version": "2.7"},
        {"runtime.txt": "python-3.6.5"},
        manifest("<3.7"),
        {".python-version": "3.99"},
    ],
)
def test_a_release_without_an_image_is_said(files: dict[str, str]) -> None:
    fact, warnings = find(files)
    assert fact.value.image is None
    assert [w.code for w in warnings] == ["unsupported-runtime"]


def test_a_version_that_the_manifest_forbids_is_said_and_what_it_allows_is_built() -> None:
    """Field failure: `requires-python` that is not the image's version: uv refuses with downloads off."""
    fact, warnings = find({".python-version": "3.9\n", **manifest(">=3.11")})
    assert fact == Fact(Runtime("3.9", ">=3.11", DEFAULT), ".python-version:1")
    assert [w.code for w in warnings] == ["runtime-disagrees"]


def test_a_version_that_the_manifest_allows_keeps_its_constraint() -> None:
    assert runtime({".python-version": "3.12", **manifest(">=3.11")}) == Runtime("3.12", ">=3.11", "3.12")


def test_a_hint_is_weaker_than_a_constraint() -> None:
    assert runtime({"Dockerfile": "FROM python:3.11", **manifest(">=3.12")}).image == DEFAULT


# -- pins


@pytest.mark.parametrize(
    ("pin", "image"),
    [
        ("psycopg2-binary==2.9.9", "3.12"),
        ("psycopg2-binary==2.9.10", "3.13"),
        ("psycopg2-binary", DEFAULT),
        ("psycopg2-binary<2.9.10", "3.12"),
        ("psycopg2-binary~=2.9.0", DEFAULT),
        ("numpy>=1.20,<2", "3.12"),
        ("django==4.2.16", "3.12"),
        ("django<5", "3.12"),
        ("django==5.1.4", "3.13"),
        ("tensorflow", "3.13"),
        ("some-pure-package==1.0", DEFAULT),
    ],
)
def test_a_pin_without_a_wheel_lowers_the_default(pin: str, image: str) -> None:
    fact, _ = find({"requirements.txt": f"# pinned\n{pin}\n"})
    assert fact.value.image == image
    assert fact.source.startswith("default: python" if image == DEFAULT else "requirements.txt:2: ")


def test_the_source_names_the_pin() -> None:
    fact, _ = find({"requirements.txt": "flask\n\npsycopg2-binary==2.9.9\n"})
    assert fact.source == "requirements.txt:3: psycopg2-binary 2.9.9 has no wheel for 3.13"


def test_the_oldest_pin_decides() -> None:
    fact, _ = find({"requirements.txt": "psycopg2-binary==2.9.9\nnumpy==1.24.3\n"})
    assert fact.value.image == "3.11"
    assert "numpy" in fact.source


def test_a_pin_older_than_all_that_is_maintained_is_said() -> None:
    fact, warnings = find({"requirements.txt": "numpy==1.21.6\n"})
    assert fact.value.image == LIVING[-1]
    assert [(w.code, w.source) for w in warnings] == [("old-pin", "requirements.txt:1")]


def test_a_marker_that_does_not_hold_is_no_pin() -> None:
    text = "pandas==1.5.3 ; python_version < '3.13'\n"
    assert runtime({"requirements.txt": text}).image == DEFAULT


def test_a_stated_version_is_not_lowered() -> None:
    assert runtime({".python-version": "3.14", "requirements.txt": "numpy==1.26.4\n"}).image == "3.14"


LOCK = """[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "fast" }]

[[package]]
name = "fast"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
wheels = [%s]
"""


def locked(*wheels: str, constraint: str = ">=3.11") -> Runtime:
    lines = ", ".join(f'{{ url = "https://files.pythonhosted.org/packages/{wheel}" }}' for wheel in wheels)
    text = f'[project]\nname = "shop"\nrequires-python = "{constraint}"\ndependencies = ["fast"]\n'
    return runtime({"pyproject.toml": text, "uv.lock": LOCK % lines})


def test_wheels_of_a_lock_prove_how_new_a_release_may_be() -> None:
    linux = "manylinux_2_17_x86_64.manylinux2014_x86_64"
    assert locked(f"fast-1.0-cp311-cp311-{linux}.whl", f"fast-1.0-cp312-cp312-{linux}.whl").image == "3.12"
    assert locked(f"fast-1.0-cp38-abi3-{linux}.whl").image == DEFAULT
    assert locked("fast-1.0-py3-none-any.whl").image == DEFAULT
    assert locked(f"fast-1.0-cp312-cp312-{linux}.whl", "fast-1.0-cp314-cp314-win_amd64.whl").image == "3.12"


def test_a_package_that_never_has_a_wheel_proves_nothing() -> None:
    assert locked("fast-1.0-cp312-cp312-win_amd64.whl").image == DEFAULT
    assert locked().image == DEFAULT


@pytest.mark.parametrize(
    ("name", "release", "fits"),
    [
        ("a-1-py2.py3-none-any.whl", "3.14", True),
        ("a-1-py2-none-any.whl", "3.14", False),
        ("a-1-cp313-cp313t-manylinux_2_28_x86_64.whl", "3.13", False),
        ("a-1-cp313-cp313-musllinux_1_2_x86_64.whl", "3.13", False),
        ("a-1-cp313-cp313-manylinux_2_28_aarch64.whl", "3.13", True),
        ("a-1-cp39-abi3-manylinux_2_28_x86_64.whl", "3.8", False),
        ("a-1-1-cp313-none-linux_x86_64.whl", "3.13", True),
        ("a-1-pp310-pypy310_pp73-manylinux_2_28_x86_64.whl", "3.10", False),
        ("nonsense.whl", "3.13", False),
    ],
)
def test_tags_of_wheels_are_understood(name: str, release: str, fits: bool) -> None:
    assert has_wheel((name,), release) is fits


# -- readers never raise

FILES = (".python-version", "runtime.txt", ".tool-versions", "mise.toml", "Pipfile", "requirements.txt")
TEXTS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"(python )?[v<>=~^]{0,2}[0-9]{0,9}(\.[0-9x*]{0,9}){0,4}", fullmatch=True),
    st.sampled_from(
        [
            "[tools]\npython = 3\n",
            "[tools]\npython = []\n",
            "numpy==1!2\n",
            "numpy<x\n",
            "[requires]\npython_version = 3\n",
        ]
    ),
)


@given(st.dictionaries(st.sampled_from(FILES), TEXTS, max_size=3))
def test_no_text_makes_the_choice_raise_and_an_image_is_one_of_the_catalogue(files: dict[str, str]) -> None:
    assert runtime(files).image in {None, *(row.version for row in releases("python"))}
