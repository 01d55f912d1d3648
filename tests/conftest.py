"""What all tests share: the flag that rewrites goldens, the effort of hypothesis, and the table of example x check."""

from __future__ import annotations

import os

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import settings

#: HYPOTHESIS_PROFILE=thorough looks for longer: a person's choice, not each run's.
settings.register_profile("quick", max_examples=30, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --update-golden."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell each report which cell of the table it is, also where the test itself never runs."""
    for item in items:
        if (call := getattr(item, "callspec", None)) and "check" in call.params:
            item.user_properties += [
                ("example", call.params["example"].name),
                ("check", call.params["check"]),
            ]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print what the real builds showed, as a table."""
    cells: dict[tuple[str, str], str] = {}
    for outcome, word in (
        ("passed", "ok"),
        ("failed", "FAILED"),
        ("error", "FAILED"),
        ("skipped", "skipped"),
    ):
        for report in terminalreporter.stats.get(outcome, []):
            said = dict(getattr(report, "user_properties", ()))
            if "example" in said:
                cells[said["example"], said["check"]] = word
    if cells:
        terminalreporter.section("real builds")
        for line in _table(cells):
            terminalreporter.write_line(line)


def _table(cells: dict[tuple[str, str], str]) -> list[str]:
    """Lay the cells out; a check that has no meaning for an example was not run, and is n/a."""
    rows = list(dict.fromkeys(row for row, _ in cells))
    columns = list(dict.fromkeys(column for _, column in cells))
    width = max(map(len, rows))
    head = " ".join([" " * width, *(f"{c:>8}" for c in columns)])
    return [
        head,
        *(" ".join([f"{r:{width}}", *(f"{cells.get((r, c), 'n/a'):>8}" for c in columns)]) for r in rows),
    ]
