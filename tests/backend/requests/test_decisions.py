"""What is approved is taken from the benefit that pays for it, once; what is not approved is not."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.policies.models import BenefitUse
from backend.requests.decisions import Decision, DecisionRefused, decide
from tests.backend.requests.conftest import LAST_WEEK, Customer, Family, fill_claim


@pytest.fixture
def number(mario_online: Customer, rossi: Family) -> str:
    """Mario's claim for an MRI, in review."""
    fill_claim(mario_online, rossi)
    return str(mario_online.submit().json()["request_number"])


def move(database: sessionmaker[Session], number: str, to: str, seen: str, amount: str | None = None) -> None:
    with database.begin() as session:
        decision = Decision(to, "Perché", seen, Decimal(amount) if amount else None)
        decide(session, number, "staff:test", decision)


def benefit(customer: Customer, family: Family) -> dict[str, Any]:
    query = {"policy_number": family.policies[0], "person_id": family.mario, "service": "mri"}
    (found,) = customer.backend.get(f"{customer.path}/benefits", params=query).json()
    return dict(found)


@pytest.mark.parametrize(("to", "amount"), [("approved", "262.00"), ("partly_approved", "100.00")])
def test_what_is_approved_is_taken_from_the_benefit_once(
    mario_online: Customer, rossi: Family, number: str, database: sessionmaker[Session], to: str, amount: str
) -> None:
    before = benefit(mario_online, rossi)
    move(database, number, "in_review", "submitted")
    assert benefit(mario_online, rossi) == before
    move(database, number, to, "in_review", amount)
    with pytest.raises(DecisionRefused):
        move(database, number, to, "in_review", amount)
    move(database, number, "paid", to)
    after = benefit(mario_online, rossi)
    assert Decimal(after["used"]["amount"]) - Decimal(before["used"]["amount"]) == Decimal(amount)
    assert Decimal(before["left"]["amount"]) - Decimal(after["left"]["amount"]) == Decimal(amount)
    with database() as session:
        use = session.scalars(select(BenefitUse)).one()
        assert (use.request_number, use.service, use.used_on.isoformat()) == (number, "mri", LAST_WEEK)


def test_a_rejected_request_takes_nothing(
    mario_online: Customer, rossi: Family, number: str, database: sessionmaker[Session]
) -> None:
    before = benefit(mario_online, rossi)
    move(database, number, "in_review", "submitted")
    move(database, number, "rejected", "in_review")
    assert benefit(mario_online, rossi) == before
