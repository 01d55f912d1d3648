"""The environment variables that Go code reads: through helpers, tags, flags and viper too. Reads none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ...environment import IGNORED, Read
from .code import Call, Code
from .flow import calling, field_at_end, name_at_end, runs
from .folding import fold, parameters_of, truth
from .options import options_of
from .origins import called, callee
from .program import Program, Spot
from .settable import Setting, constant_text, flags_of
from .syntax import FUNCTIONS, Node, above, field, find, items_of, statements_of, text_of, unwrap
from .tags import loaded_fields
from .values import PARSED, UNKNOWN, Folded
from .vipers import viper_of, viper_value

_GETS = ("Getenv", "LookupEnv", "MustGet", "Get", "Overload")
_READS = frozenset({"os.Getenv", "os.LookupEnv", "syscall.Getenv", "github.com/gobuffalo/envy.Get",
                    "github.com/gobuffalo/envy.MustGet"})  # fmt: skip
#: What Go, its tools and platforms set.
_OURS = frozenset(
    {
        "GOROOT", "GOPATH", "GOFLAGS", "GOOS", "GOARCH", "GODEBUG", "GOMAXPROCS", "GOMEMLIMIT", "GOGC",
        "GIN_MODE", "K_SERVICE", "K_REVISION", "GAE_ENV", "GAE_SERVICE", "FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_RUNTIME_API", "INVOCATION_ID", "NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "POD_NAME",
        "POD_IP", "POD_NAMESPACE", "WSL_DISTRO_NAME", "WATCHDOG_USEC", "WATCHDOG_PID",
    }
)  # fmt: skip
_SHAPES = {
    "strconv.Atoi": "integer", "strconv.ParseInt": "integer", "strconv.ParseUint": "integer",
    "strconv.ParseBool": "boolean", "strconv.ParseFloat": "number", "time.ParseDuration": "duration",
    "net/url.Parse": "url", "net/url.ParseRequestURI": "url", "os.ReadFile": "path", "os.Open": "path",
    "encoding/json.Unmarshal": "json",
}  # fmt: skip
#: Calls that end the program.
_ENDS = (
    r"\b\w*([lL]og|[lL]ogger|slog|zap|logrus|[lL]|sugar)\w*(\(\))?\.(\w+\(.*\)\.)?(Fatal|Panic)\w*\("
    r"|\bpanic\(|\bos\.Exit\("
)
#: What a function gives back where it cannot go on.
_ERRORS = r"\b(errors\.\w+|fmt\.Errorf|xerrors\.\w+|errs\.\w+|eris\.\w+)\(|\b(err|Err[A-Z]\w*)\b"
_AROUND = frozenset({"expression_list", "literal_element", "parenthesized_expression", "argument_list"})
#: Of the values that choose what a program is, those for what a browser asks.
_SERVING = frozenset({"http", "web", "server", "api", "rest", "serve"})
MAX_HELPERS = 4


def read_environment(program: Program) -> tuple[Read, ...]:
    """Return every variable that PROGRAM reads; one may be there several times."""
    found = [*_of_calls(program), *_of_tags(program), *_of_flags(program), *_of_viper(program)]
    found += _of_options(program)
    needed, choices = frozenset(_refused(program)), dict(_chosen(program))
    return tuple(_completed(read, needed, choices) for read in found if _is_told(read.name))


def _completed(read: Read, needed: frozenset[str], choices: Mapping[str, tuple[str, ...]]) -> Read:
    """The same with what the rest of the program says of it."""
    if read.default is not None:
        return read
    if read.name in choices:
        return read._replace(required=True, choices=choices[read.name])
    return read._replace(required=read.required or read.name in needed)


def _is_told(name: str) -> bool:
    """Whether a name is one that a person sets."""
    return bool(re.fullmatch(r"[A-Z_][A-Z0-9_]*|[a-z]+(_[a-z0-9]+)+", name)) and name not in IGNORED | _OURS


# -- calls


def _of_calls(program: Program) -> Iterator[Read]:
    helpers: dict[tuple[str, int], Spot] = {}
    for call in program.calls(*_GETS):
        if callee(call.code, call.node) not in _READS or not call.arguments:
            continue
        name = fold(call.code, call.arguments[0]).text
        if name and re.fullmatch(r"\w+", name) and not _helper(call):
            yield _read(call, name)
        if helper := _helper(call):
            helpers[(helper.code.path, helper.node.start_byte)] = helper
    yield from _of_helpers(program, helpers, 0)


def _helper(call: Call) -> Spot | None:
    """The function whose parameter names the variable that CALL reads."""
    function = next((one for one in above(call.node) if one.type in FUNCTIONS), None)
    if function is None or function.type == "func_literal":
        return None
    names = {text_of(one) for one in parameters_of(function)}
    words = {
        text_of(one) for each in call.arguments[:1] for one in find(each, {"identifier": "x"}).get("x", [])
    }
    return Spot(call.code, function) if names & words else None


def _of_helpers(program: Program, helpers: dict[tuple[str, int], Spot], depth: int) -> Iterator[Read]:
    """Calls of the program's own functions that read the variable they are told; helpers of helpers too."""
    more: dict[tuple[str, int], Spot] = {}
    for helper in helpers.values():
        for call in program.callers(text_of(field(helper.node, "name"))):
            spot = called(call.code, call.node)
            if spot is None or spot.code is not helper.code or spot.node.start_byte != helper.node.start_byte:
                continue
            outer = _helper(call)
            if outer is not None:
                more.setdefault((outer.code.path, outer.node.start_byte), outer)
                continue
            for name in sorted(fold(call.code, call.node).names or _names_given(call)):
                yield _read(call, name)
    fresh = {key: spot for key, spot in more.items() if key not in helpers}
    if fresh and depth < MAX_HELPERS:
        yield from _of_helpers(program, fresh, depth + 1)


