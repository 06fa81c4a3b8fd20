"""A stand-in for Telegram: the Bot API over HTTP as the assistant sees it. What its customers do is in telegram_phones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from simulators.accounts import TelegramAccount
from simulators.chats import Chats, Entry, File, Location
from simulators.telegram_lines import Bot, Json
from simulators.telegram_phones import Phones
from simulators.telegram_texts import LONGEST_CAPTION, LONGEST_TEXT, Refused, read_keyboards, read_text

TYPING_SECONDS = 5
LARGEST_DOWNLOAD = 20 * 1024 * 1024


class TelegramSimulator(Phones):
    """All bots of one installation and their customers."""

    def __init__(
        self,
        accounts: Sequence[TelegramAccount],
        chats: Chats,
        gateway_url: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(accounts, chats, gateway_url, transport)
        self.router = APIRouter()
        self._methods: dict[str, Callable[[Bot, Json], Any]] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendDocument": self._send_document,
            "sendLocation": self._send_location,
            "sendVenue": self._send_location,
            "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query,
            "editMessageReplyMarkup": self._edit_reply_markup,
            "deleteMessage": self._delete_message,
            "getFile": self._get_file,
            "setMyCommands": self._set_my_commands,
            "leaveChat": self._leave_chat,
        }
        self.router.add_api_route("/bot{token}/{method}", self._call, methods=["GET", "POST"])
        self.router.add_api_route("/file/bot{token}/{path:path}", self._download, methods=["GET"])

    async def _call(self, token: str, method: str, request: Request) -> Response:
        try:
            bot = self._bot_of(token)
            if method not in self._methods:
                raise Refused(404, "Not Found: method not found")
            given = await _parameters(request)
            if "chat_id" in given:
                await self._spoil(bot, given)
            result = self._methods[method](bot, given)
            if asyncio.iscoroutine(result):
                result = await result
        except Refused as refused:
            body: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return JSONResponse(body, refused.code)
        bot.calls.append((method, given))
        return JSONResponse({"ok": True, "result": result})

    def _bot_of(self, token: str) -> Bot:
        for bot in self.bots.values():
            if secrets.compare_digest(bot.account.token.get_secret_value().encode(), token.encode()):
                return bot
        raise Refused(401, "Unauthorized")

    async def _spoil(self, bot: Bot, given: Json) -> None:
        """The faults that are switched on for the chat."""
        chat = self.chats.chat(self._key(bot, given))
        faults = chat.faults
        if faults.slow_seconds:
            await asyncio.sleep(faults.slow_seconds)
        if faults.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if faults.too_many:
            self.chats.set_faults(chat.key, too_many=faults.too_many - 1)
            raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
        if faults.failing:
            self.chats.set_faults(chat.key, failing=faults.failing - 1)
            raise Refused(500, "Internal Server Error")

    def _get_me(self, bot: Bot, given: Json) -> Json:
        return self.me(bot)

    def _set_webhook(self, bot: Bot, given: Json) -> bool:
        url = str(given.get("url") or "")
        bot.webhook, bot.secret = url or None, given.get("secret_token")
        if given.get("drop_pending_updates") in {True, "true", "True"}:
            bot.waiting.clear()
        waiting, bot.waiting = (bot.waiting, []) if url else ([], bot.waiting)
        for update in waiting:
            self._start(self._send_again(bot, update, None, ()))
        return True

    def _delete_webhook(self, bot: Bot, given: Json) -> bool:
        return self._set_webhook(bot, {"drop_pending_updates": given.get("drop_pending_updates")})

    def _get_webhook_info(self, bot: Bot, given: Json) -> Json:
        return {
            "url": bot.webhook or "",
            "has_custom_certificate": False,
            "pending_update_count": len(bot.waiting),
            "max_connections": 40,
            **bot.last_error,
        }

    async def _get_updates(self, bot: Bot, given: Json) -> list[Json]:
        if bot.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        offset = int(given.get("offset") or 0)
        bot.waiting = [update for update in bot.waiting if update["update_id"] >= offset]
        bot.arrived.clear()
        if not bot.waiting:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bot.arrived.wait(), float(given.get("timeout") or 0))
        return bot.waiting[: int(given.get("limit") or 100)]

    def _send_message(self, bot: Bot, given: Json) -> Json:
        text = str(given.get("text") or "")
        plain = read_text(text, given.get("parse_mode"), LONGEST_TEXT)
        if not plain:
            raise Refused(400, "Bad Request: message text is empty")
        html = text if given.get("parse_mode") == "HTML" else None
        return self._show(bot, given, kind="text", text=plain, html=html)

    def _send_photo(self, bot: Bot, given: Json) -> Json:
        return self._show_file(bot, given, "photo")

    def _send_document(self, bot: Bot, given: Json) -> Json:
        return self._show_file(bot, given, "document")

    def _show_file(self, bot: Bot, given: Json, kind: str) -> Json:
        caption = str(given.get("caption") or "")
        plain = read_text(caption, given.get("parse_mode"), LONGEST_CAPTION, "message caption")
        file = given.get(kind)
        if not isinstance(file, File):
            known = self.files.get(str(file))
            if known is None:
                raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
            file = known
        if not file.content:
            raise Refused(400, "Bad Request: file must be non-empty")
        html = caption if given.get("parse_mode") == "HTML" and caption else None
        return self._show(bot, given, kind=kind, text=plain, html=html, file=file)

    def _send_location(self, bot: Bot, given: Json) -> Json:
        place = Location(
            float(given["latitude"]),
            float(given["longitude"]),
            str(given.get("title") or ""),
            str(given.get("address") or ""),
        )
        return self._show(bot, given, kind="location", text=place.name, location=place)

    def _send_chat_action(self, bot: Bot, given: Json) -> bool:
        self.chats.show_typing(self._key(bot, given), TYPING_SECONDS)
        return True

    def _answer_callback_query(self, bot: Bot, given: Json) -> bool:
        if self._queries.pop(str(given.get("callback_query_id")), None) is None:
            raise Refused(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        return True

    def _edit_reply_markup(self, bot: Bot, given: Json) -> Json:
        key = self._key(bot, given)
        entry = self._find(key, given, "message to edit not found")
        inline, _ = read_keyboards(given.get("reply_markup"))
        if inline == entry.buttons:
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        return self._message(bot, key, self.chats.change(key, entry.id, buttons=inline))

    def _delete_message(self, bot: Bot, given: Json) -> bool:
        key = self._key(bot, given)
        entry = self._find(key, given, "message to delete not found")
        self.chats.change(key, entry.id, deleted=True, text="", html=None, buttons=(), file=None)
        return True

    def _get_file(self, bot: Bot, given: Json) -> Json:
        file_id = str(given.get("file_id"))
        file = self.files.get(file_id)
        if file is None or any(chat.faults.media_expired for chat in self._chats_of(bot)):
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(file.content) > LARGEST_DOWNLOAD:
            raise Refused(400, "Bad Request: file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": file_id[-16:],
            "file_size": len(file.content),
            "file_path": f"files/{file_id}",
        }

    def _set_my_commands(self, bot: Bot, given: Json) -> bool:
        commands = given.get("commands")
        bot.commands[str(given.get("language_code") or "")] = (
            json.loads(commands) if isinstance(commands, str) else commands or []
        )
        return True

    def _leave_chat(self, bot: Bot, given: Json) -> bool:
        self.left.setdefault(bot.account.name, []).append(str(given["chat_id"]))
        return True

    async def _download(self, token: str, path: str) -> Response:
        try:
            bot = self._bot_of(token)
        except Refused as refused:
            return JSONResponse({"ok": False, "error_code": 401, "description": refused.description}, 401)
        file = self.files.get(path.removeprefix("files/"))
        if file is None or any(chat.faults.media_expired for chat in self._chats_of(bot)):
            return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return Response(file.content, media_type="application/octet-stream")

    def _show(self, bot: Bot, given: Json, **content: Any) -> Json:
        """Put a message of the bot into the chat."""
        key = self._key(bot, given)
        is_group = key.customer.startswith("-")
        if not is_group and not any(
            entry.author == "customer" for entry in self.chats.chat(key).entries.values()
        ):
            raise Refused(400, "Bad Request: chat not found")
        inline, below = read_keyboards(given.get("reply_markup"))
        entry = Entry(str(self.chats.next_number()), "assistant", buttons=inline, keyboard=below, **content)
        return self._message(bot, key, self.chats.add(key, entry))


async def _parameters(request: Request) -> Json:
    """What was given in the address and in the body: JSON, a form, or a form with files."""
    given: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        return given | dict(await request.json())
    async with request.form() as form:
        attached = {}
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                media_type = value.content_type or "application/octet-stream"
                attached[name] = File(value.filename or "file", media_type, await value.read())
            else:
                given[name] = value
    for name, value in given.items():
        if isinstance(value, str) and value.startswith("attach://"):
            given[name] = attached[value.removeprefix("attach://")]
    return {**attached, **given}
