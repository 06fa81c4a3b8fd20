"""The tables of staff: one directory for the CARE desk and the back office. Customers' accounts are in accounts.

No secret is stored readably: passwords as Argon2id, tokens as keyed hashes, TOTP secrets encrypted.
"""

import uuid
from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime, utc_now


def new_id() -> str:
    return uuid.uuid4().hex


class Staff(Base):
    """One person of the insurer's house. Nobody is deleted: the timeline and the audit name their ids."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject", name="uq_staff_oidc_issuer"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(64))
    username_key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    # Whom they can be given: languages they speak, markets they know, conversations at once.
    languages: Mapped[list[str]] = mapped_column(JSON)
    markets: Mapped[list[str]] = mapped_column(JSON)
    limit: Mapped[int] = mapped_column("conversation_limit")
    # None until somebody chose it by a one-time link, and for whoever comes by the house's own log-in.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(Text)
    # The newest half minute whose code was taken: it and those before are taken no more.
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    oidc_issuer: Mapped[str | None] = mapped_column(String(200))
    oidc_subject: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StaffTicket(Base):
    """A proven password that waits for its code. At the first log-in it holds the secret that is to be set up."""

    __tablename__ = "staff_tickets"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    totp_secret: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StaffSession(Base):
    """One log-in of somebody. What has ended here has ended for every copy of the token."""

    __tablename__ = "staff_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StaffInvitation(Base):
    """A one-time link with which somebody chooses a password; at most one a person, the newest."""

    __tablename__ = "staff_invitations"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
