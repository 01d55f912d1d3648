"""Version ranges as npm reads them (https://docs.npmjs.com/cli/using-npm/semver). Resolves nothing."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from scaffold.nouns import NamedTuple

if TYPE_CHECKING:
    from semantic_version import NpmSpec, Version  # type: ignore[import-untyped]

#: A range that is longer was not written by a person.
_LONGEST = 300
#: What is newer than every release.
_END = 999999

_OPERATOR = r"(\^|~>|~|>=|<=|>|<|=)\s+"
_PREFIXED = r"(^|[\s|^~<>=])[vV](?=\d)|(?<![<>])=(?=[vV]?\d)"
_COMMA = r"\s*,\s*"
_WORDS = frozenset({"", "*", "x", "X", "latest", "any"})
#: A clause that needs no library, without what stands for several: "^1.2", ">=18.17.0", "20.x".
_PLAIN_CLAUSE = (
    r"(\^|~|>=|<=|>|<|=)?(\d{1,6})(?:\.(\d{1,6})(?:\.(?:(\d{1,6})|[x*]))?|\.[x*](?:\.[x*])?)?"
    r"|[x*](?:\.[x*]){0,2}"
)
_PLAIN_VERSION = r"(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?"
_FIRST, _LAST = (0, 0, 0), (_END + 1, 0, 0)
_LITERAL = r"(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?"
_EXACT = r"=?\s*v?(\d{1,6}\.\d{1,6}\.\d{1,6})(?:-[\w.-]+)?(?:\+[\w.-]+)?"

_Span = tuple[tuple[int, ...], tuple[int, ...]]


class Range(NamedTuple):
    """Which versions are allowed."""

    text: str  # as the project writes it
    normal: str  # as the library reads it

    def allows(self, version: str) -> bool:
        """Whether VERSION is allowed ("1.2.3-beta.1"); a short one ("1.2") is the newest of its line."""
        return _matches(self.normal, version)

    def allows_major(self, major: str | int) -> bool:
        """Whether any version of MAJOR is allowed."""
        said = [match for match in re.finditer(_LITERAL, self.normal) if match[1] == str(major)]
        named = (f"{match[1]}.{match[2] or 0}.{match[3] or 0}" for match in said)
        lines = (f"{match[1]}.{match[2] or 0}" for match in said)
        return any(self.allows(version) for version in (str(major), f"{major}.0.0", *named, *lines))

    def allows_newest(self, major: str | int) -> bool:
        """Whether the newest version of MAJOR is allowed, which is what an image of it has."""
        return self.allows(str(major))

    @property
    def named(self) -> str | None:
        """The version that it is about, if that is allowed: "11.5.x" is about 11.5.0."""
        match = re.search(_LITERAL, self.normal)
        version = ".".join(part or "0" for part in match.groups()) if match else ""
        return version if version and self.allows(version) else None

    @property
    def exact(self) -> str | None:
        """The one version that it names, if it is one."""
        match = re.fullmatch(_EXACT, self.text.strip())
        return match[1] if match else None


@lru_cache(maxsize=1024)
def parse_range(text: str) -> Range | None:
    """Return TEXT as a range, or None where it is none (a tag, a URL, a path)."""
    if len(text) > _LONGEST:
        return None
    normal = _normal(text)
    is_range = _spans(normal) is not None or _spec(normal) is not None
    return Range(text.strip(), normal) if is_range else None


def _normal(text: str) -> str:
    text = text.strip()
    if text in _WORDS:
        return "*"
    text = re.sub(_OPERATOR, r"\1", re.sub(_COMMA, " ", text))
    text = re.sub(_PREFIXED, lambda match: match[1] or "", text)
    return text.replace("~>", "~").replace("X", "x")


@lru_cache(maxsize=1024)
def _spec(normal: str) -> "NpmSpec | None":
    from semantic_version import NpmSpec

    try:
        return NpmSpec(normal)
    except (ValueError, RecursionError, AttributeError):  # the last for what is no range on a side of " - "
        return None


@lru_cache(maxsize=4096)
def _version(text: str) -> "Version | None":
    from semantic_version import Version

    numbers = text.split("+")[0].split("-")[0].split(".")
    if len(numbers) < 3:
        text = ".".join([*numbers, *[str(_END)] * (3 - len(numbers))])
    try:
        return Version(text)
    except ValueError:
        return None


def _matches(normal: str, version: str) -> bool:
    spans, plain = _spans(normal), re.fullmatch(_PLAIN_VERSION, version)
    if spans is not None and plain:
        found = tuple(_END if part is None else int(part) for part in plain.groups())
        return any(all(low <= found < high for low, high in span) for span in spans)
    spec, parsed = _spec(normal), _version(version)
    return spec is not None and parsed is not None and bool(spec.match(parsed))


# -- the plain ones, which are nearly all: the library takes longer to import than a project to read


@lru_cache(maxsize=1024)
def _spans(normal: str) -> tuple[tuple[_Span, ...], ...] | None:
    """Return the alternatives of a range as what all its clauses span; None where it is not plain."""
    found = []
    for part in normal.split("||"):
        clauses = [re.fullmatch(_PLAIN_CLAUSE, word) for word in part.split()]
        if not clauses:
            return None
        spans = [_span(clause) for clause in clauses if clause]
        if len(spans) < len(clauses):
            return None
        found.append(tuple(spans))
    return tuple(found)


def _span(clause: re.Match[str]) -> _Span:
    """Return the first version that a clause allows, and the first one after that it does not."""
    said = [int(part) for part in clause.groups()[1:] if part and part.isdecimal()]
    if not said:
        return _FIRST, _LAST
    low = (*said, 0, 0)[:3]
    after = _next(said, _kept(clause[1] or "=", said))
    spans: dict[str, _Span] = {
        ">=": (low, _LAST),
        ">": (after, _LAST),
        "<": (_FIRST, low),
        "<=": (_FIRST, after),
    }
    return spans.get(clause[1], (low, after))


def _kept(operator: str, said: list[int]) -> int:
    """Return how many numbers of a version stay the same in what OPERATOR allows."""
    if operator == "~":
        return min(2, len(said))
    if operator == "^":
        return next((place for place, part in enumerate(said, start=1) if part), len(said))
    return len(said)


def _next(said: list[int], kept: int) -> tuple[int, ...]:
    return (*said[: kept - 1], said[kept - 1] + 1, 0, 0)[:3]


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, to compare: "10.34.9" is (10, 34, 9)."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version.partition("-")[0])[:3])
