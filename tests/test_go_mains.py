"""Which package of a Go project is the program, and how it and others beside it start."""

from __future__ import annotations

import pytest
from goapps import COMMAND, SERVER, WORKER, facts, find, module, program, sources, warnings

API, JOB = {"cmd/api/main.go": SERVER}, {"cmd/job/main.go": WORKER}
BOTH = {**API, **JOB}
SERVERS = {**API, "cmd/admin/main.go": SERVER}


def main_of(files: dict[str, str], **answers: object) -> tuple[object, str]:
    found = find(files, **answers)
    return found.facts["main"].value, found.facts["main"].source


def candidates(files: dict[str, str]) -> tuple[str, ...]:
    found = find(files)
    assert "main" not in found.facts
    assert "start" not in found.facts
    (ambiguity,) = found.ambiguities
    assert ambiguity.key == "main"
    return ambiguity.candidates


# -- which one


def test_the_only_one_is_it() -> None:
    assert main_of(API) == ("./cmd/api", "cmd/api/main.go")


def test_a_package_is_built_whatever_file_has_the_function() -> None:
    files = {"a.go": "package main\n\nfunc init() {}\n", "zz.go": SERVER}
    assert main_of(files) == (".", "zz.go")


@pytest.mark.parametrize(
    "path",
    [
        "examples/a/main.go", "tools/gen/main.go", "testdata/x/main.go", "_old/main.go",
        "cmd/migrate/main.go",
        "internal/cmd/x/main.go", "hack/main.go", "shared/main.go", "vendor/example.com/x/main.go",
    ],
)  # fmt: skip
def test_helpers_are_no_candidates(path: str) -> None:
    assert main_of({**API, path: SERVER})[0] == "./cmd/api"


def test_what_is_not_built_is_no_candidate() -> None:
    ignored = f"//go:build ignore\n\n{COMMAND}"
    assert main_of({**API, "gen.go": ignored, "cmd/api/x_test.go": COMMAND})[0] == "./cmd/api"


def test_helpers_count_where_nothing_else_is_there() -> None:
    assert main_of({"tools/main.go": SERVER})[0] == "./tools"


def test_a_package_for_others_with_helpers_alone_is_a_library() -> None:
    files = {"shop.go": "package shop\n", "examples/a/main.go": SERVER}
    assert facts(files)["kind"] == "library"


def test_a_main_at_the_root_wins() -> None:
    assert main_of({"main.go": SERVER, **BOTH}) == (".", "main.go")


def test_the_only_one_that_serves_wins() -> None:
    assert main_of(BOTH) == ("./cmd/api", "cmd/api/main.go:6")


def test_several_are_a_question() -> None:
    assert candidates(SERVERS) == ("./cmd/admin", "./cmd/api")
    assert facts(SERVERS)["kind"] == "web"


def test_the_one_that_has_the_name_of_the_module_wins() -> None:
    assert main_of({**SERVERS, "cmd/shop/main.go": SERVER}) == ("./cmd/shop", "go.mod:1")


@pytest.mark.parametrize(
    ("path", "text", "source"),
    [
        ("Procfile", "web: bin/api\n", "Procfile:1"),
        ("Procfile", "web: go run ./cmd/api\n", "Procfile:1"),
        ("Makefile", "run:\n\tgo run ./cmd/api\nbuild:\n\tgo build ./...\n", "Makefile:2"),
        ("Makefile", "APP := api\nbuild:\n\tgo build -o bin/$(APP) ./cmd/$(APP)\n", "Makefile:3"),
        ("Taskfile.yml", "tasks:\n  run:\n    cmds:\n      - go run ./cmd/api\n", "Taskfile.yml:4"),
        (".air.toml", '[build]\ncmd = "go build -o ./tmp/main ./cmd/api"\n', ".air.toml:2"),
        (".goreleaser.yaml", "builds:\n  - main: ./cmd/api\n", ".goreleaser.yaml:1"),
        ("Dockerfile", "FROM golang\nRUN CGO_ENABLED=0 go build -o /app ./cmd/api\n", "Dockerfile:2"),
        ("Dockerfile", 'FROM golang\nRUN go build -o /out/ ./cmd/...\nCMD ["/out/api"]\n', "Dockerfile:3"),
        ("scripts/build.sh", "#!/bin/sh\ngo build -o out ./cmd/api/main.go\n", "scripts/build.sh:2"),
        ("README.md", "# Shop\n\n    $ go run ./cmd/api\n", "README.md:3"),
    ],
)
def test_what_people_run_decides(path: str, text: str, source: str) -> None:
    assert main_of({**SERVERS, path: text}) == ("./cmd/api", source)


