"""Django projects: which settings, which gateway, what a build step needs. Imports nothing of them."""

import ast
import re
from collections.abc import Iterator, Mapping

from scaffold.model import Fact, Value
from scaffold.nouns import NamedTuple

from ..code.source import Module, Source, argument, calls, literal, origin, place
from .frameworks import Candidate
from .launches import read_setting

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_NAMED = r"DJANGO_SETTINGS_MODULE[= ][\"']?([\w.]+)"
MAX_CHAIN = 20
_PRODUCTION = frozenset({"prod", "production"})
#: What settings for other occasions are called.
_OCCASIONS = r"test|dev|local|^ci$|debug|example|stag|build"


class Django(NamedTuple):
    """A Django project as its code states it."""

    manage: str | None  # "manage.py", "app/manage.py"
    settings: Fact | None  # "shop.settings.production"
    chain: tuple[Module, ...]  # the settings module and what it imports everything from, the strongest first
    developed: str | None = None  # the settings for development, where they are others


def find_django(source: Source, candidate: Candidate | None) -> Django | None:
    """Return the Django project in SOURCE, where a `manage.py` or a gateway says so."""
    manage = _manage(source)
    if manage is None and (candidate is None or candidate.framework.name != "django"):
        return None
    gateways = [candidate.module] if candidate else []
    beside = [module for module in source.modules if module.path.endswith(("/wsgi.py", "/asgi.py"))]
    stated = [_stated_settings(module) for module in (*gateways, *beside, *([manage] if manage else []))]
    named = (fact for fact in (_deployed(source), *stated) if fact and source.module(fact.value))
    settings = next(named, None) or _left(source)
    developed = None
    if settings and (production := _of_production(source, settings)):
        settings, developed = production, settings.value
    module = source.module(settings.value) if settings else None
    chain = tuple(_chain(module)) if module else ()
    return Django(manage.path if manage else None, settings, chain, developed)


def _of_production(source: Source, settings: Fact) -> Fact | None:
    """The settings for production, where SETTINGS takes those for development as long as they are there."""
    module = source.module(settings.value)
    stars = {star.rpartition(".")[2]: star for star in module.stars} if module else {}
    called = next((star for name, star in stars.items() if name in _PRODUCTION), None)
    others = any(re.search(_OCCASIONS, name) for name in stars)
    return Fact(called, module.path) if module and called and others and source.module(called) else None


def _deployed(source: Source) -> Fact | None:
    """The settings that the project's own production files name."""
    for path in ("Procfile", "Dockerfile", ".env.example"):
        for number, line in enumerate(source.tree.text(path).splitlines(), start=1):
            if match := re.search(_NAMED, line):
                return Fact(match[1], f"{path}:{number}")
    return None


def _left(source: Source) -> Fact | None:
    """The settings where nothing names any: called production, else the only ones for no other occasion."""
    whole = [module for module in source.modules if "INSTALLED_APPS" in module.assigned]
    beside = [one for module in whole for one in source.modules if one.package == module.package]
    called = {one for one in beside if _last(one) in _PRODUCTION and one.mentions("import *")}
    found = list(called) or [one for one in whole if not re.search(_OCCASIONS, _last(one))]
    return Fact(found[0].name, found[0].path) if len(found) == 1 else None


def _last(module: Module) -> str:
    return module.name.rpartition(".")[2]


def _manage(source: Source) -> Module | None:
    found = (module for module in source.modules if module.path.rpartition("/")[2] == "manage.py")
    return next((module for module in found if module.mentions(_VARIABLE, "django.core.management")), None)


def _stated_settings(module: Module) -> Fact | None:
    for name, call in calls(module):
        if name == "os.environ.setdefault" and literal(module, argument(call, "key", 0)) == _VARIABLE:
            value, _ = read_setting(module, argument(call, "value", 1))
            return Fact(value, place(module, call)) if isinstance(value, str) else None
    for node in module.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            if origin(module, target.value) == "os.environ" and literal(module, target.slice) == _VARIABLE:
                value, _ = read_setting(module, node.value)
                return Fact(value, place(module, node)) if isinstance(value, str) else None
    return None


