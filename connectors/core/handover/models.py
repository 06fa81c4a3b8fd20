"""Tables of the hand-over: who waits, who owns, what happened, who is at the desk.

No text of a customer and no health value stands here: messages are named by their number in the transcript.
"""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from connectors.database import Base, UtcDateTime

# States of a hand-over.
WAITING, TAKEN, ENDED = "waiting", "taken", "ended"
# Kinds: somebody waits in the chat now, or left a message to be answered later.
LIVE, MESSAGE = "live", "message"

Reason = Literal["asked", "misunderstood", "complaint", "emergency", "form", "message"]
Way = Literal["chat", "phone", "email"]


class Handover(Base):
    """One stay of a conversation with people, from the wish to the end. At most one is open per conversation."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    kind: Mapped[str] = mapped_column(String(10), default=LIVE)
    # Where it is routed: whoever serves this market in this language may take it.
    market: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    script: Mapped[str] = mapped_column(String(4), default="Latn")
    reason: Mapped[str] = mapped_column(String(20))
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    # What the dialogue knew, as ids and keys.
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Who owns it now, or owned it last.
    agent_id: Mapped[str | None] = mapped_column(String(64))
    agent_name: Mapped[str | None] = mapped_column(String(120))
    # Who had it before it went back to the queue or to a colleague.
    previous_agent_id: Mapped[str | None] = mapped_column(String(64))
    # When it was first taken; the present owner has it since `owned_since`.
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owned_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when the customer waits for a word of the owner; None while it is the customer's turn.
    unanswered_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The customer sees that the agent is writing until then.
    typing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Agents see that the customer is writing until then.
    customer_typing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the customer's page was last known to be open (`customers_page`); None where there is no page.
    page_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(10))
    # Keys of the desk, and of ours: handed_back, left_queue, left_message.
    outcome: Mapped[str | None] = mapped_column(String(40))
    outcome_note: Mapped[str | None] = mapped_column(Text)
    # Of a message left: {"way": "chat"|"phone"|"email", "address": str|None, "message": number in the transcript, "more": [numbers]}.
    callback: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    rating: Mapped[int | None] = mapped_column(Integer)
    rated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_handovers_open_conversation_id",
            "conversation_id",
            unique=True,
            sqlite_where=text("state != 'ended'"),
            postgresql_where=text("state != 'ended'"),
        ),
        Index("ix_handovers_conversation_id", "conversation_id"),
        Index("ix_handovers_state", "state", "requested_at"),
        Index("ix_handovers_agent_id", "agent_id", "state"),
        Index("ix_handovers_ended_at", "ended_at"),
        Index("ix_handovers_requested_at", "market", "requested_at"),
        # Ids stand in buttons: none is given away twice.
        {"sqlite_autoincrement": True},
    )


class HandoverEvent(Base):
    """One line of a hand-over's story. `text` is for notes among colleagues; customers never see any of it."""

    __tablename__ = "handover_events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # requested, message_left, taken, taken_over, first_answer, note, transferred, returned, abandoned,
    # answer_dropped, news_waits, handed_back, closed, left, rated; the desk adds its own (unmasked ...).
    kind: Mapped[str] = mapped_column(String(30))
    # Whose doing it was; None: the customer's or the system's.
    agent_id: Mapped[str | None] = mapped_column(String(64))
    agent_name: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    __table_args__ = (Index("ix_handover_events_handover_id", "handover_id", "id"),)


class AgentPresence(Base):
    """Who is at the desk, as last seen. It dies with the browser: `seen_at` must be young."""

    __tablename__ = "agent_presences"

    agent_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    markets: Mapped[list[str]] = mapped_column(JSON, default=list)
    # online, away, offline: what the agent chose.
    status: Mapped[str] = mapped_column(String(10), default="offline")
    # Conversations at once.
    limit: Mapped[int] = mapped_column("at_once", Integer)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PendingMessage(Base):
    """A message for people that is being taken: nothing is left before the last step. One per conversation."""

    __tablename__ = "pending_messages"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    # message, way, phone, email: what is asked for now.
    step: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # The message's number in the transcript.
    message_number: Mapped[int | None] = mapped_column(Integer)
    # What was written behind it before the message was left.
    more_numbers: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PastContacts(Base):
    """How many contacts a day had that is over: what is left when the transcript is forgotten. Nobody stands here.

    A day without any has one row, of no language and channel.
    """

    __tablename__ = "past_contacts"

    market: Mapped[str] = mapped_column(String(8), primary_key=True)
    # A day of the market's time zone.
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    contacts: Mapped[int] = mapped_column(Integer)
    with_person: Mapped[int] = mapped_column(Integer)


class PastHandover(Base):
    """The figures of a hand-over that was forgotten: no conversation, no agent, no words."""

    __tablename__ = "past_handovers"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    market: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(40))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rating: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (Index("ix_past_handovers_requested_at", "market", "requested_at"),)
