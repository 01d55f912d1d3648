"""The engines of the services that recipes are for. `python tests/engines.py` installs them into .engines.

They are what the services run, or what people run in their place: Renovate itself, act for GitHub's runner,
gitlab-ci-local for GitLab's. They come as packages of npm and Go modules, and their versions are pinned here.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".engines"

#: What runs the packages of npm: Renovate takes no other, and npm has it as a package too.
NODE = "24.21.0"

#: Packages of npm.
PACKAGES: Mapping[str, str] = {"renovate": "44.121.2", "gitlab-ci-local": "4.75.1"}

#: Commands in Go, by the path of their package.
COMMANDS: Mapping[str, str] = {
    "github.com/nektos/act": "0.2.89",
    "github.com/rhysd/actionlint/cmd/actionlint": "1.7.12",
}

#: What is taken from the computer, and what it is needed for.
NEEDED: Mapping[str, str] = {
    "npm": "installs Renovate and gitlab-ci-local",
    "go": "builds act and actionlint",
    "rsync": "is called by gitlab-ci-local",
}


def versions() -> dict[str, str]:
    """Return the version of each engine, by its name."""
    return {**PACKAGES, **{path.rpartition("/")[2]: version for path, version in COMMANDS.items()}}


def folders() -> tuple[Path, Path, Path]:
    """Return where the commands are: those in Go, those of npm's packages, and node itself."""
    modules = FOLDER / "node_modules"
    return FOLDER / "bin", modules / ".bin", modules / _node() / "bin"


def why_not() -> str:
    """Return why the engines cannot run; "" where they can."""
    if not (FOLDER / "installed").is_file() or (FOLDER / "installed").read_text() != _wanted():
        return "the engines are not installed: make recipes"
    return "; ".join(_missing())


def install() -> None:
    """Install what is not there in the version that it is to have."""
    FOLDER.mkdir(exist_ok=True)
    packages = [f"{name}@{version}" for name, version in {_node(): NODE, **PACKAGES}.items()]
    # no script of a package runs: none of these needs it
    quietly = ["--no-audit", "--no-fund", "--no-save", "--omit=optional", "--ignore-scripts"]
    (FOLDER / "package.json").write_text('{"private": true}\n')
    _run(["npm", "install", *quietly, *packages])
    for path, version in COMMANDS.items():
        _run(["go", "install", f"{path}@v{version}"])
    (FOLDER / "installed").write_text(_wanted())


def _node() -> str:
    """The package of npm that is node for this computer."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"node-{platform.system().lower()}-{machine}"


def _wanted() -> str:
    return f"{NODE} {versions()}"


def _missing() -> Iterator[str]:
    return (f"there is no {name}, which {what}" for name, what in NEEDED.items() if not shutil.which(name))


def _run(command: list[str]) -> None:
    environment = {**os.environ, "GOBIN": str(folders()[0])}
    subprocess.run(command, cwd=FOLDER, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if missing := list(_missing()):
        sys.exit("\n".join(missing))
    if why_not():
        install()
