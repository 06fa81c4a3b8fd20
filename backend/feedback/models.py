"""What customers say of a journey: a score and, if they like, a comment."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now


class Feedback(Base):
    """One for each journey of a conversation; saying it again replaces it."""

    __tablename__ = "feedback"
    __table_args__ = (CheckConstraint("score between 1 and 5", name="score"),)

    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.conversation_id"), primary_key=True
    )
    journey: Mapped[str] = mapped_column(String(40), primary_key=True)
    market: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(2))
    score: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
