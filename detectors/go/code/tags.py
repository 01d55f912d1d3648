"""What libraries put into a Go program's structs: variables by tags of fields, files by keys. Sets none.

https://pkg.go.dev/github.com/caarlos0/env https://pkg.go.dev/github.com/kelseyhightower/envconfig
https://pkg.go.dev/github.com/ilyakaznacheev/cleanenv https://pkg.go.dev/github.com/ardanlabs/conf/v3
"""

import re
from collections.abc import Iterator, Mapping

from scaffold.nouns import NamedTuple

from .code import Call
from .configs import config_of, value_at
from .inis import MAPS, ini_of, ini_structs
from .origins import Field, callee, entry, fields_of, made_of, type_argument, type_of
from .program import Program
from .settable import constant_text
from .syntax import arguments_of, callee_of, field, unwrap

_TAG = re.compile(r'([\w.-]+):"((?:[^"\\]|\\.)*)"')
#: Keys of tags that name a variable.
_MARKS = ("env", "envconfig", "conf", "arg", "yaml", "json", "toml", "mapstructure")
_KELSEY = "github.com/kelseyhightower/envconfig"
_QIANGXUE = "github.com/qiangxue/go-env"
_FLAGS = r"github\.com/(jessevdk|umputun)/go-flags\."
_SETHVARGO = "github.com/sethvargo/go-envconfig"
_ARDAN = r"github\.com/ardanlabs/conf"
#: Calls that fill a struct, by their last words.
_LOADERS = (
    "Process", "MustProcess", "Parse", "ParseWithOptions", "ParseWithFuncs", "ParseAs", "ParseAsWithOptions",
    "ReadConfig", "ReadEnv", "MapTo", "StrictMapTo", "Unmarshal", "Decode", "MustParse",
    "UnmarshalFromEnviron", "StrictDecode",
    "UnmarshalExact", "UnmarshalStrict", "ParseArgs", "Load", "UnmarshalKey", "DecodeFile", "ProcessWith",
    "NewParser",
)  # fmt: skip
_VIPER = r"github\.com/spf13/viper(\.Viper)?\.Unmarshal(Exact|Key)?"
_DURATIONS = r"time\.Duration"
_SHAPES = {"bool": "boolean", "int": "integer", "int32": "integer", "int64": "integer", "uint": "integer",
           "uint16": "integer", "uint32": "integer", "uint64": "integer", "uint8": "integer",
           "float64": "number", "float32": "number"}  # fmt: skip


class Loaded(NamedTuple):
    """A field that something outside of the program gives a value."""

    type: str  # of the struct
    field: str
    names: frozenset[str]
    place: str
    value: object = None  # what it is where nobody sets it; None: nothing is said
    is_required: bool = False
    shape: str = "text"
    flags: frozenset[str] = frozenset()


class _Loader(NamedTuple):
    """A call that fills a struct, and how it makes names."""

    kind: str  # "tags" "envconfig" "conf" "viper" "file"
    type: str
    prefix: str = ""
    data: object = None  # what a file says
    all_required: bool = False
    has_others: bool = False  # it asks elsewhere too: what no variable says may be said there


def loaded_fields(program: Program) -> tuple[Loaded, ...]:
    """Return every field that is given a value from outside."""
    if "loaded" not in program.kept:
        program.kept["loaded"] = ()  # what asks meanwhile is told nothing
        program.kept["loaded"] = tuple(_merged(_all(program)))
    found: tuple[Loaded, ...] = program.kept["loaded"]
    return found


def loaded_at(program: Program, owner: str, name: str) -> Loaded | None:
    """Return what is known of a field of the struct OWNER."""
    return next((one for one in loaded_fields(program) if (one.type, one.field) == (owner, name)), None)


def _merged(found: Iterator[Loaded]) -> Iterator[Loaded]:
    """One of each field: names of all, the first value that is said."""
    by_field: dict[tuple[str, str], Loaded] = {}
    for one in found:
        key = (one.type, one.field)
        before = by_field.get(key)
        if before is None:
            by_field[key] = one
            continue
        value = before.value if before.value is not None else one.value
        by_field[key] = before._replace(
            names=before.names | one.names,
            flags=before.flags | one.flags,
            value=value,
            is_required=before.is_required or one.is_required,
        )
    yield from by_field.values()


