"""Ask the detectors what a project is: the one door to them."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from scaffold.errors import NothingFound, WrongUse
from scaffold.model import Ambiguity, Answers, Detector, Fact, Finding, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

if TYPE_CHECKING:  # in the repository, where checkers read, detectors/ is beside this package
    from detectors import DETECTORS
else:  # at run time it is inside: see [tool.setuptools.package-dir]
    from scaffold.detectors import DETECTORS

__all__ = [
    "DETECTORS", "NO_ANSWERS", "Detection", "detect", "kind_of", "looked_for", "name_of", "nothing_found",
]  # fmt: skip

#: Nobody said anything.
NO_ANSWERS: Answers = MappingProxyType({})

#: Apps lie near the top: services/api, apps/web, cmd/tools/worker.
DEPTH = 4

#: Folders of one depth that are looked into: a repository with more is asked about app by app.
FOLDERS = 2000

#: Folders that show how something is used, not what is deployed. They count where nothing else does.
ASIDE = frozenset(
    {
        "test", "tests", "testdata", "fixtures", "doc", "docs", "example", "examples", "sample", "samples",
        "benchmarks", "hooks", "script", "scripts", "tool", "tools",
    }
)  # fmt: skip

#: Folders of what somebody else has written: no app of this project, wherever they lie.
FOREIGN = frozenset({"vendor", "third_party", "thirdparty"})


class Detection(NamedTuple):
    """All that the detectors found: one finding for each stack of each app."""

    findings: tuple[Finding, ...]
    warnings: tuple[ProjectWarning, ...]

    @property
    def deployable(self) -> tuple[Finding, ...]:
        """The findings that are something to run."""
        return tuple(filter(_is_deployable, self.findings))

    @property
    def ambiguities(self) -> tuple[Ambiguity, ...]:
        """What nobody decided, in every app; keys are prefixed where there are several."""
        several = len({finding.path for finding in self.findings}) > 1
        own = [_prefixed(a, f.path) if several else a for f in self.findings for a in f.ambiguities]
        return (*_stack_questions(self.findings), *own)


def kind_of(finding: Finding) -> str | None:
    """Return web, worker, cli, static or library, where the project shows it."""
    return finding.facts["kind"].value if "kind" in finding.facts else None


def _is_deployable(finding: Finding) -> bool:
    return kind_of(finding) != "library"


def name_of(finding: Finding) -> str:
    """Return the name that the app's manifest has for it."""
    return str(finding.facts["name"].value) if "name" in finding.facts else "app"


def detect(tree: Tree, answers: Answers = NO_ANSWERS, detectors: Sequence[Detector] = DETECTORS) -> Detection:
    """Ask every detector for the root of TREE; where nothing deployable is there, for what lies below."""
    found = _ask(tree, ".", answers, detectors)
    if not found:
        found = _below(tree, answers, detectors, ASIDE) or _below(tree, answers, detectors)
    elif not any(map(_is_deployable, found)):  # the parts of a library are no apps of their own
        found += filter(_is_deployable, _below(tree, answers, detectors, ASIDE))
    _refuse_strangers(answers, found)
    warnings = dict.fromkeys([*tree.warnings, *(_placed(w, f.path) for f in found for w in f.warnings)])
    return Detection(tuple(found), tuple(warnings))


def looked_for(detectors: Sequence[Detector] = DETECTORS) -> tuple[str, ...]:
    """Return what each detector says of itself, in the first line of its docstring."""
    return tuple((detector.__doc__ or "?").strip().partition("\n")[0].rstrip(".") for detector in detectors)


def nothing_found(place: str, stack: str | None) -> NothingFound:
    """Return the error that says what was looked for in PLACE, of one STACK or of any."""
    what = f"no {stack} app" if stack else "nothing to containerise"
    return NothingFound(f"{what} in {shlex.quote(place)}; looked for {'; '.join(looked_for())}")


def _ask(tree: Tree, path: str, answers: Answers, detectors: Sequence[Detector]) -> list[Finding]:
    """Ask every detector about the one folder that TREE is."""
    findings = [finding for d in detectors if (finding := _ask_one(d, tree, path, answers)) is not None]
    wanted = _answers_of(answers, path).get("stack")
    return [finding for finding in findings if wanted is None or finding.stack == wanted.value]


def _ask_one(detector: Detector, tree: Tree, path: str, answers: Answers) -> Finding | None:
    """Ask again where answers call the app by its name: only its detector knows that."""
    finding = detector.detect(tree, _answers_of(answers, path))
    if finding is not None and (name := name_of(finding)) in _apps(answers):
        finding = detector.detect(tree, _answers_of(answers, path, name))
    return finding._replace(path=path) if finding is not None else None


def _answers_of(answers: Answers, *apps: str) -> dict[str, Fact]:
    """Return what was said of one app: for all first, then for it alone."""
    return {
        **{key: fact for key, fact in answers.items() if "." not in key},
        **{
            key.rpartition(".")[2]: fact
            for key, fact in answers.items()
            if "." in key and key.rpartition(".")[0] in apps
        },
    }


def _apps(answers: Answers) -> set[str]:
    return {key.rpartition(".")[0] for key in answers if "." in key}


def _refuse_strangers(answers: Answers, found: Iterable[Finding]) -> None:
    apps = {word: None for finding in found for word in (finding.path, name_of(finding)) if word != "."}
    for app in sorted(_apps(answers) - {*apps, "."}):
        raise WrongUse(
            f"there is an answer for an app {app!r}, and no such app (there are: {', '.join(apps) or 'none'})"
        )


def _below(
    tree: Tree, answers: Answers, detectors: Sequence[Detector], aside: frozenset[str] = frozenset()
) -> list[Finding]:
    """Ask for each topmost folder below the root that some detector knows."""
    found: list[Finding] = []
    level = ["."]
    for _ in range(DEPTH):
        level = [child for folder in level for child in _children(tree, folder, aside)][:FOLDERS]
        asked = {p: _ask(tree.below(p), p, answers, detectors) for p in level if _holds_a_file(tree, p)}
        found += [finding for findings in asked.values() for finding in findings]
        level = [path for path in level if not asked.get(path)]
    return found


def _children(tree: Tree, folder: str, aside: frozenset[str]) -> list[str]:
    names = [name.rstrip("/") for name in tree.names(folder) if name.endswith("/")]
    kept = [name for name in names if name not in aside | FOREIGN and not name.startswith(".")]
    return [name if folder == "." else f"{folder}/{name}" for name in kept]


def _holds_a_file(tree: Tree, folder: str) -> bool:
    return any(not name.endswith("/") for name in tree.names(folder))


def _placed(warning: ProjectWarning, path: str) -> ProjectWarning:
    """Return the warning of an app as one of the whole tree."""
    if path == "." or warning.source.startswith(("default: ", "answer: ")):
        return warning
    return warning._replace(source=f"{path}/{warning.source}")


def _prefixed(ambiguity: Ambiguity, path: str) -> Ambiguity:
    return ambiguity if path == "." else ambiguity._replace(key=f"{path}.{ambiguity.key}")


def _stack_questions(findings: Iterable[Finding]) -> Iterator[Ambiguity]:
    """Yield a question for each folder that several detectors know."""
    stacks: dict[str, list[str]] = {}
    for finding in findings:
        stacks.setdefault(finding.path, []).append(finding.stack)
    for path, candidates in stacks.items():
        if len(candidates) > 1:
            yield _prefixed(Ambiguity("stack", tuple(candidates)), path)
