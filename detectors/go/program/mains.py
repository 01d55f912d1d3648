"""Which package is the program: the only one, the one that people run or that serves. Else a question."""

import re
from collections.abc import Callable, Iterable, Iterator
from posixpath import basename

from scaffold.model import Answers, Fact
from scaffold.nouns import NamedTuple
from scaffold.paths import normal

from ...commands import Command
from ...hints import Hints
from ..code.source import Package, Source
from ..packages.modules import Module, Modules, inside
from .builds import Built

#: Folders of what is there for developers, or shared by programs: theirs count where there are no others.
ASIDE = frozenset(
    {
        "example", "examples", "sample", "samples", "demo", "demos", "test", "tests", "testing", "e2e",
        "integration", "testutil", "testutils", "fixtures", "doc", "docs", "tool", "tools", "hack",
        "script", "scripts", "build", "ci", "contrib", "internal", "benchmark", "benchmarks", "bench",
        "third_party", "shared", "common", "lib", "libs", "pkg", "util", "utils", "gen", "codegen",
        "misc", "playground", "mage", "deploy", "deployments",
    }
)  # fmt: skip
#: Names of programs that end, and help another one.
_HELPERS = frozenset(
    {
        "migrate", "migrations", "migration", "migrator", "seed", "seeder", "gen", "generate",
        "generator", "codegen", "gendocs", "docgen", "docs", "tools", "test", "tests", "lint", "bench",
        "benchmark", "example", "healthcheck", "health", "loadtest", "keygen", "admin-cli",
    }
)  # fmt: skip
#: Targets of a Makefile that start the program, and such as build it.
_RUNS = frozenset({"run", "start", "serve", "server", "dev", "watch", "up", "run-server", "run-api", "live"})
_BUILDS = frozenset(
    {"build", "all", "compile", "install", "release", "linux", "bin", "build-linux", "default", "binary"}
)
#: Where Go is built and started; what runs a program for development starts the same one.
_STARTERS = frozenset(
    {"go", "air", "gow", "reflex", "realize", "dlv", "make", "task", "just", "npm", "sh", "bash"}
)
_NAME = r"[A-Za-z0-9][\w.+-]*"
_MAJOR = r"v[0-9]+"


class Candidate(NamedTuple):
    """A package that could be the program."""

    folder: str  # "cmd/api"
    module: Module
    source: str  # the file with its main: "cmd/api/main.go"

    @property
    def main(self) -> str:
        """The package as `go build` takes it at the root: "./cmd/api"."""
        return "." if self.folder == "." else f"./{self.folder}"

    @property
    def name(self) -> str:
        """What `go build` calls the program: https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies"""
        path = self.import_path
        *before, last = path.split("/")
        named = before[-1] if before and re.fullmatch(_MAJOR, last) else last
        return named if re.fullmatch(_NAME, named) else "app"

    @property
    def import_path(self) -> str:
        """How the package would be imported: "example.com/shop/cmd/api"."""
        below = "" if self.folder == self.module.folder else self.folder
        if below and self.module.folder != ".":
            below = below[len(self.module.folder) + 1 :]
        return "/".join(part for part in (self.module.path, below) if part)

    @property
    def is_helper(self) -> bool:
        """Whether its place or its name says that it helps another program."""
        *above, last = self.folder.split("/")
        return not ASIDE.isdisjoint(above) or last in _HELPERS or (above[-1:] != ["cmd"] and last in ASIDE)


class Choice(NamedTuple):
    """The program, and what decides that it is this one."""

    main: Candidate | None
    source: str = ""
    open: tuple[Candidate, ...] = ()  # nothing decides between these


def find_mains(source: Source, modules: Modules) -> tuple[Candidate, ...]:
    """Return every package with a `main` that MODULES build."""
    found = ((package, modules.owner(package.folder)) for package in source.packages() if package.has_main)
    return tuple(Candidate(one.folder, module, _file_of(one)) for one, module in found if module)


def _file_of(package: Package) -> str:
    return next(file.path for file in package.files if file.has_main)


def is_library(source: Source, modules: Modules) -> bool:
    """Whether there is a package that other modules are meant to import."""
    return any(_is_imported(package) for package in source.packages() if modules.owner(package.folder))


def _is_imported(package: Package) -> bool:
    return package.name != "main" and ASIDE.isdisjoint(
        set(package.folder.split("/")) - {"pkg", "lib", "common", "util"}
    )


