"""Find out from lock files which version of a compiled package first ships a wheel for each Python.

Asks no package index: uv, Poetry and PDM write the names of a package's wheels into their lock files, and
repositories keep every state of those. Give it git directories with much history (bare ones will do):

    python .ci/newest_python.py numpy pandas -- ../saleor/.git ../pydantic-ai/.git

It prints the rows of detectors/python/packages/newest.toml: for each release the first version that was
*seen* with a wheel, which is at or after the true first one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator

from packaging.version import Version

RELEASES = tuple(f"3.{minor}" for minor in range(9, 16))
LOCKS = ("*uv.lock", "*poetry.lock", "*pdm.lock")

_WHEEL = re.compile(
    rb"([A-Za-z0-9_.]+)-([0-9][0-9.]*(?:post[0-9]+)?)-([a-z0-9.]+)-([a-z0-9_.]+)-([a-z0-9_.]+)\.whl"
)
_BLOB = re.compile(r":\d+ \d+ [0-9a-f]+ ([0-9a-f]{40}) ")

Tags = set[tuple[str, str, str]]


def git(folder: str, *words: str) -> bytes:
    return subprocess.run(["git", "--git-dir", folder, *words], capture_output=True, check=True).stdout  # noqa: S603, S607


def locks(folder: str, most: int = 150) -> Iterator[bytes]:
    """Yield the lock files of a repository's history, at most MOST of them, spread evenly."""
    log = git(folder, "log", "--all", "--no-renames", "--raw", "--no-abbrev", "--format=", "--", *LOCKS)
    blobs = list(dict.fromkeys(_BLOB.findall(log.decode(errors="replace"))))
    for blob in blobs[:: max(1, len(blobs) // most)]:
        if set(blob) != {"0"}:
            yield git(folder, "cat-file", "blob", blob)


def seen(folders: Iterable[str]) -> dict[str, dict[str, Tags]]:
    """Return the tags of the wheels that were seen, by name and version."""
    found: dict[str, dict[str, Tags]] = defaultdict(lambda: defaultdict(set))
    for folder in folders:
        for lock in locks(folder):
            for match in _WHEEL.finditer(lock):
                name, version, *tags = (part.decode() for part in match.groups())
                found[re.sub(r"[-_.]+", "-", name).lower()][version].add((tags[0], tags[1], tags[2]))
    return found


def row(versions: dict[str, Tags]) -> dict[str, str]:
    from scaffold.detectors.python.packages.wheels import tags_fit

    found = {}
    for release in RELEASES:
        fitting = [v for v, tags in versions.items() if any(tags_fit(*tag, release) for tag in tags)]
        if fitting:
            found[release] = min(fitting, key=Version)
    return found


def main(words: list[str]) -> None:
    cut = words.index("--")
    found = seen(words[cut + 1 :])
    for name in words[:cut]:
        entries = ", ".join(
            f'"{release}" = "{version}"' for release, version in row(found.get(name, {})).items()
        )
        print(f"{name} = {{ {entries} }}")


if __name__ == "__main__":
    main(sys.argv[1:])
