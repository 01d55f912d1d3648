"""What npm packages need beside JavaScript: compilers, Debian packages, install scripts, an older Node.js."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scaffold.catalogue import has_distroless, releases
from scaffold.model import Answers, Fact, ProjectWarning, Runtime
from scaffold.nouns import NamedTuple
from scaffold.tables import read_table

from .manifest import Manifest, strings, table, words
from .ranges import parse_range

if TYPE_CHECKING:
    from .packages import Packages

#: What node-gyp runs: https://github.com/nodejs/node-gyp#on-unix
_COMPILER = ("g++", "make", "python3")
#: Brings back the module that node-gyp before 10 imports: https://github.com/nodejs/node-gyp/issues/2869
_DISTUTILS = "python3-setuptools"
#: The Debian release of the distroless images, whose libraries a compiled package was linked to.
_DISTROLESS_SUITE = "trixie"
_NO_VALUES: Mapping[str, str] = MappingProxyType({})
#: The images hold the headers of Node.js, which node-gyp would download from nodejs.org:
#: https://github.com/nodejs/docker-node/blob/main/Dockerfile-slim.template
_HEADERS: Mapping[str, str] = MappingProxyType({"npm_config_nodedir": "/usr/local"})
#: https://chromium.googlesource.com/chromium/src/+/main/docs/linux/sandboxing.md
_BROWSER = "chromium"
_SCRIPT = r"\.[cm]?js$"


class Cap(NamedTuple):
    """The newest Node.js that a package works on."""

    major: int
    text: str  # "node-sass 4.14.1 does not build on Node.js 15 or later"
    source: str


class Native(NamedTuple):
    """What the packages need of the system."""

    compiles: Fact | None = None  # True: packages are compiled when they are installed
    apt_build: Fact | None = None
    apt_runtime: Fact | None = None
    install_environment: Fact | None = None
    run_environment: Fact | None = None
    why: str | None = None  # why only a Debian image will do
    browser: Fact | None = None  # True: it runs one
    browser_of: Fact | None = None  # the package that looks for a browser of its own

    @property
    def warnings(self) -> tuple[ProjectWarning, ...]:
        """What is to be said of the browser."""
        return _unconfined(self.browser)


class _Need(NamedTuple):
    value: str
    source: str
    by: str = ""  # the package that asks for it


class _Package(NamedTuple):
    """A package that is installed, and is known to need something."""

    name: str
    version: str | None  # None: nobody says
    source: str
    row: Mapping[str, Any]
    is_direct: bool  # production asks for it itself

    def is_in(self, key: str, otherwise: str = "") -> bool:
        """Whether its version is one of those that KEY of the table names; an unknown one is."""
        text = self.row.get(key, otherwise)
        allowed = parse_range(text) if isinstance(text, str) and text else None
        return allowed is not None and (self.version is None or allowed.allows(self.version))


# -- what is installed


def _installed(
    manifests: Iterable[Manifest], versions: Mapping[str, str], lock: str | None
) -> Iterator[_Package]:
    """Yield what of the table is installed, with the version that is locked, or else that is asked for."""
    found: set[str] = set()
    for manifest in manifests:
        for name, row in _table().items():
            asked = manifest.has_any(name)
            if asked and name not in found:
                found.add(name)
                version = versions.get(name) or _lowest(str(asked.value))
                yield _Package(name, version, asked.source, row, manifest.has(name) is not None)
    for name, row in _table().items():
        if name in versions and name not in found:
            yield _Package(name, versions[name], lock or "package.json", row, False)


def _lowest(text: str) -> str | None:
    """Return the version of a range that names a line: "^1.2" is "1.2", which is its newest."""
    match = re.fullmatch(r"[\^~=v]*(\d+)(?:\.(\d+))?(?:\.(\d+))?", text.strip())
    if not match:
        return None
    exact = text.strip()[:1].isdigit() or match[1] == "0"
    return ".".join(part for part in match.groups() if part) if exact else match[1]


def find_cap(manifest: Manifest, versions: Mapping[str, str]) -> Cap | None:
    """Return the newest Node.js that the packages work on, where one is too old for the newest."""
    caps = list(_caps(_installed([manifest], versions, None)))
    return min(caps, key=lambda cap: cap.major) if caps else None


def _caps(packages: Iterable[_Package]) -> Iterator[Cap]:
    for package in packages:
        for text, major in table(package.row.get("node")).items():
            allowed = parse_range(text)
            if allowed and package.version and allowed.allows(package.version):
                said = f"{package.name} {package.version} does not work on Node.js {major + 1} or later"
                yield Cap(major, said, package.source)
                break


# -- what it needs


def needed_builds(
    manifests: Iterable[Manifest], versions: Mapping[str, str], lock: str | None
) -> tuple[Fact, ...]:
    """Return the packages whose own install scripts must run, each with its place."""
    found = (
        Fact(package.name, package.source)
        for package in _installed(manifests, versions, lock)
        if package.is_in("compile") or package.is_in("scripts")
    )
    return tuple(found)


def find_native(
    packages: "Packages", manifest: Manifest, runtime: Runtime, kept: Iterable[str] = ()
) -> Native:
    """Return what the installed packages need of the system; KEPT are those that production keeps."""
    suite = suite_of(runtime)
    lock = packages.facts["lock"].value if "lock" in packages.facts else None
    installed = _installed((manifest, *packages.members), packages.locked_versions, lock)
    names = frozenset(kept)
    found = [one._replace(is_direct=one.is_direct or one.name in names) for one in installed]
    build = [need for package in found for need in _for_build(package)]
    if packages.git:
        build += [_Need(name, packages.git) for name in ("ca-certificates", "git")]
    load = [need for package in found for need in _for_run(package)]
    compiled = next((one for one in found if one.is_in("compile")), None)
    return Native(
        compiles=Fact(True, compiled.source) if compiled else None,
        apt_build=_names(build, suite),
        apt_runtime=_names(load, suite),
        install_environment=_environment(found, "install", _HEADERS),
        run_environment=_environment([package for package in found if package.is_direct], "run"),
        why=next(_reasons(found), None),
        browser=next((Fact(True, need.source) for need in load if need.value == _BROWSER), None),
        browser_of=next((Fact(one.name, one.source) for one in found if _seeks_browser(one)), None),
    )


def suite_of(runtime: Runtime) -> str:
    """Return the Debian suite of the image of RUNTIME."""
    rows = (row.suite for row in releases("node") if row.version == runtime.image)
    return next(rows, _DISTROLESS_SUITE)


def _for_build(package: _Package) -> Iterator[_Need]:
    if package.is_in("compile"):
        names = [*_COMPILER, *words(package.row.get("with"))]
        names += [_DISTUTILS] if package.is_in("distutils") else []
        yield from (_Need(name, package.source, package.name) for name in names)


def _for_run(package: _Package) -> Iterator[_Need]:
    if package.is_direct and package.is_in("loading", "*"):
        yield from (_Need(name, package.source, package.name) for name in words(package.row.get("load")))


def _seeks_browser(package: _Package) -> bool:
    return package.is_direct and package.row.get("seeks") is True


def _unconfined(browser: Fact | None) -> tuple[ProjectWarning, ...]:
    """Say that the browser's sandbox is off: it does not start without rights that the container drops."""
    said = (
        "Chromium runs without its own sandbox, which does not start in a confined container: "
        "let it open no page that you do not trust"
    )
    return (ProjectWarning("browser-sandbox", said, browser.source),) if browser else ()


