"""Go source: which packages a program is made of, what its names are, and what its expressions come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.go.code.folding import fold
    from detectors.go.code.origins import callee
    from detectors.go.code.program import Program
    from detectors.go.code.source import Source
    from detectors.go.code.values import Folded
else:
    from scaffold.detectors.go.code.folding import fold
    from scaffold.detectors.go.code.origins import callee
    from scaffold.detectors.go.code.program import Program
    from scaffold.detectors.go.code.source import Source
    from scaffold.detectors.go.code.values import Folded

MODULES = {"example.com/app": "."}


def program(text: str, **others: str) -> Program:
    """The program of main.go; `internal__db__db_go` is internal/db/db.go."""
    files = {name.replace("__", "/").replace("_", "."): one for name, one in others.items()}
    return Program.of(Source(Tree({"main.go": text, **files})), ".", MODULES)


def folded(text: str, **others: str) -> Folded:
    """What the argument of the call `use(…)` comes to."""
    (call,) = program(text, **others).calls("use")
    return fold(call.code, call.arguments[0])


def value(imports: str, body: str, top: str = "", **others: str) -> tuple[object, frozenset[str]]:
    """(the value, the variables) of what `use(…)` is given in BODY."""
    lines = "\n".join(f'import "{one}"' for one in imports.split())
    found = folded(f"package main\n{lines}\n{top}\nfunc main() {{\n{body}\n}}\n", **others)
    return found.text if found.is_known else None, found.names


# -- packages


def packages(files: dict[str, str], *, cgo: bool = True) -> dict[str, list[str]]:
    source = Source(Tree(files), cgo=cgo)
    return {one.folder: [file.path for file in one.files] for one in source.packages()}


def test_tests_and_folders_that_go_leaves_out_are_no_packages() -> None:
    files = {
        "main.go": "package main", "main_test.go": "package main", "testdata/a.go": "package a",
        "vendor/x/x.go": "package x", "_old/a.go": "package a", ".hidden/a.go": "package a",
        "a/node_modules/b/b.go": "package b", "pkg/_draft.go": "package pkg",
    }  # fmt: skip
    assert packages(files) == {".": ["main.go"]}


@pytest.mark.parametrize(
    ("name", "head", "taken"),
    [
        ("a.go", "", True),
        ("a_linux.go", "", True),
        ("a_windows.go", "", False),
        ("a_windows_amd64.go", "", False),
        ("a_linux_arm64.go", "", True),
        ("a_s390x.go", "", False),
        ("windows.go", "", True),
        ("a.go", "//go:build ignore\n\n", False),
        ("a.go", "//go:build !windows && !plan9\n\n", True),
        ("a.go", "//go:build (darwin || freebsd) && amd64\n\n", False),
        ("a.go", "//go:build unix && go1.18\n\n", True),
        ("a.go", "//go:build arm64\n\n", True),
        ("a.go", "//go:build integration\n\n", False),
        ("a.go", "// +build linux darwin\n// +build !386\n\n", True),
        ("a.go", "// +build ignore\n\n", False),
        ("a.go", "// +build linux,wasm\n\n", False),
        ("a.go", "/* package other */\n", True),
        ("a.go", "//go:build (\n\n", True),
    ],
)
def test_a_file_is_taken_where_linux_builds_it(name: str, head: str, taken: bool) -> None:
    assert packages({name: f"{head}package a\n"}) == ({".": [name]} if taken else {})


def test_a_constraint_after_the_package_clause_is_a_comment() -> None:
    assert packages({"a.go": "package a\n//go:build ignore\n"}) == {".": ["a.go"]}


def test_files_that_call_c_are_left_out_without_it() -> None:
    files = {"a.go": 'package a\nimport "C"\n', "b.go": "//go:build cgo\n\npackage a", "c.go": "package a"}
    assert packages(files) == {".": ["a.go", "b.go", "c.go"]}
    assert packages(files, cgo=False) == {".": ["c.go"]}


def test_tags_take_files_in() -> None:
    source = Source(Tree({"a.go": "//go:build sqlite\n\npackage a"}))
    assert source.package(".") is None
    assert source.built(tags={"sqlite"}).package(".") is not None


def test_the_head_of_a_file_says_what_it_imports_and_embeds() -> None:
    text = (
        '// Package main …\npackage main\n\nimport "fmt"\nimport (\n\t// a comment\n\t_ "embed"\n'
        '\tmyhttp "net/http" // why\n)\n\n//go:embed static/* "a b.txt"\nvar files embed.FS\n\n'
        'const s = `import "nothing"`\nfunc main() {}\n'
    )
    package = Source(Tree({"main.go": text})).package(".")
    assert package is not None
    (file,) = package.files
    assert [(one.path, one.name, one.line) for one in file.imports] == [
        ("fmt", None, 4), ("embed", "_", 7), ("net/http", "myhttp", 8)
    ]  # fmt: skip
    assert [(one.pattern, one.line) for one in file.embeds] == [("static/*", 11), ("a b.txt", 11)]
    assert file.has_main
    assert package.has_main


def test_what_is_embedded_without_the_package_is_nothing() -> None:
    package = Source(Tree({"a.go": "package a\n//go:embed x\n"})).package(".")
    assert package is not None
    assert package.files[0].embeds == ()


def test_a_program_is_what_it_imports_of_the_repository() -> None:
    files = {
        "cmd/api/main.go": 'package main\nimport "example.com/app/internal/b"\nfunc main() {}',
        "internal/b/b.go": 'package b\nimport ("example.com/lib/c"; "fmt")',
        "lib/c/c.go": "package c",
        "internal/d/d.go": "package d",
    }
    source = Source(Tree(files))
    reached = source.reachable("cmd/api", {"example.com/app": ".", "example.com/lib": "lib"})
    assert [one.folder for one in reached] == ["cmd/api", "internal/b", "lib/c"]


# -- names


def callees(text: str, **others: str) -> list[str]:
    """What main.go calls, in order."""
    made = program(text, **others)
    return [callee(call.code, call.node) for call in made.codes[0].calls]


def test_calls_are_named_after_packages_and_types() -> None:
    text = """package main
