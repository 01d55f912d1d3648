"""Manifests and what each says: pyproject.toml, Pipfile, setup.py, setup.cfg. Runs none of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

from scaffold.model import Fact, ProjectWarning
from scaffold.reading.tree import Tree

from .dependencies import Dependency, Script, normalise, parse_dependency, poetry_dependency, table, words
from .requirements import Index, read_requirements

PYPROJECT, PIPFILE, SETUP_PY, SETUP_CFG = "pyproject.toml", "Pipfile", "setup.py", "setup.cfg"

_ENTRY = r"\s*([^=\s][^=]*)=\s*([\w.]+(?:\s*:\s*[\w.]+)?)"


class Manifest:
    """What a manifest says of the project."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name: Fact | None = None
        self.requires_python: Fact | None = None  # a constraint, as written
        self.dependencies: list[Dependency] = []
        self.extras: dict[str, list[Dependency]] = {}
        self.groups: dict[str, list[Dependency]] = {}
        self.optional_groups: set[str] = set()
        self.scripts: list[Script] = []
        self.indexes: list[Index] = []
        # its dependencies are made by the build back end, so that reading them needs the sources
        self.dynamic = False

    @property
    def every(self) -> list[Dependency]:
        """All dependencies, whatever they are for."""
        parts = [self.dependencies, *self.extras.values(), *self.groups.values()]
        return [item for part in parts for item in part]


def place(tree: Tree, path: str, text: str) -> str:
    """Return where TEXT stands in the file at PATH, "path:line"."""
    content = tree.text(path)
    at = content.find(text) if text else -1
    return f"{path}:{content.count(chr(10), 0, at) + 1}" if at >= 0 else path


def _key(tree: Tree, path: str, key: str) -> str:
    before = r"(?:^|[\s,(])" if path == SETUP_PY else r"^\s*"
    line = tree.line_of(path, rf"{before}[\"']?{re.escape(key)}[\"']?\s*=")
    return f"{path}:{line}" if line else path


def _parse(tree: Tree, path: str, texts: Iterable[str]) -> list[Dependency]:
    made = (parse_dependency(text, place(tree, path, text)) for text in texts)
    return [item for item in made if item]


def _scripts(tree: Tree, path: str, entries: Mapping[str, Any]) -> list[Script]:
    found = []
    for name, target in entries.items():
        value = target.get("reference", target.get("callable")) if isinstance(target, dict) else target
        if isinstance(value, str) and isinstance(name, str):
            found.append(Script(name, value.partition("[")[0].strip(), _key(tree, path, name)))
    return found


# -- pyproject.toml


def read_pyproject(tree: Tree) -> Manifest:
    """Return what [project] and [dependency-groups] say, and uv's and PDM's own tables."""
    data = tree.toml(PYPROJECT)
    project = table(data, "project")
    found = Manifest(PYPROJECT)
    found.name = _said(tree, PYPROJECT, "name", project.get("name"))
    found.requires_python = _said(tree, PYPROJECT, "requires-python", project.get("requires-python"))
    found.dependencies = _parse(tree, PYPROJECT, words(project.get("dependencies")))
    found.extras = _named(tree, table(project, "optional-dependencies"))
    found.groups = _groups(tree, data)
    found.scripts = _scripts(tree, PYPROJECT, table(project, "scripts"))
    found.scripts += _scripts(tree, PYPROJECT, table(project, "gui-scripts"))
    _dynamic(tree, data, found)
    _place_sources(found, table(data, "tool", "uv", "sources"))
    found.indexes = _indexes(tree, data)
    return found


def _said(tree: Tree, path: str, key: str, value: Any) -> Fact | None:
    return Fact(value.strip(), _key(tree, path, key)) if isinstance(value, str) and value.strip() else None


def _named(tree: Tree, lists: Mapping[str, Any]) -> dict[str, list[Dependency]]:
    return {normalise(name): _parse(tree, PYPROJECT, words(texts)) for name, texts in lists.items()}


