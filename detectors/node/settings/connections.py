"""Backing services that JavaScript code connects to: drivers, clients, URLs, ORM options, Prisma's schema."""

from collections.abc import Iterable, Iterator, Mapping

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ...environment import Read, names_part, names_service
from ...named import is_named
from ...services import LOCAL_HOSTS, Connection, connection_of_url, is_remote, service_of_url, split_url
from ..code.folding import EMPTY, UNKNOWN, Folded
from ..code.module import Call, Module, plain
from ..code.objects import is_idle
from ..code.origins import follow
from ..code.source import Source
from ..code.syntax import text_of
from ..packages.manifest import Manifest
from .options import NO_DATABASE, Options, engine_of, package_of
from .prisma import Datasource

#: Packages that exist to speak to one service.
DRIVERS: Mapping[str, str] = {
    "pg": "postgres", "pg-native": "postgres", "pg-promise": "postgres", "pg-pool": "postgres",
    "postgres": "postgres", "slonik": "postgres", "@fastify/postgres": "postgres",
    "fastify-postgres": "postgres",
    "connect-pg-simple": "postgres", "pg-boss": "postgres", "@prisma/adapter-pg": "postgres",
    "graphile-worker": "postgres", "@mikro-orm/postgresql": "postgres", "pg-hstore": "",
    "mysql": "mysql", "mysql2": "mysql", "@fastify/mysql": "mysql", "@mikro-orm/mysql": "mysql",
    "express-mysql-session": "mysql", "mariadb": "mariadb", "@mikro-orm/mariadb": "mariadb",
    "@prisma/adapter-mariadb": "mariadb",
    "mongodb": "mongodb", "mongoose": "mongodb", "@nestjs/mongoose": "mongodb", "connect-mongo": "mongodb",
    "@fastify/mongodb": "mongodb", "monk": "mongodb", "mongojs": "mongodb", "agenda": "mongodb",
    "@typegoose/typegoose": "mongodb", "papr": "mongodb", "@mikro-orm/mongodb": "mongodb",
    "redis": "redis", "ioredis": "redis", "bull": "redis", "bullmq": "redis", "@nestjs/bull": "redis",
    "@nestjs/bullmq": "redis", "connect-redis": "redis", "@fastify/redis": "redis", "bee-queue": "redis",
    "kue": "redis", "@keyv/redis": "redis", "cache-manager-redis-store": "redis", "handy-redis": "redis",
    "cache-manager-ioredis": "redis", "cache-manager-ioredis-yet": "redis", "rate-limit-redis": "redis",
    "@nestjs-modules/ioredis": "redis", "@socket.io/redis-adapter": "redis", "socket.io-redis": "redis",
    "amqplib": "rabbitmq", "amqp-connection-manager": "rabbitmq", "rascal": "rabbitmq",
    "@golevelup/nestjs-rabbitmq": "rabbitmq", "rhea": "rabbitmq",
    "kafkajs": "kafka", "node-rdkafka": "kafka", "@confluentinc/kafka-javascript": "kafka",
    "kafka-node": "kafka", "nats": "nats", "@nats-io/transport-node": "nats",
    "memcached": "memcached", "memjs": "memcached",
    "@elastic/elasticsearch": "elasticsearch", "elasticsearch": "elasticsearch",
    "@nestjs/elasticsearch": "elasticsearch", "@fastify/elasticsearch": "elasticsearch",
    "@opensearch-project/opensearch": "opensearch", "minio": "minio", "nestjs-minio-client": "minio",
}  # fmt: skip

