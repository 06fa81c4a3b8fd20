"""Staff: created by a command, let in by user name and password, shut out by a command."""

from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Select, delete, select
from sqlalchemy.orm import Session

from backend.accounts.attempts import (
    Limits,
    TooManyAttempts,
    count_wrong,
    lock_attempts,
    refuse_paused,
    take_back,
)
from backend.accounts.passwords import check_password, hash_password, username_key
from backend.audit.service import record
from backend.database import utc_now
from backend.office.models import Staff, StaffSession
from backend.settings import Settings

SHORTEST_PASSWORD = 12
UTC_ZONE = ZoneInfo("UTC")


def create_staff(session: Session, username: str, password: str) -> Staff:
    """A new member of staff. Raises ValueError for a name that is taken or a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"the password is shorter than {SHORTEST_PASSWORD} characters")
    key = username_key(username)
    if not key or session.scalar(select(Staff).where(Staff.username_key == key)) is not None:
        raise ValueError("the user name is taken or empty")
    staff = Staff(username=username.strip(), username_key=key, password_hash=hash_password(password))
    session.add(staff)
    session.flush()
    record(session, actor="operator", action="staff_created", subject=f"staff:{staff.id}")
    return staff


def disable_staff(session: Session, username: str) -> bool:
    """Shut somebody out, at once; False when nobody of that name is let in."""
    staff = session.scalar(
        select(Staff).where(Staff.username_key == username_key(username), Staff.disabled_at.is_(None))
    )
    if staff is None:
        return False
    staff.disabled_at = utc_now()
    record(session, actor="operator", action="staff_disabled", subject=f"staff:{staff.id}")
    return True


def log_in_staff(session: Session, settings: Settings, username: str, password: str) -> StaffSession | None:
    """A new log-in of whom that is, or None: unknown, wrong, disabled and pausing are one answer. Wrong tries are counted."""
    key = username_key(username)[:64]
    attempt = lock_attempts(session, f"staff:{key}", UTC_ZONE)
    try:
        refuse_paused(attempt)
    except TooManyAttempts:
        return None
    staff = session.scalar(select(Staff).where(Staff.username_key == key, Staff.disabled_at.is_(None)))
    limits = Limits(
        settings.passwords_wrong_in_a_row,
        settings.passwords_wrong_a_day,
        timedelta(seconds=settings.pause_seconds),
    )
    checked = check_password(staff.password_hash if staff else None, password)
    if staff is None or not checked.right:
        count_wrong(attempt, limits, UTC_ZONE)
        return None
    take_back(attempt)
    staff.password_hash = checked.new_hash or staff.password_hash
    record(session, actor=f"staff:{staff.id}", action="staff_logged_in", subject=f"staff:{staff.id}")
    started = StaffSession(staff_id=staff.id)
    session.add(started)
    session.flush()
    return started


def is_logged_in(session: Session, session_id: str) -> bool:
    """Whether the log-in still lasts, and whoever it is of may still come in."""
    return session.scalar(_lasting(session_id)) is not None


def log_out_staff(session: Session, session_id: str) -> None:
    """End the log-in, also for whoever has a copy of its cookie; one that has ended stays as it is."""
    found = session.scalar(_lasting(session_id))
    if found is not None:
        found.ended_at = utc_now()
        actor = f"staff:{found.staff_id}"
        record(session, actor=actor, action="staff_logged_out", subject=actor)


def remove_outdated(session: Session, before: datetime) -> int:
    """Delete log-ins begun before `before`: whoever is still in logs in again. Tells how many."""
    old = delete(StaffSession).where(StaffSession.started_at < before)
    return cast("CursorResult[Any]", session.execute(old)).rowcount


def _lasting(session_id: str) -> Select[StaffSession]:
    return (
        select(StaffSession)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None), Staff.disabled_at.is_(None))
    )
