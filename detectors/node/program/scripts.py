"""Scripts of package.json followed to the program behind them, through every runner. Runs nothing."""

from collections.abc import Iterator, Mapping

from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...commands import Step, read_steps
from ..packages.manifest import Manifest, read_manifest

_MAX_DEPTH = 10

MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun"})
#: What npm, yarn and pnpm run without the word "run".
_SHORT = frozenset({"start", "test", "stop", "restart"})
#: Commands of package managers that are no scripts.
_OWN = frozenset({"install", "add", "ci", "i", "build", "remove", "audit", "publish", "pack", "dedupe"})
#: Options of package managers that take a value of their own.
_VALUED = frozenset(
    {"--prefix", "-C", "--dir", "--cwd", "-w", "--workspace", "--filter", "-F", "--loglevel", "--scope"}
)
_FOLDER_OPTIONS = frozenset({"--prefix", "-C", "--dir", "--cwd"})
#: Options that npm takes after the script's name as well.
_LATE_OPTIONS = frozenset({"-w", "--workspace", "--prefix"})
_MEMBER_OPTIONS = frozenset({"-w", "--workspace", "--filter", "-F", "--scope"})

#: What stands before a command and runs it as it is: its options that take a value.
#: https://www.npmjs.com/package/dotenv-cli, env-cmd, @dotenvx/dotenvx, cross-env, secret managers.
_WRAPPERS: Mapping[str, frozenset[str]] = {
    "cross-env": frozenset(),
    "dotenv": frozenset({"-e", "-p", "-c", "-v"}),
    "env-cmd": frozenset({"-f", "--file", "-e", "--environments", "-r", "--rc-file"}),
    "dotenvx": frozenset({"-f", "--env-file", "-fk", "-e", "--env"}),
    "dotenv-flow": frozenset({"-p"}),
    "doppler": frozenset({"-p", "-c", "--project", "--config", "--token"}),
    "infisical": frozenset({"--env", "--path", "--projectId", "--token"}),
    "op": frozenset({"--env-file"}),
    "npx": frozenset({"-p", "--package"}),
    "pnpx": frozenset({"--package"}),
    "bunx": frozenset({"-p", "--package"}),
    "tini": frozenset(),
    "dumb-init": frozenset(),
    "c8": frozenset(),
    "nice": frozenset({"-n"}),
    "heroku-exec": frozenset(),
    "secretlint": frozenset(),
}
#: Wrappers whose command follows a word of their own: `doppler run -- node server.js`.
_VERBS: Mapping[str, frozenset[str]] = {
    "dotenvx": frozenset({"run"}),
    "doppler": frozenset({"run"}),
    "infisical": frozenset({"run"}),
    "op": frozenset({"run"}),
}
#: Runners of several scripts: https://www.npmjs.com/package/npm-run-all, concurrently.
_SERIES = frozenset({"run-s", "npm-run-all", "npm-run-all2", "run-p", "concurrently"})
#: Commands in front of a program that leave nothing behind which it needs.
_IDLE = frozenset({"echo", "sleep", "wait-on", "wait-port", "set", "true", ":", "clear", "kill-port",
                   "test", "["})  # fmt: skip


class Start(NamedTuple):
    """A command as the project states it, without the runners around it."""

    argv: tuple[str, ...]  # ("node", "dist/main.js"), ("next", "start")
    source: str
    folder: str = "."  # where it is run, relative to the tree
    environment: tuple[tuple[str, str], ...] = ()  # what stands before it: `PORT=3000 …`
    before: "tuple[Start, ...]" = ()  # what runs first: `npm run build && …`, `prestart`

    @property
    def name(self) -> str:
        """The program's name: "node"."""
        return self.argv[0].rpartition("/")[2]


class _Place(NamedTuple):
    """Where a script stands: what its words mean follows from it."""

    tree: Tree
    manifest: Manifest | None
    folder: str
    source: str
    environment: Mapping[str, str]
    depth: int


