"""Answers: who is believed, what is refused, and that a refusal says where and what would be right."""

from __future__ import annotations

import ast
import io
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard

import pytest
from example import ROOT

from scaffold import packs
from scaffold.answers import (
    MAX_BYTES,
    PRECEDENCE,
    Said,
    from_environment,
    from_file,
    from_flags,
    from_mapping,
    from_record,
    listen,
    settle,
)
from scaffold.errors import WrongUse
from scaffold.model import Fact, Value, Variable

VARIABLES = (
    Variable("port", "integer", "The port it listens on", answerable=True),
    Variable("kind", "choice", "What it is", choices=("web", "worker", "cli"), answerable=True),
    Variable("final", "choice", "The final stage", choices=("distroless", "slim"), answerable=True),
    Variable("start", "words", "What starts it", example="python main.py", answerable=True),
    Variable("name", "string", "Its name", example="shop", answerable=True),
    Variable("extra", "data", "Anything", answerable=True),
    Variable("services", "names", "What it needs", example="postgres redis", answerable=True),
    Variable("manifests", "data", "What the install reads"),
)


def settled(*said: Said) -> dict[str, Value]:
    return {key: fact.value for key, fact in settle(said, VARIABLES).items()}


def flag(pair: str) -> Value:
    key = pair.partition("=")[0]
    return settled(*from_flags([pair], {}))[key]


def refusal(*pairs: str) -> str:
    with pytest.raises(WrongUse) as caught:
        settle(from_flags(pairs, {}), VARIABLES)
    return str(caught.value)


# -- who is believed


@pytest.mark.parametrize(("winner", "loser"), list(pairwise(PRECEDENCE)))
def test_an_earlier_layer_wins_over_a_later_one(winner: str, loser: str) -> None:
    said = [Said("port", 1, loser, "there"), Said("port", 2, winner, "here")]
    assert settle(said, VARIABLES) == {"port": Fact(2, f"answer: {winner}")}
    assert settle(reversed(said), VARIABLES) == {"port": Fact(2, f"answer: {winner}")}


def test_layers_add_up_where_they_speak_of_different_things() -> None:
    said = (
        *from_flags(["port=1"], {"kind": "web"}),
        *from_environment({"SCAFFOLD_SET_NAME": "shop", "HOME": "/"}),
    )
    assert settled(*said) == {"port": 1, "kind": "web", "name": "shop"}


def test_a_flag_of_its_own_is_an_answer() -> None:
    assert settle(from_flags([], {"kind": "cli", "final": None}), VARIABLES) == {
        "kind": Fact("cli", "answer: flag")
    }


def test_auto_takes_back_what_was_recorded() -> None:
    assert settled(*from_record({"final": "slim", "port": 9000}), *from_flags([], {"final": "auto"})) == {
        "port": 9000
    }


def test_saying_the_same_twice_is_fine() -> None:
    assert settled(*from_flags(["kind=web"], {"kind": "web"})) == {"kind": "web"}


def test_saying_two_things_at_once_is_refused() -> None:
    with pytest.raises(WrongUse, match="kind is said twice: web by --kind and cli by --set"):
        settle(from_flags(["kind=cli"], {"kind": "web"}), VARIABLES)


def test_nobody_speaks_and_nothing_is_answered() -> None:
    assert settle(listen([], {"kind": None}, None, {}, io.BytesIO(b"")), VARIABLES) == {}


# -- keys


def test_a_misspelt_key_names_the_right_one_and_the_place() -> None:
    assert refusal("prot=1").startswith("--set: there is no 'prot'; did you mean \"port\"?")


def test_a_strange_key_names_all_there_are() -> None:
    assert "(there are: extra, final, kind, name, port, services, stack, start)" in refusal("zzz=1")


def test_what_is_derived_cannot_be_answered() -> None:
    assert refusal("manifests=[]").startswith("--set: manifests: is found in the project, not answered")


@pytest.mark.parametrize("value", [",", "", " , ", "'"])
def test_a_list_of_names_has_some(value: str) -> None:
    assert refusal(f"services={value}").startswith("--set: services: ")


def test_a_flag_that_is_a_variables_own_is_named_once() -> None:
    with pytest.raises(WrongUse, match=r"^--kind: is one of web"):
        settle(from_flags([], {"kind": "wep"}), VARIABLES)
    with pytest.raises(WrongUse, match=r"^SCAFFOLD_SET_PORT: is a number"):
        settle(from_environment({"SCAFFOLD_SET_PORT": "x"}), VARIABLES)


def test_a_key_may_name_one_app_of_several() -> None:
    assert settled(*from_flags(["services/api.v2.port=9000"], {})) == {"services/api.v2.port": 9000}


def test_a_misspelt_key_of_one_app_is_refused_too() -> None:
    assert "did you mean" in refusal("api.prot=1")


