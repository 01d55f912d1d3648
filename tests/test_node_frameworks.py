"""Frameworks of Node.js: a server or a site by configuration, and where the build writes."""

# ruff: noqa: E501  configurations stand on one line, as they are written
from __future__ import annotations

from typing import Any

import pytest
from nodeapps import app_of, codes, facts_of, package, value

from scaffold.catalogue import tool
from scaffold.detect import detect
from scaffold.reading.tree import Tree

NEXT = package(
    scripts={"dev": "next dev", "build": "next build", "start": "next start"}, dependencies=["next"]
)
VITE = package(
    scripts={"dev": "vite", "build": "vite build", "preview": "vite preview"}, devDependencies=["vite"]
)
PAGE = {"index.html": "<div id=app></div><script type=module src=/src/main.js></script>"}


def made(files: dict[str, str], manager: str = "npm", **answers: object) -> dict[str, Any]:
    return facts_of(app_of(files, manager, **answers))


# -- Next.js


def test_next_is_a_server_by_its_traced_output() -> None:
    facts = made({"package.json": NEXT, "public/logo.svg": "<svg/>", "app/page.js": "export default 1"})
    assert facts["kind"] == "web"
    assert facts["framework"] == "next"
    assert facts["port"] == 3000
    assert facts["start"] == ("node", "server.js")
    assert facts["copies"] == (
        (".next/standalone", "."),
        (".next/static", ".next/static"),
        ("public", "public"),
    )
    assert facts["production"] is False
    assert facts["build_environment"]["NEXT_PRIVATE_STANDALONE"] == "1"
    assert facts["run_environment"]["HOSTNAME"] == "0.0.0.0"
    assert facts["run_environment"]["PORT"] == "3000"


def test_a_folder_that_is_not_there_is_not_copied() -> None:
    facts = made({"package.json": NEXT, "app/page.js": "export default 1"})
    assert ("public", "public") not in facts["copies"]


def test_next_that_says_standalone_itself_is_not_told_so() -> None:
    config = "const config = { output: 'standalone', distDir: 'out' }\nmodule.exports = config\n"
    facts = made({"package.json": NEXT, "next.config.js": config})
    assert "NEXT_PRIVATE_STANDALONE" not in facts["build_environment"]
    assert facts["copies"][0] == ("out/standalone", ".")
    assert facts["writable"][0].path == "/app/out/cache"


def test_next_that_exports_is_a_site() -> None:
    config = "import type { NextConfig } from 'next'\nconst c: NextConfig = { output: \"export\", basePath: '/docs' }\nexport default c\n"
    app = app_of({"package.json": NEXT, "next.config.ts": config})
    facts = facts_of(app)
    assert facts["kind"] == "static"
    assert facts["site"] == "out"
    assert facts["base_path"] == "/docs/"
    assert facts["not_found"] == "404.html"
    assert facts["immutable"] == ("/_next/static/",)
    assert facts["spa"] is False
    assert "port" not in facts
    assert "start" not in facts
    assert app.site is not None
    assert app.site.source == "next.config.ts:2"


def test_a_comment_does_not_export_next() -> None:
    config = "module.exports = {\n  // output: 'export',\n}\n"
    assert made({"package.json": NEXT, "next.config.js": config})["kind"] == "web"


def test_next_export_in_the_build_is_a_site() -> None:
    scripts = {"build": "next build && next export -o public_html", "start": "next start"}
    facts = made({"package.json": package(scripts=scripts, dependencies={"next": "12"})})
    assert (facts["kind"], facts["site"]) == ("static", "public_html")


def test_the_port_of_next_start_is_the_port() -> None:
    scripts = {"dev": "next dev -p 4000", "build": "next build", "start": "next start -p 4000"}
    facts = made({"package.json": package(scripts=scripts, dependencies=["next"])})
    assert facts["port"] == 4000
    assert facts["run_environment"]["PORT"] == "4000"
    assert facts["dev"][-2:] == ("-p", "4000")


