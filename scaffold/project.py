"""A project's folder, what was said of it, and which app in it is meant. Prints nothing; asks a Person."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from scaffold.answers import STACK, Said, from_record, settled, still_asked, unfolded
from scaffold.detect import Detection, detect, name_of, nothing_found
from scaffold.errors import NothingFound, WrongUse
from scaffold.model import Answers, Fact, Finding, ProjectWarning, Variable
from scaffold.nouns import NamedTuple
from scaffold.packs import Pack, builtin
from scaffold.plan import missing
from scaffold.reading.tree import Tree
from scaffold.record import RECORD, Record, read_record

#: A pack, or its source; None: the recorded one, or the usual one.
Wanted: TypeAlias = Pack | str | None


class Person(Protocol):
    """Whoever can be asked what neither the project nor an answer says."""

    def choose_app(self, findings: Sequence[Finding]) -> str:
        """Return the path of one of the apps that FINDINGS are of."""

    def choose_stack(self, stacks: Sequence[str]) -> str:
        """Return one of STACKS, which are all right about one folder."""

    def answer(self, finding: Finding, variable: Variable, candidates: Sequence[str]) -> Fact:
        """Return a value for a VARIABLE of the app of FINDING: one of CANDIDATES, where there are any."""


class SeveralApps(NothingFound):
    """Several apps are there, and nothing decides which is meant."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep FINDINGS, one for each app, with `path`, and with `from_root` where that must be answered."""
        self.findings = tuple(findings)
        paths = ", ".join(finding.path for finding in self.findings)
        super().__init__(
            f"{len(self.findings)} apps here, and nothing that decides: {paths}; name the folder of one"
        )


class Folder(NamedTuple):
    """A folder that was looked at: what was said of it, and what is in it."""

    root: Path
    tree: Tree
    said: tuple[Said, ...]
    record: Record | None
    answers: Answers
    detection: Detection
    pack: Pack
    wanted: Wanted = None  # the pack that was named, whatever the record says
    usual: str | None = None  # the source of the pack that is taken where no record names one
    notes: tuple[ProjectWarning, ...] = ()  # recorded answers that count no more

    @property
    def stack(self) -> str | None:
        """The stack that was asked for, first of all by a flag."""
        return str(self.answers[STACK.name].value) if STACK.name in self.answers else None

    def variables(self, stack: str) -> tuple[Variable, ...]:
        """Return what the pack lets an app of this stack be told."""
        return self.pack.variables(stack)

    def asked_again(self, prompted: Mapping[str, Fact]) -> "Folder":
        """Return the folder as the detectors see it with more answers."""
        answers = {**self.answers, **prompted}
        return self._replace(answers=answers, detection=detect(self.tree, answers))


def look(
    root: str | os.PathLike[str],
    said: Sequence[Said] = (),
    wanted: Wanted = None,
    usual: str | None = None,
    *,
    asks: bool = False,
) -> Folder:
    """Read the folder ROOT, and detect what is in it, with what was SAID now and what its record says.

    The pack that is WANTED goes before the one that the record names, and that before the USUAL one. The
    recorded one is as it was recorded, or, where one ASKS, as its source has it now.

    WrongUse: ROOT is no folder, its record is none, an answer is wrong, or the pack has a mistake.
    UntrustedPack: the pack holds what none may have, or is not what was recorded. Unreachable: its source
    does not answer.
    """
    root = Path(root)
    tree = Tree.at(root)
    record = read_record(root)
    pack = _pack(root, record, usual if wanted is None and record is None else wanted, asks)
    said = tuple(unfolded(said, pack.all_variables())) if said else ()
    recorded, gone = _recorded(record, said, pack)
    answers = settled((*said, *recorded), pack)
    return Folder(root, tree, said, record, answers, detect(tree, answers), pack, wanted, usual, gone)


def _recorded(
    record: Record | None, said: Sequence[Said], pack: Pack
) -> tuple[tuple[Said, ...], tuple[ProjectWarning, ...]]:
    """Return the answers of RECORD that count beside what was SAID now, and a warning for each other one."""
    if record is None or not record.answers:
        return (), ()
    recorded, gone = still_asked(from_record(record.answers), said, record, pack)
    told = f"was answered, and {pack.name} {pack.version} asks it no more"
    return recorded, tuple(ProjectWarning("answer-dropped", f"{one.key} {told}", RECORD) for one in gone)


