r"""What a `.gitignore` names, of all entries of a folder at once: pathspec reads the patterns. Reads no disk.

pathspec asks its patterns one by one, 80 µs a file, and searches for what lies above a path too, which a walk
has done. So its expressions are made to speak of the path itself, and joined to one that is searched for in
all names of a folder, one to a line: most say nothing of any. It takes longer to import than the interpreter
to start, and nearly all patterns are plain: those are translated here, into what it would make of them.

Read otherwise than by git, and seldom written: within brackets a class (`[[:alpha:]]`), a backslash, a slash
and a range the wrong way round; elsewhere a slash with a backslash before it.
"""

import re
import warnings
from collections.abc import Iterable, Iterator

from scaffold.nouns import NamedTuple

_SILENCE = (-1, False)

#: git drops the spaces at the end of a line, unless a backslash stands before them.
_LINE = r"(?:\\.?|[^\\ ]| +(?! |$))*"
#: pathspec drops other white space too, where no name that is looked at ends in it, and takes `!/` for `!*/`.
_NO_RULE = r"(?s).*[^\S ]|!/"

#: A part of a plain pattern: no backslash, no `**`, no space at an end, only letters and digits in brackets.
_PART = r"(?:[^\\\[\]*?/\s]| (?=\S)|\?|\*(?!\*)|\[!?\w+(?:-\w+)*\])+"
_PLAIN = rf"(?![#!])(\*\*/|/)?({_PART}(?:/(?:\*\*/)?{_PART})*)(/\*\*|/)?"
_ENDS = {"/**": "/", "/": "(?P<ps_d>/)", None: "(?:(?P<ps_d>/)|$)"}

# What pathspec writes for a bracket, and from one `*` (one `**`) to the next.
_BRACKET = r"(?s)\\.|\[(?!\^/\])\^?\]?[^]]*\]"
_STAR = r"\[\^/\]\*((?:\[\^/\](?!\*)|[^/])*)(?=\[\^/\]\*)"
_FOLDERS = r"\(\?:/\.\+\)\?(.*?)(?=\(\?:/\.\+\)\?)"


class IgnoreFile:
    """The rules of one ignore file, for paths relative to its folder."""

    __slots__ = ("_at_depths", "_at_names")

    def __init__(self, text: str) -> None:
        """Read the rules in TEXT; a line that is no pattern is left out, as git does."""
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # `re`, of `[[a]`
            rules = list(_rules(text.split("\n")))
        anchored = [rule for rule in rules if rule.anchored]
        self._at_names = _Alternatives(rule for rule in rules if not rule.anchored)
        self._at_depths = {
            depth: _Alternatives(rule for rule in anchored if rule.depth == depth)
            for depth in {rule.depth for rule in anchored}
        }

    def verdict(self, path: str, name: str, is_folder: bool) -> bool | None:
        """Return whether PATH (whose last part is NAME) is ignored, or None where no rule speaks of it."""
        line = f"{name}/" if is_folder else name
        line = line.replace("\n", "\0")  # no rule can tell one from the other
        return self.verdicts(path.removesuffix(name), [line]).get(line)

    def verdicts(self, folder: str, names: list[str]) -> dict[str, bool]:
        """Return those of NAMES that some rule speaks of, and whether they are ignored.

        They are entries of FOLDER, "" or "a/b/" as seen from the ignore file's own; the name of a folder ends
        in "/", and none has a line's end in it.
        """
        said = self._at_names.last("", names)
        for depth in (folder.count("/"), None):
            if depth in self._at_depths:
                for name, verdict in self._at_depths[depth].last(folder, names).items():
                    said[name] = max(said.get(name, _SILENCE), verdict)
        return {name: ignores for name, (_, ignores) in said.items()}


class _Rule(NamedTuple):
    order: int
    regex: str
    ignores: bool
    anchored: bool  # matched with the path from the ignore file's folder, not with the name alone
    depth: int | None  # how many folders stand before the name in a path that it matches; None: any number


