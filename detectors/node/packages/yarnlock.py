"""yarn.lock, of yarn 1 and of later ones: two formats that look alike. Reads lines, for YAML is slow."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .locks import Lock, asked, differs
from .manifest import Manifest, strings

_FIELD = r'\n  "?(version|resolved|resolution|cacheKey)"?:? (.*)'
_EDGE = r'    "?([^":\s]+)"?:? "?([^"]*)"?$'


class _Block(NamedTuple):
    keys: tuple[str, ...]  # "express@^4.18.0", "express@npm:^4.18.0"
    fields: dict[str, str]
    body: str  # the lines below the keys


def read_yarn(tree: Tree, path: str, manifests: tuple[Manifest, ...]) -> Lock:
    """Return what the yarn.lock at PATH holds."""
    blocks = tuple(_blocks(tree.text(path)))
    meta = next((block.fields for block in blocks if block.keys == ("__metadata",)), None)
    versions = _versions(blocks, manifests)
    git = next((_name(block.keys[0]) for block in blocks if _is_git(block)), None)
    if meta is not None:
        stale = _berry_stale(manifests, blocks)
        return Lock(path, meta.get("version", ""), versions, stale, git, True, meta.get("cacheKey", ""))
    return Lock(path, "1", versions, _classic_stale(manifests, blocks) if blocks else None, git)


def _blocks(text: str) -> Iterator[_Block]:
    text = f"\n{text}"
    starts = [match.end() for match in re.finditer(r"\n(?=[^ #\n])", text)]
    for start, end in pairwise((*starts, len(text) + 1)):
        keys, line_end, body = text[start : end - 1].partition("\n")
        fields = {name: value.strip('"') for name, value in re.findall(_FIELD, line_end + body)}
        yield _Block(_keys(keys), fields, body)


def _edges(block: _Block) -> dict[str, str]:
    """Return what BLOCK depends on."""
    found: dict[str, str] = {}
    section = ""
    for line in filter(str.strip, block.body.split("\n")):
        if not line.startswith("   "):
            section = line.strip().rstrip(":")
        elif section == "dependencies" and (edge := re.match(_EDGE, line)):
            found[edge[1]] = edge[2]
    return found


def _keys(line: str) -> tuple[str, ...]:
    return tuple(key.strip().strip('"') for key in line.rstrip().removesuffix(":").split(",") if key.strip())


def _name(key: str) -> str:
    """Return the package of a key: "@babel/core@npm:^7.1.0" is "@babel/core"."""
    return key[: key.find("@", 1)] if "@" in key[1:] else key


def _is_git(block: _Block) -> bool:
    said = block.fields.get("resolved", block.fields.get("resolution", ""))
    return "#commit=" in said or said.startswith("git+") or ".git#" in said


def _versions(blocks: tuple[_Block, ...], manifests: tuple[Manifest, ...]) -> dict[str, str]:
    wanted = {f"{name}@{text}" for manifest in manifests for name, text in asked(manifest).items()}
    found: dict[str, str] = {}
    for block in blocks:
        version = block.fields.get("version", "")
        own = any(_plain(key) in wanted for key in block.keys)
        for name in {_name(key) for key in block.keys if version and "workspace:" not in key}:
            found[name] = version if own else found.get(name, version)
    return found


def _plain(text: str) -> str:
    return text.replace("@npm:", "@", 1)


def _classic_stale(manifests: tuple[Manifest, ...], blocks: tuple[_Block, ...]) -> str | None:
    """Return what `yarn install --frozen-lockfile` would refuse: a pattern that is not there."""
    held = {key for block in blocks for key in block.keys}
    own = {str(manifest.name.value) for manifest in manifests if manifest.name}
    free = own | _resolved(manifests)
    for manifest in manifests:
        for name, text in asked(manifest).items():
            is_free = name in free or text.startswith(("link:", "workspace:"))
            if f"{name}@{text}" not in held and not is_free:
                return differs(manifest, name)
    return None


def _resolved(manifests: tuple[Manifest, ...]) -> set[str]:
    """Return the packages that `resolutions` decide: "**/a/b" and "b@^1" are "b"."""
    patterns = [key for manifest in manifests[:1] for key in strings(manifest.data.get("resolutions"))]
    return {_name(re.sub(r".*?((?:@[^/@]+/)?[^/]+)$", r"\1", pattern)) for pattern in patterns}


def _berry_stale(manifests: tuple[Manifest, ...], blocks: tuple[_Block, ...]) -> str | None:
    """Return what `yarn install --immutable` would refuse: the lock holds each workspace word for word."""
    held = {key.rpartition("@workspace:")[2]: block for block in blocks for key in block.keys if _is_own(key)}
    for manifest in manifests:
        block = held.get(manifest.folder)
        if block is None:
            return f"lacks the workspace {manifest.folder}"
        name = _first_other(_all(manifest), _edges(block))
        if name:
            return differs(manifest, name)
    return None


def _is_own(key: str) -> bool:
    return "@workspace:" in key


def _all(manifest: Manifest) -> dict[str, str]:
    return asked(manifest, ("optionalDependencies", "dependencies", "devDependencies"))


def _first_other(said: Mapping[str, str], held: Mapping[str, str]) -> str | None:
    for name in sorted(said.keys() | held.keys()):
        texts = [side.get(name, "\0").strip().removeprefix("npm:") for side in (said, held)]
        if texts[0] != texts[1] and not texts[0].startswith("patch:"):
            return name
    return None