#: What of a driver's package is called to open a connection.
_CLIENTS: Mapping[str, str] = {
    "pg": r"(\.default)?(\.(Pool|Client))?", "pg-pool": r"(\.default)?(\.(Pool|Client))?",
    "pg-promise": r"\(\)", "postgres": "", "slonik": r"\.createPool",
    "pg-boss": r"(\.PgBoss)?", "connect-pg-simple": r"\(\)",
    "mysql": r"\.create(Connection|Pool|PoolCluster)", "express-mysql-session": r"\(\)",
    "mysql2": r"(/promise)?\.create(Connection|Pool|PoolCluster)",
    "mariadb": r"(/callback)?\.(createConnection|createPool)",
    "mongodb": r"\.MongoClient(\.connect)?", "monk": "", "mongojs": "", "agenda": r"(\.Agenda)?",
    "mongoose": r"(\.(default|mongoose))?\.(connect|createConnection)",
    "@nestjs/mongoose": r"\.MongooseModule\.forRoot(Async)?",
    "connect-mongo": r"(\.default)?(\.create|\(\))?",
    "@typegoose/typegoose": r"\.mongoose\.connect",
    "redis": r"\.(createClient|createCluster|createClientPool)", "ioredis": r"(\.default|\.Redis|\.Cluster)?",
    "bull": "", "bullmq": r"\.(Queue|Worker|QueueEvents|FlowProducer)", "bee-queue": "",
    "kue": r"\.createQueue",
    "@nestjs/bull": r"\.BullModule\.forRoot(Async)?", "@nestjs/bullmq": r"\.BullModule\.forRoot(Async)?",
    "@nestjs-modules/ioredis": r"\.RedisModule\.forRoot(Async)?", "@keyv/redis": r"(\.createKeyv)?",
    "amqplib": r"(/callback_api)?\.connect", "amqp-connection-manager": r"(\.default)?\.connect",
    "@golevelup/nestjs-rabbitmq": r"\.RabbitMQModule\.forRoot(Async)?",
    "kafkajs": r"\.Kafka", "node-rdkafka": r"\.(Producer|KafkaConsumer)", "kafka-node": r"\.KafkaClient",
    "@confluentinc/kafka-javascript": r"\.KafkaJS\.Kafka",
    "nats": r"\.connect", "@nats-io/transport-node": r"\.connect",
    "memcached": "", "memjs": r"\.Client\.create",
    "elasticsearch": r"\.Client", "@elastic/elasticsearch": r"\.Client",
    "@nestjs/elasticsearch": r"\.ElasticsearchModule\.register(Async)?",
    "@opensearch-project/opensearch": r"\.Client", "minio": r"\.(Minio\.)?Client",
}  # fmt: skip
#: The same of packages for several databases: their options say which, or a URL does.
_MAPPERS: Mapping[str, str] = {
    "sequelize": r"(\.Sequelize|\.default)?", "sequelize-typescript": r"\.Sequelize",
    "@nestjs/sequelize": r"\.SequelizeModule\.forRoot(Async)?",
    "typeorm": r"\.(DataSource|createConnections?)", "@nestjs/typeorm": r"\.TypeOrmModule\.forRoot(Async)?",
    "knex": r"(\.default|\.knex)?", "nestjs-knex": r"\.KnexModule\.forRoot(Async)?",
    "@mikro-orm/core": r"\.MikroORM\.init", "@mikro-orm/nestjs": r"\.MikroOrmModule\.forRoot(Async)?",
    "@mikro-orm/postgresql": r"\.MikroORM\.init", "@mikro-orm/mysql": r"\.MikroORM\.init",
    "@mikro-orm/mariadb": r"\.MikroORM\.init", "@mikro-orm/mongodb": r"\.MikroORM\.init",
    "drizzle-orm": r"/[\w-]+\.drizzle", "@adonisjs/lucid": r"\.defineConfig",
}  # fmt: skip
_S3 = r"@aws-sdk/client-s3\.(S3Client|S3)|aws-sdk\.S3"
#: `register(require("@fastify/redis"), options)`: plugins that open a connection.
_PLUGINS = frozenset(
    {"@fastify/postgres", "@fastify/mysql", "@fastify/mongodb", "@fastify/redis", "@fastify/elasticsearch",
     "fastify-postgres", "fastify-redis", "fastify-mongodb"}
)  # fmt: skip
#: https://docs.nestjs.com/microservices/basics
_TRANSPORTS = {"REDIS": "redis", "RMQ": "rabbitmq", "KAFKA": "kafka", "NATS": "nats"}

#: What a module imports that makes a client.
_PACKAGES = frozenset({*DRIVERS, *_MAPPERS, "@aws-sdk/client-s3", "aws-sdk", "@nestjs/microservices"})
_USERS = ("user", "username", "accessKey")
_PASSWORDS = ("password", "pass", "secretKey")
_DATABASES = ("database", "dbName", "db")
_LOCAL_BY_DEFAULT = frozenset({"redis", "mongodb"})


#: Files that tell an ORM's command line (and mostly the program) where the database is.
_CONFIGURATIONS = (
    "knexfile.js", "knexfile.ts", "knexfile.cjs", "knexfile.mjs", "src/knexfile.js", "src/knexfile.ts",
    "ormconfig.json", "ormconfig.js", "ormconfig.ts", "drizzle.config.ts", "drizzle.config.js",
    "mikro-orm.config.ts", "mikro-orm.config.js", "src/mikro-orm.config.ts", "config/config.json",
    "config/config.js",
    "config/database.js", "config/database.ts", "server/config/config.json", "src/config/config.js",
)  # fmt: skip


