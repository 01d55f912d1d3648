"""Settings that JavaScript code keeps under a name: Express', Nest's, those of the package `config`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .module import Module, returned
from .names import Alias
from .origins import follow, member
from .syntax import FUNCTIONS, Node, arguments_of, callee_of, property_of, string_of

if TYPE_CHECKING:
    from .source import Source


def find_kept(modules: tuple[Module, ...], key: str) -> Iterator[tuple[Module, Node]]:
    """Yield what is kept under KEY: `app.set("port", value)`, anywhere."""
    for module in modules:
        if not module.mentions(f'.set("{key}"', f".set('{key}'"):
            continue
        for node in module.parts("call"):
            function, arguments = callee_of(node), arguments_of(node)
            is_set = function is not None and property_of(function) == "set" and len(arguments) == 2
            if is_set and string_of(arguments[0]) == key and arguments[1].type not in FUNCTIONS:
                yield module, arguments[1]


def find_registered(source: Source) -> Iterator[tuple[str, Module, Node]]:
    """Nest's `registerAs("app", () => ({ … }))`, and what `ConfigModule.forRoot({ load: [ … ] })` calls.

    So are the files of the package `config`: https://github.com/node-config/node-config/wiki/Configuration-Files
    """
    for stem in ("production", "default"):
        paths = (f"config/{stem}{suffix}" for suffix in (".json", ".js", ".ts", ".cjs", ".mjs"))
        module = next((one for path in paths if (one := source.at(path))), None)
        made = module.exports.get("default") if module else None
        if module and made is not None and not isinstance(made, Alias):
            yield "", module, made
    for module in source.modules:
        if not module.mentions("registerAs", "ConfigModule"):
            continue
        for call in module.calls():
            if call.callee == "@nestjs/config.registerAs" and len(call.arguments) == 2:
                name = string_of(call.arguments[0])
                yield from ((name or "", home, value) for home, value in _results(module, call.arguments[1]))
            elif call.callee == "@nestjs/config.ConfigModule.forRoot" and call.arguments:
                yield from (("", home, value) for home, value in _loaded(module, call.arguments[0]))


def _loaded(module: Module, options: Node) -> Iterator[tuple[Module, Node]]:
    load = member(module, options, "load")
    if load and load.node.type == "array":
        for item in load.node.named_children:
            spot = follow(load.module, item)
            if spot.node.type != "call_expression":
                yield from _results(spot.module, spot.node)


def _results(module: Module, node: Node) -> Iterator[tuple[Module, Node]]:
    home, function = follow(module, node)
    if function.type in FUNCTIONS:
        yield from ((home, result) for result in returned(home, function))
