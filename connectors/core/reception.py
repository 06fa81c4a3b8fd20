"""Where channels bring what customers send: looked at for secrets, stored, acknowledged; worked afterwards.

A code or a password never reaches the database, the log or the dialogue. Everything else is stored before this
returns; the same message id again is recognised and worked once.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from connectors.core import inbox, messages, secrets_guard
from connectors.core.backend_client import BackendClient, BackendRefused, BackendUnavailable
from connectors.core.conversations import CYRILLIC, login_state_now, note_login_state, voice_of
from connectors.core.messages import Draft, SharedFile, forget_links
from connectors.core.models import Conversation, Turn, name_turn
from connectors.core.router import STATE_LIFE, Router
from connectors.core.typed_text import MAX_LENGTH, clean_typed_text, disarm
from connectors.core.wakeups import Wakeups
from connectors.core.worker import Worker
from connectors.database import Database, utc_now
from connectors.errors import BackendSilent, TextTooLong
from connectors.settings import Settings
from locales.script import script_of

log = structlog.get_logger()
LOGIN = "/login"
SHARE_FILE = "/inform"


@dataclass(frozen=True)
class Received:
    """What became of a message: `fresh` is False when it came before."""

    message_id: str
    fresh: bool


@dataclass(frozen=True)
class Incoming:
    """What a customer's message becomes: a line of the transcript, and a turn or a text of ours."""

    shown: Draft | None
    turn_text: str = ""
    notice: str | None = None
    detail: dict[str, Any] | None = None
    attachments: list[dict[str, Any]] | None = None
    # Answered by the gateway itself with this text; the dialogue is not told.
    reply_key: str | None = None
    login_state: str | None = None


