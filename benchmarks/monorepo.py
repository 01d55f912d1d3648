"""Generates a repository of as many files as asked for: apps of each stack, and what grows around them.

The same number and the same shares give the same files with the same contents. Of 100,000 files, 30,000 are
dependencies that lie in `node_modules`, 10,000 are what builds left behind, which `.gitignore` names; the
rest is somebody's: apps with their sources and tests, libraries, deep trees of pages, pictures and data.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: At the root; apps and libraries have ignore files of their own.
IGNORED = "node_modules/\ndist/\ncoverage/\n__pycache__/\n*.py[co]\n*.log\n.env\n/tmp/\n.DS_Store\n"

#: How many apps there are of each stack.
APPS = 2

_WORDS = (
    *("account", "basket", "cargo", "depot", "engine", "freight", "gate", "harbour", "invoice", "journey"),
    *("kiosk", "ledger", "market", "notice", "order", "parcel", "quote", "route", "stock", "ticket"),
)
_STACKS = ("python", "node", "go", "static")
_EXTENSIONS = ("md", "json", "svg", "html", "css", "sql", "txt", "yaml", "csv", "proto")
_DEEPEST = 10  # a tree is read twelve folders deep: nothing here lies beyond


class Shares(NamedTuple):
    """How many of a thousand files are what; the rest are pages, pictures and data."""

    apps: int = 4
    libraries: int = 2
    dependencies: int = 300
    outputs: int = 100


def generate(root: Path, files: int, shares: Shares = Shares()) -> int:  # noqa: B008  it cannot be changed
    """Write a repository of exactly FILES files to ROOT, and return how many apps are in it."""
    dice = random.Random(files)
    texts = dict(_apps())
    apps = sorted({path.rpartition("/")[0] for path in texts if path.count("/") == 2})
    texts |= {".gitignore": IGNORED} | dict(map(_library, _WORDS))
    kinds = {
        "apps": [f"{app}/src" for app in apps],
        "libraries": [f"libraries/{word}/source" for word in _WORDS],
        "dependencies": [f"{app}/node_modules" for app in apps],
        "outputs": [f"{app}/dist" for app in apps],
    }
    for kind, folders in kinds.items():
        texts |= _spread(dice, folders, files * getattr(shares, kind) // 1000, kind)
    texts |= _spread(dice, ["docs", "assets", "data", "fixtures"], files - len(texts), "rest")
    _write(root, texts)
    return len(apps)


def _apps() -> Iterator[tuple[str, str]]:
    """Yield what makes a folder an app: its manifest, its program and an ignore file, by path."""
    for number, word in enumerate(_WORDS[: APPS * 4]):
        stack = _STACKS[number % 4]
        folder = f"{'sites' if stack == 'static' else 'services'}/{word}"
        yield f"{folder}/.gitignore", "/build\n*.tmp\n/src/**/generated/\n"
        for name, text in _program(stack, word).items():
            yield f"{folder}/{name}", text


def _library(word: str) -> tuple[str, str]:
    """Return the manifest of a library, by its path."""
    if _stack_of(f"libraries/{word}") == "python":
        text = f'[project]\nname = "{word}"\nversion = "1"\n'
        return f"libraries/{word}/pyproject.toml", text + '[build-system]\nrequires = ["hatchling"]\n'
    return f"libraries/{word}/package.json", f'{{"name": "{word}", "exports": "./source/index.js"}}\n'


def _program(stack: str, name: str) -> dict[str, str]:
    if stack == "python":
        return {
            "pyproject.toml": f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.12"\n'
            'dependencies = ["fastapi", "uvicorn"]\n',
            "main.py": 'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/")\ndef index():\n'
            f'    return "{name}"\n',
        }
    if stack == "node":
        return {
            "package.json": f'{{"name": "{name}", "scripts": {{"start": "node server.js"}}, '
            '"dependencies": {"express": "^5.0.0"}}\n',
            "server.js": 'const app = require("express")();\nconst first = require("./src/part-0.js");\n'
            'app.get("/", (req, res) => res.send(first));\napp.listen(process.env.PORT || 3000);\n',
            "src/part-0.js": f'module.exports = "{name}";\n',
        }
    if stack == "go":
        return {
            "go.mod": f"module example.com/{name}\n\ngo 1.26\n",
            "main.go": 'package main\n\nimport "net/http"\n\nfunc main() {\n'
            '\thttp.ListenAndServe(":8080", http.FileServer(http.Dir("static")))\n}\n',
        }
    return {"index.html": f"<!doctype html>\n<title>{name}</title>\n<h1>{name}</h1>\n"}


def _spread(dice: random.Random, tops: list[str], count: int, kind: str) -> dict[str, str]:
    """Return COUNT files in folders below TOPS, some of them deep."""
    folders, found = list(tops), dict[str, str]()
    while len(found) < count:
        above = dice.choice(folders[-40:]) if dice.random() < 0.8 else dice.choice(tops)
        folder = f"{above}/{dice.choice(_WORDS)}-{len(folders)}"
        if folder.count("/") < _DEEPEST:
            folders.append(folder)
            for number in range(min(dice.randint(4, 24), count - len(found))):
                name, text = _file(dice, kind, number, folder)
                found[f"{folder}/{name}"] = text
    return found


def _file(dice: random.Random, kind: str, number: int, folder: str) -> tuple[str, str]:
    name = f"{dice.choice(_WORDS)}-{number}"
    if kind in ("apps", "libraries"):
        return _source(name, _stack_of(folder), is_test=dice.random() < 0.2)
    if kind in ("outputs", "dependencies"):
        return f"{name}.{dice.choice(('js', 'css', 'map', 'txt', 'py'))}", f"/* {name} */\n"
    return f"{name}.{dice.choice(_EXTENSIONS)}", f"{name}\n" * dice.randint(1, 20)


def _stack_of(folder: str) -> str:
    """Return what is written in FOLDER, which is one of an app or a library."""
    kind, word, *_ = folder.split("/")
    return _STACKS[_WORDS.index(word) % (2 if kind == "libraries" else 4)]


def _source(name: str, stack: str, is_test: bool) -> tuple[str, str]:
    """Return a file of a program: its name and what is in it."""
    word = name.replace("-", "_")
    files = {
        "python": (f"{word}.py", f"import json\n\n\ndef {word}(value):\n    return json.dumps(value)\n"),
        "node": (
            f"{name}.js",
            f'const path = require("path");\nexports.{word} = (value) => path.join("a", value);\n',
        ),
        "go": (f"{word}.go", f'package src\n\nfunc {word}() string {{\n\treturn "{name}"\n}}\n'),
        "static": (f"{name}.html", f"<p>{name}</p>\n"),
    }
    path, text = files[stack]
    marks = {"python": ("", "test_"), "node": (".js", ".test.js"), "go": (".go", "_test.go")}
    old, new = marks.get(stack, ("", ""))
    return (path.replace(old, new, 1) if is_test and stack in marks else path), text


def _write(root: Path, texts: dict[str, str]) -> None:
    for folder in {path.rpartition("/")[0] for path in texts}:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        (root / path).write_text(text, "utf-8")
