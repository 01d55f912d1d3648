"""Which program a project starts: an application, a script, a console command, or none. Nothing by chance.

What people said comes first, then start commands of other platforms, then the code: `wsgi.py` and `asgi.py`,
what serves itself, conventional names, shallow before deep. Equals are a question.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scaffold.model import Ambiguity, Answers, Fact
from scaffold.nouns import NamedTuple

from ..code.source import Module, Source
from .frameworks import BY_NAME, PLAIN_ASGI, PLAIN_WSGI, Candidate, Framework, find_candidates
from .launches import Launch, find_launches
from .ownserver import find_own_server
from .readme import documented
from .starts import Start, find_starts

if TYPE_CHECKING:
    from detectors.hints import Hints

    from ..packages.project import Project, Script

#: Modules that an application is looked for in, the plainest first.
_PLAIN = frozenset({"main", "app", "application", "wsgi", "asgi", "server", "autoapp"})
_CONVENTIONAL = ("wsgi", "asgi", "main", "app", "application", "server", "autoapp", "api", "web", "run",
                 "index", "service", "backend", "site",
                 "start", "serve", "hello", "__init__", "__main__")  # fmt: skip
_OBJECTS = ("app", "application", "api", "server", "create_app", "make_app", "get_app")

#: Plain scripts, the plainest first.
SCRIPTS = ("main.py", "app.py", "bot.py", "cli.py", "run.py", "server.py", "start.py", "hello.py",
           "worker.py", "__main__.py", "index.py", "script.py")  # fmt: skip
_STREAMLIT = (
    "streamlit_app.py",
    "app.py",
    "Home.py",
    "home.py",
    "main.py",
    "Main.py",
    "Hello.py",
    "dashboard.py",
    "1_Home.py",
)
#: Frameworks whose program is a script that serves itself.
_SCRIPTED = frozenset({"gradio", "tornado", "aiohttp", "bottle", "fasthtml", "sanic"})


class Entry(NamedTuple):
    """What is started."""

    kind: str  # "web" "worker" "cli" "library"
    framework: str
    interface: (
        str  # "asgi" "wsgi" "own"; "script" where the program serves itself; "" where nothing is served
    )
    main: (
        Fact | None
    )  # "shop.main:app", "shop:create_app()", "bot.py", "-m shop"; None where equals are a question
    module: Module | None = None
    candidate: Candidate | None = None
    launch: Launch | None = None
    start: Start | None = None  # the command that says so, where one does
    command: str | None = None  # a console script that is installed with the project
    ambiguities: tuple[Ambiguity, ...] = ()
    because: str = ""  # what shows the kind


class Evidence(NamedTuple):
    """Everything that is known before anything is decided."""

    source: Source
    project: "Project | None"
    answers: Answers
    candidates: tuple[Candidate, ...]
    launches: tuple[Launch, ...]
    starts: tuple[Start, ...]
    said: Fact | None  # FLASK_APP


def read_evidence(
    source: Source, project: "Project | None", answers: Answers, hints: "Hints | None"
) -> Evidence:
    """Read what the code and other platforms' files say."""
    starts = find_starts(hints.procfile, hints.commands) if hints else ()
    said = _flaskenv(source) or (hints.environment.get("FLASK_APP") if hints else None)
    return Evidence(
        source,
        project,
        answers,
        find_candidates(source),
        find_launches(source),
        starts,
        said,
    )


def _flaskenv(source: Source) -> Fact | None:
    """FLASK_APP, as the file that Flask's own command reads says it."""
    for number, line in enumerate(source.tree.text(".flaskenv").splitlines(), start=1):
        name, _, value = line.partition("=")
        if name.strip() == "FLASK_APP" and value.strip():
            return Fact(value.strip().strip("\"'"), f".flaskenv:{number}")
    return None


def find_entry(evidence: Evidence) -> Entry | None:
    """Return the web entry; None where nothing of the project serves."""
    for decide in (_answered, _started, _flask_app, _by_code, _scripted):
        if entry := decide(evidence):
            return entry
    return None


# -- what people said