def test_what_serves_comes_before_what_is_only_built() -> None:
    files = {**BOTH, ".goreleaser.yaml": "builds:\n  - main: ./cmd/job\n"}
    assert main_of(files)[0] == "./cmd/api"
    files["Makefile"] = "run:\n\tgo run cmd/job/*.go\n"
    assert main_of(files) == ("./cmd/job", "Makefile:2")


def test_a_file_that_builds_all_decides_nothing() -> None:
    both = "build:\n\tgo build ./cmd/api\n\tgo build ./cmd/admin\n"
    assert candidates({**SERVERS, "Makefile": both}) == ("./cmd/admin", "./cmd/api")
    assert candidates({**SERVERS, "Makefile": "gen:\n\tgo run ./cmd/api\n"}) == ("./cmd/admin", "./cmd/api")


@pytest.mark.parametrize(
    "said", ["./cmd/admin", "cmd/admin", "cmd/admin/main.go", "example.com/shop/cmd/admin"]
)
def test_an_answer_decides(said: str) -> None:
    assert main_of(SERVERS, main=said) == ("./cmd/admin", "answer: flag")


def test_an_answer_that_is_none_is_a_question_still() -> None:
    assert "start" not in facts(SERVERS, main="./cmd/nothing")


# -- what it is called


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("example.com/shop", "", "shop"),
        ("example.com/shop/v2", "", "shop"),
        ("example.com/shop/v2", "cmd/api/", "api"),
        ("shop", "", "shop"),
        ("gopkg.in/shop.v3", "", "shop.v3"),
        ("example.com/~odd", "", "app"),
    ],
)
def test_a_program_is_called_as_go_calls_it(path: str, folder: str, name: str) -> None:
    files = {"go.mod": module(path), f"{folder}main.go": SERVER}
    assert facts(files)["start"] == (f"/usr/local/bin/{name}",)


# -- what it is


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SERVER, "web"),
        (WORKER, "worker"),
        (COMMAND, "cli"),
        (program(body="select {}"), "worker"),
        (program("os/signal", "os", body="c := make(chan os.Signal)\nsignal.Notify(c)\n<-c"), "worker"),
        (program("os/signal", "os", body="c := make(chan os.Signal)\nsignal.Notify(c)"), "cli"),
        (program("os/signal", "os", body="go func() {\nsignal.Notify(c)\n<-c\n}()"), "cli"),
        (program("time", body="t := time.NewTicker(1)\nfor range t.C {\n}"), "worker"),
        (program("time", body="go func() { for { time.Sleep(1) } }()"), "cli"),
        (program("bufio", body="for {\n\tread()\n}"), "cli"),
        (program("github.com/hibiken/asynq", body="s := asynq.NewServer(r, c)\ns.Run(mux)"), "worker"),
        (program("github.com/robfig/cron/v3", body="c := cron.New()\nc.Start()"), "worker"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert facts({"main.go": text})["kind"] == kind


def test_a_worker_with_metrics_is_a_worker() -> None:
    body = 'go http.ListenAndServe(":9090", metricsHandler())\nselect {}'
    assert facts({"main.go": program("net/http", body=body)})["kind"] == "worker"


def test_a_port_of_the_moment_is_no_server() -> None:
    body = 'net.Listen("tcp", pick())'
    assert facts({"main.go": program("net", body=body)})["kind"] == "cli"


def test_what_a_subcommand_waits_for_is_not_the_program() -> None:
    text = COBRA.replace("WORD", "watch").replace('http.ListenAndServe(":8080", nil)', "select {}")
    assert facts({"main.go": text})["kind"] == "cli"
    text = COBRA.replace("WORD", "run").replace('http.ListenAndServe(":8080", nil)', "select {}")
    assert facts({"main.go": text})["kind"] == "worker"


def test_a_worker_has_no_port() -> None:
    assert facts({"main.go": WORKER}).keys().isdisjoint({"port", "health", "run_environment"})


# -- how it starts


COBRA = (
    'package main\n\nimport (\n\t"net/http"\n\n\t"github.com/spf13/cobra"\n)\n\n'
    'var root = &cobra.Command{Use: "shop"}\n'
    'var one = &cobra.Command{Use: "WORD", Run: func(c *cobra.Command, a []string) '
    '{ http.ListenAndServe(":8080", nil) }}\n\n'
    "func main() {\n\troot.AddCommand(one)\n\troot.Execute()\n}\n"
)


def test_the_subcommand_that_serves_is_started() -> None:
    found = facts({"main.go": COBRA.replace("WORD", "serve")})
    assert (found["kind"], found["start"]) == ("web", ("/usr/local/bin/shop", "serve"))


def test_a_subcommand_that_listens_for_a_moment_serves_nobody() -> None:
    assert facts({"main.go": COBRA.replace("WORD", "login")})["kind"] == "cli"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("web: bin/shop", ()),
        ("web: bin/shop serve --port=$PORT", ("serve", "--port=8080")),
        ("web: ./server -config prod.yaml", ("-config", "prod.yaml")),
        ("web: go run main.go serve", ("serve",)),
        ("web: go run . serve", ("serve",)),
        ("web: bin/shop $(nproc)", ()),
        ("web: ./start.sh", ()),
    ],
)
def test_a_procfile_says_what_it_is_given(line: str, words: tuple[str, ...]) -> None:
    assert facts({"main.go": SERVER, "Procfile": f"{line}\n"})["start"] == ("/usr/local/bin/shop", *words)


