"""JSON with comments: bun.lock, tsconfig.json, devcontainer.json. Knows no file's meaning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffold.model import ProjectWarning

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_COMMENT = rf"(?s)({_STRING})|//[^\n]*|/\*.*?\*/"
_LAST_COMMA = rf"({_STRING})|,(?=\s*[}}\]])"


def read_jsonc(tree: Tree, path: str) -> dict[str, Any]:
    """Return the object at PATH; an empty one where there is none, and a warning where it cannot be read."""
    text = tree.text(path)
    if not text.strip():
        return {}
    try:
        data = parse_jsonc(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        said = f"cannot be parsed: {getattr(error, 'msg', 'nested too deep')}"
        tree.warn(ProjectWarning("unparsable", said, f"{path}:{line}" if line else path))
        return {}
    return data if isinstance(data, dict) else {}


def parse_jsonc(text: str) -> Any:
    """Return the data in TEXT; ValueError where it is none."""
    import json

    plain = re.sub(_COMMENT, lambda match: match[1] or _blank(match[0]), text)
    return json.loads(re.sub(_LAST_COMMA, lambda match: match[1] or "", plain))


def _blank(comment: str) -> str:
    """Return as many lines as COMMENT had, so that an error names the right one."""
    return "\n" * comment.count("\n") or " "
