"""Log-ins of staff: begun, looked up, renewed, ended. The token is known to its holder only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from backend.accounts.tokens import keyed_hash, new_link_token
from backend.audit.service import record
from backend.database import utc_now
from backend.settings import Settings
from backend.staff.models import Staff, StaffInvitation, StaffSession, StaffTicket

# The idle time is renewed this coarsely, so that most reads write nothing.
RENEWED_EVERY = timedelta(seconds=5)


@dataclass(frozen=True)
class LoggedInStaff:
    """A log-in that lasts, and whose it is."""

    login: StaffSession
    staff: Staff


def actor_of(staff_id: str) -> str:
    """How the audit names a member of staff."""
    return f"staff:{staff_id}"


def start_session(
    session: Session, staff: Staff, settings: Settings, method: str
) -> tuple[StaffSession, str]:
    """A new log-in and its token of 256 bits; `method` ("totp", "oidc") goes to the audit."""
    token = new_link_token()
    now = utc_now()
    started = StaffSession(
        token_hash=_hash(token, settings), staff_id=staff.id, started_at=now, used_at=now, ended_at=None
    )
    session.add(started)
    session.flush()
    actor = actor_of(staff.id)
    record(session, actor=actor, action="staff_logged_in", subject=actor, details={"method": method})
    return started, token


def ends_at(login: StaffSession, settings: Settings) -> tuple[datetime, datetime]:
    """When the log-in ends whatever happens, and when it ends if nothing happens."""
    absolute = login.started_at + timedelta(seconds=settings.staff_absolute_seconds)
    return absolute, min(login.used_at + timedelta(seconds=settings.staff_idle_seconds), absolute)


def find_session(session: Session, token: str, settings: Settings) -> LoggedInStaff | None:
    """The log-in of a token, None once it has ended, idled, grown old, or its holder was shut out."""
    found = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == _hash(token, settings),
            StaffSession.ended_at.is_(None),
            Staff.disabled_at.is_(None),
        )
    ).first()
    if found is None or utc_now() >= ends_at(found[0], settings)[1]:
        return None
    return LoggedInStaff(*found)


def needs_renewal(login: StaffSession, now: datetime) -> bool:
    return now - login.used_at >= RENEWED_EVERY


def renew(session: Session, session_id: str, now: datetime) -> None:
    """The idle time begins anew. Guarded: a log-in that was ended meanwhile is not touched."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def end_session(session: Session, token: str, settings: Settings) -> bool:
    """End the log-in, for every copy of its token; False, and nothing is done, where it has ended already."""
    found = session.scalar(
        select(StaffSession)
        .where(StaffSession.token_hash == _hash(token, settings), StaffSession.ended_at.is_(None))
        .with_for_update()
    )
    if found is None:
        return False
    found.ended_at = utc_now()
    actor = actor_of(found.staff_id)
    record(session, actor=actor, action="staff_logged_out", subject=actor)
    return True


def end_everything(session: Session, staff_id: str) -> None:
    """Every log-in of somebody is over, and every password that waits for its code."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=utc_now())
    )
    session.execute(delete(StaffTicket).where(StaffTicket.staff_id == staff_id))


def remove_outdated(session: Session, before: datetime) -> int:
    """Delete log-ins begun before `before` (tells how many), and tickets and invitations that are over."""
    now = utc_now()
    session.execute(delete(StaffTicket).where(StaffTicket.expires_at < now))
    session.execute(delete(StaffInvitation).where(StaffInvitation.expires_at < now))
    old = delete(StaffSession).where(StaffSession.started_at < before)
    return cast("CursorResult[Any]", session.execute(old)).rowcount


def _hash(token: str, settings: Settings) -> str:
    return keyed_hash(settings.hash_key, "staff-session", token)
