"""Libraries of Go that speak to backing services, by their imports, and how they are told where to."""

from __future__ import annotations

from collections.abc import Mapping

_MIGRATE = "github.com/golang-migrate/migrate/database"

#: Packages that exist to speak to one service, without the numbers of major versions.
DRIVERS: Mapping[str, str] = {
    "github.com/lib/pq": "postgres", "github.com/jackc/pgx": "postgres",
    "github.com/jackc/pgx/stdlib": "postgres",
    "github.com/jackc/pgx/pgxpool": "postgres", "gorm.io/driver/postgres": "postgres",
    "github.com/jinzhu/gorm/dialects/postgres": "postgres", "github.com/go-pg/pg": "postgres",
    "github.com/uptrace/bun/driver/pgdriver": "postgres", f"{_MIGRATE}/postgres": "postgres",
    f"{_MIGRATE}/pgx": "postgres", "github.com/jackc/pgconn": "postgres",
    "github.com/go-sql-driver/mysql": "mysql", "gorm.io/driver/mysql": "mysql",
    "github.com/jinzhu/gorm/dialects/mysql": "mysql", f"{_MIGRATE}/mysql": "mysql",
    "go.mongodb.org/mongo-driver/mongo": "mongodb", "gopkg.in/mgo": "mongodb",
    "github.com/globalsign/mgo": "mongodb",
    "github.com/qiniu/qmgo": "mongodb", "github.com/kamva/mgm": "mongodb",
    "github.com/go-redis/redis": "redis", "github.com/redis/go-redis": "redis",
    "github.com/gomodule/redigo/redis": "redis", "github.com/garyburd/redigo/redis": "redis",
    "github.com/redis/rueidis": "redis", "github.com/mediocregopher/radix": "redis",
    "github.com/hibiken/asynq": "redis", "github.com/boj/redistore": "redis",
    "github.com/gin-contrib/sessions/redis": "redis", "github.com/gofiber/storage/redis": "redis",
    "github.com/rabbitmq/amqp091-go": "rabbitmq", "github.com/streadway/amqp": "rabbitmq",
    "github.com/wagslane/go-rabbitmq": "rabbitmq",
    "github.com/ThreeDotsLabs/watermill-amqp/pkg/amqp": "rabbitmq",
    "github.com/IBM/sarama": "kafka", "github.com/Shopify/sarama": "kafka",
    "github.com/segmentio/kafka-go": "kafka",
    "github.com/confluentinc/confluent-kafka-go/kafka": "kafka", "github.com/twmb/franz-go/pkg/kgo": "kafka",
    "github.com/ThreeDotsLabs/watermill-kafka/pkg/kafka": "kafka",
    "github.com/nats-io/nats.go": "nats", "github.com/ThreeDotsLabs/watermill-nats/pkg/nats": "nats",
    "github.com/bradfitz/gomemcache/memcache": "memcached",
    "github.com/elastic/go-elasticsearch": "elasticsearch", "github.com/olivere/elastic": "elasticsearch",
    "github.com/opensearch-project/opensearch-go": "opensearch", "github.com/minio/minio-go": "minio",
}  # fmt: skip
#: Drivers of databases in a file: where one is chosen, no server is needed.
SQLITE = frozenset(
    {
        "github.com/mattn/go-sqlite3", "modernc.org/sqlite", "gorm.io/driver/sqlite",
        "github.com/glebarez/sqlite",
        "github.com/glebarez/go-sqlite", "github.com/jinzhu/gorm/dialects/sqlite",
        "github.com/ncruces/go-sqlite3",
        "github.com/ncruces/go-sqlite3/driver", "zombiezen.com/go/sqlite", f"{_MIGRATE}/sqlite3",
        f"{_MIGRATE}/sqlite", "github.com/uptrace/bun/driver/sqliteshim", "github.com/libsql/go-libsql",
        "crawshaw.io/sqlite",
    }
)  # fmt: skip
#: Packages whose import says little: a library of a cloud, or one that may be told to do without.
WEAK = frozenset({"github.com/minio/minio-go", "github.com/jackc/pgconn",
                  "github.com/elastic/go-elasticsearch",
                  "github.com/opensearch-project/opensearch-go", "github.com/olivere/elastic"})  # fmt: skip

#: What a driver is called in `sql.Open(NAME, …)`.
NAMES: Mapping[str, str] = {
    "postgres": "postgres", "postgresql": "postgres", "pgx": "postgres", "pgx/v5": "postgres",
    "pg": "postgres",
    "cloudsqlpostgres": "postgres", "pgx/v4": "postgres", "nrpostgres": "postgres",
    "mysql": "mysql", "nrmysql": "mysql", "mariadb": "mysql",
    "sqlite": "sqlite", "sqlite3": "sqlite", "libsql": "sqlite", "sqlite3_extended": "sqlite",
    "sqlite3-regexp": "sqlite",
}  # fmt: skip

_OPENS = (
    r"database/sql|github\.com/jmoiron/sqlx|github\.com/jinzhu/gorm|entgo\.io/ent/dialect/sql|xorm\.io/xorm"
)
_OPENS += r"|github\.com/go-xorm/xorm|github\.com/gocraft/dbr|github\.com/XSAM/otelsql|go\.nhat\.io/otelsql"
_OPENS += r"|github\.com/go-ozzo/ozzo-dbx"
_OPENS += r"|github\.com/uptrace/opentelemetry-go-extra/\w+|github\.com/pressly/goose|[\w./-]+/ent"

#: Calls with the driver's name and where its database is: (what is called, the index of the name).
OPENS: tuple[tuple[str, int], ...] = (
    (rf"({_OPENS})\.(Open|OpenDB|MustOpen|Connect|MustConnect|NewEngine|OpenDBWithDriver)", 0),
    (r"github\.com/jmoiron/sqlx\.(ConnectContext|MustConnectContext)", 1),
)

