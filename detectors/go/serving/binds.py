"""The places in Go code that bind a port: what they speak, and the expression of the address. Binds none."""

import re

from scaffold.nouns import NamedTuple

from ...named import is_named
from ..code.code import RANGED, Call, Code, last_word
from ..code.configs import read_config, value_at
from ..code.flow import runs
from ..code.folding import fold, fold_part
from ..code.origins import callee, declared, entry, made_of, package_named, type_of
from ..code.program import Program, Spot
from ..code.syntax import FUNCTIONS, Node, above, arguments_of, callee_of, field, text_of, unwrap
from ..code.values import EMPTY, NOTHING, Folded, joined

_GIN, _ECHO, _FIBER = r"github\.com/gin-gonic/gin", r"github\.com/labstack/echo", r"github\.com/gofiber/fiber"
_LISTENERS = frozenset({"net.Listen", "net.ListenConfig.Listen", "crypto/tls.Listen", "net.ListenTCP",
                        "github.com/libp2p/go-reuseport.Listen"})  # fmt: skip
_SERVERS = r"net/http\.Server|github\.com/valyala/fasthttp\.Server"

#: How a call is named, what it speaks, where its address is: at an index of its arguments, in the "listener"
#: or the "server" among them, in "self" where it makes a listener, else in the option of that name.
_KINDS: tuple[tuple[str, str, int | str], ...] = (
    (rf"{_GIN}\.Engine\.(Run|RunTLS)", "http", 0),
    (rf"{_GIN}\.Engine\.RunListener", "http", "listener"),
    (rf"{_ECHO}\.Echo\.(Start|StartTLS|StartH2CServer|StartAutoTLS)", "http", 0),
    (rf"{_ECHO}\.Echo\.StartServer", "http", "server"),
    (rf"{_FIBER}\.App\.(Listen|ListenTLS)", "http", 0),
    (rf"{_FIBER}\.App\.(Listener|ListenMutualTLSWithCertificate)", "http", "listener"),
    (r"github\.com/kataras/iris\.Application\.(Listen|Run)", "http", 0),
    (r"github\.com/(beego/beego(/server/web)?|astaxie/beego)\.Run", "http", 0),
    (r"github\.com/(urfave|codegangsta)/negroni\.(Negroni|New\(\)|Classic\(\))\.Run", "http", 0),
    (r"github\.com/go-martini/martini\.(Classic|New)\(\)\.(RunOnAddr|Run)", "http", 0),
    (r"github\.com/cloudwego/hertz/pkg/app/server\.(Default|New)\(\)\.Spin", "http", "WithHostPorts"),
    (r"github\.com/cloudwego/hertz/pkg/app/server\.Hertz\.Spin", "http", "WithHostPorts"),
    (r"github\.com/go-kratos/kratos/transport/http\.NewServer", "http", "Address"),
    (r"gofr\.dev/pkg/gofr\.New\(\)\.Run", "http", "HTTP_PORT"),
    (r"github\.com/gogf/gf/.*\.(Run)", "http", "SetPort"),
    (r"github\.com/valyala/fasthttp(\.Server)?\.(ListenAndServe|ListenAndServeTLS)", "http", 0),
    (r"net/http\.(Server\.)?(ListenAndServe|ListenAndServeTLS)", "http", 0),
    (rf"({_SERVERS})\.Serve(TLS)?|(net/http|github\.com/valyala/fasthttp)\.Serve(TLS)?", "http", "listener"),
    (r"github\.com/facebookgo/grace/gracehttp\.Serve", "http", "server"),
    (r"github\.com/prometheus/exporter-toolkit/web\.ListenAndServe", "http", "AddFlags"),
    (r"[\w.-]+\.\w+/.*\.ListenAndServe(TLS)?", "http", 0),
    (r"google\.golang\.org/grpc\.Server\.Serve", "grpc", "listener"),
    (r"net\.(Listen|ListenTCP|ListenConfig\.Listen)|crypto/tls\.Listen", "tcp", "self"),
)  # fmt: skip
_NAMES = (
    "Run", "RunTLS", "RunListener", "Start", "StartTLS", "StartH2CServer", "StartAutoTLS", "StartServer",
    "Listen", "ListenTLS", "Listener", "Spin", "ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS",
    "ListenTCP", "NewServer", "RunOnAddr",
)  # fmt: skip
#: Words for servers that stand beside the one for users: in the text of the address, or of what it serves.
_BESIDE = (
    r"(?i)metric|pprof|debug|prom(?!pt)|admin|internal|private|profil|probe|monitor|telemetry|expvar|redirect"
    r"|challenge|acme|mgmt|plugin"
)
#: What a framework takes where its call has no address: (variables, port).
_WITHOUT: tuple[tuple[str, tuple[str, ...], int], ...] = (
    (rf"{_GIN}\..*", ("PORT",), 8080),  # https://pkg.go.dev/github.com/gin-gonic/gin#Engine.Run
    (r"github\.com/(urfave|codegangsta)/negroni\..*", ("PORT",), 8080),
    (r"github\.com/go-martini/.*", ("PORT",), 3000),
    (r"github\.com/cloudwego/hertz.*", (), 8888),
     # https://pkg.go.dev/github.com/cloudwego/hertz/pkg/app/server
    (r"github\.com/(beego|astaxie)/beego.*", (), 8080),
     # https://github.com/beego/beego/blob/develop/server/web
    (r"github\.com/go-kratos/.*", (), 0),
    (r"github\.com/valyala/.*|net/http\.Server\.ListenAndServe|net/http\.ListenAndServe", (), 80),
    (r"net/http\.(Server\.)?ListenAndServeTLS", (), 443),
)  # fmt: skip


