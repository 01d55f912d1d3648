"""Modules that are not everybody's: which they are, and the credentials that a download of them needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scaffold.model import BuildSecret, Fact

from ..hints import CI_FILES, DOCKERFILES, ENV_EXAMPLES, MARK

if TYPE_CHECKING:
    from scaffold.tree import Tree

    from .modules import Modules

#: https://go.dev/ref/mod#private-modules
_STATED = r"""\b(?:GOPRIVATE|GONOPROXY|GONOSUMDB)["']?\s*[:=]{1,2}\s*["']?([\w.*/,~-]+)"""
#: `git config --global url."https://TOKEN@github.com/acme/".insteadOf https://github.com/acme/`
_INSTEAD = r"insteadOf[\"']?\s+[\"']?(?:https://|ssh://git@|git@)([\w.-]+)[/:]?([\w.-]*)"
_FILES = (
    *ENV_EXAMPLES, ".envrc", "Makefile", "makefile", "Taskfile.yml", "Taskfile.yaml", *DOCKERFILES, *CI_FILES,
    ".circleci/config.yml", "bitbucket-pipelines.yml", "azure-pipelines.yml", "README.md", "CONTRIBUTING.md",
    "scripts/*.sh", "docs/*.md",
)  # fmt: skip
#: Names that are no hosts of the wide world: https://www.rfc-editor.org/rfc/rfc6762#appendix-G
_INTERNAL = (".internal", ".intranet", ".corp", ".local", ".lan", ".home", ".private")
_PATTERN = r"[\w.*~/-]+"


def find_private(tree: Tree, modules: Modules) -> dict[str, Fact]:
    """Return the facts of modules that are asked for where they are kept, and of what that needs.

    Empty where no dependency is one: GOPRIVATE is often set for many repositories at once.
    """
    patterns: dict[str, str] = {}
    for pattern, source in (*_stated(tree), *_internal(modules)):
        if any(_matches(pattern, one.path) for one in modules.requirements):
            patterns.setdefault(pattern, source)
    if not patterns:
        return {}
    source = next(iter(patterns.values()))
    secret = BuildSecret("netrc", source, "/root/.netrc")
    return {"private": Fact(",".join(patterns), source), "secrets": Fact((secret,), source)}


def _stated(tree: Tree) -> Iterator[tuple[str, str]]:
    for path in dict.fromkeys(one for pattern in _FILES for one in _paths(tree, pattern)):
        lines = tree.text(path).splitlines()
        if MARK in "\n".join(lines[:5]):
            continue
        for number, line in enumerate(lines, start=1):
            for match in re.finditer(_STATED, line):
                yield from (
                    (one, f"{path}:{number}") for one in match[1].split(",") if re.fullmatch(_PATTERN, one)
                )
            for host, folder in re.findall(_INSTEAD, line):
                yield "/".join(part for part in (host, folder) if part), f"{path}:{number}"


def _paths(tree: Tree, pattern: str) -> tuple[str, ...]:
    return tree.glob(pattern) if "*" in pattern else ((pattern,) if pattern in tree else ())


def _internal(modules: Modules) -> Iterator[tuple[str, str]]:
    for one in modules.requirements:
        host = one.path.partition("/")[0]
        if host.endswith(_INTERNAL):
            yield host, one.source


def _matches(pattern: str, path: str) -> bool:
    """Whether PATTERN covers a module's path: https://pkg.go.dev/path#Match, for the prefix of a path."""
    parts = pattern.strip("/").split("/")
    said = path.split("/")
    if len(said) < len(parts):
        return False
    return all(
        re.fullmatch(re.escape(part).replace(r"\*", "[^/]*"), one)
        for part, one in zip(parts, said, strict=False)
    )
