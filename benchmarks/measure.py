"""Running programs and saying what that took: the same for every benchmark."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

#: What is no part of an example: what success is, and what somebody left behind who ran it.
LEFT_OUT = shutil.ignore_patterns(
    *("test.toml", "__pycache__", ".pytest_cache", ".venv", "*.egg-info", "node_modules", "dist", ".next")
)


class Spent(NamedTuple):
    """The seconds that a program took."""

    wall: float  # from its start to its end
    cpu: float  # of the processor, by it and its children, in user mode and in the kernel


def spend(argv: Sequence[str], cwd: Path | None = None) -> Spent:
    """Run ARGV to its end; RuntimeError where it fails."""
    # A user's Python keeps what it compiled; one that may not compiles every module again at every start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit {process.returncode}: {' '.join(argv)}")
    return Spent(wall, usage.ru_utime + usage.ru_stime)


def in_turn(commands: Mapping[str, Callable[[], Spent]], runs: int) -> dict[str, list[Spent]]:
    """Return what each of COMMANDS took in each round; a round runs all of them, one after the other."""
    taken: dict[str, list[Spent]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(command())
    return taken


def median(spent: Iterable[Spent]) -> Spent:
    """Return the median of each of the two times."""
    walls, cpus = zip(*spent, strict=True)
    return Spent(statistics.median(walls), statistics.median(cpus))


def ratio(spent: Iterable[Spent], to: Iterable[Spent]) -> float:
    """Return how many times the CPU time it is, round by round, the median: a busy moment has hit both."""
    return statistics.median(one.cpu / other.cpu for one, other in zip(spent, to, strict=True))


def copy(example: str, folder: Path) -> Path:
    """Copy an example to FOLDER, which is new."""
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(EXAMPLES / example, folder, ignore=LEFT_OUT))


def install(scratch: Path) -> Path:
    """Install the project below SCRATCH as users have it, and return the folder of its programs.

    An editable install's import hook slows even the bare interpreter's start.
    """
    environment = scratch / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    # from a copy: what an earlier build left behind would be installed too
    left = shutil.ignore_patterns(".git", ".venv", "build", "*.egg-info", "__pycache__", "tests", "examples")
    source = shutil.copytree(ROOT, scratch / "source", ignore=left)
    programs = environment / "bin"
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", source], check=True)
    return programs


def machine() -> dict[str, object]:
    """Return where and when this is measured, in words that any machine has."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "memory": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} on {platform.machine()}",
        "python": platform.python_version(),
        "docker": _said("docker", "version", "--format", "{{.Server.Version}}"),
        "node": _said("node", "--version").removeprefix("v"),
        "find": _said("find", "--version").partition("\n")[0].rpartition(" ")[2],
    }


def _said(*argv: str) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"
