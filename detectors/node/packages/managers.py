"""Which package manager a project uses, in which version, and where it says so. Reads no lock file."""

import re
from collections.abc import Iterable, Iterator

from scaffold.catalogue import npm_of, tools
from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...pins import tool_versions
from .locks import Lock
from .manifest import Manifest, table
from .ranges import Range, numbers, parse_range

NAMES = ("npm", "yarn", "pnpm", "bun")
#: The package of yarn 2 and later: https://yarnpkg.com/getting-started/install
BERRY = "@yarnpkg/cli-dist"

_STATED = r"(npm|yarn|pnpm|bun)(?:@(\S+))?"
_VERSION = r"v?(\d+\.\d+\.\d+(?:-[\w.-]+)?)(?:\+\S*)?"
_RELEASE = r"yarn-(\d+\.\d+\.\d+(?:-[\w.]+)?)\.c?js"
_YARN_PATH = r'(?m)^[ \t]*(?:yarnPath:|"?yarn-path"?)\s*["\']?([^"\'\s]+)'

#: Which lines of pnpm read a lock file, the best first (the matrix in scaffold/catalogue.toml was run).
#: 10 comes first: it is maintained until 2027-04, and unlike later ones takes scripts that nobody approved.
_PNPM_READS = {"5": ("7", "6"), "6": ("8", "9"), "9": ("10", "12", "11", "9")}
_PNPM_NEW = ("10", "12", "9", "8", "7", "6")

#: pnpm before these fails on Node.js 20 and later (`ERR_INVALID_THIS`): https://github.com/pnpm/pnpm/issues/6424
_PNPM_MENDED = {6: (7,), 7: (7, 33)}
_PNPM_BREAKER = 20

#: bun writes bun.lock, and reads it, since: https://bun.com/docs/pm/lockfile
_BUN_TEXT_LOCK = (1, 1, 39)
#: The first yarn that writes a version of the lock file, newest first.
_BERRY_WRITES = (
    ((4, 15), "10"), ((4, 14), "9"), ((4,), "8"), ((3, 2), "6"), ((3, 1), "5"), ((2,), "4"),
)  # fmt: skip
_CLASSIC_ENDS = 2


class Stated(NamedTuple):
    """A package manager, as some file states it."""

    name: str
    source: str
    version: str | None = None  # exact
    range: Range | None = None
    strict: bool = False  # the manager itself refuses to be another version


def stated_managers(manifest: Manifest) -> Iterator[Stated]:
    """Yield what package.json states of package managers, the strongest first."""
    said = manifest.data.get("packageManager")
    if isinstance(said, str) and (match := re.fullmatch(_STATED, said.strip())):
        yield _stated(match[1], match[2], manifest.place("packageManager"), strict=False)
    engines = table(manifest.data, "devEngines").get("packageManager")
    for entry in engines if isinstance(engines, list) else [engines]:
        row = table(entry)
        if row.get("name") in NAMES:
            place = manifest.place("devEngines", "packageManager")
            yield _stated(row["name"], row.get("version"), place, strict=row.get("onFail") in (None, "error"))


def hinted_managers(tree: Tree, manifest: Manifest) -> Iterator[Stated]:
    """Yield what is said of versions, which a lock file outweighs: Volta, `engines`, mise, asdf."""
    for key, said in (("volta", table(manifest.data, "volta")), ("engines", manifest.engines)):
        for name in ("pnpm", "yarn", "bun", "npm"):
            if isinstance(said.get(name), str):
                strict = key == "engines" and name == "pnpm"
                yield _stated(name, said[name], manifest.place(key, name), strict=strict)
    for name, text, source in tool_versions(tree):
        if name in NAMES:
            yield _stated(name, text, source, strict=False)
    if text := tree.text(".bun-version").strip():
        yield _stated("bun", text, ".bun-version:1", strict=False)


def _stated(name: str, text: object, source: str, *, strict: bool) -> Stated:
    said = text.partition("+")[0].strip() if isinstance(text, str) else ""
    exact = re.fullmatch(_VERSION, said)
    found = parse_range(said) if said and not exact else None
    return Stated(name, source, exact[1] if exact else None, found, strict)