import ("net/http"; gg "github.com/gin-gonic/gin"; "github.com/labstack/echo/v4")
type server struct { router *gg.Engine; *echo.Echo }
func (s *server) routes(e *echo.Group) { s.router.GET("/"); e.GET("/x"); s.Start(":1") }
func main() {
    http.ListenAndServe(":1", nil)
    r := gg.Default()
    r.Run()
    g := r.Group("/api")
    g.GET("/")
    s := &server{router: r}
    s.routes(nil)
}"""
    gin, echo = "github.com/gin-gonic/gin", "github.com/labstack/echo"
    assert callees(text) == [
        f"{gin}.Engine.GET", f"{echo}.Group.GET", f"{echo}.Echo.Start", "net/http.ListenAndServe",
        f"{gin}.Default", f"{gin}.Engine.Run", f"{gin}.Engine.Group", f"{gin}.RouterGroup.GET",
        "example.com/app.server.routes",
    ]  # fmt: skip


def test_a_local_name_hides_a_package() -> None:
    text = 'package main\nimport "net/http"\nfunc main() { http := other(); http.ListenAndServe() }'
    assert callees(text)[1] != "net/http.ListenAndServe"


def test_results_of_own_functions_have_their_types() -> None:
    text = """package main
import "example.com/app/web"
func main() { r, err := web.New(); _ = err; r.Run(":1") }"""
    web = (
        'package web\nimport "github.com/gin-gonic/gin"\nfunc New() (*gin.Engine, error) { return nil, nil }'
    )
    assert callees(text, web__web_go=web)[1] == "github.com/gin-gonic/gin.Engine.Run"


# -- values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('":" + "80" + "80"', ":8080"),
        ('fmt.Sprintf("%s:%d", "a", 80)', "a:80"),
        ('fmt.Sprintf("%d%%", 5)', "5%"),
        ('net.JoinHostPort("0.0.0.0", "80")', "0.0.0.0:80"),
        ('strings.TrimSpace(":80")', ":80"),
        ("`:8080`", ":8080"),
        ('"\\x3a80"', ":80"),
        ("8_000 + 80", "8080"),
        ("60 * 2", "120"),
        ('filepath.Join("a", "..", "b")', "b"),
        ('strings.TrimPrefix("v1", "v")', "1"),
        ('[]string{"a", "b"}[1]', "b"),
        ('strconv.Itoa(80)', "80"),
        ("unknown()", None),
    ],
)  # fmt: skip
def test_expressions_of_constants(expression: str, expected: str | None) -> None:
    imports = "fmt net strings path/filepath strconv"
    assert value(imports, f"use({expression})") == (expected, frozenset())


def test_constants_and_variables_of_packages() -> None:
    top = 'const (\n port = 80\n host, path = "h", "/x"\n)\nvar addr = host + path'
    assert value("fmt", 'use(fmt.Sprint(addr) + ":")', top)[0] == "h/x:"
    other = 'package config\nconst Port = ":81"'
    assert value("example.com/app/config", "use(config.Port)", config__config_go=other)[0] == ":81"


def test_the_nearest_declaration_counts() -> None:
    assert value("", 'x := "a"\nif true { x := "b"; _ = x }\nuse(x)')[0] == "a"
    assert value("", 'x := "a"\nif true { x := "b"; use(x) }')[0] == "b"
    assert value("", 'x := "a"\nx = x + "b"\nx += "c"\nuse(x)')[0] == "abc"


@pytest.mark.parametrize(
    "body",
    [
        'p := os.Getenv("PORT")\nif p == "" { p = "8080" }\nuse(p)',
        'p := "8080"\nif v := os.Getenv("PORT"); v != "" { p = v }\nuse(p)',
        'p, ok := os.LookupEnv("PORT")\nif !ok { p = "8080" }\nuse(p)',
        'p := "8080"\nif v, ok := os.LookupEnv("PORT"); ok { p = v }\nuse(p)',
        'use(cmp.Or(os.Getenv("PORT"), "8080"))',
        'var p string\nif p = os.Getenv("PORT"); len(p) == 0 { p = "8080" }\nuse(p)',
        'p := os.Getenv("PORT")\nswitch p { case "": p = "8080" }\nuse(p)',
        'use(getEnv("PORT", "8080"))',
        'use(envOr("8080", "PORT"))',
        'use(strconv.Itoa(intEnv("PORT", 8080)))',
        'use(rest("PORT", "8080"))',
        'p, err := number()\nif err != nil { panic(err) }\nuse(p)',
    ],
)  # fmt: skip
def test_a_variable_with_a_default(body: str) -> None:
    top = """
