"""Which files of a store are the project's: one bounded walk, shallow first. It reads ignore files only."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import translate
from functools import lru_cache

from scaffold.model import ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.paths import is_odd, printable
from scaffold.reading.ignore import IgnoreFile
from scaffold.reading.store import Kind, Store
from scaffold.reading.tracked import Tracked

#: Folders that hold nothing a person wrote: version control, installed dependencies, caches.
PRUNED = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", ".jj", "node_modules", "bower_components", ".venv", "venv",
        "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs", ".idea",
        ".gradle", ".terraform", ".next", ".nuxt", ".svelte-kit", ".cache", "__pypackages__",
        "site-packages", ".scaffold",
    }
)  # fmt: skip

#: Where scaffold keeps what it wrote, in the folder of each app.
RECORD_FOLDER = ".scaffold"

#: Files that say so of the folder they lie in: a virtual environment (PEP 405), https://bford.info/cachedir/.
PRUNING_FILES = ("pyvenv.cfg", "CACHEDIR.TAG")

#: An ignore file that is larger was not written by a person, and each of its lines costs time.
IGNORE_BYTES = 100_000

#: As many places are named for one kind of trouble; the last one says how many more there are.
MOST_WARNINGS = 10

_SAID: Mapping[str, str] = {
    "too-many-files": "more files than are looked at: this and what comes after it was left out",
    "too-large": "is too large for an ignore file and was not heeded",
    "too-deep": "lies too deep and was not looked at",
    "link-out": "a link that leads out of the project, or to itself, and was not followed",
    "unreadable": "cannot be read",
    "odd-name": "has a name that cannot stand in a Dockerfile and was left out",
}


_KEPT_KINDS: frozenset[Kind] = frozenset({"file", "link"})


class Limits(NamedTuple):
    """How much of a project is read: a tree is for finding out, and what it needs stands near the top."""

    files: int = 200_000
    depth: int = 12
    file_bytes: int = 5_000_000  # the lock files of real projects reach three million
    total_bytes: int = 250_000_000


class Index:
    """What there is: folders are "" or "a/b/"; their entries are sorted, and those of folders end in "/"."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}  # path: what to read, another path for a link
        self.names: dict[str, tuple[str, ...]] = {}
        self.ignores: dict[str, IgnoreFile] = {}
        self.warnings: list[ProjectWarning] = []
        self.recorded: list[str] = []  # folders that hold a record, which is no part of the project
        self._below: dict[str, tuple[str, ...]] = {}

    def folders_from(self, folder: str) -> tuple[str, ...]:
        """Return FOLDER and all folders below it, shallow first."""
        if folder not in self._below:
            found = level = [folder] if folder in self.names else []
            while level:
                level = [above + name for above in level for name in self.names[above] if name[-1] == "/"]
                found = [*found, *level]
            self._below[folder] = tuple(found)
        return self._below[folder]

    def step(self, folders: Iterable[str], part: str) -> Iterable[str]:
        """Return where one PART of a pattern leads from FOLDERS."""
        if part == "**":
            # Each folder once, so that many `**` in a pattern are not more work than one.
            return dict.fromkeys(below for folder in folders for below in self.folders_from(folder))
        if not _is_wild(part):
            return [name for folder in folders if (name := f"{folder}{part}/") in self.names]
        match = _matcher(part)
        return [f + n for f in folders for n in self.names[f] if n.endswith("/") and match(n[:-1])]

    def files_named(self, folder: str, part: str) -> Iterable[str]:
        """Return the names of the files in FOLDER that the last PART of a pattern matches."""
        if not _is_wild(part):
            return (part,) if folder + part in self.files else ()
        match = _matcher(part)
        return [name for name in self.names[folder] if not name.endswith("/") and match(name)]

    def is_ignored(self, path: str, is_folder: bool) -> bool:
        """Whether the ignore files name PATH, or a folder that it is in: git looks no further down."""
        folder = ""
        *above, last = path.split("/")
        for name in above:
            if self.names_ignored(folder, name, is_folder=True):
                return True
            folder += f"{name}/"
        return self.names_ignored(folder, last, is_folder)

    def names_ignored(self, folder: str, name: str, is_folder: bool) -> bool:
        """Whether the ignore files from FOLDER up name this entry of it: the nearest that speaks decides."""
        for base in _upwards(folder):
            if base in self.ignores:
                verdict = self.ignores[base].verdict(folder[len(base) :] + name, name, is_folder)
                if verdict is not None:
                    return verdict
        return False


