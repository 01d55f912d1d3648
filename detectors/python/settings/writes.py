"""Where Python code writes: SQLite files, uploads, logs, Flask's instance folder. Moves nothing."""

import ast
import re
from collections.abc import Iterable, Iterator
from posixpath import basename

from scaffold.model import Writable
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ...environment import DATA, Read
from ...named import is_named
from ...placing import Database, Ground, Writes, place_database, place_file, place_folder, settled
from ..code.folding import UNKNOWN, Folded
from ..code.reader import Reader
from ..code.source import HOME, Module, argument, literal, place

_SQLITE_CALLS = (
    r"sqlite3\.(\w+\.)*connect|aiosqlite\.(\w+\.)*connect|peewee\.SqliteDatabase|playhouse\.\w+\.Sqlite\w*Database"
    r"|tinydb\.TinyDB|duckdb\.connect"
)
_URL_CALLS = (
    r"sqlalchemy\.(\w+\.)*(create_engine|create_async_engine)|sqlmodel\.(\w+\.)*create_engine|databases\.Database"
    r"|dataset\.connect|playhouse\.db_url\.connect|tortoise\.(\w+\.)*(register_tortoise|init)"
)
#: A lone "sqlite" names a kind of database, no file.
_SQLITE_URL = r"sqlite[\w+]*:"
_LOG_CALLS = r"logging\.(\w+\.)*\w*FileHandler|loguru\.logger\.add"
_FOLDER_CALLS = frozenset({"os.makedirs", "os.mkdir"})
#: Calls and methods that write the file they are given first.
#: https://pycairo.readthedocs.io/en/latest/reference/surfaces.html
_FILE_CALLS = r"cairo\.(SVG|PDF|PS|Script)Surface|numpy\.(save|savez|savetxt)|torch\.save|joblib\.dump"
_FILE_METHODS = frozenset(
    {
        "savefig", "to_csv", "to_excel", "to_json", "to_parquet", "to_pickle", "to_html", "write_html",
        "write_image", "write_to_png", "save",
    }
)  # fmt: skip
#: A file that FastHTML makes in its working directory, unless it is given a key.
#: https://www.fastht.ml/docs/api/core.html
_SESSION_KEY = ".sesskey"
#: Settings that name the folder of what users send, or of a cache, as Django, Flask and extensions call it.
#: https://flask-caching.readthedocs.io/en/latest/#filesystemcache
_FOLDER_SETTINGS = r"(?i)MEDIA_ROOT|CACHE_DIR|UPLOAD(S|ED)?(_\w+)?_(FOLDER|DIR|DIRECTORY|PATH|DEST)"
#: Settings that name a folder which the app fills where git ignores it: elsewhere it may only be read.
_DATA_SETTINGS = (
    r"(?i)(\w+_)?(ATTACH\w*|BACKUPS?|CACHE|CONFIG|DATA|LOGS?|SESSIONS?|STATE|STORAGE|STORE)"
    r"_(DIR|DIRECTORY|FOLDER|PATH|ROOT)"
)
#: Variables that name the folder of a database, or of what users send.
_DATA_VARIABLES = r"(\w+_)?(DB|DATABASE|STATE|UPLOADS?)_?(DIR|DIRECTORY|FOLDER|PATH)"
#: A folder with one of these in it is no volume.
_SOURCES = (".py", ".html")
_WRITING = r"[rb t]*[wax+]"
_WRITING_WORDS = (
    "mkdir", "makedirs", "FileHandler", "open(", "logger.add", "write_", "instance_path", "Surface", "save",
    ".to_", "dump",
)  # fmt: skip


class _File(NamedTuple):
    """A file that the code writes: a path or an SQLite URL, as it folds."""

    folded: Folded
    source: str
    root: str = HOME  # where a relative path starts


