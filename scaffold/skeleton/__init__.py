"""A project's skeleton, made by cookiecutter from a template of its own: the only place that imports it.

`make` does all of it, in a folder that the caller gives: nothing is written elsewhere, no configuration of
the user's is read, and nothing of the template is run where it is not trusted.
https://cookiecutter.readthedocs.io
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scaffold.answers import Said
from scaffold.nouns import NamedTuple
from scaffold.packs import Pack, builtin
from scaffold.skeleton.questions import Asker, Chosen
from scaffold.skeleton.source import Template

__all__ = ["Asker", "Chosen", "Skeleton", "Template", "make"]


class Skeleton(NamedTuple):
    """A project as the template has it, with no Docker files of ours yet."""

    folder: Path
    name: str  # the path that the template gives it: "my-service"
    template: Template
    taken: Mapping[str, Chosen]  # what was answered, of what the template asks
    defaulted: Mapping[str, Any]
    left: tuple[Said, ...]  # what was said that is not the template's: for the Docker files


def make(
    where: str,
    said: Iterable[Said],
    into: Path,
    *,
    checkout: str | None = None,
    directory: str | None = None,
    trust: bool = False,
    asker: Asker | None = None,
    pack: Pack | None = None,
) -> Skeleton:
    """Make a project of the template WHERE in the empty folder INTO, and return it.

    WHERE is a starter's name, a folder, a zip archive, a git URL, or `gh:owner/name` and the like. CHECKOUT
    and DIRECTORY are a repository's ref and a folder in it. SAID is for the template, or for the Docker files
    that PACK has templates of.

    WrongUse: it is no template, what was SAID does not fit, or rendering it fails. UntrustedPack: it brings
    code, or reaches out of itself. Unreachable: it cannot be fetched. CannotWrite: INTO takes no file.
    """
    from scaffold.skeleton.questions import Form, choose_nested
    from scaffold.skeleton.render import render
    from scaffold.skeleton.source import open_template

    said = tuple(said)
    template = open_template(where, into / "template", checkout, directory, can_ask=asker is not None)
    template, context = _trusted(template, into, trust=trust)
    while (nested := choose_nested(template.folder, context, said, asker)) is not None:
        said = nested.left
        template, context = _trusted(template._replace(folder=nested.folder), into, trust=trust)
    answered = Form(template, context, into, trust=trust).fill(said, asker, pack or builtin())
    project = render(template, answered.context, into, trust=trust)
    name = project.relative_to(into.resolve() / "out").as_posix()
    return Skeleton(project, name, template, answered.taken, answered.defaulted, answered.left)


def _trusted(template: Template, into: Path, *, trust: bool) -> tuple[Template, dict[str, Any]]:
    """Return TEMPLATE once it is seen to be harmless, or is trusted, and its cookiecutter.json."""
    from scaffold.skeleton.questions import read_context
    from scaffold.skeleton.render import run_first_hook
    from scaffold.skeleton.trust import check_trust

    context = read_context(template.folder)
    check_trust(template, context, trust=trust)
    if trust:
        template = run_first_hook(template, into)
        context = read_context(template.folder)
    return template, context
