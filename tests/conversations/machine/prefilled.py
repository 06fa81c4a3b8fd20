"""Drafts that are filled in already up to some question: through the backend's interface, as the actions do it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx

from tests.customer import PATIENCE

TOKEN = "demo-actions-token"
MOST = 40


class Prefilled:
    """A draft of the person logged in in the conversation; `draft` is None where the market has no such form."""

    def __init__(
        self,
        backend_url: str,
        conversation_id: str,
        kind: str,
        document: Callable[[], str],
        prefers: str = "",
    ) -> None:
        self._prefers = prefers
        self._url = f"{backend_url}/conversations/{conversation_id}/drafts"
        self._document = document
        made = self._call("POST", "", {"kind": kind, "answers": {}})
        self.draft: dict[str, Any] | None = made.json() if made.status_code < 400 else None

    def _call(self, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
        head = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": uuid.uuid4().hex}
        return httpx.request(method, f"{self._url}{path}", json=body, headers=head, timeout=PATIENCE)

    def fill(self, most: int = MOST, until: str | None = None) -> int:
        """Answer up to so many questions, or all before the named one; tells how many. A code is not known here."""
        for done in range(most):
            question = (self.draft or {}).get("next")
            if self.draft is None or not question or until == question["question"]:
                return done
            body = {"value": self._value(question), "item": question["item"], "source": "customer"}
            path = f"/{self.draft['draft_id']}/answers/{question['question']}"
            stored = self._call("PUT", path, body)
            if stored.status_code >= 400:
                return done
            self.draft = stored.json()
        return most

    def discard(self) -> None:
        """Throw it away."""
        assert self.draft is not None
        self._call("DELETE", f"/{self.draft['draft_id']}", {}).raise_for_status()

    def _value(self, question: dict[str, Any]) -> Any:
        if question.get("suggestion"):
            return question["suggestion"]["value"]
        if question["options"]:
            values = [option["value"] for option in question["options"]]
            return self._prefers if self._prefers in values else values[0]
        rules, market = question.get("rules") or {}, (self.draft or {})["market"]
        yesterday = (date.today() - timedelta(days=1)).isoformat()
        ahead = (date.today() + timedelta(days=9)).isoformat()
        iban = {"rs": "RS35260005601001611379"}.get(market, "IT60X0542811101000000123456")
        made: dict[str, Any] = {
            "date": ahead if (rules.get("min") or "") >= yesterday else yesterday,
            "year": date.today().year,
            "amount": {"amount": "85.00", "currency": rules.get("currency") or "EUR"},
            "consent": True,
            "email": "nuovo.nome@example.org",
            "phone": "+393401122334",
            "bank_account": {"bank": "BCA", "number": "1234567890"} if market == "id" else {"iban": iban},
            "document": self._document,
            "documents": lambda: [self._document()],
            "text": "Centro Medico Aurora",
            "yes_no": False,
            "plate_number": "NS1234AB",
        }
        value = made.get(question["kind"])
        return value() if callable(value) else value
