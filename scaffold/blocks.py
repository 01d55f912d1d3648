"""The blocks of a pack's templates: what each one replaces, and whether there is such a block below.

Jinja takes a block that nobody asks for without a word. Here it is a mistake, with its line.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes

from scaffold.answers import did_you_mean
from scaffold.packs import Layer, Pack, Place
from scaffold.problems import Problem

if TYPE_CHECKING:
    from jinja2 import Environment


def unknown_blocks(pack: Pack, stacks: Iterable[str], environment: "Environment") -> Iterator[Problem]:
    """Yield each block of PACK's own layers that replaces nothing, in the files of STACKS."""
    found: dict[tuple[str, int, str], set[str]] = {}
    for stack in stacks:
        for name, place in overrides(pack, stack):
            tree = environment.parse(place.text, name, place.shown)
            if extended(tree) is None:
                continue
            below = _blocks_below(name, tree, environment)
            if below is None:
                said = 'this file extends itself: say {% extends "parent" %}'
                yield Problem("extends-itself", "error", place.shown, 1, said)
                return
            for block in outer_blocks(tree):
                if block.name not in below:
                    where = (place.shown, block.lineno, block.name)
                    found.setdefault(where, set()).add(did_you_mean(block.name, below))
    for (path, line, name), near in found.items():
        yield Problem("unknown-block", "error", path, line, f"there is no block {name!r}{max(near)}")


def _blocks_below(name: str, tree: nodes.Template, environment: "Environment") -> set[str] | None:
    """Return the names of all blocks in what a template extends; None where that is the template itself."""
    assert environment.loader is not None
    blocks, seen = set[str](), {name}
    while (parent := extended(tree)) is not None:
        name = environment.join_path(parent, name)
        if name in seen:
            return None
        seen.add(name)
        try:
            source, shown, _ = environment.loader.get_source(environment, name)
        except TemplateNotFound:  # it is told by who renders it, and by lint
            break
        tree = environment.parse(source, name, shown)
        blocks |= {block.name for block in tree.find_all(nodes.Block)}
    return blocks


def overrides(pack: Pack, stack: str) -> Iterator[tuple[str, Place]]:
    """Yield the templates of a stack's files that packs over the built-in one have, each by its name."""
    templates = dict.fromkeys(output.template for output in pack.stacks[stack].outputs)
    shared = {path for layer in pack.layers[:-1] for path in layer.files if _is_template_of(path, stack)}
    for template in dict.fromkeys((*templates, *sorted(shared))):
        entry = f"{stack}>{template}" if template in templates else template
        for number, place in enumerate(pack.places(template, stack if template in templates else "")):
            if place.layer.root is None:
                yield f"{number}:{entry}", place


def _is_template_of(path: str, stack: str) -> bool:
    """Whether PATH is one of the templates that the files of STACK may include."""
    return path.endswith(".j2") and path.partition("/")[0] in (stack, "shared", "compose")


def extended(tree: nodes.Template) -> str | None:
    """Return what a template extends, where it says so."""
    for each in tree.find_all(nodes.Extends):
        if isinstance(each.template, nodes.Const):
            return str(each.template.value)
    return None


def outer_blocks(node: nodes.Node) -> Iterator[nodes.Block]:
    """Yield the blocks that stand in no other one."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from outer_blocks(child)


def blamed(error: Exception, pack: Pack) -> str:
    """Return what a template's ERROR says, after the file and line of the pack where that can be told."""
    if isinstance(error, TemplateNotFound):
        said = f"there is no template {str(error.name).rpartition('>')[2].rpartition(':')[2]!r} to take"
    else:
        said = str(error).strip().partition("\n")[0] or type(error).__name__
    return f"{_place(error, pack.layers) or pack.name}: {said}"


def _place(error: Exception, layers: tuple[Layer, ...]) -> str:
    names = tuple(f"{layer.pin.name}/" for layer in layers)
    if isinstance(error, TemplateSyntaxError) and (file := error.filename or error.name):
        return f"{file}:{error.lineno}"  # of what has no end, the lexer of Jinja tells the file as a name
    found, traceback = "", error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename.startswith(names):
            found = f"{filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found
