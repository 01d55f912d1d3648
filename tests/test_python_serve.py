"""How a program is served: server, command, port, health, development, tests; what nobody could reach."""

from __future__ import annotations

import pytest
from apps import FACTORY, FASTAPI, FLASK, app_of, codes, value

from scaffold.catalogue import tool
from scaffold.model import Health

MANAGE = (
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "from django.core.management import execute_from_command_line\n"
)
WSGI = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"


def django(
    settings: str, urls: str = "urlpatterns = []\n", requirements: str = "django\ngunicorn\n"
) -> dict[str, str]:
    return {
        "requirements.txt": requirements,
        "manage.py": MANAGE,
        "shop/__init__.py": "",
        "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\n" + settings,
        "shop/urls.py": "from django.urls import include, path\n" + urls,
        "shop/wsgi.py": WSGI,
    }


def start_of(requirements: str, text: str, **answers: object) -> object:
    return value(app_of({"requirements.txt": requirements, "main.py": text}, **answers).start)


# -- the production server

GUNICORN = ("gunicorn", "--bind", "0.0.0.0:8000")
LOGS = ("--worker-tmp-dir", "/dev/shm", "--access-logfile", "-")


@pytest.mark.parametrize(
    ("requirements", "text", "expected"),
    [
        ("flask\ngunicorn\n", FLASK, (*GUNICORN, *LOGS, "main:app")),
        ("flask\ngunicorn\n", FACTORY, (*GUNICORN, *LOGS, "main:create_app()")),
        ("flask\nwaitress\n", FLASK, ("waitress-serve", "--listen=0.0.0.0:8000", "main:app")),
        ("flask\nwaitress\n", FACTORY, ("waitress-serve", "--listen=0.0.0.0:8000", "--call",
        "main:create_app")),
        ("fastapi\nuvicorn\n", FASTAPI, ("uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000")),
        ("fastapi[standard]\n", FASTAPI, ("uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000")),
        ("fastapi\nuvicorn\n"
         "gunicorn\n", FASTAPI, ("uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000")),
        ("fastapi\nhypercorn\n", FASTAPI,
         ("hypercorn", "--bind", "0.0.0.0:8000", "--access-logfile", "-", "main:app")),
        ("fastapi\ndaphne\n", FASTAPI, ("daphne", "-b", "0.0.0.0", "-p", "8000", "main:app")),
        ("fastapi\ngranian\n", FASTAPI,
         ("granian", "--interface", "asgi", "--host", "0.0.0.0", "--port", "8000", "main:app")),
        ("fastapi\ngunicorn\n", FASTAPI, (*GUNICORN, "--worker-class", "asgi", *LOGS, "main:app")),
        ("fastapi\ngunicorn==27.0.1\n", FASTAPI, (*GUNICORN, "--worker-class", "asgi", *LOGS, "main:app")),
        ("quart\n", "from quart import Quart\napp = Quart(__name__)\n",
         ("hypercorn", "--bind", "0.0.0.0:8000", "--access-logfile", "-", "main:app")),
    ],
)  # fmt: skip
def test_the_server_that_production_has_is_used(
    requirements: str, text: str, expected: tuple[str, ...]
) -> None:
    app = app_of({"requirements.txt": requirements, "main.py": text})
    assert value(app.start) == expected
    assert app.additions is None
    assert "server-added" not in codes(app)


@pytest.mark.parametrize(
    ("framework", "text", "server"), [("flask", FLASK, "gunicorn"), ("fastapi", FASTAPI, "uvicorn")]
)
def test_a_missing_server_is_added_and_said(framework: str, text: str, server: str) -> None:
    app = app_of({"requirements.txt": f"{framework}\n", "main.py": text})
    assert value(app.additions) == (f"{server}=={tool(server, '3.14')}",)
    assert app.additions is not None
    assert app.additions.source == f"default: {framework}"
    assert "server-added" in codes(app)


def test_an_old_gunicorn_that_knows_no_asgi_is_not_used_for_it() -> None:
    app = app_of({"requirements.txt": "fastapi\ngunicorn==20.1\n", "main.py": FASTAPI})
    assert value(app.server) == "uvicorn"


def test_gunicorn_for_asgi_runs_the_workers_of_uvicorn_where_a_procfile_wants_it() -> None:
    files = {"requirements.txt": "fastapi\nuvicorn\ngunicorn\n", "main.py": FASTAPI,
             "Procfile": "web: gunicorn main:app -k uvicorn.workers.UvicornWorker -w 4 -b "
                         "0.0.0.0:$PORT\n"}  # fmt: skip
    start = value(app_of(files).start)
    assert start == (*GUNICORN, *LOGS, "-k", "uvicorn.workers.UvicornWorker", "-w", "4", "main:app")


