"""What WhatsApp's customers do with their phones: write, press, send files and places, edit, delete, look."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from simulators.accounts import WhatsAppAccount
from simulators.chats import ChatKey, Chats, Entry, File, Location, NotPossible
from simulators.whatsapp_lines import Json, Lines

LARGEST_PHOTO = 5 * 1024 * 1024
# How the page names what is no text, photo or document, and how WhatsApp does.
OTHERS: dict[str, Json] = {
    "voice": {"type": "audio", "audio": {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True}},
    "video": {"type": "video", "video": {"id": "2", "mime_type": "video/mp4", "sha256": "c2hh"}},
    "sticker": {"type": "sticker", "sticker": {"id": "3", "mime_type": "image/webp", "animated": False}},
    "order": {"type": "order", "order": {"catalog_id": "1", "text": "", "product_items": []}},
    "unsupported": {
        "type": "unsupported",
        "errors": [
            {
                "code": 131051,
                "title": "Message type unknown",
                "message": "Message type unknown",
                "error_data": {"details": "Message type is currently not supported."},
            }
        ],
        "unsupported": {"type": "unknown"},
    },
}


@dataclass(frozen=True)
class Media:
    """A file on Meta's servers; its links expire, it does not."""

    id: str
    account: str
    file: File
    links: set[str] = field(default_factory=set)


