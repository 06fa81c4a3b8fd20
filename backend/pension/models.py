"""The voluntary pension fund: what a member paid in, and what a unit is worth on which day."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base
from backend.money import Decimal2, Decimal6
from backend.people.models import new_id


class PensionContribution(Base):
    """A payment into a contract, and the units it bought."""

    __tablename__ = "pension_contributions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    policy_number: Mapped[str] = mapped_column(ForeignKey("policies.number"), index=True)
    paid_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(Decimal2)
    units: Mapped[Decimal] = mapped_column(Decimal6)
    # Whoever paid: the member, or the employer.
    paid_by: Mapped[str] = mapped_column(String(160))


class UnitValue(Base):
    """What a unit of a fund (a product of the market) was worth on a day."""

    __tablename__ = "pension_unit_values"
    __table_args__ = (UniqueConstraint("product_code", "day", name="uq_pension_unit_values_product_day"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    product_code: Mapped[str] = mapped_column(String(40))
    day: Mapped[date] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Decimal6)
