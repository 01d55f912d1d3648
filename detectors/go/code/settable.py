"""Values that whoever starts a Go program sets: flags of its command line, and their variables. Sets none."""

import re
from collections.abc import Iterator, Mapping

from scaffold.nouns import NamedTuple

from ...named import is_named
from .code import Call, Code, last_word
from .origins import callee, declared, entry, package_named, type_of
from .program import Program, Spot
from .syntax import Node, arguments_of, callee_of, field, items_of, string_of, text_of, unwrap

#: `flag.String(name, default, usage)`, of the standard library and what is made like it.
_STANDARD = r"(flag|github\.com/namsral/flag)(\.FlagSet)?\.(\w+)"
_POSIX = r"(github\.com/(spf13|ogier)/pflag|github\.com/jessevdk/go-flags)(\.FlagSet)?\.(\w+)"
_TYPES = (
    r"(String|Int|Int32|Int64|Uint|Uint16|Uint32|Uint64|Bool|Duration|Float64|StringSlice|StringArray|IP)"
)
#: `c.String("port")`, `cmd.Flags().GetInt("port")`: what a flag came to.
_ASKED = r"github\.com/(urfave/cli\.(Context|Command)|codegangsta/cli\.Context)\.\w+"
_GETS = r"github\.com/spf13/pflag\.FlagSet\.Get(\w+)"
_CLI = r"github\.com/(urfave|codegangsta)/cli(/altsrc)?\.\w+Flag"
_KINGPIN = r"(gopkg\.in/alecthomas|github\.com/alecthomas)/kingpin.*"
_WORDS = ("flag", "Flag", "kingpin")


class Setting(NamedTuple):
    """Something that a person sets, and what it is where nobody does."""

    flags: frozenset[str] = frozenset()  # "--port"
    names: frozenset[str] = frozenset()  # of environment variables
    default: Spot | None = None
    place: str = ""
    is_required: bool = False


class Target(NamedTuple):
    """A variable that a flag is put into: `flag.StringVar(&port, …)`."""

    code: Code
    node: Node  # the call
    target: Node
    setting: Setting


def constant_text(code: Code, node: Node | None, depth: int = 0) -> str | None:
    """Return the text of a string, or of a constant that is one."""
    if node is None or depth > 4:
        return None
    node = unwrap(node)
    text = string_of(node)
    if text is not None:
        return text
    found = declared(code, node) if node.type == "identifier" else _of_package(code, node)
    if found is None or not found[1].is_const:
        return None
    return constant_text(found[0], found[1].value, depth + 1)


def _of_package(code: Code, node: Node):  # type: ignore[no-untyped-def]
    if node.type != "selector_expression":
        return None
    home = package_named(code, field(node, "operand"))
    return code.program.variable(home, text_of(field(node, "field"))) if home else None


def flag_made(code: Code, call: Node) -> Setting | None:
    """Return the flag that a call makes and gives back: `flag.String("port", "8080", "…")`."""
    name = callee(code, call)
    kind, is_posix = _kind(name)
    if kind is None:
        return _kingpin(code, call) if is_named(_KINGPIN, name) else None
    if not re.fullmatch(f"{_TYPES}P?", kind):
        return None
    return _of_arguments(code, arguments_of(call), name, is_posix and kind.endswith("P"))


def _kind(name: str) -> tuple[str | None, bool]:
    """(what a function of a library of flags is called, whether its flags have short names)."""
    if "flag" not in name:
        return None, False
    if found := re.fullmatch(_STANDARD, name):
        return found[3], False
    found = re.fullmatch(_POSIX, name)
    return (found[4], True) if found else (None, False)


def _of_arguments(code: Code, arguments: tuple[Node, ...], name: str, has_short: bool) -> Setting | None:
    place = 2 if has_short else 1
    flag = constant_text(code, arguments[0]) if arguments else None
    if flag is None or len(arguments) <= place:
        return None
    names = frozenset({flag.upper().replace("-", "_")}) if "namsral" in name else frozenset[str]()
    return Setting(frozenset({f"--{flag}"}), names, Spot(code, arguments[place]), code.place(arguments[0]))