def _answered(evidence: Evidence) -> Entry | None:
    answer = evidence.answers.get("main")
    if answer is None:
        return None
    text = str(answer.value)
    for candidate in evidence.candidates:
        if text in {candidate.target, candidate.target.removesuffix("()")}:
            return _of_candidate(evidence, candidate, Fact(candidate.target, answer.source))
    if ":" in text and not text.endswith(".py"):
        return _of_target(evidence, text, answer.source)
    module = evidence.source.at(text) or evidence.source.module(text.removeprefix("-m ").strip())
    return _of_script(evidence, text, module, answer.source)


def _of_target(evidence: Evidence, target: str, source: str, interface: str = "") -> Entry:
    """An import string whose object the code does not show: what it is follows from what is installed."""
    home, _, name = target.partition(":")
    module = evidence.source.module(home)
    framework = _installed(evidence)
    if framework is None:
        framework = PLAIN_ASGI if interface == "asgi" else PLAIN_WSGI
    if interface and interface != framework.interface and framework.interface != "own":
        framework = framework._replace(interface=interface)
    launch = _launch_of(evidence, f"{home}.{name.removesuffix('()')}", module)
    return Entry(
        "web",
        framework.name,
        framework.interface,
        Fact(target, source),
        module,
        launch=launch,
        because=source,
    )


def _installed(evidence: Evidence) -> Framework | None:
    """The first framework that production has and the code imports."""
    imported = {name.split(".")[0] for module in evidence.source.modules[:200] for name in module.imports}
    for framework in BY_NAME.values():
        roots = {
            root
            for name in framework.distributions
            for root in (name.replace("-", "_"), name.removeprefix("python-"))
        }
        if framework.classes and not imported.isdisjoint(roots) and _has(evidence, framework):
            return framework
    return None


def _has(evidence: Evidence, framework: Framework) -> bool:
    return evidence.project is None or any(evidence.project.has(name) for name in framework.distributions)


def _of_script(evidence: Evidence, main: str, module: Module | None, source: str) -> Entry | None:
    if module is None:
        return None
    launch = next((launch for launch in evidence.launches if launch.module is module), None)
    framework = script_framework(module)
    if framework is None and launch is None:
        return None
    name = framework or (launch.framework if launch else "")
    own = name if name in {"streamlit", "functions-framework"} else "script"
    return Entry("web", name, own, Fact(main, source), module, launch=launch, because=source)


# -- what other platforms' files say


_SERVER_INTERFACES = {"uvicorn": "asgi", "hypercorn": "asgi", "daphne": "asgi", "granian": "asgi",
                      "gunicorn": "wsgi", "waitress-serve": "wsgi", "sanic": "own"}  # fmt: skip


def _started(evidence: Evidence) -> Entry | None:
    found = (_of_start(evidence, start) for start in evidence.starts)
    return next((entry for entry in found if entry), None)


def _of_start(evidence: Evidence, start: Start) -> Entry | None:
    if start.target:
        return _of_started_target(evidence, start)
    module = _file_of(evidence, start)
    if module is None:
        return None
    if served := _served_by(evidence, module):
        return _of_candidate(evidence, served, Fact(served.target, start.source))._replace(start=start)
    entry = _of_script(evidence, module.path, module, start.source)
    return entry._replace(start=start) if entry else None


def _file_of(evidence: Evidence, start: Start) -> Module | None:
    """The script that a command runs, wherever its own image had the project: `/code/bot.py` is `bot.py`."""
    if start.script is None or start.script.endswith("manage.py"):
        return None
    folder = "" if start.folder in {".", ""} else f"{start.folder.removeprefix('./')}/"
    parts = f"{folder if not start.script.startswith('/') else ''}{start.script.removeprefix('./')}".split(
        "/"
    )
    last = len(parts) if parts[0] == "" else 1
    found = (evidence.source.at("/".join(parts[index:])) for index in range(last))
    return next((module for module in found if module), None)


