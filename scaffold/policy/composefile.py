"""Reads Compose files, with the line of each thing. Bounded, and never fails on any text.

https://docs.docker.com/reference/compose-file/
"""

import posixpath
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeAlias

from scaffold.dockerfiles.shellwords import expand
from scaffold.policy.rule import ImageUse
from scaffold.reading.formats import explain, read_yaml_nodes

Key: TypeAlias = str | int
Path: TypeAlias = tuple[Key, ...]

#: With its aliases written out, a file of a person has fewer values.
_MOST = 50_000

_TRUE = ("true", "yes", "on")
_FALSE = ("false", "no", "off")


class ComposeFile:
    """What a Compose file says. Texts are as they are written: "22:22" is no number of YAML 1.1."""

    def __init__(self, path: str, text: str) -> None:
        """Read TEXT, which may be anything; `flaw` says why it could not be read."""
        self.path = path
        self.flaw: tuple[int | None, str] | None = None
        self.overlaid: frozenset[str] = frozenset()  # services that another file of the folder defines first
        self._lines: dict[Path, int] = {}
        self._left = _MOST
        data: Any = None
        try:
            node = read_yaml_nodes(text)
            data = {} if node is None else self._plain(node, ())
        except Exception as error:  # a parser's own bug too: see scaffold.reading.formats
            message, line = explain(error)
            self.flaw = line, f"cannot be parsed: {message}"
        self.data: dict[str, Any] = _table(data)
        if self.flaw is None and data is not None and not isinstance(data, dict):
            self.flaw = 1, "is no mapping of keys"

    def _plain(self, node: Any, path: Path) -> Any:
        """Return what NODE says, and note the lines."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("too large")
        self._lines.setdefault(path, node.start_mark.line + 1)
        if node.id == "scalar":
            return _scalar(node)
        if node.id == "sequence":
            return [self._plain(item, (*path, at)) for at, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[Any] = []
        for key, value in node.value:
            name = str(key.value) if key.id == "scalar" else ""
            if key.tag == "tag:yaml.org,2002:merge":
                merged += value.value if value.id == "sequence" else [value]
                continue
            self._lines[(*path, name)] = key.start_mark.line + 1
            found[name] = self._plain(value, (*path, name))
        for other in merged:
            if other.id == "mapping":
                found = {**self._mapping(other, path), **found}
        return found

    @cached_property
    def services(self) -> dict[str, dict[str, Any]]:
        """The services by name; what is none is empty."""
        return {name: _table(value) for name, value in _table(self.data.get("services")).items()}

    def line(self, *path: Key) -> int | None:
        """Return the line of what stands at PATH, or of the nearest thing around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path)

    def items(self, service: str, key: str) -> Iterator[tuple[Path, Any]]:
        """Yield each item of a list of SERVICE, or of one that is alone, with its path."""
        value = self.services[service].get(key)
        start: Path = ("services", service, key)
        if isinstance(value, list):
            yield from (((*start, at), item) for at, item in enumerate(value))
        elif value is not None:
            yield start, value

    def built(self) -> Iterator[tuple[str, str, str]]:
        """Yield each build: the service, its context and its Dockerfile, as paths of the tree."""
        for name, service in self.services.items():
            build = service.get("build")
            if isinstance(build, str):
                build = {"context": build}
            if isinstance(build, dict):
                context = str(build.get("context") or ".")
                file = str(build.get("dockerfile") or "Dockerfile")
                if "$" not in context + file and "://" not in context:
                    yield name, self.inside(context), self.inside(posixpath.join(context, file))

    def inside(self, path: str) -> str:
        """Return PATH, which this file names, as a path of the tree."""
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), path))
        return "" if whole == "." else whole

    def arguments(self, service: str) -> dict[str, str]:
        """Return the build arguments of SERVICE that are known, by name."""
        found = (row for row in self.variables if row[0] == service and row[1][2] == "build")
        filled = ((name, expand(value.replace("$$", "\0$"), {}, escape="\0")) for _, _, name, value in found)
        return {name: value for name, value in filled if value is not None}

    def contexts(self) -> Iterator[ImageUse]:
        """Yield each image that a build is given in place of another one, or of a stage.

        https://docs.docker.com/reference/compose-file/build/#additional_contexts
        """
        for service, data in self.services.items():
            path: Path = ("services", service, "build", "additional_contexts")
            value = _table(data.get("build")).get("additional_contexts")
            if isinstance(value, dict):
                pairs = [((*path, name), name, str(text)) for name, text in value.items()]
            else:
                items = value if isinstance(value, list) else []
                pairs = [((*path, at), *str(item).partition("=")[::2]) for at, item in enumerate(items)]
            for place, name, text in pairs:
                if text.startswith("docker-image://"):
                    image = text.removeprefix("docker-image://")
                    line = self.line(*place) or 1
                    yield ImageUse(f"service {service}", image, image, line, f"{service} {name}={text}")

    def others(self) -> Iterator[str]:
        """Yield the Compose files that this one takes in by `include`, and by `extends` of a service."""
        included = self.data.get("include")
        for item in included if isinstance(included, list) else []:
            paths = item.get("path") if isinstance(item, dict) else item
            yield from (str(path) for path in (paths if isinstance(paths, list) else [paths]) if path)
        for service in self.services.values():
            if file := _table(service.get("extends")).get("file"):
                yield str(file)

    def inline(self) -> Iterator[tuple[str, str, int]]:
        """Yield each Dockerfile that stands in the file itself: the service, the text, the line before it."""
        for name, service in self.services.items():
            text = _table(service.get("build")).get("dockerfile_inline")
            if isinstance(text, str):
                yield name, text, self.line("services", name, "build", "dockerfile_inline") or 0

    def images(self, own: set[str]) -> Iterator[ImageUse]:
        """Yield the image of each service, but for those of OWN, which are built."""
        for name, service in self.services.items():
            written = service.get("image")
            if isinstance(written, str) and written and name not in own:
                line = self.line("services", name, "image") or 1
                image = expand(written.replace("$$", "\0$"), {}, escape="\0")
                yield ImageUse(f"service {name}", written, image, line, f"{name} image: {written}")

    @cached_property
    def variables(self) -> tuple[tuple[str, Path, str, str], ...]:
        """The variables that are set: the service, the place, the name and the value."""
        return tuple(self._variables())

    def _variables(self) -> Iterator[tuple[str, Path, str, str]]:
        for service, data in self.services.items():
            places = (
                (data.get("environment"), "environment"),
                (_table(data.get("build")).get("args"), "build"),
            )
            for value, key in places:
                start: Path = (
                    ("services", service, key) if key == "environment" else ("services", service, key, "args")
                )
                if isinstance(value, dict):
                    for name, text in value.items():
                        yield service, (*start, name), name, "" if text is None else str(text)
                elif isinstance(value, list):
                    for at, item in enumerate(value):
                        name, _, text = str(item).partition("=")
                        yield service, (*start, at), name, text


def _scalar(node: Any) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    lower = node.value.lower()
    if kind == "bool" and lower in _TRUE + _FALSE:
        return lower in _TRUE
    return node.value


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
