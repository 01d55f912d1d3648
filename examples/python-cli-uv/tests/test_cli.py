from typer.testing import CliRunner

from greet.cli import app


def test_the_world_is_greeted():
    assert CliRunner().invoke(app).output == "Hello, world!\n"


def test_a_name_is_greeted():
    assert CliRunner().invoke(app, ["Ada"]).output == "Hello, Ada!\n"
