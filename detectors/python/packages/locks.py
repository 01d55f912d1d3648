"""Lock files: what of them is wanted, and whether they are in date with their manifest."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .constraints import parse_constraint
from .dependencies import (
    Dependency,
    Locked,
    holds,
    normalise,
    parse_dependency,
    read_requirement,
    table,
    url_of,
    words,
)


class Lock(NamedTuple):
    """A lock file, and what of it is wanted."""

    path: str
    packages: Mapping[str, Locked]
    stale: str | None = None  # what is out of date, in words; None: nothing


class Wanted(NamedTuple):
    """What of a lock is asked for."""

    dependencies: tuple[Dependency, ...]  # direct ones
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


# -- the walk through a lock: what is reached from what is asked for


class _Package(NamedTuple):
    locked: Locked
    edges: tuple[tuple[str, frozenset[str]], ...] = ()  # the name, and the extras that are asked of it
    extra_edges: Mapping[str, tuple[tuple[str, frozenset[str]], ...]] = MappingProxyType({})


def _reach(
    packages: Mapping[str, list[_Package]], start: Iterable[tuple[str, frozenset[str]]]
) -> dict[str, Locked]:
    todo, asked = list(start), set()
    while todo:
        name, extras = todo.pop()
        for extra in ("", *sorted(extras)):
            if (name, extra) in asked:
                continue
            asked.add((name, extra))
            for package in packages.get(name, ()):
                todo += package.extra_edges.get(extra, ()) if extra else package.edges
    return _merge(
        package.locked for name in sorted({name for name, _ in asked}) for package in packages.get(name, ())
    )


def _merge(items: Iterable[Locked]) -> dict[str, Locked]:
    """Return one for each name: a lock may hold two versions, for two releases of Python."""
    merged: dict[str, Locked] = {}
    for item in items:
        if other := merged.get(item.name):
            wheels = (*other.wheels, *item.wheels)
            item = Locked(
                item.name,
                item.version,
                item.source,
                wheels,
                item.lists_files,
                "",
                item.dev,
                item.url or other.url,
            )
        merged[item.name] = item
    return merged


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _tables(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _lines(tree: Tree, path: str) -> dict[tuple[str, str], int]:
    """Return the line of each `name = "…"` and `version = "…"` pair of a TOML lock."""
    found: dict[tuple[str, str], int] = {}
    name, at = "", 0
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        if line.startswith('name = "'):
            name, at = line[8:].rstrip('"'), number
        elif line.startswith('version = "') and name:
            found.setdefault((normalise(name), line[11:].rstrip('"')), at)
            name = ""
    return found


def _files(entries: Any) -> tuple[str, ...]:
    """Return the names of the wheels among ENTRIES, which have a `file` or a `url`."""
    found = []
    for entry in _tables(entries):
        place = _string(entry.get("file", entry.get("filename", entry.get("url"))))
        name = place.partition("?")[0].partition("#")[0].rpartition("/")[2]
        if name.endswith(".whl"):
            found.append(name)
    return tuple(found)


# -- uv: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile


def read_uv(tree: Tree, wanted: Wanted) -> Lock:
    """Return what uv.lock holds for the project."""
    path = "uv.lock"
    data = tree.toml(path)
    places = _lines(tree, path)
    packages: dict[str, list[_Package]] = {}
    roots: list[dict[str, Any]] = []
    for entry in _tables(data.get("package")):
        package = _uv_package(entry, path, places)
        packages.setdefault(package.locked.name, []).append(package)
        if _is_root(entry):
            roots.append(entry)
    held = _reach(packages, _uv_start(_uv_roots(roots, data), wanted))
    own = {normalise(_string(root.get("name"))) for root in roots}
    return Lock(path, {name: item for name, item in held.items() if name not in own}, uv_stale(tree))


def _is_root(entry: Mapping[str, Any]) -> bool:
    source = table(entry.get("source"))
    return source.get("virtual") == "." or source.get("editable") == "."


def _uv_roots(roots: list[dict[str, Any]], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the project, or each member of a workspace whose root is none."""
    members = set(words(table(data.get("manifest")).get("members")))
    return roots or [entry for entry in _tables(data.get("package")) if _string(entry.get("name")) in members]


