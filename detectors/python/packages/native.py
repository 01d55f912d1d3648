"""What the packages need of the operating system, and whether the final image can do without one."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from scaffold.catalogue import releases, tool
from scaffold.model import Answers, Fact, Runtime
from scaffold.nouns import NamedTuple
from scaffold.tables import read_table

from ..code.source import Module, Source, calls, literal, origin, place
from .dependencies import table, words
from .project import Project
from .wheels import Pin, dev_pins, fits, has_wheel, is_wanted, pins

#: The suite whose C library the distroless image has: https://github.com/GoogleContainerTools/distroless
DISTROLESS_SUITE = "trixie"

#: Calls that run a program, or look for a library, neither of which a distroless image has.
_RUNS = frozenset(
    {
        "os.system", "os.popen", "os.popen2", "os.posix_spawn", "os.posix_spawnp", "shutil.which",
        "ctypes.util.find_library", "ctypes.CDLL", "ctypes.cdll.LoadLibrary", "pty.spawn", "pty.fork",
        "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
        "asyncio.subprocess.create_subprocess_exec", "asyncio.subprocess.create_subprocess_shell",
        "anyio.run_process", "anyio.open_process", "trio.run_process", "trio.lowlevel.open_process",
    }
)  # fmt: skip
_RUNS_PREFIXES = ("subprocess.", "os.exec", "os.spawn", "pexpect.", "commands.")
#: What is in `subprocess` and runs nothing.
_HARMLESS = ("subprocess.CalledProcessError", "subprocess.TimeoutExpired", "subprocess.SubprocessError")

#: Folders at the top for those who develop the program, unless it imports from them.
_ASIDE = ("scripts/", "tools/", "ci/", "hack/", "bin/", "dev/", "devtools/")

#: https://docs.djangoproject.com/en/dev/ref/contrib/gis/install/geolibs/
#: Programs that PyPI has, and the catalogue a version of.
_TOOLS = frozenset({"pdm", "pipenv", "poetry", "uv"})

_GEODJANGO = "django.contrib.gis"
_GEODJANGO_NEEDS = ("libgdal36", "libgeos-c1t64", "libproj25")


class _Need(NamedTuple):
    """A Debian package, and what asks for it."""

    package: str
    source: str
    by: str = ""  # the distribution of it that does

    @property
    def because(self) -> str:
        """The place, and what is asked for there."""
        return f"{self.source}: {self.by}" if self.by else self.source


def apt_packages(project: Project, source: Source, runtime: Runtime) -> tuple[Fact | None, Fact | None]:
    """Return the Debian packages that the build needs, and those that the running program needs."""
    suite = suite_of(runtime)
    build, linked, loaded = [], [], []
    for pin in _installed(project, runtime):
        row = _row(pin)
        if is_compiled(pin, runtime):
            build += [
                _Need(name, pin.source, pin.name) for name in ("build-essential", *words(row.get("compile")))
            ]
            linked += [_Need(name, pin.source, pin.name) for name in words(row.get("link"))]
        loaded += [_Need(name, pin.source, pin.name) for name in _loaded(project, pin)]
    for pin in dev_pins(project):
        if is_wanted(pin, runtime.image or "3.0") and is_compiled(pin, runtime):
            row = _row(pin)
            build += [
                _Need(name, pin.source, pin.name) for name in ("build-essential", *words(row.get("compile")))
            ]
    build += list(_for_git(project))
    loaded += list(_for_geodjango(source))
    loaded += list(_for_programs(source))
    return _packages(build, suite), _packages([*linked, *loaded], suite)


def suite_of(runtime: Runtime) -> str:
    """Return the Debian suite of the image of RUNTIME."""
    return next((row.suite for row in releases("python") if row.version == runtime.image), DISTROLESS_SUITE)


def is_compiled(pin: Pin, runtime: Runtime) -> bool:
    """Whether installing PIN takes a compiler: it has no wheel for the Python in use."""
    row = _row(pin)
    if row.get("wheels") is False:
        return True
    if pin.name in _table()["pure"]:
        return False
    if pin.locked and pin.locked.lists_files and not pin.locked.url:
        return not has_wheel(pin.locked.wheels, runtime.image or "3.0")
    return bool(runtime.image) and fits(pin, str(runtime.image)) is False and pin.name in _compiled_names()


def _installed(project: Project, runtime: Runtime) -> Iterator[Pin]:
    return (pin for pin in pins(project) if is_wanted(pin, runtime.image or "3.0"))


def _row(pin: Pin) -> Mapping[str, Any]:
    return table(_table().get(pin.name))


def _loaded(project: Project, pin: Pin) -> list[str]:
    """Return what PIN loads when it runs, unless it was asked to bring its own."""
    row = _row(pin)
    brought = words(row.get("unless"))
    asked = project.asks(pin.name)
    extras = asked.extras if asked else frozenset()
    if any(extra in extras or project.has(f"{pin.name}-{extra}") for extra in brought):
        return []
    return words(row.get("load"))


def _for_git(project: Project) -> Iterator[_Need]:
    if project.needs_git:
        yield _Need("git", project.needs_git.source)
    if project.needs_ssh:
        yield _Need("openssh-client", project.needs_ssh.source)


def _for_programs(source: Source) -> Iterator[_Need]:
    """Yield the packages of the programs that the code starts, and cannot do without."""
    packages = table(_table().get("programs"))
    yield from (_Need(str(packages[name]), at) for name, at in _programs(source) if name in packages)


def add_tools(source: Source, release: str | None) -> Fact | None:
    """Return the tools of PyPI that the code itself starts by their names, at the catalogue's versions."""
    found = {name: at for name, at in _programs(source) if name in _TOOLS}
    needed = tuple(f"{name}=={tool(name, release)}" for name in sorted(found))
    return Fact(needed, f"{next(iter(found.values()))} runs it") if found else None


