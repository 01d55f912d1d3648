"""What `check` reports: a problem, how grave it is, and a fingerprint that survives lines that move."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeAlias

from scaffold.nouns import NamedTuple

Severity: TypeAlias = Literal["note", "warning", "error"]

#: From what need only be known to what must not be.
SEVERITIES: tuple[Severity, ...] = ("note", "warning", "error")


class Problem(NamedTuple):
    """One thing that is not as a rule wants it."""

    rule: str  # "user-root"
    severity: Severity
    path: str  # "services/shop/Dockerfile", relative to the folder that is checked
    line: int | None
    message: str
    text: str = ""  # what stands there: the fingerprint is made of it, and not of the line's number
    fingerprint: str = ""
    accepted: str = ""  # why it does not count: the reason of a deviation, or "baseline"

    @property
    def place(self) -> str:
        """The file, with the line where there is one."""
        return self.path if self.line is None else f"{self.path}:{self.line}"


def grave(problems: Iterable[Problem], from_severity: str) -> tuple[Problem, ...]:
    """Return the problems that count and are at least as grave; none for "never"."""
    if from_severity not in SEVERITIES:
        return ()
    least = SEVERITIES.index(from_severity)
    return tuple(p for p in problems if not p.accepted and SEVERITIES.index(p.severity) >= least)


def settled(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return PROBLEMS in the order of their places, each with its fingerprint.

    Of two that are the same in all but their lines, the second is told apart by being the second.
    """
    seen: Counter[str] = Counter()
    found: list[Problem] = []
    for problem in sorted(set(problems), key=_order):
        first = _fingerprint(problem, 0)
        found.append(problem._replace(fingerprint=_fingerprint(problem, seen[first])))
        seen[first] += 1
    return tuple(found)


def _order(problem: Problem) -> tuple[str, int, str, str]:
    return problem.path, problem.line or 0, problem.rule, problem.message


def _fingerprint(problem: Problem, number: int) -> str:
    import hashlib

    words = " ".join(problem.text.split())
    parts = (problem.rule, problem.path, words or problem.message, str(number))
    told = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(told).hexdigest()[:32]
