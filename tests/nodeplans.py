"""Plans of Node.js apps and static sites by hand, one of each kind: whatever the detectors find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detectors.node.packages.installs import find_installs
else:
    from scaffold.detectors.node.packages.installs import find_installs
from scaffold.model import EnvironmentVariable, Fact, Finding, Health, Plan, Runtime, Service, Writable
from scaffold.packs import builtin
from scaffold.plan import make_plan

INSPECT = "--inspect=0.0.0.0:9229"
TESTS = ("test", "**/*.test.*", "**/*.spec.*")


def plan(stack: str = "node", **values: Any) -> Plan:
    """Return a plan with these values, each from a file that says so."""
    common: dict[str, Any] = {"runtime": Runtime("24", None, "24")} if stack == "node" else {}
    facts = {name: Fact(value, "package.json:3") for name, value in {**common, **values}.items()}
    if stack == "node":
        facts |= find_installs(facts)
    return make_plan(Finding(stack, "package.json", facts), builtin(), {})


def express_npm(**values: Any) -> Plan:
    """JavaScript as it is, with a backing service."""
    facts: dict[str, Any] = {
        "name": "visits",
        "kind": "web",
        "framework": "express",
        "package_manager": "npm",
        "lock": "package-lock.json",
        "locked": True,
        "manifests": ("package.json", "package-lock.json"),
        "port": 3000,
        "start": ("node", "server.js"),
        "dev": ("node", "--watch", INSPECT, "server.js"),
        "test": ("npm", "test"),
        "health": Health("/"),
        "services": (Service("redis", "app.js:5", user="", password="", database=""),),
        "environment": (EnvironmentVariable("REDIS_URL", False, "app.js:5", None, "redis://redis:6379"),),
        "run_environment": {"PORT": "3000"},
        "final": "distroless",
        "test_files": TESTS,
    }
    return plan(**{**facts, **values})


def fastify_pnpm(**values: Any) -> Plan:
    """TypeScript that a build makes JavaScript of; dependencies that build themselves."""
    facts: dict[str, Any] = {
        "name": "weather",
        "kind": "web",
        "framework": "fastify",
        "package_manager": "pnpm",
        "manager_version": "10.34.9",
        "lock": "pnpm-lock.yaml",
        "locked": True,
        "manifests": ("package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"),
        "allow_builds": ("esbuild",),
        "build": (("pnpm", "run", "build"),),
        "excludes": ("src",),
        "port": 3000,
        "start": ("node", "dist/server.js"),
        "dev": ("node", "node_modules/tsx/dist/cli.mjs", "watch", INSPECT, "src/server.ts"),
        "test": ("pnpm", "test"),
        "health": Health("/"),
        "final": "distroless",
        "test_files": TESTS,
        "writable": (Writable("/app/uploads", "src/app.ts:9"),),
    }
    return plan(**{**facts, **values})


def nest_berry(**values: Any) -> Plan:
    """Yarn 4 without its own linker, and a migration beside the web process."""
    start = ("node", "dist/main.js")
    facts: dict[str, Any] = {
        "name": "guestbook",
        "kind": "web",
        "framework": "nest",
        "package_manager": "yarn",
        "berry": True,
        "manager_version": "4.18.1",
        "lock": "yarn.lock",
        "locked": True,
        "manifests": ("package.json", "yarn.lock", ".yarnrc.yml"),
        "build": (("yarn", "run", "build"),),
        "copies": (("package.json", "package.json"), ("dist", "dist")),
        "port": 3000,
        "start": start,
        "processes": {
            "web": start,
            "migrate": ("node", "node_modules/typeorm/cli.js", "migration:run", "-d", "dist/data-source.js"),
        },
        "dev": (
            "node",
            "node_modules/@nestjs/cli/bin/nest.js",
            "start",
            "--watch",
            "--debug",
            "0.0.0.0:9229",
        ),
        "test": ("yarn", "run", "test"),
        "health": Health("/health"),
        "services": (Service("postgres", "src/data-source.ts:5"),),
        "environment": (
            EnvironmentVariable(
                "DATABASE_URL",
                True,
                "src/data-source.ts:5",
                None,
                "postgres://app:local@postgres:5432/app",
                secret=True,
            ),
        ),
        "final": "distroless",
        "test_files": TESTS,
    }
    return plan(**{**facts, **values})


def next_standalone(**values: Any) -> Plan:
    """The framework traces what it needs: no production dependencies beside it."""
    facts: dict[str, Any] = {
        "name": "bakery",
        "kind": "web",
        "framework": "next",
        "package_manager": "npm",
        "lock": "package-lock.json",
        "locked": True,
        "manifests": ("package.json", "package-lock.json"),
        "build": (("npm", "run", "build"),),
        "build_environment": {"NEXT_PRIVATE_STANDALONE": "1", "NEXT_TELEMETRY_DISABLED": "1"},
        "production": False,
        "copies": ((".next/standalone", "."), (".next/static", ".next/static"), ("public", "public")),
        "port": 3000,
        "start": ("node", "server.js"),
        "dev": ("node", INSPECT, "node_modules/next/dist/bin/next", "dev", "-H", "0.0.0.0", "-p", "3000"),
        "test": ("npm", "test"),
        "health": Health("/api/health"),
        "run_environment": {"HOSTNAME": "0.0.0.0", "PORT": "3000", "NEXT_TELEMETRY_DISABLED": "1"},
        "final": "distroless",
    }
    return plan(**{**facts, **values})


def nuxt_pnpm(**values: Any) -> Plan:
    """A script of the project's own install needs its source, and one has no use in an image."""
    facts: dict[str, Any] = {
        "name": "harbour",
        "kind": "web",
        "framework": "nuxt",
        "package_manager": "pnpm",
        "manager_version": "11.28.11",
        "lock": "pnpm-lock.yaml",
        "locked": True,
        "manifests": ("package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"),
        "install_scripts": ("postinstall",),
        "drop_scripts": ("prepare",),
        "build": (("pnpm", "run", "build"),),
        "production": False,
        "copies": ((".output", ".output"),),
        "port": 3000,
        "start": ("node", ".output/server/index.mjs"),
        "dev": ("node", "node_modules/nuxt/bin/nuxt.mjs", "dev", "--host", "0.0.0.0", "--port", "3000"),
        "test": ("pnpm", "test"),
        "health": Health(None),
        "final": "slim",
        "apt_runtime": ("openssl",),
        "apt_build": ("python3", "make", "g++"),
    }
    return plan(**{**facts, **values})