def _of_started_target(evidence: Evidence, start: Start) -> Entry | None:
    home, _, name = (start.target or "").partition(":")
    if home.endswith(".py"):
        home = home.removesuffix(".py").replace("/", ".")
    module = evidence.source.module(home, start.folder.removeprefix("./")) if start.folder != "." else None
    module = module or evidence.source.module(home)
    if module is None:
        return None
    names = [name.partition("(")[0]] if name else ["application", "app", "create_app"]
    for candidate in evidence.candidates:
        if candidate.module is module and candidate.name in names:
            fact = Fact(f"{candidate.target.partition('(')[0]}{_arguments(name, candidate)}", start.source)
            return _of_candidate(evidence, candidate, fact)._replace(start=start)
    if not name or not start.server:
        return None
    target = f"{module.name}:{name}" + ("()" if start.factory and not name.endswith(")") else "")
    asgi = any("uvicorn" in word.lower() or word == "asgi" for word in start.options)
    interface = "asgi" if asgi else _SERVER_INTERFACES.get(start.server, "")
    return _of_target(evidence, target, start.source, interface)._replace(start=start)


def _arguments(name: str, candidate: Candidate) -> str:
    """`create_app("production")` keeps what it is called with."""
    return f"({name.partition('(')[2]}" if "(" in name else "()" if candidate.factory else ""


def _served_by(evidence: Evidence, module: Module) -> Candidate | None:
    """The application that a script serves by itself: a production server takes it from there."""
    targets = {launch.target for launch in evidence.launches if launch.module is module and launch.target}
    for candidate in evidence.candidates:
        names = {candidate.target, f"{candidate.module.name}.{candidate.name}", candidate.home}
        if not names.isdisjoint(targets):
            return candidate
    own = [candidate for candidate in evidence.candidates if candidate.module is module]
    return _best(evidence, own)[0] if own else None


def _flask_app(evidence: Evidence) -> Entry | None:
    if evidence.said is None or not isinstance(evidence.said.value, str):
        return None
    home, _, name = evidence.said.value.removesuffix(".py").partition(":")
    home = home.removesuffix(".py").replace("/", ".").strip(".")
    flask = [
        candidate
        for candidate in evidence.candidates
        if candidate.framework.name == "flask"
        and candidate.module.name == home
        and name in {"", candidate.name}
    ]
    if not flask:
        return None
    best, _ = _best(evidence, flask)
    return _of_candidate(evidence, best, Fact(best.target, evidence.said.source))


# -- what the code says


def _by_code(evidence: Evidence) -> Entry | None:
    wanted = evidence.answers.get("framework")
    found = [
        candidate
        for candidate in evidence.candidates
        if wanted is None or candidate.framework.name == wanted.value
    ]
    django = [candidate for candidate in found if candidate.framework.name == "django"]
    candidates = _django_side(evidence, django) or [
        candidate for candidate in found if candidate.framework.name != "tornado"
    ]
    if not candidates:
        return None
    best, equals = _best(evidence, candidates)
    if len(equals) > 1 and (told := _told(evidence, equals)):
        return told
    if len(equals) > 1:
        names = {candidate.framework.name for candidate in equals}
        targets = tuple(candidate.target for candidate in equals)
        framework = best.framework.name if len(names) == 1 else ""
        ambiguous = (Ambiguity("main", targets),)
        return Entry(
            "web", framework, best.framework.interface, None, ambiguities=ambiguous, because=best.source
        )
    if own := find_own_server(evidence.source, best, evidence.launches):
        main = Fact(own.program.path, own.launch.source)
        name = best.framework.name
        return Entry("web", name, "script", main, own.program, launch=own.launch, because=main.source)
    return _of_candidate(evidence, best, Fact(best.target, best.source))


def _told(evidence: Evidence, equals: tuple[Candidate, ...]) -> Entry | None:
    """The one of EQUALS that a README starts, by its object or its file."""
    by_name = {name: one for one in reversed(equals) for name in (one.target, one.module.path)}
    told = documented(evidence.source.tree, by_name)
    return (
        _of_candidate(evidence, by_name[told.value], Fact(by_name[told.value].target, told.source))
        if told
        else None
    )


