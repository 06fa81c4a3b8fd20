"""What a typed text becomes: a turn, a code to be tried, a password that must not be kept, or nothing to work."""

from datetime import datetime
from typing import Any

import structlog

from connectors.core import secrets_guard
from connectors.core.backend_client import BackendClient, BackendRefused, BackendUnavailable
from connectors.core.conversations import login_state_now, voice_of
from connectors.core.intake import Incoming, Intake
from connectors.core.messages import Draft
from connectors.core.models import Conversation
from connectors.core.typed_text import MAX_LENGTH, clean_typed_text, disarm
from connectors.database import Database, utc_now
from connectors.errors import BackendSilent, TextTooLong

log = structlog.get_logger()
LOGIN = "/login"


class TextReader:
    """Looks at texts for secrets before anything of them is written."""

    def __init__(self, database: Database, backend: BackendClient, intake: Intake) -> None:
        self._database = database
        self._backend = backend
        self._intake = intake

    async def look_at(
        self, conversation: Conversation, message_id: str, text: str, sent_at: datetime | None
    ) -> Incoming:
        """What a typed text becomes. Nothing is stored here, but a code is tried."""
        voice = voice_of(conversation)
        typed = clean_typed_text(text)
        if len(typed) > MAX_LENGTH:
            raise TextTooLong(voice.say("system_text_too_long", limit=MAX_LENGTH), max_length=MAX_LENGTH)
        masked = Draft("customer", secrets_guard.MASK, client_message_id=message_id)
        code = secrets_guard.find_code(typed)
        if code is not None and await self._awaits_code(conversation):
            late = await self._database.read(
                lambda session: self._intake.came_too_late(session, conversation.id, sent_at)
            )
            detail = {} if late else await self._verify_code(conversation, code)
            state = "logged_in" if detail.get("result") in {"logged_in", "contact_proven"} else None
            return Incoming(
                masked, LOGIN, "login_changed", detail, login_state=state, secret=True, sent_at=sent_at
            )
        if self._is_password(conversation, typed):
            return Incoming(masked, LOGIN, "password_typed", secret=True, sent_at=sent_at)
        shown = Draft("customer", typed, client_message_id=message_id)
        said = disarm(typed)
        if said:
            return Incoming(shown, said, sent_at=sent_at)
        return Incoming(shown if typed else None, reply_key="system_text_empty", sent_at=sent_at)

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