def _uv_start(roots: list[dict[str, Any]], wanted: Wanted) -> Iterator[tuple[str, frozenset[str]]]:
    for root in roots:
        yield from _uv_edges(root.get("dependencies"))
        for extra in wanted.extras:
            yield from _uv_edges(table(root.get("optional-dependencies")).get(extra))
        for group in wanted.groups:
            yield from _uv_edges(table(root.get("dev-dependencies")).get(group))


def _uv_edges(entries: Any) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(
        (normalise(_string(entry.get("name"))), frozenset(words(entry.get("extra"))))
        for entry in _tables(entries)
        if holds(_string(entry.get("marker")))
    )


def _uv_package(entry: Mapping[str, Any], path: str, places: Mapping[tuple[str, str], int]) -> _Package:
    name, version = normalise(_string(entry.get("name"))), _string(entry.get("version"))
    source = table(entry.get("source"))
    lists_files = "registry" in source or "wheels" in entry or "sdist" in entry
    locked = Locked(
        name,
        version,
        _at(path, places, name, version),
        _files(entry.get("wheels")),
        lists_files,
        url=_uv_url(source),
    )
    extras = {
        normalise(extra): _uv_edges(edges)
        for extra, edges in table(entry.get("optional-dependencies")).items()
    }
    return _Package(locked, _uv_edges(entry.get("dependencies")), extras)


def _uv_url(source: Mapping[str, Any]) -> str | None:
    if isinstance(source.get("git"), str):
        return "git+" + str(source["git"])
    if isinstance(source.get("url"), str):
        return str(source["url"])
    local = next((source[key] for key in ("editable", "virtual", "directory", "path") if key in source), None)
    return f"file:{local}" if isinstance(local, str) else None


def _at(path: str, places: Mapping[tuple[str, str], int], name: str, version: str) -> str:
    line = places.get((name, version))
    return f"{path}:{line}" if line else path


def uv_stale(tree: Tree) -> str | None:
    """Return what of pyproject.toml is not in uv.lock any more, or None."""
    manifest, data = tree.toml("pyproject.toml"), tree.toml("uv.lock")
    project = table(manifest, "project")
    entries = [entry for entry in _tables(data.get("package")) if _is_root(entry)]
    if not project or "dependencies" in words(project.get("dynamic")):
        return None
    if not entries:
        return "does not hold the project"
    if _differs(project.get("requires-python"), data.get("requires-python")):
        return "is for another requires-python"
    local = {normalise(name) for name in table(manifest, "tool", "uv", "sources")}
    said, held = _uv_said(manifest), _uv_held(entries[0])
    for name in sorted(said.keys() | held.keys()):
        if not _same(said.get(name), held.get(name), name in local):
            return f"is not in date with what pyproject.toml says of {name}"
    return None


def _differs(said: Any, held: Any) -> bool:
    if said == held:
        return False
    constraints = [parse_constraint(value) for value in (said, held) if isinstance(value, str)]
    if len(constraints) < 2 or any(one is None for one in constraints):
        return False
    first, second = (
        [minor for minor in range(30) if one and one.allows_release(f"3.{minor}")] for one in constraints
    )
    return first != second


_Asked = set[tuple[str, frozenset[str]]]


def _uv_said(manifest: Mapping[str, Any]) -> dict[str, _Asked]:
    project = table(manifest, "project")
    texts = words(project.get("dependencies"))
    for extra in table(project, "optional-dependencies").values():
        texts += words(extra)
    for group in table(manifest, "dependency-groups").values():
        texts += words(group)
    texts += words(table(manifest, "tool", "uv").get("dev-dependencies"))
    return _asked(_pep508(text) for text in texts)


def _pep508(text: str) -> tuple[str, str, frozenset[str]] | None:
    made = read_requirement(text, "")
    return (made.name, made.specifier, made.extras) if made else None


