"""The one normalised message every channel speaks, and its place in the transcript.

A message is written once and numbered in its conversation. Buttons are issued here: the customer's side gets
a random token, what it means stays in the database.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from connectors.core.models import Conversation, Delivery, IssuedButton, TranscriptMessage

# The backend's links to secure pages live this long; a shown link must not outlive them in the transcript.
SECURE_LINK_LIVES = {
    "login": timedelta(minutes=5),
    "account": timedelta(minutes=15),
    "payment": timedelta(minutes=30),
}
Author = Literal["customer", "bot", "agent", "system"]

# Statements of every turn, built once; on tables, because nothing of the written rows is needed afterwards.
_LOCK = select(Conversation).where(Conversation.id == bindparam("id")).with_for_update()
_ADD_MESSAGE = insert(TranscriptMessage.__table__)  # type: ignore[arg-type]
_ADD_BUTTON = insert(IssuedButton.__table__)  # type: ignore[arg-type]
_ADD_DELIVERY = insert(Delivery.__table__)  # type: ignore[arg-type]
_transcript = TranscriptMessage.__table__
_READ_AFTER = (
    select(_transcript)
    .where(
        _transcript.c.conversation_id == bindparam("conversation_id"),
        _transcript.c.number > bindparam("after"),
    )
    .order_by(_transcript.c.number)
    .limit(bindparam("limit"))
)


class Button(BaseModel):
    """A button the customer can press; `token` is sent back."""

    title: str
    token: str


class WebLink(BaseModel):
    title: str
    url: str
    kind: str | None = None


class Picture(BaseModel):
    """A picture to be shown; `alt` says what is on it."""

    url: str
    alt: str


class Place(BaseModel):
    """Where something is, for channels that show it on a map."""

    lat: float
    lon: float
    address: str = ""


class Card(BaseModel):
    """One item of a list: a benefit, a place, a document."""

    title: str
    subtitle: str | None = None
    lines: list[str] = []
    link: WebLink | None = None
    picture: Picture | None = None
    place: Place | None = None
    buttons: list[Button] = []


class InputWanted(BaseModel):
    """What is asked for now, so that a client can offer the fitting control."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["date", "file", "phone", "location"]
    min: str | None = None
    max: str | None = None
    media_types: list[str] | None = None
    max_bytes: int | None = None
    multiple: bool | None = None


class SharedFile(BaseModel):
    document_id: str
    filename: str
    kind: str
    size: int


class Approved(BaseModel):
    """Which text that a vendor approved beforehand a message is, and what was filled into it, by field."""

    name: str
    values: dict[str, str] = {}


class Message(BaseModel):
    """One message of the transcript, as every channel gets it."""

    id: int = Field(description="Number in the conversation, counted from 1 without gaps")
    at: datetime
    author: Author
    language: str = Field(examples=["it", "id", "sr-Latn", "sr-Cyrl"])
    text: str
    buttons: list[Button] = []
    cards: list[Card] = []
    input: InputWanted | None = None
    link: WebLink | None = None
    files: list[SharedFile] = []
    client_message_id: str | None = Field(
        default=None, description="Of a customer's message: the id its client gave it"
    )
    news: str | None = Field(
        default=None, description="Of a message nobody asked for: what kind of news it is"
    )
    news_values: dict[str, str] = Field(
        default={},
        exclude=True,
        description="What the text of the news was filled with, for vendors' templates",
    )
    approved: Approved | None = Field(
        default=None, exclude=True, description="Of an agent's words that a vendor takes at any time"
    )
    status: Literal["sent", "delivered", "read", "failed"] | None = Field(
        default=None, description="Of a message out on a messenger: what the vendor says of it"
    )


@dataclass
class DraftButton:
    title: str
    payload: str


@dataclass
class DraftCard:
    title: str
    subtitle: str | None = None
    lines: list[str] = field(default_factory=list)
    link: WebLink | None = None
    picture: Picture | None = None
    place: Place | None = None
    buttons: list[DraftButton] = field(default_factory=list)


@dataclass
class Draft:
    """A message before it is numbered and its buttons are issued."""

    author: Author
    text: str = ""
    buttons: list[DraftButton] = field(default_factory=list)
    cards: list[DraftCard] = field(default_factory=list)
    input: InputWanted | None = None
    link: WebLink | None = None
    link_until: datetime | None = None
    files: list[SharedFile] = field(default_factory=list)
    client_message_id: str | None = None
    news: str | None = None
    news_values: dict[str, str] = field(default_factory=dict)
    approved: Approved | None = None

    @property
    def empty(self) -> bool:
        return not (self.text or self.buttons or self.cards or self.input or self.link or self.files)


