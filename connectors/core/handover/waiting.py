"""The queue: who gets in, in which order, how long it may take, and who is next for an agent."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import Session

from connectors.core.handover.agents import SUPERVISOR, Agent, count_owned, find_online
from connectors.core.handover.customers_page import EMERGENCY, gone, has_page
from connectors.core.handover.models import ENDED, LIVE, MESSAGE, WAITING, Handover, Reason
from connectors.core.handover.story import end, find_open, record
from connectors.core.models import BOT, QUEUE, Conversation

# A fair estimate needs that many conversations that people had lately.
ENOUGH_TO_ESTIMATE = 5
LATELY = timedelta(days=7)
NOT_URGENT = 2


class Wish(BaseModel):
    """What the dialogue asks for with `custom.handover`; `facts` are ids and keys, never words of the customer."""

    model_config = ConfigDict(extra="ignore")

    reason: Reason = "asked"
    urgent: bool = False
    kind: Literal["live", "message"] = "live"
    facts: dict[str, Any] = {}


@dataclass(frozen=True)
class Place:
    """Where somebody stands: `position` from 1; `minutes` None when nobody can tell; `staffed`: agents are there."""

    position: int
    minutes: int | None
    staffed: bool


def request(session: Session, conversation: Conversation, wish: Wish, now: datetime) -> Handover:
    """Put a locked conversation into the queue, once: asked again it keeps its place and may become urgent.

    A message that was left and waits still becomes a live one.
    """
    handover = find_open(session, conversation.id)
    if handover is None:
        handover = _add(session, conversation, wish, LIVE, now)
    elif handover.state == WAITING:
        handover.urgent = handover.urgent or wish.urgent
        if handover.kind == MESSAGE:
            handover.kind, handover.requested_at = LIVE, now
            handover.reason, handover.facts = wish.reason, dict(wish.facts)
            record(session, handover, "requested", now, reason=wish.reason, urgent=handover.urgent)
    if handover.state == WAITING:
        conversation.speaker = QUEUE
    if has_page(conversation):
        handover.page_seen_at = now
    return handover


def add_message(
    session: Session, conversation: Conversation, wish: Wish, callback: dict[str, Any], now: datetime
) -> Handover:
    """A message that was left, as a ticket in the queue; a second one joins the first. The bot keeps the floor."""
    handover = find_open(session, conversation.id)
    if handover is None:
        handover = _add(session, conversation, wish, MESSAGE, now)
    numbers = [*numbers_of(handover.callback), *numbers_of(callback)]
    handover.callback = {**callback, "message": next(iter(numbers), None), "more": numbers[1:]}
    handover.urgent = handover.urgent or wish.urgent
    record(session, handover, "message_left", now, way=callback["way"], message=callback["message"])
    return handover


def numbers_of(callback: Mapping[str, Any] | None) -> list[int]:
    """The texts of a message left, by their numbers in the transcript."""
    known = callback or {}
    return [number for number in (known.get("message"), *known.get("more", [])) if number is not None]


def leave_queue(
    session: Session, conversation: Conversation, now: datetime, outcome: str = "left_queue"
) -> bool:
    """The customer of a locked conversation does not wait any more; False when they did not wait.

    A message that they had left before still waits for its answer.
    """
    handover = find_open(session, conversation.id)
    if handover is None or handover.state != WAITING or conversation.speaker != QUEUE:
        return False
    if handover.callback is not None:
        handover.kind = MESSAGE
    else:
        end(handover, now, "customer", outcome)
    record(session, handover, "left", now, outcome=outcome)
    conversation.speaker = BOT
    return True


def next_for(session: Session, agent: Agent, now: datetime, page_gone: timedelta) -> Handover | None:
    """Who this agent should take now, the first in the order of the queue."""
    return session.scalars(_waiting_for(agent, now, page_gone).limit(1)).one_or_none()


def list_waiting(
    session: Session, agent: Agent, now: datetime, page_gone: timedelta, limit: int = 500
) -> list[Handover]:
    """Everybody this agent may take, in the order of the queue."""
    return list(session.scalars(_waiting_for(agent, now, page_gone).limit(limit)))


def place_in_queue(session: Session, handover: Handover, now: datetime, page_gone: timedelta) -> Place:
    """The place among those waiting for the same people, and when it may be their turn."""
    same = [
        Handover.state == WAITING,
        Handover.market == handover.market,
        Handover.language == handover.language,
    ]
    ordered = select(Handover.id).where(*same).order_by(*queue_order(now, page_gone))
    waiting = session.execute(ordered).scalars().all()
    position = waiting.index(handover.id) + 1 if handover.id in waiting else 1
    # Supervisors step in where it is needed: nobody is told to wait for them.
    agents = [
        presence
        for presence in find_online(session, now)
        if handover.market in presence.markets
        and handover.language in presence.languages
        and presence.limit > 0
    ]
    if not agents:
        return Place(position, None, staffed=False)
    room = sum(presence.limit for presence in agents)
    free = sum(max(0, presence.limit - count_owned(session, presence.agent_id)) for presence in agents)
    if position <= free:
        return Place(position, 1, staffed=True)
    seconds = _usual_seconds(session, handover, now)
    if seconds is None:
        return Place(position, None, staffed=True)
    return Place(position, max(1, math.ceil((position - free) * seconds / room / 60)), staffed=True)


def queue_order(now: datetime, page_gone: timedelta) -> tuple[ColumnElement[Any], ...]:
    """Columns in the order of the queue: most urgent first, then those in the chat, then the longest waiting.

    Whoever closed the page for longer than `page_gone` is passed by all who wait in the chat, urgent or not, and has
    the old place again when the page is opened. Messages left come last.
    """
    away = gone(now, page_gone)
    return (
        case((away, NOT_URGENT), else_=urgency()),
        case((away, 1), (Handover.kind == LIVE, 0), else_=2),
        Handover.requested_at.asc(),
        Handover.id.asc(),
    )


def urgency() -> ColumnElement[int]:
    """Most urgent first: somebody in danger also passes those who were left waiting and are urgent since."""
    return case((Handover.reason == EMERGENCY, 0), (Handover.urgent, 1), else_=NOT_URGENT)


def _waiting_for(agent: Agent, now: datetime, page_gone: timedelta) -> Select[Handover]:
    statement = select(Handover).where(Handover.state == WAITING, Handover.market.in_(agent.markets))
    if agent.role != SUPERVISOR:
        statement = statement.where(Handover.language.in_(agent.languages))
    return statement.order_by(*queue_order(now, page_gone))


def _usual_seconds(session: Session, handover: Handover, now: datetime) -> float | None:
    """How long people had a conversation of this market lately, on average; None when too few are known."""
    handled = session.execute(
        select(Handover.taken_at, Handover.ended_at)
        .where(
            Handover.state == ENDED,
            Handover.market == handover.market,
            Handover.kind == LIVE,
            Handover.taken_at.is_not(None),
            Handover.ended_at > now - LATELY,
        )
        .order_by(Handover.ended_at.desc())
        .limit(50)
    ).all()
    if len(handled) < ENOUGH_TO_ESTIMATE:
        return None
    return sum((ended - taken).total_seconds() for taken, ended in handled if taken and ended) / len(handled)


def _add(session: Session, conversation: Conversation, wish: Wish, kind: str, now: datetime) -> Handover:
    handover = Handover(
        conversation_id=conversation.id,
        state=WAITING,
        kind=kind,
        market=conversation.market,
        language=conversation.language,
        script=conversation.script,
        reason=wish.reason,
        urgent=wish.urgent,
        facts=dict(wish.facts),
        requested_at=now,
        page_seen_at=now if has_page(conversation) else None,
    )
    session.add(handover)
    session.flush()
    record(session, handover, "requested", now, reason=wish.reason, urgent=wish.urgent, kind=kind)
    return handover
