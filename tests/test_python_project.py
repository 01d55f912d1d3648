"""What manifests and lock files of Python projects say, for every package manager."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold.model import Fact
from scaffold.reading.tree import Tree

if TYPE_CHECKING:  # in the repository, where checkers read, detectors/ is beside the package
    from detectors.python.packages.constraints import parse_constraint
    from detectors.python.packages.project import Project, read_project
    from detectors.python.packages.requirements import production_files, read_requirements
else:
    from scaffold.detectors.python.packages.constraints import parse_constraint
    from scaffold.detectors.python.packages.project import Project, read_project
    from scaffold.detectors.python.packages.requirements import production_files, read_requirements

UV = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["flask>=3"]\n'
UV_LOCK = """version = 1
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [
    { name = "flask" },
]

[package.dev-dependencies]
dev = [
    { name = "pytest" },
]

[package.metadata]
requires-dist = [{ name = "flask", specifier = ">=3" }]

[package.metadata.requires-dev]
dev = [{ name = "pytest" }]

[[package]]
name = "flask"
version = "3.1.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "markupsafe" },
]
wheels = [
    { url = "https://files.pythonhosted.org/packages/aa/flask-3.1.0-py3-none-any.whl", hash = "sha256:00" },
]

[[package]]
name = "colorama"
version = "0.4.6"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "markupsafe"
version = "3.0.2"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "pytest"
version = "9.0.0"
source = { registry = "https://pypi.org/simple" }
"""
UV_DEV = UV + '[dependency-groups]\ndev = ["pytest"]\n'


def read(files: dict[str, str], **answers: Any) -> Project:
    said = {key: Fact(value, "answer: flag") for key, value in answers.items()}
    project = read_project(Tree(files), said)
    assert project is not None
    return project


def codes(project: Project) -> list[str]:
    return [warning.code for warning in project.warnings]


def value(fact: Fact | None) -> Any:
    assert fact is not None
    return fact.value


# -- what is a Python project at all


def test_an_empty_folder_is_no_project() -> None:
    assert read_project(Tree({}), {}) is None


def test_a_pyproject_that_configures_tools_only_is_no_project() -> None:
    assert read_project(Tree({"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}), {}) is None


@pytest.mark.parametrize(
    "path", ["main.py", "app.py", "bot.py", "manage.py", "crawl.py", "src/main.py", "shop/__main__.py"]
)
def test_a_folder_with_code_only_is_a_project_that_nothing_installs(path: str) -> None:
    project = read({path: "print(1)"})
    assert project.because == path
    assert project.package_manager is None
    assert project.is_closed


def test_a_pyproject_of_tools_with_code_beside_it_is_a_project() -> None:
    project = read({"pyproject.toml": "[tool.ruff]\n", "bot.py": "print(1)"})
    assert project.because == "bot.py"
    assert project.package_manager is None


@pytest.mark.parametrize("path", ["conftest.py", "noxfile.py", "tasks.py"])
def test_what_other_tools_run_is_no_program(path: str) -> None:
    assert read_project(Tree({path: "x = 1"}), {}) is None


def test_conda_alone_is_out_of_reach_and_that_is_said() -> None:
    text = "dependencies:\n  - python=3.11\n  - conda-forge::numpy=1.26\n  - pip:\n    - flask==3.0\n"
    project = read({"environment.yml": text})
    assert codes(project) == ["conda"]
    assert project.has("flask") == Fact("3.0", "environment.yml:5")
    assert project.has("numpy")
    assert value(project.requires_python) == "==3.11.*"


def test_conda_beside_a_requirement_file_is_left_alone() -> None:
    project = read({"environment.yml": "dependencies: [numpy]", "requirements.txt": "flask==3.0\n"})
    assert codes(project) == []
    assert value(project.package_manager) == "pip"


# -- which package manager


def test_a_lock_file_wins_over_requirements() -> None:
    project = read({"pyproject.toml": UV, "uv.lock": UV_LOCK, "requirements.txt": "flask==3.1.0\n"})
    assert project.package_manager == Fact("uv", "uv.lock")


def test_files_of_two_tools_that_disagree_are_a_warning_with_the_line() -> None:
    project = read({"pyproject.toml": UV_DEV, "uv.lock": UV_LOCK, "requirements.txt": "# web\nflask==2.0\n"})
    warning = next(w for w in project.warnings if w.code == "managers-disagree")
    assert warning.source == "requirements.txt:2"
    assert "3.1.0 in uv.lock" in warning.message


def test_of_two_lock_files_the_one_with_a_table_wins() -> None:
    text = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.11"\n'
    project = read({"pyproject.toml": text, "uv.lock": UV_LOCK, "poetry.lock": "[metadata]\n"})
    assert project.package_manager == Fact("poetry", "poetry.lock")
    assert "several-managers" in codes(project)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": UV + "[tool.uv]\n"}, "uv"),
        ({"pyproject.toml": UV + '[build-system]\nbuild-backend = "uv_build"\n'}, "uv"),
        ({"pyproject.toml": UV + "[tool.pdm]\n"}, "pdm"),
        ({"pyproject.toml": '[tool.poetry]\nname = "shop"\n'}, "poetry"),
        ({"pyproject.toml": UV + '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n'}, "poetry"),
        ({"Pipfile": '[packages]\nflask = "*"\n'}, "pipenv"),
        ({"pyproject.toml": UV}, "pip"),
        ({"setup.py": "from setuptools import setup\nsetup(name='shop')"}, "pip"),
        ({"setup.cfg": "[metadata]\nname = shop\n"}, "pip"),
        ({"requirements/base.txt": "flask\n"}, "pip"),
    ],
)
def test_without_a_lock_the_table_or_the_back_end_says_which_tool(files: dict[str, str], name: str) -> None:
    assert value(read(files).package_manager) == name


def test_settings_of_uv_beside_requirements_do_not_make_it_a_project_of_uv() -> None:
    project = read({"pyproject.toml": "[tool.uv]\nindex-url = 'x'\n", "requirements.txt": "flask\n"})
    assert value(project.package_manager) == "pip"


def test_an_answer_comes_before_what_the_files_say() -> None:
    project = read(
        {"pyproject.toml": UV, "uv.lock": UV_LOCK, "requirements.txt": "flask\n"}, package_manager="pip"
    )
    assert project.package_manager == Fact("pip", "answer: flag")
    assert project.requirements == ("requirements.txt",)


def test_an_answer_names_the_groups() -> None:
    text = UV + '[dependency-groups]\ndocs = ["sphinx"]\n[tool.uv]\n'
    assert read({"pyproject.toml": text}, dev_groups="docs").has_dev("sphinx")


# -- uv


def test_the_closure_of_production_is_what_uv_reaches_from_the_project_on_linux() -> None:
    project = read({"pyproject.toml": UV_DEV, "uv.lock": UV_LOCK})
    assert set(project.locked) == {"flask", "markupsafe"}
    assert set(project.locked_dev) == {"pytest"}
    assert project.has("Flask") == Fact("3.1.0", "pyproject.toml:5")
    line = UV_LOCK.splitlines().index('name = "markupsafe"') + 1
    assert project.has("markupsafe") == Fact("3.0.2", f"uv.lock:{line}")
    assert project.has("pytest") is None
    assert value(project.has_dev("pytest")) == "9.0.0"
    assert project.locked["flask"].wheels == ("flask-3.1.0-py3-none-any.whl",)


def test_a_lock_of_uv_in_date_is_locked() -> None:
    project = read({"pyproject.toml": UV_DEV, "uv.lock": UV_LOCK})
    assert project.fresh == Fact(True, "uv.lock")
    assert codes(project) == []


@pytest.mark.parametrize(
    "edit",
    [
        ('"flask>=3"', '"flask>=3", "httpx"'),
        ('"flask>=3"', '"flask>=4"'),
        ('"flask>=3"', '"flask[async]>=3"'),
        ('["flask>=3"]', "[]"),
        ('">=3.11"', '">=3.12"'),
        ('["pytest"]', '["pytest", "coverage"]'),
    ],
)
def test_a_lock_of_uv_out_of_date_is_said(edit: tuple[str, str]) -> None:
    project = read({"pyproject.toml": UV_DEV.replace(*edit), "uv.lock": UV_LOCK})
    assert value(project.fresh) is False
    assert "lock-outdated" in codes(project)


def test_the_same_specifier_in_other_words_is_in_date() -> None:
    text = UV_DEV.replace('"flask>=3"', "\"Flask >= 3 ; python_version > '3.8'\"").replace(
        ">=3.11", ">= 3.11"
    )
    assert value(read({"pyproject.toml": text, "uv.lock": UV_LOCK}).fresh) is True


def test_no_lock_is_said() -> None:
    project = read({"pyproject.toml": UV + "[tool.uv]\n"})
    assert codes(project) == ["lock-missing"]
    assert value(project.fresh) is False


def test_a_project_without_build_system_is_not_installed_by_uv() -> None:
    assert value(read({"pyproject.toml": UV, "uv.lock": UV_LOCK}).installable) is False


def test_members_of_a_workspace_need_no_sources_first_where_the_lock_is_in_date() -> None:
    lock = UV_LOCK.replace('{ name = "flask", specifier = ">=3" }', '{ name = "lib", editable = "libs/lib" }')
    lock = lock.replace('    { name = "flask" },', '    { name = "lib" },')
    lock += '\n[[package]]\nname = "lib"\nversion = "1"\nsource = { editable = "libs/lib" }\n'
    sources = '[tool.uv.sources]\nlib = { workspace = true }\n[tool.uv.workspace]\nmembers = ["libs/*"]\n'
    text = UV_DEV.replace('"flask>=3"', '"lib"') + sources
    files = {"pyproject.toml": text, "uv.lock": lock, "libs/lib/pyproject.toml": '[project]\nname = "lib"\n'}
    project = read(files)
    assert project.sources_first is None
    assert project.manifests == ("pyproject.toml", "uv.lock")
    assert project.local == ("libs/lib",)
    assert value(project.installable) is True
    del files["uv.lock"]
    project = read(files)
    assert value(project.sources_first) is True
    assert "libs/lib/pyproject.toml" in project.manifests


def test_extras_and_groups_of_production_are_taken_by_their_names_only() -> None:
    text = UV + '[project.optional-dependencies]\nprod = ["gunicorn"]\nlint = ["ruff"]\n'
    text += '[dependency-groups]\ntest = ["pytest", {include-group = "types"}]\ntypes = ["mypy"]\n[tool.uv]\n'
    project = read({"pyproject.toml": text})
    assert (project.extras, project.groups, project.dev_groups) == (("prod",), (), ("test",))
    assert project.has("gunicorn")
    assert project.has("ruff") is None
    assert project.has_dev("mypy")


def test_groups_that_include_each_other_end() -> None:
    text = (
        UV
        + '[dependency-groups]\ndev = [{include-group = "test"}]\n'
        + 'test = [{include-group = "dev"}, "pytest"]\n'
    )
    assert read({"pyproject.toml": text + "[tool.uv]\n"}).has_dev("pytest")


# -- Poetry


def poetry_lock(manifest: dict[str, Any], packages: str = "", written: str = "2.3.0") -> str:
    """Return a lock as Poetry writes it: its hash is of `manifest`, its relevant content."""
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    return (
        f"# This file is automatically @generated by Poetry {written} and should not be changed.\n"
        f'{packages}\n[metadata]\nlock-version = "2.1"\ncontent-hash = "{digest}"\n'
    )


OLD = {
    "dependencies": {"python": "^3.11", "flask": "^3.0"},
    "source": None,
    "extras": None,
    "dev-dependencies": None,
}
OLD_TEXT = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.11"\nflask = "^3.0"\n'


def test_the_hash_of_poetry_1_is_understood() -> None:
    project = read(
        {"pyproject.toml": OLD_TEXT, "poetry.lock": poetry_lock(OLD, written="1.8.2"), "shop/__init__.py": ""}
    )
    assert value(project.fresh) is True


def test_the_hash_of_poetry_2_is_understood_with_and_without_groups() -> None:
    text = UV + '[dependency-groups]\ndev = ["pytest"]\n[tool.poetry]\npackage-mode = false\n'
    said = {"requires-python": ">=3.11", "dependencies": ["flask>=3"]}
    whole = {"project": said, "dependency-groups": {"dev": ["pytest"]}, "tool": {"poetry": {}}}
    before = {"project": said, "tool": {"poetry": {}}}
    for content in (whole, before):
        assert value(read({"pyproject.toml": text, "poetry.lock": poetry_lock(content)}).fresh) is True


def test_a_lock_of_poetry_out_of_date_is_said() -> None:
    project = read({"pyproject.toml": OLD_TEXT + 'httpx = "*"\n', "poetry.lock": poetry_lock(OLD)})
    assert "lock-outdated" in codes(project)


def test_groups_of_a_lock_of_poetry_tell_production_from_development() -> None:
    packages = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\ngroups = ["{group}"]\n'
        f'files = [{{file = "{name}-1-py3-none-any.whl"}}]\n'
        for name, group in (("flask", "main"), ("pytest", "dev"), ("sphinx", "docs"))
    )
    text = OLD_TEXT + '[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
    project = read({"pyproject.toml": text, "poetry.lock": poetry_lock(OLD, packages)})
    assert (set(project.locked), set(project.locked_dev)) == ({"flask"}, {"pytest"})


def test_an_old_lock_of_poetry_without_groups_is_walked() -> None:
    packages = (
        '[[package]]\nname = "flask"\nversion = "3"\n[package.dependencies]\nwerkzeug = "*"\n'
        'colorama = {version = "*", markers = "sys_platform == \\"win32\\""}\n'
        '[[package]]\nname = "werkzeug"\nversion = "3"\n[[package]]\nname = "colorama"\nversion = "1"\n'
        '[[package]]\nname = "pytest"\nversion = "8"\n'
    )
    project = read({"pyproject.toml": OLD_TEXT, "poetry.lock": poetry_lock(OLD, packages)})
    assert set(project.locked) == {"flask", "werkzeug"}


def test_dev_dependencies_in_the_old_style_are_for_development() -> None:
    project = read({"pyproject.toml": OLD_TEXT + '[tool.poetry.dev-dependencies]\npytest = "^8"\n'})
    assert project.dev_groups == ("dev",)
    assert project.has_dev("pytest")
    assert project.has("pytest") is None


def test_optional_dependencies_of_poetry_need_their_extra() -> None:
    text = OLD_TEXT + 'gunicorn = {version = "*", optional = true}\n'
    assert read({"pyproject.toml": text}).has("gunicorn") is None
    assert read({"pyproject.toml": text + '[tool.poetry.extras]\nprod = ["gunicorn"]\n'}).has("gunicorn")


def test_a_path_dependency_of_poetry_wants_the_sources_first() -> None:
    project = read({"pyproject.toml": OLD_TEXT + 'lib = {path = "libs/lib", develop = true}\n'})
    assert project.sources_first == Fact(True, "pyproject.toml:6")
    assert project.local == ("libs/lib",)


# -- PDM and Pipenv


def test_the_hash_of_pdm_is_understood() -> None:
    content = {
        "sources": [],
        "dependencies": ["flask>=3"],
        "dev-dependencies": {"test": ["pytest"]},
        "optional-dependencies": {},
        "requires-python": ">=3.11",
        "resolution": {},
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    lock = (
        f'[metadata]\nlock_version = "4.5.0"\ncontent_hash = "sha256:{digest}"\n'
        '[[package]]\nname = "flask"\nversion = "3.1"\ngroups = ["default"]\n'
        'files = [{file = "flask-3.1-py3-none-any.whl"}]\n'
        '[[package]]\nname = "pytest"\nversion = "9"\ngroups = ["test"]\n'
    )
    text = UV + '[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n'
    project = read({"pyproject.toml": text, "pdm.lock": lock})
    assert value(project.fresh) is True
    assert (set(project.locked), set(project.locked_dev)) == ({"flask"}, {"pytest"})
    assert value(read({"pyproject.toml": text.replace("flask>=3", "flask"), "pdm.lock": lock}).fresh) is False


def test_pdm_installs_no_project_that_is_no_distribution() -> None:
    text = UV + '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n[tool.pdm]\n'
    assert value(read({"pyproject.toml": text}).installable) is True
    assert value(read({"pyproject.toml": text + "distribution = false\n"}).installable) is False


PIPFILE = (
    '[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\nverify_ssl = true\n'
    '[packages]\nFlask = "*"\n[dev-packages]\npytest = "*"\n'
)


@pytest.mark.parametrize("name", ["Flask", "flask"])
def test_the_hash_of_pipenv_is_understood_old_and_new(name: str) -> None:
    source = {"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}
    content = {
        "_meta": {"sources": [source], "requires": {}},
        "default": {name: "*"},
        "develop": {"pytest": "*"},
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    lock = {
        "_meta": {"hash": {"sha256": digest}},
        "default": {
            "flask": {"version": "==3.1.0"},
            "colorama": {"version": "==1", "markers": "os_name == 'nt'"},
        },
        "develop": {"pytest": {"version": "==9"}},
    }
    project = read({"Pipfile": PIPFILE, "Pipfile.lock": json.dumps(lock)})
    assert value(project.fresh) is True
    assert project.locked["flask"].version == "3.1.0"
    assert (set(project.locked), set(project.locked_dev)) == ({"flask"}, {"pytest"})
    assert "lock-outdated" in codes(
        read({"Pipfile": PIPFILE + 'six = "*"\n', "Pipfile.lock": json.dumps(lock)})
    )


# -- requirement files


def test_included_files_are_read_and_are_manifests() -> None:
    files = {
        "requirements.txt": "-r requirements/prod.txt\n",
        "requirements/prod.txt": "-r base.txt\n-c pins.txt\ngunicorn\n",
    }
    files |= {"requirements/base.txt": "flask==3.0\n", "requirements/pins.txt": "gunicorn==23.0\n"}
    project = read(files)
    assert project.has("flask") == Fact("3.0", "requirements/base.txt:1")
    assert set(project.manifests) == set(files)
    assert project.requirements == ("requirements.txt",)


def test_circles_of_includes_are_cut() -> None:
    found = read_requirements(Tree({"a.txt": "-r b.txt\nflask\n", "b.txt": "-ra.txt\nsix\n"}), "a.txt")
    assert [item.name for item in found.dependencies] == ["six", "flask"]


def test_an_include_that_leads_out_of_the_project_is_a_warning() -> None:
    tree = Tree({"requirements.txt": "-r ../../etc/passwd\n-r gone.txt\n"})
    read_project(tree, {})
    assert [(w.code, w.source) for w in tree.warnings] == [
        ("outside", "requirements.txt:1"),
        ("missing-file", "requirements.txt:2"),
    ]


def test_continued_lines_comments_hashes_and_options_are_understood() -> None:
    text = (
        "# web\n--index-url https://pypi.org/simple\nFlask[async] == 3.0 ; python_version > '3.8' \\\n"
        "    --hash=sha256:aa \\\n    --hash=sha256:bb\n\nsix==1.16 # why\n"
    )
    found = read_requirements(Tree({"requirements.txt": text}), "requirements.txt")
    assert [(i.name, i.pin, i.source) for i in found.dependencies] == [
        ("flask", "3.0", "requirements.txt:3"),
        ("six", "1.16", "requirements.txt:7"),
    ]
    assert found.hashed
    assert found.is_closure


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("git+https://github.com/acme/tool.git@v1#egg=acme-tool", "acme-tool"),
        ("git+https://github.com/acme/tool.git@v1", "tool"),
        ("acme-tool @ git+https://github.com/acme/tool.git", "acme-tool"),
        ("-e git+https://github.com/acme/tool.git#egg=Acme_Tool", "acme-tool"),
        ("https://example.org/acme_tool-1.0-py3-none-any.whl", "acme-tool"),
    ],
)
def test_packages_from_elsewhere_have_names(line: str, name: str) -> None:
    project = read({"requirements.txt": line + "\n"})
    assert project.has(name)
    assert (project.needs_git is not None) == ("git+" in line)


@pytest.mark.parametrize("line", ["-e .", ".", "--editable .", "-e .[web]", "file:."])
def test_a_requirement_file_that_names_the_project_wants_the_sources_first(line: str) -> None:
    files = {
        "requirements.txt": f"{line}\nflask\n",
        "setup.py": "from setuptools import setup\nsetup(packages=['shop'])",
    }
    project = read(files)
    assert project.sources_first == Fact(True, "requirements.txt:1")
    assert value(project.installable) is True


def test_a_local_folder_has_the_name_of_its_own_project() -> None:
    project = read(
        {
            "requirements.txt": "./libs/thing\n",
            "libs/thing/pyproject.toml": '[project]\nname = "Acme.Thing"\n',
        }
    )
    assert project.has("acme-thing")
    assert project.local == ("libs/thing",)


def test_what_never_holds_on_linux_is_not_needed() -> None:
    project = read({"requirements.txt": "pywin32==1 ; sys_platform == 'win32'\nflask==3\n"})
    assert project.has("pywin32") is None
    assert project.has("flask")


def test_a_name_is_compared_whole_and_normalised() -> None:
    project = read({"requirements.txt": "pytest_playwright\nFlask.Login\n"})
    assert project.has("playwright") is None
    assert project.has("flask_login")


def test_a_file_that_a_tool_compiled_holds_the_whole_closure() -> None:
    plain = read({"requirements.txt": "flask==3.0\nwerkzeug==3.0\n"})
    compiled = read(
        {"requirements.txt": "flask==3.0\n    # via -r requirements.in\nwerkzeug==3.0\n    # via flask\n"}
    )
    assert not plain.is_closed
    assert codes(plain) == []
    assert compiled.is_closed
    assert set(compiled.locked) == {"flask", "werkzeug"}


def test_open_versions_are_said() -> None:
    project = read({"requirements.txt": "flask\nsix==1.16\n"})
    assert [w.message for w in project.warnings if w.code == "lock-missing"] == [
        "leaves 1 of 2 versions open, so that another day brings others"
    ]


def test_requirements_of_windows_are_read() -> None:
    assert read({"requirements.txt": "flask==3.0\r\nsix==1.16\r\n"}).has("six")


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        (["requirements.txt", "requirements/prod.txt"], "requirements.txt"),
        (["requirements/base.txt", "requirements/production.txt"], "requirements/production.txt"),
        (["requirements/base.txt", "requirements/dev.txt"], "requirements/base.txt"),
        (["requirements.in"], "requirements.in"),
        (["requirements.in", "requirements.txt"], "requirements.txt"),
    ],
)
def test_the_file_of_production_is_found(paths: list[str], chosen: str) -> None:
    assert production_files(Tree(dict.fromkeys(paths, "flask\n"))) == (chosen,)


def test_a_file_of_production_that_includes_the_plain_one_wins() -> None:
    tree = Tree({"requirements.txt": "flask\n", "requirements-prod.txt": "-r requirements.txt\ngunicorn\n"})
    assert production_files(tree) == ("requirements-prod.txt",)


@pytest.mark.parametrize(
    "path", ["requirements-dev.txt", "dev-requirements.txt", "requirements/test.txt", "requirements_dev.txt"]
)
def test_files_of_development_are_found(path: str) -> None:
    project = read({"requirements.txt": "flask\n", path: "-r requirements.txt\npytest==9\n"})
    assert project.requirements_dev == (path,)
    assert value(project.has_dev("pytest")) == "9"


# -- setup.py, setup.cfg and the project as a package

SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
HATCHLING = SETUPTOOLS.replace("setuptools.build_meta", "hatchling.build").replace("setuptools", "hatchling")
POETRY_CORE = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'


def test_setup_py_is_read_and_never_run() -> None:
    text = (
        "import os\nos.abort()\nfrom setuptools import setup\nNEEDS = ['flask>=3']\n"
        "setup(name='shop', packages=['shop'], install_requires=NEEDS + ['six'], python_requires='>=3.10',\n"
        "      extras_require={'dev': ['pytest']},\n"
        "      entry_points={'console_scripts': ['shop = shop.cli:main']})\n"
    )
    project = read({"setup.py": text})
    assert project.name == Fact("shop", "setup.py:5")
    assert [item.name for item in project.dependencies] == ["flask", "six"]
    assert [(s.name, s.target) for s in project.scripts] == [("shop", "shop.cli:main")]
    assert project.has_dev("pytest")
    assert value(project.requires_python) == ">=3.10"
    assert value(project.sources_first) is True


def test_setup_cfg_is_read() -> None:
    text = "[metadata]\nname = shop\n[options]\ninstall_requires =\n    flask>=3\n    # why\n    six\n"
    text += "python_requires = >=3.10\n"
    project = read(
        {"setup.cfg": text + "[options.entry_points]\nconsole_scripts =\n    shop = shop.cli:main\n"}
    )
    assert [item.source for item in project.dependencies] == ["setup.cfg:5", "setup.cfg:7"]
    assert project.scripts[0].target == "shop.cli:main"


def test_dependencies_that_the_back_end_reads_from_a_file_are_found() -> None:
    text = '[project]\nname = "shop"\ndynamic = ["dependencies"]\n'
    text += '[tool.setuptools.dynamic]\ndependencies = {file = ["needs.txt"]}\n'
    project = read({"pyproject.toml": text + SETUPTOOLS, "needs.txt": "flask==3.0\n"})
    assert project.has("flask") == Fact("3.0", "needs.txt:1")
    assert value(project.sources_first) is True


@pytest.mark.parametrize(
    ("manifest", "others", "obstacle"),
    [
        (UV + SETUPTOOLS, ["shop/__init__.py", "frontend/index.html"], "several packages"),
        (UV + SETUPTOOLS, ["app.py", "db.py"], "several modules"),
        (UV + HATCHLING, ["app/__init__.py"], "no package 'shop'"),
        (UV + POETRY_CORE, ["app/__init__.py"], "no package 'shop'"),
        (
            UV + POETRY_CORE + '[tool.poetry]\npackages = [{include = "gone"}]\n',
            ["shop/__init__.py"],
            "'gone'",
        ),
        (UV + '[build-system]\nbuild-backend = "flit_core.buildapi"\n', ["app.py"], "no module 'shop'"),
        (UV + '[build-system]\nbuild-backend = "uv_build"\n', ["shop/__init__.py"], "src/shop/__init__.py"),
        (
            UV.replace("dependencies", 'readme = "README.md"\ndependencies') + SETUPTOOLS,
            ["shop/__init__.py"],
            "README.md",
        ),
        (
            UV + SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {attr = "pages.shop.VERSION"}\n',
            ["shop/__init__.py"],
            "pages.shop.VERSION, which is not there",
        ),
    ],
)
def test_a_project_that_could_not_be_installed_is_not(
    manifest: str, others: list[str], obstacle: str
) -> None:
    """Field failure: `pip install .` of a flat layout, and a missing README that the build back end reads."""
    project = read({"pyproject.toml": manifest, **dict.fromkeys(others, "")})
    assert value(project.installable) is False
    warning = next(w for w in project.warnings if w.code == "not-installable")
    assert obstacle in warning.message


@pytest.mark.parametrize(
    ("manifest", "others"),
    [
        (UV + SETUPTOOLS, ["shop/__init__.py", "tests/test_a.py", "docs/a.md"]),
        (UV + SETUPTOOLS, ["src/shop/__init__.py", "frontend/a.js", "deploy/a.sh"]),
        (UV + SETUPTOOLS + '[tool.setuptools]\npackages = ["shop"]\n', ["shop/__init__.py", "web/a.py"]),
        (UV + SETUPTOOLS, ["shop.py", "setup.py"]),
        (
            UV + SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = {attr = "shop.VERSION"}\n',
            ["src/shop/__init__.py"],
        ),
        (UV + HATCHLING, ["src/shop/__init__.py"]),
        (UV + HATCHLING + '[tool.hatch.build.targets.wheel]\npackages = ["app"]\n', ["app/__init__.py"]),
        (UV + POETRY_CORE, ["shop/__init__.py"]),
        (UV + '[build-system]\nbuild-backend = "uv_build"\n', ["src/shop/__init__.py"]),
    ],
)
def test_a_project_that_is_a_package_is_installed(manifest: str, others: list[str]) -> None:
    project = read({"pyproject.toml": manifest, **dict.fromkeys(others, "")})
    assert value(project.installable) is True
    assert "not-installable" not in codes(project)


def test_what_the_build_reads_beside_the_code_is_kept_in_the_context() -> None:
    text = UV.replace("dependencies", 'readme = "README.md"\nlicense = {file = "LICENSE"}\ndependencies')
    files = {"pyproject.toml": text + SETUPTOOLS, "README.md": "", "LICENSE": "", "shop/__init__.py": ""}
    assert read(files).keep == ("README.md", "LICENSE")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            '[build-system]\nrequires = ["setuptools", "setuptools-scm>=8"]\n[tool.setuptools_scm]\n',
            "SETUPTOOLS_SCM_PRETEND_VERSION",
        ),
        (
            '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n',
            "SETUPTOOLS_SCM_PRETEND_VERSION",
        ),
        ('[build-system]\nrequires = ["pbr", "setuptools"]\nbuild-backend = "pbr.build"\n', "PBR_VERSION"),
        (
            '[build-system]\nbuild-backend = "pdm.backend"\n[tool.pdm.version]\nsource = "scm"\n',
            "PDM_BUILD_SCM_VERSION",
        ),
    ],
)
def test_a_version_from_tags_is_pretended(text: str, name: str) -> None:
    """Field failure: a build that reads .git, which is not in the context."""
    manifest = '[project]\nname = "shop"\ndynamic = ["version"]\n' + text
    project = read({"pyproject.toml": manifest, "shop/__init__.py": ""})
    assert list(project.build_environment) == [name]
    assert project.facts["build_environment"].source.startswith("pyproject.toml:")


def test_requirements_that_do_not_name_the_project_are_all_that_is_installed() -> None:
    files = {"requirements.txt": "flask==3\n", "pyproject.toml": UV + SETUPTOOLS, "shop/__init__.py": ""}
    assert value(read(files).installable) is False
    files["pyproject.toml"] += '[project.scripts]\nshop = "shop:main"\n'
    assert value(read(files).installable) is True


def test_plain_dependencies_of_pyproject_are_installed_from_it() -> None:
    project = read({"pyproject.toml": UV, "app.py": ""})
    assert project.requirements == ("pyproject.toml",)
    assert value(project.installable) is False
    assert project.sources_first is None


# -- credentials

INDEX = '[[tool.uv.index]]\nname = "acme-internal"\nurl = "{url}"\n'


def test_a_private_index_of_uv_asks_for_its_credentials() -> None:
    project = read({"pyproject.toml": UV + INDEX.format(url="https://py.acme.example/simple")})
    assert [secret.id for secret in project.secrets] == [
        "UV_INDEX_ACME_INTERNAL_USERNAME",
        "UV_INDEX_ACME_INTERNAL_PASSWORD",
    ]
    assert project.secrets[0].source == "pyproject.toml:8"


def test_a_public_index_asks_for_nothing() -> None:
    assert (
        read({"pyproject.toml": UV + INDEX.format(url="https://download.pytorch.org/whl/cpu")}).secrets == ()
    )


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (
            {
                "requirements.txt": "--extra-index-url https://${PYPI_USER}:${PYPI_TOKEN}@py.acme.example/simple\nflask\n"
            },
            ["PYPI_USER", "PYPI_TOKEN"],
        ),
        (
            {"requirements.txt": "acme @ git+https://${GITHUB_TOKEN}@github.com/acme/acme.git\n"},
            ["GITHUB_TOKEN"],
        ),
        ({"requirements.txt": "-i https://py.acme.example/simple\nflask\n"}, ["netrc"]),
        (
            {"Pipfile": '[[source]]\nname = "a"\nurl = "https://$USER:${TOKEN}@py.acme.example/simple"\n'},
            ["USER", "TOKEN"],
        ),
        (
            {
                "pyproject.toml": '[tool.poetry]\nname = "a"\n[[tool.poetry.source]]\nname = "acme"\nurl = "https://py.acme.example/simple"\n'
            },
            ["POETRY_HTTP_BASIC_ACME_USERNAME", "POETRY_HTTP_BASIC_ACME_PASSWORD"],
        ),
        (
            {
                "pyproject.toml": UV
                + '[[tool.pdm.source]]\nname = "a"\nurl = "https://${PDM_TOKEN}@py.acme.example/simple"\n'
            },
            ["PDM_TOKEN"],
        ),
    ],
)
def test_credentials_of_indexes_are_build_secrets(files: dict[str, str], names: list[str]) -> None:
    project = read(files)
    assert [secret.id for secret in project.secrets] == names
    assert "literal-secret" not in codes(project)


@pytest.mark.parametrize(
    "url", ["https://me:hunter2@py.acme.example/simple", "https://ghp_hunter2@py.acme.example/simple"]
)
def test_a_literal_credential_is_a_warning_that_does_not_repeat_it(url: str) -> None:
    project = read({"requirements.txt": f"--index-url {url}\nflask==3\n"})
    warning = next(w for w in project.warnings if w.code == "literal-secret")
    assert warning.source == "requirements.txt:1"
    assert "hunter2" not in repr(project.warnings) + repr(project.facts)


def test_git_by_ssh_is_a_warning() -> None:
    project = read({"requirements.txt": "git+ssh://git@github.com/acme/acme.git#egg=acme\n"})
    assert "private-git" in codes(project)
    assert project.needs_ssh
    assert project.needs_git


# -- constraints


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("^3.8", ["3.8", "3.14"], ["3.7", "4.0"]),
        ("^0.2.3", ["0.2.9"], ["0.3.0"]),
        ("~3.10", ["3.10.4"], ["3.11"]),
        ("~=3.10", ["3.10", "3.14"], ["3.9", "4.0"]),
        (">=3.8 <3.12", ["3.8", "3.11.9"], ["3.12"]),
        (">=3.8,<4.0,!=3.9.7", ["3.9.8"], ["3.9.7"]),
        ("3.8.* || ^3.11", ["3.8.2", "3.12"], ["3.9"]),
        ("*", ["2.7", "3.14"], []),
        ("3.12", ["3.12"], ["3.13"]),
        ("==3.12.*", ["3.12.4"], ["3.13"]),
    ],
)
def test_constraints_of_poetry_and_pep_440_are_one_kind(
    text: str, allowed: list[str], refused: list[str]
) -> None:
    constraint = parse_constraint(text)
    assert constraint is not None
    assert [version for version in allowed if not constraint.allows(version)] == []
    assert [version for version in refused if constraint.allows(version)] == []


@pytest.mark.parametrize("text", [">=", "three", "^x", "3.8 or so", "https://a"])
def test_what_is_no_constraint_is_none(text: str) -> None:
    assert parse_constraint(text) is None


# -- readers never raise

PATHS = (
    "pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "requirements.txt",
    "setup.py", "setup.cfg", "environment.yml", "pip.conf",
)  # fmt: skip
PIECES = (
    "[project]\n", "[tool.poetry]\n", "[tool.uv]\n", "[[package]]\n", "dependencies = ", "name = 3\n",
    "[1, 'a']\n",
    "groups = 1\n", "[tool.poetry.dependencies]\npython = {version = 3}\n", "[metadata]\n", "files = [1]\n",
    "[[tool.uv.index]]\nurl = 1\n", "-r ", "-e .\n", "flask==", "${A}", "https://a:b@c/", "setup(**x)\n",
    "setup(name=1, install_requires={})\n", "[options]\n", "dependencies: [1, {pip: x}]\n", '{"default": []}',
    '{"default": {"a": 1}}', "\\\n", "\0", "=", "[tool]\npoetry = 1\n", "[packages]\na = [1]\n", ";",
    "@ file:x",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))


@given(st.dictionaries(st.sampled_from(PATHS), TEXTS, max_size=5))
def test_no_text_makes_a_reader_raise(files: dict[str, str]) -> None:
    project = read_project(Tree(files), {})
    assert project is None or isinstance(project.facts, dict)


def test_pypi_under_its_old_name_is_asked_under_its_own() -> None:
    old = '[[source]]\nurl = "https://pypi.python.org/simple"\nname = "pypi"\n[packages]\nflask = "*"\n'
    found = read_project(Tree({"Pipfile": old}), {})
    assert found is not None
    assert found.facts["mirror"] == Fact("https://pypi.org/simple", "Pipfile:2")
    new = read_project(Tree({"Pipfile": old.replace("pypi.python.org", "pypi.org")}), {})
    assert new is not None
    assert "mirror" not in new.facts
