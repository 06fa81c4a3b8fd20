"""How far messages out have come: the pieces that the vendor took, and what it says of each afterwards."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from connectors.core.messages import lock
from connectors.core.models import SentPart, TranscriptMessage, VendorStatus

# A later one never goes back to an earlier one: vendors tell in any order.
FORWARD = ("sent", "failed", "delivered", "read")


def find_done_parts(
    session: Session, conversation_id: str, numbers: Iterable[int]
) -> dict[tuple[int, int], str]:
    """(message, part) → the vendor's id, of the pieces that were taken already."""
    found = session.scalars(
        select(SentPart).where(
            SentPart.conversation_id == conversation_id, SentPart.message_number.in_(list(numbers))
        )
    )
    return {(part.message_number, part.part): part.vendor_message_id for part in found}


def note_part(
    session: Session,
    conversation_id: str,
    number: int,
    part: int,
    vendor_message_id: str,
    now: datetime,
) -> None:
    """Remember a piece as taken; the first time counts."""
    conversation = lock(session, conversation_id)
    if session.get(SentPart, (conversation_id, number, part)) is not None:
        return
    session.add(
        SentPart(
            conversation_id=conversation_id,
            message_number=number,
            part=part,
            channel=conversation.channel,
            vendor_message_id=vendor_message_id,
            at=now,
        )
    )
    session.flush()
    _ensure_status(session, conversation.channel, vendor_message_id, now)
    refresh(session, conversation_id, number)


def _ensure_status(session: Session, channel: str, vendor_message_id: str, now: datetime) -> None:
    """Make sure there is a row for what the vendor tells of the piece; one that is just being written is waited for.

    So whoever notes the piece and whoever notes its status always see each other.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"channel": channel, "vendor_message_id": vendor_message_id, "status": FORWARD[0], "at": now}
    session.execute(insert(VendorStatus).values(values).on_conflict_do_nothing())


def note_status(
    session: Session,
    channel: str,
    vendor_message_id: str,
    status: str,
    error: str | None,
    now: datetime,
) -> str | None:
    """Keep what the vendor says of one of its messages, only forward; the conversation it belongs to, if any."""
    rank = FORWARD.index(status)
    _ensure_status(session, channel, vendor_message_id, now)
    known = session.get_one(VendorStatus, (channel, vendor_message_id), with_for_update=True)
    if FORWARD.index(known.status) >= rank:
        return None
    known.status, known.error, known.at = status, error[:60] if error else None, now
    session.flush()
    parts = session.scalars(
        select(SentPart).where(SentPart.channel == channel, SentPart.vendor_message_id == vendor_message_id)
    ).all()
    for part in parts:
        refresh(session, part.conversation_id, part.message_number)
    return parts[0].conversation_id if parts else None


def refresh(session: Session, conversation_id: str, number: int) -> None:
    """A message is as far as the piece of it that came least far; failed when one of them failed."""
    told = session.execute(
        select(VendorStatus.status)
        .select_from(SentPart)
        .outerjoin(
            VendorStatus,
            (VendorStatus.channel == SentPart.channel)
            & (VendorStatus.vendor_message_id == SentPart.vendor_message_id),
        )
        .where(SentPart.conversation_id == conversation_id, SentPart.message_number == number)
    ).scalars()
    statuses = [status or "sent" for status in told]
    if statuses:
        worst = "failed" if "failed" in statuses else min(statuses, key=FORWARD.index)
        set_status(session, conversation_id, [number], worst)


def set_status(session: Session, conversation_id: str, numbers: list[int], status: str) -> None:
    """Write it into the transcript."""
    session.execute(
        update(TranscriptMessage)
        .where(
            TranscriptMessage.conversation_id == conversation_id,
            TranscriptMessage.number.in_(numbers),
        )
        .values(status=status)
        .execution_options(synchronize_session=False)
    )


def set_sent(session: Session, conversation_id: str, numbers: list[int]) -> None:
    """Taken as a whole; what the vendor has told already stays."""
    session.execute(
        update(TranscriptMessage)
        .where(
            TranscriptMessage.conversation_id == conversation_id,
            TranscriptMessage.number.in_(numbers),
            TranscriptMessage.status.is_(None),
        )
        .values(status="sent")
        .execution_options(synchronize_session=False)
    )