def _reasons(packages: Iterable[_Package]) -> Iterator[str]:
    for package in packages:
        loaded = [need.value for need in _for_run(package)]
        why = package.row.get("why") if package.is_direct else None
        if loaded or isinstance(why, str):
            said = f"needs {', '.join(loaded)}" if loaded else why
            yield f"{package.source}: {package.name} {said}"


def _names(needs: list[_Need], suite: str) -> Fact | None:
    """Return the packages of NEEDS in the names of SUITE, with what asks for them."""
    older = strings(read_table(__file__, "native.toml").get(suite))
    found = {older.get(need.value, need.value): need.source for need in needs}
    sources = dict.fromkeys(f"{need.source}: {need.by}" if need.by else need.source for need in needs)
    return Fact(tuple(sorted(found)), "; ".join(sources)) if found else None


def _environment(
    packages: Iterable[_Package], key: str, compiling: Mapping[str, str] = _NO_VALUES
) -> Fact | None:
    values: dict[str, str] = {}
    sources: dict[str, None] = {}
    for package in packages:
        said = strings(package.row.get(key)) | dict(compiling if package.is_in("compile") else {})
        values |= said
        sources |= dict.fromkeys([package.source] if said else [])
    return Fact(values, "; ".join(sources)) if values else None


# -- the final image


def choose_final(
    packages: "Packages",
    native: Native,
    runtime: Runtime,
    start: tuple[str, ...],
    shell_out: Fact | None,
    answers: Answers,
) -> Fact:
    """Return "distroless" where all that runs is known to need no Debian around it, else "slim", and why."""
    answer = answers.get("final")
    if answer and answer.value in ("distroless", "slim"):
        return answer
    hindrance = next(_hindrances(packages, native, runtime, start, shell_out), None)
    if hindrance:
        return Fact("slim", hindrance)
    lock = packages.facts.get("lock")
    where = lock.value if lock else "package.json"
    return Fact("distroless", f"{where}: nothing in it needs more than Node.js, and no other program runs")


def _hindrances(
    packages: "Packages", native: Native, runtime: Runtime, start: tuple[str, ...], shell_out: Fact | None
) -> Iterator[str]:
    if not has_distroless(str(runtime.image)):
        yield f"node {runtime.image}: there is no distroless image of it"
    elif suite_of(runtime) != _DISTROLESS_SUITE:
        yield f"node {runtime.image}: its image is of Debian {suite_of(runtime)}, whose libraries are older"
    if not _is_plain(start):
        yield f"{start[0] if start else 'the start command'} is not Node.js itself"
    if native.why:
        yield native.why
    if native.apt_runtime:
        yield f"{native.apt_runtime.source}: needs {', '.join(native.apt_runtime.value)}"
    if shell_out:
        yield f"{shell_out.source} runs another program"


def _is_plain(start: tuple[str, ...]) -> bool:
    """Whether START is `node FILE`, with flags of Node.js in front at most."""
    return start[:1] == ("node",) and any(re.search(_SCRIPT, word) or "/" in word for word in start[1:])


# -- the table


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    suites = {release.suite for release in releases("node")}
    rows = read_table(__file__, "native.toml").items()
    return {name: row for name, row in rows if isinstance(row, dict) and name not in suites}
