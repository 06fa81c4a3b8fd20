"""What a customer shall hear in the chat by itself: written with the change it tells of, told by the gateway."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now


class News(Base):
    """News for one person. `state` is waiting, told, or dead (nobody to tell, or too late)."""

    __tablename__ = "news"
    __table_args__ = (Index("ix_news_state_run_after", "state", "run_after"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(40))
    variables: Mapped[dict[str, str]] = mapped_column(JSON)
    # The wish behind the button below it: {"intent": ..., "entities": {...}}.
    opens: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # Where it is to be told; where the person was last logged in when this is not given.
    conversation_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    # Not before this moment; while a gateway tells it, until when nobody else may take it.
    run_after: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
