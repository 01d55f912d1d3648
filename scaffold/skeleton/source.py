"""Where a template is: a starter's name, a folder, an archive or a git URL, laid down on this disk."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from scaffold.errors import Unreachable, UntrustedPack, WrongUse
from scaffold.fetching.git import KEPT, SAFE
from scaffold.nouns import NamedTuple
from scaffold.skeleton.starters import FOLDER, starters

#: A template that holds more is none, or does harm.
MAX_BYTES = 200_000_000
MAX_FILES = 20_000

#: How long a server may take to answer.
SECONDS = 60

#: What an installation leaves beside the sources of a starter.
_LITTER = shutil.ignore_patterns("__pycache__", "*.pyc")

#: No other helper of git's is started for a URL: https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL
_PROTOCOLS = "file:git:http:https:ssh"


class Template(NamedTuple):
    """A template on this disk."""

    folder: Path
    source: str  # as one can say it to others: nothing secret in it
    checkout: str | None = None
    commit: str | None = None


def open_template(
    where: str, into: Path, checkout: str | None, directory: str | None, *, can_ask: bool = False
) -> Template:
    """Return the template WHERE, fetched into the folder INTO if it is not on this disk.

    CHECKOUT is a branch, tag or commit of a repository; DIRECTORY the folder in it that has the template. Git
    asks for a password only where one can ask (CAN_ASK).
    """
    from cookiecutter.config import BUILTIN_ABBREVIATIONS
    from cookiecutter.repository import expand_abbreviations, is_repo_url, is_zip_file

    if where in starters():
        if checkout is not None:
            raise WrongUse(f"--checkout {checkout}: {where} is no git URL")
        folder = Path(shutil.copytree(FOLDER / where, into, ignore=_LITTER))
        return Template(_within(folder, directory, where), where)
    where = expand_abbreviations(where, BUILTIN_ABBREVIATIONS)
    source, commit = without_userinfo(where), None
    if is_zip_file(where):
        folder = _unzip(_download(where, into) if is_repo_url(where) else Path(where), into / "unpacked")
    elif is_repo_url(where):
        folder = _clone(where, checkout, into, can_ask=can_ask)
        commit = _git("-C", str(folder), "rev-parse", "HEAD").strip()
    else:
        folder = Path(where)
    if checkout is not None and commit is None:
        raise WrongUse(f"--checkout {checkout}: {source} is no git URL")
    return Template(_within(folder, directory, source), source, checkout, commit)


def _within(folder: Path, directory: str | None, source: str) -> Path:
    """Return the folder that has the template: DIRECTORY of FOLDER."""
    found = (folder / (directory or ".")).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise WrongUse(f"--directory {directory}: leads out of the template")
    if not (found / "cookiecutter.json").is_file():
        there = f"{source}, folder {directory}" if directory else source
        hint = "" if folder.is_dir() else f" (starters: {', '.join(starters())})"
        raise WrongUse(f"{there}: there is no template: no cookiecutter.json{hint}")
    return found


def without_userinfo(url: str) -> str:
    """Return URL without the name and password that open it."""
    try:
        parts = urlsplit(url)
    except ValueError:  # as of a bracket that stays open
        raise WrongUse(f"{url.rpartition('@')[2]}: is no address of a template") from None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)) if parts.netloc else url


# -- git


def _clone(url: str, checkout: str | None, into: Path, *, can_ask: bool) -> Path:
    """Return the repository at URL, cloned, at CHECKOUT."""
    if url.startswith("hg+"):
        raise WrongUse(f"{without_userinfo(url)}: Mercurial is not read; clone it, and name the folder")
    if checkout is not None and checkout.startswith("-"):
        raise WrongUse(f"--checkout {checkout}: is no branch, tag or commit")
    if url.startswith("git+") and ("#" in url or "@" in url.rpartition("/")[2]):
        raise WrongUse(
            f"{without_userinfo(url)}: of a template, --checkout names the ref, --directory the folder"
        )
    url = url.removeprefix("git+")
    whole = ("--depth", "1") if checkout is None else ()
    folder = into / "repository"
    into.mkdir(parents=True, exist_ok=True)
    _git("clone", "--quiet", *whole, "--", url, str(folder), can_ask=can_ask)
    if checkout is not None:
        try:
            _git("-C", str(folder), "checkout", "--quiet", checkout)
        except Unreachable as error:
            raise WrongUse(
                f"--checkout {checkout}: is no branch, tag or commit of {without_userinfo(url)}"
            ) from error
    return folder


def _git(*words: str, can_ask: bool = False) -> str:
    """Run git, which asks nobody where one cannot, and return what it printed."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in KEPT}
    limits = {"GIT_HTTP_LOW_SPEED_LIMIT": "1000", "GIT_HTTP_LOW_SPEED_TIME": str(SECONDS), "LC_ALL": "C"}
    quiet = {} if can_ask else {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}
    environment = {**quiet, **own, **limits, "GIT_ALLOW_PROTOCOL": _PROTOCOLS}
    command = ["git", *(word for setting in SAFE for word in ("-c", setting)), *words]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise Unreachable(
            f"git cannot be run: {error.strerror}; it fetches templates from git URLs"
        ) from error
    if done.returncode != 0:
        raise Unreachable(_last_line(done.stderr, words))
    return done.stdout


def _last_line(said: str, words: Sequence[str]) -> str:
    """Return what git said that tells most, with no password in it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = (
        [line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))] or lines or ["ended badly"]
    )
    return f"git {words[0]}: {re.sub('(://)[^/@ ]*@', '://', telling[0])}"


# -- archives


def _download(url: str, into: Path) -> Path:
    """Return the archive at URL, as a file."""
    import requests

    path = into / "template.zip"
    into.mkdir(parents=True, exist_ok=True)
    try:
        with requests.get(url, stream=True, timeout=SECONDS) as answer, path.open("wb") as file:
            answer.raise_for_status()
            for size, chunk in enumerate(answer.iter_content(1_000_000), start=1):
                if size > MAX_BYTES // 1_000_000:
                    raise UntrustedPack(f"{without_userinfo(url)}: more than {MAX_BYTES:,} bytes")
                file.write(chunk)
    except requests.RequestException as error:
        answer_code = error.response.status_code if error.response is not None else type(error).__name__
        raise Unreachable(f"{without_userinfo(url)}: cannot be fetched: {answer_code}") from error
    return path


def _unzip(path: Path, into: Path) -> Path:
    """Return the one folder of an archive, or all of it, unpacked; what is unpacked is no link."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if size > MAX_BYTES or len(entries) > MAX_FILES:
                raise UntrustedPack(f"{path}: unpacks to {len(entries):,} files and {size:,} bytes: too much")
            archive.extractall(into)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise WrongUse(f"{path}: cannot be unpacked: {error}") from error
    tops = list(into.iterdir())
    return tops[0] if len(tops) == 1 and tops[0].is_dir() else into
