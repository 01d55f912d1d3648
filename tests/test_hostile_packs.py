"""Packs, archives and records of somebody who means harm: refused by the right code, with nothing written."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from example import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st
from packing import Git, acme, over, tarred, write, zipped
from plans import flask_poetry, with_values

from scaffold.cli import main
from scaffold.errors import ScaffoldError, UntrustedPack, WrongUse
from scaffold.fetching.archives import files_in_archive
from scaffold.fetching.packfiles import DEEPEST, MOST_BYTES, MOST_FILES
from scaffold.render import render

EXAMPLE = next(example for example in EXAMPLES if example.name == "python-cli-uv")

#: Whatever a pack holds, it is refused before anybody would wonder.
SECONDS = 10

Refuse = Callable[[int, str], str]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCAFFOLD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def everything(folder: Path) -> Mapping[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """What runs init with a pack, and sees that it ends with a code, in one line, with nothing written."""
    project = EXAMPLE.copy(tmp_path / "project")
    before = everything(project)

    def run(code: int, source: str) -> str:
        started = time.monotonic()
        ended = main(["init", "--yes", "--pack", source, str(project)])
        said = capsys.readouterr().err
        assert ended == code, said
        assert time.monotonic() - started < SECONDS
        assert everything(project) == before
        assert said.count("\n") == 1
        return said

    return run


# -- templates


@pytest.mark.parametrize(
    "text",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() | list }}",
        "{{ sources.__class__ }}",
        "{{ range.__globals__ }}",
        "{{ (name | word).__html__.__globals__ }}",
        "{{ '{0.__class__}'.format(name) | word }}",
        "{{ name.encode() }}",
        "{{ (name | word).unescape() | word }}",
        "{% set x = manifests.append('x') %}",
        "{% set x = sources.update({}) %}",
        "{% for x in range(99999999) %}{% endfor %}",
        "{% for x in range(9999) %}{% for y in range(9999) %}{% endfor %}{% endfor %}",
        "{% for x in range(9999) %}" + "{{ 'x' | plain }}" * 100 + "{% endfor %}",
        "{% for a in 'xxxxxxxxxx' * 1000 %}{% endfor %}",
        "{{ ('x' * 999999999) | plain }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 9999999999 * 9999999999 * 9999999999 }}",
        "{{ ('%999999999d' % 1) | plain }}",
        "{{ ('%*d' % (999999999, 1)) | plain }}",
        "{{ 'x'.ljust(999999999) | plain }}",
        "{{ 'x'.center(999999999) | plain }}",
        "{{ '{:>999999999}'.format(1) | plain }}",
        "{{ 'x'.replace('', 'y') | plain | indent(999999999) }}",
        "{{ lipsum(n=999999) }}",
        "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 40,
        "{% set a = 'xx' %}" + "{% set a = a.replace('x', a) %}" * 40,
        "{% set a = 'xx' %}" + "{% set a = a.join(['x', a, a, a]) %}" * 40,
        "{% set a = 'xx' %}" + "{% set a = '%s%s' % (a, a) %}" * 40,
        "{% set a = ['x'] %}" + "{% set a = a + a %}" * 40,
        "{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
        "{% set a = ('x',) %}" + "{% set a = (a, a) %}" * 40 + "{{ sources[a] }}",
        "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
        '{% include "python/Dockerfile.j2" %}{% include "python/Dockerfile.j2" %}',
        "{{ ((((((((((" + "(" * 3000 + "1" + ")" * 3010 + " }}",
        "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    ],
)
def test_a_template_reaches_nothing_and_fills_nothing(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(ScaffoldError) as error:
        render(flask_poetry(), over({**acme(), "python/Dockerfile.j2": f"{text}\n"}))
    assert error.value.exit_code in (2, 4)
    assert time.monotonic() - started < SECONDS


@pytest.mark.parametrize(
    "path",
    ["../../../etc/passwd", "/etc/passwd", "python/../../pyproject.toml", "..\\..\\x", "C:/x", "", "."],
)
def test_a_template_includes_nothing_from_outside(path: str) -> None:
    with pytest.raises(WrongUse, match="there is no template"):
        render(
            flask_poetry(),
            over({**acme(), "python/Dockerfile.j2": '{% include "' + path.replace("\\", "\\\\") + '" %}\n'}),
        )


def test_what_a_template_may_do_is_still_there() -> None:
    text = (
        "{% set ns = namespace(n=0) %}{% for x in range(3) %}{% set ns.n = ns.n + 1 %}{% endfor %}\n"
        "{{ ns.n }} {{ ('a,b'.split(',') | last) | plain }} {{ ('%s-%d' % (name, 5)) | plain }}"
        " {{ name.replace('notes', 'x' ~ 1) | plain }}\n"
    )
    files = render(flask_poetry(), over({**acme(), "python/Dockerfile.j2": text}))
    assert files["Dockerfile"] == "3 b notes-5 x1\n"


def test_a_trap_leaves_no_trace(tmp_path: Path) -> None:
    """What counts lines is gone when it has counted."""
    import sys

    before = sys.gettrace()
    with pytest.raises(ScaffoldError):
        render(flask_poetry(), over({**acme(), "python/Dockerfile.j2": "{{ nothing }}\n"}))
    assert sys.gettrace() is before


# -- folders


def pack(tmp_path: Path, **more: str) -> Path:
    return write(tmp_path / "acme", acme(**more))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with such files")
@pytest.mark.parametrize("kind", ["link", "link to a folder", "dangling link", "fifo"])
def test_a_folder_with_what_is_no_file_is_refused(tmp_path: Path, refuse: Refuse, kind: str) -> None:
    odd = pack(tmp_path) / "odd"
    if kind == "fifo":
        os.mkfifo(odd)
    else:
        odd.symlink_to({"link": "/etc/passwd", "link to a folder": "/etc"}.get(kind, "/nowhere"))
    assert "link" in refuse(4, str(tmp_path / "acme"))


def test_links_in_the_tests_of_a_pack_are_none_of_our_business(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    (folder / "tests").mkdir()
    (folder / "tests/link").symlink_to("/etc/passwd")
    project = EXAMPLE.copy(tmp_path / "project")
    assert main(["init", "--yes", "--pack", str(folder), str(project)]) == 0


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, refuse: Refuse) -> None:
    (pack(tmp_path) / "big.txt").write_bytes(b"x" * (MOST_BYTES + 1))
    assert "larger than" in refuse(4, str(tmp_path / "acme"))


def test_too_many_files_are_refused(tmp_path: Path, refuse: Refuse) -> None:
    write(pack(tmp_path), {f"many/{number}": "" for number in range(MOST_FILES + 1)})
    assert "more than" in refuse(4, str(tmp_path / "acme"))


def test_too_many_bytes_are_refused(tmp_path: Path, refuse: Refuse) -> None:
    write(pack(tmp_path), {f"{number}": "x" * MOST_BYTES for number in range(20)})
    assert "is larger than" in refuse(4, str(tmp_path / "acme"))


def test_folders_that_are_nested_too_deep_are_refused(tmp_path: Path, refuse: Refuse) -> None:
    write(pack(tmp_path), {"/".join("x" * (DEEPEST + 2)): ""})
    assert "too deep" in refuse(4, str(tmp_path / "acme"))


def test_a_pack_that_stands_on_itself_is_refused(tmp_path: Path, refuse: Refuse) -> None:
    pack(tmp_path, on='on = "."')
    assert "on itself" in refuse(2, str(tmp_path / "acme"))


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/x", ".git/hooks/pre-commit", ".scaffold/record.json", "a/../../x", "a\\\\b", "x\\u0000"],
)
def test_a_pack_writes_nothing_outside_and_nothing_of_git(tmp_path: Path, refuse: Refuse, path: str) -> None:
    pack(tmp_path, outputs=f'[outputs."{path}"]\ntemplate = "Dockerfile.j2"')
    refuse(4, str(tmp_path / "acme"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"name = ", "is not TOML"),
        (b"a = " + b"[" * 50_000, "is not TOML"),
        (b"", "has no name"),
        (b'name = "acme"\n', "has no version"),
        (b'name = "docker-scaffold"\nversion = "9"\n', "cannot be called"),
        (b'name = "../x"\nversion = "9"\n', "cannot be called"),
        (b'name = "\\u202e"\nversion = "9"\n', "cannot be called"),
        (b'name = "acme"\nversion = "1"\nvaraibles = 1\n', 'did you mean "variables"?'),
        (b'name = "acme"\nversion = "1"\nvariables = 1\n', "is a table"),
        (b'name = "acme"\nversion = "1"\nstacks = ["pyhton"]\n', 'did you mean "python"?'),
        (b'name = "acme"\nversion = "1"\nstacks = "python"\n', "is a list of names"),
        (b'name = "acme"\nversion = "1"\non = 1\n', "on: is text"),
        (b'name = "acme"\nversion = "1"\nimages.python.bsae = "x:1"\n', 'did you mean "base"?'),
        (b'name = "acme"\nversion = "1"\nimages.python.base = "x:1\\nRUN id"\n', "image's reference"),
        (
            b'name = "acme"\nversion = "1"\nimages.python.base = "x:{release.__class__}"\n',
            "image's reference",
        ),
        (b'name = "acme"\nversion = "1"\nimages.services.postgress = "x:1"\n', 'did you mean "postgres"?'),
        (b'name = "acme"\nversion = "1"\n[variables.port]\ndefualt = 1\n', 'did you mean "default"?'),
        (b'name = "acme"\nversion = "1"\n[variables.final]\ndefault = "alpine"\n', "there is no 'alpine'"),
        (b'name = "acme"\nversion = "1"\n[variables.team]\ndefault = "x"\n', "needs a type"),
        (
            b'name = "acme"\nversion = "1"\n[variables.sources]\ntype = "string"\nabout = "x"\n',
            "small letters",
        ),
        (b'name = "acme"\nversion = "1"\n[outputs]\nx = 1\n', "a table with a template"),
    ],
)
def test_a_pack_toml_that_is_wrong_is_told(tmp_path: Path, refuse: Refuse, content: bytes, said: str) -> None:
    (pack(tmp_path) / "pack.toml").write_bytes(content)
    assert said in refuse(2, str(tmp_path / "acme"))


def test_a_folder_with_no_pack_in_it_is_told(tmp_path: Path, refuse: Refuse) -> None:
    (tmp_path / "acme").mkdir()
    assert "there is no pack.toml" in refuse(2, str(tmp_path / "acme"))


# -- archives


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> bytes:
    """Return a .tar.gz of a pack with one odd member."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for path, text in acme().items():
            info = tarfile.TarInfo(path)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, link, size
        archive.addfile(info, io.BytesIO(b"\0" * size))
    return written.getvalue()


