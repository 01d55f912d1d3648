"""Check with a Docker Engine that every Debian name of a native.toml exists in the suites that it is used in.

python .ci/apt_names.py
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

DETECTORS = Path(__file__).parent.parent / "detectors"
#: The suites that images of the stack are made from: scaffold/catalogue.toml.
SUITES = {"python": ("trixie", "bookworm"), "node": ("trixie", "bookworm", "bullseye"), "go": ("trixie",)}
#: What the code and the templates name themselves.
OTHERS = {
    "python": {"build-essential", "git", "openssh-client", "libgdal36", "libgeos-c1t64", "libproj25"},
    "node": {"g++", "git", "libatomic1", "make", "openssh-client", "procps", "python3", "python3-setuptools"},
    "go": {"ca-certificates", "git", "openssh-client", "tzdata"},
}
#: The keys of a table's rows that hold names.
KEYS = ("build", "compile", "link", "load", "with")


def names(stack: str, suite: str) -> list[str]:
    """Return what STACK may install in SUITE."""
    (path,) = (DETECTORS / stack).rglob("native.toml")
    data = tomllib.loads(path.read_text("utf-8"))
    programs, libraries = data.pop("programs", {}), data.pop("libraries", {})
    rows = [row for row in data.values() if isinstance(row, dict)]
    listed = [row[key] for row in rows for key in KEYS if isinstance(row.get(key), list)]
    listed += [row.values() for row in libraries.values()]
    found = OTHERS[stack].union(*listed, filter(None, programs.values()))
    return sorted({data.get(suite, {}).get(name, name) for name in found})


def there(suite: str, asked: list[str]) -> set[str] | None:
    """Return those of the names that Debian has; None where the image is not of that suite: a stand-in."""
    show = "apt-cache show \"$@\" 2>/dev/null | sed -n 's/^Package: //p'"
    script = f". /etc/os-release; echo $VERSION_CODENAME; apt-get update -qq >/dev/null 2>&1; {show}"
    words = ["docker", "run", "--rm", f"debian:{suite}-slim", "sh", "-c", script, "sh", *asked]
    said = subprocess.run(words, capture_output=True, check=True, text=True).stdout.split()  # noqa: S603
    return set(said[1:]) if said[0] == suite else None


def is_whole(stack: str, suite: str) -> bool:
    """Say what is missing, and whether nothing is."""
    asked = names(stack, suite)
    found = there(suite, asked)
    if found is None:
        print(f"{stack}, {suite}: not looked at, debian:{suite}-slim is another Debian here")
        return True
    lost = [name for name in asked if name not in found]
    print(f"{stack}, {suite}: {len(asked) - len(lost)} there, missing: {', '.join(lost) or 'none'}")
    return not lost


if __name__ == "__main__":
    checked = [is_whole(stack, suite) for stack, suites in SUITES.items() for suite in suites]
    sys.exit(not all(checked))
