"""From a stream of bytes to a stored document: counted, sniffed, inspected, kept.

No transaction is open while the bytes come in or are inspected: a slow sender must not hold the database.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker
from starlette.requests import ClientDisconnect

from backend.accounts.access import login_state
from backend.accounts.models import Conversation, Login
from backend.audit.service import record
from backend.database import utc_now
from backend.documents.extraction import extract
from backend.documents.faults import FileEmpty, FileTooLarge, FileTypeNotAllowed, UploadIncomplete
from backend.documents.models import Document
from backend.documents.recognition import read_picture
from backend.documents.sandbox import inspect_file
from backend.documents.schemas import DocumentView
from backend.documents.service import clean_filename, refuse_too_many, show_document
from backend.documents.sniffing import HEAD_BYTES, MEDIA_TYPES, Kind, name_other, sniff
from backend.documents.store import open_blob_store
from backend.errors import NotFound
from backend.markets.service import get_market, today_in
from backend.settings import Settings

# A sender that is told "too large" while it still sends may never read it: so much more is read and dropped.
DRAINED_BYTES = 32 << 20


@dataclass(frozen=True)
class Uploader:
    """Who sends a file: the person logged in, or one whose log-in ran out, or nobody known."""

    conversation_id: str
    market: str
    person_id: str | None
    expected_person_id: str | None


@dataclass
class Received:
    """The bytes as they came, in a temporary file."""

    path: Path
    size: int = 0
    sha256: str = ""
    head: bytes = b""


@dataclass(frozen=True)
class Kept:
    """A file that was examined and lies in the blob store; `text` is what it says, as far as it can be read."""

    kind: Kind
    size: int
    pages: int
    blob_sha256: str
    text: str

    @property
    def form(self) -> str:
        """`image` or `pdf`."""
        return "pdf" if self.kind == "pdf" else "image"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]


def find_uploader(session: Session, settings: Settings, conversation_id: str) -> Uploader:
    """Who sends; raises NotFound, TooManyFiles."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound()
    login = session.get(Login, conversation_id)
    state = login_state(login, settings, utc_now())
    person_id = login.person_id if login and state == "logged_in" else None
    expected = login.person_id if login and state == "expired" else None
    refuse_too_many(session, conversation, person_id)
    return Uploader(conversation_id, conversation.market, person_id, expected)


@contextlib.contextmanager
def incoming_file(folder: Path) -> Iterator[Received]:
    """A temporary file on the same disk as the blobs; gone at the end unless it was moved."""
    incoming = folder / "incoming"
    incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=incoming)
    os.close(descriptor)
    received = Received(Path(name))
    try:
        yield received
    finally:
        received.path.unlink(missing_ok=True)


async def receive(stream: AsyncIterator[bytes], received: Received, max_bytes: int) -> None:
    """Write the stream to the file, counting; raises FileTooLarge, UploadIncomplete."""
    digest = hashlib.sha256()
    try:
        with received.path.open("wb") as file:
            async for piece in stream:
                received.size += len(piece)
                if received.size > max_bytes + DRAINED_BYTES:
                    break
                if received.size > max_bytes:
                    continue
                # A piece goes to the page cache: too short a moment for a thread of its own.
                file.write(piece)
                digest.update(piece)
                if len(received.head) < HEAD_BYTES:
                    received.head = (received.head + piece)[:HEAD_BYTES]
    except ClientDisconnect:
        raise UploadIncomplete() from None
    if received.size > max_bytes:
        raise FileTooLarge(max_bytes=max_bytes)
    received.sha256 = digest.hexdigest()


def keep(
    factory: sessionmaker[Session], settings: Settings, uploader: Uploader, received: Received, filename: str
) -> DocumentView:
    """Inspect the file and store it; raises the facts of faults.py."""
    kept = examine(settings, received, read_pictures_of=uploader.market)
    document = Document(
        conversation_id=uploader.conversation_id,
        person_id=uploader.person_id,
        expected_person_id=uploader.expected_person_id,
        filename=clean_filename(filename, kept.kind),
        kind=kept.form,
        media_type=kept.media_type,
        size=kept.size,
        pages=kept.pages,
        blob_sha256=kept.blob_sha256,
        upload_sha256=received.sha256,
        extracted=_extract(kept.text, uploader.market),
        created_at=utc_now(),
    )
    with factory.begin() as session:
        _recheck_login(session, settings, document)
        session.add(document)
        session.flush()
        record(
            session,
            actor=f"person:{document.person_id}" if document.person_id else "unknown",
            action="document_added",
            subject=f"document:{document.id}",
            conversation_id=uploader.conversation_id,
            details={"kind": document.kind, "sha256": document.blob_sha256},
        )
    return show_document(document)


def examine(settings: Settings, received: Received, read_pictures_of: str | None = None) -> Kept:
    """Inspect the file and put it into the blob store; raises the facts of faults.py.

    Pictures are read only where a market is given whose language they are in.
    """
    kind = _kind_of(received)
    target = received.path.with_name(received.path.name + ".new")
    try:
        inspected = inspect_file(kind, received.path, target)
        text = inspected.text
        if not text.strip() and read_pictures_of is not None:
            text = _read_picture(target, read_pictures_of)
        kept = received.path if kind == "pdf" else target
        size, blob_sha256 = kept.stat().st_size, _hash(kept)
        open_blob_store(settings.files_folder).put(blob_sha256, kept)
    finally:
        target.unlink(missing_ok=True)
    return Kept(kind, size, inspected.pages, blob_sha256, text)


def _kind_of(received: Received) -> Kind:
    if received.size == 0:
        raise FileEmpty()
    kind = sniff(received.head)
    if kind is None:
        raise FileTypeNotAllowed(found=name_other(received.head))
    return kind


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_picture(picture: Path, market: str) -> str:
    """The text of a photo, or of a scan in a PDF; a PDF without a picture has none."""
    return read_picture(picture, get_market(market).languages[0]) if picture.exists() else ""


def _extract(text: str, market: str) -> dict[str, object]:
    if not text:
        return {}
    pack = get_market(market)
    return extract(text, language=pack.languages[0], currency=pack.currency, today=today_in(market))


def _recheck_login(session: Session, settings: Settings, document: Document) -> None:
    """Somebody may have logged in or out while the file was under way: what holds now decides.

    Nobody gets a file whose sending began under another person's log-in.
    """
    login = session.get(Login, document.conversation_id)
    valid = login is not None and login_state(login, settings, utc_now()) == "logged_in"
    now_logged_in = login.person_id if login is not None and valid else None
    began_as = document.person_id or document.expected_person_id
    if now_logged_in is None or began_as in (None, now_logged_in):
        document.person_id = now_logged_in or document.person_id
    else:
        document.person_id, document.expected_person_id = None, began_as
