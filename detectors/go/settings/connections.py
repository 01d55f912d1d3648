"""Backing services that Go code connects to: drivers, clients, and what tells them where. Opens nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ...environment import Read, names_part, names_service
from ...named import is_named
from ...services import LOCAL_HOSTS, SQL, Connection, connection_of_url, is_remote, split_url
from ..code.code import Call, Code
from ..code.flow import choices_at, runs
from ..code.folding import fold, fold_part
from ..code.origins import callee, made_of, type_of
from ..code.program import Program, Spot
from ..code.syntax import Node, unwrap
from ..code.values import EMPTY, UNKNOWN, Folded
from .drivers import (
    ADDRESSES,
    CLIENTS,
    DATABASES,
    DRIVERS,
    NAMES,
    OPENS,
    PASSWORDS,
    SQLITE,
    STRUCTS,
    USERS,
    WEAK,
)  # fmt: skip

_WORDS = ("Open", "Connect", "Dial", "New", "ApplyURI", "Parse", "TCP", "SeedBrokers", "SetURL", "With",
          "MustConnect",
          "ConnectContext", "MustConnectContext", "MustOpen", "OpenDB", "OpenDBWithDriver",
          "NewEngine")  # fmt: skip
#: A value that no project has: where it comes out again, it was put in.
_TRIAL = "set-to-be-found"
#: `user:password@tcp(host:3306)/database?…`: https://github.com/go-sql-driver/mysql#dsn-data-source-name
_MYSQL = r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@/]*))?@)?(?:tcp)?\(?(?P<host>[^:()/]*)(?::[^)]*)?\)?"
_MYSQL += r"/(?P<database>[^?]*)"
_WORD = re.compile(r"(\w+)=('[^']*'|[^\s']*)")
_LOCAL_BY_DEFAULT = frozenset({"redis", "mongodb", "elasticsearch"})


class Use(NamedTuple):
    """A variable that holds all of what tells a client where: what it must look like."""

    name: str
    service: str
    form: str  # "url" "dsn" "address"
    default: str | None


class Connections(NamedTuple):
    """What the code connects to, with what it takes to decide which services that makes."""

    drivers: Mapping[str, Fact]
    connections: tuple[Connection, ...]
    uses: tuple[Use, ...]
    extended: frozenset[str]  # variables that the code puts a query behind: theirs must have none
    switches: Mapping[str, Mapping[str, str]]  # variables that choose a driver: its names by service
    wants_ssl: Fact | None  # a connection of lib/pq that says nothing of TLS, which it then insists on
    warnings: tuple[ProjectWarning, ...]


class _Option(NamedTuple):
    """A database that a variable chooses: `switch os.Getenv("DB_TYPE") { case "pgx": … }`."""

    name: str
    value: str
    service: str


class _Told(NamedTuple):
    """What a client is told: the service, the address, and where the rest of the login stands."""

    service: str
    address: Folded
    form: str
    place: str
    spot: Spot | None = None  # the struct of options
    code: Code | None = None
    node: Node | None = None  # the expression of the address


def find_connections(
    program: Program, reads: Iterable[Read], examples: Mapping[str, str] | None = None
) -> Connections:
    """Return every connection of PROGRAM to a backing service, given what it reads.

    EXAMPLES are values of variables, as the project shows them: of several databases they choose one.
    """
    drivers = _drivers(program)
    finder = _Finder(program, drivers)
    told = finder.told()
    if option := finder.option(examples or {}):
        with program.setting({option.name: option.value}):
            finder = _Finder(program, drivers)
            finder.switches[option.name] = {option.service: option.value}
            told = finder.told()
            return _found(finder, told, reads)
    return _found(finder, told, reads)


def _found(finder: "_Finder", told: Iterable[_Told], reads: Iterable[Read]) -> Connections:
    drivers = finder.drivers
    found = [connection for one in told if (connection := finder.connection(one))]
    found += [one for one in _from_reads(reads, drivers) if finder.may_use(one.service)]
    found += finder.imports()
    return Connections(
        drivers, tuple(found), tuple(dict.fromkeys(finder.uses)), frozenset(finder.extended), finder.switches,
        finder.wants_ssl, tuple(finder.warnings),
    )  # fmt: skip


def _drivers(program: Program) -> Mapping[str, Fact]:
    found: dict[str, Fact] = {}
    for path, place in program.imports.items():
        if path in DRIVERS:
            found.setdefault(DRIVERS[path], Fact(path, place))
    return found


def _from_reads(reads: Iterable[Read], drivers: Mapping[str, Fact]) -> Iterator[Connection]:
    for read in reads:
        if stated := connection_of_url(read.default or "", read.source):
            yield stated._replace(certain=stated.service in drivers)
        elif names_part(read.name) in {"url", "host", "address", "endpoint"} and not _leads_away(
            read.default
        ):
            service = names_service(read.name, drivers)
            if service and not (read.default or "").startswith(("file:", "sqlite", "./")):
                yield Connection(service, read.source, certain=False)


def _leads_away(default: str | None) -> bool:
    parts = split_url(default or "")
    return bool(parts and parts.hostname and is_remote(parts.hostname))


class _Finder:
    """Goes through one program, and notes what it meets on the way."""

    def __init__(self, program: Program, drivers: Mapping[str, Fact]) -> None:
        self.program = program
        self.drivers = drivers
        self.has_file = not SQLITE.isdisjoint(program.imports)  # a database in a file is a choice
        self.uses: list[Use] = []
        self.extended: set[str] = set()
        self.switches: dict[str, Mapping[str, str]] = {}
        self.wants_ssl: Fact | None = None
        self.warnings: list[ProjectWarning] = []
        self.live: set[str] = set()  # services with a client that the code makes
        self.idle: set[str] = set()  # and with one that it does not, with no variable set
        self.options: list[_Option] = []
        self.chosen: set[str] = set()  # drivers of SQL that `sql.Open` names

    def option(self, examples: Mapping[str, str]) -> _Option | None:
        """Return the database to choose where the code makes a client of none: as shown, else the first."""
        if self.has_file or any(service in SQL for service in self.live):
            return None
        shown = (one for one in self.options if examples.get(one.name) == one.value)
        return next(shown, None) or next(iter(self.options), None)

    # -- what clients are told

    def told(self) -> list[_Told]:
        """What every client is told that runs with no variable set."""
        found: list[_Told] = []
        for code in self.program.codes:
            if not any(path in DRIVERS or path in SQLITE or _is_opener(path) for path in code.packages):
                continue
            for call in code.calls:
                if call.name.startswith(_WORDS):
                    found += self._of_call(call)
            found += self._of_structs(code)
        return [one for one in found if one.service in self.live or one.service not in self.idle]

    def _of_call(self, call: Call) -> Iterator[_Told]:
        name = callee(call.code, call.node)
        for pattern, place in OPENS:
            if is_named(pattern, name) and len(call.arguments) > place + 1:
                yield from self._opened(call, place)
                return
        found = next((one for one in CLIENTS if is_named(one[0], name)), None)
        if found is None:
            return
        service, place, form = found[1:]
        node = call.arguments[place] if place < len(call.arguments) else None
        if form == "options":
            service = service or ("mysql" if "mysql" in name else "postgres")
            if not self._is_idle(call.code, call.node, service):
                yield from self._options(call.code, node, service, call.place)
        elif not self._is_idle(call.code, call.node, service):
            yield self._stated(call.code, node, service, form, call.place)

    def _opened(self, call: Call, place: int) -> Iterator[_Told]:
        """`sql.Open("postgres", dsn)`."""
        name = fold(call.code, call.arguments[place])
        service = NAMES.get((name.text or "").lower())
        if service is None and name.names and not name.text:
            self._switch(name.names)
        if service is not None and not call.code.is_dead(call.node):
            self.chosen.add(service)
        if service == "sqlite" or self._is_idle(call.code, call.node, service or ""):
            return
        yield self._stated(call.code, call.arguments[place + 1], service or "", "dsn", call.place)

    def _switch(self, names: frozenset[str]) -> None:
        known = [service for service in SQL if service in self.drivers]
        words = {"postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
        for name in names if known else ():
            self.switches[name] = {service: words[service] for service in known}

    def _of_structs(self, code: Code) -> Iterator[_Told]:
        for node in code.parts("literal"):
            service = STRUCTS.get(type_of(code, node))
            if service and not self._is_idle(code, node, service):
                yield from self._options(code, node, service, code.place(node))

    def _options(self, code: Code, node: Node | None, service: str, place: str) -> Iterator[_Told]:
        """A client that is given a struct; one that is made elsewhere is found there."""
        spot = made_of(code, node) if node is not None else None
        if node is None or spot is None:
            yield _Told(service, EMPTY, "options", place)
            return
        for key in ADDRESSES:
            address = fold_part(spot.code, spot.node, key)
            if address.text is not None or address.names or address.value.__class__ is tuple:
                form = "dsn" if key == "DSN" else "address"
                value = _entry(spot, key)
                yield _Told(service, _first(address), form, place, spot, spot.code, value)
                return
        yield _Told(service, EMPTY, "options", place, spot)

    def _stated(self, code: Code, node: Node | None, service: str, form: str, place: str) -> _Told:
        address = _first(fold(code, node)) if node is not None else EMPTY
        return _Told(service, address, "address" if form == "addresses" else form, place, None, code, node)

    def _is_idle(self, code: Code, node: Node, service: str) -> bool:
        """Whether the code makes no such client where no variable is set."""
        holds = False if code.is_dead(node) else runs(code, node)
        # where a database in a file can be chosen, a server is only what somebody else chooses
        is_idle = holds is False or (holds is None and service in SQL and self.has_file)
        (self.idle if is_idle else self.live).add(service)
        if is_idle and service in SQL:
            self.options += [_Option(name, value, service) for name, value in choices_at(code, node)]
        return is_idle

    @property
    def unused(self) -> set[str]:
        """Services whose clients are made only where a variable is set."""
        return self.idle - self.live

    def may_use(self, service: str | None) -> bool:
        """Whether a variable can lead to SERVICE: not where another database is opened, or it is not used."""
        is_other = service in SQL and bool(self.chosen) and service not in self.chosen
        return service not in self.unused and not is_other

    # -- connections

    def connection(self, told: _Told) -> Connection | None:
        """Return what a client connects to; None where it is somebody else's."""
        found = _connection(told)
        if found is None:
            return None
        self._note_use(told, found.service)
        if found.service == "postgres" and "github.com/lib/pq" in self.program.imports:
            self._note_ssl(told)
        is_local = found.host in LOCAL_HOSTS and told.address.is_known and not told.address.names
        bare = told.form == "options" and told.address == EMPTY and told.spot is not None
        if is_local or (bare and told.service in _LOCAL_BY_DEFAULT):
            message = (
                f"connects to {found.service} on localhost, which in a container is the container itself"
            )
            if not any(one.message == message for one in self.warnings):
                self.warnings.append(ProjectWarning("localhost-service", message, told.place))
        return found

    def _note_use(self, told: _Told, service: str | None) -> None:
        """Find the variable that holds the whole address: set to something, it is that."""
        if told.code is None or told.node is None:
            return
        for name in sorted(told.address.names):
            with self.program.setting({name: _TRIAL}):
                tried = _first(fold(told.code, told.node)).text
            if tried and tried.startswith(f"{_TRIAL}?"):
                self.extended.add(name)
            if tried == _TRIAL and service is not None:
                default = told.address.text or None
                self.uses.append(Use(name, service, told.form, default))
                return

    def _note_ssl(self, told: _Told) -> None:
        text = told.address.text or ""
        if told.form == "dsn" and "sslmode" not in text and self.wants_ssl is None:
            self.wants_ssl = Fact(True, told.place)

    # -- imports

    def imports(self) -> Iterator[Connection]:
        """What is imported to speak to a service, where no client says more."""
        for path, place in self.program.imports.items():
            service = DRIVERS.get(path)
            if service is None:
                continue
            if not self.may_use(service):
                continue
            if service in SQL and self.has_file and service not in self.live:
                continue
            yield Connection(service, place, certain=path not in WEAK)


