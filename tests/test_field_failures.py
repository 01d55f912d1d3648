"""Why other generators' files fail on real projects: each cause that can touch Python, from tree to text."""

from __future__ import annotations

import re

import pytest
from apps import FACTORY, FASTAPI, FLASK
from dockerfile import Ignore
from written import written

from scaffold.detect import detect
from scaffold.reading.tree import Tree

WEB = {"requirements.txt": "flask==3.1.2\ngunicorn==23.0.0\n"}

DJANGO = {
    "requirements.txt": "django==5.2\n",
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "from django.core.management import execute_from_command_line\n",
    "shop/__init__.py": "",
    "shop/settings.py": "from pathlib import Path\nBASE_DIR = Path(__file__).parent.parent\n"
    "ROOT_URLCONF = 'shop.urls'\nWSGI_APPLICATION = 'shop.wsgi.application'\n"
    "INSTALLED_APPS = ['django.contrib.staticfiles', 'shop']\nSTATIC_URL = 'static/'\n"
    "STATIC_ROOT = BASE_DIR / 'collected'\nMEDIA_ROOT = BASE_DIR / 'media'\n"
    "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}\n",
    "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
    "application = get_wsgi_application()\n",
}

UV = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["flask>=3"]\n'
UV_LOCK = """\
version = 1
requires-python = ">=3.12"

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "flask" }]

[package.metadata]
requires-dist = [{ name = "flask", specifier = ">=3" }]

[[package]]
name = "flask"
version = "3.1.2"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.pythonhosted.org/packages/flask-3.1.2-py3-none-any.whl" }]
"""

POETRY = (
    '[tool.poetry]\nname = "shop"\nversion = "1"\npackage-mode = false\n'
    '[tool.poetry.dependencies]\npython = "^3.8"\nflask = "^3"\n'
    '[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
)
PIPENV = '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n'


GUARDED = "def run():\n    print(1)\n\n\nif __name__ == '__main__':\n    run()\n"


# -- choosing what to run


def test_an_app_object_in_a_src_layout_is_found() -> None:
    """Seen: "an application object in a package or a `src` layout"."""
    made = written({**WEB, "src/shop/__init__.py": "", "src/shop/web.py": FLASK})
    assert made.command.endswith(" shop.web:app")
    environment = " ".join(each.rest for each in made.stages["prod"].all("ENV"))
    assert "PYTHONPATH=/app/src" in environment  # importable from the working directory chosen


def test_an_app_object_in_a_package_is_found() -> None:
    """Seen: "an application object in a package"."""
    assert written({**WEB, "shop/__init__.py": "", "shop/web.py": FLASK}).command.endswith(" shop.web:app")


def test_a_factory_is_called() -> None:
    """Seen: "a factory `create_app`"."""
    made = written({**WEB, "shop/__init__.py": FACTORY})
    assert '"shop:create_app()"' in made.files["Dockerfile"]


@pytest.mark.parametrize("name", ["service", "hello", "server"])
def test_a_file_may_have_another_name_than_app_or_main(name: str) -> None:
    """Seen: "a file with another name than `app.py` or `main.py`"."""
    assert written({**WEB, f"{name}.py": FLASK}).command.endswith(f" {name}:app")


CONSOLE = '[project]\nname = "shop"\nversion = "1"\n[project.scripts]\nsweep = "acme.cli:run"\n'


def test_a_console_command_is_installed_and_started() -> None:
    """Seen: "`[project.scripts]`"."""
    made = written({"pyproject.toml": CONSOLE, "acme/__init__.py": "", "acme/cli.py": "def run(): ...\n"})
    assert made.command == "sweep"
    assert "--editable ." in made.runs("build")


def test_a_console_command_that_nothing_installs_is_started_all_the_same() -> None:
    """Seen: "`[project.scripts]`", of a project that is no installable package."""
    backend = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    files = {"pyproject.toml": CONSOLE + backend, "acme/__init__.py": "", "acme/cli.py": "def run(): ...\n"}
    made = written(files)
    assert made.command == "python -c import sys; from acme.cli import run; sys.exit(run())"
    assert "--editable ." not in made.files["Dockerfile"]