@dataclass(frozen=True)
class Writing:
    """How messages are written into one conversation."""

    now: datetime
    button_hours: int
    # Whether the channel delivers by itself, so that each message out needs a row in the outbox.
    pushes: bool


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation, held until the end of the transaction: numbers and turns follow in commit order."""
    return session.scalars(_LOCK, {"id": conversation_id}).one()


def append(
    session: Session, conversation: Conversation, draft: Draft, language_tag: str, writing: Writing
) -> int:
    """Write a message into the transcript of a locked conversation; returns its number."""
    conversation.last_number += 1
    number = conversation.last_number

    def issue(buttons: list[DraftButton]) -> list[dict[str, Any]]:
        issued = []
        for button in buttons:
            token = secrets.token_urlsafe(16)
            session.execute(
                _ADD_BUTTON,
                {
                    "token": token,
                    "conversation_id": conversation.id,
                    "title": button.title,
                    "payload": button.payload,
                    "expires_at": writing.now + timedelta(hours=writing.button_hours),
                },
            )
            issued.append({"title": button.title, "token": token})
        return issued

    content: dict[str, Any] = {
        "buttons": issue(draft.buttons),
        "cards": [
            {
                "title": card.title,
                "subtitle": card.subtitle,
                "lines": card.lines,
                "link": card.link.model_dump() if card.link else None,
                "picture": card.picture.model_dump() if card.picture else None,
                "place": card.place.model_dump() if card.place else None,
                "buttons": issue(card.buttons),
            }
            for card in draft.cards
        ],
        "input": draft.input.model_dump(exclude_none=True) if draft.input else None,
        "link": draft.link.model_dump() if draft.link else None,
        "files": [file.model_dump() for file in draft.files],
        "client_message_id": draft.client_message_id,
        "news": draft.news,
        "news_values": draft.news_values,
        "approved": draft.approved.model_dump() if draft.approved else None,
    }
    session.execute(
        _ADD_MESSAGE,
        {
            "conversation_id": conversation.id,
            "number": number,
            "at": writing.now,
            "author": draft.author,
            "language": language_tag,
            "text": draft.text,
            "content": {key: value for key, value in content.items() if value},
            "link_until": draft.link_until,
        },
    )
    if writing.pushes and draft.author != "customer":
        session.execute(
            _ADD_DELIVERY,
            {
                "conversation_id": conversation.id,
                "channel": conversation.channel,
                "message_number": number,
                "run_after": writing.now,
                "created_at": writing.now,
            },
        )
    return number


def read_after(
    session: Session, conversation_id: str, after: int, now: datetime, limit: int = 500
) -> list[Message]:
    """The messages of a conversation with a higher number than `after`, oldest first."""
    found = {"conversation_id": conversation_id, "after": after, "limit": limit}
    return [_read(row, now) for row in session.execute(_READ_AFTER, found)]


def _read(row: Row[Any], now: datetime) -> Message:
    content = dict(row.content)
    if row.link_until is not None and row.link_until <= now:
        content.pop("link", None)
    return Message.model_validate(
        {
            "id": row.number,
            "at": row.at,
            "author": row.author,
            "language": row.language,
            "text": row.text,
            "status": row.status,
            **content,
        }
    )


def change_shown(session: Session, conversation_id: str, number: int, text: str) -> None:
    """Let a customer's line of the transcript say something else: they edited it, or took it back."""
    session.execute(
        update(TranscriptMessage)
        .where(TranscriptMessage.conversation_id == conversation_id, TranscriptMessage.number == number)
        .values(text=text)
    )


def change_files(session: Session, conversation_id: str, number: int, files: list[SharedFile]) -> None:
    """Put other files into a line of the transcript: those announced have arrived."""
    row = session.get(TranscriptMessage, (conversation_id, number))
    if row is not None:
        row.content = {**row.content, "files": [file.model_dump() for file in files]}


def find_button(session: Session, conversation_id: str, token: str) -> IssuedButton | None:
    """The button behind a token, if it was issued in this very conversation."""
    button = session.get(IssuedButton, token)
    return button if button is not None and button.conversation_id == conversation_id else None


def forget_links(session: Session, now: datetime, conversation_id: str | None = None) -> None:
    """Remove log-in links that are dead, or every one of a conversation when it needs none any more."""
    dead = (
        TranscriptMessage.link_until <= now
        if conversation_id is None
        else TranscriptMessage.conversation_id == conversation_id
    )
    for row in session.scalars(
        select(TranscriptMessage).where(TranscriptMessage.link_until.is_not(None), dead)
    ):
        session.execute(
            update(TranscriptMessage)
            .where(
                TranscriptMessage.conversation_id == row.conversation_id,
                TranscriptMessage.number == row.number,
            )
            .values(content={k: v for k, v in row.content.items() if k != "link"}, link_until=None)
        )
