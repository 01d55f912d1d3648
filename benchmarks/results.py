"""What was measured last, kept as JSON beside the benchmarks: one part for each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def load(path: Path = RESULTS) -> dict[str, Any]:
    """Return all parts, by name; none where nothing was measured yet."""
    if not path.exists():
        return {}
    parts: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return parts


def save(part: str, measured: Mapping[str, Any], path: Path = RESULTS) -> dict[str, Any]:
    """Put MEASURED in the place of PART, and return all parts."""
    parts = dict(sorted({**load(path), part: measured}.items()))
    # What is within a part stays in its order, in which the page and the picture show it.
    path.write_text(json.dumps(parts, indent=1) + "\n", "utf-8")
    return parts