def test_an_app_that_only_a_procfile_names_is_served() -> None:
    """Seen: "an app only named in a Procfile": nothing in the module says what makes the object."""
    made = written(
        {
            **WEB,
            "Procfile": "web: gunicorn shop.site:handler\n",
            "shop/__init__.py": "",
            "shop/site.py": "from shop.made import make\nhandler = make()\n",
            "shop/made.py": "import flask\n\n\ndef make():\n    return flask.Flask('shop')\n",
        }
    )
    assert made.command.endswith(" shop.site:handler")
    assert made.plan.values["main"].source == "Procfile:1"


def test_a_celery_module_is_a_worker_with_its_broker() -> None:
    """Seen: "an app only named in … a Celery module"; "needs … a broker"."""
    code = "from celery import Celery\nqueue = Celery('shop', broker='redis://localhost')\n"
    made = written(
        {"requirements.txt": "celery\nredis\n", "tasks/__init__.py": "", "tasks/queue.py": code},
    )
    assert made.command.startswith("celery -A tasks.queue:queue worker")
    assert made.compose["worker"]["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert "localhost-service" in made.codes


@pytest.mark.parametrize("name", ["Flask", "flask-example"])
def test_a_distributions_name_is_no_module(name: str) -> None:
    """Seen: "the distribution's name (`flask-example`, `Flask`) used as a module's name"."""
    manifest = f'[project]\nname = "{name}"\nversion = "1"\ndependencies = ["flask"]\n'
    made = written({"pyproject.toml": manifest, "hello.py": FLASK})
    assert made.command.endswith(" hello:app")
    assert "-m" not in made.command.split()


def test_a_package_without_a_main_module_is_not_run_as_one() -> None:
    """Seen: "`python -m PACKAGE` for a package without `__main__`"."""
    guarded = "def run():\n    print(1)\n\n\nif __name__ == '__main__':\n    run()\n"
    without = written({**WEB, "shop/__init__.py": "", "shop/cli.py": guarded})
    assert without.command == "python -m shop.cli"
    package = written({**WEB, "shop/__init__.py": "", "shop/__main__.py": guarded})
    assert package.command == "python -m shop"
    procfile = {"Procfile": "worker: python -m shop\n", "shop/__init__.py": "", "shop/cli.py": guarded}
    assert written({**WEB, **procfile}).command == "python -m shop.cli"


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("python sweep.py", {"sweep.py": GUARDED, "other.py": GUARDED}),
        ("$ python3 ./sweep.py --fast", {"sweep.py": "print(1)\n", "other.py": "print(2)\n"}),
    ],
)
def test_a_program_that_only_a_readme_names_is_started(line: str, files: dict[str, str]) -> None:
    """Seen: "or an app only named in a Procfile, a README"."""
    readme = {"requirements.txt": "rich\n", "README.md": f"# x\n\n```sh\n{line}\n```\n"}
    assert written({**readme, **files}).command == "python sweep.py"


def test_a_readme_decides_between_two_applications() -> None:
    """Seen: "or an app only named in a Procfile, a README"."""
    equals = {"one/__init__.py": "", "one/web.py": FLASK, "two/__init__.py": "", "two/web.py": FLASK}
    assert len(detect(Tree({**WEB, **equals})).ambiguities) == 1
    told = written({**WEB, **equals, "README.md": "    gunicorn two.web:app\n"})
    assert told.command.endswith(" two.web:app")


@pytest.mark.parametrize(
    ("line", "files", "server"),
    [
        ("python manage.py runserver 0.0.0.0:8000", DJANGO, "gunicorn"),
        ("flask --app hello run", {**WEB, "hello.py": FLASK}, "gunicorn"),
        (
            "uvicorn hello:app --reload",
            {"requirements.txt": "fastapi\nuvicorn\n", "hello.py": FASTAPI},
            "uvicorn",
        ),
        ("fastapi dev hello.py", {"requirements.txt": "fastapi[standard]\n", "hello.py": FASTAPI}, "uvicorn"),
    ],
)
def test_a_development_server_is_not_production(line: str, files: dict[str, str], server: str) -> None:
    """Seen: "a development server (… `flask run`, `manage.py runserver`) taken for production"."""
    made = written({**files, "Procfile": f"web: {line}\n"})
    assert not re.search(r"runserver|flask .*run|--reload|fastapi dev", made.command)
    assert made.command.split()[0] == server
    assert re.search(r" (?:hello:app|shop\.wsgi:application)\b", made.command)


