r"""What a `.gitignore` names, for one path at a time: pathspec reads the patterns. Reads no disk.

pathspec asks its patterns one by one, 80 µs a file, and searches for what lies above a path too, which a walk
has done. So its expressions are made to speak of the path itself, and joined to one.

Read otherwise than by git, and seldom written: within brackets a class (`[[:alpha:]]`), a backslash, a slash
and a range the wrong way round; elsewhere a slash with a backslash before it.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_SILENCE = (-1, None)

#: git drops the spaces at the end of a line, unless a backslash stands before them.
_LINE = r"(?:\\.?|[^\\ ]| +(?! |$))*"
#: pathspec drops other white space too, where no name that is looked at ends in it, and takes `!/` for `!*/`.
_NO_RULE = r"(?s).*[^\S ]|!/"

# What pathspec writes for a bracket, and from one `*` (one `**`) to the next.
_BRACKET = r"(?s)\\.|\[(?!\^/\])\^?\]?[^]]*\]"
_STAR = r"\[\^/\]\*((?:\[\^/\](?!\*)|[^/])*)(?=\[\^/\]\*)"
_FOLDERS = r"\(\?:/\.\+\)\?(.*?)(?=\(\?:/\.\+\)\?)"


class IgnoreFile:
    """The rules of one ignore file, for paths relative to its folder."""

    __slots__ = ("_for_names", "_for_paths")

    def __init__(self, text: str) -> None:
        """Read the rules in TEXT; a line that is no pattern is left out, as git does."""
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # `re`, of `[[a]`
            rules = list(_rules(text.split("\n")))
            self._for_names = _Alternatives(rule for rule in rules if not rule.anchored)
            self._for_paths = _Alternatives(rule for rule in rules if rule.anchored)

    def verdict(self, path: str, name: str, is_folder: bool) -> bool | None:
        """Return whether PATH (whose last part is NAME) is ignored, or None where no rule speaks of it."""
        mark = "/" if is_folder else ""
        by_name = self._for_names.last(name + mark)
        by_path = self._for_paths.last(path + mark)
        return by_name[1] if by_name[0] > by_path[0] else by_path[1]


class _Rule(NamedTuple):
    order: int
    regex: str
    ignores: bool
    anchored: bool  # matched with the path from the ignore file's folder, not with the name alone


class _Alternatives:
    """Rules in one expression: the last comes first, and the empty group after each says which it was."""

    __slots__ = ("_any", "_said")

    def __init__(self, rules: Iterable[_Rule]) -> None:
        latest = sorted(rules, reverse=True)
        self._said = [_SILENCE, *((rule.order, rule.ignores) for rule in latest)]
        self._any = re.compile("|".join(f"{rule.regex}()" for rule in latest) or "(?!)")

    def last(self, text: str) -> tuple[int, bool | None]:
        match = self._any.fullmatch(text)
        return self._said[match.lastindex or 0] if match else _SILENCE


def _rules(lines: list[str]) -> Iterator[_Rule]:
    # Not every project has an ignore file, and this takes as long to import as the interpreter to start.
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    for order, line in enumerate(map(_as_pathspec_reads_it, lines)):
        anchored = "/" in line[:-1]
        try:
            regex, ignores = GitIgnoreSpecPattern.pattern_to_regex(line)
            if regex is None or ignores is None:
                continue
            regex = _of_the_path_itself(regex)
            if "[" in line:  # https://github.com/cpburnz/python-pathspec/pull/123
                re.compile(regex)
        except (ValueError, re.error):
            continue
        yield _Rule(order, regex if anchored else regex.removeprefix("^(?:.+/)?"), ignores, anchored)


def _as_pathspec_reads_it(raw: str) -> str:
    found = re.match(_LINE, raw.removesuffix("\r"))
    line = re.sub(r"\*{3,}", "**", found[0] if found else "")
    if re.fullmatch(_NO_RULE, line):
        return ""
    return line + "*/" if line.endswith("/**/") else line  # the folders in it, and not itself


def _of_the_path_itself(regex: str) -> str:
    if regex.endswith("/"):  # `a/**` is what `a` holds, and not `a`
        regex += ".+"
    # pathspec writes `*`, `*/` and the like as what is found anywhere.
    if not regex.startswith("^"):
        regex = ".*" + regex
    regex = regex.replace("(?P<ps_d>/)", "/")
    # No pattern may take exponential time. What stands between two wildcards may be taken where it first
    # matches, as the second takes the rest: so it is atomic, as in `fnmatch`.
    regex = re.sub(_STAR, r"(?>[^/]*?\1)", regex)
    regex = re.sub(_FOLDERS, r"(?>(?:/.+?)??\1(?=/))", regex)
    return re.sub(_BRACKET, lambda found: found[0] if found[0][0] == "\\" else "(?!/)" + found[0], regex)
