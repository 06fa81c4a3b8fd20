"""Policies and premiums as the person logged in sees them. The people are those of the demo data."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import NotFound
from backend.people.models import Person
from backend.people.service import is_adult, visible_members
from backend.policies.models import Policy
from backend.policies.service import get_policy_for, policies_covering
from tests.backend.demo_data import MAIN, MARKETS

Ask = Callable[..., Any]


def numbers(policies: list[dict[str, Any]]) -> list[str]:
    return [policy["policy_number"] for policy in policies]


@pytest.mark.parametrize("market", MARKETS)
def test_the_main_person_has_two_health_policies_and_others(market: str, ask_as: Ask) -> None:
    policies = ask_as(MAIN[market][1], "policies")
    active = [policy for policy in policies if policy["status"] == "active"]
    assert [policy["policy_type"] for policy in active].count("health") == 2
    assert {"motor", "accident"} <= {policy["policy_type"] for policy in active}
    assert [policy["status"] for policy in policies].count("ended") == 1
    assert policies[-1]["status"] == "ended"


def test_a_policy_shows_its_term_holder_and_members(ask_as: Ask) -> None:
    policy = next(p for p in ask_as("mario.rossi", "policies") if p["policy_type"] == "health")
    assert policy["product"] == "Salute in Famiglia"
    assert (policy["valid_from"], policy["valid_to"]) == ("2024-03-01", "2027-02-28")
    assert policy["holder_name"] == "Mario Rossi"
    assert [member["full_name"] for member in policy["members"]] == [
        "Mario Rossi",
        "Laura Bianchi",
        "Luca Rossi",
        "Sofia Rossi",
        "Tommaso Rossi",
        "Teresa Galli",
    ]


def test_only_the_holder_sees_how_the_premium_stands(ask_as: Ask) -> None:
    mine = {policy["product"]: policy for policy in ask_as("mario.rossi", "policies")}
    assert mine["Salute in Famiglia"]["premium"] == {
        "status": "due",
        "amount": {"amount": "460.00", "currency": "EUR"},
        "due_date": "2026-12-01",
    }
    assert mine["Salute Azienda"]["premium"] is None
    lauras = {policy["product"]: policy for policy in ask_as("laura.bianchi", "policies")}
    assert lauras["Salute in Famiglia"]["premium"] is None
    assert lauras["Salute Individuale"]["premium"] is not None


def test_an_overdue_instalment_is_said(ask_as: Ask) -> None:
    car = next(p for p in ask_as("milica.jovanovic", "policies") if p["policy_type"] == "motor")
    assert car["premium"]["status"] == "overdue"
    assert car["premium"]["amount"] == {"amount": "10500.00", "currency": "RSD"}


def test_policies_of_one_member_are_those_that_insure_them(ask_as: Ask) -> None:
    members = ask_as("mario.rossi", "members")
    sofia = next(member for member in members if member["first_name"] == "Sofia")
    found = ask_as("mario.rossi", "policies", person_id=sofia["person_id"])
    assert sorted(numbers(found)) == sorted(sofia["policy_numbers"])


def test_another_persons_policies_are_answered_like_nobodys(ask_as: Ask) -> None:
    elena = ask_as("elena.conti", "me")["person_id"]
    for person_id in (elena, "0" * 32, "nobody"):
        assert ask_as("mario.rossi", "policies", status=404, person_id=person_id) == {
            "error": "not_found",
            "detail": {},
        }


def test_a_spouse_may_not_ask_for_the_grown_child_or_the_holder(ask_as: Ask) -> None:
    for member in ask_as("mario.rossi", "members"):
        allowed = member["full_name"] in ("Laura Bianchi", "Sofia Rossi", "Tommaso Rossi")
        ask_as("laura.bianchi", "benefits", status=200 if allowed else 404, person_id=member["person_id"])


def test_a_policy_ends_by_itself_when_its_term_is_over(ask_as: Ask, clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2027, 3, 2, 10, tzinfo=UTC))
    family = next(p for p in ask_as("mario.rossi", "policies") if p["product"] == "Salute in Famiglia")
    assert family["status"] == "ended"


def find(session: Session, username_of: str) -> Person:
    first, last = username_of.split()
    person = session.scalar(select(Person).where(Person.first_name == first, Person.last_name == last))
    assert person is not None
    return person


def test_policies_covering_a_service_leave_out_what_does_not_pay(
    database: sessionmaker[Session], clock: time_machine.Traveller
) -> None:
    with database() as session:
        mario = find(session, "Mario Rossi")

        def products(service: str, on: date) -> list[str]:
            return [
                covered.policy.product_code
                for covered in policies_covering(session, mario, mario.id, service, on)
            ]

        now = date(2026, 11, 10)
        assert products("cardiology_visit", now) == ["it-salute-famiglia", "it-salute-azienda"]
        # excluded by the family policy
        assert products("psychology_session", now) == ["it-salute-azienda"]
        assert products("glasses", now) == ["it-salute-azienda"]
        assert products("orthodontics", now) == ["it-salute-azienda"]
        # within the waiting time of the family policy, which began on 1 March 2024
        assert products("cardiology_visit", date(2024, 3, 30)) == []
        assert products("cardiology_visit", date(2024, 3, 31)) == ["it-salute-famiglia"]
        # before anything, and on the last day of an old policy
        assert products("cardiology_visit", date(2015, 1, 1)) == []
        assert products("cardiology_visit", date(2023, 12, 31)) == ["it-salute-individuale"]


def test_policies_covering_tell_what_is_left_in_the_year_of_the_treatment(
    database: sessionmaker[Session], clock: time_machine.Traveller
) -> None:
    with database() as session:
        mario = find(session, "Mario Rossi")
        now = policies_covering(session, mario, mario.id, "cardiology_visit", date(2026, 11, 10))[0]
        before = policies_covering(session, mario, mario.id, "cardiology_visit", date(2026, 2, 28))[0]
        assert (str(now.left), str(before.left)) == ("2380.00", "2500.00")


def test_nobody_asks_what_covers_somebody_they_may_not_see(
    database: sessionmaker[Session], clock: time_machine.Traveller
) -> None:
    with database() as session:
        mario, laura, elena = (
            find(session, name) for name in ("Mario Rossi", "Laura Bianchi", "Elena Conti")
        )
        policy = session.scalars(select(Policy).where(Policy.holder_id == mario.id)).first()
        assert policy is not None
        assert get_policy_for(session, mario, policy.number) is policy
        for viewer, member in ((laura, mario), (elena, mario), (mario, elena)):
            with pytest.raises(NotFound):
                policies_covering(session, viewer, member.id, "gp_visit", date(2026, 11, 1))
        with pytest.raises(NotFound):
            get_policy_for(session, elena, policy.number)


def test_the_first_visible_member_is_always_oneself(
    database: sessionmaker[Session], clock: time_machine.Traveller
) -> None:
    with database() as session:
        for person in session.scalars(select(Person)):
            members = visible_members(session, person)
            assert members[0].person is person
            for member in members[1:]:
                heads = any(
                    person.id in (row.principal_id, row.policy.holder_id) for row in member.memberships
                )
                assert heads or not is_adult(member.person, date(2026, 11, 20))
