"""What was found and done, in words for people and in JSON for programs. Makes text, prints nothing."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from scaffold.errors import ScaffoldError
from scaffold.model import (
    Ambiguity,
    EnvironmentVariable,
    Fact,
    Finding,
    Health,
    Plan,
    ProjectWarning,
    Runtime,
    Service,
    Value,
    Writable,
    is_noun,
)
from scaffold.nouns import NamedTuple
from scaffold.paths import printable

if TYPE_CHECKING:
    from scaffold.api import Outcome
    from scaffold.detect import Detection
    from scaffold.writing.changes import Change

#: The facts that people are shown, in this order; all are in --json.
SHOWN = (
    "kind", "framework", "package_manager", "runtime", "main", "server", "port", "start", "processes",
    "health", "test", "services", "environment", "writable", "secrets", "final",
)  # fmt: skip

#: Row names that a person reads more easily than the key.
NAMES = {"package_manager": "packages", "runtime": "version", "final": "final stage"}

#: What the value of an environment variable holds that nobody knows a value for.
PLACEHOLDERS = ("change-me", "bG9jYWwtb25seS1zZWNyZXQta2V5")

#: Below this a table is no table: each value goes on a line of its own.
NARROW = 60

_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}

_STATUS_COLOURS = {
    "create": "green",
    "update": "green",
    "merged": "green",
    "replace": "yellow",
    "delete": "yellow",
    "missing": "yellow",
    "adopted": "green",
    "edited": "yellow",
    "conflict": "red",
}


class Style(NamedTuple):
    """How much a screen takes: its width (None: no limit) and whether it has colours."""

    width: int | None = None
    colour: bool = False

    def paint(self, text: str, how: str) -> str:
        return f"\x1b[{_SGR[how]}m{text}\x1b[0m" if self.colour and text else text


def style_of(stream: TextIO | None, environment: Mapping[str, str]) -> Style:
    """Return what STREAM takes: width and colours on a terminal; no colours where NO_COLOR or TERM say so."""
    if stream is None or not stream.isatty():
        return Style()
    import shutil

    dull = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
    return Style(width=shutil.get_terminal_size().columns, colour=not dull)


# -- as words


def tell_detection(detection: "Detection", style: Style) -> str:
    """Return a table for each app, what is undecided, and the warnings."""
    parts = [tell_app(finding, style) for finding in detection.findings]
    parts += [tell_ambiguities(detection.ambiguities, style), tell_warnings(detection.warnings, style)]
    return "\n".join(part for part in parts if part)


def tell_app(finding: Finding, style: Style) -> str:
    """Return the table of what was found of one app, and where."""
    from scaffold.detect import name_of  # and with it all detectors: not for whoever only checks

    title = style.paint(f"{printable(name_of(finding))}", "bold")
    where = "" if finding.path == "." else f" in {printable(finding.path)}"
    return (
        f"{title}{where}\n{table([('stack', finding.stack, finding.because), *_rows(finding.facts)], style)}"
    )


def tell_plan(plan: Plan, style: Style) -> str:
    """Return the table of what the files are made from, and where it was found."""
    title = style.paint(printable(str(plan.values["name"].value)), "bold")
    return f"{title}\n{table([('stack', plan.stack, ''), *_rows(plan.values)], style)}"


def tell_warnings(warnings: Sequence[ProjectWarning], style: Style) -> str:
    """Return one line for each warning."""
    head = style.paint("warning:", "yellow")
    return "".join(f"{head} {printable(w.source)}: {printable(w.message)} ({w.code})\n" for w in warnings)


def tell_ambiguities(ambiguities: Sequence[Ambiguity], style: Style) -> str:
    """Return each question that the project leaves open, with the flag that answers it."""
    head = style.paint("undecided:", "yellow")
    return "".join(
        f"{head} {a.key}: {printable(', '.join(a.candidates))} (decide with {printable(a.flag)})\n"
        for a in ambiguities
    )


def tell_files(changes: "Sequence[Change]", style: Style) -> str:
    """Return one line for each file: what becomes of it."""
    width = max((len(change.status) for change in changes), default=0)
    return "".join(
        f"  {_paint_status(c, width, style)}  {printable(c.path)}{_what_else(c)}\n" for c in changes
    )


def _paint_status(change: "Change", width: int, style: Style) -> str:
    return style.paint(change.status.ljust(width), _STATUS_COLOURS.get(change.status, "dim"))


def _what_else(change: "Change") -> str:
    kept = f"what was there is {printable(change.kept)}" if change.kept is not None else ""
    told = [part for part in (kept, change.why, "held back" if change.held else "") if part]
    return f" ({'; '.join(told)})" if told else ""


def tell_record(written: Iterable[str]) -> str:
    """Return that the record was written, which is not among the files that people asked for."""
    is_written = any(path.startswith(".scaffold/") for path in written)
    return "  .scaffold/ keeps what was written and why: commit it with the files\n" if is_written else ""


def tell_pack(outcome: "Outcome", style: Style) -> str:
    """Return the app and the pack that it is of, and which it was of where that is another one."""
    before, now = outcome.folder.record, outcome.record.packs[0]
    was = before.packs[0] if before is not None else now
    told = f"{now.name} {now.version}"
    if (was.name, was.version) != (now.name, now.version):
        told = f"{was.name} {was.version} → {told}"
    return f"{style.paint(printable(str(outcome.plan.values['name'].value)), 'bold')}: {printable(told)}\n"


def tell_new(outcome: "Outcome", style: Style) -> str:
    """Return one line for each question that is new and that nobody answered."""
    head = style.paint("new:", "yellow")
    return "".join(
        f"{head} {key} is {printable(say(fact.value))} ({printable(fact.source)});"
        f" --set {key}=VALUE says otherwise\n"
        for key, fact in outcome.new.items()
    )


def tell_adopted(outcome: "Outcome", program: str) -> str:
    """Return what comes next once files were taken over, for a person who stands where they were called."""
    folder = str(outcome.folder.root)
    place = "" if folder == "." else f" {shlex.quote(folder)}"
    lines = [(f"{program} diff{place}", "how yours differ from those of the pack")]
    if others := sorted(outcome.rendered.keys() - outcome.record.files.keys()):
        lines.append((f"{program} init{place}", f"writes what is not there: {', '.join(others)}"))
    width = max(len(command) for command, _ in lines)
    return "next:\n" + "".join(f"  {command.ljust(width)}  {why}\n" for command, why in lines)


def tell_next(plan: Plan, paths: Iterable[str], folder: str) -> str:
    """Return the commands that come next, for a person who stands where FOLDER is relative to."""
    written = set(paths)
    lines = [] if folder == "." else [("cd " + shlex.quote(folder), "")]
    lines += _next_by_compose(plan, written) if "compose.yaml" in written else _next_by_hand(plan)
    width = max(len(command) for command, _ in lines)
    return "next:\n" + "".join(f"  {command.ljust(width)}  {why}".rstrip() + "\n" for command, why in lines)


def tell_how_to_write(command: str) -> str:
    """Return what comes next after only a look."""
    return f"next:\n  {command}\n"


def _next_by_compose(plan: Plan, written: set[str]) -> list[tuple[str, str]]:
    port = plan.values["port"].value if "port" in plan.values else None
    lines = [("docker compose up --build", f"then http://127.0.0.1:{port}" if port else "")]
    if "compose.dev.yaml" in written:
        files = "-f compose.yaml -f compose.dev.yaml"
        why = "with hot reload and a debugger" if plan.values["kind"].value == "web" else "with reload"
        lines.append((f"docker compose {files} up --build --watch", why))
    if "compose.prod.yaml" in written:
        files = "-f compose.yaml -f compose.prod.yaml"
        why = "in production" + (", with production.env beside it" if _reads_environment(plan) else "")
        lines.append((f"docker compose {files} up --detach --wait", why))
    return lines


def _reads_environment(plan: Plan) -> bool:
    return "environment" in plan.values and bool(plan.values["environment"].value)


def _next_by_hand(plan: Plan) -> list[tuple[str, str]]:
    name = plan.values["name"].value
    port = plan.values["port"].value if "port" in plan.values else None
    publish = f" -p 127.0.0.1:{port}:{port}" if port else ""
    return [(f"docker build -t {name} .", ""), (f"docker run --rm --init{publish} {name}", "")]


def tell_placeholders(plan: Plan, style: Style, *, composed: bool = True) -> str:
    """Return the variables that the code needs, and what compose.yaml has for them where it is ours."""
    fact = plan.values.get("environment")
    needed: list[EnvironmentVariable] = [v for v in (fact.value if fact is not None else ()) if v.required]
    if not needed:
        return ""
    rows = [(v.name, _local_value(v), v.source) if composed else (v.name, v.source, "") for v in needed]
    head = f"{style.paint('to set:', 'yellow')} the code needs these"
    return f"{head}{'; this is what compose.yaml has for now' if composed else ''}\n{table(rows, style)}"


def _local_value(variable: EnvironmentVariable) -> str:
    is_open = variable.value is None or any(text in variable.value for text in PLACEHOLDERS)
    return "a placeholder" if is_open else "a local value"


def table(rows: Sequence[tuple[str, str, str]], style: Style) -> str:
    """Return aligned lines of name, value and source, no wider than the screen."""
    clean = [(name, printable(value), printable(source)) for name, value, source in rows]
    first = max((len(name) for name, _, _ in clean), default=0)
    if style.width is not None and style.width < NARROW:
        return "".join(
            f"  {n.ljust(first)}  {v}\n  {' ' * first}  {style.paint(s, 'dim')}\n" for n, v, s in clean
        )
    second = _value_width(clean, first, style.width)
    return "".join(line for row in clean for line in _lines(row, first, second, style))


def _value_width(rows: Sequence[tuple[str, str, str]], first: int, width: int | None) -> int:
    """Return the width of the value column: its longest, or what the screen leaves for it."""
    longest = max((len(value) for _, value, _ in rows), default=0)
    if width is None:
        return min(longest, 60)
    source = min(max((len(source) for _, _, source in rows), default=0), 36)
    return max(min(longest, width - first - source - 7), 20)


def _lines(row: tuple[str, str, str], first: int, second: int, style: Style) -> Iterator[str]:
    name, value, source = row
    value, *rest = _wrap(value, second) if style.width is not None else [value]
    yield f"  {name.ljust(first)}  {value.ljust(second)}  {style.paint(source, 'dim')}".rstrip() + "\n"
    for line in rest:
        yield f"  {' ' * first}  {line}\n"


def _wrap(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _rows(facts: Mapping[str, Fact]) -> Iterator[tuple[str, str, str]]:
    is_library = "kind" in facts and facts["kind"].value == "library"
    for key in SHOWN:
        fact = _other_processes(facts) if key == "processes" else facts.get(key)
        if fact is None or fact.value in (None, (), {}) or (key == "final" and is_library):
            continue
        yield from _rows_of(NAMES.get(key, key), fact)


def _other_processes(facts: Mapping[str, Fact]) -> Fact | None:
    """Return the processes without the main one, which has a row of its own."""
    processes, start = facts.get("processes"), facts.get("start")
    if processes is None or start is None:
        return processes
    others = {name: command for name, command in processes.value.items() if command != start.value}
    return Fact(others, processes.source)


def _rows_of(name: str, fact: Fact) -> Iterator[tuple[str, str, str]]:
    """Yield one row for a fact, or one for each of its items that has a source of its own."""
    if isinstance(fact.value, Mapping):
        for at, (key, value) in enumerate(fact.value.items()):
            yield "" if at else name, f"{key}: {say(value)}", "" if at else fact.source
    elif _is_array(fact.value) and all(hasattr(item, "source") for item in fact.value):
        for at, item in enumerate(fact.value):
            yield "" if at else name, say(item), item.source
    else:
        yield name, say(fact.value), fact.source


def say(value: Value) -> str:
    """Return a fact's value as a person would write it."""
    if is_noun(value):
        return _say_noun(value)
    return shlex.join(str(word) for word in value) if _is_array(value) else str(value)


