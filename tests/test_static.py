"""Plain pages: which folder is served, what the hosts' own files say, and what is no site at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from dockerfile import Ignore
from nodeplans import plain_html

from scaffold.detect import NO_ANSWERS, detect
from scaffold.model import Fact, Finding
from scaffold.reading.tree import Tree
from scaffold.render import render

if TYPE_CHECKING:
    from detectors import static
else:
    from scaffold.detectors import static

IGNORED = Ignore(render(plain_html())[".dockerignore"])
PAGE = "<!doctype html>\n<html><body>Hello</body></html>\n"


def found(files: dict[str, str], **answers: str) -> Finding | None:
    said = {key: Fact(value, "answer: flag") for key, value in answers.items()}
    return static.detect(Tree(files), said or NO_ANSWERS)


def facts(files: dict[str, str], **answers: str) -> dict[str, Fact]:
    finding = found(files, **answers)
    assert finding is not None
    return dict(finding.facts)


# -- what is a site


def test_an_empty_project_is_nothing() -> None:
    assert found({}) is None


def test_a_page_at_the_root_is_a_site() -> None:
    finding = found({"index.html": PAGE, "css/site.css": "", "README.md": "# Site"})
    assert finding is not None
    assert (finding.stack, finding.because) == ("static", "index.html")
    assert finding.facts["kind"] == Fact("static", "index.html")
    assert finding.facts["site"] == Fact(".", "index.html")


def test_a_site_states_neither_a_port_nor_a_command() -> None:
    assert {"port", "start", "runtime", "framework"}.isdisjoint(facts({"index.html": PAGE}))


@pytest.mark.parametrize("folder", ["public", "site", "www", "docs", "dist"])
def test_pages_may_lie_in_a_folder(folder: str) -> None:
    assert facts({f"{folder}/index.html": PAGE})["site"] == Fact(folder, f"{folder}/index.html")


def test_pages_without_a_first_one_are_nothing() -> None:
    assert found({"about.html": PAGE, "docs/guide.html": PAGE}) is None


def test_a_root_and_a_public_folder_with_pages_are_a_question() -> None:
    finding = found({"index.html": PAGE, "public/index.html": PAGE})
    assert finding is not None
    assert [(a.key, a.candidates) for a in finding.ambiguities] == [("site", (".", "public"))]


def test_an_answer_says_which_folder() -> None:
    finding = found({"index.html": PAGE, "public/index.html": PAGE}, site="public")
    assert finding is not None
    assert finding.ambiguities == ()
    assert finding.facts["site"] == Fact("public", "answer: flag")


# -- what is none


@pytest.mark.parametrize(
    "manifest", ["package.json", "pyproject.toml", "go.mod", "composer.json", "Gemfile", "api/pom.xml"]
)
def test_pages_beside_a_manifest_are_a_part_of_something_else(manifest: str) -> None:
    assert found({"index.html": PAGE, manifest: ""}) is None


@pytest.mark.parametrize("program", ["app.py", "contact.php", "src/main.go", "lib/shop.rb"])
def test_pages_beside_a_program_are_a_part_of_it(program: str) -> None:
    assert found({"index.html": PAGE, program: ""}) is None


def test_a_helper_script_is_no_program() -> None:
    assert found({"index.html": PAGE, "scripts/resize.py": ""}) is not None


def test_who_says_that_it_is_a_site_is_believed() -> None:
    assert found({"index.html": PAGE, "app.py": ""}, stack="static") is not None


def test_a_folder_of_a_project_is_a_part_of_it() -> None:
    project = Tree({"go.mod": "module shop", "web/index.html": PAGE})
    assert static.detect(project.below("web"), NO_ANSWERS) is None


def test_a_folder_of_a_repository_of_pages_is_a_site() -> None:
    repository = Tree({"choir/index.html": PAGE, "shop/index.html": PAGE})
    assert static.detect(repository.below("choir"), NO_ANSWERS) is not None


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: x\n---\n<html></html>",
        "<html>{% block body %}{% endblock %}</html>",
        "<html><?php echo 1 ?></html>",
        "<html><%= title %></html>",
        "<html>{{ .Title }}</html>",
        "<html>{{> header}}</html>",
        "<p>a part of a page</p>",
        "",
    ],
)
def test_a_template_is_no_page(text: str) -> None:
    assert found({"index.html": text}) is None


def test_a_page_that_the_browser_fills_in_is_one() -> None:
    assert found({"index.html": "<html><div id=app>{{ name }}</div></html>"}) is not None


# -- what is known of it


def test_a_page_for_what_is_not_there_is_shown() -> None:
    files = {"public/index.html": PAGE, "public/404.html": PAGE}
    assert facts(files)["not_found"] == Fact("404.html", "public/404.html")


def test_a_page_200_answers_every_path() -> None:
    known = facts({"index.html": PAGE, "200.html": PAGE})
    assert known["spa"] == Fact(True, "200.html")
    assert known["fallback"] == Fact("200.html", "200.html")


def test_redirects_of_everything_to_the_page_make_it_a_single_page_app() -> None:
    files = {"index.html": PAGE, "_redirects": "# routes\n/* /index.html 200\n"}
    assert facts(files)["spa"] == Fact(True, "_redirects:2")


def test_a_redirect_that_moves_the_browser_makes_none() -> None:
    assert "spa" not in facts({"index.html": PAGE, "_redirects": "/* /index.html 301\n"})


def test_markdown_that_the_page_reads_is_kept() -> None:
    page = '<html><script src="//cdn.example/docsify@4/lib/docsify.min.js"></script></html>'
    assert facts({"docs/index.html": page, "docs/README.md": ""})["keep"].value == ("docs/**/*.md",)


# -- the hosts' files

HOSTS = {
    "Staticfile": "root: app\n",
    "static.json": json.dumps({"root": "app/"}),
    "firebase.json": json.dumps({"hosting": {"public": "app"}}),
    "netlify.toml": '[build]\npublish = "./app"\n',
    "vercel.json": json.dumps({"outputDirectory": "app"}),
    "wrangler.toml": '[assets]\ndirectory = "./app"\n',
}


@pytest.mark.parametrize("host", HOSTS)
def test_the_folder_that_a_host_is_told_is_served(host: str) -> None:
    site = facts({host: HOSTS[host], "app/index.html": PAGE, "index.html": PAGE})["site"]
    assert site.value == "app"
    assert site.source.startswith(f"{host}:")


@pytest.mark.parametrize("folder", ["../elsewhere", "missing", "/", "a b", "app;}"])
def test_a_folder_that_is_not_there_is_not_served(folder: str) -> None:
    files = {"static.json": json.dumps({"root": folder}), "index.html": PAGE}
    assert facts(files)["site"].value == "."


SINGLE_PAGES = {
    "Staticfile": "pushstate: enabled\n",
    "static.json": json.dumps({"routes": {"/**": "index.html"}}),
    "firebase.json": json.dumps(
        {"hosting": [{"rewrites": [{"source": "**", "destination": "/index.html"}]}]}
    ),
    "netlify.toml": '[[redirects]]\nfrom = "/*"\nto = "/index.html"\nstatus = 200\n',
    "vercel.json": json.dumps({"rewrites": [{"source": "/(.*)", "destination": "/"}]}),
    "wrangler.toml": '[assets]\nnot_found_handling = "single-page-application"\n',
}


@pytest.mark.parametrize("host", SINGLE_PAGES)
def test_a_host_is_told_that_it_is_a_single_page_app(host: str) -> None:
    assert facts({host: SINGLE_PAGES[host], "index.html": PAGE})["spa"].value is True


@pytest.mark.parametrize("text", ["", "[]", "7", '{"hosting": 3}', '{"root": 5, "routes": 6}', "{"])
@pytest.mark.parametrize(
    "host", ["static.json", "firebase.json", "vercel.json", "Staticfile", "netlify.toml"]
)
def test_a_file_of_another_shape_says_nothing(host: str, text: str) -> None:
    assert set(facts({host: text, "index.html": PAGE})) == {"kind", "site"}


# -- pages with tools beside them

ADMIN = """<!doctype html>
<html><head><link href="css/admin.css?v=4" rel="stylesheet"><script src="/vendor/jquery/jquery.js"></script>
<script src="https://cdn.example.com/chart.js"></script></head><body></body></html>
"""


def theme(start: str = "node_modules/.bin/gulp watch", **more: str) -> dict[str, str]:
    """Return the pages of a theme whose style sheets and libraries are committed."""
    manifest = {"name": "theme", "dependencies": {"jquery": "3.6.0"}, "scripts": {"start": start}}
    return {
        "index.html": ADMIN,
        "css/admin.css": "",
        "vendor/jquery/jquery.js": "",
        "vendor/icons/package.json": '{"name": "icons", "main": "icons.js"}',
        "vendor/icons/icons.d.ts": "",
        "gulpfile.js": "require('browser-sync')",
        "package.json": json.dumps(manifest),
        **more,
    }


@pytest.mark.parametrize(
    "start", ["node_modules/.bin/gulp watch", "npx http-server .", "live-server --port=80"]
)
def test_whole_pages_that_a_tool_only_shows_are_plain_pages(start: str) -> None:
    detection = detect(Tree(theme(start)))
    assert [(one.stack, one.path, one.facts["site"].value) for one in detection.deployable] == [
        ("static", ".", ".")
    ]


@pytest.mark.parametrize(
    ("start", "more"),
    [
        ("gulp watch", {"css/admin.css": None}),  # a build makes it
        ("node server.js", {}),
        ("gulp watch", {"package.json": '{"scripts": {"start": "gulp", "build": "gulp build"}}'}),
        ("gulp watch", {"index.html": PAGE.replace("Hello", "{% include nav %}")}),
    ],
)
def test_pages_that_need_more_are_not(start: str, more: dict[str, str | None]) -> None:
    files = {path: text for path, text in {**theme(start), **more}.items() if text is not None}
    assert found(files) is None


def test_a_package_that_was_copied_into_the_repository_is_no_app() -> None:
    files = {"vendor/icons/package.json": '{"name": "x", "bin": "x.js"}', "vendor/icons/x.js": ""}
    assert detect(Tree(files)).findings == ()


@pytest.mark.parametrize(
    "path",
    [
        "backup.sql", "db/site.sqlite3", "logs/error.log", "index.html.bak", "deploy/Dockerfile",
        "tools/deploy.py", ".git/config", ".env", ".env.staging", "package.json", "gulpfile.js",
        "sub/.htpasswd", "keys/server.pem",
    ],
)  # fmt: skip
def test_what_is_no_page_never_enters_the_image(path: str) -> None:
    assert path in IGNORED


@pytest.mark.parametrize(
    "path", ["index.html", "css/site.css", "data/list.json", "files/report.pdf", ".well-known/x"]
)
def test_what_a_page_shows_does(path: str) -> None:
    assert path not in IGNORED
