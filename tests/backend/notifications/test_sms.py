"""Text messages over a real HTTP gateway on loopback; without one they wait in the mailbox."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from backend.database import utc_now
from backend.notifications.models import Mail
from backend.notifications.service import queue_sms
from backend.notifications.worker import send_due_mails
from backend.settings import Settings


class SmsGateway(HTTPServer):
    """Remembers what it is given and answers with `status`."""

    status = 202

    def __init__(self) -> None:
        self.taken: list[tuple[str | None, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/messages"


class _Handler(BaseHTTPRequestHandler):
    server: SmsGateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not into the test's output."""


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    server = SmsGateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def queue(database: sessionmaker[Session]) -> None:
    with database.begin() as session:
        queue_sms(
            session,
            to="+381641234567",
            key="contact_code",
            language="sr",
            script="Latn",
            variables={"code": "402917", "minutes": "5"},
        )


def stored(database: sessionmaker[Session]) -> Mail:
    with database() as session:
        return session.scalars(select(Mail)).one()


async def test_a_text_message_is_given_to_the_gateway_once(
    database: sessionmaker[Session], settings: Settings, gateway: SmsGateway
) -> None:
    queue(database)
    ready = settings.model_copy(update={"sms_url": gateway.url, "sms_token": SecretStr("t0ken")})
    assert await send_due_mails(database, ready) == 1
    assert await send_due_mails(database, ready) == 0
    [(token, body)] = gateway.taken
    assert token == "Bearer t0ken"
    assert (body["to"], body["id"]) == ("+381641234567", stored(database).id)
    assert "402917" in body["text"] and "Upišite" in body["text"]
    assert stored(database).state == "sent"


@pytest.mark.parametrize(("status", "state"), [(503, "queued"), (429, "queued"), (400, "dead")])
async def test_a_gateway_that_refuses_costs_time_or_the_message(
    database: sessionmaker[Session], settings: Settings, gateway: SmsGateway, status: int, state: str
) -> None:
    queue(database)
    gateway.status = status
    ready = settings.model_copy(update={"sms_url": gateway.url})
    await send_due_mails(database, ready)
    assert (stored(database).state, stored(database).last_error) == (state, f"gateway answered {status}")
    gateway.status = 202
    with database.begin() as session:
        session.execute(update(Mail).values(run_after=utc_now()))
    await send_due_mails(database, ready)
    assert stored(database).state == ("sent" if state == "queued" else "dead")


async def test_without_a_gateway_it_stays_in_the_mailbox(
    database: sessionmaker[Session], settings: Settings
) -> None:
    queue(database)
    mail_only = settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:9")})
    assert await send_due_mails(database, mail_only) == 0
    assert stored(database).state == "queued"