def _chain(module: Module) -> Iterator[Module]:
    """MODULE and the modules it imports everything from."""
    seen: dict[str, Module] = {}
    rest = [module]
    while rest and len(seen) < MAX_CHAIN:
        one = rest.pop(0)
        if one.path in seen:
            continue
        seen[one.path] = one
        stars = (one.source.module(star) for star in reversed(one.stars))
        rest.extend(star for star in stars if star)
    yield from seen.values()


def setting(django: Django, name: str) -> tuple[Module, ast.expr] | None:
    """Where a setting gets its last value."""
    for module in django.chain:
        if values := module.assigned.get(name):
            return module, values[-1]
    return None


def setting_value(django: Django, name: str) -> Value | None:
    """The constant that a setting is, or the default of the environment variable that it is read from."""
    found = setting(django, name)
    return read_setting(*found)[0] if found else None


def mentions(django: Django, text: str) -> bool:
    """Whether the settings name an application or a middleware."""
    return any(
        isinstance(node, ast.Constant) and node.value == text
        for module in django.chain
        for node in module.nodes
    )


def has_database(source: Source) -> bool:
    """Say whether the settings have databases: without, Django has none, and `migrate` fails."""
    return any(module.mentions("DATABASES") for module in source.modules)


def gateway(django: Django, source: Source) -> Fact | None:
    """WSGI_APPLICATION, as a server imports it."""
    found = setting(django, "WSGI_APPLICATION")
    value = literal(*found) if found else None
    home, _, name = value.rpartition(".") if isinstance(value, str) else ("", "", "")
    return Fact(f"{home}:{name}", place(*found)) if found and home and source.module(home) else None


# -- collectstatic


def static_root(django: Django) -> Fact | None:
    """Where `collectstatic` writes, where it is used."""
    found = setting(django, "STATIC_ROOT")
    if found is None or (isinstance(found[1], ast.Constant) and not found[1].value):
        return None
    if not mentions(django, "django.contrib.staticfiles"):
        return None
    return Fact(literal(*found), place(*found))


#: What settings call to read the environment, by itself or with a method that converts.
_READERS = (
    r"(os\.environ\.get|os\.getenv|environs?\.(FileAware)?Env\(\)|decouple\.config|decouple\.AutoConfig\(\)"
    r"|starlette\.config\.Config\(\)|prettyconf\.config)(\.\w+)?"
)
_BY_TYPE = {"int": "1", "float": "1", "bool": "false", "list": "localhost", "tuple": "localhost",
            "dict": "a=b", "json": "{}", "url": "http://localhost", "db": "sqlite:////tmp/build.sqlite3",
            "db_url": "sqlite:////tmp/build.sqlite3", "dj_db_url": "sqlite:////tmp/build.sqlite3",
            "cache": "locmemcache://", "cache_url": "locmemcache://", "dj_cache_url": "locmemcache://",
            "email_url": "consolemail://", "dj_email_url": "console:", "search_url": "simple://",
            "path": "/tmp", "int_list": "1"}  # fmt: skip  # noqa: S108
_POSTGRES = "postgres://build:build@localhost:5432/build"
_REDIS = "redis://localhost:6379/0"
_BY_NAME = (
    ("DATABASE_URL", _POSTGRES), ("POSTGRES_URL", _POSTGRES), ("REDIS", _REDIS), ("BROKER", _REDIS),
    ("CELERY", _REDIS), ("AMQP", "amqp://localhost"), ("_DSN", "http://build@localhost/1"),
    ("_URL", "http://localhost"), ("_URI", "http://localhost"), ("PORT", "1"), ("HOST", "localhost"),
    ("EMAIL", "build@localhost"), ("DEBUG", "false"),
)  # fmt: skip


def build_environment(django: Django) -> dict[str, str]:
    """Harmless values for what the settings require when they are imported, so that a build step can run."""
    found: dict[str, str] = {}
    for module in django.chain:
        parents = {id(child): node for node in module.nodes for child in ast.iter_child_nodes(node)}
        optional = set(_asked_about(module))
        for node in module.nodes:
            required = _required(module, node, parents)
            if required and required[0] not in {*found, *optional} and required[0].isidentifier():
                found[required[0]] = required[1]  # a file, as in `env.read_env(".env")`, is no name
    return dict(sorted(found.items()))