class Switch(NamedTuple):
    """A variable that says which database is spoken to: `dialect: process.env.DB_DIALECT`."""

    name: str
    values: Mapping[str, str]  # by service

    def value(self, services: Iterable[str]) -> str | None:
        """What it is set to for the first of SERVICES that it can mean."""
        return next((self.values[name] for name in services if name in self.values), None)


class Connections(NamedTuple):
    """What the code connects to, with what it takes to decide which services that makes."""

    drivers: Mapping[str, Fact]
    connections: tuple[Connection, ...]
    switches: tuple[Switch, ...]
    schemes: Mapping[str, str]
    warnings: tuple[ProjectWarning, ...]


def find_connections(
    source: Source,
    modules: tuple[Module, ...],
    manifest: Manifest | None,
    reads: Iterable[Read],
    datasource: Datasource | None = None,
) -> Connections:
    """Every connection to a backing service in MODULES, given what the project depends on and reads."""
    drivers = _drivers(manifest)
    finder = _Finder(drivers)
    found = list(_of_prisma(datasource))
    found += [one for module in modules for one in finder.clients(module)]
    found += list(finder.configurations(source, manifest))
    found += _from_reads(reads, drivers)
    imported = [one for module in modules for one in _from_imports(source, module)]
    found += [one for one in imported if one.service not in finder.idle - finder.live]
    return Connections(
        drivers, tuple(found), tuple(finder.switches), _schemes(manifest), tuple(finder.warnings)
    )


def _drivers(manifest: Manifest | None) -> Mapping[str, Fact]:
    found: dict[str, Fact] = {}
    for name, service in DRIVERS.items():
        fact = manifest.has(name) if manifest and service else None
        if fact:
            found.setdefault(service, Fact(name, fact.source))
    if "mariadb" in found and "mysql" in found:
        del found["mysql"]
    return found


def _schemes(manifest: Manifest | None) -> Mapping[str, str]:
    """The URL schemes that the drivers take: the connector of MariaDB takes no other than its own."""
    own = manifest is not None and manifest.has("mariadb") is not None
    return {"postgres": "postgresql", "mysql": "mysql", "mariadb": "mariadb" if own else "mysql"}


def _of_prisma(datasource: Datasource | None) -> Iterator[Connection]:
    if datasource and datasource.service:
        found = connection_of_url(datasource.url or "", datasource.source)
        yield found or Connection(datasource.service, datasource.source)


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


#: Packages that need no server where they are only imported, or whose client the program makes itself.
_WEAK = frozenset(
    {"minio", "mongodb", "@elastic/elasticsearch", "elasticsearch", "agenda", "rhea", "postgres"}
)


def _from_imports(source: Source, module: Module) -> Iterator[Connection]:
    if module.packages.isdisjoint(DRIVERS):
        return
    for specifier, place in module.imports.items():
        service = DRIVERS.get(plain(specifier).removesuffix("/promise"))
        if service and source.resolve(module, specifier) is None:
            yield Connection(service, place, certain=specifier not in _WEAK)