def _names_given(call: Call) -> frozenset[str]:
    """The variable that a helper is told, where nobody can follow what it does with it."""
    text = constant_text(call.code, call.arguments[0]) if call.arguments else None
    return frozenset({text} if text and re.fullmatch(r"[A-Z][A-Z0-9_]+", text) else ())


def _read(call: Call, name: str) -> Read:
    folded = _settled(call, fold(call.code, call.node))
    default = _told(folded)
    return Read(
        name,
        call.place,
        required=default is None and _gives_up_inside(call) and runs(call.code, call.node) is not False,
        default=default,
        has_answer=default is not None,
        shape=_shape(call),
    )


def _told(folded: Folded) -> str | None:
    """The default that a value is; nothing is no default."""
    text = folded.text
    return None if not text or UNKNOWN in text or len(folded.names) > 1 else text


def _settled(call: Call, folded: Folded) -> Folded:
    """What becomes of a variable's value where it is kept: `port := os.Getenv(…); if port == "" { … }`."""
    if folded.text or not folded.names:
        return folded
    inner: Node = call.node
    for outer in above(call.node):
        if outer.type == "call_expression":
            found = fold(call.code, outer)
            return found if isinstance(found.value, str) and folded.names <= found.names else folded
        if outer.type in {"short_var_declaration", "var_spec", "assignment_statement"}:
            return _of_target(call.code, outer, inner) or folded
        if outer.type == "keyed_element":
            return field_at_end(call.code, outer) or folded
        if outer.type not in _AROUND:
            return folded
        inner = outer if outer.type != "expression_list" else inner
    return folded


def _of_target(code: Code, statement: Node, value: Node) -> Folded | None:
    """What the name that a statement gives VALUE to is in the end."""
    values = items_of(field(statement, "right", "value"))
    targets = items_of(field(statement, "left")) or tuple(statement.children_by_field_name("name"))
    index = next((at for at, one in enumerate(values) if one.start_byte == value.start_byte), 0)
    if index >= len(targets) or targets[index].type != "identifier":
        return None
    return name_at_end(code, targets[index])


def _shape(call: Call) -> str:
    """What the code makes of it: `strconv.Atoi(os.Getenv("X"))`."""
    outer = next((one for one in above(call.node) if one.type == "call_expression"), None)
    if outer is not None and field(outer, "arguments") is not None:
        arguments = field(outer, "arguments")
        if arguments is not None and arguments.start_byte < call.node.start_byte:
            return _SHAPES.get(callee(call.code, outer), "text")
    return "text"


# -- what it does not go on without


def _gives_up_inside(call: Call) -> bool:
    """Whether a helper ends the program where the variable is not set: `mustGetenv("X")`."""
    inside = calling(call.code, call.node)
    if inside is None:
        return False
    spot, frame = inside
    return any(
        gives_up(field(one, "consequence"))
        and truth(spot.code, field(one, "condition"), frame) is True
        and runs(spot.code, one, frame) is not False
        for one in find(spot.node, {"if_statement": "if"}).get("if", [])
    )


def gives_up(body: Node | None) -> bool:
    """Whether a block ends the program, or its function with an error: not only in some case of its own."""
    for one in statements_of(body):
        text = text_of(one)
        if one.type == "return_statement" and re.search(_ERRORS, text):
            return True
        if one.type == "expression_statement" and re.search(_ENDS, text):
            return True
    return False


