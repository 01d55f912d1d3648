"""Why other generators' files fail on real projects: each cause that can touch Node.js and sites."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from composefile import read_compose
from dockerfile import Ignore
from written import Written, written

from scaffold.detect import detect
from scaffold.errors import NothingFound
from scaffold.model import Fact
from scaffold.packs import builtin
from scaffold.plan import make_plan
from scaffold.reading.tree import Tree

EXPRESS = (
    'const express = require("express");\nconst app = express();\n'
    'app.get("/", (req, res) => res.send("hello"));\napp.listen(process.env.PORT || 3000);\n'
)
FASTIFY = 'const app = require("fastify")();\n'
SERVER = {"server.js": EXPRESS}
PAGE = {"index.html": "<!doctype html><title>Shop</title>\n", "src/main.js": "document.title = 'Shop'\n"}
TSCONFIG = json.dumps({"compilerOptions": {"module": "nodenext", "rootDir": "src", "outDir": "dist"}})


def manifest(**fields: Any) -> dict[str, str]:
    """A package.json: dependencies as names or with their ranges, and whatever else."""
    for key in ("dependencies", "devDependencies"):
        if isinstance(fields.get(key), (list, tuple)):
            fields[key] = dict.fromkeys(fields[key], "^1.0.0")
    return {"package.json": json.dumps({"name": "shop", "version": "1.0.0", **fields}, indent=2)}


def locked(version: int = 3, **fields: Any) -> dict[str, str]:
    """A package.json, and the package-lock.json that npm would write for it."""
    files = manifest(**fields)
    data = json.loads(files["package.json"])
    wanted = {key: data[key] for key in ("dependencies", "devDependencies") if key in data}
    versions = {
        name: re.sub(r"[^\d.]", "", wish) for group in wanted.values() for name, wish in group.items()
    }
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    lock: dict[str, Any] = {"name": "shop", "version": "1.0.0", "lockfileVersion": version}
    if version == 1:
        lock["dependencies"] = {name: {"version": version} for name, version in versions.items()}
    else:
        lock["packages"] = {"": {"name": "shop", "version": "1.0.0", **wanted}, **packages}
    return {**files, "package-lock.json": json.dumps(lock)}


def vite(**fields: Any) -> dict[str, str]:
    """A page that Vite builds."""
    scripts = {"dev": "vite", "build": "vite build", **fields.pop("scripts", {})}
    return {**locked(scripts=scripts, devDependencies=["vite"], **fields), **PAGE}


def program(made: Written) -> str:
    """What node runs in prod; an image without a shell may name node in its entry point."""
    (command,) = made.stages["prod"].all("CMD")
    assert command.is_exec_form
    assert all(each.is_exec_form for each in made.stages["prod"].all("ENTRYPOINT"))
    return " ".join(command.arguments).removeprefix("node ")


def is_a_site(made: Written) -> bool:
    """Say whether a web server serves files, and nothing of the project runs."""
    image = made.stages["prod"].image
    return "nginx" in (made.stages["base"].image if image == "base" else image)


def bound(made: Written, stage: str) -> set[str]:
    """The files of the context that the RUNs of STAGE see, and those that are copied to it."""
    runs, copies = made.stages[stage].all("RUN"), made.stages[stage].all("COPY")
    mounts = [
        mount for run in runs for mount in run.mounts if mount["type"] == "bind" and "from" not in mount
    ]
    sources = {path for copy in copies if not copy.flag("from") for path in copy.arguments[:-1]}
    return {mount["source"] for mount in mounts} | sources


def text(made: Written) -> str:
    """The Dockerfile without its comments."""
    return "\n".join(line for line in made.files["Dockerfile"].splitlines() if not line.startswith("#"))


# -- choosing what to run


@pytest.mark.parametrize(
    ("fields", "files", "runs"),
    [
        ({"main": "lib/serve.js"}, {"lib/serve.js": EXPRESS}, "lib/serve.js"),
        ({"scripts": {"start": "node bin/www"}}, {"bin/www": EXPRESS}, "bin/www"),
        ({}, {"Procfile": "web: node api/serve.js\n", "api/serve.js": EXPRESS}, "api/serve.js"),
        ({"main": "./api"}, {"api/index.js": EXPRESS}, "api/index.js"),
    ],
    ids=["main", "script", "procfile", "folder"],
)
def test_a_server_is_found_under_any_name(fields: dict[str, Any], files: dict[str, str], runs: str) -> None:
    """Seen: "No start command found … a file with another name than `app.py` or `main.py`"."""
    made = written({**locked(dependencies=["express"], **fields), **files})
    assert re.fullmatch(rf"(?:\./)?{re.escape(runs)}", program(made))


def test_a_file_that_is_not_there_is_not_started() -> None:
    """Seen: "`node index.js` assumed where there is no such file"; npm itself writes that `main`."""
    made = written({**locked(dependencies=["express"], main="index.js"), "app.js": EXPRESS})
    assert program(made).removeprefix("./") == "app.js"


@pytest.mark.parametrize(
    ("script", "files"),
    [
        ("npm run serve", {}),
        ("NODE_ENV=production node server.js", {}),
        ("cross-env NODE_ENV=production node ./server.js", {}),
        ("nodemon server.js", {}),
        ("node --watch server.js", {}),
        ("node server", {}),
        ("node .", {"index.js": 'require("./server");\n'}),
    ],
)
def test_what_runs_is_node_and_never_npm(script: str, files: dict[str, str]) -> None:
    """Seen: "`npm start` or `corepack` at run time"; "npm swallows SIGTERM"."""
    scripts = {"start": script, "serve": "node server.js"}
    made = written({**locked(dependencies=["express"], scripts=scripts), **SERVER, **files})
    assert program(made).removeprefix("./") in {"server.js", "index.js"}
    assert "corepack" not in text(made)
    assert not re.search(r"\b(?:npm|nodemon|cross-env)\b", str(made.compose["web"]))


@pytest.mark.parametrize(
    ("scripts", "dependencies", "files", "runs"),
    [
        (
            {"start": "next dev", "build": "next build"},
            {"next": "16.4.5", "react": "19.3.1", "react-dom": "19.3.1"},
            {"app/page.jsx": "export default function Page() { return null }\n"},
            "server.js",
        ),
        (
            {"start": "nest start --watch", "build": "nest build"},
            {"@nestjs/core": "^12.0.0", "@nestjs/common": "^12.0.0", "@nestjs/platform-express": "^12.0.0"},
            {
                "nest-cli.json": '{"sourceRoot": "src"}',
                "tsconfig.json": '{"compilerOptions": {"outDir": "./dist"}}',
                "src/main.ts": 'import { NestFactory } from "@nestjs/core"\n'
                'import { AppModule } from "./app.module.js"\n'
                "const app = await NestFactory.create(AppModule)\nawait app.listen(3000)\n",
                "src/app.module.ts": "export class AppModule {}\n",
            },
            "dist/main.js",
        ),
        (
            {"start": "tsx watch src/server.ts", "build": "tsc"},
            {"express": "^5.0.0"},
            {"tsconfig.json": TSCONFIG, "src/server.ts": EXPRESS},
            "dist/server.js",
        ),
    ],
    ids=["next", "nest", "tsx"],
)
def test_a_development_server_is_not_production(
    scripts: dict[str, str], dependencies: dict[str, str], files: dict[str, str], runs: str
) -> None:
    """Seen: "a development server (`vite`, `next dev` …) taken for production"."""
    made = written({**locked(scripts=scripts, dependencies=dependencies), **files})
    assert program(made).removeprefix("./") == runs
    assert "npm run build" in made.runs("build")


@pytest.mark.parametrize("start", ["vite", "vite preview", "npm run preview", "serve -s dist", "vite --host"])
def test_a_front_end_is_no_server(start: str) -> None:
    """Seen: "`npm run preview` (Vite's preview server) …"; "A static front end started as a server"."""
    made = written(vite(scripts={"start": start, "preview": "vite preview"}))
    assert is_a_site(made)
    assert "vite" not in program(made)


def test_a_server_is_no_front_end() -> None:
    """Seen: "A static front end started as a server, and the opposite": this one serves what Vite built."""
    code = EXPRESS + 'app.use(express.static("dist"));\n'
    files = vite(scripts={"start": "node server.js"}, dependencies=["express"])
    made = written({**files, "server.js": code})
    assert not is_a_site(made)
    assert program(made) == "server.js"
    assert "npm run build" in made.runs("build")


ANGULAR = {
    "angular.json": json.dumps(
        {
            "version": 1,
            "projects": {
                "shop": {
                    "projectType": "application",
                    "root": "",
                    "architect": {
                        "build": {
                            "builder": "@angular/build:application",
                            "options": {"outputPath": "dist/shop", "browser": "src/main.ts"},
                        }
                    },
                }
            },
        }
    ),
    "src/main.ts": 'import { bootstrapApplication } from "@angular/platform-browser"\n',
    "src/index.html": PAGE["index.html"],
}
SITES: list[tuple[str, dict[str, str], dict[str, str], dict[str, str], str]] = [
    ("vite", {"build": "vite build"}, {"vite": "^8.0.0"}, PAGE, "dist"),
    (
        "vite-elsewhere",
        {"build": "vite build"},
        {"vite": "^8.0.0"},
        {
            **PAGE,
            "vite.config.js": 'import { defineConfig } from "vite"\n'
            'export default defineConfig({ build: { outDir: "build" } })\n',
        },
        "build",
    ),
    (
        "create-react-app",
        {"start": "react-scripts start", "build": "react-scripts build"},
        {"react": "^18.0.0", "react-dom": "^18.0.0", "react-scripts": "5.0.1"},
        {"public/index.html": PAGE["index.html"], "src/index.js": 'import React from "react"\n'},
        "build",
    ),
    (
        "next-export",
        {"build": "next build", "start": "next start"},
        {"next": "16.4.5", "react": "19.3.1", "react-dom": "19.3.1"},
        {
            "next.config.mjs": 'export default { output: "export" }\n',
            "app/page.jsx": "export default function Page() { return null }\n",
        },
        "out",
    ),
    (
        "gatsby",
        {"build": "gatsby build", "start": "gatsby develop"},
        {"gatsby": "^5.0.0", "react": "^18.0.0", "react-dom": "^18.0.0"},
        {"gatsby-config.js": "module.exports = {}\n", "src/pages/index.js": 'import React from "react"\n'},
        "public",
    ),
    (
        "eleventy",
        {"build": "eleventy", "start": "eleventy --serve"},
        {"@11ty/eleventy": "^3.0.0"},
        {"index.md": "# Shop\n"},
        "_site",
    ),
    (
        "nuxt-generate",
        {"build": "nuxt generate"},
        {"nuxt": "^4.0.0"},
        {
            "nuxt.config.ts": "export default defineNuxtConfig({})\n",
            "app/app.vue": "<template>x</template>\n",
        },
        ".output/public",
    ),
    (
        "angular",
        {"build": "ng build", "start": "ng serve"},
        {"@angular/core": "^22.0.0", "@angular/cli": "^22.0.0", "@angular/build": "^22.0.0"},
        ANGULAR,
        "dist/shop/browser",
    ),
]


@pytest.mark.parametrize(
    ("scripts", "dependencies", "files", "folder"),
    [each[1:] for each in SITES],
    ids=[each[0] for each in SITES],
)
def test_the_folder_of_a_built_site_is_its_own(
    scripts: dict[str, str], dependencies: dict[str, str], files: dict[str, str], folder: str
) -> None:
    """Seen: "Output folders assumed to be `dist` (… `build`, `out`, `public`, `_site`, …)"."""
    made = written({**locked(scripts=scripts, dependencies=dependencies), **files})
    assert is_a_site(made)
    assert "npm run build" in made.runs("build")
    copied = {
        source.rstrip("/") for copy in made.stages["prod"].all("COPY") for source in copy.arguments[:-1]
    }
    assert f"/app/{folder}" in copied


def test_plain_pages_are_served_and_nothing_runs() -> None:
    """Seen: "A static front end started as a server"."""
    made = written({"index.html": PAGE["index.html"], "404.html": "<h1>Nothing</h1>\n", "css/site.css": ""})
    assert is_a_site(made)
    assert [each.rest for each in made.stages["prod"].all("EXPOSE")] == ["8080"]


def test_a_start_script_of_the_root_leads_to_its_member() -> None:
    """Seen: "Output folders assumed … (a build of a workspace)": what starts is where the script leads."""
    files = locked(workspaces=["apps/*"], scripts={"start": "npm start -w api"})
    member = {"name": "api", "version": "1.0.0", "scripts": {"start": "node serve.js"}}
    made = written({**files, "apps/api/package.json": json.dumps(member), "apps/api/serve.js": EXPRESS})
    assert program(made).endswith("serve.js")
    assert "apps/api" in text(made)
    assert "apps/api/package.json" in bound(made, "deps") or "." in bound(made, "deps")


# -- installing


def pnpm_lock(version: str) -> str:
    """What pnpm wrote, by the version of its format."""
    head = f"lockfileVersion: {version if version.startswith('5') else repr(version)}\n"
    package = "resolution: {integrity: sha512-x}\n"
    if version.startswith("5"):
        body = (
            "specifiers:\n  express: ^1.0.0\ndependencies:\n  express: 1.0.0\n"
            f"packages:\n  /express/1.0.0:\n    {package}"
        )
    elif version.startswith("6"):
        body = (
            "dependencies:\n  express:\n    specifier: ^1.0.0\n    version: 1.0.0\n"
            f"packages:\n  /express@1.0.0:\n    {package}"
        )
    else:
        body = (
            "importers:\n  .:\n    dependencies:\n      express:\n"
            "        specifier: ^1.0.0\n        version: 1.0.0\n"
            f"packages:\n  express@1.0.0:\n    {package}snapshots:\n  express@1.0.0: {{}}\n"
        )
    return head + body


def pnpm(lock: str, **fields: Any) -> dict[str, str]:
    """A server that pnpm installs."""
    return {**manifest(dependencies=["express"], **fields), **SERVER, "pnpm-lock.yaml": lock}


@pytest.mark.parametrize(
    ("version", "majors"), [("5.3", {"6", "7"}), ("5.4", {"7"}), ("6.0", {"8"}), ("9.0", {"9", "10"})]
)
def test_the_lock_file_says_which_pnpm_wrote_it(version: str, majors: set[str]) -> None:
    """Seen: "pnpm taken at its newest: pnpm 12 refuses lock files of version 5 and 6"."""
    made = written(pnpm(pnpm_lock(version)))
    installed = re.findall(r"\bpnpm@(\d+)\.\d+\.\d+", made.runs("base", "deps"))
    assert installed
    assert set(installed) <= majors
    assert not {"lock-missing", "lock-outdated"} & made.codes
    assert "--frozen-lockfile" in made.runs("deps")


def test_a_pnpm_that_is_stated_is_that_pnpm() -> None:
    """Seen: "With no `packageManager`, the lock file's version says …": with one, that one."""
    made = written(pnpm(pnpm_lock("9.0"), packageManager="pnpm@11.28.11+sha512.abc"))
    assert "pnpm@11.28.11" in made.runs("base", "deps")
    assert "sha512.abc" not in text(made)


PINNED = """\
---
lockfileVersion: '9.0'

