"""The engine that a stranger's templates run in: they reach nothing but their values, and make nothing huge.

Jinja's sandbox keeps them from the interpreter: https://jinja.palletsprojects.com/en/stable/sandbox/. It does
not keep them from taking all memory and time there is; that is done here. What is counted is the same on
every computer: lines that run, and the size of what is made. Only then comes the clock.
"""

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: The largest file that we write has 20 kB, and 3,000 lines of templates run for it.
MOST_CHARACTERS = 250_000
MOST_LINES = 300_000
MOST_ITEMS = 10_000

#: After so many seconds something is wrong, whatever was counted.
PATIENCE = 20.0

#: What may be asked of a text; of what makes markup, or text of any size, nothing.
TEXT_METHODS = frozenset(
    {
        "capitalize", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal", "isdigit",
        "islower", "isupper", "join", "lower", "lstrip", "partition", "removeprefix", "removesuffix",
        "replace", "rfind",
        "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper",
    }
)  # fmt: skip


class Bounded(CodeGenerator):
    """Compiles what joins and nests values so that it is counted."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  Jinja calls it so
        """Join by `~`: Jinja would join whatever it is given."""
        self._call("joined", node.nodes, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802  Jinja calls it so
        """Make a list: nested tuples that are compared or hashed take for ever."""
        if node.ctx != "load":
            super().visit_Tuple(node, frame)
        else:
            self._call("listed", node.items, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802  Jinja calls it so
        """Make a list that is not nested deep."""
        self._call("listed", node.items, frame)

    def _call(self, name: str, items: Iterable[nodes.Expr], frame: Frame) -> None:
        self.write(f"environment.{name}((")
        for item in items:
            self.visit(item, frame)
            self.write(", ")
        self.write("))")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with an end to everything."""

    code_generator_class = Bounded
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may have this attribute: of a text, only what is known to be harmless."""
        allowed = not isinstance(obj, str) or attr in TEXT_METHODS
        return allowed and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Let nobody format: a width is enough to fill the memory."""
        return None

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an item; what takes for ever to hash is no key."""
        if not isinstance(argument, str | int | slice | Undefined):
            raise SecurityError(f"{type(argument).__name__}: is no key")
        return super().getitem(obj, argument)

    def call(self, context: Context, obj: Any, /, *args: Any, **named: Any) -> Any:
        """Call OBJ; a text that would grow too large stays as it is."""
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, str):
            _refuse_more_than(MOST_CHARACTERS, _grown(owner, obj.__name__, args))
        return super().call(context, obj, *args, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate with numbers, add what is short, and format with what is plain."""
        if operator == "%" and isinstance(left, str):
            return _formatted(left, right)
        if operator == "+" and isinstance(left, str | list | tuple) and isinstance(right, str | list | tuple):
            _refuse_more_than(
                MOST_CHARACTERS if isinstance(left, str) else MOST_ITEMS, len(left) + len(right)
            )
        elif not (_is_small(left) and _is_small(right)) or operator == "**":
            raise SecurityError(f"{operator}: is for small numbers")
        return super().call_binop(context, operator, left, right)

    def joined(self, parts: tuple[Any, ...]) -> str:
        """Return the text of PARTS, which are texts and numbers."""
        for part in parts:
            if not isinstance(part, str | int | Undefined):
                raise SecurityError(f"{type(part).__name__}: is neither text nor number, and not joined by ~")
        _refuse_more_than(MOST_CHARACTERS, sum(len(part) for part in parts if isinstance(part, str)))
        return markup_join(parts)

    def listed(self, items: tuple[Any, ...]) -> list[Any]:
        """Return ITEMS as a list, in which lists may be, but none in those."""
        for item in items:
            if isinstance(item, list) and any(isinstance(each, list | dict) for each in item):
                raise SecurityError("lists are nested too deep")
        return list(items)


def bounded_range(*args: int) -> range:
    """Return a range that a file can need."""
    numbers = range(*args)
    _refuse_more_than(MOST_ITEMS, len(numbers))
    return numbers


def bounded_indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    """Indent as Jinja does, by no more than a screen."""
    from jinja2.filters import do_indent

    _refuse_more_than(80, width if isinstance(width, int) else 81)
    return do_indent(text, width, first, blank)


def _is_small(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and value.bit_length() < 64)


def _grown(text: str, method: str, args: tuple[Any, ...]) -> int:
    """Return how long the result of a method of TEXT can be."""
    if method == "replace":
        return len(text) + (len(text) + 1) * len(
            args[1] if len(args) > 1 and isinstance(args[1], str) else ""
        )
    if method == "join":
        items = list(args[0])[: MOST_ITEMS + 1] if args else []
        _refuse_more_than(MOST_ITEMS, len(items))
        return sum(len(item) + len(text) for item in items if isinstance(item, str))
    return 0


def _formatted(text: str, values: Any) -> str:
    listed = tuple(values) if isinstance(values, list | tuple) else (values,)
    if not all(isinstance(value, str | int | float) for value in listed) or re.search(
        r"%[^A-Za-z%]*(?:\*|\d{3})", text
    ):
        raise SecurityError("%: is for texts and numbers, and no wide columns")
    longest = max((len(value) for value in listed if isinstance(value, str)), default=0)
    _refuse_more_than(MOST_CHARACTERS, len(text) + text.count("%") * max(longest, 30))
    return text % listed


def _refuse_more_than(most: int, size: int) -> None:
    if size > most:
        raise SecurityError(f"something of size {size:,} is made, and {most:,} is the most")


# -- time


@contextmanager
def counted(is_template: Callable[[str], bool]) -> Iterator[None]:
    """Let no more than MOST_LINES run of the files that IS_TEMPLATE says are templates, in this thread.

    Raises SecurityError where there are more, or it takes longer than PATIENCE.
    """
    lines, end = 0, time.monotonic() + PATIENCE

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal lines
        if event == "call":
            return trace if is_template(frame.f_code.co_filename) else None
        lines += 1
        if lines > MOST_LINES or (lines % 1000 == 0 and time.monotonic() > end):
            raise SecurityError("a template runs for too long")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
