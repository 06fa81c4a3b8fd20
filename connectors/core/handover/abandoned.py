"""Customers whom nobody answers: an owner who is silent or gone loses the conversation, and the customer is told."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from connectors.core.handover.facts import HandoverRefused
from connectors.core.handover.models import TAKEN, AgentPresence, Handover
from connectors.core.handover.ownership import is_gone, put_back
from connectors.core.handover.story import hold, record
from connectors.core.handover.telling import WritingFor


def find_abandoned(session: Session, silent_for: timedelta, gone_for: timedelta, now: datetime) -> list[int]:
    """Hand-overs that may have to go back: unanswered too long, or with an owner who is gone."""
    return list(
        session.scalars(
            select(Handover.id)
            .outerjoin(AgentPresence, AgentPresence.agent_id == Handover.agent_id)
            .where(
                Handover.state == TAKEN,
                or_(
                    Handover.unanswered_since <= now - silent_for,
                    AgentPresence.seen_at <= now - gone_for,
                    AgentPresence.agent_id.is_(None),
                ),
            )
        )
    )


def put_back_if_abandoned(
    session: Session,
    handover_id: int,
    silent_for: timedelta,
    gone_for: timedelta,
    writing_for: WritingFor,
    now: datetime,
) -> str | None:
    """Back to the queue, as urgent where the customer waits, and say so; returns the conversation's id, None when it is not abandoned (any more).

    A customer who waits goes back when the owner is silent for `silent_for` or gone for `gone_for`; one who does not
    wait, when the owner has been gone for `silent_for`.
    """
    try:
        conversation, handover = hold(session, handover_id)
    except HandoverRefused:
        return None
    if handover.state != TAKEN:
        return None
    since = handover.unanswered_since
    is_silent = since is not None and since <= now - silent_for
    left = since is not None and is_gone(session, handover, gone_for, now)
    if not (is_silent or left or is_gone(session, handover, max(silent_for, gone_for), now)):
        return None
    record(session, handover, "abandoned", now, agent=handover.agent_id)
    handover.urgent = handover.urgent or since is not None
    key = "care_back_in_queue" if since is None else "care_abandoned"
    put_back(session, conversation, handover, writing_for(conversation, now), key)
    return conversation.id