# -- yarn


class Yarn(NamedTuple):
    """Which yarn a project uses."""

    berry: bool
    path: str | None  # of the one that it brings
    version: str | None  # of the one that it brings


def find_yarn(tree: Tree, stated: Stated | None, lock: Lock | None) -> Yarn:
    """Return whether yarn is 2 or later, and the copy in the repository, if that is the one it runs."""
    path = _yarn_path(tree)
    release = re.search(_RELEASE, path) if path else None
    version = release[1] if release else None
    said = version or (stated.version if stated else None)
    if said or (stated and stated.range):
        berry = numbers(said)[:1] >= (_CLASSIC_ENDS,) if said else not _allows_classic(stated)
    else:
        berry = lock.berry if lock and lock.version else ".yarnrc.yml" in tree
    return Yarn(berry, path, version)


def _allows_classic(stated: Stated | None) -> bool:
    return bool(stated and stated.range and stated.range.allows_major(1))


def _yarn_path(tree: Tree) -> str | None:
    for path in (".yarnrc.yml", ".yarnrc"):
        match = re.search(_YARN_PATH, tree.text(path)) if path in tree else None
        if match and match[1].removeprefix("./") in tree:
            return match[1].removeprefix("./")
    return None


def writes(version: str) -> str:
    """Return the version of the lock file that a yarn writes: writes("4.13.0") is "8"."""
    return next((lock for since, lock in _BERRY_WRITES if numbers(version) >= since), "1")


# -- versions


class Choice(NamedTuple):
    """The version of the package manager that the image gets."""

    version: str | None  # None: what the image brings
    source: str
    warning: ProjectWarning | None = None


def choose_version(name: str, stated: Stated | None, lock: Lock | None, node: str, *, berry: bool) -> Choice:
    """Return the version of the manager NAME for what is stated, the lock file and the major NODE."""
    if name == "pnpm":
        return _choose_pnpm(stated, lock, node)
    if name == "npm":
        return _choose_npm(stated, lock, node)
    tool = BERRY if berry else name
    if stated and stated.version and _can_read(name, stated.version, lock):
        return _unless_unfit(tool, stated, node)
    allowed = _allowed(tool, stated, node)
    if berry and lock and lock.version:
        written = (lock.version, f"{lock.version}/{lock.cache_key}")
        allowed = [row.version for row in tools(tool) if row.lock in written and row.runs_on(node)] or allowed
    return Choice((allowed or [tools(tool)[0].version])[0], _source(stated, lock, name))


def _allowed(tool: str, stated: Stated | None, node: str) -> list[str]:
    """Return the versions of the catalogue that are allowed, or the one that a narrow range is about."""
    found = [row.version for row in tools(tool) if row.runs_on(node) and _allows(stated, row.version)]
    named = stated.range.named if stated and stated.range else None
    return found or ([named] if named else [])


def _can_read(name: str, version: str, lock: Lock | None) -> bool:
    is_text = lock is not None and lock.path == "bun.lock"
    return name != "bun" or not is_text or numbers(version) >= _BUN_TEXT_LOCK


def _allows(stated: Stated | None, version: str) -> bool:
    return stated is None or stated.range is None or stated.range.allows(version)


def _source(stated: Stated | None, lock: Lock | None, name: str) -> str:
    if stated and (stated.version or stated.range):
        return stated.source
    return lock.path if lock else f"default: {name}"


def _unless_unfit(tool: str, stated: Stated, node: str) -> Choice:
    """Return the version that is stated, or the newest of the catalogue where it does not run on NODE."""
    version = str(stated.version)
    row = next((row for row in tools(tool) if _major(row.version) == _major(version)), None)
    if row is None or row.runs_on(node):
        return Choice(version, stated.source)
    fitting = next((row.version for row in tools(tool) if row.runs_on(node)), version)
    return Choice(fitting, stated.source, _unfit(stated, version, node, fitting))


