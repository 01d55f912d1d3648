"""What docs/recipes.md has, and who follows it: a person's shell, a repository with Docker files of ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from example import EXAMPLES, ROOT

PAGE = ROOT / "docs" / "recipes.md"

#: What the page has, by the name of the file that it says.
FILES: Mapping[str, str] = dict(
    re.findall(
        r"<!-- file: (\S+) -->\n\n```\w+\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
)

#: Where the page keeps things, and what it calls this repository there.
HOST = "https://git.example.com/"
TOOL, TAG = "tools/docker-scaffold", "v0.1.0"


def person(home: Path) -> dict[str, str]:
    """What a person's shell has who installed the program, and a home of its own."""
    home.mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    who = {
        f"GIT_{role}_{what}": "a@example.com"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    # how this computer reaches a package index is no part of a recipe
    index = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    return {
        **index,
        "PATH": path,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "SCAFFOLD_CACHE": str(home / "cache"),
        **who,
    }


def run(
    command: list[str] | str, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command, or a line of a shell."""
    return subprocess.run(
        command, cwd=folder, env=environment, shell=isinstance(command, str), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def run_well(commands: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    """Run lines of a shell that have to succeed."""
    for command in commands:
        done = run(command, folder, environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def lay(root: Path, files: Mapping[str, str]) -> Path:
    """Write files, by their paths."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def example(name: str, to: Path) -> Path:
    """Copy an example."""
    (found,) = (e for e in EXAMPLES if e.name == name)
    return found.copy(to)


def recipes(*names: str) -> dict[str, str]:
    """Return files of the page."""
    return {name: FILES[name] for name in names}


def repository(folder: Path, files: Mapping[str, str], environment: Mapping[str, str]) -> Path:
    """Return a git repository with Docker files of ours, and FILES."""
    lay(example("python-fastapi-uv", folder), files)
    run_well(
        ("git init -q -b main", "scaffold init --yes", "git add .", "git commit -qm a"), folder, environment
    )
    return folder


def spoil(folder: Path) -> None:
    """Add two errors to the Dockerfile."""
    text = (folder / "Dockerfile").read_text()
    (folder / "Dockerfile").write_text(f"{text}ENV API_TOKEN=abc\nUSER root\n")


def keep_at_host(folder: Path, environment: Mapping[str, str]) -> None:
    """Have git of that person find in FOLDER what the page keeps at its host."""
    config = f'[url "{folder.as_uri()}/"]\n\tinsteadOf = {HOST}\n'
    Path(environment["HOME"], ".gitconfig").write_text(config)


def publish(folder: Path, environment: Mapping[str, str]) -> None:
    """Keep this repository at the host as it is now, with the tag that the page names."""
    listed = run("git ls-files -z --cached --others --exclude-standard", ROOT, environment)
    assert listed.returncode == 0, listed.stderr
    to = folder / TOOL
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_bytes((ROOT / name).read_bytes())
    run_well(("git init -q", "git add --force .", "git commit -qm a", f"git tag {TAG}"), to, environment)
    keep_at_host(folder, environment)
