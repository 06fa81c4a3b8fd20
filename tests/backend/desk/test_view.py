"""What an agent sees of the customer: what the log-in proves, masked, and each look in the audit."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.desk.masks import MASKS, PEOPLE, PLAIN, mask_name
from backend.people.models import Person
from backend.requests.pack import QuestionKind
from backend.requests.sources import OPTIONS
from tests.backend.conftest import LogIn
from tests.backend.desk.conftest import DeskAgent, Facts
from tests.backend.documents import bills
from tests.backend.requests.conftest import (
    LAST_WEEK,
    MARIOS_IBAN,
    NEW_IBAN,
    Customer,
    Family,
    euros,
    fill_claim,
)

EMPTY = {"person": None, "policies": [], "drafts": [], "requests": [], "other_conversations": []}


def answers_of(draft: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {answer["question"]: answer for answer in draft["answers"]}


@pytest.fixture
def half_a_claim(mario_online: Customer, rossi: Family) -> Customer:
    """Mario's claim for his wife, with words, an address and an account of his own."""
    mario_online.begin({"treatment_date": LAST_WEEK, "person": rossi.anna, "service": "mri"})
    for question, value in {
        "recipient": "self",
        "authorisation": True,
        "email": "segreto@example.com",
        "bank_account": {"iban": NEW_IBAN},
        "expense_document": mario_online.upload(),
        "expense_date": LAST_WEEK,
        "expense_amount": euros("120.00"),
        "expense_issuer": "Clinica di mio zio",
    }.items():
        mario_online.answer(question, value)
    return mario_online


def test_the_customer_is_shown_masked(bea: DeskAgent, mario_online: Customer, rossi: Family) -> None:
    seen = bea.view()
    assert seen["login"]["state"] == "logged_in"
    assert seen["person"] == {
        "masked_name": "M. R.",
        "masked_email": "m•••@example.org",
        "masked_phone": "•••• 567",
        "birth_year": 1985,
        "language": "it",
        "market": "it",
    }
    assert seen["other_market"] is None
    family = next(policy for policy in seen["policies"] if policy["policy_number"] == rossi.policies[0])
    assert (family["status"], family["is_holder"], family["members"]) == ("active", True, 4)
    text = json.dumps(seen, ensure_ascii=False)
    for secret in ("Rossi", "mario@example.org", "+381641234567", "1985-03-14", MARIOS_IBAN, "Holder"):
        assert secret not in text


def test_the_draft_is_shown_field_by_field(bea: DeskAgent, half_a_claim: Customer, rossi: Family) -> None:
    (draft,) = bea.view()["drafts"]
    assert (draft["draft_id"], draft["kind"]) == (half_a_claim.draft["draft_id"], "claim")
    answers = answers_of(draft)
    # What the help is about is there to be read ...
    assert answers["treatment_date"]["value"] == LAST_WEEK
    assert answers["service"]["display"]["label_key"] == "service.mri"
    assert answers["service"]["label_key"] == "claim_label_service"
    assert answers["expense_amount"]["value"] == euros("120.00")
    assert answers["expense_document"]["display"]["documents"][0]["filename"] == "fattura.pdf"
    # ... who and where to is masked, and free words are hidden.
    assert answers["person"]["display"]["label"] == "A. R."
    assert {option["label"] for option in answers["person"]["options"]} == {
        "M. R.",
        "A. R.",
        "L. R.",
        "G. R.",
    }
    assert answers["person"]["options"][1]["detail"] == {"relation": "spouse"}
    assert (answers["email"]["value"], answers["email"]["display"]["label"]) == (None, "s•••@example.com")
    assert (answers["bank_account"]["value"], answers["bank_account"]["display"]["label"]) == (
        None,
        "DE89 •••• 3000",
    )
    assert (answers["expense_issuer"]["value"], answers["expense_issuer"]["hidden"]) == (None, True)
    assert {question for question, answer in answers.items() if answer["hidden"]} == {"expense_issuer"}
    # Nobody agrees to anything for somebody else.
    assert not answers["authorisation"]["editable"]
    assert draft["next"]["question"] == "invoice_number"
    assert draft["next"]["label_key"] == "claim_label_invoice_number"
    text = json.dumps(draft, ensure_ascii=False)
    for secret in ("Rossi", "segreto", NEW_IBAN, "zio", "member_numbers"):
        assert secret not in text


