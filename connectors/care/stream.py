"""What pushes the desk's pages on: events that say "look again", never content. A missed one costs only time.

One stream a tab, for the queue and the conversation that is open in it: over HTTP/1.1 a browser has six connections
to one house, and an agent more tabs than one.

Who may still look is asked anew every few seconds, quietly: a page left open keeps nobody logged in.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.orm import Session

from connectors.care import field_proposals
from connectors.care.access import LoginNeeded, NotAllowed, NotFound, StaffMember, find_member
from connectors.care.conversation_page import Number
from connectors.care.open_conversation import Opened, open_it
from connectors.care.queue_page import AtQueueQuietly
from connectors.care.queue_view import look, unanswered_ids, waiting_ids
from connectors.care.transcript_view import list_events, outgoing_marks
from connectors.core.backend_client import BackendUnavailable
from connectors.core.gateway import Gateway
from connectors.core.handover.customers_page import is_typing
from connectors.core.wakeups import CARE_DESK
from connectors.database import utc_now
from connectors.website.access import GatewayHere

router = APIRouter(include_in_schema=False)
# Half of what the core takes for gone, and some.
PRESENCE_SECONDS = 20
# Many things happen at once: they make one look.
SETTLE_SECONDS = 0.15


def _event(name: str, **data: Any) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=data)


@dataclass(frozen=True)
class Drawn:
    """What the page that asks shows: of the queue its newest hand-over, of the open conversation how far it is drawn."""

    newest: int | None
    handover: int | None
    after: int
    event: int
    version: str
    closed: bool
    typing: bool


def read_drawn(
    newest: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    handover: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    after: Number = 0,
    event: Number = 0,
    version: Annotated[str, Query(max_length=200)] = "",
    closed: bool = False,
    typing: bool = False,
) -> Drawn:
    return Drawn(newest, handover, after, event, version, closed, typing)


async def open_to_read(
    drawn: Annotated[Drawn, Depends(read_drawn)], gateway: GatewayHere, agent: AtQueueQuietly
) -> Opened | None:
    """Before the stream begins: once it has, nothing can be refused any more."""
    return await open_it(gateway, agent, drawn.handover, "read") if drawn.handover is not None else None


@router.get("/stream", response_class=EventSourceResponse)
async def stream(
    request: Request,
    gateway: GatewayHere,
    agent: AtQueueQuietly,
    drawn: Annotated[Drawn, Depends(read_drawn)],
    opened: Annotated[Opened | None, Depends(open_to_read)],
) -> AsyncIterator[ServerSentEvent]:
    """Of the queue: `queue` `{newest}` draw it again · `arrived`, `wrote` `{handover}` ring · `leave` the log-in is over.

    Of the open conversation: `line` something new, or a mark moved · `state` somebody else has it, or it is over ·
    `panel` · `typing` · `window` free text is taken again, or not any more.
    """
    member = agent
    queue = _QueueWatch(gateway, drawn.newest)
    conversation = _ConversationWatch(gateway, opened, drawn) if opened is not None else None
    present_until = 0.0
    with contextlib.ExitStack() as listening:
        desk = listening.enter_context(gateway.wakeups.listen(CARE_DESK))
        own = (
            [listening.enter_context(gateway.wakeups.listen(opened.conversation.id))]
            if opened is not None
            else []
        )
        while not gateway.stopping.is_set():
            here = await _still_here(request, member)
            if here is None or not here.may("see_queue"):
                yield _event("leave")
                return
            member = here
            if time.monotonic() > present_until:
                await gateway.handovers.set_presence(member)
                present_until = time.monotonic() + PRESENCE_SECONDS
            for event in await queue.look(member):
                yield event
            if conversation is not None:
                for event in await conversation.look(member):
                    yield event
            left = conversation.typing_left if conversation is not None else 0
            await _wait(gateway, [desk, *own], left)


class _QueueWatch:
    """What has changed in the queue since the last look."""

    def __init__(self, gateway: Gateway, newest: int | None) -> None:
        self._gateway = gateway
        self._gone = timedelta(minutes=gateway.settings.care_gone_minutes)
        # What came while the page had no stream for a moment rings as well.
        self._newest = newest
        self._drawn: str | None = None
        self._waiting: frozenset[int] | None = None
        self._unanswered: frozenset[int] = frozenset()

    async def look(self, member: StaffMember) -> list[ServerSentEvent]:
        waiting, unanswered, drawn = await self._gateway.database.read(
            lambda session: _look_at_queue(session, member, self._gone, self._gateway.settings.page_gone)
        )
        events = []
        if drawn != self._drawn:
            events.append(_event("queue", newest=max(waiting | {self._newest or 0})))
        known = self._waiting
        if known is None and self._newest is not None:
            known = frozenset(one for one in waiting if one <= self._newest)
        if known is not None:
            events += [_event("arrived", handover=one) for one in sorted(waiting - known)[-1:]]
        if self._waiting is not None:
            events += [_event("wrote", handover=one) for one in sorted(unanswered - self._unanswered)[-1:]]
        self._drawn, self._waiting, self._unanswered = drawn, waiting, unanswered
        return events


def _look_at_queue(
    session: Session, member: StaffMember, gone: timedelta, page_gone: timedelta
) -> tuple[frozenset[int], frozenset[int], str]:
    queue = look(session, member, utc_now(), gone, page_gone)
    return waiting_ids(session, member), unanswered_ids(session, member), repr(queue)


@dataclass(frozen=True)
class _Seen:
    """What of a conversation the page shows."""

    version: str
    lines: tuple[Any, ...]
    panel: tuple[Any, ...]
    closed: bool


class _ConversationWatch:
    """What has changed in the open conversation since the last look, or since it was drawn."""

    def __init__(self, gateway: Gateway, opened: Opened, drawn: Drawn) -> None:
        self._gateway = gateway
        self._handover = opened.id
        self._drawn = drawn
        self._seen: _Seen | None = None
        self._typing = drawn.typing
        self.typing_left = 0.0
        self._over = False

    async def look(self, member: StaffMember) -> list[ServerSentEvent]:
        if self._over:
            return []
        try:
            opened = await open_it(self._gateway, member, self._handover, "read")
        except (NotFound, NotAllowed):
            # Not theirs to read any more: the page draws what is, and nothing more is told of it.
            self._over, self.typing_left = True, 0.0
            return [_event("state")]
        seen = await self._gateway.database.read(lambda session: _look_at(session, opened))
        events = [_event(name) for name in self._changed(seen)]
        self._seen = seen
        self.typing_left = typing_left(opened)
        if (self.typing_left > 0) != self._typing:
            self._typing = self.typing_left > 0
            events.append(_event("typing"))
        return events

    def _changed(self, seen: _Seen) -> Iterator[str]:
        before = self._seen
        if before is None:
            # The page was drawn a moment ago, or before the connection broke: what came since is told now.
            drawn = self._drawn
            lines = seen.lines[:2] != (drawn.after, drawn.event)
            changed = {
                "state": seen.version != drawn.version,
                "line": lines,
                "window": seen.closed != drawn.closed,
            }
        else:
            changed = {
                "state": seen.version != before.version,
                "line": seen.lines != before.lines,
                "panel": seen.panel != before.panel,
                "window": seen.closed != before.closed,
            }
        return (name for name, is_so in changed.items() if is_so)


async def _wait(gateway: Gateway, wakeups: Sequence[asyncio.Event], typing_left: float) -> None:
    """Until something happens, or the time has come to look again."""
    # Whoever stops writing sends no sign of it.
    seconds = min(gateway.settings.heartbeat_seconds, typing_left or math.inf)
    waits = [asyncio.ensure_future(one.wait()) for one in wakeups]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if done and not gateway.stopping.is_set():
            await asyncio.sleep(SETTLE_SECONDS)
    finally:
        for one in waits:
            one.cancel()
    for wakeup in wakeups:
        wakeup.clear()


async def _still_here(request: Request, member: StaffMember) -> StaffMember | None:
    """The member as they are now; None when they are out. While nobody can tell, what was known holds."""
    try:
        return await find_member(request, quiet=True)
    except LoginNeeded:
        return None
    except BackendUnavailable:
        return member


def typing_left(opened: Opened) -> float:
    """For how many seconds the customer is seen writing."""
    now, until = utc_now(), opened.handover.customer_typing_until
    return (until - now).total_seconds() if until and is_typing(opened.handover, now) else 0


def _look_at(session: Session, opened: Opened) -> _Seen:
    story = list_events(session, opened.conversation.id)
    marks = outgoing_marks(session, opened.conversation)
    asked = field_proposals.list_of(session, opened.id)
    return _Seen(
        version=opened.version,
        lines=(opened.conversation.last_number, story[-1].id if story else 0, tuple(sorted(marks.items()))),
        closed=opened.is_closed(utc_now()),
        panel=(opened.conversation.login_state, tuple((p.id, p.state) for p in asked)),
    )
