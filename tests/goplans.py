"""Plans of Go apps by hand, one of each kind: whatever `detectors/go` finds, in the shapes that it finds it.

`main` is the package that is built, `module` the folder of its module, where `go` runs: both from the root.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scaffold.model import (
    BuildSecret,
    EnvironmentVariable,
    Fact,
    Finding,
    Health,
    Plan,
    Runtime,
    Service,
    Writable,
)
from scaffold.packs import builtin
from scaffold.plan import make_plan


def plan(**values: Any) -> Plan:
    """Return a plan with these values, each from a file that says so."""
    common: dict[str, Any] = {
        "runtime": Runtime("1.26", None, "1.27"),
        "package_manager": "go",
        "manifests": ("go.mod", "go.sum"),
        "module": ".",
        "main": ".",
        "locked": True,
        "vendored": False,
        "workspace": False,
        "cgo": False,
        "libc": "none",
        "final": "distroless",
    }
    facts = {
        name: Fact(value, "go.mod:3") for name, value in {**common, **values}.items() if value is not None
    }
    return make_plan(Finding("go", "go.mod", facts), builtin(), {})


def gin_postgres(**values: Any) -> Plan:
    """A web server with a database, templates beside it, and its version stamped in."""
    facts: dict[str, Any] = {
        "name": "shop",
        "kind": "web",
        "framework": "gin",
        "main": "./cmd/api",
        "port": 8080,
        "start": ("/usr/local/bin/api",),
        "test": ("go", "test", "./..."),
        "health": Health("/healthz"),
        "services": (Service("postgres", "internal/db/db.go:12"),),
        "environment": (
            EnvironmentVariable(
                "DATABASE_URL", True, "cmd/api/main.go:9", None, "postgres://app:local@postgres:5432/app"
            ),
        ),
        "run_environment": {"GIN_MODE": "release"},
        "files": (("templates", "templates"), ("static", "static")),
        "stamps": {"main.version": "VERSION", "main.commit": "REVISION"},
    }
    return plan(**{**facts, **values})


def standard_library(**values: Any) -> Plan:
    """No dependency at all: there is no go.sum."""
    facts: dict[str, Any] = {
        "name": "hello",
        "kind": "web",
        "port": 8080,
        "start": ("/usr/local/bin/hello",),
        "health": Health("/"),
        "manifests": ("go.mod",),
    }
    return plan(**{**facts, **values})


def no_manifest(**values: Any) -> Plan:
    """No go.mod: one is made in the build."""
    facts: dict[str, Any] = {
        "kind": "web",
        "port": 80,
        "start": ("/usr/local/bin/app",),
        "manifests": (),
        "locked": False,
        "health": Health(None),
    }
    return plan(**{**facts, **values})


def unlocked(**values: Any) -> Plan:
    """Dependencies, and no go.sum."""
    return standard_library(**{"locked": False, "package_manager": "go", **values})


def vendored(**values: Any) -> Plan:
    """The dependencies are in the repository."""
    facts = {"vendored": True, "manifests": ("go.mod", "go.sum", "vendor/modules.txt")}
    return gin_postgres(**{**facts, **values})


def workspace(**values: Any) -> Plan:
    """One app of a go.work, which needs a module beside its own."""
    facts: dict[str, Any] = {
        "name": "api",
        "kind": "web",
        "main": "./services/api",
        "workspace": True,
        "port": 8080,
        "start": ("/usr/local/bin/api",),
        "health": Health("/healthz"),
        "manifests": (
            "go.work",
            "go.work.sum",
            "services/api/go.mod",
            "services/api/go.sum",
            "shared/go.mod",
        ),
        "test": ("go", "test", "./services/api/...", "./shared/..."),
    }
    return plan(**{**facts, **values})


def nested(**values: Any) -> Plan:
    """A module in a folder, which another folder of the repository stands in for a dependency of."""
    facts: dict[str, Any] = {
        "name": "api",
        "kind": "web",
        "main": "./services/api/cmd/api",
        "module": "services/api",
        "port": 8080,
        "start": ("/usr/local/bin/api",),
        "health": Health("/healthz"),
        "manifests": ("services/api/go.mod", "services/api/go.sum", "shared/go.mod"),
    }
    return plan(**{**facts, **values})


def sqlite_cgo(**values: Any) -> Plan:
    """C that is linked in: the image has a C library, and nothing else."""
    facts: dict[str, Any] = {
        "name": "notes",
        "kind": "web",
        "framework": "echo",
        "port": 1323,
        "start": ("/usr/local/bin/notes",),
        "health": Health("/health"),
        "cgo": True,
        "libc": "c",
        "tags": ("fts5",),
        "writable": (Writable("/app/data", "main.go:20"),),
    }
    return plan(**{**facts, **values})


def images_cgo(**values: Any) -> Plan:
    """C that is a shared library of Debian's, and another program that is run."""
    facts: dict[str, Any] = {
        "name": "thumbs",
        "kind": "web",
        "port": 8080,
        "start": ("/usr/local/bin/thumbs",),
        "health": Health("/"),
        "cgo": True,
        "libc": "c",
        "apt_build": ("libvips-dev",),
        "apt_runtime": ("ffmpeg", "libvips42t64"),
        "final": "slim",
    }
    return plan(**{**facts, **values})


