"""Reads a Compose file, its tags !override and !reset included."""

from __future__ import annotations

from typing import Any

import yaml


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads what is tagged as if it were not."""


def _tagged(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else None


for _tag in ("!override", "!reset"):
    _Loader.add_constructor(_tag, _tagged)


def read_compose(text: str) -> dict[str, Any]:
    """Return the file as data."""
    data: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return data