def test_every_kind_and_every_source_of_options_has_its_mask() -> None:
    assert set(MASKS) == set(get_args(QuestionKind))
    assert set(OPTIONS) == PEOPLE | PLAIN
    assert not PEOPLE & PLAIN
    assert [mask_name(name) for name in ("Милица Јовановић", "Budi", " Ana  Maria Conti ")] == [
        "М. Ј.",
        "B.",
        "A. M. C.",
    ]


def test_requests_and_files_are_listed(bea: DeskAgent, mario_online: Customer, rossi: Family) -> None:
    fill_claim(mario_online, rossi, "anna")
    number = mario_online.submit().json()["request_number"]
    seen = bea.view()
    (request,) = seen["requests"]
    assert (request["request_number"], request["status"]) == (number, "submitted")
    assert request["person"]["full_name"] == "A. R."
    assert seen["drafts"] == []
    assert len(seen["documents"]) == 3
    assert {document["request_number"] for document in seen["documents"]} == {number}
    # What a file says is nobody's to read in passing.
    assert "extracted" not in seen["documents"][0]


def test_where_nobody_is_logged_in_there_is_nothing(
    bea: DeskAgent, backend: TestClient, rossi: Family, facts: Facts
) -> None:
    backend.put("/conversations/c1", json={"market": "it", "channel": "website", "language": "it"})
    seen = bea.view(requested_at=datetime.now(UTC))
    assert seen["login"]["state"] == "none"
    assert seen | EMPTY == seen
    assert facts("desk_customer_viewed") == []
    assert bea.unmask("name").json()["error"] == "login_required"