def _programs(source: Source) -> Iterator[tuple[str, str]]:
    """Yield each program that is started by a name in the code, and where; not what is only tried."""
    for module in _program(source):
        if not module.mentions("subprocess", "os.system", "os.popen"):
            continue
        tried = {id(node) for block in module.nodes if isinstance(block, ast.Try) for node in _tried(block)}
        for name, call in calls(module):
            starts = name.startswith(("subprocess.", "os.system", "os.popen")) and id(call) not in tried
            if starts and (word := _first_word(module, call)):
                yield word, place(module, call)


def _tried(block: ast.Try) -> Iterator[ast.AST]:
    for statement in block.body:
        yield from ast.walk(statement)


def _first_word(module: Module, call: ast.Call) -> str | None:
    """Return the name of the program that CALL starts."""
    first = call.args[0] if call.args else None
    if isinstance(first, (ast.List, ast.Tuple)):
        first = first.elts[0] if first.elts else None
    value = literal(module, first) if first is not None else None
    return value.split()[0] if isinstance(value, str) and value.split() else None


def _for_geodjango(source: Source) -> Iterator[_Need]:
    for module in source.modules:
        if any(name.startswith(_GEODJANGO) for name in module.imports) or _installs_geodjango(source, module):
            yield from (_Need(name, module.path) for name in _GEODJANGO_NEEDS)
            return


def _installs_geodjango(source: Source, module: Module) -> bool:
    return "settings" in module.path and _GEODJANGO in source.tree.text(module.path)


def _packages(needs: Iterable[_Need], suite: str) -> Fact | None:
    """Return the packages of NEEDS in the names of SUITE, with what asks for them."""
    older = table(_table().get(suite))
    found = {str(older.get(need.package, need.package)): need.because for need in needs}
    return Fact(tuple(sorted(found)), "; ".join(dict.fromkeys(found.values()))) if found else None


# -- the final image


def choose_final(project: Project, source: Source, answers: Answers, runtime: Runtime) -> Fact:
    """Return "distroless" where all that runs is known to need no Debian around it, else "slim", and why."""
    answer = answers.get("final")
    if answer and answer.value in ("distroless", "slim"):
        return answer
    hindrance = next(_hindrances(project, source, runtime), None)
    if hindrance:
        return Fact("slim", hindrance)
    if not project.locked:
        return Fact("distroless", f"{project.because}: it needs no packages, and runs no other program")
    return Fact("distroless", f"{_lock_of(project)}: nothing in it needs more than its shared libraries")


def _lock_of(project: Project) -> str:
    return project.fresh.source if project.fresh else project.because


def _hindrances(project: Project, source: Source, runtime: Runtime) -> Iterator[str]:
    """Yield what speaks against distroless, the cheapest to find first."""
    if suite_of(runtime) != DISTROLESS_SUITE:
        yield f"python {runtime.image}: its image is of Debian {suite_of(runtime)}, whose libraries are older"
    if not project.is_closed:
        yield f"{_lock_of(project)}: no lock file in date lists all that is installed"
    for pin in _installed(project, runtime):
        if reason := _reason(project, pin):
            yield f"{pin.source}: {pin.name} {reason}"
    for need in _for_geodjango(source):
        yield f"{need.source}: GeoDjango needs {need.package}"
    for module in _program(source):
        if at := _runs_program(module):
            yield f"{at} runs another program"


def _program(source: Source) -> Iterator[Module]:
    """Yield the modules of the program: without those for its developers that nothing else imports."""
    aside = [module for module in source.modules if module.path.startswith(_ASIDE)]
    rest = [module for module in source.modules if not module.path.startswith(_ASIDE)]
    imported = {name for module in rest for name in module.imports} if aside else set()
    yield from rest
    yield from (module for module in aside if any(name.startswith(module.name) for name in imported))


def _reason(project: Project, pin: Pin) -> str | None:
    if loaded := _loaded(project, pin):
        return f"needs {', '.join(loaded)}"
    why = _row(pin).get("why")
    return why if isinstance(why, str) else None


def _runs_program(module: Module) -> str | None:
    for name, call in calls(module):
        runs = name in _RUNS or (name.startswith(_RUNS_PREFIXES) and name not in _HARMLESS)
        if runs and not _is_python(module, call):
            return place(module, call)
    return None


def _is_python(module: Module, call: ast.Call) -> bool:
    """Whether CALL runs Python itself, which every image has."""
    first = call.args[0] if call.args else None
    if isinstance(first, (ast.List, ast.Tuple)) and first.elts:
        first = first.elts[0]
    return first is not None and origin(module, first) == "sys.executable"


def _table() -> dict[str, Any]:
    return read_table(__file__, "native.toml")


@cache
def _compiled_names() -> frozenset[str]:
    """Return the packages that hold compiled code: the table of wheels has no others."""
    return frozenset(read_table(__file__, "newest.toml")["wheels"])
