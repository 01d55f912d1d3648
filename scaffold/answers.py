"""What people say of a project, by flag, environment or file. Checks every key and value; asks nothing."""

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING

from scaffold.errors import WrongUse
from scaffold.model import Answers, Fact, Value, Variable
from scaffold.nouns import NamedTuple

if TYPE_CHECKING:
    from scaffold.packs import Pack
    from scaffold.record import Record

#: Who is believed, first to last.
PRECEDENCE = ("flag", "environment", "file", "prompt", "record")

#: `SCAFFOLD_SET_PORT=9000` answers `port`.
ENVIRONMENT_PREFIX = "SCAFFOLD_SET_"

#: The answer that takes an earlier one back: let the project decide.
AUTO = "auto"

#: An answers file is written by hand or by a form: a bigger one is some other file.
MAX_BYTES = 1_000_000

#: The words that programs know stacks by, those that are to come included.
STACKS = (
    "python", "node", "bun", "deno", "go", "rust", "java", "dotnet", "php", "ruby", "elixir", "cpp", "static",
    "other",
)  # fmt: skip

#: The engine's own variable: which of several detectors is right about a folder.
STACK = Variable(
    "stack",
    "choice",
    "What the project is, where it could be several things",
    choices=STACKS,
    answerable=True,
)


class Said(NamedTuple):
    """One answer as it was given: its key and value are not checked yet."""

    key: str  # "port", or "services/api.port" for one app of several
    value: Value  # text, or what TOML and JSON make of it
    by: str  # one of PRECEDENCE
    place: str  # "--set", "SCAFFOLD_SET_PORT", "answers.toml"

    @property
    def app(self) -> str:
        return self.key.rpartition(".")[0]

    @property
    def variable(self) -> str:
        return self.key.rpartition(".")[2]


# -- the layers


def listen(
    pairs: Iterable[str],
    named: Mapping[str, str | None],
    file: str | None,
    environment: Mapping[str, str],
    stdin: IO[bytes] | None,
) -> tuple[Said, ...]:
    """Return all that a command is told: by `--set` PAIRS, flags NAMED as a variable, ENVIRONMENT, FILE."""
    from_where = from_file(file, stdin) if file is not None else ()
    return (*from_flags(pairs, named), *from_environment(environment), *from_where)


def from_flags(pairs: Iterable[str], named: Mapping[str, str | None]) -> tuple[Said, ...]:
    """Read `--set KEY=VALUE` and the flags that are a variable's own (`--kind`)."""
    given = [_pair(pair) for pair in pairs]
    own = [Said(key, value, "flag", f"--{key}") for key, value in named.items() if value is not None]
    return (*own, *given)


def _pair(pair: str) -> Said:
    key, equals, value = pair.partition("=")
    if not equals or not key.strip():
        raise WrongUse(f"--set {shlex.quote(pair)}: an answer is KEY=VALUE, such as --set port=9000")
    return Said(key.strip(), value, "flag", "--set")


def from_environment(environment: Mapping[str, str]) -> tuple[Said, ...]:
    """Read every SCAFFOLD_SET_KEY."""
    return tuple(
        Said(name.removeprefix(ENVIRONMENT_PREFIX).lower(), value, "environment", name)
        for name, value in sorted(environment.items())
        if name.startswith(ENVIRONMENT_PREFIX)
    )


def from_file(where: str, stdin: IO[bytes] | None) -> tuple[Said, ...]:
    """Read an answers file: TOML or JSON by suffix, or JSON on STDIN for `-`."""
    place = "standard input" if where == "-" else where
    text = _decode(_read_stdin(stdin) if where == "-" else _read(where), place)
    answers = _parse(text, place, as_toml=where.lower().endswith(".toml"))
    if not isinstance(answers, dict):
        raise WrongUse(f"{place}: answers are an object of keys and values, not {_shape(answers)}")
    return from_mapping(answers, place)


def from_mapping(answers: Mapping[str, Value], place: str) -> tuple[Said, ...]:
    """Take ANSWERS as an answers file has them: those of one app are a mapping of their own."""
    for key in answers:
        if not isinstance(key, str):  # as YAML has them, from a program in Python
            raise WrongUse(f"{place}: a key is text, not {_shape(key)}")
    return tuple(Said(key, value, "file", place) for key, value in answers.items())


def from_record(answers: Mapping[str, Value]) -> tuple[Said, ...]:
    """Take the answers that an earlier init wrote down."""
    return tuple(Said(key, value, "record", ".scaffold/record.json") for key, value in answers.items())


