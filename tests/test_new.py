"""`scaffold new`: a project from a template, with its Docker files; or nothing at all."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema
import pytest
from hypothesis import strategies as st
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput
from test_cli import Ended
from test_contract import LOADED
from test_schema import closed
from typist import Typist

from scaffold.answers import Said
from scaffold.cli import main
from scaffold.commands import terminal
from scaffold.commands.new import Questioner
from scaffold.prompts import Terminal
from scaffold.schema import new_schema
from scaffold.skeleton import make
from scaffold.skeleton.source import without_userinfo
from scaffold.skeleton.starters import FOLDER, starters

ENTER, DOWN, CTRL_U = "\r", "\x1b[B", "\x15"

CONTEXT = {
    "name": "Shop",
    "slug": "{{ cookiecutter.name.lower().replace(' ', '-') }}",
    "license": ["MIT", "BSD-3-Clause"],
    "docs": False,
    "extra": {"team": "web"},
    "_copy_without_render": ["*.html"],
}
PROJECT = {
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "main.py": "# {{ cookiecutter.name }}, {{ cookiecutter.license }}, {{ cookiecutter.extra.team }}\n"
    "{% if cookiecutter.docs %}# with docs\n{% endif %}"
    'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/")\ndef index():\n    return {}\n',
    "page.html": "{{ as it is }}",
    "{{cookiecutter.slug}}.txt": "a name with braces\n",
}

Run = Callable[..., Ended]
Lay = Callable[..., Path]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """What runs `scaffold new`. Hooks are programs of their own: the file descriptors are captured."""

    def run(*arguments: object, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        code = main(["new", *map(str, arguments)])
        said = capfd.readouterr()
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """What lays a template down."""

    def lay(
        project: Mapping[str, str] = PROJECT,
        context: Mapping[str, Any] = CONTEXT,
        more: Mapping[str, str] | None = None,
        name: str = "template",
    ) -> Path:
        root = tmp_path / name
        files = {f"{{{{cookiecutter.slug}}}}/{path}": text for path, text in project.items()}
        for path, text in {**files, "cookiecutter.json": json.dumps(context), **(more or {})}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return root

    return lay


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def one_line(ended: Ended) -> str:
    """Return what was said of a failure: one line, and no traceback."""
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    assert line.startswith("scaffold: ")
    return line


# -- what is made


def test_a_template_makes_a_project_with_its_docker_files(run: Run, lay: Lay, here: Path) -> None:
    ended = run(lay())
    assert ended.code == 0, ended.err
    made = here / "shop"
    assert (made / "main.py").read_text().startswith("# Shop, MIT, web\nfrom fastapi")
    assert (made / "page.html").read_text() == "{{ as it is }}"
    assert {"shop.txt", "Dockerfile", "compose.yaml", ".scaffold/record.json"} <= files(made)
    assert "cd shop" in ended.out


def test_what_is_made_is_what_init_would_write(run: Run, lay: Lay, here: Path) -> None:
    run(lay())
    before = {path: (here / path).read_bytes() for path in files(here)}
    assert main(["init", "--yes", "shop"]) == 0
    assert {path: (here / path).read_bytes() for path in files(here)} == before


def test_nothing_of_where_it_was_made_is_in_it(run: Run, lay: Lay, here: Path, tmp_path: Path) -> None:
    run(lay())
    texts = [(here / path).read_text() for path in files(here)]
    assert [text for text in texts if str(tmp_path) in text or "scaffold-new-" in text] == []


def test_the_folder_can_be_named(run: Run, lay: Lay, here: Path) -> None:
    assert run(lay(), "apps/tide").code == 0
    assert (here / "apps/tide/Dockerfile").exists()
    assert not (here / "shop").exists()


def test_the_folder_can_be_named_after_a_flag(run: Run, lay: Lay, here: Path) -> None:
    assert run(lay(), "--yes", "services/shop").code == 0
    assert (here / "services/shop/Dockerfile").exists()
    with pytest.raises(SystemExit) as ended:
        run(lay(), "--yes", "a", "b")
    assert ended.value.code == 2


def test_an_empty_folder_is_taken_as_it_is(run: Run, lay: Lay, here: Path) -> None:
    before = here.stat().st_ino
    assert run(lay(), ".").code == 0
    assert (here / "Dockerfile").exists()
    assert here.stat().st_ino == before


@pytest.mark.parametrize("starter", starters())
def test_a_starter_makes_a_project_that_is_found_whole(run: Run, here: Path, starter: str) -> None:
    ended = run(starter, "--set", 'name=Tide: "tables" & more', "--json")
    assert ended.code == 0, ended.err
    done = json.loads(ended.out)
    assert done["warnings"] == []
    assert done["folder"] == "tide-tables-more"
    values = done["plan"]["values"]
    assert values["name"]["value"] == "tide-tables-more"
    assert values["health"]["value"]["path"] == "/healthz"
    assert values["locked"]["value"] is True
    assert values["test"]["value"]
    assert "{{" not in "".join((here / path).read_text() for path in files(here))


def test_starters_are_listed(run: Run) -> None:
    listed = run("--list").out
    assert [line.split()[0] for line in listed.splitlines()] == ["express-ts", "fastapi", "go"]
    assert json.loads(run("--list", "--json").out)["starters"] == starters()


def test_bytes_that_python_left_beside_a_starter_are_no_part_of_it(
    run: Run, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(FOLDER, tmp_path / "starters"))
    (app,) = copy.glob("fastapi/*/app")
    (app / "__pycache__").mkdir()
    (app / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"\0")
    monkeypatch.setattr("scaffold.skeleton.source.FOLDER", copy)
    assert run("fastapi").code == 0
    assert [path for path in files(here) if "__pycache__" in path] == []


# -- answers


def test_a_key_of_the_template_is_the_templates_and_the_others_are_ours(
    run: Run, lay: Lay, here: Path
) -> None:
    ended = run(lay(), "--set", "name=Tide", "--set", "docs=yes", "--set", "port=9000", "--json")
    done = json.loads(ended.out)
    assert done["template"]["answers"]["taken"] == {
        "name": {"value": "Tide", "source": "answer: flag"},
        "docs": {"value": True, "source": "answer: flag"},
    }
    assert done["template"]["answers"]["defaulted"] == {
        "slug": "tide", "license": "MIT", "extra": {"team": "web"}
    }  # fmt: skip
    assert done["answers"]["taken"] == {"port": {"value": 9000, "source": "answer: flag"}}
    assert "# Tide, MIT, web\n# with docs\n" in (here / "tide/main.py").read_text()


def test_answers_come_from_standard_input_and_environment_too(
    run: Run, lay: Lay, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAFFOLD_SET_LICENSE", "BSD-3-Clause")
    stdin = json.dumps({"name": "Tide", "extra": {"team": "sea"}, "port": 9000}).encode()
    assert run(lay(), "--answers", "-", stdin=stdin).code == 0
    assert (here / "tide/main.py").read_text().startswith("# Tide, BSD-3-Clause, sea\n")
    assert "EXPOSE 9000" in (here / "tide/Dockerfile").read_text()


def test_a_flag_of_its_own_is_for_the_docker_files(run: Run, lay: Lay, here: Path) -> None:
    template = lay(context={**CONTEXT, "kind": ["library", "app"]})
    assert run(template, "--kind", "worker").code == 0
    assert "EXPOSE" not in (here / "shop/Dockerfile").read_text()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("license=GPL", "license: is one of MIT, BSD-3-Clause"),
        ("license=MTI", 'did you mean "MIT"?'),
        ("docs=perhaps", "docs: is true or false"),
        ("nmae=Tide", "there is no 'nmae'; did you mean \"name\"?"),
        ("prot=9000", 'did you mean "port"?'),
        ("port=high", "port: is a number"),
        ("_copy_without_render=[]", "there is no '_copy_without_render'"),
        ("name={{ 7 * 7 }}", "name: is text, not a template"),
        ("name=a\nb", "name: is text of one line"),
        ("extra=[1]", "extra: is an object"),
    ],
)
def test_a_wrong_answer_is_told_in_one_line(run: Run, lay: Lay, here: Path, answer: str, says: str) -> None:
    ended = run(lay(), "--set", answer)
    assert ended.code == 2
    assert says in one_line(ended)
    assert files(here) == set()


def test_an_answer_that_is_given_twice_is_refused(run: Run, lay: Lay) -> None:
    ended = run(lay(), "--set", "name=a", "--set", "name=b")
    assert (ended.code, "said twice" in one_line(ended)) == (2, True)


# -- questions


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keys:
        yield keys


def test_a_person_is_asked_for_what_was_not_answered(keyboard: PipeInput, lay: Lay, tmp_path: Path) -> None:
    licenses = {"__prompt__": "Which license?", "MIT": "Massachusetts"}
    prompts = {"name": "What is it called?", "license": licenses}
    template = lay(context={**CONTEXT, "__prompts__": prompts})
    # the slug is answered; docs: the first of "yes" and "no" is one up from the default
    keyboard.send_text(f"{CTRL_U}Tide tables{ENTER}{DOWN}{ENTER}\x1b[A{ENTER}")
    asker = Questioner(Terminal(keyboard, DummyOutput()))
    into = tmp_path / "apart"
    into.mkdir()
    skeleton = make(str(template), [Said("slug", "tide", "flag", "--set")], into, asker=asker)
    assert {key: tuple(chosen) for key, chosen in skeleton.taken.items()} == {
        "name": ("Tide tables", "prompt"),
        "slug": ("tide", "flag"),
        "license": ("BSD-3-Clause", "prompt"),
        "docs": (True, "prompt"),
    }


def test_a_default_follows_from_what_was_typed_before(keyboard: PipeInput, lay: Lay, tmp_path: Path) -> None:
    keyboard.send_text(f"{CTRL_U}Tide tables{ENTER}{ENTER}{ENTER}{ENTER}")
    into = tmp_path / "apart"
    into.mkdir()
    skeleton = make(str(lay()), [], into, asker=Questioner(Terminal(keyboard, DummyOutput())))
    assert skeleton.name == "tide-tables"


@pytest.mark.parametrize("flags", [["--yes"], ["--json"], ["--answers", "-"]])
def test_nobody_is_asked_where_nothing_is_to_be_asked(
    run: Run, lay: Lay, monkeypatch: pytest.MonkeyPatch, flags: list[str]
) -> None:
    monkeypatch.setattr(terminal, "can_ask", lambda *_: True)
    monkeypatch.setattr(terminal, "open_terminal", lambda *_: pytest.fail("a terminal was opened"))
    assert run(lay(), *flags, stdin=b"{}").code == 0


def test_a_template_asks_on_a_terminal_and_what_is_left_is_asked_too(
    lay: Lay, here: Path, sit_down: Callable[..., Typist]
) -> None:
    project = {path: text for path, text in PROJECT.items() if path != "main.py"}
    template = lay({**project, "app.py": PROJECT["main.py"], "server.py": PROJECT["main.py"]})
    typist = sit_down("new", template)
    typist.read_until("name")
    typist.type(f"{CTRL_U}Tide{ENTER}")
    typist.read_until("slug")
    typist.type(f"{ENTER}")
    typist.read_until("license")
    typist.type(f"{ENTER}")
    typist.read_until("docs")
    typist.type(f"{ENTER}")
    assert "app:app" in typist.read_until("server:app"), typist.seen
    typist.type(f"{DOWN}{ENTER}")
    assert typist.end() == 0, typist.seen
    assert "server:app" in (here / "tide/Dockerfile").read_text()


def test_leaving_a_question_leaves_no_project(lay: Lay, here: Path, sit_down: Callable[..., Typist]) -> None:
    typist = sit_down("new", lay())
    typist.read_until("slug")
    typist.type("\x03")
    assert typist.end() == 130
    assert b"Traceback" not in typist.seen
    assert list(here.iterdir()) == []


# -- where templates are


def repository(folder: Path) -> str:
    """Make a git repository of a folder, with a tag v1, and return its URL."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "a"], ["tag", "v1"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return f"file://{folder}"