def _groups(tree: Tree, data: Mapping[str, Any]) -> dict[str, list[Dependency]]:
    tables = table(data, "dependency-groups")
    lists = {normalise(name): entries for name, entries in tables.items()}
    groups = {name: _parse(tree, PYPROJECT, _group(lists, name, frozenset())) for name in lists}
    if dev := words(table(data, "tool", "uv").get("dev-dependencies")):
        groups["dev"] = [*groups.get("dev", []), *_parse(tree, PYPROJECT, dev)]
    for name, texts in table(data, "tool", "pdm", "dev-dependencies").items():
        plain = [text.removeprefix("-e ").strip() for text in words(texts)]
        groups[normalise(name)] = [*groups.get(normalise(name), []), *_parse(tree, PYPROJECT, plain)]
    return groups


def _group(lists: Mapping[str, Any], name: str, inside: frozenset[str]) -> list[str]:
    """Return the requirements of a group and of those that it includes, circles cut (PEP 735)."""
    entries = lists.get(name)
    if name in inside or not isinstance(entries, list):
        return []
    found: list[str] = []
    for entry in entries:
        if isinstance(entry, str):
            found.append(entry)
        elif isinstance(entry, dict) and isinstance(entry.get("include-group"), str):
            found += _group(lists, normalise(entry["include-group"]), inside | {name})
    return found


def _dynamic(tree: Tree, data: Mapping[str, Any], found: Manifest) -> None:
    """Take dependencies that setuptools or hatch read from requirement files."""
    if "dependencies" not in words(table(data, "project").get("dynamic")):
        return
    setuptools = table(data, "tool", "setuptools", "dynamic", "dependencies").get("file")
    hatch = table(data, "tool", "hatch", "metadata", "hooks", "requirements_txt").get("files")
    files = words(setuptools) or words(hatch) or words([setuptools])
    found.dynamic = True
    found.dependencies += read_requirements(tree, *(path for path in files if path in tree)).dependencies


def _place_sources(found: Manifest, sources: Mapping[str, Any]) -> None:
    """Give dependencies the places that [tool.uv.sources] has for them."""
    places = {normalise(name): source for name, source in sources.items()}
    for part in (found.dependencies, *found.extras.values(), *found.groups.values()):
        part[:] = [_placed(item, places.get(item.name)) for item in part]


def _placed(item: Dependency, source: Any) -> Dependency:
    one = source[-1] if isinstance(source, list) and source else source
    if not isinstance(one, dict):
        return item
    local = poetry_dependency(item.name, {**one, "marker": ""}, item.source)
    if local is None:
        return item
    url = "file:" if one.get("workspace") is True else local.url or item.url
    return item._replace(url=url, path=local.path)


def _indexes(tree: Tree, data: Mapping[str, Any]) -> list[Index]:
    found = []
    for keys in (("uv", "index"), ("pdm", "source"), ("poetry", "source")):
        value = table(data, "tool", keys[0]).get(keys[1])
        found += _index_tables(tree, PYPROJECT, value)
    uv = table(data, "tool", "uv")
    urls = [uv.get("index-url"), *words(uv.get("extra-index-url"))]
    urls += [table(uv, "pip").get("index-url"), *words(table(uv, "pip").get("extra-index-url"))]
    return found + [Index(url, place(tree, PYPROJECT, url)) for url in urls if isinstance(url, str)]


def _index_tables(tree: Tree, path: str, value: Any) -> list[Index]:
    entries = value if isinstance(value, list) else []
    return [
        Index(entry["url"], place(tree, path, entry["url"]), _text(entry.get("name")))
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("url"), str)
    ]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


# -- Poetry


def read_poetry_manifest(tree: Tree) -> Manifest:
    """Return what [tool.poetry] says, beside [project]."""
    found = read_pyproject(tree)
    section = table(tree.toml(PYPROJECT), "tool", "poetry")
    found.name = found.name or _said(tree, PYPROJECT, "name", section.get("name"))
    direct = dict(table(section, "dependencies"))
    python = direct.pop("python", None)
    python = python.get("version") if isinstance(python, dict) else python
    found.requires_python = found.requires_python or _said(tree, PYPROJECT, "python", python)
    _enrich(found, _poetry_items(tree, direct))
    for name, group in table(section, "group").items():
        items = _poetry_items(tree, table(group, "dependencies"))
        found.groups[normalise(name)] = [*found.groups.get(normalise(name), []), *items]
        if table(group).get("optional") is True:
            found.optional_groups.add(normalise(name))
    if dev := _poetry_items(tree, table(section, "dev-dependencies")):
        found.groups["dev"] = [*found.groups.get("dev", []), *dev]
    for name, members in table(section, "extras").items():
        wanted = {normalise(member) for member in words(members)}
        found.extras[normalise(name)] = [
            item for item in _poetry_items(tree, direct, True) if item.name in wanted
        ]
    found.scripts += _scripts(tree, PYPROJECT, table(section, "scripts"))
    return found


