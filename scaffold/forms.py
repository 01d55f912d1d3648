"""JSON Schema of answers, of which a form can be made: for a stack, or for one project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from scaffold.answers import STACK, STACKS, check
from scaffold.detect import name_of
from scaffold.errors import WrongUse
from scaffold.model import Fact, Finding, Value, Variable, is_noun
from scaffold.packs import Pack, builtin
from scaffold.paths import printable
from scaffold.report import as_json, say

#: What makers of forms read, and no newer one: https://github.com/rjsf-team/react-jsonschema-form/issues/3750
FORMS = "http://json-schema.org/draft-07/schema#"

_WORDS = {"type": "array", "items": {"type": "string"}}


def answers_schema(
    stack: str, variables: Sequence[Variable], stacks: Sequence[str] = STACKS
) -> dict[str, Any]:
    """Return the schema of an answers file for STACK: a form can be made of it.

    Nothing that the project may say otherwise has a default: forms send back what they were filled with. A
    variable of another pack's own is not looked for, and has.
    """
    known = (STACK._replace(choices=tuple(stacks)), *variables)
    properties = {v.name: _property(v) for v in known if v.answerable}
    app = {"type": "object", "properties": properties, "additionalProperties": False}
    return {
        "$schema": FORMS,
        "title": f"Answers for {stack}",
        "description": "For `scaffold init --answers FILE`. What is left out is found, or has a default.",
        "type": "object",
        "properties": properties,
        "additionalProperties": {
            "title": "The answers of one app of several, by its folder or name",
            **app,
        },
    }


def form_schema(pack: Pack, finding: Finding) -> dict[str, Any]:
    """Return the schema of the answers for one app: what was found is the default, and says where.

    Sent back as it is, it changes nothing.
    """
    variables, checked = pack.variables(finding.stack), {v.name: v for v in pack.all_variables()}
    properties = {
        v.name: _found(v, finding.facts.get(v.name), checked[v.name]) for v in variables if v.answerable
    }
    needed = [v.name for v in variables if v.answerable and v.required and v.name not in finding.facts]
    return {
        "$schema": FORMS,
        "title": f"Answers for {name_of(finding)}",
        "description": f"A {finding.stack} app. What is left as it is changes nothing.",
        "type": "object",
        "properties": properties,
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def _found(variable: Variable, fact: Fact | None, checked: Variable) -> dict[str, Any]:
    """Return the schema of one answer, with what was found, as default where the same answer can be given."""
    property_ = _property(variable)
    if fact is None or fact.value is None:
        return {**property_, **_default(variable.default, checked)}
    found = f"{property_['description']}. Found: {say(fact.value)} ({fact.source})"
    return {**property_, "description": printable(found), **_default(fact.value, checked)}


def _default(value: Value, variable: Variable) -> dict[str, Any]:
    """Return VALUE as a default, unless there is none, or it is no answer: a noun has more in it."""
    has_nouns = is_noun(value) or (isinstance(value, tuple | list) and any(map(is_noun, value)))
    if value in (None, {}) or has_nouns or (variable.choices and value not in variable.choices):
        return {}
    try:
        check(variable, as_json(value), "default")
    except WrongUse:
        return {}
    return {"default": as_json(value)}


def _property(variable: Variable) -> dict[str, Any]:
    """Return the schema of one answer, with all that a form shows."""
    usual, own = variable.default, variable.name not in _looked_for()
    where_not = f" (else: {say(usual)})" if usual not in (None, (), {}) and not own else ""
    said = {
        "title": variable.question or variable.name.replace("_", " ").capitalize(),
        "description": f"{variable.about}{where_not}",
        **_type_of(variable),
    }
    if variable.example is not None:
        said["examples"] = [_example_of(variable)]
    return {**said, **_default(usual, variable)} if own else said


@cache
def _looked_for() -> frozenset[str]:
    """Return the variables that detectors know: those of the built-in pack."""
    return frozenset(v.name for v in (STACK, *builtin().all_variables()))


#: The same as one text or as its words: a form offers both by their titles.
_LINE = {"title": "In one line", "type": "string"}
_COMMAND = {"anyOf": [_LINE, {"title": "Word by word", **_WORDS, "minItems": 1}]}
_NAMES = {"anyOf": [_LINE, {"title": "One by one", **_WORDS}]}
_PAIR = {**_WORDS, "minItems": 2, "maxItems": 2}


def _type_of(variable: Variable) -> dict[str, Any]:
    match variable.type:
        case "integer":
            return (
                {"type": "integer", "minimum": 1, "maximum": 65535}
                if variable.name.endswith("port")
                else {"type": "integer", "minimum": 0}
            )
        case "choice":
            return {"type": "string", "enum": list(variable.choices)}
        case "words":
            return _COMMAND
        case "names":
            return _NAMES
        case "pairs":
            return {"type": "array", "items": _PAIR}
        case "string":
            return {"type": "string", "minLength": 1}
        case _:
            return _like(json.loads(variable.example)) if variable.example else {}


def _like(example: Any) -> dict[str, Any]:
    """Return the schema of what is made as EXAMPLE is: its items as the first."""
    match example:
        case {**items} if items:
            return {"type": "object", "additionalProperties": _like(next(iter(items.values())))}
        case [str(), *_]:
            return _COMMAND
        case [first, *_]:
            return {"type": "array", "items": _like(first)}
        case bool():
            return {"type": "boolean"}
    return {"type": "string"}


def _example_of(variable: Variable) -> Any:
    example = variable.example or ""
    return json.loads(example) if variable.type in ("integer", "pairs", "data") else example
