"""Tables of policies, who is insured by them, what was used of their benefits, and premium instalments.

What a product covers is data beside this module (`products/<market>.yml`), not a table.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.database import Base
from backend.money import Decimal2
from backend.people.models import Person, new_id


class Policy(Base):
    """A contract. A group policy is held by a company and has no person as its holder."""

    __tablename__ = "policies"
    __table_args__ = (
        CheckConstraint("status in ('active', 'lapsed', 'suspended', 'ended')", name="status"),
        CheckConstraint("valid_from <= valid_to", name="period"),
        CheckConstraint("(status = 'active') = (status_since is null)", name="status_since"),
    )

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    market: Mapped[str] = mapped_column(String(2), index=True)
    # Code of a product in products/<market>.yml.
    product_code: Mapped[str] = mapped_column(String(40))
    policy_type: Mapped[str] = mapped_column(String(12))
    # What somebody decided; that `valid_to` has passed is worked out from the day, see service.status_on.
    status: Mapped[str] = mapped_column(String(10), default="active")
    status_since: Mapped[date | None] = mapped_column(Date, default=None)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    holder_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True, default=None)
    # The person's or the company's name.
    holder_name: Mapped[str] = mapped_column(String(160))
    is_group: Mapped[bool] = mapped_column(Boolean, default=False)
    currency: Mapped[str] = mapped_column(String(3))

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="policy", order_by="Membership.member_number"
    )
    instalments: Mapped[list["PremiumInstalment"]] = relationship(
        back_populates="policy", order_by="PremiumInstalment.due_date"
    )


class Membership(Base):
    """One person insured by one policy, with a participant number.

    `principal_id` is the head of the family inside the policy: the holder of a family policy, the employee in
    a group policy. Colleagues have different principals, and so never see each other.
    """

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("policy_number", "person_id", name="uq_memberships_policy_person"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    policy_number: Mapped[str] = mapped_column(ForeignKey("policies.number"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    principal_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    member_number: Mapped[str] = mapped_column(String(12), unique=True)
    joined_on: Mapped[date] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date, default=None)

    policy: Mapped[Policy] = relationship(back_populates="memberships")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class BenefitUse(Base):
    """What one treatment took from a benefit of one membership."""

    __tablename__ = "benefit_uses"
    __table_args__ = (
        Index("ix_benefit_uses_membership_benefit_day", "membership_id", "benefit_type", "used_on"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("visits >= 0", name="visits"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    membership_id: Mapped[str] = mapped_column(ForeignKey("memberships.id"))
    benefit_type: Mapped[str] = mapped_column(String(20))
    service: Mapped[str | None] = mapped_column(String(40), default=None)
    # The day of the treatment: it decides the policy year.
    used_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(Decimal2)
    visits: Mapped[int] = mapped_column(Integer, default=1)
    # The request that was paid from it, when it was a request made here.
    request_number: Mapped[str | None] = mapped_column(String(20), default=None, index=True)


class PremiumInstalment(Base):
    """One part of a year's premium."""

    __tablename__ = "premium_instalments"
    __table_args__ = (
        UniqueConstraint("policy_number", "due_date", name="uq_premium_instalments_policy_due"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    policy_number: Mapped[str] = mapped_column(ForeignKey("policies.number"))
    due_date: Mapped[date] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(Decimal2)
    paid_on: Mapped[date | None] = mapped_column(Date, default=None)

    policy: Mapped[Policy] = relationship(back_populates="instalments")
