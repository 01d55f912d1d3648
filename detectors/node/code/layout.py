"""Files of JavaScript: which are tests, which are aside, where an import leads. Parses none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from posixpath import dirname, join, normpath
from typing import Any

from scaffold.reading.tree import Tree

from ..packages.manifest import strings, table, words

SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
#: What an import without a suffix reads, the first that is there.
_TRIED = ("", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json")
#: TypeScript is imported by the names of the files that it becomes.
_COMPILED = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
#: Folders that compilers write by custom.
_OUTPUTS = frozenset({"dist", "build", "lib", "out"})

_TEST_FOLDERS = frozenset(
    {
        "tests", "test", "__tests__", "__test__", "e2e", "cypress", "playwright", "spec", "specs", "testing",
        "__mocks__", "mocks", "__fixtures__", "fixtures", "test-utils",
    }
)  # fmt: skip
#: The last word of their names: `cart.test.ts`, `cart-spec.js`.
_TEST_WORDS = frozenset({"test", "spec", "e2e", "cy", "stories", "story", "bench", "mock"})
#: Folders whose code does not run on the server, or was not written by a person.
_ASIDE_FOLDERS = frozenset(
    {
        "docs", "doc", "examples", "example", "samples", "migrations", "seeders", "seeds", "benchmarks",
        "benchmark", "dist", "build", "out", "lib-cov", "coverage", "public", "static", "vendor",
        "third_party", ".output", ".yarn", ".husky", ".storybook", ".github", ".vscode", "storybook-static",
        ".vercel", ".netlify", ".angular", ".astro", "templates", "typings", "generated", "__generated__",
    }
)  # fmt: skip
#: Files of tools, wherever they are; any other `x.config.ts` only beside a package.json (Nest's are not).
_TOOLS = frozenset(
    {
        "vite", "vitest", "webpack", "rollup", "next", "nuxt", "svelte", "astro", "tailwind", "postcss",
        "babel", "eslint", "prettier", "jest", "karma", "metro", "tsup", "playwright", "cypress",
        "commitlint", "lint-staged", "stylelint", "drizzle", "vue", "remix", "react-router", "esbuild",
        "craco", "release", "protractor", "unocss", "uno", "windi", "angular", "docusaurus",
    }
)  # fmt: skip
_SETTINGS = frozenset({"config", "conf", "workspace", "setup"})
#: Tools whose files are called as they are: `gulpfile.js`, `webpack.prod.js`, `karma-ci.js`.
_RUNNERS = frozenset(
    {"gruntfile", "gulpfile", "jakefile", "knexfile", "ormconfig", "webpack", "rollup", "karma", "jest"}
)
_GATSBY = frozenset({"gatsby-config", "gatsby-node", "gatsby-browser", "gatsby-ssr"})
#: What stands before the suffix of what a tool has written: `app.min.js`.
_WRITTEN = (".min", "-min", ".bundle")
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
MAX_MANIFESTS = 400


def is_test(path: str) -> bool:
    """Whether PATH holds tests, or stands in for what they need."""
    *folders, name = path.split("/")
    _, mark, last = name.rpartition(".")[0].replace("-", ".").rpartition(".")
    is_called_so = last in _TEST_WORDS if mark else last in {"test", "tests"}
    return is_called_so or not _TEST_FOLDERS.isdisjoint(folders)


def is_aside(path: str, home: str = ".") -> bool:
    """Whether PATH is no part of the program of the package in HOME: a tool's file, an example, an output."""
    *folders, name = path.split("/")
    if not _ASIDE_FOLDERS.isdisjoint(folders) or _is_of_a_tool(name):
        return True
    return (dirname(path) or ".") == home and not _SETTINGS.isdisjoint(name.split(".")[1:-1][-1:])


def _is_of_a_tool(name: str) -> bool:
    """Whether a file is a tool's by its name: its settings, or what it has written."""
    before = name.lower().rpartition(".")[0]
    if before.endswith(_WRITTEN) or name.endswith(_DECLARATIONS):
        return True
    stem, *between = before.split(".")
    if not stem:  # .eslintrc.js, .pnp.cjs
        return before.endswith("rc") or before.startswith(".pnp")
    is_called_so = stem in _GATSBY or stem.partition("-")[0] in _RUNNERS
    return is_called_so or (stem in _TOOLS and not _SETTINGS.isdisjoint(between))