def test_a_git_url_is_cloned_at_a_ref(run: Run, lay: Lay, here: Path) -> None:
    template = lay()
    url = repository(template)
    commit = subprocess.run(
        ["git", "rev-parse", "v1"], cwd=template, capture_output=True, text=True, check=True
    ).stdout.strip()
    (template / "{{cookiecutter.slug}}" / "later.txt").write_text("later\n")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "add", "."], cwd=template, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "b"], cwd=template, check=True)
    done = json.loads(run(f"git+{url}", "old", "--checkout", "v1", "--json").out)
    assert done["template"] == {
        "source": f"git+{url}",
        "commit": commit,
        "answers": {"taken": {}, "defaulted": done["template"]["answers"]["defaulted"]},
    }
    assert run(url, "new").code == 0
    assert ("later.txt" in files(here / "old"), "later.txt" in files(here / "new")) == (False, True)


def test_a_folder_of_a_repository_has_the_template(run: Run, lay: Lay, here: Path, tmp_path: Path) -> None:
    lay(name="all/python")
    assert run(tmp_path / "all", "--directory", "python").code == 0
    ended = run(tmp_path / "all" / "python", "x", "--directory", "../..")
    assert (ended.code, "leads out" in one_line(ended)) == (2, True)


def test_an_archive_is_unpacked(run: Run, lay: Lay, here: Path, tmp_path: Path) -> None:
    template, archive = lay(), tmp_path / "template.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in files(template):
            zipped.write(template / path, f"template-main/{path}")
    assert run(archive).code == 0
    assert (here / "shop/Dockerfile").exists()


