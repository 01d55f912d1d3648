"""Frameworks that render on a server: what node runs of their builds, or else their pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scaffold.model import EnvironmentVariable, ProjectWarning, Writable

from ..program.bins import bin_file, package_of
from .outputs import OPEN, Output, base_of, option, placed, prefixes, text

if TYPE_CHECKING:
    from ..program.evidence import Config, Evidence
    from ..program.scripts import Start

#: It asks 127.0.0.1 for what it listens to on "localhost", which is ::1 first in a container.
_FOUR_FIRST = {"NODE_OPTIONS": "--dns-result-order=ipv4first"}
_ON_DEMAND = r"export\s+const\s+prerender\s*=\s*false"


def _data(config: Config | None) -> Mapping[str, Any]:
    return config.data if config else {}


# -- Next.js


def next_js(e: Evidence, step: Start | None) -> Output | None:
    """https://nextjs.org/docs/app/api-reference/config/next-config-js/output."""
    config = e.config("next.config")
    data = _data(config)
    folder = placed(text(data, "distDir") or ".next")
    exported = option(step, "-o", "--outdir") if step and "export" in step.argv else None
    if data.get("output") == "export" or (step and step.argv[1:2] == ("export",)):
        site = exported or (folder if data.get("output") == "export" and folder != ".next" else "out")
        source = (
            config.place("output")
            if config and data.get("output") == "export"
            else (step.source if step else "")
        )
        return Output(
            "next",
            "static",
            source,
            site=placed(site),
            not_found="404.html",
            immutable=("/_next/static/",),
            base_path=base_of(text(data, "basePath")),
            command=("next", "build"),
        )
    base = Output(
        "next",
        "web",
        step.source if step else "default: next",
        port=3000,
        folders=(folder,),
        run_environment={"HOSTNAME": "0.0.0.0", "NEXT_TELEMETRY_DISABLED": "1"},  # noqa: S104
        build_environment={"NEXT_TELEMETRY_DISABLED": "1"},
        writable=(Writable(f"/app/{folder}/cache", "default: next"),),
        base_path=base_of(text(data, "basePath")),
        command=("next", "build"),
    )
    return _standalone(e, config, base, folder)


def _standalone(e: Evidence, config: Config | None, base: Output, folder: str) -> Output:
    """The traced output, which every Next.js since 12 makes if the environment asks for it."""
    stated = config is not None and config.data.get("output") == "standalone"
    version = e.version("next")
    if not stated and version and version[0] < 12:
        return base._replace(file="node_modules/next/dist/bin/next", arguments=("start",))
    public = (("public", "public"),) if e.tree.names("public") else ()
    asked = {} if stated else {"NEXT_PRIVATE_STANDALONE": "1"}
    return base._replace(
        file="server.js",
        source=config.place("output") if stated and config else base.source,
        copies=((f"{folder}/standalone", "."), (f"{folder}/static", f"{folder}/static"), *public),
        production=False,
        build_environment={**base.build_environment, **asked},
    )


# -- SvelteKit


def sveltekit(e: Evidence, step: Start | None) -> Output | None:
    """https://svelte.dev/docs/kit/adapters: the adapter decides; since version 3 in vite's configuration."""
    configs = [one for stem in ("svelte.config", "vite.config") if (one := e.config(stem))]
    for config in configs:
        name = config.called("@sveltejs/adapter-")
        if name:
            return _adapted(e, config, name.removeprefix("@sveltejs/adapter-"), step)
    foreign = next((one.path for one in configs if "adapter" in one.module.text), None)
    if foreign or not configs:
        return None
    return _adapted(e, configs[0], "auto", step)


def _adapted(e: Evidence, config: Config, adapter: str, step: Start | None) -> Output:
    told = config.arguments_of(f"@sveltejs/adapter-{adapter}") or {}
    if adapter == "static":
        fallback = text(told, "fallback")
        pages = placed(text(told, "pages") or "build")
        return Output(
            "sveltekit",
            "static",
            config.place("adapter"),
            site=pages,
            spa=fallback is not None,
            fallback=fallback if fallback != "index.html" else None,
            not_found=None if fallback else "404.html",
            immutable=("/_app/immutable/",),
            base_path=base_of(text(config.data, "kit", "paths", "base")),
            command=("vite", "build"),
        )
    folder = placed(text(told, "out") or "build") if adapter == "node" else "build"
    prefix = text(told, "envPrefix") or ""
    old = (e.version("@sveltejs/kit") or (2,))[0] < 3
    place = config.place("adapter")
    return Output(
        "sveltekit",
        "web",
        place,
        file=placed(folder, "index.js"),
        port=3000,
        folders=(folder,),
        excludes=("src", "static"),
        run_environment={f"{prefix}HOST": "0.0.0.0"},  # noqa: S104
        port_variable=f"{prefix}PORT",
        base_path=base_of(text(config.data, "kit", "paths", "base")),
        build_environment={} if adapter == "node" else {"GCP_BUILDPACKS": "1"},
        environment=_origin(f"{prefix}ORIGIN", place) if old else (),
        command=("vite", "build"),
        warnings=() if adapter == "node" else (_no_adapter(adapter, place),),
    )


def _origin(name: str, place: str) -> tuple[EnvironmentVariable, ...]:
    """Forms are refused from another origin than this one: https://svelte.dev/docs/kit/adapter-node."""
    return (EnvironmentVariable(name, False, place, value="http://localhost:3000"),)


