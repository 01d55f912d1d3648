"""What npm packages need of Debian and of the install, and which final image that leaves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from example import ROOT
from nodepackages import manifest, native, opened, packages, said

from scaffold.catalogue import releases
from scaffold.model import Fact, Runtime

if TYPE_CHECKING:  # in the repository, where checkers read, detectors/ is beside the package
    from detectors.node.packages.native import choose_final, find_native
    from detectors.node.packages.ranges import parse_range
else:
    from scaffold.detectors.node.packages.native import choose_final, find_native
    from scaffold.detectors.node.packages.ranges import parse_range

TABLE = tomli.loads((ROOT / "detectors/node/packages/native.toml").read_text("utf-8"))
START = ("node", "server.js")
OLD = Runtime("18", None, "18")  # an image of bookworm


def build(**dependencies: str) -> tuple[str, ...]:
    found = native(manifest(dependencies=dependencies)).apt_build
    return found.value if found else ()


def asking(name: str, version: str = "*") -> dict[str, str]:
    return manifest(dependencies={name: version})


def locked(name: str, version: str) -> dict[str, str]:
    lock = {"lockfileVersion": 3, "packages": {"": {}, f"node_modules/{name}": {"version": version}}}
    return {**manifest(dependencies={"some-driver": "1.0.0"}), "package-lock.json": json.dumps(lock)}


def final(files: dict[str, str], node: str = "24", shell: Fact | None = None, **answers: Any) -> Fact:
    start = answers.pop("start", START)
    runtime = Runtime(node, None, node)
    found = packages(files, node)
    needs = find_native(found, opened(files)[1], runtime)
    return choose_final(found, needs, runtime, start, shell, said(answers))


# -- what is compiled


def test_plain_packages_need_nothing() -> None:
    found = native(manifest())
    assert not any(found)


def test_a_package_that_compiles_brings_a_compiler_and_the_headers() -> None:
    found = native(asking("bcrypt", "^5.1.0"))
    assert found.apt_build == Fact(("g++", "make", "python3"), "package.json:4: bcrypt")
    assert found.apt_runtime is None
    assert found.compiles == Fact(True, "package.json:4")
    assert found.install_environment
    assert found.install_environment.value == {"npm_config_nodedir": "/usr/local"}


def test_a_version_that_brings_its_binaries_does_not() -> None:
    assert build(bcrypt="^6.0.0") == ()
    assert build(sharp="^0.34.0") == ()
    assert "libvips-dev" in build(sharp="^0.32.6")


def test_a_package_that_another_one_needs_is_compiled_too() -> None:
    found = native(locked("better-sqlite3", "11.10.0"))
    assert found.apt_build == Fact(("g++", "make", "python3"), "package-lock.json: better-sqlite3")


def test_the_locked_version_decides_not_the_range() -> None:
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/bcrypt": {"version": "6.0.0"}}}
    files = {**asking("bcrypt", ">=5"), "package-lock.json": json.dumps(lock)}
    assert native(files).apt_build is None


def test_an_old_node_gyp_gets_back_what_python_left_out() -> None:
    assert "python3-setuptools" in build(sqlite3="^5.1.7")


def test_a_package_by_git_brings_git() -> None:
    found = native(manifest(dependencies={"lib": "git+https://host.test/a/lib.git"}))
    assert found.apt_build == Fact(("ca-certificates", "git"), "package.json:4")


# -- what is loaded


def test_canvas_is_compiled_and_loads_its_libraries() -> None:
    found = native(asking("canvas", "^2.11.2"))
    assert found.apt_build
    assert "libcairo2-dev" in found.apt_build.value
    assert found.apt_runtime
    assert "libcairo2" in found.apt_runtime.value


def test_what_only_development_asks_for_is_not_in_the_running_image() -> None:
    found = native(manifest(devDependencies={"canvas": "^2.11.2"}))
    assert found.apt_build
    assert found.apt_runtime is None


@pytest.mark.parametrize(("version", "needed"), [("^6.1.0", True), ("^5.0.0", True), ("^7.1.0", False)])
def test_prismas_engines_need_openssl_until_there_are_none(version: str, needed: bool) -> None:
    found = native(asking("@prisma/client", version)).apt_runtime
    assert (found is not None and found.value == ("openssl",)) is needed


def test_what_production_keeps_of_development_loads_as_its_own_does() -> None:
    files = manifest(devDependencies={"prisma": "^7.0.0"})
    found = packages(files)
    kept = find_native(found, opened(files)[1], Runtime("24", None, "24"), kept=("prisma",))
    assert kept.apt_runtime
    assert kept.apt_runtime.value == ("openssl",)
    assert native(files).apt_runtime is None


def test_puppeteer_gets_debians_chromium_and_downloads_none() -> None:
    found = native(asking("puppeteer", "^24.0.0"))
    assert found.apt_runtime
    assert found.apt_runtime.value == ("chromium",)
    assert found.install_environment
    assert found.install_environment.value["PUPPETEER_SKIP_DOWNLOAD"] == "true"
    assert found.run_environment
    assert found.run_environment.value == {"PUPPETEER_EXECUTABLE_PATH": "/usr/bin/chromium"}


def test_a_browser_without_its_sandbox_is_said() -> None:
    (warning,) = native(asking("puppeteer-core", "^24.0.0")).warnings
    assert (warning.code, warning.source) == ("browser-sandbox", "package.json:4")
    assert "without its own sandbox" in warning.message


@pytest.mark.parametrize("name", ["playwright", "playwright-core", "playwright-chromium"])
def test_playwright_finds_debians_chromium_where_it_looks(name: str) -> None:
    found = native(asking(name, "^1.55.0"))
    assert found.browser_of == Fact(name, "package.json:4")
    assert found.run_environment
    assert found.run_environment.value == {"PLAYWRIGHT_BROWSERS_PATH": "/opt/playwright"}


def test_playwright_for_tests_gets_no_browser() -> None:
    found = native(manifest(devDependencies={"playwright": "^1.55.0"}))
    assert (found.browser_of, found.apt_runtime, found.warnings) == (None, None, ())


def test_a_browser_for_tests_is_not_downloaded() -> None:
    found = native(manifest(devDependencies={"cypress": "^15.0.0"}))
    assert found.install_environment == Fact({"CYPRESS_INSTALL_BINARY": "0"}, "package.json:7")
    assert (found.apt_runtime, found.run_environment) == (None, None)


# -- the final image


def test_a_plain_program_gets_distroless() -> None:
    found = final(manifest())
    assert found == Fact(
        "distroless", "package.json: nothing in it needs more than Node.js, and no other program runs"
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (asking("canvas", "^2.11.2"), "package.json:4: canvas needs libcairo2"),
        (asking("@prisma/client", "^6.0.0"), "package.json:4: @prisma/client needs openssl"),
        (asking("execa", "^9.0.0"), "package.json:4: execa starts other programs"),
    ],
)
def test_a_package_that_needs_debian_gets_it(files: dict[str, str], reason: str) -> None:
    found = final(files)
    assert (found.value, found.source[: len(reason)]) == ("slim", reason)


def test_a_compiled_package_alone_needs_no_debian() -> None:
    assert final(asking("bcrypt", "^5.1.0")).value == "distroless"


def test_a_program_that_starts_others_gets_debian() -> None:
    found = final(manifest(), shell=Fact("git", "src/a.js:3"))
    assert found == Fact("slim", "src/a.js:3 runs another program")


@pytest.mark.parametrize("start", [("npm", "start"), ("bun", "index.ts"), (), ("node",)])
def test_a_start_that_is_not_node_and_a_file_gets_debian(start: tuple[str, ...]) -> None:
    assert final(manifest(), start=start).value == "slim"


def test_flags_of_node_in_front_of_the_file_are_plain() -> None:
    assert final(manifest(), start=("node", "--import", "./otel.mjs", "dist/main.js")).value == "distroless"


@pytest.mark.parametrize(
    ("node", "value"), [("22", "distroless"), ("26", "distroless"), ("20", "slim"), ("18", "slim")]
)
def test_a_release_without_a_distroless_image_gets_debian(node: str, value: str) -> None:
    assert final(manifest(), node).value == value


def test_an_answer_decides() -> None:
    assert final(asking("canvas"), final="distroless") == Fact("distroless", "answer: flag")


# -- the table


SUITES = {row.suite for row in releases("node")}


def test_an_older_suite_has_its_own_names() -> None:
    needs = find_native(
        packages(asking("sharp", "^0.32.6"), "18"), opened(asking("sharp", "^0.32.6"))[1], OLD
    )
    assert needs.apt_runtime == Fact(("libvips42",), "package.json:4: sharp")


@pytest.mark.parametrize(
    "name", sorted(name for name, row in TABLE.items() if isinstance(row, dict) and name not in SUITES)
)
def test_every_row_of_the_table_is_well_formed(name: str) -> None:
    row = TABLE[name]
    known = {
        "compile", "with", "distutils", "scripts", "load", "loading", "why", "node", "install", "run", "seeks"
    }  # fmt: skip
    assert set(row) <= known
    ranges = [row[key] for key in ("compile", "distutils", "scripts", "loading") if key in row]
    assert all(parse_range(text) for text in [*ranges, *row.get("node", {})])
    words = [*row.get("with", []), *row.get("load", [])]
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", word) for word in words)
