"""What is started: every way in which no start command was found in the field, and who is believed first."""

from __future__ import annotations

import pytest
from apps import FACTORY, FASTAPI, FLASK, app_of, value

from scaffold.model import Ambiguity

DJANGO = {
    "requirements.txt": "django==5.2\n",
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "from django.core.management import execute_from_command_line\n",
    "shop/__init__.py": "",
    "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\nWSGI_APPLICATION = 'shop.wsgi.application'\n"
    "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n",
    "shop/wsgi.py": "import os\nfrom django.core.wsgi import get_wsgi_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "application = get_wsgi_application()\n",
    "shop/asgi.py": "import os\nfrom django.core.asgi import get_asgi_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "application = get_asgi_application()\n",
}


def main_of(files: dict[str, str], **answers: object) -> object:
    return value(app_of(files, **answers).main)


# -- choosing what to run (field-failures.md)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.py": FASTAPI}, "main:app"),
        ({"shop/__init__.py": "", "shop/main.py": FASTAPI}, "shop.main:app"),
        ({"src/shop/__init__.py": "", "src/shop/main.py": FASTAPI}, "shop.main:app"),
        ({"service.py": FASTAPI}, "service:app"),
        ({"hello.py": "from flask import Flask\nserver = Flask(__name__)\n"}, "hello:server"),
        ({"shop/__init__.py": FACTORY}, "shop:create_app()"),
        ({"shop/app.py": FACTORY, "shop/__init__.py": ""}, "shop.app:create_app()"),
        (
            {"shop/__init__.py": FACTORY, "wsgi.py": "from shop import create_app\napp = create_app()\n"},
            "wsgi:app",
        ),
        ({"shop/__init__.py": FLASK, "wsgi.py": "from shop import app\n"}, "wsgi:app"),
        ({"shop/__init__.py": "from .core import app\n", "shop/core.py": FLASK}, "shop:app"),
        ({"shop/__init__.py": "from .core import *\n", "shop/core.py": FLASK}, "shop:app"),
    ],
)
def test_an_application_is_found_wherever_it_is(files: dict[str, str], expected: str) -> None:
    assert main_of(files) == expected


@pytest.mark.parametrize(
    ("text", "framework", "expected"),
    [
        (FASTAPI, "fastapi", "main:app"),
        ("import fastapi\napi = fastapi.FastAPI()\n", "fastapi", "main:api"),
        ("from fastapi import FastAPI\nclass Shop(FastAPI): ...\napp = Shop()\n", "fastapi", "main:app"),
        ("from fastapi import FastAPI\ndef build() -> FastAPI:\n"
         "    return make()\n", "fastapi", "main:build()"),
        ("from fastapi import FastAPI\ndef build() -> 'FastAPI':\n"
         "    return make()\n", "fastapi", "main:build()"),
        ("from starlette.applications import Starlette\napp = Starlette()\n", "starlette", "main:app"),
        ("from litestar import Litestar\napp = Litestar([])\n", "litestar", "main:app"),
        ("from quart import Quart\napp = Quart(__name__)\n", "quart", "main:app"),
        ("from sanic import Sanic\napp = Sanic('x')\n", "sanic", "main:app"),
        ("from fasthtml.common import *\napp, rt = fast_app()\n", "fasthtml", "main:app"),
        ("from fasthtml.common import *\napp = FastHTML()\n", "fasthtml", "main:app"),
        ("import falcon\napp = falcon.App()\n", "falcon", "main:app"),
        ("import falcon.asgi\napp = falcon.asgi.App()\n", "falcon", "main:app"),
        ("from bottle import Bottle\napp = Bottle()\n", "bottle", "main:app"),
        ("from aiohttp import web\napp = web.Application()\n", "aiohttp", "main:app"),
        ("from flask import Flask\napp: Flask = Flask(__name__)\n", "flask", "main:app"),
        ("from apiflask import APIFlask\napp = APIFlask(__name__)\n", "flask", "main:app"),
        (FASTAPI + "import gradio as gr\n"
                   "app = gr.mount_gradio_app(app, None, path='/ui')\n", "fastapi", "main:app"),
        (FLASK + "from werkzeug.middleware.proxy_fix import ProxyFix\n"
                 "app = ProxyFix(app)\n", "flask", "main:app"),
        ("try:\n    from fastapi import FastAPI\n    app = FastAPI()\nexcept ImportError:\n"
         "    raise\n", "fastapi", "main:app"),
    ],
)  # fmt: skip
def test_an_application_is_known_by_what_makes_it(text: str, framework: str, expected: str) -> None:
    app = app_of({"main.py": text})
    assert (value(app.framework), value(app.main)) == (framework, expected)


