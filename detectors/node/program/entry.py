"""Which file node runs in production: what is stated, else what the project's own files leave no doubt of."""

from collections.abc import Iterator
from posixpath import normpath

from scaffold.model import Ambiguity, Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ..code.source import Module
from ..code.syntax import field, find, text_of
from .compilers import Compilation, find_compilations, source_of
from .evidence import Build, Evidence
from .programs import Program, read_program
from .scripts import Start, resolve_argv
from .typescript import how_typescript_runs

#: Scripts that start the program in production, the most wanted first.
STARTS = ("start:docker", "start-docker", "start:prod", "start:production", "start:server:prod",
          "production", "prod", "start", "start:server", "serve:prod", "serve", "server")  # fmt: skip
#: Scripts for development, which still name the file.
_DEVELOPS = ("dev", "start:dev", "develop", "watch", "debug", "dev:server", "start:debug")
#: Files that programs begin with by custom, the plainest first.
_NAMES = ("server", "index", "app", "main", "bot", "worker")
_SUFFIXES = (".js", ".ts", ".mjs", ".mts", ".cjs")
_FOLDERS = ("", "src/", "server/", "backend/", "api/", "bin/")
_SCRIPT = (".js", ".mjs", ".cjs")
_TYPED = (".ts", ".mts", ".cts", ".tsx")


class Entry(NamedTuple):
    """The program."""

    main: Fact | None  # "dist/main.js"; None where equals are a question
    argv: tuple[str, ...] = ()
    module: Module | None = None  # what it is made of
    program: Program | None = None
    build: tuple[tuple[str, ...], ...] = ()  # commands that the project lacks, and the program needs
    built: Compilation | None = None  # what writes the file
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()

    @property
    def source(self) -> str:
        """Where it is stated."""
        return self.main.source if self.main else "package.json"

    @property
    def is_stated(self) -> bool:
        """Whether a command says that it is started, not only what its name is."""
        return self.program is not None and self.program.start is not None


class Programs(NamedTuple):
    """The evidence, with what the build writes."""

    evidence: Evidence
    compilations: tuple[Compilation, ...]


def read_programs(evidence: Evidence, build: Build | None) -> Programs:
    """Read what the build's compilers write."""
    steps = build.steps if build else ()
    return Programs(evidence, find_compilations(evidence.source, evidence.manifest, steps))


def stated_starts(evidence: Evidence) -> Iterator[Start]:
    """Yield the commands that are stated to start the program, the most trusted first."""
    hints = evidence.hints
    procfile = hints.procfile.get("web") if hints else None
    for command in (procfile,) if procfile else ():
        start = resolve_argv(evidence.tree, evidence.manifest, command.argv, command.source, command.folder,
                             command.environment)  # fmt: skip
        if start:
            yield start
    for name in STARTS:
        start = evidence.script(name)
        if start:
            yield start
    for command in hints.commands if hints else ():
        if command.process in {"web", "app", "worker"}:
            start = resolve_argv(
                evidence.tree, evidence.manifest, command.argv, command.source, command.folder
            )
            if start:
                yield start


def find_entry(programs: Programs) -> Entry | None:
    """Return the program that node runs in production; None where there is none."""
    evidence = programs.evidence
    answer = evidence.answers.get("main")
    if answer is not None:
        return settle(programs, Program(normpath(str(answer.value)), start=None), answer.source)
    stated = [program for start in stated_starts(evidence) if (program := _program(evidence, start))]
    developed = [
        program
        for name in _DEVELOPS
        if (start := evidence.script(name)) and (program := _program(evidence, start))
    ]
    # what is started with a watcher is for development: it says which file only where nothing else does
    calm = [program for program in stated if not program.watches]
    for program in (*calm, *(one for one in stated if one.watches), *developed):
        if entry := settle(programs, program, program.source):
            return entry
    return _nest(programs) or _by_main(programs) or _by_name(programs) or _by_bin(programs)


def _program(evidence: Evidence, start: Start) -> Program | None:
    return read_program(start, evidence.source, evidence.manifest)


# -- from a file as it is named to what runs


