"""Static sites: which folder each generator's build writes, by its own configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..code.source import config as read_json
from ..packages.manifest import table
from .outputs import Output, argument, base_of, below, option, placed, prefixes, text

if TYPE_CHECKING:
    from ..program.evidence import Config, Evidence
    from ..program.scripts import Start

_HTML = ".html"
#: Folders of hashed names: https://cli.vuejs.org/config/#filenamehashing.
_HASHED = ("js", "css", "img", "fonts")
_FILE_SERVERS = frozenset(
    {"serve", "http-server", "live-server", "lite-server", "local-web-server", "ws", "sirv",
     "angular-http-server", "superstatic"}
)  # fmt: skip


def _data(config: Config | None) -> Mapping[str, Any]:
    return config.data if config else {}


def _source(config: Config | None, key: str, step: Start | None, default: str) -> str:
    """Where the folder is stated: the configuration's key, the build's option, or nowhere."""
    if config and key in config.module.text:
        return config.place(key)
    return step.source if step else f"default: {default}"


# -- bundlers


def vite(e: Evidence, step: Start | None) -> Output | None:
    """https://vite.dev/config/build-options: `build.outDir` is relative to `root`."""
    config = e.config("vite.config")
    data = _data(config)
    root = placed(text(data, "root") or argument(step, "build"))
    page = placed(root, "index.html")
    pages = _inputs(data)
    if (below(data, "build", "lib") or option(step, "--ssr")) or not (page in e.tree or pages):
        return None  # a library, a server's bundle, or the assets of another program's pages
    out = option(step, "--outDir") or text(data, "build", "outDir") or "dist"
    public = text(data, "publicDir") or "public"
    many = sum(path.endswith(_HTML) for path in pages) > 1 or data.get("appType") == "mpa"
    return Output(
        "vite",
        "static",
        _source(config, "outDir", step, "vite") if out != "dist" else (step.source if step else page),
        site=placed(root, out),
        spa=not many,
        not_found="404.html" if placed(root, public, "404.html") in e.tree else None,
        immutable=prefixes(text(data, "build", "assetsDir") or "assets"),
        base_path=base_of(option(step, "--base") or text(data, "base")),
        command=("vite", "build"),
    )


def _inputs(data: Mapping[str, Any]) -> list[str]:
    said = below(data, "build", "rollupOptions").get("input")
    if isinstance(said, Mapping):
        said = tuple(said.values())
    return [said] if isinstance(said, str) else [one for one in said or () if isinstance(one, str)]


def create_react_app(e: Evidence, step: Start | None) -> Output | None:
    """https://create-react-app.dev/docs/advanced-configuration: BUILD_PATH; `homepage` in package.json."""
    environment = dict(step.environment) if step else {}
    homepage = e.manifest.data.get("homepage")
    base = environment.get("PUBLIC_URL") or (homepage if isinstance(homepage, str) else None)
    return Output(
        "create-react-app",
        "static",
        step.source if step else "default: create-react-app",
        site=placed(environment.get("BUILD_PATH") or "build"),
        spa=True,
        immutable=("/static/",),
        base_path=base_of(base),
        command=("react-scripts", "build"),
    )


def vue_cli(e: Evidence, step: Start | None) -> Output | None:
    """https://cli.vuejs.org/config/: outputDir, publicPath, assetsDir, filenameHashing."""
    config = e.config("vue.config")
    data = _data(config)
    if option(step, "--target") in {"lib", "wc"}:
        return None
    assets = text(data, "assetsDir") or ""
    hashed = data.get("filenameHashing") is not False
    public = option(step, "--public-path") or text(data, "publicPath")
    return Output(
        "vue-cli",
        "static",
        _source(config, "outputDir", step, "vue-cli"),
        site=placed(option(step, "--dest") or text(data, "outputDir") or "dist"),
        spa=not below(data, "pages"),
        immutable=prefixes(*(placed(assets, kind) for kind in ("js", "css", "img", "fonts")))
        if hashed
        else (),
        base_path=base_of(public),
        command=("vue-cli-service", "build"),
    )


def parcel(e: Evidence, step: Start | None) -> Output | None:
    """https://parceljs.org/features/cli/: `--dist-dir`, `--public-url`; version 1 said `--out-dir`."""
    entry = argument(step, "build") or e.manifest.data.get("source")
    if not (isinstance(entry, str) and entry.endswith(_HTML)):
        return None
    out = option(step, "--dist-dir", "--out-dir", "-d") or "dist"
    return Output(
        "parcel",
        "static",
        step.source if step else e.manifest.path,
        site=placed(out),
        spa=True,
        base_path=base_of(option(step, "--public-url")),
        command=("parcel", "build"),
    )


def rsbuild(e: Evidence, step: Start | None) -> Output | None:
    """https://rsbuild.rs/config/output/dist-path: output.distPath.root, server.base."""
    config = e.config("rsbuild.config")
    data = _data(config)
    root = below(data, "output").get("distPath")
    out = root if isinstance(root, str) else text(below(data, "output", "distPath"), "root")
    source = _source(config, "distPath", step, "rsbuild")
    return Output(
        "rsbuild",
        "static",
        source,
        site=placed(out or "dist"),
        spa=True,
        immutable=("/static/",),
        base_path=base_of(text(data, "server", "base")),
        command=("rsbuild", "build"),
    )


# -- site generators


def gatsby(e: Evidence, step: Start | None) -> Output | None:
    """https://www.gatsbyjs.com/docs/caching/: public/, with hashed names below /static/."""
    config = e.config("gatsby-config")
    prefixed = step is not None and "--prefix-paths" in step.argv
    base = base_of(text(_data(config), "pathPrefix")) if prefixed else "/"
    return Output(
        "gatsby",
        "static",
        step.source if step else "default: gatsby",
        site="public",
        not_found="404.html" if e.tree.glob("src/pages/404.*") else None,
        immutable=("/static/",),
        base_path=base,
        command=("gatsby", "build"),
    )


