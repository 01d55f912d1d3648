"""The environment variables that JavaScript code reads: `process.env`, schemas, Nest's ConfigService."""

import re
from collections.abc import Iterable, Iterator, Mapping

from scaffold.nouns import NamedTuple

from ...environment import IGNORED, Read, is_secret
from ..code.decorators import validated_variables
from ..code.folding import UNKNOWN, Folded, fold
from ..code.literals import constant
from ..code.module import Module
from ..code.origins import NAMES, follow, member
from ..code.schemas import Schema, fields_of, find_fastify_schemas, objects, schemas_of
from ..code.source import Source
from ..code.syntax import (
    FUNCTIONS,
    Node,
    above,
    arguments_of,
    below,
    callee_of,
    field,
    find,
    key_of,
    property_of,
    text_of,
)  # fmt: skip
from ..code.variables import Variable, holds_variables, in_wrapper, variable_at, variable_of
from .bundled import is_bundled

#: A module that reads a variable has one of these in its text.
_MARK = (
    r"\b(env|ENV)\b|env-var|\$env/|[cC]onfigService|cleanEnv|createEnv|[eE]nvSchema|convict|envsafe"
    r"|validationSchema"
)
#: Each of its branches has one of these in it: much faster to look for.
_HINTS = ("env", "ENV", "Env", "onfigService", "convict", "validationSchema")
_PARTS = {"member_expression": "member", "subscript_expression": "member", "if_statement": "if"}
#: Names that Node.js, npm and the image itself set.
_OURS = frozenset(
    {
        "NODE_ENV", "NODE_OPTIONS", "NODE_DEBUG", "NEXT_RUNTIME", "NEXT_PHASE", "NODE_APP_INSTANCE",
        "INIT_CWD",
        "JEST_WORKER_ID", "VITEST", "PM2_HOME", "pm_id", "NODE_V8_COVERAGE", "NETLIFY", "VERCEL_ENV",
        "VERCEL_URL", "AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "TS_NODE_DEV", "SSR", "DEV", "PROD",
        "MODE", "BASE_URL",
    }
)  # fmt: skip
_GUARDS = frozenset({"if_statement", "while_statement"})
_LOOPS = frozenset({"forEach", "filter", "find", "every", "some", "map"})
#: Secrets of the program itself, which it signs with: a run without them ends in an error.
_OWN_SECRETS = (
    r"(JWT|SESSION|COOKIE|AUTH|APP|ACCESS|REFRESH|TOKEN|CSRF|ENCRYPTION|SIGNING|SECRET|HASH|PASETO|NEXTAUTH|IRON)"
    r"(_\w+)?_(SECRET|KEY|SALT|PASSWORD)(_KEY)?|SECRET|SECRET_KEY|\w*JWT_?SECRET|ENCRYPTION_KEY|APP_KEY|KEY_SECRET"
)
_CALLS = frozenset({"call_expression", "new_expression"})
_AROUND = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression",
                     "non_null_expression",
                     "arguments", "pair", "object"})  # fmt: skip
_PARENTHESES = frozenset(
    {"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"}
)


class Reads(NamedTuple):
    """The variables that code reads when it runs, and those that a build puts into its output."""

    at_run: tuple[Read, ...]
    at_build: tuple[Read, ...]


def read_environment(source: Source, modules: Iterable[Module]) -> Reads:
    """Return every variable that MODULES read."""
    found: list[tuple[Read, bool]] = []
    for module in modules:
        if module.mentions(*_HINTS) and re.search(_MARK, module.text):
            found += _reads_of(module)
    found += [(read, False) for read in _of_config_package(source)]
    kept = [one for one in found if _is_told(one[0].name)]
    return Reads(
        tuple(read for read, built in kept if not built), tuple(read for read, built in kept if built)
    )


def _is_told(name: str) -> bool:
    """Whether a name is one that a person sets; what a framework puts there itself is in camelCase."""
    is_shouted = name.isupper() or (name.islower() and "_" in name)
    return is_shouted and name not in IGNORED | _OURS and not name.startswith("npm_")


def _reads_of(module: Module) -> Iterator[tuple[Read, bool]]:
    found = find(module.syntax.root, _PARTS)
    refused = frozenset(_refused(module, found.get("if", [])))
    for node in _candidates(module, found.get("member", [])):
        variable = variable_at(module, node)
        if variable is not None and not in_wrapper(module, node) and not _goes_on(module, node, variable):
            read = _in_context(module, node, _read(module, node, variable), refused)
            yield read, variable.built or is_bundled(read.name)
    for read in _of_schemas(module):
        yield read, is_bundled(read.name)
    for one in validated_variables(module):
        read = _read(module, module.syntax.root, variable_of(one))
        yield read._replace(source=one.place), False
    for name, place in _listed(module, found.get("member", [])):
        yield Read(name, place, required=True), False


