"""How a Go program is reached: where it listens, what sets that, what it answers, under which subcommand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scaffold.model import Fact, Health
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.go.code.program import Program
    from detectors.go.code.source import Source
    from detectors.go.serving.frameworks import find_framework
    from detectors.go.serving.serve import Serving, find_serving
    from detectors.hints import Hints
else:
    from scaffold.detectors.go.code.program import Program
    from scaffold.detectors.go.code.source import Source
    from scaffold.detectors.go.serving.frameworks import find_framework
    from scaffold.detectors.go.serving.serve import Serving, find_serving
    from scaffold.detectors.hints import Hints

GIN, ECHO, FIBER = "github.com/gin-gonic/gin", "github.com/labstack/echo/v4", "github.com/gofiber/fiber/v2"
CHI, MUX, GRPC = "github.com/go-chi/chi/v5", "github.com/gorilla/mux", "google.golang.org/grpc"
COBRA = "github.com/spf13/cobra"
ENV = 'func getenv(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }'


def program(imports: str, body: str, top: str = "", **others: str) -> Program:
    files = {name.replace("__", "/").replace("_", "."): one for name, one in others.items()}
    lines = "\n".join(f'import "{one}"' for one in imports.split())
    text = f"package main\n{lines}\n{top}\nfunc main() {{\n{body}\n}}\n"
    return Program.of(Source(Tree({"main.go": text, **files})), ".", {"example.com/app": "."})


def serving(imports: str, body: str, top: str = "", **others: str) -> Serving:
    return find_serving(program(imports, body, top, **others), {})


def port_of(imports: str, body: str, top: str = "", **others: str) -> object:
    port = serving(imports, body, top, **others).port
    return port.value if port else None


def health_of(imports: str, body: str, top: str = "", **others: str) -> str | None:
    health = serving(imports, body, top, **others).health
    assert health
    assert isinstance(health.value, Health)
    return health.value.path


# -- ports


@pytest.mark.parametrize(
    ("imports", "body", "port"),
    [
        ("net/http", 'http.ListenAndServe(":8000", nil)', 8000),
        ("net/http", 'http.ListenAndServe("", nil)', 80),
        ("net/http", 'http.ListenAndServeTLS(":8443", "c", "k", nil)', 8443),
        ("net/http", 's := &http.Server{Addr: ":81", Handler: nil}\ns.ListenAndServe()', 81),
        ("net/http", 's := http.Server{}\ns.Addr = ":82"\ngo func() { s.ListenAndServe() }()', 82),
        ("net/http", 's := http.Server{}\nlog.Fatal(s.ListenAndServe())', 80),
        ("net/http net", 'l, err := net.Listen("tcp", ":83")\nhttp.Serve(l, nil)', 83),
        ("net/http net", 's := &http.Server{}\nl, _ := net.Listen("tcp", ":http")\ns.Serve(l)', 80),
        (GIN, "r := gin.Default()\nr.Run()", 8080),
        (GIN, 'r := gin.New()\nr.Run(":9000")', 9000),
        (ECHO, 'e := echo.New()\ne.Logger.Fatal(e.Start(":1323"))', 1323),
        (f"{ECHO} net/http", 'e := echo.New()\ne.StartServer(&http.Server{Addr: ":1324"})', 1324),
        (FIBER, 'app := fiber.New()\napp.Listen(":3000")', 3000),
        ("github.com/kataras/iris/v12", 'app := iris.New()\napp.Run(iris.Addr(":81"))', 81),
        ("github.com/beego/beego/v2/server/web", "web.Run()", 8080),
        ("github.com/valyala/fasthttp", 'fasthttp.ListenAndServe(":84", nil)', 84),
        ("github.com/valyala/fasthttp", 's := &fasthttp.Server{}\ns.ListenAndServe(":85")', 85),
        ("github.com/urfave/negroni", "n := negroni.Classic()\nn.Run()", 8080),
        ("github.com/cloudwego/hertz/pkg/app/server",
         'h := server.Default(server.WithHostPorts("0.0.0.0:86"))\nh.Spin()', 86),
        (f"{GRPC} net", 'l, err := net.Listen("tcp", ":50051")\ns := grpc.NewServer()\ns.Serve(l)', 50051),
        ("net", 'l, err := net.Listen("tcp", ":4000")\nl.Accept()', 4000),
        ("net/http github.com/prometheus/exporter-toolkit/web"
         " github.com/prometheus/exporter-toolkit/web/kingpinflag",
         'f := kingpinflag.AddFlags(app, ":9091")\nweb.ListenAndServe(&http.Server{}, f, nil)', 9091),
    ],
)  # fmt: skip
def test_ports(imports: str, body: str, port: int) -> None:
    assert port_of(imports, body) == port


def test_the_file_that_beego_reads() -> None:
    found = serving("github.com/beego/beego/v2/server/web", "web.Run()", conf__app_conf="httpport = 8090\n")
    assert found.port == Fact(8090, "default: beego")


def test_what_does_not_listen_has_no_port() -> None:
    assert serving("fmt", 'fmt.Println("x")') == Serving()
    assert serving("net", 'net.Listen("unix", "/tmp/x")') == Serving()
    assert serving("net/http/httptest", "s := httptest.NewServer(nil)\ns.Start()") == Serving()


def test_a_server_may_be_given_each_listener_of_a_slice() -> None:
    body = """
        var listeners, others []net.Listener
        for _, host := range hosts {
            l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(7880)))
            listeners = append(listeners, l)
            l, err = net.Listen("tcp", ":6060")
            others = append(others, l)
        }
        s := &http.Server{}
        for _, l := range listeners {
            own := l
            group.Go(func() error { return s.Serve(own) })
        }"""
    assert port_of("net net/http strconv", body) == 7880


def test_the_addresses_of_servers_may_be_the_keys_of_a_map() -> None:
    body = """
        servers := map[string]http.Handler{}
        users := net.JoinHostPort("", strconv.Itoa(8000))
        servers[users] = nil
        servers[":9000"] = nil
        for address, handler := range servers {
            s := &http.Server{Addr: address, Handler: handler}
            go s.ListenAndServe()
        }"""
    other = 'func other() { servers := map[string]int{}; servers[":7"] = 1 }'
    assert port_of("net net/http strconv", body, other) == 8000


INTERFACE = """
type Socket struct { Port int }
type Config interface {
    GetSocket() *Socket
    GetName() string
}
type config struct { Socket *Socket }
type clone struct { }
func NewSocket() *Socket { return &Socket{Port: 7350} }
func (c *config) GetSocket() *Socket { return c.Socket }
func (c *config) GetName() string { return "" }
func (c *clone) GetSocket() string { return "" }
func listen(c Config) { http.ListenAndServe(fmt.Sprintf(":%d", c.GetSocket().Port), nil) }
"""


def test_a_method_of_an_interface_is_that_of_the_one_type_that_has_all_of_them() -> None:
    assert port_of("net/http fmt", "listen(&config{Socket: NewSocket()})", INTERFACE) == 7350
    more = 'func (c *clone) GetName() string { return "" }\n'
    assert port_of("net/http fmt", "listen(&config{Socket: NewSocket()})", INTERFACE + more) is None


def test_the_place_of_a_port_is_where_its_address_is() -> None:
    assert serving("net/http", 'x()\nhttp.ListenAndServe(":8000", nil)').port == Fact(8000, "main.go:6")
    assert serving(GIN, "gin.Default().Run()").port == Fact(8080, "default: gin")


def test_an_answer_comes_first() -> None:
    made = program("net/http", 'http.ListenAndServe(":8000", nil)')
    assert find_serving(made, {"port": Fact(9, "answer: flag")}).port == Fact(9, "answer: flag")


@pytest.mark.parametrize(
    ("imports", "body", "environment"),
    [
        (GIN, "gin.Default().Run()", (("PORT", "8080"),)),
        ("net/http os", 'http.ListenAndServe(":" + getenv("PORT", "81"), nil)', (("PORT", "81"),)),
        ("net/http os", 'http.ListenAndServe(getenv("ADDR", ":82"), nil)', (("ADDR", ":82"),)),
        ("net/http os", 'http.ListenAndServe(":" + os.Getenv("PORT"), nil)', (("PORT", "8080"),)),
        ("net/http os", 'http.ListenAndServe(os.Getenv("HOST") + ":" + getenv("API_PORT", "83"), nil)',
         (("API_PORT", "83"),)),
        ("net/http os fmt strconv",
         'p, err := strconv.Atoi(getenv("PORT", "84"))\nif err != nil { panic(err) }\n'
         'http.ListenAndServe(fmt.Sprintf(":%d", p), nil)', (("PORT", "84"),)),
        ("net/http", 'http.ListenAndServe(":8000", nil)', ()),
    ],
)  # fmt: skip
def test_the_variable_that_sets_the_port(
    imports: str, body: str, environment: tuple[tuple[str, str], ...]
) -> None:
    assert serving(imports, body, ENV).environment == environment


def test_the_port_of_a_framework_where_a_variable_says_it() -> None:
    found = serving(f"{ECHO} os", 'e := echo.New()\ne.Start(":" + os.Getenv("PORT"))')
    assert (found.port, found.variable) == (Fact(1323, "default: echo"), "PORT")


def test_hints_come_before_what_is_usual() -> None:
    made = program("net/http os", 'http.ListenAndServe(":" + os.Getenv("PORT"), nil)')
    assert find_serving(made, {}, Hints(ports=(Fact(7, "Dockerfile:3"),))).port == Fact(7, "Dockerfile:3")


def test_an_example_of_the_variable_comes_before_other_hints() -> None:
    made = program("net/http os", 'http.ListenAndServe(":" + os.Getenv("HTTP_PORT"), nil)')
    hints = Hints(
        ports=(Fact(7, "Dockerfile:3"),),
        environment={"HTTP_PORT": Fact("8090", ".env.example:1"), "PORT": Fact("9", ".env.example:2")},
    )
    found = find_serving(made, {}, hints)
    assert (found.port, found.environment) == (Fact(8090, ".env.example:1"), (("HTTP_PORT", "8090"),))


def test_a_setting_for_its_address_where_nobody_can_follow_it() -> None:
    top = """var options = map[string]*option{
    "LISTEN_ADDR": {value: "127.0.0.1:8090"}, "DB_ADDR": {value: "db:5432"}, "WORKERS": {value: "5"},
}"""
    body = "use(os.Environ())\nfor _, one := range targets(options) { http.ListenAndServe(one.address, nil) }"
    found = serving("net/http os", body, top)
    assert found.port == Fact(8090, "main.go:5")
    assert (found.variable, found.environment) == ("LISTEN_ADDR", (("LISTEN_ADDR", "0.0.0.0:8090"),))


def test_a_flag_that_sets_the_port() -> None:
    body = 'addr := flag.String("addr", ":81", "")\nflag.Parse()\nhttp.ListenAndServe(*addr, nil)'
    found = serving("net/http flag", body)
    assert (found.port, found.flag, found.arguments) == (Fact(81, "main.go:8"), "--addr", ())


def test_a_flag_without_a_default_is_given() -> None:
    body = 'p := flag.Int("port", 0, "")\nhttp.ListenAndServe(fmt.Sprintf(":%d", *p), nil)'
    assert serving("net/http flag fmt", body).arguments == ("--port=8080",)


# -- several servers


def test_a_server_for_metrics_is_not_the_one() -> None:
    body = (
        'go http.ListenAndServe(":9090", promhttp.Handler())\n'
        's := &http.Server{Addr: ":8000", Handler: nil}\ns.ListenAndServe()'
    )
    assert port_of("net/http github.com/prometheus/client_golang/prometheus/promhttp", body) == 8000
    profiles = 'go func() { http.ListenAndServe(":6060", nil) }()\nr := gin.New()\nr.Run(":8000")'
    assert port_of(f"net/http net/http/pprof {GIN}", profiles) == 8000


def test_http_comes_before_grpc() -> None:
    body = (
        'l, _ := net.Listen("tcp", ":50051")\ng := grpc.NewServer()\ngo g.Serve(l)\n'
        'http.ListenAndServe(":8000", nil)'
    )
    found = serving(f"net net/http {GRPC}", body)
    assert found.listens
    assert (found.listens.value, found.port) == ("http", Fact(8000, "main.go:10"))


def test_a_grpc_server_listens_for_grpc() -> None:
    found = serving(f"net {GRPC}", 'l, _ := net.Listen("tcp", ":50051")\ng := grpc.NewServer()\ng.Serve(l)')
    assert found.listens == Fact("grpc", "main.go:8")
    assert found.health == Fact(Health(None), "main.go:8")


# -- addresses


def test_this_computer_alone_is_a_warning() -> None:
    (warning,) = serving("net/http", 'http.ListenAndServe("127.0.0.1:8000", nil)').warnings
    assert (warning.code, warning.source) == ("loopback", "main.go:5")
    assert [one.code for one in serving(FIBER, 'fiber.New().Listen("localhost:3000")').warnings] == [
        "loopback"
    ]
    assert serving("net/http", 'http.ListenAndServe("0.0.0.0:8000", nil)').warnings == ()


@pytest.mark.parametrize(
    ("body", "environment", "arguments"),
    [
        ('http.ListenAndServe(getenv("HOST", "localhost") + ":8000", nil)', (("HOST", "0.0.0.0"),), ()),
        ('http.ListenAndServe(getenv("ADDR", "localhost:81"), nil)', (("ADDR", "0.0.0.0:81"),), ()),
        ('http.ListenAndServe(getenv("HOST", "localhost") + ":" + getenv("PORT", "82"), nil)',
         (("HOST", "0.0.0.0"), ("PORT", "82")), ()),
        ('a := flag.String("listen", "127.0.0.1:83", "")\nhttp.ListenAndServe(*a, nil)', (),
         ("--listen=0.0.0.0:83",)),
        ('h := flag.String("host", "127.0.0.1", "")\np := flag.Int("port", 84, "")\n'
         'http.ListenAndServe(fmt.Sprintf("%s:%d", *h, *p), nil)', (), ("--host=0.0.0.0",)),
    ],
)  # fmt: skip
def test_this_computer_alone_is_put_right_by_its_own_setting(
    body: str, environment: tuple[tuple[str, str], ...], arguments: tuple[str, ...]
) -> None:
    found = serving("net/http os flag fmt", body, ENV)
    assert (found.environment, found.arguments, found.warnings) == (environment, arguments, ())


# -- through structs, packages and libraries


TWO = """func listen() {
    var four, six *http.Server
    if v4 := getenv("LISTEN_IPV4", "127.0.0.1"); v4 != "-" { four = &http.Server{Addr: v4 + ":3000"} }
    if v6 := getenv("LISTEN_IPV6", "::1"); v6 != "-" { six = &http.Server{Addr: "[" + v6 + "]:3000"} }
    go four.ListenAndServe()
    six.ListenAndServe()
}"""


def test_a_second_server_for_ipv6_makes_room() -> None:
    found = serving("net/http os", "listen()", f"{ENV}\n{TWO}")
    assert dict(found.environment) == {"LISTEN_IPV4": "0.0.0.0", "LISTEN_IPV6": "-"}
    elsewhere = TWO.replace(']:3000"', ']:3001"')
    assert dict(serving("net/http os", "listen()", f"{ENV}\n{elsewhere}").environment) == {
        "LISTEN_IPV4": "0.0.0.0"
    }


def test_an_address_of_a_configuration() -> None:
    config = """package config
