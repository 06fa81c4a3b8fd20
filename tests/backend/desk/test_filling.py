"""An agent fills a field: checked like the customer's own answer, after the customer's yes, once, and in the audit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from backend.database import utc_now
from backend.staff.models import Staff
from tests.backend.desk.conftest import DeskAgent, Facts
from tests.backend.requests.conftest import (
    LAST_WEEK,
    NEW_IBAN,
    TODAY,
    Customer,
    Family,
    euros,
    fill_claim,
    go_to_bills,
)

TOMORROW = (TODAY + timedelta(days=1)).isoformat()
TWO_WEEKS_AGO = (TODAY - timedelta(days=14)).isoformat()


@pytest.fixture
def claimant(mario_online: Customer, rossi: Family) -> Customer:
    """At the first bill."""
    go_to_bills(mario_online, rossi)
    return mario_online


def draft_of(customer: Customer) -> dict[str, Any]:
    """The draft as the customer has it."""
    answer = customer.backend.get(f"{customer.path}/drafts/{customer.draft['draft_id']}")
    assert answer.status_code == 200
    customer.draft = answer.json()
    return customer.draft


def source_of(customer: Customer, question: str) -> str:
    return next(a["source"] for a in draft_of(customer)["answers"] if a["question"] == question)


def test_what_an_agent_fills_in_is_the_agents(bea: DeskAgent, claimant: Customer, facts: Facts) -> None:
    draft_id = claimant.draft["draft_id"]
    filled = bea.fill(draft_id, "expense_amount", euros("99.50"), item=1)
    assert filled.status_code == 200, filled.text
    answer = next(a for a in filled.json()["answers"] if a["question"] == "expense_amount")
    assert (answer["item"], answer["value"], answer["source"]) == (1, euros("99.50"), "agent")
    assert source_of(claimant, "expense_amount") == "agent"
    assert claimant.value("expense_amount", 1) == euros("99.50")
    assert facts("desk_field_filled") == [
        (
            f"staff:{bea.staff_id}",
            f"draft:{draft_id}",
            {"question": "expense_amount", "item": "1", "consent": "1742"},
        )
    ]


def test_what_the_agent_is_told_back_is_masked(bea: DeskAgent, claimant: Customer) -> None:
    filled = bea.fill(claimant.draft["draft_id"], "bank_account", {"iban": NEW_IBAN})
    assert NEW_IBAN not in filled.text
    draft_of(claimant)
    assert claimant.value("bank_account") == {"iban": NEW_IBAN}


@pytest.mark.parametrize(
    ("question", "value", "error"),
    [
        ("treatment_date", TOMORROW, "date_in_future"),
        ("person", "0" * 32, "option_unknown"),
        ("bank_account", {"iban": NEW_IBAN[:-1] + "1"}, "iban_invalid"),
        ("expense_amount", {"amount": "-1.00", "currency": "EUR"}, "amount_not_positive"),
        ("expense_document", "0" * 32, "document_unknown"),
    ],
)
def test_the_same_is_refused_as_from_the_customer(
    bea: DeskAgent, claimant: Customer, facts: Facts, question: str, value: Any, error: str
) -> None:
    before = draft_of(claimant)
    draft_id = claimant.draft["draft_id"]
    own = claimant.put(question, value)
    refused = bea.propose(draft_id, question, value)
    assert (refused.status_code, refused.json()["error"]) == (422, error)
    assert refused.json() == own.json()
    assert draft_of(claimant)["answers"] == before["answers"]
    assert facts("desk_field_filled") == []


def test_an_agreement_is_the_customers_own(bea: DeskAgent, mario_online: Customer, rossi: Family) -> None:
    mario_online.begin({"treatment_date": LAST_WEEK, "person": rossi.giulia, "service": "mri"})
    mario_online.answer("recipient", "self")
    assert mario_online.next == "authorisation"
    refused = bea.propose(mario_online.draft["draft_id"], "authorisation", True)
    assert refused.json() == {"error": "value_invalid", "detail": {"reason": "customers_own"}}


@pytest.mark.parametrize(
    "body", [{"consent": None}, {"consent": ""}, {"consent": "yes, on the phone"}, {"grant": None}]
)
def test_without_the_number_of_the_yes_nothing_is_filled(
    bea: DeskAgent, claimant: Customer, body: dict[str, Any]
) -> None:
    draft_id = claimant.draft["draft_id"]
    proposed = bea.propose(draft_id, "notes", "Grazie").json()
    refused = bea.yes(draft_id, "notes", "Grazie", proposed, **body)
    assert (refused.status_code, refused.json()["error"]) == (422, "input_invalid")


def test_a_log_in_that_is_over_lets_nobody_fill(
    bea: DeskAgent, claimant: Customer, backend: TestClient
) -> None:
    draft_id = claimant.draft["draft_id"]
    proposed = bea.propose(draft_id, "notes", "Grazie").json()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        for refused in (
            bea.propose(draft_id, "notes", "Grazie"),
            bea.yes(draft_id, "notes", "Grazie", proposed),
        ):
            assert (refused.status_code, refused.json()["error"]) == (401, "login_expired")
    backend.delete("/conversations/c1/login")
    assert bea.yes(draft_id, "notes", "Grazie", proposed).json()["error"] == "login_required"


def test_a_proposal_stores_nothing_and_the_yes_applies_it_once(
    bea: DeskAgent, claimant: Customer, facts: Facts
) -> None:
    draft_id = claimant.draft["draft_id"]
    before = draft_of(claimant)
    answer = bea.propose(draft_id, "treatment_date", TWO_WEEKS_AGO)
    assert answer.status_code == 201, answer.text
    proposed = answer.json()
    shown = proposed["proposal"]
    assert (shown["question"], shown["value"], shown["label_key"]) == (
        "treatment_date",
        TWO_WEEKS_AGO,
        "claim_label_treatment_date",
    )
    assert draft_of(claimant) == before
    assert facts("desk_field_filled") == []

    yes = partial(bea.yes, draft_id, "treatment_date", TWO_WEEKS_AGO, proposed, key="yes-1")
    first = yes()
    assert first.status_code == 200, first.text
    assert source_of(claimant, "treatment_date") == "agent"
    assert yes().json() == first.json()
    assert [actor for actor, _, _ in facts("desk_field_filled")] == [f"staff:{bea.staff_id}"]
    assert yes(consent="1744").json()["error"] == "idempotency_key_reused"


def test_of_a_repeated_question_the_proposal_says_which_one_it_is(bea: DeskAgent, claimant: Customer) -> None:
    draft_id = claimant.draft["draft_id"]
    proposed = bea.propose(draft_id, "expense_date", LAST_WEEK).json()
    assert proposed["proposal"]["item"] == 1
    assert bea.yes(draft_id, "expense_date", LAST_WEEK, proposed).status_code == 200
    draft_of(claimant)
    assert claimant.value("expense_date", 1) == LAST_WEEK


def test_a_proposal_says_which_answers_it_would_cost(
    bea: DeskAgent, claimant: Customer, rossi: Family
) -> None:
    proposed = bea.propose(claimant.draft["draft_id"], "person", rossi.anna)
    assert proposed.json()["proposal"]["display"]["label"] == "Anna Rossi"
    before = draft_of(claimant)
    bea.fill(claimant.draft["draft_id"], "person", rossi.anna)
    lost = {a["question"] for a in before["answers"]} - {a["question"] for a in draft_of(claimant)["answers"]}
    assert lost == {"recipient"}
    # The policy is known again at once, but it is another's.
    assert set(proposed.json()["drops"]) == lost | {"policy"}


def test_a_grant_is_good_for_its_value_its_field_and_its_hour(
    bea: DeskAgent, claimant: Customer, log_in: Callable[..., str]
) -> None:
    draft_id = claimant.draft["draft_id"]
    proposed = bea.propose(draft_id, "treatment_date", TWO_WEEKS_AGO).json()
    yes = partial(bea.yes, draft_id)
    for refused in (
        yes("treatment_date", LAST_WEEK, proposed),
        yes("treatment_date", TWO_WEEKS_AGO, proposed, item=1),
        yes("treatment_date", TWO_WEEKS_AGO, proposed, grant=proposed["grant"][:-2] + "xx"),
        yes("treatment_date", TWO_WEEKS_AGO, proposed, grant=""),
        yes("expense_date", TWO_WEEKS_AGO, proposed),
    ):
        assert (refused.status_code, refused.json()["error"]) == (404, "not_found")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        log_in("c1", "mario", "it", "it")
        assert yes("treatment_date", TWO_WEEKS_AGO, proposed).json()["error"] == "not_found"


@pytest.mark.parametrize(
    "change", [{"disabled_at": utc_now()}, {"role": "administrator"}, {"markets": ["rs"]}]
)
def test_the_grant_of_somebody_who_was_shut_out_is_worth_nothing(
    bea: DeskAgent, claimant: Customer, database: sessionmaker[Session], change: dict[str, Any]
) -> None:
    draft_id = claimant.draft["draft_id"]
    proposed = bea.propose(draft_id, "treatment_date", TWO_WEEKS_AGO).json()
    with database.begin() as session:
        session.execute(update(Staff).where(Staff.id == bea.staff_id).values(**change))
    refused = bea.yes(draft_id, "treatment_date", TWO_WEEKS_AGO, proposed)
    assert (refused.status_code, refused.json()["error"]) == (404, "not_found")


def test_an_answer_of_the_agent_goes_into_the_request(
    bea: DeskAgent, mario_online: Customer, rossi: Family
) -> None:
    fill_claim(mario_online, rossi)
    draft_id = mario_online.draft["draft_id"]
    assert bea.fill(draft_id, "notes", "Detto al telefono").status_code == 200
    proposed = bea.propose(draft_id, "notes", "Ancora").json()
    submitted = mario_online.submit()
    assert submitted.status_code == 201, submitted.text
    assert source_of(mario_online, "notes") == "agent"
    late = bea.yes(draft_id, "notes", "Ancora", proposed)
    assert (late.status_code, late.json()["error"]) == (409, "draft_closed")


def test_nobody_but_the_desk_can_say_that_an_agent_answered(claimant: Customer) -> None:
    refused = claimant.put("notes", "Grazie", source="agent")
    assert (refused.status_code, refused.json()["error"]) == (422, "input_invalid")
