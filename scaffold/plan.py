"""From a finding to a plan: what was said beats what was found beats what is usual. Asks nobody."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence

from scaffold.answers import STACK, check, did_you_mean
from scaffold.errors import NothingFound, WrongUse
from scaffold.model import (
    Ambiguity,
    Answers,
    Fact,
    Finding,
    Health,
    Plan,
    ProjectWarning,
    Runtime,
    Service,
    Value,
    Variable,
)
from scaffold.packs import Pack, references, without_image

#: What a container of each kind cannot do without.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "web": ("start", "port"),
    "worker": ("start",),
    "cli": ("start",),
    "static": ("site",),
}

#: The name of an app whose manifest has none, or none that an image can have.
NAMELESS = "app"

#: Where a pack has the backing services, each by its name.
SERVICES = "compose/services"

#: A host name's label, which an image's and a Compose project's name fit in too.
NAME_LENGTH = 63

#: The name of a variable or a build secret, with room to spare: a key of YAML has at most 1,024 characters.
#: https://yaml.org/spec/1.2.2/#742-flow-mappings
KEY_LENGTH = 255

#: What the main process is called, among the processes of an app.
MAIN_PROCESS: Mapping[str, str] = {"web": "web", "worker": "worker", "cli": "app", "static": "web"}


def make_plan(finding: Finding, pack: Pack, answers: Answers) -> Plan:
    """Give every variable that PACK has for the stack its value and source, or say which flag is needed."""
    variables = pack.variables(finding.stack)
    _refuse_what_is_no_app(finding)
    _refuse_what_cannot_be(finding)
    _refuse_undecided([ambiguity for ambiguity in finding.ambiguities if ambiguity.key not in answers])
    _refuse_answers_of_others(finding.stack, variables, answers)
    _refuse_missing(missing(finding, variables, answers))
    values = {v.name: fact for v in variables if (fact := _settle(v, finding, answers)) is not None}
    _refuse_unknown_services(values.get("services"), pack)
    name = values.get("name", Fact(NAMELESS, "default: nameless"))
    values["name"] = Fact(image_name(str(name.value)), name.source)
    values, unnameable = _without_long_names({**pack.usual(str(values["kind"].value)), **values})
    values = _apart(_with_main_process(values))
    if values["kind"].value == "static":  # what serves it is a web server's image, whole
        values.pop("final", None)
    answered = {key: fact for key, fact in answers.items() if "." not in key}
    if any(variable.name == "images" for variable in variables):
        values |= references(pack, finding.stack, values)
    warnings = (*finding.warnings, *unnameable, *_unpublished(pack, values))
    return Plan(finding.stack, finding.path, values, warnings, answered)


def missing(finding: Finding, variables: Sequence[Variable], answers: Answers) -> tuple[Variable, ...]:
    """Return the variables that this kind of app needs and nobody states."""
    settled = {variable.name: _settle(variable, finding, answers) for variable in variables}
    kind = settled.get("kind")
    needed = ("kind",) if kind is None else REQUIRED.get(str(kind.value), ())
    return tuple(
        variable
        for variable in variables
        if (variable.required or variable.name in needed) and settled[variable.name] is None
    )


def _settle(variable: Variable, finding: Finding, answers: Answers) -> Fact | None:
    """Return what was said, as the detector understood it; else what was found; else what is usual."""
    found = finding.facts.get(variable.name)
    said = answers.get(variable.name)
    if found is not None and found.source.startswith("answer: "):
        said = found
    if said is not None:
        return Fact(_NOUNS[variable.name](said), said.source) if variable.name in _NOUNS else said
    usual = Fact(variable.default, "default: pack") if variable.default is not None else None
    return found or usual


# -- answers that are words, where the value is a noun


def _health(said: Fact) -> Health:
    if isinstance(said.value, Health):
        return said.value
    if not str(said.value).startswith("/"):
        raise WrongUse(f"health: is a path such as /healthz, not {said.value!r}")
    return Health(str(said.value))


def _services(said: Fact) -> tuple[Service, ...]:
    return tuple(one if isinstance(one, Service) else Service(str(one), said.source) for one in said.value)


def _runtime(said: Fact) -> Runtime:
    if isinstance(said.value, Runtime):
        return said.value
    raise WrongUse(f"runtime: {said.value!r} is no release that we know; say it as 3.13 or 22")


def _processes(said: Fact) -> dict[str, tuple[str, ...]]:
    if not isinstance(said.value, Mapping) or not said.value:
        raise WrongUse(f"processes: is an object of names and commands, not {said.value!r}")
    if odd := [name for name in map(str, said.value) if not _PROCESS.fullmatch(name)]:
        raise WrongUse(f"processes: {odd[0]!r} is no name of a process, such as web or send_mail")
    return {str(name): check(_COMMAND, command, f"processes: {name}") for name, command in said.value.items()}


_COMMAND = Variable("command", "words", "The command of a process")

#: What Compose files can call a process.
_PROCESS = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

_NOUNS: Mapping[str, Callable[[Fact], Value]] = {
    "health": _health,
    "runtime": _runtime,
    "services": _services,
    "processes": _processes,
}


def _with_main_process(values: dict[str, Fact]) -> dict[str, Fact]:
    """Return VALUES with the start command among the processes: an answer may have changed only the one."""
    start, processes = values.get("start"), values.get("processes")
    if start is None or (processes is not None and start.value in processes.value.values()):
        return values
    name = MAIN_PROCESS[values["kind"].value]
    others = {key: command for key, command in processes.value.items() if key != name} if processes else {}
    return {**values, "processes": Fact({name: start.value, **others}, start.source)}


def _apart(values: dict[str, Fact]) -> dict[str, Fact]:
    """Return VALUES without processes that are called as a backing service: they start what that is."""
    services = {service.name for service in values["services"].value} if "services" in values else set()
    processes = values.get("processes")
    if processes is None or services.isdisjoint(processes.value):
        return values
    rest = {name: command for name, command in processes.value.items() if name not in services}
    return {**values, "processes": Fact(rest, processes.source)}


def _without_long_names(values: Mapping[str, Fact]) -> tuple[dict[str, Fact], list[ProjectWarning]]:
    """Return VALUES without what has a name that no file of Compose can hold, and a warning for each."""
    kept, warnings = dict(values), []
    for name, most in (("environment", KEY_LENGTH), ("secrets", KEY_LENGTH), ("processes", NAME_LENGTH)):
        fact = values.get(name)
        long = [one for one in _names(fact) if len(one) > most]
        if fact is not None and long:
            kept[name] = Fact(_without(fact.value, long), fact.source)
            said = f"has a name of more than {most} characters: it is left out of all files"
            warnings += [ProjectWarning("long-name", f"{one[:40]}… {said}", fact.source) for one in long]
    return kept, warnings


def _names(fact: Fact | None) -> list[str]:
    """Return the keys of an object, or what each noun is called by, which is its first part."""
    if fact is None:
        return []
    return [one if isinstance(one, str) else one[0] for one in fact.value]


def _without(value: Value, names: Collection[str]) -> Value:
    if isinstance(value, Mapping):
        return {name: one for name, one in value.items() if name not in names}
    return tuple(one for one in value if one[0] not in names)


def _unpublished(pack: Pack, values: Mapping[str, Fact]) -> list[ProjectWarning]:
    """Return a warning for each backing service that has to be brought along."""
    sources = (
        {service.name: service.source for service in values["services"].value} if "services" in values else {}
    )
    said = (
        "is needed, and nobody publishes an image for it that we could name: it is left out of compose.yaml"
    )
    return [
        ProjectWarning("no-image", f"{name} {said}", sources[name]) for name in without_image(pack, values)
    ]


def _refuse_what_is_no_app(finding: Finding) -> None:
    kind = finding.facts.get("kind")
    if kind is not None and kind.value == "library":
        raise NothingFound(
            f"{finding.because} is a library's, and nothing to run: no app object, no script"
            " and no console command was found; if it is an app, say which kind:"
            " --kind web, --kind worker, --kind cli or --kind static"
        )
    runtime = finding.facts.get("runtime")
    if runtime is not None and isinstance(runtime.value, Runtime) and runtime.value.image is None:
        raise NothingFound(
            f"there is no image for {finding.stack} {runtime.value.version} ({runtime.source});"
            " choose a release that has one: --set runtime=VERSION"
        )


def _refuse_what_cannot_be(finding: Finding) -> None:
    """Refuse what no file puts right: a credential in the repository, a program that no image runs."""
    if finding.refused is not None:
        code, message, source = finding.refused
        raise NothingFound(f"{source}: {message} ({code})")


def _refuse_undecided(ambiguities: Sequence[Ambiguity]) -> None:
    if ambiguities:
        open_ones = "; ".join(f"{a.key} is one of {', '.join(a.candidates)} ({a.flag})" for a in ambiguities)
        raise NothingFound(f"several candidates, and nothing that decides: {open_ones}")


def _refuse_answers_of_others(stack: str, variables: Sequence[Variable], answers: Answers) -> None:
    """Refuse what some stack can be told, and this one cannot."""
    own = {variable.name: variable for variable in variables}
    for key, fact in answers.items():
        name = key.rpartition(".")[2]
        if name == STACK.name:
            continue
        if name not in own:
            raise WrongUse(f"{name}: is nothing that a {stack} app can be told")
        if own[name].type == "choice":
            check(own[name], fact.value, "the answer")


def _refuse_unknown_services(services: Fact | None, pack: Pack) -> None:
    """Refuse a backing service that somebody asks for, and that there is no template for."""
    asked = [one.name for one in services.value if one.source.startswith("answer: ")] if services else []
    names = sorted({name.split(".")[0] for name in pack.names(SERVICES)}) if asked else []
    for name in asked:
        if name not in names:
            known = ", ".join(names)
            raise WrongUse(f"services: there is no {name!r}{did_you_mean(name, names)} (there are: {known})")


def _refuse_missing(variables: Sequence[Variable]) -> None:
    if variables:
        flags = ", ".join(
            f"--set {shlex.quote(f'{v.name}={v.example or v.type.upper()}')}" for v in variables
        )
        names = " and ".join(v.name for v in variables)
        raise WrongUse(f"the project does not say its {names}; say it with {flags}")


def image_name(text: str) -> str:
    """Return TEXT as an image may be called, and a Compose project and a host too.

    https://pkg.go.dev/github.com/distribution/reference#pkg-overview
    """
    if not text.isascii():
        import unicodedata

        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:NAME_LENGTH].strip("-") or NAMELESS
