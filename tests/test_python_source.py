"""Python sources: names of modules, what names stand for, what constants are; no bytes stop the reading."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.python.app import find_app
    from detectors.python.code.folding import is_config
    from detectors.python.code.source import Module, Source, calls, literal, origin, place
else:
    from scaffold.detectors.python.app import find_app
    from scaffold.detectors.python.code.folding import is_config
    from scaffold.detectors.python.code.source import Module, Source, calls, literal, origin, place


def modules_of(files: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {module.path: (module.root, module.name) for module in Source(Tree(files)).modules}


def module_of(text: str, **others: str) -> Module:
    files = {"main.py": text, **{f"{name}.py": other for name, other in others.items()}}
    module = Source(Tree(files)).at("main.py")
    assert module is not None
    return module


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


# -- names


def test_a_file_at_the_top_is_a_module_of_its_name() -> None:
    assert modules_of({"main.py": ""}) == {"main.py": (".", "main")}


def test_a_package_is_imported_from_above_it() -> None:
    found = modules_of({"shop/__init__.py": "", "shop/api/__init__.py": "", "shop/api/users.py": ""})
    assert found["shop/api/users.py"] == (".", "shop.api.users")
    assert found["shop/__init__.py"] == (".", "shop")


def test_a_source_folder_is_no_package() -> None:
    found = modules_of({"src/shop/__init__.py": "", "src/shop/main.py": ""})
    assert found["src/shop/main.py"] == ("src", "shop.main")


def test_a_source_folder_that_is_imported_by_its_name_is_one() -> None:
    found = modules_of(
        {"src/__init__.py": "", "src/main.py": "from src.config import x\n", "src/config.py": "x = 1\n"}
    )
    assert found["src/main.py"] == (".", "src.main")


def test_a_folder_without_init_is_a_namespace_where_it_is_imported_so() -> None:
    found = modules_of({"app/main.py": "from app.users import x\n", "app/users.py": "x = 1\n"})
    assert found["app/main.py"] == (".", "app.main")


def test_a_folder_without_init_is_a_root_where_it_is_imported_so() -> None:
    found = modules_of({"app/main.py": "from users import x\n", "app/users.py": "x = 1\n"})
    assert found["app/main.py"] == ("app", "main")


def test_tests_tell_how_modules_are_imported() -> None:
    files = {"backend/main.py": "", "backend/tests/test_main.py": "from main import app\n"}
    assert modules_of(files)["backend/main.py"] == ("backend", "main")


def test_a_package_whose_modules_import_each_other_plainly_is_a_root() -> None:
    found = modules_of({"api/__init__.py": "", "api/main.py": "import models\n", "api/models.py": ""})
    assert found["api/main.py"] == ("api", "main")


def test_an_installed_package_of_the_same_name_decides_nothing() -> None:
    files = {
        "requirements.txt": "celery==5.7\n",
        "shop/__init__.py": "",
        "shop/celery.py": "from celery import Celery\n",
        "shop/tasks.py": "from celery import shared_task\n",
    }
    assert modules_of(files)["shop/tasks.py"] == (".", "shop.tasks")


def test_a_module_named_as_the_standard_library_decides_nothing() -> None:
    files = {"shop/__init__.py": "", "shop/logging.py": "", "shop/main.py": "import logging\n"}
    assert modules_of(files)["shop/main.py"] == (".", "shop.main")


def test_a_folder_with_a_manifest_is_a_root() -> None:
    files = {"backend/requirements.txt": "flask\n", "backend/main.py": ""}
    assert modules_of(files)["backend/main.py"] == ("backend", "main")


def test_relative_imports_need_a_package_above() -> None:
    found = modules_of({"src/main.py": "from .users import x\n", "src/users.py": "x = 1\n"})
    assert found["src/main.py"] == (".", "src.main")


def test_a_main_module_is_never_called_main_alone() -> None:
    """A server that imports `__main__` gets itself."""
    assert modules_of({"my-shop/__main__.py": ""})["my-shop/__main__.py"] == (".", "my-shop.__main__")


def test_tests_docs_migrations_and_build_scripts_are_no_modules_of_the_program() -> None:
    files = {"main.py": "", "setup.py": "", "noxfile.py": "", "docs/conf.py": "", "examples/one.py": "",
             "shop/migrations/0001.py": "", "tests/test_main.py": "", "shop/test_x.py": "",
             "conftest.py": ""}  # fmt: skip
    source = Source(Tree(files))
    assert [module.path for module in source.modules] == ["main.py"]
    assert set(source.tests) == {"tests/test_main.py", "shop/test_x.py", "conftest.py"}


def test_a_module_is_found_by_its_name_and_by_its_path() -> None:
    source = Source(Tree({"src/shop/__init__.py": "", "src/shop/main.py": ""}))
    assert source.module("shop.main") is source.at("src/shop/main.py")
    assert source.module("shop.nothing") is None
    assert source.at("nothing.py") is None


# -- origins


@pytest.mark.parametrize(
    ("imports", "name", "expected"),
    [
        ("import os", "os.environ.get", "os.environ.get"),
        ("import numpy as np", "np.zeros", "numpy.zeros"),
        ("from fastapi import FastAPI", "FastAPI", "fastapi.FastAPI"),
        ("from os import environ as e", "e.get", "os.environ.get"),
        ("import environ\nenv = environ.Env()", "env.str", "environ.Env().str"),
        ("import os\nread = os.getenv", "read", "os.getenv"),
        ("", "open", "open"),
        ("def make(): ...", "make", "main.make"),
        ("def f():\n    from flask import Flask", "Flask", "flask.Flask"),
        ("import a.b.c", "a.b.c.d", "a.b.c.d"),
    ],
)
def test_a_name_is_followed_to_where_it_comes_from(imports: str, name: str, expected: str) -> None:
    assert origin(module_of(imports), expression(name)) == expected


def test_relative_imports_are_made_absolute() -> None:
    source = Source(
        Tree(
            {
                "shop/__init__.py": "from .x import y",
                "shop/api/__init__.py": "",
                "shop/api/a.py": "from ..x import y as z\nfrom . import b",
            }
        )
    )
    package, inner = source.at("shop/__init__.py"), source.at("shop/api/a.py")
    assert package is not None
    assert inner is not None
    assert package.aliases == {"y": "shop.x.y"}
    assert inner.aliases == {"z": "shop.x.y", "b": "shop.api.b"}


def test_a_name_is_followed_into_other_modules() -> None:
    module = module_of("from settings import env", settings="import environ\nenv = environ.Env()")
    assert origin(module, expression("env.int")) == "environ.Env().int"


def test_imports_for_type_checkers_only_are_no_imports() -> None:
    module = module_of("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import flask\nimport redis")
    assert "redis" in module.imports
    assert "flask" not in module.imports


def test_calls_have_their_origin_and_place() -> None:
    module = module_of("import os\n\nx = os.getenv('A')\n")
    assert [(name, place(module, call)) for name, call in calls(module)] == [("os.getenv", "main.py:3")]


# -- constants


@pytest.mark.parametrize(
    ("text", "node", "expected"),
    [
        ("", "'a' + 'b'", "ab"),
        ("", "60 * 60", 3600),
        ("PORT = 9000", "PORT", 9000),
        ("HOST = 'db'", "f'redis://{HOST}:6379'", "redis://db:6379"),
        ("", "[1, 'a']", (1, "a")),
        ("", "{'a': 1}", {"a": 1}),
        ("", "-1", -1),
        ("import os", "os.path.join('a', 'b')", "a/b"),
        ("from pathlib import Path", "Path('data') / 'db.sqlite3'", "data/db.sqlite3"),
        ("from pathlib import Path\nBASE = Path(__file__).resolve().parent", "BASE / 'x.db'", "/app/x.db"),
        ("import os", "os.path.join(os.path.dirname(os.path.abspath(__file__)), 'x')", "/app/x"),
        ("import os", "os.getenv('X')", None),
        ("X = 1\nX = 2", "X", None),
        ("X = [1]\nX += [2]", "X", None),
        ("X = X", "X", None),
        ("import sys\nX = 1 if sys.argv else 2", "X", None),
    ],
)
def test_a_constant_is_folded_and_nothing_else(text: str, node: str, expected: object) -> None:
    assert literal(module_of(text), expression(node)) == expected


def test_a_constant_of_another_module_is_folded() -> None:
    assert literal(module_of("from settings import PORT", settings="PORT = 9000"), expression("PORT")) == 9000


def test_a_text_that_doubles_itself_is_given_up() -> None:
    lines = ["a0 = 'x' * 1", "a0 = 'xxxxxxxx'", *(f"a{n} = a{n - 1} + a{n - 1}" for n in range(1, 60))]
    assert literal(module_of("\n".join(lines[1:])), expression("a59")) is None


# -- bad files


def test_what_is_no_python_is_a_warning_with_its_line() -> None:
    tree = Tree({"main.py": "x = 1\nprint 'hello'\n"})
    module = Source(tree).at("main.py")
    assert module is not None
    assert module.body.body == []
    assert [(warning.code, warning.source) for warning in tree.warnings] == [("unparsable", "main.py:2")]


@given(st.binary(max_size=400))
def test_no_bytes_stop_the_reading(content: bytes) -> None:
    tree = Tree({"main.py": content, "shop/__init__.py": b"import main"})
    assert find_app(tree, Source(tree), None, {}).kind.value in {"web", "worker", "cli", "library"}


_WORDS = st.sampled_from(
    ["app", "=", "FastAPI", "Flask", "(", ")", "\n", "    ", "def ", "if ", "import ", "from ", ".", ",",
    "__name__", "'x'",
     ":", "[", "]", "{", "}", "lambda ", "*", "uvicorn.run", "os.environ", "-", "==", "@", "return ",
     "class ", "1", "f'{x}'"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=40))
def test_no_words_stop_the_reading(words: list[str]) -> None:
    text = "import os, uvicorn\nfrom fastapi import FastAPI\nfrom flask import Flask\n" + "".join(words)
    tree = Tree({"main.py": text, "wsgi.py": "from main import *\nfrom main import app\n"})
    assert find_app(tree, Source(tree), None, {}).kind.value in {"web", "worker", "cli", "library"}


@pytest.mark.parametrize(
    "text",
    ["(" * 5000, "-" * 20000 + "1", "a." * 5000 + "b", "x = " + "[" * 150 + "]" * 150, "\0", "\ufeffx = 1"],
)
def test_deep_nesting_stops_nothing(text: str) -> None:
    tree = Tree({"main.py": text})
    assert find_app(tree, Source(tree), None, {}).kind.value == "cli"


def test_a_chain_of_names_may_be_longer_than_the_stack() -> None:
    node: ast.expr = ast.Name("app")
    for _ in range(5000):
        node = ast.Attribute(node, "a")
    assert not is_config(node)
    assert is_config(ast.Attribute(node, "config"))


def test_modules_that_import_each_other_in_a_circle_end() -> None:
    tree = Tree(
        {"a.py": "from b import app\n", "b.py": "from a import app\n", "wsgi.py": "from a import app\n"}
    )
    assert find_app(tree, Source(tree), None, {}).kind.value != "web"