def test_one_of_several_templates_is_chosen(run: Run, lay: Lay, here: Path, tmp_path: Path) -> None:
    both = {"api": {"path": "./api", "title": "An API"}, "site": {"path": "./site", "title": "A site"}}
    (tmp_path / "all").mkdir()
    (tmp_path / "all/cookiecutter.json").write_text(json.dumps({"templates": both}))
    lay(name="all/api")
    lay(name="all/site", project={"index.html": "<!doctype html>\n<title>x</title>\n"})
    assert run(tmp_path / "all", "--set", "template=site", "--set", "name=Page").code == 0
    assert (here / "page/index.html").exists()
    assert run(tmp_path / "all").code == 0
    assert (here / "shop/main.py").exists()
    ended = run(tmp_path / "all", "x", "--set", "template=pai")
    assert (ended.code, 'did you mean "api"?' in one_line(ended)) == (2, True)


def test_an_old_list_of_templates_is_read(run: Run, lay: Lay, here: Path, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all/cookiecutter.json").write_text(json.dumps({"template": ["An API (api)"]}))
    lay(name="all/api")
    assert run(tmp_path / "all").code == 0
    assert (here / "shop/main.py").exists()


@pytest.mark.parametrize(
    "url", ["http://ci:hunter2@127.0.0.1:1/shop.git", "http://ci:hunter2@127.0.0.1:1/shop.zip"]
)
def test_what_cannot_be_reached_is_6_and_tells_no_password(run: Run, here: Path, url: str) -> None:
    ended = run(url)
    assert ended.code == 6
    assert "127.0.0.1" in one_line(ended)
    assert "hunter2" not in ended.err
    assert files(here) == set()


def test_a_url_is_told_without_what_opens_it() -> None:
    assert without_userinfo("https://ci:hunter2@example.com/x.git") == "https://example.com/x.git"
    assert without_userinfo("git@example.com:x/y.git") == "git@example.com:x/y.git"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name a template: a starter (express-ts, fastapi, go)"),
        (["fastapy"], "no cookiecutter.json (starters: express-ts, fastapi, go)"),
        (["hg+https://example.com/x"], "Mercurial is not read"),
        (["https://[::1/x.zip"], "is no address of a template"),
        (["git+https://example.com/x.git@v1#a"], "--checkout names the ref, --directory the folder"),
        (["fastapi", "--checkout", "v1"], "is no git URL"),
    ],
)
def test_what_is_no_template_is_wrong_use(run: Run, here: Path, arguments: list[str], says: str) -> None:
    ended = run(*arguments)
    assert ended.code == 2
    assert says in one_line(ended)


