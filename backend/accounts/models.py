"""Tables of log-in: accounts, conversations, log-in links, one-time codes, log-ins, counted wrong tries.

No secret is stored: passwords as Argon2id, codes and link tokens as keyed hashes.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.database import Base, UtcDateTime, utc_now

if TYPE_CHECKING:
    from backend.people.models import Person


class Account(Base):
    """The right of one person to log in. Spouses have their own accounts (guide 001)."""

    __tablename__ = "accounts"

    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("people.id"), primary_key=True)
    username: Mapped[str] = mapped_column(String(64))
    # What user names are compared by: see passwords.username_key.
    username_key: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    person: Mapped["Person"] = relationship()


class Conversation(Base):
    """A conversation as the gateway knows it; `market` is the channel's, not the person's."""

    __tablename__ = "conversations"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    market: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class LoginLink(Base):
    """A secure page for one task of one conversation: a log-in, or something about the account.

    The task `contact` has no page: it proves an address by a code typed in the chat (contact_codes.py).

    In a log-in the person is who proved the password; in the other tasks whom the given data fit, which nobody is
    told before the code is proven. At most one per conversation is neither used nor closed.
    """

    __tablename__ = "login_links"
    __table_args__ = (
        Index(
            "uq_login_links_one_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("used_at IS NULL AND closed_at IS NULL"),
            postgresql_where=text("used_at IS NULL AND closed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[str] = mapped_column(String(64), ForeignKey("conversations.conversation_id"))
    language: Mapped[str] = mapped_column(String(8))
    script: Mapped[str] = mapped_column(String(4))
    person_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("people.id"))
    task: Mapped[str] = mapped_column(String(20), default="login", server_default="login")
    # Where the code of the task went, or would have gone; None while no data were given.
    email: Mapped[str | None] = mapped_column(String(254))
    # Instead of the e-mail, where a mobile number is to be proven.
    phone: Mapped[str | None] = mapped_column(String(20))
    # What wrong codes are counted for; of given data that fit nobody, a keyed hash of them.
    code_subject: Mapped[str | None] = mapped_column(String(100))
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeCode(Base):
    """A code sent for one page; only the newest of it counts.

    Without a person nothing was sent: the given data fit nobody, and the page must not be told from one where
    they did.
    """

    __tablename__ = "one_time_codes"
    __table_args__ = (Index("ix_one_time_codes_person_id_sent_at", "person_id", "sent_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login_link_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("login_links.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("people.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Login(Base):
    """Who is logged in in a conversation; one row a conversation, the newest log-in replaces the older."""

    __tablename__ = "logins"

    conversation_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("conversations.conversation_id"), primary_key=True
    )
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("people.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Consent(Base):
    """What somebody agreed to, in which version and language, and when; taken back, it stays as history."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_person_id_kind", "person_id", "kind"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(32), ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(Base):
    """Wrong tries counted for one subject (a user name, an account, a conversation), with its pause.

    Subjects of user names are keyed hashes and exist for unknown names too: the answers are the same.
    """

    __tablename__ = "attempts"

    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    wrong_in_a_row: Mapped[int] = mapped_column(default=0)
    wrong_today: Mapped[int] = mapped_column(default=0)
    day: Mapped[date]
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
