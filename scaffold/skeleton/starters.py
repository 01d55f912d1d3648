"""The starters: templates that are installed with the program, beside those of the Docker files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # in the repository, where checkers read, templates/ is beside this package
    import templates
else:  # at run time it is inside: see [tool.setuptools.package-dir]
    from scaffold import templates

FOLDER = Path(templates.__file__).parent / "starters"


def starters() -> dict[str, str]:
    """Return what each starter is, in a line, by its name."""
    folders = sorted(path.parent for path in FOLDER.glob("*/cookiecutter.json"))
    return {f.name: json.loads((f / "cookiecutter.json").read_text("utf-8"))["_about"] for f in folders}