def _django_side(evidence: Evidence, found: list[Candidate]) -> list[Candidate]:
    """Of Django's two gateways the one that is used: WSGI, unless something asynchronous is installed."""
    project = evidence.project
    channels = project is not None and any(project.has(name) for name in ("channels", "daphne"))
    only = project is not None and project.has("uvicorn") is not None and project.has("gunicorn") is None
    side = "asgi" if channels or only else "wsgi"
    return [candidate for candidate in found if candidate.framework.interface == side] or found


def _of_candidate(evidence: Evidence, candidate: Candidate, main: Fact) -> Entry:
    dotted = f"{candidate.module.name}.{candidate.name}"
    launch = _launch_of(evidence, dotted, candidate.module) or _launch_of(evidence, candidate.home, None)
    framework = candidate.framework
    return Entry(
        "web",
        framework.name,
        framework.interface,
        main,
        candidate.module,
        candidate,
        launch,
        because=candidate.source,
    )


def _launch_of(evidence: Evidence, dotted: str, module: Module | None) -> Launch | None:
    """Where the code itself serves what DOTTED names, or anything in its module."""
    string = ":".join(dotted.rpartition(".")[::2])
    named = [launch for launch in evidence.launches if launch.target in {dotted, string}]
    beside = [launch for launch in evidence.launches if launch.module is module]
    return next(iter((*named, *beside)), None)


Rank = tuple[int, int, int, int, int]


def _best(evidence: Evidence, candidates: Iterable[Candidate]) -> tuple[Candidate, tuple[Candidate, ...]]:
    """The best of CANDIDATES, and those of equal standing that are other applications (itself the first)."""
    ranked = sorted(candidates, key=lambda candidate: (_rank(evidence, candidate), *_finer(candidate)))
    best = ranked[0]
    equals = {best.home: best}
    for candidate in ranked[1:]:
        same = candidate.module is best.module and candidate.name != best.name and best.name in _OBJECTS
        if _rank(evidence, candidate) == _rank(evidence, best) and not same:
            equals.setdefault(candidate.home, candidate)
    return best, tuple(equals.values())


def _rank(evidence: Evidence, candidate: Candidate) -> Rank:
    stem = _stem(candidate.module)
    gateway = "asgi" if candidate.framework.interface == "asgi" else "wsgi"
    return (
        0 if stem == gateway else 1 if stem in {"wsgi", "asgi"} else 2,
        _launched(evidence, candidate),
        int(candidate.factory),
        0 if stem in _PLAIN or stem == _named(evidence) else 1 if stem in _CONVENTIONAL else 2,
        candidate.module.path.count("/"),
    )


def _finer(candidate: Candidate) -> tuple[int, int, str, str]:
    """What orders equals: it decides nothing between two applications."""
    stem = _stem(candidate.module)
    module = _CONVENTIONAL.index(stem) if stem in _CONVENTIONAL else len(_CONVENTIONAL)
    name = _OBJECTS.index(candidate.name) if candidate.name in _OBJECTS else len(_OBJECTS)
    return module, name, candidate.module.path, candidate.name


def _named(evidence: Evidence) -> str | None:
    name = evidence.project.name if evidence.project else None
    return str(name.value).lower().replace("-", "_") if name else None


def _launched(evidence: Evidence, candidate: Candidate) -> int:
    names = {candidate.target.removesuffix("()"), f"{candidate.module.name}.{candidate.name}", candidate.home}
    own = [launch for launch in evidence.launches if launch.target in names]
    scripts = {
        script.target.partition(":")[0] for script in (evidence.project.scripts if evidence.project else ())
    }
    if any(launch.first or launch.module.name in scripts for launch in own):
        return 0
    return 1 if own else 2


def _stem(module: Module) -> str:
    return module.path.rpartition("/")[2].removesuffix(".py")


# -- programs that serve themselves


def script_framework(module: Module) -> str | None:
    """The framework that runs MODULE as a script."""
    roots = {name.split(".")[0] for name in module.imports}
    if "functions_framework" in roots and module.mentions("@functions_framework."):
        return "functions-framework"
    return "streamlit" if "streamlit" in roots else None


def _scripted(evidence: Evidence) -> Entry | None:
    return _streamlit(evidence) or _functions(evidence) or _self_served(evidence)


