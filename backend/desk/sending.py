"""Files that an agent sends to a customer: kept apart from the customer's documents, opened by a signed link.

The link stands in the customer's conversation and nowhere else. Where somebody was proven when the file was sent it
opens until they log out or somebody else logs in there; it ends with the file.
"""

from datetime import timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.accounts.models import Login
from backend.accounts.service import lock_conversation
from backend.audit.service import record
from backend.database import utc_now
from backend.desk.access import Desk
from backend.documents.faults import TooManyFiles
from backend.documents.intake import Kept, Received
from backend.documents.models import SentFile
from backend.documents.service import SENT_FILES_LIVE, clean_filename
from backend.errors import NotFound
from backend.settings import Settings

# Into one conversation within a day: more is a mistake.
MOST_FILES = 50
COUNTED_OVER = timedelta(days=1)


def refuse_too_many(session: Session, desk: Desk, key: str | None = None) -> None:
    """Raises TooManyFiles; not for a key that is known, under which the file may have been sent already."""
    here = SentFile.conversation_id == desk.conversation.conversation_id
    if key is not None and session.scalar(select(SentFile.id).where(here, SentFile.key == key).limit(1)):
        return
    sent = session.scalar(
        select(func.count()).select_from(SentFile).where(here, SentFile.created_at > utc_now() - COUNTED_OVER)
    )
    if (sent or 0) >= MOST_FILES:
        raise TooManyFiles(retry_after=int(timedelta(hours=1).total_seconds()))


def keep_sent(
    session: Session, desk: Desk, received: Received, kept: Kept, filename: str, key: str
) -> SentFile:
    """Bind an examined file to the conversation, in the audit; the same file under the same key is the one there.

    Raises TooManyFiles.
    """
    conversation_id = desk.conversation.conversation_id
    lock_conversation(session, conversation_id)
    known = session.scalar(
        select(SentFile).where(
            SentFile.conversation_id == conversation_id,
            SentFile.key == key,
            SentFile.upload_sha256 == received.sha256,
        )
    )
    if known is not None:
        return known
    refuse_too_many(session, desk)
    file = SentFile(
        conversation_id=conversation_id,
        person_id=desk.person.id if desk.person else None,
        staff_id=desk.staff.staff_id,
        key=key,
        filename=clean_filename(filename, kept.kind),
        kind=kept.form,
        media_type=kept.media_type,
        size=kept.size,
        blob_sha256=kept.blob_sha256,
        upload_sha256=received.sha256,
        created_at=utc_now(),
    )
    session.add(file)
    session.flush()
    record(
        session,
        actor=desk.staff.actor,
        action="desk_file_sent",
        subject=f"sent_file:{file.id}",
        conversation_id=conversation_id,
        details={**desk.occasion, "kind": file.kind, "sha256": file.blob_sha256},
    )
    return file


def link_to(file: SentFile, settings: Settings) -> str:
    """The token that opens the file."""
    return _links(settings).dumps(file.id)


def file_behind(session: Session, token: str, settings: Settings) -> SentFile:
    """What the token opens; raises NotFound when it is old, or not for whoever is logged in there now."""
    try:
        file_id = _links(settings).loads(token, max_age=int(SENT_FILES_LIVE.total_seconds()))
    except (BadSignature, ValueError):
        raise NotFound() from None
    file = session.get(SentFile, str(file_id))
    if file is None:
        raise NotFound()
    if file.person_id is not None:
        login = session.get(Login, file.conversation_id)
        if login is None or login.ended_at is not None or login.person_id != file.person_id:
            raise NotFound()
    return file


def _links(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.hash_key.get_secret_value(), salt="desk-file")
