"""What detectors know, as data beside them: TOML tables of this package, never of a project."""

from __future__ import annotations

import os
from functools import cache
from typing import Any


@cache
def read_table(module: str, name: str) -> dict[str, Any]:
    """Return the TOML file NAME beside MODULE (its `__file__`); it is shared, and not to be changed."""
    import tomli

    with open(os.path.join(os.path.dirname(module), name), "rb") as file:
        return tomli.load(file)