def test_options_that_need_a_shell_are_not_kept() -> None:
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "main.py": FLASK,
        "Procfile": "web: gunicorn main:app -w $WORKERS\n",
    }
    assert value(app_of(files).start) == (*GUNICORN, *LOGS, "main:app")


def test_an_answered_server_is_used() -> None:
    app = app_of({"requirements.txt": "fastapi\nuvicorn\n", "main.py": FASTAPI}, server="hypercorn")
    assert value(app.start) == ("hypercorn", "--bind", "0.0.0.0:8000", "--access-logfile", "-", "main:app")
    assert value(app.additions) == (f"hypercorn=={tool('hypercorn', '3.14')}",)


def test_an_answered_start_is_the_process_too() -> None:
    app = app_of({"main.py": FLASK}, start=("gunicorn", "main:app"))
    assert value(app.start) == ("gunicorn", "main:app")
    assert value(app.processes) == {"web": ("gunicorn", "main:app")}


def test_dash_is_served_by_its_server_object() -> None:
    text = "from dash import Dash\napp = Dash(__name__)\nserver = app.server\n"
    assert value(app_of({"main.py": text}).main) == "main:server"


def test_an_old_dash_without_a_server_object_is_served_by_what_takes_attributes() -> None:
    app = app_of(
        {"requirements.txt": "dash==2.18.2\n", "main.py": "from dash import Dash\napp = Dash(__name__)\n"}
    )
    assert value(app.start) == ("waitress-serve", "--listen=0.0.0.0:8050", "main:app.server")


def test_an_application_for_one_event_loop_gets_the_worker_that_has_it() -> None:
    app = app_of(
        {
            "requirements.txt": "aiohttp\ngunicorn\n",
            "main.py": "from aiohttp import web\napp = web.Application()\n",
        }
    )
    start = value(app.start)
    assert isinstance(start, tuple)
    assert start[:5] == ("gunicorn", "--bind", "0.0.0.0:8080", "--worker-class", "aiohttp.GunicornWebWorker")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import streamlit\n",
         ("streamlit", "run", "main.py", "--server.address=0.0.0.0", "--server.port=8501",
         "--server.headless=true",
          "--browser.gatherUsageStats=false")),
        ("from sanic import Sanic\napp = Sanic('x')\n",
         ("sanic", "main:app", "--host", "0.0.0.0", "--port", "8000", "--single-process")),
        ("import functions_framework\n@functions_framework.http\ndef hello(request): ...\n",
         ("functions-framework", "--target=hello", "--source=main.py", "--host=0.0.0.0", "--port=8080")),
    ],
)  # fmt: skip
def test_a_framework_with_a_server_of_its_own_is_served_by_it(text: str, expected: tuple[str, ...]) -> None:
    assert value(app_of({"main.py": text}).start) == expected


# -- the port


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ("app.run(port=8080)", 8080),
        ("app.run('0.0.0.0', 8080)", 8080),
        ("app.run(port=os.environ.get('PORT', 5001))", 5001),
        ("app.run(port=int(os.environ.get('PORT', '5001')))", 5001),
        ("app.run(port=int(os.getenv('PORT') or 5001))", 5001),
        ("app.run(port=os.getenv('PORT', default=5001))", 5001),
        ("port = int(os.getenv('PORT', 5001))\n    app.run(port=port)", 5001),
        ("app.run(port=PORT)", 7001),
    ],
)
def test_the_port_that_the_code_states_is_bound(line: str, port: int) -> None:
    text = f"import os\nPORT = 7001\n{FLASK}if __name__ == '__main__':\n    {line}\n"
    app = app_of({"main.py": text})
    assert value(app.port) == port
    assert f"0.0.0.0:{port}" in value(app.start)  # type: ignore[operator]
    assert app.port is not None
    assert app.port.source.startswith("main.py:")


def test_the_port_in_settings_is_found() -> None:
    text = (
        "import uvicorn\nfrom config import settings\n" + FASTAPI + "uvicorn.run(app, port=settings.PORT)\n"
    )
    config = (
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n"
        "    PORT: int = 9100\nsettings = Settings()\n"
    )
    assert value(app_of({"main.py": text, "config.py": config}).port) == 9100


