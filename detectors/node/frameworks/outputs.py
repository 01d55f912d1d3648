"""What a framework's build makes: a server's files or a folder of pages. Knows no framework."""

from collections.abc import Mapping
from posixpath import join, normpath
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from scaffold.model import EnvironmentVariable, ProjectWarning, Writable
from scaffold.nouns import NamedTuple

from ..program.scripts import Start

_NONE: Mapping[str, str] = MappingProxyType({})
ALL = ((".", "."),)
#: Inside the container; the host's port is on 127.0.0.1.
OPEN: Mapping[str, str] = MappingProxyType({"HOST": "0.0.0.0"})  # noqa: S104

#: Where the images have what is installed for everybody.
GLOBAL = "/usr/local/lib/node_modules"


class Output(NamedTuple):
    """What a build makes, and how it is served."""

    framework: str
    kind: str  # "web" or "static"
    source: str  # what says so
    # a server
    file: str | None = None  # what node runs
    arguments: tuple[str, ...] = ()
    server_package: str | None = None  # "srvx@1.0.8": what serves it, where the project brings nothing
    port: int | None = None
    port_variable: str = "PORT"
    folders: tuple[str, ...] = ()  # that the build writes: a start in there is the framework's own
    copies: tuple[tuple[str, str], ...] = ALL
    excludes: tuple[str, ...] = ()
    production: bool = True
    run_environment: Mapping[str, str] = _NONE
    build_environment: Mapping[str, str] = _NONE
    dev_environment: Mapping[str, str] = _NONE
    environment: tuple[EnvironmentVariable, ...] = ()
    writable: tuple[Writable, ...] = ()
    # a site
    site: str | None = None
    spa: bool = False
    fallback: str | None = None  # the page for unknown paths where it is not index.html
    not_found: str | None = None
    immutable: tuple[str, ...] = ()
    base_path: str = "/"
    # how it is made and developed
    command: tuple[str, ...] = ()  # that builds it where no script does
    warnings: tuple[ProjectWarning, ...] = ()

    @property
    def served(self) -> bool:
        """Whether there is a way to serve it."""
        return self.kind == "static" or self.file is not None


def option(start: Start | None, *names: str) -> str | None:
    """Return the value that a command gives the first of the options NAMES: `--out dist`, `--out=dist`."""
    words = start.argv[1:] if start else ()
    for word, after in zip(words, (*words[1:], ""), strict=False):
        key, equals, value = word.partition("=")
        if key in names and (value if equals else after):
            found = value if equals else after
            return None if found.startswith("$") or (not equals and found.startswith("-")) else found
    return None


def argument(start: Start | None, verb: str) -> str | None:
    """Return the word that follows VERB in a command: `vitepress build docs`."""
    words = start.argv[1:] if start else ()
    if verb not in words:
        return None
    rest = words[words.index(verb) + 1 :]
    return rest[0] if rest and not rest[0].startswith("-") else None


def text(data: Mapping[str, Any], *keys: str) -> str | None:
    """Return the text in DATA below KEYS."""
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value else None


def below(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return the table in DATA below KEYS, or an empty one."""
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def placed(*parts: str | None) -> str:
    """Return a path inside the app; what leads out of it, or is absolute, loses what leads there."""
    path = normpath(join("", *(part.lstrip("/") for part in parts if part)))
    while path.startswith("../"):
        path = path[3:]
    return "." if path in {"..", ""} else path


def base_of(value: str | None) -> str:
    """Return the path that a site is served below: `/docs/` of "docs", "/docs" or "https://x.org/docs/"."""
    if not value or value in {".", "./"}:
        return "/"
    path = urlsplit(value).path.strip("/") if "//" in value else value.strip("/")
    return f"/{path}/" if path and not path.startswith(".") and " " not in path else "/"


def prefixes(*folders: str) -> tuple[str, ...]:
    """Return folders as prefixes of addresses: "/assets/"."""
    return tuple(f"/{folder.strip('/')}/" for folder in folders if folder.strip("/."))
