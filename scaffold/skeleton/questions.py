"""What a template asks, as its cookiecutter.json says, and what was answered: every key and value checked."""

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

from scaffold.answers import PRECEDENCE, STACK, Said, did_you_mean, unfolded
from scaffold.errors import WrongUse
from scaffold.nouns import NamedTuple
from scaffold.packs import Pack
from scaffold.paths import is_odd
from scaffold.skeleton.render import within
from scaffold.skeleton.source import Template

#: The key that says which of several templates of one repository is meant.
NESTED = "template"

#: What cookiecutter takes for yes and no.
_YES_NO = {"1": True, "true": True, "t": True, "yes": True, "y": True, "on": True} | {
    "0": False, "false": False, "f": False, "no": False, "n": False, "off": False
}  # fmt: skip


#: What cookiecutter reads for itself, without a look at what it is.
_SHAPES = {"_extensions": list, "_copy_without_render": list, "_jinja2_env_vars": dict, "__prompts__": dict}
_NOUNS = {list: "a list", dict: "an object"}


class Chosen(NamedTuple):
    """An answer to what the template asks, and who gave it."""

    value: Any
    by: str  # "flag" "environment" "file" "prompt"


class Question(NamedTuple):
    """What a person is asked."""

    key: str
    text: str
    default: str
    choices: Mapping[str, str]  # the answer -> what is shown of it; empty: any text


class Asker(Protocol):
    """Whoever can be asked what was not answered."""

    def ask(self, question: Question) -> str:
        """Return one of its choices, or a text."""


class Nested(NamedTuple):
    """One template of several, and what was said that is for it."""

    folder: Path
    left: tuple[Said, ...]


class Answered(NamedTuple):
    """The context that the template is rendered with, and where it comes from."""

    context: dict[str, Any]
    taken: Mapping[str, Chosen]
    defaulted: Mapping[str, Any]
    left: tuple[Said, ...]


