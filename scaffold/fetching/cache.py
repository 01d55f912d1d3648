"""Packs that were fetched once, in the user's cache folder: by their digest, and verified when read."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from scaffold.errors import ScaffoldError, UntrustedPack
from scaffold.fetching.packfiles import digest_of, files_in

#: Says where the cache is, before what the system says.
VARIABLE = "SCAFFOLD_CACHE"

_PROGRAM = "docker-scaffold"


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the user's cache folder for us.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    if environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"], _PROGRAM, "cache")
    base = environment.get("XDG_CACHE_HOME")
    return Path(base or Path("~/.cache").expanduser(), _PROGRAM)


def cached(folder: Path, digest: str, name: str) -> dict[str, bytes] | None:
    """Return the files of the pack with this digest, or None where it is not in the cache.

    UntrustedPack: what is there is something else.
    """
    place = folder / "packs" / digest
    if not place.is_dir() or place.is_symlink():
        return None
    try:
        files = files_in(place, name)
    except ScaffoldError as error:
        raise _forged(place, name) from error
    if digest_of(files) != digest:
        raise _forged(place, name)
    return files


def _forged(place: Path, name: str) -> UntrustedPack:
    return UntrustedPack(
        f"{name}: its copy in the cache is not what was fetched; look at it, and delete {place}"
    )


def keep(folder: Path, files: Mapping[str, bytes]) -> str:
    """Put FILES into the cache, where it can be written, and return their digest."""
    digest = digest_of(files)
    place = folder / "packs" / digest
    with suppress(OSError):
        if not place.exists():
            _write(place, files)
    return digest


def _write(place: Path, files: Mapping[str, bytes]) -> None:
    """Write all of FILES or nothing: another process may do the same."""
    from shutil import rmtree

    beside = place.with_name(f".{os.urandom(6).hex()}")
    try:
        for path, content in files.items():
            target = beside / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        beside.rename(place)
    finally:
        rmtree(beside, ignore_errors=True)


# -- what was found out over the network


def remembered(folder: Path, *key: str) -> dict[str, Any]:
    """Return what was noted for KEY; {} where there is nothing."""
    try:
        noted = json.loads(_note(folder, key).read_bytes())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) and noted.get("for") == list(key) else {}


def remember(folder: Path, *key: str, **noted: str) -> None:
    """Note something for KEY, where the cache can be written."""
    place = _note(folder, key)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{os.urandom(6).hex()}")
        beside.write_text(json.dumps({"for": list(key), **noted}), "utf-8")
        beside.replace(place)


def _note(folder: Path, key: tuple[str, ...]) -> Path:
    import hashlib

    return folder / "notes" / f"{hashlib.sha256(chr(0).join(key).encode()).hexdigest()}.json"