class Bind(NamedTuple):
    """One place that binds."""

    kind: str  # "http" "grpc" "tcp"
    rank: int  # 0: what a browser would rather ask
    call: Call
    name: str  # of what is called
    how: int | str
    listener: Call | None = None
    is_beside: bool = False  # for those who run it: metrics, profiles

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.call.place

    @property
    def address_place(self) -> str:
        """Where the address is."""
        return (self.listener or self.call).place

    @property
    def is_bare(self) -> bool:
        """Whether its call has no address: where it binds is a custom of its library."""
        return isinstance(self.how, int) and len(self.call.arguments) <= self.how and _stated(self) is None

    def address(self) -> Folded:
        """What it binds: ":8080"; no text where nobody can tell."""
        return _address(self)

    def is_made(self) -> bool | None:
        """Whether its server is made at all, with what is set; None where only a run can tell."""
        server = _server(self)
        return runs(server.code, server.node) if server else None


def find_binds(program: Program) -> list[Bind]:
    """Return every place in PROGRAM that binds, the likeliest for users first."""
    found = [bind for call in program.calls(*_NAMES) if (bind := _bind(call))]
    served = {(one.listener.code.path, one.listener.node.start_byte) for one in found if one.listener}
    own = [
        one
        for one in found
        if one.how != "self" or (one.call.code.path, one.call.node.start_byte) not in served
    ]
    if any(one.how != "self" for one in own):  # a listener that nobody can follow belongs to whoever serves
        own = [one for one in own if one.how != "self"]
    return sorted(own, key=lambda one: (one.is_beside, one.kind == "tcp", one.kind != "http"))


def _bind(call: Call) -> Bind | None:
    name = callee(call.code, call.node)
    for rank, (pattern, kind, how) in enumerate(_KINDS):
        if is_named(pattern, name):
            return _made(call, name, rank, kind, how)
    return None


def _made(call: Call, name: str, rank: int, kind: str, how: int | str) -> Bind | None:
    listener = None
    if how == "listener":
        listener = _listener(call)
    if how == "self" and not _is_tcp(call, name):
        return None
    bind = Bind(kind, rank, call, name, how, listener)
    return bind._replace(is_beside=_is_beside(bind))


def _is_tcp(call: Call, name: str) -> bool:
    network = next(
        (fold(call.code, one).text for one in call.arguments[: 2 if "Config" in name else 1]), None
    )
    texts = [fold(call.code, one).text or "" for one in call.arguments[:2]]
    return any(text.startswith("tcp") for text in texts) or network == "tcp"


