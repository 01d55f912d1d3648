"""README.md and docs/ say what the code says, and their commands do what they show.

How a page is written, so that it can be tested, is in CONTRIBUTING.md. Tables between `<!-- generated: … -->`
and `<!-- end -->` are written anew by `python tests/test_docs.py`.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import dropwhile, pairwise
from pathlib import Path

import pytest
from composefile import read_compose
from example import EXAMPLES, ROOT

import scaffold
from scaffold import cli, errors, packs
from scaffold.answers import STACK
from scaffold.detect import DETECTORS
from scaffold.model import Variable
from scaffold.policy.rule import Rule
from scaffold.policy.rules import RULES, rule_texts

DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))

#: On a line of its own in what a command prints: some lines that are left out.
LEFT_OUT = "…"

#: What the reader's computer is set up with. These are not run: test_packaging.py installs the program.
SET_UP = ("git clone", "python3 -m venv", "pip install", "make", ".ci/run")

#: The commands of Docker that pages use.
DOCKERS = frozenset({"build", "compose", "push", "scaffold"})

#: Stands between what one command printed and its exit code.
MARK = "\x1e"

_SESSION = re.compile(
    r"<!-- in: (?P<example>\S+) -->|^```console\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL
)
_GENERATED = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ROW = re.compile(r"^\| `?([a-z0-9-]+)`?", re.MULTILINE)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


# -- what stands in a page


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a page, and what it is said to print; () says nothing of it."""

    text: str
    prints: tuple[str, ...]

    @property
    def is_dockers(self) -> bool:
        """Whether it needs an engine: then the real builds run the like of it, and here it is only read."""
        return next(word for word in shlex.split(self.text) if "=" not in word) == "docker"

    @property
    def is_set_up(self) -> bool:
        return self.text.startswith(SET_UP)


@dataclass(slots=True)
class Session:
    """The commands that a page runs in one copy of an example, one after the other."""

    page: Path
    example: str
    commands: list[Command] = field(default_factory=list)

    @property
    def run_here(self) -> list[Command]:
        return [c for c in self.commands if not c.is_dockers and not c.is_set_up]


def read_sessions(page: Path) -> Iterator[Session]:
    """Yield the sessions of PAGE. One that names no example can hold only what is not run here."""
    session = Session(page, "")
    for match in _SESSION.finditer(page.read_text("utf-8")):
        if match["example"]:
            yield session
            session = Session(page, match["example"])
        else:
            session.commands += read_commands(match["block"])
    yield session


def read_commands(block: str) -> Iterator[Command]:
    """Yield each command of a console block, with the lines below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        first, *lines = part.rstrip("\n").split("\n")
        more = [line.removeprefix(">").removeprefix(" ") for line in lines if line.startswith(">")]
        yield Command("\n".join([first, *more]), tuple(lines[len(more) :]))


SESSIONS = tuple(session for page in PAGES for session in read_sessions(page) if session.commands)


# -- commands


@dataclass(frozen=True, slots=True)
class Played:
    """A session as it went: where, what each command printed, and its exit code."""

    session: Session
    folder: Path
    outcomes: tuple[tuple[str, int], ...]


@pytest.fixture(scope="session", params=SESSIONS, ids=lambda s: f"{s.page.name}-{s.example or 'none'}")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    session: Session = request.param
    folder = tmp_path_factory.mktemp("page")
    if not session.example:
        assert session.run_here == [], "say where: <!-- in: EXAMPLE -->"
        return Played(session, folder, ())
    copy = copy_of(session.example, folder)
    return Played(session, copy, run_all(session.run_here, copy))


def test_commands_print_what_the_page_shows(played: Played) -> None:
    commands = played.session.run_here
    assert len(played.outcomes) == len(commands)
    for at, (command, (printed, code)) in enumerate(zip(commands, played.outcomes, strict=True)):
        is_shown = [after.text for after in commands[at + 1 : at + 2]] == ["echo $?"]
        assert code == 0 or is_shown, f"$ {command.text}\n{printed}{code}"
        assert not command.prints or fits(printed, command.prints), f"$ {command.text}\n{printed}"


def copy_of(example: str, folder: Path) -> Path:
    (found,) = (each for each in EXAMPLES if each.name == example)
    return found.copy(folder / found.name)


def run_all(commands: Sequence[Command], folder: Path) -> tuple[tuple[str, int], ...]:
    """Run COMMANDS in one shell, and return what each printed, with its exit code."""
    ends = "; code=$?; printf '\\036%d\\036' $code; (exit $code)\n"
    script = "exec 2>&1\n" + "".join(f"{{ {c.text}\n}}{ends}" for c in commands)
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment(folder.parent), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    printed = done.stdout.split(MARK)
    return tuple((text, int(code)) for text, code in zip(printed[0::2], printed[1::2], strict=False))


def environment(home: Path) -> dict[str, str]:
    """Return what a person's shell has who installed the program, and nothing of ours."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    assert shutil.which("scaffold", path=path), "scaffold is not installed: pip install -e '.[dev]'"
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8"}