def test_a_custom_server_of_next_needs_its_packages() -> None:
    server = (
        "const next = require('next')\nconst { createServer } = require('http')\n"
        "const app = next({ dev: false })\nconst handle = app.getRequestHandler()\n"
        "app.prepare().then(() => createServer((q, s) => handle(q, s)).listen(process.env.PORT || 3000))\n"
    )
    scripts = {"build": "next build", "start": "NODE_ENV=production node server.js"}
    facts = made({"package.json": package(scripts=scripts, dependencies=["next"]), "server.js": server})
    assert facts["start"] == ("node", "server.js")
    assert facts["framework"] == "next"
    assert facts["production"] is True
    assert facts["copies"] == ((".", "."),)
    assert facts["build"] == (("npm", "run", "build"),)


def test_a_root_that_only_lists_next_is_no_next_app() -> None:
    text = package(dependencies=["next"], scripts={"test": "jest"})
    assert made({"package.json": text})["kind"] == "library"


def test_a_health_check_asks_for_what_is_there() -> None:
    rows = (
        ({"app/api/health/route.ts": "", "app/page.tsx": ""}, "/api/health"),
        ({"src/app/(site)/page.tsx": ""}, "/"),
        ({"pages/index.jsx": "", "pages/api/ping.js": ""}, "/api/ping"),
        ({"app/[locale]/page.tsx": ""}, None),
        ({"app/page.js": "", "next.config.js": "module.exports = { basePath: '/docs' }"}, "/docs/"),
    )
    for files, path in rows:
        assert made({"package.json": NEXT, **files})["health"].path == path, files


# -- Nuxt, Nitro and those that use it


def test_nuxt_is_self_contained() -> None:
    scripts = {
        "build": "nuxt build",
        "dev": "nuxt dev",
        "generate": "nuxt generate",
        "preview": "nuxt preview",
    }
    facts = made({"package.json": package(scripts=scripts, dependencies={"nuxt": "^4.0.0"})})
    assert facts["start"] == ("node", ".output/server/index.mjs")
    assert facts["copies"] == ((".output", ".output"),)
    assert facts["production"] is False
    assert facts["port"] == 3000
    assert facts["dev_environment"] == {"CHOKIDAR_USEPOLLING": "true"}


def test_nuxt_that_is_generated_is_a_site() -> None:
    scripts = {"build": "nuxt generate", "dev": "nuxt dev"}
    facts = made({"package.json": package(scripts=scripts, dependencies={"nuxt": "^4.0.0"})})
    assert (facts["kind"], facts["site"]) == ("static", ".output/public")


def test_nuxt_for_another_platform_is_built_for_node() -> None:
    files = {
        "package.json": package(scripts={"build": "nuxt build"}, dependencies={"nuxt": "^4.0.0"}),
        "nuxt.config.ts": "export default defineNuxtConfig({ nitro: { preset: 'vercel' } })\n",
    }
    assert made(files)["build_environment"] == {"NITRO_PRESET": "node-server"}


def test_nuxt_by_a_static_preset_is_a_site() -> None:
    files = {
        "package.json": package(scripts={"build": "nuxt build"}, dependencies={"nuxt": "^3.9.0"}),
        "nuxt.config.ts": "export default defineNuxtConfig({ app: { baseURL: '/x/' }, nitro: { preset: 'github-pages' } })\n",
    }
    facts = made(files)
    assert (facts["kind"], facts["site"], facts["base_path"]) == ("static", ".output/public", "/x/")


def test_nuxt_2_is_started_by_itself() -> None:
    facts = made(
        {
            "package.json": package(
                scripts={"build": "nuxt build", "start": "nuxt start"}, dependencies={"nuxt": "^2.15.0"}
            )
        }
    )
    assert facts["start"] == ("node", "node_modules/nuxt/bin/nuxt.js", "start")
    assert facts["production"] is True


def test_an_old_nuxt_is_developed_with_what_its_webpack_needs_as_well() -> None:
    scripts = {"dev": "nuxt", "build": "nuxt build", "start": "nuxt start"}
    (found,) = detect(
        Tree({"package.json": package(scripts=scripts, dependencies={"nuxt": "^2.15.0"})})
    ).findings
    assert found.facts["dev_environment"].value == {
        "NODE_OPTIONS": "--openssl-legacy-provider",
        "CHOKIDAR_USEPOLLING": "true",
    }


