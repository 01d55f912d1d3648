"""Go projects as their files describe them: modules, workspaces, locks, stamps, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from goapps import COMMAND, SERVER, WORKER, facts, find, find_or_none, module, program, sources, warnings
from hypothesis import given
from hypothesis import strategies as st

from scaffold.detect import detect
from scaffold.model import BuildSecret, Fact
from scaffold.reading.tree import Tree

if TYPE_CHECKING:
    from detectors.go.packages.gomod import Replacement, Requirement, read_manifest
    from detectors.go.packages.gowork import read_workspace
else:
    from scaffold.detectors.go.packages.gomod import Replacement, Requirement, read_manifest
    from scaffold.detectors.go.packages.gowork import read_workspace

EVERYTHING = """\
// Deprecated: use v3.
module "example.com/shop/v2" // here

go 1.26.1 // and newer

toolchain go1.27.0

require example.com/a v1.2.3 // indirect
require (
\texample.com/b/v2 v2.0.0
\tgopkg.in/yaml.v3 v3.0.1 //indirect; for tests

\texample.com/c v0.0.0-20200101000000-abcdef123456+incompatible
)

replace (
\texample.com/a => ../a
\texample.com/b/v2 v2.0.0 => example.com/fork/b v1.0.0
)
replace example.com/c => `./odd name`