def vite_npm(**values: Any) -> Plan:
    """A single-page app."""
    facts: dict[str, Any] = {
        "name": "orders",
        "kind": "static",
        "framework": "vite",
        "package_manager": "npm",
        "lock": "package-lock.json",
        "locked": True,
        "manifests": ("package.json", "package-lock.json"),
        "build": (("npm", "run", "build"),),
        "site": "dist",
        "spa": True,
        "immutable": ("/assets/",),
        "dev": ("node", INSPECT, "node_modules/vite/bin/vite.js", "--host", "0.0.0.0", "--port", "8080"),
        "test": ("npm", "test"),
    }
    return plan(**{**facts, **values})


def bundled_npm() -> Plan:
    """A single-page app whose bundler reads variables."""
    arguments = (
        EnvironmentVariable("VITE_API_URL", False, "src/api.js:3", value="http://localhost:3000"),
        EnvironmentVariable("VITE_TITLE", False, "src/main.js:1"),
    )
    return vite_npm(build_arguments=arguments)


def astro_bun(**values: Any) -> Plan:
    """Pages that are made by a build, served below a path."""
    facts: dict[str, Any] = {
        "name": "observatory",
        "kind": "static",
        "framework": "astro",
        "package_manager": "bun",
        "manager_version": "1.4.5",
        "lock": "bun.lock",
        "locked": True,
        "manifests": ("package.json", "bun.lock"),
        "build": (("bun", "run", "build"),),
        "site": "dist",
        "not_found": "404.html",
        "immutable": ("/_astro/",),
        "dev": (
            "node",
            INSPECT,
            "node_modules/astro/bin/astro.mjs",
            "dev",
            "--host",
            "0.0.0.0",
            "--port",
            "8080",
        ),
        "test": ("bun", "test"),
    }
    return plan(**{**facts, **values})


def eleventy_yarn(**values: Any) -> Plan:
    """Yarn 1, and a build tool that is a development dependency."""
    facts: dict[str, Any] = {
        "name": "recipes",
        "kind": "static",
        "framework": "eleventy",
        "package_manager": "yarn",
        "lock": "yarn.lock",
        "locked": True,
        "manifests": ("package.json", "yarn.lock"),
        "build": (("yarn", "run", "build"),),
        "site": "_site",
        "not_found": "404.html",
        "dev": ("node", INSPECT, "node_modules/@11ty/eleventy/cmd.cjs", "--serve", "--port", "8080"),
        "test": ("yarn", "run", "test"),
    }
    return plan(**{**facts, **values})


