"""Rules on what RUN does, and on ADD."""

import re
from collections.abc import Iterator

from scaffold.dockerfiles.dockerfile import Instruction, Stage
from scaffold.policy.rule import Found, Parameters, Rule, Subject
from scaffold.policy.stages import final_stages

#: What ends one command of a shell's line; what a pipe leads to is still of it.
_ENDS = re.compile(r"&&|;|\|\||\n")
_START = r"(?:^|&&|;|\||\(|\b(?:then|do|else)\s)\s*"
_LOADS = re.compile(r"\b(?:curl|wget)\b")
_INTO_SHELL = re.compile(
    r"\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:env\s+\S+\s+)?(?:/\S*/)?"
    r"(?:(?:ba|z|da|a|k)?sh|python[\d.]*|perl|node|ruby|php)\b(?!\s*[.-]\w+/)"
)
_LOADED_INSIDE = re.compile(r"(?:\$\(|<\(|`)\s*(?:curl|wget)\b")
_SHELL = re.compile(r"\b(?:sh|bash|eval|source)\b")
_SUDO = re.compile(rf"{_START}sudo\s", re.MULTILINE)

_CURL = re.compile(r"\bcurl\b")
_CURL_OPEN = re.compile(r"\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure|--proxy-insecure)(?=\s|$)")
_TLS_OFF = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"--no-check-certificate\b",
        r"--trusted-host\b",
        r"\bstrict-ssl[= ]+[\"']?false",
        r"\bsslVerify[= ]+[\"']?false",
        r"\bNODE_TLS_REJECT_UNAUTHORIZED[= ][\"']?0",
        r"\bPYTHONHTTPSVERIFY[= ][\"']?0",
        r"\bGIT_SSL_NO_VERIFY[= ][\"']?(?:1|true)",
        r"--(?:allow-unauthenticated|force-yes|allow-untrusted|nogpgcheck|no-gpg-checks)\b",
        r"\btrusted=yes\b",
        r"\bGOINSECURE[= ]\S",
    )
)
_WORLD = re.compile(r"\bchmod\s+(?:-\S+\s+)*(?:0?[0-7]{2}[2367]|(?:a|o|ugo|go|uo)?\+[rx]*w[rx]*)\s")

_APT_INSTALL = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+)*install\b")
_APT_UPDATE = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+)*update\b")

#: An installer, what shows that it leaves nothing behind, and the folder that may be a cache mount instead.
_CACHES = tuple(
    (name, re.compile(installs), re.compile(cleans), folder)
    for name, installs, cleans, folder in (
        (
            "apt-get install",
            r"\bapt(?:-get)?\s+(?:-\S+\s+)*install\b",
            r"/var/lib/apt/lists",
            "/var/lib/apt",
        ),
        ("apk add", r"\bapk\s+(?:-\S+\s+)*add\b", r"--no-cache\b|/var/cache/apk", "/var/cache/apk"),
        ("pip install", r"\bpip[\d.]*\s+(?:-\S+\s+)*install\b", r"--no-cache-dir\b|PIP_NO_CACHE_DIR", "/pip"),
        (
            "dnf install",
            r"\b(?:micro)?dnf\s+(?:-\S+\s+)*install\b",
            r"dnf clean all|/var/cache/",
            "/var/cache",
        ),
        ("yum install", r"\byum\s+(?:-\S+\s+)*install\b", r"yum clean all|/var/cache/", "/var/cache"),
    )
)

_ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tar\.\w+|zip)$")
_REMOTE = re.compile(r"(?:https?|ftp|git|ssh)://|git@")


def _at(instruction: Instruction, message: str) -> Found:
    return Found(instruction.line, message, instruction.whole)


def _told(instruction: Instruction) -> str:
    """Return what a RUN does as one text, in whichever form, without the comments of a script."""
    text = instruction.shell or " ".join(instruction.words or ())
    return re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def _runs(stages: tuple[Stage, ...]) -> Iterator[tuple[Instruction, str]]:
    for stage in stages:
        for instruction in stage.all("RUN", "ONBUILD"):
            text = _told(instruction)
            if instruction.name == "RUN" or text[:4].upper() == "RUN ":
                yield instruction, text


