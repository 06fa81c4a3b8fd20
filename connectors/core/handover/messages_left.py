"""A message for people, left while nobody can answer: the words, how to be reached, and a ticket in the queue.

The gateway asks, step by step; the dialogue hears none of it. What is not finished leaves nothing behind.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from connectors.core.conversations import Voice, voice_of
from connectors.core.handover.models import PendingMessage
from connectors.core.handover.story import find_open
from connectors.core.handover.telling import read_payload, tell
from connectors.core.handover.waiting import Wish, add_message
from connectors.core.messages import Writing
from connectors.core.models import BOT, MESSAGE_TAKER, Conversation, Turn
from locales import formats, texts
from locales.identifier_search import find_identifiers
from locales.identifiers import read_email, read_phone
from locales.script import normalise

LIFE = timedelta(hours=1)
# What is asked in each step.
QUESTIONS = {
    "message": "care_message_ask",
    "way": "care_message_way",
    "phone": "care_message_phone",
    "email": "care_message_email",
}
# Said of a text that came behind the message: while it is being left, and when it waits already.
ADDED, JOINED = "care_message_added", "care_message_joined"


def begin(session: Session, conversation: Conversation, wish: Wish, writing: Writing) -> None:
    """Ask for the message; from now on the gateway listens."""
    forget(session, conversation)
    session.add(
        PendingMessage(
            conversation_id=conversation.id,
            step="message",
            reason=wish.reason,
            urgent=wish.urgent,
            facts=dict(wish.facts),
            begun_at=writing.now,
        )
    )
    conversation.speaker = MESSAGE_TAKER
    tell(session, conversation, writing, QUESTIONS["message"])


def hear_text(
    session: Session, conversation: Conversation, turn: Turn, writing: Writing, ticket_hours: int
) -> bool:
    """A typed text; True when the message is left now."""
    pending = _find(session, conversation)
    if pending.step == "message":
        pending.message_number, pending.step = turn.shown_number, "way"
        return _ask_way(session, conversation, pending, writing, ticket_hours)
    named = _read_way(turn.text, voice_of(conversation))
    if named is not None:
        return choose_way(session, conversation, named, writing, ticket_hours)
    way = "email" if "@" in turn.text else "phone"
    address = _read_address(turn.text, way, conversation.market)
    if turn.shown_number is not None and not _is_address(turn.text, way, conversation.market):
        # Who writes in several texts wrote all of them to CARE: "call me on ..., but after six" as well.
        pending.more_numbers = [*pending.more_numbers, turn.shown_number]
    if address is not None:
        _leave(session, conversation, pending, way, address, writing, ticket_hours)
        return True
    again = ADDED if pending.step == "way" else f"{QUESTIONS[pending.step]}_wrong"
    tell(session, conversation, writing, again)
    return False


def _ask_way(
    session: Session,
    conversation: Conversation,
    pending: PendingMessage,
    writing: Writing,
    ticket_hours: int,
) -> bool:
    """Ask how they want to be reached; what joins a message that waits already is left at once, and that is True."""
    waiting = find_open(session, conversation.id)
    if waiting is None or waiting.callback is None:
        tell(session, conversation, writing, QUESTIONS["way"])
        return False
    callback = waiting.callback
    _store(session, conversation, pending, callback["way"], callback["address"], writing, ticket_hours)
    tell(session, conversation, writing, JOINED)
    return True


def choose_way(
    session: Session, conversation: Conversation, way: str | None, writing: Writing, ticket_hours: int
) -> bool:
    """A pressed way to be reached, None to choose again; True when the message is left now."""
    pending = _find(session, conversation)
    if pending.step == "message":
        # The button of a message that was given up.
        way = "message"
    if way == "chat":
        _leave(session, conversation, pending, "chat", None, writing, ticket_hours)
        return True
    pending.step = way if way in QUESTIONS else "way"
    tell(session, conversation, writing, QUESTIONS[pending.step])
    return False


def ask_again(session: Session, conversation: Conversation, writing: Writing) -> None:
    """Something came that answers nothing (a file, a place): kept, and asked once more."""
    step = _find(session, conversation).step
    tell(session, conversation, writing, "care_message_write" if step == "message" else QUESTIONS[step])


def give_up(session: Session, conversation: Conversation, writing: Writing) -> None:
    """No message; the bot has the floor."""
    forget(session, conversation)
    conversation.speaker = BOT
    tell(session, conversation, writing, "care_message_dropped")


def forget(session: Session, conversation: Conversation) -> None:
    """Nothing of it is kept."""
    session.execute(delete(PendingMessage).where(PendingMessage.conversation_id == conversation.id))


def is_stale(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether the customer went away in the middle, long ago: what they write now is no message for people."""
    pending = session.get(PendingMessage, conversation.id)
    return pending is None or pending.begun_at <= now - LIFE


def _find(session: Session, conversation: Conversation) -> PendingMessage:
    return session.get_one(PendingMessage, conversation.id)


def _read_way(text: str, voice: Voice) -> str | None:
    """A way that is typed instead of pressed: the button's title, or its last word (`telefono`)."""
    said = normalise(text).strip(" .!")
    for button in texts.buttons(QUESTIONS["way"], voice.language, voice.script):
        name, values = read_payload(button.payload)
        title = normalise(button.title)
        if name == "care_way" and said in {title, title.split()[-1]}:
            return str(values["way"])
    return None


def _is_address(text: str, way: str, market: str) -> bool:
    """Whether the text is a number or an address and nothing else."""
    return (read_email(text) if way == "email" else read_phone(text, market)) is not None


def _read_address(text: str, way: str, market: str) -> str | None:
    """A number or an address, alone or in a sentence."""
    whole = read_email(text) if way == "email" else read_phone(text, market)
    if whole is not None:
        return whole
    found = {str(find.value) for find in find_identifiers(text, market) if find.entity == way}
    return found.pop() if len(found) == 1 else None


def _store(
    session: Session,
    conversation: Conversation,
    pending: PendingMessage,
    way: str,
    address: str | None,
    writing: Writing,
    ticket_hours: int,
) -> None:
    """The ticket; the bot has the floor, and the conversation lives until it may have been answered."""
    wish = Wish.model_validate(
        {"reason": pending.reason, "urgent": pending.urgent, "kind": "message", "facts": pending.facts}
    )
    callback = {
        "way": way,
        "address": address,
        "message": pending.message_number,
        "more": pending.more_numbers,
    }
    add_message(session, conversation, wish, callback, writing.now)
    session.delete(pending)
    conversation.speaker = BOT
    if conversation.expires_at is not None:
        conversation.expires_at = max(conversation.expires_at, writing.now + timedelta(hours=ticket_hours))


def _leave(
    session: Session,
    conversation: Conversation,
    pending: PendingMessage,
    way: str,
    address: str | None,
    writing: Writing,
    ticket_hours: int,
) -> None:
    _store(session, conversation, pending, way, address, writing, ticket_hours)
    shown = formats.phone(address) if way == "phone" and address else address or ""
    tell(session, conversation, writing, f"care_message_left_{way}", address=shown)
