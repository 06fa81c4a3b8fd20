"""What an agent does with a customer's data: see more of them with a reason, open a file, propose a value for a field.

The backend decides and writes the audit; nothing of it is kept here.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request, Response

from connectors.care import consents, wording
from connectors.care.access import DeskHere, StaffMember, require
from connectors.care.conversation_page import UNMASKABLE, panel_values
from connectors.care.customer_view import looking, read_customer
from connectors.care.open_conversation import HandoverId, open_it
from connectors.care.pages import UNTOUCHED, desk_voice, render
from connectors.care.refused import answering
from connectors.care.typed_values import ValueWrong, read_value
from connectors.core.backend_client import BackendRefused
from connectors.website.access import GatewayHere

router = APIRouter(include_in_schema=False)
SHORTEST_REASON = 5
# Of the customer, not of the agent: who is not logged in any more is not unmasked, and nothing of theirs is changed.
LOGGED_OUT = frozenset({"login_required", "login_expired"})
DocumentId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
# Pictures were re-made by the backend; whatever it is, it runs nothing and reaches nobody.
SHOWN = {"image/jpeg", "image/png", "application/pdf"}
PICTURE_POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
# Browsers show no PDF inside a sandbox; those with scripts or actions were never taken.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


@router.post("/conversations/{handover_id}/unmask")
async def unmask(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("unmask")],
    desk: DeskHere,
    reason: Annotated[str, Form(max_length=300)] = "",
    fields: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """The values, for a reason; on the page only."""
    opened = await open_it(gateway, agent, handover_id, "unmask")
    async with answering(request) as refused:
        wanted = [field for field in UNMASKABLE if field in (fields or [])]
        if len(reason.strip()) < SHORTEST_REASON or not wanted:
            return refused.say("desk_error_reason_short", 409)
        try:
            found = await desk.unmask(
                opened.conversation.id, looking(opened.handover), wanted, reason.strip()
            )
        except BackendRefused as fact:
            if fact.error not in LOGGED_OUT:
                raise
            return refused.say("desk_person_none", 409)
        await gateway.handovers.record(handover_id, agent, "unmasked", fields=wanted)
        return render(request, "_unmasked.html", shown=_unmasked(request, found))
    return refused.response


def _unmasked(request: Request, found: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values, in the agent's language."""
    voice = desk_voice(request)
    shown: list[tuple[str, str]] = []
    for field in UNMASKABLE:
        value = found.get(field)
        name = voice.say(f"desk_field_{field}")
        if not value:
            continue
        if field == "answers":
            for draft in value:
                for answer in draft["answers"]:
                    label = wording.question_name(voice, draft["kind"], answer["question"], draft["market"])
                    shown.append((label, wording.answer_shown(voice, answer)))
        elif field == "account":
            for account in value:
                parts = (
                    account.get("iban"),
                    account.get("bank"),
                    account.get("number"),
                    account.get("holder"),
                )
                shown.append((name, wording.in_voice(voice, " · ".join(str(p) for p in parts if p))))
        elif field == "birth_date":
            shown.append((name, wording.day(voice, str(value))))
        else:
            shown.append((name, wording.in_voice(voice, value)))
    return shown


@router.post("/conversations/{handover_id}/files/{document_id}")
async def view_file(
    handover_id: HandoverId,
    document_id: DocumentId,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("view_file")],
    desk: DeskHere,
) -> Response:
    """A customer's file in a tab of its own, where it can do nothing."""
    opened = await open_it(gateway, agent, handover_id, "view_file")
    file = await desk.view_file(opened.conversation.id, looking(opened.handover), document_id)
    known = file.media_type in SHOWN
    policy = PDF_POLICY if file.media_type == "application/pdf" else PICTURE_POLICY
    return Response(
        file.content,
        media_type=file.media_type if known else "application/octet-stream",
        headers={
            **UNTOUCHED,
            "Content-Security-Policy": policy,
            "Content-Disposition": "inline" if known else "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.post("/conversations/{handover_id}/proposals")
async def propose(
    handover_id: HandoverId,
    request: Request,
    gateway: GatewayHere,
    agent: Annotated[StaffMember, require("fill_field")],
    desk: DeskHere,
    draft_id: Annotated[str, Form(max_length=64)],
    question: Annotated[str, Form(max_length=60)],
    item: Annotated[str, Form(pattern=r"^[0-9]{0,4}$")] = "",
    value: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Ask the customer whether this may be filled in."""
    opened = await open_it(gateway, agent, handover_id, "fill_field")
    async with answering(request) as refused:
        customer = await read_customer(desk, opened.handover)
        draft = customer.draft(draft_id)
        number = int(item) if item else None
        asked = draft.find(question, number) if draft else None
        if draft is None or asked is None:
            return refused.say("desk_error_changed", 409)
        try:
            read = read_value(asked, value, desk_voice(request))
        except ValueWrong:
            return refused.say("desk_error_value", 409)
        try:
            proposed = await desk.propose_field(opened.conversation.id, draft_id, question, read, number)
        except BackendRefused as fact:
            if fact.status not in {409, 422} and fact.error not in LOGGED_OUT:
                raise
            why = wording.fault_name(desk_voice(request), fact.error)
            return refused.say("desk_proposal_failed", 409, why=why)
        await consents.ask(
            gateway,
            agent,
            handover_id,
            opened.conversation,
            proposed,
            draft_id=draft_id,
            kind=draft.kind,
            market=draft.market,
            value=read,
        )
        return render(request, "_drafts.html", **await panel_values(request, gateway, agent, desk, opened))
    return refused.response