def test_what_only_takes_an_application_is_none() -> None:
    """`db = SQLAlchemy(app)`: the name is not what is served."""
    text = (
        FLASK.replace("app =", "shop =") + "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy(shop)\n"
    )
    assert main_of({"main.py": text}) == "main:shop"


def test_a_factory_that_needs_something_cannot_be_called() -> None:
    text = "from flask import Flask\ndef create_app(config):\n    return Flask(__name__)\n"
    files = {"shop/__init__.py": text, "run.py": "from shop import create_app\napp = create_app('prod')\n"}
    assert main_of(files) == "run:app"


def test_an_object_under_the_main_guard_cannot_be_imported() -> None:
    text = (
        "from flask import Flask\nif __name__ == '__main__':\n    app = Flask(__name__)\n"
        "    app.run(host='0.0.0.0')\n"
    )
    app = app_of({"main.py": text})
    assert value(app.main) == "main.py"
    assert value(app.start) == ("python", "main.py")


def test_objects_in_tests_docs_and_examples_do_not_count() -> None:
    files = {"shop.py": FLASK, "tests/app.py": FLASK, "examples/app.py": FLASK, "docs/app.py": FLASK}
    assert main_of(files) == "shop:app"


def test_a_framework_that_is_only_imported_in_tests_does_not_count() -> None:
    app = app_of({"main.py": "print('hello')\n", "tests/test_main.py": FASTAPI})
    assert (value(app.kind), app.framework) == ("cli", None)


def test_a_framework_that_is_only_installed_is_none() -> None:
    app = app_of({"requirements.txt": "fastapi\n", "main.py": "print('hello')\n"})
    assert (value(app.kind), app.framework) == ("cli", None)


def test_the_object_in_the_code_wins_over_what_is_installed() -> None:
    files = {"requirements.txt": "fastapi\nstreamlit\ngradio\n", "main.py": FASTAPI + "import streamlit\n"}
    assert value(app_of(files).framework) == "fastapi"


def test_an_application_that_is_mounted_in_another_is_a_part_of_it() -> None:
    mounts = FASTAPI + "from office import office\napp.mount('/office', office)\n"
    app = app_of({"office.py": "from fastapi import FastAPI\noffice = FastAPI()\n", "shop.py": mounts})
    assert (value(app.main), app.ambiguities) == ("shop:app", ())


@pytest.mark.parametrize("folder", ["nixpacks-setuptools", "my-shop"])
def test_a_folder_whose_name_is_no_identifier_is_imported_all_the_same(folder: str) -> None:
    """`python -m PACKAGE` and `__main__:app` would start something else, or nothing."""
    app = app_of(
        {
            "requirements.txt": "flask\n",
            f"{folder}/__main__.py": FLASK + "if __name__ == '__main__':\n    app.run()\n",
        }
    )
    assert value(app.main) == f"{folder}.__main__:app"


def test_the_distribution_name_is_not_taken_for_a_module() -> None:
    files = {
        "pyproject.toml": '[project]\nname = "flask-example"\nversion = "1"\ndependencies = ["flask"]\n',
        "web.py": FLASK,
    }
    assert main_of(files) == "web:app"


