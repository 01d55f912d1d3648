"""Constants as JavaScript writes them. Follows no name: folding.py does."""

from __future__ import annotations

from typing import Any

from scaffold.model import Value
from scaffold.reading.tree import Tree

from .syntax import Node, entries_of, items_of, number_of, string_of, unwrap

#: Deeper is no configuration that a person wrote.
_DEPTH = 40
_MAX_BYTES = 1_000_000
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "undefined": None}


class Nothing:
    """What is no constant."""

    def __repr__(self) -> str:
        return "NOTHING"

    def __bool__(self) -> bool:
        return False


NOTHING = Nothing()


def constant(node: Node, depth: int = 0) -> Value:
    """Return the value of NODE where it all stands there, else NOTHING; entries that do not are left out."""
    node = unwrap(node)
    if node.type in {"string", "template_string"}:
        text = string_of(node)
        return NOTHING if text is None else text
    if node.type == "number":
        return number_of(node)
    if node.type in _WORDS:
        return _WORDS[node.type]
    if node.type == "unary_expression" and node.children[0].type == "-":
        value = constant(node.children[-1], depth + 1)
        return -value if isinstance(value, (int, float)) else NOTHING
    if depth < _DEPTH and node.type == "object":
        values = {key: constant(value, depth + 1) for key, value in entries_of(node)}
        return {key: value for key, value in values.items() if value is not NOTHING}
    if depth < _DEPTH and node.type == "array":
        return tuple(v for item in items_of(node) if (v := constant(item, depth + 1)) is not NOTHING)
    return NOTHING


def read_config(tree: Tree, path: str) -> dict[str, Any]:
    """Return the object of a JSON file that may have comments and commas too many; {} where it has none."""
    text = tree.text(path)
    if not text.strip() or len(text) > _MAX_BYTES:
        return {}
    from ...jsonc import read_jsonc

    return read_jsonc(tree, path)
