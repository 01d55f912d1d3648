"""Files for other platforms: what each says, that ours say nothing, that no bad file stops the reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.commands import expand, read_commands
    from detectors.hints import COMPOSE_FILES, ENV_EXAMPLES, Hints, read_hints
else:
    from scaffold.detectors.commands import expand, read_commands
    from scaffold.detectors.hints import COMPOSE_FILES, ENV_EXAMPLES, Hints, read_hints


def hints_of(**files: str) -> Hints:
    return read_hints(Tree(dict(files)))


def hints_in(files: dict[str, str]) -> Hints:
    return read_hints(Tree(files))


def test_an_empty_project_gives_no_hints() -> None:
    assert read_hints(Tree({})) == Hints()


# -- Procfile


def test_each_line_of_a_procfile_is_a_process() -> None:
    hints = hints_of(Procfile="web: gunicorn shop:app\nworker: celery -A shop worker\n")
    assert hints.procfile["web"].argv == ("gunicorn", "shop:app")
    assert hints.procfile["worker"].argv == ("celery", "-A", "shop", "worker")
    assert hints.procfile["worker"].source == "Procfile:2"


def test_a_migration_before_the_server_is_a_process_of_its_own() -> None:
    hints = hints_of(Procfile="web: python manage.py migrate && gunicorn shop.wsgi\n")
    assert hints.procfile["migrate"].argv == ("python", "manage.py", "migrate")
    assert hints.procfile["web"].argv == ("gunicorn", "shop.wsgi")


def test_a_release_line_stays_what_it_is_called() -> None:
    hints = hints_of(Procfile="release: flask db upgrade\nweb: gunicorn shop:app\n")
    assert hints.procfile["release"].argv == ("flask", "db", "upgrade")


def test_variables_before_a_command_are_its_environment() -> None:
    command = hints_of(Procfile="web: FOO=1 BAR='a b' gunicorn shop:app\n").procfile["web"]
    assert command.argv == ("gunicorn", "shop:app")
    assert dict(command.environment) == {"FOO": "1", "BAR": "a b"}


def test_a_default_in_the_shell_is_taken_and_the_platforms_port_is_left_open() -> None:
    hints = hints_of(Procfile="web: uvicorn a:b --port ${PORT:-9000}\nother: uvicorn a:b --port $PORT\n")
    assert hints.procfile["web"].argv == ("uvicorn", "a:b", "--port", "9000")
    assert hints.procfile["other"].argv[-1] == "$PORT"


def test_a_procfile_of_anything_else_is_nothing() -> None:
    assert hints_of(Procfile="just some words\n\n# web: x\n:::\nweb: 'never closed\n").procfile == {}


@pytest.mark.parametrize(
    ("text", "argv", "folder"),
    [
        ("cd src && python main.py", ("python", "main.py"), "src"),
        ("exec gunicorn a:b", ("gunicorn", "a:b"), "."),
        ('bash -c "sleep 2 && python main.py"', ("python", "main.py"), "."),
        ("python main.py 2>&1 | tee log", ("python", "main.py"), "."),
        ("yes yes | python main.py", ("python", "main.py"), "."),
        ("python main.py || exit 1", ("python", "main.py"), "."),
        ("export A=x; python $A.py", ("python", "$A.py"), "."),
        ("echo hello", ("echo", "hello"), "."),
    ],
)
def test_a_command_line_comes_down_to_what_keeps_running(
    text: str, argv: tuple[str, ...], folder: str
) -> None:
    command = read_commands("web", text, "Procfile:1", {})[-1]
    assert (command.argv, command.folder) == (argv, folder)


def test_a_name_that_nobody_states_stays_as_it_is() -> None:
    assert expand("$A ${B:-b} ${C}", {"C": "c"}) == "$A b c"


# -- Dockerfiles

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.9
FROM --platform=$BUILDPLATFORM python:${VERSION}-slim AS base
RUN apt-get update && \\
    # a comment inside
    apt-get install -y --no-install-recommends libpq5 gdal-bin=3.* \\
    && rm -rf /var/lib/apt/lists/*
ENV PORT=9000 OTHER="a b"
CMD ["python", "base.py"]
FROM base
RUN <<EOF
CMD not an instruction
EOF
EXPOSE $PORT 9001/tcp
CMD ["gunicorn", "-b", "0.0.0.0:9000", "shop:app"]
"""


