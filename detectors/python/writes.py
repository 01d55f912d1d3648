"""Where Python code writes: SQLite files, uploads, logs, Flask's instance folder. Moves nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename, dirname, normpath
from typing import NamedTuple

from scaffold.model import ProjectWarning, Writable
from scaffold.tree import Tree

from ..environment import DATA, Read
from .folding import UNKNOWN, Folded
from .reader import Reader
from .source import HOME, Module, argument, literal, place

_SQLITE_CALLS = re.compile(
    r"sqlite3\.(\w+\.)*connect|aiosqlite\.(\w+\.)*connect|peewee\.SqliteDatabase|playhouse\.\w+\.Sqlite\w*Database"
    r"|tinydb\.TinyDB|duckdb\.connect"
)
_URL_CALLS = re.compile(
    r"sqlalchemy\.(\w+\.)*(create_engine|create_async_engine)|sqlmodel\.(\w+\.)*create_engine|databases\.Database"
    r"|dataset\.connect|playhouse\.db_url\.connect|tortoise\.(\w+\.)*(register_tortoise|init)"
)
_LOG_CALLS = re.compile(r"logging\.(\w+\.)*\w*FileHandler|loguru\.logger\.add")
_FOLDER_CALLS = frozenset({"os.makedirs", "os.mkdir"})
#: Calls and methods that write the file they are given first.
#: https://pycairo.readthedocs.io/en/latest/reference/surfaces.html
_FILE_CALLS = re.compile(
    r"cairo\.(SVG|PDF|PS|Script)Surface|numpy\.(save|savez|savetxt)|torch\.save|joblib\.dump"
)
_FILE_METHODS = frozenset(
    {
        "savefig", "to_csv", "to_excel", "to_json", "to_parquet", "to_pickle", "to_html", "write_html",
        "write_image", "write_to_png", "save",
    }
)  # fmt: skip
#: A file that FastHTML makes in its working directory, unless it is given a key.
#: https://www.fastht.ml/docs/api/core.html
_SESSION_KEY = ".sesskey"
#: Settings that name the folder of what users send: Django, Flask and what their extensions call it.
_FOLDER_SETTINGS = re.compile(
    r"MEDIA_ROOT|UPLOAD(S|ED)?(_\w+)?_(FOLDER|DIR|DIRECTORY|PATH|DEST)", re.IGNORECASE
)
_WRITING = re.compile(r"[rb t]*[wax+]")
_WRITING_WORDS = (
    "mkdir", "makedirs", "FileHandler", "open(", "logger.add", "write_", "instance_path", "Surface", "save",
    ".to_", "dump",
)  # fmt: skip
#: Folders that are no part of the project, and writable anyway or not ours to hand out.
_ELSEWHERE = re.compile(r"/(tmp|dev|proc|sys|run|etc|usr|bin|root|home)(/|$)")


class _File(NamedTuple):
    """A file that the code writes: a path or an SQLite URL, as it folds."""

    folded: Folded
    source: str
    root: str = HOME  # where a relative path starts


class Writes(NamedTuple):
    """The places that the code writes to."""

    writable: list[Writable]
    values: dict[str, str]  # variables that move a file to a volume
    keep: list[str]  # database files that come with the sources
    warnings: list[ProjectWarning]


def find_writes(
    tree: Tree, reader: Reader, reads: Iterable[Read], taken: Iterable[str] = (), *, has_server: bool = False
) -> Writes:
    """Where the code of READER writes; TAKEN are variables that lead to a service already.

    Where the app HAS a database SERVER, a file that a variable could move is what it does without one.
    """
    by_name = {read.name: read for read in reads}
    writes = Writes([], {}, [], [])
    taken = frozenset(taken)
    for file in _sqlite_files(reader, by_name.values()):
        if not taken & file.folded.names:
            _place_database(tree, writes, file, by_name, has_server)
    folders = [one for module in reader.modules for one in _folders(reader, module)]
    for path, source in [*_setting_folders(reader), *folders]:
        _place_folder(tree, writes, path, source)
    for path, source in [one for module in reader.modules for one in _files(reader, module)]:
        _place_file(tree, writes, path, source)
    return Writes(_distinct(writes.writable), writes.values, writes.keep, _each_once(writes.warnings))


def _each_once(warnings: Iterable[ProjectWarning]) -> list[ProjectWarning]:
    """One warning for each thing to say, at the first place that says so."""
    first: dict[tuple[str, str], ProjectWarning] = {}
    for warning in warnings:
        first.setdefault((warning.code, warning.message), warning)
    return list(first.values())


# -- SQLite


def _sqlite_files(reader: Reader, reads: Iterable[Read]) -> Iterator[_File]:
    start = _instance_folder(reader)
    for read in reads:
        if (read.default or "").startswith("sqlite"):
            yield _File(Folded(read.default, frozenset({read.name})), read.source, start)
    for name, values in reader.named.items():
        # a field's default is a reading, and was told above
        for module, value in values if name not in reader.variables else ():
            folded = (
                reader.fold(module, value)
                if name.upper().endswith(("URL", "URI", "DSN", "DATABASE"))
                else None
            )
            if folded and (folded.text or "").startswith("sqlite"):
                yield _File(folded, place(module, value), start)
    for module in reader.modules:
        yield from _sqlite_in(reader, module)


def _sqlite_in(reader: Reader, module: Module) -> Iterator[_File]:
    for node in module.nodes:
        if isinstance(node, ast.Dict):
            yield from _django_database(reader, module, node)
        elif isinstance(node, ast.Call) and (node.args or node.keywords):
            called = reader.origin(module, node.func)
            value = argument(node, "database", 0) or argument(node, "url", 0) or argument(node, "db_url")
            if _SQLITE_CALLS.fullmatch(called):
                yield _File(reader.fold(module, value), place(module, node))
            elif _URL_CALLS.fullmatch(called):
                value = (
                    argument(node, "url", 0) if argument(node, "db_url") is None else argument(node, "db_url")
                )
                folded = reader.fold(module, value)
                if (folded.text or "").startswith("sqlite"):
                    yield _File(folded, place(module, node))


def _django_database(reader: Reader, module: Module, node: ast.Dict) -> Iterator[_File]:
    table = {literal(module, key): value for key, value in zip(node.keys, node.values, strict=True) if key}
    if "ENGINE" in table and "NAME" in table:
        engine = reader.fold(module, table["ENGINE"]).text or ""
        if "sqlite" in engine or "spatialite" in engine:
            yield _File(reader.fold(module, table["NAME"]), place(module, table["NAME"]))


def _instance_folder(reader: Reader) -> str:
    """Where Flask-SQLAlchemy (3 and newer) puts a relative file; elsewhere the working directory.

    https://flask-sqlalchemy.palletsprojects.com/en/stable/config/#connection-url-format
    """
    uses_flask = any(module.mentions("flask_sqlalchemy") for module in reader.modules)
    return _instance_of(reader) if uses_flask else HOME


def _instance_of(reader: Reader) -> str:
    """Flask's instance folder: beside the package or module of the application."""
    for module in reader.modules:
        if module.mentions("Flask("):
            for node in module.nodes:
                if isinstance(node, ast.Call) and reader.origin(module, node.func) == "flask.Flask":
                    stated = reader.fold(module, argument(node, "instance_path")).text
                    root = "" if module.root == "." else f"/{module.root}"
                    return stated or f"{HOME}{root}/instance"
    return f"{HOME}/instance"


