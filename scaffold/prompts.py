"""Questions to a person on a terminal: the only module that waits for one."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from scaffold.answers import check
from scaffold.errors import WrongUse
from scaffold.model import Fact, Variable
from scaffold.nouns import NamedTuple
from scaffold.paths import printable

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output
    from questionary import Question

#: What CI systems set; these values of it mean that this is none.
NO_CI = frozenset({"", "0", "false"})


class Terminal(NamedTuple):
    """Where questions are drawn and answers typed."""

    input: "Input"
    output: "Output"


def can_ask(stdin: TextIO | None, stderr: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Say whether there is a person to ask: a terminal on both sides, and no CI."""
    if stdin is None or stderr is None:  # so Python has it where the caller closed them
        return False
    return stdin.isatty() and stderr.isatty() and environment.get("CI", "").lower() in NO_CI


def open_terminal(stdin: TextIO, stderr: TextIO) -> Terminal:
    """Return the terminal; questions are drawn on STDERR, for standard output may be read by a program."""
    from prompt_toolkit.input import create_input
    from prompt_toolkit.output import create_output

    return Terminal(create_input(stdin), create_output(stderr))


def ask(
    variables: Sequence[Variable], candidates: Mapping[str, Sequence[str]], terminal: Terminal
) -> dict[str, Fact]:
    """Ask for each of VARIABLES; where it has CANDIDATES, or choices, one of them."""
    asked = {v.name: ask_one(v, candidates.get(v.name, v.choices), terminal) for v in variables}
    return {name: Fact(value, "answer: prompt") for name, value in asked.items()}


def ask_one(variable: Variable, candidates: Sequence[str], terminal: Terminal) -> Any:
    """Ask for one variable, again until the answer is one."""
    question = variable.question or variable.about
    if candidates:
        said = choose(question, candidates, terminal, variable.default)
    else:
        said = _wait(_text(question, _complaint_about(variable), terminal))
    return check(variable, said, "answer") if not candidates or variable.choices else said


def choose(question: str, candidates: Sequence[str], terminal: Terminal, default: str | None = None) -> str:
    """Ask which of CANDIDATES; the default, or else the first, is preselected."""
    from questionary import Choice, select

    choices = [Choice(printable(candidate), candidate) for candidate in candidates]
    chosen = next((choice for choice in choices if choice.value == default), choices[0])
    return str(
        _wait(
            select(printable(question), choices, default=chosen, input=terminal.input, output=terminal.output)
        )
    )


def ask_text(question: str, default: str, terminal: Terminal) -> str:
    """Ask for a text; the default stands there, to be changed."""
    return str(_wait(_text(question, lambda said: True, terminal, default)))


def _text(
    question: str, complain: Callable[[str], str | bool], terminal: Terminal, default: str = ""
) -> "Question":
    from questionary import text

    return text(printable(question), default, validate=complain, input=terminal.input, output=terminal.output)


def _complaint_about(variable: Variable) -> Callable[[str], str | bool]:
    """Return what says whether a text answers VARIABLE, or else why not."""

    def complain(said: str) -> str | bool:
        try:
            check(variable, said, "answer")
        except WrongUse as error:
            return str(error)
        return True

    return complain


def _wait(question: "Question") -> Any:
    """Wait for the answer; the end of input is a person who left, and a signal one who wants to."""
    try:
        # Not unsafe_ask(): that hands an interrupt to a key binding, which a choice does not have.
        return question.application.run(handle_sigint=False)
    except EOFError:
        raise KeyboardInterrupt from None
