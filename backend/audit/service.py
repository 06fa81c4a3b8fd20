"""Writes the audit and checks its chain. Rows hold ids and facts: no health data, no secrets, no names."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from backend.audit.models import AuditEntry
from backend.database import utc_now

BEFORE_THE_FIRST = "0" * 64
# Any constant of ours: the one who holds it writes the next entry.
CHAIN_LOCK = 7_202_611_201
SECRETS = frozenset({"code", "password", "token", "email", "username"})


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    conversation_id: str | None = None,
    details: dict[str, str] | None = None,
) -> None:
    """Append a fact in the caller's transaction: it is there if and only if the change is.

    Must not be called in a GET: a reading transaction of SQLite cannot always turn into a writing one.
    """
    details = details or {}
    if SECRETS & details.keys():
        raise ValueError(f"details of {action} name a secret")
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
    session.flush()
    last = session.execute(
        select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)
    ).first()
    entry = AuditEntry(
        number=last.number + 1 if last else 1,
        at=utc_now(),
        actor=actor,
        action=action,
        subject=subject,
        conversation_id=conversation_id,
        details=details,
    )
    entry.hash = chain_hash(last.hash if last else BEFORE_THE_FIRST, entry)
    session.add(entry)
    session.flush()


def is_recorded(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    conversation_id: str,
    details: dict[str, str],
) -> bool:
    """Whether exactly this fact stands in the audit already, for what is noted once and not at every look."""
    found = session.scalars(
        select(AuditEntry.details).where(
            AuditEntry.conversation_id == conversation_id,
            AuditEntry.actor == actor,
            AuditEntry.action == action,
            AuditEntry.subject == subject,
        )
    )
    return details in list(found)


def conversations_of_others(
    session: Session, conversation_ids: list[str], action: str, subject: str
) -> set[str]:
    """Those of the conversations in which the action was also done by, or to, somebody else than the subject."""
    return set(
        session.scalars(
            select(AuditEntry.conversation_id)
            .where(
                AuditEntry.conversation_id.in_(conversation_ids),
                AuditEntry.action == action,
                AuditEntry.subject != subject,
            )
            .distinct()
        )
    )


def chain_hash(previous: str, entry: AuditEntry) -> str:
    """SHA-256 over the hash before and the content, in one canonical form."""
    content = json.dumps(
        {
            "number": entry.number,
            "at": canonical_moment(entry.at),
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "conversation_id": entry.conversation_id,
            "details": entry.details,
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def canonical_moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Verdict:
    """How far the chain holds: `broken_at` is the first number that is missing or does not fit."""

    entries: int
    head: str
    broken_at: int | None = None


def verify(session: Session) -> Verdict:
    """Recompute the chain. Entries cut off at the end show only against a head kept elsewhere."""
    head, expected = BEFORE_THE_FIRST, 1
    for entry in session.scalars(
        select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=500)
    ):
        if entry.number != expected or entry.hash != chain_hash(head, entry):
            return Verdict(expected - 1, head, broken_at=expected)
        head, expected = entry.hash, expected + 1
    return Verdict(expected - 1, head)


def holds(session: Session, head: str) -> bool:
    """Whether an entry with this hash exists: a head noted earlier must still be in the chain."""
    if head == BEFORE_THE_FIRST:
        return True
    return session.scalar(select(AuditEntry.number).where(AuditEntry.hash == head)) is not None
