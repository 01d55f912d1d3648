"""`scaffold new`: a project from a template of cookiecutter's, with its Docker files, or nothing."""

import json
import os
from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.api import LeftAlone, Outcome, SeveralApps, apply, look, plan_project
from scaffold.commands import PACK_VARIABLE, pack_in, said_in
from scaffold.commands.init import tell
from scaffold.commands.terminal import Typist, terminal_of
from scaffold.errors import Conflict, NothingFound, ScaffoldError, WrongUse
from scaffold.prompts import Terminal, ask_text, choose
from scaffold.report import error_as_json, outcome_as_json
from scaffold.skeleton import Skeleton, make
from scaffold.skeleton.place import refuse_taken, settled
from scaffold.skeleton.questions import Question
from scaffold.skeleton.starters import starters


def run(options: Namespace) -> int:
    """Make the project and report; with --json one object, whatever happens."""
    if options.list:
        return _list(options)
    try:
        if options.template is None:
            raise WrongUse(f"name a template: a starter ({', '.join(starters())}), a folder or a git URL")
        skeleton, outcome, target = _new(options)
    except ScaffoldError as error:
        if options.json:
            print(json.dumps(error_as_json(error), indent=2))
        raise
    if options.json:
        print(json.dumps(_as_json(skeleton, outcome, target), indent=2))
    tell(outcome, options)
    return 0


def _list(options: Namespace) -> int:
    """Show the starters."""
    known = starters()
    if options.json:
        print(json.dumps({"schema": 1, "starters": known}, indent=2))
        return 0
    width = max(map(len, known))
    print("".join(f"{name.ljust(width)}  {about}\n" for name, about in known.items()), end="")
    return 0


def _new(options: Namespace) -> tuple[Skeleton, Outcome, Path]:
    """Make the skeleton apart, put it where it belongs, and containerise it there; or leave nothing."""
    terminal = terminal_of(options)
    if options.folder is not None:
        refuse_taken(Path(options.folder))
    with TemporaryDirectory(prefix="scaffold-new-") as apart:
        skeleton = make(
            options.template,
            said_in(options),
            Path(apart),
            checkout=options.checkout,
            directory=options.directory,
            trust=options.trust,
            asker=Questioner(terminal) if terminal is not None else None,
            pack=pack_in(options),
        )
        target = Path(options.folder if options.folder is not None else skeleton.name)
        with settled(skeleton.folder, target):
            return skeleton, _containerise(skeleton, target, terminal, options), target


def _containerise(skeleton: Skeleton, target: Path, terminal: Terminal | None, options: Namespace) -> Outcome:
    """Do what `scaffold init` does, in the project that is now at TARGET."""
    person = Typist(terminal) if terminal is not None else None
    try:
        folder = look(target, skeleton.left, options.pack, os.environ.get(PACK_VARIABLE))
        outcome = plan_project(folder, person, force=options.force, compose=not options.no_compose)
    except SeveralApps as error:
        paths = ", ".join(finding.path for finding in error.findings)
        raise NothingFound(
            f"{skeleton.template.source}: makes {len(error.findings)} apps, and nothing decides: {paths}"
        ) from error
    except NothingFound as error:
        raise NothingFound(f"{skeleton.template.source}: {error}") from error
    if outcome.conflicts:
        raise Conflict(f"{skeleton.template.source}: brings Docker files of its own: {LeftAlone(outcome)}")
    return apply(outcome)


class Questioner:
    """A person on a terminal, who is asked what the template asks."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def ask(self, question: Question) -> str:
        """Ask for one of its choices, by what is shown of them, or for a text."""
        if not question.choices:
            return ask_text(question.text, question.default, self._terminal)
        shown = {label: choice for choice, label in question.choices.items()}
        default = question.choices.get(question.default)
        return shown[choose(question.text, list(shown), self._terminal, default)]


def _as_json(skeleton: Skeleton, outcome: Outcome, target: Path) -> dict[str, object]:
    """Return what `scaffold init --json` prints, with the template before it."""
    template, done = skeleton.template, outcome_as_json(outcome)
    taken = {key: {"value": c.value, "source": f"answer: {c.by}"} for key, c in skeleton.taken.items()}
    return {
        "schema": done.pop("schema"),
        "folder": str(target),
        "template": {
            "source": template.source,
            "commit": template.commit,
            "answers": {"taken": taken, "defaulted": dict(skeleton.defaulted)},
        },
        **done,
    }
