"""What is covered, how much of it is left. The people are those of the demo data."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.policies.models import BenefitUse, Membership
from tests.backend.demo_data import MAIN, MARKETS

Ask = Callable[..., Any]


def own(ask_as: Ask, username: str, **query: str) -> list[dict[str, Any]]:
    me = ask_as(username, "me")["person_id"]
    found: list[dict[str, Any]] = ask_as(username, "benefits", person_id=me, **query)
    return found


def test_a_benefit_tells_limit_used_left_and_period(ask_as: Ask) -> None:
    family, job = own(ask_as, "mario.rossi", benefit_type="outpatient")[:2]
    assert family["product"] == "Salute in Famiglia" and family["covered"]
    assert family["limit"] == {"amount": "2500.00", "currency": "EUR"}
    assert family["used"] == {"amount": "120.00", "currency": "EUR"}
    assert family["left"] == {"amount": "2380.00", "currency": "EUR"}
    assert family["co_payment_percent"] == 20
    assert (family["period_start"], family["period_end"]) == ("2026-03-01", "2027-02-28")
    assert family["waiting_until"] is None and family["service_covered"] is None
    assert job["product"] == "Salute Azienda"
    assert job["co_payment"] == {"amount": "20.00", "currency": "EUR"}


@pytest.mark.parametrize("market", MARKETS)
def test_what_a_policy_lacks_is_said_and_left_is_never_negative(market: str, ask_as: Ask) -> None:
    rows = ask_as(MAIN[market][1], "benefits")
    assert any(not row["covered"] for row in rows)
    for row in rows:
        if not row["covered"]:
            assert row["limit"] is row["left"] is None and not row["direct_care"]
        elif row["limit"] is not None:
            limit, used, left = (Decimal(row[key]["amount"]) for key in ("limit", "used", "left"))
            assert left == max(limit - used, Decimal(0))


def test_a_benefit_used_beyond_its_limit_has_nothing_left(
    ask_as: Ask, database: sessionmaker[Session]
) -> None:
    row = own(ask_as, "mario.rossi", benefit_type="dental")[0]
    with database.begin() as session:
        membership = session.scalar(
            select(Membership).where(
                Membership.policy_number == row["policy_number"], Membership.person_id == row["person_id"]
            )
        )
        assert membership is not None
        session.add(
            BenefitUse(
                membership_id=membership.id,
                benefit_type="dental",
                used_on=datetime(2026, 11, 1).date(),
                amount=Decimal("700.10"),
            )
        )
    after = own(ask_as, "mario.rossi", benefit_type="dental")[0]
    assert after["used"]["amount"] == "700.10"
    assert after["left"]["amount"] == "0.00"


def test_a_service_resolves_to_its_benefit(ask_as: Ask) -> None:
    family, job = own(ask_as, "mario.rossi", service="psychology_session")[:2]
    assert family["benefit_type"] == job["benefit_type"] == "outpatient"
    assert family["service"] == "psychology_session"
    assert (family["service_covered"], job["service_covered"]) == (False, True)
    # The benefit itself is covered, only this service of it is not.
    assert family["covered"]


def test_a_service_whose_benefit_the_policy_lacks_is_not_covered(ask_as: Ask) -> None:
    rows = own(ask_as, "mario.rossi", service="glasses")
    assert {row["product"]: row["service_covered"] for row in rows}["Salute in Famiglia"] is False
    assert {row["product"]: row["covered"] for row in rows}["Salute in Famiglia"] is False


def test_visits_are_counted(ask_as: Ask) -> None:
    row = own(ask_as, "mario.rossi", benefit_type="physiotherapy")[0]
    assert (row["visits_limit"], row["visits_left"]) == (10, 10)


def test_limits_start_anew_with_the_policy_year(ask_as: Ask, clock: time_machine.Traveller) -> None:
    job = own(ask_as, "milica.jovanovic", benefit_type="outpatient")[0]
    assert job["used"]["amount"] == "5850.00"
    # Nenad's policy runs on after its first anniversary, 1 September 2026; his visit was in October.
    clock.move_to(datetime(2027, 8, 31, 10, tzinfo=UTC))
    ask_as.forget()  # type: ignore[attr-defined]
    assert own(ask_as, "nenad.jovanovic", benefit_type="outpatient")[0]["used"]["amount"] == "6400.00"


def test_a_benefit_in_its_waiting_time_says_when_it_begins(
    ask_as: Ask, clock: time_machine.Traveller
) -> None:
    # Elena's policy began on 1 February 2026, outpatient care waits 30 days.
    clock.move_to(datetime(2026, 2, 10, 10, tzinfo=UTC))
    rows = own(ask_as, "elena.conti", benefit_type="outpatient")
    assert {row["product"]: row["waiting_until"] for row in rows} == {
        "Denti Più": None,
        "Salute Individuale": "2026-03-03",
    }


def test_a_policy_not_in_force_is_told_only_by_its_number(ask_as: Ask) -> None:
    ended = next(p for p in ask_as("mario.rossi", "policies") if p["status"] == "ended")
    number = ended["policy_number"]
    assert number not in {row["policy_number"] for row in ask_as("mario.rossi", "benefits")}
    rows = ask_as("mario.rossi", "benefits", policy_number=number)
    assert len(rows) == 12 and not any(row["covered"] for row in rows)


def test_another_persons_policy_is_answered_like_no_policy(ask_as: Ask) -> None:
    elenas = ask_as("elena.conti", "policies")[0]["policy_number"]
    for number in (elenas, "IT-00000000-0", "x"):
        body = ask_as("mario.rossi", "benefits", status=404, policy_number=number)
        assert body == {"error": "not_found", "detail": {}}


@pytest.mark.parametrize(
    "query",
    [{"benefit_type": "wellness"}, {"service": "haircut"}, {"service": "mri", "benefit_type": "dental"}],
)
def test_an_id_outside_the_catalogue_is_refused(query: dict[str, str], ask_as: Ask) -> None:
    assert ask_as("mario.rossi", "benefits", status=422, **query)["error"] == "value_invalid"


def test_policies_without_benefits_are_left_out(ask_as: Ask) -> None:
    products = {row["product"] for row in ask_as("mario.rossi", "benefits")}
    assert "Auto Sicura" not in products and "Vita Serena" not in products
