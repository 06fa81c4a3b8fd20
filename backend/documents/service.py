"""Whose a document is, and who may have it. How a file becomes one is in intake.py."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from backend.accounts.models import Conversation
from backend.database import utc_now
from backend.documents.faults import TooManyFiles
from backend.documents.models import Document
from backend.documents.schemas import DocumentView, Extracted
from backend.documents.sniffing import Kind
from backend.errors import NotFound

# Within a day, so that nobody fills the disk. Before the log-in anybody on the website can upload.
MOST_FILES_WITHOUT_LOGIN = 30
MOST_FILES_OF_A_PERSON = 200
COUNTED_OVER = timedelta(days=1)
LONGEST_FILENAME = 150
# What CARE sent can be opened for so long, and is removed then.
SENT_FILES_LIVE = timedelta(days=30)

_EXTENSIONS: dict[Kind, tuple[str, ...]] = {"jpeg": (".jpg", ".jpeg"), "png": (".png",), "pdf": (".pdf",)}


def adopt_documents(session: Session, conversation_id: str, person_id: str) -> int:
    """Bind what was uploaded before the log-in to the person who has just logged in; tells how many.

    A file that came after somebody else's log-in had run out is likely theirs and is left alone.
    """
    adopted = session.execute(
        update(Document)
        .where(
            Document.conversation_id == conversation_id,
            Document.person_id.is_(None),
            or_(Document.expected_person_id.is_(None), Document.expected_person_id == person_id),
        )
        .values(person_id=person_id)
    )
    return cast("CursorResult[Any]", adopted).rowcount


def find_document_of(session: Session, person_id: str, document_id: str) -> Document | None:
    """The person's document with this id, or None: not theirs and not there are the same."""
    return session.scalar(select(Document).where(Document.id == document_id, Document.person_id == person_id))


def get_document(session: Session, conversation_id: str, person_id: str | None, document_id: str) -> Document:
    """The document as the conversation may see it: of the person logged in, else what it uploaded itself.

    Raises NotFound.
    """
    if person_id is not None:
        document = find_document_of(session, person_id, document_id)
    else:
        document = session.scalar(
            select(Document).where(
                Document.id == document_id,
                Document.conversation_id == conversation_id,
                Document.person_id.is_(None),
            )
        )
    if document is None:
        raise NotFound()
    return document


def refuse_too_many(session: Session, conversation: Conversation, person_id: str | None) -> None:
    """Raises TooManyFiles."""
    whose = (
        Document.person_id == person_id
        if person_id is not None
        else Document.conversation_id == conversation.conversation_id
    )
    since = utc_now() - COUNTED_OVER
    count = session.scalar(
        select(func.count()).select_from(Document).where(whose, Document.created_at > since)
    )
    if (count or 0) >= (MOST_FILES_OF_A_PERSON if person_id is not None else MOST_FILES_WITHOUT_LOGIN):
        raise TooManyFiles(retry_after=int(timedelta(hours=1).total_seconds()))


def clean_filename(given: str, kind: Kind) -> str:
    """The last part of the name without anything invisible, ending in what the file really is."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    name = re.sub(r'[<>:"|?*;]', "_", " ".join(name.split())).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if dot + extension.lower() in _EXTENSIONS[kind]:
        return f"{stem[:LONGEST_FILENAME] or 'document'}.{extension}"
    return (name[:LONGEST_FILENAME] or "document") + _EXTENSIONS[kind][0]


def show_document(document: Document) -> DocumentView:
    """The document as it travels."""
    return DocumentView(
        document_id=document.id,
        filename=document.filename,
        kind="pdf" if document.kind == "pdf" else "image",
        media_type=document.media_type,
        size=document.size,
        pages=document.pages,
        extracted=Extracted.model_validate(document.extracted),
        created_at=document.created_at,
    )


def unadopted_before(session: Session, moment: datetime) -> list[Document]:
    """Documents nobody logged in for, uploaded before `moment`."""
    return list(
        session.scalars(select(Document).where(Document.person_id.is_(None), Document.created_at < moment))
    )