def test_a_ref_that_is_not_there_is_wrong_use(run: Run, lay: Lay) -> None:
    url = repository(lay())
    for ref in ("v2", "--upload-pack=touch x"):
        ended = run(url, f"--checkout={ref}")
        assert (ended.code, "is no branch, tag or commit" in one_line(ended)) == (2, True)


# -- what is not trusted

TOUCH = "import pathlib\npathlib.Path({path!r}).touch()\nprint('the hook says so')\n"


@pytest.mark.parametrize("hook", ["pre_prompt", "pre_gen_project", "post_gen_project"])
def test_a_hook_runs_only_where_it_is_trusted(
    run: Run, lay: Lay, here: Path, tmp_path: Path, hook: str
) -> None:
    proof = tmp_path / "ran"
    template = lay(more={f"hooks/{hook}.py": TOUCH.format(path=str(proof))})
    ended = run(template)
    assert ended.code == 4
    assert f"hooks/{hook}.py (--trust lets it)" in one_line(ended)
    assert (proof.exists(), files(here)) == (False, set())
    ended = run(template, "--trust", "--json")
    assert (ended.code, proof.exists()) == (0, True)
    assert json.loads(ended.out)["folder"] == "shop"
    assert "the hook says so" in ended.err


def test_the_first_hook_can_change_what_is_asked(run: Run, lay: Lay, here: Path) -> None:
    code = "import json\njson.dump({'slug': 'hooked'}, open('cookiecutter.json', 'w'))\n"
    template = lay({"index.html": "<!doctype html>\n<title>x</title>\n"}, more={"hooks/pre_prompt.py": code})
    before = (template / "cookiecutter.json").read_text()
    assert run(template, "--trust").code == 0
    assert (here / "hooked").is_dir()
    assert (template / "cookiecutter.json").read_text() == before


