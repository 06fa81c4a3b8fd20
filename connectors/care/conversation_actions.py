"""What an agent does with a conversation: take, answer, note, pass on, give back, close. One route an action."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from connectors.care.access import DeskHere, StaffMember, require
from connectors.care.composer import composer_values, read_written
from connectors.care.conversation_page import DONE, OUTCOMES, work_values
from connectors.care.customer_view import looking
from connectors.care.open_conversation import HandoverId, Opened, market_of, open_it
from connectors.care.pages import desk_voice, render
from connectors.care.refused import answering
from connectors.core.backend_client import BackendRefused
from connectors.core.gateway import Gateway
from connectors.core.handover.facts import AgentAway, HandoverUnknown, LimitReached, SkillsMissing
from connectors.core.handover.ownership import Team
from connectors.core.refusals import clean_filename, refusal_text
from connectors.core.typed_text import MAX_LENGTH
from connectors.website.access import GatewayHere

router = APIRouter(include_in_schema=False)
LONGEST_NOTE = 2000
# What the backend says about a file, not about who sends it.
FILE_REFUSED = frozenset({400, 413, 415, 422, 429})
Text = Annotated[str, Form(max_length=20_000)]


async def show_work(
    request: Request, gateway: Gateway, agent: StaffMember, handover_id: int, *, push: bool = False
) -> Response:
    """The conversation as it is now; where the member may not read it any more, the empty desk."""
    opened = await open_it(gateway, agent, handover_id, "read")
    headers = {"HX-Push-Url": f"/care/conversations/{handover_id}"} if push else {}
    values = await work_values(request, gateway, agent, opened)
    return render(request, "_work.html", headers=headers, **values)


def left(request: Request) -> Response:
    """The conversation is somebody else's matter now."""
    return render(request, "_no_work.html", gone=False, headers={"HX-Push-Url": "/care/queue"})


@router.post("/queue/next")
async def take_next(
    request: Request, gateway: GatewayHere, agent: Annotated[StaffMember, require("take")]
) -> Response:
    """Take whoever is next, and open it."""
    async with answering(request) as refused:
        taken = await gateway.handovers.take_next(agent)
        if taken is None:
            return refused.say("desk_error_none_waiting", 409)
        return await show_work(request, gateway, agent, taken.id, push=True)
    return refused.response


@router.post("/conversations/{handover_id}/take")
async def take(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("take")],
) -> Response:
    """One owner, whoever asks at the same moment; the same agent again is fine."""
    # Whether it is still to be had is decided where it is taken: who comes second is told who was first.
    await open_it(gateway, agent, handover_id, "read")
    async with answering(request) as refused:
        await gateway.handovers.take(handover_id, agent)
        return await show_work(request, gateway, agent, handover_id, push=True)
    return refused.response


@router.post("/conversations/{handover_id}/take-over")
async def take_over(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("take_over")],
) -> Response:
    """From a colleague who is gone, or as a supervisor."""
    await open_it(gateway, agent, handover_id, "take_over")
    async with answering(request) as refused:
        await gateway.handovers.take_over(handover_id, agent)
        return await show_work(request, gateway, agent, handover_id, push=True)
    return refused.response


@router.post("/conversations/{handover_id}/answer")
async def answer(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("answer")],
    desk: DeskHere,
) -> Response:
    """To the customer, once however often it is sent; the line itself comes by the event stream.

    Fields `answer_id`, `text`, `reply` (a button below it, pressed its title is the customer's words) and `file`,
    the last two several times. The form is large: it is read when it is known whose it is.
    """
    opened = await open_it(gateway, agent, handover_id, "answer")
    written = await read_written(request)
    async with answering(request) as refused:
        if written.fault is not None:
            key, limit = written.fault
            return refused.say(key, 409, limit=limit)
        sent = []
        for file in written.files:
            name = clean_filename(file.filename or "")
            try:
                sent.append(
                    await desk.send_file(
                        opened.conversation.id,
                        looking(opened.handover),
                        name,
                        await file.read(),
                        f"desk-{written.answer_id}",
                    )
                )
            except BackendRefused as fact:
                if fact.status not in FILE_REFUSED:
                    raise
                return refused.tell(refusal_text(desk_voice(request), name, fact.error, fact.detail), 409)
        draft = written.draft(handover_id, opened.voice, sent, gateway.settings.public_url)
        await gateway.handovers.say(handover_id, agent, draft)
        return _form(request, "_answer_form.html", opened, own=True)
    return refused.response


