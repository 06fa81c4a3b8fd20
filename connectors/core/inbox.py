"""The inbox: what came in is stored as a turn before anybody acknowledges or works it.

Also what happens to turns that wait too long. How turns are claimed is `jobs`' work, how one is answered `router`'s.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from connectors.core.conversations import voice_of
from connectors.core.jobs import OPEN_STATES, is_any_open
from connectors.core.messages import Draft, Writing, append, lock
from connectors.core.models import Conversation, Turn
from connectors.database import UtcDateTime

# Statements of every turn and of every half second, built once.
_turns = Turn.__table__
_ADD = insert(_turns)  # type: ignore[arg-type]
_FIND = select(_turns.c.id).where(
    _turns.c.conversation_id == bindparam("conversation_id"), _turns.c.message_id == bindparam("message_id")
)
_WAITING = (
    select(_turns.c.id)
    .where(
        _turns.c.conversation_id == bindparam("conversation_id"),
        _turns.c.state.in_(OPEN_STATES),
        _turns.c.apologised.is_(False),
    )
    .limit(1)
)
_conversations = Conversation.__table__
_since = bindparam("since", type_=UtcDateTime)
_IMPATIENT = (
    select(_turns.c.conversation_id)
    .join(_conversations, _conversations.c.id == _turns.c.conversation_id)
    .where(
        _turns.c.state.in_(OPEN_STATES),
        _turns.c.apologised.is_(False),
        _turns.c.created_at <= _since,
        or_(_conversations.c.last_turn_done_at.is_(None), _conversations.c.last_turn_done_at <= _since),
    )
    .distinct()
)


def find_turn(session: Session, conversation_id: str, message_id: str) -> int | None:
    """The id of the turn a message of the channel has become, if it came before."""
    return session.scalar(_FIND, {"conversation_id": conversation_id, "message_id": message_id})


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
    lease_seconds: float | None = None,
    sent_at: datetime | None = None,
    media: dict[str, Any] | None = None,
    shown_number: int | None = None,
    settle_seconds: float = 0,
) -> Turn:
    """Put a turn into the inbox of a locked conversation. `answered`: nothing is left to do but to know it.

    `settle_seconds`: it is not worked before, so that what was written earlier and comes later finds its place.

    With `lease_seconds` a turn that stands behind no other is stored as claimed: who stores it works it at once,
    and if it dies the turn is claimed by another when the lease runs out. The turn returned belongs to no session.
    """
    turn = {
        "conversation_id": conversation.id,
        "message_id": message_id,
        "text": text,
        "internal": internal,
        "notice": notice,
        "detail": detail or {},
        "attachments": attachments or [],
        "state": "done" if answered else "waiting",
        "attempts": 0,
        "apologised": False,
        "run_after": now + timedelta(seconds=settle_seconds),
        "lease_until": None,
        "created_at": now,
        "finished_at": now if answered else None,
        "sent_at": sent_at or now,
        "media": media,
        "shown_number": shown_number,
    }
    at_once = lease_seconds is not None and not answered and not settle_seconds
    if at_once and not is_any_open(session, Turn, conversation.id):
        until = now + timedelta(seconds=lease_seconds or 0)
        turn |= {"state": "working", "attempts": 1, "lease_until": until}
    added = session.execute(_ADD, turn)
    return Turn(
        id=added.inserted_primary_key[0],  # type: ignore[attr-defined]
        conversation=conversation,
        **turn,
    )


def was_overtaken(session: Session, conversation_id: str, sent_at: datetime) -> bool:
    """Whether something that the customer sent later has been begun or answered."""
    later = (
        select(Turn.id)
        .where(
            Turn.conversation_id == conversation_id,
            Turn.internal.is_(False),
            or_(Turn.state == "done", Turn.attempts > 0),
            Turn.sent_at > sent_at,
        )
        .limit(1)
    )
    return session.execute(later).first() is not None


def has_come_since(session: Session, conversation_id: str, moment: datetime) -> bool:
    """Whether something of the customer's came in after this moment, by our clock."""
    newer = select(Turn.id).where(
        Turn.conversation_id == conversation_id, Turn.internal.is_(False), Turn.created_at > moment
    )
    return session.execute(newer.limit(1)).first() is not None


def is_typing(session: Session, conversation_id: str) -> bool:
    """Whether an answer is on its way. Not claimed any more once the customer was told that it takes longer."""
    return session.execute(_WAITING, {"conversation_id": conversation_id}).first() is not None


def find_impatient(session: Session, waiting_since: datetime) -> list[str]:
    """Conversations with a turn that nobody has answered since then and nobody has apologised for."""
    return list(session.scalars(_IMPATIENT, {"since": waiting_since}))


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
