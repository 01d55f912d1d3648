"""The environment variables that Python code reads.

By syntax tree alone: `os.environ`, django-environ, environs, decouple, starlette, pydantic settings, click,
and functions of the project that pass a name on to one of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...environment import IGNORED, Read
from .folding import MAX_DEPTH, UNKNOWN, target_of
from .running import Context, walk
from .source import Module, argument, literal, place

if TYPE_CHECKING:
    from .reader import Reader

#: How a callable reads a variable: where the name is, where the default is, and whether a missing one is an
#: error.
Rule = tuple[int, int, bool]
_NOWHERE = 99

#: Callables that read a variable: where the name is, where the default is, and whether a missing one is an
#: error.
_CALLS: Mapping[str, Rule] = {
    "os.getenv": (0, 1, False),
    "os.environ.get": (0, 1, False),
    "os.environ.pop": (0, 1, True),
    "os.environ.setdefault": (0, 1, False),
    "os.environ.__getitem__": (0, _NOWHERE, True),
    "decouple.config": (0, 1, True),
    "decouple.AutoConfig()": (0, 1, True),
    "decouple.Config()": (0, 1, True),
    "starlette.config.Config()": (0, 2, True),
    "environ.Env()": (0, 2, True),
    "environs.Env()": (0, 1, True),
    "environs.EnvParser()": (0, 1, True),
    "dj_database_url.config": (_NOWHERE, 1, False),
}
_ENVS = (
    "environ.Env()",
    "environ.FileAwareEnv()",
    "environs.Env()",
    "environs.FileAwareEnv()",
    "environ.Env",
)
#: Methods of those: the shape of the value, and the variable that is read where none is named.
_METHODS: Mapping[str, tuple[str, str | None]] = {
    "str": ("text", None), "bool": ("boolean", None), "int": ("integer", None), "float": ("number", None),
    "list": ("list", None), "tuple": ("list", None), "json": ("json", None), "dict": ("text", None),
    "url": ("url", None), "path": ("path", None), "get_value": ("text", None), "bytes": ("text", None),
    "db": ("database", "DATABASE_URL"), "db_url": ("database", "DATABASE_URL"),
    "dj_db_url": ("database", "DATABASE_URL"), "cache": ("cache", "CACHE_URL"), "cache_url": ("cache",
    "CACHE_URL"),
    "dj_cache_url": ("cache", "CACHE_URL"), "email": ("email", None), "email_url": ("text", "EMAIL_URL"),
    "dj_email_url": ("text", "EMAIL_URL"), "search_url": ("text", "SEARCH_URL"), "channels": ("text",
    "CHANNELS_URL"),
    "decimal": ("number", None), "uuid": ("text", None), "timedelta": ("integer", None),
    "datetime": ("text", None),
}  # fmt: skip
_CASTS = {"int": "integer", "float": "number", "bool": "boolean", "list": "list", "decouple.Csv()": "list",
          "pathlib.Path": "path", "environ.bool": "boolean"}  # fmt: skip
#: What a module that reads a variable has in its text; one that makes an object for it, and one that uses it.
_MARKS = (
    "os.environ",
    "import environ",
    "environ.",
    "environ[",
    "in environ",
    "getenv",
    "dj_database_url",
    "envvar",
)
_MAKERS = ("import environ", "environs", "decouple", "starlette.config")
_USERS = ("env(", "env.", "config(")


def read_environment(reader: Reader, entry: str | None = None) -> tuple[Read, ...]:
    """Every variable that the modules of READER read; ENTRY is the file that is run as a program."""
    marks = _marks(reader)
    modules = [module for module in reader.modules if module.mentions(*marks)]
    found = [read for module in modules for read in _reads_of(reader, module, entry)]
    found += [field for fields in reader.fields.values() for field, _ in fields]
    return tuple(read for read in found if read.name not in IGNORED)


def read_at(reader: Reader, module: Module, node: ast.AST, depth: int = 0) -> Read | None:
    """The variable that NODE itself reads."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        name = literal(module, node.slice) if reader.origin(module, node.value) == "os.environ" else None
        return Read(str(name), place(module, node), required=True) if is_name(name) else None
    return _read_of_call(reader, module, node, depth) if isinstance(node, ast.Call) else None


def _read_of_call(reader: Reader, module: Module, node: ast.Call, depth: int) -> Read | None:
    called = reader.origin(module, node.func)
    if called in _CALLS:
        return _read_by(
            reader, module, node, _CALLS[called], _shape_of_cast(reader, module, node), depth, called
        )
    for env in _ENVS:
        if called.startswith(f"{env}.") and called[len(env) + 1 :] in _METHODS:
            return _read_by_method(reader, module, node, called[len(env) + 1 :], env, depth)
    wrapper = reader.wrappers.get(called)
    return _read_by(reader, module, node, wrapper, "text", depth, called) if wrapper else None


