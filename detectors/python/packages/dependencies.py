"""What a Python project is and needs: the nouns, and PEP 508's grammar. Reads no files."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from scaffold.model import BuildSecret, Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from .constraints import COMPARE, Constraint, numbers, parse_constraint

#: The releases for which a marker may hold: whatever an image is published for.
_RELEASES = tuple(f"3.{minor}" for minor in range(7, 17))
_MACHINES = ("x86_64", "aarch64")

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?")
_CLAUSES = (
    r"(?:(?:==\s*\d+(?:\.\d+)*\.\*|(?:==|~=|!=|<=|>=|<|>)\s*\d+(?:\.\d+)*(?:(?:a|b|rc|\.post|\.dev)\d+)?)"
    r"\s*(?:,\s*|(?=\)|$)))*"
)
_PLAIN = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([A-Za-z0-9._,\s-]*)\]\s*)?"
    rf"(?:({_CLAUSES})|\(\s*({_CLAUSES})\))"
)
_PIN = r"={2,3}\s*([^*,\s]+)"
_COMPARISON = re.compile(
    r"""\s*(?:(?P<name>os_name|sys_platform|platform_system|platform_python_implementation|implementation_name"""
    r"""|platform_machine)\s*(?P<is>==|!=)\s*(?:'(?=\w+')|"(?=\w+"))(?P<word>[A-UW-Za-uw-z]\w*)['"]"""
    r"""|(?P<python>python_version|python_full_version)\s*(?P<op>==|!=|>=|<=|>|<)\s*"""
    r"""(?:'(?=[0-9.]+')|"(?=[0-9.]+"))(?P<version>[0-9]{1,9}(?:\.[0-9]{1,9})*)['"])\s*"""
)
_HASH = r"\s--hash[= ].*$"

#: Nothing is stated.
_NONE: Mapping[str, Any] = MappingProxyType({})


class Dependency(NamedTuple):
    """What a manifest asks for."""

    name: str  # normalised by PEP 503
    specifier: str = ""  # ">=2,<3": PEP 440, or Poetry's; "" is any
    extras: frozenset[str] = frozenset()
    source: str = ""
    url: str | None = None  # "git+https://…", "https://….whl", or a "file:" URL
    path: str | None = None  # a folder or file of the project, relative to it
    marker: str = ""  # one that may hold on Linux

    @property
    def constraint(self) -> Constraint | None:
        """The specifier, parsed."""
        return parse_constraint(self.specifier)

    @property
    def pin(self) -> str | None:
        """The one version that it allows."""
        match = re.fullmatch(_PIN, self.specifier)
        if match or not self.specifier or self.specifier[0] in "<>!~^":
            return match[1] if match else None
        constraint = self.constraint  # Poetry's "1.2.3" is one too
        return constraint.pin if constraint else None


class Locked(NamedTuple):
    """What a lock file holds ready."""

    name: str
    version: str
    source: str
    wheels: tuple[str, ...] = ()  # file names, where the lock lists its files
    lists_files: bool = False  # so that no wheels means that there are none
    marker: str = ""
    dev: bool = False
    url: str | None = None  # where it comes from no index: "git+https://…", "file:…"


class Script(NamedTuple):
    """A command that the installed project has."""

    name: str
    target: str  # "pkg.cli:main"
    source: str


