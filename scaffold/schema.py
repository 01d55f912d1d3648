"""JSON Schema of what goes in and comes out: answers (enough for a form), `detect --json`, `init --json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from scaffold.answers import STACKS
from scaffold.problems import SEVERITIES
from scaffold.writing.changes import Status

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
_NEW = {**_WORDS, "description": "The keys that an earlier pack did not ask, and nobody answered"}
_PIN = _object(
    {
        "name": _TEXT,
        "version": _TEXT,
        "source": {**_TEXT_OR_NULL, "description": "null for the built-in one"},
        "ref": _TEXT_OR_NULL,
        "commit": _TEXT_OR_NULL,
        "digest": _TEXT_OR_NULL,
    },
    description="A pack that it was made from, the nearest first",
)
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
    """Return the schema of what `scaffold init --json` prints: a report, or the error that there is none.

    `scaffold adopt --json` prints the same.
    """
    return {"$schema": DIALECT, "title": "scaffold init --json", "oneOf": [_report(), _error()]}


def update_schema() -> dict[str, Any]:
    """Return the schema of what `scaffold update --json` prints: as init, or --recursive one for each."""
    each = [{**form, "required": ["path", *form["required"]]} for form in (_report(), _error())]
    every = _object({"schema": {"const": 1}, "projects": {"type": "array", "items": {"oneOf": each}}})
    return {"$schema": DIALECT, "title": "scaffold update --json", "oneOf": [_report(), _error(), every]}


def diff_schema() -> dict[str, Any]:
    """Return the schema of what `scaffold diff --json` prints."""
    status = {"enum": ["identical", "edited", "missing"]}
    file = _object({"path": _TEXT, "status": status, "why": _TEXT, "diff": _TEXT})
    report = _object({"schema": {"const": 1}, "files": {"type": "array", "items": file}})
    return {"$schema": DIALECT, "title": "scaffold diff --json", "oneOf": [report, _error()]}


def _report() -> dict[str, Any]:
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
    return _object(
        {
            "schema": {"const": 1},
            "packs": {"type": "array", "items": _PIN},
            "plan": plan,
            "answers": _object({"taken": _FACTS, "defaulted": _FACTS, "new": _NEW}),
            "files": {"type": "array", "items": file},
            "warnings": _WARNINGS,
        }
    )


def _error() -> dict[str, Any]:
    code = {"type": "integer", "description": "The exit code"}
    return _object({"schema": {"const": 1}, "error": _object({"code": code, "message": _TEXT})})


def new_schema() -> dict[str, Any]:
    """Return the schema of what `scaffold new --json` prints: what init does, and what the template was."""
    answers = _object({"taken": _FACTS, "defaulted": {"type": "object"}})
    commit = {**_TEXT_OR_NULL, "description": "Of its repository, where it has one"}
    properties = {
        "folder": {**_TEXT, "description": "Where the project is now, as a path from where it was called"},
        "template": _object({"source": _TEXT, "commit": commit, "answers": answers}),
    }
    report = _object({**_report()["properties"], **properties})
    return {"$schema": DIALECT, "title": "scaffold new --json", "oneOf": [report, _error()]}


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
    forms = [_object(properties), _error()]
    return {"$schema": DIALECT, "title": "scaffold check --format json", "oneOf": forms}
