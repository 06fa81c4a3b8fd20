"""A member's contracts with the pension fund. Only the member's own: a fund is nobody else's business."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.markets.service import today_in
from backend.money import CENT
from backend.pension.models import PensionContribution, UnitValue
from backend.people.models import Person
from backend.policies.models import Policy

LAST_SHOWN = 6


@dataclass(frozen=True)
class Contract:
    """A contract on the newest day whose unit value is known; `value` is of all units, two places."""

    policy: Policy
    units: Decimal
    unit_value: UnitValue | None
    value: Decimal | None
    paid_in: Decimal
    last: Sequence[PensionContribution]


def contracts_of(session: Session, person: Person) -> list[Contract]:
    """The person's contracts, the oldest first; none for whoever is no member."""
    policies = session.scalars(
        select(Policy)
        .where(Policy.holder_id == person.id, Policy.policy_type == "pension")
        .order_by(Policy.valid_from, Policy.number)
    ).all()
    return [_contract(session, policy) for policy in policies]


def _contract(session: Session, policy: Policy) -> Contract:
    paid = session.scalars(
        select(PensionContribution)
        .where(PensionContribution.policy_number == policy.number)
        .order_by(PensionContribution.paid_on.desc(), PensionContribution.id)
    ).all()
    worth = session.scalar(
        select(UnitValue)
        .where(UnitValue.product_code == policy.product_code, UnitValue.day <= today_in(policy.market))
        .order_by(UnitValue.day.desc())
        .limit(1)
    )
    units = sum((row.units for row in paid), Decimal(0))
    value = (units * worth.value).quantize(CENT, ROUND_HALF_UP) if worth is not None else None
    paid_in = sum((row.amount for row in paid), Decimal(0))
    return Contract(policy, units, worth, value, paid_in, paid[:LAST_SHOWN])