def test_a_hook_that_ends_badly_leaves_nothing(run: Run, lay: Lay, here: Path) -> None:
    ended = run(lay(more={"hooks/post_gen_project.py": "raise SystemExit(3)\n"}), "--trust")
    assert ended.code == 2
    assert "Hook script failed (exit status: 3)" in one_line(ended)
    assert files(here) == set()


def test_an_extension_of_the_templates_own_runs_only_where_it_is_trusted(
    run: Run, lay: Lay, here: Path
) -> None:
    code = (
        "from jinja2.ext import Extension\n\n\nclass Shout(Extension):\n"
        "    def __init__(self, environment):\n        super().__init__(environment)\n"
        "        environment.filters['shout'] = str.upper\n"
    )
    template = lay(
        project={**PROJECT, "loud.txt": "{{ cookiecutter.name|shout }}"},
        context={**CONTEXT, "_extensions": ["local_extensions_of_a_test.Shout"]},
        more={"local_extensions_of_a_test.py": code},
    )
    ended = run(template)
    assert (ended.code, "the extension local_extensions_of_a_test.Shout" in one_line(ended)) == (4, True)
    assert run(template, "--trust").code == 0
    assert (here / "shop/loud.txt").read_text() == "SHOP"
    assert [path for path in sys.path if str(template) in path] == []


POPEN = "{{ cycler.__init__.__globals__.os.popen('touch %s').read() }}"


@pytest.mark.parametrize("where", ["file", "name", "default", "copied"])
def test_a_template_that_reaches_into_python_runs_nothing(
    run: Run, lay: Lay, here: Path, tmp_path: Path, where: str
) -> None:
    proof = tmp_path / "ran"
    project, context = dict(PROJECT), dict(CONTEXT)
    match where:
        case "file":
            project["evil.txt"] = POPEN % proof
        case "name":
            project["{{ cycler.__init__.__globals__.os.getpid() }}.txt"] = ""
        case "default":
            context["evil"] = POPEN % proof
        case "copied":
            project["{{ cycler.__init__.__globals__.os.getpid() }}.html"] = ""
    ended = run(lay(project, context))
    assert ended.code == 4
    assert "reaches into Python" in one_line(ended)
    assert (proof.exists(), files(here)) == (False, set())


