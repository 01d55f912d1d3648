"""Packs: a folder of templates, the variables they need, the files they make. No template engine here."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffold.catalogue import has_image, image, releases, tool
from scaffold.model import Fact, Value, Variable

if TYPE_CHECKING:  # in the repository, where checkers read, templates/ is beside this package
    import templates
else:  # at run time it is inside: see [tool.setuptools.package-dir]
    from scaffold import templates

CATALOGUE = "default: catalogue"


class Output(NamedTuple):
    """A file that a stack's templates make, for the kinds of app that get it."""

    path: str  # "compose.dev.yaml"
    template: str  # "compose/compose.dev.yaml.j2"
    kinds: tuple[str, ...]  # (): every kind


class Stack(NamedTuple):
    """What a pack has for one stack."""

    name: str
    variables: tuple[Variable, ...]
    outputs: tuple[Output, ...]
    images: Mapping[str, Mapping[str, str]]  # the name in templates -> the catalogue's, and its parts
    tools: tuple[str, ...]


class Pack(NamedTuple):
    """A folder of templates for one or many stacks."""

    name: str
    version: str
    root: Path
    stacks: Mapping[str, Stack]
    kinds: Mapping[str, Mapping[str, Fact]] = MappingProxyType({})  # what is so of every app of a kind


@cache
def builtin() -> Pack:
    """Return the pack that is installed with the program."""
    return read_pack(Path(templates.__file__).parent)


def read_pack(root: Path) -> Pack:
    """Read pack.toml and each folder's stack.toml."""
    pack = _toml(root / "pack.toml")
    folders = sorted((f for f in root.iterdir() if (f / "stack.toml").is_file()), key=lambda f: f.name)
    stacks = {f.name: _stack(f.name, _toml(f / "stack.toml"), pack) for f in folders}
    kinds = {kind: _facts(rows) for kind, rows in pack.get("kinds", {}).items()}
    return Pack(pack["name"], pack["version"], root, MappingProxyType(stacks), MappingProxyType(kinds))


def stack_of(name: str) -> Stack:
    """Return what the built-in pack has for a stack; LookupError where it has nothing."""
    return builtin().stacks[name]


def variables(stack: str) -> tuple[Variable, ...]:
    """Return the variables of a stack, those that all stacks share first."""
    return stack_of(stack).variables


def all_variables() -> tuple[Variable, ...]:
    """Return the variables of every stack, each name once, with the choices of all."""
    named: dict[str, Variable] = {}
    for variable in (v for stack in builtin().stacks.values() for v in stack.variables):
        earlier = named.get(variable.name, variable)
        choices = tuple(dict.fromkeys((*earlier.choices, *variable.choices)))
        named[variable.name] = variable._replace(choices=choices)
    return tuple(named.values())


def outputs(stack: str, kind: str) -> tuple[Output, ...]:
    """Return the files that an app of this stack and kind gets."""
    return tuple(o for o in stack_of(stack).outputs if not o.kinds or kind in o.kinds)


def usual(kind: str) -> Mapping[str, Fact]:
    """Return what is so of every app of this kind, where nobody says otherwise."""
    return builtin().kinds.get(kind, MappingProxyType({}))


def references(stack: str, values: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the variables `images` and `tools`: what a plan with these values names, from the catalogue."""
    release = values["runtime"].value.image if "runtime" in values else None
    suite = next((r.suite for r in releases(stack) if r.version == release), "") if release else ""
    tools = {name: tool(name, release) for name in stack_of(stack).tools}
    parts = {"release": release or "", "suite": suite}
    images = {
        name: _reference(row, {**parts, "tool": tools.get(name, "")})
        for name, row in stack_of(stack).images.items()
    }
    images |= {name: image(name) for name in _service_names(values) if has_image(name)}
    return {"images": Fact(images, CATALOGUE), "tools": Fact(tools, CATALOGUE)}


def without_image(values: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the services for which nobody publishes an image: the user brings their own."""
    return tuple(name for name in _service_names(values) if not has_image(name))


def _service_names(values: Mapping[str, Fact]) -> Iterable[str]:
    return [service.name for service in values["services"].value] if "services" in values else []


def _reference(row: Mapping[str, str], parts: Mapping[str, str]) -> str:
    filled = {key: text.format(**parts) for key, text in row.items() if key != "image"}
    return image(row["image"], **filled)


def _stack(name: str, data: Mapping[str, Any], pack: Mapping[str, Any]) -> Stack:
    own = data.get("variables", {})
    shared = dict(pack["variables"])
    for group in data.get("shares", ()):
        shared |= pack["groups"][group]
    narrowed = {key: {**shared.get(key, {}), **row} for key, row in own.items()}
    return Stack(
        name=name,
        variables=_variables({**shared, **narrowed}),
        outputs=tuple(
            Output(path, row["template"], tuple(row.get("kinds", ())))
            for path, row in data["outputs"].items()
        ),
        images=MappingProxyType(data.get("images", {})),
        tools=tuple(data.get("tools", {}).get("names", ())),
    )


def _facts(rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Fact]:
    return MappingProxyType({key: Fact(_frozen(row["value"]), row["source"]) for key, row in rows.items()})


def _variables(data: Mapping[str, Mapping[str, Any]]) -> tuple[Variable, ...]:
    return tuple(
        Variable(name, **{key: _frozen(value) for key, value in row.items()}) for name, row in data.items()
    )


def _frozen(value: Value) -> Value:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _toml(path: Path) -> dict[str, Any]:
    import tomli

    return tomli.loads(path.read_text("utf-8"))
