"""The dated catalogue: every release, image tag and tool version that we can write (catalogue.toml)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple


class Release(NamedTuple):
    """A release of a language, as images are published for it."""

    version: str  # "3.14"
    eol: str  # "2030-10-31"
    suite: str  # "trixie": the newest Debian suite that its slim image was published for
    ended: bool  # past its end of life on the catalogue's date: no clock is read


def updated() -> str:
    """Return the day the catalogue was checked: "2026-11-22"."""
    return str(_data()["updated"])


def releases(stack: str) -> tuple[Release, ...]:
    """Return the releases of a stack's language, newest first."""
    rows = _data()[stack]["releases"]
    return tuple(Release(r["version"], r["eol"], r["suite"], r["eol"] < updated()) for r in rows)


def default_release(stack: str) -> str:
    """Return the release that a project gets which states none."""
    return str(_data()[stack]["default"])


def image(name: str, **parts: str) -> str:
    """Return an image's reference: image("uv", version="0.13.9"); LookupError where none is published."""
    row = _data()["images"].get(name)
    if row is None:
        raise LookupError(f"no image {name!r} in the catalogue")
    return str(row["ref"].format(**parts))


def has_image(name: str) -> bool:
    """Say whether an image is published for it: for minio none is."""
    return name in _data()["images"]


def tool(name: str, python: str | None = None) -> str:
    """Return the newest version of a tool, or the newest that runs on a Python: tool("poetry", "3.9")."""
    row = _data()["tools"].get(name)
    if row is None:
        raise LookupError(f"no tool {name!r} in the catalogue")
    fitting = [v for v in row["versions"] if python is None or _key(v["python"]) <= _key(python)]
    return str((fitting or row["versions"][-1:])[0]["version"])


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


@cache
def _data() -> dict[str, Any]:
    import tomli

    return tomli.loads(Path(__file__).with_name("catalogue.toml").read_text("utf-8"))
