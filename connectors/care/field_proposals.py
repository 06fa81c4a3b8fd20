"""A field of the customer's draft that an agent would fill in: asked in the chat, done only with the customer's yes.

The backend has checked the value and granted it for this agent; the grant and the value are kept until the customer
decided. One idempotency key a proposal: pressed twice, or after a crash, it is filled in once.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from connectors.core.messages import lock
from connectors.core.models import TranscriptMessage, Turn
from connectors.database import Base, UtcDateTime

ASKED, ACCEPTED, APPLIED, REFUSED, FAILED, EXPIRED = (
    "asked",
    "accepted",
    "applied",
    "refused",
    "failed",
    "expired",
)
# A yes of the next day may be a yes to something else.
LIFE = timedelta(hours=12)


class FieldProposal(Base):
    """One value for one question of one draft. `value` and `grant` are gone as soon as it is decided."""

    __tablename__ = "field_proposals"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id", ondelete="CASCADE"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    draft_id: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(String(60))
    item: Mapped[int | None] = mapped_column(Integer)
    # What the customer calls the field, in their language.
    label: Mapped[str] = mapped_column(String(200))
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    grant: Mapped[str | None] = mapped_column("agents_grant", Text)
    state: Mapped[str] = mapped_column(String(10), default=ASKED)
    # The backend's reason when it did not take the value.
    error: Mapped[str | None] = mapped_column(String(60))
    agent_id: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The customer's yes in the transcript.
    consent_number: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_field_proposals_handover_id", "handover_id", "id"),
        Index("ix_field_proposals_conversation_id", "conversation_id"),
    )


def list_of(session: Session, handover_id: int) -> list[FieldProposal]:
    """Every proposal of a hand-over, oldest first."""
    return list(
        session.scalars(
            select(FieldProposal).where(FieldProposal.handover_id == handover_id).order_by(FieldProposal.id)
        )
    )


def add(session: Session, proposal: FieldProposal, now: datetime) -> FieldProposal:
    """Keep it until the customer decides; an older one for the same field is void."""
    lock(session, proposal.conversation_id)
    for older in list_of(session, proposal.handover_id):
        same = (older.draft_id, older.question, older.item) == (
            proposal.draft_id,
            proposal.question,
            proposal.item,
        )
        if same and older.state == ASKED:
            settle(older, EXPIRED, now)
    session.add(proposal)
    session.flush()
    return proposal


def decide(
    session: Session, conversation_id: str, number: Any, yes: bool, turn_name: str, now: datetime
) -> FieldProposal | None:
    """What became of the proposal by the customer's yes or no; None where there is none of theirs.

    What is decided stays so: the same again, after a crash or by a second press, finds it as it is.
    """
    lock(session, conversation_id)
    proposal = session.get(FieldProposal, number) if isinstance(number, int) else None
    if proposal is None or proposal.conversation_id != conversation_id:
        return None
    if proposal.state == ASKED:
        if now >= proposal.expires_at:
            settle(proposal, EXPIRED, now)
        elif yes:
            proposal.state, proposal.decided_at = ACCEPTED, now
            proposal.consent_number = _consent_number(session, conversation_id, turn_name)
        else:
            settle(proposal, REFUSED, now)
    return proposal


def make_void(session: Session, number: int, now: datetime) -> None:
    """It could not be asked for."""
    settle(session.get_one(FieldProposal, number), EXPIRED, now)


def forget_undecided(session: Session, now: datetime) -> None:
    """Nobody pressed yes or no in time: void, and nothing of the value is kept."""
    session.execute(
        update(FieldProposal)
        .where(FieldProposal.state == ASKED, FieldProposal.expires_at <= now)
        .values(state=EXPIRED, decided_at=now, value=None, grant=None)
        .execution_options(synchronize_session=False)
    )


def settle(proposal: FieldProposal, state: str, now: datetime) -> None:
    """It is decided: nothing of the value is kept."""
    proposal.state, proposal.decided_at = state, now
    proposal.value = proposal.grant = None


def _consent_number(session: Session, conversation_id: str, turn_name: str) -> int | None:
    """The customer's yes in the transcript: the line of the turn, else their last one."""
    name = turn_name.rpartition("-")[2]
    turn = session.get(Turn, int(name)) if name.isdecimal() else None
    if turn is not None and turn.conversation_id == conversation_id and turn.shown_number is not None:
        return turn.shown_number
    return session.scalar(
        select(func.max(TranscriptMessage.number)).where(
            TranscriptMessage.conversation_id == conversation_id, TranscriptMessage.author == "customer"
        )
    )