@pytest.mark.parametrize("pair", ["port", "", "=", "=9000", " =1"])
def test_an_answer_without_a_key_or_an_equals_sign_is_refused(pair: str) -> None:
    assert "KEY=VALUE" in refusal(pair)


def test_an_environment_variable_that_is_misspelt_is_named() -> None:
    with pytest.raises(WrongUse, match="SCAFFOLD_SET_PROT: there is no 'prot'"):
        settle(from_environment({"SCAFFOLD_SET_PROT": "1"}), VARIABLES)


# -- values


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("port=9000", 9000),
        ("port=1", 1),
        ("port=65535", 65535),
        ("kind=worker", "worker"),
        ("start=python -m 'my app'", ("python", "-m", "my app")),
        ('start=["python", "-c", "x = 1"]', ("python", "-c", "x = 1")),
        ("name= shop ", "shop"),
        ("name=a=b", "a=b"),
        ('extra={"a": [1]}', {"a": [1]}),
        ("services=postgres,redis", ("postgres", "redis")),
        ("services=postgres, redis kafka", ("postgres", "redis", "kafka")),
        ('services=["postgres", "a,b"]', ("postgres", "a,b")),
        ("start=python -c 'f(1,2)'", ("python", "-c", "f(1,2)")),
    ],
)
def test_a_value_becomes_what_its_variable_is(pair: str, value: Value) -> None:
    assert flag(pair) == value


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000.5", "http", "", "٣", "9" * 5000, "true", "1e3"])
def test_a_port_is_a_number_from_1_to_65535(port: str) -> None:
    assert refusal(f"port={port}").startswith("--set: port: is a number from 1 to 65535, not")


def test_a_misspelt_choice_names_the_right_one() -> None:
    assert refusal("kind=wep") == '--set: kind: is one of web, worker, cli, not "wep"; did you mean "web"?'


@pytest.mark.parametrize("start", ["", "'unclosed", "[1, 2]", "[", "[]", '[""]', '["a\\nb"]'])
def test_a_start_command_is_words(start: str) -> None:
    assert refusal(f"start={start}").startswith("--set: start: ")


@pytest.mark.parametrize("name", ["", "  ", "a\nRUN evil", "a\x1b[31m", "a\x00"])
def test_text_is_one_line_that_can_be_printed(name: str) -> None:
    assert "is text of one line" in refusal(f"name={name}")


def test_data_is_json() -> None:
    assert refusal("extra={").startswith("--set: extra: is JSON")


def test_a_long_value_does_not_fill_the_screen() -> None:
    assert len(refusal("kind=" + "x" * 10_000)) < 200


# -- files


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml, json_ = tmp_path / "a.toml", tmp_path / "a.JSON"
    toml.write_text('port = 9000\nstart = ["python", "x.py"]\n[api]\nkind = "web"\n')
    json_.write_text('\ufeff{"port": 9000, "start": ["python", "x.py"], "api": {"kind": "web"}}')
    expected = {"port": 9000, "start": ("python", "x.py"), "api.kind": "web"}
    assert settled(*from_file(str(toml), io.BytesIO())) == expected
    assert settled(*from_file(str(json_), io.BytesIO())) == expected


@pytest.mark.parametrize("text", ['{"port": 1, "port": 2}', '{"api": {"port": 1, "port": 2}}'])
def test_a_key_that_json_has_twice_is_said_twice(text: str) -> None:
    with pytest.raises(WrongUse, match="standard input: is not JSON: 'port' is said twice"):
        from_file("-", io.BytesIO(text.encode()))


def test_a_key_is_text() -> None:
    with pytest.raises(WrongUse, match="answers: a key is text, not 8000"):
        from_mapping({8000: "port"}, "answers")  # type: ignore[dict-item]


def test_standard_input_is_json() -> None:
    assert settle(from_file("-", io.BytesIO(b'{"port": 9000}')), VARIABLES) == {
        "port": Fact(9000, "answer: file")
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"port = 9000", "standard input: is not JSON"),
        (b"", "standard input: is not JSON"),
        (b"[1]", "standard input: answers are an object of keys and values, not [1]"),
        (b"null", "standard input: answers are an object"),
        (b'{"port": NaN}', "standard input: port: is a number"),
        (b'{"port": true}', "standard input: port: is a number"),
        (b'{"port": 8000.0}', "standard input: port: is a number"),
        (b'{"name": 5}', "standard input: name: is text, not 5 (such as shop)"),
        (b'{"name": null}', "standard input: name: is text, not null"),
        (b'{"start": "a \'"}', "standard input: start: "),
        (b'{"start": ["a", 1]}', "standard input: start: is a command or a list of words"),
        (b'{"kind": ["web"]}', "standard input: kind: is one of web, worker, cli"),
        (b'{"api": {"deep": {"port": 1}}}', "standard input: there is no 'api.deep'"),
        (b"\xff\xfe{\x00}\x00", "standard input: answers are UTF-8 text, and byte 0 is not"),
        (b"[" * 100_000, "standard input: is not JSON"),
        (b'{"port": ' + b"1" * 5000 + b"}", "standard input: is not JSON"),
        (b" " * (MAX_BYTES + 1), "standard input: too big"),
    ],
)
def test_what_is_no_answers_is_refused_with_the_place(content: bytes, said: str) -> None:
    with pytest.raises(WrongUse) as caught:
        settle(from_file("-", io.BytesIO(content)), VARIABLES)
    assert str(caught.value).startswith(said)