# -- installing


@pytest.mark.parametrize(
    ("manifest", "install"),
    [
        ({"pyproject.toml": POETRY}, "poetry lock --no-interaction"),
        ({"Pipfile": PIPENV}, "pipenv install"),
        ({**WEB, "requirements.txt": "flask\n"}, "install --requirement requirements.txt"),
    ],
    ids=["poetry", "pipenv", "pip"],
)
def test_a_missing_lock_file_is_said_and_builds(manifest: dict[str, str], install: str) -> None:
    """Seen: "No lock file: `npm ci` fails. … Say so and fall back to what works; do not hide it"."""
    made = written({**manifest, "main.py": FLASK})
    assert "lock-missing" in made.codes
    assert install in made.runs("deps")


@pytest.mark.parametrize(
    ("files", "refused", "install"),
    [
        (
            {"Pipfile": PIPENV, "Pipfile.lock": '{"_meta": {"hash": {"sha256": "0"}}, "default": {}}'},
            "--deploy",
            "pipenv install",
        ),
        (
            {"pyproject.toml": POETRY, "poetry.lock": '[metadata]\nlock-version = "2.1"\n'
             'python-versions = "^3.8"\ncontent-hash = "0"\n'},
            "poetry install",
            "poetry lock --no-interaction",
        ),
        (
            {"pyproject.toml": UV.replace("flask>=3", "flask>=3\", \"rich"), "uv.lock": UV_LOCK},
            "--locked",
            "uv sync --no-default-groups",
        ),
    ],
    ids=["pipenv", "poetry", "uv"],
)  # fmt: skip
def test_a_lock_file_out_of_date_is_said_and_builds(
    files: dict[str, str], refused: str, install: str
) -> None:
    """Seen: "`pipenv install --deploy`, `poetry install`, `uv sync --locked` fail"."""
    made = written({**files, "main.py": FLASK})
    assert "lock-outdated" in made.codes
    assert install in made.runs("deps")
    assert refused not in made.files["Dockerfile"]


def test_a_lock_file_in_date_is_kept_to() -> None:
    """The fall-back of the line above is for the others only."""
    made = written({"pyproject.toml": UV, "uv.lock": UV_LOCK, "main.py": FLASK})
    assert not {"lock-missing", "lock-outdated"} & made.codes
    assert "uv sync --frozen" in made.runs("deps")


def test_a_release_that_the_lock_file_does_not_know_builds() -> None:
    """Seen (ihatemoney): its own version was raised, uv.lock was not, and `uv sync --locked` refuses that."""
    made = written(
        {"pyproject.toml": UV.replace('version = "', 'version = "9.'), "uv.lock": UV_LOCK, "main.py": FLASK}
    )
    assert not {"lock-missing", "lock-outdated"} & made.codes
    assert "uv sync --frozen" in made.runs("build")
    assert "--locked" not in made.files["Dockerfile"]


def test_what_poetry_no_longer_knows_is_not_written() -> None:
    """Seen: "`poetry install --no-dev` no longer exists"."""
    assert "--no-dev" not in written({"pyproject.toml": POETRY, "main.py": FLASK}).files["Dockerfile"]


@pytest.mark.parametrize(
    ("files", "adds"),
    [
        ({"Pipfile": PIPENV}, "pipenv sync --dev"),
        ({"pyproject.toml": POETRY}, "--with dev"),
        (
            {"pyproject.toml": UV + '[dependency-groups]\ndev = ["pytest"]\n', "uv.lock": UV_LOCK},
            "--group dev",
        ),
        ({**WEB, "requirements-dev.txt": "pytest\n"}, "--requirement requirements-dev.txt"),
    ],
    ids=["pipenv", "poetry", "uv", "pip"],
)
def test_test_tools_are_in_dev_alone(files: dict[str, str], adds: str) -> None:
    """Seen: "`pipenv install --dev` brings test tools into production"."""
    made = written({**files, "main.py": FLASK})
    assert adds in made.runs("dev")
    assert adds not in made.runs("deps", "build")
    sources = {copy.flag("from") for copy in made.stages["prod"].all("COPY")}
    assert sources <= {"build", "runtime"}  # nothing of dev