def unlocked(manager: str, **values: Any) -> Plan:
    """A manifest with no lock file: whatever installs it resolves."""
    versions = {"pnpm": "12.21.0", "bun": "1.4.5", "berry": "4.18.1"}
    facts: dict[str, Any] = {
        "lock": None,
        "locked": False,
        "manifests": ("package.json",),
        "package_manager": "yarn" if manager == "berry" else manager,
        "berry": manager == "berry",
        "manager_version": versions.get(manager),
        "test": None,
    }
    return express_npm(**{**facts, **values})


def workspace_npm(**values: Any) -> Plan:
    """A member of a workspace that is started from the root."""
    facts: dict[str, Any] = {
        "manifests": (
            "package.json",
            "package-lock.json",
            "packages/api/package.json",
            "packages/lib/package.json",
        ),
        "workspaces": ("packages/api", "packages/lib"),
        "start": ("node", "packages/api/server.js"),
    }
    return express_npm(**{**facts, **values})


def cli_npm() -> Plan:
    """A command-line program."""
    return express_npm(kind="cli", start=("node", "cli.js"), port=None, dev=None, health=None, services=())


def worker_npm() -> Plan:
    """A process that answers nobody."""
    return express_npm(kind="worker", start=("node", "worker.js"), port=None, health=None, final="slim")


def browser_npm(**values: Any) -> Plan:
    """A server that renders pages in a browser, which Playwright looks for."""
    facts: dict[str, Any] = {
        "apt_runtime": ("chromium",),
        "browser": True,
        "browser_of": "playwright",
        "final": "slim",
        "run_environment": {"PLAYWRIGHT_BROWSERS_PATH": "/opt/playwright", "PORT": "3000"},
    }
    return express_npm(**{**facts, **values})


def plain_html(**values: Any) -> Plan:
    """Pages that are served as they are."""
    return plan(
        "static", **{"name": "choir", "kind": "static", "site": ".", "not_found": "404.html", **values}
    )


PLANS: Mapping[str, Callable[[], Plan]] = {
    "express-npm": express_npm,
    "fastify-pnpm": fastify_pnpm,
    "nest-berry": nest_berry,
    "next-standalone": next_standalone,
    "nuxt-pnpm": nuxt_pnpm,
    "vite-npm": vite_npm,
    "astro-bun": astro_bun,
    "eleventy-yarn": eleventy_yarn,
    "unlocked-npm": lambda: unlocked("npm"),
    "unlocked-pnpm": lambda: unlocked("pnpm"),
    "unlocked-yarn": lambda: unlocked("yarn"),
    "unlocked-berry": lambda: unlocked("berry"),
    "unlocked-bun": lambda: unlocked("bun"),
    "workspace-npm": workspace_npm,
    "sources-first": lambda: express_npm(sources_first=True, drop_scripts=("prepare",)),
    "install-scripts": lambda: express_npm(install_scripts=("postinstall",), drop_scripts=("prepare",)),
    "yarn-3": lambda: nest_berry(
        manager_version="3.8.7",
        yarn_path=".yarn/releases/yarn-3.8.7.cjs",
        manifests=("package.json", "yarn.lock", ".yarnrc.yml", ".yarn/releases"),
    ),
    "npm-12": lambda: express_npm(manager_version="12.2.0", allow_builds=("bcrypt", "sharp")),
    "pnpm-12": lambda: fastify_pnpm(manager_version="12.21.0"),
    "node-26-slim": lambda: express_npm(runtime=Runtime("26", None, "26"), final="slim"),
    "below-a-path": lambda: vite_npm(base_path="/shop/", fallback="200.html"),
    "cli-npm": cli_npm,
    "worker-npm": worker_npm,
    "browser-npm": browser_npm,
    "server-added": lambda: express_npm(server_package="srvx@1.0.8"),
    "bundled": bundled_npm,
    "pages-alone": lambda: vite_npm(framework=None, dev=None, test=None, debug_port=None),
    "compiles-npm": lambda: express_npm(compiles=True, apt_build=("g++", "make", "python3")),
    "compiles-pnpm": lambda: fastify_pnpm(compiles=True, apt_build=("g++", "make", "python3")),
    "plain-html": plain_html,
    "plain-html-below": lambda: plain_html(site="public", base_path="/docs/", not_found=None),
}
