"""What Go expressions come to where no environment variable and no flag is set. Runs nothing."""

import re
from collections.abc import Callable, Iterator, Mapping

from scaffold.model import Value
from scaffold.nouns import NamedTuple

from .code import RANGED, Assigned, Binding, Code
from .origins import (
    called,
    callee,
    callers_of,
    declared,
    entry,
    fields_of,
    made_of,
    owner_of_field,
    package_named,
    type_of,
)
from .program import Program, Spot
from .settable import Setting, flag_asked, flag_made, targets_of
from .syntax import (
    FUNCTIONS,
    STRINGS,
    Node,
    above,
    arguments_of,
    below,
    callee_of,
    elements_of,
    entries_of,
    field,
    items_of,
    names_of,
    number_of,
    string_of,
    text_of,
)  # fmt: skip
from .values import (
    CONSTANTS,
    EMPTY,
    FAILED,
    LIBRARY,
    NOTHING,
    PARSED,
    PASSED_ON,
    Folded,
    both,
    counted,
    equal,
    is_number,
    joined,
    zero_of,
)  # fmt: skip

MAX_DEPTH = 40
MAX_FRAMES = 6
#: How many expressions of one program are worked out: no project is to keep anybody waiting.
MAX_EFFORT = 250_000
#: What a function gives back that has failed.
FAILS = r"\b(err|Err[A-Z]\w*)\b|\b(errors|fmt|xerrors|status)\.\w+\("


class Frame:
    """A call that is being followed: what its parameters are."""

    def __init__(self, values: Mapping[tuple[str, int], Folded], level: int) -> None:
        self.values = values
        self.level = level
        self.known: dict[object, Folded] = {}


def fold(code: Code, node: Node | None, frame: Frame | None = None, depth: int = 0) -> Folded:
    """Return what NODE comes to, in the call FRAME where one is followed."""
    if node is None or depth > MAX_DEPTH:
        return EMPTY
    known = frame.known if frame else code.program.folded
    key = (code.path, node.start_byte, node.end_byte, node.type)
    if key not in known and code.program.effort < MAX_EFFORT:
        code.program.effort += 1
        known[key] = EMPTY  # what depends on itself is known to nobody
        known[key] = _fold(code, node, frame, depth + 1)
    return known.get(key, EMPTY)


