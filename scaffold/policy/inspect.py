"""From a tree to what the rules say of its Dockerfiles and Compose files, ours or anybody's."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from scaffold.dockerfiles.dockerfile import Dockerfile
from scaffold.nouns import NamedTuple
from scaffold.paths import printable
from scaffold.policy.composefile import ComposeFile
from scaffold.policy.rule import ImageUse, Parameters, Rule, Subject
from scaffold.policy.rules import RULES
from scaffold.policy.settings import OFF, Policy
from scaffold.problems import Problem
from scaffold.reading.tree import Tree

#: What Dockerfiles are called. Docker and BuildKit take any name; what Compose builds is looked at as well.
_DOCKERFILE = re.compile(
    r"(?:.+\.)?(?:dockerfile|containerfile)|(?:dockerfile|containerfile)[._-].+", re.IGNORECASE
)

#: https://docs.docker.com/compose/how-tos/multiple-compose-files/merge/
_COMPOSE = re.compile(r"(?:.+[._-])?compose(?:[._-].+)?\.ya?ml", re.IGNORECASE)

#: What is made of a Dockerfile, or a Dockerfile is made of: templates, copies that merges leave.
_NONE = (
    ".dockerignore", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".erb", ".ejs", ".mustache",
    ".hbs", ".orig", ".rej", ".md", ".rst", ".txt", ".py", ".go", ".js", ".ts", ".rb", ".sh", ".json",
    ".toml", ".yaml", ".yml", ".html", ".snap",
)  # fmt: skip

#: The Compose files that stand for themselves; the others of a folder are laid over them.
_BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")

#: Which policy holds for a path.
PolicyOf: TypeAlias = Callable[[str], Policy]


def is_dockerfile(name: str) -> bool:
    """Say whether NAME, of a file, is that of a Dockerfile."""
    return _DOCKERFILE.fullmatch(name) is not None and not name.lower().endswith(_NONE)


def is_compose(name: str) -> bool:
    """Say whether NAME, of a file, is that of a Compose file."""
    return _COMPOSE.fullmatch(name) is not None


def is_ours(name: str) -> bool:
    """Say whether NAME, of a file, is that of one that is checked."""
    lower = name.lower()
    if "file" not in lower and "compose" not in lower:  # as most are
        return False
    return is_dockerfile(name) or is_compose(name)


class Files(NamedTuple):
    """The files of a tree that are checked."""

    dockerfiles: tuple[str, ...]
    compose: Mapping[str, ComposeFile]
    contexts: Mapping[str, tuple[str, ...]]  # by Dockerfile: the folders that Compose builds it in

    @property
    def paths(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return tuple(sorted({*self.dockerfiles, *self.compose}))


def find_files(tree: Tree) -> Files:
    """Return what there is to check in TREE: by name, and what Compose files build."""
    named = [path for path in tree.paths if is_ours(path[path.rfind("/") + 1 :])]
    compose = {
        path: ComposeFile(path, tree.text(path)) for path in named if is_compose(path[path.rfind("/") + 1 :])
    }
    _take_in(tree, compose)
    dockerfiles = dict.fromkeys(path for path in named if path not in compose)
    contexts: dict[str, tuple[str, ...]] = {}
    for file in compose.values():
        for _, context, path in file.built():
            if path in tree:
                dockerfiles[path] = None
                contexts[path] = tuple(dict.fromkeys((*contexts.get(path, ()), context)))
    _lay_over(compose)
    return Files(tuple(sorted(dockerfiles)), compose, contexts)


def _take_in(tree: Tree, compose: dict[str, ComposeFile]) -> None:
    """Add to COMPOSE the files that those take in, whatever they are called."""
    waiting = list(compose.values())
    while waiting:
        file = waiting.pop()
        for path in map(file.inside, file.others()):
            if path in tree and path not in compose:
                compose[path] = ComposeFile(path, tree.text(path))
                waiting.append(compose[path])


def _lay_over(compose: Mapping[str, ComposeFile]) -> None:
    """Tell each Compose file which of its services another file of the folder defines first."""
    first: dict[str, set[str]] = {}
    for path, file in compose.items():
        if posixpath.basename(path) in _BASES:
            first.setdefault(posixpath.dirname(path), set()).update(file.services)
    for path, file in compose.items():
        if posixpath.basename(path) not in _BASES:
            file.overlaid = frozenset(first.get(posixpath.dirname(path), ()))


def inspect(tree: Tree, files: Files, policy_of: PolicyOf) -> Iterator[Problem]:
    """Yield what the rules say of FILES, each by the policy that holds for its path."""
    for subject in _subjects(tree, files):
        policy = policy_of(subject.path)
        kind = "dockerfile" if subject.compose is None else "compose"
        for rule in RULES:
            severity = policy.severities[rule.id]
            if rule.kind in (kind, "image") or rule.id == "unreadable":
                yield from _ask(rule, severity, subject, policy.parameters.get(rule.id, {}))


def _ask(rule: Rule, severity: str, subject: Subject, parameters: Parameters) -> Iterator[Problem]:
    if rule.check is None or severity == OFF:
        return
    for found in rule.check(subject, parameters):
        message = printable(found.message)
        yield Problem(rule.id, severity, subject.path, found.line, message, found.text)  # type: ignore[arg-type]


def _subjects(tree: Tree, files: Files) -> Iterator[Subject]:
    built = {
        (posixpath.dirname(path), service)
        for path, file in files.compose.items()
        for service, data in file.services.items()
        if data.get("build") is not None
    }
    for path in files.dockerfiles:
        dockerfile = Dockerfile(tree.text(path))
        contexts = files.contexts.get(path, ())
        yield Subject(path, tree, dockerfile, None, tuple(_images(dockerfile)), contexts)
    for path, file in files.compose.items():
        own = {service for folder, service in built if folder == posixpath.dirname(path)}
        images = (*file.images(own), *file.contexts(), *_given(tree, file))
        yield Subject(path, tree, compose=file, images=images)
        for _, text, line in file.inline():
            dockerfile = Dockerfile("\n" * line + text)
            yield Subject(
                path, tree, dockerfile, None, tuple(_images(dockerfile)), (posixpath.dirname(path),)
            )


def _given(tree: Tree, file: ComposeFile) -> Iterator[ImageUse]:
    """Yield the images that a Dockerfile has only by the build arguments of FILE."""
    for service, _, path in file.built():
        arguments = file.arguments(service)
        if not arguments or path not in tree:
            continue
        text = tree.text(path)
        known = {(each.line, each.image) for each in Dockerfile(text).references}
        line = file.line("services", service, "build", "args") or 1
        for each in Dockerfile(text, arguments).references:
            if each.image is not None and (each.line, each.image) not in known:
                where = f"service {service}, by its build arguments"
                yield ImageUse(where, each.written, each.image, line, f"{service} {each.text} {each.image}")


def _images(dockerfile: Dockerfile) -> Iterator[ImageUse]:
    for each in dockerfile.references:
        yield ImageUse(each.where, each.written, each.image, each.line, each.text)
