"""What files for other platforms say about a project: Procfile, Dockerfiles, Compose, CI, `.env.example` …

A hint decides nothing by itself: the code comes first. Knows no language. What we wrote ourselves is no hint,
or a second run would read its own answer; a real `.env` is never opened.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scaffold.model import Fact, Service
from scaffold.nouns import NamedTuple

from .commands import Command, expand, read_argv, read_commands
from .services import service_of_image

if TYPE_CHECKING:
    from scaffold.dockerfiles.dockerfile import Instruction
    from scaffold.reading.tree import Tree

#: What the head of every file that we write says.
MARK = "docker-scaffold"
_HEAD_LINES = 5

ENV_EXAMPLES = (
    ".env.example", ".env.sample", ".env.template", ".env.dist", ".env-example", ".env-sample",
    ".env_example",
    ".env.local.example", ".env.docker.example", "env.example", "example.env", "sample.env", "env.sample",
)  # fmt: skip
COMPOSE_FILES = (
    "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
    "compose.*.yaml", "compose.*.yml", "docker-compose.*.yaml", "docker-compose.*.yml",
    "docker-compose-*.yml", "docker-compose-*.yaml", "docker/*compose*.y*ml", ".docker/*compose*.y*ml",
    "deploy/*compose*.y*ml", ".devcontainer/*compose*.y*ml",
)  # fmt: skip
DOCKERFILES = (
    "Dockerfile", "Containerfile", "Dockerfile.*", "*.Dockerfile", "docker/Dockerfile*",
    ".docker/Dockerfile*",
    "deploy/Dockerfile*", ".devcontainer/Dockerfile",
)  # fmt: skip
CI_FILES = (".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml")

#: Images of languages: the name (or its end), and how we call the language.
_LANGUAGES = (
    ("python", "python"), ("node", "node"), ("golang", "go"), ("ruby", "ruby"), ("php", "php"),
    ("rust", "rust"),
    ("openjdk", "java"), ("eclipse-temurin", "java"), ("amazoncorretto", "java"), ("elixir", "elixir"),
    ("oven/bun", "bun"), ("denoland/deno", "deno"), ("dotnet/sdk", "dotnet"), ("dotnet/aspnet", "dotnet"),
)  # fmt: skip
_VERSION = r"\d+(\.\d+)*"
#: `setup-python` and its kind: the input that holds the version, and the language.
_SETUPS = {"python-version": "python", "node-version": "node", "go-version": "go", "ruby-version": "ruby"}
_PORT = r"(?:.*:)?(\d+)(?:/tcp)?"
_ENV_LINE = r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*[=:]\s*(.*)"
_PROCESS = r"([A-Za-z0-9_-]+):\s*(\S.*)"
#: Where the images of databases take their first user from: (user, password, database).
_LOGINS = {
    "postgres": ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
    "mysql": ("MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE"),
    "mariadb": ("MARIADB_USER", "MARIADB_PASSWORD", "MARIADB_DATABASE"),
    "mongodb": ("MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_DATABASE"),
    "rabbitmq": ("RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS", ""),
    "minio": ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", ""),
}

#: Nothing is said.
_NONE: Mapping[str, Any] = MappingProxyType({})


class Hints(NamedTuple):
    """What the files for other platforms say, the most trusted first."""

    procfile: Mapping[str, Command] = _NONE
    commands: tuple[Command, ...] = ()  # start commands elsewhere: Dockerfile, Compose, render.yaml …
    ports: tuple[Fact, ...] = ()
    runtimes: Mapping[str, Fact] = _NONE  # "python": "3.12"
    packages: tuple[Fact, ...] = ()  # Debian packages that a Dockerfile installs
    services: tuple[Service, ...] = ()
    images: Mapping[str, Fact] = _NONE  # "postgres": "postgres:15"
    environment: Mapping[str, Fact] = _NONE  # names and their example values

    @property
    def port(self) -> Fact | None:
        """The port that the most trusted file states."""
        return self.ports[0] if self.ports else None


class _Notes(NamedTuple):
    """What has been read so far; what comes first stays."""

    tree: "Tree"
    procfile: dict[str, Command]
    commands: list[Command]
    ports: list[Fact]
    runtimes: dict[str, Fact]
    packages: list[Fact]
    services: list[Service]
    images: dict[str, Fact]
    environment: dict[str, Fact]

    def values(self) -> dict[str, str]:
        return {name: fact.value for name, fact in self.environment.items() if fact.value}

    def port(self, value: object, source: str) -> None:
        match = re.fullmatch(_PORT, str(value).strip())
        if match and 0 < int(match[1]) < 65536:
            self.ports.append(Fact(int(match[1]), source))

    def line(self, path: str, pattern: str) -> str:
        number = self.tree.line_of(path, pattern)
        return f"{path}:{number}" if number else path


def read_hints(tree: "Tree") -> Hints:
    """Everything that files for other platforms say about the project in TREE."""
    notes = _Notes(tree, {}, [], [], {}, [], [], {}, {})
    for read in (_read_env_examples, _read_dockerfiles, _read_compose_files, _read_procfile, _read_platforms,
                 _read_ci_files):  # fmt: skip
        read(notes)
    if not notes.ports and "PORT" in notes.environment:
        notes.port(notes.environment["PORT"].value, notes.environment["PORT"].source)
    return Hints(
        procfile=notes.procfile,
        commands=tuple(notes.commands),
        ports=tuple(notes.ports),
        runtimes=notes.runtimes,
        packages=tuple(notes.packages),
        services=tuple(notes.services),
        images=notes.images,
        environment=notes.environment,
    )


def _present(notes: _Notes, patterns: Iterable[str]) -> Iterator[str]:
    """The files of PATTERNS that somebody else wrote, in that order."""
    found = dict.fromkeys(path for pattern in patterns for path in _matches(notes.tree, pattern))
    for path in found:
        if MARK not in "\n".join(notes.tree.text(path).splitlines()[:_HEAD_LINES]):
            yield path


def _matches(tree: "Tree", pattern: str) -> tuple[str, ...]:
    if "*" in pattern:
        return tree.glob(pattern)
    return (pattern,) if pattern in tree else ()


# -- .env.example


def _read_env_examples(notes: _Notes) -> None:
    for path in _present(notes, ENV_EXAMPLES):
        for number, line in enumerate(notes.tree.text(path).splitlines(), start=1):
            match = re.fullmatch(_ENV_LINE, line)
            if match and not line.lstrip().startswith("#"):
                notes.environment.setdefault(match[1], Fact(_env_value(match[2]), f"{path}:{number}"))


def _env_value(text: str) -> str:
    text = text.strip()
    if text[:1] in {'"', "'"} and text.find(text[0], 1) > 0:
        return text[1 : text.find(text[0], 1)]
    return re.split(r"(?<=\s)#", text)[0].strip() if not text.startswith("#") else ""


# -- Procfile


def _read_procfile(notes: _Notes) -> None:
    for path in _present(notes, ("Procfile",)):
        for number, line in enumerate(notes.tree.text(path).splitlines(), start=1):
            match = re.fullmatch(_PROCESS, line.strip())
            if match:
                for command in read_commands(match[1], match[2], f"{path}:{number}", _without_port(notes)):
                    notes.procfile.setdefault(command.process, command)


def _without_port(notes: _Notes) -> dict[str, str]:
    """The example values that may stand in a command; the port is the app's, and is put in later."""
    return {name: value for name, value in notes.values().items() if name != "PORT"}