def test_a_package_without_a_main_module_is_never_run_as_one() -> None:
    files = {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n', "shop/__init__.py": "x = 1\n"}
    app = app_of(files)
    assert (value(app.kind), app.main, app.start) == ("library", None, None)


# -- who is believed first


def test_an_answer_wins_and_all_follows_from_it() -> None:
    files = {"requirements.txt": "fastapi\nuvicorn\n", "main.py": FASTAPI, "admin.py": FASTAPI}
    app = app_of(files, main="admin:app", port=9000)
    assert value(app.start) == ("uvicorn", "admin:app", "--host", "0.0.0.0", "--port", "9000")
    assert app.main is not None
    assert app.main.source == "answer: flag"


def test_the_procfile_wins_over_the_code() -> None:
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "Procfile": "web: gunicorn admin:app\n",
        "main.py": FLASK,
        "admin.py": FLASK,
    }
    app = app_of(files)
    assert value(app.main) == "admin:app"
    assert app.main is not None
    assert app.main.source == "Procfile:1"


def test_a_procfile_that_names_no_module_of_this_tree_decides_nothing() -> None:
    assert main_of({"Procfile": "web: gunicorn gone:app\n", "main.py": FLASK}) == "main:app"


def test_a_procfile_may_change_the_folder_first() -> None:
    app = app_of({"Procfile": "web: cd src && uvicorn main:app\n", "src/main.py": FASTAPI})
    assert value(app.main) == "main:app"
    assert value(app.python_path) == ("src",)


def test_a_factory_is_called_with_what_the_procfile_says() -> None:
    text = "from flask import Flask\ndef create_app(name='dev'):\n    return Flask(__name__)\n"
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "Procfile": "web: gunicorn 'shop:create_app(\"prod\")'\n",
        "shop.py": text,
    }
    app = app_of(files)
    assert value(app.main) == 'shop:create_app("prod")'
    assert value(app.start)[-1] == 'shop:create_app("prod")'  # type: ignore[index]


@pytest.mark.parametrize(
    "command", ["flask run", "python manage.py runserver", "python main.py", "flask --app main run"]
)
def test_a_development_server_in_the_procfile_is_not_taken_for_production(command: str) -> None:
    app = app_of({"requirements.txt": "flask\n", "Procfile": f"web: {command}\n", "main.py": FLASK})
    assert value(app.server) == "gunicorn"


def test_a_gateway_wins_over_other_names() -> None:
    files = {"wsgi.py": FLASK.replace("app =", "application ="), "main.py": FLASK}
    assert main_of(files) == "wsgi:application"


def test_what_serves_itself_wins_over_what_does_not() -> None:
    files = {
        "first.py": FASTAPI,
        "second.py": FASTAPI + "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run(app)\n",
    }
    assert main_of(files) == "second:app"


def test_a_launcher_elsewhere_names_the_application() -> None:
    files = {
        "first.py": FASTAPI,
        "second.py": FASTAPI,
        "run.py": "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('second:app')\n",
    }
    assert main_of(files) == "second:app"


def test_a_conventional_name_wins() -> None:
    assert main_of({"main.py": FASTAPI, "things.py": FASTAPI}) == "main:app"


def test_shallow_wins_over_deep() -> None:
    assert main_of({"one/two/app.py": FLASK, "app.py": FLASK}) == "app:app"


def test_equals_are_a_question_and_never_chance() -> None:
    app = app_of({"first.py": FASTAPI, "second.py": FASTAPI})
    assert app.ambiguities == (Ambiguity("main", ("first:app", "second:app")),)
    assert (app.main, app.start) == (None, None)
    assert value(app.framework) == "fastapi"


def test_an_answered_question_is_none() -> None:
    app = app_of({"first.py": FASTAPI, "second.py": FASTAPI}, main="second:app")
    assert app.ambiguities == ()
    assert value(app.main) == "second:app"


def test_flask_says_its_application_in_its_environment() -> None:
    files = {".env.example": "FLASK_APP=second.py\n", "first.py": FLASK, "second.py": FLASK}
    assert main_of(files) == "second:app"


# -- Django


def test_django_is_served_by_its_gateway() -> None:
    app = app_of(DJANGO)
    assert value(app.main) == "shop.wsgi:application"
    assert value(app.run_environment) == {"DJANGO_SETTINGS_MODULE": "shop.settings"}


