"""The command line, as people and programs use it: exit codes, what is printed where, and what is written."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from test_schema import closed
from typist import Typist

from scaffold import __version__
from scaffold.cli import main
from scaffold.forms import answers_schema
from scaffold.packs import builtin
from scaffold.schema import detect_schema, init_schema

WEB = {
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
    '@app.get("/")\ndef index():\n    return {}\n',
}
COMMAND_LINE = {"pyproject.toml": '[project]\nname = "say"\nversion = "1"\n', "say.py": 'print("hello")\n'}
LIBRARY = {
    "pyproject.toml": '[project]\nname = "shapes"\nversion = "1"\n'
    '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    "src/shapes/__init__.py": "def area(r):\n    return r * r\n",
}
TWO_APPS = {f"{app}/{path}": text for app in ("api", "site") for path, text in WEB.items()}
COMPOSE_FILES = {"compose.yaml", "compose.dev.yaml", "compose.prod.yaml"}
ALL_FILES = {"Dockerfile", ".dockerignore", *COMPOSE_FILES}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]
Make = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, as where there is no terminal."""

    def run(*arguments: object, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:  # argparse: --help, --version, a flag that is none
            code = ended.code if isinstance(ended.code, int) else 1
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a project to disk."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        return lay_down(tmp_path / "project", files)

    return make


def lay_down(root: Path, files: Mapping[str, str | bytes]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): b"-> " + str(path.readlink()).encode()
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def written(root: Path, before: Mapping[str, bytes]) -> set[str]:
    """Return what is new in ROOT, the record left out."""
    return {path for path in snapshot(root) if path not in before and not path.startswith(".scaffold/")}


def spawn(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, **more
    )


# -- the command itself


def test_no_command_shows_help_and_is_wrong_use(run: Run) -> None:
    ended = run()
    assert ended.code == 2
    assert ended.out == ""
    assert "usage: scaffold" in ended.err


def test_help_is_no_error_and_names_every_command(run: Run) -> None:
    ended = run("--help")
    assert ended.code == 0
    assert all(f"\n    {command}" in ended.out for command in ("init", "detect", "schema", "completion"))


def test_version(run: Run) -> None:
    assert run("--version") == Ended(0, f"docker-scaffold {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("inti",),
        ("init", "--jsn"),
        ("init", "--js"),
        ("init", "a", "b"),
        ("init", "--final", "alpine"),
        ("schema", "x"),
    ],
)
def test_what_is_no_flag_is_wrong_use(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert "Traceback" not in ended.err


def test_flags_that_exclude_each_other_are_wrong_use(run: Run, make: Make) -> None:
    root = make(WEB)
    before = snapshot(root)
    ended = run("init", "--json", "--diff", root)
    assert ended.code == 2
    assert "not allowed with" in ended.err
    assert snapshot(root) == before


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_every_command(run: Run, shell: str) -> None:
    ended = run("completion", shell)
    assert ended.code == 0
    assert all(word in ended.out for word in ("init", "detect", "dry-run"))
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ended.out, text=True, check=True)


# -- as a plugin of Docker


