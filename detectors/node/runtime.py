"""The release of Node.js: what the project states, what its locked packages allow, the image that follows."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from scaffold.catalogue import Release, codenames, default_release, releases
from scaffold.model import Answers, Fact, ProjectWarning, Runtime
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ..hints import Hints
from ..pins import lines, tool_versions
from .packages.manifest import Manifest, table, words
from .packages.native import Cap, find_cap
from .packages.ranges import Range, numbers, parse_range

_NO_VERSIONS: Mapping[str, str] = MappingProxyType({})
_VERSION = r"(?i)(?:node(?:js)?[-@])?v?(\d{1,3})(?:\.(\d{1,3}|[xX*]))?(?:\.(\d{1,3}|[xX*]))?"
_CODENAME = r"(?i)(?:lts[/-])?([a-z]+)"
#: Words for the release of the day: https://github.com/nvm-sh/nvm#usage
_NEWEST = frozenset({"node", "latest", "current", "stable"})
_NEWEST_LTS = frozenset({"lts/*", "lts", "--lts", "lts-*"})
_NOTHING = frozenset({"", "system", "default", "iojs"})


class _Stated(NamedTuple):
    """A version that some file states."""

    source: str
    version: str = ""  # "20" or "20.11.1"; "" where it is a range only
    range: Range | None = None

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]


def find_runtime(
    tree: Tree,
    manifest: Manifest,
    answers: Answers,
    hints: Hints,
    versions: Mapping[str, str] = _NO_VERSIONS,
) -> tuple[Fact, tuple[ProjectWarning, ...]]:
    """Return the release that MANIFEST is built with, as a `Runtime`; VERSIONS are those of the lock file."""
    choice = _Choice(manifest, versions)
    fact = choice.decide(_answered(answers) or choice.stated(_statements(tree, manifest)), hints)
    return fact, tuple(choice.warnings)


def _answered(answers: Answers) -> _Stated | None:
    fact = answers.get("runtime")
    if fact is None:
        return None
    value = fact.value.version if isinstance(fact.value, Runtime) else str(fact.value)
    return _read_version(value, fact.source)


class _Choice:
    """The choice of a release, and what is to be said about it."""

    def __init__(self, manifest: Manifest, versions: Mapping[str, str]) -> None:
        self.manifest = manifest
        self.versions = versions
        self.warnings: list[ProjectWarning] = []
        self.required = self._required()

    def stated(self, statements: Iterator[tuple[str, str]]) -> _Stated | None:
        """Return the version that the strongest file states."""
        for text, source in statements:
            if found := _read_version(text, source):
                return found
            if text.strip().lower() not in _NOTHING:
                self._warn("unparsable", f"{text[:60]!r} is no version of Node.js", source)
        return None

    def _required(self) -> _Stated | None:
        """Return what `engines` or `devEngines` allows, where that is not everything."""
        said = [("engines", self.manifest.engines.get("node"))]
        runtime = table(self.manifest.data, "devEngines").get("runtime")
        rows = [table(row) for row in (runtime if isinstance(runtime, list) else [runtime])]
        said += [("devEngines", row.get("version")) for row in rows if row.get("name") == "node"]
        for key, text in said:
            keys = (key, "node") if key == "engines" else (key, "runtime")
            found = _read_version(text, self.manifest.place(*keys)) if isinstance(text, str) else None
            if found and (found.version or (found.range and found.range.normal != "*")):
                return found
        return None

    def decide(self, stated: _Stated | None, hints: Hints) -> Fact:
        if stated is None and self.required is None:
            hint = hints.runtimes.get("node")
            stated = _read_version(str(hint.value), hint.source) if hint else None
        elif stated and self.required:
            self._compare(stated, self.required)
        chosen = stated or self.required
        if chosen is None:
            return self._within(None, "default: node")
        return self._exactly(chosen) if chosen.version else self._within(chosen.range, chosen.source)

    def _compare(self, stated: _Stated, required: _Stated) -> None:
        allowed = required.range or parse_range(required.version)
        agrees = allowed is None or not stated.version or allowed.allows_major(stated.major)
        if not agrees and not stated.source.startswith("answer: "):
            text = allowed.text if allowed else required.version
            said = f"is Node.js {stated.version}, but {required.source} allows {text!r} only"
            self._warn("runtime-disagrees", said, stated.source)

    def _exactly(self, stated: _Stated) -> Fact:
        release = next((row for row in releases("node") if row.version == stated.major), None)
        if release is None:
            return self._unsupported(stated.version, stated.source)
        self._warn_ended(release, stated.source)
        if (cap := self._cap()) and int(stated.major) > cap.major:
            self._warn("old-pin", f"{cap.text}: it may not build on Node.js {stated.major}", cap.source)
        return Fact(Runtime(stated.version, self._constraint, release.version), stated.source)

    @property
    def _constraint(self) -> str | None:
        return self.required.range.text if self.required and self.required.range else None

    def _within(self, allowed: Range | None, source: str) -> Fact:
        fitting = [row for row in releases("node") if not allowed or allowed.allows_major(row.version)]
        if not fitting:
            return self._unsupported(allowed.text if allowed else "", source)
        release, why = self._preferred(fitting)
        self._warn_ended(release, source)
        text = allowed.text if allowed else None
        return Fact(Runtime(release.version, text, release.version), why or source)

    def _preferred(self, fitting: list[Release]) -> tuple[Release, str | None]:
        """Return the release to take of those that are allowed, and what keeps it from being newer."""
        cap = self._cap()
        below = [row for row in fitting if cap and int(row.version) <= cap.major]
        best = _best(fitting)
        if not cap or not below or int(best.version) <= cap.major:
            return best, None
        return _best(below), f"{cap.source}: {cap.text}"

    def _cap(self) -> Cap | None:
        return find_cap(self.manifest, self.versions)

    def _warn_ended(self, release: Release, source: str) -> None:
        if release.ended:
            said = f"Node.js {release.version} ended on {release.eol} and gets no security fixes"
            self._warn("end-of-life", said, source)

    def _unsupported(self, version: str, source: str) -> Fact:
        oldest, newest = releases("node")[-1].version, releases("node")[0].version
        said = f"asks for Node.js {version!r}; there are images for {oldest} to {newest}"
        self._warn("unsupported-runtime", said, source)
        return Fact(Runtime(version, self._constraint, None), source)

    def _warn(self, code: str, said: str, source: str) -> None:
        self.warnings.append(ProjectWarning(code, said, source))


def _best(rows: list[Release]) -> Release:
    """Return the default, else the newest that lives, else the newest that had long-term support."""
    living = [row for row in rows if not row.ended]
    usual = [row for row in living if row.version == default_release("node")]
    supported = [row for row in rows if int(row.version) % 2 == 0]
    return (usual or living or supported or rows)[0]


# -- what files state


def _statements(tree: Tree, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield what may be a version, the strongest file first, with its place."""
    for path in (".nvmrc", ".node-version"):
        yield from list(lines(tree, path))[:1]
    yield from ((text, place) for name, text, place in tool_versions(tree) if name in ("node", "nodejs"))
    volta = table(manifest.data, "volta").get("node")
    if isinstance(volta, str):
        yield volta, manifest.place("volta", "node")
    yield from _pnpm(tree)


