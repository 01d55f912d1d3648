"""What compose.yaml sets: by name, by default and by service, and what it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.model import EnvironmentVariable, Fact, Service

if TYPE_CHECKING:
    from detectors.environment import (
        FERNET_KEY,
        SECRET,
        Read,
        is_secret,
        login_reads,
        make_variables,
        placeholder,
    )
    from detectors.services import Connection
else:
    from scaffold.detectors.environment import (
        FERNET_KEY,
        SECRET,
        Read,
        is_secret,
        login_reads,
        make_variables,
        placeholder,
    )
    from scaffold.detectors.services import Connection

POSTGRES = Service("postgres", "a.py:1", hosts=("db",))
MYSQL = Service("mysql", "a.py:1")
REDIS = Service("redis", "a.py:1", user="", password="", database="")
RABBITMQ = Service("rabbitmq", "a.py:1")
MONGODB = Service("mongodb", "a.py:1", user="", password="")
MINIO = Service("minio", "a.py:1", user="app", password="local-only")
KAFKA = Service("kafka", "a.py:1", user="", password="")
ELASTICSEARCH = Service("elasticsearch", "a.py:1", user="", password="")
MEMCACHED = Service("memcached", "a.py:1", user="", password="")


def variable(read: Read, *services: Service, **more: object) -> EnvironmentVariable:
    (made,) = make_variables([read], services, **more)  # type: ignore[arg-type]
    return made


def value(name: str, *services: Service, default: str | None = None) -> str | None:
    return variable(Read(name, "a.py:1", required=default is None, default=default), *services).value


@pytest.mark.parametrize(
    ("name", "service", "expected"),
    [
        ("DATABASE_URL", POSTGRES, "postgresql://app:local@postgres:5432/app"),
        ("SQLALCHEMY_DATABASE_URI", MYSQL, "mysql://app:local@mysql:3306/app"),
        ("POSTGRES_DSN", POSTGRES, "postgresql://app:local@postgres:5432/app"),
        ("PGHOST", POSTGRES, "postgres"),
        ("PGDATABASE", POSTGRES, "app"),
        ("PGPASSWORD", POSTGRES, "local"),
        ("DB_HOST", POSTGRES, "postgres"),
        ("DB_PORT", MYSQL, "3306"),
        ("POSTGRES_DB", POSTGRES, "app"),
        ("POSTGRES_SERVER", POSTGRES, "postgres"),
        ("DATABASE_NAME", POSTGRES, "app"),
        ("MYSQL_USER", MYSQL, "app"),
        ("APP_DB_PASSWORD", POSTGRES, "local"),
        ("REDIS_URL", REDIS, "redis://redis:6379"),
        ("REDIS_HOST", REDIS, "redis"),
        ("REDIS_DB", REDIS, "0"),
        ("CELERY_BROKER_URL", REDIS, "redis://redis:6379"),
        ("CELERY_RESULT_BACKEND", REDIS, "redis://redis:6379"),
        ("BROKER_URL", RABBITMQ, "amqp://app:local@rabbitmq:5672//"),
        ("RABBITMQ_URL", RABBITMQ, "amqp://app:local@rabbitmq:5672//"),
        ("MONGO_URL", MONGODB, "mongodb://mongodb:27017/app"),
        ("MONGODB_URI", MONGODB, "mongodb://mongodb:27017/app"),
        ("KAFKA_BOOTSTRAP_SERVERS", KAFKA, "kafka:9092"),
        ("ELASTICSEARCH_URL", ELASTICSEARCH, "http://elasticsearch:9200"),
        ("MEMCACHED_SERVERS", MEMCACHED, "memcached:11211"),
        ("S3_ENDPOINT_URL", MINIO, "http://minio:9000"),
        ("AWS_ACCESS_KEY_ID", MINIO, "app"),
        ("AWS_SECRET_ACCESS_KEY", MINIO, "local-only"),
        ("S3_BUCKET", MINIO, "app"),
    ],
)
def test_a_variable_of_a_service_gets_what_the_local_service_wants(
    name: str, service: Service, expected: str
) -> None:
    assert value(name, service) == expected


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("postgresql+asyncpg://me@localhost/x", "postgresql+asyncpg://app:local@postgres:5432/app"),
        ("postgres://localhost/x?sslmode=require", "postgres://app:local@postgres:5432/app"),
        (
            "postgres://localhost/x?application_name=y",
            "postgres://app:local@postgres:5432/app?application_name=y",
        ),
        ("sqlite:///app.db", "postgresql://app:local@postgres:5432/app"),
    ],
)
def test_the_url_has_the_scheme_and_the_options_of_the_default(default: str, expected: str) -> None:
    assert value("DATABASE_URL", POSTGRES, default=default) == expected


def test_the_number_of_the_redis_database_is_the_defaults() -> None:
    assert value("CACHE_URL", REDIS, default="redis://localhost:6379/3") == "redis://redis:6379/3"


def test_the_scheme_is_the_drivers_or_the_examples() -> None:
    read = Read("DATABASE_URL", "a.py:1", required=True)
    schemes = {"postgres": "postgresql+psycopg"}
    assert str(variable(read, POSTGRES, schemes=schemes).value).startswith("postgresql+psycopg://")
    examples = {"DATABASE_URL": Fact("postgresql+asyncpg://u:p@localhost/x", ".env.example:1")}
    assert str(variable(read, POSTGRES, schemes=schemes, examples=examples).value).startswith(
        "postgresql+asyncpg://app"
    )


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("REDIS_URL", "redis://redis:6379/1"),
        ("DATABASE_URL", "postgresql://app:local@db/app"),
        ("DB_HOST", "db"),
        ("DB_PORT", "5432"),
        ("DB_USER", "me"),
        ("DATABASE_POOL_SIZE", "5"),
        ("CACHE_BACKEND", "django.core.cache.backends.locmem.LocMemCache"),
        ("DATABASE_URL", "postgres://me:pw@db.example.com/x"),
        ("DB", "postgres"),
    ],
)
def test_a_default_that_holds_is_left_alone(name: str, default: str) -> None:
    assert value(name, POSTGRES, REDIS, default=default) is None


@pytest.mark.parametrize(
    ("name", "default"), [("DB_HOST", "localhost"), ("DB_HOST", "127.0.0.1"), ("DB_HOST", "")]
)
def test_a_default_that_leads_to_this_computer_is_set(name: str, default: str) -> None:
    assert value(name, POSTGRES, default=default) == "postgres"


def test_an_optional_variable_that_nothing_is_known_of_is_left_alone() -> None:
    assert variable(Read("SENTRY_DSN", "a.py:1")).value is None
    assert variable(Read("API_KEY", "a.py:1", default="x")).value is None
    assert variable(Read("REDIS_CONNECTION_NAME", "a.py:1"), REDIS).value is None
    assert variable(Read("DB_CLIENT_NAME", "a.py:1"), POSTGRES).value is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SECRET_KEY", SECRET),
        ("TELEGRAM_TOKEN", SECRET),
        ("FERNET_KEY", FERNET_KEY),
        ("ALLOWED_HOSTS", "localhost,127.0.0.1"),
        ("CORS_ORIGINS", "http://localhost,http://127.0.0.1"),
        ("FRONTEND_URL", "http://localhost"),
        ("ADMIN_EMAIL", "user@example.com"),
        ("REQUEST_TIMEOUT", "1"),
        ("WORKER_COUNT", "1"),
        ("ENABLE_CACHE", "false"),
        ("APP_DEBUG", "false"),
        ("PROJECT_NAME", "change-me"),
    ],
)
def test_a_required_variable_gets_a_placeholder_by_its_name(name: str, expected: str) -> None:
    assert value(name) == expected


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (Read("X", "a", shape="integer"), "1"),
        (Read("X", "a", shape="boolean"), "false"),
        (Read("X", "a", shape="json-list"), "[]"),
        (Read("X", "a", shape="url"), "http://localhost"),
        (Read("X", "a", choices=("dev", "prod")), "dev"),
        (Read("ALLOWED_HOSTS", "a", shape="json-list"), '["localhost", "127.0.0.1"]'),
    ],
)
def test_a_placeholder_has_the_shape_that_the_code_wants(read: Read, expected: str) -> None:
    assert placeholder(read) == expected


def test_the_example_of_the_project_comes_before_a_placeholder() -> None:
    assert placeholder(Read("PROJECT_NAME", "a"), "My shop") == "My shop"
    assert placeholder(Read("PROJECT_NAME", "a"), "<your name>") == "change-me"
    assert placeholder(Read("API_TOKEN", "a"), "abc") == SECRET


def test_the_port_is_the_apps() -> None:
    assert variable(Read("PORT", "a.py:1", default="5000"), port=9000).value == "9000"


def test_what_the_system_sets_is_not_listed() -> None:
    assert make_variables([Read("HOME", "a.py:1", required=True), Read("PATH", "a.py:2")], []) == ()


def test_a_variable_is_listed_once_and_required_wins() -> None:
    (made,) = make_variables([Read("A", "a.py:1", default="x"), Read("A", "b.py:2", required=True)], [])
    assert (made.required, made.source) == (True, "b.py:2")


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "API_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "stripe_api_key"]
)
def test_a_credential_is_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "ACCESS_TOKEN_EXPIRE_MINUTES",
        "TOKEN_URL",
        "PASSWORD_MIN_LENGTH",
        "KEYCLOAK_HOST",
        "MONKEY",
        "PUBLIC_KEY",
        "_",
        "",
    ],
)
def test_what_only_sounds_like_a_credential_is_not_secret(name: str) -> None:
    assert not is_secret(name)


def test_a_url_with_a_login_is_secret() -> None:
    assert variable(Read("DATABASE_URL", "a.py:1", required=True), POSTGRES).secret
    assert not variable(Read("REDIS_URL", "a.py:1", required=True), REDIS).secret


def test_defaults_of_single_parts_make_one_connection() -> None:
    reads = [
        Read("DB_HOST", "a.py:1", default="database"),
        Read("DB_USER", "a.py:2", default="me"),
        Read("DB_PASSWORD", "a.py:3", default="pw"),
        Read("DB_NAME", "a.py:4", default="shop"),
    ]
    assert login_reads(reads, ["postgres"]) == (
        Connection("postgres", "a.py:1", "database", "me", "pw", "shop"),
    )


def test_a_password_with_signs_is_quoted_in_a_url() -> None:
    service = Service("postgres", "a.py:1", user="m@e", password="p@ss/word")
    assert value("DATABASE_URL", service) == "postgresql://m%40e:p%40ss%2Fword@postgres:5432/app"


@given(st.text(), st.none() | st.text(), st.booleans())
def test_no_name_and_no_default_stops_the_reading(name: str, default: str | None, required: bool) -> None:
    read = Read(name, "a.py:1", required=required, default=default)
    services = [POSTGRES, REDIS, MINIO, KAFKA]
    for made in make_variables([read], services, examples={name: Fact(default or "", "x")}):
        assert made.name == name
        assert made.value is not None or not required or name == "PORT"
