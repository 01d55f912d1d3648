"""What became of the files that a record names: edited, gone, in conflict, behind, or of another pack.

Everything that is compared lies in the repository: no network, no template, no older version.
"""

import posixpath
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold import __version__
from scaffold.errors import ScaffoldError
from scaffold.images import parse, raised, unbumped
from scaffold.model import Bump
from scaffold.nouns import NamedTuple
from scaffold.paths import normal, printable
from scaffold.policy.files import merge_mark
from scaffold.policy.inspect import is_compose, is_dockerfile
from scaffold.problems import Problem
from scaffold.reading.formats import explain
from scaffold.reading.store import Disk
from scaffold.reading.tree import Tree
from scaffold.record import BASE, RECORD, Record, digest

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

#: A file that is larger is none that we wrote.
_MOST_BYTES = 5_000_000

#: From this on a file is one that was moved, and not another one.
_ALIKE = 0.6

#: As many files are looked at for one that is gone.
_MOST_CANDIDATES = 20


class Managed(NamedTuple):
    """A folder with a record."""

    folder: str  # "" for the one that is checked
    record: Record | None  # None where it cannot be read
    flaw: str = ""  # why not

    def inside(self, path: str) -> str:
        """Return PATH, of the record, as a path of the folder that is checked."""
        return posixpath.join(self.folder, path)

    @property
    def at(self) -> str:
        """The record's own path."""
        return self.inside(RECORD)


def _problem(rule: str, path: str, line: int | None, message: str, text: str = "") -> Problem:
    """Return a problem; how grave it is, the policy says."""
    return Problem(rule, "error", path, line, printable(message), text)


def drift(
    root: str, tree: Tree, managed: Managed, dockerfiles: Collection[str], bump: Bump | None = None
) -> Iterator[Problem]:
    """Yield what became of the files of MANAGED, below ROOT; DOCKERFILES are all of the tree.

    BUMP says how far an image may be raised, in place of what the record says.
    """
    record = managed.record
    if record is None:
        yield _problem("drift-record", managed.at, None, managed.flaw)
        return
    record = record._replace(bump=bump or record.bump)
    disk = Disk(posixpath.join(root, managed.folder) if managed.folder else root)
    for path in record.files:
        yield from _file(disk, tree, managed, record, path, dockerfiles)
    for path in record.strangers:
        if path not in record.files and _is_there(disk, path):
            message = "is not ours, and stands where the pack has a file: `scaffold adopt` takes it over"
            yield _problem("drift-conflict", managed.inside(path), None, message, "stranger")
    if _is_older(record.tool, __version__):
        message = f"written by scaffold {record.tool}; this is {__version__}"
        yield _problem("drift-outdated", managed.at, None, message, "outdated")
    for name in _changed_packs(root, managed, record):
        message = f"the pack {name} is not what was written with any more"
        yield _problem("drift-outdated", managed.at, None, message, name)


def _changed_packs(root: str, managed: Managed, record: Record) -> Iterator[str]:
    """Yield each pack that lies in a folder of the same repository, and was changed since."""
    for pin in record.packs:
        inside = normal(managed.inside(pin.source)) if pin.source and pin.digest and not pin.commit else None
        if inside and Path(root, inside).is_dir():  # of what lies elsewhere, a record has nothing to say
            from scaffold.fetching.packfiles import digest_of, files_in

            try:
                is_same = digest_of(files_in(Path(root, inside), pin.name)) == pin.digest
            except (ScaffoldError, OSError):
                is_same = False
            if not is_same:
                yield pin.name


