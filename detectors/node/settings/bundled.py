"""Variables that a bundler puts into what it makes: what a build may be given. Bundles nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scaffold.model import EnvironmentVariable, Fact
from scaffold.reading.tree import Tree

from ...environment import Read
from ...named import is_named

#: Prefixes of names that are public, each of some bundler's: https://vite.dev/guide/env-and-mode
_PUBLIC = r"(VITE|NEXT_PUBLIC|REACT_APP|VUE_APP|GATSBY|EXPO_PUBLIC|PUBLIC|STORYBOOK|NG_APP)_.*"
#: The one that programs use for other things too.
_COMMON = "PUBLIC_"
#: What projects commit for the bundler, and .dockerignore therefore lets in.
COMMITTED = ".env.production"
#: Names that BuildKit warns of, whatever they hold: https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/
_WARNED = r"(?i)(.*_)?(apikey|auth|credentials?|key|password|pword|passwd|secret|token)(_.*)?"
_EXEMPT = r"(?i)(.*_)?public(_.*)?"
_NAME = r"(?m)^\s*(?:export\s+)?(\w+)\s*="
#: What can stand in Compose's `${NAME:-value}`.
_SIMPLE = r"[\w./:@+=,~-]+"


def is_bundled(name: str) -> bool:
    """Whether a bundler takes a variable for its output by its name."""
    return is_named(_PUBLIC, name)


def find_bundled(
    tree: Tree, reads: Iterable[Read], examples: Mapping[str, Fact]
) -> tuple[EnvironmentVariable, ...]:
    """Return what a build may be given, with the values of the project's example.

    Left out is what is called as secrets are. What the project commits for its bundler has no value: it would
    replace that.
    """
    named = {name: fact.source for name, fact in examples.items() if not name.startswith(_COMMON)}
    places = {**named, **{read.name: read.source for read in reversed(tuple(reads))}}
    committed = re.findall(_NAME, tree.text(COMMITTED)) if COMMITTED in tree else ()
    values = {name: _value(fact) for name, fact in examples.items() if name not in committed}
    return tuple(
        EnvironmentVariable(name, False, source, value=values.get(name))
        for name, source in sorted(places.items())
        if is_bundled(name) and (re.fullmatch(_EXEMPT, name) or not re.fullmatch(_WARNED, name))
    )


def _value(example: Fact) -> str | None:
    return example.value if re.fullmatch(_SIMPLE, str(example.value)) else None
