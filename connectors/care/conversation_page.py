"""One conversation at the desk: head, transcript and composer; its newer and older lines; the panel beside it."""

from datetime import timedelta, tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select

from connectors.care import field_proposals, wording
from connectors.care.access import DeskHere, NotFound, StaffMember, require
from connectors.care.backend_desk import DeskBackend
from connectors.care.canned import known_fields, offered
from connectors.care.composer import composer_values
from connectors.care.customer_view import CustomerView, read_customer
from connectors.care.open_conversation import HandoverId, Opened, market_of, open_it, zone_of
from connectors.care.pages import desk_voice, render
from connectors.care.permissions import Whose
from connectors.care.queue_page import queue_values
from connectors.care.reach import reach_values
from connectors.care.summary import say_callback, say_login, summarise
from connectors.care.transcript_view import Reader, before, latest, since, texts_of
from connectors.core.backend_client import BackendUnavailable, Market
from connectors.core.conversations import Voice
from connectors.core.gateway import Gateway
from connectors.core.handover.agents import count_owned, find_online
from connectors.core.handover.customers_page import is_typing
from connectors.core.handover.waiting import numbers_of
from connectors.core.models import Conversation
from connectors.database import utc_now
from connectors.website.access import GatewayHere

router = APIRouter(include_in_schema=False)
MayRead = Annotated[StaffMember, require("read")]
ReaderQuietly = Annotated[StaffMember, require("read", quiet=True)]
Number = Annotated[int, Query(ge=0, le=2**31 - 1)]
OUTCOMES = ("solved", "answered", "forwarded", "called_back", "no_reply", "not_for_us")
DONE = ("question_answered", "details_corrected", "documents_explained", "problem_reported")
# Whether it went well with the assistant is seen; what the customer does days later is not theirs to read.
AFTERWARDS = timedelta(minutes=30)
# What can be shown in full, one by one.
UNMASKABLE = ("name", "email", "phone", "birth_date", "account", "answers")
# Whose customer's data stand in the panel: not while somebody only waits.
SEES_CUSTOMER = frozenset({Whose.OWN, Whose.LEFT, Whose.OTHER})


@router.get("/conversations/{handover_id}")
async def show_conversation(
    handover_id: HandoverId, request: Request, gateway: GatewayHere, agent: MayRead, desk: DeskHere
) -> Response:
    """The whole desk with this conversation; for htmx its middle and right only."""
    opened = await open_it(gateway, agent, handover_id, "read")
    values = await work_values(request, gateway, agent, opened)
    if "hx-request" in request.headers and "hx-history-restore-request" not in request.headers:
        return render(request, "_work.html", headers={"Vary": "HX-Request"}, **values)
    await gateway.handovers.set_presence(agent)
    values |= await queue_values(request, gateway, agent)
    return render(request, "desk.html", headers={"Vary": "HX-Request"}, **values)


@router.get("/conversations/{handover_id}/now")
async def show_conversation_again(
    handover_id: HandoverId, request: Request, gateway: GatewayHere, agent: ReaderQuietly
) -> Response:
    """When it changed hands: as it is now, or the empty desk if it is not this member's to read any more."""
    try:
        opened = await open_it(gateway, agent, handover_id, "read")
    except NotFound:
        return render(request, "_no_work.html", gone=True, headers={"HX-Push-Url": "/care/queue"})
    return render(request, "_work.html", **await work_values(request, gateway, agent, opened))