def _file(
    disk: Disk, tree: Tree, managed: Managed, record: Record, path: str, dockerfiles: Collection[str]
) -> Iterator[Problem]:
    whole = managed.inside(path)
    try:
        text = _text(disk, path)
    except FileNotFoundError:
        yield _missing(tree, managed, record, path, dockerfiles)
        return
    except OSError as error:
        yield _problem("drift-missing", whole, None, f"cannot be read: {explain(error)[0].lower()}", path)
        return
    if path in record.conflicts:
        message = "what is new in the templates could not be merged into it"
        yield _problem("drift-conflict", whole, None, message, "conflict")
    if digest(text) == record.files[path]:
        return
    base = record.base.get(path)
    if base is None:
        message = f"{managed.inside(BASE)}{path} is not the text that the record names"
        yield _problem("drift-record", managed.at, None, message, path)
        yield _problem("drift-modified", whole, None, "is not as it was written", digest(text))
    else:
        yield from _edited(whole, base, text, record.bump)


def _is_there(disk: Disk, path: str) -> bool:
    try:
        disk.read(path, 1)
    except FileNotFoundError:
        return False
    except OSError:  # a link, a folder
        return True
    return True


def _text(disk: Disk, path: str) -> str:
    """Return the text at PATH with Unix line ends; a link is none, wherever it leads."""
    if disk.target(path) != path:
        raise OSError("it is a link, or in a folder that is one")
    content = disk.read(path, _MOST_BYTES)
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _edited(path: str, base: str, text: str, bump: Bump) -> Iterator[Problem]:
    for old, new in raised(path, base, text, bump):
        yield _problem("drift-image", path, _line_of(text, new), f"{old} was raised to {new}", f"{old} {new}")
    rest = unbumped(path, base, text, bump)
    if rest != base:
        for line, reference in _foreign(path, base, rest):
            message = f"{reference} is no image that the template has"
            yield _problem("drift-foreign-image", path, line, message, reference)
        yield _changed(path, base, rest)


def _changed(path: str, base: str, text: str) -> Problem:
    """Return where TEXT is not BASE any more; the fingerprint is of what is different, not of where."""
    old, new = base.split("\n"), text.split("\n")
    added, gone = [*(Counter(new) - Counter(old)).elements()], [*(Counter(old) - Counter(new)).elements()]
    counted = [f"{len(lines)} {word}" for lines, word in ((added, "new"), (gone, "gone")) if lines]
    line = next((n for n, pair in enumerate(zip(old, new, strict=False), 1) if pair[0] != pair[1]), len(new))
    if not counted:
        return _problem("drift-modified", path, line, "edited: the same lines in another order", digest(text))
    message = f"edited: {' and '.join(counted)} {'line' if len(added) + len(gone) == 1 else 'lines'}"
    return _problem("drift-modified", path, line, message, "\n".join((*added, "-", *gone)))


def _foreign(path: str, base: str, text: str) -> Iterator[tuple[int | None, str]]:
    """Yield the images of TEXT that BASE has under no tag: where, and which."""
    name = posixpath.basename(path)
    if not (is_dockerfile(name) or is_compose(name)):
        return
    known = {_name(reference) for _, reference in _named(path, base)}
    for line, reference in _named(path, text):
        if _name(reference) not in known:
            yield line, reference


def _name(reference: str) -> str:
    image = parse(reference)
    return image.name if image else reference


def _named(path: str, text: str) -> Iterator[tuple[int | None, str]]:
    if is_compose(posixpath.basename(path)):
        from scaffold.policy.composefile import ComposeFile

        file = ComposeFile(path, text)
        yield from ((use.line, use.image or use.written) for use in file.images(set()))
    else:
        from scaffold.dockerfiles.dockerfile import Dockerfile

        yield from ((each.line, each.image or each.written) for each in Dockerfile(text).references)


def _line_of(text: str, part: str) -> int | None:
    at = text.find(part)
    return text.count("\n", 0, at) + 1 if at >= 0 else None


def _missing(
    tree: Tree, managed: Managed, record: Record, path: str, dockerfiles: Collection[str]
) -> Problem:
    base = record.base.get(path, "")
    own = {managed.inside(each) for each in record.files}
    moved = _moved(base, tree, [other for other in dockerfiles if other not in own]) if base else None
    told = f": {moved} is nearly the same; was it moved?" if moved else ""
    return _problem("drift-missing", managed.inside(path), None, f"is not there any more{told}", "missing")