def test_an_answered_port_wins_over_the_code() -> None:
    text = FLASK + "if __name__ == '__main__':\n    app.run(port=8080)\n"
    assert value(app_of({"main.py": text}, port=9000).port) == 9000


def test_the_port_of_the_procfile_wins_over_the_code() -> None:
    text = FLASK + "if __name__ == '__main__':\n    app.run(port=8080)\n"
    assert value(app_of({"main.py": text, "Procfile": "web: gunicorn -b :9001 main:app\n"}).port) == 9001


@pytest.mark.parametrize(
    "line",
    [
        "bind = '0.0.0.0:9002'",
        "import os\nbind = f\"0.0.0.0:{os.environ.get('PORT', 9002)}\"",
        "bind = ['0.0.0.0:9002']",
    ],
)
def test_the_port_of_the_servers_own_file_is_bound(line: str) -> None:
    app = app_of({"requirements.txt": "flask\ngunicorn\n", "main.py": FLASK, "gunicorn.conf.py": f"{line}\n"})
    assert value(app.port) == 9002


def test_loopback_in_the_servers_own_file_is_overruled() -> None:
    app = app_of(
        {
            "requirements.txt": "flask\ngunicorn\n",
            "main.py": FLASK,
            "gunicorn.conf.py": "bind = '127.0.0.1:9002'\n",
        }
    )
    assert value(app.start) == ("gunicorn", "--bind", "0.0.0.0:9002", *LOGS, "main:app")


def test_the_port_of_an_existing_dockerfile_is_a_hint() -> None:
    app = app_of({"main.py": FLASK, "Dockerfile": "FROM python:3.12\nEXPOSE 5050\n"})
    assert value(app.port) == 5050


@pytest.mark.parametrize(
    ("text", "port", "framework"),
    [
        (FASTAPI, 8000, "fastapi"),
        (FLASK, 8000, "flask"),
        ("import streamlit\n", 8501, "streamlit"),
        ("import gradio\ngradio.Blocks().launch()\n", 7860, "gradio"),
        ("from dash import Dash\napp = Dash()\n", 8050, "dash"),
        ("from aiohttp import web\napp = web.Application()\n", 8080, "aiohttp"),
    ],
)
def test_where_nobody_states_a_port_it_is_the_frameworks(text: str, port: int, framework: str) -> None:
    app = app_of({"main.py": text})
    assert app.port is not None
    assert (app.port.value, app.port.source) == (port, f"default: {framework}")


# -- loopback


def test_an_application_that_would_bind_loopback_is_served_on_all_interfaces() -> None:
    text = FLASK + "if __name__ == '__main__':\n    app.run(host='127.0.0.1', port=8080)\n"
    app = app_of({"main.py": text})
    assert value(app.start) == ("gunicorn", "--bind", "0.0.0.0:8080", *LOGS, "main:app")
    assert "loopback" not in codes(app)


LOOP = (
    "from flask import Flask\ndef main():\n    app = Flask(__name__)\n    {}\n"
    "if __name__ == '__main__':\n    main()\n"
)


def test_a_script_that_binds_loopback_is_said_with_its_line() -> None:
    app = app_of({"main.py": LOOP.format("app.run(host='127.0.0.1', port=8080)")})
    assert [(warning.code, warning.source) for warning in app.warnings] == [("loopback", "main.py:4")]


def test_a_script_that_binds_all_interfaces_is_fine() -> None:
    assert codes(app_of({"main.py": LOOP.format("app.run(host='0.0.0.0', port=8080)")})) == set()


def test_a_script_whose_host_is_a_setting_is_put_right_by_it() -> None:
    app = app_of(
        {"main.py": "import os\n" + LOOP.format("app.run(host=os.getenv('HOST', '127.0.0.1'), port=8080)")}
    )
    assert value(app.run_environment) == {"HOST": "0.0.0.0"}
    assert codes(app) == set()


def test_a_script_whose_port_is_a_setting_gets_the_answered_one() -> None:
    text = "import os\n" + LOOP.format("app.run(host='0.0.0.0', port=int(os.getenv('PORT', '8080')))")
    assert value(app_of({"main.py": text}, port=9000).run_environment) == {"PORT": "9000"}