def _pnpm(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield what pnpm runs scripts with: https://pnpm.io/settings#usenodeversion."""
    for text, place in lines(tree, ".npmrc"):
        key, _, value = text.partition("=")
        if key.strip() == "use-node-version":
            yield value.strip(), place
    stated = table(tree.yaml("pnpm-workspace.yaml")).get("useNodeVersion")
    for text in words([stated]):
        line = tree.line_of("pnpm-workspace.yaml", r"^useNodeVersion:")
        yield text, f"pnpm-workspace.yaml:{line}"


def _read_version(text: str, source: str) -> _Stated | None:
    """Return the version in TEXT: "20", "v20.11.1", "lts/iron", or a range: ">=18", "^20 || ^22", "lts/*"."""
    said = text.strip().strip("\"'")
    match = re.fullmatch(_VERSION, said)
    if match:
        parts = [part for part in match.groups() if part and part.isdecimal()]
        is_range = len(parts) < 3 and re.search(r"[xX*]", said)
        found = parse_range(said) if is_range else None
        return _Stated(source, ".".join(str(int(part)) for part in parts), found)
    if said.lower() in _NEWEST:
        newest = next(row.version for row in releases("node") if not row.ended)
        return _Stated(source, newest)
    if said.lower() in _NEWEST_LTS:
        return _Stated(source, default_release("node"))
    name = re.fullmatch(_CODENAME, said) if said[-1:].isalpha() else None
    if name and name[1].lower() in codenames():
        return _Stated(source, codenames()[name[1].lower()])
    allowed = parse_range(said) if said and said not in _NOTHING else None
    if allowed and allowed.exact:
        return _Stated(source, ".".join(map(str, numbers(allowed.exact))), allowed)
    return _Stated(source, "", allowed) if allowed else None