class Layout:
    """Where imports lead: to files beside, by the aliases of tsconfig.json, to members of the workspace."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    @cached_property
    def _manifests(self) -> tuple[str, ...]:
        return self.tree.glob("**/package.json")[:MAX_MANIFESTS]

    @cached_property
    def _homes(self) -> frozenset[str]:
        return frozenset(dirname(path) or "." for path in self._manifests)

    @cached_property
    def _members(self) -> Mapping[str, str]:
        """The folders of packages by their names."""
        found: dict[str, str] = {}
        for path in self._manifests:
            name = table(self.tree.json(path)).get("name")
            if isinstance(name, str) and path != "package.json":
                found.setdefault(name, dirname(path))
        return found

    def home(self, path: str) -> str:
        """Return the folder with a package.json that PATH belongs to; "." where there is none."""
        folder = dirname(path)
        while folder and folder not in self._homes:
            folder = dirname(folder)
        return folder or "."

    def find(self, importer: str, specifier: str) -> str | None:
        """Return the file that SPECIFIER is in the file IMPORTER, where it is one of the project."""
        if specifier.startswith("."):
            path = normpath(f"{dirname(importer) or '.'}/{specifier}")
            return self.file(path) or self._compiled(path)
        key = (self.home(importer), specifier)
        if key not in self._found:
            paths = (self.file(path) for path in self._aliased(importer, specifier))
            self._found[key] = next(filter(None, paths), None)
        return self._found[key]

    def _compiled(self, path: str) -> str | None:
        """Return the source of a file that is not there before a build: dist/server.js of src/server.ts."""
        folder, _, rest = path.partition("/")
        sources = (f"src/{rest}", rest) if folder in _OUTPUTS and rest else ()
        return next(filter(None, map(self.file, sources)), None)

    @cached_property
    def _found(self) -> dict[tuple[str, str], str | None]:
        return {}

    def file(self, path: str) -> str | None:
        """Return the file that a path without suffix, or a folder, stands for."""
        if path.startswith(("..", "/")):
            return None
        stem, dot, suffix = path.rpartition(".")
        compiled = (f"{stem}{other}" for other in _COMPILED.get(f"{dot}{suffix}", ()))
        beside = (f"{path}{tried}" for tried in _TRIED)
        inside = (f"{path}/index{tried}" for tried in _TRIED[1:]) if path != "." else ()
        root = (f"index{tried}" for tried in _TRIED[1:]) if path == "." else ()
        return next((one for one in (*beside, *compiled, *inside, *root) if one in self._known), None)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.tree.paths)

    def _aliased(self, importer: str, specifier: str) -> Iterator[str]:
        home = self.home(importer)
        for pattern, targets in self._paths(home):
            if (rest := _matched(pattern, specifier)) is not None:
                yield from (normpath(target.replace("*", rest)) for target in targets)
        for name, folder in self._members.items():
            if specifier == name or specifier.startswith(f"{name}/"):
                yield from self._of_member(folder, specifier[len(name) :].lstrip("/"))
        if specifier.startswith(("@/", "~/")):
            yield from (normpath(join(home, base, specifier[2:])) for base in ("src", "app", "."))

    def _of_member(self, folder: str, rest: str) -> Iterator[str]:
        """Where a package of the project has its source: its `main` is mostly built, and not there yet."""
        if rest:
            yield from (f"{folder}/{rest}", f"{folder}/src/{rest}")
            return
        data = table(self.tree.json(f"{folder}/package.json"))
        said = (data.get(key) for key in ("source", "module", "main"))
        yield from (normpath(join(folder, path)) for path in said if isinstance(path, str))
        yield from (f"{folder}/src/index", f"{folder}/index", f"{folder}/src/main")

    def _paths(self, home: str) -> Iterable[tuple[str, tuple[str, ...]]]:
        if home not in self._aliases:
            self._aliases[home] = tuple(self._read_paths(home))
        return self._aliases[home]

    @cached_property
    def _aliases(self) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
        return {}

    def _read_paths(self, home: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        imports = table(self.tree.json(join(home, "package.json").removeprefix("./"))).get("imports")
        for pattern, target in strings(imports).items():
            yield pattern, (join(home, target),)
        for name in ("tsconfig.json", "jsconfig.json"):
            yield from self._of_config(join(home, name).removeprefix("./"), 0)

    def _of_config(self, path: str, depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        from .literals import read_config

        data: dict[str, Any] = read_config(self.tree, path) if path in self.tree and depth < 4 else {}
        options = table(data.get("compilerOptions"))
        said = options.get("baseUrl")
        base = normpath(join(dirname(path), said if isinstance(said, str) else "."))
        for pattern, targets in table(options.get("paths")).items():
            yield str(pattern), tuple(normpath(join(base, target)) for target in words(targets))
        if isinstance(said, str):
            yield "*", (join(base, "*"),)
        extended = data.get("extends")
        for other in [extended] if isinstance(extended, str) else words(extended):
            if other.startswith("."):
                file = normpath(join(dirname(path), other))
                yield from self._of_config(file if file.endswith(".json") else f"{file}.json", depth + 1)


def _matched(pattern: str, specifier: str) -> str | None:
    """What `*` of PATTERN stands for in SPECIFIER."""
    head, star, tail = pattern.partition("*")
    if not star:
        return "" if specifier == pattern else None
    fits = specifier.startswith(head) and specifier.endswith(tail) and len(specifier) >= len(head) + len(tail)
    return specifier[len(head) : len(specifier) - len(tail)] if fits else None
