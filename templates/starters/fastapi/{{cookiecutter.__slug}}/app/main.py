"""The service: its routes."""

from fastapi import FastAPI
from pydantic import BaseModel

from app.settings import settings

app = FastAPI()


class Message(BaseModel):
    message: str


@app.get("/")
async def greet(name: str = "world") -> Message:
    return Message(message=f"{settings.greeting}, {name}!")


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}
