"""Tables of the gateway: conversations, turns (the inbox), messages (the transcript), buttons, deliveries.

Nothing here may hold a secret: codes and passwords are recognised before anything is written.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connectors.core.jobs import Job
from connectors.database import Base, UtcDateTime

# Who speaks in a conversation: the dialogue; nobody yet, people were asked for; a person; the gateway, which takes
# a message for people.
BOT, QUEUE, AGENT, MESSAGE_TAKER = "bot", "queue", "agent", "message"


class Conversation(Base):
    """One customer on one channel."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    # Where a channel that pushes delivers to, "{account}:{chat's id}"; empty for the website.
    address: Mapped[str | None] = mapped_column(String(200))
    market: Mapped[str] = mapped_column(String(8))
    # What the page or the app said; a hint only.
    page_language: Mapped[str | None] = mapped_column(String(2))
    # What the assistant speaks now: set by its answers.
    language: Mapped[str] = mapped_column(String(2))
    script: Mapped[str] = mapped_column(String(4), default="Latn")
    # The language the backend was last told; another one here means it must be told again.
    registered_language: Mapped[str | None] = mapped_column(String(2))
    # Who answers, one of the four above; while it is anybody but the bot the dialogue is not asked.
    speaker: Mapped[str] = mapped_column(String(20), default="bot")
    # What was seen of the log-in here: none, link_sent, code_sent, logged_in. The backend knows better.
    login_state: Mapped[str] = mapped_column(String(20), default="none")
    login_state_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_number: Mapped[int] = mapped_column(Integer, default=0)
    last_turn_done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the customer last wrote, by the vendor's clock.
    last_heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the customer was last told that a message came too late to be acted on.
    late_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("channel", "address", name="uq_conversations_channel_address"),)


def name_turn(turn_id: int) -> str:
    """What the dialogue and clients call a turn."""
    return f"turn-{turn_id}"


class Turn(Job, Base):
    """One thing to be answered: the inbox. Unique by the channel's message id in its conversation."""

    __tablename__ = "turns"
    # Vendors deliver in any order: what was written first is worked first.
    order: ClassVar[tuple[str, ...]] = ("sent_at", "id")

    # When the customer sent it, by the vendor's clock; where there is none, when it came.
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_id: Mapped[str] = mapped_column(String(200))
    # True for news the customer did not write (a log-in done): it may stay without an answer.
    internal: Mapped[bool] = mapped_column(Boolean, default=False)
    text: Mapped[str] = mapped_column(Text)
    notice: Mapped[str | None] = mapped_column(String(30))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    # A file that still lies with the vendor: fetched when the turn is worked.
    media: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # The customer's line in the transcript, where there is one.
    shown_number: Mapped[int | None] = mapped_column(Integer)
    # The customer was told once that this takes longer.
    apologised: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id", name="uq_turns_conversation_id_message_id"),
        Index("ix_turns_finished_at", "finished_at"),
        Index("ix_turns_state", "state", "id"),
        Index("ix_turns_conversation_state", "conversation_id", "state", "id"),
    )

    @property
    def rasa_message_id(self) -> str:
        """The same at every attempt, so that the dialogue executes the turn once."""
        return name_turn(self.id)


class TranscriptMessage(Base):
    """One message in or out, numbered in its conversation; `content` holds the parts beside the text."""

    __tablename__ = "messages"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    author: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # What the vendor says of a message out: sent, delivered, read, failed.
    status: Mapped[str | None] = mapped_column(String(10))
    # A link that opens a log-in is gone from the transcript when it is dead.
    link_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class IssuedButton(Base):
    """What pressing a button means. The customer's side only ever sees the token."""

    __tablename__ = "buttons"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    title: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Delivery(Job, Base):
    """One message that a pushing channel still has to deliver: the outbox."""

    __tablename__ = "deliveries"
    # A vendor that does not answer holds up its own customers, and nobody else's.
    lane: ClassVar[str | None] = "channel"

    channel: Mapped[str] = mapped_column(String(20))
    message_number: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_deliveries_state", "state", "id"),
        Index("ix_deliveries_conversation_state", "conversation_id", "state", "id"),
    )


class SentPart(Base):
    """One piece of a message that the vendor has taken: a retry sends only the rest."""

    __tablename__ = "sent_parts"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    message_number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(20))
    vendor_message_id: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (Index("ix_sent_parts_vendor_message_id", "channel", "vendor_message_id"),)


class VendorStatus(Base):
    """The furthest that a vendor has told of one of its messages; it may come before we know the message."""

    __tablename__ = "vendor_statuses"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    vendor_message_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    status: Mapped[str] = mapped_column(String(10))
    error: Mapped[str | None] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Erasure(Job, Base):
    """One message of a customer that is to be deleted at the vendor, because a secret stood in it."""

    __tablename__ = "erasures"

    message_id: Mapped[str] = mapped_column(String(200))

    __table_args__ = (
        Index("ix_erasures_state", "state", "id"),
        Index("ix_erasures_conversation_state", "conversation_id", "state", "id"),
    )


class CustomerAlias(Base):
    """Another name that a vendor has for a customer: messages under it belong to the same conversation."""

    __tablename__ = "customer_aliases"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    alias: Mapped[str] = mapped_column(String(200), primary_key=True)
    # As in Conversation.address.
    address: Mapped[str] = mapped_column(String(200))

    __table_args__ = (Index("ix_customer_aliases_address", "channel", "address"),)