def resolve(manifest: Manifest, name: str, tree: Tree) -> Start | None:
    """Return what the script NAME of MANIFEST runs in the end, or None where there is no such script."""
    place = _Place(tree, manifest, manifest.folder, manifest.path, {}, 0)
    return _joined(_script(place, name, ()))


def resolve_argv(
    tree: Tree,
    manifest: Manifest | None,
    argv: tuple[str, ...],
    source: str,
    folder: str = ".",
    environment: tuple[tuple[str, str], ...] = (),
) -> Start | None:
    """Return what a command of another file (a Procfile, a Dockerfile) runs in the end."""
    place = _Place(tree, manifest, folder or ".", source, {}, 0)
    return _joined(tuple(_follow(place, Step(argv, ".", environment))))


def resolve_text(tree: Tree, manifest: Manifest | None, text: str, source: str) -> Start | None:
    """Return what a command line runs in the end."""
    folder = manifest.folder if manifest else "."
    return _joined(_line(_Place(tree, manifest, folder, source, {}, 0), text, ()))


def steps_of(start: Start) -> tuple[Start, ...]:
    """Return every command of START in the order in which they run."""
    return (*start.before, start._replace(before=()))


def _joined(starts: tuple[Start, ...]) -> Start | None:
    busy = [start for start in starts if start.name not in _IDLE]
    return busy[-1]._replace(before=tuple(busy[:-1])) if busy else None


# -- scripts


def _script(place: _Place, name: str, arguments: tuple[str, ...]) -> tuple[Start, ...]:
    """The commands of a script and of the one that npm runs before it."""
    manifest = place.manifest
    if manifest is None or place.depth > _MAX_DEPTH or not manifest.scripts.get(name, "").strip():
        return ()
    inside = place._replace(source=manifest.place("scripts", name), depth=place.depth + 1)
    first: tuple[Start, ...] = ()
    if manifest.scripts.get(f"pre{name}", "").strip():
        hook = inside._replace(source=manifest.place("scripts", f"pre{name}"))
        first = _line(hook, manifest.scripts[f"pre{name}"], ())
    return (*first, *_line(inside, manifest.scripts[name], arguments))


def _line(place: _Place, text: str, arguments: tuple[str, ...]) -> tuple[Start, ...]:
    steps = read_steps(text, {})
    found: list[Start] = []
    environment = dict(place.environment)
    for index, step in enumerate(steps):
        if step.argv[0] == "set" and len(step.argv) == 2 and "=" in step.argv[1]:  # Windows: set PORT=1 && …
            key, _, value = step.argv[1].partition("=")
            environment[key] = value
            continue
        if arguments and index == len(steps) - 1:
            step = step._replace(argv=(*step.argv, *arguments))
        found.extend(_follow(place._replace(environment=environment), step))
    return tuple(found)


def _follow(place: _Place, step: Step) -> Iterator[Start]:
    """The commands that STEP stands for."""
    argv, assigned = _unwrapped(step.argv)
    place = place._replace(
        folder=_inside(place.folder, step.folder),
        environment={**place.environment, **dict(step.environment), **assigned},
    )
    if step.folder not in {".", ""}:
        place = place._replace(manifest=_manifest(place.tree, place.folder))
    if not argv or place.depth > _MAX_DEPTH:
        return
    name = argv[0].rpartition("/")[2]
    if name in MANAGERS:
        yield from _managed(place, name, argv)
    elif name in _SERIES:
        yield from _series(place, name, argv[1:])
    elif name in {"turbo", "lerna", "nx", "wsrun", "ultra"} and (task := _task(argv)):
        inside = tuple(_in_members(place, *task))
        yield from inside or ((_start(place, argv),) if name == "nx" else ())
    elif name == "cross-env-shell" and len(argv) > 1:
        yield from _line(place, " ".join(argv[1:]), ())
    else:
        yield _start(place, argv)


