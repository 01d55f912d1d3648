from fastapi import FastAPI

from shop.settings import settings

app = FastAPI()


@app.get("/")
async def read_root() -> dict[str, str]:
    return {"message": f"Welcome to {settings.shop_name}"}


@app.get("/items/{item_id}")
async def read_item(item_id: int, q: str | None = None) -> dict[str, int | str | None]:
    return {"item_id": item_id, "q": q}


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}
