"""go.work: which modules are built together. https://go.dev/ref/mod#go-work-file"""

from scaffold.model import Fact
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .gomod import Replacement, read_first, read_lines, read_replacements, read_toolchain

WORKSPACE = "go.work"


class Workspace(NamedTuple):
    """A go.work, and what it says; each thing with its place."""

    path: str
    go: Fact | None
    toolchain: Fact | None
    uses: tuple[Fact, ...]  # folders, as they are written: "./api"
    replaces: tuple[Replacement, ...]


def read_workspace(tree: Tree) -> Workspace | None:
    """Return what the go.work of TREE says; None where there is none."""
    if WORKSPACE not in tree:
        return None
    lines = tuple(read_lines(tree, WORKSPACE))
    uses = tuple(Fact(one.words[0], one.source) for one in lines if one.verb == "use" and one.words)
    return Workspace(
        WORKSPACE, read_first(lines, "go"), read_toolchain(lines), uses, tuple(read_replacements(lines))
    )