# -- Dockerfiles


def _read_dockerfiles(notes: _Notes) -> None:
    for path in _present(notes, DOCKERFILES):
        if not path.endswith((".j2", ".jinja", ".dockerignore", ".md", ".tmpl")):
            _read_dockerfile(notes, path)


def _read_dockerfile(notes: _Notes, path: str) -> None:
    from scaffold.dockerfiles.dockerfile import read_instructions  # most projects have none

    instructions = read_instructions(notes.tree.text(path))
    variables: dict[str, str] = {}
    for instruction in instructions:
        source = f"{path}:{instruction.line}"
        if instruction.name in {"ARG", "ENV"}:
            variables.update({name: expand(value, variables) for name, value in instruction.pairs.items()})
        elif instruction.name == "FROM":
            _note_language(notes, expand(instruction.text, variables), source)
        elif instruction.name == "RUN":
            notes.packages.extend(Fact(package, source) for package in _packages(instruction.text))
    if not path.startswith(".devcontainer/"):
        _note_last_stage(notes, path, instructions, variables)


def _note_last_stage(
    notes: _Notes, path: str, instructions: "tuple[Instruction, ...]", variables: Mapping[str, str]
) -> None:
    stage = _last_stage(instructions)
    for one in stage:
        if one.name == "EXPOSE":
            for port in expand(one.text, variables).split():
                notes.port(port, f"{path}:{one.line}")
    for one in stage:
        if one.name == "ENV" and "PORT" in one.pairs:
            notes.port(expand(one.pairs["PORT"], variables), f"{path}:{one.line}")
    notes.commands.extend(_command_of_stage(stage, path, variables))


