"""Messages that their writer edited or took back, and names of what came of one message of the vendor.

Vendors deliver in any order: an edit may come before the message it changes, and is then the message.
"""

from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from connectors.core import messages
from connectors.core.conversations import Voice
from connectors.core.models import TranscriptMessage, Turn
from connectors.core.stand_ins import TAKEN_BACK, stand_in

# Behind it stands what the turn is to the vendor's message; no vendor's id contains it.
MARK = "#"


def caption_id(message_id: str) -> str:
    """The turn of a file's caption."""
    return f"{message_id}{MARK}caption"


def edited_id(message_id: str) -> str:
    """Under which the edits are kept of what a turn came of: those of a caption are its file's."""
    return message_id.removesuffix(f"{MARK}caption")


def edit_id(message_id: str, edit: str) -> str:
    """The turn of one edit of a message."""
    return f"{message_id}{MARK}edit{MARK}{edit}"


def vendors_id(message_id: str) -> str:
    """The vendor's id of the message that a turn came of."""
    return message_id.partition(MARK)[0]


def find_newest(session: Session, conversation_id: str, message_id: str) -> int | None:
    """The turn of the newest edit of a message."""
    return session.scalar(_edits(conversation_id, message_id).limit(1))


def find_newer(session: Session, conversation_id: str, message_id: str, sent_at: datetime) -> int | None:
    """The turn of an edit that was made later."""
    return session.scalar(_edits(conversation_id, message_id).where(Turn.sent_at > sent_at).limit(1))


def find_original(session: Session, conversation_id: str, message_id: str) -> Turn | None:
    """The turn a message has become."""
    return session.scalars(
        select(Turn).where(Turn.conversation_id == conversation_id, Turn.message_id == message_id)
    ).one_or_none()


def is_untouched(turn: Turn) -> bool:
    """Whether the dialogue cannot have seen it yet."""
    return turn.state == "waiting" and turn.attempts == 0


def says(session: Session, turn: Turn, text: str | None) -> bool:
    """Whether the customer's line of the turn reads so already: vendors tell of edits that change no word."""
    if text is None or turn.shown_number is None:
        return False
    shown = session.get(TranscriptMessage, (turn.conversation_id, turn.shown_number))
    return shown is not None and shown.text == text


def change_untouched(session: Session, turn: Turn, shown: str, **values: object) -> bool:
    """Change a turn that nobody has begun; False when somebody has, in this very moment."""
    changed = session.execute(
        update(Turn)
        .where(Turn.id == turn.id, Turn.state == "waiting", Turn.attempts == 0)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    if turn.shown_number is not None:
        messages.change_shown(session, turn.conversation_id, turn.shown_number, shown)
    return True


def take_back(session: Session, turn: Turn, voice: Voice, now: datetime) -> bool:
    """Cancel a turn that nobody has begun."""
    shown = stand_in(voice, TAKEN_BACK)
    return change_untouched(
        session, turn, shown, state="done", finished_at=now, text="", detail={}, media=None
    )


def _edits(conversation_id: str, message_id: str) -> Select[int]:
    first = edit_id(message_id, "")
    return (
        select(Turn.id)
        .where(
            Turn.conversation_id == conversation_id,
            func.substr(Turn.message_id, 1, len(first)) == first,
        )
        .order_by(Turn.sent_at.desc())
    )
