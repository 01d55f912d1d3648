"""Packs for the tests: written in a few lines, put into folders, archives and git repositories."""

from __future__ import annotations

import io
import ssl
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

from scaffold.fetching.overlays import lay_over
from scaffold.model import Pin
from scaffold.packs import Pack, builtin

ACME = {
    "pack.toml": 'name = "acme"\nversion = "1.0.0"\n',
    "Dockerfile.j2": (
        '{% extends "parent" %}\n'
        "{% block labels %}\n{{ super() -}}\nLABEL com.acme.team=platform\n{% endblock %}\n"
    ),
}


def acme(version: str = "1.0.0", team: str = "platform", **more: str) -> dict[str, str]:
    """Return the files of a pack that adds a label to every Dockerfile; MORE is added to its pack.toml."""
    tables = "".join(f"{table}\n" for table in more.values())
    return {
        "pack.toml": ACME["pack.toml"].replace("1.0.0", version) + tables,
        "Dockerfile.j2": ACME["Dockerfile.j2"].replace("platform", team),
    }


def over(files: Mapping[str, str], parent: Pack | None = None) -> Pack:
    """Return the pack of FILES as it stands on PARENT, by default on the built-in one."""
    contents = {path: text.encode() for path, text in files.items()}
    return lay_over(parent or builtin(), Pin("acme", "1.0.0"), contents, "acme")


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write FILES into FOLDER."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8", newline="")
    return folder


def tarred(files: Mapping[str, str], top: str = "") -> bytes:
    """Return a .tar.gz of FILES, all in the folder TOP."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{top}{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return written.getvalue()


def zipped(files: Mapping[str, str], top: str = "") -> bytes:
    """Return a .zip of FILES, all in the folder TOP."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, text in files.items():
            archive.writestr(f"{top}{path}", text)
    return written.getvalue()


class Git:
    """A git repository of packs, to fetch from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self("init", "--quiet", "--initial-branch=main")

    def __call__(self, *words: str) -> str:
        """Run git in it, as nobody in particular."""
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *who, *words], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str], *tags: str) -> str:
        """Commit FILES, put TAGS there, and return the commit."""
        write(self.folder, files)
        self("add", "--all")
        self("commit", "--quiet", "--message", "A pack")
        for tag in tags:
            self("tag", "--force", "--annotate", "--message", tag, tag)
        return self("rev-parse", "HEAD")

    @property
    def source(self) -> str:
        return f"git+{self.folder.as_uri()}"


class Server:
    """An https server on this computer, which has some pages and tells what it was asked."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.pages: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        self.is_private = False
        self.asked: list[str] = []  # the authorization of each request
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server = HTTPServer(("localhost", 0), partial(Pages, self))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"https://localhost:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Pages(BaseHTTPRequestHandler):
    """Answers one request."""

    def __init__(self, server: Server, *arguments: Any) -> None:
        self.of = server
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.of.asked.append(self.headers.get("Authorization", ""))
        if self.of.is_private and not self.of.asked[-1]:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="packs"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        page, moved = self.of.pages.get(self.path), self.of.moved.get(self.path)
        self.send_response(302 if moved else 200 if page is not None else 404)
        if moved:
            self.send_header("Location", moved)
        self.send_header("Content-Length", str(len(page or b"")))
        self.end_headers()
        self.wfile.write(page or b"")

    def log_message(self, *_: object) -> None:
        """Be silent."""
