"""Rules on what a stage says of the image: its user, labels, ports, what it starts, what it stands on."""

import re
from collections.abc import Iterator, Mapping

from scaffold.dockerfiles.dockerfile import Dockerfile, Instruction, Stage
from scaffold.dockerfiles.shellwords import expand, split_words
from scaffold.policy.images import read
from scaffold.policy.rule import Found, Parameter, Parameters, Rule, Subject

#: Images that run as somebody else than root with no USER: their documentation says so.
_NOT_ROOT = ("docker.io/nginxinc/nginx-unprivileged", "cgr.dev/chainguard/", "dhi.io/")

#: What BuildKit keeps for itself.
#: https://docs.docker.com/reference/build-checks/reserved-stage-name/
_RESERVED = ("scratch", "context")

_SSH = 22
_UNPRIVILEGED = 1024


def _at(instruction: Instruction, message: str) -> Found:
    return Found(instruction.line, message, instruction.whole)


def last_of(dockerfile: Dockerfile, name: str) -> tuple[Instruction, Mapping[str, str | None]] | None:
    """Return the last instruction NAME that counts for the final stage, with the variables that it sees."""
    if dockerfile.final is None:
        return None
    for stage in dockerfile.lineage(dockerfile.final):
        found = None
        for instruction, values in dockerfile.with_values(stage):
            if instruction.name == name:
                found = instruction, dict(values)
        if found is not None:
            return found
    return None


def final_stages(dockerfile: Dockerfile) -> tuple[Stage, ...]:
    """Return the stages whose layers the final image has, nearest first."""
    return dockerfile.lineage(dockerfile.final) if dockerfile.final is not None else ()


# -- the user


def _root(subject: Subject, _: Parameters) -> Iterator[Found]:
    dockerfile = subject.dockerfile
    if dockerfile.final is None:
        return
    last = last_of(dockerfile, "USER")
    if last is None:
        base = final_stages(dockerfile)[-1].base
        if not _runs_as_somebody(base or ""):
            yield _at(dockerfile.final.origin, "no USER in the final stage: it runs as root")
        return
    instruction, values = last
    user = expand(instruction.text, values, dockerfile.escape)
    if user is None:
        yield _at(instruction, f"who USER {instruction.text} is cannot be told: a variable has no value")
    elif _is_root(user):
        yield _at(instruction, "the final stage runs as root")


def _numeric(subject: Subject, _: Parameters) -> Iterator[Found]:
    last = last_of(subject.dockerfile, "USER")
    if last is None:
        return
    user = expand(last[0].text, last[1], subject.dockerfile.escape)
    if user is not None and not _is_root(user) and not user.partition(":")[0].isdecimal():
        yield _at(last[0], f"USER {user} is a name, not a number")


def _is_root(user: str) -> bool:
    name = user.strip().partition(":")[0]
    return name in ("", "root") or (name.isdecimal() and int(name[:20]) == 0)


def _runs_as_somebody(base: str) -> bool:
    image = read(base)
    return "nonroot" in (image.tag or "") or image.name.startswith(_NOT_ROOT)


# -- labels


def _is_hash(value: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{7,64}", value) is not None


_FORMATS: Mapping[str, str] = {
    "text": r".+",
    "url": r"[a-z][a-z0-9+.-]*://[^\s]+",
    "semver": r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?",
    "hash": r"[0-9a-f]{7,64}",
    "rfc3339": r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)",
    "spdx": r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
}

#: What is longer is no address and no version; a pattern must not be slow on it.
_LONGEST = 1_000

#: What a label's value can be asked to be.
LABEL_FORMATS = tuple(_FORMATS)


def labels_of(dockerfile: Dockerfile) -> dict[str, tuple[Instruction, str | None]]:
    """Return the labels of the final image: where each is set, and to what; None where that is not known."""
    found: dict[str, tuple[Instruction, str | None]] = {}
    for stage in reversed(final_stages(dockerfile)):
        for instruction, values in dockerfile.with_values(stage):
            if instruction.name == "LABEL":
                for name, value in instruction.pairs.items():
                    found[name] = instruction, expand(value, values, dockerfile.escape)
    return found


