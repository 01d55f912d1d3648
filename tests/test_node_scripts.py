"""Scripts of package.json, followed to the file that Node.js runs."""

# ruff: noqa: E501  configurations stand on one line, as they are written
from __future__ import annotations

from nodeapps import package, program_of, start_of


def test_a_plain_command_is_itself() -> None:
    start = start_of({"start": "node dist/main.js --quiet"})
    assert start.argv == ("node", "dist/main.js", "--quiet")
    assert start.source == "package.json:5"


def test_a_script_leads_to_another() -> None:
    scripts = {"start": "npm run start:prod", "start:prod": "node dist/main"}
    assert start_of(scripts).argv == ("node", "dist/main")
    assert start_of(scripts).source == "package.json:6"
    for runner in (
        "yarn start:prod",
        "yarn run start:prod",
        "pnpm start:prod",
        "pnpm run start:prod",
        "bun run start:prod",
    ):
        assert start_of({**scripts, "start": runner}).argv == ("node", "dist/main"), runner


def test_a_script_that_leads_to_itself_ends() -> None:
    tree_of_loops = {"start": "npm run again", "again": "npm start"}
    try:
        start_of(tree_of_loops)
    except AssertionError:
        return
    raise AssertionError("a loop is nothing to start")


def test_arguments_are_passed_on() -> None:
    scripts = {"start": "npm run serve -- --port 8080", "serve": "node server.js --host 0.0.0.0"}
    assert start_of(scripts).argv == ("node", "server.js", "--host", "0.0.0.0", "--port", "8080")


def test_wrappers_of_the_environment_are_taken_off() -> None:
    for script in (
        "cross-env NODE_ENV=production PORT=4000 node server.js",
        "NODE_ENV=production PORT=4000 node server.js",
        "set NODE_ENV=production && set PORT=4000 && node server.js",
        "env-cmd -f .env cross-env NODE_ENV=production PORT=4000 node server.js",
        "dotenv -e .env.production -- cross-env NODE_ENV=production PORT=4000 node server.js",
    ):
        start = start_of({"start": script})
        assert start.argv == ("node", "server.js"), script
        assert dict(start.environment)["PORT"] == "4000", script


def test_secret_managers_and_npx_are_taken_off() -> None:
    for script in (
        "doppler run -- node server.js", "dotenvx run -f .env -- node server.js", "npx node server.js",
        "npm exec -- node server.js", "pnpm exec node server.js", "yarn node server.js",
    ):  # fmt: skip
        assert start_of({"start": script}).argv == ("node", "server.js"), script


def test_options_after_two_dashes_stay_with_the_program() -> None:
    assert start_of({"start": "npx serve -s build -- --x"}).argv == ("serve", "-s", "build", "--", "--x")


def test_what_runs_first_is_kept_apart() -> None:
    scripts = {"start": "npm run build && prisma migrate deploy && node dist/index.js", "build": "tsc -p ."}
    start = start_of(scripts)
    assert start.argv == ("node", "dist/index.js")
    assert [step.argv for step in start.before] == [("tsc", "-p", "."), ("prisma", "migrate", "deploy")]


def test_a_prestart_script_runs_first() -> None:
    start = start_of({"prestart": "npm run build", "build": "tsc", "start": "node dist/index.js"})
    assert [step.argv for step in start.before] == [("tsc",)]


def test_a_start_in_the_folder_of_a_member() -> None:
    member = {"apps/web/package.json": package(name="@shop/web", scripts={"start": "node server.js"})}
    for script in (
        "cd apps/web && npm start", "npm --prefix apps/web start", "npm start -w @shop/web",
        "npm start --workspace=apps/web", "yarn workspace @shop/web start", "yarn --cwd apps/web start",
        "pnpm --filter @shop/web start", "pnpm -C apps/web start", "pnpm --filter=web run start",
        "turbo run start --filter=web", "turbo start", "lerna run start --scope=@shop/web", "nx start web",
    ):  # fmt: skip
        start = start_of({"start": script}, member)
        assert (start.argv, start.folder) == (("node", "server.js"), "apps/web"), script
        assert start.source.startswith("apps/web/package.json"), script


