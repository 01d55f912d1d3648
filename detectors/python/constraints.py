"""Version constraints, PEP 440's and Poetry's, made one kind. Resolves nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

#: https://python-poetry.org/docs/dependency-specification/: `^1.2`, `~1.2`, `1.*`, `>=1 <2`, `1.2 || 2.0`
_CLAUSE = re.compile(r"(\^|~=|~|===|==|!=|>=|<=|>|<|=)?\s*(v?\d[\w+!-]*(?:\.[\w+!-]+)*(?:\.\*)?|\*)")
_JOINT = re.compile(r"[\s,]*")

#: No release has so many patches; an image of a release always has its newest one.
_NEWEST_PATCH = 99


@dataclass(frozen=True, slots=True)
class Constraint:
    """Which versions are allowed: those of any of the alternatives."""

    text: str  # as the project writes it
    alternatives: tuple[SpecifierSet, ...]

    def allows(self, version: str) -> bool:
        """Whether VERSION, which may be a pre-release, is allowed."""
        return any(spec.contains(version, prereleases=True) for spec in self.alternatives)

    def allows_release(self, release: str) -> bool:
        """Whether any patch of RELEASE ("3.12") is allowed."""
        patches = (_NEWEST_PATCH, *range(30))
        return any(self.allows(f"{release}.{patch}") for patch in patches)

    @property
    def pin(self) -> str | None:
        """The one version that is allowed, if it is one."""
        clauses = [clause for spec in self.alternatives for clause in spec]
        if len(clauses) == 1 and clauses[0].operator in ("==", "===") and "*" not in clauses[0].version:
            return clauses[0].version
        return None

    def ends_before(self, version: str) -> bool:
        """Whether all that is allowed is older than VERSION."""
        return bool(self.alternatives) and all(_ends_before(spec, version) for spec in self.alternatives)


def parse_constraint(text: str) -> Constraint | None:
    """Return TEXT as a constraint, or None where it is none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    parts = [_specifiers(part) for part in re.split(r"\|\|?", text)]
    if any(part is None for part in parts):
        return None
    try:
        alternatives = tuple(SpecifierSet(part or "") for part in parts)
    except InvalidSpecifier:
        return None
    return Constraint(text.strip(), alternatives)


def _specifiers(text: str) -> str | None:
    """Return TEXT as PEP 440 writes it, or None where it is not understood."""
    clauses: list[str] = []
    position = _skip(text, 0)
    while position < len(text):
        match = _CLAUSE.match(text, position)
        clause = _clause(match[1] or "", match[2]) if match else None
        if match is None or clause is None:
            return None
        clauses.append(clause)
        position = _skip(text, match.end())
    return ",".join(clause for clause in clauses if clause)


def _skip(text: str, position: int) -> int:
    match = _JOINT.match(text, position)
    return match.end() if match else position


def _clause(operator: str, version: str) -> str | None:
    version = version.removeprefix("v")
    if version == "*":
        return ""
    if operator in ("^", "~"):
        return _ranged(operator, version.removesuffix(".*"))
    if operator in ("<", "<=", ">", ">="):
        return operator + version.removesuffix(".*")
    return (operator if operator in ("!=", "~=", "===") else "==") + version


def _ranged(operator: str, version: str) -> str | None:
    from packaging.version import InvalidVersion, Version

    try:
        release = Version(version).release
    except InvalidVersion:
        return None
    return f">={version},<{_caret(release) if operator == '^' else _tilde(release)}"


def _caret(release: tuple[int, ...]) -> str:
    """Return the end of `^release`: the first digit that is not zero goes up."""
    index = next((i for i, part in enumerate(release) if part), len(release) - 1)
    return ".".join(map(str, (*release[:index], release[index] + 1)))


def _tilde(release: tuple[int, ...]) -> str:
    index = min(1, len(release) - 1)
    return ".".join(map(str, (*release[:index], release[index] + 1)))


def _ends_before(spec: SpecifierSet, version: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version)
        return any(_is_below(clause.operator, clause.version, wanted) for clause in spec)
    except InvalidVersion:
        return False


def _is_below(operator: str, end: str, version: Version) -> bool:
    from packaging.version import Version

    release = Version(end.removesuffix(".*")).release
    if operator == "<":
        return Version(end) <= version
    if operator in ("<=", "==", "===") and not end.endswith("*"):
        return Version(end) < version
    if operator == "==":
        return _next(release) <= version
    if operator == "~=" and len(release) > 1:
        return _next(release[:-1]) <= version
    return False


def _next(release: tuple[int, ...]) -> Version:
    from packaging.version import Version

    return Version(".".join(map(str, (*release[:-1], release[-1] + 1))))
