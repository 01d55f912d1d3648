"""Settings that a Go program keeps in a table, by the names of their variables. Reads no environment.

A program that goes through `os.Environ()` itself has its settings in a map: names, and what each is where
nobody sets it, `"LISTEN_ADDR": {value: ":8080"}`.
"""

import re
from collections.abc import Iterator, Mapping

from scaffold.nouns import NamedTuple

from .code import Code
from .origins import callee, entry
from .program import Program, Spot
from .settable import constant_text
from .syntax import STRINGS, Node, entries_of, field, unwrap

#: So many of them are no accident.
_LEAST = 3
_NAME = r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*"
_PLAIN = frozenset({*STRINGS, "int_literal", "float_literal", "true", "false"})
#: What the part of a row is called that has its default, as text.
_DEFAULT = r"(?i)raw.*|default.*|value|def"


class Option(NamedTuple):
    """A row of such a table: the variable, and its parts."""

    name: str
    row: Spot

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.row.code.place(self.row.node)

    @property
    def default(self) -> Node | None:
        """The expression of what it is where nobody sets it; None where no part of it says."""
        if self.row.node.type in _PLAIN:
            return self.row.node
        parts = [(key, value) for key, value in entries_of(self.row.node) if value.type in _PLAIN]
        named = [value for key, value in parts if re.fullmatch(_DEFAULT, (key.text or b"").decode())]
        return next(iter(named), None)


def options_of(program: Program) -> Mapping[str, Option]:
    """Return every row of the tables of PROGRAM, by the variable; none where it asks for each by its name.

    They stand in the package that goes through the environment: elsewhere such a map is another thing's.
    """
    if "options" not in program.kept:
        program.kept["options"] = {}
        calls = program.calls("Environ")
        homes = {call.code.home for call in calls if callee(call.code, call.node) == "os.Environ"}
        tables = (table for code in program.codes if code.home in homes for table in _tables(code))
        program.kept["options"] = {one.name: one for table in tables for one in table}
    found: Mapping[str, Option] = program.kept["options"]
    return found


def option_at(code: Code, indexed: Node) -> Option | None:
    """Return the row that `options["LISTEN_ADDR"]` is."""
    options = options_of(code.program)
    name = constant_text(code, field(indexed, "index")) if options else None
    return options.get(name or "")


def part_of(option: Option, name: str) -> Node | None:
    """Return the part NAME of a row."""
    return entry(option.row.node, name)


def _tables(code: Code) -> Iterator[list[Option]]:
    for literal in code.parts("literal"):
        made = field(literal, "type")
        if made is None or made.type != "map_type":
            continue
        rows = [(constant_text(code, key), unwrap(value)) for key, value in entries_of(literal)]
        values = {row.type for _, row in rows}
        if len(rows) < _LEAST or not values <= {*_PLAIN, "composite_literal", "literal_value"}:
            continue
        if values != {"int_literal"} and all(name and re.fullmatch(_NAME, name) for name, _ in rows):
            yield [Option(name or "", Spot(code, row)) for name, row in rows]
