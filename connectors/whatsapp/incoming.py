"""What Meta's webhooks bring: each message and each status on its own, so that one cannot stop the others.

Everything is stored before the webhook is answered. What could not be stored makes the answer a 503: Meta posts the
whole webhook again, and what was stored already is recognised.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Session

from connectors.core import delivery_status
from connectors.core.channel import MediaRef
from connectors.core.conversations import voice_of
from connectors.core.gateway import Gateway
from connectors.core.models import Conversation, SentPart
from connectors.core.stand_ins import stand_in
from connectors.core.typed_text import MAX_LENGTH
from connectors.database import utc_now
from connectors.errors import BackendSilent
from connectors.settings import WhatsAppAccount
from connectors.whatsapp.choices import read_more
from connectors.whatsapp.customers import NobodyKnown, conversation_of, retire
from connectors.whatsapp.more_choices import show_more
from connectors.whatsapp.outgoing import ACCOUNT_WRONG, WHATSAPP, WINDOW_OVER, read_mark
from connectors.whatsapp.payloads import Message, MessageStatus, Value, changes_of
from connectors.whatsapp.templates import NOT_WANTED_NOW

log = structlog.get_logger()
# What WhatsApp says of our messages, and what it means here.
STATUSES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
# Asks for nothing and gets no answer.
SILENT = {"reaction", "request_welcome"}
CHANGED_OWNER = {"user_changed_number", "user_changed_user_id", "customer_changed_number"}
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}


class WebhookReader:
    """Reads webhooks for the accounts of one app of Meta's: those that share its secret."""

    def __init__(self, gateway: Gateway, accounts: list[WhatsAppAccount]) -> None:
        self._gateway = gateway
        self._accounts = {account.phone_number_id: account for account in accounts}
        self._readers: dict[str, Callable[[Conversation, Message], Awaitable[None]]] = {
            "text": self._read_text,
            "button": self._read_template_button,
            "interactive": self._read_reply,
            "image": self._read_file,
            "document": self._read_file,
            "location": self._read_location,
            "contacts": self._read_contact,
            "edit": self._read_edit,
            "revoke": self._read_revoke,
            "unsupported": self._read_unsupported,
            "unknown": self._read_unsupported,
        }

    async def take(self, body: Any) -> bool:
        """Take a whole webhook; False when something could not be stored and all of it is to come again."""
        taken = True
        for raw in changes_of(body):
            try:
                value = Value.model_validate(raw)
            except ValidationError as error:
                self._log_malformed("change", error)
                continue
            account = self._accounts.get(value.metadata.phone_number_id)
            if account is None:
                log.warning("whatsapp_number_unknown", phone_number_id=value.metadata.phone_number_id[:30])
                continue
            for fault in value.errors:
                code = fault.get("code") if isinstance(fault, dict) else None
                log.warning("whatsapp_error_told", account=account.name, code=code)
            for message in value.messages:
                taken &= await self._guarded(self._take_message(account, message, value.contacts))
            for status in value.statuses:
                taken &= await self._guarded(self._take_status(status))
        return taken

    async def _guarded(self, work: Awaitable[None]) -> bool:
        try:
            await work
        except ValidationError as error:
            self._log_malformed("message", error)
        except NobodyKnown:
            log.warning("whatsapp_message_malformed", part="message", where=["from"])
        except BackendSilent:
            return False
        except Exception as error:
            log.error("whatsapp_message_not_taken", error_type=type(error).__name__, exc_info=error)
            return False
        return True

    def _log_malformed(self, part: str, error: ValidationError) -> None:
        # Where, and never what: it may be what the customer wrote.
        where = [".".join(str(step) for step in each["loc"]) for each in error.errors()]
        log.warning("whatsapp_message_malformed", part=part, where=where[:5])

    async def _take_message(self, account: WhatsAppAccount, raw: Any, contacts: list[Any]) -> None:
        message = Message.model_validate(raw)
        if message.type in SILENT:
            return
        if message.type == "system":
            if message.system is not None and message.system.type in CHANGED_OWNER:
                await retire(self._gateway, account, message)
            return
        conversation = await conversation_of(self._gateway, account, message, contacts)
        await self._readers.get(message.type, self._read_other)(conversation, message)

    async def _read_text(self, conversation: Conversation, message: Message) -> None:
        if message.text is None:
            return await self._read_other(conversation, message)
        await self._type(conversation, message, message.text.body)

    async def _type(self, conversation: Conversation, message: Message, text: str) -> None:
        reception = self._gateway.reception
        await reception.receive_text(conversation, message.id, text[:MAX_LENGTH], message.sent_at)

    async def _press(self, conversation: Conversation, message: Message, token: str) -> None:
        await self._gateway.reception.receive_button(conversation, message.id, token, message.sent_at)

    async def _read_template_button(self, conversation: Conversation, message: Message) -> None:
        """A template's button carries the token that we gave it, or just its own words."""
        if message.button is None:
            return await self._read_other(conversation, message)
        if message.button.payload in {"", message.button.text}:
            return await self._type(conversation, message, message.button.text)
        await self._press(conversation, message, message.button.payload)

    async def _read_reply(self, conversation: Conversation, message: Message) -> None:
        reply = message.interactive.reply if message.interactive is not None else None
        if reply is None:
            return await self._read_other(conversation, message)
        more = read_more(reply.id)
        if more is not None:
            await show_more(self._gateway, conversation, message.id, *more, message.sent_at)
        else:
            await self._press(conversation, message, reply.id)

    async def _read_file(self, conversation: Conversation, message: Message) -> None:
        media = message.image or message.document
        if media is None:
            return await self._read_other(conversation, message)
        media_type = media.mime_type.partition(";")[0].strip()
        filename = media.filename or f"{message.sent_at:%Y%m%d-%H%M%S}.{ENDINGS.get(media_type, 'bin')}"
        reference = MediaRef(vendor_id=media.id, filename=filename, media_type=media_type)
        await self._gateway.reception.receive_media(
            conversation, message.id, reference, message.sent_at, media.caption
        )

    async def _read_location(self, conversation: Conversation, message: Message) -> None:
        if message.location is None:
            return await self._read_other(conversation, message)
        place = (message.location.latitude, message.location.longitude)
        await self._gateway.reception.receive_location(conversation, message.id, *place, message.sent_at)

    async def _read_contact(self, conversation: Conversation, message: Message) -> None:
        """Whoever is asked for a number may hand over a contact: its number is the answer."""
        phones = [phone for contact in message.contacts for phone in contact.phones]
        number = (phones[0].phone or phones[0].wa_id) if len(phones) == 1 else ""
        if not number:
            return await self._read_other(conversation, message)
        await self._type(conversation, message, number)

    async def _read_edit(self, conversation: Conversation, message: Message) -> None:
        if message.edit is None or not message.edit.message.words:
            return
        await self._gateway.reception.replace_text(
            conversation,
            message.edit.original_message_id,
            message.edit.message.words[:MAX_LENGTH],
            message.sent_at,
            message.id,
        )

    async def _read_revoke(self, conversation: Conversation, message: Message) -> None:
        if message.revoke is not None:
            await self._gateway.reception.withdraw_message(conversation, message.revoke.original_message_id)

    async def _read_unsupported(self, conversation: Conversation, message: Message) -> None:
        """A photo over 5 MB, a view-once photo, a poll: WhatsApp says only that there was something."""
        log.info("whatsapp_unsupported", codes=[error.code for error in message.errors])
        shown = stand_in(voice_of(conversation), "unsupported")
        await self._gateway.reception.answer_with(
            conversation, message.id, shown, "whatsapp_send_as_document", message.sent_at
        )

    async def _read_other(self, conversation: Conversation, message: Message) -> None:
        """Voice, sticker, video, an order, and whatever WhatsApp will think of."""
        kind = "".join(letter for letter in message.type if letter.isalnum() or letter == "_")[:20]
        await self._gateway.reception.receive_unreadable(conversation, message.id, kind, message.sent_at)

    async def _take_status(self, raw: Any) -> None:
        status = MessageStatus.model_validate(raw)
        meant = STATUSES.get(status.status)
        if meant is None:
            return
        codes = [error.code for error in status.errors]
        if meant == "failed":
            log.warning("whatsapp_message_failed", codes=codes)
        else:
            await self._note_taken(status)
        keep = bool((WINDOW_OVER | NOT_WANTED_NOW | ACCOUNT_WRONG) & set(codes))
        error = str(codes[0]) if codes else None
        await self._gateway.reception.note_status(WHATSAPP, status.id, meant, error, keep=keep)

    async def _note_taken(self, status: MessageStatus) -> None:
        """Of a message whose answer was lost this is the first word: it must not be sent again."""
        mark = read_mark(status.biz_opaque_callback_data)
        if mark is None:
            return
        conversation_id, keys = mark

        def is_new(session: Session) -> bool:
            conversation = session.get(Conversation, conversation_id)
            if conversation is None or conversation.channel != WHATSAPP:
                return False
            return any(session.get(SentPart, (conversation_id, *key)) is None for key in keys)

        def note(session: Session) -> None:
            for number, part in keys:
                delivery_status.note_part(session, conversation_id, number, part, status.id, utc_now())

        if await self._gateway.database.read(is_new):
            await self._gateway.database.write(note)