import "github.com/caarlos0/env/v11"
type Config struct { Server Server `envPrefix:"SERVER_"` }
type Server struct { Host string `env:"HOST" envDefault:"localhost"`; Port int `env:"PORT" envDefault:"81"` }
func Load() (*Config, error) { cfg := &Config{}; err := env.Parse(cfg); return cfg, err }"""
    web = """package web
import ("net/http"; "fmt"; "example.com/app/config")
type Server struct { cfg *config.Config; http *http.Server }
func New(cfg *config.Config) *Server {
    s := &Server{cfg: cfg}
    s.http = &http.Server{Addr: fmt.Sprintf("%s:%d", cfg.Server.Host, cfg.Server.Port)}
    return s
}
func (s *Server) Run() error { return s.http.ListenAndServe() }"""
    found = serving(
        "example.com/app/config example.com/app/web", "cfg, _ := config.Load()\nweb.New(cfg).Run()",
        config__config_go=config, web__web_go=web,
    )  # fmt: skip
    assert found.port == Fact(81, "web/web.go:9")
    assert dict(found.environment) == {"SERVER_HOST": "0.0.0.0", "SERVER_PORT": "81"}


def test_an_address_of_viper() -> None:
    body = (
        'viper.SetConfigFile("config.yaml")\nviper.ReadInConfig()\nviper.AutomaticEnv()\n'
        'r := gin.Default()\nr.Run(":" + viper.GetString("port"))'
    )
    found = serving(f"github.com/spf13/viper {GIN}", body, config_yaml="port: 8090\n")
    assert (found.port, found.variable) == (Fact(8090, "main.go:10"), "PORT")


# -- health


@pytest.mark.parametrize(
    ("imports", "body", "path"),
    [
        ("net/http", 'http.HandleFunc("/healthz", h)\nhttp.ListenAndServe(":1", nil)', "/healthz"),
        ("net/http", 'http.HandleFunc("GET /livez", h)\nhttp.ListenAndServe(":1", nil)', "/livez"),
        ("net/http", 'http.HandleFunc("POST /health", h)\nhttp.ListenAndServe(":1", nil)', None),
        ("net/http", 'm := http.NewServeMux()\nm.HandleFunc("/{$}", h)\nhttp.ListenAndServe(":1", m)', "/"),
        ("net/http", 'http.ListenAndServe(":1", http.HandlerFunc(h))', "/"),
        ("net/http", 'http.Handle("/", http.FileServer(http.Dir("x")))\nhttp.ListenAndServe(":1", nil)', "/"),
        (GIN, 'r := gin.Default()\nr.GET("/ping", h)\nr.Run()', "/ping"),
        (GIN, 'r := gin.Default()\nr.POST("/ping", h)\nr.Run()', None),
        (GIN, 'r := gin.Default()\nv1 := r.Group("/api").Group("v1")\nv1.GET("/health", h)\nr.Run()',
         "/api/v1/health"),
        (GIN, 'r := gin.Default()\na := r.Group("/api", authRequired())\na.GET("/health", h)\nr.Run()', None),
        (GIN, 'r := gin.Default()\na := r.Group("/api")\na.Use(jwt())\na.GET("/health", h)\nr.Run()', None),
        (GIN, 'r := gin.Default()\nr.GET("/health/:name", h)\nr.GET("/", h)\nr.Run()', "/"),
        (ECHO, 'e := echo.New()\ng := e.Group("/api")\ng.GET("/health", h)\ne.Start(":1")', "/api/health"),
        (FIBER, 'a := fiber.New()\na.Get("/healthcheck", h)\na.Listen(":1")', "/healthcheck"),
        (FIBER, 'a := fiber.New()\nv := a.Group("/v1")\nv.Get("/ready", h)\na.Listen(":1")', "/v1/ready"),
        (f"{CHI} net/http",
         'r := chi.NewRouter()\nr.Route("/api", func(r chi.Router) { r.Get("/health", h) })\n'
         'http.ListenAndServe(":1", r)', "/api/health"),
        (f"{CHI} net/http",
         'r := chi.NewRouter()\nr.Group(func(r chi.Router) { r.Use(auth)\nr.Get("/health", h) })\n'
         'http.ListenAndServe(":1", r)', None),
        (f"{CHI} {CHI}/middleware net/http",
         'r := chi.NewRouter()\nr.Use(middleware.Heartbeat("/up"))\nhttp.ListenAndServe(":1", r)', "/up"),
        (f"{CHI} net/http",
         'r := chi.NewRouter()\nr.Mount("/api", api())\nhttp.ListenAndServe(":1", r)', "/api/health"),
        (f"{MUX} net/http",
         'r := mux.NewRouter()\ns := r.PathPrefix("/api").Subrouter()\n'
         's.HandleFunc("/health", h).Methods(http.MethodGet)\nhttp.ListenAndServe(":1", r)', "/api/health"),
        (f"{MUX} net/http",
         'r := mux.NewRouter()\nr.HandleFunc("/health", h).Methods("POST")\n'
         'http.ListenAndServe(":1", r)', None),
        ("github.com/julienschmidt/httprouter net/http",
         'r := httprouter.New()\nr.Handler("GET", "/ping", h)\nhttp.ListenAndServe(":1", r)', "/ping"),
        (f"{CHI} net/http",
         'r := chi.NewRouter()\nr.Method(http.MethodGet, "/ready", h)\n'
         'http.ListenAndServe(":1", r)', "/ready"),
        (f"{CHI} net/http",
         'r := chi.NewRouter()\nr.Method(http.MethodPost, "/ready", h)\n'
         'http.ListenAndServe(":1", r)', None),
        ("net/http",
         'm, a := http.NewServeMux(), http.NewServeMux()\na.HandleFunc("/health", h)\n'
         'm.Handle("/v1/", http.StripPrefix("/v1", a))\nhttp.ListenAndServe(":1", m)', "/v1/health"),
    ],
)  # fmt: skip
def test_health(imports: str, body: str, path: str | None) -> None:
    api = 'func api() http.Handler { r := chi.NewRouter()\nr.Get("/health", h)\nreturn r }'
    assert health_of(imports, body, api if "api()" in body else "") == path


def test_routes_of_other_packages() -> None:
    routes = """package routes