def test_a_dockerfile_states_release_port_command_and_packages() -> None:
    hints = hints_of(Dockerfile=DOCKERFILE)
    assert hints.runtimes["python"].value == "3.9"
    assert hints.runtimes["python"].source == "Dockerfile:3"
    assert [fact.value for fact in hints.packages] == ["libpq5", "gdal-bin"]
    assert hints.port is not None
    assert (hints.port.value, hints.port.source) == (9000, "Dockerfile:14")
    assert hints.commands[0].argv == ("gunicorn", "-b", "0.0.0.0:9000", "shop:app")
    assert hints.commands[0].source == "Dockerfile:15"


def test_the_entry_point_and_the_command_are_one_command() -> None:
    hints = hints_of(Dockerfile='FROM python:3.12\nENTRYPOINT ["python3"]\nCMD ["app.py"]\n')
    assert hints.commands[0].argv == ("python3", "app.py")


def test_a_stage_has_the_command_of_the_stage_it_starts_from() -> None:
    hints = hints_of(
        Dockerfile='FROM python:3.12 AS builder\nCMD ["python", "app.py"]\nFROM builder AS dev\n'
    )
    assert hints.commands[0].argv == ("python", "app.py")


def test_a_command_in_the_shell_form_is_taken_apart() -> None:
    hints = hints_of(Dockerfile="FROM python:3.12\nCMD alembic upgrade head && uvicorn a:b\n")
    assert [(one.process, one.argv[0]) for one in hints.commands] == [
        ("migrate", "alembic"),
        ("web", "uvicorn"),
    ]


def test_what_we_wrote_ourselves_is_no_hint() -> None:
    ours = "# syntax=docker/dockerfile:1\n# Written by docker-scaffold.\nFROM python:3.9\nEXPOSE 1234\n"
    compose = "# docker-scaffold\nservices: {db: {image: 'postgres:15'}}\n"
    assert hints_in({"Dockerfile": ours, "compose.yaml": compose}) == Hints()


def test_a_template_of_a_dockerfile_is_no_dockerfile() -> None:
    assert hints_in({"Dockerfile.j2": "FROM python:3.9\n"}) == Hints()


# -- Compose

COMPOSE = """\
services:
  app:
    build: .
    ports: ["127.0.0.1:8080:5000"]
    environment:
      - REDIS_HOST=cache
      - MODE=${MODE:-fast}
    command: gunicorn shop:app
  front:
    build: {context: front}
    ports: ["3000:3000"]
  database:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: "${SECRET}", POSTGRES_DB: shopdb}
  cache:
    image: redis:7
  admin:
    image: dpage/pgadmin4
"""


def test_compose_states_services_with_host_names_and_logins() -> None:
    hints = hints_in({"docker-compose.yml": COMPOSE})
    postgres, redis = hints.services
    assert (postgres.name, postgres.hosts, postgres.user) == ("postgres", ("database",), "shop")
    assert (postgres.password, postgres.database, postgres.source) == ("", "shopdb", "docker-compose.yml:13")
    assert (redis.name, redis.hosts) == ("redis", ("cache",))
    assert hints.images["postgres"].value == "postgres:15-alpine"


def test_compose_states_the_port_and_the_environment_of_what_it_builds_here() -> None:
    hints = hints_in({"docker-compose.yml": COMPOSE})
    assert [fact.value for fact in hints.ports] == [5000]
    assert {name: fact.value for name, fact in hints.environment.items()} == {
        "REDIS_HOST": "cache",
        "MODE": "fast",
    }
    assert hints.commands[0].argv == ("gunicorn", "shop:app")


@pytest.mark.parametrize(
    "name",
    [
        "compose.yaml",
        "compose.yml",
        "docker-compose.yaml",
        "docker-compose.yml",
        "docker-compose.prod.yml",
        "docker/docker-compose.yml",
    ],
)
def test_every_usual_name_of_a_compose_file_is_read(name: str) -> None:
    assert hints_in({name: "services: {db: {image: mysql}}\n"}).services[0].name == "mysql"


# -- .env.example


