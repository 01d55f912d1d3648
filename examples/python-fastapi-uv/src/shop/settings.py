from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    shop_name: str = "the corner shop"


settings = Settings()
