from fastapi.testclient import TestClient

from shop.main import app

client = TestClient(app)


def test_the_root_welcomes():
    assert client.get("/").json() == {"message": "Welcome to the corner shop"}


def test_an_item_is_read():
    assert client.get("/items/5?q=blue").json() == {"item_id": 5, "q": "blue"}
