"""Builds and runs copies of projects as a person would: by `scaffold`, `docker`, `docker compose`."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from pathlib import Path
from typing import Any

import private_index
from example import ROOT, Example, Grpc, Socket

#: Starts an engine and makes stand-ins for base images, where none can be pulled.
LAB = Path(os.environ.get("SCAFFOLD_LAB", ROOT.parent / "shared" / "lab"))

#: What the index runs in.
INDEX_IMAGE = "python:3.13-slim-trixie"

#: How long one build may take, and how long a container may need until it answers.
BUILD_SECONDS = float(os.environ.get("SCAFFOLD_BUILD_SECONDS", 900))
ANSWER_SECONDS = 90

#: How long a container may take to end by SIGTERM, after which Docker kills it; and how that shows.
STOP_SECONDS = 10
KILLED = 137

BASE = ("compose.yaml",)
DEV = ("compose.yaml", "compose.dev.yaml")
PROD = ("compose.yaml", "compose.prod.yaml")

#: What a debugger is asked, and how its answer begins, by stack. debugpy speaks first; Node.js' inspector
#: answers HTTP: https://microsoft.github.io/debug-adapter-protocol/overview#base-protocol
#: https://chromedevtools.github.io/devtools-protocol/#endpoints
#: https://github.com/go-delve/delve/blob/master/Documentation/api/json-rpc/README.md
DEBUGGERS = {
    "python": (b"", b"Content-Length:"),
    "node": (b"GET /json/version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"HTTP/1.0 200"),
    "go": (b'{"method":"RPCServer.GetVersion","params":[{}],"id":1}', b'{"id":1,"result":{'),
}

#: How a web socket is asked for (RFC 6455), with its path and key left out.
UPGRADE = (
    b"GET %b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: %b\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

#: What HTTP/2 begins with, and its types and flags of frames (RFC 9113): a call of gRPC is one request of it.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS = 1, 4

#: Files that a developer has lying about, none of which an image may hold. %s is what must not be found.
PRIVATE_FILES = {
    ".env": "PAYMENT_TOKEN=%s\n",
    ".env.local": "PAYMENT_TOKEN=%s\n",
    ".env.production.local": "PAYMENT_TOKEN=%s\n",
    "id_ed25519": "-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n",
    "certs/server.key": "-----BEGIN PRIVATE KEY-----\n%s\n",
    "certs/server.pem": "-----BEGIN PRIVATE KEY-----\n%s\n",
    ".netrc": "machine example.com login ci password %s\n",
    ".git/config": '[remote "origin"]\n\turl = https://ci:%s@example.com/shop.git\n',
}


def run(
    *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )


def must(
    *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a program that has to succeed."""
    done = run(*command, cwd=cwd, env=env, seconds=seconds)
    end = f"{done.stdout[-1500:]}\n{done.stderr[-2000:]}"
    assert done.returncode == 0, f"{' '.join(command)[:300]}: exit {done.returncode}\n{end}"
    return done