def _enrich(found: Manifest, items: list[Dependency]) -> None:
    """Add Poetry's dependencies; for one that [project] lists too they only say where it comes from."""
    own = {item.name: item for item in items}
    found.dependencies = [
        Dependency(item.name, item.specifier, item.extras, item.source, said.url, said.path, item.marker)
        if (said := own.pop(item.name, None))
        else item
        for item in found.dependencies
    ] + list(own.values())


def _poetry_items(tree: Tree, entries: Mapping[str, Any], with_optional: bool = False) -> list[Dependency]:
    found = []
    for name, value in entries.items():
        optional = isinstance(value, dict) and value.get("optional") is True
        item = poetry_dependency(name, value, _key(tree, PYPROJECT, name))
        if item and (with_optional or not optional):
            found.append(item)
    return found


# -- Pipenv


def read_pipfile(tree: Tree) -> Manifest:
    """Return what Pipfile says."""
    data = tree.toml(PIPFILE)
    found = Manifest(PIPFILE)
    found.dependencies = _pipfile_items(tree, table(data, "packages"))
    found.groups["dev"] = _pipfile_items(tree, table(data, "dev-packages"))
    found.indexes = _index_tables(tree, PIPFILE, data.get("source"))
    requires = table(data, "requires")
    for key in ("python_full_version", "python_version"):
        found.requires_python = found.requires_python or _said(tree, PIPFILE, key, requires.get(key))
    return found


def _pipfile_items(tree: Tree, entries: Mapping[str, Any]) -> list[Dependency]:
    made = (poetry_dependency(name, value, _key(tree, PIPFILE, name)) for name, value in entries.items())
    return [item for item in made if item]


# -- setup.py and setup.cfg


def read_setup(tree: Tree) -> Manifest | None:
    """Return what setup.py and setup.cfg say together, or None where they make no distribution."""
    parts = [part for part in (_read_setup_py(tree), _read_setup_cfg(tree)) if part]
    if not parts:
        return None
    found = parts[0]
    for part in parts[1:]:
        found.name = found.name or part.name
        found.requires_python = found.requires_python or part.requires_python
        found.dependencies = found.dependencies or part.dependencies
        found.extras = part.extras | found.extras
        found.scripts = found.scripts or part.scripts
    return found


def setup_keywords(tree: Tree) -> dict[str, ast.expr] | None:
    """Return the keywords of the call of `setup` in setup.py, or None where there is none."""
    module = _module(tree, SETUP_PY)
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _last_name(node.func) == "setup":
            return {word.arg: word.value for word in node.keywords if word.arg} | _splatted(module, node)
    return None


