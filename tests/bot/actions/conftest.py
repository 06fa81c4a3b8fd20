"""A fake backend that speaks HTTP, and a way to run one action as Rasa would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.backend_client import BackendClient
from bot.actions.care_action import CareAction

Answer = tuple[int, Any] | Callable[[httpx.Request], tuple[int, Any]]

PACK = {
    "market": "it",
    "insurer_name": "Generali Italia",
    "currency": "EUR",
    "timezone": "Europe/Rome",
    "emergency": [{"service": "general", "number": "112"}, {"service": "ambulance", "number": "118"}],
    "care": {
        "phones": ["800 000 000"],
        "email": "care@example.org",
        "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "20:00"}],
    },
    "journeys": {
        "policies": "offered",
        "benefits": "offered",
        "providers": "offered",
        "claim": "offered",
        "requests": "offered",
        "car_damage": "absent",
        "premium": "absent",
        "ecard": "absent",
        "pension_fund": "absent",
        "direct_care": "planned",
    },
    "code": {"at_login": True, "length": 6, "life_seconds": 300},
    "files": {"max_bytes": 10485760, "media_types": ["image/jpeg", "image/png", "application/pdf"]},
}
CARE_OPEN = {"open": True, "closes_at": "2026-11-20T19:00:00Z", "opens_at": None, "holiday": None}


class FakeBackend:
    """Answers by method and path; everything not told to it is 404, as for somebody else's things."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer] = {}
        self.calls: list[httpx.Request] = []
        self.on("GET", "/markets/it", PACK)
        self.on("GET", "/markets/it/care-hours", CARE_OPEN)
        self.on("GET", "/conversations/c1", {"login": {"state": "none"}})
        self.on("DELETE", "/conversations/c1/codes/contact", status=204)
        self.on(
            "POST",
            "/conversations/c1/login-links",
            {"token": "t" * 32, "expires_at": "2026-11-20T10:05:00Z"},
            201,
        )

    def on(self, method: str, path: str, body: Any = None, status: int = 200) -> None:
        """What to answer from now on."""
        self.answers[method, path] = body if callable(body) else (status, body)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        self.calls.append(request)
        answer = self.answers.get(
            (request.method, request.url.path), (404, {"error": "not_found", "detail": {}})
        )
        status, body = answer(request) if callable(answer) else answer
        return httpx.Response(status, json=body) if body is not None else httpx.Response(status)

    def sent(self, method: str, path: str) -> list[Any]:
        """The bodies sent to a path."""
        found = [c for c in self.calls if (c.method, c.url.path) == (method, path)]
        return [json.loads(call.content) if call.content else None for call in found]


class Said:
    """What an action said and which events it returned."""

    def __init__(self, messages: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
        self.messages = messages
        self.events = events

    @property
    def text(self) -> str:
        """All texts."""
        return "\n".join(message["text"] for message in self.messages if message.get("text"))

    @property
    def buttons(self) -> dict[str, str]:
        """Titles and payloads of all buttons."""
        return {b["title"]: b["payload"] for message in self.messages for b in message.get("buttons") or []}

    @property
    def cards(self) -> list[dict[str, Any]]:
        """All cards."""
        return [card for message in self.messages for card in (message.get("custom") or {}).get("cards", [])]

    @property
    def handover(self) -> dict[str, Any] | None:
        """The wish for a person that the gateway is told, if there is just one."""
        found = [
            message["custom"]["handover"]
            for message in self.messages
            if "handover" in (message.get("custom") or {})
        ]
        return found[0] if len(found) == 1 else None

    @property
    def slots(self) -> dict[str, Any]:
        """The slots as the events leave them."""
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}

    @property
    def followups(self) -> list[str]:
        """Actions that are to follow."""
        return [event["name"] for event in self.events if event["event"] == "followup"]


class Bench:
    """Runs actions against the fake backend."""

    def __init__(self) -> None:
        self.backend = FakeBackend()

    def run(
        self,
        action: type[CareAction],
        text: str = "",
        intent: str = "inform",
        entities: dict[str, Any] | None = None,
        slots: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        confidence: float = 0.9,
        loop: str | None = None,
        events: list[dict[str, Any]] | None = None,
        **message: Any,
    ) -> Said:
        """One call of the action, as the action server would make it."""
        tracker = Tracker(
            sender_id="c1",
            slots={"language": "it", "script": "Latn", "market": "it", **(slots or {})},
            latest_message={
                "text": text,
                "intent": {"name": intent, "confidence": confidence},
                "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
                "metadata": {"today": "2026-11-20", **(metadata or {})},
                "message_id": "m1",
                **message,
            },
            events=events or [],
            paused=False,
            followup_action=None,
            active_loop={"name": loop} if loop else {},
            latest_action_name="action_listen",
        )
        dispatcher = CollectingDispatcher()
        client = BackendClient(transport=httpx.MockTransport(self.backend.handle))
        events = asyncio.run(action(client).run(dispatcher, tracker, {}))
        return Said(dispatcher.messages, [dict(event) for event in events])


@pytest.fixture
def bench() -> Bench:
    """A fresh bench."""
    return Bench()


@pytest.fixture
def draft() -> dict[str, Any]:
    """An open draft whose next question is the date of treatment."""
    return {
        "draft_id": "d1",
        "kind": "claim",
        "market": "it",
        "status": "open",
        "request_number": None,
        "answers": [],
        "next": {
            "question": "treatment_date",
            "item": None,
            "kind": "date",
            "optional": False,
            "options": [],
            "suggestion": None,
            "rules": {"max": "2026-11-20"},
        },
        "ready": False,
        "progress": {"answered": 0, "total": 14},
        "dropped": [],
        "rejected": [],
        "warnings": [],
    }
