"""Pages and routes that are files: which address shows that a framework's server is well. Reads no code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scaffold.model import Fact, Health

if TYPE_CHECKING:
    from ..program.evidence import Evidence

_PAGES = (".js", ".jsx", ".mjs", ".ts", ".tsx", ".md", ".mdx", ".vue", ".svelte", ".astro")
#: What a route for health checks is called, the plainest first.
_NAMES = ("healthz", "health", "healthcheck", "health-check", "livez", "readyz", "status", "ping")
#: Where a route NAME lies, and its address: the documentation of file-based routing of each.
_ROUTES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "next": (("app/api/{}/route.*", "/api/{}"), ("app/{}/route.*", "/{}"), ("pages/api/{}.*", "/api/{}"),
             ("src/app/api/{}/route.*", "/api/{}"), ("src/app/{}/route.*", "/{}"),
             ("src/pages/api/{}.*", "/api/{}"), ("pages/api/{}/index.*", "/api/{}")),
    "nuxt": (("server/api/{}.*", "/api/{}"), ("server/routes/{}.*", "/{}")),
    "nitro": (("routes/{}.*", "/{}"), ("server/routes/{}.*", "/{}"), ("server/api/{}.*", "/api/{}"),
              ("api/{}.*", "/api/{}")),
    "sveltekit": (("src/routes/{}/+server.*", "/{}"), ("src/routes/api/{}/+server.*", "/api/{}"),
                  ("src/routes/{}/+page.*", "/{}")),
    "remix": (("app/routes/{}.*", "/{}"), ("app/routes/api.{}.*", "/api/{}")),
    "react-router": (("app/routes/{}.*", "/{}"), ("app/routes/api.{}.*", "/api/{}")),
    "astro": (("src/pages/{}.*", "/{}"), ("src/pages/api/{}.*", "/api/{}")),
    "tanstack-start": (("src/routes/{}.*", "/{}"), ("src/routes/api/{}.*", "/api/{}")),
    "solid-start": (("src/routes/{}.*", "/{}"), ("src/routes/api/{}.*", "/api/{}")),
}  # fmt: skip
#: The page at "/".
_INDEX: Mapping[str, tuple[str, ...]] = {
    "next": ("app/page.*", "src/app/page.*", "app/(*)/page.*", "src/app/(*)/page.*", "pages/index.*",
             "src/pages/index.*"),
    "nuxt": ("pages/index.vue", "app/pages/index.vue", "app.vue", "app/app.vue"),
    "nitro": ("routes/index.*", "server/routes/index.*"),
    "sveltekit": ("src/routes/+page.*", "src/routes/(*)/+page.*", "src/routes/+server.*"),
    "remix": ("app/routes/_index.*", "app/routes/index.*", "app/routes/*+/index.*", "app/routes/*+/_index.*"),
    "react-router": ("app/routes/_index.*", "app/routes/home.*", "app/routes/index.*",
                     "app/routes/*+/index.*"),
    "astro": ("src/pages/index.*",),
    "tanstack-start": ("src/routes/index.*",),
    "solid-start": ("src/routes/index.*", "src/routes/(*).*"),
    "angular": ("src/server.ts", "server.ts"),
}  # fmt: skip


def find_page(evidence: Evidence, framework: str, base: str) -> Fact:
    """Return the address that a health check asks for: a route for it, else "/" where there is a page."""
    path, place = next(_pages(evidence, framework), (None, f"default: {framework}"))
    return Fact(Health((path and f"{base.rstrip('/')}{path}") or path), place)


def _pages(evidence: Evidence, framework: str) -> Iterator[tuple[str, str]]:
    for name in _NAMES:
        for pattern, address in _ROUTES.get(framework, ()):
            for path in _code(evidence, pattern.format(name)):
                yield address.format(name), path
    for pattern in _INDEX.get(framework, ()):
        for path in _code(evidence, pattern):
            yield "/", path


def _code(evidence: Evidence, pattern: str) -> list[str]:
    """Return the files of PATTERN that make a page: a style sheet of its name lies beside it."""
    return [path for path in evidence.tree.glob(pattern) if path.endswith(_PAGES)]
