"""Where the files go that a program writes: to a volume by the app's own setting, a folder, or a link.

Knows no language: a detector says what is written, and what its sources are called. Moves nothing itself.
"""

import re
from collections.abc import Iterable, Mapping
from posixpath import basename, dirname, normpath
from typing import TYPE_CHECKING

from scaffold.model import Fact, ProjectWarning, Writable
from scaffold.nouns import NamedTuple
from scaffold.paths import printable

from .environment import DATA, Read

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

#: What render.py lets stand unquoted: a volume has no other form.
_NAMEABLE = r"[\w./@+~-]+"
#: Where the app lies in the image.
HOME = "/app"
#: What a container has in memory only.
_LOST = "/tmp/"  # noqa: S108  a name to recognise
#: Warnings of a file that holds a database.
_OF_SQLITE = frozenset({"sqlite-in-source", "sqlite-in-tmp"})
#: A part of a text that only a run can tell.
UNKNOWN = "{}"
#: Folders that are no part of the project, and writable anyway or not ours to hand out.
_ELSEWHERE = ("tmp", "dev", "proc", "sys", "run", "etc", "usr", "bin", "root", "home")


class Writes(NamedTuple):
    """The places that the code writes to."""

    writable: list[Writable]
    values: dict[str, str]  # variables that move a file to a volume
    keep: list[str]  # database files that come with the sources
    warnings: list[ProjectWarning]

    def take(self, place: Writable) -> None:
        """Note a place that is written to; one whose name cannot stand in a Dockerfile is only told of."""
        if all(re.fullmatch(_NAMEABLE, name) for name in (place.path, place.link or "-")):
            self.writable.append(place)
            return
        said = f"writes to {printable(place.link or place.path)!r}, a name that cannot stand in a Dockerfile"
        self.warnings.append(ProjectWarning("odd-name", said, place.source))

    @property
    def has_database(self) -> bool:
        """Whether a file that holds a database stays where the code has it."""
        return any(one.code in _OF_SQLITE for one in self.warnings)

    def told(self, has_server: bool) -> list[ProjectWarning]:
        """What to warn of: where the app HAS a SERVER, an SQLite file is only what it does without one."""
        return [one for one in self.warnings if not (has_server and one.code in _OF_SQLITE)]


class Database(NamedTuple):
    """A file that holds a database: a path or a URL, as it folds, and the variables that change it."""

    text: str | None
    names: frozenset[str]
    source: str
    root: str = HOME  # where a relative path starts


class Ground(NamedTuple):
    """A tree, and the suffixes of the files in it that are sources: their folders are no volumes."""

    tree: "Tree"
    suffixes: tuple[str, ...]

    def holds_sources(self, folder: str) -> bool:
        """Whether FOLDER has sources in it."""
        return any(
            self.tree.glob(f"{folder}/**/*{suffix}") or self.tree.glob(f"{folder}/*{suffix}")
            for suffix in self.suffixes
        )


def place_database(
    ground: Ground, writes: Writes, file: Database, reads: Mapping[str, Read], has_server: bool
) -> None:
    """Note where a database FILE goes; one that a variable moves is a fallback where the app HAS a SERVER."""
    path = path_of(file.text or "", file.root)
    if path is None or path == HOME or path.endswith("/"):
        return
    if path.startswith(f"{DATA}/"):
        writes.take(Writable(dirname(path), file.source))
        return
    is_lost = path.startswith(_LOST) and "://" in (file.text or "")  # a plain file there is for a while only
    if _is_elsewhere(path) and not is_lost:
        return
    if file.names & writes.values.keys():
        return
    moved = _moved(file, path, reads)
    if moved and has_server:
        return
    if moved:
        writes.values.update([moved])
        writes.take(Writable(DATA, file.source))
        return
    if is_lost:
        said = f"keeps its database in {path}, which is empty again whenever the container is started anew"
        writes.warnings.append(ProjectWarning("sqlite-in-tmp", said, file.source))
        return
    _leave_in_place(ground, writes, path, file.source)


def path_of(text: str, root: str) -> str | None:
    """The absolute path of an SQLite URL or a path; None for one in memory, or where a part is unknown."""
    if "://" in text:
        rest = text.partition("://")[2].partition("?")[0]
        text = rest[1:] if rest.startswith("/") else rest
    if not text or ":memory:" in text or UNKNOWN in text or "\0" in text or text.startswith("file:"):
        return None
    return normpath(text if text.startswith("/") else f"{root}/{text}")


def _is_elsewhere(path: str) -> bool:
    return path.startswith("/") and path[1:].partition("/")[0] in _ELSEWHERE


def _moved(file: Database, path: str, reads: Mapping[str, Read]) -> tuple[str, str] | None:
    """The one variable that moves the file to the volume, with its value."""
    if len(file.names) != 1:
        return None
    (name,) = file.names
    text, default = file.text or "", reads[name].default if name in reads else None
    target = f"{DATA}/{basename(path)}"
    if not default or default == text:
        return name, _moved_url(text, target) if "://" in text else target
    if "://" in default:
        return name, _moved_url(default, target)
    if text == f"{text.partition('://')[0]}:///{default}" or (
        "://" not in text and f"/{text}".endswith(f"/{default}")
    ):
        return name, target
    rest = text.partition(":///")[2] or text
    if rest.startswith(f"{default.rstrip('/')}/"):
        return name, DATA + dirname(rest[len(default.rstrip("/")) :]).rstrip("/")
    return None


