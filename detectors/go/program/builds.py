"""How people build and run the programs: `go build`, `install` and `run` in Makefiles, Dockerfiles, CI …

They say which package is the program, with which tags it is built, and what is stamped into it. Runs nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, join
from types import MappingProxyType
from typing import Any

from scaffold.nouns import NamedTuple
from scaffold.paths import normal
from scaffold.reading.tree import Tree

from ...commands import read_steps
from ...hints import CI_FILES, DOCKERFILES, MARK

_MAKEFILES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile")
_TASKFILES = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml")
_RELEASERS = (".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml")
_SCRIPTS = ("build.sh", "run.sh", "start.sh", "bin/*.sh", "scripts/*.sh", "script/*", "hack/*.sh")
_READMES = ("README.md", "README", "readme.md", "README.rst", "README.txt", "Readme.md")
_AIR = (".air.toml", "air.toml", ".air.conf")

_ASSIGNED = r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*[:?]{0,2}=\s*(.*)"
_TARGET = r"([\w./%-]+(?:\s+[\w./%-]+)*)\s*:(?!=)"
_IN_MAKE = r"\$\((\w+)\)|\{\{\s*(\w+)\s*\}\}"
_MOUNTS = r"^(--\w+=\S+\s+)+"
_COMMAND = r"\bgo\b.*\b(build|install|run)\b|\bGO\b.*\b(build|install|run)\b"
_STAMP = r"""(?:^|\s)-X[\s=]+(?:'([^']+)'|"([^"]+)"|(\S+))"""
_MAX_LINES = 5_000
_MAX_LINE = 10_000
#: The flags of `go build` that take a word: https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies
_WITH_VALUE = frozenset(
    {
        "o", "C", "p", "asmflags", "buildmode", "buildvcs", "compiler", "gccgoflags", "gcflags", "exec",
        "installsuffix", "ldflags", "mod", "modfile", "overlay", "pgo", "pkgdir", "tags", "toolexec",
        "covermode", "coverpkg",
    }
)  # fmt: skip
_NO_STAMPS: Mapping[str, str] = MappingProxyType({})


class Built(NamedTuple):
    """A command that builds or runs packages."""

    verb: str  # "build" "install" "run"
    packages: tuple[str, ...]  # as they are written: "./cmd/api", "main.go", "example.com/shop/cmd/api"
    source: str
    file: str  # "make" "docker" "release" "air" "ci" "script" "readme"
    target: str = ""  # of a Makefile: "run"
    folder: str = "."  # where it is run
    output: str = ""  # "bin/api"
    tags: tuple[str, ...] = ()
    stamps: Mapping[str, str] = _NO_STAMPS  # "main.version": what it is set to, as it is written
    cgo: bool | None = None  # None: not said
    arguments: tuple[str, ...] = ()  # that the program is run with

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of its packages, relative to the root, where they are written as paths."""
        found = (_folder(self.folder, one) for one in self.packages or (".",))
        return tuple(dict.fromkeys(one for one in found if one))


def _folder(base: str, package: str) -> str | None:
    if package.endswith((".go", "/*")):
        package = dirname(package) or "."
    elif not package.startswith(".") and "." in package.partition("/")[0]:
        return None  # the path of a package
    inside = normal(join(base, package))
    return None if inside is None else inside or "."


def read_builds(tree: Tree) -> tuple[Built, ...]:
    """Return every command that builds or runs packages, those of the most telling files first."""
    readers = (_dockerfiles, _releasers, _air, _makefiles, _taskfiles, _scripts, _ci_files, _readmes)
    return tuple(one for read in readers for one in read(tree))


def _present(tree: Tree, patterns: Iterable[str]) -> Iterator[str]:
    found = (tree.glob(one) if "*" in one else ((one,) if one in tree else ()) for one in patterns)
    for path in dict.fromkeys(path for paths in found for path in paths):
        if MARK not in "\n".join(tree.text(path).splitlines()[:5]):
            yield path


# -- files


def _dockerfiles(tree: Tree) -> Iterator[Built]:
    for path in _present(tree, DOCKERFILES):
        variables: dict[str, str] = {}
        folder = ""
        from scaffold.dockerfiles.dockerfile import read_instructions  # most projects have none

        for one in read_instructions(tree.text(path)):
            if one.name in {"ARG", "ENV"}:
                variables |= one.pairs
            elif one.name == "FROM":
                folder = ""
            elif one.name == "WORKDIR":
                folder = folder or one.text.strip()
                inside = one.text.strip().removeprefix(folder).strip("/")
                variables["PWD"] = inside
            elif one.name == "RUN":
                text = re.sub(_MOUNTS, "", one.text)
                cgo = {"CGO_ENABLED": variables["CGO_ENABLED"]} if "CGO_ENABLED" in variables else {}
                yield from _of_text(
                    text, f"{path}:{one.line}", "docker", variables, cgo, variables.get("PWD", "")
                )


def _releasers(tree: Tree) -> Iterator[Built]:
    """https://goreleaser.com/customization/builds/go/"""
    for path in _present(tree, _RELEASERS):
        data = tree.yaml(path)
        builds = data.get("builds") if isinstance(data, dict) else None
        number = tree.line_of(path, r"^\s*builds:")
        for one in builds if isinstance(builds, list) else ():
            if isinstance(one, dict) and not one.get("skip"):
                yield _release(one, f"{path}:{number}")


