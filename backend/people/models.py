"""Tables of people, their families and their bank accounts. Serbian names and towns are in Cyrillic."""

import uuid
from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now


def new_id() -> str:
    """An opaque id that tells nothing."""
    return uuid.uuid4().hex


class Person(Base):
    """Somebody the insurer knows: insured, policy holder or payer."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("market", "national_id", name="uq_people_market_national_id"),
        CheckConstraint("sex in ('f', 'm')", name="sex"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    market: Mapped[str] = mapped_column(String(2), index=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date] = mapped_column(Date)
    sex: Mapped[str] = mapped_column(String(1))
    # NIK, JMBG or codice fiscale.
    national_id: Mapped[str] = mapped_column(String(20))
    # A child may have neither.
    email: Mapped[str | None] = mapped_column(String(254), index=True, default=None)
    phone: Mapped[str | None] = mapped_column(String(20), default=None)
    # The language the insurer writes in, and its script ("Latn" or "Cyrl").
    language: Mapped[str] = mapped_column(String(2))
    script: Mapped[str] = mapped_column(String(4))
    city: Mapped[str] = mapped_column(String(80))

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class FamilyRelation(Base):
    """`relative` is the `relation` of `person`. Both directions are stored, each as its own row."""

    __tablename__ = "family_relations"
    __table_args__ = (
        CheckConstraint(
            "relation in ('spouse', 'child', 'parent', 'sibling', 'in-law')",
            name="relation",
        ),
        CheckConstraint("person_id <> relative_id", name="not_oneself"),
    )

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    relative_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    relation: Mapped[str] = mapped_column(String(10))


class BankAccount(Base):
    """Where a person is paid: an IBAN, or a domestic bank and number where there is none."""

    __tablename__ = "bank_accounts"
    __table_args__ = (
        CheckConstraint("kind in ('iban', 'domestic')", name="kind"),
        CheckConstraint(
            "(kind = 'iban' and iban is not null) or (kind = 'domestic' and number is not null)",
            name="complete",
        ),
        Index("ix_bank_accounts_person_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(8))
    iban: Mapped[str | None] = mapped_column(String(34), default=None)
    # Name of the bank and the number, digits only.
    bank: Mapped[str | None] = mapped_column(String(60), default=None)
    number: Mapped[str | None] = mapped_column(String(30), default=None)
    holder: Mapped[str] = mapped_column(String(160))
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
