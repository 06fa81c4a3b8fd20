"""The insurer's customer guides: each a title with passages that know their page."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.database import Base, UtcDateTime, utc_now


class Guide(Base):
    """A guide of a market; the one with the same title takes its place."""

    __tablename__ = "guides"
    __table_args__ = (UniqueConstraint("market", "title", name="uq_guides_market_title"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    market: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(160))
    pages: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    passages: Mapped[list["Passage"]] = relationship(
        back_populates="guide", cascade="all, delete-orphan", order_by="Passage.number"
    )


class Passage(Base):
    """Some lines of one page, in the order of the guide. Pages count from 1."""

    __tablename__ = "guide_passages"

    guide_id: Mapped[str] = mapped_column(ForeignKey("guides.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int]
    text: Mapped[str] = mapped_column(Text)

    guide: Mapped[Guide] = relationship(back_populates="passages")
