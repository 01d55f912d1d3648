"""`python -m scaffold`."""

from __future__ import annotations

import sys

from scaffold.cli import main

if __name__ == "__main__":
    sys.exit(main())
