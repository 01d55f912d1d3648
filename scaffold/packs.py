"""Packs: folders of templates, the variables they need, the files they make. No template engine here.

A pack stands on another one, and all on the built-in one. `Pack` is what comes of it: a layer for each,
nearest first, and what they declare together. fetching/overlays.py lays one over another.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scaffold.catalogue import has_image, image, releases, tool
from scaffold.model import USUAL_BUMP, Bump, Fact, Pin, ProjectWarning, Value, Variable
from scaffold.nouns import NamedTuple
from scaffold.paths import normal
from scaffold.tables import read_table

if TYPE_CHECKING:  # in the repository, where checkers read, templates/ is beside this package
    import templates
else:  # at run time it is inside: see [tool.setuptools.package-dir]
    from scaffold import templates

CATALOGUE = "default: catalogue"

#: The name of the built-in pack, which every other one stands on in the end.
BUILTIN = "docker-scaffold"

_NONE: Mapping[str, Any] = MappingProxyType({})


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
    images: Mapping[
        str, Mapping[str, str]
    ]  # the name in templates -> a reference, or the catalogue's and its parts
    tools: tuple[str, ...]


class Layer(NamedTuple):
    """One pack's own files, without those of what it stands on."""

    pin: Pin
    root: Path | None  # the built-in pack's folder, where files are read when they are asked for
    files: Mapping[str, bytes] = _NONE  # any other pack's: all of them, read once and verified
    stacks: tuple[str, ...] = ()  # those that the templates at its top go for; (): every stack

    def text(self, path: str) -> str | None:
        """Return the text of one file, or None where there is none; ValueError where it is no text."""
        if self.root is None:
            content = self.files.get(path)
            return None if content is None else content.decode("utf-8").replace("\r\n", "\n")
        file = self.root.joinpath(*path.split("/"))
        return file.read_text("utf-8") if normal(path) == path and file.is_file() else None

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in one folder."""
        if self.root is None:
            return [path.rpartition("/")[2] for path in self.files if path.rpartition("/")[0] == folder]
        try:
            return [file.name for file in (self.root / folder).iterdir()]
        except FileNotFoundError:
            return []


class Place(NamedTuple):
    """A template, and where it stands."""

    layer: Layer
    path: str  # "python/Dockerfile.j2", or "Dockerfile.j2" at the top
    text: str

    @property
    def shown(self) -> str:
        """As messages name it."""
        return f"{self.layer.pin.name}/{self.path}"


class Pack(NamedTuple):
    """Templates for one or many stacks, with all that is taken from the packs below."""

    name: str
    version: str
    stacks: Mapping[str, Stack]
    kinds: Mapping[str, Mapping[str, Fact]] = _NONE  # what is so of every app of a kind
    layers: tuple[Layer, ...] = ()  # nearest first, the built-in one last
    services: Mapping[str, str] = _NONE  # images of backing services that are not the catalogue's
    shared: Mapping[str, Any] = _NONE  # the tables of variables that a stack.toml builds on
    policy: str | None = None  # the text of the nearest policy.toml
    bump: Bump = USUAL_BUMP  # how far a bot may raise the images in files that were written from it
    notes: tuple[ProjectWarning, ...] = ()  # what should be said of how it was got

    @property
    def pins(self) -> tuple[Pin, ...]:
        """What the record keeps: one for each layer."""
        return tuple(layer.pin for layer in self.layers)

    def variables(self, stack: str) -> tuple[Variable, ...]:
        """Return a stack's variables, the shared ones first; LookupError where there is no such stack."""
        return self.stacks[stack].variables

    def all_variables(self) -> tuple[Variable, ...]:
        """Return the variables of every stack, each name once, with the choices of all."""
        named: dict[str, Variable] = {}
        for variable in (v for stack in self.stacks.values() for v in stack.variables):
            earlier = named.get(variable.name, variable)
            choices = tuple(dict.fromkeys((*earlier.choices, *variable.choices)))
            named[variable.name] = variable._replace(choices=choices)
        return tuple(named.values())

    def outputs(self, stack: str, kind: str) -> tuple[Output, ...]:
        """Return the files that an app of this stack and kind gets."""
        return tuple(o for o in self.stacks[stack].outputs if not o.kinds or kind in o.kinds)

    def usual(self, kind: str) -> Mapping[str, Fact]:
        """Return what is so of every app of this kind, where nobody says otherwise."""
        return self.kinds.get(kind, _NONE)

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in one folder, of all layers."""
        return sorted({name for layer in self.layers for name in layer.names(folder)})

    def places(self, template: str, stack: str = "") -> Iterator["Place"]:
        """Yield where a template is, nearest first: at its path; a STACK's file also by name at the top."""
        name = template.rpartition("/")[2]
        for layer in self.layers:
            if (text := layer.text(template)) is not None:
                yield Place(layer, template, text)
            if stack and name != template and name in layer.files and stack in (layer.stacks or (stack,)):
                yield Place(layer, name, layer.text(name) or "")


