"""One turn as an action sees it: what the customer said, what is known, and how to answer.

What must not live here: any topic (policies, claims ...), any text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.backend_client import BackendClient, Json
from locales import catalogue, formats, texts

# Stands in a button's choice between its value and the step of the form that it answers.
OF_STEP = "|step:"


@dataclass(frozen=True)
class Reply:
    """What the customer sent, kept so that it can be taken up again after a log-in."""

    text: str
    intent: str
    confidence: float
    entities: list[Json]
    attachments: list[Json]
    # Where the customer is, when that was sent: {lat, lon}.
    position: Json | None = None

    @property
    def choice(self) -> str | None:
        """The payload of a button the gateway issued."""
        found: str | None = self.entity("choice")
        return found.partition(OF_STEP)[0] if found else found

    @property
    def step(self) -> str | None:
        """The step of a form that the pressed button belongs to (`asking.step_of`), if it belongs to one."""
        return str(self.entity("choice") or "").partition(OF_STEP)[2] or None

    def entity(self, *names: str) -> Any:
        """The first value found for one of the entity names."""
        for name in names:
            for entity in self.entities:
                if entity["entity"] == name:
                    return entity["value"]
        return None

    def values(self, name: str) -> list[Any]:
        """All different values of an entity, in the order said."""
        found: list[Any] = []
        for entity in self.entities:
            if entity["entity"] == name and entity["value"] not in found:
                found.append(entity["value"])
        return found

    def services(self) -> list[str]:
        """The services of the catalogue that were named; without any, those that a benefit named stands for."""
        named = [service for service in self.values("service") if service in catalogue.ids("service")]
        meant = [catalogue.standard_service(benefit) for benefit in self.values("benefit_type")]
        return named or [service for service in meant if service]

    def as_slot(self) -> Json:
        """The reply as a slot value."""
        return dict(self.__dict__)

    @classmethod
    def from_slot(cls, value: Json) -> Reply:
        """The reply again."""
        return cls(**value)


class Turn:
    """The customer's message, the conversation's state and the way to speak, for one action call."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker, backend: BackendClient) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.backend = backend
        self.conversation_id: str = tracker.sender_id
        message = tracker.latest_message
        # Whether something was asked that the next message is to answer: a second wish waits for that.
        self.asks = False
        self.metadata: Json = message.get("metadata") or {}
        intent = message.get("intent") or {}
        self.reply = Reply(
            text=message.get("text") or "",
            intent=intent.get("name") or "",
            confidence=float(intent.get("confidence") or 0.0),
            entities=[
                {name: e.get(name) for name in ("entity", "value", "text") if name != "text" or e.get(name)}
                for e in message.get("entities") or []
            ],
            attachments=self.metadata.get("attachments") or [],
            position=_position(self.metadata.get("detail") or {}),
        )

    def slot(self, name: str, default: Any = None) -> Any:
        """The slot's value, or `default` when it is empty."""
        value = self.tracker.get_slot(name)
        return default if value is None else value

    @property
    def language(self) -> str:
        """The conversation's language."""
        return str(self.slot("language", "it"))

    @property
    def script(self) -> str:
        """The script Serbian is written in here."""
        return str(self.slot("script", "Latn"))

    @property
    def market(self) -> str:
        """The market of the conversation."""
        return str(self.slot("market", "it"))

    @property
    def today(self) -> date:
        """Today in the market's time zone, as the gateway says."""
        given = self.metadata.get("today")
        return date.fromisoformat(given) if given else date.today()

    @property
    def message_id(self) -> str:
        """The id of the customer's message: the idempotency key of what it causes."""
        return str(self.tracker.latest_message.get("message_id") or self.metadata.get("message_id") or "")

    @property
    def response_key(self) -> str | None:
        """Which `faq/...` was asked, as the classifier found it."""
        selected = self.tracker.latest_message.get("response_selector") or {}
        found: str | None = ((selected.get("faq") or {}).get("response") or {}).get("intent_response_key")
        return found

    def just_offered(self, payload: str) -> bool:
        """Whether the answer before this message had a button with the payload."""
        events = self.tracker.events
        said = [number for number, event in enumerate(events) if event.get("event") == "user"]
        since = events[said[-2] : said[-1]] if len(said) > 1 else []
        buttons = [
            button
            for event in since
            if event.get("event") == "bot"
            for button in (event.get("data") or {}).get("buttons") or []
        ]
        return any(button.get("payload") == payload for button in buttons)

    # speaking

    def words(self, key: str, **values: Any) -> str:
        """A text of the catalogue; Serbian in Cyrillic, the channel puts it into the customer's script."""
        return texts.render(key, self.language, "Cyrl", **values)

    def has_words(self, key: str) -> bool:
        """Whether the catalogue has the text."""
        return texts.has(key, self.language)

    def button(self, key: str, payload: str, **values: Any) -> Json:
        """A button with a title of the catalogue."""
        return {"title": self.words(key, **values), "payload": payload}

    def say(
        self,
        key: str,
        *,
        buttons: Sequence[Json] = (),
        cards: Sequence[Json] = (),
        custom: Json | None = None,
        asks: bool = False,
        **values: Any,
    ) -> None:
        """Say a text of the catalogue; buttons that stand with the text come after the given ones.

        `asks`: nothing else is to be begun before this is answered.
        """
        self.asks = self.asks or asks
        shown = [*buttons]
        shown += [{"title": b.title, "payload": b.payload} for b in texts.buttons(key, self.language, "Cyrl")]
        parts: Json = dict(custom or {})
        if cards:
            parts["cards"] = list(cards)
        self.dispatcher.utter_message(
            text=self.words(key, **values), buttons=shown or None, json_message=parts or None
        )

    def money(self, value: Json | None) -> str:
        """Money as this language writes it."""
        return formats.money(value["amount"], value["currency"], self.language) if value else ""

    def day(self, value: str | None) -> str:
        """A day as this language writes it."""
        return formats.day(value, self.language) if value else ""

    def listing(self, items: Iterable[str]) -> str:
        """`a, b and c`."""
        return formats.listing(list(items), self.language)


def _position(detail: Json) -> Json | None:
    return {"lat": detail["lat"], "lon": detail["lon"]} if {"lat", "lon"} <= detail.keys() else None


def payload(intent: str, **entities: Any) -> str:
    """The payload of a button: an intent with entities, executed only because the gateway issued it."""
    filled = {name: value for name, value in entities.items() if value is not None}
    return f"/{intent}{json.dumps(filled, ensure_ascii=False)}" if filled else f"/{intent}"
