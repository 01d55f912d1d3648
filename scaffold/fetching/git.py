"""A pack in a git repository: which commit a ref is, and the files of it, with no checkout and nothing run.

git is called with hooks, submodules and strange transports turned off. Files are read from the object store,
so that neither filters (LFS) nor line ends touch them. A credential is handed over in the environment, and
stands in no argument, no configuration and no message.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from scaffold.errors import Unreachable, WrongUse
from scaffold.fetching.packfiles import MOST_BYTES, MOST_BYTES_TOGETHER, MOST_FILES, add, is_apart, refused
from scaffold.nouns import NamedTuple
from scaffold.paths import printable

#: https://git-scm.com/docs/git-config
SAFE = (
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "maintenance.auto=false",
    "gc.auto=0",
)

#: After so many seconds nobody answers any more.
PATIENCE = 120

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Ref(NamedTuple):
    """What a ref of a repository is at the moment."""

    commit: str
    moves: bool  # a branch does, by its nature; a tag and a commit must not


class Repository(NamedTuple):
    """Where a repository is, as it may be shown, and the credentials that are used and never shown."""

    url: str
    credentials: str = ""  # "user:token"

    def resolve(self, ref: str | None) -> Ref:
        """Return what REF is there: a tag, else a branch; the default branch where it is None.

        Unreachable: nobody answers. WrongUse: there is no such ref.
        """
        if ref is not None and COMMIT.fullmatch(ref):
            return Ref(ref, moves=False)
        names = (
            ("HEAD",) if ref is None else (f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}")
        )
        listed = self._git(["ls-remote", "--", self.url, *names])
        found = {
            name: commit
            for commit, _, name in (line.partition("\t") for line in listed.decode().splitlines())
        }
        for name in names:
            if name in found and COMMIT.fullmatch(found[name]):
                return Ref(found[name], moves=not name.startswith("refs/tags/"))
        raise WrongUse(f"{self.url}: there is no tag and no branch {printable(ref or 'HEAD')!r}")

    def files(self, commit: str, folder: str, name: str) -> dict[str, bytes]:
        """Return the files of the pack in a FOLDER of one commit.

        Unreachable: it cannot be fetched. UntrustedPack: it holds what no pack may have.
        """
        with tempfile.TemporaryDirectory(prefix="scaffold-") as place:
            self._git(["init", "--quiet", "--bare", "--template=", place])
            fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules"]
            self._git(["-C", place, *fetch, "--", self.url, f"+{commit}:refs/pack"])
            return _read(self, Path(place), folder, name)

    def _git(self, arguments: Sequence[str], stdin: bytes = b"") -> bytes:
        options = [word for setting in SAFE for word in ("-c", setting)]
        try:
            done = subprocess.run(  # noqa: S603  a list of words, and those of others come after `--`
                ["git", *options, *arguments],  # noqa: S607  whichever git the user has
                input=stdin,
                env=self._environment(),
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
        except FileNotFoundError:
            raise Unreachable(f"{self.url}: git is not installed, and this source needs it") from None
        except subprocess.TimeoutExpired:
            raise Unreachable(f"{self.url}: nobody answered for {PATIENCE} seconds") from None
        if done.returncode:
            raise Unreachable(f"{self.url}: cannot be reached: {self._said(done.stderr)}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """Return the environment without what another git left in it, as in a hook, and asking nobody."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in KEPT}
        own |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
        own.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        if self.credentials:
            scheme, _, rest = self.url.partition("://")
            own["GIT_CONFIG_COUNT"] = "1"
            own["GIT_CONFIG_KEY_0"] = f"url.{scheme}://{self.credentials}@{rest}.insteadOf"
            own["GIT_CONFIG_VALUE_0"] = self.url
        return own

    def _said(self, stderr: bytes) -> str:
        """Return what git said was fatal, with no credential in it."""
        lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith("fatal: ")]
        said = (fatal or lines[-1:] or ["it did not say why"])[0]
        said = printable(re.sub(r"(?<=://)[^/@\s]*@", "", said))
        for secret in filter(None, (self.credentials, *self.credentials.split(":"))):
            said = said.replace(secret, "…")
        return said.removeprefix("fatal: ")[:200]


#: Of git's variables, those that say how the user gets in.
KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL")


def _read(repository: Repository, place: Path, folder: str, name: str) -> dict[str, bytes]:
    tree = f"refs/pack:{folder}" if folder else "refs/pack"
    try:
        listed = repository._git(["-C", str(place), "ls-tree", "-r", "-z", "-l", "--full-tree", tree])
    except Unreachable:  # all is here by now
        raise WrongUse(f"{name}: there is no folder {printable(folder)!r} in it") from None
    wanted, together = dict[str, str](), 0
    for entry in filter(None, listed.split(b"\0")):
        mode, kind, blob, size, path = _entry(entry)
        if is_apart(path):
            continue
        if kind != "blob" or mode not in ("100644", "100755"):
            raise refused(name, f"{printable(path)}: is a link or a submodule, and no file")
        if int(size) > MOST_BYTES:
            raise refused(name, f"{printable(path)}: is larger than {MOST_BYTES:,} bytes")
        together += int(size)
        if len(wanted) >= MOST_FILES or together > MOST_BYTES_TOGETHER:
            raise refused(name, f"has more than {MOST_FILES} files, or {MOST_BYTES_TOGETHER:,} bytes")
        wanted[path] = blob
    contents = _contents(repository, place, list(wanted.values()))
    files: dict[str, bytes] = {}
    for path in wanted:
        add(files, path, next(contents), name)
    return files


def _entry(entry: bytes) -> tuple[str, str, str, str, str]:
    about, _, path = entry.partition(b"\t")
    mode, kind, blob, size = about.decode("ascii").split()
    return mode, kind, blob, size, path.decode("utf-8", "surrogateescape")


def _contents(repository: Repository, place: Path, blobs: Sequence[str]) -> Iterator[bytes]:
    """Yield the content of each of BLOBS: https://git-scm.com/docs/git-cat-file#_batch_output"""
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    said = repository._git(["-C", str(place), "cat-file", "--batch"], asked)
    at = 0
    for _ in blobs:
        end = said.index(b"\n", at)
        size = int(said[at:end].split()[2])
        yield said[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