def _splatted(module: ast.Module, call: ast.Call) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for word in call.keywords:
        value = _resolved(module, word.value) if word.arg is None else None
        if isinstance(value, ast.Dict):
            pairs = zip(value.keys, value.values, strict=True)
            found |= {
                key.value: one
                for key, one in pairs
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
    return found


def _module(tree: Tree, path: str) -> ast.Module:
    try:
        return ast.parse(tree.text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree.warn(ProjectWarning("unparsable", "is not Python", path))
        return ast.Module([], [])


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _resolved(module: ast.Module, node: ast.expr) -> ast.expr:
    """Return the value of a name that is assigned once at the top of a module."""
    if not isinstance(node, ast.Name):
        return node
    values = [
        stmt.value
        for stmt in module.body
        if isinstance(stmt, ast.Assign)
        for target in stmt.targets
        if isinstance(target, ast.Name) and target.id == node.id
    ]
    return values[0] if len(values) == 1 else node


def literal_of(module: ast.Module, node: ast.expr | None, depth: int = 0) -> Any:
    """Return the constant that NODE is, or None."""
    if node is None or depth > 5:
        return None
    node = _resolved(module, node)
    if isinstance(node, (ast.List, ast.Tuple)):
        return [literal_of(module, item, depth + 1) for item in node.elts]
    if isinstance(node, ast.Dict):
        pairs = (
            (literal_of(module, key, depth + 1), value)
            for key, value in zip(node.keys, node.values, strict=True)
        )
        return {key: literal_of(module, value, depth + 1) for key, value in pairs if isinstance(key, str)}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal_of(module, node.left, depth + 1), literal_of(module, node.right, depth + 1)
        return left + right if type(left) is type(right) and isinstance(left, (list, str)) else None
    return node.value if isinstance(node, ast.Constant) else None


def _read_setup_py(tree: Tree) -> Manifest | None:
    keywords = setup_keywords(tree) if SETUP_PY in tree else None
    if keywords is None:
        return None
    module = _module(tree, SETUP_PY)
    said = {key: literal_of(module, node) for key, node in keywords.items()}
    found = Manifest(SETUP_PY)
    found.name = _said(tree, SETUP_PY, "name", said.get("name"))
    found.requires_python = _said(tree, SETUP_PY, "python_requires", said.get("python_requires"))
    found.dependencies = _parse(tree, SETUP_PY, words(said.get("install_requires")))
    found.dynamic = "install_requires" in keywords and not words(said.get("install_requires"))
    if found.dynamic and "requirements" in tree.text(SETUP_PY):
        files = [path for path in ("requirements.txt", "requirements/base.txt") if path in tree]
        found.dependencies = read_requirements(tree, *files[:1]).dependencies
    extras = said.get("extras_require")
    for name, texts in extras.items() if isinstance(extras, dict) else ():
        found.extras[normalise(name)] = _parse(tree, SETUP_PY, words(texts))
    found.scripts = _entry_points(tree, SETUP_PY, said.get("entry_points"))
    return found


def _entry_points(tree: Tree, path: str, said: Any) -> list[Script]:
    lines: list[str] = []
    if isinstance(said, dict):
        for group in ("console_scripts", "gui_scripts"):
            value = said.get(group)
            lines += value.splitlines() if isinstance(value, str) else words(value)
    elif isinstance(said, str):
        section = re.search(r"\[\s*console_scripts\s*\]([^\[]*)", said)
        lines = section[1].splitlines() if section else []
    matches = (match for line in lines if (match := re.match(_ENTRY, line)))
    return [
        Script(match[1].rstrip(), re.sub(r"\s", "", match[2]), place(tree, path, match[1]))
        for match in matches
    ]


def read_cfg(tree: Tree) -> Mapping[str, Mapping[str, str]]:
    """Return the sections of setup.cfg."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(tree.text(SETUP_CFG))
    except (configparser.Error, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f"{SETUP_CFG}:{line}" if isinstance(line, int) else SETUP_CFG
        tree.warn(ProjectWarning("unparsable", "cannot be parsed", place))
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _read_setup_cfg(tree: Tree) -> Manifest | None:
    sections = read_cfg(tree) if SETUP_CFG in tree else {}
    metadata, options = sections.get("metadata", {}), sections.get("options", {})
    if not metadata.get("name") and not options:
        return None
    found = Manifest(SETUP_CFG)
    found.name = _said(tree, SETUP_CFG, "name", metadata.get("name"))
    found.requires_python = _said(tree, SETUP_CFG, "python_requires", options.get("python_requires"))
    found.dependencies = _parse(tree, SETUP_CFG, _cfg_list(options.get("install_requires", "")))
    for name, text in sections.get("options.extras_require", {}).items():
        found.extras[normalise(name)] = _parse(tree, SETUP_CFG, _cfg_list(text))
    entries = sections.get("options.entry_points", {})
    found.scripts = _entry_points(tree, SETUP_CFG, dict(entries))
    return found


def _cfg_list(text: str) -> list[str]:
    if text.startswith(("file:", "attr:")):
        return []
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
