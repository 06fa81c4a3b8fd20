"""The story of a hand-over, line by line, and how a hand-over is held while it changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.core.handover.agents import Agent
from connectors.core.handover.facts import AlreadyTaken, HandoverUnknown, NotOwner, NotWaiting
from connectors.core.handover.models import ENDED, TAKEN, WAITING, Handover, HandoverEvent
from connectors.core.messages import lock
from connectors.core.models import Conversation

# News for the customer that waits until the agent has finished: {news_id, kind, variables}.
NEWS_WAITS = "news_waits"


def hold(session: Session, handover_id: int) -> tuple[Conversation, Handover]:
    """A hand-over and its conversation, locked in this order everywhere; raises HandoverUnknown."""
    conversation_id = session.scalar(select(Handover.conversation_id).where(Handover.id == handover_id))
    if conversation_id is None:
        raise HandoverUnknown
    conversation = lock(session, conversation_id)
    handover = session.scalars(
        select(Handover).where(Handover.id == handover_id).execution_options(populate_existing=True)
    ).one_or_none()
    if handover is None:
        raise HandoverUnknown
    return conversation, handover


def hold_own(session: Session, handover_id: int, agent: Agent) -> tuple[Conversation, Handover]:
    """One that this agent owns; raises HandoverUnknown or NotOwner."""
    conversation, handover = hold(session, handover_id)
    _check_owner(handover, agent)
    return conversation, handover


def get_own(session: Session, handover_id: int, agent: Agent) -> Handover:
    """One that this agent owns, not held; raises HandoverUnknown or NotOwner."""
    handover = get(session, handover_id)
    _check_owner(handover, agent)
    return handover


def _check_owner(handover: Handover, agent: Agent) -> None:
    if handover.state != TAKEN or handover.agent_id != agent.staff_id:
        raise NotOwner


def get(session: Session, handover_id: int) -> Handover:
    """As it is now, not held; raises HandoverUnknown."""
    handover = session.get(Handover, handover_id)
    if handover is None:
        raise HandoverUnknown
    return handover


def check_waiting(handover: Handover) -> None:
    """Raises AlreadyTaken or NotWaiting."""
    if handover.state == TAKEN:
        raise AlreadyTaken(handover.agent_name)
    if handover.state != WAITING:
        raise NotWaiting


def find_open(session: Session, conversation_id: str) -> Handover | None:
    """The one hand-over of the conversation that is not over."""
    return session.scalars(
        select(Handover).where(Handover.conversation_id == conversation_id, Handover.state != ENDED)
    ).one_or_none()


def find_last_ended(session: Session, conversation_id: str) -> Handover | None:
    """The one that ended last."""
    return session.scalars(
        select(Handover)
        .where(Handover.conversation_id == conversation_id, Handover.state == ENDED)
        .order_by(Handover.ended_at.desc(), Handover.id.desc())
        .limit(1)
    ).one_or_none()


def record(
    session: Session,
    handover: Handover,
    kind: str,
    now: datetime,
    agent: Agent | None = None,
    text: str | None = None,
    /,
    **detail: Any,
) -> HandoverEvent:
    """Write a line of the story."""
    event = HandoverEvent(
        handover_id=handover.id,
        at=now,
        kind=kind,
        agent_id=agent.staff_id if agent else None,
        agent_name=agent.name if agent else None,
        text=text,
        detail=detail,
    )
    session.add(event)
    session.flush()
    return event


def list_events(session: Session, handover_id: int) -> list[HandoverEvent]:
    """The story so far, oldest first."""
    return list(
        session.scalars(
            select(HandoverEvent).where(HandoverEvent.handover_id == handover_id).order_by(HandoverEvent.id)
        )
    )


def end(
    handover: Handover,
    now: datetime,
    by: str,
    outcome: str,
    note: str | None = None,
) -> None:
    """It is over; what it was stays readable until it is forgotten."""
    handover.state = ENDED
    handover.ended_at = now
    handover.ended_by = by
    handover.outcome, handover.outcome_note = outcome, note
    handover.unanswered_since = handover.typing_until = None
