"""Rules on what enters a build: the .dockerignore, and what it has to keep out."""

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache

from scaffold.policy.rule import Found, Parameter, Parameters, Rule, Subject


class IgnoreRules:
    """What a .dockerignore keeps out of the context.

    https://docs.docker.com/build/concepts/context/#dockerignore-files, and what is not said there is in
    https://github.com/moby/patternmatcher
    """

    def __init__(self, text: str) -> None:
        """Read the patterns; the last that matches decides."""
        lines = text.removeprefix("\ufeff").split("\n")
        patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        self._rules = [(not p.startswith("!"), _clean(p.removeprefix("!").strip())) for p in patterns]

    def names(self, path: str) -> bool:
        """Say whether PATH, or a folder that it is in, is left out."""
        parts = path.split("/")
        above = ["/".join(parts[:number]) for number in range(1, len(parts) + 1)]
        is_out = False
        for leaves_out, rule in self._rules:
            if is_out != leaves_out and any(_matches(rule, each) for each in above):
                is_out = leaves_out
        return is_out


def _clean(pattern: str) -> str:
    clean = posixpath.normpath(pattern) if pattern else ""
    return clean.lstrip("/").strip() if len(clean) > 1 else clean


def _matches(pattern: str, path: str) -> bool:
    """Whether PATTERN stands for PATH; most are a name, and no regular expression is made for them."""
    if not _WILD.search(pattern):
        return path == pattern
    name = pattern.removeprefix("**")
    if name != pattern and not _WILD.search(name):
        return path.endswith(name) or name == f"/{path}"
    return _regex(pattern).fullmatch(path) is not None


_WILD = re.compile(r"[*?\[\]\\]")
_PART = re.compile(r"(\*\*/?|\*|\?|\[[^]]*\]|\\.)", re.DOTALL)


@lru_cache(maxsize=512)
def _regex(pattern: str) -> re.Pattern[str]:
    words = {"*": "[^/]*", "?": "[^/]"}
    parts = [part for part in _PART.split(pattern) if part]
    text = ""
    for at, part in enumerate(parts):
        if part.startswith("**"):
            text += ".*" if at == len(parts) - 1 else "(?:.*/)?"
        elif part.startswith("\\"):
            text += re.escape(part[1:])
        else:
            text += words.get(part) or (_set(part) if part.startswith("[") else re.escape(part))
    try:
        return re.compile(text, re.DOTALL)
    except re.error:  # "[z-a]": with that, nothing is built
        return re.compile(re.escape(pattern))


def _set(part: str) -> str:
    """Return a set of characters without what Python is to give a meaning to one day, and warns of."""
    return "[" + re.sub(r"[\[&|~]|(?<=-)-", r"\\\g<0>", part[1:])


def ignore_file(subject: Subject) -> tuple[str | None, str]:
    """Return the ignore file that a build of the Dockerfile reads, or None, and the folder that is built in.

    A file of the Dockerfile's own name goes first. Which folder is built in only Compose says; else it is the
    Dockerfile's own, or one above it that has an ignore file.
    """
    tree, path = subject.tree, subject.path
    folder = posixpath.dirname(path)
    contexts = subject.contexts or tuple(_upwards(folder))
    own = f"{path}.dockerignore"
    if own in tree:
        return own, contexts[0]
    for context in contexts:
        if (found := posixpath.join(context, ".dockerignore")) in tree:
            return found, context
    return None, contexts[0]


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def _takes_files(subject: Subject) -> int | None:
    """Return the line of the first instruction that takes something from the context, or None."""
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("COPY", "ADD"):
            is_inline = instruction.text.startswith("<<")
            if instruction.flag("from") is None and not is_inline:
                return instruction.line
    return None


def _takes_all(subject: Subject) -> int | None:
    """Return the line of the first instruction that takes the whole context, or None."""
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("COPY", "ADD"):
            sources = [source.strip("\"'") for source in instruction.arguments[:-1]]
            if instruction.flag("from") is None and any(s in (".", "./", "/", "*", "./*") for s in sources):
                return instruction.line
    return None


def _missing(subject: Subject, _: Parameters) -> Iterator[Found]:
    line = _takes_files(subject)
    if line is not None and ignore_file(subject)[0] is None:
        yield Found(line, "there is no .dockerignore: everything in the folder may enter the build")


def _leaks(subject: Subject, parameters: Parameters) -> Iterator[Found]:
    line = _takes_all(subject)
    path, _context = ignore_file(subject)
    if line is None or path is None:
        return
    rules = IgnoreRules(subject.tree.text(path))
    kept = [name for name in parameters["keep_out"] if not rules.names(name)]
    if kept:
        yield Found(line, f"the whole folder is copied, and {path} does not name {', '.join(kept)}")


RULES = (
    Rule("dockerignore-missing", "dockerfile", "warning", _missing),
    Rule(
        "dockerignore-leaks",
        "dockerfile",
        "warning",
        _leaks,
        {"keep_out": Parameter("texts", (".git", ".env"))},
    ),
)
