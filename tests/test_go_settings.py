"""What a Go program needs around it: variables, services, places to write to, files to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scaffold.model import EnvironmentVariable, Fact, Writable
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.go.code.program import Program
    from detectors.go.code.source import Source
    from detectors.go.image.files import Files, find_files
    from detectors.go.serving.health import find_grpc_health, find_health_command
    from detectors.go.serving.serve import Serving
    from detectors.go.settings.settings import Settings, find_settings
    from detectors.hints import read_hints
else:
    from scaffold.detectors.go.code.program import Program
    from scaffold.detectors.go.code.source import Source
    from scaffold.detectors.go.image.files import Files, find_files
    from scaffold.detectors.go.serving.health import find_grpc_health, find_health_command
    from scaffold.detectors.go.serving.serve import Serving
    from scaffold.detectors.go.settings.settings import Settings, find_settings
    from scaffold.detectors.hints import read_hints

GETENV = "func get(k string) string { return os.Getenv(k) }\n"
GETENV += 'func getenv(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }'
PQ, MYSQL, SQL = "github.com/lib/pq", "github.com/go-sql-driver/mysql", "database/sql"
REDIS = "github.com/redis/go-redis/v9"
GIN = "github.com/gin-gonic/gin"


def program(imports: str, body: str, top: str = "", files: dict[str, str] | None = None) -> Program:
    paths = (f'_ "{one[1:]}"' if one[0] == "_" else f'"{one}"' for one in imports.split())
    lines = "\n".join(f"import {one}" for one in paths)
    text = f"package main\n{lines}\n{top}\nfunc main() {{\n{body}\n}}\n"
    tree = Tree({"main.go": text, **(files or {})})
    return Program.of(Source(tree), ".", {"example.com/app": "."})


def settings(imports: str, body: str, top: str = "", files: dict[str, str] | None = None) -> Settings:
    return find_settings(program(imports, body, top, files))


def variables(imports: str, body: str, top: str = "") -> dict[str, EnvironmentVariable]:
    return {one.name: one for one in settings(imports, body, top).environment}


def services(imports: str, body: str, top: str = "") -> list[str]:
    return [one.name for one in settings(imports, body, top).services]


# -- variables


@pytest.mark.parametrize(
    ("body", "default", "required"),
    [
        ('use(os.Getenv("TITLE"))', None, False),
        ('use(getenv("TITLE", "x"))', "x", False),
        ('t := os.Getenv("TITLE")\nif t == "" { t = "x" }\nuse(t)', "x", False),
        ('use(cmp.Or(os.Getenv("TITLE"), "x"))', "x", False),
        ('t := os.Getenv("TITLE")\nif t == "" { log.Fatal("TITLE is not set") }\nuse(t)', None, True),
        ('t, ok := os.LookupEnv("TITLE")\nif !ok { panic("TITLE") }\nuse(t)', None, True),
        ('use(must("TITLE"))', None, True),
        ('if os.Getenv("TITLE") == "" { fmt.Println("no title") }', None, False),
        ('if os.Getenv("TITLE") == "" { fmt.Println("no title"); os.Exit(1) }', None, True),
        ('c := Config{Title: os.Getenv("TITLE")}\nif c.Title == "" { c.Title = "x" }\nuse(c)', "x", False),
        ('c := Config{Title: os.Getenv("TITLE")}\nif c.Title == "" { log.Fatal("no") }\nuse(c)', None, True),
        ('n, err := strconv.Atoi(os.Getenv("TITLE"))\nif err != nil { log.Fatal(err) }\nuse(n)', None, True),
    ],
)  # fmt: skip
def test_variables(body: str, default: str | None, required: bool) -> None:
    top = (
        GETENV
        + """
