"""pnpm-lock.yaml, of all versions of its format. The list of packages is read by lines, for YAML is slow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .locks import Lock, asked, differs
from .manifest import Manifest, strings, table
from .workspaces import PNPM_WORKSPACE

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

#: What of it is read as YAML; https://github.com/pnpm/spec/tree/master/lockfile
_SECTIONS = frozenset(
    {
        "lockfileVersion", "settings", "overrides", "importers", "specifiers",
        "dependencies", "devDependencies", "optionalDependencies",
    }
)  # fmt: skip
#: A package: "/debug/4.3.4_peer" (5), "/debug@4.3.4(peer@1)" (6), "debug@4.3.4" (9).
_PACKAGE = r"(?m)^  ['\"]?/?((?:@[^/@\s]+/)?[^@/(\s]+)[@/](\d[\w.+-]*?)(?:[_(].*)?['\"]?:"
_BY_GIT = r"type: git\b|[\s'\"@]git\+\w+:"
_KINDS = ("dependencies", "devDependencies", "optionalDependencies")


def read_pnpm(tree: Tree, path: str, manifests: tuple[Manifest, ...]) -> Lock:
    """Return what the pnpm-lock.yaml at PATH holds."""
    packages = "".join(part for key, part in _parts(tree.text(path)) if key == "packages")
    data = table(tree.yaml(path, _head))
    held: dict[str, str] = {}
    for match in re.finditer(_PACKAGE, packages):
        held.setdefault(match[1], match[2])
    importers = _importers(data)
    held |= _chosen(importers.get(".", {}))
    git = re.search(_BY_GIT, packages)
    stale = _stale(tree, manifests, importers, data) if data else None
    return Lock(path, str(data.get("lockfileVersion", "")), held, stale, "a dependency" if git else None)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys at the top of TEXT, each with all that is below it; pnpm 11 puts a document in front."""
    last = text.rfind("\n---") + 1
    yield "", text[:last]
    tops = re.compile(r"\n(?=[^ \n#])").finditer(text, last)
    for start, end in pairwise((last, *(top.end() for top in tops), len(text))):
        yield text[start : text.find(":", start)].strip("'\""), text[start:end]


def _head(text: str) -> str:
    """Return TEXT with empty lines for all that is no wanted section of its last document."""
    return "".join(part if key in _SECTIONS else "\n" * part.count("\n") for key, part in _parts(text))


def _importers(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is locked for each folder: before version 9, the lock of one project has none."""
    found = table(data, "importers") or {".": data}
    return {str(folder): table(entry) for folder, entry in found.items()}


def _chosen(importer: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions that the project itself gets."""
    found = {}
    for kind in _KINDS:
        for name, entry in table(importer, kind).items():
            said = table(entry).get("version") if isinstance(entry, dict) else entry
            match = re.match(r"\d[\w.+-]*", str(said).partition("_")[0])
            if match:
                found[name] = match[0]
    return found


def _stale(
    tree: Tree, manifests: Iterable[Manifest], held: Mapping[str, dict[str, Any]], data: Mapping[str, Any]
) -> str | None:
    """Return what `pnpm install --frozen-lockfile` would refuse: the lock holds each range word for word."""
    overrides = _overrides(tree, manifests)
    if not _agree(overrides, strings(data.get("overrides"))):
        return "is not in date with the overrides"
    peers = table(data, "settings").get("autoInstallPeers") is True
    forced = {re.sub(r"(?<=.)@.*", "", name.rpartition(">")[2]) for name in overrides}
    for manifest in manifests:
        if manifest.folder not in held:
            return f"lacks the workspace {manifest.folder}"
        name = _first_other(manifest, _specifiers(held[manifest.folder]), forced, peers)
        if name:
            return differs(manifest, name)
    return None


def _agree(said: Mapping[str, str], held: Mapping[str, str]) -> bool:
    """Whether the overrides are the same; "$name" and "catalog:" stand for a range that the lock holds."""
    plain = {name: text for name, text in said.items() if not text.startswith(("$", "catalog:"))}
    return said.keys() == held.keys() and all(held[name] == text for name, text in plain.items())


def _first_other(manifest: Manifest, held: Mapping[str, str], free: set[str], peers: bool) -> str | None:
    said = asked(manifest, ("optionalDependencies", "dependencies", "devDependencies"))
    if peers:
        said = {**manifest.peer_dependencies, **said}
    names = sorted((said.keys() | held.keys()) - free)
    return next((name for name in names if said.get(name) != held.get(name)), None)


def _specifiers(importer: Mapping[str, Any]) -> dict[str, str]:
    if "specifiers" in importer:
        return strings(importer["specifiers"])
    found = {}
    for kind in _KINDS:
        for name, entry in table(importer, kind).items():
            found[name] = str(table(entry).get("specifier", ""))
    return found


def _overrides(tree: Tree, manifests: Iterable[Manifest]) -> dict[str, str]:
    """Return what is overridden: in pnpm-workspace.yaml, or in package.json (`resolutions` too)."""
    root = next(iter(manifests))
    stated = strings(table(tree.yaml(PNPM_WORKSPACE)).get("overrides"))
    own = strings(table(root.data, "pnpm").get("overrides"))
    return {**strings(root.data.get("resolutions")), **own, **stated}