def _moved(base: str, tree: Tree, candidates: Sequence[str]) -> str | None:
    """Return the file that BASE was moved to, or None."""
    old = Counter(base.split("\n"))
    for path in candidates[:_MOST_CANDIDATES]:
        new = Counter(tree.text(path).split("\n"))
        if 2 * (old & new).total() >= _ALIKE * (old.total() + new.total()):
            return path
    return None


def _is_older(version: str, than: str) -> bool:
    if version == than:
        return False
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) < Version(than)
    except InvalidVersion:
        return True


def unfinished(tree: Tree, paths: Collection[str]) -> Iterator[Problem]:
    """Yield the marks that merges left in PATHS, and the hunks that they left beside them."""
    for path in paths:
        line = merge_mark(tree.text(path))
        if line is not None:
            yield _problem(
                "drift-conflict", path, line, "has the mark of a merge that was not finished", "mark"
            )
        if f"{path}.rej" in tree:
            message = f"{path}.rej holds changes that were not put into it"
            yield _problem("drift-conflict", path, None, message, "rejected")


def unmanaged(managed: Collection[Managed], paths: Collection[str]) -> Iterator[Problem]:
    """Yield the files of PATHS that no record names."""
    known = {one.inside(path) for one in managed if one.record for path in one.record.files}
    for path in paths:
        if path not in known:
            yield _problem("unmanaged", path, None, "no record names it", "unmanaged")


# -- which pack


class Expected(NamedTuple):
    """A pack that a record may be of."""

    name: str
    versions: str  # ">=3,<4", or "" for any

    def __str__(self) -> str:
        return f"{self.name}@{self.versions}" if self.versions else self.name

    def has(self, name: str, version: str) -> bool:
        """Say whether a pack of NAME and VERSION is one of these."""
        return name == self.name and (not self.versions or self._covers(version))

    def _covers(self, version: str) -> bool:
        from packaging.version import InvalidVersion

        try:
            return specifiers(self.versions).contains(version, prereleases=True)
        except InvalidVersion:
            return False


def specifiers(versions: str) -> "SpecifierSet":
    """Return VERSIONS (">=3,<4", or "3" for every 3.x) as what can be asked; ValueError for what is none."""
    from packaging.specifiers import SpecifierSet

    exact = versions[:1].isdigit()
    return SpecifierSet(
        f"=={versions}.*" if exact and "*" not in versions else f"=={versions}" if exact else versions
    )


def wrong_pack(
    managed: Collection[Managed], expected: Collection[Expected], paths: Collection[str]
) -> Iterator[Problem]:
    """Yield each record that is of none of the EXPECTED packs, and each of PATHS that no record names."""
    told = " or ".join(map(str, expected))
    for one in managed:
        if one.record is not None:
            name, version = nearest(one.record)
            if not any(each.has(name, version) for each in expected):
                message = f"is of {name} {version}, and {told} is expected"
                yield _problem("drift-wrong-pack", one.at, None, message, "pack")
    for problem in unmanaged(managed, paths):
        yield problem._replace(rule="drift-wrong-pack", message=f"no record names it, and {told} is expected")
    if not managed and not paths:
        message = f"nothing is here that was written, and {told} is expected"
        yield _problem("drift-wrong-pack", RECORD, None, message, "nothing")


def nearest(record: Record) -> tuple[str, str]:
    """Return the name and the version of the pack that RECORD is of."""
    return record.packs[0].name, record.packs[0].version


def read_managed(root: str, folders: Collection[str]) -> Iterator[Managed]:
    """Yield each folder of FOLDERS below ROOT that has a record, also one that cannot be read."""
    from scaffold.record import read_record

    for folder in folders:
        inside = "" if folder == "." else folder
        try:
            record = read_record(Path(root, inside))
        except ScaffoldError as error:
            yield Managed(inside, None, str(error).removeprefix(f"{RECORD}: "))
            continue
        if record is not None:
            yield Managed(inside, record)
        elif Path(root, inside, BASE).exists():
            yield Managed(inside, None, f"is gone, and {BASE} is not")
