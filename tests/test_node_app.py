"""Programs of Node.js: which file runs, what it is, how it is developed, tested and kept small."""

# ruff: noqa: E501  configurations stand on one line, as they are written
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from nodeapps import EXPRESS, FASTIFY, app_of, app_or_none, codes, facts_of, package, value

from scaffold.detect import detect
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.node.app import App

TSCONFIG = (
    '{"compilerOptions": {"outDir": "./dist", "rootDir": "./src" /* the sources */}, "include": ["src"]}'
)
DEV = "--inspect=0.0.0.0:9229"


def made(files: dict[str, str], manager: str = "npm", **answers: object) -> dict[str, Any]:
    return facts_of(app_of(files, manager, **answers))


def express(**scripts: str) -> str:
    return package(scripts=scripts, dependencies=["express"])


# -- which file


def test_an_express_server_is_run_by_node_itself() -> None:
    facts = made({"package.json": express(start="node server.js"), "server.js": EXPRESS})
    assert facts["kind"] == "web"
    assert facts["framework"] == "express"
    assert facts["start"] == ("node", "server.js")
    assert facts["processes"] == {"web": ("node", "server.js")}
    assert facts["port"] == 3000
    assert facts["run_environment"] == {"PORT": "3000"}
    assert facts["production"] is True
    assert facts["copies"] == ((".", "."),)
    assert facts["dev"] == ("node", "--watch", DEV, "server.js")
    assert "build" not in facts


def test_a_name_in_a_comment_is_no_framework() -> None:
    server = "// require('express')\nrequire('http').createServer((q, s) => s.end('hi')).listen(8000)\n"
    facts = made({"package.json": express(start="node server.js"), "server.js": server})
    assert facts["kind"] == "web"
    assert facts["port"] == 8000
    assert "framework" not in facts


def test_nodemon_is_for_development() -> None:
    facts = made({"package.json": express(start="nodemon app.js"), "app.js": EXPRESS})
    assert facts["start"] == ("node", "app.js")
    facts = made({"package.json": express(start="nodemon app.js", **{"start:prod": "node index.js"}),
                  "app.js": EXPRESS, "index.js": EXPRESS})  # fmt: skip
    assert facts["start"] == ("node", "index.js")


def test_a_dev_script_names_the_file_where_no_other_does() -> None:
    facts = made({"package.json": express(dev="nodemon ./api/server.js"), "api/server.js": EXPRESS})
    assert facts["start"] == ("node", "api/server.js")


def test_a_main_that_is_not_there_falls_through() -> None:
    facts = made({"package.json": package(main="inbex.js"), "index.js": "console.log('hi')\n"})
    assert facts["start"] == ("node", "index.js")
    assert facts["kind"] == "cli"


def test_a_main_that_gives_something_out_is_a_library() -> None:
    assert (
        made({"package.json": package(main="index.js"), "index.js": "module.exports = { x: 1 }\n"})["kind"]
        == "library"
    )


def test_a_procfile_comes_before_the_start_script() -> None:
    files = {"package.json": express(start="node dev.js"), "Procfile": "web: node server.js\nworker: node jobs.js\n",
             "dev.js": EXPRESS, "server.js": EXPRESS, "jobs.js": "setInterval(() => {}, 1000)\n"}  # fmt: skip
    facts = made(files)
    assert facts["start"] == ("node", "server.js")
    assert facts["processes"]["worker"] == ("node", "jobs.js")


def test_several_servers_and_nothing_that_decides_are_a_question() -> None:
    files = {"package.json": package(dependencies=["express"]), "server.js": EXPRESS, "app.js": EXPRESS}
    app = app_of(files)
    assert [(one.key, one.candidates) for one in app.ambiguities] == [("main", ("server.js", "app.js"))]
    assert app.start is None
    answered = app_of(files, main="app.js")
    assert value(answered.start) == ("node", "app.js")
    assert answered.start is not None
    assert answered.start.source == "answer: flag"


def test_an_answered_start_is_the_start() -> None:
    files = {"package.json": express(start="node server.js"), "server.js": EXPRESS}
    assert made(files, start=("node", "other.js"))["start"] == ("node", "other.js")


def test_options_and_requires_of_node_are_kept_where_production_has_them() -> None:
    script = "NODE_ENV=production APP_MODE=api node --max-old-space-size=512 -r dotenv/config -r ./trace.js server.js"
    files = {"package.json": express(start=script), "server.js": EXPRESS, "trace.js": "setup()\n"}
    facts = made(files)
    assert facts["start"] == ("node", "--max-old-space-size=512", "-r", "./trace.js", "server.js")
    assert facts["run_environment"] == {"APP_MODE": "api", "PORT": "3000"}
    with_it = files["package.json"].replace('"express": "*"', '"express": "*", "dotenv": "*"')
    assert "dotenv/config" in made({**files, "package.json": with_it})["start"]


