"""What stands in the queue's column: my conversations, who waits, messages left. Reads the gateway's tables only.

Of two hundred that wait the first ones are drawn; the rest is a number and a click.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from connectors.care.access import StaffMember
from connectors.core.conversations import Voice
from connectors.core.handover.agents import SEEN_WITHIN
from connectors.core.handover.customers_page import gone_since, keeps_urgency
from connectors.core.handover.models import ENDED, LIVE, MESSAGE, TAKEN, WAITING, AgentPresence, Handover
from connectors.core.handover.waiting import queue_order, urgency
from connectors.core.models import Conversation

FIRST_ROWS = 30
ALL_ROWS = 300
# What one has just finished is still at hand, to read what happened next.
ENDED_WITHIN = timedelta(hours=12)
ENDED_ROWS = 10


@dataclass(frozen=True)
class QueueRow:
    """One hand-over as a line of the queue. `since`: when the customer began to wait for what is missing now."""

    handover_id: int
    channel: str
    voice: Voice
    market: str
    reason: str
    kind: str
    state: str
    urgent: bool
    since: datetime
    unanswered: bool
    agent_id: str | None
    agent_name: str | None
    # A colleague's whose browser is gone.
    abandoned: bool
    # The customer's page is closed since then, and not just for a moment.
    page_gone_since: datetime | None


@dataclass(frozen=True)
class Group:
    """Rows drawn now, and how many there are."""

    rows: list[QueueRow] = field(default_factory=list)
    count: int = 0

    @property
    def left(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Queue:
    """Everything in the queue's column for one member."""

    mine: Group
    waiting: Group
    tickets: Group
    others: Group
    ended: Group
    status: str


def look(
    session: Session,
    agent: StaffMember,
    now: datetime,
    gone: timedelta,
    page_gone: timedelta,
    *,
    everything: bool = False,
) -> Queue:
    """The queue as this member may see it, in the order in which it is worked.

    What is listed can be opened. `gone`: a colleague who was not seen for so long may be succeeded; `page_gone`: a
    customer whose page was closed for so long is passed by others.
    """
    most = ALL_ROWS if everything else FIRST_ROWS
    presence = session.get(AgentPresence, agent.staff_id)
    mine = _rows(
        session,
        _select(*_of(agent), Handover.state == TAKEN).order_by(
            urgency(),
            Handover.unanswered_since.is_(None),
            Handover.unanswered_since,
            Handover.id,
        ),
        now,
        page_gone,
        ALL_ROWS,
    )
    ended = _select(*_of(agent), Handover.state == ENDED, Handover.ended_at > now - ENDED_WITHIN)
    return Queue(
        mine=Group(mine, len(mine)),
        waiting=_waiting(session, agent, LIVE, now, page_gone, most),
        tickets=_waiting(session, agent, MESSAGE, now, page_gone, most),
        others=_others(session, agent, now, gone, page_gone, most),
        ended=Group(_rows(session, ended.order_by(Handover.ended_at.desc()), now, page_gone, ENDED_ROWS)),
        status=presence.status if presence is not None else "offline",
    )


def waiting_ids(session: Session, agent: StaffMember) -> frozenset[int]:
    """All that wait for somebody like this member, for the bell."""
    return frozenset(
        session.scalars(select(Handover.id).where(*_for(agent), Handover.state == WAITING).limit(1000))
    )


def unanswered_ids(session: Session, agent: StaffMember) -> frozenset[int]:
    """The member's own conversations in which the customer has the last word."""
    mine = select(Handover.id).where(
        *_of(agent), Handover.state == TAKEN, Handover.unanswered_since.is_not(None)
    )
    return frozenset(session.scalars(mine))


def _of(agent: StaffMember) -> list[ColumnElement[bool]]:
    """What the member has or had, in the markets that are still theirs."""
    return [Handover.agent_id == agent.staff_id, Handover.market.in_(agent.markets)]


def _for(agent: StaffMember) -> list[ColumnElement[bool]]:
    """Markets and languages of the member; supervisors have every language of their markets."""
    fitting: list[ColumnElement[bool]] = [Handover.market.in_(agent.markets)]
    if agent.role != "supervisor":
        fitting.append(Handover.language.in_(agent.languages))
    return fitting


def _waiting(
    session: Session, agent: StaffMember, kind: str, now: datetime, page_gone: timedelta, most: int
) -> Group:
    fitting = _select(*_for(agent), Handover.state == WAITING, Handover.kind == kind)
    return _group(session, fitting.order_by(*queue_order(now, page_gone)), now, page_gone, most)


def _others(
    session: Session, agent: StaffMember, now: datetime, gone: timedelta, page_gone: timedelta, most: int
) -> Group:
    """Colleagues' conversations: supervisors see all, agents those whose agent is gone."""
    taken = [*_for(agent), Handover.state == TAKEN, Handover.agent_id != agent.staff_id]
    if agent.role != "supervisor":
        taken.append(func.coalesce(AgentPresence.seen_at, now - 2 * gone) <= now - gone)
    ordered = _select(*taken).order_by(Handover.requested_at, Handover.id)
    return _group(session, ordered, now, page_gone, most)


def _group(
    session: Session,
    statement: Select[Handover, str, datetime],
    now: datetime,
    page_gone: timedelta,
    most: int,
) -> Group:
    rows = _rows(session, statement, now, page_gone, most)
    count = len(rows)
    if count == most:
        all_of_it = statement.with_only_columns(Handover.id).order_by(None).subquery()
        count = session.scalar(select(func.count()).select_from(all_of_it)) or 0
    return Group(rows, count)


def _select(*conditions: ColumnElement[bool]) -> Select[Handover, str, datetime]:
    return (
        select(Handover, Conversation.channel, AgentPresence.seen_at)
        .join(Conversation, Conversation.id == Handover.conversation_id)
        .outerjoin(AgentPresence, AgentPresence.agent_id == Handover.agent_id)
        .where(*conditions)
    )


def _rows(
    session: Session,
    statement: Select[Handover, str, datetime],
    now: datetime,
    page_gone: timedelta,
    most: int,
) -> list[QueueRow]:
    found: Sequence[Row[Handover, str, datetime | None]] = session.execute(statement.limit(most)).all()
    return [_row(handover, channel, seen_at, now, page_gone) for handover, channel, seen_at in found]


def _row(
    handover: Handover, channel: str, seen_at: datetime | None, now: datetime, page_gone: timedelta
) -> QueueRow:
    since = handover.requested_at
    if handover.state == TAKEN:
        since = handover.unanswered_since or handover.owned_since or since
    elif handover.state == ENDED:
        since = handover.ended_at or since
    return QueueRow(
        handover_id=handover.id,
        channel=channel,
        voice=Voice(handover.language, handover.script),
        market=handover.market,
        reason=handover.reason,
        kind=handover.kind,
        state=handover.state,
        urgent=handover.urgent and (handover.state != WAITING or keeps_urgency(handover, now, page_gone)),
        since=since,
        unanswered=handover.state == TAKEN and handover.unanswered_since is not None,
        agent_id=handover.agent_id,
        agent_name=handover.agent_name,
        abandoned=handover.state == TAKEN and (seen_at is None or seen_at < now - SEEN_WITHIN),
        page_gone_since=gone_since(handover, now, page_gone),
    )
