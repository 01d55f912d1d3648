"""Feeds fuzzed projects to every reader by the public door: `detect`, then plan and files of what it found.

    python tests/fuzz.py [--runs N | --seconds S] [--seed N] [--jobs N]
    python tests/fuzz.py --case N [--seed N]      one again, with all of its files

A run is one project in which one to five places were spoilt; which ones, its number and the seed say,
whatever the number of jobs. It ends with 1 where something that must hold did not (tests/fuzzing/oracle.py),
and prints for each such failure the smallest project that shows it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import Synchronized
from random import Random
from typing import NamedTuple

from fuzzing.mutators import Files, mutated
from fuzzing.oracle import Failure, judge, limit_memory
from fuzzing.shrink import shrunk

#: How often a job says how far it is: runs.
STEP = 200

#: Where it happened that a process was ended: no line of Python can say.
DEATH = "the process"


class Found(NamedTuple):
    """A failure, and the number of the run that showed it."""

    case: int
    failure: Failure


class Outcome(NamedTuple):
    """What came of all runs."""

    runs: int
    seconds: float
    found: tuple[Found, ...]  # one for each line of code that failed

    @property
    def rate(self) -> float:
        """Runs per second."""
        return self.runs / max(self.seconds, 0.001)


def project(seed: int, case: int) -> tuple[str, Files, Random]:
    """Return one fuzzed project, the name of what it was made from, and the generator as it stands."""
    random = Random(f"{seed} {case}")
    name, files = mutated(random)
    return name, files, random


def fuzz(runs: int, seconds: float, seed: int, jobs: int) -> Outcome:
    """Run RUNS projects, or as many as SECONDS allow, in JOBS processes."""
    began = time.monotonic()
    job = partial(_start, seed=seed, end=began + seconds)
    at_work = dict(job(range(first, runs, jobs)) for first in range(jobs))
    done, known = 0, dict[str, Found]()
    while at_work:
        for pipe in wait(list(at_work)):
            assert isinstance(pipe, Connection)
            try:
                count, found = pipe.recv()
            except EOFError:  # the process is gone: at its end, or with a crash that Python does not survive
                work = at_work.pop(pipe)
                count, found = 0, work.died()
                if found:
                    at_work.update([job(work.cases[work.cases.index(found[0].case) + 1 :])])
            done += count
            for each in found:
                if each.failure.where not in known:
                    known[each.failure.where] = each
                    print(f"run {each.case}: {each.failure.said} ({each.failure.where})", flush=True)
    return Outcome(done, time.monotonic() - began, tuple(sorted(known.values())))


class Work(NamedTuple):
    """A process, the runs that it has to do, and the one that it is at."""

    process: ForkProcess
    cases: range
    at: Synchronized[int]

    def died(self) -> list[Found]:
        """Return the run that the process did not survive; nothing where it came to its end."""
        self.process.join()
        if not self.process.exitcode:
            return []
        said = f"the process ended with {self.process.exitcode}"
        return [Found(self.at.value, Failure(said, DEATH, ""))]


def _start(cases: range, seed: int, end: float) -> tuple[Connection, Work]:
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    at: Synchronized[int] = context.Value("q", -1)
    process = context.Process(target=_work, args=(theirs, cases, at, seed, end))
    process.start()
    theirs.close()  # so that its death is an end of file
    return ours, Work(process, cases, at)


def _work(pipe: Connection, cases: range, at: Synchronized[int], seed: int, end: float) -> None:
    limit_memory()
    count = 0
    for case in cases:
        if time.monotonic() > end:
            break
        at.value = case
        _, files, random = project(seed, case)
        failure = judge(files, random)
        count += 1
        if failure is not None or count == STEP:
            pipe.send((count, [Found(case, failure)] if failure else []))
            count = 0
    pipe.send((count, []))


def explain(found: Found, seed: int) -> str:
    """Return the smallest project that fails so, as a test would have it, and where it fails."""
    _, files, _ = project(seed, found.case)

    def fails(less: Mapping[str, str | bytes]) -> bool:
        failure = judge(less, Random(0))
        return failure is not None and failure.where == found.failure.where

    again = found.failure.where != DEATH and not found.failure.where.startswith("slow")
    least = shrunk(files, fails) if again else files
    lines = "\n".join(f"    {path!r}: {text!r}," for path, text in least.items())
    return f"-- run {found.case}: {found.failure.said}\nTree({{\n{lines}\n}})\n{found.failure.trace}"


def main() -> int:
    """Fuzz, and print how it went."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, help="how many (default: 1,000, or without end for --seconds)")
    parser.add_argument("--seconds", type=float, help="no new run after this long")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--case", type=int, help="the number of one run to do again")
    asked = parser.parse_args()
    if asked.case is not None:
        name, files, random = project(asked.seed, asked.case)
        print(name, *(f"{path!r}: {text!r}" for path, text in files.items()), sep="\n")
        failure = judge(files, random)
        print(failure.trace or failure.said if failure else "nothing is wrong with it")
        return int(failure is not None)
    runs = asked.runs or (sys.maxsize if asked.seconds else 1000)
    outcome = fuzz(runs, asked.seconds or float("inf"), asked.seed, asked.jobs)
    for found in outcome.found:
        print(explain(found, asked.seed), flush=True)
    print(
        f"{outcome.runs:,} projects in {outcome.seconds:,.0f} s ({outcome.rate:.0f} a second, {asked.jobs}"
        f" jobs, seed {asked.seed}): {len(outcome.found) or 'no'} failures"
    )
    return int(bool(outcome.found))


if __name__ == "__main__":
    sys.exit(main())
