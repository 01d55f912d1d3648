"""What .npmrc, .yarnrc, .yarnrc.yml and bunfig.toml say of credentials: names only, never a value.

A file in which one stands in the open is not for the build, and its warning makes the plan be refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from scaffold.model import BuildSecret, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

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
#: What to write instead of a credential where it is something else than in .npmrc.
#: https://bun.com/docs/pm/scopes-registries https://classic.yarnpkg.com/lang/en/docs/yarnrc/
_INSTEAD = {
    "bunfig.toml": 'write "$NPM_TOKEN" in its place',
    ".yarnrc": "move the line to .npmrc with ${NPM_TOKEN} in its place",
}

#: Where a person's own file is, for the build.
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
        warnings += [_exposed(path, entry) for entry in exposed[:1]]
        files += [path] if not exposed else []
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


def _exposed(path: str, entry: _Entry) -> ProjectWarning:
    written = _INSTEAD.get(path, "write ${NPM_TOKEN} in its place")
    said = (
        f"a credential stands here for all to read: revoke it, {written}, "
        "and give the new one to the build: `docker build --secret id=NPM_TOKEN .`"
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