def linked() -> bytes:
    """Return a .zip with a symbolic link."""
    written = io.BytesIO(zipped(acme()))
    with zipfile.ZipFile(written, "a") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return written.getvalue()


def bomb() -> bytes:
    written = io.BytesIO(zipped(acme()))
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 300_000_000)
    return written.getvalue()


def twice() -> bytes:
    written = io.BytesIO(zipped(acme()))
    with zipfile.ZipFile(written, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("pack.toml", "x")
    return written.getvalue()


def lying(content: bytes) -> bytes:
    """Return a .zip that says of its largest member that it is small."""
    return content.replace((300_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "tar: a path out": lambda: member("../../evil"),
    "tar: an absolute path": lambda: member("/etc/evil"),
    "tar: a symbolic link": lambda: member("link", tarfile.SYMTYPE, "/etc/passwd"),
    "tar: a hard link": lambda: member("link", tarfile.LNKTYPE, "/etc/passwd"),
    "tar: a device": lambda: member("device", tarfile.CHRTYPE),
    "tar: a pipe": lambda: member("pipe", tarfile.FIFOTYPE),
    "tar: a bomb": lambda: member("bomb", size=100_000_000),
    "tar: one large file": lambda: member("large", size=MOST_BYTES + 1),
    "tar: many files": lambda: tarred({**acme(), **{f"x/{n}": "" for n in range(6000)}}),
    "tar: cut off": lambda: tarred(acme())[:-40],
    "tar: no tar in it": lambda: b"\x1f\x8b" + b"\0" * 100,
    "zip: a path out": lambda: zipped({**acme(), "../../evil": "x"}),
    "zip: an absolute path": lambda: zipped({**acme(), "/etc/evil": "x"}),
    "zip: a path of Windows": lambda: zipped({**acme(), "..\\evil": "x"}),
    "zip: a symbolic link": linked,
    "zip: a bomb": bomb,
    "zip: a bomb that lies": lambda: lying(bomb()),
    "zip: the same twice": twice,
    "zip: cut off": lambda: zipped(acme())[:-10],
    "zip: many files": lambda: zipped({**acme(), **{f"x/{n}": "" for n in range(6000)}}),
    "neither": lambda: b"hello",
    "empty": lambda: b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused(tmp_path: Path, refuse: Refuse, name: str) -> None:
    archive = tmp_path / ("acme.zip" if name.startswith("zip") else "acme.tar.gz")
    archive.write_bytes(HOSTILE[name]())
    refuse(4, str(archive))
    assert not (tmp_path / "cache/packs").exists()
    assert not (tmp_path.parent / "evil").exists()


def test_an_encrypted_archive_is_refused() -> None:
    content = bytearray(zipped(acme()))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    with pytest.raises(UntrustedPack):
        files_in_archive(bytes(content), "acme.zip")


# -- git


@pytest.mark.parametrize("kind", ["link", "submodule", "large"])
def test_a_hostile_repository_is_refused(tmp_path: Path, refuse: Refuse, kind: str) -> None:
    repository = Git(tmp_path / "packs")
    repository.commit(acme())
    if kind == "link":
        (repository.folder / "link").symlink_to("/etc/passwd")
    elif kind == "large":
        (repository.folder / "large").write_bytes(b"x" * (MOST_BYTES + 1))
    else:
        commit = repository("rev-parse", "HEAD")
        repository("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
        repository("commit", "--quiet", "--message", "A module")
    if kind != "submodule":
        repository.commit({})
    refuse(4, f"{repository.source}@main")


# -- records


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ({"source": "git+ext::sh -c id"}, 2),
        ({"source": "git+ssh://-oProxyCommand=id/x"}, 2),
        ({"source": "git+file:/nowhere", "ref": "--upload-pack=id"}, 2),
        ({"source": "git+file:/nowhere", "ref": "v1"}, 6),
        ({"source": "http://127.0.0.1:9/x.zip"}, 2),
        ({"source": "../../../../../../etc"}, 4),
        ({"source": "/dev/zero"}, 6),
        ({"source": "\u202e"}, 2),
        ({"source": "x" * 5000}, 2),
        ({"source": "../acme.zip", "digest": "../../evil"}, 2),
        ({}, 2),
    ],
)
def test_a_hostile_record_makes_init_read_nothing_odd(
    tmp_path: Path, pin: dict[str, str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    project = EXAMPLE.copy(tmp_path / "project")
    assert main(["init", "--yes", str(project)]) == 0
    place = project / ".scaffold/record.json"
    told = json.loads(place.read_text("utf-8"))
    told["packs"].insert(0, {"name": "acme", "version": "1", **pin})
    place.write_text(json.dumps(told))
    before = everything(project)
    capsys.readouterr()
    assert main(["init", "--yes", str(project)]) == code, capsys.readouterr().err
    assert everything(project) == before


# -- whatever a pack.toml says

FIELDS = ("type", "about", "default", "choices", "question", "example", "answerable", "required")
WORDS = (
    *FIELDS, "name", "version", "on", "stacks", "variables", "images", "outputs", "shares", "tools", "names",
    "python", "services", "postgres", "base", "port", "final", "choice", "string", "template", "kinds", "web",
)  # fmt: skip

values = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


def as_toml(value: object) -> str:
    """Return VALUE as TOML has it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {as_toml(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value)


def tables_of(*words: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return tables by the right words, which say anything."""
    rows = st.dictionaries(st.sampled_from(words), values, max_size=4)
    return st.dictionaries(st.sampled_from(WORDS), rows | values, max_size=3)


packs = st.dictionaries(st.sampled_from(WORDS), values, max_size=5) | st.fixed_dictionaries(
    {},
    optional={
        "variables": tables_of(*FIELDS), "images": tables_of("base", "postgres", "uv"), "stacks": values,
        "outputs": tables_of("template", "kinds"), "tools": tables_of("names"), "shares": values,
    },
)  # fmt: skip


@given(packs, st.sampled_from(["pack.toml", "python/stack.toml"]))
def test_whatever_a_toml_says_it_is_a_pack_or_an_error_of_ours(told: dict[str, Any], at: str) -> None:
    tables: dict[str, dict[str, Any]] = {"pack.toml": {"name": "acme", "version": "1"}}
    tables[at] = {**tables.get(at, {}), **told}
    files = {
        path: "".join(f'"{key}" = {as_toml(value)}\n' for key, value in table.items())
        for path, table in tables.items()
    }
    with suppress(WrongUse, UntrustedPack):
        render(with_values(flask_poetry()), over({**files, "acme": "x\n"}))