def _is_array(value: Value) -> bool:
    return isinstance(value, tuple | list) and not is_noun(value)


def _say_noun(noun: Value) -> str:
    match noun:
        case Runtime(version, constraint, image):
            stated = f" (from {constraint})" if constraint else ""
            built = (
                ""
                if image and version.startswith(image)
                else f", built with {image}"
                if image
                else ", no image"
            )
            return f"{version}{stated}{built}"
        case Health(path):
            return f"GET {path}" if path else "TCP connect"
        case EnvironmentVariable(name, required):
            return f"{name} (required)" if required else name
        case Service(name) | Writable(name):
            return name
        case _:
            return str(getattr(noun, "id", noun))


def tell_diff(changes: "Iterable[Change]", style: Style) -> str:
    """Return what would change in every file."""
    from scaffold.writing.changes import unified

    how = {"+": "green", "-": "red", "@": "dim"}
    lines = [
        line for change in changes if change.before != change.after for line in unified(change).splitlines()
    ]
    return "".join(f"{style.paint(line, how[line[0]]) if line[:1] in how else line}\n" for line in lines)


# -- as JSON


def as_json(value: Value) -> Any:
    """Return VALUE as JSON has it: nouns are objects, other tuples arrays."""
    if is_noun(value):
        return {name: as_json(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [as_json(item) for item in items]
    return value


def facts_as_json(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Return every fact with its source, by key."""
    return {key: {"value": as_json(facts[key].value), "source": facts[key].source} for key in sorted(facts)}


def detection_as_json(detection: "Detection") -> dict[str, Any]:
    """Return the object that `scaffold detect --json` prints."""
    return {
        "schema": 1,
        "apps": [_app_as_json(finding) for finding in detection.findings],
        "ambiguous": [ambiguity_as_json(ambiguity) for ambiguity in detection.ambiguities],
        "warnings": as_json(detection.warnings),
    }


def ambiguity_as_json(ambiguity: Ambiguity) -> dict[str, Any]:
    return {"key": ambiguity.key, "candidates": list(ambiguity.candidates), "flag": ambiguity.flag}


def _app_as_json(finding: Finding) -> dict[str, Any]:
    from scaffold.detect import kind_of, name_of

    def value(key: str, otherwise: Value = None) -> Any:
        fact = finding.facts.get(key)
        return as_json(fact.value) if fact is not None and fact.value is not None else otherwise

    return {
        "path": finding.path,
        "name": name_of(finding),
        "stack": finding.stack,
        "framework": value("framework"),
        "kind": kind_of(finding),
        "package_manager": value("package_manager"),
        "runtime": _runtime_as_json(finding.facts.get("runtime")),
        "port": value("port"),
        "start": value("start", []),
        "processes": value("processes", {}),
        "services": _names(finding.facts.get("services")),
        "environment": _environment_as_json(finding.facts.get("environment")),
        "facts": facts_as_json(finding.facts),
    }


def _runtime_as_json(fact: Fact | None) -> dict[str, Any]:
    if fact is None:
        return {"version": None, "constraint": None, "image": None, "source": None}
    return {**as_json(fact.value), "source": fact.source}


def _names(fact: Fact | None) -> list[str]:
    services: Iterable[Service] = fact.value if fact is not None else ()
    return [service.name for service in services]


def _environment_as_json(fact: Fact | None) -> list[dict[str, Any]]:
    variables: Iterable[EnvironmentVariable] = fact.value if fact is not None else ()
    return [{"name": v.name, "required": v.required, "source": v.source} for v in variables]


def outcome_as_json(outcome: "Outcome") -> dict[str, Any]:
    """Return the object that `scaffold init --json` prints, and update and adopt too."""
    from scaffold.writing.changes import unified

    plan, done = outcome.plan, set(outcome.written)
    return {
        "schema": 1,
        "packs": [as_json(pin) for pin in outcome.record.packs],
        "plan": {"stack": plan.stack, "path": plan.path, "values": facts_as_json(plan.values)},
        "answers": {
            "taken": facts_as_json(outcome.taken),
            "defaulted": facts_as_json(outcome.defaulted),
            "new": sorted(outcome.new),
        },
        "files": [
            {"path": c.path, "status": c.status, "why": c.why, "written": c.path in done, "diff": unified(c)}
            for c in outcome.changes
        ],
        "warnings": as_json(outcome.warnings),
    }


def edits_as_json(changes: "Iterable[Change]") -> dict[str, Any]:
    """Return the object that `scaffold diff --json` prints."""
    from scaffold.writing.changes import unified

    files = [{"path": c.path, "status": c.status, "why": c.why, "diff": unified(c)} for c in changes]
    return {"schema": 1, "files": files}


def error_as_json(error: ScaffoldError) -> dict[str, Any]:
    """Return the object that is printed with --json where there is nothing to report but an error."""
    return {"schema": 1, "error": {"code": error.exit_code, "message": str(error)}}
