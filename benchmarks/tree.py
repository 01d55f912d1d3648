"""How long `scaffold detect` takes on 100,000 files, against `find . -type f` on the same files.

    python benchmarks/tree.py [--files N] [--runs N] [--profile]

The repository is generated (monorepo.py): as repositories are; with nothing that is passed over, that is no
dependencies and no outputs of builds; and with much more source code, which shows what reading programs
takes, and has no bound. Everything is in the page cache: each is run once before it counts.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import report
import results
from measure import in_turn, install, machine, median, ratio, spend
from monorepo import Shares, generate

#: What is generated, what it is called in the report, and whether the bound is for it.
TREES = {
    "usual": (Shares(), True),
    "all read": (Shares(dependencies=0, outputs=0), True),
    "sources": (Shares(apps=100, libraries=50), False),
}


def main() -> int:
    """Measure, write down and print; return 1 where the bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000, help="how many files (default: 100000)")
    parser.add_argument("--runs", type=int, default=9, help="rounds to take the median of (default: 9)")
    parser.add_argument("--profile", action="store_true", help="only show where the time goes")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if words.profile:
            generate(Path(scratch) / "repository", words.files)
            return profile(Path(scratch) / "repository")
        programs = install(Path(scratch))
        trees = {}
        for name, (shares, has_bound) in TREES.items():
            with tempfile.TemporaryDirectory(dir=scratch) as root:
                measured = measure_tree(programs, Path(root), words.files, shares, words.runs)
            trees[name] = {**measured, "bound": has_bound}
    part = {"machine": machine(), "runs": words.runs, "files": words.files, "trees": trees}
    return report.write("tree", results.save("tree", part))


def measure_tree(programs: Path, root: Path, files: int, shares: Shares, runs: int) -> dict[str, Any]:
    """Return the medians on a new repository at ROOT, and what was found in it."""
    print(f"generating {files} files", file=sys.stderr)
    apps = generate(root, files, shares)
    listed = subprocess.run(["find", ".", "-type", "f"], cwd=root, capture_output=True, check=True).stdout
    detect = [str(programs / "scaffold"), "detect", "--json", "."]
    found = json.loads(subprocess.run(detect, cwd=root, capture_output=True, check=True).stdout)
    taken = in_turn(
        {
            "bare": lambda: spend([str(programs / "python"), "-c", "pass"]),
            "find": lambda: spend(["find", ".", "-type", "f"], cwd=root),
            "detect": lambda: spend(detect, cwd=root),
        },
        runs,
    )
    return {
        "listed": listed.count(b"\n"),
        "shares": shares._asdict(),
        "apps": apps,
        "found": len({app["path"] for app in found["apps"] if app["kind"] != "library"}),
        "spent": {name: median(each)._asdict() for name, each in taken.items()},
        "to find": ratio(taken["detect"], taken["find"]),
    }


def profile(root: Path) -> int:
    """Print which functions the time is spent in, the environment's own program aside."""
    from scaffold.detect import detect
    from scaffold.reading.tree import Tree

    profiler = cProfile.Profile()
    profiler.runcall(lambda: detect(Tree.at(root)))
    pstats.Stats(profiler).strip_dirs().sort_stats("cumulative").print_stats(45)
    return 0


if __name__ == "__main__":
    sys.exit(main())