def test_a_log_in_that_ran_out_proves_what_it_proved_at_the_hand_over(
    bea: DeskAgent, log_in: LogIn, rossi: Family
) -> None:
    start = datetime(2026, 11, 20, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        log_in("c1", "mario", "it", "it")
        clock.move_to(start + timedelta(minutes=12))
        # Not while idling: the log-in ended five minutes after its last use.
        assert bea.view(requested_at=start + timedelta(minutes=6))["person"] is None
        assert bea.view()["login"]["state"] == "expired"
        assert bea.view()["person"] is None
        # Not before it began, and not in a time to come.
        assert bea.view(requested_at=start - timedelta(minutes=1))["person"] is None
        assert bea.view(requested_at=start + timedelta(days=1))["person"] is None
        assert bea.view(requested_at="2026-11-20T09:02:00")["person"] is None
        asked = start + timedelta(minutes=2)
        assert bea.view(requested_at=asked)["person"]["masked_name"] == "M. R."


def test_what_was_proven_at_the_hand_over_lasts_a_week(
    hire_agent: Callable[..., DeskAgent], log_in: LogIn, rossi: Family
) -> None:
    asked = datetime(2026, 11, 20, 17, 58, tzinfo=UTC)
    with time_machine.travel(asked, tick=False) as clock:
        log_in("c1", "mario", "it", "it")
        clock.move_to(asked + timedelta(days=6))
        assert hire_agent("monday").view(requested_at=asked)["person"] is not None
        clock.move_to(asked + timedelta(days=8))
        assert hire_agent("late").view(requested_at=asked)["person"] is None


def test_whoever_logs_out_takes_the_proof_back(
    bea: DeskAgent, backend: TestClient, mario_online: Customer
) -> None:
    asked = datetime.now(UTC)
    assert bea.view(requested_at=asked)["person"] is not None
    assert backend.delete("/conversations/c1/login").status_code == 204
    assert bea.view(requested_at=asked) | EMPTY == bea.view(requested_at=asked)


def test_another_person_in_the_same_conversation_is_seen_as_themselves(
    bea: DeskAgent, mario_online: Customer, log_in: LogIn, facts: Facts, rossi: Family
) -> None:
    asked = datetime.now(UTC)
    assert bea.view(requested_at=asked)["person"]["masked_name"] == "M. R."
    log_in("c1", "anna", "it", "it")
    assert bea.view(requested_at=asked)["person"]["masked_name"] == "A. R."
    assert [subject for _, subject, _ in facts("desk_customer_viewed")] == [
        f"person:{rossi.mario}",
        f"person:{rossi.anna}",
    ]


def test_a_look_is_in_the_audit_once_a_hand_over_and_agent(
    bea: DeskAgent, hire_agent: Callable[..., DeskAgent], mario_online: Customer, rossi: Family, facts: Facts
) -> None:
    carla, asked = hire_agent("carla"), datetime.now(UTC)
    for agent in (bea, carla, bea, carla, bea):
        agent.view(requested_at=asked)
    bea.post("c1/view", bea.handover(asked, "h2"))
    assert facts("desk_customer_viewed") == [
        (f"staff:{agent.staff_id}", f"person:{rossi.mario}", {"handover": number})
        for agent, number in ((bea, "h1"), (carla, "h1"), (bea, "h2"))
    ]
    # Without a hand-over it is once a log-in of the customer.
    bea.view()
    bea.view()
    assert len(facts("desk_customer_viewed")) == 4


def test_other_conversations_are_those_of_the_person_alone(
    bea: DeskAgent,
    hire_agent: Callable[..., DeskAgent],
    mario_online: Customer,
    backend: TestClient,
    log_in: LogIn,
    rossi: Family,
) -> None:
    log_in("phone", "mario", "it", "it")
    log_in("shared", "anna", "it", "it")
    log_in("shared", "mario", "it", "it")
    log_in("annas", "anna", "it", "it")
    log_in("elsewhere", "mario", "rs", "sr")
    backend.delete("/conversations/phone/login")
    assert bea.view()["other_conversations"] == ["phone"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29)):
        log_in("c1", "mario", "it", "it")
        assert hire_agent("soon").view()["other_conversations"] == ["phone"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        log_in("c1", "mario", "it", "it")
        assert hire_agent("later").view()["other_conversations"] == []


def test_files_sent_before_the_log_in_are_seen_and_those_of_somebody_else_are_not(
    bea: DeskAgent, backend: TestClient, log_in: LogIn, rossi: Family, facts: Facts
) -> None:
    backend.put("/conversations/c1", json={"market": "it", "channel": "website", "language": "it"})
    customer = Customer(backend, "c1")
    content = bills.make_pdf("before")
    mine = customer.upload(content)
    assert [document["document_id"] for document in bea.view()["documents"]] == [mine]
    shown = bea.post(f"c1/documents/{mine}/view")
    assert (shown.content, shown.headers["content-type"]) == (content, "application/pdf")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert facts("document_read")[0][:2] == (f"staff:{bea.staff_id}", f"document:{mine}")

    start = datetime.now(UTC)
    log_in("c1", "mario", "it", "it")
    assert bea.post(f"c1/documents/{mine}/view").status_code == 200
    annas = Customer(backend, log_in("annas", "anna", "it", "it")).upload()
    with time_machine.travel(start + timedelta(minutes=10)):
        late = customer.upload()
        nina = bea.view()
        # Mario's log-in has run out: the file he adopted is his, and what came after is likely his.
        assert nina["documents"] == []
        for document_id in (mine, late, annas, "0" * 32):
            refused = bea.post(f"c1/documents/{document_id}/view")
            assert (refused.status_code, refused.json()) == (404, {"error": "not_found", "detail": {}})
        # As far as it was proven at the hand-over, all that is his is there.
        asked = start + timedelta(minutes=2)
        seen = bea.view(requested_at=asked)
        assert {document["document_id"] for document in seen["documents"]} == {mine, late}
        assert bea.post(f"c1/documents/{late}/view", bea.handover(asked)).status_code == 200
        assert bea.post(f"c1/documents/{annas}/view", bea.handover(asked)).status_code == 404


def test_the_person_of_another_market_is_named_by_market_only(
    bea: DeskAgent,
    hire_agent: Callable[..., DeskAgent],
    backend: TestClient,
    database: sessionmaker[Session],
    log_in: LogIn,
    milica: str,
) -> None:
    # She lives in Serbia and writes to the Italian desk.
    log_in("c1", "milica", "it", "it")
    seen = bea.view()
    assert (seen["person"], seen["other_market"]) == (None, "rs")
    assert seen | EMPTY == seen
    assert bea.unmask("name").json()["error"] == "login_required"
    serbian = hire_agent("agent.rs", "agent", ["rs"]).view()
    assert serbian["person"]["masked_name"] == "М. Ј."
    with database() as session:
        assert session.get_one(Person, milica).market == "rs"
