"""What a merge of lines does not see: together they can be no file of their kind any more."""

from __future__ import annotations

import pytest

from scaffold.writing.flaws import flaw
from scaffold.writing.merge import merge

BASE = """\
FROM golang:1.25 AS build
RUN go build
RUN test one
RUN test two
FROM scratch AS prod
COPY --from=build /app /app
RUN last one
RUN last two
CMD run
"""


def told(path: str, mine: str, theirs: str, base: str = BASE) -> str:
    """Return what is wrong with what the lines come to, which is no conflict."""
    merged = merge(base, mine, theirs).text
    assert merged is not None
    return flaw(path, merged, mine, theirs)


MERGES = {
    "a stage that was renamed, and copied from at another place": (
        BASE.replace("CMD run", "COPY --from=build /more /\nCMD run"),
        BASE.replace("AS build", "AS compile").replace("=build", "=compile"),
        "name a stage that is not there: build (line 9)",
    ),
    "a stage that was renamed, and stood on": (
        BASE.replace("RUN test two\n", "RUN test two\nFROM build AS lint\nRUN lint\n"),
        BASE.replace("AS build", "AS compile").replace("=build", "=compile"),
        "name a stage that is not there: build (line 5)",
    ),
    "a stage that both added": (
        BASE.replace("RUN go build\n", "RUN go build\nFROM build AS test\n"),
        BASE.replace("RUN last one\n", "RUN last one\nFROM build AS test\n"),
        "have two stages called test",
    ),
    "another case": (
        BASE.replace("CMD run", "COPY --from=BUILD /more /\nCMD run"),
        BASE.replace("AS build", "AS compile").replace("=build", "=compile"),
        "name a stage that is not there: BUILD (line 9)",
    ),
    "a heredoc that lost its end": (
        BASE.replace("RUN go build\n", "RUN <<EOF\ngo build\nEOF\n"),
        BASE.replace("CMD run", "CMD start"),
        "",
    ),
    "an edit": (BASE.replace("RUN go build", "RUN go build -v"), BASE.replace("CMD run", "CMD start"), ""),
    "an image that was named as no stage is": (
        BASE.replace("CMD run", "COPY --from=busybox /bin/sh /\nCMD run"),
        BASE.replace("RUN go build", "RUN go build -v"),
        "",
    ),
    "a stage by its number": (
        BASE.replace("CMD run", "COPY --from=0 /more /\nCMD run"),
        BASE.replace("RUN go build", "RUN go build -v"),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("mine", "theirs", "said"), MERGES.values(), ids=MERGES)
def test_what_a_dockerfile_would_be(mine: str, theirs: str, said: str) -> None:
    assert told("Dockerfile", mine, theirs) == said


def test_what_was_wrong_before_is_not_our_affair() -> None:
    mine = BASE.replace("AS prod", "AS build").replace("RUN test one", "COPY --from=nothing /a /")
    assert told("Dockerfile", mine, BASE.replace("CMD run", "CMD start")) == ""
    broken = BASE + "RUN <<EOF\nwithout end\n"
    assert flaw("Dockerfile", broken, broken, BASE) == ""
    assert flaw("Dockerfile", broken, BASE, BASE).startswith("be broken at line 10: ")


def test_other_files_are_texts() -> None:
    twice = "FROM a AS b\nFROM c AS b\n"
    assert flaw("Dockerfile.dockerignore", twice, "", "") == ""
    assert flaw("notes/Dockerfile", twice, "", "") == "have two stages called b"
    assert flaw("compose.yaml", "a: 1\na: 2\n", "", "") == "have the key a twice (line 2)"
    assert flaw("compose.yaml", "a: [\n", "", "").startswith("be no YAML")
