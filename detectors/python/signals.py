"""Whether a program hears SIGTERM: by its own code, or by a server or framework that it runs."""

import ast
from typing import TYPE_CHECKING

from scaffold.model import ProjectWarning

from ..signals import no_handler
from .code.source import Module, Source

if TYPE_CHECKING:
    from .app import App

#: What listens for it where a program runs it by itself.
_LISTENERS = frozenset(
    {"uvicorn", "hypercorn", "granian", "gunicorn", "aiohttp.web", "sanic", "quart", "streamlit", "fasthtml",
     "fasthtml.common", "nicegui", "aiogram", "telegram.ext", "kopf", "dramatiq.cli", "functions_framework",
     "celery.bin", "arq.worker", "rq", "locust", "daphne.server", "faust"}
)  # fmt: skip


def find_deaf(source: Source, app: "App") -> tuple[ProjectWarning, ...]:
    """Return the warning of a program that Python itself starts, where nothing in it hears the signal."""
    if app.main is None or any(map(_hears, source.modules)):
        return ()
    return (no_handler(app.main.source),)


def _hears(module: Module) -> bool:
    if module.mentions("SIGTERM") and any(_is_signal(node) for node in ast.walk(module.body)):
        return True
    roots = {name.partition(".")[0] for name in _LISTENERS}
    return module.mentions(*roots) and not _LISTENERS.isdisjoint(module.imports)


def _is_signal(node: ast.AST) -> bool:
    """Whether NODE is `signal.SIGTERM`, `SIGTERM` or "SIGTERM"."""
    names = (getattr(node, key, None) for key in ("attr", "id", "value"))
    return "SIGTERM" in [name for name in names if isinstance(name, str)]
