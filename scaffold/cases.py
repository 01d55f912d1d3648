"""What a pack makes of projects: the cases of its author, and the effect of one pack after another.

A case is a folder in the pack's `tests/`: `project/`, or another project that its `case.toml` names, and
`expected/`, the files that were reviewed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scaffold.answers import from_mapping
from scaffold.errors import WrongUse
from scaffold.fetching.packfiles import TESTS
from scaffold.nouns import NamedTuple
from scaffold.outcome import plan_project
from scaffold.packs import Pack
from scaffold.project import look
from scaffold.reading.formats import explain, read_toml
from scaffold.writing.changes import Change, Status, unified

EXPECTED = "expected"
PROJECT = "project"
CASE = "case.toml"


class Case(NamedTuple):
    """A project, and what is answered where it does not say it."""

    name: str
    project: Path
    answers: Mapping[str, Any]
    expected: Path | None = None  # the folder of what was reviewed
    place: str = "--set"  # where the answers are from


def cases_of(pack: Path) -> tuple[Case, ...]:
    """Return the cases of the pack in a folder. WrongUse: a case.toml is wrong, or names no folder."""
    folders = sorted(path for path in (pack / TESTS).glob("*") if path.is_dir())
    return tuple(_case(folder) for folder in folders)


def case_of(project: str, answers: Mapping[str, Any]) -> Case:
    """Return the case of a project that somebody names, with ANSWERS. WrongUse: there is none."""
    if not Path(project).is_dir():
        raise WrongUse(f"--project {project}: there is no such folder")
    return Case(project.rstrip("/"), Path(project), answers)


def _case(folder: Path) -> Case:
    told: dict[str, Any] = {}
    place = folder / CASE
    if place.is_file():
        try:
            told = read_toml(place.read_text("utf-8"))
        except Exception as error:  # a parser that runs out of stack too: see scaffold.reading.formats
            what, line = explain(error)
            raise WrongUse(f"{place}{f':{line}' if line else ''}: is not TOML: {what}") from None
    answers, project = told.get("answers", {}), told.get("project", PROJECT)
    if (
        not told.keys() <= {"answers", "project"}
        or not isinstance(answers, dict)
        or not isinstance(project, str)
    ):
        raise WrongUse(f"{place}: has answers, a table, and project, a folder; and nothing else")
    if not (folder / project).is_dir():
        raise WrongUse(f"{place if told else folder}: there is no folder {project!r}")
    return Case(folder.name, folder / project, answers, folder / EXPECTED, str(place))


def made_of(case: Case, pack: Pack) -> Mapping[str, str]:
    """Return the files that PACK makes of a case, with nothing written; raises what `init` does."""
    folder = look(case.project, from_mapping(case.answers, case.place), pack)
    return plan_project(folder._replace(record=None)).rendered


def compared(case: Case, pack: Pack) -> tuple[Change, ...]:
    """Return what differs between what was reviewed of a case, and what PACK makes of it now."""
    return tuple(_differences(_reviewed(case), made_of(case, pack), case.name))


def accept(case: Case, pack: Pack) -> None:
    """Write what PACK makes of a case as what is reviewed from now on."""
    assert case.expected is not None
    made = made_of(case, pack)
    for path in _reviewed(case).keys() - made.keys():
        (case.expected / path).unlink()
    for path, text in made.items():
        (case.expected / path).parent.mkdir(parents=True, exist_ok=True)
        (case.expected / path).write_text(text, "utf-8", newline="")


def effect(cases: Iterable[Case], old: Pack, new: Pack) -> str:
    """Return as a diff what NEW makes of CASES beside what OLD makes of them."""
    return "".join(
        unified(change)
        for case in cases
        for change in _differences(
            made_of(_asked_by(old, new, case), old), made_of(_asked_by(new, old, case), new), case.name
        )
    )


def _asked_by(pack: Pack, other: Pack, case: Case) -> Case:
    """Return CASE without what PACK does not ask and the OTHER does: what neither asks is a mistake."""
    asks, others = ({variable.name for variable in each.all_variables()} for each in (pack, other))
    only_others = others - asks
    answers = {k: v for k, v in case.answers.items() if k.rpartition(".")[2] not in only_others}
    return case._replace(answers=answers)


def told(changes: Sequence[Change]) -> str:
    """Return CHANGES as a diff."""
    return "".join(map(unified, changes))


def _reviewed(case: Case) -> dict[str, str]:
    if case.expected is None or not case.expected.is_dir():
        return {}
    files = sorted(path for path in case.expected.rglob("*") if path.is_file())
    return {path.relative_to(case.expected).as_posix(): path.read_text("utf-8", "replace") for path in files}


def _differences(old: Mapping[str, str], new: Mapping[str, str], name: str) -> Iterator[Change]:
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before != after:
            status: Status = "create" if before is None else "delete" if after is None else "update"
            yield Change(f"{name}/{path}", status, before, after)
