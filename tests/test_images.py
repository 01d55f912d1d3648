"""What a reference names, and which change of one a bot may have made."""

from __future__ import annotations

import time

import pytest

from scaffold import images
from scaffold.catalogue import _data
from scaffold.images import BUMPS, Reference, aligned, is_bump, level, parse, places, unbumped
from scaffold.model import Bump

A, B, C = (f"sha256:{letter * 64}" for letter in "abc")

PARSED = {
    "python": ("docker.io", "library/python", None, None),
    "python:3.12-slim": ("docker.io", "library/python", "3.12-slim", None),
    "docker.io/python:3": ("docker.io", "library/python", "3", None),
    "index.docker.io/library/python:3": ("docker.io", "library/python", "3", None),
    "docker/dockerfile:1": ("docker.io", "docker/dockerfile", "1", None),
    f"gcr.io/distroless/cc-debian13:nonroot@{A}": ("gcr.io", "distroless/cc-debian13", "nonroot", A),
    f"python@{A}": ("docker.io", "library/python", None, A),
    "localhost/app:1": ("localhost", "app", "1", None),
    "registry:5000/team/app:1": ("registry", "team/app", "1", None),
    "Registry.Example.com:443/golden/python:3.12": (
        "registry.example.com:443",
        "golden/python",
        "3.12",
        None,
    ),
    "[::1]:5000/app:1": ("[::1]:5000", "app", "1", None),
}


@pytest.mark.parametrize(("text", "parts"), PARSED.items())
def test_a_reference_has_parts(text: str, parts: tuple[str, ...]) -> None:
    expected = Reference(*parts)
    if text.startswith("registry:5000"):
        expected = expected._replace(registry="registry:5000")
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "${IMAGE}", "python:${VERSION}", "Python:3", "a:b:c", "a@b", ":3", "a/"]
)
def test_what_is_no_reference_is_none(text: str) -> None:
    assert parse(text) is None


def test_every_image_of_the_catalogue_is_a_reference() -> None:
    refs = [row["ref"] for row in _data()["images"].values()]
    assert [ref for ref in refs if parse(ref.format_map(Filled())) is None] == []


class Filled(dict[str, str]):
    """Any part of a reference."""

    def __missing__(self, key: str) -> str:
        return "1"


LEVELS = {
    ("python:3.12.1-slim", "python:3.12.4-slim"): "patch",
    ("python:3.12-slim", "python:3.12.4-slim"): "patch",
    ("python:3.12-slim", "python:3.13-slim"): "minor",
    ("python:3-slim", "python:3.13-slim"): "minor",
    ("node:22-slim", "node:24-slim"): "major",
    ("golang:1.25.9", "golang:1.25.10"): "patch",
    ("v8.io/x:v1.2.3", "v8.io/x:v1.2.4"): "patch",
    (f"python:3.12@{A}", f"python:3.12@{B}"): "digest",
    (f"a/b@{A}", f"a/b@{B}"): "digest",
    ("python:3.12", f"python:3.12@{A}"): "digest",
    (f"python:3.12.1@{A}", f"python:3.12.4@{B}"): "patch",
    ("python:3.12", "docker.io/library/python:3.12"): "none",
    # not raised
    ("python:3.12.4", "python:3.12.1"): None,
    ("python:3.12.4", "python:3.12"): None,
    ("python:3.12.4", "python:3.13"): None,
    (f"python:3.12@{A}", "python:3.12"): None,
    (f"python:3.12.1@{A}", "python:3.12.4"): None,
    # another image
    ("python:3.12-slim", "python:3.12-alpine"): None,
    ("python:3.12-slim", "python:3.12.1"): None,
    ("python:3.12", "python:3.14.0rc1"): None,
    ("python:3.12", "evil/python:3.12.1"): None,
    ("python:3.12", "evil.example/library/python:3.12.1"): None,
    ("debian:bookworm", "debian:trixie"): None,
    ("python:3.12", "python:${VERSION}"): None,
    ("a:01", "a:1"): None,
}


@pytest.mark.parametrize(("change", "how_far"), LEVELS.items(), ids=map(" ".join, LEVELS))
def test_how_far_a_reference_is_raised(change: tuple[str, str], how_far: str | None) -> None:
    assert level(*change) == how_far


@pytest.mark.parametrize(
    ("new", "least"), [(f"a:1.2.3@{B}", "digest"), (f"a:1.2.4@{B}", "patch"), (f"a:1.3.0@{B}", "minor")]
)
def test_each_range_allows_what_stands_before_it(new: str, least: Bump) -> None:
    old = f"a:1.2.3@{A}"
    assert [allowed for allowed in BUMPS if is_bump(old, new, allowed)] == [*BUMPS[BUMPS.index(least) :]]


def test_no_range_allows_a_major_version_or_nothing_at_all() -> None:
    assert not any(is_bump("a:1", "a:2", allowed) or is_bump("a:1", "a:1", allowed) for allowed in BUMPS)


# -- in texts

DOCKERFILE = """\
# syntax=docker/dockerfile:1.7
FROM --platform=$BUILDPLATFORM python:3.12.1-slim AS base
COPY --link --from=ghcr.io/astral-sh/uv:0.9.1 /uv /bin/
RUN --mount=type=bind,from=golang:1.25.1,source=/usr,target=/g --mount=from=busybox:1.36,target=/b true
COPY --from=base /a /b
FROM base AS prod
RUN echo from=nothing:1
"""


