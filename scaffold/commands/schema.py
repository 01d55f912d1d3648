"""`scaffold schema`: print the JSON Schema of what goes in and comes out."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from scaffold.answers import STACK, check, refuse_unknown_stack
from scaffold.commands import pack_in
from scaffold.packs import Pack
from scaffold.schema import answers_schema, check_schema, detect_schema, init_schema, new_schema


def run(options: Namespace) -> int:
    """Print the schema; that of answers is made from the pack's variables."""
    match options.of:
        case "detect":
            schema = detect_schema()
        case "init":
            schema = init_schema()
        case "new":
            schema = new_schema()
        case "check":
            schema = check_schema()
        case _:
            schema = _answers(pack_in(options), options.stack)
    print(json.dumps(schema, indent=2))
    return 0


def _answers(pack: Pack, stack: str | None) -> dict[str, Any]:
    """Return the schema of one stack's answers, or of all stacks' together."""
    if stack is None:
        return answers_schema(", ".join(pack.stacks), pack.all_variables())
    refuse_unknown_stack(str(check(STACK, stack, "--stack")), "--stack", pack)
    return answers_schema(stack, pack.variables(stack))
