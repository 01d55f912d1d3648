"""How TypeScript runs that no build script compiles: as it is, through a loader, or bundled."""

from scaffold.model import ProjectWarning
from scaffold.nouns import NamedTuple

from ..code.source import Module
from .evidence import Evidence
from .programs import Program
from .tsconfig import read_tsconfig

#: Loaders by what they run: the options of node that bring them in.
_LOADERS = {
    "tsx": ("tsx", ("--import", "tsx")),
    "ts-node": ("ts-node", ("-r", "ts-node/register")),
    "swc": ("@swc-node/register", ("-r", "@swc-node/register")),
    "babel": ("@babel/register", ("-r", "@babel/register")),
    "esm": ("esm", ("-r", "esm")),
    "sucrase": ("sucrase", ("-r", "sucrase/register")),
}
#: Syntax that is more than types: https://nodejs.org/api/typescript.html#typescript-features.
_NOT_ERASABLE = frozenset({"enum_declaration", "internal_module", "module", "decorator", "import_alias"})
#: tsx brings esbuild with it, under every package manager.
_BUNDLE = (
    'require(require.resolve("esbuild", {paths: [require.resolve("tsx")]})).buildSync({'
    "entryPoints: [process.argv[1]], outfile: process.argv[2], format: process.argv[3], bundle: true, "
    'platform: "node", packages: "external"})'
)


class Way(NamedTuple):
    """How a file runs."""

    file: str
    options: tuple[str, ...] = ()  # of node
    build: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()


def how_typescript_runs(evidence: Evidence, program: Program, file: str, module: Module | None) -> Way:
    """Return how FILE runs in production, with what production installs."""
    loader, options = _LOADERS.get(program.tool, ("", ()))
    if loader and evidence.manifest.has(loader):
        modern = program.tool == "ts-node" and evidence.manifest.type == "module"
        return Way(file, ("--loader", "ts-node/esm") if modern else options)
    is_typed = file.endswith((".ts", ".mts", ".cts"))
    if is_typed and (program.tool == "" or (module and is_erasable(evidence, module))):
        return Way(file)
    if program.tool == "tsx" or evidence.manifest.has_any("tsx"):
        return _bundled(evidence, file, program)
    if is_typed and evidence.manifest.has_any("typescript"):
        return _compiled(evidence, file, program)
    return Way(file, options, warnings=(_missing(program, loader or program.tool),))


def _bundled(evidence: Evidence, file: str, program: Program) -> Way:
    """The program and its own modules in one file beside the source, its packages as they are."""
    kind, suffix = ("esm", ".mjs") if evidence.manifest.type == "module" else ("cjs", ".cjs")
    out = f"{file.rpartition('.')[0]}{suffix}"
    command = ("node", "-e", _BUNDLE, file, out, kind)
    return Way(out, build=(command,), warnings=(_development(program, "tsx"),))


def _compiled(evidence: Evidence, file: str, program: Program) -> Way:
    """What TypeScript's own compiler makes of the project."""
    tsconfig = read_tsconfig(evidence.tree, "tsconfig.json")
    root = (tsconfig.text("rootDir") if tsconfig else None) or (file.rpartition("/")[0] or ".")
    out = (tsconfig.text("outDir") if tsconfig else None) or "dist"
    inside = file[len(root) + 1 :] if root != "." else file
    version = evidence.version("typescript")
    unchecked = ("--noCheck",) if version[:2] >= (5, 6) else ()
    command = ("tsc", "--noEmit", "false", "--outDir", out, "--rootDir", root, *unchecked)
    built = f"{out}/{inside.rpartition('.')[0]}.js"
    return Way(built, build=(evidence.execute(command),), warnings=(_development(program, program.tool),))


def _development(program: Program, tool: str) -> ProjectWarning:
    said = f"{tool} is a dependency for development alone: the image gets the program compiled instead"
    return ProjectWarning("development-start", said, program.source)


def _missing(program: Program, tool: str) -> ProjectWarning:
    said = f"the start needs {tool or 'a compiler'}, which production does not install: make it a dependency"
    return ProjectWarning("development-start", said, program.source)


def is_erasable(evidence: Evidence, entry: Module) -> bool:
    """Whether Node.js runs ENTRY and what it imports by leaving the types out."""
    tsconfig = read_tsconfig(evidence.tree, "tsconfig.json")
    options = tsconfig.options if tsconfig else {}
    told = any(options.get(key) is True for key in ("erasableSyntaxOnly", "verbatimModuleSyntax"))
    return told and all(map(_is_plain, evidence.source.program(entry)))


def _is_plain(module: Module) -> bool:
    """Whether a module has types, and no other syntax of TypeScript's, and names files as they are."""
    from ..code.syntax import below

    if module.path.endswith(".tsx"):
        return False
    for specifier in module.imports:
        other = module.source.resolve(module, specifier)
        if other is not None and not (specifier.startswith(".") and specifier.endswith(other.path[-3:])):
            return False
    kinds = {node.type for node in below(module.syntax.root) if node.is_named}
    parameters = (node for node in below(module.syntax.root) if node.type == "required_parameter")
    taken = any(child.type == "accessibility_modifier" for node in parameters for child in node.children)
    return not taken and _NOT_ERASABLE.isdisjoint(kinds)