def _listener(call: Call) -> Call | None:
    """The `net.Listen` whose result a server is given: followed, else the only one of the program."""
    for one in call.arguments:
        found = _listening(call.code, one)
        if found:
            return found
    others = [
        one for one in call.code.program.calls("Listen", "ListenTCP")
        if callee(one.code, one.node) in _LISTENERS and _is_tcp(one, callee(one.code, one.node))
    ]  # fmt: skip
    near = [one for one in others if one.code is call.code]
    return next(iter(near if len(near) == 1 else others if len(others) == 1 else []), None)


def _listening(code: Code, node: Node, depth: int = 0) -> Call | None:
    node = unwrap(node)
    if depth > 6:
        return None
    if node.type == "call_expression":
        if callee(code, node) in _LISTENERS:
            return Call(code, node)
        inner = (_listening(code, one, depth + 1) for one in arguments_of(node))  # tls.NewListener(l, …)
        return next((one for one in inner if one), None)
    if node.type == "identifier" and (found := declared(code, node)):
        home, binding = found
        if binding.value is not None and binding.which == 0:
            return _listening(home, binding.value, depth + 1)
        if binding.value is not None and binding.which == RANGED - 1:
            return _gathered(home, binding.value, depth)
        return _chosen(home, binding.name, depth)
    return None


def _gathered(code: Code, listeners: Node, depth: int) -> Call | None:
    """The first of the listeners that were appended to a slice, which a loop goes through."""
    changes = (unwrap(one.value) for one in code.assigned.get(last_word(listeners), ()))
    appends = (one for one in changes if one.type == "call_expression" and callee(code, one) == "append")
    found = (_listening(code, each, depth + 1) for one in appends for each in arguments_of(one)[1:])
    return next((one for one in found if one), None)


def _chosen(code: Code, name: str, depth: int) -> Call | None:
    """The listener that a variable is given where its branch is taken; the last is mostly the plain one."""
    changes = [
        one for one in code.assigned.get(name, ()) if one.which == 0 and one.target.type == "identifier"
    ]
    found = [call for one in changes if (call := _listening(code, one.value, depth + 1))]
    known = [
        one for one in found if _is_tcp(one, callee(one.code, one.node)) and runs(code, one.node) is not False
    ]
    return known[-1] if known else None


def _is_beside(bind: Bind) -> bool:
    """Whether a server is for those who run the program: its address, its handler or its function say so."""
    call = bind.call
    function = callee_of(call.node)
    words = [text_of(one) for one in call.arguments if one.type not in FUNCTIONS]
    words += [text_of(field(function, "operand")) if function is not None else ""]
    words += [text_of(field(one, "name")) for one in above(call.node) if one.type in FUNCTIONS][:1]
    if bind.listener:
        words += [text_of(one) for one in bind.listener.arguments]
    if call.code.package.name != "main":
        words += [call.code.package.folder.rpartition("/")[2]]
    literal = _server(bind)
    words += [
        text_of(value) for key in ("Addr", "Handler") if literal and (value := entry(literal.node, key))
    ]
    if re.search(_BESIDE, " ".join(words)):
        return True
    is_bare = [text_of(one) for one in call.arguments[1:]] == [
        "nil"
    ] and bind.name == "net/http.ListenAndServe"
    return (
        is_bare
        and "net/http/pprof" in call.code.packages
        and not call.code.mentions("HandleFunc(", "Handle(")
    )


def _server(bind: Bind) -> Spot | None:
    """The literal of the server that a call is on, or is given."""
    function = callee_of(bind.call.node)
    nodes = (
        [*bind.call.arguments] if bind.how == "server" else [field(function, "operand") if function else None]
    )
    found = (made_of(bind.call.code, node) for node in nodes if node is not None)
    return next((one for one in found if one), None)


# -- addresses


def _address(bind: Bind) -> Folded:
    found = _stated(bind)
    if found is None or (not found.text and found.value is not NOTHING and not found.names | found.flags):
        return _usual(bind)
    return found


