"""Check with a Docker Engine that every Debian name in the native.toml of Python and Go exists in its suite.

python .ci/apt_names.py
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

DETECTORS = Path(__file__).parent.parent / "detectors"
TABLE = DETECTORS / "python" / "native.toml"
GO_TABLE = DETECTORS / "go" / "native.toml"
GO_SUITE = "trixie"
IMAGES = {"trixie": "python:3.13-slim-trixie", "bookworm": "python:3.11-slim-bookworm"}
OTHERS = {"build-essential", "git", "openssh-client", "libgdal36", "libgeos-c1t64", "libproj25"}


def names(suite: str) -> list[str]:
    data = tomllib.loads(TABLE.read_text())
    rows = [row for row in data.values() if isinstance(row, dict)]
    found = OTHERS | {
        name for row in rows for key in ("compile", "link", "load") for name in row.get(key, ())
    }
    of_go = names_of_go() if suite == GO_SUITE else set()
    return sorted({data.get(suite, {}).get(name, name) for name in found} | of_go)


def names_of_go() -> set[str]:
    data = tomllib.loads(GO_TABLE.read_text())
    found = {name for name in data.pop("programs").values() if name}
    found |= {name for row in data.pop("libraries").values() for name in row.values()}
    rows = [row for row in data.values() if isinstance(row, dict)]
    return found | {name for row in rows for key in ("build", "load") for name in row.get(key, ())}


def missing(suite: str) -> list[str]:
    asked = names(suite)
    show = 'for name in "$@"; do apt-cache show "$name" >/dev/null 2>&1 || echo "$name"; done'
    script = f"apt-get update -qq >/dev/null 2>&1; {show}"
    words = ["docker", "run", "--rm", IMAGES[suite], "sh", "-c", script, "sh", *asked]
    return subprocess.run(words, capture_output=True, check=True, text=True).stdout.split()  # noqa: S603


if __name__ == "__main__":
    gone = {suite: missing(suite) for suite in IMAGES}
    for suite, lost in gone.items():
        print(f"{suite}: {len(names(suite)) - len(lost)} there, missing: {', '.join(lost) or 'none'}")
    sys.exit(any(gone.values()))
