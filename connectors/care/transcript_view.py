"""The transcript as an agent reads it: customer, assistant, colleagues, notes among colleagues, what happened.

Messages are numbered in their conversation, lines of the story have ids: what came after both is what is new.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connectors.core.handover.models import Handover, HandoverEvent
from connectors.core.handover.story import NEWS_WAITS
from connectors.core.jobs import OPEN_STATES
from connectors.core.messages import Card, Message, SharedFile, read_after
from connectors.core.models import Conversation, Delivery, TranscriptMessage
from connectors.core.outbox import KEPT
from connectors.database import utc_now

# A screenful and some; older ones come on demand.
PAGE = 60
# Vendors tell of delivery and reading within minutes: marks of older lines do not move any more.
MARKS = 40
SAYS = frozenset({"note"})
TRANSFERRED = "transferred"
OWNING = frozenset({"taken", "taken_over", TRANSFERRED})
Who = Literal["customer", "bot", "agent", "system", "note", "event"]


@dataclass(frozen=True)
class Line:
    """One line. `key` is its id in the page; `name` whose word it is among colleagues; `event` a line of the story."""

    key: str
    who: Who
    at: datetime
    text: str = ""
    language: str = ""
    name: str = ""
    mine: bool = False
    buttons: list[str] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    files: list[SharedFile] = field(default_factory=list)
    has_link: bool = False
    # sent, delivered, read, failed, waiting, kept; nothing where nobody tells.
    mark: str | None = None
    event: str | None = None
    # To whom it was passed on.
    colleague: str = ""
    # News that waits for the end of the conversation with people: its kind and variables.
    news: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Transcript:
    """Lines, oldest first, and behind what the next look begins: a message's number, an id of the story."""

    lines: list[Line]
    after: int
    after_event: int
    # The number before which there is more to be read, if there is.
    before: int | None = None
    # Marks that may have moved since, by the line's key.
    marks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Who reads: `me` is their staff id, `zone` the clock shown; nothing that came after `until` is theirs to read."""

    me: str
    zone: tzinfo
    until: datetime | None = None

    def may_read(self, at: datetime) -> bool:
        return self.until is None or at <= self.until


def latest(session: Session, conversation: Conversation, reader: Reader, now: datetime) -> Transcript:
    """The newest page."""
    newest = conversation.last_number
    if reader.until is not None:
        newest = (
            session.scalar(
                select(func.max(TranscriptMessage.number)).where(
                    TranscriptMessage.conversation_id == conversation.id,
                    TranscriptMessage.at <= reader.until,
                )
            )
            or 0
        )
    return before(session, conversation, newest + 1, reader, now)


def before(
    session: Session, conversation: Conversation, number: int, reader: Reader, now: datetime
) -> Transcript:
    """The page that ends before a message, with what happened in its time."""
    after = max(0, number - 1 - PAGE)
    # With the message behind the page: until then it lasts.
    found = read_after(session, conversation.id, after, now, limit=number - after)
    messages = [m for m in found if m.id < number and reader.may_read(m.at)]
    behind = next((m.at for m in found if m.id >= number), None)
    events = [event for event in list_events(session, conversation.id) if reader.may_read(event.at)]
    begins = messages[0].at if messages and after > 0 else None
    shown = [
        event
        for event in events
        if (begins is None or event.at >= begins) and (behind is None or event.at < behind)
    ]
    return Transcript(
        _merge(session, conversation, messages, shown, events, reader),
        after=messages[-1].id if messages else number - 1,
        after_event=events[-1].id if events else 0,
        before=messages[0].id if messages and after > 0 else None,
    )


def since(
    session: Session, conversation: Conversation, after: int, after_event: int, reader: Reader, now: datetime
) -> Transcript:
    """What is new, and the marks of the lines before that may have moved."""
    found = read_after(session, conversation.id, after, now, limit=PAGE)
    messages = [m for m in found if reader.may_read(m.at)]
    events = [event for event in list_events(session, conversation.id) if reader.may_read(event.at)]
    fresh = [event for event in events if event.id > after_event]
    moved = {
        number: mark for number, mark in outgoing_marks(session, conversation).items() if number <= after
    }
    return Transcript(
        _merge(session, conversation, messages, fresh, events, reader),
        after=messages[-1].id if messages else after,
        after_event=max(after_event, events[-1].id if events else 0),
        marks={f"m{number}": mark for number, mark in moved.items()},
    )


def outgoing_marks(session: Session, conversation: Conversation) -> dict[int, str]:
    """The marks of the newest messages out, by number."""
    first = max(0, conversation.last_number - MARKS)
    known = read_after(session, conversation.id, first, utc_now(), limit=MARKS)
    return _marks(session, conversation.id, [m for m in known if m.author != "customer"])


def texts_of(session: Session, conversation_id: str, numbers: Sequence[int]) -> list[str]:
    """What was said in these messages, as far as it is still kept."""
    rows = session.execute(
        select(TranscriptMessage.text)
        .where(TranscriptMessage.conversation_id == conversation_id, TranscriptMessage.number.in_(numbers))
        .order_by(TranscriptMessage.number)
    )
    return [text for (text,) in rows if text]


def list_events(session: Session, conversation_id: str) -> list[HandoverEvent]:
    """The story of all hand-overs of a conversation, oldest first."""
    return list(
        session.scalars(
            select(HandoverEvent)
            .join(Handover, Handover.id == HandoverEvent.handover_id)
            .where(Handover.conversation_id == conversation_id)
            .order_by(HandoverEvent.id)
        )
    )


# Kept for reports, or said by a message of the transcript already.
UNSHOWN = frozenset({"first_answer", "answer_dropped"})


def _merge(
    session: Session,
    conversation: Conversation,
    messages: Sequence[Message],
    events: Sequence[HandoverEvent],
    story: Sequence[HandoverEvent],
    reader: Reader,
) -> list[Line]:
    me, zone = reader.me, reader.zone
    marks = _marks(session, conversation.id, [m for m in messages if m.author != "customer"])
    owners = [(e.at, e) for e in story if e.kind in OWNING and (e.kind != TRANSFERRED or e.detail.get("to"))]
    moments = [at for at, _ in owners]
    lines = []
    for message in messages:
        owner = None
        if message.author == "agent" and owners:
            owner = owners[max(0, bisect_right(moments, message.at) - 1)][1]
        lines.append(_message_line(message, owner, marks.get(message.id), me, zone))
    lines += [_event_line(event, me, zone) for event in events if event.kind not in UNSHOWN]
    # Stable: what was said stands before what came of it in the same moment.
    return sorted(lines, key=lambda line: line.at)


def _message_line(
    message: Message, owner: HandoverEvent | None, mark: str | None, me: str, zone: tzinfo
) -> Line:
    name, owner_id = _owner(owner)
    return Line(
        key=f"m{message.id}",
        who=message.author,
        at=message.at.astimezone(zone),
        text=message.text,
        language=message.language,
        name=name,
        mine=message.author == "agent" and owner_id == me,
        buttons=[button.title for button in message.buttons],
        cards=message.cards,
        files=message.files,
        has_link=message.link is not None,
        mark=mark,
    )


def _owner(event: HandoverEvent | None) -> tuple[str, str | None]:
    """Who spoke after this line of the story: a transfer names the colleague who got it."""
    if event is None:
        return "", None
    if event.kind == TRANSFERRED:
        return str(event.detail.get("name") or ""), event.detail.get("to")
    return event.agent_name or "", event.agent_id


def _event_line(event: HandoverEvent, me: str, zone: tzinfo) -> Line:
    says = event.kind in SAYS
    return Line(
        key=f"e{event.id}",
        who="note" if says else "event",
        at=event.at.astimezone(zone),
        text=event.text or "",
        name=event.agent_name or "",
        mine=event.agent_id == me,
        event=None if says else event.kind,
        news=event.detail if event.kind == NEWS_WAITS else {},
        colleague=str(event.detail.get("name") or "") if event.kind == TRANSFERRED else "",
    )


def _marks(session: Session, conversation_id: str, messages: Sequence[Message]) -> dict[int, str]:
    """What is known of messages out: the vendor's word, else what our outbox is at."""
    marks = {message.id: str(message.status) for message in messages if message.status}
    unknown = [message.id for message in messages if not message.status]
    if unknown:
        rows = session.execute(
            select(Delivery.message_number, Delivery.state).where(
                Delivery.conversation_id == conversation_id,
                Delivery.state.in_([*OPEN_STATES, KEPT]),
                Delivery.message_number.in_(unknown),
            )
        )
        marks |= {number: "kept" if state == KEPT else "waiting" for number, state in rows}
    return marks