@pytest.mark.parametrize(
    ("files", "release"),
    [
        ({"pyproject.toml": UV.replace(">=3.12", ">=3.9,<4")}, None),
        ({"pyproject.toml": UV.replace(">=3.12", ">=3.9,<3.13")}, "3.12"),
        ({"pyproject.toml": POETRY}, None),
        ({**WEB, ".python-version": "# what we run\n3.12.4  # for now\n"}, "3.12"),
        ({**WEB, "runtime.txt": "python-3.13.1\n"}, "3.13"),
        ({**WEB, "runtime.txt": ">=\n"}, None),
        ({**WEB, ".python-version": ">= 3.9\n"}, None),
    ],
)
def test_a_version_is_parsed_and_not_pasted(files: dict[str, str], release: str | None) -> None:
    """Seen: "A Python version like `>=` or `^3.8` pasted into an image's tag (`python:>=-slim`)"."""
    made = written({**files, "main.py": FLASK})
    found = re.fullmatch(r"python:(3\.\d+)-slim-\w+", made.stages["base"].image)
    assert found
    assert release in (None, found[1])


def test_the_images_release_is_one_that_the_project_takes() -> None:
    """Seen: "`requires-python` or `.python-version` that is not the image's version: uv refuses"."""
    manifest = UV.replace(">=3.12", "==3.12.*")
    lock = UV_LOCK.replace(">=3.12", "==3.12.*")
    made = written({"pyproject.toml": manifest, "uv.lock": lock, "main.py": FLASK})
    assert made.stages["base"].image.startswith("python:3.12-")


@pytest.mark.parametrize(
    ("line", "build", "run"),
    [
        ("psycopg2", ("build-essential", "libpq-dev"), "libpq5"),
        ("mysqlclient", ("build-essential", "default-libmysqlclient-dev"), "libmariadb3"),
        ("lxml==4.9.1", ("build-essential", "libxml2-dev", "libxslt1-dev"), "libxml2"),
        ("Pillow==8.0.0", ("build-essential", "libjpeg-dev"), "libjpeg62-turbo"),
    ],
)
def test_headers_are_in_the_build_and_the_library_at_run(line: str, build: tuple[str, ...], run: str) -> None:
    """Seen: "psycopg2 (not `-binary`), mysqlclient … on a slim image without headers and compiler"."""
    files = {"requirements.txt": f"flask\ngunicorn\n{line}\n", ".python-version": "3.13\n", "main.py": FLASK}
    made = written(files)
    assert set(build) <= set(made.runs("deps").split())
    assert run in made.runs("base").split()
    assert not set(build) & set(made.runs("base", "prod").split())


@pytest.mark.parametrize(
    "line", ["cryptography==3.3.2", "cryptography==45.0.0", "Pillow==11.0.0", "lxml==5.3.0"]
)
def test_what_has_a_wheel_needs_no_compiler(line: str) -> None:
    """Seen: "cryptography, Pillow on a slim image without headers and compiler": those of today bring all."""
    files = {"requirements.txt": f"flask\ngunicorn\n{line}\n", ".python-version": "3.13\n", "main.py": FLASK}
    assert "apt-get" not in written(files).files["Dockerfile"]


def test_what_is_not_installable_is_not_installed() -> None:
    """Seen: "`pip install .` of an application that is not an installable package (flat layout …)"."""
    manifest = (
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n'
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    )
    made = written(
        {
            "pyproject.toml": manifest,
            "shop/__init__.py": FLASK,
            "data/__init__.py": "",
            "web/__init__.py": "",
        }
    )
    assert "not-installable" in made.codes
    assert not re.search(r"(?:--editable|install) \.", made.files["Dockerfile"])
    assert made.command.endswith(" shop:app")


