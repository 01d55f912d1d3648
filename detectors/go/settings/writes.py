"""Where Go code writes: databases in files, uploads, logs. Moves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import dirname, normpath

from scaffold.model import ProjectWarning, Writable

from ...environment import DATA, Read
from ...named import is_named
from ...placing import Database, Ground, Writes, place_database, place_file, place_folder, settled
from ..code.code import Call
from ..code.flow import runs
from ..code.folding import fold, fold_part
from ..code.origins import callee, type_of
from ..code.program import Program
from ..code.syntax import Node, text_of
from ..code.values import UNKNOWN, Folded
from .drivers import NAMES, OPENS, SQLITE

#: Files that a program reads from its folders: what has them is no volume.
_SOURCES = (".html", ".tmpl", ".gohtml", ".tpl", ".yaml", ".yml", ".toml", ".sql", ".css", ".js")
#: Calls whose argument is the file of a database: (what is called, its index).
_FILES_OF_DATA: tuple[tuple[str, int], ...] = (
    (r"(gorm\.io/driver|github\.com/glebarez)/sqlite\.Open", 0),
    (r"(go\.etcd\.io/bbolt|github\.com/(boltdb/bolt|etcd-io/bbolt))\.Open", 0),
    (r"github\.com/tidwall/buntdb\.Open|github\.com/asdine/storm\.Open", 0),
    (r"(zombiezen\.com/go/sqlite|crawshaw\.io/sqlite)(/sqlitex)?\.(OpenConn|Open|NewPool)", 0),
    (r"github\.com/ncruces/go-sqlite3(/driver)?\.Open", 0),
)
#: Calls whose argument is a folder that is filled.
_FOLDERS: tuple[tuple[str, int], ...] = (
    (r"os\.(Mkdir|MkdirAll)", 0),
    (r"github\.com/dgraph-io/badger\.DefaultOptions", 0),
    (r"github\.com/syndtr/goleveldb/leveldb\.OpenFile|github\.com/cockroachdb/pebble\.Open", 0),
    (r"github\.com/blevesearch/bleve\.(New|Open)", 0),
    (r"github\.com/gorilla/sessions\.NewFilesystemStore", 0),
)
#: Calls whose argument is a file that is written.
_FILES: tuple[tuple[str, int], ...] = (
    (r"os\.(Create|WriteFile)|io/ioutil\.WriteFile", 0),
    (r"os\.Rename", 1),
    (r"github\.com/gin-gonic/gin\.Context\.SaveUploadedFile|github\.com/gofiber/fiber\.Ctx\.SaveFile", 1),
)
_WORDS = ("Mkdir", "MkdirAll", "Create", "WriteFile", "OpenFile", "Rename", "SaveUploadedFile", "SaveFile",
          "Open",
          "OpenConn", "NewPool", "DefaultOptions", "New", "NewFilesystemStore", "Connect", "MustConnect",
          "MustOpen", "NewEngine", "ConnectContext")  # fmt: skip
_LOGGERS = ("gopkg.in/natefinch/lumberjack.Logger", "github.com/natefinch/lumberjack.Logger",
            "gopkg.in/natefinch/lumberjack.v2.Logger")  # fmt: skip
_WRITING = r"O_(CREATE|WRONLY|RDWR|APPEND)"


def find_writes(
    program: Program, reads: Iterable[Read], *, taken: Iterable[str] = (), has_server: bool = False
) -> Writes:
    """Return where PROGRAM writes; TAKEN are variables that lead to a service already."""
    by_name = {read.name: read for read in reads}
    writes, ground = Writes([], {}, [], []), Ground(program.tree, _SOURCES)
    calls = [call for call in program.calls(*_WORDS) if call.arguments]
    for database in (one for call in calls for one in _databases(call)):
        if frozenset(taken) & database.names:
            continue
        if not _is_above(database.text) or database.names:
            place_database(ground, writes, database, by_name, has_server)
        else:
            _link_from_above(writes, database)
    for call in (one for one in calls if runs(one.code, one.node) is not False):
        for text in _texts(call, _FOLDERS):
            place_folder(ground, writes, text, call.place)
        for name in _naming(call):
            writes.values.setdefault(name, DATA)
            writes.take(Writable(DATA, call.place))
        for text in (*_texts(call, _FILES), *_opened(call)):
            place_file(ground, writes, text, call.place)
    for text, place in _logs(program):
        place_folder(ground, writes, dirname(text) or ".", place)
    return settled(writes)


def _is_above(text: str | None) -> bool:
    """Whether a file lies in the folder above the working folder: "../app.db"."""
    return bool(re.fullmatch(r"\.\./[^/]+", normpath(text or ".")))


def _link_from_above(writes: Writes, database: Database) -> None:
    """The folder above the working folder is the root of the image: a link leads from there to the volume."""
    link = normpath(database.text or "")
    writes.take(Writable(DATA, database.source, link=link))
    said = f"keeps its database in {link}, above its working folder; a link leads from there to {DATA}"
    writes.warnings.append(ProjectWarning("sqlite-in-source", said, database.source))


def _databases(call: Call) -> Iterator[Database]:
    name = callee(call.code, call.node)
    for pattern, index in _FILES_OF_DATA:
        if is_named(pattern, name) and index < len(call.arguments):
            yield from _database(fold(call.code, call.arguments[index]), call)
    for pattern, index in OPENS:
        if not is_named(pattern, name) or len(call.arguments) <= index + 1:
            continue
        driver = fold(call.code, call.arguments[index]).text
        if driver is None and SQLITE.isdisjoint(call.code.program.imports):
            continue
        if driver is None or NAMES.get(driver.lower()) == "sqlite":
            yield from _database(fold(call.code, call.arguments[index + 1]), call)


def _database(folded: Folded, call: Call) -> Iterator[Database]:
    text = _plain(folded.text)
    if text:
        yield Database(text, folded.names, call.place)
    elif folded.names and folded.text == "":
        yield Database("app.db", folded.names, call.place)


def _plain(text: str | None) -> str | None:
    """A path: `file:./data.db?cache=shared` is ./data.db."""
    if not text or ":memory:" in text or "mode=memory" in text or UNKNOWN in text:
        return None
    if text.startswith(("http", "libsql:", "postgres", "mysql")) or "@tcp(" in text or "host=" in text:
        return None
    for scheme in ("sqlite3://", "sqlite://", "file://", "file:"):
        text = text.removeprefix(scheme)
    return text.partition("?")[0] or None


def _texts(call: Call, kinds: tuple[tuple[str, int], ...]) -> Iterator[str]:
    name = callee(call.code, call.node)
    for pattern, index in kinds:
        if is_named(pattern, name) and index < len(call.arguments):
            text = fold(call.code, call.arguments[index]).text
            if text and not text.startswith(("/dev/", UNKNOWN)):
                yield text


def _naming(call: Call) -> Iterator[str]:
    """The variable that a folder is called by, where nothing else says which one it is."""
    name = callee(call.code, call.node)
    for pattern, index in _FOLDERS:
        if not is_named(pattern, name) or index >= len(call.arguments):
            continue
        folded = fold(call.code, call.arguments[index])
        if not folded.text or folded.text.startswith(UNKNOWN):
            yield from (one for one in sorted(folded.names)[:1] if _is_called(call, index, one))


def _is_called(call: Call, index: int, name: str) -> bool:
    with call.code.program.setting({name: DATA}):
        return fold(call.code, call.arguments[index]).text == DATA


def _opened(call: Call) -> Iterator[str]:
    """`os.OpenFile("app.log", os.O_CREATE|os.O_WRONLY, 0o644)`."""
    if callee(call.code, call.node) == "os.OpenFile" and len(call.arguments) > 1:
        text = fold(call.code, call.arguments[0]).text
        if (
            text
            and re.search(_WRITING, _flags(call.arguments[1]))
            and not text.startswith(("/dev/", UNKNOWN))
        ):
            yield text


def _flags(node: Node) -> str:
    return text_of(node)


def _logs(program: Program) -> Iterator[tuple[str, str]]:
    """`&lumberjack.Logger{Filename: "logs/app.log"}`."""
    for spot in program.literals("Logger"):
        if type_of(spot.code, spot.node) in _LOGGERS:
            text = fold_part(spot.code, spot.node, "Filename").text
            if text:
                yield text, spot.code.place(spot.node)
