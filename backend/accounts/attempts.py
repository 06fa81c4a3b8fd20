"""Counts wrong tries and pauses their subject. The row is locked, so parallel tries are counted one by one.

A pause passes by itself: then the count in a row starts anew, the day's count goes on until the day ends.
"""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.accounts.models import Attempt
from backend.database import insert_if_absent, utc_now
from backend.errors import Fault


class TooManyAttempts(Fault):
    """Too many wrong tries (or codes asked for): nothing is accepted for `retry_after` seconds."""

    status = 429
    code = "too_many_attempts"
    keep = True
    example = {"retry_after": 900}


@dataclass(frozen=True)
class Limits:
    """Wrong tries allowed in a row and a day, and how long the pause after a row is."""

    in_a_row: int
    a_day: int
    pause: timedelta


def lock_attempts(session: Session, subject: str, zone: ZoneInfo) -> Attempt:
    """The subject's count, locked until the transaction ends, with what the clock has changed."""
    now = utc_now()
    today = now.astimezone(zone).date()
    insert_if_absent(
        session, Attempt, subject=subject, wrong_in_a_row=0, wrong_today=0, day=today, updated_at=now
    )
    attempt = session.scalars(
        select(Attempt)
        .where(Attempt.subject == subject)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if attempt.day != today:
        attempt.day, attempt.wrong_today = today, 0
    if attempt.paused_until is not None and attempt.paused_until <= now:
        attempt.paused_until, attempt.wrong_in_a_row = None, 0
    return attempt


def refuse_paused(*attempts: Attempt) -> None:
    """Raises TooManyAttempts with the longest pause among them."""
    pauses = [attempt.paused_until for attempt in attempts if attempt.paused_until is not None]
    if pauses:
        raise TooManyAttempts(retry_after=seconds_until(max(pauses)))


def count_wrong(attempt: Attempt, limits: Limits, zone: ZoneInfo) -> None:
    """One more wrong try; begins the pause when a limit is reached."""
    now = utc_now()
    attempt.wrong_in_a_row += 1
    attempt.wrong_today += 1
    if attempt.wrong_today >= limits.a_day:
        attempt.paused_until = next_day(zone)
    elif attempt.wrong_in_a_row >= limits.in_a_row:
        attempt.paused_until = now + limits.pause


def take_back(attempt: Attempt) -> None:
    """The try counted before it was checked was right: it was none, and the row of wrong ones is over."""
    attempt.wrong_in_a_row = 0
    attempt.wrong_today = max(attempt.wrong_today - 1, 0)
    attempt.paused_until = None


def next_day(zone: ZoneInfo) -> datetime:
    """The coming midnight of the zone."""
    tomorrow = utc_now().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)


def seconds_until(moment: datetime) -> int:
    return max(math.ceil((moment - utc_now()).total_seconds()), 1)


def remove_outdated(session: Session, before: datetime) -> None:
    """Forget subjects untouched since `before`; user names that were only guessed leave no trace."""
    session.execute(delete(Attempt).where(Attempt.updated_at < before))