func getEnv(key, fallback string) string {
    if value, ok := os.LookupEnv(key); ok { return value }
    return fallback
}
func envOr(fallback string, key string) (found string) {
    found = os.Getenv(key)
    if found == "" { found = fallback }
    return
}
func intEnv(key string, fallback int) int {
    n, err := strconv.Atoi(os.Getenv(key))
    if err != nil { return fallback }
    return n
}
func rest(key string, fallback ...string) string {
    value := os.Getenv(key)
    if value == "" && len(fallback) > 0 { return fallback[0] }
    return value
}
func number() (string, error) {
    if p := os.Getenv("PORT"); p != "" { return p, nil }
    return "8080", nil
}"""
    assert value("os cmp strconv", body, top) == ("8080", frozenset({"PORT"}))


def test_a_variable_of_the_package_that_init_fills() -> None:
    top = 'var port string\nfunc init() { port = os.Getenv("PORT")\n if port == "" { port = "81" } }'
    assert value("os", 'use(":" + port)', top) == (":81", frozenset({"PORT"}))


def test_a_parameter_is_what_its_callers_give() -> None:
    top = "func run(addr string) { use(addr) }"
    assert value("", 'run(":80")', top)[0] == ":80"
    assert value("", 'run(":80")\nrun(":81")', top)[0] is None


def test_fields_of_structs() -> None:
    top = """
