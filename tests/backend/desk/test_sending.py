"""Files that an agent sends: examined, bound to the conversation, opened by their link, never the customer's own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.documents.jobs import remove_old_sent_files
from backend.settings import Settings
from tests.backend.desk.conftest import DeskAgent, Facts
from tests.backend.documents import bills
from tests.backend.requests.conftest import LAST_WEEK, Customer

PDF = bills.make_pdf(bills.ITALIAN)


def send(
    agent: DeskAgent, content: bytes = PDF, filename: str = "modulo.pdf", key: str = "answer-1"
) -> httpx.Response:
    return agent.send(content, filename, key)


def test_a_sent_file_opens_by_its_link_and_is_in_the_audit_once(
    bea: DeskAgent, mario_online: Customer, facts: Facts
) -> None:
    sent = send(bea)
    assert sent.status_code == 201, sent.text
    assert (sent.json()["filename"], sent.json()["kind"]) == ("modulo.pdf", "pdf")
    opened = bea.backend.get(f"/sent-files/{sent.json()['token']}")
    assert (opened.content, opened.headers["content-type"]) == (PDF, "application/pdf")
    assert send(bea).status_code == 201
    ((actor, subject, details),) = facts("desk_file_sent")
    assert actor == f"staff:{bea.staff_id}" and subject.startswith("sent_file:")
    assert details["handover"] == "h1"
    # Another file under the same key is another file.
    other = send(bea, bills.make_photo(), "foto.jpg").json()
    assert other["media_type"] == "image/jpeg"
    assert bea.backend.get(f"/sent-files/{other['token']}").content != PDF
    assert len(facts("desk_file_sent")) == 2


def test_it_is_never_the_customers_bill_or_document(bea: DeskAgent, mario_online: Customer) -> None:
    assert send(bea).status_code == 201
    assert bea.view()["documents"] == []
    mario_online.begin({"treatment_date": LAST_WEEK, "service": "mri"})
    assert bea.backend.get("/conversations/c1/documents/" + "0" * 32).status_code == 404
    # A bill of their own is offered where it is asked for; this one is not.
    assert "modulo.pdf" not in str(mario_online.draft)
    own = mario_online.upload()
    assert [document["document_id"] for document in bea.view()["documents"]] == [own]


def test_nobody_opens_it_after_the_log_out_or_as_somebody_else(
    bea: DeskAgent, mario_online: Customer, log_in: Callable[..., str]
) -> None:
    path = f"/sent-files/{send(bea).json()['token']}"
    assert bea.backend.get(path).status_code == 200
    log_in("c1", "anna", "it", "it")
    assert bea.backend.get(path).status_code == 404
    assert bea.backend.get(f"{path}x").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"only words", 415, "file_type_not_allowed"),
        (b"", 422, "file_empty"),
        (bills.encrypted(PDF), 422, "pdf_encrypted"),
        (bills.with_script(PDF), 422, "pdf_active"),
    ],
)
def test_what_customers_may_not_send_agents_may_not_either(
    bea: DeskAgent, mario_online: Customer, facts: Facts, content: bytes, status: int, error: str
) -> None:
    refused = send(bea, content)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert facts("desk_file_sent") == []


def test_only_for_the_gateway(bea: DeskAgent, mario_online: Customer, actions: TestClient) -> None:
    token = send(bea).json()["token"]
    assert actions.get(f"/sent-files/{token}").json()["error"] == "forbidden"


def test_the_last_file_of_a_day_can_be_sent_again_and_no_other(
    bea: DeskAgent, mario_online: Customer, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.desk.sending.MOST_FILES", 1)
    assert send(bea).status_code == 201
    assert send(bea).status_code == 201
    for key in ("answer-1", "answer-2"):
        refused = send(bea, bills.make_pdf("altro"), key=key)
        assert (refused.status_code, refused.json()["error"]) == (429, "too_many_files")
    assert len(facts("desk_file_sent")) == 1


def test_it_is_forgotten_with_its_link(
    bea: DeskAgent, mario_online: Customer, database: sessionmaker[Session], settings: Settings
) -> None:
    path = f"/sent-files/{send(bea).json()['token']}"
    now = datetime.now(UTC)
    assert remove_old_sent_files(database, settings.files_folder, now + timedelta(days=29)) == 0
    assert remove_old_sent_files(database, settings.files_folder, now + timedelta(days=31)) == 1
    assert bea.backend.get(path).status_code == 404