def test_solid_start_is_nitro() -> None:
    scripts = {"dev": "vinxi dev", "build": "vinxi build", "start": "vinxi start"}
    facts = made(
        {
            "package.json": package(scripts=scripts, dependencies=["@solidjs/start", "vinxi"]),
            "app.config.ts": "import { defineConfig } from '@solidjs/start/config'\nexport default defineConfig({})\n",
        }
    )
    assert facts["framework"] == "solid-start"
    assert facts["start"] == ("node", ".output/server/index.mjs")


def test_tanstack_start_is_nitro_where_nitro_is() -> None:
    scripts = {"dev": "vite dev", "build": "vite build", "start": "node .output/server/index.mjs"}
    facts = made(
        {
            "package.json": package(scripts=scripts, dependencies=["@tanstack/react-start", "nitro"]),
            "vite.config.ts": "export default { plugins: [] }\n",
        }
    )
    assert facts["framework"] == "tanstack-start"
    assert facts["start"] == ("node", ".output/server/index.mjs")


def tanstack(version: str, *others: str, **scripts: str) -> dict[str, Any]:
    """Return the facts of what the framework's own template makes."""
    dependencies = {"@tanstack/react-start": version, "react": "^19.2.0", **dict.fromkeys(others, "*")}
    said = {"dev": "vite dev --port 3000", "build": "vite build", "preview": "vite preview", **scripts}
    config = ("import { defineConfig } from 'vite'\n"
              "import { tanstackStart } from '@tanstack/react-start/plugin/vite'\n"
              "export default defineConfig({ plugins: [tanstackStart()] })\n")  # fmt: skip
    return made({"package.json": package(scripts=said, dependencies=dependencies), "vite.config.ts": config})


SRVX = ("--prod", "-s", "../client", "dist/server/server.js")


@pytest.mark.parametrize("start", ["node .output/server/index.mjs", "vite preview", None])
def test_tanstack_start_without_a_server_gets_one(start: str | None) -> None:
    facts = tanstack("1.169.5", **({"start": start} if start else {}))
    assert facts["start"] == ("node", "/usr/local/lib/node_modules/srvx/bin/srvx.mjs", *SRVX)
    assert facts["server_package"] == f"srvx@{tool('srvx')}"
    assert (facts["kind"], facts["port"], facts["production"]) == ("web", 3000, True)


def test_tanstack_start_with_srvx_is_served_by_its_own() -> None:
    facts = tanstack("1.169.5", "srvx", start="srvx --prod -s ../client dist/server/server.js")
    assert facts["start"] == ("node", "node_modules/srvx/bin/srvx.mjs", *SRVX)
    assert "server_package" not in facts


@pytest.mark.parametrize(("preset", "is_said"), [("vercel", True), ("node-server", False), (None, False)])
@pytest.mark.parametrize("framework", ["@solidjs/start", "@tanstack/react-start"])
def test_a_preset_that_the_plugin_is_given_is_not_overruled(
    framework: str, preset: str | None, is_said: bool
) -> None:
    """Built: nitro 3 as a plugin of Vite takes its own preset before NITRO_PRESET."""
    told = f"{{ preset: '{preset}' }}" if preset else ""
    config = f"import {{ nitro }} from 'nitro/vite'\nexport default {{ plugins: [nitro({told})] }}\n"
    scripts = {"dev": "vite dev", "build": "vite build"}
    manifest = package(scripts=scripts, dependencies=[framework, "nitro", "vite"])
    app = app_of({"package.json": manifest, "vite.config.ts": config})
    assert [(one.code, one.source) for one in app.warnings] == [("adapter", "vite.config.ts:2")] * is_said


@pytest.mark.parametrize("framework", ["@solidjs/start", "@tanstack/react-start"])
def test_a_preset_of_the_plugin_that_makes_pages_is_a_site(framework: str) -> None:
    config = "import { nitro } from 'nitro/vite'\nexport default { plugins: [nitro({ preset: 'static' })] }\n"
    manifest = package(scripts={"build": "vite build"}, dependencies=[framework, "nitro", "vite"])
    facts = facts_of(app_of({"package.json": manifest, "vite.config.ts": config}))
    assert (facts["kind"], facts["site"]) == ("static", ".output/public")


