"""Plain pages: an index.html that is served as it is, where nothing else is to be built or run."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scaffold.model import Ambiguity, Fact, Finding
from scaffold.nouns import NamedTuple

from .markup import is_page

if TYPE_CHECKING:
    from scaffold.model import Answers
    from scaffold.reading.tree import Tree

PAGE = "index.html"

#: Where pages lie that are not at the root: what is found first is served.
FOLDERS = ("public", "site", "www", "htdocs", "html", "web", "docs", "dist", "build", "src")

#: Files that show that something is built or run: the pages are a part of that.
MANIFESTS = frozenset(
    {
        "package.json", "deno.json", "deno.jsonc", "bower.json", "elm.json",
        "pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "setup.cfg", "environment.yml",
        "go.mod", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts", "build.sbt", "project.clj",
        "composer.json", "Gemfile", "mix.exs", "rebar.config", "pubspec.yaml", "Package.swift", "shard.yml",
        "stack.yaml", "CMakeLists.txt", "meson.build", "dune-project", "gleam.toml",
        "hugo.toml", "mkdocs.yml", "book.toml", "antora.yml",
    }
)  # fmt: skip

#: What is written in a language that browsers do not run.
PROGRAMS = (
    ".py", ".php", ".rb", ".go", ".rs", ".java", ".kt", ".scala", ".clj", ".groovy", ".cs", ".fs", ".vb",
    ".csproj", ".sln", ".ex", ".exs", ".erl", ".pl", ".cgi", ".jsp", ".asp", ".aspx", ".cshtml", ".erb",
    ".ejs", ".c", ".cc", ".cpp", ".swift", ".dart", ".hs", ".ts", ".tsx", ".jsx", ".vue", ".svelte",
    ".astro", ".njk", ".j2", ".jinja2",
)  # fmt: skip

#: Folders of helpers, which say nothing of what is served.
ASIDE = frozenset({"scripts", "tools", "test", "tests", ".github", ".circleci"})

#: Folders of what somebody else has written, as it is shipped to browsers.
FOREIGN = frozenset({"vendor", "vendors", "third_party"})

#: https://docsify.js.org/#/quickstart: it reads the Markdown files that stand beside the page.
_READS_MARKDOWN = r"""(?i)\$docsify\b|<script[^>]+src=["'][^"']*\bdocsify"""
_FOLDER = r"[\w.@+~-]+(?:/[\w.@+~-]+)*"
#: What hosts call "everything that is no file".
_EVERYTHING = frozenset({"**", "/**", "/*", "/(.*)", "/:path*"})


class _Said(NamedTuple):
    """What a file for some host says of the site."""

    root: Fact | None = None
    spa: Fact | None = None
    not_found: Fact | None = None


def detect(tree: "Tree", answers: "Answers") -> Finding | None:
    """Return what TREE is as a site of plain pages, or None where it is none."""
    said = _read_hosts(tree)
    site, others = _find_site(tree, answers, said)
    if site is None or not (_is_wanted(answers) or _is_alone(tree.whole)):
        return None
    page = _inside(site.value, PAGE)
    facts = {
        "kind": answers.get("kind") or Fact("static", page),
        "site": site,
        **_around(tree, site.value, said),
    }
    ambiguous = (Ambiguity("site", (site.value, *others)),) if others and "site" not in answers else ()
    return Finding("static", page, facts, ".", ambiguous)


def _is_wanted(answers: "Answers") -> bool:
    return "stack" in answers and answers["stack"].value == "static"


def _is_alone(whole: "Tree") -> bool:
    """Say whether the project is pages and nothing else."""
    for path in whole.paths:
        folder, _, _ = path.partition("/")
        name = path.rpartition("/")[2]
        if folder in FOREIGN:
            continue
        if (name in MANIFESTS and not _is_for_tools(whole, path)) or (
            name.endswith(PROGRAMS) and (folder == path or folder not in ASIDE)
        ):
            return False
    return True


def _is_for_tools(whole: "Tree", path: str) -> bool:
    """Whether a package.json is there for a formatter and the like, or for what shows whole pages."""
    if not path.endswith("package.json"):
        return False
    from .node.packages.manifest import is_around_pages, read_manifest  # seldom needed

    manifest = read_manifest(whole, path)
    return manifest is not None and (manifest.is_for_tools or is_around_pages(whole, manifest))


# -- where the pages are


def _find_site(tree: "Tree", answers: "Answers", said: _Said) -> tuple[Fact | None, tuple[str, ...]]:
    """Return the folder that is served, and others that might as well be."""
    if "site" in answers:
        return answers["site"], ()
    if said.root is not None and _inside(said.root.value, PAGE) in tree:
        return said.root, ()
    found = [folder for folder in (".", *FOLDERS) if is_page(tree, _inside(folder, PAGE))]
    if not found:
        return None, ()
    others = ("public",) if found[0] == "." and "public" in found else ()
    return Fact(found[0], _inside(found[0], PAGE)), others


def _inside(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


# -- what else is known of them


def _around(tree: "Tree", site: str, said: _Said) -> dict[str, Fact]:
    found: dict[str, Fact | None] = {
        "spa": said.spa or _read_redirects(tree, _inside(site, "_redirects")),
        "not_found": said.not_found or _file(tree, site, "404.html"),
        "keep": _keep(tree, site),
    }
    # https://surge.sh/help/adding-a-200-page-for-client-side-routing
    if fallback := _file(tree, site, "200.html"):
        found |= {"spa": Fact(True, fallback.source), "fallback": fallback}
    return {key: fact for key, fact in found.items() if fact is not None}


def _file(tree: "Tree", site: str, name: str) -> Fact | None:
    path = _inside(site, name)
    return Fact(name, path) if path in tree else None


def _keep(tree: "Tree", site: str) -> Fact | None:
    """Return what .dockerignore would leave out although the page reads it."""
    page = _inside(site, PAGE)
    return Fact((_inside(site, "**/*.md"),), page) if re.search(_READS_MARKDOWN, tree.text(page)) else None


# -- files for hosts, each with its own words for the same three things


def _read_hosts(tree: "Tree") -> _Said:
    """Return what the first file says that says anything."""
    if tree.first(*_HOST_FILES) is None:
        return _Said()
    found = [said for read in _HOSTS for said in read(tree)]
    return _Said(
        next((said.root for said in found if said.root), None),
        next((said.spa for said in found if said.spa), None),
        next((said.not_found for said in found if said.not_found), None),
    )


def _said(
    tree: "Tree", path: str, root: tuple[str, object], spa: tuple[str, bool], not_found: object = None
) -> Iterator[_Said]:
    """Yield what a file says: the values, each with the word that it stands behind."""
    word, folder = root
    inside = folder.strip("/").removeprefix("./") or "." if isinstance(folder, str) else ""
    page = not_found.strip("/") if isinstance(not_found, str) else ""
    yield _Said(
        Fact(inside, _place(tree, path, word)) if _is_plain(inside) and ".." not in inside else None,
        Fact(True, _place(tree, path, spa[0])) if spa[1] else None,
        Fact(page, _place(tree, path, page)) if _is_plain(page) else None,
    )


def _is_plain(path: str) -> bool:
    return re.fullmatch(_FOLDER, path) is not None


def _place(tree: "Tree", path: str, word: str) -> str:
    line = tree.line_of(path, re.escape(word))
    return f"{path}:{line}" if line else path


def _staticfile(tree: "Tree") -> Iterator[_Said]:
    """https://docs.cloudfoundry.org/buildpacks/staticfile/index.html"""
    for path in ("Staticfile", "staticfile"):
        data = _table(tree.yaml(path)) if path in tree else {}
        spa = data.get("pushstate") == "enabled"
        yield from _said(tree, path, ("root", data.get("root")), ("pushstate", spa))


def _static_json(tree: "Tree") -> Iterator[_Said]:
    """https://github.com/heroku/heroku-buildpack-static#configuration"""
    data = _table(tree.json("static.json"))
    spa = _leads_to_page(_table(data.get("routes")).get("/**"))
    yield from _said(tree, "static.json", ("root", data.get("root")), ("/**", spa), data.get("error_page"))


def _firebase(tree: "Tree") -> Iterator[_Said]:
    """https://firebase.google.com/docs/hosting/full-config"""
    for host in _tables(_table(tree.json("firebase.json")).get("hosting")):
        spa = _rewrites(host.get("rewrites"), "source", "destination")
        yield from _said(tree, "firebase.json", ("public", host.get("public")), ("rewrites", spa))


def _netlify(tree: "Tree") -> Iterator[_Said]:
    """https://docs.netlify.com/build/configure-builds/file-based-configuration/"""
    data = _table(tree.toml("netlify.toml"))
    spa = _rewrites([r for r in _tables(data.get("redirects")) if r.get("status") == 200], "from", "to")
    publish = _table(data.get("build")).get("publish")
    yield from _said(tree, "netlify.toml", ("publish", publish), ("redirects", spa))


def _vercel(tree: "Tree") -> Iterator[_Said]:
    """https://vercel.com/docs/project-configuration"""
    data = _table(tree.json("vercel.json"))
    spa = _rewrites(data.get("rewrites"), "source", "destination")
    yield from _said(tree, "vercel.json", ("outputDirectory", data.get("outputDirectory")), ("rewrites", spa))


def _wrangler(tree: "Tree") -> Iterator[_Said]:
    """https://developers.cloudflare.com/workers/static-assets/routing/single-page-application/"""
    for path, read in (("wrangler.toml", tree.toml), ("wrangler.json", tree.json)):
        assets = _table(_table(read(path)).get("assets"))
        spa = assets.get("not_found_handling") == "single-page-application"
        yield from _said(tree, path, ("directory", assets.get("directory")), ("not_found_handling", spa))


_HOST_FILES = (
    *("Staticfile", "staticfile", "static.json", "firebase.json", "netlify.toml", "vercel.json"),
    *("wrangler.toml", "wrangler.json"),
)
_HOSTS = (_staticfile, _static_json, _firebase, _netlify, _vercel, _wrangler)


def _read_redirects(tree: "Tree", path: str) -> Fact | None:
    """https://docs.netlify.com/manage/routing/redirects/overview/"""
    for number, line in enumerate(tree.text(path).splitlines(), start=1):
        words = line.split()
        if words[:1] and words[0] in _EVERYTHING and words[2:3] == ["200"] and _leads_to_page(words[1]):
            return Fact(True, f"{path}:{number}")
    return None


def _rewrites(rules: object, source: str, target: str) -> bool:
    every = [rule for rule in _tables(rules) if str(rule.get(source)) in _EVERYTHING]
    return any(_leads_to_page(rule.get(target)) for rule in every)


def _leads_to_page(target: object) -> bool:
    return isinstance(target, str) and target.strip("/") in {PAGE, ""}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]
