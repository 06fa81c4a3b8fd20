"""Settings of the backend, read once from BACKEND_* variables; no secret has a default outside demo mode."""

from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET_PREFIX = "demo-"  # noqa: S105 (tells demo secrets from real ones)

SHORTEST_SECRET = 24


class Settings(BaseSettings):
    """One field a variable: `BACKEND_DATABASE_URL` is `database_url`."""

    model_config = SettingsConfigDict(env_prefix="BACKEND_", env_file=".env", extra="ignore")

    profile: Literal["demo", "production"] = "demo"
    host: str = "127.0.0.1"
    port: int = 8001
    database_url: str = "sqlite:///var/backend.db"
    files_folder: Path = Path("var/files")
    connectors_token: SecretStr = SecretStr("demo-connectors-token")
    actions_token: SecretStr = SecretStr("demo-actions-token")
    # Keys the hashes of codes and link tokens, so that a copied database alone gives neither.
    hash_key: SecretStr = SecretStr("demo-hash-key-0123456789abcdef0123456789abcdef")
    # Signs the cookie of staff in the back office.
    office_secret: SecretStr = SecretStr("demo-office-secret-0123456789abcdef")
    # Encrypts the secrets from which staff's one-time passwords are made.
    staff_key: SecretStr = SecretStr("demo-staff-key-0123456789abcdef0123456789")
    staff_keys_before: list[SecretStr] = Field(
        default=[], description="keys of before, which still decrypt until `python -m backend.staff rekey`"
    )
    # A log-in of staff ends after so long without a click, and after so long in any case.
    staff_idle_seconds: int = Field(default=900, ge=1)
    staff_absolute_seconds: int = Field(default=28_800, ge=1)
    # How long a right password waits for its code, and an invitation for its password.
    staff_ticket_seconds: int = Field(default=300, ge=1)
    staff_invitation_seconds: int = Field(default=86_400, ge=1)
    # Wrong log-ins of staff from one address, whatever the names; those of a name count as customers' do.
    staff_address_wrong_in_a_row: int = Field(default=20, ge=1)
    staff_address_wrong_a_day: int = Field(default=300, ge=1)
    # The house's own log-in (OpenID Connect), whose word about staff is taken; none: passwords and codes only.
    staff_oidc_issuer: str | None = None
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host:587; without it mail stays in the demo mailbox"
    )
    mail_from: str = "CARE <care@example.org>"
    # Where the gateway is reached: stands in the QR code of a card.
    public_url: str = "http://127.0.0.1:8000"
    # Where premiums are paid. The stand-in takes no money: the default of the demo profile, refused in production.
    payment_provider: Literal["stand_in"] | None = None
    payment_secret: SecretStr = SecretStr("demo-payment-secret-0123456789abcdef")
    # The gateway's public route that the provider calls back.
    payment_callback_url: str = "http://127.0.0.1:8000/callbacks/payments"
    sms_url: str | None = Field(
        default=None, description="HTTP gateway of text messages; without it they stay in the demo mailbox"
    )
    sms_token: SecretStr | None = None
    login_idle_seconds: int = 300
    login_absolute_seconds: int = 1800
    login_link_seconds: int = 300
    # How long after a right password a code may still be asked for again.
    login_pending_seconds: int = 900
    # Wrong tries after which an account (or a conversation) pauses, in a row and a day.
    passwords_wrong_in_a_row: int = 5
    passwords_wrong_a_day: int = 100
    code_tries: int = 3
    codes_wrong_in_a_row: int = 5
    codes_wrong_a_day: int = 10
    pause_seconds: int = 900
    # How often somebody may say who they are to open an account or to get a forgotten password.
    details_in_a_row: int = 8
    details_a_day: int = 20
    code_resend_seconds: int = 30
    codes_sent_a_day: int = 50
    # Whether CARE is there by the packs' hours; the others are for trying out, whatever time it is.
    care_hours: Literal["pack", "always", "never"] = "pack"
    # Days that unsure and corrected turns are kept for labelling.
    review_days: int = Field(default=90, ge=1)
    # The mailbox page, housekeeping and sending run beside the web server; another process may do it instead.
    background_work: bool = True
    log_level: str = "INFO"

    @model_validator(mode="after")
    def refuse_demo_secrets_in_production(self) -> Self:
        """Demo secrets are public knowledge: a production profile does not start with them."""
        if self.profile == "production":
            secrets = [
                (name, getattr(self, name).get_secret_value())
                for name in (
                    "connectors_token",
                    "actions_token",
                    "hash_key",
                    "office_secret",
                    "staff_key",
                    "payment_secret",
                )
            ]
            # A key of before is as good as the present one to whoever can write into the database.
            secrets += [("staff_keys_before", key.get_secret_value()) for key in self.staff_keys_before]
            for name, secret in secrets:
                if secret.startswith(DEMO_SECRET_PREFIX):
                    raise ValueError(f"BACKEND_{name.upper()} still has its demo value")
                if len(secret) < SHORTEST_SECRET:
                    raise ValueError(f"BACKEND_{name.upper()} is shorter than {SHORTEST_SECRET} characters")
            if self.connectors_token.get_secret_value() == self.actions_token.get_secret_value():
                raise ValueError("BACKEND_CONNECTORS_TOKEN and BACKEND_ACTIONS_TOKEN are the same")
            if not self.public_url.startswith("https://"):
                raise ValueError("BACKEND_PUBLIC_URL must be https in production: it stands on health cards")
            if self.payment_provider == "stand_in":
                raise ValueError("BACKEND_PAYMENT_PROVIDER: the stand-in takes no money")
            if self.care_hours != "pack":
                raise ValueError("BACKEND_CARE_HOURS: customers are told the hours of the market packs")
            if self.smtp_url is None:
                raise ValueError("BACKEND_SMTP_URL is needed in production: codes go by mail")
            if self.sms_url is None or not self.sms_url.startswith("https://"):
                raise ValueError(
                    "BACKEND_SMS_URL (https) is needed in production: codes go to mobiles as well"
                )
        else:
            self.payment_provider = self.payment_provider or "stand_in"
        return self

    @property
    def demo(self) -> bool:
        return self.profile == "demo"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
