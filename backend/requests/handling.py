"""What a customer does with a submitted request: hands in more documents, or takes it back."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.audit.service import record
from backend.database import utc_now
from backend.documents.models import Document
from backend.documents.service import find_document_of
from backend.people.letters import write_to
from backend.people.models import Person
from backend.policies.catalogue import catalogue
from backend.requests.faults import DocumentAlreadyUsed, DocumentUnknown, RequestClosed, ValueInvalid
from backend.requests.models import Request, RequestDocument
from backend.requests.service import get_request
from backend.requests.states import OPEN, enter_status, move_request

# The "question" of documents that came after the request was submitted.
LATER = "added_later"


@dataclass(frozen=True)
class Addition:
    """A document and, where the customer said it, what it is."""

    document_id: str
    document_type: str


def add_documents(
    session: Session, person: Person, number: str, additions: list[Addition], conversation_id: str
) -> Request:
    """Add documents to an open request; with the last missing one it goes back to review.

    What is in the request already is left as it is. Raises NotFound, RequestClosed, DocumentUnknown,
    DocumentAlreadyUsed (the same file under another upload).
    """
    request = _lock(session, person, number)
    if request.status not in OPEN:
        raise RequestClosed(status=request.status)
    new = [link for addition in additions if (link := _link(session, person, request, addition)) is not None]
    if not new:
        return request
    arrived = {link.document_type for link in new}
    request.missing_documents = [kind for kind in request.missing_documents if kind not in arrived]
    request.updated_at = utc_now()
    enter_status(request, "customer", event="documents_added")
    record(
        session,
        actor=f"person:{person.id}",
        action="request_documents_added",
        subject=f"request:{request.number}",
        conversation_id=conversation_id,
        details={"count": str(len(new))},
    )
    if request.status == "documents_needed" and not request.missing_documents:
        move_request(session, request, "in_review", "documents")
    write_to(session, person, "request_documents_added", {"number": request.number})
    session.flush()
    return request


def withdraw(session: Session, person: Person, number: str, conversation_id: str) -> Request:
    """Take a request back that is not decided; once withdrawn it stays so. Raises NotFound, RequestClosed."""
    request = _lock(session, person, number)
    if request.status == "withdrawn":
        return request
    if request.status not in OPEN:
        raise RequestClosed(status=request.status)
    request.missing_documents = []
    move_request(session, request, "withdrawn", "customer", conversation_id=conversation_id)
    write_to(session, person, "request_withdrawn", {"number": request.number})
    session.flush()
    return request


def _lock(session: Session, person: Person, number: str) -> Request:
    found = get_request(session, person, number)
    # The row is read again under the lock: a claims handler may be deciding at this moment.
    session.execute(
        select(Request)
        .where(Request.number == found.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


def _link(session: Session, person: Person, request: Request, addition: Addition) -> RequestDocument | None:
    document = find_document_of(session, person.id, addition.document_id)
    if document is None:
        raise DocumentUnknown(document_id=addition.document_id)
    if addition.document_type not in catalogue().document_type:
        raise ValueInvalid(field="document_type")
    if any(link.document_id == document.id for link in request.documents):
        return None
    if _is_known(request, document):
        raise DocumentAlreadyUsed(document_id=document.id)
    link = RequestDocument(
        document_id=document.id, question=LATER, document_type=addition.document_type, document=document
    )
    request.documents.append(link)
    return link


def _is_known(request: Request, document: Document) -> bool:
    return any(link.document.upload_sha256 == document.upload_sha256 for link in request.documents)