async def work_values(
    request: Request, gateway: Gateway, agent: StaffMember, opened: Opened
) -> dict[str, Any]:
    """What `_work.html` needs."""
    market = await market_of(gateway, opened.handover.market)
    zone = zone_of(market)
    now = utc_now()
    reader = reader_of(agent, opened, zone)
    transcript = await gateway.database.read(
        lambda session: latest(session, opened.conversation, reader, now)
    )
    own = opened.whose is Whose.OWN
    return {
        "opened": opened,
        "own": own,
        "w": wording,
        "now": now,
        "customer_typing": is_typing(opened.handover, now),
        "transcript": transcript,
        "waits_since": opened.handover.requested_at.astimezone(zone),
        "may_this": lambda action: agent.may(action, opened.whose),
        "canned": await canned_of(request, gateway, agent, opened, market) if own else [],
        "colleagues": await colleagues_of(gateway, agent, opened)
        if agent.may("transfer", opened.whose)
        else [],
        "outcomes": OUTCOMES,
        "done": DONE,
        **composer_values(),
        "teams": teams_of(request, agent, opened, market) if agent.may("transfer", opened.whose) else [],
        "sees_customer": opened.whose in SEES_CUSTOMER,
        **(await reach_values(gateway, agent, opened, market) if own else {}),
        **await summary_values(request, gateway, opened),
    }


def reader_of(agent: StaffMember, opened: Opened, zone: tzinfo) -> Reader:
    """How far the member reads: what they had ended is theirs until a little behind its end."""
    ended = opened.handover.ended_at
    until = ended + AFTERWARDS if opened.whose is Whose.PAST and ended is not None else None
    return Reader(agent.staff_id, zone, until)


async def summary_values(
    request: Request, gateway: Gateway, opened: Opened, state: str | None = None
) -> dict[str, Any]:
    """Why the person is here, in the agent's language; `state` of the log-in where the backend was asked."""
    voice = desk_voice(request)
    handover = opened.handover
    facts = handover.facts or {}
    return {
        "why": summarise(facts, voice, handover.market),
        "login_said": say_login(state or opened.conversation.login_state, voice),
        "callback": say_callback(handover.callback, voice),
        "left_words": await gateway.database.read(
            lambda session: texts_of(session, opened.conversation.id, numbers_of(handover.callback))
        )
        if handover.callback
        else [],
    }


async def canned_of(
    request: Request, gateway: Gateway, agent: StaffMember, opened: Opened, market: Market | None
) -> list[Any]:
    """Canned answers in the customer's language, filled in."""
    known = await known_fields(gateway, agent, opened, market)
    return offered(opened.voice, desk_voice(request), known)


def teams_of(
    request: Request, agent: StaffMember, opened: Opened, market: Market | None
) -> list[dict[str, str]]:
    """Languages of the market beside the one it waits in."""
    if market is None:
        return []
    voice = desk_voice(request)
    return [
        {
            "market": market.market,
            "language": language,
            "name": wording.language_name(voice, Voice(language)),
        }
        for language in market.languages
        if language != opened.handover.language
    ]


async def colleagues_of(gateway: Gateway, agent: StaffMember, opened: Opened) -> list[dict[str, Any]]:
    """Who can take it over now."""

    def ask(session: Any) -> list[dict[str, Any]]:
        return [
            {"id": p.agent_id, "name": p.name, "mine": count_owned(session, p.agent_id), "limit": p.limit}
            for p in find_online(session, utc_now())
            if p.agent_id != agent.staff_id
            and opened.handover.market in p.markets
            and (p.role == "supervisor" or opened.handover.language in p.languages)
        ]

    return await gateway.database.read(ask)


@router.get("/conversations/{handover_id}/lines")
async def list_new_lines(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: ReaderQuietly,
    after: Number = 0,
    event: Number = 0,
) -> Response:
    """What came since, and what became of the lines before."""
    opened = await open_it(gateway, agent, handover_id, "read")
    reader = reader_of(agent, opened, zone_of(await market_of(gateway, opened.handover.market)))
    transcript = await gateway.database.read(
        lambda session: since(session, opened.conversation, after, event, reader, utc_now())
    )
    return render(request, "_new_lines.html", opened=opened, transcript=transcript, w=wording)