def fits(printed: str, shown: Sequence[str]) -> bool:
    """Whether SHOWN is what was PRINTED: LEFT_OUT is any number of lines, and many blanks are one."""
    texts = "".join(f"{plain(line)}\n" for line in shown).split(f"{LEFT_OUT}\n")
    first, *others = map(re.escape, texts)
    # Atomic, so that a text that does not fit is seen at once: the first place that fits is good enough.
    between = "".join(f"(?>(?:.*\n)*?{text})" for text in others[:-1])
    pattern = first + between + "".join(f"(?:.*\n)*{text}" for text in others[-1:])
    lines = printed.rstrip("\n").split("\n")
    return re.fullmatch(pattern, "".join(f"{plain(line)}\n" for line in lines)) is not None


def plain(line: str) -> str:
    """Return LINE without what only lays it out: a column is as wide as its longest line."""
    return " ".join(line.split())


def test_docker_commands_name_what_is_there(played: Played) -> None:
    for command in played.session.commands:
        if command.is_dockers:
            words = shlex.split(command.text, comments=True)
            given = list(dropwhile(lambda word: "=" in word, words))
            assert list(what_is_not_there(given, played.folder)) == [], command.text


def what_is_not_there(words: Sequence[str], folder: Path) -> Iterator[str]:
    """Yield the files, stages, secrets and services that a command names, and FOLDER has not."""
    files = [b for a, b in pairwise(words) if a in ("-f", "--file")]
    yield from (name for name in files if not (folder / name).is_file())
    if words[1] not in DOCKERS:
        yield words[1]
    if words[1] == "build":
        text = (folder / "Dockerfile").read_text("utf-8")
        for flag, value in pairwise(words):
            if flag == "--target" and not re.search(rf" AS {re.escape(value)}$", text, re.MULTILINE):
                yield value
            if flag == "--secret" and f"type=secret,{value.split(',')[0]}," not in text:
                yield value
    elif words[1] == "compose":
        known = services(folder, files or ["compose.yaml"])
        if known.isdisjoint(words) and not {"run", "exec", "logs"}.isdisjoint(words):
            yield f"a service of {sorted(known)}"


def services(folder: Path, files: Sequence[str]) -> set[str]:
    return {s for name in files for s in read_compose((folder / name).read_text("utf-8"))["services"]}


def test_what_is_made_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    commands = [c.text for session in SESSIONS for c in session.commands]
    commands += [text for page in PAGES for text in _CODE.findall(page.read_text("utf-8"))]
    named = {word for text in commands if text.startswith("make ") for word in text.split()[1:]}
    assert named
    assert named <= targets


@each_page
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    for text in (*scaffold_lines(page), *inline_code(page)):
        program, *rest = text.split()
        names = [word for word in rest[:1] if program == "scaffold" and not word.startswith("-")]
        command = names[0] if names else None
        assert command is None or command in COMMANDS, text
        options = set(re.findall(r"(?<!\S)--?[a-z-]+(?![^\s=])", text))
        assert options <= (OPTIONS[command] if command else ANY), text


def scaffold_lines(page: Path) -> list[str]:
    """Return each command of ours that a page runs, without what is before and after it."""
    texts = [c.text for s in SESSIONS if s.page == page for c in s.commands]
    found = [re.search(r"(?<![\w.-])(scaffold [^|;&>]*)", text) for text in texts]
    return [match[1].strip() for match in found if match]


def inline_code(page: Path) -> list[str]:
    """Return what stands between backticks and is a command or an option of ours."""
    found: list[str] = _CODE.findall(_FENCE.sub("", page.read_text("utf-8")))
    return [text for text in found if text.startswith(("scaffold ", "--"))]