def _kingpin(code: Code, call: Node) -> Setting | None:
    """`kingpin.Flag("port", "…").Default("8080").Envar("PORT").String()`."""
    parts: dict[str, tuple[Node, ...]] = {}
    node: Node | None = call
    while node is not None and node.type == "call_expression":
        function = callee_of(node)
        if function is None or function.type != "selector_expression":
            break
        parts.setdefault(text_of(field(function, "field")), arguments_of(node))
        node = field(function, "operand")
    flag = constant_text(code, parts["Flag"][0]) if parts.get("Flag") else None
    if flag is None:
        return None
    name = constant_text(code, parts["Envar"][0]) if parts.get("Envar") else None
    default = Spot(code, parts["Default"][0]) if parts.get("Default") else None
    return Setting(
        frozenset({f"--{flag}"}), frozenset({name} if name else ()), default, code.place(call),
        "Required" in parts,
    )  # fmt: skip


def flag_asked(code: Code, call: Node) -> Setting | None:
    """Return the flag whose value a call asks for: `c.String("port")`."""
    name = callee(code, call)
    arguments = arguments_of(call)
    if not arguments or not (is_named(_ASKED, name) or is_named(_GETS, name)):
        return None
    flag = constant_text(code, arguments[0])
    return flags_of(code.program).get(flag) if flag else None


def flags_of(program: Program) -> Mapping[str, Setting]:
    """Return every flag of PROGRAM by its name."""
    _read(program)
    found: Mapping[str, Setting] = program.kept["flags"]
    return found


def targets_of(program: Program, name: str) -> tuple[Target, ...]:
    """Return what flags are put into that is called NAME."""
    _read(program)
    return tuple(one for one in program.kept["targets"] if last_word(one.target) == name)


def _read(program: Program) -> None:
    """Find all flags, once."""
    if "flags" in program.kept:
        return
    flags: dict[str, Setting] = {}
    targets: list[Target] = []
    program.kept["flags"], program.kept["targets"] = flags, targets
    for code in program.mentioning(*_WORDS):
        for setting, target, node in (*_of_calls(code), *_of_literals(code)):
            for flag in setting.flags:
                flags.setdefault(flag.lstrip("-"), setting)
            if target is not None:
                targets.append(Target(code, node, target, setting))


def _of_calls(code: Code) -> Iterator[tuple[Setting, Node | None, Node]]:
    for call in code.calls:
        match = re.fullmatch(rf"{_TYPES}(Var)?P?", call.name)
        if match is None:
            continue
        if match[2] is None:
            if setting := flag_made(code, call.node):
                yield setting, None, call.node
            continue
        yield from _of_var(code, call)


def _of_var(code: Code, call: Call) -> Iterator[tuple[Setting, Node | None, Node]]:
    """`flag.StringVar(&port, "port", "8080", "…")`."""
    name = callee(code, call.node)
    kind, is_posix = _kind(name)
    if kind is None or len(call.arguments) < 3:
        return
    setting = _of_arguments(code, call.arguments[1:], name, is_posix and kind.endswith("P"))
    if setting:
        yield setting, unwrap(call.arguments[0]), call.node


def _of_literals(code: Code) -> Iterator[tuple[Setting, Node | None, Node]]:
    """`&cli.StringFlag{Name: "port", Value: "8080", EnvVars: []string{"PORT"}, Destination: &port}`."""
    for node in code.parts("literal") if code.mentions("/cli") else ():
        if not is_named(_CLI, type_of(code, node)):
            continue
        flag = constant_text(code, entry(node, "Name"))
        if flag is None:
            continue
        value, target = entry(node, "Value"), entry(node, "Destination")
        names = frozenset(_names_of(code, node))
        default = Spot(code, value) if value is not None else None
        needed = text_of(entry(node, "Required")) == "true"
        first = f"--{flag.partition(',')[0]}"
        setting = Setting(frozenset({first}), names, default, code.place(node), needed)
        yield setting, unwrap(target) if target is not None else None, node


def _names_of(code: Code, literal: Node) -> Iterator[str]:
    """The variables of a flag of urfave/cli, in its versions 1, 2 and 3."""
    for key in ("EnvVar", "EnvVars", "Sources"):
        value = entry(literal, key)
        if value is None:
            continue
        parts = arguments_of(value) if value.type == "call_expression" else items_of(field(value, "body"))
        for one in parts or (value,):
            text = constant_text(code, one)
            yield from (word.strip() for word in text.split(",")) if text else ()
