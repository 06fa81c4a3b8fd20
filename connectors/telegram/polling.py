"""Asking Telegram for updates instead of being told: what a developer's computer without a public address does."""

import asyncio

import structlog
from telegram import Bot, Update
from telegram.error import RetryAfter

from connectors.errors import BackendSilent
from connectors.settings import TelegramAccount
from connectors.telegram.client import seconds_to_wait
from connectors.telegram.incoming import Updates

log = structlog.get_logger()
WAIT_SECONDS = 25
KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]
PAUSES = (1, 2, 5, 10, 30)
# An update that fails so often for no known reason is left out, or nothing would come after it.
GIVE_UP_AFTER = 5


async def poll(bot: Bot, account: TelegramAccount, updates: Updates) -> None:
    """Until cancelled. An update counts as fetched only when it is stored."""
    offset: int | None = None
    failures = 0
    in_polling_mode = False
    while True:
        try:
            if not in_polling_mode:
                await bot.delete_webhook(drop_pending_updates=False)
                in_polling_mode = True
            found = await bot.get_updates(offset, timeout=WAIT_SECONDS, allowed_updates=KINDS)
            for update in found:
                await _store(account, update, updates)
                offset = update.update_id + 1
            failures = 0
        except Exception as error:
            # Also what cannot be read: a poller that ended would not be missed by anybody.
            failures += 1
            wait = seconds_to_wait(error) if isinstance(error, RetryAfter) else 0
            log.warning("telegram_polling_failed", account=account.name, reason=type(error).__name__)
            await asyncio.sleep(max(wait, PAUSES[min(failures, len(PAUSES)) - 1]))


async def _store(account: TelegramAccount, update: Update, updates: Updates) -> None:
    """Again and again while the backend is away: whoever waits for a code's check loses nothing."""
    failures = 0
    while True:
        try:
            await updates.take(account, update)
            return
        except Exception as error:
            failures += 1
            away = isinstance(error, BackendSilent)
            log.warning(
                "telegram_update_failed",
                account=account.name,
                error_type=type(error).__name__,
                exc_info=error,
            )
            if failures >= GIVE_UP_AFTER and not away:
                log.error("telegram_update_given_up", account=account.name, update=update.update_id)
                return
        await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])