#: Calls that connect: (what is called, the service, the index of the argument that says where,
#: and its form: "dsn" "address" "url" "addresses" "options" "tcp").
CLIENTS: tuple[tuple[str, str, int, str], ...] = (
    (r"gorm\.io/driver/postgres\.Open", "postgres", 0, "dsn"),
    (r"gorm\.io/driver/mysql\.Open", "mysql", 0, "dsn"),
    (r"gorm\.io/driver/(postgres|mysql)\.New", "", 0, "options"),
    (r"github\.com/jackc/pgx(/pgxpool)?\.(New|Connect|ConnectConfig)", "postgres", 1, "dsn"),
    (r"github\.com/jackc/pgx(/pgxpool)?\.(ParseConfig|ParseConnectionString|ParseURI)", "postgres", 0, "dsn"),
    (r"github\.com/lib/pq\.(NewConnector|ParseURL|NewListener)", "postgres", 0, "dsn"),
    (r"github\.com/uptrace/bun/driver/pgdriver\.(WithDSN)", "postgres", 0, "dsn"),
    (r"github\.com/uptrace/bun/driver/pgdriver\.(WithAddr)", "postgres", 0, "address"),
    (r"github\.com/go-pg/pg\.Connect", "postgres", 0, "options"),
    (r"github\.com/go-pg/pg\.ParseURL", "postgres", 0, "url"),
    (r"go\.mongodb\.org/mongo-driver/mongo/options\.Client\(\)\.ApplyURI", "mongodb", 0, "url"),
    (r"go\.mongodb\.org/mongo-driver/mongo/options\.ClientOptions\.ApplyURI", "mongodb", 0, "url"),
    (r"(gopkg\.in|github\.com/globalsign)/mgo\.Dial(WithTimeout)?", "mongodb", 0, "url"),
    (r"github\.com/(go-redis/redis|redis/go-redis)\.(NewClient|NewUniversalClient|NewClusterClient)",
     "redis", 0, "options"),
    (r"github\.com/(go-redis/redis|redis/go-redis)\.ParseURL", "redis", 0, "url"),
    (r"github\.com/(gomodule|garyburd)/redigo/redis\.(Dial|DialContext)", "redis", 1, "address"),
    (r"github\.com/(gomodule|garyburd)/redigo/redis\.(DialURL|DialURLContext)", "redis", 0, "url"),
    (r"github\.com/gin-contrib/sessions/redis\.NewStore", "redis", 2, "address"),
    (r"github\.com/redis/rueidis\.NewClient", "redis", 0, "options"),
    (r"github\.com/(rabbitmq/amqp091-go|streadway/amqp)\.(Dial|DialConfig|DialTLS)", "rabbitmq", 0, "url"),
    (r"github\.com/wagslane/go-rabbitmq\.NewConn", "rabbitmq", 0, "url"),
    (r"github\.com/(IBM|Shopify)/sarama\.New(Client|SyncProducer|AsyncProducer|Consumer|ConsumerGroup|ClusterAdmin)",
     "kafka", 0, "addresses"),
    (r"github\.com/segmentio/kafka-go\.(NewReader|NewWriter)", "kafka", 0, "options"),
    (r"github\.com/segmentio/kafka-go\.TCP", "kafka", 0, "addresses"),
    (r"github\.com/segmentio/kafka-go\.(Dial)", "kafka", 1, "address"),
    (r"github\.com/segmentio/kafka-go\.(DialLeader|DialContext)", "kafka", 2, "address"),
    (r"github\.com/twmb/franz-go/pkg/kgo\.SeedBrokers", "kafka", 0, "addresses"),
    (r"github\.com/nats-io/nats\.go\.Connect", "nats", 0, "url"),
    (r"github\.com/bradfitz/gomemcache/memcache\.New", "memcached", 0, "address"),
    (r"github\.com/elastic/go-elasticsearch\.(NewClient|NewTypedClient)", "elasticsearch", 0, "options"),
    (r"github\.com/elastic/go-elasticsearch\.NewDefaultClient", "elasticsearch", 9, "url"),
    (r"github\.com/olivere/elastic\.SetURL", "elasticsearch", 0, "url"),
    (r"github\.com/opensearch-project/opensearch-go\.NewClient", "opensearch", 0, "options"),
    (r"github\.com/minio/minio-go\.(New|NewWithRegion|NewCore)", "minio", 0, "address"),
    (r"github\.com/golang-migrate/migrate\.New", "", 1, "dsn"),
)  # fmt: skip
#: Structs that are given to clients, wherever they are made: the service of each.
STRUCTS: Mapping[str, str] = {
    "github.com/hibiken/asynq.RedisClientOpt": "redis",
    "github.com/go-redis/redis.Options": "redis",
    "github.com/redis/go-redis.Options": "redis",
    "github.com/redis/go-redis.UniversalOptions": "redis",
    "github.com/go-pg/pg.Options": "postgres",
    "github.com/go-sql-driver/mysql.Config": "mysql",
    "github.com/segmentio/kafka-go.ReaderConfig": "kafka",
    "github.com/segmentio/kafka-go.WriterConfig": "kafka",
    "github.com/elastic/go-elasticsearch.Config": "elasticsearch",
}
#: The keys of those: which say the address, and which the login.
ADDRESSES = ("Addr", "Addrs", "Brokers", "Addresses", "InitAddress", "DSN", "Host", "URL")
USERS = ("User", "Username")
PASSWORDS = ("Password", "Passwd")
DATABASES = ("Database", "DBName", "DB")
