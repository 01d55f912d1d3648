"""From results to words: a table for each benchmark, its place in docs/benchmarks.md, and the picture.

    python benchmarks/report.py        # writes the page and the picture anew from results.json

What is claimed was measured in the run whose results these are; what was aimed at and missed is said below
the table.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import picture
import results
from aims import APPLICATIONS, CHECK, FIND, REBUILD, SIZE, TIMES
from measure import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "benchmarks.svg"

#: The repository that `check` looks through.
TOGETHER = f"{APPLICATIONS} applications"

OURS, DOCKER_INIT = "docker-scaffold", "docker init"


class Table(NamedTuple):
    """What is told of one benchmark."""

    lines: tuple[str, ...]
    missed: tuple[str, ...]  # what was aimed at, and how it is


def write(part: str, parts: Mapping[str, Any]) -> int:
    """Print PART and put it into the page, draw the picture; return 1 where something aimed at is missed."""
    table = TABLES[part](parts[part])
    print(text_of(table))
    PAGE.write_text(put(PAGE.read_text("utf-8"), part, table), "utf-8")
    PICTURE.write_text(picture.draw(parts), "utf-8")
    return int(bool(table.missed))


def put(page: str, part: str, table: Table) -> str:
    """Return PAGE with TABLE in the place of PART."""
    place = re.compile(rf"(<!-- measured: {part} -->\n).*?(<!-- end -->)", re.DOTALL)
    return place.sub(lambda found: f"{found[1]}\n{text_of(table)}\n\n{found[2]}", page)


def text_of(table: Table) -> str:
    """Return TABLE as Markdown."""
    missed = ["", "Missed:", "", *(f"- {what}" for what in table.missed)] if table.missed else []
    return "\n".join([*table.lines, *missed])


def where(measured: Mapping[str, Any]) -> str:
    """Return on what machine, when and how often it was measured."""
    machine = measured["machine"]
    return (
        f"{machine['date']}: {machine['cores']} cores, {machine['memory']} GiB, {machine['system']}, "
        f"Python {machine['python']}, Node.js {machine['node']}, Docker Engine {machine['docker']}. "
        f"{told_rounds(measured['runs'])}."
    )


def told_rounds(runs: int) -> str:
    return "One round" if runs == 1 else f"Medians of {runs} rounds"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


# -- commands


def commands_table(measured: Mapping[str, Any]) -> Table:
    """Return the times of the commands on each example."""
    spent: Mapping[str, Any] = measured["spent"]
    bare = bare_of(spent)
    head = [
        "example",
        "`scaffold detect`",
        "to bare",
        "`scaffold init --yes`",
        "to bare",
        "peer",
        "`init` to peer",
    ]
    lines = [
        where(measured),
        f"The bare interpreter takes {milliseconds(bare)}. "
        + (f"The peer is {measured['peer']}." if measured["peer"] else "The peer could not be installed."),
        "",
        row(*head),
        row("---", *["---:"] * (len(head) - 1)),
    ]
    missed = []
    for example in sorted(name.partition(" ")[2] for name in spent if name.startswith("detect ")):
        cells = [example]
        for command, bound in TIMES.items():
            ratio = measured["to bare"][f"{command} {example}"]
            cells += [milliseconds(spent[f"{command} {example}"]["cpu"]), f"{ratio:.1f}"]
            if ratio > bound:
                missed.append(
                    f"{command} on {example}: {ratio:.1f} times the bare interpreter, aimed at {bound:.0f}"
                )
        peer = spent.get(f"peer {example}")
        to_peer = f"{measured['to peer'][example]:.2f}" if peer else ""
        lines.append(row(*cells, milliseconds(peer["cpu"]) if peer else "", to_peer))
    together, too_long = _together(measured)
    return Table((*lines, *together), (*missed, *too_long))


def _together(measured: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return what is told of `check` on many applications, and whether that is too long."""
    name = f"check {TOGETHER}"
    if name not in measured["spent"]:
        return [], []
    ratio, taken = measured["to bare"][name], milliseconds(measured["spent"][name]["cpu"])
    told = f"`scaffold check` on a repository of {TOGETHER}: {taken}, {ratio:.1f} times the bare interpreter."
    missed = f"{name}: {ratio:.1f} times the bare interpreter, aimed at {CHECK:.0f}"
    return ["", told], [missed] if ratio > CHECK else []


def bare_of(spent: Mapping[str, Any]) -> float:
    """Return the seconds of CPU time that the bare interpreter takes, the median before all examples."""
    return float(statistics.median(each["cpu"] for name, each in spent.items() if name.startswith("bare ")))


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