def test_a_task_that_several_members_have_leads_nowhere() -> None:
    members = {f"apps/{name}/package.json": package(scripts={"start": "node x.js"}) for name in ("a", "b")}
    try:
        start_of({"start": "turbo run start"}, members)
    except AssertionError:
        return
    raise AssertionError("nobody said which")


def test_several_scripts_in_order() -> None:
    scripts = {"start": "run-s build serve", "build": "tsc", "serve": "node dist/app.js"}
    start = start_of(scripts)
    assert start.argv == ("node", "dist/app.js")
    assert [step.argv for step in start.before] == [("tsc",)]


def test_the_file_of_a_command() -> None:
    for script, file, tool in (
        ("node server.js", "server.js", ""),
        ("node ./bin/www", "bin/www", ""),
        (
            "node --max-old-space-size=4096 -r dotenv/config dist/main dotenv_config_path=.env",
            "dist/main",
            "",
        ),
        ("nodemon server.js", "server.js", ""),
        ("nodemon --exec babel-node src/index.js", "src/index.js", "babel"),
        ("nodemon --watch src --ext ts --exec 'ts-node src/index.ts'", "src/index.ts", "ts-node"),
        ("ts-node -r tsconfig-paths/register src/main.ts", "src/main.ts", "ts-node"),
        ("ts-node --project tsconfig.server.json server/index.ts", "server/index.ts", "ts-node"),
        ("node -r ts-node/register ./src/app.ts", "src/app.ts", "ts-node"),
        ("node --import tsx src/app.ts", "src/app.ts", "tsx"),
        ("tsx watch src/app.ts", "src/app.ts", "tsx"),
        ("ts-node-dev --respawn --transpile-only src/app.ts", "src/app.ts", "ts-node"),
        ("pm2-runtime start dist/index.js --name api", "dist/index.js", ""),
        ("pm2-runtime dist/index.js", "dist/index.js", ""),
        ("forever start app.js", "app.js", ""),
        ("bun run index.ts", "index.ts", "bun"),
    ):
        program = program_of(script)
        assert program is not None, script
        assert (program.file, program.tool) == (file, tool), script


def test_a_command_that_runs_no_file_is_no_program() -> None:
    for script in ("next start", "vite preview", "serve -s build", "node -e 1", "node --test", "node $FILE"):
        assert program_of(script) is None, script


def test_a_debugger_and_a_watcher_are_not_kept() -> None:
    program = program_of(
        "node --inspect=0.0.0.0:9229 --watch --max-old-space-size=512 --env-file=.env server.js a b"
    )
    assert program is not None
    assert program.options == ("--max-old-space-size=512",)
    assert program.arguments == ("a", "b")
    assert program.watches


def test_nodemon_reads_its_own_configuration() -> None:
    config = {"nodemon.json": '{"exec": "ts-node ./src/index.ts", "watch": ["src"]}'}
    program = program_of("nodemon", config)
    assert program is not None
    assert (program.file, program.tool, program.watches) == ("src/index.ts", "ts-node", True)
    program = program_of("nodemon", nodemonConfig={"exec": "tsx src/app.ts"})
    assert program is not None
    assert program.file == "src/app.ts"


def test_nodemon_alone_runs_the_main_file() -> None:
    program = program_of("nodemon", main="app.js")
    assert program is not None
    assert program.file == "app.js"


def test_pm2_reads_its_ecosystem() -> None:
    files = {
        "ecosystem.config.js": "module.exports = { apps: [{ name: 'api', script: './dist/app.js', cwd: '.' }] }"
    }
    program = program_of("pm2-runtime start ecosystem.config.js --env production", files)
    assert program is not None
    assert (program.file, program.source) == ("dist/app.js", "ecosystem.config.js")


def test_a_comment_is_no_ecosystem() -> None:
    files = {
        "ecosystem.config.js": "// module.exports = { apps: [{ script: './dist/app.js' }] }\nmodule.exports = {}"
    }
    assert program_of("pm2-runtime ecosystem.config.js", files) is None
