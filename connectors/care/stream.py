"""What pushes the desk's pages on: events that say "look again", never content. A missed one costs only time.

Who may still look is asked anew every few seconds, quietly: a page left open keeps nobody logged in.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.orm import Session

from connectors.care import field_proposals
from connectors.care.access import LoginNeeded, NotAllowed, NotFound, StaffMember, find_member
from connectors.care.conversation_page import Number, ReaderQuietly, open_it
from connectors.care.open_conversation import HandoverId, Opened
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
SETTLE_SECONDS = 0.25


def _event(name: str, **data: Any) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=data)


async def _wait(gateway: Gateway, wakeup: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wakeup.wait(), gateway.settings.heartbeat_seconds)
        if not gateway.stopping.is_set():
            await asyncio.sleep(SETTLE_SECONDS)
    wakeup.clear()


async def _still_here(request: Request, member: StaffMember) -> StaffMember | None:
    """The member as they are now; None when they are out. While nobody can tell, what was known holds."""
    try:
        return await find_member(request, quiet=True)
    except LoginNeeded:
        return None
    except BackendUnavailable:
        return member


@router.get("/stream", response_class=EventSourceResponse)
async def stream_queue(
    request: Request, gateway: GatewayHere, agent: AtQueueQuietly
) -> AsyncIterator[ServerSentEvent]:
    """`queue`: draw it again · `arrived`, `wrote` `{handover}`: ring · `leave`: the log-in is over."""
    member = agent
    seen: str | None = None
    waiting: frozenset[int] | None = None
    unanswered: frozenset[int] = frozenset()
    present_until = 0.0
    gone = timedelta(minutes=gateway.settings.care_gone_minutes)
    with gateway.wakeups.listen(CARE_DESK) as wakeup:
        while not gateway.stopping.is_set():
            here = await _still_here(request, member)
            if here is None or not here.may("see_queue"):
                yield _event("leave")
                return
            member = here
            if time.monotonic() > present_until:
                await gateway.handovers.set_presence(member)
                present_until = time.monotonic() + PRESENCE_SECONDS
            now_waiting, now_unanswered, drawn = await gateway.database.read(
                lambda session: _look_at_queue(session, member, gone, gateway.settings.page_gone)  # noqa: B023
            )
            if drawn != seen:
                seen = drawn
                yield _event("queue")
            if waiting is not None:
                for handover in sorted(now_waiting - waiting)[-1:]:
                    yield _event("arrived", handover=handover)
                for handover in sorted(now_unanswered - unanswered)[-1:]:
                    yield _event("wrote", handover=handover)
            waiting, unanswered = now_waiting, now_unanswered
            await _wait(gateway, wakeup)


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


async def open_to_read(handover_id: HandoverId, gateway: GatewayHere, agent: ReaderQuietly) -> Opened:
    """Before the stream begins: once it has, nothing can be refused any more."""
    return await open_it(gateway, agent, handover_id, "read")


@router.get("/conversations/{handover_id}/stream", response_class=EventSourceResponse)
async def stream_conversation(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: ReaderQuietly,
    opened: Annotated[Opened, Depends(open_to_read)],
    after: Number = 0,
    event: Number = 0,
    version: Annotated[str, Query(max_length=200)] = "",
) -> AsyncIterator[ServerSentEvent]:
    """`line`: something new, or a mark moved · `state`: somebody else has it, or it is over · `panel` · `typing`."""
    member = agent
    drawn: _Seen | None = None
    typing = False
    with gateway.wakeups.listen(opened.conversation.id) as wakeup, gateway.wakeups.listen(CARE_DESK) as desk:
        while not gateway.stopping.is_set():
            here = await _still_here(request, member)
            if here is None:
                return
            member = here
            try:
                opened = await open_it(gateway, member, handover_id, "read")
            except (NotFound, NotAllowed):
                yield _event("state")
                return
            seen = await gateway.database.read(lambda session: _look_at(session, opened))  # noqa: B023
            if drawn is None:
                # The page was drawn a moment ago, or before the connection broke: what came since is told now.
                if seen.version != version:
                    yield _event("state")
                if seen.lines[:2] != (after, event):
                    yield _event("line")
            else:
                if seen.version != drawn.version:
                    yield _event("state")
                if seen.lines != drawn.lines:
                    yield _event("line")
                if seen.panel != drawn.panel:
                    yield _event("panel")
            drawn = seen
            left = typing_left(opened)
            if (left > 0) != typing:
                typing = left > 0
                yield _event("typing")
            await _wait_for_either(gateway, wakeup, desk, left)


async def _wait_for_either(
    gateway: Gateway, wakeup: asyncio.Event, desk: asyncio.Event, typing_left: float
) -> None:
    # Whoever stops writing sends no sign of it.
    seconds = min(gateway.settings.heartbeat_seconds, typing_left or math.inf)
    waits = [asyncio.ensure_future(one.wait()) for one in (wakeup, desk)]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if done and not gateway.stopping.is_set():
            await asyncio.sleep(SETTLE_SECONDS / 2)
    finally:
        for one in waits:
            one.cancel()
    wakeup.clear()
    desk.clear()


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
        panel=(opened.conversation.login_state, tuple((p.id, p.state) for p in asked)),
    )
