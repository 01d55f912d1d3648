"""The benchmarks' tables and picture on made-up results, and the repository that they generate."""

from __future__ import annotations

import copy
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import images
import measure
import picture
import pytest
import report
import results
from example import ROOT
from monorepo import Shares, generate

from scaffold.detect import detect
from scaffold.reading.tree import Tree

MACHINE = {
    "date": "2026-01-02", "cores": 4, "memory": 8, "system": "Linux on x86_64", "python": "3.13.1",
    "docker": "28.0.0", "node": "24.0.0", "find": "4.9.0",
}  # fmt: skip


def spent(cpu: float) -> dict[str, float]:
    return {"cpu": cpu, "wall": 2 * cpu}


def built(size: int, cold: float, rebuild: float, note: str = "") -> dict[str, Any]:
    return {"size": size, "cold": cold, "rebuild": rebuild, "same": 1.0, "note": note, "failure": None}


def failed(why: str) -> dict[str, Any]:
    return {"size": None, "cold": None, "rebuild": None, "same": None, "note": "", "failure": why}


@pytest.fixture
def parts() -> dict[str, Any]:
    return {
        "commands": {
            "machine": MACHINE, "runs": 5, "peer": "@flydotio/dockerfile 1.2.3",
            "spent": {
                "bare shop": spent(0.010), "detect shop": spent(0.05), "init shop": spent(0.1),
                "bare web": spent(0.012), "detect web": spent(0.06), "init web": spent(0.12),
                "peer web": spent(0.48),
            },
            "to bare": {
                "detect shop": 4.5, "init shop": 9.1, "detect web": 5.5, "init web": 10.9, "peer web": 44,
            },
            "to peer": {"web": 0.25},
        },
        "tree": {
            "machine": MACHINE, "runs": 5, "files": 1000,
            "trees": {
                "usual": {"listed": 1000, "apps": 8, "found": 6, "bound": True, "to find": 4.5,
                          "spent": {"find": spent(0.1), "detect": spent(0.45)}},
                "sources": {"listed": 1000, "apps": 8, "found": 6, "bound": False, "to find": 45.0,
                            "spent": {"find": spent(0.1), "detect": spent(4.5)}},
            },
        },
        "images": {
            "machine": MACHINE, "runs": 3, "images": "stand-ins",
            "peers": {"@flydotio/dockerfile": "1.2.3"}, "absent": {"flexstack/new-dockerfile": "gone"},
            "projects": {
                "web": {"stack": "node", "rows": {
                    "docker-scaffold": built(100_000_000, 20.0, 1.5),
                    "docker init": built(250_000_000, 15.0, 1.0, "Debian in place of Alpine"),
                    "@flydotio/dockerfile": failed("does not serve"),
                }},
                "pages": {"stack": "static", "rows": {
                    "docker-scaffold": built(9_000_000, 2.0, 1.5), "docker init": failed("has no template"),
                }},
            },
        },
    }  # fmt: skip


# -- tables


def test_commands_are_told_in_starts_of_the_bare_interpreter(parts: dict[str, Any]) -> None:
    table = report.commands_table(parts["commands"])
    assert "| web | 60 ms | 5.5 | 120 ms | 10.9 | 480 ms | 0.25 |" in table.lines
    assert "| shop | 50 ms | 4.5 | 100 ms | 9.1 |  |  |" in table.lines
    assert table.missed == ()


def test_a_command_that_takes_too_long_is_named(parts: dict[str, Any]) -> None:
    parts["commands"]["to bare"]["detect web"] = 9.0
    assert report.commands_table(parts["commands"]).missed == (
        "detect on web: 9.0 times the bare interpreter, aimed at 8",
    )


def test_a_check_of_many_applications_is_told_and_bounded(parts: dict[str, Any]) -> None:
    commands = parts["commands"]
    commands["spent"] |= {"bare 10 applications": spent(0.01), "check 10 applications": spent(0.09)}
    commands["to bare"]["check 10 applications"] = 9.0
    told = report.commands_table(commands)
    assert told.lines[-1].endswith("10 applications: 90 ms, 9.0 times the bare interpreter.")
    assert told.missed == ()
    commands["to bare"]["check 10 applications"] = 16.0
    assert report.commands_table(commands).missed == (
        "check 10 applications: 16.0 times the bare interpreter, aimed at 15",
    )


def test_a_large_repository_is_told_in_times_of_find_and_only_bounds_are_missed(
    parts: dict[str, Any],
) -> None:
    table = report.tree_table(parts["tree"])
    assert any(line.endswith("| 1,000 | 6 of 8 | 100 ms | 450 ms | 4.5 |") for line in table.lines)
    assert any(line.endswith("| 4500 ms | 45.0 |") for line in table.lines)
    assert table.missed == ()
    parts["tree"]["trees"]["usual"]["to find"] = 7.0
    assert len(report.tree_table(parts["tree"]).missed) == 1


