"""What may be otherwise: deviations that somebody answers for, and a baseline of what was there before.

A deviation says which rule, where, why, whose and until when (.scaffold/deviations.toml). A baseline is a
file of fingerprints. Both are kept in the repository, and so can be changed by whoever is checked: a policy
from outside says what nobody may deviate from, and for how long anybody may.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from scaffold.errors import WrongUse
from scaffold.nouns import NamedTuple
from scaffold.paths import printable
from scaffold.policy.globs import is_path_of
from scaffold.policy.rules import BY_ID
from scaffold.policy.settings import Policy
from scaffold.problems import Problem
from scaffold.reading.formats import decode, explain, read_json, read_toml

FILE = ".scaffold/deviations.toml"

#: A file of deviations that is larger was not written by a person.
MOST_BYTES = 1_000_000

_KEYS = ("rule", "path", "reason", "owner", "expires")

#: Rules that say that a deviation is wrong, so that none can be declared from them.
_ABOUT_THEM = ("deviation-invalid", "deviation-expired", "deviation-unused")

_SCHEMA = 1

#: Why a problem does not count that was there before.
BASELINE = "baseline"


class Deviation(NamedTuple):
    """One exception, by one owner, until one day."""

    rule: str
    path: str  # "services/*/Dockerfile"; `*` stays inside of one folder, `**` is any number of them
    reason: str
    owner: str
    expires: date
    line: int

    def is_of(self, problem: Problem) -> bool:
        """Say whether PROBLEM is what was agreed on."""
        return problem.rule == self.rule and is_path_of(self.path, problem.path)


def deviate(
    problems: Sequence[Problem], text: str, policy: Policy, today: date, place: str = FILE
) -> Iterator[Problem]:
    """Yield PROBLEMS, those accepted that TEXT declares, and what is wrong with TEXT itself."""
    found: list[Problem] = []
    deviations = [one for one in _read(text, place, found) if _holds(one, policy, today, place, found)]
    used: set[Deviation] = set()
    for problem in problems:
        match = next((one for one in deviations if one.is_of(problem)), None)
        if match is not None:
            used.add(match)
            told = f"{match.reason} ({match.owner}, until {match.expires})"
            problem = problem._replace(accepted=printable(told))
        yield problem
    yield from found
    for one in deviations:
        if one not in used:
            message = f"nothing deviates from {one.rule} in {one.path} any more"
            yield _wrong("deviation-unused", place, one.line, message)


def _wrong(rule: str, place: str, line: int | None, message: str) -> Problem:
    return Problem(rule, "error", place, line, printable(message), message)


def _read(text: str, place: str, found: list[Problem]) -> Iterator[Deviation]:
    try:
        told = read_toml(text)
    except Exception as error:  # a parser that runs out of stack too: see scaffold.reading.formats
        message, line = explain(error)
        found.append(_wrong("deviation-invalid", place, line, f"cannot be parsed: {message}"))
        return
    lines = [n for n, line in enumerate(text.split("\n"), start=1) if line.strip().startswith("[[")]
    rows = told.get("deviation", [])
    for key in told.keys() - {"deviation"}:
        found.append(
            _wrong("deviation-invalid", place, None, f"there is no key {key!r} (each is a [[deviation]])")
        )
    for at, row in enumerate(rows if isinstance(rows, list) else [rows]):
        line = lines[at] if at < len(lines) else None
        flaw = _flaw(row)
        if flaw:
            found.append(_wrong("deviation-invalid", place, line, flaw))
        else:
            said = {key: row[key] for key in _KEYS}
            yield Deviation(**{**said, "expires": _day(row["expires"])}, line=line or 1)


def _flaw(row: Any) -> str:
    """Return what is wrong with one entry, or ""."""
    if not isinstance(row, Mapping):
        return "an entry that is no table"
    missing = [key for key in _KEYS if key not in row]
    unknown = [key for key in row if key not in _KEYS]
    if missing or unknown:
        told = [f"has no {', '.join(missing)}"] if missing else []
        told += [f"has {', '.join(unknown)}, which there is not"] if unknown else []
        return f"the deviation {' and '.join(told)} (there are: {', '.join(_KEYS)})"
    empty = [key for key in _KEYS[:-1] if not isinstance(row[key], str) or not row[key].strip()]
    if empty:
        return f"the deviation says nothing for {', '.join(empty)}"
    if row["rule"] not in BY_ID:
        return f"there is no rule {row['rule']!r}"
    if row["rule"] in _ABOUT_THEM:
        return f"nobody can deviate from {row['rule']}"
    if not isinstance(row["expires"], date):
        return f"expires is {row['expires']!r}, which is no day: 2027-03-31"
    return ""


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _holds(one: Deviation, policy: Policy, today: date, place: str, found: list[Problem]) -> bool:
    """Say whether ONE counts today; else what is wrong goes to FOUND."""
    if one.rule in policy.never:
        message = f"the policy lets nobody deviate from {one.rule}"
        found.append(_wrong("deviation-invalid", place, one.line, message))
    elif one.expires < today:
        message = f"the deviation of {one.owner} from {one.rule} in {one.path} ended on {one.expires}"
        found.append(_wrong("deviation-expired", place, one.line, message))
    elif one.expires > today + timedelta(days=policy.max_days):
        message = f"{one.expires} is further away than the {policy.max_days} days that are allowed"
        found.append(_wrong("deviation-invalid", place, one.line, message))
    else:
        return True
    return False


# -- a baseline


def baseline_text(problems: Iterable[Problem]) -> str:
    """Return the file that accepts PROBLEMS, those of an earlier one too, and none that is declared."""
    import json

    rows = [
        {"fingerprint": each.fingerprint, "rule": each.rule, "path": each.path}
        for each in sorted(problems, key=lambda each: (each.path, each.rule, each.fingerprint))
        if each.accepted in ("", BASELINE)
    ]
    return json.dumps({"schema": _SCHEMA, "problems": rows}, indent=2) + "\n"


def read_baseline(content: bytes, place: str) -> frozenset[str]:
    """Return the fingerprints in CONTENT; WrongUse for what is no baseline."""
    try:
        told = read_json(decode(content))
        if told["schema"] != _SCHEMA:
            raise WrongUse(f"{place}: is of another version of scaffold")
        return frozenset(str(row["fingerprint"]) for row in told["problems"])
    except WrongUse:
        raise
    except Exception:  # whatever it is, it is none
        raise WrongUse(f"{place}: is no baseline; --write-baseline writes one") from None


def accept(problems: Iterable[Problem], baseline: frozenset[str]) -> Iterator[Problem]:
    """Yield PROBLEMS, those of BASELINE accepted."""
    for problem in problems:
        is_known = not problem.accepted and problem.fingerprint in baseline
        yield problem._replace(accepted=BASELINE) if is_known else problem


def count(problems: Iterable[Problem]) -> Mapping[str, int]:
    """Return how many there are of each severity, and how many are accepted."""
    return Counter("accepted" if each.accepted else each.severity for each in problems)