@pytest.mark.parametrize("trust", [[], ["--trust"]])
@pytest.mark.parametrize("way", ["../../../pwned", "/tmp/scaffold-pwned", "x/../../../pwned"])
def test_no_file_is_written_outside(
    run: Run, lay: Lay, here: Path, tmp_path: Path, way: str, trust: list[str]
) -> None:
    template = lay({**PROJECT, "{{cookiecutter.way}}.txt": "out"}, {**CONTEXT, "way": "in"})
    before = files(tmp_path)
    ended = run(template, "--set", f"way={way}", *trust)
    assert ended.code == 4
    assert "leads out of the project" in one_line(ended)
    assert files(tmp_path) == before
    assert not Path("/tmp/scaffold-pwned.txt").exists()


def test_no_folder_is_made_outside(run: Run, lay: Lay, here: Path, tmp_path: Path) -> None:
    ended = run(lay(), "--set", "slug=../../pwned")
    assert (ended.code, "leads out" in one_line(ended)) == (4, True)
    assert not (here.parent / "pwned").exists()


@pytest.mark.parametrize("lead", ["/etc/hostname", "../secret.txt", "folder"])
def test_a_link_that_leads_out_is_not_copied(
    run: Run, lay: Lay, here: Path, tmp_path: Path, lead: str
) -> None:
    template = lay()
    (tmp_path / "secret.txt").write_text("secret")
    (template / "{{cookiecutter.slug}}" / "folder").mkdir()
    (template / "{{cookiecutter.slug}}" / "stolen").symlink_to(
        lead if lead != "../secret.txt" else tmp_path / "secret.txt"
    )
    ended = run(template, "--trust")
    assert (ended.code, "stolen: a link that leads out" in one_line(ended)) == (4, True)
    assert files(here) == set()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_file_is_not_waited_for(run: Run, lay: Lay, here: Path) -> None:
    template = lay()
    os.mkfifo(template / "{{cookiecutter.slug}}" / "pipe")
    ended = run(template, "--trust")
    assert (ended.code, "pipe: is neither file nor folder" in one_line(ended)) == (4, True)


def test_a_link_within_the_template_is_what_it_leads_to(run: Run, lay: Lay, here: Path) -> None:
    template = lay()
    (template / "{{cookiecutter.slug}}" / "AGENTS.md").symlink_to("requirements.txt")
    assert run(template).code == 0
    assert not (here / "shop/AGENTS.md").is_symlink()


def test_an_archive_that_unpacks_to_too_much_is_refused(run: Run, here: Path, tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    zipped = zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED)
    with zipped, zipped.open("t/zeros", "w") as zeros:
        for _ in range(201):
            zeros.write(bytes(1_000_000))
    ended = run(archive)
    assert (ended.code, "too much" in one_line(ended)) == (4, True)


# -- all or nothing


def test_a_folder_with_something_in_it_is_left_alone(run: Run, lay: Lay, here: Path) -> None:
    (here / "shop").mkdir()
    (here / "shop/mine.txt").write_text("mine")
    for arguments in ([], ["shop"], ["shop/mine.txt"]):
        ended = run(lay(), *arguments)
        assert (ended.code, "is there already" in one_line(ended)) == (5, True)
    assert files(here) == {"shop/mine.txt"}


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ({"bad.txt": "{{ cookiecutter.nothing }}"}, "has no attribute 'nothing'"),
        ({"bad.txt": "{% if %}"}, "bad.txt:1"),
        ({"bad.txt": "{{ 1 / 0 }}"}, "ZeroDivisionError"),
        ({"bad.txt": "{% include 'gone.txt' %}"}, "gone.txt"),
        ({"{{ 'x' * 300 }}.txt": ""}, "File name too long"),
    ],
)
def test_a_template_that_fails_leaves_nothing(
    run: Run, lay: Lay, here: Path, project: Mapping[str, str], says: str
) -> None:
    ended = run(lay({**PROJECT, **project}))
    assert ended.code == 2
    assert says in one_line(ended)
    assert "scaffold-new-" not in ended.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("context", "says"),
    [
        ("[]", "is not an object"),
        ("{", "cannot be read"),
        (json.dumps({"slug": "."}), "gives the project's folder no name"),
        (json.dumps({"slug": ""}), "gives the project's folder no name"),
        (json.dumps({"slug": "x", "c": []}), "choices is empty"),
        (json.dumps({"slug": "x", "_extensions": None}), "_extensions: is a list, not null"),
        (json.dumps({"slug": "x", "__prompts__": []}), "__prompts__: is an object, not []"),
        (json.dumps({"slug": "x", "_jinja2_env_vars": {"extensions": ["os"]}}), "cannot be rendered"),
    ],
)
def test_a_cookiecutter_json_that_is_none_is_told(
    run: Run, lay: Lay, here: Path, context: str, says: str
) -> None:
    template = lay({"main.py": ""}, more={"cookiecutter.json": context})
    ended = run(template)
    assert ended.code == 2
    assert says in one_line(ended)
    assert list(here.iterdir()) == []