def test_django_in_a_folder_of_its_own_has_that_folder_on_the_path() -> None:
    files = {f"web/{path}" if path != "requirements.txt" else path: text for path, text in DJANGO.items()}
    app = app_of(files)
    assert value(app.main) == "shop.wsgi:application"
    assert value(app.python_path) == ("web",)
    assert value(app.processes)["migrate"] == ("python", "web/manage.py", "migrate", "--noinput")  # type: ignore[index]


def test_django_with_channels_is_asynchronous() -> None:
    app = app_of({**DJANGO, "requirements.txt": "django\nchannels\ndaphne\n"})
    assert value(app.main) == "shop.asgi:application"
    assert value(app.server) == "daphne"


def test_django_without_a_gateway_is_served_by_its_own() -> None:
    files = {path: text for path, text in DJANGO.items() if not path.endswith("gi.py")}
    files["shop/settings.py"] = "ROOT_URLCONF = 'shop.urls'\n"
    app = app_of(files)
    assert value(app.main) == "django.core.wsgi:get_wsgi_application()"


def test_production_settings_are_taken_where_the_gateway_says_so() -> None:
    files = {
        **DJANGO,
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": "",
        "shop/settings/production.py": "from .base import *\n",
    }
    del files["shop/settings.py"]
    files["shop/wsgi.py"] = files["shop/wsgi.py"].replace("shop.settings", "shop.settings.production")
    assert value(app_of(files).run_environment) == {"DJANGO_SETTINGS_MODULE": "shop.settings.production"}


def test_a_manage_file_of_another_tool_is_no_django() -> None:
    assert value(app_of({"manage.py": "print('hello')\n", "main.py": FASTAPI}).framework) == "fastapi"


# -- scripts that serve


def test_streamlit_is_the_page_that_nothing_imports() -> None:
    files = {
        "streamlit_app.py": "import streamlit as st\nimport parts\n",
        "parts.py": "import streamlit as st\n",
        "pages/one.py": "import streamlit\n",
    }
    app = app_of(files)
    assert (value(app.framework), value(app.main)) == ("streamlit", "streamlit_app.py")


def test_a_streamlit_page_beside_pages_is_the_main_one() -> None:
    files = {
        "Start.py": "import streamlit\n",
        "pages/1_one.py": "import streamlit\n",
        "tools/show.py": "import streamlit\n",
    }
    assert main_of(files) == "Start.py"


@pytest.mark.parametrize(
    ("framework", "text"),
    [
        ("gradio", "import gradio as gr\ndemo = gr.Blocks()\ndemo.launch()\n"),
        ("tornado", "import tornado.web, asyncio\nasync def main():\n"
                    "    tornado.web.Application([]).listen(8888)\n"
                    "if __name__ == '__main__':\n    asyncio.run(main())\n"),
        ("bottle", "from bottle import run\nrun(host='0.0.0.0', port=8080)\n"),
        ("functions-framework", "import functions_framework\n@functions_framework.http\n"
                                "def hello(request): ...\n"),
    ],
)  # fmt: skip
def test_a_script_that_serves_is_a_web_program(framework: str, text: str) -> None:
    app = app_of({"main.py": text})
    assert (value(app.kind), value(app.framework), value(app.main)) == ("web", framework, "main.py")


def test_a_server_of_the_standard_library_is_a_web_program_without_a_framework() -> None:
    text = (
        "from http.server import HTTPServer\nif __name__ == '__main__':\n"
        "    HTTPServer(('', 8077), None).serve_forever()\n"
    )
    app = app_of({"main.py": text})
    assert (value(app.kind), app.framework, value(app.port)) == ("web", None, 8077)