def scaffold(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run our own program, which has to succeed."""
    return must(sys.executable, "-P", "-m", "scaffold", *words, cwd=cwd)


def inspect(thing: str) -> dict[str, Any]:
    """Return what Docker knows of an image or a container."""
    found: dict[str, Any] = json.loads(must("docker", "inspect", thing).stdout)[0]
    return found


def free_port() -> int:
    """Return a port of this computer that nobody listens on."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def wait_until(what: str, is_so: Callable[[], object], seconds: float = ANSWER_SECONDS) -> None:
    """Ask again and again."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"after {seconds:.0f} s still not so: {what}"
        time.sleep(0.3)


# -- a container


def check_is_hardened(container: str) -> None:
    """Nothing is writable, permitted or root."""
    found = inspect(container)
    host, user = found["HostConfig"], found["Config"]["User"]
    assert host["ReadonlyRootfs"]
    assert [c.upper() for c in host["CapDrop"]] == ["ALL"]
    assert not host["CapAdd"]
    assert any(option.startswith("no-new-privileges") for option in host["SecurityOpt"])
    assert not host["Privileged"]
    assert re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", user), f"the user is {user!r}"


def health(container: str) -> str:
    """Return what the image's own HEALTHCHECK says."""
    found = inspect(container)
    assert found["Config"]["Healthcheck"]["Test"][0] == "CMD", "the check is not in exec form"
    return str(found["State"]["Health"]["Status"])


# -- the workshop


@dataclass
class Workshop:
    """What the copies share: base images, and the private index."""

    folder: Path
    username: str = "ci"
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    _open: ExitStack = field(default_factory=ExitStack)
    _taken: Project | None = None

    @staticmethod
    def has_an_engine() -> bool:
        """Say whether a Docker Engine answers."""
        return shutil.which("docker") is not None and run("docker", "version").returncode == 0

    def fetch_images(self, *arguments: str) -> None:
        """Make stand-ins for base images where there is a lab; elsewhere Docker pulls them itself."""
        if (LAB / "images").exists():
            must(str(LAB / "images"), *arguments, seconds=1800)

    @cached_property
    def index(self) -> str:
        """The address of the private index: a container's, which every build on this engine reaches."""
        self.fetch_images("ensure", INDEX_IMAGE)
        knows = {"INDEX_USERNAME": self.username, "INDEX_PASSWORD": self.password}
        source = Path(private_index.__file__).read_text("utf-8")
        flags = [word for name, value in knows.items() for word in ("-e", f"{name}={value}")]
        started = must("docker", "run", "-d", "--rm", *flags, INDEX_IMAGE, "python", "-c", source)
        container = started.stdout.strip()
        self._open.callback(run, "docker", "rm", "-f", container)
        address = inspect(container)["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        return f"http://{address}:{private_index.PORT}"

    def project(self, example: Example) -> Project:
        """Return the copy of an example: one at a time, and the same for all its checks."""
        if self._taken is None or self._taken.example != example:
            self._put_away()
            folder = self.folder / example.name
            self._taken = Project(workshop=self, example=example, folder=folder, stack=example.stack)
        self._taken.ready  # noqa: B018  raises again where it did before
        return self._taken

    def _put_away(self) -> None:
        if self._taken is not None:
            self._taken.close()
            self._taken = None

    def close(self) -> None:
        """Leave nothing running."""
        self._put_away()
        self._open.close()


@dataclass(kw_only=True)
class Copy:
    """A folder with a project and the Docker files that we wrote: built and run under a name of its own."""

    folder: Path
    stack: str = ""
    name: str = ""
    _open: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        """Name everything of it as nothing else on this engine is named."""
        self.name = f"scaffold-{secrets.token_hex(3)}-{self.folder.name}"

    @property
    def image(self) -> str:
        """The image of production."""
        return f"{self.name}:prod"

    @property
    def secrets(self) -> dict[str, str]:
        """The build secrets, by the environment variables that hold them."""
        return {}

    # -- building

    def build(self, *arguments: str, tag: str = "prod") -> str:
        """Build, and return what BuildKit said."""
        return must(*self.build_command(tag, *arguments), **self.context, seconds=BUILD_SECONDS).stderr

    def build_command(self, tag: str, *arguments: str) -> tuple[str, ...]:
        """Return what a person types."""
        given = [word for name in self.secrets for word in ("--secret", f"id={name},env={name}")]
        self._open.callback(run, "docker", "rmi", "-f", f"{self.name}:{tag}")
        return ("docker", "build", "--progress=plain", "-t", f"{self.name}:{tag}", *given, *arguments, ".")

    @property
    def context(self) -> dict[str, Any]:
        """Where programs run, and the environment they get."""
        return {"cwd": self.folder, "env": self.secrets}

    @cached_property
    def built(self) -> str:
        """What BuildKit said of the image of production, which is built once."""
        return self.build()

    # -- running

    @cached_property
    def base(self) -> Running:
        """compose.yaml as it is, up."""
        running = Running(self, BASE, "base")
        self._open.callback(running.down)
        running.up("--build")
        return running

    @contextmanager
    def running(self, files: tuple[str, ...], purpose: str) -> Iterator[Running]:
        """Return what Compose can bring up, and bring it down whatever happens."""
        running = Running(self, files, purpose)
        try:
            yield running
        finally:
            running.down()

    def close(self) -> None:
        """Leave no container, volume, network or image."""
        self._open.close()
        run("docker", "rmi", "-f", self.image)


@dataclass(kw_only=True)
class Project(Copy):
    """The copy of an example, with private files lying about."""

    workshop: Workshop
    example: Example
    canary: str = field(default_factory=lambda: f"canary-{secrets.token_hex(16)}")
    _failed: bool = False

    @cached_property
    def ready(self) -> bool:
        """The example, with private files lying about, and what `scaffold init` wrote."""
        if self._failed:
            raise AssertionError("it could not be made ready: see its first check")
        self._failed = True
        self.example.copy(self.folder)
        if self.example.index:
            self.move_index(self.workshop.index)
        self.lay_private_files()
        self.write_files()
        self._failed = False
        return True

    def write_files(self) -> None:
        """Let `scaffold init` write, and see to the images that are named then."""
        scaffold("init", "--yes", ".", cwd=self.folder)
        self.workshop.fetch_images("for", *(str(self.folder / name) for name in ("Dockerfile", *BASE)))

    @property
    def secrets(self) -> dict[str, str]:
        """The build secrets, by the environment variables that hold them."""
        index = self.example.index
        return (
            {index.username: self.workshop.username, index.password: self.workshop.password} if index else {}
        )

    @property
    def private_texts(self) -> tuple[str, ...]:
        """What no layer may hold."""
        return (self.canary, *([self.workshop.password] if self.example.index else []))

    def move_index(self, address: str) -> None:
        """Write the address where the index really is."""
        assert self.example.index
        for path in (p for p in self.folder.rglob("*") if p.is_file()):
            path.write_text(path.read_text("utf-8").replace(self.example.index.address, address), "utf-8")

    def lay_private_files(self) -> None:
        """Put down what people have lying about."""
        for path, text in PRIVATE_FILES.items():
            (self.folder / path).parent.mkdir(exist_ok=True)
            (self.folder / path).write_text(text % self.canary)

    @contextmanager
    def edited(self) -> Iterator[None]:
        """Change one line of source, for a while."""
        path = self.folder / self.example.edit.file
        before = path.read_text("utf-8")
        assert before.count(self.example.edit.old) == 1, f"{path} does not have the line once"
        path.write_text(before.replace(self.example.edit.old, self.example.edit.new), "utf-8")
        try:
            yield
        finally:
            path.write_text(before, "utf-8")


@dataclass
class Running:
    """A Compose project: some of the files, up under a name and on ports of its own."""

    project: Copy
    files: tuple[str, ...]
    purpose: str
    port: int = field(default_factory=free_port)
    debug_port: int = field(default_factory=free_port)

    @property
    def name(self) -> str:
        """The name of the Compose project."""
        return f"{self.project.name}-{self.purpose}"

    @property
    def env(self) -> dict[str, str]:
        """What the files read from the environment."""
        ports = {"PORT": str(self.port), "DEBUG_PORT": str(self.debug_port)}
        return {**self.project.secrets, **ports, "IMAGE": self.project.image}

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Return what a person types."""
        files = [word for name in self.files for word in ("-f", name)]
        return ("docker", "compose", "-p", self.name, *files, *arguments)

    def compose(self, *arguments: str, seconds: float = 300) -> str:
        """Run `docker compose`, and return what it printed."""
        return must(*self.command(*arguments), cwd=self.project.folder, env=self.env, seconds=seconds).stdout

    def config(self, *arguments: str) -> dict[str, Any]:
        """Return the merged file."""
        merged: dict[str, Any] = json.loads(self.compose("config", "--format", "json", *arguments))
        return merged

    @cached_property
    def apps(self) -> dict[str, str]:
        """The services that run the project itself, with their images."""
        services = self.config()["services"]
        ours = {n: s for n, s in services.items() if "build" in s or s.get("image") == self.project.image}
        return {name: service.get("image", f"{self.name}-{name}") for name, service in ours.items()}

    @cached_property
    def main(self) -> str:
        """The service that answers; the only one where none listens."""
        services = self.config()["services"]
        listening = [name for name in self.apps if services[name].get("ports")]
        return (listening or list(self.apps))[0]

    def up(self, *arguments: str, healthy: bool = True) -> None:
        """Bring everything up, and wait until it is HEALTHY, or only until what it depends on is."""
        waiting = ("--wait", "--wait-timeout", "180") if healthy else ()
        try:
            self.compose("up", "-d", *waiting, *arguments, seconds=BUILD_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    def down(self) -> None:
        """Take everything down, with its volumes and the images that were built for it."""
        run(*self.command("down", "-v", "-t", "1", "--remove-orphans"), cwd=self.project.folder, env=self.env)
        with suppress(AssertionError):  # files that Compose refuses have made no image
            run("docker", "rmi", "-f", *set(self.apps.values()) - {self.project.image})

    def logs(self) -> str:
        """Return the end of what the containers said."""
        done = run(*self.command("logs", "--no-color", "--tail", "25"), cwd=self.project.folder, env=self.env)
        return done.stdout[-4000:]

    def containers(self, *services: str) -> tuple[str, ...]:
        """Return the containers of these services, also those that ended."""
        return tuple(self.compose("ps", "-aq", *services).split())

    # -- asking

    @property
    def address(self) -> str:
        """Where the project answers on this computer."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, form: Mapping[str, str] | None = None) -> str:
        """Return a page; whatever an error says is one too."""
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with urllib.request.urlopen(self.address + path, data, timeout=30) as answer:
                return str(answer.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as error:
            return f"{error}: {error.read().decode('utf-8', 'replace')[:500]}"
        except OSError as error:
            return str(error)

    def head(self, path: str, **asked: str) -> tuple[int, Message]:
        """Return the status of an answer, and what its head says, to a browser that takes gzip."""
        request = urllib.request.Request(self.address + path, headers={"Accept-Encoding": "gzip", **asked})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    def shows(self, path: str, text: str, seconds: float = ANSWER_SECONDS) -> str:
        """Wait until a page shows a text, and return the page."""
        page = ""
        end = time.monotonic() + seconds
        while text not in (page := self.get(path)):
            assert time.monotonic() < end, f"{path} does not show {text!r} but {page[:600]!r}\n{self.logs()}"
            time.sleep(0.3)
        return page

    def shows_by_socket(self, asked: Socket, text: str, seconds: float = ANSWER_SECONDS) -> None:
        """Wait until a web socket sends a text."""
        wait_until(f"{asked.path} sends {text!r}", lambda: self._socket_sends(asked, text.encode()), seconds)

    def _socket_sends(self, asked: Socket, text: bytes) -> bool:
        """Send one masked binary frame, and read what comes for a while."""
        got = b""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            key = base64.b64encode(os.urandom(16))
            connection.sendall(UPGRADE % (asked.path.encode(), key))
            connection.recv(4096)  # only then does the server read frames
            frame = bytes.fromhex(asked.send)
            connection.sendall(bytes([0x82, 0x80 | len(frame), 0, 0, 0, 0]) + frame)
            while text not in got and (more := connection.recv(65536)):
                got += more
        return text in got

    def answers_by_grpc(self, asked: Grpc, text: str, seconds: float = ANSWER_SECONDS) -> None:
        """Wait until a call of gRPC is answered with a text."""
        wait_until(
            f"{asked.path} answers {text!r}", lambda: self._grpc_answers(asked, text.encode()), seconds
        )

    def _grpc_answers(self, asked: Grpc, text: bytes) -> bool:
        """Call a method, and read what comes for a while."""
        got = b""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            message = bytes.fromhex(asked.send)
            prefixed = b"\0" + len(message).to_bytes(4, "big") + message  # not compressed
            connection.sendall(PREFACE + frame(SETTINGS, 0, 0, b""))
            connection.sendall(frame(HEADERS, END_HEADERS, 1, grpc_headers(asked.path)))
            connection.sendall(frame(DATA, END_STREAM, 1, prefixed))
            while text not in got and (more := connection.recv(65536)):
                got += more
        return text in got

    def debugger_answers(self) -> bool:
        """Say whether the debugger answers who connects: that Docker's proxy accepts shows nothing."""
        asked, greeting = DEBUGGERS[self.project.stack]
        try:
            with socket.create_connection(("127.0.0.1", self.debug_port), 5) as connection:
                connection.sendall(asked)
                return connection.recv(len(greeting)) == greeting
        except OSError:
            return False

    # -- developing

    @contextmanager
    def watched(self) -> Iterator[Path]:
        """Have `docker compose up --watch` in the background; return what it says, as a file."""
        log = self.project.folder.parent / f"{self.name}.log"
        with (
            log.open("w") as out,
            subprocess.Popen(
                self.command("up", "--build", "--watch"),
                cwd=self.project.folder,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                yield log
            finally:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame of HTTP/2."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def grpc_headers(path: str) -> bytes:
    """Return the headers of a call, none of them compressed: RFC 7541, section 6.2.2.

    https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
    """
    headers = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost"}
    headers |= {"content-type": "application/grpc", "te": "trailers"}
    words = [word.encode() for header in headers.items() for word in header]
    pairs = zip(words[::2], words[1::2], strict=True)
    return b"".join(b"\0" + bytes([len(k)]) + k + bytes([len(v)]) + v for k, v in pairs)


def steps_of(said: str, stages: tuple[str, ...]) -> dict[str, bool]:
    """Return the RUN steps of these stages that BuildKit told of, and whether each was cached."""
    step = re.compile(rf"^#(\d+) \[(?:{'|'.join(stages)})\s+\d+/\d+\] (RUN .*)$", re.MULTILINE)
    cached = set(re.findall(r"^#(\d+) CACHED$", said, re.MULTILINE))
    return {text: number in cached for number, text in step.findall(said)}
