"""Keeps unsure and corrected turns until somebody has labelled them or their time is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from backend.database import insert_if_absent, utc_now
from backend.errors import NotFound
from backend.review.models import ReviewTurn


def keep_turn(session: Session, key: str, said: dict[str, Any]) -> None:
    """Keep a turn under a key that leads back to nobody; told again, what was picked in between stays."""
    insert_if_absent(session, ReviewTurn, key=key, said_at=utc_now(), **said)
    turn = session.get_one(ReviewTurn, key)
    if said.get("picked"):
        turn.reason, turn.picked = said["reason"], said["picked"]


def note_picked(session: Session, key: str, intent: str, reason: str) -> None:
    """What the customer meant by a turn that is kept; the first word counts."""
    turn = session.get(ReviewTurn, key)
    if turn is None:
        raise NotFound
    if turn.picked is None:
        turn.picked, turn.reason = intent, reason


def waiting(session: Session, language: str | None = None) -> Sequence[ReviewTurn]:
    """Turns nobody has looked at, the newest first."""
    query = select(ReviewTurn).where(ReviewTurn.reviewed_at.is_(None))
    if language:
        query = query.where(ReviewTurn.language == language)
    return session.scalars(query.order_by(ReviewTurn.said_at.desc(), ReviewTurn.key)).all()


def close(session: Session, turn: ReviewTurn, label: str | None) -> None:
    """Labelled, or dropped: not shown again. What was said is not needed any more."""
    turn.label, turn.reviewed_at, turn.text = label, utc_now(), ""


def remove_outdated(session: Session, before: datetime) -> int:
    """Delete turns from before; tells how many."""
    removed = session.execute(delete(ReviewTurn).where(ReviewTurn.said_at < before))
    return cast("CursorResult[Any]", removed).rowcount
