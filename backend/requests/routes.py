"""HTTP of drafts and requests. The backend decides which question is next; the dialogue asks it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from backend.accounts.access import ConversationId, CurrentPerson, LoginExpired, LoginRequired
from backend.accounts.attempts import TooManyAttempts
from backend.accounts.contact_codes import prove_contact
from backend.accounts.routes import CurrentSettings
from backend.database import DatabaseSession
from backend.errors import IdempotencyKeyReused, NotFound, faults
from backend.idempotency import IdempotencyKey, hash_body, remember
from backend.policies.catalogue import IdUnknown
from backend.requests import drafts, handling
from backend.requests.faults import (
    AccountInvalid,
    AmountNotPositive,
    AmountTooLarge,
    CodeNeeded,
    ConsentNeeded,
    ContactUnchanged,
    CurrencyNotAccepted,
    DateInFuture,
    DateInPast,
    DateTooFar,
    DateTooOld,
    DocumentAlreadyUsed,
    DocumentUnknown,
    DraftClosed,
    DraftIncomplete,
    EmailInvalid,
    IbanCountryNotPaid,
    IbanInvalid,
    NoCodeAsked,
    NotEligible,
    OptionUnknown,
    PhoneInvalid,
    PlateNumberInvalid,
    ProviderUnknown,
    RequestClosed,
    TextTooLong,
    TooManyDrafts,
    ValueInvalid,
)
from backend.requests.schemas import (
    ChangeView,
    ContactCodeView,
    DraftView,
    NewAnswer,
    NewDocuments,
    NewDraft,
    QuestionId,
    RequestStatus,
    RequestSummary,
    RequestView,
)
from backend.requests.service import get_request, list_requests
from backend.requests.submission import AppliedChange, submit_draft
from backend.requests.views import show_request, show_summary

router = APIRouter(
    prefix="/conversations/{conversation_id}",
    tags=["requests"],
    responses=faults(LoginRequired, LoginExpired),
)

DraftId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", examples=["9f2c6c0e5b6f4d6f8a5e5b7d1c2a3f4e"])]
AskedQuestion = Annotated[QuestionId, Path()]
Number = Annotated[str, Path(max_length=40, examples=["RT-7KQ2-9FMA"])]
Item = Annotated[int | None, Query(ge=1, le=50, description="of a repeated question, from 1")]
REFUSALS = (
    ValueInvalid,
    DateInFuture,
    DateInPast,
    DateTooFar,
    DateTooOld,
    AmountNotPositive,
    AmountTooLarge,
    CurrencyNotAccepted,
    IbanCountryNotPaid,
    IbanInvalid,
    AccountInvalid,
    EmailInvalid,
    OptionUnknown,
    TextTooLong,
    DocumentUnknown,
    DocumentAlreadyUsed,
    ConsentNeeded,
    PhoneInvalid,
    ContactUnchanged,
    CodeNeeded,
    PlateNumberInvalid,
    ProviderUnknown,
)


@router.get("/drafts", response_model=list[DraftView])
def read_drafts(person: CurrentPerson, session: DatabaseSession) -> list[DraftView]:
    """Open drafts of the person, begun in any conversation, the one touched last first."""
    return drafts.list_drafts(session, person)


@router.post(
    "/drafts",
    status_code=201,
    response_model=DraftView,
    responses=faults(NotFound, NotEligible, IdempotencyKeyReused, TooManyDrafts),
)
def create_draft(
    conversation_id: ConversationId,
    body: NewDraft,
    person: CurrentPerson,
    session: DatabaseSession,
    key: IdempotencyKey,
) -> JSONResponse:
    """Begin a draft with what the customer has said already."""
    return remember(
        session,
        conversation_id,
        person.id,
        key,
        hash_body("create draft", body),
        lambda: (201, drafts.begin_draft(session, person, body.kind, body.answers, conversation_id)),
    )


@router.get("/drafts/{draft_id}", response_model=DraftView, responses=faults(NotFound))
def read_draft(draft_id: DraftId, person: CurrentPerson, session: DatabaseSession) -> DraftView:
    """A draft; a submitted one as it was submitted."""
    return drafts.show_draft(session, person, draft_id)


@router.put(
    "/drafts/{draft_id}/answers/{question}",
    response_model=DraftView,
    responses=faults(NotFound, DraftClosed, *REFUSALS),
)
def answer_question(
    conversation_id: ConversationId,
    draft_id: DraftId,
    question: AskedQuestion,
    body: NewAnswer,
    person: CurrentPerson,
    session: DatabaseSession,
) -> DraftView:
    """Answer a question, the next one or any other. Documents add up; everything else replaces."""
    return drafts.put_answer(
        session, person, draft_id, question, body.item, body.value, body.source, conversation_id
    )


@router.delete(
    "/drafts/{draft_id}/answers/{question}",
    response_model=DraftView,
    responses=faults(NotFound, DraftClosed, ValueInvalid),
)
def reopen_question(
    conversation_id: ConversationId,
    draft_id: DraftId,
    question: AskedQuestion,
    person: CurrentPerson,
    session: DatabaseSession,
    item: Item = None,
) -> DraftView:
    """Ask a question again. With a group's name (`expenses`) and an item: take that bill out."""
    return drafts.delete_answer(session, person, draft_id, question, item, conversation_id)


