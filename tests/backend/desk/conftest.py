"""Mario with his family, logged in in the conversation c1, and agents who look at him."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.audit.models import AuditEntry
from backend.settings import Settings
from tests.backend.requests.conftest import add_centre, insure, mario_online, relate, rossi
from tests.backend.staffing import hire

__all__ = ["add_centre", "insure", "mario_online", "relate", "rossi"]

Facts = Callable[[str], list[tuple[str, str, dict[str, str]]]]


class DeskAgent:
    """A member of staff, as the gateway calls for them."""

    def __init__(self, backend: TestClient, headers: dict[str, str]) -> None:
        self.backend = backend
        self.staff_id = headers["X-Staff-Id"]
        self.headers = {"X-Staff-Token": headers["X-Staff-Token"]}

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """A call below `/desk/conversations/`."""
        return self.backend.post(f"/desk/conversations/{path}", json=body, headers=self.headers)

    def view(self, conversation_id: str = "c1", requested_at: datetime | str | None = None) -> dict[str, Any]:
        answer = self.post(f"{conversation_id}/view", self.handover(requested_at))
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    @staticmethod
    def handover(requested_at: datetime | str | None, number: str = "h1") -> dict[str, Any]:
        if requested_at is None:
            return {}
        moment = requested_at if isinstance(requested_at, str) else requested_at.isoformat()
        return {"handover": {"id": number, "requested_at": moment}}

    def unmask(self, *fields: str, conversation_id: str = "c1", **more: Any) -> httpx.Response:
        body = {"fields": list(fields), "reason": "calls back about the refund", **more}
        return self.post(f"{conversation_id}/unmask", body)

    def propose(self, draft_id: str, question: str, value: Any, **more: Any) -> httpx.Response:
        path = f"c1/drafts/{draft_id}/answers/{question}/proposals"
        return self.post(path, {"value": value, **more})

    def send(self, content: bytes, filename: str = "modulo.pdf", key: str = "answer-1") -> httpx.Response:
        """A file to the customer, in the hand-over h1."""
        params = {
            "filename": filename,
            "handover_id": "h1",
            "requested_at": datetime.now(UTC).isoformat(),
        }
        return self.backend.post(
            "/desk/conversations/c1/files",
            params=params,
            content=content,
            headers={**self.headers, "Idempotency-Key": key},
        )

    def fill(self, draft_id: str, question: str, value: Any, **more: Any) -> httpx.Response:
        """Propose, and the customer says yes; answers the first refusal."""
        proposed = self.propose(draft_id, question, value, **more)
        if proposed.status_code != 201:
            return proposed
        return self.yes(draft_id, question, value, proposed.json())

    def yes(
        self,
        draft_id: str,
        question: str,
        value: Any,
        proposed: dict[str, Any],
        *,
        key: str | None = None,
        **changes: Any,
    ) -> httpx.Response:
        """What the gateway calls when the customer agrees: nobody of the staff does."""
        body = {"value": value, "consent": "1742", "grant": proposed["grant"]}
        item = proposed["proposal"]["item"]
        return self.backend.put(
            f"/desk/conversations/c1/drafts/{draft_id}/answers/{question}",
            json=body | ({"item": item} if item else {}) | changes,
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )


@pytest.fixture
def hire_agent(
    backend: TestClient, database: sessionmaker[Session], settings: Settings
) -> Callable[..., DeskAgent]:
    """`hire_agent("ugo", "supervisor", ["rs"])`: somebody of the staff, logged in."""

    def hired(username: str, role: Any = "agent", markets: list[str] | None = None) -> DeskAgent:
        headers = hire(database, settings, username, role, markets=["it"] if markets is None else markets)
        return DeskAgent(backend, headers)

    return hired


@pytest.fixture
def bea(hire_agent: Callable[..., DeskAgent]) -> DeskAgent:
    """An agent of the Italian market."""
    return hire_agent("bea.it")


@pytest.fixture
def facts(database: sessionmaker[Session]) -> Facts:
    """What the audit holds of an action: actor, subject, details, in order."""

    def read(action: str) -> list[tuple[str, str, dict[str, str]]]:
        with database() as session:
            rows = session.scalars(
                select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.number)
            )
            return [(row.actor, row.subject, row.details) for row in rows]

    return read
