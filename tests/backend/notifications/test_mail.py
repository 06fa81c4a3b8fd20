"""Mails are sent if and only if what they tell of is kept; the mailbox page exists in the demo only."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.app import create_app
from backend.database import utc_now
from backend.notifications import worker
from backend.notifications.models import Mail
from backend.notifications.service import LEASE, MOST_ATTEMPTS, Pdf, claim_mails, queue_mail
from backend.notifications.worker import compose, send_due_mails
from backend.settings import Settings


class Inbox:
    """A mail server that keeps what it gets, or answers with an error."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.messages.append(envelope)
        return self.answer


@pytest.fixture
def inbox() -> Any:
    return Inbox()


@pytest.fixture
async def smtp(inbox: Inbox, settings: Settings) -> AsyncIterator[Settings]:
    """The settings with a mail server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}")})
    controller.stop()


def queue(
    database: sessionmaker[Session], to: str = "milica@example.org", name: str = "Милица", **more: Any
) -> None:
    with database.begin() as session:
        queue_mail(
            session,
            to=to,
            key="request_received",
            language="sr",
            script="Latn",
            variables={"number": "RS-7KQ2-9FMA", "name": name},
            **more,
        )


def only_mail(database: sessionmaker[Session]) -> Mail:
    with database() as session:
        return session.scalars(select(Mail)).one()


async def test_a_queued_mail_is_sent_once_in_the_reader_s_script(
    database: sessionmaker[Session], smtp: Settings, inbox: Inbox
) -> None:
    queue(database)
    assert await send_due_mails(database, smtp) == 1
    assert await send_due_mails(database, smtp) == 0
    (envelope,) = inbox.messages
    assert envelope.rcpt_tos == ["milica@example.org"]
    assert b"Podnosilac: Milica" in envelope.content
    assert only_mail(database).state == "sent"


async def test_the_body_is_kept_in_the_demo_only(
    database: sessionmaker[Session], smtp: Settings, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(database)
    # The server on loopback has no certificate, so only the blanking is production's here.
    monkeypatch.setattr("backend.notifications.worker._send", lambda mail, settings: asyncio.sleep(0))
    await send_due_mails(database, smtp.model_copy(update={"profile": "production"}))
    assert (only_mail(database).state, only_mail(database).body) == ("sent", "")


@pytest.mark.parametrize(("answer", "kept"), [("250 OK", True), ("550 no such mailbox", False)])
async def test_a_pdf_goes_with_its_mail_and_stays_no_longer_than_its_body(
    database: sessionmaker[Session], smtp: Settings, inbox: Inbox, answer: str, kept: bool
) -> None:
    inbox.answer = answer
    queue(database, attachment=Pdf("potvrda-T-1.pdf", b"%PDF-1.4 receipt"))
    assert await send_due_mails(database, smtp) == 1
    with database() as session:
        assert session.scalars(select(Mail.attachment)).one() == (b"%PDF-1.4 receipt" if kept else None)
    if kept:
        message = message_from_bytes(inbox.messages[0].content, policy=default)
        (part,) = message.iter_attachments()
        assert (part.get_content_type(), part.get_filename()) == ("application/pdf", "potvrda-T-1.pdf")
        assert part.get_content() == b"%PDF-1.4 receipt"
        text = message.get_body()
        assert text is not None and "Milica" in text.get_content()


async def test_a_sent_pdf_is_not_kept_in_production(
    database: sessionmaker[Session], smtp: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(database, attachment=Pdf("potvrda.pdf", b"%PDF"))
    monkeypatch.setattr("backend.notifications.worker._send", lambda mail, settings: asyncio.sleep(0))
    await send_due_mails(database, smtp.model_copy(update={"profile": "production"}))
    with database() as session:
        assert session.execute(select(Mail.state, Mail.body, Mail.attachment)).one() == ("sent", "", None)


async def test_a_server_that_is_away_costs_time_not_the_mail(
    database: sessionmaker[Session], smtp: Settings, inbox: Inbox
) -> None:
    inbox.answer = "451 try later"
    queue(database)
    await send_due_mails(database, smtp)
    waiting = only_mail(database)
    assert (waiting.state, waiting.attempts, waiting.last_error) == ("queued", 1, "server answered 451")
    assert waiting.run_after > utc_now()
    inbox.answer = "250 OK"
    with time_machine.travel(waiting.run_after + timedelta(seconds=1)):
        await send_due_mails(database, smtp)
    assert len(inbox.messages) == 1


async def test_a_mail_that_cannot_even_be_written_holds_up_no_other(
    database: sessionmaker[Session], smtp: Settings, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(database, to="ana@example..org")
    queue(database, to="ana@example.org")
    with time_machine.travel(utc_now(), tick=False) as clock:
        for _ in range(MOST_ATTEMPTS):
            await send_due_mails(database, smtp)
            clock.shift(timedelta(hours=1))
    assert [envelope.rcpt_tos for envelope in inbox.messages] == [["ana@example.org"]]
    with database() as session:
        rows = session.execute(select(Mail.recipient, Mail.state).order_by(Mail.recipient)).all()
    assert [tuple(row) for row in rows] == [("ana@example..org", "dead"), ("ana@example.org", "sent")]


async def test_a_slow_server_is_not_given_a_mail_again_while_it_is_still_being_sent(
    database: sessionmaker[Session], smtp: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch takes no longer than its slowest mail, and a mail is given up before another worker may take it."""
    for number in range(6):
        queue(database, to=f"ana{number}@example.org")
    all_under_way = asyncio.Barrier(6)

    async def send(mail: Mail, settings: Settings) -> None:
        await all_under_way.wait()
        if mail.recipient == "ana5@example.org":
            await asyncio.sleep(3600)

    monkeypatch.setattr(worker, "_send", send)
    monkeypatch.setattr(worker, "LONGEST_SENDING", timedelta(seconds=2))
    assert worker.LONGEST_SENDING < LEASE
    assert await send_due_mails(database, smtp) == 6
    with database() as session:
        states = session.scalars(select(Mail.state).order_by(Mail.recipient)).all()
        late = session.scalars(select(Mail).where(Mail.recipient == "ana5@example.org")).one()
    assert states == ["sent"] * 5 + ["queued"]
    assert (late.attempts, late.last_error) == (1, "TimeoutError")


