"""What of a template is code, or leads out of it: refused where nobody said that it is trusted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scaffold.errors import UntrustedPack, WrongUse
from scaffold.skeleton.source import MAX_FILES, Template

#: What cookiecutter runs: https://cookiecutter.readthedocs.io/en/stable/advanced/hooks.html
HOOKS = ("pre_prompt", "pre_gen_project", "post_gen_project")

#: Extensions that come with cookiecutter and Jinja and do nothing but text.
HARMLESS = ("cookiecutter.extensions.", "jinja2.ext.do", "jinja2.ext.loopcontrols")


def check_trust(template: Template, context: Mapping[str, Any], *, trust: bool) -> None:
    """Refuse what runs code of the template, unless TRUST; and what leads out of it, always.

    UntrustedPack: the reasons. Jinja's own ways to code are closed where it is rendered.
    """
    for path, why in _strange(template.folder):
        raise UntrustedPack(f"{template.source}: {path}: {why}")
    code = [*_hooks(template.folder), *_extensions(context)]
    if code and not trust:
        raise UntrustedPack(
            f"{template.source}: brings code that would run here: {', '.join(code)} (--trust lets it)"
        )


def _hooks(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "hooks").glob("*")):
        if path.stem in HOOKS and not path.name.endswith("~"):
            yield f"hooks/{path.name}"


def _extensions(context: Mapping[str, Any]) -> Iterator[str]:
    for name in context.get("_extensions", ()):
        if not str(name).startswith(HARMLESS):
            yield f"the extension {name}"


def _strange(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what would be copied from elsewhere, or waited for, and why: cookiecutter opens all there is."""
    root = folder.resolve()
    for count, path in enumerate(_all_below(root)):
        if count >= MAX_FILES:
            raise WrongUse(f"{folder}: more than {MAX_FILES:,} files: no template")
        shown = path.relative_to(root).as_posix()
        if path.is_symlink() and not (path.is_file() and path.resolve().is_relative_to(root)):
            yield shown, "a link that leads out of the template, or to a folder"
        elif not path.is_file() and not path.is_dir():
            yield shown, "is neither file nor folder"


def _all_below(root: Path) -> Iterator[Path]:
    """Yield what cookiecutter reads: of a template's repository there may be more on this disk."""
    tops = [p for p in root.iterdir() if "cookiecutter" in p.name or p.name in ("templates", "hooks")]
    yield from tops
    for top in tops:
        for where, folders, files in os.walk(top):
            yield from (Path(where, name) for name in (*folders, *files))