importers:

  .:
    configDependencies: {}
    packageManagerDependencies:
      pnpm:
        specifier: 12.18.0
        version: 12.18.0

packages:

  pnpm@12.18.0:
    resolution: {integrity: sha512-x}

---
"""


@pytest.mark.parametrize("first", ["", PINNED], ids=["one document", "two documents"])
def test_pnpm_12_takes_a_lock_file_without_its_own_pin(first: str) -> None:
    """Seen: "pnpm taken at its newest": its own version, missing in the lock file, fails `--frozen-lockfile`.

    https://pnpm.io/settings#pmonfail
    """
    made = written(pnpm(first + pnpm_lock("9.0"), packageManager="pnpm@12.18.0"))
    assert not {"lock-missing", "lock-outdated"} & made.codes
    assert "--frozen-lockfile" in made.runs("deps")
    assert re.search(r"pnpm_config_pm_on_fail=\"?ignore|pm-on-fail[= ]ignore", text(made))


def test_the_build_scripts_that_pnpm_refuses_are_allowed_and_said() -> None:
    """Seen: "since 11 **fails** on dependencies whose build scripts nobody approved"."""
    lock = pnpm_lock("9.0").replace("express", "sqlite3").replace("1.0.0", "5.1.7")
    files = manifest(dependencies={"sqlite3": "^5.1.7"}, packageManager="pnpm@12.21.0")
    code = 'require("sqlite3");\nrequire("http").createServer().listen(3000);\n'
    made = written({**files, "pnpm-lock.yaml": lock, "server.js": code})
    assert "build-scripts" in made.codes
    assert re.search(r"allowBuilds[^\n]*sqlite3", made.runs("deps"))


def test_the_build_scripts_that_nobody_needs_fail_no_install() -> None:
    """Seen: "since 11 **fails** on dependencies whose build scripts nobody approved"."""
    made = written(pnpm(pnpm_lock("9.0"), packageManager="pnpm@11.28.11"))
    assert "--config.strictDepBuilds=false" in made.runs("deps")


YARN = 'express@^1.0.0:\n  version "1.0.0"\n'


def test_a_manager_that_the_image_does_not_bring_is_installed() -> None:
    """Seen: "The images of Node.js 26 bring neither corepack nor yarn classic"."""
    files = {**manifest(dependencies=["express"], engines={"node": "26"}), **SERVER}
    made = written({**files, "yarn.lock": f"# yarn lockfile v1\n\n\n{YARN}"})
    assert made.stages["base"].image.startswith("node:26-")
    assert re.search(r"\byarn@1\.22\.\d+", made.runs("base", "deps"))
    assert "corepack" not in text(made)


def test_npm_6_is_not_asked_for_a_lock_file_that_it_does_not_know() -> None:
    """Seen: "npm of the Node.js release in use does not know the lock file's version"."""
    made = written({**locked(3, dependencies=["express"], main="server.js"), **SERVER, ".nvmrc": "14\n"})
    release = re.match(r"node:(\d+)-", made.stages["base"].image)
    assert release
    assert int(release[1]) >= 15 or re.search(r"\bnpm@\d+\.", made.runs("base", "deps"))


@pytest.mark.parametrize(
    ("engines", "release"),
    [(">=22 <23", "22"), ("^24.1.0", "24"), ("22.x || 24.x", "24"), (">= 22", "24"), ("26", "26")],
)
def test_the_images_release_is_one_that_the_project_takes(engines: str, release: str) -> None:
    """Seen: "an `engines` range is an error under `engine-strict`"; a range is parsed and never pasted."""
    files = {**locked(dependencies=["express"], engines={"node": engines}), **SERVER}
    made = written({**files, ".npmrc": "engine-strict=true\n"})
    assert re.fullmatch(rf"node:{release}-\w+-slim", made.stages["base"].image)


@pytest.mark.parametrize("said", ["lts/*", "v24.3.0", "24", "node", "lts/krypton", ">=", "$NODE"])
def test_a_version_is_parsed_and_not_pasted(said: str) -> None:
    """Seen: "A … version like `>=` … pasted into an image's tag"."""
    made = written({**locked(dependencies=["express"]), **SERVER, ".nvmrc": f"{said}\n"})
    assert re.fullmatch(r"node:(?:24|26)-\w+-slim", made.stages["base"].image)


LIFECYCLE = {
    "tsc": ({"postinstall": "tsc --build"}, {"tsconfig.json": TSCONFIG, "src/server.ts": EXPRESS}),
    "prisma": ({"postinstall": "prisma generate"}, {"prisma/schema.prisma": "generator client {}\n"}),
    "own": ({"prepare": "node scripts/make.js"}, {"scripts/make.js": "console.log(1)\n"}),
}


@pytest.mark.parametrize(("scripts", "files"), LIFECYCLE.values(), ids=LIFECYCLE)
def test_the_projects_own_scripts_run_when_their_source_is_there(
    scripts: dict[str, str], files: dict[str, str]
) -> None:
    """Seen: "Lifecycle scripts (…) run by the install before the source they need is there"."""
    project = locked(
        scripts={**scripts, "start": "node server.js"},
        dependencies=["express"],
        devDependencies=["typescript", "prisma"],
    )
    made = written({**project, **SERVER, **files})
    (name,) = scripts
    build = [f"{each.word} {each.rest}" for each in made.stages["build"].instructions]
    after = build[build.index("COPY . .") :]
    source = next(iter(files))
    assert any(f"npm run {name}" in each for each in after) or source in bound(made, "deps")
    assert f"npm run {name}" not in made.runs("deps", "prod-deps")


@pytest.mark.parametrize("script", ["husky", "husky install", "simple-git-hooks", "lefthook install"])
def test_git_hooks_are_not_for_an_image(script: str) -> None:
    """Seen: "Lifecycle scripts (… `husky` …)": production does not have it, and there is no repository."""
    tool = script.split()[0]
    files = locked(scripts={"prepare": script}, dependencies=["express"], devDependencies=[tool])
    made = written({**files, **SERVER})
    assert "run prepare" not in text(made)
    assert re.search(r"pkg delete [^\n]*scripts\.prepare|--ignore-scripts", made.runs("prod-deps"))


def test_what_production_runs_is_patched() -> None:
    """Seen: "Lifecycle scripts … (… `patch-package`)": its patches are there when it runs."""
    files = locked(
        scripts={"postinstall": "patch-package"}, dependencies=["express", "patch-package"], main="server.js"
    )
    made = written({**files, **SERVER, "patches/express+1.0.0.patch": "--- a\n+++ b\n"})
    late = made.stages["prod-deps"].image == "build" and "npm run postinstall" in made.runs("build")
    assert late or any(path.startswith("patches") for path in bound(made, "prod-deps"))
    assert "patches/express+1.0.0.patch" not in Ignore(made.files[".dockerignore"])


def test_a_build_has_the_tools_that_production_has_not() -> None:
    """Seen: "Install with production dependencies only, then a build that needs the others"."""
    files = locked(scripts={"build": "tsc"}, dependencies=["express"], devDependencies=["typescript"])
    made = written(
        {
            **files,
            "tsconfig.json": TSCONFIG,
            "src/server.ts": EXPRESS,
            "Procfile": "web: node dist/server.js\n",
        }
    )
    assert made.stages["build"].image == "deps"
    assert "npm ci" in made.runs("deps")
    assert "--omit" not in made.runs("deps")
    assert re.search(r"npm ci\b[^\n]* --omit=dev", made.runs("prod-deps"))
    modules = [c for c in made.stages["prod"].all("COPY") if "node_modules" in c.rest]
    assert [copy.flag("from") for copy in modules] == ["prod-deps"]


def test_the_build_does_not_install_for_production() -> None:
    """Seen: "`NODE_ENV=production` set before the build's install"."""
    made = written({**locked(dependencies=["express"], scripts={"build": "echo 1"}), **SERVER})
    for stage in ("base", "deps"):
        assert "NODE_ENV=production" not in " ".join(each.rest for each in made.stages[stage].all("ENV"))
    assert "NODE_ENV=production" in " ".join(each.rest for each in made.stages["prod"].all("ENV"))


LOCKS = {
    "npm": ({}, "package-lock.json", "{}", "npm ci", "npm install"),
    "yarn": (
        {"packageManager": "yarn@1.22.22"},
        "yarn.lock",
        '# yarn lockfile v1\n\n\nkoa@^1.0.0:\n  version "1.0.0"\n',
        "--frozen-lockfile",
        "yarn install",
    ),
    "pnpm": (
        {"packageManager": "pnpm@10.34.9"},
        "pnpm-lock.yaml",
        pnpm_lock("9.0").replace("express", "koa"),
        "pnpm install --frozen-lockfile",
        "pnpm install",
    ),
    "bun": (
        {"packageManager": "bun@1.4.5"},
        "bun.lock",
        '{"lockfileVersion": 1, "workspaces": {"": {"name": "shop"}}, "packages": {}}',
        "bun install --frozen-lockfile",
        "bun install",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "path", "lock", "refused", "install"), LOCKS.values(), ids=LOCKS)
@pytest.mark.parametrize("there", [False, True], ids=["missing", "outdated"])
def test_a_lock_file_missing_or_out_of_date_is_said_and_builds(
    fields: dict[str, str], path: str, lock: str, refused: str, install: str, there: bool
) -> None:
    """Seen: "No lock file: `npm ci` fails. A lock file out of date with its manifest …"."""
    if path == "package-lock.json":
        lock = locked(3, dependencies=["koa"])[path]
    files = {**manifest(dependencies=["express"], **fields), **SERVER, **({path: lock} if there else {})}
    made = written(files)
    assert ("lock-outdated" if there else "lock-missing") in made.codes
    assert refused not in made.runs("deps", "prod-deps")
    assert install in made.runs("deps")


def test_a_lock_file_in_date_is_kept_to() -> None:
    """The fall-back of the test above is for the others only."""
    made = written({**locked(dependencies=["express"]), **SERVER})
    assert not {"lock-missing", "lock-outdated"} & made.codes
    assert "npm ci" in made.runs("deps")
    assert "npm install" not in made.runs("deps", "prod-deps")


@pytest.mark.parametrize(("name", "wish"), [("better-sqlite3", "^11.0.0"), ("bcrypt", "^5.1.0")])
def test_what_must_be_compiled_has_its_compiler(name: str, wish: str) -> None:
    """Seen: "… on a slim image without headers and compiler"; in the build, and not in production."""
    files = {**locked(dependencies={"express": "^5.0.0", name: wish}), **SERVER}
    made = written(files)
    assert {"python3", "make", "g++"} <= set(made.runs("base", "deps").split())
    assert not {"make", "g++"} & set(made.runs("prod").split())
    assert made.stages["prod"].image not in made.stages


@pytest.mark.parametrize(
    "start",
    [
        "yarn node server.js",
        "node -r ./.pnp.cjs server.js",
        "node --require ./.pnp.cjs --experimental-loader ./.pnp.loader.mjs server.js",
    ],
)
def test_what_plug_and_play_loads_is_in_node_modules(start: str) -> None:
    """Built: the image has node_modules, and a start that loads .pnp.cjs would end there."""
    stated = manifest(scripts={"start": start}, dependencies=["express"], packageManager="yarn@4.9.2")
    pnp = {".yarnrc.yml": "nodeLinker: pnp\n", ".pnp.cjs": "", ".pnp.loader.mjs": "", "server.js": EXPRESS}
    made = written({**stated, **pnp})
    assert made.plan.values["start"].value == ("node", "server.js")
    assert "YARN_NODE_LINKER=node-modules" in made.files["Dockerfile"]
    assert ".pnp.cjs" in Ignore(made.files[".dockerignore"])


def test_git_is_there_for_a_dependency_from_git() -> None:
    """Seen: "`git` needed by the module download"; in the build, and not in production."""
    files = manifest(dependencies={"express": "^5.0.0", "lib": "git+https://git.example/acme/lib.git#v1"})
    made = written({**files, **SERVER})
    assert "git" in made.runs("base", "deps").split()
    assert "git" not in made.runs("prod").split()
    assert made.stages["prod"].image not in made.stages


def test_what_the_build_reads_is_not_ignored() -> None:
    """Seen: "A build that reads `.git` … or files that .dockerignore left out"."""
    made = written({**vite(), ".env.production": "VITE_NAME=shop\n", ".env": "SECRET=x\n"})
    ignored = Ignore(made.files[".dockerignore"])
    assert {
        path: path in ignored for path in (".env.production", ".env", ".git", "node_modules", "dist")
    } == {
        ".env.production": False,
        ".env": True,
        ".git": True,
        "node_modules": True,
        "dist": True,
    }


def test_a_token_that_is_written_down_is_refused() -> None:
    """Seen: nothing of it in the field; the rule is the design's: nothing secret in an image."""
    token = "npm_0123456789abcdefghij"
    npmrc = f"//registry.acme.example/:_authToken={token}\n"
    with pytest.raises(NothingFound) as refusal:
        written({**locked(dependencies=["express"]), **SERVER, ".npmrc": npmrc})
    said = str(refusal.value)
    assert said.startswith(".npmrc:1: ")
    assert "${NPM_TOKEN}" in said
    assert "--secret id=NPM_TOKEN" in said
    assert token not in said


