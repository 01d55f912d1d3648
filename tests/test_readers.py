"""The readers that the invariants stand on: one that saw nothing would let everything pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from composefile import read_compose
from dockerfile import Ignore, read_stages
from example import read_example
from workshop import steps_of

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.14

FROM python:${VERSION}-slim AS base
ENV A="one two" \\
    # a comment in between
    B=2

FROM base AS prod
COPY --from=uv:1 --link ["/uv", "/bin/"]
RUN --mount=type=cache,target=/root/.cache --mount=type=bind,source=uv.lock,target=uv.lock \\
    uv sync && \\
    true
RUN <<EOF
USER root
EOF
HEALTHCHECK --interval=5s CMD ["python", "-c", "pass"]
CMD python app.py
"""


def test_stages_have_their_images_and_instructions() -> None:
    base, prod = read_stages(DOCKERFILE)
    assert (base.name, base.image) == ("base", "python:3.14-slim")
    assert base.all("ENV")[0].arguments == ("A=one two", "B=2")
    assert [i.word for i in prod.instructions] == ["COPY", "RUN", "RUN", "HEALTHCHECK", "CMD"]


def test_flags_and_mounts_are_read() -> None:
    prod = read_stages(DOCKERFILE)[1]
    assert prod.all("COPY")[0].flag("from") == "uv:1"
    assert prod.all("COPY")[0].arguments == ("/uv", "/bin/")
    assert prod.all("RUN")[0].mounts[1] == {"type": "bind", "source": "uv.lock", "target": "uv.lock"}
    assert prod.all("RUN")[0].rest.split() == ["uv", "sync", "&&", "true"]


def test_exec_form_is_told_from_a_line_for_a_shell() -> None:
    prod = read_stages(DOCKERFILE)[1]
    assert prod.all("HEALTHCHECK")[0].is_exec_form
    assert not prod.all("CMD")[0].is_exec_form


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        (".git", True),
        (".git/config", True),
        ("src/.git", False),
        ("a/b/__pycache__/x.pyc", True),
        ("__pycache__", True),
        (".env", True),
        (".env.local", True),
        (".env.example", False),
        ("deep/server.key", True),
        ("src/main.py", False),
    ],
)
def test_an_ignore_file_is_read_as_docker_reads_it(path: str, ignored: bool) -> None:
    ignore = Ignore("# no VCS\n/.git/\n**/__pycache__\n.env*\n!.env.example\n**/*.key\n")
    assert (path in ignore) == ignored


def test_compose_own_tags_are_read() -> None:
    read = read_compose("services:\n  web:\n    ports: !override ['1:1']\n    build: !reset null\n")
    assert read == {"services": {"web": {"ports": ["1:1"], "build": None}}}


def test_a_step_is_from_the_cache_only_where_buildkit_says_so() -> None:
    said = "#7 [deps 2/3] RUN pip install\n#7 CACHED\n#8 [deps 3/3] RUN other\n#9 [build 1/1] RUN x\n"
    assert steps_of(said, ("base", "deps")) == {"RUN pip install": True, "RUN other": False}


def test_an_unknown_key_of_an_example_is_refused(tmp_path: Path) -> None:
    edit = '[edit]\nfile = "a.py"\nold = "a"\nnew = "b"\n'
    for text in (f'stdout = "x"\nstdin = "y"\n{edit}', f'stdout = "x"\n{edit}colour = "red"\n'):
        (tmp_path / "test.toml").write_text(text)
        with pytest.raises(ValueError, match="unknown key"):
            read_example(tmp_path)


def test_an_example_says_what_success_is(tmp_path: Path) -> None:
    (tmp_path / "test.toml").write_text('[edit]\nfile = "a.py"\nold = "a"\nnew = "b"\n')
    with pytest.raises(ValueError, match="success"):
        read_example(tmp_path)