def _read_by_method(
    reader: Reader, module: Module, node: ast.Call, method: str, env: str, depth: int
) -> Read | None:
    shape, usual = _METHODS[method]
    rule = (0, 2 if env.startswith("environ.") and method == "get_value" else 1, True)
    read = _read_by(reader, module, node, rule, shape, depth, env)
    if read is None and usual and not node.args and argument(node, "var") is None:
        read = _with_default(
            reader, module, node, Read(usual, place(module, node), True, shape=shape), 1, depth
        )
    return read


def _read_by(
    reader: Reader, module: Module, node: ast.Call, rule: Rule, shape: str, depth: int, called: str
) -> Read | None:
    position, default, strict = rule
    named = argument(node, "key", position) or argument(node, "var") or argument(node, "name")
    name = literal(module, named) if named is not None else None
    if called == "dj_database_url.config":
        name, shape, default = literal(module, argument(node, "env")) or "DATABASE_URL", "database", 0
    if not is_name(name):
        return None
    read = Read(str(name), place(module, node), required=strict, shape=shape)
    return _with_default(
        reader, module, node, _with_scheme_default(reader, module, node, read), default, depth
    )


def _with_scheme_default(reader: Reader, module: Module, node: ast.Call, read: Read) -> Read:
    """django-environ takes defaults where the object is made: `environ.Env(DEBUG=(bool, False))`."""
    made = _maker(reader, module, node.func)
    if made is None:
        return read
    home, call = made
    value = argument(call, read.name)
    if not isinstance(value, ast.Tuple) or len(value.elts) != 2:
        return read
    shape = _CASTS.get(reader.origin(home, value.elts[0]), read.shape)
    return read._replace(required=False, default=reader.fold(home, value.elts[1]).text, shape=shape)


def _maker(reader: Reader, module: Module, node: ast.AST) -> tuple[Module, ast.Call] | None:
    """The `environ.Env(...)` that made the object which NODE calls."""
    name = node.value if isinstance(node, ast.Attribute) else node
    if not isinstance(name, ast.Name):
        return None
    home, values = module, module.assigned.get(name.id, ())
    for dotted in (module.aliases.get(name.id), *(f"{star}.{name.id}" for star in module.stars)):
        made = reader.source.definition(dotted) if dotted and not values else None
        if made:
            home, values = made[0], made[0].assigned.get(made[1], ())
    call = values[0] if len(values) == 1 else None
    return (home, call) if isinstance(call, ast.Call) else None


def _with_default(
    reader: Reader, module: Module, node: ast.Call, read: Read, position: int, depth: int
) -> Read:
    default = argument(node, "default", position)
    if default is None or reader.origin(module, default).endswith("undefined"):
        return read
    if isinstance(default, ast.Constant) and default.value is None:
        return read._replace(required=False)
    folded = reader.fold(module, default, depth + 1)
    return read._replace(required=False, default=_told(folded.text), has_answer=True)


def _shape_of_cast(reader: Reader, module: Module, node: ast.Call) -> str:
    cast = argument(node, "cast")
    return _CASTS.get(reader.origin(module, cast), "text") if cast is not None else "text"


def _rule_of(
    reader: Reader,
    module: Module,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    found: Mapping[str, Rule],
) -> Rule | None:
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    for node in ast.walk(function):
        named, strict = _passed_on(reader, module, node, found)
        if isinstance(named, ast.Name) and named.id in names:
            default = next((names.index(one) for one in ("default", "fallback") if one in names), _NOWHERE)
            if default == _NOWHERE and function.args.defaults and len(names) > 1:
                default = len(names) - len(function.args.defaults)
            return names.index(named.id), default, strict and not function.args.defaults
    return None


def _passed_on(
    reader: Reader, module: Module, node: ast.AST, found: Mapping[str, Rule]
) -> tuple[ast.expr | None, bool]:
    """The name that NODE reads a variable by, and whether a missing one is an error."""
    if isinstance(node, ast.Subscript) and reader.origin(module, node.value) == "os.environ":
        return node.slice, True
    if isinstance(node, ast.Call):
        called = reader.origin(module, node.func)
        rule = _CALLS.get(called) or found.get(called)
        if rule:
            return argument(node, "key", rule[0]) or argument(node, "name"), rule[2]
    return None, False


# -- functions of the project that pass a name on


def find_wrappers(reader: Reader) -> Mapping[str, Rule]:
    """Functions such as `def env(name, default=None): return os.getenv(name, default)`, by dotted name."""
    found: dict[str, Rule] = {}
    for _ in range(3):  # one may pass on to another
        for module in reader.modules:
            if module.mentions("environ", "getenv", *(name.rpartition(".")[2] for name in found)):
                for name, function in module.functions.items():
                    dotted = f"{module.name}.{name}"
                    if dotted not in found and (rule := _rule_of(reader, module, function, found)):
                        found[dotted] = rule
    return found


# -- in the code around it