@router.get("/conversations/{handover_id}/typing")
async def show_customer_typing(
    handover_id: HandoverId, request: Request, gateway: GatewayHere, agent: ReaderQuietly
) -> Response:
    """That the customer is writing, or nothing."""
    opened = await open_it(gateway, agent, handover_id, "read")
    typing = is_typing(opened.handover, utc_now())
    return render(request, "_customer_typing.html", customer_typing=typing)


@router.get("/conversations/{handover_id}/older")
async def list_older_lines(
    handover_id: HandoverId, request: Request, gateway: GatewayHere, agent: MayRead, number: Number
) -> Response:
    """The page before."""
    opened = await open_it(gateway, agent, handover_id, "read")
    reader = reader_of(agent, opened, zone_of(await market_of(gateway, opened.handover.market)))
    transcript = await gateway.database.read(
        lambda session: before(session, opened.conversation, number, reader, utc_now())
    )
    return render(request, "_older_lines.html", opened=opened, transcript=transcript, w=wording)


async def panel_values(
    request: Request, gateway: Gateway, agent: StaffMember, desk: DeskBackend, opened: Opened
) -> dict[str, Any]:
    """What `_panel.html` needs: what the log-in proves of the customer, masked."""
    customer: CustomerView | None = None
    if opened.whose in SEES_CUSTOMER:
        try:
            customer = await read_customer(desk, opened.handover)
        except BackendUnavailable:
            customer = None
    asked = await gateway.database.read(lambda session: field_proposals.list_of(session, opened.id))
    others = customer.other_conversations if customer is not None else []
    return {
        "opened": opened,
        "own": opened.whose is Whose.OWN,
        "w": wording,
        "customer": customer,
        "sees_customer": opened.whose in SEES_CUSTOMER,
        "may_this": lambda action: agent.may(action, opened.whose),
        "proposals": asked,
        "unmaskable": UNMASKABLE,
        "channels": await channels_of(request, gateway, others),
        "latest_proposals": {(p.draft_id, p.question, p.item): p for p in asked},
        **await summary_values(request, gateway, opened, customer.login.state if customer else None),
    }


async def channels_of(request: Request, gateway: Gateway, conversation_ids: list[str]) -> dict[str, str]:
    """The name of each conversation's channel; those that were forgotten are missing."""
    if not conversation_ids:
        return {}
    voice = desk_voice(request)
    rows = await gateway.database.read(
        lambda session: session.execute(
            select(Conversation.id, Conversation.channel).where(Conversation.id.in_(conversation_ids))
        ).all()
    )
    return {row.id: wording.channel_name(voice, row.channel) for row in rows}


@router.get("/conversations/{handover_id}/panel")
async def show_panel(
    handover_id: HandoverId, request: Request, gateway: GatewayHere, agent: ReaderQuietly, desk: DeskHere
) -> Response:
    """Who the customer is, as far as the log-in proves it; drafts, requests, policies."""
    opened = await open_it(gateway, agent, handover_id, "read")
    return render(request, "_panel.html", **await panel_values(request, gateway, agent, desk, opened))


@router.get("/conversations/{handover_id}/others/{conversation_id}")
async def show_other(
    handover_id: HandoverId,
    conversation_id: str,
    request: Request,
    gateway: GatewayHere,
    agent: MayRead,
    desk: DeskHere,
) -> Response:
    """Another conversation of the same person, to be read; the backend says which there are."""
    opened = await open_it(gateway, agent, handover_id, "read")
    if opened.whose not in SEES_CUSTOMER:
        raise NotFound
    customer = await read_customer(desk, opened.handover)
    if conversation_id not in customer.other_conversations:
        raise NotFound
    zone = zone_of(await market_of(gateway, opened.handover.market))

    def load(session: Any) -> Any:
        other = session.get(Conversation, conversation_id)
        if other is None or other.market not in agent.markets:
            return None
        return other, latest(session, other, Reader(agent.staff_id, zone), utc_now())

    found = await gateway.database.read(load)
    if found is None:
        raise NotFound
    other, transcript = found
    return render(request, "_other.html", opened=opened, other=other, transcript=transcript, w=wording)
