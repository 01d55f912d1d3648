"""A Go project from a tree of texts: what the tests of `detectors/go` begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scaffold.model import Fact, Finding, ProjectWarning
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors import go
else:
    from scaffold.detectors import go

#: Programs, by what they do.
SERVER = 'package main\n\nimport "net/http"\n\nfunc main() {\n\thttp.ListenAndServe(":8080", nil)\n}\n'
COMMAND = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("done")\n}\n'
WORKER = 'package main\n\nimport "time"\n\nfunc main() {\n\tfor {\n\t\ttime.Sleep(time.Second)\n\t}\n}\n'


def module(path: str = "example.com/shop", go: str = "1.26", *lines: str) -> str:
    """A go.mod."""
    return "\n".join((f"module {path}", "", f"go {go}", *lines, ""))


def program(*imports: str, body: str = "") -> str:
    """A package main that imports these."""
    lines = "".join(f'import "{one}"\n' if '"' not in one else f"import {one}\n" for one in imports)
    return f"package main\n\n{lines}\nfunc main() {{\n{body}\n}}\n"


def find_or_none(files: Mapping[str, str], **answers: object) -> Finding | None:
    """What the detector makes of FILES, with a go.mod where they have none, and ANSWERS."""
    said = {key: Fact(value, "answer: flag") for key, value in answers.items()}
    return go.detect(Tree({"go.mod": module(), **files}), said)


def find(files: Mapping[str, str], **answers: object) -> Finding:
    """The same, where it is Go."""
    found = find_or_none(files, **answers)
    assert found is not None
    return found


def facts(files: Mapping[str, str], **answers: object) -> dict[str, Any]:
    """The facts without their sources."""
    return {key: fact.value for key, fact in find(files, **answers).facts.items()}


def sources(files: Mapping[str, str], **answers: object) -> dict[str, str]:
    """The sources of the facts."""
    return {key: fact.source for key, fact in find(files, **answers).facts.items()}


def warnings(files: Mapping[str, str], **answers: object) -> dict[str, ProjectWarning]:
    """The warnings by their codes."""
    return {one.code: one for one in find(files, **answers).warnings}
