"""Which of a Go program's code runs where no variable is set, and what variables are after it. Runs none."""

from __future__ import annotations

import re

from .code import Code
from .folding import (
    FAILS,
    Frame,
    after_changes,
    changes_of_field,
    fold,
    fold_binding,
    given_to,
    guarded,
    truth,
)  # fmt: skip
from .origins import called, callers_of, declared, type_of
from .program import Spot, enclosing_function
from .syntax import FUNCTIONS, Node, above, field, items_of, statements_of, text_of
from .values import EMPTY, Folded

MAX_CALLERS = 4


def calling(code: Code, call: Node) -> tuple[Spot, Frame] | None:
    """Return the function of the program that a call runs, with what its parameters are then."""
    spot = called(code, call)
    return (spot, Frame(dict(given_to(code, call, spot, None, 0)), 1)) if spot else None


def name_at_end(code: Code, node: Node) -> Folded:
    """Return what the variable NODE is once all that changes it where it is declared has run."""
    found = declared(code, node)
    if found is None or found[1].is_parameter:
        return EMPTY
    home, binding = found
    scope = binding.scope
    last = scope.children[-1] if scope is not None and scope.children else None
    if last is not None and last.type == "block" and last.children:
        last = last.children[-1]
    return fold_binding(home, binding, Spot(home, last if last is not None else home.root), None, 0)


def field_at_end(code: Code, element: Node) -> Folded | None:
    """Return what a field becomes that ELEMENT of a literal begins: `if cfg.Port == "" { cfg.Port = … }`."""
    literal = next((one for one in above(element) if one.type == "composite_literal"), None)
    key, value = field(element, "key"), field(element, "value")
    owner = type_of(code, literal) if literal is not None else ""
    if key is None or not owner:
        return None
    start = fold(code, value)
    return after_changes(start, changes_of_field(code, code.root, text_of(key), owner), None, 0)


def runs(code: Code, node: Node, frame: Frame | None = None, depth: int = 0) -> bool | None:
    """Whether NODE runs where no variable is set, as far as conditions say; None: who knows.

    What is behind `if dsn == "" { return }` does not, nor what is only called where nothing runs.
    """
    holds = guarded(code, node, frame, 0)
    if holds is False or _is_left_before(code, node, frame):
        return False
    function = enclosing_function(node)
    calls = (
        callers_of(code, function) if function is not None and frame is None and depth < MAX_CALLERS else ()
    )
    if not calls:
        return holds
    ways = {runs(call.code, call.node, None, depth + 1) for call in calls}
    if True in ways:
        return holds
    return None if None in ways else False


def choices_at(code: Code, node: Node, depth: int = 0) -> tuple[tuple[str, str], ...]:
    """Return the (variables, values) that let NODE run: cases of switches around it and its callers."""
    found: list[tuple[str, str]] = []
    for outer in above(node):
        if outer.type != "expression_case" or outer.parent is None:
            continue
        subject = fold(code, field(outer.parent, "value"))
        texts = [fold(code, one).text for one in items_of(field(outer, "value"))]
        if len(subject.names) == 1 and texts and texts[0]:
            found.append((next(iter(subject.names)), texts[0]))
    function = enclosing_function(node)
    if not found and function is not None and depth < MAX_CALLERS:
        for call in callers_of(code, function):
            found += choices_at(call.code, call.node, depth + 1)
    return tuple(found)


def _is_left_before(code: Code, node: Node, frame: Frame | None) -> bool:
    """Whether a function has returned before NODE: not with an error, which would end the program."""
    inner = node
    for outer in above(node):
        if outer.type in {"statement_list", "block"}:
            earlier = (one for one in _inside(outer) if one.end_byte <= inner.start_byte)
            if any(_leaves(code, one, frame) for one in earlier):
                return True
        if outer.type in FUNCTIONS:
            return False
        inner = outer
    return False


def _inside(outer: Node) -> tuple[Node, ...]:
    return tuple(outer.named_children) if outer.type == "statement_list" else statements_of(outer)


def _leaves(code: Code, statement: Node, frame: Frame | None) -> bool:
    if statement.type != "if_statement":
        return False
    last = statements_of(field(statement, "consequence"))[-1:]
    if not last or last[0].type != "return_statement" or re.search(FAILS, text_of(last[0])):
        return False
    return truth(code, field(statement, "condition"), frame) is True
