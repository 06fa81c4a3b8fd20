"""Money is exact on the way in, in the database and on the way out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.dialects import sqlite

from backend.demo.recipe import split_evenly
from backend.money import Decimal2, Money

AMOUNTS = st.decimals(-999_999_999_999, 999_999_999_999, places=2)


@given(AMOUNTS)
def test_a_stored_amount_comes_back_to_the_cent(amount: Decimal) -> None:
    column, dialect = Decimal2(), sqlite.dialect()
    stored = column.process_bind_param(amount, dialect)
    assert isinstance(stored, int)
    assert column.process_result_value(stored, dialect) == amount


@given(AMOUNTS)
def test_money_travels_as_a_string_of_two_places(amount: Decimal) -> None:
    money = Money(amount=amount, currency="EUR")
    told = money.model_dump(mode="json")["amount"]
    assert isinstance(told, str) and told.split(".")[1].isdigit() and len(told.split(".")[1]) == 2
    assert Money.model_validate_json(money.model_dump_json()) == money


@pytest.mark.parametrize(
    "amount", [1.1, True, None, "asdf", "", "NaN", "Infinity", "1.234", "1e15", "1e999999999", "12,50"]
)
def test_what_is_no_exact_amount_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": "EUR"})


@given(st.decimals(0, 100_000, places=2), st.integers(1, 12))
def test_instalments_add_up_to_the_premium(premium: Decimal, parts: int) -> None:
    pieces = split_evenly(premium, parts)
    assert len(pieces) == parts and sum(pieces) == premium
    assert max(pieces) - min(pieces) <= Decimal("0.01")