def _last_stage(instructions: "tuple[Instruction, ...]") -> "tuple[Instruction, ...]":
    """The instructions of the last stage, after those of the stages that it starts from."""
    stages: dict[str, tuple[Instruction, ...]] = {}
    last: tuple[Instruction, ...] = ()
    name = ""
    for one in instructions:
        if one.name == "FROM":
            words = [word.lower() for word in one.text.split() if not word.startswith("--")]
            last = stages.get(words[0], ()) if words else ()
            name = words[2] if len(words) > 2 else ""
        last = (*last, one)
        stages[name] = last
    return last


def _command_of_stage(
    stage: "tuple[Instruction, ...]", path: str, variables: Mapping[str, str]
) -> tuple[Command, ...]:
    last = {
        one.name: one for one in stage if one.name in {"CMD", "ENTRYPOINT"} and one.text not in {"", "[]"}
    }
    entrypoint, command = last.get("ENTRYPOINT"), last.get("CMD")
    both = [one for one in (entrypoint, command) if one]
    if not both:
        return ()
    source = f"{path}:{both[-1].line}"
    parts = [one.words for one in both]
    if all(parts):
        words = tuple(word for part in parts if part for word in part)
        return read_argv("web", words, source, variables)
    # an entry point in the shell form gets no arguments, and a script that wraps the command hides none of it
    text = entrypoint.text if entrypoint and not entrypoint.words else both[-1].text
    return read_commands("web", text, source, variables)


def _note_language(notes: _Notes, text: str, source: str) -> None:
    words = [word for word in text.split() if not word.startswith("--")]
    if not words:
        return
    image, _, tag = words[0].partition("@")[0].rpartition(":")
    for name, language in _LANGUAGES:
        version = re.match(_VERSION, tag.removeprefix(name).lstrip("-"))
        if version and (image == name or image.endswith(f"/{name}") or tag.startswith(name)):
            notes.runtimes.setdefault(language, Fact(version[0], source))


def _packages(text: str) -> Iterator[str]:
    for part in re.split(r"&&|;|\|\|", text):
        words = part.split()
        if "install" in words and ("apt-get" in words or "apt" in words):
            for word in words[words.index("install") + 1 :]:
                if re.fullmatch(r"[a-z0-9][a-z0-9.+-]+(=\S+)?", word):
                    yield word.partition("=")[0]


# -- Compose, and whatever is written like it


def _read_compose_files(notes: _Notes) -> None:
    for path in _present(notes, COMPOSE_FILES):
        services = _table(_table(notes.tree.yaml(path)).get("services"))
        for name, service in services.items():
            if isinstance(service, dict):
                _note_container(notes, path, str(name), service)


def _note_container(notes: _Notes, path: str, name: str, service: dict[str, Any]) -> None:
    if "build" not in service:
        environment = _environment(service.get("environment") or service.get("variables"))
        _note_service(notes, path, name, str(service.get("image", "")), environment)
    elif _is_ours(service["build"], path):
        source = notes.line(path, rf"^\s+{re.escape(name)}:")
        for variable, value in _environment(service.get("environment")).items():
            notes.environment.setdefault(variable, Fact(value, source))
        for port in _list(service.get("ports")):
            notes.port(port.get("target") if isinstance(port, dict) else expand(str(port), {}), source)
        notes.commands.extend(_command(name, service.get("command"), source))


def _is_ours(build: object, path: str) -> bool:
    """Whether an image is built from the project's own folder, not from one below it."""
    context = str(_table(build).get("context", ".") if isinstance(build, dict) else build)
    up = "/".join([".."] * path.count("/")) or "."
    return context.rstrip("/") in {up, "" if up == "." else up, f"./{up}"}


def _note_service(notes: _Notes, path: str, name: str, image: str, environment: Mapping[str, str]) -> None:
    image = expand(image, {})
    kind = service_of_image(image)
    if kind is None:
        return
    source = notes.line(path, rf"image:.*{re.escape(image.partition(':')[0])}")
    notes.images.setdefault(kind, Fact(image, source))
    if any(service.name == kind for service in notes.services):
        return
    user, password, database = (
        _stated(environment, variable) for variable in _LOGINS.get(kind, ("", "", ""))
    )
    hosts = (name,) if name != kind else ()
    notes.services.append(Service(kind, source, hosts, user, password, database))


def _stated(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "")
    return "" if "$" in value else value


def _environment(value: object) -> dict[str, str]:
    if isinstance(value, dict):
        pairs = [(str(name), "" if one is None else str(one)) for name, one in value.items()]
    else:
        pairs = [(name, one) for name, _, one in (str(entry).partition("=") for entry in _list(value))]
    return {name: expand(one, {}) for name, one in pairs}


def _command(process: str, value: object, source: str) -> tuple[Command, ...]:
    if isinstance(value, str):
        return read_commands(process, value.replace("$$", "$"), source, {})
    words = tuple(word for word in _list(value) if isinstance(word, str))
    return read_argv(process, words, source, {}) if words else ()


