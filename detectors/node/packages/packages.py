"""How a project's packages are installed: by what, from what files, what is left for later."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from scaffold.model import Answers, Fact, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...hints import Hints
from .approvals import unapproved
from .generate import find_generation, generation_facts
from .legacy import find_legacy
from .lifecycle import find_laying, find_lifecycle, runs_lifecycle
from .locks import LOCKS, Lock, read_lock
from .managers import (
    Choice,
    Stated,
    Yarn,
    choose_manager,
    choose_version,
    find_yarn,
    stated_managers,
    unreadable,
)
from .manifest import Manifest
from .needs import find_needs
from .npmrc import Access, find_access
from .ranges import parse_range
from .workspaces import find_members

_CONFLICT = r"(?m)^<{7} "


class Held(NamedTuple):
    """What is known of the packages before the release of Node.js is."""

    manager: Fact
    stated: Stated | None
    lock: Lock | None
    members: tuple[Manifest, ...]
    yarn: Yarn
    warnings: tuple[ProjectWarning, ...] = ()

    @property
    def versions(self) -> Mapping[str, str]:
        """The version of each package, where a lock file says so."""
        return self.lock.versions if self.lock else MappingProxyType({})

    @property
    def berry(self) -> bool:
        """Whether it is yarn 2 or later."""
        return self.manager.value == "yarn" and self.yarn.berry


class Packages(NamedTuple):
    """How the packages are installed."""

    facts: dict[str, Fact]
    warnings: tuple[ProjectWarning, ...]
    locked_versions: Mapping[str, str]
    members: tuple[Manifest, ...] = ()
    git: str | None = None  # what is fetched by git


def find_held(tree: Tree, manifest: Manifest, answers: Answers) -> Held:
    """Return the package manager, its lock file and the workspace of MANIFEST."""
    members = find_members(tree, manifest)
    answer = answers.get("package_manager")
    only = str(answer.value) if answer else next((one.name for one in stated_managers(manifest)), None)
    locks = _locks(tree, (manifest, *members), only)
    manager, stated = choose_manager(tree, manifest, answer, locks)
    version = answers.get("manager_version")
    if version and version.value:
        stated = Stated(str(manager.value), version.source, str(version.value))
    lock = next((lock for name, lock in locks if name == manager.value), None)
    yarn = find_yarn(tree, stated, lock)
    return Held(manager, stated, lock, members, yarn, tuple(_several(tree, manager, lock)))


def _locks(tree: Tree, manifests: tuple[Manifest, ...], only: str | None) -> list[tuple[str, Lock]]:
    """Return the lock files of the managers that may be it, those that are in date first."""
    found = []
    for name, paths in LOCKS.items():
        path = tree.first(*paths)
        if path and only in (None, name):
            found.append((name, _sound(tree, read_lock(tree, path, manifests))))
    return sorted(found, key=lambda item: item[1].stale is not None)


def _sound(tree: Tree, lock: Lock) -> Lock:
    """Return LOCK, out of date where it cannot be what a manager wrote."""
    if lock.path.endswith(".lockb"):
        return lock
    text = tree.text(lock.path)
    if re.search(_CONFLICT, text):
        return lock._replace(stale="holds a merge conflict")
    return lock._replace(stale="cannot be read") if text.strip() and not lock.version else lock


def _several(tree: Tree, manager: Fact, lock: Lock | None) -> Iterator[ProjectWarning]:
    own = LOCKS[str(manager.value)]
    others = [path for paths in LOCKS.values() if paths != own for path in paths if path in tree]
    if others and lock:
        said = f"is a lock file too: {manager.value} is used, as {manager.source} says"
        yield ProjectWarning("several-managers", said, others[0])


def read_packages(
    tree: Tree,
    manifest: Manifest,
    answers: Answers,
    hints: Hints,
    runtime_major: str,
    held: Held | None = None,
) -> Packages:
    """Return how the packages of MANIFEST are installed on the Node.js RUNTIME_MAJOR."""
    held = held or find_held(tree, manifest, answers)
    return _Reading(tree, manifest, held, runtime_major).packages()


class _Reading:
    """One reading: the facts so far, and what is to be said about them."""

    def __init__(self, tree: Tree, manifest: Manifest, held: Held, major: str) -> None:
        self.tree = tree
        self.manifest = manifest
        self.held = held
        self.major = major
        self.name = str(held.manager.value)
        self.all = (manifest, *held.members)
        self.warnings: list[ProjectWarning] = list(held.warnings)
        self.facts: dict[str, Fact] = {"package_manager": held.manager}

    def packages(self) -> Packages:
        access = find_access(self.tree, self.name, berry=self.held.berry)
        self.warnings += access.warnings
        choice = self._version(access)
        lock = self._lock(choice)
        self._scripts()
        needs = find_needs(self.tree, self.all, self.name, access, lock.path if lock else None)
        self.warnings += needs.warnings
        self.facts |= needs.facts
        if access.secrets:
            self.facts["secrets"] = Fact(access.secrets, access.secrets[0].source)
        self._members(needs.sources_first)
        self._builds(choice, lock)
        self._engines()
        self.facts |= find_legacy(self.manifest, self.held.versions, self.major, self.facts)
        return Packages(
            self.facts, tuple(self.warnings), self.held.versions, self.held.members, self._git(needs.git)
        )

    def _version(self, access: Access) -> Choice:
        stated = self.held.stated
        if stated and self.name == "npm" and access.settings.get("engine-strict") == "true":
            stated = stated._replace(strict=True)
        self.facts["berry"] = Fact(self.held.berry, self.held.manager.source)
        if self.name == "yarn" and self.held.yarn.path:
            path = self.held.yarn.path
            self.facts["yarn_path"] = Fact(path, path)
        choice = choose_version(self.name, stated, self.held.lock, self.major, berry=self.held.berry)
        if self.name == "yarn" and self.held.yarn.version:
            choice = Choice(self.held.yarn.version, str(self.held.yarn.path))
        if choice.version:
            self.facts["manager_version"] = Fact(choice.version, choice.source)
        self.warnings += [choice.warning] if choice.warning else []
        return choice

    def _lock(self, choice: Choice) -> Lock | None:
        """Note the lock file, and whether an install from it can succeed."""
        lock = self.held.lock
        if lock is None:
            self.facts["locked"] = Fact(False, self.manifest.path)
            if any(one.dependencies or one.dev_dependencies for one in self.all):
                said = "there is no lock file: every build installs what is newest on its day"
                self._warn("lock-missing", said, self.manifest.path)
            return None
        stale = lock.stale or unreadable(self.name, choice.version, lock, berry=self.held.berry)
        self.facts["lock"] = Fact(lock.path, lock.path)
        self.facts["locked"] = Fact(stale is None, lock.path)
        if stale:
            self._warn("lock-outdated", f"{stale}: it is not what gets installed", lock.path)
        return lock

    def _scripts(self) -> None:
        lifecycle = find_lifecycle(self.manifest, berry=self.held.berry)
        for key, names in (("install_scripts", lifecycle.install), ("drop_scripts", lifecycle.drop)):
            if names:
                self.facts[key] = Fact(names, self.manifest.place("scripts", names[0]))
        generation = find_generation(self.tree, self.manifest)
        self.facts |= generation_facts(generation)
        if laying := find_laying(self.manifest):
            generated = self.facts["prepare"].value if "prepare" in self.facts else ()
            laid = (self.name, "run", str(laying.value))
            self.facts["prepare"] = Fact((laid, *generated), laying.source)
        if changes := lifecycle.changes or generation.changes:
            self.facts["prune"] = Fact(True, changes)

    def _members(self, needed: Fact | None) -> None:
        if folders := tuple(member.folder for member in self.held.members):
            self.facts["workspaces"] = Fact(folders, self.manifest.place("workspaces"))
        running = next((one for one in self.held.members if runs_lifecycle(one)), None)
        if running and not needed:
            needed = Fact(True, f"{running.path}: it has scripts that an install runs")
        if needed:
            self.facts["sources_first"] = needed

    def _builds(self, choice: Choice, lock: Lock | None) -> None:
        path = lock.path if lock else None
        found = unapproved(self.tree, self.all, self.name, choice.version, self.held.versions, path)
        if found:
            names = tuple(str(fact.value) for fact in found)
            places = dict.fromkeys(fact.source for fact in found)
            self.facts["allow_builds"] = Fact(names, "; ".join(places))
            said = f"{self.name} leaves out the install scripts of {', '.join(names)}, which are needed: "
            self._warn("build-scripts", said + "they are allowed in the image", found[0].source)

    def _engines(self) -> None:
        """Note where the manager would refuse the release of Node.js, though it is the one to take."""
        text = self.manifest.engines.get("node")
        allowed = parse_range(text) if text else None
        if allowed and not allowed.allows_newest(self.major):
            self.facts["ignore_engines"] = Fact(True, self.manifest.place("engines", "node"))
        elif self.name == "yarn" and not self.held.berry:
            self.facts["ignore_engines"] = Fact(True, "default: yarn 1")

    def _git(self, stated: str | None) -> str | None:
        lock = self.held.lock
        return stated or (f"{lock.path}: {lock.git}" if lock and lock.git else None)

    def _warn(self, code: str, said: str, source: str) -> None:
        self.warnings.append(ProjectWarning(code, said, source))