def _release(one: Mapping[str, Any], source: str) -> Built:
    flags = " ".join(_texts(one.get("ldflags")))
    environment = dict(text.partition("=")[::2] for text in _texts(one.get("env")))
    tags = [tag for text in _texts(one.get("tags")) for tag in re.split(r"[,\s]+", text) if tag]
    return Built(
        "build",
        tuple(_texts(one.get("main"))) or (".",),
        source,
        "release",
        folder=str(one.get("dir") or "."),
        output=str(one.get("binary") or ""),
        tags=tuple(tags),
        stamps=_stamps(flags),
        cgo=_cgo(environment),
    )


def _air(tree: Tree) -> Iterator[Built]:
    """https://github.com/air-verse/air/blob/master/air_example.toml"""
    for path in _present(tree, _AIR):
        build = tree.toml(path).get("build")
        command = build.get("cmd") if isinstance(build, dict) else None
        number = tree.line_of(path, r"^\s*cmd\s*=")
        if isinstance(command, str):
            yield from _of_text(command, f"{path}:{number}", "air", {}, {}, "")


def _makefiles(tree: Tree) -> Iterator[Built]:
    for path in _present(tree, _MAKEFILES):
        variables, target = {"GO": "go"}, ""
        for number, text in _joined(tree.text(path)):
            assigned = None if text.startswith("\t") else re.fullmatch(_ASSIGNED, text)
            named = None if text[:1].isspace() else re.match(_TARGET, text)
            if assigned:
                variables[assigned[1]] = _expanded(assigned[2].strip(), variables)
            elif named:
                target = named[1].split()[0]
                text = text[named.end() :].partition(";")[2]
            line = _expanded(text.strip().lstrip("@-+"), variables)
            if re.search(_COMMAND, line) and not assigned:
                yield from _of_text(line, f"{path}:{number}", "make", variables, variables, "", target)


def _taskfiles(tree: Tree) -> Iterator[Built]:
    for path in _present(tree, _TASKFILES):
        data = tree.yaml(path)
        tasks = data.get("tasks") if isinstance(data, dict) else None
        for name, task in tasks.items() if isinstance(tasks, dict) else ():
            commands = task.get("cmds") if isinstance(task, dict) else task
            for text in _texts(commands):
                number = tree.line_of(path, re.escape(text.splitlines()[0][:40])) if text else None
                yield from _of_text(text, f"{path}:{number or 1}", "make", {}, {}, "", str(name))


