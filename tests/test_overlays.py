"""One pack over another: what it replaces, what it leaves as it is, and what it cannot replace."""

from __future__ import annotations
