"""The command line: flags in, exit code out. What the commands do is in commands/."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from scaffold import __version__
from scaffold.errors import EXIT_BUG, EXIT_INTERRUPTED, ScaffoldError, WrongUse

#: As the shell says it of a program that SIGPIPE ended: `scaffold detect | head -1`.
EXIT_BROKEN_PIPE = 141

#: Set to anything: a bug shows its traceback.
DEBUG = "SCAFFOLD_DEBUG"

#: What Docker asks of a plugin: https://github.com/docker/cli/blob/master/cli-plugins/metadata/metadata.go
PLUGIN_METADATA_COMMAND = "docker-cli-plugin-metadata"
PLUGIN_METADATA = {
    "SchemaVersion": "0.1.0",
    "Vendor": "docker-scaffold",
    "Version": __version__,
    "ShortDescription": "Write a Dockerfile, a .dockerignore and Compose files for a repository",
}

#: Docker's own flags, which it hands on before the plugin's name, and which take a value.
#: https://docs.docker.com/reference/cli/docker/
DOCKER_FLAGS_WITH_VALUE = frozenset(
    {
        "--config",
        "--context",
        "-c",
        "--host",
        "-H",
        "--log-level",
        "-l",
        "--tlscacert",
        "--tlscert",
        "--tlskey",
    }
)

#: The columns of a help page, where COLUMNS does not say: what measures a terminal is slow to import.
HELP_WIDTH = 100

EPILOG = """\
exit codes: 0 done; 1 findings; 2 wrong use, or an answer is missing; 3 nothing to containerise, or undecided;
4 not trusted; 5 a file of yours was left alone; 6 a source cannot be reached; 70 our bug;
73 cannot write; 130 interrupted
"""


def run() -> int:
    """Run as a program of its own, and return its exit code.

    It ends soon, so that no memory is looked through for what could be given back, neither on the way nor at
    the end: that would be a sixth of the time.
    """
    gc.disable()
    try:
        return main()
    finally:
        gc.freeze()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    called = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    program = called if called == "docker-scaffold" else "scaffold"
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == [PLUGIN_METADATA_COMMAND]:
        return _print_metadata()
    as_plugin = _after_docker(arguments) if program == "docker-scaffold" else None
    if as_plugin is not None:
        program, arguments = "docker scaffold", as_plugin
    return _guarded(program, arguments)


def _guarded(program: str, arguments: list[str]) -> int:
    """Run, and turn whatever goes wrong into one line and an exit code."""
    try:
        _never_fail_to_print()
        code = _run(program, arguments)
        if sys.stdout is not None:  # as where the caller closed it
            sys.stdout.flush()
    except ScaffoldError as error:
        if sys.stdout is not None:  # what is wrong comes last, wherever both streams lead
            sys.stdout.flush()
        print(f"scaffold: {_one_line(error)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("scaffold: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:
        return _our_bug(error)
    return code


def _run(program: str, arguments: list[str]) -> int:
    parser = make_parser(program, arguments[0] if arguments else None)
    options = _parsed(parser, arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return WrongUse.exit_code
    if options.command == "completion":
        from scaffold.commands import completion

        return completion.run(options, make_parser(program))
    # importlib.import_module does the same, and takes long to be imported itself.
    return int(__import__(f"scaffold.commands.{options.command}", fromlist=["run"]).run(options))


def _parsed(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Read ARGUMENTS, in which what may be left out may come after a flag.

    argparse takes it for left out there: `scaffold pack lint --json acme`.
    https://github.com/python/cpython/issues/59317
    """
    options, rest = parser.parse_known_args(arguments)
    late = [] if any(word.startswith("-") for word in rest) else list(rest)
    if options.command == "pack":
        options.source, late, rest = [*options.source, *late], [], rest[len(late) :]
    if options.command == "new" and len(late) == 1 and options.folder is None:
        options.folder, rest = late[0], []
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options


# -- what the flags are