def _scripts(tree: Tree) -> Iterator[Built]:
    for path in _present(tree, _SCRIPTS):
        yield from _of_lines(tree, path, "script")


def _ci_files(tree: Tree) -> Iterator[Built]:
    for path in _present(tree, CI_FILES):
        yield from _of_lines(tree, path, "ci")


def _readmes(tree: Tree) -> Iterator[Built]:
    for path in _present(tree, _READMES):
        yield from _of_lines(tree, path, "readme")


def _of_lines(tree: Tree, path: str, file: str) -> Iterator[Built]:
    for number, text in _joined(tree.text(path)):
        if re.search(_COMMAND, text):
            line = re.sub(r"^[\s>$`*-]*(run:\s*)?[|$>`]*\s*", "", text).rstrip("`")
            yield from _of_text(line, f"{path}:{number}", file, {}, {}, "")


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with those that they go on in, and the number of each."""
    held, start = "", 0
    for number, line in enumerate(text.split("\n")[:_MAX_LINES], start=1):
        start = start or number
        if len(held) + len(line) > _MAX_LINE:  # no person wrote it
            held, start = "", 0
            continue
        if line.endswith("\\"):
            held += f"{line[:-1]} "
            continue
        yield start, held + line
        held, start = "", 0


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """TEXT with `$(NAME)` of make, `{{NAME}}` of just, filled in."""
    return re.sub(_IN_MAKE, lambda match: variables.get(match[1] or match[2], match[0]), text)


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items if isinstance(item, str | int) and not isinstance(item, bool)]


# -- commands


def _of_text(
    text: str,
    source: str,
    file: str,
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    folder: str,
    target: str = "",
) -> Iterator[Built]:
    for step in read_steps(text, variables):
        said = {**environment, **dict(step.environment)}
        where = normal(join(folder, step.folder))
        if where is not None and (built := _of_command(step.argv, source, file, said)):
            yield built._replace(folder=where or ".", target=target)


def _of_command(
    argv: tuple[str, ...], source: str, file: str, environment: Mapping[str, str]
) -> Built | None:
    if len(argv) < 2 or argv[0].rpartition("/")[2] != "go" or argv[1] not in {"build", "install", "run"}:
        return None
    flags, rest = _flags(argv[2:])
    if argv[1] == "run":
        count = next((index for index, word in enumerate(rest) if not word.endswith(".go")), len(rest)) or 1
        packages, arguments = rest[:count], rest[count:]
    else:
        packages, arguments = rest, ()
    if any("@" in word for word in packages):
        return None  # a tool, in a version of its own
    return Built(
        argv[1],
        packages,
        source,
        file,
        output=flags.get("o", ""),
        tags=tuple(tag for tag in re.split(r"[,\s]+", flags.get("tags", "")) if re.fullmatch(r"[\w.]+", tag)),
        stamps=_stamps(flags.get("ldflags", "")),
        cgo=_cgo(environment),
        arguments=arguments,
    )


def _flags(words: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the flags, and what follows them."""
    flags: dict[str, str] = {}
    position = 0
    while position < len(words) and words[position].startswith("-"):
        name, equals, value = words[position].lstrip("-").partition("=")
        if not equals and name in _WITH_VALUE and position + 1 < len(words):
            position += 1
            value = words[position]
        flags[name] = value
        position += 1
    return flags, words[position:]


def _stamps(flags: str) -> dict[str, str]:
    """Return what `-X NAME=VALUE` sets: https://pkg.go.dev/cmd/link"""
    found = (next(part for part in match if part) for match in re.findall(_STAMP, flags))
    pairs = (one.partition("=") for one in found)
    return {name: value for name, equals, value in pairs if equals and re.fullmatch(r"[\w./~-]+", name)}


def _cgo(environment: Mapping[str, str]) -> bool | None:
    said = environment.get("CGO_ENABLED", "").strip("\"'")
    return {"0": False, "1": True}.get(said)
