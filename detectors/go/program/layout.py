"""Which modules a folder builds: its own, those of go.work, or one below that needs others of the folder."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from scaffold.model import Answers, ProjectWarning
from scaffold.nouns import NamedTuple
from scaffold.reading.tree import Tree

from ..code.code import plain
from ..code.source import Source
from ..packages.modules import Modules, bare, nested, read_module, read_modules
from .mains import ASIDE, find_mains

#: What lists dependencies for tools older than modules: https://go.dev/wiki/PackageManagementTools
_LEGACY = ("Gopkg.toml", "glide.yaml", "Godeps/Godeps.json", "vendor/vendor.json", "vendor/manifest")
#: Manifests of other stacks: with one at the root, a module of Go below it is an app of its own.
OTHERS = (
    "package.json", "pyproject.toml", "requirements.txt", "setup.py", "Pipfile", "Cargo.toml", "pom.xml",
    "build.gradle", "composer.json", "Gemfile", "mix.exs", "deno.json",
)  # fmt: skip
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Layout(NamedTuple):
    """The modules that are built, and where."""

    modules: Modules
    folder: str = "."  # where go is run
    warnings: tuple[ProjectWarning, ...] = ()
    from_root: Mapping[str, str] = _NOTHING


def choose_modules(tree: Tree, source: Source, answers: Answers) -> Layout | None:
    """Return what the root of TREE builds; None where it is no Go, or of apps that lie below."""
    modules = read_modules(tree)
    if modules is not None and (modules.workspace or find_mains(source, modules)):
        return _with_outside(tree, modules)
    if found := _below(tree, source, answers):
        return found
    if modules is not None:
        return _with_outside(tree, modules)
    return _bare(tree, source)


# -- modules below that need others


def _below(tree: Tree, source: Source, answers: Answers) -> Layout | None:
    """The one module below with a program that needs folders beside it; or the one that is answered."""
    answer = answers.get("main")
    if answer is not None:
        folder = str(answer.value).removeprefix("./").rstrip("/")
        owners = [one for one in nested(tree) if folder == one or folder.startswith(f"{one}/")]
        modules = read_module(tree, max(owners, key=len)) if owners else None
        return Layout(modules, modules.members[0].folder) if modules else None
    if tree.first(*OTHERS):
        return None
    found = list(_programs(tree, source))
    return Layout(found[0], found[0].members[0].folder) if len(found) == 1 and found[0].beside else None


def _programs(tree: Tree, source: Source) -> Iterator[Modules]:
    for folder in nested(tree):
        if ASIDE.isdisjoint(folder.split("/")):
            modules = read_module(tree, folder)
            if modules is not None and find_mains(source, modules):
                yield modules


def _with_outside(tree: Tree, modules: Modules) -> Layout:
    """Warn of folders that stand in for dependencies and lie outside: the build does not see them."""
    if not modules.outside:
        return Layout(modules)
    home = _home(tree, modules)
    warnings = [
        ProjectWarning(
            "outside-dependency",
            f"has {one.target} in the place of {one.path}, which lies outside of this folder"
            + (f": at the repository's root, scaffold init --set main=./{home}" if home else ""),
            one.source,
        )
        for one in modules.outside
    ]
    return Layout(modules, ".", tuple(warnings), {"main": f"./{home}"} if home else {})


def _home(tree: Tree, modules: Modules) -> str | None:
    """Return where the module lies in the whole project, if that has what it needs."""
    whole = tree.whole
    if whole is tree:
        return None
    text = tree.text("go.mod")
    for folder in nested(whole):
        if whole.text(f"{folder}/go.mod") == text:
            found = read_module(whole, folder)
            return folder if found is not None and not found.outside else None
    return None


# -- no go.mod


def _bare(tree: Tree, source: Source) -> Layout | None:
    """A program at the root with no go.mod: one is made in the build."""
    package = source.package(".")
    if package is None or not package.has_main or tree.whole.first("go.mod", "go.work"):
        return None
    legacy = tree.first(*_LEGACY)
    if legacy:
        said = "is for a tool older than modules, and is not read: run `go mod init` and commit go.mod"
        return Layout(bare(tree), ".", (ProjectWarning("no-module", said, legacy),))
    others = sorted(
        {plain(one.path) for file in package.files for one in file.imports if _is_elsewhere(one.path)}
    )
    said = "there is no go.mod: one is made in the build"
    if others:
        said += f", with what is newest of {', '.join(others)}"
    warning = ProjectWarning("no-module", f"{said}; run `go mod init` and commit it", package.files[0].path)
    return Layout(bare(tree), ".", (warning,))


def _is_elsewhere(path: str) -> bool:
    """Whether an import is no package of the standard library: https://pkg.go.dev/cmd/go#hdr-Import_path_syntax"""
    return "." in path.partition("/")[0]