def test_a_makefile_says_the_subcommand() -> None:
    files = {
        "main.go": program("github.com/urfave/cli/v2", "net/http", body='http.ListenAndServe(":80", nil)'),
        "Makefile": "run:\n\tgo run . worker --verbose $(ARGS)\n",
    }
    assert facts(files)["start"] == ("/usr/local/bin/shop", "worker")
    assert sources(files)["start"] == "Makefile:2"


def test_gin_runs_as_in_production() -> None:
    files = {"main.go": program("github.com/gin-gonic/gin", body="gin.Default().Run()")}
    assert facts(files)["run_environment"]["GIN_MODE"] == "release"


# -- beside it


def test_workers_of_a_procfile_are_built_and_run_beside_it() -> None:
    found = facts({**BOTH, "Procfile": "web: bin/api\nworker: bin/job -v\n"})
    assert found["processes"] == {"web": ("/usr/local/bin/api",), "worker": ("/usr/local/bin/job", "-v")}
    assert found["binaries"] == ({"name": "job", "package": "./cmd/job", "tags": ()},)


def test_the_same_program_with_other_words_is_another_process() -> None:
    found = facts({"main.go": SERVER, "Procfile": "web: bin/shop serve\nworker: bin/shop work\n"})
    assert found["processes"] == {
        "web": ("/usr/local/bin/shop", "serve"),
        "worker": ("/usr/local/bin/shop", "work"),
    }
    assert "binaries" not in found


def test_a_program_that_nobody_starts_is_not_built() -> None:
    assert facts(BOTH)["processes"] == {"web": ("/usr/local/bin/api",)}
    assert "binaries" not in facts(BOTH)


@pytest.mark.parametrize(
    "more",
    [
        {"Procfile": "release: bin/migrate up\nweb: bin/api\n"},
        {"Makefile": "migrate:\n\tgo run ./cmd/migrate up\n"},
    ],
)
def test_migrations_run_once_before_it(more: dict[str, str]) -> None:
    found = facts({**API, "cmd/migrate/main.go": program("os", body="run(os.Args[1])"), **more})
    assert found["processes"]["migrate"] == ("/usr/local/bin/migrate", "up")
    assert found["binaries"][0]["package"] == "./cmd/migrate"


def test_a_program_called_migrate_is_run_where_it_needs_no_words() -> None:
    files = {**API, "cmd/migrate/main.go": COMMAND}
    assert facts(files)["processes"]["migrate"] == ("/usr/local/bin/migrate",)
    files["cmd/migrate/main.go"] = program("os", body="run(os.Args[1])")
    assert "migrate" not in facts(files)["processes"]


