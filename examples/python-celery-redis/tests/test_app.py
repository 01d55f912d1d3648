import pytest

from app import app
from tasks import celery


@pytest.fixture(autouse=True)
def _no_broker():
    celery.conf.task_always_eager = True


def test_a_sum_comes_from_a_task():
    assert app.test_client().get("/add/19/23").text == "The worker says 42"
