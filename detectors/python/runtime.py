"""The release of Python: what the project states, what its pins allow, the image that follows."""

import re
from collections.abc import Iterator

from scaffold.catalogue import Release, default_release, releases
from scaffold.model import Answers, Fact, ProjectWarning, Runtime
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ..hints import Hints, read_hints
from .packages.constraints import Constraint, parse_constraint
from .packages.project import Project
from .packages.wheels import Pin, fits, is_wanted, pins, runs

_VERSION = (
    r"(?i)(?:c?python[-@=\s]*|v|cp)?(\d{1,2})(?:\.(\d{1,3}|[xX*]))?(?:\.(\d{1,3}|[xX*]))?"
    r"(?:[-.]?(?:dev|(?:a|b|rc)\d+))?t?"
)
_OTHER = r"(?i)(pypy|graalpy|jython|micropython|stackless|anaconda|miniconda|miniforge|mambaforge|conda)"


class _Stated(NamedTuple):
    """A version that some file states."""

    version: str  # "3.12" or "3.12.4"; "" where it is a constraint only
    source: str
    constraint: Constraint | None = None

    @property
    def release(self) -> str:
        return ".".join(self.version.split(".")[:2])


def find_runtime(
    tree: Tree, project: Project, answers: Answers, hints: Hints | None = None
) -> tuple[Fact, tuple[ProjectWarning, ...]]:
    """Return the release that PROJECT is built with, as a `Runtime`."""
    choice = _Choice(tree, project, hints)
    fact = choice.decide(_answered(answers) or choice.stated())
    return fact, tuple(choice.warnings)


def _answered(answers: Answers) -> _Stated | None:
    fact = answers.get("runtime")
    if fact is None:
        return None
    value = fact.value.version if isinstance(fact.value, Runtime) else str(fact.value)
    return _read_version(value, fact.source)


class _Choice:
    """The choice of a release, and what is to be said about it."""

    def __init__(self, tree: Tree, project: Project, hints: Hints | None) -> None:
        self.tree = tree
        self.hints = hints
        self.project = project
        self.warnings: list[ProjectWarning] = []
        self.required = _required(project)

    def stated(self) -> _Stated | None:
        """Return the version that the strongest file states."""
        for path, text, line in _statements(self.tree, self.project):
            source = f"{path}:{line}" if line else path
            if found := _read_version(text, source):
                return found
            self._note_unread(text, source)
        hints = None if self.required else self.hints or read_hints(self.tree)
        hint = hints.runtimes.get("python") if hints else None
        return _read_version(str(hint.value), hint.source) if hint else None

    def _note_unread(self, text: str, source: str) -> None:
        if re.search(_OTHER, text):
            said = f"asks for {text!r}, for which there is no image here: CPython is used"
            self.warnings.append(ProjectWarning("unsupported-runtime", said, source))
        elif text.strip() not in ("", "system", "latest"):
            said = f"{text[:60]!r} is no version of Python"
            self.warnings.append(ProjectWarning("unparsable", said, source))

    def decide(self, stated: _Stated | None) -> Fact:
        if stated and not stated.version:
            return self._within(stated.constraint, stated.source)
        if stated and self.required and self._contradicts(stated):
            built = self._within(*self.required).value
            return Fact(Runtime(stated.version, self._constraint, built.image), stated.source)
        if stated:
            return self._exactly(stated)
        if self.required:
            return self._within(*self.required)
        return self._within(None, "default: python")

    def _contradicts(self, stated: _Stated) -> bool:
        """Whether the manifest forbids what is stated: its tools refuse to install then."""
        if self.required is None or stated.source.startswith("answer: "):
            return False
        constraint, source = self.required
        exact = stated.version.count(".") == 2
        if constraint.allows(stated.version) if exact else constraint.allows_release(stated.release):
            return False
        allowed = repr(constraint.text)
        said = (
            f"is Python {stated.version}, but {source} allows {allowed} only: that is what it is built with"
        )
        self.warnings.append(ProjectWarning("runtime-disagrees", said, stated.source))
        return True

    def _exactly(self, stated: _Stated) -> Fact:
        release = next((row for row in releases("python") if row.version == stated.release), None)
        if release is None:
            return self._unsupported(stated.version, stated.source)
        self._warn_ended(release, stated.source)
        return Fact(Runtime(stated.version, self._constraint, release.version), stated.source)

    @property
    def _constraint(self) -> str | None:
        return self.required[0].text if self.required else None

    def _within(self, constraint: Constraint | None, source: str) -> Fact:
        allowed = [
            row for row in releases("python") if not constraint or constraint.allows_release(row.version)
        ]
        text = constraint.text if constraint else None
        if not allowed:
            return self._unsupported(text or "", source)
        living = [row for row in allowed if not row.ended] or allowed[:1]
        usual = [row for row in living if _minor(row) <= _minor_of(default_release("python"))] or living[-1:]
        release, why = self._fitting(usual)
        if constraint and constraint.pin:
            text = constraint.text
        self._warn_ended(release, source)
        return Fact(Runtime(release.version, text, release.version), why or source)

    def _fitting(self, usual: list[Release]) -> tuple[Release, str | None]:
        """Return the newest release that all pins have wheels for, and what keeps it from being newer."""
        cap: _Cap | None = None
        for pin in pins(self.project):
            found = _cap(pin, usual)
            if found and (cap is None or found.first > cap.first):
                cap = found
        if cap is None:
            return usual[0], None
        if cap.first == len(usual):
            self._warn_old(cap, usual[-1])
            return usual[-1], cap.source(usual[cap.first - 2] if len(usual) > 1 else usual[-1])
        return usual[cap.first], cap.source(usual[cap.first - 1])

    def _warn_old(self, cap: "_Cap", oldest: Release) -> None:
        said = f"{cap.text(oldest)}, the oldest that is maintained and fits: it may not build or run there"
        self.warnings.append(ProjectWarning("old-pin", said, cap.pin.source))

    def _warn_ended(self, release: Release, source: str) -> None:
        if release.ended:
            said = f"Python {release.version} ended on {release.eol} and gets no security fixes"
            self.warnings.append(ProjectWarning("end-of-life", said, source))

    def _unsupported(self, version: str, source: str) -> Fact:
        oldest, newest = releases("python")[-1].version, releases("python")[0].version
        said = f"asks for Python {version!r}; there are images for {oldest} to {newest}"
        self.warnings.append(ProjectWarning("unsupported-runtime", said, source))
        return Fact(Runtime(version, self._constraint, None), source)


