"""What the build needs although .dockerignore leaves files of such names out: packages, embedded files."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from scaffold.model import Fact

from .lacks import embedded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..code.program import Program

#: Folders of the root that templates/ leaves out, as outputs or as secrets.
_FOLDERS = frozenset({"bin", "dist", "tmp", "secrets", ".github", ".devcontainer", ".idea", ".vscode"})
_FILES = (
    ".env", ".env.*", "*.env", "*.local", "*.key", "*.pem", "*.p12", "*.pfx", "id_rsa*", "id_ecdsa*",
    "id_ed25519*", ".netrc", ".pypirc", "*.exe", "*.prof", "*.test",
)  # fmt: skip
_AT_ROOT = ("Dockerfile*", "*.Dockerfile", "compose.yaml", "compose.*.yaml", "docker-compose*.y*ml",
            ".gitlab-ci.yml", "c.out", "cover*.out", "coverage.*")  # fmt: skip


def find_keep(program: Program, files: Iterable[str]) -> Fact | None:
    """Return what PROGRAM is made of, and FILES that it reads, of what else would be left out."""
    found: dict[str, str] = {}
    needed = [*_needed(program), *((path, path) for path in files)]
    for path, source in needed:
        if left_out := _left_out(path):
            found.setdefault(left_out, source)
    return Fact(tuple(found), next(iter(found.values()))) if found else None


def _needed(program: Program) -> Iterator[tuple[str, str]]:
    for package in program.packages:
        for file in package.files:
            yield file.path, file.path
            for embed in file.embeds:
                source = f"{file.path}:{embed.line}"
                yield from ((path, source) for path in embedded(program.tree, file.path, embed))


def _left_out(path: str) -> str | None:
    """Return what of PATH is left out: a folder of the root, or the file itself."""
    top, slash, _ = path.partition("/")
    if slash and top in _FOLDERS:
        return top
    name = path.rpartition("/")[2]
    patterns = _FILES if slash else (*_FILES, *_AT_ROOT)
    return path if any(fnmatchcase(name, pattern) for pattern in patterns) else None