def test_a_secret_in_a_script_does_not_enter_the_image() -> None:
    files = {"package.json": express(start="JWT_SECRET=abc node server.js"), "server.js": EXPRESS}
    assert "JWT_SECRET" not in made(files)["run_environment"]


# -- what is built


def typescript(start: str = "node dist/index.js", build: str = "tsc", **scripts: str) -> str:
    return package(scripts={"build": build, "start": start, **scripts}, dependencies=["express"],
                   devDependencies={"typescript": "^5.9.0", "tsx": "^4.0.0"})  # fmt: skip


SERVER = EXPRESS.replace('const express = require("express")', 'import express from "express"')


def test_a_built_file_is_what_the_compiler_writes() -> None:
    app = app_of({"package.json": typescript(), "tsconfig.json": TSCONFIG, "src/index.ts": SERVER})
    facts = facts_of(app)
    assert facts["start"] == ("node", "dist/index.js")
    assert facts["build"] == (("npm", "run", "build"),)
    assert facts["port"] == 3000
    assert facts["excludes"] == ("src",)
    assert app.entry is not None
    assert app.entry.path == "src/index.ts"


def test_a_start_without_suffix_is_a_file() -> None:
    files = {"package.json": typescript("node dist"), "tsconfig.json": TSCONFIG, "src/index.ts": SERVER}
    assert made(files)["start"] == ("node", "dist/index.js")
    files = {
        "package.json": typescript("node dist/server"),
        "tsconfig.json": TSCONFIG,
        "src/server.ts": SERVER,
    }
    assert made(files)["start"] == ("node", "dist/server.js")


def test_a_start_that_the_compiler_writes_elsewhere_is_found_there() -> None:
    config = '{"compilerOptions": {"outDir": "dist"}, "include": ["src", "seed.ts"]}'
    files = {
        "package.json": typescript(),
        "tsconfig.json": config,
        "src/index.ts": SERVER,
        "seed.ts": "run()\n",
    }
    assert made(files)["start"] == ("node", "dist/src/index.js")


def test_a_manifest_that_is_imported_widens_the_root() -> None:
    config = '{"compilerOptions": {"outDir": "dist", "resolveJsonModule": true}, "include": ["src"]}'
    server = 'import { version } from "../package.json"\n' + SERVER
    files = {"package.json": typescript(), "tsconfig.json": config, "src/index.ts": server}
    assert made(files)["start"] == ("node", "dist/src/index.js")


def test_a_configuration_that_is_extended_says_the_folder() -> None:
    files = {"package.json": typescript("node out/index.js", "tsc -p tsconfig.build.json"),
             "tsconfig.json": TSCONFIG.replace("dist", "out"),
             "tsconfig.build.json": '{"extends": "./tsconfig.json", "exclude": ["**/*.test.ts"]}',
             "src/index.ts": SERVER}  # fmt: skip
    assert made(files)["start"] == ("node", "out/index.js")


def test_what_ts_node_starts_is_run_as_the_build_writes_it() -> None:
    for runner in ("ts-node src/index.ts", "tsx src/index.ts", "nodemon --exec ts-node src/index.ts"):
        files = {"package.json": typescript(runner), "tsconfig.json": TSCONFIG, "src/index.ts": SERVER}
        assert made(files)["start"] == ("node", "dist/index.js"), runner


def test_a_type_check_builds_nothing() -> None:
    text = package(
        scripts={"build": "tsc --noEmit", "start": "tsx src/index.ts"}, dependencies=["express", "tsx"]
    )
    facts = made({"package.json": text, "tsconfig.json": TSCONFIG, "src/index.ts": SERVER})
    assert facts["start"] == ("node", "--import", "tsx", "src/index.ts")


def test_typescript_runs_as_it_is_where_that_is_said() -> None:
    text = package(scripts={"start": "node src/index.ts"}, dependencies=["express"], type="module")
    facts = made({"package.json": text, "src/index.ts": SERVER})
    assert facts["start"] == ("node", "src/index.ts")
    assert "build" not in facts
    assert "excludes" not in facts


def test_a_loader_for_development_alone_is_compiled_away() -> None:
    text = package(
        scripts={"start": "tsx src/index.ts"},
        dependencies=["express"],
        devDependencies=["tsx"],
        type="module",
    )
    app = app_of({"package.json": text, "src/index.ts": SERVER})
    assert value(app.start) == ("node", "src/index.mjs")
    (command,) = value(app.build)
    assert command[:2] == ("node", "-e")
    assert "'" not in command[2]  # which a shell's quotes would turn into '"'"'
    assert command[3:] == ("src/index.ts", "src/index.mjs", "esm")
    assert codes(app) == {"development-start"}