def test_gradio_is_put_right_by_its_own_settings() -> None:
    app = app_of({"main.py": "import gradio\ngradio.Blocks().launch()\n"})
    assert value(app.run_environment) == {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7860"}
    assert codes(app) == set()


def test_gradio_bound_by_a_literal_cannot_be_put_right() -> None:
    app = app_of(
        {"main.py": "import gradio\ngradio.Blocks().launch(server_name='127.0.0.1', server_port=9000)\n"}
    )
    assert value(app.port) == 9000
    assert codes(app) == {"loopback"}


# -- health


def health_of(text: str, **files: str) -> object:
    return value(app_of({"main.py": text, **{f"{name}.py": other for name, other in files.items()}}).health)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (FASTAPI + "@app.get('/healthz')\ndef f(): ...\n", "/healthz"),
        (FASTAPI + "@app.get('/')\ndef f(): ...\n@app.get('/ping')\ndef g(): ...\n", "/ping"),
        (FASTAPI + "@app.get('/ready')\ndef f(): ...\n@app.get('/health')\ndef g(): ...\n", "/health"),
        (FASTAPI + "@app.get('/')\ndef f(): ...\n", "/"),
        (FASTAPI + "@app.get('/users')\ndef f(): ...\n", None),
        (FASTAPI + "@app.post('/health')\ndef f(): ...\n", None),
        (FASTAPI + "@app.get('/health/{name}')\ndef f(name): ...\n", None),
        (FASTAPI + "@app.get('/health')\ndef f(user=Depends(get_current_user)): ...\n", None),
        (FASTAPI + "@app.get('/health')\ndef f(q: str): ...\n", None),
        (FASTAPI + "from fastapi import APIRouter\nr = APIRouter(prefix='/api')\n@r.get('/health')\n"
                   "def f(): ...\n"
                   "app.include_router(r, prefix='/v1')\n", "/v1/api/health"),
        (FASTAPI + "from fastapi import APIRouter\nr = APIRouter()\n@r.get('/health')\ndef f(): ...\n", None),
        (FASTAPI + "from fastapi import APIRouter\nr = APIRouter()\n@r.get('/health')\ndef f(): ...\n"
                   "app.include_router(r, prefix=where())\n", None),
        (FLASK + "@app.route('/health')\ndef f(): ...\n", "/health"),
        (FLASK + "@app.route('/health', methods=['POST'])\ndef f(): ...\n", None),
        (FLASK + "@app.route('/health')\n@login_required\ndef f(): ...\n", None),
        (FLASK + "@app.route('/health-records')\ndef f(): ...\n", None),
        (FLASK + "app.add_url_rule('/status', view_func=f)\n", "/status"),
        ("from litestar import Litestar, get\n@get('/health')\nasync def f(): ...\n"
         "app = Litestar([f])\n", "/health"),
        ("from starlette.applications import Starlette\nfrom starlette.routing import Route\n"
         "app = Starlette(routes=[Route('/health', f)])\n", "/health"),
        ("from aiohttp import web\napp = web.Application()\napp.router.add_get('/health', f)\n", "/health"),
        ("import streamlit\n", "/_stcore/health"),
    ],
)  # fmt: skip
def test_the_health_route_is_one_that_the_code_answers(text: str, path: str | None) -> None:
    assert health_of(text) == Health(path)


def test_a_health_route_in_another_module_has_the_prefix_it_is_included_with() -> None:
    routes = "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/health')\ndef f(): ...\n"
    text = FASTAPI + "import api\napp.include_router(api.router, prefix='/api')\n"
    assert health_of(text, api=routes) == Health("/api/health")


def test_a_health_route_of_a_blueprint_has_its_prefix() -> None:
    views = (
        "from flask import Blueprint\nbp = Blueprint('x', __name__, url_prefix='/api')\n"
        "@bp.route('/health')\ndef f(): ...\n"
    )
    factory = FACTORY.replace(
        "    return app", "    from views import bp\n    app.register_blueprint(bp)\n    return app"
    )
    assert health_of(factory, views=views) == Health("/api/health")


def test_django_is_asked_where_its_hosts_let_us() -> None:
    urls = "urlpatterns = [path('api/', include('shop.api'))]\n"
    files = {
        **django("ALLOWED_HOSTS = ['*']\n", urls),
        "shop/api.py": "from django.urls import path\nurlpatterns = [path('health/', f)]\n",
    }
    assert value(app_of(files).health) == Health("/api/health/")


@pytest.mark.parametrize(
    "settings",
    [
        "ALLOWED_HOSTS = ['shop.example']\n",
        "ALLOWED_HOSTS = []\n",
        "ALLOWED_HOSTS = ['*']\nSECURE_SSL_REDIRECT = True\n",
    ],
)
def test_django_that_would_refuse_us_is_only_connected_to(settings: str) -> None:
    assert value(app_of(django(settings, "urlpatterns = [path('', f)]\n")).health) == Health(None)


