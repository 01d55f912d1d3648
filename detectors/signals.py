"""What is said of a program that does not hear SIGTERM, by which a container is asked to end."""

from scaffold.model import ProjectWarning


def no_handler(place: str) -> ProjectWarning:
    """Return the warning of a program at PLACE, which stays deaf as the first process of a container.

    https://docs.docker.com/reference/cli/docker/container/run/#init
    """
    said = (
        "nothing handles SIGTERM: what the program does when it is stopped is cut off; "
        "compose.yaml gives it an init that ends it, and `docker run` needs --init for that"
    )
    return ProjectWarning("no-handler", said, place)
