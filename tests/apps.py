"""A Python program from a tree of texts: what the tests of `detectors/python` begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scaffold.model import Fact
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.hints import read_hints
    from detectors.python.app import App, find_app
    from detectors.python.code.source import Source
    from detectors.python.packages.project import read_project
else:
    from scaffold.detectors.hints import read_hints
    from scaffold.detectors.python.app import App, find_app
    from scaffold.detectors.python.code.source import Source
    from scaffold.detectors.python.packages.project import read_project

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n"


def app_of(files: Mapping[str, str], **answers: object) -> App:
    """The program in FILES, with ANSWERS."""
    tree = Tree(dict(files))
    said = {key: Fact(value, "answer: flag") for key, value in answers.items()}
    return find_app(tree, Source(tree), read_project(tree, said), said, read_hints(tree), "3.14")


def value(fact: Fact | None) -> object:
    """What a fact says; None where there is none."""
    return fact.value if fact else None


def codes(app: App) -> set[str]:
    """The codes of an app's warnings."""
    return {warning.code for warning in app.warnings}
