"""A Node.js project's packages from a tree of texts: what the tests of how they are installed begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scaffold.model import Fact, Runtime
from scaffold.reading.tree import Tree

if TYPE_CHECKING:  # in the repository, where checkers read, detectors/ is beside the package
    from detectors.hints import read_hints
    from detectors.node.packages.manifest import Manifest, read_manifest
    from detectors.node.packages.native import Native, find_native
    from detectors.node.packages.packages import Packages, find_held, read_packages
    from detectors.node.runtime import find_runtime
else:
    from scaffold.detectors.hints import read_hints
    from scaffold.detectors.node.packages.manifest import Manifest, read_manifest
    from scaffold.detectors.node.packages.native import Native, find_native
    from scaffold.detectors.node.packages.packages import Packages, find_held, read_packages
    from scaffold.detectors.node.runtime import find_runtime


def manifest(**said: Any) -> dict[str, str]:
    """A package.json with express in it, unless dependencies are given."""
    data = {"name": "shop", "dependencies": {"express": "^5.0.0"}, **said}
    return {"package.json": json.dumps(data, indent=2) + "\n"}


def opened(files: Mapping[str, str | bytes]) -> tuple[Tree, Manifest]:
    tree = Tree(dict(files))
    found = read_manifest(tree)
    assert found is not None
    return tree, found


def said(answers: Mapping[str, object]) -> dict[str, Fact]:
    return {key: Fact(value, "answer: flag") for key, value in answers.items()}


def packages(files: Mapping[str, str | bytes], node: str = "24", **answers: object) -> Packages:
    """How the packages of FILES are installed."""
    tree, found = opened(files)
    return read_packages(tree, found, said(answers), read_hints(tree), node)


def facts(files: Mapping[str, str | bytes], node: str = "24", **answers: object) -> dict[str, Any]:
    """The same as plain values."""
    return {key: fact.value for key, fact in packages(files, node, **answers).facts.items()}


def codes(files: Mapping[str, str | bytes], node: str = "24") -> list[str]:
    """The codes of what is to be said."""
    return [warning.code for warning in packages(files, node).warnings]


def runtime(files: Mapping[str, str | bytes], **answers: object) -> tuple[Runtime, str, list[str]]:
    """The release of Node.js, its source, and the codes of what is to be said."""
    tree, found = opened(files)
    held = find_held(tree, found, {})
    fact, warnings = find_runtime(tree, found, said(answers), read_hints(tree), held.versions)
    assert isinstance(fact.value, Runtime)
    return fact.value, fact.source, [warning.code for warning in warnings]


def native(files: Mapping[str, str | bytes], node: str = "24") -> Native:
    """What the packages need of the system."""
    return find_native(packages(files, node), opened(files)[1], Runtime(node, None, node))
