"""Forgetting: what was written is removed when its time is over, and tokens of conversations that have ended.

Only the gateway's own copies. What the customer did with the insurer lives in the backend and is not touched.
"""

from datetime import datetime, timedelta

from sqlalchemy import Delete, Update, and_, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from connectors.core.handover.models import ENDED, AgentPresence, Handover, PendingMessage
from connectors.core.handover.past_figures import keep_handovers
from connectors.core.models import (
    Conversation,
    Delivery,
    Erasure,
    IssuedButton,
    SentPart,
    TranscriptMessage,
    Turn,
    VendorStatus,
)

# Rows of one table in one transaction: nobody waits long behind the housekeeping.
BATCH = 500
# A vendor may bring a message again for days: that it came is known longer than what it said.
KNOWN_FOR = timedelta(days=14)


def forget_old(session: Session, now: datetime, before: datetime) -> bool:
    """Remove a batch of what is older than `before`; True while there is more."""
    removed = [_forget_handovers(session, before)]
    removed += [_run(session, statement) for statement in _old_rows(before, now - KNOWN_FOR)]
    _run(
        session,
        update(Conversation)
        .where(Conversation.expires_at <= now, Conversation.token_hash.is_not(None))
        .values(token_hash=None),
    )
    removed.append(_run(session, _empty_conversations(before)))
    return max(removed) >= BATCH


def _old_rows(before: datetime, known_since: datetime) -> list[Delete | Update]:
    messages = TranscriptMessage.__table__.c
    old_messages = select(messages.conversation_id, messages.number).where(messages.at < before).limit(BATCH)
    # Also those of a channel that is not set up any more: what they would say is forgotten.
    over = or_(Delivery.finished_at < before, and_(Delivery.state == "waiting", Delivery.created_at < before))
    old_deliveries = select(Delivery.id).where(over).order_by(Delivery.id).limit(BATCH)
    old_buttons = select(IssuedButton.token).where(IssuedButton.expires_at < before).limit(BATCH)
    old_erasures = select(Erasure.id).where(Erasure.finished_at < before).limit(BATCH)
    parts = SentPart.__table__.c
    old_parts = (
        select(parts.conversation_id, parts.message_number, parts.part).where(parts.at < before).limit(BATCH)
    )
    statuses = VendorStatus.__table__.c
    old_statuses = (
        select(statuses.channel, statuses.vendor_message_id).where(statuses.at < before).limit(BATCH)
    )
    finished = (Turn.finished_at < before, Turn.state.in_(("done", "dead")))
    # SQLite gives the highest id away again once its row is gone, and the dialogue would take a new turn of that
    # name for one it has answered: the newest row stays, like the younger ones without its content.
    newest = select(func.max(Turn.id)).scalar_subquery()
    old_turns = (
        select(Turn.id).where(*finished, Turn.finished_at < known_since, Turn.id < newest).limit(BATCH)
    )
    told_turns = select(Turn.id).where(*finished, Turn.text != "").limit(BATCH)
    return [
        delete(TranscriptMessage).where(tuple_(messages.conversation_id, messages.number).in_(old_messages)),
        delete(Delivery).where(Delivery.id.in_(old_deliveries)),
        delete(IssuedButton).where(IssuedButton.token.in_(old_buttons)),
        delete(Turn).where(Turn.id.in_(old_turns)),
        update(Turn).where(Turn.id.in_(told_turns)).values(text="", detail={}, attachments=[], media=None),
        delete(Erasure).where(Erasure.id.in_(old_erasures)),
        delete(SentPart).where(
            tuple_(parts.conversation_id, parts.message_number, parts.part).in_(old_parts)
        ),
        delete(PendingMessage).where(PendingMessage.begun_at < before),
        delete(AgentPresence).where(AgentPresence.seen_at < before),
        delete(VendorStatus).where(tuple_(statuses.channel, statuses.vendor_message_id).in_(old_statuses)),
    ]


def _forget_handovers(session: Session, before: datetime) -> int:
    """Their stories go with them; their figures stay for the reports."""
    over = select(Handover.id).where(Handover.state == ENDED, Handover.ended_at < before).limit(BATCH)
    # Another process may be forgetting too: each hand-over is counted by one of them.
    ids = list(session.scalars(over.order_by(Handover.id).with_for_update(skip_locked=True)))
    if ids:
        keep_handovers(session, ids)
        _run(session, delete(Handover).where(Handover.id.in_(ids)))
    return len(ids)


def _empty_conversations(before: datetime) -> Delete:
    """Conversations that ended long ago and of which nothing is left."""
    parts = [
        exists().where(table.conversation_id == Conversation.id)
        for table in (
            TranscriptMessage,
            Turn,
            Delivery,
            IssuedButton,
            SentPart,
            Erasure,
            Handover,
            PendingMessage,
        )
    ]
    gone = (
        select(Conversation.id)
        .where(Conversation.expires_at < before, *(~part for part in parts))
        .limit(BATCH)
    )
    return delete(Conversation).where(Conversation.id.in_(gone))


def _run(session: Session, statement: Delete | Update) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