def _path_of(text: str, root: str) -> str | None:
    """The absolute path of an SQLite URL or a path; None for one in memory, or where a part is unknown."""
    if "://" in text:
        rest = text.partition("://")[2].partition("?")[0]
        text = rest[1:] if rest.startswith("/") else rest
    if not text or ":memory:" in text or UNKNOWN in text or "\0" in text or text.startswith("file:"):
        return None
    return normpath(text if text.startswith("/") else f"{root}/{text}")


def _place_database(
    tree: Tree, writes: Writes, file: _File, reads: Mapping[str, Read], has_server: bool
) -> None:
    text = file.folded.text or ""
    path = _path_of(text, file.root)
    if path is None or path.startswith(f"{DATA}/") or _ELSEWHERE.match(path):
        if path and path.startswith(f"{DATA}/"):
            writes.writable.append(Writable(dirname(path), file.source))
        return
    if path == HOME or path.endswith("/"):
        return
    if file.folded.names & writes.values.keys():
        return
    moved = _moved(file, path, reads)
    if moved and has_server:
        return
    if moved:
        writes.values.update([moved])
        writes.writable.append(Writable(DATA, file.source))
        return
    _leave_in_place(tree, writes, path, file.source)


def _moved(file: _File, path: str, reads: Mapping[str, Read]) -> tuple[str, str] | None:
    """The one variable that moves the file to the volume, with its value."""
    if len(file.folded.names) != 1:
        return None
    (name,) = file.folded.names
    text, default = file.folded.text or "", reads[name].default if name in reads else None
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


