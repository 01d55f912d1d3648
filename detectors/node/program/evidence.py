"""Everything that is known of a Node.js project before anything is decided about its program."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from scaffold.model import Answers, Fact
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...commands import MIGRATIONS
from ...hints import Hints
from ..code.source import Module, Source
from ..packages.lifecycle import find_laying
from ..packages.manifest import Manifest, read_manifest
from .scripts import Start, resolve, steps_of

#: Scripts that build the whole program, the most wanted first.
BUILDS = (
    "build:docker",
    "build-docker",
    "build",
    "build:prod",
    "build:production",
    "compile",
    "heroku-postbuild",
    "gcp-build",
    "generate",
)
#: Scripts that say what a project is: others are for tests, documentation and people.
_TELLING = (*BUILDS, "build:client", "export", "start", "start:prod", "dev", "develop", "serve", "preview")
#: The scripts of a project that is nothing but its documentation: https://vitepress.dev/guide/getting-started.
DOCUMENTATION = ("docs:build", "docs:dev")
_SUFFIXES = ("js", "mjs", "cjs", "ts", "mts", "cts")
_NUMBER = r"\d+(?:\.\d+)*"


class Packages(Protocol):
    """What of packages.py is needed here."""

    @property
    def facts(self) -> Mapping[str, Fact]: ...
    @property
    def locked_versions(self) -> Mapping[str, str]: ...


class Evidence(NamedTuple):
    """A project's files, manifest and packages, and what people and other platforms say."""

    tree: Tree
    source: Source
    manifest: Manifest
    packages: Packages
    answers: Answers
    hints: Hints | None
    major: str  # of Node.js: "24"

    @property
    def manager(self) -> str:
        """The package manager's name."""
        fact = self.packages.facts.get("package_manager")
        return str(fact.value) if fact else "npm"

    def asked(self, *names: str) -> Fact | None:
        """Return the range of the first of NAMES that is asked for, here or by the root of the workspace."""
        found = self.manifest.has_any(*names)
        root = read_manifest(self.tree.whole) if found is None and self.tree.whole is not self.tree else None
        shared = root.has_any(*names) if root else None
        return Fact(shared.value, self.manifest.path) if shared else found

    def version(self, name: str) -> tuple[int, ...]:
        """Return the version of a dependency: as locked, else the least that is asked for; () if unknown."""
        asked = self.asked(name)
        said = self.packages.locked_versions.get(name) or (str(asked.value) if asked else "")
        match = re.search(_NUMBER, said)
        return tuple(int(part) for part in match[0].split(".")[:3]) if match else ()

    def script(self, name: str) -> Start | None:
        """Return what a script runs in the end."""
        return resolve(self.manifest, name, self.tree)

    def run(self, script: str) -> tuple[str, ...]:
        """Return the command that runs a script."""
        return (self.manager, "run", script)

    def execute(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command that runs a program of an installed package."""
        prefix = {"npm": ("npx",), "pnpm": ("pnpm", "exec"), "yarn": ("yarn", "run"), "bun": ("bunx",)}
        return (*prefix[self.manager], *words)

    def config(self, *stems: str) -> "Config | None":
        """Return the first of the configuration files `STEM.js`, `.ts` … that is there."""
        for stem in stems:
            path = self.tree.first(*(f"{stem}.{suffix}" for suffix in _SUFFIXES))
            module = self.source.at(path) if path else None
            if module:
                return Config(module, module.default_export())
        return None


class Config(NamedTuple):
    """A configuration that is a program, and what of it is constant."""

    module: Module
    data: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The file."""
        return self.module.path

    def place(self, key: str) -> str:
        """Return where a key is set."""
        line = self.module.source.tree.line_of(self.path, rf"(^|[^\w.]){re.escape(key)}\W*:")
        return f"{self.path}:{line}" if line else self.path

    def arguments_of(self, *callees: str) -> Mapping[str, Any] | None:
        """Return the options that a plugin is called with: {} for none, None where it is not called."""
        for call in self.module.calls():
            if call.callee in callees or any(call.callee.startswith(f"{name}.") for name in callees):
                value = self.module.literal(call.arguments[0]) if call.arguments else None
                return value if isinstance(value, dict) else {}
        return None

    def called(self, prefix: str) -> str | None:
        """Return the package that is called, of those whose names begin with PREFIX."""
        found = (call.callee for call in self.module.calls() if call.callee.startswith(prefix))
        return next((callee.partition(".")[0] for callee in found), None)


class Build(NamedTuple):
    """How the project is built."""

    commands: tuple[tuple[str, ...], ...]
    steps: tuple[Start, ...]  # what the commands run in the end
    source: str
    migrations: tuple[Start, ...] = ()  # steps that need a database, which no image's build has


def find_build(evidence: Evidence) -> Build | None:
    """Return how the project is built: by its script, or by what its start runs first."""
    answer = evidence.answers.get("build")
    for name in BUILDS:
        start = evidence.script(name)
        if start is not None and name != "generate":
            return _built(
                evidence, steps_of(start), evidence.run(name), evidence.manifest.place("scripts", name)
            )
    if answer is not None:
        return Build(tuple(tuple(one) for one in answer.value), (), answer.source)
    laying = find_laying(evidence.manifest)
    laid = laying.source if laying else None
    for name in ("start:prod", "start"):
        start = evidence.script(name)
        before = start.before if start else ()
        steps = tuple(step for step in before if not is_migration(step) and step.source != laid)
        if start and steps:
            commands = tuple(_alone(evidence, step) for step in steps)
            return Build(commands, steps, start.source)
    return None


def _built(evidence: Evidence, steps: tuple[Start, ...], whole: tuple[str, ...], place: str) -> Build:
    """The script as it is, or its steps one by one where a database is asked for among them."""
    migrations = tuple(filter(is_migration, steps))
    if not migrations:
        return Build((whole,), steps, place)
    rest = tuple(step for step in steps if not is_migration(step))
    return Build(tuple(_alone(evidence, step) for step in rest), rest, place, migrations)


def _alone(evidence: Evidence, step: Start) -> tuple[str, ...]:
    """One step of a script as a command of its own."""
    assigned = tuple(f"{key}={value}" for key, value in step.environment)
    command = step.argv if step.name in {"node", "rm", "cp", "mkdir"} else evidence.execute(step.argv)
    return ("env", *assigned, *command) if assigned else command


def is_migration(step: Start) -> bool:
    """Whether STEP brings a database up to date."""
    return re.search(MIGRATIONS, " ".join(step.argv)) is not None


def telling_steps(evidence: Evidence, names: tuple[str, ...] = _TELLING) -> Iterator[Start]:
    """Yield every command of the scripts that build, start and develop the program."""
    for name in names:
        start = evidence.script(name)
        if start:
            yield from steps_of(start)
