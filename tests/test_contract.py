"""Detectors, packs and examples agree, and every arrow of the architecture points one way."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest
from example import EXAMPLES, ROOT, Example
from jinja2 import meta, nodes

from scaffold import packs
from scaffold.detect import DETECTORS, detect
from scaffold.reading.tree import Tree
from scaffold.render import make_environment

TEMPLATES = ROOT / "templates"

#: Templates that are included by a service's name, and are given `service`.
SERVICES = "compose/services"

#: What render adds to a plan's values; what a template has from who includes it, and a block from its loop.
ADDED = {"images", "tools", "sources", "service", "m", "process", "command"}

#: Who may know whom inside of scaffold/: a module may import those of its own row and of the rows below.
ROWS = (
    {"__main__"},
    {"cli"},
    {"commands"},
    {"api"},
    {"cases"},
    {"outcome"},
    {"project"},
    {"skeleton"},
    {"checking"},
    {"fetching", "lint"},
    {
        "detect", "plan", "render", "writing", "record", "prompts", "answers", "report", "schema", "forms",
        "packs", "blocks", "sandbox",
    },
    {"policy"},
    {"reading", "dockerfiles", "catalogue", "images", "problems", "tables", "paths"},
    {"model", "errors", "nouns", ""},
)  # fmt: skip

#: The same for the folders of each stack. What stands beside them puts together what they find.
STACK_ROWS: Mapping[str, tuple[set[str], ...]] = {
    "python": ({"serving"}, {"program", "settings"}, {"packages"}, {"code"}),
    "node": ({"frameworks"}, {"program", "serving", "settings"}, {"code"}, {"packages"}),
    "go": ({"image"}, {"settings"}, {"serving"}, {"program"}, {"packages"}, {"code"}),
}

#: How many lines a function may have: more are read with a finger on the screen.
LONGEST = 40

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)


# -- detectors, packs, examples


def test_an_empty_project_is_nothing() -> None:
    assert detect(Tree({})).findings == ()


def test_every_stack_has_a_detector_templates_and_examples() -> None:
    detectors = {module_name(detector) for detector in DETECTORS}
    assert detectors == set(packs.builtin().stacks)
    assert detectors == {example.stack for example in EXAMPLES}


def module_name(detector: object) -> str:
    """Return the last part of the name of a detector's module."""
    return str(getattr(detector, "__name__", type(detector).__module__)).rpartition(".")[2]


def test_every_detector_says_in_one_line_what_it_looks_for() -> None:
    assert [module_name(d) for d in DETECTORS if not (d.__doc__ or "").strip()] == []


@each_example
def test_an_example_is_of_the_stack_that_its_name_says(example: Example) -> None:
    (finding,) = detect(Tree.at(example.folder)).findings
    assert finding.stack == example.stack


@each_example
def test_every_fact_that_is_stated_is_declared(example: Example) -> None:
    for finding in detect(Tree.at(example.folder)).findings:
        declared = {variable.name for variable in packs.builtin().variables(finding.stack)}
        assert set(finding.facts) <= declared


@each_example
def test_every_fact_has_a_source_that_is_there(example: Example) -> None:
    for finding in detect(Tree.at(example.folder)).findings:
        for name, fact in finding.facts.items():
            place = fact.source.partition(": ")[0].partition(":")[0]
            assert place == "default" or (example.folder / place).exists(), (name, fact.source)


@pytest.mark.parametrize("stack", sorted(packs.builtin().stacks))
def test_templates_use_every_variable_that_is_declared_and_no_other(stack: str) -> None:
    used = {
        name for output in packs.builtin().stacks[stack].outputs for name in variables_of(output.template)
    }
    declared = {variable.name for variable in packs.builtin().variables(stack)}
    assert used - declared <= ADDED
    assert declared - used - ADDED <= not_for_templates(stack)


def not_for_templates(stack: str) -> set[str]:
    """Return the variables that are shown, asked or reported, and written into no file by name."""
    shown = {"kind", "framework", "main", "server", "final"}
    if stack == "go":  # nothing but Go installs, and no test is compiled into a program
        shown |= {"package_manager", "test_files"}
    return {v.name for v in packs.builtin().variables(stack) if v.name in shown}


def variables_of(template: str) -> set[str]:
    """Return the names that a template needs, with those of whatever it includes or imports."""
    found: set[str] = set()
    waiting, seen = [template], set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        tree = make_environment(packs.builtin()).parse((TEMPLATES / name).read_text("utf-8"))
        found |= meta.find_undeclared_variables(tree) - set_in(tree)
        waiting += [other for other in referenced(tree) if other not in seen]
    return found


