"""Hostile projects: seeds that readers understand, mutators that spoil them, and an oracle that judges."""