def _goes_on(module: Module, node: Node, variable: Variable) -> bool:
    """Whether NODE is only the start of a chain that reads the same: `env.get("X").required()`."""
    call = node.parent.parent if node.type == "call_expression" and node.parent is not None else None
    if (
        call is None
        or call.type != "call_expression"
        or key_of(callee_of(call) or call) != key_of(node.parent or call)
    ):
        return False
    whole = variable_at(module, call)
    return whole is not None and whole.name == variable.name


def _candidates(module: Module, members: list[Node]) -> Iterator[Node]:
    """Nodes that may read a variable: members of what is called env, names taken out of it, calls."""
    for node in members:
        base = field(node, "object")
        if base is not None and text_of(base).lower().endswith("env"):
            yield node
    for node in module.parts("declared"):
        yield from _taken(node)
    for node in module.parts("call"):
        function = callee_of(node)
        is_chain = (
            function is not None and function.type == "member_expression" and module.mentions("env-var")
        )
        if node.type == "call_expression" and function is not None and (arguments_of(node) or is_chain):
            yield node


def _taken(declared: Node) -> Iterator[Node]:
    """The names that `const { A, B = 1, C: c, D: d = 1 } = …` makes."""
    pattern = field(declared, "name")
    for part in pattern.named_children if pattern is not None and pattern.type == "object_pattern" else ():
        name = field(part, "value") if part.type == "pair_pattern" else part
        if name is not None and name.type in {"object_assignment_pattern", "assignment_pattern"}:
            name = field(name, "left")
        if name is not None and name.type in NAMES:
            yield name


def _read(module: Module, node: Node, variable: Variable) -> Read:
    folded = fold(*variable.default) if variable.default else Folded(None)
    return Read(
        variable.name,
        module.place(node),
        required=variable.required,
        default=_told(folded),
        has_answer=variable.default is not None,
        shape=variable.shape,
        choices=variable.choices,
    )


def _told(folded: Folded) -> str | None:
    text = folded.text
    return None if text is None or UNKNOWN in text else text


# -- what stands around


def _in_context(module: Module, node: Node, read: Read, refused: frozenset[str]) -> Read:
    parent = _parent(node)
    if parent is not None and parent.type == "binary_expression" and _is_left(parent, node):
        operator = text_of(field(parent, "operator"))
        if operator in {"||", "??"} and read.default is None:
            default = _told(fold(module, parent))
            return read._replace(
                default=default, has_answer=True, required=False, shape=_shape(module, parent, read)
            )
    if read.default is not None or read.has_answer:
        return read
    read = read._replace(shape=_shape(module, node, read))
    needed = read.name in refused or _is_needed(module, node, read)
    return read._replace(required=read.required or (needed and not _is_tested(module, node)))


def _parent(node: Node) -> Node | None:
    return next((one for one in above(node) if one.type != "parenthesized_expression"), None)


def _is_left(parent: Node, node: Node) -> bool:
    left = field(parent, "left")
    return left is not None and left.start_byte <= node.start_byte and node.end_byte <= left.end_byte


def _shape(module: Module, node: Node, read: Read) -> str:
    """What the code makes of it: `Number(process.env.X)`."""
    call = next(
        (one for one in above(node) if one.type not in _PARENTHESES and one.type != "arguments"), None
    )
    if read.shape != "text" or call is None:
        return read.shape
    if call.type == "unary_expression" and text_of(field(call, "operator")) == "+":
        return "integer"
    name = text_of(callee_of(call)) if call.type in {"call_expression", "new_expression"} else ""
    shapes = {"Number": "integer", "parseInt": "integer", "Number.parseInt": "integer",
              "parseFloat": "number",
              "Number.parseFloat": "number", "JSON.parse": "json", "URL": "url"}  # fmt: skip
    if name.rpartition(".")[2] in {"readFile", "readFileSync", "existsSync"}:
        return "path"
    return shapes.get(name, read.shape)


def _is_needed(module: Module, node: Node, read: Read) -> bool:
    """Whether code that asks politely fails all the same without an answer."""
    parent = _parent(node)
    if parent is None:
        return False
    if parent.type == "non_null_expression" or re.fullmatch(_OWN_SECRETS, read.name):
        return True
    if parent.type == "as_expression":
        return text_of(parent.named_children[-1]) == "string"
    if module.enclosing(node) is not None:
        return False  # what follows fails when that function is called, if ever
    if parent.type == "member_expression":  # undefined.split(",")
        return not any(child.type == "optional_chain" for child in parent.children)
    around = next((one for one in above(node) if one.type not in _AROUND), None)
    name = text_of(callee_of(around)) if around is not None and around.type in _CALLS else ""
    if around is not None and around.type == "new_expression" and is_secret(read.name):
        return True  # clients and strategies want their keys when they are made
    return name in {"URL", "JSON.parse", "assert", "invariant"}


