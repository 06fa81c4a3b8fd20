"""Where channels bring what customers send: looked at for secrets, stored, acknowledged; worked afterwards.

A code or a password never reaches the database, the log or the dialogue. Everything else is stored before this
returns; the same message id again is recognised and worked once. Messengers also say when something was sent
(`sent_at`, the vendor's clock): that is the order in which it is worked.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connectors.core import corrections, delivery_status, inbox, messages, secrets_guard
from connectors.core.backend_client import BackendClient, BackendUnavailable
from connectors.core.channel import MediaRef
from connectors.core.conversations import (
    Voice,
    find_by_address,
    open_conversation,
    read_voice,
    voice_of,
)
from connectors.core.intake import Incoming, Intake, Received
from connectors.core.media import announced, shared
from connectors.core.messages import Draft, Message
from connectors.core.models import Conversation, Turn, name_turn
from connectors.core.outbox import keep_again
from connectors.core.router import Router
from connectors.core.stand_ins import stand_in
from connectors.core.text_reader import LOGIN, TextReader
from connectors.core.typed_text import MAX_LENGTH, clean_typed_text
from connectors.core.wakeups import Wakeups
from connectors.core.worker import Worker
from connectors.database import Database, utc_now
from connectors.errors import BackendSilent
from connectors.settings import Settings

SHARE_FILE = "/inform"
SHARE_LOCATION = "/find_provider"
# Known to have come, and nothing to be done.
NOTHING = Incoming(None, done=True)
UNKNOWN = Voice("")


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
        self._database = database
        self._backend = backend
        self._router = router
        self._wakeups = wakeups
        self._intake = Intake(settings, database, router, wakeups, worker)
        self._reader = TextReader(database, backend, self._intake)

    @property
    def backend(self) -> BackendClient:
        """The door to the backend, for channels that send its files."""
        return self._backend

    async def read_transcript(self, conversation: Conversation, after: int, limit: int) -> list[Message]:
        """The messages after a number, oldest first."""
        return await self._database.read(
            lambda session: messages.read_after(session, conversation.id, after, utc_now(), limit)
        )

    async def open_for(
        self, channel: str, address: str, market: str, language_hint: str | None = None
    ) -> Conversation:
        """The conversation of a messenger's customer, opened when there is none yet.

        `address` is "{account}:{chat's id}". Raises BackendSilent when the market's language is needed and not known.
        """
        found = await self._database.read(lambda session: find_by_address(session, channel, address))
        if found is not None:
            return found
        voice = await self.choose_voice(market, language_hint)
        opened = partial(
            open_conversation,
            channel=channel,
            market=market,
            voice=voice,
            page_language=voice.language if language_hint else None,
            now=utc_now(),
            address=address,
        )
        try:
            conversation, _ = await self._database.write(opened)
        except IntegrityError:
            # Two messages of a new customer at the same moment.
            return await self.open_for(channel, address, market, language_hint)
        return conversation

    async def choose_voice(self, market: str, language_hint: str | None) -> Voice:
        """How a stranger is spoken to: as the hint says, or in the market's language. Raises BackendSilent."""
        voice = read_voice(language_hint, UNKNOWN)
        if voice != UNKNOWN:
            return voice
        try:
            return Voice((await self._backend.get_market(market)).languages[0])
        except BackendUnavailable:
            raise BackendSilent(retry_after=2) from None

    async def receive_text(
        self, conversation: Conversation, message_id: str, text: str, sent_at: datetime | None = None
    ) -> Received:
        """Take a typed text; raises TextTooLong, or BackendSilent when a code could not be checked."""
        known = await self._find_if_secret(conversation, message_id, text)
        if known is not None:
            return known
        incoming = await self._reader.look_at(conversation, message_id, text, sent_at)
        return await self._intake.take(conversation, message_id, incoming)

    async def replace_text(
        self,
        conversation: Conversation,
        message_id: str,
        text: str,
        sent_at: datetime,
        edit: str | None = None,
    ) -> Received:
        """Take an edited text: the message waits still and gets it, or it is answered as a new one.

        `edit` tells the edits of a message apart, by default their time does. Raises what `receive_text` raises.
        """
        edit_id = corrections.edit_id(message_id, edit or str(int(sent_at.timestamp())))
        known = await self.find_received(conversation, edit_id)
        if known is not None:
            return known
        incoming = await self._reader.look_at(conversation, edit_id, text, sent_at)

        def write(session: Session) -> Turn | Received:
            voice = voice_of(messages.lock(session, conversation.id))
            original = corrections.find_original(session, conversation.id, message_id)
            newer = corrections.find_newer(session, conversation.id, message_id, sent_at)
            plain = not incoming.secret and incoming.reply_key is None
            shown = incoming.shown.text if incoming.shown is not None and plain else None
            if newer is not None or (original is not None and corrections.says(session, original, shown)):
                return self._intake.store(
                    session, conversation.id, edit_id, replace(NOTHING, sent_at=sent_at)
                )
            if original is not None and corrections.is_untouched(original) and original.media is None:
                if shown is not None:
                    said = incoming.turn_text
                    if corrections.change_untouched(session, original, shown, text=said):
                        return self._intake.store(
                            session, conversation.id, edit_id, replace(NOTHING, sent_at=sent_at)
                        )
                else:
                    corrections.take_back(session, original, voice, utc_now())
            return self._intake.store(session, conversation.id, edit_id, incoming)

        return await self._intake.hand_over(await self._database.write(write), incoming.secret)

    async def withdraw_message(self, conversation: Conversation, message_id: str) -> None:
        """The customer took a message back: nothing of it is worked, unless it has been begun."""

        def write(session: Session) -> None:
            voice = voice_of(messages.lock(session, conversation.id))
            original = corrections.find_original(session, conversation.id, message_id)
            if original is None:
                self._intake.store(session, conversation.id, message_id, NOTHING)
            elif corrections.is_untouched(original):
                corrections.take_back(session, original, voice, utc_now())
            caption = corrections.find_original(session, conversation.id, corrections.caption_id(message_id))
            if caption is not None and corrections.is_untouched(caption):
                corrections.take_back(session, caption, voice, utc_now())

        await self._database.write(write)

    async def receive_button(
        self, conversation: Conversation, message_id: str, token: str, sent_at: datetime | None = None
    ) -> Received:
        """Take a pressed button; one that is not valid any more is answered politely and executes nothing."""
        button = await self._database.read(lambda s: messages.find_button(s, conversation.id, token))
        if button is None:
            incoming = Incoming(None, reply_key="system_button_old", sent_at=sent_at)
            return await self._intake.take(conversation, message_id, incoming)
        shown = Draft("customer", button.title, client_message_id=message_id)
        if button.expires_at <= utc_now():
            incoming = Incoming(shown, reply_key="system_button_old", sent_at=sent_at)
        else:
            incoming = Incoming(shown, button.payload, sent_at=sent_at)
        return await self._intake.take(conversation, message_id, incoming)

    async def receive_wish(
        self,
        conversation: Conversation,
        message_id: str,
        shown: str,
        payload: str,
        sent_at: datetime | None = None,
    ) -> Received:
        """Take a command of the channel (`/start`, a deep link): `payload` is an intent that the channel vouches for.

        Nothing that a customer typed may stand in it.
        """
        draft = Draft("customer", shown, client_message_id=message_id)
        return await self._intake.take(conversation, message_id, Incoming(draft, payload, sent_at=sent_at))

    async def answer_with(
        self,
        conversation: Conversation,
        message_id: str,
        shown: str | None,
        key: str,
        sent_at: datetime | None = None,
    ) -> Received:
        """Take a message that the gateway answers itself with the text `key`."""
        draft = Draft("customer", shown, client_message_id=message_id) if shown else None
        incoming = Incoming(draft, reply_key=key, sent_at=sent_at)
        return await self._intake.take(conversation, message_id, incoming)

    async def receive_unreadable(
        self, conversation: Conversation, message_id: str, kind: str, sent_at: datetime | None = None
    ) -> Received:
        """Take what nobody here can read: a voice message, a sticker, a poll; `kind` is the vendor's word for it."""
        shown, key = stand_in(voice_of(conversation), kind), "system_only_text_photos_pdf"
        return await self.answer_with(conversation, message_id, shown, key, sent_at)

    async def receive_location(
        self,
        conversation: Conversation,
        message_id: str,
        latitude: float,
        longitude: float,
        sent_at: datetime | None = None,
    ) -> Received:
        """Take a place: providers near it are looked for."""
        shown = Draft("customer", "📍", client_message_id=message_id)
        detail = {"lat": latitude, "lon": longitude}
        incoming = Incoming(shown, SHARE_LOCATION, detail=detail, sent_at=sent_at)
        return await self._intake.take(conversation, message_id, incoming)

    async def receive_media(
        self,
        conversation: Conversation,
        message_id: str,
        media: MediaRef,
        sent_at: datetime | None = None,
        caption: str = "",
    ) -> Received:
        """Take a file that still lies with the vendor; a caption is a text of its own after it.

        Raises what `receive_text` raises for the caption; the file is stored then, and known when all comes again.
        """
        shown = Draft("customer", files=[announced(media)], client_message_id=message_id)
        incoming = Incoming(shown, SHARE_FILE, media=media.model_dump(), sent_at=sent_at)
        received = await self._intake.take(conversation, message_id, incoming)
        if not caption.strip():
            return received
        told = await self.receive_text(
            conversation, corrections.caption_id(message_id), caption[:MAX_LENGTH], sent_at
        )
        return replace(received, secret=told.secret)

    async def receive_document(
        self, conversation: Conversation, message_id: str, document: dict[str, Any]
    ) -> Received:
        """Take a file that the backend has stored."""
        shown = Draft("customer", files=[shared(document)], client_message_id=message_id)
        incoming = Incoming(shown, SHARE_FILE, attachments=[document])
        return await self._intake.take(conversation, message_id, incoming)

    async def note_status(
        self,
        channel: str,
        vendor_message_id: str,
        status: str,
        error: str | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """Keep what the vendor says of a message out: `sent`, `delivered`, `read`, `failed`; only forward.

        `keep`: it failed for now, and is delivered when the customer writes again.
        """
        now = utc_now()

        def write(session: Session) -> str | None:
            told = delivery_status.note_status(session, channel, vendor_message_id, status, error, now)
            if told is not None and keep and status == "failed":
                keep_again(session, channel, vendor_message_id, now)
            return told

        conversation_id = await self._database.write(write)
        if conversation_id is not None:
            await self._wakeups.publish(conversation_id)

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
        incoming = Incoming(None, LOGIN, notice, detail, login_state=login_state)
        await self._intake.announce(conversation_id, f"login-{secrets.token_hex(8)}", incoming)

    async def _find_if_secret(
        self, conversation: Conversation, message_id: str, text: str
    ) -> Received | None:
        """A text with digits like a code, if it came before: a code is not tried twice."""
        if secrets_guard.find_code(clean_typed_text(text)) is None:
            return None
        return await self.find_received(conversation, message_id)

    async def find_received(self, conversation: Conversation, message_id: str) -> Received | None:
        """What became of a message that may have come before."""
        turn_id = await self._database.read(lambda s: inbox.find_turn(s, conversation.id, message_id))
        return Received(name_turn(turn_id), fresh=False) if turn_id is not None else None
