"""One file of JavaScript or TypeScript: its imports, names, calls and exports. Runs nothing of it."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scaffold.nouns import NamedTuple

from .names import Alias, Binding, bound_names, specifier_of
from .syntax import (
    CLASSES,
    Node,
    Syntax,
    above,
    arguments_of,
    below,
    callee_of,
    entries_of,
    field,
    key_of,
    line_of,
    name_of,
    parse,
    string_of,
    text_of,
    unwrap,
)  # fmt: skip

if TYPE_CHECKING:
    from .folding import Folded
    from .source import Source

#: Bundles and generated tables: nobody starts a program there.
MAX_BYTES = 400_000
_MAX_LINE = 20_000
_IMPORT = r"""(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'`]([^"'`\n]{1,300})["'`]"""
_OPEN_IMPORT = r"""\b(?:require|import)\s*\(\s*(?:[^\s"'`)]|`[^`\n]*\$\{)"""


class Call(NamedTuple):
    """A call, or `new`."""

    callee: str  # through imports and names: "express().listen"; "" where it comes from nowhere known
    arguments: tuple[Node, ...]
    place: str
    node: Node


class Module:
    """One file: what it imports, and what its code says (parsed on first use)."""

    def __init__(self, source: "Source", path: str) -> None:
        self.source = source
        self.path = path

    def __repr__(self) -> str:
        return f"Module({self.path!r})"

    @cached_property
    def text(self) -> str:
        """Its text, or nothing where no person wrote it: too long, or in lines that nobody could read."""
        text = self.source.tree.text(self.path)
        if len(text) > MAX_BYTES or (len(text) > _MAX_LINE and max(map(len, text.split("\n"))) > _MAX_LINE):
            return ""
        return text

    def mentions(self, *words: str) -> bool:
        """Whether one of WORDS is in its text: cheap, so that most modules need not be parsed."""
        return any(word in self.text for word in words)

    def place(self, node: Node) -> str:
        """Where NODE stands."""
        return f"{self.path}:{line_of(node)}"

    # -- syntax

    @cached_property
    def syntax(self) -> Syntax:
        """Its syntax tree."""
        if self.path.endswith(".json"):
            return parse(f"module.exports = {self.text}", "x.js")
        return parse(self.text, self.path)

    @cached_property
    def _parts(self) -> Mapping[str, list[Node]]:
        return self.syntax.parts()

    def parts(self, kind: str) -> list[Node]:
        """Its nodes of a KIND: "call" "declared" "assigned" "function" "class" "return" "parameters" …"""
        return self._parts.get(kind, [])

    def calls(self) -> tuple[Call, ...]:
        """Every call, and every `new`, in the order of the text."""
        return self._calls

    @cached_property
    def _calls(self) -> tuple[Call, ...]:
        callees = ((node, callee_of(node)) for node in self.parts("call"))
        return tuple(
            Call(self.origin(callee), arguments_of(node), self.place(node), node)
            for node, callee in callees
            if callee is not None
        )

    # -- what it brings in and gives out

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """Each module that it imports, at any time, and where it first does."""
        found: dict[str, str] = {}
        for node in (*self.parts("import"), *self.parts("export")):
            if (specifier := specifier_of(node)) and not is_type_only(node):
                found.setdefault(specifier, self.place(node))
        for node in self.parts("call"):
            if specifier := required(node):
                found.setdefault(specifier, self.place(node))
        return found

    @cached_property
    def near_imports(self) -> tuple[str, ...]:
        """What it may import, by its text alone: comments and strings too, so none is missing."""
        return tuple(dict.fromkeys(re.findall(_IMPORT, self.text)))

    @cached_property
    def packages(self) -> frozenset[str]:
        """The names of what it may import that is no file of the project: "@scope/name", "pg"."""
        named = (plain(one) for one in self.near_imports if not one.startswith("."))
        return frozenset("/".join(one.split("/")[: 2 if one.startswith("@") else 1]) for one in named)

    @property
    def loads_folders(self) -> bool:
        """Whether it imports what only a run can name."""
        return re.search(_OPEN_IMPORT, self.text) is not None and any(map(is_open_import, self.parts("call")))

    @cached_property
    def exports(self) -> Mapping[str, Node | Alias]:
        """What it gives out by name; "default" is what `module.exports` is as well."""
        found: dict[str, Node | Alias] = {}
        for node in self.parts("export"):
            found.update(_exported(node))
        for node in self.parts("assigned"):
            name, value = _assigned_export(node)
            if name and value is not None:
                found[name] = value
        return found

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules whose names it gives on: `export * from "./x"`."""
        nodes = (node for node in self.parts("export") if any(child.type == "*" for child in node.children))
        return tuple(specifier for node in nodes if (specifier := specifier_of(node)))

    # -- names

    @cached_property
    def _scopes(self) -> tuple[list[int], list[int], list[int]]:
        """Where each function starts and ends, and which one it stands in."""
        functions = self.parts("function")
        starts: list[int] = []
        ends: list[int] = []
        parents: list[int] = []
        stack: list[int] = []
        for index, node in enumerate(functions):
            while stack and ends[stack[-1]] <= node.start_byte:
                stack.pop()
            parents.append(stack[-1] if stack else -1)
            starts.append(node.start_byte)
            ends.append(node.end_byte)
            stack.append(index)
        return starts, ends, parents

    def scope(self, position: int) -> int:
        """The number of the innermost function around POSITION; -1 at the top."""
        starts, ends, parents = self._scopes
        index = bisect_right(starts, position) - 1
        while index >= 0 and ends[index] <= position:
            index = parents[index]
        return index

    def enclosing(self, node: Node) -> Node | None:
        """The innermost function around NODE, which is none itself."""
        index = self.scope(node.start_byte - 1)
        return self.parts("function")[index] if index >= 0 else None

    @cached_property
    def bindings(self) -> Mapping[str, list[tuple[int, Binding]]]:
        """What each name stands for, with the number of the function that it is known in."""
        found: dict[str, list[tuple[int, Binding]]] = {}
        for name, position, binding in bound_names(self):
            found.setdefault(name, []).append((self.scope(position), binding))
        return found

    def binding(self, name: str, position: int) -> Binding | None:
        """What NAME stands for at POSITION: the innermost of that name, the first with a value."""
        known = self.bindings.get(name, ())
        if not known:
            return None
        around = self._around(position)
        near = [(scope, one) for scope, one in known if scope in around]
        if not near:
            return None
        innermost = max(scope for scope, _ in near)
        same = [one for scope, one in near if scope == innermost]
        return next((one for one in same if one.alias or _has_value(one)), same[0])

    def _around(self, position: int) -> frozenset[int]:
        parents = self._scopes[2]
        found = [self.scope(position)]
        while found[-1] >= 0:
            found.append(parents[found[-1]])
        return frozenset(found)

    def owner_of(self, name: str, position: int) -> Node | None:
        """The function that NAME is a parameter of at POSITION."""
        known = self.bindings.get(name, ())
        around = self._around(position)
        near = [scope for scope, one in known if scope in around]
        if not near or max(near) < 0:
            return None
        function = self.parts("function")[max(near)]
        given = field(function, "parameters", "parameter")
        inside = given is not None and any(text_of(one) == name for one in below(given))
        return function if inside else None

    @cached_property
    def members(self) -> Mapping[str, list[Binding]]:
        """What `this.name` is set to in its classes, or declared to be."""
        found: dict[str, list[Binding]] = {}
        for node in self.parts("field"):
            name = name_of(field(node, "name", "property"))
            found.setdefault(name, []).append(Binding(field(node, "value"), type=field(node, "type")))
        for node in self.parts("assigned"):
            left = field(node, "left")
            if left is not None and left.type == "member_expression" and text_of(left).startswith("this."):
                found.setdefault(text_of(left)[5:], []).insert(0, Binding(field(node, "right")))
        for node in self.parts("parameters"):  # constructor(private readonly config: ConfigService)
            for one in node.named_children:
                if any(child.type in {"accessibility_modifier", "readonly"} for child in one.children):
                    name = text_of(field(one, "pattern"))
                    found.setdefault(name, []).append(Binding(field(one, "value"), type=field(one, "type")))
        return found

    # -- what things come to

    def origin(self, node: Node) -> str:
        """Where a name comes from, through imports and assignments: "express().listen"; "" if unknown."""
        from .origins import origin

        return origin(self, node)

    def fold(self, node: Node | None) -> "Folded":
        """What NODE comes to in production where no variable is set."""
        from .folding import fold

        return fold(self, node)

    def literal(self, node: Node | None) -> Any:
        """The constant that NODE comes to where no variable is set; None where only a run can tell."""
        from .objects import literal

        return literal(self, node)

    def default_export(self) -> dict[str, Any]:
        """The object that it gives out, as configurations do: what of it is constant."""
        from .objects import default_export

        return default_export(self)


def _has_value(binding: Binding) -> bool:
    return binding.value is not None and binding.value.type not in {"undefined", "null"}


# -- imports and exports


def is_type_only(node: Node) -> bool:
    """Whether an import is of types, and gone when the program runs."""
    return any(child.type == "type" for child in node.children)


def required(call: Node) -> str | None:
    """The module that `require("x")` or `import("x")` reads."""
    callee, arguments = callee_of(call), arguments_of(call)
    if callee is None or not arguments or call.type != "call_expression":
        return None
    if callee.type == "import" or text_of(callee) == "require":
        return string_of(arguments[0])
    return None


def is_open_import(call: Node) -> bool:
    """Whether a call imports what only a run can name."""
    callee, arguments = callee_of(call), arguments_of(call)
    if callee is None or not arguments or not (callee.type == "import" or text_of(callee) == "require"):
        return False
    return string_of(arguments[0]) is None and not text_of(arguments[0]).endswith(
        (".json')", '.json")', ".json`")
    )


def plain(specifier: str) -> str:
    """The name of a module without `node:`."""
    return specifier.removeprefix("node:")


def _exported(node: Node) -> Iterator[tuple[str, Node | Alias]]:
    declaration, value, specifier = field(node, "declaration"), field(node, "value"), specifier_of(node)
    is_default = any(child.type == "default" for child in node.children)
    for child in node.named_children:
        if child.type == "export_clause":
            for one in child.named_children:
                name = text_of(field(one, "name"))
                given = text_of(field(one, "alias")) or name
                inner = field(one, "name")
                if specifier:
                    yield given, Alias(specifier, name)
                elif inner is not None:
                    yield given, inner
    if is_default and (made := value if value is not None else declaration) is not None:
        yield "default", made
    elif declaration is not None:
        yield from _declared(declaration)
    elif any(child.type == "=" for child in node.children) and node.named_children:
        yield "default", node.named_children[-1]  # TypeScript: export = x


def _declared(node: Node) -> Iterator[tuple[str, Node]]:
    name = field(node, "name")
    if name is not None:
        yield text_of(name), node
    for child in node.named_children:
        if child.type == "variable_declarator":
            inner, value = field(child, "name"), field(child, "value")
            if inner is not None and inner.type == "identifier" and value is not None:
                yield text_of(inner), value
            elif inner is not None and inner.type == "object_pattern":
                yield from ((name, one) for name, one in _short_names(inner))


def _short_names(pattern: Node) -> Iterator[tuple[str, Node]]:
    for child in pattern.named_children:
        if child.type == "shorthand_property_identifier_pattern":
            yield text_of(child), child


def _assigned_export(node: Node) -> tuple[str, Node | None]:
    left, right = field(node, "left"), field(node, "right")
    text = text_of(left) if left is not None and left.type == "member_expression" else ""
    if text == "module.exports":
        return "default", right
    for head in ("module.exports.", "exports."):
        if text.startswith(head) and text[len(head) :].isidentifier():
            return text[len(head) :], right
    return "", None


# -- names


# -- functions and classes


def returned(module: Module, function: Node) -> tuple[Node, ...]:
    """What a function returns, each place of it."""
    body = field(function, "body")
    if body is None:
        return ()
    if body.type != "statement_block":
        return (unwrap(body),)
    own = [
        node
        for node in module.parts("return")
        if body.start_byte < node.start_byte < body.end_byte and module.enclosing(node) == function
    ]
    return tuple(unwrap(child) for node in own for child in node.named_children[:1])


def parameters_of(function: Node) -> tuple[tuple[str, Node | None], ...]:
    """The names of a function's parameters with their defaults; "" for one that is taken apart."""
    given = field(function, "parameters")
    if given is None:
        single = field(function, "parameter")
        return ((text_of(single), None),) if single is not None else ()
    found: list[tuple[str, Node | None]] = []
    for one in given.named_children:
        if one.type != "comment":
            target = field(one, "pattern", "left")
            name = target if target is not None else one
            found.append((text_of(name) if name.type == "identifier" else "", field(one, "value", "right")))
    return tuple(found)


def class_around(node: Node) -> Node | None:
    """The class that NODE stands in."""
    return next((one for one in above(node) if one.type in CLASSES), None)


def member_of(class_node: Node, name: str) -> Node | None:
    """The value of a field of a class, or what its getter is."""
    body = field(class_node, "body")
    for one in body.named_children if body is not None else ():
        if name_of(field(one, "name", "property")) == name:
            return field(one, "value") if one.type.endswith("field_definition") else one
    return None


def entry(node: Node, name: str) -> Node | None:
    """The value that an object has under NAME; the last one counts."""
    found = None
    for key, value in entries_of(node):
        if key == name:
            found = value
    return found


def identity(module: Module, node: Node) -> tuple[str, int, int]:
    """What tells a node from all others of a project."""
    return (module.path, *key_of(node))
