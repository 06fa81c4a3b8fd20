"""What Telegram's servers keep: bots, files, and the updates on their way to the assistant.

Updates go to the webhook that was set, with its secret; without one they wait for getUpdates. What the webhook
does not take is sent again, as Telegram does.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from simulators.accounts import TelegramAccount
from simulators.chats import Account, Button, Chat, ChatKey, Chats, Entry, EntryUnknown, File
from simulators.telegram_texts import Refused

Json = dict[str, Any]
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
# Pauses before what the webhook did not take is sent again.
AGAIN_AFTER = (0.5, 1, 2, 4, 8, 15, 30)
PHOTO_SIDES = (90, 320, 800, 1280)
FIRST_NAMES = ("Rina", "Marko", "Chiara", "Budi", "Jelena", "Paolo")


@dataclass
class Bot:
    """One account: its webhook, what waits to be fetched, and what it was told."""

    account: TelegramAccount
    id: int
    webhook: str | None = None
    secret: str | None = None
    waiting: list[Json] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    last_error: Json = field(default_factory=dict)
    # Every call that was answered, for tests to look at: method and parameters.
    calls: list[tuple[str, Json]] = field(default_factory=list)


class Lines:
    """The bots of one installation and what is on its way to them."""

    vendor = "telegram"

    def __init__(
        self,
        accounts: Sequence[TelegramAccount],
        chats: Chats,
        gateway_url: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """With `gateway_url` the webhooks of all accounts are set from the beginning."""
        self.chats = chats
        self.bots = {
            account.name: Bot(account, 7_000_000_000 + number) for number, account in enumerate(accounts)
        }
        if gateway_url:
            self._set_webhooks(gateway_url)
        self.files: dict[str, File] = {}
        # The groups that each bot left.
        self.left: dict[str, list[str]] = {}
        self._posted: dict[tuple[ChatKey, str], list[Json]] = {}
        self._queries: dict[str, tuple[ChatKey, str]] = {}
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._updates = itertools.count(secrets.randbelow(900_000_000) + 1)
        self._tasks: set[asyncio.Task[None]] = set()

    def reach(self, gateway_url: str, transport: httpx.AsyncBaseTransport) -> None:
        """Reach a gateway that runs in this very process."""
        self._transport = transport
        self._set_webhooks(gateway_url)

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=30)
        return self._http

    def _set_webhooks(self, gateway_url: str) -> None:
        for name, bot in self.bots.items():
            bot.webhook = f"{gateway_url}/webhooks/telegram/{name}"
            bot.secret = bot.account.webhook_secret.get_secret_value()

    @property
    def accounts(self) -> list[Account]:
        return [bot.account.shown for bot in self.bots.values()]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Nothing more is sent again when this is left."""
        try:
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop sending again what was not taken."""
        for task in self._tasks:
            task.cancel()
        for bot in self.bots.values():
            # Whoever waits for updates waits no longer.
            bot.arrived.set()
        if self._http is not None:
            await self._http.aclose()

    def _key(self, bot: Bot, given: Json) -> ChatKey:
        return ChatKey(self.vendor, bot.account.name, str(given.get("chat_id")))

    def _chats_of(self, bot: Bot) -> list[Chat]:
        return [
            chat
            for chat in self.chats.all()
            if chat.key.account == bot.account.name and chat.key.vendor == self.vendor
        ]

    def _find(self, key: ChatKey, given: Json, missing: str) -> Entry:
        try:
            entry = self.chats.find(key, str(given.get("message_id")))
        except EntryUnknown:
            entry = None
        if entry is None or entry.deleted:
            raise Refused(400, f"Bad Request: {missing}")
        return entry

    async def _tell(self, bot: Bot, content: Json, key: ChatKey, entry_id: str) -> None:
        update = {"update_id": next(self._updates), **content}
        self._posted.setdefault((key, entry_id), []).append(update)
        taken = await self._hand_over(bot, update)
        self._note(key, entry_id, taken == 200)
        if taken != 200:
            self._start(self._send_again(bot, update, (key, entry_id), AGAIN_AFTER))

    async def _hand_over(self, bot: Bot, update: Json) -> int:
        if not bot.webhook:
            bot.waiting.append(update)
            bot.arrived.set()
            return 200
        headers = {SECRET_HEADER: bot.secret} if bot.secret else {}
        try:
            answer = await self._client().post(bot.webhook, json=update, headers=headers)
            status = answer.status_code
        except httpx.HTTPError:
            status = 0
        if status != 200:
            bot.last_error = {
                "last_error_date": int(time.time()),
                "last_error_message": f"Wrong response from the webhook: {status}"
                if status
                else "Connection refused",
            }
        return status

    async def _send_again(
        self, bot: Bot, update: Json, entry: tuple[ChatKey, str] | None, pauses: Sequence[float]
    ) -> None:
        for pause in (*pauses, 0):
            if await self._hand_over(bot, update) == 200:
                if entry is not None:
                    self._note(*entry, True)
                return
            await asyncio.sleep(pause)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note(self, key: ChatKey, entry_id: str, taken: bool) -> None:
        entry = self.chats.chat(key).entries.get(entry_id)
        if entry is not None and entry.author == "customer":
            self.chats.change(key, entry_id, status="sent" if taken else "failed")

    # Objects of the Bot API

    def me(self, bot: Bot) -> Json:
        """The bot itself."""
        name = bot.account.name
        return {
            "id": bot.id,
            "is_bot": True,
            "first_name": bot.account.shown.title,
            "username": f"care_{name}_bot".replace("-", "_"),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _person(self, bot: Bot, customer: str) -> Json:
        language = (
            bot.account.language or {"rs": "sr"}.get(bot.account.market, bot.account.market)
        ).partition("-")[0]
        name = FIRST_NAMES[int(customer) % len(FIRST_NAMES)]
        return {"id": int(customer), "is_bot": False, "first_name": name, "language_code": language}

    def _chat(self, key: ChatKey) -> Json:
        name = FIRST_NAMES[int(key.customer) % len(FIRST_NAMES)]
        if key.customer.startswith("-"):
            return {"id": int(key.customer), "title": "Family", "type": "supergroup"}
        return {"id": int(key.customer), "first_name": name, "type": "private"}

    def _message(self, bot: Bot, key: ChatKey, entry: Entry) -> Json:
        ours = entry.author == "assistant"
        message: Json = {
            "message_id": int(entry.id),
            "from": self.me(bot) if ours else self._person(bot, key.customer),
            "chat": self._chat(key),
            "date": int(entry.at.timestamp()),
        }
        if ours:
            for name in ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries"):
                message["from"].pop(name)
        if entry.kind == "text":
            message["text"] = entry.text
        elif ours and entry.text and entry.file:
            message["caption"] = entry.text
        if ours and entry.file is not None:
            file_id = self._keep(entry.file)
            message |= (
                self._photo(entry.file)
                if entry.kind == "photo"
                else {"document": {"file_id": file_id, "file_unique_id": file_id[-16:]}}
            )
        if ours and entry.location is not None:
            message["location"] = {"latitude": entry.location.latitude, "longitude": entry.location.longitude}
        if entry.buttons:
            message["reply_markup"] = {
                "inline_keyboard": [[_told(button) for button in row] for row in entry.buttons]
            }
        return message

    def _keep(self, file: File) -> str:
        file_id = f"AgAC{secrets.token_urlsafe(36)}"
        self.files[file_id] = file
        return file_id

    def _photo(self, file: File) -> Json:
        sizes = []
        for side in PHOTO_SIDES:
            # Only the largest is the photo itself; whoever takes another one gets something else.
            whole = side == PHOTO_SIDES[-1]
            kept = file if whole else replace(file, content=file.content[: side * 2])
            file_id = self._keep(kept)
            sizes.append(
                {
                    "file_id": file_id,
                    "file_unique_id": file_id[-16:],
                    "file_size": len(kept.content),
                    "width": side,
                    "height": side,
                }
            )
        return {"photo": sizes}

    def _document(self, file: File) -> Json:
        file_id = self._keep(file)
        return {
            "file_name": file.name,
            "mime_type": file.media_type,
            "file_id": file_id,
            "file_unique_id": file_id[-16:],
            "file_size": len(file.content),
        }


def _told(button: Button) -> Json:
    return {"text": button.title, **({"url": button.url} if button.url else {"callback_data": button.value})}
