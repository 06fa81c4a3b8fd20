"""Money: stored in whole minor units, sent as `{"amount": "12500.00", "currency": "RSD"}`.

No formatting for people lives here; that is per locale.
"""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

CENT = Decimal("0.01")
LARGEST = Decimal("999999999999.99")


class Decimal2(TypeDecorator[Decimal]):
    """An exact decimal with two places, stored as an integer number of minor units.

    SQLite has no exact decimal type and would keep a float.
    """

    impl = BigInteger
    cache_ok = True
    places = 2

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        units = value.scaleb(self.places)
        if units != units.to_integral_value():
            raise ValueError(f"more than {self.places} decimal places")
        return int(units)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)


class Decimal6(Decimal2):
    """With six places: units of a fund and what one is worth."""

    cache_ok = True
    places = 6


def parse_amount(value: Any) -> Decimal:
    """A decimal of at most two places and twelve digits before them; floats are not exact and refused."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError("an amount is a decimal string")
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise ValueError("not a decimal number") from error
    # copy_abs and not abs, which rounds and overflows on an absurd exponent.
    if not amount.is_finite() or amount.copy_abs() > LARGEST:
        raise ValueError("amount out of range")
    if amount != amount.quantize(CENT):
        raise ValueError("more than two decimal places")
    return amount.quantize(CENT)


Amount = Annotated[
    Decimal,
    BeforeValidator(parse_amount),
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d{1,12}(\.\d{1,2})?$"}),
]


class Money(BaseModel):
    """An exact amount with its ISO 4217 currency."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"amount": "12500.00", "currency": "RSD"}]},
    )

    amount: Amount
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
