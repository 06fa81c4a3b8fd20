"""HTTP of the files that CARE sends: taken from an agent, and given to whoever has the link."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from backend.accounts.access import ConversationId
from backend.accounts.routes import CurrentSettings
from backend.callers import only_connectors
from backend.database import DatabaseSession, begin_reading
from backend.desk.access import DESK_ROLES, Desk, Handover, open_desk
from backend.desk.schemas import SentFileView
from backend.desk.sending import file_behind, keep_sent, link_to, refuse_too_many
from backend.documents import faults as refused
from backend.documents.intake import Received, examine, incoming_file, receive
from backend.documents.routes import UPLOAD_BODY, send_content
from backend.errors import Forbidden, NotFound, faults
from backend.idempotency import IdempotencyKey
from backend.markets.service import get_market
from backend.staff.access import RoleNotAllowed, StaffLoginRequired, StaffToken, read_staff

router = APIRouter(tags=["desk"], dependencies=[Depends(only_connectors)])
Token = Annotated[str, Path(max_length=500)]


@router.post(
    "/desk/conversations/{conversation_id}/files",
    status_code=201,
    response_model=SentFileView,
    openapi_extra=UPLOAD_BODY,
    responses=faults(
        StaffLoginRequired,
        RoleNotAllowed,
        Forbidden,
        NotFound,
        refused.UploadIncomplete,
        refused.FileTooLarge,
        refused.FileTypeNotAllowed,
        refused.FileEmpty,
        refused.PdfEncrypted,
        refused.PdfActive,
        refused.PdfUnreadable,
        refused.PdfTooManyPages,
        refused.ImageUnreadable,
        refused.ImageTooLarge,
        refused.TooManyFiles,
    ),
)
async def send_file(
    conversation_id: ConversationId,
    request: Request,
    key: IdempotencyKey,
    handover_id: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
    requested_at: AwareDatetime,
    filename: Annotated[str, Query(max_length=500, examples=["modulo.pdf"])] = "",
    token: StaffToken = None,
) -> SentFileView:
    """Send a file to the customer: examined as theirs are, bound to the conversation, in the audit.

    No session is open while the body comes in or is examined, so the door is asked before and after.
    """
    settings, factory = request.app.state.settings, request.app.state.session_factory
    handover = Handover(id=handover_id, requested_at=requested_at)

    def enter(session: Session) -> Desk:
        staff = read_staff(session, token, settings)
        if staff.role not in DESK_ROLES:
            raise RoleNotAllowed()
        return open_desk(session, settings, staff, conversation_id, handover)

    def begin() -> str:
        with factory() as session:
            begin_reading(session)
            desk = enter(session)
            refuse_too_many(session, desk, key)
            return desk.conversation.market

    def keep(received: Received) -> SentFileView:
        kept = examine(settings, received)
        with factory.begin() as session:
            file = keep_sent(session, enter(session), received, kept, filename, key)
            return SentFileView(
                filename=file.filename,
                kind=cast('Literal["image", "pdf"]', file.kind),
                media_type=file.media_type,
                size=file.size,
                token=link_to(file, settings),
            )

    market = await run_in_threadpool(begin)
    with incoming_file(settings.files_folder) as received:
        await receive(request.stream(), received, get_market(market).files.max_bytes)
        return await run_in_threadpool(keep, received)


@router.get(
    "/sent-files/{token}",
    response_class=StreamingResponse,
    responses={**faults(Forbidden, NotFound), 200: {"content": {"application/octet-stream": {}}}},
)
def fetch_sent_file(token: Token, session: DatabaseSession, settings: CurrentSettings) -> StreamingResponse:
    """The bytes, as long as the link is good."""
    return send_content(file_behind(session, token, settings), settings)
