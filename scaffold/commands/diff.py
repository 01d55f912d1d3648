"""`scaffold diff`: show what was changed in our files since they were written."""

import json
import sys
from argparse import Namespace

from scaffold.api import edits
from scaffold.commands.terminal import say, style_on
from scaffold.errors import EXIT_FINDINGS, ScaffoldError
from scaffold.paths import printable
from scaffold.report import edits_as_json, error_as_json, tell_diff


def run(options: Namespace) -> int:
    """Print the differences, and return 1 where there are any; with --json one object, whatever happens."""
    try:
        changes = edits(options.path)
    except ScaffoldError as error:
        if options.json:
            print(json.dumps(error_as_json(error), indent=2))
        raise
    if options.json:
        print(json.dumps(edits_as_json(changes), indent=2))
    else:
        print(tell_diff(changes, style_on(sys.stdout)), end="")
    for change in changes:
        if change.why:
            say(f"{printable(change.path)}: {printable(change.why)}\n")
    return EXIT_FINDINGS if any(change.status != "identical" for change in changes) else 0
