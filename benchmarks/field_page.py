"""The page that tells what became of the projects of benchmarks/field.toml: text from results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]

HEAD = """\
# Field report

<!-- written by `make field`: what is edited here is lost -->

What became of projects that nobody here wrote, with no file edited by anybody. Each was laid down without its
own Docker files; then `scaffold init --yes`, `docker build`, `docker compose up`, a request, `docker stop`, a
build after an edit, and `docker compose up --watch` with the overlay for development. `make field` does it
again, at the commits that `benchmarks/field.toml` names.

Every project of the list is here, whatever came of it. What was mended after a failure counts as failed until
it is tried again. Base images were stand-ins made from Debian's packages: sizes can be compared with each
other only. Times are seconds, on two cores that had other work too. What is blank was not tried.

| column | what it says |
| --- | --- |
| served | the status of the page: below 500, of a site 200; a program that is no server ended with 0 |
| hardened | all containers of it: read-only root, no capabilities, no new privileges, a numeric user |
| MB | the size of the production image |
| cold | seconds to build with no layer cached; what package managers keep may have been there |
| edit | seconds to build after a line of source changed; `+` where dependencies were installed again |
| stop | seconds that SIGTERM took, or that it had to be killed |
| dev | an edit arrived in the running container, which answered after it; `reloads`: it also said something |
"""

SETS = {
    "strangers": ("Strangers", "Projects of real size, chosen and listed before any of them was tried."),
    "corpus": ("Corpus", "Small projects that this program was developed with."),
}

COLUMNS = ("project", "found", "served", "hardened", "MB", "cold", "edit", "stop", "dev")


def page(rows: Sequence[Row], notes: Mapping[str, str]) -> str:
    """Return docs/field-report.md; NOTES say why, by project."""
    parts = [HEAD]
    for name, (title, about) in SETS.items():
        own = [row for row in rows if row["set"] == name]
        if own:
            parts += [f"## {title}\n\n{about} {_summary(own)}\n", _table(own), _reasons(own, notes)]
    done = {row["project"] for row in rows}
    if left := [name for name in notes if name not in done]:
        parts.append(f"## Not tried yet\n\n{len(left)} of {len(notes)}: {', '.join(left)}.\n")
    return "\n".join(part for part in parts if part)


def is_served(row: Row) -> bool:
    return "status" in row


def _summary(rows: Sequence[Row]) -> str:
    ok = [row for row in rows if is_served(row)]
    share = f"{len(ok)} of {len(rows)} were served ({len(ok) / len(rows):.0%})"
    hard = sum(row["hardened"] for row in ok)
    killed = sum(row.get("killed", False) for row in ok)
    return f"**{share}**, {hard} of them hardened ({hard / len(rows):.0%}); {killed} had to be killed."


def _table(rows: Iterable[Row]) -> str:
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(cells(row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    stop = "killed" if row.get("killed") else _number(row, "stop_s")
    edit = _number(row, "rebuild_s") + (" +" if row.get("reinstalls") else "")
    return (
        row["project"],
        _found(row.get("found", [])),
        str(row["status"]) if is_served(row) else f"no: {row['failed'][0]}",
        {True: "yes", False: "no", None: ""}[row.get("hardened")],
        _number(row, "size_mb"),
        _number(row, "cold_s"),
        edit,
        stop,
        "fails" if "dev" in row["failed"] else row.get("dev", ""),
    )


def _number(row: Row, key: str) -> str:
    return f"{row[key]:.0f}" if key in row else ""


def _found(apps: Sequence[Row]) -> str:
    """What was found: `python, flask, uv, web, 8000, redis`; of several apps only how many."""
    if len(apps) != 1:
        return f"{len(apps)} apps" if apps else "nothing"
    (app,) = apps
    words = (app[key] for key in ("stack", "framework", "package_manager", "kind", "port"))
    return ", ".join(str(word) for word in (*words, *app["services"]) if word)


def _reasons(rows: Iterable[Row], notes: Mapping[str, str]) -> str:
    """Return a line for each project that something is to be said of."""
    said = {row["project"]: notes.get(row["project"]) or _unexplained(row) for row in rows}
    return "".join(f"- **{name}**: {text}\n" for name, text in said.items() if text)


def _unexplained(row: Row) -> str:
    return f"fails at {', '.join(row['failed'])}; not yet understood." if row["failed"] else ""
