"""Where a pack is to be had: what people write for it, and what of that may be kept and shown.

    ../packs/acme                                    a folder
    acme-1.2.tar.gz, https://example.com/acme.zip    an archive
    git+https://example.com/packs.git@v1#python      a ref of a git repository, and a folder in it
    docker-scaffold                                  the built-in pack

No credential of a URL is recorded or shown, and no absolute path is recorded.
"""

import os
import posixpath
import re
from pathlib import Path
from urllib.parse import urlsplit

from scaffold.errors import UntrustedPack, WrongUse
from scaffold.fetching.archives import ENDINGS
from scaffold.fetching.packfiles import is_pack_path
from scaffold.nouns import NamedTuple
from scaffold.packs import BUILTIN
from scaffold.paths import is_odd, normal, printable

HOW = "a folder, an archive (.tar.gz, .zip), or git+https://HOST/REPOSITORY@REF"

#: The user that forges have for everybody: no credential, and nobody's name.
_EVERYBODY = "git"


class Source(NamedTuple):
    """Where a pack is to be had."""

    kind: str  # "builtin", "folder", "archive", "git", or "cache" for a folder that no record can name
    place: str = ""  # a path, a URL without its credentials, or a digest
    ref: str | None = None  # of git: what was asked for
    folder: str = ""  # the pack's, inside of the archive or the repository
    credentials: str = ""  # used, and neither recorded nor shown
    query: str = ""  # of a URL: it may hold a token, and is used, and neither recorded nor shown
    commit: str | None = None  # of git: no other one, as the pack that stands on this one is from it

    @property
    def is_remote(self) -> bool:
        """Whether it is fetched from another computer, so that it may name nothing on this one."""
        return "://" in self.place and not self.place.startswith("file://")

    @property
    def shown(self) -> str:
        """As messages name it."""
        ref = f"@{self.ref}" if self.ref else ""
        folder = f"#{self.folder}" if self.folder else ""
        return printable(f"{'git+' if self.kind == 'git' else ''}{self.place or BUILTIN}{ref}{folder}")


def parse(text: str, base: Path) -> Source:
    """Return where TEXT says that a pack is; a path counts from BASE. WrongUse where it says nothing."""
    if not text.strip() or is_odd(text):
        raise WrongUse(f"{printable(text)!r}: is no source of a pack: {HOW}")
    if text == BUILTIN:
        return Source("builtin")
    if text.startswith("git+"):
        return _git(text.removeprefix("git+"), base)
    whole, _, folder = text.partition("#")
    if re.match(r"[a-z+]+://", text):
        return _download(whole, _inside(folder, text))
    if re.match(r"[\w.-]+@[\w.-]+:", text):
        raise WrongUse(f"{text}: is written git+ssh://{text.replace(':', '/', 1)}@REF")
    if whole.lower().endswith(ENDINGS) and not (base / whole).is_dir():
        return Source("archive", _absolute(whole, base), folder=_inside(folder, text))
    return Source("folder", _absolute(text, base))


def written(source: Source, root: Path) -> str | None:
    """Return what the record in the folder ROOT keeps of a source, without its ref.

    It is None for a path that says more of this computer than how both lie to one another.
    """
    if source.kind in ("builtin", "cache"):
        return None
    folder = f"#{source.folder}" if source.folder else ""
    if source.is_remote:
        return f"{'git+' if source.kind == 'git' else ''}{source.place}{folder}"
    path = _relative(source.place.removeprefix("file://"), root)
    if path is None:
        return None
    return f"git+file:{path}{folder}" if source.kind == "git" else f"{path}{folder}"


def below(on: str, source: Source) -> Source:
    """Return the source of what the pack of SOURCE stands ON.

    UntrustedPack: a pack from elsewhere names something on this computer, or leads out of where it is from.
    """
    if on == BUILTIN or source.kind == "folder":
        return parse(on, Path(source.place))
    if on.startswith("git+") or "://" in on:
        other = parse(on, Path(source.place.removeprefix("file://")).parent)
        if source.is_remote and not other.is_remote:
            raise UntrustedPack(f"{source.shown}: stands on {printable(on)}, which is on this computer")
        return other
    inside = normal(posixpath.join(source.folder, on))
    if inside is None or not (inside == "" or is_pack_path(inside)):
        raise UntrustedPack(f"{source.shown}: stands on {printable(on)}, which leads out of where it is from")
    return source._replace(folder=inside)


def _git(text: str, base: Path) -> Source:
    whole, _, folder = text.partition("#")
    scheme, _, rest = whole.partition(":")
    if scheme not in ("https", "ssh", "file"):
        raise WrongUse(f"git+{printable(_bare(text))}: git packs come by https, ssh or file")
    authority, slash, path = (
        rest.removeprefix("//").partition("/") if rest.startswith("//") else ("", "", rest)
    )
    path, _, ref = path.rpartition("@") if "@" in path else (path, "", "")
    check_ref(ref)
    inside = _inside(folder, _bare(text))
    if scheme == "file":
        return Source("git", f"file://{_absolute(slash + path, base)}", ref or None, inside)
    credentials, _, host = authority.rpartition("@")
    if not host or host.startswith("-") or not path:
        raise WrongUse(f"git+{printable(_bare(text))}: names no repository")
    if scheme == "ssh" and credentials == _EVERYBODY:
        host, credentials = f"{_EVERYBODY}@{host}", ""
    return Source("git", f"{scheme}://{host}/{path}", ref or None, inside, credentials)


def check_ref(ref: str) -> None:
    """Refuse what is no ref: https://git-scm.com/docs/git-check-ref-format."""
    if ref.startswith("-") or ".." in ref or re.search(r"[\s~^:?*\[\\]", ref):
        raise WrongUse(f"{printable(ref)!r}: is no ref of a git repository")


def _download(url: str, folder: str) -> Source:
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    credentials, _, host = authority.rpartition("@")
    path, mark, query = path.partition("?")
    if scheme != "https" or not _is_host(host) or " " in url or not path.lower().endswith(ENDINGS):
        raise WrongUse(f"{printable(_bare(url))}: is no archive by https; a source is {HOW}")
    place = f"https://{host}{slash}{path}"
    return Source("archive", place, folder=folder, credentials=credentials, query=mark + query)


def _is_host(text: str) -> bool:
    """Whether TEXT is a host, and a port where it names one."""
    try:
        parts = urlsplit(f"//{text}")
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _bare(url: str) -> str:
    return re.sub(r"(?<=://)[^/]*@", "", url)


def _inside(folder: str, text: str) -> str:
    if folder and not is_pack_path(folder):
        raise WrongUse(f"{printable(_bare(text))}: {printable(folder)} is no folder inside of it")
    return folder


def _absolute(path: str, base: Path) -> str:
    return os.path.normpath(base.absolute() / path)


def _relative(path: str, root: Path) -> str | None:
    """Return PATH as it lies to ROOT, or None where that would name a user, or start from the disk's root."""
    there, here, home = (os.path.realpath(each) for each in (path, root, Path.home()))
    try:
        common = Path(os.path.commonpath((there, here)))
    except ValueError:  # on two drives of Windows
        return None
    names_user = Path(there).is_relative_to(home) and not common.is_relative_to(home)
    if common == common.parent or names_user:
        return None
    return Path(os.path.relpath(there, here)).as_posix()
