"""A project as one package manager sees it: what is installed, and from which files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from scaffold.model import Answers, Fact, ProjectWarning
from scaffold.reading.tree import Tree

from .dependencies import Dependency, Locked, Project, table, words
from .indexes import PYPI, find_access, pip_configuration
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
from .requirements import Index, development_files, production_files, read_requirements
from .signs import LOCKS

_READ_LOCK: dict[str, Callable[[Tree, Wanted], Lock]] = {
    "uv": read_uv,
    "poetry": read_poetry,
    "pdm": read_pdm,
    "pipenv": read_pipenv,
}

#: Configuration of the tools that an install reads where it is there.
_CONFIGURATION = {"uv": ("uv.toml",), "poetry": ("poetry.toml",), "pdm": ("pdm.toml",)}

#: Extras and groups that say by their name that production has them: an extra is off unless asked for.
PRODUCTION_GROUPS = ("prod", "production", "deploy", "deployment", "server", "web")
#: Groups that tests and development need, by the names that tools and documentation give them.
DEV_GROUPS = ("dev", "develop", "development", "test", "tests", "testing")


class Draft:
    """A project as one package manager sees it, while it is being read."""

    def __init__(self, tree: Tree, manager: Fact, answers: Answers) -> None:
        self.tree = tree
        self.manager = manager
        self.tool = str(manager.value)
        self.manifest = _manifest(tree, self.tool)
        self.files = production_files(tree) if self.tool == "pip" else ()
        self.required = read_requirements(tree, *self.files)
        self.files_dev = development_files(tree, self.required.files) if self.tool == "pip" else ()
        self.required_dev = read_requirements(tree, *self.files_dev)
        # extras are the project's own: where it is not installed, requirement files cannot name them
        extras = {} if self.files and not self.wants_package.value else self.manifest.extras
        self.extras = _chosen(answers, "extras", extras, PRODUCTION_GROUPS)
        self.groups = _chosen(answers, "groups", self.manifest.groups, PRODUCTION_GROUPS)
        self.dev_extras = _chosen(answers, "dev_extras", extras, DEV_GROUPS)
        self.dev_groups = _chosen(answers, "dev_groups", self.manifest.groups, DEV_GROUPS)
        self.lock = self._lock(self.dependencies, self.extras, self.groups)

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        # beside requirement files, a manifest's own dependencies come only with the project itself
        own = [] if self.files and not self.wants_package.value else self.manifest.dependencies
        return _apart([*self.required.dependencies, *own, *self._of(self.extras, self.groups)])

    @cached_property
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

    @cached_property
    def locked(self) -> Mapping[str, Locked]:
        return self.lock.packages if self.lock else self.required.locked

    @cached_property
    def locked_dev(self) -> dict[str, Locked]:
        whole = self._lock(
            self.dependencies + self.dev_dependencies,
            self.extras + self.dev_extras,
            self.groups + self.dev_groups,
        )
        held = whole.packages if whole else self.required_dev.locked
        return {name: item._replace(dev=True) for name, item in held.items() if name not in self.locked}

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
            mirror=self._mirror(),
            warnings=tuple(dict.fromkeys([*warnings, *access.warnings])),
        )

    def _installable(self, package: Package, warnings: list[ProjectWarning]) -> Fact:
        wanted = self.wants_package
        if not wanted.value or package.obstacle is None:
            return wanted
        warnings.append(
            ProjectWarning(
                "not-installable",
                f"installing it would fail: {package.obstacle.value}; its sources are on the path",
                package.obstacle.source,
            )
        )
        return Fact(False, package.obstacle.source)

    def _lock_warnings(self) -> Iterator[ProjectWarning]:
        name = LOCKS.get(self.tool)
        if self.lock and self.lock.stale:
            message = f"{self.lock.stale}: it is resolved again, and another day brings other versions"
            yield ProjectWarning("lock-outdated", message, self.lock.path)
        elif name and not self.lock and self.dependencies:
            message = f"has no {name} beside it, so that another day brings other versions"
            yield ProjectWarning("lock-missing", message, self.manifest.path)
        elif not name and (loose := self.required.loose or ([] if self.files else list(self.dependencies))):
            whole = self.required.dependencies or self.dependencies
            message = f"leaves {len(loose)} of {len(whole)} versions open, so that another day brings others"
            yield ProjectWarning("lock-missing", message, self.because)

    def _indexes(self) -> list[Index]:
        found = [*self.manifest.indexes, *self.required.indexes, *self.required_dev.indexes]
        return found + (pip_configuration(self.tree) if self.tool == "pip" else [])

    def _mirror(self) -> Fact | None:
        old = (index for index in self._indexes() if "//pypi.python.org/" in index.url)
        found = next(old, None) if self.tool == "pipenv" else None
        return Fact(PYPI, found.source) if found else None

    def _every(self) -> list[Dependency]:
        return [*self.manifest.every, *self.required.dependencies, *self.required_dev.dependencies]

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
        if own:
            pipfile.name, pipfile.scripts = own.name, own.scripts
        return pipfile
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


def _wants_uv(draft: Draft) -> Fact:
    """https://docs.astral.sh/uv/concepts/projects/config/#project-packaging: only with a build system."""
    data = draft.tree.toml(PYPROJECT)
    stated = table(data, "tool", "uv").get("package")
    if stated is True or (stated is None and data.get("build-system")):
        return Fact(True, place(draft.tree, PYPROJECT, "package = true" if stated else "[build-system]"))
    members = draft.lock and next((item for item in draft.lock.packages.values() if _is_file(item.url)), None)
    # `uv sync` installs those of the repository, and leaves a project that is no package alone
    return Fact(True, members.source) if members else Fact(False, PYPROJECT)


def _wants_poetry(draft: Draft) -> Fact:
    stated = table(draft.tree.toml(PYPROJECT), "tool", "poetry").get("package-mode")
    return Fact(stated is not False, place(draft.tree, PYPROJECT, "package-mode"))


def _wants_pdm(draft: Draft) -> Fact:
    data = draft.tree.toml(PYPROJECT)
    settings = table(data, "tool", "pdm")
    if settings.get("package-type") == "application":
        return Fact(False, place(draft.tree, PYPROJECT, "package-type"))
    if isinstance(settings.get("distribution"), bool):
        return Fact(settings["distribution"], place(draft.tree, PYPROJECT, "distribution"))
    return Fact(bool(data.get("build-system")), place(draft.tree, PYPROJECT, "[build-system]"))


def _wants_pipenv(draft: Draft) -> Fact:
    own = next((item for item in draft.manifest.dependencies if item.path == "."), None)
    return Fact(own is not None, own.source if own else PIPFILE)


def _wants_pip(draft: Draft) -> Fact:
    """A requirement file that does not name the project is all that is installed, unless it has commands."""
    scripts = draft.manifest.scripts
    if scripts:
        return Fact(True, scripts[0].source)
    if draft.files:
        return Fact(False, draft.files[0])
    return Fact(backend(draft.tree) is not None, draft.manifest.path)


_WANTS: dict[str, Callable[[Draft], Fact]] = {
    "uv": _wants_uv,
    "poetry": _wants_poetry,
    "pdm": _wants_pdm,
    "pipenv": _wants_pipenv,
    "pip": _wants_pip,
}
