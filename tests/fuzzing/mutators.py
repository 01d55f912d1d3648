"""What is done to a project before it is read: to its bytes, lines, words, structure and files.

Each mutator is a function of a random generator and a text (or of all files); it knows nothing of readers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, time
from random import Random
from typing import Any, TypeAlias

import tomli
import yaml

from fuzzing.seeds import seeds, tokens
from scaffold.paths import normal

#: A project as Tree takes it.
Files: TypeAlias = dict[str, str | bytes]

#: How many projects are one file beside the manifest that makes it one: these take a fifth of the time.
ALONE = 0.85
ANCHORS = (
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "Pipfile",
    "setup.py",
    "go.mod",
    "index.html",
)

#: What starts a line of its own in no file that we write: the oracle looks for it.
CANARY = "CANARY"

#: What formats take for something else than text, and what a shell, Docker, Compose and Jinja would act on.
HOSTILE = (
    "", " ", "\t", "\n", "\r", "\r\n", "\0", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ud800", "\ufeff",
    "é", "İ", "𝟙", "٣", "'", '"', "`", "\\", "\\\n", "$", "$$", "${X}", "${X:?}", "$(id)", "%", "%(x)s",
    "{", "}", "{{", "{{ x }}", "{% x %}", "#", "--", "-", "=", ":", ": ", ",", ";", "&&", "|", "*", "**",
    "?", "[", "]", "!", "&a", "*a", "~", "..", "../..", "/", "//", "./", "/etc/passwd", "C:\\", "0", "-1",
    "65535", "65536", "99999999999999999999", "1e999", "0x10", "NaN", "null", "true", "no", "latest",
    ">=", "^", "~", "*", ">=3.9,<4", "3.14", "3.99", "1.2.3-rc.1+b", "v22", "lts/*", "@", "@a/b", "a@b",
    "a b", "a" * 300, "<<EOF", "EOF", f"\n{CANARY} x", f"\n{CANARY}: x", f'"\n{CANARY} x',
    f"'\n{CANARY} x", f"\\\n{CANARY} x", f"\r{CANARY} x", f"\u2028{CANARY} x", f"\x0b{CANARY} x",
    f" #\n{CANARY} x", "http://u:p@h:1/p?q#f", "postgres://u:p%40@h:5432/d", "redis://[::1]",
    "sqlite:///x.db", "http://[", "://", "git+ssh://", "file:../x", "workspace:*", "npm:a@1", "link:.",
    "patch:a@npm%3A1", "catalog:", "(", ")", "()", "lambda: 0", "=>", "...", "/*", "*/", "//", "<!--",
    "<script>", "</script>", "'''", '"""', "def f(:", "import x", "\N{NO-BREAK SPACE}",
)  # fmt: skip

#: Values of every type; a list and a mapping among them.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, float("inf"), "", "x", "\n", [], {}, [[]], [None], {"": ""},
    ["a", 1], {"a": {"b": None}}, date(2024, 2, 29), 8080, "8080", [8080], {"port": 8080},
)  # fmt: skip

#: How deep a value is put into others. Python's stack ends at 1,000, ours for YAML at 200.
DEPTHS = (2, 2, 2, 3, 3, 3, 5, 5, 30, 90, 199, 201, 990, 1100)

#: Characters of which a bad regular expression, or a parser without limits, cannot have many.
REPEATED = (
    " ", "\t", "\n", "a", "A_", "-", ".", "/", "\\", "'", '"', "`", "(", "[", "{", "<", "${", "{{", "a=",
    "a:", "a,", "-r", "#", "\\\n", "a b ", "(a", "[a,", "{a:", "f(", "a.", "a?", "a|", "not ", "-", "!",
    "*", "/*", "//", "1.", "x==1;", "&&", "if a:\n ", "a=>", "`${", "<a ", "||", "@a/", "\r", "é",
)  # fmt: skip


# -- lines and words: of any text


def spoil_text(random: Random, text: str) -> str:
    """Do one thing to a text."""
    return random.choice(_TEXT)(random, text)


def _drop_line(random: Random, text: str) -> str:
    lines = text.split("\n")
    del lines[random.randrange(len(lines))]
    return "\n".join(lines)


def _repeat_line(random: Random, text: str) -> str:
    lines = text.split("\n")
    lines.insert(random.randrange(len(lines) + 1), random.choice(lines))
    return "\n".join(lines)


