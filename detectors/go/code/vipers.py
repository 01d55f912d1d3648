"""What viper knows in a Go program: defaults, bound variables and flags, its file. Reads no environment.

https://pkg.go.dev/github.com/spf13/viper
"""

import re
from collections.abc import Mapping
from typing import Any

from scaffold.nouns import NamedTuple

from .code import Call
from .configs import read_config, value_at
from .folding import fold
from .origins import callee
from .program import Program, Spot
from .settable import Setting, constant_text, flags_of
from .syntax import arguments_of, callee_of, field, text_of, unwrap
from .values import EMPTY, NOTHING, Folded

_VIPER = "github.com/spf13/viper"
_SUFFIXES = ("yaml", "yml", "toml", "json", "env")
_WORDS = ("SetDefault", "BindEnv", "BindPFlag", "BindPFlags", "AutomaticEnv", "SetEnvPrefix",
          "SetEnvKeyReplacer",
          "SetConfigFile", "SetConfigName", "SetConfigType", "AddConfigPath")  # fmt: skip


class Viper(NamedTuple):
    """All that the program tells viper."""

    defaults: Mapping[str, Spot]
    bound: Mapping[str, tuple[str, ...]]
    flags: Mapping[str, Folded]
    is_automatic: bool
    prefix: str
    replaced: tuple[tuple[str, str], ...]
    file: str | None  # the file that it reads, where it is one of the project
    data: Mapping[str, Any]
    place: str  # where it is told of its file
    places: Mapping[str, str]  # where variables are bound, by key


def viper_of(program: Program) -> Viper:
    """Return what PROGRAM tells viper."""
    if "viper" not in program.kept:
        program.kept["viper"] = _NONE
        program.kept["viper"] = _read(program)
    found: Viper = program.kept["viper"]
    return found


_NONE = Viper({}, {}, {}, False, "", (), None, {}, "", {})


def viper_value(program: Program, key: str, depth: int = 0) -> Folded:
    """Return what viper has under KEY where no variable is set."""
    viper = viper_of(program)
    lowered = key.lower()
    default = fold(*viper.defaults[lowered], None, depth) if lowered in viper.defaults else EMPTY
    stated = value_at(viper.data, tuple(key.split(".")))
    names = set(viper.bound.get(lowered, ()))
    known = lowered in viper.defaults or stated is not None
    if viper.is_automatic and (known or names or not viper.file):
        names.add(_variable(viper, key))
    value = stated if stated is not None else default.value
    folded = Folded(value, frozenset(names)).also(default)
    flag = viper.flags.get(lowered)
    told = program.told(folded.names, flag.flags if flag else ())
    if flag is None or told is not None:
        return folded if told is None else folded._replace(value=told).also(*([flag] if flag else []))
    return (folded if stated is not None or flag.value is NOTHING else flag).also(flag, folded)


def _variable(viper: Viper, key: str) -> str:
    name = f"{viper.prefix}_{key}" if viper.prefix else key
    for old, new in viper.replaced:
        name = name.replace(old, new)
    return name.upper()


def _read(program: Program) -> Viper:
    calls: dict[str, list[Call]] = {}
    for code in program.mentioning("viper"):
        for call in code.calls:
            if call.name in _WORDS and callee(code, call.node).startswith(_VIPER):
                calls.setdefault(call.name, []).append(call)
    file, place = _file_of(program, calls)
    return Viper(
        {
            key.lower(): Spot(call.code, call.arguments[1])
            for key, call in _keyed(calls.get("SetDefault", []))
        },
        {key.lower(): tuple(_bound(call, key, calls)) for key, call in _keyed(calls.get("BindEnv", []), 1)},
        _flags(program, calls),
        "AutomaticEnv" in calls or len(_keyed(calls.get("BindEnv", []), 1)) < len(calls.get("BindEnv", [])),
        (_text(calls.get("SetEnvPrefix", [])) or "").upper(),
        tuple(pair for call in calls.get("SetEnvKeyReplacer", []) for pair in _pairs(call)),
        file,
        read_config(program.tree, file) if file else {},
        place,
        {key.lower(): call.place for key, call in _keyed(calls.get("BindEnv", []), 1)},
    )