def _unfit(stated: Stated, version: str, node: str, used: str) -> ProjectWarning:
    said = f"{stated.name} {version} does not run on Node.js {node}: {used} is used"
    return ProjectWarning("manager-unfit", said, stated.source)


def _choose_pnpm(stated: Stated | None, lock: Lock | None, node: str) -> Choice:
    version = stated.version if stated else None
    if stated and version and _pnpm_runs(version, node):
        return Choice(version, stated.source)
    lines = _PNPM_READS.get((lock.version if lock else "").partition(".")[0], _PNPM_NEW)
    rows = [row for line in lines for row in tools("pnpm") if _major(row.version) == line]
    fitting = [row.version for row in rows if row.runs_on(node)] or [rows[0].version]
    if stated and version:
        line = "7" if _major(version) == "6" else _major(version)
        near = [row for row in fitting if _major(row) == line] or fitting
        return Choice(near[0], stated.source, _unfit(stated, version, node, near[0]))
    allowed = [row for row in fitting if _allows(stated, row)]
    if stated and stated.range and not allowed:
        allowed = _allowed("pnpm", stated, node)
    return Choice((allowed or fitting)[0], _source(stated, lock, "pnpm"))


def _pnpm_runs(version: str, node: str) -> bool:
    row = next((row for row in tools("pnpm") if _major(row.version) == _major(version)), None)
    mended = _PNPM_MENDED.get(numbers(version)[0])
    if mended and int(node) >= _PNPM_BREAKER and numbers(version) < mended:
        return False
    return row is None or row.runs_on(node)


def _choose_npm(stated: Stated | None, lock: Lock | None, node: str) -> Choice:
    """Return the version that is stated, or one that reads the lock file where the image's does not."""
    bundled = npm_of(node) or "6"
    if stated and stated.version:
        return _unless_unfit("npm", stated, node)
    if stated and stated.strict and stated.range and not stated.range.allows_newest(bundled):
        fitting = _allowed("npm", stated, node)
        return Choice(fitting[0] if fitting else None, stated.source)
    if lock and lock.version == "3" and int(bundled) < 7:
        fitting = [row.version for row in tools("npm") if row.runs_on(node)]
        return Choice(fitting[0], f"{lock.path}: npm {bundled} does not read its version 3")
    return Choice(None, f"default: node {node}")


def _major(version: str) -> str:
    return version.partition(".")[0]


def unreadable(name: str, version: str | None, lock: Lock, *, berry: bool) -> str | None:
    """Return why the manager NAME would not install from LOCK, in words; None: it would."""
    major = _major(version or "")
    if name == "yarn" and berry != lock.berry and lock.version:
        return "was written by yarn 2 or later" if lock.berry else "was written by yarn 1"
    if name == "yarn" and berry and version and lock.version not in ("", writes(version)):
        return f"is of version {lock.version}, and yarn {version} writes {writes(version)}"
    if name == "pnpm" and major not in _PNPM_READS.get(_major(lock.version), (major,)):
        return f"is of version {lock.version}, which pnpm {version} does not read"
    if name == "npm" and major == "6" and lock.version == "3":
        return f"is of version 3, which npm {version} does not read"
    return None


# -- who is chosen


def choose_manager(
    tree: Tree, manifest: Manifest, answer: Fact | None, locks: Iterable[tuple[str, Lock]]
) -> tuple[Fact, Stated | None]:
    """Return the package manager, and what is stated of its version; of LOCKS the best comes first."""
    certain, hints = list(stated_managers(manifest)), list(hinted_managers(tree, manifest))
    name = (
        _named(answer)
        or next(iter(certain), None)
        or next((Stated(manager, lock.path) for manager, lock in locks), None)
    )
    if name is None:
        name = next((hint for hint in hints if hint.name != "npm"), Stated("npm", "default: npm"))
    versions = [one for one in (*certain, *hints) if one.name == name.name and (one.version or one.range)]
    return Fact(name.name, name.source), next(iter(versions), None)


def _named(answer: Fact | None) -> Stated | None:
    return Stated(str(answer.value), answer.source) if answer and answer.value in NAMES else None
