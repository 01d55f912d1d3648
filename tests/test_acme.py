"""examples/packs/acme: what a platform team asks for, in a few lines, on every Python and Node.js example."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from dockerfile import read_stages
from example import EXAMPLES, ROOT, Example
from test_builds import check_answers, check_output
from test_examples import golden
from workshop import BASE, Project, Workshop, inspect, must, run, scaffold

from scaffold.cli import main

PACK = ROOT / "examples/packs/acme"
CERTIFICATE = "/etc/ssl/certs/40b89265.0"
REGISTRY = "registry.acme.example/golden/"

OVERLAID = tuple(example for example in EXAMPLES if example.stack in ("python", "node"))
each_example = pytest.mark.parametrize("example", OVERLAID, ids=lambda e: e.name)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_CACHE", str(tmp_path / "cache"))


def test_it_is_short() -> None:
    """The certificate itself is not counted."""
    files = [path for path in PACK.iterdir() if path.is_file() and path.suffix != ".crt"]
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) < 15


@pytest.mark.skipif(not Path("/usr/bin/openssl").exists(), reason="needs openssl")
def test_the_certificate_is_called_by_its_hash() -> None:
    """OpenSSL looks for an authority by that: https://docs.openssl.org/master/man1/openssl-rehash/"""
    said = must("/usr/bin/openssl", "x509", "-in", str(PACK / "acme.crt"), "-noout", "-subject_hash")
    assert f"/etc/ssl/certs/{said.stdout.strip()}.0" == CERTIFICATE


def test_its_cases_are_as_reviewed(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        assert main(["pack", "test", str(PACK), "--update"]) == 0
    assert main(["pack", "test", str(PACK)]) == 0


def overlaid(example: Example, folder: Path) -> Mapping[str, str]:
    """Return what is written with the pack, and nothing else."""
    example.copy(folder)
    there = {path for path in folder.rglob("*") if path.is_file()}
    assert main(["init", "--yes", "--pack", str(PACK), str(folder)]) == 0
    written = {path for path in folder.rglob("*") if path.is_file()} - there
    texts = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in written}
    return {path: text for path, text in texts.items() if not path.startswith(".scaffold/")}


@each_example
def test_it_changes_what_it_says_and_nothing_else(example: Example, tmp_path: Path) -> None:
    ours, theirs = golden(example), overlaid(example, tmp_path / "project")
    assert theirs["certs/acme.crt"] == (PACK / "acme.crt").read_text("utf-8")
    others = {path: text for path, text in theirs.items() if path not in ("Dockerfile", "certs/acme.crt")}
    assert others == {path: text for path, text in ours.items() if path != "Dockerfile"}
    lines = difflib.ndiff(ours["Dockerfile"].splitlines(), theirs["Dockerfile"].splitlines())
    changed = [line for line in lines if line[0] in "+-"]
    image = next(re.search(r"FROM (\S+) AS base", line) for line in changed if line.startswith("- FROM"))
    assert image is not None
    certificate = [
        f"+ COPY --link certs/acme.crt {CERTIFICATE}",
        f"+ ENV NODE_EXTRA_CA_CERTS=${{NODE_EXTRA_CA_CERTS:-{CERTIFICATE}}} SSL_CERT_DIR=/etc/ssl/certs",
    ]
    from_base = read_stages(ours["Dockerfile"])[-1].image == "base"
    assert changed == [
        f"- FROM {image[1]} AS base",
        f"+ FROM {REGISTRY}{image[1]} AS base",
        *certificate,
        *([] if from_base else certificate),
        "+ LABEL com.acme.owner=platform",
    ]


@each_example
def test_a_second_init_changes_nothing(example: Example, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    overlaid(example, folder)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert main(["init", "--yes", str(folder)]) == 0
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e not in OVERLAID], ids=lambda e: e.name)
def test_other_stacks_get_the_file_and_no_more(example: Example, tmp_path: Path) -> None:
    assert overlaid(example, tmp_path / "project") == golden(example)


# -- real builds


@dataclass(kw_only=True)
class Overlaid(Project):
    """The copy of an example, with the pack's files in it."""

    def write_files(self) -> None:
        """Let `scaffold init` write, and call the images that it would name alone by the registry's names."""
        scaffold("init", "--yes", "--pack", str(PACK), ".", cwd=self.folder)
        text = (self.folder / "Dockerfile").read_text("utf-8")
        plain = self.folder.parent / f"{self.name}.Dockerfile"
        plain.write_text(text.replace(REGISTRY, ""), "utf-8")
        self.workshop.fetch_images("for", str(plain), *(str(self.folder / name) for name in BASE))
        for image in sorted(set(re.findall(rf"{re.escape(REGISTRY)}(\S+)", text))):
            if run("docker", "image", "inspect", image).returncode:
                must("docker", "pull", image, seconds=600)
            must("docker", "tag", image, REGISTRY + image)
            self._open.callback(run, "docker", "rmi", REGISTRY + image)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Where they are built: needs a Docker Engine."""
    if not Workshop.has_an_engine():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Docker Engine answers")
    workshop = Workshop(tmp_path_factory.mktemp("acme"))
    yield workshop
    workshop.close()


@pytest.mark.docker
@each_example
def test_it_builds_and_answers_with_label_and_certificate(example: Example, workshop: Workshop) -> None:
    project = Overlaid(
        workshop=workshop, example=example, folder=workshop.folder / example.name, stack=example.stack
    )
    try:
        assert project.ready
        if example.port is None:
            assert project.built
            check_output(project)
            image = project.image
        else:
            check_answers(project.base)
            image = project.base.apps[project.base.main]
        assert inspect(image)["Config"]["Labels"]["com.acme.owner"] == "platform"
        assert "SSL_CERT_DIR=/etc/ssl/certs" in inspect(image)["Config"]["Env"]
        assert content(image, CERTIFICATE, workshop.folder) == (PACK / "acme.crt").read_bytes()
    finally:
        project.close()


def content(image: str, path: str, folder: Path) -> bytes:
    """Return a file of an image, which may have no shell."""
    container = must("docker", "create", image).stdout.strip()
    copy = folder / f"{container}.crt"
    try:
        must("docker", "cp", f"{container}:{path}", str(copy))
        return copy.read_bytes()
    finally:
        run("docker", "rm", "-f", container)
