"""From a plan to the text of each file: pure. Project text crosses only through a quoting filter."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, FileSystemBytecodeCache, StrictUndefined, TemplateNotFound, Undefined
from jinja2.exceptions import SecurityError
from markupsafe import Markup

from scaffold import sandbox
from scaffold.errors import ScaffoldError, UntrustedPack, WrongUse
from scaffold.model import Plan, Value
from scaffold.packs import BUILTIN, Output, Pack, builtin
from scaffold.sandbox import Sandbox, bounded_indent, bounded_range

if TYPE_CHECKING:  # in the repository, where checkers read, templates/ is beside this package
    from jinja2 import Environment
    from jinja2.bccache import Bucket

    import templates
else:  # at run time it is inside: see [tool.setuptools.package-dir]
    from scaffold import templates

#: What a template extends that is laid over another pack's of the same name.
PARENT = "parent"

#: What may stand in a Dockerfile and in a shell's words with no quoting at all.
_PLAIN = re.compile(r"[\w./:@+=,~-]+")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_PATH = re.compile(r"[\w./@+=~*?-]+")

#: A name or an image's reference; what YAML would take for something else is quoted.
_YAML_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
#: https://yaml.org/type/bool.html, https://yaml.org/type/null.html
_YAML_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

#: A comment that is longer says nothing more.
_COMMENT_LENGTH = 120

#: The longest name of a volume that needs no shortening. YAML's keys, and names of folders, have an end too.
_VOLUME_LENGTH = 100

#: The filters of Jinja's own that templates may use: none of them makes markup of text.
_KEPT = frozenset({"last", "length", "list", "reject", "rejectattr", "selectattr", "unique"})


def render(plan: Plan, pack: Pack | None = None) -> dict[str, str]:
    """Return the text of every file by its path, as PACK has it; as the built-in one where none is given."""
    pack = pack or builtin()
    environment = make_environment(pack)
    outputs = pack.outputs(plan.stack, str(plan.values["kind"].value))
    if pack is not builtin():
        return _render_theirs(plan, pack, environment, outputs)
    context = _context(plan, pack)
    return {file.path: environment.get_template(file.template).render(context) for file in outputs}


def _render_theirs(
    plan: Plan, pack: Pack, environment: Environment, outputs: Sequence[Output]
) -> dict[str, str]:
    """Render what a stranger may have written: bounded, and a mistake is told by its file and line."""
    from scaffold.blocks import blamed, unknown_blocks
    from scaffold.sandbox import MOST_CHARACTERS, counted

    shown, context, texts = tuple(f"{layer.pin.name}/" for layer in pack.layers), _context(plan, pack), {}
    try:
        with counted(lambda name: name.startswith(shown)):
            for problem in unknown_blocks(pack, (plan.stack,), environment):
                raise WrongUse(f"{problem.place}: {problem.message}")
            for file in outputs:
                parts, size = [], 0
                for part in environment.get_template(_entry(pack, plan.stack, file.template)).generate(
                    context
                ):
                    parts.append(part)
                    size += len(part)
                    if size > MOST_CHARACTERS:
                        raise SecurityError(f"{file.path} becomes larger than {MOST_CHARACTERS:,} characters")
                texts[file.path] = "".join(parts)
    except ScaffoldError:
        raise
    except (SecurityError, RecursionError, MemoryError, OverflowError) as error:
        raise UntrustedPack(f"{blamed(error, pack)}; nothing was written") from None
    except Exception as error:  # whatever can go wrong in code that somebody else wrote
        raise WrongUse(blamed(error, pack)) from None
    return texts


def _entry(pack: Pack, stack: str, template: str) -> str:
    """Return the name that a file is looked for by: with its stack where a pack has one for all stacks."""
    name = template.rpartition("/")[2]
    return f"{stack}>{template}" if any(name in layer.files for layer in pack.layers) else template


def make_environment(pack: Pack) -> Environment:
    """Return the environment of a pack's templates; that of the built-in pack is made once."""
    return _builtin_environment() if pack is builtin() else _environment(pack)


