"""Whether installing the project itself would succeed, as its build back end decides. Builds nothing."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from scaffold.model import Fact
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .dependencies import normalise, table, words
from .manifests import PYPROJECT, SETUP_CFG, SETUP_PY, Manifest, place, read_cfg, setup_keywords

#: https://github.com/pypa/setuptools/blob/main/setuptools/discovery.py: names that are never a package
_NO_PACKAGES = (
    "ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments", "changelog",
    "test", "tests", "unit_test", "unit_tests", "example", "examples", "scripts", "tools", "util", "utils",
    "python", "build", "dist", "venv", "env", "requirements", "tasks", "fabfile", "site_scons", "benchmark",
    "benchmarks", "exercise", "exercises", "htmlcov", "[._]*",
)  # fmt: skip
_NO_MODULES = (
    "setup", "conftest", "test", "tests", "example", "examples", "build", "toxfile", "noxfile", "pavement",
    "dodo", "tasks", "fabfile", "[Ss][Cc]onstruct", "conanfile", "manage", "benchmark", "benchmarks",
    "exercise", "exercises", "[._]*",
)  # fmt: skip

#: Back ends that read the version from version control, which is not in a build context, and the variable
#: that says it in its place. "{name}" is the distribution's name.
_VERSION_FROM_GIT = {
    # https://setuptools-scm.readthedocs.io/en/latest/overrides/
    "setuptools-scm": ("SETUPTOOLS_SCM_PRETEND_VERSION", "0+container"),
    "hatch-vcs": ("SETUPTOOLS_SCM_PRETEND_VERSION", "0+container"),
    "flit-scm": ("SETUPTOOLS_SCM_PRETEND_VERSION", "0+container"),
    # https://docs.openstack.org/pbr/latest/user/packagers.html
    "pbr": ("PBR_VERSION", "0.0.0"),
    # https://github.com/mtkennerly/poetry-dynamic-versioning#environment-variables
    "poetry-dynamic-versioning": ("POETRY_DYNAMIC_VERSIONING_BYPASS", "0+container"),
    # https://github.com/ninoseki/uv-dynamic-versioning
    "uv-dynamic-versioning": ("UV_DYNAMIC_VERSIONING_BYPASS", "0+container"),
}
_PDM_SCM = ("PDM_BUILD_SCM_VERSION", "0+container")  # https://backend.pdm-project.org/metadata/


class Package(NamedTuple):
    """The project as a package."""

    obstacle: Fact | None  # why installing it would fail; None: it would not
    version_from_git: Fact | None  # the tool that reads it there
    environment: Mapping[str, str]  # what the build of it needs
    reads: tuple[str, ...]  # files beside the code that the build of it reads: README.md, LICENSE


#: Poetry's back end before poetry-core. https://python-poetry.org/docs/pyproject/#poetry-and-pep-517
_BEFORE_PEP_660 = "poetry.masonry.api"


def read_package(tree: Tree, manifest: Manifest) -> Package:
    """Return what building the project in TREE takes."""
    missing = next((fact for fact in _declared(tree) if fact.value not in tree), None)
    reads = tuple(dict.fromkeys(str(fact.value) for fact in _declared(tree) if fact.value in tree))
    obstacle = _missing(missing) if missing else _undiscoverable(tree, manifest)
    from_git = _version_from_git(tree)
    pretended = _pretended(from_git) if from_git else None
    environment = dict([pretended]) if pretended else {}
    if from_git and not environment and obstacle is None:
        obstacle = Fact(
            f"{from_git.value} reads the version from .git, which is not in the image", from_git.source
        )
    return Package(obstacle, from_git, environment, reads)


def backend(tree: Tree) -> str | None:
    """Return the build back end's name ("setuptools" for a setup.py), or None where none is stated."""
    system = tree.toml(PYPROJECT).get("build-system")
    if not isinstance(system, dict):
        return "setuptools" if SETUP_PY in tree or _is_cfg_project(tree) else None
    name = system.get("build-backend")
    return name.partition(".")[0].partition(":")[0] if isinstance(name, str) else "setuptools"


def _is_cfg_project(tree: Tree) -> bool:
    return SETUP_CFG in tree and bool(read_cfg(tree).get("metadata", {}).get("name"))


def _missing(fact: Fact) -> Fact:
    return Fact(f"{fact.value} is declared and is not there", fact.source)


# -- files that are declared


