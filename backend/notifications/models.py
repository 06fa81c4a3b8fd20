"""The queue of mails and text messages: written with the change they tell of, sent afterwards by the worker."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now


class Mail(Base):
    """A rendered mail, or a text message (`channel` sms, no subject). `state` is queued, sent, or dead (given up, or too late to be of use)."""

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_state_run_after", "state", "run_after"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(4), default="mail", server_default="mail")
    recipient: Mapped[str] = mapped_column(String(254))
    key: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    # A PDF that goes with a mail; emptied together with the body.
    attachment_name: Mapped[str | None] = mapped_column(String(100))
    attachment: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    # Not before this moment; while a worker sends it, until when nobody else may take it.
    run_after: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # A code that is no longer good is not worth sending.
    useless_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
