"""Angular: what angular.json says of the application's build. Knows nothing of other frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scaffold.model import Ambiguity

from ..code.source import config
from ..packages.manifest import table
from .outputs import Output, argument, base_of, option, placed

if TYPE_CHECKING:
    from ..program.evidence import Evidence
    from ..program.scripts import Start

FILE = "angular.json"
#: Builders whose pages lie in `browser/` below the output path: https://angular.dev/tools/cli/build-system-migration.
_APPLICATION = ("@angular/build:application", "@angular-devkit/build-angular:application")


def applications(e: Evidence) -> dict[str, dict[str, Any]]:
    """Return the projects of angular.json that are applications, with what is said of each."""
    said = table(config(e.tree, FILE), "projects")
    return {
        str(name): project
        for name, project in said.items()
        if isinstance(project, dict)
        and project.get("projectType", "application") == "application"
        and _target(project, "build")
    }


def _target(project: Mapping[str, Any], name: str) -> dict[str, Any]:
    return table(project, "architect", name) or table(project, "targets", name)


def choose(e: Evidence, step: Start | None) -> tuple[str | None, tuple[Ambiguity, ...]]:
    """Return the application that is built: answered, named by the build, the default, or the only one."""
    found = applications(e)
    answer = e.answers.get("main")
    default = config(e.tree, FILE).get("defaultProject")
    for name in (
        answer.value if answer else None,
        argument(step, "build"),
        option(step, "--project"),
        default,
    ):
        if isinstance(name, str) and name in found:
            return name, ()
    first = next(iter(found), None)
    return first, (Ambiguity("main", tuple(found)),) if len(found) > 1 else ()


def angular(e: Evidence, step: Start | None) -> Output | None:
    """https://angular.dev/reference/configs/workspace-config#output-path-configuration."""
    name, _ = choose(e, step)
    if name is None:
        return None
    build = _target(applications(e)[name], "build")
    options = {**table(build.get("options")), **table(build, "configurations", "production")}
    modern = str(build.get("builder", "")).endswith(":application")
    out, browser, server = _folders(name, options)
    base = base_of(option(step, "--base-href") or _text(options.get("baseHref")))
    line = e.tree.line_of(FILE, r'"outputPath"')
    source = f"{FILE}:{line}" if line else FILE
    if modern and _renders(options):
        return Output(
            "angular",
            "web",
            source,
            file=placed(out, server, "server.mjs"),
            port=4000,
            folders=(out,),
            copies=((out, out),),
            production=False,
            # every other host is refused, also that of the health check
            run_environment={"NG_ALLOWED_HOSTS": "localhost,127.0.0.1"},
            command=("ng", "build"),
        )
    site = placed(out, browser) if modern else out
    return Output("angular", "static", source, site=site, spa=True, base_path=base, command=("ng", "build"))


def _folders(name: str, options: Mapping[str, Any]) -> tuple[str, str, str]:
    """(the output's folder, the pages' in it, the server's in it)."""
    path = options.get("outputPath")
    if isinstance(path, dict):
        browser, server = path.get("browser", "browser"), path.get("server", "server")
        return placed(_text(path.get("base")) or f"dist/{name}"), str(browser), str(server)
    return placed(_text(path) or f"dist/{name}"), "browser", "server"


def _renders(options: Mapping[str, Any]) -> bool:
    """Whether pages are rendered on a server, not only when they are built."""
    asked = options.get("ssr")
    has_entry = isinstance(asked, dict) or asked is True
    return has_entry and bool(options.get("server")) and options.get("outputMode") != "static"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