def _uv_held(root: Mapping[str, Any]) -> dict[str, _Asked]:
    metadata = table(root.get("metadata"))
    entries = _tables(metadata.get("requires-dist"))
    for group in table(metadata, "requires-dev").values():
        entries += _tables(group)
    return _asked(
        (
            normalise(_string(entry.get("name"))),
            _string(entry.get("specifier")),
            frozenset(normalise(extra) for extra in words(entry.get("extras", entry.get("extra")))),
        )
        for entry in entries
    )


def _asked(items: Iterable[tuple[str, str, frozenset[str]] | None]) -> dict[str, _Asked]:
    found: dict[str, _Asked] = {}
    for item in items:
        if item:
            found.setdefault(item[0], set()).add((_canonical(item[1]), item[2]))
    return found


def _canonical(specifier: str) -> str:
    return ",".join(sorted("".join(clause.split()) for clause in specifier.split(",")))


def _same(said: _Asked | None, held: _Asked | None, is_local: bool) -> bool:
    if not said or not held:
        return not said and not held
    if is_local:  # a source of its own takes the place of the specifier
        return {extras for _, extras in said} == {extras for _, extras in held}
    return said == held or _parsed(said) == _parsed(held)


def _parsed(asked: _Asked) -> set[tuple[object, frozenset[str]]]:
    """Return ASKED with versions that are written in another way made equal: 1.0-rc1 and 1.0rc1."""
    constraints = ((parse_constraint(specifier), extras) for specifier, extras in asked)
    return {(one.alternatives if one else None, extras) for one, extras in constraints}


# -- Poetry: https://github.com/python-poetry/poetry/blob/main/src/poetry/packages/locker.py


def read_poetry(tree: Tree, wanted: Wanted) -> Lock:
    """Return what poetry.lock holds for the project."""
    path = "poetry.lock"
    data = tree.toml(path)
    entries = _tables(data.get("package"))
    places = _lines(tree, path)
    old_files = table(data, "metadata", "files")
    locked = [(entry, _poetry_locked(entry, path, places, old_files)) for entry in entries]
    return Lock(path, _poetry_wanted(locked, wanted), poetry_stale(tree))


def _poetry_locked(
    entry: Mapping[str, Any], path: str, places: Mapping[tuple[str, str], int], old_files: Mapping[str, Any]
) -> Locked:
    name, version = _string(entry.get("name")), _string(entry.get("version"))
    files = entry.get("files", old_files.get(name, old_files.get(normalise(name))))
    source = table(entry.get("source"))
    kind, url = source.get("type"), _string(source.get("url"))
    return Locked(
        normalise(name),
        version,
        _at(path, places, normalise(name), version),
        _files(files),
        bool(files),
        _string(entry.get("markers")),
        url={"git": "git+" + url, "directory": "file:" + url, "file": "file:" + url, "url": url}.get(
            _string(kind)
        ),
    )


def _poetry_wanted(locked: list[tuple[dict[str, Any], Locked]], wanted: Wanted) -> dict[str, Locked]:
    if any("groups" in entry for entry, _ in locked):
        groups = {"main", *wanted.groups}
        marked = [
            item for entry, item in locked if groups & set(words(entry.get("groups"))) and holds(item.marker)
        ]
        return _merge(marked)
    if any("category" in entry for entry, _ in locked):
        categories = {"main", *wanted.groups}
        return _merge(item for entry, item in locked if entry.get("category") in categories)
    packages: dict[str, list[_Package]] = {}
    for entry, item in locked:
        packages.setdefault(item.name, []).append(_poetry_package(entry, item))
    return _reach(packages, ((item.name, item.extras) for item in wanted.dependencies))


def _poetry_package(entry: Mapping[str, Any], locked: Locked) -> _Package:
    plain: list[tuple[str, frozenset[str]]] = []
    optional: dict[str, frozenset[str]] = {}
    for name, value in table(entry.get("dependencies")).items():
        for one in value if isinstance(value, list) else [value]:
            facts = one if isinstance(one, dict) else {}
            edge = normalise(name), frozenset(words(facts.get("extras")))
            if facts.get("optional"):
                optional[edge[0]] = edge[1]
            elif holds(_string(facts.get("markers"))):
                plain.append(edge)
    extras = {
        normalise(extra): tuple(
            (made.name, made.extras | optional.get(made.name, frozenset()))
            for text in words(texts)
            if (made := parse_dependency(text.replace(" (", "").replace(")", ""), locked.source))
        )
        for extra, texts in table(entry.get("extras")).items()
    }
    return _Package(locked, tuple(plain), extras)


