"""The release of Go: what the project states, and the one that it is built with."""

import re
from collections.abc import Iterator

from scaffold.catalogue import Release, default_release, releases
from scaffold.model import Answers, Fact, ProjectWarning, Runtime
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ..hints import Hints
from ..pins import lines, tool_versions
from .packages.modules import Modules

#: "1.26", "1.26.3", "go1.27rc1", "v1.26.x"
_VERSION = r"(?:go|golang[-@]|v)?(\d+)\.(\d+)(?:\.(\d+|x)|(?:rc|beta)\d+)?(?:-.*)?"
#: https://go.dev/doc/toolchain#config: the official image has GOTOOLCHAIN=local, which stops there.
_FETCHED = "its `go` fetches the one that is asked for while it is built (GOTOOLCHAIN=auto)"
#: Words for the release of the day: https://mise.jdx.dev/lang/go.html
_NEWEST = frozenset({"latest", "stable", "oldstable", "system"})


class Stated(NamedTuple):
    """A release that some file states."""

    version: str  # "1.26.3"
    source: str

    @property
    def release(self) -> tuple[int, ...]:
        """The release without its patch: (1, 26)."""
        return tuple(int(part) for part in self.version.split(".")[:2])


class Chosen(NamedTuple):
    """The release that the project is built with."""

    fact: Fact  # a `Runtime`
    warnings: tuple[ProjectWarning, ...] = ()
    fetches: str | None = None  # the place that asks for a Go which the image does not have


def find_runtime(tree: Tree, modules: Modules, answers: Answers, hints: Hints) -> Chosen:
    """Return the release: an answer, a pin, the lines `toolchain` and `go`, what other platforms are told."""
    least = _least(modules)
    if answer := _answered(answers):
        return _exactly(answer, least)
    pin = next(_pins(tree), None) or next(_toolchains(modules), None)
    if pin is None and least is None and (hint := hints.runtimes.get("go")):
        pin = _read(str(hint.value), hint.source)
    if pin is not None:
        return _pinned(pin, least)
    if least is not None:
        return _at_least(least, least)
    default = default_release("go")
    return Chosen(Fact(Runtime(default, None, default), "default: go"))


def _answered(answers: Answers) -> Stated | None:
    fact = answers.get("runtime")
    if fact is None:
        return None
    value = fact.value.version if isinstance(fact.value, Runtime) else str(fact.value)
    return _read(value, fact.source) or Stated("", fact.source)


def _exactly(answer: Stated, least: Stated | None) -> Chosen:
    """An answer is taken as it is; no image where there is none of it."""
    row = (
        next((row for row in releases("go") if _release(row) == answer.release), None)
        if answer.version
        else None
    )
    fact = Fact(Runtime(answer.version, _constraint(least), row.version if row else None), answer.source)
    if row is None or least is None or least.release <= answer.release:
        return Chosen(fact)
    said = f"asks for Go {least.version} at least, not {answer.version}: {_FETCHED}"
    return Chosen(fact, (ProjectWarning("runtime-disagrees", said, least.source),), least.source)


def _pinned(pin: Stated, least: Stated | None) -> Chosen:
    """The living release that is pinned, where the `go` line allows it; else one that can compile it."""
    if least is not None and least.release > pin.release:
        said = f"is Go {pin.version}, but {least.source} asks for {least.version} at least"
        chosen = _at_least(least, least)
        warning = ProjectWarning("runtime-disagrees", said, pin.source)
        return chosen._replace(warnings=(warning, *chosen.warnings))
    row = next((row for row in releases("go") if _release(row) == pin.release), None)
    if row is not None and not row.ended:
        return Chosen(Fact(Runtime(pin.version, _constraint(least), row.version), pin.source))
    chosen = _at_least(pin, least)
    if row is None or pin.source.rpartition(":")[0].endswith(("go.mod", "go.work")):
        return chosen
    said = (
        f"Go {row.version} ended on {row.eol} and gets no security fixes: it is built with"
        f" {chosen.fact.value.image}, which compiles it too"
    )
    return chosen._replace(warnings=(*chosen.warnings, ProjectWarning("end-of-life", said, pin.source)))


def _at_least(stated: Stated, least: Stated | None) -> Chosen:
    """The default, or a newer one where that is too old: https://go.dev/doc/go1compat"""
    default = default_release("go")
    living = sorted((row for row in releases("go") if not row.ended), key=_release)
    fitting = [row.version for row in living if _release(row) >= stated.release]
    constraint = _constraint(least) if least is not stated else None
    if fitting:
        image = default if default in fitting else fitting[0]
        return Chosen(Fact(Runtime(stated.version, constraint, image), stated.source))
    newest = living[-1]
    fact = Fact(Runtime(stated.version, constraint, newest.version), stated.source)
    needed = least if least and least.release > _release(newest) else None
    said = f"asks for Go {stated.version}, and {newest.version} is the newest that we know an image of: "
    said += _FETCHED if needed else f"it is built with {newest.version}"
    warning = ProjectWarning("unsupported-runtime", said, stated.source)
    return Chosen(fact, (warning,), needed.source if needed else None)


def _constraint(least: Stated | None) -> str | None:
    """A `go` line is the least release that a module compiles with."""
    return f">={least.version}" if least else None


def _release(row: Release) -> tuple[int, ...]:
    return tuple(int(part) for part in row.version.split("."))


# -- what files state


def _pins(tree: Tree) -> Iterator[Stated]:
    """Yield the release that the project is to be built with, the strongest file first."""
    said = list(lines(tree, ".go-version"))[:1]
    said += [(text, place) for name, text, place in tool_versions(tree) if name in {"golang", "go"}]
    for text, place in said:
        if found := _read(text, place):
            yield found
        elif text.strip() not in _NEWEST:
            tree.warn(ProjectWarning("unparsable", f"{text[:60]!r} is no version of Go", place))


def _toolchains(modules: Modules) -> Iterator[Stated]:
    """Yield the lines `toolchain`: those of go.work come first, as for Go itself."""
    manifests = [one.manifest for one in modules.members if one.manifest]
    for said in (modules.workspace, *manifests):
        if said is not None and said.toolchain and (found := _read_fact(said.toolchain)):
            yield found


def _least(modules: Modules) -> Stated | None:
    """Return the highest `go` line: all modules that are built together need theirs."""
    lines = [one.manifest.go for one in (*modules.members, *modules.beside) if one.manifest]
    if modules.workspace:
        lines = [modules.workspace.go, *lines]
    stated = [found for one in lines if one and (found := _read_fact(one))]
    return max(stated, key=lambda one: one.release, default=None)


def _read_fact(fact: Fact) -> Stated | None:
    return _read(str(fact.value), fact.source)


def _read(text: str, source: str) -> Stated | None:
    """Return the release that TEXT names; None where it names none."""
    match = re.fullmatch(_VERSION, text.strip().strip("\"'"))
    if match is None:
        return None
    parts = [part for part in match.groups() if part and part.isdecimal()]
    return Stated(".".join(str(int(part)) for part in parts), source)
