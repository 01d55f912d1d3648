"""Which releases of Python a package has a wheel for, by its lock or by the dated table. Asks no index."""

import re
from typing import Any

from scaffold.nouns import NamedTuple
from scaffold.tables import read_table

from .dependencies import Dependency, Locked, holds
from .project import Project

_NUMERIC = r"\d{1,9}(\.\d{1,9})*"
_TAGS = re.compile(r"-([^-]+)-([^-]+)-([^-]+)\.whl$")


class Pin(NamedTuple):
    """A package as production installs it."""

    name: str
    version: str  # "" where it is open
    source: str
    locked: Locked | None = None
    asked: Dependency | None = None


def pins(project: Project) -> tuple[Pin, ...]:
    """Return everything that production installs, as far as it is known."""
    asked = {item.name: item for item in project.dependencies if item.name}
    if project.locked:
        return tuple(Pin(i.name, i.version, i.source, i, asked.get(i.name)) for i in project.locked.values())
    return tuple(Pin(item.name, item.pin or "", item.source, None, item) for item in asked.values())


def dev_pins(project: Project) -> tuple[Pin, ...]:
    """Return what tests and development install beside it."""
    if project.locked_dev:
        return tuple(Pin(i.name, i.version, i.source, i) for i in project.locked_dev.values())
    named = (item for item in project.dev_dependencies if item.name)
    return tuple(Pin(item.name, item.pin or "", item.source, None, item) for item in named)


def is_wanted(pin: Pin, release: str) -> bool:
    """Whether its markers let RELEASE have it."""
    markers = [part.marker for part in (pin.locked, pin.asked) if part and part.marker]
    return all(holds(marker, release) for marker in markers)


def fits(pin: Pin, release: str) -> bool | None:
    """Whether PIN has a wheel for RELEASE and runs there; None where nothing here knows."""
    if pin.locked and pin.locked.url:
        return None
    if runs(pin, release) is False:
        return False
    if pin.locked and pin.locked.lists_files:
        return has_wheel(pin.locked.wheels, release)
    return _by_table("wheels", pin, release)


def runs(pin: Pin, release: str) -> bool | None:
    """Whether its documentation says that PIN runs on RELEASE; None where nothing here knows."""
    return _by_table("runs", pin, release)


def has_wheel(names: tuple[str, ...], release: str) -> bool:
    """Whether one of the wheels called NAMES installs on RELEASE in a Debian image."""
    return any(
        match and tags_fit(match[1], match[2], match[3], release) for match in map(_TAGS.search, names)
    )


def tags_fit(pythons: str, abis: str, platforms: str, release: str) -> bool:
    """Whether a wheel's tags fit RELEASE in a Debian image: https://peps.python.org/pep-0425/"""
    minor = int(release.split(".")[1])
    fits_platform = any(
        part == "any" or part.startswith(("manylinux", "linux")) for part in platforms.split(".")
    )
    return fits_platform and any(
        _python_fits(python, abi, minor) for python in pythons.split(".") for abi in abis.split(".")
    )


def _python_fits(python: str, abi: str, minor: int) -> bool:
    match = re.fullmatch(r"(cp|py)3(\d*)", python)
    if not match:
        return False
    asked = int(match[2] or 0)
    if match[1] == "py" or abi == "abi3":
        return asked <= minor
    return asked == minor and abi in (f"cp3{minor}", f"cp3{minor}m", "none")


def _by_table(kind: str, pin: Pin, release: str) -> bool | None:
    row = _table()[kind].get(pin.name)
    if row is None or _minor(release) < min(map(_minor, row)):
        return None
    first = row.get(release)
    if first is None:
        # newer than all that were looked up, or none was there
        return False if _minor(release) <= _minor(_table()["newest"]) else None
    if pin.version:
        return _is_at_least(pin.version, first)
    constraint = pin.asked.constraint if pin.asked and pin.asked.specifier else None
    return not constraint.ends_before(first) if constraint else True


def _minor(release: str) -> int:
    return int(release.split(".")[1])


def _is_at_least(version: str, first: str) -> bool | None:
    if re.fullmatch(_NUMERIC, version) and re.fullmatch(_NUMERIC, first):
        return _numbers(version) >= _numbers(first)
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) >= Version(first)
    except InvalidVersion:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.sub(r"(\.0+)+$", "", version).split("."))


def _table() -> dict[str, Any]:
    return read_table(__file__, "newest.toml")
