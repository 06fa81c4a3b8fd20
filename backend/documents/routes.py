"""HTTP of documents: handing one in, looking at it, getting its bytes back."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from backend.accounts.access import (
    ConversationId,
    CurrentConversation,
    CurrentPerson,
    LoginExpired,
    LoginRequired,
    login_state,
)
from backend.accounts.models import Login
from backend.callers import ConnectorsOnly
from backend.database import DatabaseSession, begin_reading, utc_now
from backend.documents.faults import (
    FileEmpty,
    FileTooLarge,
    FileTypeNotAllowed,
    ImageTooLarge,
    ImageUnreadable,
    PdfActive,
    PdfEncrypted,
    PdfTooManyPages,
    PdfUnreadable,
    TooManyFiles,
    UploadIncomplete,
)
from backend.documents.intake import Uploader, find_uploader, incoming_file, keep, receive
from backend.documents.models import Document, SentFile
from backend.documents.schemas import DocumentView
from backend.documents.service import find_document_of, get_document, show_document
from backend.documents.store import open_blob_store
from backend.errors import Forbidden, NotFound, faults
from backend.markets.service import get_market
from backend.settings import Settings

router = APIRouter(prefix="/conversations/{conversation_id}/documents", tags=["documents"])

DocumentId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", examples=["0a1b2c3d4e5f60718293a4b5c6d7e8f9"])]
UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file; the content type is not believed",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("application/octet-stream", "application/pdf", "image/jpeg", "image/png")
        },
    }
}


@router.post(
    "",
    status_code=201,
    response_model=DocumentView,
    openapi_extra=UPLOAD_BODY,
    responses=faults(
        NotFound,
        Forbidden,
        UploadIncomplete,
        FileTooLarge,
        FileTypeNotAllowed,
        FileEmpty,
        PdfEncrypted,
        PdfActive,
        PdfUnreadable,
        PdfTooManyPages,
        ImageUnreadable,
        ImageTooLarge,
        TooManyFiles,
    ),
)
async def upload_document(
    conversation_id: ConversationId,
    request: Request,
    caller: ConnectorsOnly,
    filename: Annotated[str, Query(max_length=500, examples=["fattura.pdf"])] = "",
) -> DocumentView:
    """Hand in a file. No log-in is needed: the document becomes the person's at the log-in.

    Not a plain `def` like the others: the body is read as it comes, and no session is open meanwhile.
    """
    settings, factory = request.app.state.settings, request.app.state.session_factory

    def begin() -> Uploader:
        with factory() as session:
            begin_reading(session)
            return find_uploader(session, settings, conversation_id)

    uploader = await run_in_threadpool(begin)
    with incoming_file(settings.files_folder) as received:
        await receive(request.stream(), received, get_market(uploader.market).files.max_bytes)
        return await run_in_threadpool(keep, factory, settings, uploader, received, filename)


@router.get("/{document_id}", response_model=DocumentView, responses=faults(NotFound))
def read_document(
    conversation: CurrentConversation, document_id: DocumentId, request: Request, session: DatabaseSession
) -> DocumentView:
    """The document without its bytes: the person's, or before a log-in what this conversation uploaded."""
    login = session.get(Login, conversation.conversation_id)
    logged_in = login is not None and login_state(login, request.app.state.settings, utc_now()) == "logged_in"
    person_id = login.person_id if login is not None and logged_in else None
    return show_document(get_document(session, conversation.conversation_id, person_id, document_id))


@router.get(
    "/{document_id}/content",
    response_class=StreamingResponse,
    responses=faults(NotFound, Forbidden, LoginRequired, LoginExpired)
    | {200: {"content": {"application/octet-stream": {}}}},
)
def read_content(
    person: CurrentPerson,
    document_id: DocumentId,
    request: Request,
    caller: ConnectorsOnly,
    session: DatabaseSession,
) -> StreamingResponse:
    """The bytes, to the person logged in only."""
    document = find_document_of(session, person.id, document_id)
    if document is None:
        raise NotFound()
    return send_content(document, request.app.state.settings)


def send_content(document: Document | SentFile, settings: Settings) -> StreamingResponse:
    """The bytes of a file, in a form that no browser executes."""
    pieces: Iterator[bytes] = open_blob_store(settings.files_folder).read(document.blob_sha256)
    return StreamingResponse(
        pieces,
        media_type=document.media_type,
        headers={
            "Content-Length": str(document.size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.filename, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )
