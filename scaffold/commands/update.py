"""`scaffold update`: bring the files of a record up to date, of one project or of all in a repository."""

import json
import posixpath
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from scaffold.answers import Said
from scaffold.api import LeftAlone, Outcome, apply, plan_update
from scaffold.commands import command_to_write, said_in
from scaffold.commands.terminal import look_at, person, say, style_on
from scaffold.errors import Conflict, ScaffoldError
from scaffold.paths import printable
from scaffold.project import no_record
from scaffold.reading.tree import Tree
from scaffold.record import RECORD
from scaffold.report import (
    error_as_json,
    outcome_as_json,
    tell_diff,
    tell_files,
    tell_how_to_write,
    tell_new,
    tell_pack,
    tell_record,
    tell_warnings,
)
from scaffold.writing.changes import Change, is_as_it_was

#: What takes a conflict's place: no update replaces an edit.
FORCE = "scaffold init --force"


def run(options: Namespace) -> int:
    """Update and report; with --json one object, whatever happens."""
    if options.recursive:
        return _run_all(options)
    try:
        outcome = _update(options)
    except ScaffoldError as error:
        if options.json:
            print(json.dumps(error_as_json(error), indent=2))
        raise
    if options.json:
        print(json.dumps(outcome_as_json(outcome), indent=2))
    _tell(outcome, options)
    if not is_as_it_was(outcome.changes) and (options.dry_run or options.diff):
        _print_for_people(tell_how_to_write(command_to_write(options)), options)
    if outcome.conflicts:
        raise LeftAlone(outcome, FORCE)
    return 0


def _update(options: Namespace, said: Sequence[Said] | None = None) -> Outcome:
    """Look, ask, plan, write."""
    outcome = plan_update(look_at(options, said), person(options))
    return outcome if options.dry_run or options.diff else apply(outcome)


# -- all of a repository


def _run_all(options: Namespace) -> int:
    """Update each project below the folder; what goes wrong in one keeps none of the others back."""
    try:
        paths, said = _recorded(Path(options.path)), said_in(options)
    except ScaffoldError as error:
        if options.json:
            print(json.dumps(error_as_json(error), indent=2))
        raise
    done = list(_each(paths, said, options))
    if options.json:
        projects = [
            {"path": path, **(error_as_json(r) if isinstance(r, ScaffoldError) else outcome_as_json(r))}
            for path, r in done
        ]
        print(json.dumps({"schema": 1, "projects": projects}, indent=2))
    errors = [(path, result) for path, result in done if isinstance(result, ScaffoldError)]
    conflicts = [path for path, r in done if isinstance(r, Outcome) and r.conflicts]
    if errors:
        path, first = errors[0]
        first.args = (f"{path}: {first}{f'; and {len(errors) - 1} more, above' if errors[1:] else ''}",)
        raise first
    if conflicts:
        raise Conflict(f"left alone: files in {', '.join(conflicts)}, as above ({FORCE} replaces them)")
    return 0


def _recorded(root: Path) -> list[str]:
    """Return the paths of the projects below ROOT that have a record; WrongUse where there is none."""
    paths = [path for path in Tree.at(root).recorded if (root / path / RECORD).exists()]
    if not paths:
        raise no_record(root)
    return paths


def _each(
    paths: Sequence[str], said: Sequence[Said], options: Namespace
) -> Iterator[tuple[str, Outcome | ScaffoldError]]:
    """Update one after the other, with what was SAID: standard input is read once."""
    for path in paths:
        own = Namespace(**{**vars(options), "path": str(Path(options.path) / path)})
        result: Outcome | ScaffoldError
        try:
            result = _update(own, said)
        except ScaffoldError as error:
            say(f"{printable(path)}: {printable(str(error))}\n")
            result = error
        else:
            _print_for_people(f"{printable(path)}: ", options)
            _tell(result, own, path)
        yield path, result


# -- how it is said


def _tell(outcome: Outcome, options: Namespace, folder: str = ".") -> None:
    """Say what became of a project; of several, differences name its FOLDER too."""
    style = style_on(sys.stderr if options.json or options.diff else sys.stdout)
    is_a_look = options.dry_run or options.diff
    result = "nothing was written: this was only a look\n" if is_a_look else ""
    if is_as_it_was(outcome.changes) and not outcome.written:
        result = "nothing changed\n"
    diff = "" if options.diff else tell_diff(_inside(folder, outcome.conflicts), style)
    files = tell_files(outcome.changes, style) + tell_record(outcome.written)
    head = tell_pack(outcome, style) + tell_new(outcome, style)
    parts = (head, diff, files, result, tell_warnings(outcome.warnings, style))
    _print_for_people("\n".join(part for part in parts if part), options)
    if options.diff:
        print(tell_diff(_inside(folder, outcome.changes), style_on(sys.stdout)), end="")


def _inside(folder: str, changes: Iterable[Change]) -> list[Change]:
    return [
        change._replace(path=posixpath.normpath(posixpath.join(folder, change.path))) for change in changes
    ]


def _print_for_people(text: str, options: Namespace) -> None:
    print(text, end="", file=sys.stderr if options.json or options.diff else sys.stdout)