def test_a_project_that_nobody_can_containerise_is_not_made(run: Run, lay: Lay, here: Path) -> None:
    ended = run(lay({"notes.txt": "nothing\n"}))
    assert ended.code == 3
    assert "nothing to containerise in shop" in one_line(ended)
    assert list(here.iterdir()) == []


def test_a_project_of_two_apps_is_not_made(run: Run, lay: Lay, here: Path) -> None:
    ended = run(lay({f"{app}/{path}": text for app in ("api", "site") for path, text in PROJECT.items()}))
    assert ended.code == 3
    assert "2 apps, and nothing decides: api, site" in one_line(ended)
    assert list(here.iterdir()) == []


def test_docker_files_of_the_templates_own_stay_unless_forced(run: Run, lay: Lay, here: Path) -> None:
    template = lay({**PROJECT, "Dockerfile": "FROM scratch\n"})
    ended = run(template)
    assert (ended.code, "brings Docker files of its own" in one_line(ended)) == (5, True)
    assert list(here.iterdir()) == []
    assert run(template, "--force").code == 0
    assert (here / "shop/Dockerfile.orig").read_text() == "FROM scratch\n"


@pytest.mark.parametrize("folder", [None, "a/b", "."])
@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (OSError(28, "no space left"), 73)])
def test_what_fails_or_is_interrupted_halfway_leaves_nothing(
    run: Run,
    lay: Lay,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str | None,
    error: BaseException,
    code: int,
) -> None:
    real, moved = shutil.move, list[object]()

    def move(source: Any, target: Any) -> Any:
        if len(moved) == 3:
            raise error
        moved.append(target)
        return real(source, target)

    monkeypatch.setattr(shutil, "move", move)
    assert run(lay(), *([folder] if folder else [])).code == code
    assert (len(moved), list(here.iterdir())) == (3, [])


def test_nothing_is_left_apart(run: Run, lay: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = tmp_path / "tmp"
    apart.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(apart))
    hook = {"hooks/post_gen_project.py": "", "hooks/pre_prompt.py": ""}
    assert run(lay(more=hook), "--trust").code == 0
    assert run(lay(more={}, name="other"), "x", "--set", "docs=x").code == 2
    assert list(apart.iterdir()) == []


def test_nothing_is_read_from_the_home_or_written_to_it(lay: Lay, here: Path, tmp_path: Path) -> None:
    home = tmp_path / "another home"
    home.mkdir()
    (home / ".cookiecutterrc").write_text("default_context:\n  name: From home\n")
    command = [sys.executable, "-P", "-m", "scaffold", "new", repository(lay())]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in here.iterdir()] == ["shop"]
    assert files(home) == {".cookiecutterrc"}


def test_the_working_directory_and_cookiecutter_are_as_they_were(run: Run, lay: Lay, here: Path) -> None:
    from cookiecutter import generate, prompt, utils

    run(lay())
    run(lay({"bad.txt": "{% if %}"}, name="other"))
    assert Path.cwd() == here
    assert generate.create_env_with_context is utils.create_env_with_context
    assert prompt.create_env_with_context is utils.create_env_with_context


