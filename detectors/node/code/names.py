"""The names that a module of JavaScript knows: imports, declarations, parameters. Follows none of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scaffold.nouns import NamedTuple

from .syntax import Node, field, name_of, string_of, text_of

if TYPE_CHECKING:
    from .module import Module

#: The whole of a module: `import * as x`, `require("x")`.
WHOLE = "*"


class Alias(NamedTuple):
    """A name as an import gives it."""

    specifier: str
    name: str  # "Router", "default", WHOLE


class Binding(NamedTuple):
    """What a name stands for where it is declared, assigned or taken as a parameter."""

    value: Node | None = None
    keys: tuple[str, ...] = ()  # the way into the value: `const { a: { b } } = value`
    default: Node | None = None
    type: Node | None = None
    alias: Alias | None = None


def specifier_of(node: Node) -> str | None:
    """Return the module that an import or an export names."""
    source = field(node, "source")
    return string_of(source) if source is not None else None


def bound_names(module: "Module") -> Iterator[tuple[str, int, Binding]]:
    """Every name with the place that decides how far it is known."""
    for node in module.parts("import"):
        yield from ((name, node.start_byte, Binding(alias=alias)) for name, alias in _imported(node))
    for node in module.parts("declared"):
        value, name = field(node, "value"), field(node, "name")
        if name is not None:
            start = Binding(value, type=field(node, "type"))
            yield from ((one, node.start_byte, bound) for one, bound in _taken(name, start))
    for node in (*module.parts("function"), *module.parts("class")):
        name = field(node, "name")
        if name is not None and node.type != "method_definition":
            yield text_of(name), node.start_byte - 1, Binding(node)
    for node in module.parts("parameters"):
        for one in node.named_children:
            yield from ((name, node.start_byte, bound) for name, bound in _parameter(one))
    for node in module.parts("assigned"):
        left = field(node, "left")
        if left is not None and left.type == "identifier":
            yield text_of(left), _declared_at(module, node, text_of(left)), Binding(field(node, "right"))


def _declared_at(module: "Module", node: Node, name: str) -> int:
    """Where a name that is assigned was declared: mostly `let server;` above the function that sets it."""
    local = module.enclosing(node)
    if local is not None and any(text_of(field(one, "name")) == name for one in module.parts("declared")
                                 if local.start_byte < one.start_byte < local.end_byte):  # fmt: skip
        return node.start_byte
    return -1


def _imported(node: Node) -> Iterator[tuple[str, Alias]]:
    specifier = specifier_of(node)
    for clause in node.named_children:
        if clause.type == "import_require_clause":
            inner = next((one for one in clause.named_children if one.type == "identifier"), None)
            source = field(clause, "source")
            if inner is not None and source is not None:
                yield text_of(inner), Alias(string_of(source) or "", WHOLE)
        if clause.type != "import_clause" or not specifier:
            continue
        for child in clause.named_children:
            if child.type == "identifier":
                yield text_of(child), Alias(specifier, "default")
            elif child.type == "namespace_import":
                yield text_of(child.named_children[-1]), Alias(specifier, WHOLE)
            elif child.type == "named_imports":
                for one in child.named_children:
                    name = text_of(field(one, "name"))
                    yield text_of(field(one, "alias")) or name, Alias(specifier, name)


def _taken(pattern: Node, binding: Binding) -> Iterator[tuple[str, Binding]]:
    """The names in a pattern, each with its way into the value."""
    stack = [(pattern, binding)]
    while stack:
        node, bound = stack.pop()
        if node.type in {"identifier", "shorthand_property_identifier_pattern"}:
            keys = (*bound.keys, text_of(node)) if node.type != "identifier" else bound.keys
            yield text_of(node), bound._replace(keys=keys)
        elif node.type in {"object_assignment_pattern", "assignment_pattern"}:
            left, right = field(node, "left"), field(node, "right")
            if left is not None:
                stack.append((left, bound._replace(default=right)))
        elif node.type == "pair_pattern":
            value = field(node, "value")
            if value is not None:
                stack.append((value, bound._replace(keys=(*bound.keys, name_of(field(node, "key"))))))
        elif node.type in {"object_pattern", "rest_pattern"}:
            stack.extend((child, bound) for child in node.named_children)
        elif node.type == "array_pattern":
            numbered = enumerate(node.named_children)
            stack.extend((child, bound._replace(keys=(*bound.keys, str(index)))) for index, child in numbered)


def _parameter(node: Node) -> Iterator[tuple[str, Binding]]:
    """The names of a parameter, with what they are if nobody gives them."""
    pattern, value, kind = field(node, "pattern"), field(node, "value"), field(node, "type")
    if node.type == "assignment_pattern":
        pattern, value = field(node, "left"), field(node, "right")
    target = pattern if pattern is not None else node
    if target.type == "identifier":
        yield text_of(target), Binding(value, type=kind)
    else:
        yield from _taken(target, Binding(value, type=kind))