def poetry_stale(tree: Tree) -> str | None:
    """Return what is out of date in poetry.lock, or None: Poetry compares a hash of what matters."""
    held = table(tree.toml("poetry.lock"), "metadata").get("content-hash")
    if not isinstance(held, str):
        return None
    manifest = tree.toml("pyproject.toml")
    # before 2.3.0 the hash did not cover dependency groups
    if held in (_poetry_hash(manifest, True), _poetry_hash(manifest, False)):
        return None
    return "is not in date with pyproject.toml"


def _poetry_hash(manifest: Mapping[str, Any], with_groups: bool) -> str | None:
    legacy = ("dependencies", "source", "extras", "dev-dependencies")
    section, project = table(manifest, "tool", "poetry"), table(manifest, "project")
    said = {
        key: project[key]
        for key in ("requires-python", "dependencies", "optional-dependencies")
        if key in project
    }
    groups = table(manifest, "dependency-groups") if with_groups else {}
    own = {
        key: section.get(key)
        for key in (*legacy, "group")
        if section.get(key) is not None or (key in legacy and not said and not groups)
    }
    content: dict[str, Any] = ({"project": said} if said else {}) | (
        {"dependency-groups": groups} if groups else {}
    )
    return _digest(content | {"tool": {"poetry": own}} if content else own)


def _digest(content: Any, **style: Any) -> str | None:
    import hashlib
    import json

    try:
        return hashlib.sha256(json.dumps(content, sort_keys=True, **style).encode()).hexdigest()
    except (TypeError, ValueError, RecursionError):
        return None  # a date in TOML, say: the tool itself fails on it


# -- PDM: https://github.com/pdm-project/pdm/blob/main/src/pdm/project/project_file.py


def read_pdm(tree: Tree, wanted: Wanted) -> Lock:
    """Return what pdm.lock holds for the project."""
    path = "pdm.lock"
    data = tree.toml(path)
    places = _lines(tree, path)
    old_files = table(data, "metadata", "files")
    locked = [(entry, _pdm_locked(entry, path, places, old_files)) for entry in _tables(data.get("package"))]
    return Lock(path, _pdm_wanted(locked, wanted), pdm_stale(tree))


def _pdm_locked(
    entry: Mapping[str, Any], path: str, places: Mapping[tuple[str, str], int], old_files: Mapping[str, Any]
) -> Locked:
    name, version = _string(entry.get("name")), _string(entry.get("version"))
    files = entry.get("files", old_files.get(f"{name} {version}"))
    local = _string(entry.get("path"))
    return Locked(
        normalise(name),
        version,
        _at(path, places, normalise(name), version),
        _files(files),
        bool(files),
        _string(entry.get("marker")),
        url=f"file:{local}" if local else url_of(entry),
    )


def _pdm_wanted(locked: list[tuple[dict[str, Any], Locked]], wanted: Wanted) -> dict[str, Locked]:
    if any("groups" in entry for entry, _ in locked):
        groups = {"default", *wanted.groups, *wanted.extras}
        return _merge(
            item for entry, item in locked if groups & set(words(entry.get("groups"))) and holds(item.marker)
        )
    packages: dict[str, list[_Package]] = {}
    for entry, item in locked:
        edges = _pdm_edges(entry, item.source)
        # PDM writes a package once more for each set of its extras, with what these need
        packages.setdefault(item.name, []).append(_Package(item, edges))
    return _reach(packages, ((item.name, item.extras) for item in wanted.dependencies))


def _pdm_edges(entry: Mapping[str, Any], source: str) -> tuple[tuple[str, frozenset[str]], ...]:
    made = [parse_dependency(text, source) for text in words(entry.get("dependencies"))]
    return tuple((item.name, item.extras) for item in made if item)


