"""The project's own lifecycle scripts: which wait for the source, and which no image needs. Runs none."""

import re
from collections.abc import Iterator

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ...commands import read_steps
from .manifest import Manifest

#: What an install runs of the project itself, in that order: https://docs.npmjs.com/cli/using-npm/scripts
LIFECYCLE = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
#: Yarn 2 and later runs these only: https://yarnpkg.com/advanced/lifecycle-scripts
_OF_BERRY = ("preinstall", "install", "postinstall")

#: Programs that are for who develops: git hooks, "use that package manager", begging.
_NOT_IN_IMAGES = frozenset(
    {
        "husky", "husky-run", "simple-git-hooks", "lefthook", "yorkie", "ghooks", "pre-commit", "pinst",
        "git", "is-ci", "only-allow", "check-package-manager", "use-yarn", "use-npm", "opencollective",
        "opencollective-postinstall", "link-hooks", "lint-staged", "prek", "hk",
    }
)  # fmt: skip
#: Commands that do nothing by themselves.
_IDLE = frozenset({"echo", "true", ":", "exit", "test", "[", "sleep"})
#: Programs that only put files where the start wants them.
_LAYING = frozenset({"copyfiles", "cp", "cpx", "cpy", "ln", "mkdir", "ncp", "shx", "touch"})
_RUNNERS = frozenset({"npx", "pnpx", "bunx"})
_MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_SPEAKS_OF_HOOKS = r"""(?:require|import)\(\s*['"](?:husky|is-ci|simple-git-hooks)['"]"""
_RUN_ALL = frozenset({"npm-run-all", "run-s", "run-p", "npm-run-all2", "concurrently"})
_DEEPEST = 4

#: What changes node_modules, so that the final image must take it from there.
_CHANGING = {"patch-package": "patches what is installed", "prisma": "generates its client into node_modules"}


class Lifecycle(NamedTuple):
    """What is to be done with the project's own lifecycle scripts."""

    install: tuple[str, ...] = ()  # run once the source is there
    drop: tuple[str, ...] = ()  # never run
    changes: str | None = None  # why node_modules is not what the install made


def find_lifecycle(manifest: Manifest, *, berry: bool) -> Lifecycle:
    """Return what is to be done with the lifecycle scripts of MANIFEST."""
    names = [name for name in (_OF_BERRY if berry else LIFECYCLE) if manifest.script(name)]
    programs = {name: tuple(_programs(manifest, manifest.scripts[name], 0)) for name in names}
    drop = tuple(name for name in names if all(map(_is_idle, programs[name])))
    kept = tuple(name for name in names if name not in drop)
    changing = [(name, program) for name in kept for program in programs[name] if program in _CHANGING]
    reason = next((f"{manifest.place('scripts', n)}: {p} {_CHANGING[p]}" for n, p in changing), None)
    return Lifecycle(kept, drop, reason)


def find_laying(manifest: Manifest) -> Fact | None:
    """Return the hook of the start that only lays files down: `test -f config.js || cp example.js config.js`.

    What reads the source needs them too, whether npm starts it or not.
    """
    hook = manifest.script("prestart")
    text = str(hook.value) if hook else ""
    programs = set(_programs(manifest, text.replace("||", "&&"), 0))
    lays = programs & _LAYING and programs <= _LAYING | _IDLE
    return Fact("prestart", hook.source) if hook and lays else None


def runs_lifecycle(manifest: Manifest) -> bool:
    """Whether an install runs a script of MANIFEST that needs more than its package.json."""
    return bool(find_lifecycle(manifest, berry=False).install)


def _is_idle(program: str) -> bool:
    return program in _NOT_IN_IMAGES or program in _IDLE


def _programs(manifest: Manifest, text: str, depth: int) -> Iterator[str]:
    """Yield the programs that a script runs, through `npx` and `npm run`."""
    if depth > _DEEPEST:
        return
    for step in read_steps(text, {}):
        argv = _without_runner(step.argv)
        script = _script(argv, manifest)
        if script is not None:
            yield from _programs(manifest, manifest.scripts[script], depth + 1)
        elif argv and argv[0] in _RUN_ALL:
            for name in argv[1:]:
                yield from _programs(manifest, manifest.scripts.get(name, ""), depth + 1)
        elif argv:
            yield _program(argv)


def _without_runner(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command behind `npx`, `pnpm exec`, `yarn dlx` and the like."""
    rest = argv
    if rest and rest[0] in _RUNNERS:
        rest = rest[1:]
    elif len(rest) > 1 and rest[0] in _MANAGERS and rest[1] in ("exec", "dlx", "x"):
        rest = rest[2:]
    else:
        return argv
    while rest and rest[0].startswith("-"):
        rest = rest[1:]
    return rest


def _script(argv: tuple[str, ...], manifest: Manifest) -> str | None:
    """Return the script that ARGV runs: `npm run x`, `yarn x`."""
    if not argv or argv[0] not in _MANAGERS:
        return None
    words = [word for word in argv[1:] if not word.startswith("-") and word not in ("run", "run-script")]
    return words[0] if words and words[0] in manifest.scripts else None


def _program(argv: tuple[str, ...]) -> str:
    """Return the program of ARGV: its package, where that is named with a version ("only-allow@1")."""
    if argv[0] == "node" and len(argv) > 1:
        if any(re.search(_SPEAKS_OF_HOOKS, word) for word in argv[1:]) or _is_of_husky(argv[1]):
            return "husky"
        return "node"
    name = argv[0].rpartition("/")[2] if not argv[0].startswith("@") else argv[0]
    return re.sub(r"(?<=.)@.*", "", name)


def _is_of_husky(path: str) -> bool:
    return path.removeprefix("./").startswith(".husky/")