@cache
def _builtin_environment() -> Environment:
    return _environment(builtin())


def _environment(pack: Pack) -> Environment:
    """Return the one Jinja environment: strict, sandboxed, and raising for text that passed no filter."""
    environment = _Environment(
        loader=_Layers(pack),
        bytecode_cache=_Compiled(),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_refuse_unquoted,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters = {name: f for name, f in environment.filters.items() if name in _KEPT}
    environment.filters.update({**FILTERS, "indent": bounded_indent})
    environment.globals = {"range": bounded_range, "namespace": environment.globals["namespace"]}
    return environment


class _Environment(Sandbox):
    """Knows that `{% extends "parent" %}` means the same file in the next pack below."""

    def join_path(self, template: str, parent: str) -> str:
        """Return the name of TEMPLATE as PARENT means it."""
        if template != PARENT:
            return template
        number, path = _numbered(parent)
        return f"{number + 1}:{path}"


class _Compiled(FileSystemBytecodeCache):
    """Keeps the built-in templates compiled, beside them, as Python keeps its modules; where it may.

    To compile them takes longer than all else that `init` does.
    """

    def __init__(self) -> None:
        beside = cache_from_source(templates.__file__)
        super().__init__(str(Path(beside).parent), f"{sys.implementation.cache_tag}-%s.jinja")

    def get_source_checksum(self, source: str) -> str:
        """Return what tells another text, and another version of the filters that are compiled into it."""
        return super().get_source_checksum(
            f"{Path(__file__).stat().st_mtime_ns} {Path(sandbox.__file__).stat().st_mtime_ns} {source}"
        )

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the name of the file; what is of no pack of ours is not kept."""
        ours = (filename or "").startswith(f"{BUILTIN}/")
        return super().get_cache_key(name, filename) if ours else ""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read it, where it is there."""
        if bucket.key:
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write it, where that is allowed."""
        if bucket.key and not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)


class _Layers(BaseLoader):
    """Finds `python/Dockerfile.j2` in a pack's nearest layer, and `1:python/Dockerfile.j2` in the next."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool]]:
        number, path = _numbered(template)
        stack, _, path = path.rpartition(">")
        for place in islice(self.pack.places(path, stack), number, None):
            return place.text, place.shown, lambda: True
        raise TemplateNotFound(template)


def _numbered(template: str) -> tuple[int, str]:
    number, colon, path = template.partition(":")
    return (int(number), path) if colon and number.isdecimal() else (0, template)


def _context(plan: Plan, pack: Pack) -> dict[str, Any]:
    """Return every variable of the stack, None where nobody states it, and the source of each."""
    values = {v.name: v.default for v in pack.variables(plan.stack)}
    sources = dict.fromkeys(values, "default: pack")
    return {
        **values,
        **{name: fact.value for name, fact in plan.values.items()},
        "sources": {**sources, **{name: fact.source for name, fact in plan.values.items()}},
    }


def _refuse_unquoted(value: Value) -> Markup | int:
    if isinstance(value, Markup) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, Undefined):
        str(value)  # StrictUndefined says which name it is
    shown = (
        repr(value)[:60] if isinstance(value, str) else f"a {type(value).__name__}"
    )  # a nest takes for ever
    raise TypeError(f"{shown} passed no quoting filter")


# ------------------------------------------------------------------------------------------------ filters


def exec_form(words: Sequence[str | int]) -> Markup:
    """Return a command in exec form, a JSON array: `["gunicorn", "shop:app"]`."""
    texts = [str(word) for word in words]
    return Markup(json.dumps(texts, ensure_ascii=not all(text.isprintable() for text in texts)))  # noqa: S704


def word(value: str | int) -> Markup:
    """Return a value for ENV, LABEL or ARG: bare where it can be, else in double quotes; always one line."""
    text = _one_line(str(value))
    if _PLAIN.fullmatch(text):
        return Markup(text)  # noqa: S704
    return Markup('"' + re.sub(r'[\\"$]', r"\\\g<0>", text) + '"')  # noqa: S704


