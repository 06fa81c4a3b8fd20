"""Small courtesies to a customer's phone that may fail without harm: nobody waits for them, none is tried again."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from telegram import InlineKeyboardMarkup

from connectors.core.channel import CustomerGone, DeliveryFailed, WindowClosed
from connectors.telegram.client import CallRefused, TelegramBots

log = structlog.get_logger()


class Courtesies:
    """Carried out in the background."""

    def __init__(self, bots: TelegramBots) -> None:
        self._bots = bots
        self._tasks: set[asyncio.Task[None]] = set()

    def answer_press(self, account: str, chat: int, query_id: str) -> None:
        """Take the little clock off a pressed button."""
        bot = self._bots.bot(account)
        self._in_passing(account, chat, bot.answer_callback_query(query_id))

    def change_keyboard(
        self, account: str, chat: int, message_id: int, markup: InlineKeyboardMarkup | None
    ) -> None:
        bot = self._bots.bot(account)
        self._in_passing(account, chat, bot.edit_message_reply_markup(chat, message_id, reply_markup=markup))

    def leave_group(self, account: str, chat: int, text: str) -> None:
        """A group hears no one's data: say so and go."""
        self._in_passing(account, chat, self._leave(account, chat, text))

    async def _leave(self, account: str, chat: int, text: str) -> None:
        bot = self._bots.bot(account)
        try:
            with self._bots.calling(account, chat):
                await bot.send_message(chat, text)
        finally:
            await bot.leave_chat(chat)

    def _in_passing(self, account: str, chat: int, call: Coroutine[Any, Any, Any]) -> None:
        async def carry_out() -> None:
            try:
                with self._bots.calling(account, chat):
                    await call
            except (CallRefused, CustomerGone, DeliveryFailed, WindowClosed) as error:
                reason = str(error) or type(error).__name__
                log.info("telegram_courtesy_failed", account=account, reason=reason)

        task = asyncio.create_task(carry_out())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
