"""Rules on what RUN does, and on ADD."""

import re
from collections.abc import Iterator

from scaffold.dockerfile import Instruction, Stage
from scaffold.policy.rule import Found, Parameters, Rule, Subject
from scaffold.policy.stages import final_stages

#: The rest of one command of a shell's line.
_REST = r"(?:(?!&&|;|\|\||\n).)*"
_START = r"(?:^|&&|;|\||\(|\b(?:then|do|else)\s)\s*"
_SHELLS = r"(?:sudo\s+)?(?:env\s+\S+\s+)?(?:/\S*/)?(?:(?:ba|z|da|a|k)?sh|python[\d.]*|perl|node|ruby|php)\b(?!\s*[.-]\w+/)"
_LOADS = r"\b(?:curl|wget)\b"

_PIPED = re.compile(
    rf"{_LOADS}{_REST}\|\s*{_SHELLS}|\b(?:sh|bash|eval|source)\b[^\n;&|]*(?:\$\(|<\(|`)\s*(?:curl|wget)\b",
    re.MULTILINE,
)
_SUDO = re.compile(rf"{_START}sudo\s", re.MULTILINE)

_TLS_OFF = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"\bcurl\b{_REST}\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure|--proxy-insecure)(?=\s|$)",
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
_APT_LISTS = re.compile(r"\brm\s+-\S+\s.*?/var/lib/apt/lists")

#: An installer, what shows that it leaves nothing behind, and the folder that may be a cache mount instead.
_CACHES = (
    ("apt-get install", _APT_INSTALL, _APT_LISTS, "/var/lib/apt"),
    ("apk add", re.compile(r"\bapk\s+(?:-\S+\s+)*add\b"), re.compile(r"--no-cache\b|/var/cache/apk"), "/var/cache/apk"),
    (
        "pip install",
        re.compile(r"\bpip[\d.]*\s+(?:-\S+\s+)*install\b"),
        re.compile(r"--no-cache-dir\b|PIP_NO_CACHE_DIR"),
        "/pip",
    ),
    ("dnf install", re.compile(r"\b(?:micro)?dnf\s+(?:-\S+\s+)*install\b"), re.compile(r"dnf clean all|/var/cache/"), "/var/cache"),
    ("yum install", re.compile(r"\byum\s+(?:-\S+\s+)*install\b"), re.compile(r"yum clean all|/var/cache/"), "/var/cache"),
)  # fmt: skip

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
        if _PIPED.search(text):
            yield _at(instruction, "a script from the network goes into a shell unread")


def _tls_off(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction, text in _runs(subject.dockerfile.stages):
        yield from _without_tls(instruction, text)
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("ENV", "ARG"):
            yield from _without_tls(instruction, instruction.text)


def _without_tls(instruction: Instruction, text: str) -> Iterator[Found]:
    found = next((match for pattern in _TLS_OFF if (match := pattern.search(text))), None)
    if found:
        words = found[0].split()
        told = words[-1] if len(words) < 3 else f"{words[0]} … {words[-1]}"
        yield _at(instruction, f"{told}: who answers is not verified")


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
    Rule(
        "run-pipe-shell",
        "dockerfile",
        "error",
        "No script from the network is run unread",
        "Whoever answers for that address today decides what is in the image, and the build notes nothing of it.",
        "Download to a file with a version in its address, compare its checksum, then run it; or take a package, or "
        "`COPY --from` an image.",
        _piped,
    ),
    Rule(
        "run-tls-off",
        "dockerfile",
        "error",
        "TLS and signatures are verified",
        "Anybody between the build and the server can answer in its place.",
        "Install the certificate of your own authority instead, and delete the switch.",
        _tls_off,
        tuple(f"CKV2_DOCKER_{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 11, 12)),
    ),
    Rule(
        "run-sudo",
        "dockerfile",
        "error",
        "sudo is not used",
        "RUN is root until a USER says otherwise, and an image with sudo in it has a way back to root.",
        "Do what needs root before the USER.",
        _sudo,
        ("DL3004", "CKV2_DOCKER_1", "AVD-DS-0010"),
    ),
    Rule(
        "run-world-writable",
        "dockerfile",
        "warning",
        "Nothing is made writable for everybody",
        "A program that can be changed by whoever broke into it runs the intruder's code from then on.",
        "Give the one folder that is written to its user: `COPY --chown=65532:65532`, or a volume.",
        _world_writable,
    ),
    Rule(
        "add-url",
        "dockerfile",
        "warning",
        "ADD of a URL has a checksum",
        "What that address gives can be something else tomorrow, or today for you alone.",
        "`ADD --checksum=sha256:… https://…`; of git, name the commit.",
        _add_url,
        ("CKV_DOCKER_4",),
    ),
    Rule(
        "add-local",
        "dockerfile",
        "note",
        "COPY, where nothing is fetched or unpacked",
        "ADD does more than it says: it unpacks some archives, and fetches addresses.",
        "Write COPY.",
        _add_local,
        ("DL3020", "CKV_DOCKER_4", "AVD-DS-0005"),
    ),
    Rule(
        "package-cache",
        "dockerfile",
        "note",
        "Package managers leave no cache in the final image",
        "It is never read again, and is pulled with every release.",
        "Clean up in the same RUN (`rm -rf /var/lib/apt/lists/*`, `apk add --no-cache`, `pip install --no-cache-dir`), "
        "or keep the cache in a `RUN --mount=type=cache`.",
        _cache,
        ("DL3009", "DL3019", "DL3032", "DL3040", "DL3042"),
    ),
    Rule(
        "package-recommends",
        "dockerfile",
        "note",
        "apt-get installs nothing that is only recommended",
        "Recommended packages are often more than all that is needed.",
        "`apt-get install --no-install-recommends`",
        _recommends,
        ("DL3015", "AVD-DS-0029"),
    ),
    Rule(
        "package-update-alone",
        "dockerfile",
        "warning",
        "apt-get update stands in the RUN that installs",
        "The layer is taken from the cache for months, and an install after it asks for packages that are gone.",
        "`apt-get update && apt-get install …` in one RUN.",
        _update_alone,
        ("CKV_DOCKER_5", "AVD-DS-0017"),
    ),
)
