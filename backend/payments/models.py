"""Payments of premium instalments through a payment provider, and what the provider told of them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.database import Base, UtcDateTime, utc_now
from backend.money import Decimal2
from backend.policies.models import PremiumInstalment


class Payment(Base):
    """One checkout, and what came of it.

    `state` is open, paid, failed, or to_refund (the instalment was paid already, or not so much). A checkout for which
    the money was taken once more is a second payment.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("state in ('open', 'paid', 'failed', 'to_refund')", name="state"),
        Index("ix_payments_instalment_id_state", "instalment_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    instalment_id: Mapped[str] = mapped_column(ForeignKey("premium_instalments.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(String(64))
    # What was asked for, and once it is settled what came.
    amount: Mapped[Decimal] = mapped_column(Decimal2)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default="open")
    checkout_url: Mapped[str] = mapped_column(String(300))
    # The provider's name for the transaction; on the receipt.
    reference: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    instalment: Mapped[PremiumInstalment] = relationship()
