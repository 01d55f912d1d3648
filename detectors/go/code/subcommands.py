"""The subcommand under which a Go program does something: `serve` of cobra or urfave/cli. Runs none."""

from __future__ import annotations

from collections.abc import Iterator

from .code import Call, Code
from .origins import declared, entry, function_at, type_of
from .program import Program, Spot
from .settable import constant_text
from .syntax import FUNCTIONS, Node, above, arguments_of, callee_of, elements_of, field, text_of, unwrap

MAX_DEPTH = 12
_COBRA = "github.com/spf13/cobra.Command"
_CLI = ("github.com/urfave/cli.Command", "github.com/codegangsta/cli.Command")
_RUNS = ("RunE", "Run", "Action")


def find_subcommand(program: Program, call: Call) -> tuple[str, ...]:
    """Return the words of the subcommand that leads to CALL; none where the program itself does."""
    return next(_ways(Spot(call.code, call.node), 0, set()), ())


def find_commands(program: Program) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the words of each subcommand of PROGRAM that needs no argument, and where it is made."""
    for code in program.mentioning("cobra", "urfave/cli", "codegangsta/cli"):
        for literal in code.parts("literal"):
            if type_of(code, literal) not in (_COBRA, *_CLI) or not any(entry(literal, key) for key in _RUNS):
                continue
            use = constant_text(code, entry(literal, "Use") or entry(literal, "Name")) or ""
            words = _words(Spot(code, literal), 0)
            if words and len(use.split()) == 1:
                yield words, code.place(literal)


def _ways(spot: Spot, depth: int, seen: set[tuple[str, int]]) -> Iterator[tuple[str, ...]]:
    """The subcommands from which SPOT is reached; first `()`, where the program begins with it."""
    found = list(_ways_up(spot, depth, seen))
    if () in found:
        yield ()
    yield from (one for one in found if one)


def _ways_up(spot: Spot, depth: int, seen: set[tuple[str, int]]) -> Iterator[tuple[str, ...]]:
    if depth > MAX_DEPTH:
        return
    for outer in (spot.node, *above(spot.node)):
        if outer.type == "composite_literal" and type_of(spot.code, outer) in (_COBRA, *_CLI):
            yield _words(Spot(spot.code, outer), 0)
            return
        if outer.type in {"function_declaration", "method_declaration"}:
            yield from _to_function(Spot(spot.code, outer), depth, seen)
            return
    yield ()


def _to_function(spot: Spot, depth: int, seen: set[tuple[str, int]]) -> Iterator[tuple[str, ...]]:
    """The ways to a function: its calls, and where it is named as what a command runs."""
    code, name = spot.code, text_of(field(spot.node, "name"))
    key = (code.path, spot.node.start_byte)
    if key in seen:
        return
    seen.add(key)
    if name in {"main", "init"} and code.package.name == "main":
        yield ()
        return
    for use in _uses(code.program, spot, name):
        yield from _ways_up(use, depth + 1, seen)


def _uses(program: Program, spot: Spot, name: str) -> Iterator[Spot]:
    for call in program.callers(name):
        found = function_at(call.code, callee_of(call.node) or call.node)
        if found is None or (found.code is spot.code and found.node.start_byte == spot.node.start_byte):
            yield Spot(call.code, call.node)
    for code in program.mentioning("cobra", "urfave/cli", "codegangsta/cli"):
        if not code.mentions(name):
            continue
        for literal in code.parts("literal"):
            for key in _RUNS:
                value = entry(literal, key)
                if value is not None and value.type not in FUNCTIONS and text_of(value).endswith(name):
                    yield Spot(code, literal)


def _words(command: Spot, depth: int) -> tuple[str, ...]:
    """The words that lead to a command; the first command of all is the program."""
    if depth > 4:
        return ()
    code, node = command
    use = constant_text(code, entry(node, "Use") or entry(node, "Name"))
    above_it = _parent(code, node)
    if use is None or above_it is None:
        return ()
    return (*_words(above_it, depth + 1), use.split()[0]) if use.split() else ()


def _parent(code: Code, literal: Node) -> Spot | None:
    """The command that a command is added to."""
    for outer in above(literal):
        if outer.type == "composite_literal" and entry(outer, "Commands") is not None:
            return Spot(code, outer)
        if outer.type in FUNCTIONS:
            break
    if listed := _list_with(code, literal):
        return listed
    for call in code.program.calls("AddCommand"):
        if any(_is_made(call.code, one, Spot(code, literal)) for one in call.arguments):
            return _command_at(call.code, field(callee_of(call.node) or call.node, "operand"))
    return None


def _list_with(code: Code, literal: Node) -> Spot | None:
    """What has a command among its own by its name: `app.Commands = []cli.Command{serve}`."""
    for home in code.program.mentioning("Commands", "Subcommands"):
        for outer in home.parts("literal"):
            lists = [entry(outer, key) for key in ("Commands", "Subcommands")]
            if any(_has(home, one, Spot(code, literal)) for one in lists):
                return Spot(home, outer)
        for one in home.assigned.get("Commands", ()):
            if _has(home, one.value, Spot(code, literal)):
                return Spot(home, unwrap(one.value))
    return None


def _has(code: Code, node: Node | None, wanted: Spot) -> bool:
    """Whether a list has the command that WANTED makes, by the name of a variable."""
    items = elements_of(unwrap(node)) if node is not None else ()
    return any(one.type != "composite_literal" and _is_made(code, one, wanted) for one in items)


def _is_made(code: Code, node: Node, wanted: Spot) -> bool:
    """Whether NODE is the command that a literal makes."""
    node = unwrap(node)
    if node.type == "call_expression":
        spot = function_at(code, callee_of(node) or node)
        return spot is not None and spot.code is wanted.code and _holds(spot.node, wanted.node)
    spot = _command_at(code, node)
    return spot is not None and spot.code is wanted.code and spot.node.start_byte == wanted.node.start_byte


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _command_at(code: Code, node: Node | None) -> Spot | None:
    """The literal of a command that NODE names."""
    if node is None:
        return None
    node = unwrap(node)
    if node.type == "composite_literal":
        return Spot(code, node)
    if node.type == "identifier" and (found := declared(code, node)) and found[1].value is not None:
        return _command_at(found[0], found[1].value)
    if node.type == "selector_expression":
        base = code.names.get(text_of(field(node, "operand")))
        other = code.program.variable(base, text_of(field(node, "field"))) if base else None
        return _command_at(other[0], other[1].value) if other else None
    return Spot(code, node) if node.type == "call_expression" and not arguments_of(node) else None
