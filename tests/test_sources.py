"""Sources of packs: got, pinned, verified, kept in the cache; and whatever is not what it was is refused."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from http.client import BadStatusLine
from pathlib import Path
from typing import Any

import pytest
from example import EXAMPLES
from packing import Git, Server, acme, tarred, write, zipped

from scaffold.cli import main
from scaffold.errors import UntrustedPack, WrongUse
from scaffold.fetching.cache import cache_folder
from scaffold.fetching.places import Source, below, parse, written

EXAMPLE = next(example for example in EXAMPLES if example.name == "python-cli-uv")

Init = Callable[..., int]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCAFFOLD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return EXAMPLE.copy(tmp_path / "project")


@pytest.fixture
def init(project: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    """What runs `scaffold init` in the project, as somebody would who is beside it."""
    monkeypatch.chdir(project.parent)

    def run(*words: str) -> int:
        return main(["init", "--yes", *words, "project"])

    return run


def record(project: Path) -> dict[str, Any]:
    return dict(json.loads((project / ".scaffold/record.json").read_text("utf-8")))


def team(project: Path) -> str:
    """Return what the label of the pack says."""
    return (project / "Dockerfile").read_text("utf-8").rpartition("com.acme.team=")[2].strip()


def everything(folder: Path) -> Mapping[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- a folder


def test_a_folder_is_taken_and_recorded_as_it_lies_to_the_project(project: Path, init: Init) -> None:
    write(project.parent / "packs/acme", acme())
    assert init("--pack", "packs/acme") == 0
    assert team(project) == "platform"
    pins = record(project)["packs"]
    assert [pin["name"] for pin in pins] == ["acme", "docker-scaffold"]
    assert pins[0]["source"] == "../packs/acme"
    assert str(project.parent) not in (project / ".scaffold/record.json").read_text("utf-8")


def test_a_later_run_takes_the_recorded_pack(project: Path, init: Init) -> None:
    write(project.parent / "packs/acme", acme())
    init("--pack", "packs/acme")
    before = everything(project)
    assert init() == 0
    assert everything(project) == before


def test_a_folder_that_changed_is_a_newer_pack_and_is_said(
    project: Path, init: Init, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = write(project.parent / "packs/acme", acme())
    init("--pack", "packs/acme")
    write(pack, acme("1.1.0", team="core"))
    capsys.readouterr()
    assert init() == 0
    assert "acme 1.1.0 is newer than what was recorded (1.0.0)" in capsys.readouterr().out
    assert (team(project), record(project)["packs"][0]["version"]) == ("core", "1.1.0")


def test_a_pack_that_changed_under_its_version_is_called_no_newer_one(
    project: Path, init: Init, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = write(project.parent / "packs/acme", acme())
    init("--pack", "packs/acme")
    write(pack, acme(team="core"))
    capsys.readouterr()
    assert init() == 0
    assert "acme is not what was recorded, though its version is 1.0.0 still" in capsys.readouterr().out


def test_a_folder_that_is_not_there_cannot_be_reached(project: Path, init: Init) -> None:
    before = everything(project)
    assert init("--pack", "packs/acme") == 6
    assert everything(project) == before


def test_a_folder_that_no_record_can_name_is_in_the_cache(
    project: Path,
    init: Init,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(project.parent / "packs/base", acme())
    top = {"pack.toml": 'name = "top"\nversion = "2"\non = "../base"\n'}
    write(project.parent / "packs/top", top)
    monkeypatch.setattr("scaffold.fetching.places._relative", lambda path, root: None)
    assert init("--pack", "packs/top") == 0
    assert [pin.get("source") for pin in record(project)["packs"]] == [None, None, None]
    shutil.rmtree(project.parent / "packs")
    assert init() == 0
    assert team(project) == "platform"
    shutil.rmtree(cache)
    assert init() == 2
    assert "say --pack FOLDER" in capsys.readouterr().err


def test_the_first_pack_of_a_project_is_no_newer_one(
    project: Path, init: Init, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    init()
    write(project.parent / "packs/acme", acme())
    monkeypatch.setattr("scaffold.fetching.places._relative", lambda path, root: None)
    capsys.readouterr()
    assert init("--pack", "packs/acme") == 0
    assert "newer" not in "".join(capsys.readouterr())


def test_the_packs_policy_is_kept_and_goes_with_it(project: Path, init: Init) -> None:
    policy = '[rules.image-tag]\nseverity = "note"\n'
    write(project.parent / "packs/acme", {**acme(), "policy.toml": policy})
    kept = project / ".scaffold/policy.toml"
    init("--pack", "packs/acme")
    assert kept.read_text("utf-8") == policy
    init("--pack", "docker-scaffold")
    assert not kept.exists()
    kept.write_text(policy)  # somebody's own
    init("--set", "description=more")
    assert kept.exists()


def test_a_policy_of_the_users_own_is_never_the_packs(
    project: Path, init: Init, capsys: pytest.CaptureFixture[str]
) -> None:
    own, kept = '[rules.image-digest]\nseverity = "error"\n', project / ".scaffold/policy.toml"
    pack = write(project.parent / "packs/acme", acme())
    init("--pack", "packs/acme")
    kept.write_text(own)
    write(pack, acme("1.1.0", team="core"))
    assert init() == 0
    assert kept.read_text() == own, "the pack has none, and takes none away"
    write(pack, {"policy.toml": '[rules.image-tag]\nseverity = "note"\n'})
    capsys.readouterr()
    assert init() == 0
    assert kept.read_text() == own, "nor is it written over"
    assert "(own-policy)" in capsys.readouterr().out


def test_an_edited_policy_of_a_pack_is_the_users_own(project: Path, init: Init) -> None:
    kept = project / ".scaffold/policy.toml"
    pack = write(project.parent / "packs/acme", {**acme(), "policy.toml": 'fail_on = "warning"\n'})
    init("--pack", "packs/acme")
    write(pack, {"policy.toml": 'fail_on = "error"\n'})
    init()
    assert kept.read_text() == 'fail_on = "error"\n', "nobody edited it: it is brought up to date"
    kept.write_text('fail_on = "never"\n')
    write(pack, {"policy.toml": 'fail_on = "note"\n'})
    init()
    assert kept.read_text() == 'fail_on = "never"\n'
    kept.unlink()
    init()
    assert kept.read_text() == 'fail_on = "note"\n'


def test_the_environment_names_the_pack_of_a_project_with_no_record(
    project: Path, init: Init, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project.parent / "packs/acme", acme())
    write(project.parent / "packs/other", acme(team="other"))
    monkeypatch.setenv("SCAFFOLD_PACK", "packs/acme")
    assert init() == 0
    monkeypatch.setenv("SCAFFOLD_PACK", "packs/other")
    assert init() == 0
    assert team(project) == "platform"


def test_the_built_in_pack_can_be_named(project: Path, init: Init) -> None:
    write(project.parent / "packs/acme", acme())
    init("--pack", "packs/acme")
    assert init("--pack", "docker-scaffold") == 0
    assert "com.acme" not in (project / "Dockerfile").read_text("utf-8")


def test_detect_reads_no_pack(project: Path, init: Init) -> None:
    asked = '[variables.team]\ntype = "string"\nabout = "Who owns it"\n'
    pack = write(project.parent / "packs/acme", acme(variables=asked))
    assert init("--pack", "packs/acme", "--set", "team=shop") == 0
    shutil.rmtree(pack)
    assert main(["detect", "project"]) == 0


# -- archives


@pytest.mark.parametrize(("name", "packed"), [("acme.tar.gz", tarred), ("acme.zip", zipped)])
@pytest.mark.parametrize("top", ["", "acme-1.0.0/", "./", "./acme-1.0.0/"])
def test_an_archive_is_read_with_or_without_a_folder_around(
    project: Path, init: Init, name: str, packed: Callable[..., bytes], top: str
) -> None:
    (project.parent / name).write_bytes(packed(acme(), top))
    assert init("--pack", name) == 0
    assert (team(project), record(project)["packs"][0]["source"]) == ("platform", f"../{name}")


def test_an_archive_that_is_not_what_was_recorded_is_refused(project: Path, init: Init) -> None:
    archive = project.parent / "acme.zip"
    archive.write_bytes(zipped(acme()))
    init("--pack", "acme.zip")
    archive.write_bytes(zipped(acme(team="mallory")))
    before = everything(project)
    assert init() == 4
    assert init("--pack", "acme.zip") == 4
    assert everything(project) == before


def test_an_archive_that_is_gone_comes_from_the_cache(project: Path, init: Init) -> None:
    archive = project.parent / "acme.zip"
    archive.write_bytes(zipped(acme()))
    init("--pack", "acme.zip")
    archive.unlink()
    assert init("--set", "description=more") == 0
    assert team(project) == "platform"


# -- archives by https


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that we trust: an authority of the system's would have to vouch for it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([openssl, *made, *files, *names], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("no_proxy", "localhost")
    with Server(certificate, key) as server:
        yield server


def test_an_archive_is_fetched_once(project: Path, init: Init, server: Server) -> None:
    server.pages["/acme.zip"] = zipped(acme())
    assert init("--pack", f"{server.address}/acme.zip") == 0
    assert (team(project), record(project)["packs"][0]["source"]) == (
        "platform",
        f"{server.address}/acme.zip",
    )
    server.pages.clear()
    assert init("--set", "description=more") == 0
    assert len(server.asked) == 1


def test_a_server_that_speaks_no_http_cannot_be_reached(
    init: Init, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def opened(*_: object, **__: object) -> None:
        raise BadStatusLine("SSH-2.0")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", opened)
    assert init("--pack", "https://h.example/acme.zip") == 6
    assert "https://h.example/acme.zip: cannot be reached: BadStatusLine" in capsys.readouterr().err


def test_a_token_is_sent_and_never_kept(project: Path, init: Init, server: Server) -> None:
    server.pages["/acme.zip?token=s3cret"] = zipped(acme())
    address = server.address.replace("https://", "https://ann:passw0rd@")
    assert init("--pack", f"{address}/acme.zip?token=s3cret") == 0
    assert b64decode(server.asked[0].split()[1]) == b"ann:passw0rd"
    texts = "".join(path.read_text("utf-8", "replace") for path in project.parent.rglob("*.json"))
    assert "s3cret" not in texts
    assert "passw0rd" not in texts


def test_git_is_given_the_token_and_nobody_else(
    init: Init, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_SSL_CAINFO", os.environ["SSL_CERT_FILE"])
    server.is_private = True
    address = server.address.replace("https://", "git+https://ann:passw0rd@")
    assert init("--pack", f"{address}/packs.git@v1") == 6  # the server has no repository
    sent = [b64decode(said.split()[1]) for said in server.asked if said]
    assert b"ann:passw0rd" in sent
    assert "passw0rd" not in "".join(capsys.readouterr())


def test_what_is_fetched_again_and_differs_is_refused(
    project: Path, init: Init, server: Server, cache: Path
) -> None:
    server.pages["/acme.zip"] = zipped(acme())
    init("--pack", f"{server.address}/acme.zip")
    server.pages["/acme.zip"] = zipped(acme(team="mallory"))
    assert init("--pack", f"{server.address}/acme.zip") == 4
    shutil.rmtree(cache)
    assert init() == 4


def test_a_redirect_to_what_is_not_https_is_not_followed(init: Init, server: Server) -> None:
    server.moved["/acme.zip"] = "http://localhost:9/acme.zip"
    assert init("--pack", f"{server.address}/acme.zip") == 6


def test_a_server_that_nobody_vouches_for_is_not_asked(
    init: Init, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    server.pages["/acme.zip"] = zipped(acme())
    assert init("--pack", f"{server.address}/acme.zip") == 6


def test_what_is_not_there_cannot_be_reached(init: Init, server: Server) -> None:
    assert init("--pack", f"{server.address}/nothing.zip") == 6


# -- git


@pytest.fixture
def repository(tmp_path: Path) -> Git:
    return Git(tmp_path / "packs")


def test_a_tag_is_pinned_to_its_commit(project: Path, init: Init, repository: Git) -> None:
    commit = repository.commit(acme(), "v1")
    assert init("--pack", f"{repository.source}@v1") == 0
    pin = record(project)["packs"][0]
    assert (pin["source"], pin["ref"], pin["commit"]) == ("git+file:../packs", "v1", commit)
    assert len(pin["digest"]) == 64


def test_a_commit_is_a_ref_too(project: Path, init: Init, repository: Git) -> None:
    commit = repository.commit(acme())
    repository.commit(acme(team="later"))
    assert init("--pack", f"{repository.source}@{commit}") == 0
    assert team(project) == "platform"


def test_a_pack_may_lie_in_a_folder_and_stand_on_another_one_there(
    project: Path, init: Init, repository: Git, cache: Path
) -> None:
    base = {f"base/{path}": text for path, text in acme(team="base").items()}
    top = {"top/pack.toml": 'name = "top"\nversion = "2"\non = "../base"\n'}
    repository.commit({**base, **top}, "v1")
    assert init("--pack", f"{repository.source}@v1#top") == 0
    assert team(project) == "base"
    assert [pin["name"] for pin in record(project)["packs"]] == ["top", "acme", "docker-scaffold"]
    shutil.rmtree(repository.folder)
    shutil.rmtree(cache / "notes")
    assert init() == 0


def test_afterwards_no_network_is_needed(project: Path, init: Init, repository: Git) -> None:
    repository.commit(acme(), "v1")
    init("--pack", f"{repository.source}@v1")
    shutil.rmtree(repository.folder)
    assert init("--set", "description=more") == 0
    assert team(project) == "platform"


def test_what_was_fetched_once_is_taken_where_nobody_answers_and_that_is_said(
    project: Path, init: Init, repository: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(acme(), "v1")
    init("--pack", f"{repository.source}@v1")
    shutil.rmtree(repository.folder)
    shutil.rmtree(project / ".scaffold")
    for path in ("Dockerfile", ".dockerignore", "compose.yaml"):
        (project / path).unlink()
    capsys.readouterr()
    assert init("--pack", f"{repository.source}@v1") == 0
    assert "cannot be reached: this is what it was when it was fetched" in capsys.readouterr().out


def test_with_an_empty_cache_the_recorded_commit_is_fetched(
    project: Path, init: Init, repository: Git, cache: Path
) -> None:
    repository.commit(acme())
    init("--pack", f"{repository.source}@main")
    repository.commit(acme("2.0.0", team="later"))
    shutil.rmtree(cache)
    assert init() == 0
    assert team(project) == "platform"


def test_a_branch_that_moved_is_a_newer_pack_where_it_is_asked_for(
    project: Path, init: Init, repository: Git
) -> None:
    repository.commit(acme())
    init("--pack", f"{repository.source}@main")
    repository.commit(acme("2.0.0", team="later"))
    assert init() == 0
    assert team(project) == "platform"
    assert init("--pack", f"{repository.source}@main") == 0
    assert team(project) == "later"


def test_update_asks_what_the_branch_is_now(project: Path, init: Init, repository: Git) -> None:
    repository.commit(acme())
    init("--pack", f"{repository.source}@main")
    dockerfile = project / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text("utf-8").replace("# syntax", "# mine\n# syntax"), "utf-8")
    repository.commit(acme("2.0.0") | {"Dockerfile.j2": '{% extends "parent" %}\n'})
    assert main(["update", "--yes", str(project)]) == 0
    text = dockerfile.read_text("utf-8")
    assert text.startswith("# mine\n")
    assert "com.acme" not in text
    assert record(project)["packs"][0]["version"] == "2.0.0"


def test_update_refuses_a_tag_that_moved(project: Path, init: Init, repository: Git) -> None:
    repository.commit(acme(), "v1")
    init("--pack", f"{repository.source}@v1")
    repository.commit(acme(team="mallory"), "v1")
    before = everything(project)
    assert main(["update", "--yes", str(project)]) == 4
    assert everything(project) == before


def test_update_takes_the_next_tag(project: Path, init: Init, repository: Git) -> None:
    repository.commit(acme(), "v1")
    init("--pack", f"{repository.source}@v1")
    repository.commit(acme("2.0.0", team="later"), "v2")
    assert main(["update", "--yes", "--pack", f"{repository.source}@v2", str(project)]) == 0
    assert (team(project), record(project)["packs"][0]["ref"]) == ("later", "v2")


def test_a_tag_that_moved_is_refused(project: Path, init: Init, repository: Git, cache: Path) -> None:
    repository.commit(acme(), "v1")
    init("--pack", f"{repository.source}@v1")
    repository.commit(acme(team="mallory"), "v1")
    before = everything(project)
    assert init("--pack", f"{repository.source}@v1") == 4
    assert init() == 0  # what was recorded is in the cache
    shutil.rmtree(cache)
    assert init() == 4
    assert everything(project) == before


@pytest.mark.parametrize("change", ["a file", "another file"])
def test_a_forged_cache_is_refused(
    project: Path, init: Init, repository: Git, cache: Path, change: str
) -> None:
    repository.commit(acme(), "v1")
    init("--pack", f"{repository.source}@v1")
    (copy,) = (cache / "packs").iterdir()
    forged = copy / ("Dockerfile.j2" if change == "a file" else "python/macros.j2")
    forged.parent.mkdir(exist_ok=True)
    forged.write_text("FROM evil\n")
    before = everything(project)
    assert init() == 4
    assert init("--pack", f"{repository.source}@v1") == 4
    assert everything(project) == before


def test_a_repository_that_is_not_there_cannot_be_reached(init: Init, tmp_path: Path) -> None:
    assert init("--pack", f"git+{(tmp_path / 'nowhere').as_uri()}@v1") == 6


def test_a_ref_that_is_not_there_is_wrong_use(
    init: Init, repository: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit(acme(), "v1")
    assert init("--pack", f"{repository.source}@v2") == 2
    assert "there is no tag and no branch 'v2'" in capsys.readouterr().err


def test_hooks_filters_and_submodules_do_nothing(
    project: Path, init: Init, repository: Git, tmp_path: Path
) -> None:
    """A repository is data: its attributes name a filter, and its hooks are in it."""
    ran = tmp_path / "ran"
    repository("config", "filter.evil.smudge", f"touch {ran}")
    hook = repository.folder / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    repository.commit({**acme(), ".gitattributes": "*.j2 filter=evil text eol=crlf\n"}, "v1")
    assert init("--pack", f"{repository.source}@v1") == 0
    assert not ran.exists()
    assert "\r" not in (project / "Dockerfile").read_bytes().decode()


def test_a_git_that_calls_us_is_left_alone(
    init: Init, repository: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A hook has GIT_DIR set, and every git that it calls works on the repository that is committed to."""
    repository.commit(acme(), "v1")
    other = Git(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert init("--pack", f"{repository.source}@v1") == 0
    monkeypatch.delenv("GIT_DIR")
    assert other("for-each-ref") == ""


# -- how it is written


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("docker-scaffold", Source("builtin")),
        ("packs/acme", Source("folder", "/work/packs/acme")),
        ("../acme.tgz", Source("archive", "/acme.tgz")),
        ("acme.zip#python", Source("archive", "/work/acme.zip", folder="python")),
        ("https://h.example/a.zip", Source("archive", "https://h.example/a.zip")),
        ("git+https://h.example/p.git@v1", Source("git", "https://h.example/p.git", "v1")),
        ("git+https://h.example/p.git@v1#a/b", Source("git", "https://h.example/p.git", "v1", "a/b")),
        ("git+https://h.example/p.git", Source("git", "https://h.example/p.git")),
        ("git+https://ann:tok@h.example/p@v1", Source("git", "https://h.example/p", "v1", "", "ann:tok")),
        ("git+ssh://git@h.example/p.git@v1", Source("git", "ssh://git@h.example/p.git", "v1")),
        ("git+ssh://ann@h.example/p.git", Source("git", "ssh://h.example/p.git", None, "", "ann")),
        ("git+file:../p@main", Source("git", "file:///p", "main")),
    ],
)
def test_a_source_is_read(text: str, source: Source) -> None:
    assert parse(text, Path("/work")) == source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("git+https://h.example/p@--upload-pack=x", "no ref"),
        ("git+https://h.example/p@a..b", "no ref"),
        ("git+ssh://-oProxyCommand=x/p", "names no repository"),
        ("git+ext::sh -c id", "by https, ssh or file"),
        ("git+http://h.example/p", "by https, ssh or file"),
        ("http://h.example/a.zip", "no archive by https"),
        ("https://h.example/p.git", "git+https://HOST/REPOSITORY@REF"),
        ("https://h.example:https/a.zip", "no archive by https"),
        ("https://h.example/a b.zip", "no archive by https"),
        ("https://[::1/a.zip", "no archive by https"),
        ("git@h.example:p.git", "is written git+ssh://git@h.example/p.git@REF"),
        ("a.zip#../x", "no folder inside of it"),
        ("", "no source of a pack"),
        ("a\nb", "no source of a pack"),
    ],
)
def test_what_names_no_source_is_refused(text: str, said: str) -> None:
    with pytest.raises(WrongUse, match=re.escape(said)):
        parse(text, Path("/work"))