class Reception:
    """Takes texts, buttons, files and news of the log-in."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        backend: BackendClient,
        router: Router,
        wakeups: Wakeups,
        worker: Worker[Turn],
    ) -> None:
        self._settings = settings
        self._database = database
        self._backend = backend
        self._router = router
        self._wakeups = wakeups
        self._worker = worker

    async def receive_text(self, conversation: Conversation, message_id: str, text: str) -> Received:
        """Take a typed text; raises TextTooLong, or BackendSilent when a code could not be checked."""
        voice = voice_of(conversation)
        typed = clean_typed_text(text)
        if len(typed) > MAX_LENGTH:
            raise TextTooLong(voice.say("system_text_too_long", limit=MAX_LENGTH), max_length=MAX_LENGTH)
        masked = Draft("customer", secrets_guard.MASK, client_message_id=message_id)
        code = secrets_guard.find_code(typed)
        if code is not None and await self._awaits_code(conversation):
            known = await self.find_received(conversation, message_id)
            if known is not None:
                return known
            detail = await self._verify_code(conversation, code)
            state = "logged_in" if detail["result"] in {"logged_in", "contact_proven"} else None
            incoming = Incoming(masked, LOGIN, "login_changed", detail, login_state=state)
        elif self._is_password(conversation, typed):
            incoming = Incoming(masked, LOGIN, "password_typed")
        else:
            shown = Draft("customer", typed, client_message_id=message_id)
            said = disarm(typed)
            incoming = (
                Incoming(shown, said)
                if said
                else Incoming(shown if typed else None, reply_key="system_text_empty")
            )
        return await self._take(conversation, message_id, incoming)

    async def receive_button(self, conversation: Conversation, message_id: str, token: str) -> Received:
        """Take a pressed button; one that is not valid any more is answered politely and executes nothing."""
        button = await self._database.read(lambda s: messages.find_button(s, conversation.id, token))
        if button is None:
            return await self._take(conversation, message_id, Incoming(None, reply_key="system_button_old"))
        shown = Draft("customer", button.title, client_message_id=message_id)
        if button.expires_at <= utc_now():
            return await self._take(conversation, message_id, Incoming(shown, reply_key="system_button_old"))
        return await self._take(conversation, message_id, Incoming(shown, button.payload))

    async def receive_document(
        self, conversation: Conversation, message_id: str, document: dict[str, Any]
    ) -> Received:
        """Take a file that the backend has stored."""
        file = SharedFile(
            document_id=document["document_id"],
            filename=str(document.get("filename", "")),
            kind=str(document.get("kind", "")),
            size=int(document.get("size") or 0),
        )
        shown = Draft("customer", files=[file], client_message_id=message_id)
        return await self._take(conversation, message_id, Incoming(shown, SHARE_FILE, attachments=[document]))

    async def refuse_document(self, conversation: Conversation, text: str) -> None:
        """Say in the chat why a file was not taken."""

        def write(session: Session) -> None:
            current = messages.lock(session, conversation.id)
            tag = voice_of(current).tag
            messages.append(
                session, current, Draft("system", text), tag, self._router.writing(current, utc_now())
            )

        await self._database.write(write)
        await self._wakeups.publish(conversation.id)

    async def announce_login(self, conversation_id: str, detail: dict[str, Any]) -> None:
        """Let the chat go on by itself after a step of the log-in was done on the secure page."""
        state = "logged_in" if detail["result"] == "logged_in" else "code_sent"
        await self._announce(conversation_id, "login_changed", detail, state)

    async def announce_account(self, conversation_id: str, detail: dict[str, Any]) -> None:
        """Let the chat go on by itself after something about the account was done on its secure page."""
        await self._announce(conversation_id, "account_changed", detail, None)

    async def _announce(
        self, conversation_id: str, notice: str, detail: dict[str, Any], login_state: str | None
    ) -> None:
        lease_seconds = self._worker.lease_seconds

        def write(session: Session) -> Turn:
            conversation = messages.lock(session, conversation_id)
            if login_state is not None:
                self._note_login(session, conversation, login_state)
            message_id = f"login-{secrets.token_hex(8)}"
            return inbox.store_turn(
                session,
                conversation,
                message_id,
                LOGIN,
                utc_now(),
                internal=True,
                notice=notice,
                detail=detail,
                lease_seconds=lease_seconds,
            )

        await self._hand_over(await self._database.write(write))

    async def _verify_code(self, conversation: Conversation, code: str) -> dict[str, Any]:
        """What the backend makes of a code, as the dialogue wants to know it; raises BackendSilent."""
        try:
            login = await self._backend.verify_code(conversation.id, code)
            if login.state == "contact_proven":
                return {"result": login.state, "contact": login.contact}
            return {"result": "logged_in", "first_name": login.first_name}
        except BackendRefused as refused:
            if refused.error in {"code_wrong", "code_expired", "too_many_attempts"}:
                kept: dict[str, Any] = {
                    k: refused.detail[k] for k in ("tries_left", "retry_after") if k in refused.detail
                }
                return {"result": refused.error, **kept}
            # The code was taken a moment ago, perhaps by an attempt of this very message that was cut off.
            return await self._after_no_code(conversation)
        except BackendUnavailable as error:
            raise self._silent(conversation, error) from None

    async def _after_no_code(self, conversation: Conversation) -> dict[str, Any]:
        try:
            login = await self._backend.get_login(conversation.id)
        except BackendUnavailable as error:
            raise self._silent(conversation, error) from None
        except BackendRefused:
            return {"result": "code_expired"}
        if login.state == "logged_in":
            return {"result": "logged_in", "first_name": login.first_name}
        return {"result": "code_expired"}

    async def _awaits_code(self, conversation: Conversation) -> bool:
        state = login_state_now(conversation, utc_now())
        if state == "code_sent":
            return True
        try:
            login = await self._backend.get_login(conversation.id)
            return login.awaits_code or login.state == "code_sent"
        except BackendRefused:
            return False
        except BackendUnavailable as error:
            # With a log-in under way it may be a code: better not taken at all than stored.
            if state in {"link_sent", "unsure"}:
                raise self._silent(conversation, error) from None
            return False

    def _is_password(self, conversation: Conversation, typed: str) -> bool:
        now = utc_now()
        state = login_state_now(conversation, now)
        return secrets_guard.looks_like_password(
            typed, now.date(), login_open=state == "link_sent", anonymous=state != "logged_in"
        )

    def _silent(self, conversation: Conversation, error: BackendUnavailable) -> BackendSilent:
        log.warning("backend_unavailable", conversation_id=conversation.id, reason=error.reason)
        return BackendSilent(voice_of(conversation).say("system_try_again"), retry_after=2)

    async def find_received(self, conversation: Conversation, message_id: str) -> Received | None:
        """What became of a message that may have come before."""
        turn_id = await self._database.read(lambda s: inbox.find_turn(s, conversation.id, message_id))
        return Received(name_turn(turn_id), fresh=False) if turn_id is not None else None

    async def _take(self, conversation: Conversation, message_id: str, incoming: Incoming) -> Received:
        lease_seconds = self._worker.lease_seconds
        stored = await self._database.write(
            lambda session: self._store(session, conversation.id, message_id, incoming, lease_seconds)
        )
        if isinstance(stored, Received):
            return stored
        await self._hand_over(stored)
        return Received(stored.rasa_message_id, fresh=True)

    def _store(
        self,
        session: Session,
        conversation_id: str,
        message_id: str,
        incoming: Incoming,
        lease_seconds: float | None,
    ) -> Turn | Received:
        now = utc_now()
        conversation = messages.lock(session, conversation_id)
        known = inbox.find_turn(session, conversation_id, message_id)
        if known is not None:
            return Received(name_turn(known), fresh=False)
        if conversation.expires_at is not None:
            conversation.expires_at = now + timedelta(hours=self._settings.conversation_hours)
        if incoming.shown is not None and script_of(incoming.shown.text) == "Cyrl":
            # Whoever writes Serbian in Cyrillic is answered so from the first word, by us as well.
            conversation.language, conversation.script = CYRILLIC.language, CYRILLIC.script
        voice, writing = voice_of(conversation), self._router.writing(conversation, now)
        if incoming.shown is not None:
            messages.append(session, conversation, incoming.shown, voice.tag, writing)
        if incoming.login_state is not None:
            self._note_login(session, conversation, incoming.login_state)
        if incoming.reply_key is not None:
            reply = Draft("system", voice.say(incoming.reply_key))
            messages.append(session, conversation, reply, voice.tag, writing)
        return inbox.store_turn(
            session,
            conversation,
            message_id,
            incoming.turn_text,
            now,
            notice=incoming.notice,
            detail=incoming.detail,
            attachments=incoming.attachments,
            answered=incoming.reply_key is not None,
            lease_seconds=lease_seconds,
        )

    def _note_login(self, session: Session, conversation: Conversation, state: str) -> None:
        life = STATE_LIFE.get(state)
        note_login_state(conversation, state, utc_now() + life if life else None)
        if state == "logged_in":
            forget_links(session, utc_now(), conversation.id)

    async def _hand_over(self, turn: Turn) -> None:
        if turn.state == "working":
            self._worker.take_over(turn)
        elif turn.state == "waiting":
            self._worker.wake(turn.conversation_id)
        await self._wakeups.publish(turn.conversation_id)
