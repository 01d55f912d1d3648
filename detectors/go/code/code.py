"""A file of Go as part of a program: what its names are, what it calls and assigns. Runs nothing."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from scaffold.nouns import NamedTuple

from .syntax import (
    FUNCTIONS,
    Node,
    above,
    arguments_of,
    callee_of,
    field,
    find,
    items_of,
    line_of,
    names_of,
    text_of,
)

if TYPE_CHECKING:
    from .program import Program
    from .source import File, Package

_PARTS = {
    "call_expression": "call",
    "composite_literal": "literal",
    "short_var_declaration": "declared",
    "var_spec": "declared",
    "const_spec": "declared",
    "parameter_declaration": "declared",
    "variadic_parameter_declaration": "declared",
    "range_clause": "declared",
    "type_switch_statement": "declared",
    "assignment_statement": "assigned",
    "function_declaration": "function",
    "method_declaration": "function",
    "type_spec": "type",
    "type_alias": "type",
}
#: What names are declared in, and end with.
_SCOPES = FUNCTIONS | {
    "block", "if_statement", "for_statement", "expression_switch_statement", "type_switch_statement",
    "expression_case", "type_case", "default_case", "communication_case", "select_statement",
}  # fmt: skip
_TYPE_NAME = {"type_identifier", "qualified_type", "generic_type", "pointer_type"}


#: Which result a name of `for key, value := range x` is: this, and one less.
RANGED = -1


class Binding(NamedTuple):
    """A name, and where it is declared."""

    name: str
    node: Node  # the name itself
    value: Node | None = None
    which: int = 0  # which of several results VALUE gives it
    type: Node | None = None
    scope: Node | None = None  # None: the whole package
    is_parameter: bool = False
    is_const: bool = False


class Assigned(NamedTuple):
    """A place that gives a name, or a part of something, a new value."""

    code: "Code"
    node: Node  # the statement
    target: Node
    value: Node
    which: int  # which of several results VALUE gives it
    operator: str  # "=" "+="


class Call(NamedTuple):
    """A call, and the file that it stands in."""

    code: "Code"
    node: Node

    @property
    def name(self) -> str:
        """The last word of what is called."""
        function = callee_of(self.node)
        if function is None:
            return ""
        if function.type in {"index_expression", "type_instantiation_expression"}:
            function = field(function, "operand") or function.named_children[0]
        return text_of(field(function, "field") or function)

    @property
    def arguments(self) -> tuple[Node, ...]:
        """What it is given."""
        return arguments_of(self.node)

    @property
    def place(self) -> str:
        """Where it stands: `path:line`."""
        return self.code.place(self.node)


class Code:
    """A file of a program."""

    def __init__(self, program: "Program", package: "Package", file: "File") -> None:
        self.program = program
        self.package = package
        self.file = file
        self.path = file.path
        self.home = program.path_of(package.folder)  # how others import its package

    @property
    def root(self) -> Node:
        """Its syntax."""
        return self.file.root

    def place(self, node: Node) -> str:
        """Where NODE is: `path:line`."""
        return f"{self.path}:{line_of(node)}"

    def mentions(self, *words: str) -> bool:
        """Whether one of WORDS is in its text."""
        return self.file.mentions(*words)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The packages that it imports, by how it calls them."""
        found: dict[str, str] = {}
        for one in self.file.imports:
            if one.name in {"_", "."}:
                continue
            names = (one.name,) if one.name else self.program.names_of(one.path)
            for name in names:
                found.setdefault(name, plain(one.path))
        return found

    @cached_property
    def packages(self) -> frozenset[str]:
        """What it imports, without the numbers of major versions."""
        return frozenset(plain(one.path) for one in self.file.imports)

    def parts(self, kind: str) -> list[Node]:
        """Its calls ("call"), literals, declarations ("declared"), functions … in the order of the text."""
        return self._parts.get(kind, [])

    @cached_property
    def _parts(self) -> Mapping[str, list[Node]]:
        return find(self.root, _PARTS)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Everything that it calls."""
        return tuple(Call(self, node) for node in self.parts("call"))

    @cached_property
    def named_calls(self) -> Mapping[str, list[Call]]:
        """The same, by the last word of what is called."""
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            found.setdefault(call.name, []).append(call)
        return found

    def is_dead(self, node: Node) -> bool:
        """Whether NODE is in a function that nothing in the program names."""
        return any(start <= node.start_byte < end for start, end in self._dead)

    @cached_property
    def _dead(self) -> tuple[tuple[int, int], ...]:
        names = ((one, text_of(field(one, "name"))) for one in self.parts("function"))
        return tuple(
            (one.start_byte, one.end_byte) for one, name in names
            if one.type == "function_declaration" and name not in {"main", "init"}
            and not self.program.is_used(name, self.home)
        )  # fmt: skip

    # -- names

    @cached_property
    def bindings(self) -> Mapping[str, list[Binding]]:
        """What is declared in it, by name, in the order of the text."""
        found: dict[str, list[Binding]] = {}
        for node in self.parts("declared"):
            for binding in _declared(node):
                found.setdefault(binding.name, []).append(binding)
        return found

    def binding(self, name: str, node: Node) -> Binding | None:
        """What NAME stands for at NODE, where that is declared in this file below its package."""
        start, end = node.start_byte, node.end_byte
        spans = self._spans.get(name, ())
        # Of all that are declared before it and hold there, the last stands in the innermost of their scopes.
        for at in range(bisect_right(spans, start, key=_declared_at) - 1, -1, -1):
            _, opened, closed, binding = spans[at]
            if opened <= start and end <= closed and not _is_own_value(binding, node):
                return binding
        return None

    @cached_property
    def _spans(self) -> Mapping[str, list[tuple[int, int, int, Binding]]]:
        """Where names of `bindings` hold: numbers, since a syntax tree is asked for each at a price."""
        return {
            name: sorted(
                (
                    (one.node.start_byte, one.scope.start_byte, one.scope.end_byte, one)
                    for one in bindings
                    if one.scope is not None
                ),
                key=_declared_at,
            )
            for name, bindings in self.bindings.items()
        }

    @cached_property
    def top(self) -> Mapping[str, Binding]:
        """The variables and constants of the package that are declared here."""
        found: dict[str, Binding] = {}
        for name, bindings in self.bindings.items():
            for binding in bindings:
                if binding.scope is None:
                    found.setdefault(name, binding)
        return found

    @cached_property
    def assigned(self) -> Mapping[str, list[Assigned]]:
        """Assignments by the last word of their target: `s.Port = x` under "Port"."""
        found: dict[str, list[Assigned]] = {}
        for node in self.parts("assigned"):
            targets, values = items_of(field(node, "left")), items_of(field(node, "right"))
            operator = text_of(field(node, "operator"))
            for index, target in enumerate(targets):
                value, place = _value_at(values, index, len(targets))
                if value is not None:
                    one = Assigned(self, node, target, value, place, operator)
                    found.setdefault(last_word(target), []).append(one)
        return found


def _declared_at(span: tuple[int, int, int, Binding]) -> int:
    return span[0]


def last_word(node: Node) -> str:
    """Return the last name of an expression: `s.config.Port` is Port, `*port` is port."""
    while node.type in {"unary_expression", "parenthesized_expression"}:
        node = node.named_children[0]
    return text_of(field(node, "field") or node)


def plain(path: str) -> str:
    """Return the path of a package without the number of its major version."""
    return re.sub(r"/v\d+(?=/|$)|(?<=\w)\.v\d+$", "", path)


def usual_names(path: str) -> tuple[str, ...]:
    """Return what a package that cannot be read may be called, by its path: the likeliest first."""
    last = plain(path).rpartition("/")[2]
    short = re.sub(r"^go[-.]|[-.]go$", "", last)
    return tuple(dict.fromkeys((last, short, short.replace("-", ""), short.rpartition("-")[2])))


def _is_own_value(binding: Binding, node: Node) -> bool:
    """Whether NODE is in the very expression that BINDING gets its value from: `port := port + 1`."""
    value = binding.value
    return value is not None and value.start_byte <= node.start_byte and node.end_byte <= value.end_byte


def _scope_of(node: Node) -> Node | None:
    return next((one for one in above(node) if one.type in _SCOPES), None)


def _value_at(values: tuple[Node, ...], index: int, count: int) -> tuple[Node | None, int]:
    """(the value for the name at INDEX of COUNT, which of its results it is)."""
    if len(values) == count:
        return values[index], 0
    return (values[0], index) if len(values) == 1 else (None, 0)


def _declared(node: Node) -> Iterator[Binding]:
    if node.type in {"parameter_declaration", "variadic_parameter_declaration"}:
        yield from _parameters(node)
        return
    scope = _scope_of(node)
    if node.type == "type_switch_statement":
        for name in items_of(field(node, "alias")):
            yield Binding(text_of(name), name, field(node, "value"), scope=node)
        return
    if node.type == "range_clause":
        for index, name in enumerate(items_of(field(node, "left"))):
            yield Binding(text_of(name), name, field(node, "right"), RANGED - index, scope=scope)
        return
    if node.type == "short_var_declaration":
        names, values = items_of(field(node, "left")), items_of(field(node, "right"))
    else:
        names, values = names_of(node), items_of(field(node, "value"))
    for index, name in enumerate(names):
        if name.type != "identifier":
            continue
        value, place = _value_at(values, index, len(names))
        yield Binding(
            text_of(name), name, value, place, field(node, "type"), scope, is_const=node.type == "const_spec"
        )


def _parameters(node: Node) -> Iterator[Binding]:
    """Parameters, receivers and named results, of the function that they belong to."""
    function = next((one for one in above(node) if one.type in FUNCTIONS or one.type in _TYPE_NAME), None)
    if function is None or function.type not in FUNCTIONS:
        return
    result = field(function, "result")
    is_result = result is not None and result.start_byte <= node.start_byte < result.end_byte
    for name in names_of(node):
        yield Binding(
            text_of(name), name, type=field(node, "type"), scope=function, is_parameter=not is_result
        )
