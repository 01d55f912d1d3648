"""Install scripts of dependencies: which a package manager would leave out that are needed. Runs none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scaffold.model import Fact

from .manifest import Manifest, table, words
from .native import needed_builds
from .ranges import numbers
from .workspaces import PNPM_WORKSPACE

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

#: From which version on a manager runs no install script that nobody approved.
#: https://github.com/pnpm/pnpm/releases/tag/v10.0.0, https://docs.npmjs.com/cli/v12/using-npm/changelog;
#: yarn 4.13 and 4.14 were run.
_SINCE = {"pnpm": (10,), "npm": (12,), "yarn": (4, 14), "bun": (0,)}
#: pnpm since this version heeds no other list than `allowBuilds`.
_ALLOW_BUILDS_ONLY = (11,)
_LISTS = ("onlyBuiltDependencies", "ignoredBuiltDependencies", "neverBuiltDependencies")


def unapproved(
    tree: Tree,
    manifests: tuple[Manifest, ...],
    manager: str,
    version: str | None,
    versions: Mapping[str, str],
    lock: str | None,
) -> tuple[Fact, ...]:
    """Return the packages whose scripts are needed, and would not run, each with its place."""
    if version is None or numbers(version) < _SINCE[manager]:
        return ()
    decided = _decided(tree, manifests[0], manager, numbers(version))
    if decided is None:
        return ()
    return tuple(fact for fact in needed_builds(manifests, versions, lock) if fact.value not in decided)


def _decided(tree: Tree, manifest: Manifest, manager: str, version: tuple[int, ...]) -> frozenset[str] | None:
    """Return the packages that the project decided about; None: no script is left out."""
    if manager == "pnpm":
        return _by_pnpm(tree, manifest, version)
    if manager == "npm":
        said = manifest.data.get("allowScripts")
        return frozenset(_plain(table(said) or words(said)))
    if manager == "bun":
        # without a list of the project's own, bun has one: https://bun.com/docs/pm/lifecycle
        trusted = manifest.data.get("trustedDependencies")
        return frozenset(words(trusted)) if isinstance(trusted, list) else None
    settings = table(tree.yaml(".yarnrc.yml"))
    if settings.get("enableScripts") is True:
        return None
    rows = table(manifest.data, "dependenciesMeta").items()
    return frozenset(_plain(name for name, row in rows if "built" in table(row)))


def _by_pnpm(tree: Tree, manifest: Manifest, version: tuple[int, ...]) -> frozenset[str] | None:
    settings = table(tree.yaml(PNPM_WORKSPACE))
    own = table(manifest.data, "pnpm") if version < _ALLOW_BUILDS_ONLY else {}
    if settings.get("dangerouslyAllowAllBuilds") is True or own.get("dangerouslyAllowAllBuilds") is True:
        return None
    names: list[Any] = [*table(settings, "allowBuilds"), *table(own, "allowBuilds")]
    if version < _ALLOW_BUILDS_ONLY:
        names += [name for source in (settings, own) for key in _LISTS for name in words(source.get(key))]
    return frozenset(_plain(names))


def _plain(names: Iterable[Any]) -> list[str]:
    """Return names without the versions that may stand behind them: "sharp@0.33.1" is "sharp"."""
    texts = [str(name) for name in names]
    return [text[: text.find("@", 1)] if "@" in text[1:] else text for text in texts]