class _Finder:
    """Goes through one project's modules, and notes what it meets on the way."""

    def __init__(self, drivers: Mapping[str, Fact]) -> None:
        self.drivers = drivers
        self.warnings: list[ProjectWarning] = []
        self.switches: list[Switch] = []
        self.live: set[str] = set()  # services with a client that the code makes
        self.idle: set[str] = set()  # and with one that it does not, with no variable set

    def clients(self, module: Module) -> Iterator[Connection]:
        """Calls of the clients of services."""
        if _PACKAGES.isdisjoint(module.packages):
            return
        for call in module.calls():
            if not call.callee:
                continue
            service = _service_of_call(call.callee)
            if service is not None and is_idle(module, call.node):
                self.idle.add(service)
            elif service is not None:
                self.live.add(service)
                yield from self._client(module, call, service)
            elif is_named(_S3, call.callee):
                yield from self._s3(module, call)
            elif call.callee.endswith(".register") and len(call.arguments) > 1:
                yield from self._plugin(module, call)
            elif call.callee.endswith(
                (".createMicroservice", ".connectMicroservice", "ClientsModule.register")
            ):
                yield from self._transport(module, call)

    def _client(self, module: Module, call: Call, service: str) -> Iterator[Connection]:
        if call.callee == "sequelize" and len(call.arguments) == 2 and service == "":
            return  # sequelize(…) is no call of the library
        options = Options(module, call.arguments)
        if not service:
            dialect = options.dialect()
            self._note_switch(dialect)
            service = engine_of(dialect) or ""
            if service == NO_DATABASE or options.is_file(dialect):
                return
        yield from self._connected(options, service or None, call.place, not call.arguments)

    def _connected(
        self, options: Options, service: str | None, source: str, nothing_said: bool
    ) -> Iterator[Connection]:
        address = options.address()
        if service == "minio" and address is EMPTY:
            return
        connection = _connection(address, service, source)
        if connection is None:
            return
        known = connection._replace(
            user=connection.user or options.word(_USERS),
            password=connection.password or options.word(_PASSWORDS),
            database=connection.database
            or (options.word(_DATABASES) if connection.service != "redis" else None),
        )
        self._warn_of_localhost(known, address, source, nothing_said)
        yield known

    def _warn_of_localhost(
        self, connection: Connection, address: Folded, source: str, nothing_said: bool
    ) -> None:
        is_local = connection.host in LOCAL_HOSTS and address.is_known and not address.names
        if is_local or (nothing_said and connection.service in _LOCAL_BY_DEFAULT):
            message = (
                f"connects to {connection.service} on localhost, which in a container is the container itself"
            )
            self.warnings.append(ProjectWarning("localhost-service", message, source))

    def _note_switch(self, dialect: Folded) -> None:
        if dialect.names and dialect.value is None:
            values = {"postgres": "postgres", "mysql": "mysql", "mariadb": "mariadb", "mongodb": "mongodb"}
            self.switches += [Switch(name, values) for name in sorted(dialect.names)]

    def _plugin(self, module: Module, call: Call) -> Iterator[Connection]:
        name = module.origin(call.arguments[0])
        if name in _PLUGINS:
            yield from self._connected(
                Options(module, call.arguments[1:]), DRIVERS.get(name), call.place, False
            )

    def _transport(self, module: Module, call: Call) -> Iterator[Connection]:
        for one in call.arguments:
            home, node = follow(module, one)
            for word, service in _TRANSPORTS.items():
                if f"Transport.{word}" in text_of(node):
                    yield from self._connected(Options(home, (node,)), service, call.place, False)

    def _s3(self, module: Module, call: Call) -> Iterator[Connection]:
        options = Options(module, call.arguments)
        parts = split_url(options.word(("endpoint",)) or "")
        if parts and parts.hostname and not is_remote(parts.hostname):
            yield Connection("minio", call.place, parts.hostname)

    def configurations(self, source: Source, manifest: Manifest | None) -> Iterator[Connection]:
        """What the files of an ORM's command line say."""
        has_orm = manifest and manifest.has_any(
            "knex", "typeorm", "sequelize", "drizzle-orm", "@mikro-orm/core", "objection", "bookshelf"
        )
        for path in _CONFIGURATIONS if has_orm else ():
            module = source.at(path) if path in source.tree else None
            made = module.exports.get("default") if module else None
            if module is None or made is None or isinstance(made, tuple):
                continue
            options = Options(module, (made,))
            service = engine_of(options.dialect())
            if service and service != NO_DATABASE:
                yield from self._connected(options, service, path, False)


def _service_of_call(callee: str) -> str | None:
    """The service of a client; "" where its options decide, None where it is none."""
    package = package_of(callee)
    called = callee.removeprefix(package)
    if package in _MAPPERS and is_named(_MAPPERS[package], called):
        return ""
    return DRIVERS[package] if package in _CLIENTS and is_named(_CLIENTS[package], called) else None


def _connection(address: Folded, service: str | None, source: str) -> Connection | None:
    text = address.text or ""
    if "://" in text:
        found = connection_of_url(text, source)
        if found:
            return found._replace(service=service) if service else found
        if _leads_away(text) or service_of_url(text) or text.startswith("mongodb+srv"):
            return None
    if service is None:
        return Connection(None, source) if not text or "://" not in text else None
    host = text.partition("://")[2].partition("/")[0] if "://" in text else text
    host = host.rpartition("@")[2].partition(":")[0]
    if host and is_remote(host):
        return None
    usable = bool(host) and UNKNOWN not in host and "/" not in host
    return Connection(service, source, host=host if usable else None)
