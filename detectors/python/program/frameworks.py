"""Web frameworks, and the application objects that code makes of them. Decides nothing among several."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from scaffold.nouns import NamedTuple

from ..code.source import Module, Source, argument, calls, origin, place
from ..code.syntax import assignments, run_on_import

MAX_DEPTH = 12
_NOTHING: Mapping[str, tuple[ast.expr, ...]] = MappingProxyType({})


class Framework(NamedTuple):
    """A web framework: what installs it, what an application of it is, and where it listens by custom."""

    name: str  # "" for what is served like an application and has no framework
    distributions: tuple[str, ...]
    classes: tuple[str, ...]  # the origins of what makes an application object
    interface: str  # "asgi" "wsgi" "own"
    port: int


#: Ports: its documentation's; 8000, that of gunicorn and uvicorn, where that is a development server's.
FRAMEWORKS = (
    Framework("django", ("django", "wagtail", "djangorestframework"),
              ("django.core.wsgi.get_wsgi_application", "configurations.wsgi.get_wsgi_application"),
              "wsgi", 8000),
    Framework("fastapi", ("fastapi",), ("fastapi.FastAPI", "fastapi.applications.FastAPI"), "asgi", 8000),
    Framework("litestar", ("litestar", "starlite"),
              ("litestar.Litestar", "litestar.app.Litestar", "starlite.Starlite"), "asgi", 8000),
    Framework("quart", ("quart",), ("quart.Quart", "quart.app.Quart"), "asgi", 8000),
    Framework("sanic", ("sanic",), ("sanic.Sanic", "sanic.app.Sanic"), "own", 8000),
    Framework("fasthtml", ("python-fasthtml",),
              ("fasthtml.common.FastHTML", "fasthtml.FastHTML", "fasthtml.core.FastHTML",
               "fasthtml.common.fast_app", "fasthtml.fastapp.fast_app"), "asgi", 8000),
    Framework("starlette", ("starlette",), ("starlette.applications.Starlette",), "asgi", 8000),
    Framework("flask", ("flask", "apiflask", "flask-openapi3", "flask-api", "connexion"),
              ("flask.Flask", "flask.app.Flask", "apiflask.APIFlask", "flask_openapi3.OpenAPI",
               "flask_api.FlaskAPI"), "wsgi", 8000),
    Framework("dash", ("dash",), ("dash.Dash", "dash.dash.Dash", "dash_extensions.enrich.DashProxy"),
              "wsgi", 8050),
    Framework("falcon", ("falcon",), ("falcon.App", "falcon.API"), "wsgi", 8000),
    Framework("falcon", ("falcon",), ("falcon.asgi.App",), "asgi", 8000),
    Framework("bottle", ("bottle",), ("bottle.Bottle", "bottle.default_app", "bottle.app"), "wsgi", 8080),
    Framework("aiohttp", ("aiohttp",), ("aiohttp.web.Application", "aiohttp.web_app.Application"),
              "own", 8080),
    Framework("tornado", ("tornado",), ("tornado.web.Application",), "own", 8888),
    Framework("gradio", ("gradio",), (), "own", 7860),
    Framework("streamlit", ("streamlit",), (), "own", 8501),
    Framework("functions-framework", ("functions-framework",), (), "own", 8080),
    Framework("", ("python-socketio", "python-engineio"), ("socketio.ASGIApp", "engineio.ASGIApp"),
              "asgi", 8000),
    Framework("", (), ("socketio.WSGIApp", "engineio.WSGIApp", "pyramid.config.Configurator().make_wsgi_app"),
              "wsgi", 8000),
)  # fmt: skip

#: The ways into Django that are ASGI: https://channels.readthedocs.io/en/stable/deploying.html
_DJANGO_ASGI = (
    "django.core.asgi.get_asgi_application",
    "configurations.asgi.get_asgi_application",
    "channels.routing.ProtocolTypeRouter",
    "channels.routing.get_default_application",
)

#: `flask --app X run --debug` since then: https://flask.palletsprojects.com/en/stable/changes/#version-2-2-0
FLASK_APP = (2, 2)

BY_NAME: Mapping[str, Framework] = {framework.name: framework for framework in reversed(FRAMEWORKS)}
PLAIN_WSGI = Framework("", (), (), "wsgi", 8000)
PLAIN_ASGI = Framework("", (), (), "asgi", 8000)

_CLASSES: Mapping[str, Framework] = {
    **{name: framework for framework in FRAMEWORKS for name in framework.classes},
    **dict.fromkeys(_DJANGO_ASGI, BY_NAME["django"]._replace(interface="asgi")),
}
#: What a module that makes an application mentions: the others need no parsing.
_WORDS = (
    *sorted({name.rpartition(".")[2] for name in _CLASSES} - {"App", "API", "app"}),
    "falcon", "bottle", "start_response", "receive, send",
)  # fmt: skip

#: What is wrapped around an application and is one itself, with the interface it has then.
_WRAPPERS: Mapping[str, str | None] = {
    "WsgiToAsgi": "asgi", "WSGIMiddleware": "asgi", "ASGIMiddleware": "wsgi", "ASGIApp": "asgi",
    "WSGIApp": "wsgi",
    "ProxyFix": None, "WhiteNoise": None, "DjangoWhiteNoise": None, "Cling": None, "mount_gradio_app": None,
    "VersionedFastAPI": None,
}  # fmt: skip
#: Attributes of an application object that are the application as a server calls it.
_SAME = frozenset({"server", "wsgi_app", "asgi_app"})


class Candidate(NamedTuple):
    """An application object, or a function that makes one, as a server would import it."""

    module: Module
    name: str  # "app", "app.server" for Dash
    framework: Framework
    factory: bool
    home: str  # what it really is: the same object can be imported from several modules
    source: str

    @property
    def target(self) -> str:
        """The import string: `shop.main:app`, `shop:create_app()`."""
        return f"{self.module.name}:{self.name}{'()' if self.factory else ''}"


def find_candidates(source: Source) -> tuple[Candidate, ...]:
    """Return every application that can be imported, shallow first: objects, factories, re-exports."""
    first = [found for module in source.modules if module.mentions(*_WORDS) for found in _in_module(module)]
    makers = {found.name for found in first if found.factory} | set(_makers(source)) | _subclasses(source)
    seen = {found.module.path for found in first}
    rest = [module for module in source.modules if module.path not in seen]
    second = [found for module in rest if makers and module.mentions(*makers) for found in _in_module(module)]
    found = [*first, *second]
    again = [entry for module in source.modules for entry in _re_exports(module, found)]
    order = {module.path: index for index, module in enumerate(source.modules)}
    mounted = _mounted(source, found)
    every = {
        (entry.module.path, entry.name): entry for entry in (*again, *found) if entry.home not in mounted
    }
    return tuple(
        sorted(every.values(), key=lambda entry: (order[entry.module.path], entry.factory, entry.name))
    )


# -- where applications are


def _in_module(module: Module) -> Iterator[Candidate]:
    if not module.importable:
        return
    for name, values in module.assigned.items():
        made = next((made for value in values if (made := _made(module, value, _NOTHING, 0))), None)
        if made and not name.startswith("_"):
            yield _object(module, name, made, values)
    for name, function in module.functions.items():
        if made := _plain(function):
            yield Candidate(module, name, made, False, f"{module.name}.{name}", place(module, function))
        elif (
            not name.startswith("_") and _needs_nothing(function) and (made := _returned(module, function, 0))
        ):
            yield Candidate(module, name, made, True, f"{module.name}.{name}", place(module, function))


def _object(module: Module, name: str, made: Framework, values: tuple[ast.expr, ...]) -> Candidate:
    home = f"{module.name}.{name}"
    value = values[-1]
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        home = f"{module.name}.{value.value.id}"  # server = app.server
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and not value.args:
        home = _home_of(module, value.func.id) or home  # app = create_app()
    return Candidate(module, name, made, False, home, place(module, value))


def _home_of(module: Module, name: str) -> str | None:
    if name in module.functions:
        return f"{module.name}.{name}"
    made = module.source.definition(module.aliases[name]) if name in module.aliases else None
    return f"{made[0].name}.{made[1]}" if made and made[1] in made[0].functions else None


def _re_exports(module: Module, found: Iterable[Candidate]) -> Iterator[Candidate]:
    """The applications of other modules that MODULE imports, where servers are pointed at such a module."""
    stem = module.path.rpartition("/")[2].removesuffix(".py")
    if stem not in ENTRY_NAMES or not module.importable:
        return
    known = {f"{entry.module.name}.{entry.name}": entry for entry in found}
    names = {entry.name for entry in known.values()}
    for local in names & (module.aliases.keys() | (names if module.stars else set())):
        made = module.source.definition(f"{module.name}.{local}")
        entry = known.get(f"{made[0].name}.{made[1]}") if made else None
        if entry and entry.module is not module:
            yield entry._replace(module=module, name=local)


#: Modules that servers are pointed at, the plainest first.
ENTRY_NAMES = (
    "wsgi",
    "asgi",
    "main",
    "app",
    "server",
    "api",
    "application",
    "web",
    "run",
    "index",
    "__init__",
    "__main__",
)


def _makers(source: Source) -> Iterator[str]:
    """Functions that make an application of arguments: `create_app(config)`, called elsewhere."""
    for module in source.modules:
        if module.mentions(*_WORDS):
            for name, function in module.functions.items():
                if not _needs_nothing(function) and _returned(module, function, 0):
                    yield name


def _subclasses(source: Source) -> set[str]:
    modules = (module for module in source.modules if module.mentions(*_WORDS))
    return {
        name for module in modules for name in module.classes if _class(module, f"{module.name}.{name}", 0)
    }


def _mounted(source: Source, found: Iterable[Candidate]) -> set[str]:
    """Applications that are a part of another: `app.mount("/admin", admin)`."""
    homes = {f"{entry.module.name}.{entry.name}": entry.home for entry in found}
    mounted: set[str] = set()
    for module in source.modules if len(set(homes.values())) > 1 else ():
        if not module.mentions(".mount(", "Mount(", "DispatcherMiddleware("):
            continue
        for name, call in calls(module):
            if name.rpartition(".")[2] in {"mount", "Mount"}:
                given = argument(call, "app", 1)
                mounted |= {homes[key] for key in _dotted(module, given) if key in homes}
    return mounted


def _dotted(module: Module, node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield f"{module.name}.{node.id}"
        made = module.source.definition(f"{module.name}.{node.id}")
        if made:
            yield f"{made[0].name}.{made[1]}"


def _plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Framework | None:
    names = [parameter.arg for parameter in function.args.args]
    if names == ["environ", "start_response"]:
        return PLAIN_WSGI
    return PLAIN_ASGI if names == ["scope", "receive", "send"] else None


def _needs_nothing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return positional <= 0 and None not in arguments.kw_defaults


# -- what an expression makes


def _made(
    module: Module, node: ast.AST | None, names: Mapping[str, tuple[ast.expr, ...]], depth: int
) -> Framework | None:
    if depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.Await):
        return _made(module, node.value, names, depth + 1)
    if isinstance(node, ast.Name):
        return _made_by_name(module, node.id, names, depth)
    if isinstance(node, ast.Call):
        return _made_by_call(module, node, names, depth)
    if isinstance(node, ast.Subscript):
        first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
        return _made(module, node.value, names, depth + 1) if first else None
    if isinstance(node, ast.Attribute) and node.attr in _SAME:
        return _made(module, node.value, names, depth + 1)
    return None


def _made_by_name(
    module: Module, name: str, names: Mapping[str, tuple[ast.expr, ...]], depth: int
) -> Framework | None:
    if name in names:
        rest = {key: values for key, values in names.items() if key != name}
        return _first(_made(module, value, rest, depth + 1) for value in names[name])
    if name in module.assigned:
        return _first(
            _made(module, value, _NOTHING, depth + 1)
            for value in module.assigned[name]
            if not (isinstance(value, ast.Name) and value.id == name)
        )
    made = module.source.definition(f"{module.name}.{name}")
    return _made_by_name(made[0], made[1], _NOTHING, depth + 1) if made and made[0] is not module else None


def _made_by_call(
    module: Module, call: ast.Call, names: Mapping[str, tuple[ast.expr, ...]], depth: int
) -> Framework | None:
    callee = origin(module, call.func)
    if callee is None:
        return None
    last = callee.rpartition(".")[2]
    if last in _WRAPPERS or last.endswith("Middleware"):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        inner = _first(_made(module, node, names, depth + 1) for node in given)
        if inner:
            return inner._replace(interface=_WRAPPERS.get(last) or inner.interface)
    if framework := _class(module, callee, depth):
        return framework
    made = _function(module, callee)
    return _returned(*made, depth + 1) if made else None


def _function(module: Module, callee: str) -> tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef] | None:
    made = module.source.definition(callee) or module.source.definition(f"{module.name}.{callee}")
    return (made[0], made[0].functions[made[1]]) if made and made[1] in made[0].functions else None


def _class(module: Module, dotted: str, depth: int) -> Framework | None:
    """The framework whose application class DOTTED is, or is made from."""
    starred = (f"{star}.{dotted}" for star in module.stars) if "." not in dotted else ()
    for name in (dotted, *starred):
        if name in _CLASSES:
            return _CLASSES[name]
    made = module.source.definition(dotted)
    if made is None or made[1] not in made[0].classes or depth > MAX_DEPTH:
        return None
    bases = (origin(made[0], base) for base in made[0].classes[made[1]].bases)
    return _first(_class(made[0], base, depth + 1) for base in bases if base and base != dotted)


def _returned(
    module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, depth: int
) -> Framework | None:
    if depth > MAX_DEPTH:
        return None
    if annotated := _annotated(module, function.returns, depth):
        return annotated
    body = tuple(run_on_import(function.body))
    names: dict[str, tuple[ast.expr, ...]] = {}
    for stmt in body:
        for name, value in assignments(stmt):
            names[name] = (*names.get(name, ()), value)
    returns = (stmt.value for stmt in body if isinstance(stmt, ast.Return))
    return _first(_made(module, value, names, depth + 1) for value in returns)


def _annotated(module: Module, node: ast.expr | None, depth: int) -> Framework | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        dotted: str | None = module.aliases.get(node.value, node.value)
    else:
        dotted = origin(module, node) if node else None
    return _class(module, dotted, depth) if dotted else None


def _first(found: Iterable[Framework | None]) -> Framework | None:
    return next((framework for framework in found if framework), None)
