"""How a Node.js project's packages are installed: by what, in which version, from which files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nodepackages import codes, facts, manifest, opened, packages

from scaffold.catalogue import tools
from scaffold.model import BuildSecret
from scaffold.reading.tree import Tree

if TYPE_CHECKING:  # in the repository, where checkers read, detectors/ is beside the package
    from detectors.jsonc import read_jsonc
    from detectors.node.packages.manifest import read_manifest
    from detectors.node.packages.ranges import parse_range
else:
    from scaffold.detectors.jsonc import read_jsonc
    from scaffold.detectors.node.packages.manifest import read_manifest
    from scaffold.detectors.node.packages.ranges import parse_range


def newest(tool: str, major: str) -> str:
    return next(row.version for row in tools(tool) if row.version.startswith(f"{major}."))


# -- package.json


def test_a_broken_package_json_is_a_warning_and_no_manifest() -> None:
    tree = Tree({"package.json": '{"name": '})
    assert read_manifest(tree) is None
    assert [warning.code for warning in tree.warnings] == ["unparsable"]


def test_a_package_json_that_is_a_list_is_no_manifest() -> None:
    assert read_manifest(Tree({"package.json": "[1]"})) is None


def test_what_has_the_wrong_type_is_passed_over() -> None:
    text = '{"name": 1, "scripts": [], "dependencies": {"a": 1, "b": "^1"}, "bin": 2, "workspaces": {"x": 3}}'
    found = opened({"package.json": text})[1]
    assert (found.name, found.scripts, found.dependencies, found.bin, found.workspaces) == (
        None, {}, {"b": "^1"}, {}, (),
    )  # fmt: skip


def test_a_dependency_has_its_line_in_its_own_section() -> None:
    text = (
        '{\n"express": 1,\n"devDependencies": {\n"express": "4"\n},\n"dependencies": {\n"express": "5"\n}\n}'
    )
    found = opened({"package.json": text})[1]
    fact = found.has("express")
    assert fact
    assert (fact.value, fact.source) == ("5", "package.json:7")


def test_production_does_not_have_what_development_has() -> None:
    found = opened(manifest(devDependencies={"vite": "^8.0.0"}))[1]
    assert found.has("vite") is None
    assert found.has_any("vite") is not None


# -- JSON with comments, ranges


def test_comments_and_last_commas_are_no_part_of_the_data() -> None:
    text = '{\n  // why\n  "url": "https://x/*y*/",  /* a\n b */\n  "list": [1, 2,],\n}'
    assert read_jsonc(Tree({"a.json": text}), "a.json") == {"url": "https://x/*y*/", "list": [1, 2]}


def test_what_is_no_json_at_all_is_a_warning_with_its_line() -> None:
    tree = Tree({"a.json": "{\n/* two\nlines */\n]"})
    assert read_jsonc(tree, "a.json") == {}
    assert [(warning.code, warning.source) for warning in tree.warnings] == [("unparsable", "a.json:4")]


@pytest.mark.parametrize(
    ("text", "majors"),
    [
        (">= 18", [18, 20, 22, 24]), ("^18 || ^20.9", [18, 20]), ("v20", [20]), (">=v22", [22, 24]),
        ("18.12.1", [18]), ("~20.11", [20]), ("20.x", [20]), ("<21", [18, 20]), (">=18,<21", [18, 20]),
        ("18 - 22", [18, 20, 22]), ("*", [18, 20, 22, 24]), ("~> 22", [22]), (">=20.0.0-0", [20, 22, 24]),
    ],
)  # fmt: skip
def test_ranges_are_read_as_npm_reads_them(text: str, majors: list[int]) -> None:
    found = parse_range(text)
    assert found
    assert [major for major in (18, 20, 22, 24) if found.allows_major(major)] == majors


@pytest.mark.parametrize("text", ["lts/*", "workspace:*", "https://x/y.tgz", "file:../x", "next", "1" * 400])
def test_what_is_no_range_is_none(text: str) -> None:
    assert parse_range(text) is None


PARTS = st.sampled_from(["0", "1", "2", "10", "x", "*"])
CLAUSES = st.builds(
    lambda operator, parts: operator + ".".join(parts),
    st.sampled_from(["", "^", "~", ">=", "<=", ">", "<", "="]),
    st.lists(PARTS, min_size=1, max_size=3),
)
RANGES = st.lists(st.lists(CLAUSES, min_size=1, max_size=2).map(" ".join), min_size=1, max_size=2).map(
    " || ".join
)
VERSIONS = st.tuples(*[st.sampled_from([0, 1, 2, 3, 9, 10, 11])] * 3).map(
    lambda parts: ".".join(map(str, parts))
)


@given(RANGES, VERSIONS)
def test_what_is_read_without_the_library_is_read_as_the_library_reads_it(text: str, version: str) -> None:
    from semantic_version import NpmSpec, Version  # type: ignore[import-untyped]

    found = parse_range(text)
    try:
        expected = NpmSpec(text).match(Version(version))
    except ValueError:
        return
    assert found
    assert found.allows(version) is expected


@given(st.text(max_size=60))
def test_no_text_is_too_odd_for_a_range(text: str) -> None:
    found = parse_range(text)
    assert found is None or isinstance(found.allows_major(24), bool)


# -- which manager


LOCKS = {
    "package-lock.json": json.dumps(
        {
            "lockfileVersion": 3,
            "packages": {
                "": {"dependencies": {"express": "^5.0.0"}},
                "node_modules/express": {"version": "5.1.0"},
            },
        }
    ),
    "yarn.lock": '# yarn lockfile v1\n\n\nexpress@^5.0.0:\n  version "5.1.0"\n  resolved "https://x"\n',
    "pnpm-lock.yaml": (
        "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      express:\n"
        "        specifier: ^5.0.0\n        version: 5.1.0\n\npackages:\n\n  express@5.1.0:\n"
        "    resolution: {integrity: sha512-x}\n"
    ),
    "bun.lock": (
        '{\n  "lockfileVersion": 1,\n  "workspaces": {\n    "": {\n      "name": "shop",\n'
        '      "dependencies": {\n        "express": "^5.0.0",\n      },\n    },\n  },\n'
        '  "packages": {\n    "express": ["express@5.1.0", "", {}, "sha512-x"],\n  }\n}\n'
    ),
}
BERRY = (
    '# generated\n\n__metadata:\n  version: {version}\n  cacheKey: 10c0\n\n"express@npm:^5.0.0":\n'
    '  version: 5.1.0\n  resolution: "express@npm:5.1.0"\n  languageName: node\n\n"shop@workspace:.":\n'
    '  version: 0.0.0-use.local\n  resolution: "shop@workspace:."\n  dependencies:\n'
    '    express: "npm:^5.0.0"\n  languageName: unknown\n  linkType: soft\n'
)
MANAGERS = {"package-lock.json": "npm", "yarn.lock": "yarn", "pnpm-lock.yaml": "pnpm", "bun.lock": "bun"}


def with_lock(path: str, **said: Any) -> dict[str, str]:
    return {**manifest(**said), path: LOCKS[path]}


def test_a_project_that_says_nothing_is_installed_by_npm() -> None:
    found = packages(manifest())
    assert found.facts["package_manager"].value == "npm"
    assert found.facts["package_manager"].source == "default: npm"
    assert "manager_version" not in found.facts


@pytest.mark.parametrize(("path", "name"), MANAGERS.items())
def test_a_lock_file_says_who_wrote_it_and_is_in_date(path: str, name: str) -> None:
    found = facts(with_lock(path))
    assert (found["package_manager"], found["lock"], found["locked"]) == (name, path, True)
    assert codes(with_lock(path)) == []


@pytest.mark.parametrize("path", MANAGERS)
def test_a_lock_file_says_which_versions_are_installed(path: str) -> None:
    assert packages(with_lock(path)).locked_versions == {"express": "5.1.0"}


@pytest.mark.parametrize("path", MANAGERS)
def test_a_lock_file_that_lacks_a_dependency_is_out_of_date(path: str) -> None:
    files = with_lock(path, dependencies={"express": "^5.0.0", "pino": "^9.0.0"})
    assert facts(files)["locked"] is False
    warning = packages(files).warnings[0]
    assert (warning.code, warning.source) == ("lock-outdated", path)
    assert "pino" in warning.message


@pytest.mark.parametrize("path", MANAGERS)
def test_a_lock_file_of_an_older_range_is_out_of_date(path: str) -> None:
    assert facts(with_lock(path, dependencies={"express": "^6.0.0"}))["locked"] is False


def test_npm_accepts_another_range_that_the_locked_version_fits() -> None:
    assert facts(with_lock("package-lock.json", dependencies={"express": ">=5"}))["locked"] is True


@pytest.mark.parametrize("path", ["pnpm-lock.yaml", "bun.lock"])
def test_pnpm_and_bun_want_the_range_word_for_word(path: str) -> None:
    assert facts(with_lock(path, dependencies={"express": ">=5"}))["locked"] is False


@pytest.mark.parametrize("path", ["pnpm-lock.yaml", "bun.lock"])
def test_pnpm_and_bun_refuse_a_lock_with_more_than_is_asked_for(path: str) -> None:
    assert facts(with_lock(path, dependencies={}))["locked"] is False


@pytest.mark.parametrize("path", MANAGERS)
def test_a_lock_file_with_a_merge_conflict_is_not_installed_from(path: str) -> None:
    files = with_lock(path)
    files[path] = f"<<<<<<< HEAD\n{files[path]}"
    assert facts(files)["locked"] is False


def test_what_is_stated_comes_before_a_lock_file() -> None:
    files = with_lock("package-lock.json", packageManager="pnpm@9.15.4")
    found = packages(files).facts
    assert (found["package_manager"].value, found["package_manager"].source) == ("pnpm", "package.json:6")
    assert "lock" not in found


def test_an_answer_comes_before_what_is_stated() -> None:
    found = facts(manifest(packageManager="pnpm@9.15.4"), package_manager="yarn")
    assert found["package_manager"] == "yarn"


def test_of_two_lock_files_the_one_in_date_is_used_and_said() -> None:
    files = {**with_lock("package-lock.json"), "pnpm-lock.yaml": LOCKS["pnpm-lock.yaml"].replace("^5", "^4")}
    assert facts(files)["lock"] == "package-lock.json"
    assert "several-managers" in codes(files)


def test_of_two_lock_files_in_date_it_is_not_npms() -> None:
    assert facts({**with_lock("package-lock.json"), "yarn.lock": LOCKS["yarn.lock"]})["lock"] == "yarn.lock"


def test_development_engines_state_a_manager() -> None:
    files = manifest(devEngines={"packageManager": {"name": "pnpm", "version": "^9.0.0"}})
    found = facts(files)
    assert (found["package_manager"], found["manager_version"]) == ("pnpm", newest("pnpm", "9"))


def test_without_a_lock_file_engines_and_tools_say_who_it_is() -> None:
    assert facts(manifest(engines={"yarn": ">=1.22"}))["package_manager"] == "yarn"
    assert facts({**manifest(), "mise.toml": '[tools]\nbun = "latest"\n'})["package_manager"] == "bun"
    assert facts({**manifest(), ".tool-versions": "pnpm 9.1.2\n"})["manager_version"] == "9.1.2"


def test_no_lock_file_is_said_where_something_is_installed() -> None:
    assert codes(manifest()) == ["lock-missing"]
    assert codes(manifest(dependencies={})) == []


def test_a_binary_lock_of_bun_is_believed() -> None:
    found = facts({**manifest(), "bun.lockb": b"\0\1"})
    assert (found["package_manager"], found["locked"]) == ("bun", True)


# -- which version


@pytest.mark.parametrize(
    ("lock", "major"), [("5.3", "7"), ("5.4", "7"), ("'6.0'", "8"), ("'6.1'", "8"), ("'9.0'", "10")]
)
def test_pnpm_is_the_one_that_reads_the_lock_file(lock: str, major: str) -> None:
    old = f"lockfileVersion: {lock}\n\nspecifiers:\n  express: ^5.0.0\n\ndependencies:\n  express: 5.1.0\n"
    new = LOCKS["pnpm-lock.yaml"].replace("'9.0'", lock)
    files = {**manifest(), "pnpm-lock.yaml": old if lock.startswith("5") else new}
    found = facts(files)
    assert (found["manager_version"], found["locked"]) == (newest("pnpm", major), True)


def test_a_document_that_pnpm_puts_in_front_is_not_the_lock() -> None:
    front = "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    configDependencies: {}\n\n---\n"
    files = {**manifest(), "pnpm-lock.yaml": front + LOCKS["pnpm-lock.yaml"]}
    assert facts(files)["locked"] is True


def test_a_version_that_is_stated_is_the_one_that_is_installed() -> None:
    files = with_lock("pnpm-lock.yaml", packageManager="pnpm@9.5.0+sha512.abc")
    assert facts(files)["manager_version"] == "9.5.0"


def test_a_range_of_pnpm_decides_between_those_that_read_the_lock() -> None:
    assert facts(with_lock("pnpm-lock.yaml", engines={"pnpm": "^9"}))["manager_version"] == newest(
        "pnpm", "9"
    )
    assert facts(with_lock("pnpm-lock.yaml", engines={"pnpm": "11.5.x"}))["manager_version"] == "11.5.0"


@pytest.mark.parametrize(
    ("stated", "node", "used"), [("7.9.0", "24", "7"), ("6.32.0", "22", "7"), ("11.1.0", "20", "10")]
)
def test_a_pnpm_that_fails_on_the_node_in_use_is_replaced_and_said(stated: str, node: str, used: str) -> None:
    files = manifest(packageManager=f"pnpm@{stated}")
    found = packages(files, node)
    assert found.facts["manager_version"].value == newest("pnpm", used)
    assert "manager-unfit" in [warning.code for warning in found.warnings]


def test_an_old_pnpm_stays_where_it_works() -> None:
    assert facts(manifest(packageManager="pnpm@7.9.0"), "18")["manager_version"] == "7.9.0"


def test_a_stated_pnpm_that_cannot_read_the_lock_is_said() -> None:
    files = {**manifest(packageManager="pnpm@8.15.9"), "pnpm-lock.yaml": LOCKS["pnpm-lock.yaml"]}
    assert facts(files)["locked"] is False
    assert codes(files) == ["lock-outdated"]


def test_npm_is_the_images_own_unless_one_is_stated() -> None:
    assert "manager_version" not in facts(with_lock("package-lock.json"))
    assert facts(with_lock("package-lock.json", packageManager="npm@10.8.2"))["manager_version"] == "10.8.2"


def test_npm_6_does_not_read_the_third_lock_file_and_is_replaced() -> None:
    assert facts(with_lock("package-lock.json"), "14")["manager_version"] == newest("npm", "9")
    assert facts(with_lock("package-lock.json"), "12")["manager_version"] == newest("npm", "8")
    assert "manager_version" not in facts(with_lock("package-lock.json"), "16")


def test_an_engine_that_npm_enforces_decides_its_version() -> None:
    files = {**with_lock("package-lock.json", engines={"npm": "^10"}), ".npmrc": "engine-strict=true\n"}
    assert facts(files)["manager_version"] == newest("npm", "10")
    del files[".npmrc"]
    assert "manager_version" not in facts(files)


def test_yarn_1_is_installed_where_the_lock_is_its() -> None:
    found = facts(with_lock("yarn.lock"))
    assert (found["berry"], found["manager_version"]) == (False, newest("yarn", "1"))


@pytest.mark.parametrize(("lock", "version"), [(8, "4.13.0"), (9, "4.14.1"), (10, "4.18.1"), (6, "3.8.7")])
def test_a_later_yarn_is_the_one_that_writes_the_lock_file(lock: int, version: str) -> None:
    found = facts({**manifest(), "yarn.lock": BERRY.format(version=lock)})
    assert (found["berry"], found["manager_version"], found["locked"]) == (True, version, True)


def test_a_yarn_that_writes_another_lock_file_would_refuse_this_one() -> None:
    files = {**manifest(packageManager="yarn@4.18.1"), "yarn.lock": BERRY.format(version=8)}
    assert facts(files)["locked"] is False


def test_a_later_yarn_cannot_install_from_the_lock_of_yarn_1() -> None:
    found = facts(with_lock("yarn.lock", packageManager="yarn@4.9.1"))
    assert (found["berry"], found["locked"]) == (True, False)


def test_the_yarn_that_a_repository_brings_is_run() -> None:
    path = ".yarn/releases/yarn-3.6.4.cjs"
    files = {
        **manifest(),
        "yarn.lock": BERRY.format(version=6),
        ".yarnrc.yml": f"yarnPath: {path}\n",
        path: "//",
    }
    found = facts(files)
    assert (found["yarn_path"], found["manager_version"], found["berry"]) == (path, "3.6.4", True)
    assert set(found["manifests"]) == {"package.json", "yarn.lock", ".yarnrc.yml", path}


def test_a_yarn_path_that_is_not_there_is_not_run() -> None:
    files = {**manifest(), ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-3.6.4.cjs\n"}
    assert "yarn_path" not in facts(files)


def test_a_bun_too_old_for_its_text_lock_is_not_used() -> None:
    assert facts(with_lock("bun.lock", packageManager="bun@1.0.2"))["manager_version"] == newest("bun", "1")
    assert facts(with_lock("bun.lock", packageManager="bun@1.2.0"))["manager_version"] == "1.2.0"


# -- workspaces


def workspace(path: str, lock: str, **member: Any) -> dict[str, str]:
    return {
        **manifest(workspaces=["packages/*", "!packages/old"], dependencies={}),
        "packages/api/package.json": json.dumps(
            {"name": "api", "dependencies": {"express": "^5.0.0"}, **member}
        ),
        "packages/old/package.json": '{"name": "old"}',
        path: lock,
    }


NPM_WORKSPACE = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": {"workspaces": ["packages/*"]},
            "packages/api": {"name": "api", "dependencies": {"express": "^5.0.0"}},
            "node_modules/api": {"resolved": "packages/api", "link": True},
            "node_modules/express": {"version": "5.1.0"},
        },
    }
)


def test_the_members_of_a_workspace_are_read_by_an_install() -> None:
    found = facts(workspace("package-lock.json", NPM_WORKSPACE))
    assert found["workspaces"] == ("packages/api",)
    assert found["manifests"] == ("package.json", "packages/api/package.json", "package-lock.json")
    assert found["locked"] is True
    assert "sources_first" not in found


def test_an_npm_lock_that_lacks_what_a_locked_package_depends_on_is_out_of_date() -> None:
    held = {
        "": {"dependencies": {"mongodb": "^4.0.0"}},
        "node_modules/mongodb": {"version": "4.17.1", "optionalDependencies": {"saslprep": "^1.1.0"}},
    }
    manifest = '{"dependencies": {"mongodb": "^4.0.0"}}'
    files = {
        "package.json": manifest,
        "package-lock.json": json.dumps({"lockfileVersion": 2, "packages": held}),
    }
    assert codes(files) == ["lock-outdated"]
    held["node_modules/mongodb/node_modules/saslprep"] = {"version": "1.1.0"}
    files["package-lock.json"] = json.dumps({"lockfileVersion": 2, "packages": held})
    assert codes(files) == []


def test_a_member_that_the_lock_does_not_know_makes_it_out_of_date() -> None:
    files = workspace("package-lock.json", NPM_WORKSPACE)
    files["packages/web/package.json"] = '{"name": "web"}'
    assert facts(files)["locked"] is False


def test_a_member_with_scripts_of_the_install_needs_its_source_first() -> None:
    files = workspace("package-lock.json", NPM_WORKSPACE, scripts={"prepare": "tsc"})
    assert facts(files)["sources_first"] is True


def test_pnpm_has_its_members_in_a_file_of_its_own() -> None:
    lock = LOCKS["pnpm-lock.yaml"].replace("  .:", "  .: {}\n\n  apps/api:")
    files = {
        **manifest(dependencies={}),
        "pnpm-workspace.yaml": "packages:\n  - apps/*\n",
        "apps/api/package.json": '{"dependencies": {"express": "^5.0.0"}}',
        "pnpm-lock.yaml": lock,
    }
    found = facts(files)
    assert (found["workspaces"], found["locked"]) == (("apps/api",), True)
    assert "pnpm-workspace.yaml" in found["manifests"]


# -- lifecycle scripts


@pytest.mark.parametrize(
    "script",
    [
        "husky", "husky install", "is-ci || husky install", "husky || true", "npx only-allow pnpm",
        "lefthook install", "npx husky install", "node .husky/install.mjs", "simple-git-hooks && echo done",
        "git config core.hooksPath .h",
        """node -e "try { require('husky').install() } catch (e) {}" """, "npm run hooks",
    ],
)  # fmt: skip
def test_hooks_for_who_develops_are_left_out(script: str) -> None:
    found = facts(manifest(scripts={"prepare": script, "hooks": "husky"}))
    assert found["drop_scripts"] == ("prepare",)
    assert "install_scripts" not in found


def test_other_scripts_wait_for_the_source_in_the_order_of_npm() -> None:
    found = facts(
        manifest(scripts={"prepare": "tsc", "postinstall": "node a.js", "preinstall": "only-allow npm"})
    )
    assert (found["install_scripts"], found["drop_scripts"]) == (("postinstall", "prepare"), ("preinstall",))


def test_a_hook_together_with_work_is_not_left_out() -> None:
    assert facts(manifest(scripts={"prepare": "husky && npm run build"}))["install_scripts"] == ("prepare",)


def test_a_script_that_calls_itself_ends() -> None:
    assert facts(manifest(scripts={"prepare": "npm run prepare"}))["drop_scripts"] == ("prepare",)


def test_a_later_yarn_does_not_run_prepare() -> None:
    files = {**manifest(scripts={"prepare": "tsc"}), "yarn.lock": BERRY.format(version=8)}
    assert "install_scripts" not in facts(files)


def test_patched_packages_are_taken_from_the_build() -> None:
    assert facts(manifest(scripts={"postinstall": "patch-package"}))["prune"] is True
    assert "prune" not in facts(manifest(scripts={"postinstall": "node setup.js"}))


PRISMA = 'generator client {\n  provider = "prisma-client-js"\n}\ndatasource db {\n  provider = "sqlite"\n}\n'


def prisma(schema: str = PRISMA, **said: Any) -> dict[str, str]:
    wanted = {"dependencies": {"@prisma/client": "^6.0.0"}, "devDependencies": {"prisma": "^6.0.0"}}
    return {**manifest(**wanted, **said), "prisma/schema.prisma": schema}


def test_prismas_client_is_generated_where_no_script_does_it() -> None:
    found = facts(prisma())
    assert found["prepare"] == (("node", "node_modules/prisma/build/index.js", "generate"),)
    assert found["prune"] is True
    assert "prepare" not in facts(prisma(scripts={"build": "prisma generate && tsc"}))


def test_a_client_that_is_generated_into_the_source_needs_no_pruning() -> None:
    schema = PRISMA.replace('"prisma-client-js"\n', '"prisma-client"\n  output = "../src/generated"\n')
    assert "prune" not in facts(prisma(schema))


def test_what_prismas_configuration_reads_is_there_when_it_generates() -> None:
    config = 'export default defineConfig({ datasource: { url: env("DATABASE_URL") } })\n'
    found = facts({**prisma(), "prisma.config.ts": config})
    assert list(found["build_environment"]) == ["DATABASE_URL"]


# -- what an install reads, and needs to be told


def test_patches_settings_and_archives_are_read_by_an_install() -> None:
    files = {
        **manifest(
            dependencies={"a": "file:vendor/a.tgz", "express": "^5.0.0"},
            pnpm={"patchedDependencies": {"express@5.1.0": "patches/express.patch"}},
            packageManager="pnpm@10.0.0",
        ),
        "vendor/a.tgz": "x",
        "patches/express.patch": "x",
        ".npmrc": "shamefully-hoist=true\n",
        ".pnpmfile.cjs": "",
    }
    wanted = {"package.json", "vendor/a.tgz", "patches/express.patch", ".npmrc", ".pnpmfile.cjs"}
    assert set(facts(files)["manifests"]) == wanted


def test_a_dependency_on_a_folder_needs_the_source_first() -> None:
    files = {**manifest(dependencies={"lib": "file:./lib"}), "lib/package.json": '{"name": "lib"}'}
    found = packages(files).facts["sources_first"]
    assert (found.value, found.source) == (True, "package.json:4: lib is a folder of the project")


def test_a_dependency_beside_the_project_is_said() -> None:
    assert "outside-dependency" in codes(manifest(dependencies={"lib": "file:../lib"}))


def test_a_token_by_its_variable_is_a_secret_of_the_build() -> None:
    text = "@acme:registry=https://npm.acme.test\n//npm.acme.test/:_authToken=${NPM_TOKEN}\n"
    found = facts({**manifest(), ".npmrc": text})
    assert found["secrets"] == (BuildSecret("NPM_TOKEN", ".npmrc:2"),)
    assert ".npmrc" in found["manifests"]


@pytest.mark.parametrize(
    ("path", "text", "recipe"),
    [
        (".npmrc", "//npm.acme.test/:_authToken=npm_abc\n", "write ${NPM_TOKEN} in its place"),
        (".npmrc", "registry=https://me:npm_abc@npm.acme.test/\n", "write ${NPM_TOKEN} in its place"),
        (".yarnrc", '"//npm.acme.test/:_authToken" "npm_abc"\n', "move the line to .npmrc"),
        (".yarnrc.yml", "npmAuthToken: npm_abc\n", "write ${NPM_TOKEN} in its place"),
        ("bunfig.toml", '[install.registry]\ntoken = "npm_abc"\n', 'write "$NPM_TOKEN" in its place'),
    ],
)
def test_a_token_in_the_open_is_said_with_the_recipe_and_its_file_is_not_read(
    path: str, text: str, recipe: str
) -> None:
    locks = {
        ".yarnrc": {"yarn.lock": LOCKS["yarn.lock"]},
        ".yarnrc.yml": {"yarn.lock": BERRY.format(version=8)},
        "bunfig.toml": {"bun.lock": LOCKS["bun.lock"]},
    }
    found = packages({**manifest(dependencies={"express": "^5.0.0"}), **locks.get(path, {}), path: text})
    assert path not in found.facts["manifests"].value
    warning = next(one for one in found.warnings if one.code == "literal-secret")
    assert recipe in warning.message
    assert "npm_abc" not in warning.message


def test_a_private_registry_without_a_token_takes_a_persons_own_settings() -> None:
    found = facts({**manifest(), ".npmrc": "registry=https://npm.acme.test/\n"})
    assert found["secrets"] == (BuildSecret("npmrc", ".npmrc:1", "/root/.npmrc"),)


def test_the_public_registry_takes_no_secret() -> None:
    assert "secrets" not in facts(
        {**manifest(), ".npmrc": "registry=https://registry.npmjs.org/\nfund=false\n"}
    )


def test_yarns_own_settings_name_their_token() -> None:
    files = {
        **manifest(),
        "yarn.lock": BERRY.format(version=8),
        ".yarnrc.yml": 'npmScopes:\n  acme:\n    npmAuthToken: "${ACME_TOKEN:-}"\n',
    }
    assert [secret.id for secret in facts(files)["secrets"]] == ["ACME_TOKEN"]


def test_a_dependency_by_ssh_is_said() -> None:
    assert "private-git" in codes(manifest(dependencies={"lib": "git+ssh://git@host.test/a/lib.git"}))


def test_a_node_that_engines_do_not_allow_is_to_be_ignored() -> None:
    assert facts(manifest(engines={"node": "20.11.0"}), "20")["ignore_engines"] is True
    assert "ignore_engines" not in facts(manifest(engines={"node": ">=20"}))


# -- build scripts that a manager leaves out


def with_bcrypt(**said: Any) -> dict[str, str]:
    return manifest(dependencies={"bcrypt": "^5.1.0"}, **said)


@pytest.mark.parametrize(
    "manager", ["pnpm@10.1.0", "pnpm@11.2.0", "pnpm@12.0.0", "yarn@4.14.1", "npm@12.1.0"]
)
def test_scripts_that_are_needed_and_left_out_are_allowed_and_said(manager: str) -> None:
    files = with_bcrypt(packageManager=manager)
    assert facts(files)["allow_builds"] == ("bcrypt",)
    assert "build-scripts" in codes(files)


@pytest.mark.parametrize("manager", ["pnpm@9.15.0", "yarn@4.13.0", "npm@11.0.0", "yarn@1.22.22", "bun@1.2.0"])
def test_a_manager_that_runs_scripts_by_itself_is_told_nothing(manager: str) -> None:
    assert "allow_builds" not in facts(with_bcrypt(packageManager=manager))


def test_what_the_project_decided_stands() -> None:
    allowed = with_bcrypt(packageManager="pnpm@10.1.0", pnpm={"onlyBuiltDependencies": ["bcrypt"]})
    refused = {
        **with_bcrypt(packageManager="pnpm@12.0.0"),
        "pnpm-workspace.yaml": "allowBuilds:\n  bcrypt: false\n",
    }
    assert "allow_builds" not in facts(allowed)
    assert "allow_builds" not in facts(refused)


def test_pnpm_12_does_not_heed_the_old_list() -> None:
    files = with_bcrypt(packageManager="pnpm@12.0.0", pnpm={"onlyBuiltDependencies": ["bcrypt"]})
    assert facts(files)["allow_builds"] == ("bcrypt",)


def test_a_version_that_brings_its_binaries_needs_no_script() -> None:
    files = manifest(dependencies={"bcrypt": "^6.0.0"}, packageManager="pnpm@10.1.0")
    assert "allow_builds" not in facts(files)


# -- old tools on a new Node.js


@pytest.mark.parametrize(
    "asked", [{"react-scripts": "4.0.3"}, {"@vue/cli-service": "~4.5.0"}, {"webpack": "^4.46"}]
)
def test_an_old_webpack_gets_the_old_hashes(asked: dict[str, str]) -> None:
    found = facts(manifest(devDependencies=asked))
    assert found["build_environment"] == {"NODE_OPTIONS": "--openssl-legacy-provider"}
    assert "build_environment" not in facts(manifest(devDependencies=asked), "16")


def test_a_new_webpack_does_not() -> None:
    assert "build_environment" not in facts(
        manifest(devDependencies={"react-scripts": "5.0.1", "webpack": "^5"})
    )


# -- nothing that a project holds is an error


@given(st.dictionaries(st.sampled_from(sorted(LOCKS)), st.text(max_size=200), max_size=4))
def test_no_lock_file_is_too_odd(locks: dict[str, str]) -> None:
    assert "package_manager" in facts({**manifest(), **locks})


@given(
    st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(max_size=8)), max_size=4)
)
def test_no_settings_are_too_odd(settings: dict[str, Any]) -> None:
    text = json.dumps(settings)
    said = {"packageManager": settings, "devEngines": settings, "volta": settings, "pnpm": settings}
    files = {
        **manifest(**said),
        ".yarnrc.yml": text,
        "pnpm-workspace.yaml": text,
        "bunfig.toml": text,
        ".npmrc": text,
    }
    assert "manifests" in facts(files)
