"""Other programs that JavaScript code starts: what speaks against an image with nothing but Node.js in it."""

from collections.abc import Iterable, Iterator

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ..code.folding import fold
from ..code.module import Call, Module
from ..code.origins import member
from ..code.syntax import Node, above, field, items_of, text_of

_WORDS = ("child_process", "execa", "shelljs", "cross-spawn", "zx", "simple-git", "fluent-ffmpeg",
          "Bun.$", "Bun.spawn",
          "nano-spawn", "tinyexec", "node-cmd", "pdfkit-table")  # fmt: skip
#: A shell runs the text.
_SHELLS = frozenset(
    {"child_process.exec", "child_process.execSync", "shelljs.exec", "execa.execaCommand", "execa.command",
     "execa.execaCommandSync", "node-cmd.run", "node-cmd.runSync", "zx.$", "Bun.$", "execa.$"}
)  # fmt: skip
_SPAWNS = frozenset(
    {"child_process.spawn", "child_process.spawnSync", "child_process.execFile", "child_process.execFileSync",
     "execa", "execa.execa", "execa.execaSync", "execa.sync", "cross-spawn", "cross-spawn.spawn",
     "cross-spawn.sync",
     "Bun.spawn", "Bun.spawnSync", "nano-spawn", "tinyexec.x", "tinyexec.exec", "execa.execaNode"}
)  # fmt: skip
#: Packages that only start a program.
_PACKAGES = {"simple-git": "git", "fluent-ffmpeg": "ffmpeg", "imagemagick": "convert", "gm": "gm",
             "node-pandoc": "pandoc", "pdf-image": "convert"}  # fmt: skip


class Started(NamedTuple):
    """A program that the code starts."""

    name: str  # "git"; "" where only a run can tell
    place: str
    tried: bool  # in a `try`: the code may go on without it


def find_started(modules: Iterable[Module]) -> tuple[Started, ...]:
    """Return every program that MODULES start, but Node.js by its own path."""
    found = [one for module in modules if module.mentions(*_WORDS, *_PACKAGES) for one in _of_module(module)]
    return tuple(found)


def find_shell_out(modules: Iterable[Module]) -> Fact | None:
    """Return the first program that MODULES start, with its place; "a shell" where it is not named."""
    first = next(iter(find_started(modules)), None)
    return Fact(first.name or "a shell", first.place) if first else None


def _of_module(module: Module) -> Iterator[Started]:
    for specifier, place in module.imports.items():
        if specifier in _PACKAGES and module.source.resolve(module, specifier) is None:
            yield Started(_PACKAGES[specifier], place, False)
    for call in module.calls():
        if call.callee in _SHELLS | _SPAWNS:
            started = _started(module, call)
            if started is not None:
                yield started
        elif call.callee == "util.promisify" and _starts(module, call):
            yield Started("", call.place, _is_tried(call.node))


def _starts(module: Module, call: Call) -> bool:
    """Whether a call is given a function that starts programs."""
    return bool(call.arguments) and module.origin(call.arguments[0]) in _SHELLS | _SPAWNS


def _started(module: Module, call: Call) -> Started | None:
    first = call.arguments[0] if call.arguments else None
    tagged = field(call.node, "arguments")
    if first is None and tagged is not None and tagged.type == "template_string":
        first = tagged
    if first is None:
        return None
    if _is_node(module, first) and not _asks_for_shell(module, call):
        return None
    node = items_of(first)[0] if first.type == "array" and items_of(first) else first
    words = (fold(module, node).text or "").split()
    name = words[0].rpartition("/")[2] if words and "{}" not in words[0] else ""
    return Started(name, call.place, _is_tried(call.node))


def _is_node(module: Module, node: Node) -> bool:
    """Whether NODE is the path of the Node.js that runs already: https://nodejs.org/api/process.html#processargv"""
    if node.type == "subscript_expression":
        base, index = field(node, "object"), field(node, "index")
        return base is not None and module.origin(base) == "process.argv" and text_of(index) == "0"
    return module.origin(node) in {"process.execPath", "process.argv0"}


def _asks_for_shell(module: Module, call: Call) -> bool:
    options = (member(module, one, "shell") for one in call.arguments[1:] if one.type == "object")
    return any(one is not None and text_of(one.node) != "false" for one in options)


def _is_tried(node: Node) -> bool:
    """Whether NODE stands in the body of a `try`."""
    inner = node
    for one in above(node):
        if one.type == "try_statement":
            body = field(one, "body")
            return body is not None and body.start_byte <= inner.start_byte < body.end_byte
        inner = one
    return False
