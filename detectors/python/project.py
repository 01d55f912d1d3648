"""A Python project as its files describe it: what it needs, what installs that, and whether it is a package itself.

Reads manifests and lock files only: no code (setup.py is read as text), no network, nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scaffold.model import Answers, BuildSecret, Fact, ProjectWarning
from scaffold.tree import Tree

from .dependencies import Dependency, Locked, Script, normalise, parse_dependency, table, words
from .indexes import find_access, pip_configuration
from .locks import Lock, Wanted, read_pdm, read_pipenv, read_poetry, read_uv
from .manifests import (
    PIPFILE,
    PYPROJECT,
    SETUP_CFG,
    SETUP_PY,
    Manifest,
    place,
    read_pipfile,
    read_poetry_manifest,
    read_pyproject,
    read_setup,
)
from .package import Package, backend, read_package
from .requirements import Requirements, development_files, production_files, read_requirements

__all__ = ["Dependency", "Locked", "Project", "Script", "read_project"]

#: Each tool's lock file, and the manifest that it makes sense beside.
LOCKS = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock", "pipenv": "Pipfile.lock"}
_MANIFESTS = {"uv": PYPROJECT, "poetry": PYPROJECT, "pdm": PYPROJECT, "pipenv": PIPFILE}
_READ_LOCK: dict[str, Callable[[Tree, Wanted], Lock]] = {
    "uv": read_uv,
    "poetry": read_poetry,
    "pdm": read_pdm,
    "pipenv": read_pipenv,
}

#: Configuration of the tools that an install reads where it is there.
_CONFIGURATION = {"uv": ("uv.toml",), "poetry": ("poetry.toml",), "pdm": ("pdm.toml",)}

#: Extras and groups that say by their name that production has them: nothing looser, an extra is off unless asked for.
PRODUCTION_GROUPS = ("prod", "production", "deploy", "deployment", "server", "web")
#: Groups that tests and development need, by the names that tools and documentation give them.
DEV_GROUPS = ("dev", "develop", "development", "test", "tests", "testing")

#: Files at the top that are code, but not a program: what other tools run.
_ASIDE = frozenset(
    {"conftest.py", "noxfile.py", "fabfile.py", "tasks.py", "dodo.py", "setup.py", "conanfile.py"}
)
_PROGRAMS = ("src/main.py", "src/app.py", "app/main.py", "app/app.py", "src/__main__.py")


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that is installed, and how."""

    because: str  # the file that shows it
    name: Fact | None = None
    package_manager: Fact | None = None
    manager_version: Fact | None = None  # of the package manager, as far as it is stated
    requires_python: Fact | None = None
    dependencies: tuple[Dependency, ...] = ()  # direct ones of production
    dev_dependencies: tuple[Dependency, ...] = ()  # direct ones of tests and development beside them
    locked: Mapping[str, Locked] = field(
        default_factory=dict
    )  # the whole closure of production; empty: no lock
    locked_dev: Mapping[str, Locked] = field(default_factory=dict)
    scripts: tuple[Script, ...] = ()
    manifests: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    requirements_dev: tuple[str, ...] = ()
    hashed: Fact | None = None
    fresh: Fact | None = None  # the fact `locked`: a lock is there and in date
    sources_first: Fact | None = None
    installable: Fact | None = None  # the fact `project`: the project itself is installed
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    dev_extras: tuple[str, ...] = ()
    dev_groups: tuple[str, ...] = ()
    local: tuple[str, ...] = ()  # folders of this repository that it depends on
    keep: tuple[str, ...] = ()
    build_environment: Mapping[str, str] = field(default_factory=dict)
    version_from_git: Fact | None = None
    needs_git: Fact | None = None
    needs_ssh: Fact | None = None
    secrets: tuple[BuildSecret, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether all that production installs is known: it is locked, or it is nothing."""
        return bool(self.fresh and self.fresh.value and self.locked) or not (self.dependencies or self.locked)

    def has(self, name: str) -> Fact | None:
        """Return the version (or "") with which production has a package, directly or below something else."""
        return _find(normalise(name), self.dependencies, self.locked)

    def has_dev(self, name: str) -> Fact | None:
        """Return the version (or "") with which tests and development have a package that production has not."""
        return _find(normalise(name), self.dev_dependencies, self.locked_dev)

    def asks(self, name: str) -> Dependency | None:
        """Return what the manifest itself says of a package."""
        return next((item for item in self.dependencies if item.name == normalise(name)), None)

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts of a finding that this project states."""
        found = {
            "name": self.name,
            "package_manager": self.package_manager,
            "manifests": self._listed(self.manifests),
            "sources_first": self.sources_first,
            "requirements": self._listed(self.requirements),
            "requirements_dev": self._listed(self.requirements_dev),
            "hashed": self.hashed,
            "locked": self.fresh,
            "extras": self._listed(self.extras),
            "groups": self._listed(self.groups),
            "dev_extras": self._listed(self.dev_extras),
            "dev_groups": self._listed(self.dev_groups),
            "project": self.installable,
            "secrets": Fact(self.secrets, self.secrets[0].source) if self.secrets else None,
            "local": self._listed(self.local),
            "keep": self._listed(self.keep),
            "build_environment": self._build_environment,
        }
        return {key: fact for key, fact in found.items() if fact is not None}

    @property
    def _build_environment(self) -> Fact | None:
        if not self.build_environment or self.version_from_git is None:
            return None
        return Fact(dict(self.build_environment), self.version_from_git.source)

    def _listed(self, values: tuple[str, ...]) -> Fact | None:
        return Fact(values, self.because) if values else None


def _find(name: str, direct: Iterable[Dependency], locked: Mapping[str, Locked]) -> Fact | None:
    held = locked.get(name)
    asked = next((item for item in direct if item.name == name), None)
    if asked:
        return Fact(held.version if held else asked.pin or "", asked.source)
    return Fact(held.version, held.source) if held else None


def read_project(tree: Tree, answers: Answers) -> Project | None:
    """Return the Python project in TREE, or None where there is none."""
    signs = list(_signs(tree))
    manager = _answered(answers) or (signs[0] if signs else None)
    if manager is None:
        return _conda(tree) or _bare(tree)
    draft = _Draft(tree, manager, answers)
    warnings = _disagreement(tree, draft, signs)
    return draft.finish(warnings)


# -- which tool


def _answered(answers: Answers) -> Fact | None:
    fact = answers.get("package_manager")
    return fact if fact and fact.value in ("uv", "poetry", "pdm", "pipenv", "pip") else None


def _signs(tree: Tree) -> Iterator[Fact]:
    """Yield the package managers that the tree speaks of, the strongest sign first: lock, table, requirements."""
    tables = list(_tables(tree))
    stated = [fact.value for fact in tables]
    locks = [Fact(name, path) for name, path in LOCKS.items() if path in tree and _MANIFESTS[name] in tree]
    yield from sorted(
        locks, key=lambda fact: stated.index(fact.value) if fact.value in stated else len(stated)
    )
    requirements = production_files(tree)
    has_project = isinstance(tree.toml(PYPROJECT).get("project"), dict)
    for fact in tables:
        # uv's table is settings too, for `uv pip install -r requirements.txt`
        if has_project or fact.value != "uv" or not requirements:
            yield fact
    if requirements:
        yield Fact("pip", requirements[0])
    if plain := _plain(tree):
        yield Fact("pip", plain)


def _tables(tree: Tree) -> Iterator[Fact]:
    data = tree.toml(PYPROJECT)
    section = table(data, "tool", "poetry")
    if any(key in section for key in ("name", "dependencies", "package-mode", "group", "dev-dependencies")):
        yield Fact("poetry", place(tree, PYPROJECT, "[tool.poetry"))
    if "pdm" in table(data, "tool"):
        yield Fact("pdm", place(tree, PYPROJECT, "[tool.pdm"))
    if "uv" in table(data, "tool") or backend(tree) == "uv_build":
        yield Fact("uv", place(tree, PYPROJECT, "[tool.uv" if "uv" in table(data, "tool") else "uv_build"))
    if backend(tree) == "poetry" and "poetry" not in table(data, "tool"):
        yield Fact("poetry", place(tree, PYPROJECT, "poetry"))
    if PIPFILE in tree:
        yield Fact("pipenv", PIPFILE)


def _plain(tree: Tree) -> str | None:
    """Return a manifest that pip itself installs from."""
    data = tree.toml(PYPROJECT)
    if data.get("project") or data.get("build-system"):
        return PYPROJECT if data.get("project") or SETUP_PY not in tree else SETUP_PY
    setup = read_setup(tree) if SETUP_PY in tree or SETUP_CFG in tree else None
    return setup.path if setup and (setup.name or setup.dependencies) else None


def _bare(tree: Tree) -> Project | None:
    """Return a project that is code only: it needs nothing, or does not say what."""
    top = [name for name in tree.names() if name.endswith(".py") and name not in _ASIDE]
    main = tree.first(
        "main.py", "app.py", "manage.py", "bot.py", "server.py", "start.py", "run.py", *top, *_PROGRAMS
    )
    main = main or next(iter(tree.glob("*/__main__.py")), None)
    return Project(main, installable=Fact(False, main)) if main else None


def _conda(tree: Tree) -> Project | None:
    """Return what an environment.yml says, with a warning: conda's packages are out of our reach."""
    path = tree.first("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
    data = tree.yaml(path) if path else None
    if path is None or not isinstance(data, dict) or not isinstance(data.get("dependencies"), list):
        return None
    plain: list[str] = []
    for entry in data["dependencies"]:
        plain += words(entry.get("pip")) if isinstance(entry, dict) else words([entry])
    made = [_conda_dependency(text, place(tree, path, text)) for text in plain]
    items = tuple(item for item in made if item and item.name != "python")
    python = next((item for item in made if item and item.name == "python" and item.specifier), None)
    return Project(
        path,
        dependencies=items,
        requires_python=Fact(python.specifier, python.source) if python else None,
        installable=Fact(False, path),
        warnings=(
            ProjectWarning(
                "conda",
                "is for conda, which has packages of its own: list what the program needs in requirements.txt "
                "or pyproject.toml, and it is installed from there",
                path,
            ),
        ),
    )


def _conda_dependency(text: str, source: str) -> Dependency | None:
    """Return a line of environment.yml: "conda-forge::numpy=1.26=py312_0", or a requirement of pip."""
    plain = text.rpartition("::")[2].strip()
    match = re.fullmatch(r"([A-Za-z0-9._-]+)\s*=\s*([0-9][\w.]*)(=.*)?", plain)
    return parse_dependency(f"{match[1]}=={match[2]}.*" if match else plain, source)


def _disagreement(tree: Tree, draft: _Draft, signs: list[Fact]) -> list[ProjectWarning]:
    """Warn where files of another tool say something else than those that are used."""
    if draft.tool == "pip":
        return []
    warnings = [
        ProjectWarning(
            "several-managers",
            f"{fact.source} is for {fact.value}; {draft.manager.source} is what is used, for {draft.tool}",
            fact.source,
        )
        for fact in signs
        if fact.value not in (draft.tool, "pip") and fact.source == LOCKS[fact.value]
    ]
    if difference := _difference(tree, draft):
        warnings.append(difference)
    return warnings


def _difference(tree: Tree, draft: _Draft) -> ProjectWarning | None:
    held = draft.lock.packages if draft.lock else {}
    for item in read_requirements(tree, *production_files(tree)).dependencies if held else ():
        other = held.get(item.name)
        if item.pin and (other is None or other.version != item.pin):
            said = f"{other.version} in {draft.lock.path}" if other and draft.lock else "not there"
            return ProjectWarning(
                "managers-disagree",
                f"{item.name} is {item.pin} here and {said}; {draft.tool} is what is used",
                item.source,
            )
    return None


# -- what it makes of the project


class _Draft:
    """A project as one package manager sees it, while it is being read."""

    def __init__(self, tree: Tree, manager: Fact, answers: Answers) -> None:
        self.tree = tree
        self.manager = manager
        self.tool = str(manager.value)
        self.manifest = _manifest(tree, self.tool)
        self.files = production_files(tree) if self.tool == "pip" else ()
        self.files_dev = development_files(tree, self.files) if self.tool == "pip" else ()
        self.required = read_requirements(tree, *self.files)
        self.required_dev = read_requirements(tree, *self.files_dev)
        # extras are the project's own: where it is not installed, requirement files cannot name them
        extras = {} if self.files and not self.wants_package.value else self.manifest.extras
        self.extras = _chosen(answers, "extras", extras, PRODUCTION_GROUPS)
        self.groups = _chosen(answers, "groups", self.manifest.groups, PRODUCTION_GROUPS)
        self.dev_extras = _chosen(answers, "dev_extras", extras, DEV_GROUPS)
        self.dev_groups = _chosen(answers, "dev_groups", self.manifest.groups, DEV_GROUPS)
        self.lock = self._lock(self.dependencies, self.extras, self.groups)

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        # beside requirement files, a manifest's own dependencies come only with the project itself
        own = [] if self.files and not self.wants_package.value else self.manifest.dependencies
        return _apart([*self.required.dependencies, *own, *self._of(self.extras, self.groups)])

    @property
    def dev_dependencies(self) -> tuple[Dependency, ...]:
        return _apart([*self.required_dev.dependencies, *self._of(self.dev_extras, self.dev_groups)])

    def _of(self, extras: tuple[str, ...], groups: tuple[str, ...]) -> list[Dependency]:
        lists = [self.manifest.extras.get(name, []) for name in extras]
        lists += [self.manifest.groups.get(name, []) for name in groups]
        return [item for part in lists for item in part]

    def _lock(
        self, dependencies: tuple[Dependency, ...], extras: tuple[str, ...], groups: tuple[str, ...]
    ) -> Lock | None:
        path = LOCKS.get(self.tool)
        if path is None or path not in self.tree:
            return None
        return _READ_LOCK[self.tool](self.tree, Wanted(dependencies, extras, groups))

    @property
    def locked(self) -> Mapping[str, Locked]:
        return self.lock.packages if self.lock else self.required.locked

    @property
    def locked_dev(self) -> dict[str, Locked]:
        whole = self._lock(
            self.dependencies + self.dev_dependencies,
            self.extras + self.dev_extras,
            self.groups + self.dev_groups,
        )
        held = whole.packages if whole else self.required_dev.locked
        return {name: replace(item, dev=True) for name, item in held.items() if name not in self.locked}

    @property
    def is_fresh(self) -> bool:
        return self.lock.stale is None if self.lock else self.tool == "pip" and self.required.is_closure

    @property
    def locals(self) -> tuple[Dependency, ...]:
        """What is installed from folders of the repository."""
        every = [*self.dependencies, *self.dev_dependencies, *self.required.dependencies]
        return tuple(item for item in every if item.path is not None or _is_file(item.url))

    @property
    def because(self) -> str:
        return self.files[0] if self.files else self.manifest.path

    @property
    def wants_package(self) -> Fact:
        """Whether the project asks to be installed itself, and where it does."""
        if any(item.path == "." for item in self.required.dependencies):
            own = next(item for item in self.required.dependencies if item.path == ".")
            return Fact(True, own.source)
        return _WANTS[self.tool](self)

    # -- together

    def finish(self, warnings: list[ProjectWarning]) -> Project:
        package = read_package(self.tree, self.manifest)
        installable = self._installable(package, warnings)
        warnings += self._lock_warnings()
        access = find_access(self._indexes(), self._every(), self.tool)
        return Project(
            because=self.because,
            name=self.manifest.name,
            package_manager=self.manager,
            manager_version=self._manager_version(),
            requires_python=self.manifest.requires_python,
            dependencies=self.dependencies,
            dev_dependencies=self.dev_dependencies,
            locked=self.locked,
            locked_dev=self.locked_dev,
            scripts=tuple(self.manifest.scripts),
            manifests=self._manifests(),
            requirements=self._requirements(),
            requirements_dev=self.files_dev,
            hashed=self._hashed(),
            fresh=self._fresh(),
            sources_first=self._sources_first(),
            installable=installable,
            extras=self.extras,
            groups=self.groups,
            dev_extras=self.dev_extras,
            dev_groups=self.dev_groups,
            local=self._folders(),
            keep=package.reads if installable.value else (),
            build_environment=package.environment if installable.value else {},
            version_from_git=package.version_from_git,
            needs_git=self._from_git(r"git\+"),
            needs_ssh=self._from_git(r"git\+(ssh://|git@)"),
            secrets=access.secrets,
            warnings=tuple(dict.fromkeys([*warnings, *access.warnings])),
        )

    def _installable(self, package: Package, warnings: list[ProjectWarning]) -> Fact:
        wanted = self.wants_package
        if not wanted.value or package.obstacle is None:
            return wanted
        warnings.append(
            ProjectWarning(
                "not-installable",
                f"installing the project itself would fail: {package.obstacle.value}; its sources are on the path",
                package.obstacle.source,
            )
        )
        return Fact(False, package.obstacle.source)

    def _lock_warnings(self) -> Iterator[ProjectWarning]:
        name = LOCKS.get(self.tool)
        if self.lock and self.lock.stale:
            message = f"{self.lock.stale}; what is installed is resolved again, and another day brings other versions"
            yield ProjectWarning("lock-outdated", message, self.lock.path)
        elif name and not self.lock and self.dependencies:
            message = f"has no {name} beside it, so that another day brings other versions"
            yield ProjectWarning("lock-missing", message, self.manifest.path)
        elif not name and (loose := self.required.loose or ([] if self.files else list(self.dependencies))):
            whole = self.required.dependencies or self.dependencies
            message = f"leaves {len(loose)} of {len(whole)} versions open, so that another day brings others"
            yield ProjectWarning("lock-missing", message, self.because)

    def _indexes(self) -> list[Any]:
        found = [*self.manifest.indexes, *self.required.indexes, *self.required_dev.indexes]
        return found + (pip_configuration(self.tree) if self.tool == "pip" else [])

    def _every(self) -> list[Dependency]:
        return [*self.manifest.every, *self.required.dependencies, *self.required_dev.dependencies]

    def _manager_version(self) -> Fact | None:
        if self.lock and self.lock.written_by:
            return Fact(self.lock.written_by, self.lock.path)
        said = table(self.tree.toml(PYPROJECT), "tool", "uv" if self.tool == "uv" else "poetry")
        value = said.get("required-version" if self.tool == "uv" else "requires-poetry")
        return Fact(value, place(self.tree, PYPROJECT, value)) if isinstance(value, str) else None

    def _manifests(self) -> tuple[str, ...]:
        if self.files:
            return tuple(dict.fromkeys([*self.required.files, *self.required_dev.files]))
        found = [self.manifest.path, *([self.lock.path] if self.lock else [])]
        found += [path for path in _CONFIGURATION.get(self.tool, ()) if path in self.tree]
        if self.manifest.path == SETUP_PY:
            found += [path for path in (SETUP_CFG, PYPROJECT) if path in self.tree]
        if self.tool == "uv" and not self.is_fresh:
            found += _members(self.tree)
        return tuple(dict.fromkeys(found))

    def _requirements(self) -> tuple[str, ...]:
        """Return the files to install from; pyproject.toml is one where its dependencies stand in it."""
        is_static = self.manifest.path == PYPROJECT and not self.manifest.dynamic
        return self.files or ((PYPROJECT,) if self.tool == "pip" and is_static and self.dependencies else ())

    def _hashed(self) -> Fact | None:
        return Fact(True, self.files[0]) if self.files and self.required.hashed else None

    def _fresh(self) -> Fact:
        return Fact(self.is_fresh, self.lock.path if self.lock else self.because)

    def _sources_first(self) -> Fact | None:
        # `uv sync --frozen --no-install-local` needs none of them
        if self.tool == "uv" and self.lock and self.is_fresh:
            return None
        if self.locals:
            return Fact(True, self.locals[0].source)
        if self.tool == "pip" and self.files:
            return None
        needs_code = self.manifest.dynamic or self.manifest.path in (SETUP_PY, SETUP_CFG)
        return Fact(True, self.manifest.path) if needs_code else None

    def _folders(self) -> tuple[str, ...]:
        """Return the folders of the repository that hold packages which are installed."""
        urls = [item.url for item in self.locked.values() if _is_file(item.url)]
        paths = [item.path for item in self.locals if item.path]
        paths += [str(url).removeprefix("file:").removeprefix("//").rstrip("/") for url in urls]
        return tuple(dict.fromkeys(path for path in paths if path not in (".", "") and "$" not in path))

    def _from_git(self, pattern: str) -> Fact | None:
        places = [*((item.url, item.source) for item in (*self.dependencies, *self.dev_dependencies))]
        places += [(item.url, item.source) for item in (*self.locked.values(), *self.locked_dev.values())]
        return next((Fact(True, source) for url, source in places if url and re.match(pattern, url)), None)


def _manifest(tree: Tree, tool: str) -> Manifest:
    if tool == "poetry":
        return read_poetry_manifest(tree)
    if tool == "pipenv":
        pipfile = read_pipfile(tree)
        own = read_pyproject(tree) if tree.toml(PYPROJECT).get("project") else read_setup(tree)
        return replace(pipfile, name=own.name, scripts=own.scripts) if own else pipfile
    if tool == "pip" and not tree.toml(PYPROJECT).get("project"):
        return read_setup(tree) or read_pyproject(tree)
    return read_pyproject(tree)


def _chosen(
    answers: Answers, key: str, there: Mapping[str, list[Dependency]], usual: tuple[str, ...]
) -> tuple[str, ...]:
    if key in answers:
        said = answers[key].value
        return tuple(said.split()) if isinstance(said, str) else tuple(map(str, said or ()))
    return tuple(name for name in usual if there.get(name))


def _apart(items: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Return ITEMS once each, without the project itself."""
    return tuple(dict.fromkeys(item for item in items if item.path != "."))


def _is_file(url: str | None) -> bool:
    return url is not None and url.startswith("file:")


def _members(tree: Tree) -> list[str]:
    """Return the manifests of the members of uv's workspace."""
    section = table(tree.toml(PYPROJECT), "tool", "uv", "workspace")
    found = [path for member in words(section.get("members")) for path in tree.glob(f"{member}/{PYPROJECT}")]
    left_out = {
        path for member in words(section.get("exclude")) for path in tree.glob(f"{member}/{PYPROJECT}")
    }
    return [path for path in found if path not in left_out]


# -- whether the project asks to be installed itself


def _wants_uv(draft: _Draft) -> Fact:
    """https://docs.astral.sh/uv/concepts/projects/config/#project-packaging: only with a build system."""
    data = draft.tree.toml(PYPROJECT)
    stated = table(data, "tool", "uv").get("package")
    if stated is True or (stated is None and data.get("build-system")):
        return Fact(True, place(draft.tree, PYPROJECT, "package = true" if stated else "[build-system]"))
    members = draft.lock and next((item for item in draft.lock.packages.values() if _is_file(item.url)), None)
    # `uv sync` installs those of the repository, and leaves a project that is no package alone
    return Fact(True, members.source) if members else Fact(False, PYPROJECT)


def _wants_poetry(draft: _Draft) -> Fact:
    stated = table(draft.tree.toml(PYPROJECT), "tool", "poetry").get("package-mode")
    return Fact(stated is not False, place(draft.tree, PYPROJECT, "package-mode"))


def _wants_pdm(draft: _Draft) -> Fact:
    data = draft.tree.toml(PYPROJECT)
    settings = table(data, "tool", "pdm")
    if settings.get("package-type") == "application":
        return Fact(False, place(draft.tree, PYPROJECT, "package-type"))
    if isinstance(settings.get("distribution"), bool):
        return Fact(settings["distribution"], place(draft.tree, PYPROJECT, "distribution"))
    return Fact(bool(data.get("build-system")), place(draft.tree, PYPROJECT, "[build-system]"))


def _wants_pipenv(draft: _Draft) -> Fact:
    own = next((item for item in draft.manifest.dependencies if item.path == "."), None)
    return Fact(own is not None, own.source if own else PIPFILE)


def _wants_pip(draft: _Draft) -> Fact:
    """A requirement file that does not name the project is how its author installs it, unless it has commands."""
    scripts = draft.manifest.scripts
    if scripts:
        return Fact(True, scripts[0].source)
    if draft.files:
        return Fact(False, draft.files[0])
    return Fact(backend(draft.tree) is not None, draft.manifest.path)


_WANTS: dict[str, Callable[[_Draft], Fact]] = {
    "uv": _wants_uv,
    "poetry": _wants_poetry,
    "pdm": _wants_pdm,
    "pipenv": _wants_pipenv,
    "pip": _wants_pip,
}