def _pack(root: Path, record: Record | None, wanted: Wanted, asks: bool) -> Pack:
    """Return the pack that is WANTED, or recorded, or the built-in one."""
    if isinstance(wanted, Pack):
        return wanted
    pins = record.packs if record is not None else ()
    if wanted is None and len(pins) < 2:
        return builtin()
    from scaffold.fetching.sources import load, recorded

    return recorded(pins, root, asks=asks) if wanted is None else load(wanted, root, pins)


def no_record(root: Path) -> WrongUse:
    """Return the error that ROOT has nothing that we wrote, and what to do."""
    return WrongUse(
        f"{root / RECORD}: is not there, so that nothing here is ours; `scaffold init` writes the files, and"
        " `scaffold adopt` takes over those that are there"
    )


# -- which app


def find_app(folder: Folder, person: Person | None = None) -> tuple[Folder, Finding]:
    """Return the one app in FOLDER. One that lies below is looked at as if its folder had been named.

    NothingFound: there is none, or there are several (SeveralApps) and no PERSON to ask.
    """
    findings = folder.detection.deployable or folder.detection.findings
    if not findings:
        raise nothing_found(str(folder.root), folder.stack)
    path = _choose_path(findings, person)
    answers = next((finding.from_root for finding in findings if finding.path == path), {})
    if answers:  # its own folder is not enough for it
        said = tuple(Said(key, value, "prompt", "the app that was chosen") for key, value in answers.items())
        return choose_stack(look(folder.root, (*folder.said, *said), folder.wanted, folder.usual), person)
    if path != ".":
        names = {path, *(name_of(finding) for finding in findings if finding.path == path)}
        folder = look(folder.root / path, tuple(_said_of(folder.said, names)), folder.wanted, folder.usual)
    return choose_stack(folder, person)


def _said_of(said: tuple[Said, ...], names: set[str]) -> Iterator[Said]:
    """Yield what was said of all apps, and of the one that is called by NAMES; for it alone comes first."""
    own = [one._replace(key=one.variable) for one in said if one.app in names]
    known = {(one.key, one.by) for one in own}
    yield from own
    yield from (one for one in said if not one.app and (one.key, one.by) not in known)


def _choose_path(findings: Sequence[Finding], person: Person | None) -> str:
    apps = {finding.path: finding for finding in findings}
    if len(apps) == 1:
        return next(iter(apps))
    if person is None:
        raise SeveralApps(apps.values())
    return person.choose_app(findings)


def choose_stack(folder: Folder, person: Person | None = None) -> tuple[Folder, Finding]:
    """Return what one detector found in FOLDER itself: the only one, or the one that was asked for.

    NothingFound: there is none, or there are several and no PERSON to ask.
    """
    here = [finding for finding in folder.detection.findings if finding.path == "."]
    stacks = [finding.stack for finding in here]
    if len(stacks) == 1:
        return folder, here[0]
    if not stacks:
        raise nothing_found(str(folder.root), folder.stack)
    if person is None:
        found = "; ".join(f"--stack {finding.stack} ({finding.because})" for finding in here)
        raise NothingFound(f"this is several things at once; say which: {found}")
    folder = folder.asked_again({STACK.name: Fact(person.choose_stack(stacks), "answer: prompt")})
    return folder, folder.detection.findings[0]


# -- what is open


def ask_what_is_open(
    folder: Folder, finding: Finding, person: Person | None = None
) -> tuple[Folder, Finding]:
    """Ask until nothing is open; an answer can close other questions, and open new ones."""
    while person is not None and (questions := _open_questions(folder, finding)):
        question = questions[0]
        candidates = {ambiguity.key: ambiguity.candidates for ambiguity in finding.ambiguities}
        said = person.answer(finding, question, candidates.get(question.name, ()))
        folder = folder.asked_again({question.name: said})
        finding = next(
            f for f in folder.detection.findings if f.stack == finding.stack and f.path == finding.path
        )
    return folder, finding


def _open_questions(folder: Folder, finding: Finding) -> list[Variable]:
    """Return what is ambiguous, then what is missing, each once; of a library nothing is asked."""
    known = {variable.name: variable for variable in folder.variables(finding.stack)}
    keys = [ambiguity.key for ambiguity in finding.ambiguities]
    keys += [variable.name for variable in missing(finding, tuple(known.values()), folder.answers)]
    return [known[key] for key in dict.fromkeys(keys) if key in known and key not in folder.answers]
