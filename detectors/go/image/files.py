"""Files of the repository that a Go program reads while it runs: templates, pages, migrations. Copies none.

What `//go:embed` takes in is in the program already.
"""

import re
from collections.abc import Iterator
from posixpath import dirname, normpath

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from ...named import is_named
from ..code.code import Call
from ..code.flow import runs
from ..code.folding import fold, fold_part
from ..code.origins import callee, type_of
from ..code.program import Program, enclosing_function
from ..code.reads import gives_up
from ..code.syntax import Node, above, field, find, items_of, text_of
from ..code.values import HOME, UNKNOWN, Folded
from ..code.vipers import viper_of

_FIBER, _ECHO = r"github\.com/gofiber/fiber", r"github\.com/labstack/echo"
_GIN = r"github\.com/gin-gonic/gin"
#: Calls that read a file, a folder or what a pattern names: (what is called, the index of the first path).
_READS: tuple[tuple[str, int], ...] = (
    (r"(html|text)/template(\.\w+(\(\))?)*\.(ParseFiles|ParseGlob)", 0),
    (rf"{_GIN}\.Engine\.(LoadHTMLGlob|LoadHTMLFiles)", 0),
    (rf"{_GIN}\.(Engine|RouterGroup|IRouter)\.(Static|StaticFile)", 1),
    (rf"{_GIN}\.(Context)\.(File|FileAttachment)", 0),
    (r"github\.com/gin-contrib/static\.LocalFile", 0),
    (r"github\.com/gin-contrib/multitemplate.*\.(AddFromFiles|AddFromGlob)", 1),
    (rf"{_ECHO}\.(Echo|Group)\.(Static|File)", 1),
    (rf"{_ECHO}/middleware\.Static", 0),
    (rf"{_ECHO}\.Context\.(File|Attachment|Inline)", 0),
    (rf"{_FIBER}\.(App|Router|Group)\.Static", 1),
    (rf"{_FIBER}\.Ctx\.(SendFile|Download)", 0),
    (rf"{_FIBER}/middleware/static\.New", 0),
    (r"github\.com/gofiber/template/\w+\.New", 0),
    (r"net/http\.Dir|os\.(DirFS|ReadFile|Open|ReadDir|Stat|OpenFile|OpenRoot)", 0),
    (r"io/ioutil\.(ReadFile|ReadDir)", 0),
    (r"net/http\.ServeFile", 2),
    (r"path/filepath\.(Walk|WalkDir|Glob)", 0),
    (r"net/http\.(Server\.)?ListenAndServeTLS", -1),
    (r"github\.com/golang-migrate/migrate(\.\w+)?\.(New|NewWithDatabaseInstance)", 0),
    (r"github\.com/pressly/goose\.(Up|UpContext|UpTo|UpByOne|Run|RunContext)", 1),
    (r"(gopkg\.in|github\.com/go-ini)/ini\.(Load|LooseLoad|InsensitiveLoad|ShadowLoad)", 0),
    (r"github\.com/(BurntSushi/toml|naoina/toml)\.DecodeFile", 0),
    (r"github\.com/ilyakaznacheev/cleanenv\.ReadConfig", 0),
    (r"github\.com/nicksnyder/go-i18n/i18n.*\.(LoadMessageFile|MustLoadMessageFile)", 0),
    (r"github\.com/casbin/casbin\.(NewEnforcer|NewSyncedEnforcer|NewCachedEnforcer)", 0),
    (r"github\.com/flosch/pongo2\.(FromFile|Must|NewLocalFileSystemLoader|MustNewLocalFileSystemLoader)", 0),
    (r"github\.com/CloudyKit/jet\.(NewOSFileSystemLoader|NewHTMLSet|NewSet)", 0),
    (r"github\.com/oschwald/(geoip2|maxminddb)-golang\.Open", 0),
    (r"github\.com/kataras/iris(/view)?\.(HTML|Django|Handlebars|Jet|Pug|Ace|Blocks)", 0),
    (r"github\.com/kataras/iris.*\.(HandleDir)", 1),
    (r"github\.com/go-chi/.*\.FileServer|github\.com/spf13/afero\.NewBasePathFs", 0),
    (r"github\.com/Masterminds/squirrel\.\w+File|github\.com/qustavo/dotsql\.LoadFromFile", 0),
    (r"golang\.org/x/oauth2/google\.\w+File|github\.com/julienschmidt/httprouter\.Router\.ServeFiles", 1),
)  # fmt: skip
_SEVERAL = (
    "ParseFiles",
    "LoadHTMLFiles",
    "AddFromFiles",
    "NewEnforcer",
    "NewSyncedEnforcer",
    "ListenAndServeTLS",
)
#: Fields that hold a folder: of the struct, the field.
_FIELDS = (
    ("FileMigrationSource", "Dir", "github.com/rubenv/sql-migrate"),
    ("StaticConfig", "Root", "github.com/labstack/echo/middleware"),
    ("FSConfig", "Root", "github.com/gofiber/fiber"),
)
#: What programs read where nobody tells them to: (what imports it, the paths).
_CUSTOMS = (
    ("github.com/beego/beego/server/web", ("conf", "views", "static")),
    ("github.com/astaxie/beego", ("conf", "views", "static")),
    ("github.com/revel/revel", ("conf", "app/views", "public", "messages")),
    ("github.com/gogf/gf/frame/g", ("manifest/config", "config", "resource")),
    ("gofr.dev/pkg/gofr", ("configs", "static")),
)  # fmt: skip
#: Servers that have a folder of pages without being told: https://pkg.go.dev/github.com/urfave/negroni#Classic
_CLASSIC = r"github\.com/((urfave|codegangsta)/negroni|go-martini/martini)\.Classic"
_WRITING = r"O_(CREATE|WRONLY|TRUNC)"
_NAMES = (
    "ParseFiles", "ParseGlob", "LoadHTMLGlob", "LoadHTMLFiles", "Static", "StaticFile", "File",
    "FileAttachment",
    "LocalFile", "AddFromFiles", "AddFromGlob", "SendFile", "New", "Dir", "DirFS", "ReadFile", "Open",
    "ReadDir",
    "OpenFile", "Stat", "ServeFile", "Walk", "WalkDir", "Glob", "ListenAndServeTLS",
    "NewWithDatabaseInstance",
    "Up", "UpContext", "UpTo", "Run", "RunContext", "DecodeFile", "ReadConfig", "LoadMessageFile",
    "MustLoadMessageFile", "NewEnforcer", "FromFile", "NewLocalFileSystemLoader", "NewOSFileSystemLoader",
    "NewHTMLSet", "HTML", "Django", "HandleDir", "Attachment", "Inline", "LoadFromFile", "Download",
    "MustNewLocalFileSystemLoader", "Load", "LooseLoad", "NewSyncedEnforcer", "OpenRoot",
)  # fmt: skip
#: Where Compose puts secrets: https://docs.docker.com/compose/how-tos/use-secrets/
_SECRETS = "/run/secrets/"
#: Folders and files that no program reads for its users.
_NEVER = frozenset(
    {".", "..", ".git", "go.mod", "go.sum", "Dockerfile", "Makefile", "vendor", "node_modules"}
)