def test_a_toml_mistake_is_shown_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text("port = 9000\nkind = \n")
    with pytest.raises(WrongUse, match=r"answers\.toml: is not TOML: .*line 2"):
        from_file(str(file), io.BytesIO())


@pytest.mark.parametrize("name", ["answers.yaml", "answers", "/dev/zero"])
def test_another_kind_of_file_is_refused_unread(name: str) -> None:
    with pytest.raises(WrongUse, match=r"ends in \.toml or \.json"):
        from_file(name, io.BytesIO())


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for name in ("missing.toml", "folder.toml"):
        with pytest.raises(WrongUse, match="cannot be read"):
            from_file(str(tmp_path / name), io.BytesIO())


# -- what the detectors can be told


def source_of(module: str) -> ast.Module:
    return ast.parse((ROOT / "detectors" / "python" / f"{module}.py").read_text("utf-8"))


def table_of(module: str, name: str) -> ast.Dict:
    """Return the table called NAME in a module of Python's detector."""
    found = (
        node.value
        for node in source_of(module).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name
    )
    table = next(found)
    assert isinstance(table, ast.Dict)
    return table


def made_by(module: str, maker: str) -> set[str]:
    """Return the first argument of every call of MAKER that is a text."""
    calls = (node for node in ast.walk(source_of(module)) if isinstance(node, ast.Call))
    firsts = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == maker)
    return {
        first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)
    }


def choices(name: str) -> set[str]:
    return {choice for v in packs.builtin().variables("python") if v.name == name for choice in v.choices}


def test_every_server_that_can_be_chosen_has_a_command_and_no_other() -> None:
    commands = {
        ast.literal_eval(key) for key in table_of("serving/serve", "_COMMANDS").keys if key is not None
    }
    assert choices("server") == commands


def test_every_framework_that_can_be_chosen_is_known_and_no_other() -> None:
    frameworks = made_by("program/frameworks", "Framework") | made_by("program/workers", "Worker")
    assert choices("framework") == frameworks - {""}


def test_every_package_manager_that_can_be_chosen_is_known_and_no_other() -> None:
    locks = next(node.value for node in source_of("packages/signs").body if is_called(node, "LOCKS"))
    assert choices("package_manager") == {*ast.literal_eval(locks), "pip"}


def is_called(node: ast.stmt, name: str) -> TypeGuard[ast.Assign]:
    return isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]


# -- tables


OBJECT = Variable("processes", "data", "All", example='{"web": ["a"]}', answerable=True)
LIST = Variable("site", "string", "A folder", answerable=True)


def test_a_table_answers_the_variable_that_is_one_and_else_holds_those_of_an_app() -> None:
    said = from_mapping({"processes": {"web": "a b"}, "site": {"site": "x"}}, "answers.json")
    answers = settle(said, (OBJECT, LIST))
    assert {key: fact.value for key, fact in answers.items()} == {
        "processes": {"web": ["a", "b"]},
        "site.site": "x",
    }


def test_the_table_of_an_app_can_hold_one() -> None:
    answers = settle(from_mapping({"api": {"processes": {"web": ["a"]}}}, "answers.json"), (OBJECT, LIST))
    assert answers["api.processes"].value == {"web": ["a"]}


@pytest.mark.parametrize("value", [[1], {"web": 5}, {"web": []}, "web", True])
def test_data_is_made_as_its_example(value: object) -> None:
    with pytest.raises(WrongUse, match=r"processes: .* \(such as \{\"web\": \[\"a\"\]\}\)"):
        settle([Said("processes", value, "file", "answers.json")], (OBJECT, LIST))


def test_pairs_are_of_two() -> None:
    copies = Variable("copies", "pairs", "From and to", example='[["a", "b"]]', answerable=True)
    assert settle([Said("copies", '[["a", "b"]]', "flag", "--set")], (copies,))["copies"].value == [
        ["a", "b"]
    ]
    for wrong in ('[["a"]]', '{"a": "b"}', "5", "[1]"):
        with pytest.raises(WrongUse, match="copies"):
            settle([Said("copies", wrong, "flag", "--set")], (copies,))


def test_none_of_a_list_of_names_is_an_answer_too() -> None:
    assert settled(Said("services", [], "file", "answers.json")) == {"services": ()}
    assert flag("services=[]") == ()
