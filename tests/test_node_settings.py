"""What Node.js code needs around it: variables, services and places to write to, read from the code alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.detect import detect
from scaffold.model import EnvironmentVariable, Fact, Writable
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.hints import read_hints
    from detectors.node.code.source import Module, Source
    from detectors.node.packages.manifest import read_manifest
    from detectors.node.settings.settings import Settings, find_settings
else:
    from scaffold.detectors.hints import read_hints
    from scaffold.detectors.node.code.source import Module, Source
    from scaffold.detectors.node.packages.manifest import read_manifest
    from scaffold.detectors.node.settings.settings import Settings, find_settings


class Program(NamedTuple):
    entry: Module | None
    facts: Mapping[str, Fact]


def settings_in(files: Mapping[str, str], *needs: str, entry: str = "", port: int | None = None) -> Settings:
    manifest = json.dumps({"name": "x", "dependencies": dict.fromkeys(needs, "*")})
    tree = Tree({"package.json": manifest, **files})
    source = Source(tree)
    facts = {"port": Fact(port, "x")} if port else {}
    program = Program(source.at(entry) if entry else None, facts)
    return find_settings(tree, source, read_manifest(tree), None, read_hints(tree), program)


def settings_of(text: str, *needs: str, path: str = "main.ts") -> Settings:
    return settings_in({path: text}, *needs)


def variables(settings: Settings) -> dict[str, EnvironmentVariable]:
    return {one.name: one for one in settings.environment}


def services(settings: Settings) -> list[str]:
    return [service.name for service in settings.services]


def codes(settings: Settings) -> set[str]:
    return {warning.code for warning in settings.warnings}


# -- variables


@pytest.mark.parametrize(
    "text",
    [
        "f(process.env.API_BASE)", "f(process.env['API_BASE'])", "const { API_BASE } = process.env",
        "const { API_BASE: base } = process.env", "import { env } from 'node:process'; f(env.API_BASE)",
        "const env = process.env; f(env.API_BASE)", "const { env } = process; f(env.API_BASE)",
        "import env from 'env-var'; env.get('API_BASE').asString()",
        "import { ConfigService } from '@nestjs/config'; class A { constructor(private readonly c: "
        "ConfigService) {"
        " this.c.get<string>('API_BASE') } }",
        "import { z } from 'zod'; z.object({ API_BASE: z.string().optional() }).parse(process.env)",
        "import { env } from '$env/dynamic/private'; f(env.API_BASE)",
        "function read(name) { return process.env[name] } read('API_BASE')",
        "if (Bun.env.API_BASE) f()",
    ],
)  # fmt: skip
def test_a_variable_is_seen_however_it_is_read(text: str) -> None:
    found = variables(settings_of(text))
    assert list(found) == ["API_BASE"]
    assert not found["API_BASE"].required


@pytest.mark.parametrize(
    "text",
    ["// process.env.API_BASE", "const s = 'process.env.API_BASE'", "f(process.env.NODE_ENV, "
    "process.env.npm_x)",
     "f(envelope.API_BASE)", "f(process.env.baseUrl)"],
)  # fmt: skip
def test_what_is_no_variable_of_the_project_is_left_out(text: str) -> None:
    assert settings_of(text).environment == ()


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("f(process.env.LEVEL || 'info')", "info"), ("f(process.env.LEVEL ?? `in${'fo'}`)", "info"),
        ("const { LEVEL = 'info' } = process.env", "info"), ("f(Number(process.env.LEVEL ?? 3))", "3"),
        ("import { z } from 'zod'; z.object({ LEVEL: z.enum(['a', 'b']).default('b') "
         "}).parse(process.env)", "b"),
        ("import { cleanEnv, str } from 'envalid'; cleanEnv(process.env, { LEVEL: str({ default: "
         "'x' }) })", "x"),
        ("f(process.env.LEVEL || unknown())", None),
    ],
)  # fmt: skip
def test_a_default_is_told(text: str, default: str | None) -> None:
    variable = variables(settings_of(text))["LEVEL"]
    assert variable.default == default
    assert not variable.required


@pytest.mark.parametrize(
    "text",
    [
        "if (!process.env.BASE) throw new Error('x')",
        "const base = process.env.BASE; if (!base) { console.error('x'); process.exit(1) }",
        "f(process.env.BASE!)", "f(process.env.BASE as string)", "const list = process.env.BASE.split(',')",
        "const url = new URL(process.env.BASE)", "import assert from 'assert'; assert(process.env.BASE, 'x')",
        "import { z } from 'zod'; z.object({ BASE: z.string() }).parse(process.env)",
        "import Joi from 'joi'; Joi.object({ BASE: Joi.string().required() }).validate(process.env)",
        "import { cleanEnv, str } from 'envalid'; cleanEnv(process.env, { BASE: str() })",
        "import env from 'env-var'; env.get('BASE').required().asString()",
        "for (const name of ['BASE']) { if (!process.env[name]) throw new Error(name) }",
        "function need(name) { const v = process.env[name]; if (!v) throw new Error(name); return v "
        "} need('BASE')",
        "import { ConfigModule } from '@nestjs/config'; import Joi from 'joi';"
        "ConfigModule.forRoot({ validationSchema: Joi.object({ BASE: Joi.string().required() }) })",
    ],
)  # fmt: skip
def test_a_variable_without_which_the_program_ends_is_required(text: str) -> None:
    found = variables(settings_of(text))["BASE"]
    assert found.required
    assert found.value


@pytest.mark.parametrize(
    "text",
    [
        "if (process.env.BASE) { f(process.env.BASE.split(',')) }", "f(process.env.BASE?.split(','))",
        "process.env.BASE && f(process.env.BASE)", "function later() { return process.env.BASE.split(',') }",
        "import { z } from 'zod'; z.object({ BASE: z.string().optional() }).parse(process.env)",
        "import Joi from 'joi'; Joi.object({ BASE: Joi.string() }).validate(process.env)",
    ],
)  # fmt: skip
def test_a_variable_that_the_program_can_do_without_is_not(text: str) -> None:
    assert not variables(settings_of(text))["BASE"].required


def test_what_a_program_signs_with_has_a_placeholder() -> None:
    found = variables(settings_of("jwt.sign(x, process.env.JWT_SECRET); f(process.env.STRIPE_SECRET_KEY)"))
    assert found["JWT_SECRET"].required
    assert found["JWT_SECRET"].secret
    assert len(found["JWT_SECRET"].value or "") >= 32
    assert not found["STRIPE_SECRET_KEY"].required


def test_a_key_that_a_client_is_made_with_has_a_placeholder() -> None:
    found = variables(
        settings_of("import Stripe from 'stripe'; const s = new Stripe(process.env.STRIPE_KEY)")
    )
    assert found["STRIPE_KEY"].required


def test_with_dotenv_safe_the_example_says_what_is_required() -> None:
    files = {
        "main.js": "require('dotenv-safe').config(); f(process.env.A_B, process.env.C_D)",
        ".env.example": "A_B=1\n",
    }
    found = variables(settings_in(files, "dotenv-safe"))
    assert (found["A_B"].required, found["A_B"].value) == (True, "1")
    assert not found["C_D"].required


def test_what_a_bundler_puts_into_its_output_is_no_setting_of_the_image() -> None:
    settings = settings_of("f(import.meta.env.VITE_API, process.env.NEXT_PUBLIC_URL, process.env.REAL_ONE)")
    assert list(variables(settings)) == ["REAL_ONE"]
    assert [one.name for one in settings.at_build] == ["NEXT_PUBLIC_URL", "VITE_API"]


def test_a_build_is_given_what_its_bundler_reads_with_the_values_of_the_example() -> None:
    files = {
        "main.js": "f(import.meta.env.VITE_API, import.meta.env.VITE_TITLE, import.meta.env.MODE)",
        ".env.example": "VITE_API=http://localhost:4000/v1\nVITE_TITLE=a\nVITE_ONLY_IN_VUE='$(id)'\nPUBLIC_URL=x\nPORT=1\n",
        ".env.production": "VITE_API_OF_ANOTHER=1\nVITE_TITLE=Shop\n",
    }
    found = {one.name: (one.value, one.source) for one in settings_in(files).at_build}
    assert found == {
        "VITE_API": ("http://localhost:4000/v1", "main.js:1"),
        "VITE_ONLY_IN_VUE": (None, ".env.example:3"),  # no value that Compose could hold as it is
        "VITE_TITLE": (None, "main.js:1"),  # an argument would replace what is committed
    }


@pytest.mark.parametrize("name", ["VITE_STRIPE_KEY", "REACT_APP_AUTH_TOKEN", "import.meta.env.SECRET"])
def test_what_is_called_as_a_secret_is_no_argument(name: str) -> None:
    said = name if "." in name else f"process.env.{name}"
    settings = settings_in({"main.js": f"f({said}, process.env.NEXT_PUBLIC_ANON_KEY)"})
    assert [one.name for one in settings.at_build] == ["NEXT_PUBLIC_ANON_KEY"]


def test_the_port_is_the_one_that_was_found() -> None:
    settings = settings_in({"main.js": "app.listen(process.env.PORT || 3000)"}, port=8080)
    assert variables(settings)["PORT"].value == "8080"


def test_only_what_the_entry_imports_is_read() -> None:
    files = {
        "main.js": "require('./a')",
        "a.js": "f(process.env.IN_USE)",
        "b.js": "f(process.env.NOT_IN_USE)",
    }
    assert list(variables(settings_in(files, entry="main.js"))) == ["IN_USE"]


def test_programs_for_a_persons_hand_are_not_the_app() -> None:
    files = {"scripts/seed.js": "f(process.env.SEED_FILE)", "main.js": "f(process.env.REAL_ONE)"}
    assert list(variables(settings_in(files))) == ["REAL_ONE"]


# -- services


@pytest.mark.parametrize(
    ("text", "needs", "service"),
    [
        ("import { Pool } from 'pg'; new Pool({ host: process.env.DB_HOST })", "pg", "postgres"),
        ("import pg from 'pg'; const c = new pg.Client(process.env.DATABASE_URL)", "pg", "postgres"),
        ("import postgres from 'postgres'; const sql = postgres(process.env.DATABASE_URL)", "postgres",
         "postgres"),
        ("const mysql = require('mysql2/promise'); mysql.createPool({ host: 'db' })", "mysql2", "mysql"),
        ("import mariadb from 'mariadb'; mariadb.createPool({ host: 'db' })", "mariadb", "mariadb"),
        ("import mongoose from 'mongoose'; mongoose.connect(process.env.MONGO_URL)", "mongoose", "mongodb"),
        ("import { MongoClient } from 'mongodb'; new MongoClient(process.env.MONGO_URL)", "mongodb",
         "mongodb"),
        ("import { createClient } from 'redis'; createClient({ url: process.env.REDIS_URL })", "redis",
         "redis"),
        ("import Redis from 'ioredis'; new Redis(process.env.REDIS_URL)", "ioredis", "redis"),
        ("import { Queue } from 'bullmq'; new Queue('q', { connection: { host: 'redis' } })", "bullmq",
         "redis"),
        ("import amqp from 'amqplib'; amqp.connect(process.env.AMQP_URL)", "amqplib", "rabbitmq"),
        ("import { Kafka } from 'kafkajs'; new Kafka({ brokers: [process.env.KAFKA] })", "kafkajs", "kafka"),
        ("import { connect } from 'nats'; connect({ servers: process.env.NATS_URL })", "nats", "nats"),
        ("import { Client } from '@elastic/elasticsearch'; new Client({ node: process.env.ES_URL })",
         "@elastic/elasticsearch", "elasticsearch"),
        ("import Memcached from 'memcached'; new Memcached(process.env.MEMCACHED)", "memcached", "memcached"),
        ("import { Sequelize } from 'sequelize'; new Sequelize('a', 'b', 'c', { dialect: "
         "'postgres', host: 'db' })",
         "sequelize", "postgres"),
        ("import { Sequelize } from 'sequelize'; new Sequelize(process.env.DATABASE_URL)", "pg", "postgres"),
        ("import { DataSource } from 'typeorm'; new DataSource({ type: 'mysql', host: process.env.H })",
         "typeorm", "mysql"),
        ("import { TypeOrmModule } from '@nestjs/typeorm'; TypeOrmModule.forRootAsync({ useFactory: (c) => ({"
         " type: 'postgres', host: c.get('DB_HOST') }) })", "typeorm", "postgres"),
        ("import knex from 'knex'; knex({ client: 'pg', connection: { host: 'db' } })", "knex", "postgres"),
        ("import { NestFactory } from '@nestjs/core'; NestFactory.createMicroservice(A, {"
         " transport: Transport.RMQ, options: { urls: ['amqp://queue:5672'] } })", "@nestjs/microservices",
          "rabbitmq"),
        ("fastify.register(require('@fastify/postgres'), { connectionString: process.env.PG_URL })",
         "@fastify/postgres", "postgres"),
    ],
)  # fmt: skip
def test_a_client_of_a_service_needs_it(text: str, needs: str, service: str) -> None:
    if "NestFactory" in text:
        text = f"import {{ Transport }} from '@nestjs/microservices'; {text}"
    assert services(settings_of(text, needs)) == [service]


@pytest.mark.parametrize(
    "text",
    [
        "// new Pool({ host: 'db' })", "f('postgres')", "",
        "const x = 1",
    ],
)  # fmt: skip
def test_a_driver_alone_needs_no_service(text: str) -> None:
    assert services(settings_of(text, "pg", "redis")) == []


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("import { Sequelize } from 'sequelize'; new Sequelize({ dialect: 'sqlite', storage: "
         "'data/x.db' })", "sequelize"),
        ("import { DataSource } from 'typeorm'; new DataSource({ type: 'sqlite', database: "
         "'data/x.db' })", "typeorm"),
        ("import mongoose from 'mongoose'; mongoose.connect('mongodb+srv://u:p@cluster.example.net/x')", ""),
        ("import pg from 'pg-lite'; new pg.Pool()", ""),
    ],
)  # fmt: skip
def test_a_file_or_somebody_elses_cluster_is_no_service(text: str, needs: str) -> None:
    found = [one for one in services(settings_of(text, needs)) if one != "mongodb"]
    assert found == []


def test_the_name_that_the_code_has_for_a_service_is_its_alias() -> None:
    (service,) = settings_of(
        "const r = require('redis'); r.createClient({ url: 'redis://cache:6379' })", "redis"
    ).services
    assert service.hosts == ("cache",)


def test_credentials_in_the_code_are_those_of_the_service() -> None:
    text = "import { Pool } from 'pg'; new Pool({ host: 'db', user: 'u', password: 'p', database: 'd' })"
    (service,) = settings_of(text, "pg").services
    assert (service.hosts, service.user, service.password, service.database) == (("db",), "u", "p", "d")


def test_a_service_on_localhost_is_told() -> None:
    text = "import mongoose from 'mongoose'; mongoose.connect('mongodb://localhost:27017/x')"
    assert codes(settings_of(text, "mongoose")) == {"localhost-service"}


def test_the_variables_of_a_service_lead_to_it() -> None:
    text = (
        "import { Pool } from 'pg';\nnew Pool({ host: process.env.DB_HOST || 'localhost', port: "
        "process.env.DB_PORT,\n"
        "user: process.env.DB_USER, password: process.env.DB_PASSWORD, database: process.env.DB_NAME })"
    )
    found = variables(settings_of(text, "pg"))
    values = [found[f"DB_{part}"].value for part in ("HOST", "PORT", "USER", "PASSWORD", "NAME")]
    assert values == ["postgres", "5432", "app", "local", "app"]


def test_a_password_that_is_a_file_is_not_the_password() -> None:
    text = (
        "import fs from 'fs'; import mysql from 'mysql2';\nmysql.createPool({ host: process.env.DB_HOST,"
        " password: process.env.DB_PASSWORD ? fs.readFileSync(process.env.DB_PASSWORD) : null })"
    )
    assert variables(settings_of(text, "mysql2"))["DB_PASSWORD"].value is None


def test_a_variable_that_chooses_the_database_is_set() -> None:
    text = (
        "import { Sequelize } from 'sequelize'; new Sequelize({ dialect: process.env.DB_DIALECT, "
        "host: 'db' })"
    )
    settings = settings_of(text, "sequelize", "pg")
    assert services(settings) == ["postgres"]
    assert variables(settings)["DB_DIALECT"].value == "postgres"


def test_of_two_databases_the_one_in_use_is_needed() -> None:
    text = (
        "import { MongooseModule } from '@nestjs/mongoose'; import { TypeOrmModule } from "
        "'@nestjs/typeorm';\n"
        "export default process.env.DOCUMENTS === 'yes' ? MongooseModule.forRoot('mongodb://mongo/x')"
        " : TypeOrmModule.forRoot({ type: 'postgres', host: 'db' })"
    )
    assert services(settings_of(text, "@nestjs/mongoose", "pg")) == ["postgres"]


# -- Prisma


def prisma(provider: str, url: str) -> dict[str, str]:
    line = f"  url = {url}\n" if url else ""
    return {
        "prisma/schema.prisma": f"// datasource x {{ }}\ndatasource db {{\n  provider = "
        f'"{provider}"\n{line}}}\n'
    }


def test_prisma_needs_the_database_of_its_schema() -> None:
    settings = settings_in(prisma("postgresql", 'env("DB_URL")'), "@prisma/client")
    assert services(settings) == ["postgres"]
    assert variables(settings)["DB_URL"].required
    assert variables(settings)["DB_URL"].value == "postgresql://app:local@postgres:5432/app"


def test_prisma_without_a_url_in_its_schema_reads_the_usual_variable() -> None:
    settings = settings_in(prisma("mysql", ""), "@prisma/client")
    assert variables(settings)["DATABASE_URL"].value == "mysql://app:local@mysql:3306/app"


def test_a_file_of_prisma_goes_to_a_volume() -> None:
    settings = settings_in(
        {**prisma("sqlite", 'env("DATABASE_URL")'), ".env.example": "DATABASE_URL=file:./dev.db\n"},
        "@prisma/client",
    )
    assert variables(settings)["DATABASE_URL"].value == "file:/data/dev.db"
    assert settings.writable == (Writable("/data", "prisma/schema.prisma:2"),)
    assert settings.services == ()


def test_a_fixed_file_of_prisma_lies_beside_its_schema() -> None:
    settings = settings_in(prisma("sqlite", '"file:./dev.db"'), "@prisma/client")
    assert settings.writable == (Writable("/app/prisma", "prisma/schema.prisma:2"),)


# -- places to write to


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("import multer from 'multer'; multer({ dest: 'uploads/' })", "/app/uploads"),
        ("import multer from 'multer'; multer.diskStorage({ destination: (q, f, done) => done(null, "
         "'up/img') })",
         "/app/up/img"),
        ("import fs from 'fs'; import path from 'path'; fs.mkdirSync(path.join(__dirname, "
         "'cache'))", "/app/cache"),
        ("import { writeFile } from 'node:fs/promises'; writeFile(`out/${id}.json`, x)", "/app/out"),
        ("import fs from 'fs'; fs.createWriteStream('logs/a.log', { flags: 'a' })", "/app/logs"),
        ("import winston from 'winston'; new winston.transports.File({ filename: 'logs/a.log' })",
         "/app/logs"),
        ("import Database from 'better-sqlite3'; new Database('var/x.db')", "/app/var"),
        ("const sqlite3 = require('sqlite3').verbose(); new sqlite3.Database('./var/x.db')", "/app/var"),
        ("import { Sequelize } from 'sequelize'; new Sequelize({ dialect: 'sqlite', storage: "
         "'var/x.db' })", "/app/var"),
        ("import { DataSource } from 'typeorm'; new DataSource({ type: 'better-sqlite3', database: "
         "'var/x.db' })",
         "/app/var"),
        ("import knex from 'knex'; knex({ client: 'sqlite3', connection: { filename: './var/x.db' } "
         "})", "/app/var"),
        ("const FileStore = require('session-file-store')(session); new FileStore({})", "/app/sessions"),
    ],
)  # fmt: skip
def test_a_folder_that_the_code_writes_to_is_a_volume(text: str, path: str) -> None:
    assert [one.path for one in settings_of(text).writable] == [path]


@pytest.mark.parametrize(
    "text",
    [
        "// fs.mkdirSync('uploads')", "import fs from 'fs'; fs.readFileSync('uploads/x')",
        "import fs from 'fs'; import os from 'os'; import path from 'path';"
        "fs.writeFileSync(path.join(os.tmpdir(), 'x'), y)",
        "import fs from 'fs'; fs.writeFileSync('/tmp/x', y)", "import D from 'better-sqlite3'; new "
        "D(':memory:')",
        "import fs from 'fs'; fs.writeFileSync(name, y)", "db.mkdir('x')",
    ],
)  # fmt: skip
def test_what_is_read_or_kept_for_a_moment_is_no_volume(text: str) -> None:
    assert settings_of(text).writable == ()


def test_a_database_beside_the_source_is_linked_and_told() -> None:
    settings = settings_of("import Database from 'better-sqlite3'; new Database('app.db')")
    assert settings.writable == (Writable("/data", "main.ts:1", link="app.db"),)
    assert codes(settings) == {"sqlite-in-source"}


def test_a_folder_that_is_kept_in_a_class_is_known() -> None:
    text = """
    import fs from 'fs';
    const isDev = process.env.NODE_ENV === 'development';
    class Database {
        static folder;
        static branch() { if (isDev) { return './data/dev/'; } return ''; }
        static init(args) {
            Database.folder = process.env.DATA_DIR || args['data-dir'] || Database.branch() || './data/';
            fs.mkdirSync(Database.folder, { recursive: true });
        }
    }
    Database.init({});
    """
    assert [one.path for one in settings_of(text).writable] == ["/app/data"]


def test_a_place_that_is_given_two_values_is_known_to_nobody() -> None:
    text = "import fs from 'fs'; class A {}; A.folder = 'one'; A.folder = 'two'; fs.mkdirSync(A.folder)"
    assert settings_of(text).writable == ()


def test_a_database_that_a_variable_moves_is_moved() -> None:
    settings = settings_of(
        "import Database from 'better-sqlite3'; new Database(process.env.DB_FILE || 'app.db')"
    )
    assert variables(settings)["DB_FILE"].value == "/data/app.db"
    assert settings.writable == (Writable("/data", "main.ts:1"),)
    assert codes(settings) == set()


# -- anything


@given(st.text(alphabet="{}()[].,;:=+-'\"`$ab \n/*<>!?&|", max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    words = (
        "import pg from 'pg'; process.env.A; app.get('/health', f); app.listen(process.env.PORT); fs.mkdir("
    )
    settings_of(words + text)


def test_a_site_is_warned_of_nothing_that_its_tools_write() -> None:
    files = {
        "package.json": '{"devDependencies": {"vite": "7"}, "scripts": {"build": "vite build"}}',
        "index.html": "<!doctype html>",
        "bin/update.js": "require('fs').writeFileSync('src/app.html', '')",
    }
    (finding,) = detect(Tree(files)).findings
    assert finding.facts["kind"].value == "static"
    assert "writes-source" not in {warning.code for warning in finding.warnings}


def test_what_a_worker_reads_counts_too() -> None:
    files = {
        "package.json": '{"dependencies": {"amqplib": "1"}, "scripts": {"start": "node web.js"}}',
        "Procfile": "web: node web.js\nworker: node worker.js\n",
        "web.js": "require('http').createServer((q, r) => r.end()).listen(3000)",
        "worker.js": "require('amqplib').connect(process.env.AMQP_URL)",
    }
    (finding,) = detect(Tree(files)).findings
    assert [service.name for service in finding.facts["services"].value] == ["rabbitmq"]
    assert [one.name for one in finding.facts["environment"].value] == ["AMQP_URL"]


def test_what_git_ignores_of_the_places_that_are_written_to_stays_out_of_the_build() -> None:
    files = {
        "package.json": '{"dependencies": {"better-sqlite3": "1"}, "scripts": {"start": "node s.js"}}',
        "s.js": "const D = require('better-sqlite3'); new D('app.db');"
        " require('http').createServer().listen(3000);"
        " require('fs').mkdirSync('uploads'); require('fs').mkdirSync('my files')",
        ".gitignore": "*.db\nuploads/\n",
    }
    (finding,) = detect(Tree(files)).findings
    assert set(finding.facts["leave_out"].value) == {"app.db", "uploads"}
    assert "odd-name" in {warning.code for warning in finding.warnings}
    assert all(" " not in place.path for place in finding.facts["writable"].value)


def test_what_class_validator_checks_is_needed() -> None:
    """Nest's own recipe: https://docs.nestjs.com/techniques/configuration#custom-validate-function"""
    text = """
    import { IsBoolean, IsEmail, IsEnum, IsInt, IsOptional, IsString, ValidateIf } from 'class-validator'
    import { Kind } from './kind'
    class Variables {
      @IsInt() @IsOptional() MAIL_PORT: number
      @IsEmail()
      MAIL_FROM: string
      @IsBoolean() MAIL_TLS: boolean
      @IsString() TOKEN_EXPIRES_IN: string
      @IsEnum(Kind) FILE_DRIVER: Kind
      @ValidateIf((env) => env.FILE_DRIVER === Kind.S3) @IsString() BUCKET: string
      @IsInt() WORKERS: number = 2
    }
    class User { @IsEmail() email: string }
    validate(process.env, Variables)
    """
    files = {"main.ts": text, "kind.ts": "export enum Kind { LOCAL = 'local', S3 = 's3' }\n"}
    found = variables(settings_in(files))
    needed = {name: one.value for name, one in found.items() if one.required}
    made = {"MAIL_FROM": "user@example.com", "MAIL_TLS": "false", "FILE_DRIVER": "local"}
    assert needed == {**made, "TOKEN_EXPIRES_IN": "1h"}
    assert set(found) == {*needed, "MAIL_PORT", "BUCKET", "WORKERS"}


def test_a_committed_key_that_the_program_starts_with_is_kept_and_told() -> None:
    """Seen (mirotalk): app/ssl/key.pem, which no image has that leaves out keys."""
    text = """
    const fs = require('fs'), path = require('path')
    const keyPath = path.join(__dirname, '../ssl/key.pem')
    const options = { key: fs.readFileSync(keyPath), cert: fs.readFileSync('ssl/cert.pem') }
    function later() { return fs.readFileSync('ssl/other.pem') }
    """
    files = {
        "src/main.js": text,
        "ssl/key.pem": "-----BEGIN PRIVATE KEY-----\n",
        "ssl/cert.pem": "x",
        "ssl/other.pem": "x",
    }
    found = settings_in(files)
    assert found.keep == ("ssl/key.pem", "ssl/cert.pem")
    assert [(one.code, one.source) for one in found.warnings] == [("committed-key", "src/main.js:4")]