def test_plain_typescript_of_which_only_types_go_needs_no_loader() -> None:
    text = package(
        scripts={"start": "tsx src/index.ts"},
        dependencies=["express"],
        devDependencies=["tsx"],
        type="module",
    )
    config = '{"compilerOptions": {"verbatimModuleSyntax": true, "noEmit": true}}'
    other = 'import type { Shop } from "./types.ts"\nimport { port } from "./port.ts"\n' + SERVER
    files = {"package.json": text, "tsconfig.json": config, "src/index.ts": other, "src/types.ts": "export type Shop = 1\n",
             "src/port.ts": "export const port = 3000\n"}  # fmt: skip
    assert made(files)["start"] == ("node", "src/index.ts")
    enum = {**files, "src/port.ts": "export const port = 3000\nexport enum Kind { A }\n"}
    assert made(enum)["start"] == ("node", "src/index.mjs")


def test_a_bundler_writes_what_its_command_says() -> None:
    rows = (
        ("esbuild src/index.ts --bundle --platform=node --outfile=build/server.cjs", "build/server.cjs"),
        ("esbuild src/index.ts --bundle --outdir=build", "build/index.js"),
        ("tsup src/index.ts --format esm", "dist/index.mjs"),
        ("tsup-node src/index.ts", None),
        ("ncc build src/index.ts -o out", "out/index.js"),
        ("swc src -d dist", "dist/index.js"),
        ("babel src --out-dir dist --extensions .ts", "dist/index.js"),
    )
    for build, written in rows:
        files = {"package.json": typescript("tsx src/index.ts", build), "src/index.ts": SERVER}
        if written:
            assert made(files)["start"] == ("node", written), build


def test_a_bundler_of_unknown_configuration_is_taken_at_the_start_s_word() -> None:
    files = {"package.json": typescript("node dist/server.js", "webpack"), "src/server.ts": SERVER}
    app = app_of(files)
    assert value(app.start) == ("node", "dist/server.js")
    assert app.entry is not None
    assert app.entry.path == "src/server.ts"


def test_a_start_of_a_file_that_nothing_makes_is_none() -> None:
    facts = made(
        {"package.json": package(scripts={"start": "node server.js"}), "index.js": "console.log(1)\n"}
    )
    assert facts["start"] == ("node", "index.js")


NEST = "import { NestFactory } from '@nestjs/core'\nasync function main() {\n  const app = await NestFactory.create(M)\n  await app.listen(process.env.PORT ?? 3000)\n}\nmain()\n"


def nest(**scripts: str) -> str:
    return package(scripts=scripts, dependencies=["@nestjs/core", "@nestjs/platform-express"],
                   devDependencies=["@nestjs/cli", "typescript"])  # fmt: skip


def test_nest_runs_what_it_builds() -> None:
    files = {"src/main.ts": NEST, "nest-cli.json": '{"sourceRoot": "src"}', "tsconfig.json": '{"compilerOptions": {"outDir": "./dist"}}',
             "tsconfig.build.json": '{"extends": "./tsconfig.json", "exclude": ["node_modules", "test", "dist", "**/*spec.ts"]}',
             "test/app.e2e-spec.ts": "it('x', () => {})\n"}  # fmt: skip
    scripts = {"build": "nest build", "start": "nest start", "start:dev": "nest start --watch"}
    for more in ({"start:prod": "node dist/main"}, {}):
        facts = made({**files, "package.json": nest(**scripts, **more)})
        assert facts["start"] == ("node", "dist/main.js"), more
        assert facts["framework"] == "nest"
        assert facts["port"] == 3000
        assert facts["dev"] == (
            "node",
            "node_modules/.bin/nest",
            "start",
            "--watch",
            "--debug",
            "0.0.0.0:9229",
        )
        assert facts["build"] == (("npm", "run", "build"),)
    seeded = made({**files, "prisma/seed.ts": "run()\n", "package.json": nest(**scripts)})
    assert seeded["start"] == ("node", "dist/src/main.js")


def test_a_project_of_a_nest_workspace_is_one_bundle() -> None:
    files = {
        "package.json": nest(build="nest build api", **{"start:prod": "node dist/apps/api/main"}),
        "nest-cli.json": '{"monorepo": true, "root": "apps/api", "projects": {"api": {"sourceRoot": "apps/api/src",'
        ' "entryFile": "main", "compilerOptions": {"tsConfigPath": "apps/api/tsconfig.app.json", "webpack": true}}}}',
        "apps/api/tsconfig.app.json": '{"extends": "../../tsconfig.json", "compilerOptions": {"outDir": "../../dist/apps/api"}}',
        "tsconfig.json": "{}",
        "apps/api/src/main.ts": NEST,
    }
    assert made(files)["start"] == ("node", "dist/apps/api/main.js")


# -- what it is