def test_a_dockerfile_names_images_in_five_places() -> None:
    assert [place.text for place in places("Dockerfile", DOCKERFILE)] == [
        "docker/dockerfile:1.7",
        "python:3.12.1-slim",
        "ghcr.io/astral-sh/uv:0.9.1",
        "golang:1.25.1",
        "busybox:1.36",
    ]


def test_a_compose_file_names_them_in_one() -> None:
    text = "a:\n  image: redis:8.2 # x\nb: {}\nc:\n  image: \"postgres:17\"\n  x: 'image: no:1'\n"
    assert [place.text for place in places("compose.yaml", text)] == ["redis:8.2", "postgres:17"]


def test_what_a_bot_raised_can_be_taken_back() -> None:
    raised = DOCKERFILE.replace("3.12.1", "3.12.9").replace("uv:0.9.1", "uv:0.9.30")
    assert unbumped("Dockerfile", DOCKERFILE, raised) == DOCKERFILE
    assert unbumped("Dockerfile", DOCKERFILE, raised, "digest") == raised
    assert images.raised("Dockerfile", DOCKERFILE, raised) == (
        ("ghcr.io/astral-sh/uv:0.9.1", "ghcr.io/astral-sh/uv:0.9.30"),
        ("python:3.12.1-slim", "python:3.12.9-slim"),
    )
    edited = raised.replace("AS prod", "AS prod\nUSER 7")
    assert unbumped("Dockerfile", DOCKERFILE, edited) == DOCKERFILE.replace("AS prod", "AS prod\nUSER 7")


@pytest.mark.parametrize(
    "evil", ["evil/python:3.12.9-slim", "python:3.11.9-slim", "python:3.13.0-slim", "python"]
)
def test_what_no_bot_may_do_stays_as_it_is(evil: str) -> None:
    edited = DOCKERFILE.replace("python:3.12.1-slim", evil)
    assert unbumped("Dockerfile", DOCKERFILE, edited) == edited


def settled(base: str, mine: str, theirs: str) -> tuple[str, ...]:
    texts = [f"FROM {ref} AS base\n" for ref in (base, mine, theirs)]
    return tuple(text.split()[1] for text in aligned("Dockerfile", texts[0], texts[1], texts[2]))


SETTLED = {
    "nothing new": ("a:1.0.1", "a:1.0.5", "a:1.0.1", "a:1.0.5"),
    "ours is newer": ("a:1.0.1", "a:1.0.5", "a:1.0.9", "a:1.0.9"),
    "ours is newer by far": ("a:1.0.1", "a:1.0.5", "a:2.0.0", "a:2.0.0"),
    "ours is older": ("a:1.0.1", "a:1.0.5", "a:1.0.3", "a:1.0.5"),
    "the same": ("a:1.0.1", "a:1.0.5", "a:1.0.5", "a:1.0.5"),
    "two digests": (f"a:1@{A}", f"a:1@{B}", f"a:1@{C}", f"a:1@{B}"),
    "a digest and a newer version": (f"a:1.0@{A}", f"a:1.0@{B}", f"a:1.1@{C}", f"a:1.1@{C}"),
    "ours became less exact": ("a:1.0.1", "a:1.0.5", "a:1.0", "a:1.0.5"),
}


@pytest.mark.parametrize(("base", "mine", "theirs", "result"), SETTLED.values(), ids=SETTLED)
def test_of_two_references_the_newer_one_stands(base: str, mine: str, theirs: str, result: str) -> None:
    assert settled(base, mine, theirs) == (result, result, result)


OPEN = {
    "nothing was raised": ("a:1.0.1", "a:1.0.1", "a:1.0.9"),
    "raised further than may be": ("a:1.0.1", "a:1.2.0", "a:1.0.9"),
    "lowered by hand": ("a:1.0.5", "a:1.0.1", "a:1.0.9"),
    "lowered by us, and far": ("a:1.5.1", "a:1.5.3", "a:1.4.0"),
    "another variant that is older": ("a:1.5.1-x", "a:1.5.3-x", "a:1.4.0-y"),
}


@pytest.mark.parametrize("texts", OPEN.values(), ids=OPEN)
def test_what_no_reference_decides_is_left_to_the_lines(texts: tuple[str, str, str]) -> None:
    assert settled(*texts) == texts


def test_another_image_in_its_place_is_what_is_new() -> None:
    for new in ("golden.example/a:1.0", "b:1", "a:1.0-slim", "a:1.1.0-slim"):
        assert settled("a:1.0.1", "a:1.0.5", new) == ("a:1.0.1", "a:1.0.1", new)


def test_of_several_versions_of_one_image_each_is_settled_in_its_order() -> None:
    base, mine, theirs = (
        f"FROM a:{one} AS x\nFROM a:{two} AS y\n"
        for one, two in [("1.0.1", "2.0.1"), ("1.0.5", "2.0.1"), ("1.0.1", "2.0.7")]
    )
    assert aligned("Dockerfile", base, mine, theirs)[1].split()[1] == "a:1.0.5"
    more = mine + "FROM a:3.0.1\n"
    assert aligned("Dockerfile", base, more, theirs) == (base, more, theirs)


def test_many_images_take_no_time() -> None:
    base = "".join(f"FROM a{number}:1.0.1\n" for number in range(30_000))
    mine = base.replace("1.0.1", "1.0.5")
    began = time.monotonic()
    assert unbumped("Dockerfile", base, mine) == base
    assert aligned("Dockerfile", base, mine, base) == (mine, mine, mine)
    assert time.monotonic() - began < 20
