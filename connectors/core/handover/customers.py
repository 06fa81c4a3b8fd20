"""A customer's turn while the bot has not the floor, and the buttons that the gateway answers itself.

Words in the queue and to an agent stand in the transcript already: nothing else is done with them. Everything of a
turn is one transaction with "done", or the turn goes on to the dialogue.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.core import jobs
from connectors.core.conversations import voice_of
from connectors.core.handover import messages_left
from connectors.core.handover.customers_page import note_typing
from connectors.core.handover.models import LIVE, TAKEN, Handover
from connectors.core.handover.no_desk import NO_DESK
from connectors.core.handover.notices import answer_notice
from connectors.core.handover.overheard import UNREAD, Overheard, warn
from connectors.core.handover.ownership import HANDED_BACK, SPEAK_AGAIN, TICKET_WAITS, floor_detail
from connectors.core.handover.rating import hear_typed, rate, read_score
from connectors.core.handover.story import find_open, record
from connectors.core.handover.telling import PAYLOAD, WritingFor, read_payload, tell
from connectors.core.handover.waiting import Place, Wish, leave_queue, place_in_queue, request
from connectors.core.jobs import Lease
from connectors.core.messages import Draft, Writing, append, lock
from connectors.core.models import (
    AGENT,
    BOT,
    MESSAGE_TAKER,
    QUEUE,
    Conversation,
    TranscriptMessage,
    Turn,
)

log = structlog.get_logger()
# Answers a button of the desk's own: the conversation, what stands in the button, the turn's name. See `Customers`.
PayloadHandler = Callable[[Conversation, dict[str, Any], str], Awaitable[list[Draft]]]
# A quick reply that an agent put below an answer.
REPLY = "care_reply"


class Customers:
    """What the gateway does with turns that are not the dialogue's.

    `payloads` has the desk's own buttons by name: a handler is awaited in the conversation's order whoever speaks,
    and again under the same turn's name after a crash; what it returns is stored with the turn.
    """

    def __init__(
        self, writing_for: WritingFor, ticket_hours: int, page_gone: timedelta, staffed: bool = True
    ) -> None:
        self._writing_for = writing_for
        # False: this house has no desk, so nobody is waited for and no message would be read.
        self._staffed = staffed
        self._ticket_hours = ticket_hours
        self._page_gone = page_gone
        self.payloads: dict[str, PayloadHandler] = {}
        self._own: Mapping[str, Callable[[Session, Conversation, dict[str, Any], Writing], str | None]] = {
            "care_place": self._tell_place,
            "care_return": self._return,
            "care_message": self._take_message,
            "care_way": self._choose_way,
            "care_rate": self._rate,
        }

    def concerns(self, turn: Turn) -> bool:
        """Whether the turn may be the gateway's; `settle` knows for sure."""
        conversation = turn.conversation
        return (
            conversation.speaker != BOT
            or PAYLOAD.fullmatch(turn.text) is not None
            or read_score(turn.text, voice_of(conversation)) is not None
        )

    async def ask_desk(self, turn: Turn) -> list[Draft]:
        """What the desk answers to a button of its own."""
        name, values = read_payload(turn.text)
        handler = self.payloads.get(name)
        if handler is None:
            return []
        return await handler(turn.conversation, values, turn.rasa_message_id)

    def settle(
        self,
        session: Session,
        turn: Turn,
        lease: Lease,
        drafts: list[Draft],
        now: datetime,
        overheard: Overheard | None = None,
    ) -> bool:
        """Answer the turn as the gateway and finish it; False when it goes on to the dialogue. Raises LeaseLost.

        `overheard`: what the words of somebody who waits may mean.
        """
        conversation = lock(session, turn.conversation_id)
        writing = self._writing_for(conversation, now)
        if overheard is not None and overheard.danger and conversation.speaker in UNREAD:
            warn(session, conversation, overheard.market, writing)
        elif overheard is not None and overheard.leaving and conversation.speaker == QUEUE:
            tell(session, conversation, writing, "care_in_queue")
        if read_payload(turn.text)[0]:
            by = self._press(session, conversation, turn, drafts, writing)
        elif conversation.speaker == BOT:
            if not hear_typed(session, conversation, turn, writing):
                return False
            tell(session, conversation, writing, "care_rated")
            by = None
        elif conversation.speaker == MESSAGE_TAKER:
            if messages_left.is_stale(session, conversation, now):
                messages_left.forget(session, conversation)
                conversation.speaker = BOT
                return False
            by = self._hear_message(session, conversation, turn, writing)
            if by == BOT:
                return False
        else:
            self._hear_silently(session, conversation, turn, writing)
            by = None
        if by is not None:
            _become_handed_back(session, turn, by)
            return False
        jobs.finish(session, Turn, lease, now)
        conversation.last_turn_done_at = now
        return True

    def begin(self, session: Session, conversation: Conversation, wish: Wish, writing: Writing) -> None:
        """The dialogue asks for people: into the queue, or a message is taken; the customer is told."""
        if not self._staffed:
            tell(session, conversation, writing, NO_DESK)
            return
        if wish.kind != LIVE:
            messages_left.begin(session, conversation, wish, writing)
            return
        handover = request(session, conversation, wish, writing.now)
        place = place_in_queue(session, handover, writing.now, self._page_gone)
        _tell_place(session, conversation, "care_queued", place, writing)

    def drop_answer(self, session: Session, conversation: Conversation, turn: Turn, now: datetime) -> None:
        """An answer came when somebody else spoke already: said to nobody, and the agent knows of it."""
        log.info("answer_dropped", conversation_id=conversation.id, turn=turn.id)
        handover = find_open(session, conversation.id)
        if handover is not None:
            record(session, handover, "answer_dropped", now)

    def _press(
        self,
        session: Session,
        conversation: Conversation,
        turn: Turn,
        drafts: list[Draft],
        writing: Writing,
    ) -> str | None:
        name, values = read_payload(turn.text)
        if name == REPLY:
            self._hear_reply(session, conversation, values, turn, writing)
            return None
        if name in self._own:
            return self._own[name](session, conversation, values, writing)
        for draft in drafts:
            append(session, conversation, draft, voice_of(conversation).tag, writing)
        if name not in self.payloads:
            tell(session, conversation, writing, "system_button_old")
        return None

    def _hear_reply(
        self,
        session: Session,
        conversation: Conversation,
        values: dict[str, Any],
        turn: Turn,
        writing: Writing,
    ) -> None:
        """A quick reply of an agent's: words like typed ones while that hand-over lasts, whoever has it by now."""
        handover = find_open(session, conversation.id)
        lasts = handover is not None and handover.id == values.get("handover")
        if lasts and conversation.speaker in {AGENT, QUEUE}:
            self._hear_silently(session, conversation, turn, writing)
        else:
            tell(session, conversation, writing, "system_button_old")

    def _tell_place(
        self, session: Session, conversation: Conversation, values: dict[str, Any], writing: Writing
    ) -> str | None:
        handover = find_open(session, conversation.id)
        if conversation.speaker == QUEUE and handover is not None:
            place = place_in_queue(session, handover, writing.now, self._page_gone)
            _tell_place(session, conversation, "care_place", place, writing)
        elif conversation.speaker != AGENT:
            tell(session, conversation, writing, "care_not_waiting")
        return None

    def _return(
        self, session: Session, conversation: Conversation, values: dict[str, Any], writing: Writing
    ) -> str | None:
        if conversation.speaker == AGENT:
            return None
        if conversation.speaker == MESSAGE_TAKER:
            messages_left.give_up(session, conversation, writing)
            return "message"
        left = leave_queue(session, conversation, writing.now)
        if left and find_open(session, conversation.id) is not None:
            tell(session, conversation, writing, TICKET_WAITS)
            return "message"
        return "customer"

    def _take_message(
        self, session: Session, conversation: Conversation, values: dict[str, Any], writing: Writing
    ) -> str | None:
        if conversation.speaker == AGENT:
            return None
        if conversation.speaker == MESSAGE_TAKER:
            messages_left.ask_again(session, conversation, writing)
            return None
        if not self._staffed:
            tell(session, conversation, writing, NO_DESK)
            return None
        wish = Wish(reason="message", kind="message")
        waited = find_open(session, conversation.id)
        if conversation.speaker == QUEUE and waited is not None:
            wish = Wish.model_validate(
                {"reason": waited.reason, "urgent": waited.urgent, "kind": "message", "facts": waited.facts}
            )
            leave_queue(session, conversation, writing.now, outcome="left_message")
        messages_left.begin(session, conversation, wish, writing)
        return None

    def _choose_way(
        self, session: Session, conversation: Conversation, values: dict[str, Any], writing: Writing
    ) -> str | None:
        if conversation.speaker != MESSAGE_TAKER:
            if conversation.speaker in {BOT, QUEUE}:
                # An old button that does nothing would look dead.
                key = "system_button_old" if conversation.speaker == BOT else "care_in_queue"
                tell(session, conversation, writing, key)
            return None
        way = str(values["way"]) if "way" in values else None
        left = messages_left.choose_way(session, conversation, way, writing, self._ticket_hours)
        return "message" if left else None

    def _rate(
        self, session: Session, conversation: Conversation, values: dict[str, Any], writing: Writing
    ) -> str | None:
        rated = rate(session, conversation, values.get("handover"), values.get("score"), writing.now)
        tell(session, conversation, writing, "care_rated" if rated else "system_button_old")
        return None

    def _hear_message(
        self, session: Session, conversation: Conversation, turn: Turn, writing: Writing
    ) -> str | None:
        """While a message is taken; BOT when the customer chose something else of the menu."""
        if answer_notice(session, conversation, turn, writing):
            return None
        if brings_something(turn):
            messages_left.ask_again(session, conversation, writing)
            return None
        if turn.text.startswith("/"):
            messages_left.give_up(session, conversation, writing)
            return BOT
        left = messages_left.hear_text(session, conversation, turn, writing, self._ticket_hours)
        return "message" if left else None

    def _hear_silently(
        self, session: Session, conversation: Conversation, turn: Turn, writing: Writing
    ) -> None:
        """In the queue and with an agent: what was said stands in the transcript."""
        if answer_notice(session, conversation, turn, writing) or turn.internal:
            return
        if conversation.speaker == QUEUE:
            if turn.text.startswith("/") and not brings_something(turn):
                # A button or command of the bot: it would look dead.
                tell(session, conversation, writing, "care_in_queue")
            return
        note_typing(session, conversation.id, None)
        if not _was_answered(session, turn):
            session.execute(
                update(Handover)
                .where(
                    Handover.conversation_id == conversation.id,
                    Handover.state == TAKEN,
                    Handover.unanswered_since.is_(None),
                )
                .values(unanswered_since=writing.now)
                .execution_options(synchronize_session=False)
            )