def _leave_in_place(tree: Tree, writes: Writes, path: str, source: str) -> None:
    """A file that no setting moves: its folder becomes a volume; among sources, a link leads to one."""
    inside = path.removeprefix(f"{HOME}/")
    if inside == path:
        if dirname(path) != "/":
            writes.writable.append(Writable(dirname(path), source))
        return
    if inside in tree:
        writes.keep.append(inside)
    if dirname(inside) and not _holds_sources(tree, dirname(inside)):
        writes.writable.append(Writable(f"{HOME}/{dirname(inside)}", source))
        return
    writes.writable.append(Writable(DATA, source, link=inside))
    message = (
        f"keeps its database in {inside}, beside the source; a link leads from there to the volume {DATA}"
    )
    writes.warnings.append(ProjectWarning("sqlite-in-source", message, source))


def _holds_sources(tree: Tree, folder: str) -> bool:
    return bool(
        tree.glob(f"{folder}/**/*.py") or tree.glob(f"{folder}/*.py") or tree.glob(f"{folder}/*.html")
    )


# -- folders


def _setting_folders(reader: Reader) -> Iterator[tuple[str, str]]:
    for name, values in reader.named.items():
        if _FOLDER_SETTINGS.fullmatch(name):
            for module, value in values:
                if text := reader.fold(module, value).text:
                    yield text, place(module, value)


def _folders(reader: Reader, module: Module) -> Iterator[tuple[str, str]]:
    if module.mentions("os.chdir") or not module.mentions(*_WRITING_WORDS):
        return
    for node in module.nodes:
        text = _made_by(reader, module, node) if isinstance(node, ast.Call) else None
        if text:
            yield text, place(module, node)


def _made_by(reader: Reader, module: Module, node: ast.Call) -> str | None:
    """The folder that a call makes."""
    if reader.origin(module, node.func) in _FOLDER_CALLS:
        return _folder_of(reader, module, argument(node, "name", 0) or argument(node, "path"))
    if isinstance(node.func, ast.Attribute) and node.func.attr == "mkdir":
        return _folder_of(reader, module, node.func.value)
    return None


def _files(reader: Reader, module: Module) -> Iterator[tuple[str, str]]:
    if module.mentions("os.chdir"):
        return
    if module.mentions("fasthtml"):
        yield from _session_keys(reader, module)
    for node in module.nodes if module.mentions(*_WRITING_WORDS) else ():
        text = None
        if isinstance(node, ast.Call):
            text = _written_by(reader, module, node)
        elif isinstance(node, ast.Dict):
            text = _log_file(reader, module, node)
        if text and "/dev/" not in text:
            yield text, place(module, node)


