"""A workspace whose root starts one of its members: that member is the app, built from the root."""

from collections.abc import Callable
from typing import Any

from scaffold.model import Ambiguity, Fact, ProjectWarning, Writable
from scaffold.nouns import NamedTuple

from .code.source import Source
from .packages.manifest import read_manifest
from .packages.workspaces import find_members
from .program.entry import stated_starts
from .program.evidence import Build, Evidence
from .shape import App

#: A workspace with more members is asked about member by member.
MAX_MEMBERS = 20
_NO_PLACE = ("default: ", "answer: ")


class Member(NamedTuple):
    """The member of a workspace that its root starts."""

    folder: str  # "apps/web"
    evidence: Evidence  # of that folder alone
    root: Evidence


def find_member(evidence: Evidence) -> Member | None:
    """Return the member that somebody names, or that the root's start leads to."""
    start = next(stated_starts(evidence), None)
    answer = evidence.answers.get("member")
    folder = str(answer.value).strip("/") if answer else start.folder if start else "."
    return _member(evidence, folder) if folder != "." else None


def _member(evidence: Evidence, folder: str) -> Member | None:
    if read_manifest(evidence.tree, f"{folder}/package.json") is None:
        return None
    tree = evidence.tree.below(folder)
    manifest = read_manifest(tree)
    if manifest is None:
        return None
    inner = evidence._replace(tree=tree, source=Source(tree), manifest=manifest, hints=None)
    return Member(folder, inner, evidence)


def only_member(evidence: Evidence, is_app: Callable[[Evidence], bool]) -> Member | None:
    """Return the one member of a workspace that is an app, where nobody says which is started."""
    members = find_members(evidence.tree, evidence.manifest)
    if len(members) > MAX_MEMBERS:
        return None
    found = [member for one in members if (member := _member(evidence, one.folder))]
    apps = [member for member in found if is_app(member.evidence)]
    return apps[0] if len(apps) == 1 else None


def lift(member: Member, app: App, build: Build | None) -> App:
    """Return the member's app as one of the whole tree."""
    changed: dict[str, Any] = {
        name: Fact(_moved(member, name, fact.value), _placed(member.folder, fact.source))
        for name, fact in app.facts.items()
    }
    if app.build is not None:
        own = member.root.manifest.script("build")
        commands = (
            (build.commands if build else (member.root.run("build"),))
            if own
            else tuple(_inside(member, argv) for argv in app.build.value)
        )
        changed["build"] = Fact(commands, own.source if own else changed["build"].source)
    said = member.root.answers.get("member")
    starts = "start" in member.root.manifest.scripts
    place = member.root.manifest.place("scripts", "start") if starts else f"{member.folder}/package.json"
    changed["member"] = Fact(said.value if said else member.folder, said.source if said else place)
    return app._replace(
        **changed,
        ambiguities=tuple(Ambiguity(one.key, one.candidates) for one in app.ambiguities),
        warnings=tuple(
            ProjectWarning(one.code, one.message, _placed(member.folder, one.source)) for one in app.warnings
        ),
    )


def _placed(folder: str, source: str) -> str:
    return source if source.startswith(_NO_PLACE) or not source else f"{folder}/{source}"


def _moved(member: Member, name: str, value: Any) -> Any:
    """A fact's value with its paths seen from the root, and commands that run in the member's folder."""
    folder = member.folder
    if name == "dev":
        return _inside_folder(folder, _argv(member, value))
    if name == "start":
        return _argv(member, value)
    if name == "processes":
        return {key: _argv(member, argv) for key, argv in value.items()}
    if name == "test":
        return _inside(member, value)
    if name in {"site", "main"}:
        return f"{folder}/{value}" if value != "." else folder
    if name == "excludes":
        return tuple(f"{folder}/{one}" for one in value)
    if name == "test_files":
        return tuple(one if one.startswith("**/") else f"{folder}/{one}" for one in value)
    if name == "copies":
        return tuple(_copy(folder, source, target) for source, target in value)
    if name == "writable":
        return tuple(
            Writable(one.path.replace("/app/", f"/app/{folder}/", 1), _placed(folder, one.source), one.link)
            for one in value
        )
    return value


def _copy(folder: str, source: str, target: str) -> tuple[str, str]:
    """A traced output mirrors the whole workspace; all else keeps its place."""
    if (source, target) == (".", "."):
        return (".", ".")
    if source.endswith("/standalone"):
        return (f"{folder}/{source}", ".")
    return (f"{folder}/{source}", f"{folder}/{target}")


def _argv(member: Member, argv: tuple[str, ...]) -> tuple[str, ...]:
    """A command in the member's folder: packages lie at the root, or beside it with pnpm."""
    home = f"/app/{member.folder}" if member.evidence.manager == "pnpm" else "/app"
    words: list[str] = []
    found = False
    for word in argv:
        if word.startswith("node_modules/"):
            words.append(f"{home}/{word}")
            found = True
        elif not found and "node" in words and not word.startswith(("-", "/")) and "/" not in words[-1][:1]:
            words.append(f"/app/{member.folder}/{word}")
            found = True
        else:
            words.append(word)
    return tuple(words)


def _inside_folder(folder: str, argv: tuple[str, ...]) -> tuple[str, ...]:
    """A command for the stage dev, which has coreutils: its servers read the folder they are in."""
    rest = argv[1:] if argv[0] == "env" else argv
    return ("env", "-C", f"/app/{folder}", *rest)


def _inside(member: Member, argv: tuple[str, ...]) -> tuple[str, ...]:
    """A package manager's command, run in the member's folder."""
    folder = member.folder
    name = str(member.evidence.manifest.name.value) if member.evidence.manifest.name else folder
    if argv[0] == "npm":
        return ("npm", f"--prefix={folder}", *argv[1:])
    if argv[0] == "pnpm":
        return ("pnpm", f"--dir={folder}", *argv[1:])
    if argv[0] == "yarn":
        return ("yarn", "workspace", name, *argv[1:])
    if argv[0] == "bun":
        return ("bun", "run", f"--cwd={folder}", *argv[2:])
    return ("env", "-C", folder, *argv)
