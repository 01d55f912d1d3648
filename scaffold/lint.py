"""What is wrong with a pack, before somebody uses it: each problem with its file and line.

What `init` would refuse is an error; what works, and is not what its author means, is a warning.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from scaffold.answers import did_you_mean
from scaffold.blocks import overrides, unknown_blocks
from scaffold.errors import WrongUse
from scaffold.fetching.sources import load
from scaffold.model import Variable
from scaffold.packs import Layer, Pack, builtin
from scaffold.problems import Problem
from scaffold.render import FILTERS, make_environment

#: Each rule and what it finds, for the documentation.
RULES: Mapping[str, str] = MappingProxyType(
    {
        "bad-pack": "`pack.toml`, `stack.toml` or `policy.toml` says something that cannot be",
        "bad-template": "a template that Jinja cannot compile",
        "unknown-block": "a block that is in nothing that the template extends: it would never be seen",
        "extends-itself": "a template that extends its own name, and not `parent`: it would never end",
        "unscoped-block": "a block in a loop that cannot see the loop's variable: `{% block x scoped %}`",
        "unknown-variable": "a name that is no variable of the stack, and is set nowhere",
        "unknown-template": "a template that is extended, included, imported or written, and is nowhere",
        "unused-file": "a template that nothing takes",
        "unused-variable": "a variable of the pack's own that no template uses",
        "unquoted": "text of a project that passes no quoting filter",
        "mixed-quoting": "quoted text that is joined with other text by `~` or `+`: all passes for quoted",
        "skipped-layer": "`super.super()`, which leaves out what the pack below says",
        "image-without-tag": "an image that is another one every day",
    }
)

#: What render adds to the variables of a stack, and a service's template is given by who includes it.
_ADDED = frozenset({"images", "tools", "sources", "service", "range", "namespace", "process", "command"})

#: What is made of a number, a truth or a constant needs no quoting.
_HARMLESS = (nodes.Const, nodes.TemplateData, nodes.Compare, nodes.Test, nodes.Not)


def lint(source: str, root: Path) -> tuple[Problem, ...]:
    """Return all problems of the pack that SOURCE names, as a project in ROOT would get it.

    UntrustedPack: it holds what no pack may have. Unreachable: its source does not answer.
    """
    try:
        pack = load(source, root)
    except WrongUse as error:
        return (Problem("bad-pack", "error", *_place_in(str(error)), str(error)),)
    return check(pack)


def check(pack: Pack) -> tuple[Problem, ...]:
    """Return all problems of a PACK's own layer: what it stands on is others' work."""
    if pack is builtin() or not pack.layers:
        return ()
    layer, environment = pack.layers[0], make_environment(pack)
    found = [*_syntax(layer, environment)]
    if not found:
        found += _templates(pack, layer, environment)
    found += _images(pack)
    return tuple(sorted(set(found), key=lambda problem: (problem.path, problem.line or 0, problem.rule)))


def _place_in(message: str) -> tuple[str, int | None]:
    """Return the file that a message begins with, and the line."""
    place = re.match(r"([\w./-]+\.(?:toml|j2))(?::(\d+))?: ", message)
    return (place[1], int(place[2]) if place[2] else None) if place else ("pack.toml", None)


def _syntax(layer: Layer, environment: Environment) -> Iterator[Problem]:
    for path in _sources(layer):
        shown = f"{layer.pin.name}/{path}"
        try:
            environment.compile(layer.text(path) or "", path, shown)
        except TemplateSyntaxError as error:
            yield Problem("bad-template", "error", shown, error.lineno, str(error.message))
        except Exception as error:  # a parser that runs out of stack, a text that is none
            yield Problem("bad-template", "error", shown, None, f"cannot be read: {type(error).__name__}")


def _sources(layer: Layer) -> list[str]:
    return sorted(path for path in layer.files if path.endswith(".j2"))


# -- templates


def _templates(pack: Pack, layer: Layer, environment: Environment) -> Iterator[Problem]:
    stacks = sorted(set(layer.stacks) or set(pack.stacks))
    yield from unknown_blocks(pack._replace(layers=pack.layers), stacks, environment)
    trees = {
        path: environment.parse(layer.text(path) or "", path, f"{layer.pin.name}/{path}")
        for path in _sources(layer)
    }
    for path, tree in trees.items():
        shown = f"{layer.pin.name}/{path}"
        known = _known(pack, path, stacks)
        yield from _names(tree, shown, known, layer)
        yield from _loops(tree, shown)
        yield from _quoting(tree, shown)
        yield from _skipping(tree, shown)
        yield from _references(tree, shown, pack)
    yield from _outputs(pack, layer, stacks)
    yield from _unused(pack, layer, trees, stacks)


def _known(pack: Pack, path: str, stacks: Iterable[str]) -> dict[str, Variable]:
    """Return the variables that a template at PATH is given: of its stack, or of all that it goes for."""
    of = path.partition("/")[0]
    own = [of] if of in pack.stacks else list(stacks)
    return {variable.name: variable for stack in own for variable in pack.variables(stack)}


def _names(
    tree: nodes.Template, shown: str, known: Mapping[str, Variable], layer: Layer
) -> Iterator[Problem]:
    """Yield each name that is nothing: blocks may use what the template that is extended sets or imports."""
    given = {*known, *_ADDED, *_set_in(tree), *_set_below(tree)}
    for name in sorted(meta.find_undeclared_variables(tree) - given):
        line = next((n.lineno for n in tree.find_all(nodes.Name) if n.name == name), 1)
        said = f"there is no variable {name!r}{did_you_mean(name, known)}"
        yield Problem("unknown-variable", "error", shown, line, said)


def _set_in(tree: nodes.Template) -> set[str]:
    """Return what a template names itself: a block does not see that it was set outside."""
    names = {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")}
    imported = {str(each.target) for each in tree.find_all(nodes.Import)}
    taken = {
        name if isinstance(name, str) else name[1]
        for each in tree.find_all(nodes.FromImport)
        for name in each.names
    }
    macros = {each.name for each in tree.find_all(nodes.Macro)}
    return names | imported | taken | macros


def _set_below(tree: nodes.Template) -> set[str]:
    """Return what the templates of the built-in pack set, where TREE extends something: blocks see it."""
    if not any(tree.find_all(nodes.Extends)):
        return set()
    layer, environment = builtin().layers[0], make_environment(builtin())
    folders = (*builtin().stacks, "compose", "shared")
    texts = [layer.text(f"{folder}/{name}") for folder in folders for name in layer.names(folder)]
    return {name for text in texts if text for name in _set_in(environment.parse(text))}


def _loops(tree: nodes.Template, shown: str) -> Iterator[Problem]:
    for loop in tree.find_all(nodes.For):
        targets = {name.name for name in loop.target.find_all(nodes.Name)}
        targets |= {loop.target.name} if isinstance(loop.target, nodes.Name) else set()
        for block in loop.find_all(nodes.Block):
            used = {name.name for name in block.find_all(nodes.Name)}
            if not block.scoped and used & {*targets, "loop"}:
                said = (
                    f"the block {block.name!r} does not see {', '.join(sorted(used & targets))}: say `scoped`"
                )
                yield Problem("unscoped-block", "error", shown, block.lineno, said)


def _quoting(tree: nodes.Template, shown: str) -> Iterator[Problem]:
    """Yield what is written with no quoting filter: it fails where the value is a text."""
    macros = {each.name for each in tree.find_all(nodes.Macro)}
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            if not _passes(node, macros):
                filters = ", ".join(sorted(FILTERS))
                said = f"passes no quoting filter (there are: {filters})"
                yield Problem("unquoted", "warning", shown, node.lineno, said)
    for node in tree.find_all((nodes.Concat, nodes.Add)):
        if any(f.name in FILTERS for f in node.find_all(nodes.Filter)):
            said = "quoted text is joined with other text: join first, then quote"
            yield Problem("mixed-quoting", "error", shown, node.lineno, said)


def _passes(node: nodes.Node, macros: set[str]) -> bool:
    """Whether what NODE writes is quoted, a number by its looks, or made by a macro, `super` or a block."""
    if isinstance(node, nodes.Filter):
        return node.name in (*FILTERS, "indent", "length")
    if isinstance(node, nodes.CondExpr):
        return _passes(node.expr1, macros) and (node.expr2 is None or _passes(node.expr2, macros))
    if isinstance(node, nodes.Call):
        return True  # of a macro, of super() or of self.block(): what else can be called makes no output
    is_number = isinstance(node, nodes.Name) and node.name.endswith("port")
    return is_number or isinstance(node, _HARMLESS)


def _skipping(tree: nodes.Template, shown: str) -> Iterator[Problem]:
    for each in tree.find_all(nodes.Getattr):
        if each.attr == "super" and isinstance(each.node, nodes.Name) and each.node.name == "super":
            said = "super.super() leaves out what the pack below says"
            yield Problem("skipped-layer", "warning", shown, each.lineno, said)


def _references(tree: nodes.Template, shown: str, pack: Pack) -> Iterator[Problem]:
    for each in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        name = getattr(each, "template", None)
        if (
            not isinstance(name, nodes.Const)
            or name.value == "parent"
            or getattr(each, "ignore_missing", False)
        ):
            continue
        if next(pack.places(str(name.value)), None) is None:
            said = f"there is no template {name.value!r}"
            yield Problem("unknown-template", "error", shown, each.lineno, said)


def _outputs(pack: Pack, layer: Layer, stacks: Iterable[str]) -> Iterator[Problem]:
    for stack in stacks:
        for output in pack.stacks[stack].outputs:
            if next(pack.places(output.template, stack), None) is None:
                line = _line_of(layer, output.template)
                where = "pack.toml" if line else f"{stack}/stack.toml"
                said = f"outputs.{output.path}: there is no template {output.template!r}"
                yield Problem("unknown-template", "error", f"{layer.pin.name}/{where}", line, said)


def _unused(
    pack: Pack, layer: Layer, trees: Mapping[str, nodes.Template], stacks: Iterable[str]
) -> Iterator[Problem]:
    """Yield the templates that nothing takes, and the variables of the pack's own that none of them uses."""
    taken = {
        place.path for stack in pack.stacks for _, place in overrides(pack, stack) if place.layer is layer
    }
    named = {str(name) for tree in trees.values() for name in meta.find_referenced_templates(tree) if name}
    replaced = {path for path in trees if builtin().layers[0].text(path) is not None}
    for path in sorted(set(trees) - taken - named - replaced):
        yield Problem(
            "unused-file", "warning", f"{layer.pin.name}/{path}", None, "nothing takes this template"
        )
    below = {variable.name for stack in builtin().stacks for variable in builtin().variables(stack)}
    own = {v.name for stack in stacks for v in pack.variables(stack)} - below
    used = {name.name for tree in trees.values() for name in tree.find_all(nodes.Name)}
    for name in sorted(own - used):
        where = f"{layer.pin.name}/pack.toml"
        yield Problem(
            "unused-variable", "warning", where, _line_of(layer, name), f"no template uses {name!r}"
        )


def _line_of(layer: Layer, word: str) -> int | None:
    lines = (layer.text("pack.toml") or "").splitlines()
    return next(
        (number for number, line in enumerate(lines, 1) if re.search(rf"\b{re.escape(word)}\b", line)), None
    )


# -- images


def _images(pack: Pack) -> Iterator[Problem]:
    """Yield the images of the pack's own that have no tag and no digest."""
    layer = pack.layers[0]
    rows = [
        *(
            (f"{stack.name}.{name}", row.get("ref"))
            for stack in pack.stacks.values()
            for name, row in stack.images.items()
        ),
        *((f"services.{name}", reference) for name, reference in pack.services.items()),
    ]
    for name, reference in rows:
        last = (reference or "").rpartition("/")[2]
        if (reference and ":" not in last and "@" not in last) or last.endswith(":latest"):
            said = f"images.{name}: {reference} has no version: another day it is another image"
            where = f"{layer.pin.name}/pack.toml"
            yield Problem("image-without-tag", "error", where, _line_of(layer, str(reference)), said)
