"""`check`, from a folder to all that is not as it should be in it. Reads, and prints and writes nothing."""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from scaffold.checking import drift
from scaffold.checking.deviations import FILE as DEVIATIONS
from scaffold.checking.deviations import MOST_BYTES, accept, deviate
from scaffold.checking.drift import Expected, Managed
from scaffold.model import ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.policy.inspect import Files, find_files, inspect, is_ours
from scaffold.policy.settings import OFF, Policy, default_policy, read_policy
from scaffold.problems import Problem, grave, settled
from scaffold.reading.formats import decode
from scaffold.reading.store import Disk
from scaffold.reading.tree import Limits, Tree
from scaffold.record import POLICY

#: Troubles of reading by which a file may have been passed over.
_PASSED_OVER = ("link-out", "unreadable", "odd-name", "too-large")

#: Stands for a file that cannot be read, so that nobody takes it for one that is not there.
_NO_TEXT = "\0"

#: Nothing is too deep to be built from.
_LIMITS = Limits(depth=100)


class Asked(NamedTuple):
    """What is asked for from outside of the repository."""

    policy: Policy | None = None  # in place of those inside
    expected: tuple[Expected, ...] = ()
    baseline: frozenset[str] = frozenset()
    fail_on: str | None = None


class Checked(NamedTuple):
    """What was checked, and what was found."""

    files: tuple[str, ...]
    managed: tuple[Managed, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[ProjectWarning, ...]
    fail_on: str

    @property
    def failing(self) -> tuple[Problem, ...]:
        """The problems for which it ends with 1."""
        return grave(self.problems, self.fail_on)

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to check."""
        return not (self.files or self.managed or self.problems)


def check(root: str, asked: Asked, today: date) -> Checked:
    """Check the folder ROOT.

    Raises WrongUse where ROOT is no folder, and where a policy in it is none.
    """
    tree = Tree.at(root, _LIMITS)
    files = find_files(tree)
    managed = tuple(drift.read_managed(root, tree.recorded))
    policy_of = _Policies(root, tree, asked.policy).of
    found = [*inspect(tree, files, policy_of), *_drift(root, tree, files, managed, asked.expected, policy_of)]
    found += _passed_over(tree)
    weighed = list(_weighed(found, policy_of))
    for folder in _with(tree, root, DEVIATIONS):
        weighed = _deviated(weighed, root, folder, policy_of, today)
    problems = tuple(accept(settled(weighed), asked.baseline))
    fail_on = asked.fail_on or policy_of("").fail_on
    return Checked(files.paths, managed, problems, tree.warnings, fail_on)


def _drift(
    root: str,
    tree: Tree,
    files: Files,
    managed: Sequence[Managed],
    expected: Sequence[Expected],
    policy_of: Callable[[str], Policy],
) -> Iterator[Problem]:
    for one in managed:
        bump = policy_of(one.at).parameters["drift-image"]["bump"]
        yield from drift.drift(root, tree, one, files.dockerfiles, bump or None)
    yield from drift.unfinished(tree, files.paths)
    if expected:
        yield from drift.wrong_pack(managed, expected, files.paths)
    else:
        yield from drift.unmanaged(managed, files.paths)


def _passed_over(tree: Tree) -> Iterator[Problem]:
    """Yield each file that would have been checked, and could not be read."""
    for warning in tree.warnings:
        path = warning.source
        is_one = warning.code in _PASSED_OVER and is_ours(posixpath.basename(path))
        if is_one or warning.code in ("too-many-files", "too-deep"):
            yield Problem("unreadable", "error", path, None, warning.message, warning.code)


def _weighed(problems: Iterable[Problem], policy_of: Callable[[str], Policy]) -> Iterator[Problem]:
    """Yield PROBLEMS as grave as the policies say."""
    for problem in problems:
        severity = policy_of(problem.path).severities[problem.rule]
        if severity != OFF:
            yield problem._replace(severity=severity)  # type: ignore[arg-type]


def _deviated(
    problems: Sequence[Problem], root: str, folder: str, policy_of: Callable[[str], Policy], today: date
) -> list[Problem]:
    """Return PROBLEMS after what FOLDER declares; a file of deviations speaks for its own folder."""
    place = posixpath.join(folder, DEVIATIONS)
    text = _read(root, place)
    outside = [each for each in problems if folder and not each.path.startswith(f"{folder}/")]
    inside = [each for each in problems if not folder or each.path.startswith(f"{folder}/")]
    shorter = (
        [each._replace(path=each.path.removeprefix(f"{folder}/")) for each in inside] if folder else inside
    )
    policy = policy_of(place)
    told = list(deviate(shorter, text or "", policy, today))
    longer = [each._replace(path=posixpath.join(folder, each.path)) for each in told]
    own = [*_weighed(longer[len(inside) :], policy_of)]
    return [*outside, *longer[: len(inside)], *own]


def _with(tree: Tree, root: str, name: str) -> Iterator[str]:
    """Yield the folders that have NAME beside their record, deepest first."""
    folders = ("" if folder == "." else folder for folder in tree.recorded)
    for folder in sorted(folders, key=lambda folder: (-folder.count("/") - bool(folder), folder)):
        if _read(root, posixpath.join(folder, name)) is not None:
            yield folder


def _read(root: str, path: str) -> str | None:
    """Return the text at PATH, or None where there is none; of what is no text, what no reader takes."""
    disk = Disk(root)
    try:
        content = disk.read(path, MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError:
        return _NO_TEXT
    try:
        return decode(content) if disk.target(path) == path and len(content) < MOST_BYTES else _NO_TEXT
    except ValueError:
        return _NO_TEXT


class _Policies:
    """Which policy holds where: that from outside, else that of the nearest folder with one, else ours."""

    def __init__(self, root: str, tree: Tree, outside: Policy | None) -> None:
        self._ours = outside or default_policy()
        self._own: dict[str, Policy] = {}
        if outside is None:
            for folder in _with(tree, root, POLICY):
                place = posixpath.join(folder, POLICY)
                self._own[folder] = read_policy(_read(root, place) or "", place)

    def of(self, path: str) -> Policy:
        """Return the policy for PATH."""
        folder = path
        while self._own and folder:
            folder = posixpath.dirname(folder)
            if folder in self._own:
                return self._own[folder]
        return self._own.get("", self._ours)
