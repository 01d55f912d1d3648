"""What a program needs of its repository and does not find there: generated packages, files to embed."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname
from typing import TYPE_CHECKING

from scaffold.model import ProjectWarning

from ..code.source import folder_of
from ..packages.modules import inside

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

    from ..code.program import Program
    from ..code.source import Embed
    from ..packages.modules import Modules


def find_lacks(program: Program, modules: Modules) -> Iterator[ProjectWarning]:
    """Yield a warning for each thing that the build will stop at."""
    yield from _packages(program, modules)
    yield from _embeds(program)


def _packages(program: Program, modules: Modules) -> Iterator[ProjectWarning]:
    """Packages of the repository that are imported and not there: what generators make, and git ignores."""
    seen: set[str] = set()
    for package in program.packages:
        for file in package.files:
            for one in file.imports:
                folder = folder_of(one.path, modules.paths)
                if folder is None or folder in seen or program.source.package(folder):
                    continue
                seen.add(folder)
                said = (
                    f"imports {one.path}, which is not in the repository: nothing is generated in the image;"
                    " run the generator and commit what it makes"
                )
                yield ProjectWarning("generated-missing", said, f"{file.path}:{one.line}")


def _embeds(program: Program) -> Iterator[ProjectWarning]:
    for package in program.packages:
        for file in package.files:
            for embed in file.embeds:
                if not embedded(program.tree, file.path, embed):
                    said = (
                        f"embeds {embed.pattern}, which is not in the repository: the build stops there;"
                        " make it before, and commit it"
                    )
                    yield ProjectWarning("embed-missing", said, f"{file.path}:{embed.line}")


def embedded(tree: Tree, path: str, embed: Embed) -> tuple[str, ...]:
    """Return the files that a `//go:embed` in PATH takes in: https://pkg.go.dev/embed"""
    pattern = inside(dirname(path) or ".", embed.pattern.removeprefix("all:").strip("/"))
    files = tree.glob(pattern)
    return files or tree.glob(f"{pattern}/**")