import "github.com/gin-gonic/gin"
type Handler struct{}
func Register(rg *gin.RouterGroup, h *Handler) { rg.GET("/health", h.Health) }
func (h *Handler) Mount(r *gin.Engine) { Register(r.Group("/v2"), h) }"""
    body = "r := gin.Default()\nh := &routes.Handler{}\nh.Mount(r)\nr.Run()"
    assert health_of(f"{GIN} example.com/app/routes", body, routes__routes_go=routes) == "/v2/health"


def test_routes_of_a_router_in_a_struct() -> None:
    top = """type server struct { router *mux.Router }
func (s *server) routes() { s.router.HandleFunc("/healthz", nil) }"""
    body = 's := &server{router: mux.NewRouter()}\ns.routes()\nhttp.ListenAndServe(":1", s.router)'
    assert health_of(f"{MUX} net/http", body, top) == "/healthz"


# -- subcommands


def test_the_subcommand_that_serves() -> None:
    top = """
var root = &cobra.Command{Use: "app"}
var serve = &cobra.Command{Use: "serve [flags]", RunE: func(c *cobra.Command, a []string) error {
    return run()
}}
func init() { root.AddCommand(serve) }
func run() error { return http.ListenAndServe(":1", nil) }
"""
    assert serving(f"{COBRA} net/http", "root.Execute()", top).command == ("serve",)


def test_a_root_command_is_none() -> None:
    top = """
