"""What Python code needs around it: variables, services and places to write to, read from the code alone."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.model import EnvironmentVariable, Fact, Service, Writable
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.hints import read_hints
    from detectors.python.code.source import Source
    from detectors.python.settings.settings import Settings, find_settings
else:
    from scaffold.detectors.hints import read_hints
    from scaffold.detectors.python.code.source import Source
    from scaffold.detectors.python.settings.settings import Settings, find_settings


@dataclass(frozen=True)
class Requirement:
    name: str
    extras: frozenset[str] = frozenset()
    source: str = "requirements.txt:1"


@dataclass(frozen=True)
class Requirements:
    dependencies: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class Program:
    main: Fact | None = None
    port: Fact | None = None
    run_environment: Fact | None = None


def requirement(text: str) -> Requirement:
    name, _, extras = text.partition("[")
    return Requirement(name, frozenset(extra for extra in extras.strip("]").split(",") if extra))


def settings_in(
    files: dict[str, str], needs: str = "", main: str = "", django: str = "", port: int | None = None
) -> Settings:
    tree = Tree({path: dedent(text) for path, text in files.items()})
    program = Program(
        main=Fact(main, "x") if main else None,
        port=Fact(port, "x") if port else None,
        run_environment=Fact({"DJANGO_SETTINGS_MODULE": django}, "manage.py:1") if django else None,
    )
    requirements = Requirements(tuple(map(requirement, needs.split())))
    return find_settings(tree, Source(tree), requirements, program, read_hints(tree))


def settings_of(code: str, needs: str = "", main: str = "") -> Settings:
    return settings_in({"app.py": code}, needs, main)


def variables(found: Settings) -> dict[str, EnvironmentVariable]:
    return {one.name: one for one in found.environment}


def services(found: Settings) -> dict[str, Service]:
    return {one.name: one for one in found.services}


def required(code: str, main: str = "") -> set[str]:
    return {one.name for one in settings_of(code, main=main).environment if one.required}


def test_an_empty_project_needs_nothing() -> None:
    assert settings_in({}) == Settings()


# -- which variables the code reads


@pytest.mark.parametrize(
    "code",
    [
        "import os\nX = os.environ['KEY_A']",
        "from os import environ\nX = environ['KEY_A']",
        "from os import environ as env\nX = env['KEY_A']",
        "import os as system\nX = system.environ['KEY_A']",
        "import environ\nenv = environ.Env()\nX = env('KEY_A')",
        "import environ\nenv = environ.Env()\nX = env.str('KEY_A')",
        "from environs import Env\nenv = Env()\nX = env.int('KEY_A')",
        "from decouple import config\nX = config('KEY_A', cast=int)",
        "from starlette.config import Config\nconfig = Config('.env')\nX = config('KEY_A')",
        "import os\nX = int(os.getenv('KEY_A'))",
        "import os\nX = os.getenv('KEY_A').split(',')",
        "import os\nX = os.getenv('KEY_A')\nif not X:\n    raise RuntimeError('no key')",
        "import os, sys\nX = os.getenv('KEY_A')\nif X is None:\n    sys.exit(1)",
        "import os\nX = os.getenv('KEY_A')\nassert X",
        "import os\ndef needed(name):\n    return os.environ[name]\nX = needed('KEY_A')",
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    key_a: str",
        "from pydantic import BaseSettings, Field\n"
        "class Settings(BaseSettings):\n    other: str = Field(..., env='KEY_A')",
        "import os\ndef create_app():\n    return os.environ['KEY_A']",
        "import os\ndef load():\n    return os.environ['KEY_A']\nX = load()",
        "import os\nclass Config:\n    X = os.environ['KEY_A']",
    ],
)
def test_a_variable_that_the_code_fails_without_is_required(code: str) -> None:
    assert required(code) == {"KEY_A"}


@pytest.mark.parametrize(
    "code",
    [
        "import os\nX = os.environ.get('KEY_A')",
        "import os\nX = os.getenv('KEY_A', 'x')",
        "import os\nX = os.getenv('KEY_A') or 'x'",
        "import os\nos.environ.setdefault('KEY_A', 'x')",
        "import os\ndef f():\n    return os.environ['KEY_A']",
        "import os\nX = lambda: os.environ['KEY_A']",
        "import os\nX = 'KEY_A' in os.environ",
        "import os\nif 'KEY_A' in os.environ:\n    X = os.environ['KEY_A']",
        "import os\nX = os.environ['KEY_A'] if 'KEY_A' in os.environ else None",
        "import os\ntry:\n    X = os.environ['KEY_A']\nexcept KeyError:\n    X = None",
        "import os\nif __name__ == '__main__':\n    X = os.environ['KEY_A']",
        "import os\nif os.getenv('USE_IT', 'false') == 'true':\n    X = os.environ['KEY_A']",
        "import environ\nenv = environ.Env(KEY_A=(bool, False))\nX = env('KEY_A')",
        "from decouple import config\nX = config('KEY_A', default='x')",
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    key_a: str = 'x'",
        "import typer\ndef main(x: str = typer.Option('x', envvar='KEY_A')): ...",
    ],
)
def test_a_variable_that_the_code_goes_on_without_is_optional(code: str) -> None:
    found = variables(settings_of(code))
    assert "KEY_A" in found
    assert not found["KEY_A"].required


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ['KEY_A'] = 'x'",
        "environ = {}\nX = environ['KEY_A']",
        "def getenv(x): ...\ngetenv('KEY_A')",
        "request = None\nX = request.environ['KEY_A']",
        "'''os.environ['KEY_A']'''",
        "import os\nX = os.environ['HOME']",
    ],
)
def test_what_is_no_reading_is_not_listed(code: str) -> None:
    assert settings_of(code).environment == ()


def test_readings_of_tests_and_of_scripts_do_not_count() -> None:
    code = "import os\nX = os.environ['KEY_A']"
    files = {
        "app.py": "",
        "tests/test_app.py": code,
        "scripts/load.py": code,
        "shop/management/commands/x.py": code,
    }
    assert settings_in(files).environment == ()


def test_what_a_program_reads_when_it_is_run_is_required() -> None:
    code = "import os\ndef main():\n    print(os.environ['KEY_A'])\nif __name__ == '__main__':\n    main()"
    assert required(code) == set()
    assert required(code, main="app.py") == {"KEY_A"}


def test_a_variable_has_its_place_and_its_default() -> None:
    (found,) = settings_of("import os\n\nX = os.getenv('MODE', 'fast')").environment
    assert (found.source, found.default, found.value) == ("app.py:3", "fast", None)


def test_an_object_that_reads_is_known_in_the_modules_that_import_it() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/base.py": "import environ\nenv = environ.Env(DEBUG=(bool, True))\n",
        "shop/settings.py": "from .base import *\nA = env('KEY_A')\nB = env.bool('DEBUG')\n",
        "shop/other.py": "from shop.base import env\nC = env('KEY_C', default='c')\n",
    }
    found = variables(settings_in(files))
    assert {name: (one.required, one.default) for name, one in found.items()} == {
        "KEY_A": (True, None),
        "DEBUG": (False, "True"),
        "KEY_C": (False, "c"),
    }


def test_settings_classes_have_prefixes_nesting_and_types() -> None:
    code = """
    from enum import Enum
    from typing import Literal, Optional
    from pydantic import BaseModel, AnyHttpUrl, Field
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class Mode(str, Enum):
        FAST = "fast"

    class Mail(BaseModel):
        host: str
        port: int = 25

    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="SHOP_", env_nested_delimiter="__", env_file=".env")
        name: str
        count: int
        hosts: list[str]
        home: AnyHttpUrl
        level: Literal["low", "high"]
        mode: Mode
        other: Optional[str] = None
        renamed: str = Field(validation_alias="OTHER_NAME")
        mail: Mail
    """
    found = variables(settings_of(code))
    assert {name: one.value for name, one in found.items() if one.required} == {
        "SHOP_NAME": "change-me",
        "SHOP_COUNT": "1",
        "SHOP_HOSTS": "[]",
        "SHOP_HOME": "http://localhost",
        "SHOP_LEVEL": "low",
        "SHOP_MODE": "fast",
        "OTHER_NAME": "change-me",
        "SHOP_MAIL__HOST": "localhost",
    }
    assert not found["SHOP_MAIL__PORT"].required
    assert not found["SHOP_OTHER"].required


def test_a_settings_class_inherits_that_it_is_one() -> None:
    files = {
        "core/base.py": "from pydantic import BaseSettings\n"
        "class AppSettings(BaseSettings):\n    class Config:\n        env_prefix = 'A_'\n",
        "core/app.py": "from core.base import AppSettings\nclass App(AppSettings):\n    name: str\n",
        "core/__init__.py": "",
    }
    assert set(variables(settings_in(files))) == {"A_NAME"}


# -- "Needs a database, a broker, a required environment variable … to start, and nothing says so"


def test_django_with_postgres_by_single_variables() -> None:
    code = """
    import os
    DATABASES = {"default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"], "PASSWORD": os.environ["PGPASSWORD"],
        "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
    }}
    """
    found = settings_in(
        {"shop/settings.py": code, "shop/__init__.py": ""}, "django psycopg2", django="shop.settings"
    )
    assert set(services(found)) == {"postgres"}
    assert {one.name: one.value for one in found.environment} == {
        "PGDATABASE": "app",
        "PGUSER": "app",
        "PGPASSWORD": "local",
        "PGHOST": "postgres",
        "PGPORT": "5432",
    }


def test_django_with_a_database_by_url() -> None:
    code = "import dj_database_url\nDATABASES = {'default': dj_database_url.config(default='sqlite:///db.sqlite3')}"
    found = settings_of(code, "django dj-database-url psycopg[binary]")
    assert variables(found)["DATABASE_URL"].value == "postgres://app:local@postgres:5432/app"
    assert found.writable == ()


def test_the_file_that_a_server_stands_in_for_is_not_moved() -> None:
    code = """
    import os, dj_database_url
    if "DATABASE_URL" in os.environ:
        DATABASES = {"default": dj_database_url.config()}
    else:
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.getenv("DB_FILE", "x")}}
    """
    found = settings_of(code, "django psycopg")
    assert (variables(found)["DB_FILE"].value, found.writable) == (None, ())
    assert variables(settings_of(code, "django"))["DB_FILE"].value == "/data/x"


def test_django_with_sqlite_and_no_driver_has_no_service() -> None:
    code = (
        "import environ\nenv = environ.Env()\nDATABASES = {'default': env.db(default='sqlite:///db.sqlite3')}"
    )
    found = settings_of(code, "django django-environ")
    assert found.services == ()
    assert variables(found)["DATABASE_URL"].value == "sqlite:////data/db.sqlite3"
    assert found.writable == (Writable("/data", "app.py:3"),)


def test_django_caches_and_channels_are_services() -> None:
    code = """
    CACHES = {"default": {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": "cache:11211",
    }}
    CHANNEL_LAYERS = {"default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [("channels", 6379)]},
    }}
    OTHER = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "x"}}
    """
    found = services(settings_of(code))
    assert {name: one.hosts for name, one in found.items()} == {
        "redis": ("channels",),
        "memcached": ("cache",),
    }


def test_a_variable_that_turns_a_database_on_is_set() -> None:
    code = """
    import os
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    if os.getenv("DB") == "postgres":
        name = os.getenv("DB_NAME", "hc")
        DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": name}}
    """
    found = settings_of(code, "django psycopg")
    assert services(found)["postgres"].database == "hc"
    assert variables(found)["DB"].value == "postgres"
    assert settings_of(code, "django").services == ()


def test_settings_in_use_count_wherever_they_stand() -> None:
    files = {"example/__init__.py": "", "example/settings.py": "import os\nA = os.environ['KEY_A']\n"}
    assert set(variables(settings_in(files, "django", django="example.settings"))) == {"KEY_A"}


def test_only_the_settings_in_use_count() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": "import os\nA = os.environ['KEY_A']\n",
        "shop/settings/production.py": "from .base import *\nimport os\nB = os.environ['KEY_B']\n",
        "shop/settings/test.py": "from .base import *\nimport os\nC = os.environ['KEY_C']\n",
    }
    assert set(variables(settings_in(files, "django", django="shop.settings.production"))) == {
        "KEY_A",
        "KEY_B",
    }


@pytest.mark.parametrize(
    ("code", "service", "hosts"),
    [
        ("from redis import Redis\nr = Redis(host='cache', port=6379)", "redis", ("cache",)),
        ("import redis\nr = redis.from_url('redis://cache:6379/0')", "redis", ("cache",)),
        ("import redis.asyncio as redis\nr = redis.Redis.from_url('redis://cache')", "redis", ("cache",)),
        ("from pymongo import MongoClient\nc = MongoClient('mongo:27017')", "mongodb", ("mongo",)),
        ("from pymongo import MongoClient\nc = MongoClient('mongodb://mongo/x')", "mongodb", ("mongo",)),
        (
            "from motor.motor_asyncio import AsyncIOMotorClient as C\nc = C('mongodb://mongo')",
            "mongodb",
            ("mongo",),
        ),
        ("import psycopg2\nc = psycopg2.connect(host='db', dbname='x')", "postgres", ("db",)),
        ("import psycopg2\nc = psycopg2.connect('host=db dbname=x user=u')", "postgres", ("db",)),
        (
            "import asyncpg\nasync def f():\n    await asyncpg.connect('postgresql://u@db/x')",
            "postgres",
            ("db",),
        ),
        ("import mysql.connector\nc = mysql.connector.connect(host='db')", "mysql", ("db",)),
        ("import pymysql\nc = pymysql.connect(host='db')", "mysql", ("db",)),
        (
            "import pika\nc = pika.BlockingConnection(pika.ConnectionParameters('rabbit'))",
            "rabbitmq",
            ("rabbit",),
        ),
        (
            "from celery import Celery\napp = Celery('x', broker='pyamqp://guest@rabbit//')",
            "rabbitmq",
            ("rabbit",),
        ),
        ("from celery import Celery\napp = Celery('x', broker='redis://cache/0')", "redis", ("cache",)),
        (
            "from kafka import KafkaProducer\np = KafkaProducer(bootstrap_servers=['broker:9092'])",
            "kafka",
            ("broker",),
        ),
        (
            "from confluent_kafka import Producer\np = Producer({'bootstrap.servers': 'broker:9092'})",
            "kafka",
            ("broker",),
        ),
        (
            "from elasticsearch import Elasticsearch\ne = Elasticsearch(['http://es:9200'])",
            "elasticsearch",
            ("es",),
        ),
        ("import nats\nc = nats.connect('nats://queue:4222')", "nats", ("queue",)),
        ("from opensearchpy import OpenSearch\ne = OpenSearch('http://s:9200')", "opensearch", ("s",)),
        ("from pymemcache.client.base import Client\nc = Client(('mem', 11211))", "memcached", ("mem",)),
        (
            "from minio import Minio\nm = Minio('store:9000', access_key='a', secret_key='b')",
            "minio",
            ("store",),
        ),
        ("import boto3\ns = boto3.client('s3', endpoint_url='http://store:9000')", "minio", ("store",)),
        (
            "from sqlalchemy import create_engine\ne = create_engine('postgresql://u:p@db/x')",
            "postgres",
            ("db",),
        ),
        (
            "from sqlmodel import create_engine\ne = create_engine('mysql+pymysql://u:p@db/x')",
            "mysql",
            ("db",),
        ),
        (
            "import pymysql\nclass A:\n    def f(self, host='db'):\n        pymysql.connect(host=host)",
            "mysql",
            ("db",),
        ),
    ],
)
def test_a_client_is_a_service_under_the_name_that_the_code_has_for_it(
    code: str, service: str, hosts: tuple[str, ...]
) -> None:
    found = services(settings_of(code))
    assert set(found) == {service}
    assert found[service].hosts == hosts


def test_the_login_in_the_code_is_the_local_services() -> None:
    code = "from sqlalchemy import create_engine\ne = create_engine('postgresql://me:pw@db/shop')"
    found = services(settings_of(code))["postgres"]
    assert (found.user, found.password, found.database) == ("me", "pw", "shop")


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ("print('hello')", "psycopg2-binary redis pymongo"),
        ("try:\n    import redis\nexcept ImportError:\n    redis = None", ""),
        ("import boto3\ns = boto3.client('s3')", "boto3"),
        ("import boto3\ns = boto3.client('s3', endpoint_url='https://s3.example.com')", "boto3"),
        (
            "from sqlalchemy import create_engine\ne = create_engine('sqlite:///:memory:')",
            "sqlalchemy psycopg2",
        ),
        ("from sqlalchemy import create_engine\ne = create_engine('sqlite:///:memory:')", "sqlalchemy"),
        ("'''redis://redis:6379'''", "redis"),
    ],
)
def test_what_only_sounds_like_a_service_is_none(code: str, needs: str) -> None:
    assert settings_of(code, needs).services == ()


def test_a_library_that_is_imported_without_more_is_a_service() -> None:
    assert set(services(settings_of("import psycopg\nprint(psycopg.__version__)", "psycopg"))) == {"postgres"}


def test_a_module_of_the_project_is_no_library() -> None:
    files = {"app.py": "import redis\n", "redis.py": ""}
    assert settings_in(files).services == ()


def test_the_broker_of_celery_is_the_one_that_it_has_a_driver_for() -> None:
    code = "import os\nfrom celery import Celery\napp = Celery('x', broker=os.environ['CELERY_BROKER_URL'])"
    redis = settings_of(code, "celery[redis]")
    assert (set(services(redis)), variables(redis)["CELERY_BROKER_URL"].value) == (
        {"redis"},
        "redis://redis:6379",
    )
    rabbit = settings_of(code, "celery")
    assert set(services(rabbit)) == {"rabbitmq"}
    assert variables(rabbit)["CELERY_BROKER_URL"].value == "amqp://app:local@rabbitmq:5672//"


def test_a_default_that_is_sqlite_gives_way_to_a_driver_in_production() -> None:
    code = """
    import os
    from flask_sqlalchemy import SQLAlchemy
    class Config:
        SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL") or "sqlite:///app.db"
    """
    found = settings_of(code, "flask flask-sqlalchemy psycopg2-binary")
    assert variables(found)["DATABASE_URL"].value == "postgresql://app:local@postgres:5432/app"
    assert found.writable == ()


@pytest.mark.parametrize(
    ("needs", "code", "scheme"),
    [
        ("sqlalchemy psycopg2", "create_engine", "postgresql"),
        ("sqlalchemy psycopg[binary]", "create_engine", "postgresql+psycopg"),
        ("sqlalchemy[asyncio] asyncpg", "create_async_engine", "postgresql+asyncpg"),
        ("sqlalchemy pymysql", "create_engine", "mysql+pymysql"),
        ("sqlalchemy mysqlclient", "create_engine", "mysql"),
    ],
)
def test_the_url_has_the_scheme_that_the_driver_takes(needs: str, code: str, scheme: str) -> None:
    home = "sqlalchemy" if code == "create_engine" else "sqlalchemy.ext.asyncio"
    text = f"import os\nfrom {home} import {code}\ne = {code}(os.environ['DATABASE_URL'])"
    value = variables(settings_of(text, needs))["DATABASE_URL"].value
    assert str(value).partition("://")[0] == scheme


def test_a_typed_url_of_a_service_is_a_service() -> None:
    code = """
    from pydantic import PostgresDsn, RedisDsn
    from pydantic_settings import BaseSettings
    class Settings(BaseSettings):
        database: PostgresDsn
        cache: RedisDsn = "redis://localhost:6379/1"
    """
    found = settings_of(code, "pydantic-settings asyncpg")
    assert set(services(found)) == {"postgres", "redis"}
    assert variables(found)["DATABASE"].value == "postgresql://app:local@postgres:5432/app"
    assert variables(found)["CACHE"].value == "redis://redis:6379/1"


def test_a_url_that_is_put_together_from_settings_is_followed() -> None:
    code = """
    from pydantic import MultiHostUrl, computed_field
    from pydantic_settings import BaseSettings
    from sqlmodel import create_engine
    class Settings(BaseSettings):
        POSTGRES_SERVER: str
        POSTGRES_USER: str = "me"
        @computed_field
        @property
        def URI(self) -> str:
            return MultiHostUrl.build(
                scheme="postgresql+psycopg", username=self.POSTGRES_USER, host=self.POSTGRES_SERVER
            )
    settings = Settings()
    engine = create_engine(str(settings.URI))
    """
    found = settings_of(code, "sqlmodel psycopg")
    assert services(found)["postgres"].user == "me"
    assert variables(found)["POSTGRES_SERVER"].value == "postgres"


def test_a_client_on_localhost_that_nothing_can_move_is_a_warning() -> None:
    (warning,) = settings_of("import redis\n\nr = redis.Redis(host='localhost')").warnings
    assert (warning.code, warning.source) == ("localhost-service", "app.py:3")


def test_a_client_on_localhost_by_default_is_set_instead() -> None:
    code = "import os, redis\nr = redis.Redis(host=os.getenv('REDIS_HOST', 'localhost'))"
    found = settings_of(code, "redis")
    assert found.warnings == ()
    assert variables(found)["REDIS_HOST"].value == "redis"


# -- "Writes into its own folder as a user that may not"


def test_an_sqlite_file_beside_the_source_is_linked_to_a_volume_and_said() -> None:
    code = """
    from pathlib import Path
    BASE_DIR = Path(__file__).resolve().parent.parent
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
    """
    found = settings_in({"shop/settings.py": code, "shop/__init__.py": ""}, "django", django="shop.settings")
    assert found.writable == (Writable("/data", "shop/settings.py:4", link="db.sqlite3"),)
    assert [(one.code, one.source) for one in found.warnings] == [("sqlite-in-source", "shop/settings.py:4")]


def test_a_database_that_comes_with_the_sources_is_kept() -> None:
    found = settings_in({"app.py": "import sqlite3\nc = sqlite3.connect('shop.db')", "shop.db": "x"})
    assert found.keep == ("shop.db",)
    assert [one.link for one in found.writable] == ["shop.db"]


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        (
            "import os\nURL = os.getenv('DATABASE_URL', 'sqlite:///./app.db')",
            "DATABASE_URL",
            "sqlite:////data/app.db",
        ),
        (
            "import os\nX = os.getenv('DATABASE_URL', 'sqlite+aiosqlite:///a/app.db')",
            "DATABASE_URL",
            "sqlite+aiosqlite:////data/app.db",
        ),
        (
            "import os, sqlite3\nc = sqlite3.connect(os.environ.get('DB_PATH', 'app.db'))",
            "DB_PATH",
            "/data/app.db",
        ),
        (
            "import os, sqlite3\nD = os.getenv('DATA_DIR', 'data')\nc = sqlite3.connect(f'{D}/app.db')",
            "DATA_DIR",
            "/data",
        ),
        (
            "import os\nfrom sqlalchemy import create_engine\nF = os.getenv('DB_FILE', 'app.db')\n"
            "e = create_engine(f'sqlite:///{F}')",
            "DB_FILE",
            "/data/app.db",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    database_url: str = 'sqlite:///./x.db'",
            "DATABASE_URL",
            "sqlite:////data/x.db",
        ),
    ],
)
def test_an_sqlite_file_goes_to_a_volume_by_the_apps_own_setting(code: str, name: str, value: str) -> None:
    found = settings_of(code)
    assert variables(found)[name].value == value
    assert [(one.path, one.link) for one in found.writable] == [("/data", None)]
    assert found.warnings == ()


def test_flask_sqlalchemy_writes_to_the_instance_folder() -> None:
    code = """
    from flask import Flask
    from flask_sqlalchemy import SQLAlchemy
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
    """
    assert [one.path for one in settings_of(code, "flask flask-sqlalchemy").writable] == ["/app/instance"]


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("import os\nMEDIA_ROOT = os.path.join(os.path.dirname(__file__), 'media')", "/app/media"),
        ("from pathlib import Path\nBASE = Path(__file__).parent\nMEDIA_ROOT = BASE / 'media'", "/app/media"),
        ("app.config['UPLOAD_FOLDER'] = 'uploads'", "/app/uploads"),
        (
            "class Config:\n    if REDIS:\n        X = 'redis'\n    else:\n        CACHE_DIR = '.data/cache'",
            "/app/.data/cache",
        ),
        ("import os\nos.makedirs('data/x', exist_ok=True)", "/app/data/x"),
        ("from pathlib import Path\nPath('uploads').mkdir(exist_ok=True)", "/app/uploads"),
        (
            "import os\nfrom flask import Flask\napp = Flask(__name__)\nos.makedirs(app.instance_path)",
            "/app/instance",
        ),
        ("import logging\nh = logging.FileHandler('logs/app.log')", "/app/logs"),
        (
            "from logging.handlers import RotatingFileHandler\nh = RotatingFileHandler('logs/app.log')",
            "/app/logs",
        ),
        (
            "LOGGING = {'handlers': {'f': {'class': 'logging.FileHandler', 'filename': 'logs/x.log'}}}",
            "/app/logs",
        ),
        ("def f(name):\n    open(f'out/{name}.txt', 'w')", "/app/out"),
        ("def f(name):\n    open('/var/lib/shop/x.txt', 'w')", "/var/lib/shop"),
        ("DEFAULTS = {'folder': '/var/lib/app/collections'}", "/var/lib/app/collections"),
    ],
)
def test_a_folder_that_the_code_writes_to_is_writable(code: str, path: str) -> None:
    assert [one.path for one in settings_of(code).writable] == [path]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.makedirs('/tmp/x')",
        "def f():\n    return open('data/x.txt').read()",
        "import sqlite3\nc = sqlite3.connect(':memory:')",
        "import sqlite3\nc = sqlite3.connect('/tmp/x.db')",
        "def f(name):\n    open(name, 'w')",
        "import logging\nh = logging.FileHandler('/dev/stdout')",
        "SOCKET = '/var/lib/mysql/mysql.sock'",
        "import os\nDB_ENGINE = os.getenv('DB_ENGINE', 'sqlite')",
        "import configparser, os\nos.makedirs(config.get('storage', 'folder'))",
    ],
)
def test_what_needs_no_volume_gets_none(code: str) -> None:
    assert settings_of(code).writable == ()


def test_a_folder_of_data_that_git_ignores_is_writable() -> None:
    default = "os.path.join(os.path.dirname(__file__), 'var', 'config')"
    code = f"import os\nCONFIG_DIR = os.environ.get('CONFIG_DIR', {default})"
    assert settings_of(code).writable == ()
    found = settings_in({"app.py": code, ".gitignore": "var/config/\n"})
    assert [one.path for one in found.writable] == ["/app/var/config"]


def test_a_database_in_memory_is_told_and_moved_where_a_variable_can() -> None:
    found = settings_of("SQLALCHEMY_DATABASE_URI = 'sqlite:////tmp/x.db'")
    assert ([one.code for one in found.warnings], found.writable) == (["sqlite-in-tmp"], ())
    found = settings_of(
        "import os\nSQLALCHEMY_DATABASE_URI = os.environ.get('DB_URL', 'sqlite:////tmp/x.db')"
    )
    assert variables(found)["DB_URL"].value == "sqlite:////data/x.db"
    assert ([one.path for one in found.writable], found.warnings) == (["/data"], ())


def test_a_database_server_that_nothing_leads_to_is_not_what_a_file_stands_in_for() -> None:
    """Seen (CTFd): its SQLite file, unless a setting says otherwise, which no variable does."""
    made = "import os\nfrom sqlalchemy import create_engine\n"
    code = (
        "Base.metadata.bind = create_engine(read_ini('url'))\nengine = create_engine('sqlite:///shop.db')\n"
    )
    found = settings_of(made + code, "sqlalchemy pymysql")
    assert (found.services, [one.link for one in found.writable]) == ((), ["shop.db"])
    led = settings_of(made + code.replace("read_ini('url')", "os.environ['DB_URL']"), "sqlalchemy pymysql")
    assert [one.name for one in led.services] == ["mysql"]


def test_a_variable_moves_a_database_out_of_the_apps_own_folder() -> None:
    base = "os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.curdir))"
    found = settings_of(f"import os\nBASE = {base}\nFOLDER = os.environ.get('SHOP_DBPATH', BASE)")
    assert variables(found)["SHOP_DBPATH"].value == "/data"
    assert [one.path for one in found.writable] == ["/data"]
    assert settings_of(f"import os\nBASE = {base}\nFOLDER = os.environ.get('SHOP_CODE', BASE)").writable == ()


def test_a_secret_key_that_may_be_nothing_is_needed() -> None:
    assert required("import os\nSECRET_KEY = os.environ.get('SECRET_KEY') or None") == {"SECRET_KEY"}
    assert required("import os\nSECRET_KEY = os.environ.get('SECRET_KEY') or 'x'") == set()
    assert required("import os\nKEY = os.environ.get('KEY') or None") == set()


def test_the_file_of_another_database_is_not_the_name_of_the_servers() -> None:
    engine, name = (
        "os.getenv('ENGINE') or 'django.db.backends.postgresql'",
        "os.getenv('X') or '/srv/x.sqlite3'",
    )
    code = f"import os\nDATABASES = {{'default': {{'ENGINE': {engine}, 'NAME': {name}}}}}"
    found = settings_of(code, "django psycopg")
    assert [one.database for one in found.services] == ["app"]


def test_a_folder_of_sources_is_never_a_volume() -> None:
    found = settings_of("import os\ndef f():\n    os.makedirs('.')")
    assert found.writable == ()
    assert [(one.code, one.source) for one in found.warnings] == [("writes-source", "app.py:3")]


@pytest.mark.parametrize(
    "code",
    [
        "open('state.json', 'w')",
        "import cairo\ncairo.SVGSurface('state.json', 200, 200)",
        "import pandas\npandas.DataFrame().to_csv('state.json')",
        "from pathlib import Path\nPath('state.json').write_text('')",
    ],
)
def test_a_file_written_beside_the_source_is_a_link_to_a_volume(code: str) -> None:
    found = settings_of(code)
    assert [(one.path, one.link) for one in found.writable] == [("/data", "state.json")]
    assert [one.code for one in found.warnings] == ["writes-source"]


def test_fasthtml_keeps_its_session_key_on_a_volume() -> None:
    found = settings_of("from fasthtml.common import *\napp = FastHTML()")
    assert [(one.path, one.link) for one in found.writable] == [("/data", ".sesskey")]
    assert settings_of("from fasthtml.common import *\napp = FastHTML(secret_key='x')").writable == ()


def test_a_folder_inside_another_is_no_volume_of_its_own() -> None:
    found = settings_of("import os\nos.makedirs('data/a')\nos.makedirs('data')\nos.makedirs('data/b')")
    assert [one.path for one in found.writable] == ["/app/data"]


# -- whatever comes


def test_a_variable_that_the_image_sets_is_not_set_again() -> None:
    code = "import os\nX = os.environ['DJANGO_SETTINGS_MODULE']"
    files = {"shop/__init__.py": "", "shop/settings.py": "", "app.py": code}
    assert settings_in(files, "django", django="shop.settings").environment == ()


@given(st.text())
def test_no_text_stops_the_reading(text: str) -> None:
    assert isinstance(settings_of("import os, environ, sqlite3\n" + text), Settings)


_WORDS = st.sampled_from(
    [
        "os.environ",
        "os.getenv",
        "env",
        "environ.Env()",
        "X",
        "x",
        "'A'",
        "'sqlite:///{}'",
        "None",
        "1",
        "__file__",
        "redis.Redis",
        "create_engine",
        "Path",
        "config",
        "settings.X",
        "f'{x}/{y}'",
        "{'ENGINE': x}",
        "[]",
        "()",
        "(x, y)",
        "lambda: x",
    ]
)
_EXPRESSIONS = st.recursive(
    _WORDS,
    lambda inner: st.tuples(inner, inner).flatmap(
        lambda two: st.sampled_from(
            [
                "{}({})",
                "{}[{}]",
                "{} or {}",
                "{} / {}",
                "{} + {}",
                "{} if {} else 1",
                "{}.get({})",
                "{} == {}",
                "{} in {}",
            ]
        ).map(lambda form: form.format(*two))
    ),
    max_leaves=8,
)


@given(st.lists(_EXPRESSIONS, max_size=6))
def test_no_code_stops_the_reading(expressions: list[str]) -> None:
    lines = [f"{'xyXY'[at % 4]} = {text}" for at, text in enumerate(expressions)]
    head = (
        "import os, environ, redis, sqlite3\nfrom sqlalchemy import create_engine\nfrom pathlib import Path\n"
    )
    assert isinstance(settings_of(head + "\n".join(lines), "redis psycopg2"), Settings)


def test_a_name_that_is_made_of_itself_ends() -> None:
    code = (
        "import os\n"
        + "\n".join(f"x = x + y{at} + x\ny{at} = x" for at in range(60))
        + "\nX = os.getenv('A', x)"
    )
    assert "A" in variables(settings_of(code))
