"""How one pack is laid over another: its tables are checked, and change what the other one declares.

A mistake of its author is wrong use, and named with its file.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, get_args

from scaffold.answers import check, did_you_mean
from scaffold.catalogue import has_image
from scaffold.errors import UntrustedPack, WrongUse
from scaffold.model import Bump, Pin, Variable
from scaffold.packs import BUILTIN, Layer, Output, Pack, Stack, make_output, make_stack, make_variable
from scaffold.paths import printable
from scaffold.reading.formats import explain, read_toml
from scaffold.record import is_writable

PACK_KEYS = (
    "name", "version", "description", "on", "stacks", "variables", "images", "bump", "outputs",
)  # fmt: skip
STACK_KEYS = ("shares", "variables", "images", "tools", "outputs")
KINDS = ("web", "worker", "cli", "static")

#: How the name of a template ends; one that an output names may end otherwise.
TEMPLATE = ".j2"

#: In `[images]`: the images of backing services, beside those of stacks.
SERVICES = "services"

#: The types that answers are checked as.
TYPES = ("string", "integer", "choice", "words", "names", "pairs", "data")

#: What a reference of an image may hold: https://pkg.go.dev/github.com/distribution/reference#pkg-overview
_REFERENCE = re.compile(r"[A-Za-z0-9](?:[\w./:@+-]|\{(?:release|suite|tool)\})*")

NAME = re.compile(r"[a-z0-9][a-z0-9._/-]{0,99}")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")


def declared(files: Mapping[str, bytes], place: str) -> dict[str, Any]:
    """Return the tables of pack.toml among FILES, checked; PLACE says in messages where they come from."""
    if "pack.toml" not in files:
        raise WrongUse(f"{place}: is no pack: there is no pack.toml")
    table = _toml(files["pack.toml"], f"{place}: pack.toml")
    _known(table, PACK_KEYS, f"{place}: pack.toml")
    for key in ("name", "version"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise WrongUse(f'{place}: pack.toml: has no {key} (such as {key} = "{_EXAMPLES[key]}")')
    if not NAME.fullmatch(table["name"]) or table["name"] == BUILTIN:
        raise WrongUse(f"{place}: pack.toml: a pack cannot be called {printable(table['name'])!r}")
    return table


_EXAMPLES = {"name": "acme", "version": "1.0.0"}


def lay_over(parent: Pack, pin: Pin, files: Mapping[str, bytes], place: str) -> Pack:
    """Return the pack of FILES as it stands on PARENT; WrongUse where something in it cannot be."""
    own = declared(files, place)
    where = f"{pin.name}/pack.toml"
    named = _names(own.get("stacks", []), f"{where}: stacks")
    folders = {path.split("/")[0] for path in files if path.endswith("/stack.toml") and path.count("/") == 1}
    stacks = dict(parent.stacks)
    for stack in sorted(folders):
        stacks[stack] = _from_folder(stacks.get(stack), stack, files, parent, pin.name)
    for stack in named:
        _one_of(stack, stacks, f"{where}: stacks")
    for stack in named or tuple(stacks):
        stacks[stack] = _overlaid(stacks[stack], own, where)
    images = _table(own, "images", where)
    for stack in images:
        _one_of(stack, (*stacks, SERVICES), f"{where}: images")
    for stack in images.keys() & stacks.keys():
        stacks[stack] = _with_images(stacks[stack], _table(images, stack, where), where, only_known=True)
    services = _services(_table(images, SERVICES, where), parent, where)
    bump = own.get("bump", parent.bump)
    _one_of(bump, get_args(Bump), f"{where}: bump")
    for path in files:
        if path.endswith(TEMPLATE):
            text_of(files[path], f"{pin.name}/{path}")
    layer = Layer(pin, None, MappingProxyType(dict(files)), named)
    return parent._replace(
        name=pin.name,
        version=pin.version,
        stacks=MappingProxyType(stacks),
        layers=(layer, *parent.layers),
        services=MappingProxyType({**parent.services, **services}),
        bump=bump,
        policy=_policy(files["policy.toml"], f"{pin.name}/policy.toml")
        if "policy.toml" in files
        else parent.policy,
    )


def _policy(content: bytes, where: str) -> str:
    """Return the text of a policy that `check` can read."""
    from scaffold.policy.settings import read_policy

    text = text_of(content, where)
    read_policy(text, where)
    return text


def _from_folder(
    known: Stack | None, name: str, files: Mapping[str, bytes], parent: Pack, pack: str
) -> Stack:
    """Return what a pack's own stack.toml makes of a stack that is there, or that it brings."""
    where = f"{pack}/{name}/stack.toml"
    table = _toml(files[f"{name}/stack.toml"], where)
    _known(table, STACK_KEYS, where)
    groups = parent.shared["groups"]
    for group in _names(table.get("shares", []), f"{where}: shares"):
        _one_of(group, groups, f"{where}: shares")
    if known is None:
        known = make_stack(name, {"outputs": {}, "shares": table.get("shares", ())}, parent.shared)
    elif table.get("shares"):
        raise WrongUse(f"{where}: shares: the stack has its variables from {parent.name}")
    tools = _names(_table(table, "tools", where).get("names", []), f"{where}: tools")
    known = known._replace(tools=tuple(dict.fromkeys((*known.tools, *tools))))
    known = _with_images(known, _table(table, "images", where), where)
    return _overlaid(known, table, where)


def _overlaid(stack: Stack, table: Mapping[str, Any], where: str) -> Stack:
    variables = {variable.name: variable for variable in stack.variables}
    for name, row in _table(table, "variables", where).items():
        variables[name] = _variable(name, row, variables.get(name), f"{where}: variables.{printable(name)}")
    outputs = {(o.path, o.kinds): o for o in stack.outputs}
    for path, row in _table(table, "outputs", where).items():
        output = _output(path, row, where)
        outputs = {key: o for key, o in outputs.items() if o.path != path} | {(path, output.kinds): output}
    return stack._replace(variables=tuple(variables.values()), outputs=tuple(outputs.values()))