def eleventy(e: Evidence, step: Start | None) -> Output | None:
    """https://www.11ty.dev/docs/config/: dir.output, from the function's result or the export `config`."""
    config = next((one for stem in (".eleventy", "eleventy.config") if (one := e.config(stem))), None)
    data = dict(_data(config))
    if config and "dir" not in data:
        data |= _exported(config, "config")
    out = option(step, "--output") or text(data, "dir", "output") or "_site"
    root = option(step, "--input") or text(data, "dir", "input") or "."
    page = e.tree.glob(f"{root}/404.*") if root != "." else e.tree.glob("404.*")
    return Output(
        "eleventy",
        "static",
        _source(config, "output", step, "eleventy"),
        site=placed(out),
        not_found="404.html" if page else None,
        base_path=base_of(option(step, "--pathprefix") or text(data, "pathPrefix")),
        command=("eleventy",),
    )


def _exported(config: Config, name: str) -> Mapping[str, Any]:
    found = config.module.source.exported(config.module, name)
    value = found[0].literal(found[1]) if found else None
    return value if isinstance(value, dict) else {}


def docusaurus(e: Evidence, step: Start | None) -> Output | None:
    """https://docusaurus.io/docs/api/docusaurus-config: build/ and baseUrl; `--out-dir`."""
    config = e.config("docusaurus.config")
    if config is None:
        return None
    out = placed(option(step, "--out-dir") or "build")
    return Output(
        "docusaurus",
        "static",
        config.place("baseUrl"),
        site=out,
        not_found="404.html",
        immutable=("/assets/",),
        base_path=base_of(text(config.data, "baseUrl")),
        command=("docusaurus", "build"),
    )


def vitepress(e: Evidence, step: Start | None) -> Output | None:
    """https://vitepress.dev/reference/site-config: outDir is relative to the documents' folder."""
    root = placed(argument(step, "build"))
    config = e.config(placed(root, ".vitepress/config"), placed(root, ".vitepress/config/index"))
    if config is None and step is None:
        return None
    data = _data(config)
    out = option(step, "--outDir") or text(data, "outDir")
    site = placed(root, out) if out and not out.startswith("../") else placed(root, out or ".vitepress/dist")
    if out and out.startswith("../"):
        site = placed(root, "..", out[3:])
    assets = text(data, "assetsDir") or "assets"
    return Output("vitepress", "static", _source(config, "outDir", step, "vitepress"), site=site,
                  not_found="404.html", immutable=prefixes(assets),
                  base_path=base_of(option(step, "--base") or text(data, "base")),
                  command=("vitepress", "build", *(() if root == "." else (root,))))  # fmt: skip


def vuepress(e: Evidence, step: Start | None) -> Output | None:
    """https://vuepress.vuejs.org/config/: dest, base."""
    root = placed(argument(step, "build"))
    config = e.config(placed(root, ".vuepress/config"))
    data = _data(config)
    out = option(step, "--dest", "-d") or text(data, "dest")
    return Output(
        "vuepress",
        "static",
        _source(config, "dest", step, "vuepress"),
        site=placed(out) if out else placed(root, ".vuepress/dist"),
        not_found="404.html",
        immutable=("/assets/",),
        base_path=base_of(text(data, "base")),
    )


def expo(e: Evidence, step: Start | None) -> Output | None:
    """https://docs.expo.dev/guides/publishing-websites/: `expo export` writes dist/."""
    data = read_json(e.tree, "app.json")
    web = table(data, "expo", "web") or table(data, "web")
    dynamic = e.tree.first("app.config.js", "app.config.ts")
    if e.manifest.has_any("react-native-web") is None or not (web or dynamic or step):
        return None  # an application for telephones alone
    if web.get("output") == "server":
        return None
    single = web.get("output") != "static"
    return Output(
        "expo",
        "static",
        "app.json" if web else (step.source if step else "package.json"),
        site=placed(option(step, "--output-dir") or "dist"),
        spa=single,
        not_found=None if single else "+not-found.html",
        immutable=("/_expo/static/", "/assets/"),
        base_path=base_of(text(table(data, "expo", "experiments"), "baseUrl")),
        command=("expo", "export", "--platform", "web"),
    )


# -- folders that a start script serves


def served(e: Evidence, start: Start | None) -> Output | None:
    """`serve -s build`, `http-server dist`: a folder that the project itself serves as it is."""
    if start is None or start.name not in _FILE_SERVERS:
        return None
    folder = option(start, "-s", "--single", "--path", "--directory", "-d") or _first_word(start)
    spa = any(word in {"-s", "--single"} for word in start.argv) or start.name == "angular-http-server"
    said = read_json(e.tree, "serve.json").get("public") if start.name == "serve" else None
    site = placed(folder or (said if isinstance(said, str) else None) or _default(e, start))
    page = "404.html" if placed(site, "404.html") in e.tree else None
    return Output("", "static", start.source, site=site, spa=spa, not_found=page)


def _default(e: Evidence, start: Start) -> str:
    return "public" if start.name == "http-server" and e.tree.names("public") else "."


def _first_word(start: Start) -> str | None:
    valued = {"-l", "--listen", "-p", "--port", "-a", "--host", "-c", "--config", "-P", "--proxy"}
    words = iter(start.argv[1:])
    for word in words:
        if word in valued:
            next(words, None)
        elif not word.startswith("-") and not word.isdigit():
            return word
    return None
