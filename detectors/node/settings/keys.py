"""Keys and certificates that are committed, and that the program does not start without. Reads none."""

import re
from collections.abc import Iterable, Iterator

from scaffold.model import ProjectWarning
from scaffold.reading.tree import Tree

from ...placing import HOME
from ..code.folding import fold
from ..code.module import Call, Module
from ..code.syntax import FUNCTIONS, above

#: What .dockerignore keeps out by its name, as other people's keys are called so.
_NAMES = r".*\.(key|pem|p12|pfx)"
_READS = re.compile(r"(fs|fs-extra|graceful-fs)\.readFileSync")


def find_keys(tree: Tree, modules: Iterable[Module]) -> tuple[tuple[str, ...], tuple[ProjectWarning, ...]]:
    """Return the committed keys that MODULES read when loaded, and a warning for each private one."""
    found = dict(one for module in modules if module.mentions("readFileSync") for one in _read(tree, module))
    said = "is committed, so it is no secret: the program does not start without it, and the image has it"
    private = (path for path in found if "PRIVATE KEY" in tree.text(path))
    warnings = (ProjectWarning("committed-key", f"{path} {said}", found[path]) for path in private)
    return tuple(found), tuple(warnings)


def _read(tree: Tree, module: Module) -> Iterator[tuple[str, str]]:
    for call in module.calls():
        if call.arguments and _READS.fullmatch(call.callee) and _is_loaded(call):
            text = fold(module, call.arguments[0]).text or ""
            path = text.removeprefix(f"{HOME}/").removeprefix("./")
            if re.fullmatch(_NAMES, path) and path in tree:
                yield path, call.place


def _is_loaded(call: Call) -> bool:
    """Whether it is called when its module is loaded, not by a function that somebody may call."""
    return not any(one.type in FUNCTIONS for one in above(call.node))