def test_the_recipe_for_a_token_is_one_that_builds() -> None:
    """What the test above refuses, as it then says to write it."""
    npmrc = "//registry.acme.example/:_authToken=${NPM_TOKEN}\n"
    made = written({**locked(dependencies=["express"]), **SERVER, ".npmrc": npmrc})
    assert "literal-secret" not in made.codes
    assert ".npmrc" in bound(made, "deps")
    assert "type=secret,id=NPM_TOKEN,env=NPM_TOKEN" in made.files["Dockerfile"]


def test_a_program_on_bun_is_refused_until_somebody_says_how_node_runs_it() -> None:
    """Seen: images that start what is not in them; `bun` installs here, and nothing runs by it."""
    files = {**manifest(scripts={"start": "bun index.js"}, dependencies=["express"]), "index.js": EXPRESS}
    with pytest.raises(NothingFound, match=r"^package.json:\d+: the program runs on bun, .*--set start="):
        written(files)
    answers = {"start": Fact(("node", "index.js"), "answer: flag")}
    (finding,) = detect(Tree(files), answers).findings
    assert finding.refused is None
    assert make_plan(finding, builtin(), answers).values["start"].value == ("node", "index.js")


# -- running


@pytest.mark.parametrize(
    "code",
    [
        EXPRESS.replace("process.env.PORT || 3000", '3000, "127.0.0.1"'),
        EXPRESS.replace("process.env.PORT || 3000", '3000, "localhost"'),
        FASTIFY + "app.listen({ port: 3000 });\n",
    ],
    ids=["address", "name", "fastify's default"],
)
def test_loopback_that_only_the_code_can_put_right_is_said(code: str) -> None:
    """Seen: "Bound to 127.0.0.1": nothing that we write is before the code's own word."""
    made = written({**locked(dependencies=["express", "fastify"], main="server.js"), "server.js": code})
    assert "loopback" in made.codes