def settle(programs: Programs, program: Program, source: str) -> Entry | None:
    """The entry for a file, if it is there or the build writes it."""
    evidence = programs.evidence
    file, module = _found(evidence, program.file)
    compiled = _written(programs, program.file)
    is_script = file is not None and not program.tool and not file.endswith(_TYPED)
    made_of = compiled[1] if compiled else module or _guessed(programs, program.file)
    if program.tool == "bun" or (not program.tool and made_of and _is_for_bun(made_of)):
        return _bun(program, file or program.file, made_of, source) if file or made_of else None
    if compiled and (file is None or is_script):
        return _entry(evidence, program, *compiled[:2], source, compiled[2])
    if file is None:
        guessed = _guessed(programs, program.file)
        name = _with_suffix(program.file)
        return _entry(evidence, program, name, guessed, source, None) if guessed else None
    if is_script:
        return _entry(evidence, program, file, module, source, None)
    for compilation in programs.compilations:
        if written := compilation.output_of(file):
            return _entry(evidence, program, written, module, source, compilation)
    return _as_it_is(evidence, program, file, module, source)


def _is_for_bun(module: Module) -> bool:
    """Whether a module asks for what only bun has."""
    if any(name == "bun" or name.startswith("bun:") for name in module.imports):
        return True
    if not module.mentions("Bun."):
        return False
    members = find(module.syntax.root, {"member_expression": "member"}).get("member", [])
    return any(text_of(field(member, "object")) == "Bun" for member in members)


def _found(evidence: Evidence, file: str) -> tuple[str | None, Module | None]:
    """The file that a name stands for, as node finds it."""
    tree = evidence.tree
    if file == "." and evidence.manifest.main:
        file = normpath(evidence.manifest.main)
    tried = (file, f"{file}.js", f"{file}.ts", f"{file}/index.js", f"{file}/index.ts", f"{file}.mjs")
    path = tree.first(*(normpath(one) for one in tried))
    return path, evidence.source.at(path) if path else None


def _written(programs: Programs, file: str) -> tuple[str, Module, Compilation] | None:
    """(the file, its source, the compiler) for a file that the build is known to write."""
    for compilation in programs.compilations:
        for candidate in _named(file):
            for stem in compilation.input_of(candidate):
                found = programs.evidence.source.at(stem) or programs.evidence.source.find(stem)
                if found and compilation.output_of(found.path) == candidate:
                    return candidate, found, compilation
    return _elsewhere(programs, file)


def _named(file: str) -> tuple[str, ...]:
    return (file,) if file.endswith(_SCRIPT) else (f"{file}.js", f"{file}/index.js", file)


def _elsewhere(programs: Programs, file: str) -> tuple[str, Module, Compilation] | None:
    """A compiler that mirrors another root writes `dist/src/main.js`, where `dist/main` is started."""
    for compilation in programs.compilations:
        for candidate in _named(file):
            head = f"{compilation.out}/"
            if not compilation.files or not candidate.startswith(head):
                continue
            wanted = f"/{candidate[len(head) :]}"
            found = [
                path for path in compilation.files if (compilation.output_of(path) or "").endswith(wanted)
            ]
            module = programs.evidence.source.at(found[0]) if len(found) == 1 else None
            written = compilation.output_of(found[0]) if len(found) == 1 else None
            if module and written:
                return written, module, compilation
    return None


def _guessed(programs: Programs, file: str) -> Module | None:
    """The source of a built file whose compiler is configured by a program: by custom."""
    build = programs.evidence.script("build")
    if build is None and not programs.compilations:
        return None
    return next(
        (module for name in _named(file) if (module := source_of(programs.evidence.source, name, ()))), None
    )


def _with_suffix(file: str) -> str:
    return file if file.endswith((*_SCRIPT, *_TYPED)) else f"{file}.js"


def _entry(
    evidence: Evidence,
    program: Program,
    file: str,
    module: Module | None,
    source: str,
    built: Compilation | None,
) -> Entry:
    argv = ("node", *program.options, *_requires(evidence, program), file, *program.arguments)
    return Entry(Fact(file, source), argv, module, program, built=built)


def _requires(evidence: Evidence, program: Program) -> Iterator[str]:
    """Modules that are loaded first, where production has them."""
    for option, value in program.requires:
        parts = value.split("/")
        package = "/".join(parts[:2]) if value.startswith("@") else parts[0]
        if value.startswith((".", "/")) or value.startswith("node:") or evidence.manifest.has(package):
            yield from (option, value)