def _indent_line(random: Random, text: str) -> str:
    lines = text.split("\n")
    number = random.randrange(len(lines))
    lines[number] = random.choice(("  ", "\t", "- ", "# ", "")) + lines[number].lstrip()
    return "\n".join(lines)


def _replace_word(random: Random, text: str) -> str:
    """Put another word where one is: most often a value, or a key."""
    found = list(re.finditer(r"[\w@./:^~>=<*-]+|\"[^\"\n]*\"|'[^'\n]*'", text[:20_000]))
    if not found:
        return text + _any_word(random)
    match = random.choice(found)
    word = _any_word(random)
    if match[0][0] in "\"'" and random.random() < 0.8:
        word = match[0][0] + word + match[0][0]
    return text[: match.start()] + word + text[match.end() :]


def _insert_word(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + _any_word(random) + text[at:]


def _insert_line(random: Random, text: str) -> str:
    lines = text.split("\n")
    form = random.choice(
        ("{}", "{}: {}", '"{}": "{}",', "{} = {}", '{} = "{}"', "{}={}", "[{}]", "- {}", "{}({})")
    )
    line = form.format(_any_word(random), _any_word(random))
    lines.insert(random.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def _any_word(random: Random) -> str:
    return random.choice(HOSTILE if random.random() < 0.4 else tokens())


def _truncate(random: Random, text: str) -> str:
    return text[: random.randrange(len(text) + 1)]


def _cut(random: Random, text: str) -> str:
    start = random.randrange(len(text) + 1)
    return text[:start] + text[start + random.randrange(40) :]


def _join(random: Random, text: str) -> str:
    """Go on as another file does."""
    files = random.choice(seeds())[1]
    other = files[random.choice(sorted(files))]
    return _truncate(random, text) + other[random.randrange(len(other) + 1) :]


def _flip(random: Random, text: str) -> str:
    if not text:
        return text
    at = random.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ (1 << random.randrange(7))) + text[at + 1 :]


def _many(random: Random, text: str) -> str:
    """Write the same thing thousands of times."""
    if random.random() < 0.9:  # each costs as much as hundreds of others
        return _flip(random, text)
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(REPEATED) * random.choice((50, 1000, 1001, 20_000)) + text[at:]


_TEXT: tuple[Callable[[Random, str], str], ...] = (
    _drop_line, _repeat_line, _indent_line, _replace_word, _replace_word, _replace_word, _insert_word,
    _insert_line, _insert_line, _truncate, _cut, _join, _flip, _many,
)  # fmt: skip


# -- structure: of what is JSON, TOML or YAML


def spoil_structure(random: Random, text: str, path: str) -> str:
    """Do one thing to the data that a text holds; a text that holds none is spoilt as a text."""
    for suffixes, read, write in _FORMATS:
        if path.endswith(suffixes):
            try:
                return write(spoil_data(random, read(text)))
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError, yaml.YAMLError):
                break
    return spoil_text(random, text)


def spoil_data(random: Random, data: Any) -> Any:
    """Change one place of some data, at random."""
    places = list(_places(data))
    if not places:
        return random.choice(VALUES)
    holder, key = random.choice(places)
    value = holder[key]
    match random.randrange(9):
        case 0:
            del holder[key]
        case 1:
            holder[key] = random.choice(VALUES)
        case 2:
            holder[key] = _any_word(random)
        case 3:
            holder[key] = [value] if random.random() < 0.5 else {_any_word(random): value}
        case 4:
            _insert(random, holder, random.choice((*VALUES, _any_word(random))))
        case 5:
            _insert(random, holder, value)
        case 6:
            other, there = random.choice(places)
            holder[key], other[there] = other[there], value
        case 7 if isinstance(value, str):
            holder[key] = spoil_text(random, value)
        case _:
            holder[key] = _deep(random, value)
    return data


def _places(data: Any, depth: int = 0) -> Any:
    """Yield every place of the data: what holds it, and its key there."""
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield data, key
        if depth < 12:
            yield from _places(data[key], depth + 1)


def _insert(random: Random, holder: Any, value: Any) -> None:
    if isinstance(holder, list):
        holder.insert(random.randrange(len(holder) + 1), value)
    else:
        holder[_any_word(random)] = value


def _deep(random: Random, value: Any) -> Any:
    for _ in range(random.choice(DEPTHS)):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def _read_json(text: str) -> Any:
    return json.loads(text)