def test_a_command_line_that_can_also_serve_is_no_web_program() -> None:
    text = "import uvicorn\ndef main(host, port):\n    uvicorn.run('x:y', host=host, port=port)\n"
    files = {"pyproject.toml": '[build-system]\nrequires = ["hatchling"]\n'
                               'build-backend = "hatchling.build"\n[project]\nname = "shop"\n'
                               'version = "1"\n[project.scripts]\nshop = "shop.cli:main"\n',
             "shop/__init__.py": "", "shop/cli.py": text}  # fmt: skip
    app = app_of(files)
    assert (value(app.kind), value(app.start)) == ("cli", ("shop",))


# -- what serves nobody


@pytest.mark.parametrize(
    "name", ["main.py", "app.py", "bot.py", "cli.py", "run.py", "server.py", "start.py", "hello.py"]
)
def test_a_plain_script_is_run(name: str) -> None:
    app = app_of({name: "print('hello')\n", "other.py": "x = 1\n"})
    assert (value(app.kind), value(app.start)) == ("cli", ("python", name))


def test_a_lone_script_of_any_name_is_run() -> None:
    assert value(app_of({"requirements.txt": "", "report.py": "print(1)\n"}).start) == ("python", "report.py")


def test_a_package_with_a_main_module_is_run_as_a_module() -> None:
    app = app_of({"shop/__init__.py": "", "shop/__main__.py": "print(1)\n"})
    assert value(app.start) == ("python", "-m", "shop")


def test_a_package_with_a_main_module_in_a_source_folder_has_it_on_the_path() -> None:
    app = app_of({"src/shop/__init__.py": "", "src/shop/__main__.py": "print(1)\n"})
    assert value(app.start) == ("python", "-m", "shop")
    assert value(app.python_path) == ("src",)


def test_a_folder_with_a_main_module_and_no_importable_name_is_run_as_a_folder() -> None:
    assert value(app_of({"my-tool/__main__.py": "print(1)\n"}).start) == ("python", "my-tool")


PACKAGED = (
    '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\n'
    'name = "shop"\nversion = "1"\n'
)


def test_one_console_command_is_run() -> None:
    files = {
        "pyproject.toml": PACKAGED + '[project.scripts]\nsell = "shop.cli:main"\n',
        "shop/__init__.py": "",
        "shop/cli.py": "def main(): ...\n",
    }
    assert value(app_of(files).start) == ("sell",)


def test_of_several_console_commands_the_one_named_as_the_project_is_run() -> None:
    scripts = '[project.scripts]\nsell = "shop.cli:sell"\nshop = "shop.cli:main"\n'
    files = {"pyproject.toml": PACKAGED + scripts, "shop/__init__.py": "", "shop/cli.py": "def main(): ...\n"}
    assert value(app_of(files).start) == ("shop",)


def test_several_console_commands_of_equal_standing_are_a_question() -> None:
    scripts = '[project.scripts]\nbuy = "shop.cli:buy"\nsell = "shop.cli:sell"\n'
    app = app_of(
        {"pyproject.toml": PACKAGED + scripts, "shop/__init__.py": "", "shop/cli.py": "def buy(): ...\n"}
    )
    assert app.ambiguities == (Ambiguity("main", ("buy", "sell")),)


def test_a_package_with_nothing_to_start_is_a_library() -> None:
    app = app_of({"pyproject.toml": PACKAGED, "shop/__init__.py": "", "shop/things.py": "x = 1\n"})
    assert (value(app.kind), app.start) == ("library", None)


@pytest.mark.parametrize(
    "text",
    [
        "import discord\nclient = discord.Client(intents=None)\nclient.run('x')\n",
        "from telegram.ext import Application\napp = Application.builder().build()\napp.run_polling()\n",
        "import time\nwhile True:\n    time.sleep(1)\n",
        "import schedule, time\ndef main():\n    while True:\n        schedule.run_pending()\n"
        "if __name__ == '__main__':\n    main()\n",
    ],
)
def test_a_program_that_never_ends_is_a_worker(text: str) -> None:
    app = app_of({"bot.py": text})
    assert (value(app.kind), app.port, app.health) == ("worker", None, None)


def test_a_loop_that_is_left_is_no_worker() -> None:
    assert value(app_of({"main.py": "while True:\n    if input():\n        break\n"}).kind) == "cli"