def _is_opener(path: str) -> bool:
    return path == "database/sql" or path.startswith(
        ("github.com/jmoiron/sqlx", "github.com/jinzhu/gorm", "entgo.io/ent", "xorm.io",
        "github.com/gocraft/dbr",
         "gorm.io/gorm", "github.com/golang-migrate", "go.mongodb.org", "github.com/pressly/goose",
         "github.com/go-xorm", "github.com/go-ozzo/ozzo-dbx")
    ) or path.endswith("/ent")  # fmt: skip


def _first(folded: Folded) -> Folded:
    """The first of several addresses."""
    if isinstance(folded.value, tuple):
        parts = [one for one in folded.value if isinstance(one, Folded)]
        return parts[0].also(folded) if parts else EMPTY.also(folded)
    return folded


def _entry(spot: Spot, key: str) -> Node | None:
    from ..code.origins import entry  # the word is taken here

    value = entry(spot.node, key)
    return unwrap(value) if value is not None else None


def _connection(told: _Told) -> Connection | None:
    """The connection that a client's address states, by its form."""
    text, service = told.address.text or "", told.service or None
    if "://" in text:
        found = connection_of_url(text, told.place)
        if found:
            return found if service in {None, found.service} else found._replace(service=service)
        if text.startswith("mongodb+srv") or _leads_away(text):
            return None
        return Connection(service, told.place)
    parts = _parts(text, told)
    host = parts.get("host")
    if host and is_remote(host):
        return None
    return Connection(
        service, told.place, host=host or None, user=parts.get("user") or None,
        password=parts.get("password") or None, database=parts.get("database") or None,
    )  # fmt: skip


def _parts(text: str, told: _Told) -> Mapping[str, str]:
    """The parts of a connection that a text, or the struct beside it, states; the unknown left out."""
    if told.form == "dsn" and "=" in text and "/" not in text.partition("=")[0]:
        words = {key.lower(): value.strip("'") for key, value in _WORD.findall(text)}
        found = {"host": words.get("host", ""), "user": words.get("user", ""),
                 "password": words.get("password", ""),
                 "database": words.get("dbname") or words.get("database") or ""}  # fmt: skip
    elif told.form == "dsn":
        match = re.match(_MYSQL, text)
        found = {key: value or "" for key, value in match.groupdict().items()} if match else {}
    else:
        found = {"host": text.partition(":")[0]}
    if told.spot is not None:
        found |= _login(told.spot, told.service)
    return {key: value for key, value in found.items() if value and UNKNOWN not in value and "%" not in value}


def _login(spot: Spot, service: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part, keys in (("user", USERS), ("password", PASSWORDS), ("database", DATABASES)):
        for key in keys:
            text = fold_part(spot.code, spot.node, key).text
            if text and not (part == "database" and service == "redis"):
                found.setdefault(part, text)
    return found