class _Stacks(Mapping[str, Stack]):
    """Those of the built-in pack, each read when it is asked for: most runs need one."""

    def __init__(self, pack: Mapping[str, Any]) -> None:
        self._pack = pack
        self._read: dict[str, Stack] = {}

    def __getitem__(self, name: str) -> Stack:
        if name not in self._read:
            if name not in self._names:
                raise KeyError(name)
            table = read_table(templates.__file__, f"{name}/stack.toml")
            self._read[name] = make_stack(name, table, self._pack)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        folders = Path(templates.__file__).parent.iterdir()
        return tuple(sorted(folder.name for folder in folders if (folder / "stack.toml").is_file()))


@cache
def builtin() -> Pack:
    """Return the pack that is installed with the program."""
    root = Path(templates.__file__).parent
    pack = read_table(templates.__file__, "pack.toml")
    return Pack(
        name=pack["name"],
        version=pack["version"],
        stacks=_Stacks(pack),
        kinds=MappingProxyType({kind: _facts(rows) for kind, rows in pack.get("kinds", {}).items()}),
        layers=(Layer(Pin(pack["name"], pack["version"]), root),),
        shared=MappingProxyType({"variables": pack["variables"], "groups": pack["groups"]}),
    )


def references(pack: Pack, stack: str, values: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the variables `images` and `tools`: what a plan with these values names, from the catalogue."""
    release = values["runtime"].value.image if "runtime" in values else None
    suite = next((r.suite for r in releases(stack) if r.version == release), "") if release else ""
    tools = {name: tool(name, release) for name in pack.stacks[stack].tools}
    parts = {"release": release or "", "suite": suite}
    images = {
        name: _reference(row, {**parts, "tool": tools.get(name, "")})
        for name, row in pack.stacks[stack].images.items()
    }
    services = {name: _service_image(pack, name) for name in _service_names(values)}
    images |= {name: reference for name, reference in services.items() if reference is not None}
    return {"images": Fact(images, CATALOGUE), "tools": Fact(tools, CATALOGUE)}


def without_image(pack: Pack, values: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the services for which nobody publishes an image: the user brings their own."""
    return tuple(name for name in _service_names(values) if _service_image(pack, name) is None)


def _service_names(values: Mapping[str, Fact]) -> Iterable[str]:
    return [service.name for service in values["services"].value] if "services" in values else []


def _service_image(pack: Pack, name: str) -> str | None:
    return pack.services.get(name) or (image(name) if has_image(name) else None)


def _reference(row: Mapping[str, str], parts: Mapping[str, str]) -> str:
    if "ref" in row:
        return re.sub(r"\{(\w+)\}", lambda place: parts[place[1]], row["ref"])
    filled = {key: text.format(**parts) for key, text in row.items() if key != "image"}
    return image(row["image"], **filled)


def make_stack(name: str, data: Mapping[str, Any], pack: Mapping[str, Any]) -> Stack:
    """Return the stack that the tables of a stack.toml declare, with the variables of a pack.toml."""
    own = data.get("variables", {})
    shared = dict(pack["variables"])
    for group in data.get("shares", ()):
        shared |= pack["groups"][group]
    narrowed = {key: {**shared.get(key, {}), **row} for key, row in own.items()}
    return Stack(
        name=name,
        variables=tuple(make_variable(key, row) for key, row in {**shared, **narrowed}.items()),
        outputs=tuple(make_output(path, row) for path, row in data["outputs"].items()),
        images=MappingProxyType(data.get("images", {})),
        tools=tuple(data.get("tools", {}).get("names", ())),
    )


def make_variable(name: str, row: Mapping[str, Value]) -> Variable:
    """Return the variable that a table declares."""
    return Variable(name, **{key: _frozen(value) for key, value in row.items()})


def make_output(path: str, row: Mapping[str, Any]) -> Output:
    """Return the file that a table declares."""
    return Output(path, row["template"], tuple(row.get("kinds", ())))


def _facts(rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Fact]:
    return MappingProxyType({key: Fact(_frozen(row["value"]), row["source"]) for key, row in rows.items()})


def _frozen(value: Value) -> Value:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