@pytest.mark.parametrize(
    ("files", "target"),
    [
        ({"worker.py": "from celery import Celery\napp = Celery('x')\n"}, "worker:app"),
        (
            {"shop/__init__.py": "", "shop/celery.py": "from celery import Celery\napp = Celery('shop')\n"},
            "shop.celery:app",
        ),
        ({"tasks.py": "import celery\nqueue = celery.Celery()\n"}, "tasks:queue"),
        (
            {
                "make.py": "from celery import Celery\ndef make():\n    c = Celery()\n    return c\n"
                "worker = make()\n"
            },
            "make:worker",
        ),
    ],
)
def test_celery_alone_is_a_worker(files: dict[str, str], target: str) -> None:
    app = app_of({"requirements.txt": "celery\n", **files})
    assert (value(app.kind), value(app.framework)) == ("worker", "celery")
    assert value(app.start) == ("celery", "-A", target, "worker", "--loglevel", "INFO")


def test_celery_beside_a_web_program_is_another_process() -> None:
    files = {"requirements.txt": "fastapi\nuvicorn\ncelery\n", "main.py": FASTAPI,
             "worker.py": "from celery import Celery\napp = Celery('x')\n"
                          "app.conf.beat_schedule = {}\n"}  # fmt: skip
    app = app_of(files)
    processes = value(app.processes)
    assert isinstance(processes, dict)
    assert value(app.kind) == "web"
    assert list(processes) == ["web", "worker", "beat"]
    assert processes["beat"][-2:] == ("--schedule", "/tmp/celerybeat-schedule")


def test_a_schedule_in_the_database_has_its_own_scheduler() -> None:
    files = {
        **DJANGO,
        "requirements.txt": "django\ncelery\ndjango-celery-beat\n",
        "shop/celery.py": "from celery import Celery\napp = Celery('shop')\n",
        "shop/settings.py": "INSTALLED_APPS = ['django_celery_beat']\n",
    }
    processes = value(app_of(files).processes)
    assert isinstance(processes, dict)
    assert processes["beat"][-1] == "django_celery_beat.schedulers:DatabaseScheduler"


# -- migrations


def test_alembic_brings_the_schema_up_to_date() -> None:
    files = {
        "requirements.txt": "fastapi\nalembic\n",
        "main.py": FASTAPI,
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": "",
    }
    assert value(app_of(files).processes)["migrate"] == ("alembic", "upgrade", "head")  # type: ignore[index]


def test_alembic_in_another_folder_is_named() -> None:
    files = {
        "requirements.txt": "fastapi\nalembic\n",
        "main.py": FASTAPI,
        "db/alembic.ini": "[alembic]\nscript_location = %(here)s/scripts\n",
        "db/scripts/env.py": "",
    }
    assert value(app_of(files).processes)["migrate"] == ("alembic", "-c", "db/alembic.ini", "upgrade", "head")  # type: ignore[index]


def test_alembic_whose_scripts_are_not_found_from_here_is_said_and_left_out() -> None:
    files = {
        "requirements.txt": "fastapi\nalembic\n",
        "main.py": FASTAPI,
        "db/alembic.ini": "[alembic]\nscript_location = scripts\n",
        "db/scripts/env.py": "",
    }
    app = app_of(files)
    assert "migrate" not in value(app.processes)  # type: ignore[operator]
    assert [warning.code for warning in app.warnings if warning.source == "db/alembic.ini"] == [
        "migrations-elsewhere"
    ]
    files["main.py"] += "from alembic.command import upgrade\nupgrade(None, 'head')\n"
    assert app_of(files).warnings == tuple(one for one in app.warnings if one.source != "db/alembic.ini")


def test_a_django_without_databases_is_not_migrated() -> None:
    """Seen (apprise-api): settings without DATABASES, and `migrate` fails."""
    app = app_of({**DJANGO, "shop/settings.py": "DEBUG = False\n"})
    assert "migrate" not in value(app.processes)  # type: ignore[operator]


