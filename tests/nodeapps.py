"""A Node.js program from a tree of texts: what the tests of `detectors/node` begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffold.model import Fact
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.hints import read_hints
    from detectors.node.app import App, find_app
    from detectors.node.code.source import Source
    from detectors.node.packages.manifest import Manifest, read_manifest
    from detectors.node.program.programs import Program, read_program
    from detectors.node.program.scripts import Start, resolve
else:
    from scaffold.detectors.hints import read_hints
    from scaffold.detectors.node.app import App, find_app
    from scaffold.detectors.node.code.source import Source
    from scaffold.detectors.node.packages.manifest import Manifest, read_manifest
    from scaffold.detectors.node.program.programs import Program, read_program
    from scaffold.detectors.node.program.scripts import Start, resolve

EXPRESS = 'const express = require("express")\nconst app = express()\napp.listen(process.env.PORT || 3000)\n'
FASTIFY = (
    'import Fastify from "fastify"\nconst app = Fastify()\n'
    'app.listen({ port: Number(process.env.PORT ?? 3000), host: "0.0.0.0" })\n'
)


def package(**fields: Any) -> str:
    """A package.json: scripts, dependencies as names or ranges, and whatever else."""
    for key in ("dependencies", "devDependencies"):
        if isinstance(fields.get(key), (list, tuple)):
            fields[key] = dict.fromkeys(fields[key], "*")
    return json.dumps({"name": "shop", "private": True, **fields}, indent=2)


def manifest_of(files: Mapping[str, str]) -> tuple[Tree, Manifest]:
    """The tree and the manifest of FILES."""
    tree = Tree(dict(files))
    manifest = read_manifest(tree)
    assert manifest is not None
    return tree, manifest


def start_of(
    scripts: Mapping[str, str], files: Mapping[str, str] | None = None, name: str = "start"
) -> Start:
    """What the script NAME runs in the end."""
    tree, manifest = manifest_of({"package.json": package(scripts=dict(scripts)), **(files or {})})
    start = resolve(manifest, name, tree)
    assert start is not None
    return start


def program_of(script: str, files: Mapping[str, str] | None = None, **fields: Any) -> Program | None:
    """The file that a start script runs."""
    tree, manifest = manifest_of(
        {"package.json": package(scripts={"start": script}, **fields), **(files or {})}
    )
    start = resolve(manifest, "start", tree)
    return read_program(start, Source(tree), manifest) if start else None


class Installed(NamedTuple):
    """The packages of a project, as far as a program cares."""

    facts: Mapping[str, Fact]
    locked_versions: Mapping[str, str]


def app_or_none(files: Mapping[str, str], manager: str = "npm", **answers: object) -> App | None:
    """The program in FILES, with ANSWERS; None where it is none of its own."""
    tree, manifest = manifest_of(files)
    said = {key: Fact(value, "answer: flag") for key, value in answers.items()}
    facts = {"package_manager": Fact(manager, "package.json")}
    if manifest.workspaces or "pnpm-workspace.yaml" in tree:
        facts["workspaces"] = Fact(("packages/x",), "package.json")
    return find_app(tree, Source(tree), manifest, Installed(facts, {}), said, read_hints(tree), "24")


def app_of(files: Mapping[str, str], manager: str = "npm", **answers: object) -> App:
    """The program in FILES, with ANSWERS."""
    app = app_or_none(files, manager, **answers)
    assert app is not None
    return app


def facts_of(app: App) -> dict[str, Any]:
    """The facts of a program without their sources."""
    return {key: fact.value for key, fact in app.facts.items()}


def codes(app: App) -> set[str]:
    """The codes of an app's warnings."""
    return {warning.code for warning in app.warnings}


def value(fact: Fact | None) -> Any:
    """What a fact says; None where there is none."""
    return fact.value if fact else None
