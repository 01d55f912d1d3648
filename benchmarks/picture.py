"""One SVG picture of the results: bars, and what is aimed at as a line. Readable on light and on dark."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from aims import FIND, TIMES

WIDTH, LABELS, BARS = 860, 300, 400
ROW, BAR, GAP = 22, 14, 34

#: The picture takes the reader's scheme, wherever it is shown.
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.soft { fill: #59636e }
.ours { fill: #0969da }
.other { fill: #8c959f }
.faint { opacity: 0.4 }
.aim { stroke: #cf222e; stroke-width: 2; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .soft { fill: #9198a1 }
  .ours { fill: #58a6ff }
  .other { fill: #6e7681 }
  .aim { stroke: #ff7b72 }
}
""".strip()


class Bar(NamedTuple):
    """One line of a panel: as long as `value`, with a part of it in full colour."""

    label: str
    value: float | None  # None: there is no bar, only the text
    text: str
    is_ours: bool = False
    aim: float | None = None
    part: float | None = None  # all of it


class Panel(NamedTuple):
    """Bars that are measured with one scale."""

    title: str
    under: str
    bars: Sequence[Bar]


def draw(parts: Mapping[str, Any]) -> str:
    """Return the picture of all parts that were measured."""
    panels = [panel for part, make in PANELS.items() if part in parts for panel in make(parts[part])]
    shapes: list[str] = []
    top = 10
    for panel in panels:
        shapes += _panel(panel, top)
        top += 50 + ROW * len(panel.bars) + GAP
    told = "; ".join(
        f"{panel.title}: " + ", ".join(f"{b.label} {b.text}" for b in panel.bars) for panel in panels
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" '
            'aria-labelledby="title desc">',
            '<title id="title">Benchmarks of docker-scaffold</title>',
            f'<desc id="desc">{escape(told)}</desc>',
            f"<style>\n{STYLE}\n</style>",
            *shapes,
            "</svg>\n",
        ]
    )


def _panel(panel: Panel, top: int) -> Iterator[str]:
    yield f'<text class="title" x="10" y="{top + 18}">{escape(panel.title)}</text>'
    yield f'<text class="soft" x="10" y="{top + 36}">{escape(panel.under)}</text>'
    longest = max((max(bar.value or 0, bar.aim or 0) for bar in panel.bars), default=0) or 1
    for number, bar in enumerate(panel.bars):
        yield from _bar(bar, top + 46 + ROW * number, BARS / longest)


def _bar(bar: Bar, top: int, scale: float) -> Iterator[str]:
    kind = "ours" if bar.is_ours else "other"
    middle = top + BAR - 2
    yield f'<text x="{LABELS - 10}" y="{middle}" text-anchor="end">{escape(bar.label)}</text>'
    length = (bar.value or 0) * scale
    if bar.value is not None:
        if bar.part is not None:
            yield _rectangle(f"{kind} faint", top, length)
        yield _rectangle(kind, top, length if bar.part is None else bar.part * scale)
    end = max(length, (bar.aim or 0) * scale)
    if bar.aim is not None:
        x = f"{LABELS + bar.aim * scale:.1f}"
        yield f'<line class="aim" x1="{x}" x2="{x}" y1="{top - 2}" y2="{top + BAR + 2}"/>'
    yield f'<text class="soft" x="{LABELS + end + 8:.1f}" y="{middle}">{escape(bar.text)}</text>'


def _rectangle(kind: str, top: int, length: float) -> str:
    return f'<rect class="{kind}" x="{LABELS}" y="{top}" width="{max(length, 1):.1f}" height="{BAR}" rx="2"/>'


# -- what is shown of each part


def commands_panel(measured: Mapping[str, Any]) -> Iterator[Panel]:
    """Yield the commands, in starts of the bare interpreter."""

    def ratios(command: str) -> list[float]:
        return sorted(times for name, times in measured["to bare"].items() if name.startswith(f"{command} "))

    bars = [
        Bar(
            f"{label}, slowest example",
            ratios(command)[-1],
            f"{ratios(command)[-1]:.1f} ×",
            True,
            TIMES[command],
        )
        for command, label in (("detect", "scaffold detect"), ("init", "scaffold init --yes"))
    ]
    if peer := ratios("peer"):
        bars.append(
            Bar(f"{measured['peer']}, median", statistics.median(peer), f"{statistics.median(peer):.1f} ×")
        )
    yield Panel("Commands", "CPU time, in starts of the bare Python interpreter; the line is the aim", bars)


def tree_panel(measured: Mapping[str, Any]) -> Iterator[Panel]:
    """Yield the large repository."""
    bars = []
    for name, tree in measured["trees"].items():
        if tree["bound"]:
            find, detect = (tree["spent"][command]["cpu"] for command in ("find", "detect"))
            what = "" if name == "usual" else f", {name}"
            bars.append(Bar(f"find . -type f{what}", find, f"{find:.2f} s"))
            bars.append(
                Bar(
                    f"scaffold detect{what}",
                    detect,
                    f"{detect:.2f} s, {tree['to find']:.1f} ×",
                    True,
                    FIND * find,
                )
            )
    under = f"CPU time, everything in the page cache; the line is {FIND:.0f} times find"
    yield Panel(f"{measured['files']:,} files", under, bars)


def images_panel(measured: Mapping[str, Any]) -> Iterator[Panel]:
    """Yield the sizes of images, and the seconds of builds."""
    sizes, builds = [], []
    for project, result in measured["projects"].items():
        for name, built in result["rows"].items():
            is_ours = name == "docker-scaffold"
            label = f"{project}: {name}" if is_ours else name
            if built["failure"] or built["rebuild"] is None:
                if built["failure"] in ("does not build", "does not serve"):
                    sizes.append(Bar(label, None, built["failure"], is_ours))
                continue
            sizes.append(Bar(label, built["size"] / 1e6, f"{built['size'] / 1e6:.0f} MB", is_ours))
            said = f"{built['cold']:.1f} s, again {built['rebuild']:.1f} s"
            builds.append(Bar(label, built["cold"], said, is_ours, part=built["rebuild"]))
    on = (
        "published images"
        if measured["images"] == "published"
        else "stand-ins for published images, the same for all"
    )
    yield Panel("Images", f"size; built on {on}", sizes)
    yield Panel("Builds", "cold in faint, again after a one-line edit in full", builds)


PANELS = {"commands": commands_panel, "tree": tree_panel, "images": images_panel}
