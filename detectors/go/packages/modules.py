"""The modules of a repository: which are built together, and what says what they need. Reads no code."""

import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, join

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.paths import normal
from scaffold.reading.tree import Tree

from .gomod import MANIFEST, Manifest, Replacement, Requirement, read_manifest
from .gowork import WORKSPACE, Workspace, read_workspace
from .lock import Lock, read_lock

#: The dependencies in the repository itself: https://go.dev/ref/mod#go-mod-vendor
VENDORED = "vendor/modules.txt"


class Module(NamedTuple):
    """A module of the repository."""

    folder: str  # "." is the root
    manifest: Manifest | None  # None: there is no go.mod, and one is made in the build

    @property
    def path(self) -> str:
        """What its packages are imported by; "" where nothing says."""
        stated = self.manifest.module if self.manifest else None
        return str(stated.value) if stated else ""


class Modules(NamedTuple):
    """The modules that are built together."""

    tree: Tree
    members: tuple[Module, ...]  # those of go.work, or the one of go.mod
    beside: tuple[Module, ...] = ()  # folders that stand in for dependencies
    workspace: Workspace | None = None
    outside: tuple[Replacement, ...] = ()  # folders that do, and lie outside of the tree

    @property
    def paths(self) -> Mapping[str, str]:
        """The folders of all modules by the paths that their packages are imported by."""
        return {one.path: one.folder for one in (*self.members, *self.beside) if one.path}

    @property
    def source(self) -> str:
        """The file that shows that this is Go, if one does."""
        if self.workspace:
            return self.workspace.path
        manifest = self.members[0].manifest
        return manifest.path if manifest else ""

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What comes from elsewhere."""
        own = self.paths
        found = (one for module in self.members if module.manifest for one in module.manifest.requires)
        return tuple(one for one in found if one.path not in own)

    def required(self, path: str) -> Requirement | None:
        """Return the requirement of the module PATH, of whatever major version."""
        manifests = (module.manifest for module in self.members if module.manifest)
        return next((found for one in manifests if (found := one.required(path))), None)

    def owner(self, folder: str) -> Module | None:
        """Return the member that FOLDER is a part of; None where it is another module's."""
        here = folder
        while True:
            found = next((one for one in self.members if one.folder == here), None)
            if found or here == ".":
                return found
            if join(here, MANIFEST) in self.tree:
                return None
            here = dirname(here) or "."

    def lock(self) -> Lock:
        """Return how far the versions of what is needed are settled."""
        return read_lock(
            self.tree, self._folders(self.members), self.workspace, self.requirements, self.replaces
        )

    @property
    def replaces(self) -> tuple[Replacement, ...]:
        """What stands in for modules from elsewhere."""
        found = [one for module in self.members if module.manifest for one in module.manifest.replaces]
        return (*found, *(self.workspace.replaces if self.workspace else ()))

    def manifests(self, vendored: bool) -> tuple[str, ...]:
        """Return the files that a download of the dependencies reads."""
        names = [WORKSPACE, "go.work.sum"] if self.workspace else []
        names += [
            inside(folder, name) for folder in self._folders(self.members) for name in (MANIFEST, "go.sum")
        ]
        names += [inside(folder, MANIFEST) for folder in self._folders(self.beside)]
        names += [VENDORED] if vendored else []
        return tuple(dict.fromkeys(name for name in names if name in self.tree))

    def unpruned(self) -> Fact | None:
        """The line by which go.mod does not name all that is needed: https://go.dev/ref/mod#graph-pruning"""
        manifest = self.members[0].manifest if self.members and not self.workspace else None
        if manifest is None or manifest.go is None:
            return None
        parts = [int(part) for part in re.findall(r"\d+", str(manifest.go.value))[:2]]
        return Fact(True, manifest.go.source) if parts < [1, 17] else None

    @staticmethod
    def _folders(modules: Iterable[Module]) -> tuple[str, ...]:
        return tuple(module.folder for module in modules)


def inside(folder: str, name: str) -> str:
    """Return the path of NAME in FOLDER."""
    return name if folder == "." else f"{folder}/{name}"


def read_modules(tree: Tree) -> Modules | None:
    """Return the modules that the root of TREE builds; None where there is neither go.work nor go.mod."""
    workspace = read_workspace(tree)
    if workspace is not None:
        return _of_workspace(tree, workspace)
    return read_module(tree, ".")


def read_module(tree: Tree, folder: str) -> Modules | None:
    """Return the one module in FOLDER with what its go.mod puts beside it; None where there is none."""
    manifest = read_manifest(tree, inside(folder, MANIFEST))
    if manifest is None:
        return None
    member = Module(folder, manifest)
    beside, outside = _beside(tree, (member,), manifest.replaces, folder)
    return Modules(tree, (member,), beside, None, outside)


def bare(tree: Tree) -> Modules:
    """Return the module of a program that has no go.mod."""
    return Modules(tree, (Module(".", None),))


def nested(tree: Tree) -> Iterator[str]:
    """Yield the folders of the modules below the root."""
    return (dirname(path) for path in tree.glob(f"**/{MANIFEST}") if dirname(path))


def _of_workspace(tree: Tree, workspace: Workspace) -> Modules:
    members: list[Module] = []
    for use in workspace.uses:
        folder = normal(str(use.value))
        manifest = None if folder is None else read_manifest(tree, inside(folder or ".", MANIFEST))
        if manifest is None:
            said = f"uses {use.value}, where there is no go.mod: the build will stop at it"
            tree.warn(ProjectWarning("missing-file", said, use.source))
        else:
            members.append(Module(folder or ".", manifest))
    replaces = [(one, module.folder) for module in members for one in _replaces(module)]
    replaces += [(one, ".") for one in workspace.replaces]
    found: list[Module] = []
    outside: list[Replacement] = []
    for replace, folder in replaces:
        beside, beyond = _beside(tree, members, (replace,), folder)
        found += [one for one in beside if one not in found]
        outside += beyond
    return Modules(tree, tuple(members), tuple(found), workspace, tuple(outside))


def _replaces(module: Module) -> tuple[Replacement, ...]:
    return module.manifest.replaces if module.manifest else ()


def _beside(
    tree: Tree, members: Iterable[Module], replaces: Iterable[Replacement], folder: str
) -> tuple[tuple[Module, ...], tuple[Replacement, ...]]:
    """Return the modules whose folders stand in for dependencies, and what lies outside of the tree."""
    found: list[Module] = []
    outside: list[Replacement] = []
    known = {one.folder for one in members}
    for replace in (one for one in replaces if one.is_local):
        where = None if replace.target.startswith("/") else normal(join(folder, replace.target))
        manifest = None if where is None else read_manifest(tree, inside(where or ".", MANIFEST))
        if where is None or manifest is None:
            outside.append(replace)
        elif (where or ".") not in known:
            # its packages are imported by the path that is replaced, whatever its own go.mod says
            named = manifest._replace(module=Fact(replace.path, replace.source))
            found.append(Module(where or ".", named))
            known.add(where or ".")
    return tuple(found), tuple(outside)
