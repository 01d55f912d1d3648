"""`scaffold detect`: show what a project is, and where it says so."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence

from scaffold.answers import STACK, Said, settled
from scaffold.commands import command_for, said_in
from scaffold.detect import NO_ANSWERS, Detection, detect, name_of, nothing_found
from scaffold.errors import ScaffoldError
from scaffold.model import Answers, Finding
from scaffold.reading.tree import Tree
from scaffold.report import detection_as_json, style_of, tell_detection


def run(options: Namespace) -> int:
    """Detect and print; with --json one object, whatever happens."""
    try:
        detection = _detect(options)
    except ScaffoldError:
        _print(Detection((), ()), options)
        raise
    _print(detection, options)
    if not detection.findings:
        raise nothing_found(options.path, options.stack)
    return 0


def _detect(options: Namespace) -> Detection:
    """Detect with the answers that came with the command, and those that an earlier init recorded."""
    root, said = options.path, said_in(options)
    tree = Tree.at(root)
    own = (*said, *_recorded(root))
    detection = detect(tree, _answers(own))
    below = [one for finding in detection.findings for one in _recorded_below(root, finding, said)]
    return detect(tree, _answers((*own, *below))) if below else detection


def _answers(said: Sequence[Said]) -> Answers:
    """Return SAID as answers; packs are read only to check some."""
    return settled(said) if said else NO_ANSWERS


def _recorded_below(root: str, finding: Finding, said: Sequence[Said]) -> Iterator[Said]:
    """Yield what is recorded of an app that lies below ROOT, where nothing was said of it now."""
    if finding.path != ".":
        names = ("", finding.path, name_of(finding))
        now = {one.variable for one in said if one.app in names}
        recorded = _recorded(os.path.join(root, finding.path))
        yield from (o._replace(key=f"{finding.path}.{o.key}") for o in recorded if o.key not in now)


def _recorded(root: str) -> tuple[Said, ...]:
    """Return the answers that an init in ROOT recorded."""
    if not os.path.exists(os.path.join(root, ".scaffold")):
        return ()
    from pathlib import Path

    from scaffold.answers import from_record, still_asked
    from scaffold.packs import builtin
    from scaffold.record import read_record

    record = read_record(Path(root))
    if record is None:
        return ()
    said = from_record(record.answers)
    if len(record.packs) > 1:
        return tuple(filter(_is_ours, said))
    return still_asked(said, (), record, builtin())[0] if said else ()


def _is_ours(said: Said) -> bool:
    """Whether an answer is to a variable of the built-in pack: no other one is read to detect."""
    from scaffold.packs import builtin

    return said.variable in {STACK.name, *(variable.name for variable in builtin().all_variables())}


def _print(detection: Detection, options: Namespace) -> None:
    if options.json:
        import json

        print(json.dumps(detection_as_json(detection), indent=2))
    else:
        print(tell_detection(detection, style_of(sys.stdout, os.environ)), end="")
        for command in dict.fromkeys(command_for(options, finding) for finding in detection.deployable):
            print(f"next: {command}")
