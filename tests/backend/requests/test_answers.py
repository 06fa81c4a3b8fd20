"""What each kind of question refuses, and that a refusal stores nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from backend.documents.models import Document
from tests.backend.conftest import LogIn
from tests.backend.requests.conftest import (
    LAST_WEEK,
    TODAY,
    Customer,
    Family,
    add_bill,
    euros,
    fill_claim,
    go_to_bills,
)

TOMORROW = (TODAY + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (TOMORROW, "date_in_future"),
        ("2019-01-01", "date_too_old"),
        ("0001-01-01", "date_too_old"),
        ("2026-02-31", "value_invalid"),
        ("asdf", "value_invalid"),
        ("", "value_invalid"),
        (20261101, "value_invalid"),
        (None, "value_invalid"),
        ({"date": LAST_WEEK}, "value_invalid"),
    ],
)
def test_a_date_that_cannot_be(mario_online: Customer, value: Any, error: str) -> None:
    mario_online.begin()
    before = mario_online.draft
    answer = mario_online.put("treatment_date", value)
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    path = f"{mario_online.path}/drafts/{before['draft_id']}"
    assert mario_online.backend.get(path).json() == before


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (euros("0.00"), "amount_not_positive"),
        (euros("-5.00"), "amount_not_positive"),
        (euros("1000000.01"), "amount_too_large"),
        (euros("9" * 30), "amount_too_large"),
        (euros("1.005"), "value_invalid"),
        (euros("asdf"), "value_invalid"),
        (euros("NaN"), "value_invalid"),
        (euros("1e999999999"), "value_invalid"),
        ({"amount": 85.5, "currency": "EUR"}, "value_invalid"),
        ({"amount": "85.50", "currency": "USD"}, "currency_not_accepted"),
        ("85,50", "value_invalid"),
        (None, "value_invalid"),
    ],
)
def test_an_amount_that_cannot_be(mario_online: Customer, rossi: Family, value: Any, error: str) -> None:
    mario_online.begin()
    answer = mario_online.put("expense_amount", value)
    assert (answer.status_code, answer.json()["error"]) == (422, error)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"iban": "IT60X0542811101000000123457"}, "iban_invalid"),
        ({"iban": "US00"}, "iban_invalid"),
        # Right check digits, not a country of the single euro payments area.
        ({"iban": "RS35260005601001611379"}, "iban_country_not_paid"),
        ({"bank": "BCA", "number": "1234567890"}, "account_invalid"),
        ({"known": "b" * 32}, "option_unknown"),
        ({"known": "a" * 32, "iban": "IT60X0542811101000000123456"}, "option_unknown"),
        ({}, "value_invalid"),
        ("IT60X0542811101000000123456", "value_invalid"),
        ({"iban": 5}, "value_invalid"),
    ],
)
def test_an_account_that_cannot_be_paid_to(
    mario_online: Customer, rossi: Family, value: Any, error: str
) -> None:
    mario_online.begin()
    answer = mario_online.put("bank_account", value)
    assert (answer.status_code, answer.json()["error"]) == (422, error)


@pytest.mark.parametrize(
    ("question", "value", "error"),
    [
        ("email", "mario@", "email_invalid"),
        ("email", "x" * 300 + "@example.org", "email_invalid"),
        ("email", {"known": "somebody"}, "option_unknown"),
        ("email", ["mario@example.org"], "email_invalid"),
        ("notes", "x" * 1001, "text_too_long"),
        ("notes", "   \n ", "value_invalid"),
        ("notes", 5, "value_invalid"),
        ("expense_document", "0" * 32, "document_unknown"),
        ("expense_document", None, "document_unknown"),
        ("further_documents", [], "value_invalid"),
        ("further_documents", ["0" * 32], "document_unknown"),
        ("further_documents", [{"document": "x"}], "value_invalid"),
        ("further_documents", "x", "value_invalid"),
        ("more_expenses", "yes", "value_invalid"),
        ("person", "", "value_invalid"),
        ("service", "massage", "option_unknown"),
    ],
)
def test_other_answers_that_cannot_be(
    mario_online: Customer, rossi: Family, question: str, value: Any, error: str
) -> None:
    mario_online.begin()
    answer = mario_online.put(question, value)
    assert (answer.status_code, answer.json()["error"]) == (422, error)


def test_notes_keep_their_letters_and_lose_what_is_invisible(mario_online: Customer, rossi: Family) -> None:
    mario_online.begin()
    mario_online.answer("notes", "  Хвала\x00 лепо!\r\nČao 👍 ")
    assert mario_online.value("notes") == "Хвала  лепо!\nČao 👍"


def test_an_unknown_question_is_not_found(mario_online: Customer) -> None:
    mario_online.begin()
    assert mario_online.put("shoe_size", 42).status_code == 404


def test_the_same_bill_twice_in_one_claim_is_refused(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    go_to_bills(mario, rossi)
    document_id = mario.upload()
    add_bill(mario, "10.00", document_id)
    mario.answer("more_expenses", True)
    assert mario.put("expense_document", document_id).json()["error"] == "document_already_used"
    # A referral may be in the same file as the bill.
    mario.answer("more_expenses", False, 1)
    mario.answer("further_documents", [document_id])


def test_the_same_bill_in_another_request_is_refused_even_as_another_upload(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    fill_claim(mario, rossi)
    first = mario.value("expense_document", 1)
    content = mario.backend.get(f"{mario.path}/documents/{first}/content").content
    assert mario.submit().status_code == 201
    go_to_bills(mario, rossi)
    again = mario.upload(content, "copia.pdf")
    assert again != first
    assert mario.put("expense_document", again).json()["error"] == "document_already_used"
    with database() as session:
        assert session.get_one(Document, again).filename == "copia.pdf"


def test_somebody_elses_document_is_unknown(mario_online: Customer, rossi: Family, log_in: LogIn) -> None:
    anna = Customer(mario_online.backend, log_in("c2", "anna", "it", "it"))
    document_id = anna.upload()
    go_to_bills(mario_online, rossi)
    foreign = mario_online.put("expense_document", document_id)
    unknown = mario_online.put("expense_document", "0" * 32)
    assert foreign.json() == unknown.json()