def test_tanstack_start_had_nitro_in_it_until_1_131() -> None:
    assert tanstack("1.131.50")["start"] == ("node", ".output/server/index.mjs")


def test_tanstack_start_for_another_platform_gets_no_server() -> None:
    assert "start" not in tanstack("1.169.5", "@cloudflare/vite-plugin")


# -- SvelteKit

KIT = package(
    scripts={"dev": "vite dev", "build": "vite build"},
    type="module",
    devDependencies={"@sveltejs/kit": "^2.0.0", "vite": "^6.0.0", "svelte": "^5"},
)


def test_sveltekit_by_its_node_adapter() -> None:
    config = "import adapter from '@sveltejs/adapter-node'\nexport default { kit: { adapter: adapter({ out: 'server' }) } }\n"
    facts = made({"package.json": KIT, "svelte.config.js": config, "src/app.html": "<html>"})
    assert facts["framework"] == "sveltekit"
    assert facts["start"] == ("node", "server/index.js")
    assert facts["production"] is True
    assert facts["excludes"] == ("src",)
    assert [one.name for one in facts["environment"]] == ["ORIGIN"]


def test_sveltekit_3_says_its_adapter_to_vite() -> None:
    manifest = KIT.replace("^2.0.0", "^3.0.0")
    config = ("import { sveltekit } from '@sveltejs/kit/vite'\nimport adapter from '@sveltejs/adapter-node'\n"
              "export default { plugins: [sveltekit({ adapter: adapter() })] }\n")  # fmt: skip
    facts = made({"package.json": manifest, "vite.config.js": config})
    assert facts["start"] == ("node", "build/index.js")
    assert "environment" not in facts


def test_a_start_of_sveltekit_with_options_keeps_them() -> None:
    manifest = KIT.replace(
        '"build": "vite build"', '"build": "vite build", "start": "node --enable-source-maps build"'
    )
    config = "import adapter from '@sveltejs/adapter-node'\nexport default { kit: { adapter: adapter() } }\n"
    facts = made({"package.json": manifest, "svelte.config.js": config})
    assert facts["start"] == ("node", "--enable-source-maps", "build/index.js")


def test_sveltekit_by_its_static_adapter_is_a_site() -> None:
    config = "import adapter from '@sveltejs/adapter-static'\nexport default { kit: { adapter: adapter({ fallback: '200.html' }) } }\n"
    facts = made({"package.json": KIT, "svelte.config.js": config})
    assert (facts["kind"], facts["site"], facts["spa"], facts["fallback"]) == (
        "static",
        "build",
        True,
        "200.html",
    )


def test_sveltekit_by_the_automatic_adapter_says_what_to_do() -> None:
    config = "import adapter from '@sveltejs/adapter-auto'\nexport default { kit: { adapter: adapter() } }\n"
    app = app_of({"package.json": KIT, "svelte.config.js": config})
    assert value(app.build_environment) == {"GCP_BUILDPACKS": "1"}
    assert codes(app) == {"adapter"}


# -- React Router, Remix, Astro


def router(**fields: Any) -> str:
    scripts = {
        "dev": "react-router dev",
        "build": "react-router build",
        "start": "react-router-serve ./build/server/index.js",
    }
    return package(
        scripts=scripts,
        dependencies=["@react-router/serve", "react-router"],
        devDependencies=["@react-router/dev"],
        **fields,
    )


def test_react_router_is_served_by_its_own_server() -> None:
    facts = made({"package.json": router(), "react-router.config.ts": "export default { ssr: true }\n"})
    assert facts["start"] == ("node", "node_modules/.bin/react-router-serve", "build/server/index.js")
    assert facts["port"] == 3000
    assert facts["production"] is True


