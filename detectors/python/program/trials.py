"""The project's own tests: what runs them, and which files are only theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scaffold.model import Fact

from ..code.layout import imported_names, is_test_folder
from ..code.source import Module, Source

if TYPE_CHECKING:
    from ..packages.project import Project

_PYTEST_FILES = (
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    "conftest.py",
    "tests/conftest.py",
    "test/conftest.py",
)
#: By their looks: a project has many tests, and parsing them all takes too long.
_TEST = r"(?m)^[ \t]*(?:async\s+)?def test"
_IMPORTS_PYTEST = r"(?m)^[ \t]*(?:import|from)\s+pytest\b"
#: More folders of tests than this, and one pattern says it better than a list.
_MANY_FOLDERS = 4


def find_test(source: Source, project: Project | None, manage: str | None) -> Fact | None:
    """Return the command that runs the tests; None where there are none."""
    tests = [module for path in source.tests if (module := source.at(path))]
    real = [module for module in tests if _has_tests(module)]
    if not real:
        return None
    pytest = _pytest(source, project, real)
    if pytest:
        return Fact(("python", "-m", "pytest"), pytest)
    return Fact(("python", manage, "test") if manage else _unittest(source, real), real[0].path)


def _has_tests(module: Module) -> bool:
    return re.search(_TEST, module.text) is not None


def _pytest(source: Source, project: Project | None, tests: list[Module]) -> str | None:
    """The place that says pytest."""
    tree = source.tree
    if found := tree.first(*_PYTEST_FILES):
        return found
    tool = tree.toml("pyproject.toml").get("tool") if "pyproject.toml" in tree else None
    if isinstance(tool, dict) and "pytest" in tool:
        return "pyproject.toml"
    if "setup.cfg" in tree and "[tool:pytest]" in tree.text("setup.cfg"):
        return "setup.cfg"
    for module in tests:
        if re.search(_IMPORTS_PYTEST, module.text):
            return module.path
    fact = (project.has("pytest") or project.has_dev("pytest")) if project else None
    if fact:
        return fact.source
    plain = (module for module in tests if not module.mentions("TestCase"))
    return next((module.path for module in plain), None)


def _unittest(source: Source, tests: list[Module]) -> tuple[str, ...]:
    """`python -m unittest` finds packages: a plain folder of tests must be named, and so must other files."""
    folder = tests[0].path.rpartition("/")[0]
    name = tests[0].path.rpartition("/")[2]
    pattern = ("-p", "*test*.py") if not name.startswith("test") else ()
    if folder and f"{folder}/__init__.py" not in source.tree:
        return ("python", "-m", "unittest", "discover", "-s", folder, *pattern)
    return ("python", "-m", "unittest", "discover", *pattern) if pattern else ("python", "-m", "unittest")


# -- what only tests need


def find_test_files(source: Source) -> Fact | None:
    """Return the patterns of files that are only there for tests; never a module that the program imports."""
    used = _used_by_the_program(source)
    folders = sorted({folder for path in source.tests if (folder := _test_folder(path))})
    patterns: list[str] = []
    if len(folders) > _MANY_FOLDERS:
        names = sorted({folder.rpartition("/")[2] for folder in folders})
        patterns.extend(f"**/{name}" for name in names)
    else:
        patterns.extend(folders)
    loose = [path.rpartition("/")[2] for path in source.tests if not _test_folder(path)]
    patterns.extend(pattern for pattern in _LOOSE if any(_matches(pattern, name) for name in loose))
    kept = tuple(pattern for pattern in patterns if not any(_matches(pattern, path) for path in used))
    return Fact(kept, source.tests[0]) if kept else None


_LOOSE = ("**/test_*.py", "**/*_test.py", "**/*_tests.py", "**/tests.py", "**/test.py", "**/conftest.py")


def _test_folder(path: str) -> str | None:
    """The topmost folder of tests that PATH is in."""
    folders = path.split("/")[:-1]
    index = next((index for index, name in enumerate(folders) if is_test_folder(name)), None)
    return None if index is None else "/".join(folders[: index + 1])


def _matches(pattern: str, path: str) -> bool:
    from fnmatch import fnmatchcase

    if not pattern.startswith("**/"):
        return path.startswith(f"{pattern}/")
    name = pattern.removeprefix("**/")
    return any(fnmatchcase(part, name) for part in path.split("/"))


def _used_by_the_program(source: Source) -> frozenset[str]:
    """Files among the tests that the program's own modules import."""
    return frozenset(
        found.path
        for module in source.modules
        for name in _names(module)
        if (found := source.module(name)) and found.path in source.tests
    )


def _names(module: Module) -> Iterator[str]:
    for dots, name in imported_names(module.text):
        if "test" in name:
            yield module.absolute(name, len(dots))