def _all(program: Program) -> Iterator[Loaded]:
    for loader in _loaders(program):
        yield from _walk(program, loader, loader.type, loader.prefix, (), 0)


def _loaders(program: Program) -> Iterator[_Loader]:
    for code in program.mentioning(*(f"{word}(" for word in _LOADERS), "ParseAs["):
        for call in code.calls:
            if call.name in _LOADERS:
                yield from _loader(call)


def _loader(call: Call) -> Iterator[_Loader]:
    name = callee(call.code, call.node)
    kind = _kind_of(name)
    if kind == "ini":
        for made, section in ini_structs(call):
            yield _Loader("file", made, data=ini_of(call.code.program).get(section))
        return
    made = _filled(call) if kind else ""
    if not kind or not made:
        return
    if kind == "viper":
        key = constant_text(call.code, call.arguments[0]) if name.endswith("Key") else None
        yield _Loader("viper", made, f"{key}." if key else "")
    elif kind == "file":
        data = config_of(call)
        if data:
            yield _Loader("file", made, data=data)
        if "cleanenv" in name:
            yield _Loader("tags", made)
    else:
        others = any(one.name == "MultiLookuper" for one in call.code.calls)
        yield _Loader(kind, made, _prefix(call, kind), all_required=_needs_all(call), has_others=others)


def _kind_of(name: str) -> str:
    """How the library of a call names its variables; "" where it fills no struct."""
    if name.startswith(_KELSEY):
        return "envconfig"
    if re.match(_ARDAN, name):
        return "conf"
    if re.fullmatch(MAPS, name):
        return "ini"
    if re.fullmatch(_VIPER, name):
        return "viper"
    if re.search(r"(^|/)(yaml|json|toml|goccy/go-yaml|sonic|hujson)(\.|/)", name) or re.search(
        r"cleanenv\.ReadConfig|toml(\.\w+)?\.(Decode|DecodeFile|Unmarshal)", name
    ):
        return "file"
    if name.startswith(_QIANGXUE):
        return "qiangxue"
    if re.match(_FLAGS, name):
        return "flags"
    return "tags" if re.search(r"env|arg|kong|flags|config", name, re.IGNORECASE) and "." in name else ""


def _filled(call: Call) -> str:
    """The type of the struct that a call fills."""
    for one in reversed(call.arguments):
        options = made_of(call.code, one)
        within = entry(options.node, "Target") if options else None  # envconfig.Config{Target: &config}
        home = options.code if options and within is not None else call.code
        made = type_of(home, unwrap(one if within is None else within))
        if made and fields_of(call.code.program, made):
            return made
    made = type_argument(call.code, call.node)  # env.ParseAs[Config]()
    return made if fields_of(call.code.program, made) else ""


def _prefix(call: Call, kind: str) -> str:
    if kind == "qiangxue":
        return _prefix_of_loader(call)
    if kind in {"envconfig", "conf"}:
        text = constant_text(call.code, call.arguments[0]) if call.arguments else None
        return f"{text.upper()}_" if text else ""
    for one in call.arguments:
        node = unwrap(one)
        if node.type == "composite_literal" and (text := constant_text(call.code, entry(node, "Prefix"))):
            return text
    return _prefix_of_lookuper(call)


def _prefix_of_lookuper(call: Call) -> str:
    """`envconfig.PrefixLookuper("APP_", envconfig.OsLookuper())`: https://pkg.go.dev/github.com/sethvargo/go-envconfig"""
    if not callee(call.code, call.node).startswith(_SETHVARGO):
        return ""
    given = (one for one in call.code.calls if one.name == "PrefixLookuper" and one.arguments)
    return next((text for one in given if (text := constant_text(one.code, one.arguments[0]))), "")


def _prefix_of_loader(call: Call) -> str:
    """`env.New("APP_", log).Load(&config)`; its functions have that prefix where nobody says another."""
    made = field(callee_of(call.node) or call.node, "operand")
    given = arguments_of(made) if made is not None and made.type == "call_expression" else ()
    text = constant_text(call.code, given[0]) if given else None
    return "APP_" if text is None else text


