"""The dated catalogue: every release, image tag and tool version that we can write (catalogue.toml)."""

from typing import Any

from scaffold.nouns import NamedTuple
from scaffold.tables import read_table


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


def npm_of(release: str) -> str | None:
    """Return the major of the npm that the image of a release of Node.js brings: npm_of("24") is "11"."""
    return next((str(row["npm"]) for row in _data()["node"]["releases"] if row["version"] == release), None)


def has_distroless(release: str) -> bool:
    """Say whether there is a distroless image of a release of Node.js."""
    rows = _data()["node"]["releases"]
    return any(row["version"] == release and row.get("distroless", False) for row in rows)


def codenames() -> dict[str, str]:
    """Return the releases of Node.js by the names of their long-term support: "iron" is "20"."""
    rows = _data()["node"]["releases"]
    return {row["codename"]: row["version"] for row in rows if "codename" in row}


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


class Tool(NamedTuple):
    """A version of a tool."""

    version: str  # "10.34.9"
    since: str  # "18.12": the oldest release of its language that it runs on
    lock: str  # "8": the version of the lock file that it writes, where that decides; else ""

    def runs_on(self, release: str) -> bool:
        """Whether it runs on the newest patch of RELEASE: "3.9" of Python, "24" of Node.js."""
        return _key(self.since) <= _key(f"{release}.999" if "." not in release else release)


def tools(name: str) -> tuple[Tool, ...]:
    """Return the versions of a tool, newest first."""
    row = _data()["tools"].get(name)
    if row is None:
        raise LookupError(f"no tool {name!r} in the catalogue")
    return tuple(Tool(v["version"], _since(v), v.get("lock", "")) for v in row["versions"])


def tool(name: str, release: str | None = None) -> str:
    """Return the newest version of a tool, or the newest that runs on a release: tool("poetry", "3.9")."""
    listed = tools(name)
    fitting = [row for row in listed if release is None or row.runs_on(release)]
    return (fitting or listed[-1:])[0].version


def _since(row: dict[str, str]) -> str:
    return next(row[language] for language in ("python", "node", "go") if language in row)


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def _data() -> dict[str, Any]:
    return read_table(__file__, "catalogue.toml")
