"""Questions: typed into a real prompt through a pipe."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from scaffold.model import Fact, Variable
from scaffold.prompts import Terminal, ask, can_ask, choose

ENTER, DOWN, CTRL_C, CTRL_D, CTRL_U = "\r", "\x1b[B", "\x03", "\x04", "\x15"

PORT = Variable("port", "integer", "The port", question="Which port?", answerable=True)
START = Variable("start", "words", "The command", question="What starts it?", answerable=True)
MAIN = Variable("main", "string", "The main program", answerable=True)
FINAL = Variable(
    "final", "choice", "The last stage", default="slim", choices=("distroless", "slim"), answerable=True
)


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keys:
        yield keys


def typed(keyboard: PipeInput, keys: str) -> Terminal:
    keyboard.send_text(keys)
    return Terminal(keyboard, DummyOutput())


def test_an_answer_is_typed_and_becomes_a_fact(keyboard: PipeInput) -> None:
    assert ask([PORT], {}, typed(keyboard, f"9000{ENTER}")) == {"port": Fact(9000, "answer: prompt")}


def test_a_wrong_answer_is_not_taken(keyboard: PipeInput) -> None:
    keys = f"70000{ENTER}{CTRL_U}http{ENTER}{CTRL_U}9000{ENTER}"
    assert ask([PORT], {}, typed(keyboard, keys))["port"].value == 9000


def test_a_command_becomes_words(keyboard: PipeInput) -> None:
    assert ask([START], {}, typed(keyboard, f"python 'my app.py'{ENTER}"))["start"].value == (
        "python",
        "my app.py",
    )


def test_the_first_candidate_is_preselected(keyboard: PipeInput) -> None:
    assert ask([MAIN], {"main": ("a.py", "b.py")}, typed(keyboard, ENTER))["main"].value == "a.py"


def test_another_candidate_can_be_chosen(keyboard: PipeInput) -> None:
    assert ask([MAIN], {"main": ("a.py", "b.py")}, typed(keyboard, DOWN + ENTER))["main"].value == "b.py"


def test_the_default_of_a_choice_is_preselected(keyboard: PipeInput) -> None:
    assert ask([FINAL], {}, typed(keyboard, ENTER))["final"].value == "slim"


def test_questions_follow_one_another(keyboard: PipeInput) -> None:
    keys = f"9000{ENTER}{DOWN}{ENTER}"
    answers = ask([PORT, MAIN], {"main": ("a.py", "b.py")}, typed(keyboard, keys))
    assert {key: fact.value for key, fact in answers.items()} == {"port": 9000, "main": "b.py"}


def test_a_hostile_candidate_is_chosen_as_it_is(keyboard: PipeInput) -> None:
    assert choose("Which?", ("\x1b[2Jevil.py",), typed(keyboard, ENTER)) == "\x1b[2Jevil.py"


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_leaving_is_an_interrupt(keyboard: PipeInput, key: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        ask([PORT], {}, typed(keyboard, key))


def test_leaving_a_choice_is_an_interrupt(keyboard: PipeInput) -> None:
    with pytest.raises(KeyboardInterrupt):
        choose("Which?", ("a", "b"), typed(keyboard, CTRL_C))


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("ci", ["true", "1", "yes"])
def test_nobody_is_asked_in_ci(ci: str) -> None:
    assert not can_ask(Screen(), Screen(), {"CI": ci})


@pytest.mark.parametrize("environment", [{}, {"CI": ""}, {"CI": "false"}, {"CI": "0"}])
def test_a_terminal_without_ci_is_a_person(environment: dict[str, str]) -> None:
    assert can_ask(Screen(), Screen(), environment)


def test_a_pipe_is_no_person() -> None:
    assert not can_ask(io.StringIO(), Screen(), {})
    assert not can_ask(Screen(), io.StringIO(), {})
