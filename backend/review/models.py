"""Turns in which the assistant was unsure or was corrected, for people to label."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now


class ReviewTurn(Base):
    """What was said without personal data, what was understood, what was meant. Leads to no person or conversation."""

    __tablename__ = "review_turns"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The hash of the message's id: the same turn told again is the same row, and the row does not lead back."""
    said_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    market: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(2))
    reason: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    understood: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """`[{intent, confidence}]`, the likeliest first."""
    picked: Mapped[str | None] = mapped_column(String(60))
    """The intent the customer then chose, or came to with other words."""
    label: Mapped[str | None] = mapped_column(String(60))
    """The intent a person gave it; empty when it was dropped."""
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