def test_loopback_that_a_setting_puts_right_is_put_right() -> None:
    """Seen: "Bound to 127.0.0.1"; the code asks the environment first."""
    code = FASTIFY + 'app.listen({ port: 3000, host: process.env.HOST || "localhost" });\n'
    made = written({**locked(dependencies=["fastify"], main="server.js"), "server.js": code})
    assert "loopback" not in made.codes
    assert re.search(r"\bHOST=\"?0\.0\.0\.0", " ".join(each.rest for each in made.stages["prod"].all("ENV")))


@pytest.mark.parametrize(
    ("listen", "port"),
    [
        ("process.env.PORT || 4321", 4321),
        ("process.env.PORT ?? 4321", 4321),
        ("Number(process.env.PORT || '4321')", 4321),
        ("8123", 8123),
        ("process.env.SHOP_PORT || 5050", 5050),
    ],
)
def test_the_port_that_is_bound_is_the_one_exposed(listen: str, port: int) -> None:
    """Seen: "another port than the one exposed: `PORT` set by the Dockerfile but not read by the code"."""
    code = EXPRESS.replace("process.env.PORT || 3000", listen)
    made = written({**locked(dependencies=["express"], main="server.js"), "server.js": code})
    prod = made.stages["prod"]
    assert [each.rest for each in prod.all("EXPOSE")] == [str(port)]
    assert str(port) in prod.all("HEALTHCHECK")[0].rest
    assert made.compose["web"]["ports"] == [f"127.0.0.1:${{PORT:-{port}}}:{port}"]
    settings = " ".join(each.rest for each in prod.all("ENV"))
    assert re.findall(r"\bPORT=\"?(\d+)", settings) in ([], [str(port)])