def test_a_program_that_never_ends_and_serves_nobody_is_a_worker() -> None:
    rows = (
        ("bullmq", "const { Worker } = require('bullmq')\nnew Worker('mail', async () => {})\n"),
        (
            "discord.js",
            "const { Client } = require('discord.js')\nconst c = new Client({})\nc.login(process.env.TOKEN)\n",
        ),
        (
            "telegraf",
            "const { Telegraf } = require('telegraf')\nconst bot = new Telegraf('x')\nbot.launch()\n",
        ),
        ("node-cron", "const cron = require('node-cron')\ncron.schedule('* * * * *', () => {})\n"),
        ("x", "setInterval(() => console.log('tick'), 1000)\n"),
    )
    for dependency, text in rows:
        facts = made(
            {
                "package.json": package(scripts={"start": "node index.js"}, dependencies=[dependency]),
                "index.js": text,
            }
        )
        assert facts["kind"] == "worker", dependency
        assert facts["processes"] == {"worker": ("node", "index.js")}
        assert "port" not in facts


def test_a_script_that_ends_is_a_cli() -> None:
    facts = made(
        {"package.json": package(scripts={"start": "node index.js"}), "index.js": "console.log('hi')\n"}
    )
    assert facts["kind"] == "cli"
    assert facts["processes"] == {"app": ("node", "index.js")}


def test_a_command_of_the_package_is_a_cli() -> None:
    files = {
        "package.json": package(bin={"greet": "./bin/greet.js"}),
        "bin/greet.js": "#!/usr/bin/env node\nconsole.log(1)\n",
    }
    facts = made(files)
    assert (facts["kind"], facts["start"]) == ("cli", ("node", "bin/greet.js"))


def test_a_command_that_listens_itself_is_a_server() -> None:
    server = "#!/usr/bin/env node\nconst app = require('../lib/app')()\napp.listen(8081, '0.0.0.0')\n"
    factory = "const express = require('express')\nmodule.exports = () => express()\n"
    fields = {"main": "lib/app.js", "bin": {"shop": "./bin/shop.js"}, "dependencies": ["express"]}
    files = {"package.json": package(**fields), "bin/shop.js": server, "lib/app.js": factory}
    facts = made(files)
    assert (facts["kind"], facts["port"], facts["framework"]) == ("web", 8081, "express")
    assert facts["start"] == ("node", "bin/shop.js")
    files["bin/shop.js"] = "const serve = require('../lib/serve')\nif (process.argv[2] === 'serve') serve()\n"
    files["lib/serve.js"] = "const app = require('./app')()\nmodule.exports = () => app.listen(8081)\n"
    assert made(files)["kind"] == "cli"


def test_nothing_that_starts_is_a_library() -> None:
    files = {"package.json": package(exports="./index.js", files=["index.js"]), "index.js": "exports.x = 1\n"}
    assert made(files)["kind"] == "library"


def test_assets_of_another_stack_are_no_app() -> None:
    django = {"manage.py": "", "requirements.txt": "django\n"}
    tailwind = package(scripts={"build": "tailwindcss -i in.css -o out.css", "dev": "tailwindcss --watch"},
                       devDependencies=["tailwindcss"])  # fmt: skip
    assert app_or_none({**django, "package.json": tailwind}) is None
    bundled = package(scripts={"dev": "vite", "build": "vite build"}, devDependencies=["vite"])
    config = "export default { build: { rollupOptions: { input: 'assets/main.js' }, manifest: true } }\n"
    assert app_or_none({**django, "package.json": bundled, "vite.config.js": config}) is None


def test_the_root_of_a_workspace_with_several_apps_is_no_app() -> None:
    root = package(workspaces=["packages/*"], scripts={"build": "turbo run build"})
    members = {f"packages/{name}/package.json": express(start="node index.js") for name in ("api", "admin")}
    files = {f"packages/{name}/index.js": EXPRESS for name in ("api", "admin")}
    assert app_or_none({"package.json": root, **members, **files}) is None


def test_a_file_of_a_member_is_named_for_what_the_member_asks_for() -> None:
    root = package(workspaces=["packages/*"], scripts={"start": "node packages/api/index.js"})
    member = {"packages/api/package.json": express(), "packages/api/index.js": EXPRESS}
    facts = made({"package.json": root, **member})
    assert (facts["framework"], facts["start"]) == ("express", ("node", "packages/api/index.js"))


def test_the_root_that_starts_a_member_is_that_member() -> None:
    member = {"apps/api/package.json": express(start="node index.js", test="vitest"), "apps/api/index.js": EXPRESS,
              "apps/api/src/a.test.js": "test('x', () => {})\n"}  # fmt: skip
    for start in ("cd apps/api && npm start", "npm start --workspace=apps/api"):
        root = package(workspaces=["apps/*"], scripts={"start": start})
        facts = made({"package.json": root, **member})
        assert facts["member"] == "apps/api"
        assert facts["start"] == ("node", "/app/apps/api/index.js")
        assert facts["processes"] == {"web": ("node", "/app/apps/api/index.js")}
        assert facts["dev"] == (
            "env",
            "-C",
            "/app/apps/api",
            "node",
            "--watch",
            DEV,
            "/app/apps/api/index.js",
        )
        assert facts["port"] == 3000
        assert facts["test_files"] == ("**/*.test.*",)
        assert facts["test"] == ("npm", "--prefix=apps/api", "run", "test", "--", "--run")


