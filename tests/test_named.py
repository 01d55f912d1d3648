"""Patterns of what is called: none that a name meets is passed over by how it begins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from detectors import named
    from detectors.go.code import origins, settable
    from detectors.go.image import files
    from detectors.go.serving import binds, routers
    from detectors.go.settings import drivers, writes
    from detectors.node.serving import routes
    from detectors.node.settings import writes as node_writes
    from detectors.python.settings import writes as python_writes
else:
    from scaffold.detectors import named
    from scaffold.detectors.go.code import origins, settable
    from scaffold.detectors.go.image import files
    from scaffold.detectors.go.serving import binds, routers
    from scaffold.detectors.go.settings import drivers, writes
    from scaffold.detectors.node.serving import routes
    from scaffold.detectors.node.settings import writes as node_writes
    from scaffold.detectors.python.settings import writes as python_writes

TABLES = (
    binds._KINDS,
    binds._WITHOUT,
    drivers.CLIENTS,
    drivers.OPENS,
    files._READS,
    origins._RESULTS,
    writes._FILES_OF_DATA,
    writes._FOLDERS,
)
PATTERNS = [
    *(row[0] for table in TABLES for row in table),
    *routers._ROOTS,
    *routers._PARTS,
    *(node_writes._SQLITE, node_writes._SQLITE_OPTIONS, node_writes._FILES, node_writes._FOLDERS),
    *(routes._APPS, routes._ROUTERS),
    *(python_writes._SQLITE_CALLS, python_writes._URL_CALLS, python_writes._FILE_CALLS),
    *(settable._ASKED, settable._GETS, settable._CLI, settable._KINGPIN),
]


@settings(max_examples=20, deadline=None)
@given(st.data())
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_name_that_a_pattern_stands_for_is_found(pattern: str, data: st.DataObject) -> None:
    name = data.draw(st.from_regex(pattern, fullmatch=True))
    assert named.is_named(pattern, name)
    assert not named.is_named(pattern, f"x{name}") or re.fullmatch(pattern, f"x{name}")


@pytest.mark.parametrize(
    ("pattern", "choices"),
    [
        (r"net/http\.Server", {r"net/http\.Server": ("net/http.Server",)}),
        (r"github\.com/a/b(/v2)?\.New", {r"github\.com/a/b(/v2)?\.New": ("github.com/a/b",)}),
        (r"(net|net/http)\.Dial", {r"(net|net/http)\.Dial": ("net", "net/http")}),
        (r"(net)?http\.Dial", {r"(net)?http\.Dial": ("",)}),
        (r"https?\.Dial", {r"https?\.Dial": ("http",)}),
        (r"net\.(Dial|[)|]x)|http\.Get", {r"net\.(Dial|[)|]x)": ("net.",), r"http\.Get": ("http.Get",)}),
        (r"net\.Dial|\w+", {r"net\.Dial": ("net.Dial",), r"\w+": ("",)}),
        (r"(?i)dial|get", {r"(?i)dial|get": ("",)}),
    ],
)
def test_how_each_choice_of_a_pattern_begins(pattern: str, choices: dict[str, tuple[str, ...]]) -> None:
    assert dict(named._choices(pattern)) == choices
