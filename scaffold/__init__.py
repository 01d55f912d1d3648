"""docker-scaffold: a Dockerfile, a .dockerignore and Compose files for any repository."""

__version__ = "0.1.0"