def pdm_stale(tree: Tree) -> str | None:
    """Return what is out of date in pdm.lock, or None: PDM compares a hash of what matters."""
    held = _string(table(tree.toml("pdm.lock"), "metadata").get("content_hash")).rpartition(":")[2]
    manifest = tree.toml("pyproject.toml")
    if not held or "workspace" in table(manifest, "tool", "pdm") or held in _pdm_hashes(manifest):
        return None
    return "is not in date with pyproject.toml"


def _pdm_hashes(manifest: Mapping[str, Any]) -> Iterator[str | None]:
    project, settings = table(manifest, "project"), table(manifest, "tool", "pdm")
    common = {
        "sources": settings.get("source", []),
        "dependencies": project.get("dependencies", []),
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
    }
    resolution = table(settings, "resolution")
    older = {"overrides": table(resolution, "overrides") or table(settings, "overrides")}
    for dev in (_pdm_groups(manifest), table(settings, "dev-dependencies")):
        for rest in ({"resolution": resolution}, older):
            yield _digest({**common, "dev-dependencies": dev, **rest})


def _pdm_groups(manifest: Mapping[str, Any]) -> dict[str, Any]:
    groups = {normalise(name): group for name, group in table(manifest, "dependency-groups").items()}
    for name, group in table(manifest, "tool", "pdm", "dev-dependencies").items():
        before = groups.get(normalise(name), [])
        groups[normalise(name)] = (
            [*before, *group] if isinstance(group, list) and isinstance(before, list) else group
        )
    return groups


# -- Pipenv: https://github.com/pypa/pipenv/blob/main/pipenv/utils/pipfile.py


def read_pipenv(tree: Tree, wanted: Wanted) -> Lock:
    """Return what Pipfile.lock holds for the project."""
    path = "Pipfile.lock"
    data = tree.json(path)
    held = _pipenv_section(tree, path, data, "default")
    for group in wanted.groups:
        held = _pipenv_section(tree, path, data, "develop" if group == "dev" else group) | held
    return Lock(path, held, pipenv_stale(tree))


def _pipenv_section(tree: Tree, path: str, data: Any, section: str) -> dict[str, Locked]:
    found = {}
    places = _keys(tree, path)
    for name, entry in table(data, section).items():
        facts = entry if isinstance(entry, dict) else {}
        marker = _string(facts.get("markers"))
        if holds(marker):
            local = _string(facts.get("path", facts.get("file")))
            url = url_of(facts) or (local if "://" in local else f"file:{local}" if local else None)
            found[normalise(name)] = Locked(
                normalise(name),
                _string(facts.get("version")).lstrip("="),
                f"{path}:{places[name]}" if name in places else path,
                marker=marker,
                url=url,
            )
    return found


def _keys(tree: Tree, path: str) -> dict[str, int]:
    """Return the line of each key of a JSON file that has a table."""
    found: dict[str, int] = {}
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        if match := re.match(r'\s*"([^"]+)":\s*\{', line):
            found.setdefault(match[1], number)
    return found


def pipenv_stale(tree: Tree) -> str | None:
    """Return what is out of date in Pipfile.lock, or None: Pipenv compares a hash of the Pipfile."""
    held = _string(table(tree.json("Pipfile.lock"), "_meta", "hash").get("sha256"))
    manifest = tree.toml("Pipfile")
    if not held or not manifest or held in {_pipenv_hash(manifest, rename) for rename in (normalise, str)}:
        return None
    return "is not in date with Pipfile"


def _pipenv_hash(manifest: Mapping[str, Any], rename: Callable[[str], str]) -> str | None:
    def section(value: Any) -> Any:
        return {rename(name): entry for name, entry in value.items()} if isinstance(value, dict) else value

    pypi = [{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}]
    known = (
        "source",
        "packages",
        "dev-packages",
        "requires",
        "scripts",
        "pipfile",
        "pipenv",
        "default",
        "develop",
    )
    content = {
        "_meta": {"sources": manifest.get("source", pypi), "requires": manifest.get("requires", {})},
        "default": section(manifest.get("packages", {})),
        "develop": section(manifest.get("dev-packages", {})),
    }
    content |= {name: section(value) for name, value in manifest.items() if name not in known}
    return _digest(content, separators=(",", ":"))
