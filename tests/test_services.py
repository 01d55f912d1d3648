"""Backing services: by image, by URL, and which of them an app needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.model import Fact, Service

if TYPE_CHECKING:
    from detectors.hints import Hints
    from detectors.services import (
        Connection,
        connection_of_url,
        find_services,
        is_alias,
        service_of_image,
        service_of_url,
    )
else:
    from scaffold.detectors.hints import Hints
    from scaffold.detectors.services import (
        Connection,
        connection_of_url,
        find_services,
        is_alias,
        service_of_image,
        service_of_url,
    )

POSTGRES = {"postgres": Fact("psycopg2", "requirements.txt:1")}


@pytest.mark.parametrize(
    ("image", "service"),
    [
        ("postgres", "postgres"),
        ("postgres:15-alpine", "postgres"),
        ("docker.io/library/postgres@sha256:abc", "postgres"),
        ("bitnami/postgresql:15", "postgres"),
        ("postgis/postgis:16-3.4", "postgres"),
        ("localhost:5000/pgvector/pgvector:pg16", "postgres"),
        ("mariadb:11", "mariadb"),
        ("mysql/mysql-server:8", "mysql"),
        ("mongo:7", "mongodb"),
        ("redis:7", "redis"),
        ("valkey/valkey:8", "redis"),
        ("rabbitmq:3-management", "rabbitmq"),
        ("memcached", "memcached"),
        ("confluentinc/cp-kafka:7", "kafka"),
        ("docker.elastic.co/elasticsearch/elasticsearch:8.1.0", "elasticsearch"),
        ("quay.io/minio/minio", "minio"),
        ("dpage/pgadmin4", None),
        ("prometheuscommunity/postgres-exporter", None),
        ("mongo-express", None),
        ("rediscommander/redis-commander", None),
        ("nginx", None),
        ("", None),
    ],
)
def test_an_image_is_known_by_its_name(image: str, service: str | None) -> None:
    assert service_of_image(image) == service


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("postgresql+asyncpg://u:p@db/x", "postgres"),
        ("postgres://db", "postgres"),
        ("mysql+pymysql://db/x", "mysql"),
        ("mariadb+mariadbconnector://db/x", "mariadb"),
        ("mongodb://db", "mongodb"),
        ("mongodb+srv://cluster.example.net", None),
        ("rediss://cache", "redis"),
        ("pyamqp://guest@localhost//", "rabbitmq"),
        ("http://localhost:9200", "elasticsearch"),
        ("http://localhost:8000", None),
        ("sqlite:///app.db", None),
        ("http://[broken", None),
        ("http://host:port", None),
        ("words", None),
    ],
)
def test_a_url_leads_to_a_service(url: str, service: str | None) -> None:
    assert service_of_url(url) == service


def test_a_url_states_host_login_and_database() -> None:
    found = connection_of_url("postgresql://me:p%40ss@db:5432/shop?x=1", "a.py:1")
    assert found == Connection("postgres", "a.py:1", "db", "me", "p@ss", "shop")


def test_a_part_that_only_a_run_can_tell_is_left_out() -> None:
    found = connection_of_url("postgresql://{}:{}@{}:5432/shop", "a.py:1")
    assert found == Connection("postgres", "a.py:1", None, None, None, "shop")


def test_a_service_of_the_wide_world_is_none_of_ours() -> None:
    assert connection_of_url("redis://u:p@redis-1.cloud.example.com:16379", "a.py:1") is None


def test_a_driver_that_no_code_uses_is_no_service() -> None:
    assert find_services(POSTGRES, []) == ()


def test_a_connection_is_a_service() -> None:
    (service,) = find_services({}, [Connection("redis", "app.py:5", host="cache")])
    assert service == Service("redis", "app.py:5", ("cache",), user="", password="", database="")


def test_a_setting_counts_only_with_a_driver_among_the_dependencies() -> None:
    setting = Connection("postgres", "settings.py:3", certain=False)
    assert find_services({}, [setting]) == ()
    assert [service.name for service in find_services(POSTGRES, [setting])] == ["postgres"]


def test_a_database_of_some_kind_is_the_one_that_the_driver_speaks_to() -> None:
    some = Connection(None, "db.py:1")
    assert [service.name for service in find_services(POSTGRES, [some])] == ["postgres"]
    assert find_services({}, [some]) == ()


def test_of_two_drivers_the_compose_file_decides() -> None:
    drivers = {**POSTGRES, "mysql": Fact("pymysql", "requirements.txt:2")}
    some = Connection(None, "db.py:1")
    stated = Hints(services=(Service("mysql", "compose.yaml:1"),))
    assert [service.name for service in find_services(drivers, [some])] == ["postgres"]
    assert [service.name for service in find_services(drivers, [some], stated)] == ["mysql"]


def test_of_databases_that_the_code_could_use_one_is_enough() -> None:
    drivers = {**POSTGRES, "mysql": Fact("pymysql", "requirements.txt:2")}
    both = [Connection("postgres", "a:1", certain=False), Connection("mysql", "a:2", certain=False)]
    assert [service.name for service in find_services(drivers, both)] == ["postgres"]


def test_databases_that_the_code_does_use_all_count() -> None:
    both = [Connection("postgres", "a:1"), Connection("mysql", "a:2")]
    assert [service.name for service in find_services({}, both)] == ["postgres", "mysql"]


def test_the_login_in_the_code_is_the_login_of_the_local_service() -> None:
    (service,) = find_services({}, [Connection("postgres", "a:1", "db", "me", "pw", "shop")])
    assert (service.user, service.password, service.database) == ("me", "pw", "shop")


def test_user_and_password_are_never_of_two_connections() -> None:
    (service,) = find_services(
        {},
        [Connection("postgres", "a:1", user="one"), Connection("postgres", "a:2", user="two", password="pw")],
    )
    assert (service.user, service.password) == ("two", "pw")


def test_a_host_name_belongs_to_one_service_and_never_repeats_a_name() -> None:
    connections = [
        Connection("postgres", "a:1", "db"),
        Connection("mongodb", "a:2", "db"),
        Connection("redis", "a:3", "redis"),
    ]
    hosts = {service.name: service.hosts for service in find_services({}, connections)}
    assert hosts == {"postgres": ("db",), "mongodb": (), "redis": ()}


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("db", True),
        ("my-db_1", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("a.b", False),
        ("{}", False),
        ("", False),
    ],
)
def test_a_host_name_is_a_single_word(host: str, is_one: bool) -> None:
    assert is_alias(host) is is_one


@given(st.text())
def test_no_text_stops_the_reading(text: str) -> None:
    connection_of_url(text, "a.py:1")
    connection_of_url(f"redis://{text}", "a.py:1")
    service_of_image(text)
