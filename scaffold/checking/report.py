"""What `check` found, as a text for people, an object for programs, and annotations for GitHub."""

from collections.abc import Iterator
from typing import Any

from scaffold.checking.check import Checked
from scaffold.checking.deviations import count
from scaffold.checking.drift import nearest
from scaffold.paths import printable
from scaffold.policy.rules import BY_ID, rule_texts
from scaffold.problems import SEVERITIES, Problem
from scaffold.report import Style, as_json

_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}

#: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def tell_checked(checked: Checked, style: Style) -> str:
    """Return each problem on a line of its own, and what it comes to."""
    lines = [_line(problem, style) for problem in checked.problems if not problem.accepted]
    return "".join(lines) + _outcome(checked, style)


def _line(problem: Problem, style: Style) -> str:
    head = style.paint(f"{problem.severity}:", _COLOURS[problem.severity])
    return f"{head} {printable(problem.place)}: {problem.message} ({problem.rule})\n"


def _outcome(checked: Checked, style: Style) -> str:
    counted = count(checked.problems)
    told = [_many(counted[severity], severity) for severity in reversed(SEVERITIES) if counted[severity]]
    accepted = f"; {counted['accepted']} accepted" if counted["accepted"] else ""
    files = _many(len(checked.files), "file")
    if not told:
        return f"{style.paint('nothing to mend', 'green')} in {files}{accepted}\n"
    why = "\nwhy, and how to mend it: scaffold check --explain RULE" if checked.failing else ""
    return f"{', '.join(told)} in {files}{accepted}{why}\n"


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def tell_rule(name: str) -> str:
    """Return what the rule NAME asks, why, and how to mend what is not so."""
    text = rule_texts()[name]
    also = f"Also known as: {', '.join(text.also)}\n" if text.also else ""
    head = f"{name} ({BY_ID[name].severity}): {text.about}"
    return f"{head}\n\n{text.why}\n\nTo mend it: {text.mend}\n{also}"


def checked_as_json(checked: Checked) -> dict[str, Any]:
    """Return the object that `scaffold check --format json` prints."""
    counted = count(checked.problems)
    return {
        "schema": 1,
        "failed": bool(checked.failing),
        "fail_on": checked.fail_on,
        "counts": {key: counted[key] for key in (*reversed(SEVERITIES), "accepted")},
        "files": list(checked.files),
        "records": [_record_as_json(one) for one in checked.managed],
        "problems": [_problem_as_json(problem) for problem in checked.problems],
        "warnings": as_json(checked.warnings),
    }


def _record_as_json(managed: Any) -> dict[str, Any]:
    record = managed.record
    name, version = nearest(record) if record else (None, None)
    return {
        "path": managed.folder or ".",
        "pack": name,
        "version": version,
        "tool": record.tool if record else None,
        "files": sorted(record.files) if record else [],
    }


def _problem_as_json(problem: Problem) -> dict[str, Any]:
    return {
        "rule": problem.rule,
        "severity": problem.severity,
        "path": problem.path,
        "line": problem.line,
        "message": problem.message,
        "fingerprint": problem.fingerprint,
        "accepted": problem.accepted or None,
    }


def tell_github(checked: Checked) -> str:
    """Return the workflow commands by which GitHub shows each problem beside its line."""
    return "".join(_commands(checked))


def _commands(checked: Checked) -> Iterator[str]:
    for problem in checked.problems:
        if not problem.accepted:
            values = {"file": problem.path, "line": str(problem.line or 1), "title": problem.rule}
            told = ",".join(f"{key}={_property(value)}" for key, value in values.items())
            about = rule_texts()[problem.rule].mend
            yield f"::{_COMMANDS[problem.severity]} {told}::{_data(f'{problem.message}. {about}')}\n"


def _data(text: str) -> str:
    """Return TEXT as it may stand behind a command.

    https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return TEXT as it may be a property of a command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
