"""What bytes say: text, TOML, JSON and YAML, each bounded. Reads no disk, and raises whatever goes wrong.

A project's files are not trusted: a parser may run out of stack, trip over its own bug or be fed a bomb.
`explain` says where and why, whatever it was.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from scaffold.paths import printable

#: A YAML document that is larger than this with its aliases written out is an attack ("billion laughs").
YAML_NODES = 1_000_000

#: A YAML document that is nested deeper is an attack too: libyaml's composer ends the process (no exception).
YAML_DEPTH = 200

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

#: https://peps.python.org/pep-0263/; pip reads it in requirement files too, and Ruby in its sources.
_COOKIE = rb"\A(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)"


def decode(content: bytes) -> str:
    """Return CONTENT as text with Unix line ends: UTF-8, or what its BOM or its coding line says."""
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    if encoding is None and b"\0" in content:
        raise ValueError("binary")
    try:
        text = content.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        cookie = re.search(_COOKIE, content[:500])
        if encoding or not cookie:
            raise
        text = content.decode(cookie[1].decode("ascii"))
    return text.replace("\r\n", "\n")


def read_toml(text: str) -> dict[str, Any]:
    """Return the TOML in TEXT."""
    import tomli

    return tomli.loads(text)


def read_json(text: str) -> Any:
    """Return the JSON in TEXT."""
    import json

    return json.loads(text)


def read_yaml(text: str) -> Any:
    """Return the first YAML document in TEXT, with None for whatever has an unknown tag."""
    from scaffold.reading.plainyaml import NotPlain, read_plain

    with suppress(NotPlain):
        return read_plain(text)
    made = _yaml_loader()
    _look(text, made)
    loader = made(text)
    try:
        if not loader.check_node():
            return {}
        node = loader.get_node()
        _measure(node)
        data = loader.construct_document(node)
        return {} if data is None else data
    finally:
        loader.dispose()


def read_yaml_nodes(text: str) -> Any:
    """Return the root node of the first YAML document in TEXT, with its lines; None where there is none."""
    made = _yaml_loader()
    _look(text, made)
    loader = made(text)
    try:
        node = loader.get_node() if loader.check_node() else None
        if node is not None:
            _measure(node)
        return node
    finally:
        loader.dispose()


def repeated_key(text: str) -> tuple[str, int] | None:
    """Return a key that the first YAML document in TEXT has twice in one mapping, and the line of the second.

    Parsers differ in what they make of it; Compose refuses it. TEXT is one that `read_yaml` has read.
    """
    loader = _yaml_loader()(text)
    try:
        waiting = [loader.get_node()] if loader.check_node() else []
    finally:
        loader.dispose()
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        waiting += _children(node)
        if (key := _second(node)) is not None:
            return key.value, key.start_mark.line + 1
    return None


def _second(node: Any) -> Any:
    """Return a key of the mapping NODE that is the second of its name, or None."""
    names: set[str] = set()
    for key in (pair[0] for pair in node.value if isinstance(pair, tuple)):
        if not isinstance(key.value, str):
            continue
        if key.value in names:
            return key
        names.add(key.value)
    return None


def _yaml_loader() -> Any:
    import yaml

    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("Loader", (safe,), {})
    loader.add_constructor(None, lambda _loader, _node: None)
    return loader


def _look(text: str, loader: Any) -> None:
    """Refuse a YAML document that is nested too deep, before anything is made of it."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > YAML_DEPTH:
            raise ValueError(f"nested deeper than {YAML_DEPTH} levels")
        if isinstance(event, yaml.DocumentEndEvent):
            return


def _measure(root: Any) -> None:
    """Refuse a YAML document that holds itself, or is huge with its aliases written out."""
    sizes: dict[int, int | None] = {}  # None: being measured, so that it is its own ancestor
    stack = [root]
    while stack:
        node = stack[-1]
        children = _children(node)
        if id(node) not in sizes:
            sizes[id(node)] = None
            if any(sizes.get(id(child), 0) is None for child in children):
                raise ValueError("an alias that holds itself")
            stack += [child for child in children if id(child) not in sizes]
            continue
        stack.pop()
        sizes[id(node)] = size = 1 + sum(sizes[id(child)] or 0 for child in children)
        if size > YAML_NODES:
            raise ValueError("too large with its aliases written out")


def _children(node: Any) -> list[Any]:
    if isinstance(node.value, str):
        return []
    return [child for item in node.value for child in (item if isinstance(item, tuple) else (item,))]


def explain(error: BaseException) -> tuple[str, int | None]:
    """Return what ERROR says, in one line, and the line of the text where it is."""
    # In this order: the whole text of an OSError or of a YAML error names more than the trouble.
    names = ("strerror", "problem", "msg")
    said = next((text for name in names if (text := getattr(error, name, None))), None) or error
    first = printable(str(said).strip().partition("\n")[0])[:200]
    return first or type(error).__name__, _line(error)


def _line(error: BaseException) -> int | None:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    number = getattr(error, "lineno", None)
    if isinstance(number, int):
        return number
    said = re.search(r"\bline (\d+)", str(error))  # tomli before 2.2 says it in words only
    return int(said[1]) if said else None
