"""What is forgotten when it has served: idle drafts, and files that never became part of a request."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.documents.jobs import remove_unused_blobs
from backend.documents.models import Document
from backend.requests.models import Draft, DraftAnswer, RequestDocument

DRAFTS_KEPT = timedelta(days=90)


def remove_idle_drafts(session: Session, now: datetime) -> int:
    """Remove drafts that nobody touched for ninety days, and discarded ones as old; tells how many."""
    idle = session.scalars(
        select(Draft).where(Draft.status != "submitted", Draft.updated_at < now - DRAFTS_KEPT)
    ).all()
    for draft in idle:
        session.delete(draft)
    return len(idle)


def remove_forgotten_documents(factory: sessionmaker[Session], files_folder: Path, now: datetime) -> int:
    """Remove documents as old that are in no request and in no draft, and their bytes; tells how many."""
    with factory.begin() as session:
        old = session.scalars(
            select(Document).where(
                Document.created_at < now - DRAFTS_KEPT,
                Document.id.not_in(select(RequestDocument.document_id)),
            )
        ).all()
        if not old:
            # The answers of all drafts are many, and this is looked at every few minutes.
            return 0
        in_drafts = {
            document_id
            for value in session.scalars(select(DraftAnswer.value).join(Draft).where(Draft.status == "open"))
            for document_id in _documents_in(value)
        }
        forgotten = [document for document in old if document.id not in in_drafts]
        hashes = {document.blob_sha256 for document in forgotten}
        for document in forgotten:
            session.delete(document)
    remove_unused_blobs(factory, files_folder, hashes)
    return len(forgotten)


def _documents_in(value: Any) -> list[str]:
    """Everything in an answer that may be a document's id."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [entry["document_id"] for entry in value if isinstance(entry, dict) and "document_id" in entry]
    return []