# -- variables


def _variable(name: str, row: Any, known: Variable | None, where: str) -> Variable:
    """Return the variable that a table declares, or what it makes of one that is known."""
    if not _VARIABLE.fullmatch(name) or name in RESERVED:
        raise WrongUse(f"{where}: a variable is called in small letters, such as team_name")
    if not isinstance(row, dict):
        raise WrongUse(f"{where}: is a table, such as [variables.{name}]")
    _known(row, Variable._fields[1:], where)
    for key, value in row.items():
        _of_type(value, _FIELDS.get(key, object), f"{where}.{key}")
    if known is None and not {"type", "about"} <= row.keys():
        raise WrongUse(f"{where}: is new, and needs a type and what it is about")
    said = make_variable(name, {"type": "string", "about": "", "answerable": True, **row})
    made = said if known is None else known._replace(**{key: getattr(said, key) for key in row})
    _one_of(made.type, TYPES, f"{where}.type")
    if made.type == "choice" and made.default is not None:
        _one_of(made.default, made.choices, f"{where}.default")
    elif made.type != "data" and row.get("default") not in (None, "", []):
        # Nothing is what a template asks for.
        check(made, row["default"], f"{where}.default")
    return made


#: What render adds to the variables of a plan.
RESERVED = ("sources", "stack")

#: The type of each thing that a variable's table says; a default is of any.
_FIELDS: Mapping[str, type] = {
    "type": str, "about": str, "question": str, "choices": list, "example": str, "answerable": bool,
    "required": bool,
}  # fmt: skip


# -- files and images


def _output(path: str, row: Any, where: str) -> Output:
    """Return the file that a table declares."""
    where = f"{where}: outputs.{printable(path)}"
    if not is_writable(path):
        raise UntrustedPack(f"{where}: is no path that a pack may write; nothing of it was used")
    if not isinstance(row, dict) or not isinstance(row.get("template"), str):
        raise WrongUse(f'{where}: is a table with a template, such as {{ template = "certificate.crt" }}')
    _known(row, ("template", "kinds"), where)
    for kind in _names(row.get("kinds", []), f"{where}: kinds"):
        _one_of(kind, KINDS, f"{where}: kinds")
    return make_output(path, row)


def _with_images(stack: Stack, table: Mapping[str, Any], where: str, *, only_known: bool = False) -> Stack:
    """Return STACK with other images, each by the name that its templates have for it."""
    images = dict(stack.images)
    for name, said in table.items():
        if only_known:
            _one_of(name, images, f"{where}: images.{stack.name}")
        images[name] = _image(said, f"{where}: images.{stack.name}.{printable(name)}")
    return stack._replace(images=MappingProxyType(images))


def _image(said: Any, where: str) -> Mapping[str, str]:
    """Return the row of an image: a reference, or one of the catalogue's."""
    if isinstance(said, str):
        if not _REFERENCE.fullmatch(said):
            raise WrongUse(
                f"{where}: is an image's reference; {{release}}, {{suite}} and {{tool}} may stand in it"
            )
        return {"ref": said}
    if not isinstance(said, dict) or not all(isinstance(part, str) for part in said.values()):
        raise WrongUse(f'{where}: is an image, such as "registry.example.com/python:{{release}}"')
    _known(said, ("image", "version", "suite"), where)
    if not has_image(said.get("image", "")):
        raise WrongUse(f"{where}: there is no image {said.get('image', '')!r} in the catalogue")
    return said


def _services(table: Mapping[str, Any], parent: Pack, where: str) -> dict[str, str]:
    """Return the images of backing services that a pack has others for."""
    known = sorted({name.split(".")[0] for name in parent.names("compose/services")})
    for name, said in table.items():
        _one_of(name, known, f"{where}: images.{SERVICES}")
        if not isinstance(said, str) or not _REFERENCE.fullmatch(said) or "{" in said:
            raise WrongUse(f"{where}: images.{SERVICES}.{name}: is an image's reference, such as {name}:18")
    return dict(table)


# -- what every table is held to


def text_of(content: bytes, where: str) -> str:
    """Return what a file of a pack says, or say that it is no text."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise WrongUse(f"{where}: is not UTF-8 at byte {error.start}") from None


def _toml(content: bytes, where: str) -> dict[str, Any]:
    text = text_of(content, where)
    try:
        return read_toml(text)
    except Exception as error:  # a parser that runs out of stack too: see scaffold.reading.formats
        what, line = explain(error)
        raise WrongUse(f"{where}{f':{line}' if line else ''}: is not TOML: {what}") from None


def _table(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    inner = table.get(key, {})
    if not isinstance(inner, dict):
        raise WrongUse(f"{where}: {key}: is a table")
    return inner


def _known(table: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    for key in table:
        _one_of(key, tuple(keys), where)


def _one_of(word: Any, words: Iterable[str], where: str) -> None:
    words = tuple(words)
    if word not in words:
        near = did_you_mean(word, words) if isinstance(word, str) else ""
        raise WrongUse(f"{where}: there is no {printable(str(word))!r}{near} (there are: {', '.join(words)})")


def _names(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise WrongUse(f'{where}: is a list of names, such as ["python", "node"]')
    return tuple(value)


def _of_type(value: Any, kind: type, where: str) -> None:
    if not isinstance(value, kind):
        raise WrongUse(f"{where}: is {_TYPES[kind]}, not {printable(repr(value))[:60]}")


_TYPES: Mapping[type, str] = {str: "text", bool: "true or false", list: "a list"}