@router.post("/conversations/{handover_id}/typing")
async def show_typing(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("answer")],
) -> Response:
    """The customer sees that an answer is on its way, where the channel can show it."""
    await open_it(gateway, agent, handover_id, "answer")
    async with answering(request) as refused:
        await gateway.handovers.show_typing(handover_id, agent)
        return Response(status_code=204)
    return refused.response


@router.post("/conversations/{handover_id}/ask-login")
async def ask_login(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("answer")],
) -> Response:
    """A link to the secure page for the customer; password and code are never seen here."""
    await open_it(gateway, agent, handover_id, "answer")
    async with answering(request) as refused:
        await gateway.handovers.ask_login(handover_id, agent)
        return render(request, "_notice.html", kind="told", message_key="desk_login_asked", values={})
    return refused.response


@router.post("/conversations/{handover_id}/note")
async def note(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("note")],
    text: Text = "",
) -> Response:
    """Among colleagues; never to a channel."""
    opened = await open_it(gateway, agent, handover_id, "note")
    async with answering(request) as refused:
        if not text.strip():
            return refused.say("desk_error_empty", 409)
        if len(text) > MAX_LENGTH:
            return refused.say("desk_error_too_long", 409, limit=MAX_LENGTH)
        await gateway.handovers.note(handover_id, agent, text.strip())
        return _form(request, "_note_form.html", opened, own=False)
    return refused.response


def _form(request: Request, template: str, opened: Opened, *, own: bool) -> Response:
    return render(request, template, opened=opened, own=own, **composer_values())


@router.post("/conversations/{handover_id}/transfer")
async def transfer(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("transfer")],
    to: Annotated[str, Form(pattern=r"^(queue|agent:[A-Za-z0-9_-]{1,64}|team:[a-z]{2,8}:[a-z]{2})$")],
    note: Text = "",
) -> Response:
    """To a colleague, a team, or back into the queue; with a note for whoever gets it."""
    opened = await open_it(gateway, agent, handover_id, "transfer")
    receiver = _receiver(to)
    async with answering(request) as refused:
        if not note.strip():
            return refused.say("desk_error_note_needed", 409)
        if isinstance(receiver, Team) and not await _is_offered(gateway, opened, receiver):
            raise SkillsMissing
        try:
            await gateway.handovers.transfer(handover_id, agent, receiver, note.strip()[:LONGEST_NOTE])
        except LimitReached:
            return refused.say("desk_error_colleague_full", 409)
        except AgentAway:
            return refused.say("desk_error_agent_away", 409)
        return left(request)
    return refused.response


def _receiver(to: str) -> str | Team | None:
    kind, _, rest = to.partition(":")
    if kind == "agent":
        return rest
    if kind == "team":
        market, _, language = rest.partition(":")
        return Team(market, language)
    return None


async def _is_offered(gateway: Gateway, opened: Opened, team: Team) -> bool:
    """Whether the page may name the team: nobody takes a conversation out of its market."""
    market = await market_of(gateway, opened.handover.market)
    return market is not None and team.market == market.market and team.language in market.languages


@router.post("/conversations/{handover_id}/hand-back")
async def hand_back(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("hand_back")],
    resume: Annotated[Literal["0", "1"], Form()],
    done: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """The assistant goes on, at the step where it stopped or at the menu; it learns what was done."""
    await open_it(gateway, agent, handover_id, "hand_back")
    async with answering(request) as refused:
        known = [one for one in done or [] if one in DONE]
        await gateway.handovers.hand_back(handover_id, agent, known, resume == "1")
        return await show_work(request, gateway, agent, handover_id)
    return refused.response


@router.post("/conversations/{handover_id}/close")
async def close(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("close")],
    outcome: Annotated[str, Form()],
    note: Text = "",
) -> Response:
    """It is done; the customer may rate it."""
    await open_it(gateway, agent, handover_id, "close")
    async with answering(request) as refused:
        if outcome not in OUTCOMES:
            raise HandoverUnknown
        await gateway.handovers.close(handover_id, agent, outcome, note.strip()[:LONGEST_NOTE] or None)
        return await show_work(request, gateway, agent, handover_id)
    return refused.response
