"""What projects look like: one module (or package) per stack, and the readers they share.

To add a stack: write its module here, list it below, give it a folder in templates/ and an example in
examples/. tests/test_contract.py fails until all four are there.
"""

from __future__ import annotations

from scaffold.model import Detector

from . import go, node, python, static

#: All are asked, always.
DETECTORS: tuple[Detector, ...] = (python, node, go, static)