def walk(store: Store, limits: Limits) -> Index:
    """Return what of STORE belongs to the project."""
    return _Walk(store, limits).run()


class _Walk:
    def __init__(self, store: Store, limits: Limits) -> None:
        self.store = store
        self.limits = limits
        self.left = limits.files
        self.index = Index()
        self.tracked = Tracked(store)
        self.listed: list[tuple[str, list[str], list[str]]] = []  # folder, entries, those that are folders
        self.heeded: dict[str, tuple[str, ...]] = {}
        self.links: list[str] = []
        self.troubles: dict[str, list[str]] = {}

    def run(self) -> Index:
        level = [""]
        for _ in range(self.limits.depth + 1):
            level = [below for folder in level for below in self._list(folder)]
        self._note("too-deep", *level)
        self._fill()
        self._follow_links()
        self._say()
        return self.index

    def _list(self, folder: str) -> list[str]:
        """List FOLDER and return the folders in it that are to be listed next."""
        if self.left <= 0:
            self._stop(folder)
            return []
        entries = self._entries(folder)
        if folder and not entries.keys().isdisjoint(PRUNING_FILES):
            return []
        if entries.get(".gitignore") == "file":
            self._read_ignore_file(folder)
        kept = self._within_limit(folder, self._kept(folder, entries))
        links = dict.fromkeys(name for name in kept if entries.get(name) == "link")
        shown = [name for name in kept if name not in links] if links else kept
        below = [name for name in shown if name.endswith("/")]
        self.links += [folder + name for name in links]
        self.listed.append((folder, shown, below))
        return [folder + name for name in below]

    def _within_limit(self, folder: str, names: list[str]) -> list[str]:
        if len(names) > self.left:
            self._stop(folder + names[self.left])
        kept = names[: self.left]
        self.left -= len(kept)
        return kept

    def _stop(self, path: str) -> None:
        self.troubles.setdefault("too-many-files", [path])

    def _entries(self, folder: str) -> dict[str, Kind]:
        try:
            entries = self.store.entries(folder, self.limits.files)
        except OSError:
            self._note("unreadable", folder or ".")
            return {}
        if entries is None:  # which of them come first would be the disk's choice, so none is taken
            self._note("too-many-files", folder or ".")
            return {}
        return entries

    def _read_ignore_file(self, folder: str) -> None:
        try:
            content = self.store.read(folder + ".gitignore", IGNORE_BYTES + 1)
        except OSError:
            self._note("unreadable", folder + ".gitignore")
            return
        if len(content) > IGNORE_BYTES:
            self._note("too-large", folder + ".gitignore")
            return
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        self.index.ignores[folder] = IgnoreFile(text)

    def _kept(self, folder: str, entries: Mapping[str, Kind]) -> list[str]:
        """Return the names of what is taken of ENTRIES, sorted; those of folders end in "/"."""
        if ".git" not in entries and set(entries.values()) <= _KEPT_KINDS:  # as in most folders
            return self._plain(folder, self._not_ignored(folder, sorted(entries)))
        names = []
        for name in sorted(entries):
            kind = entries[name]
            if kind == "folder":
                if name not in PRUNED:
                    names.append(f"{name}/")
                elif name == RECORD_FOLDER:
                    self.index.recorded.append(folder)
            elif kind != "other" and name != ".git":  # the file that a submodule or a work tree has
                names.append(name)
        return self._plain(folder, self._not_ignored(folder, names))

    def _not_ignored(self, folder: str, names: list[str]) -> list[str]:
        """Return NAMES without those that ignore files above name; the nearest that speaks decides."""
        above = self.heeded[_above(folder)] if folder else ()
        heeded = self.heeded[folder] = (*above, folder) if folder in self.index.ignores else above
        if not heeded:
            return names
        lines = names
        if "\n" in "".join(names):  # no rule can tell one from the other
            lines = [name.replace("\n", "\0") for name in names]
        said: dict[str, bool] = {}
        for base in heeded:
            said |= self.index.ignores[base].verdicts(folder[len(base) :], lines)
        if not any(said.values()):
            return names
        return [
            name
            for name, line in zip(names, lines, strict=True)
            if not said.get(line) or self.tracked.has(folder + name)
        ]

    def _plain(self, folder: str, names: list[str]) -> list[str]:
        if not is_odd("".join(names)):
            return names
        self._note("odd-name", *(folder + _bare(name) for name in names if is_odd(name)))
        return [name for name in names if not is_odd(name)]

    def _fill(self) -> None:
        """Fill the index; a folder without a file is not there, as it would not be in a clone."""
        names = self.index.names
        for folder, entries, below in reversed(self.listed):
            gone = {name for name in below if folder + name not in names}
            kept = tuple(name for name in entries if name not in gone) if gone else tuple(entries)
            if kept or not folder:
                names[folder] = kept
        paths: list[str] = []
        for folder, entries, below in self.listed:
            paths += [folder + name for name in entries if not below or name[-1] != "/"]
        self.index.files = dict(zip(paths, paths, strict=True))

    def _follow_links(self) -> None:
        """Take in the links to files of the tree: a link is the file that it leads to."""
        targets = {link: self.store.target(link) for link in self.links}
        self._note("link-out", *(link for link, target in targets.items() if target is None))
        files = self.index.files
        inside = {link: target for link, target in targets.items() if target is not None and target in files}
        files.update(inside)
        for link in inside:
            self._show(link)

    def _show(self, path: str) -> None:
        """Add PATH to the entries of its folder, and that folder to its own where it was empty till now."""
        folder = _above(path)
        entries = self.index.names.get(folder, ())
        self.index.names[folder] = tuple(sorted({*entries, path[len(folder) :]}, key=_bare))
        if not entries and folder:
            self._show(folder)

    def _note(self, code: str, *paths: str) -> None:
        if paths:
            self.troubles.setdefault(code, []).extend(paths)

    def _say(self) -> None:
        for code, paths in self.troubles.items():
            shown = sorted(paths)[:MOST_WARNINGS]
            more = len(paths) - len(shown)
            for path in shown:
                rest = f" (and {more} more like it)" if more and path is shown[-1] else ""
                self.index.warnings.append(ProjectWarning(code, _SAID[code] + rest, printable(path)))


def _bare(name: str) -> str:
    return name.removesuffix("/")


def _above(path: str) -> str:
    return path[: path.rfind("/", 0, -1) + 1]


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = _above(folder)
    yield ""


#: What somebody means for one name. Brackets that nobody closes take time by the square of their number.
_LONGEST_PATTERN = 1000


def _is_wild(part: str) -> bool:
    return "*" in part or "?" in part or "[" in part


@lru_cache(maxsize=1024)
def _matcher(part: str) -> Callable[[str], object]:
    before, _, after = part.partition("*")
    if "*" in part and not _is_wild(before + after):  # as nearly all are: no expression need be compiled
        least = len(before) + len(after)
        return lambda name: len(name) >= least and name.startswith(before) and name.endswith(after)
    if len(part) > _LONGEST_PATTERN:
        return lambda name: None
    return re.compile(translate(part)).match
