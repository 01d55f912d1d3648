"""How long the commands take, as ratios to the bare interpreter's start in the same run.

    python benchmarks/commands.py [--runs N]

Times differ between machines and moments; ratios taken side by side hold. Each round runs every command once,
in turn, so that a busy moment hits all; the median of the rounds counts. The program is installed into
an environment of its own, as users have it: an editable install's import hook slows the bare start too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
#: What design asks: `detect` within 8 times the bare interpreter, `init --yes` within 12.
BOUNDS = {"detect": 8.0, "init": 12.0}


def main() -> int:
    """Print the table; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="rounds to take the median of (default: 15)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        print("installing into a new environment", file=sys.stderr)
        programs = install(Path(scratch))
        return print_table(measure(cases(programs, Path(scratch)), runs))


def install(scratch: Path) -> Path:
    """Install the project into a new environment in SCRATCH, and return the folder of its programs."""
    venv.create(scratch / "environment", with_pip=True)
    programs = scratch / "environment" / ("Scripts" if sys.platform == "win32" else "bin")
    # from a copy: what an earlier build left behind would be installed too
    left = shutil.ignore_patterns(".git", ".venv", "build", "*.egg-info", "__pycache__", "tests", "examples")
    source = shutil.copytree(ROOT, scratch / "source", ignore=left)
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", source], check=True)
    return programs


def cases(programs: Path, scratch: Path) -> Mapping[str, Callable[[], list[str]]]:
    """What is run, by name: the bare interpreter first, then each command on each example."""
    commands: dict[str, Callable[[], list[str]]] = {
        "python -c pass": lambda: [str(programs / "python"), "-c", "pass"]
    }
    scaffold = str(programs / "scaffold")
    for example in sorted(path for path in EXAMPLES.iterdir() if path.is_dir()):
        commands[f"detect {example.name}"] = lambda e=example: [scaffold, "detect", "--json", str(e)]  # type: ignore[misc]
        commands[f"init {example.name}"] = lambda e=example: [
            scaffold,
            "init",
            "--yes",
            fresh(e, scratch),
        ]  # type: ignore[misc]
    return commands


def fresh(example: Path, scratch: Path) -> str:
    """A new copy of EXAMPLE below SCRATCH, so that every `init` writes."""
    copy = scratch / example.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(example, copy, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    return str(copy)


def measure(commands: Mapping[str, Callable[[], list[str]]], runs: int) -> dict[str, float]:
    """The median seconds of each command over RUNS rounds."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    # a user's Python keeps what it compiled; one that may not compiles every module again at every start
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(runs):
        for name, command in commands.items():
            argv = command()
            began = time.perf_counter()
            subprocess.run(
                argv, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def print_table(medians: Mapping[str, float]) -> int:
    """Print milliseconds and ratios; return 1 where one is over its bound."""
    bare = medians["python -c pass"]
    over = 0
    for name, seconds in medians.items():
        ratio, bound = seconds / bare, BOUNDS.get(name.split()[0])
        broken = bound is not None and ratio > bound
        over |= broken
        print(
            f"{name:38} {seconds * 1000:7.1f} ms  {ratio:5.1f} x{f'  over {bound:.0f} x' if broken else ''}"
        )
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