def test_django_in_debug_mode_answers_this_computer() -> None:
    settings = "DEBUG = True\nALLOWED_HOSTS = []\n"
    assert value(app_of(django(settings, "urlpatterns = [path('', f)]\n")).health) == Health("/")


# -- what a build step needs

STATIC = "STATIC_ROOT = 'static'\nINSTALLED_APPS = ['django.contrib.staticfiles']\n"


def test_static_files_are_collected_where_there_is_somewhere_to() -> None:
    app = app_of(django(STATIC))
    assert value(app.collectstatic) == ("python", "manage.py", "collectstatic", "--noinput")
    assert app_of(django("INSTALLED_APPS = ['django.contrib.staticfiles']\n")).collectstatic is None
    assert app_of(django("STATIC_ROOT = 'static'\n")).collectstatic is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SECRET_KEY = os.environ['SECRET_KEY']", {"SECRET_KEY": "build"}),
        ("SECRET_KEY = os.environ.get('KEY')", {"KEY": "build"}),
        ("SECRET_KEY = os.environ.get('KEY', 'x')", {}),
        ("X = os.environ.get('X')", {}),
        ("X = int(os.environ['LIMIT'])", {"LIMIT": "1"}),
        ("X = int(os.getenv('LIMIT'))", {"LIMIT": "1"}),
        ("X = os.environ.get('HOSTS').split(',')", {"HOSTS": "localhost"}),
        ("X = env('DATABASE_URL')", {"DATABASE_URL": "postgres://build:build@localhost:5432/build"}),
        ("X = env.db('DATABASE_URL')", {"DATABASE_URL": "sqlite:////tmp/build.sqlite3"}),
        ("X = env.bool('FLAG')", {"FLAG": "false"}),
        ("X = env.int('N', 3)", {}),
        ("env.read_env('/app/.env')", {}),
        ("X = config('SECRET')", {"SECRET": "build"}),
        ("X = config('N', cast=int)", {"N": "1"}),
        ("X = config('N', default=1, cast=int)", {}),
        ("if 'BUCKET' in os.environ:\n    X = os.environ['BUCKET']", {}),
        ("def f():\n    return os.environ.get('X').split()", {}),
    ],
)
def test_settings_get_harmless_values_for_what_they_require(line: str, expected: dict[str, str]) -> None:
    start = "import os, environ\nfrom decouple import config\nenv = environ.Env()\n" + STATIC
    app = app_of(django(f"{start}{line}\n"))
    assert (value(app.build_environment) or {}) == expected


def test_settings_are_followed_to_what_they_import() -> None:
    files = {
        **django("from .base import *\n"),
        "shop/base.py": "import os\nSECRET_KEY = os.environ['KEY']\n" + STATIC,
    }
    app = app_of(files)
    assert app.collectstatic is not None
    assert app.collectstatic.source == "shop/base.py:3"
    assert value(app.build_environment) == {"KEY": "build"}


# -- development

DEBUGPY = ("python", "-Xfrozen_modules=off", "-m", "debugpy", "--listen", "0.0.0.0:5678")


@pytest.mark.parametrize(
    ("requirements", "text", "expected"),
    [
        ("fastapi\nuvicorn\n", FASTAPI,
         (*DEBUGPY, "-m", "uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000", "--reload")),
        ("flask\n", FACTORY,
         (*DEBUGPY, "-m", "flask", "--app", "main:create_app()", "run", "--debug", "--host", "0.0.0.0",
         "--port", "8000")),
        ("flask==1.1.4\n", FLASK, (*DEBUGPY, "-m", "gunicorn", "--bind", "0.0.0.0:8000", "--reload",
        "main:app")),
        ("falcon\n", "import falcon\napp = falcon.App()\n",
         (*DEBUGPY, "-m", "gunicorn", "--bind", "0.0.0.0:8000", "--reload", "main:app")),
    ],
)  # fmt: skip
def test_development_reloads_under_a_debugger(
    requirements: str, text: str, expected: tuple[str, ...]
) -> None:
    app = app_of({"requirements.txt": requirements, "main.py": text})
    assert value(app.dev) == expected
    assert f"debugpy=={tool('debugpy', '3.14')}" in value(app.dev_additions)  # type: ignore[operator]


