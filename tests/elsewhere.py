"""What Renovate asks elsewhere, answered on this computer: registries of images, a Gitea with one repository.

Both are reached by plain HTTP: a registry as by a proxy, with the name that it has in the files.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

#: The repository's name at Gitea, and who asks.
NAME = "shop/shop"
USER = {"id": 1, "login": "bot", "full_name": "bot", "email": "bot@example.com"}

#: Where an image is whose name says no registry.
HUB = "index.docker.io"

_IMAGE = re.compile(r"^(?:FROM |# syntax=|\s*image: )([\w./-]+):([\w.-]+)", re.MULTILINE)


def full_name(image: str) -> str:
    """Return the name of an image as its registry knows it, after the registry's own."""
    first, slash, _ = image.partition("/")
    if slash and "." in first:
        return image
    return f"{HUB}/{image}" if slash else f"{HUB}/library/{image}"


def newer(tag: str) -> list[str]:
    """Return the tags above TAG: of one more patch, one more minor version, and one more major version."""
    match = re.match(r"\d+(\.\d+)*", tag)
    if not match:
        return []
    numbers, rest = [int(n) for n in match[0].split(".")], tag[match.end() :]
    raised = [[*numbers[:i], n + 1, *(0 for _ in numbers[i + 1 :])] for i, n in enumerate(numbers)]
    return [".".join(map(str, each)) + rest for each in raised]


def digest(name: str, tag: str) -> str:
    """Return the digest that the registry has for a tag."""
    return "sha256:" + hashlib.sha256(f"{name}:{tag}".encode()).hexdigest()


def images(root: Path) -> dict[str, list[str]]:
    """Return the tags that registries have of each image that files below ROOT name: its own, and newer ones.

    Not of those that are built there.
    """
    found: dict[str, list[str]] = {}
    for path in (p for p in root.rglob("*") if re.search(r"Dockerfile|compose.*\.yaml", p.name)):
        for name, tag in _IMAGE.findall(path.read_text()):
            if tag not in ("local", "dev"):
                found[full_name(name)] = [tag, *newer(tag)]
    return found


@dataclass(frozen=True)
class Elsewhere:
    """What the registries have, the bare git repository, and what was said to Gitea."""

    tags: Mapping[str, list[str]]
    origin: Path
    asked: list[str] = field(default_factory=list)  # of which images
    said: list[tuple[str, Any]] = field(default_factory=list)  # path and body
    pulls: list[dict[str, Any]] = field(default_factory=list)

    def registry(self, host: str, path: str) -> tuple[int, Any, dict[str, str]]:
        """Answer as a registry: https://github.com/opencontainers/distribution-spec."""
        if path == "/v2/":
            return 200, {}, {}
        match = re.fullmatch(r"/v2/(.+)/(tags|manifests)/(.+)", path)
        name = f"{host}/{match[1]}" if match else host
        self.asked.append(name)
        if not match or name not in self.tags:
            return 404, {}, {}
        if match[2] == "tags":
            return 200, {"name": match[1], "tags": self.tags[name]}, {}
        return 200, {"schemaVersion": 2, "manifests": []}, {"Docker-Content-Digest": digest(name, match[3])}

    def gitea(self, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        """Answer as Gitea's API, as far as Renovate goes: https://docs.gitea.com/api/."""
        if body is not None:
            self.said.append((path, body))
        if path.endswith("/pulls") and body is not None:
            self.pulls.append(self._pull(body))
            return 201, self.pulls[-1], {}
        if path.endswith("/comments") and body is not None:
            return 201, {"id": 1, "body": body["body"]}, {}
        if "/statuses/" in path:
            return 201, {"id": 1, "status": body["state"], "context": body["context"], "created_at": ""}, {}
        known: dict[str, Any] = {
            "/user": USER,
            "/version": {"version": "1.24.0"},
            f"/repos/{NAME}": self._repository(),
            f"/repos/{NAME}/pulls": self.pulls,
        }
        if path in known:
            return 200, known[path], {}
        return (200, [], {}) if path.startswith(f"/repos/{NAME}/") else (404, {}, {})

    def _repository(self) -> dict[str, Any]:
        may = {"admin": True, "pull": True, "push": True}
        return {
            "id": 1, "full_name": NAME, "owner": USER, "permissions": may, "allow_merge_commits": True,
            "clone_url": self.origin.as_uri(), "default_branch": "main", "has_issues": False, "empty": False,
        }  # fmt: skip

    def _pull(self, body: dict[str, Any]) -> dict[str, Any]:
        git = ["git", "--git-dir", str(self.origin), "rev-parse", body["head"]]
        commit = subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
        head = {"label": body["head"], "sha": commit, "repo": {"full_name": NAME}}
        return {
            "number": len(self.pulls) + 1, "state": "open", "title": body["title"], "body": body["body"],
            "mergeable": True, "created_at": "", "updated_at": "2026-01-01T00:00:00Z",
            "base": {"ref": "main"}, "head": head, "user": USER,
        }  # fmt: skip


class _Server(ThreadingHTTPServer):
    elsewhere: Elsewhere


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        url = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        elsewhere = cast("_Server", self.server).elsewhere
        if url.path.startswith("/v2/"):
            status, said, headers = elsewhere.registry(url.hostname or "", url.path)
        else:
            path = url.path.removeprefix("/api/v1")
            status, said, headers = elsewhere.gitea(path, json.loads(sent) if sent else None)
        data = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(elsewhere: Elsewhere) -> Iterator[str]:
    """Serve it, at the address that this gives."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.elsewhere = elsewhere
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
