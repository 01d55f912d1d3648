"""Where packages come from beside PyPI, and the credentials that takes. Says names only, never a value."""

import re
from collections.abc import Iterable, Iterator

from scaffold.model import BuildSecret, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from .dependencies import Dependency
from .requirements import Index

#: PyPI itself, which was pypi.python.org: https://packaging.python.org/en/latest/glossary/#term-pypi.org
PYPI = "https://pypi.org/simple"
#: Hosts that anybody may install from.
PUBLIC = frozenset(
    {
        "pypi.org", "test.pypi.org", "pypi.python.org", "files.pythonhosted.org", "pythonhosted.org",
        "download.pytorch.org", "data.pyg.org", "pypi.nvidia.com", "pypi.ngc.nvidia.com", "wheels.vllm.ai",
        "flashinfer.ai", "storage.googleapis.com", "pypi.anaconda.org", "www.piwheels.org", "piwheels.org",
        "github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "huggingface.co",
        "pypi.tuna.tsinghua.edu.cn", "mirrors.aliyun.com", "pypi.mirrors.ustc.edu.cn", "mirrors.ustc.edu.cn",
        "pypi.douban.com", "mirrors.cloud.tencent.com", "mirror.baidu.com", "repo.huaweicloud.com",
        "localhost", "127.0.0.1",
    }
)  # fmt: skip
_PUBLIC_ENDS = (".github.io", ".readthedocs.io", ".pythonhosted.org", ".pytorch.org")

#: How a tool names the variables that it reads an index' credentials from.
#: https://docs.astral.sh/uv/concepts/indexes/#providing-credentials-directly
#: https://python-poetry.org/docs/repositories/#configuring-credentials
_PREFIXES = {"uv": "UV_INDEX_", "poetry": "POETRY_HTTP_BASIC_"}

_VARIABLE = r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)"
_URL = r"(?i)(?:[a-z]+\+)?([a-z]+)://(?:([^/@\s]*)@)?([^/:@\s]+)"
_NO_VARIABLES = ("PROJECT_ROOT",)  # PDM's own, in file: URLs
_ARCHIVE = r"\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)(?:$|[?#])"
_PIP_CONF = r"(?m)^[ \t]*(?:extra-)?index-url\s*[=:]\s*(\S+)"

#: User names that are no secret, and nothing without a password: the rest may be a token.
_NO_SECRETS = frozenset(
    {"git", "hg", "oauth2", "__token__", "user", "username", "x-access-token", "oauth2accesstoken"}
)


class Access(NamedTuple):
    """What installing needs beside the packages' names."""

    secrets: tuple[BuildSecret, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()


def find_access(indexes: Iterable[Index], dependencies: Iterable[Dependency], manager: str | None) -> Access:
    """Return the credentials that the build needs, and a warning for each one that stands in the open."""
    dependencies = tuple(dependencies)
    places = [*indexes, *(Index(item.url, item.source) for item in dependencies if item.url)]
    secrets: dict[str, BuildSecret] = {}
    warnings: dict[ProjectWarning, None] = {}
    for index in places:
        for secret in _secrets(index, manager):
            secrets.setdefault(secret.id, secret)
        warnings |= dict.fromkeys(_exposed(index))
    warnings |= dict.fromkeys(_private_git(dependencies))
    return Access(tuple(secrets.values()), tuple(warnings))


def pip_configuration(tree: Tree) -> list[Index]:
    """Return the indexes of a pip.conf that the project brings."""
    found = []
    for path in ("pip.conf", ".pip/pip.conf", "pip.ini"):
        text = tree.text(path)
        for match in re.finditer(_PIP_CONF, text):
            found.append(Index(match[1], f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}"))
    return found


def _secrets(index: Index, manager: str | None) -> Iterator[BuildSecret]:
    if variables := [a or b for a, b in re.findall(_VARIABLE, index.url) if (a or b) not in _NO_VARIABLES]:
        yield from (BuildSecret(name, index.source) for name in variables)
        return
    match = re.match(_URL, index.url)
    if not match or is_public(match[3]) or match[1].lower() not in ("http", "https"):
        return
    prefix = _PREFIXES.get(manager or "")
    if prefix and index.name:
        name = re.sub(r"[^A-Z0-9]", "_", index.name.upper())
        yield BuildSecret(f"{prefix}{name}_USERNAME", index.source)
        yield BuildSecret(f"{prefix}{name}_PASSWORD", index.source)
    elif not re.search(_ARCHIVE, index.url):
        yield BuildSecret("netrc", index.source, "/root/.netrc")


def is_public(host: str) -> bool:
    """Whether anybody may install from HOST."""
    return host.lower() in PUBLIC or host.lower().endswith(_PUBLIC_ENDS)


def _exposed(index: Index) -> Iterator[ProjectWarning]:
    match = re.match(_URL, index.url)
    user, _, password = (match[2] or "").partition(":") if match else ("", "", "")
    said = password or (user if match and match[1].lower() in ("http", "https") else "")
    if said and not re.search(_VARIABLE, said) and said.lower() not in _NO_SECRETS:
        yield ProjectWarning(
            "literal-secret",
            "a credential stands in this URL for all to read: revoke it, "
            "and write a variable in its place: https://${ACME_USER}:${ACME_PASSWORD}@HOST",
            index.source,
        )


def _private_git(dependencies: Iterable[Dependency]) -> Iterator[ProjectWarning]:
    for item in dependencies:
        if item.url and re.match(r"git\+(ssh://|git@)", item.url):
            yield ProjectWarning(
                "private-git",
                f"{item.name or 'a dependency'} comes by SSH: the build needs a key, "
                "which no file here may hold (git+https with a token in a variable works)",
                item.source,
            )
