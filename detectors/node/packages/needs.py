"""The files that an install reads, and the folders that must be there first. Reads no source."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .locks import asked
from .manifest import Manifest, strings, table
from .npmrc import Access
from .workspaces import PNPM_WORKSPACE

#: What each manager reads beside package.json, its lock file and its settings.
_FILES = {
    "npm": (),
    "yarn": (".yarn/releases/**", ".yarn/plugins/**", ".yarn/patches/**"),
    "pnpm": (PNPM_WORKSPACE, ".pnpmfile.cjs", ".pnpmfile.mjs", "pnpmfile.js"),
    "bun": (),
}
_LOCAL = r"(?:file|link|portal):(.+)|(\.{1,2}/.+)"
_PATCH = r"patch:.*?#(?:~/)?([^:&]+)$"
_ARCHIVE = (".tgz", ".tar.gz", ".tar")
#: https://docs.npmjs.com/cli/configuring-npm/package-json#git-urls-as-dependencies
_GIT = r"git(\+\w+)?://|git@|(github|gitlab|bitbucket|gist):|[\w.-]+/[\w.-]+(#.*)?$"
_SSH = r"git\+ssh://|git@|ssh://"


class Needs(NamedTuple):
    """What an install needs of the repository."""

    facts: dict[str, Fact]
    sources_first: Fact | None = None
    git: str | None = None
    warnings: tuple[ProjectWarning, ...] = ()


class _Local(NamedTuple):
    """A dependency that lies in the repository, or beside it."""

    name: str
    path: str
    source: str


def find_needs(
    tree: Tree, manifests: tuple[Manifest, ...], manager: str, access: Access, lock: str | None
) -> Needs:
    """Return what an install of MANIFESTS reads, the root's first."""
    local = list(_local(manifests))
    archives = [item.path for item in local if item.path in tree]
    members = {manifest.folder for manifest in manifests}
    folders = [item for item in local if item.path not in tree and item.path not in members]
    paths = [manifest.path for manifest in manifests]
    paths += [lock] if lock else []
    paths += [*access.files, *_others(tree, manager), *_patches(tree, manifests[0]), *archives]
    first = next((item for item in folders if tree.names(item.path)), None)
    why = f"{first.source}: {first.name} is a folder of the project" if first else ""
    return Needs(
        facts={"manifests": Fact(tuple(dict.fromkeys(paths)), manifests[0].path)},
        sources_first=Fact(True, why) if why else None,
        git=next(_by_git(manifests), None),
        warnings=(*_outside(tree, folders), *_by_ssh(manifests)),
    )


def _others(tree: Tree, manager: str) -> Iterator[str]:
    for pattern in _FILES[manager]:
        yield from tree.glob(pattern)


def _local(manifests: Iterable[Manifest]) -> Iterator[_Local]:
    for manifest in manifests:
        for name, text in asked(manifest).items():
            match = re.fullmatch(_LOCAL, text.strip())
            if match:
                path = posixpath.normpath(posixpath.join(manifest.folder, match[1] or match[2]))
                yield _Local(name, path, _place(manifest, name))


def _place(manifest: Manifest, name: str) -> str:
    fact = manifest.has_any(name)
    return fact.source if fact else manifest.path


def _patches(tree: Tree, manifest: Manifest) -> Iterator[str]:
    """Yield the patches that the manager itself applies."""
    tables = (manifest.data, table(manifest.data, "pnpm"), table(tree.yaml(PNPM_WORKSPACE)))
    stated = [path for one in tables for path in strings(table(one, "patchedDependencies")).values()]
    ranges = [*asked(manifest).values(), *strings(manifest.data.get("resolutions")).values()]
    stated += [match[1] for text in ranges if (match := re.match(_PATCH, text))]
    yield from (path for said in stated if (path := said.removeprefix("./")) in tree)


def _outside(tree: Tree, folders: Iterable[_Local]) -> Iterator[ProjectWarning]:
    for item in folders:
        if not tree.names(item.path):
            said = f"{item.name} is at {item.path}, which is not in this folder: the build cannot see it"
            yield ProjectWarning("outside-dependency", said, item.source)


#: A version or a range has none of these.
_SIGNS = frozenset("/:@")


def _by_git(manifests: Iterable[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        for name, text in asked(manifest).items():
            if not _SIGNS.isdisjoint(text) and re.match(_GIT, text):
                yield _place(manifest, name)


def _by_ssh(manifests: Iterable[Manifest]) -> Iterator[ProjectWarning]:
    for manifest in manifests:
        for name, text in asked(manifest).items():
            if not _SIGNS.isdisjoint(text) and re.match(_SSH, text):
                said = (
                    f"{name} comes by SSH: the build needs a key, which no file here may hold "
                    "(git+https with a token in a variable works)"
                )
                yield ProjectWarning("private-git", said, _place(manifest, name))
