"""What .npmrc, .yarnrc, .yarnrc.yml and bunfig.toml say of credentials: names only, never a value."""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from scaffold.model import BuildSecret, ProjectWarning
from scaffold.tree import Tree

from .manifest import table

#: Hosts that anybody may install from.
PUBLIC = frozenset(
    {
        "registry.npmjs.org", "registry.npmjs.com", "registry.yarnpkg.com", "registry.npmmirror.com",
        "registry.npm.taobao.org", "npm.jsr.io", "localhost", "127.0.0.1",
    }
)  # fmt: skip

#: https://docs.npmjs.com/cli/configuring-npm/npmrc#auth-related-configuration
_CREDENTIAL = r"(?:^|:)(_authToken|_auth|_password)$"
_VARIABLE = r"\$\{?([A-Za-z_][A-Za-z0-9_]*)[^}\s]*\}?"
_REGISTRY = r"(?:@[\w.-]+:)?registry$|^npmRegistryServer$"
_HOST = r"(?:https?:)?//(?:[^/@\s]*@)?([^/:\s]+)"
_YAML_KEYS = ("npmAuthToken", "npmAuthIdent")

#: Where a file is given to the build that cannot stand in the repository, and where a person's own one is.
_PROJECT_FILE = "/app/{}"
_HOME_FILE = "/root/.npmrc"


class Access(NamedTuple):
    """What installing needs beside the packages' names."""

    files: tuple[str, ...] = ()  # those that the build may read: no credential stands in them
    secrets: tuple[BuildSecret, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()
    settings: Mapping[str, str] = MappingProxyType({})  # "engine-strict" is "true"


class _Entry(NamedTuple):
    key: str
    value: str
    source: str

    @property
    def is_credential(self) -> bool:
        return bool(re.search(_CREDENTIAL, self.key)) or self.key.rpartition(".")[2] in (*_YAML_KEYS, "token")


def find_access(tree: Tree, manager: str, *, berry: bool) -> Access:
    """Return what the manager's own files say of registries, and of the credentials that they take."""
    files: list[str] = []
    secrets: dict[str, BuildSecret] = {}
    warnings: list[ProjectWarning] = []
    entries: list[_Entry] = []
    for path, read in _files(manager, berry=berry):
        if path not in tree:
            continue
        found = list(read(tree, path))
        entries += found
        exposed = [entry for entry in found if _is_literal(entry)]
        if exposed:
            warnings.append(_exposed(path, exposed[0]))
            secrets[_id(path)] = BuildSecret(_id(path), exposed[0].source, _PROJECT_FILE.format(path))
        else:
            files.append(path)
            secrets |= {secret.id: secret for entry in found for secret in _named(entry)}
    if not secrets and (entry := _private(entries)):
        secrets["npmrc"] = BuildSecret("npmrc", entry.source, _HOME_FILE)
    settings = {entry.key: entry.value for entry in entries}
    return Access(tuple(files), tuple(secrets.values()), tuple(warnings), settings)


def _files(manager: str, *, berry: bool) -> Iterator[tuple[str, Any]]:
    if manager == "yarn" and berry:
        yield ".yarnrc.yml", _read_yaml
        return
    yield ".npmrc", _read_ini
    if manager == "yarn":
        yield ".yarnrc", _read_yarnrc
    if manager == "bun":
        yield "bunfig.toml", _read_toml


def _id(path: str) -> str:
    return path.strip(".").replace(".", "-")


def _exposed(path: str, entry: _Entry) -> ProjectWarning:
    said = (
        f"a credential stands here for all to read: revoke it, and write ${{NPM_TOKEN}} in its place. "
        f"The build does not read this file: give it with `--secret id={_id(path)},src={path}`"
    )
    return ProjectWarning("literal-secret", said, entry.source)


def _is_literal(entry: _Entry) -> bool:
    if re.search(_VARIABLE, entry.value):
        return False
    in_url = re.search(r"//[^/@\s]*:[^/@\s]+@", entry.value)
    return bool(in_url) or (entry.is_credential and bool(entry.value))


def _named(entry: _Entry) -> Iterator[BuildSecret]:
    names = re.findall(_VARIABLE, entry.value) if entry.is_credential or "://" in entry.value else []
    return (BuildSecret(name, entry.source) for name in names)


def _private(entries: Iterable[_Entry]) -> _Entry | None:
    """Return the registry that takes a credential which no file here names."""
    for entry in entries:
        host = re.match(_HOST, entry.value) if re.search(_REGISTRY, entry.key) else None
        if host and host[1].lower() not in PUBLIC:
            return entry
    return None


# -- the formats


def _read_ini(tree: Tree, path: str) -> Iterator[_Entry]:
    for number, line in enumerate(tree.text(path).splitlines(), start=1):
        key, equals, value = line.partition("=")
        if equals and key.strip()[:1] not in ("#", ";", ""):
            yield _Entry(key.strip(), value.strip().strip("\"'"), f"{path}:{number}")


def _read_yarnrc(tree: Tree, path: str) -> Iterator[_Entry]:
    for number, line in enumerate(tree.text(path).splitlines(), start=1):
        match = re.fullmatch(r'\s*"?([^"\s#]+)"?\s+"?([^"]*)"?\s*', line)
        if match:
            yield _Entry(match[1], match[2], f"{path}:{number}")


def _read_yaml(tree: Tree, path: str) -> Iterator[_Entry]:
    yield from _flat(tree, path, tree.yaml(path))


def _read_toml(tree: Tree, path: str) -> Iterator[_Entry]:
    yield from _flat(tree, path, tree.toml(path))


def _flat(tree: Tree, path: str, data: Any, above: str = "") -> Iterator[_Entry]:
    for key, value in table(data).items():
        name = f"{above}{key}"
        if isinstance(value, dict):
            yield from _flat(tree, path, value, f"{name}.")
        elif isinstance(value, (str, bool)):
            line = tree.line_of(path, rf"^\s*[\"']?{re.escape(str(key))}[\"']?\s*[:=]")
            text = str(value).lower() if isinstance(value, bool) else value
            yield _Entry(name, text, f"{path}:{line}" if line else path)
