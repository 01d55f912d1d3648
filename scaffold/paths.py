"""What a path inside a project is: POSIX, relative, fit to stand in a Dockerfile. Reads no disk."""

from __future__ import annotations

import posixpath
import re

#: What can never stand in a Dockerfile or a comment: control characters, line separators, bidirectional
#: overrides (https://trojansource.codes), and the surrogates that stand for undecodable bytes.
_ODD = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


def normal(path: str) -> str | None:
    """Return PATH without its "." and ".." ("" is the folder itself), or None where it leads out."""
    if path.startswith("/") or "\0" in path:
        return None
    if path and path[0] != "." and "/." not in path and "//" not in path and path[-1] != "/":
        return path  # as nearly all are
    plain = posixpath.normpath(path)
    if plain == ".." or plain.startswith("../"):
        return None
    return "" if plain == "." else plain


def is_odd(text: str) -> bool:
    """Return whether TEXT holds something that can never stand in a Dockerfile or a comment."""
    # nearly all text is printable, and of those characters none is
    return not text.isprintable() and re.search(_ODD, text) is not None


def printable(text: str) -> str:
    """Return TEXT on one line, with escapes for what a terminal must not be sent."""
    if not is_odd(text):
        return text
    return re.sub(_ODD, lambda odd: odd[0].encode("unicode_escape").decode("ascii"), text)


def order(path: str) -> tuple[int, list[str]]:
    """Return the key that sorts paths shallow first, then by name."""
    return path.count("/"), path.split("/")