def test_a_next_app_in_a_workspace_mirrors_it() -> None:
    member = {"apps/web/package.json": package(scripts={"build": "next build", "start": "next start"}, dependencies=["next"]),
              "apps/web/public/x.svg": "<svg/>"}  # fmt: skip
    root = package(
        workspaces=["apps/*"], scripts={"build": "turbo run build", "start": "cd apps/web && npm start"}
    )
    facts = made({"package.json": root, **member})
    assert facts["copies"] == (
        ("apps/web/.next/standalone", "."), ("apps/web/.next/static", "apps/web/.next/static"),
        ("apps/web/public", "apps/web/public"),
    )  # fmt: skip
    assert facts["start"] == ("node", "/app/apps/web/server.js")
    assert facts["build"] == (("npm", "run", "build"),)
    assert facts["writable"][0].path == "/app/apps/web/.next/cache"


def test_a_member_s_build_is_run_where_the_root_has_none() -> None:
    member = {"apps/web/package.json": package(name="@x/web", scripts={"build": "vite build", "start": "vite preview"}, devDependencies=["vite"]),
              "apps/web/index.html": "<p>"}  # fmt: skip
    root = package(workspaces=["apps/*"], scripts={"start": "cd apps/web && npm start"})
    files = {"package.json": root, **member}
    assert made(files)["site"] == "apps/web/dist"
    rows = (("npm", ("npm", "--prefix=apps/web", "run", "build")), ("pnpm", ("pnpm", "--dir=apps/web", "run", "build")),
            ("yarn", ("yarn", "workspace", "@x/web", "run", "build")), ("bun", ("bun", "run", "--cwd=apps/web", "build")))  # fmt: skip
    for manager, command in rows:
        assert value(app_of(files, manager).build) == (command,)


def test_a_server_that_serves_its_own_front_end_is_a_server() -> None:
    text = package(scripts={"dev": "vite", "build": "vite build", "start": "node server.js"}, dependencies=["express"],
                   devDependencies=["vite"])  # fmt: skip
    server = EXPRESS.replace("app.listen", "app.use(express.static('dist'))\napp.listen")
    facts = made({"package.json": text, "index.html": "<p>", "server.js": server})
    assert (facts["kind"], facts["framework"], facts["start"]) == ("web", "express", ("node", "server.js"))
    assert facts["build"] == (("npm", "run", "build"),)


def test_an_ejected_front_end_is_still_a_site() -> None:
    text = package(
        scripts={"start": "node scripts/start.js", "build": "react-scripts build"},
        dependencies=["react-scripts"],
    )
    start = "const Server = require('webpack-dev-server')\nnew Server({}, {}).listen(3000)\n"
    assert made({"package.json": text, "scripts/start.js": start})["kind"] == "static"


def test_bun_as_a_runtime_is_said() -> None:
    app = app_of(
        {
            "package.json": package(scripts={"start": "bun index.ts"}),
            "index.ts": "Bun.serve({ port: 5005 })\n",
        }
    )
    assert value(app.start) == ("bun", "index.ts")
    assert codes(app) == {"bun-runtime"}
    assert value(app.kind) == "web"


def test_the_functions_framework_is_a_server() -> None:
    text = package(scripts={"start": "functions-framework --target=hello"}, main="index.js",
                   dependencies=["@google-cloud/functions-framework"])  # fmt: skip
    index = (
        "const f = require('@google-cloud/functions-framework')\nf.http('hello', (q, s) => s.send('hi'))\n"
    )
    facts = made({"package.json": text, "index.js": index})
    assert facts["start"] == (
        "node",
        "node_modules/.bin/functions-framework",
        "--target=hello",
    )
    assert (facts["kind"], facts["framework"], facts["port"]) == ("web", "functions-framework", 8080)


def test_a_program_that_loads_what_a_build_will_write_is_read_in_its_source() -> None:
    text = package(bin={"shop": "index.js"}, scripts={"start": "node index start", "build": "tsc -p server"},
                   dependencies=["express"])  # fmt: skip
    files = {
        "package.json": text,
        "index.js": "require('./dist/server/index.js')\n",
        "server/index.ts": SERVER,
    }
    facts = made(files)
    assert (facts["kind"], facts["framework"]) == ("web", "express")
    assert facts["start"] == ("node", "index.js", "start")


# -- databases


def test_a_migration_runs_once_by_a_tool_that_production_has() -> None:
    text = package(
        scripts={"start": "prisma migrate deploy && node server.js"},
        dependencies=["express", "prisma", "@prisma/client"],
    )
    schema = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\ngenerator client {\n  provider = "prisma-client-js"\n}\n'
    files = {"package.json": text, "server.js": EXPRESS, "prisma/schema.prisma": schema}
    facts = made(files)
    assert facts["processes"]["migrate"] == (
        "node",
        "node_modules/.bin/prisma",
        "migrate",
        "deploy",
    )
    assert facts["start"] == ("node", "server.js")


