"""Frameworks with builds of their own: which one it is, and what its build makes."""
