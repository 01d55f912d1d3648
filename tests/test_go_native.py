"""What a Go program needs of C and of Debian, and the final image that follows."""

from __future__ import annotations

import pytest
from goapps import SERVER, facts, find, module, program, sources, warnings

C = 'package main\n\n// #cgo {}\n// #include <x.h>\nimport "C"\n'


def test_a_program_of_go_alone_links_to_nothing() -> None:
    found = facts({"main.go": SERVER})
    assert (found["cgo"], found["libc"], found["final"]) == (False, "none", "distroless")
    assert "apt_build" not in found


@pytest.mark.parametrize(
    ("path", "libc", "build", "load", "final"),
    [
        ("github.com/mattn/go-sqlite3", "c", None, None, "distroless"),
        ("gorm.io/driver/sqlite", "c", None, None, "distroless"),
        ("github.com/golang-migrate/migrate/v4/database/sqlite3", "c", None, None, "distroless"),
        ("github.com/confluentinc/confluent-kafka-go/v2/kafka", "c", None, None, "distroless"),
        ("github.com/marcboeker/go-duckdb/v2", "c++", None, None, "distroless"),
        ("github.com/h2non/bimg", "c", ("libvips-dev",), ("libvips42t64",), "slim"),
        (
            "gopkg.in/gographics/imagick.v3/imagick",
            "c",
            ("libmagickwand-dev",),
            ("libmagickwand-7.q16-10",),
            "slim",
        ),
        ("github.com/google/gopacket/pcap", "c", ("libpcap-dev",), ("libpcap0.8t64",), "slim"),
        ("github.com/google/gopacket", "none", None, None, "distroless"),
        ("modernc.org/sqlite", "none", None, None, "distroless"),
        ("github.com/glebarez/sqlite", "none", None, None, "distroless"),
        ("github.com/mattn/go-sqlite3x", "none", None, None, "distroless"),
        ("github.com/chromedp/chromedp", "none", None, ("chromium",), "slim"),
    ],
)
def test_known_packages(
    path: str, libc: str, build: tuple[str, ...] | None, load: tuple[str, ...] | None, final: str
) -> None:
    found = facts({"main.go": program(f'_ "{path}"')})
    assert (found["libc"], found["cgo"]) == (libc, libc != "none")
    assert (found.get("apt_build"), found.get("apt_runtime"), found["final"]) == (build, load, final)


def test_only_what_the_program_reaches_counts() -> None:
    files = {"main.go": SERVER, "tools/dump/main.go": program('_ "github.com/mattn/go-sqlite3"')}
    assert facts(files)["cgo"] is False
    files = {
        "main.go": program('"example.com/shop/store"'),
        "store/store.go": 'package store\n\nimport _ "github.com/mattn/go-sqlite3"\n',
    }
    assert facts(files)["cgo"] is True
    assert sources(files)["cgo"] == "store/store.go:3"


def test_its_own_c_needs_a_compiler_and_a_library() -> None:
    files = {"main.go": SERVER, "x.go": C.format("LDFLAGS: -lm")}
    assert (facts(files)["cgo"], facts(files)["libc"], facts(files)["final"]) == (True, "c", "distroless")
    assert sources(files)["cgo"] == "x.go:5"


def test_c_that_a_package_can_do_without_is_left_out() -> None:
    files = {"main.go": SERVER, "x.go": C.format("LDFLAGS: -lm"), "y.go": "//go:build !cgo\n\npackage main\n"}
    assert facts(files)["cgo"] is False


def test_c_for_another_system_is_none() -> None:
    assert facts({"main.go": SERVER, "x_windows.go": C.format("LDFLAGS: -lm")})["cgo"] is False


def test_cpp_beside_it_is_linked_too() -> None:
    assert facts({"main.go": SERVER, "x.go": C.format("CFLAGS: -O2"), "x.cc": ""})["libc"] == "c++"


def test_its_own_libraries_come_from_debian() -> None:
    found = facts({"main.go": SERVER, "x.go": C.format("pkg-config: libssl zlib")})
    assert found["apt_build"] == ("libssl-dev", "zlib1g-dev")
    assert found["apt_runtime"] == ("libssl3t64", "zlib1g")
    assert found["final"] == "slim"


def test_libraries_for_other_systems_are_not_asked_for() -> None:
    found = facts({"main.go": SERVER, "x.go": C.format("windows LDFLAGS: -lws2_32")})
    assert found["final"] == "distroless"


