"""Who is shown to whom. The people are those of the demo data."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.policies.models import Membership, Policy
from tests.backend.demo_data import MAIN, MARKETS

Ask = Callable[..., Any]


def relations(members: list[dict[str, Any]]) -> list[str]:
    return [member["relation"] for member in members]


@pytest.mark.parametrize("market", MARKETS)
def test_the_holder_sees_everybody_on_the_policy_and_nobody_else(market: str, ask_as: Ask) -> None:
    _, main, _, _ = MAIN[market]
    members = ask_as(main, "members")
    assert relations(members) == ["self", "spouse", "child", "child", "child", "parent"]
    assert [member["is_adult"] for member in members] == [True, True, True, False, False, True]
    assert all(member["member_numbers"] and member["policy_numbers"] for member in members)


@pytest.mark.parametrize("market", MARKETS)
def test_a_spouse_sees_themselves_and_the_children_under_age(market: str, ask_as: Ask) -> None:
    _, _, spouse, _ = MAIN[market]
    members = ask_as(spouse, "members")
    assert relations(members) == ["self", "child", "child"]
    assert not any(member["is_adult"] for member in members[1:])


@pytest.mark.parametrize("market", MARKETS)
def test_a_stranger_sees_only_themselves(market: str, ask_as: Ask) -> None:
    _, _, _, stranger = MAIN[market]
    assert relations(ask_as(stranger, "members")) == ["self"]


def test_a_child_who_comes_of_age_is_no_longer_shown_to_the_spouse(
    ask_as: Ask, clock: time_machine.Traveller
) -> None:
    def shown(username: str) -> list[str]:
        ask_as.forget()  # type: ignore[attr-defined]
        return [member["first_name"] for member in ask_as(username, "members")]

    clock.move_to(datetime(2033, 3, 20, 10, tzinfo=UTC))
    assert "Sofia" in shown("laura.bianchi")
    clock.move_to(datetime(2033, 3, 21, 10, tzinfo=UTC))
    assert "Sofia" not in shown("laura.bianchi")
    assert "Sofia" in shown("mario.rossi")


def test_the_calendar_of_the_market_decides_when_somebody_comes_of_age(
    ask_as: Ask, clock: time_machine.Traveller
) -> None:
    # Sofia's 18th birthday begins in Rome while it is still the day before in UTC.
    clock.move_to(datetime(2033, 3, 20, 23, 30, tzinfo=UTC))
    assert "Sofia" not in [member["first_name"] for member in ask_as("laura.bianchi", "members")]


@pytest.mark.parametrize("market", MARKETS)
def test_colleagues_on_a_group_policy_never_see_each_other(
    market: str, ask_as: Ask, database: sessionmaker[Session]
) -> None:
    _, main, _, _ = MAIN[market]
    group = next(policy for policy in ask_as(main, "policies") if policy["is_group"])
    with database() as session:
        insured = session.scalar(
            select(func.count())
            .select_from(Membership)
            .join(Policy)
            .where(Policy.number == group["policy_number"])
        )
    assert insured is not None and insured > len(group["members"]) == 2
    assert [member["relation"] for member in group["members"]] == ["self", "child"]


def test_me_tells_who_is_logged_in_with_masked_contact_data(ask_as: Ask) -> None:
    me = ask_as("milica.jovanovic", "me")
    assert me.pop("person_id")
    phone = me.pop("masked_phone")
    assert phone.startswith("•••• ") and len(phone) == 8
    assert me == {
        "first_name": "Милица",
        "full_name": "Милица Јовановић",
        "birth_date": "1984-04-12",
        "masked_email": "m•••@example.org",
        "language": "sr",
        "market": "rs",
    }


@pytest.mark.parametrize("path", ["me", "members", "policies", "benefits"])
def test_without_a_login_nothing_is_told(path: str, actions: TestClient, backend: TestClient) -> None:
    body = {"market": "it", "channel": "website", "language": "it"}
    assert backend.put("/conversations/c1", json=body).status_code == 200
    for conversation in ("c1", "never-seen"):
        answer = actions.get(f"/conversations/{conversation}/{path}")
        assert answer.status_code == 401
        assert answer.json()["error"] == "login_required"


def test_without_a_service_token_nothing_is_told(actions: TestClient) -> None:
    answer = actions.get("/conversations/c1/me", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.json()["error"] == "service_token_wrong"
