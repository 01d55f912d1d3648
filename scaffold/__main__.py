"""`python -m scaffold`."""

from __future__ import annotations

import sys

from scaffold.cli import run

if __name__ == "__main__":
    sys.exit(run())
