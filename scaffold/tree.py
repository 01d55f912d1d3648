"""The project as the detectors see it: read once, bounded, never written. The only reading of a project's disk.

What is left out of every tree: version control, dependency and build folders, what the project's own ignore files
name, links that lead out of it, and whatever lies beyond the limits (which is said as a warning).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from scaffold.errors import WrongUse
from scaffold.model import ProjectWarning

#: Folders that hold nothing a person wrote: version control, installed dependencies, caches.
PRUNED = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", ".jj", "node_modules", "bower_components", ".venv", "venv", "__pycache__",
        ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs", ".idea", ".gradle", ".terraform",
        ".next", ".nuxt", ".svelte-kit", ".cache", "__pypackages__", ".scaffold",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a project is read: a tree is for finding out, and what it needs stands near the top."""

    files: int = 200_000
    depth: int = 12
    file_bytes: int = 2_000_000


class Tree:
    """The files of a project by POSIX path relative to its root; contents are read when they are asked for."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        """Make a tree of texts: what tests use, and a real implementation."""
        raise NotImplementedError

    @classmethod
    def at(cls, root: Path, limits: Limits | None = None) -> Tree: ...

    # -- what is there
    @property
    def paths(self) -> tuple[str, ...]: ...  # all files, sorted: shallow first, then by name
    def __contains__(self, path: str) -> bool: ...  # a file
    def first(self, *paths: str) -> str | None: ...
    def glob(self, pattern: str) -> tuple[str, ...]: ...  # "*.py", "requirements/*.txt", "**/settings.py"; `*` stays inside a folder
    def names(self, folder: str = ".") -> tuple[str, ...]: ...  # entries of a folder (files and folders, folders end in "/")
    def below(self, folder: str) -> Tree: ...  # the tree of a folder, paths relative to it; shares contents, limits and warnings
    def is_ignored(self, path: str) -> bool: ...  # named by the tree's own ignore files (git): such a file is not in the tree

    # -- what it says; a file that is missing is empty, one that cannot be parsed is empty and a warning
    def text(self, path: str) -> str: ...
    def toml(self, path: str) -> dict[str, Any]: ...
    def json(self, path: str) -> Any: ...
    def yaml(self, path: str) -> Any: ...
    def line_of(self, path: str, pattern: str) -> int | None: ...  # 1-based first line matching a regular expression
    def warn(self, warning: ProjectWarning) -> None: ...
    @property
    def warnings(self) -> tuple[ProjectWarning, ...]: ...
