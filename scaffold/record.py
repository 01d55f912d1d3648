"""The record: what we wrote into a project and why, kept in it, with nothing of the machine that wrote it.

`.scaffold/record.json` names the answers and the files, and `.scaffold/base/` has each file's pristine text.
It is read as a stranger's: whoever opens a project may have been sent it.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from scaffold.errors import WrongUse
from scaffold.model import USUAL_BUMP, Bump, Pin, Value
from scaffold.nouns import NamedTuple
from scaffold.paths import is_odd, normal
from scaffold.reading.formats import decode, explain, read_json
from scaffold.reading.store import Disk

FOLDER = ".scaffold"
RECORD = f"{FOLDER}/record.json"
BASE = f"{FOLDER}/base/"
POLICY = f"{FOLDER}/policy.toml"

#: The form of record.json. A newer one cannot be understood, and is not to be overwritten by us.
SCHEMA = 1

#: A record is a page of text; what is larger than this was not written by us.
MOST_BYTES = 1_000_000
MOST_FILES = 1_000
MOST_PACKS = 10
MOST_CHARACTERS = 1_000

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


_NONE: Mapping[str, Any] = MappingProxyType({})


class Record(NamedTuple):
    """What was written, by which version and from which answers."""

    tool: str  # "0.1.0"
    packs: tuple[Pin, ...]  # nearest first, the built-in one last
    answers: Mapping[str, Value] = _NONE  # only those that differ from what was offered
    files: Mapping[str, str] = _NONE  # path: SHA-256 of the pristine text
    base: Mapping[str, str] = _NONE  # path: the pristine text, where it is still there
    conflicts: tuple[str, ...] = ()  # files that what was new could not be merged into
    variables: tuple[str, ...] = ()  # what could be answered then, so that a newer pack's question shows
    beside: tuple[str, ...] = ()  # files of the user's in the place of ours, as `adopt` found them
    bump: Bump = USUAL_BUMP  # how far a bot may raise an image, as the pack said
    strangers: tuple[str, ...] = ()  # files of the user's where ours would be, which wait for a decision
    left_out: tuple[str, ...] = ()  # files of the pack that nobody wanted, so that no update brings them
    policy: str | None = None  # the text of the pack's policy.toml, where it lies there as it was written


def digest(text: str) -> str:
    """Return the SHA-256 of TEXT in UTF-8, for the record."""
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def record_files(record: Record) -> dict[str, str]:
    """Return the files that RECORD is kept in: path to text."""
    import json

    told = {
        "schema": SCHEMA,
        "tool": record.tool,
        "packs": [
            {key: said for key, said in pin._asdict().items() if said is not None} for pin in record.packs
        ],
        "answers": dict(record.answers),
        "files": dict(record.files),
        **({"bump": record.bump} if record.bump != USUAL_BUMP else {}),
        **({"policy": digest(record.policy)} if record.policy is not None else {}),
        **{key: list(names) for key, names in _lists(record).items() if names},
    }
    text = json.dumps(told, indent=2, sort_keys=True, allow_nan=False) + "\n"
    policy = {POLICY: record.policy} if record.policy is not None else {}
    return {RECORD: text, **policy, **{BASE + path: record.base[path] for path in sorted(record.base)}}


def _lists(record: Record) -> dict[str, tuple[str, ...]]:
    names = ("conflicts", "variables", "beside", "strangers", "left_out")
    return {name: getattr(record, name) for name in names}


def read_record(root: Path) -> Record | None:
    """Return the record that is kept in the folder ROOT, or None where there is none."""
    for path in (FOLDER, RECORD, BASE, POLICY):
        if (root / path).is_symlink():
            raise _refused(f"{path.removesuffix('/')} is a link")
    disk = Disk(root)
    try:
        content = disk.read(RECORD, MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:  # nothing is wrong with what it says, so that it must not be deleted
        raise WrongUse(f"{RECORD}: cannot be read: {explain(error)[0].lower()}") from None
    if len(content) > MOST_BYTES:
        raise _refused("is far too large")
    told = _parsed(content)
    record = _read(told)
    return record._replace(base=_read_base(disk, record.files), policy=_read_policy(disk, told))


def _parsed(content: bytes) -> Any:
    try:
        return read_json(decode(content))
    except Exception as error:  # a parser that runs out of stack too: see scaffold.reading.formats
        raise _refused(f"cannot be parsed: {explain(error)[0]}") from None


def _read(told: Any) -> Record:
    schema = _part(told, "schema", int)
    if schema > SCHEMA:
        raise WrongUse(f"{RECORD}: was written by a newer scaffold; use that version or a later one")
    return Record(
        tool=_part(told, "tool", str),
        packs=_pins(told),
        answers={key: _frozen(value) for key, value in _part(told, "answers", dict).items()},
        files=(files := _files(_part(told, "files", dict))),
        conflicts=_names(told, "conflicts", files),
        variables=_names(told, "variables"),
        beside=_names(told, "beside"),
        bump=_bump(told.get("bump", USUAL_BUMP)),
        strangers=_paths(told, "strangers"),
        left_out=_names(told, "left_out"),
    )


def _part(told: Any, key: str, kind: type[Any]) -> Any:
    value = told.get(key) if isinstance(told, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _refused(f"has no {key}")
    return value


def _pins(told: Mapping[str, Any]) -> tuple[Pin, ...]:
    """Return the packs that were used; a record of 0.1.0 has one, the built-in."""
    rows = [told["pack"]] if "pack" in told else _part(told, "packs", list)
    if not 1 <= len(rows) <= MOST_PACKS:
        raise _refused("names no pack, or far too many")
    return tuple(_pin(row) for row in rows)


def _pin(row: Any) -> Pin:
    named = (_part(row, "name", str), _part(row, "version", str))
    more = {key: _part(row, key, str) for key in Pin._fields[2:] if key in row}
    if any(is_odd(text) or len(text) > MOST_CHARACTERS for text in (*named, *more.values())):
        raise _refused("has a pack with a strange name or source")
    if not _SHA256.fullmatch(more.get("digest", "0" * 64)) or not _COMMIT.fullmatch(
        more.get("commit", "0" * 40)
    ):
        raise _refused("has a pack with a digest or a commit that is none")
    return Pin(*named, **more)


def _files(told: Mapping[str, Any]) -> dict[str, str]:
    if len(told) > MOST_FILES:
        raise _refused("names far too many files")
    for path, sha in told.items():
        if not is_writable(path):
            raise _refused("names a file that we would never write")
        if not isinstance(sha, str) or not _SHA256.fullmatch(sha):
            raise _refused("has a digest that is none")
    return dict(told)


def _bump(told: Any) -> Bump:
    for bump in get_args(Bump):
        if told == bump:
            return bump  # type: ignore[no-any-return]
    raise _refused("has a bump that is none")


def _names(told: Mapping[str, Any], key: str, known: Collection[str] | None = None) -> tuple[str, ...]:
    names = told.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _refused(f"has {key} that are no list of names")
    if known is not None and not set(names) <= set(known):
        raise _refused(f"names {key} in files that it does not name")
    return tuple(sorted(set(names)))


def _paths(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = _names(told, key)
    if not all(map(is_writable, names)):
        raise _refused(f"has {key} that are no paths of the project")
    return names


def is_writable(path: str) -> bool:
    """Whether PATH is one that we may write: inside the project, and neither git's nor the record's own."""
    if not path or normal(path) != path or "\\" in path or is_odd(path):
        return False
    return path.split("/")[0].lower() not in (".git", FOLDER)


def _read_base(disk: Disk, files: Mapping[str, str]) -> dict[str, str]:
    """Return the pristine texts that are still what the record says; any other is as if it were gone."""
    texts = ((path, _base_text(disk, path)) for path in files)
    return {path: text for path, text in texts if text is not None and digest(text) == files[path]}


def _read_policy(disk: Disk, told: Mapping[str, Any]) -> str | None:
    """Return the policy of the pack where it is there as it was written; any other one is the user's own."""
    if "policy" not in told:
        return None
    written = _part(told, "policy", str)
    if not _SHA256.fullmatch(written):
        raise _refused("has a digest that is none")
    try:
        text = disk.read(POLICY, MOST_BYTES).decode().replace("\r\n", "\n")
        return text if digest(text) == written else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise WrongUse(f"{POLICY}: cannot be read; restore it from version control") from None


def _base_text(disk: Disk, path: str) -> str | None:
    inside = BASE + path
    try:
        if disk.target(inside) != inside:  # some folder in between is a link
            return None
        return disk.read(inside, MOST_BYTES).decode().replace("\r\n", "\n")
    except (OSError, ValueError):
        return None


def _frozen(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value


def _refused(reason: str) -> WrongUse:
    return WrongUse(f"{RECORD}: {reason}; delete it or restore it from version control")
