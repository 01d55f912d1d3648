"""Which of the paths that a program answers says best how it is. Knows no language, and asks nobody."""

from __future__ import annotations

import re
from collections.abc import Collection

#: Paths that say how a program is, the plainest first.
_HEALTH = (
    r"(?:^|[-_/.])(health(?:[-_]?(?:check|z))?|livez?|liveness|alive|ping|up|heartbeat|readyz?|readiness"
    r"|status)/?$"
)
_ORDER = ("health", "healthz", "healthcheck", "health-check", "health_check", "livez", "live", "liveness",
          "alive", "ping", "up", "heartbeat", "ready", "readyz", "readiness", "status")  # fmt: skip

#: What a name has in it that guards a route.
GUARD = r"(?i)login|auth|token|current_user|permission|jwt|api_?key|admin|security"


def says_health(path: str) -> bool:
    """Whether PATH is there to be asked how the program is."""
    return re.search(_HEALTH, path) is not None


def best_path(paths: Collection[str]) -> str | None:
    """Return the path among PATHS that a health check should ask: one made for it, else "/"."""
    health = [path for path in paths if says_health(path)]
    return min(health, key=_rank) if health else "/" if "/" in paths else None


def _rank(path: str) -> tuple[int, int, str]:
    match = re.search(_HEALTH, path)
    word = match[1] if match else ""
    return (_ORDER.index(word) if word in _ORDER else len(_ORDER), path.count("/"), path)
