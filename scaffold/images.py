"""References of images: what they name, which of two is newer, and whether a bot may have raised the one.

Renovate and Dependabot raise the tag or the digest of an image in files that we wrote. That is no drift, and
no edit to keep apart: `level` says how far a reference was raised, `is_bump` whether that is within what a
pack or a policy allows (`bump`), `unbumped` takes it back in a text, to see what else was edited there,
`raised` tells which were, and `aligned` settles them in three texts before their lines are merged. Reads no
disk.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

from scaffold.model import USUAL_BUMP, Bump
from scaffold.nouns import NamedTuple

BUMPS: tuple[Bump, ...] = get_args(Bump)

#: Where Docker looks for an image whose reference names no registry, and for one without a user.
#: https://docs.docker.com/reference/cli/docker/image/pull/
HUB, OFFICIAL = "docker.io", "library/"

#: https://pkg.go.dev/github.com/distribution/reference#pkg-overview
_REFERENCE = re.compile(
    r"(?:(?P<registry>(?:[A-Za-z0-9.-]+\.[A-Za-z0-9.-]*|localhost|[A-Za-z0-9.-]+(?=:\d))(?::\d+)?"
    r"|\[[0-9A-Fa-f:]+\](?::\d+)?)/)?"
    r"(?P<repository>[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*:[0-9A-Fa-f]{32,}))?",
    re.ASCII,
)

#: A name has at most 255 characters, a tag 128; the pattern is slow on what is far longer.
_LONGEST = 1_000

#: `3.12.4-slim-trixie` is a version and what it goes by; only tags that go by the same can be compared.
#: https://docs.renovatebot.com/modules/versioning/docker/
_TAG = re.compile(r"(?P<before>v?)(?P<version>\d+(?:\.\d+)*)(?P<after>.*)", re.ASCII)

#: Where a Dockerfile names an image. https://docs.docker.com/reference/dockerfile/
_IN_DOCKERFILE = re.compile(
    r"^[ \t]*(?:#[ \t]*syntax[ \t]*=[ \t]*|FROM[ \t]+(?:--platform=\S+[ \t]+)?)(?P<first>\S+)"
    r"|^[ \t]*(?:COPY|ADD)[ \t].*?--from=(?P<copied>\S+)"
    r"|--mount=(?:[^\s,]{1,200},){0,9}from=(?P<mounted>[^,\s]+)",
    re.MULTILINE | re.IGNORECASE,
)

#: Where a Compose file does. https://docs.docker.com/reference/compose-file/services/#image
_IN_COMPOSE = re.compile(r"""^[ \t]*(?:-[ \t]+)?image:[ \t]+["']?(?P<first>[^\s"'#]+)""", re.MULTILINE)


class Reference(NamedTuple):
    """What a reference says, in full."""

    registry: str  # "docker.io"
    repository: str  # "library/python"
    tag: str | None  # "3.12.4-slim-trixie"; None: none is named, so that it is `latest`
    digest: str | None  # "sha256:…"

    @property
    def name(self) -> str:
        """The image, whichever of its versions: "docker.io/library/python"."""
        return f"{self.registry}/{self.repository}"

    @property
    def version(self) -> tuple[int, ...]:
        """The version that the tag begins with; () where it is a word."""
        match = _TAG.fullmatch(self.tag or "")
        return tuple(map(int, match["version"].split("."))) if match else ()

    @property
    def variant(self) -> str:
        """What the tag says beside its version: "-slim-trixie"."""
        match = _TAG.fullmatch(self.tag or "")
        return f"{match['before']}{match['after']}" if match else self.tag or ""


def parse(text: str) -> Reference | None:
    """Return what TEXT names; None where it is no reference, or is one only once variables are filled in."""
    match = _REFERENCE.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    registry, repository = match["registry"] or HUB, match["repository"]
    if registry in ("index.docker.io", "registry-1.docker.io"):
        registry = HUB
    if registry == HUB and "/" not in repository:
        repository = OFFICIAL + repository
    return Reference(registry.lower(), repository, match["tag"], match["digest"])


def level(old: str, new: str) -> Bump | Literal["major"] | None:
    """Return how far NEW is raised above OLD; None where it is another image, or is not raised.

    A version may become more exact (3.12, 3.12.4) and a digest may be added; neither may go. Tags that differ
    in more than their version are of different images: `-slim` is no newer `-alpine`.
    """
    was, has = parse(old), parse(new)
    if was is None or has is None or (was.name, was.variant) != (has.name, has.variant):
        return None
    if was.digest is not None and has.digest is None:
        return None
    if was.version == has.version:
        return None if was.tag != has.tag else "digest" if was.digest != has.digest else "none"
    if has.version < was.version or len(has.version) < len(was.version):
        return None
    longer = (*was.version, *[-1] * (len(has.version) - len(was.version)))
    first = next(at for at, (one, other) in enumerate(zip(longer, has.version, strict=True)) if one != other)
    return ("major", "minor", "patch")[min(first, 2)]


def is_bump(old: str, new: str, allowed: Bump = USUAL_BUMP) -> bool:
    """Say whether NEW is OLD, raised no further than ALLOWED; an unchanged reference is not raised."""
    how_far = level(old, new)
    return how_far in BUMPS[1 : BUMPS.index(allowed) + 1]


# -- in texts


class Place(NamedTuple):
    """Where a text names an image by tag or digest."""

    start: int
    stop: int
    text: str
    reference: Reference

    @property
    def key(self) -> tuple[str, str]:
        """What a bot never changes."""
        return self.reference.name, self.reference.variant


def places(path: str, text: str) -> list[Place]:
    """Return where TEXT, the file at PATH, names images; a Compose file is one by its suffix."""
    pattern = _IN_COMPOSE if path.endswith((".yaml", ".yml")) else _IN_DOCKERFILE
    return list(_places(pattern, text))


def _places(pattern: re.Pattern[str], text: str) -> Iterator[Place]:
    for match in pattern.finditer(text):
        group = match.lastgroup or ""
        reference = parse(match[group])
        if reference is not None and (reference.tag or reference.digest):
            yield Place(match.start(group), match.end(group), match[group], reference)


def unbumped(path: str, base: str, mine: str, allowed: Bump = USUAL_BUMP) -> str:
    """Return MINE with every image that was raised within ALLOWED as BASE has it; PATH is the file's.

    So where this is BASE, nothing but images was edited, and no further than may be.
    """
    return _settled(path, (base, mine), lambda old, new: old if is_bump(old, new, allowed) else None)[1]


def raised(path: str, base: str, mine: str, allowed: Bump = USUAL_BUMP) -> tuple[tuple[str, str], ...]:
    """Return what was raised within ALLOWED from BASE to MINE: old and new reference, each pair once."""
    found: dict[tuple[str, str], None] = {}

    def note(old: str, new: str) -> None:
        if is_bump(old, new, allowed):
            found[old, new] = None

    _settled(path, (base, mine), note)
    return tuple(sorted(found))


def aligned(path: str, base: str, mine: str, theirs: str, allowed: Bump = USUAL_BUMP) -> tuple[str, str, str]:
    """Return the three texts with one and the same reference wherever MINE raised one within ALLOWED.

    It is the newer one, of MINE or of THEIRS: no image goes back silently. Of two digests nobody knows which
    is newer, and MINE stays. Where THEIRS has another image in its place, MINE is taken back to BASE, so that
    THEIRS is what is new. Where THEIRS goes further back than ALLOWED, nothing is settled: lines conflict.
    """

    def newer(old: str, mine: str, theirs: str) -> str | None:
        if not is_bump(old, mine, allowed):
            return None
        if theirs == mine or is_bump(theirs, mine, allowed):
            return mine
        one, other = parse(mine), parse(theirs)
        return theirs if one and other and other.version > one.version else None

    texts = _settled(path, (base, mine, theirs), newer)
    new = [place.reference for place in places(path, theirs)]

    def swapped(old: str, mine: str) -> str | None:
        is_gone = is_bump(old, mine, allowed) and _is_gone(parse(mine), new)
        return old if is_gone else None

    _, taken_back = _settled(path, texts[:2], swapped)
    return texts[0], taken_back, texts[2]


def _is_gone(one: Reference | None, new: Sequence[Reference]) -> bool:
    """Whether ONE has no successor among the NEW ones, and no older variant of the image took its place."""
    same = [other for other in new if one and other.name == one.name]
    return one is not None and all(
        other.variant != one.variant and other.version >= one.version[: len(other.version)] for other in same
    )


def _settled(path: str, texts: Sequence[str], decide: Callable[..., str | None]) -> tuple[str, ...]:
    """Return TEXTS with what DECIDE makes of references that correspond to each other; None leaves them."""
    found = [_by_key(places(path, text)) for text in texts]
    edits: list[list[tuple[Place, str]]] = [[] for _ in texts]
    for key in set.intersection(*(set(each) for each in found)):
        for group in _corresponding([each[key] for each in found]):
            settled = decide(*(each[0].text for each in group))
            if settled is not None:
                for own, same in zip(edits, group, strict=True):
                    own += [(place, settled) for place in same]
    return tuple(_replaced(text, own) for text, own in zip(texts, edits, strict=True))


def _by_key(found: Sequence[Place]) -> dict[tuple[str, str], list[Place]]:
    grouped: dict[tuple[str, str], list[Place]] = {}
    for place in found:
        grouped.setdefault(place.key, []).append(place)
    return grouped


def _corresponding(sides: Sequence[list[Place]]) -> list[tuple[list[Place], ...]]:
    """Return which places of all SIDES belong together: all, where each has one reference; else in order.

    Where one has more of them than another, nobody knows which is which.
    """
    if all(len({place.text for place in side}) == 1 for side in sides):
        return [tuple(sides)]
    if len({len(side) for side in sides}) == 1:
        return [tuple([place] for place in each) for each in zip(*sides, strict=True)]
    return []


def _replaced(text: str, edits: Sequence[tuple[Place, str]]) -> str:
    parts, done = [], 0
    for place, new in sorted(edits, key=lambda edit: edit[0].start):
        parts += [text[done : place.start], new]
        done = place.stop
    return "".join([*parts, text[done:]])
