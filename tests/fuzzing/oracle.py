"""What must hold of whatever a project contains: no crash, no wait, no line of ours that it began."""

from __future__ import annotations

import json
import re
import resource
import signal
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, NamedTuple

from composefile import read_compose
from dockerfile import read_stages

from fuzzing.mutators import CANARY
from scaffold.checking.check import Checked
from scaffold.checking.report import checked_as_json, tell_checked, tell_github
from scaffold.checking.sarif import as_sarif
from scaffold.detect import Detection, detect
from scaffold.errors import ScaffoldError
from scaffold.model import Fact, Finding
from scaffold.packs import builtin
from scaffold.plan import make_plan
from scaffold.policy.inspect import find_files, inspect
from scaffold.policy.settings import default_policy
from scaffold.problems import settled
from scaffold.reading.tree import Tree
from scaffold.render import render
from scaffold.report import Style, detection_as_json, tell_detection, tell_plan, tell_warnings

#: Processor seconds that one project may take, and after which it is ended.
SLOW = 3.0
STUCK = 20.0

#: Bytes of memory that all of them may take.
MEMORY = 3 << 30

#: How many are done twice, to see the same bytes.
TWICE = 0.01

#: https://docs.docker.com/reference/dockerfile/
INSTRUCTIONS = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN",
        "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip
SECTIONS = frozenset({"name", "services", "volumes", "networks", "secrets"})

#: What Compose fills in: what we wrote. No variable of ours is called X, as that of the mutators is.
FILLED = re.compile(r"\$\{(?!X\b)[A-Za-z_]\w*(:-[^${}]*)?\}")

#: Wide and plain, narrow and coloured: how people see it.
STYLES = (Style(), Style(width=72, colour=True))


class Broken(Exception):
    """Something that must hold does not."""


class Stuck(BaseException):
    """Nothing came in time. No Exception: a reader that catches those must not go on."""


class Failure(NamedTuple):
    """What went wrong with one project."""

    said: str  # one line
    where: str  # the innermost line of ours: two failures of one line are one
    trace: str


def judge(files: Mapping[str, str | bytes], random: Random) -> Failure | None:
    """Do to a project all that `detect`, `init` and `check` do before they write, and say what is wrong."""
    began = time.process_time()
    try:
        with _ended_in_time():
            style = random.choice(STYLES)
            first = _all_of_it(files, style)
            if random.random() < TWICE and _all_of_it(files, style) != first:
                raise Broken("another time, other bytes")
    except (Exception, Stuck) as error:
        return _failure(error)
    took = time.process_time() - began
    return Failure(f"took {took:.1f} s", f"slow: {sorted(files)[:3]}", "") if took > SLOW else None


