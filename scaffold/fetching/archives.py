"""A pack in an archive, read in memory and within limits: nothing is unpacked onto the disk by its word."""

import io
import stat
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from scaffold.fetching.packfiles import MOST_BYTES, MOST_FILES, add, is_apart, refused
from scaffold.paths import normal, printable

if TYPE_CHECKING:
    import tarfile
    import zipfile

ENDINGS = (".tar.gz", ".tgz", ".tar", ".zip")

#: What an archive may have: more than a pack has, as its tests and the like are in it too.
MOST_ARCHIVE_BYTES = 16_000_000
MOST_UNPACKED_BYTES = 64_000_000
MOST_MEMBERS = 10 * MOST_FILES

#: What opens one member: None where it is no ordinary file.
_Opener = Callable[[], bytes] | None


def files_in_archive(content: bytes, name: str, folder: str = "") -> dict[str, bytes]:
    """Return the files of the pack in an archive; in its FOLDER, or in the one folder that all is in.

    UntrustedPack: it is no archive that can be read, or holds what no pack may have.
    """
    try:
        members = _zip(content, name) if content[:2] == b"PK" else _tar(content, name)
        return _files(members, name, folder)
    except (OSError, ValueError, EOFError, LookupError, RuntimeError, NotImplementedError) as error:
        raise refused(name, f"is no archive that can be read ({type(error).__name__})") from None
    except Exception as error:
        if type(error).__module__ in ("tarfile", "zipfile", "zlib"):
            raise refused(name, f"is no archive that can be read ({type(error).__name__})") from None
        raise


def _files(members: Mapping[str, _Opener], name: str, folder: str) -> dict[str, bytes]:
    under = _top(members, folder)
    files: dict[str, bytes] = {}
    for path, opened in sorted(members.items()):
        own = path.removeprefix(under)
        if not path.startswith(under) or is_apart(own):
            continue
        if opened is None:
            raise refused(name, f"{printable(path)}: is a link, or no ordinary file")
        add(files, own, opened(), name)
    return files


def _top(members: Iterable[str], folder: str) -> str:
    """Return what stands before the paths of the pack: archives of a release have one folder around all."""
    own = f"{folder}/" if folder else ""
    if f"{own}pack.toml" in members:
        return own
    tops = {path.partition("/")[0] for path in members}
    around = f"{tops.pop()}/{own}" if len(tops) == 1 else own
    return around if f"{around}pack.toml" in members else own


def _checked(path: str, members: Mapping[str, _Opener], name: str) -> str:
    """Return PATH where it leads nowhere else, and no other member has it; before it may stand "./"."""
    path = "" if path == "." else path.removeprefix("./")
    if normal(path) != path or "\\" in path:
        raise refused(name, f"{printable(path)}: leads out of the archive")
    if path in members or len(members) >= MOST_MEMBERS:
        raise refused(name, f"{printable(path)}: is in it twice, or there are more than {MOST_MEMBERS} files")
    return path


# -- zip


def _zip(content: bytes, name: str) -> dict[str, _Opener]:
    import zipfile

    members: dict[str, _Opener] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            path = _checked(info.filename.rstrip("/"), members, name)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if not info.is_dir():
                is_file = kind in (0, stat.S_IFREG)
                members[path] = _zipped(content, info) if is_file else None
    return members


def _zipped(content: bytes, info: "zipfile.ZipInfo") -> Callable[[], bytes]:
    """Return what reads one member, and no more of it than a pack's file may have."""

    def opened() -> bytes:
        import zipfile

        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(info) as file:
            return file.read(MOST_BYTES + 1)

    return opened


# -- tar


def _tar(content: bytes, name: str) -> dict[str, _Opener]:
    import tarfile

    plain = io.BytesIO(_gunzipped(content, name) if content[:2] == b"\x1f\x8b" else content)
    members: dict[str, _Opener] = {}
    with tarfile.open(fileobj=plain, mode="r:") as archive:
        for member in archive:
            path = _checked(member.name.rstrip("/"), members, name)
            if member.isdir():
                continue
            members[path] = _tarred(plain, member) if member.isreg() and not member.sparse else None
    return members


def _tarred(plain: io.BytesIO, member: "tarfile.TarInfo") -> Callable[[], bytes]:
    def opened() -> bytes:
        plain.seek(member.offset_data)
        return plain.read(min(member.size, MOST_BYTES + 1))

    return opened


def _gunzipped(content: bytes, name: str) -> bytes:
    """Return what CONTENT unpacks to, as far as that is no bomb."""
    import zlib

    unpacked = bytearray()
    while content:
        unpacker = zlib.decompressobj(wbits=31)
        unpacked += unpacker.decompress(content, MOST_UNPACKED_BYTES + 1 - len(unpacked))
        if len(unpacked) > MOST_UNPACKED_BYTES:
            raise refused(name, f"unpacks to more than {MOST_UNPACKED_BYTES:,} bytes")
        if not unpacker.eof:
            raise EOFError
        content = unpacker.unused_data
    return bytes(unpacked)
