"""The project's own tests: what runs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffold.model import Fact

from ..packages.modules import inside

if TYPE_CHECKING:
    from ..code.source import Source
    from ..packages.modules import Modules

_TEST = r"(?m)^func (Test|Example|Fuzz)\w*\("


def find_test(source: Source, modules: Modules) -> Fact | None:
    """Return what runs the tests; None where there are none. It runs in the module's folder."""
    found = next((path for path in _tests(source, modules) if re.search(_TEST, source.tree.text(path))), None)
    if found is None:
        return None
    patterns = ["./..."]
    if modules.workspace:  # `./...` names the packages of the root's module alone
        patterns = [f"./{inside(one.folder, '...')}" for one in modules.members]
    return Fact(("go", "test", *patterns), found)


def _tests(source: Source, modules: Modules) -> list[str]:
    folders = (folder for folder in source.folders if source.has_tests(folder) and modules.owner(folder))
    return [path for folder in folders for path in source.folders[folder] if path.endswith("_test.go")]
