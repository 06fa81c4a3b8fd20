"""The team at this moment: who waits and for how long, who answers, who is at the desk. Reads the gateway's tables only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from connectors.core.handover.agents import is_here, is_online
from connectors.core.handover.customers_page import gone_since, keeps_urgency
from connectors.core.handover.models import ENDED, TAKEN, WAITING, AgentPresence, Handover
from connectors.core.handover.waiting import queue_order
from connectors.core.models import Conversation

# The rest of a very long queue is a number.
MOST_ROWS = 100


@dataclass(frozen=True)
class Line:
    """One hand-over that is not over; `agent` is who has it now."""

    handover_id: int
    kind: str
    market: str
    language: str
    script: str
    channel: str
    reason: str
    urgent: bool
    requested_at: datetime
    agent: str | None = None
    owned_since: datetime | None = None
    answered: bool = False
    # The customer waits for the agent's next words since then.
    unanswered_since: datetime | None = None
    # The agent's browser is gone.
    abandoned: bool = False
    # The customer's page is closed since then, and not just for a moment.
    page_gone_since: datetime | None = None


@dataclass(frozen=True)
class Queue:
    """Everybody who waits for the same people; `covered`: one of these people takes conversations now."""

    market: str
    language: str
    waiting: int
    longest: datetime
    covered: bool


@dataclass(frozen=True)
class Colleague:
    """Somebody who was at the desk; `status` offline as soon as the browser is gone."""

    agent_id: str
    name: str
    role: str
    languages: Sequence[str]
    status: str
    owned: int
    limit: int
    ended: int
    seen_at: datetime


@dataclass(frozen=True)
class Team:
    """`waiting` may be fewer rows than `waiting_count`, the longest waiting first."""

    queues: list[Queue]
    waiting: list[Line]
    waiting_count: int
    answering: list[Line]
    colleagues: list[Colleague]


def look_at_team(
    session: Session, markets: Sequence[str], now: datetime, today: datetime, page_gone: timedelta
) -> Team:
    """The team of these markets; `today`: since when ended conversations are counted; `page_gone`: see `waiting`."""
    presences = {one.agent_id: one for one in session.scalars(select(AgentPresence))}
    ours = {key: one for key, one in presences.items() if set(one.markets) & set(markets)}
    queues = _queues(session, markets, list(ours.values()), now)
    queued = _select(markets, WAITING).order_by(*queue_order(now, page_gone)).limit(MOST_ROWS)
    waiting = _rows(session, queued, presences, now, page_gone)
    taken = _select(markets, TAKEN).order_by(Handover.owned_since, Handover.id)
    answering = _rows(session, taken, presences, now, page_gone)
    return Team(
        queues=queues,
        waiting=waiting,
        waiting_count=sum(queue.waiting for queue in queues),
        answering=answering,
        colleagues=_colleagues(session, list(ours.values()), now, today),
    )


def _queues(
    session: Session, markets: Sequence[str], presences: Sequence[AgentPresence], now: datetime
) -> list[Queue]:
    rows = session.execute(
        select(Handover.market, Handover.language, func.count(), func.min(Handover.requested_at))
        .where(Handover.state == WAITING, Handover.market.in_(markets))
        .group_by(Handover.market, Handover.language)
        .order_by(Handover.market, Handover.language)
    )
    online = [one for one in presences if is_online(one, now)]
    return [
        Queue(
            market,
            language,
            count,
            longest,
            covered=any(market in one.markets and language in one.languages for one in online),
        )
        for market, language, count, longest in rows
    ]


def _select(markets: Sequence[str], state: str) -> Select[Handover, str]:
    return (
        select(Handover, Conversation.channel)
        .join(Conversation, Conversation.id == Handover.conversation_id)
        .where(Handover.state == state, Handover.market.in_(markets))
    )


def _rows(
    session: Session,
    statement: Select[Handover, str],
    presences: dict[str, AgentPresence],
    now: datetime,
    page_gone: timedelta,
) -> list[Line]:
    return [
        Line(
            handover_id=handover.id,
            kind=handover.kind,
            market=handover.market,
            language=handover.language,
            script=handover.script,
            channel=channel,
            reason=handover.reason,
            urgent=handover.urgent and (handover.state != WAITING or keeps_urgency(handover, now, page_gone)),
            requested_at=handover.requested_at,
            agent=handover.agent_name if handover.state == TAKEN else None,
            owned_since=handover.owned_since or handover.taken_at,
            answered=handover.first_answer_at is not None,
            unanswered_since=handover.unanswered_since,
            abandoned=handover.state == TAKEN and not is_here(presences.get(handover.agent_id or ""), now),
            page_gone_since=gone_since(handover, now, page_gone),
        )
        for handover, channel in session.execute(statement)
    ]


def _colleagues(
    session: Session, presences: Sequence[AgentPresence], now: datetime, today: datetime
) -> list[Colleague]:
    owned = _count_by_agent(session, Handover.state == TAKEN)
    ended = _count_by_agent(session, Handover.state == ENDED, Handover.ended_at >= today)
    found = [
        Colleague(
            agent_id=one.agent_id,
            name=one.name,
            role=one.role,
            languages=one.languages,
            status=one.status if is_here(one, now) else "offline",
            owned=owned.get(one.agent_id, 0),
            limit=one.limit,
            ended=ended.get(one.agent_id, 0),
            seen_at=one.seen_at,
        )
        for one in presences
    ]
    order = ("online", "away", "offline")
    return sorted(found, key=lambda one: (order.index(one.status), one.name, one.agent_id))


def _count_by_agent(session: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    rows = session.execute(
        select(Handover.agent_id, func.count())
        .where(*conditions, Handover.agent_id.is_not(None))
        .group_by(Handover.agent_id)
    )
    return {agent_id: count for agent_id, count in rows if agent_id is not None}
