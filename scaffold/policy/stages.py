"""Rules on what a stage says of the image: its user, labels, ports, names, what it starts, what it stands on."""

import re
from collections.abc import Iterator, Mapping

from scaffold.dockerfile import Dockerfile, Instruction, Stage
from scaffold.policy.images import read
from scaffold.policy.rule import Found, Parameter, Parameters, Rule, Subject
from scaffold.shellwords import expand, split_words

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
        if not is_given_at_build and not re.fullmatch(_FORMATS[form], value or "", re.DOTALL):
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
    is_bare = base == "scratch" or "distroless" in image.name or re.search("chiseled|distroless", image.tag or "")
    if not is_bare or "debug" in (image.tag or ""):
        yield _at(final.origin, f"the final image stands on {base or final.written}, which has a shell")


RULES = (
    Rule(
        "user-root",
        "dockerfile",
        "error",
        "The final stage has a USER that is not root",
        "Whoever breaks into the program is root in the container, and a hole in the kernel or a mount away from "
        "being root on the host.",
        "`USER 65532:65532`, or a user of your own, after the last step that needs root.",
        _root,
        ("DL3002", "CKV_DOCKER_3", "CKV_DOCKER_8", "AVD-DS-0002", "Docker Scout: Default non-root user"),
    ),
    Rule(
        "user-numeric",
        "dockerfile",
        "note",
        "USER is a number",
        "Kubernetes cannot tell that a name is not root: with `runAsNonRoot`, such a container does not start.",
        "Write the number that the name has in the image: `USER 65532:65532`.",
        _numeric,
    ),
    Rule(
        "labels-required",
        "dockerfile",
        "warning",
        "The final image has the labels that the policy names",
        "Labels tell whose an image is and from which source it comes, when only the image is at hand.",
        "Add a LABEL with the name and the format that the message says. One that is given at the build may be "
        "empty here: `LABEL org.opencontainers.image.revision=$REVISION`.",
        _labels,
        ("DL3049", "DL3051", "DL3052", "DL3053", "DL3054", "DL3055", "DL3056", "DL3058"),
        {
            "labels": Parameter(
                "formats",
                'Names with their formats, `{ "com.example.team" = "text" }`: ' + ", ".join(LABEL_FORMATS),
                {},
            )
        },
    ),
    Rule(
        "exec-form",
        "dockerfile",
        "warning",
        "CMD and ENTRYPOINT are JSON arrays",
        "A shell in between gets the SIGTERM of `docker stop`, and the program is killed ten seconds later.",
        '`CMD ["gunicorn", "shop:app"]`',
        _exec_form,
        ("DL3025", "JSONArgsRecommended"),
    ),
    Rule(
        "one-command",
        "dockerfile",
        "warning",
        "A stage has one CMD, one ENTRYPOINT and one HEALTHCHECK",
        "Only the last one counts; who reads an earlier one is misled.",
        "Delete those that do not count.",
        _one_command,
        ("DL3012", "DL4003", "DL4004", "MultipleInstructionsDisallowed"),
    ),
    Rule(
        "healthcheck-missing",
        "dockerfile",
        "note",
        "An image that listens on a port has a HEALTHCHECK",
        "Compose and Swarm wait for it, and restart what hangs. Kubernetes has probes of its own.",
        "Ask a route that is cheap and honest, in exec form; `HEALTHCHECK NONE` says that there is none.",
        _health_check,
        ("DL3057", "CKV_DOCKER_2", "AVD-DS-0026"),
    ),
    Rule(
        "workdir-relative",
        "dockerfile",
        "warning",
        "WORKDIR is absolute",
        "A relative one depends on what the base image says, which can change.",
        "`WORKDIR /app`",
        _workdir,
        ("DL3000", "CKV_DOCKER_10", "WorkdirRelativePath"),
    ),
    Rule(
        "stage-name",
        "dockerfile",
        "warning",
        "Names of stages are unique, in lower case, and not BuildKit's own",
        "Names are compared without their case: `--target` and `--from` take another stage than the one meant.",
        "Give each stage a name of its own, in lower case.",
        _stage_names,
        ("DL3024", "CKV_DOCKER_11", "StageNameCasing", "DuplicateStageName", "ReservedStageName"),
    ),
    Rule(
        "port-privileged",
        "dockerfile",
        "warning",
        "No port below 1024 is exposed",
        "Binding one takes root or a capability on many hosts. Port 22 is an SSH server, which a container needs none of.",
        "Listen on a high port, and publish it on whichever port you like: `-p 80:8080`.",
        _ports,
        ("DL3011", "CKV_DOCKER_1", "AVD-DS-0004"),
    ),
    Rule(
        "final-shell",
        "dockerfile",
        "off",
        "The final image has no shell",
        "With no shell and no package manager, an intruder finds little to work with, and a scanner little to report.",
        "End in a stage on distroless, on scratch, or on a chiseled image, and copy there what the program needs.",
        _final_shell,
    ),
)
