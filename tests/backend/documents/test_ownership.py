"""Whose a file is: the conversation's before the log-in, one person's afterwards, nobody else's ever."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.documents.jobs import remove_unadopted
from backend.settings import Settings
from tests.backend.conftest import LogIn
from tests.backend.documents import bills
from tests.backend.documents.conftest import Upload

PDF = bills.make_pdf("Prova")


def blobs(settings: Settings) -> list[Path]:
    return [path for path in (settings.files_folder / "blobs").rglob("*") if path.is_file()]


def status(backend: TestClient, conversation_id: str, document: dict[str, Any], what: str = "") -> int:
    return backend.get(
        f"/conversations/{conversation_id}/documents/{document['document_id']}{what}"
    ).status_code


def test_before_a_log_in_only_the_conversation_sees_the_file_and_nobody_its_bytes(
    backend: TestClient, conversation: str, upload: Upload
) -> None:
    backend.put("/conversations/c2", json={"market": "it", "channel": "website", "language": "it"})
    document = upload(conversation, PDF).json()
    assert status(backend, "c1", document) == 200
    assert status(backend, "c2", document) == 404
    assert status(backend, "c1", document, "/content") == 401


def test_the_log_in_makes_the_file_the_persons_in_every_conversation(
    backend: TestClient, conversation: str, upload: Upload, log_in: LogIn, mario: str
) -> None:
    document = upload(conversation, PDF).json()
    log_in("c1", "mario", "it", "it")
    log_in("c2", "mario", "it", "it")
    for conversation_id in ("c1", "c2"):
        answer = backend.get(f"/conversations/{conversation_id}/documents/{document['document_id']}/content")
        assert answer.content == PDF
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "no-store" in answer.headers["cache-control"]


def test_another_persons_file_is_answered_like_one_that_does_not_exist(
    backend: TestClient, upload: Upload, log_in: LogIn, mario: str, milica: str
) -> None:
    log_in("c1", "mario", "it", "it")
    log_in("c2", "milica")
    document = upload("c1", PDF).json()
    unknown = backend.get(f"/conversations/c2/documents/{'0' * 32}/content")
    foreign = backend.get(f"/conversations/c2/documents/{document['document_id']}/content")
    assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())
    assert status(backend, "c2", document) == 404


def test_the_same_file_of_two_people_is_one_blob_and_two_documents(
    backend: TestClient, upload: Upload, log_in: LogIn, settings: Settings, mario: str, milica: str
) -> None:
    log_in("c1", "mario", "it", "it")
    log_in("c2", "milica")
    first, second = upload("c1", PDF, "mario.pdf").json(), upload("c2", PDF, "milica.pdf").json()
    assert len(blobs(settings)) == 1
    assert first["document_id"] != second["document_id"]
    assert second["filename"] == "milica.pdf"
    assert status(backend, "c2", first) == 404


def test_a_file_sent_after_a_log_in_ran_out_is_not_adopted_by_the_next_person(
    backend: TestClient,
    upload: Upload,
    log_in: LogIn,
    add_person: Callable[..., str],
    settings: Settings,
    mario: str,
) -> None:
    add_person("Anna", "Verdi", "it", username="anna")
    with time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=UTC)) as clock:
        log_in("c1", "mario", "it", "it")
        clock.shift(settings.login_idle_seconds + 5)
        document = upload("c1", PDF).json()
        log_in("c1", "anna", "it", "it")
        assert status(backend, "c1", document) == 404
        assert status(backend, "c1", document, "/content") == 404
        clock.shift(60)
        log_in("c1", "mario", "it", "it")
        assert status(backend, "c1", document, "/content") == 200


def test_a_file_nobody_logged_in_for_is_gone_after_a_day(
    backend: TestClient,
    conversation: str,
    upload: Upload,
    log_in: LogIn,
    database: sessionmaker[Session],
    settings: Settings,
    milica: str,
) -> None:
    log_in("c2", "milica")
    theirs = upload("c2", bills.make_pdf("Other")).json()
    mine = upload(conversation, PDF).json()
    for path in blobs(settings):
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    now = datetime.now(UTC)
    assert remove_unadopted(database, settings.files_folder, now + timedelta(hours=23)) == 0
    assert remove_unadopted(database, settings.files_folder, now + timedelta(hours=25)) == 1
    assert status(backend, conversation, mine) == 404
    assert status(backend, "c2", theirs, "/content") == 200
    assert len(blobs(settings)) == 1


def test_a_blob_that_somebody_else_needs_stays(
    backend: TestClient,
    conversation: str,
    upload: Upload,
    log_in: LogIn,
    database: sessionmaker[Session],
    settings: Settings,
    milica: str,
) -> None:
    log_in("c2", "milica")
    theirs = upload("c2", PDF).json()
    upload(conversation, PDF)
    for path in blobs(settings):
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    assert remove_unadopted(database, settings.files_folder, datetime.now(UTC) + timedelta(hours=25)) == 1
    assert status(backend, "c2", theirs, "/content") == 200


def test_blobs_are_readable_by_the_owner_only_and_nothing_else_is_left_over(
    conversation: str, upload: Upload, settings: Settings
) -> None:
    upload(conversation, PDF)
    upload(conversation, b"nothing")
    assert [oct(path.stat().st_mode & 0o777) for path in blobs(settings)] == ["0o600"]
    assert list((settings.files_folder / "incoming").iterdir()) == []