type Server struct { Port string }
type Config struct { Server Server; Name string }
func load() *Config { return &Config{Server: Server{Port: getenv("PORT")}, Name: "x"} }
func getenv(key string) string { v := os.Getenv(key); if v == "" { return "90" }; return v }
func start(s Server) { PUT }
"""
    assert value("os", "cfg := load()\nuse(cfg.Server.Port)", top.replace("PUT", "")) == (
        "90",
        frozenset({"PORT"}),
    )
    assert value("os", "start(load().Server)", top.replace("PUT", "use(s.Port)")) == (
        "90",
        frozenset({"PORT"}),
    )
    assert value("os", 'c := Config{}\nc.Name = "y"\nuse(c.Name)', top.replace("PUT", ""))[0] == "y"
    assert value("os", 'c := Server{"91"}\nuse(c.Port)', top.replace("PUT", ""))[0] == "91"


def test_what_depends_on_itself_ends() -> None:
    assert value("", "use(a())", "func a() string { return b() }\nfunc b() string { return a() }")[0] is None
    assert value("", "use(x)", "var x = y\nvar y = x")[0] is None


def test_an_unknown_part_is_marked() -> None:
    assert folded('package main\nfunc main() { use("a" + f() + "b") }').text == "a{}b"


# -- flags


@pytest.mark.parametrize(
    ("imports", "body", "expected"),
    [
        ("flag", 'p := flag.String("port", "80", "")\nflag.Parse()\nuse(*p)', "80"),
        ("flag", 'var p int\nflag.IntVar(&p, "port", 80, "")\nuse(p)', "80"),
        ("flag os", 'fs := flag.NewFlagSet("x", 0)\np := fs.Int("port", 80, "")\nuse(*p)', "80"),
        ("github.com/spf13/pflag", 'p := pflag.StringP("port", "p", "80", "")\nuse(*p)', "80"),
        ("github.com/spf13/cobra",
         'c := &cobra.Command{}\nvar p string\nc.Flags().StringVarP(&p, "port", "p", "80", "")\nuse(p)',
         "80"),
        ("github.com/spf13/cobra",
         'c := &cobra.Command{}\nc.Flags().Int("port", 80, "")\np, _ := c.Flags().GetInt("port")\nuse(p)',
         "80"),
        ("github.com/urfave/cli/v2",
         'var c *cli.Context\n_ = &cli.StringFlag{Name: "port", Value: "80"}\nuse(c.String("port"))', "80"),
        ("github.com/alecthomas/kingpin/v2",
         'p := kingpin.Flag("port", "x").Default("80").String()\nuse(*p)', "80"),
    ],
)  # fmt: skip
def test_flags_have_defaults(imports: str, body: str, expected: str) -> None:
    lines = "\n".join(f'import "{one}"' for one in imports.split())
    found = folded(f"package main\n{lines}\nfunc main() {{\n{body}\n}}")
    assert (found.text, found.flags) == (expected, frozenset({"--port"}))


def test_flags_may_have_variables() -> None:
    body = (
        '_ = &cli.StringFlag{Name: "port", Value: "80", EnvVars: []string{"PORT"}, Destination: &p}\nuse(p)'
    )
    assert value("github.com/urfave/cli/v2", f"var p string\n{body}") == ("80", frozenset({"PORT"}))
    third = '_ = &cli.StringFlag{Name: "port", Value: "80", Sources: cli.EnvVars("PORT"), Destination: &p}'
    assert value("github.com/urfave/cli/v3", f"var p string\n{third}\nuse(p)")[1] == {"PORT"}


def test_the_default_of_a_flag_may_be_a_variable() -> None:
    top = 'func env(k, d string) string { if v := os.Getenv(k); v != "" { return v }; return d }'
    assert value("os flag", 'p := flag.String("addr", env("ADDR", ":80"), "")\nuse(*p)', top) == (
        ":80", frozenset({"ADDR"})
    )  # fmt: skip


# -- structs that libraries fill


@pytest.mark.parametrize(
    ("library", "load", "tag", "expected"),
    [
        ("github.com/caarlos0/env/v11", "env.Parse(&c)", 'env:"PORT" envDefault:"80"', ("80", {"PORT"})),
        ("github.com/caarlos0/env/v11", 'env.ParseWithOptions(&c, env.Options{Prefix: "X_"})',
         'env:"PORT" envDefault:"80"', ("80", {"X_PORT"})),
        ("github.com/ilyakaznacheev/cleanenv", "cleanenv.ReadEnv(&c)", 'env:"PORT" env-default:"80"',
         ("80", {"PORT"})),
        ("github.com/kelseyhightower/envconfig", 'envconfig.Process("my", &c)', 'default:"80"',
         ("80", {"MY_PORT"})),
        ("github.com/kelseyhightower/envconfig", 'envconfig.Process("", &c)', 'envconfig:"HTTP_PORT"',
         (None, {"HTTP_PORT"})),
        ("github.com/sethvargo/go-envconfig", "envconfig.Process(ctx, &c)", 'env:"PORT,default=80"',
         ("80", {"PORT"})),
        ("github.com/Netflix/go-env", "env.UnmarshalFromEnviron(&c)", 'env:"PORT,default=80"',
         ("80", {"PORT"})),
        ("github.com/ardanlabs/conf/v3", 'conf.Parse("sales", &c)', 'conf:"default:80"',
         ("80", {"SALES_PORT"})),
        ("github.com/alexflint/go-arg", "arg.MustParse(&c)", 'arg:"env:PORT" default:"80"', ("80", {"PORT"})),
    ],
)  # fmt: skip
def test_tags_say_variables_and_defaults(
    library: str, load: str, tag: str, expected: tuple[str | None, set[str]]
) -> None:
    top = f"type Config struct {{ Port string `{tag}` }}"
    text, names = value(library, f"var c Config\n{load}\nuse(c.Port)", top)
    assert (text, {*names}) == expected


def test_tags_of_structs_in_structs_have_prefixes() -> None:
    top = """type Config struct {
    HTTP struct { Port int `env:"PORT" envDefault:"80"` } `envPrefix:"HTTP_"`
}"""
    assert value("github.com/caarlos0/env/v11", "var c Config\nenv.Parse(&c)\nuse(c.HTTP.Port)", top) == (
        "80", frozenset({"HTTP_PORT"})
    )  # fmt: skip
    top = (
        'type Web struct { APIHost string `split_words:"true" default:"x"` }\ntype Config struct { Web Web }'
    )
    load = 'var c Config\nenvconfig.Process("app", &c)\nuse(c.Web.APIHost)'
    assert value("github.com/kelseyhightower/envconfig", load, top) == ("x", frozenset({"APP_WEB_API_HOST"}))


def test_a_struct_of_a_type_argument() -> None:
    top = 'type Config struct { Port string `env:"PORT" envDefault:"80"` }'
    body = "c, err := env.ParseAs[Config]()\n_ = err\nuse(c.Port)"
    assert value("github.com/caarlos0/env/v11", body, top) == ("80", frozenset({"PORT"}))


VIPER = "github.com/spf13/viper"


def test_viper_has_defaults_variables_and_files() -> None:
    body = 'viper.SetDefault("server.port", 80)\nuse(viper.GetInt("server.port"))'
    assert value(VIPER, body) == ("80", frozenset())
    automatic = (
        'viper.AutomaticEnv()\nviper.SetEnvPrefix("my")\n'
        'viper.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))\n'
    )
    assert value(f"{VIPER} strings", automatic + body) == ("80", frozenset({"MY_SERVER_PORT"}))
    bound = 'viper.BindEnv("server.port", "PORT")\n'
    assert value(VIPER, bound + body) == ("80", frozenset({"PORT"}))
    file = 'viper.SetConfigName("config")\nviper.AddConfigPath("./conf")\nviper.ReadInConfig()\n'
    assert value(VIPER, file + body, conf__config_yaml="server:\n  port: 81\n")[0] == "81"


def test_viper_fills_structs() -> None:
    top = """type Config struct { ServerAddress string `mapstructure:"SERVER_ADDRESS"` }
