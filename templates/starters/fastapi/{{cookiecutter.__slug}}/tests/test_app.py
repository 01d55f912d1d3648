from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def test_the_world_is_greeted() -> None:
    assert client.get("/").json() == {"message": "Hello, world!"}


def test_somebody_is_greeted_by_name() -> None:
    assert client.get("/", params={"name": "Ada"}).json() == {"message": "Hello, Ada!"}


def test_it_is_well() -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
