"""`scaffold completion`: print the script that makes a shell complete our commands."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator

#: Arguments that name a folder or a file.
FOLDERS = frozenset({"path"})
FILES = frozenset({"answers"})


def run(options: Namespace, parser: ArgumentParser) -> int:
    """Print the script that completes what PARSER knows."""
    import shtab

    for each in _parsers(parser):
        for action in each._actions:
            if action.dest in FOLDERS | FILES:
                action.complete = shtab.DIRECTORY if action.dest in FOLDERS else shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(parser, options.shell))
    return 0


def _parsers(parser: ArgumentParser) -> Iterator[ArgumentParser]:
    """Yield the parser of each command."""
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            yield from action.choices.values()
