"""The commands that install packages: each manager's own words for it, by its version. Runs none."""

from collections.abc import Mapping
from typing import Any

from scaffold.model import Fact, Value
from scaffold.nouns import NamedTuple

#: A command, and commands in their order.
Argv = tuple[str, ...]
Commands = tuple[Argv, ...]

#: Where each manager keeps what it has downloaded; for pnpm and Yarn the image says so itself.
_STORES = {
    "npm": "/root/.npm",
    "pnpm": "/pnpm/store",
    "yarn": "/usr/local/share/.cache/yarn",
    "berry": "/usr/local/share/.cache/yarn",
    "bun": "/root/.bun/install/cache",
}
#: What each is called on npm.
_PACKAGES = {"berry": "@yarnpkg/cli-dist"}
#: Takes what only tests and builds need out of any manager's node_modules, and leaves the rest as it is, with
#: patched and generated files. `yarn --production` and `yarn workspaces focus` install anew.
_PRUNE = (
    "npm", "prune", "--omit=dev", "--ignore-scripts", "--legacy-peer-deps", "--no-package-lock", "--no-audit",
    "--no-fund",
)  # fmt: skip


#: The same by npm's own lock file: what is left keeps its version, and the peers that it needs.
_PRUNE_LOCKED = (
    "npm", "prune", "--omit=dev", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund",
)  # fmt: skip


class _Project(NamedTuple):
    """What the commands depend on."""

    manager: str  # "berry" is Yarn 2 and later
    major: int  # of the manager; 0: unknown
    version: str | None
    yarn_path: str | None
    locked: bool
    taken_out: Argv  # the project's own scripts that an install must not run
    allowed: Argv  # dependencies whose build scripts must run
    any_engine: bool
    kept: Mapping[str, str]  # what of the dependencies for development production keeps
    member: str | None  # whose they are

    @property
    def yarn(self) -> Argv:
        return ("node", self.yarn_path) if self.yarn_path else ("yarn",)

    @property
    def approves(self) -> bool:
        """Whether it is a pnpm that runs no dependency's script unless it is told to."""
        return self.manager == "pnpm" and self.major >= 10