def sh(value: str | int) -> Markup:
    """Return one word of a shell's command."""
    from shlex import quote

    return Markup(quote(_refuse_lines(str(value))))  # noqa: S704


def path(value: str) -> Markup:
    """Return a path or pattern for a mount or COPY, which know no quoting that holds for all names."""
    return _only(_PATH, value, "a name that a Dockerfile cannot hold: rename it")


def plain(value: str | int) -> Markup:
    """Return an image's reference, a version: what needs no quoting anywhere, or it is refused."""
    return _only(_PLAIN, str(value), "cannot stand in a Dockerfile")


def key(value: str) -> Markup:
    """Return the name of an environment variable or of a secret."""
    return _only(_KEY, value, "no name of an environment variable")


def yaml(value: Value) -> Markup:
    """Return a scalar, or a list of them, for Compose: `$` is doubled, nothing is interpolated."""
    if isinstance(value, bool):
        return Markup("true" if value else "false")  # noqa: S704
    if isinstance(value, int):
        return Markup(value)  # noqa: S704
    if isinstance(value, str):
        bare = _YAML_PLAIN.fullmatch(value) and value.lower() not in _YAML_RESERVED
        return Markup(value if bare else _yaml_quoted(value))  # noqa: S704
    return Markup("[" + ", ".join(_yaml_quoted(str(item)) for item in value) + "]")  # noqa: S704


def comment(value: str) -> Markup:
    """Return text for the rest of a comment's line."""
    text = _one_line(value)
    return Markup(text if len(text) <= _COMMENT_LENGTH else text[: _COMMENT_LENGTH - 1] + "…")  # noqa: S704


def source(value: str) -> Markup:
    """Return where a value comes from, for a comment: a file and never a line, which every edit moves."""
    if value.startswith("answer: "):  # how it was given says nothing to who reads the file
        return Markup("your answer")
    return comment(re.sub(r"(?<=\w):\d+(?![\w.])", "", value))


def pattern(value: str) -> Markup:
    """Return a pattern for a line of .dockerignore."""
    return Markup(_one_line(value))  # noqa: S704


def volume(value: str) -> Markup:
    """Return the name of the volume for a folder: `/app/var/media` is app-var-media.

    Docker has a folder of that name; a longer one ends in what tells it from others that begin like it.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "-", value).strip("-").lower() or "data"
    if len(name) > _VOLUME_LENGTH:
        from scaffold.record import digest

        name = f"{name[:_VOLUME_LENGTH]}-{digest(value)[:8]}"
    return Markup(name)  # noqa: S704


#: What templates may put project text through.
FILTERS: Mapping[str, Callable[..., Markup]] = {
    "exec": exec_form,
    "word": word,
    "sh": sh,
    "path": path,
    "plain": plain,
    "key": key,
    "yaml": yaml,
    "comment": comment,
    "source": source,
    "pattern": pattern,
    "volume": volume,
}


def _only(allowed: re.Pattern[str], text: str, why: str) -> Markup:
    if not allowed.fullmatch(text):
        raise WrongUse(f"{text!r}: {why}")
    return Markup(text)  # noqa: S704


def _refuse_lines(text: str) -> str:
    if not text.isprintable():
        raise WrongUse(f"{text!r}: a line break cannot stand in a shell's word here")
    return text


def _one_line(text: str) -> str:
    """Return TEXT with every run of white space and control characters as one space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _yaml_quoted(text: str) -> str:
    return '"' + "".join(map(_yaml_character, text)) + '"'


def _yaml_character(character: str) -> str:
    """https://yaml.org/spec/1.2.2/#57-escaped-characters"""
    if character in '"\\':
        return "\\" + character
    if character == "$":
        return "$$"
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:  # half of a pair, as undecodable bytes of a file come: YAML has none
        return "\ufffd"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
