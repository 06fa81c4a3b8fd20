"""What is thrown away when nobody needs it any more. Called now and then by the background work."""

import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session, sessionmaker

from backend.database import begin_reading
from backend.documents.models import Document, SentFile
from backend.documents.service import SENT_FILES_LIVE, unadopted_before
from backend.documents.store import open_blob_store

UNADOPTED_LIFE = timedelta(hours=24)
# An upload between its blob and its row is much younger than this.
BLOB_AT_REST_SECONDS = 3600.0


def remove_unadopted(factory: sessionmaker[Session], files_folder: Path, now: datetime) -> int:
    """Remove documents that nobody logged in for within a day, and their bytes; tells how many."""
    with factory.begin() as session:
        documents = unadopted_before(session, now - UNADOPTED_LIFE)
        hashes = {document.blob_sha256 for document in documents}
        for document in documents:
            session.delete(document)
    remove_unused_blobs(factory, files_folder, hashes)
    _remove_left_over(files_folder)
    return len(documents)


def remove_old_sent_files(factory: sessionmaker[Session], files_folder: Path, now: datetime) -> int:
    """Remove files of CARE whose links have ended, and their bytes; tells how many."""
    with factory.begin() as session:
        files = list(session.scalars(select(SentFile).where(SentFile.created_at < now - SENT_FILES_LIVE)))
        hashes = {file.blob_sha256 for file in files}
        for file in files:
            session.delete(file)
    remove_unused_blobs(factory, files_folder, hashes)
    return len(files)


def remove_unused_blobs(factory: sessionmaker[Session], files_folder: Path, hashes: set[str]) -> None:
    """Remove those blobs that no file names; somebody else may have handed in or been sent the same one."""
    if not hashes:
        return
    store = open_blob_store(files_folder)
    with factory() as session:
        begin_reading(session)
        named = [
            select(table.blob_sha256).where(table.blob_sha256.in_(hashes)) for table in (Document, SentFile)
        ]
        used = set(session.scalars(union(*named)))
    for sha256 in hashes - used:
        store.delete(sha256, unused_for_seconds=BLOB_AT_REST_SECONDS)


def _remove_left_over(files_folder: Path) -> None:
    """Temporary files of uploads that a crash cut off."""
    for path in (files_folder / "incoming").glob("*"):
        if time.time() - path.stat().st_mtime > BLOB_AT_REST_SECONDS:
            path.unlink(missing_ok=True)