def test_a_readme_that_is_declared_and_not_there_fails_no_build() -> None:
    """Seen: "a missing README that the build back end reads"."""
    manifest = (
        '[project]\nname = "shop"\nversion = "1"\nreadme = "README.md"\ndependencies = ["flask"]\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    )
    made = written({"pyproject.toml": manifest, "shop/__init__.py": FLASK})
    (warning,) = [each for each in made.plan.warnings if each.code == "not-installable"]
    assert "README.md" in warning.message
    assert "--editable ." not in made.files["Dockerfile"]


BACKEND = (
    '[project]\nname = "shop"\ndynamic = ["version"]\nreadme = "README.md"\n'
    'dependencies = ["flask", "gitlib @ git+https://git.example/gitlib@v1"]\n'
    '[build-system]\nrequires = ["setuptools", "{0}"]\nbuild-backend = "{1}"\n{2}'
)
SCM = BACKEND.format("setuptools-scm", "setuptools.build_meta", "[tool.setuptools_scm]\n")
VCS = BACKEND.format("hatch-vcs", "hatchling.build", '[tool.hatch.version]\nsource = "vcs"\n')


def test_the_readme_that_a_back_end_reads_enters_the_build() -> None:
    """Seen: "a missing README that the build back end reads"; "files that .dockerignore left out"."""
    made = written({"pyproject.toml": SCM, "README.md": "# Shop\n", "src/shop/__init__.py": FLASK})
    assert "README.md" not in Ignore(made.files[".dockerignore"])
    build = [(each.word, each.rest) for each in made.stages["build"].instructions]
    copied = build.index(("COPY", ". ."))
    (installed,) = [n for n, (word, rest) in enumerate(build) if word == "RUN" and "--editable ." in rest]
    assert copied < installed


def test_git_is_there_for_a_dependency_from_git() -> None:
    """Seen: "`git` needed by the module download"; in the build, and not in production."""
    made = written({"requirements.txt": "flask\ngit+https://git.example/gitlib@v1\n", "main.py": FLASK})
    assert "git" in made.runs("deps").split()
    assert "git" not in made.runs("base", "prod").split()


@pytest.mark.parametrize("manifest", [SCM, VCS], ids=["setuptools-scm", "hatch-vcs"])
def test_a_version_from_tags_needs_no_repository(manifest: str) -> None:
    """Seen: "A build that reads `.git` (version from tags: setuptools-scm, hatch-vcs)"."""
    made = written({"pyproject.toml": manifest, "README.md": "# Shop\n", "src/shop/__init__.py": FLASK})
    assert ".git" in Ignore(made.files[".dockerignore"])
    assert "SETUPTOOLS_SCM_PRETEND_VERSION=0+container" in made.runs("build")


# -- running

LOOPBACK = (
    ({**WEB, "main.py": FLASK + "if __name__ == '__main__':\n    app.run('127.0.0.1', 8080)\n"}, 8080),
    (
        {
            "requirements.txt": "fastapi\nuvicorn\n",
            "Procfile": "web: uvicorn main:app --host 127.0.0.1 --port 9001\n",
            "main.py": FASTAPI,
        },
        9001,
    ),
    ({**WEB, "Procfile": "web: gunicorn main:app --bind localhost:9002\n", "main.py": FLASK}, 9002),
)


@pytest.mark.parametrize("files", [files for files, _ in LOOPBACK])
def test_what_is_bound_to_loopback_is_put_right(files: dict[str, str]) -> None:
    """Seen: "Bound to 127.0.0.1, or to another port than the one exposed"."""
    command = written(files).command
    assert "127.0.0.1" not in command
    assert "localhost" not in command
    assert "0.0.0.0" in command


def test_loopback_that_only_the_code_can_put_right_is_said() -> None:
    """Seen: "Bound to 127.0.0.1": nothing that we write is before the code's own word."""
    code = (
        "from aiohttp import web\n\n\ndef main():\n"
        "    web.run_app(web.Application(), host='127.0.0.1', port=9100)\n\n\n"
        "if __name__ == '__main__':\n    main()\n"
    )
    made = written({"requirements.txt": "aiohttp\n", "main.py": code})
    assert "loopback" in made.codes


@pytest.mark.parametrize(("files", "port"), [*LOOPBACK, (DJANGO, 8000)])
def test_the_port_that_is_bound_is_the_one_exposed(files: dict[str, str], port: int) -> None:
    """Seen: "`PORT` set by the Dockerfile but not read by the code"."""
    made = written(files)
    prod = made.stages["prod"]
    assert [each.rest for each in prod.all("EXPOSE")] == [str(port)]
    assert re.search(rf"\b{port}\b", made.command)
    assert f"'127.0.0.1', {port}" in prod.all("HEALTHCHECK")[0].rest
    assert made.compose["web"]["ports"] == [f"127.0.0.1:${{PORT:-{port}}}:{port}"]


def test_a_database_that_is_needed_is_in_compose() -> None:
    """Seen: "Needs a database … to start, and nothing says so: that is what compose.yaml is for"."""
    code = FLASK + "import os\nimport psycopg\nbase = psycopg.connect(os.environ['DATABASE_URL'])\n"
    made = written({"requirements.txt": "flask\ngunicorn\npsycopg[binary]\n", "main.py": code})
    assert "healthcheck" in made.compose["postgres"]
    assert made.compose["web"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "@postgres:5432/" in made.compose["web"]["environment"]["DATABASE_URL"]
    assert "@postgres" not in made.files["Dockerfile"]


def test_a_required_variable_is_named() -> None:
    """Seen: "Needs … a required environment variable … and nothing says so"."""
    made = written({**WEB, "main.py": FLASK + "import os\nKEY = os.environ['PAYMENT_KEY']\n"})
    assert made.compose["web"]["environment"]["PAYMENT_KEY"]
    assert re.search(r"#\s+PAYMENT_KEY\b", made.files["compose.prod.yaml"])
    assert "PAYMENT_KEY" not in made.files["Dockerfile"]


ALEMBIC = {
    "requirements.txt": "flask\ngunicorn\nalembic\npsycopg[binary]\n",
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": "",
    "migrations/versions/one.py": "revision = 'one'\n",
    "main.py": FLASK + "import os\nimport psycopg\nbase = psycopg.connect(os.environ['DATABASE_URL'])\n",
}


@pytest.mark.parametrize(
    ("files", "command"),
    [
        (DJANGO, ["python", "manage.py", "migrate", "--noinput"]),
        (ALEMBIC, ["alembic", "upgrade", "head"]),
    ],
    ids=["django", "alembic"],
)
def test_the_schema_is_migrated_before_web_starts(files: dict[str, str], command: list[str]) -> None:
    """Seen: "Needs … a migrated schema to start"."""
    services = written(files).compose
    assert services["migrate"]["command"] == command
    assert services["migrate"]["restart"] == "no"
    assert services["web"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        (DJANGO, "/data"),
        (DJANGO, "/app/media"),
        (
            {**WEB, "main.py": FLASK + "app.config['UPLOAD_FOLDER'] = 'uploads'\n"
             "@app.post('/')\ndef keep():\n    from flask import request\n"
             "    request.files['x'].save('uploads/x')\n    return ''\n"},
            "/app/uploads",
        ),
    ],
    ids=["sqlite", "media", "uploads"],
)  # fmt: skip
def test_what_the_program_writes_to_is_its_own(files: dict[str, str], folder: str) -> None:
    """Seen: "Writes into its own folder (SQLite file, uploads …) as a user that may not"."""
    made = written(files)
    assert f"mkdir -p {folder} " in made.files["Dockerfile"]
    assert re.search(rf"chown [^\n]*65532:65532[^\n]* {folder}(?!\S)", made.files["Dockerfile"])
    assert f'VOLUME ["{folder}"]' in made.files["Dockerfile"]
    mounted = [each.partition(":")[2] for each in made.compose["web"]["volumes"]]
    assert folder in mounted


def test_static_files_are_collected_in_the_build() -> None:
    """Seen: "Writes into its own folder (… collected static files)": not at run time, on a read-only root."""
    made = written(DJANGO)
    assert "python manage.py collectstatic --noinput" in made.runs("build")
    assert "collectstatic" not in made.command + made.files["compose.yaml"]


@pytest.mark.parametrize(
    "files",
    [
        {**WEB, "main.py": FLASK},
        {**WEB, "Procfile": "web: sh -c 'gunicorn main:app'\n", "main.py": FLASK},
        {**WEB, "Procfile": "web: cd . && gunicorn main:app -b :$PORT\n", "main.py": FLASK},
        {
            **WEB,
            "package.json": '{"name": "shop", "scripts": {"start": "gunicorn main:app"}}',
            "main.py": FLASK,
        },
        DJANGO,
        ALEMBIC,
    ],
)
def test_process_one_is_no_shell_and_no_npm(files: dict[str, str]) -> None:
    """Seen: "PID 1 is a shell, npm, or a program without a handler"; "npm swallows SIGTERM"."""
    made = written(files, "python")
    assert made.command.split()[0] == "gunicorn"  # in exec form, of which command makes sure
    assert "ENTRYPOINT" not in made.files["Dockerfile"]


@pytest.mark.parametrize(
    "files",
    [DJANGO, {**WEB, "main.py": FLASK}, {"requirements.txt": "rich\n", "main.py": "print(1)\n"}],
    ids=["django", "flask", "cli"],
)
def test_sigterm_reaches_a_program_without_a_handler(files: dict[str, str]) -> None:
    """Seen: "SIGTERM ignored for ten seconds and then killed": an init passes it on."""
    made = written(files)
    services = [each for each in made.compose.values() if "build" in each]
    assert services
    assert all(each["init"] is True for each in services)


@pytest.mark.parametrize(
    ("code", "is_said"),
    [
        ("import time\nwhile True:\n    time.sleep(1)\n", True),
        ("import time  # no SIGTERM yet\nwhile True:\n    time.sleep(1)\n", True),
        ("import signal, time\nsignal.signal(signal.SIGTERM, stop)\nwhile True:\n    time.sleep(1)\n", False),
        ("from aiogram import Dispatcher\nDispatcher().start_polling()\n", False),
    ],
    ids=["none", "comment", "handler", "library"],
)
def test_a_worker_without_a_handler_is_said(code: str, is_said: bool) -> None:
    """Seen: "a program without a handler"; a server such as gunicorn has one."""
    made = written({"requirements.txt": "aiogram\n", "Procfile": "worker: python main.py\n", "main.py": code})
    assert made.plan.values["kind"].value == "worker"
    assert ("no-handler" in made.codes) is is_said
    assert "no-handler" not in written({**WEB, "main.py": FLASK}).codes


@pytest.mark.parametrize("files", [{**WEB, "main.py": FLASK}, DJANGO], ids=["flask", "django"])
def test_there_is_a_health_check(files: dict[str, str]) -> None:
    """Seen: "No health check in any of them"."""
    (check,) = written(files).stages["prod"].all("HEALTHCHECK")
    assert check.is_exec_form
    assert "curl" not in check.rest


def test_the_health_check_asks_what_the_code_answers() -> None:
    """Seen: "No health check in any of them": an HTTP path, where the code has one."""
    code = FASTAPI + "@app.get('/healthz')\ndef health():\n    return 'ok'\n"
    made = written({"requirements.txt": "fastapi\nuvicorn\n", "main.py": code})
    (check,) = made.stages["prod"].all("HEALTHCHECK")
    assert check.rest.endswith('"/healthz"]')


def test_the_final_image_is_without_a_shell_where_that_is_proven() -> None:
    """Seen: "every one that served carried a shell and a package manager"."""
    made = written({"pyproject.toml": UV, "uv.lock": UV_LOCK, "main.py": FLASK})
    prod = made.stages["prod"]
    assert "distroless" in made.stages[prod.image].image
    assert all(each.is_exec_form for each in prod.all("RUN"))


def test_the_final_image_is_slim_where_nothing_is_proven() -> None:
    """Seen: "every one that served carried a shell": proof, not hope."""
    made = written({"requirements.txt": "flask\n", "main.py": FLASK})
    assert made.stages["prod"].image == "base"
    assert made.stages["base"].image.split(":")[1].split("-")[1] == "slim"


@pytest.mark.parametrize(
    "files",
    [{**WEB, "main.py": FLASK}, DJANGO, {"pyproject.toml": UV, "uv.lock": UV_LOCK, "main.py": FLASK}],
    ids=["pip", "django", "uv"],
)
def test_nothing_runs_as_root(files: dict[str, str]) -> None:
    """Seen: "hardened as well": neither the image nor the service has rights to spare."""
    made = written(files)
    assert [each.rest for each in made.stages["prod"].all("USER")] == ["65532:65532"]
    web = made.compose["web"]
    assert (web["read_only"], web["cap_drop"]) == (True, ["ALL"])


def test_assets_that_npm_makes_and_git_ignores_are_told() -> None:
    """Seen (linkding): the image has no bundle.js, which `npm run build` makes."""
    files = {**WEB, "main.py": FLASK, "package.json": '{"scripts": {"build": "rollup -c"}}'}
    assert "assets" not in {one.code for one in detect(Tree(files)).warnings}
    files[".gitignore"] = "dist/\n/shop/static/bundle.js*\n"
    found = {one.code: one.source for one in detect(Tree(files)).warnings}
    assert found["assets"] == ".gitignore:2"