def _keyed(calls: list[Call], least: int = 2) -> list[tuple[str, Call]]:
    found = [
        (constant_text(call.code, call.arguments[0]), call) for call in calls if len(call.arguments) >= least
    ]
    return [(key, call) for key, call in found if key]


def _bound(call: Call, key: str, calls: Mapping[str, list[Call]]) -> list[str]:
    """The variables of a key: those named, else the key's own with the prefix."""
    names = [text for one in call.arguments[1:] if (text := constant_text(call.code, one))]
    prefix = _text(calls.get("SetEnvPrefix", [])) or ""
    return names or [(f"{prefix}_{key}" if prefix else key).upper().replace(".", "_")]


def _flags(program: Program, calls: Mapping[str, list[Call]]) -> Mapping[str, Folded]:
    """The flags by the keys that they are bound to; `BindPFlags` binds each to its name."""
    found = {key.lower(): _flag(program, call) for key, call in _keyed(calls.get("BindPFlag", []))}
    # in a loop, each flag is bound to the key of its name
    if "BindPFlags" in calls or len(found) < len(calls.get("BindPFlag", [])):
        for name, setting in flags_of(program).items():
            found.setdefault(name.lower(), _folded(setting))
    return found


def _folded(setting: Setting) -> Folded:
    default = fold(*setting.default) if setting.default else EMPTY
    return Folded(default.value, default.names | setting.names, setting.flags)


def _flag(program: Program, call: Call) -> Folded:
    """`viper.BindPFlag("port", cmd.Flags().Lookup("port"))`."""
    lookup = unwrap(call.arguments[1])
    given = arguments_of(lookup) if lookup.type == "call_expression" else ()
    if lookup.type != "call_expression" or text_of(field(callee_of(lookup) or lookup, "field")) != "Lookup":
        return EMPTY
    name = constant_text(call.code, given[0]) if given else None
    setting = flags_of(program).get(name or "")
    if setting is None:
        return EMPTY
    return _folded(setting)


def _pairs(call: Call) -> list[tuple[str, str]]:
    """`strings.NewReplacer(".", "_")`."""
    made = unwrap(call.arguments[0]) if call.arguments else None
    if made is None or made.type != "call_expression":
        return []
    texts = [constant_text(call.code, one) or "" for one in arguments_of(made)]
    return list(zip(texts[::2], texts[1::2], strict=False))


def _text(calls: list[Call]) -> str | None:
    for call in calls:
        text = fold(call.code, call.arguments[0]).text if call.arguments else None
        if text:
            return text
    return None


def _file_of(program: Program, calls: Mapping[str, list[Call]]) -> tuple[str | None, str]:
    """(the file of the project that it reads, where that is said)."""
    for call in calls.get("SetConfigFile", []):
        text = _inside(fold(call.code, call.arguments[0]).text if call.arguments else None)
        if text in program.tree:
            return text, call.place
    for call in calls.get("SetConfigName", []):
        name = fold(call.code, call.arguments[0]).text if call.arguments else None
        folders = [
            fold(one.code, one.arguments[0]).text for one in calls.get("AddConfigPath", []) if one.arguments
        ]
        kind = _text(calls.get("SetConfigType", []))
        for folder in folders:
            path = _found(program, folder, name, kind) if folder is not None and name else None
            if path:
                return path, call.place
    return None, ""


def _found(program: Program, folder: str, name: str, kind: str | None) -> str | None:
    inside = _inside(f"{folder}/{name}")
    paths = [f"{inside}.{suffix}" for suffix in (*([kind] if kind else []), *_SUFFIXES)]
    return program.tree.first(*paths, *([inside] if inside and kind else []))


def _inside(path: str | None) -> str:
    """A path relative to the program's working directory, its root."""
    if not path:
        return ""
    path = re.sub(r"^/app/|^(\./)+", "", path)
    return re.sub(r"/+", "/", path).removeprefix("./")
