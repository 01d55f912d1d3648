"""Which framework a project is built with: by dependencies, configuration and scripts together."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ..code.source import Module
from ..packages.manifest import read_manifest
from ..program.evidence import DOCUMENTATION, Build, Evidence, telling_steps
from ..program.scripts import Start
from . import angular, nitro, servers, sites
from .outputs import Output

Maker: TypeAlias = "Callable[[Evidence, Start | None], Output | None]"


class Framework(NamedTuple):
    """A framework with a build of its own."""

    name: str
    packages: tuple[str, ...]
    commands: tuple[str, ...]  # its programs, as scripts call them
    configs: tuple[str, ...]  # the stems of its configuration files
    make: Maker
    verbs: tuple[str, ...] = ("build",)  # what its program is told for a build; "" for nothing


#: The most particular first: many are built with vite, and name it too.
FRAMEWORKS = (
    Framework("next", ("next",), ("next",), ("next.config",), servers.next_js, ("export", "build")),
    Framework("nuxt", ("nuxt", "nuxt3", "nuxt-edge"), ("nuxt", "nuxi"), ("nuxt.config",), nitro.nuxt,
              ("generate", "build")),
    Framework("sveltekit", ("@sveltejs/kit",), ("vite", "svelte-kit"), ("svelte.config", "vite.config"),
              servers.sveltekit),
    Framework("tanstack-start", ("@tanstack/react-start", "@tanstack/solid-start", "@tanstack/start"),
              ("vite", "vinxi"), ("vite.config", "app.config"), nitro.tanstack_start),
    Framework("solid-start", ("@solidjs/start", "solid-start"), ("vinxi", "vite", "solid-start"),
              ("app.config", "vite.config"), nitro.solid_start),
    Framework("react-router", ("@react-router/dev",), ("react-router",), ("react-router.config",),
              servers.react_router),
    Framework("remix", ("@remix-run/dev",), ("remix",), ("remix.config", "vite.config"), servers.remix,
              ("build", "vite:build")),
    Framework("astro", ("astro",), ("astro",), ("astro.config",), servers.astro),
    Framework("gatsby", ("gatsby",), ("gatsby",), ("gatsby-config",), sites.gatsby),
    Framework("angular", ("@angular/core",), ("ng",), (), angular.angular),
    Framework("nitro", ("nitro", "nitropack"), ("nitro", "nitropack"), ("nitro.config",), nitro.nitro),
    Framework("docusaurus", ("@docusaurus/core",), ("docusaurus",), ("docusaurus.config",), sites.docusaurus),
    Framework("vitepress", ("vitepress",), ("vitepress",), (), sites.vitepress),
    Framework("vuepress", ("vuepress",), ("vuepress", "vuepress-vite"), (), sites.vuepress),
    Framework("eleventy", ("@11ty/eleventy",), ("eleventy",), (".eleventy", "eleventy.config"),
              sites.eleventy, ("",)),
    Framework("expo", ("expo",), ("expo",), ("app.config",), sites.expo, ("export",)),
    Framework("vue-cli", ("@vue/cli-service",), ("vue-cli-service",), ("vue.config",), sites.vue_cli),
    Framework("create-react-app", ("react-scripts", "@craco/craco", "react-app-rewired"),
              ("react-scripts", "craco", "react-app-rewired"), (), sites.create_react_app),
    Framework("rsbuild", ("@rsbuild/core",), ("rsbuild",), ("rsbuild.config",), sites.rsbuild),
    Framework("parcel", ("parcel", "parcel-bundler"), ("parcel",), (), sites.parcel),
    Framework("vite", ("vite", "vite-plus", "rolldown-vite"), ("vite",), ("vite.config",), sites.vite),
)  # fmt: skip

#: Servers that a program makes itself: what imports them, the most particular first.
LIBRARIES = (
    ("nest", ("@nestjs/core",)),
    ("functions-framework", ("@google-cloud/functions-framework",)),
    ("next", ("next",)),
    ("fastify", ("fastify",)),
    ("koa", ("koa",)),
    ("hono", ("hono", "@hono/node-server", "@hono/zod-openapi")),
    ("express", ("express", "express5", "@feathersjs/express", "express-ws")),
)


class Match(NamedTuple):
    """A framework that a project is built with, and the step of the build that runs it."""

    framework: Framework
    step: Start | None
    source: str


def find_framework(evidence: Evidence, build: Build | None) -> Match | None:
    """Return the first framework that is asked for and used."""
    built, told = (build.steps if build else ()), tuple(telling_steps(evidence))
    found = next((match for one in FRAMEWORKS if (match := _match(evidence, one, built, told))), None)
    if found is None and not _is_published(evidence):
        told = tuple(telling_steps(evidence, DOCUMENTATION))
        names = ("vitepress", "vuepress", "docusaurus")
        rows = [one for one in FRAMEWORKS if one.name in names]
        found = next((match for one in rows if (match := _match(evidence, one, (), told))), None)
    return found


def _match(
    evidence: Evidence, framework: Framework, built: tuple[Start, ...], told: tuple[Start, ...]
) -> Match | None:
    asked = evidence.asked(*framework.packages)
    if asked is None:
        return None
    own = [[step for step in group if step.name in framework.commands] for group in (built, told)]
    steps = (_chosen(framework, group) for group in own)
    if any(own):
        return Match(framework, next((step for step in steps if step), None), asked.source)
    config = evidence.config(*framework.configs) if framework.configs else None
    stated = config is not None or (framework.name == "angular" and angular.FILE in evidence.tree)
    if framework.name == "expo" and "app.json" in evidence.tree:
        stated = evidence.manifest.has_any("react-native-web") is not None
    return Match(framework, None, asked.source) if stated else None


def _chosen(framework: Framework, steps: Iterable[Start]) -> Start | None:
    """The step that builds, of those of one script."""
    known = [step for step in steps if _verb(step) in framework.verbs]
    return next((step for verb in framework.verbs for step in known if _verb(step) == verb), None)


def _verb(step: Start) -> str:
    """What a framework's program is told to do."""
    return next((word for word in step.argv[1:] if not word.startswith("-")), "")


def _is_published(evidence: Evidence) -> bool:
    """Whether other programs import the package: its documentation is no app."""
    data = evidence.manifest.data
    return any(key in data for key in ("main", "module", "exports", "types", "bin", "files"))


def library_of(evidence: Evidence, modules: Iterable[Module]) -> tuple[str, Fact] | None:
    """Return the server's library that MODULES use, and where they do."""
    imports: dict[str, str] = {}
    homes: dict[str, None] = {}
    for module in modules:
        homes[evidence.source.layout.home(module.path)] = None
        for specifier, place in module.imports.items():
            imports.setdefault(_package(specifier), place)
    paths = ("package.json" if home == "." else f"{home}/package.json" for home in homes)
    manifests = [evidence.manifest, *(one for path in paths if (one := read_manifest(evidence.tree, path)))]
    for name, packages in LIBRARIES:
        for package in packages:
            if package in imports and any(manifest.has_any(package) for manifest in manifests):
                return name, Fact(name, imports[package])
    return None


def _package(specifier: str) -> str:
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
