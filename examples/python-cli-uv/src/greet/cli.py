from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def greet(name: Annotated[str, typer.Argument()] = "world") -> None:
    typer.echo(f"Hello, {name}!")


def main() -> None:
    app()