def test_react_router_without_a_server_is_a_site() -> None:
    config = "import type { Config } from '@react-router/dev/config'\nexport default {\n  ssr: false,\n} satisfies Config\n"
    app = app_of({"package.json": router(), "react-router.config.ts": config})
    assert (value(app.kind), value(app.site), value(app.spa)) == ("static", "build/client", True)
    assert value(app.build_environment) == {"NODE_OPTIONS": "--dns-result-order=ipv4first"}
    assert app.kind.source == "react-router.config.ts:3"


def test_react_router_with_a_server_of_its_own_runs_that() -> None:
    text = router().replace("react-router-serve ./build/server/index.js", "node server.js")
    text = text.replace('"react-router": "*"', '"react-router": "*", "express": "*"')
    server = "import express from 'express'\nconst app = express()\napp.listen(process.env.PORT || 4000)\n"
    facts = made({"package.json": text, "server.js": server})
    assert facts["start"] == ("node", "server.js")
    assert facts["port"] == 4000
    assert facts["framework"] == "react-router"


def test_remix_by_vite() -> None:
    scripts = {
        "dev": "remix vite:dev",
        "build": "remix vite:build",
        "start": "remix-serve ./build/server/index.js",
    }
    text = package(scripts=scripts, dependencies=["@remix-run/serve"], devDependencies=["@remix-run/dev"])
    config = "import { vitePlugin as remix } from '@remix-run/dev'\nexport default { plugins: [remix()] }\n"
    facts = made({"package.json": text, "vite.config.ts": config})
    assert facts["start"] == ("node", "node_modules/.bin/remix-serve", "build/server/index.js")
    spa = config.replace("remix()", "remix({ ssr: false })")
    assert made({"package.json": text, "vite.config.ts": spa})["site"] == "build/client"


ASTRO = package(scripts={"dev": "astro dev", "build": "astro build"}, dependencies=["astro"], type="module")


def test_astro_is_a_site_until_it_is_told_otherwise() -> None:
    config = "import { defineConfig } from 'astro/config'\nexport default defineConfig({ outDir: './public_html', base: '/blog' })\n"
    facts = made({"package.json": ASTRO, "astro.config.mjs": config, "src/pages/404.astro": "<p>"})
    assert (facts["kind"], facts["site"], facts["base_path"]) == ("static", "public_html", "/blog/")
    assert facts["not_found"] == "404.html"
    assert facts["immutable"] == ("/_astro/",)


def test_astro_with_an_adapter_and_pages_on_demand_is_a_server() -> None:
    config = "import node from '@astrojs/node'\nexport default { output: 'server', adapter: node({ mode: 'standalone' }) }\n"
    facts = made({"package.json": ASTRO, "astro.config.mjs": config})
    assert facts["start"] == ("node", "dist/server/entry.mjs")
    assert facts["port"] == 4321
    assert facts["run_environment"] == {"HOST": "0.0.0.0", "PORT": "4321"}


def test_astro_with_an_adapter_and_no_page_on_demand_is_a_site() -> None:
    config = "import node from '@astrojs/node'\nexport default { adapter: node({ mode: 'standalone' }) }\n"
    files = {"package.json": ASTRO, "astro.config.mjs": config, "src/pages/index.astro": "---\n---\n<p>"}
    assert made(files)["kind"] == "static"
    files["src/pages/api.ts"] = "export const prerender = false\nexport const GET = () => new Response('x')\n"
    assert made(files)["kind"] == "web"


def test_astro_for_another_platform_says_so() -> None:
    config = "import vercel from '@astrojs/vercel'\nexport default { output: 'server', adapter: vercel() }\n"
    app = app_of({"package.json": ASTRO, "astro.config.mjs": config})
    assert codes(app) == {"adapter"}
    assert app.start is None


# -- Angular

ANGULAR = package(scripts={"ng": "ng", "start": "ng serve", "build": "ng build"}, dependencies=["@angular/core"],
                  devDependencies=["@angular/cli"])  # fmt: skip


def angular_json(options: str, builder: str = "@angular/build:application") -> str:
    return (
        '{\n  // the workspace\n  "projects": { "shop": { "projectType": "application", "architect": { "build": {'
        f'"builder": "{builder}", "options": {options} }} }} }} }}\n}}\n'
    )