# -- the command line


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    (commands,) = (a for a in cli.make_parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(commands.choices)


COMMANDS = parsers()
OPTIONS = {name: {o for a in p._actions for o in a.option_strings} for name, p in COMMANDS.items()}
ANY = {o for options in OPTIONS.values() for o in options} | {"--version"}


def command_rows() -> Iterator[str]:
    """Yield a list of what each command takes, from the parser that reads it."""
    for name, parser in COMMANDS.items():
        yield f"### scaffold {name}\n\n{parser.description}\n"
        yield "| argument | meaning |\n| --- | --- |"
        yield from (argument_row(action) for action in parser._actions if "-h" not in action.option_strings)
        yield ""


def argument_row(action: argparse.Action) -> str:
    what = str(action.metavar or "|".join(action.choices or ()) or action.dest.upper())
    value = what if action.nargs != 0 else ""
    names = [f"`{f'{option} {value}'.strip()}`" for option in action.option_strings] or [f"`{value}`"]
    return f"| {', '.join(names)} | {action.help or 'one of these'} |".replace(what, what.replace("|", "\\|"))


def variable_rows() -> Iterator[str]:
    """Yield a table of every answer, from the pack that declares it."""
    yield "| key | type | meaning | example |\n| --- | --- | --- | --- |"
    yield from (
        variable_row(variable)
        for variable in (STACK, *packs.builtin().all_variables())
        if variable.answerable
    )


def variable_row(variable: Variable) -> str:
    choices = ", ".join(f"`{choice}`" for choice in variable.choices)
    example = f"`{variable.example}`" if variable.example else ""
    return f"| `{variable.name}` | {variable.type} | {variable.about} | {choices or example} |"


def rule_rows() -> Iterator[str]:
    """Yield what every rule of `scaffold check` says of itself."""
    for rule in RULES:
        text = rule_texts()[rule.id]
        yield f"### {rule.id}\n\n{text.about}. By default: {rule.severity}.\n"
        yield f"{text.why}\n\nTo mend it: {text.mend}\n"
        if text.parameters:
            yield "| parameter | meaning | default |\n| --- | --- | --- |"
            yield from (parameter_row(rule, name, about) for name, about in text.parameters.items())
            yield ""
        if text.also:
            yield f"Also known as: {', '.join(text.also)}\n"


def parameter_row(rule: Rule, name: str, about: str) -> str:
    default = rule.parameters[name].default
    told = ", ".join(f"`{value}`" for value in default)
    return f"| `{name}` | {about} | {told} |"


def lint_rows() -> Iterator[str]:
    """What is wrong with packs."""
    from scaffold.lint import RULES

    yield "| rule | finds |"
    yield "| --- | --- |"
    yield from (f"| `{rule}` | {about} |" for rule, about in RULES.items())


TABLES = {"commands": command_rows, "variables": variable_rows, "rules": rule_rows, "lint": lint_rows}


def regenerated(page: Path) -> str:
    """Return PAGE with its tables as they should be."""

    def table(match: re.Match[str]) -> str:
        return match[1] + "\n" + "\n".join(TABLES[match[2]]()).strip() + "\n\n" + match[3]

    return _GENERATED.sub(table, page.read_text("utf-8"))


@each_page
def test_generated_tables_are_in_date(page: Path) -> None:
    assert page.read_text("utf-8") == regenerated(page), "run: python tests/test_docs.py"


def test_every_table_is_in_some_page() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert {match[2] for match in _GENERATED.finditer(text)} == set(TABLES)


# -- what the code says besides


def test_every_exit_code_is_explained_and_no_other() -> None:
    assert explained(DOCS / "automation.md") == exit_codes()
    assert explained(ROOT / "README.md") == exit_codes() - {cli.EXIT_BROKEN_PIPE}


def explained(page: Path) -> set[int]:
    return {int(word) for word in _ROW.findall(section(page, "Exit codes")) if word.isdigit()}


def exit_codes() -> set[int]:
    kinds = [value for value in vars(errors).values() if isinstance(value, type)]
    own = {kind.exit_code for kind in kinds if hasattr(kind, "exit_code")}
    named = {v for module in (errors, cli) for n, v in vars(module).items() if n.startswith("EXIT_")}
    return {0, *own, *named}


def test_every_warning_is_explained_and_no_other() -> None:
    text = section(DOCS / "troubleshooting.md", "Warnings")
    assert set(_ROW.findall(text)) - {"code", "---"} == set(warning_codes())


def warning_codes() -> Iterator[str]:
    """Yield the code of every warning that the sources make."""
    for folder in ("scaffold", "detectors"):
        for path in (ROOT / folder).rglob("*.py"):
            yield from codes_in(ast.parse(path.read_text("utf-8")))


def codes_in(module: ast.Module) -> Iterator[str]:
    """Yield each code of a warning: the first argument, or a key of the table that has the texts."""
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Name(id="ProjectWarning") | ast.Attribute(attr="warn" | "_warn"),
                args=[ast.Constant(str(code)), *_],
            ):
                yield code
            case ast.AnnAssign(target=ast.Name(id="_SAID"), value=ast.Dict(keys=keys)):
                yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


