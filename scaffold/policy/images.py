"""Rules on images, wherever they are named: FROM, COPY --from, RUN --mount, # syntax, in Compose files."""

import re
from collections.abc import Iterator

from scaffold.images import HUB, OFFICIAL, Reference, parse
from scaffold.policy.globs import ends_of
from scaffold.policy.rule import Found, ImageUse, Parameter, Parameters, Rule, Subject

#: The languages whose releases the catalogue knows, by the image of Docker Hub that has them.
_LANGUAGES = {"python": "python", "node": "node", "golang": "go"}

#: Where a stage can be named in place of an image.
_STAGED = ("COPY --from", "RUN --mount")


def read(reference: str) -> Reference:
    """Return the parts of REFERENCE; of what is none, the whole as its name, which nothing allows."""
    return parse(reference) or Reference("", reference, None, None)


def _full(pattern: str) -> str:
    """Return PATTERN, which may have wildcards, with the registry and the folder that Docker adds."""
    host, slash, rest = pattern.partition("/")
    if not slash or not (set(host) & set(".:*") or host == "localhost"):
        return f"{HUB}/{pattern}" if slash else f"{HUB}/{OFFICIAL}{pattern}"
    is_official = host == HUB and "/" not in rest and not rest.startswith("*")
    return f"{host}/{OFFICIAL}{rest}" if is_official else pattern


def _allows(allowed: str, reference: str) -> bool:
    """Say whether ALLOWED stands for REFERENCE.

    `*` is part of one name, so that "*.example.com/x" allows no image of a host that is somebody else's; at
    the end behind a slash, and as `**`, it is anything. Without a tag it allows every tag.
    """
    if allowed in ("*", "**"):
        return True
    whole, at, digest = _full(allowed).partition("@")
    has_tag = ":" in whole.rpartition("/")[2]
    whole = f"{whole}*" if whole.endswith("/*") else whole
    rests = (reference[end:] for end in ends_of(whole, reference))
    if digest:
        return at + digest in rests
    return any(not rest or rest[0] in ("@" if has_tag else ":@") for rest in rests)


def is_allowed(reference: str, allowed: tuple[str, ...]) -> bool:
    """Say whether one of the patterns ALLOWED stands for REFERENCE."""
    image = read(reference)
    tag, digest = f":{image.tag}" if image.tag else "", f"@{image.digest}" if image.digest else ""
    return any(_allows(pattern, image.name + tag + digest) for pattern in allowed)


def _is_only_tag_open(written: str) -> str | None:
    """Return the name in a reference of which nothing but the tag is left to a variable: `acme/shop:$TAG`."""
    name = re.match(r"([^$@]+/[^$@:]*):\$", written)
    return name[1] if name and "/" not in re.sub(r"\$\{[^}]*\}", "", written[name.end(1) :]) else None


# -- rules


def _allowed(subject: Subject, parameters: Parameters) -> Iterator[Found]:
    allow = tuple(parameters["allow"])
    if not allow:
        return
    for use in subject.images:
        if use.image is None:
            name = _is_only_tag_open(use.written)
            if name is None or not is_allowed(name, allow):
                yield _found(use, f"{use.written} cannot be told before the build, so that nothing allows it")
        elif not is_allowed(use.image, allow):
            yield _found(use, f"{use.image} is none of the images that are allowed: {', '.join(allow)}")


def _unresolved(subject: Subject, _: Parameters) -> Iterator[Found]:
    for use in subject.images:
        if use.image is None:
            yield _found(use, f"which image {use.written} is cannot be told: a variable has no default")


def _tag(subject: Subject, _: Parameters) -> Iterator[Found]:
    for use in subject.images:
        image = read(use.image or "x:1")
        if image.digest:
            continue
        if not image.tag:
            is_stage = use.where in _STAGED and "/" not in (use.image or "")
            hint = ", and no stage is called that" if is_stage else ""
            yield _found(use, f"{use.image} has no tag{hint}")
        elif image.tag == "latest":
            yield _found(use, f"{use.image} is whatever is newest on the day of the build")


def _digest(subject: Subject, _: Parameters) -> Iterator[Found]:
    for use in subject.images:
        if use.image is not None and read(use.image).digest is None:
            yield _found(use, f"{use.image} has no digest")


def _end_of_life(subject: Subject, _: Parameters) -> Iterator[Found]:
    for use in subject.images:
        image = read(use.image or "")
        name = image.name.removeprefix(f"{HUB}/{OFFICIAL}")
        version = re.match(r"\d+(?:\.\d+)?", image.tag or "")
        if name not in _LANGUAGES or version is None:
            continue
        ended = _ended(_LANGUAGES[name], version[0])
        if ended:
            yield _found(use, f"{use.image}: {name} {version[0]} had its last security fix on {ended}")


def _ended(stack: str, version: str) -> str:
    """Return the day on which a release ended, or "" where it has not, or where nobody knows."""
    from scaffold.catalogue import releases

    parts = version.split(".")
    known = releases(stack)
    for release in known:
        own = release.version.split(".")
        if own == parts[: len(own)]:
            return release.eol if release.ended else ""
    oldest = known[-1].version.split(".")
    is_older = [int(part) for part in parts] < [int(part) for part in oldest] and len(parts) >= len(oldest)
    return f"a day before {known[-1].eol}" if is_older else ""


def _found(use: ImageUse, message: str) -> Found:
    return Found(use.line, f"{use.where}: {message}", use.text)


RULES = (
    Rule("image-allowed", "image", "error", _allowed, {"allow": Parameter("texts")}),
    Rule("image-unresolved", "image", "warning", _unresolved),
    Rule("image-tag", "image", "error", _tag),
    Rule("image-digest", "image", "off", _digest),
    Rule("image-end-of-life", "image", "warning", _end_of_life),
)
