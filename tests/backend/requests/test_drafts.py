"""Drafts live with the person: any conversation, any crash, any number of submissions."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.app import create_app
from backend.audit.models import AuditEntry
from backend.documents.models import Document
from backend.requests.jobs import remove_forgotten_documents, remove_idle_drafts
from backend.requests.models import Draft, DraftAnswer, Request
from backend.settings import Settings
from locales.identifiers import read_request_number
from tests.backend.conftest import LogIn
from tests.backend.requests.conftest import (
    LAST_WEEK,
    MARIOS_IBAN,
    Customer,
    Family,
    euros,
    fill_claim,
    go_to_bills,
)


def count(database: sessionmaker[Session], table: type[Any]) -> int:
    with database() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_draft_goes_on_in_another_conversation(
    mario_online: Customer, rossi: Family, log_in: LogIn
) -> None:
    mario_online.begin({"treatment_date": LAST_WEEK})
    elsewhere = Customer(mario_online.backend, log_in("c2", "mario", "it", "it"))
    drafts = elsewhere.backend.get(f"{elsewhere.path}/drafts").json()
    assert [draft["draft_id"] for draft in drafts] == [mario_online.draft["draft_id"]]
    elsewhere.draft = drafts[0]
    elsewhere.answer("person", rossi.anna)
    assert elsewhere.next == "service"


def test_a_draft_is_there_after_a_restart(mario_online: Customer, rossi: Family, settings: Settings) -> None:
    go_to_bills(mario_online, rossi)
    with TestClient(create_app(settings)) as restarted:
        restarted.headers["Authorization"] = mario_online.backend.headers["Authorization"]
        again = restarted.get(f"{mario_online.path}/drafts/{mario_online.draft['draft_id']}").json()
    assert again == mario_online.draft | {"dropped": []}


def test_another_persons_draft_is_answered_like_one_that_does_not_exist(
    mario_online: Customer, rossi: Family, log_in: LogIn
) -> None:
    fill_claim(mario_online, rossi)
    anna = Customer(mario_online.backend, log_in("c2", "anna", "it", "it"))
    answers = []
    for draft_id in (mario_online.draft["draft_id"], "0" * 32):
        anna.draft = {"draft_id": draft_id}
        path = f"{anna.path}/drafts/{draft_id}"
        answers.append(
            [
                (answer.status_code, answer.json())
                for answer in (
                    anna.backend.get(path),
                    anna.backend.delete(path),
                    anna.put("notes", "x"),
                    anna.submit(),
                    anna.backend.delete(f"{path}/answers/notes"),
                )
            ]
        )
    assert answers[0] == answers[1]
    assert {status for status, _ in answers[0]} == {404}
    assert anna.backend.get(f"{anna.path}/drafts").json() == []
    number = mario_online.submit().json()["request_number"]
    foreign = anna.backend.get(f"{anna.path}/requests/{number}")
    unknown = anna.backend.get(f"{anna.path}/requests/RT-0000-0000")
    assert (
        (foreign.status_code, foreign.json())
        == (unknown.status_code, unknown.json())
        == (404, unknown.json())
    )


def test_nothing_goes_without_a_log_in(backend: TestClient, mario_online: Customer, rossi: Family) -> None:
    fill_claim(mario_online, rossi)
    backend.delete(f"{mario_online.path}/login")
    assert mario_online.put("notes", "x").json()["error"] == "login_required"
    assert mario_online.submit().json()["error"] == "login_required"
    assert backend.get(f"{mario_online.path}/requests").status_code == 401


def test_what_is_known_at_the_beginning_is_taken_and_the_rest_is_named(
    mario_online: Customer, rossi: Family
) -> None:
    answer = mario_online.begin(
        {
            "expense_amount": euros("85.50"),
            "service": "orthodontics",
            "person": rossi.anna,
            "treatment_date": "2199-01-01",
            "shoe_size": 42,
        }
    )
    assert answer.status_code == 201
    assert {(r["question"], r["error"]) for r in answer.json()["rejected"]} == {
        ("service", "option_unknown"),
        ("treatment_date", "date_in_future"),
        ("shoe_size", "value_invalid"),
    }
    assert mario_online.value("person") == rossi.anna
    assert mario_online.value("expense_amount", 1) == euros("85.50")
    assert mario_online.next == "treatment_date"


def test_beginning_twice_with_one_key_begins_once(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    first = mario_online.begin({"person": rossi.anna}, key="k1")
    again = mario_online.begin({"person": rossi.anna}, key="k1")
    other = mario_online.begin({"person": rossi.luca}, key="k1")
    assert first.json() == again.json()
    assert (other.status_code, other.json()["error"]) == (409, "idempotency_key_reused")
    assert count(database, Draft) == 1


def test_a_journey_the_market_does_not_offer_is_not_found(mario_online: Customer) -> None:
    answer = mario_online.backend.post(
        f"{mario_online.path}/drafts", json={"kind": "car_damage"}, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 404


def test_submitting_makes_a_request_with_everything(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session], backend: TestClient
) -> None:
    fill_claim(mario_online, rossi)
    answer = mario_online.submit()
    assert answer.status_code == 201
    request = answer.json()
    assert read_request_number(request["request_number"], "it") == request["request_number"]
    assert (request["kind"], request["status"], request["service"]) == ("claim", "submitted", "mri")
    assert request["person"] == {"person_id": rossi.mario, "full_name": "Mario Rossi"}
    assert request["amount"] == euros("262.00")
    assert request["policy_number"] == rossi.policies[0]
    assert [entry["status"] for entry in request["timeline"]] == ["submitted"]
    assert [entry["document_type"] for entry in request["documents"]] == ["invoice", "referral", "report"]
    with database() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "request_submitted")).one()
        assert entry.subject == f"request:{request['request_number']}"
        stored = session.get_one(Request, request["request_number"])
        account = next(a for a in stored.answers if a["question"] == "bank_account")
        assert account["meant"] == {"iban": MARIOS_IBAN}
    mails = [mail for mail in backend.get("/mailbox.json").json() if mail["key"] == "request_received"]
    assert len(mails) == 1
    assert request["request_number"] in mails[0]["body"]


def test_submitting_again_gives_the_same_request(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    fill_claim(mario_online, rossi)
    first, same_key, other_key = (
        mario_online.submit("k1"),
        mario_online.submit("k1"),
        mario_online.submit("k2"),
    )
    assert [first.status_code, same_key.status_code, other_key.status_code] == [201, 201, 200]
    assert first.json() == same_key.json() == other_key.json()
    assert count(database, Request) == 1


def test_an_incomplete_draft_is_not_submitted(mario_online: Customer, rossi: Family) -> None:
    go_to_bills(mario_online, rossi)
    answer = mario_online.submit()
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "draft_incomplete", "detail": {"next": "expense_document", "item": 1}},
    )


def test_a_submitted_draft_stays_as_it_was(mario_online: Customer, rossi: Family) -> None:
    fill_claim(mario_online, rossi)
    before = mario_online.draft
    number = mario_online.submit().json()["request_number"]
    assert mario_online.put("notes", "late").json() == {
        "error": "draft_closed",
        "detail": {"status": "submitted", "request_number": number},
    }
    path = f"{mario_online.path}/drafts/{before['draft_id']}"
    assert mario_online.backend.delete(path).status_code == 409
    after = mario_online.backend.get(path).json()
    assert (after["status"], after["request_number"], after["answers"]) == (
        "submitted",
        number,
        before["answers"],
    )
    assert mario_online.backend.get(f"{mario_online.path}/drafts").json() == []


def test_a_discarded_draft_is_empty(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    go_to_bills(mario_online, rossi)
    path = f"{mario_online.path}/drafts/{mario_online.draft['draft_id']}"
    assert [mario_online.backend.delete(path).status_code for _ in range(2)] == [204, 204]
    assert mario_online.backend.get(path).json()["answers"] == []
    assert mario_online.put("notes", "x").json()["error"] == "draft_closed"
    assert mario_online.submit().json()["error"] == "draft_closed"
    assert count(database, DraftAnswer) == 0


def in_parallel(*calls: Callable[[], Any]) -> list[Any]:
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int) -> None:
        barrier.wait()
        results[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_answers_at_once_both_survive(mario_online: Customer, rossi: Family) -> None:
    go_to_bills(mario_online, rossi)
    path = f"{mario_online.path}/drafts/{mario_online.draft['draft_id']}"
    values = {
        "expense_issuer": "Clinica",
        "invoice_number": "7",
        "notes": "Grazie",
        "expense_date": LAST_WEEK,
    }
    answers = in_parallel(
        *(
            lambda question=question, value=value: mario_online.backend.put(
                f"{path}/answers/{question}", json={"value": value}
            )
            for question, value in values.items()
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    stored = {a["question"]: a["value"] for a in mario_online.backend.get(path).json()["answers"]}
    assert stored | values == stored


def test_two_submissions_at_once_make_one_request(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    fill_claim(mario_online, rossi)
    answers = in_parallel(*(mario_online.submit for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["request_number"] for answer in answers}) == 1
    assert count(database, Request) == 1


def test_one_bill_in_two_drafts_submitted_at_once_is_paid_once(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    fill_claim(mario_online, rossi)
    first = mario_online.draft["draft_id"]
    bill = mario_online.value("expense_document", 1)
    fill_claim(mario_online, rossi)
    mario_online.answer("expense_document", bill, 1)
    for question, value in (("date", LAST_WEEK), ("amount", euros("1.00")), ("issuer", "X"), ("number", "1")):
        name = "invoice_number" if question == "number" else f"expense_{question}"
        mario_online.answer(name, value, 1)
    second = mario_online.draft["draft_id"]

    def submit(draft_id: str) -> int:
        return mario_online.backend.post(
            f"{mario_online.path}/drafts/{draft_id}/submit", headers={"Idempotency-Key": draft_id}
        ).status_code

    assert sorted(in_parallel(lambda: submit(first), lambda: submit(second))) == [201, 409]
    assert count(database, Request) == 1


def test_the_archive_is_filtered_and_newest_first(
    app: FastAPI, backend: TestClient, log_in: LogIn, rossi: Family
) -> None:
    moment = datetime.now(UTC).replace(hour=12, minute=0) - timedelta(days=3)
    numbers = []
    for days in (0, 1):
        with time_machine.travel(moment + timedelta(days=days)):
            mario = Customer(backend, log_in(f"c{days}", "mario", "it", "it"))
            fill_claim(mario, rossi, "anna" if days else "mario")
            numbers.append(mario.submit().json()["request_number"])
    mario = Customer(backend, log_in("c9", "mario", "it", "it"))

    def listed(**filters: str) -> list[str]:
        answer = backend.get(f"{mario.path}/requests", params=filters)
        return [request["request_number"] for request in answer.json()]

    assert listed() == numbers[::-1]
    assert listed(person_id=rossi.anna) == [numbers[1]]
    assert listed(status="paid") == []
    second_day = (moment + timedelta(days=1)).date().isoformat()
    assert listed(since=second_day) == [numbers[1]]
    assert listed(until=moment.date().isoformat()) == [numbers[0]]
    assert listed(since="0001-01-01", until="9999-12-31") == numbers[::-1]
    typed = numbers[0].lower().replace("-", " ")
    assert backend.get(f"{mario.path}/requests/{typed}").json()["request_number"] == numbers[0]


def test_idle_drafts_and_their_files_are_forgotten_after_ninety_days(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session], settings: Settings
) -> None:
    fill_claim(mario_online, rossi)
    mario_online.submit()
    go_to_bills(mario_online, rossi)
    mario_online.answer("expense_document", mario_online.upload())
    now = datetime.now(UTC)
    for days, drafts, documents in ((89, 2, 4), (91, 1, 3)):
        with database.begin() as session:
            remove_idle_drafts(session, now + timedelta(days=days))
        remove_forgotten_documents(database, settings.files_folder, now + timedelta(days=days))
        assert (count(database, Draft), count(database, Document)) == (drafts, documents)
