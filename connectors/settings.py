"""Settings of the gateway, read once from CONNECTORS_* variables; secrets have defaults in demo mode only."""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET_PREFIX = "demo-"  # noqa: S105
SHORTEST_SECRET = 24
# What an agent's approved text may be filled with.
AGENTS_FIELDS = frozenset({"first_name", "agent", "phone", "email", "emergency"})


class Account(BaseModel):
    """One of the insurer's accounts at a messenger; it belongs to a market."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$", description="In the webhook's address and in ours")
    market: str = Field(pattern=r"^[a-z]{2,8}$")
    language: str | None = Field(
        default=None, description="Spoken until the customer has written, by default the market's first"
    )

    @property
    def secrets(self) -> dict[str, SecretStr]:
        """Its secret fields by name."""
        return {name: value for name, value in self if isinstance(value, SecretStr)}


class TelegramAccount(Account):
    """A bot."""

    token: SecretStr
    webhook_secret: SecretStr
    mode: Literal["webhook", "polling"] = "webhook"

    @field_validator("webhook_secret")
    @classmethod
    def is_taken_by_telegram(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("webhook_secret may have letters, digits, _ and - only, 1 to 256 of them")
        return value

    @field_validator("token")
    @classmethod
    def is_a_token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]{20,}", value.get_secret_value()):
            raise ValueError("token is not one: BotFather gives digits, a colon and some 35 characters")
        return value


class WhatsAppTemplate(BaseModel):
    """A message that Meta approved beforehand: the only kind it takes 24 hours after the customer last wrote."""

    model_config = ConfigDict(extra="forbid")

    news: list[str] = Field(
        default=[],
        description="The kinds of news it tells (`request_paid` ...); empty: any, as a last resort",
    )
    name: str
    languages: dict[str, str] = Field(
        min_length=1, description="Of ours (`it`, `sr`, `sr-Cyrl`) to Meta's code of the approved variant"
    )
    parameters: list[str] = Field(
        default=[], description="What {{1}}, {{2}} ... stand for: a value of the news, or `text`, all of it"
    )
    tells_all: bool = Field(
        default=True, description="False: it only asks to write to us; the message itself follows then"
    )
    button: bool = Field(default=False, description="It has a quick reply, which does what our button does")
    texts: dict[str, str] = Field(
        default={},
        description="The approved words, under the keys of `languages`: given, agents choose it at the desk, and it "
        "is sent for nothing else. `parameters` are then `first_name`, `agent`, `phone`, `email`, `emergency`",
    )

    @model_validator(mode="after")
    def fits_the_desk(self) -> Self:
        """What agents choose from is told with its words, and all of them can be filled in."""
        if not self.texts:
            return self
        if self.news or self.button or not self.tells_all:
            raise ValueError(f"template {self.name}: with texts there is no news, button or tells_all")
        if self.texts.keys() != self.languages.keys():
            raise ValueError(f"template {self.name}: texts has not the same keys as languages")
        if unknown := set(self.parameters) - AGENTS_FIELDS:
            raise ValueError(f"template {self.name}: agents cannot fill in {', '.join(sorted(unknown))}")
        wanted = {f"{{{{{number}}}}}" for number in range(1, len(self.parameters) + 1)}
        for text in self.texts.values():
            if set(re.findall(r"\{\{.*?\}\}", text)) != wanted:
                raise ValueError(f"template {self.name}: its text does not have each of its parameters")
        return self

    @property
    def is_last_resort(self) -> bool:
        return not self.news and not self.texts


class WhatsAppAccount(Account):
    """A business phone number."""

    phone_number_id: str = Field(pattern=r"^\d{1,40}$")
    access_token: SecretStr = Field(min_length=1)
    app_secret: SecretStr = Field(min_length=1)
    verify_token: SecretStr = Field(min_length=1)
    templates: list[WhatsAppTemplate] = []


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

    # Messengers: an empty list means that the channel is not there.
    telegram_accounts: list[TelegramAccount] = Field(
        default=[],
        description='JSON list: [{"name", "market", "language"?, "token", "webhook_secret", "mode"?: "webhook"|"polling"}]',
    )
    telegram_api_url: str = "https://api.telegram.org"
    whatsapp_accounts: list[WhatsAppAccount] = Field(
        default=[],
        description='JSON list: [{"name", "market", "language"?, "phone_number_id", "access_token", "app_secret", "verify_token", "templates"?}]',
    )
    whatsapp_api_url: str = "https://graph.facebook.com"
    messenger_settle_seconds: float = Field(
        default=0.3,
        ge=0,
        description="A message waits so long for one that was written before and comes later",
    )
    messenger_late_seconds: float = Field(
        default=600, gt=0, description="Older than that and overtaken: a message is not executed any more"
    )

    # A turn: after `patience` the customer is told that it takes longer, after `give_up` to write again.
    turn_patience_seconds: float = 10
    turn_timeout_seconds: float = 30
    turn_give_up_seconds: float = 1800
    turn_lease_seconds: float = 10
    turns_at_once: int = 16
    telegram_chat_seconds: float = Field(
        default=1, ge=0, description="Between two messages in one chat, after the first few; Telegram's limit"
    )
    deliveries_at_once: int = Field(
        default=16, description="Messages out that are handed to each messenger at the same time"
    )

    conversation_hours: int = Field(
        default=24, description="A website conversation ends so long after its last use"
    )
    button_hours: int = 24
    transcript_days: int = Field(
        default=30, ge=1, description="What was written is removed after so long, by whomever it was written"
    )
    report_days: int = Field(
        default=400, ge=1, description="The desk's figures, which name nobody, are kept so long"
    )
    heartbeat_seconds: float = Field(
        default=5, description="An open event stream looks again at least so often"
    )

    news_seconds: float = Field(
        default=2, gt=0, description="So often the backend is asked what customers are to be told"
    )

    # People at the desk.
    care_silent_minutes: float = Field(
        default=10,
        gt=0,
        description="A customer whom the owner does not answer for so long waits in the queue again",
    )
    care_gone_minutes: float = Field(
        default=3, gt=1, description="An owner not seen for so long is gone: colleagues may take over"
    )
    care_page_gone_minutes: float = Field(
        default=2,
        gt=0,
        description="Whoever closed the page for so long is passed by those who wait with theirs open",
    )
    care_ticket_hours: int = Field(
        default=72,
        ge=1,
        description="A website conversation in which a message was left lives at least so long",
    )

    # Modest limits, per process; 0 switches one off.
    messages_per_minute: int = Field(default=60, description="Of one conversation")
    requests_per_minute: int = Field(default=600, description="Of one address, reading included")
    conversations_per_minute: int = Field(default=20, description="Opened by one address")

    secure_forms_per_minute: int = Field(default=30, description="Secure pages sent from one address")

    # The CARE desk under /care, for the people who take conversations over.
    care_desk: bool = Field(
        default=True,
        description="False: nobody answers in the chat; who asks for a person is told how to reach CARE",
    )
    care_logins_per_minute: int = Field(
        default=120, description="Forms of the desk's door sent from one address; an office may share one"
    )
    care_oidc_issuer: str | None = Field(
        default=None, description="The house's OpenID provider; none: staff log in with password and code"
    )
    care_oidc_client_id: str | None = None
    care_oidc_client_secret: SecretStr | None = None
    care_oidc_username_claim: str = Field(
        default="preferred_username", description="Which claim is the user name in the staff directory"
    )
    care_oidc_name: str = Field(default="SSO", description="How the button for it is called")

    log_level: str = "INFO"

    @property
    def page_gone(self) -> timedelta:
        """How long the page of somebody who waits may be closed before others pass."""
        return timedelta(minutes=self.care_page_gone_minutes)

    @field_validator("public_url", "backend_url", "rasa_url", "telegram_api_url", "whatsapp_api_url")
    @classmethod
    def drop_last_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def refuse_accounts_twice(self) -> Self:
        """A webhook, and what identifies us to the vendor, belongs to one account."""
        refuse_twice("CONNECTORS_TELEGRAM_ACCOUNTS", "name", [one.name for one in self.telegram_accounts])
        tokens = [one.token.get_secret_value() for one in self.telegram_accounts]
        refuse_twice("CONNECTORS_TELEGRAM_ACCOUNTS", "token", tokens)
        refuse_twice("CONNECTORS_WHATSAPP_ACCOUNTS", "name", [one.name for one in self.whatsapp_accounts])
        numbers = [one.phone_number_id for one in self.whatsapp_accounts]
        refuse_twice("CONNECTORS_WHATSAPP_ACCOUNTS", "phone_number_id", numbers)
        return self

    @model_validator(mode="after")
    def refuse_half_a_provider(self) -> Self:
        """An OpenID provider needs all three; an issuer is compared to the letter, so it keeps its slash."""
        parts = (self.care_oidc_issuer, self.care_oidc_client_id, self.care_oidc_client_secret)
        if any(parts) and not all(parts):
            raise ValueError("CONNECTORS_CARE_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET belong together")
        if self.profile == "production" and not (self.care_oidc_issuer or "https://").startswith("https://"):
            raise ValueError("CONNECTORS_CARE_OIDC_ISSUER must be https in production")
        return self

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
            refuse_weak("CONNECTORS_TELEGRAM_ACCOUNTS", self.telegram_accounts, self.telegram_api_url)
            refuse_weak("CONNECTORS_WHATSAPP_ACCOUNTS", self.whatsapp_accounts, self.whatsapp_api_url)
        return self

    @property
    def demo(self) -> bool:
        return self.profile == "demo"


def refuse_twice(variable: str, field: str, values: list[str]) -> None:
    """Raises ValueError naming the variable; the value may be a secret and is not named."""
    if len(set(values)) != len(values):
        raise ValueError(f"{variable}: two accounts have the same {field}")


def refuse_weak(variable: str, accounts: Sequence[Account], api_url: str) -> None:
    """Raises ValueError for secrets that are short or public knowledge, and for a vendor without TLS."""
    for account in accounts:
        for name, secret in account.secrets.items():
            where, value = f"{variable}: {name} of account {account.name}", secret.get_secret_value()
            # A bot's token begins with its number.
            if value.rpartition(":")[2].startswith(DEMO_SECRET_PREFIX):
                raise ValueError(f"{where} still has its demo value")
            if len(value) < SHORTEST_SECRET:
                raise ValueError(f"{where} is shorter than {SHORTEST_SECRET} characters")
    if accounts and not api_url.startswith("https://"):
        raise ValueError(f"{variable.replace('ACCOUNTS', 'API_URL')} must be https in production")


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
