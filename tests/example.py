"""The projects in examples/, and what their test.toml says that success is. Knows nothing of Docker."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples"
GOLDEN = Path(__file__).parent / "golden"

#: Where the web server of sites listens.
SITE_PORT = 8080

#: What is no part of an example: what success is, and what somebody left behind who ran it.
LEFT_OUT = shutil.ignore_patterns(
    *("test.toml", "__pycache__", ".pytest_cache", ".venv", "*.egg-info"),
    *("node_modules", ".yarn", "dist", "build", "_site", "*.tsbuildinfo", "next-env.d.ts"),
    *(".astro", ".data", ".next", ".nuxt", ".output", ".svelte-kit"),
)


@dataclass(frozen=True, slots=True)
class Http:
    """A page, and the text that it shows."""

    port: int
    path: str
    expect: str
    expect_built: str = ""  # a regular expression; what only the production image shows
    cached: str = ""  # a regular expression; the address of what a browser may keep for good


@dataclass(frozen=True, slots=True)
class Socket:
    """A web socket that is sent a frame of bytes, and the text that comes back."""

    path: str
    send: str  # in hexadecimal
    expect: str


@dataclass(frozen=True, slots=True)
class Grpc:
    """A method that is called with a message, and the text that comes back."""

    port: int
    path: str  # "/tides.Tides/Next"
    send: str  # the message in protobuf's encoding, in hexadecimal
    expect: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that is posted, and the text that shows it, after a restart too."""

    post: str
    form: Mapping[str, str]
    path: str
    expect: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of source that a developer changes: what is shown changes with it."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Index:
    """The private index that a dependency comes from, and the build secrets that open it."""

    address: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Example:
    """A project, and what success is."""

    folder: Path
    edit: Edit
    http: Http | None = None
    grpc: Grpc | None = None
    stdout: str | None = None
    socket: Socket | None = None
    kept: Kept | None = None
    index: Index | None = None

    @property
    def name(self) -> str:
        """The name of its folder: python-fastapi-uv."""
        return self.folder.name

    @property
    def stack(self) -> str:
        """The stack that it is an example of."""
        return self.name.partition("-")[0]

    @property
    def port(self) -> int | None:
        """The port that it listens on; None: it is no server."""
        served = self.http or self.grpc
        return served.port if served else None

    @property
    def is_a_program(self) -> bool:
        """Say whether it has tests; plain pages have none."""
        return self.stack != "static"

    @property
    def is_a_site(self) -> bool:
        """Say whether a web server alone serves it: its files are all there is."""
        return self.http is not None and self.http.port == SITE_PORT and self.stack in ("node", "static")

    @property
    def has_dependencies(self) -> bool:
        """Say whether anything is installed for it; Go's standard library is there."""
        return self.is_a_program and (self.stack != "go" or (self.folder / "go.sum").exists())

    def copy(self, to: Path) -> Path:
        """Lay the project down where it may be written to."""
        return Path(shutil.copytree(self.folder, to, ignore=LEFT_OUT))


PARTS: Mapping[str, type[Any]] = {
    "http": Http, "grpc": Grpc, "socket": Socket, "kept": Kept, "edit": Edit, "index": Index
}  # fmt: skip

_T = TypeVar("_T")


def read_example(folder: Path) -> Example:
    """Read a test.toml; a key that nobody knows is an error."""
    data = tomllib.loads((folder / "test.toml").read_text("utf-8"))
    parts = {key: _part(PARTS[key], value) if key in PARTS else value for key, value in data.items()}
    example = _part(Example, {**parts, "folder": folder})
    said = [each for each in (example.http, example.grpc, example.stdout) if each is not None]
    if len(said) != 1:
        raise ValueError(f"{folder.name}/test.toml: one of [http], [grpc] and stdout says what success is")
    return example


def _part(kind: type[_T], values: Mapping[str, Any]) -> _T:
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    if strange := sorted(set(values) - known):
        raise ValueError(f"unknown key {strange[0]!r} in test.toml; known are {', '.join(sorted(known))}")
    return kind(**values)


EXAMPLES = tuple(read_example(path.parent) for path in sorted(FOLDER.glob("*/test.toml")))
