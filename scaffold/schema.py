"""JSON Schema of what goes in and comes out: answers (enough for a form), `detect --json`, `init --json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from scaffold.answers import STACK, STACKS
from scaffold.changes import Status
from scaffold.model import Variable
from scaffold.problems import SEVERITIES
from scaffold.report import as_json

DIALECT = "https://json-schema.org/draft/2020-12/schema"

KINDS = ("web", "worker", "cli", "static", "library")

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_WORDS = {"type": "array", "items": _TEXT}


def _object(properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the schema of an object that has all of these; more may come without a new `schema` number."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        **more,
    }


_SOURCE = {
    "type": "string",
    "description": "path[:line], `default: X`, or `answer: flag|environment|file|prompt|record`",
}
_FACTS = {
    "type": "object",
    "description": "Every value, with the place that says so",
    "additionalProperties": _object({"value": {}, "source": _SOURCE}),
}
_WARNINGS = {
    "type": "array",
    "items": _object({"code": _TEXT, "message": _TEXT, "source": _SOURCE}),
}
_RUNTIME = _object(
    {
        "version": {**_TEXT_OR_NULL, "description": "As stated, or the newest release inside the constraint"},
        "constraint": {**_TEXT_OR_NULL, "description": "As the project writes it"},
        "image": {**_TEXT_OR_NULL, "description": "The release it is built with"},
        "source": {"type": ["string", "null"]},
    }
)
_ENVIRONMENT = {
    "type": "array",
    "items": _object({"name": _TEXT, "required": {"type": "boolean"}, "source": _SOURCE}),
}
_PORT = {"type": ["integer", "null"], "minimum": 1, "maximum": 65535}
_APP = _object(
    {
        "path": {
            **_TEXT,
            "description": "The app's folder, relative to the project's; `.` for the project itself",
        },
        "name": _TEXT,
        "stack": {"enum": list(STACKS)},
        "framework": _TEXT_OR_NULL,
        "kind": {"enum": [*KINDS, None]},
        "package_manager": _TEXT_OR_NULL,
        "runtime": _RUNTIME,
        "port": _PORT,
        "start": {**_WORDS, "description": "The command of the main process, as it will run"},
        "processes": {"type": "object", "additionalProperties": _WORDS},
        "services": {**_WORDS, "description": "Backing services, by their common names"},
        "environment": _ENVIRONMENT,
        "facts": _FACTS,
    }
)
_AMBIGUITY = _object(
    {
        "key": _TEXT,
        "candidates": {**_WORDS, "minItems": 1},
        "flag": {**_TEXT, "description": "What decides it"},
    }
)


def detect_schema() -> dict[str, Any]:
    """Return the schema of what `scaffold detect --json` prints."""
    properties = {
        "schema": {"const": 1},
        "apps": {"type": "array", "items": _APP},
        "ambiguous": {"type": "array", "items": _AMBIGUITY},
        "warnings": _WARNINGS,
    }
    return {"$schema": DIALECT, "title": "scaffold detect --json", **_object(properties)}


def init_schema() -> dict[str, Any]:
    """Return the schema of what `scaffold init --json` prints: a report, or the error that there is none."""
    plan = _object({"stack": {"enum": list(STACKS)}, "path": _TEXT, "values": _FACTS})
    file = _object(
        {
            "path": _TEXT,
            "status": {"enum": list(get_args(Status))},
            "why": {**_TEXT, "description": "Empty where the status says it all"},
            "written": {"type": "boolean", "description": "False for a dry run, and what is held back"},
            "diff": {**_TEXT, "description": "Empty where nothing changes"},
        }
    )
    properties = {
        "schema": {"const": 1},
        "plan": plan,
        "answers": _object({"taken": _FACTS, "defaulted": _FACTS}),
        "files": {"type": "array", "items": file},
        "warnings": _WARNINGS,
    }
    return _report_or_error("scaffold init --json", properties)


def new_schema() -> dict[str, Any]:
    """Return the schema of what `scaffold new --json` prints: what init does, and what the template was."""
    answers = _object({"taken": _FACTS, "defaulted": {"type": "object"}})
    commit = {**_TEXT_OR_NULL, "description": "Of its repository, where it has one"}
    properties = {
        "folder": {**_TEXT, "description": "Where the project is now, as a path from where it was called"},
        "template": _object({"source": _TEXT, "commit": commit, "answers": answers}),
    }
    report = init_schema()["oneOf"][0]["properties"]
    return _report_or_error("scaffold new --json", {**report, **properties})


def check_schema() -> dict[str, Any]:
    """Return the schema of what `scaffold check --format json` prints: a report, or the error there is."""
    severity = {"enum": list(SEVERITIES)}
    record = _object(
        {
            "path": {**_TEXT, "description": "The folder with the record, `.` for the one that is checked"},
            "pack": {**_TEXT_OR_NULL, "description": "Null where the record cannot be read"},
            "version": _TEXT_OR_NULL,
            "tool": {**_TEXT_OR_NULL, "description": "The version of scaffold that wrote it"},
            "files": _WORDS,
        }
    )
    problem = _object(
        {
            "rule": {**_TEXT, "description": "Explained by `scaffold check --explain RULE`"},
            "severity": severity,
            "path": _TEXT,
            "line": {"type": ["integer", "null"], "minimum": 1},
            "message": _TEXT,
            "fingerprint": {**_TEXT, "description": "The same when the line moves"},
            "accepted": {
                **_TEXT_OR_NULL,
                "description": "Why it does not count: the reason of a deviation, or `baseline`",
            },
        }
    )
    number = {"type": "integer", "minimum": 0}
    properties = {
        "schema": {"const": 1},
        "failed": {"type": "boolean", "description": "Whether it ends with 1"},
        "fail_on": {"enum": [*SEVERITIES, "never"]},
        "counts": _object(dict.fromkeys((*SEVERITIES, "accepted"), number)),
        "files": {**_WORDS, "description": "The Dockerfiles and Compose files that were checked"},
        "records": {"type": "array", "items": record},
        "problems": {"type": "array", "items": problem},
        "warnings": _WARNINGS,
    }
    return _report_or_error("scaffold check --format json", properties)


def _report_or_error(title: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    code = {"type": "integer", "description": "The exit code"}
    error = {"schema": {"const": 1}, "error": _object({"code": code, "message": _TEXT})}
    return {"$schema": DIALECT, "title": title, "oneOf": [_object(properties), _object(error)]}


def answers_schema(stack: str, variables: Sequence[Variable]) -> dict[str, Any]:
    """Return the schema of an answers file for STACK: a form can be made of it."""
    properties = {v.name: _property(v) for v in (STACK, *variables) if v.answerable}
    app = {"type": "object", "properties": properties, "additionalProperties": False}
    return {
        "$schema": DIALECT,
        "title": f"Answers for {stack}",
        "description": "For `scaffold init --answers FILE`. What is left out is found, or has a default.",
        "type": "object",
        "properties": properties,
        "additionalProperties": {
            "title": "The answers of one app of several, by its folder or name",
            **app,
        },
    }


def _property(variable: Variable) -> dict[str, Any]:
    """Return the schema of one answer, with all that a form shows."""
    said = {
        "title": variable.question or variable.name.replace("_", " ").capitalize(),
        "description": variable.about,
        **_type_of(variable),
    }
    if variable.default is not None:
        said["default"] = as_json(variable.default)
    if variable.example is not None:
        said["examples"] = [_example_of(variable)]
    return said


def _type_of(variable: Variable) -> dict[str, Any]:
    match variable.type:
        case "integer":
            return (
                {"type": "integer", "minimum": 1, "maximum": 65535}
                if variable.name.endswith("port")
                else {"type": "integer", "minimum": 0}
            )
        case "choice":
            return {"enum": list(variable.choices)}
        case "words" | "names":
            return {"anyOf": [{"type": "string"}, {**_WORDS, "minItems": 1}]}
        case "string":
            return {"type": "string", "minLength": 1}
        case _:
            return {}


def _example_of(variable: Variable) -> Any:
    example = variable.example or ""
    return json.loads(example) if variable.type in ("integer", "data") else example