def make_parser(program: str = "scaffold", called: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command that is CALLED, or of all commands where that is none of them.

    With all of them it takes a fifth as long to make as the interpreter to start.
    """
    parser = argparse.ArgumentParser(
        prog=program,
        description="Write a Dockerfile, a .dockerignore and Compose files for the project in a folder.",
        epilog=EPILOG,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"docker-scaffold {__version__}")
    parser.set_defaults(program=program)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog=program)
    for name, add in _COMMANDS.items():
        if called in (name, None) or called not in _COMMANDS:
            add(commands)
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Return what lays a help page out. With each flag that it is told, argparse asks for it."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() else HELP_WIDTH
    return argparse.RawDescriptionHelpFormatter(prog, width=width)


_Commands = argparse._SubParsersAction


def _add_command(
    commands: _Commands[argparse.ArgumentParser], name: str, about: str
) -> argparse.ArgumentParser:
    about_it = f"{about[0].upper()}{about[1:]}."
    return commands.add_parser(
        name, help=about, description=about_it, formatter_class=_formatter, allow_abbrev=False
    )


def _add_init(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "init", "write the Docker files of a project")
    _add_path(parser)
    _add_looks(parser)
    _add_writing(parser)


def _add_new(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "new", "make a project from a template, with its Docker files")
    parser.add_argument(
        "template", nargs="?", help="a starter, or a cookiecutter template: a folder, archive or git URL"
    )
    parser.add_argument("folder", nargs="?", help="where to (default: as the template calls it)")
    parser.add_argument("--list", action="store_true", help="show the starters")
    parser.add_argument("--checkout", metavar="REF", help="a branch, tag or commit of its repository")
    parser.add_argument("--directory", metavar="DIR", help="the folder of the repository that has it")
    parser.add_argument("--trust", action="store_true", help="let it run its code: hooks and extensions")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    _add_writing(parser)
    parser.set_defaults(dry_run=False, diff=False)


def _add_writing(parser: argparse.ArgumentParser) -> None:
    _add_pack(parser)
    parser.add_argument(
        "--force", action="store_true", help="replace files of others; each is kept as NAME.orig"
    )
    parser.add_argument("--no-compose", action="store_true", help="leave the Compose files out")
    _add_all_answers(parser)


def _add_update(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "update", "bring the files that were written up to date")
    _add_path(parser)
    _add_looks(parser)
    parser.add_argument(
        "--recursive", action="store_true", help="update every project below PATH that has a record"
    )
    _add_pack(parser)
    _add_all_answers(parser)


def _add_adopt(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "adopt", "take over the Docker files that are there, as they are")
    _add_path(parser)
    _add_looks(parser)
    _add_pack(parser)
    _add_all_answers(parser)


def _add_diff(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "diff", "show what was changed in the files since they were written")
    _add_path(parser)
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def _add_detect(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "detect", "show what a project is, and where it says so")
    _add_path(parser)
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    _add_answers(parser)


def _add_check(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "check", "find what is not as it should be in Docker files, anybody's")
    _add_path(parser)
    parser.add_argument(
        "--format", choices=("text", "json", "sarif", "github"), default="text",
        metavar="text|json|sarif|github",
        help="what is printed (default: text)",
    )  # fmt: skip
    parser.add_argument(
        "--fail-on", choices=("error", "warning", "note", "never"), metavar="error|warning|note|never",
        help="from which severity on it ends with 1 (default: error, or what the policy says)",
    )  # fmt: skip
    parser.add_argument("--policy", metavar="FILE", help="the policy, in place of those in the repository")
    parser.add_argument(
        "--expect-pack", action="append", default=[], metavar="NAME[@VERSIONS]",
        help="the pack that every file has to be of: acme, acme@3, acme@>=3,<4; repeatable",
    )  # fmt: skip
    parser.add_argument("--baseline", metavar="FILE", help="accept the problems that FILE names")
    parser.add_argument(
        "--write-baseline", metavar="FILE", help="write FILE, which accepts what is there now"
    )
    parser.add_argument("--explain", metavar="RULE", help="say what a rule asks, why, and how to mend it")


def _add_schema(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "schema", "print the JSON Schema of what goes in and comes out")
    of = ("detect", "init", "new", "update", "diff", "check", "answers")
    parser.add_argument("of", choices=of, metavar="|".join(of))
    parser.add_argument("--stack", help="whose answers")
    parser.add_argument(
        "--for", dest="folder", metavar="PATH", help="the project whose answers: what is found is the default"
    )
    _add_pack(parser)


def _add_pack_command(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "pack", "make a pack of templates, and see what it does")
    actions = ("new", "lint", "test", "diff")
    parser.add_argument("action", choices=actions, metavar="|".join(actions))
    parser.add_argument(
        "source", nargs="*", metavar="SOURCE", help="the pack; for diff the old and the new one"
    )
    parser.add_argument("--update", action="store_true", help="test: take what is made now for reviewed")
    parser.add_argument(
        "--project",
        action="append",
        default=[],
        metavar="PATH",
        help="diff: a project to make files for; repeatable",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="diff: answer a variable of those projects; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="lint: print the problems as JSON")


def _add_completion(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _add_command(commands, "completion", "print the completion script of a shell")
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), metavar="bash|zsh|tcsh")


#: What adds the parser of each command, in the order of the help page.
_COMMANDS = {
    "init": _add_init, "new": _add_new, "update": _add_update, "adopt": _add_adopt, "diff": _add_diff,
    "detect": _add_detect, "check": _add_check, "schema": _add_schema, "pack": _add_pack_command,
    "completion": _add_completion,
}  # fmt: skip


def _add_pack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack", metavar="SOURCE", help="the pack to write with: a folder, an archive, or git+https://…@REF"
    )


def _add_path(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="the project's folder (default: this one)"
    )


def _add_looks(parser: argparse.ArgumentParser) -> None:
    looks = parser.add_mutually_exclusive_group()
    looks.add_argument("--json", action="store_true", help="print plan, answers and files as JSON")
    looks.add_argument("--diff", action="store_true", help="print what would change, and write nothing")
    parser.add_argument("-n", "--dry-run", action="store_true", help="write nothing")


def _add_all_answers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing and take every default")
    _add_answers(parser)
    parser.add_argument(
        "--final", choices=("auto", "distroless", "slim"), help="what the final image is made from"
    )


def _add_answers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="answer a variable; repeatable"
    )
    parser.add_argument(
        "--answers", metavar="FILE", help="a TOML or JSON file of answers, or - for JSON on standard input"
    )
    parser.add_argument("--stack", help="what the project is, where it could be several things")
    parser.add_argument("--kind", help="what kind of app it is: web, worker, cli or static")


# -- as a plugin of Docker


def _print_metadata() -> int:
    import json

    print(json.dumps(PLUGIN_METADATA))
    return 0


def _after_docker(arguments: list[str]) -> list[str] | None:
    """Return what follows our name in `docker-scaffold [FLAGS] scaffold …`; None where a person calls."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 2 if arguments[at] in DOCKER_FLAGS_WITH_VALUE else 1
    if arguments[at : at + 2] == ["help", "scaffold"]:
        return [*arguments[at + 2 :], "--help"]
    return arguments[at + 1 :] if arguments[at : at + 1] == ["scaffold"] else None


# -- how it ends


def _never_fail_to_print() -> None:
    """Let a terminal that lacks a character show its code: the project's text is anything."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _one_line(error: Exception) -> str:
    from scaffold.paths import printable

    return printable(" ".join(str(error).split()))


def _nobody_reads() -> int:
    """Keep the interpreter from complaining, when it ends, that nobody reads standard output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_BROKEN_PIPE


def _our_bug(error: Exception) -> int:
    if os.environ.get(DEBUG):
        import traceback

        traceback.print_exc()
    else:
        print(
            f"scaffold: this is our bug, not yours: {type(error).__name__}: {_one_line(error)}\n"
            f"scaffold: {DEBUG}=1 shows where; please report it with that",
            file=sys.stderr,
        )
    return EXIT_BUG