def test_an_example_of_an_environment_is_read() -> None:
    text = "# comment\nexport A=1\nB='two words' # why\nC=\nD=x # y\n=z\n"
    hints = hints_in({".env.example": text})
    values = {name: fact.value for name, fact in hints.environment.items()}
    assert values == {"A": "1", "B": "two words", "C": "", "D": "x"}
    assert hints.environment["B"].source == ".env.example:3"


def test_a_real_environment_file_is_never_read() -> None:
    assert hints_in({".env": "TOKEN=secret\nPORT=1\n", ".env.production": "PORT=2\n"}) == Hints()


# -- platforms and continuous integration


@pytest.mark.parametrize(
    ("path", "text", "argv"),
    [
        ("render.yaml", "services:\n  - type: web\n    startCommand: gunicorn a:b\n", ("gunicorn", "a:b")),
        ("fly.toml", "[processes]\napp = 'gunicorn a:b'\n", ("gunicorn", "a:b")),
        ("railway.json", '{"deploy": {"startCommand": "gunicorn a:b"}}', ("gunicorn", "a:b")),
        ("railway.toml", "[deploy]\nstartCommand = 'gunicorn a:b'\n", ("gunicorn", "a:b")),
        ("nixpacks.toml", "[start]\ncmd = 'gunicorn a:b'\n", ("gunicorn", "a:b")),
    ],
)
def test_a_platforms_start_command_is_a_hint(path: str, text: str, argv: tuple[str, ...]) -> None:
    command = hints_in({path: text}).commands[0]
    assert (command.process, command.argv) == ("web", argv)
    assert command.source.startswith(path)


def test_fly_states_the_port_inside() -> None:
    hints = hints_in({"fly.toml": "[http_service]\ninternal_port = 8081\n"})
    assert hints.port is not None
    assert (hints.port.value, hints.port.source) == (8081, "fly.toml:2")


def test_heroku_states_environment_variables() -> None:
    hints = hints_in({"app.json": '{"env": {"A": {"value": "1"}, "B": "2", "C": {"generator": "secret"}}}'})
    assert {name: fact.value for name, fact in hints.environment.items()} == {"A": "1", "B": "2", "C": ""}


def test_a_workflow_states_services_and_a_release() -> None:
    text = """\
jobs:
  test:
    services: {db: {image: "postgres:16"}}
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - with: {python-version: "${{ matrix.python }}"}
"""
    hints = hints_in({".github/workflows/ci.yml": text})
    assert [service.name for service in hints.services] == ["postgres"]
    assert hints.services[0].hosts == ()
    assert hints.runtimes["python"].value == "3.12"


def test_gitlabs_services_are_read() -> None:
    hints = hints_in({".gitlab-ci.yml": "test:\n  services: ['redis:7', {name: 'mysql:8'}]\n"})
    assert [service.name for service in hints.services] == ["redis", "mysql"]


def test_a_devcontainer_states_a_release() -> None:
    text = '// see https://aka.ms\n{"image": "mcr.microsoft.com/devcontainers/python:1-3.12-bookworm",}'
    assert hints_in({".devcontainer/devcontainer.json": text}).runtimes["python"].value == "3.12"


# -- whatever comes

READ = [
    "Procfile",
    "Dockerfile",
    "render.yaml",
    "fly.toml",
    "app.json",
    "railway.json",
    "nixpacks.toml",
    ".gitlab-ci.yml",
    ".github/workflows/a.yml",
    ".devcontainer.json",
    COMPOSE_FILES[0],
    ENV_EXAMPLES[0],
]


@given(st.sampled_from(READ), st.text())
def test_no_text_stops_the_reading(path: str, text: str) -> None:
    assert isinstance(hints_in({path: text}), Hints)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "services",
                    "env",
                    "envVars",
                    "deploy",
                    "startCommand",
                    "build",
                    "image",
                    "ports",
                    "key",
                    "environment",
                    "jobs",
                    "steps",
                    "with",
                    "python-version",
                    "command",
                    "db",
                    "type",
                    "context",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([path for path in READ if path.endswith(("yml", "yaml", "json"))]), _JSON)
def test_no_shape_of_data_stops_the_reading(path: str, data: object) -> None:
    import json

    assert isinstance(hints_in({path: json.dumps(data)}), Hints)