def _is_tested(module: Module, node: Node) -> bool:
    """Whether the code asks first whether it is there."""
    inner = node
    for one in above(node):
        if one.type in FUNCTIONS:
            return False
        if one.type == "if_statement" and text_of(node) in text_of(field(one, "condition")):
            inside = field(one, "consequence")
            if inside is not None and key_of(inside) == key_of(inner):
                return True
        if one.type == "unary_expression" and text_of(field(one, "operator")) in {"!", "typeof"}:
            return not _gives_up_around(one)
        if one.type in {"ternary_expression", *_GUARDS}:
            condition = field(one, "condition")
            if condition is not None and key_of(condition) == key_of(inner):
                return one.type == "ternary_expression" or not _gives_up(field(one, "consequence"))
        if (
            one.type == "binary_expression"
            and text_of(field(one, "operator")) == "&&"
            and _is_left(one, node)
        ):
            return True
        inner = one
    return False


def _gives_up_around(node: Node) -> bool:
    guard = next((one for one in above(node) if one.type in _GUARDS or one.type in FUNCTIONS), None)
    return guard is not None and guard.type in _GUARDS and _gives_up(field(guard, "consequence"))


def _gives_up(body: Node | None) -> bool:
    """Whether a block ends the program: it throws, or calls process.exit."""
    if body is None:
        return False
    last = body.named_children[-1] if body.type == "statement_block" and body.named_children else body
    if last.type == "throw_statement":
        return True
    return "process.exit(" in text_of(body)


def _refused(module: Module, tested: list[Node]) -> Iterator[str]:
    """The variables without which the module does not go on: `if (!TOKEN) throw …`."""
    if not module.mentions("throw", "process.exit", "assert", "invariant"):
        return
    for node in tested:
        condition = field(node, "condition")
        if condition is not None and _gives_up(field(node, "consequence")):
            yield from _names_in(module, condition)
    for node in module.parts("call"):
        if text_of(callee_of(node)) in {"assert", "assert.ok", "invariant"} and arguments_of(node):
            yield from _names_in(module, arguments_of(node)[0])


def _names_in(module: Module, condition: Node) -> Iterator[str]:
    for one in below(condition):
        if one.type in NAMES or one.type in {"member_expression", "subscript_expression"}:
            variable = variable_at(module, one) or _behind(module, one)
            if variable is not None and variable.default is None:
                yield variable.name


def _behind(module: Module, node: Node) -> Variable | None:
    """The variable that a name was given: `const token = process.env.TOKEN; if (!token) …`."""
    spot = follow(module, node) if node.type in NAMES else None
    return variable_at(*spot) if spot and spot.node is not node else None


def _listed(module: Module, members: list[Node]) -> Iterator[tuple[str, str]]:
    """`for (const name of ["A", "B"]) if (!process.env[name]) throw …`."""
    if not module.mentions("throw", "process.exit"):
        return
    for node in members:
        base, index = field(node, "object"), field(node, "index")
        if (
            base is not None
            and index is not None
            and index.type == "identifier"
            and holds_variables(module, base)
        ):
            for name in _loop_names(module, node):
                yield name, module.place(node)


def _loop_names(module: Module, node: Node) -> Iterator[str]:
    for one in above(node):
        items: Node | None = None
        if one.type == "for_in_statement":
            items = field(one, "right")
        elif one.type == "call_expression" and property_of(callee_of(one) or one) in _LOOPS:
            items = field(callee_of(one) or one, "object")
        if items is not None:
            values = constant(follow(module, items).node)
            ends = any(word in module.text for word in ("throw ", "process.exit("))
            if ends and isinstance(values, tuple):
                yield from (value for value in values if isinstance(value, str) and value.isupper())
            return


# -- schemas


def _of_schemas(module: Module) -> Iterator[Read]:
    found = list(find_fastify_schemas(module)) if module.mentions("@fastify/env", "fastify-env") else []
    for node in module.parts("call"):
        found += list(schemas_of(module, node, holds_variables))
        found += list(_registered(module, node))
    for schema in found:
        for one in fields_of(schema):
            read = _read(schema.module, schema.node, variable_of(one))
            yield read._replace(source=one.place)


def _registered(module: Module, call: Node) -> Iterator[Schema]:
    """The schema that Nest checks: `ConfigModule.forRoot({ validationSchema })`."""
    arguments = arguments_of(call)
    name = property_of(callee_of(call) or call)
    if name == "forRoot" and arguments:
        schema = member(module, arguments[0], "validationSchema")
        yield from objects(*schema) if schema else ()


# -- the package `config`

_CONFIG_VARIABLES = ("config/custom-environment-variables.json",)


def _of_config_package(source: Source) -> Iterator[Read]:
    """https://github.com/node-config/node-config/wiki/Environment-Variables"""
    for path in _CONFIG_VARIABLES:
        data = source.tree.json(path) if path in source.tree else None
        yield from (Read(name, path) for name in _strings(data))


def _strings(data: object) -> Iterator[str]:
    stack = [data]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            name = one.get("__name")
            stack.extend([name] if isinstance(name, str) else one.values())
        elif isinstance(one, str) and one.isidentifier():
            yield one
