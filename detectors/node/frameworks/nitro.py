"""Frameworks whose servers nitro makes: Nuxt, SolidStart, TanStack Start, and nitro alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scaffold.catalogue import tool
from scaffold.model import ProjectWarning

from .outputs import GLOBAL, OPEN, Output, base_of, below, placed, prefixes, text

if TYPE_CHECKING:
    from ..program.evidence import Config, Evidence
    from ..program.scripts import Start

#: Names of the presets of nitro that make pages and no server: https://nitro.build/deploy/providers/static.
_PAGES_ONLY = frozenset({"static", "github-pages", "gitlab-pages", "cloudflare-pages-static", "vercel-static",
                         "netlify-static", "azure-swa-static"})  # fmt: skip
#: Packages that make a server of a TanStack Start build.
_MAKERS = ("nitro", "nitropack", "vinxi", "@tanstack/nitro-v2-vite-plugin")
#: The framework, the first version that brings no server, and what makes one for other platforms.
_STARTS = ("@tanstack/react-start", "@tanstack/solid-start", "@tanstack/start")
_WITHOUT_NITRO = (1, 132)
_ELSEWHERE = ("@cloudflare/vite-plugin", "@netlify/vite-plugin-tanstack-start")
#: Nitro as a plugin of Vite.
_PLUGINS = (
    "nitro/vite.nitro",
    "@tanstack/nitro-v2-vite-plugin.nitroV2Plugin",
    "@solidjs/start/nitro-v2-plugin.nitroV2Plugin",
    "@solidjs/vite-plugin-nitro-2.nitroV2Plugin",
)
_FOR_NODE = frozenset({"node", "node-server", "node_server", "nodeServer"})
_FILE = ".output/server/index.mjs"
#: Without, an edit that Compose copies in is now and then not seen: https://github.com/paulmillr/chokidar#performance.
_POLLING: Mapping[str, str] = MappingProxyType({"CHOKIDAR_USEPOLLING": "true"})


def _data(config: Config | None) -> Mapping[str, Any]:
    return config.data if config else {}


# -- Nuxt and Nitro


def nuxt(e: Evidence, step: Start | None) -> Output | None:
    """What Nuxt makes, whose development server polls its files."""
    return _nuxt(e, step)._replace(dev_environment=_POLLING)


def _nuxt(e: Evidence, step: Start | None) -> Output:
    """https://nuxt.com/docs/getting-started/deployment; version 2 had no server of its own."""
    config = e.config("nuxt.config")
    data = _data(config)
    version = e.version("nuxt")
    if version and version[0] < 3 and e.manifest.has_any("nuxt"):
        return _nuxt_2(e, data, step)
    generates = step is not None and "generate" in step.argv
    preset = text(data, "nitro", "preset")
    base = base_of(text(data, "app", "baseURL"))
    assets = text(data, "app", "buildAssetsDir") or "_nuxt"
    if generates or preset in _PAGES_ONLY:
        source = step.source if generates and step else (config.place("preset") if config else "")
        return Output(
            "nuxt",
            "static",
            source,
            site=".output/public",
            spa=data.get("ssr") is False,
            not_found="404.html",
            immutable=prefixes(assets),
            base_path=base,
            command=("nuxt", "build"),
        )
    made = _nitro_server("nuxt", step.source if step else "default: nuxt", preset, ("nuxt", "build"))
    return made._replace(base_path=base)


def _nuxt_2(e: Evidence, data: Mapping[str, Any], step: Start | None) -> Output:
    """https://v2.nuxt.com/docs/features/deployment-targets: `generate` writes dist/, or `nuxt start`."""
    source = step.source if step else "default: nuxt"
    if data.get("target") == "static" or (step and "generate" in step.argv):
        return Output(
            "nuxt",
            "static",
            source,
            site=placed(text(data, "generate", "dir") or "dist"),
            spa=data.get("ssr") is False,
            not_found="200.html",
            immutable=("/_nuxt/",),
            base_path=base_of(text(data, "router", "base")),
            command=("nuxt", "generate"),
        )
    return Output(
        "nuxt",
        "web",
        source,
        file="node_modules/nuxt/bin/nuxt.js",
        arguments=("start",),
        port=3000,
        folders=(".nuxt",),
        run_environment=OPEN,
        command=("nuxt", "build"),
    )


def nitro(e: Evidence, step: Start | None) -> Output | None:
    """https://nitro.build/deploy/runtimes/node."""
    config = e.config("nitro.config")
    preset = text(_data(config), "preset")
    return _nitro_server("nitro", step.source if step else "default: nitro", preset, ("nitro", "build"))


def _nitro_server(name: str, source: str, preset: str | None, command: tuple[str, ...]) -> Output:
    """A server of nitro's: self-contained. The environment comes before the preset of a configuration."""
    other = preset is not None and preset not in _FOR_NODE
    return Output(
        name,
        "web",
        source,
        file=_FILE,
        port=3000,
        folders=(".output",),
        copies=((".output", ".output"),),
        production=False,
        run_environment=OPEN,
        build_environment={"NITRO_PRESET": "node-server"} if other else {},
        command=command,
    )


