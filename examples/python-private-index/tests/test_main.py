from starlette.testclient import TestClient

from main import app


def test_a_visitor_is_greeted():
    assert TestClient(app).get("/").text == "Greetings from Acme at the reception"