var root = &cobra.Command{Use: "app", Run: run}
func run(c *cobra.Command, a []string) { http.ListenAndServe(":1", nil) }
"""
    assert serving(f"{COBRA} net/http", "root.Execute()", top).command == ()


def test_a_command_that_a_function_makes() -> None:
    top = """
func newRoot() *cobra.Command { c := &cobra.Command{Use: "app"}; c.AddCommand(newServe()); return c }
func newServe() *cobra.Command {
    return &cobra.Command{Use: "serve", RunE: func(c *cobra.Command, a []string) error { return listen() }}
}
func listen() error { return http.ListenAndServe(":1", nil) }
"""
    assert serving(f"{COBRA} net/http", "newRoot().Execute()", top).command == ("serve",)


def test_a_command_of_urfave() -> None:
    body = """app := &cli.App{Name: "app", Commands: []*cli.Command{
    {Name: "version"},
    &cli.Command{Name: "server", Action: serve},
}}
app.Run(os.Args)"""
    top = 'func serve(c *cli.Context) error { return http.ListenAndServe(":1", nil) }'
    assert serving("github.com/urfave/cli/v2 net/http os", body, top).command == ("server",)


@pytest.mark.parametrize(
    "body",
    [
        "app := cli.NewApp()\napp.Commands = []cli.Command{serverCommand, other}\napp.Run(os.Args)",
        'app := &cli.App{Name: "app", Commands: []*cli.Command{&serverCommand}}\napp.Run(os.Args)',
    ],
)
def test_a_command_that_is_listed_by_its_name(body: str) -> None:
    top = """var serverCommand = cli.Command{Name: "server", Action: serve}
func serve(c *cli.Context) error { return http.ListenAndServe(":1", nil) }"""
    assert serving("github.com/urfave/cli net/http os", body, top).command == ("server",)


def test_what_main_does_itself_needs_no_subcommand() -> None:
    assert serving(COBRA + " net/http", 'http.ListenAndServe(":1", nil)').command == ()


# -- frameworks


@pytest.mark.parametrize(
    ("imports", "body", "name"),
    [
        (GIN, "", "gin"),
        (ECHO, "", "echo"),
        (FIBER, "", "fiber"),
        (CHI, "", "chi"),
        (f"{CHI}/middleware {CHI}", "", "chi"),
        (MUX, "", "gorilla"),
        ("github.com/gorilla/websocket", "", None),
        ("net/http", "", None),
        (GRPC, "grpc.NewServer()", "grpc"),
        (GRPC, 'grpc.Dial("x")', None),
    ],
)
def test_frameworks(imports: str, body: str, name: str | None) -> None:
    found = find_framework(program(imports, body))
    assert (found.value if found else None) == name