def test_django_has_its_own_development_server() -> None:
    assert value(app_of(django("")).dev) == (*DEBUGPY, "manage.py", "runserver", "0.0.0.0:8000")


def test_a_worker_is_started_again_on_every_change() -> None:
    app = app_of({"requirements.txt": "celery\n", "worker.py": "from celery import Celery\napp = Celery()\n"})
    dev = value(app.dev)
    assert isinstance(dev, tuple)
    assert dev[:3] == ("watchfiles", "--filter", "python")
    assert dev[3] == " ".join((*DEBUGPY, "-m", "celery", "-A", "worker:app", "worker", "--loglevel", "INFO"))
    assert f"watchfiles=={tool('watchfiles', '3.14')}" in value(app.dev_additions)  # type: ignore[operator]


def test_development_brings_the_server_that_it_needs() -> None:
    app = app_of({"requirements.txt": "fastapi\nhypercorn\n", "main.py": FASTAPI})
    assert f"uvicorn=={tool('uvicorn', '3.14')}" in value(app.dev_additions)  # type: ignore[operator]


# -- tests


def test_a_project_without_tests_has_no_test_command() -> None:
    app = app_of({"main.py": FASTAPI, "conftest.py": "", "tests/__init__.py": ""})
    assert app.test is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"tests/test_a.py": "def test_a(): ...\n"}, ("python", "-m", "pytest")),
        ({"tests/test_a.py": "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): ...\n"},
         ("python", "-m", "unittest", "discover", "-s", "tests")),
        ({"tests/__init__.py": "", "tests/test_a.py": "import unittest\nclass A(unittest.TestCase):\n"
                                                      "    def test_a(self): ...\n"},
         ("python", "-m", "unittest")),
        ({"pytest.ini": "[pytest]\n", "tests/test_a.py": "class A(TestCase):\n    def test_a(self): ...\n"},
         ("python", "-m", "pytest")),
    ],
)  # fmt: skip
def test_the_tests_are_run_by_what_they_are_written_for(
    files: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert value(app_of({"main.py": FASTAPI, **files}).test) == expected


def test_the_tests_of_django_are_run_by_its_command() -> None:
    files = {
        **django(""),
        "shop/tests.py": "from django.test import TestCase\nclass A(TestCase):\n    def test_a(self): ...\n",
    }
    assert value(app_of(files).test) == ("python", "manage.py", "test")


def test_pytest_is_added_where_nobody_lists_it() -> None:
    files = {"main.py": FASTAPI, "tests/test_a.py": "import pytest\ndef test_a(): ...\n"}
    assert f"pytest=={tool('pytest', '3.14')}" in value(app_of(files).dev_additions)  # type: ignore[operator]
    listed = {**files, "requirements-dev.txt": "pytest\n", "requirements.txt": "fastapi\n"}
    assert not any(item.startswith("pytest") for item in value(app_of(listed).dev_additions))  # type: ignore[attr-defined]


def test_files_that_only_tests_need_are_kept_out_of_production() -> None:
    files = {
        "main.py": FASTAPI,
        "tests/test_a.py": "def test_a(): ...\n",
        "test_b.py": "def test_b(): ...\n",
        "conftest.py": "",
    }
    assert value(app_of(files).test_files) == ("tests", "**/test_*.py", "**/conftest.py")


def test_a_module_that_the_program_imports_is_no_test_whatever_its_name() -> None:
    files = {"main.py": "from shop.testing.things import x\n"
                        "from shop.load_test import y\n" + FASTAPI, "shop/__init__.py": "",
             "shop/testing/__init__.py": "", "shop/testing/things.py": "x = 1\n",
             "shop/load_test.py": "y = 1\n",
             "tests/test_a.py": "def test_a(): ...\n"}  # fmt: skip
    assert value(app_of(files).test_files) == ("tests",)


# -- what is on the path


def test_the_folder_that_a_program_is_imported_from_is_on_the_path() -> None:
    app = app_of({"src/shop/__init__.py": "", "src/shop/main.py": FASTAPI})
    assert value(app.python_path) == ("src",)


def test_a_folder_that_the_program_reaches_into_is_on_the_path() -> None:
    files = {"main.py": FASTAPI + "import things\n", "lib/things.py": "x = 1\n"}
    assert value(app_of(files).python_path) == ("lib",)


def test_a_program_at_the_top_needs_nothing_on_the_path() -> None:
    assert app_of({"main.py": FASTAPI, "things.py": ""}).python_path is None
