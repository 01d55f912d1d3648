"""What the build writes: which JavaScript each source becomes, by its compiler. Runs none."""

from collections.abc import Iterable, Iterator
from os.path import commonpath
from posixpath import dirname, join, normpath

from scaffold.nouns import NamedTuple

from ..code.source import Module, Source, config
from ..packages.manifest import Manifest, table
from .scripts import Start
from .tsconfig import TYPED, TsConfig, compiled_files, read_tsconfig

_WRITTEN = {".ts": ".js", ".tsx": ".js", ".mts": ".mjs", ".cts": ".cjs", ".jsx": ".js"}
#: Where sources lie by custom, when nothing says so.
_ROOTS = ("src", "", "source", "lib", "server", "app", "ts", "backend")
_TSC = frozenset({"tsc", "tspc", "ttsc", "tsgo", "vue-tsc"})


class Compilation(NamedTuple):
    """One compiler's run: the folder that it reads, and the one that it writes."""

    tool: str
    out: str  # "dist"; "." beside the sources
    root: str = "src"
    files: tuple[str, ...] = ()  # what is compiled, where that is known
    single: tuple[tuple[str, str], ...] = ()  # bundlers: what is written of which source
    source: str = ""

    def output_of(self, path: str) -> str | None:
        """Return what PATH becomes."""
        for written, made_of in self.single:
            if made_of == path:
                return written
        if self.single or (self.files and path not in self.files):
            return None
        inside = _below(self.root, path)
        if inside is None:
            return None
        stem, dot, suffix = inside.rpartition(".")
        return _join(self.out, f"{stem}{_WRITTEN.get(dot + suffix, dot + suffix)}")

    def input_of(self, path: str) -> Iterator[str]:
        """Yield the paths, without suffix, that the file PATH may be made of."""
        yield from (made_of for written, made_of in self.single if written == path)
        inside = _below(self.out, path)
        if inside is not None and not self.single:
            yield _join(self.root, inside.rpartition(".")[0])


def _root(source: Source, tsconfig: TsConfig, files: tuple[str, ...]) -> str:
    """The folder that the output mirrors: stated, or what all files have in common."""
    stated = tsconfig.text("rootDir")
    if stated:
        return stated
    if tsconfig.options.get("composite") is True:
        return tsconfig.folder or "."
    reached = {*files, *_outside(source, files)}
    return commonpath([dirname(path) or "." for path in reached]) if _one_top(reached) else "."


def _one_top(paths: Iterable[str]) -> bool:
    tops = {path.partition("/")[0] if "/" in path else "" for path in paths}
    return len(tops) == 1 and "" not in tops


def _outside(source: Source, files: tuple[str, ...]) -> Iterator[str]:
    """What compiled files import from elsewhere: the root widens by it (`../package.json`)."""
    known = set(files)
    for path in files:
        module = source.at(path)
        if module is None or "../" not in module.text:
            continue
        for specifier in module.imports:
            other = source.resolve(module, specifier) if specifier.startswith("../") else None
            if (
                other
                and other.path not in known
                and not other.path.endswith((".d.ts", ".js", ".cjs", ".mjs"))
            ):
                yield other.path


# -- the steps of a build


def find_compilations(source: Source, manifest: Manifest, steps: Iterable[Start]) -> tuple[Compilation, ...]:
    """Return what the compilers among STEPS write."""
    found: list[Compilation] = []
    for step in steps:
        if step.folder in {".", manifest.folder}:
            found.extend(_of_step(source, manifest, step))
    return tuple(found)


def _of_step(source: Source, manifest: Manifest, step: Start) -> Iterator[Compilation]:
    name, argv = step.name, step.argv[1:]
    if name in _TSC:
        yield from _tsc(source, argv, step.source)
    elif name == "nest" and argv[:1] in {("build",), ("start",)}:
        yield from _nest(source, argv[1:], step.source)
    elif name == "swc" or name.startswith("babel"):
        yield from _per_file(name, argv, step.source)
    elif name == "esbuild":
        yield from _esbuild(argv, step.source)
    elif name == "ncc" and argv[:1] == ("build",) and len(argv) > 1:
        out = option(argv, "-o", "--out") or "dist"
        yield Compilation(
            "ncc", out, single=((_join(out, "index.js"), normpath(argv[1])),), source=step.source
        )
    elif name == "nx" and "build" in argv:
        yield from _nx(source, step.source)
    elif name == "bun" and argv[:1] == ("build",):
        yield from _bun(argv[1:], step.source)
    elif name == "tsup":
        yield from _tsup(source, manifest, argv, step.source)