def _declared(tree: Tree) -> Iterator[Fact]:
    """Yield the files beside the code that the build reads, each with where it is declared."""
    data = tree.toml(PYPROJECT)
    project = table(data, "project")
    said = [
        project.get("readme"),
        table(project.get("readme")).get("file"),
        table(project.get("license")).get("file"),
    ]
    poetry = table(data, "tool", "poetry").get("readme")
    said += poetry if isinstance(poetry, list) else [poetry]
    for entry in table(data, "tool", "setuptools", "dynamic").values():
        files = table(entry).get("file")
        said += files if isinstance(files, list) else [files]
    for path in said:
        if isinstance(path, str) and path and "*" not in path:
            yield Fact(path, place(tree, PYPROJECT, path))
    if SETUP_PY in tree:
        yield from _opened(tree)
    long = table(read_cfg(tree) if SETUP_CFG in tree else {}, "metadata").get("long_description", "")
    if isinstance(long, str) and long.startswith("file:"):
        for path in re.split(r"[,\s]+", long.removeprefix("file:").strip()):
            yield Fact(path, place(tree, SETUP_CFG, path))


def _opened(tree: Tree) -> Iterator[Fact]:
    """Yield the files that setup.py opens: arguments of calls that look like a text file's name."""
    try:
        module = ast.parse(tree.text(SETUP_PY))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    guarded = {
        id(inner) for node in ast.walk(module) if isinstance(node, ast.Try) for inner in ast.walk(node)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and id(node) not in guarded:
            first = node.args[0] if node.args else None
            value = first.value if isinstance(first, ast.Constant) else None
            if (
                node.func.id in ("open", "read", "read_file", "Path")
                and isinstance(value, str)
                and "." in value
            ):
                yield Fact(value, f"{SETUP_PY}:{node.lineno}")


# -- code that the back end looks for


def _undiscoverable(tree: Tree, manifest: Manifest) -> Fact | None:
    if table(tree.toml(PYPROJECT), "build-system").get("build-backend") == _BEFORE_PEP_660:
        why = f"{_BEFORE_PEP_660} cannot install in place, poetry.core.masonry.api can"
        return Fact(why, place(tree, PYPROJECT, _BEFORE_PEP_660))
    name = backend(tree) or "setuptools"
    look = _BACKENDS.get(name)
    said = look(tree, str(manifest.name.value) if manifest.name else "") if look else None
    return Fact(said, manifest.path) if said else None


def _setuptools(tree: Tree, _name: str) -> str | None:
    if version := _version_elsewhere(tree):
        return f"setuptools reads the version from {version}, which is not there"
    if _setuptools_is_told(tree) or any(entry != "__pycache__/" for entry in tree.names("src")):
        return None
    found = [entry[:-1] for entry in tree.names() if entry.endswith("/") and entry[:-1].isidentifier()]
    packages = [name for name in found if not _matches(name, _NO_PACKAGES)]
    if len(packages) > 1:
        return (
            f"setuptools finds several packages at the top ({', '.join(packages[:4])}) and refuses to choose"
        )
    files = [entry[:-3] for entry in tree.names() if entry.endswith(".py")]
    modules = [name for name in files if not _matches(name, _NO_MODULES)]
    if not packages and len(modules) > 1:
        return f"setuptools finds several modules at the top ({', '.join(modules[:4])}) and refuses to choose"
    return None


def _version_elsewhere(tree: Tree) -> str | None:
    """Return the attribute that has the version, where no module here could have it.

    https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata
    """
    section = table(tree.toml(PYPROJECT), "tool", "setuptools")
    attribute = table(section, "dynamic", "version").get("attr")
    if not isinstance(attribute, str) or "package-dir" in section:
        return None
    module = attribute.partition(".")[0]
    return None if any(_is_module(tree, path) for path in (module, f"src/{module}")) else attribute


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    # most are plain names; only the others are worth an expression
    return name in patterns or any(fnmatchcase(name, wild) for wild in patterns if "[" in wild)


def _setuptools_is_told(tree: Tree) -> bool:
    section = table(tree.toml(PYPROJECT), "tool", "setuptools")
    keywords = (setup_keywords(tree) or {}) if SETUP_PY in tree else {}
    options = table(read_cfg(tree) if SETUP_CFG in tree else {}, "options")
    stated = ("packages", "py-modules", "py_modules", "ext-modules", "ext_modules", "package-dir")
    return any(key in part for part in (section, keywords, options) for key in stated) or "pbr" in keywords


def _stem(name: str) -> str:
    return normalise(name).replace("-", "_")


def _is_module(tree: Tree, path: str) -> bool:
    return bool(tree.names(path)) or f"{path}.py" in tree


def _named_module(tree: Tree, name: str, *roots: str) -> bool:
    wanted = _stem(name).lower()
    for root in roots:
        entries = (entry.removesuffix("/").removesuffix(".py") for entry in tree.names(root or "."))
        if any(
            entry.lower().replace("-", "_") == wanted
            for entry in entries
            if entry.replace(".", "_").isidentifier()
        ):
            return True
    return False


def _hatchling(tree: Tree, name: str) -> str | None:
    build = table(tree.toml(PYPROJECT), "tool", "hatch", "build")
    wheel = table(build, "targets", "wheel")
    stated = ("packages", "include", "only-include", "sources", "force-include", "bypass-selection")
    if any(key in part for part in (build, wheel) for key in stated):
        return next(
            (_gone(path) for path in words(wheel.get("packages")) if not _is_module(tree, path)), None
        )
    stem = _stem(name)
    has_package = _named_module(tree, name, "", "src") or bool(tree.glob(f"*/{stem}/__init__.py"))
    return None if has_package else f"hatchling finds no package {stem!r}"


def _gone(path: str) -> str:
    return f"the package {path!r} is declared and is not there"


def _poetry(tree: Tree, name: str) -> str | None:
    stated = table(tree.toml(PYPROJECT), "tool", "poetry").get("packages")
    if isinstance(stated, list):
        paths = [_poetry_path(entry) for entry in stated if isinstance(entry, dict)]
        return next((_gone(path) for path in paths if path and not _is_module(tree, path)), None)
    found = _named_module(tree, name, "", "src")
    return None if found else f"Poetry finds no package {_stem(name)!r}"


def _poetry_path(entry: Mapping[str, Any]) -> str:
    include, folder = entry.get("include"), entry.get("from")
    if not isinstance(include, str) or "*" in include:
        return ""
    return f"{folder}/{include}" if isinstance(folder, str) else include


def _flit(tree: Tree, name: str) -> str | None:
    stated = table(tree.toml(PYPROJECT), "tool", "flit", "module").get("name")
    stem = stated if isinstance(stated, str) else name.replace("-", "_")
    path = stem.replace(".", "/")
    found = _is_module(tree, path) or _is_module(tree, f"src/{path}")
    return None if found else f"flit finds no module {stem!r}"


def _uv_build(tree: Tree, name: str) -> str | None:
    section = table(tree.toml(PYPROJECT), "tool", "uv", "build-backend")
    root, stated = section.get("module-root", "src"), section.get("module-name")
    names = [stated] if isinstance(stated, str) else words(stated) or [_stem(name)]
    paths = [f"{root}/{module.replace('.', '/')}".removeprefix("/") for module in names]
    namespace = section.get("namespace") is True
    missing = (
        path for path in paths if not (f"{path}/__init__.py" in tree or (namespace and tree.names(path)))
    )
    return next((f"uv finds no {path}/__init__.py" for path in missing), None)


_BACKENDS: dict[str, Callable[[Tree, str], str | None]] = {
    "setuptools": _setuptools,
    "hatchling": _hatchling,
    "poetry": _poetry,
    "poetry_dynamic_versioning": _poetry,
    "flit_core": _flit,
    "flit_scm": _flit,
    "uv_build": _uv_build,
}


# -- the version


def _version_from_git(tree: Tree) -> Fact | None:
    data = tree.toml(PYPROJECT)
    requires = words(table(data, "build-system").get("requires"))
    asked = {normalise(re.split(r"[\s\[<>=!~;@]", text.strip())[0]): text for text in requires}
    for tool in (*_VERSION_FROM_GIT, "versioningit", "dunamai"):
        if tool in asked and _is_used(tool, data):
            return Fact(tool, place(tree, PYPROJECT, asked[tool]))
    if table(data, "tool", "pdm", "version").get("source") == "scm":
        return Fact("pdm-backend", place(tree, PYPROJECT, "[tool.pdm.version]"))
    return _from_setup(tree) if SETUP_PY in tree else None


def _is_used(tool: str, data: Mapping[str, Any]) -> bool:
    if tool == "poetry-dynamic-versioning":
        return table(data, "tool", tool).get("enable") is True
    if tool == "setuptools-scm":
        is_dynamic = "version" in words(table(data, "project").get("dynamic"))
        return is_dynamic or "setuptools_scm" in table(data, "tool") or not data.get("project")
    if tool == "versioningit":
        return "default-version" not in table(data, "tool", tool)
    return True


def _from_setup(tree: Tree) -> Fact | None:
    keywords = setup_keywords(tree) or {}
    for keyword, tool in (("use_scm_version", "setuptools-scm"), ("pbr", "pbr")):
        if keyword in keywords:
            return Fact(tool, f"{SETUP_PY}:{keywords[keyword].lineno}")
    return None


def _pretended(tool: Fact) -> tuple[str, str] | None:
    return _PDM_SCM if tool.value == "pdm-backend" else _VERSION_FROM_GIT.get(tool.value)
