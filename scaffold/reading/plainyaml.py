"""YAML of the plainest kind: nested keys, lists of words, and nothing else. Reads no disk.

What is in any doubt is left to PyYAML, which takes half as long to import as the interpreter to start.
"""

import re
from typing import Any

#: A word to every YAML, or a version: no number, no date, no `# `, no `: `, and nothing that opens something.
_WORD = r"(?:[A-Za-z_^~/]|\.\.?/)(?:[\w.@/()+*=<>~^|-]| (?=[\w(<>=|*^~-])|:(?=[\w.*^~/]))*"
_VERSION = r"\d+\.\d+\.\d+[\w.@/()+-]*"
_NUMBER = r"0|[1-9]\d{0,8}"
_SINGLE, _DOUBLE = r"'([ !-&(-~]*)'", r'"([ !#-\[\]-~]*)"'
_VALUE = rf"({_NUMBER})|({_WORD}|{_VERSION})|{_SINGLE}|{_DOUBLE}"
_KEY = r"(?:([A-Za-z_][\w./-]{0,200}|\.)|'([ !-&(-~]{0,200})')"  # a longer one must have a mark of its own
_LINE = rf"(?a)( *)(?:- +|{_KEY}:(?: +(?=.)|$))(?:{_VALUE})?"

#: Words that stand for something else: https://yaml.org/type/bool.html, https://yaml.org/type/null.html
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})
_CONSTANTS = {"true": True, "false": False}

_DEEPEST = 20


class NotPlain(Exception):
    """Only a parser can tell what a text says."""


def read_plain(text: str) -> Any:
    """Return what TEXT says; NotPlain where it is not of the plainest kind."""
    top: dict[str, Any] = {"": {}}
    stack: list[tuple[int, Any]] = []  # what is open, and how far its lines are indented
    waiting: tuple[int, dict[str, Any], str] | None = (-1, top, "")  # a key whose value is in the next lines
    for line in text.split("\n"):
        if line.lstrip(" ")[:1] in ("", "#"):
            continue
        indent, key, value = _parts(line)
        if waiting and indent + (key is None) > waiting[0]:
            opened: Any = [] if key is None else {}
            waiting[1][waiting[2]] = opened
            stack.append((indent, opened))
        while stack and (stack[-1][0] > indent or (key is not None and isinstance(stack[-1][1], list))):
            stack.pop()
        if not stack or stack[0][0] or stack[-1][0] != indent or len(stack) > _DEEPEST:
            raise NotPlain
        waiting = _take(stack[-1][1], key, value, indent)
    return top[""]


def _parts(line: str) -> tuple[int, str | None, Any]:
    """Return how far LINE is indented, its key (None for an item of a list) and its value (None for none)."""
    match = re.fullmatch(_LINE, line)
    if match is None:
        raise NotPlain
    indent, bare, quoted, number, word, single, double = match.groups()
    for name in (bare, word):
        if name and name.lower() in _RESERVED and not (name is word and name in _CONSTANTS):
            raise NotPlain
    value = int(number) if number else _CONSTANTS.get(word, word)
    texts = (text for text in (value, single, double) if text is not None)
    return len(indent), bare if bare is not None else quoted, next(texts, None)


def _take(holder: Any, key: str | None, value: Any, indent: int) -> tuple[int, dict[str, Any], str] | None:
    """Put VALUE into HOLDER, and return what then waits for one."""
    if isinstance(holder, list) != (key is None) or (key is None and value is None):
        raise NotPlain
    if key is None:
        holder.append(value)
        return None
    holder[key] = value
    return (indent, holder, key) if value is None else None
