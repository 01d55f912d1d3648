from litestar import Litestar, get


@get("/")
async def hello_world() -> str:
    return "It is sunny today"


@get("/forecast")
async def forecast() -> dict[str, str]:
    return {"city": "Lisbon", "weather": "sunny"}


app = Litestar(route_handlers=[hello_world, forecast])