def test_flask_migrate_brings_the_schema_up_to_date() -> None:
    files = {"requirements.txt": "flask\nflask-migrate\n", "shop.py": FLASK, "migrations/env.py": ""}
    assert value(app_of(files).processes)["migrate"] == ("flask", "--app", "shop:app", "db", "upgrade")  # type: ignore[index]


def test_a_flask_without_the_option_app_is_migrated_in_python() -> None:
    """Seen (CTFd): Flask 2.1 knows the application by FLASK_APP alone, and distroless has no `env`."""
    files = {"requirements.txt": "flask==2.1.3\nflask-migrate\n", "shop.py": FLASK, "migrations/env.py": ""}
    code = "import shop as m, flask_migrate; m.app.app_context().push(); flask_migrate.upgrade()"
    assert value(app_of(files).processes)["migrate"] == ("python", "-c", code)  # type: ignore[index]


def test_the_procfile_adds_processes_and_its_release_is_a_migration() -> None:
    files = {
        "requirements.txt": "flask\n",
        "main.py": FLASK,
        "Procfile": "web: gunicorn main:app\nmail: python mail.py\nrelease: python up.py\nbad: run $X\n",
    }
    processes = value(app_of(files).processes)
    assert isinstance(processes, dict)
    assert processes["mail"] == ("python", "mail.py")
    assert processes["migrate"] == ("python", "up.py")
    assert "bad" not in processes


def test_a_procfile_without_a_web_process_says_what_runs() -> None:
    app = app_of(
        {"Procfile": "worker: python jobs/loop.py --all\n", "jobs/loop.py": "print(1)\n", "main.py": ""}
    )
    assert (value(app.kind), value(app.start)) == ("worker", ("python", "jobs/loop.py", "--all"))


def test_a_script_in_another_images_folder_is_the_projects_own() -> None:
    app = app_of(
        {
            "Dockerfile": 'FROM python:3.12\nCMD ["python", "/code/jobs/loop.py"]\n',
            "jobs/loop.py": "",
            "x.py": "",
        }
    )
    assert value(app.start) == ("python", "jobs/loop.py")


def test_the_folder_that_a_server_changes_to_is_on_the_path_instead() -> None:
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "Procfile": "web: gunicorn --chdir web -w 2 main:app\n",
        "web/main.py": FLASK,
    }
    app = app_of({**files, "web/requirements.txt": ""})
    assert value(app.main) == "main:app"
    assert value(app.python_path) == ("web",)
    assert "--chdir" not in value(app.start)  # type: ignore[operator]
    assert "-w" in value(app.start)  # type: ignore[operator]


def test_flask_says_its_application_in_its_own_file() -> None:
    assert (
        main_of({".flaskenv": "FLASK_APP=second.py\n", "first.py": FLASK, "second.py": FLASK}) == "second:app"
    )


# -- a server of its own


def test_an_application_that_a_program_completes_is_served_by_that_program() -> None:
    """Seen (calibre-web): `gunicorn cps:app` answers 404 to all, for `main()` registers what it answers."""
    files = {
        "requirements.txt": "flask\ngevent\n",
        "shop.py": "from cps.main import main\nif __name__ == '__main__':\n    main()\n",
        "cps/__init__.py": "from flask import Flask\nfrom .server import Server\n"
        "app = Flask(__name__)\nserver = Server()\n",
        "cps/main.py": "from . import app, server\n\ndef main():\n    from .web import web\n"
        "    app.register_blueprint(web)\n    server.start(app)\n",
        "cps/web.py": "from flask import Blueprint\nweb = Blueprint('web', __name__)\n"
        "@web.route('/')\ndef index(): ...\n",
        "cps/settings.py": "import os\nPORT = 8083\nPORT = int(os.environ.get('SHOP_PORT', PORT))\n",
        "cps/server.py": "from gevent.pywsgi import WSGIServer\nclass Server:\n    def start(self, app):\n"
        "        WSGIServer((self.address, self.port), self.app).serve_forever()\n",
    }
    app = app_of(files)
    assert (value(app.start), value(app.port), value(app.framework)) == (("python", "shop.py"), 8083, "flask")
    assert app.additions is None
    files["cps/__init__.py"] += "from .web import web\napp.register_blueprint(web)\n"
    assert value(app_of(files).start)[0] == "gunicorn"  # type: ignore[index]


