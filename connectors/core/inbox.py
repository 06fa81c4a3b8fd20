"""The inbox: what came in is stored as a turn before anybody acknowledges or works it.

Also what happens to turns that wait too long. How turns are claimed is `jobs`' work, how one is answered `router`'s.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from connectors.core.conversations import voice_of
from connectors.core.jobs import OPEN_STATES
from connectors.core.messages import Draft, Writing, append, lock
from connectors.core.models import Conversation, Turn


def find_turn(session: Session, conversation_id: str, message_id: str) -> Turn | None:
    """The turn a message of the channel has become, if it came before."""
    return session.scalars(
        select(Turn).where(Turn.conversation_id == conversation_id, Turn.message_id == message_id)
    ).one_or_none()


def store_turn(
    session: Session,
    conversation: Conversation,
    message_id: str,
    text: str,
    now: datetime,
    *,
    internal: bool = False,
    notice: str | None = None,
    detail: dict[str, Any] | None = None,
    attachments: list[dict[str, Any]] | None = None,
    answered: bool = False,
) -> Turn:
    """Put a turn into the inbox of a locked conversation. `answered`: nothing is left to do but to know it."""
    turn = Turn(
        conversation_id=conversation.id,
        message_id=message_id,
        text=text,
        internal=internal,
        notice=notice,
        detail=detail or {},
        attachments=attachments or [],
        state="done" if answered else "waiting",
        run_after=now,
        created_at=now,
        finished_at=now if answered else None,
    )
    session.add(turn)
    session.flush()
    return turn


def is_typing(session: Session, conversation_id: str) -> bool:
    """Whether an answer is on its way. Not claimed any more once the customer was told that it takes longer."""
    waiting = select(Turn.id).where(
        Turn.conversation_id == conversation_id, Turn.state.in_(OPEN_STATES), Turn.apologised.is_(False)
    )
    return session.scalars(waiting.limit(1)).first() is not None


def find_impatient(session: Session, waiting_since: datetime) -> list[str]:
    """Conversations with a turn that nobody has answered since then and nobody has apologised for."""
    return list(
        session.scalars(
            select(Turn.conversation_id)
            .join(Conversation, Conversation.id == Turn.conversation_id)
            .where(
                Turn.state.in_(OPEN_STATES),
                Turn.apologised.is_(False),
                Turn.created_at <= waiting_since,
                or_(
                    Conversation.last_turn_done_at.is_(None), Conversation.last_turn_done_at <= waiting_since
                ),
            )
            .distinct()
        )
    )


def apologise(session: Session, conversation_id: str, waiting_since: datetime, writing: Writing) -> bool:
    """Tell the customer once that the answer takes longer; the turns stay."""
    conversation = lock(session, conversation_id)
    if conversation_id not in find_impatient(session, waiting_since):
        return False
    session.execute(
        update(Turn)
        .where(Turn.conversation_id == conversation_id, Turn.state.in_(OPEN_STATES))
        .values(apologised=True)
    )
    voice = voice_of(conversation)
    append(session, conversation, Draft("system", voice.say("system_slow")), voice.tag, writing)
    return True


def give_up(session: Session, conversation: Conversation, older_than: datetime, writing: Writing) -> None:
    """Make dead letters of the turns that waited too long, and say honestly that they will not be answered."""
    session.execute(
        update(Turn)
        .where(
            Turn.conversation_id == conversation.id, Turn.state == "waiting", Turn.created_at <= older_than
        )
        .values(state="dead", finished_at=writing.now)
    )
    conversation.last_turn_done_at = writing.now
    voice = voice_of(conversation)
    append(session, conversation, Draft("system", voice.say("system_write_again")), voice.tag, writing)


def too_old(now: datetime, give_up_seconds: float) -> datetime:
    """Turns created before this moment are given up when they fail once more."""
    return now - timedelta(seconds=give_up_seconds)
