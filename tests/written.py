"""What is planned and written for a project given as texts, where nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from composefile import read_compose
from dockerfile import Stage, read_stages

from scaffold.detect import detect
from scaffold.model import Plan
from scaffold.packs import builtin
from scaffold.plan import make_plan
from scaffold.reading.tree import Tree
from scaffold.render import render


@dataclass(frozen=True)
class Written:
    """What is planned and written for a project."""

    plan: Plan
    files: dict[str, str]

    @property
    def stages(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in read_stages(self.files["Dockerfile"])}

    @property
    def compose(self) -> dict[str, Any]:
        services: dict[str, Any] = read_compose(self.files["compose.yaml"])["services"]
        return services

    @property
    def command(self) -> str:
        """What prod runs, as it is written."""
        (command,) = [i for i in self.stages["prod"].instructions if i.word in ("CMD", "ENTRYPOINT")]
        assert command.is_exec_form
        return " ".join(command.arguments)

    @property
    def codes(self) -> set[str]:
        return {warning.code for warning in self.plan.warnings}

    def runs(self, *stages: str) -> str:
        """Every RUN of STAGES."""
        return "\n".join(run.rest for name in stages for run in self.stages[name].all("RUN"))


def written(files: Mapping[str, str], stack: str | None = None) -> Written:
    """Drive the engine from a tree to text: for the app that is found, or the one of STACK."""
    found = detect(Tree(dict(files)))
    assert found.ambiguities == ()
    (finding,) = [each for each in found.findings if stack in (None, each.stack)]
    plan = make_plan(finding, builtin(), {})
    return Written(plan, render(plan))
