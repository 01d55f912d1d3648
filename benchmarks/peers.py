"""Other generators of Dockerfiles, as far as they can be installed here: each into a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple


class Peer(NamedTuple):
    """A program that writes a Dockerfile into the folder in which it is run, and asks nobody."""

    name: str
    version: str
    argv: tuple[str, ...]
    needs: str  # a file without which it has nothing to say; "" for none


def install_peers(scratch: Path) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers that could be installed below SCRATCH, and why each of the others could not."""
    found: list[Peer] = []
    absent: dict[str, str] = {}
    for name, install in INSTALLERS.items():
        try:
            found.append(install(name, scratch / "peers"))
        except (OSError, subprocess.CalledProcessError) as error:
            # what the installer said names its registry, which is nobody's business but this machine's
            absent[name] = f"{type(error).__name__} from its installation"
    return found, absent


def _from_npm(name: str, folder: Path) -> Peer:
    """https://github.com/fly-apps/dockerfile-node#usage"""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), name]
    subprocess.run(words, check=True, capture_output=True, text=True)
    manifest = json.loads((folder / "node_modules" / name / "package.json").read_text("utf-8"))
    program = str(folder / "node_modules" / ".bin" / "dockerfile")
    return Peer(name, manifest["version"], (program, "--force"), "package.json")


def _from_go(name: str, folder: Path) -> Peer:
    """https://github.com/flexstack/new-dockerfile#installation"""
    module = f"github.com/{name}"
    if shutil.which("go") is None:
        raise FileNotFoundError("there is no Go toolchain")
    subprocess.run(
        ["go", "install", f"{module}/cmd/new-dockerfile@latest"],
        check=True, capture_output=True, text=True, env={**os.environ, "GOBIN": str(folder)},
    )  # fmt: skip
    program = str(folder / "new-dockerfile")
    version = subprocess.run(
        ["go", "version", "-m", program], check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    built = next(line.split()[2] for line in version.splitlines() if line.split()[:2] == ["mod", module])
    return Peer(name, built, (program, "--write", "--quiet"), "")


INSTALLERS = {"@flydotio/dockerfile": _from_npm, "flexstack/new-dockerfile": _from_go}
