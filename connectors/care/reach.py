"""Whether free text reaches the customer now, and the texts that the vendor takes also when it does not."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from connectors.care import wording
from connectors.care.access import StaffMember, require
from connectors.care.canned import known_fields
from connectors.care.new_ids import is_answer_id, new_answer_id
from connectors.care.open_conversation import HandoverId, Opened, market_of, open_it
from connectors.care.pages import render, written
from connectors.care.refused import answering
from connectors.core.backend_client import Market
from connectors.core.gateway import Gateway
from connectors.core.handover.facts import NotApproved
from connectors.database import utc_now
from connectors.website.access import GatewayHere
from locales import texts

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Choice:
    """An approved text, filled in as the customer will read it; `answer_id` lets it be sent once."""

    name: str
    text: str
    answer_id: str


async def reach_values(
    gateway: Gateway, agent: StaffMember, opened: Opened, market: Market | None
) -> dict[str, Any]:
    """What `_reach.html` needs."""
    closed = opened.is_closed(utc_now())
    key = f"desk_rule_{opened.conversation.channel}"
    return {
        "w": wording,
        "closed": closed,
        "until": opened.window_until,
        "rule": key if not closed and texts.has(key, opened.voice.language) else None,
        "choices": await _choices(gateway, agent, opened, market) if closed else [],
    }


async def _choices(
    gateway: Gateway, agent: StaffMember, opened: Opened, market: Market | None
) -> list[Choice]:
    approved = gateway.handovers.approved_texts(opened.conversation)
    if not approved:
        return []
    known = await _known(gateway, agent, opened, market)
    filled = ((one.name, one.fill(known)) for one in approved)
    return [Choice(name, text, new_answer_id()) for name, text in filled if text is not None]


async def _known(
    gateway: Gateway, agent: StaffMember, opened: Opened, market: Market | None
) -> dict[str, str]:
    """As the customer reads it: names are kept in Cyrillic, the vendor's text is sent as it is."""
    found = await known_fields(gateway, agent, opened, market)
    return {name: written(opened.voice, value) for name, value in found.items()}


@router.get("/conversations/{handover_id}/reach")
async def show_reach(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("answer", quiet=True)],
) -> Response:
    """Drawn again when the vendor's window opens or closes."""
    return await _render(request, gateway, agent, await open_it(gateway, agent, handover_id, "answer"))


@router.post("/conversations/{handover_id}/approved")
async def send_approved(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("answer")],
    name: Annotated[str, Form(max_length=512)],
    text: Annotated[str, Form(max_length=20_000)],
    answer_id: Annotated[str, Form(max_length=64)],
) -> Response:
    """An approved text to the customer, once however often it is sent; `text` is what the agent read.

    What would be said has to be what was read: otherwise it is refused and drawn again.
    """
    opened = await open_it(gateway, agent, handover_id, "answer")
    async with answering(request) as refused:
        market = await market_of(gateway, opened.handover.market)
        known = await _known(gateway, agent, opened, market)
        said = {one.name: one.fill(known) for one in gateway.handovers.approved_texts(opened.conversation)}
        if not is_answer_id(answer_id) or said.get(name) is None or said[name] != text.replace("\r\n", "\n"):
            raise NotApproved
        await gateway.handovers.say_approved(
            handover_id, agent, opened.conversation, name, known, f"desk-{answer_id}"
        )
        return await _render(request, gateway, agent, opened)
    return refused.response


async def _render(request: Request, gateway: Gateway, agent: StaffMember, opened: Opened) -> Response:
    market = await market_of(gateway, opened.handover.market)
    values = await reach_values(gateway, agent, opened, market)
    return render(request, "_reach.html", opened=opened, **values)