type Config struct { Title string }
func must(key string) string {
    value := os.Getenv(key)
    if value == "" { log.Fatalf("%s is not set", key) }
    return value
}"""
    )
    found = variables("os cmp log fmt strconv", body, top)["TITLE"]
    assert (found.default, found.required) == (default, required)


def test_a_function_that_gives_back_an_error_does_not_go_on() -> None:
    top = """func load() (string, error) {
    token := os.Getenv("API_TOKEN")
    if token == "" { return "", errors.New("API_TOKEN is not set") }
    return token, nil
}"""
    found = variables("os errors", "load()", top)["API_TOKEN"]
    assert (found.required, found.secret) == (True, True)
    assert found.value is not None


def test_the_names_of_variables_may_be_constants_and_helpers_may_call_helpers() -> None:
    top = (
        GETENV
        + """
const titleKey = "TITLE"
func number(key string, d int) int { n, err := strconv.Atoi(getenv(key,
"")); if err != nil { return d }; return n }
"""
    )
    found = variables("os strconv", 'use(getenv(titleKey, "x"), number("COUNT", 3))', top)
    assert (found["TITLE"].default, found["COUNT"].default) == ("x", "3")


def test_variables_of_go_and_of_the_system_are_nobodys() -> None:
    assert variables("os", 'use(os.Getenv("HOME"), os.Getenv("GOPATH"), os.Getenv("GIN_MODE"))') == {}


def test_tags_say_what_is_required() -> None:
    top = """type Config struct {
    Token string `env:"TOKEN,required"`
    Secret string `env:"SECRET" env-required:"true"`
    Level string `env:"LEVEL" envDefault:"info"`
    Debug bool `env:"DEBUG"`
}"""
    found = variables("github.com/caarlos0/env/v11", "var c Config\nenv.Parse(&c)", top)
    assert {name: (one.required, one.default) for name, one in found.items()} == {
        "DEBUG": (False, None), "LEVEL": (False, "info"), "SECRET": (True, None), "TOKEN": (True, None),
    }  # fmt: skip


TABLE = """var options = map[string]*option{
    "LISTEN_ADDR": {value: "127.0.0.1:8080", list: []string{"127.0.0.1:8080"}},
    "BATCH_SIZE": {value: "100"},
    "DATABASE_URL": {value: "user=u password=p dbname=shop"},
}"""


def test_a_table_of_settings_names_variables() -> None:
    found = variables("os", "use(os.Environ())", TABLE)
    assert {name: (one.default, one.required) for name, one in found.items()} == {
        "BATCH_SIZE": ("100", False), "DATABASE_URL": ("user=u password=p dbname=shop", False),
        "LISTEN_ADDR": ("127.0.0.1:8080", False),
    }  # fmt: skip
    assert variables("os", "use(os.Args)", TABLE) == {}


def test_a_client_is_told_its_address_by_a_table_of_settings() -> None:
    body = 'use(os.Environ())\nsql.Open("postgres", options["DATABASE_URL"].value)'
    found = variables(f"{SQL} _{PQ} os", body, TABLE)
    assert found["DATABASE_URL"].value == "postgres://u:p@postgres:5432/shop?sslmode=disable"


ENVCONFIG = """type Config struct {
    Dir string `env:"DIR"`
    Host string `env:"HOST,required"`
}"""


def test_the_prefix_of_a_lookuper() -> None:
    body = (
        "var c Config\nenvconfig.ProcessWith(ctx, &envconfig.Config{Target: &c,"
        ' Lookuper: envconfig.PrefixLookuper("SHOP_", envconfig.OsLookuper())})'
    )
    found = variables("github.com/sethvargo/go-envconfig", body, ENVCONFIG)
    assert {name: one.required for name, one in found.items()} == {"SHOP_DIR": False, "SHOP_HOST": True}


def test_what_several_lookupers_may_have_is_not_required() -> None:
    body = (
        "var c Config\nall := envconfig.MultiLookuper(envconfig.OsLookuper(), mine)\n"
        "envconfig.ProcessWith(ctx, &envconfig.Config{Target: &c, Lookuper: all})"
    )
    found = variables("github.com/sethvargo/go-envconfig", body, ENVCONFIG)
    assert {name: one.required for name, one in found.items()} == {"DIR": False, "HOST": False}


def test_the_port_is_said_to_the_variable_that_holds_it_alone() -> None:
    made = program("os", 'use(os.Getenv("PORT"))')
    for variable, value in (("PORT", "8080"), ("LISTEN_ADDR", None), (None, "8080")):
        serving = Serving(port=Fact(8080, "main.go:1"), variable=variable)
        (found,) = find_settings(made, serving=serving).environment
        assert (found.name, found.value) == ("PORT", value)


def test_what_only_some_runs_need_is_not_required() -> None:
    top = """func must(key string) string {
    value := os.Getenv(key)
    if value == "" { panic(key) }
    return value
}"""
    body = 'if os.Getenv("TRACING") == "1" { use(must("COLLECTOR")) }\nuse(must("TITLE"))'
    found = variables("os", body, top)
    assert (found["COLLECTOR"].required, found["TITLE"].required) == (False, True)


def test_what_no_function_calls_reads_nothing() -> None:
    assert variables("os", "", 'func unused() { use(os.Getenv("TITLE")) }') == {}


def test_a_switch_says_which_values_there_are() -> None:
    body = 'switch os.Getenv("RUN") { case "grpc": a()\ncase "http": b()\ndefault: panic("RUN") }'
    found = variables("os", body)["RUN"]
    assert (found.required, found.value) == (True, "http")


def test_a_duration_that_is_required() -> None:
    top = 'type Config struct { Wait time.Duration `env:"WAIT,required"` }'
    found = variables("github.com/caarlos0/env/v11 time", "var c Config\nenv.Parse(&c)", top)
    assert found["WAIT"].value == "30s"


def test_variables_of_viper() -> None:
    body = (
        'viper.SetDefault("log.level", "info")\nviper.AutomaticEnv()\n'
        'viper.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))\nuse(viper.GetString("log.level"))'
    )
    found = variables("github.com/spf13/viper strings", body)
    assert found["LOG_LEVEL"].default == "info"


def test_variables_of_flags() -> None:
    body = '_ = &cli.StringFlag{Name: "title", Value: "x", EnvVars: []string{"TITLE"}}'
    assert variables("github.com/urfave/cli/v2", body)["TITLE"].default == "x"


# -- services


@pytest.mark.parametrize(
    ("imports", "body", "expected"),
    [
        (f"{SQL} _{PQ}", 'sql.Open("postgres", "postgres://u:p@db:5432/shop")', ["postgres"]),
        (f"{SQL} _{MYSQL}", 'sql.Open("mysql", "u:p@tcp(db:3306)/shop")', ["mysql"]),
        ("gorm.io/gorm gorm.io/driver/postgres os", 'gorm.Open(postgres.Open(os.Getenv("DSN")), nil)',
         ["postgres"]),
        ("github.com/jackc/pgx/v5/pgxpool os", 'pgxpool.New(ctx, os.Getenv("DATABASE_URL"))', ["postgres"]),
        ("go.mongodb.org/mongo-driver/mongo go.mongodb.org/mongo-driver/mongo/options",
         'mongo.Connect(ctx, options.Client().ApplyURI("mongodb://mongo:27017"))', ["mongodb"]),
        (REDIS, 'redis.NewClient(&redis.Options{Addr: "cache:6379"})', ["redis"]),
        ("github.com/gomodule/redigo/redis", 'redis.Dial("tcp", "redis:6379")', ["redis"]),
        ("github.com/rabbitmq/amqp091-go", 'amqp091.Dial("amqp://guest:guest@rabbitmq:5672/")', ["rabbitmq"]),
        ("github.com/segmentio/kafka-go",
         'kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"kafka:9092"}})', ["kafka"]),
        ("github.com/IBM/sarama", 'sarama.NewSyncProducer([]string{"kafka:9092"}, nil)', ["kafka"]),
        ("github.com/nats-io/nats.go", 'nats.Connect("nats://queue:4222")', ["nats"]),
        ("github.com/bradfitz/gomemcache/memcache", 'memcache.New("memcached:11211")', ["memcached"]),
        ("github.com/elastic/go-elasticsearch/v8",
         'elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{"http://es:9200"}})',
         ["elasticsearch"]),
        ("go.mongodb.org/mongo-driver/mongo go.mongodb.org/mongo-driver/mongo/options",
         'mongo.Connect(ctx, options.Client().ApplyURI("mongodb+srv://x.mongodb.net"))', ["mongodb"]),
        ("database/sql _github.com/mattn/go-sqlite3", 'sql.Open("sqlite3", "app.db")', []),
        ("net/http", 'http.Get("http://example.com")', []),
    ],
)  # fmt: skip
def test_services(imports: str, body: str, expected: list[str]) -> None:
    assert services(imports, body) == expected


def test_a_service_has_the_names_that_the_code_has_for_it() -> None:
    (found,) = settings(f"{SQL} _{PQ}", 'sql.Open("postgres", "postgres://me:pw@db:5432/shop")').services
    assert (found.hosts, found.user, found.password, found.database) == (("db",), "me", "pw", "shop")
    words = 'sql.Open("postgres", "host=db user=me password=pw dbname=shop sslmode=disable")'
    (found,) = settings(f"{SQL} _{PQ}", words).services
    assert (found.hosts, found.user, found.password, found.database) == (("db",), "me", "pw", "shop")
    (found,) = settings(f"{SQL} _{MYSQL}", 'sql.Open("mysql", "me:pw@tcp(db:3306)/shop")').services
    assert (found.hosts, found.user, found.password, found.database) == (("db",), "me", "pw", "shop")
    struct = 'mysql.Config{User: "me", Passwd: "pw", Addr: "db:3306", DBName: "shop"}'
    (found,) = settings(f"{SQL} {MYSQL}", f"c := {struct}\nuse(c)").services
    assert (found.hosts, found.user, found.password, found.database) == (("db",), "me", "pw", "shop")


@pytest.mark.parametrize(
    ("imports", "body", "name", "value"),
    [
        (f"{SQL} _{PQ} os", 'sql.Open("postgres", os.Getenv("DATABASE_URL"))', "DATABASE_URL",
         "postgres://app:local@postgres:5432/app?sslmode=disable"),
        (f"{SQL} _{MYSQL} os", 'sql.Open("mysql", os.Getenv("DSN"))', "DSN",
         "app:local@tcp(mysql:3306)/app?parseTime=true"),
        (f"{SQL} _{MYSQL} os", 'sql.Open("mysql", getenv("DSN", "app:local@tcp(127.0.0.1:3306)/app?a=b"))',
        "DSN",
         "app:local@tcp(mysql:3306)/app?a=b"),
        (f"{REDIS} os", 'redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS_URL")})', "REDIS_URL",
        "redis:6379"),
        (f"{REDIS} os", 'redis.ParseURL(os.Getenv("REDIS"))', "REDIS", "redis://redis:6379"),
        (f"{REDIS} os", 'redis.NewClient(&redis.Options{Addr: getenv("REDIS_HOST", "localhost") + ":6379"})',
         "REDIS_HOST", "redis"),
        ("github.com/streadway/amqp os", 'amqp.Dial(os.Getenv("QUEUE"))', "QUEUE",
         "amqp://app:local@rabbitmq:5672//"),
        ("github.com/nats-io/nats.go os", 'nats.Connect(os.Getenv("QUEUE"))', "QUEUE", "nats://nats:4222"),
        ("go.mongodb.org/mongo-driver/mongo go.mongodb.org/mongo-driver/mongo/options os",
         'mongo.Connect(ctx, options.Client().ApplyURI(os.Getenv("STORE")))', "STORE",
         "mongodb://mongodb:27017/app"),
        (f"{SQL} _{PQ} os fmt",
         'sql.Open("postgres", fmt.Sprintf("host=%s sslmode=%s", get("DB_HOST"), get("SSLMODE")))',
         "SSLMODE", "disable"),
    ],
)  # fmt: skip
def test_variables_lead_to_services(imports: str, body: str, name: str, value: str) -> None:
    assert variables(imports, body, GETENV)[name].value == value


def test_a_variable_that_leads_elsewhere_is_left() -> None:
    body = 'sql.Open("postgres", getenv("DATABASE_URL", "postgres://u:p@db.example.com/x"))'
    assert variables(f"{SQL} _{PQ} os", body, GETENV)["DATABASE_URL"].value is None


def test_a_connection_that_says_nothing_of_tls() -> None:
    body = 'sql.Open("postgres", "host=db user=me password=pw dbname=shop")'
    assert variables(f"{SQL} _{PQ}", body)["PGSSLMODE"].value == "disable"
    assert "PGSSLMODE" not in variables(f"{SQL} _{PQ}", body.replace("shop", "shop sslmode=disable"))


def test_a_service_on_this_computer_is_a_warning() -> None:
    found = settings(REDIS, 'redis.NewClient(&redis.Options{Addr: "localhost:6379"})')
    assert [(one.code, one.source) for one in found.warnings] == [("localhost-service", "main.go:5")]
    body = 'redis.NewClient(&redis.Options{Addr: getenv("REDIS_ADDR", "localhost:6379")})'
    assert settings(f"{REDIS} os", body, GETENV).warnings == ()


def test_a_client_that_is_not_made_is_none() -> None:
    body = 'if os.Getenv("REDIS_URL") != "" { redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS_URL")}) }'
    assert services(f"{REDIS} os", body) == []


def test_a_client_behind_a_return_is_none() -> None:
    top = """func connect() {
    if os.Getenv("REDIS_URL") == "" { return }
    redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS_URL")})
}
func always(addr string) { redis.NewClient(&redis.Options{Addr: addr}) }"""
    assert services(f"{REDIS} os", "connect()", top) == []
    assert (
        services(f"{REDIS} os", 'if os.Getenv("REDIS_URL") != "" { always(os.Getenv("REDIS_URL")) }', top)
        == []
    )
    assert services(f"{REDIS} os", 'always(os.Getenv("REDIS_URL"))', top) == ["redis"]


def test_the_database_that_is_chosen_by_default() -> None:
    body = """switch getenv("DB", "sqlite") {
case "mysql": gorm.Open(mysql.Open(os.Getenv("DSN")), nil)
default: gorm.Open(sqlite.Open("app.db"), nil)
}"""
    imports = "gorm.io/gorm gorm.io/driver/mysql gorm.io/driver/sqlite os"
    assert services(imports, body, GETENV) == []


def test_a_url_that_the_code_puts_a_query_behind_has_none() -> None:
    imports = f"{SQL} _{PQ} os github.com/jackc/pgx/v5/pgxpool github.com/golang-migrate/migrate/v4"
    pool = 'pgxpool.New(ctx, os.Getenv("PG_URL"))'
    migrates = 'url := os.Getenv("PG_URL")\nurl += "?sslmode=disable"\nmigrate.New("file://migrations", url)'
    for body, query in ((pool, "?sslmode=disable"), (f"{pool}\n{migrates}", "")):
        assert variables(imports, body)["PG_URL"].value == f"postgres://app:local@postgres:5432/app{query}"


def test_a_url_for_another_database_leads_nowhere_where_a_file_is_opened() -> None:
    imports = f"{SQL} _{PQ} _github.com/mattn/go-sqlite3 os"
    body = 'use(os.Getenv("DATABASE_URL"))\nsql.Open(getenv("DRIVER", "sqlite3"), "app.db")'
    assert services(imports, body, GETENV) == []
    assert services(imports, body.replace("sqlite3", "postgres"), GETENV) == ["postgres"]


# -- places to write to


def writable(imports: str, body: str, files: dict[str, str] | None = None) -> list[tuple[str, str | None]]:
    return [(one.path, one.link) for one in settings(imports, body, GETENV, files).writable]


@pytest.mark.parametrize(
    ("imports", "body", "places"),
    [
        ("database/sql _modernc.org/sqlite", 'sql.Open("sqlite", "data/app.db?_pragma=x")', [("/app/data",
        None)]),
        ("database/sql _modernc.org/sqlite", 'sql.Open("sqlite", "file:app.db")', [("/data", "app.db")]),
        ("database/sql _modernc.org/sqlite", 'sql.Open("sqlite", ":memory:")', []),
        ("database/sql _modernc.org/sqlite", 'sql.Open("sqlite", "./../x.db")', [("/data", "../x.db")]),
        ("gorm.io/driver/sqlite", 'sqlite.Open("/var/lib/app/x.db")', [("/var/lib/app", None)]),
        ("os", 'os.MkdirAll("uploads", 0o755)', [("/app/uploads", None)]),
        ("os", 'os.WriteFile("out/x.txt", nil, 0o644)', [("/app/out", None)]),
        ("os", 'os.OpenFile("logs/app.log", os.O_CREATE|os.O_WRONLY, 0o644)', [("/app/logs", None)]),
        ("os", 'os.OpenFile("logs/app.log", os.O_RDONLY, 0o644)', []),
        ("os", 'os.Create("/tmp/x")', []),
        ("os path/filepath", 'os.Create(filepath.Join("files", name()))', [("/app/files", None)]),
        ("gopkg.in/natefinch/lumberjack.v2", 'l := &lumberjack.Logger{Filename: "log/a.log"}\nuse(l)',
         [("/app/log", None)]),
        (GIN, 'var c *gin.Context\nc.SaveUploadedFile(f, "uploads/" + f.Name)', [("/app/uploads", None)]),
        ("go.etcd.io/bbolt", 'bbolt.Open("store/x.db", 0o600, nil)', [("/app/store", None)]),
    ],
)  # fmt: skip
def test_places(imports: str, body: str, places: list[tuple[str, str | None]]) -> None:
    assert writable(imports, body) == places


def test_a_variable_moves_a_database() -> None:
    found = settings(
        "database/sql _modernc.org/sqlite os", 'sql.Open("sqlite", getenv("DB_PATH", "x.db"))', GETENV
    )
    assert found.writable == (Writable("/data", "main.go:8"),)
    assert [(one.name, one.value) for one in found.environment] == [("DB_PATH", "/data/x.db")]


def test_what_does_not_run_writes_nothing() -> None:
    body = 'log := "stderr"\nif log == "file" { os.OpenFile(log, os.O_CREATE, 0o600) }'
    assert writable("os", body) == []


def test_a_variable_says_which_folder_is_made() -> None:
    body = 'dir := os.Getenv("SHOP_DIR")\nif dir == "" { dir = usual() }\nos.MkdirAll(dir, 0o755)'
    found = settings("os", body)
    assert found.writable == (Writable("/data", "main.go:7"),)
    assert [(one.name, one.value) for one in found.environment] == [("SHOP_DIR", "/data")]


# -- files to read


def files(imports: str, body: str, *paths: str) -> Files:
    return find_files(program(imports, body, files=dict.fromkeys(paths, "x")))


@pytest.mark.parametrize(
    ("imports", "body", "path", "pair"),
    [
        ("html/template", 'template.ParseGlob("templates/*.html")', "templates/a.html", "templates"),
        ("html/template", 'template.Must(template.New("x").ParseFiles("views/a.html"))', "views/a.html",
        "views/a.html"),
        ("html/template path/filepath", 't := template.New("x")\nt.ParseFiles(filepath.Join("views", n))',
         "views/a.html", "views"),
        ("net/http", 'http.FileServer(http.Dir("./static"))', "static/a.css", "static"),
        ("net/http", 'http.ServeFile(w, r, "pages/" + r.URL.Path)', "pages/a", "pages"),
        ("os", 'os.ReadFile("config.yaml")', "config.yaml", "config.yaml"),
        ("os", 'os.DirFS("web")', "web/a", "web"),
        (GIN, 'r := gin.Default()\nr.LoadHTMLGlob("templates/**/*")', "templates/x/a.tmpl", "templates"),
        (GIN, 'r := gin.Default()\nr.Static("/assets", "./assets")', "assets/a.js", "assets"),
        ("github.com/labstack/echo/v4", 'e := echo.New()\ne.Static("/", "public")', "public/a", "public"),
        ("github.com/gofiber/fiber/v2", 'a := fiber.New()\na.Static("/", "./public")', "public/a", "public"),
        ("github.com/gofiber/template/html/v2", 'html.New("./views", ".html")', "views/a.html", "views"),
        ("github.com/golang-migrate/migrate/v4", 'migrate.New("file://db/migrations", u)',
        "db/migrations/1.sql",
         "db/migrations"),
        ("github.com/pressly/goose/v3", 'goose.Up(db, "migrations")', "migrations/1.sql", "migrations"),
        ("github.com/spf13/viper", 'viper.SetConfigFile("conf/app.toml")\nviper.ReadInConfig()',
        "conf/app.toml",
         "conf/app.toml"),
        ("github.com/rubenv/sql-migrate", 'm := &migrate.FileMigrationSource{Dir: "sql"}\nuse(m)',
        "sql/1.sql", "sql"),
    ],
)  # fmt: skip
def test_files_that_are_read(imports: str, body: str, path: str, pair: str) -> None:
    assert files(imports, body, path).pairs == ((pair, pair),)


def test_a_secret_of_compose_is_a_warning() -> None:
    found = files("os", 'os.ReadFile("/run/secrets/db-password")')
    assert [(one.code, one.source) for one in found.warnings] == [("secret-file", "main.go:5")]
    assert found.pairs == ()


def test_what_is_not_in_the_repository_is_not_copied() -> None:
    assert files("os", 'os.ReadFile("config.yaml")\nos.ReadFile("/etc/hosts")').pairs == ()


def test_what_lies_in_a_folder_that_is_copied_is_copied_with_it() -> None:
    body = 'os.ReadFile("web/a.html")\nos.DirFS("web")\nos.ReadFile("web/b/c.html")'
    assert files("os", body, "web/a.html", "web/b/c.html").pairs == (("web", "web"),)


def test_what_lies_beside_the_main_package() -> None:
    text = 'package main\nimport "html/template"\nfunc main() { template.ParseGlob("templates/*") }'
    tree = Tree({"cmd/web/main.go": text, "cmd/web/templates/a.html": "x"})
    made = Program.of(Source(tree), "cmd/web", {"example.com/app": "."})
    assert find_files(made).fact == Fact((("cmd/web/templates", "templates"),), "cmd/web/main.go:3")


def test_embedded_files_need_nothing() -> None:
    body = 'template.ParseFS(files, "templates/*")'
    assert files("embed html/template", body, "templates/a.html").pairs == ()


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ('godotenv.Load()', False),
        ('err := godotenv.Load()\nif err != nil { log.Fatal("no .env") }', True),
        ('if err := godotenv.Load(); err != nil { log.Fatal(err) }', True),
        ('if err := godotenv.Load(".env"); err != nil { log.Println("no .env") }', False),
        ('err := godotenv.Load()\nif err != nil { panic(err) }', True),
        ('err := godotenv.Load()\nuse()\n_ = err', False),
    ],
)  # fmt: skip
def test_a_file_of_variables_that_must_be_there(body: str, needed: bool) -> None:
    found = files("github.com/joho/godotenv log", body, ".env.example").needed
    assert [(one.path, one.example) for one in found] == ([(".env", ".env.example")] if needed else [])


def test_paths_by_the_place_of_the_source_are_a_warning() -> None:
    body = "_, file, _, _ := runtime.Caller(0)\nuse(filepath.Dir(file))"
    assert [one.code for one in files("runtime path/filepath", body).warnings] == ["source-path"]


# -- health


@pytest.mark.parametrize(
    ("imports", "body", "words"),
    [
        ("github.com/spf13/cobra", 'c := &cobra.Command{Use: "healthcheck", Run: check}\nuse(c)',
        ("healthcheck",)),
        ("github.com/urfave/cli/v2",
        'a := &cli.App{Commands: []*cli.Command{&cli.Command{Name: "health-check"}}}\n'
         "use(a)", ("health-check",)),
        ("os flag", 'h := flag.Bool("health", false, "")\nif *h { os.Exit(check()) }', ("--health",)),
        ("os", 'if len(os.Args) > 1 && os.Args[1] == "healthcheck" { check() }', ("healthcheck",)),
        ("os", 'switch os.Args[1] { case "healthcheck": check() }', ("healthcheck",)),
        ("github.com/spf13/cobra", 'c := &cobra.Command{Use: "serve"}\nuse(c)', None),
        ("net/http", 'http.HandleFunc("healthcheck", nil)', None),
    ],
)  # fmt: skip
def test_its_own_health_command(imports: str, body: str, words: tuple[str, ...] | None) -> None:
    found = find_health_command(program(imports, body))
    assert (found.value if found else None) == words


def test_the_health_service_of_grpc() -> None:
    imports = "google.golang.org/grpc google.golang.org/grpc/health/grpc_health_v1"
    made = program(imports, "s := grpc.NewServer()\ngrpc_health_v1.RegisterHealthServer(s, h)")
    assert find_grpc_health(made) == Fact(True, "main.go:7")
    assert find_grpc_health(program(imports, "s := grpc.NewServer()\nuse(s)")) is None


def test_a_database_that_a_variable_chooses() -> None:
    top = """func open() {
    switch os.Getenv("DB_TYPE") {
    case "mysql": connect("mysql")
    case "pgx": postgres()
    }
}
func connect(name string) { sql.Open(name, os.Getenv("DSN")) }
func postgres() { sql.Open("pgx", os.Getenv("DSN")) }"""
    imports = f"{SQL} _{MYSQL} _github.com/jackc/pgx/v5/stdlib os"
    found = settings(imports, "open()", top)
    assert [one.name for one in found.services] == ["mysql"]
    assert {one.name: one.value for one in found.environment} == {
        "DB_TYPE": "mysql", "DSN": "app:local@tcp(mysql:3306)/app?parseTime=true"
    }  # fmt: skip
    example = {".env.example": "DB_TYPE=pgx\n"}
    made = program(imports, "open()", top, example)
    found = find_settings(made, read_hints(made.tree))
    assert [one.name for one in found.services] == ["postgres"]
    assert {one.name: one.value for one in found.environment}["DB_TYPE"] == "pgx"


def test_a_server_is_no_need_where_a_file_can_be_chosen() -> None:
    top = """func open(kind string) {
    if kind == "postgres" { sql.Open("postgres", "postgres://u:p@db/x") } else { sql.Open("sqlite", "x.db") }
}"""
    imports = f"{SQL} _{PQ} _modernc.org/sqlite"
    assert services(imports, "open(flags())", top) == []
    assert services(f"{SQL} _{PQ}", "open(flags())", top) == ["postgres"]
