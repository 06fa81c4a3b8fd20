"""The pension fund: a member's own contracts, units and what they are worth."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.pension.models import PensionContribution, UnitValue
from tests.backend.conftest import LogIn
from tests.backend.requests.conftest import TODAY, insure

__all__ = ["insure"]
PATH = "/conversations/c1/pension-contracts"


def test_units_are_worth_what_the_newest_day_says(
    actions: TestClient,
    milica: str,
    insure: Callable[..., str],
    database: sessionmaker[Session],
    log_in: LogIn,
) -> None:
    number = insure("rs", "RSD", "rs-penzija", [milica])
    with database.begin() as session:
        for days, units in ((60, "9.523809"), (30, "9.433962")):
            session.add(
                PensionContribution(
                    policy_number=number,
                    paid_on=TODAY - timedelta(days=days),
                    amount=Decimal("10000.00"),
                    units=Decimal(units),
                    paid_by="Milica",
                )
            )
        for days, value in ((60, "1050"), (1, "1071.234567"), (-1, "9999")):
            session.add(
                UnitValue(product_code="rs-penzija", day=TODAY - timedelta(days=days), value=Decimal(value))
            )
    log_in("c1", "milica")
    (contract,) = actions.get(PATH).json()
    assert contract["contract_number"] == number
    assert contract["units"] == "18.957771"
    assert contract["unit_value"] == "1071.234567"
    # 18.957771 × 1071.234567 = 20308.2196...
    assert contract["value"] == {"amount": "20308.22", "currency": "RSD"}
    assert contract["paid_in"]["amount"] == "20000.00"
    days = [row["paid_on"] for row in contract["contributions"]]
    assert days == sorted(days, reverse=True)


def test_a_contract_without_a_unit_value_has_no_value(
    actions: TestClient, milica: str, insure: Callable[..., str], log_in: LogIn
) -> None:
    insure("rs", "RSD", "rs-penzija", [milica])
    log_in("c1", "milica")
    (contract,) = actions.get(PATH).json()
    assert (contract["units"], contract["value"], contract["contributions"]) == ("0.000000", None, [])


def test_whoever_is_no_member_has_no_contract(
    actions: TestClient,
    milica: str,
    insure: Callable[..., str],
    add_person: Callable[..., str],
    log_in: LogIn,
) -> None:
    insure("rs", "RSD", "rs-penzija", [milica])
    add_person("Ненад", "Јовановић", "rs", username="nenad")
    log_in("c1", "nenad")
    assert actions.get(PATH).json() == []


def test_nobody_is_shown_it_without_a_log_in(actions: TestClient, backend: TestClient) -> None:
    backend.put("/conversations/c1", json={"market": "rs", "channel": "website", "language": "sr"})
    assert actions.get(PATH).status_code == 401