class _Alternatives:
    """Rules in one expression: the last comes first, and the empty group after each says which it was."""

    __slots__ = ("_finds", "_rules")

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = sorted(rules, reverse=True)
        self._finds: re.Pattern[str] | None = None

    def last(self, folder: str, names: list[str]) -> dict[str, tuple[int, bool]]:
        """Return those of NAMES that a rule matches with FOLDER before them: the last such rule."""
        if not self._rules:
            return {}
        text = folder + f"\n{folder}".join(names) + "\n"
        found = {}
        for match in self._expression.finditer(text, 0, len(text) - 1):
            start = match.start() + len(folder)
            rule = self._rules[(match.lastindex or 1) - 1]
            found[text[start : text.index("\n", start)]] = (rule.order, rule.ignores)
        return found

    @property
    def _expression(self) -> re.Pattern[str]:
        if self._finds is None:
            # What is found has no width, and no wildcard goes on into the next line: each is looked at once.
            each = "|".join(rule.regex.replace("[^/]", r"[^/\n]") + "()" for rule in self._rules)
            with warnings.catch_warnings(action="ignore", category=FutureWarning):
                self._finds = re.compile(f"(?m)^(?=(?:{each})$)")
        return self._finds


def _rules(lines: list[str]) -> Iterator[_Rule]:
    for order, raw in enumerate(lines):
        if not raw or raw[0] == "#":
            continue
        plain = re.fullmatch(_PLAIN, raw.removeprefix("!").removesuffix("\r"))
        line = raw.removesuffix("\r") if plain else _as_pathspec_reads_it(raw)
        if not line:
            continue
        try:
            regex = (_plain(plain) if plain else None) or _by_pathspec(line)
            if regex is None:
                continue
            regex = _of_the_path_itself(regex)
            if "[" in line:  # https://github.com/cpburnz/python-pathspec/pull/123
                re.compile(regex)
        except (ValueError, re.error):
            continue
        anchored = "/" in line.removeprefix("!").removeprefix("**/")[:-1]
        own = regex if anchored else regex.removeprefix("^(?:.+/)?")
        yield _Rule(order, own, line[0] != "!", anchored, _depth(line))


def _plain(found: re.Match[str]) -> str | None:
    """Return what pathspec makes of a plain pattern; None where that is a case of its own."""
    start, inside, end = found.groups()
    if inside == "*" and (start == "**/" or (not start and end != "/**")):
        return None
    anchored = start == "/" or (not start and ("/" in inside or end == "/**"))
    middle = "/".join(map(_part, inside.split("/"))).replace("/**/", "(?:/.+)?/")
    return ("^" if anchored else "^(?:.+/)?") + middle + _ENDS[end]


def _part(part: str) -> str:
    if part in ("*", "**"):
        return "[^/]+" if part == "*" else part
    text = re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    if "[" not in part:
        return text
    return re.sub(r"\\\[(.*?)\\\]", lambda f: "[" + f[1].replace("!", "^").replace("\\", "") + "]", text)


def _by_pathspec(line: str) -> str | None:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    regex: str | None = GitIgnoreSpecPattern.pattern_to_regex(line)[0]
    return regex


def _depth(line: str) -> int | None:
    """Return how many folders stand before the name in what LINE matches, where it is plain to see."""
    if "**" in line or "[" in line or "\\" in line:
        return None
    return line.removeprefix("!").strip("/").count("/")


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
    if regex.count("[^/]*") > 1:
        regex = re.sub(_STAR, r"(?>[^/]*?\1)", regex)
    if regex.count("(?:/.+)?") > 1:
        regex = re.sub(_FOLDERS, r"(?>(?:/.+?)??\1(?=/))", regex)
    if "[" not in regex.replace("[^/]", ""):
        return regex
    return re.sub(_BRACKET, lambda found: found[0] if found[0][0] == "\\" else r"(?![/\n])" + found[0], regex)
