"""JavaScript and TypeScript as the detector reads them: names, imports, constants, configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.node.code.folding import Folded
    from detectors.node.code.objects import Made
    from detectors.node.code.source import Module, Source, config
else:
    from scaffold.detectors.node.code.folding import Folded
    from scaffold.detectors.node.code.objects import Made
    from scaffold.detectors.node.code.source import Module, Source, config


def module_of(text: str, path: str = "main.ts", **others: str) -> Module:
    files = {name.replace("__", "/").replace("_", "."): one for name, one in others.items()}
    module = Source(Tree({"package.json": '{"name": "x"}', path: text, **files})).at(path)
    assert module is not None
    return module


def given(text: str, path: str = "main.ts", **others: str) -> list[object]:
    """What the calls of `seen` are given in TEXT."""
    module = module_of(text, path, **others)
    calls = (call for call in module.calls() if call.callee == "seen")
    return [module.literal(argument) for call in calls for argument in call.arguments]


def callees(text: str, path: str = "main.ts", **others: str) -> list[str]:
    return [call.callee for call in module_of(text, path, **others).calls()]


# -- what fools a search for text


def test_comments_and_strings_are_no_code() -> None:
    text = '// app.listen(1)\n/* app.listen(2) */\nconst s = "app.listen(3)"; const t = `app.listen(4)`;\n'
    assert callees(text) == []


@pytest.mark.parametrize("text", ["const = ;;; {{{", "\0\0", "(" * 5_000, "a" + "+a" * 5_000, "`${" * 2_000])
def test_a_broken_file_is_read_as_far_as_it_goes(text: str) -> None:
    module = module_of(f"{text}\n")
    list(module.calls())
    module.default_export()
    for node in module.parts("declared"):
        module.fold(node)


def test_a_bundle_is_not_parsed() -> None:
    assert callees("var a=1;" * 5_000 + "app.listen(3000)", "bundle.js") == []


def test_names_that_lead_in_a_circle_come_to_nothing() -> None:
    assert given("const a = b; const b = a; seen(a);") == [None]
    assert given("const a = { ...b }; const b = { ...a, ...a }; seen(a.port);") == [None]


# -- where names come from


@pytest.mark.parametrize(
    ("text", "callee"),
    [
        ("import express from 'express'; const app = express(); app.listen(1)", "express().listen"),
        ("import * as express from 'express'; express().listen(1)", "express().listen"),
        ("const express = require('express'); const app = express(); app.listen(1)", "express().listen"),
        ("const { createServer: make } = require('node:http'); make().listen(1)",
         "http.createServer().listen"),
        ("import { Hono as H } from 'hono'; const app = new H<E>(); app.listen(1)", "hono.Hono().listen"),
        ("const app = (await import('fastify')).default(); app.listen(1)", "fastify.default().listen"),
        ("import Koa from 'koa'; let app; app = new Koa(); app.listen(1)", "koa().listen"),
        ("import e from 'express'; class A { app = e(); run() { this.app.listen(1) } }", "express().listen"),
        ("import e from 'express'; class A { constructor() { this.x = e(); this.x.listen(1) } }",
         "express().listen"),
        ("import { FastifyInstance } from 'fastify'; function f(app: FastifyInstance) { app.listen(1) }",
         "fastify.FastifyInstance().listen"),
        ("import e from 'express'; const make = () => { const a = e(); return a; }; make().listen(1)",
         "express().listen"),
        ("import x = require('express'); x().listen(1)", "express().listen"),
    ],
)  # fmt: skip
def test_a_call_is_known_by_where_its_name_comes_from(text: str, callee: str) -> None:
    assert callee in callees(text)


def test_a_name_is_followed_into_other_modules() -> None:
    others = {
        "app_ts": "import e from 'express';\nconst app = e();\nexport default app;\nexport const two = e();"
    }
    assert callees("import app from './app'; app.listen(1)", **others) == ["express().listen"]
    assert callees("import { two } from './app.js'; two.listen(1)", **others) == ["express().listen"]
    assert callees("import * as all from './app'; all.two.listen(1)", **others) == ["express().listen"]


def test_what_an_inner_function_calls_the_same_is_something_else() -> None:
    text = "import e from 'express'; const app = e(); function f() { const app = g(); app.listen(1) }"
    assert "express().listen" not in callees(text)


def test_imports_are_told_with_their_places() -> None:
    text = (
        "import a from 'a';\nexport * from './b';\nconst c = require('c');\nimport('d');\nimport "
        "type T from 't';\n"
    )
    assert module_of(text).imports == {
        "a": "main.ts:1",
        "./b": "main.ts:2",
        "c": "main.ts:3",
        "d": "main.ts:4",
    }


@pytest.mark.parametrize("specifier", ["./lib/db", "./lib/db.js", "~/lib/db", "@lib/db", "lib/db"])
def test_an_import_leads_to_its_file(specifier: str) -> None:
    paths = '{\n// comments are fine\n"compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["lib/*"]},}}'
    files = {"package.json": "{}", "tsconfig.json": paths, "main.ts": "", "lib/db.ts": ""}
    source = Source(Tree(files))
    main = source.at("main.ts")
    found = source.resolve(main, specifier) if main else None
    assert found
    assert found.path == "lib/db.ts"


def test_a_member_of_the_workspace_is_imported_by_its_name() -> None:
    files = {
        "package.json": '{"workspaces": ["packages/*"]}',
        "apps/api/package.json": '{"name": "api"}',
        "apps/api/main.ts": "import { port } from '@x/config'; seen(port)",
        "packages/config/package.json": '{"name": "@x/config", "main": "dist/index.js"}',
        "packages/config/src/index.ts": "export const port = 4000",
    }
    module = Source(Tree(files)).at("apps/api/main.ts")
    assert module
    assert [module.literal(call.arguments[0]) for call in module.calls()] == [4000]


# -- constants


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3000", 3000), ("0x10", 16), ("1_000", 1000), ("-1", -1), ("'a\\n\\u0041'", "a\nA"), ("true", True),
        ("`a${1 + 1}b`", "a2b"), ("'a' + 'b'", "ab"), ("5 * 60", 300), ("[1, 'a', x]", (1, "a")),
        ("{ a: 1, 'b-c': { d: [2] }, e: f() }", {"a": 1, "b-c": {"d": (2,)}, "e": Made("f", ())}),
        ("process.env.PORT || 3000", 3000), ("process.env.PORT ?? '3000'", "3000"),
        ("Number(process.env.PORT ?? 3000)", 3000), ("parseInt(process.env.PORT || '3000', 10)", 3000),
        ("+(process.env['PORT'] || 3000)", 3000), ("process.env.A || process.env.B || 80", 80),
        ("process.env.PORT ? Number(process.env.PORT) : 4000", 4000),
        ("(process.env.PORT as string) || (3000 as const)", 3000),
        ("process.env.NODE_ENV === 'production' ? 'p' : 'd'", "p"), ("!process.env.X", True),
        ("['a', 'b'].includes(process.env.X ?? 'a')", True),
        ("[process.env.A, process.env.B, 3001].map(Number).find((x) => !isNaN(x))", 3001),
        ("unknown()", Made("unknown", ())), ("unknown", None), ("process.env.PORT", None),
    ],
)  # fmt: skip
def test_an_expression_comes_to_what_production_makes_of_it(expression: str, value: object) -> None:
    assert given(f"seen({expression})") == [value]


def test_the_variables_that_change_a_value_are_told() -> None:
    module = module_of("seen(`${process.env.HOST ?? 'a'}:${process.env.PORT}`)")
    folded = module.fold(next(iter(module.calls())).arguments[0])
    assert folded.text == "a:{}"
    assert folded.names == {"HOST", "PORT"}


@pytest.mark.parametrize(
    "config_text",
    [
        "export const config = { port: process.env.PORT || 3100 }",
        "const config = { port: Number(process.env.PORT) || 3100 }; export { config }",
        "module.exports = { config: { port: 3100 } }",
        "exports.config = Object.freeze({ ...{ port: 3100 } })",
        "class Config { port = 3100 }\nexport const config = new Config()",
        "class Config { get port() { return 3100 } }\nexport const config = new Config()",
        "export const config = load(); function load() { return { port: 3100 } }",
        "import { z } from 'zod'; export const config = z.object({ port: z.coerce.number().default(3100) })"
        ".parse(process.env)",
        "import { z } from 'zod'; const r = z.object({ port: z.preprocess(Number, "
        "z.number().default(3100)) })"
        ".safeParse(process.env); export const config = r.data",
        "import { cleanEnv, port } from 'envalid'; export const config = "
        "cleanEnv(process.env, { port: port({ default: 3100, desc: 'x' }) })",
        "import Joi from 'joi'; const schema = Joi.object().keys({ port: Joi.number().default(3100) "
        "}).unknown();"
        "const { value, error } = schema.validate(process.env); export const config = { port: value.port }",
        "import { createEnv } from '@t3-oss/env-core'; import { z } from 'zod'; export const config = "
        "createEnv({ server: { port: z.coerce.number().default(3100) }, runtimeEnv: process.env })",
        "import env from 'env-var'; export const config = { port: "
        "env.get('PORT').default('3100').asPortNumber() }",
        "const env = (name: string, other: string) => process.env[name] ?? other;"
        "export const config = { port: env('PORT', '3100') }",
        "import envSchema from 'env-schema'; export const config = envSchema("
        "{ schema: { type: 'object', properties: { port: { type: 'number', default: 3100 } } } })",
    ],
)
def test_a_setting_is_found_in_another_module(config_text: str) -> None:
    path = "config_js" if "exports" in config_text else "config_ts"
    assert (
        str(given("import { config } from './config'; seen(config.port)", **{path: config_text})[0]) == "3100"
    )


def test_convict_is_asked_by_a_path() -> None:
    text = (
        "import convict from 'convict';\n"
        "const config = convict({ http: { port: { format: 'port', default: 3100, env: 'HTTP_PORT' } } });\n"
        "seen(config.get('http.port'))"
    )
    module = module_of(text)
    call = next(call for call in module.calls() if call.callee == "seen")
    assert module.fold(call.arguments[0]) == Folded(3100, frozenset({"HTTP_PORT"}))


def test_settings_of_the_package_config_are_files() -> None:
    files = {
        "package.json": "{}",
        "main.js": "const config = require('config'); seen(config.get('http.port'))",
        "config/default.json": '{"http": {"port": 3100}}',
        "config/custom-environment-variables.json": '{"http": {"port": "HTTP_PORT"}}',
    }
    module = Source(Tree(files)).at("main.js")
    assert module
    call = next(call for call in module.calls() if call.callee == "seen")
    assert module.fold(call.arguments[0]) == Folded(3100, frozenset({"HTTP_PORT"}))


def test_nest_is_asked_by_a_namespace() -> None:
    files = {
        "package.json": "{}",
        "src/app.config.ts": "import { registerAs } from '@nestjs/config';\n"
        "export default registerAs('app', () => ({ port: parseInt(process.env.APP_PORT ?? '3100', 10) }))",
        "src/main.ts": "import { ConfigService } from '@nestjs/config';\n"
        "const config = app.get(ConfigService<C>); seen(config.getOrThrow('app.port', { infer: true }))",
    }
    module = Source(Tree(files)).at("src/main.ts")
    assert module
    call = next(call for call in module.calls() if call.callee == "seen")
    assert module.fold(call.arguments[0]) == Folded(3100, frozenset({"APP_PORT"}))


# -- configurations


@pytest.mark.parametrize(
    "text",
    [
        "export default { output: 'export' }",
        "module.exports = { output: 'export' }",
        "const config = { output: 'export' } satisfies C; export default config",
        "const config: C = { output: 'export' }; export default withMDX({ a: 1 })(config)",
        "export default withSentry(withIntl({ output: 'export' }), { silent: true })",
        "export default defineConfig({ output: 'export' })",
        "export default defineConfig(() => ({ output: 'export' }))",
        "export default async function make() { return { output: 'export' } }",
        "export default ({ mode }) => { if (mode === 'development') { return { output: 'no' } }"
        " return { output: 'export' } }",
        "const config = {}; config.output = 'export'; export default config",
        "const config = { output: process.env.S ? 'standalone' : 'export' }; export default config",
        "const base = { output: 'export' }; export default { ...base, a: 1 }",
    ],
)
def test_a_configuration_gives_out_an_object(text: str) -> None:
    assert module_of(text, "next.config.ts").default_export()["output"] == "export"


def test_a_condition_that_does_not_hold_changes_no_configuration() -> None:
    text = "const c = { a: 1 }; if (process.env.STATIC) c.output = 'export'; export default c"
    assert module_of(text, "next.config.js").default_export() == {"a": 1}


def test_what_a_call_makes_is_in_a_configuration() -> None:
    text = (
        "import adapter from '@sveltejs/adapter-node'; export default { kit: { adapter: "
        "adapter({ out: 'b' }) } }"
    )
    made = module_of(text, "svelte.config.js").default_export()["kit"]["adapter"]
    assert made == Made("@sveltejs/adapter-node", ({"out": "b"},))


def test_json_may_have_comments_and_commas() -> None:
    text = '{ // here\n "a": "//no", /* there */ "b": [1, 2,], }'
    assert config(Tree({"tsconfig.json": text}), "tsconfig.json") == {"a": "//no", "b": [1, 2]}


# -- which modules there are


def test_tests_tools_and_outputs_are_no_modules() -> None:
    paths = ["src/a.ts", "src/app.config.ts", "src/a.test.ts", "test/b.ts", "vite.config.ts",
     "some.config.js", "dist/a.js",
             "public/x.js", "src/x.d.ts", "web/package.json", "web/src/main.tsx"]  # fmt: skip
    source = Source(Tree({"package.json": "{}", **dict.fromkeys(paths, "")}))
    assert [module.path for module in source.modules] == ["src/a.ts", "src/app.config.ts"]


def test_a_program_is_what_its_entry_imports() -> None:
    files = {"main.js": "require('./a')", "a.js": "require('./main')", "b.js": ""}
    source = Source(Tree({"package.json": "{}", **files}))
    assert [module.path for module in source.program(source.at("main.js"))] == ["main.js", "a.js"]


def test_a_folder_that_is_loaded_whole_is_of_the_program() -> None:
    files = {
        "main.js": "require('./models')",
        "models/index.js": "fs.readdirSync(__dirname).forEach((f) => require(path.join(__dirname, f)))",
        "models/user.js": "",
        "b.js": "",
    }
    source = Source(Tree({"package.json": "{}", **files}))
    paths = [module.path for module in source.program(source.at("main.js"))]
    assert paths == ["main.js", "models/index.js", "models/user.js"]
