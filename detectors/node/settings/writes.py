"""Where JavaScript code writes: SQLite files, uploads, logs, sessions. Moves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, normpath

from scaffold.model import Writable
from scaffold.reading.tree import Tree

from ...environment import DATA, Read
from ...named import is_named
from ...placing import Database, Ground, Writes, place_database, place_file, place_folder, settled
from ..code.folding import EMPTY, HOME, Folded, fold
from ..code.module import Call, Module
from ..code.origins import Spot, follow, member
from ..code.syntax import FUNCTIONS, Node, arguments_of, text_of
from .options import Options, package_of
from .prisma import Datasource

#: A folder with one of these in it is no volume.
_SOURCES = (".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".html", ".vue", ".ejs", ".pug")
#: Clients whose first argument is the file of a database.
_SQLITE = (
    r"better-sqlite3(\.default)?|sqlite3(\.default)?\.(verbose\(\)\.)?(cached\.)?Database|sqlite3\.verbose\(\)\.Database"
    r"|(node:)?sqlite\.DatabaseSync|bun:sqlite\.Database|better-sqlite3-multiple-ciphers"
    r"|@prisma/adapter-better-sqlite3\.\w+|@prisma/adapter-libsql\.\w+"
)
#: Clients whose options name it, by which key; the URL of an ORM is one of these too.
_SQLITE_OPTIONS = (
    r"sqlite\.open|@libsql/client(/\w+)?\.createClient|@mikro-orm/\w+\.MikroORM\.init|connect-sqlite3\(\)|nedb(-promises)?(\.create)?"
    r"|@seald-io/nedb|typeorm\.(DataSource|createConnections?)|sequelize(\.Sequelize|\.default)?"
    r"|sequelize-typescript\.Sequelize|knex(\.default|\.knex)?|@nestjs/typeorm\.TypeOrmModule\.forRoot(Async)?"
    r"|@nestjs/sequelize\.SequelizeModule\.forRoot(Async)?|drizzle-orm/[\w-]+\.drizzle"
)
_JSON_FILES = r"lowdb/(node|adapters/\w+)\.\w+|lowdb/node\.JSONFile(Sync)?|lowdb/node\.JSONFilePreset"
_STORAGE = ("storage", "database", "filename", "dbName", "url", "connectionString")
_FS = r"(fs|fs/promises|fs\.promises|fs-extra|graceful-fs|jsonfile)(\.default|\.promises)?\."
_FILES = (
    rf"{_FS}(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync"
)
_FILES += r"|writeJson|writeJsonSync|writeJSON|outputJson|outputJsonSync|ensureFile|ensureFileSync|truncate)"
_FOLDERS = rf"{_FS}(mkdir|mkdirSync|mkdirp|mkdirpSync|ensureDir|ensureDirSync|emptyDir)|mkdirp(\.\w+)?"
_COPIES = rf"{_FS}(copyFile|copyFileSync|rename|renameSync|copy|copySync|move|moveSync|cp|cpSync)"
#: Calls with options, and the keys of the folder or the file in them.
_OPTION_FOLDERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"multer(\.default)?", ("dest",)),
    (r"multer(\.default)?\.diskStorage", ("destination",)),
    (r"@fastify/multer\.(diskStorage|default)|fastify-multer(\.diskStorage)?", ("dest", "destination")),
    (r"formidable(\.\w+)?", ("uploadDir",)),
    (r"express-fileupload", ("tempFileDir",)),
    (r"winston-daily-rotate-file|winston\.transports\.DailyRotateFile", ("dirname",)),
    (r"rotating-file-stream(\.createStream)?", ("path",)),
    (r"session-file-store\(\)", ("path",)),
    (r"node-persist\.(init|create)", ("dir",)),
    (r"@nestjs/platform-express\.(FileInterceptor|FilesInterceptor|MulterModule\.register)",
     ("dest", "destination")),
)  # fmt: skip
_OPTION_FILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"winston(\.default)?\.transports\.File", ("filename",)),
    (r"pino\.destination", ("dest",)),
)
#: What it takes where nothing is said: https://github.com/valery-barysok/session-file-store#options
_USUAL_FOLDERS = {"session-file-store()": "sessions", "node-persist.init": ".node-persist/storage"}
_PACKAGES = frozenset(
    {
        "fs", "fs-extra", "graceful-fs", "jsonfile", "mkdirp", "multer", "@fastify/multer", "fastify-multer",
        "formidable", "express-fileupload", "winston", "winston-daily-rotate-file", "rotating-file-stream",
        "session-file-store", "node-persist", "@nestjs/platform-express", "pino", "better-sqlite3", "sqlite3",
        "sqlite", "bun:sqlite", "better-sqlite3-multiple-ciphers", "@prisma/adapter-better-sqlite3",
        "@prisma/adapter-libsql", "@libsql/client", "@mikro-orm/core", "@mikro-orm/sqlite",
        "@mikro-orm/libsql",
        "@mikro-orm/better-sqlite", "connect-sqlite3", "nedb", "nedb-promises", "@seald-io/nedb", "typeorm",
        "sequelize", "sequelize-typescript", "knex", "@nestjs/typeorm", "@nestjs/sequelize", "drizzle-orm",
        "lowdb",
    }
)  # fmt: skip
_WORDS = (
    "fs", "multer", "formidable", "winston", "sqlite", "nedb", "lowdb", "typeorm", "sequelize", "knex",
    "libsql",
    "mkdirp", "rotating-file", "session-file-store", "node-persist", "pino", "drizzle", "jsonfile",
    "MulterModule",
    "Interceptor", "mikro-orm", "fileupload",
)  # fmt: skip


def find_writes(
    tree: Tree,
    modules: Iterable[Module],
    reads: Iterable[Read],
    datasource: Datasource | None = None,
    examples: Mapping[str, str] | None = None,
    *,
    taken: Iterable[str] = (),
    has_server: bool = False,
) -> Writes:
    """Where the code of MODULES writes; TAKEN are variables that lead to a service already."""
    by_name = {read.name: read for read in reads}
    writes, ground = Writes([], {}, [], []), Ground(tree, _SOURCES)
    likely = [module for module in modules if module.mentions(*_WORDS)]
    if datasource and datasource.provider == "sqlite":
        _place_prisma(ground, writes, datasource, examples or {})
    for database in (one for module in likely for one in _databases(module)):
        if not frozenset(taken) & database.names:
            place_database(ground, writes, database, by_name, has_server)
    for text, place in (one for module in likely for one in _folders(module)):
        place_folder(ground, writes, text, place)
    for text, place in (one for module in likely for one in _files(module)):
        place_file(ground, writes, text, place)
    return settled(writes)


# -- SQLite


def _place_prisma(
    ground: Ground, writes: Writes, datasource: Datasource, examples: Mapping[str, str]
) -> None:
    """Prisma's file: the variable moves it, else it lies beside the schema.

    https://www.prisma.io/docs/orm/overview/databases/sqlite
    """
    if datasource.variable:
        stated = examples.get(str(datasource.variable.value), "")
        name = stated.partition("?")[0].rpartition("/")[2] if stated.startswith("file:") else "app.db"
        writes.values[str(datasource.variable.value)] = (
            f"file:{DATA}/{name.removeprefix('file:') or 'app.db'}"
        )
        writes.writable.append(Writable(DATA, datasource.source))
        return
    path = (datasource.url or "").removeprefix("file:").partition("?")[0]
    if path:
        folder = dirname(datasource.path)
        text = path if path.startswith("/") else normpath(f"{HOME}/{folder}/{path}")
        place_database(ground, writes, Database(text, frozenset(), datasource.source), {}, False)


def _databases(module: Module) -> Iterator[Database]:
    for call in _likely(module):
        folded = EMPTY
        if is_named(_SQLITE, call.callee) or is_named(_JSON_FILES, call.callee):
            folded = _file_of(module, call)
        elif is_named(_SQLITE_OPTIONS, call.callee):
            folded = _file_in_options(module, call)
        text = _plain(folded.text)
        if text:
            yield Database(text, folded.names, call.place)
        elif folded.names and folded.value is None and "sqlite" in call.callee:
            yield Database("app.db", folded.names, call.place)


def _likely(module: Module) -> Iterator[Call]:
    """The calls of packages that write."""
    return (call for call in module.calls() if package_of(call.callee) in _PACKAGES)


def _file_of(module: Module, call: Call) -> Folded:
    if not call.arguments:
        return EMPTY
    spot = follow(module, call.arguments[0])
    if spot.node.type == "object":
        url = member(*spot, "url") or member(*spot, "filename")
        return fold(*url) if url else EMPTY
    return fold(module, call.arguments[0])


def _file_in_options(module: Module, call: Call) -> Folded:
    """The file that an ORM is told, where it is told that it has one."""
    options = Options(module, call.arguments)
    dialect = (options.dialect().text or "").lower()
    address = options.address()
    is_sqlite = any(word in dialect or word in call.callee for word in ("sqlite", "libsql", "nedb"))
    if (address.text or "").startswith(("sqlite:", "file:")):
        return address
    if not is_sqlite or (address.text or "").startswith(("http", "libsql:", "ws")):
        return EMPTY
    if "connect-sqlite3" in call.callee:
        folder, name = options.word(("dir",)) or ".", options.word(("db",)) or "sessions"
        return Folded(f"{folder}/{name if '.' in name else f'{name}.db'}")
    return options.part(_STORAGE)


def _plain(text: str | None) -> str | None:
    """A path: `file:./data.db?mode=rw` is ./data.db."""
    if text is None or ":memory:" in text or text.startswith(("http", "libsql", "memory")):
        return None
    for scheme in ("sqlite://", "sqlite:", "file://", "file:"):
        if text.startswith(scheme):
            text = text[len(scheme) :]
            break
    return text.partition("?")[0] or None


# -- folders and files


def _folders(module: Module) -> Iterator[tuple[str, str]]:
    for call in _likely(module):
        text = None
        if is_named(_FOLDERS, call.callee):
            text = fold(module, call.arguments[0]).text if call.arguments else None
        else:
            keys = next((keys for pattern, keys in _OPTION_FOLDERS if is_named(pattern, call.callee)), ())
            text = _of_options(module, call, keys) if keys else None
        if text is None and call.callee in _USUAL_FOLDERS:
            text = _USUAL_FOLDERS[call.callee]
        if text:
            yield text, call.place


def _of_options(module: Module, call: Call, keys: tuple[str, ...]) -> str | None:
    for argument in call.arguments:
        for key in keys:
            found = member(module, argument, key)
            if found is None:
                continue
            text = _called_back(found) if found.node.type in FUNCTIONS else fold(*found).text
            if text:
                return text
    return None


def _called_back(spot: Spot) -> str | None:
    """multer: `destination: (req, file, done) => done(null, "uploads")`."""
    for node in spot.module.parts("call"):
        if spot.node.start_byte < node.start_byte < spot.node.end_byte and len(arguments_of(node)) == 2:
            first, second = arguments_of(node)
            if text_of(first) in {"null", "undefined"}:
                return fold(spot.module, second).text
    return None


def _files(module: Module) -> Iterator[tuple[str, str]]:
    for call in _likely(module):
        node = _written(module, call)
        text = fold(module, node).text if node is not None else None
        if text and not text.startswith(("/dev/", "{}")):
            yield text, call.place


def _written(module: Module, call: Call) -> Node | None:
    """The path that a call writes to."""
    if is_named(_FILES, call.callee):
        return call.arguments[0] if call.arguments else None
    if is_named(_COPIES, call.callee):
        return call.arguments[1] if len(call.arguments) > 1 else None
    keys = next((keys for pattern, keys in _OPTION_FILES if is_named(pattern, call.callee)), ())
    for argument in call.arguments if keys else ():
        for key in keys:
            found = member(module, argument, key)
            if found:
                return found.node if found.module is module else None
    return None
