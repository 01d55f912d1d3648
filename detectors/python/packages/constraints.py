"""Version constraints, PEP 440's and Poetry's, made one kind. Resolves nothing."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

from scaffold.nouns import NamedTuple

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

#: https://python-poetry.org/docs/dependency-specification/: `^1.2`, `~1.2`, `1.*`, `>=1 <2`, `1.2 || 2.0`
_CLAUSE = re.compile(r"(\^|~=|~|===|==|!=|>=|<=|>|<|=)?\s*(v?\d[\w+!-]*(?:\.[\w+!-]+)*(?:\.\*)?|\*)")
_JOINT = re.compile(r"[\s,]*")

#: A final release, and a clause that compares with one: https://peps.python.org/pep-0440/
_NUMBERS = r"[0-9]{1,9}(\.[0-9]{1,9})*"
_PIN = r"={2,3}([^*]+)"
_PLAIN_CLAUSE = r"(==|!=|>=|<=|>|<)([0-9.]+)"
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": eq, "!=": ne, ">=": ge, "<=": le, ">": gt, "<": lt,
}  # fmt: skip

#: No release has so many patches; an image of a release always has its newest one.
_NEWEST_PATCH = 99


class Constraint(NamedTuple):
    """Which versions are allowed: those of any of the alternatives."""

    text: str  # as the project writes it
    specifiers: tuple[str, ...]  # ">=3.12,<4": PEP 440's, valid

    @property
    def alternatives(self) -> "tuple[SpecifierSet, ...]":
        """The specifiers, parsed: new ones, for a set that was asked something may have merged clauses."""
        from packaging.specifiers import SpecifierSet

        return tuple(map(SpecifierSet, self.specifiers))

    def allows(self, version: str) -> bool:
        """Whether VERSION, which may be a pre-release, is allowed."""
        return any(_allows(specifier, version) for specifier in self.specifiers)

    def allows_release(self, release: str) -> bool:
        """Whether any patch of RELEASE ("3.12") is allowed."""
        patches = (_NEWEST_PATCH, *range(30))
        return any(self.allows(f"{release}.{patch}") for patch in patches)

    @property
    def pin(self) -> str | None:
        """The one version that is allowed, if it is one."""
        clauses = [clause for one in self.specifiers for clause in one.split(",") if clause]
        match = re.fullmatch(_PIN, clauses[0]) if len(clauses) == 1 else None
        return match[1] if match else None

    def ends_before(self, version: str) -> bool:
        """Whether all that is allowed is older than VERSION."""
        return bool(self.specifiers) and all(_ends_before(one, version) for one in self.specifiers)


def parse_constraint(text: str) -> Constraint | None:
    """Return TEXT as a constraint, or None where it is none."""
    parts = [_specifiers(part) for part in re.split(r"\|\|?", text)]
    specifiers = tuple(part for part in parts if part is not None and _is_valid(part))
    return Constraint(text.strip(), specifiers) if len(specifiers) == len(parts) else None


def _is_valid(specifier: str) -> bool:
    if _plain(specifier) is not None:
        return True
    from packaging.specifiers import InvalidSpecifier

    try:
        _parsed(specifier)
    except InvalidSpecifier:
        return False
    return True


@lru_cache(maxsize=4096)
def _parsed(specifier: str) -> "SpecifierSet":
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(specifier)


@lru_cache(maxsize=4096)
def _allows(specifier: str, version: str) -> bool:
    clauses, given = _plain(specifier), numbers(version)
    if clauses is None or given is None:
        return _parsed(specifier).contains(version, prereleases=True)
    return all(COMPARE[operator](given, end) for operator, end in clauses)


# -- what is nothing but numbers: nearly all is, and `packaging` is slow to import


@lru_cache(maxsize=4096)
def numbers(version: str) -> tuple[int, ...] | None:
    """Return the parts of a final release, comparable with others', or None where VERSION is none."""
    if not re.fullmatch(_NUMBERS, version):
        return None
    return tuple(map(int, re.sub(r"(\.0+)+$", "", version).split(".")))


@lru_cache(maxsize=4096)
def _plain(specifier: str) -> tuple[tuple[str, tuple[int, ...]], ...] | None:
    """Return the clauses of SPECIFIER, or None where one compares more than final releases."""
    clauses = []
    for clause in filter(None, specifier.split(",")):
        match = re.fullmatch(_PLAIN_CLAUSE, clause)
        end = numbers(match[2]) if match else None
        if match is None or end is None:
            return None
        clauses.append((match[1], end))
    return tuple(clauses)


# -- Poetry's operators


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


def _ends_before(specifier: str, version: str) -> bool:
    clauses, given = _plain(specifier), numbers(version)
    if clauses is not None and given is not None:
        return any(_is_past(operator, end, given) for operator, end in clauses)
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version)
        return any(_is_below(clause.operator, clause.version, wanted) for clause in _parsed(specifier))
    except InvalidVersion:
        return False


def _is_past(operator: str, end: tuple[int, ...], version: tuple[int, ...]) -> bool:
    return end <= version if operator == "<" else operator in ("<=", "==") and end < version


def _is_below(operator: str, end: str, version: "Version") -> bool:
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


def _next(release: tuple[int, ...]) -> "Version":
    from packaging.version import Version

    return Version(".".join(map(str, (*release[:-1], release[-1] + 1))))