class Project(NamedTuple):
    """Everything that is installed, and how."""

    because: str  # the file that shows it
    name: Fact | None = None
    package_manager: Fact | None = None
    requires_python: Fact | None = None
    dependencies: tuple[Dependency, ...] = ()  # direct ones of production
    dev_dependencies: tuple[Dependency, ...] = ()  # direct ones of tests and development beside them
    locked: Mapping[str, Locked] = _NONE  # the whole closure of production; empty: no lock
    locked_dev: Mapping[str, Locked] = _NONE
    scripts: tuple[Script, ...] = ()
    manifests: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    requirements_dev: tuple[str, ...] = ()
    hashed: Fact | None = None
    fresh: Fact | None = None  # the fact `locked`: a lock is there and in date
    sources_first: Fact | None = None
    installable: Fact | None = None  # the fact `project`: the project itself is installed
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    dev_extras: tuple[str, ...] = ()
    dev_groups: tuple[str, ...] = ()
    local: tuple[str, ...] = ()  # folders of this repository that it depends on
    keep: tuple[str, ...] = ()
    build_environment: Mapping[str, str] = _NONE
    version_from_git: Fact | None = None
    needs_git: Fact | None = None
    needs_ssh: Fact | None = None
    secrets: tuple[BuildSecret, ...] = ()
    mirror: Fact | None = None  # the address of PyPI, where the project has one that only leads there
    warnings: tuple[ProjectWarning, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether all that production installs is known: it is locked, or it is nothing."""
        return bool(self.fresh and self.fresh.value and self.locked) or not (self.dependencies or self.locked)

    def has(self, name: str) -> Fact | None:
        """Return the version (or "") with which production has a package, directly or not."""
        return _find(normalise(name), self.dependencies, self.locked)

    def has_dev(self, name: str) -> Fact | None:
        """Return the version (or "") of a package that only tests and development have."""
        return _find(normalise(name), self.dev_dependencies, self.locked_dev)

    def at_least(self, name: str, version: tuple[int, ...]) -> bool:
        """Say whether a package is known to be that new; an unpinned one is the newest."""
        found = self.has(name)
        if found is None or (not found.value and self._is_open(name)):
            return True
        return first_numbers(str(found.value)) >= version

    def _is_open(self, name: str) -> bool:
        asked = self.asks(name)
        return asked is None or not re.search(r"<|==|~|\^|^\d", asked.specifier)

    def asks(self, name: str) -> Dependency | None:
        """Return what the manifest itself says of a package."""
        return next((item for item in self.dependencies if item.name == normalise(name)), None)

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts of a finding that this project states."""
        found = {
            "name": self.name,
            "package_manager": self.package_manager,
            "manifests": self._listed(self.manifests),
            "sources_first": self.sources_first,
            "requirements": self._listed(self.requirements),
            "requirements_dev": self._listed(self.requirements_dev),
            "hashed": self.hashed,
            "mirror": self.mirror,
            "locked": self.fresh,
            "extras": self._listed(self.extras),
            "groups": self._listed(self.groups),
            "dev_extras": self._listed(self.dev_extras),
            "dev_groups": self._listed(self.dev_groups),
            "project": self.installable,
            "secrets": Fact(self.secrets, self.secrets[0].source) if self.secrets else None,
            "keep": self._listed(self.keep),
            "build_environment": self._build_environment,
        }
        return {key: fact for key, fact in found.items() if fact is not None}

    @property
    def _build_environment(self) -> Fact | None:
        if not self.build_environment or self.version_from_git is None:
            return None
        return Fact(dict(self.build_environment), self.version_from_git.source)

    def _listed(self, values: tuple[str, ...]) -> Fact | None:
        return Fact(values, self.because) if values else None


def _find(name: str, direct: Iterable[Dependency], locked: Mapping[str, Locked]) -> Fact | None:
    held = locked.get(name)
    asked = next((item for item in direct if item.name == name), None)
    if asked:
        return Fact(held.version if held else asked.pin or "", asked.source)
    return Fact(held.version, held.source) if held else None


def first_numbers(version: str) -> tuple[int, ...]:
    """Return the first numbers of a version, however it ends: (2, 1, 3) of 2.1.3rc1."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def normalise(name: str) -> str:
    """Return NAME as indexes compare it: https://peps.python.org/pep-0503/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_dependency(text: str, source: str) -> Dependency | None:
    """Return the requirement in TEXT, or None where it is none, or never holds on Linux."""
    text = re.sub(_HASH, "", text).strip()
    made = read_requirement(text, source) or _by_name(text, source)
    return made if made and holds(made.marker) else None


def read_requirement(text: str, source: str) -> Dependency | None:
    """Return TEXT as https://peps.python.org/pep-0508/ reads it, whatever its marker, or None."""
    wanted, semicolon, marker = (part.strip() for part in text.partition(";"))
    match = _PLAIN.fullmatch(wanted)
    if (match and not semicolon) or (
        match and _plain_marker(marker)
    ):  # nearly all: `packaging` is slow to import
        clauses = ("".join(part.split()) for part in (match[3] or match[4] or "").split(","))
        specifier = ",".join(clause for clause in clauses if clause)
        return Dependency(normalise(match[1]), specifier, _extras(match[2]), source, marker=marker)
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return None
    extras = frozenset(normalise(extra) for extra in parsed.extras)
    marker = str(parsed.marker) if parsed.marker else ""
    return Dependency(
        normalise(parsed.name), str(parsed.specifier), extras, source, parsed.url, marker=marker
    )


def _extras(text: str | None) -> frozenset[str]:
    return frozenset(normalise(extra.strip()) for extra in (text or "").split(",") if extra.strip())


def _by_name(text: str, source: str) -> Dependency | None:
    """Return at least the name of what is not PEP 508 ("foo>=1.*" was one once)."""
    match = _NAME.match(text)
    if not match or not re.match(r"\s*($|[<>=!~;@(,])", text[match.end() :]):
        return None
    extras = _extras(match[2])
    constraint = parse_constraint(text[match.end() :].partition(";")[0])
    return Dependency(normalise(match[1]), constraint.text if constraint else "", extras, source)


def poetry_dependency(name: str, value: Any, source: str) -> Dependency | None:
    """Return what Poetry's (or Pipenv's) table says of NAME, or None where it never holds on Linux."""
    if isinstance(value, list):
        found = [made for item in value if (made := poetry_dependency(name, item, source))]
        return found[-1]._replace(specifier="", marker="") if found else None
    if isinstance(value, str):
        return Dependency(normalise(name), "" if value.strip() == "*" else value, source=source)
    if not isinstance(value, Mapping) or not holds(_marker_of(value)):
        return None
    version = value.get("version")
    specifier = version if isinstance(version, str) and version.strip() != "*" else ""
    path = value.get("path", value.get("file"))
    return Dependency(
        normalise(name),
        specifier,
        frozenset(normalise(extra) for extra in words(value.get("extras"))),
        source,
        url_of(value),
        path if isinstance(path, str) and "://" not in path else None,
        _marker_of(value),
    )


def url_of(value: Mapping[str, Any]) -> str | None:
    """Return where a table with `git`, `url` or `hg` says that its package comes from."""
    for key, prefix in (("git", "git+"), ("hg", "hg+"), ("svn", "svn+"), ("bzr", "bzr+"), ("url", "")):
        if isinstance(url := value.get(key), str):
            return url if url.startswith(prefix) else prefix + url
    return None


def _marker_of(value: Mapping[str, Any]) -> str:
    """Return the markers of a table as one, Pipenv's `sys_platform = "…"` keys too."""
    said = value.get("markers", value.get("marker"))
    clauses = [f"({said})"] if isinstance(said, str) and said.strip() else []
    for key in ("sys_platform", "platform_system", "os_name", "platform_machine"):
        if isinstance(value.get(key), str):
            clauses.append(f"{key} {value[key]}")
    if value.get("platform") in ("win32", "darwin", "linux"):
        clauses.append(f'sys_platform == "{value["platform"]}"')
    return " and ".join(clauses)


def words(value: Any) -> list[str]:
    """Return the strings of a list that a manifest has, whatever else is in it."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def table(value: Any, *keys: str) -> dict[str, Any]:
    """Return the table at KEYS below VALUE, or an empty one, whatever stands there."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


@lru_cache(maxsize=4096)
def holds(marker: str, release: str | None = None, extras: tuple[str, ...] = ()) -> bool:
    """Whether MARKER may hold on Linux, on RELEASE or on any; one that is not understood may."""
    if not marker:
        return True
    releases = _RELEASES if release is None else (release,)
    environments = (
        _environment(one, machine, extra)
        for one in releases
        for machine in _MACHINES
        for extra in extras or ("",)
    )
    if (alternatives := _plain_marker(marker)) is not None:
        return any(_is_met(alternatives, environment) for environment in environments)
    from packaging.markers import InvalidMarker, Marker

    try:
        parsed = Marker(marker)
        return any(parsed.evaluate(environment) for environment in environments)
    except (InvalidMarker, ValueError, KeyError, TypeError):
        return True


def _plain_marker(marker: str) -> list[list[re.Match[str]]] | None:
    """Return the comparisons of a marker with neither brackets nor extras: alternatives, and all of each."""
    found = [[_COMPARISON.fullmatch(one) for one in part.split(" and ")] for part in marker.split(" or ")]
    known = [[match for match in part if match] for part in found]
    return known if known == found else None


def _is_met(alternatives: list[list[re.Match[str]]], environment: Mapping[str, str]) -> bool:
    return any(all(_compares(match, environment) for match in part) for part in alternatives)


def _compares(match: re.Match[str], environment: Mapping[str, str]) -> bool:
    if match["word"]:
        return COMPARE[match["is"]](environment[match["name"]], match["word"])
    return COMPARE[match["op"]](numbers(environment[match["python"]]), numbers(match["version"]))


def _environment(release: str, machine: str, extra: str) -> dict[str, str]:
    """Return what https://peps.python.org/pep-0508/#environment-markers are in an official image."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{release}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{release}.99",
        "platform_python_implementation": "CPython",
        "python_version": release,
        "sys_platform": "linux",
        "extra": extra,
    }
