"""A package index that asks for a password (PEP 503), with one package that is nowhere else.

Runs alone, in a container that has Python and nothing more.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080
NAME = "acme_greetings"
WHEEL = f"{NAME}-1.0.0-py3-none-any.whl"
INFO = f"{NAME}-1.0.0.dist-info"
FILES = {
    f"{NAME}/__init__.py": 'def greeting() -> str:\n    return "Greetings from Acme"\n',
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: acme-greetings\nVersion: 1.0.0\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def wheel() -> bytes:
    """The package: the same bytes on every machine, for the example's lock file has their hash."""
    record = f"{INFO}/RECORD"
    listed = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in FILES.items())
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, text in {**FILES, record: f"{listed}{record},,\n"}.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3  # else it is the machine's
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return made.getvalue()


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def pages() -> dict[str, tuple[str, bytes]]:
    """Every address of the index, with its type and contents."""
    package = wheel()
    link = f'<a href="/files/{WHEEL}#sha256={hashlib.sha256(package).hexdigest()}">{WHEEL}</a>'
    return {
        "/simple/acme-greetings/": ("text/html", f"<!doctype html>{link}".encode()),
        f"/files/{WHEEL}": ("application/octet-stream", package),
    }


class Index(BaseHTTPRequestHandler):
    """Answers who knows the password."""

    pages = pages()

    def do_GET(self) -> None:
        """Serve a page, or ask for the password."""
        known = f"{os.environ['INDEX_USERNAME']}:{os.environ['INDEX_PASSWORD']}"
        if self.headers.get("Authorization") != f"Basic {base64.b64encode(known.encode()).decode()}":
            self.answer(401, "text/plain", b"who are you?", ("WWW-Authenticate", 'Basic realm="acme"'))
        elif found := self.pages.get(self.path):
            self.answer(200, *found)
        else:
            self.answer(404, "text/plain", b"no such package")

    do_HEAD = do_GET  # noqa: N815  the base class names it

    def answer(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
        """Send one whole answer."""
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", kind), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Index).serve_forever()
