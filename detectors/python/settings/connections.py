"""Backing services that Python code connects to: driver libraries, clients, URLs and Django's settings."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ...environment import Read, names_part, names_service
from ...named import is_named
from ...services import LOCAL_HOSTS, SQL, Connection, connection_of_url, is_remote, split_url
from ..code.folding import NOTHING, UNKNOWN, Folded
from ..code.reader import Reader
from ..code.running import walk
from ..code.source import Module, argument, literal, place

#: Distributions that exist to speak to one service.
DRIVERS: Mapping[str, str] = {
    "psycopg2": "postgres", "psycopg2-binary": "postgres", "psycopg2cffi": "postgres", "psycopg": "postgres",
    "psycopg-binary": "postgres", "psycopg-pool": "postgres", "asyncpg": "postgres", "aiopg": "postgres",
    "pg8000": "postgres",
    "mysqlclient": "mysql", "pymysql": "mysql", "mysql-connector-python": "mysql", "mysql-connector": "mysql",
    "aiomysql": "mysql", "asyncmy": "mysql", "flask-mysqldb": "mysql", "flask-mysql": "mysql",
    "mariadb": "mariadb",
    "pymongo": "mongodb", "motor": "mongodb", "mongoengine": "mongodb", "beanie": "mongodb",
    "odmantic": "mongodb",
    "flask-pymongo": "mongodb", "flask-mongoengine": "mongodb", "djongo": "mongodb", "umongo": "mongodb",
    "django-mongodb-backend": "mongodb",
    "redis": "redis", "aioredis": "redis", "django-redis": "redis", "flask-redis": "redis",
    "channels-redis": "redis",
    "rq": "redis", "django-rq": "redis", "arq": "redis", "redis-om": "redis", "walrus": "redis",
    "coredis": "redis",
    "valkey": "redis", "taskiq-redis": "redis", "saq": "redis", "fakeredis": "",
    "pika": "rabbitmq", "aio-pika": "rabbitmq", "aioamqp": "rabbitmq", "aiormq": "rabbitmq",
    "taskiq-aio-pika": "rabbitmq",
    "kafka-python": "kafka", "kafka-python-ng": "kafka", "aiokafka": "kafka", "confluent-kafka": "kafka",
    "faust": "kafka", "faust-streaming": "kafka", "nats-py": "nats",
    "elasticsearch": "elasticsearch", "elasticsearch-dsl": "elasticsearch",
    "django-elasticsearch-dsl": "elasticsearch",
    "pymemcache": "memcached", "pylibmc": "memcached", "python-memcached": "memcached",
    "aiomcache": "memcached",
    "python-binary-memcached": "memcached",
    "opensearch-py": "opensearch", "minio": "minio",
}  # fmt: skip
#: Extras that ask for one of those: `celery[redis]`, `databases[postgresql]`.
_EXTRA = r"(postgres|asyncpg|psycopg)|(mysql|asyncmy)|(mongo)|(redis)|(rabbitmq|aio-pika)|(kafka)|(memcache)"
_EXTRA_SERVICES = ("postgres", "mysql", "mongodb", "redis", "rabbitmq", "kafka", "memcached")

#: Modules that a program imports to speak to one service.
IMPORTS: Mapping[str, str] = {
    "psycopg2": "postgres", "psycopg": "postgres", "psycopg_pool": "postgres", "asyncpg": "postgres",
    "aiopg": "postgres", "pg8000": "postgres",
    "pymysql": "mysql", "MySQLdb": "mysql", "mysql": "mysql", "aiomysql": "mysql", "asyncmy": "mysql",
    "flask_mysqldb": "mysql", "flaskext": "mysql", "mariadb": "mariadb",
    "pymongo": "mongodb", "motor": "mongodb", "mongoengine": "mongodb", "beanie": "mongodb",
    "odmantic": "mongodb",
    "flask_pymongo": "mongodb", "flask_mongoengine": "mongodb",
    "redis": "redis", "aioredis": "redis", "flask_redis": "redis", "django_redis": "redis", "rq": "redis",
    "django_rq": "redis", "arq": "redis", "redis_om": "redis", "walrus": "redis", "coredis": "redis",
    "valkey": "redis", "saq": "redis",
    "pika": "rabbitmq", "aio_pika": "rabbitmq", "aioamqp": "rabbitmq",
    "kafka": "kafka", "aiokafka": "kafka", "confluent_kafka": "kafka", "faust": "kafka",
    "nats": "nats",
    "opensearchpy": "opensearch", "elasticsearch": "elasticsearch", "elasticsearch_dsl": "elasticsearch",
    "pymemcache": "memcached", "pylibmc": "memcached", "memcache": "memcached", "aiomcache": "memcached",
}  # fmt: skip

#: Calls that open a connection, and to what. None: to the database that their URL names.
_CLIENTS: tuple[tuple[str, str | None], ...] = (
        (r"(redis|aioredis|valkey|coredis)\.(\w+\.)*(Redis|StrictRedis|Valkey|from_url|ConnectionPool"
         r"|BlockingConnectionPool|create_redis|create_redis_pool)", "redis"),
        (r"arq\.connections\.RedisSettings(\.from_dsn)?|dramatiq\.brokers\.redis\.RedisBroker|huey\.RedisHuey"
         r"|saq\.Queue\.from_url|taskiq_redis\.\w+", "redis"),
        (r"psycopg2?\.(\w+\.)*connect|psycopg_pool\.\w*ConnectionPool|asyncpg\.(\w+\.)*(connect|create_pool)"
         r"|aiopg\.(\w+\.)*(connect|create_pool)|pg8000\.(\w+\.)*connect|peewee\.PostgresqlDatabase"
         r"|playhouse\.\w+\.(Pooled)?Postgresql\w*Database", "postgres"),
        (r"pymysql\.(\w+\.)*(connect|Connect|Connection)|MySQLdb\.(connect|Connect)"
         r"|mysql\.connector\.(\w+\.)*(connect|MySQLConnection|MySQLConnectionPool)"
         r"|(aiomysql|asyncmy)\.(\w+\.)*(connect|create_pool)|peewee\.MySQLDatabase", "mysql"),
        (r"mariadb\.(connect|ConnectionPool)", "mariadb"),
        (r"pymongo\.(\w+\.)*(MongoClient|AsyncMongoClient)|motor\.(\w+\.)*\w*MotorClient|mongoengine\.connect"
         r"|odmantic\.AIOEngine", "mongodb"),
        (r"pika\.(\w+\.)*(URLParameters|ConnectionParameters)|aio_pika\.(\w+\.)*(connect|connect_robust)"
         r"|dramatiq\.brokers\.rabbitmq\.RabbitmqBroker|faststream\.rabbit\.RabbitBroker|kombu\.Connection",
         "rabbitmq"),
        (r"(kafka|aiokafka)\.(\w+\.)*(AIO)?Kafka(Producer|Consumer|AdminClient)|faststream\.kafka\.KafkaBroker"
         r"|confluent_kafka\.(\w+\.)*(Producer|Consumer|AdminClient)|faust\.App", "kafka"),
        (r"nats\.(\w+\.)*connect|faststream\.nats\.NatsBroker", "nats"),
        (r"elasticsearch\.(\w+\.)*(Async)?Elasticsearch|elasticsearch_dsl\.(\w+\.)*create_connection",
         "elasticsearch"),
        (r"opensearchpy\.(\w+\.)*(Async)?OpenSearch", "opensearch"),
        (r"(pymemcache|pylibmc|memcache|aiomcache)\.(\w+\.)*(Client|HashClient|PooledClient)", "memcached"),
        (r"minio\.(\w+\.)*Minio", "minio"),
        (r"sqlalchemy\.(\w+\.)*(create_engine|create_async_engine)|sqlmodel\.(\w+\.)*create_engine|databases\.Database"
         r"|dataset\.connect|records\.Database|playhouse\.db_url\.connect|tortoise\.(\w+\.)*(register_tortoise|init)",
         None),
)  # fmt: skip
_CELERY = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
_S3 = r"(boto3|aioboto3|aiobotocore)\.(\w+(\(\))?\.)*(client|resource|create_client)"

#: What a module with a call of one of those has in its text.
_CLIENT_WORDS = (
    *IMPORTS, "minio", "dramatiq", "huey", "faststream", "kombu", "peewee", "playhouse", "sqlalchemy",
    "sqlmodel", "databases",
    "dataset", "records", "tortoise", "celery", "boto", "engine",
)  # fmt: skip
_ADDRESSES = (
    "url", "dsn", "conninfo", "uri", "host", "hosts", "hostname", "broker", "bootstrap_servers", "servers",
    "nodes",
    "endpoint", "endpoint_url", "redis_url", "db_url", "unix_socket_path",
)  # fmt: skip
_USERS = ("user", "username", "login", "access_key")
_PASSWORDS = ("password", "passwd", "secret_key")
_DATABASES = ("database", "db", "dbname")
#: Clients whose first argument names a database or a topic, not a place.
_NO_ADDRESS_FIRST = r"peewee\.|playhouse\.\w+\.(Pooled)?P|mongoengine\.|faust\.|aiokafka\.|kafka\."
#: Clients that go to this very computer when nobody tells them where.
_LOCAL_BY_DEFAULT = frozenset({"redis", "mongodb", "kafka", "rabbitmq"})

_ENGINES = (("postg", "postgres"), ("psycopg", "postgres"), ("mysql", "mysql"), ("mariadb", "mariadb"),
            ("djongo", "mongodb"), ("mongodb", "mongodb"))  # fmt: skip
_BACKENDS = (
    ("redis", "redis"),
    ("memcached", "memcached"),
    ("pymemcache", "memcached"),
    ("pylibmc", "memcached"),
    ("elasticsearch", "elasticsearch"),
)
_SETTING = r"(?i).*(_url|_uri|_dsn|broker|result_backend|_hosts?|_address|_servers)$"
_MONGO_SETTINGS = frozenset({"MONGODB_SETTINGS"})


class Dependency(Protocol):
    """A direct dependency, as project.py reads it."""

    @property
    def name(self) -> str: ...
    @property
    def extras(self) -> frozenset[str]: ...
    @property
    def source(self) -> str: ...


class Switch(NamedTuple):
    """A variable that turns a service on: `if os.getenv("DB") == "postgres":`."""

    name: str
    value: str
    service: str


class Connections(NamedTuple):
    """What the code connects to, with what it takes to decide which services that makes."""

    drivers: Mapping[str, Fact]
    connections: tuple[Connection, ...]
    switches: tuple[Switch, ...]
    schemes: Mapping[str, str]
    warnings: tuple[ProjectWarning, ...]


def find_connections(
    reader: Reader, dependencies: Iterable[Dependency], reads: Iterable[Read]
) -> Connections:
    """Every connection to a backing service in the code of READER, given what it depends on and reads."""
    dependencies, reads = tuple(dependencies), tuple(reads)
    drivers = _drivers(dependencies)
    finder = _Finder(reader, drivers)
    found = [one for module in reader.modules for one in finder.clients(module)]
    found += finder.settings()
    found += [one for module in reader.modules for one in finder.tables(module)]
    found += _from_reads(reads, drivers)
    found += [one for module in reader.modules for one in _from_imports(reader, module)]
    return Connections(
        drivers, tuple(found), tuple(finder.switches), _schemes(reader, dependencies), tuple(finder.warnings)
    )


def _drivers(dependencies: Iterable[Dependency]) -> Mapping[str, Fact]:
    found: dict[str, Fact] = {}
    for one in dependencies:
        if service := DRIVERS.get(one.name):
            found.setdefault(service, Fact(one.name, one.source))
        for extra in sorted(one.extras):
            match = re.search(_EXTRA, extra)
            if match and match.lastindex:
                found.setdefault(
                    _EXTRA_SERVICES[match.lastindex - 1], Fact(f"{one.name}[{extra}]", one.source)
                )
    return found


def _from_reads(reads: Iterable[Read], drivers: Mapping[str, Fact]) -> Iterator[Connection]:
    for read in reads:
        if read.service:
            yield connection_of_url(read.default or "", read.source) or Connection(read.service, read.source)
        elif stated := connection_of_url(read.default or "", read.source):
            yield stated._replace(certain=stated.service != "elasticsearch")
        elif names_part(read.name) in {"url", "host", "address", "endpoint"} and not _leads_away(
            read.default
        ):
            service = names_service(read.name, drivers)
            if service:
                yield Connection(service, read.source, certain=False)


def _leads_away(default: str | None) -> bool:
    parts = split_url(default or "")
    return bool(parts and parts.hostname and is_remote(parts.hostname))


def _from_imports(reader: Reader, module: Module) -> Iterator[Connection]:
    if not module.mentions(*IMPORTS, "dialects"):
        return
    optional = _optional(reader, module)
    for node in module.nodes:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for dotted in _imported(node):
            service = IMPORTS.get(dotted.partition(".")[0])
            if dotted.startswith("sqlalchemy.dialects."):
                service = next((name for name in SQL if name in dotted), None)
                yield from [Connection(service, place(module, node), certain=False)] if service else []
            elif service and _is_own(module, dotted):
                certain = id(node) not in optional and not re.search(
                    r"(Error|Exception|errors|exceptions)$", dotted
                )
                yield Connection(service, place(module, node), certain=certain)


def _optional(reader: Reader, module: Module) -> frozenset[int]:
    """The statements that the module can do without: in a `try`, or in an `if` that nothing opens."""
    return frozenset(
        id(stmt)
        for node in module.nodes
        if isinstance(node, ast.Try)
        or (isinstance(node, ast.If) and reader.truth(module, node.test) is False)
        for stmt in node.body
    )


def _is_own(module: Module, dotted: str) -> bool:
    """Whether an import is of the library, not of a module of the project with its name."""
    return module.source.module(dotted.partition(".")[0]) is None


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        if not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)
    else:
        yield from (name.name for name in node.names)


class _Finder:
    """Goes through one project's modules, and notes what it meets on the way."""

    def __init__(self, reader: Reader, drivers: Mapping[str, Fact]) -> None:
        self.reader = reader
        self.drivers = drivers
        self.warnings: list[ProjectWarning] = []
        self.switches: list[Switch] = []

    # -- calls

    def clients(self, module: Module) -> Iterator[Connection]:
        """Calls of the clients of services."""
        if not module.mentions(*_CLIENT_WORDS):
            return
        for node in module.nodes:
            if not isinstance(node, ast.Call):
                continue
            called = self.reader.origin(module, node.func)
            if called in _CELERY:
                yield from self._celery(module, node)
            elif "boto" in called and is_named(_S3, called):
                yield from self._s3(module, node)
            else:
                library = called.partition(".")[0]  # most are in no pattern, and then none is compiled
                likely = (one for one in _CLIENTS if library and library in one[0])
                kind = next((one for one in likely if is_named(one[0], called)), None)
                yield from self._client(module, node, called, kind[1]) if kind else ()

    def _client(
        self, module: Module, node: ast.Call, called: str, service: str | None
    ) -> Iterator[Connection]:
        folded = self._address(module, node, called)
        if service == "minio" and not folded.text:
            return  # S3 is Amazon's unless somebody names another place
        connection = self._connection(folded, service, place(module, node))
        if connection is None:
            return
        user, password, database = (
            self._word(module, node, names) for names in (_USERS, _PASSWORDS, _DATABASES)
        )
        known = connection._replace(
            user=connection.user or user,
            password=connection.password or password,
            database=connection.database or (database if connection.service != "redis" else None),
        )
        nothing_said = folded is NOTHING and not node.args and not node.keywords
        self._warn_of_localhost(known, folded, module, node, nothing_said)
        yield known

    def _address(self, module: Module, node: ast.Call, called: str) -> Folded:
        value = next((found for name in _ADDRESSES if (found := argument(node, name)) is not None), None)
        if value is None and node.args and not re.match(_NO_ADDRESS_FIRST, called):
            value = node.args[0]
        if isinstance(value, ast.Dict):  # confluent_kafka.Producer({"bootstrap.servers": …})
            entries = zip(value.keys, value.values, strict=True)
            value = next(
                (one for key, one in entries if key and literal(module, key) == "bootstrap.servers"), None
            )
        return self._first(module, value)

    def _first(self, module: Module, value: ast.expr | None) -> Folded:
        while isinstance(value, (ast.List, ast.Tuple)) and value.elts:
            value = value.elts[0]
        return self.reader.fold(module, value) if value is not None else NOTHING

    def _word(self, module: Module, node: ast.Call, names: Iterable[str]) -> str | None:
        value = next((found for name in names if (found := argument(node, name)) is not None), None)
        folded = self.reader.fold(module, value) if value is not None else NOTHING
        return folded.text if folded.is_known else None

    def _connection(self, folded: Folded, service: str | None, source: str) -> Connection | None:
        text = folded.text or ""
        if "://" in text:
            found = connection_of_url(text, source)
            if found and service:
                return found._replace(service=service)  # a client knows better than port 9200
            if found or service is None:
                # a database by URL whose default is a file, and a driver that says there is a server too
                is_file = text.startswith("sqlite")
                return found or (Connection(None, source) if folded.names or not is_file else None)
            if _leads_away(text):
                return None
        if service is None:
            return None if text else Connection(None, source)
        if "=" in text and service == "postgres":
            return _connection_of_dsn(text, source)
        host = text.partition("://")[2].partition("/")[0] if "://" in text else text
        host = host.rpartition("@")[2].partition(":")[0]
        if host and is_remote(host):
            return None
        return Connection(service, source, host=host if host and UNKNOWN not in host else None)

    def _warn_of_localhost(
        self,
        connection: Connection,
        folded: Folded,
        module: Module,
        node: ast.AST,
        nothing_said: bool = False,
    ) -> None:
        is_local = connection.host in LOCAL_HOSTS and folded.is_known and not folded.names
        if is_local or (nothing_said and connection.service in _LOCAL_BY_DEFAULT):
            message = (
                f"connects to {connection.service} on localhost, which in a container is the container itself"
            )
            self.warnings.append(ProjectWarning("localhost-service", message, place(module, node)))

    def _s3(self, module: Module, node: ast.Call) -> Iterator[Connection]:
        folded = self._first(module, argument(node, "endpoint_url"))
        kind = literal(module, node.args[0]) if node.args else None
        parts = split_url(folded.text or "")
        if kind == "s3" and parts and parts.hostname and not is_remote(parts.hostname):
            user = self._word(module, node, ("aws_access_key_id",))
            password = self._word(module, node, ("aws_secret_access_key",))
            yield Connection("minio", place(module, node), parts.hostname, user, password)

    def _celery(self, module: Module, node: ast.Call) -> Iterator[Connection]:
        value = argument(node, "broker") or argument(node, "broker_url")
        folded = self.reader.fold(module, value) if value is not None else self._broker_setting()
        found = connection_of_url(folded.text or "", place(module, node))
        if found:
            self._warn_of_localhost(found, folded, module, node)
            yield found
        elif not folded.text:
            # https://docs.celeryq.dev/en/stable/userguide/configuration.html#broker-url
            service = "redis" if "redis" in self.drivers else "rabbitmq"
            yield Connection(service, place(module, node))
        backend = self.reader.fold(module, argument(node, "backend"))
        if stated := connection_of_url(backend.text or "", place(module, node)):
            yield stated

    def _broker_setting(self) -> Folded:
        names = ("broker_url", "BROKER_URL", "CELERY_BROKER_URL", "CELERY_BROKER", "broker")
        found = [self.reader.setting(name) for name in names]
        return next((one for one in found if one.text or one.names), NOTHING)

    # -- settings

    def settings(self) -> Iterator[Connection]:
        """Configuration whose value is the URL of a service."""
        for name, values in self.reader.named.items():
            if name in self.reader.variables or not re.fullmatch(_SETTING, name):
                continue
            for module, value in values:
                folded = self.reader.fold(module, value)
                found = connection_of_url(folded.text or "", place(module, value))
                if found:
                    self._warn_of_localhost(found, folded, module, value)
                    yield found
                elif "database" in name.lower() and not (folded.text or "").startswith("sqlite"):
                    yield Connection(None, place(module, value))

    def tables(self, module: Module) -> Iterator[Connection]:
        """Django's DATABASES, CACHES and CHANNEL_LAYERS, and tables that are written like them."""
        if not module.mentions("ENGINE", "BACKEND", "SETTINGS"):
            return
        for node, context in walk(self.reader, module):
            if not isinstance(node, ast.Dict):
                continue
            table = {
                literal(module, key): value for key, value in zip(node.keys, node.values, strict=True) if key
            }
            if "ENGINE" in table:
                yield from self._database(module, node, table, context.parents)
            elif "BACKEND" in table:
                yield from self._cache(module, node, table, context.parents)

    def _database(
        self, module: Module, node: ast.Dict, table: Mapping[object, ast.expr], parents: tuple[ast.AST, ...]
    ) -> Iterator[Connection]:
        engine = self.reader.fold(module, table["ENGINE"]).text or ""
        service = next((service for word, service in _ENGINES if word in engine), None)
        if service is None:
            return
        words = {
            key: self.reader.fold(module, table[key])
            for key in ("HOST", "USER", "PASSWORD", "NAME")
            if key in table
        }
        host = words.get("HOST", NOTHING)
        name = words.get("NAME", NOTHING)
        idle = self._idle_by(module, node, parents)
        self.switches += [Switch(variable, value, service) for variable, value in idle or ()]
        connection = Connection(
            service, place(module, node), _known(host), _known(words.get("USER")),
            _known(words.get("PASSWORD")),
            _known(name), certain=idle is None,
        )  # fmt: skip
        if host.text and is_remote(host.text):
            return
        if not host.names and idle is None and not host.text and name.text:
            connection = connection._replace(host="localhost")
            host = Folded("localhost")
        self._warn_of_localhost(connection, host, module, node)
        yield connection

    def _idle_by(
        self, module: Module, node: ast.AST, parents: tuple[ast.AST, ...]
    ) -> tuple[tuple[str, str], ...] | None:
        """What an `if` around NODE waits for, where it is not met by itself; None where NODE is live."""
        for parent in parents:
            if (
                isinstance(parent, ast.If)
                and any(inner is node for stmt in parent.body for inner in ast.walk(stmt))
                and self.reader.truth(module, parent.test) is False
            ):
                return self._waits_for(module, parent.test)
        return None

    def _waits_for(self, module: Module, test: ast.expr) -> tuple[tuple[str, str], ...]:
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Eq, ast.In)):
            names = self.reader.fold(module, test.left).names
            value = literal(module, test.comparators[0])
            value = value[0] if isinstance(value, tuple) and value else value
            if len(names) == 1 and isinstance(value, str):
                return ((next(iter(names)), value),)
        return ()

    def _cache(
        self, module: Module, node: ast.Dict, table: Mapping[object, ast.expr], parents: tuple[ast.AST, ...]
    ) -> Iterator[Connection]:
        backend = self.reader.fold(module, table["BACKEND"]).text or ""
        service = next((service for word, service in _BACKENDS if word in backend.lower()), None)
        if service is None:
            return
        value = table.get("LOCATION") or _hosts_of(table.get("CONFIG"))
        folded = self._first(module, value)
        found = self._connection(folded, service, place(module, node))
        if found and self._idle_by(module, node, parents) is not None:
            yield found._replace(certain=False)
        elif found:
            self._warn_of_localhost(found, folded, module, node)
            yield found


