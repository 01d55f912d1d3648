"""The project's own tests: what runs them, and which files are only theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffold.model import Fact

from ..code.layout import is_test
from .scripts import steps_of

if TYPE_CHECKING:
    from ..code.source import Module, Source
    from .evidence import Evidence
    from .scripts import Start

#: What needs a browser, or the whole program running: no stage of an image has them.
_BROWSERS = frozenset(
    {"cypress", "playwright", "nightwatch", "wdio", "testcafe", "protractor", "karma",
     "start-server-and-test", "wtr", "web-test-runner", "detox", "codeceptjs", "ng", "cucumber-js",
     "jest-puppeteer"}
)  # fmt: skip
_NOTHING = frozenset({"echo", "exit", "true", "false", ":"})
_SCRIPTS = ("test:unit", "test:ci", "unit", "test", "test:run")
#: Runners that wait for a person unless they are told that there is none.
_INTERACTIVE = frozenset({"react-scripts", "craco", "react-app-rewired", "jest"})
_FOLDERS = frozenset({"tests", "test", "__tests__", "e2e", "cypress", "playwright", "spec", "specs",
                      "__mocks__", "__fixtures__", "__test__", "test-utils"})  # fmt: skip
_LOOSE = ("test", "spec", "e2e-spec", "e2e", "cy", "stories", "story", "bench")
_MANY_FOLDERS = 4


def find_test(evidence: Evidence) -> Fact | None:
    """Return what runs the tests; None where there are none, or they need a browser."""
    if not evidence.source.tests:
        return None
    for name in _SCRIPTS:
        start = evidence.script(name)
        if start and _is_real(start):
            return Fact(_command(evidence, name, start), evidence.manifest.place("scripts", name))
    return None


def _is_real(start: Start) -> bool:
    names = {step.name for step in steps_of(start)}
    return names.isdisjoint(_BROWSERS) and not names <= _NOTHING and start.name not in _NOTHING


def _command(evidence: Evidence, name: str, start: Start) -> tuple[str, ...]:
    command = evidence.run(name)
    if start.name == "vitest" and not {"run", "--run", "--watch=false"} & set(start.argv):
        return (*command, "--", "--run") if evidence.manager == "npm" else (*command, "--run")
    if start.name in _INTERACTIVE or "--watch" in start.argv or "--watchAll" in start.argv:
        return ("env", "CI=true", *command)
    return command


# -- what only tests need


def find_test_files(source: Source) -> Fact | None:
    """Return the patterns of files that are only there for tests; never one that the program imports."""
    if not source.tests:  # to find out what is imported, all of the program is read
        return None
    used = _used_by_the_program(source)
    paths = [path for path in source.tests if path not in used]
    folders = sorted({folder for path in paths if (folder := _test_folder(path))})
    kept = [folder for folder in folders if not any(path.startswith(f"{folder}/") for path in used)]
    if len(kept) > _MANY_FOLDERS:
        names = sorted({folder.rpartition("/")[2] for folder in kept})
        kept = [f"**/{name}" for name in names if not any(f"/{name}/" in f"/{path}" for path in used)]
    loose = [path.rpartition("/")[2] for path in paths if not _test_folder(path)]
    kept += [f"**/*.{kind}.*" for kind in _LOOSE if any(f".{kind}." in name for name in loose)]
    return Fact(tuple(kept), source.tests[0]) if kept else None


def _test_folder(path: str) -> str | None:
    folders = path.split("/")[:-1]
    index = next((index for index, name in enumerate(folders) if name in _FOLDERS), None)
    return None if index is None else "/".join(folders[: index + 1])


def _used_by_the_program(source: Source) -> frozenset[str]:
    found = (_imported(module, specifier) for module in source.modules for specifier in module.imports)
    return frozenset(path for path in found if path and is_test(path))


def _imported(module: Module, specifier: str) -> str | None:
    other = module.source.resolve(module, specifier) if "." in specifier or "/" in specifier else None
    return other.path if other else None
