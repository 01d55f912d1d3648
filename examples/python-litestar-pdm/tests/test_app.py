from litestar.testing import TestClient

from app import app


def test_the_weather_is_told():
    with TestClient(app=app) as client:
        assert client.get("/").text == "It is sunny today"


def test_a_city_has_a_forecast():
    with TestClient(app=app) as client:
        assert client.get("/forecast").json() == {"city": "Lisbon", "weather": "sunny"}
