"""Plans by hand, one of each kind of app: the templates are tested with them, whatever detectors find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from scaffold.model import BuildSecret, EnvironmentVariable, Fact, Health, Plan, Runtime, Service, Writable
from scaffold.packs import builtin, references

UVICORN = ("uvicorn", "--host", "0.0.0.0", "--port", "8000")
DEBUGPY = ("python", "-Xfrozen_modules=off", "-m", "debugpy", "--listen", "0.0.0.0:5678")
PYTEST = ("python", "-m", "pytest")
TESTS = ("tests", "**/test_*.py", "**/conftest.py")


def plan(version: str = "3.14", **values: Any) -> Plan:
    """Return a plan of the python stack with these values, each from a file that says so."""
    common: dict[str, Any] = {
        "name": "shop",
        "kind": "web",
        "runtime": Runtime(version, None, version),
        "dev_additions": ("debugpy==1.8.22",),
    }
    facts = {name: Fact(value, "pyproject.toml:3") for name, value in {**common, **values}.items()}
    return Plan("python", ".", {**facts, **references(builtin(), "python", facts)})


def with_values(of: Plan, **values: Any) -> Plan:
    """Return the plan with other values, and the references that follow from them."""
    facts = {**of.values, **{name: Fact(value, "answer: flag") for name, value in values.items()}}
    return Plan(of.stack, of.path, {**facts, **references(builtin(), of.stack, facts)})


def fastapi_uv() -> Plan:
    """A package in src/, locked by uv, on distroless."""
    start = ("uvicorn", "--host", "0.0.0.0", "--port", "8000", "shop.main:app")
    return plan(
        framework="fastapi",
        package_manager="uv",
        manifests=("pyproject.toml", "uv.lock"),
        locked=True,
        project=True,
        port=8000,
        start=start,
        processes={"web": start},
        dev=(*DEBUGPY, "-m", *UVICORN, "--reload", "shop.main:app"),
        test=PYTEST,
        health=Health("/healthz"),
        final="distroless",
        test_files=TESTS,
        description="A FastAPI application in a src layout",
    )


def flask_poetry(final: str = "distroless") -> Plan:
    """A factory that keeps an SQLite file, with a server that the project does not list."""
    start = ("gunicorn", "--bind", "0.0.0.0:8000", "notes:create_app()")
    return plan(
        name="notes",
        framework="flask",
        package_manager="poetry",
        manifests=("pyproject.toml", "poetry.lock"),
        locked=True,
        project=True,
        dev_groups=("dev",),
        port=8000,
        start=start,
        processes={"web": start},
        dev=(
            *DEBUGPY,
            "-m",
            "flask",
            "--app",
            "notes:create_app",
            "run",
            "--debug",
            "--host",
            "0.0.0.0",
            "--port",
            "8000",
        ),
        test=PYTEST,
        health=Health("/"),
        additions=("gunicorn==27.0.1",),
        writable=(Writable("/app/instance", "notes/__init__.py:8"),),
        final=final,
        test_files=TESTS,
    )


def django_postgres() -> Plan:
    """Requirements, a compiled driver, migrations and collected static files."""
    start = ("gunicorn", "--bind", "0.0.0.0:8000", "mysite.wsgi:application")
    return plan(
        "3.13",
        name="guestbook",
        framework="django",
        package_manager="pip",
        manifests=("requirements.txt",),
        requirements=("requirements.txt",),
        port=8000,
        start=start,
        processes={"web": start, "migrate": ("python", "manage.py", "migrate", "--noinput")},
        dev=(*DEBUGPY, "--configure-subProcess", "true", "manage.py", "runserver", "0.0.0.0:8000"),
        test=("python", "manage.py", "test"),
        health=Health("/"),
        services=(Service("postgres", "mysite/settings.py:40"),),
        environment=(
            EnvironmentVariable(
                "DATABASE_URL",
                True,
                "mysite/settings.py:40",
                None,
                "postgres://app:local@postgres:5432/app",
                True,
            ),
            EnvironmentVariable("SECRET_KEY", True, "mysite/settings.py:9", None, "local-only", True),
            EnvironmentVariable("DEBUG", False, "mysite/settings.py:10", "False"),
        ),
        collectstatic=("python", "manage.py", "collectstatic", "--noinput"),
        build_environment={"SECRET_KEY": "build", "DATABASE_URL": "sqlite://"},
        run_environment={"DJANGO_SETTINGS_MODULE": "mysite.settings"},
        apt_build=("gcc", "libc6-dev", "libpq-dev"),
        final="distroless",
        test_files=("guestbook/tests.py",),
    )


def litestar_pdm() -> Plan:
    """One module, locked by PDM, not a package."""
    start = ("uvicorn", "--host", "0.0.0.0", "--port", "8000", "app:app")
    return plan(
        name="weather",
        framework="litestar",
        package_manager="pdm",
        manifests=("pyproject.toml", "pdm.lock"),
        locked=True,
        dev_groups=("test",),
        port=8000,
        start=start,
        processes={"web": start},
        dev=(*DEBUGPY, "-m", *UVICORN, "--reload", "app:app"),
        test=PYTEST,
        health=Health("/"),
        additions=("uvicorn==0.54.0",),
        final="distroless",
        test_files=TESTS,
    )


def streamlit_pipenv() -> Plan:
    """A Pipfile, and a framework that is its own server."""
    start = (
        "streamlit",
        "run",
        "streamlit_app.py",
        "--server.address=0.0.0.0",
        "--server.port=8501",
        "--server.headless=true",
    )
    return plan(
        "3.13",
        name="squares",
        framework="streamlit",
        package_manager="pipenv",
        manifests=("Pipfile", "Pipfile.lock"),
        locked=True,
        port=8501,
        start=start,
        processes={"web": start},
        dev=(*DEBUGPY, "-m", *start, "--server.runOnSave=true"),
        test=PYTEST,
        health=Health("/_stcore/health"),
        final="distroless",
        test_files=TESTS,
    )


def celery_redis() -> Plan:
    """Hashed requirements, and a worker beside the web process."""
    start = ("gunicorn", "--bind", "0.0.0.0:8000", "app:app")
    return plan(
        "3.13",
        name="sums",
        framework="flask",
        package_manager="pip",
        manifests=("requirements.txt", "requirements-dev.txt"),
        requirements=("requirements.txt",),
        requirements_dev=("requirements-dev.txt",),
        hashed=True,
        locked=True,
        port=8000,
        start=start,
        processes={"web": start, "worker": ("celery", "--app", "tasks", "worker", "--loglevel", "INFO")},
        dev=(
            *DEBUGPY,
            "-m",
            "flask",
            "--app",
            "app",
            "run",
            "--debug",
            "--host",
            "0.0.0.0",
            "--port",
            "8000",
        ),
        test=PYTEST,
        health=Health("/"),
        services=(Service("redis", "tasks.py:5", hosts=("cache",), user="", password="", database=""),),
        environment=(EnvironmentVariable("REDIS_URL", False, "tasks.py:5", None, "redis://cache:6379/0"),),
        final="distroless",
        test_files=TESTS,
    )


def cli_uv() -> Plan:
    """A console script."""
    return plan(
        name="greet",
        kind="cli",
        package_manager="uv",
        manifests=("pyproject.toml", "uv.lock"),
        locked=True,
        project=True,
        start=("greet",),
        processes={"greet": ("greet",)},
        test=PYTEST,
        dev_additions=(),
        final="distroless",
        test_files=TESTS,
    )


def private_index() -> Plan:
    """A package from an index that asks for a password."""
    start = ("hypercorn", "--bind", "0.0.0.0:8000", "main:app")
    return plan(
        "3.13",
        name="reception",
        framework="starlette",
        package_manager="uv",
        manifests=("pyproject.toml", "uv.lock"),
        locked=True,
        port=8000,
        start=start,
        processes={"web": start},
        health=Health(None),
        secrets=(
            BuildSecret("UV_INDEX_ACME_USERNAME", "pyproject.toml:18"),
            BuildSecret("UV_INDEX_ACME_PASSWORD", "pyproject.toml:18"),
            BuildSecret("netrc", "pyproject.toml:18", target="/root/.netrc"),
        ),
        final="slim",
    )


def unlocked(package_manager: str) -> Plan:
    """A manifest with no lock file: whatever installs it resolves."""
    manifest = "Pipfile" if package_manager == "pipenv" else "pyproject.toml"
    start = ("python", "-m", "http.server", "8000")
    return plan(
        package_manager=package_manager,
        manifests=(manifest,),
        requirements=(manifest,) if package_manager == "pip" else (),
        port=8000,
        start=start,
        processes={"web": start},
        health=Health("/"),
        dev=start,
        final="slim",
    )


def only_a_script() -> Plan:
    """One file that needs nothing."""
    return plan(
        name="app",
        kind="cli",
        start=("python", "bot.py"),
        processes={"app": ("python", "bot.py")},
        dev_additions=(),
    )


def worker() -> Plan:
    """A process that answers nobody, with an SQLite file beside its source."""
    start = ("python", "-m", "bot")
    return plan(
        name="bot",
        kind="worker",
        package_manager="pip",
        manifests=("requirements.txt",),
        requirements=("requirements.txt",),
        start=start,
        processes={"worker": start},
        dev=("watchfiles", "--filter", "python", "python -m bot"),
        dev_additions=("watchfiles==1.3.0",),
        apt_runtime=("ffmpeg",),
        python_path=("src",),
        writable=(Writable("/data", "src/bot/store.py:4", link="bot.sqlite3"),),
        keep=("dist/model.bin",),
        final="slim",
    )


def every_service() -> Plan:
    """An app with each backing service that there is, one of which nobody publishes an image for."""
    start = ("uvicorn", "main:app")
    names = ("postgres", "mysql", "mariadb", "mongodb", "redis", "rabbitmq", "memcached", "kafka", "nats")
    return plan(
        package_manager="pip",
        start=start,
        port=8000,
        processes={"web": start, "worker": ("celery", "worker"), "migrate": ("alembic", "upgrade", "head")},
        health=Health(None),
        services=tuple(
            Service(name, f"{name}.py:1") for name in (*names, "elasticsearch", "opensearch", "minio")
        ),
        environment=(
            EnvironmentVariable(
                "POSTGRES_URL", True, "a.py:1", None, "postgres://app:local@postgres/app", True
            ),
            EnvironmentVariable("POSTGRES_HOST", True, "a.py:2", None, "postgres"),
            EnvironmentVariable("API_KEY", True, "a.py:3", secret=True),
        ),
    )


#: Each kind of app by its name.
PLANS: Mapping[str, Callable[[], Plan]] = {
    "fastapi-uv": fastapi_uv,
    "flask-poetry": flask_poetry,
    "flask-poetry-slim": partial(flask_poetry, "slim"),
    "django-postgres": django_postgres,
    "litestar-pdm": litestar_pdm,
    "streamlit-pipenv": streamlit_pipenv,
    "celery-redis": celery_redis,
    "cli-uv": cli_uv,
    "private-index": private_index,
    **{f"unlocked-{name}": partial(unlocked, name) for name in ("uv", "poetry", "pdm", "pipenv", "pip")},
    "only-a-script": only_a_script,
    "worker": worker,
    "every-service": every_service,
}
