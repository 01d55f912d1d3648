"""The paths that Nest's controllers answer to GET, with no parameters and no login. Runs no decorator."""

import re
from collections.abc import Iterable, Iterator

from ...health import says_health
from ..code.decorators import Decorator, decorator_of, decorators_of
from ..code.folding import fold
from ..code.module import Call, Module
from ..code.origins import member
from ..code.syntax import Node, field, string_of, text_of


def slashed(prefix: str) -> str:
    """Return a part of a path with one slash before it; nothing for nothing."""
    return f"/{prefix.strip('/')}" if prefix.strip("/") else ""


def nest_paths(modules: Iterable[Module]) -> Iterator[tuple[str, str]]:
    """https://docs.nestjs.com/controllers#routing"""
    modules = tuple(modules)
    controllers = [module for module in modules if module.mentions("@Controller")]
    if not controllers:
        return
    prefix, excluded, versioned = _nest_prefix(modules)
    locked = any(_has_global_guard(module) for module in modules)
    for module in controllers:
        for node in module.parts("class"):
            for path, place in _controlled(module, node, locked, versioned):
                yield (path if path.strip("/") in excluded else f"{prefix}{path}") or "/", place


def _nest_prefix(modules: Iterable[Module]) -> tuple[str, frozenset[str], str | None]:
    """(the prefix of all routes, the paths that have none, what stands before a version in a path)."""
    prefix, excluded, versioned = "", frozenset[str](), None
    for module in modules:
        if not module.mentions("setGlobalPrefix", "enableVersioning"):
            continue
        for call in module.calls():
            if call.callee.endswith(".setGlobalPrefix") and call.arguments:
                prefix = slashed(fold(module, call.arguments[0]).text or "")
                excluded = frozenset(_excluded(module, call))
            elif call.callee.endswith(".enableVersioning"):
                versioned = _version_prefix(module, call)
    return prefix, excluded, versioned


def _version_prefix(module: Module, call: Call) -> str | None:
    """https://docs.nestjs.com/techniques/versioning#uri-versioning-type"""
    text = text_of(call.node)
    if "HEADER" in text or "MEDIA_TYPE" in text or "CUSTOM" in text or "defaultVersion" in text:
        return None if "defaultVersion" not in text else "?"
    stated = member(module, call.arguments[0], "prefix") if call.arguments else None
    return (fold(*stated).text or "") if stated and text_of(stated.node) != "false" else "" if stated else "v"


def _excluded(module: Module, call: Call) -> Iterator[str]:
    stated = member(module, call.arguments[1], "exclude") if len(call.arguments) > 1 else None
    for one in stated.node.named_children if stated and stated.node.type == "array" else ():
        path = string_of(one)
        inner = member(stated.module, one, "path") if stated and path is None else None
        text = path if path is not None else fold(*inner).text if inner else None
        if text is not None:
            yield text.strip("/")


def _has_global_guard(module: Module) -> bool:
    """Whether all routes are guarded: an APP_GUARD that is no throttle."""
    if module.mentions("APP_GUARD") and re.search(
        r"useClass:\s*\w*(Auth|Jwt|Role|Permission)\w*", module.text
    ):
        return True
    return module.mentions("useGlobalGuards(")


def _controlled(module: Module, node: Node, locked: bool, versioned: str | None) -> Iterator[tuple[str, str]]:
    decorators = list(decorators_of(node))
    controller = next((one for one in decorators if one.name == "Controller"), None)
    if controller is None or (_is_guarded(decorators) and not _is_public(decorators)):
        return
    base, version = _controller_path(module, controller)
    if versioned == "?" and version != "neutral":
        return
    if versioned is not None and version and version != "neutral":
        base = f"{versioned}{version}/{base.strip('/')}"
    for method, found in _methods(module, node):
        get = next((one for one in found if one.name == "Get"), None)
        if (
            get is None
            or any(one.name == "Version" for one in found)
            or _is_guarded(found)
            or (locked and not _is_public([*decorators, *found]))
        ):
            continue
        path = fold(module, get.arguments[0]).text if get.arguments else ""
        full = f"{slashed(base)}{slashed(path or '')}" if path is not None else None
        if full is not None and (says_health(full) or full == "") and not re.search(r"[:*{}(]", full):
            yield full, module.place(method)


def _controller_path(module: Module, decorator: Decorator) -> tuple[str, str]:
    if not decorator.arguments:
        return "", ""
    first = decorator.arguments[0]
    stated, version = member(module, first, "path"), member(module, first, "version")
    said = (
        "neutral"
        if version and "VERSION_NEUTRAL" in text_of(version.node)
        else fold(*version).text
        if version
        else ""
    )
    return (fold(*stated).text if stated else fold(module, first).text) or "", said or ""


def _is_guarded(decorators: list[Decorator]) -> bool:
    guards = (one for one in decorators if one.name in {"UseGuards", "Auth", "Roles", "ApiBearerAuth"})
    return any(not all("Throttl" in text_of(a) for a in one.arguments) or not one.arguments for one in guards)


def _is_public(decorators: list[Decorator]) -> bool:
    return any(re.search(r"(?i)public|skip|anonymous|noauth|unauth|allow", one.name) for one in decorators)


def _methods(module: Module, node: Node) -> Iterator[tuple[Node, list[Decorator]]]:
    body = field(node, "body")
    waiting: list[Decorator] = []
    for one in body.children if body is not None else ():
        if one.type == "decorator":
            waiting.append(decorator_of(one))
        elif one.type == "method_definition":
            yield (
                one,
                [*waiting, *(decorator_of(child) for child in one.children if child.type == "decorator")],
            )
            waiting = []