class _Cap(NamedTuple):
    """What a pin lets be chosen: all releases from the FIRST on, in a list with the newest first."""

    pin: Pin
    first: int

    def text(self, release: Release) -> str:
        version = f" {self.pin.version}" if self.pin.version else ""
        lacks = "does not run on" if runs(self.pin, release.version) is False else "has no wheel for"
        return f"{self.pin.name}{version} {lacks} {release.version}"

    def source(self, release: Release) -> str:
        return f"{self.pin.source}: {self.text(release)}"


def _cap(pin: Pin, usual: list[Release]) -> _Cap | None:
    """Return what PIN allows of USUAL, or None where it allows all, or never has a wheel."""
    index = 0
    while index < len(usual) and _is_against(pin, usual[index].version):
        index += 1
    if index == 0:
        return None
    if index == len(usual) and not any(fits(pin, row.version) for row in releases("python")):
        # it is compiled whatever is chosen, unless its documentation knows better
        return _Cap(pin, index) if runs(pin, usual[-1].version) is False else None
    return _Cap(pin, index)


def _is_against(pin: Pin, release: str) -> bool:
    return is_wanted(pin, release) and fits(pin, release) is False


def _minor(release: Release) -> int:
    return _minor_of(release.version)


def _minor_of(version: str) -> int:
    return int(version.split(".")[1])


def _required(project: Project) -> tuple[Constraint, str] | None:
    """Return the constraint that installing obeys; Pipenv's version is a statement, not a constraint."""
    fact = project.requires_python
    if fact is None or project.because == "Pipfile":
        return None
    constraint = parse_constraint(str(fact.value))
    return (constraint, fact.source) if constraint and constraint.text not in ("", "*") else None


# -- what files state


def _statements(tree: Tree, project: Project) -> Iterator[tuple[str, str, int | None]]:
    """Yield what may be a version, the strongest file first, with its place."""
    yield from _lines(tree, ".python-version")
    yield from _lines(tree, "runtime.txt")
    if project.because == "Pipfile" and project.requires_python:
        path, _, number = project.requires_python.source.partition(":")
        yield path, str(project.requires_python.value), int(number) if number.isdecimal() else None
    for path, text, line in _lines(tree, ".tool-versions"):
        words = text.split()
        if len(words) > 1 and words[0] == "python":
            yield path, words[1], line
    for path in ("mise.toml", ".mise.toml", "mise/config.toml", ".config/mise.toml", ".mise/config.toml"):
        yield from _mise(tree, path)


def _lines(tree: Tree, path: str) -> Iterator[tuple[str, str, int | None]]:
    for number, line in enumerate(tree.text(path).splitlines(), start=1):
        if text := line.partition("#")[0].strip():
            yield path, text, number


def _mise(tree: Tree, path: str) -> Iterator[tuple[str, str, int | None]]:
    tools = tree.toml(path).get("tools")
    said = tools.get("python") if isinstance(tools, dict) else None
    said = said[0] if isinstance(said, list) and said else said
    said = said.get("version") if isinstance(said, dict) else said
    if isinstance(said, str):
        yield path, said, tree.line_of(path, r"^\s*[\"']?python[\"']?\s*=")


def _read_version(text: str, source: str) -> _Stated | None:
    """Return the version in TEXT: "3.12", "python-3.11.4", "3.9.x", or a constraint: "3", ">=3.11"."""
    match = re.fullmatch(_VERSION, text.strip())
    if match is None:
        is_constraint = re.match(r"\s*[<>=!~^]", text)
        constraint = parse_constraint(text) if is_constraint else None
        return _Stated("", source, constraint) if constraint else None
    parts = [part for part in match.groups() if part and part.isdecimal()]
    if len(parts) == 1:
        return _Stated("", source, parse_constraint(f">={parts[0]},<{int(parts[0]) + 1}"))
    if match[2] and not match[2].isdecimal():
        return None
    return _Stated(".".join(str(int(part)) for part in parts), source)
