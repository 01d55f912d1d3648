"""Prisma's client: who generates it, where it is written to, and what that reads. Generates nothing."""

import re
from collections.abc import Mapping

from scaffold.model import Fact
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .lifecycle import LIFECYCLE
from .manifest import Manifest, table

_SCHEMAS = ("prisma/schema.prisma", "schema.prisma", "prisma/schema/*.prisma")
#: https://www.prisma.io/docs/orm/reference/prisma-config-reference
_CONFIGS = ("prisma.config.ts", "prisma.config.mts", "prisma.config.js", "prisma.config.mjs")
#: https://www.prisma.io/docs/orm/prisma-schema/overview/generators
_GENERATOR = r"(?m)^[ \t]*generator\s+\w+\s*\{([^}]*)\}"
_PROVIDER = r'(?m)^[ \t]*provider\s*=\s*"(prisma-client(?:-js)?)"'
_OUTPUT = r'(?m)^[ \t]*output\s*=\s*"([^"]*)"'
_VARIABLE = r"""\benv\(\s*["'](\w+)["']\s*\)|\bprocess\.env\.(\w+)!"""
_GENERATES = r"\bprisma generate\b"

#: Scripts that generate, when one of them says so: they run before or within the build.
_SCRIPTS = (*LIFECYCLE, "prebuild", "build")
_COMMAND = ("node", "node_modules/prisma/build/index.js", "generate")
#: Nothing connects to it: `generate` only wants the variable to be there.
_STAND_IN = "postgresql://build@localhost:5432/build"


class Generation(NamedTuple):
    """What has to be done about Prisma's client."""

    commands: tuple[tuple[str, ...], ...] = ()  # run once the source is there, before the build
    environment: Mapping[str, str] | None = None  # what that needs
    changes: str | None = None  # why node_modules is not what the install made
    source: str = ""


def find_generation(tree: Tree, manifest: Manifest) -> Generation:
    """Return what has to be done so that Prisma's client is there."""
    cli, schema = manifest.has_any("prisma"), _schema(tree, manifest)
    match = _client(tree, schema) if schema else None
    if cli is None or schema is None or match is None:
        return Generation()
    stated = [manifest.script(name) for name in _SCRIPTS]
    runs = any(fact and re.search(_GENERATES, str(fact.value)) for fact in stated)
    output = re.search(_OUTPUT, match[1])
    inside = "node_modules" in output[1] if output else True
    where = f"{schema}:{tree.text(schema).count(chr(10), 0, match.start(1)) + 1}"
    return Generation(
        commands=() if runs else (_COMMAND,),
        environment=dict.fromkeys(_variables(tree), _STAND_IN) or None,
        changes=f"{where}: Prisma's client is generated into node_modules" if inside else None,
        source=where,
    )


def _schema(tree: Tree, manifest: Manifest) -> str | None:
    stated = table(manifest.data, "prisma").get("schema")
    named = [stated.removeprefix("./")] if isinstance(stated, str) else []
    found = [path for pattern in (*named, *_SCHEMAS) for path in tree.glob(pattern)]
    return next((path for path in found if _client(tree, path)), None)


def _client(tree: Tree, path: str) -> re.Match[str] | None:
    blocks = re.finditer(_GENERATOR, tree.text(path))
    return next((block for block in blocks if re.search(_PROVIDER, block[1])), None)


def _variables(tree: Tree) -> list[str]:
    """Return the variables that Prisma's configuration fails without."""
    path = tree.first(*_CONFIGS)
    found = re.findall(_VARIABLE, tree.text(path)) if path else []
    return sorted({first or second for first, second in found})


def generation_facts(found: Generation) -> dict[str, Fact]:
    """Return FOUND as facts, as far as there is something to do."""
    facts = {"prepare": Fact(found.commands, found.source)} if found.commands else {}
    if found.environment:
        facts["build_environment"] = Fact(dict(found.environment), found.source)
    return facts
