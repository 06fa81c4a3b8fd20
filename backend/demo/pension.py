"""What members of a pension fund paid in, and the value of a unit month by month."""

from datetime import date
from decimal import ROUND_DOWN, Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.demo.insurance import month_start
from backend.pension.models import PensionContribution, UnitValue
from backend.policies.models import Policy

FIRST_VALUE = Decimal("1000")
MICRO = Decimal("0.000001")


def make_pensions(session: Session, market: str, chooser: Random, today: date) -> None:
    """Unit values since the oldest contract began; every paid instalment of a contract buys units."""
    contracts = session.scalars(
        select(Policy)
        .where(Policy.market == market, Policy.policy_type == "pension")
        .order_by(Policy.valid_from, Policy.number)
    ).all()
    for product in dict.fromkeys(contract.product_code for contract in contracts):
        theirs = [contract for contract in contracts if contract.product_code == product]
        values = _values(theirs[0].valid_from, today, chooser)
        session.add_all(
            UnitValue(product_code=product, day=day, value=value) for day, value in values.items()
        )
        for contract in theirs:
            for instalment in contract.instalments:
                if instalment.paid_on is None:
                    continue
                worth = next(value for day, value in reversed(values.items()) if day <= instalment.paid_on)
                session.add(
                    PensionContribution(
                        policy_number=contract.number,
                        paid_on=instalment.paid_on,
                        amount=instalment.amount,
                        units=(instalment.amount / worth).quantize(MICRO, ROUND_DOWN),
                        paid_by=contract.holder_name,
                    )
                )


def _values(since: date, today: date, chooser: Random) -> dict[date, Decimal]:
    """On the first of every month, growing by about four percent a year with ups and downs."""
    values, value = dict[date, Decimal](), FIRST_VALUE
    for months in range((today.year - since.year) * 12 + today.month - since.month + 2):
        day = month_start(since, months - 1)
        if day <= today:
            values[day] = value.quantize(MICRO)
            value *= 1 + Decimal(chooser.randint(-60, 125)) / 10_000
    return values
