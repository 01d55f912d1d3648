"""What can go wrong, each with the exit code that other programs rely on.

    ScaffoldError                    message for a human, never a traceback
    ├── WrongUse             2       a flag, key or value that does not exist; an answer that is missing
    ├── NothingFound         3       nothing to containerise, or several candidates and no way to ask
    ├── UntrustedPack        4       a pack is not trusted, or not what was pinned
    ├── Conflict             5       a file of the user's was left alone
    ├── Unreachable          6       a source cannot be reached
    └── CannotWrite         73       a folder or a disk that does not take our files

Findings (drift, policy, lint) are 1 and no error. Our own bugs are 70, an interrupt is 130.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_FINDINGS = 1
EXIT_BUG = 70
EXIT_INTERRUPTED = 130


class ScaffoldError(Exception):
    """One line that says what is wrong, where, and what to do next."""

    exit_code: ClassVar[int]


class WrongUse(ScaffoldError):
    """A flag, key or value that does not exist, or an answer that is missing."""

    exit_code = 2


class NothingFound(ScaffoldError):
    """Nothing to containerise, or several candidates and no way to ask."""

    exit_code = 3


class UntrustedPack(ScaffoldError):
    """A pack that is not trusted, or not what was pinned."""

    exit_code = 4


class Conflict(ScaffoldError):
    """A file of the user's was left alone."""

    exit_code = 5


class Unreachable(ScaffoldError):
    """A source that cannot be reached."""

    exit_code = 6


class CannotWrite(ScaffoldError):
    """A folder or a disk that does not take our files."""

    exit_code = 73