def _streamlit(evidence: Evidence) -> Entry | None:
    """A Streamlit program: the page that no other module imports, beside `pages/` or by its name."""
    modules = [
        module
        for module in evidence.source.modules
        if module.mentions("streamlit")
        and script_framework(module) == "streamlit"
        and "/pages/" not in f"/{module.path}"
    ]
    imported = {name for module in evidence.source.modules for name in module.imports}
    mains = [module for module in modules if module.name not in imported]
    if not mains:
        return None
    best = min(mains, key=lambda module: _streamlit_rank(evidence, module))
    equals = [
        module for module in mains if _streamlit_rank(evidence, module) == _streamlit_rank(evidence, best)
    ]
    return _one_script(evidence, equals, "streamlit", "streamlit")


def _streamlit_rank(evidence: Evidence, module: Module) -> tuple[int, int, int]:
    *folders, name = module.path.split("/")
    pages = any(path.startswith("/".join([*folders, "pages/"])) for path in evidence.source.tree.paths)
    order = _STREAMLIT.index(name) if name in _STREAMLIT else len(_STREAMLIT)
    return (0 if pages else 1, order, len(folders))


def _one_script(evidence: Evidence, modules: list[Module], framework: str, interface: str) -> Entry:
    first = modules[0]
    launch = next((launch for launch in evidence.launches if launch.module is first), None)
    if len(modules) > 1:
        ambiguous = (Ambiguity("main", tuple(module.path for module in modules)),)
        return Entry("web", framework, interface, None, ambiguities=ambiguous, because=first.path)
    main = Fact(first.path, launch.source if launch else first.path)
    return Entry("web", framework, interface, main, first, launch=launch, because=main.source)


def _functions(evidence: Evidence) -> Entry | None:
    modules = [module for module in evidence.source.modules if module.mentions("@functions_framework.")]
    return (
        _one_script(evidence, modules[:1], "functions-framework", "functions-framework") if modules else None
    )


def _self_served(evidence: Evidence) -> Entry | None:
    """A program that serves without an application that can be imported."""
    first = [launch for launch in evidence.launches if launch.first]
    known = [launch for launch in evidence.launches if launch.known]
    launches = first or [launch for launch in known if is_program(launch.module)]
    launches = launches or [launch for launch in known if _script_of(evidence, launch.module)]
    if not launches:
        return None
    best = min(launches, key=lambda launch: _script_rank(launch.module))
    modules = list(
        dict.fromkeys(
            launch.module for launch in launches if _script_rank(launch.module) == _script_rank(best.module)
        )
    )
    entry = _one_script(evidence, modules, best.framework, "script")
    script = _script_of(evidence, best.module)
    if script and not is_program(best.module) and entry.main:
        return entry._replace(command=script.name, main=Fact(script.name, script.source))
    return entry


def _script_of(evidence: Evidence, module: Module) -> "Script | None":
    scripts = evidence.project.scripts if evidence.project else ()
    return next((script for script in scripts if script.target.partition(":")[0] == module.name), None)


def _script_rank(module: Module) -> tuple[int, int]:
    name = module.path.rpartition("/")[2]
    return (SCRIPTS.index(name) if name in SCRIPTS else len(SCRIPTS), module.path.count("/"))


def is_program(module: Module) -> bool:
    """Whether MODULE does something when it is run."""
    return bool(module.main_block) or module.path.endswith("__main__.py")


# -- programs that serve nothing


def find_program(evidence: Evidence) -> Entry | None:
    """Return the console command, package or script that is started; None for a library."""
    return (
        _answered_program(evidence)
        or _started_program(evidence)
        or _installed_program(evidence)
        or _script(evidence)
    )


def _answered_program(evidence: Evidence) -> Entry | None:
    answer = evidence.answers.get("main")
    if answer is None:
        return None
    text = str(answer.value)
    scripts = evidence.project.scripts if evidence.project else ()
    command = next((script.name for script in scripts if script.name == text), None)
    module = evidence.source.at(text) or evidence.source.module(text.removeprefix("-m ").strip())
    return Entry("cli", "", "", answer, module, command=command, because=answer.source)


