"""What becomes of a request after it was submitted: documents that come later, withdrawal, the archive's filters."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.audit.models import AuditEntry
from backend.notifications.models import Mail
from backend.requests.models import Request
from backend.requests.states import move_request
from tests.backend.conftest import TODAY, LogIn
from tests.backend.documents import bills
from tests.backend.requests.conftest import Customer, Family, fill_claim

PROCESSING_DAYS = 20


@pytest.fixture
def number(mario_online: Customer, rossi: Family) -> str:
    fill_claim(mario_online, rossi)
    return str(mario_online.submit().json()["request_number"])


@pytest.fixture
def waiting(number: str, database: sessionmaker[Session]) -> str:
    """A request that waits for a prescription and a report."""
    with database.begin() as session:
        request = session.get_one(Request, number)
        move_request(session, request, "documents_needed", "staff:1", "Ricetta e referto")
        request.missing_documents = ["prescription", "report"]
    return number


def add(
    customer: Customer, number: str, documents: list[tuple[str, str]], key: str | None = None
) -> httpx.Response:
    body = {"documents": [{"document_id": name, "document_type": kind} for name, kind in documents]}
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return customer.backend.post(f"{customer.path}/requests/{number}/documents", json=body, headers=headers)


def withdraw(customer: Customer, number: str) -> httpx.Response:
    return customer.backend.post(
        f"{customer.path}/requests/{number}/withdraw", headers={"Idempotency-Key": uuid.uuid4().hex}
    )


def steps(request: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["status"], step["event"]) for step in request["timeline"]]


def test_a_decision_is_expected_by_the_days_of_the_pack(mario_online: Customer, number: str) -> None:
    shown = mario_online.backend.get(f"{mario_online.path}/requests/{number}").json()
    days = (date.fromisoformat(shown["expected_by"]) - date.fromisoformat(shown["submitted_at"][:10])).days
    # The request's day is one of the market's zone, the moment is UTC.
    assert days in (PROCESSING_DAYS, PROCESSING_DAYS + 1)
    assert shown["can"] == ["add_documents", "withdraw"]


def test_with_the_last_missing_document_the_request_goes_back_to_review(
    mario_online: Customer, waiting: str
) -> None:
    first = add(mario_online, waiting, [(mario_online.upload(), "prescription")]).json()
    assert (first["status"], first["missing_documents"]) == ("documents_needed", ["report"])
    second = add(mario_online, waiting, [(mario_online.upload(), "report")]).json()
    assert (second["status"], second["missing_documents"]) == ("in_review", [])
    assert second["expected_by"] is not None
    assert steps(second)[1:] == [
        ("documents_needed", "status"),
        ("documents_needed", "documents_added"),
        ("documents_needed", "documents_added"),
        ("in_review", "status"),
    ]


def test_the_same_confirmation_twice_adds_once(mario_online: Customer, waiting: str) -> None:
    document = (mario_online.upload(), "prescription")
    first = add(mario_online, waiting, [document], key="m1")
    assert add(mario_online, waiting, [document], key="m1").json() == first.json()
    # Another key, after another browser: what is in the request stays as it is.
    again = add(mario_online, waiting, [document], key="m2").json()
    assert len(again["documents"]) == len(first.json()["documents"])
    assert len(again["timeline"]) == len(first.json()["timeline"])


def test_the_same_file_again_is_pointed_out(mario_online: Customer, waiting: str) -> None:
    content = bills.make_pdf("once")
    add(mario_online, waiting, [(mario_online.upload(content), "prescription")])
    refused = add(mario_online, waiting, [(mario_online.upload(content), "report")])
    assert (refused.status_code, refused.json()["error"]) == (422, "document_already_used")


def test_nobody_adds_to_a_request_or_with_a_document_of_somebody_else(
    mario_online: Customer, waiting: str, log_in: LogIn
) -> None:
    anna = Customer(mario_online.backend, log_in("c2", "anna", "it", "it"))
    hers = anna.upload()
    assert add(anna, waiting, [(hers, "report")]).status_code == 404
    assert withdraw(anna, waiting).status_code == 404
    refused = add(mario_online, waiting, [(hers, "report")])
    assert refused.json()["error"] == "document_unknown"


def test_a_request_is_withdrawn_once_and_stays_so(
    mario_online: Customer, number: str, database: sessionmaker[Session]
) -> None:
    first = withdraw(mario_online, number).json()
    assert (first["status"], first["can"], first["expected_by"]) == ("withdrawn", [], None)
    assert withdraw(mario_online, number).json() == first
    with database() as session:
        mails = session.scalars(select(Mail.key).where(Mail.key == "request_withdrawn")).all()
        moved = session.scalars(select(AuditEntry).where(AuditEntry.action == "request_moved")).all()
    assert len(mails) == len(moved) == 1
    assert moved[0].conversation_id == "c1"


def test_a_decided_request_is_neither_withdrawn_nor_added_to(
    mario_online: Customer, number: str, database: sessionmaker[Session]
) -> None:
    with database.begin() as session:
        request = session.get_one(Request, number)
        move_request(session, request, "in_review", "staff:1")
        move_request(session, request, "approved", "staff:1", decided_amount=Decimal("262.00"))
    for refused in (
        withdraw(mario_online, number),
        add(mario_online, number, [(mario_online.upload(), "report")]),
    ):
        assert (refused.status_code, refused.json()["error"]) == (409, "request_closed")
        assert refused.json()["detail"] == {"status": "approved"}


def test_the_archive_is_filtered_by_status_service_benefit_and_days(
    mario_online: Customer, number: str
) -> None:
    def found(**params: Any) -> int:
        answer = mario_online.backend.get(f"{mario_online.path}/requests", params=params)
        assert answer.status_code == 200, answer.text
        return len(answer.json())

    in_two_days = TODAY + timedelta(days=2)
    assert found(status=["paid", "submitted"]) == 1
    assert found(status="paid") == 0
    assert found(service="mri") == 1
    assert found(service="eye_visit") == 0
    assert found(benefit_type="dental") == 0
    assert found(since=in_two_days.isoformat()) == 0
    answer = mario_online.backend.get(f"{mario_online.path}/requests", params={"service": "magic"})
    assert answer.json()["error"] == "value_invalid"
