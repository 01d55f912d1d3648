"""What we know, as data: TOML files beside our modules, never a project's.

They are kept parsed beside them as Python keeps its modules compiled, where it may: to import a parser and
have it read them takes a third as long as the interpreter to start.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from marshal import dumps, loads
from typing import Any


@cache
def read_table(module: str, name: str) -> dict[str, Any]:
    """Return the TOML file NAME beside MODULE (its `__file__`); it is shared, and not to be changed."""
    folder = os.path.dirname(module)
    path = os.path.join(folder, name)
    status = os.stat(path)
    stamp = (status.st_mtime_ns, status.st_size)
    place = os.path.join(folder, "__pycache__", f"{name.replace('/', '-')}.{sys.implementation.cache_tag}")
    match _kept(place):
        case [kept, dict(table)] if kept == stamp:
            return table
    table = _parsed(path)
    _keep(place, (stamp, table))
    return table


def _parsed(path: str) -> dict[str, Any]:
    import tomli

    with open(path, "rb") as file:
        return tomli.load(file)


def _kept(place: str) -> Any:
    try:
        with open(place, "rb") as file:
            return loads(file.read())  # noqa: S302  as much to be trusted as the compiled modules beside it
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _keep(place: str, found: Any) -> None:
    if not sys.dont_write_bytecode and not sys.pycache_prefix:
        new = f"{place}.{os.getpid()}"
        with suppress(OSError):
            with open(new, "xb") as file:
                file.write(dumps(found))
            os.replace(new, place)