def test_a_port_that_only_the_environment_says_is_said() -> None:
    """Seen: "`PORT` set by the Dockerfile but not read by the code", and the opposite."""
    code = EXPRESS.replace("process.env.PORT || 3000", "process.env.PORT")
    made = written({**locked(dependencies=["express"], main="server.js"), "server.js": code})
    prod = made.stages["prod"]
    (exposed,) = [each.rest for each in prod.all("EXPOSE")]
    settings = " ".join(each.rest for each in prod.all("ENV"))
    assert re.search(rf"\bPORT\b\W+{exposed}\b", settings)


def test_a_database_that_is_needed_is_in_compose() -> None:
    """Seen: "Needs a database … to start, and nothing says so: that is what compose.yaml is for"."""
    code = (
        'const { Pool } = require("pg");\n'
        "const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n"
    )
    made = written({**locked(dependencies=["express", "pg"], main="server.js"), "server.js": code + EXPRESS})
    assert "healthcheck" in made.compose["postgres"]
    assert made.compose["web"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "@postgres:5432/" in made.compose["web"]["environment"]["DATABASE_URL"]
    assert "@postgres" not in made.files["Dockerfile"]


def test_a_queue_has_its_broker() -> None:
    """Seen: "Needs … a broker"."""
    code = (
        'const { Worker } = require("bullmq");\n'
        'const connection = { host: process.env.REDIS_HOST || "localhost" };\n'
        'new Worker("mail", async () => {}, { connection });\n'
    )
    made = written({**locked(dependencies=["bullmq"], main="worker.js"), "worker.js": code})
    assert made.compose["worker"]["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert made.compose["worker"]["environment"]["REDIS_HOST"] == "redis"
    assert "ports" not in made.compose["worker"]


def test_a_required_variable_is_named() -> None:
    """Seen: "Needs … a required environment variable … and nothing says so"."""
    code = 'if (!process.env.PAYMENT_KEY) throw new Error("PAYMENT_KEY is not set");\n'
    made = written({**locked(dependencies=["express"], main="server.js"), "server.js": code + EXPRESS})
    assert made.compose["web"]["environment"]["PAYMENT_KEY"]
    assert re.search(r"#\s+PAYMENT_KEY\b", made.files["compose.prod.yaml"])
    assert "PAYMENT_KEY" not in made.files["Dockerfile"]


PRISMA = {
    "prisma/schema.prisma": 'generator client {\n  provider = "prisma-client-js"\n}\n\n'
    'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n',
    "prisma/migrations/20260101000000_init/migration.sql": "CREATE TABLE visit (id int);\n",
    "server.js": 'const { PrismaClient } = require("@prisma/client");\nnew PrismaClient();\n' + EXPRESS,
}
KNEX = {
    "knexfile.js": 'module.exports = { client: "pg", connection: process.env.DATABASE_URL };\n',
    "migrations/20260101000000_init.js": "exports.up = () => {};\nexports.down = () => {};\n",
    "server.js": 'const knex = require("knex")(require("./knexfile"));\n' + EXPRESS,
}


@pytest.mark.parametrize(
    ("dependencies", "files", "said"),
    [
        ({"express": "^5.0.0", "@prisma/client": "^6.0.0", "prisma": "^6.0.0"}, PRISMA, "migrate deploy"),
        ({"express": "^5.0.0", "knex": "^3.0.0", "pg": "^8.0.0"}, KNEX, "migrate:latest"),
    ],
    ids=["prisma", "knex"],
)
def test_the_schema_is_migrated_before_web_starts(
    dependencies: dict[str, str], files: dict[str, str], said: str
) -> None:
    """Seen: "Needs … a migrated schema to start"."""
    services = written({**locked(dependencies=dependencies, main="server.js"), **files}).compose
    assert said in " ".join(services["migrate"]["command"])
    assert services["migrate"]["restart"] == "no"
    assert services["web"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize(
    ("code", "folder"),
    [
        ('const db = require("better-sqlite3")("data/shop.db");\n', "/app/data"),
        ('const upload = require("multer")({ dest: "uploads/" });\n', "/app/uploads"),
        ('require("fs").writeFileSync("var/state.json", "{}");\n', "/app/var"),
    ],
    ids=["sqlite", "uploads", "file"],
)
def test_what_the_program_writes_to_is_its_own(code: str, folder: str) -> None:
    """Seen: "Writes into its own folder (SQLite file, uploads …) as a user that may not"."""
    names = ["express", "better-sqlite3", "multer"]
    made = written({**locked(dependencies=names, main="server.js"), "server.js": code + EXPRESS})
    assert f'VOLUME ["{folder}"]' in made.files["Dockerfile"]
    mounted = [each.partition(":")[2] for each in made.compose["web"]["volumes"]]
    assert folder in mounted


def test_the_cache_of_next_can_be_written() -> None:
    """Seen: "Writes into its own folder (… `.next/cache` …) as a user that may not"."""
    names = {"next": "16.4.5", "react": "19.3.1", "react-dom": "19.3.1"}
    page = {"app/page.jsx": "export default function Page() { return null }\n"}
    made = written(
        {**locked(scripts={"build": "next build", "start": "next start"}, dependencies=names), **page}
    )
    web = made.compose["web"]
    places = [str(each) for each in (*web.get("tmpfs", ()), *web.get("volumes", ()))]
    assert any("/app/.next" in place for place in places)


@pytest.mark.parametrize(
    ("code", "is_said"),
    [
        (EXPRESS, True),
        (EXPRESS + "// process.on(SIGTERM) is still to be done\n", True),
        (EXPRESS + 'process.on("SIGTERM", () => process.exit(0));\n', False),
        (EXPRESS + "for (const s of ['SIGINT', 'SIGTERM']) process.once(s, stop);\n", False),
        ('require("close-with-grace")(stop);\n' + EXPRESS, False),
    ],
    ids=["none", "comment", "handler", "loop", "package"],
)
def test_a_program_without_a_handler_is_said(code: str, is_said: bool) -> None:
    """Seen: "SIGTERM ignored for ten seconds and then killed … a program without a handler"."""
    names = ["express", "close-with-grace"]
    made = written({**locked(dependencies=names, main="server.js"), "server.js": code})
    assert ("no-handler" in made.codes) is is_said


@pytest.mark.parametrize(
    "files",
    [
        {**locked(dependencies=["express"], scripts={"start": "node server.js"}), **SERVER},
        {**locked(dependencies=["express"]), **SERVER, "Procfile": "web: sh -c 'node server.js'\n"},
        {**locked(dependencies=["express"]), **SERVER, "Procfile": "web: npm start\n"},
        pnpm(pnpm_lock("9.0"), scripts={"start": "pm2-runtime server.js"}),
    ],
    ids=["script", "shell", "procfile", "pm2"],
)
def test_process_one_is_no_shell_and_no_npm(files: dict[str, str]) -> None:
    """Seen: "PID 1 is a shell, npm, or a program without a handler"."""
    made = written(files)
    assert program(made) == "server.js"
    assert made.compose["web"]["init"] is True  # passes SIGTERM on to a program without a handler


@pytest.mark.parametrize(
    "files",
    [{**locked(dependencies=["express"]), **SERVER}, vite(), {"index.html": PAGE["index.html"]}],
    ids=["express", "vite", "plain"],
)
def test_there_is_a_health_check(files: dict[str, str]) -> None:
    """Seen: "No health check in any of them"."""
    (check,) = written(files).stages["prod"].all("HEALTHCHECK")
    assert check.is_exec_form
    assert "curl" not in check.rest


def test_the_health_check_asks_what_the_code_answers() -> None:
    """Seen: "No health check in any of them": an HTTP path, where the code has one."""
    code = EXPRESS + 'app.get("/healthz", (req, res) => res.send("ok"));\n'
    made = written({**locked(dependencies=["express"], main="server.js"), "server.js": code})
    (check,) = made.stages["prod"].all("HEALTHCHECK")
    assert "/healthz" in check.rest


def test_the_final_image_is_without_a_shell_and_a_package_manager() -> None:
    """Seen: "every one that served carried a shell and a package manager"."""
    made = written({**locked(dependencies=["express"]), **SERVER})
    prod = made.stages["prod"]
    assert "distroless" in prod.image
    assert all(each.is_exec_form for each in prod.all("RUN"))


def test_a_program_that_starts_others_has_them() -> None:
    """Seen: "every one that served carried a shell": taken away where nothing needs it, not elsewhere."""
    code = 'require("child_process").execSync("git --version");\n'
    made = written({**locked(dependencies=["express"], main="server.js"), "server.js": code + EXPRESS})
    assert "distroless" not in made.stages["prod"].image


@pytest.mark.parametrize(
    ("files", "user"),
    [
        ({**locked(dependencies=["express"]), **SERVER}, "65532:65532"),
        (vite(), r"\d+(?::\d+)?"),
        ({"index.html": PAGE["index.html"]}, r"\d+(?::\d+)?"),
    ],
    ids=["express", "vite", "plain"],
)
def test_nothing_runs_as_root(files: dict[str, str], user: str) -> None:
    """Seen: "hardened as well": neither the image nor the service has rights to spare."""
    made = written(files)
    said = made.stages["prod"].all("USER")[-1].rest
    assert re.fullmatch(user, said)
    assert not re.match(r"0\b", said)
    web = made.compose["web"]
    assert (web["read_only"], web["cap_drop"]) == (True, ["ALL"])


def test_development_has_the_tools_and_production_has_not() -> None:
    """Seen: "most of them [carried] development dependencies"."""
    files = locked(
        dependencies=["express"], devDependencies=["nodemon"], scripts={"dev": "nodemon server.js"}
    )
    made = written({**files, **SERVER})
    assert read_compose(made.files["compose.dev.yaml"])["services"]["web"]["build"]["target"] == "dev"
    sources = {copy.flag("from") for copy in made.stages["prod"].all("COPY")}
    assert "deps" not in sources
    assert "dev" not in sources


def test_a_manifest_beside_another_stack_is_not_an_app() -> None:
    """Seen: "A static front end started as a server": what builds style sheets is no app of its own."""
    python = {"requirements.txt": "flask\n", "app.py": "from flask import Flask\napp = Flask(__name__)\n"}
    tools = manifest(scripts={"css": "tailwindcss -o static/site.css"}, devDependencies=["tailwindcss"])
    found = detect(Tree({**python, **tools}))
    assert [each.stack for each in found.findings] == ["python"]
    assert found.ambiguities == ()


def test_files_that_the_start_lays_down_are_in_every_image() -> None:
    """Seen (mirotalk): `test -f config.js || cp …` before the start, taken for a build: `npx test`."""
    laying = "test -f src/config.js || cp src/config.example.js src/config.js"
    scripts = {"prestart": laying, "start": "node src/server.js"}
    files = {"src/server.js": "require('./config')\n" + EXPRESS, "src/config.example.js": "exports.x = 1\n"}
    made = written({**locked(dependencies=["express"], scripts=scripts), **files})
    for stage in ("build", "dev"):
        assert any("npm run prestart" in str(run) for run in made.stages[stage].all("RUN")), stage
    assert "npx" not in text(made)
    scripts = {
        "start": "test -f src/config.js || cp src/config.example.js src/config.js && node src/server.js"
    }
    assert "npx" not in text(written({**locked(dependencies=["express"], scripts=scripts), **files}))


def test_what_a_build_copies_is_there_in_development_too() -> None:
    """Seen: `tsc && cp -r src/views dist`, and a stage dev whose compiler writes all but the views."""
    scripts = {"build": "tsc && cp -r src/views dist", "start": "node dist/server.js"}
    files = {"tsconfig.json": TSCONFIG, "src/server.ts": EXPRESS, "src/views/index.ejs": "<p>hello</p>\n"}
    made = written(
        {**locked(scripts=scripts, dependencies=["express"], devDependencies=["typescript"]), **files}
    )
    assert "--watch" in str(made.stages["dev"].all("CMD"))
    assert any("npm run build" in str(run) for run in made.stages["dev"].all("RUN"))
