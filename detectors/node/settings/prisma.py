"""Prisma's schema: which database it is for, and where that is. Reads the datasource and nothing else."""

import re

from scaffold.model import Fact
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ..packages.manifest import Manifest, table

#: https://www.prisma.io/docs/orm/reference/prisma-schema-reference#datasource
_SERVICES = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mongodb": "mongodb",
             "cockroachdb": "postgres"}  # fmt: skip
_BLOCK = r"(?sm)^[ \t]*datasource\s+\w+\s*\{(.*?)^[ \t]*\}"
_LINE = r'(?m)^[ \t]*(provider|url)\s*=\s*(?:env\(\s*"(\w+)"\s*\)|"([^"\n]*)")'


class Datasource(NamedTuple):
    """The database that Prisma speaks to."""

    provider: str  # "postgresql" "sqlite" …
    source: str
    path: str  # of the schema
    url: str | None = None  # as it stands in the schema
    variable: Fact | None = None  # that holds the URL

    @property
    def service(self) -> str | None:
        """The service that it is."""
        return _SERVICES.get(self.provider)


def find_datasource(tree: Tree, manifest: Manifest | None) -> Datasource | None:
    """Return what Prisma's schema says of the database, wherever the schema is."""
    if manifest is None or not manifest.has_any("prisma", "@prisma/client"):
        return None
    stated = table(manifest.data.get("prisma")).get("schema")
    named = (stated,) if isinstance(stated, str) else ()
    paths = (*named, "prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma",
             *tree.glob("prisma/**/*.prisma"), *tree.glob("**/schema.prisma"))  # fmt: skip
    found = (_read(tree, path.removeprefix("./")) for path in dict.fromkeys(paths))
    return next((one for one in found if one), None)


def _read(tree: Tree, path: str) -> Datasource | None:
    text = tree.text(path) if path in tree else ""
    block = re.search(_BLOCK, text)
    if block is None:
        return None
    said = {match[1]: match for match in re.finditer(_LINE, block[1])}
    if "provider" not in said or not said["provider"][3]:
        return None
    line = text.count("\n", 0, block.start()) + 1
    source = f"{path}:{line}"
    url = said.get("url")
    variable = Fact(url[2], source) if url and url[2] else None
    if url is None:  # Prisma 7: prisma.config.ts names it, by this name as every example has it
        variable = Fact("DATABASE_URL", source)
    return Datasource(said["provider"][3], source, path, url[3] if url else None, variable)
