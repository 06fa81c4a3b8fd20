"""What is masked is told for a reason, which stands in the audit; the values do not."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.audit.models import AuditEntry
from backend.audit.service import verify
from tests.backend.conftest import LogIn
from tests.backend.desk.conftest import DeskAgent, Facts
from tests.backend.requests.conftest import LAST_WEEK, MARIOS_IBAN, Customer, Family

NOTHING = dict.fromkeys(("name", "email", "phone", "birth_date", "account", "answers"))


def test_only_what_was_asked_for_is_told(bea: DeskAgent, mario_online: Customer, facts: Facts) -> None:
    assert bea.unmask("email").json() == NOTHING | {"email": "mario@example.org"}
    told = bea.unmask("name", "phone", "birth_date", reason="  must be called back  ").json()
    assert told == NOTHING | {"name": "Mario Rossi", "phone": "+381641234567", "birth_date": "1985-03-14"}
    details = [details for _, _, details in facts("desk_unmasked")]
    assert [(entry["fields"], entry["reason"]) for entry in details] == [
        ("email", "calls back about the refund"),
        ("birth_date name phone", "must be called back"),
    ]


def test_accounts_and_answers_are_told_in_clear(
    bea: DeskAgent, mario_online: Customer, rossi: Family
) -> None:
    mario_online.begin({"treatment_date": LAST_WEEK, "person": rossi.anna, "service": "mri"})
    mario_online.answer("recipient", "self")
    mario_online.answer("authorisation", True)
    mario_online.answer("email", "segreto@example.com")
    told = bea.unmask("account", "answers").json()
    assert told["account"] == [
        {"iban": MARIOS_IBAN, "bank": None, "number": None, "holder": "Mario Rossi", "is_default": True}
    ]
    (draft,) = told["answers"]
    answers = {answer["question"]: answer for answer in draft["answers"]}
    assert answers["email"]["value"] == "segreto@example.com"
    assert answers["person"]["display"]["label"] == "Anna Rossi"
    assert (draft["kind"], answers["service"]["label_key"]) == ("claim", "claim_label_service")


def test_the_audit_holds_no_value_and_its_chain_holds(
    bea: DeskAgent, mario_online: Customer, database: sessionmaker[Session], rossi: Family
) -> None:
    bea.view()
    bea.unmask("name", "email", "phone", "birth_date", "account", "answers")
    with database() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action.like("desk_%"))).all()
        text = json.dumps([[row.actor, row.subject, row.details] for row in rows])
        assert verify(session).broken_at is None
    assert len(rows) == 2
    for value in ("Mario", "Rossi", "example.org", "+381641234567", "1985", MARIOS_IBAN):
        assert value not in text


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "four"},
        {"reason": "    .   "},
        {"reason": "x" * 301},
        {"fields": []},
        {"fields": ["password"]},
        {"handover": {"id": "a b", "requested_at": "2026-11-20T09:00:00Z"}},
        {"handover": {"id": "h1"}},
    ],
)
def test_without_a_reason_or_with_another_form_nothing_is_told(
    bea: DeskAgent, mario_online: Customer, facts: Facts, body: dict[str, object]
) -> None:
    refused = bea.post("c1/unmask", {"fields": ["name"], "reason": "for the refund"} | body)
    assert (refused.status_code, refused.json()["error"]) == (422, "input_invalid")
    assert facts("desk_unmasked") == []


def test_it_needs_the_same_proof_as_a_look(bea: DeskAgent, log_in: LogIn, rossi: Family) -> None:
    start = datetime(2026, 11, 20, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        log_in("c1", "mario", "it", "it")
        clock.move_to(start + timedelta(minutes=10))
        assert bea.unmask("name").json()["error"] == "login_required"
        asked = start + timedelta(minutes=1)
        assert bea.unmask("name", **bea.handover(asked)).json()["name"] == "Mario Rossi"