async def test_a_mail_refused_for_good_is_a_dead_letter_without_its_body(
    database: sessionmaker[Session], smtp: Settings, inbox: Inbox
) -> None:
    inbox.answer = "550 no such mailbox"
    queue(database)
    await send_due_mails(database, smtp)
    assert (only_mail(database).state, only_mail(database).body) == ("dead", "")


async def test_a_mail_that_is_too_late_to_be_of_use_is_not_sent(
    database: sessionmaker[Session], smtp: Settings, inbox: Inbox
) -> None:
    queue(database, useless_after=utc_now() - timedelta(seconds=1))
    await send_due_mails(database, smtp)
    assert inbox.messages == []
    assert only_mail(database).state == "dead"


def test_a_mail_taken_by_a_worker_that_died_is_taken_again(database: sessionmaker[Session]) -> None:
    queue(database)
    with database.begin() as session:
        assert len(claim_mails(session)) == 1
    with database.begin() as session:
        assert claim_mails(session) == []
    with time_machine.travel(utc_now() + timedelta(seconds=61)), database.begin() as session:
        assert len(claim_mails(session)) == 1


def test_a_mail_of_a_change_that_was_not_kept_is_not_there(database: sessionmaker[Session]) -> None:
    with pytest.raises(RuntimeError), database.begin() as session:
        queue_mail(
            session,
            to="x@example.org",
            key="code",
            language="it",
            script="Latn",
            variables={"code": "1", "minutes": "2"},
        )
        raise RuntimeError
    with database() as session:
        assert session.scalars(select(Mail)).all() == []


def test_no_header_can_be_smuggled_into_a_mail() -> None:
    mail = Mail(
        id="1", recipient="a@example.org", language="it", subject="Hello\r\nBcc: b@example.org", body="."
    )
    message = compose(mail, "CARE <care@example.org>")
    assert isinstance(message, EmailMessage)
    assert message["Bcc"] is None
    mail.recipient = "a@example.org\r\nBcc: b@example.org"
    with pytest.raises(ValueError, match=r"."):
        compose(mail, "CARE <care@example.org>")


def test_the_mailbox_shows_mails_escaped_newest_first(
    backend: TestClient, database: sessionmaker[Session]
) -> None:
    queue(database, name="First")
    queue(database, name="<script>alert(1)</script>")
    page = backend.get("/mailbox", headers={"Authorization": ""})
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert page.text.index("&lt;script&gt;") < page.text.index("First")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert [mail["to"] for mail in backend.get("/mailbox.json").json()] == ["milica@example.org"] * 2


def test_the_mailbox_gives_the_pdf_of_a_mail(backend: TestClient, database: sessionmaker[Session]) -> None:
    queue(database)
    queue(database, attachment=Pdf("potvrda.pdf", b"%PDF"))
    with_pdf, without = backend.get("/mailbox.json").json()
    assert (with_pdf["attachment"], without["attachment"]) == ("potvrda.pdf", None)
    path = f"/mailbox/{with_pdf['id']}/attachment"
    assert f'href="{path[1:]}"' in backend.get("/mailbox").text
    found = backend.get(path, headers={"Authorization": ""})
    assert (found.content, found.headers["Content-Type"]) == (b"%PDF", "application/pdf")
    assert found.headers["Content-Disposition"] == 'attachment; filename="potvrda.pdf"'
    for other in (without["id"], "unknown"):
        assert backend.get(f"/mailbox/{other}/attachment").status_code == 404


def test_there_is_no_mailbox_in_production(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"profile": "production"}))
    with TestClient(app) as client:
        for path in ("/mailbox", "/mailbox.json", "/mailbox/x/attachment"):
            assert client.get(path).status_code == 404