class Needed(NamedTuple):
    """A file that a program does not start without, and that is not in the repository."""

    path: str  # relative to its working folder: ".env"
    source: str
    example: str | None  # the file of the repository that shows what stands in it


class Files(NamedTuple):
    """What a program reads while it runs."""

    pairs: tuple[tuple[str, str], ...] = ()  # (from, in the repository; to, in the program's working folder)
    sources: tuple[str, ...] = ()  # of each pair
    needed: tuple[Needed, ...] = ()
    warnings: tuple[ProjectWarning, ...] = ()

    @property
    def fact(self) -> Fact | None:
        """The pairs, with the first place that says so."""
        return Fact(self.pairs, self.sources[0]) if self.pairs else None


class _Read(NamedTuple):
    """A path that the code reads."""

    path: str
    source: str
    folder: str  # of the file that says so


def find_files(program: Program) -> Files:
    """Return what PROGRAM reads of its repository, relative to the working folder that it is written for."""
    reads = [*_of_calls(program), *_of_fields(program), *_of_viper(program), *_of_customs(program)]
    found: dict[tuple[str, str], str] = {}
    warnings: list[ProjectWarning] = []
    for read in reads:
        if read.path.startswith(_SECRETS):
            said = f"reads {read.path}, a secret of Compose that compose.yaml does not have: add it there"
            warnings.append(ProjectWarning("secret-file", said, read.source))
        pair = _placed(program, read)
        if pair is None:
            continue
        if pair[1].startswith("../"):
            said = f"reads {read.path}, above its working folder: in the image there is nothing"
            warnings.append(ProjectWarning("parent-path", said, read.source))
        else:
            found.setdefault(pair, read.source)
    kept = _outermost(found)
    warnings += _by_source(program)
    return Files(tuple(kept), tuple(kept.values()), tuple(_needed(program)), tuple(warnings))


