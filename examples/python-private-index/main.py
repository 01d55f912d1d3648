from acme_greetings import greeting
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def homepage(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{greeting()} at the reception")


app = Starlette(routes=[Route("/", homepage)])
