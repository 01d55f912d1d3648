"""`scaffold detect`: show what a project is, and where it says so."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from scaffold.commands import command_for, nothing_found, said_in
from scaffold.detect import NO_ANSWERS, Detection, detect
from scaffold.errors import ScaffoldError
from scaffold.model import Answers
from scaffold.report import detection_as_json, style_of, tell_detection
from scaffold.tree import Tree


def run(options: Namespace) -> int:
    """Detect and print; with --json one object, whatever happens."""
    try:
        detection = detect(Tree.at(Path(options.path)), _answers(options))
    except ScaffoldError:
        _print(Detection((), ()), options)
        raise
    _print(detection, options)
    if not detection.findings:
        raise nothing_found(options)
    return 0


def _answers(options: Namespace) -> Answers:
    """Return the answers that came with the command; packs are read only to check some."""
    said = said_in(options)
    if not said:
        return NO_ANSWERS
    from scaffold.answers import settle
    from scaffold.packs import all_variables

    return settle(said, all_variables())


def _print(detection: Detection, options: Namespace) -> None:
    if options.json:
        import json

        print(json.dumps(detection_as_json(detection), indent=2))
    else:
        print(tell_detection(detection, style_of(sys.stdout, os.environ)), end="")
        for path in dict.fromkeys(finding.path for finding in detection.deployable):
            print(f"next: {command_for(options, path)}")