def choose(
    candidates: tuple[Candidate, ...],
    answers: Answers,
    hints: Hints,
    builds: Iterable[Built],
    serves: Callable[[Candidate], Fact | None],
) -> Choice:
    """Return which of CANDIDATES is the program, or those that nothing decides between."""
    if "main" in answers:
        return _answered(candidates, answers["main"])
    primary = tuple(one for one in candidates if not one.is_helper) or candidates
    if len(primary) < 2:
        return Choice(primary[0], primary[0].source) if primary else Choice(None)
    builds = tuple(builds)
    for rule in (_started(primary, hints, builds), _chosen(primary, builds, _STARTED), _at_root(primary)):
        if found := next(rule, None):
            return found
    serving = [(one, fact) for one in primary if (fact := serves(one))]
    if len(serving) == 1:
        return Choice(serving[0][0], serving[0][1].source)
    left = tuple(one for one, _ in serving) or primary
    for rule in (_chosen(left, builds, _BUILT), _named(left), _told(left, builds)):
        if found := next(rule, None):
            return found
    return Choice(None, open=left)


def _answered(candidates: tuple[Candidate, ...], answer: Fact) -> Choice:
    said = str(answer.value)
    folder = normal(said.rpartition("/")[0] or "." if said.endswith(".go") else said)
    for one in candidates:
        if one.folder == (folder or ".") or said in {one.import_path, one.main}:
            return Choice(one, answer.source)
    return Choice(None, answer.source)


# -- what decides


def _started(candidates: tuple[Candidate, ...], hints: Hints, builds: tuple[Built, ...]) -> Iterator[Choice]:
    """The program that another platform starts."""
    web = [one for name, one in hints.procfile.items() if name == "web"]
    for command in (*web, *(one for one in hints.commands if one.process in {"web", "app", "api", "server"})):
        if found := started_by(command, candidates, builds):
            yield Choice(found, command.source)


def started_by(
    command: Command, candidates: Iterable[Candidate], builds: Iterable[Built]
) -> Candidate | None:
    """Return the one of CANDIDATES that COMMAND starts: by `go run`, its name, or what BUILDS call it."""
    candidates = tuple(candidates)
    if command.argv[:2] == ("go", "run"):
        words = [word for word in command.argv[2:] if not word.startswith("-")]
        return next((one for one in candidates if words and is_package(words[0], one)), None)
    name = basename(command.argv[0])
    if name in _STARTERS:
        return None
    for built in builds:
        if (
            built.output
            and basename(built.output) == name
            and built.source.partition(":")[0] == command.source.partition(":")[0]
        ):
            return next((one for one in candidates if one.folder in built.folders), None)
    named = [one for one in candidates if one.name == name]
    if len(named) == 1:
        return named[0]
    outputs = {
        folder for one in builds if one.output and basename(one.output) == name for folder in one.folders
    }
    return next((one for one in candidates if one.folder in outputs), None) if len(outputs) == 1 else None


def is_package(word: str, candidate: Candidate) -> bool:
    """Whether WORD names the package of CANDIDATE: a path, a file in it, or its import path."""
    said = word.rpartition("/")[0] or "." if word.endswith(".go") else word
    return said == candidate.import_path or normal(said) in {
        candidate.folder,
        "" if candidate.folder == "." else None,
    }


#: What starts a program, and what only builds it, each with the most telling first.
_STARTED: tuple[Callable[[Built], bool], ...] = (
    lambda one: one.file == "docker",
    lambda one: one.file == "air",
    lambda one: one.file == "make" and one.target in _RUNS,
)
_BUILT: tuple[Callable[[Built], bool], ...] = (
    lambda one: one.file == "release",
    lambda one: one.file == "make" and one.target in _BUILDS,
    lambda one: one.file == "script",
)


def _chosen(
    candidates: tuple[Candidate, ...], builds: tuple[Built, ...], kinds: tuple[Callable[[Built], bool], ...]
) -> Iterator[Choice]:
    """The only program that a file starts, or builds, which is there for that."""
    for wanted in kinds:
        yield from _only(candidates, [one for one in builds if wanted(one)])


def _only(candidates: tuple[Candidate, ...], builds: list[Built]) -> Iterator[Choice]:
    folders = {folder: one.source for one in reversed(builds) for folder in one.folders}
    named = [one for one in candidates if one.folder in folders]
    if len(named) == 1 and "..." not in "".join(folders):
        yield Choice(named[0], folders[named[0].folder])


def _at_root(candidates: tuple[Candidate, ...]) -> Iterator[Choice]:
    yield from (Choice(one, one.source) for one in candidates if one.folder == ".")


def _named(candidates: tuple[Candidate, ...]) -> Iterator[Choice]:
    """The program that has the name of its module: `cmd/shop` of example.com/shop."""
    named = [one for one in candidates if one.name == Candidate(one.module.folder, one.module, "").name]
    if len(named) == 1 and (manifest := named[0].module.manifest) and manifest.module:
        yield Choice(named[0], manifest.module.source)


def _told(candidates: tuple[Candidate, ...], builds: tuple[Built, ...]) -> Iterator[Choice]:
    """The only program that a README starts."""
    runs = [one for one in builds if one.file == "readme" and one.verb == "run"]
    yield from _only(candidates, runs or [one for one in builds if one.file == "readme"])


def file_in(candidate: Candidate, name: str) -> str:
    """Return the path of NAME beside the program."""
    return inside(candidate.folder, name)
