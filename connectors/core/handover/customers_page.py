"""What the customer's page tells: that it is open (its event stream is the sign), and that the customer is writing.

Both stand in the hand-over, the first noted now and then, the second for seconds.

Channels that push have no page and are never gone: their hand-overs have no such moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from connectors.core.handover.models import ENDED, LIVE, TAKEN, Handover
from connectors.core.models import Conversation

# An open page is noted so often: several processes may have streams of it.
NOTED_EVERY = timedelta(minutes=1)
# Somebody in danger keeps the place that long after the page was closed.
EMERGENCY_STAYS = timedelta(minutes=10)
EMERGENCY = "emergency"
TYPING_LIFE = timedelta(seconds=6)
# Asked whenever a browser looks: built once.
_OPEN = (
    select(Handover.state, Handover.typing_until, Handover.page_seen_at)
    .where(Handover.conversation_id == bindparam("conversation_id"), Handover.state != ENDED)
    .limit(1)
)


@dataclass(frozen=True)
class PageView:
    """What a customer's page has to do with people now. `watched`: they wait or are spoken to; `due`: note it."""

    agent_typing: bool = False
    watched: bool = False
    due: bool = False


def look(session: Session, conversation_id: str, now: datetime) -> PageView:
    """For a page that is open at this moment."""
    found = session.execute(_OPEN, {"conversation_id": conversation_id}).first()
    if found is None:
        return PageView()
    state, typing_until, seen_at = found
    return PageView(
        agent_typing=state == TAKEN and typing_until is not None and typing_until > now,
        watched=seen_at is not None,
        due=seen_at is not None and seen_at <= now - NOTED_EVERY,
    )


def has_page(conversation: Conversation) -> bool:
    """Whatever is not pushed to an address is fetched by a page."""
    return conversation.address is None


def note_seen(session: Session, conversation_id: str, now: datetime, page_gone: timedelta) -> bool:
    """The page is, or was until now, open. True when it had been gone: its place in the queue is another one."""
    open_here = and_(
        Handover.conversation_id == conversation_id,
        Handover.state != ENDED,
        Handover.page_seen_at.is_not(None),
    )
    before = session.scalar(select(Handover.page_seen_at).where(open_here))
    if before is None or before >= now:
        return False
    session.execute(
        update(Handover)
        .where(open_here)
        .values(page_seen_at=now)
        .execution_options(synchronize_session=False)
    )
    return before < now - page_gone


def note_typing(session: Session, conversation_id: str, until: datetime | None) -> bool:
    """The customer is writing (None: has written); False when nobody has the conversation who could see it."""
    noted = session.execute(
        update(Handover)
        .where(Handover.conversation_id == conversation_id, Handover.state == TAKEN)
        .values(customer_typing_until=until)
        .execution_options(synchronize_session=False)
    )
    return bool(noted.rowcount)  # type: ignore[attr-defined]


def is_typing(handover: Handover, now: datetime) -> bool:
    """Whether the customer is writing to the owner right now."""
    until = handover.customer_typing_until
    return handover.state == TAKEN and until is not None and until > now


def gone(now: datetime, page_gone: timedelta) -> ColumnElement[bool]:
    """Of hand-overs: somebody who waits in the chat has closed the page for longer than `page_gone`."""
    return and_(
        Handover.kind == LIVE,
        or_(
            and_(Handover.reason != EMERGENCY, Handover.page_seen_at < now - page_gone),
            Handover.page_seen_at < now - max(page_gone, EMERGENCY_STAYS),
        ),
    )


def gone_since(handover: Handover, now: datetime, page_gone: timedelta) -> datetime | None:
    """Since when the page has been closed, where that is longer than `page_gone`; None also for what is over."""
    seen_at = handover.page_seen_at
    if seen_at is None or handover.state == ENDED or handover.kind != LIVE:
        return None
    return seen_at if seen_at < now - page_gone else None


def keeps_urgency(handover: Handover, now: datetime, page_gone: timedelta) -> bool:
    """Whether an urgent one still goes before others."""
    if handover.reason == EMERGENCY:
        page_gone = max(page_gone, EMERGENCY_STAYS)
    return gone_since(handover, now, page_gone) is None