@pytest.mark.parametrize(
    ("command", "tool", "argv"),
    [
        ("prisma migrate deploy", "prisma", ("prisma", "migrate", "deploy")),
        ("knex migrate:latest", "knex", ("knex", "migrate:latest")),
    ],
)
def test_a_tool_for_development_that_migrates_is_kept(command: str, tool: str, argv: tuple[str, ...]) -> None:
    text = package(
        scripts={"start": "node server.js", "migrate:deploy": command},
        dependencies=["express"],
        devDependencies={tool: "^6.1.0", "vitest": "*"},
    )
    app = app_of({"package.json": text, "server.js": EXPRESS})
    assert app.processes
    assert app.processes.value["migrate"] == ("node", f"node_modules/.bin/{argv[0]}", *argv[1:])
    assert (value(app.kept), value(app.prune)) == ({tool: "^6.1.0"}, True)
    assert codes(app) == set()


def test_what_the_configuration_of_a_tool_imports_is_kept_with_it() -> None:
    text = package(
        scripts={"start": "node server.js", "migrate:deploy": "prisma migrate deploy"},
        dependencies=["express", "@prisma/client"],
        devDependencies={"prisma": "^7.0.0", "dotenv": "^17.0.0", "typescript": "^5.0.0"},
    )
    config = "import 'dotenv/config'\nimport { defineConfig } from 'prisma/config'\nexport default defineConfig({})\n"
    app = app_of({"package.json": text, "server.js": EXPRESS, "prisma.config.ts": config})
    assert value(app.kept) == {"prisma": "^7.0.0", "dotenv": "^17.0.0"}


def test_a_tool_that_production_has_is_kept_anyway() -> None:
    text = package(
        scripts={"start": "prisma migrate deploy && node server.js"}, dependencies=["express", "prisma"]
    )
    assert app_of({"package.json": text, "server.js": EXPRESS}).kept is None


def test_a_migration_in_typescript_by_a_tool_for_development_is_named() -> None:
    text = package(
        scripts={"start": "node server.js", "migrate": "knex migrate:latest"},
        dependencies=["express"],
        devDependencies=["knex", "ts-node"],
    )
    app = app_of({"package.json": text, "server.js": EXPRESS, "knexfile.ts": "export default {}\n"})
    assert codes(app) == {"migrations"}
    assert "knex migrate:latest" in app.warnings[0].message
    assert value(app.processes) == {"web": ("node", "server.js")}


def released(line: str, **more: str) -> App:
    text = package(
        scripts={"start": "node server.js", "setup": "node scripts/setup.js"}, dependencies=["express"]
    )
    files = {"package.json": text, "server.js": EXPRESS, "Procfile": f"release: {line}\nweb: npm start\n"}
    return app_of({**files, "scripts/setup.js": "console.log('ready')\n", **more})


@pytest.mark.parametrize("line", ["node scripts/setup.js", "npm run setup"])
def test_the_release_line_of_a_procfile_runs_once_before_the_app(line: str) -> None:
    app = released(line)
    assert value(app.processes) == {"web": ("node", "server.js"), "migrate": ("node", "scripts/setup.js")}


def test_what_a_release_line_migrates_by_comes_before_what_follows_it() -> None:
    """Seen (nestjs-boilerplate): only its last step was run, which fills tables that were not there."""
    text = package(
        scripts={
            "start": "node server.js",
            "migration:run": "typeorm migration:run -d data.js",
            "seed": "./seed.sh",
        },
        dependencies=["express", "typeorm"],
    )
    release = "echo '' > .env && npm run migration:run && npm run seed"
    app = app_of({"package.json": text, "server.js": EXPRESS, "Procfile": f"release: {release}\n"})
    assert value(app.processes)["migrate"][-3:] == ("migration:run", "-d", "data.js")
    assert [(one.code, "./seed.sh" in one.message) for one in app.warnings] == [("migrations", True)]


def test_a_release_line_that_no_image_can_run_is_said() -> None:
    app = released("./release.sh")
    assert "migrate" not in value(app.processes)
    (warning,) = app.warnings
    assert (warning.code, warning.source) == ("migrations", "Procfile:1")
    assert "./release.sh" in warning.message


def test_a_build_that_asks_for_a_database_is_built_without_it() -> None:
    text = package(scripts={"build": "prisma generate && prisma migrate deploy && next build", "start": "next start"},
                   dependencies=["next", "prisma", "@prisma/client"])  # fmt: skip
    facts = made({"package.json": text})
    assert facts["build"] == (("npx", "prisma", "generate"), ("npx", "next", "build"))
    assert facts["processes"]["migrate"][-2:] == ("migrate", "deploy")
    assert facts["production"] is True  # the traced output has no tool for databases
    assert ("package.json", "package.json") in facts["copies"]


