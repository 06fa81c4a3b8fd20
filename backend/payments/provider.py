"""The payment provider as the payments see it: where a customer pays, and what its call-backs say.

A provider is an adapter with these two methods. The embedded stand-in is one like any other: its page and its
call-backs go over HTTP (stand_in.py), only the money is missing.
"""

import hashlib
import hmac
from decimal import Decimal
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.errors import Fault
from backend.money import Money
from backend.settings import Settings


class CallbackForged(Fault):
    """The signature is not the provider's, or the body is not of the form it signs."""

    status = 401
    code = "callback_forged"


class PaymentsUnavailable(Fault):
    """No provider is set up here."""

    status = 503
    code = "payments_unavailable"


class Event(BaseModel):
    """What a call-back says. The same one may come several times, late, and after others."""

    model_config = ConfigDict(extra="ignore")

    payment_id: Annotated[str, Field(max_length=32)]
    reference: Annotated[str, Field(max_length=64)]
    outcome: Literal["paid", "failed"]
    amount: Money


class PaymentProvider(Protocol):
    """What an adapter has to do."""

    def checkout_url(self, payment_id: str, amount: Decimal, currency: str) -> str:
        """Where the customer pays; made before the payment is stored."""

    def read_callback(self, body: bytes, signature: str) -> Event:
        """What a call-back says; raises CallbackForged."""


class StandIn:
    """The stand-in: signs with HMAC-SHA-256 over the raw body, as most providers do."""

    def __init__(self, settings: Settings) -> None:
        self._base_url = f"http://{settings.host}:{settings.port}"
        self._secret = settings.payment_secret.get_secret_value().encode()

    def checkout_url(self, payment_id: str, amount: Decimal, currency: str) -> str:
        return f"{self._base_url}/demo-payments/{payment_id}"

    def sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()

    def read_callback(self, body: bytes, signature: str) -> Event:
        if not hmac.compare_digest(self.sign(body).encode(), signature.encode()):
            raise CallbackForged()
        try:
            return Event.model_validate_json(body)
        except ValidationError:
            raise CallbackForged() from None


def provider_of(settings: Settings) -> PaymentProvider:
    """The provider that is set up; raises PaymentsUnavailable."""
    if settings.payment_provider != "stand_in":
        raise PaymentsUnavailable()
    return StandIn(settings)