def migrations(**values: Any) -> Plan:
    """A second program of the repository brings the database up to date."""
    facts: dict[str, Any] = {
        "binaries": (
            {"name": "migrate", "package": "./cmd/migrate", "tags": ()},
            {"name": "goose", "package": "github.com/pressly/goose/v3/cmd/goose", "tags": ("no_mysql",)},
        ),
        "processes": {"web": ("/usr/local/bin/api",), "migrate": ("/usr/local/bin/migrate", "up")},
        "files": (("migrations", "migrations"),),
    }
    return gin_postgres(**{**facts, **values})


def private(**values: Any) -> Plan:
    """Modules of a host that asks who you are."""
    facts: dict[str, Any] = {
        "private": "git.acme.example/*",
        "secrets": (BuildSecret("netrc", "Makefile:3", "/root/.netrc"),),
    }
    return gin_postgres(**{**facts, **values})


def private_by_ssh(**values: Any) -> Plan:
    """Modules of a host that asks for a key."""
    facts: dict[str, Any] = {
        "secrets": (BuildSecret("known_hosts", "Makefile:3", "/root/.ssh/known_hosts"),),
        "ssh": ("git.acme.example",),
    }
    return private(**{**facts, **values})


def worker(**values: Any) -> Plan:
    """Runs on, and serves nobody."""
    facts: dict[str, Any] = {
        "name": "mailer",
        "kind": "worker",
        "start": ("/usr/local/bin/mailer", "run"),
        "services": (Service("redis", "main.go:9", user="", password="", database=""),),
    }
    return plan(**{**facts, **values})


def command(**values: Any) -> Plan:
    """Ends by itself."""
    facts: dict[str, Any] = {"name": "wordcount", "kind": "cli", "start": ("/usr/local/bin/wordcount",)}
    return plan(**{**facts, **values})


def unpruned(**values: Any) -> Plan:
    """A module of before Go 1.17, which lies below the root."""
    return nested(**{"from_sums": True, **values})


def newest(**values: Any) -> Plan:
    """Asks for a Go that there is no image of: its own `go` fetches it."""
    facts: dict[str, Any] = {
        "runtime": Runtime("1.99", None, "1.27"),
        "build_environment": {"GOTOOLCHAIN": "auto"},
    }
    return gin_postgres(**{**facts, **values})


#: One of each kind, by name.
PLANS: Mapping[str, Callable[..., Plan]] = {
    make.__name__: make
    for make in (
        gin_postgres, standard_library, no_manifest, unlocked, vendored, workspace, nested, sqlite_cgo,
        images_cgo, unpruned, migrations, private, private_by_ssh, worker, command, newest,
    )
}  # fmt: skip
