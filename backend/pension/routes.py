"""The pension fund over HTTP."""

import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.accounts.access import CurrentPerson, LoginExpired, LoginRequired
from backend.database import DatabaseSession
from backend.errors import NotFound, faults
from backend.money import Money
from backend.pension.service import contracts_of
from backend.policies.products import product_of

router = APIRouter(tags=["pension fund"])
Units = Annotated[str, Field(description="A decimal of six places", examples=["1204.512300"])]


class ContributionView(BaseModel):
    paid_on: datetime.date
    amount: Money
    units: Units
    paid_by: str


class ContractView(BaseModel):
    """`value` is what all units are worth on `value_date`; both null while no value is known."""

    contract_number: str
    fund: str
    since: datetime.date
    units: Units
    unit_value: Units | None
    value_date: datetime.date | None
    value: Money | None
    paid_in: Money
    contributions: list[ContributionView]


@router.get(
    "/conversations/{conversation_id}/pension-contracts",
    responses=faults(LoginRequired, LoginExpired, NotFound),
)
def list_contracts(person: CurrentPerson, session: DatabaseSession) -> list[ContractView]:
    """The person's own contracts with their last contributions, newest first."""
    return [
        ContractView(
            contract_number=found.policy.number,
            fund=product_of(found.policy.product_code).name,
            since=found.policy.valid_from,
            units=f"{found.units:.6f}",
            unit_value=f"{found.unit_value.value:.6f}" if found.unit_value else None,
            value_date=found.unit_value.day if found.unit_value else None,
            value=(
                Money(amount=found.value, currency=found.policy.currency) if found.value is not None else None
            ),
            paid_in=Money(amount=found.paid_in, currency=found.policy.currency),
            contributions=[
                ContributionView(
                    paid_on=row.paid_on,
                    amount=Money(amount=row.amount, currency=found.policy.currency),
                    units=f"{row.units:.6f}",
                    paid_by=row.paid_by,
                )
                for row in found.last
            ],
        )
        for found in contracts_of(session, person)
    ]
