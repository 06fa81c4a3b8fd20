"""The Telegram channel as the core sees it: delivering, typing, erasing, fetching files, and what runs besides."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import structlog
from telegram.constants import ChatAction, FileSizeLimit

from connectors.core.channel import Channel, CustomerGone, DeliveryFailed, MediaRef, MediaRefused, Parcel
from connectors.core.reception import Reception
from connectors.settings import Settings
from connectors.telegram.client import CallRefused, TelegramBots, read_address
from connectors.telegram.commands import menu_in
from connectors.telegram.courtesies import Courtesies
from connectors.telegram.incoming import Updates
from connectors.telegram.names import TELEGRAM
from connectors.telegram.outgoing import Sender
from connectors.telegram.polling import poll
from locales import texts

log = structlog.get_logger()
LARGEST_DOWNLOAD = int(FileSizeLimit.FILESIZE_DOWNLOAD)


class TelegramChannel(Channel):
    """All accounts of the insurer at Telegram."""

    name = TELEGRAM
    pushes = True

    def __init__(self, settings: Settings) -> None:
        self.bots = TelegramBots(
            settings.telegram_accounts, settings.telegram_api_url, settings.telegram_chat_seconds
        )
        self._public_url = settings.public_url
        self._sender: Sender | None = None
        # What the webhook hands its updates to; there while the channel runs.
        self.updates: Updates | None = None

    async def deliver(self, parcel: Parcel) -> None:
        if self._sender is None:
            raise DeliveryFailed("channel_not_running")
        await self._sender.send(parcel)

    async def show_typing(self, address: str, message_id: str | None) -> None:
        account, chat = read_address(address)
        with self.bots.calling(account, chat):
            await self.bots.bot(account).send_chat_action(chat, ChatAction.TYPING)

    async def erase(self, address: str, message_id: str) -> None:
        account, chat = read_address(address)
        try:
            with self.bots.calling(account, chat):
                await self.bots.bot(account).delete_message(chat, int(message_id))
        except CallRefused as refused:
            # Gone already, or older than 48 hours: there is nothing more to be done.
            log.info("telegram_message_not_erased", reason=refused.reason)

    @contextlib.asynccontextmanager
    async def fetch(self, address: str, media: MediaRef) -> AsyncIterator[AsyncIterator[bytes]]:
        """A customer's file; a link lives for an hour, so each attempt asks for a new one."""
        if media.size is not None and media.size > LARGEST_DOWNLOAD:
            raise MediaRefused("file_too_large", max_bytes=LARGEST_DOWNLOAD)
        account, chat = read_address(address)
        try:
            with self.bots.calling(account, chat):
                file = await self.bots.bot(account).get_file(media.vendor_id)
        except CallRefused as refused:
            if "too big" in refused.reason:
                raise MediaRefused("file_too_large", max_bytes=LARGEST_DOWNLOAD) from None
            raise MediaRefused("file_gone") from None
        try:
            async with self.bots.http.stream("GET", file.file_path or "") as response:
                if response.status_code != 200:
                    raise DeliveryFailed(f"file_status_{response.status_code}")
                yield response.aiter_bytes()
        except httpx.HTTPError as error:
            raise DeliveryFailed(type(error).__name__) from None

    @contextlib.asynccontextmanager
    async def running(self, reception: Reception) -> AsyncIterator[None]:
        """Poll for the accounts that are polled, and show the commands in Telegram's menu."""
        courtesies = Courtesies(self.bots)
        self._sender = Sender(self.bots, reception.backend, self._public_url)
        self.updates = updates = Updates(reception, self.bots, courtesies, self._public_url)
        jobs = [asyncio.create_task(self._show_commands())]
        jobs += [
            asyncio.create_task(poll(self.bots.bot(name), account, updates))
            for name, account in self.bots.accounts.items()
            if account.mode == "polling"
        ]
        try:
            yield
        finally:
            self.updates = self._sender = None
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await courtesies.close()
            await self.bots.close()

    async def _show_commands(self) -> None:
        """In every language; a vendor that is away is asked at the next start."""
        for name in self.bots.accounts:
            try:
                with self.bots.calling(name, 0):
                    for language in texts.languages():
                        await self.bots.bot(name).set_my_commands(menu_in(language), language_code=language)
            except (CallRefused, CustomerGone, DeliveryFailed) as error:
                log.warning("telegram_commands_not_set", account=name, reason=str(error))
