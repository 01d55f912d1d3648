"""Which files of a Go package are built for Linux: names, and the expressions of build constraints.

https://pkg.go.dev/cmd/go#hdr-Build_constraints
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

#: https://go.dev/src/internal/syslist/syslist.go
SYSTEMS = frozenset(
    {
        "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
        "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos",
    }
)  # fmt: skip
MACHINES = frozenset(
    {
        "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "loong64", "mips", "mipsle", "mips64",
        "mips64le", "mips64p32", "mips64p32le", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390",
        "s390x", "sparc", "sparc64", "wasm",
    }
)  # fmt: skip
#: What an image may be built for. A file that either of them takes is read.
_BUILT_FOR = ("amd64", "arm64")
_ALWAYS = frozenset({"linux", "unix", "gc"})
_RELEASE = r"go1(\.\d+)*"


def takes(path: str, constraint: str | None, *, cgo: bool, tags: Collection[str] = ()) -> bool:
    """Whether the file PATH, with its CONSTRAINT, is built for Linux on a machine that images are for."""
    return _takes_name(path) and any(
        _holds(constraint, machine, _ALWAYS | {*tags} | ({"cgo"} if cgo else set())) for machine in _BUILT_FOR
    )


def _takes_name(path: str) -> bool:
    """Whether a name such as `sock_windows_amd64.go` leaves Linux in; a first part is no suffix."""
    parts = path.rpartition("/")[2].removesuffix(".go").removesuffix("_test").split("_")[1:]
    if not parts:
        return True
    if len(parts) > 1 and parts[-2] in SYSTEMS and parts[-1] in MACHINES:
        return parts[-2] == "linux" and parts[-1] in _BUILT_FOR
    if parts[-1] in SYSTEMS:
        return parts[-1] == "linux"
    return parts[-1] not in MACHINES or parts[-1] in _BUILT_FOR


def _holds(constraint: str | None, machine: str, tags: Collection[str]) -> bool:
    if not constraint:
        return True
    words = re.findall(r"&&|\|\||[()!]|[\w.]+", constraint)
    try:
        return _Expression(words, lambda tag: tag == machine or tag in tags or _is_release(tag)).value()
    except (IndexError, RecursionError):
        return True  # it ends where something had to follow, or is too deep: go refuses it too


def _is_release(tag: str) -> bool:
    """Whether TAG is a release of Go: any that is built with today has all the older ones' tags."""
    return re.fullmatch(_RELEASE, tag) is not None


class _Expression:
    """`a && (b || !c)`, read from the left."""

    def __init__(self, words: list[str], is_set: Callable[[str], bool]) -> None:
        self._words = words
        self._is_set = is_set

    def value(self) -> bool:
        found = self._all()
        while self._words and self._words[0] == "||":
            self._words.pop(0)
            found = self._all() or found
        return found

    def _all(self) -> bool:
        found = self._one()
        while self._words and self._words[0] == "&&":
            self._words.pop(0)
            found = self._one() and found
        return found

    def _one(self) -> bool:
        word = self._words.pop(0)
        if word == "!":
            return not self._one()
        if word != "(":
            return self._is_set(word)
        found = self.value()
        self._words.pop(0)
        return found


def constraint_of(head: str) -> str | None:
    """Return the expression of the constraint in HEAD, what stands before the package clause.

    Older files have lines of `// +build` in its place: all lines must hold, of a line any word, of a word all
    that commas part.
    """
    if found := re.search(r"^//go:build[ \t]+(.+)$", head, re.MULTILINE):
        return found[1].strip()
    lines = re.findall(r"^//[ \t]*\+build[ \t]+(.+)$", head, re.MULTILINE)
    if not lines:
        return None
    return " && ".join(f"({' || '.join(_old(word) for word in line.split())})" for line in lines)


def _old(word: str) -> str:
    return f"({' && '.join(word.split(','))})" if "," in word else word
