"""`scaffold schema`: print the JSON Schema of what goes in and comes out."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from scaffold.answers import STACK, Said, check, refuse_unknown_stack
from scaffold.commands import PACK_VARIABLE, pack_in
from scaffold.forms import answers_schema, form_schema
from scaffold.packs import Pack
from scaffold.schema import (
    check_schema,
    detect_schema,
    diff_schema,
    init_schema,
    new_schema,
    update_schema,
)

#: What is printed by each command with --json; beside them there is the schema of answers.
SCHEMAS = {
    "detect": detect_schema,
    "init": init_schema,
    "new": new_schema,
    "update": update_schema,
    "diff": diff_schema,
    "check": check_schema,
}


def run(options: Namespace) -> int:
    """Print the schema; that of answers is made from the pack's variables."""
    made = SCHEMAS.get(options.of)
    if made is not None:
        schema = made()
    else:
        schema = _form(options) if options.folder else _answers(pack_in(options), options.stack)
    print(json.dumps(schema, indent=2))
    return 0


def _answers(pack: Pack, stack: str | None) -> dict[str, Any]:
    """Return the schema of one stack's answers, or of all stacks' together."""
    if stack is None:
        return answers_schema(", ".join(pack.stacks), pack.all_variables(), tuple(pack.stacks))
    refuse_unknown_stack(str(check(STACK, stack, "--stack")), "--stack", pack)
    return answers_schema(stack, pack.variables(stack), tuple(pack.stacks))


def _form(options: Namespace) -> dict[str, Any]:
    """Return the schema of the answers for the one app of a project.

    NothingFound: there is none, or there are several. Else raises what `look` does.
    """
    from scaffold.project import find_app, look

    said = [Said(STACK.name, options.stack, "flag", "--stack")] if options.stack else []
    usual = os.environ.get(PACK_VARIABLE)
    folder, finding = find_app(look(Path(options.folder), said, options.pack, usual))
    return form_schema(folder.pack, finding)