def option(argv: tuple[str, ...], *names: str) -> str | None:
    """Return the value of the first of the options NAMES, `--out dist` or `--out=dist`."""
    for word, after in zip(argv, (*argv[1:], ""), strict=False):
        key, equals, value = word.partition("=")
        if key in names and (value or after) and (equals or not after.startswith("-")):
            return normpath(value or after) if "/" in (value or after) or equals == "" else value
    return None


def _tsc(source: Source, argv: tuple[str, ...], place: str) -> Iterator[Compilation]:
    if "--noEmit" in argv or "--emitDeclarationOnly" in argv:
        return
    builds = argv[:1] in {("-b",), ("--build",)}
    plain = next((word for word in argv[1:] if not word.startswith("-")), None) if builds else None
    path = plain or option(argv, "-p", "--project") or "tsconfig.json"
    if path not in source.tree:
        path = _join(path, "tsconfig.json")
    out = option(argv, "--outDir")
    tsconfig = read_tsconfig(source.tree, path)
    if tsconfig is None:
        files = tuple(normpath(word) for word in argv if word.endswith(TYPED))
        if out or files:
            yield Compilation("tsc", out or ".", ".", files, source=place)
        return
    listed = [tsconfig]
    if builds:
        listed += [one for ref in tsconfig.references if (one := read_tsconfig(source.tree, ref))]
    for one in listed:
        yield from _emitted(source, one, out, option(argv, "--rootDir"), place)


def _emitted(
    source: Source, tsconfig: TsConfig, out: str | None, root: str | None, place: str
) -> Iterator[Compilation]:
    told = tsconfig.options
    if (told.get("noEmit") is True and not out) or told.get("emitDeclarationOnly") is True:
        return
    files = compiled_files(source, tsconfig)
    if files:
        folder = root or _root(source, tsconfig, files)
        written = out or tsconfig.text("outDir")
        where = tsconfig.path if tsconfig.text("outDir") and not out else place
        yield Compilation("tsc", written or folder, folder, files, source=where)


def _nest(source: Source, argv: tuple[str, ...], place: str) -> Iterator[Compilation]:
    """`nest build [project]`: https://docs.nestjs.com/cli/monorepo."""
    told = config(source.tree, "nest-cli.json")
    project = next((word for word in argv if not word.startswith("-")), None)
    own = table(told, "projects", project) if project else {}
    if told.get("monorepo") is True and not own:
        own = table(told, "projects", str(told.get("root", "")).rpartition("/")[2])
    merged = {**told, **own}
    options = {**table(told.get("compilerOptions")), **table(own.get("compilerOptions"))}
    path = next(
        (one for one in (option(argv, "-p", "--path"), options.get("tsConfigPath"), "tsconfig.build.json",
                         "tsconfig.json") if isinstance(one, str) and normpath(one) in source.tree), None
    )  # fmt: skip
    tsconfig = read_tsconfig(source.tree, normpath(path)) if path else None
    if tsconfig is None:
        return
    builder = options.get("builder")
    kind = table(builder).get("type") if isinstance(builder, dict) else builder
    bundles = options.get("webpack") is True or kind in {"webpack", "rspack"} or "--webpack" in argv
    entry, root = str(merged.get("entryFile", "main")), normpath(str(merged.get("sourceRoot", "src")))
    if bundles or (told.get("monorepo") is True and kind is None and options.get("webpack") is not False):
        out = tsconfig.text("outDir") or "dist"
        yield Compilation("nest", out, single=((_join(out, f"{entry}.js"), _join(root, f"{entry}.ts")),),
                          source="nest-cli.json")  # fmt: skip
    elif kind == "swc":
        yield Compilation("nest", tsconfig.text("outDir") or "dist", root, source="nest-cli.json")
    else:
        yield from _emitted(source, tsconfig, None, None, place)


def _nx(source: Source, place: str) -> Iterator[Compilation]:
    """An application that nx bundles: https://nx.dev/nx-api/esbuild/executors/esbuild."""
    build = table(config(source.tree, "project.json"), "targets", "build")
    options = table(build.get("options"))
    main, out = options.get("main"), options.get("outputPath")
    if not isinstance(main, str) or not isinstance(out, str):
        return
    path, folder = normpath(main), normpath(out.replace("{projectRoot}", ".").replace("{workspaceRoot}", "."))
    name = options.get("outputFileName") or f"{path.rpartition('/')[2].rpartition('.')[0]}.js"
    inside = name if "tsc" not in str(build.get("executor")) else f"{path.rpartition('.')[0]}.js"
    yield Compilation(
        "nx",
        folder,
        single=((_join(folder, str(inside)), path),),
        source=f"project.json:{_line(source, main)}",
    )


