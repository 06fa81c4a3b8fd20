"""The table of documents: whose a file is and what was read from it. The bytes live in the blob store."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now


class Document(Base):
    """One file that somebody handed in. The same bytes from two people are two rows over one blob.

    Before the log-in a document belongs to the conversation alone; at the log-in it becomes the person's.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("kind in ('image', 'pdf')", name="kind"),
        Index("ix_documents_person_id_upload_sha256", "person_id", "upload_sha256"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=lambda: uuid.uuid4().hex)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.conversation_id"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    # Who was last logged in where it was uploaded without a valid log-in: nobody else may adopt it.
    expected_person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    filename: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    pages: Mapped[int]
    # Of the stored bytes (an image is encoded anew): the address in the blob store.
    blob_sha256: Mapped[str] = mapped_column(String(64), index=True)
    # Of the bytes as they came: two uploads of one file are recognised by it.
    upload_sha256: Mapped[str] = mapped_column(String(64))
    # The fields of schemas.Extracted that were found; never the text itself.
    extracted: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class SentFile(Base):
    """One file that CARE sent into a conversation.

    A table of its own: it is no document of the customer's, so it is offered as nobody's bill, adopted at no log-in
    and counted in no quota of theirs.
    """

    __tablename__ = "sent_files"
    __table_args__ = (
        CheckConstraint("kind in ('image', 'pdf')", name="kind"),
        # The same file of the same answer, sent again, is the one that is there.
        UniqueConstraint("conversation_id", "key", "upload_sha256", name="uq_sent_files_once"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=lambda: uuid.uuid4().hex)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.conversation_id"))
    # Whom the conversation's log-in proved when it was sent: nobody else may open it there.
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    staff_id: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(128))
    filename: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    blob_sha256: Mapped[str] = mapped_column(String(64), index=True)
    upload_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