@pytest.mark.parametrize(
    "text",
    ["git+https://ann:s3cret@h.example/p.git@v1", "https://ann:s3cret@h.example/p.zip?token=s3cret"],
)
def test_no_credential_is_recorded_or_shown(text: str) -> None:
    source = parse(text, Path("/work"))
    for said in (written(source, Path("/work")), source.shown):
        assert said is not None
        assert "s3cret" not in said
        assert "ann" not in said


@pytest.mark.parametrize("scheme", ["https", "ssh"])
def test_no_credential_is_in_a_message(init: Init, capsys: pytest.CaptureFixture[str], scheme: str) -> None:
    assert init("--pack", f"git+{scheme}://ann:s3cret@127.0.0.1:9/p.git@v1") == 6
    assert "s3cret" not in "".join(capsys.readouterr())


def test_a_path_that_says_too_much_of_this_computer_is_not_recorded(tmp_path: Path) -> None:
    assert written(Source("folder", "/opt/acme"), tmp_path) is None


@pytest.mark.parametrize("on", ["/etc", "../..", "git+file:///etc", "../../x"])
def test_a_pack_from_elsewhere_stands_on_nothing_of_this_computer(on: str) -> None:
    with pytest.raises(UntrustedPack):
        below(on, Source("git", "https://h.example/p.git", "v1", "top"))


def test_the_cache_is_where_the_system_has_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder({"SCAFFOLD_CACHE": "/x", "XDG_CACHE_HOME": "/y"}) == Path("/x")
    assert cache_folder({"XDG_CACHE_HOME": "/y"}) == Path("/y/docker-scaffold")
    assert cache_folder({"LOCALAPPDATA": "/z"}) == Path("/z/docker-scaffold/cache")
    assert cache_folder({}) == tmp_path / ".cache/docker-scaffold"
