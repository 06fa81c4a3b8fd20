"""Settings of the gateway, read once from CONNECTORS_* variables; secrets have defaults in demo mode only."""

from functools import lru_cache
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET_PREFIX = "demo-"  # noqa: S105
SHORTEST_SECRET = 24


class Settings(BaseSettings):
    """One field a variable: `CONNECTORS_DATABASE_URL` is `database_url`."""

    model_config = SettingsConfigDict(env_prefix="CONNECTORS_", env_file=".env", extra="ignore")

    profile: Literal["demo", "production"] = "demo"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="How customers' browsers reach this program"
    )
    database_url: str = "sqlite:///var/connectors.db"
    backend_url: str = "http://127.0.0.1:8001"
    backend_token: SecretStr = SecretStr("demo-connectors-token")
    rasa_url: str = "http://127.0.0.1:5005"
    rasa_channel_token: SecretStr = SecretStr("demo-channel-token")
    embedding_origins: list[str] = Field(
        default=[], description='JSON list of the websites that embed the widget: ["https://www.example.org"]'
    )
    redis_url: SecretStr | None = Field(
        default=None, description="Wake-up bus between several processes; none is needed for one"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses whose X-Forwarded-For is believed, comma separated"
    )
    simulators_url: str | None = Field(
        default=None, description="Where the simulators' /phone is, to be led there in demo mode"
    )

    # A turn: after `patience` the customer is told that it takes longer, after `give_up` to write again.
    turn_patience_seconds: float = 10
    turn_timeout_seconds: float = 30
    turn_give_up_seconds: float = 1800
    turn_lease_seconds: float = 10
    turns_at_once: int = 16

    conversation_hours: int = Field(
        default=24, description="A website conversation ends so long after its last use"
    )
    button_hours: int = 24
    transcript_days: int = Field(
        default=30, ge=1, description="What was written is removed after so long, by whomever it was written"
    )
    heartbeat_seconds: float = Field(
        default=5, description="An open event stream looks again at least so often"
    )

    news_seconds: float = Field(
        default=2, gt=0, description="So often the backend is asked what customers are to be told"
    )

    # Modest limits, per process; 0 switches one off.
    messages_per_minute: int = Field(default=60, description="Of one conversation")
    requests_per_minute: int = Field(default=600, description="Of one address, reading included")
    conversations_per_minute: int = Field(default=20, description="Opened by one address")

    secure_forms_per_minute: int = Field(default=30, description="Secure pages sent from one address")

    log_level: str = "INFO"

    @field_validator("public_url", "backend_url", "rasa_url")
    @classmethod
    def drop_last_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def refuse_demo_secrets_in_production(self) -> Self:
        """Demo secrets are public knowledge: a production profile does not start with them."""
        if self.profile == "production":
            for name in ("backend_token", "rasa_channel_token"):
                if getattr(self, name).get_secret_value().startswith(DEMO_SECRET_PREFIX):
                    raise ValueError(f"CONNECTORS_{name.upper()} still has its demo value")
                if len(getattr(self, name).get_secret_value()) < SHORTEST_SECRET:
                    raise ValueError(
                        f"CONNECTORS_{name.upper()} is shorter than {SHORTEST_SECRET} characters"
                    )
            if not self.public_url.startswith("https://"):
                raise ValueError("CONNECTORS_PUBLIC_URL must be https in production: passwords pass there")
        return self

    @property
    def demo(self) -> bool:
        return self.profile == "demo"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