def _known(folded: Folded | None) -> str | None:
    return folded.text or None if folded and folded.is_known else None


def _hosts_of(config: ast.expr | None) -> ast.expr | None:
    """`{"hosts": [("redis", 6379)]}` of channels_redis."""
    if isinstance(config, ast.Dict):
        for key, value in zip(config.keys, config.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "hosts":
                return value
    return None


def _connection_of_dsn(text: str, source: str) -> Connection:
    """libpq's words: `host=db dbname=shop user=app`."""
    words = dict(re.findall(r"\b(\w+)\s*=\s*'?([^\s'{}]+)", text))
    return Connection(
        "postgres", source, words.get("host"), words.get("user"), words.get("password"), words.get("dbname")
    )


def _schemes(reader: Reader, dependencies: Iterable[Dependency]) -> Mapping[str, str]:
    """The URL schemes that the project's SQL library and drivers take.

    https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls
    """
    names = {one.name for one in dependencies}
    names |= {extra for one in dependencies for extra in one.extras}
    if not {"sqlalchemy", "sqlmodel", "flask-sqlalchemy", "gino", "advanced-alchemy"} & names:
        django = "postgres" if {"django", "tortoise-orm", "aerich"} & names else "postgresql"
        return {"postgres": django, "mysql": "mysql"}
    is_async = any(
        module.mentions("create_async_engine", "sqlalchemy.ext.asyncio") for module in reader.modules
    )
    return {
        "postgres": _scheme("postgresql", names, is_async, _POSTGRES_DRIVERS),
        "mysql": _scheme("mysql", names, is_async, _MYSQL_DRIVERS),
        "mariadb": "mariadb+mariadbconnector",
    }


#: (distribution, the name after `+`, whether it is asynchronous); the first is SQLAlchemy's own choice.
_POSTGRES_DRIVERS = (
    ("psycopg2", "", False), ("psycopg2-binary", "", False), ("psycopg", "psycopg", False),
    ("psycopg-binary", "psycopg", False), ("pg8000", "pg8000", False), ("asyncpg", "asyncpg", True),
    ("psycopg", "psycopg", True),
)  # fmt: skip
_MYSQL_DRIVERS = (
    ("mysqlclient", "", False), ("pymysql", "pymysql", False),
    ("mysql-connector-python", "mysqlconnector", False),
    ("asyncmy", "asyncmy", True), ("aiomysql", "aiomysql", True),
)  # fmt: skip


def _scheme(base: str, names: set[str], is_async: bool, drivers: Iterable[tuple[str, str, bool]]) -> str:
    drivers = [one for one in drivers if one[0] in names]
    fitting = [one for one in drivers if one[2] == is_async] or drivers
    return f"{base}+{fitting[0][1]}" if fitting and fitting[0][1] else base
