"""YAML of the plainest kind: PyYAML is the judge."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scaffold.reading.plainyaml import NotPlain, read_plain

PIECES = st.sampled_from(
    ["a", "key", "'@x/y'", ":", ": ", "- ", "  ", "\n", "\n  ", "\n    ", "1.2.3", "12", "010", "1.5", "true",
     "yes", "null", "~", "^1.2", "'q'", '"d"', "#c", " #c", "x: y", "./p", "workspace:*", "=", "(a)", ".",
     "2024-01-01", "1:30", "_", "\n- ", "\n  - ", "k:\n", "k: v\n", "[", "{", "&a", "*a", "!", "|", "---"]
)  # fmt: skip
LOCK = """\
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      '@a/b':
        specifier: ^4.5.0
        version: 4.5.2(@babel/core@7.29.7(x@1.0.0))(bare@3.7.1)
"""
WORKSPACE = """\
packages:
  - 'apps/*'
  - packages/ui
onlyBuiltDependencies:
- esbuild
allowBuilds:
  esbuild: true
"""


class Loader(yaml.SafeLoader):
    """As scaffold.reading.formats has it."""


Loader.add_constructor(None, lambda _loader, _node: None)


@settings(max_examples=2000)
@given(st.lists(PIECES, max_size=14).map("".join))
@example("a:\n- b\n- 1.2.3\nc: 'd'\n")
@example("a:\n  b:\n  c: true\n\n# d\n  e: 12\n")
@example("a: b\n  c\n")
@example("a:\n- b\n  c: d\n")
@example("on: yes\n")
def test_what_is_plain_is_read_as_by_a_parser(text: str) -> None:
    try:
        own: Any = read_plain(text)
    except NotPlain:
        return
    said = yaml.load(text, Loader)
    assert repr(own) == repr({} if said is None else said)


@pytest.mark.parametrize("text", [LOCK, WORKSPACE])
def test_what_package_managers_write_is_plain(text: str) -> None:
    assert read_plain(text) == yaml.load(text, Loader)


def test_what_is_plain_does_not_wait_for_the_parser() -> None:
    code = f"import sys; from scaffold.reading.formats import read_yaml; assert read_yaml({WORKSPACE!r})"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'yaml' not in sys.modules"], check=True)