def _line(source: Source, text: str) -> int:
    return next(
        (n for n, line in enumerate(source.tree.text("project.json").split("\n"), 1) if text in line), 1
    )


def _per_file(name: str, argv: tuple[str, ...], place: str) -> Iterator[Compilation]:
    out = option(argv, "-d", "--out-dir")
    roots = [word for word in argv if not word.startswith("-") and "=" not in word]
    if out and roots:
        yield Compilation(name, out, normpath(roots[0]), source=place)


def _esbuild(argv: tuple[str, ...], place: str) -> Iterator[Compilation]:
    inputs = [normpath(word) for word in argv if not word.startswith("-") and "." in word and "*" not in word]
    file, folder = option(argv, "--outfile"), option(argv, "--outdir")
    suffix = option(argv, "--out-extension:.js") or ".js"
    if file and inputs:
        yield Compilation(
            "esbuild", dirname(file) or ".", single=((normpath(file), inputs[0]),), source=place
        )
    elif folder and inputs:
        base = option(argv, "--outbase") or (dirname(inputs[0]) if len(inputs) == 1 else _common(inputs))
        pairs = tuple((_renamed(folder, base, path, suffix), path) for path in inputs)
        yield Compilation("esbuild", normpath(folder), single=pairs, source=place)


def _bun(argv: tuple[str, ...], place: str) -> Iterator[Compilation]:
    """https://bun.com/docs/bundler; with `--compile` it writes a program of its own."""
    file, folder = option(argv, "--outfile"), option(argv, "--outdir")
    inputs = [normpath(word) for word in argv if word.endswith((*TYPED, ".js")) and normpath(word) != file]
    if inputs and "--compile" not in argv:
        named = (f"--outfile={file}",) if file else (f"--outdir={folder}",) if folder else ()
        yield from (one._replace(tool="bun") for one in _esbuild((*inputs, *named), place))


def _common(paths: list[str]) -> str:
    return commonpath([dirname(path) or "." for path in paths]) if _one_top(paths) else "."


def _renamed(out: str, base: str, path: str, suffix: str) -> str:
    inside = _below(base or ".", path) or path.rpartition("/")[2]
    return _join(out, f"{inside.rpartition('.')[0]}{suffix}")


def _tsup(source: Source, manifest: Manifest, argv: tuple[str, ...], place: str) -> Iterator[Compilation]:
    """https://tsup.egoist.dev/: the suffix follows from the format and the package's type."""
    path = source.tree.first("tsup.config.ts", "tsup.config.js", "tsup.config.mts", "tsup.config.mjs",
                             "tsup.config.cjs")  # fmt: skip
    module = source.at(path) if path else None
    told = module.default_export() if module else table(manifest.data.get("tsup"))
    entries = [word for word in argv if word.endswith((*TYPED, ".js", ".mjs")) and not word.startswith("-")]
    said = told.get("entry")
    if not entries and isinstance(said, (list, tuple)):
        entries = [word for word in said if isinstance(word, str) and "*" not in word]
    named = {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}
    if not entries and not named:
        entries = [one for one in ("src/index.ts",) if one in source.tree]
    out = option(argv, "-d", "--out-dir") or str(told.get("outDir", "dist"))
    formats = option(argv, "--format") or told.get("format") or "cjs"
    first = formats.split(",")[0] if isinstance(formats, str) else str(next(iter(formats), "cjs"))
    modern = manifest.type == "module"
    suffix = {"esm": ".js" if modern else ".mjs", "cjs": ".cjs" if modern else ".js"}.get(first, ".js")
    base = _common([normpath(one) for one in entries]) if len(entries) > 1 else None
    pairs = [(_renamed(out, base or dirname(normpath(one)), normpath(one), suffix), normpath(one))
             for one in entries]  # fmt: skip
    pairs += [(_join(out, f"{key}{suffix}"), normpath(value)) for key, value in named.items()]
    if pairs:
        yield Compilation("tsup", normpath(out), single=tuple(pairs), source=path or place)


# -- what a built file is made of


def source_of(source: Source, file: str, compilations: Iterable[Compilation]) -> Module | None:
    """Return the module that the built FILE is made of, by the compiler or else by custom."""
    for compilation in compilations:
        for path in compilation.input_of(file):
            if found := source.at(path) or source.find(path):
                return found
    top, slash, inside = file.partition("/")
    if not slash:
        return None
    stem = inside.rpartition(".")[0] or inside
    for root in _ROOTS:
        found = source.find(_join(root, stem))
        if found and not found.path.startswith(f"{top}/"):
            return found
    return None


def _below(folder: str, path: str) -> str | None:
    if folder in {"", "."}:
        return path
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None


def _join(*parts: str) -> str:
    return normpath(join(*parts))