def _moved_url(url: str, target: str) -> str:
    scheme, _, rest = url.partition("://")
    query = rest.partition("?")[2]
    slash = "/" if rest.startswith("/") else ""  # Tortoise writes sqlite://relative and sqlite:///absolute
    return f"{scheme}://{slash}{target}" + (f"?{query}" if query else "")


def _leave_in_place(ground: Ground, writes: Writes, path: str, source: str) -> None:
    """A file that no setting moves: its folder becomes a volume; among sources, a link leads to one."""
    inside = path.removeprefix(f"{HOME}/")
    if inside == path:
        if dirname(path) != "/":
            writes.take(Writable(dirname(path), source))
        return
    if inside in ground.tree:
        writes.keep.append(inside)
    if dirname(inside) and not ground.holds_sources(dirname(inside)):
        writes.take(Writable(f"{HOME}/{dirname(inside)}", source))
        return
    writes.take(Writable(DATA, source, link=inside))
    message = (
        f"keeps its database in {inside}, beside the source; a link leads from there to the volume {DATA}"
    )
    writes.warnings.append(ProjectWarning("sqlite-in-source", message, source))


def place_file(ground: Ground, writes: Writes, text: str, source: str) -> None:
    """A file among sources gets a link to a volume; the folder of any other becomes one."""
    inside = _inside(text)
    if inside is None or (dirname(inside) and not ground.holds_sources(dirname(inside))):
        place_folder(ground, writes, dirname(text) or ".", source)
        return
    writes.take(Writable(DATA, source, link=inside))
    message = f"writes {inside}, beside the source; a link leads from there to the volume {DATA}"
    writes.warnings.append(ProjectWarning("writes-source", message, source))


def _inside(text: str) -> str | None:
    """The path of a file below the app, where all of it is known."""
    if UNKNOWN in text or "%" in text or "\0" in text:
        return None
    path = normpath(text if text.startswith("/") else f"{HOME}/{text}")
    return path.removeprefix(f"{HOME}/") if path.startswith(f"{HOME}/") else None


def place_folder(ground: Ground, writes: Writes, text: str, source: str) -> None:
    """A folder becomes a volume, unless there are sources in it."""
    path = _known_part(text)
    if path is None or path == "/" or _is_elsewhere(path):
        return
    inside = path.removeprefix(f"{HOME}/") if path.startswith(f"{HOME}/") else None
    if path == HOME or (inside and ground.holds_sources(inside)):
        where = inside or "its working directory"
        message = f"writes to {where}, where its source is: in the image that is not writable"
        writes.warnings.append(ProjectWarning("writes-source", message, source))
    elif "://" not in text:
        writes.take(Writable(path, source))


def _known_part(text: str) -> str | None:
    """The absolute folder, up to the first part that only a run can tell."""
    parts: list[str] = []
    for part in text.split("/"):
        if UNKNOWN in part or "%" in part or "\0" in part or part == "~":
            break
        parts.append(part)
    known = "/".join(parts)
    if not known or (known != text and not known.strip("./")):
        return None
    return normpath(known if known.startswith("/") else f"{HOME}/{known}")


def settled(writes: Writes) -> Writes:
    """The same with each folder once and none inside another, and each thing to say once."""
    return writes._replace(writable=_distinct(writes.writable), warnings=_each_once(writes.warnings))


def _distinct(writable: Iterable[Writable]) -> list[Writable]:
    found: list[Writable] = []
    links = {one.link: one for one in writable if one.link}
    folders = sorted(
        {one.path: one for one in reversed(list(writable)) if not one.link}.values(), key=lambda one: one.path
    )
    for one in folders:
        if not any(one.path.startswith(f"{other.path}/") for other in found) and one.path not in {
            link.path for link in links.values()
        }:
            found.append(one)
    return [*links.values(), *found]


def _each_once(warnings: Iterable[ProjectWarning]) -> list[ProjectWarning]:
    """One warning for each thing to say, at the first place that says so."""
    first: dict[tuple[str, str], ProjectWarning] = {}
    for warning in warnings:
        first.setdefault((warning.code, warning.message), warning)
    return list(first.values())


def leave_out(tree: "Tree", writable: Iterable[Writable]) -> dict[str, Fact]:
    """Return the fact of what git ignores of the places that are written to: one developer's own data."""
    found: dict[str, str] = {}
    for place in writable:
        path = place.link or place.path.removeprefix(f"{HOME}/")
        if not path.startswith("/") and (tree.is_ignored(path) or tree.is_ignored(f"{path}/")):
            found[path] = place.source
    return {"leave_out": Fact(tuple(found), next(iter(found.values())))} if found else {}
