"""What a program needs beside Go: C that is linked in, Debian packages, and the final image that follows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from scaffold.model import Answers, Fact, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.tables import read_table

from .code.program import Program
from .code.source import File, Package
from .program.builds import Built
from .program.shells import TOOLCHAIN, Started, find_started

#: What every C library has: https://pkg.go.dev/cmd/cgo#hdr-Using_cgo_with_the_go_command
_OF_C = frozenset({"m", "c", "dl", "rt", "pthread", "util", "resolv"})
_OF_CPP = frozenset({"stdc++", "gcc_s"})
_CPP = (".cc", ".cpp", ".cxx")
_DIRECTIVE = r"(?m)^[ \t/*]*#cgo[ \t]+([^:\n]*?)(LDFLAGS|pkg-config):[ \t]*(.*)$"
#: Other systems that a directive may be for.
_OTHERS = r"\b(windows|darwin|freebsd|netbsd|openbsd|android|ios)\b"
_MAJOR = r"\.v\d+(?=/)"
_WEIGHT = {"none": 0, "c": 1, "c++": 2}
#: Tags that choose how a library is linked, for another image than ours.
LINKING_TAGS = frozenset({"musl", "dynamic", "static", "static_build", "libsqlite3"})
_TABLES = frozenset({"programs", "libraries"})


class Need(NamedTuple):
    """Something of the system that a package needs."""

    source: str
    what: str  # "github.com/mattn/go-sqlite3"
    libc: str = "none"
    build: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    why: str | None = None  # why only a Debian image will do
    unknown: tuple[str, ...] = ()  # libraries that nobody here knows the package of


class Native(NamedTuple):
    """What the program needs of the system."""

    facts: Mapping[str, Fact]
    warnings: tuple[ProjectWarning, ...] = ()


def find_native(program: Program, builds: Iterable[Built], answers: Answers, is_tool: bool = False) -> Native:
    """Return the facts of C, of Debian packages and of the final image."""
    needs = (*_of_own(program), *_of_imports(program))
    started = find_started(program, is_tool)
    linked = max(needs, key=lambda one: _WEIGHT[one.libc], default=None)
    stated = next((one for one in builds if one.cgo and one.file in {"docker", "make", "release"}), None)
    facts = _linkage(linked, stated, program)
    facts |= _packages("apt_build", [(name, one.source) for one in needs for name in one.build])
    load = [(name, one.source) for one in needs for name in one.load]
    load += [(name, one.place) for one in started if (name := _programs().get(one.name))]
    facts |= _packages("apt_runtime", load)
    places = [one.place for one in started if one.name in TOOLCHAIN]
    facts |= {"toolchain": Fact(True, places[0])} if places else {}
    facts |= _answered(facts, answers)
    facts["final"] = answers.get("final") or _final(needs, started, facts)
    return Native(facts, tuple(_warnings(needs, started)))


def _answered(facts: Mapping[str, Fact], answers: Answers) -> dict[str, Fact]:
    """Return what is answered; with C comes its library, and without it goes."""
    found = {key: answers[key] for key in ("cgo", "libc", "apt_build", "apt_runtime") if key in answers}
    if "cgo" in found and "libc" not in found:
        linked = facts["libc"].value if facts["cgo"].value else "c"
        found["libc"] = Fact(linked if found["cgo"].value else "none", found["cgo"].source)
    return found


def _linkage(linked: Need | None, stated: Built | None, program: Program) -> dict[str, Fact]:
    if linked is not None and linked.libc != "none":
        return {"cgo": Fact(True, linked.source), "libc": Fact(linked.libc, linked.source)}
    if stated is not None:
        return {"cgo": Fact(True, stated.source), "libc": Fact("c", stated.source)}
    source = program.codes[0].path if program.codes else "go.mod"
    return {"cgo": Fact(False, source), "libc": Fact("none", source)}


def _packages(key: str, needs: list[tuple[str, str]]) -> dict[str, Fact]:
    if not needs:
        return {}
    names = tuple(sorted({name for name, _ in needs}))
    return {key: Fact(names, "; ".join(dict.fromkeys(source for _, source in needs)))}


# -- the program's own C


def _of_own(program: Program) -> Iterator[Need]:
    for package in program.packages:
        for file in package.files:
            if file.cgo and not _can_do_without(program, package):
                yield _own(program, package, file)


def _can_do_without(program: Program, package: Package) -> bool:
    """Whether a file of the package is for builds with no C."""
    other = program.source.built(cgo=False).package(package.folder)
    files = other.files if other else ()
    return any(one.constraint and re.search(r"!\s*cgo\b", one.constraint) for one in files)


def _own(program: Program, package: Package, file: File) -> Need:
    line = next(one.line for one in file.imports if one.path == "C")
    source = f"{file.path}:{line}"
    names = program.tree.names(package.folder)
    libraries = dict.fromkeys(name for one in package.files if one.cgo for name in _libraries(one.text))
    brought = {re.sub(r"^lib|(_[\w-]+)?\.a$", "", name) for name in _archives(program, package)}
    is_cpp = any(name.endswith(_CPP) for name in names) or not _OF_CPP.isdisjoint(libraries)
    asked = [name for name in libraries if name not in _OF_C | _OF_CPP and name not in brought]
    rows = {name: _table("libraries")[name] for name in asked if name in _table("libraries")}
    return Need(
        source,
        "its own C",
        "c++" if is_cpp else "c",
        tuple(row["build"] for row in rows.values()),
        tuple(row["load"] for row in rows.values()),
        unknown=tuple(name for name in asked if name not in rows),
    )


def _libraries(text: str) -> Iterator[str]:
    """Yield the libraries that directives for Linux name."""
    for condition, key, value in re.findall(_DIRECTIVE, text):
        if re.search(_OTHERS, condition) and "linux" not in condition:
            continue
        words = value.split()
        if key == "pkg-config":
            yield from (re.sub(r"[<>=].*", "", word) for word in words if not word.startswith("-"))
        else:
            yield from (word[2:].lstrip(":") for word in words if word.startswith("-l"))


def _archives(program: Program, package: Package) -> Iterator[str]:
    """Yield the static libraries that lie beside the code."""
    paths = program.tree.glob("**/*.a")
    folder = "" if package.folder == "." else f"{package.folder}/"
    return (path.rpartition("/")[2] for path in paths if path.startswith(folder))


# -- what it imports


def _of_imports(program: Program) -> Iterator[Need]:
    """Yield what the packages need that PROGRAM imports, by the row of the longest path."""
    rows = _rows()
    found: dict[str, str] = {}
    for imported, place in program.imports.items():
        path = re.sub(_MAJOR, "", imported)
        names = [name for name in rows if path == name or path.startswith(f"{name}/")]
        if names:
            found.setdefault(max(names, key=len), place)
    for name, place in found.items():
        row = rows[name]
        yield Need(
            place,
            row.get("because", name),
            row.get("libc", "none"),
            tuple(row.get("build", ())),
            tuple(row.get("load", ())),
            row.get("why"),
        )


# -- the final image


def _final(needs: Iterable[Need], started: Iterable[Started], facts: Mapping[str, Fact]) -> Fact:
    """Return "distroless" where nothing speaks against it, else "slim", and why."""
    for need in needs:
        if need.load or need.why or need.unknown:
            said = need.why or f"needs {', '.join((*need.load, *need.unknown))}"
            return Fact("slim", f"{need.source}: {need.what} {said}")
    for one in started:
        return Fact("slim", f"{one.place}: runs {one.name or 'another program'}")
    packages = facts.get("apt_runtime")
    if packages and packages.value:
        return Fact("slim", packages.source)
    libc = facts["libc"]
    if libc.value == "none":
        return Fact("distroless", f"{libc.source}: no C is linked in, and no other program runs")
    return Fact("distroless", f"{libc.source}: links to nothing but the library of {str(libc.value).upper()}")


def _warnings(needs: Iterable[Need], started: Iterable[Started]) -> Iterator[ProjectWarning]:
    for need in needs:
        if need.unknown:
            said = (
                f"links to {', '.join(need.unknown)}, which we know no package of:"
                " --set apt_build=PACKAGE --set apt_runtime=PACKAGE"
            )
            yield ProjectWarning("system-library", said, need.source)
        elif need.why:
            yield ProjectWarning("system-library", f"{need.what} {need.why}", need.source)
    for one in started:
        if one.name and one.name not in _programs():
            said = f"runs {one.name}, which we know no package of: --set apt_runtime=PACKAGE"
            yield ProjectWarning("unknown-program", said, one.place)


# -- the table


def _table(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_table(__file__, "native.toml")[name]
    return found


def _programs() -> Mapping[str, str]:
    return _table("programs")


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    rows = read_table(__file__, "native.toml").items()
    return {name: row for name, row in rows if isinstance(row, dict) and name not in _TABLES}