def _started_program(evidence: Evidence) -> Entry | None:
    for start in evidence.starts:
        module = _file_of(evidence, start)
        if start.module and not module:
            module = _run_module(evidence.source, start.module)
        if module:
            fact = Fact(f"-m {start.module}" if start.module else module.path, start.source)
            return Entry("cli", "", "", fact, module, start=start, because=start.source)
    return None


def _run_module(source: Source, name: str) -> Module | None:
    """The module that `python -m NAME` runs: of a package its `__main__`, or it cannot be run."""
    module = source.module(f"{name}.__main__") or source.module(name)
    return None if module is None or module.path.endswith("__init__.py") else module


def _installed_program(evidence: Evidence) -> Entry | None:
    scripts = evidence.project.scripts if evidence.project else ()
    if not scripts:
        return None
    named = [script for script in scripts if script.name.replace("-", "_") == _named(evidence)]
    one = named[0] if named else scripts[0]
    if not named and len({script.target for script in scripts}) > 1:
        ambiguous = (Ambiguity("main", tuple(script.name for script in scripts)),)
        return Entry("cli", "", "", None, ambiguities=ambiguous, because=one.source)
    module = evidence.source.module(one.target.partition(":")[0])
    return Entry("cli", "", "", Fact(one.name, one.source), module, command=one.name, because=one.source)


def _script(evidence: Evidence) -> Entry | None:
    modules = evidence.source.modules
    shallow = [module for module in modules if module.path in SCRIPTS]
    packages = [module for module in modules if module.path.endswith("/__main__.py")]
    guarded = [module for module in modules if module.main_block and module.path.count("/") == 0]
    deeper = [
        module for module in modules if module.path.count("/") == 1 and module.path.split("/")[1] in SCRIPTS
    ]
    guarded_deeper = [module for module in deeper if module.main_block]
    loose = [module for module in modules if "/" not in module.path and module.path != "__init__.py"]
    single = loose if len(loose) == 1 and not _is_packaged(evidence) else []
    for group in (shallow, packages, guarded, guarded_deeper, single):
        if group:
            return _program(evidence, group)
    told = documented(evidence.source.tree, [module.path for module in loose])
    named = [module for module in loose if told and module.path == told.value]
    return _program(evidence, named) if named else None


def _is_packaged(evidence: Evidence) -> bool:
    """Whether the project states that it is a distribution: a lone module of it is its library."""
    tree = evidence.source.tree
    return "setup.py" in tree or "build-system" in tree.toml("pyproject.toml")


def _program(evidence: Evidence, group: list[Module]) -> Entry:
    best = min(group, key=_script_rank)
    equals = [module for module in group if _script_rank(module) == _script_rank(best)]
    told = documented(evidence.source.tree, [module.path for module in equals]) if len(equals) > 1 else None
    if told:
        best = next(module for module in equals if module.path == told.value)
        return Entry("cli", "", "", Fact(main_of(best), told.source), best, because=told.source)
    if len(equals) > 1:
        ambiguous = (Ambiguity("main", tuple(module.path for module in equals)),)
        return Entry("cli", "", "", None, ambiguities=ambiguous, because=best.path)
    return Entry("cli", "", "", Fact(main_of(best), best.path), best, because=best.path)


def main_of(module: Module) -> str:
    """How a module is run: `bot.py`, `-m shop`, or `shop-tool` (a folder whose name no import can say)."""
    return " ".join(run_argv(module)[1:])


def run_argv(module: Module) -> tuple[str, ...]:
    """The argv that runs MODULE as a program."""
    folder = module.path.rpartition("/")[0]
    if module.path.endswith("/__main__.py"):
        inner = folder if module.root == "." else folder.removeprefix(f"{module.root}/")
        package = inner.replace("/", ".")
        plain = all(part.isidentifier() for part in package.split("."))
        return ("python", "-m", package) if plain else ("python", folder)
    if (folder or ".") == module.root or not all(part.isidentifier() for part in module.name.split(".")):
        return ("python", module.path)
    return ("python", "-m", module.name)
