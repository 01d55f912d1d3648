"""The reader of Dockerfiles: what BuildKit makes of a text, and that no text is too much for it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.dockerfiles.dockerfile import Dockerfile, Instruction, read_instructions
from scaffold.dockerfiles.shellwords import expand, split_words


def only(text: str) -> Instruction:
    (instruction,) = read_instructions(text)
    return instruction


# -- lines


def test_an_instruction_goes_on_where_its_line_ends_in_a_backslash() -> None:
    run = only("RUN a \\\n  # a comment in between\n\n  && b \\  \n  && c\n")
    assert (run.name, run.text, run.line) == ("RUN", "a && b && c", 1)


def test_two_backslashes_do_not_continue_a_line() -> None:
    assert [i.name for i in read_instructions("RUN a\\\\\nRUN b\n")] == ["RUN", "RUN"]


def test_another_escape_is_heeded() -> None:
    text = "# escape=`\nFROM x:1\nRUN a `\n  && b\nRUN c:\\\nRUN d\n"
    assert [i.text for i in read_instructions(text)] == ["x:1", "a && b", "c:\\", "d"]


@pytest.mark.parametrize(
    ("text", "directives"),
    [
        ("# syntax=docker/dockerfile:1\n#check=error=true\nFROM x", {"syntax", "check"}),
        ("#!/usr/bin/env x\n# syntax=a/b\nFROM x", {"syntax"}),
        ("// syntax=a/b\nFROM x", {"syntax"}),
        ("# a comment\n# syntax=a/b\nFROM x", set()),
        ("\n# syntax=a/b\nFROM x", set()),
        ("FROM x\n# syntax=a/b", set()),
        ("# unknown=1\n# syntax=a/b", set()),
        ("\ufeff# SYNTAX = a/b \n", {"syntax"}),
    ],
)
def test_directives_are_those_that_buildkit_takes(text: str, directives: set[str]) -> None:
    assert set(Dockerfile(text).directives) == directives


def test_a_here_document_is_no_instructions() -> None:
    dockerfile = Dockerfile(
        "FROM x:1\nRUN <<EOF cat > /y\nUSER root\nEOF\nCOPY <<-'A' <<B /z/\n\tFROM q\n\tA\nUSER 0\nB\n"
    )
    assert [i.name for i in dockerfile.instructions] == ["FROM", "RUN", "COPY"]
    assert [(h.name, h.text, h.line) for i in dockerfile.instructions for h in i.heredocs] == [
        ("EOF", "USER root", 3),
        ("A", "FROM q", 6),
        ("B", "USER 0", 8),
    ]
    assert dockerfile.flaws == []


@pytest.mark.parametrize(
    "text", ['RUN echo "<<EOF"\nUSER 1\n', 'RUN ["x", "<<EOF"]\nUSER 1\n', "RUN a 1<<\nUSER 1\n"]
)
def test_what_only_looks_like_a_here_document_hides_nothing(text: str) -> None:
    assert [i.name for i in read_instructions(text)] == ["RUN", "USER"]


@pytest.mark.parametrize(
    "opens",
    ["RUN a\\\n<<EOF\n", 'RUN <<EOF "\n', "RUN <<'EOF\n", 'RUN <<E"OF\n', "RUN x<<EOF\n", "CMD <<EOF\n"],
)
def test_an_instruction_cannot_be_hidden_in_what_buildkit_takes_for_no_here_document(opens: str) -> None:
    assert [i.name for i in read_instructions(f"FROM x:1\n{opens}USER 0\nEOF\n")][2] == "USER"


@pytest.mark.parametrize(
    "flag", ['--fr"om"=evil:1', "--from='evil:1'", "--fro\\m=evil:1", "--link --from=evil:1"]
)
def test_a_flag_cannot_be_hidden_by_its_quotes(flag: str) -> None:
    assert [r.image for r in Dockerfile(f"FROM x:1\nCOPY {flag} /a /b\n").references] == ["x:1", "evil:1"]


def test_a_here_document_that_nothing_ends_is_a_flaw() -> None:
    assert Dockerfile("FROM x:1\nRUN <<EOF\na\n").flaws == [
        (2, "opens a here-document that no line EOF ends")
    ]


def test_what_is_no_instruction_is_a_flaw() -> None:
    flaws = Dockerfile("FROM x:1\n!!\nRUM a\n").flaws
    assert [line for line, _ in flaws] == [2, 3]
    assert "RUM" in flaws[1][1]


# -- forms


def test_flags_are_apart_from_what_is_run() -> None:
    run = only("RUN --mount=type=bind,source=a,target=/b --network=none echo --x")
    assert run.flags == (("mount", "type=bind,source=a,target=/b"), ("network", "none"))
    assert run.text == "echo --x"
    assert run.mounts == ({"type": "bind", "source": "a", "target": "/b"},)


def test_exec_form_is_told_from_shell_form() -> None:
    assert only('CMD ["a", "b c"]').words == ("a", "b c")
    assert only("CMD [a]").words is None
    assert only('CMD ["a", 1]').words is None
    assert only("CMD " + "[" * 100_000).words is None


def test_pairs_of_both_forms() -> None:
    assert only("ENV A=1 B='x y' C=\"a b\"").pairs == {"A": "1", "B": "x y", "C": "a b"}
    assert only("ENV A one two").pairs == {"A": "one two"}
    assert only("ARG A B=2").pairs == {"A": "", "B": "2"}


# -- words and variables


def test_words_keep_their_quotes() -> None:
    assert split_words("a \"b c\"d 'e f' g\\ h") == ["a", '"b c"d', "'e f'", "g\\ h"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A", "1"),
        ("${A}x$A", "1x1"),
        ("'$A'", "$A"),
        ('"$A"', "1"),
        ("\\$A", "$A"),
        ("${N:-x}", "x"),
        ("${N:-${A}}", "1"),
        ("${A:-$N}", "1"),
        ("${E:-x}", "x"),
        ("${E-x}", ""),
        ("${A:+y}", "y"),
        ("${N:+y}", ""),
        ("$N", None),
        ("${N:?no}", None),
        ("${A#1}", None),
        ("${", None),
        ("$", None),
    ],
)
def test_variables_are_filled_in_as_buildkit_does(text: str, value: str | None) -> None:
    assert expand(text, {"A": "1", "E": ""}) == value


def test_defaults_within_defaults_end_somewhere() -> None:
    assert expand("${a:-" * 5000, {}) is None


# -- stages and images

STAGES = """\
# syntax=docker/dockerfile:1
ARG RELEASE=3.14
ARG IMAGE=python:${RELEASE}-slim
ARG OPEN
FROM --platform=$BUILDPLATFORM $IMAGE AS base
ENV TOOL=1.2
FROM base AS Build
COPY --from=tools:$TOOL /x /x
RUN --mount=type=bind,from=docker.io/acme/lint:2,target=/l --mount=type=bind,from=base,target=/b true
ONBUILD COPY --from=evil:1 /x /x
FROM scratch
COPY --from=build /x /x
COPY --from=0 /x /x
FROM $OPEN
COPY --from=7 /x /x
"""


def test_every_image_is_named_and_no_stage_is() -> None:
    found = [(each.where, each.image, each.line) for each in Dockerfile(STAGES).references]
    assert found == [
        ("# syntax", "docker/dockerfile:1", 1),
        ("FROM", "python:3.14-slim", 5),
        ("COPY --from", "tools:1.2", 8),
        ("RUN --mount", "docker.io/acme/lint:2", 9),
        ("COPY --from", "evil:1", 10),
        ("FROM", None, 14),
        ("COPY --from", "7", 15),
    ]


def test_a_stage_stands_on_those_before_it() -> None:
    dockerfile = Dockerfile("FROM a:1 AS x\nFROM x AS y\nUSER 1\nFROM y\nFROM later\nFROM b:1 AS later\n")
    assert [stage.parent for stage in dockerfile.stages] == [None, 0, 1, None, None]
    assert [stage.number for stage in dockerfile.lineage(dockerfile.stages[2])] == [2, 1, 0]


def test_a_stage_for_each_platform_is_no_image_and_one_that_is_missing_is() -> None:
    text = "FROM a:1 AS tools-amd64\nFROM b:1 AS tools-arm64\nFROM tools-$TARGETARCH\n"
    assert [each.image for each in Dockerfile(text).references] == ["a:1", "b:1"]
    text = (
        "FROM a:1 AS tools-amd64\nFROM tools-$TARGETARCH AS x\nFROM --platform=$BUILDPLATFORM c:$TARGETARCH\n"
    )
    assert [r.image for r in Dockerfile(text).references] == ["a:1", "tools-arm64", "c:amd64", "c:arm64"]


def test_a_stage_that_stands_on_itself_does_not() -> None:
    dockerfile = Dockerfile("FROM a AS a\nFROM a AS a\n")
    assert [stage.parent for stage in dockerfile.stages] == [None, 0]


def test_variables_are_those_of_their_place() -> None:
    dockerfile = Dockerfile(
        "ARG V=outer\nFROM a:1 AS x\nENV E=base\nFROM x\nUSER $V\nARG V\nUSER $V\nARG V=inner\nUSER $V$E\n"
    )
    users = [
        expand(i.text, values)
        for i, values in dockerfile.with_values(dockerfile.stages[1])
        if i.name == "USER"
    ]
    assert users == [None, "outer", "innerbase"]


def test_a_value_that_doubles_with_each_line_ends_somewhere() -> None:
    dockerfile = Dockerfile("ARG A=aaaaaaaaaa\n" + "ARG A=$A$A\n" * 64 + "FROM $A\n")
    assert dockerfile.arguments["A"] is None


# -- anything


PIECES = st.sampled_from(
    [
        "FROM ",
        "FROM x AS y\n",
        "RUN ",
        "COPY --from=",
        "ARG A=",
        "$",
        "${",
        "}",
        ":-",
        "<<EOF",
        "EOF\n",
        "\\\n",
        "`\n",
        "# escape=`\n",
        "# syntax=",
        "\n",
        '"',
        "'",
        "[",
        "]",
        ",",
        "ONBUILD ",
        "ENV ",
        "--mount=from=",
        "\0",
        "\ud800",
        "é",
        "0",
    ]
)


@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=200)))
def test_no_text_is_too_much(text: str) -> None:
    dockerfile = Dockerfile(text)
    assert len(dockerfile.references) >= 0
    for stage in dockerfile.stages:
        assert dockerfile.lineage(stage)[0] == stage
        for instruction, values in dockerfile.with_values(stage):
            expand(instruction.text, values, dockerfile.escape)
            assert len((instruction.words, instruction.pairs, instruction.mounts, instruction.whole)) == 4


@given(st.binary(max_size=200))
def test_no_bytes_are_too_much(content: bytes) -> None:
    assert Dockerfile(content.decode("utf-8", "surrogateescape")).flaws is not None


@pytest.mark.parametrize(
    "piece",
    [
        "FROM a AS a\n",
        "RUN a \\\n",
        "ENV A=$A$A\n",
        "RUN <<E\n",
        "${A:-",
        '"',
        "\\",
        "a=b ",
        "COPY --from=q a b\n",
    ],
)
def test_no_text_is_slow(piece: str) -> None:
    started = time.process_time()
    dockerfile = Dockerfile("FROM a AS a\n" + piece * 20_000)
    assert dockerfile.references is not None
    assert time.process_time() - started < 5
