"""Stores one thing that came in: its line in the transcript, its turn, and what follows from both, as one.

Whatever arrives is taken once by its message id. What was sent long before something that was worked already is
not executed any more: a "yes" of last week must confirm nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from connectors.core import corrections, inbox, messages
from connectors.core.conversations import CYRILLIC, note_login_state, voice_of
from connectors.core.messages import Draft, forget_links
from connectors.core.models import Conversation, Erasure, Turn, name_turn
from connectors.core.outbox import deliver_what_waited
from connectors.core.router import STATE_LIFE, Router
from connectors.core.wakeups import Wakeups
from connectors.core.worker import Worker
from connectors.database import Database, utc_now
from connectors.settings import Settings
from locales.script import script_of

# Late messages often come in heaps: one answer for all that come within this time.
LATE_TOLD_ONCE_IN = timedelta(minutes=10)


@dataclass(frozen=True)
class Received:
    """What became of a message: `fresh` is False when it came before; `secret` when one was taken out of it."""

    message_id: str
    fresh: bool
    secret: bool = False


@dataclass(frozen=True)
class Incoming:
    """What a customer's message becomes: a line of the transcript, and a turn or a text of ours."""

    shown: Draft | None
    turn_text: str = ""
    notice: str | None = None
    detail: dict[str, Any] | None = None
    attachments: list[dict[str, Any]] | None = None
    media: dict[str, Any] | None = None
    # Answered by the gateway itself with this text; the dialogue is not told.
    reply_key: str | None = None
    login_state: str | None = None
    # A code or a password stood in it: the vendor's copy is to be deleted as well.
    secret: bool = False
    # Vendors tell when it was sent; browsers do not.
    sent_at: datetime | None = None
    # Nothing is left to do but to know it.
    done: bool = False


class Intake:
    """Writes what came in and hands it to the worker."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        router: Router,
        wakeups: Wakeups,
        worker: Worker[Turn],
    ) -> None:
        self._settings = settings
        self._database = database
        self._router = router
        self._wakeups = wakeups
        self._worker = worker

    async def take(self, conversation: Conversation, message_id: str, incoming: Incoming) -> Received:
        """Store it, once; it is worked afterwards."""
        lease_seconds = self._worker.lease_seconds
        stored = await self._database.write(
            lambda session: self.store(session, conversation.id, message_id, incoming, lease_seconds)
        )
        return await self.hand_over(stored, incoming.secret)

    async def announce(self, conversation_id: str, message_id: str, incoming: Incoming) -> None:
        """Store news of ours as a turn, which may stay without an answer."""
        lease_seconds = self._worker.lease_seconds

        def write(session: Session) -> Turn:
            conversation = messages.lock(session, conversation_id)
            if incoming.login_state is not None:
                self._note_login(session, conversation, incoming.login_state)
            return inbox.store_turn(
                session,
                conversation,
                message_id,
                incoming.turn_text,
                utc_now(),
                internal=True,
                notice=incoming.notice,
                detail=incoming.detail,
                lease_seconds=lease_seconds,
            )

        await self.hand_over(await self._database.write(write))

    async def hand_over(self, stored: Turn | Received, secret: bool = False) -> Received:
        """Have a stored turn worked; says what became of it."""
        if isinstance(stored, Received):
            return stored
        if stored.state == "working":
            self._worker.take_over(stored)
        elif stored.state == "waiting":
            self._worker.wake(stored.conversation_id, self._settle_seconds(stored.conversation))
        await self._wakeups.publish(stored.conversation_id)
        return Received(stored.rasa_message_id, fresh=True, secret=secret)

    def came_too_late(self, session: Session, conversation_id: str, sent_at: datetime | None) -> bool:
        """Whether it was sent long ago, and something that was sent later is worked or being worked."""
        if sent_at is None or sent_at > utc_now() - timedelta(seconds=self._settings.messenger_late_seconds):
            return False
        return inbox.was_overtaken(session, conversation_id, sent_at)

    def store(
        self,
        session: Session,
        conversation_id: str,
        message_id: str,
        incoming: Incoming,
        lease_seconds: float | None = None,
    ) -> Turn | Received:
        """Within the caller's transaction; Received when it came before."""
        conversation = messages.lock(session, conversation_id)
        known = inbox.find_turn(session, conversation_id, message_id)
        if known is None and conversation.address is not None and incoming.media is None:
            # An edit of a file that came first is one of its caption: the file is still to be taken.
            known = corrections.find_newest(session, conversation_id, corrections.edited_id(message_id))
        if known is not None:
            return Received(name_turn(known), fresh=False)
        now = utc_now()
        self._note_heard(session, conversation, incoming, now)
        if not incoming.done and self.came_too_late(session, conversation_id, incoming.sent_at):
            incoming = replace(incoming, reply_key="system_message_late", login_state=None)
        voice, writing = voice_of(conversation), self._router.writing(conversation, now)
        shown_number = None
        if incoming.shown is not None:
            shown_number = messages.append(session, conversation, incoming.shown, voice.tag, writing)
        if incoming.login_state is not None:
            self._note_login(session, conversation, incoming.login_state)
        if incoming.reply_key is not None and not self._told_already(conversation, incoming.reply_key, now):
            reply = Draft("system", voice.say(incoming.reply_key))
            messages.append(session, conversation, reply, voice.tag, writing)
        if incoming.secret and writing.pushes:
            session.add(
                Erasure(
                    conversation_id=conversation_id,
                    message_id=corrections.vendors_id(message_id),
                    run_after=now,
                    created_at=now,
                )
            )
        return inbox.store_turn(
            session,
            conversation,
            message_id,
            incoming.turn_text,
            now,
            notice=incoming.notice,
            detail=incoming.detail,
            attachments=incoming.attachments,
            answered=incoming.done or incoming.reply_key is not None,
            lease_seconds=lease_seconds,
            sent_at=min(incoming.sent_at or now, now),
            media=incoming.media,
            shown_number=shown_number,
            settle_seconds=self._settle_seconds(conversation),
        )

    def _settle_seconds(self, conversation: Conversation) -> float:
        return 0 if conversation.address is None else self._settings.messenger_settle_seconds

    def _note_heard(
        self, session: Session, conversation: Conversation, incoming: Incoming, now: datetime
    ) -> None:
        if conversation.expires_at is not None:
            # Never sooner: whoever waits for an answer of people was given longer.
            until = now + timedelta(hours=self._settings.conversation_hours)
            conversation.expires_at = max(conversation.expires_at, until)
        if incoming.shown is not None and script_of(incoming.shown.text) == "Cyrl":
            # Whoever writes Serbian in Cyrillic is answered so from the first word, by us as well.
            conversation.language, conversation.script = CYRILLIC.language, CYRILLIC.script
        if conversation.address is not None:
            heard = min(incoming.sent_at or now, now)
            conversation.last_heard_at = max(conversation.last_heard_at or heard, heard)
            deliver_what_waited(session, conversation.id, now)

    def _told_already(self, conversation: Conversation, reply_key: str, now: datetime) -> bool:
        if reply_key != "system_message_late":
            return False
        told = conversation.late_told_at
        if told is not None and told > now - LATE_TOLD_ONCE_IN:
            return True
        conversation.late_told_at = now
        return False

    def _note_login(self, session: Session, conversation: Conversation, state: str) -> None:
        life = STATE_LIFE.get(state)
        note_login_state(conversation, state, utc_now() + life if life else None)
        if state == "logged_in":
            forget_links(session, utc_now(), conversation.id)
