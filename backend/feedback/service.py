"""Keeps what customers say of a journey. Nobody needs to be logged in to have an opinion."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from backend.accounts.models import Conversation
from backend.database import insert_if_absent, utc_now
from backend.feedback.models import Feedback


def keep_feedback(
    session: Session, conversation: Conversation, journey: str, score: int | None, comment: str | None
) -> Feedback:
    """Store or complete the feedback of a journey; what is not given now stays as it was."""
    key = {"conversation_id": conversation.conversation_id, "journey": journey}
    insert_if_absent(
        session,
        Feedback,
        **key,
        market=conversation.market,
        language=conversation.language,
        updated_at=utc_now(),
    )
    feedback = session.get_one(Feedback, key)
    if score is not None:
        feedback.score = score
    if comment:
        feedback.comment = comment
    feedback.updated_at = utc_now()
    return feedback


def remove_outdated(session: Session, before: datetime) -> int:
    """Delete feedback from before; tells how many."""
    removed = session.execute(delete(Feedback).where(Feedback.updated_at < before))
    return cast("CursorResult[Any]", removed).rowcount