@pytest.fixture
def as_plugin(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("sys.argv", ["/usr/libexec/docker/cli-plugins/docker-scaffold"])
    return run


def test_docker_is_told_what_the_plugin_is(as_plugin: Run) -> None:
    ended = as_plugin("docker-cli-plugin-metadata")
    metadata = json.loads(ended.out)
    assert metadata["SchemaVersion"] == "0.1.0"
    assert metadata["Version"] == __version__
    assert metadata["Vendor"]
    assert metadata["ShortDescription"]


@pytest.mark.parametrize(
    "before",
    [
        (),
        ("--context", "scaffold"),
        ("-c", "x", "--debug"),
        ("--log-level=error",),
        ("-H", "tcp://x", "--tls"),
    ],
)
def test_docker_hands_its_own_flags_on(as_plugin: Run, before: tuple[str, ...]) -> None:
    assert as_plugin(*before, "scaffold", "--version").code == 0


def test_docker_help_is_our_help(as_plugin: Run) -> None:
    assert "usage: docker scaffold init" in as_plugin("help", "scaffold", "init").out
    assert "usage: docker scaffold [-h]" in as_plugin("scaffold").err


def test_the_plugin_called_by_hand_is_the_command(as_plugin: Run) -> None:
    assert as_plugin("--version").code == 0
    assert "usage: docker-scaffold" in as_plugin().err


@pytest.mark.skipif(not shutil.which("docker"), reason="needs the docker command")
def test_docker_finds_the_plugin(tmp_path: Path) -> None:
    plugin = tmp_path / "cli-plugins/docker-scaffold"
    plugin.parent.mkdir()
    plugin.write_text(f"#!{sys.executable}\nimport sys\nfrom scaffold.cli import main\nsys.exit(main())\n")
    plugin.chmod(0o755)
    environment = {**os.environ, "DOCKER_CONFIG": str(tmp_path)}
    command = ["docker", "--log-level", "error", "scaffold", "detect", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert "scaffold: nothing to containerise" in ended.stderr


# -- detect


def test_detect_shows_what_was_found_and_where(run: Run, make: Make) -> None:
    ended = run("detect", make(WEB))
    assert ended.code == 0
    rows = [line.split() for line in ended.out.splitlines()]
    assert ["framework", "fastapi", "main.py:3"] in rows
    assert ended.out.splitlines()[-1].startswith("next: scaffold init ")


def test_detect_prints_one_object_that_keeps_its_schema(run: Run, make: Make) -> None:
    ended = run("detect", "--json", make(WEB))
    assert ended.code == 0
    assert ended.err == ""
    answer = json.loads(ended.out)
    jsonschema.validate(answer, closed(detect_schema()))
    assert [(app["path"], app["framework"], app["kind"], app["port"]) for app in answer["apps"]] == [
        (".", "fastapi", "web", 8000)
    ]


def test_detect_of_several_apps_keeps_the_schema_too(run: Run, make: Make) -> None:
    answer = json.loads(run("detect", "--json", make(TWO_APPS)).out)
    jsonschema.validate(answer, closed(detect_schema()))
    assert [app["path"] for app in answer["apps"]] == ["api", "site"]


def test_detect_of_nothing_prints_an_object_and_says_so(run: Run, make: Make) -> None:
    ended = run("detect", "--json", make({"README.md": "hello"}))
    assert ended.code == 3
    assert json.loads(ended.out) == {"schema": 1, "apps": [], "ambiguous": [], "warnings": []}
    assert "nothing to containerise" in ended.err
    assert "looked for Python" in ended.err


def test_detect_prints_an_object_even_where_there_is_no_folder(run: Run, tmp_path: Path) -> None:
    ended = run("detect", "--json", tmp_path / "missing")
    assert ended.code == 2
    assert json.loads(ended.out)["apps"] == []


def test_detect_writes_nothing(run: Run, make: Make) -> None:
    root = make(WEB)
    run("detect", root)
    assert snapshot(root) == {path: text.encode() for path, text in WEB.items()}


def test_detect_takes_answers(run: Run, make: Make) -> None:
    app = json.loads(run("detect", "--json", "--set", "port=9000", make(WEB)).out)["apps"][0]
    assert app["port"] == 9000
    assert app["facts"]["port"]["source"] == "answer: flag"
    assert any("9000" in word for word in app["start"])


def test_detect_takes_what_an_init_recorded(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", "--set", "port=9000", root)
    facts = json.loads(run("detect", "--json", root).out)["apps"][0]["facts"]
    assert facts["port"] == {"value": 9000, "source": "answer: record"}
    facts = json.loads(run("detect", "--json", "--set", "port=9001", root).out)["apps"][0]["facts"]
    assert facts["port"] == {"value": 9001, "source": "answer: flag"}
    facts = json.loads(run("detect", "--json", "--set", "port=auto", root).out)["apps"][0]["facts"]
    assert facts["port"]["value"] == 8000


def test_detect_takes_what_an_init_recorded_of_an_app_below(run: Run, make: Make) -> None:
    root = make(TWO_APPS)
    run("init", "--set", "port=9000", root / "api")

    def ports(*arguments: str) -> dict[str, int]:
        apps = json.loads(run("detect", "--json", *arguments, root).out)["apps"]
        return {app["path"]: app["port"] for app in apps}

    assert ports() == {"api": 9000, "site": 8000}
    assert ports("--set", "port=9001") == {"api": 9001, "site": 9001}
    assert ports("--set", "api.port=9001") == {"api": 9001, "site": 8000}


def test_detect_imports_nothing_heavy(make: Make) -> None:
    code = (
        "import sys; from scaffold.cli import main; main(['detect', sys.argv[1]]);"
        "heavy = {'jinja2', 'questionary', 'prompt_toolkit', 'yaml', 'shtab', 'asyncio', 'tempfile'};"
        "print(*heavy & set(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(make(WEB))], capture_output=True, text=True, check=True
    )
    assert ended.stderr.strip() == ""


# -- init


def test_init_writes_the_files_and_says_so(run: Run, make: Make) -> None:
    root = make(WEB)
    before = snapshot(root)
    ended = run("init", root)
    assert ended.code == 0, ended.err
    assert written(root, before) == ALL_FILES
    assert all(f"create  {path}" in ended.out for path in ALL_FILES)
    assert "docker compose up --build" in ended.out
    assert "fastapi" in ended.out
    assert ".scaffold/ keeps what was written and why: commit it" in ended.out


def test_a_second_init_changes_nothing_and_says_so(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", root)
    before = snapshot(root)
    stamps = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    ended = run("init", root)
    assert ended.code == 0
    assert "nothing changed" in ended.out
    assert "next:" not in ended.out
    assert ".scaffold/" not in ended.out
    assert snapshot(root) == before
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == stamps


def test_no_compose_leaves_the_compose_files_out(run: Run, make: Make) -> None:
    root = make(WEB)
    before = snapshot(root)
    ended = run("init", "--no-compose", root)
    assert ended.code == 0
    assert written(root, before) == ALL_FILES - COMPOSE_FILES
    assert "docker build" in ended.out
    assert "docker compose" not in ended.out


def test_what_is_to_set_names_no_value_of_a_compose_file_that_is_not_ours(run: Run, make: Make) -> None:
    root = make({**WEB, "main.py": WEB["main.py"] + 'import os\n\nTOKEN = os.environ["TOKEN"]\n'})
    assert re.search(
        r"to set: .*compose.yaml.*\n  TOKEN +a placeholder +main.py:\d+\n", run("init", root).out
    )
    (root / "compose.yaml").write_text((root / "compose.yaml").read_text() + "# mine\n")
    for arguments in ([], ["--no-compose"]):
        said = run("init", *arguments, root).out
        assert re.search(r"to set: the code needs these\n  TOKEN +main.py:\d+\n", said)


def test_a_command_line_program_gets_three_files(run: Run, make: Make) -> None:
    root = make(COMMAND_LINE)
    before = snapshot(root)
    assert run("init", "--kind", "cli", "--set", "start=python say.py", root).code == 0
    assert written(root, before) == {"Dockerfile", ".dockerignore", "compose.yaml"}


def test_an_answer_is_in_the_files_and_is_remembered(run: Run, make: Make) -> None:
    root = make(WEB)
    assert run("init", "--set", "port=9000", root).code == 0
    assert "EXPOSE 9000" in (root / "Dockerfile").read_text()
    assert "nothing changed" in run("init", root).out
    assert run("init", "--set", "port=9001", root).code == 0
    assert "EXPOSE 9001" in (root / "Dockerfile").read_text()


def test_an_answer_that_was_offered_anyway_is_not_remembered(run: Run, make: Make) -> None:
    root = make(WEB)
    assert run("init", "--set", "port=8000", "--kind", "web", root).code == 0
    recorded = json.loads((root / ".scaffold/record.json").read_text())
    assert recorded["answers"] == {}


def test_auto_forgets_what_was_remembered(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", "--dry-run", root)
    first = run("init", "--json", root)
    other = {"distroless": "slim", "slim": "distroless"}[
        json.loads(first.out)["plan"]["values"]["final"]["value"]
    ]
    assert (
        json.loads(run("init", "--json", "--final", other, root).out)["plan"]["values"]["final"]["value"]
        == other
    )
    assert json.loads(run("init", "--json", root).out)["plan"]["values"]["final"]["value"] == other
    assert (
        json.loads(run("init", "--json", "--final", "auto", root).out)["plan"]
        == json.loads(first.out)["plan"]
    )


@pytest.mark.parametrize("flag", ["--dry-run", "--diff"])
def test_a_look_writes_nothing(run: Run, make: Make, flag: str) -> None:
    root = make(WEB)
    before = snapshot(root)
    ended = run("init", flag, "--set", "start=python 'my app.py'", "--kind", "web", "--no-compose", root)
    assert ended.code == 0
    assert snapshot(root) == before
    said = (ended.out if flag == "--dry-run" else ended.err).partition("\nnext:\n")[2]
    command = shlex.split(said)
    assert command[:3] == ["scaffold", "init", str(root)]
    assert run(*command[1:]).code == 0
    assert "my app.py" in (root / "Dockerfile").read_text()
    assert not (root / "compose.yaml").exists()


def test_the_next_command_is_the_plugins_where_docker_calls(as_plugin: Run, make: Make) -> None:
    root = make(WEB)
    assert f"next: docker scaffold init {root}" in as_plugin("scaffold", "detect", root).out
    assert f"docker scaffold init {root}" in as_plugin("scaffold", "init", "-n", root).out
    assert f"next: docker-scaffold init {root}" in as_plugin("detect", root).out


def test_comments_say_that_a_value_was_answered_and_not_how(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", "--set", "port=9000", "--set", "services=redis,postgres", "--final", "slim", root)
    texts = "".join((root / path).read_text() for path in ALL_FILES)
    assert "# 9000: your answer\n" in texts
    assert "answer: " not in texts


def test_every_choice_can_be_made(run: Run, make: Make) -> None:
    root = make(WEB)
    chosen = [(v.name, choice) for v in builtin().variables("python") for choice in v.choices if v.answerable]
    assert {"server", "framework", "package_manager"} < {name for name, _ in chosen}
    for name, choice in chosen:
        ended = run("init", "--dry-run", "--set", f"{name}={choice}", root)
        assert ended.code in (0, 2, 3), (name, choice, ended.err)


def test_a_diff_can_be_applied(run: Run, make: Make, tmp_path: Path) -> None:
    root = make(WEB)
    diff = run("init", "--diff", root).out
    copy = lay_down(tmp_path / "copy", WEB)
    subprocess.run(
        ["git", "apply", "-p0", "--unsafe-paths", "-"], input=diff, text=True, cwd=copy, check=True
    )
    run("init", root)
    assert all((copy / path).read_bytes() == (root / path).read_bytes() for path in ALL_FILES)


def test_outcome_as_json_keeps_its_schema(run: Run, make: Make) -> None:
    root = make(WEB)
    ended = run("init", "--json", "--set", "port=9000", root)
    answer = json.loads(ended.out)
    jsonschema.validate(answer, closed(init_schema()))
    assert {file["path"]: file["status"] for file in answer["files"]} == dict.fromkeys(ALL_FILES, "create")
    assert answer["answers"]["taken"] == {"port": {"value": 9000, "source": "answer: flag"}}
    assert answer["answers"]["defaulted"]["framework"]["value"] == "fastapi"
    assert answer["plan"]["values"]["port"]["value"] == 9000
    assert all(file["written"] for file in answer["files"])
    again = json.loads(run("init", "--json", root).out)
    jsonschema.validate(again, closed(init_schema()))
    assert {file["status"] for file in again["files"]} == {"identical"}


def test_a_schema_of_answers_takes_the_answers_that_init_took(run: Run, make: Make) -> None:
    taken = json.loads(run("init", "--json", "--set", "port=9000", "--kind", "web", make(WEB)).out)[
        "answers"
    ]["taken"]
    jsonschema.validate(
        {key: fact["value"] for key, fact in taken.items()},
        answers_schema("python", builtin().variables("python")),
    )


@pytest.mark.parametrize("of", ["detect", "init", "answers"])
def test_a_schema_is_printed(run: Run, of: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(run("schema", of).out))


def test_a_schema_for_no_stack_names_those_there_are(run: Run) -> None:
    ended = run("schema", "answers", "--stack", "pyton")
    assert ended.code == 2
    assert 'did you mean "python"?' in ended.err


# -- answers from everywhere


def test_flags_win_over_the_environment_and_that_over_a_file(
    run: Run, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(WEB)
    file = tmp_path / "answers.toml"
    file.write_text('port = 9003\nname = "from-file"\n')

    def port(*arguments: str) -> int:
        answer = json.loads(run("init", "--json", "--dry-run", "--answers", file, *arguments, root).out)
        assert answer["plan"]["values"]["name"] == {"value": "from-file", "source": "answer: file"}
        value = answer["plan"]["values"]["port"]["value"]
        assert isinstance(value, int)
        return value

    assert port() == 9003
    monkeypatch.setenv("SCAFFOLD_SET_PORT", "9002")
    assert port() == 9002
    assert port("--set", "port=9001") == 9001


def test_answers_come_through_standard_input(run: Run, make: Make) -> None:
    ended = run("init", "--json", "--dry-run", "--answers", "-", make(WEB), stdin=b'{"port": 9000}')
    assert json.loads(ended.out)["plan"]["values"]["port"] == {"value": 9000, "source": "answer: file"}


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["--set", "port"], b"", "KEY=VALUE"),
        (["--set", "prot=1"], b"", 'did you mean "port"?'),
        (["--set", "port=99999"], b"", "from 1 to 65535"),
        (["--kind", "wep"], b"", 'did you mean "web"?'),
        (["--stack", "pyhton"], b"", 'did you mean "python"?'),
        (["--kind", "web", "--set", "kind=cli"], b"", "said twice"),
        (["--answers", "-"], b"port: 9000", "standard input: is not JSON"),
        (["--answers", "-"], b'{"prot": 1}', "standard input: there is no 'prot'"),
        (["--answers", "missing.toml"], b"", "missing.toml: cannot be read"),
        (["--answers", "answers.ini"], b"", "TOML or JSON"),
        (["--set", "other.port=1"], b"", "no such app"),
        (["--stack", "rust"], b"", "--stack: there is no pack for rust (there are: go, node, "),
        (["--stack", "pyhton"], b"", "scaffold: --stack: is one of"),
        (["--set", "server=foo"], b"", "server: is one of gunicorn, "),
        (["--set", "package_manager=npm"], b"", "is one of uv, poetry, pdm, pipenv, pip"),
        (["--set", "framework=fastpai"], b"", 'did you mean "fastapi"?'),
        (["--set", "secrets=TOKEN"], b"", "secrets: is found in the project, not answered"),
    ],
)
def test_a_wrong_answer_writes_nothing(
    run: Run, make: Make, arguments: list[str], stdin: bytes, said: str
) -> None:
    root = make(WEB)
    before = snapshot(root)
    ended = run("init", *arguments, root, stdin=stdin)
    assert ended.code == 2
    assert ended.out == ""
    assert said in ended.err
    assert ended.err.startswith("scaffold: ")
    assert ended.err.count("\n") == 1
    assert snapshot(root) == before


def test_a_misspelt_environment_variable_is_named(
    run: Run, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAFFOLD_SET_PROT", "1")
    ended = run("init", make(WEB))
    assert ended.code == 2
    assert "SCAFFOLD_SET_PROT" in ended.err


# -- nothing, too much, a library


def test_nothing_to_containerise(run: Run, make: Make) -> None:
    root = make({})
    ended = run("init", root)
    assert ended.code == 3
    assert "looked for Python" in ended.err
    assert snapshot(root) == {}


def test_an_app_that_needs_its_siblings_is_made_from_the_root(run: Run, make: Make) -> None:
    server = "require('http').createServer((q, r) => r.end()).listen(3000)\n"
    member = '{"name": "%s", "dependencies": {"lib": "*"}, "scripts": {"start": "node s.js"}}'
    root = make(
        {
            "package.json": '{"private": true, "workspaces": ["apps/*", "lib"]}',
            "lib/package.json": '{"name": "lib"}',
            "apps/web/package.json": member % "web",
            "apps/web/s.js": server,
            "apps/api/package.json": member % "api",
            "apps/api/s.js": server,
        }
    )
    ended = run("init", "--yes", root)
    assert ended.code == 3
    assert f"scaffold init {root} --set member=apps/web" in ended.err
    assert run("init", "--yes", "--set", "member=apps/web", root).code == 0
    assert "node /app/apps/web/s.js" in run("detect", root).out


def test_several_apps_are_not_chosen_from(run: Run, make: Make) -> None:
    root = make(TWO_APPS)
    before = snapshot(root)
    ended = run("init", "--yes", root)
    assert ended.code == 3
    commands = [line.strip() for line in ended.err.splitlines() if line.strip().startswith("scaffold init")]
    assert commands == [f"scaffold init {shlex.quote(str(root / app))}" for app in ("api", "site")]
    assert snapshot(root) == before
    assert run(*shlex.split(commands[0])[1:]).code == 0
    assert "api/Dockerfile" in snapshot(root)


def test_one_app_below_is_the_app(run: Run, make: Make) -> None:
    root = make({f"services/api/{path}": text for path, text in WEB.items()})
    before = snapshot(root)
    ended = run("init", "--set", "services/api.port=9000", root)
    assert ended.code == 0, ended.err
    assert {
        str(Path(path).parent) for path in snapshot(root) if path not in before and ".scaffold" not in path
    } == {"services/api"}
    assert "EXPOSE 9000" in (root / "services/api/Dockerfile").read_text()
    assert "cd " in ended.out


def test_a_library_is_nothing_to_run(run: Run, make: Make) -> None:
    root = make(LIBRARY)
    before = snapshot(root)
    ended = run("init", root)
    assert ended.code == 3
    assert "no console command was found" in ended.err
    assert "--kind" in ended.err
    assert snapshot(root) == before
    assert "final stage" not in run("detect", root).out
    assert json.loads(run("detect", "--json", root).out)["apps"][0]["kind"] == "library"


# -- a stranger's files


def test_a_strangers_file_is_left_alone(run: Run, make: Make) -> None:
    root = make({**WEB, "Dockerfile": "FROM scratch\n"})
    before = snapshot(root)
    ended = run("init", root)
    assert ended.code == 5
    assert snapshot(root) == before
    assert "-FROM scratch" in ended.out
    assert ended.out.index("-FROM scratch") < ended.out.index("conflict  Dockerfile (not written by us)")
    assert "left alone: Dockerfile: not written by us; nothing else was written" in ended.err
    assert "--force" in ended.err
    assert "next:" not in ended.out


def test_what_is_wrong_is_said_last_wherever_both_streams_lead(make: Make) -> None:
    command = [sys.executable, "-m", "scaffold", "init", str(make({**WEB, "Dockerfile": "FROM scratch\n"}))]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert ended.returncode == 5
    assert ended.stdout.splitlines()[-1].startswith("scaffold: left alone: ")


def edit(root: Path, path: str, old: str, new: str) -> bytes:
    """Edit a file as a person would, and return what is in it then."""
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new, 1))
    return (root / path).read_bytes()


def test_a_conflict_in_an_edited_file_of_ours_is_another_one(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", root)
    mine = edit(root, "Dockerfile", "EXPOSE 8000\n", "EXPOSE 8000 8001\n")
    line = mine.decode().split("\n").index("EXPOSE 8000 8001") + 1  # below the comment that says from where
    ended = run("init", "--set", "port=9000", root)
    assert ended.code == 5
    why = f"edited at lines {line - 1}-{line}, where there is something new"
    assert re.search(rf"conflict +Dockerfile \({why}\)", ended.out)
    assert f"left alone: Dockerfile: {why} (--force" in ended.err
    assert "nothing else was written" not in ended.err
    assert "9000" in (root / "compose.yaml").read_text()
    before = snapshot(root)
    again = run("init", root)
    assert again.code == 5
    assert re.search("identical +compose.yaml", again.out)
    assert snapshot(root) == before
    assert before["Dockerfile"] == mine


def test_what_is_new_is_merged_into_an_edited_file(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", root)
    edit(root, "Dockerfile", "\nWORKDIR /app\n", "\nWORKDIR /app\nRUN mine\n")
    look = run("init", "--set", "port=9000", "--diff", root)
    assert look.code == 0
    changed = [line for line in look.out.splitlines() if line[:1] in ("+", "-")]
    assert {"-EXPOSE 8000", "+EXPOSE 9000"} <= set(changed)
    assert not any("RUN mine" in line for line in changed)
    ended = run("init", "--set", "port=9000", root)
    assert ended.code == 0
    assert re.search("merged +Dockerfile\n", ended.out)
    assert {"RUN mine", "EXPOSE 9000"} <= set((root / "Dockerfile").read_text().splitlines())
    before = snapshot(root)
    again = run("init", root)
    assert again.code == 0
    assert re.search("edited +Dockerfile\n", again.out)
    assert "nothing changed" in again.out
    assert snapshot(root) == before


def test_a_merge_as_json_keeps_the_schema(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", root)
    edit(root, "Dockerfile", "\nWORKDIR /app\n", "\nWORKDIR /app\nRUN mine\n")
    edit(root, "compose.yaml", ":8000", ":8001")
    ended = run("init", "--set", "port=9000", "--json", root)
    assert ended.code == 5
    answer = json.loads(ended.out)
    jsonschema.validate(answer, closed(init_schema()))
    files = {file["path"]: file for file in answer["files"]}
    assert (files["Dockerfile"]["status"], files["Dockerfile"]["written"]) == ("merged", True)
    assert "\n+EXPOSE 9000\n" in files["Dockerfile"]["diff"]
    assert (files["compose.yaml"]["status"], files["compose.yaml"]["written"]) == ("conflict", False)
    assert files["compose.yaml"]["why"].startswith("edited at line ")


def test_a_file_that_is_written_no_more_goes_unless_it_was_edited(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", root)
    (root / "compose.dev.yaml").write_text((root / "compose.dev.yaml").read_text() + "# mine\n")
    ended = run("init", "--set", "kind=cli", "--set", "start=python main.py", root)
    assert ended.code == 0
    assert re.search(r"delete +compose\.prod\.yaml \(written no more\)", ended.out)
    assert re.search(r"edited +compose\.dev\.yaml \(written by us no more\)", ended.out)
    assert "compose.prod.yaml" not in ended.out.partition("next:")[2]
    assert not (root / "compose.prod.yaml").exists()
    before = snapshot(root)
    assert run("init", root).code == 0
    assert snapshot(root) == before


def test_files_that_nobody_asked_for_this_time_are_left_alone(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", root)
    before = snapshot(root)
    assert run("init", "--no-compose", root).code == 0
    assert snapshot(root) == before


def test_where_nothing_is_merged_no_merge_is_loaded(make: Make) -> None:
    loaded = (
        "import sys; from scaffold.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-P", "-c", loaded, "init", str(make(WEB))]
    for _ in range(2):
        ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert "scaffold.writing.changes" in ended.stderr.split()
        assert "scaffold.writing.merge" not in ended.stderr.split()


def test_an_answer_from_which_no_file_was_made_is_not_recorded(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", "--no-compose", "--set", "port=9000", root)
    edit(root, "Dockerfile", "EXPOSE 9000", "EXPOSE 9000 9009")
    before = snapshot(root)
    assert run("init", "--no-compose", "--set", "port=9001", root).code == 5
    after = snapshot(root)
    assert {path for path in after if after[path] != before[path]} == {".scaffold/record.json"}
    assert json.loads(after[".scaffold/record.json"])["conflicts"] == ["Dockerfile"]
    assert json.loads(after[".scaffold/record.json"])["answers"]["port"] == 9000
    assert "edited     Dockerfile" in run("init", "--no-compose", root).out


def test_force_keeps_what_it_replaces(run: Run, make: Make) -> None:
    root = make({**WEB, "Dockerfile": "FROM scratch\n"})
    assert run("init", "--force", root).code == 0
    assert (root / "Dockerfile.orig").read_text() == "FROM scratch\n"
    assert (root / "Dockerfile").read_text().startswith("# syntax=")


def test_a_conflict_as_json_keeps_the_schema(run: Run, make: Make) -> None:
    ended = run("init", "--json", make({**WEB, "compose.yml": "services: {}\n"}))
    assert ended.code == 5
    answer = json.loads(ended.out)
    jsonschema.validate(answer, closed(init_schema()))
    assert not any(file["written"] for file in answer["files"])


@pytest.mark.parametrize(
    ("arguments", "files", "code"),
    [(["--set", "prot=1"], WEB, 2), ([], {}, 3), ([], LIBRARY, 3), ([], TWO_APPS, 3)],
)
def test_an_error_as_json_keeps_the_schema(
    run: Run, make: Make, arguments: list[str], files: dict[str, str], code: int
) -> None:
    ended = run("init", "--json", *arguments, make(files))
    assert ended.code == code
    answer = json.loads(ended.out)
    jsonschema.validate(answer, closed(init_schema()))
    assert answer["error"]["code"] == code
    assert ended.err.endswith(f"scaffold: {answer['error']['message']}\n")


def test_an_edit_survives(run: Run, make: Make) -> None:
    root = make(WEB)
    run("init", root)
    edited = (root / "Dockerfile").read_text() + "# mine\n"
    (root / "Dockerfile").write_text(edited)
    assert run("init", root).code == 0
    assert (root / "Dockerfile").read_text() == edited


# -- bad input


def test_a_path_that_is_not_there(run: Run, tmp_path: Path) -> None:
    ended = run("init", tmp_path / "missing")
    assert ended.code == 2
    assert "missing" in ended.err
    assert not (tmp_path / "missing").exists()


def test_a_path_that_is_a_file(run: Run, make: Make) -> None:
    root = make(WEB)
    ended = run("init", root / "main.py")
    assert ended.code == 2
    assert "is not a folder" in ended.err


@pytest.mark.parametrize("path", ["", "\x00", "a\nb", "\x1b[31m"])
def test_a_path_that_cannot_be(run: Run, path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run("init", path)
    assert ended.code in (2, 3)
    assert ended.err.startswith("scaffold: ")
    assert ended.err.count("\n") == 1
    assert "\x1b" not in ended.err


@pytest.mark.parametrize(
    "manifest",
    [
        b"[project\nname =",
        b"\xff\xfe[\x00p\x00",
        b"\x00" * 100,
        b"[project]\nname = 5\ndependencies = {a = 1}\n",
        b"[" * 100_000,
    ],
)
def test_a_broken_manifest_is_a_warning_and_nothing_else(run: Run, make: Make, manifest: bytes) -> None:
    root = make({"pyproject.toml": manifest})
    before = snapshot(root)
    ended = run("detect", "--json", root)
    assert ended.code in (0, 3)
    json.loads(ended.out)
    assert run("init", root).code in (2, 3)
    assert snapshot(root) == before


def test_a_broken_manifest_is_named_with_its_line(run: Run, make: Make) -> None:
    ended = run("detect", make({"pyproject.toml": "[project]\nname = \n"}))
    assert ended.code == 3
    assert "pyproject.toml:2" in ended.out + ended.err


def test_a_broken_manifest_beside_a_good_one_hides_nothing(run: Run, make: Make) -> None:
    answer = json.loads(run("detect", "--json", make({**WEB, "pyproject.toml": "[project"})).out)
    assert answer["apps"][0]["framework"] == "fastapi"
    assert "unparsable" in [warning["code"] for warning in answer["warnings"]]


def test_a_utf_16_manifest_is_read(run: Run, make: Make) -> None:
    requirements = WEB["requirements.txt"].encode("utf-16")
    answer = json.loads(run("detect", "--json", make({**WEB, "requirements.txt": requirements})).out)
    assert answer["apps"][0]["framework"] == "fastapi"


def test_a_huge_manifest_ends_in_time(run: Run, make: Make) -> None:
    began = time.monotonic()
    root = make({**WEB, "pyproject.toml": b"#" * 20_000_000})
    assert run("detect", "--json", root).code == 0
    assert time.monotonic() - began < 10


def test_links_out_and_in_circles_are_not_followed(run: Run, make: Make, tmp_path: Path) -> None:
    root = make(WEB)
    (tmp_path / "secret.toml").write_text('[project]\nname = "secret"\n')
    (root / "pyproject.toml").symlink_to(tmp_path / "secret.toml")
    (root / "loop").symlink_to(".")
    (root / "self").symlink_to("self")
    ended = run("detect", "--json", root)
    assert ended.code == 0
    assert "secret" not in json.dumps(json.loads(ended.out)["apps"])


def test_a_link_in_the_place_of_a_file_of_ours_is_not_written_through(
    run: Run, make: Make, tmp_path: Path
) -> None:
    root = make(WEB)
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    (root / "Dockerfile").symlink_to(outside)
    assert run("init", root).code == 73
    assert run("init", "--force", root).code == 73
    assert outside.read_text() == "mine\n"


def test_hostile_names_do_not_reach_the_terminal(run: Run, make: Make) -> None:
    name = "evil\\u001b]0;owned\\u0007\\nRUN rm -rf /"
    root = make(
        {
            **WEB,
            "pyproject.toml": f'[project]\nname = "{name}"\nversion = "1"\n'
            'dependencies = ["fastapi", "uvicorn"]\n',
        }
    )
    for command in ("detect", "init"):
        ended = run(command, root)
        assert "\x1b" not in ended.out + ended.err
        assert "\x07" not in ended.out + ended.err
    dockerfile = (root / "Dockerfile").read_text() if (root / "Dockerfile").exists() else ""
    assert "\nRUN rm" not in dockerfile


# -- the world's troubles


@pytest.fixture
def as_nobody(run: Run) -> Run:
    """Run as somebody who may not do everything, as root may."""

    def as_nobody(*arguments: object) -> Ended:
        with tempfile.TemporaryDirectory() as folder:
            run(arguments[0], lay_down(Path(folder), WEB))  # imports all: nobody may not be allowed to
        if os.geteuid() != 0:
            return run(*arguments)
        os.seteuid(65534)
        try:
            return run(*arguments)
        finally:
            os.seteuid(0)

    return as_nobody


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach, as tmp_path is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written(as_nobody: Run, open_folder: Path) -> None:
    lay_down(open_folder, WEB)
    open_folder.chmod(0o555)
    ended = as_nobody("init", open_folder)
    assert ended.code == 73, ended.err
    assert ended.err.startswith("scaffold: ")
    assert ended.err.count("\n") == 1
    assert set(snapshot(open_folder)) == set(WEB)


def test_a_manifest_that_cannot_be_read(as_nobody: Run, open_folder: Path) -> None:
    lay_down(open_folder, {**WEB, "pyproject.toml": "[project]\n"})
    (open_folder / "pyproject.toml").chmod(0)
    ended = as_nobody("detect", "--json", open_folder)
    assert ended.code == 0, ended.err
    assert "unreadable" in [warning["code"] for warning in json.loads(ended.out)["warnings"]]


def test_a_disk_that_is_full(make: Make) -> None:
    root = make(WEB)
    before = snapshot(root)
    ended = spawn("init", root, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
    assert ended.returncode == 73, ended.stderr
    assert "Traceback" not in ended.stderr
    assert snapshot(root) == before


def test_an_interrupt_while_writing_leaves_nothing_half_done(
    run: Run, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    root = make(WEB)
    before = snapshot(root)
    monkeypatch.setattr("os.replace", interrupt)
    monkeypatch.setattr("os.rename", interrupt)
    assert run("init", root).code == 130
    monkeypatch.undo()
    assert snapshot(root) == before


@pytest.mark.parametrize("closed_ones", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_bug(make: Make, closed_ones: str) -> None:
    root = make(WEB)
    command = f"{shlex.quote(sys.executable)} -m scaffold init {shlex.quote(str(root))} {closed_ones}"
    assert subprocess.run(["sh", "-c", command], capture_output=True, timeout=60).returncode == 0
    assert (root / "Dockerfile").exists()
    answers = f"{shlex.quote(sys.executable)} -m scaffold init --answers - {shlex.quote(str(root))} <&-"
    ended = subprocess.run(["sh", "-c", answers], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "standard input: is closed" in ended.stderr


def test_nobody_reads_what_is_printed(make: Make) -> None:
    command = f"{shlex.quote(sys.executable)} -m scaffold detect --json {shlex.quote(str(make(WEB)))} | true"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert ended.stderr == ""


def test_our_own_bug_is_70_and_shows_no_traceback(
    run: Run, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise RuntimeError("we\nforgot")

    monkeypatch.setattr("scaffold.commands.detect.run", bug)
    ended = run("detect", make(WEB))
    assert ended.code == 70
    assert "RuntimeError: we forgot" in ended.err
    assert "SCAFFOLD_DEBUG=1" in ended.err
    assert "Traceback" not in ended.err
    monkeypatch.setenv("SCAFFOLD_DEBUG", "1")
    assert "Traceback" in run("detect", make(WEB)).err


# -- on a terminal


def test_which_app_is_asked_on_a_terminal(make: Make, sit_down: Callable[..., Typist]) -> None:
    root = make(TWO_APPS)
    typist = sit_down("init", root)
    assert "Which app?" in typist.read_until("Which app?")
    typist.type("\x1b[B\r")
    assert typist.end() == 0, typist.seen
    assert "site/Dockerfile" in snapshot(root)
    assert "api/Dockerfile" not in snapshot(root)


def test_leaving_a_question_writes_nothing(make: Make, sit_down: Callable[..., Typist]) -> None:
    root = make(TWO_APPS)
    before = snapshot(root)
    typist = sit_down("init", root)
    typist.read_until("Which app?")
    typist.type("\x03")
    assert typist.end() == 130
    assert b"Traceback" not in typist.seen
    assert snapshot(root) == before


@pytest.mark.parametrize(
    ("arguments", "environment"), [(["--yes"], {}), ([], {"CI": "true"}), (["--json"], {})]
)
def test_nothing_is_asked_where_nobody_wants_it(
    make: Make, sit_down: Callable[..., Typist], arguments: list[str], environment: dict[str, str]
) -> None:
    typist = sit_down("init", *arguments, make(TWO_APPS), **environment)
    assert typist.end() == 3
    assert b"Which app?" not in typist.seen


def test_colours_are_for_terminals_that_want_them(make: Make, sit_down: Callable[..., Typist]) -> None:
    root = make(WEB)
    coloured = sit_down("detect", root)
    assert "\x1b[" in coloured.read_until("next:")
    plain = sit_down("detect", root, NO_COLOR="1")
    assert "\x1b[" not in plain.read_until("next:")


def test_a_person_is_told_what_takes_long(run: Run, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("scaffold.commands.terminal.PATIENCE", 0)
    assert run("init", make(WEB)).code == 0
    assert screen.getvalue().startswith("scaffold: reading ")


def test_a_signal_that_interrupts_is_130(make: Make, sit_down: Callable[..., Typist]) -> None:
    typist = sit_down("init", make(TWO_APPS))
    typist.read_until("Which app?")
    os.killpg(typist.process.pid, signal.SIGINT)
    assert typist.end() == 130


# -- the same bytes everywhere


def run_there(root: Path, **more: Any) -> dict[str, bytes]:
    before = snapshot(root)
    ended = spawn("init", "--yes", root, **more)
    assert ended.returncode == 0, ended.stderr
    return {path: content for path, content in snapshot(root).items() if path not in before}


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return run_there(lay_down(Path(folder) / "project", WEB))


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Pacific/Kiritimati"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"LANG": "tr_TR.UTF-8"},
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2"},
        {"HOME": "/nonexistent", "USER": "somebody", "PATH": ""},
        {"GIT_AUTHOR_NAME": "Somebody", "CI": "true", "COLUMNS": "20", "NO_COLOR": "1"},
    ],
)
def test_the_environment_changes_no_byte(
    expected: dict[str, bytes], make: Make, environment: dict[str, str]
) -> None:
    assert run_there(make(WEB), env={**os.environ, **environment}) == expected


@pytest.mark.parametrize("name", ["Ünïcode folder", "-n", "$(x)", "a" * 200])
def test_the_folders_name_changes_no_byte(expected: dict[str, bytes], tmp_path: Path, name: str) -> None:
    root = lay_down(tmp_path / name, WEB)
    assert run_there(root) == expected
    shutil.rmtree(root)
    lay_down(root, WEB)
    assert spawn("init", cwd=root).returncode == 0
    assert {path: content for path, content in snapshot(root).items() if path not in WEB} == expected


def test_the_umask_changes_no_byte_and_files_can_be_read(expected: dict[str, bytes], make: Make) -> None:
    root = make(WEB)
    assert run_there(root, umask=0o077) == expected


def test_a_checkout_with_windows_line_ends_changes_no_byte(expected: dict[str, bytes], make: Make) -> None:
    assert run_there(make({path: text.replace("\n", "\r\n") for path, text in WEB.items()})) == expected


def test_the_order_of_files_on_disk_changes_no_byte(expected: dict[str, bytes], make: Make) -> None:
    assert run_there(make(dict(reversed(WEB.items())))) == expected
