"""From a source to a pack: fetched, pinned to a commit and a digest, verified, kept in the cache.

Nothing of a pack runs. What a person names is asked for anew; what a record names comes from the cache, or is
fetched where it is not there. A tag or an archive that is not what was recorded is refused: exit code 4. A
folder or a branch may change: that is a newer pack, and is said.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scaffold.errors import Unreachable, UntrustedPack, WrongUse
from scaffold.fetching.archives import MOST_ARCHIVE_BYTES, files_in_archive
from scaffold.fetching.cache import cache_folder, cached, keep, remember, remembered
from scaffold.fetching.overlays import declared, lay_over
from scaffold.fetching.packfiles import digest_of, files_in, refused
from scaffold.fetching.places import Source, below, check_ref, parse, written
from scaffold.model import Pin, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.packs import BUILTIN, Pack, builtin

if TYPE_CHECKING:
    from scaffold.fetching.git import Ref, Repository

#: Packs stand on one another; who stacks more has lost their way.
MOST_LAYERS = 6

#: After so many seconds nobody answers any more.
PATIENCE = 60


class Run(NamedTuple):
    """What holds for all packs that one is made of."""

    root: Path  # the project's, which the record is in
    cache: Path
    asks: bool  # whether a person named it now, so that its source is asked


class Got(NamedTuple):
    """The files of a pack, and what they are of."""

    files: Mapping[str, bytes]
    commit: str | None = None
    moves: bool = False  # it may be something else tomorrow: a folder, a branch
    note: str = ""


def load(text: str, root: Path, pins: Sequence[Pin] = (), base: Path | None = None) -> Pack:
    """Return the pack that TEXT names, for the project in ROOT, of which the record keeps PINS.

    A path in TEXT counts from BASE, by default the working directory.

    WrongUse: it names nothing, or there is a mistake in the pack. UntrustedPack: it holds what no pack may
    have, or is not what was recorded. Unreachable: its source does not answer, and it is not in the cache.
    """
    source = parse(text, base or Path())
    return _load(source, _pins_of(source, pins, root), Run(root, cache_folder(os.environ), asks=True))


def recorded(pins: Sequence[Pin], root: Path, *, asks: bool = False) -> Pack:
    """Return the pack that the record in ROOT names; where one ASKS, what its source has now.

    Raises what `load` does.
    """
    if [pin.name for pin in pins] == [BUILTIN]:
        return builtin()
    source = _recorded(pins[0], root)
    return _load(source, tuple(pins), Run(root, cache_folder(os.environ), asks))


def _recorded(pin: Pin, root: Path) -> Source:
    """Return where the pack of a PIN is: a folder that no record can name is in the cache alone."""
    if pin.source is None:
        return Source("cache", pin.digest or "")
    check_ref(pin.ref or "")
    return parse(pin.source, root)._replace(ref=pin.ref)


def _pins_of(source: Source, pins: Sequence[Pin], root: Path) -> tuple[Pin, ...]:
    """Return what is recorded of a SOURCE and those below it, where it is the one that is recorded."""
    if not pins or pins[0].digest is None:
        return ()
    same = (pins[0].source, pins[0].ref) == (written(source, root), source.ref)
    return tuple(pins) if same else ()


def _load(source: Source, pins: tuple[Pin, ...], run: Run, depth: int = 1) -> Pack:
    if source.kind == "builtin":
        return builtin()
    if depth > MOST_LAYERS:
        raise WrongUse(f"{source.shown}: stands on more than {MOST_LAYERS} packs, or on itself")
    got = _get(source, pins[0] if pins else None, run)
    own = declared(got.files, source.shown)
    pin = Pin(
        own["name"], own["version"], written(source, run.root), source.ref, got.commit, digest_of(got.files)
    )
    if pin.source is None:
        keep(run.cache, got.files)
    notes = _verified(pin, pins[0] if pins else None, got, source)
    on = _on(own, source)
    if source.kind == "cache" and on != BUILTIN and len(pins) > 1:
        under = _recorded(pins[1], run.root)
    else:
        under = below(on, source._replace(commit=got.commit))
    parent = _load(under, _pins_of(under, pins[1:], run.root), run, depth + 1)
    pack = lay_over(parent, pin, got.files, source.shown)
    return pack._replace(notes=(*notes, *parent.notes))


def _on(own: Mapping[str, object], source: Source) -> str:
    on = own.get("on", BUILTIN)
    if not isinstance(on, str):
        raise WrongUse(f'{source.shown}: pack.toml: on: is text, such as on = "{BUILTIN}"')
    return on


def _verified(pin: Pin, recorded: Pin | None, got: Got, source: Source) -> tuple[ProjectWarning, ...]:
    """Return what is to be said of a pack beside what the record says, or refuse it."""
    notes = [ProjectWarning("pack-offline", got.note, source.shown)] if got.note else []
    if recorded is None or recorded.digest == pin.digest:
        return tuple(notes)
    if not got.moves:
        raise UntrustedPack(
            f"{source.shown}: is not what was recorded: {_told(recorded)} then, {_told(pin)} now;"
            " ask its owner, and say another ref with --pack where the new one is meant"
        )
    if recorded.version == pin.version:
        changed = f"{pin.name} is not what was recorded, though its version is {pin.version} still"
    else:
        changed = f"{pin.name} {pin.version} is newer than what was recorded ({recorded.version})"
    return (*notes, ProjectWarning("newer-pack", changed, source.shown))


def _told(pin: Pin) -> str:
    return f"commit {pin.commit[:12]}" if pin.commit else f"sha256 {(pin.digest or '')[:12]}"


# -- each kind of source


def _get(source: Source, pin: Pin | None, run: Run) -> Got:
    match source.kind:
        case "folder":
            return _from_folder(source)
        case "archive":
            return _from_archive(source, pin, run)
        case "cache":
            return _from_cache(source, pin, run)
        case _:
            return _from_git(source, pin, run)


def _from_folder(source: Source) -> Got:
    place = Path(source.place)
    if not place.is_dir():
        raise Unreachable(f"{source.shown}: there is no such folder")
    try:
        return Got(files_in(place, source.shown), moves=True)
    except OSError as error:
        raise Unreachable(f"{source.shown}: cannot be read: {(error.strerror or '').lower()}") from None


def _from_cache(source: Source, pin: Pin | None, run: Run) -> Got:
    name = pin.name if pin is not None else source.shown
    files = cached(run.cache, source.place, name) if source.place else None
    if files is None:
        raise WrongUse(f"the pack {name} is from a folder that no record can name: say --pack FOLDER")
    return Got(files)


def _from_archive(source: Source, pin: Pin | None, run: Run) -> Got:
    """Return the files of an archive; one on this disk is always looked at, another is fetched once."""
    name, digest = source.shown, (pin and pin.digest) or ""
    if source.is_remote and not run.asks and digest and (files := cached(run.cache, digest, name)):
        return Got(files)
    try:
        content = _downloaded(source) if source.is_remote else _read(source)
    except Unreachable:
        digest = digest or remembered(run.cache, source.place, source.folder).get("digest", "")
        files = cached(run.cache, digest, name) if digest else None
        if files is None:
            raise
        return Got(files, note=f"{name} cannot be reached: this is what it was when it was fetched")
    files = files_in_archive(content, name, source.folder)
    remember(run.cache, source.place, source.folder, digest=keep(run.cache, files))
    return Got(files)


def _read(source: Source) -> bytes:
    try:
        with Path(source.place).open("rb") as file:
            content = file.read(MOST_ARCHIVE_BYTES + 1)
    except OSError as error:
        raise Unreachable(f"{source.shown}: cannot be read: {(error.strerror or '').lower()}") from None
    return _bounded(content, source)


def _downloaded(source: Source) -> bytes:
    """Fetch an archive; by https, wherever it is redirected to."""
    from base64 import b64encode
    from http.client import HTTPException
    from urllib.error import URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class OnlyHttps(HTTPRedirectHandler):
        def redirect_request(self, *arguments: object) -> Request | None:
            if not str(arguments[-1]).startswith("https://"):
                raise URLError("it is redirected to something that is not https")
            return super().redirect_request(*arguments)  # type: ignore[arg-type]

    request = Request(source.place + source.query)  # noqa: S310  it is https: see scaffold.fetching.places
    if source.credentials:
        token = b64encode(source.credentials.encode()).decode("ascii")
        request.add_unredirected_header("Authorization", f"Basic {token}")
    try:
        with build_opener(OnlyHttps).open(request, timeout=PATIENCE) as answer:
            content: bytes = answer.read(MOST_ARCHIVE_BYTES + 1)
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise Unreachable(f"{source.shown}: cannot be reached: {reason}") from None
    return _bounded(content, source)


def _bounded(content: bytes, source: Source) -> bytes:
    if len(content) > MOST_ARCHIVE_BYTES:
        raise refused(source.shown, f"is larger than {MOST_ARCHIVE_BYTES:,} bytes")
    return content


def _from_git(source: Source, pin: Pin | None, run: Run) -> Got:
    """Return the files of a commit: the recorded one where a record names it, else what the ref is now."""
    from scaffold.fetching.git import Ref, Repository

    known: Ref | None = Ref(source.commit, moves=True) if source.commit else None
    if pin is not None and pin.commit and not run.asks and source.commit in (None, pin.commit):
        if files := cached(run.cache, pin.digest or "-", source.shown):
            return Got(files, pin.commit)
        known = known or _still(source, pin)
    repository, note = Repository(source.place, source.credentials), ""
    if known is None:
        known, note = _resolved(repository, source, run)
    digest = remembered(run.cache, source.place, known.commit, source.folder).get("digest")
    files = cached(run.cache, digest, source.shown) if digest else None
    if files is None:
        files = repository.files(known.commit, source.folder, source.shown)
        remember(run.cache, source.place, known.commit, source.folder, digest=keep(run.cache, files))
    return Got(files, known.commit, known.moves, note)


def _still(source: Source, pin: Pin) -> "Ref":
    """Return the recorded commit to fetch, where its tag has not moved."""
    from scaffold.fetching.git import Ref, Repository

    now = Repository(source.place, source.credentials).resolve(source.ref)
    return now if not now.moves else Ref(pin.commit or now.commit, moves=False)


def _resolved(repository: "Repository", source: Source, run: Run) -> tuple["Ref", str]:
    """Return what the ref is now, or was when it was asked for last, and what is to be said of that."""
    from scaffold.fetching.git import Ref

    key = (source.place, source.ref or "")
    try:
        ref = repository.resolve(source.ref)
    except Unreachable:
        noted = remembered(run.cache, *key)
        if "commit" not in noted:
            raise
        note = f"{source.shown} cannot be reached: this is what it was when it was fetched"
        return Ref(noted["commit"], moves=noted.get("moves") == "yes"), note
    remember(run.cache, *key, commit=ref.commit, moves="yes" if ref.moves else "no")
    return ref, ""