def _reads_of(reader: Reader, module: Module, entry: str | None) -> Iterator[Read]:
    inside_wrappers = {
        id(child)
        for name, function in module.functions.items()
        if f"{module.name}.{name}" in reader.wrappers
        for child in ast.walk(function)
    }
    for node, context in walk(reader, module, entry):
        if id(node) in inside_wrappers:
            continue
        yield from _tested(reader, module, node)
        yield from _options(reader, module, node)
        read = reader.read_at(module, node)
        if read is not None:
            yield _in_context(reader, module, node, read, context)


def _marks(reader: Reader) -> tuple[str, ...]:
    """The words that a module of this project must have to be worth a walk."""
    wrappers = (name.rpartition(".")[2] for name in reader.wrappers)
    made = any(module.mentions(*_MAKERS) for module in reader.modules)
    return (*_MARKS, *(_USERS if made else ()), *wrappers)


def _tested(reader: Reader, module: Module, node: ast.AST) -> Iterator[Read]:
    """`"X" in os.environ`."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        name = literal(module, node.left)
        if is_name(name) and reader.origin(module, node.comparators[0]) == "os.environ":
            yield Read(str(name), place(module, node))


def _options(reader: Reader, module: Module, node: ast.AST) -> Iterator[Read]:
    """`envvar=` of click and typer, `from_envvar` of Flask."""
    if not isinstance(node, ast.Call):
        return
    value = argument(node, "envvar")
    names = literal(module, value) if value is not None else None
    for name in names if isinstance(names, tuple) else (names,):
        if is_name(name):
            yield Read(
                str(name), place(module, node), default=reader.fold(module, argument(node, "default")).text
            )
    if isinstance(node.func, ast.Attribute) and node.func.attr == "from_envvar" and node.args:
        name = literal(module, node.args[0])
        if is_name(name):
            silent = literal(module, argument(node, "silent", 1))
            yield Read(str(name), place(module, node), required=not silent, shape="path")


def _told(text: str | None) -> str | None:
    """A default, unless only a run can tell it."""
    return None if text is None or UNKNOWN in text else text


def _in_context(reader: Reader, module: Module, node: ast.AST, read: Read, context: Context) -> Read:
    parent = context.parents[-1] if context.parents else None
    if read.default is None and isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or):
        rest = reader.fold(module, parent)
        if not rest.text and _is_of_secret_key(module, context):
            return read._replace(required=context.runs)
        return read._replace(default=rest.text if rest.text != read.default else None, required=False)
    open_ended = read.default is None and not read.has_answer
    required = read.required or (open_ended and _is_needed(reader, module, node, read, context))
    return read._replace(required=required and context.runs and not _is_caught(context))


def _is_of_secret_key(module: Module, context: Context) -> bool:
    """Whether a choice is made for Django's SECRET_KEY, and nothing else: an empty one is refused."""
    stmt = next((one for one in reversed(context.parents) if isinstance(one, ast.stmt)), None)
    name = target_of(stmt) if isinstance(stmt, ast.Assign) else None
    return name == "SECRET_KEY" and not _has_more(module, name)


def _is_needed(reader: Reader, module: Module, node: ast.AST, read: Read, context: Context) -> bool:
    """Whether code that asks politely fails all the same without an answer."""
    parent = context.parents[-1] if context.parents else None
    if isinstance(parent, ast.Call) and node in parent.args:
        return reader.origin(module, parent.func) in {"int", "float", "json.loads"}
    if isinstance(parent, ast.Attribute):
        return True  # None.split(",")
    if isinstance(parent, ast.Assign) and not isinstance(node, ast.Subscript):
        name = target_of(parent)
        return bool(name) and (
            name in _refused(module) or (name == "SECRET_KEY" and not _has_more(module, name))
        )
    return False


def _has_more(module: Module, name: str) -> bool:
    return len(module.assigned.get(name, ())) > 1


def _refused(module: Module) -> frozenset[str]:
    """Names that the module does not go on without: `if not TOKEN: raise …`, `assert TOKEN`."""
    return frozenset(
        name.id
        for node in module.nodes
        if (isinstance(node, ast.If) and _gives_up(node.body)) or isinstance(node, ast.Assert)
        for name in ast.walk(node.test)
        if isinstance(name, ast.Name)
    )


def _gives_up(body: list[ast.stmt]) -> bool:
    last = body[-1] if body else None
    if isinstance(last, ast.Raise):
        return True
    call = last.value if isinstance(last, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in {"sys.exit", "exit", "quit", "os._exit"}


def _is_caught(context: Context) -> bool:
    """Whether a missing variable is caught, and the code goes on."""
    return any(
        (isinstance(parent, ast.Try) and child in parent.body and any(map(_goes_on, parent.handlers)))
        or (isinstance(parent, ast.With) and "suppress" in ast.dump(parent.items[0].context_expr))
        for parent, child in zip(context.parents, (*context.parents[1:], None), strict=True)
    )


def _goes_on(handler: ast.ExceptHandler) -> bool:
    if _gives_up(handler.body):
        return False
    names = ast.dump(handler.type) if handler.type else "Exception"
    return any(
        name in names
        for name in ("KeyError", "Exception", "Undefined", "ImproperlyConfigured", "LookupError")
    )


def is_name(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value))