def test_images_are_told_beside_those_of_others(parts: dict[str, Any]) -> None:
    table = report.images_table(parts["images"])
    assert "| web | docker-scaffold | 100.0 MB | 0.40 | 20.0 s | 1.5 s | 0.07 | 1.0 s |  |" in table.lines
    assert "|  | @flydotio/dockerfile |  |  |  |  |  |  | does not serve |" in table.lines
    assert "| pages | docker-scaffold | 9.0 MB |  | 2.0 s | 1.5 s | 0.75 | 1.0 s |  |" in table.lines
    assert any("flexstack/new-dockerfile (gone)" in line for line in table.lines)
    assert table.missed == ()


@pytest.mark.parametrize(
    ("ours", "missed"),
    [
        (built(126_000_000, 20, 1), "web: the image is 0.50 of the one by docker init, aimed at 0.5"),
        (
            built(100_000_000, 20, 3),
            "web: a rebuild takes 0.15 of a cold build, aimed at 0.1; with nothing edited a build takes 0.05",
        ),
        (failed("does not build"), "web: ours does not build"),
    ],
)
def test_an_image_that_is_not_as_aimed_at_is_named(
    parts: dict[str, Any], ours: dict[str, Any], missed: str
) -> None:
    parts["images"]["projects"]["web"]["rows"]["docker-scaffold"] = ours
    assert report.images_table(parts["images"]).missed == (missed,)


def test_a_peer_with_a_smaller_image_is_named(parts: dict[str, Any]) -> None:
    parts["images"]["projects"]["web"]["rows"]["@flydotio/dockerfile"] = built(99_000_000, 9, 1)
    (missed,) = report.images_table(parts["images"]).missed
    assert "1.01 of the one by @flydotio/dockerfile" in missed


def test_pages_that_nothing_is_installed_for_have_no_aim_for_their_rebuild() -> None:
    ours = {"failure": None, "size": 9, "cold": 0.5, "rebuild": 0.7, "same": 0.4}
    assert list(report.missed_by("site", "static", {report.OURS: ours})) == []


def test_a_table_takes_its_place_and_no_other(parts: dict[str, Any]) -> None:
    page = "a\n<!-- measured: tree -->\nyesterday\n<!-- end -->\nb\n<!-- measured: images -->\n<!-- end -->\n"
    put = report.put(page, "tree", report.tree_table(parts["tree"]))
    assert put.startswith("a\n<!-- measured: tree -->\n\n2026-01-02: 4 cores")
    assert put.endswith("|\n\n<!-- end -->\nb\n<!-- measured: images -->\n<!-- end -->\n")
    assert "yesterday" not in put
    assert report.put(put, "tree", report.tree_table(parts["tree"])) == put


def test_the_page_and_the_picture_are_of_the_results_that_are_kept() -> None:
    measured = results.load()
    page = report.PAGE.read_text("utf-8")
    for part, make in report.TABLES.items():
        assert f"<!-- measured: {part} -->" in page
        if part in measured:
            assert report.put(page, part, make(measured[part])) == page, "run: python benchmarks/report.py"
    assert report.PICTURE.read_text("utf-8") == picture.draw(measured), "run: python benchmarks/report.py"