def limit_memory() -> None:
    """Have whatever needs more fail."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@contextmanager
def _ended_in_time() -> Iterator[None]:
    def end(*_: object) -> None:
        raise Stuck(f"still at it after {STUCK:.0f} s")

    signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, STUCK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _failure(error: BaseException) -> Failure:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if re.search(r"/(scaffold|detectors|fuzzing)/", f.filename)]
    place = own[-1] if own else frames[-1]
    said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    name = re.sub(r".*/(?=(scaffold|detectors|tests|site-packages)/)", "", place.filename)
    return Failure(said, f"{name}:{place.lineno}", "".join(traceback.format_exception(error)[-8:]))


def _all_of_it(files: Mapping[str, str | bytes], style: Style) -> list[str]:
    """Return all that is said and written."""
    detection = detect(Tree(files))
    said = _told(detection, style) + _checked(Tree(files), style)
    for finding in detection.findings:
        if not detection.ambiguities:
            said += _rendered(finding, {})
    if detection.ambiguities:
        answers = {a.key: Fact(a.candidates[0], "answer: flag") for a in detection.ambiguities}
        with _errors_of_ours():
            again = detect(Tree(files), answers)
            said += _told(again, style)
            for finding in again.findings:
                said += _rendered(
                    finding, {k: v for k, v in answers.items() if "." not in k and k != "stack"}
                )
    return said


@contextmanager
def _errors_of_ours() -> Iterator[None]:
    """Let what is documented pass: one line that says what is wrong, and what to do."""
    try:
        yield
    except ScaffoldError as error:
        _check_text("an error", str(error))
        if "\n" in str(error):
            raise Broken(f"an error of several lines: {error!r}") from error


def _told(detection: Detection, style: Style) -> list[str]:
    told = [tell_detection(detection, style), tell_warnings(detection.warnings, style)]
    for text in told:
        _check_text("the report", text.replace("\x1b[", ""))
    return [*told, json.dumps(detection_as_json(detection), allow_nan=False)]


def _checked(tree: Tree, style: Style) -> list[str]:
    """Return what `check` says of the Docker files that are there: a line for each problem, and no other."""
    found = find_files(tree)
    problems = settled(inspect(tree, found, lambda _: default_policy()))
    checked = Checked(found.paths, (), problems, (), "error")
    told = [tell_checked(checked, style), tell_github(checked)]
    for text in told:
        _check_text("a problem", text.replace("\x1b[", ""))
    if told[1].count("\n") != len(problems):
        raise Broken("a problem of several lines")
    return [*told, json.dumps(checked_as_json(checked), allow_nan=False), json.dumps(as_sarif(checked))]


def _check_text(what: str, text: str) -> None:
    """A text goes to a terminal or a file: it can be encoded, and controls nothing."""
    text.encode("utf-8")
    if odd := re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text):
        raise Broken(f"{what} has {odd[0]!r}")


def _rendered(finding: Finding, answers: Mapping[str, Fact]) -> list[str]:
    texts: dict[str, str] = {}
    own: set[str] = set()
    told = ""
    with _errors_of_ours():
        plan = make_plan(finding, builtin(), answers)
        if "processes" in plan.values:  # a service is called as its process is
            own = {f"{name}:" for name in plan.values["processes"].value}
        if "environment" in plan.values:
            own |= {f"{variable.name}:" for variable in plan.values["environment"].value}
        texts = render(plan)
        told = tell_plan(plan, STYLES[0])
    for path, text in texts.items():
        _check_text(path, text)
        # A comment is read by nobody, whatever it begins with.
        begun = (line[0] for line in re.finditer(rf"^(?!\s*#)\W*{CANARY}\b.*", text, re.MULTILINE))
        if line := next((one for one in begun if one.split(maxsplit=1)[0] not in own), None):
            raise Broken(f"{path} has a line that the project began: {line!r}")
    for path, text in texts.items():
        if path == "Dockerfile":
            _check_dockerfile(text)
        elif path.startswith("compose"):
            _check_compose(path, text)
    return [*texts.values(), told]


def _check_dockerfile(text: str) -> None:
    """BuildKit could read it: known instructions, exec forms that are JSON, the stage of production last."""
    if not text.startswith("# syntax="):
        raise Broken("the first line is another")
    stages = read_stages(text)
    for each in (i for stage in stages for i in stage.instructions):
        if each.word not in INSTRUCTIONS:
            raise Broken(f"no instruction: {each.word} {each.rest[:60]}")
        if each.word in ("CMD", "ENTRYPOINT") and not each.is_exec_form:
            raise Broken(f"no exec form: {each.word} {each.rest[:60]}")
    if not stages or stages[-1].name != "prod":
        raise Broken("the last stage is another than prod")


def _check_compose(path: str, text: str) -> None:
    data: dict[str, Any] = read_compose(text)
    if strange := {key for key in data if not key.startswith("x-")} - SECTIONS:
        raise Broken(f"{path} has {sorted(strange)}")
    for name, service in data["services"].items():
        if not isinstance(service, dict) or not re.fullmatch(r"[a-zA-Z0-9._-]+", name):
            raise Broken(f"{path}: {name!r} is no service")
    # A comment is not filled in.
    for line in (line for line in text.split("\n") if not line.lstrip().startswith("#")):
        if "$" in FILLED.sub("", line.replace("$$", "")):
            raise Broken(f"{path}: Compose would fill in {line.strip()[:80]!r}")