exclude example.com/d v1.0.0
retract [v1.0.0, v1.1.0] // broken
godebug default=go1.25
ignore ./web
tool (
\texample.com/gen/cmd/gen
)
"""
GIN = "require github.com/gin-gonic/gin v1.10.0"
GIN_SUM = "github.com/gin-gonic/gin v1.10.0 h1:x=\ngithub.com/gin-gonic/gin v1.10.0/go.mod h1:y=\n"
WORKSPACE = {
    "go.mod": "",
    "go.work": "go 1.26\n\nuse (\n\t./api\n\t./shared // libraries\n)\n",
    "api/go.mod": module("example.com/api"),
    "api/main.go": program('"net/http"', '"example.com/shared"', body='http.ListenAndServe(":80", nil)'),
    "shared/go.mod": module("example.com/shared"),
    "shared/shared.go": 'package shared\n\nimport _ "github.com/mattn/go-sqlite3"\n',
}


def without_manifest(files: dict[str, str]) -> dict[str, str]:
    """FILES and no go.mod at the root."""
    found = {"go.mod": "", **files}
    return {path: text for path, text in found.items() if path != "go.mod"}


# -- go.mod and go.work


def test_all_of_a_go_mod_is_read() -> None:
    manifest = read_manifest(Tree({"go.mod": EVERYTHING}))
    assert manifest is not None
    assert manifest.module == ("example.com/shop/v2", "go.mod:2")
    assert manifest.go == ("1.26.1", "go.mod:4")
    assert manifest.toolchain == ("1.27.0", "go.mod:6")
    assert manifest.requires == (
        Requirement("example.com/a", "v1.2.3", True, "go.mod:8"),
        Requirement("example.com/b/v2", "v2.0.0", False, "go.mod:10"),
        Requirement("gopkg.in/yaml.v3", "v3.0.1", True, "go.mod:11"),
        Requirement("example.com/c", "v0.0.0-20200101000000-abcdef123456+incompatible", False, "go.mod:13"),
    )
    assert manifest.replaces == (
        Replacement("example.com/a", "", "../a", "", "go.mod:17"),
        Replacement("example.com/b/v2", "v2.0.0", "example.com/fork/b", "v1.0.0", "go.mod:18"),
        Replacement("example.com/c", "", "./odd name", "", "go.mod:20"),
    )
    assert [one.is_local for one in manifest.replaces] == [True, False, True]
    assert manifest.tools == (("example.com/gen/cmd/gen", "go.mod:27"),)
    assert manifest.ignores == (("./web", "go.mod:25"),)
    assert manifest.required("example.com/b") == manifest.requires[1]


def test_a_line_that_is_none_is_a_warning_and_the_rest_is_read() -> None:
    tree = Tree({"go.mod": 'module example.com/a\nrequire "open\ngo 1.26\n'})
    manifest = read_manifest(tree)
    assert manifest is not None
    assert manifest.go == ("1.26", "go.mod:3")
    (warning,) = tree.warnings
    assert (warning.code, warning.source) == ("unparsable", "go.mod:2")


@given(st.text())
def test_whatever_stands_in_a_go_mod_nothing_breaks(text: str) -> None:
    assert read_manifest(Tree({"go.mod": text})) is not None


def test_a_go_work_is_read() -> None:
    tree = Tree({"go.work": "go 1.26\ntoolchain default\nuse .\nuse (\n\t./a\n)\nreplace x.y/z => ./z\n"})
    workspace = read_workspace(tree)
    assert workspace is not None
    assert [use.value for use in workspace.uses] == [".", "./a"]
    assert (workspace.go, workspace.toolchain) == (("1.26", "go.work:1"), None)
    assert workspace.replaces[0].target == "./z"


# -- what is downloaded


def test_no_dependency_needs_no_lock() -> None:
    files = {"main.go": SERVER}
    assert (facts(files)["locked"], facts(files)["manifests"]) == (True, ("go.mod",))
    assert warnings(files) == {}


def test_dependencies_without_go_sum_are_said() -> None:
    files = {"go.mod": module("example.com/shop", "1.26", GIN), "main.go": SERVER}
    assert facts(files)["locked"] is False
    assert warnings(files)["lock-missing"].source == "go.mod"


def test_a_go_sum_that_lacks_one_is_said() -> None:
    more = module("example.com/shop", "1.26", GIN, "require example.com/a v1.0.0")
    files = {"go.mod": more, "go.sum": GIN_SUM, "main.go": SERVER}
    assert facts(files)["locked"] is False
    assert "example.com/a v1.0.0" in warnings(files)["lock-outdated"].message


def test_a_go_sum_in_date_locks() -> None:
    files = {"go.mod": module("example.com/shop", "1.26", GIN), "go.sum": GIN_SUM, "main.go": SERVER}
    assert (facts(files)["locked"], facts(files)["manifests"]) == (True, ("go.mod", "go.sum"))


def test_a_replaced_module_is_locked_by_what_stands_in_for_it() -> None:
    fork = "replace github.com/gin-gonic/gin => example.com/gin v1.0.0"
    files = {"go.mod": module("example.com/shop", "1.26", GIN, fork), "go.sum": GIN_SUM, "main.go": SERVER}
    assert facts(files)["locked"] is False
    files["go.sum"] = "example.com/gin v1.0.0/go.mod h1:x=\n"
    assert facts(files)["locked"] is True


def test_a_vendor_folder_is_used_where_it_holds_everything() -> None:
    files = {
        "go.mod": module("example.com/shop", "1.26", GIN),
        "vendor/modules.txt": "# github.com/gin-gonic/gin v1.10.0\n## explicit; go 1.20\n",
        "main.go": SERVER,
    }
    found = facts(files)
    assert (found["vendored"], found["locked"]) == (True, True)
    assert found["manifests"] == ("go.mod", "vendor/modules.txt")
    files["vendor/modules.txt"] = "# github.com/gin-gonic/gin v1.9.0\n## explicit\n"
    assert "vendored" not in facts(files)
    assert warnings(files).keys() == {"vendor-outdated", "lock-missing"}


# -- several modules


def test_a_workspace_is_one_app_with_all_that_it_uses() -> None:
    found = facts(WORKSPACE)
    assert (found["main"], found["workspace"], found["start"]) == ("./api", True, ("/usr/local/bin/api",))
    assert found["manifests"] == ("go.work", "api/go.mod", "shared/go.mod")
    assert found["cgo"] is True  # by shared
    assert sources(WORKSPACE)["cgo"] == "shared/shared.go:3"
    assert "module" not in found


def test_the_tests_of_a_workspace_are_those_of_its_modules() -> None:
    files = {**WORKSPACE, "shared/a_test.go": "package shared\n\nfunc TestA(t *testing.T) {}\n"}
    assert facts(files)["test"] == ("go", "test", "./api/...", "./shared/...")


def test_several_programs_of_a_workspace_are_a_question() -> None:
    files = {**WORKSPACE, "go.work": "use (\n./api\n./jobs\n./shared\n)\n",
             "jobs/go.mod": module("example.com/jobs"), "jobs/main.go": SERVER}  # fmt: skip
    assert find(files).ambiguities[0].candidates == ("./api", "./jobs")
    assert facts(files, main="./jobs")["start"] == ("/usr/local/bin/jobs",)


def test_a_module_of_a_workspace_that_is_not_there_is_said() -> None:
    tree = Tree({**without_manifest(WORKSPACE), "go.work": "use ./api\nuse ./gone\nuse ./shared\n"})
    assert ("missing-file", "go.work:2") in [(one.code, one.source) for one in detect(tree).warnings]


def test_folders_that_stand_in_for_modules_are_manifests_too() -> None:
    more = ("require example.com/lib v0.0.0", "replace example.com/lib => ./lib")
    files = {
        "go.mod": module("example.com/shop", "1.26", *more),
        "main.go": program('"example.com/lib/c"', body="select {}"),
        "lib/go.mod": module("example.com/other"),
        "lib/c/c.go": 'package c\n\nimport "C"\n',
    }
    found = facts(files)
    assert (found["manifests"], found["locked"], found["cgo"]) == (("go.mod", "lib/go.mod"), True, True)


def test_packages_of_another_module_are_not_its_programs() -> None:
    files = {"main.go": SERVER, "tool/go.mod": module("example.com/tool"), "tool/main.go": SERVER}
    assert facts(files)["main"] == "."


NESTED = {
    "services/api/go.mod": module(
        "example.com/api", "1.26", "require example.com/lib v0.0.0", "replace example.com/lib => ../../lib"
    ),
    "services/api/cmd/api/main.go": program(
        '"example.com/lib"', '"net/http"', body='http.ListenAndServe(":80", nil)'
    ),
    "lib/go.mod": module("example.com/lib"),
    "lib/lib.go": "package lib\n",
}


def test_a_module_below_that_needs_another_is_built_from_the_root() -> None:
    (found,) = detect(Tree(NESTED)).findings
    values = {key: fact.value for key, fact in found.facts.items()}
    assert (found.path, values["module"], values["main"]) == (".", "services/api", "./services/api/cmd/api")
    assert values["manifests"] == ("services/api/go.mod", "lib/go.mod")
    assert found.warnings == ()


def test_of_several_each_says_how_it_is_built_from_the_root() -> None:
    job = {
        "services/job/go.mod": NESTED["services/api/go.mod"].replace("/api", "/job"),
        "services/job/main.go": WORKER,
    }
    findings = detect(Tree({**NESTED, **job})).deployable
    assert [one.path for one in findings] == ["services/api", "services/job"]
    assert findings[1].from_root == {"main": "./services/job"}
    assert {one.code for one in findings[1].warnings} == {"outside-dependency"}


def test_an_answer_names_one_that_is_built_from_the_root() -> None:
    job = {"job/go.mod": module("example.com/job"), "job/main.go": WORKER}
    answer = {"main": Fact("./job", "answer: flag")}
    (found,) = (one for one in detect(Tree({**NESTED, **job}), answer).findings if one.path == ".")
    assert (found.facts["module"].value, found.facts["main"].value) == ("job", "./job")


def test_a_folder_outside_is_said() -> None:
    files = {"go.mod": module("example.com/shop", "1.26", "replace example.com/a => ../a"), "main.go": SERVER}
    assert warnings(files)["outside-dependency"].source == "go.mod:4"


def test_apps_below_are_found_one_by_one() -> None:
    apps = {f"{name}/{path}": text for name in ("a", "b") for path, text in
            {"go.mod": module(f"example.com/{name}"), "main.go": SERVER}.items()}  # fmt: skip
    assert [one.path for one in detect(Tree(apps)).findings] == ["a", "b"]


# -- no go.mod


def test_a_program_without_go_mod_is_built_with_one() -> None:
    (found,) = detect(Tree({"main.go": SERVER})).findings
    assert found.facts["main"].value == "."
    assert found.facts["start"].value == ("/usr/local/bin/app",)
    assert found.facts["locked"].value is False
    assert "manifests" not in found.facts
    assert [one.code for one in found.warnings] == ["no-module"]


def test_what_a_program_without_go_mod_imports_is_named() -> None:
    (found,) = detect(Tree({"main.go": program("github.com/gin-gonic/gin")})).findings
    assert "newest of github.com/gin-gonic/gin" in found.warnings[0].message


def test_tools_older_than_modules_are_said() -> None:
    (found,) = detect(Tree({"main.go": SERVER, "Gopkg.toml": ""})).findings
    assert (found.warnings[0].code, found.warnings[0].source) == ("no-module", "Gopkg.toml")


@pytest.mark.parametrize("files", [{}, {"a.go": "package a\n"}, {"a.go": "no go\n"}, {"web/x.go": SERVER}])
def test_go_without_a_program_or_a_module_is_nothing(files: dict[str, str]) -> None:
    assert [one for one in detect(Tree(files)).findings if one.path == "."] == []


def test_a_part_of_a_library_is_no_app() -> None:
    tree = Tree({"go.mod": module(), "shop.go": "package shop\n", "hack/gen/main.go": COMMAND})
    (found,) = detect(tree).findings
    assert (found.path, found.facts["kind"].value) == (".", "library")


@pytest.mark.parametrize(
    "files", [{"content/a.md": ""}, {"package.json": "{}", "tools.go": "//go:build tools\n\npackage tools\n"}]
)
def test_a_go_mod_for_a_theme_or_for_tools_is_no_library(files: dict[str, str]) -> None:
    assert find_or_none(files) is None


def test_what_one_developer_has_in_go_work_stays_out() -> None:
    files = {"main.go": SERVER, ".gitignore": "go.work*\n"}
    assert facts(files)["leave_out"] == ("go.work", "go.work.sum")
    assert "leave_out" not in facts({"main.go": SERVER})


# -- names and stamps


def test_names_come_from_the_path_of_the_module() -> None:
    files = {"go.mod": module("github.com/acme/shop/v3"), "cmd/api/main.go": SERVER}
    found = facts(files)
    assert (found["name"], found["repository"]) == ("shop", "https://github.com/acme/shop")
    assert sources(files)["name"] == "go.mod:1"


STAMPED = (
    'package main\n\nvar version, commit = "dev", ""\nvar date string\n\nconst fixed = ""\n\n'
    "func main() { select {} }\n"
)


@pytest.mark.parametrize(
    ("path", "text", "stamps"),
    [
        (
            "Makefile",
            "V = $(shell git describe --tags)\nbuild:\n\tgo build"
            ' -ldflags "-s -X main.version=$(V) -X main.commit=$(C)" .\n',
            {"main.version": "VERSION", "main.commit": "REVISION"},
        ),
        ("Makefile", "build:\n\tgo build -ldflags \"-X 'main.date=$(D)'\" .\n", None),
        (
            "Makefile",
            'build:\n\tgo build -ldflags "-X main.fixed=$(VERSION) -X main.gone=$(VERSION)" .\n',
            None,
        ),
        (".goreleaser.yml", "builds:\n  - main: .\n", {"main.version": "VERSION", "main.commit": "REVISION"}),
        (
            "Dockerfile",
            'FROM golang\nARG TAG\nRUN go build -ldflags="-X main.version=${TAG}" -o /app .\n',
            {"main.version": "VERSION"},
        ),
    ],
)
def test_what_is_stamped_in_is_what_the_project_stamps(
    path: str, text: str, stamps: dict[str, str] | None
) -> None:
    assert facts({"main.go": STAMPED, path: text}).get("stamps") == stamps


def test_a_variable_of_another_package_is_stamped_by_its_path() -> None:
    files = {
        "main.go": program('"example.com/shop/internal/build"', body="select {}"),
        "internal/build/build.go": "package build\n\nvar Version string\n",
        "Makefile": "build:\n\tgo build -ldflags '-X example.com/shop/internal/build.Version=1' .\n",
    }
    assert facts(files)["stamps"] == {"example.com/shop/internal/build.Version": "VERSION"}


@pytest.mark.parametrize(
    ("tags", "found"), [("fts5,json1", ("fts5", "json1")), ("musl", None), ("dev", None)]
)
def test_tags_are_those_that_it_is_built_with(tags: str, found: tuple[str, ...] | None) -> None:
    files = {"main.go": SERVER, "Makefile": f"build:\n\tgo build -tags {tags} .\n"}
    assert facts(files).get("tags") == found


# -- private modules


INTERNAL = module("example.com/shop", "1.26", "require git.acme.example/team/auth v1.0.0")


@pytest.mark.parametrize(
    ("path", "line", "private"),
    [
        (".env.example", "GOPRIVATE=git.acme.example/*,github.com/acme", "git.acme.example/*"),
        ("Makefile", "export GOPRIVATE := git.acme.example", "git.acme.example"),
        ("Dockerfile", 'FROM golang\nENV GOPRIVATE="*.acme.example"', "*.acme.example"),
        (
            "Makefile",
            "a:\n\tgit config --global"
            ' url."https://$(T)@git.acme.example/".insteadOf "https://git.acme.example/"',
            "git.acme.example",
        ),
        ("README.md", "Set `GOPRIVATE=git.acme.example/team` first.", "git.acme.example/team"),
    ],
)
def test_private_modules_need_credentials(path: str, line: str, private: str) -> None:
    files = {"go.mod": INTERNAL, "main.go": SERVER, path: f"{line}\n"}
    found = find(files).facts
    assert found["private"].value == private
    assert found["private"].source.startswith(f"{path}:")
    assert found["secrets"].value == (BuildSecret("netrc", found["private"].source, "/root/.netrc"),)


@pytest.mark.parametrize(
    ("line", "asked"), [("1.13", True), ("1.16", True), ("1.17", False), ("1.26", False)]
)
def test_before_go_1_17_go_sum_says_what_is_needed(line: str, asked: bool) -> None:
    assert (
        facts({"go.mod": module("example.com/shop", line), "main.go": SERVER}).get("from_sums", False)
        is asked
    )


SSH = 'a:\n\tgit config --global url."git@git.acme.example:".insteadOf "https://git.acme.example/"\n'


def test_modules_that_git_fetches_by_ssh_need_a_key() -> None:
    found = find({"go.mod": INTERNAL, "main.go": SERVER, "Makefile": SSH}).facts
    assert (found["private"].value, found["ssh"].value) == ("git.acme.example", ("git.acme.example",))
    hosts = BuildSecret("known_hosts", "Makefile:2", "/root/.ssh/known_hosts")
    assert found["secrets"].value == (hosts,)


def test_what_is_private_by_its_folder_is_not_all_of_its_host() -> None:
    files = {
        "go.mod": INTERNAL,
        "main.go": SERVER,
        "Makefile": SSH,
        ".env.example": "GOPRIVATE=git.acme.example/team",
    }
    assert (facts(files)["private"], facts(files)["ssh"]) == ("git.acme.example/team", ("git.acme.example",))


def test_a_host_that_is_asked_by_ssh_and_one_that_is_not() -> None:
    lines = ("require (", "\tgit.acme.example/team/auth v1.0.0", "\tgit.b.example/x v1.0.0", ")")
    files = {"go.mod": module("example.com/shop", "1.26", *lines), "main.go": SERVER, "Makefile": SSH}
    found = facts({**files, ".env.example": "GOPRIVATE=git.b.example"})
    assert [one.id for one in found["secrets"]] == ["known_hosts", "netrc"]


def test_hosts_that_no_one_else_reaches_are_private() -> None:
    files = {"go.mod": module("a.b/c", "1.26", "require git.acme.internal/x v1.0.0"), "main.go": SERVER}
    assert facts(files)["private"] == "git.acme.internal"


@pytest.mark.parametrize(
    "pattern", ["git.other.example", "git.acme.example/team/auth/deeper", "acme.example"]
)
def test_a_setting_that_no_dependency_needs_says_nothing(pattern: str) -> None:
    files = {"go.mod": INTERNAL, "main.go": SERVER, ".env.example": f"GOPRIVATE={pattern}\n"}
    assert facts(files).keys().isdisjoint({"private", "secrets"})


# -- what is missing


def test_a_package_that_is_not_there_is_said() -> None:
    files = {"main.go": program('"example.com/shop/internal/db"')}
    assert warnings(files)["generated-missing"].source == "main.go:3"


@pytest.mark.parametrize(
    ("pattern", "there"),
    [
        ("web/dist", False),
        ("web/dist", True),
        ("all:web/dist", True),
        ("web/*/*.html", True),
        ("web/x", False),
    ],
)
def test_what_is_embedded_and_not_there_is_said(pattern: str, there: bool) -> None:
    files = {
        "main.go": 'package main\n\nimport "embed"\n\n'
        f"//go:embed {pattern}\nvar f embed.FS\n\nfunc main() {{}}\n"
    }
    if there:
        files["web/dist/index.html"] = ""
    found = warnings(files)
    assert ("embed-missing" in found) is not there
    assert there or found["embed-missing"].source == "main.go:5"


def test_what_the_ignore_file_would_leave_out_is_kept_where_it_is_built_from() -> None:
    files = {
        "main.go": 'package main\n\nimport _ "embed"\n\n//go:embed dist\nvar f string\n\n'
        "//go:embed ca.pem\nvar g string\n\nfunc main() { select {} }\n",
        "dist/index.html": "",
        "ca.pem": "",
        "other.pem": "",
    }
    assert facts(files)["keep"] == ("dist", "ca.pem")


# -- tests


def test_tests_are_run_where_there_are_some() -> None:
    files = {"main.go": SERVER, "a/a_test.go": "package a\n\nfunc TestA(t *testing.T) {}\n"}
    assert facts(files)["test"] == ("go", "test", "./...")
    assert sources(files)["test"] == "a/a_test.go"
    assert "test" not in facts({"main.go": SERVER, "a_test.go": "package main\n"})


def test_a_command_that_a_makefile_has_in_a_variable_is_read() -> None:
    make = "GOCMD = go\nGOBUILD = $(GOCMD) build\nbuild:\n\tcd cmd/api; $(GOBUILD) -tags 'netgo sqlite'\n"
    assert facts({"cmd/api/main.go": SERVER, "Makefile": make})["tags"] == ("netgo", "sqlite")