def _no_adapter(adapter: str, place: str) -> ProjectWarning:
    said = (
        f"@sveltejs/adapter-{adapter} makes no server for Node.js; the build is told to take adapter-node, "
        "which it installs if it must: add @sveltejs/adapter-node to the project"
        if adapter == "auto"
        else f"@sveltejs/adapter-{adapter} builds for another platform: use @sveltejs/adapter-node"
    )
    return ProjectWarning("adapter", said, place)


# -- React Router and Remix


def react_router(e: Evidence, step: Start | None) -> Output | None:
    """https://reactrouter.com/api/framework-conventions/react-router.config.ts."""
    config = e.config("react-router.config")
    data = _data(config)
    folder = placed(text(data, "buildDirectory") or "build")
    base = base_of(text(data, "basename"))
    command = ("react-router", "build")
    if config and data.get("ssr") is False:
        made = _client("react-router", config.place("ssr"), folder, base, command)
        return made._replace(build_environment=_FOUR_FIRST)
    file = f"{folder}/server/{text(data, 'serverBuildFile') or 'index.js'}"
    made = _served_by(e, "react-router", "react-router-serve", file, step, command)
    made = made._replace(base_path=base)
    renders = config is not None and "prerender" in config.module.text
    return made._replace(build_environment=_FOUR_FIRST) if renders else made


def remix(e: Evidence, step: Start | None) -> Output | None:
    """https://remix.run/docs/en/main/file-conventions/vite-config; before vite, remix.config.js."""
    vite = e.config("vite.config")
    told = vite.arguments_of("@remix-run/dev.vitePlugin") if vite else None
    if vite and told is not None:
        folder = placed(text(told, "buildDirectory") or "build")
        if told.get("ssr") is False:
            base = base_of(text(told, "basename"))
            return _client("remix", vite.place("ssr"), folder, base, ("remix", "vite:build"))
        file = f"{folder}/server/{text(told, 'serverBuildFile') or 'index.js'}"
        command: tuple[str, ...] = ("remix", "vite:build")
    else:
        said = text(_data(e.config("remix.config")), "serverBuildPath")
        file, command = placed(said or "build/index.js"), ("remix", "build")
    return _served_by(e, "remix", "remix-serve", file, step, command)


def _client(name: str, source: str, folder: str, base: str, command: tuple[str, ...]) -> Output:
    return Output(
        name,
        "static",
        source,
        site=f"{folder}/client",
        spa=True,
        immutable=("/assets/",),
        base_path=base,
        command=command,
    )


def _served_by(
    e: Evidence, name: str, server: str, file: str, step: Start | None, command: tuple[str, ...]
) -> Output:
    """A build that the framework's own little SERVER serves, where production has it."""
    there = e.manifest.has(package_of(server) or server) is not None
    top = file.partition("/")[0]
    return Output(
        name,
        "web",
        step.source if step else f"default: {name}",
        file=bin_file(e, server) if there else None,
        arguments=(file,),
        port=3000,
        folders=(top,),
        excludes=("app",),
        run_environment=OPEN,
        command=command,
    )


# -- Astro


def astro(e: Evidence, step: Start | None) -> Output | None:
    """https://docs.astro.build/en/guides/on-demand-rendering/: pages, unless one is rendered on demand."""
    config = e.config("astro.config")
    data = _data(config)
    folder = placed(option(step, "--outDir") or text(data, "outDir") or "dist")
    mode = data.get("output")
    base = base_of(option(step, "--base") or text(data, "base"))
    if mode not in {"server", "hybrid"} and not _on_demand(e, data):
        source = step.source if step else "default: astro"
        stated = config.place("outDir") if config and "outDir" in data else source
        return _pages(e, data, folder, base, stated)
    place = config.place("output" if mode else "adapter") if config else "default: astro"
    out = Output(
        "astro",
        "web",
        place,
        port=4321,
        folders=(folder,),
        excludes=("src", "public"),
        run_environment=OPEN,
        base_path=base,
        command=("astro", "build"),
    )
    told = config.arguments_of("@astrojs/node") if config else None
    if told is None:
        return out._replace(warnings=(_other_adapter(place),))
    return out if told.get("mode") == "middleware" else out._replace(file=f"{folder}/server/entry.mjs")


def _pages(e: Evidence, data: Mapping[str, Any], folder: str, base: str, source: str) -> Output:
    page = e.tree.glob(placed(text(data, "srcDir") or "src", "pages/404.*"))
    return Output(
        "astro",
        "static",
        source,
        site=folder,
        not_found="404.html" if page or _is_starlight(e) else None,
        immutable=prefixes(text(data, "build", "assets") or "_astro"),
        base_path=base,
        command=("astro", "build"),
    )


def _on_demand(e: Evidence, data: Mapping[str, Any]) -> bool:
    """Whether a page is rendered when it is asked for."""
    pages = placed(text(data, "srcDir") or "src", "pages")
    return any(re.search(_ON_DEMAND, e.tree.text(path)) for path in e.tree.glob(f"{pages}/**/*"))


def _is_starlight(e: Evidence) -> bool:
    return e.manifest.has_any("@astrojs/starlight") is not None


def _other_adapter(place: str) -> ProjectWarning:
    said = "pages are rendered on demand, and no adapter for Node.js does that: add @astrojs/node"
    return ProjectWarning("adapter", said, place)