def test_angular_is_a_site_in_the_folder_that_its_builder_writes() -> None:
    facts = made({"package.json": ANGULAR, "angular.json": angular_json('{"browser": "src/main.ts"}')})
    assert (facts["kind"], facts["site"], facts["spa"]) == ("static", "dist/shop/browser", True)
    facts = made(
        {
            "package.json": ANGULAR,
            "angular.json": angular_json('{"outputPath": {"base": "out", "browser": ""}}'),
        }
    )
    assert facts["site"] == "out"
    old = angular_json('{"outputPath": "dist/web"}', "@angular-devkit/build-angular:browser")
    assert made({"package.json": ANGULAR, "angular.json": old})["site"] == "dist/web"


def test_angular_that_renders_is_a_server() -> None:
    options = '{"server": "src/main.server.ts", "outputMode": "server", "ssr": {"entry": "src/server.ts"}}'
    server = "import express from 'express'\nconst app = express()\nconst port = process.env['PORT'] || 4100\napp.listen(port)\n"
    facts = made({"package.json": ANGULAR, "angular.json": angular_json(options), "src/server.ts": server})
    assert facts["start"] == ("node", "dist/shop/server/server.mjs")
    assert facts["production"] is False
    assert facts["port"] == 4100
    assert "127.0.0.1" in facts["run_environment"]["NG_ALLOWED_HOSTS"]
    pages = options.replace('"server", "ssr"', '"static", "ssr"')
    assert made({"package.json": ANGULAR, "angular.json": angular_json(pages)})["kind"] == "static"


def test_several_applications_of_angular_are_a_question() -> None:
    one = '{"projectType": "application", "architect": {"build": {"builder": "@angular/build:application", "options": {}}}}'
    files = {"package.json": ANGULAR, "angular.json": f'{{"projects": {{"a": {one}, "b": {one}}}}}'}
    app = app_of(files)
    assert [(one.key, one.candidates) for one in app.ambiguities] == [("main", ("a", "b"))]
    assert value(app_of(files, main="b").site) == "dist/b/browser"
    named = ANGULAR.replace("ng build", "ng build a")
    assert value(app_of({**files, "package.json": named}).site) == "dist/a/browser"


# -- sites


def test_vite_writes_where_its_configuration_says() -> None:
    facts = made({"package.json": VITE, **PAGE})
    assert (facts["kind"], facts["framework"], facts["site"], facts["spa"]) == (
        "static",
        "vite",
        "dist",
        True,
    )
    assert facts["immutable"] == ("/assets/",)
    config = "import { defineConfig } from 'vite'\nexport default defineConfig(({ mode }) => ({ base: '/app/', build: { outDir: 'www', assetsDir: 'static' } }))\n"
    app = app_of({"package.json": VITE, "vite.config.ts": config, **PAGE})
    facts = facts_of(app)
    assert (facts["site"], facts["base_path"], facts["immutable"]) == ("www", "/app/", ("/static/",))
    assert app.site is not None
    assert app.site.source == "vite.config.ts:2"


def test_vite_with_another_root_writes_below_it() -> None:
    files = {"package.json": VITE, "client/index.html": "<p>"}
    config = "export default { root: './client', build: { outDir: '../public_html' } }\n"
    assert made({**files, "vite.config.js": config})["site"] == "public_html"
    assert made({**files, "vite.config.js": "export default { root: 'client' }\n"})["site"] == "client/dist"


def test_several_pages_of_vite_are_no_single_page() -> None:
    config = "export default { build: { rollupOptions: { input: { a: 'index.html', b: 'admin.html' } } } }\n"
    assert made({"package.json": VITE, "vite.config.js": config, "admin.html": "<p>", **PAGE})["spa"] is False


def test_a_library_that_vite_builds_is_no_site() -> None:
    config = "export default { build: { lib: { entry: 'src/index.js' } } }\n"
    text = package(scripts={"build": "vite build"}, devDependencies=["vite"], private=False, main="dist/x.js",
                   exports="./dist/x.js")  # fmt: skip
    files = {"package.json": text, "vite.config.js": config, "src/index.js": "export const x = 1\n", **PAGE}
    assert made(files)["kind"] == "library"