# -- what is read


def _of_calls(program: Program) -> Iterator[_Read]:
    for call in program.calls(*_NAMES):
        name = callee(call.code, call.node)
        for pattern, index in _READS:
            if is_named(pattern, name) and runs(call.code, call.node) is not False:
                yield from _of_arguments(call, name, index)
                break


def _of_arguments(call: Call, name: str, index: int) -> Iterator[_Read]:
    arguments = call.arguments
    if name == "os.OpenFile" and len(arguments) > 1 and re.search(_WRITING, text_of(arguments[1])):
        return
    if index < 0:  # the certificate and its key come before the handler, after the address
        texts = [one for one in arguments if one.type != "nil"]
        chosen = texts[1:3] if "Server." not in name else texts[:2]
    else:
        chosen = list(arguments[index:] if call.name in _SEVERAL else arguments[index : index + 1])
    for one in chosen:
        for text in _texts(fold(call.code, one)):
            yield _Read(text, call.place, call.code.package.folder)


def _texts(folded: Folded) -> Iterator[str]:
    values = folded.value if isinstance(folded.value, tuple) else (folded,)
    for one in values:
        text = one.text if isinstance(one, Folded) else None
        if text and "\0" not in text:
            yield text.removeprefix("file://")


def _of_fields(program: Program) -> Iterator[_Read]:
    for word, name, home in _FIELDS:
        if not any(path.startswith(home) for path in program.imports):
            continue
        for spot in program.literals(word):
            if type_of(spot.code, spot.node).startswith(home):
                for text in _texts(fold_part(spot.code, spot.node, name)):
                    yield _Read(text, spot.code.place(spot.node), spot.code.package.folder)


def _of_viper(program: Program) -> Iterator[_Read]:
    viper = viper_of(program)
    if viper.file:
        yield _Read(viper.file, viper.place, ".")


def _of_customs(program: Program) -> Iterator[_Read]:
    for call in program.calls("Classic"):
        if re.fullmatch(_CLASSIC, callee(call.code, call.node)):
            yield _Read("public", call.place, ".")
    for path, folders in _CUSTOMS:
        if path in program.imports:
            for folder in folders:
                yield _Read(folder, program.imports[path], ".")


# -- where it lies


def _placed(program: Program, read: _Read) -> tuple[str, str] | None:
    """(from, to) of what is read: from the root, else from the folder of the main package."""
    text = _known_part(read.path)
    if text is None:
        return None
    to = normpath(text.removeprefix(f"{HOME}/"))
    if to.startswith("/") or to in _NEVER or to.endswith((".go", "_test")):
        return None
    main = program.packages[0].folder if program.packages else "."
    for folder in dict.fromkeys((_module(program, main), ".", main)):
        inside = normpath(f"{folder}/{to}")
        if inside not in _NEVER and not inside.startswith("../") and _is_there(program, inside):
            return inside, to
    return None


def _module(program: Program, folder: str) -> str:
    """The folder of the module that FOLDER is in: `go run` is mostly started there."""
    owners = [
        one.strip("/") or "." for one in program.modules.values()
        if one in {".", ""} or folder == one or folder.startswith(f"{one}/")
    ]  # fmt: skip
    return max(owners, key=len, default=".")


def _known_part(text: str) -> str | None:
    """The file or the folder of a path, up to the first part that is a pattern or unknown."""
    parts: list[str] = []
    for part in text.split("/"):
        if UNKNOWN in part or re.search(r"[*?\[%]", part) or part == "~":
            break
        parts.append(part)
    known = "/".join(parts)
    return known if known.strip("./") else None


def _is_there(program: Program, path: str) -> bool:
    return path in program.tree or bool(program.tree.names(path))


