"""What a client of a database is given: a URL, words, an object, a function that makes one. Opens nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..code.folding import EMPTY, Folded, fold
from ..code.module import Module, member_of, returned
from ..code.origins import Spot, follow, member
from ..code.syntax import CLASSES, FUNCTIONS, Node, callee_of, text_of

_ADDRESSES = (
    "url", "uri", "connectionString", "host", "hosts", "hostname", "urls", "brokers", "clientUrl", "mongoUrl",
    "mongoUri", "node", "nodes", "servers", "endPoint", "endpoint", "path", "kafkaHost",
    "metadata.broker.list",
    "address",
)  # fmt: skip


_INNER = ("connection", "socket", "redis", "options", "config", "client", "db", "pg", "default",
          "replication",
          "master", "dbCredentials", "connections", "postgres", "write", "conString", "store",
          "production", "pool",
          "root")  # fmt: skip


_DIALECTS = ("dialect", "type", "client", "driver", "provider", "adapter")


NO_DATABASE = "none"


_ENGINES = (
    ("postg", "postgres"), ("cockroach", "postgres"), ("aurora", NO_DATABASE), ("pg", "postgres"),
    ("mysql", "mysql"), ("maria", "mariadb"), ("mongo", "mongodb"), ("sqlite", NO_DATABASE),
    ("libsql", NO_DATABASE), ("mssql", NO_DATABASE), ("oracle", NO_DATABASE), ("sqljs", NO_DATABASE),
    ("d1", NO_DATABASE), ("turso", NO_DATABASE), ("sqlserver", NO_DATABASE), ("tedious", NO_DATABASE),
    ("better", NO_DATABASE),
)  # fmt: skip


def engine_of(dialect: Folded) -> str | None:
    text = (dialect.text or "").lower()
    return next((service for word, service in _ENGINES if word in text), None) if text else None


class Options:
    """What a client is given: a URL, words, an object, a function that makes one."""

    def __init__(self, module: Module, arguments: Iterable[Node]) -> None:
        self.module = module
        self.arguments = tuple(arguments)
        self.objects = tuple(self._objects())

    def _objects(self) -> Iterator[Spot]:
        """Every object of options: those that stand there, and what is nested in them."""
        waiting = [(follow(self.module, one), 0) for one in self.arguments]
        seen: set[tuple[str, int]] = set()
        while waiting and len(seen) < 60:
            spot, depth = waiting.pop(0)
            key = (spot.module.path, spot.node.start_byte)
            if key in seen or depth > 4:
                continue
            seen.add(key)
            if spot.node.type == "object":
                yield spot
                inner = (member(spot.module, spot.node, name) for name in (*_INNER, "useFactory", "useClass"))
                waiting += [(one, depth + 1) for one in inner if one]
            elif spot.node.type == "array":
                waiting += [(follow(spot.module, one), depth + 1) for one in spot.node.named_children[:1]]
            else:
                waiting += [(one, depth + 1) for one in _made_by(spot)]

    def part(self, names: Iterable[str]) -> Folded:
        """What the options have under the first of NAMES that is there."""
        for name in names:
            for spot in self.objects:
                found = member(spot.module, spot.node, name)
                if found is not None:
                    folded = _first(found)
                    if folded.text or folded.names:
                        return folded
        return EMPTY

    def word(self, names: Iterable[str]) -> str | None:
        folded = self.part(names)
        return folded.text if folded.is_known and folded.text else None

    def address(self) -> Folded:
        """Where to: a URL as an argument, or what the options say."""
        for one in self.arguments[:2]:
            folded = _first(follow(self.module, one))
            if "://" in (folded.text or "") or (folded.names and folded.value is None):
                return folded
        found = self.part(_ADDRESSES)
        if found is EMPTY and self.arguments:
            return _first(follow(self.module, self.arguments[0])) if not self.objects else EMPTY
        return found

    def dialect(self) -> Folded:
        """Which database: by name, by the class of a driver, by the scheme of the URL."""
        for name in _DIALECTS:
            for spot in self.objects:
                found = member(spot.module, spot.node, name)
                folded = fold(*found) if found else EMPTY
                if (folded.text and engine_of(folded)) or (folded.names and folded.value is None):
                    return folded
                if found and found.node.type in {"identifier", "member_expression"}:
                    return Folded(text_of(found.node))
        text = self.address().text or ""
        return Folded(text.partition("://")[0]) if "://" in text else EMPTY

    def is_file(self, dialect: Folded) -> bool:
        """Whether the database is a file, or in memory."""
        text = self.address().text or ""
        return text.startswith(("sqlite", "file:")) or text == ":memory:" or "sqlite" in (dialect.text or "")


def _made_by(spot: Spot) -> Iterator[Spot]:
    """What a function, or the methods of a class, make of options."""
    if spot.node.type in FUNCTIONS:
        yield from (follow(spot.module, one) for one in returned(spot.module, spot.node))
    elif spot.node.type in CLASSES:
        for name in ("createTypeOrmOptions", "createMongooseOptions", "createSequelizeOptions",
                     "createMikroOrmOptions", "createSharedConfiguration"):  # fmt: skip
            method = member_of(spot.node, name)
            if method is not None:
                yield from (follow(spot.module, one) for one in returned(spot.module, method))
    elif spot.node.type in {"call_expression", "new_expression"}:
        function = callee_of(spot.node)
        called = follow(spot.module, function) if function is not None else None
        if called and called.node.type in FUNCTIONS:
            yield from (follow(called.module, one) for one in returned(called.module, called.node))


def _first(spot: Spot) -> Folded:
    """What an expression comes to; of a list, its first item."""
    module, node = spot
    for _ in range(3):
        if node.type != "array" or not node.named_children:
            break
        module, node = follow(module, node.named_children[0])
    return fold(module, node)


def package_of(callee: str) -> str:
    """Return the package that a callee is of: "@nestjs/typeorm" of "@nestjs/typeorm.TypeOrmModule"."""
    head = callee.partition(".")[0].partition("(")[0]
    return "/".join(head.split("/")[: 2 if head.startswith("@") else 1])