def test_create_react_app_by_its_environment() -> None:
    scripts = {
        "start": "react-scripts start",
        "build": "BUILD_PATH=./www react-scripts build",
        "test": "react-scripts test",
    }
    facts = made(
        {
            "package.json": package(
                scripts=scripts, dependencies=["react-scripts"], homepage="https://x.org/shop"
            )
        }
    )
    assert (facts["kind"], facts["site"], facts["base_path"]) == ("static", "www", "/shop/")
    assert facts["immutable"] == ("/static/",)


def test_vue_cli_by_its_configuration() -> None:
    scripts = {"serve": "vue-cli-service serve", "build": "vue-cli-service build"}
    files = {"package.json": package(scripts=scripts, devDependencies=["@vue/cli-service"]),
             "vue.config.js": "module.exports = { outputDir: 'www', publicPath: '/shop/' }\n"}  # fmt: skip
    facts = made(files)
    assert (facts["framework"], facts["site"], facts["base_path"]) == ("vue-cli", "www", "/shop/")


def test_site_generators_write_their_own_folders() -> None:
    rows: tuple[tuple[str, dict[str, str], dict[str, str], str, str], ...] = (
        ("gatsby", {"build": "gatsby build"}, {}, "public", "gatsby"),
        ("@docusaurus/core", {"build": "docusaurus build", "start": "docusaurus start"},
         {"docusaurus.config.js": "module.exports = { baseUrl: '/docs/' }"}, "build", "docusaurus"),
        ("vitepress", {"docs:build": "vitepress build docs", "docs:dev": "vitepress dev docs"},
         {"docs/.vitepress/config.mts": "export default { base: '/docs/' }"}, "docs/.vitepress/dist", "vitepress"),
        ("@11ty/eleventy", {"build": "eleventy", "start": "eleventy --serve"},
         {".eleventy.js": "module.exports = function (c) { return { dir: { input: 'src', output: 'www' } } }"},
         "www", "eleventy"),
        ("@11ty/eleventy", {"build": "npx @11ty/eleventy --output=site", "start": "eleventy --serve"}, {},
         "site", "eleventy"),
        ("@11ty/eleventy", {"build": "eleventy"},
         {"eleventy.config.mjs": "export default function () {}\nexport const config = { dir: { output: 'pages' } }"},
         "pages", "eleventy"),
    )  # fmt: skip
    for dependency, scripts, files, site, framework in rows:
        facts = made({"package.json": package(scripts=scripts, devDependencies=[dependency]), **files})
        assert (facts["kind"], facts["site"], facts["framework"]) == ("static", site, framework), dependency


def test_the_documentation_of_a_library_is_no_app() -> None:
    text = package(scripts={"docs:build": "vitepress build docs"}, devDependencies=["vitepress"], private=False,
                   exports="./index.js", main="index.js")  # fmt: skip
    files = {"package.json": text, "index.js": "exports.x = 1\n", "docs/index.md": "# x"}
    assert made(files)["kind"] == "library"


def test_expo_for_the_web_is_a_site() -> None:
    text = package(
        main="expo-router/entry", scripts={"start": "expo start"}, dependencies=["expo", "react-native-web"]
    )
    facts = made({"package.json": text, "app.json": '{"expo": {"web": {"output": "static"}}}'})
    assert (facts["kind"], facts["framework"], facts["site"]) == ("static", "expo", "dist")
    assert facts["build"] == (("npx", "expo", "export", "--platform", "web"),)


def test_a_folder_that_a_file_server_serves_is_a_site() -> None:
    text = package(scripts={"start": "serve -s build", "build": "webpack"}, dependencies=["serve"])
    facts = made({"package.json": text})
    assert (facts["kind"], facts["site"], facts["spa"]) == ("static", "build", True)
    facts = made(
        {"package.json": package(scripts={"start": "http-server public -p 3000"}), "public/index.html": "<p>"}
    )
    assert (facts["kind"], facts["site"], facts["spa"]) == ("static", "public", False)