def test_a_static_library_beside_it_is_no_package() -> None:
    files = {"main.go": SERVER, "x.go": C.format("LDFLAGS: -L${SRCDIR}/lib -lfast"), "lib/libfast.a": ""}
    assert facts(files)["final"] == "distroless"


def test_a_library_that_nobody_knows_is_said() -> None:
    files = {"main.go": SERVER, "x.go": C.format("LDFLAGS: -lodd")}
    assert facts(files)["final"] == "slim"
    assert warnings(files)["system-library"].source == "x.go:5"


def test_c_is_on_where_the_project_builds_with_it() -> None:
    files = {"main.go": SERVER, "Makefile": "build:\n\tCGO_ENABLED=1 go build -o app .\n"}
    assert (facts(files)["cgo"], sources(files)["cgo"]) == (True, "Makefile:2")


@pytest.mark.parametrize(
    ("body", "load"),
    [
        ('exec.Command("ffmpeg", "-i", "x").Run()', ("ffmpeg",)),
        ('exec.CommandContext(ctx, "/usr/bin/git", "log").Run()', ("git",)),
        ('exec.Command("sh", "-c", "true").Run()', None),
    ],
)
def test_programs_that_it_runs_are_in_the_image(body: str, load: tuple[str, ...] | None) -> None:
    files = {"main.go": program("os/exec", body=body)}
    found = find(files).facts
    assert found["final"].value == "slim"
    assert found["final"].source.startswith("main.go:")
    assert ("apt_runtime" in found and found["apt_runtime"].value) == (load or False)


@pytest.mark.parametrize(
    "body",
    [
        'exec.Command("xdg-open", url).Start()',
        'exec.Command("which", "open").Run()',
        "exec.Command(os.Args[0]).Start()",
    ],
)
def test_a_desktop_and_itself_speak_against_nothing(body: str) -> None:
    assert facts({"main.go": program("os/exec", body=body)})["final"] == "distroless"


def test_a_server_that_runs_go_has_it() -> None:
    body = 'exec.Command("go", "list").Run()\nhttp.ListenAndServe(":8080", nil)'
    found = find({"main.go": program("net/http", "os/exec", body=body)}).facts
    assert (found["final"].value, found["apt_runtime"].value) == ("slim", ("git",))
    assert found["toolchain"].source == "main.go:7"


def test_a_tool_that_runs_go_is_for_those_who_have_it() -> None:
    found = facts({"main.go": program("os/exec", body='exec.Command("go", "list").Run()')})
    assert (found["final"], "toolchain" in found) == ("distroless", False)


def test_what_only_another_package_has_a_name_for_runs_nothing() -> None:
    runs = 'package env\n\nimport "os/exec"\n\nfunc Load() {}\n\nfunc Exec() {\n\texec.Command(pick())\n}\n'
    main = program('"example.com/shop/env"', '"example.com/shop/db"', body="env.Load()\ndb.Exec()")
    database = "package db\n\nfunc Exec() {}\n"
    files = {"go.mod": module(), "main.go": main, "env/a.go": runs, "db/a.go": database}
    assert facts(files)["final"] == "distroless"
    assert facts({**files, "main.go": main.replace("env.Load()", "env.Exec()")})["final"] == "slim"


def test_a_program_that_only_a_run_can_tell_needs_a_system() -> None:
    assert facts({"main.go": program("os/exec", body="exec.Command(pick()).Run()")})["final"] == "slim"


def test_a_program_that_nobody_knows_is_said() -> None:
    files = {"main.go": program("os/exec", body='exec.Command("mytool").Run()')}
    assert warnings(files)["unknown-program"].source == "main.go:6"


def test_an_answer_decides() -> None:
    assert (
        facts({"main.go": program('_ "github.com/h2non/bimg"')}, final="distroless")["final"] == "distroless"
    )
    assert facts({"main.go": SERVER}, apt_runtime=("curl",))["final"] == "slim"


def test_an_answer_brings_the_library_of_c_or_leaves_it_out() -> None:
    assert facts({"main.go": SERVER}, cgo=True)["libc"] == "c"
    duck = {"main.go": program('_ "github.com/marcboeker/go-duckdb"')}
    assert facts(duck, cgo=True)["libc"] == "c++"
    assert facts(duck, cgo=False)["libc"] == "none"