def _outermost(found: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """The same without what lies in a folder that is taken whole; in the order of the targets."""
    kept: dict[tuple[str, str], str] = {}
    for (start, to), source in sorted(found.items(), key=lambda one: (one[0][1].count("/"), one[0])):
        if not any(to.startswith(f"{other}/") and start.startswith(f"{begin}/") for begin, other in kept):
            kept[(start, to)] = source
    return kept


# -- what it does not start without


def _needed(program: Program) -> Iterator[Needed]:
    """Files of variables whose absence ends it: `if err := godotenv.Load(); err != nil { log.Fatal(…) }`."""
    for call in program.calls("Load", "Overload", "ReadInConfig", "MustLoad"):
        name = callee(call.code, call.node)
        if re.fullmatch(r"github\.com/(joho|subosito)/(godotenv|gotenv)\.(Load|Overload|MustLoad)", name):
            texts = [fold(call.code, one).text for one in call.arguments] or [".env"]
            for text in texts:
                if text and (name.endswith("MustLoad") or _ends_without(call)):
                    yield from _missing(program, text, call)
        elif re.fullmatch(r"github\.com/spf13/viper(\.Viper)?\.ReadInConfig", name) and _ends_without(call):
            path = _viper_path(program)
            if path:
                yield from _missing(program, path, call)


def _missing(program: Program, text: str, call: Call) -> Iterator[Needed]:
    path = normpath(text)
    if UNKNOWN in path or path.startswith(("/", "../")) or _is_there(program, path):
        return
    folder = dirname(path)
    examples = [f"{folder}/{name}".lstrip("/") for name in _examples(path.rpartition("/")[2])]
    yield Needed(path, call.place, program.tree.first(*examples))


def _examples(name: str) -> tuple[str, ...]:
    own = (f"{name}.{word}" for word in ("example", "sample", "dist", "template"))
    return (*own, "example.env", "sample.env", ".env.example", "env.example")


def _viper_path(program: Program) -> str | None:
    """The file that viper is told to read, where that is a file of variables."""
    for call in program.calls("SetConfigFile"):
        text = fold(call.code, call.arguments[0]).text if call.arguments else None
        if text and text.rpartition("/")[2].startswith(".env"):
            return text
    return None


def _ends_without(call: Call) -> bool:
    """Whether the error that CALL gives back ends the program."""
    statement = next(
        (one for one in above(call.node)
         if one.type in {"if_statement", "short_var_declaration", "assignment_statement",
         "expression_statement"}),
        None,
    )  # fmt: skip
    if statement is None or statement.type == "expression_statement":
        return False
    if statement.type == "if_statement":
        return _is_fatal(statement)
    outer = statement.parent
    if outer is not None and outer.type == "if_statement":
        return _is_fatal(outer)
    follower = _next(statement)
    return (
        follower is not None
        and follower.type == "if_statement"
        and _is_fatal(follower)
        and _asks(follower, statement)
    )


def _is_fatal(statement: Node) -> bool:
    condition = text_of(field(statement, "condition"))
    return "!= nil" in condition and gives_up(field(statement, "consequence"))


def _asks(follower: Node, statement: Node) -> bool:
    """Whether the condition of a statement is about what the one before it gives."""
    names = [text_of(one) for one in items_of(field(statement, "left"))]
    condition = field(follower, "condition")
    words = (
        {text_of(one) for one in find(condition, {"identifier": "x"}).get("x", [])} if condition else set()
    )
    return not words.isdisjoint(names)


def _next(statement: Node) -> Node | None:
    follower = statement.next_named_sibling
    while follower is not None and follower.type == "comment":
        follower = follower.next_named_sibling
    return follower


# -- by the place of the source


def _by_source(program: Program) -> Iterator[ProjectWarning]:
    """Paths that begin where the source lay when it was compiled: not in the image."""
    for call in program.calls("Caller"):
        if callee(call.code, call.node) != "runtime.Caller":
            continue
        body = text_of(enclosing_function(call.node) or call.code.root)
        if re.search(r"filepath\.(Dir|Join)|path\.(Dir|Join)", body):
            said = "finds files by where its source was compiled, which the image does not have: use embed"
            yield ProjectWarning("source-path", said, call.place)