def _write_json(data: Any) -> str:
    # a line for each value, fast; non-ASCII as escapes: that is how surrogates get in
    return json.dumps(data, separators=(",\n", ": "), default=str)


def _write_toml(data: Any) -> str:
    return "".join(f"{_toml_key(key)} = {_toml_value(value)}\n" for key, value in data.items())


def _toml_key(key: object) -> str:
    return json.dumps(str(key).encode("utf-8", "replace").decode())


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_key(k)} = {_toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else _toml_key(value)


def _write_yaml(data: Any) -> str:
    return str(yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True))


def _read_yaml(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


_FORMATS: tuple[tuple[tuple[str, ...], Callable[[str], Any], Callable[[Any], str]], ...] = (
    ((".json", ".jsonc", "Pipfile.lock", "bun.lock"), _read_json, _write_json),
    ((".toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile"), tomli.loads, _write_toml),
    ((".yaml", ".yml"), _read_yaml, _write_yaml),
)


# -- bytes: how a text is stored


def spoil_bytes(random: Random, text: str) -> bytes:
    """Store a text as no reader expects it."""
    data = text.encode("utf-8", "surrogatepass")
    match random.randrange(8):
        case 0:
            return data.replace(b"\n", b"\r\n")
        case 1:
            return data.replace(b"\n", b"\r")
        case 2:
            return b"\xef\xbb\xbf" + data
        case 3:
            return text.encode(random.choice(("utf-16", "utf-16-le", "utf-32", "utf-7")), "replace")
        case 4:
            return (
                b"# -*- coding: "
                + random.choice((b"latin-1", b"idna", b"rot13", b"x"))
                + b" -*-\n\xe9"
                + data
            )
        case 5:
            return data + bytes(random.randrange(256) for _ in range(9))
        case 6:
            return data.replace(b"a", b"\0", 1)
        case _:
            at = random.randrange(len(data) + 1)
            return data[:at] + random.randbytes(3) + data[at:]


# -- files: what a project has, and where


def spoil_files(random: Random, files: Files) -> None:
    """Take a file away, put one in that belongs elsewhere, or give one another name."""
    path = random.choice(sorted(files))
    match random.randrange(6):
        case 0:
            del files[path]
        case 1 | 2:
            other = random.choice(seeds())[1]
            name = random.choice(sorted(other))
            files[name] = other[name]
        case 3:
            files[_free(random.choice(tokens()), files)] = files[path]
        case 4:
            files[_free(f"{path}{random.choice(HOSTILE)}", files)] = files.pop(path)
        case _:
            folder = random.choice(("apps/web", "src", "packages/a", "a b", "$x", "é", "-", "'", "tests"))
            files[_free(f"{folder}/{path}", files)] = files.pop(path)


def _free(path: str, files: Mapping[str, object]) -> str:
    """Return PATH as a file can be called that stands beside the others; else one that can."""
    parts = [part for part in path.replace("\0", "").split("/") if part not in ("", ".", "..")]
    plain = "/".join(parts)[:120].rstrip("/.")
    above = {"/".join(parts[:n]) for n in range(1, len(parts))}
    taken = any(other == plain or other.startswith(f"{plain}/") for other in files) or above & set(files)
    return plain if plain and normal(plain) == plain and not taken else "unnamed"


# -- all of it


def mutated(random: Random) -> tuple[str, Files]:
    """Return a seed that was spoilt in some places, and its name: most often one file beside its manifest."""
    name, whole = random.choice(seeds())
    files: Files = dict(whole)
    if random.random() < ALONE:
        kept = {random.choice(sorted(files)), *[anchor for anchor in ANCHORS if anchor in files][:1]}
        files = {path: files[path] for path in sorted(kept)}
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5))):
        if files and random.random() < 0.12:
            spoil_files(random, files)
        if files:
            _spoil_one(random, files)
    return name, files


def _spoil_one(random: Random, files: Files) -> None:
    path = random.choice(sorted(files))
    text = files[path]
    if isinstance(text, bytes):
        return
    chance = random.random()
    if chance < 0.55:
        files[path] = spoil_structure(random, text, path)
    elif chance < 0.96:
        files[path] = spoil_text(random, text)
    else:
        files[path] = spoil_bytes(random, text)
    if isinstance(spoilt := files[path], str):
        files[path] = spoilt.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
