"""HTTP of the CARE desk: what agents see and do with the data of the customer they talk to.

For the gateway alone, with the token of a member of staff. Nothing here is a GET: every look that shows a
customer's data is noted in the audit, in the transaction that shows it.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, StreamingResponse

from backend.accounts.access import ConversationId, LoginExpired, LoginRequired
from backend.accounts.routes import CurrentSettings
from backend.audit.service import record
from backend.callers import only_connectors
from backend.database import DatabaseSession
from backend.desk.access import (
    find_desk_document,
    find_desk_staff,
    note_view,
    open_desk,
    refuse_logged_out,
)
from backend.desk.filling import Field, check_field, fill_field, grant, read_grant
from backend.desk.overview import show_customer, unmask
from backend.desk.schemas import (
    DeskDraft,
    DeskView,
    Filling,
    Looking,
    Proposal,
    ProposedAnswer,
    UnmaskedValues,
    Unmasking,
)
from backend.documents.routes import DocumentId, send_content
from backend.errors import Forbidden, IdempotencyKeyReused, NotFound, faults
from backend.idempotency import IdempotencyKey, hash_body, remember
from backend.requests.faults import DraftClosed
from backend.requests.routes import REFUSALS, AskedQuestion, DraftId
from backend.staff.access import (
    DeskStaff,
    RoleNotAllowed,
    StaffIdentity,
    StaffLoginRequired,
)

router = APIRouter(
    prefix="/desk/conversations/{conversation_id}",
    tags=["desk"],
    dependencies=[Depends(only_connectors)],
    responses=faults(StaffLoginRequired, RoleNotAllowed, Forbidden, NotFound),
)


@router.post("/view", response_model=DeskView)
def view_customer(
    conversation_id: ConversationId,
    staff: DeskStaff,
    session: DatabaseSession,
    settings: CurrentSettings,
    body: Looking | None = None,
) -> DeskView:
    """The customer, their policies, drafts, requests and files, masked. In the audit once a hand-over."""
    desk = open_desk(session, settings, staff, conversation_id, body.handover if body else None)
    note_view(session, desk)
    return show_customer(session, desk, settings)


@router.post("/unmask", response_model=UnmaskedValues, responses=faults(LoginRequired))
def unmask_customer(
    conversation_id: ConversationId,
    body: Unmasking,
    staff: DeskStaff,
    session: DatabaseSession,
    settings: CurrentSettings,
) -> UnmaskedValues:
    """Some of what is masked, in clear; each time in the audit, with the reason."""
    desk = open_desk(session, settings, staff, conversation_id, body.handover)
    return unmask(session, desk, body.fields, body.reason)


@router.post(
    "/documents/{document_id}/view",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def view_document(
    conversation_id: ConversationId,
    document_id: DocumentId,
    staff: DeskStaff,
    session: DatabaseSession,
    settings: CurrentSettings,
    body: Looking | None = None,
) -> StreamingResponse:
    """The bytes of a file; each time in the audit."""
    desk = open_desk(session, settings, staff, conversation_id, body.handover if body else None)
    document = find_desk_document(session, desk, document_id)
    record(
        session,
        actor=staff.actor,
        action="document_read",
        subject=f"document:{document.id}",
        conversation_id=conversation_id,
        details=desk.occasion,
    )
    return send_content(document, settings)


@router.post(
    "/drafts/{draft_id}/answers/{question}/proposals",
    status_code=201,
    response_model=ProposedAnswer,
    responses=faults(LoginRequired, LoginExpired, DraftClosed, *REFUSALS),
)
def propose_answer(
    conversation_id: ConversationId,
    draft_id: DraftId,
    question: AskedQuestion,
    body: Proposal,
    staff: DeskStaff,
    session: DatabaseSession,
    settings: CurrentSettings,
) -> ProposedAnswer:
    """Check a value for a field before the customer is asked; stores nothing."""
    desk = open_desk(session, settings, staff, conversation_id)
    person = refuse_logged_out(desk, settings)
    field = Field(conversation_id, draft_id, question, body.item, body.value)
    checked = check_field(session, person, field)
    granted = replace(field, item=checked.answer.item)
    note, expires_at = grant(settings, staff.staff_id, granted)
    return ProposedAnswer(proposal=checked.answer, drops=checked.drops, grant=note, expires_at=expires_at)


def proposing_staff(
    conversation_id: ConversationId,
    draft_id: DraftId,
    question: AskedQuestion,
    body: Filling,
    session: DatabaseSession,
    settings: CurrentSettings,
) -> StaffIdentity:
    """Who proposed exactly this value, while they are still on the staff; raises NotFound."""
    field = Field(conversation_id, draft_id, question, body.item, body.value)
    found = find_desk_staff(session, read_grant(settings, body.grant, field))
    if found is None:
        raise NotFound()
    return found


@router.put(
    "/drafts/{draft_id}/answers/{question}",
    response_model=DeskDraft,
    responses=faults(LoginRequired, LoginExpired, DraftClosed, IdempotencyKeyReused, *REFUSALS),
)
def fill_answer(
    conversation_id: ConversationId,
    draft_id: DraftId,
    question: AskedQuestion,
    body: Filling,
    staff: Annotated[StaffIdentity, Depends(proposing_staff)],
    session: DatabaseSession,
    settings: CurrentSettings,
    key: IdempotencyKey,
) -> JSONResponse:
    """Fill in what was proposed and the customer agreed to, checked anew; source `agent`, in the audit.

    The yes comes when no agent is calling: the grant of the proposal stands for its agent.
    """
    desk = open_desk(session, settings, staff, conversation_id)
    person = refuse_logged_out(desk, settings)
    field = Field(conversation_id, draft_id, question, body.item, body.value)
    return remember(
        session,
        conversation_id,
        person.id,
        key,
        hash_body(f"desk fill {draft_id} {question}", body),
        lambda: (200, fill_field(session, desk, person, field, body.consent)),
    )