func load(path string) (config Config, err error) {
    viper.AddConfigPath(path)
    viper.SetConfigName("app")
    viper.SetConfigType("env")
    viper.AutomaticEnv()
    err = viper.Unmarshal(&config)
    return
}"""
    body = 'config, err := load(".")\n_ = err\nuse(config.ServerAddress)'
    assert value(VIPER, body, top, app_env="SERVER_ADDRESS=0.0.0.0:80\n") == (
        "0.0.0.0:80", frozenset({"SERVER_ADDRESS"})
    )  # fmt: skip


def test_viper_has_flags() -> None:
    body = (
        'c := &cobra.Command{}\nc.Flags().Int("port", 80, "")\n'
        'viper.BindPFlag("port", c.Flags().Lookup("port"))\nuse(viper.GetInt("port"))'
    )
    found = folded(
        f'package main\nimport "{VIPER}"\nimport "github.com/spf13/cobra"\nfunc main() {{\n{body}\n}}'
    )
    assert (found.text, found.flags) == ("80", frozenset({"--port"}))


def test_a_file_that_is_decoded() -> None:
    top = 'type Config struct { Port int `yaml:"port"` }'
    body = 'data, _ := os.ReadFile("config.yml")\nvar c Config\nyaml.Unmarshal(data, &c)\nuse(c.Port)'
    assert value("os gopkg.in/yaml.v3", body, top, config_yml="port: 81\n")[0] == "81"
    body = 'var c Config\ncleanenv.ReadConfig("config.yml", &c)\nuse(c.Port)'
    tagged = 'type Config struct { Port int `yaml:"port" env:"PORT" env-default:"80"` }'
    assert value("github.com/ilyakaznacheev/cleanenv", body, tagged, config_yml="port: 81\n") == (
        "81", frozenset({"PORT"})
    )  # fmt: skip


INI = "[server]\nRunMode = debug\nHttpPort = 8000 ; why\n\n# a comment\n[database]\nHost = 127.0.0.1:3306\n"


def test_ini_files() -> None:
    body = 'cfg, err := ini.Load("conf/app.ini")\n_ = err\nuse(cfg.Section("database").Key("Host").String())'
    assert value("gopkg.in/ini.v1", body, conf__app_ini=INI)[0] == "127.0.0.1:3306"
    body = body.replace('Key("Host").String()', 'Key("Name").MustString("x")')
    assert value("gopkg.in/ini.v1", body, conf__app_ini=INI)[0] == "x"


def test_structs_that_a_section_of_an_ini_file_fills() -> None:
    top = """type Server struct { RunMode string; HttpPort int }