def test_a_warning_whose_code_is_no_constant_is_one_that_we_know_of() -> None:
    folders = (ROOT / "scaffold", ROOT / "detectors")
    paths = (path for folder in folders for path in folder.rglob("*.py") if has_open_code(path))
    assert {path.relative_to(ROOT).as_posix() for path in paths} == {
        "scaffold/reading/tree.py",  # hands on what others warn of
        "scaffold/reading/walk.py",  # has a table of texts
        "detectors/node/members.py",  # moves a warning to the member's folder
        "detectors/node/packages/packages.py",  # has a method `_warn`
        "detectors/node/runtime.py",  # the same
    }


def has_open_code(path: Path) -> bool:
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    made = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "ProjectWarning")
    return any(c.args and not isinstance(c.args[0], ast.Constant) for c in made)


def test_the_readme_names_every_stack_framework_and_package_manager() -> None:
    stacks = {str(getattr(detector, "__name__", "?")).rpartition(".") for detector in DETECTORS}
    home = next(package for package, _, _ in stacks)
    parts = (
        "python.program.frameworks",
        "node.frameworks.frameworks",
        "python.packages.signs",
        "node.packages.managers",
    )
    python, node, signs, managers = (import_module(f"{home}.{part}") for part in parts)
    names = {stack for _, _, stack in stacks} | {"pip", *signs.LOCKS, *managers.NAMES}
    names |= {framework.name for framework in (*python.FRAMEWORKS, *node.FRAMEWORKS)}
    names |= {name for name, _ in node.LIBRARIES}
    text = section(ROOT / "README.md", "What it knows")
    assert {name for name in names if not is_named(name, text)} == set()


def is_named(name: str, text: str) -> bool:
    """Whether TEXT has NAME, as people write it: `create-react-app` is Create React App."""
    letters = r"[ .-]?".join(name.replace("-", ""))
    return re.search(rf"(?<![a-z]){letters}(?![a-z])", text, re.IGNORECASE) is not None


def test_every_backing_service_is_named() -> None:
    files = (ROOT / "templates" / "compose" / "services").glob("*.yaml.j2")
    text = section(DOCS / "detection.md", "Services")
    assert {file.name.partition(".")[0] for file in files} == set(_ROW.findall(text)) - {"service", "---"}


def test_every_module_of_the_engine_is_in_the_architecture() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    modules = [p.stem for p in (ROOT / "scaffold").glob("*.py") if not p.stem.startswith("__")]
    assert [name for name in modules if f"{name}.py" not in text] == []


def test_the_newest_change_is_of_this_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == scaffold.__version__


# -- links


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def links(page: Path) -> list[str]:
    """Return the links of PAGE that lead to files of the repository."""
    found: list[str] = _LINK.findall(_FENCE.sub("", page.read_text("utf-8")))
    return [link for link in found if "://" not in link]


def anchors(page: Path) -> set[str]:
    """Return what the headings of PAGE are called in links."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_found_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in links(page)}
        waiting += [t for t in targets if t.suffix == ".md" and t.is_file() and t not in reached]
    assert [page.name for page in PAGES if page not in reached] == []


def section(page: Path, heading: str) -> str:
    """Return what stands under HEADING, up to the next one."""
    text = page.read_text("utf-8")
    match = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"{page.name} has no section {heading!r}"
    return match[1]


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(regenerated(each), "utf-8")
