"""A stand-in for Meta's Graph API: WhatsApp's Cloud API over HTTP as the assistant sees it.

Limits and error codes are Meta's; what its customers do is in whatsapp_phones.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from simulators.accounts import WhatsAppAccount
from simulators.chats import Button, ChatKey, Chats, Entry, File, Location
from simulators.graph_limits import Refused, Shown, read_message
from simulators.whatsapp_lines import USER_ID, Json
from simulators.whatsapp_phones import Media, Phones

WINDOW = timedelta(hours=24)
LINK_LIFE = timedelta(minutes=5)
TYPING_SECONDS = 25


@dataclass(frozen=True)
class Template:
    """An approved template: its text with {{1}}, {{2}} ... and the title of its button, if it has one."""

    text: str
    button: str | None = None


@dataclass(frozen=True)
class Call:
    """One call that was answered, for tests to look at."""

    account: str
    path: str
    body: Json
    status: int


class GraphSimulator(Phones):
    """All accounts of one installation and their customers. `own_url` begins the links to media."""

    def __init__(
        self,
        accounts: Sequence[WhatsAppAccount],
        chats: Chats,
        gateway_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
        own_url: str = "http://127.0.0.1:8002",
        templates: Mapping[tuple[str, str], Template] | None = None,
    ) -> None:
        super().__init__(accounts, chats, gateway_url, transport)
        self.own_url = own_url
        # Any template is known where none are named, by its words where an account has them.
        self.templates = templates
        self.worded = {
            (template.name, code): Template(template.texts[language])
            for account in accounts
            for template in account.templates
            for language, code in template.languages.items()
            if language in template.texts
        }
        self.calls: list[Call] = []
        # Codes that the next messages of a chat are refused with.
        self.refuse_next: dict[ChatKey, list[int]] = {}
        # Where links to media point instead, and tokens that came along with requests for them.
        self.media_url: str | None = None
        self.tells_statuses = True
        self._links: dict[str, tuple[str, datetime]] = {}
        self.router = APIRouter()
        add = self.router.add_api_route
        add("/lookaside/{link}", self._download, methods=["GET"])
        add("/{version:path}/{number}/messages", self._messages, methods=["POST"])
        add("/{version:path}/{number}/media", self._upload, methods=["POST"])
        add("/v{version}/{item}", self._look_up, methods=["GET"])
        add("/v{version}/{item}", self._set_webhook, methods=["POST"])
        # Where each number's webhook leads to, as somebody has set it.
        self.webhooks: dict[str, str] = {}

    def sent(self, account: str, customer: str) -> list[Entry]:
        """What stands on this customer's phone from the assistant."""
        entries = self.chats.chat(self.key(account, customer)).entries.values()
        return [entry for entry in entries if entry.author == "assistant"]

    async def _messages(self, number: str, request: Request) -> Response:
        account = ""
        given: Json = {}
        try:
            account = self._account(request, number).name
            given = await request.json()
            answer: Json = (
                self._mark_read(account, given)
                if given.get("status") == "read"
                else await self._send(account, given)
            )
            response = JSONResponse(answer)
        except Refused as refused:
            response = JSONResponse(refused.body, refused.status)
        self.calls.append(Call(account, "messages", given, response.status_code))
        return response

    def _account(self, request: Request, number: str | None = None) -> WhatsAppAccount:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        for account in self.known.values():
            if hmac.compare_digest(given.encode(), account.access_token.get_secret_value().encode()):
                if number not in {None, account.phone_number_id}:
                    raise Refused(100, f"Unsupported post request. Object with ID '{number}' does not exist")
                return account
        raise Refused(190, "Invalid OAuth access token.")

    def _mark_read(self, account: str, given: Json) -> Json:
        entry_id = given.get("message_id")
        for chat in self.chats.all():
            if chat.key.account != account or chat.key.vendor != self.vendor or entry_id not in chat.entries:
                continue
            for entry in list(chat.entries.values()):
                if entry.author == "customer" and entry.status == "delivered":
                    self.chats.change(chat.key, entry.id, status="read")
            if given.get("typing_indicator"):
                self.chats.show_typing(chat.key, TYPING_SECONDS)
            return {"success": True}
        raise Refused(131009, "Parameter value is not valid: message_id")

    async def _send(self, account: str, given: Json) -> Json:
        if given.get("messaging_product") != "whatsapp":
            raise Refused(100, "Invalid parameter: messaging_product")
        # A phone number wins where both are given.
        addressed = str(given.get("to") or given.get("recipient") or "")
        if not addressed or bool(USER_ID.match(addressed)) == bool(given.get("to")):
            raise Refused(131009, "Parameter value is not valid: recipient")
        key = self.key(account, self.customer_of(account, addressed))
        await self._spoil(key)
        shown = read_message(given)
        template = self._template(shown) if shown.kind == "template" else None
        if template is None and self._window_closed(key):
            raise Refused(131047, "Re-engagement message: more than 24 hours have passed")
        entry = self._entry(account, shown, template)
        self.chats.add(key, entry)
        if self.tells_statuses:
            self.start(self._tell_statuses(key, entry.id, given.get("biz_opaque_callback_data", "")))
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": addressed, "wa_id": key.customer}],
            "messages": [{"id": entry.id}],
        }

    async def _spoil(self, key: ChatKey) -> None:
        faults = self.chats.chat(key).faults
        if faults.slow_seconds:
            await asyncio.sleep(faults.slow_seconds)
        if codes := self.refuse_next.get(key):
            raise Refused(codes.pop(0), "as the test wants it")
        if faults.too_many:
            self.chats.set_faults(key, too_many=faults.too_many - 1)
            raise Refused(131056, "(Business Account, Consumer Account) pair rate limit hit")
        if faults.failing:
            self.chats.set_faults(key, failing=faults.failing - 1)
            raise Refused(131000, "Something went wrong")

    def _window_closed(self, key: ChatKey) -> bool:
        chat = self.chats.chat(key)
        heard = [entry.at for entry in chat.entries.values() if entry.author == "customer"]
        return chat.faults.outside_window or not heard or max(heard) < datetime.now(UTC) - WINDOW

    def _template(self, shown: Shown) -> Shown:
        name = str(shown.content.get("name"))
        language = str((shown.content.get("language") or {}).get("code"))
        components = {part["type"]: part for part in shown.content.get("components", [])}
        values = [p.get("text", "") for p in components.get("body", {}).get("parameters", [])]
        if any("\n" in value or "\t" in value or "    " in value or not value for value in values):
            raise Refused(132018, "Template parameters must not have new lines, tabs or many spaces")
        if self.templates is None and (name, language) in self.worded:
            template = self.worded[name, language]
        elif self.templates is None:
            template = Template(f"[{name}] " + " ".join(f"{{{{{n + 1}}}}}" for n in range(len(values))))
        elif (name, language) in self.templates:
            template = self.templates[name, language]
        else:
            raise Refused(132001, f"Template name does not exist in the translation: {name} in {language}")
        if template.text.count("{{") != len(values):
            raise Refused(132000, "Number of parameters does not match the expected number of params")
        text = template.text
        for number, value in enumerate(values, 1):
            text = text.replace(f"{{{{{number}}}}}", value)
        payload = next((p["payload"] for p in components.get("button", {}).get("parameters", [])), "")
        title = template.button or ("…" if payload else None)
        buttons = ((Button(title, payload),),) if title else ()
        return Shown("template", text.strip(), buttons)

    def _entry(self, account: str, shown: Shown, template: Shown | None) -> Entry:
        if template is not None:
            return Entry(self.new_id(), "assistant", "template", template.text, buttons=template.buttons)
        if shown.media_id is not None:
            media = self.media.get(shown.media_id)
            if media is None or media.account != account:
                raise Refused(131009, "Parameter value is not valid: media id")
            file = File(
                shown.content.get("filename", media.file.name), media.file.media_type, media.file.content
            )
            kind = "photo" if shown.kind == "image" else "document"
            return Entry(self.new_id(), "assistant", kind, shown.text, file=file)
        if shown.kind == "location":
            where = shown.content
            place = Location(
                where["latitude"], where["longitude"], where.get("name", ""), where.get("address", "")
            )
            return Entry(self.new_id(), "assistant", "location", shown.text, location=place)
        return Entry(
            self.new_id(), "assistant", shown.kind, shown.text, buttons=shown.buttons, menu=shown.menu
        )

    async def _tell_statuses(self, key: ChatKey, entry_id: str, opaque: str) -> None:
        await self.tell_status(key, entry_id, "sent", opaque=opaque)
        if self.chats.chat(key).faults.blocked:
            # Meta does not say who blocked whom: what cannot be delivered is told later.
            undeliverable = {"code": 131026, "title": "Message undeliverable"}
            self.chats.change(key, entry_id, status="failed", error="131026")
            await self.tell_status(key, entry_id, "failed", [undeliverable], opaque=opaque)
            return
        if self.chats.find(key, entry_id).status == "sent":
            self.chats.change(key, entry_id, status="delivered")
        await self.tell_status(key, entry_id, "delivered", opaque=opaque)

    async def _upload(self, number: str, request: Request) -> Response:
        account, body, status = "", {}, 200
        try:
            account = self._account(request, number).name
            form = await request.form()
            upload = form.get("file")
            if form.get("messaging_product") != "whatsapp" or not isinstance(upload, UploadFile):
                raise Refused(100, "Invalid parameter: file")
            media_type = str(upload.content_type)
            content = await upload.read()
            largest = 5 if media_type.startswith("image/") else 100
            if media_type not in {"image/jpeg", "image/png", "application/pdf", "text/plain"}:
                raise Refused(131053, f"Unsupported Image mime type {media_type}")
            if len(content) > largest * 1024 * 1024:
                raise Refused(131053, "Media upload error: too large")
            media = self.keep(account, File(upload.filename or "file", media_type, content))
            body = {"id": media.id}
        except Refused as refused:
            body, status = refused.body, refused.status
        self.calls.append(Call(account, "media", body, status))
        return JSONResponse(body, status)

    async def _look_up(self, item: str, request: Request) -> Response:
        """A phone number's own data, or a link to a file."""
        try:
            account = self._account(request)
            if item == account.phone_number_id:
                found: Json = {
                    "id": item,
                    "verified_name": account.shown.title,
                    "display_phone_number": "+1 555-078-3881",
                    "quality_rating": "GREEN",
                }
                if request.query_params.get("fields") == "webhook_configuration":
                    webhook = self.webhooks.get(item)
                    known = {"phone_number": webhook} if webhook else {}
                    found = {"id": item, "webhook_configuration": known}
                return JSONResponse(found)
            media = self.media.get(item)
            if media is None or media.account != account.name:
                raise Refused(100, f"Unsupported get request. Object with ID '{item}' does not exist")
            return JSONResponse(self._link(media))
        except Refused as refused:
            return JSONResponse(refused.body, refused.status)

    async def _set_webhook(self, item: str, request: Request) -> Response:
        """Sets the address of one number, if whoever answers there knows the verify token."""
        try:
            self._account(request, item)
            wanted = (await request.json()).get("webhook_configuration") or {}
            url = str(wanted.get("override_callback_uri"))
            if not await self._verifies(url, str(wanted.get("verify_token"))):
                raise Refused(2200, "Callback verification failed")
            self.webhooks[item] = url
            return JSONResponse({"success": True})
        except Refused as refused:
            return JSONResponse(refused.body, refused.status)

    async def _verifies(self, url: str, token: str) -> bool:
        """Whether the address answers Meta's question."""
        challenge = secrets.token_hex(8)
        asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        try:
            answer = await self.http.get(url, params=asked)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.status_code == 200 and answer.text == challenge

    def _link(self, media: Media) -> Json:
        link = secrets.token_hex(16)
        self._links[link] = media.id, datetime.now(UTC) + LINK_LIFE
        return {
            "messaging_product": "whatsapp",
            "url": f"{self.media_url or self.own_url}/lookaside/{link}",
            "mime_type": media.file.media_type,
            "sha256": "c2hhMjU2",
            "file_size": len(media.file.content),
            "id": media.id,
        }

    def expire_links(self) -> None:
        """As if five minutes had passed."""
        self._links = {link: (media, datetime.now(UTC)) for link, (media, _) in self._links.items()}

    async def _download(self, link: str, request: Request) -> Response:
        try:
            account = self._account(request)
        except Refused:
            return Response(status_code=401)
        media_id, until = self._links.get(link, ("", datetime.now(UTC)))
        media = self.media.get(media_id)
        if media is None or media.account != account.name or until <= datetime.now(UTC):
            return Response(status_code=404)
        if any(chat.faults.media_expired for chat in self._chats_with(media)):
            return Response(status_code=404)
        return Response(media.file.content, media_type=media.file.media_type)

    def _chats_with(self, media: Media) -> list[Any]:
        return [
            chat
            for chat in self.chats.all()
            if chat.key.vendor == self.vendor
            and any(entry.file is media.file for entry in chat.entries.values())
        ]
