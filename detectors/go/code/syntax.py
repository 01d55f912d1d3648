"""Go as a tree of syntax: the only module that knows the parser, tree-sitter.

It is imported on first use: most projects have none of it, and a detector's start-up is everybody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from ...grammars import find as find
from ...grammars import grammar

if TYPE_CHECKING:
    from tree_sitter import Language
    from tree_sitter import Node as Node
else:
    Node: TypeAlias = object

#: Expressions that only stand around another one: `(x)`, `&x`, `*x`, `x.(T)`, `opts...`
WRAPPERS = frozenset(
    {
        "parenthesized_expression", "type_assertion_expression", "variadic_argument", "literal_element",
        "unary_expression", "parenthesized_type", "pointer_type",
    }
)  # fmt: skip
FUNCTIONS = frozenset({"function_declaration", "method_declaration", "func_literal"})
STRINGS = frozenset({"interpreted_string_literal", "raw_string_literal"})

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a"}
_OCTAL = "01234567"


def parse(text: str) -> Node:
    """Return the syntax of TEXT; what makes no sense to the parser is an ERROR node, and no more."""
    from tree_sitter import Parser

    return Parser(_language()).parse(text.encode("utf-8", "replace")).root_node


@cache
def _language() -> Language:
    return grammar("tree_sitter_go")


# -- what a node says by itself


def text_of(node: Node | None) -> str:
    """Return the text of NODE."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def line_of(node: Node) -> int:
    """Return the number of the line that NODE begins on."""
    return int(node.start_point[0]) + 1


def field(node: Node, *names: str) -> Node | None:
    """Return the first of a node's parts NAMES that is there."""
    for name in names:
        part = node.child_by_field_name(name)
        if part is not None:
            return part
    return None


def unwrap(node: Node) -> Node:
    """Return the expression that brackets, pointers and assertions of a type stand around."""
    while node.type in WRAPPERS:
        if node.type == "unary_expression" and text_of(field(node, "operator")) not in {"&", "*"}:
            return node
        inner = field(node, "operand") or next(
            (one for one in node.named_children if one.type != "comment"), None
        )
        if inner is None:
            return node
        node = inner
    return node


def items_of(node: Node | None) -> tuple[Node, ...]:
    """Return what a list has in it: arguments, parameters, expressions, the elements of a literal."""
    if node is None:
        return ()
    return tuple(child for child in node.named_children if child.type != "comment")


def names_of(declaration: Node) -> tuple[Node, ...]:
    """Return the names that are declared together; the commas between them have the same field."""
    return tuple(one for one in declaration.children_by_field_name("name") if one.is_named)


def arguments_of(call: Node) -> tuple[Node, ...]:
    """Return the arguments of a call."""
    return items_of(field(call, "arguments"))


def callee_of(call: Node) -> Node | None:
    """Return what a call calls."""
    return field(call, "function")


def string_of(node: Node | None) -> str | None:
    """Return the value of a string."""
    if node is None:
        return None
    node = unwrap(node)
    if node.type == "raw_string_literal":
        return text_of(node)[1:-1].replace("\r", "")
    if node.type != "interpreted_string_literal":
        return None
    parts = node.named_children
    return "".join(
        _unescaped(text_of(one)) if one.type == "escape_sequence" else text_of(one) for one in parts
    )


def _unescaped(text: str) -> str:
    body = text[1:]
    if body[:1] in {"u", "U", "x"} or body[:1] in _OCTAL:
        try:
            return chr(int(body, 8) if body[:1] in _OCTAL else int(body[1:], 16))
        except (ValueError, OverflowError):
            return ""
    return _ESCAPES.get(body, body)


def number_of(node: Node) -> int | float | None:
    """Return the value of a number."""
    text = text_of(node).replace("_", "").lower()
    try:
        if text[:1] == "0" and text.isdigit():
            return int(text, 8)
        return int(text, 0) if text[:2] in {"0x", "0b", "0o"} or text.isdigit() else float(text)
    except ValueError:
        return None


def entries_of(literal: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the keys of a struct's or a map's literal with their values."""
    for child in items_of(field(literal, "body") if literal.type == "composite_literal" else literal):
        if child.type == "keyed_element":
            key, value = field(child, "key"), field(child, "value")
            if key is not None and value is not None:
                yield unwrap(key), unwrap(value)


def elements_of(literal: Node) -> tuple[Node, ...]:
    """Return the elements of a literal without keys: of a slice, or of a struct in its fields' order."""
    inner = items_of(field(literal, "body") if literal.type == "composite_literal" else literal)
    return tuple(unwrap(one) for one in inner if one.type == "literal_element")


def below(node: Node) -> Iterator[Node]:
    """Yield NODE and everything in it, without recursion: sources nest as deep as they like."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.named_children))


def statements_of(block: Node | None) -> tuple[Node, ...]:
    """Return the statements of a block or a case, not those inside of them."""
    found: list[Node] = []
    for part in block.named_children if block is not None else ():
        found += part.named_children if part.type == "statement_list" else (part,)
    return tuple(found)


def above(node: Node) -> Iterator[Node]:
    """Yield what stands around NODE, the nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def function_around(node: Node) -> Node | None:
    """Return the function that NODE stands in."""
    return next((one for one in above(node) if one.type in FUNCTIONS), None)