# -- development


def test_the_dev_server_is_reachable_on_the_same_port_with_a_debugger() -> None:
    rows = (
        (VITE, ("node", "--inspect=0.0.0.0:9229", "node_modules/.bin/vite", "--host", "0.0.0.0", "--port", "8080")),
        (NEXT, ("node", "node_modules/.bin/next", "dev", "-H", "0.0.0.0", "-p", "3000")),
        (ASTRO, ("node", "--inspect=0.0.0.0:9229", "node_modules/.bin/astro", "dev", "--host", "0.0.0.0", "--port", "8080")),
    )  # fmt: skip
    for text, argv in rows:
        assert made({"package.json": text, **PAGE})["dev"] == argv


def test_options_of_the_dev_script_are_kept_and_addresses_are_not() -> None:
    text = VITE.replace('"dev": "vite"', '"dev": "vite --mode docker --port 5000 --host localhost --open"')
    argv = made({"package.json": text, **PAGE})["dev"]
    assert argv[2:] == (
        "node_modules/.bin/vite",
        "--mode",
        "docker",
        "--host",
        "0.0.0.0",
        "--port",
        "8080",
    )


@pytest.mark.parametrize(("opens", "variables"), [("true", ("env", "BROWSER=none")), ("false", ())])
def test_a_server_that_would_open_a_browser_opens_none(opens: str, variables: tuple[str, ...]) -> None:
    config = f"export default ({{ mode }}) => ({{ server: {{ open: {opens} }} }})"
    argv = made({"package.json": VITE, "vite.config.mts": config, **PAGE})["dev"]
    assert argv[: len(variables) + 1] == (*variables, "node")


# -- pages that no framework makes

WATCH = "require('chokidar').watch('src').on('change', build)\n"


def pages(files: dict[str, str] | None = None, **scripts: str) -> dict[str, Any]:
    """Return the facts of pages that a build of the project's own fills, and that are committed."""
    said = {"build": "node scripts/build.js", **scripts}
    tree = {"package.json": package(scripts=said, devDependencies=["browser-sync", "pug"]),
            "scripts/build.js": "require('pug')\n", "dist/index.html": "<!doctype html><p>", **(files or {})}  # fmt: skip
    return made(tree)


@pytest.mark.parametrize(
    ("start", "files", "port"),
    [
        (
            "npm run build && node scripts/start.js",
            {"scripts/start.js": "run('browser-sync dist -w')\n" + WATCH},
            3000,
        ),
        ("gulp watch", {"gulpfile.js": "require('browser-sync').init({ port: 4000 })\n" + WATCH}, 4000),
        ("gulp", {"gulpfile.mjs": "import connect from 'gulp-connect'\n" + WATCH}, 8080),
        ('concurrently "npm:watch" "browser-sync start --server dist --port 5000"', {}, 5000),
        ("npm run watch & live-server dist", {}, 8080),
    ],
)
def test_a_script_that_shows_pages_and_follows_edits_develops_them(
    start: str, files: dict[str, str], port: int
) -> None:
    facts = pages(files, start=start, watch="nodemon --exec 'npm run build' --watch src")
    assert (facts["kind"], facts["dev"], facts["dev_port"]) == ("static", ("npm", "run", "start"), port)
    assert facts["debug_port"] is None


@pytest.mark.parametrize(
    "start",
    [
        "npm run build && http-server dist",  # an edit would never show
        "browser-sync start --proxy localhost:8000 --watch",  # another server is behind it
        "node scripts/build.js --watch",  # nothing serves
    ],
)
def test_a_script_that_does_not_is_no_development(start: str) -> None:
    facts = pages(start=start)
    assert facts["kind"] == "static"
    assert "dev" not in facts
    assert "dev_port" not in facts


def test_an_answer_says_how_pages_are_developed() -> None:
    tree = {
        "package.json": package(scripts={"build": "x", "start": "live-server dist"}),
        "dist/index.html": "<p>",
    }
    facts = facts_of(app_of(tree, dev=("npm", "run", "own")))
    assert facts["dev"] == ("npm", "run", "own")
    assert "dev_port" not in facts
