"""Each starter, built, run and tested by a real Docker Engine from what `scaffold new` made, unedited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from workshop import BASE, Copy, Workshop, check_is_hardened, health, must, scaffold

from scaffold.skeleton.starters import starters

#: A name that starts after all packages of a lock file, and one that has to be quoted.
NAMES = {"fastapi": 'Zebra "tables" & more', "express-ts": "Zebra's tables", "go": "Zebra"}


@pytest.fixture(params=starters())
def made(request: pytest.FixtureRequest, workshop: Workshop, tmp_path: Path) -> Iterator[Copy]:
    """The project that a starter makes, under another name than its template's."""
    starter: str = request.param
    scaffold("new", starter, "--yes", "--set", f"name={NAMES[starter]}", cwd=tmp_path)
    (folder,) = tmp_path.iterdir()
    workshop.fetch_images("for", *(str(folder / name) for name in ("Dockerfile", *BASE)))
    copy = Copy(folder=folder)
    yield copy
    copy.close()


@pytest.mark.docker
def test_a_starter_builds_answers_and_passes_its_tests(made: Copy) -> None:
    checked = must("docker", "build", "--check", ".", **made.context)
    assert "no warnings found" in checked.stdout + checked.stderr
    made.base.shows("/?name=Ada", "Hello, Ada!")
    made.base.shows("/healthz", "ok")
    (container,) = made.base.containers(made.base.main)
    check_is_hardened(container)
    assert health(container) == "healthy"
    made.build("--target", "test", tag="test")