# -- SolidStart and TanStack Start


def solid_start(e: Evidence, step: Start | None) -> Output | None:
    """https://docs.solidjs.com/solid-start/reference/config/define-config: nitro's presets."""
    config = e.config("app.config", "vite.config")
    data = _data(config)
    plugin = _preset_of_plugin(config)
    preset = plugin or text(data, "server", "preset")
    source = step.source if step else "default: solid-start"
    if preset in _PAGES_ONLY or below(data, "server").get("static") is True:
        return Output(
            "solid-start",
            "static",
            config.place("preset") if config else source,
            site=".output/public",
            spa=data.get("ssr") is False,
            immutable=("/_build/assets/", "/assets/"),
            command=("vinxi", "build"),
        )
    if e.manifest.has_any("solid-start") and not e.manifest.has_any("@solidjs/start"):
        return Output(
            "solid-start",
            "web",
            source,
            file="dist/server.js",
            port=3000,
            folders=("dist",),
            excludes=("src",),
            command=("solid-start", "build"),
        )
    made = _nitro_server("solid-start", source, preset, ("vinxi", "build"))
    return _by_plugin(made, config, plugin)


def tanstack_start(e: Evidence, step: Start | None) -> Output | None:
    """https://tanstack.com/start/latest/docs/framework/react/guide/hosting: nitro makes the server."""
    config = e.config("app.config", "vite.config")
    data = _data(config)
    source = step.source if step else "default: tanstack-start"
    start = e.script("start")
    if _has_nitro(e, start) or (config and config.path.startswith("app.config")):
        plugin = _preset_of_plugin(config)
        preset = plugin or text(data, "server", "preset")
        made = _nitro_server("tanstack-start", source, preset, ("vite", "build"))
        return _pages(made, config) if preset in _PAGES_ONLY else _by_plugin(made, config, plugin)
    spa = _spa_of(config)
    if spa:
        return Output(
            "tanstack-start",
            "static",
            source,
            site="dist/client",
            spa=True,
            fallback="_shell.html",
            immutable=("/assets/",),
            command=("vite", "build"),
        )
    out = Output(
        "tanstack-start",
        "web",
        source,
        port=3000,
        folders=("dist",),
        excludes=("src", "public"),
        run_environment=OPEN,
        command=("vite", "build"),
    )
    out = out._replace(arguments=("--prod", "-s", "../client", "dist/server/server.js"))
    if e.manifest.has("srvx"):
        return out._replace(file="node_modules/srvx/bin/srvx.mjs")
    stated = start is not None and start.name != "vite" and _FILE not in start.argv
    return out if stated or e.manifest.has_any(*_ELSEWHERE) else _with_server(e, out)


def _pages(out: Output, config: Config | None) -> Output:
    """The same with a preset that prerenders pages, and makes no server."""
    return Output(
        out.framework,
        "static",
        config.place("preset") if config else out.source,
        site=".output/public",
        immutable=("/assets/",),
        command=out.command,
    )


def _preset_of_plugin(config: Config | None) -> str | None:
    """The preset that nitro is given as a plugin of Vite: https://nitro.build/docs/quick-start."""
    return text((config.arguments_of(*_PLUGINS) if config else None) or {}, "preset")


def _by_plugin(out: Output, config: Config | None, preset: str | None) -> Output:
    """Say that a preset of the plugin builds for another platform: the environment does not change it."""
    if config is None or preset is None or preset in _FOR_NODE:
        return out
    said = f"nitro's preset {preset} builds for another platform: use node-server, or none"
    return out._replace(warnings=(ProjectWarning("adapter", said, config.place("preset")),))


def _has_nitro(e: Evidence, start: Start | None) -> bool:
    """Whether nitro makes the server: until 1.131 it was a part of the framework."""
    if e.manifest.has_any(*_MAKERS):
        return True
    version = next((found for name in _STARTS if (found := e.version(name))), ())
    return version < _WITHOUT_NITRO if version else start is not None and _FILE in start.argv


def _with_server(e: Evidence, out: Output) -> Output:
    """The output with a server that the project does not bring: the build exports a handler alone."""
    added = f"srvx@{tool('srvx', e.major)}"
    said = f"no production server among the dependencies: {added} is added to the image"
    return out._replace(
        file=f"{GLOBAL}/srvx/bin/srvx.mjs",
        server_package=added,
        warnings=(ProjectWarning("server-added", said, out.source),),
    )


def _spa_of(config: Config | None) -> bool:
    """Whether the plugin is asked for a shell alone: https://tanstack.com/start/latest/docs/framework/react/guide/spa-mode."""
    callees = (
        "@tanstack/react-start/plugin/vite.tanstackStart",
        "@tanstack/solid-start/plugin/vite.tanstackStart",
    )
    told = config.arguments_of(*callees) if config else None
    return bool(told and below(told, "spa").get("enabled") is True)
