"""Settings of the simulators, read once from SIMULATORS_* variables. `make run` fills in the accounts."""

from functools import lru_cache

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from simulators.accounts import TelegramAccount, WhatsAppAccount


class Settings(BaseSettings):
    """One field a variable: `SIMULATORS_PORT` is `port`."""

    model_config = SettingsConfigDict(env_prefix="SIMULATORS_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8002
    connectors_url: str = Field(
        default="http://127.0.0.1:8000", description="The gateway, whose webhooks are called"
    )
    telegram_accounts: list[TelegramAccount] = []
    whatsapp_accounts: list[WhatsAppAccount] = []

    @field_validator("connectors_url")
    @classmethod
    def drop_last_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def own_url(self) -> str:
        """Where this program is reached: links to files of the vendors begin with it."""
        return f"http://127.0.0.1:{self.port}"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
