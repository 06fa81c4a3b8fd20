"""Tables of hospitals, clinics and other providers, and the doctors who work there."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, CheckConstraint, Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.database import Base, UtcDateTime, utc_now
from backend.people.models import new_id


class Provider(Base):
    """A place of care. Names, streets and towns of Serbia are stored in Cyrillic."""

    __tablename__ = "providers"
    __table_args__ = (
        Index("ix_providers_market_updated_at", "market", "updated_at"),
        CheckConstraint("lat between -90 and 90 and lon between -180 and 180", name="position"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    market: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(120))
    # One of provider_kind in data/catalogue/ids.yml; services and specialties are ids of the same file.
    kind: Mapped[str] = mapped_column(String(16))
    street: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(80))
    postal_code: Mapped[str] = mapped_column(String(5))
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    phone: Mapped[str] = mapped_column(String(20))
    services: Mapped[list[str]] = mapped_column(JSON)
    specialties: Mapped[list[str]] = mapped_column(JSON)
    partner: Mapped[bool] = mapped_column(Boolean, default=True)
    # The search index of each process is rebuilt when this moves.
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    doctors: Mapped[list["Doctor"]] = relationship(
        back_populates="provider", order_by="Doctor.name", cascade="all, delete-orphan"
    )


class Doctor(Base):
    """Somebody who receives patients at a provider."""

    __tablename__ = "doctors"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    provider_id: Mapped[str] = mapped_column(ForeignKey("providers.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    specialty: Mapped[str] = mapped_column(String(40))

    provider: Mapped[Provider] = relationship(back_populates="doctors")
