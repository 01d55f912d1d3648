"""The file that a stated command runs with Node.js, through nodemon, ts-node and pm2. Runs nothing."""

from collections.abc import Mapping
from posixpath import join, normpath

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ..code.source import Source
from ..packages.manifest import Manifest, table
from .scripts import Start, resolve_text

#: What runs a file: the language it reads beyond JavaScript, and whether it starts anew when a file changes.
_RUNNERS: Mapping[str, tuple[str, bool]] = {
    "node": ("", False), "nodejs": ("", False), "nodemon": ("", True), "node-dev": ("", True),
    "supervisor": ("", True), "forever": ("", False), "pm2-runtime": ("", False), "pm2": ("", False),
    "pm2-docker": ("", False), "babel-node": ("babel", False), "ts-node": ("ts-node", False),
    "ts-node-esm": ("ts-node", False), "ts-node-script": ("ts-node", False), "ts-node-dev": ("ts-node", True),
    "tsnd": ("ts-node", True), "tsx": ("tsx", False), "esno": ("tsx", False), "esmo": ("tsx", False),
    "swc-node": ("swc", False), "esrun": ("tsx", True), "sucrase-node": ("sucrase", False),
    "vite-node": ("vite-node", False), "jiti": ("jiti", False), "bun": ("bun", False),
}  # fmt: skip
#: Hooks that make Node.js read another language: https://www.npmjs.com/package/ts-node, tsx …
_HOOKS: Mapping[str, str] = {
    "ts-node/register": "ts-node", "ts-node/register/transpile-only": "ts-node", "ts-node/esm": "ts-node",
    "tsx": "tsx", "tsx/esm": "tsx", "tsx/cjs": "tsx", "esbuild-register": "tsx", "@swc-node/register": "swc",
    "@swc-node/register/esm": "swc", "@swc-node/register/esm-register": "swc", "@babel/register": "babel",
    "babel-register": "babel", "@babel/node": "babel", "sucrase/register": "sucrase",
    "esbuild-runner/register": "tsx", "esm": "esm",
}  # fmt: skip
#: Options of node, and of what wraps it, that take the next word.
_VALUED = frozenset(
    {
        "-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file", "--title", "-C",
        "--conditions", "--exec", "-x", "-w", "--watch", "-e", "--ext", "-i", "--ignore", "--signal",
        "--config", "-P", "--project", "--tsconfig", "-O", "--compiler-options", "--cwd", "--delay", "-d",
        "--name", "-n", "--instances", "--env", "--extensions", "--presets", "--config-file",
        "--env-file-if-exists", "--watch-path", "-l", "--log", "-o", "--output", "--interpreter",
        "--node-args",
    }
)  # fmt: skip
#: Options that take a value with nodemon, and none with node or tsx.
_FLAGS_OF_NODE = frozenset({"--watch", "-i", "-e", "-w", "-n", "-d", "-l", "-o", "-x", "-P", "-O"})
_VALUED_OF_NODE = _VALUED - _FLAGS_OF_NODE
#: Options of node that production keeps; those that open a debugger or watch files are none.
_KEPT = (
    "--max-old-space-size", "--max-http-header-size", "--experimental-", "--no-", "--enable-source-maps",
    "--trace-", "--unhandled-rejections", "--preserve-symlinks", "--dns-result-order", "--stack-size",
    "--expose-gc", "--harmony", "--use-", "--tls-", "--conditions", "-C", "--max-semi-space-size",
    "--openssl-legacy-provider", "--stack-trace-limit", "--icu-", "--title", "--optimize",
)  # fmt: skip
_REQUIRES = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader"})
#: What Plug'n'Play loads packages by, which lie in node_modules in the image: https://yarnpkg.com/features/pnp
_OF_PNP = frozenset({".pnp.cjs", ".pnp.js", ".pnp.loader.mjs"})
_PM2_VERBS = frozenset({"start", "restart", "reload", "startOrRestart", "startOrReload"})


class Program(NamedTuple):
    """A file, and how it is run."""

    file: str  # "dist/main.js", as it is written, relative to the tree
    tool: str = ""  # what it needs beside Node.js: "tsx" "ts-node" "babel" "bun"; "" for none
    watches: bool = False  # a command for development
    options: tuple[str, ...] = ()  # of node
    requires: tuple[tuple[str, str], ...] = ()  # ("-r", "dotenv/config")
    arguments: tuple[str, ...] = ()
    start: Start | None = None

    @property
    def source(self) -> str:
        """Where it is stated."""
        return self.start.source if self.start else "package.json"


def read_program(start: Start, source: Source, manifest: Manifest | None, depth: int = 0) -> Program | None:
    """Return the file that START runs, or None where it runs no file with Node.js."""
    if start.name not in _RUNNERS or depth > 3:
        return None
    tool, watches = _RUNNERS[start.name]
    words = start.argv[1:]
    if start.name in {"pm2", "pm2-runtime", "pm2-docker", "forever"}:
        return _kept_alive(start, words, source, manifest, depth)
    if start.name == "bun" and words[:1] in {("run",), ("--bun",)}:
        words = words[1:]
    if start.name == "tsx" and words[:1] == ("watch",):
        words, watches = words[1:], True
    wraps = start.name in {"nodemon", "node-dev", "supervisor"}
    options, rest = _split(words, _VALUED if wraps else _VALUED_OF_NODE)
    if wraps and (told := _nodemon(options, rest, source, manifest, start)) is not None:
        inner = read_program(told, source, manifest, depth + 1)
        return inner._replace(watches=True, start=start) if inner else None
    return _program(start, tool, watches or "--watch" in dict(options), options, rest, manifest)


