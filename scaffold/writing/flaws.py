"""What no single line of a merged file shows: that together the lines are no file of their kind any more."""

from collections import Counter
from typing import TYPE_CHECKING

from scaffold.paths import printable
from scaffold.reading.formats import explain, read_yaml, repeated_key

if TYPE_CHECKING:
    from scaffold.dockerfiles.dockerfile import Dockerfile

#: What YAML files are called.
YAML = (".yaml", ".yml")


def flaw(path: str, merged: str, mine: str, theirs: str) -> str:
    """Return what MERGED would do, beginning with a verb, where it is worse than MINE and THEIRS; else ""."""
    name = path.rpartition("/")[2]
    if name.endswith(YAML):
        return _in_yaml(merged)
    if name.startswith("Dockerfile") and not name.endswith(".dockerignore"):
        return _in_dockerfile(merged, mine, theirs)
    return ""


def _in_yaml(text: str) -> str:
    try:
        read_yaml(text)
    except Exception as error:  # a parser that runs out of stack too: see scaffold.reading.formats
        what, line = explain(error)
        return f"be no YAML: {what}{f' (line {line})' if line else ''}"
    twice = repeated_key(text)
    return f"have the key {printable(twice[0])} twice (line {twice[1]})" if twice else ""


def _in_dockerfile(text: str, *sides: str) -> str:
    """A stage that one side renamed may be what the other one newly copies from; both may have added one."""
    from scaffold.dockerfiles.dockerfile import Dockerfile

    merged, *others = (Dockerfile(each) for each in (text, *sides))
    known = {name for other in others for name in _names(other)}
    for reference in merged.references:
        if reference.image is not None and reference.image.lower() in known:
            return f"name a stage that is not there: {printable(reference.image)} (line {reference.line})"
    often = Counter(_names(merged)) - Counter(dict.fromkeys(known, 1))
    if twice := [name for name in often if all(_names(other).count(name) < 2 for other in others)]:
        return f"have two stages called {printable(twice[0])}"
    old = {message for other in others for _, message in other.flaws}
    return next((f"be broken at line {at}: {what}" for at, what in merged.flaws if what not in old), "")


def _names(dockerfile: "Dockerfile") -> list[str]:
    return [stage.name.lower() for stage in dockerfile.stages if stage.name]