class Phones(Lines):
    """The customers of all accounts."""

    def __init__(
        self,
        accounts: Sequence[WhatsAppAccount],
        chats: Chats,
        gateway_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(accounts, chats, gateway_url, transport)
        self.media: dict[str, Media] = {}

    def keep(self, account: str, file: File) -> Media:
        """Put a file on Meta's servers."""
        media = Media(str(10**15 + secrets.randbelow(10**15)), account, file)
        self.media[media.id] = media
        return media

    async def say(
        self,
        account: str,
        customer: str,
        text: str,
        *,
        reply_to: str | None = None,
        late_by: timedelta = timedelta(),
    ) -> str:
        entry = Entry(self.new_id(), "customer", text=text, reply_to=reply_to, at=_now() - late_by)
        content: Json = {"type": "text", "text": {"body": text}}
        if reply_to:
            content["context"] = {"from": "15550783881", "id": reply_to}
        return await self.tell(self.key(account, customer), entry, content)

    async def press(self, account: str, customer: str, entry_id: str, value: str) -> str:
        key = self.key(account, customer)
        pressed = self.chats.find(key, entry_id)
        button = next((b for row in pressed.buttons for b in row if b.value == value), None)
        if button is None or not value:
            raise NotPossible("this message has no such button")
        entry = Entry(self.new_id(), "customer", text=button.title, reply_to=entry_id)
        content: Json = {"context": {"from": "15550783881", "id": entry_id}}
        reply = {"id": value, "title": button.title}
        if pressed.kind == "template":
            content |= {"type": "button", "button": {"payload": value, "text": button.title}}
        elif pressed.menu:
            row = reply | ({"description": button.description} if button.description else {})
            content |= {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": row}}
        else:
            content |= {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}
        return await self.tell(key, entry, content)

    async def send_files(self, account: str, customer: str, files: list[File], *, caption: str = "") -> str:
        """Each its own message; the caption stands under the first, a photo over 5 MB comes as unsupported."""
        key, last = self.key(account, customer), ""
        for number, file in enumerate(files):
            text = caption if number == 0 else ""
            shown = "photo" if file.media_type.startswith("image/") else "document"
            entry = Entry(self.new_id(), "customer", shown, text, file=file)
            if shown == "photo" and len(file.content) > LARGEST_PHOTO:
                last = await self.tell(key, entry, dict(OTHERS["unsupported"]))
                continue
            media = self.keep(account, file)
            found: Json = {"id": media.id, "mime_type": file.media_type, "sha256": "c2hhMjU2"}
            if text:
                found["caption"] = text
            if shown == "photo":
                content: Json = {"type": "image", "image": found}
            else:
                content = {"type": "document", "document": found | {"filename": file.name}}
            last = await self.tell(key, entry, content)
        return last

    async def send_location(self, account: str, customer: str, latitude: float, longitude: float) -> str:
        place = Location(latitude, longitude)
        entry = Entry(self.new_id(), "customer", "location", location=place)
        content = {"type": "location", "location": {"latitude": latitude, "longitude": longitude}}
        return await self.tell(self.key(account, customer), entry, content)

    async def send_other(self, account: str, customer: str, kind: str) -> str:
        key = self.key(account, customer)
        if kind == "contact":
            person = {
                "name": {"formatted_name": "Ana Petrović", "first_name": "Ana"},
                "phones": [{"phone": "+381 64 1234567", "wa_id": "381641234567", "type": "CELL"}],
            }
            content: Json = {"type": "contacts", "contacts": [person]}
        elif kind == "reaction":
            ours = [e.id for e in self.chats.chat(key).entries.values() if e.author == "assistant"]
            if not ours:
                raise NotPossible("there is nothing to react to")
            content = {"type": "reaction", "reaction": {"message_id": ours[-1], "emoji": "👍"}}
        elif kind in OTHERS:
            content = dict(OTHERS[kind])
        else:
            raise NotPossible(f"WhatsApp sends no {kind}")
        return await self.tell(key, Entry(self.new_id(), "customer", kind), content)

    async def edit(self, account: str, customer: str, entry_id: str, text: str) -> str:
        key = self.key(account, customer)
        self._own(key, entry_id)
        self.chats.change(key, entry_id, text=text, edited=True)
        message = {"type": "text", "text": {"body": text}}
        content = {"type": "edit", "edit": {"original_message_id": entry_id, "message": message}}
        edit_id = self.new_id()
        await self.tell_message(key, edit_id, self.message(account, customer, edit_id, _now(), content))
        return edit_id

    async def delete(self, account: str, customer: str, entry_id: str) -> str:
        key = self.key(account, customer)
        self._own(key, entry_id)
        self.chats.change(key, entry_id, text="", deleted=True)
        content = {"type": "revoke", "revoke": {"original_message_id": entry_id}}
        delete_id = self.new_id()
        await self.tell_message(key, delete_id, self.message(account, customer, delete_id, _now(), content))
        return delete_id

    async def change_number(self, account: str, customer: str, number: str) -> None:
        """The customer takes another phone number; WhatsApp tells so in the old chat."""
        key, entry_id = self.key(account, customer), self.new_id()
        said = {"body": f"User changed from {customer} to {number}", "wa_id": number}
        content = {"type": "system", "system": {**said, "type": "user_changed_number"}}
        await self.tell_message(key, entry_id, self.message(account, customer, entry_id, _now(), content))

    async def redeliver(self, account: str, customer: str, entry_id: str) -> str:
        key = self.key(account, customer)
        try:
            posted_to, body = self.posted[key, entry_id]
        except KeyError:
            raise NotPossible("nothing was posted about this message") from None
        await self.post(posted_to, body)
        return entry_id

    async def see(self, account: str, customer: str) -> None:
        key = self.key(account, customer)
        for entry in list(self.chats.chat(key).entries.values()):
            if entry.author == "assistant" and entry.status in {"sent", "delivered"}:
                self.chats.change(key, entry.id, status="read")
                await self.tell_status(key, entry.id, "read")

    async def set_blocked(self, account: str, customer: str, blocked: bool) -> None:
        self.chats.set_faults(self.key(account, customer), blocked=blocked)

    def _own(self, key: ChatKey, entry_id: str) -> Entry:
        entry = self.chats.find(key, entry_id)
        if entry.author != "customer":
            raise NotPossible("only one's own messages can be changed")
        return entry


def _now() -> datetime:
    return datetime.now(UTC)