def _written_by(reader: Reader, module: Module, node: ast.Call) -> str | None:
    """The file that a call writes."""
    called = reader.origin(module, node.func)
    if _LOG_CALLS.fullmatch(called):
        return reader.fold(module, argument(node, "filename", 0)).text
    if called in {"open", "io.open"} and _WRITING.match(
        str(literal(module, argument(node, "mode", 1)) or "")
    ):
        return reader.fold(module, argument(node, "file", 0)).text
    if _FILE_CALLS.fullmatch(called):
        return _named(reader, module, node)
    if isinstance(node.func, ast.Attribute):
        if node.func.attr in {"write_text", "write_bytes"}:
            return reader.fold(module, node.func.value).text
        if node.func.attr in _FILE_METHODS:
            return _named(reader, module, node)
    return None


def _named(reader: Reader, module: Module, node: ast.Call) -> str | None:
    """The first argument where it is the name of a file: with a suffix, and known whole."""
    text = reader.fold(module, node.args[0]).text if node.args else None
    return text if text and UNKNOWN not in text and "." in basename(text).strip(".") else None


def _session_keys(reader: Reader, module: Module) -> Iterator[tuple[str, str]]:
    """The key that FastHTML makes; its own examples import all of fasthtml.common by a star."""
    for node in module.nodes:
        if not isinstance(node, ast.Call) or argument(node, "secret_key") is not None:
            continue
        if reader.origin(module, node.func).rpartition(".")[2] in {"FastHTML", "fast_app"}:
            stated = reader.fold(module, argument(node, "key_fname")).text
            yield stated or _SESSION_KEY, place(module, node)


def _folder_of(reader: Reader, module: Module, node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr == "instance_path":
        return _instance_of(reader)
    return reader.fold(module, node).text


def _log_file(reader: Reader, module: Module, node: ast.Dict) -> str | None:
    table = {literal(module, key): value for key, value in zip(node.keys, node.values, strict=True) if key}
    kind = literal(module, table["class"]) if "class" in table else None
    if isinstance(kind, str) and kind.endswith("FileHandler") and "filename" in table:
        return reader.fold(module, table["filename"]).text
    return None


def _place_file(tree: Tree, writes: Writes, text: str, source: str) -> None:
    """A file among sources gets a link to a volume; the folder of any other becomes one."""
    inside = _inside(text)
    if inside is None or (dirname(inside) and not _holds_sources(tree, dirname(inside))):
        _place_folder(tree, writes, dirname(text) or ".", source)
        return
    writes.writable.append(Writable(DATA, source, link=inside))
    message = f"writes {inside}, beside the source; a link leads from there to the volume {DATA}"
    writes.warnings.append(ProjectWarning("writes-source", message, source))


def _inside(text: str) -> str | None:
    """The path of a file below the app, where all of it is known."""
    if UNKNOWN in text or "%" in text or "\0" in text:
        return None
    path = normpath(text if text.startswith("/") else f"{HOME}/{text}")
    return path.removeprefix(f"{HOME}/") if path.startswith(f"{HOME}/") else None


def _place_folder(tree: Tree, writes: Writes, text: str, source: str) -> None:
    path = _known_part(text)
    if path is None or path == "/" or _ELSEWHERE.match(path):
        return
    inside = path.removeprefix(f"{HOME}/") if path.startswith(f"{HOME}/") else None
    if path == HOME or (inside and _holds_sources(tree, inside)):
        where = inside or "its working directory"
        message = f"writes to {where}, where its source is: in the image that is not writable"
        writes.warnings.append(ProjectWarning("writes-source", message, source))
    elif "://" not in text:
        writes.writable.append(Writable(path, source))


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


def _distinct(writable: Iterable[Writable]) -> list[Writable]:
    """Each folder once, and none inside another."""
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