def test_a_migration_of_compiled_code_names_the_compiled_file() -> None:
    text = package(scripts={"build": "tsc", "start": "node dist/index.js", "migration:run": "typeorm-ts-node-commonjs migration:run -d src/data.ts"},
                   dependencies=["express", "typeorm"])  # fmt: skip
    facts = made(
        {
            "package.json": text,
            "tsconfig.json": TSCONFIG,
            "src/index.ts": SERVER,
            "src/data.ts": "export const d = 1\n",
        }
    )
    assert facts["processes"]["migrate"] == (
        "node",
        "node_modules/.bin/typeorm",
        "migration:run",
        "-d",
        "dist/data.js",
    )


# -- tests, and what is left out


def test_real_tests_are_run_once() -> None:
    rows = (
        ("vitest", ("npm", "run", "test", "--", "--run")),
        ("vitest run", ("npm", "run", "test")),
        ("jest --watchAll", ("env", "CI=true", "npm", "run", "test")),
        ("node --test", ("npm", "run", "test")),
    )
    for script, argv in rows:
        files = {
            "package.json": express(start="node server.js", test=script),
            "server.js": EXPRESS,
            "test/a.test.js": "it()\n",
        }
        assert made(files)["test"] == argv, script
        assert made(files)["test_files"] == ("test",)


def test_tests_that_are_none_or_need_a_browser_are_not_run() -> None:
    for script in ('echo "Error: no test specified" && exit 1', "cypress run", "playwright test", "ng test"):
        files = {
            "package.json": express(start="node server.js", test=script),
            "server.js": EXPRESS,
            "test/a.test.js": "it()\n",
        }
        assert "test" not in made(files), script


def test_sources_that_the_program_reads_stay() -> None:
    server = SERVER + "app.use(express.static('src/public'))\n"
    files = {"package.json": typescript(), "tsconfig.json": TSCONFIG, "src/index.ts": server}
    assert "excludes" not in made(files)


def test_a_fixture_that_the_program_imports_is_no_test() -> None:
    server = 'const data = require("./fixtures/data")\n' + EXPRESS
    files = {"package.json": express(start="node server.js"), "server.js": server, "fixtures/data.js": "module.exports = 1\n",
             "test/a.test.js": "it()\n"}  # fmt: skip
    assert made(files)["test_files"] == ("test",)


def test_fastify_in_typescript_is_developed_by_its_own_runner() -> None:
    text = package(scripts={"build": "tsc", "start": "node dist/server.js", "dev": "tsx watch src/server.ts"},
                   dependencies=["fastify"], devDependencies=["tsx", "typescript"], type="module")  # fmt: skip
    facts = made({"package.json": text, "tsconfig.json": TSCONFIG, "src/server.ts": FASTIFY})
    assert facts["dev"] == ("node", "node_modules/.bin/tsx", "watch", DEV, "src/server.ts")
    assert facts["framework"] == "fastify"


def test_hostile_manifests_break_nothing() -> None:
    for text in ('{"scripts": {"start": ["x"], "build": 1}}', '{"scripts": {"start": "\'"}}', '{"main": "../../etc/passwd"}',
                 '{"scripts": {"start": "node ../../../x.js"}}', '{"workspaces": {"packages": 3}, "bin": {"a": 1}}',
                 '{"scripts": {"start": "cd .. && npm start", "build": "npm run build"}}'):  # fmt: skip
        app = app_or_none({"package.json": text})
        assert app is None or app.start is None


def test_pages_that_a_build_fills_are_a_site_though_start_watches_them() -> None:
    scripts = {"build": "node scripts/build.js", "start": "npm run build && node scripts/start.js"}
    files = {
        "package.json": package(scripts=scripts),
        "scripts/build.js": "require('fs').writeFileSync('dist/index.html', '')",
        "scripts/start.js": "require('child_process').spawn('browser-sync', ['start'])",
        "dist/index.html": "<!doctype html>",
    }
    facts = made(files)
    assert (facts["kind"], facts["site"]) == ("static", "dist")
    assert made({**files, "scripts/start.js": EXPRESS})["kind"] == "web"


@pytest.mark.parametrize(
    ("build", "start"),
    [
        ("bun build ./src/index.ts --outdir ./dist --target node", ("node", "dist/index.js")),
        ("bun build --target=node --outfile=dist/app.js src/index.ts", ("node", "dist/app.js")),
    ],
)
def test_what_bun_bundles_for_node_runs_bundled(build: str, start: tuple[str, ...]) -> None:
    scripts = {"build": build, "start": " ".join(start)}
    files = {"package.json": package(scripts=scripts, dependencies=["express"]), "src/index.ts": EXPRESS}
    assert made(files, "bun")["start"] == start


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("bun dist/index.js", EXPRESS),
        ("bun run dist/index.js", EXPRESS),
        ("node dist/index.js", "Bun.serve({ port: 5005 })\n"),
    ],
)
def test_what_was_built_for_bun_is_not_run_by_node(start: str, code: str) -> None:
    scripts = {"build": "bun build src/index.ts --outdir dist --target bun", "start": start}
    app = app_of({"package.json": package(scripts=scripts, dependencies=["express"]), "src/index.ts": code})
    assert codes(app) == {"bun-runtime"}


