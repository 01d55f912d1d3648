"""How a Node.js program is reached: whether it listens, on which port and address, what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scaffold.model import Fact, Health
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.hints import read_hints
    from detectors.node.code.source import Source
    from detectors.node.packages.manifest import read_manifest
    from detectors.node.serving.serve import Serving, find_serving
    from detectors.node.settings.shells import find_shell_out, find_started
else:
    from scaffold.detectors.hints import read_hints
    from scaffold.detectors.node.code.source import Source
    from scaffold.detectors.node.packages.manifest import read_manifest
    from scaffold.detectors.node.serving.serve import Serving, find_serving
    from scaffold.detectors.node.settings.shells import find_shell_out, find_started

ANSWER = {"port": Fact(9000, "answer: flag")}
EXPRESS = "import express from 'express';\nconst app = express();\n"
FASTIFY = "import Fastify from 'fastify';\nconst app = Fastify();\n"
NEST = (
    "import { NestFactory } from '@nestjs/core';\nimport './health.controller';\n"
    "async function main() { const app = await NestFactory.create(AppModule); PREFIX await "
    "app.listen(3000); }\nmain();"
)


def serving(text: str, entry: str = "main.ts", **others: str) -> Serving:
    return answered({}, text, entry, **others)


def answered(answers: dict[str, Fact], text: str, entry: str = "main.ts", **others: str) -> Serving:
    files = {name.replace("__", "/").replace("_", "."): one for name, one in others.items()}
    tree = Tree({"package.json": '{"dependencies": {"express": "4"}}', entry: text, **files})
    source, manifest = Source(tree), read_manifest(tree)
    assert manifest
    return find_serving(source, manifest, source.at(entry), answers, read_hints(tree))


def port_of(text: str, **others: str) -> object:
    port = serving(text, **others).port
    return port.value if port else None


def health_of(text: str, entry: str = "main.ts", **others: str) -> str | None:
    health = serving(text, entry, **others).health
    assert health
    assert isinstance(health.value, Health)
    return health.value.path


# -- ports


@pytest.mark.parametrize(
    ("text", "port"),
    [
        (EXPRESS + "app.listen(3100)", 3100),
        (EXPRESS + "app.listen(process.env.PORT || 3100, () => {})", 3100),
        (EXPRESS + "app.listen({ port: 3100, host: '0.0.0.0' })", 3100),
        (EXPRESS + "const port = normalizePort(process.env.PORT || '3100'); app.set('port', port);"
         "function normalizePort(val) { const p = parseInt(val, 10); return p "
         "}\nrequire('http').createServer(app).listen(port)", 3100),
        (EXPRESS + "const port = normalizePort(process.env.PORT || '3100');\nfunction normalizePort(val) {"
         " var port = parseInt(val, 10); if (isNaN(port)) { return val; } if (port >= 0) { return port; }"
         " return false; }\nrequire('http').createServer(app).listen(port)", 3100),
        (EXPRESS + "app.set('port', process.env.PORT || 3100); app.listen(app.get('port'))", 3100),
        ("const http = require('http'); http.createServer((a, b) => b.end()).listen(3100)", 3100),
        ("import { createServer } from 'node:http'; const s = createServer(f); s.listen(3100, "
         "'0.0.0.0')", 3100),
        ("import Koa from 'koa'; new Koa().use(f).listen(3100)", 3100),
        ("import { serve } from '@hono/node-server'; serve({ fetch: app.fetch, port: 3100 })", 3100),
        ("import { serve } from '@hono/node-server'; serve(app)", 3000),
        ("import Hapi from '@hapi/hapi'; const s = Hapi.server({ port: 3100, host: '0.0.0.0' }); "
         "s.start()", 3100),
        (FASTIFY + "app.listen({ port: Number(process.env.PORT ?? 3100), host: '0.0.0.0' })", 3100),
        ("import { WebSocketServer } from 'ws'; new WebSocketServer({ port: 3100 })", 3100),
        ("const io = require('socket.io')(3100)", 3100),
        ("import { ApolloServer } from '@apollo/server'; import { startStandaloneServer } from "
         "'@apollo/server/standalone'; startStandaloneServer(server, { listen: { port: 3100 } })", 3100),
        ("import grpc from '@grpc/grpc-js'; const s = new grpc.Server(); "
         "s.bindAsync('0.0.0.0:3100', c, () => {})", 3100),
        ("Bun.serve({ port: 3100, fetch() {} })", 3100),
        ("export default { port: 3100, fetch: app.fetch }", 3100),
        (EXPRESS + "start(3100); function start(port) { app.listen(port) }", 3100),
        ("import e from 'express'; class S { constructor(port) { this.port = port; this.app = e() }"
         " run() { this.app.listen(this.port) } }\nnew S(3100).run()", 3100),
    ],
)  # fmt: skip
def test_the_port_is_the_one_that_the_code_binds(text: str, port: int) -> None:
    assert port_of(text) == port


@pytest.mark.parametrize(
    "text",
    [
        "// app.listen(3000)",
        "emitter.on('x', f); store.listen(() => {})",
        "import { createBrowserHistory } from 'history'; const h = createBrowserHistory(); h.listen(f)",
        "console.log('app.listen(3000)')",
        "import net from 'net'; net.connect(3000)",
        "window.addEventListener('listen', f)",
    ],
)
def test_a_program_that_binds_nothing_does_not_listen(text: str) -> None:
    assert serving(text) == Serving()


def test_the_variable_of_the_port_is_set_in_the_image() -> None:
    found = serving(EXPRESS + "app.listen(process.env.APP_PORT || 3100)")
    assert found.variable == "APP_PORT"
    assert found.environment == (("APP_PORT", "3100"),)


def test_a_variable_without_a_default_gets_the_usual_port() -> None:
    found = serving(EXPRESS + "app.listen(process.env.PORT)")
    assert found.port == Fact(3000, "default: express")
    assert found.environment == (("PORT", "3000"),)


def test_an_answer_is_told_to_the_code_by_its_variable() -> None:
    found = answered(ANSWER, EXPRESS + "app.listen(process.env.PORT || 3100)")
    assert found.port == Fact(9000, "answer: flag")
    assert found.environment == (("PORT", "9000"),)


def test_a_hint_counts_where_the_code_says_no_port() -> None:
    assert (
        port_of(EXPRESS + "app.listen(unknown())", Procfile="", Dockerfile="FROM node\nEXPOSE 3100\n") == 3100
    )
    assert port_of(EXPRESS + "app.listen(3000)", Dockerfile="FROM node\nEXPOSE 3100\n") == 3000


def test_the_port_is_said_to_be_where_it_stands() -> None:
    port = serving(
        EXPRESS + "import { port } from './config';\napp.listen(port)", config_ts="\nexport const port = 3100"
    ).port
    assert port == Fact(3100, "config.ts:2")


def test_an_entry_without_a_suffix_is_read() -> None:
    files = {"app.js": "const e = require('express'); const app = e(); module.exports = app; app.get('/', f)"}
    text = "#!/usr/bin/env node\nvar app = require('../app'); var http = require('http');\n"
    text += "var server = http.createServer(app); server.listen(process.env.PORT || '3100');"
    tree = Tree({"package.json": "{}", "bin/www": text, **files})
    source, manifest = Source(tree), read_manifest(tree)
    assert manifest is None
    assert source.at("bin/www")


def test_the_server_nearest_to_the_entry_is_the_one() -> None:
    files = {"side_js": "const e = require('express'); const s = e(); s.get('/up', f); s.listen(9999)"}
    found = serving(
        "require('./side'); const e = require('express'); const app = e(); app.listen(3100)",
        "main.js",
        **files,
    )
    assert found.port == Fact(3100, "main.js:1")
    assert found.health == Fact(Health(None), "main.js:1")


# -- addresses


@pytest.mark.parametrize(
    "text",
    [
        EXPRESS + "app.listen(3000, '127.0.0.1')",
        EXPRESS + "app.listen({ port: 3000, host: 'localhost' })",
        FASTIFY + "app.listen({ port: 3000 })",
        FASTIFY + "app.listen(3000)",
        "import Hapi from '@hapi/hapi'; Hapi.server({ port: 3000, host: 'localhost' })",
    ],
)
def test_a_program_that_only_this_computer_reaches_is_told(text: str) -> None:
    assert [warning.code for warning in serving(text).warnings] == ["loopback"]


@pytest.mark.parametrize(
    "text",
    [
        EXPRESS + "app.listen(3000, process.env.HOST || 'localhost')",
        EXPRESS + "app.listen(3000, process.env.HOST)",
        FASTIFY + "app.listen({ port: 3000, host: process.env.HOST })",
        FASTIFY + "app.listen({ port: 3000, host: process.env.HOST ?? '127.0.0.1' })",
    ],
)
def test_a_variable_puts_right_where_a_program_binds(text: str) -> None:
    found = serving(text)
    assert found.warnings == ()
    assert ("HOST", "0.0.0.0") in found.environment


@pytest.mark.parametrize(
    "text",
    [
        EXPRESS + "app.listen(3000)",
        EXPRESS + "app.listen(3000, '0.0.0.0')",
        FASTIFY + "app.listen({ port: 3000, host: '0.0.0.0' })",
        FASTIFY + "app.listen({ port: 3000, host: '::' })",
        EXPRESS + "app.listen(3000, () => console.log('localhost'))",
    ],
)
def test_a_program_that_everybody_reaches_needs_no_word(text: str) -> None:
    assert serving(text).warnings == ()


# -- health


LISTEN = "\napp.listen(3000);"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (EXPRESS + "app.get('/health', (q, s) => s.send('ok'));", "/health"),
        (EXPRESS + "app.get('/', f); app.get('/api/healthz', f); app.get('/users', f);", "/api/healthz"),
        (EXPRESS + "app.get('/', f);", "/"),
        (EXPRESS + "app.route('/health').get(f);", "/health"),
        (EXPRESS + "app.get('/:id', f); app.post('/health', f);", None),
        (EXPRESS + "// app.get('/health', f)\n", None),
        (EXPRESS + "app.get('/health', requireLogin, f);", None),
        (EXPRESS + "app.use(authenticate); app.get('/health', f);", None),
        (EXPRESS + "app.use('/admin', authenticate); app.get('/health', f);", "/health"),
        (EXPRESS + "app.get('/health', f); app.use(authenticate); app.get('/', f);", "/health"),
        (EXPRESS + "const r = express.Router(); r.get('/health', f); app.use('/api', r);", "/api/health"),
        (EXPRESS + "const r = express.Router(); r.get('/health', f);", None),
        (EXPRESS + "const a = express.Router(), b = express.Router(); b.get('/ping', f); a.use('/v1', b);"
         "app.use('/api', a);", "/api/v1/ping"),
        (EXPRESS + "function routes(app) { app.get('/status', f) }\nroutes(app);", "/status"),
        (EXPRESS + "cache.get('/health', 1);", None),
        (FASTIFY + "app.get('/health', async () => 'ok');", "/health"),
        (FASTIFY + "app.route({ method: 'GET', url: '/health', handler: f });", "/health"),
        (FASTIFY + "app.route({ method: 'GET', url: '/health', preHandler: f, handler: f });", None),
        (FASTIFY + "app.register(async (fastify) => { fastify.get('/health', f) }, { prefix: '/api' });",
         "/api/health"),
        ("import Koa from 'koa'; import Router from '@koa/router'; const app = new Koa();"
         "const r = new Router({ prefix: '/api' }); r.get('/health', f); app.use(r.routes());",
          "/api/health"),
        ("import { createServer } from 'http'; const app = createServer((q, s) => s.end('hi'));", "/"),
        ("import { createServer } from 'http'; const app = createServer((q, s) => {"
         " if (q.url === '/health') s.end('ok') });", "/health"),
    ],
)  # fmt: skip
def test_a_health_check_asks_what_the_code_answers(text: str, path: str | None) -> None:
    assert health_of(text + LISTEN) == path


@pytest.mark.parametrize(
    "made", ["https.createServer(options, app)", "http2.createSecureServer({ allowHTTP1: true }, app)"]
)
def test_a_server_of_https_is_only_seen_to_listen(made: str) -> None:
    imports = "import https from 'https'; import http2 from 'http2'; import http from 'http';\n"
    text = imports + EXPRESS + f"app.get('/health', f); {made}.listen(8443);"
    found = serving(text)
    assert (found.listens, found.port) == (Fact("http", "main.ts:4"), Fact(8443, "main.ts:4"))
    assert health_of(text) is None
    plain = text + "http.createServer(app).listen(8080);"
    assert (port_of(plain), health_of(plain)) == (8080, "/health")


def test_routes_of_hono_are_found_in_a_chain() -> None:
    text = (
        "import { serve } from '@hono/node-server'; import { Hono } from 'hono';\n"
        "const api = new Hono().get('/health', (c) => c.text('ok'));\n"
        "const app = new Hono().use(logger()).route('/api', api);\nserve({ fetch: app.fetch, port: 3000 })"
    )
    assert health_of(text) == "/api/health"


def test_a_router_of_another_file_is_found() -> None:
    files = {"routes_js": "const r = require('express').Router(); r.get('/ping', f); module.exports = r;"}
    text = (
        "const e = require('express'); const app = e(); app.use('/api', require('./routes')); "
        "app.listen(3000)"
    )
    assert health_of(text, "main.js", **files) == "/api/ping"


def test_routes_that_a_function_of_another_file_adds_are_found() -> None:
    files = {"routes_js": "module.exports = (app) => { app.get('/ping', f) }"}
    text = "const e = require('express'); const app = e(); require('./routes')(app); app.listen(3000)"
    assert health_of(text, "main.js", **files) == "/ping"


def test_routes_of_an_autoloaded_folder_have_its_prefix() -> None:
    files = {
        "routes__api__health_ts": "export default async function (fastify) { fastify.get('/health', f) }"
    }
    text = (
        FASTIFY + "import auto from '@fastify/autoload'; import path from 'path';\n"
        "app.register(auto, { dir: path.join(import.meta.dirname, 'routes') }); app.listen({ port: "
        "1, host: '::' })"
    )
    assert health_of(text, **files) == "/api/health"


def test_a_folder_that_is_served_has_an_index() -> None:
    text = EXPRESS + "app.use(express.static('public'));" + LISTEN
    assert health_of(text, public__index_html="<p>hi") == "/"
    assert health_of(text) is None


@pytest.mark.parametrize(
    ("controller", "prefix", "path"),
    [
        ("@Controller('health') export class H { @Get() check() {} }", "", "/health"),
        ("@Controller() export class H { @Get('healthz') check() {} }", "app.setGlobalPrefix('api');",
         "/api/healthz"),
        ("@Controller() export class H { @Get() hello() {} }", "", "/"),
        ("@Controller() export class H { @Get() hello() {} }",
         "app.setGlobalPrefix('api', { exclude: ['/'] });", "/"),
        ("@Controller({ path: 'health', version: '1' }) export class H { @Get() check() {} }",
         "app.enableVersioning({ type: VersioningType.URI });", "/v1/health"),
        ("@UseGuards(AuthGuard) @Controller('health') export class H { @Get() check() {} }", "", None),
        ("@Controller('health') export class H { @UseGuards(AuthGuard) @Get() check() {} }", "", None),
        ("@Controller('health') export class H { @Post() check() {} }", "", None),
        ("@Controller('users') export class H { @Get(':id') one() {} }", "", None),
    ],
)  # fmt: skip
def test_a_controller_of_nest_answers_below_its_prefixes(
    controller: str, prefix: str, path: str | None
) -> None:
    assert health_of(NEST.replace("PREFIX", prefix), health_controller_ts=controller) == path


# -- other programs


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("import { execSync } from 'child_process'; execSync('git log')", "git"),
        ("const cp = require('node:child_process'); cp.spawn('/usr/bin/ffmpeg', ['-i'])", "ffmpeg"),
        ("import { promisify } from 'util'; import { exec } from 'child_process'; const run = "
         "promisify(exec);",
         "a shell"),
        ("import { execa } from 'execa'; await execa('pandoc', [])", "pandoc"),
        ("import { $ } from 'zx'; await $`git status`", "git"),
        ("import ffmpeg from 'fluent-ffmpeg'", "ffmpeg"),
    ],
)  # fmt: skip
def test_a_program_that_the_code_starts_is_told(text: str, program: str) -> None:
    source = Source(Tree({"package.json": "{}", "main.ts": text}))
    found = find_shell_out(source.modules)
    assert found == Fact(program, "main.ts:1")


@pytest.mark.parametrize(
    "text",
    [
        "import { fork } from 'child_process'; fork('./worker.js')",
        "import { spawn } from 'child_process'; spawn(process.execPath, ['x.js'])",
        "import { spawn } from 'child_process'; spawn(process.argv[0], ['x.js'])",
        "pattern.exec('git')",
        "// execSync('git')",
    ],
)
def test_node_itself_and_patterns_are_no_other_programs(text: str) -> None:
    assert find_shell_out(Source(Tree({"package.json": "{}", "main.ts": text})).modules) is None


def test_a_program_that_is_only_tried_is_told_so() -> None:
    text = "import { execSync } from 'child_process'; try { execSync('git log') } catch {}"
    started = find_started(Source(Tree({"package.json": "{}", "main.ts": text})).modules)
    assert [(one.name, one.tried) for one in started] == [("git", True)]


def test_settings_that_a_function_is_given_are_followed() -> None:
    site = "{ port: process.env.PORT || 8081, host: process.env.BIND || 'localhost' }"
    settings = f"export default {{ site: {site} }}"
    code = EXPRESS + (
        "import defaults from './settings.js';\nasync function load() { return defaults; }\n"
        "function start(config) { app.listen(config.site.port, config.site.host, () => {}); }\n"
        "const config = await load();\nstart(config);\n"
    )
    found = serving(code, "main.mjs", settings_js=settings)
    assert found.port == Fact(8081, "settings.js:1")
    assert dict(found.environment) == {"PORT": "8081", "BIND": "0.0.0.0"}
