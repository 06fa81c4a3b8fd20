"""What browsers get: the transcript, as a list or as a stream of events that replays what was missed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, Self

import structlog
from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from sqlalchemy.orm import Session

from connectors.core import inbox
from connectors.core.channel import Channel
from connectors.core.gateway import Gateway
from connectors.core.handover import customers_page
from connectors.core.handover.customers_page import PageView
from connectors.core.messages import Message, read_after
from connectors.database import utc_now
from connectors.errors import ConversationUnknown, tells
from connectors.website.access import GatewayHere, OwnConversation, check_address_limit

log = structlog.get_logger()
WEBSITE = "website"
PAGE = 500
# A message's number; more digits than a database takes are no number of ours.
HIGHEST = 2**31 - 1
After = Annotated[int, Query(ge=0, le=HIGHEST)]
router = APIRouter(
    prefix="/api/website", tags=["website channel"], dependencies=[Depends(check_address_limit)]
)


class WebsiteChannel(Channel):
    """Browsers fetch their messages themselves: nothing is pushed."""

    name = WEBSITE
    pushes = False


class Transcript(BaseModel):
    """At most 500 messages; ask again after the last one for more."""

    messages: list[Message]
    typing: bool


@router.get("/conversations/{conversation_id}/messages", responses=tells(ConversationUnknown))
async def list_messages(conversation: OwnConversation, gateway: GatewayHere, after: After = 0) -> Transcript:
    """The messages with a higher number than `after`, oldest first."""
    transcript, page = await gateway.database.read(lambda s: _look(s, conversation.id, after))
    if page.due:
        await gateway.handovers.note_page(conversation.id)
    return transcript


@router.get(
    "/conversations/{conversation_id}/events",
    response_class=EventSourceResponse,
    responses=tells(ConversationUnknown),
)
async def stream_events(
    conversation: OwnConversation,
    gateway: GatewayHere,
    after: After = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Events `message` (a Message, `id:` is its number), `typing` (`{"typing": bool}`) and `status`.

    Starts behind `Last-Event-ID` (or `after`; the header wins), so nothing is missed and nothing comes twice.
    `status` with `{"state": "live"}` says that everything written so far has been sent.
    """
    last = read_number(last_event_id, otherwise=after)
    typing: bool | None = None
    live = False
    with gateway.wakeups.listen(conversation.id) as wakeup, _OpenPage(gateway, conversation.id) as page:
        while not gateway.stopping.is_set():
            wakeup.clear()
            seen, page.view = await gateway.database.read(
                lambda s: _look(s, conversation.id, last)  # noqa: B023
            )
            if page.view.due:
                await gateway.handovers.note_page(conversation.id)
            for message in seen.messages:
                last = message.id
                yield ServerSentEvent(event="message", id=str(message.id), data=message)
            if len(seen.messages) == PAGE:
                continue
            if seen.typing != typing:
                typing = seen.typing
                yield ServerSentEvent(event="typing", data={"typing": typing})
            if not live:
                live = True
                yield ServerSentEvent(event="status", data={"state": "live"})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wakeup.wait(), gateway.settings.heartbeat_seconds)


class _OpenPage:
    """A stream that a customer's page reads. When it closes while people are waited for, the moment is noted."""

    # The event loop alone would let them go before they are done.
    _last_notes: ClassVar[set[asyncio.Task[None]]] = set()

    def __init__(self, gateway: Gateway, conversation_id: str) -> None:
        self._gateway = gateway
        self._conversation_id = conversation_id
        self.view = PageView()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # A process that ends closes streams whose pages stay.
        if self.view.watched and not self._gateway.stopping.is_set():
            # Not awaited: whoever closes the page also cancels what is awaited here.
            note = asyncio.create_task(self._note())
            self._last_notes.add(note)
            note.add_done_callback(self._last_notes.discard)

    async def _note(self) -> None:
        try:
            await self._gateway.handovers.note_page(self._conversation_id)
        except Exception as error:
            log.warning("closed_page_not_noted", error_type=type(error).__name__)


def read_number(given: str | None, otherwise: int) -> int:
    """The number in a `Last-Event-ID`; anything else there is as good as nothing."""
    if given and given.isascii() and given.isdecimal() and len(given) <= 10:
        return min(int(given), HIGHEST)
    return otherwise


def _look(session: Session, conversation_id: str, after: int) -> tuple[Transcript, PageView]:
    now = utc_now()
    page = customers_page.look(session, conversation_id, now)
    transcript = Transcript(
        messages=read_after(session, conversation_id, after, now, limit=PAGE),
        typing=inbox.is_typing(session, conversation_id) or page.agent_typing,
    )
    return transcript, page
