"""What the benchmarks aim at."""

#: At most as many starts of the bare interpreter.
TIMES = {"detect": 8.0, "init": 12.0}

#: The same for `scaffold check` on a repository of so many applications.
CHECK, APPLICATIONS = 15.0, 10

#: On a large repository, at most as many times what `find . -type f` takes.
FIND = 6.0

#: At most this part of the image that docker init's files give; never larger than a peer's.
SIZE = 0.5

#: A rebuild after a one-line edit, at most this part of the cold build, by stack.
REBUILD = {"go": 0.2, "python": 0.1, "node": 0.1}
