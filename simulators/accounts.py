"""The insurer's accounts at the vendors, read from the same JSON lists that the gateway reads."""

from pydantic import BaseModel, ConfigDict, SecretStr

from simulators.chats import Account

# How the accounts are called on the phone. A market of its own name is shown by it.
COUNTRIES = {"id": "Indonesia", "rs": "Serbia", "it": "Italy"}


class _Common(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str
    market: str
    language: str | None = None

    @property
    def shown(self) -> Account:
        """As the page offers it."""
        country = COUNTRIES.get(self.market, self.market)
        return Account(self.name, self.market, self.language or "", f"CARE {country}")


class TelegramAccount(_Common):
    """A bot."""

    token: SecretStr
    webhook_secret: SecretStr


class WhatsAppTemplate(BaseModel):
    """One that the vendor approved, in its languages; without words it is known by its name only."""

    model_config = ConfigDict(extra="ignore")

    name: str
    languages: dict[str, str] = {}
    texts: dict[str, str] = {}


class WhatsAppAccount(_Common):
    """A business phone number."""

    phone_number_id: str
    access_token: SecretStr
    app_secret: SecretStr
    verify_token: SecretStr
    templates: list[WhatsAppTemplate] = []