def _usual(bind: Bind) -> Folded:
    """Where it binds when nobody says so."""
    if re.fullmatch(r"github\.com/(beego|astaxie)/beego.*", bind.name):
        stated = _of_beego(bind.call.code.program)
        if stated:
            return Folded(f":{stated}")
    for pattern, names, port in _WITHOUT:
        if port and is_named(pattern, bind.name):
            told = bind.call.code.program.told(names)
            return Folded(f":{told or port}", frozenset(names))
    return EMPTY


def _of_beego(program: Program) -> object:
    """The port in the file that beego reads by itself: https://pkg.go.dev/github.com/beego/beego/v2/server/web"""
    data = read_config(program.tree, "conf/app.conf")
    return value_at(data, ("DEFAULT", "httpport"))


def _stated(bind: Bind) -> Folded | None:
    """What the code says of the address; None where it says nothing."""
    call, how = bind.call, bind.how
    function = callee_of(call.node)
    base = field(function, "operand") if function is not None else None
    if how == "listener":
        return _of_listener(bind.listener) if bind.listener else EMPTY
    if how == "self":
        return _of_listener(call)
    if how == "server":
        nodes = [one for one in call.arguments if type_of(call.code, one).endswith(".Server")]
        return _of_server(call.code, nodes[0]) if nodes else EMPTY
    if isinstance(how, str):
        return _of_option(call, how)
    if base is not None and bind.name.startswith("net/http.Server."):
        return _of_server(call.code, base)
    if len(call.arguments) <= how:
        return None
    return _of_argument(call.code, call.arguments[how])


def _of_argument(code: Code, node: Node) -> Folded:
    """An address; `iris.Addr(":8080")` and `fiber.ListenConfig` stand around it."""
    inner = unwrap(node)
    if inner.type == "call_expression" and callee(code, inner).endswith((".Addr", ".TLS", ".Raw")):
        return fold(code, next(iter(arguments_of(inner)), None))
    return fold(code, node)


def _of_server(code: Code, node: Node) -> Folded:
    found, made = fold_part(code, node, "Addr"), made_of(code, node)
    is_bare = made is not None and entry(made.node, "Addr") is None and not _is_given(code, "Addr")
    return Folded("") if is_bare and found == EMPTY else found


def _is_given(code: Code, name: str) -> bool:
    """Whether the program gives a field NAME a value, after it made the struct."""
    return any(name in other.assigned for other in code.program.having(name))


def _of_listener(call: Call) -> Folded:
    name = callee(call.code, call.node)
    arguments = call.arguments[1:] if name == "net.ListenConfig.Listen" else call.arguments
    if len(arguments) < 2:
        return EMPTY
    if name == "net.ListenTCP":
        return _of_tcp(call.code, arguments[1])
    return fold(call.code, arguments[1])


def _of_tcp(code: Code, node: Node) -> Folded:
    """`&net.TCPAddr{Port: 8080}`."""
    made = made_of(code, node)
    port = fold(made.code, entry(made.node, "Port")) if made else EMPTY
    return joined([Folded(":"), port]) if port.text else EMPTY


def _of_exporter(program: Program) -> Folded | None:
    """`kingpinflag.AddFlags(app, ":9091")`: https://pkg.go.dev/github.com/prometheus/exporter-toolkit/web/kingpinflag"""
    flags = frozenset({"--web.listen-address"})
    for call in program.calls("AddFlags"):
        if "/exporter-toolkit/web/" in callee(call.code, call.node) and len(call.arguments) > 1:
            told = program.told(flags)
            return (fold(call.code, call.arguments[1]) if told is None else Folded(told)).also(
                Folded(flags=flags)
            )
    return None


def _of_option(call: Call, name: str) -> Folded | None:
    """`server.Default(server.WithHostPorts(":8080"))`: the option NAME, wherever the program has it."""
    if name == "AddFlags":
        return _of_exporter(call.code.program)
    for other in call.code.program.calls(name):
        if other.arguments and package_named(
            other.code, field(callee_of(other.node) or other.node, "operand")
        ):
            return fold(other.code, other.arguments[0])
        if name == "SetPort" and other.arguments:
            return joined([Folded(":"), fold(other.code, other.arguments[0])])
    if name == "HTTP_PORT":  # https://gofr.dev/docs/references/configs
        told = call.code.program.told((name,))
        return Folded(f":{told or 8000}", frozenset({name}))
    return None