@router.post(
    "/drafts/{draft_id}/submit",
    status_code=201,
    response_model=RequestView | ChangeView,
    responses=faults(NotFound, DraftClosed, DraftIncomplete, IdempotencyKeyReused)
    | {200: {"model": RequestView | ChangeView, "description": "It was submitted before: the same request"}},
)
def submit(
    conversation_id: ConversationId,
    draft_id: DraftId,
    person: CurrentPerson,
    session: DatabaseSession,
    key: IdempotencyKey,
) -> JSONResponse:
    """Submit the draft. However often this is called, there is one request, or one change of the profile."""

    def work() -> tuple[int, RequestView | ChangeView]:
        made, done = submit_draft(session, person, draft_id, conversation_id)
        shown = (
            ChangeView(kind=done.kind, changed_to=done.label)
            if isinstance(done, AppliedChange)
            else show_request(done)
        )
        return (201 if made else 200), shown

    return remember(session, conversation_id, person.id, key, hash_body(f"submit {draft_id}"), work)


@router.post(
    "/drafts/{draft_id}/code",
    response_model=ContactCodeView,
    responses=faults(NotFound, DraftClosed, NoCodeAsked, TooManyAttempts),
)
def send_contact_code(
    conversation_id: ConversationId,
    draft_id: DraftId,
    person: CurrentPerson,
    session: DatabaseSession,
    settings: CurrentSettings,
) -> ContactCodeView:
    """Send the code that the draft's open question waits for; one that is still open is not sent again."""
    address = drafts.address_to_prove(session, person, draft_id)
    code = prove_contact(session, conversation_id, person, address, settings)
    return ContactCodeView(
        contact="phone" if code.is_phone else "email",
        masked=code.masked,
        expires_at=code.expires_at,
        sent=code.sent,
    )


@router.delete("/drafts/{draft_id}", status_code=204, responses=faults(NotFound, DraftClosed))
def discard_draft(
    conversation_id: ConversationId, draft_id: DraftId, person: CurrentPerson, session: DatabaseSession
) -> Response:
    """Throw a draft away with its answers."""
    drafts.discard_draft(session, person, draft_id, conversation_id)
    return Response(status_code=204)


@router.get("/requests", response_model=list[RequestSummary], responses=faults(IdUnknown))
def read_requests(
    person: CurrentPerson,
    session: DatabaseSession,
    status: Annotated[list[RequestStatus] | None, Query(description="any of these")] = None,
    service: Annotated[list[str] | None, Query(max_length=20, description="any of these")] = None,
    benefit_type: Annotated[
        str | None, Query(max_length=40, description="what its services belong to")
    ] = None,
    person_id: Annotated[str | None, Query(max_length=32, description="who was treated")] = None,
    since: date | None = None,
    until: date | None = None,
) -> list[RequestSummary]:
    """The person's archive, newest first."""
    found = list_requests(
        session,
        person,
        statuses=status or (),
        services=service or (),
        benefit_type=benefit_type,
        member_id=person_id,
        since=since,
        until=until,
    )
    return [show_summary(request) for request in found]


@router.get("/requests/{number}", response_model=RequestView, responses=faults(NotFound))
def read_request(
    number: Number,
    person: CurrentPerson,
    session: DatabaseSession,
) -> RequestView:
    """One request with its steps and documents; the number as typed."""
    return show_request(get_request(session, person, number))


@router.post(
    "/requests/{number}/documents",
    response_model=RequestView,
    responses=faults(
        NotFound, RequestClosed, DocumentUnknown, DocumentAlreadyUsed, ValueInvalid, IdempotencyKeyReused
    ),
)
def add_documents(
    conversation_id: ConversationId,
    number: Number,
    body: NewDocuments,
    person: CurrentPerson,
    session: DatabaseSession,
    key: IdempotencyKey,
) -> JSONResponse:
    """Add documents to an open request; when nothing is missing any more it goes back to review."""
    additions = [handling.Addition(each.document_id, each.document_type) for each in body.documents]

    def work() -> tuple[int, RequestView]:
        return 200, show_request(handling.add_documents(session, person, number, additions, conversation_id))

    return remember(
        session, conversation_id, person.id, key, hash_body(f"add documents {number}", body), work
    )


@router.post(
    "/requests/{number}/withdraw",
    response_model=RequestView,
    responses=faults(NotFound, RequestClosed, IdempotencyKeyReused),
)
def withdraw_request(
    conversation_id: ConversationId,
    number: Number,
    person: CurrentPerson,
    session: DatabaseSession,
    key: IdempotencyKey,
) -> JSONResponse:
    """Take a request back that is not decided; withdrawn already, it is the same request."""

    def work() -> tuple[int, RequestView]:
        return 200, show_request(handling.withdraw(session, person, number, conversation_id))

    return remember(session, conversation_id, person.id, key, hash_body(f"withdraw {number}"), work)
