"""Web frameworks and routers of Go: which one a program is written with, and where it listens by custom."""

from scaffold.model import Fact
from scaffold.nouns import NamedTuple

from ..code.program import Program


class Framework(NamedTuple):
    """A framework or a router, by what imports it."""

    name: str
    paths: tuple[str, ...]
    port: int = 8080


#: The first that a program imports. Libraries for one matter beside a router come last.
FRAMEWORKS = (
    Framework("gin", ("github.com/gin-gonic/gin",)),
    Framework("echo", ("github.com/labstack/echo",), 1323),
    Framework("fiber", ("github.com/gofiber/fiber",), 3000),
    Framework("beego", ("github.com/beego/beego", "github.com/beego/beego/server/web",
                        "github.com/astaxie/beego")),
    Framework("iris", ("github.com/kataras/iris",)),
    Framework("revel", ("github.com/revel/revel",), 9000),
    Framework("buffalo", ("github.com/gobuffalo/buffalo",), 3000),
    Framework("hertz", ("github.com/cloudwego/hertz/pkg/app/server", "github.com/cloudwego/hertz/pkg/app"),
              8888),
    Framework("kratos", ("github.com/go-kratos/kratos",), 8000),
    Framework("go-zero", ("github.com/zeromicro/go-zero/rest", "github.com/zeromicro/go-zero/zrpc"), 8888),
    Framework("goframe", ("github.com/gogf/gf/frame/g",), 8000),
    Framework("gofr", ("gofr.dev/pkg/gofr",), 8000),
    Framework("chi", ("github.com/go-chi/chi", "github.com/pressly/chi")),
    Framework("gorilla", ("github.com/gorilla/mux",)),
    Framework("httprouter", ("github.com/julienschmidt/httprouter",)),
    Framework("fasthttp", ("github.com/valyala/fasthttp",)),
    Framework("martini", ("github.com/go-martini/martini",), 3000),
    Framework("connect", ("connectrpc.com/connect", "github.com/bufbuild/connect-go")),
    Framework("grpc", ("google.golang.org/grpc",)),
)  # fmt: skip


def find_framework(program: Program) -> Fact | None:
    """Return the framework of PROGRAM, and the place that imports it; None for the standard library alone."""
    imports = program.imports
    for framework in FRAMEWORKS:
        place = next((imports[path] for path in framework.paths if path in imports), None)
        if place and (framework.name != "grpc" or next(program.calls("NewServer"), None)):
            return Fact(framework.name, place)
    return None


def usual_port(name: str | None) -> int:
    """Return where a framework listens by custom."""
    return next((one.port for one in FRAMEWORKS if one.name == name), 8080)
