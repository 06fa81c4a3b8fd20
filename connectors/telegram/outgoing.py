"""Hands messages over to Telegram: part by part, at its pace, each part once."""

import structlog
from telegram import LinkPreviewOptions
from telegram import Message as Sent
from telegram.constants import ParseMode

from connectors.core.backend_client import BackendClient, BackendRefused, BackendUnavailable
from connectors.core.channel import DeliveryFailed, Parcel
from connectors.core.own_files import OwnFile, fetch_own_file
from connectors.telegram.client import CallRefused, TelegramBots, read_address
from connectors.telegram.rendering import FilePart, Part, PlacePart, TextPart, as_bare_text, render

log = structlog.get_logger()
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# What is noted in the place of an id for a part that Telegram does not take in any form.
NOT_TAKEN = "refused"


class Sender:
    """Sends parcels; `backend` has the files that are ours."""

    def __init__(self, bots: TelegramBots, backend: BackendClient, public_url: str) -> None:
        self._bots = bots
        self._backend = backend
        self._public_url = public_url

    async def send(self, parcel: Parcel) -> None:
        account, chat = read_address(parcel.address)
        for message in parcel.messages:
            for number, part in enumerate(render(message, self._public_url)):
                if (message.id, number) in parcel.done_parts:
                    continue
                await self._bots.wait_for_turn(account, chat)
                sent = await self._send_somehow(account, chat, part, parcel.conversation_id)
                await parcel.note_part(message.id, number, sent)

    async def _send_somehow(self, account: str, chat: int, part: Part, conversation_id: str) -> str:
        """Its id. What is not taken as it should look is sent as bare text; trying again would not help."""
        try:
            return await self._send(account, chat, part)
        except CallRefused as refused:
            log.error("telegram_part_refused", conversation_id=conversation_id, reason=refused.reason)
        try:
            return await self._send(account, chat, as_bare_text(part))
        except CallRefused as refused:
            log.error("telegram_text_refused", conversation_id=conversation_id, reason=refused.reason)
        return NOT_TAKEN

    async def _send(self, account: str, chat: int, part: Part) -> str:
        bot = self._bots.bot(account)
        content = None
        if isinstance(part, FilePart):
            content = await self._fetch_own(part)
            if content is None:
                part = TextPart(f"{part.instead}\n\n{part.gone}", part.keyboard)
        with self._bots.calling(account, chat):
            if isinstance(part, TextPart):
                sent = await bot.send_message(
                    chat,
                    part.html,
                    parse_mode=ParseMode.HTML,
                    reply_markup=part.keyboard.markup() or part.below,
                    link_preview_options=NO_PREVIEW,
                )
            elif isinstance(part, PlacePart):
                place = part.place
                sent = await bot.send_venue(
                    chat, place.lat, place.lon, part.title, place.address or part.title
                )
            else:
                assert content is not None
                sent = await self._send_file(account, chat, part, content)
        return str(sent.message_id)

    async def _send_file(self, account: str, chat: int, part: FilePart, file: OwnFile) -> Sent:
        bot, markup = self._bots.bot(account), part.keyboard.markup()
        caption, mode = part.caption or None, ParseMode.HTML
        if part.is_picture:
            return await bot.send_photo(
                chat, file.content, caption, parse_mode=mode, reply_markup=markup, filename=file.filename
            )
        return await bot.send_document(
            chat, file.content, caption, parse_mode=mode, reply_markup=markup, filename=file.filename
        )

    async def _fetch_own(self, part: FilePart) -> OwnFile | None:
        """None when it may not be had any more; raises DeliveryFailed."""
        try:
            return await fetch_own_file(self._backend, part.url, self._public_url)
        except BackendRefused:
            return None
        except BackendUnavailable as error:
            raise DeliveryFailed(error.reason) from None