def read_context(folder: Path) -> dict[str, Any]:
    """Return cookiecutter.json, in its order."""
    try:
        context = json.loads((folder / "cookiecutter.json").read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise WrongUse(f"cookiecutter.json: cannot be read: {error}") from error
    if not isinstance(context, dict):
        raise WrongUse("cookiecutter.json: is not an object of keys and values")
    for key, shape in _SHAPES.items():
        if key in context and not isinstance(context[key], shape):
            raise WrongUse(f"cookiecutter.json: {key}: is {_NOUNS[shape]}, not {json.dumps(context[key])}")
    return context


# -- one of several templates


def choose_nested(
    folder: Path, context: Mapping[str, Any], said: Iterable[Said], asker: Asker | None
) -> Nested | None:
    """Return the template in FOLDER that is meant, or None where there is one alone.

    https://cookiecutter.readthedocs.io/en/stable/advanced/nested_config_files.html
    """
    there = _templates(context)
    if not there:
        return None
    said = tuple(said)
    own = [one for one in said if one.key == NESTED]
    name = next(iter(there))
    if own:
        name = str(own[0].value)
        if name not in there:
            near = did_you_mean(name, there)
            raise WrongUse(f"{own[0].place}: {NESTED}: is one of {', '.join(there)}, not {name!r}{near}")
    elif asker is not None:
        name = asker.ask(Question(NESTED, "Which template?", name, {key: key for key in there}))
    found = (folder / there[name]).resolve()
    if not found.is_relative_to(folder.resolve()) or found == folder.resolve():
        raise WrongUse(f"cookiecutter.json: the template {name} leads out: {there[name]}")
    if not (found / "cookiecutter.json").is_file():
        raise WrongUse(f"cookiecutter.json: the template {name}: there is no {there[name]}/cookiecutter.json")
    return Nested(found, tuple(one for one in said if one.key != NESTED))


def _templates(context: Mapping[str, Any]) -> dict[str, str]:
    """Return the paths of templates by name: of `templates`, or as `Title (path)` in a list `template`."""
    new, old = context.get("templates"), context.get(NESTED)
    if isinstance(new, dict):
        return {str(name): str(row.get("path", ".")) for name, row in new.items() if isinstance(row, dict)}
    if isinstance(old, list):
        parts = [str(text).rpartition("(") for text in old]
        return {title.strip(): path.rstrip(") ") for title, _, path in parts if path.endswith(")")}
    return {}


# -- answers


class Form:
    """What a template asks, and how its defaults follow from what is answered."""

    def __init__(self, template: Template, context: Mapping[str, Any], into: Path, *, trust: bool) -> None:
        self.context = context
        self.asked = {key: default for key, default in context.items() if not key.startswith("_")}
        self._within = (template, into)
        self._trust = trust

    def fill(self, said: Iterable[Said], asker: Asker | None, pack: Pack) -> Answered:
        """Return the whole context: what was SAID, what ASKER is asked for, and else the defaults.

        A key that the template has is the template's; what is left belongs to the Docker files of PACK.
        """
        own, left = _divide(tuple(said), self.asked, pack)
        taken = _settle(own, self.asked)
        for key, default in self.asked.items():
            if asker is not None and key not in taken and not isinstance(default, dict):
                taken[key] = Chosen(self._prompt(key, taken, asker), "prompt")
        whole = self._complete(taken)
        values = whole["cookiecutter"]
        defaulted = {key: values[key] for key in self.asked if key in values and key not in taken}
        return Answered(whole, {key: taken[key] for key in self.asked if key in taken}, defaulted, left)

    def _complete(self, taken: Mapping[str, Chosen]) -> dict[str, Any]:
        """Return the context with every default rendered, as cookiecutter makes it of the answers."""
        from cookiecutter.generate import apply_overwrites_to_context
        from cookiecutter.prompt import prompt_for_config

        raw = deepcopy(dict(self.context))
        with within(*self._within, trust=self._trust):
            apply_overwrites_to_context(raw, {key: deepcopy(chosen.value) for key, chosen in taken.items()})
            plain = {key: value for key, value in raw.items() if not key.startswith("_")}
            values = prompt_for_config({"cookiecutter": raw}, no_input=True)
        return {"cookiecutter": {**raw, **values}, "_cookiecutter": plain}

    def _prompt(self, key: str, taken: Mapping[str, Chosen], asker: Asker) -> Any:
        """Ask for one key, with the default that follows from the answers before."""
        known = self._complete(taken)["cookiecutter"]
        said = asker.ask(_question(key, self.context, known[key]))
        return _check(key, self.context[key], said, "answer")


def _question(key: str, context: Mapping[str, Any], default: Any) -> Question:
    """Return what is asked, in the words of the template where it has some."""
    said = (context.get("__prompts__") or {}).get(key, key)
    labels = said if isinstance(said, dict) else {}
    text = str(labels.get("__prompt__", key)) if labels else str(said)
    if isinstance(context[key], bool):
        return Question(key, text, "yes" if default else "no", {"yes": "yes", "no": "no"})
    if isinstance(context[key], list):
        choices = {str(choice): str(labels.get(str(choice), choice)) for choice in context[key]}
        return Question(key, text, str(default), choices)
    return Question(key, text, str(default), {})


def _divide(
    said: tuple[Said, ...], asked: Mapping[str, Any], pack: Pack
) -> tuple[list[Said], tuple[Said, ...]]:
    """Divide what was SAID between what the template asks and what Docker files do. Nothing else is known."""
    flags = [one for one in said if one.by == "flag" and one.place != "--set"]
    own = [one for one in said if one not in flags and one.key in asked]
    left = tuple(one for one in said if one not in own)
    variables = pack.all_variables()
    ours = sorted({STACK.name, *(v.name for v in variables if v.answerable)})
    for one in unfolded(left, variables):
        if one.variable not in ours:
            near = did_you_mean(one.key, (*asked, *ours))
            there = f"the template has: {', '.join(asked) or 'none'}; Docker files have: {', '.join(ours)}"
            raise WrongUse(f"{one.place}: there is no {one.key!r}{near} ({there})")
    return own, left


def _settle(said: list[Said], asked: Mapping[str, Any]) -> dict[str, Chosen]:
    """Check every answer, and of those to one key keep the one that comes first in PRECEDENCE."""
    kept: dict[str, tuple[Said, Chosen]] = {}
    for one in sorted(said, key=lambda one: PRECEDENCE.index(one.by)):
        value = _check(one.key, asked[one.key], one.value, one.place)
        earlier, chosen = kept.setdefault(one.key, (one, Chosen(value, one.by)))
        if earlier.by == one.by and chosen.value != value:
            twice = f"{chosen.value} by {earlier.place} and {value} by {one.place}"
            raise WrongUse(f"{one.key} is said twice: {twice}")
    return {key: chosen for key, (_, chosen) in kept.items()}


# -- what an answer may be


def _check(key: str, default: Any, value: Any, place: str) -> Any:
    """Return VALUE as a template that has this DEFAULT takes it."""
    try:
        if isinstance(default, list):
            return _choice(default, value)
        if isinstance(default, bool):
            return _boolean(value)
        return _table(value) if isinstance(default, dict) else _text(value)
    except ValueError as error:
        raise WrongUse(f"{place}: {key}: {error}") from error


def _choice(choices: list[Any], value: Any) -> Any:
    named = {str(choice): choice for choice in choices}
    if not isinstance(value, dict | list) and str(value) in named:
        return named[str(value)]
    near = did_you_mean(str(value), named)
    raise ValueError(f"is one of {', '.join(named)}, not {json.dumps(value)}{near}")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in _YES_NO:
        return _YES_NO[str(value).strip().lower()]
    raise ValueError(f"is true or false, not {json.dumps(value)}")


def _table(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, dict):
        raise ValueError(f"is an object of keys and values, not {json.dumps(value)}")
    for text in _texts_in(found):
        _text(text)
    return found


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from (key, *_texts_in(each))
    elif isinstance(value, list):
        for each in value:
            yield from _texts_in(each)
    elif value is not None:
        yield str(value)


def _text(value: Any) -> str:
    """Return a text. It is no template itself: cookiecutter renders what it is given."""
    if isinstance(value, dict | list):
        raise ValueError(f"is text, not {json.dumps(value)}")
    text = str(value)
    if is_odd(text):
        raise ValueError(f"is text of one line, not {text!r}")
    if "{{" in text or "{%" in text or "{#" in text:
        raise ValueError(f"is text, not a template: {text!r}")
    return text