def named_settings(django: Django, source: Source) -> dict[str, str]:
    """Return the variable that names the settings, where `manage.py` does not name them itself."""
    manage = source.at(django.manage) if django.manage else None
    if django.settings is None or manage is None:
        return {}
    if manage.mentions(_VARIABLE) and not django.developed:
        return {}
    return {_VARIABLE: str(django.settings.value)}


def _asked_about(module: Module) -> Iterator[str]:
    """Names that the settings look for before they use them: `if "DATABASE_URL" in os.environ`."""
    tests = (node.test for node in module.nodes if isinstance(node, (ast.If, ast.IfExp)))
    for test in tests:
        for node in ast.walk(test):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _required(module: Module, node: ast.AST, parents: Mapping[int, ast.AST]) -> tuple[str, str] | None:
    """(name, harmless value) of the environment variable that NODE cannot do without."""
    if isinstance(node, ast.Subscript) and origin(module, node.value) == "os.environ":
        name = literal(module, node.slice)
        loads = isinstance(node.ctx, ast.Load)
        return (name, _dummy(name, _cast(module, node, parents))) if loads and isinstance(name, str) else None
    if not isinstance(node, ast.Call) or _is_in_function(node, parents):
        return None
    called = origin(module, node.func) or ""
    if not re.fullmatch(_READERS, called):
        return None
    name = literal(module, argument(node, "key", 0))
    if not isinstance(name, str) or len(node.args) > 1 or argument(node, "default"):
        return None
    lenient = called in {"os.getenv", "os.environ.get"}
    if lenient and not _is_used(node, parents) and not _is_secret_key(node, parents):
        return None
    last = called.rpartition(".")[2]
    return name, _dummy(name, last if last in _BY_TYPE else _cast(module, node, parents))


def _is_in_function(node: ast.AST, parents: Mapping[int, ast.AST]) -> bool:
    while id(node) in parents:
        node = parents[id(node)]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return True
    return False


def _is_used(node: ast.AST, parents: Mapping[int, ast.AST]) -> bool:
    """Whether something is done with it that fails on None."""
    parent = parents.get(id(node))
    if isinstance(parent, ast.Attribute):
        return True
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, (ast.Name, ast.Attribute))
        and node in parent.args
    )


def _is_secret_key(node: ast.AST, parents: Mapping[int, ast.AST]) -> bool:
    """Django refuses an empty SECRET_KEY."""
    parent = parents.get(id(node))
    if isinstance(parent, ast.BoolOp):  # `os.environ.get("SECRET_KEY") or None`
        parent = parents.get(id(parent))
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    return any(isinstance(target, ast.Name) and target.id == "SECRET_KEY" for target in targets)


def _cast(module: Module, node: ast.AST, parents: Mapping[int, ast.AST]) -> str:
    """The type that a value is turned into: `int(os.environ["X"])`, `config("X", cast=int)`."""
    if isinstance(node, ast.Call) and (cast := argument(node, "cast")):
        return (origin(module, cast) or "").rpartition(".")[2]
    parent = parents.get(id(node))
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return parent.func.id
    loads = isinstance(parent, ast.Call) and (origin(module, parent.func) or "") == "json.loads"
    return "json" if loads else ""


def _dummy(name: str, cast: str) -> str:
    if cast in _BY_TYPE:
        return _BY_TYPE[cast]
    upper = name.upper()
    return next((value for part, value in _BY_NAME if upper.endswith(part) or part in upper), "build")


# -- health


def answers_this_computer(django: Django) -> bool:
    """Whether ALLOWED_HOSTS takes a probe from inside the container, with no redirect to https before it."""
    redirect = setting(django, "SECURE_SSL_REDIRECT")
    if redirect and literal(*redirect) is not False:
        return False
    hosts = setting_value(django, "ALLOWED_HOSTS")
    given = (hosts,) if isinstance(hosts, str) else hosts if isinstance(hosts, tuple) else ()
    if not {"*", "127.0.0.1", "localhost"}.isdisjoint(",".join(map(str, given)).split(",")):
        return True
    debug = setting(django, "DEBUG")
    return debug is not None and literal(*debug) is True and given == ()
