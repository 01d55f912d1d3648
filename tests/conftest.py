"""What all tests share: how goldens are rewritten, effort of hypothesis, builds and the table of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator

import pytest
import typist
from _pytest.terminal import TerminalReporter
from hypothesis import settings
from typist import Typist
from workshop import Workshop

#: HYPOTHESIS_PROFILE=thorough looks for longer: a person's choice, not each run's.
settings.register_profile("quick", max_examples=30, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


#: How the table says it.
WORDS = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --update-golden."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


#: The cells of the table, in the order in which they run.
Cells = dict[tuple[str, str], str]
CELLS = pytest.StashKey[Cells]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Lay the table out: a check that has no meaning for an example is no cell of it."""
    calls = [call.params for item in session.items if (call := getattr(item, "callspec", None))]
    session.config.stash[CELLS] = {(c["example"].name, c["check"]): "-" for c in calls if "check" in c}


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Where examples are built: needs a Docker Engine."""
    if not Workshop.has_an_engine():
        reason = "no Docker Engine answers; where none can be installed, ../shared/lab/engine up starts one"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    yield workshop
    workshop.close()


@pytest.fixture
def sit_down() -> Iterator[Callable[..., Typist]]:
    """Start a command on a terminal."""
    typists: list[Typist] = []

    def sit_down(*arguments: object, **environment: str) -> Typist:
        typists.append(typist.sit_down(*arguments, **environment))
        return typists[-1]

    yield sit_down
    for each in typists:
        if each.process.poll() is None:
            each.process.kill()
        os.close(each.screen)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write what came out into the table, also where the test itself never ran."""
    report = yield
    cells, spec = item.config.stash[CELLS], getattr(item, "callspec", None)
    if spec and "check" in spec.params and (report.when == "call" or not report.passed):
        cells[spec.params["example"].name, spec.params["check"]] = WORDS[report.outcome]
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print what the real builds showed."""
    if cells := terminalreporter.config.stash.get(CELLS, {}):
        terminalreporter.section("real builds")
        for line in _lines(cells):
            terminalreporter.write_line(line)


def _lines(cells: Cells) -> list[str]:
    rows = list(dict.fromkeys(row for row, _ in cells))
    columns = list(dict.fromkeys(column for _, column in cells))
    width = max(map(len, rows))
    table = [[cells.get((row, column), "n/a") for column in columns] for row in rows]
    return [
        " ".join([name.ljust(width), *(word.rjust(8) for word in words)])
        for name, words in zip(["", *rows], [columns, *table], strict=True)
    ]