def test_what_is_kept_keeps_its_order(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.save("tree", {"trees": {"usual": 1, "all read": 2}}, path)
    results.save("commands", {}, path)
    assert list(results.load(path)) == ["commands", "tree"]
    assert list(results.load(path)["tree"]["trees"]) == ["usual", "all read"]


def test_results_name_no_place() -> None:
    assert not re.search(r"/(home|root|var|tmp|Users)\b|https?://", results.RESULTS.read_text("utf-8"))


# -- picture


def test_the_picture_shows_every_bar_and_tells_it(parts: dict[str, Any]) -> None:
    root = ET.fromstring(picture.draw(parts))
    name = "{http://www.w3.org/2000/svg}"
    words = [text.text or "" for text in root.iter(f"{name}text")]
    assert {"Commands", "1,000 files", "Images", "Builds", "4.5 ×", "does not serve"} <= {
        part for word in words for part in (word, *word.split(", "))
    }
    told = root.findtext(f"{name}desc") or ""
    assert "scaffold detect, slowest example 5.5 ×" in told
    assert all(0 <= float(each.get("width", "-1")) <= picture.BARS for each in root.iter(f"{name}rect"))


def test_bars_are_as_long_as_what_they_show(parts: dict[str, Any]) -> None:
    root = ET.fromstring(picture.draw({"tree": parts["tree"]}))
    find, detect = (float(each.get("width", "")) for each in root.iter("{http://www.w3.org/2000/svg}rect"))
    (aim,) = (float(each.get("x1", "")) for each in root.iter("{http://www.w3.org/2000/svg}line"))
    assert detect / find == pytest.approx(4.5, rel=0.01)
    assert (aim - picture.LABELS) / find == pytest.approx(6, rel=0.01)


def test_the_picture_keeps_what_results_say_out_of_its_markup(parts: dict[str, Any]) -> None:
    parts["commands"]["peer"] = '<script>"&'
    assert "<script>" not in picture.draw(parts)


# -- the generated repository


def test_a_repository_has_as_many_files_as_asked_for_and_is_the_same_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert generate(tmp_path / name, 1000) == 8
    one, two = (contents(tmp_path / name) for name in ("one", "two"))
    assert len(one) == 1000
    assert one == two


def contents(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()}


def test_what_nobody_wrote_is_passed_over_and_the_apps_are_found(tmp_path: Path) -> None:
    generate(tmp_path, 1000)
    tree = Tree.at(tmp_path)
    assert len(tree.paths) == 600
    assert not [path for path in tree.paths if "node_modules" in path or "/dist/" in path]
    found = detect(tree)
    assert {finding.path.split("/")[0] for finding in found.deployable} == {"services"}
    assert tree.warnings == ()


def test_a_repository_can_hold_nothing_that_is_passed_over(tmp_path: Path) -> None:
    generate(tmp_path, 1000, Shares(dependencies=0, outputs=0))
    assert len(Tree.at(tmp_path).paths) == 1000


# -- what is measured with


def test_the_time_of_a_program_is_its_own(tmp_path: Path) -> None:
    busy = measure.spend(["python3", "-c", "sum(range(3_000_000))"])
    idle = measure.spend(["sleep", "0.3"])
    assert busy.cpu > 0.02
    assert idle.wall >= 0.3 > 10 * idle.cpu
    with pytest.raises(RuntimeError, match="exit 3"):
        measure.spend(["sh", "-c", "exit 3"])


def test_each_round_runs_everything_once() -> None:
    order: list[str] = []

    def run(name: str) -> measure.Spent:
        order.append(name)
        return measure.Spent(len(order), 1)

    taken = measure.in_turn({"a": lambda: run("a"), "b": lambda: run("b")}, 3)
    assert order == ["a", "b"] * 3
    assert measure.median(taken["a"]) == measure.Spent(3, 1)


def test_a_ratio_is_taken_round_by_round() -> None:
    others = [measure.Spent(1, cpu) for cpu in (1, 10, 2)]
    assert measure.ratio([measure.Spent(1, cpu) for cpu in (3, 30, 7)], others) == 3


@pytest.mark.parametrize(
    ("mount", "expected"),
    [
        ("type=cache,target=/root/.npm", "type=cache,target=/root/.npm,id=r1-root-.npm"),
        ("type=cache,id=x,target=/a,sharing=locked", "type=cache,target=/a,sharing=locked,id=r1-x"),
        ("target=/go/pkg/mod/,type=cache", "target=/go/pkg/mod/,type=cache,id=r1-go-pkg-mod"),
        ("type=bind,source=a,target=a", "type=bind,source=a,target=a"),
    ],
)
def test_caches_are_of_the_round_alone(mount: str, expected: str) -> None:
    assert images.with_own_caches(f"RUN --mount={mount} x", "r1") == f"RUN --mount={expected} x"


# -- docker init's files


def test_docker_init_is_given_the_versions_of_the_lock_file() -> None:
    lock = tomllib.loads((ROOT / "examples/python-fastapi-uv/uv.lock").read_text("utf-8"))
    locked = {f"{package['name']}=={package['version']}" for package in lock["package"]}
    given = set((images.DOCKER_INIT / "python/requirements.txt").read_text("utf-8").split())
    assert len(given) > 10
    assert given <= locked


@pytest.mark.parametrize(
    "folder", sorted(p for p in images.DOCKER_INIT.iterdir() if p.is_dir()), ids=lambda p: p.name
)
def test_on_debian_docker_inits_files_are_built_the_same_way(folder: Path) -> None:
    written, debian = ((folder / name).read_text("utf-8") for name in ("Dockerfile", "Dockerfile.debian"))
    same = re.compile(r"^(?:COPY|CMD|ENTRYPOINT|EXPOSE|WORKDIR|USER|    (?:npm|python|CGO)).*", re.MULTILINE)
    assert same.findall(written) == same.findall(debian)
    assert "alpine" not in debian
    assert "adduser" not in debian


def test_every_project_of_the_benchmark_says_what_success_is() -> None:
    for project in images.PROJECTS:
        assert project.template is None or (images.DOCKER_INIT / project.template / "Dockerfile").is_file()
        assert {p.stack for p in images.PROJECTS} == {"python", "node", "go", "static"}


def test_made_up_results_stay_as_they_are(parts: dict[str, Any]) -> None:
    before = copy.deepcopy(parts)
    picture.draw(parts)
    for part, make in report.TABLES.items():
        make(parts[part])
    assert parts == before