def test_pages_that_only_an_answer_tells_of_are_built_and_nothing_runs() -> None:
    scripts = {"build": "node build.js", "watch": "node --watch build.js"}
    files = {"package.json": package(scripts=scripts), "build.js": "require('fs').writeFileSync(out, page)"}
    assert made(files)["kind"] == "cli"
    facts = made(files, kind="static", site="out")
    assert (facts["kind"], facts["site"], facts["build"]) == ("static", "out", (("npm", "run", "build"),))
    assert not {"start", "processes", "dev", "main"} & facts.keys()


def test_a_port_in_front_of_the_start_script_is_where_it_listens() -> None:
    listens = "const app = require('express')(); app.listen(process.env.PORT || 3000);"
    facts = made({"package.json": express(start="PORT=4000 node server.js"), "server.js": listens})
    assert facts["port"] == 4000
    assert facts["run_environment"] == {"PORT": "4000"}


WORKSPACE = {
    "package.json": '{"private": true, "workspaces": ["apps/*", "packages/*"]}',
    "apps/web/package.json": '{"name": "web", "dependencies": {"lib": "*"}, "scripts": {"start": "node server.js"}}',
    "apps/web/server.js": EXPRESS,
    "packages/lib/package.json": '{"name": "lib"}',
}

SECOND = {"apps/admin/package.json": '{"scripts": {"start": "node a.js"}}', "apps/admin/a.js": EXPRESS}


def test_a_member_that_is_named_is_the_app_of_the_whole_workspace() -> None:
    facts = made(WORKSPACE, member="apps/web")
    assert facts["member"] == "apps/web"
    assert facts["start"] == ("node", "/app/apps/web/server.js")


def test_the_only_app_of_a_workspace_is_the_app_of_the_whole() -> None:
    assert made(WORKSPACE)["member"] == "apps/web"
    assert app_or_none({**WORKSPACE, **SECOND}) is None


def test_where_pnpm_makes_shell_scripts_of_commands_node_is_given_their_files() -> None:
    files = {"package.json": package(scripts={"dev": "vite"}, devDependencies=["vite"]), "index.html": ""}
    assert "node_modules/vite/bin/vite.js" in made(files, "pnpm")["dev"]
    assert "node_modules/.bin/vite" in made(files, "npm")["dev"]


def test_a_member_alone_is_told_that_its_siblings_are_missing() -> None:
    (web,) = [f for f in detect(Tree({**WORKSPACE, **SECOND})).findings if f.path == "apps/web"]
    assert "workspace-member" in {warning.code for warning in web.warnings}
    assert web.from_root == {"member": "apps/web"}
    (alone,) = detect(
        Tree(
            {
                "package.json": '{"scripts": {"start": "node a.js"}, "dependencies": {"lib": "workspace:*"}}',
                "a.js": EXPRESS,
            }
        )
    ).findings
    assert "workspace-member" in {warning.code for warning in alone.warnings}


def test_the_script_of_the_root_builds_a_member() -> None:
    root = '{"private": true, "workspaces": ["apps/*", "packages/*"], "scripts": {"build": "turbo build"}}'
    facts = made({**WORKSPACE, "package.json": root})
    assert "build" not in facts or facts["build"] == (("npm", "run", "build"),)
    web = '{"name": "web", "scripts": {"start": "node dist/server.js", "build": "tsc"}}'
    compiled = {"apps/web/package.json": web, "apps/web/server.ts": EXPRESS,
                "apps/web/tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}'}  # fmt: skip
    assert made({**WORKSPACE, **compiled, "package.json": root})["build"] == (("npm", "run", "build"),)


def test_a_manifest_for_tools_leaves_a_site_of_plain_pages_alone() -> None:
    tools = package(scripts={"format": "prettier --write ."}, devDependencies=["prettier"])
    found = detect(Tree({"package.json": tools, "index.html": "<!doctype html><html></html>"})).findings
    assert [finding.stack for finding in found] == ["static"]


def test_a_member_is_built_with_what_the_root_of_its_workspace_has() -> None:
    """Seen (excalidraw): vite stands in the root's package.json, and the member only runs it."""
    root = package(workspaces=["web"], scripts={"build": "yarn --cwd ./web build", "start": "yarn --cwd ./web start"},
                   devDependencies=["vite"])  # fmt: skip
    member = package(name="web", scripts={"build": "vite build", "start": "vite"})
    files = {"package.json": root, "yarn.lock": "# yarn lockfile v1\n", "web/package.json": member,
             "web/index.html": "<p>", "web/vite.config.js": "export default { build: { outDir: 'build' } }\n"}  # fmt: skip
    facts = made(files)
    assert (facts["kind"], facts["framework"], facts["site"]) == ("static", "vite", "web/build")
    assert "/app/node_modules/.bin/vite" in facts["dev"]
