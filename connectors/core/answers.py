"""From what the dialogue answers to normalised messages. Unknown parts are dropped with a log line, never shown.

See docs/interfaces.md, "Rasa", for the form of an answer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from pydantic import ValidationError

from connectors.core.handover.waiting import Wish
from connectors.core.messages import (
    SECURE_LINK_LIVES,
    Draft,
    DraftButton,
    DraftCard,
    InputWanted,
    Picture,
    Place,
    WebLink,
)

log = structlog.get_logger()

KNOWN_PARTS = {"text", "buttons", "custom", "recipient_id"}
KNOWN_CUSTOM = {"cards", "input", "link", "transition", "handover"}
TRANSITIONS = {
    "login_pending": "link_sent",
    "code_pending": "code_sent",
    "logged_in": "logged_in",
    "logged_out": "none",
}
LINK_SCHEMES = {"https", "http", "tel", "mailto"}


@dataclass
class ReadAnswer:
    """The messages to show, the last log-in state that the answer speaks of, and whether it asks for people."""

    drafts: list[Draft] = field(default_factory=list)
    login_state: str | None = None
    wish: Wish | None = None


def read_answer(
    messages: list[dict[str, Any]], public_url: str, now: datetime, conversation_id: str
) -> ReadAnswer:
    """Normalise the messages of one turn; a message with nothing to show disappears."""
    answer = ReadAnswer()

    def drop(part: str) -> None:
        log.warning("answer_part_dropped", conversation_id=conversation_id, part=part)

    for raw in messages:
        for part in raw.keys() - KNOWN_PARTS:
            if raw[part]:
                drop(part)
        custom = raw.get("custom") or {}
        if not isinstance(custom, dict):
            drop("custom")
            custom = {}
        for part in custom.keys() - KNOWN_CUSTOM:
            drop(f"custom.{part}")
        draft = Draft("bot", text=_words(raw.get("text")).strip(), buttons=_buttons(raw.get("buttons"), drop))
        for card in _list(custom.get("cards")):
            if isinstance(card, dict) and _words(card.get("title")):
                draft.cards.append(_card(card, public_url, drop))
            else:
                drop("custom.cards")
        if custom.get("input"):
            try:
                draft.input = InputWanted.model_validate(custom["input"])
            except ValidationError:
                drop("custom.input")
        if custom.get("link"):
            draft.link = _link(custom["link"], public_url, drop)
            if draft.link is not None and draft.link.kind in SECURE_LINK_LIVES:
                draft.link_until = now + SECURE_LINK_LIVES[draft.link.kind]
        transition = custom.get("transition")
        if transition in TRANSITIONS:
            answer.login_state = TRANSITIONS[transition]
        elif transition:
            drop("custom.transition")
        if custom.get("handover"):
            try:
                answer.wish = Wish.model_validate(custom["handover"])
            except ValidationError:
                drop("custom.handover")
        if not draft.empty:
            answer.drafts.append(draft)
    return answer


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _buttons(value: Any, drop: Any) -> list[DraftButton]:
    buttons = []
    for button in _list(value):
        title = _words(button.get("title")) if isinstance(button, dict) else ""
        if title:
            buttons.append(DraftButton(title, _words(button.get("payload")) or title))
        else:
            drop("buttons")
    return buttons


def _card(card: dict[str, Any], public_url: str, drop: Any) -> DraftCard:
    return DraftCard(
        title=card["title"],
        subtitle=_words(card.get("subtitle")) or None,
        lines=[line for line in _list(card.get("lines")) if isinstance(line, str) and line],
        link=_link(card["link"], public_url, drop) if card.get("link") else None,
        picture=_picture(card["picture"], public_url, drop) if card.get("picture") else None,
        place=_place(card["place"], drop) if card.get("place") else None,
        buttons=_buttons(card.get("buttons"), drop),
    )


def _picture(value: Any, public_url: str, drop: Any) -> Picture | None:
    """A picture of ours: its address begins with `/`, no other house is asked for pictures."""
    try:
        picture = Picture.model_validate(value)
        if not picture.url.startswith("/") or picture.url.startswith("//"):
            raise ValueError("not ours")
    except ValueError:
        drop("picture")
        return None
    return Picture(url=public_url + picture.url, alt=picture.alt)


def _place(value: Any, drop: Any) -> Place | None:
    try:
        return Place.model_validate(value)
    except ValidationError:
        drop("place")
        return None


def _link(value: Any, public_url: str, drop: Any) -> WebLink | None:
    """A link to somewhere a browser may go; `/secure/…` is completed with our public address."""
    try:
        link = WebLink.model_validate(value)
        if link.url.startswith("/") and not link.url.startswith("//"):
            link.url = public_url + link.url
        if urlsplit(link.url).scheme not in LINK_SCHEMES:
            raise ValueError("scheme")
    except ValueError:
        drop("link")
        return None
    return link