def find_writes(
    tree: Tree, reader: Reader, reads: Iterable[Read], taken: Iterable[str] = (), *, has_server: bool = False
) -> Writes:
    """Where the code of READER writes; TAKEN are variables that lead to a service already.

    Where the app HAS a database SERVER, a file that a variable could move is what it does without one.
    """
    by_name = {read.name: read for read in reads}
    writes, ground = Writes([], {}, [], []), Ground(tree, _SOURCES)
    taken = frozenset(taken)
    for file in _sqlite_files(reader, by_name.values()):
        if not taken & file.folded.names:
            database = Database(file.folded.text, file.folded.names, file.source, file.root)
            place_database(ground, writes, database, by_name, has_server)
    _move_data(reader, writes)
    folders = [one for module in reader.modules for one in _folders(reader, module)]
    for path, source in [*_setting_folders(tree, reader), *_state_folders(reader), *folders]:
        place_folder(ground, writes, path, source)
    for path, source in [one for module in reader.modules for one in _files(reader, module)]:
        place_file(ground, writes, path, source)
    return settled(writes)


# -- SQLite


def _sqlite_files(reader: Reader, reads: Iterable[Read]) -> Iterator[_File]:
    start = _instance_folder(reader)
    for read in reads:
        if re.match(_SQLITE_URL, read.default or ""):
            yield _File(Folded(read.default, frozenset({read.name})), read.source, start)
    for name, values in reader.named.items():
        # a field's default is a reading, and was told above
        for module, value in values if name not in reader.variables else ():
            folded = (
                reader.fold(module, value)
                if name.upper().endswith(("URL", "URI", "DSN", "DATABASE"))
                else None
            )
            if folded and re.match(_SQLITE_URL, folded.text or ""):
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
            if is_named(_SQLITE_CALLS, called):
                yield _File(reader.fold(module, value), place(module, node))
            elif is_named(_URL_CALLS, called):
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


# -- folders


def _setting_folders(tree: Tree, reader: Reader) -> Iterator[tuple[str, str]]:
    for name, values in reader.named.items():
        is_written = re.fullmatch(_FOLDER_SETTINGS, name)
        for module, value in values if is_written or re.fullmatch(_DATA_SETTINGS, name) else ():
            text = reader.fold(module, value).text
            if text and (is_written or _is_left_out(tree, text)):
                yield text, place(module, value)


def _move_data(reader: Reader, writes: Writes) -> None:
    """Move data to the volume which lies in the app's own folder unless a variable says otherwise."""
    for values in reader.named.values():
        for module, value in values if any(one.mentions("os.") for one, _ in values) else ():
            folded = reader.fold(module, value)
            (name, *others) = folded.names or ("",)
            if folded.text == HOME and not others and re.fullmatch(_DATA_VARIABLES, name):
                writes.values[name] = DATA
                writes.take(Writable(DATA, place(module, value)))


def _is_left_out(tree: Tree, folder: str) -> bool:
    """Whether git ignores FOLDER, which lies below the app."""
    inside = folder.removeprefix(f"{HOME}/")
    return not inside.startswith("/") and UNKNOWN not in inside and tree.is_ignored(f"{inside}/")


def _state_folders(reader: Reader) -> Iterator[tuple[str, str]]:
    """What the code names below /var/lib/NAME, where NAME is its own: there a program keeps its state.

    https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch05s08.html
    """
    own = {part for module in reader.modules for part in module.name.split(".")[:2]}
    for module in reader.modules:
        for node in module.nodes if module.mentions("/var/lib/") else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = re.fullmatch(r"/var/lib/([\w-]+)(?:/[\w./-]+)?", node.value)
                if match and match[1].replace("-", "_") in own:
                    yield node.value, place(module, node)


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
    if is_named(_LOG_CALLS, called):
        return reader.fold(module, argument(node, "filename", 0)).text
    if called in {"open", "io.open"} and re.match(
        _WRITING, str(literal(module, argument(node, "mode", 1)) or "")
    ):
        return reader.fold(module, argument(node, "file", 0)).text
    if is_named(_FILE_CALLS, called):
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
