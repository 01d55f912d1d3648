"""Tools that are older than the Node.js they are built with, and what makes them work all the same."""

from __future__ import annotations

from collections.abc import Mapping

from scaffold.model import Fact

from .manifest import Manifest
from .ranges import numbers, parse_range

#: Since this release OpenSSL 3 refuses MD4, which webpack before 5.61 hashes with:
#: https://github.com/webpack/webpack/releases/tag/v5.61.0
_OPENSSL_3 = 17
_WEBPACK = (5, 61)
#: What brings such a webpack, where no lock file says.
_BRING_IT = {
    "react-scripts": 5, "@vue/cli-service": 5, "nuxt": 3, "gatsby": 3, "laravel-mix": 6, "webpack": 5,
    "next": 12,
}  # fmt: skip
_OPTION = {"NODE_OPTIONS": "--openssl-legacy-provider"}


def find_legacy(
    manifest: Manifest, versions: Mapping[str, str], major: str, facts: Mapping[str, Fact]
) -> dict[str, Fact]:
    """Return the environment that the build and the development server need, beside that in FACTS."""
    source = _old_webpack(manifest, versions) if major.isdecimal() and int(major) >= _OPENSSL_3 else None
    if source is None:
        return {}
    before = facts.get("build_environment")
    values = {**(before.value if before else {}), **_OPTION}
    return {"build_environment": Fact(values, source), "dev_environment": Fact(dict(_OPTION), source)}


def _old_webpack(manifest: Manifest, versions: Mapping[str, str]) -> str | None:
    """Return what brings a webpack that OpenSSL 3 stops."""
    if version := versions.get("webpack"):
        old = numbers(version) < _WEBPACK
        asked = next((fact for name in _BRING_IT if (fact := manifest.has_any(name))), None)
        return f"{asked.source if asked else manifest.path}: webpack {version}" if old else None
    for name, since in _BRING_IT.items():
        fact = manifest.has_any(name)
        if fact and name not in versions and _ends_before(str(fact.value), since):
            return f"{fact.source}: {name} {fact.value}"
        if fact and name in versions and numbers(versions[name])[:1] < (since,) and name != "webpack":
            return f"{fact.source}: {name} {versions[name]}"
    return None


def _ends_before(text: str, major: int) -> bool:
    """Whether a range allows nothing as new as MAJOR."""
    allowed = parse_range(text)
    return allowed is not None and not any(allowed.allows_major(line) for line in range(major, major + 40))
