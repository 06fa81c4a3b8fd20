"""The queue: the desk's start page, its column by itself, and whether one takes conversations."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, Response

from connectors.care import wording
from connectors.care.access import StaffMember, require
from connectors.care.pages import render
from connectors.care.queue_view import Queue, look
from connectors.core.gateway import Gateway
from connectors.database import utc_now
from connectors.website.access import GatewayHere

router = APIRouter(include_in_schema=False)
AtQueue = Annotated[StaffMember, require("see_queue")]
# What the page asks by itself must not keep a log-in alive.
AtQueueQuietly = Annotated[StaffMember, require("see_queue", quiet=True)]


async def queue_values(
    request: Request, gateway: Gateway, agent: StaffMember, *, everything: bool = False
) -> dict[str, Any]:
    """What `_queue.html` needs."""
    gone = timedelta(minutes=gateway.settings.care_gone_minutes)
    page_gone = gateway.settings.page_gone
    queue: Queue = await gateway.database.read(
        lambda session: look(session, agent, utc_now(), gone, page_gone, everything=everything)
    )
    return {"queue": queue, "w": wording, "everything": everything, "current": _open_here(request)}


def _open_here(request: Request) -> int | None:
    """The hand-over that the browser shows, to be marked in the queue."""
    path = request.headers.get("hx-current-url", request.url.path)
    _, _, number = path.partition("/care/conversations/")
    number = number.partition("?")[0]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else None


@router.get("/queue")
async def show_queue(request: Request, gateway: GatewayHere, agent: AtQueue) -> Response:
    """The desk with no conversation open."""
    await gateway.handovers.set_presence(agent)
    return render(request, "desk.html", opened=None, **await queue_values(request, gateway, agent))


@router.get("/queue/list")
async def list_queue(
    request: Request, gateway: GatewayHere, agent: AtQueueQuietly, all: Annotated[bool, Query()] = False
) -> Response:
    """The queue's column, whenever something changed."""
    values = await queue_values(request, gateway, agent, everything=all)
    return render(request, "_queue.html", **values)


@router.post("/presence")
async def set_presence(
    request: Request,
    gateway: GatewayHere,
    agent: AtQueue,
    status: Annotated[Literal["online", "away"], Form()],
) -> Response:
    """Take conversations, or have a break."""
    await gateway.handovers.set_presence(agent, status)
    return render(request, "_presence.html", presence=status)