def _needs_all(call: Call) -> bool:
    """`env.Options{RequiredIfNoDef: true}`."""
    literals = [node for one in call.arguments if (node := unwrap(one)).type == "composite_literal"]
    values = [entry(node, "RequiredIfNoDef") for node in literals]
    return any(value is not None and value.type == "true" for value in values)


# -- fields


def tags_of(text: str) -> Mapping[str, str]:
    """Return the parts of a field's tag by their keys."""
    return {key: value.replace('\\"', '"') for key, value in _TAG.findall(text)}


def _walk(
    program: Program, loader: _Loader, made: str, prefix: str, path: tuple[str, ...], depth: int
) -> Iterator[Loaded]:
    if depth > 8:
        return
    for one in fields_of(program, made):
        tags = tags_of(one.tag)
        if one.name[:1].islower() or tags.get("env") == "-":
            continue
        inner = fields_of(program, one.type)
        if inner and not one.type.startswith("[]"):
            under, below = _inside(loader, one, tags, prefix, path)
            yield from _walk(program, loader, one.type, under, below, depth + 1)
        elif not inner or one.type.startswith("[]"):
            loaded = _READERS[loader.kind](program, loader, one, tags, prefix, path)
            if loaded:
                yield loaded._replace(type=made)


def _inside(
    loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """(the prefix of names, the path of keys) of the fields of a struct inside of a struct."""
    if loader.kind in {"viper", "file"}:
        key = _key(one, tags)
        squashed = one.is_embedded and not any(mark in tags for mark in _MARKS)
        return prefix, path if squashed or "squash" in str(tags) or ",inline" in str(tags) else (*path, key)
    if loader.kind == "flags":
        space, own = tags.get("env-namespace"), tags.get("namespace")
        return prefix + (f"{space}_" if space else ""), (*path, own) if own else path
    if loader.kind == "envconfig":
        own = tags.get("envconfig") or ("" if one.is_embedded else _words(one.name, "split_words" in tags))
        return prefix + (f"{own.upper()}_" if own else ""), path
    if loader.kind == "conf":
        return prefix + ("" if one.is_embedded else f"{_snake(one.name)}_"), path
    more = tags.get("envPrefix") or tags.get("env-prefix") or _option(tags.get("env", ""), "prefix") or ""
    return prefix + more, path


def _key(one: Field, tags: Mapping[str, str]) -> str:
    """What a field is called in a file."""
    for mark in ("mapstructure", "yaml", "toml", "json"):
        name = tags.get(mark, "").partition(",")[0]
        if name and name != "-":
            return name
    return one.name


def _option(tag: str, name: str) -> str | None:
    """`prefix=DB_` of "…, prefix=DB_"."""
    found = re.search(rf"(?:^|,)\s*{name}=([^,]*)", tag)
    return found[1] if found else None


def _of_env(
    program: Program, loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> Loaded | None:
    """`env:"PORT,required" envDefault:"8080"`, and what other libraries make of it."""
    tag = tags.get("env") or (
        tags.get("arg", "").partition("env:")[2] if "env:" in tags.get("arg", "") else ""
    )
    head, _, options = tag.partition(",")
    names = [
        prefix + name.strip()
        for name in re.split(r"[,|]", tag)
        if re.fullmatch(r"\s*[A-Z_][A-Z0-9_]*\s*", name)
    ]
    name = next(iter(names), None)
    if name is None and re.fullmatch(r"\s*[a-z_]\w*\s*", head) and options == "":
        name = prefix + head.strip()
    default = _default(tags, options)
    flag = tags.get("long") or (tags.get("name") if "env" in tags else None)
    if name is None and not (flag and default):
        return None
    needed = _is_needed(tags, options) or (loader.all_required and default is None)
    needed = needed and not loader.has_others
    return Loaded(
        "", one.name, frozenset(names[:4] or ({name} if name else ())), one.spot.code.place(one.spot.node),
        default, needed and default is None, _shape(one), frozenset({f"--{flag}"} if flag else ()),
    )  # fmt: skip


def _default(tags: Mapping[str, str], options: str) -> str | None:
    for key in ("envDefault", "env-default", "default"):
        if key in tags:
            return tags[key]
    return _option(options, "default")


def _is_needed(tags: Mapping[str, str], options: str) -> bool:
    words = {word.strip() for word in options.split(",")}
    if words & {"required", "notEmpty", "required=true", "strict"}:
        return True
    return "required" in tags.get("arg", "") or any(
        tags.get(key, "false") in {"true", "yes", ""} for key in ("env-required", "required", "envRequired")
        if key in tags
    )  # fmt: skip


def _of_flags(
    program: Program, loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> Loaded | None:
    """`long:"listen" env:"LISTEN" default:":8080"`: https://pkg.go.dev/github.com/jessevdk/go-flags"""
    flag, name = tags.get("long"), tags.get("env")
    if not (flag or name):
        return None
    needed = tags.get("required") in {"true", "yes", "1"} and "default" not in tags
    return Loaded(
        "", one.name, frozenset({prefix + name} if name else ()), one.spot.code.place(one.spot.node),
        tags.get("default"), needed, _shape(one), frozenset({f"--{'.'.join((*path, flag))}"} if flag else ()),
    )  # fmt: skip


def _of_envconfig(
    program: Program, loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> Loaded | None:
    own = tags.get("envconfig", "").upper()
    if tags.get("ignored") == "true" or own == "-":
        return None
    name = prefix + (own or _words(one.name, "split_words" in tags))
    needed = tags.get("required") == "true" and "default" not in tags
    place = one.spot.code.place(one.spot.node)
    # a name that is stated is looked for without the prefix too
    names = frozenset({name, own} if own and own != name else {name})
    return Loaded("", one.name, names, place, tags.get("default"), needed, _shape(one))


def _of_conf(
    program: Program, loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> Loaded | None:
    tag = tags.get("conf", "")
    if tag == "-":
        return None
    parts = dict(part.partition(":")[::2] for part in tag.split(",") if part)
    name = prefix + (parts.get("env") or _snake(one.name))
    words = [word for word in re.split("_", name) if word]
    flag = parts.get("flag") or "-".join(words[1:] if loader.prefix else words).lower()
    return Loaded(
        "", one.name, frozenset({name}), one.spot.code.place(one.spot.node), parts.get("default"),
        "required" in parts and "default" not in parts, _shape(one), frozenset({f"--{flag}"}),
    )  # fmt: skip


def _of_qiangxue(
    program: Program, loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> Loaded | None:
    """`env:"DSN,secret"`, else the field's name: https://github.com/qiangxue/go-env"""
    name = tags.get("env", "").partition(",")[0] or _snake(one.name)
    place = one.spot.code.place(one.spot.node)
    return Loaded("", one.name, frozenset({prefix + name}), place, shape=_shape(one))


def _of_viper(
    program: Program, loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> Loaded | None:
    from .vipers import viper_value  # it folds, and asks here

    folded = viper_value(program, loader.prefix + ".".join((*path, _key(one, tags))))
    if folded.text is None and not folded.names:
        return None
    place = one.spot.code.place(one.spot.node)
    return Loaded("", one.name, folded.names, place, folded.text, shape=_shape(one), flags=folded.flags)


def _of_file(
    program: Program, loader: _Loader, one: Field, tags: Mapping[str, str], prefix: str, path: tuple[str, ...]
) -> Loaded | None:
    value = value_at(loader.data, (*path, _key(one, tags)))
    if value is None:
        return None
    return Loaded("", one.name, frozenset(), one.spot.code.place(one.spot.node), value, shape=_shape(one))


_READERS = {
    "tags": _of_env, "envconfig": _of_envconfig, "conf": _of_conf, "qiangxue": _of_qiangxue,
    "flags": _of_flags,
    "viper": _of_viper, "file": _of_file,
}  # fmt: skip


def _shape(one: Field) -> str:
    if one.type.startswith("[]"):
        return "list"
    if one.type == "net/url.URL":
        return "url"
    return "duration" if re.fullmatch(_DURATIONS, one.type) else _SHAPES.get(one.type, "text")


def _words(name: str, is_split: bool) -> str:
    """A field's name as envconfig has it: APIHOST, or API_HOST with `split_words`."""
    return _snake(name) if is_split else name.upper()


def _snake(name: str) -> str:
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", parted).upper()