MIGRATING = """package main

import (
	"database/sql"
	"flag"
	"net/http"
	_ "github.com/lib/pq"
)

var migrate bool

func main() {
	flag.BoolVar(&migrate, "migrate", false, "")
	flag.Parse()
	sql.Open("postgres", "")
	if migrate {
		up()
		%s
	}
	http.ListenAndServe(":8080", nil)
}
"""


def test_a_flag_by_which_it_only_migrates() -> None:
    found = find({"go.mod": module(), "main.go": MIGRATING % "return"}).facts["processes"]
    assert found.value["migrate"] == ("/usr/local/bin/shop", "--migrate")


def test_a_flag_by_which_it_also_migrates_is_no_process() -> None:
    assert "migrate" not in facts({"go.mod": module(), "main.go": MIGRATING % "serve()"})["processes"]


@pytest.mark.parametrize(
    ("use", "child", "words"),
    [("migrate", "", ("migrate",)), ("db", "migrate", ("db", "migrate")),
     ("migrate", "up", ("migrate", "up")), ("migrate [VERSION]", "", None), ("seed", "", None)],
)  # fmt: skip
def test_a_subcommand_that_migrates(use: str, child: str, words: tuple[str, ...] | None) -> None:
    runs = "Run: migrate" if not child else ""
    body = (
        'root := &cobra.Command{Use: "shop", Run: serve}\n'
        f'one := &cobra.Command{{Use: "{use}", {runs}}}\n'
        "root.AddCommand(one)\n"
        + (f'two := &cobra.Command{{Use: "{child}", Run: migrate}}\none.AddCommand(two)\n' if child else "")
        + 'root.Execute()\nsql.Open("postgres", "")\nhttp.ListenAndServe(":8080", nil)'
    )
    main = program("net/http", "database/sql", '_ "github.com/lib/pq"', "github.com/spf13/cobra", body=body)
    found = facts({"go.mod": module(), "main.go": main})["processes"]
    assert found.get("migrate") == (("/usr/local/bin/shop", *words) if words else None)


def test_a_tool_for_migrations_is_said_to_be_missing() -> None:
    tool = "tool github.com/pressly/goose/v3/cmd/goose"
    assert (
        warnings({"go.mod": module("example.com/shop", "1.26", tool), **API})["migrations"].source
        == "go.mod:4"
    )
    tools = '//go:build tools\n\npackage tools\n\nimport _ "github.com/pressly/goose/v3/cmd/goose"\n'
    assert warnings({"tools/tools.go": tools, **API})["migrations"].source == "tools/tools.go:5"


def test_scripts_that_nothing_applies_are_said() -> None:
    database = program("net/http", '_ "github.com/lib/pq"', body='http.ListenAndServe(":8080", nil)')
    files = {"go.mod": module(), "main.go": database, "migrations/1_init.up.sql": "select 1;"}
    assert warnings(files)["migrations"].source == "migrations/1_init.up.sql"
    assert "migrations" not in warnings({**files, "main.go": SERVER})


def test_a_program_that_migrates_by_itself_needs_nothing_beside_it() -> None:
    tool = module("example.com/shop", "1.26", "tool github.com/pressly/goose/v3/cmd/goose")
    itself = program('_ "github.com/pressly/goose/v3"', body="select {}")
    files = {"go.mod": tool, "main.go": itself, "cmd/migrate/main.go": COMMAND}
    assert facts(files)["processes"].keys() == {"worker"}
    assert "migrations" not in warnings(files)


def test_a_server_in_a_package_for_those_who_run_it_is_not_the_one() -> None:
    serves = 'package {0}\n\nimport "net/http"\n\nfunc Run() {{\n\thttp.ListenAndServe(":{1}", nil)\n}}\n'
    main = program('"example.com/shop/mgmt"', '"example.com/shop/proxy"', body="go mgmt.Run()\nproxy.Run()")
    files = {"go.mod": module(), "main.go": main, "mgmt/a.go": serves.format("mgmt", 8081)}
    assert facts({**files, "proxy/a.go": serves.format("proxy", 8000)})["port"] == 8000


def test_lines_that_no_person_wrote_are_passed_over() -> None:
    files = {
        **API,
        "Makefile": "run:\n\t" + "go " * 500_000 + "\n",
        "cmd/api/x.go": "package main\n//" + "#cgo " * 500_000,
    }
    assert main_of(files)[0] == "./cmd/api"
