"""Check with a Docker Engine that every Debian name in detectors/python/native.toml exists in its suite.

python .ci/apt_names.py
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

TABLE = Path(__file__).parent.parent / "detectors" / "python" / "native.toml"
IMAGES = {"trixie": "python:3.13-slim-trixie", "bookworm": "python:3.11-slim-bookworm"}
OTHERS = {"build-essential", "git", "openssh-client", "libgdal36", "libgeos-c1t64", "libproj25"}


def names(suite: str) -> list[str]:
    data = tomllib.loads(TABLE.read_text())
    rows = [row for row in data.values() if isinstance(row, dict)]
    found = OTHERS | {
        name for row in rows for key in ("compile", "link", "load") for name in row.get(key, ())
    }
    return sorted({data.get(suite, {}).get(name, name) for name in found})


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
