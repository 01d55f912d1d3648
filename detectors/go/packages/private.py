"""Modules that are not everybody's: which they are, and the credentials that a download of them needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from scaffold.model import BuildSecret, Fact

from ...hints import CI_FILES, DOCKERFILES, ENV_EXAMPLES, MARK

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

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
    lines = tuple(_lines(tree))
    patterns: dict[str, str] = {}
    for pattern, source in (*_stated(lines), *_internal(modules)):
        if any(_matches(pattern, one.path) for one in modules.requirements):
            patterns.setdefault(pattern, source)
    by_ssh: dict[str, str] = {}
    for host, folder, source, is_ssh in _instead(lines):
        known = any(one.partition("/")[0] == host for one in patterns)
        whole = f"{host}/{folder}" if folder else host
        if not known and any(_matches(whole, one.path) for one in modules.requirements):
            patterns[whole], known = source, True
        if known and is_ssh:
            by_ssh.setdefault(host, source)
    if not patterns:
        return {}
    return {"private": Fact(",".join(patterns), next(iter(patterns.values()))), **_asked(patterns, by_ssh)}


def _asked(patterns: Mapping[str, str], by_ssh: Mapping[str, str]) -> dict[str, Fact]:
    """What hosts want to know: a key where one is asked BY SSH, a .netrc for the other PATTERNS."""
    secrets = [BuildSecret("known_hosts", source, "/root/.ssh/known_hosts") for source in by_ssh.values()][:1]
    others = [source for pattern, source in patterns.items() if pattern.partition("/")[0] not in by_ssh]
    secrets += [BuildSecret("netrc", source, "/root/.netrc") for source in others][:1]
    found = {"secrets": Fact(tuple(secrets), secrets[0].source)}
    return {**found, "ssh": Fact(tuple(by_ssh), next(iter(by_ssh.values())))} if by_ssh else found


def _lines(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the lines that may speak of it, each with its place."""
    for path in dict.fromkeys(one for pattern in _FILES for one in _paths(tree, pattern)):
        lines = tree.text(path).splitlines()
        if MARK not in "\n".join(lines[:5]):
            yield from ((line, f"{path}:{number}") for number, line in enumerate(lines, start=1))


def _stated(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for line, place in lines:
        for match in re.finditer(_STATED, line):
            yield from ((one, place) for one in match[1].split(",") if re.fullmatch(_PATTERN, one))


def _instead(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str, bool]]:
    """Yield what git asks instead of a host: the host, the folder, the place, whether it is by SSH."""
    for line, place in lines:
        for match in re.finditer(_INSTEAD, line):
            yield match[1], match[2], place, "git@" in line[: match.start()]


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
