"""How long the commands take, as ratios to the bare interpreter's start, and to a peer, in the same run.

    python benchmarks/commands.py [--runs N]

Times differ between machines and moments; ratios taken side by side hold. Each round runs every command once,
in turn, and before each example the bare interpreter, to compare with; the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import report
import results
from aims import APPLICATIONS
from measure import EXAMPLES, Spent, copy, in_turn, install, machine, median, ratio, spend
from peers import Peer, install_peers


def main() -> int:
    """Measure, write down and print; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="rounds to take the median of (default: 9)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        print("installing into new environments", file=sys.stderr)
        programs = install(Path(scratch))
        peers, _ = install_peers(Path(scratch))
        peer = next((peer for peer in peers if peer.needs == "package.json"), None)
        taken = in_turn(cases(programs, peer, Path(scratch)), runs)
    measured = {
        "machine": machine(),
        "runs": runs,
        "peer": f"{peer.name} {peer.version}" if peer else None,
        "spent": {name: median(each)._asdict() for name, each in taken.items()},
        "to bare": {name: ratio(each, taken[f"bare {_example(name)}"]) for name, each in taken.items()},
        "to peer": {
            _example(name): ratio(taken[f"init {_example(name)}"], each)
            for name, each in taken.items()
            if name.startswith("peer ")
        },
    }
    return report.write("commands", results.save("commands", measured))


def cases(programs: Path, peer: Peer | None, scratch: Path) -> dict[str, Callable[[], Spent]]:
    """What is run, by "what example": the bare interpreter, each command, and the peer where it can be."""
    scaffold = str(programs / "scaffold")
    found: dict[str, Callable[[], Spent]] = {}

    def bare() -> Spent:
        return spend([str(programs / "python"), "-c", "pass"])

    def detect(example: str) -> Spent:
        return spend([scaffold, "detect", "--json", str(EXAMPLES / example)])

    def init(example: str) -> Spent:
        return spend([scaffold, "init", "--yes", str(copy(example, scratch / example))])

    def others(example: str, program: Peer) -> Spent:
        return spend(program.argv, cwd=copy(example, scratch / example))

    for name in examples():
        found[f"bare {name}"] = bare
        found[f"detect {name}"] = partial(detect, name)
        found[f"init {name}"] = partial(init, name)
        if peer and (EXAMPLES / name / peer.needs).exists() and _serves(peer, name, scratch):
            found[f"peer {name}"] = partial(others, name, peer)
    repository = applications(scaffold, scratch / "applications")
    found[f"bare {report.TOGETHER}"] = bare
    found[f"check {report.TOGETHER}"] = lambda: spend([scaffold, "check", str(repository)])
    return found


def examples() -> list[str]:
    """Return the names of those that say what success is; packs are none."""
    return sorted(path.name for path in EXAMPLES.iterdir() if (path / "test.toml").is_file())


def applications(scaffold: str, root: Path) -> Path:
    """Make a repository of examples in ROOT, each with all files of ours, and return it."""
    root.mkdir()
    for name in examples()[:APPLICATIONS]:
        spend([scaffold, "init", "--yes", str(copy(name, root / name))])
    return root


def _example(name: str) -> str:
    return name.partition(" ")[2]


def _serves(peer: Peer, example: str, scratch: Path) -> bool:
    """Whether PEER ends well on EXAMPLE, with a Dockerfile."""
    folder = copy(example, scratch / example)
    try:
        spend(peer.argv, cwd=folder)
    except RuntimeError:
        return False
    return (folder / "Dockerfile").is_file()


if __name__ == "__main__":
    sys.exit(main())
