"""Settings of the action server, from ACTIONS_* variables."""

from functools import lru_cache
from typing import Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 24


class Settings(BaseSettings):
    """One field a variable: `ACTIONS_BACKEND_URL` is `backend_url`."""

    model_config = SettingsConfigDict(env_prefix="ACTIONS_", env_file=".env", extra="ignore")

    profile: Literal["demo", "production"] = "demo"
    host: str = "127.0.0.1"
    port: int = 5055
    backend_url: str = "http://127.0.0.1:8001"
    backend_token: SecretStr = SecretStr("demo-actions-token")
    # Rasa holds the conversation's lock for 60 s; a call that waits longer than this would endanger it.
    backend_timeout_seconds: float = 4.0
    public_url: str = "http://127.0.0.1:8000"
    log_level: str = "INFO"

    @model_validator(mode="after")
    def refuse_demo_secrets_in_production(self) -> Self:
        """Demo secrets are public knowledge: a production profile does not start with them."""
        token = self.backend_token.get_secret_value()
        if self.profile == "production" and token.startswith("demo-"):
            raise ValueError("ACTIONS_BACKEND_TOKEN still has its demo value")
        if self.profile == "production" and len(token) < SHORTEST_SECRET:
            raise ValueError(f"ACTIONS_BACKEND_TOKEN is shorter than {SHORTEST_SECRET} characters")
        return self


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