var ServerSetting = &Server{}
var cfg *ini.File
func mapTo(section string, v interface{}) { cfg.Section(section).MapTo(v) }"""
    body = 'cfg, _ = ini.Load("conf/app.ini")\nmapTo("server", ServerSetting)\nuse(ServerSetting.HttpPort)'
    assert value("gopkg.in/ini.v1", body, top, conf__app_ini=INI)[0] == "8000"


def test_flags_of_tags_have_namespaces() -> None:
    top = """type options struct {
    Server struct {
        Listen string `long:"listen" env:"LISTEN" default:":80"`
    } `namespace:"server" env-namespace:"SERVER"`
}"""
    body = "var opts options\np := flags.NewParser(&opts, 0)\np.Parse()\nuse(opts.Server.Listen)"
    found = folded(f'package main\nimport "github.com/jessevdk/go-flags"\n{top}\nfunc main() {{\n{body}\n}}')
    assert found == Folded(":80", frozenset({"SERVER_LISTEN"}), frozenset({"--server.listen"}))


def test_a_struct_that_a_variable_is_given_later() -> None:
    top = "type Config struct { Port string }"
    body = 'var c *Config\nif os.Getenv("X") == "" { c = &Config{Port: "80"} }\nuse(c.Port)'
    assert value("os", body, top)[0] == "80"


WORDS = st.sampled_from(
    ["func ", "main", "()", "{", "}", "(", ")", '"', "`", "\n", ":=", "=", "x", "os.Getenv", '"PORT"',
    "if ", "return ",
     "switch ", "case ", ".", ",", "*", "&", "[]", "string", "struct", "type ", "var ", "const ", "//",
     "/*", "use", "é"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=80))
def test_no_text_is_too_strange(words: list[str]) -> None:
    made = program(f'package main\nimport "os"\nfunc main() {{ use(a()) }}\n{"".join(words)}')
    for call in made.calls("use", "main", "x"):
        fold(call.code, call.node)
        assert isinstance(callee(call.code, call.node), str)
