"""What a Go program has itself to say how it is: a subcommand, a flag, gRPC's health service. Asks nobody."""

from __future__ import annotations

import re

from scaffold.model import Fact

from ..code.origins import callee, entry, type_of
from ..code.program import Program
from ..code.settable import constant_text
from ..code.syntax import Node, above, field, find, text_of

#: What a subcommand or a flag for it is called.
_NAMED = r"-{0,2}health[-_]?(check|probe)|-{1,2}health"
_COMMANDS = ("github.com/spf13/cobra.Command", "github.com/urfave/cli.Command")
_GRPC = "google.golang.org/grpc/health/grpc_health_v1.RegisterHealthServer"


def find_health_command(program: Program) -> Fact | None:
    """Return the words that make PROGRAM ask itself how it is, and end; None where there are none."""
    return _of_commands(program) or _of_flags(program) or _of_words(program)


def _of_commands(program: Program) -> Fact | None:
    for spot in program.literals("Command"):
        if type_of(spot.code, spot.node) not in _COMMANDS:
            continue
        use = constant_text(spot.code, entry(spot.node, "Use") or entry(spot.node, "Name"))
        word = use.split()[0] if use and use.split() else ""
        if re.fullmatch(_NAMED, word):
            return Fact((word,), spot.code.place(spot.node))
    return None


def _of_flags(program: Program) -> Fact | None:
    """`flag.Bool("health", …)`, where the program ends once it has asked."""
    for call in program.calls("Bool", "BoolVar", "BoolP", "BoolVarP"):
        name = callee(call.code, call.node)
        place = 1 if "Var" in call.name else 0
        flag = constant_text(call.code, call.arguments[place]) if len(call.arguments) > place else None
        is_flag = re.fullmatch(r"(flag|github\.com/spf13/pflag)(\.FlagSet)?\.\w+", name)
        if flag and is_flag and re.fullmatch(_NAMED, f"--{flag}") and call.code.mentions("os.Exit"):
            return Fact((f"--{flag}",), call.place)
    return None


def _of_words(program: Program) -> Fact | None:
    """`if len(os.Args) > 1 && os.Args[1] == "healthcheck"`, or a case of a switch over it."""
    for code in program.mentioning("os.Args"):
        for node in code.root.named_children:
            found = _word(node) if node.type in {"function_declaration", "method_declaration"} else None
            if found is not None:
                return Fact((text_of(found)[1:-1],), code.place(found))
    return None


def _word(function: Node) -> Node | None:

    for node in find(function, {"interpreted_string_literal": "text"}).get("text", []):
        if not re.fullmatch(_NAMED, text_of(node)[1:-1]):
            continue
        around = next(
            (one for one in above(node) if one.type in {"binary_expression", "expression_switch_statement"}),
            None,
        )
        asked = text_of(field(around, "left", "value")) if around is not None else ""
        if "Args" in asked:
            return node
    return None


def find_grpc_health(program: Program) -> Fact | None:
    """Return where PROGRAM registers gRPC's health service: https://grpc.io/docs/guides/health-checking/"""
    for call in program.calls("RegisterHealthServer"):
        if callee(call.code, call.node) == _GRPC:
            return Fact(True, call.place)
    return None