# -- a large repository

_TREES = {
    "usual": "with dependencies and outputs that are passed over",
    "all read": "all of it somebody's",
    "sources": "with 25 times as much source code",
}


def tree_table(measured: Mapping[str, Any]) -> Table:
    """Return the times on a generated repository."""
    head = ["repository", "files", "apps found", "`find . -type f`", "`scaffold detect`", "to `find`"]
    lines = [where(measured), "", row(*head), row("---", *["---:"] * (len(head) - 1))]
    missed = []
    for name, tree in measured["trees"].items():
        find, detect = (tree["spent"][command]["cpu"] for command in ("find", "detect"))
        ratio = tree["to find"]
        lines.append(
            row(
                _TREES.get(name, name),
                f"{tree['listed']:,}",
                f"{tree['found']} of {tree['apps']}",
                milliseconds(find),
                milliseconds(detect),
                f"{ratio:.1f}",
            )
        )
        if tree["bound"] and ratio > FIND:
            missed.append(f"{_TREES.get(name, name)}: {ratio:.1f} times `find`, aimed at {FIND:.0f}")
    return Table(tuple(lines), tuple(missed))


# -- images


def images_table(measured: Mapping[str, Any]) -> Table:
    """Return sizes and seconds for each project and generator."""
    head = [
        "project",
        "files of",
        "image",
        "to docker init",
        "cold build",
        "rebuild",
        "to cold",
        "nothing edited",
        "",
    ]
    lines = [
        where(measured),
        images_sentence(measured),
        "",
        row(*head),
        row("---", "---", *["---:"] * 6, "---"),
    ]
    missed: list[str] = []
    for project, result in measured["projects"].items():
        rows = result["rows"]
        for name, built in rows.items():
            cells = [project if name == OURS else "", name]
            lines.append(row(*cells, *image_cells(built, rows[DOCKER_INIT])))
        missed += missed_by(project, result["stack"], rows)
    return Table(tuple(lines), tuple(missed))


def images_sentence(measured: Mapping[str, Any]) -> str:
    """Return what the images were built on, and with whom they are compared."""
    peers = [f"{name} {version}" for name, version in measured["peers"].items()]
    gone = [f"{name} ({why})" for name, why in measured["absent"].items()]
    absent = f" Not to be installed: {', '.join(gone)}." if gone else ""
    kind = "published images" if measured["images"] == "published" else "stand-ins, the same for all"
    return f"Built on {kind}. Peers: {', '.join(peers) or 'none'}.{absent}"


def is_measured(built: Mapping[str, Any]) -> bool:
    """Whether it was built, and answered."""
    return built["failure"] is None and built["rebuild"] is not None


def image_cells(built: Mapping[str, Any], by_docker_init: Mapping[str, Any]) -> Iterator[str]:
    """Yield the cells of one row, from the size on."""
    if not is_measured(built):
        yield from ("", "", "", "", "", "", built["failure"])
        return
    yield f"{built['size'] / 1e6:.1f} MB"
    yield f"{built['size'] / by_docker_init['size']:.2f}" if is_measured(by_docker_init) else ""
    yield f"{built['cold']:.1f} s"
    yield f"{built['rebuild']:.1f} s"
    yield f"{built['rebuild'] / built['cold']:.2f}"
    yield f"{built['same']:.1f} s"
    yield built["note"]


def missed_by(project: str, stack: str, rows: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the image of PROJECT was to be, and is not."""
    ours = rows[OURS]
    if not is_measured(ours):
        yield f"{project}: ours {ours['failure']}"
        return
    others = {name: built for name, built in rows.items() if name != OURS and is_measured(built)}
    for name, built in others.items():
        part = ours["size"] / built["size"]
        most = SIZE if name == DOCKER_INIT else 1.0
        if part > most:
            yield f"{project}: the image is {part:.2f} of the one by {name}, aimed at {most:.1f}"
    part = ours["rebuild"] / ours["cold"]
    if part > REBUILD.get(stack, part):  # pages that nothing is installed for have no aim
        least = ours["same"] / ours["cold"]
        yield (
            f"{project}: a rebuild takes {part:.2f} of a cold build, aimed at {REBUILD[stack]:.1f}; "
            f"with nothing edited a build takes {least:.2f}"
        )


TABLES = {"commands": commands_table, "tree": tree_table, "images": images_table}


def main(parts: Iterable[str] = tuple(TABLES)) -> int:
    """Write everything that was measured."""
    measured = results.load()
    return max([write(part, measured) for part in parts if part in measured], default=0)


if __name__ == "__main__":
    sys.exit(main())