def _program(
    start: Start,
    tool: str,
    watches: bool,
    options: list[tuple[str, str]],
    rest: tuple[str, ...],
    manifest: Manifest | None,
) -> Program | None:
    if {"-e", "--eval", "-p", "--print", "--test", "-c", "--check"} & {option for option, _ in options}:
        return None
    file = rest[0] if rest else (manifest.main if manifest and watches else None)
    if file is None or "$" in file or "`" in file:
        return None
    options = [pair for pair in options if pair[1].removeprefix("./") not in _OF_PNP]
    requires = tuple((option, value) for option, value in options if option in _REQUIRES)
    hooks = [_HOOKS[value] for _, value in requires if value in _HOOKS]
    return Program(
        file=_at(start.folder, file),
        tool=tool or (hooks[0] if hooks else ""),
        watches=watches,
        options=tuple(_whole(option, value) for option, value in options if option.startswith(_KEPT)),
        requires=tuple(pair for pair in requires if pair[1] not in _HOOKS),
        arguments=tuple(rest[1:]) if not any("$" in word or "`" in word for word in rest[1:]) else (),
        start=start,
    )


def _whole(option: str, value: str) -> str:
    return f"{option}={value}" if value else option


def _at(folder: str, file: str) -> str:
    """FILE of FOLDER, relative to the tree; an absolute path is one of the image's working folder."""
    for head in (
        "/app/",
        "/usr/src/app/",
        "/usr/app/",
        "/home/node/app/",
        "/code/",
        "/srv/app/",
        "/opt/app/",
    ):
        file = file.removeprefix(head)
    return normpath(join("" if folder == "." else folder, file))


def _split(words: tuple[str, ...], valued: frozenset[str]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """(the options in front of the file, the file and what follows)."""
    options: list[tuple[str, str]] = []
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        key, equals, value = word.partition("=")
        if not equals and key in valued and rest:
            value = rest.pop(0)
        options.append((key, value))
    return options, tuple(rest)


# -- nodemon


def _nodemon(
    options: list[tuple[str, str]],
    rest: tuple[str, ...],
    source: Source,
    manifest: Manifest | None,
    start: Start,
) -> Start | None:
    """The command that nodemon runs: by its option, or by its configuration."""
    told = dict(options)
    said = told.get("--exec") or told.get("-x")
    config = table(source.tree.json("nodemon.json")) if "nodemon.json" in source.tree else {}
    config = config or (table(manifest.data.get("nodemonConfig")) if manifest else {})
    if not said and not rest:
        said = config.get("exec")
    if not isinstance(said, str) or not said.strip():
        return start._replace(argv=("node", *rest)) if rest else None
    text = " ".join((said, *rest))
    found = resolve_text(source.tree, manifest, text, start.source)
    return found._replace(folder=start.folder, environment=start.environment) if found else None


# -- pm2 and forever


def _kept_alive(
    start: Start, words: tuple[str, ...], source: Source, manifest: Manifest | None, depth: int
) -> Program | None:
    """What a process manager keeps running: Docker does that itself."""
    if words and words[0] in _PM2_VERBS:
        words = words[1:]
    _, rest = _split(words, _VALUED)
    if rest and rest[0] in _PM2_VERBS:
        _, rest = _split(rest[1:], _VALUED)
    if not rest:
        return None
    if rest[0].endswith((".json", ".config.js", ".config.cjs", ".config.mjs", ".yml", ".yaml")):
        return _of_ecosystem(start, _at(start.folder, rest[0]), source, manifest, depth)
    if rest[0] in {"npm", "yarn", "pnpm", "node"}:  # pm2 start npm -- start
        after = tuple(word for word in rest if word != "--")
        inner = resolve_text(source.tree, manifest, " ".join(after), start.source)
        return read_program(inner, source, manifest, depth + 1) if inner else None
    arguments = rest[rest.index("--") + 1 :] if "--" in rest else ()
    return _program(start, "", False, [], (rest[0], *arguments), manifest)


def _of_ecosystem(
    start: Start, path: str, source: Source, manifest: Manifest | None, depth: int
) -> Program | None:
    """The first app of pm2's own configuration: https://pm2.keymetrics.io/docs/usage/application-declaration/."""
    if path.endswith((".yml", ".yaml")):
        data = table(source.tree.yaml(path))
    else:
        module = source.at(path)
        data = module.default_export() if module else {}
    apps = data.get("apps")
    first = table(apps[0]) if isinstance(apps, (list, tuple)) and apps else table(apps) or table(data)
    script = first.get("script")
    if not isinstance(script, str) or not script:
        return None
    folder = first.get("cwd") if isinstance(first.get("cwd"), str) else "."
    told = script.split()
    if told[0] in {"npm", "yarn", "pnpm"}:
        arguments = first.get("args")
        text = f"{script} {arguments if isinstance(arguments, str) else ''}"
        inner = resolve_text(source.tree, manifest, text, path)
        return read_program(inner, source, manifest, depth + 1) if inner else None
    return _program(start._replace(source=path, folder=_at(start.folder, str(folder or "."))), "", False, [],
                    tuple(told), None)  # fmt: skip


def stated(program: Program) -> Fact:
    """The file of PROGRAM, with where it is stated."""
    return Fact(program.file, program.source)