def test_a_program_that_gevent_patches_gets_its_worker() -> None:
    files = {"requirements.txt": "flask\ngunicorn\ngevent\n", "wsgi.py": FLASK}
    assert "--worker-class" not in value(app_of(files).start)  # type: ignore[operator]
    files["wsgi.py"] = "from gevent import monkey\nmonkey.patch_all()\n" + FLASK
    assert "gevent" in value(app_of(files).start)  # type: ignore[operator]


# -- settings of Django that nothing names


def test_settings_that_nothing_names_are_those_for_no_other_occasion() -> None:
    """Seen (babybuddy): neither manage.py nor wsgi.py names any, and a .env does that nobody commits."""
    files = {
        "requirements.txt": "django\n",
        "manage.py": "from django.core.management import execute_from_command_line as run\nrun()\n",
        "shop/__init__.py": "",
        "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
        "application = get_wsgi_application()\n",
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": "import os\nSECRET_KEY = os.environ.get('SECRET_KEY') or None\n"
        "INSTALLED_APPS = ['django.contrib.staticfiles']\nSTATIC_ROOT = 'static'\nDATABASES = {}\n",
        "shop/settings/test.py": "from .base import *\n",
        "shop/settings/ci.py": "INSTALLED_APPS = []\n",
    }
    app = app_of(files)
    assert value(app.run_environment)["DJANGO_SETTINGS_MODULE"] == "shop.settings.base"  # type: ignore[index]
    assert value(app.build_environment) == {
        "DJANGO_SETTINGS_MODULE": "shop.settings.base",
        "SECRET_KEY": "build",
    }
    files["shop/settings/production.py"] = "from .base import *\n"
    changed = app_of(files)
    assert value(changed.run_environment)["DJANGO_SETTINGS_MODULE"] == "shop.settings.production"  # type: ignore[index]


def test_a_cache_in_the_database_gets_its_table() -> None:
    settings = (
        "DATABASES = {}\nCACHES = {'default': {'BACKEND': 'django.core.cache.backends.db.DatabaseCache'}}\n"
    )
    migrate = value(app_of({**DJANGO, "shop/settings.py": settings}).processes)["migrate"]  # type: ignore[index]
    assert "createcachetable" in migrate[-1]


def test_settings_that_take_those_for_development_while_they_are_there_are_not_for_production() -> None:
    """Seen (linkding): `from .dev import *` if it is there, else `.prod`: its image would have had DEBUG."""
    files = {
        **DJANGO,
        "shop/settings.py": "",
        "shop/settings/__init__.py": "try:\n    from .dev import *\nexcept:\n    from .prod import *\n",
        "shop/settings/base.py": "INSTALLED_APPS = []\nDATABASES = {}\n",
        "shop/settings/dev.py": "from .base import *\nDEBUG = True\n",
        "shop/settings/prod.py": "from .base import *\nDEBUG = False\n",
    }
    del files["shop/settings.py"]
    app = app_of(files)
    assert value(app.run_environment) == {"DJANGO_SETTINGS_MODULE": "shop.settings.prod"}
    assert value(app.dev)[:2] == ("env", "DJANGO_SETTINGS_MODULE=shop.settings")  # type: ignore[index]


def test_static_files_that_are_committed_as_collected_are_not_collected_again() -> None:
    """Seen (babybuddy): its bundles are in static/, and what they are made from is not there."""
    settings = "INSTALLED_APPS = ['django.contrib.staticfiles']\nSTATIC_ROOT = 'static'\nDATABASES = {}\n"
    files = {**DJANGO, "shop/settings.py": settings}
    assert app_of(files).collectstatic is not None
    assert app_of({**files, "static/staticfiles.json": "{}"}).collectstatic is None
