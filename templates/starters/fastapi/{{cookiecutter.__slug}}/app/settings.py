"""What the environment says."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    greeting: str = "Hello"


settings = Settings()