# -- as data


def test_what_is_printed_as_json_fits_its_schema(run: Run, lay: Lay) -> None:
    schema = closed(new_schema())
    for arguments in ([], ["shop"], ["other", "--set", "license=BSD-3-Clause"], ["x", "--set", "a=b"]):
        jsonschema.validate(json.loads(run(lay(), *arguments, "--json").out), schema)


def test_an_error_is_data_too(run: Run) -> None:
    ended = run("fastapy", "--json")
    assert json.loads(ended.out)["error"]["code"] == ended.code == 2


def test_cookiecutter_is_loaded_by_nothing_else(here: Path) -> None:
    (here / "requirements.txt").write_text("flask==3.1.3\n")
    (here / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    for words in (["init", "--yes"], ["detect"], ["new", "--list"], ["schema", "new"]):
        done = subprocess.run(
            [sys.executable, "-P", "-c", LOADED, *words], capture_output=True, text=True, check=True,
            env={**os.environ, "CI": "1"},
        )  # fmt: skip
        loaded = {name.partition(".")[0] for name in done.stderr.split()}
        assert loaded & {"cookiecutter", "questionary", "requests", "rich"} == set(), words


# -- with a pack


def test_a_pack_is_recorded_from_where_the_project_is_and_its_variables_are_known(
    run: Run, lay: Lay, here: Path
) -> None:
    (here / "golden").mkdir()
    (here / "golden/pack.toml").write_text(
        'name = "acme"\nversion = "1"\n[variables.team]\ntype = "string"\nabout = "Whose it is"\n'
        "answerable = true\n"
    )
    ended = run(lay(), "apps/shop", "--pack", "golden", "--set", "team=web")
    assert ended.code == 0, ended.err
    record = json.loads((here / "apps/shop/.scaffold/record.json").read_text())
    assert record["packs"][0]["source"] == "../../golden"
    before = {path: (here / path).read_bytes() for path in files(here)}
    assert main(["init", "--yes", "apps/shop"]) == 0
    assert {path: (here / path).read_bytes() for path in files(here)} == before
    assert (
        "there is no 'taem'; did you mean \"team\"?"
        in run(lay(), "x", "--pack", "golden", "--set", "taem=web").err
    )


# -- whatever a template holds

ODD = st.sampled_from(
    ["", "x", "{{ cookiecutter.slug }}", "{{ cookiecutter.nope }}", "{% if %}", "a/b", "..", "/tmp/x", "{{",
     "\n", "{{ 1/0 }}", "{{ range(10**9)|list }}", "{{ cookiecutter }}", "T (api)", None, True, 0, 1.5, 1e30]
)  # fmt: skip
KEYS = st.sampled_from(
    ["slug", "name", "templates", "template", "_extensions", "_copy_without_render", "_jinja2_env_vars",
     "__prompts__", "_new_lines", "__slug", "_x", "port", "a b", ""]
)  # fmt: skip
SOME = st.sampled_from(["slug", "path", "x", "__prompt__", "title", ""])
VALUES = st.recursive(
    ODD, lambda below: st.lists(below, max_size=3) | st.dictionaries(SOME, below, max_size=3), max_leaves=6
)


@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(context=st.dictionaries(KEYS, VALUES, max_size=4), trust=st.booleans())
def test_whatever_a_cookiecutter_json_holds_it_is_a_project_or_one_line(
    run: Run, lay: Lay, here: Path, context: dict[str, Any], trust: bool
) -> None:
    # What is trusted runs outside of the sandbox, and may take all memory, as any code may.
    hypothesis.assume(not trust or "range(" not in json.dumps(context))
    page = {"index.html": "<!doctype html>\n<title>x</title>\n", "{{cookiecutter.name}}.txt": "a name\n"}
    template = lay(page, {"slug": "shop", "name": "Shop", **context})
    ended = run(template, "made", *["--trust"] * trust)
    if ended.code:
        assert ended.code in (2, 3, 4, 5)
        one_line(ended)
        assert list(here.iterdir()) == []
    else:
        shutil.rmtree(here / "made")