def _labels(subject: Subject, parameters: Parameters) -> Iterator[Found]:
    final = subject.dockerfile.final
    if final is None:
        return
    labels = labels_of(subject.dockerfile)
    for name, form in parameters["labels"].items():
        if name not in labels:
            yield Found(final.origin.line, f"the label {name} is missing", f"{final.origin.whole} {name}")
            continue
        instruction, value = labels[name]
        is_given_at_build = not value and "$" in instruction.text
        if not is_given_at_build and not re.fullmatch(_FORMATS[form], (value or "")[:_LONGEST], re.DOTALL):
            yield _at(instruction, f"the label {name} is {value!r}, which is no {form}")


# -- what it starts


def _exec_form(subject: Subject, _: Parameters) -> Iterator[Found]:
    for stage in subject.dockerfile.stages:
        if not stage.all("SHELL"):  # whoever chooses a shell wants one
            for instruction in stage.all("CMD", "ENTRYPOINT"):
                if instruction.words is None:
                    yield _at(instruction, f"{instruction.name} runs in a shell, which keeps signals from it")


def _one_command(subject: Subject, _: Parameters) -> Iterator[Found]:
    for stage in subject.dockerfile.stages:
        for name in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            for instruction in stage.all(name)[:-1]:
                yield _at(instruction, f"a later {name} of the same stage is what counts")


def _health_check(subject: Subject, _: Parameters) -> Iterator[Found]:
    dockerfile = subject.dockerfile
    if last_of(dockerfile, "EXPOSE") and not last_of(dockerfile, "HEALTHCHECK") and dockerfile.final:
        yield _at(dockerfile.final.origin, "listens on a port, and has no HEALTHCHECK")


# -- names, folders, ports


def _workdir(subject: Subject, _: Parameters) -> Iterator[Found]:
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("WORKDIR"):
            path = instruction.text.strip("\"'")
            if not path.startswith(("/", "$")) and not re.match(r"[A-Za-z]:", path):
                yield _at(instruction, f"WORKDIR {path} is relative to one that is not seen here")


def _stage_names(subject: Subject, _: Parameters) -> Iterator[Found]:
    seen: set[str] = set()
    for stage in subject.dockerfile.stages:
        name = stage.name.lower()
        if name in _RESERVED:
            yield _at(stage.origin, f"the name {stage.name} is BuildKit's own")
        elif name and name in seen:
            yield _at(stage.origin, f"a second stage {stage.name}: the first one can no longer be named")
        elif stage.name != name:
            yield _at(stage.origin, f"the name {stage.name} is not in lower case")
        seen.add(name)


def _ports(subject: Subject, _: Parameters) -> Iterator[Found]:
    dockerfile = subject.dockerfile
    for stage in final_stages(dockerfile):
        for instruction, values in dockerfile.with_values(stage):
            if instruction.name == "EXPOSE":
                text = expand(instruction.text, values, dockerfile.escape) or ""
                for word in split_words(text):
                    port = re.match(r"\d{1,5}", word)
                    if port and int(port[0]) == _SSH:
                        yield _at(instruction, "port 22 is that of a login into the container")
                    elif port and int(port[0]) < _UNPRIVILEGED:
                        yield _at(instruction, f"port {port[0]} is one that only root may bind on many hosts")


def _final_shell(subject: Subject, _: Parameters) -> Iterator[Found]:
    final = subject.dockerfile.final
    if final is None:
        return
    base = final_stages(subject.dockerfile)[-1].base or ""
    image = read(base)
    is_bare = (
        base == "scratch" or "distroless" in image.name or re.search("chiseled|distroless", image.tag or "")
    )
    if not is_bare or "debug" in (image.tag or ""):
        yield _at(final.origin, f"the final image stands on {base or final.written}, which has a shell")


RULES = (
    Rule("user-root", "dockerfile", "error", _root),
    Rule("user-numeric", "dockerfile", "note", _numeric),
    Rule("labels-required", "dockerfile", "warning", _labels, {"labels": Parameter("formats", {})}),
    Rule("exec-form", "dockerfile", "warning", _exec_form),
    Rule("one-command", "dockerfile", "warning", _one_command),
    Rule("healthcheck-missing", "dockerfile", "note", _health_check),
    Rule("workdir-relative", "dockerfile", "warning", _workdir),
    Rule("stage-name", "dockerfile", "warning", _stage_names),
    Rule("port-privileged", "dockerfile", "warning", _ports),
    Rule("final-shell", "dockerfile", "off", _final_shell),
)