# -- other platforms


def _read_platforms(notes: _Notes) -> None:
    readers: Mapping[str, Callable[[_Notes, str], None]] = {
        "render.yaml": _read_render,
        "fly.toml": _read_fly,
        "app.json": _read_app_json,
        "railway.json": _read_railway,
        "railway.toml": _read_railway,
        "nixpacks.toml": _read_nixpacks,
        ".devcontainer/devcontainer.json": _read_devcontainer,
        ".devcontainer.json": _read_devcontainer,
    }
    for path, read in readers.items():
        if path in notes.tree:
            read(notes, path)


def _read_render(notes: _Notes, path: str) -> None:
    for service in _list(_table(notes.tree.yaml(path)).get("services")):
        if not isinstance(service, dict) or service.get("rootDir") not in {None, ".", "./", ""}:
            continue
        process = {"web": "web", "pserv": "web", "worker": "worker"}.get(str(service.get("type")), "")
        source = notes.line(path, r"startCommand:")
        notes.commands.extend(_command(process, service.get("startCommand"), source) if process else ())
        for variable in _list(service.get("envVars")):
            if isinstance(variable, dict) and "key" in variable:
                value = variable.get("value")
                fact = Fact("" if value is None else str(value), notes.line(path, r"envVars:"))
                notes.environment.setdefault(str(variable["key"]), fact)


def _read_fly(notes: _Notes, path: str) -> None:
    manifest = notes.tree.toml(path)
    for table in (_table(manifest.get("http_service")), *map(_table, _list(manifest.get("services")))):
        if "internal_port" in table:
            notes.port(table["internal_port"], notes.line(path, r"\s*internal_port\s*="))
    for process, command in _table(manifest.get("processes")).items():
        name = "web" if process == "app" else str(process)
        notes.commands.extend(_command(name, command, notes.line(path, r"\[processes\]")))
    for name, value in _table(manifest.get("env")).items():
        notes.environment.setdefault(str(name), Fact(str(value), notes.line(path, r"\[env\]")))


def _read_app_json(notes: _Notes, path: str) -> None:
    for name, entry in _table(_table(notes.tree.json(path)).get("env")).items():
        value = entry.get("value") if isinstance(entry, dict) else entry
        fact = Fact("" if value is None else str(value), notes.line(path, rf'"{re.escape(str(name))}"'))
        notes.environment.setdefault(str(name), fact)


def _read_railway(notes: _Notes, path: str) -> None:
    manifest = notes.tree.toml(path) if path.endswith(".toml") else notes.tree.json(path)
    command = _table(_table(manifest).get("deploy")).get("startCommand")
    notes.commands.extend(_command("web", command, notes.line(path, r".*startCommand")))


def _read_nixpacks(notes: _Notes, path: str) -> None:
    command = _table(notes.tree.toml(path).get("start")).get("cmd")
    notes.commands.extend(_command("web", command, notes.line(path, r"\s*cmd\s*=")))


def _read_devcontainer(notes: _Notes, path: str) -> None:
    from .jsonc import read_jsonc  # few have one

    image = str(_table(read_jsonc(notes.tree, path)).get("image", ""))
    if image.startswith("mcr.microsoft.com/devcontainers/"):
        name, _, tag = image.rpartition("/")[2].partition(":")
        image = f"{name}:{re.sub(r'^(dev-)?(1-|0-)?', '', tag)}"
    _note_language(notes, image, notes.line(path, r'.*"image"'))


# -- continuous integration


def _read_ci_files(notes: _Notes) -> None:
    for path in _present(notes, CI_FILES):
        if not re.search(r"services:|-version:", notes.tree.text(path)):
            continue  # YAML is slow, and most workflows say nothing of use here
        workflow = _table(notes.tree.yaml(path))
        for job in (workflow, *map(_table, (*workflow.values(), *_table(workflow.get("jobs")).values()))):
            _note_job(notes, path, job)


def _note_job(notes: _Notes, path: str, job: dict[str, Any]) -> None:
    services = job.get("services")
    for service in _table(services).values():
        if isinstance(service, dict):
            kind = service_of_image(str(service.get("image", ""))) or ""
            _note_service(notes, path, kind, str(service.get("image", "")), _environment(service.get("env")))
    for service in _list(services):
        image = service.get("name") if isinstance(service, dict) else service
        _note_service(notes, path, service_of_image(str(image)) or "", str(image), {})
    for step in _list(job.get("steps")):
        for key, value in _table(_table(step).get("with")).items():
            if key in _SETUPS and re.fullmatch(_VERSION, str(value)):
                fact = Fact(str(value), notes.line(path, rf".*{key}:"))
                notes.runtimes.setdefault(_SETUPS[key], fact)


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