def set_in(tree: nodes.Template) -> set[str]:
    """Return what a template names itself: a block does not see that it was set outside."""
    names = {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")}
    return names | {str(each.target) for each in tree.find_all(nodes.Import)}


def referenced(tree: nodes.Template) -> set[str]:
    """Return the templates that are included or imported; one of a service's may be any of theirs."""
    services = {path.relative_to(TEMPLATES).as_posix() for path in (TEMPLATES / SERVICES).glob("*.j2")}
    named = set(meta.find_referenced_templates(tree))
    return {name for name in named if name} | (services if None in named else set())


def test_blocks_have_one_name_each_and_are_in_one_list() -> None:
    for path in TEMPLATES.rglob("*.j2"):
        tree = make_environment(packs.builtin()).parse(path.read_text("utf-8"))
        names = [block.name for block in tree.find_all(nodes.Block)]
        assert len(names) == len(set(names)), path


# -- arrows


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports_of(path: Path, at_run_time: bool = False) -> Iterator[str]:
    """Yield the absolute name of each module that a file imports, wherever in the file."""
    package = PurePosixPath(path.relative_to(ROOT).as_posix()).parent.parts
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(WithoutTyping().visit(tree) if at_run_time else tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (start, node.module) if part)
            yield from (f"{base}.{alias.name}" for alias in node.names)


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class WithoutTyping(ast.NodeTransformer):
    """Leaves out what only type checkers read."""

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return node.orelse if checking else [*node.body, *node.orelse]


def within(name: str, *modules: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def test_detectors_know_the_model_the_tree_and_the_catalogue_alone() -> None:
    known = (
        "scaffold.model",
        "scaffold.nouns",
        "scaffold.reading.tree",
        "scaffold.paths",
        "scaffold.tables",
        "scaffold.catalogue",
        "scaffold.dockerfiles.dockerfile",
        "detectors",
    )
    for path in sources("detectors"):
        own = [name for name in imports_of(path) if within(name, "scaffold", "detectors", "templates")]
        assert [name for name in own if not within(name, *known)] == [], path


def test_nobody_but_one_door_knows_the_detectors() -> None:
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in sources("scaffold", "benchmarks")
        for name in imports_of(path)
        if within(name, "detectors", "scaffold.detectors")
    }
    assert knowing == {"scaffold/detect.py"}


def test_templates_import_nothing() -> None:
    ours = [path for path in sources("templates") if not path.is_relative_to(TEMPLATES / "starters")]
    assert [name for path in ours for name in imports_of(path)] == []


def test_one_package_alone_knows_cookiecutter() -> None:
    knowing = {
        path.relative_to(ROOT / "scaffold").parts[0]
        for path in sources("scaffold", "detectors")
        for name in imports_of(path)
        if within(name, "cookiecutter", "requests")
    }
    assert knowing == {"skeleton"}


def test_arrows_inside_of_the_engine_point_one_way() -> None:
    for path in sources("scaffold"):
        own = row_of(path.relative_to(ROOT).with_suffix("").parts[1])
        for name in imports_of(path, at_run_time=True):
            if within(name, "scaffold") and not within(name, "scaffold.detectors"):
                there = (*name.split("."), "")[1]
                below = [row for row in ROWS[own:] if there in row]
                assert below or not is_module(there), f"{path.name} imports {name}, which stands above it"


def test_no_two_modules_of_the_engine_need_each_other() -> None:
    own = {module_of(path): path for path in sources("scaffold")}
    needs = {
        module: {nearest for name in imports_of(path, at_run_time=True) if (nearest := owner(name, own))}
        for module, path in own.items()
    }
    graphlib.TopologicalSorter(needs).prepare()  # raises, and names the circle


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def owner(name: str, modules: Collection[str]) -> str | None:
    """Return the module that NAME is, or is a name of."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in modules), None)


def row_of(module: str) -> int:
    """Return how far down a module of the engine stands."""
    module = "" if module == "__init__" else module
    return next(number for number, row in enumerate(ROWS) if module in row)


def is_module(name: str) -> bool:
    """Tell a module of the engine from a name of the package itself: __version__."""
    return (ROOT / "scaffold" / f"{name}.py").exists() or (ROOT / "scaffold" / name).is_dir()


def test_every_module_of_the_engine_has_its_row() -> None:
    modules = {
        path.relative_to(ROOT / "scaffold").parts[0].removesuffix(".py") for path in sources("scaffold")
    }
    assert modules - {"__init__"} == set().union(*ROWS) - {""}


@pytest.mark.parametrize("stack", STACK_ROWS)
def test_arrows_between_the_folders_of_a_detector_point_one_way(stack: str) -> None:
    rows = STACK_ROWS[stack]
    for path in (ROOT / "detectors" / stack).glob("*/*.py"):
        own = path.parent.name
        below = set().union(*rows[1 + next(row for row, names in enumerate(rows) if own in names) :])
        inside = (name.split(".") for name in imports_of(path) if within(name, f"detectors.{stack}"))
        wrong = {".".join(parts) for parts in inside if parts[2] not in below | {own}}
        assert wrong == set(), f"{own}/{path.name}"


def test_functions_are_short() -> None:
    for path in sources("scaffold", "detectors", "benchmarks"):
        functions = (
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, FUNCTIONS)
        )
        long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= LONGEST]
        assert long == [], path


def test_the_fields_of_nouns_are_types_and_not_texts() -> None:
    for path in sources("scaffold", "detectors"):
        text = path.read_text("utf-8")
        assert "(NamedTuple):" not in text or "from __future__ import annotations" not in text, path


# -- what is loaded


LOADED = "import sys; from scaffold.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"


@each_example
def test_detect_loads_neither_templates_nor_prompts_nor_readers_of_other_stacks(example: Example) -> None:
    command = [sys.executable, "-P", "-c", LOADED, "detect", str(example.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    packages = {name.partition(".")[0] for name in loaded}
    assert "scaffold" in packages
    assert packages & {"jinja2", "questionary", "prompt_toolkit", "requests"} == set()
    readers = {name.split(".")[2] for name in loaded if re.match(r"scaffold\.detectors\.\w+\.", name)}
    assert readers <= {example.stack}