def find_installs(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the facts of how the packages that FACTS tell of are installed."""
    project = _read(facts)
    because = facts["package_manager"].source if "package_manager" in facts else "default: npm"
    found: dict[str, Value] = {
        "install": (*_before(project), _install(project)),
        "production_install": _for_production(project),
        "prune_install": _pruning(project),
        "store": _STORES[project.manager],
        "edits_manifest": bool(_before(project)) or _drops_development(project),
    }
    if project.version and not project.yarn_path:
        package = _PACKAGES.get(project.manager, project.manager)
        found["manager_install"] = _global(f"{package}@{project.version}", project.manager)
    made = {key: Fact(value, because) for key, value in found.items()}
    environment = {**_environment(project), **_value(facts, "install_environment", {})}
    if environment:
        made["install_environment"] = Fact(environment, because)
    return {**made, **_preparation(facts), **_by_own_yarn(facts)}


def _preparation(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The fact of what is run once the source is there: scripts that had to wait, and generators."""
    runner = _value(facts, "package_manager", "npm")
    scripts = tuple((str(runner), "run", name) for name in _waiting(facts))
    commands = (*scripts, *_value(facts, "prepare", ()))
    if not commands:
        return {}
    source = facts["install_scripts" if scripts else "prepare"].source
    return {"prepare": Fact(tuple(_with_own_yarn(argv, facts) for argv in commands), source)}


def _by_own_yarn(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The commands of the build and the tests, where they are run by a Yarn that the repository holds."""
    found = {}
    if "build" in facts:
        commands = tuple(_with_own_yarn(argv, facts) for argv in facts["build"].value)
        found["build"] = Fact(commands, facts["build"].source)
    if "test" in facts:
        found["test"] = Fact(_with_own_yarn(facts["test"].value, facts), facts["test"].source)
    return found


def _with_own_yarn(argv: Argv, facts: Mapping[str, Fact]) -> Argv:
    """Return ARGV as it runs where the repository holds the Yarn that it names."""
    path = _value(facts, "yarn_path", None)
    return ("node", path, *argv[1:]) if path and argv[:1] == ("yarn",) else argv


def _value(facts: Mapping[str, Fact], key: str, usual: Any) -> Any:
    return facts[key].value if key in facts else usual


def _read(facts: Mapping[str, Fact]) -> _Project:
    version = _value(facts, "manager_version", None)
    major = str(version or "").partition(".")[0]
    name = str(_value(facts, "package_manager", "npm"))
    return _Project(
        manager="berry" if name == "yarn" and _value(facts, "berry", False) else name,
        major=int(major) if major.isdecimal() else 0,
        version=version,
        yarn_path=_value(facts, "yarn_path", None),
        locked=bool(_value(facts, "locked", False)),
        taken_out=(*_waiting(facts), *_value(facts, "drop_scripts", ())),
        allowed=tuple(_value(facts, "allow_builds", ())),
        any_engine=bool(_value(facts, "ignore_engines", False)),
        kept=_value(facts, "kept", {}),
        member=_value(facts, "member", None),
    )


def _waiting(facts: Mapping[str, Fact]) -> Argv:
    """Return the project's own scripts of the install that have to wait for the source."""
    return () if _value(facts, "sources_first", False) else tuple(_value(facts, "install_scripts", ()))


# -- commands


def _before(project: _Project) -> Commands:
    """What is changed in package.json, in the build alone, before an install reads it."""
    commands: list[Argv] = []
    if project.taken_out:
        commands.append(("npm", "pkg", "delete", *(f"scripts.{name}" for name in project.taken_out)))
    if project.approves and project.major == 10 and project.allowed:
        listed = ",".join(f'"{name}"' for name in project.allowed)
        commands.append(("npm", "pkg", "set", "--json", f"pnpm.onlyBuiltDependencies=[{listed}]"))
    return tuple(commands)


def _install(project: _Project) -> Argv:
    if project.manager == "npm":
        return ("npm", "ci" if project.locked else "install", "--no-audit", "--no-fund")
    if project.manager == "pnpm":
        frozen = "--frozen-lockfile" if project.locked else "--no-frozen-lockfile"
        return ("pnpm", "install", *_approvals(project), frozen)
    if project.manager == "berry":
        return (*project.yarn, "install", "--immutable" if project.locked else "--no-immutable")
    frozen_words = ("--frozen-lockfile",) if project.locked else ()
    if project.manager == "bun":
        return ("bun", "install", *frozen_words)
    engines = ("--ignore-engines",) if project.any_engine else ()
    return (*project.yarn, "install", "--non-interactive", *engines, *frozen_words)


def _approvals(project: _Project) -> Argv:
    """The flags by which pnpm 11 and later lets build scripts run, and is no more stopped by the others."""
    if not project.approves or project.major == 10:
        return ()
    if project.major == 11 and project.allowed:
        return ("--config.dangerouslyAllowAllBuilds=true",)
    listed = ",".join(f'"{name}":true' for name in project.allowed)
    allowed = (f"--config.allowBuilds={{{listed}}}",) if project.allowed else ()
    return ("--config.strictDepBuilds=false", *allowed)


def _for_production(project: _Project) -> Commands:
    """The install of what production needs, from nothing."""
    if project.manager == "berry" and project.major in (2, 3):  # which has no `focus`
        drop = ("npm", "pkg", "delete", "devDependencies")
        return (*_before(project), drop, (*project.yarn, "install", "--no-immutable"))
    if project.manager == "berry":
        return (*_before(project), (*project.yarn, "workspaces", "focus", "--all", "--production"))
    flag = {"npm": "--omit=dev", "pnpm": "--prod"}.get(project.manager, "--production")
    return (*_before(project), (*_install(project), flag))


def _drops_development(project: _Project) -> bool:
    return project.manager == "berry" and project.major in (2, 3)


def _pruning(project: _Project) -> Commands:
    """What makes production's share of all that is installed."""
    if project.manager != "pnpm":
        is_locked = project.manager == "npm" and project.locked
        return (*_keeping(project), _PRUNE_LOCKED if is_locked else _PRUNE)
    install = _install(project._replace(locked=project.locked and not project.kept))
    fresh = ("--prod", "--ignore-scripts", "--config.modules-cache-max-age=0")
    return (*_keeping(project), ("env", "CI=true", *install, *fresh))


def _keeping(project: _Project) -> Commands:
    """What makes dependencies for development those of production, in the build alone."""
    if not project.kept:
        return ()
    npm = ("npm", f"--prefix={project.member}") if project.member else ("npm",)
    moved = (f"dependencies[{name}]={asked}" for name, asked in project.kept.items())
    left = (f"devDependencies[{name}]" for name in project.kept)
    return ((*npm, "pkg", "set", *moved), (*npm, "pkg", "delete", *left))


def _global(package: str, manager: str) -> Argv:
    """The install of the manager itself; Yarn takes the place of the one that the image may bring."""
    force = ("--force",) if manager in ("yarn", "berry") else ()
    return ("npm", "install", "--global", *force, "--no-audit", "--no-fund", package)


# -- environment


def _environment(project: _Project) -> dict[str, str]:
    """What the managers are told by environment variables."""
    if project.manager == "pnpm":
        return _of_pnpm(project)
    if project.manager == "npm":
        return {"npm_config_engine_strict": "false"} if project.any_engine else {}
    if project.manager != "berry":
        return {}
    # node_modules is what every tool and every image knows; what is downloaded goes into the build's cache
    scripts = {"YARN_ENABLE_SCRIPTS": "true"} if project.allowed else {}
    return {
        "YARN_ENABLE_GLOBAL_CACHE": "true",
        **scripts,
        "YARN_ENABLE_TELEMETRY": "0",
        "YARN_GLOBAL_FOLDER": _STORES["berry"],
        "YARN_NODE_LINKER": "node-modules",
    }


def _of_pnpm(project: _Project) -> dict[str, str]:
    """Since pnpm 11 its variables have a prefix of their own; it would fetch another version of itself."""
    prefix = "pnpm_config" if project.major >= 11 else "npm_config"
    own = {"pnpm_config_pm_on_fail": "ignore"} if project.major >= 11 else {}
    engines = {f"{prefix}_engine_strict": "false"} if project.any_engine else {}
    return {**own, f"{prefix}_store_dir": _STORES["pnpm"], **engines}
