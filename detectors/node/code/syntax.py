"""JavaScript and TypeScript as trees of syntax: the only module that knows the parser, tree-sitter.

It is imported on first use: most projects have none of it, and a detector's start-up is everybody's.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from scaffold.nouns import NamedTuple

from ...grammars import find as find
from ...grammars import grammar

if TYPE_CHECKING:
    from tree_sitter import Language
    from tree_sitter import Node as Node
else:
    Node: TypeAlias = object

#: Expressions that only stand around another one.
WRAPPERS = frozenset(
    {
        "parenthesized_expression", "await_expression", "as_expression", "satisfies_expression",
        "non_null_expression", "type_assertion", "instantiation_expression",
    }
)  # fmt: skip
FUNCTIONS = frozenset(
    {
        "function_declaration", "function_expression", "arrow_function", "method_definition",
        "generator_function", "generator_function_declaration",
    }
)  # fmt: skip
CLASSES = frozenset({"class_declaration", "class", "abstract_class_declaration"})

_GRAMMARS = {"ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx"}
#: The package of each grammar, and what makes it.
_LANGUAGES = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
}
#: What a module is asked for, in one walk.
_PARTS = {
    "call_expression": "call",
    "new_expression": "call",
    "variable_declarator": "declared",
    "assignment_expression": "assigned",
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "import_statement": "import",
    "export_statement": "export",
    "formal_parameters": "parameters",
    "return_statement": "return",
    "field_definition": "field",
    "public_field_definition": "field",
    **dict.fromkeys(FUNCTIONS, "function"),
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


class Syntax(NamedTuple):
    """A file as the parser sees it; what it could not make sense of is an ERROR node, and nothing more."""

    root: Node
    grammar: str

    def parts(self) -> Mapping[str, list[Node]]:
        """Return what names, calls and functions there are."""
        return find(self.root, _PARTS)


def parse(text: str, path: str) -> Syntax:
    """Return the syntax of TEXT, in the grammar that the suffix of PATH says."""
    content = text.encode("utf-8", "replace")
    grammar = _GRAMMARS.get(path.rpartition(".")[2], "javascript")
    root = _parsed(content, grammar)
    if grammar == "javascript" and root.has_error:
        typed = _parsed(content, "tsx")  # types of Flow are mostly those of TypeScript
        if not typed.has_error:
            return Syntax(typed, "tsx")
    return Syntax(root, grammar)


def _parsed(content: bytes, grammar: str) -> Node:
    from tree_sitter import Parser

    return Parser(_language(grammar)).parse(content).root_node


@cache
def _language(name: str) -> "Language":
    return grammar(*_LANGUAGES[name])


# -- what a node says by itself


def text_of(node: Node | None) -> str:
    """Return the text of NODE."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def line_of(node: Node) -> int:
    """Return the number of the line that NODE begins on."""
    return int(node.start_point[0]) + 1


def key_of(node: Node) -> tuple[int, int]:
    """Return what tells NODE from the others of its file."""
    return node.start_byte, node.end_byte


def field(node: Node, *names: str) -> Node | None:
    """Return the first of a node's parts NAMES that is there."""
    for name in names:
        part = node.child_by_field_name(name)
        if part is not None:
            return part
    return None


def unwrap(node: Node) -> Node:
    """Return the expression that brackets, `await` and types stand around."""
    while node.type in WRAPPERS:
        inner = [child for child in node.named_children if child.type not in {"comment", "type_arguments"}]
        if not inner:
            return node
        node = inner[-1] if node.type == "type_assertion" else inner[0]
    return node


def arguments_of(call: Node) -> tuple[Node, ...]:
    """Return the arguments of a call or of `new`."""
    given = field(call, "arguments")
    if given is None or given.type != "arguments":
        return ()
    return tuple(child for child in given.named_children if child.type != "comment")


def callee_of(call: Node) -> Node | None:
    """Return what a call calls, and `new` makes."""
    return field(call, "function", "constructor")


def property_of(node: Node) -> str | None:
    """Return the name after the dot of NODE, or the constant in its brackets."""
    if node.type == "member_expression":
        return text_of(field(node, "property"))
    if node.type == "subscript_expression":
        index = field(node, "index")
        return string_of(index) if index is not None else None
    return None


def string_of(node: Node) -> str | None:
    """Return the value of a string in quotes, or of a template with nothing in it."""
    node = unwrap(node)
    if node.type not in {"string", "template_string"}:
        return None
    parts = node.named_children
    if any(part.type == "template_substitution" for part in parts):
        return None
    return "".join(fragment_of(part) for part in parts)


def fragment_of(part: Node) -> str:
    """Return the text of a part of a string."""
    text = text_of(part)
    return _unescaped(text) if part.type == "escape_sequence" else text


def _unescaped(text: str) -> str:
    body = text[1:]
    digits = body[1:].strip("{}")
    if body[:1] in {"u", "x"} and digits:
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            return ""
    return _ESCAPES.get(body, "" if body.startswith("\n") else body)


def number_of(node: Node) -> int | float | None:
    """Return the value of a number."""
    text = text_of(node).replace("_", "").removesuffix("n")
    try:
        return int(text, 0) if text[:2].lower() in {"0x", "0b", "0o"} or text.isdigit() else float(text)
    except ValueError:
        return None


def entries_of(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the keys of an object with their values; a method is its own value, so is a short name."""
    for child in node.named_children:
        if child.type == "pair":
            key, value = field(child, "key"), field(child, "value")
            if key is not None and value is not None:
                yield name_of(key), value
        elif child.type == "shorthand_property_identifier":
            yield text_of(child), child
        elif child.type == "method_definition":
            yield name_of(field(child, "name")), child


def spreads_of(node: Node) -> Iterator[Node]:
    """Yield what an object or a list takes over whole: `...other`."""
    for child in node.named_children:
        if child.type == "spread_element" and child.named_children:
            yield child.named_children[0]


def name_of(key: Node | None) -> str:
    """Return the name that a key is, in quotes or not; "" where it is worked out."""
    if key is None or key.type == "computed_property_name":
        return string_of(key.named_children[0]) or "" if key is not None and key.named_children else ""
    return (string_of(key) or "") if key.type == "string" else text_of(key)


def items_of(node: Node) -> tuple[Node, ...]:
    """Return the items of a list."""
    return tuple(child for child in node.named_children if child.type not in {"comment", "spread_element"})


def below(node: Node) -> Iterator[Node]:
    """Yield NODE and everything in it, without recursion: sources nest as deep as they like."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.children))


def above(node: Node) -> Iterator[Node]:
    """Yield what stands around NODE, the nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent
