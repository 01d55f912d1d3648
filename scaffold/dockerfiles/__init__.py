"""Dockerfiles of anybody's, as BuildKit reads them; none is too much."""