def _refused(program: Program) -> Iterator[str]:
    """The variables without which it does not go on: `if token == "" { log.Fatal(…) }`."""
    for code in program.codes:
        if not code.mentions("Fatal", "panic(", "os.Exit", "Errorf", "errors.", "Panic"):
            continue
        if not code.mentions("env", "Env", "config", "Config", "cfg", "viper", "conf"):
            continue
        for node in find(code.root, {"if_statement": "if"}).get("if", []):
            if not (gives_up(field(node, "consequence")) and _may_ask(code, field(node, "condition"))):
                continue
            condition = fold(code, field(node, "condition"))
            if condition.value is True and condition.names and runs(code, node) is not False:
                yield from condition.names


def _may_ask(code: Code, condition: Node | None) -> bool:
    """Whether a condition can be about a variable: most are about an error of something else."""
    if condition is None:
        return False
    if not re.fullmatch(r"\w+ != nil", text_of(condition)):
        calls = find(condition, {"call_expression": "call"}).get("call", [])
        return not any(called(code, one) for one in calls)
    name = next(iter(find(condition, {"identifier": "name"}).get("name", [])), None)
    binding = code.binding(text_of(name), condition) if name is not None else None
    value = unwrap(binding.value) if binding and binding.value is not None else None
    if value is None or value.type != "call_expression":
        return False
    spot = called(code, value)
    return callee(code, value) in PARSED if spot is None else "env(" in text_of(spot.node).lower()


def _chosen(program: Program) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The variables of which a program takes some values alone: a switch whose default ends it."""
    for code in program.having("switch"):
        for node in find(code.root, {"expression_switch_statement": "switch"}).get("switch", []):
            subject = fold(code, field(node, "value"))
            cases = [one for one in node.named_children if one.type in {"expression_case", "default_case"}]
            default = next((one for one in cases if one.type == "default_case"), None)
            if len(subject.names) != 1 or subject.text or not gives_up(default) or code.is_dead(node):
                continue
            values = [fold(code, one).text for case in cases for one in items_of(field(case, "value"))]
            known = sorted((one for one in values if one), key=lambda one: one not in _SERVING)
            if known and "" not in values:
                yield next(iter(subject.names)), tuple(known)


# -- structs, flags, viper


def _of_tags(program: Program) -> Iterator[Read]:
    for one in loaded_fields(program):
        # a library that looks for a second name finds the first one first
        for name in sorted(one.names, key=len)[:1]:
            default = None if one.value is None or one.value == "" else str(one.value)
            default = str(one.value).lower() if isinstance(one.value, bool) else default
            yield Read(name, one.place, one.is_required, default, default is not None, one.shape)


def _of_flags(program: Program) -> Iterator[Read]:
    for setting in flags_of(program).values():
        for name in sorted(setting.names)[:1]:
            yield Read(name, setting.place, setting.is_required, _default(setting))


def _default(setting: Setting) -> str | None:
    return _told(fold(*setting.default)._replace(names=frozenset())) if setting.default else None


def _of_viper(program: Program) -> Iterator[Read]:
    viper = viper_of(program)
    keys: dict[str, str] = {key: spot.code.place(spot.node) for key, spot in viper.defaults.items()}
    for call in program.calls(*_viper_gets(program)):
        if callee(call.code, call.node).startswith("github.com/spf13/viper") and call.arguments:
            key = constant_text(call.code, call.arguments[0])
            if key:
                keys.setdefault(key.lower(), call.place)
    for key in viper.bound:
        keys.setdefault(key, viper.places[key])
    for key, place in keys.items():
        folded = viper_value(program, key)
        for name in sorted(folded.names, key=lambda name: (name not in viper.bound.get(key, ()), name))[:1]:
            text = folded.text
            yield Read(name, place, default=text if text and UNKNOWN not in text else None)


def _of_options(program: Program) -> Iterator[Read]:
    for option in options_of(program).values():
        default = fold(option.row.code, option.default).text
        yield Read(option.name, option.place, default=default or None, has_answer=True)


def _viper_gets(program: Program) -> Iterable[str]:
    """The functions that ask viper, by their names."""
    if not any(path.startswith("github.com/spf13/viper") for path in program.imports):
        return ()
    return ("Get", "GetString", "GetInt", "GetInt64", "GetBool", "GetDuration", "GetStringSlice", "GetUint",
            "GetFloat64", "GetInt32", "GetUint16")  # fmt: skip
