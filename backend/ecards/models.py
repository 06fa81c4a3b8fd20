"""Electronic health cards: one for each membership that asked for one."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now
from backend.people.models import new_id


class ECard(Base):
    """A card. `issue` counts activations: codes of an earlier issue, on a lost phone, are worth nothing."""

    __tablename__ = "ecards"
    __table_args__ = (CheckConstraint("state in ('active', 'deactivated')", name="state"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    membership_id: Mapped[str] = mapped_column(ForeignKey("memberships.id"), unique=True)
    state: Mapped[str] = mapped_column(String(12), default="active")
    issue: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