def brings_something(turn: Turn) -> bool:
    """A file or a place, not a word."""
    return bool(turn.attachments or turn.media or "lat" in turn.detail)


def _tell_place(
    session: Session, conversation: Conversation, key: str, place: Place, writing: Writing
) -> None:
    if not place.staffed:
        tell(session, conversation, writing, f"{key}_unstaffed", position=place.position)
    elif place.minutes is None:
        tell(session, conversation, writing, key, position=place.position)
    else:
        tell(session, conversation, writing, f"{key}_minutes", position=place.position, minutes=place.minutes)


def _become_handed_back(session: Session, turn: Turn, by: str) -> None:
    """The turn goes on as the notice that the dialogue has the floor again; stored, so that a crash changes nothing."""
    turn.text, turn.notice, turn.detail = SPEAK_AGAIN, HANDED_BACK, floor_detail(by, [], resume=True)
    session.execute(
        update(Turn)
        .where(Turn.id == turn.id)
        .values(text=turn.text, notice=turn.notice, detail=turn.detail)
        .execution_options(synchronize_session=False)
    )


def _was_answered(session: Session, turn: Turn) -> bool:
    """Whether the agent wrote after this very message."""
    if turn.shown_number is None:
        return False
    later = select(TranscriptMessage.number).where(
        TranscriptMessage.conversation_id == turn.conversation_id,
        TranscriptMessage.number > turn.shown_number,
        TranscriptMessage.author == AGENT,
    )
    return session.execute(later.limit(1)).first() is not None