def _bun(program: Program, file: str, module: Module | None, source: str) -> Entry:
    said = (
        "the program runs on bun, which the images here do not have: "
        "where Node.js runs it as well, say how: --set start='node FILE'"
    )
    warning = ProjectWarning("bun-runtime", said, source)
    stated = program.start.argv if program.tool == "bun" and program.start else None
    argv = stated or ("bun", file, *program.arguments)
    return Entry(Fact(file, source), argv, module, program, warnings=(warning,))


def _as_it_is(
    evidence: Evidence, program: Program, file: str, module: Module | None, source: str
) -> Entry | None:
    """TypeScript that no build compiles."""
    way = how_typescript_runs(evidence, program, file, module)
    entry = _entry(evidence, program, way.file, module, source, None)
    argv = ("node", *way.options, *entry.argv[1:])
    return entry._replace(argv=argv, build=way.build, warnings=way.warnings)


# -- where no command says it


def _nest(programs: Programs) -> Entry | None:
    """`nest start` runs what `nest build` writes: https://docs.nestjs.com/cli/usages#nest-start."""
    evidence = programs.evidence
    started = next((start for start in stated_starts(evidence) if start.name == "nest"), None)
    if started is None and evidence.manifest.has("@nestjs/core") is None:
        return None
    compilations = programs.compilations or (
        find_compilations(evidence.source, evidence.manifest, (started,)) if started else ()
    )
    for compilation in compilations:
        for path in (*(made for _, made in compilation.single), "src/main.ts", *compilation.files):
            written = compilation.output_of(path) if path.endswith("main.ts") else None
            module = evidence.source.at(path)
            if written and module:
                source = started.source if started else compilation.source
                program = Program(written, start=started)
                missing = () if programs.compilations else (evidence.execute(("nest", "build")),)
                return _entry(evidence, program, written, module, source, compilation)._replace(build=missing)
    return None


def _by_main(programs: Programs) -> Entry | None:
    """`main`, where it is a program: what gives something out is imported, not run."""
    manifest = programs.evidence.manifest
    module = manifest.data.get("module")  # bun's own `main`
    for key, said in (("main", manifest.main), ("module", module)):
        entry = (
            settle(programs, Program(normpath(said)), manifest.place(key)) if isinstance(said, str) else None
        )
        if entry and entry.module and _is_program(entry.module):
            return entry
    return None


def _by_name(programs: Programs) -> Entry | None:
    """A file with a name of custom; several that listen are a question."""
    tree, source = programs.evidence.tree, programs.evidence.source
    paths = [f"{folder}{name}{suffix}" for folder in _FOLDERS for name in _NAMES for suffix in _SUFFIXES]
    found = [module for path in paths if path in tree and (module := source.at(path)) and _is_program(module)]
    listening = [module for module in found if listens_itself(module)]
    if len(listening) > 1 and not _imports_others(listening):
        return Entry(None, ambiguities=(Ambiguity("main", tuple(module.path for module in listening)),))
    for module in (*listening, *found):
        if entry := settle(programs, Program(module.path), module.path):
            return entry
    return None


def _by_bin(programs: Programs) -> Entry | None:
    """A command of the package that opens a port itself: a server that is started by its name.

    One that serves only what it imports may do so for one of its words: it is no server until that is said.
    """
    place = programs.evidence.manifest.place("bin")
    for path in programs.evidence.manifest.bin.values():
        entry = settle(programs, Program(normpath(path)), place)
        if entry and entry.module and listens_itself(entry.module):
            return entry
    return None


def _imports_others(modules: list[Module]) -> bool:
    """Whether the first of MODULES brings in all others."""
    first, *rest = modules
    reached = {module.path for module in first.source.program(first)}
    return all(module.path in reached for module in rest)


def listens_itself(module: Module) -> bool:
    """Whether a call in MODULE opens a port."""
    if not module.mentions("listen", "serve(", "Bun.serve", "createServer"):
        return False
    return any(call.callee.rpartition(".")[2] in {"listen", "serve"} for call in module.calls())


def _is_program(module: Module) -> bool:
    """Whether a file does something when it is run, rather than give something out."""
    if listens_itself(module) or module.mentions("require.main", "import.meta.main"):
        return True
    return not module.exports and bool(module.parts("call"))
