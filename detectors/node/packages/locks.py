"""Lock files: what they hold, and whether they are in date with the manifests. Chooses none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...jsonc import read_jsonc
from .manifest import Manifest, table
from .ranges import parse_range

#: The lock files of each manager, the stronger first.
LOCKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pnpm": ("pnpm-lock.yaml",),
        "bun": ("bun.lock", "bun.lockb"),
        "yarn": ("yarn.lock",),
        "npm": ("npm-shrinkwrap.json", "package-lock.json"),
    }
)
#: What a manifest asks for, and a lock must hold.
KINDS = ("dependencies", "optionalDependencies", "devDependencies")

_BY_GIT = ("git+", "git:", "git@", "github:")

_NO_VERSIONS: Mapping[str, str] = MappingProxyType({})


class Lock(NamedTuple):
    """A lock file."""

    path: str
    version: str = ""  # of its format: "3" "9.0"; "" where it does not say
    versions: Mapping[str, str] = _NO_VERSIONS  # of each package; the one that the project itself gets
    stale: str | None = None  # what is out of date, in words; None: nothing
    git: str | None = None  # the package that is fetched by git
    berry: bool = False  # of yarn 2 or later
    cache_key: str = ""  # of yarn 2 and later: which of them wrote it


def read_lock(tree: Tree, path: str, manifests: Iterable[Manifest]) -> Lock:
    """Return what the lock file at PATH holds for MANIFESTS, the root's first."""
    if path == "bun.lockb":  # binary: bun says itself what is wrong with it
        return Lock(path)
    read = _reader(path)
    return read(tree, path, tuple(manifests))


def _reader(path: str) -> Callable[[Tree, str, tuple[Manifest, ...]], Lock]:
    if path == "pnpm-lock.yaml":
        from .pnpmlock import read_pnpm

        return read_pnpm
    if path == "yarn.lock":
        from .yarnlock import read_yarn

        return read_yarn
    return _read_bun if path == "bun.lock" else _read_npm


def differs(manifest: Manifest, name: str) -> str:
    """Return how to say that a lock is not in date with what MANIFEST says of the package NAME."""
    return f"is not in date with what {manifest.path} says of {name}"


def asked(manifest: Manifest, kinds: Iterable[str] = KINDS) -> dict[str, str]:
    """Return all that MANIFEST asks for; what production needs comes first."""
    found: dict[str, str] = {}
    for kind in kinds:
        for name, text in manifest.asked(kind).items():
            found.setdefault(name, text)
    return found


# -- npm: https://docs.npmjs.com/cli/configuring-npm/package-lock-json


def _read_npm(tree: Tree, path: str, manifests: tuple[Manifest, ...]) -> Lock:
    data = table(tree.json(path))
    version = str(data.get("lockfileVersion", ""))
    packages = _npm_packages(data)
    held: dict[str, str] = {}
    for key, entry in packages.items():
        name = key.rpartition("node_modules/")[2]
        if isinstance(entry.get("version"), str) and key != name:
            held.setdefault(name, entry["version"])
    git = next((key for key, entry in packages.items() if _is_git(entry)), None)
    stale = _npm_stale(manifests, packages) if packages else None
    if stale is None and "packages" in data:
        stale = _npm_gap(packages)
    return Lock(path, version, held, stale, git.rpartition("node_modules/")[2] if git else None)


def _npm_packages(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the packages by their folders, the shallow ones first."""
    if "packages" in data:
        found = {key: table(entry) for key, entry in table(data, "packages").items()}
    else:
        found = dict(_nested(data, ""))
    return dict(sorted(found.items(), key=lambda item: item[0].count("node_modules/")))


def _nested(data: Mapping[str, Any], above: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a lock of version 1 holds, by the folders that it stands for."""
    todo = [(data, above)]
    while todo:
        node, folder = todo.pop()
        for name, entry in table(node.get("dependencies")).items():
            key = f"{folder}node_modules/{name}"
            yield key, table(entry)
            todo.append((table(entry), f"{key}/"))


def _is_git(entry: Mapping[str, Any]) -> bool:
    said = (entry.get("resolved"), entry.get("version"))
    return any(isinstance(text, str) and text.startswith(_BY_GIT) for text in said)


def _npm_stale(manifests: tuple[Manifest, ...], packages: Mapping[str, dict[str, Any]]) -> str | None:
    """Return what `npm ci` would refuse: it asks for versions that fit, not for the same words."""
    for manifest in manifests:
        prefix = "" if manifest.folder == "." else f"{manifest.folder}/"
        if prefix and "" in packages and manifest.folder not in packages:
            return f"lacks the workspace {manifest.folder}"
        own = table(packages.get(prefix.rstrip("/")))
        for name, text in asked(manifest).items():
            said = next((own[kind][name] for kind in KINDS if name in table(own.get(kind))), None)
            places = (f"{prefix}node_modules/{name}", f"node_modules/{name}")
            entry = next((packages[place] for place in places if place in packages), None)
            if entry is None or (said != text and not _fits(text, entry)):
                return differs(manifest, name)
    return None


def _npm_gap(packages: Mapping[str, dict[str, Any]]) -> str | None:
    """Return what a locked package depends on and the lock lacks: `npm ci` wants the optional ones too."""
    for key, entry in packages.items():
        for name in (*table(entry.get("dependencies")), *table(entry.get("optionalDependencies"))):
            if not any(place in packages for place in _places(key, name)):
                return f"lacks {name}, which {key.rpartition('node_modules/')[2] or 'the project'} depends on"
    return None


def _places(key: str, name: str) -> Iterator[str]:
    """Yield where Node.js looks for the package NAME, from the one at KEY."""
    folder = key
    while folder:
        yield f"{folder}/node_modules/{name}"
        folder = folder.rpartition("/node_modules/")[0]
    yield f"node_modules/{name}"


def _fits(text: str, entry: Mapping[str, Any]) -> bool:
    if entry.get("link"):
        return True
    allowed = parse_range(text.rpartition("@")[2] if text.startswith("npm:") else text)
    version = entry.get("version")
    return allowed is None or not isinstance(version, str) or allowed.allows(version)


# -- bun: https://bun.com/docs/pm/lockfile


def _read_bun(tree: Tree, path: str, manifests: tuple[Manifest, ...]) -> Lock:
    data = read_jsonc(tree, path)
    packages: dict[str, str] = {}
    for entry in table(data, "packages").values():
        said = entry[0] if isinstance(entry, list) and entry and isinstance(entry[0], str) else ""
        name, _, version = said.rpartition("@")
        packages.setdefault(name, version)
    git = next((name for name, version in packages.items() if version.startswith(_BY_GIT)), None)
    stale = _bun_stale(manifests, table(data, "workspaces")) if data else None
    return Lock(path, str(data.get("lockfileVersion", "")), packages, stale, git)


def _bun_stale(manifests: tuple[Manifest, ...], held: Mapping[str, Any]) -> str | None:
    for manifest in manifests:
        own = held.get("" if manifest.folder == "." else manifest.folder)
        if own is None:
            return f"lacks the workspace {manifest.folder}"
        for kind in KINDS:
            said = manifest.asked(kind)
            if table(own, kind) != dict(said):
                other = sorted(set(table(own, kind).items()) ^ set(said.items()))
                return differs(manifest, other[0][0] if other else kind)
    return None
