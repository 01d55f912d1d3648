"""What go-ini reads for a Go program: `cfg.Section("server").Key("PORT")`, and structs that a section fills.

https://pkg.go.dev/gopkg.in/ini.v1
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .code import Call, Code
from .configs import read_config, value_at
from .folding import fold, parameters_of
from .origins import callee, callers_of, declared, type_of
from .program import Program, enclosing_function
from .syntax import Node, arguments_of, callee_of, field, text_of, unwrap
from .values import EMPTY, Folded

_INI = r"(gopkg\.in|github\.com/go-ini)/ini\."
#: What asks a key for its value.
ASKS = rf"{_INI}(.*\.)?(Must)?(String|Value|Int|Int64|Uint|Bool|Duration|Float64)"
MAPS = rf"{_INI}(.*\.)?(MapTo|StrictMapTo)"
_LOADS = rf"{_INI}(\w*Load\w*|File\.(Append|Reload))"


def ini_of(program: Program) -> Mapping[str, Any]:
    """Return what the file says that PROGRAM has go-ini load: by section, then by key."""
    if "ini" not in program.kept:
        program.kept["ini"] = {}
        program.kept["ini"] = next(_loaded(program), {})
    found: Mapping[str, Any] = program.kept["ini"]
    return found


def _loaded(program: Program) -> Iterator[Mapping[str, Any]]:
    for call in program.calls("Load", "LooseLoad", "InsensitiveLoad", "ShadowLoad", "LoadSources"):
        if re.fullmatch(_LOADS, callee(call.code, call.node)):
            for one in call.arguments:
                text = fold(call.code, one).text
                if text and (data := read_config(program.tree, text)):
                    yield data


def ini_value(code: Code, call: Node, depth: int) -> Folded:
    """Return what a call asks go-ini for; its own default where the file says nothing."""
    words = dict(_chain(code, field(callee_of(call) or call, "operand"), 0))
    key, section = words.get("Key"), words.get("Section", words.get("GetSection", "DEFAULT"))
    value = value_at(ini_of(code.program), (section, key)) if key else None
    if value is not None:
        return Folded(int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value) else value)
    given = arguments_of(call)
    return fold(code, given[0], None, depth) if given else EMPTY


def _chain(code: Code, node: Node | None, depth: int) -> Iterator[tuple[str, str]]:
    """The methods that a value comes from, with their first arguments: through the names that keep it."""
    if node is None or depth > 6:
        return
    node = unwrap(node)
    if node.type == "identifier" and (found := declared(code, node)):
        yield from _chain(found[0], found[1].value, depth + 1)
    if node.type != "call_expression":
        return
    function, given = callee_of(node), arguments_of(node)
    if function is not None and given and (text := fold(code, given[0]).text):
        yield text_of(field(function, "field")), text
    yield from _chain(code, field(function, "operand") if function is not None else None, depth + 1)


def ini_structs(call: Call) -> Iterator[tuple[str, str]]:
    """Yield (the type of a struct, the section that fills it) for `MapTo`, alone or in its own function."""
    target = unwrap(call.arguments[-1]) if call.arguments else None
    base = field(callee_of(call.node) or call.node, "operand")
    section = _section(base)
    if target is None or section is None:
        return
    made, text = type_of(call.code, target), fold(call.code, section).text
    if made and text:
        yield made, text
        return
    function = enclosing_function(call.node)
    names = [text_of(one) for one in parameters_of(function)] if function is not None else []
    if function is None or not {text_of(target), text_of(section)} <= {*names}:
        return
    for one in callers_of(call.code, function):
        given = one.arguments
        if len(given) == len(names):
            text = fold(one.code, given[names.index(text_of(section))]).text
            made = type_of(one.code, unwrap(given[names.index(text_of(target))]))
            if made and text:
                yield made, text


def _section(base: Node | None) -> Node | None:
    """What `cfg.Section(…)` is given."""
    base = unwrap(base) if base is not None else None
    if base is None or base.type != "call_expression":
        return None
    return next(iter(arguments_of(base)), None)