def _piped(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, text in _runs(subject.dockerfile.stages):
        if any(_runs_what_it_loads(command) for command in _ENDS.split(text)):
            yield _at(instruction, "a script from the network goes into a shell unread")


def _runs_what_it_loads(command: str) -> bool:
    loads = _LOADS.search(command)
    if loads is None:
        return False
    inside = list(_LOADED_INSIDE.finditer(command))
    is_inside = bool(inside) and _SHELL.search(command, 0, inside[-1].start()) is not None
    return is_inside or _INTO_SHELL.search(command, loads.end()) is not None


def _tls_off(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, text in _runs(subject.dockerfile.stages):
        yield from _without_tls(instruction, text)
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("ENV", "ARG"):
            yield from _without_tls(instruction, instruction.text)


def _without_tls(instruction: Instruction, text: str) -> Iterator[Found]:
    found = next((match[0] for pattern in _TLS_OFF if (match := pattern.search(text))), "")
    for command in _ENDS.split(text):
        curl = _CURL.search(command)
        if curl and (match := _CURL_OPEN.search(command, curl.end())):
            found = f"curl …{match[0]}"
    if found:
        yield _at(instruction, f"{' '.join(found.split())}: who answers is not verified")


def _sudo(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, text in _runs(subject.dockerfile.stages):
        if _SUDO.search(text):
            yield _at(instruction, "sudo: a build is root already, and a container needs no way to become it")


def _world_writable(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, text in _runs(final_stages(subject.dockerfile)):
        if _WORLD.search(f"{text} "):
            yield _at(instruction, "chmod lets everybody write")


def _cache(subject: Subject, _: Parameters) -> Iterator[Found]:
    stages = final_stages(subject.dockerfile)
    pip_is_told = any("PIP_NO_CACHE_DIR" in i.text for stage in stages for i in stage.all("ENV"))
    for instruction, text in _runs(stages):
        kept = " ".join(f"{mount.get('target', '')}{mount.get('dst', '')}" for mount in instruction.mounts)
        for name, installs, cleans, folder in _CACHES:
            is_told = pip_is_told and name.startswith("pip")
            if installs.search(text) and not cleans.search(text) and folder not in kept and not is_told:
                yield _at(instruction, f"{name} leaves its lists or its cache in the image")


def _recommends(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, text in _runs(final_stages(subject.dockerfile)):
        if _APT_INSTALL.search(text) and "no-install-recommends" not in text and "Recommends" not in text:
            yield _at(instruction, "apt-get installs what packages only recommend")


def _update_alone(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, text in _runs(subject.dockerfile.stages):
        if _APT_UPDATE.search(text) and not re.search(r"\binstall\b|\bupgrade\b|\bbuild-dep\b", text):
            yield _at(instruction, "apt-get update in a layer of its own grows old in the cache")


def _add_url(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, source in _added(subject):
        if _REMOTE.match(source) and instruction.flag("checksum") is None and not _is_commit(source):
            yield _at(instruction, f"ADD of {source} with no --checksum")


def _add_local(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, source in _added(subject):
        if not _REMOTE.match(source) and not _ARCHIVE.search(source) and "$" not in source:
            yield _at(instruction, f"ADD of {source}, where COPY does")


def _added(subject: Subject) -> Iterator[tuple[Instruction, str]]:
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("ADD"):
            for source in instruction.arguments[:-1]:
                if not source.startswith("<<"):
                    yield instruction, source.strip("\"'")


def _is_commit(source: str) -> bool:
    return re.search(r"(?:#|[?&](?:checksum|commit|ref)=)[0-9a-f]{40}", source) is not None


RULES = (
    Rule("run-pipe-shell", "dockerfile", "error", _piped),
    Rule("run-tls-off", "dockerfile", "error", _tls_off),
    Rule("run-sudo", "dockerfile", "error", _sudo),
    Rule("run-world-writable", "dockerfile", "warning", _world_writable),
    Rule("add-url", "dockerfile", "warning", _add_url),
    Rule("add-local", "dockerfile", "note", _add_local),
    Rule("package-cache", "dockerfile", "note", _cache),
    Rule("package-recommends", "dockerfile", "note", _recommends),
    Rule("package-update-alone", "dockerfile", "warning", _update_alone),
)