def still_asked(
    recorded: Iterable[Said], now: Iterable[Said], record: "Record", pack: "Pack"
) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """Return what of RECORDED counts where PACK may be another one than then, and what it asks no more.

    What is said NOW goes before it anyway, so that a value that cannot be any more is answered anew. A key
    that RECORD never asked is a mistake, and stays.
    """
    asked = {STACK.name, *(variable.name for variable in pack.all_variables())}
    gone = tuple(one for one in recorded if one.key in record.variables and one.key not in asked)
    anew = {one.key for one in now}
    return tuple(one for one in recorded if one not in gone and one.key not in anew), gone


def _read_stdin(stdin: IO[bytes] | None) -> bytes:
    if stdin is None:  # so Python has it where the caller closed it
        raise WrongUse("standard input: is closed, and --answers - reads it")
    return stdin.read(MAX_BYTES + 1)


def _read(where: str) -> bytes:
    if not where.lower().endswith((".toml", ".json")):
        raise WrongUse(f"{where}: an answers file is TOML or JSON, and its name ends in .toml or .json")
    try:
        with open(where, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise WrongUse(f"{where}: cannot be read: {error.strerror}") from error


def _decode(content: bytes, place: str) -> str:
    if len(content) > MAX_BYTES:
        raise WrongUse(f"{place}: too big for answers (more than {MAX_BYTES:,} bytes)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUse(f"{place}: answers are UTF-8 text, and byte {error.start} is not") from error


def _parse(text: str, place: str, *, as_toml: bool) -> Value:
    try:
        if not as_toml:
            return json.loads(text, object_pairs_hook=_each_once)
        import tomli

        return tomli.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"{place}: is not {'TOML' if as_toml else 'JSON'}: {error}") from error


def _each_once(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    """Return the object of PAIRS; ValueError where a key is said twice, of which JSON takes the last."""
    found: dict[str, Value] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise ValueError(f"{key!r} is said twice")
        found[key] = value
    return found


# -- what is made of them


def settled(said: Iterable[Said], pack: "Pack | None" = None) -> Answers:
    """Return SAID as answers: checked with those of PACK, and for no stack that it has nothing for."""
    if not (said := tuple(said)):  # then no pack need be read
        return {}
    from scaffold.packs import builtin

    pack = pack or builtin()
    answers = settle(said, pack.all_variables())
    for key, fact in answers.items():
        if key.rpartition(".")[2] == STACK.name:
            refuse_unknown_stack(str(fact.value), "--stack", pack)
    return answers


def refuse_unknown_stack(stack: str, place: str, pack: "Pack") -> None:
    """Refuse a STACK that is one, and that PACK has no templates for."""
    if stack not in pack.stacks:
        raise WrongUse(f"{place}: there is no pack for {stack} (there are: {', '.join(pack.stacks)})")


def unfolded(said: Iterable[Said], variables: Sequence[Variable]) -> Iterator[Said]:
    """Yield each answer alone: a table holds those of one app, unless it answers one of VARIABLES itself."""
    tables = {v.name for v in variables if v.type == "data" and (v.example or "").startswith("{")}
    for one in said:
        if isinstance(one.value, dict) and one.variable not in tables:
            yield from (one._replace(key=f"{one.key}.{own}", value=value) for own, value in one.value.items())
        else:
            yield one


def settle(said: Iterable[Said], variables: Sequence[Variable]) -> Answers:
    """Check every answer, and of those to one key keep the one that comes first in PRECEDENCE."""
    known = {variable.name: variable for variable in (STACK, *variables)}
    kept: dict[str, Said] = {}
    for one in sorted(unfolded(said, variables), key=lambda one: PRECEDENCE.index(one.by)):
        checked = one._replace(value=_checked(one, known))
        earlier = kept.setdefault(one.key, checked)
        if earlier.by == one.by and earlier.value != checked.value:
            raise WrongUse(f"{one.key} is said twice: {_show(earlier)} and {_show(checked)}")
    return {key: Fact(one.value, f"answer: {one.by}") for key, one in kept.items() if one.value != AUTO}


def _checked(said: Said, known: Mapping[str, Variable]) -> Value:
    variable = _known(said, known)
    try:
        return check(variable, said.value, said.place)
    except WrongUse as error:
        if said.by == "record":  # as where a newer pack has other choices
            raise WrongUse(f"{error}; answer it anew: --set {said.key}={variable.type.upper()}") from None
        raise


def _known(said: Said, known: Mapping[str, Variable]) -> Variable:
    answerable = sorted(name for name, variable in known.items() if variable.answerable)
    if said.variable in answerable:
        return known[said.variable]
    wrong = f"there is no {said.key!r}{did_you_mean(said.variable, answerable)}"
    if said.variable in known:
        wrong = f"{said.variable}: is found in the project, not answered"
    raise WrongUse(f"{said.place}: {wrong} (there are: {', '.join(answerable)})")


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean "port"?` where one of WORDS is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def _show(said: Said) -> str:
    value = said.value if isinstance(said.value, str) else json.dumps(said.value)
    return f"{value} by {said.place}"


def check(variable: Variable, value: Value, place: str) -> Value:
    """Return VALUE as the variable's type has it, or say what is wrong with it, and where it was said."""
    if value == AUTO:
        return AUTO
    try:
        return _CHECKS.get(variable.type, _data)(variable, value)
    except ValueError as error:
        raise WrongUse(f"{_said_where(variable, place)}: {error}") from error


def _said_where(variable: Variable, place: str) -> str:
    """Return where an answer was said, and to what: once where its flag or variable is called after it."""
    own = (f"--{variable.name}", ENVIRONMENT_PREFIX + variable.name.upper())
    return place if place in own else f"{place}: {variable.name}"


def _string(variable: Variable, value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is text, not {_shape(value)}{_example(variable)}")
    if not value.strip() or not value.isprintable():
        raise ValueError(f"is text of one line, not {value!r}{_example(variable)}")
    return value.strip()


def _integer(variable: Variable, value: Value) -> int:
    low, high = (1, 65535) if variable.name.endswith("port") else (0, 2**31 - 1)
    if isinstance(value, str) and value.strip().isdecimal() and value.isascii():
        value = int(value) if len(value) < 20 else high + 1
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"is a number from {low} to {high}, not {_shape(value)}")
    return value


def _choice(variable: Variable, value: Value) -> str:
    if isinstance(value, str) and value in variable.choices:
        return value
    near = did_you_mean(value, variable.choices) if isinstance(value, str) else ""
    raise ValueError(f"is one of {', '.join(variable.choices)}, not {_shape(value)}{near}")


def _words(variable: Variable, value: Value, noun: str = "a command or a list of words") -> tuple[str, ...]:
    words = _split(value) if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words or not all(isinstance(w, str) for w in words):
        raise ValueError(f"is {noun}, not {_shape(value)}{_example(variable)}")
    if not words[0] or any(not word.isprintable() for word in words):
        raise ValueError(f"holds an empty or unprintable word: {list(words)!r}")
    return tuple(words)


def _names(variable: Variable, value: Value) -> tuple[str, ...]:
    """Read a list of names, for which people type commas too."""
    if isinstance(value, str) and not value.lstrip().startswith("["):
        value = value.replace(",", " ")
    if value == [] or value == "[]":  # as in a form: none of them
        return ()
    return _words(variable, value, "a list of names")


def _split(text: str) -> Value:
    """Read a JSON array, or words as a shell has them."""
    try:
        return json.loads(text) if text.lstrip().startswith("[") else shlex.split(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is neither words nor a JSON array: {error}") from error


def _data(variable: Variable, value: Value) -> Value:
    """Read JSON, which is made as the variable's example is."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"is JSON{_example(variable)}: {error}") from error
    if variable.example is None:
        return found
    try:
        return _like(json.loads(variable.example), found)
    except ValueError as error:
        raise ValueError(f"{error}{_example(variable)}") from error


def _pairs(variable: Variable, value: Value) -> Value:
    """Read a list of from and to."""
    rows = _data(variable._replace(example='[["from", "to"]]'), value)
    if any(len(row) != 2 for row in rows):
        raise ValueError(f"is pairs of from and to, not {_shape(value)}{_example(variable)}")
    return rows


def _like(example: Value, value: Value) -> Value:
    """Return VALUE if it is made as EXAMPLE is: items as its first one. A command in it may be one text."""
    match example:
        case {**items} if items and isinstance(value, dict):
            return {key: _like(next(iter(items.values())), each) for key, each in value.items()}
        case [str(), *_] if isinstance(value, str | list):
            return list(_words(_COMMAND, value))
        case [first, *_] if isinstance(value, list):
            return [_like(first, each) for each in value]
        case bool() | str() if type(value) is type(example):
            return value
    raise ValueError(f"is {_NOUNS[type(example)]}, not {_shape(value)}")


#: What stands in data where its example has a list of words.
_COMMAND = Variable("command", "words", "A command")

_NOUNS = {dict: "an object", list: "a list", bool: "true or false", str: "text"}


#: Variable.type to what reads such an answer.
_CHECKS: Mapping[str, Callable[[Variable, Value], Value]] = {
    "string": _string,
    "integer": _integer,
    "choice": _choice,
    "words": _words,
    "names": _names,
    "pairs": _pairs,
    "data": _data,
}


def _example(variable: Variable) -> str:
    return f" (such as {variable.example})" if variable.example else ""


def _shape(value: Value) -> str:
    """Name a value in a message, short and on one line."""
    shown = json.dumps(value, default=str)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
