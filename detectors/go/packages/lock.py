"""Whether go.sum and vendor/ hold what go.mod asks for: https://go.dev/ref/mod#go-sum-files"""

import re
from collections.abc import Iterable, Iterator, Mapping

from scaffold.model import ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .gomod import Replacement, Requirement
from .gowork import Workspace

_SUMS = "go.sum"
_VENDORED = "vendor/modules.txt"
#: `# example.com/a v1.2.3`, `# example.com/a v1.2.3 => ../a`
_LISTED = r"# (\S+)(?: (v\S+))?(?: => .*)?"


class Lock(NamedTuple):
    """How far the versions of what is needed are settled."""

    is_locked: bool  # the build resolves nothing
    is_vendored: bool  # and downloads nothing
    warnings: tuple[ProjectWarning, ...] = ()


def read_lock(
    tree: Tree,
    folders: Iterable[str],
    workspace: Workspace | None,
    requirements: tuple[Requirement, ...],
    replaces: tuple[Replacement, ...],
) -> Lock:
    """Return what the go.sum in FOLDERS, and vendor/ at the root, hold of REQUIREMENTS."""
    replaced = {one.path: one for one in replaces}
    needed = [one for one in requirements if not (one.path in replaced and replaced[one.path].is_local)]
    vendor = _read_vendor(tree, workspace, requirements, needed)
    if vendor.is_vendored:
        return vendor
    held, files = _held(tree, folders)
    missing = next((one for one in needed if not _is_held(one, replaced, held)), None)
    if missing is None:
        return Lock(True, False, vendor.warnings)
    return Lock(False, False, (*vendor.warnings, _warning(missing, files)))


def _warning(missing: Requirement, files: list[str]) -> ProjectWarning:
    path = missing.source.rpartition(":")[0]
    if not files:
        said = (
            "has dependencies and no go.sum beside it: the build downloads them unverified; commit a go.sum"
        )
        return ProjectWarning("lock-missing", said, path)
    said = (
        f"has no line for {missing.path} {missing.version}: the build adds it; run `go mod tidy` and commit"
    )
    return ProjectWarning("lock-outdated", said, files[0])


def _held(tree: Tree, folders: Iterable[str]) -> tuple[set[tuple[str, str]], list[str]]:
    """Return the modules whose go.mod is verified, with their versions, and the files that say so."""
    paths = [_SUMS if folder == "." else f"{folder}/{_SUMS}" for folder in folders]
    files = [path for path in (*paths, "go.work.sum") if path in tree]
    held: set[tuple[str, str]] = set()
    for path in files:
        for line in tree.text(path).splitlines():
            words = line.split()
            if len(words) == 3 and words[1].endswith("/go.mod"):
                held.add((words[0], words[1].removesuffix("/go.mod")))
    return held, files


def _is_held(one: Requirement, replaced: Mapping[str, Replacement], held: set[tuple[str, str]]) -> bool:
    other = replaced.get(one.path)
    if other and other.version in {"", one.version}:
        return (other.target, other.target_version) in held
    return (one.path, one.version) in held


def _read_vendor(
    tree: Tree,
    workspace: Workspace | None,
    requirements: tuple[Requirement, ...],
    needed: list[Requirement],
) -> Lock:
    """Return whether vendor/ is used: it is not where it holds something else than go.mod asks for."""
    if _VENDORED not in tree:
        return Lock(False, False)
    text = tree.text(_VENDORED)
    if bool(workspace) != text.startswith("## workspace"):
        other = "go.mod alone" if workspace else "go.work"
        return _unfit(f"was made for {other}")
    listed = dict(_listed(text))
    for one in requirements:
        if one.path not in listed or (one in needed and listed[one.path] not in {one.version, ""}):
            return _unfit(f"does not hold {one.path} {one.version}")
    return Lock(True, True)


def _listed(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        match = re.fullmatch(_LISTED, line.strip())
        if match:
            yield match[1], match[2] or ""


def _unfit(why: str) -> Lock:
    said = (
        f"{why}: the build downloads the dependencies; run `go mod vendor` and commit, or remove the folder"
    )
    return Lock(False, False, (ProjectWarning("vendor-outdated", said, _VENDORED),))
