"""Whole objects in JavaScript, as configurations give them out, and which code runs. Runs none of it."""

from typing import Any

from scaffold.nouns import NamedTuple

from .folding import MAX_DEPTH, fold, truth
from .literals import constant
from .module import Module, returned
from .names import Alias
from .origins import NAMES, follow, origin
from .syntax import (
    FUNCTIONS,
    Node,
    above,
    arguments_of,
    callee_of,
    entries_of,
    field,
    key_of,
    property_of,
    text_of,
)  # fmt: skip


class Made(NamedTuple):
    """A value that a call makes: `adapter({ out: "build" })`."""

    callee: str
    arguments: tuple[Any, ...]


def literal(module: Module, node: Node | None, depth: int = 0) -> Any:
    """Return the constant that NODE comes to; None where only a run can tell. What a call makes is Made."""
    if node is None or depth > MAX_DEPTH:
        return None
    home, value = follow(module, node)
    if value.type == "object":
        return _object(home, value, depth)
    if value.type == "array":
        items = (literal(home, one, depth + 1) for one in value.named_children if one.type != "comment")
        return tuple(item for item in items if item is not None)
    folded = fold(module, node)
    if folded.is_known:
        return folded.value
    if value.type in {"call_expression", "new_expression"}:
        return _made(home, value, depth)
    return None


def _made(module: Module, call: Node, depth: int) -> Made | None:
    callee = origin(module, callee_of(call))
    given = tuple(literal(module, one, depth + 1) for one in arguments_of(call))
    return Made(callee, given) if callee else None


def _object(module: Module, node: Node, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in node.named_children:
        if child.type == "spread_element":
            inner = literal(module, child.named_children[0], depth + 1) if child.named_children else None
            found.update(inner if isinstance(inner, dict) else {})
    for key, value in entries_of(node):
        one = literal(module, value, depth + 1) if value.type not in FUNCTIONS else None
        if one is not None:
            found[key] = one
        elif constant(value) is None and key in found:
            del found[key]  # output: undefined
    return found


def default_export(module: Module) -> dict[str, Any]:
    """Return what of the object that MODULE gives out is constant."""
    made = module.exports.get("default")
    if made is None or isinstance(made, Alias):
        return {}
    found = _configured(module, made, 0)
    return {**found, **_set_later(module, made)}


def _configured(module: Module, node: Node, depth: int) -> dict[str, Any]:
    """The object that NODE is, makes, or passes on: `defineConfig(() => ({ … }))`, `withMDX(config)`."""
    home, value = follow(module, node)
    if depth > 8:
        return {}
    if value.type == "object":
        return _object(home, value, 0)
    if value.type in FUNCTIONS:
        return _returned(home, value, depth + 1)
    if value.type == "array":
        return next((one for item in value.named_children if (one := _configured(home, item, depth + 1))), {})
    if value.type not in {"call_expression", "new_expression"}:
        return {}
    return _passed_on(home, value, depth + 1)


def _passed_on(module: Module, call: Node, depth: int) -> dict[str, Any]:
    function = callee_of(call)
    given = [found for one in arguments_of(call) if (found := _configured(module, one, depth))]
    if text_of(function).endswith(("mergeConfig", "merge", "assign", "defu")):
        return {key: value for one in given for key, value in one.items()}
    if given:
        return given[0]
    return _configured(module, function, depth) if function is not None and not arguments_of(call) else {}


def _returned(module: Module, function: Node, depth: int) -> dict[str, Any]:
    """What a function returns in production: not what stands behind a condition that does not hold there."""
    results = [one for one in returned(module, function) if _runs(module, one, function)]
    found = (_configured(module, one, depth) for one in reversed(results))
    return next((one for one in found if one), {})


def _runs(module: Module, node: Node, limit: Node) -> bool:
    """Whether NODE is reached in production: no `if` around it, up to LIMIT, that is not known to hold."""
    inner = node
    for one in above(node):
        if key_of(one) == key_of(limit):
            return True
        if one.type == "if_statement" and key_of(inner) != key_of(field(one, "condition") or inner):
            decided = truth(module, field(one, "condition"))
            in_body = key_of(inner) == key_of(field(one, "consequence") or one)
            if decided is None or decided != in_body:
                return False
        inner = one
    return True


def is_idle(module: Module, node: Node) -> bool:
    """Whether NODE stands where nothing leads to with no variable set: behind what does not hold."""
    inner = node
    for one in above(node):
        if one.type in {"if_statement", "ternary_expression"}:
            body, other = field(one, "consequence"), field(one, "alternative")
            decided = truth(module, field(one, "condition"))
            dead = other if decided else body if decided is False else None
            if dead is not None and key_of(dead) == key_of(inner):
                return True
        inner = one
    return False


def _set_later(module: Module, node: Node) -> dict[str, Any]:
    """`config.output = "standalone"` behind the object."""
    found: dict[str, Any] = {}
    if node.type in NAMES:
        for one in module.parts("assigned"):
            left = field(one, "left")
            if (
                left is None
                or left.type != "member_expression"
                or text_of(field(left, "object")) != text_of(node)
            ):
                continue
            value = literal(module, field(one, "right"))
            if value is not None and _runs(module, one, module.syntax.root):
                found[property_of(left) or ""] = value
    return found