def _fold(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    kind = node.type
    if kind in STRINGS:
        return Folded(string_of(node))
    if kind in _SIMPLE:
        return Folded(_SIMPLE[kind](node))
    if kind in {"parenthesized_expression", "literal_element", "variadic_argument",
                "type_assertion_expression", "type_conversion_expression"}:  # fmt: skip
        inner = field(node, "operand") or next(iter(node.named_children), None)
        return fold(code, inner, frame, depth)
    found = _KINDS.get(kind)
    return found(code, node, frame, depth) if found else EMPTY


_SIMPLE: Mapping[str, Callable[[Node], Value]] = {
    "int_literal": number_of,
    "float_literal": number_of,
    "true": lambda _: True,
    "false": lambda _: False,
    "nil": lambda _: None,
}


# -- operators


def _fold_unary(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    operator = text_of(field(node, "operator"))
    folded = fold(code, field(node, "operand"), frame, depth)
    if operator in {"&", "*"}:
        return folded
    if operator == "!" and isinstance(folded.value, bool):
        return folded._replace(value=not folded.value)
    if operator == "-" and is_number(folded.value):
        return folded._replace(value=-folded.value)
    return folded._replace(value=NOTHING)


def _fold_binary(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    operator = text_of(field(node, "operator"))
    left = fold(code, field(node, "left"), frame, depth)
    right = fold(code, field(node, "right"), frame, depth)
    if operator == "+" and not (is_number(left.value) and is_number(right.value)):
        return joined([left, right])
    if operator in {"&&", "||"}:
        return Folded(both(left.value, right.value, operator == "&&")).also(left, right)
    if operator in {"==", "!="}:
        return Folded(equal(left, right, operator == "==")).also(left, right)
    return Folded(counted(operator, left.value, right.value)).also(left, right)


def truth(code: Code, node: Node | None, frame: Frame | None = None, depth: int = 0) -> bool | None:
    """Whether a condition holds; None where only a run can tell."""
    value = fold(code, node, frame, depth).value
    return value if isinstance(value, bool) else None


# -- lists


def _fold_literal(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    """A list of texts; a struct is no value."""
    made = field(node, "type")
    if made is None or made.type not in {"slice_type", "array_type", "implicit_length_array_type"}:
        return EMPTY
    parts = tuple(fold(code, one, frame, depth) for one in elements_of(node))
    return Folded(parts).also(*parts)


def _fold_index(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    base, index = field(node, "operand"), field(node, "index")
    held, key = fold(code, base, frame, depth), fold(code, index, frame, depth)
    if isinstance(held.value, tuple) and isinstance(key.value, int):
        items = held.value
        return items[key.value].also(held) if 0 <= key.value < len(items) else EMPTY
    spot = made_of(code, base) if key.text else None
    for one, value in entries_of(spot.node) if spot else ():
        if spot and fold(spot.code, one, None, depth).text == key.text:
            return fold(spot.code, value, None, depth).also(key)
    return EMPTY.also(key)


# -- names


def _fold_name(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    found = declared(code, node)
    if found is None:
        return EMPTY
    home, binding = found
    if binding.is_parameter:
        return _fold_parameter(home, binding, node, frame, depth)
    return fold_binding(home, binding, Spot(code, node), frame if home is code else None, depth)


def _fold_parameter(code: Code, binding: Binding, node: Node, frame: Frame | None, depth: int) -> Folded:
    key = (code.path, binding.node.start_byte)
    given = frame.values[key] if frame and key in frame.values else _as_called(code, binding, depth)
    return after_changes(given, _changes(code, binding, Spot(code, node)), frame, depth)


def _as_called(code: Code, binding: Binding, depth: int) -> Folded:
    """A parameter is what the callers of its function give it, where they agree."""
    function = binding.scope
    place = _place_of(function, binding) if function is not None else None
    if function is None or function.type == "func_literal" or place is None:
        return EMPTY
    calls = [call for call in callers_of(code, function) if place < len(call.arguments)]
    given = [fold(call.code, call.arguments[place], None, depth) for call in calls]
    known = [one for one in given if one.value is not NOTHING]
    values = {repr(one.value) for one in known}
    return known[0].also(*given) if len(values) == 1 else EMPTY.also(*given)


def _place_of(function: Node, binding: Binding) -> int | None:
    names = parameters_of(function)
    return next((at for at, one in enumerate(names) if one.start_byte == binding.node.start_byte), None)


def parameters_of(function: Node) -> list[Node]:
    """Return the names of a function's parameters, in order."""
    declarations = items_of(field(function, "parameters"))
    return [name for one in declarations for name in names_of(one)]


def fold_binding(code: Code, binding: Binding, use: Spot, frame: Frame | None, depth: int) -> Folded:
    """A variable or a constant: what it begins with, and every change of it before USE."""
    start = _begun(code, binding, frame, depth)
    if binding.is_const:
        return start
    return after_changes(start, _changes(code, binding, use), frame, depth)


def _begun(code: Code, binding: Binding, frame: Frame | None, depth: int) -> Folded:
    if binding.value is not None:
        if binding.which < 0:
            return _first_key(code, binding.value, frame, depth) if binding.which == RANGED else EMPTY
        start = fold_result(code, binding.value, binding.which, frame, depth)
        is_error = binding.which > 0 and re.fullmatch(r"err|\w*Err", binding.name)
        return Folded(None).also(start) if is_error and start.value is NOTHING else start
    return Folded(zero_of(text_of(binding.type)))


def _first_key(code: Code, mapping: Node, frame: Frame | None, depth: int) -> Folded:
    """The first key that a map is given, which a loop goes through: `servers[address] = handler`."""
    name = text_of(mapping)
    declared_here = code.binding(name, mapping)
    targets = (one.target for several in code.assigned.values() for one in several)
    keys = [
        key for one in targets
        if one.type == "index_expression" and text_of(field(one, "operand")) == name
        and code.binding(name, one) is declared_here and (key := field(one, "index")) is not None
    ]  # fmt: skip
    first = min(keys, key=lambda key: key.start_byte, default=None)
    return fold(code, first, frame, depth + 1)


class _Change(NamedTuple):
    """A place that gives a variable another value."""

    code: Code
    node: Node
    value: Callable[[Frame | None, int], Folded]
    adds: bool = False


def _changes(code: Code, binding: Binding, use: Spot) -> list[_Change]:
    """Every change of a variable that USE sees, in order."""
    name, scope = binding.name, binding.scope
    codes = (code,) if scope is not None else code.program.siblings(code)
    found: list[_Change] = []
    for home in codes:
        for one in home.assigned.get(name, ()):
            target = one.target
            if target.type in {"identifier", "unary_expression"} and _is_same(
                home, name, target, binding, code
            ):
                found.append(_assigning(one))
    for put in targets_of(code.program, name):
        if put.target.type == "identifier" and _is_same(put.code, name, put.target, binding, code):
            found.append(_setting(put.code, put.node, put.setting))
    return _seen_from(use, found)


def _is_same(home: Code, name: str, target: Node, binding: Binding, code: Code) -> bool:
    local = home.binding(name, target)
    if binding.scope is None:
        return local is None and home.home == code.home
    return local is not None and local.node.start_byte == binding.node.start_byte


def _assigning(one: Assigned) -> _Change:
    def value(frame: Frame | None, depth: int) -> Folded:
        return fold_result(one.code, one.value, one.which, frame, depth)

    return _Change(one.code, one.node, value, one.operator == "+=")


def _setting(code: Code, node: Node, setting: Setting) -> _Change:
    return _Change(code, node, lambda _, depth: fold_setting(code.program, setting, depth))


def _seen_from(use: Spot, changes: list[_Change]) -> list[_Change]:
    """Those that come before USE in its function; where there are none, those of other functions."""
    around = _function_of(use.node)
    same = [one for one in changes if one.code is use.code and _same(_function_of(one.node), around)]
    before = [one for one in same if one.node.end_byte <= use.node.start_byte]
    others = [one for one in changes if one not in same]
    return [*others, *before]


def _function_of(node: Node) -> Node | None:
    """The function of the package that NODE stands in."""
    found = None
    for one in above(node):
        if one.type in FUNCTIONS:
            found = one
    return found


def _same(one: Node | None, other: Node | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.start_byte == other.start_byte


def after_changes(start: Folded, changes: list[_Change], frame: Frame | None, depth: int) -> Folded:
    now = start
    for change in changes:
        holds = guarded(change.code, change.node, frame, depth)
        given = change.value(frame if change.code.path else None, depth)
        if holds is True or (holds is None and not now.text):
            now = (
                joined([now, given])
                if change.adds
                else (given.also(now) if given.value is not NOTHING or not now.text else now.also(given))
            )
        else:
            now = now.also(given)
    return now


def guarded(code: Code, node: Node, frame: Frame | None, depth: int) -> bool | None:
    """Whether what stands around NODE lets it run, as far as conditions say."""
    holds: bool | None = True
    inner = node
    for outer in above(node):
        if outer.type in FUNCTIONS:
            break
        one = _lets(code, outer, inner, frame, depth)
        if one is False:
            return False
        holds = holds if one else None
        inner = outer
    return holds


def _lets(code: Code, outer: Node, inner: Node, frame: Frame | None, depth: int) -> bool | None:
    if outer.type == "if_statement":
        holds = truth(code, field(outer, "condition"), frame, depth)
        if _same_node(inner, field(outer, "consequence")):
            return holds
        if _same_node(inner, field(outer, "alternative")):
            return None if holds is None else not holds
        return True
    if outer.type in {"expression_case", "default_case"}:
        known, chosen = chosen_case(code, outer.parent, frame, depth) if outer.parent else (False, None)
        return _same_node(chosen, outer) if known else None
    return None if outer.type in {"for_statement", "type_case", "communication_case"} else True


def _same_node(one: Node | None, other: Node | None) -> bool:
    return one is not None and other is not None and (one.start_byte, one.end_byte, one.type) == (
        other.start_byte, other.end_byte, other.type
    )  # fmt: skip


def chosen_case(code: Code, switch: Node, frame: Frame | None, depth: int) -> tuple[bool, Node | None]:
    """(whether it is known which case of a switch is taken, that case)."""
    subject = field(switch, "value")
    wanted = fold(code, subject, frame, depth) if subject is not None else Folded(True)
    default = None
    for case in switch.named_children:
        if case.type == "default_case":
            default = case
        if case.type != "expression_case":
            continue
        for one in items_of(field(case, "value")):
            same = equal(wanted, fold(code, one, frame, depth), True)
            if same is NOTHING:
                return False, None
            if same:
                return True, case
    return True, default


# -- parts of structs


def _fold_member(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    base, name = field(node, "operand"), text_of(field(node, "field"))
    home = package_named(code, base)
    if home is not None:
        found = code.program.variable(home, name)
        if found is None:
            return Folded(CONSTANTS.get(f"{home}.{name}", NOTHING))
        return fold_binding(*found, Spot(code, node), None, depth)
    if base is not None and base.type == "index_expression" and (row := _of_row(code, base, name, depth)):
        return row
    return fold_part(code, base, name, node, depth) if base is not None else EMPTY


def _of_row(code: Code, indexed: Node, name: str, depth: int) -> Folded | None:
    """A part of a row in a table of settings: `options["LISTEN_ADDR"].value`."""
    from .options import option_at, part_of  # it folds too

    option = option_at(code, indexed)
    if option is None:
        return None
    names = frozenset({option.name})
    told = code.program.told(names)
    return (
        Folded(told, names)
        if told is not None
        else fold(option.row.code, part_of(option, name), None, depth).also(Folded(names=names))
    )


def fold_part(code: Code, base: Node, name: str, use: Node | None = None, depth: int = 0) -> Folded:
    """Return what the field NAME of the struct BASE comes to, where USE asks for it."""
    spot = made_of(code, base)
    value = _entry(spot, name) if spot else None
    owner = owner_of_field(code.program, type_of(code, base), name)
    now = fold(spot.code, value, None, depth) if spot and value is not None else EMPTY
    changes = changes_of_field(code, use or base, name, owner)
    now = after_changes(now, changes, None, depth)
    if _disagree(use or base, changes, depth):
        now = now._replace(value=NOTHING)
    if now.value is NOTHING and owner:
        now = _of_literals(code.program, owner, name, depth).also(now)
    return _tagged(code.program, owner, name, now, depth) if owner else now


def _disagree(use: Node, changes: list[_Change], depth: int) -> bool:
    """Whether other functions give a field several values, or one to a part of something that has many."""
    around = _function_of(use)
    others = [one for one in changes if not _same(_function_of(one.node), around)]
    if any(_is_one_of_many(one.node) for one in others):
        return True
    given = [
        one.value(None, depth) for one in others if guarded(one.code, one.node, None, depth) is not False
    ]
    return len({one.text for one in given if one.text}) > 1


def _is_one_of_many(statement: Node) -> bool:
    """`options["LEVEL"].value = level`."""
    target = field(statement, "left")
    return target is not None and any(one.type == "index_expression" for one in below(target))


def _entry(spot: Spot, name: str) -> Node | None:
    """The value that a literal has under NAME, or in its place."""
    found = entry(spot.node, name)
    if found is not None:
        return found
    values = elements_of(spot.node)
    names = (
        [one.name for one in fields_of(spot.code.program, type_of(spot.code, spot.node))] if values else []
    )
    return values[names.index(name)] if name in names and len(values) == len(names) else None


def changes_of_field(code: Code, use: Node, name: str, owner: str) -> list[_Change]:
    found: list[_Change] = []
    for home in code.program.having(name):
        for one in home.assigned.get(name, ()):
            if one.target.type == "selector_expression" and _has(home, one.target, name, owner):
                found.append(_assigning(one))
    for target in targets_of(code.program, name):
        if target.target.type == "selector_expression" and _has(target.code, target.target, name, owner):
            found.append(_setting(target.code, target.node, target.setting))
    return _seen_from(Spot(code, use), found) if owner else []


def _has(code: Code, target: Node, name: str, owner: str) -> bool:
    """Whether a target is the field NAME of the struct OWNER."""
    return owner_of_field(code.program, type_of(code, field(target, "operand")), name) == owner


def _of_literals(program: Program, owner: str, name: str, depth: int) -> Folded:
    """What the literals of a struct have under NAME, where they agree."""
    found: list[Folded] = []
    for spot in program.literals(owner.rpartition(".")[2]):
        value = _entry(spot, name) if type_of(spot.code, spot.node) == owner else None
        if value is not None:
            found.append(fold(spot.code, value, None, depth))
    known = [one for one in found if one.value is not NOTHING]
    values = {repr(one.value) for one in known}
    agree = len(values) == 1 and len(known) == len(found)
    return known[0].also(*found) if agree else EMPTY.also(*found)


def _tagged(program: Program, owner: str, name: str, now: Folded, depth: int) -> Folded:
    """What a library puts into a field: its tags say so, or a file of configuration does."""
    from .tags import loaded_at  # it folds too

    loaded = loaded_at(program, owner, name)
    if loaded is None:
        return now
    found = Folded(loaded.value if loaded.value is not None else NOTHING, loaded.names, loaded.flags)
    told = program.told(loaded.names, loaded.flags)
    if told is not None:
        return found._replace(value=told).also(now)
    return now.also(found) if now.text else found.also(now)


# -- calls


def fold_result(code: Code, node: Node, which: int, frame: Frame | None = None, depth: int = 0) -> Folded:
    """Return what NODE comes to; of a call with several results, the one at WHICH."""
    if which == 0:
        return fold(code, node, frame, depth)
    if node.type != "call_expression":
        return EMPTY
    name = callee(code, node)
    if name == "os.LookupEnv":
        variable = _variable(code, node, frame, depth)
        return Folded(code.program.told(variable.names) is not None).also(variable)
    if name in PARSED:
        given = fold(code, next(iter(arguments_of(node)), None), frame, depth)
        is_number = re.fullmatch(r"-?\d+", given.text or "")
        return (Folded(None) if is_number or not given.is_known else FAILED).also(given)
    return _fold_own(code, node, which, frame, depth)


def fold_setting(program: Program, setting: Setting, depth: int = 0) -> Folded:
    """Return what a flag comes to where it is not given."""
    told = program.told(setting.flags, setting.names)
    if told is not None:
        return Folded(_number(told), setting.names, setting.flags)
    default = fold(*setting.default, None, depth) if setting.default else Folded("")
    return Folded(default.value, default.names | setting.names, default.flags | setting.flags)


def _number(text: str) -> Value:
    return int(text) if re.fullmatch(r"\d{1,15}", text) else text


def _fold_call(code: Code, node: Node, frame: Frame | None, depth: int) -> Folded:
    name = callee(code, node)
    arguments = arguments_of(node)
    if name in _VARIABLES:
        variable = _variable(code, node, frame, depth)
        if variable.value == "" and len(arguments) > 1:  # envy.Get("PORT", "3000")
            return fold(code, arguments[1], frame, depth).also(variable)
        return variable
    if name in PASSED_ON and arguments:
        return fold(code, arguments[0], frame, depth)
    known = LIBRARY.get(name)
    if known:
        return known([fold(code, one, frame, depth) for one in arguments])
    setting = flag_made(code, node) or flag_asked(code, node)
    if setting:
        return fold_setting(code.program, setting, depth)
    if "/ini." in name:
        return _of_ini(code, node, name, depth)
    if "viper" in name:
        return _of_viper(code, node, name, depth)
    found = _fold_own(code, node, 0, frame, depth)
    function = callee_of(node)
    if found.value is NOTHING and not found.names and name.endswith((".String", ".Value")) and function:
        return fold(code, field(function, "operand"), frame, depth)
    return found


_VARIABLES = frozenset({"os.Getenv", "os.LookupEnv", "syscall.Getenv", "github.com/gobuffalo/envy.Get",
                        "github.com/gobuffalo/envy.MustGet"})  # fmt: skip


def _variable(code: Code, call: Node, frame: Frame | None, depth: int) -> Folded:
    """An environment variable that is not set."""
    name = fold(code, next(iter(arguments_of(call)), None), frame, depth)
    text = name.text
    if not text or not re.fullmatch(r"[A-Za-z_]\w*", text):
        return EMPTY
    return Folded(code.program.given.get(text, ""), frozenset({text}))


def _of_ini(code: Code, call: Node, name: str, depth: int) -> Folded:
    """`cfg.Section("server").Key("PORT").MustInt(8000)`."""
    from .inis import ASKS, ini_value  # it folds too

    return ini_value(code, call, depth) if re.fullmatch(ASKS, name) else EMPTY


def _of_viper(code: Code, call: Node, name: str, depth: int) -> Folded:
    """`viper.GetString("server.port")`."""
    from .vipers import viper_value  # it folds too

    if not re.fullmatch(r"github\.com/spf13/viper(\.Viper)?\.Get\w*", name):
        return EMPTY
    key = fold(code, next(iter(arguments_of(call)), None), None, depth).text
    return viper_value(code.program, key, depth) if key else EMPTY


def _fold_own(code: Code, call: Node, which: int, frame: Frame | None, depth: int) -> Folded:
    """A call of a function of the program: what it returns."""
    level = frame.level + 1 if frame else 1
    spot = called(code, call) if level <= MAX_FRAMES else None
    if spot is None:
        return EMPTY
    from .results import result_of  # it folds too

    inner = Frame(dict(given_to(code, call, spot, frame, depth)), level)
    return result_of(spot, inner, which, depth)


def given_to(
    code: Code, call: Node, spot: Spot, frame: Frame | None, depth: int
) -> Iterator[tuple[tuple[str, int], Folded]]:
    """What the parameters of a function are in a call."""
    values = [fold(code, one, frame, depth) for one in arguments_of(call)]
    names = parameters_of(spot.node)
    declarations = items_of(field(spot.node, "parameters"))
    is_variadic = bool(declarations) and declarations[-1].type == "variadic_parameter_declaration"
    for index, name in enumerate(names):
        if is_variadic and index == len(names) - 1:
            rest = tuple(values[index:])
            yield (spot.code.path, name.start_byte), Folded(rest).also(*rest)
        elif index < len(values):
            yield (spot.code.path, name.start_byte), values[index]


#: How each kind of expression is worked out.
_KINDS: Mapping[str, Callable[[Code, Node, Frame | None, int], Folded]] = {
    "identifier": _fold_name,
    "selector_expression": _fold_member,
    "binary_expression": _fold_binary,
    "unary_expression": _fold_unary,
    "composite_literal": _fold_literal,
    "index_expression": _fold_index,
    "call_expression": _fold_call,
}
