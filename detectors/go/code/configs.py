"""Files of configuration that a Go program reads itself: which one, and what it says under a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .code import Call
from .folding import fold
from .origins import callee
from .program import enclosing_function

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

_OPENS = ("os.ReadFile", "os.Open", "io/ioutil.ReadFile", "os.OpenFile")


def config_of(call: Call) -> Mapping[str, Any]:
    """Return what the file says that a call reads into a struct, or that its function has read before."""
    code = call.code
    for one in call.arguments:
        text = fold(code, one).text
        if text and (data := read_config(code.program.tree, text)):
            return data
    function = enclosing_function(call.node)
    for other in code.calls if function is not None else ():
        inside = function is not None and function.start_byte < other.node.start_byte < call.node.start_byte
        if inside and callee(code, other.node) in _OPENS and other.arguments:
            text = fold(code, other.arguments[0]).text
            return read_config(code.program.tree, text) if text else {}
    return {}


def read_config(tree: Tree, path: str) -> Mapping[str, Any]:
    """Return the data of a file of the project, by its suffix; {} where there is none."""
    path = path.removeprefix("./").removeprefix("/app/")
    if path not in tree:
        return {}
    if path.endswith((".yaml", ".yml")):
        data = tree.yaml(path)
    elif path.endswith(".toml"):
        data = tree.toml(path)
    elif path.endswith(".json"):
        data = tree.json(path)
    elif path.endswith((".ini", ".conf", ".cfg")):
        data = _sections(tree.text(path))
    else:
        data = dict(_lines(tree.text(path)))
    return data if isinstance(data, dict) else {}


def _sections(text: str) -> dict[str, dict[str, str]]:
    """`[section]`, and `key = value` in it; before the first one it is DEFAULT."""
    found: dict[str, dict[str, str]] = {}
    section = "DEFAULT"
    for line in text.splitlines():
        if match := re.fullmatch(r"\s*\[(.+?)\]\s*", line):
            section = match[1]
        elif match := re.match(r"\s*([^#;=:\s][^=:]*?)\s*[=:]\s*(.*?)(?:\s+[;#].*)?$", line):
            found.setdefault(section, {})[match[1]] = match[2].strip(" \"'`")
    return found


def _lines(text: str) -> list[tuple[str, str]]:
    """`KEY=value`, as in a file of variables."""
    found = re.findall(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    return [(key, value.strip("\"'")) for key, value in found]


def value_at(data: object, path: tuple[str, ...]) -> object:
    """Return the plain value under a path of keys; case does not matter. None where there is none."""
    for key in path:
        if not isinstance(data, dict):
            return None
        lowered = {str(one).lower(): value for one, value in data.items()}
        data = lowered.get(key.lower())
    if isinstance(data, list):
        return data[0] if data and isinstance(data[0], (str, int)) else None
    return data if isinstance(data, (str, int, float, bool)) else None
