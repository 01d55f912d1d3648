"""What functions of a Go program give back, by the conditions on the way to each `return`. Runs none."""

import re

from scaffold.nouns import NamedTuple

from .folding import FAILS, Frame, chosen_case, fold, fold_binding, fold_result
from .program import Spot
from .syntax import Node, field, items_of, names_of, statements_of, text_of
from .values import EMPTY, NOTHING, Folded


class _Run(NamedTuple):
    """What is known of a function's end so far."""

    certain: Folded | None = None
    possible: tuple[Folded, ...] = ()
    asked: tuple[Folded, ...] = ()  # what conditions depend on


def result_of(spot: Spot, frame: Frame, which: int, depth: int) -> Folded:
    """Return what the function at SPOT gives back at WHICH, in the call FRAME."""
    body = field(spot.node, "body")
    if body is None:
        return EMPTY
    run = _run_block(spot, body, frame, which, depth)
    values = [one for one in (run.certain, *run.possible) if one is not None]
    best = run.certain if run.certain is not None and run.certain.text is not None else None
    best = best or next((one for one in values if one.value is not NOTHING), EMPTY)
    return best.also(*values, *run.asked)


def _run_block(spot: Spot, block: Node, frame: Frame, which: int, depth: int) -> _Run:
    run = _Run()
    for statement in statements_of(block):
        one = _run_statement(spot, statement, frame, which, depth)
        run = _Run(one.certain, run.possible + one.possible, run.asked + one.asked)
        if run.certain is not None:
            return run
    return run


def _run_statement(spot: Spot, node: Node, frame: Frame, which: int, depth: int) -> _Run:
    if node.type == "return_statement":
        return _Run(_returned(spot, node, frame, which, depth))
    if node.type == "if_statement":
        return _run_if(spot, node, frame, which, depth)
    if node.type in {"block", "labeled_statement"}:
        return _run_block(spot, node, frame, which, depth)
    if node.type in {"for_statement", "type_switch_statement", "select_statement"}:
        return _Run()
    if node.type == "expression_switch_statement":
        return _run_switch(spot, node, frame, which, depth)
    return _Run()


def _returned(spot: Spot, node: Node, frame: Frame, which: int, depth: int) -> Folded:
    values = items_of(next(iter(node.named_children), None))
    if len(values) == 1 and which > 0:
        return fold_result(spot.code, values[0], which, frame, depth)
    if not values:
        return _named_result(spot, node, frame, which, depth)
    return fold(spot.code, values[which], frame, depth) if which < len(values) else EMPTY


def _named_result(spot: Spot, node: Node, frame: Frame, which: int, depth: int) -> Folded:
    """`return` alone: the named result as it is then."""
    declarations = items_of(field(spot.node, "result"))
    names = [name for one in declarations for name in names_of(one)]
    if which >= len(names):
        return EMPTY
    binding = next(
        (one for one in spot.code.bindings.get(text_of(names[which]), ())
         if one.node.start_byte == names[which].start_byte), None)  # fmt: skip
    return fold_binding(spot.code, binding, Spot(spot.code, node), frame, depth) if binding else EMPTY


def _run_if(spot: Spot, node: Node, frame: Frame, which: int, depth: int) -> _Run:
    condition = fold(spot.code, field(node, "condition"), frame, depth)
    asked = (Folded().also(condition),)
    body, other = field(node, "consequence"), field(node, "alternative")
    if condition.value is True and body is not None:
        one = _run_block(spot, body, frame, which, depth)
        return one._replace(asked=asked + one.asked)
    if condition.value is False:
        one = _run_statement(spot, other, frame, which, depth) if other is not None else _Run()
        return one._replace(asked=asked + one.asked)
    parts = [part for part in (body, other) if part is not None and not _fails(part)]
    both = [_run_statement(spot, part, frame, which, depth) for part in parts]
    ends = tuple(one.certain for one in both if one.certain is not None)
    return _Run(None, ends + tuple(two for one in both for two in one.possible), asked)


def _fails(block: Node) -> bool:
    """Whether a block ends in an error, beside which no other result counts."""
    last = statements_of(block)[-1:]
    return bool(last) and last[0].type == "return_statement" and bool(re.search(FAILS, text_of(last[0])))


def _run_switch(spot: Spot, node: Node, frame: Frame, which: int, depth: int) -> _Run:
    asked = (Folded().also(fold(spot.code, field(node, "value"), frame, depth)),)
    known, chosen = chosen_case(spot.code, node, frame, depth)
    if known and chosen is None:
        return _Run(asked=asked)
    cases = [chosen] if chosen is not None else [
        one for one in node.named_children if one.type in {"expression_case", "default_case"}
    ]  # fmt: skip
    runs = [_run_block(spot, one, frame, which, depth) for one in cases]
    if chosen is not None:
        return runs[0]._replace(asked=asked + runs[0].asked)
    ends = tuple(one.certain for one in runs if one.certain is not None)
    return _Run(None, ends, asked)