def _start(place: _Place, argv: tuple[str, ...]) -> Start:
    return Start(argv, place.source, place.folder, tuple(place.environment.items()))


def _unwrapped(argv: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The command behind `cross-env A=b`, `dotenv -e .env --`, `npx` and their kind."""
    assigned: dict[str, str] = {}
    while argv:
        name = argv[0].rpartition("/")[2]
        if name == "node" and len(argv) > 1 and argv[1].startswith("node_modules/.bin/"):
            argv = argv[1:]
        elif "=" in argv[0] and argv[0].partition("=")[0].isidentifier():
            key, _, value = argv[0].partition("=")
            assigned[key] = value
            argv = argv[1:]
        elif name in _WRAPPERS and (rest := _past_options(name, argv[1:])):
            argv = rest
        else:
            break
    return argv, assigned


def _past_options(name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """What follows a wrapper's options; nothing where it wraps nothing."""
    verbs, valued = _VERBS.get(name, frozenset()), _WRAPPERS[name]
    if verbs and words[:1] and words[0] in verbs:
        words = words[1:]
    while words and (words[0].startswith("-") or (name == "env-cmd" and words[0].startswith("./.env"))):
        if words[0] == "--":
            return words[1:]
        words = words[2:] if words[0] in valued else words[1:]
    return words


# -- package managers


def _managed(place: _Place, name: str, argv: tuple[str, ...]) -> Iterator[Start]:
    """What `npm run x`, `yarn x`, `pnpm --filter web start` and `bun run x` run."""
    options, words, after = _split(argv[1:])
    if name == "yarn" and words[:1] == ("workspace",) and len(words) > 2:
        options, words = [*options, ("--workspace", words[1])], words[2:]
    at = _moved(place, options)
    if at is None or not words:
        return
    verb, given = words[0], (*words[1:], *after)
    if name == "bun" and verb in {
        "build",
        "test",
    }:  # never the script of that name: https://bun.com/docs/cli/run
        yield _start(at, (name, verb, *given))
    elif verb in {"exec", "x", "dlx"}:
        yield from _follow(at, Step(given, ".", ()))
    elif verb in {"run", "run-script"}:
        if name == "bun" and len(words) > 1 and not _has_script(at, words[1]) and "." in words[1]:
            yield _start(at, argv)
        elif len(words) > 1:
            yield from _named(at, name, words[1], given[1:])
    elif verb in _SHORT or (name != "npm" and (verb not in _OWN or _has_script(at, verb))):
        yield from _named(at, name, verb, given)


def _has_script(place: _Place, name: str) -> bool:
    return place.manifest is not None and name in place.manifest.scripts


def _named(place: _Place, manager: str, name: str, arguments: tuple[str, ...]) -> Iterator[Start]:
    """A script, or a program that is installed, or (bun) a file."""
    scripts = place.manifest.scripts if place.manifest else {}
    if name in scripts:
        yield from _script(place, name, arguments)
    elif manager == "bun" and ("." in name or name in place.tree):
        yield _start(place, ("bun", name, *arguments))
    elif manager != "npm" and name not in _SHORT:
        yield from _follow(place._replace(depth=place.depth + 1), Step((name, *arguments), ".", ()))


def _split(words: tuple[str, ...]) -> tuple[list[tuple[str, str]], tuple[str, ...], tuple[str, ...]]:
    """(options of the package manager, words, what follows "--")."""
    at = words.index("--") if "--" in words else len(words)
    options: list[tuple[str, str]] = []
    plain: list[str] = []
    rest = list(words[:at])
    while rest:
        word = rest.pop(0)
        key, equals, value = word.partition("=")
        named = len(plain) > 1 or (plain and plain[0] not in {"run", "run-script"})
        if not word.startswith("-") or (named and key not in _LATE_OPTIONS):
            plain.append(word)  # what follows the script's name is the script's
        elif equals:
            options.append((key, value))
        else:
            options.append((word, rest.pop(0) if word in _VALUED and rest else ""))
    return options, tuple(plain), words[at + 1 :]


def _moved(place: _Place, options: list[tuple[str, str]]) -> _Place | None:
    """The place after `--prefix DIR`, `-w NAME`; None where there is no such folder."""
    for option, value in options:
        if option in _FOLDER_OPTIONS:
            folder: str | None = _inside(place.folder, value)
        elif option in _MEMBER_OPTIONS:
            folder = member_folder(place.tree, value)
        else:
            continue
        manifest = _manifest(place.tree, folder) if folder is not None else None
        if folder is None or manifest is None:
            return None
        place = place._replace(folder=folder, manifest=manifest)
    return place


# -- runners of several


def _series(place: _Place, name: str, words: tuple[str, ...]) -> Iterator[Start]:
    """`run-s build serve`, `concurrently "npm:api" "node worker.js"`."""
    deeper = place._replace(depth=place.depth + 1)
    for word in words:
        if word.startswith("-"):
            continue
        script = word.removeprefix("npm:") if name == "concurrently" else word.split()[0] if word else ""
        if place.manifest and script in place.manifest.scripts:
            yield from _script(deeper, script, ())
        elif name == "concurrently" and " " in word:
            yield from _line(deeper, word, ())


def _task(argv: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """(the script, the members) of `turbo run start --filter=web`, `lerna run start`, `nx start web`."""
    options, words, _ = _split(argv[1:])
    wanted = tuple(value for option, value in options if option in _MEMBER_OPTIONS and value)
    wanted += tuple(word.partition("=")[2] for word in words if word.startswith(("--filter=", "--scope=")))
    words = tuple(word for word in words if not word.startswith("-"))
    if words[:1] == ("run",):
        words = words[1:]
    if not words:
        return None
    script, _, _ = words[0].rpartition(":")[2].partition(" ")
    if argv[0].rpartition("/")[2] == "nx":
        project = words[0].partition(":")[0] if ":" in words[0] else "".join(words[1:2])
        return script, (project,) if project else ()
    return script, wanted


def _in_members(place: _Place, script: str, wanted: tuple[str, ...]) -> Iterator[Start]:
    """What a task of a workspace runs, where one member alone has it."""
    folders = [folder for name in wanted if (folder := member_folder(place.tree, name))]
    manifests = [
        manifest for folder in folders or members(place.tree) if (manifest := _manifest(place.tree, folder))
    ]
    having = [manifest for manifest in manifests if script in manifest.scripts]
    if len(having) == 1:
        inside = place._replace(manifest=having[0], folder=having[0].folder, depth=place.depth + 1)
        yield from _script(inside, script, ())


# -- folders


def members(tree: Tree) -> tuple[str, ...]:
    """Return the folders below the root that have a package.json."""
    found = (path for depth in ("*", "*/*", "*/*/*") for path in tree.glob(f"{depth}/package.json"))
    return tuple(path.rpartition("/")[0] for path in found)


def member_folder(tree: Tree, name: str) -> str | None:
    """Return the folder of the workspace member that NAME names: its package's name, or its path."""
    plain = name.removeprefix("./").rstrip("/").removeprefix("{").removesuffix("}").removesuffix("...")
    if f"{plain}/package.json" in tree:
        return plain
    for folder in members(tree):
        manifest = _manifest(tree, folder)
        named = str(manifest.name.value) if manifest and manifest.name else ""
        if named == plain or (named.startswith("@") and named.partition("/")[2] == plain):
            return folder
    return next((folder for folder in members(tree) if folder.rpartition("/")[2] == plain), None)


def _manifest(tree: Tree, folder: str) -> Manifest | None:
    return read_manifest(tree, "package.json" if folder in {".", ""} else f"{folder}/package.json")


def _inside(folder: str, below: str) -> str:
    parts = [] if folder in {".", ""} else folder.split("/")
    for part in below.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {"", ".", ".."}:
            parts.append(part)
    return "/".join(parts) or "."
