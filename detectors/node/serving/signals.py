"""Whether a program hears SIGTERM: by its own code, or by a package that does it for it."""

import re
from collections.abc import Sequence

from scaffold.model import ProjectWarning

from ...signals import no_handler
from ..code.module import Module

_NAMED = r"""["'`]SIGTERM["'`]"""
#: Packages that listen for it, and what of others switches that on.
_LISTENERS = frozenset(
    {"@godaddy/terminus", "close-with-grace", "http-graceful-shutdown", "lightship", "node-graceful-shutdown",
     "fastify-graceful-shutdown", "exit-hook", "async-exit-hook", "death", "@ladjs/graceful",
     "@apollo/server/standalone", "apollo-server", "@temporalio/worker", "graphile-worker",
     "@hocuspocus/server", "moleculer"}
)  # fmt: skip
_SWITCH = (
    ".enableShutdownHooks("  # https://docs.nestjs.com/fundamentals/lifecycle-events#application-shutdown
)


def find_deaf(modules: Sequence[Module]) -> tuple[ProjectWarning, ...]:
    """Return the warning of a program whose MODULES, the main one first, do not hear the signal."""
    return () if not modules or any(map(_hears, modules)) else (no_handler(modules[0].path),)


def _hears(module: Module) -> bool:
    if module.mentions("SIGTERM", _SWITCH) and re.search(f"{_NAMED}|{re.escape(_SWITCH)}", module.text):
        return True
    return module.mentions(*_LISTENERS) and not _LISTENERS.isdisjoint(module.imports)
